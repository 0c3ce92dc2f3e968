//! The content calendar: what is published when, what opens when, and events.

use std::collections::BTreeMap;

use lyceum_contract::time::Date;

use crate::model::{Academy, Course, Lesson, LessonAt, Translations};
use crate::release::{Moment, Release, Status};

/// One entry of the calendar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CalendarEntry {
    pub(crate) at: Moment,
    /// Of an event.
    pub(crate) ends: Option<Moment>,
    pub(crate) item: Item,
    /// Whether visitors may see it. What is not published yet is for the owner alone, unless it says `announce: true`.
    pub(crate) is_public: bool,
}

/// What happens, by its index in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Event(usize),
    Course(usize),
    Lesson(LessonAt),
    /// A published lesson opens for those who may read it.
    Opening(LessonAt),
    HiddenCourse(usize),
    HiddenLesson(usize),
}

/// What an entry is about, for a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// `event`, `course`, `lesson` or `opening`.
    pub(crate) kind: &'static str,
    pub(crate) texts: &'a Translations,
    /// Address without the language's prefix, when there is a page already.
    pub(crate) path: Option<&'a str>,
    /// The course of a lesson.
    pub(crate) course: Option<&'a Course>,
}

impl Academy {
    /// What an entry of the calendar is about.
    pub(crate) fn subject(&self, item: Item) -> Subject<'_> {
        match item {
            Item::Event(idx) => {
                let texts = &self.events[idx].article.texts;
                Subject { kind: "event", texts, path: None, course: None }
            }
            Item::Course(idx) => of_course(&self.courses[idx], true),
            Item::HiddenCourse(idx) => of_course(&self.hidden.courses[idx], false),
            Item::Lesson(at) => of_lesson("lesson", self.at(at), true),
            Item::Opening(at) => of_lesson("opening", self.at(at), true),
            Item::HiddenLesson(idx) => {
                let (course, lesson) = &self.hidden.lessons[idx];
                of_lesson("lesson", (&self.courses[*course], lesson), false)
            }
        }
    }

    /// All entries, the earliest first.
    pub(crate) fn calendar(&self) -> Vec<CalendarEntry> {
        let mut entries = Vec::new();
        for (idx, event) in self.events.iter().enumerate() {
            let item = Item::Event(idx);
            entries.push(CalendarEntry { at: event.starts, ends: event.ends, item, is_public: true });
        }
        for (idx, course) in self.courses.iter().enumerate() {
            entries.extend(published(&course.release, course.status, Item::Course(idx)));
            for (at, lesson) in course.lessons_at(idx) {
                // A lesson that comes with its course is no entry of its own.
                if lesson.release.publish_at != course.release.publish_at {
                    entries.extend(published(&lesson.release, lesson.status, Item::Lesson(at)));
                }
                let item = Item::Opening(at);
                let opening = lesson.opening.on.filter(|_| lesson.status == Status::Published);
                entries.extend(opening.map(|at| CalendarEntry { at, ends: None, item, is_public: true }));
            }
        }
        for (idx, course) in self.hidden.courses.iter().enumerate() {
            entries.extend(published(&course.release, course.status, Item::HiddenCourse(idx)));
        }
        for (idx, (_, lesson)) in self.hidden.lessons.iter().enumerate() {
            entries.extend(published(&lesson.release, lesson.status, Item::HiddenLesson(idx)));
        }
        entries.sort_by_key(|entry| entry.at.instant);
        entries
    }

    /// The same by day, from this day on, for everybody.
    pub(crate) fn upcoming(&self, today: Date) -> BTreeMap<Date, Vec<CalendarEntry>> {
        let mut days: BTreeMap<Date, Vec<CalendarEntry>> = BTreeMap::new();
        let is_over = |entry: &CalendarEntry| entry.ends.unwrap_or(entry.at).local.date < today;
        for entry in self.calendar().into_iter().filter(|entry| entry.is_public && !is_over(entry)) {
            days.entry(entry.at.local.date).or_default().push(entry);
        }
        days
    }
}

fn published(release: &Release, status: Status, item: Item) -> Option<CalendarEntry> {
    let is_public = status == Status::Published || release.announce;
    let at = release.publish_at.filter(|_| status != Status::Draft)?;
    Some(CalendarEntry { at, ends: None, item, is_public })
}

fn of_course(course: &Course, is_there: bool) -> Subject<'_> {
    let path = is_there.then_some(course.path.as_str());
    Subject { kind: "course", texts: &course.article.texts, path, course: None }
}

fn of_lesson<'a>(
    kind: &'static str,
    (course, lesson): (&'a Course, &'a Lesson),
    is_there: bool,
) -> Subject<'a> {
    let path = is_there.then_some(lesson.path.as_str());
    Subject { kind, texts: &lesson.article.texts, path, course: Some(course) }
}
