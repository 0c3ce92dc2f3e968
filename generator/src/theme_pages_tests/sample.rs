//! What all samples need: a theme, a site, and a page with values.

use std::path::PathBuf;

use lyceum_contract::manifest::Language;
use serde::Serialize;
use tera::Context;

use crate::source::Source;
use crate::theme::Theme;
use crate::view::*;

pub(super) fn language(tag: &str) -> Language {
    tag.parse().expect("a tag")
}

pub(super) fn theme(over: Option<&Source>) -> Theme {
    let mut found = Vec::new();
    let theme = Theme::load("default", over, &[language("en"), language("zh")], &mut found);
    assert!(found.is_empty(), "{found:#?}");
    theme
}

pub(super) fn site(theme: &Theme, prefix: &str) -> SiteView {
    let at = |path: &str| Some(format!("{prefix}{path}"));
    SiteView {
        title: "Northlight".to_owned(),
        summary: "Short courses.".to_owned(),
        summary_language: None,
        url: "https://academy.example".to_owned(),
        home: format!("{prefix}/"),
        prefix: prefix.to_owned(),
        contact: None,
        pages: vec![link("About", "/about/")],
        assets: theme.asset_urls.clone(),
        feed: format!("{prefix}/feed.xml"),
        sections: SectionsView {
            catalogue: at("/courses/"),
            tracks: at("/tracks/"),
            tags: at("/tags/"),
            instructors: at("/instructors/"),
            calendar: at("/calendar/"),
            products: at("/products/"),
        },
        live_reload: false,
    }
}

pub(super) fn page(kind: &'static str, tag: &str, title: &str, path: &str) -> PageView {
    PageView {
        card: None,
        kind,
        language: tag.to_owned(),
        title: title.to_owned(),
        description: "One sentence.".to_owned(),
        path: path.to_owned(),
        canonical: format!("https://academy.example{path}"),
        alternates: Vec::new(),
        json_ld_html: None,
        fallback_language: None,
        draft: None,
    }
}

pub(super) fn link(title: &str, path: &str) -> LinkView {
    LinkView { title: title.to_owned(), language: None, path: path.to_owned() }
}

/// A template with the values that it needs.
pub(super) struct Sample {
    pub(super) page: PageView,
    values: Context,
}

impl Sample {
    pub(super) fn of(kind: &'static str, title: &str, path: &str) -> Self {
        Self { page: page(kind, "en", title, path), values: Context::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: &impl Serialize) -> Self {
        self.values.insert(name, value);
        self
    }

    /// Renders the page. With `LYCEUM_THEME_PAGES` it is also written to that folder, to be looked at.
    #[track_caller]
    pub(super) fn render(self, theme: &Theme) -> String {
        self.render_to("", theme)
    }

    #[track_caller]
    pub(super) fn render_to(self, folder: &str, theme: &Theme) -> String {
        let tag = self.page.language.clone();
        let prefix = if tag == "en" { "" } else { "/zh" };
        let mut context = self.values;
        context.insert("site", &site(theme, prefix));
        context.insert("t", &theme.texts(&language(&tag)).0);
        context.insert("page", &self.page);
        let rendered = theme.render(&format!("{}.html", self.page.kind), &context);
        let html = rendered.unwrap_or_else(|found| panic!("{found:#?}"));
        keep(&format!("{folder}{}", self.page.path), html.as_bytes());
        html
    }
}

/// Writes a file below the folder that somebody wants to look at, if somebody does.
pub(super) fn keep(path: &str, bytes: &[u8]) {
    let Some(folder) = std::env::var_os("LYCEUM_THEME_PAGES") else { return };
    let name = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let file = PathBuf::from(folder).join(name.trim_start_matches('/'));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(file, bytes).expect("a file");
}

pub(super) fn keep_assets(theme: &Theme) {
    for (url, bytes) in &theme.assets {
        keep(url, bytes);
    }
}

/// The page from `<main` to its end, as it is reviewed.
pub(super) fn main_of(html: &str) -> &str {
    let start = html.find("<main").expect("a main part");
    let end = html.find("</main>").expect("the end of the main part");
    &html[start..end + "</main>".len()]
}
