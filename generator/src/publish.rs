//! Turns the model into files: every course by itself and on all cores, then the site around them.
//!
//! A course whose key is that of last time is not made again. Its key covers everything that its pages show: the course
//! itself, the site's own texts and settings, the theme, the seal key, and every address that a link can lead to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lyceum_contract::manifest::Language;
use lyceum_contract::seal::{Encoding, Header, KeyRing, seal};
use lyceum_contract::{Access, Slug, Timestamp};
use rayon::prelude::*;
use tera::{Context as Values, Value};

use crate::assets::Store;
use crate::bodies::Bodies;
use crate::cards::Cards;
use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::links::Links;
use crate::model::{Academy, Article, Course};
use crate::observer::{Observer, Step, during};
use crate::output::{Entries, Sink};
use crate::places::{self, Places};
use crate::portion::{Portion, taken};
use crate::related::Related;
use crate::shelf::Shelf;
use crate::source::Source;
use crate::tags::Tag;
use crate::theme::Theme;
use crate::view::{CardImageView, InstructorView, PageView, PhotoView, SiteView};
use crate::views::{Locale, PageInfo, language_name};
use crate::{publish_course, publish_rest};

/// What stays the same while a site is published.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) source: &'a Source,
    pub(crate) academy: &'a Academy,
    pub(crate) theme: &'a Theme,
    pub(crate) links: &'a Links<'a>,
    /// Lessons about the same.
    pub(crate) related: &'a Related,
    pub(crate) keys: &'a KeyRing,
    pub(crate) live_reload: bool,
    /// The program that builds, so that another one starts anew.
    pub(crate) program: &'a str,
    pub(crate) sink: &'a dyn Sink,
    /// What is expensive and was made before.
    pub(crate) store: &'a dyn Store,
    /// What the search knows of each course.
    pub(crate) shelf: &'a Shelf,
    pub(crate) observer: &'a dyn Observer,
}

impl<'a> Inputs<'a> {
    /// Fills a template.
    pub(crate) fn render(
        self,
        template: &str,
        edition: &Edition<'_>,
        info: PageInfo<'_>,
        values: &[(&'static str, &Value)],
    ) -> Result<String, Box<Diagnostic>> {
        let card = info.card.clone().or_else(|| edition.card.clone());
        let mut page =
            info.view(edition.locale, |language| language_name(self.theme.texts(language), language));
        page.card = card;
        let mut context = edition.context(&page);
        for (name, value) in values {
            context.insert_value(*name, (*value).clone());
        }
        during(self.observer, Step::Templates, || self.theme.render(template, &context))
    }

    fn edition(self, language: &'a Language, cards: &Cards) -> Edition<'a> {
        let locale = Locale { academy: self.academy, language };
        let mut site = locale.site(self.live_reload);
        site.assets.clone_from(&self.theme.asset_urls);
        let texts_value = Value::from_serializable(&self.theme.texts(language).0);
        let data_value = Value::from_serializable(&self.academy.data);
        let site_value = Value::from_serializable(&site);
        let card = cards.get("/", language).cloned();
        Edition { locale, site, card, site_value, texts_value, data_value }
    }

    /// Of everything that every page depends on.
    fn key(self) -> Digest {
        let academy = self.academy;
        let secret = seal_of_nothing(self.keys);
        // Texts that pages of courses show although they are not of the course. JSON is hashed as it is written.
        let tags: Vec<_> = academy.tags.iter().map(Tag::names).collect();
        let data = serde_json::to_string(&academy.data).unwrap_or_default();
        let people = (&academy.instructors, &academy.pages, &academy.photos, tags, data);
        let settings = (self.program, self.live_reload, secret);
        Digest::of_value(&(
            settings,
            &academy.config,
            people,
            (academy.has_lists(), academy.products_shown()),
            self.theme.digest,
            self.links.digest(),
        ))
    }
}

/// Something that only this seal key makes, and that does not give it away.
pub(crate) fn seal_of_nothing(keys: &KeyRing) -> Vec<u8> {
    let header = Header { id: String::new(), access: Access::Free, media_type: String::new() };
    seal(keys.sealing(), &header, Encoding::Identity, b"").expect("an empty header is short")
}

/// One language with the values that all its pages share.
pub(crate) struct Edition<'a> {
    pub(crate) locale: Locale<'a>,
    pub(crate) site: SiteView,
    /// The social card of pages that have none of their own.
    pub(crate) card: Option<CardImageView>,
    site_value: Value,
    texts_value: Value,
    data_value: Value,
}

impl Edition<'_> {
    pub(crate) fn context(&self, page: &PageView) -> Values {
        let mut context = Values::new();
        context.insert_value("site", self.site_value.clone());
        context.insert_value("t", self.texts_value.clone());
        context.insert("page", page);
        context.insert_value("data", self.data_value.clone());
        context
    }
}

/// What all courses need.
pub(crate) struct Shared<'a> {
    pub(crate) editions: Vec<Edition<'a>>,
    /// The people who teach, per edition.
    pub(crate) instructors: Vec<Vec<InstructorView>>,
    /// Texts of people and pages.
    pub(crate) bodies: Bodies<'a>,
    /// Those of the site itself.
    pub(crate) cards: Cards,
}

