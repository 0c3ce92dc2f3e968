//! Prerequisites across all courses: whether what is required exists, and whether there is an order to take things in.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::manifest::Requirement;
use lyceum_contract::{LessonId, Slug};

use crate::claims::Place;
use crate::diagnostic::{Code, Diagnostic, nearest, nearest_path};
use crate::graph::Graph;
use crate::markdown::has_quiz;
use crate::model::{Course, Lesson, Module};
use crate::release::{Moment, Status};
use crate::schedule::{Opening, Requires, Schedule, Target};

/// Every course and lesson by all the names that can be required, whether it is published or not.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Status of each course, and of each lesson with the things by which its author may call it.
    courses: BTreeMap<Slug, Status>,
    lessons: BTreeMap<LessonId, Status>,
    by_address: BTreeMap<String, LessonId>,
    by_file: BTreeMap<String, Thing>,
    /// Whether what is not published is shown too, and so can be finished.
    drafts: bool,
}

/// How many times it is looked for what an unknown name was meant to be.
const MAX_HINTS: usize = 20;

/// Something that can be required.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Course(Slug),
    Lesson(LessonId),
}

impl Known {
    /// Learns all names, if anything is required at all. The status of everything must be known.
    pub(crate) fn new(courses: &[Course], drafts: bool) -> Self {
        let mut known = Self { drafts, ..Self::default() };
        if requirements(courses).next().is_none() {
            return known;
        }
        for course in courses {
            known.courses.insert(course.slug().clone(), course.status);
            let thing = Thing::Course(course.slug().clone());
            let files = course.article.texts.values().map(|text| text.body.path.clone());
            known.by_file.extend(files.map(|file| (file, thing.clone())));
            course.lessons().for_each(|lesson| known.add(lesson));
        }
        known
    }

    fn add(&mut self, lesson: &Lesson) {
        let id = lesson.id();
        self.lessons.insert(id.clone(), lesson.status);
        let address = lesson.path.trim_matches('/').trim_start_matches("courses/").to_owned();
        self.by_address.insert(address, id.clone());
        let files = lesson.article.texts.values().map(|text| text.body.path.clone());
        self.by_file.extend(files.map(|file| (file, Thing::Lesson(id.clone()))));
    }

    /// What an entry refers to.
    fn find(&self, requires: &Requires) -> Option<Thing> {
        let found = match &requires.target {
            Target::Course(slug) => self.courses.contains_key(slug).then(|| Thing::Course(slug.clone())),
            Target::Lesson(name) => {
                let id = name.parse().ok().filter(|id| self.lessons.contains_key(id));
                id.or_else(|| self.by_address.get(name).cloned()).map(Thing::Lesson)
            }
            Target::File(path) => self.by_file.get(path).cloned(),
        };
        found.filter(|thing| requires.score.is_none() || matches!(thing, Thing::Lesson(_)))
    }

    fn status(&self, thing: &Thing) -> Status {
        if self.drafts {
            return Status::Published;
        }
        let status = match thing {
            Thing::Course(slug) => self.courses.get(slug),
            Thing::Lesson(id) => self.lessons.get(id),
        };
        status.copied().unwrap_or_default()
    }

    /// An entry that refers to nothing.
    /// `n_before` of them have been found before; what was meant is looked for only a few times.
    fn unknown(&self, n_before: usize, requires: &Requires) -> Diagnostic {
        let lessons = || self.lessons.keys().map(LessonId::as_str);
        let near = match &requires.target {
            _ if n_before >= MAX_HINTS => None,
            Target::File(path) => nearest_path(path, self.by_file.keys().map(String::as_str)),
            Target::Course(slug) => {
                nearest(slug.as_str(), self.courses.keys().map(Slug::as_str).chain(lessons()))
            }
            Target::Lesson(name) => nearest(name, lessons()),
        };
        let expected = if requires.score.is_some() { "a lesson" } else { "a course or lesson" };
        let message = format!("`{}` is required, expected {expected} that exists", requires.written);
        let error = requires.place.error(Code::UnknownPrerequisite, message);
        error.hint(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a course's slug, or a lesson's `course/module/lesson`".to_owned(),
        })
    }
}

