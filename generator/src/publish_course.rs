//! The portion of one course: its landing page, its lessons, and teasers in front of sealed lessons.

use lyceum_contract::{Access, paths};
use rayon::prelude::*;
use tera::Value;

use crate::bodies::{Bodies, Texts};
use crate::cards::Cards;
use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::markdown::{Part, Rendered};
use crate::model::{Course, Lesson};
use crate::observer::{Step, during};
use crate::output::{Entries, Entry, file_path};
use crate::portion::{Desk, Portion};
use crate::publish::{Edition, Inputs, Shared};
use crate::shelf::Shelf;
use crate::view::{CourseView, InstructorView};
use crate::views::{Locale, PageInfo, course_path};
use crate::views_pages::{changes_path, has_changes};
use crate::{json_ld, publish_search, seal};

/// A course in one language.
struct Section<'a, 'e> {
    edition: &'e Edition<'a>,
    course: &'a Course,
    view: CourseView,
    /// The outline for lesson pages, which do not need the text of the landing page.
    value: Value,
    cards: &'e Cards,
}

/// One lesson on its way to a page.
struct Drawn<'a, 'e> {
    section: &'e Section<'a, 'e>,
    lesson: &'a Lesson,
    minutes: u32,
    rendered: &'e Rendered,
}

/// What became of a lesson.
struct Made {
    public: (String, Entry),
    /// The public path and the sealed file, when the public page is a teaser.
    sealed: Option<(String, (String, Entry))>,
}

/// All texts of a course, the landing page first.
pub(crate) fn articles(course: &Course) -> Vec<Texts<'_>> {
    std::iter::once((&course.article).into())
        .chain(course.lessons().map(|lesson| (&lesson.article).into()))
        .collect()
}

/// Makes a course. Texts with an error are all reported; then there are no pages.
pub(crate) fn portion<'a>(
    inputs: Inputs<'a>,
    shared: &Shared<'a>,
    course: &'a Course,
    key: Digest,
) -> Result<Portion, Vec<Diagnostic>> {
    let mut desk = Desk::new(inputs, key);
    let Some(bodies) = Bodies::render(inputs, &articles(course), &mut desk.found) else {
        return Err(desk.found);
    };
    let minutes = minutes(inputs, course, &bodies);
    note_assets(&mut desk, course, &bodies);
    let cards = Cards::of_course(inputs, course, &minutes, &mut desk.found);
    for (path, bytes) in &cards.files {
        desk.add(path, bytes.clone());
    }
    let sections = sections(inputs, shared, course, &minutes, &cards);
    for section in &sections {
        desk.landing(section, &bodies);
    }
    let manifest = crate::manifest::course(course, &minutes, &inputs.academy.config);
    let json = serde_json::to_vec(&manifest).expect("a manifest is plain data");
    desk.add(&paths::course_manifest(course.slug().as_str()), json);
    desk.lessons(&sections, &minutes, &bodies, &|_| true);
    if has_changes(course) {
        for section in &sections {
            desk.changelog(section);
        }
    }
    let pages = publish_search::of_course(inputs, course, &bodies);
    inputs.shelf.put(Shelf::name(course.slug(), key), pages);
    desk.portion.minutes = minutes;
    desk.portion.places = bodies.places();
    desk.finish()
}

/// Makes only the pages of a course at addresses that `is_wanted`, and reads no other text. `minutes` are those of last
/// time, one per lesson. Nothing when one of these pages has an error.
pub(crate) fn pages<'a>(
    inputs: Inputs<'a>,
    shared: &Shared<'a>,
    course: &'a Course,
    mut minutes: Vec<u32>,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Option<Entries> {
    let mut desk = Desk::new(inputs, Digest::default());
    let has_landing = is_wanted(&course.path);
    let texts = has_landing.then(|| (&course.article).into()).into_iter();
    let wanted = || course.lessons().zip(0..).filter(|(lesson, _)| is_wanted(&lesson.path));
    let texts: Vec<Texts<'_>> = texts.chain(wanted().map(|(lesson, _)| (&lesson.article).into())).collect();
    let bodies = Bodies::render(inputs, &texts, &mut desk.found)?;
    for (lesson, idx) in wanted() {
        minutes[idx] = lesson_minutes(inputs, lesson, &bodies);
    }
    let cards = Cards::of_course(inputs, course, &minutes, &mut desk.found);
    let sections = sections(inputs, shared, course, &minutes, &cards);
    for section in sections.iter().filter(|_| has_landing) {
        desk.landing(section, &bodies);
    }
    desk.lessons(&sections, &minutes, &bodies, is_wanted);
    desk.finish().ok().map(|portion| portion.files)
}

