//! What templates see.
//!
//! Every template is rendered with `site`, `page` and `t` (texts of the theme in the page's language), and
//! with the one value that its kind needs: `home.html` with `courses`, `course.html` with `course`,
//! `lesson.html` and `teaser.html` with `course` and `lesson`, `teaser.html` with `paywall` too, `page.html`
//! with `body`, `instructor.html` with `instructor`. `shell.html` has none: it marks its holes with the
//! function `slot(name="main")`.
//!
//! Pages that list and announce: `catalogue.html` has `catalogue`, `tags.html` `tags`, `tag.html` `tagged`, `tracks.html`
//! `tracks`, `track.html` `track`, `instructors.html` `instructors`, `calendar.html` `calendar`, `changelog.html` `course`
//! and `changelog`, `moved.html` `moved`. `products.html` has `products` and `product.html` `product`.
//!
//! A text without a translation stands in the language that it was written in, and a field that ends in `language`
//! says so: write ` lang="…"` with `{{ item.language | lang }}`, which writes nothing for the page's own language.
//!
//! Fields that end in `_html` are safe HTML made by the generator; write them with `| safe`. Everything else
//! is text and is escaped by the engine.

use serde::{Deserialize, Serialize};

pub use crate::view_pages::{
    CalendarDayView, CalendarEntryView, CalendarView, CatalogueView, ChangeDayView, ChangeView,
    ChangelogView, ChoiceView, DraftView, FilterView, LessonLinkView, MovedView, PhotoView, PrerequisiteView,
    ReviewView, ReviewsView, SectionsView, TEMPLATES, TagPageView, TagView, TrackView, UnlockView,
};
pub use crate::view_products::{CoachingView, MomentView, ProductView, SlotDayView, SlotView, TicketView};

/// The site, the same on every page of one language.
#[derive(Debug, Clone, Serialize)]
pub struct SiteView {
    /// Name of the academy.
    pub title: String,
    /// One sentence about it.
    pub summary: String,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Canonical address without a slash at the end.
    pub url: String,
    /// Address of the home page in this language: `/` or `/zh/`.
    pub home: String,
    /// What goes before a path in this language: empty or `/zh`.
    pub prefix: String,
    /// Where people write.
    pub contact: Option<String>,
    /// Free-standing pages for the footer: about, terms, privacy.
    pub pages: Vec<LinkView>,
    /// Fingerprinted addresses of the theme's own files, by their name without the extension's dot:
    /// `site.assets.site_css`, `site.assets.site_js`.
    pub assets: std::collections::BTreeMap<String, String>,
    /// The feed of this language.
    pub feed: String,
    /// Where the lists of the whole site are.
    pub sections: SectionsView,
    /// Whether the page should reload itself when the site is built again (`lyceum serve`).
    pub live_reload: bool,
}

/// The page being rendered.
#[derive(Debug, Clone, Serialize)]
pub struct PageView {
    /// `home`, `course`, `lesson`, `teaser`, `page`, `instructor`, `not_found`, `shell`, `catalogue`, `tags`, `tag`,
    /// `tracks`, `track`, `instructors`, `calendar`, `changelog`, `moved`, `products`, `product` or `search`: the name of the template.
    pub kind: &'static str,
    /// Language of the page, for `lang`.
    pub language: String,
    /// The title as text, without the site's name.
    pub title: String,
    /// One sentence for search engines; public.
    pub description: String,
    /// Address without the host.
    pub path: String,
    /// Address with the host; empty for the shell and the 404 page.
    pub canonical: String,
    /// The same page in every language that has it, this one included; empty when there is only one.
    pub alternates: Vec<AlternateView>,
    /// JSON-LD, ready to stand in `<script type="application/ld+json">`.
    pub json_ld_html: Option<String>,
    /// The language that the text is really in, when the page's own language has no translation.
    pub fallback_language: Option<String>,
    /// Why only the author sees the page; nothing on a published one.
    pub draft: Option<DraftView>,
    /// The picture that other sites show beside a link to the page; nothing with `social_cards: none`.
    pub card: Option<CardImageView>,
}

/// A social card as a page refers to it.
#[derive(Debug, Clone, Serialize)]
pub struct CardImageView {
    /// Address with the host.
    pub url: String,
    /// 1200.
    pub width: u32,
    /// 630.
    pub height: u32,
    /// What it says.
    pub alt: String,
}

