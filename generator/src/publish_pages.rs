//! Pages that list and announce: catalogue, tags, tracks, people and calendar. They show courses and titles, never texts
//! of lessons.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use lyceum_contract::Slug;
use lyceum_contract::manifest::Language;
use rayon::prelude::*;
use tera::Value;

use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::feed::{self, Channel};
use crate::json_ld;
use crate::model::{Academy, Course, Lesson, LessonAt, Track};
use crate::output::file_path;
use crate::portion::Desk;
use crate::publish::{Courses, Edition, Inputs, Shared};
use crate::publish_course::people;
use crate::quick;
use crate::tags::Tag;
use crate::texts::Texts;
use crate::view::{
    CatalogueView, ChoiceView, CourseView, FilterView, InstructorView, LessonLinkView, ProductView,
    TagPageView, TagView, TrackView,
};
use crate::views::PageInfo;

/// The most lessons of a course that a list of courses draws.
const MAX_PIECES: usize = 40;
/// The most tags among the filters of the catalogue.
const MAX_TAG_CHOICES: usize = 12;
/// The most tags beside another.
const MAX_RELATED_TAGS: usize = 8;

/// A list of its own page, by its index in the model where there are several.
#[derive(Debug, Clone, Copy)]
enum List<'a> {
    Catalogue(Option<Filter<'a>>),
    Tags,
    Tag(usize),
    Tracks,
    Track(usize),
    Instructors,
    Calendar,
    Products,
}

/// One way to narrow the catalogue that has pages of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter<'a> {
    Level(&'a str),
    Free,
    Paid,
}

const LEVELS: [&str; 3] = ["beginner", "intermediate", "advanced"];

impl Filter<'_> {
    fn has(self, course: &Course) -> bool {
        let is_free = || course.lessons().all(|lesson| lesson.access.is_public());
        let is_sold =
            || course.lessons().any(|lesson| matches!(lesson.access, lyceum_contract::Access::Paid(_)));
        match self {
            Self::Level(level) => course.level.as_deref() == Some(level),
            Self::Free => is_free(),
            Self::Paid => is_sold(),
        }
    }

    fn kind(self) -> &'static str {
        if matches!(self, Self::Level(_)) { "level" } else { "price" }
    }

    fn value(&self) -> &str {
        match self {
            Self::Level(level) => level,
            Self::Free => "free",
            Self::Paid => "paid",
        }
    }

    fn path(self) -> String {
        format!("/{}s/{}/", self.kind(), self.value())
    }

    fn text_key(self) -> String {
        let group = if matches!(self, Self::Level(_)) { "level" } else { "filter" };
        format!("{group}_{}", self.value())
    }
}

/// The filters with pages, in the order to show them: those of a kind with fewer than two choices are no help.
fn filters(academy: &Academy) -> Vec<(Filter<'static>, usize)> {
    let counted = |filter: Filter<'static>| {
        let n = academy.courses.iter().filter(|course| filter.has(course)).count();
        (n > 0).then_some((filter, n))
    };
    let levels: Vec<_> = LEVELS.into_iter().filter_map(|level| counted(Filter::Level(level))).collect();
    let prices: Vec<_> = [Filter::Free, Filter::Paid].into_iter().filter_map(counted).collect();
    [levels, prices].into_iter().filter(|choices| choices.len() > 1).flatten().collect()
}

impl Academy {
    /// Addresses of all lists without the language's prefix, and the languages that have a text of their own when that
    /// is not all.
    pub(crate) fn lists(&self) -> Vec<(String, Option<Vec<&Language>>)> {
        lists(self).into_iter().map(|list| (list.path(self), list.languages(self))).collect()
    }
}

fn lists(academy: &Academy) -> Vec<List<'static>> {
    let [catalogue, tracks, tags, instructors, calendar, products] = academy.has_lists();
    let mut all = Vec::new();
    if catalogue {
        all.push(List::Catalogue(None));
        all.extend(filters(academy).into_iter().map(|(filter, _)| List::Catalogue(Some(filter))));
    }
    if tags {
        all.push(List::Tags);
        all.extend((0..academy.tags.len()).map(List::Tag));
    }
    if tracks {
        all.push(List::Tracks);
        all.extend((0..academy.tracks.len()).map(List::Track));
    }
    all.extend(instructors.then_some(List::Instructors));
    all.extend(calendar.then_some(List::Calendar));
    all.extend(products.then_some(List::Products));
    all
}

