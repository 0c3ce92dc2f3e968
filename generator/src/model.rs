//! What authors wrote, read and checked: courses, modules, lessons, people and pages.

use std::collections::BTreeMap;
use std::ops::Range;

use lyceum_contract::manifest::{Language, Localized};
use lyceum_contract::time::Date;
use lyceum_contract::{Access, LessonId, Offer, Price, Slug, Timestamp};

use crate::cards::SocialCards;
use crate::changes::Change;
use crate::diagnostic::TextFile;
use crate::product::Product;
use crate::redirects::Redirect;
use crate::release::{Hidden, Moment, Release, Status};
use crate::schedule::{Opening, Schedule};
use crate::tags::{Tag, TagUse};
use crate::zone::Zone;

/// Everything that authors wrote.
#[derive(Debug)]
pub(crate) struct Academy {
    pub(crate) config: Config,
    pub(crate) courses: Vec<Course>,
    pub(crate) instructors: Vec<Article<Slug>>,
    pub(crate) pages: Vec<Article<Slug>>,
    /// Of instructors, by path in the content folder.
    pub(crate) photos: BTreeMap<Slug, String>,
    pub(crate) tracks: Vec<Track>,
    /// By address.
    pub(crate) tags: Vec<Tag>,
    pub(crate) events: Vec<Event>,
    /// Sold by themselves, in the order of the content.
    pub(crate) products: Vec<Product>,
    /// By the name that templates use.
    pub(crate) data: BTreeMap<String, serde_json::Value>,
    /// What is not published yet.
    pub(crate) hidden: Hidden,
    /// In the order of their first addresses.
    pub(crate) redirects: Vec<Redirect>,
    /// When the same content will next give another site, if nobody touches it.
    pub(crate) next_change: Option<Timestamp>,
    /// The moment for which the site is built.
    pub(crate) now: Timestamp,
    /// Where each lesson is.
    pub(crate) places: BTreeMap<LessonId, LessonAt>,
}

/// The place of a lesson: indices of course, module and lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LessonAt {
    pub(crate) course: usize,
    pub(crate) module: usize,
    pub(crate) lesson: usize,
}

impl Academy {
    /// The lesson at a place, and its course.
    pub(crate) fn at(&self, at: LessonAt) -> (&Course, &Lesson) {
        let course = &self.courses[at.course];
        (course, &course.modules[at.module].lessons[at.lesson])
    }

    /// The published lesson with this id, and its course.
    pub(crate) fn lesson(&self, id: &LessonId) -> Option<(&Course, &Lesson)> {
        self.places.get(id).map(|at| self.at(*at))
    }

    /// The published course with this slug.
    pub(crate) fn course(&self, slug: &Slug) -> Option<&Course> {
        self.courses.iter().find(|course| course.slug() == slug)
    }

    /// The tag at this address.
    pub(crate) fn tag(&self, slug: &Slug) -> Option<&Tag> {
        let idx = self.tags.binary_search_by(|tag| tag.slug.cmp(slug)).ok()?;
        self.tags.get(idx)
    }

    /// The tracks that a course is part of.
    pub(crate) fn tracks_of(&self, slug: &Slug) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(move |track| track.courses.contains(slug))
    }

    /// What everybody may read, courses apart. Products are none of it.
    pub(crate) fn around(&self) -> impl Iterator<Item = &Article<Slug>> {
        let tracks = self.tracks.iter().map(|track| &track.article);
        let tags = self.tags.iter().filter_map(|tag| tag.article.as_ref());
        let events = self.events.iter().map(|event| &event.article);
        self.instructors.iter().chain(&self.pages).chain(tracks).chain(tags).chain(events)
    }
}

/// Courses in the order to take them.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Track {
    pub(crate) article: Article<Slug>,
    pub(crate) level: Option<String>,
    /// Published ones only.
    pub(crate) courses: Vec<Slug>,
}

impl Track {
    /// Address without the language's prefix.
    pub(crate) fn path(&self) -> String {
        format!("/tracks/{}/", self.article.id)
    }
}

/// Something that takes place at a time.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Event {
    pub(crate) article: Article<Slug>,
    pub(crate) starts: Moment,
    pub(crate) ends: Option<Moment>,
    /// `lecture`, `seminar`, `live` or `other`.
    pub(crate) kind: &'static str,
}

