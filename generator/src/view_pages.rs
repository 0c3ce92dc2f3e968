//! What templates see on pages that list, connect and announce: catalogue, tags, tracks, people, calendar, changes.

use serde::Serialize;

use crate::view::{CourseView, LinkView};

/// Where the pages about the whole site are, in the page's language; nothing for one that the site does not have.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SectionsView {
    /// All courses, with filters. Without it, links lead to the list on the home page.
    pub catalogue: Option<String>,
    /// All tracks.
    pub tracks: Option<String>,
    /// All tags.
    pub tags: Option<String>,
    /// Everybody who teaches.
    pub instructors: Option<String>,
    /// What comes next.
    pub calendar: Option<String>,
    /// What is sold beside the courses.
    pub products: Option<String>,
}

/// Says why only the author can see a page: in a preview.
#[derive(Debug, Clone, Serialize)]
pub struct DraftView {
    /// `draft` or `scheduled`. The text is `t["draft_" ~ kind]`.
    pub kind: &'static str,
    /// Of something scheduled: the day on which it is published, as people of this language write it.
    pub date_text: Option<String>,
}

/// The list of courses, whole or filtered. On `catalogue.html`.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogueView {
    /// The filters, each a row of links. A filter with fewer than two choices is left out.
    pub filters: Vec<FilterView>,
    /// The choice that this page shows; nothing on the page with all courses.
    pub current: Option<ChoiceView>,
    /// The page with all courses.
    pub all: String,
    /// Number of all courses of the site.
    pub n_all: usize,
    /// The courses to show, in the site's order.
    pub courses: Vec<CourseView>,
}

/// One way to narrow the catalogue.
#[derive(Debug, Clone, Serialize)]
pub struct FilterView {
    /// `level`, `price` or `tag`. The text is `t["filter_" ~ kind]`.
    pub kind: &'static str,
    /// What can be chosen, in the order to show it.
    pub choices: Vec<ChoiceView>,
}

/// One link of a filter.
#[derive(Debug, Clone, Serialize)]
pub struct ChoiceView {
    /// The filter's kind: `level`, `price` or `tag`.
    pub kind: &'static str,
    /// `beginner`, `intermediate`, `advanced`; `free` or `paid`; or the tag as it is written.
    /// Texts: `t["level_" ~ value]`, `t["filter_" ~ value]`; a tag is its own text.
    pub value: String,
    /// The page with these courses.
    pub path: String,
    /// How many courses it has; never 0.
    pub n: usize,
    /// Whether this page shows it.
    pub current: bool,
}

/// A tag.
#[derive(Debug, Clone, Serialize)]
pub struct TagView {
    /// As authors write it.
    pub name: String,
    /// Its page; nothing when it has none.
    pub path: Option<String>,
    /// Number of courses with it.
    pub n_courses: usize,
    /// Number of lessons with it.
    pub n_lessons: usize,
}

/// Everything with one tag. On `tag.html`.
#[derive(Debug, Clone, Serialize)]
pub struct TagPageView {
    /// The tag.
    pub tag: TagView,
    /// What its own file says of it.
    pub summary: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Courses with it, in the site's order.
    pub courses: Vec<CourseView>,
    /// Lessons with it, in the order of their courses.
    pub lessons: Vec<LessonLinkView>,
    /// Tags that often stand beside it, the most frequent first.
    pub related: Vec<TagView>,
    /// Its feed, if it has one.
    pub feed: Option<String>,
}

/// A lesson as a link on a page outside its course. All of it is public.
#[derive(Debug, Clone, Serialize)]
pub struct LessonLinkView {
    /// Lesson id, the same in every language.
    pub id: String,
    /// Title as text.
    pub title: String,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// Summary as text; possibly empty.
    pub summary: String,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Address.
    pub path: String,
    /// Reading time. Nothing in `lesson.related`: a lesson's page does not depend on the length of others.
    pub minutes: Option<u32>,
    /// `free`, `members` or `paid`.
    pub access: &'static str,
    /// The course that it belongs to.
    pub course: LinkView,
}

/// Courses in the order to take them. On `track.html`, and in the list `tracks` on `tracks.html`.
#[derive(Debug, Clone, Serialize)]
pub struct TrackView {
    /// Slug.
    pub id: String,
    /// Title as text.
    pub title: String,
    /// Summary as text; possibly empty.
    pub summary: String,
    /// The language of title and body, when it is not the page's.
    pub language: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Address.
    pub path: String,
    /// The text of the page; empty in a list.
    pub body_html: String,
    /// The courses in order.
    pub courses: Vec<CourseView>,
    /// Number of lessons of all courses.
    pub n_lessons: usize,
    /// Sum of the minutes of all courses.
    pub minutes: u32,
}

/// The picture of a person.
#[derive(Debug, Clone, Serialize)]
pub struct PhotoView {
    /// Address without the host.
    pub path: String,
    /// Width in pixels, when it is known.
    pub width: Option<u32>,
    /// Height in pixels, when it is known.
    pub height: Option<u32>,
}

/// What should come first. On courses and lessons.
#[derive(Debug, Clone, Serialize)]
pub struct PrerequisiteView {
    /// `course`, `lesson` or `quiz`.
    pub kind: &'static str,
    /// Title as text.
    pub title: String,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// Where it is.
    pub path: String,
    /// Of a quiz: the percent that are needed.
    pub score: Option<u32>,
}