impl List<'_> {
    fn path(self, academy: &Academy) -> String {
        match self {
            Self::Catalogue(None) => "/courses/".to_owned(),
            Self::Catalogue(Some(filter)) => filter.path(),
            Self::Tags => "/tags/".to_owned(),
            Self::Tag(idx) => academy.tags[idx].path(),
            Self::Tracks => "/tracks/".to_owned(),
            Self::Track(idx) => academy.tracks[idx].path(),
            Self::Instructors => "/instructors/".to_owned(),
            Self::Calendar => "/calendar/".to_owned(),
            Self::Products => "/products/".to_owned(),
        }
    }

    /// Whether it shows other things tomorrow.
    fn is_of_days(self) -> bool {
        matches!(self, Self::Calendar | Self::Products)
    }

    fn template(self) -> &'static str {
        match self {
            Self::Catalogue(_) => "catalogue",
            Self::Tags => "tags",
            Self::Tag(_) => "tag",
            Self::Tracks => "tracks",
            Self::Track(_) => "track",
            Self::Instructors => "instructors",
            Self::Calendar => "calendar",
            Self::Products => "products",
        }
    }

    fn languages(self, academy: &Academy) -> Option<Vec<&Language>> {
        match self {
            Self::Track(idx) => Some(academy.tracks[idx].article.texts.keys().collect()),
            _ => None,
        }
    }
}

/// Of everything that lists show, besides what every page depends on: no text of a lesson is in it.
pub(crate) fn key(inputs: Inputs<'_>, of_site: Digest, courses: &Courses) -> Digest {
    let academy = inputs.academy;
    let of_course = |course: &Course| {
        let minutes = courses.get(course.slug()).map(|portion| &portion.minutes);
        let openings = course.lessons().map(|lesson| &lesson.opening).chain([&course.opening]);
        let openings: Vec<_> = openings.collect();
        let own = (quick::structure(course), quick::words(course), minutes, openings);
        Digest::of_value(&(own, academy.connections(course)))
    };
    let all: Vec<Digest> = academy.courses.par_iter().map(of_course).collect();
    Digest::of_value(&(of_site, all, &academy.tracks, &academy.tags))
}

/// The courses as lines of a list, in the site's order.
pub(crate) fn rows(
    inputs: Inputs<'_>,
    shared: &Shared<'_>,
    idx: usize,
    courses: &Courses,
) -> Vec<CourseView> {
    let locale = shared.editions[idx].locale;
    let row = |course: &Course| {
        let minutes = courses.get(course.slug()).map(|portion| portion.minutes.as_slice());
        let people = people(course, locale, &shared.instructors[idx]);
        let view = locale.course(course, minutes.unwrap_or_default(), people, String::new());
        // The lessons are a strip in the list: it says nothing when its pieces are narrower than its gaps.
        if view.n_lessons > MAX_PIECES { CourseView { modules: Vec::new(), ..view } } else { view }
    };
    inputs.academy.courses.par_iter().map(row).collect()
}

/// One language with what its lists show.
struct Lister<'a, 'e> {
    inputs: Inputs<'a>,
    edition: &'e Edition<'a>,
    shared: &'e Shared<'a>,
    instructors: &'e [InstructorView],
    rows: &'e [CourseView],
    texts: &'a Texts,
    /// Of the lessons of each course in reading order.
    minutes: Vec<&'e [u32]>,
}

/// A page and the feed beside it, by address.
type Made = Vec<(String, String, bool)>;

/// What a page says besides its value.
struct Said {
    title: String,
    description: String,
    json_ld: String,
    feed: Option<(String, String)>,
}

