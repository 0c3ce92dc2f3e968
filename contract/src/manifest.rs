//! What the generator tells the app about a site, version 1.
//!
//! `/_lyceum/manifest.json` describes the site; `/_lyceum/courses/<course>.json` one course each, so that
//! a worker never parses ten thousand lessons to answer one request. Unknown fields are ignored; another
//! version is refused, and the app then answers 503 rather than guess.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::{Access, Scope};
use crate::goods::Goods;
use crate::id::{InvalidId, LessonId, Slug};
use crate::json;
use crate::money::Price;
use crate::offer::Offer;
use crate::time::{Days, Timestamp};
use crate::zone::TimeZone;

/// The version of both manifests that this crate writes and reads.
pub const VERSION: u32 = 1;

/// A language tag such as `en`, `zh` or `pt-br`: what URLs and the `lang` attribute carry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (main, region) = text.split_once('-').map_or((text, None), |(main, region)| (main, Some(region)));
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
        let valid = (2..=3).contains(&main.len())
            && letters(main)
            && region.is_none_or(|region| (2..=4).contains(&region.len()) && letters(region));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { expected: "a language tag such as `en`, `zh` or `pt-br`" })
        }
    }
}

impl TryFrom<String> for Language {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.0
    }
}

/// One text in several languages. Holds at least the site's default language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localized(pub BTreeMap<Language, String>);

impl Localized {
    /// The text in this language, else in the fallback, else in any, else empty.
    pub fn get(&self, language: &Language, fallback: &Language) -> &str {
        let found = self.0.get(language).or_else(|| self.0.get(fallback)).or_else(|| self.0.values().next());
        found.map_or("", String::as_str)
    }
}

/// The site as the app needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`VERSION`].
    pub version: u32,
    /// Name of the site.
    pub title: Localized,
    /// Canonical address, without a slash at the end: `https://academy.example`.
    pub url: String,
    /// The first is the default and has no prefix in URLs.
    pub languages: Vec<Language>,
    /// Where people write when something went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The time zone in which days and times are shown; absent for UTC, and in sites of older generators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// The id of the key that sealed this site. The app must know it.
    pub key_id: String,
    /// What can be bought: tiers first, then courses, then products, in the order of the content.
    pub products: Vec<Product>,
    /// Lower prices for whoever knows a code. Absent in sites of older generators, as long as there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
    /// The frame around the app's own pages.
    pub shells: BTreeMap<Language, Shell>,
    /// Texts of the app's own pages, by key.
    pub texts: BTreeMap<Language, BTreeMap<String, String>>,
    /// The access rules that guard lines of the sealed search index, by [`crate::search::tag`]: an [`Access`] as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub search_rules: BTreeMap<String, String>,
    /// Path patterns (`/courses/rust/*`) that must reach the app before any static file. Covers every
    /// sealed page and every page of the app.
    pub worker_first: Vec<String>,
    /// Earlier addresses and where they lead now, both with the language's prefix. The targets are pages, so there is
    /// never a second redirect. Absent in sites of older generators.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redirects: BTreeMap<String, String>,
}

impl Manifest {
    /// The language without a prefix in URLs.
    pub fn default_language(&self) -> Option<&Language> {
        self.languages.first()
    }

    /// The time zone in which days begin and end.
    pub fn zone(&self) -> TimeZone {
        self.time_zone.clone().unwrap_or_default()
    }

    /// The price with this id and the product that it buys.
    pub fn price(&self, id: &str) -> Option<(&Product, &Price)> {
        let prices =
            self.products.iter().flat_map(|product| product.prices.iter().map(move |price| (product, price)));
        prices.into_iter().find(|(_, price)| price.id.as_str() == id)
    }
}

/// Something that can be bought, and what it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// What the buyer may read.
    pub scope: Scope,
    /// Its name on the order.
    pub name: Localized,
    /// One sentence about it.
    #[serde(default)]
    pub summary: Localized,
    /// Its own page, for a course or product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The ways to pay for it.
    pub prices: Vec<Price>,
    /// What a buyer gets besides reading; `None` for tiers and courses, and in sites of older generators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods: Option<Goods>,
}

/// A rendered page with holes: the app copies the slices between them and fills the holes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    /// Where the file lies, for example `/_lyceum/shell/en.html`.
    pub path: String,
    /// The holes in the order of their offsets.
    pub slots: Vec<Slot>,
}

/// One hole of a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// What goes in.
    pub name: SlotName,
    /// Byte offset in the shell's file.
    pub at: usize,
}

