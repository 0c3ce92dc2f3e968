//! Reads all content into the model. Each course is read by itself; then they are joined, with every check that needs
//! more than one of them.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::{LessonId, Slug, Timestamp};
use rayon::prelude::*;

use crate::article::Known;
use crate::claims::{CourseClaim, Found, LessonClaim, PriceClaim};
use crate::course::{CourseRead, read_course};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::layout::{CourseFiles, Layout};
use crate::model::{Academy, Config, Course, LessonAt};
use crate::redirects::{Addresses, Redirect};
use crate::release::{Moment, Status, When};
use crate::shared::{Shared, read_shared};
use crate::source::Source;
use crate::tags::TagUse;
use crate::views_pages::{changes_path, has_changes};
use crate::{offers, prerequisites, product, redirects, release, site, tags};

/// Reads everything. There is always a result; it is only published when no diagnostic is an error.
pub(crate) fn read(
    source: &Source,
    layout: &Layout,
    when: When,
    diagnostics: &mut Vec<Diagnostic>,
) -> Academy {
    read_with(source, layout, when, read_course, diagnostics)
}

/// The same with another way to read a course.
pub(crate) fn read_with(
    source: &Source,
    layout: &Layout,
    when: When,
    read: impl Fn(&CourseFiles, Known<'_>) -> CourseRead + Sync,
    diagnostics: &mut Vec<Diagnostic>,
) -> Academy {
    let mut found = Found::default();
    let config = site::read(source, &mut found);
    let instructors = layout.instructors.iter().map(|entry| entry.slug.clone()).collect();
    let known = Known { source, config: &config, instructors: &instructors };
    let courses: Vec<CourseRead> = layout.courses.par_iter().map(|files| read(files, known)).collect();
    let shared = read_shared(layout, known, &mut found);
    let statics = layout.statics.iter().filter_map(|path| path.strip_prefix("static"));
    let statics = statics.map(|path| path.strip_suffix("index.html").unwrap_or(path).to_owned()).collect();
    let academy = join(Parts { config, shared, courses, statics }, when, &mut found);
    diagnostics.append(&mut found.diagnostics);
    academy
}

/// What is joined.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) shared: Shared,
    /// In the order of the site.
    pub(crate) courses: Vec<CourseRead>,
    /// Addresses of files in `static/`.
    pub(crate) statics: BTreeSet<String>,
}

/// Puts the parts together for one moment and checks what needs several of them. `found` has what the site's own file
/// and the shared files gave; what the courses gave is added to it. Cost: O(content log content), no file is read.
pub(crate) fn join(parts: Parts, when: When, found: &mut Found) -> Academy {
    let Parts { config, shared, courses, statics } = parts;
    let mut joined = Vec::new();
    for read in courses {
        found.append(read.found);
        joined.extend(read.course);
    }
    // What is said of a price that could not be read is said already.
    if !found.diagnostics.iter().any(Diagnostic::is_error) {
        offers::check(found);
    }
    let diagnostics = &mut found.diagnostics;
    check_prices(&found.prices, diagnostics);
    check_lessons(&found.lessons, diagnostics);
    check_courses(&found.courses, &joined, diagnostics);
    product::check(&shared.times, when.now, diagnostics);
    release::mark(&mut joined, when.now);
    let known = prerequisites::Known::new(&joined, when.drafts);
    prerequisites::check(&joined, &known, diagnostics);
    let uses = tag_uses(&joined);
    let instants = instants(&joined);
    let (mut courses, hidden) = release::hide(joined, when);
    prerequisites::open(&mut courses, &known, diagnostics);
    let tags = tags::collect(shared.tags, &courses, &uses, diagnostics);
    let places = courses.iter().enumerate().flat_map(|(idx, course)| course.lessons_at(idx));
    let mut academy = Academy {
        places: places
            .map(|(at, lesson)| (lesson.id().clone(), at))
            .collect::<BTreeMap<LessonId, LessonAt>>(),
        config,
        courses,
        instructors: shared.instructors,
        pages: shared.pages,
        photos: shared.photos,
        tracks: shared.tracks,
        tags,
        events: shared.events,
        products: shared.products,
        data: shared.data,
        hidden,
        redirects: Vec::new(),
        next_change: None,
        now: when.now,
    };
    let shown: BTreeSet<Slug> = academy.courses.iter().map(|course| course.slug().clone()).collect();
    academy.tracks.iter_mut().for_each(|track| track.courses.retain(|slug| shown.contains(slug)));
    academy.redirects = resolve_redirects(&academy, statics, found);
    academy.next_change = next_change(&academy, &instants);
    academy
}