/// The portions of a site by course.
pub(crate) type Courses = BTreeMap<Slug, Arc<Portion>>;

/// A site, or why there is none.
#[derive(Debug, Default)]
pub(crate) struct Published {
    pub(crate) courses: Courses,
    /// Everything that is not of one course; nothing after an error.
    pub(crate) site: Option<Arc<Portion>>,
    pub(crate) found: Vec<Diagnostic>,
    /// When the same content will next give another site.
    pub(crate) next_change: Option<Timestamp>,
}

/// Makes what differs from `known`. `found` is what earlier steps have reported; after an error there is nothing to make,
/// but all that is wrong is said at once.
pub(crate) fn publish(
    inputs: Inputs<'_>,
    (known, known_site): (&Courses, Option<&Portion>),
    found: Vec<Diagnostic>,
) -> Published {
    let is_clean = !found.iter().any(Diagnostic::is_error);
    let mut published = Published { found, next_change: inputs.academy.next_change, ..Published::default() };
    let shared = shared(inputs, None, &mut published.found).filter(|_| is_clean);
    let Some(shared) = shared else { return with_texts_checked(inputs, published) };
    let courses = &inputs.academy.courses;
    inputs.observer.total(courses.iter().map(|course| course.lessons().count()).sum());
    let key = inputs.key();
    let make = |course: &Course| {
        // Nobody wants the rest of a build that was interrupted.
        if inputs.observer.is_interrupted() {
            return Err(Vec::new());
        }
        let portion = portion(inputs, &shared, key, course, known);
        inputs.observer.done(course.lessons().count());
        portion
    };
    let portions: Vec<_> = courses.par_iter().map(make).collect();
    if inputs.observer.is_interrupted() {
        return published;
    }
    for (course, portion) in courses.iter().zip(portions) {
        match portion {
            Ok(portion) => {
                published.found.extend(portion.warnings.iter().cloned());
                published.courses.insert(course.slug().clone(), portion);
            }
            Err(found) => published.found.extend(found),
        }
    }
    let around = shared.bodies.places();
    let all: Vec<&Places> =
        published.courses.values().map(|portion| &portion.places).chain([&around]).collect();
    places::check(inputs.source, &all, &mut published.found);
    if !published.found.iter().any(Diagnostic::is_error) {
        finish(inputs, &shared, (key, known_site), &mut published);
    }
    published
}

