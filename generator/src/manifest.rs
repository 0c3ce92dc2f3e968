//! What the app is told about the site: manifests, shells, and which paths must reach it.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::catalogue::{Catalogue, CourseSummary, TrackSummary};
use lyceum_contract::manifest::{
    CourseManifest, Language, LessonEntry, LessonPage, Localized, Manifest, Product, Shell, Slot, SlotName,
    VERSION,
};
use lyceum_contract::{Access, Scope, Slug, paths};

use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::model::{Academy, Article, Config, Course};
use crate::theme::slot_marker;
use crate::views::course_path;

/// The most patterns: the platform allows 100, and an owner may want some.
const MAX_PATTERNS: usize = 90;

/// What the manifest needs besides the content.
pub(crate) struct Parts {
    pub(crate) key_id: String,
    pub(crate) shells: BTreeMap<Language, Shell>,
    pub(crate) texts: BTreeMap<Language, BTreeMap<String, String>>,
    pub(crate) search_rules: BTreeMap<String, String>,
    pub(crate) worker_first: Vec<String>,
}

pub(crate) fn site(academy: &Academy, parts: Parts) -> Manifest {
    let config = &academy.config;
    let tiers = config.tiers.iter().map(|tier| Product {
        scope: Scope::Tier(tier.id.clone()),
        name: tier.name.clone(),
        summary: tier.summary.clone(),
        path: None,
        prices: tier.prices.clone(),
        goods: None,
    });
    let sold = academy.courses.iter().filter(|course| !course.prices.is_empty());
    let courses = sold.map(|course| Product {
        scope: Scope::Course(course.slug().clone()),
        name: titles(&course.article),
        summary: summaries(&course.article),
        path: Some(course_path(course)),
        prices: course.prices.clone(),
        goods: None,
    });
    let products = academy.products.iter().map(|product| Product {
        scope: Scope::Product(product.article.id.clone()),
        name: titles(&product.article),
        summary: summaries(&product.article),
        path: Some(product.path()),
        prices: product.prices.clone(),
        goods: Some(product.goods.clone()),
    });
    let redirects = academy.redirects.iter().map(|found| (found.from.clone(), found.to.clone()));
    Manifest {
        version: VERSION,
        title: config.title.clone(),
        url: config.url.clone(),
        languages: config.languages.clone(),
        contact: config.contact.clone(),
        time_zone: config.zone.in_manifest(),
        key_id: parts.key_id,
        products: tiers.chain(courses).chain(products).collect(),
        offers: config.offers.clone(),
        shells: parts.shells,
        texts: parts.texts,
        search_rules: parts.search_rules,
        worker_first: parts.worker_first,
        redirects: redirects.collect(),
    }
}

/// What there is to learn, for those who choose among courses.
pub(crate) fn catalogue(academy: &Academy) -> Catalogue {
    let courses = academy.courses.iter().map(|course| CourseSummary {
        id: course.slug().clone(),
        title: titles(&course.article),
        path: course_path(course),
        access: whole(course.lessons().map(|lesson| &lesson.access)),
        n_lessons: u32::try_from(course.lessons().count()).unwrap_or(u32::MAX),
    });
    let tracks = academy.tracks.iter().map(|track| TrackSummary {
        id: track.article.id.clone(),
        title: titles(&track.article),
        path: track.path(),
        courses: track.courses.clone(),
    });
    Catalogue { version: VERSION, courses: courses.collect(), tracks: tracks.collect() }
}

/// What opens every one of them: of paid lessons the scopes that they have in common.
fn whole<'a>(lessons: impl Iterator<Item = &'a Access>) -> Access {
    lessons.fold(Access::Free, |all, lesson| match (all, lesson) {
        (Access::Paid(all), Access::Paid(scopes)) => Access::Paid(&all & scopes),
        (Access::Paid(all), _) => Access::Paid(all),
        (_, Access::Paid(scopes)) => Access::Paid(scopes.clone()),
        (Access::Free, Access::Free) => Access::Free,
        _ => Access::Members,
    })
}

fn titles(article: &Article<Slug>) -> Localized {
    let texts = article.texts.iter();
    Localized(texts.map(|(language, text)| (language.clone(), text.title.clone())).collect())
}

fn summaries(article: &Article<Slug>) -> Localized {
    let texts = article.texts.iter();
    Localized(texts.filter_map(|(language, text)| Some((language.clone(), text.summary.clone()?))).collect())
}

