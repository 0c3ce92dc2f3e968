//! Reads what belongs to no course: people, pages, tracks, tags, events, products and data.

use std::collections::BTreeMap;

use lyceum_contract::{Slug, paths};

use crate::article::Known;
use crate::claims::{CourseClaim, Found};
use crate::course;
use crate::diagnostic::Code;
use crate::front_matter::{Expected, Fields};
use crate::keys;
use crate::layout::{Entry, Layout};
use crate::links;
use crate::model::{Article, Event, Track};
use crate::product::{self, Product, TimeClaim};
use crate::release::Moment;
use crate::{data, redirects};

/// What belongs to no course.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) instructors: Vec<Article<Slug>>,
    /// Of instructors, by path in the content folder.
    pub(crate) photos: BTreeMap<Slug, String>,
    pub(crate) pages: Vec<Article<Slug>>,
    pub(crate) tracks: Vec<Track>,
    /// Files in `tags/`.
    pub(crate) tags: Vec<Article<Slug>>,
    pub(crate) events: Vec<Event>,
    pub(crate) products: Vec<Product>,
    /// When what is sold stops to be.
    pub(crate) times: Vec<TimeClaim>,
    pub(crate) data: BTreeMap<String, serde_json::Value>,
}

/// Reads what belongs to no course.
pub(crate) fn read_shared(layout: &Layout, known: Known<'_>, found: &mut Found) -> Shared {
    let mut shared = Shared {
        pages: layout.pages.iter().filter_map(|entry| page(entry, known, found)).collect(),
        tracks: layout.tracks.iter().filter_map(|entry| track(entry, known, found)).collect(),
        tags: layout.tags.iter().filter_map(|entry| tag(entry, known, found)).collect(),
        events: layout.events.iter().filter_map(|entry| event(entry, known, found)).collect(),
        data: data::read(known.source, &layout.data, &mut found.diagnostics),
        ..Shared::default()
    };
    for entry in &layout.instructors {
        let tables = (&keys::INSTRUCTOR, &keys::INSTRUCTOR_TRANSLATION);
        let path = entry.original.as_deref().unwrap_or_default();
        let read = |fields: &mut Fields<'_>, _: &mut Found| {
            fields
                .parsed("photo", Code::BrokenImage, |text| photo(text, path, known))
                .map(|photo| photo.value)
        };
        let Some((photo, texts)) = known.read(entry, tables, found, read) else { continue };
        shared.photos.extend(photo.map(|photo| (entry.slug.clone(), photo)));
        shared.instructors.push(Article { id: entry.slug.clone(), texts });
    }
    (shared.products, shared.times) = product::read(layout, known, &shared.events, found);
    shared
}

fn photo(text: &str, from: &str, known: Known<'_>) -> Result<String, Expected> {
    let files = &known.source.files;
    let path = links::join(from, text).filter(|path| files.contains_key(path));
    let is_image = lyceum_contract::media_type::media_type(text).starts_with("image/");
    let expected = || Expected::hint(&"expected an image of the content folder", "write its relative path");
    path.filter(|path| is_image && path.starts_with("instructors/")).ok_or_else(expected)
}

fn page(entry: &Entry, known: Known<'_>, found: &mut Found) -> Option<Article<Slug>> {
    let read = |fields: &mut Fields<'_>, _: &mut Found| aliases(fields, entry, known);
    let (aliases, texts) = known.read(entry, (&keys::PAGE, &keys::TRANSLATION), found, read)?;
    let slug = entry.slug.as_str();
    let language = known.config.languages.iter().any(|language| language.as_str() == slug);
    if language || paths::is_reserved(slug) {
        let path = entry.original.as_deref().unwrap_or_default();
        let message = format!("a page at `/{slug}/`, expected another name");
        let error = known.source.error(path, Code::ReservedSlug, message);
        found.diagnostics.push(error.hint("this address belongs to the site itself: rename the file"));
    }
    found.aliases.extend(redirects::claims(aliases, &format!("/{slug}/")));
    Some(Article { id: entry.slug.clone(), texts })
}

fn aliases(fields: &mut Fields<'_>, entry: &Entry, known: Known<'_>) -> Vec<redirects::Alias> {
    let path = entry.original.as_deref().unwrap_or_default();
    redirects::read(fields, path, &known.config.languages)
}

fn track(entry: &Entry, known: Known<'_>, found: &mut Found) -> Option<Track> {
    let read = |fields: &mut Fields<'_>, found: &mut Found| {
        let level = fields.parsed("level", Code::UnknownLevel, course::level).map(|level| level.value);
        let mut courses: Vec<Slug> = Vec::new();
        for name in fields.texts("courses") {
            let Some(slug) = fields.read(name, Code::UnknownCourse, "courses", crate::front_matter::slug)
            else {
                continue;
            };
            let place = fields.located(slug.span.clone());
            if courses.contains(&slug.value) {
                let message = format!("`{}` stands twice in `courses`, expected it once", slug.value);
                fields.error(Code::DuplicateId, slug.span, message, "remove one");
            } else {
                found.courses.push(CourseClaim { slug: slug.value.clone(), place });
                courses.push(slug.value);
            }
        }
        (level, courses, aliases(fields, entry, known))
    };
    let tables = (&keys::TRACK, &keys::TRANSLATION);
    let ((level, courses, aliases), texts) = known.read(entry, tables, found, read)?;
    let track = Track { article: Article { id: entry.slug.clone(), texts }, level, courses };
    found.aliases.extend(redirects::claims(aliases, &track.path()));
    Some(track)
}

fn tag(entry: &Entry, known: Known<'_>, found: &mut Found) -> Option<Article<Slug>> {
    let texts = known.read(entry, (&keys::TAG, &keys::TAG_TRANSLATION), found, |_, _| ())?.1;
    Some(Article { id: entry.slug.clone(), texts })
}

fn event(entry: &Entry, known: Known<'_>, found: &mut Found) -> Option<Event> {
    let read = |fields: &mut Fields<'_>, _: &mut Found| {
        let zone = &known.config.zone;
        let starts = Moment::read(fields, "starts", zone);
        let place = fields.span_of("ends");
        let ends = Moment::read(fields, "ends", zone);
        if let (Some(starts), Some(ends), Some(place)) = (starts, ends, place)
            && ends.instant < starts.instant
        {
            let message = format!("it ends at `{}` and starts at `{}`", ends.local, starts.local);
            fields.error(Code::BadDate, place, message, "write an end that comes after the start");
        }
        let kind = fields.parsed("kind", Code::BadValue, kind).map(|kind| kind.value);
        (starts, ends, kind.unwrap_or("other"))
    };
    let tables = (&keys::EVENT, &keys::EVENT_TRANSLATION);
    let ((starts, ends, kind), texts) = known.read(entry, tables, found, read)?;
    Some(Event { article: Article { id: entry.slug.clone(), texts }, starts: starts?, ends, kind })
}

fn kind(text: &str) -> Result<&'static str, Expected> {
    let kinds = ["lecture", "seminar", "live", "other"];
    let found = kinds.into_iter().find(|kind| *kind == text);
    found.ok_or_else(|| Expected::one_of("`lecture`, `seminar`, `live` or `other`", text, &kinds))
}