/// The course in every language.
fn sections<'a, 'e>(
    inputs: Inputs<'a>,
    shared: &'e Shared<'a>,
    course: &'a Course,
    minutes: &[u32],
    cards: &'e Cards,
) -> Vec<Section<'a, 'e>> {
    let section = |(edition, instructors): (&'e Edition<'a>, &'e Vec<InstructorView>)| {
        let locale = edition.locale;
        let people = people(course, locale, instructors);
        let mut view = locale.course(course, minutes, people, String::new());
        locale.disclaim(course, inputs.theme.texts(locale.language), &mut view);
        let value = Value::from_serializable(&view);
        Section { edition, course, view, value, cards }
    };
    shared.editions.iter().zip(&shared.instructors).map(section).collect()
}

/// One number per lesson in reading order.
fn minutes<'a>(inputs: Inputs<'a>, course: &'a Course, bodies: &Bodies<'a>) -> Vec<u32> {
    course.lessons().map(|lesson| lesson_minutes(inputs, lesson, bodies)).collect()
}

/// What the author says, else what is counted in the default language. A lesson takes equally long in every language.
fn lesson_minutes<'a>(inputs: Inputs<'a>, lesson: &'a Lesson, bodies: &Bodies<'a>) -> u32 {
    let academy = inputs.academy;
    let locale = Locale { academy, language: academy.config.default_language() };
    lesson.minutes.unwrap_or_else(|| bodies.get(&lesson.article, locale).whole.length.minutes())
}

/// An asset is for everybody who may read a text that refers to it.
fn note_assets<'a>(desk: &mut Desk<'a>, course: &'a Course, bodies: &Bodies<'a>) {
    let academy = desk.inputs.academy;
    let audience = &mut desk.portion.audience;
    for language in &academy.config.languages {
        let locale = Locale { academy, language };
        let landing = bodies.get(&course.article, locale);
        audience.add(&Access::Free, &landing.whole.assets);
        audience.add_included(&landing.includes);
        for lesson in course.lessons() {
            let rendered = bodies.get(&lesson.article, locale);
            audience.add(&Access::Free, rendered.preview.iter().flat_map(|preview| &preview.assets));
            audience.add(&lesson.access, &rendered.whole.assets);
            audience.add_included(&rendered.includes);
        }
    }
}

impl<'a> Desk<'a> {
    fn landing(&mut self, section: &Section<'a, '_>, bodies: &Bodies<'a>) {
        let Section { edition, course, .. } = *section;
        let locale = edition.locale;
        let body_html = bodies.get(&course.article, locale).whole.html.clone();
        let view = CourseView { body_html, ..section.view.clone() };
        let path = course_path(course);
        let mut info = PageInfo::of_article("course", &course.article, &path, locale);
        let (_, language) = course.article.text(locale.language, locale.config());
        info.json_ld_html = Some(json_ld::course(&edition.site, &view, language));
        info.card = section.cards.get(&path, locale.language).cloned();
        info.draft = locale.draft(course.status);
        let value = Value::from_serializable(&view);
        let html = self.render("course.html", edition, info, &[("course", &value)]);
        self.add_page(&view.path, html);
    }