impl<'a> Desk<'a> {
    /// Makes the lists of one language on all cores and adds them in order: all of them, or only those that change with the
    /// days.
    pub(crate) fn lists(
        &mut self,
        shared: &Shared<'a>,
        idx: usize,
        courses: &Courses,
        rows: &[CourseView],
        is_known: bool,
    ) {
        let edition = &shared.editions[idx];
        let academy = self.inputs.academy;
        let minutes = academy.courses.iter().map(|course| {
            courses.get(course.slug()).map(|portion| portion.minutes.as_slice()).unwrap_or_default()
        });
        let lister = Lister {
            inputs: self.inputs,
            edition,
            shared,
            instructors: &shared.instructors[idx],
            rows,
            texts: self.inputs.theme.texts(edition.locale.language),
            minutes: minutes.collect(),
        };
        let mut wanted = lists(academy);
        wanted.retain(|list| !is_known || list.is_of_days());
        let made: Vec<_> = wanted.par_iter().map(|list| lister.made(*list)).collect();
        for (list, made) in wanted.iter().zip(made) {
            for (path, text, is_page) in self.kept(made).unwrap_or_default() {
                if is_page {
                    self.add_page(&path, Some(text));
                } else {
                    self.add(&path, text.into_bytes());
                }
                let file = file_path(&path);
                if let Some(entry) = self.portion.files.get(&file).filter(|_| !list.is_of_days()) {
                    self.portion.lists.files.insert(file, *entry);
                    self.portion.lists.n_pages += usize::from(is_page);
                }
            }
        }
    }
}

