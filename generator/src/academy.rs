//! Reads all content into the model: courses, instructors and pages, with every check that needs more than one file.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::manifest::Language;
use lyceum_contract::{LessonId, Price, Slug, paths};

use crate::access::{self, Rule};
use crate::diagnostic::{Code, Diagnostic};
use crate::front_matter::{self, Expected, Fields, slug};
use crate::keys::{self, Table};
use crate::layout::{CourseFiles, Entry, Layout, ModuleFiles};
use crate::markdown::punctuated;
use crate::model::{Academy, Article, Body, Config, Course, Lesson, Module, Text};
use crate::site::{self, PriceIds};
use crate::source::{Content, Source};

/// Reads everything. There is always a result; it is only published when no diagnostic is an error.
pub(crate) fn read(source: &Source, layout: &Layout, diagnostics: &mut Vec<Diagnostic>) -> Academy {
    let mut prices = PriceIds::new();
    let config = site::read(source, &mut prices, diagnostics);
    let known = layout.instructors.iter().map(|entry| entry.slug.clone()).collect();
    let mut reader = Reader {
        source,
        config: &config,
        instructors: known,
        prices,
        lesson_ids: BTreeMap::new(),
        diagnostics,
    };
    let instructors = layout.instructors.iter().filter_map(|entry| reader.instructor(entry)).collect();
    let pages = layout.pages.iter().filter_map(|entry| reader.page(entry)).collect();
    let courses = layout.courses.iter().filter_map(|files| reader.course(files)).collect();
    Academy { config, courses, instructors, pages }
}

struct Reader<'a> {
    source: &'a Source,
    config: &'a Config,
    instructors: BTreeSet<Slug>,
    prices: PriceIds,
    /// Path of the lesson that has the id, and whether its author chose the id.
    lesson_ids: BTreeMap<LessonId, (String, bool)>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// Two tables: of the original and of its translations.
type Tables = (&'static Table, &'static Table);

impl<'a> Reader<'a> {
    fn instructor(&mut self, entry: &Entry) -> Option<Article<Slug>> {
        let tables = (&keys::INSTRUCTOR, &keys::INSTRUCTOR_TRANSLATION);
        let texts = self.texts(entry, tables, |_, _| ())?.1;
        Some(Article { id: entry.slug.clone(), texts })
    }

    fn page(&mut self, entry: &Entry) -> Option<Article<Slug>> {
        let texts = self.texts(entry, (&keys::PAGE, &keys::TRANSLATION), |_, _| ())?.1;
        let slug = entry.slug.as_str();
        let language = self.config.languages.iter().any(|language| language.as_str() == slug);
        if language || is_reserved(slug) {
            let path = entry.original.as_deref().unwrap_or_default();
            let message = format!("a page at `/{slug}/`, expected another name");
            let error = self.source.error(path, Code::ReservedSlug, message);
            self.diagnostics.push(error.hint("this address belongs to the site itself: rename the file"));
        }
        Some(Article { id: entry.slug.clone(), texts })
    }

    fn course(&mut self, files: &CourseFiles) -> Option<Course> {
        let Some(index) = files.index.as_ref().filter(|index| index.original.is_some()) else {
            let message =
                format!("no `index.md` in `{}`, expected the course's title and summary", files.folder);
            let error = self.source.error(&format!("{}/index.md", files.folder), Code::MissingIndex, message);
            self.diagnostics
                .push(error.hint("create it with front matter, or move the folder out of `courses/`"));
            return None;
        };
        self.check_mixed(files);
        let tables = (&keys::COURSE, &keys::COURSE_TRANSLATION);
        let (structure, texts) = self.texts(index, tables, Self::course_structure)?;
        let mut course = Course {
            article: Article { id: files.slug.clone(), texts },
            level: structure.level,
            tags: structure.tags,
            instructors: structure.instructors,
            prices: structure.prices,
            modules: Vec::new(),
        };
        course.modules = self.modules(files, &course, &structure.rule);
        if course.lessons().next().is_none() {
            let path = index.original.as_deref().unwrap_or_default();
            let error = self.source.error(path, Code::EmptyCourse, "a course without lessons").warning();
            self.diagnostics.push(error.hint("add `01-first-lesson.md` beside it"));
        }
        Some(course)
    }

    fn check_mixed(&mut self, files: &CourseFiles) {
        let path = files.lessons.first().and_then(|lesson| lesson.original.as_deref());
        if let (Some(path), Some(module)) = (path, files.modules.first()) {
            let message = "a lesson beside modules, expected every lesson of this course in a module";
            let error = self.source.error(path, Code::MixedCourse, message);
            self.diagnostics.push(error.hint(format!("move it into a module such as `{}`", module.slug)));
        }
    }

    fn course_structure(&mut self, fields: &mut Fields<'a>) -> CourseStructure {
        let rule = access::read(fields, &Rule::default(), self.config);
        let level = fields.parsed("level", Code::UnknownLevel, level).map(|level| level.value);
        let mut instructors = Vec::new();
        for found in fields.texts("instructors") {
            let known = &self.instructors;
            let read = |text: &str| instructor(text, known);
            instructors.extend(
                fields.read(found, Code::UnknownInstructor, "instructors", read).map(|slug| slug.value),
            );
        }
        let mut prices = Vec::new();
        for price in fields.maps("prices", &keys::COURSE_PRICE) {
            prices.extend(site::course_price(price, &mut self.prices, self.diagnostics));
        }
        CourseStructure { rule, level, tags: tags(fields), instructors, prices }
    }

