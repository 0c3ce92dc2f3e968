//! Earlier addresses: a small page at each, and rules for servers that know redirects of their own.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tera::Value;

use crate::diagnostic::Diagnostic;
use crate::html;
use crate::model::{Academy, Course, Translations};
use crate::output::{Entries, file_path};
use crate::portion::Desk;
use crate::publish::{Edition, Inputs};
use crate::redirects::Redirect;
use crate::view::MovedView;
use crate::views::PageInfo;

/// The most rules that Cloudflare and Netlify read; the pages are for all others.
const MAX_RULES: usize = 2_000;

impl<'a> Desk<'a> {
    /// Adds everything that leads from an earlier address to where it is now; nothing where something stands. `taken` are
    /// the files of the courses.
    pub(crate) fn redirects(&mut self, editions: &[Edition<'a>], taken: &Entries) {
        let inputs = self.inputs;
        let is_free = |redirect: &&Redirect| {
            let file = file_path(&redirect.from);
            !taken.contains_key(&file) && !self.portion.files.contains_key(&file)
        };
        let free: Vec<&Redirect> = inputs.academy.redirects.iter().filter(is_free).collect();
        if free.is_empty() {
            return;
        }
        let targets = targets(inputs.academy);
        // Any other file would be sent as something that it is not.
        let pages = free.par_iter().filter(|redirect| is_page(&redirect.from));
        let made: Vec<_> = pages
            .map(|redirect| stub(inputs, editions, &targets, redirect).map(|html| (&redirect.from, html)))
            .collect();
        for made in made {
            if let Some((path, html)) = self.kept(made) {
                self.add(path, html.into_bytes());
            }
        }
        self.add("/_redirects", rules(&free).into_bytes());
    }
}

fn is_page(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.is_empty() || name.rsplit_once('.').is_some_and(|(_, end)| end == "html"))
}

/// In the format of Cloudflare and Netlify. The page at the same address does the same for everybody else.
fn rules(redirects: &[&Redirect]) -> String {
    let mut out = String::new();
    for redirect in redirects.iter().take(MAX_RULES) {
        html::push(&mut out, format_args!("{} {} 301\n", redirect.from, redirect.to));
    }
    out
}

/// The texts of every page that something can lead to, by address without the language's prefix.
fn targets(academy: &Academy) -> BTreeMap<String, &Translations> {
    let mut targets = BTreeMap::new();
    for course in &academy.courses {
        targets.insert(course.path.clone(), &course.article.texts);
    }
    for lesson in academy.courses.iter().flat_map(Course::lessons) {
        targets.insert(lesson.path.clone(), &lesson.article.texts);
    }
    targets.extend(academy.pages.iter().map(|page| (format!("/{}/", page.id), &page.texts)));
    targets.extend(academy.tracks.iter().map(|track| (track.path(), &track.article.texts)));
    targets
}

fn stub(
    inputs: Inputs<'_>,
    editions: &[Edition<'_>],
    targets: &BTreeMap<String, &Translations>,
    redirect: &Redirect,
) -> Result<String, Box<Diagnostic>> {
    let edition = editions.iter().find(|edition| *edition.locale.language == redirect.language);
    let edition = edition.unwrap_or(&editions[0]);
    let (locale, config) = (edition.locale, edition.locale.config());
    let path = redirect.to.strip_prefix(&config.prefix(locale.language)).unwrap_or(&redirect.to);
    let default = config.default_language();
    let texts = targets.get(path);
    let found = texts.and_then(|texts| texts.get_key_value(locale.language).or(texts.get_key_value(default)));
    let moved = MovedView {
        title: found.map_or_else(|| redirect.to.clone(), |(_, text)| text.title.clone()),
        language: found.and_then(|(language, _)| locale.foreign(language)),
        path: redirect.to.clone(),
        canonical: format!("{}{}", config.url, redirect.to),
    };
    let info = PageInfo {
        kind: "moved",
        title: inputs.theme.texts(locale.language).get("moved_title"),
        description: "",
        path: redirect.from.strip_prefix(&config.prefix(locale.language)).unwrap_or(&redirect.from),
        languages: vec![locale.language],
        json_ld_html: None,
        card: None,
        draft: None,
    };
    let value = Value::from_serializable(&moved);
    inputs.render("moved.html", edition, info, &[("moved", &value)])
}