/// What goes into a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotName {
    /// Text of the `<title>` element.
    Title,
    /// The member's corner of the header: a link to sign in, or to the account.
    Account,
    /// The content of `<main>`.
    Main,
    /// Links to this page in the other languages.
    Languages,
}

/// One course as the app needs it, version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseManifest {
    /// [`VERSION`].
    pub version: u32,
    /// The course's slug.
    pub id: Slug,
    /// Its title.
    pub title: Localized,
    /// Its lessons in reading order.
    pub lessons: Vec<LessonEntry>,
}

/// One lesson in all its languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonEntry {
    /// What comments, progress and events hang on.
    pub id: LessonId,
    /// The rule, the same as in the sealed page.
    pub access: Access,
    /// Reading time.
    pub minutes: u32,
    /// Its page in each language that it has.
    pub pages: BTreeMap<Language, LessonPage>,
    /// It opens so long after the member got the course. Absent in sites of older generators, as are the next two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_after: Option<Days>,
    /// It opens at this instant, for everyone. With `opens_after` too, both must have passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// What must be finished first: all of it. There are no circles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Requirement>,
}

/// Something that must be finished before a lesson opens: `{"course":"rust"}`, `{"lesson":"rust/a/moves"}` or
/// `{"quiz":{"lesson":"rust/a/moves","score":80}}`. A program that reads a kind that it does not know refuses the
/// manifest, because a door whose lock is not understood stays closed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// Every lesson of the course.
    Course(Slug),
    /// The lesson.
    Lesson(LessonId),
    /// The lesson's quiz.
    Quiz {
        /// Where the quiz is.
        lesson: LessonId,
        /// The percent that are needed, 1 to 100.
        score: u8,
    },
}

/// One lesson in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonPage {
    /// The title as text.
    pub title: String,
    /// The address, for example `/zh/courses/rust/ownership/moves/`.
    pub path: String,
}

/// Reads either manifest; refuses another version before looking at the rest.
pub fn parse<T: serde::de::DeserializeOwned>(text: &[u8]) -> Result<T, InvalidManifest> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let found: Versioned = json::from_slice(text).map_err(InvalidManifest::Json)?;
    if found.version != VERSION {
        return Err(InvalidManifest::Version { found: found.version });
    }
    json::from_slice(text).map_err(InvalidManifest::Json)
}

/// Why a manifest cannot be used.
#[derive(Debug)]
pub enum InvalidManifest {
    /// Written by a newer or older generator.
    Version {
        /// The version in the file.
        found: u32,
    },
    /// Not a manifest.
    Json(serde_json::Error),
}

impl fmt::Display for InvalidManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found } => {
                write!(f, "manifest version {found}, expected {VERSION}: build the site again")
            }
            Self::Json(error) => write!(f, "not a manifest: {error}"),
        }
    }
}

impl std::error::Error for InvalidManifest {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_of_an_older_generator_has_no_schedule() {
        let json = r#"{"version":1,"id":"rust","title":{"en":"Rust"},"lessons":[{"id":"rust/moves","access":"free",
            "minutes":3,"pages":{"en":{"title":"Moves","path":"/courses/rust/moves/"}}}]}"#;
        let course: CourseManifest = parse(json.as_bytes()).expect("readable");
        let lesson = &course.lessons[0];
        assert_eq!((lesson.opens_after, lesson.opens_at, lesson.requires.len()), (None, None, 0));
        let written = serde_json::to_string(&course).expect("plain data");
        assert!(!written.contains("opens") && !written.contains("requires"), "{written}");
    }

    #[test]
    fn requirements_read_back_and_unknown_ones_are_refused() {
        let id: LessonId = "rust/a/moves".parse().expect("an id");
        for (requirement, json) in [
            (Requirement::Course("rust".parse().expect("a slug")), r#"{"course":"rust"}"#),
            (Requirement::Lesson(id.clone()), r#"{"lesson":"rust/a/moves"}"#),
            (Requirement::Quiz { lesson: id, score: 80 }, r#"{"quiz":{"lesson":"rust/a/moves","score":80}}"#),
        ] {
            assert_eq!(serde_json::to_string(&requirement).expect("plain data"), json);
            assert_eq!(serde_json::from_str::<Requirement>(json).expect("readable"), requirement);
        }
        assert!(serde_json::from_str::<Requirement>(r#"{"exam":"rust"}"#).is_err());
    }
}