/// What pages have in common; of people, only these. Nothing after an error in a text around the courses.
pub(crate) fn shared<'a>(
    inputs: Inputs<'a>,
    people: Option<&BTreeSet<&Slug>>,
    found: &mut Vec<Diagnostic>,
) -> Option<Shared<'a>> {
    let academy = inputs.academy;
    let is_shown = |id: &Slug| people.is_none_or(|people| people.contains(id));
    let teachers = || academy.instructors.iter().filter(|person| is_shown(&person.id));
    let articles: Vec<_> = match people {
        None => {
            let products = academy.products.iter().map(|product| (&product.article).into());
            academy.around().map(Into::into).chain(products).collect()
        }
        Some(_) => teachers().map(Into::into).collect(),
    };
    let bodies = Bodies::render(inputs, &articles, found)?;
    let cards = Cards::of_site(inputs, found);
    let editions: Vec<Edition<'a>> =
        academy.config.languages.iter().map(|language| inputs.edition(language, &cards)).collect();
    let views = |edition: &Edition<'a>| {
        let view = |person: &'a Article<Slug>| {
            let body = bodies.get(person, edition.locale).whole.html.clone();
            let mut view = edition.locale.instructor(&person.id, body)?;
            view.photo = photo(inputs, &person.id);
            Some(view)
        };
        teachers().filter_map(view).collect()
    };
    let instructors = editions.iter().map(views).collect();
    Some(Shared { editions, instructors, bodies, cards })
}

fn photo(inputs: Inputs<'_>, person: &Slug) -> Option<PhotoView> {
    let path = inputs.academy.photos.get(person)?;
    let assets = inputs.links.assets;
    let (width, height) = assets.dimensions(path).unzip();
    Some(PhotoView { path: assets.url(path)?.to_owned(), width, height })
}

fn with_texts_checked(inputs: Inputs<'_>, mut published: Published) -> Published {
    let check = |course: &Course| {
        let mut found = Vec::new();
        let _ = Bodies::render(inputs, &publish_course::articles(course), &mut found);
        found
    };
    published.found.extend(inputs.academy.courses.par_iter().map(check).flatten().collect::<Vec<_>>());
    published
}

/// The portion of a course: that of last time when nothing it depends on has changed.
fn portion<'a>(
    inputs: Inputs<'a>,
    shared: &Shared<'a>,
    of_site: Digest,
    course: &'a Course,
    known: &Courses,
) -> Result<Arc<Portion>, Vec<Diagnostic>> {
    let academy = inputs.academy;
    let around = (academy.connections(course), academy.neighbours(course, inputs.related));
    let key = Digest::of_value(&(of_site, course, around));
    let is_known =
        |portion: &&Arc<Portion>| portion.key == key && inputs.shelf.has(&Shelf::name(course.slug(), key));
    match known.get(course.slug()).filter(is_known) {
        Some(portion) => Ok(Arc::clone(portion)),
        None => publish_course::portion(inputs, shared, course, key).map(Arc::new),
    }
}

/// Makes everything around the courses.
fn finish(
    inputs: Inputs<'_>,
    shared: &Shared<'_>,
    (key, known): (Digest, Option<&Portion>),
    published: &mut Published,
) {
    let mut all = Entries::new();
    for (path, entry) in published.courses.values().flat_map(|portion| &portion.files) {
        if all.insert(path.clone(), *entry).is_some_and(|there| there.digest != entry.digest) {
            published.found.push(taken(inputs, path));
        }
    }
    match during(inputs.observer, Step::Site, || {
        publish_rest::portion(inputs, shared, (&published.courses, &all), (key, known))
    }) {
        Ok(site) => {
            let clash = site
                .files
                .iter()
                .filter(|(path, entry)| all.get(*path).is_some_and(|there| there.digest != entry.digest));
            published.found.extend(clash.map(|(path, _)| taken(inputs, path)));
            published.found.extend(site.warnings.iter().cloned());
            published.site = Some(Arc::new(site));
        }
        Err(found) => published.found.extend(found),
    }
}