/// What `card.svg` draws. It is rendered with `card`, `language` and `t`; all of it is public.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CardView {
    /// `site`, `course` or `lesson`.
    pub kind: &'static str,
    /// Title of the site, course or lesson.
    pub title: String,
    /// Its summary; empty without one.
    pub summary: String,
    /// Name of the academy.
    pub site: String,
    /// Its host: `academy.example`.
    pub host: String,
    /// Title of the course that the lesson belongs to.
    pub course: Option<String>,
    /// Level of the course. The text is `t["level_" ~ level]`.
    pub level: Option<String>,
    /// 1 for the first lesson of its course, 0 for what is no lesson.
    pub number: usize,
    /// Lessons of the course.
    pub n_lessons: usize,
    /// Reading time of the course or lesson.
    pub minutes: u32,
}

/// The page in one language.
#[derive(Debug, Clone, Serialize)]
pub struct AlternateView {
    /// For `hreflang`.
    pub language: String,
    /// What the language calls itself: `English`, `中文`.
    pub name: String,
    /// Address without the host.
    pub path: String,
    /// Address with the host.
    pub canonical: String,
    /// Whether it is the page being rendered.
    pub current: bool,
}

/// A link.
#[derive(Debug, Clone, Serialize)]
pub struct LinkView {
    /// What it says.
    pub title: String,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// Where it leads.
    pub path: String,
}

/// A course with its outline.
#[derive(Debug, Clone, Serialize)]
pub struct CourseView {
    /// Slug.
    pub id: String,
    /// Title as text.
    pub title: String,
    /// Summary as text.
    pub summary: String,
    /// The language of title and body, when it is not the page's.
    pub language: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Address of its landing page.
    pub path: String,
    /// `beginner`, `intermediate`, `advanced`, or nothing. The text is `t["level_" ~ level]`.
    pub level: Option<String>,
    /// Tags in the author's order.
    pub tags: Vec<String>,
    /// What the learner can do afterwards.
    pub outcomes: Vec<String>,
    /// The language of the outcomes, when it is not the page's.
    pub outcomes_language: Option<String>,
    /// Who teaches it.
    pub instructors: Vec<InstructorView>,
    /// The text of the landing page.
    pub body_html: String,
    /// Number of lessons.
    pub n_lessons: usize,
    /// How many of them are free.
    pub n_free: usize,
    /// Sum of the lessons' minutes.
    pub minutes: u32,
    /// Whether every lesson is free.
    pub is_free: bool,
    /// Ways to buy it: the course itself first, then the tiers that include it.
    pub offers: Vec<OfferView>,
    /// The modules in order. Lessons outside a module form a first one without a title. In a list of courses, empty
    /// for a course of more than 40 lessons.
    pub modules: Vec<ModuleView>,
    /// The tags with their pages, in the author's order.
    pub tag_links: Vec<TagView>,
    /// What should come first, in the author's order.
    pub prerequisites: Vec<PrerequisiteView>,
    /// The tracks that it is part of; empty on pages of tags and tracks.
    pub tracks: Vec<LinkView>,
    /// The page that says what changed; nothing when there is none.
    pub changelog: Option<String>,
    /// What its lessons are not: a sentence for sensitive fields such as medicine, law or finance. Nothing in lists.
    pub disclaimer: Option<String>,
    /// The language of the disclaimer, when it is not the page's.
    pub disclaimer_language: Option<String>,
    /// What learners say; nothing when nobody has said anything.
    pub reviews: Option<ReviewsView>,
}

/// A part of a course.
#[derive(Debug, Clone, Serialize)]
pub struct ModuleView {
    /// Title, if the module has one.
    pub title: Option<String>,
    /// Summary, if it has one.
    pub summary: Option<String>,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Lessons in order.
    pub lessons: Vec<OutlineView>,
}

/// A lesson as a line of the outline.
#[derive(Debug, Clone, Serialize)]
pub struct OutlineView {
    /// Lesson id, the same in every language.
    pub id: String,
    /// Title as text.
    pub title: String,
    /// Summary as text.
    pub summary: String,
    /// The language of the title, when it is not the page's.
    pub language: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Address.
    pub path: String,
    /// Reading time.
    pub minutes: u32,
    /// `free`, `members` or `paid`.
    pub access: &'static str,
    /// 1 for the first lesson of the course.
    pub number: usize,
}

