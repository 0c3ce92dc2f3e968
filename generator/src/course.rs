//! Reads one course from its own files. What depends on other courses is found later, in `academy::join`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lyceum_contract::time::Date;
use lyceum_contract::{LessonId, Price, Slug};

use crate::access::{self, Rule};
use crate::article::Known;
use crate::claims::{Found, LessonClaim};
use crate::diagnostic::Code;
use crate::digest::Digest;
use crate::front_matter::{self, Expected, Fields, slug};
use crate::layout::{CourseFiles, Entry, ModuleFiles};
use crate::markdown::punctuated;
use crate::model::{Article, Course, Disclaimer, Lesson, Module};
use crate::redirects::{self, Alias};
use crate::release::{Release, Status};
use crate::schedule::{Opening, Schedule};
use crate::tags::{self, TagUse};
use crate::{changes, keys, site};

/// One course as its own files say it, whatever the other courses say.
#[derive(Debug, Clone)]
pub(crate) struct CourseRead {
    /// Nothing when there is no landing page to read.
    pub(crate) course: Option<Course>,
    pub(crate) found: Found,
}

/// Reads one course. The result depends on its files, on the site's own file and on the names of instructors only.
pub(crate) fn read_course(files: &CourseFiles, known: Known<'_>) -> CourseRead {
    let mut reader = Reader { known, found: Found::default() };
    let course = reader.course(files);
    CourseRead { course, found: reader.found }
}

/// Courses that were read before, so that after a change in one of them only that one is read again.
#[derive(Debug, Default)]
pub(crate) struct CourseMemory(Mutex<BTreeMap<String, (Digest, CourseRead)>>);

