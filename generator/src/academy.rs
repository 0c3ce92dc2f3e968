//! Reads all content into the model. Each course is read by itself; then they are joined, with every check that needs
//! more than one of them.

use std::collections::BTreeMap;

use lyceum_contract::{LessonId, Slug, paths};
use rayon::prelude::*;

use crate::article::Known;
use crate::claims::{Found, LessonClaim, PriceClaim};
use crate::course::{CourseRead, read_course};
use crate::diagnostic::{Code, Diagnostic};
use crate::keys;
use crate::layout::{Entry, Layout};
use crate::model::{Academy, Article, Config};
use crate::site;
use crate::source::Source;

/// Reads everything. There is always a result; it is only published when no diagnostic is an error.
pub(crate) fn read(source: &Source, layout: &Layout, diagnostics: &mut Vec<Diagnostic>) -> Academy {
    let mut found = Found::default();
    let config = site::read(source, &mut found);
    let instructors = layout.instructors.iter().map(|entry| entry.slug.clone()).collect();
    let known = Known { source, config: &config, instructors: &instructors };
    let courses: Vec<CourseRead> = layout.courses.par_iter().map(|files| read_course(files, known)).collect();
    let shared = read_shared(layout, known, &mut found);
    let academy = join(config, shared, courses, &mut found);
    diagnostics.append(&mut found.diagnostics);
    academy
}

/// What belongs to no course.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) instructors: Vec<Article<Slug>>,
    pub(crate) pages: Vec<Article<Slug>>,
}

/// Reads what belongs to no course.
pub(crate) fn read_shared(layout: &Layout, known: Known<'_>, found: &mut Found) -> Shared {
    Shared {
        instructors: layout.instructors.iter().filter_map(|entry| instructor(entry, known, found)).collect(),
        pages: layout.pages.iter().filter_map(|entry| page(entry, known, found)).collect(),
    }
}

/// Puts the parts together and checks what needs several of them. `found` has what the site's own file and the shared
/// files gave; what the courses gave is added to it.
pub(crate) fn join(config: Config, shared: Shared, courses: Vec<CourseRead>, found: &mut Found) -> Academy {
    let mut joined = Vec::new();
    for mut read in courses {
        found.diagnostics.append(&mut read.found.diagnostics);
        found.prices.append(&mut read.found.prices);
        found.lessons.append(&mut read.found.lessons);
        joined.extend(read.course);
    }
    check_prices(&found.prices, &mut found.diagnostics);
    check_lessons(&found.lessons, &mut found.diagnostics);
    Academy { config, courses: joined, instructors: shared.instructors, pages: shared.pages }
}

fn check_prices(claims: &[PriceClaim], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&Slug, &PriceClaim> = BTreeMap::new();
    for claim in claims {
        if let Some(first) = seen.insert(&claim.id, claim) {
            let message = format!("a second price `{}`, expected each id once in the site", claim.id);
            let error = claim.place.error(Code::DuplicateId, message);
            diagnostics.push(error.hint(format!("the first is at {}", first.place.shown())));
        }
    }
}

fn check_lessons(claims: &[LessonClaim], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&LessonId, &LessonClaim> = BTreeMap::new();
    for claim in claims {
        // Two ids that both follow from file names are two files of one name, which the layout has reported.
        if let Some(first) = seen.insert(&claim.id, claim)
            && (first.is_chosen || claim.is_chosen)
        {
            let message = format!("a second lesson `{}`, expected each id once", claim.id);
            let error = claim.place.error(Code::DuplicateId, message);
            diagnostics.push(error.hint(format!("the first is `{}`", first.path)));
        }
    }
}

fn instructor(entry: &Entry, known: Known<'_>, found: &mut Found) -> Option<Article<Slug>> {
    let tables = (&keys::INSTRUCTOR, &keys::INSTRUCTOR_TRANSLATION);
    let texts = known.read(entry, tables, found, |_, _| ())?.1;
    Some(Article { id: entry.slug.clone(), texts })
}

fn page(entry: &Entry, known: Known<'_>, found: &mut Found) -> Option<Article<Slug>> {
    let texts = known.read(entry, (&keys::PAGE, &keys::TRANSLATION), found, |_, _| ())?.1;
    let slug = entry.slug.as_str();
    let language = known.config.languages.iter().any(|language| language.as_str() == slug);
    if language || is_reserved(slug) {
        let path = entry.original.as_deref().unwrap_or_default();
        let message = format!("a page at `/{slug}/`, expected another name");
        let error = known.source.error(path, Code::ReservedSlug, message);
        found.diagnostics.push(error.hint("this address belongs to the site itself: rename the file"));
    }
    Some(Article { id: entry.slug.clone(), texts })
}

/// First segments of addresses that belong to the app or to the generator.
fn is_reserved(slug: &str) -> bool {
    let app = paths::APP_PREFIXES.iter().chain([&paths::EVENTS, &paths::HEALTH]);
    let mut segments = app.map(|path| path.trim_matches('/'));
    segments.any(|segment| segment == slug)
        || matches!(slug, "courses" | "instructors" | "assets" | "pages" | "index")
}