/// The lesson being rendered.
#[derive(Debug, Clone, Serialize)]
pub struct LessonView {
    /// Lesson id, the same in every language.
    pub id: String,
    /// Title as text.
    pub title: String,
    /// Summary as text.
    pub summary: String,
    /// The language of title, body and headings, when it is not the page's.
    pub language: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Address.
    pub path: String,
    /// Title of its module, if it is in one.
    pub module: Option<String>,
    /// The language of the module's title, when it is not the page's.
    pub module_language: Option<String>,
    /// Reading time of the whole lesson.
    pub minutes: u32,
    /// 1 for the first lesson of the course.
    pub number: usize,
    /// `free`, `members` or `paid`.
    pub access: &'static str,
    /// `2026-11-02`; nothing when the author gave no date.
    pub date: Option<String>,
    /// The date as people of this language write it: `2 Nov 2026`, `2026年11月2日`.
    pub date_text: Option<String>,
    /// Tags in the author's order.
    pub tags: Vec<String>,
    /// On `lesson.html` the whole text; on `teaser.html` the free preview, possibly empty.
    pub body_html: String,
    /// Headings of the text on this page (for a teaser: of the preview).
    pub headings: Vec<HeadingView>,
    /// The lesson before this one.
    pub previous: Option<LinkView>,
    /// The lesson after this one.
    pub next: Option<LinkView>,
    /// Where the lesson is discussed.
    pub discuss: String,
    /// The tags with their pages, in the author's order.
    pub tag_links: Vec<TagView>,
    /// What should come first, in the author's order.
    pub prerequisites: Vec<PrerequisiteView>,
    /// When it opens; nothing when it is open already.
    pub unlock: Option<UnlockView>,
    /// Lessons about the same, the nearest first; not the previous and the next one.
    pub related: Vec<LessonLinkView>,
}

/// A heading of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingView {
    /// 2 to 6.
    pub level: u8,
    /// The `id` of the heading.
    pub anchor: String,
    /// Its text without markup.
    pub text: String,
}

/// What the paywall card says: only what is public.
#[derive(Debug, Clone, Serialize)]
pub struct PaywallView {
    /// `members` (an account is enough) or `paid`.
    pub kind: &'static str,
    /// Whether some of the lesson can be read above the card.
    pub has_preview: bool,
    /// Headings of level 2 that are still to come. The author's outline is public.
    pub still_to_come: Vec<String>,
    /// Minutes that are still to come.
    pub minutes_left: u32,
    /// Ways to buy, in the order to show them; empty for `members`.
    pub offers: Vec<OfferView>,
    /// Where to sign in, with the way back to this lesson.
    pub sign_in: String,
}

/// One way to buy.
#[derive(Debug, Clone, Serialize)]
pub struct OfferView {
    /// Price id.
    pub id: String,
    /// Name of the course, tier or product.
    pub name: String,
    /// Sentence about the tier; nothing for a course or product.
    pub summary: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// `course`, `tier` or `product`.
    pub kind: &'static str,
    /// The amount as people of this language write it: `$49`, `¥328`, `€1,900.50`.
    pub amount: String,
    /// `once`, `month`, `year` or `days`.
    pub term: &'static str,
    /// Length of a pass in days.
    pub days: Option<u32>,
    /// Free days before the first charge.
    pub trial_days: Option<u32>,
    /// The order page for this price.
    pub checkout: String,
}

/// A person who teaches.
#[derive(Debug, Clone, Serialize)]
pub struct InstructorView {
    /// Name.
    pub name: String,
    /// One line about what they do.
    pub role: Option<String>,
    /// The language of the body, when it is not the page's.
    pub language: Option<String>,
    /// The language of the role, when it is not the page's.
    pub role_language: Option<String>,
    /// Their own page.
    pub path: String,
    /// What they say about themselves.
    pub body_html: String,
    /// Titles and addresses of their courses.
    pub courses: Vec<LinkView>,
    /// Degrees, licences, positions: what qualifies them, one line each.
    pub credentials: Vec<String>,
    /// The language of the credentials, when it is not the page's.
    pub credentials_language: Option<String>,
    /// A picture of them.
    pub photo: Option<PhotoView>,
    /// Their pages elsewhere.
    pub links: Vec<LinkView>,
    /// Products in which they are met or asked.
    pub products: Vec<LinkView>,
}