fn resolve_redirects(academy: &Academy, statics: BTreeSet<String>, found: &mut Found) -> Vec<Redirect> {
    if found.aliases.is_empty() {
        return Vec::new();
    }
    let mut live = statics;
    live.extend(
        ["/", "/courses/", "/instructors/", "/tracks/", "/tags/", "/products/", "/calendar/", "/search/"]
            .map(str::to_owned),
    );
    live.extend(academy.lists().into_iter().map(|(path, _)| path));
    let changed = academy.courses.iter().filter(|course| has_changes(course));
    live.extend(changed.map(changes_path));
    live.extend(["/feed.xml", "/sitemap.xml", "/robots.txt", "/404.html", "/llms.txt"].map(str::to_owned));
    for course in &academy.courses {
        live.insert(course.path.clone());
        live.extend(course.lessons().map(|lesson| lesson.path.clone()));
    }
    live.extend(academy.instructors.iter().map(|person| format!("/instructors/{}/", person.id)));
    live.extend(academy.pages.iter().map(|page| format!("/{}/", page.id)));
    live.extend(academy.tracks.iter().map(crate::model::Track::path));
    live.extend(academy.products.iter().map(product::Product::path));
    live.extend(academy.tags.iter().map(tags::Tag::path));
    let addresses = Addresses { live, hidden: &academy.hidden };
    let (config, courses) = (&academy.config, &academy.courses);
    redirects::resolve(&found.aliases, courses, &addresses, config, &mut found.diagnostics)
}

fn tag_uses(courses: &[Course]) -> Vec<TagUse> {
    let mut uses = Vec::new();
    for course in courses {
        uses.extend_from_slice(&course.tags);
        uses.extend(course.lessons().flat_map(|lesson| lesson.tags.iter().cloned()));
    }
    uses
}

/// When something is published or opens.
fn instants(courses: &[Course]) -> Vec<Timestamp> {
    let mut instants = Vec::new();
    for course in courses {
        let statuses = course.lessons().map(|lesson| lesson.status).chain([course.status]);
        instants.extend(statuses.filter_map(|status| match status {
            Status::Scheduled(moment) => Some(moment.instant),
            Status::Published | Status::Draft => None,
        }));
    }
    instants
}

/// The first instant after now at which the same content gives another site: something is published or opens, or a day
/// with something on the calendar is over, or something is sold no longer.
fn next_change(academy: &Academy, instants: &[Timestamp]) -> Option<Timestamp> {
    let zone = &academy.config.zone;
    let over = |moment: Moment| zone.day_after(moment.local.date);
    let openings = academy.courses.iter().flat_map(Course::lessons).filter_map(|lesson| lesson.opening.on);
    let public = academy.calendar().into_iter().filter(|entry| entry.is_public);
    let ends = public.map(|entry| over(entry.ends.unwrap_or(entry.at)));
    let sold = academy.products.iter().flat_map(|product| product.ends_of_sale().iter().copied());
    let all = instants.iter().copied().chain(openings.map(|moment| moment.instant)).chain(ends).chain(sold);
    all.filter(|instant| *instant > academy.now).min()
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

/// A track may name a course that is not published yet, but none that does not exist.
fn check_courses(claims: &[CourseClaim], courses: &[Course], diagnostics: &mut Vec<Diagnostic>) {
    let known: BTreeSet<&str> = courses.iter().map(|course| course.slug().as_str()).collect();
    for claim in claims.iter().filter(|claim| !known.contains(claim.slug.as_str())) {
        let message = format!("`{}` for `courses`, expected the name of a folder in `courses/`", claim.slug);
        let error = claim.place.error(Code::UnknownCourse, message);
        diagnostics.push(error.hint(match nearest(claim.slug.as_str(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the folder's name without its number".to_owned(),
        }));
    }
}