/// When a lesson opens for those who may read it.
#[derive(Debug, Clone, Serialize)]
pub struct UnlockView {
    /// `2026-11-02`, when it is a date for everyone.
    pub date: Option<String>,
    /// The date as people of this language write it.
    pub date_text: Option<String>,
    /// Days after starting the course, when it is different for each learner.
    pub days: Option<u32>,
}

/// What learners say about a course. On `course.html`; nothing is shown without any.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewsView {
    /// The mean of 1 to 5 with one decimal, as people of this language write it.
    pub average: String,
    /// The same in tenths, 10 to 50, for a picture of it.
    pub tenths: u32,
    /// How many rated it.
    pub n: usize,
    /// What some of them wrote.
    pub quotes: Vec<ReviewView>,
}

/// A review with words.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewView {
    /// The name that the learner shows.
    pub name: String,
    /// 1 to 5.
    pub stars: u32,
    /// Text, without markup.
    pub text: String,
    /// The language of the text, when it is not the page's.
    pub language: Option<String>,
    /// `2026-11-02`.
    pub date: String,
    /// The date as people of this language write it.
    pub date_text: String,
}

/// What comes next. On `calendar.html`.
#[derive(Debug, Clone, Serialize)]
pub struct CalendarView {
    /// Days with something on them, the nearest first.
    pub days: Vec<CalendarDayView>,
    /// The iCalendar feed, if there is one.
    pub feed: Option<String>,
    /// The site's time zone, for events with a time: `Europe/Berlin`.
    pub time_zone: Option<String>,
}

/// A day of the calendar.
#[derive(Debug, Clone, Serialize)]
pub struct CalendarDayView {
    /// `2026-11-02`.
    pub date: String,
    /// The date as people of this language write it.
    pub date_text: String,
    /// What is on that day, in order.
    pub entries: Vec<CalendarEntryView>,
}

/// A lesson that is published, or an event.
#[derive(Debug, Clone, Serialize)]
pub struct CalendarEntryView {
    /// `lesson`, `course`, `event`, or `opening` for a lesson that opens. The text is `t["calendar_" ~ kind]`.
    pub kind: &'static str,
    /// Title as text; public.
    pub title: String,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// Summary as text; possibly empty.
    pub summary: String,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Its page, when it has one already.
    pub path: Option<String>,
    /// The course it belongs to.
    pub course: Option<LinkView>,
    /// Of an event: where it takes place.
    pub location: Option<String>,
    /// The language of the location, when it is not the page's.
    pub location_language: Option<String>,
    /// Of something with a time: when it begins, for `datetime`: `2026-11-02T19:00:00+01:00`.
    pub starts: Option<String>,
    /// Of something with a time: the time of day as people of this language write it.
    pub time_text: Option<String>,
    /// Of an event: its tickets, as long as they are sold.
    pub tickets: Vec<LinkView>,
}

/// What changed in a course. On `changelog.html`, beside `course`.
#[derive(Debug, Clone, Serialize)]
pub struct ChangelogView {
    /// Days with changes, the newest first.
    pub days: Vec<ChangeDayView>,
    /// Its feed, if it has one.
    pub feed: Option<String>,
}

/// The changes of one day.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeDayView {
    /// `2026-11-02`.
    pub date: String,
    /// The date as people of this language write it.
    pub date_text: String,
    /// In the order of the course.
    pub changes: Vec<ChangeView>,
}

/// One change. All of it is public.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeView {
    /// `added`, `changed`, `moved` or `removed`. The text is `t["change_" ~ kind]`.
    pub kind: &'static str,
    /// The lesson's title, or the course's.
    pub title: String,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// Where it is now; nothing when it is gone.
    pub path: Option<String>,
    /// What the author says about it.
    pub note: Option<String>,
    /// The language of the note, when it is not the page's.
    pub note_language: Option<String>,
}

/// The page at an address that something has left. On `moved.html`.
#[derive(Debug, Clone, Serialize)]
pub struct MovedView {
    /// What has moved.
    pub title: String,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// Where it is now, without the host.
    pub path: String,
    /// Where it is now, with the host.
    pub canonical: String,
}

/// What a template gets besides `site`, `page` and `t`: the name of each value and its type.
type Values = &'static [(&'static str, &'static str)];

/// The templates that pages are made from, in alphabetical order. The theme handbook is written from this table.
#[rustfmt::skip]
pub const TEMPLATES: &[(&str, Values)] = &[
    ("calendar.html", &[("calendar", "CalendarView")]),
    ("catalogue.html", &[("catalogue", "CatalogueView")]),
    ("changelog.html", &[("course", "CourseView"), ("changelog", "ChangelogView")]),
    ("course.html", &[("course", "CourseView")]),
    ("home.html", &[("courses", "Vec<CourseView>")]),
    ("instructor.html", &[("instructor", "InstructorView")]),
    ("instructors.html", &[("instructors", "Vec<InstructorView>")]),
    ("lesson.html", &[("course", "CourseView"), ("lesson", "LessonView")]),
    ("moved.html", &[("moved", "MovedView")]),
    ("not_found.html", &[]),
    ("page.html", &[("body", "Html")]),
    ("product.html", &[("product", "ProductView")]),
    ("products.html", &[("products", "Vec<ProductView>")]),
    ("search.html", &[]),
    ("shell.html", &[]),
    ("tag.html", &[("tagged", "TagPageView")]),
    ("tags.html", &[("tags", "Vec<TagView>")]),
    ("teaser.html", &[("course", "CourseView"), ("lesson", "LessonView"), ("paywall", "PaywallView")]),
    ("track.html", &[("track", "TrackView")]),
    ("tracks.html", &[("tracks", "Vec<TrackView>")]),
];
