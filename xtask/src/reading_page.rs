//! What a reader downloads with a lesson, told from a built page.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{Step, target_dir};

/// Parts of a lesson page that are the author's or grow with the course: not the theme's frame around them.
const CONTENT: [(&str, &str); 4] = [
    ("<div class=\"prose\"", "div"),
    ("<nav class=\"outline\"", "nav"),
    ("<nav class=\"toc\"", "nav"),
    ("<script type=\"application/ld+json\"", "script"),
];
/// Links of a page that make the browser ask for something.
const ASKING: [&str; 5] = ["stylesheet", "icon", "preload", "modulepreload", "manifest"];

/// Builds the sample academy; returns the folder of its public files.
pub(crate) fn build_sample() -> Result<PathBuf> {
    let out = target_dir()?.join("budgets");
    let arguments = ["run", "--quiet", "-p", "lyceum", "--", "build", "--format", "json", "--out"];
    Step::new("cargo", &arguments).args(&[&out.to_string_lossy()]).output()?;
    Ok(out.join("public"))
}

/// The free lessons of a built site, which are whole pages without a paywall.
pub(crate) fn lessons(site: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect(&site.join("courses"), &mut found)?;
    found.retain(|html| html.contains("data-kind=\"lesson\""));
    if found.is_empty() {
        bail!("no lesson below {}", site.display());
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

/// The page without what the author wrote.
pub(crate) fn chrome(html: &str) -> String {
    CONTENT.iter().fold(html.to_owned(), |html, (start, tag)| without(&html, start, tag))
}

/// Removes each element that begins with `start`; elements of the same name may stand inside it.
fn without(html: &str, start: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
    let (mut kept, mut rest) = (String::new(), html);
    while let Some(at) = rest.find(start) {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut depth = 0;
        loop {
            let end = rest.find(&close).unwrap_or(rest.len());
            let is_inner = rest.find(&open).is_some_and(|inner| inner < end);
            depth += if is_inner { 1 } else { -1 };
            let skipped =
                if is_inner { rest.find(&open).unwrap_or(0) + open.len() } else { end + close.len() };
            rest = rest.get(skipped..).unwrap_or_default();
            if depth <= 0 {
                break;
            }
        }
    }
    kept + rest
}

/// The addresses that the browser asks for to show the page, its own images aside. The page itself is not among them.
pub(crate) fn requests(html: &str) -> Vec<String> {
    let tags = html.split('<').filter_map(|rest| rest.split('>').next());
    let asked = tags.filter_map(|tag| match tag.split_whitespace().next() {
        Some("script") => attribute(tag, "src"),
        Some("link") => {
            let rel = attribute(tag, "rel").unwrap_or_default();
            rel.split(' ').any(|rel| ASKING.contains(&rel)).then(|| attribute(tag, "href")).flatten()
        }
        _ => None,
    });
    asked.collect()
}

/// The value of an attribute. Minified pages leave quotes out.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}="))? + name.len() + 2;
    let value = &tag[start..];
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split_whitespace().next(),
    };
    value.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_frame_is_chrome() {
        let page =
            "<a><nav class=\"toc\"><ol></ol></nav><div class=\"prose\" lang=\"zh\"><div>x</div><p></div><b>";
        assert_eq!(chrome(page), "<a><b>");
        assert_eq!(chrome("<div class=\"prose\">never closed"), "");
    }

    #[test]
    fn requests_are_counted_by_what_asks() {
        let page = "<link rel=\"canonical\" href=\"/\"><link rel=\"stylesheet\" href=\"/a.css\"><script defer src=/b.js></script>\
            <link rel=\"icon\" href=\"/i.svg\"><script type=\"application/ld+json\">{}</script><a href=\"/c\">";
        assert_eq!(requests(page), ["/a.css", "/b.js", "/i.svg"]);
    }
}
