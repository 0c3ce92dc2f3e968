//! What templates see of prerequisites, of the day on which something opens, and of the people who teach.

use lyceum_contract::display;
use lyceum_contract::manifest::{Language, Requirement};

use crate::model::{Academy, Article, Course, Text, Translations};
use crate::schedule::Opening;
use crate::view::{LinkView, PrerequisiteView, UnlockView};
use crate::views::Locale;

/// Something that is required, as far as pages show it.
struct Required<'a> {
    kind: &'static str,
    texts: &'a Translations,
    path: &'a str,
    score: Option<u8>,
}

impl Academy {
    fn required(&self, requirement: &Requirement) -> Option<Required<'_>> {
        let lesson = |id, kind, score| {
            let (_, lesson) = self.lesson(id)?;
            Some(Required { kind, texts: &lesson.article.texts, path: &lesson.path, score })
        };
        match requirement {
            Requirement::Course(slug) => {
                let course = self.course(slug)?;
                Some(Required {
                    kind: "course",
                    texts: &course.article.texts,
                    path: &course.path,
                    score: None,
                })
            }
            Requirement::Lesson(id) => lesson(id, "lesson", None),
            Requirement::Quiz { lesson: id, score } => lesson(id, "quiz", Some(*score)),
        }
    }

    /// What the pages of a course show of other courses, and of the moment: titles and addresses of what is required, and
    /// which days are still to come. Part of the course's key.
    pub(crate) fn connections<'a>(&'a self, course: &'a Course) -> impl std::hash::Hash + 'a {
        let openings = || course.lessons().map(|lesson| &lesson.opening).chain([&course.opening]);
        let to_come: Vec<bool> = openings().map(|opening| self.is_to_come(opening)).collect();
        let required = openings().flat_map(|opening| &opening.requires);
        let shown = required.filter_map(|requirement| self.required(requirement)).map(|required| {
            let titles = required.texts.iter().map(|(language, text)| (language, text.title.as_str()));
            (required.path, titles.collect::<Vec<_>>())
        });
        (to_come, shown.collect::<Vec<_>>())
    }

    fn is_to_come(&self, opening: &Opening) -> bool {
        opening.on.is_some_and(|moment| moment.instant > self.now)
    }
}

impl<'a> Locale<'a> {
    /// What should come first.
    pub(crate) fn prerequisites(self, opening: &Opening) -> Vec<PrerequisiteView> {
        let found = opening.requires.iter().filter_map(|requirement| self.academy.required(requirement));
        found.filter_map(|required| self.prerequisite(&required)).collect()
    }

    fn prerequisite(self, required: &Required<'_>) -> Option<PrerequisiteView> {
        let default = self.config().default_language();
        let own = required.texts.get(self.language).map(|text| (text, None));
        let original = || Some((required.texts.get(default)?, Some(default.to_string())));
        let (text, language) = own.or_else(original)?;
        Some(PrerequisiteView {
            kind: required.kind,
            title: text.title.clone(),
            language,
            path: self.path(required.path),
            score: required.score.map(u32::from),
        })
    }

    /// When it opens, unless it is open.
    pub(crate) fn unlock(self, opening: &Opening) -> Option<UnlockView> {
        let date = opening.on.filter(|_| self.academy.is_to_come(opening)).map(|moment| moment.local.date);
        if date.is_none() && opening.after.is_none() {
            return None;
        }
        Some(UnlockView {
            date: date.map(|date| date.to_string()),
            date_text: date.map(|date| display::date(date, self.language)),
            days: opening.after.map(|days| days.0),
        })
    }

    /// What qualifies a person, and the tag of its language when that is not the page's.
    pub(crate) fn credentials<Id>(self, person: &'a Article<Id>) -> (Vec<String>, Option<String>) {
        let some = |text: &'a Text| Some(&text.credentials).filter(|credentials| !credentials.is_empty());
        let found = person.part(self.language, self.config(), some);
        let foreign = |language: &Language| (language != self.language).then(|| language.to_string());
        found.map(|(credentials, language)| (credentials.clone(), foreign(language))).unwrap_or_default()
    }

    /// Pages of a person elsewhere.
    pub(crate) fn links_elsewhere<Id>(self, person: &'a Article<Id>) -> Vec<LinkView> {
        let some = |text: &'a Text| Some(&text.links).filter(|links| !links.is_empty());
        let (links, written) = person.part(self.language, self.config(), some).unzip();
        let language = written.filter(|written| *written != self.language).map(Language::to_string);
        let view = |link: &crate::model::Link| LinkView {
            title: link.title.clone(),
            language: language.clone(),
            path: link.url.clone(),
        };
        links.into_iter().flatten().map(view).collect()
    }
}
