//! Pages of courses: landing pages, lessons, and teasers in front of sealed lessons.

use rayon::prelude::*;
use tera::Value;

use crate::bodies::Bodies;
use crate::diagnostic::Diagnostic;
use crate::markdown::{Part, Rendered};
use crate::model::{Course, Lesson};
use crate::publish::{Edition, Inputs, Publisher};
use crate::view::{CourseView, InstructorView};
use crate::views::{Locale, PageInfo, course_path};
use crate::{json_ld, seal};

/// A course in one language.
struct Section<'a, 'e> {
    edition: &'e Edition<'a>,
    course: &'a Course,
    view: CourseView,
    /// The outline for lesson pages, which do not need the text of the landing page.
    value: Value,
}

/// One lesson on its way to a page.
struct Drawn<'a, 'e> {
    section: &'e Section<'a, 'e>,
    lesson: &'a Lesson,
    minutes: u32,
    rendered: &'e Rendered,
}

/// What becomes of a lesson.
struct Made {
    path: String,
    public: String,
    /// The whole lesson, when the public page is a teaser.
    sealed: Option<Vec<u8>>,
}

impl<'a> Publisher<'a> {
    /// Publishes all courses in all languages. Gives their views per edition.
    pub(crate) fn courses(
        &mut self,
        editions: &[Edition<'a>],
        instructors: &[Vec<InstructorView>],
        bodies: &Bodies<'a>,
    ) -> Vec<Vec<CourseView>> {
        let mut views: Vec<Vec<CourseView>> = editions.iter().map(|_| Vec::new()).collect();
        let mut sections = Vec::new();
        for course in &self.inputs.academy.courses {
            let minutes = self.minutes(course, bodies);
            for ((edition, instructors), views) in editions.iter().zip(instructors).zip(&mut views) {
                let view = self.landing(course, edition, &minutes, instructors, bodies);
                views.push(view.clone());
                let outline = CourseView { body_html: String::new(), ..view };
                let value = Value::from_serializable(&outline);
                sections.push((Section { edition, course, view: outline, value }, minutes.clone()));
            }
            let manifest = crate::manifest::course(course, &minutes, &self.inputs.academy.config);
            let json = serde_json::to_vec(&manifest).expect("a manifest is plain data");
            self.add(&lyceum_contract::paths::course_manifest(course.slug().as_str()), json);
        }
        self.lessons(&sections, bodies);
        views
    }

    /// One number per lesson in reading order: what the author says, else what is counted in the default language.
    /// A lesson takes equally long in every language.
    fn minutes(&self, course: &'a Course, bodies: &Bodies<'a>) -> Vec<u32> {
        let academy = self.inputs.academy;
        let locale = Locale { academy, language: academy.config.default_language() };
        let counted = |lesson: &'a Lesson| bodies.get(&lesson.article, locale).whole.length.minutes();
        course.lessons().map(|lesson| lesson.minutes.unwrap_or_else(|| counted(lesson))).collect()
    }

    fn landing(
        &mut self,
        course: &'a Course,
        edition: &Edition<'a>,
        minutes: &[u32],
        instructors: &[InstructorView],
        bodies: &Bodies<'a>,
    ) -> CourseView {
        let locale = edition.locale;
        let body = bodies.get(&course.article, locale).whole.html.clone();
        let path_of = |slug: &lyceum_contract::Slug| locale.path(&format!("/instructors/{slug}/"));
        let people = course.instructors.iter().filter_map(|slug| {
            let path = path_of(slug);
            instructors.iter().find(|person| person.path == path).cloned()
        });
        let view = locale.course(course, minutes, people.collect(), body);
        let path = course_path(course);
        let mut info = PageInfo::of_article("course", &course.article, &path, locale);
        let (_, language) = course.article.text(locale.language, locale.config());
        info.json_ld_html = Some(json_ld::course(&edition.site, &view, language));
        let value = Value::from_serializable(&view);
        let html = self.render("course.html", edition, info, &[("course", &value)]);
        self.add_page(&view.path, html);
        view
    }

    /// Makes the pages of all lessons on all cores and adds them in order.
    fn lessons(&mut self, sections: &[(Section<'a, '_>, Vec<u32>)], bodies: &Bodies<'a>) {
        let mut drawn = Vec::new();
        for (section, minutes) in sections {
            let locale = section.edition.locale;
            drawn.extend(section.course.lessons().zip(minutes).map(|(lesson, minutes)| {
                let rendered = bodies.get(&lesson.article, locale);
                Drawn { section, lesson, minutes: *minutes, rendered }
            }));
        }
        let inputs = self.inputs;
        let made: Vec<_> = drawn.par_iter().map(|drawn| drawn.make(inputs)).collect();
        for made in made {
            let Some(made) = self.kept(made) else { continue };
            self.add_page(&made.path, Some(made.public));
            if let Some(sealed) = made.sealed {
                self.add_sealed(&made.path, sealed);
            }
        }
    }
}

impl Drawn<'_, '_> {
    fn make(&self, inputs: Inputs<'_>) -> Result<Made, Box<Diagnostic>> {
        let (locale, lesson) = (self.section.edition.locale, self.lesson);
        let path = locale.path(&lesson.path);
        let full = self.page(inputs, "lesson", &self.rendered.whole, None)?;
        if lesson.access.is_public() {
            return Ok(Made { path, public: full, sealed: None });
        }
        let public = self.teaser(inputs)?;
        let id = format!("{}@{}", lesson.id(), locale.language);
        let sealed = seal::page(inputs.keys.sealing(), id, &lesson.access, full.as_bytes());
        Ok(Made { path, public, sealed: Some(sealed) })
    }

    fn teaser(&self, inputs: Inputs<'_>) -> Result<String, Box<Diagnostic>> {
        let empty = Part::default();
        let shown = self.rendered.preview.as_ref().unwrap_or(&empty);
        let has_preview = !shown.html.trim().is_empty();
        let left = self.rendered.whole.length.minutes_left(shown.length, self.minutes);
        let coming = self.rendered.still_to_come.clone();
        let locale = self.section.edition.locale;
        let paywall = locale.paywall(self.section.course, self.lesson, has_preview, coming, left);
        self.page(inputs, "teaser", shown, Some(&Value::from_serializable(&paywall)))
    }

    fn page(
        &self,
        inputs: Inputs<'_>,
        kind: &'static str,
        part: &Part,
        paywall: Option<&Value>,
    ) -> Result<String, Box<Diagnostic>> {
        let (section, lesson) = (self.section, self.lesson);
        let (locale, site) = (section.edition.locale, &section.edition.site);
        let (_, language) = lesson.article.text(locale.language, locale.config());
        let view = locale.lesson(section.course, lesson, self.minutes, part);
        let mut info = PageInfo::of_article(kind, &lesson.article, &lesson.path, locale);
        let canonical = format!("{}{}{}", site.url, locale.config().prefix(language), lesson.path);
        info.json_ld_html = Some(json_ld::lesson(
            site,
            &section.view,
            lesson,
            language,
            info.title,
            info.description,
            &canonical,
        ));
        let value = Value::from_serializable(&view);
        let mut values = vec![("course", &section.value), ("lesson", &value)];
        values.extend(paywall.map(|paywall| ("paywall", paywall)));
        inputs.render(&format!("{kind}.html"), section.edition, info, &values)
    }
}
