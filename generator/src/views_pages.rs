//! What templates see of tags, tracks, related lessons, the calendar and changes.

use std::collections::BTreeSet;

use lyceum_contract::Slug;
use lyceum_contract::manifest::Language;
use lyceum_contract::{display, time::Date};

use crate::calendar::{CalendarEntry, Item};
use crate::changes::{Entry, changelog};
use crate::model::{Academy, Course, Disclaimer, LessonAt, Text, Track, Translations, access_word};
use crate::related::Related;
use crate::release::Status;
use crate::tags::{Tag, TagUse};
use crate::texts::Texts;
use crate::view::{
    CalendarDayView, CalendarEntryView, CalendarView, ChangeDayView, ChangeView, ChangelogView, CourseView,
    DraftView, LessonLinkView, LinkView, SectionsView, TagView,
};
use crate::views::{Locale, course_path};

/// Address of the page that says what changed in a course, without the language's prefix.
pub(crate) fn changes_path(course: &Course) -> String {
    format!("{}changes/", course_path(course))
}

/// Whether the course or a published lesson of it names a change.
pub(crate) fn has_changes(course: &Course) -> bool {
    let of = |texts: &Translations| texts.values().any(|text| !text.changes.is_empty());
    of(&course.article.texts) || course.lessons().any(|lesson| of(&lesson.article.texts))
}

impl Academy {
    /// Which lists the site has: courses, tracks, tags, people, calendar, products. Every page links to them.
    pub(crate) fn has_lists(&self) -> [bool; 6] {
        // A link to an event leads to the calendar, also when the event is over.
        let has_dates = !self.events.is_empty() || !self.upcoming(self.today()).is_empty();
        [
            !self.courses.is_empty(),
            !self.tracks.is_empty(),
            !self.tags.is_empty(),
            !self.instructors.is_empty(),
            has_dates,
            !self.products.is_empty(),
        ]
    }

    pub(crate) fn today(&self) -> Date {
        self.config.zone.local(self.now).date
    }

    /// What the pages of a course show of the rest of the site: tracks, related lessons, and how much has the same tags.
    /// Part of the course's key.
    pub(crate) fn neighbours<'a>(
        &'a self,
        course: &'a Course,
        related: &'a Related,
    ) -> impl std::hash::Hash + 'a {
        let lessons = || course.lessons();
        let used = lessons().flat_map(|lesson| &lesson.tags).chain(&course.tags).map(|used| &used.slug);
        let tags = used.collect::<BTreeSet<&Slug>>().into_iter().filter_map(|slug| self.tag(slug));
        let tags: Vec<_> = tags.map(|tag| (&tag.slug, tag.courses.len(), tag.lessons.len())).collect();
        let tracks: Vec<_> =
            self.tracks_of(course.slug()).map(|track| (track.path(), shown(&track.article.texts))).collect();
        let near = lessons().map(|lesson| {
            let shown = |at: &LessonAt| {
                let (course, lesson) = self.at(*at);
                let texts = (shown(&lesson.article.texts), shown(&course.article.texts));
                (&lesson.path, access_word(&lesson.access), texts)
            };
            related.of(lesson).iter().map(shown).collect::<Vec<_>>()
        });
        (tags, tracks, near.collect::<Vec<_>>())
    }
}

/// Titles and summaries.
fn shown(texts: &Translations) -> Vec<(&Language, &str, Option<&str>)> {
    texts.iter().map(|(language, text)| (language, text.title.as_str(), text.summary.as_deref())).collect()
}

impl<'a> Locale<'a> {
    /// The lists that the site has.
    pub(crate) fn sections(self) -> SectionsView {
        let [catalogue, tracks, tags, instructors, calendar, products] = self.academy.has_lists();
        let at = |is_there: bool, path: &str| is_there.then(|| self.path(path));
        SectionsView {
            catalogue: at(catalogue, "/courses/"),
            tracks: at(tracks, "/tracks/"),
            tags: at(tags, "/tags/"),
            instructors: at(instructors, "/instructors/"),
            calendar: at(calendar, "/calendar/"),
            products: at(products, "/products/"),
        }
    }

    pub(crate) fn tag(self, tag: &Tag) -> TagView {
        TagView {
            name: tag.name(self.language, self.config()).0.to_owned(),
            path: Some(self.path(&tag.path())),
            n_courses: tag.courses.len(),
            n_lessons: tag.lessons.len(),
        }
    }

    /// Tags with their pages, in the author's order.
    pub(crate) fn tag_links(self, used: &[TagUse]) -> Vec<TagView> {
        let tags = used.iter().filter_map(|used| self.academy.tag(&used.slug));
        tags.map(|tag| self.tag(tag)).collect()
    }

    /// The tracks that a course is part of.
    pub(crate) fn tracks_of(self, course: &Course) -> Vec<LinkView> {
        let link = |track: &Track| self.link(&track.article, &track.path());
        self.academy.tracks_of(course.slug()).map(link).collect()
    }