/// One course. `minutes` has one number per lesson in reading order.
pub(crate) fn course(course: &Course, minutes: &[u32], config: &Config) -> CourseManifest {
    let lessons = course.lessons().zip(minutes).map(|(lesson, minutes)| {
        let pages = lesson.article.texts.iter().map(|(language, text)| {
            let path = format!("{}{}", config.prefix(language), lesson.path);
            (language.clone(), LessonPage { title: text.title.clone(), path })
        });
        LessonEntry {
            id: lesson.id().clone(),
            access: lesson.access.clone(),
            minutes: *minutes,
            pages: pages.collect(),
            opens_after: lesson.opening.after,
            opens_at: lesson.opening.on.map(|moment| moment.instant),
            requires: lesson.opening.requires.clone(),
        }
    });
    CourseManifest {
        version: VERSION,
        id: course.slug().clone(),
        title: titles(&course.article),
        lessons: lessons.collect(),
    }
}

/// Cuts the slots out of a rendered shell and notes where they were.
pub(crate) fn shell(
    rendered: &str,
    path: String,
    template: &TextFile,
) -> Result<(String, Shell), Vec<Diagnostic>> {
    let all = [
        ("title", SlotName::Title),
        ("account", SlotName::Account),
        ("main", SlotName::Main),
        ("languages", SlotName::Languages),
    ];
    let mut found: Vec<(usize, &str, SlotName)> = Vec::new();
    let mut diagnostics = Vec::new();
    for (name, slot) in all {
        let places: Vec<usize> = rendered.match_indices(&slot_marker(name)).map(|(at, _)| at).collect();
        if places.is_empty() && !matches!(name, "title" | "main") {
            continue;
        }
        if places.len() != 1 {
            diagnostics.push(wrong_count(template, name, places.len()));
        }
        found.extend(places.first().map(|at| (*at, name, slot)));
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    found.sort_unstable_by_key(|(at, ..)| *at);
    let mut html = String::with_capacity(rendered.len());
    let (mut slots, mut from) = (Vec::new(), 0);
    for (at, name, slot) in found {
        html.push_str(&rendered[from..at]);
        slots.push(Slot { name: slot, at: html.len() });
        from = at + slot_marker(name).len();
    }
    html.push_str(&rendered[from..]);
    Ok((html, Shell { path, slots }))
}

fn wrong_count(template: &TextFile, name: &str, count: usize) -> Diagnostic {
    let at = template.source.find("slot(").unwrap_or(0);
    let message = format!("{count} slots `{name}` in the shell, expected one");
    let hint = "write `{{ slot(name=\"title\") }}` and `{{ slot(name=\"main\") }}` exactly once each";
    template.error(Code::Shell, at..at + 5, message).hint(hint)
}

/// Path patterns that must reach the app before any static file. `sealed` has the public path of every sealed file.
pub(crate) fn worker_first(config: &Config, sealed: &BTreeSet<&String>) -> Vec<String> {
    let mut patterns: Vec<String> = [paths::LYCEUM, paths::SEALED].map(|path| format!("{path}/*")).into();
    for language in &config.languages {
        let prefix = config.prefix(language);
        patterns.extend(paths::APP_PREFIXES.map(|path| format!("{prefix}{path}*")));
    }
    patterns.extend(paths::PROGRAMS.map(str::to_owned));
    let by_course = with_cover(patterns.clone(), sealed, course_pattern);
    if by_course.len() <= MAX_PATTERNS { by_course } else { with_cover(patterns, sealed, section_pattern) }
}

fn with_cover(
    mut patterns: Vec<String>,
    sealed: &BTreeSet<&String>,
    pattern: fn(&str) -> String,
) -> Vec<String> {
    let covers: BTreeSet<String> = sealed.iter().map(|path| pattern(path)).collect();
    patterns.extend(covers);
    patterns
}

/// `/zh/courses/rust/moves/` → `/zh/courses/rust/*`, `/zh/products/a/` → `/zh/products/*`. Any other path stands for itself.
fn course_pattern(path: &str) -> String {
    if let Some(pattern) = products_pattern(path) {
        return pattern;
    }
    let course = path.find("/courses/").map(|at| at + "/courses/".len());
    let end = course.and_then(|from| path[from..].find('/').map(|at| from + at + 1));
    end.map_or_else(|| path.to_owned(), |end| format!("{}*", &path[..end]))
}

/// `/zh/products/a/` → `/zh/products/*`: pages and files of products lie in one folder, and there are few of them.
fn products_pattern(path: &str) -> Option<String> {
    let at = path.find("/products/")?;
    let is_language = at == 0 || path[1..at].parse::<Language>().is_ok();
    is_language.then(|| format!("{}/products/*", &path[..at]))
}

/// `/zh/courses/rust/moves/` → `/zh/courses/*`, `/instructors/a.3f.png` → `/instructors/*`.
fn section_pattern(path: &str) -> String {
    if let Some(pattern) = products_pattern(path) {
        return pattern;
    }
    let course = path.find("/courses/").map(|at| at + "/courses/".len());
    let end = course.or_else(|| path[1..].find('/').map(|at| at + 2));
    end.map_or_else(|| path.to_owned(), |end| format!("{}*", &path[..end]))
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod catalogue_tests;
