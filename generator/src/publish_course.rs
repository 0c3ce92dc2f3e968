//! Pages of one course: landing page, lessons, and teasers in front of sealed lessons.

use tera::Value;

use crate::json_ld;
use crate::markdown::{Part, Rendered};
use crate::model::{Course, Lesson};
use crate::publish::{Edition, Publisher};
use crate::seal;
use crate::view::{CourseView, InstructorView};
use crate::views::{PageInfo, course_path};

/// One lesson on its way to a page.
struct Drawn<'a, 'e> {
    edition: &'e Edition<'a>,
    course: &'a Course,
    lesson: &'a Lesson,
    course_view: &'e CourseView,
    course_value: &'e Value,
    minutes: u32,
}

impl<'a> Publisher<'a> {
    /// Publishes a course in all languages. Gives its view per edition.
    pub(crate) fn course(
        &mut self,
        course: &'a Course,
        editions: &[Edition<'a>],
        instructors: &[Vec<InstructorView>],
    ) -> Vec<CourseView> {
        let mut minutes = Vec::new();
        let mut views = Vec::new();
        for (edition, instructors) in editions.iter().zip(instructors) {
            let texts: Vec<Rendered> =
                course.lessons().map(|lesson| self.lesson_text(lesson, edition)).collect();
            if minutes.is_empty() {
                // The default language comes first, and a lesson takes equally long in every language.
                minutes = lesson_minutes(course, &texts);
            }
            let view = self.landing(course, edition, &minutes, instructors);
            self.lessons(course, edition, &view, &minutes, &texts);
            views.push(view);
        }
        if !self.is_checking {
            let manifest = crate::manifest::course(course, &minutes, editions[0].locale.config());
            let json = serde_json::to_vec(&manifest).expect("a manifest is plain data");
            self.add(&lyceum_contract::paths::course_manifest(course.slug().as_str()), json);
        }
        views
    }

    fn lesson_text(&mut self, lesson: &'a Lesson, edition: &Edition<'a>) -> Rendered {
        let language = edition.locale.language;
        let (text, found) = lesson.article.text(language, edition.locale.config());
        let rendered = self.text(&text.body, language, found == language);
        let shown = rendered.preview.iter().flat_map(|preview| &preview.assets);
        self.audience.add(&lyceum_contract::Access::Free, shown);
        self.audience.add(&lesson.access, &rendered.whole.assets);
        rendered
    }

    fn landing(
        &mut self,
        course: &'a Course,
        edition: &Edition<'a>,
        minutes: &[u32],
        instructors: &[InstructorView],
    ) -> CourseView {
        let locale = edition.locale;
        let body = self.public_text(&course.article, edition);
        let path_of = |slug: &lyceum_contract::Slug| locale.path(&format!("/instructors/{slug}/"));
        let people = course.instructors.iter().filter_map(|slug| {
            let path = path_of(slug);
            instructors.iter().find(|person| person.path == path).cloned()
        });
        let view = locale.course(course, minutes, people.collect(), body);
        let path = course_path(course);
        let text = course.article.text(locale.language, locale.config()).0;
        let mut info = PageInfo::of_text("course", text, &path, course.article.texts.keys().collect());
        let (_, language) = course.article.text(locale.language, locale.config());
        info.json_ld_html = Some(json_ld::course(&edition.site, &view, language));
        let value = Value::from_serializable(&view);
        let html = self.render("course.html", edition, info, &[("course", &value)]);
        self.add_page(&view.path, html);
        view
    }

    fn lessons(
        &mut self,
        course: &'a Course,
        edition: &Edition<'a>,
        course_view: &CourseView,
        minutes: &[u32],
        texts: &[Rendered],
    ) {
        if self.is_checking {
            return;
        }
        // Lesson pages need the outline, not the text of the landing page.
        let outline = CourseView { body_html: String::new(), ..course_view.clone() };
        let course_value = Value::from_serializable(&outline);
        for ((lesson, minutes), rendered) in course.lessons().zip(minutes).zip(texts) {
            let drawn = Drawn {
                edition,
                course,
                lesson,
                course_view,
                course_value: &course_value,
                minutes: *minutes,
            };
            self.lesson(&drawn, rendered);
        }
    }

    fn lesson(&mut self, drawn: &Drawn<'a, '_>, rendered: &Rendered) {
        let (locale, lesson) = (drawn.edition.locale, drawn.lesson);
        let path = locale.path(&lesson.path);
        let full = self.lesson_page("lesson", drawn, &rendered.whole, None);
        if lesson.access.is_public() {
            return self.add_page(&path, full);
        }
        let empty = Part::default();
        let shown = rendered.preview.as_ref().unwrap_or(&empty);
        let has_preview = !shown.html.trim().is_empty();
        let left = rendered.whole.length.minutes_left(shown.length, drawn.minutes);
        let coming = rendered.still_to_come.clone();
        let paywall = locale.paywall(drawn.course, lesson, has_preview, coming, left);
        let teaser = self.lesson_page("teaser", drawn, shown, Some(&Value::from_serializable(&paywall)));
        self.add_page(&path, teaser);
        let Some(full) = full else { return };
        let id = format!("{}@{}", lesson.id(), locale.language);
        let sealed = seal::page(self.inputs.keys.sealing(), id, &lesson.access, full.as_bytes());
        self.add_sealed(&path, sealed);
    }

    fn lesson_page(
        &mut self,
        kind: &'static str,
        drawn: &Drawn<'a, '_>,
        part: &Part,
        paywall: Option<&Value>,
    ) -> Option<String> {
        let (locale, lesson) = (drawn.edition.locale, drawn.lesson);
        let (text, language) = lesson.article.text(locale.language, locale.config());
        let view = locale.lesson(drawn.course, lesson, drawn.minutes, part);
        let mut info = PageInfo::of_text(kind, text, &lesson.path, lesson.article.texts.keys().collect());
        let canonical =
            format!("{}{}{}", drawn.edition.site.url, locale.config().prefix(language), lesson.path);
        info.json_ld_html = Some(json_ld::lesson(
            &drawn.edition.site,
            drawn.course_view,
            lesson,
            language,
            info.title,
            info.description,
            &canonical,
        ));
        let value = Value::from_serializable(&view);
        let mut values = vec![("course", drawn.course_value), ("lesson", &value)];
        values.extend(paywall.map(|paywall| ("paywall", paywall)));
        self.render(&format!("{kind}.html"), drawn.edition, info, &values)
    }
}

/// What the author says, else what was counted.
fn lesson_minutes(course: &Course, texts: &[Rendered]) -> Vec<u32> {
    let lessons = course.lessons().zip(texts);
    lessons.map(|(lesson, text)| lesson.minutes.unwrap_or_else(|| text.whole.length.minutes())).collect()
}