/// `lyceum.yaml`.
#[derive(Debug, Hash)]
pub(crate) struct Config {
    pub(crate) title: Localized,
    pub(crate) summary: Localized,
    /// Without a slash at the end.
    pub(crate) url: String,
    /// At least one; the first is the default.
    pub(crate) languages: Vec<Language>,
    pub(crate) contact: Option<String>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) offers: Vec<Offer>,
    /// Name of an embedded theme.
    pub(crate) theme: &'static str,
    /// Whether code gets colours.
    pub(crate) highlight: bool,
    pub(crate) zone: Zone,
    /// Of the texts, for example `CC-BY-4.0`.
    pub(crate) license: Option<String>,
    pub(crate) social_cards: SocialCards,
    /// Whether all languages and ids of tiers could be read, so that references to them can be checked.
    pub(crate) is_certain: bool,
}

impl Config {
    /// The language without a prefix in addresses.
    pub(crate) fn default_language(&self) -> &Language {
        &self.languages[0]
    }

    /// What stands before a path in this language: nothing, or `/zh`.
    pub(crate) fn prefix(&self, language: &Language) -> String {
        if language == self.default_language() { String::new() } else { format!("/{language}") }
    }
}

/// A named level of access.
#[derive(Debug, Hash)]
pub(crate) struct Tier {
    pub(crate) id: Slug,
    pub(crate) name: Localized,
    pub(crate) summary: Localized,
    pub(crate) prices: Vec<Price>,
}

/// One text in one language. Without the body everything is as the author wrote it in this language, and what a
/// translation leaves out is missing here: [`Article::part`] finds it in the original.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Text {
    /// Title, or name of a person.
    pub(crate) title: String,
    pub(crate) summary: Option<String>,
    /// Of a course; empty without any.
    pub(crate) outcomes: Vec<String>,
    /// Of a person.
    pub(crate) role: Option<String>,
    /// Of a person; empty without any.
    pub(crate) credentials: Vec<String>,
    /// Of a person; empty without any.
    pub(crate) links: Vec<Link>,
    /// Of an event.
    pub(crate) location: Option<String>,
    /// Of a course, when it has a text of its own.
    pub(crate) disclaimer: Option<String>,
    /// Of a course or lesson, as they are written; [`crate::changes::changelog`] puts them in order.
    pub(crate) changes: Vec<Change>,
    pub(crate) body: Body,
}

/// A link to another site.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Link {
    pub(crate) title: String,
    pub(crate) url: String,
}

/// What a course in a sensitive field says that it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Disclaimer {
    /// The theme has the words, under `disclaimer_medicine` and so on.
    Known(&'static str),
    /// [`Text::disclaimer`] has them.
    Own,
}

/// Markdown in a file.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Body {
    /// Path in the content folder.
    pub(crate) path: String,
    pub(crate) text: TextFile,
    pub(crate) range: Range<usize>,
}

/// A text in all the languages that it has. Boxed, because a map keeps room for eleven values however few it has, and most
/// sites have one language.
pub(crate) type Translations = BTreeMap<Language, Box<Text>>;

/// One thing in all the languages that it has, the default language always among them.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Article<Id> {
    pub(crate) id: Id,
    pub(crate) texts: Translations,
}

impl<Id> Article<Id> {
    /// The text in this language, else in the default language; and the language that it is in.
    pub(crate) fn text<'a>(&'a self, language: &'a Language, config: &'a Config) -> (&'a Text, &'a Language) {
        let default = config.default_language();
        let found = self.texts.get_key_value(language).or_else(|| self.texts.get_key_value(default));
        let (language, text) = found.expect("the reader gives every article a text in the default language");
        (text, language)
    }

    /// What `pick` finds in the text in this language, else in the default language; and the language that it is in.
    pub(crate) fn part<'a, T>(
        &'a self,
        language: &'a Language,
        config: &'a Config,
        pick: impl Fn(&'a Text) -> Option<T>,
    ) -> Option<(T, &'a Language)> {
        part(&self.texts, language, config, pick)
    }

    /// The summary, where it is written.
    pub(crate) fn summary<'a>(
        &'a self,
        language: &'a Language,
        config: &'a Config,
    ) -> Option<(&'a str, &'a Language)> {
        self.part(language, config, |text| text.summary.as_deref())
    }

    /// Whether it has a text of its own in this language.
    pub(crate) fn has(&self, language: &Language) -> bool {
        self.texts.contains_key(language)
    }
}