    fn modules(&mut self, files: &CourseFiles, course: &Course, rule: &Rule) -> Vec<Module> {
        let mut modules = Vec::new();
        if !files.lessons.is_empty() {
            let place = Place { course, module: None, rule };
            let lessons = files.lessons.iter().filter_map(|entry| self.lesson(entry, place)).collect();
            modules.push(Module { slug: None, texts: BTreeMap::new(), lessons });
        }
        for module in &files.modules {
            modules.push(self.module(module, course, rule));
        }
        modules
    }

    fn module(&mut self, files: &ModuleFiles, course: &Course, above: &Rule) -> Module {
        let tables = (&keys::MODULE, &keys::TRANSLATION);
        let config = self.config;
        let read = |_: &mut Self, fields: &mut Fields<'a>| above.then(&access::read(fields, above, config));
        let (rule, texts) = match files.index.as_ref().and_then(|index| self.texts(index, tables, read)) {
            Some((rule, texts)) => (rule, texts),
            None => (above.clone(), BTreeMap::new()),
        };
        let place = Place { course, module: Some(&files.slug), rule: &rule };
        let lessons = files.lessons.iter().filter_map(|entry| self.lesson(entry, place)).collect();
        Module { slug: Some(files.slug.clone()), texts, lessons }
    }

    fn lesson(&mut self, entry: &Entry, place: Place<'_>) -> Option<Lesson> {
        let course = place.course;
        let read = |reader: &mut Self, fields: &mut Fields<'a>| reader.lesson_structure(fields, entry, place);
        let (structure, texts) = self.texts(entry, (&keys::LESSON, &keys::TRANSLATION), read)?;
        let module = place.module.map(|module| format!("{module}/")).unwrap_or_default();
        let sold = (!course.prices.is_empty()).then(|| course.slug());
        let lesson = Lesson {
            path: format!("/courses/{}/{module}{}/", course.slug(), entry.slug),
            article: Article { id: structure.id, texts },
            date: structure.date,
            tags: structure.tags,
            access: structure.rule.access(self.config, sold),
            minutes: structure.minutes,
        };
        self.check_sold(&lesson, course, entry);
        Some(lesson)
    }

    fn lesson_structure(
        &mut self,
        fields: &mut Fields<'a>,
        entry: &Entry,
        place: Place<'_>,
    ) -> LessonStructure {
        let rule = place.rule.then(&access::read(fields, place.rule, self.config));
        let course = place.course.slug();
        let said = fields.parsed("id", Code::BadValue, |text| lesson_id(text, course));
        let id = match &said {
            Some(id) => id.value.clone(),
            None => LessonId::new(course, place.module, &entry.slug),
        };
        let path = entry.original.clone().unwrap_or_default();
        // Two ids that both follow from file names are two files of one name, which the layout has reported.
        if let Some((first, chosen)) = self.lesson_ids.insert(id.clone(), (path, said.is_some()))
            && (chosen || said.is_some())
        {
            let span = said.map_or(fields.span.clone(), |said| said.span);
            let message = format!("a second lesson `{id}`, expected each id once");
            fields.error(Code::DuplicateId, span, message, &format!("the first is `{first}`"));
        }
        LessonStructure {
            rule,
            id,
            date: fields.parsed("date", Code::BadDate, front_matter::date).map(|date| date.value),
            tags: tags(fields),
            minutes: fields
                .parsed("minutes", Code::BadValue, front_matter::minutes)
                .map(|minutes| minutes.value),
        }
    }

    /// A paid lesson should be for sale.
    fn check_sold(&mut self, lesson: &Lesson, course: &Course, entry: &Entry) {
        let lyceum_contract::Access::Paid(scopes) = &lesson.access else { return };
        let has_price = |scope: &lyceum_contract::Scope| match scope {
            lyceum_contract::Scope::Course(_) => !course.prices.is_empty(),
            lyceum_contract::Scope::Tier(id) => {
                self.config.tiers.iter().any(|tier| tier.id == *id && !tier.prices.is_empty())
            }
        };
        if !scopes.iter().any(has_price) {
            let path = entry.original.as_deref().unwrap_or_default();
            let message = "nobody can buy this lesson: it is paid, and nothing that opens it has a price";
            let error = self.source.error(path, Code::NobodyCanBuy, message).warning();
            let hint = "give the course or a tier a price, or say `access: free`";
            self.diagnostics.push(error.hint(hint));
        }
    }