/// Who requires what, for the message about a circle.
struct Edge<'a> {
    who: String,
    what: String,
    place: &'a Place,
}

/// Numbers for the graph: each course is begun and finished, each lesson stands between the two.
struct Numbers(BTreeMap<Thing, usize>, usize);

impl Numbers {
    /// The number that stands for having finished it.
    fn finished(&mut self, thing: &Thing) -> usize {
        if let Some(number) = self.0.get(thing) {
            return *number;
        }
        let number = self.take();
        self.0.insert(thing.clone(), number);
        number
    }

    fn take(&mut self) -> usize {
        self.1 += 1;
        self.1 - 1
    }
}

/// Reports what does not exist, and every circle, with all of its places.
pub(crate) fn check(courses: &[Course], known: &Known, diagnostics: &mut Vec<Diagnostic>) {
    if requirements(courses).next().is_none() {
        return;
    }
    let unknown = requirements(courses).filter(|requires| known.find(requires).is_none());
    diagnostics.extend(unknown.enumerate().map(|(n, requires)| known.unknown(n, requires)));
    check_quizzes(courses, known, diagnostics);
    let mut numbers = Numbers(BTreeMap::new(), 0);
    let (mut links, mut edges) = (Vec::new(), Vec::new());
    for course in courses {
        let thing = Thing::Course(course.slug().clone());
        let begun = numbers.take();
        let finished = numbers.finished(&thing);
        add(&mut links, &mut edges, known, &mut numbers, (&thing, begun, &course.schedule));
        for module in &course.modules {
            for lesson in &module.lessons {
                let thing = Thing::Lesson(lesson.id().clone());
                let number = numbers.finished(&thing);
                links.extend([(begun, number, None), (number, finished, None)]);
                for schedule in [&module.schedule, &lesson.schedule] {
                    add(&mut links, &mut edges, known, &mut numbers, (&thing, number, schedule));
                }
            }
        }
    }
    let mut graph = Graph::new(numbers.1);
    for (idx, (first, then, _)) in links.iter().enumerate() {
        graph.add(*first, *then, idx);
    }
    for circle in graph.circles() {
        let said: Vec<&Edge<'_>> =
            circle.iter().filter_map(|idx| links[*idx].2).map(|edge: usize| &edges[edge]).collect();
        diagnostics.extend(describe(&said));
    }
}

/// Reports quizzes that are required of lessons without one.
fn check_quizzes(courses: &[Course], known: &Known, diagnostics: &mut Vec<Diagnostic>) {
    let quiz = |requires: &Requires| match known.find(requires) {
        Some(Thing::Lesson(id)) if requires.score.is_some() => Some(id),
        _ => None,
    };
    let wanted: BTreeSet<LessonId> = requirements(courses).filter_map(quiz).collect();
    let lessons = courses.iter().flat_map(Course::lessons).filter(|lesson| wanted.contains(lesson.id()));
    let lacks = |lesson: &&Lesson| !lesson.article.texts.values().any(|text| has_quiz(&text.body));
    let without: BTreeSet<LessonId> = lessons.filter(lacks).map(|lesson| lesson.id().clone()).collect();
    for requires in requirements(courses) {
        if quiz(requires).is_some_and(|id| without.contains(&id)) {
            let message = format!("a quiz of `{}` is required, and that lesson has none", requires.written);
            let error = requires.place.error(Code::NeverMet, message);
            diagnostics.push(error.hint("write `::: quiz` there, or require the lesson itself"));
        }
    }
}

/// Earlier, later, and the entry that says so; without one it follows from the course.
type Link = (usize, usize, Option<usize>);

fn add<'a>(
    links: &mut Vec<Link>,
    edges: &mut Vec<Edge<'a>>,
    known: &Known,
    numbers: &mut Numbers,
    (who, number, schedule): (&Thing, usize, &'a Schedule),
) {
    for requires in &schedule.requires {
        let Some(what) = known.find(requires) else { continue };
        links.push((numbers.finished(&what), number, Some(edges.len())));
        edges.push(Edge { who: name(who), what: name(&what), place: &requires.place });
    }
}