    /// A lesson on a page outside its course.
    pub(crate) fn lesson_link(self, at: LessonAt, minutes: Option<u32>) -> LessonLinkView {
        let (course, lesson) = self.academy.at(at);
        let (title, language) = self.title(&lesson.article);
        let (summary, summary_language) = self.summary(&lesson.article);
        LessonLinkView {
            id: lesson.id().to_string(),
            title,
            language,
            summary,
            summary_language,
            path: self.path(&lesson.path),
            minutes,
            access: access_word(&lesson.access),
            course: self.link(&course.article, &course_path(course)),
        }
    }

    /// Why only the author sees something, unless everybody does.
    pub(crate) fn draft(self, status: Status) -> Option<DraftView> {
        match status {
            Status::Published => None,
            Status::Draft => Some(DraftView { kind: "draft", date_text: None }),
            Status::Scheduled(moment) => {
                let date_text = Some(display::date(moment.local.date, self.language));
                Some(DraftView { kind: "scheduled", date_text })
            }
        }
    }

    /// Adds what the lessons of the course are not. The theme has the words of the common cases.
    pub(crate) fn disclaim(self, course: &Course, texts: &Texts, view: &mut CourseView) {
        match course.disclaimer {
            Some(Disclaimer::Known(field)) => {
                view.disclaimer = Some(texts.get(&format!("disclaimer_{field}")).to_owned());
            }
            Some(Disclaimer::Own) => {
                let own = course.article.part(self.language, self.config(), |text| text.disclaimer.clone());
                let (disclaimer, language) = own.unzip();
                view.disclaimer = disclaimer;
                view.disclaimer_language = language.and_then(|language| self.foreign(language));
            }
            None => {}
        }
    }

    /// What changed in a course.
    pub(crate) fn changelog(self, course: &'a Course) -> ChangelogView {
        let mut days: Vec<ChangeDayView> = Vec::new();
        for entry in changelog(course, self.language, self.config()) {
            let date = entry.date.to_string();
            if days.last().is_none_or(|day| day.date != date) {
                let date_text = display::date(entry.date, self.language);
                days.push(ChangeDayView { date, date_text, changes: Vec::new() });
            }
            if let Some(day) = days.last_mut() {
                day.changes.push(self.change(course, entry));
            }
        }
        ChangelogView { days, feed: None }
    }

    fn change(self, course: &Course, entry: Entry<'_>) -> ChangeView {
        let link = match entry.lesson {
            Some(lesson) => self.link(&lesson.article, &lesson.path),
            None => self.link(&course.article, &course_path(course)),
        };
        ChangeView {
            kind: "changed",
            title: link.title,
            language: link.language,
            path: Some(link.path),
            note: Some(entry.text.to_owned()),
            note_language: self.foreign(entry.language),
        }
    }

    /// What comes next, from today on.
    pub(crate) fn calendar(self) -> CalendarView {
        let mut has_times = false;
        let mut days = Vec::new();
        for (date, entries) in self.academy.upcoming(self.academy.today()) {
            has_times |= entries.iter().any(|entry| entry.at.local.minute.is_some());
            days.push(CalendarDayView {
                date: date.to_string(),
                date_text: display::date(date, self.language),
                entries: entries.into_iter().map(|entry| self.calendar_entry(entry)).collect(),
            });
        }
        let time_zone = has_times.then(|| self.config().zone.name().to_owned());
        CalendarView { days, feed: None, time_zone }
    }

    fn calendar_entry(self, entry: CalendarEntry) -> CalendarEntryView {
        let subject = self.academy.subject(entry.item);
        let (title, language) = self.part_of(subject.texts, |text| Some(&text.title)).unwrap_or_default();
        let (summary, summary_language) =
            self.part_of(subject.texts, |text| text.summary.as_ref()).unwrap_or_default();
        let (location, location_language) =
            self.part_of(subject.texts, |text| text.location.as_ref()).unzip();
        let time_text = entry.at.local.time();
        CalendarEntryView {
            kind: subject.kind,
            title,
            language,
            summary,
            summary_language,
            path: subject.path.map(|path| self.path(path)),
            course: subject.course.map(|course| self.link(&course.article, &course_path(course))),
            location,
            location_language: location_language.flatten(),
            starts: time_text.is_some().then(|| self.config().zone.rfc3339(entry.at.instant)),
            time_text,
            tickets: match entry.item {
                Item::Event(idx) => self.tickets_for(&self.academy.events[idx]),
                _ => Vec::new(),
            },
        }
    }

    /// What `pick` finds in this language, else in the default one, and the tag of its language when that is not the
    /// page's.
    fn part_of<'t>(
        self,
        texts: &'t Translations,
        pick: impl Fn(&'t Text) -> Option<&'t String>,
    ) -> Option<(String, Option<String>)> {
        [self.language, self.config().default_language()].into_iter().find_map(|language| {
            let found = texts.get(language).and_then(|text| pick(text))?;
            Some((found.clone(), self.foreign(language)))
        })
    }
}
