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

/// Renders the sitemap in the order of the list.
pub(crate) fn render(config: &Config, listed: &[Listed]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    for page in listed {
        for language in &page.languages {
            push_page(&mut out, config, page, language);
        }
    }
    out.push_str("</urlset>\n");
    out
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