fn name(thing: &Thing) -> String {
    match thing {
        Thing::Course(slug) => slug.to_string(),
        Thing::Lesson(id) => id.to_string(),
    }
}

/// Of a longer circle, the beginning is enough to see what it is.
const MAX_SHOWN: usize = 8;

fn describe(circle: &[&Edge<'_>]) -> Option<Diagnostic> {
    let first = circle.first()?;
    let shown = &circle[..circle.len().min(MAX_SHOWN)];
    let n_more = circle.len() - shown.len();
    let more = if n_more > 0 { format!(", and so on over {n_more} more") } else { String::new() };
    let steps: Vec<String> =
        shown.iter().map(|edge| format!("`{}` requires `{}`", edge.who, edge.what)).collect();
    let message = format!("{}{more}: a circle, expected an order to take them in", steps.join(", "));
    let places: Vec<String> = shown.iter().map(|edge| edge.place.shown()).collect();
    let hint = format!("remove one of these lines: {}", places.join(", "));
    Some(first.place.error(Code::Circle, message).hint(hint))
}

fn requirements(courses: &[Course]) -> impl Iterator<Item = &Requires> {
    courses.iter().flat_map(schedules).flat_map(|schedule| &schedule.requires)
}

fn schedules(course: &Course) -> impl Iterator<Item = &Schedule> {
    let modules = course.modules.iter().map(|module| &module.schedule);
    let lessons = course.lessons().map(|lesson| &lesson.schedule);
    std::iter::once(&course.schedule).chain(modules).chain(lessons)
}

/// Says of every published lesson when it opens. What is required and not published is a date to wait for, or, when
/// there is none, an error.
pub(crate) fn open(courses: &mut [Course], known: &Known, diagnostics: &mut Vec<Diagnostic>) {
    for course in courses {
        let above = course.schedule.clone();
        course.opening = opening(&[&above], known, diagnostics);
        for module in &mut course.modules {
            let Module { schedule, lessons, .. } = module;
            for lesson in lessons {
                lesson.opening = opening(&[&above, schedule, &lesson.schedule], known, diagnostics);
            }
        }
    }
}

/// `after` and `on` are those of the nearest file that says them; requirements add up.
fn opening(schedules: &[&Schedule], known: &Known, diagnostics: &mut Vec<Diagnostic>) -> Opening {
    let nearest = schedules.iter().rev();
    let mut opening = Opening {
        after: nearest.clone().find_map(|schedule| schedule.after),
        on: nearest.clone().find_map(|schedule| schedule.on),
        requires: Vec::new(),
    };
    for requires in schedules.iter().flat_map(|schedule| &schedule.requires) {
        let Some(thing) = known.find(requires) else { continue };
        match known.status(&thing) {
            Status::Published => {}
            Status::Scheduled(moment) => {
                opening.on = Some(later(opening.on, moment));
                continue;
            }
            Status::Draft => {
                diagnostics.push(never_met(requires));
                continue;
            }
        }
        let requirement = match (thing, requires.score) {
            (Thing::Course(slug), _) => Requirement::Course(slug),
            (Thing::Lesson(id), None) => Requirement::Lesson(id),
            (Thing::Lesson(lesson), Some(score)) => Requirement::Quiz { lesson, score },
        };
        if !opening.requires.contains(&requirement) {
            opening.requires.push(requirement);
        }
    }
    opening
}

fn later(on: Option<Moment>, moment: Moment) -> Moment {
    on.filter(|on| on.instant >= moment.instant).unwrap_or(moment)
}

fn never_met(requires: &Requires) -> Diagnostic {
    let message = format!("`{}` is required and is a draft, so nobody can finish it", requires.written);
    let error = requires.place.error(Code::NeverMet, message);
    error.hint("publish it, give it a `publish_at`, or make what requires it a draft too")
}