/// A course.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Course {
    pub(crate) article: Article<Slug>,
    /// Address without the language's prefix.
    pub(crate) path: String,
    pub(crate) level: Option<String>,
    pub(crate) tags: Vec<TagUse>,
    pub(crate) release: Release,
    pub(crate) status: Status,
    pub(crate) schedule: Schedule,
    /// What the course itself says; empty until the courses are joined.
    pub(crate) opening: Opening,
    /// The day of the last change of substance.
    pub(crate) updated: Option<Date>,
    pub(crate) disclaimer: Option<Disclaimer>,
    pub(crate) instructors: Vec<Slug>,
    pub(crate) prices: Vec<Price>,
    /// In order. A course without modules has one without a slug.
    pub(crate) modules: Vec<Module>,
}

impl Course {
    pub(crate) fn slug(&self) -> &Slug {
        &self.article.id
    }

    /// Lessons in reading order.
    pub(crate) fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.modules.iter().flat_map(|module| &module.lessons)
    }

    /// The same with their places, when this is the course with that index.
    pub(crate) fn lessons_at(&self, course: usize) -> impl Iterator<Item = (LessonAt, &Lesson)> {
        self.modules.iter().enumerate().flat_map(move |(module, found)| {
            let lessons = found.lessons.iter().enumerate();
            lessons.map(move |(lesson, found)| (LessonAt { course, module, lesson }, found))
        })
    }
}

/// A part of a course.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Module {
    /// Without one, its lessons stand directly in the course.
    pub(crate) slug: Option<Slug>,
    /// Empty without an `index.md`.
    pub(crate) texts: Translations,
    pub(crate) schedule: Schedule,
    pub(crate) lessons: Vec<Lesson>,
}

impl Module {
    /// The title in this language, else in the default language, else made from the slug; and the language that it is
    /// in. Nothing when the lessons stand directly in the course.
    pub(crate) fn title<'a>(
        &'a self,
        language: &'a Language,
        config: &'a Config,
    ) -> Option<(String, &'a Language)> {
        let slug = self.slug.as_ref()?;
        let found = part(&self.texts, language, config, |text| Some(text.title.clone()));
        Some(found.unwrap_or_else(|| (title_of_slug(slug), config.default_language())))
    }

    /// The summary, where it is written.
    pub(crate) fn summary<'a>(
        &'a self,
        language: &'a Language,
        config: &'a Config,
    ) -> Option<(&'a str, &'a Language)> {
        part(&self.texts, language, config, |text| text.summary.as_deref())
    }
}

fn part<'a, T>(
    texts: &'a Translations,
    language: &'a Language,
    config: &'a Config,
    pick: impl Fn(&'a Text) -> Option<T>,
) -> Option<(T, &'a Language)> {
    [language, config.default_language()]
        .into_iter()
        .find_map(|language| Some((pick(texts.get(language)?)?, language)))
}

/// `moves-and-copies` → `Moves and copies`.
fn title_of_slug(slug: &Slug) -> String {
    let mut letters = slug.as_str().chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).map(|letter| if letter == '-' { ' ' } else { letter }).collect()
}

/// A lesson.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Lesson {
    pub(crate) article: Article<LessonId>,
    /// Address without the language's prefix.
    pub(crate) path: String,
    /// As the author says, else the day of publication.
    pub(crate) date: Option<Date>,
    /// The day of the last change of substance.
    pub(crate) updated: Option<Date>,
    pub(crate) tags: Vec<TagUse>,
    /// With that of the course in it, once the courses are joined.
    pub(crate) release: Release,
    pub(crate) status: Status,
    /// As its own file says.
    pub(crate) schedule: Schedule,
    /// After course and module have spoken too; empty until the courses are joined.
    pub(crate) opening: Opening,
    pub(crate) access: Access,
    /// As the author says; without it the reading time is estimated.
    pub(crate) minutes: Option<u32>,
}

impl Lesson {
    pub(crate) fn id(&self) -> &LessonId {
        &self.article.id
    }
}

/// `free`, `members` or `paid`: what templates see of a rule.
pub(crate) fn access_word(access: &Access) -> &'static str {
    match access {
        Access::Free => "free",
        Access::Members => "members",
        Access::Paid(_) => "paid",
    }
}