impl<'a> Lister<'a, '_> {
    fn made(&self, list: List<'_>) -> Result<Made, Box<Diagnostic>> {
        let academy = self.inputs.academy;
        let path = list.path(academy);
        let (name, value, said) = match list {
            List::Catalogue(filter) => self.catalogue(filter),
            List::Tags => {
                let tags: Vec<TagView> =
                    academy.tags.iter().map(|tag| self.edition.locale.tag(tag)).collect();
                ("tags", Value::from_serializable(&tags), self.said("tags_title", &path))
            }
            List::Tag(idx) => self.tag(&academy.tags[idx]),
            List::Tracks => {
                let tracks: Vec<TrackView> = academy.tracks.iter().map(|track| self.track(track)).collect();
                ("tracks", Value::from_serializable(&tracks), self.said("tracks_title", &path))
            }
            List::Track(idx) => self.track_page(&academy.tracks[idx]),
            List::Instructors => {
                let value = Value::from_serializable(&self.instructors);
                ("instructors", value, self.said("instructors_title", &path))
            }
            List::Calendar => {
                let value = Value::from_serializable(&self.edition.locale.calendar());
                ("calendar", value, self.said("calendar_title", &path))
            }
            List::Products => self.products(),
        };
        let config = &academy.config;
        let info = PageInfo {
            kind: list.template(),
            title: &said.title,
            description: &said.description,
            path: &path,
            languages: list.languages(academy).unwrap_or_else(|| config.languages.iter().collect()),
            json_ld_html: Some(said.json_ld),
            card: None,
            draft: None,
        };
        let html = self.inputs.render(
            &format!("{}.html", list.template()),
            self.edition,
            info,
            &[(name, &value)],
        )?;
        let mut made = vec![(self.edition.locale.path(&path), html, true)];
        made.extend(said.feed.map(|(path, text)| (path, text, false)));
        Ok(made)
    }

    /// What a list says that has only a title.
    fn said(&self, title: &str, path: &str) -> Said {
        let title = self.texts.get(title).to_owned();
        let site = &self.edition.site;
        let json_ld = json_ld::list(site, &[(&title, self.edition.locale.path(path))], &[]);
        Said { title, description: site.summary.clone(), json_ld, feed: None }
    }

    fn products(&self) -> (&'static str, Value, Said) {
        let (locale, site) = (self.edition.locale, &self.edition.site);
        let products: Vec<ProductView> =
            self.inputs.academy.products.iter().map(|product| locale.product(product)).collect();
        let title = self.texts.get("products_title").to_owned();
        let json_ld = json_ld::products(site, (&title, &locale.path("/products/")), &products);
        let said = Said { title, description: site.summary.clone(), json_ld, feed: None };
        ("products", Value::from_serializable(&products), said)
    }

    fn filled(&self, key: &str, name: &str) -> String {
        self.texts.get(key).replace("{name}", name)
    }

    fn catalogue(&self, filter: Option<Filter<'_>>) -> (&'static str, Value, Said) {
        let (academy, locale) = (self.inputs.academy, self.edition.locale);
        let choice = |found: Filter<'_>, n: usize| ChoiceView {
            kind: found.kind(),
            value: found.value().to_owned(),
            path: locale.path(&found.path()),
            n,
            current: filter == Some(found),
        };
        let all: Vec<ChoiceView> = filters(academy).into_iter().map(|(found, n)| choice(found, n)).collect();
        let of_kind = |kind: &'static str| {
            let choices = all.iter().filter(|choice| choice.kind == kind).cloned().collect();
            FilterView { kind, choices }
        };
        let filters = [of_kind("level"), of_kind("price"), self.tag_filter()];
        let shown = academy.courses.iter().zip(self.rows);
        let shown = shown.filter(|(course, _)| filter.is_none_or(|filter| filter.has(course)));
        let courses: Vec<CourseView> = shown.map(|(_, row)| row.clone()).collect();
        let (path, title) = match filter {
            None => ("/courses/".to_owned(), self.texts.get("catalogue_title").to_owned()),
            Some(found) => {
                (found.path(), self.filled("catalogue_title_of", self.texts.get(&found.text_key())))
            }
        };
        let (root, here) = (locale.path("/courses/"), locale.path(&path));
        let mut steps = vec![(self.texts.get("catalogue_title"), root.clone())];
        steps.extend(filter.map(|_| (title.as_str(), here)));
        let json_ld = json_ld::list(&self.edition.site, &steps, &courses);
        let view = CatalogueView {
            filters: filters.into_iter().filter(|filter| filter.choices.len() > 1).collect(),
            current: all.into_iter().find(|choice| choice.current),
            all: root,
            n_all: academy.courses.len(),
            courses,
        };
        let description = self.edition.site.summary.clone();
        ("catalogue", Value::from_serializable(&view), Said { title, description, json_ld, feed: None })
    }

    /// The tags that most courses have.
    fn tag_filter(&self) -> FilterView {
        let mut tags: Vec<&Tag> =
            self.inputs.academy.tags.iter().filter(|tag| !tag.courses.is_empty()).collect();
        tags.sort_by_key(|tag| Reverse(tag.courses.len()));
        let choice = |tag: &Tag| {
            let view = self.edition.locale.tag(tag);
            let path = view.path.unwrap_or_default();
            ChoiceView { kind: "tag", value: view.name, path, n: view.n_courses, current: false }
        };
        FilterView { kind: "tag", choices: tags.into_iter().take(MAX_TAG_CHOICES).map(choice).collect() }
    }

    /// A line without its strip and its tracks: a tag or track may have every course, and there are many of them.
    fn row(&self, idx: usize) -> Option<CourseView> {
        Some(CourseView { modules: Vec::new(), tracks: Vec::new(), ..self.rows.get(idx)?.clone() })
    }

    fn lesson(&self, at: LessonAt) -> LessonLinkView {
        let course = &self.inputs.academy.courses[at.course];
        let before: usize = course.modules.iter().take(at.module).map(|module| module.lessons.len()).sum();
        let minutes = self.minutes[at.course].get(before + at.lesson).copied();
        self.edition.locale.lesson_link(at, minutes)
    }

    fn tag(&self, tag: &Tag) -> (&'static str, Value, Said) {
        let (academy, locale) = (self.inputs.academy, self.edition.locale);
        let view = locale.tag(tag);
        let title = self.filled("tag_title", &view.name);
        let (summary, summary_language) =
            tag.article.as_ref().map(|article| locale.summary(article)).unwrap_or_default();
        let summary = Some(summary).filter(|summary| !summary.is_empty());
        let site = &self.edition.site;
        let description = summary.clone().unwrap_or_else(|| site.summary.clone());
        let path = locale.path(&tag.path());
        let lessons = tag.lessons.iter().map(|at| academy.at(*at).1);
        let feed = self.feed(&title, &description, &path, lessons);
        let steps = [(self.texts.get("tags_title"), locale.path("/tags/")), (title.as_str(), path)];
        let courses: Vec<CourseView> = tag.courses.iter().filter_map(|idx| self.row(*idx)).collect();
        let json_ld = json_ld::list(site, &steps, &courses);
        let page = TagPageView {
            tag: view,
            summary,
            summary_language,
            courses,
            lessons: tag.lessons.iter().map(|at| self.lesson(*at)).collect(),
            related: self.related(tag),
            feed: feed.as_ref().map(|(path, _)| path.clone()),
        };
        ("tagged", Value::from_serializable(&page), Said { title, description, json_ld, feed })
    }

    /// Tags that stand beside this one, the most frequent first.
    fn related(&self, tag: &Tag) -> Vec<TagView> {
        let academy = self.inputs.academy;
        let mut counted: BTreeMap<&Slug, usize> = BTreeMap::new();
        let of_courses = tag.courses.iter().flat_map(|idx| &academy.courses[*idx].tags);
        let of_lessons = tag.lessons.iter().flat_map(|at| &academy.at(*at).1.tags);
        for other in of_courses.chain(of_lessons).filter(|other| other.slug != tag.slug) {
            *counted.entry(&other.slug).or_default() += 1;
        }
        let mut counted: Vec<_> = counted.into_iter().collect();
        counted.sort_by_key(|(_, n)| Reverse(*n));
        let tags = counted.into_iter().filter_map(|(slug, _)| academy.tag(slug)).take(MAX_RELATED_TAGS);
        tags.map(|tag| self.edition.locale.tag(tag)).collect()
    }

    fn track(&self, track: &Track) -> TrackView {
        let locale = self.edition.locale;
        let (title, language) = locale.title(&track.article);
        let (summary, summary_language) = locale.summary(&track.article);
        let place = |slug| self.inputs.academy.courses.iter().position(|course| course.slug() == slug);
        let courses = track.courses.iter().filter_map(place).filter_map(|idx| self.row(idx));
        let courses: Vec<CourseView> = courses.collect();
        TrackView {
            id: track.article.id.to_string(),
            title,
            summary,
            language,
            summary_language,
            path: locale.path(&track.path()),
            body_html: String::new(),
            n_lessons: courses.iter().map(|course| course.n_lessons).sum(),
            minutes: courses.iter().map(|course| course.minutes).sum(),
            courses,
        }
    }

    fn track_page(&self, track: &'a Track) -> (&'static str, Value, Said) {
        let (academy, locale, site) = (self.inputs.academy, self.edition.locale, &self.edition.site);
        let body_html = self.shared.bodies.get(&track.article, locale).whole.html.clone();
        let view = TrackView { body_html, ..self.track(track) };
        let lessons = academy.courses.iter().filter(|course| track.courses.contains(course.slug()));
        let description = if view.summary.is_empty() { site.summary.clone() } else { view.summary.clone() };
        let feed = self.feed(&view.title, &description, &view.path, lessons.flat_map(Course::lessons));
        let steps =
            [(self.texts.get("tracks_title"), locale.path("/tracks/")), (&*view.title, view.path.clone())];
        let json_ld = json_ld::list(site, &steps, &view.courses);
        let said = Said { title: view.title.clone(), description, json_ld, feed };
        ("track", Value::from_serializable(&view), said)
    }

    /// The feed of a page, if any of its lessons has a date.
    fn feed<'l>(
        &self,
        title: &str,
        subtitle: &str,
        page: &str,
        lessons: impl Iterator<Item = &'l Lesson>,
    ) -> Option<(String, String)> {
        let path = format!("{page}feed.xml");
        let channel = Channel { title, subtitle, path: &path, page };
        let text = feed::of_lessons(self.edition.locale, &self.edition.site, channel, lessons)?;
        Some((path, text))
    }
}
