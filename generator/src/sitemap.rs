//! `sitemap.xml` and `robots.txt`.

use lyceum_contract::manifest::Language;
use lyceum_contract::paths;
use lyceum_contract::time::Date;

use crate::html::{self, escaped};
use crate::model::Config;

/// One page in all the languages that have a text of their own.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Address without the language's prefix.
    pub(crate) path: String,
    pub(crate) languages: Vec<Language>,
    pub(crate) date: Option<Date>,
}

/// What one file of a sitemap may hold, by the protocol of sitemaps.org.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    n_urls: usize,
    n_bytes: usize,
}

impl Default for Caps {
    /// 50,000 addresses and 50 MB, with some room for the frame.
    fn default() -> Self {
        Self { n_urls: 50_000, n_bytes: 52_000_000 }
    }
}

const FRAME: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// Renders the sitemap in the order of the list: path and content of one file, or of an index and its parts.
pub(crate) fn render(config: &Config, listed: &[Listed], caps: Caps) -> Vec<(String, String)> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut n_urls = 0;
    for page in listed {
        for language in &page.languages {
            let mut entry = String::new();
            push_page(&mut entry, config, page, language);
            let is_full = parts
                .last()
                .is_some_and(|part| n_urls == caps.n_urls || part.len() + entry.len() > caps.n_bytes);
            if is_full {
                parts.push(String::new());
                n_urls = 0;
            }
            n_urls += 1;
            parts.iter_mut().last().into_iter().for_each(|part| part.push_str(&entry));
        }
    }
    let whole = |inner: &str| {
        format!(
            "{FRAME}<urlset xmlns=\"{NAMESPACE}\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n{inner}</urlset>\n"
        )
    };
    if let [only] = parts.as_slice() {
        return vec![("/sitemap.xml".to_owned(), whole(only))];
    }
    let mut index = format!("{FRAME}<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    let mut files = Vec::new();
    for (idx, part) in parts.iter().enumerate() {
        let path = format!("/sitemap-{}.xml", idx + 1);
        html::push(
            &mut index,
            format_args!("<sitemap><loc>{}{path}</loc></sitemap>\n", escaped(&config.url)),
        );
        files.push((path, whole(part)));
    }
    index.push_str("</sitemapindex>\n");
    files.push(("/sitemap.xml".to_owned(), index));
    files
}

fn push_page(out: &mut String, config: &Config, page: &Listed, language: &Language) {
    let address =
        |language: &Language| escaped(&format!("{}{}{}", config.url, config.prefix(language), page.path));
    html::push(out, format_args!("<url><loc>{}</loc>", address(language)));
    if let Some(date) = page.date {
        html::push(out, format_args!("<lastmod>{date}</lastmod>"));
    }
    if page.languages.len() > 1 {
        for other in &page.languages {
            let href = address(other);
            html::push(
                out,
                format_args!("<xhtml:link rel=\"alternate\" hreflang=\"{other}\" href=\"{href}\"/>"),
            );
        }
    }
    out.push_str("</url>\n");
}

/// Lets crawlers read everything but the app's own pages and what only programs read.
pub(crate) fn robots(config: &Config) -> String {
    let mut out = String::from("User-agent: *\n");
    for language in &config.languages {
        let prefix = config.prefix(language);
        for path in
            [paths::SIGN_IN_CODE, paths::SIGN_IN_LINK, paths::SIGN_OUT, paths::ACCOUNT, paths::CHECKOUT]
        {
            html::push(&mut out, format_args!("Disallow: {prefix}{path}\n"));
        }
    }
    html::push(&mut out, format_args!("Disallow: {}/\nDisallow: {}/\n", paths::SEALED, paths::LYCEUM));
    html::push(&mut out, format_args!("\nSitemap: {}/sitemap.xml\n", config.url));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::config;

    fn files(n_pages: usize, n_urls: usize, n_bytes: usize) -> Vec<(String, usize)> {
        let config = config();
        let page = |idx| Listed { path: format!("/{idx}/"), languages: config.languages.clone(), date: None };
        let listed: Vec<Listed> = (0..n_pages).map(page).collect();
        let files = render(&config, &listed, Caps { n_urls, n_bytes });
        files.into_iter().map(|(path, text)| (path, text.matches("<url>").count())).collect()
    }

    #[test]
    fn a_large_sitemap_has_parts() {
        let named = |files: &[(&str, usize)]| -> Vec<(String, usize)> {
            files.iter().map(|(path, n)| ((*path).to_owned(), *n)).collect()
        };
        assert_eq!(files(3, 3, 10_000), named(&[("/sitemap.xml", 3)]));
        assert_eq!(files(0, 3, 10_000), named(&[("/sitemap.xml", 0)]));
        let parts = named(&[
            ("/sitemap-1.xml", 3),
            ("/sitemap-2.xml", 3),
            ("/sitemap-3.xml", 1),
            ("/sitemap.xml", 0),
        ]);
        assert_eq!(files(7, 3, 10_000), parts);
        let by_size = files(4, 100, 2 * "<url><loc>https://a.example/0/</loc></url>\n".len());
        assert_eq!(by_size, named(&[("/sitemap-1.xml", 2), ("/sitemap-2.xml", 2), ("/sitemap.xml", 0)]));
        let index = render(&config(), &[], Caps { n_urls: 1, n_bytes: 1 });
        assert_eq!(index.len(), 1);
    }
}