    /// Reads the original with `structure` and all translations. Nothing when there is no original to read.
    fn texts<T>(
        &mut self,
        entry: &Entry,
        tables: Tables,
        structure: impl FnOnce(&mut Self, &mut Fields<'a>) -> T,
    ) -> Option<(T, BTreeMap<Language, Text>)> {
        let Some(path) = entry.original.as_deref() else {
            self.report_lost(entry);
            return None;
        };
        let source = self.source;
        let text = source.text(path)?;
        let (mut fields, range) = Fields::of_file(text, tables.0);
        let found = structure(self, &mut fields);
        let body = Body { path: path.to_owned(), text: text.clone(), range };
        let original = read_text(&mut fields, body, None);
        fields.finish(self.diagnostics);
        let mut texts = BTreeMap::new();
        for (language, path) in &entry.translations {
            self.translation(language, path, &original, tables.1, &mut texts);
        }
        texts.insert(self.config.default_language().clone(), original);
        Some((found, texts))
    }

    fn translation(
        &mut self,
        language: &Language,
        path: &str,
        original: &Text,
        table: &'static Table,
        texts: &mut BTreeMap<Language, Text>,
    ) {
        if !self.check_language(language, path) {
            return;
        }
        let source = self.source;
        let Some(text) = source.text(path) else { return };
        let (mut fields, range) = Fields::of_file(text, table);
        let body = Body { path: path.to_owned(), text: text.clone(), range };
        let text = read_text(&mut fields, body, Some(original));
        fields.finish(self.diagnostics);
        texts.insert(language.clone(), text);
    }

    fn check_language(&mut self, language: &Language, path: &str) -> bool {
        let languages = &self.config.languages;
        let (message, hint) = if language == self.config.default_language() {
            (
                "a file for the default language with its tag, expected it without",
                format!("remove `.{language}`"),
            )
        } else if languages.contains(language) {
            return true;
        } else {
            let hint = format!("add `{language}` to `languages` in `lyceum.yaml`, or rename the file");
            ("a language that is not in `languages`", hint)
        };
        if self.config.is_certain {
            let message = format!("`{language}`: {message}");
            self.diagnostics.push(self.source.error(path, Code::UnknownLanguage, message).hint(hint));
        }
        false
    }

    fn report_lost(&mut self, entry: &Entry) {
        for (language, path) in &entry.translations {
            let original = path.replace(&format!(".{language}.md"), ".md");
            if matches!(self.source.files.get(&original), Some(Content::Broken)) {
                continue;
            }
            let message = format!("a translation of `{original}`, which does not exist");
            let error = self.source.error(path, Code::LostTranslation, message);
            self.diagnostics
                .push(error.hint("write the text in the default language first, or rename this file"));
        }
    }
}

/// Where a lesson stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    course: &'a Course,
    module: Option<&'a Slug>,
    rule: &'a Rule,
}

struct CourseStructure {
    rule: Rule,
    level: Option<String>,
    tags: Vec<String>,
    instructors: Vec<Slug>,
    prices: Vec<Price>,
}

struct LessonStructure {
    rule: Rule,
    id: LessonId,
    date: Option<lyceum_contract::time::Date>,
    tags: Vec<String>,
    minutes: Option<u32>,
}

/// Reads what is text in any kind of file. Only the name of a person is the same in every language.
fn read_text(fields: &mut Fields<'_>, body: Body, original: Option<&Text>) -> Text {
    let mut value = |name: &str| fields.text(name).map(|found| punctuated(&found.value));
    let title = value("title").or_else(|| value("name"));
    let (summary, role) = (value("summary"), value("role"));
    let outcomes = fields.texts("outcomes").into_iter().map(|outcome| punctuated(&outcome.value)).collect();
    let title = title.or_else(|| original.map(|text| text.title.clone())).unwrap_or_default();
    Text { title, summary, outcomes, role, body }
}

fn tags(fields: &mut Fields<'_>) -> Vec<String> {
    fields.texts("tags").into_iter().map(|tag| tag.value).collect()
}

fn level(text: &str) -> Result<String, Expected> {
    let levels = ["beginner", "intermediate", "advanced"];
    if levels.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(Expected::one_of("`beginner`, `intermediate` or `advanced`", text, &levels))
}

fn instructor(text: &str, known: &BTreeSet<Slug>) -> Result<Slug, Expected> {
    let names: Vec<&str> = known.iter().map(Slug::as_str).collect();
    match slug(text) {
        Ok(slug) if known.contains(&slug) => Ok(slug),
        _ => Err(Expected::one_of("the name of a file in `instructors/`", text, &names)),
    }
}

fn lesson_id(text: &str, course: &Slug) -> Result<LessonId, Expected> {
    let id: LessonId =
        text.parse().map_err(|error| Expected::hint(&error, "copy the address the lesson had before"))?;
    if id.course() == course.as_str() {
        return Ok(id);
    }
    Err(Expected::hint(
        &format!("expected an id that starts with `{course}/`"),
        "an id stays within its course",
    ))
}

/// First segments of addresses that belong to the app or to the generator.
fn is_reserved(slug: &str) -> bool {
    let app = paths::APP_PREFIXES.iter().chain([&paths::EVENTS, &paths::HEALTH]);
    let mut segments = app.map(|path| path.trim_matches('/'));
    segments.any(|segment| segment == slug)
        || matches!(slug, "courses" | "instructors" | "assets" | "pages" | "index")
}