impl CourseMemory {
    /// Reads a course, or recalls it when nothing that [`read_course`] depends on has changed.
    pub(crate) fn read(&self, files: &CourseFiles, known: Known<'_>) -> CourseRead {
        let (from, to) = (format!("{}/", files.folder), format!("{}0", files.folder));
        let texts: Vec<_> = known.source.digests().range(from..to).collect();
        let key = Digest::of_value(&(known.config, known.instructors, texts, known.source.n_broken()));
        let kept =
            self.lock().get(&files.folder).filter(|(kept, _)| *kept == key).map(|(_, read)| read.clone());
        kept.unwrap_or_else(|| {
            let read = read_course(files, known);
            self.lock().insert(files.folder.clone(), (key, read.clone()));
            read
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (Digest, CourseRead)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reader<'a> {
    known: Known<'a>,
    found: Found,
}

impl<'a> Reader<'a> {
    fn course(&mut self, files: &CourseFiles) -> Option<Course> {
        let source = self.known.source;
        let Some(index) = files.index.as_ref().filter(|index| index.original.is_some()) else {
            let message =
                format!("no `index.md` in `{}`, expected the course's title and summary", files.folder);
            let error = source.error(&format!("{}/index.md", files.folder), Code::MissingIndex, message);
            let hint = "create it with front matter, or move the folder out of `courses/`";
            self.found.diagnostics.push(error.hint(hint));
            return None;
        };
        self.check_mixed(files);
        let known = self.known;
        let tables = (&keys::COURSE, &keys::COURSE_TRANSLATION);
        let path = index.original.as_deref().unwrap_or_default();
        let read = |fields: &mut Fields<'a>, found: &mut Found| course_structure(fields, path, known, found);
        let (structure, texts) = known.read(index, tables, &mut self.found, read)?;
        let mut article = Article { id: files.slug.clone(), texts };
        let (disclaimer, own) = structure.disclaimer.unzip();
        let original = article.texts.get_mut(known.config.default_language());
        let original = original.expect("the reader gives every article a text in the default language");
        original.disclaimer = own.flatten();
        let mut course = Course {
            updated: changes::updated(structure.updated, &original.changes),
            article,
            path: format!("/courses/{}/", files.slug),
            level: structure.level,
            tags: structure.tags,
            release: structure.release,
            status: Status::default(),
            schedule: structure.schedule,
            opening: Opening::default(),
            disclaimer,
            instructors: structure.instructors,
            prices: structure.prices,
            modules: Vec::new(),
        };
        self.found.aliases.extend(redirects::claims(structure.aliases, &course.path));
        course.modules = self.modules(files, &course, &structure.rule);
        if course.lessons().next().is_none() {
            let path = index.original.as_deref().unwrap_or_default();
            let error = source.error(path, Code::EmptyCourse, "a course without lessons").warning();
            self.found.diagnostics.push(error.hint("add `01-first-lesson.md` beside it"));
        }
        Some(course)
    }

    fn check_mixed(&mut self, files: &CourseFiles) {
        let path = files.lessons.first().and_then(|lesson| lesson.original.as_deref());
        if let (Some(path), Some(module)) = (path, files.modules.first()) {
            let message = "a lesson beside modules, expected every lesson of this course in a module";
            let error = self.known.source.error(path, Code::MixedCourse, message);
            let hint = format!("move it into a module such as `{}`", module.slug);
            self.found.diagnostics.push(error.hint(hint));
        }
    }

    fn modules(&mut self, files: &CourseFiles, course: &Course, rule: &Rule) -> Vec<Module> {
        let mut modules = Vec::new();
        if !files.lessons.is_empty() {
            let place = Stand { course, module: None, rule };
            let lessons = files.lessons.iter().filter_map(|entry| self.lesson(entry, place)).collect();
            let schedule = Schedule::default();
            modules.push(Module { slug: None, texts: BTreeMap::new(), schedule, lessons });
        }
        for module in &files.modules {
            modules.push(self.module(module, course, rule));
        }
        modules
    }

    fn module(&mut self, files: &ModuleFiles, course: &Course, above: &Rule) -> Module {
        let tables = (&keys::MODULE, &keys::TRANSLATION);
        let known = self.known;
        let index = files.index.as_ref();
        let path = index.and_then(|index| index.original.as_deref()).unwrap_or_default();
        let read = |fields: &mut Fields<'a>, _: &mut Found| {
            let rule = above.then(&access::read(fields, above, known.config));
            (rule, Schedule::read(fields, path, &known.config.zone))
        };
        let said = index.and_then(|index| known.read(index, tables, &mut self.found, read));
        let ((rule, schedule), texts) =
            said.unwrap_or_else(|| ((above.clone(), Schedule::default()), BTreeMap::new()));
        let place = Stand { course, module: Some(&files.slug), rule: &rule };
        let lessons = files.lessons.iter().filter_map(|entry| self.lesson(entry, place)).collect();
        Module { slug: Some(files.slug.clone()), texts, schedule, lessons }
    }

    fn lesson(&mut self, entry: &Entry, stand: Stand<'_>) -> Option<Lesson> {
        let course = stand.course;
        let known = self.known;
        let tables = (&keys::LESSON, &keys::LESSON_TRANSLATION);
        let read =
            |fields: &mut Fields<'a>, found: &mut Found| lesson_structure(fields, entry, stand, known, found);
        let (structure, texts) = known.read(entry, tables, &mut self.found, read)?;
        let module = stand.module.map(|module| format!("{module}/")).unwrap_or_default();
        let sold = (!course.prices.is_empty()).then(|| course.slug());
        let original = texts.get(known.config.default_language());
        let changes = original.map(|text| text.changes.as_slice()).unwrap_or_default();
        let published = structure.release.publish_at.map(|moment| moment.local.date);
        let lesson = Lesson {
            path: format!("/courses/{}/{module}{}/", course.slug(), entry.slug),
            updated: changes::updated(structure.updated, changes),
            article: Article { id: structure.id, texts },
            date: structure.date.or(published),
            tags: structure.tags,
            release: structure.release,
            status: Status::default(),
            schedule: structure.schedule,
            opening: Opening::default(),
            access: structure.rule.access(known.config, sold),
            minutes: structure.minutes,
        };
        self.found.aliases.extend(redirects::claims(structure.aliases, &lesson.path));
        self.check_sold(&lesson, course, entry);
        Some(lesson)
    }

    /// A paid lesson should be for sale.
    fn check_sold(&mut self, lesson: &Lesson, course: &Course, entry: &Entry) {
        let lyceum_contract::Access::Paid(scopes) = &lesson.access else { return };
        let has_price = |scope: &lyceum_contract::Scope| match scope {
            lyceum_contract::Scope::Course(_) => !course.prices.is_empty(),
            lyceum_contract::Scope::Tier(id) => {
                self.known.config.tiers.iter().any(|tier| tier.id == *id && !tier.prices.is_empty())
            }
            lyceum_contract::Scope::Product(_) => false,
        };
        if !scopes.iter().any(has_price) {
            let path = entry.original.as_deref().unwrap_or_default();
            let message = "nobody can buy this lesson: it is paid, and nothing that opens it has a price";
            let error = self.known.source.error(path, Code::NobodyCanBuy, message).warning();
            let hint = "give the course or a tier a price, or say `access: free`";
            self.found.diagnostics.push(error.hint(hint));
        }
    }
}

/// Where a lesson stands.
#[derive(Clone, Copy)]
struct Stand<'a> {
    course: &'a Course,
    module: Option<&'a Slug>,
    rule: &'a Rule,
}

struct CourseStructure {
    rule: Rule,
    level: Option<String>,
    tags: Vec<TagUse>,
    instructors: Vec<Slug>,
    prices: Vec<Price>,
    release: Release,
    schedule: Schedule,
    updated: Option<Date>,
    aliases: Vec<Alias>,
    /// With the author's own text, if it is one.
    disclaimer: Option<(Disclaimer, Option<String>)>,
}

struct LessonStructure {
    rule: Rule,
    id: LessonId,
    date: Option<Date>,
    tags: Vec<TagUse>,
    minutes: Option<u32>,
    release: Release,
    schedule: Schedule,
    updated: Option<Date>,
    aliases: Vec<Alias>,
}

fn course_structure(
    fields: &mut Fields<'_>,
    path: &str,
    known: Known<'_>,
    found: &mut Found,
) -> CourseStructure {
    let rule = access::read(fields, &Rule::default(), known.config);
    let level = fields.parsed("level", Code::UnknownLevel, level).map(|level| level.value);
    let mut instructors = Vec::new();
    for name in fields.texts("instructors") {
        let read = |text: &str| instructor(text, known.instructors);
        instructors
            .extend(fields.read(name, Code::UnknownInstructor, "instructors", read).map(|slug| slug.value));
    }
    let mut prices = Vec::new();
    for price in fields.maps("prices", &keys::COURSE_PRICE) {
        prices.extend(site::course_price(price, found));
    }
    CourseStructure {
        rule,
        level,
        tags: tags::read(fields),
        instructors,
        prices,
        release: Release::read(fields, &known.config.zone),
        schedule: Schedule::read(fields, path, &known.config.zone),
        updated: date(fields, "updated"),
        aliases: redirects::read(fields, path, &known.config.languages),
        disclaimer: fields.parsed("disclaimer", Code::BadValue, disclaimer).map(|found| found.value),
    }
}

fn lesson_structure(
    fields: &mut Fields<'_>,
    entry: &Entry,
    stand: Stand<'_>,
    known: Known<'_>,
    found: &mut Found,
) -> LessonStructure {
    let rule = stand.rule.then(&access::read(fields, stand.rule, known.config));
    let course = stand.course.slug();
    let said = fields.parsed("id", Code::BadValue, |text| lesson_id(text, course));
    let id = match &said {
        Some(id) => id.value.clone(),
        None => LessonId::new(course, stand.module, &entry.slug),
    };
    let is_chosen = said.is_some();
    let place = fields.located(said.map_or(fields.span.clone(), |said| said.span));
    let path = entry.original.as_deref().unwrap_or_default();
    found.lessons.push(LessonClaim { id: id.clone(), path: path.to_owned(), place, is_chosen });
    fields.parsed("stale_after", Code::BadDuration, front_matter::days);
    LessonStructure {
        rule,
        id,
        date: date(fields, "date"),
        tags: tags::read(fields),
        release: Release::read(fields, &known.config.zone),
        schedule: Schedule::read(fields, path, &known.config.zone),
        updated: date(fields, "updated"),
        aliases: redirects::read(fields, path, &known.config.languages),
        minutes: fields.parsed("minutes", Code::BadValue, front_matter::minutes).map(|minutes| minutes.value),
    }
}

fn date(fields: &mut Fields<'_>, name: &str) -> Option<Date> {
    fields.parsed(name, Code::BadDate, front_matter::date).map(|date| date.value)
}

/// One of the words, or several words of the author's own: a single one would more likely be a slip.
fn disclaimer(text: &str) -> Result<(Disclaimer, Option<String>), Expected> {
    let fields = ["medicine", "law", "finance"];
    if let Some(field) = fields.into_iter().find(|field| *field == text) {
        return Ok((Disclaimer::Known(field), None));
    }
    if text.contains(char::is_whitespace) || !text.is_ascii() {
        return Ok((Disclaimer::Own, Some(punctuated(text))));
    }
    Err(Expected::one_of("`medicine`, `law`, `finance` or a sentence", text, &fields))
}

pub(crate) fn level(text: &str) -> Result<String, Expected> {
    let levels = ["beginner", "intermediate", "advanced"];
    if levels.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(Expected::one_of("`beginner`, `intermediate` or `advanced`", text, &levels))
}

pub(crate) fn instructor(text: &str, known: &BTreeSet<Slug>) -> Result<Slug, Expected> {
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