    /// The page that says what changed. It comes after the lessons, so that one at its address is reported.
    fn changelog(&mut self, section: &Section<'a, '_>) {
        let (course, locale) = (section.course, section.edition.locale);
        let texts = self.inputs.theme.texts(locale.language);
        let title = texts.get("changelog_title").replace("{course}", &section.view.title);
        let path = changes_path(course);
        let mut info = PageInfo::of_article("changelog", &course.article, &path, locale);
        info.title = &title;
        info.card = section.cards.get(&course_path(course), locale.language).cloned();
        info.draft = locale.draft(course.status);
        let steps = [(section.view.title.as_str(), section.view.path.clone()), (&*title, locale.path(&path))];
        info.json_ld_html = Some(json_ld::list(&section.edition.site, &steps, &[]));
        let value = Value::from_serializable(&locale.changelog(course));
        let values = [("course", &section.value), ("changelog", &value)];
        let html = self.render("changelog.html", section.edition, info, &values);
        self.add_page(&locale.path(&path), html);
    }

    /// Makes the pages of lessons on all cores and adds them in order.
    fn lessons(
        &mut self,
        sections: &[Section<'a, '_>],
        minutes: &[u32],
        bodies: &Bodies<'a>,
        is_wanted: &dyn Fn(&str) -> bool,
    ) {
        let mut drawn = Vec::new();
        for section in sections {
            let locale = section.edition.locale;
            let lessons = section.course.lessons().zip(minutes);
            let lessons = lessons.filter(|(lesson, _)| is_wanted(&lesson.path));
            drawn.extend(lessons.map(|(lesson, minutes)| {
                let rendered = bodies.get(&lesson.article, locale);
                Drawn { section, lesson, minutes: *minutes, rendered }
            }));
        }
        let inputs = self.inputs;
        let made: Vec<_> = drawn.par_iter().map(|drawn| drawn.make(inputs)).collect();
        for made in made {
            let Some(Made { public: (path, entry), sealed }) = self.kept(made) else { continue };
            self.portion.n_pages += 1;
            self.portion.files.insert(path, entry);
            if let Some((public_path, (path, entry))) = sealed {
                self.portion.sealed.insert(public_path);
                self.portion.files.insert(path, entry);
            }
        }
    }
}

/// Those who teach this course, in the order in which it names them.
pub(crate) fn people(
    course: &Course,
    locale: Locale<'_>,
    instructors: &[InstructorView],
) -> Vec<InstructorView> {
    let path_of = |slug: &lyceum_contract::Slug| locale.path(&format!("/instructors/{slug}/"));
    let find = |slug| {
        let path = path_of(slug);
        instructors.iter().find(|person| person.path == path).cloned()
    };
    course.instructors.iter().filter_map(find).collect()
}

impl Drawn<'_, '_> {
    fn make(&self, inputs: Inputs<'_>) -> Result<Made, Box<Diagnostic>> {
        let (locale, lesson) = (self.section.edition.locale, self.lesson);
        let path = locale.path(&lesson.path);
        let put = |path: &str, bytes: Vec<u8>| {
            let path = file_path(path);
            let entry = during(inputs.observer, Step::Write, || inputs.sink.put(&path, bytes));
            (path, entry)
        };
        let full = self.page(inputs, "lesson", &self.rendered.whole, None)?;
        if lesson.access.is_public() {
            return Ok(Made { public: put(&path, full.into_bytes()), sealed: None });
        }
        let public = put(&path, self.teaser(inputs)?.into_bytes());
        let id = format!("{}@{}", lesson.id(), locale.language);
        let sealed = during(inputs.observer, Step::Seal, || {
            seal::page(inputs.keys.sealing(), id, &lesson.access, full.as_bytes())
        });
        let sealed = put(&paths::sealed_path(&path), sealed);
        Ok(Made { public, sealed: Some((path, sealed)) })
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
        let mut view = locale.lesson(section.course, lesson, self.minutes, part);
        view.related = inputs.related.of(lesson).iter().map(|at| locale.lesson_link(*at, None)).collect();
        let mut info = PageInfo::of_article(kind, &lesson.article, &lesson.path, locale);
        let cards = section.cards;
        let card = cards.get(&lesson.path, locale.language);
        info.card = card.or_else(|| cards.get(&course_path(section.course), locale.language)).cloned();
        info.draft = locale.draft(lesson.status);
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
