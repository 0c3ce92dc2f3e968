//! Every text of the site as HTML, rendered on all cores before the first page is made.

use std::collections::BTreeMap;

use lyceum_contract::manifest::Language;
use lyceum_contract::{Access, Slug};
use rayon::prelude::*;

use crate::assets::Audience;
use crate::diagnostic::Diagnostic;
use crate::highlight::Highlighter;
use crate::markdown::{self, Context, Rendered};
use crate::model::{Academy, Article, Body, Course};
use crate::publish::Inputs;
use crate::views::Locale;

/// A text for the pages of one language.
#[derive(Debug, Clone, Copy)]
struct Job<'a> {
    body: &'a Body,
    /// The language that the text is in.
    written: &'a Language,
    /// The language of the page.
    language: &'a Language,
}

impl<'a> Job<'a> {
    fn new<Id>(article: &'a Article<Id>, locale: Locale<'a>) -> Self {
        let (text, written) = article.text(locale.language, locale.config());
        Self { body: &text.body, written, language: locale.language }
    }
}

/// The rendered texts, by the path of the file and the language of the page.
#[derive(Debug, Default)]
pub(crate) struct Bodies<'a>(BTreeMap<(&'a str, &'a Language), Rendered>);

impl<'a> Bodies<'a> {
    /// Renders every text for every language. What is wrong in one is found once, where it is native; after an error
    /// there is nothing to make pages of.
    pub(crate) fn render(inputs: Inputs<'a>, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let (native, foreign): (Vec<Job<'_>>, _) =
            jobs(inputs.academy).into_iter().partition(|job| job.written == job.language);
        let mut bodies = Self::default();
        for (job, (rendered, mut wrong)) in native.iter().zip(render_all(inputs, &native)) {
            found.append(&mut wrong);
            bodies.0.insert((&job.body.path, job.language), rendered);
        }
        if found.iter().any(Diagnostic::is_error) {
            return None;
        }
        for (job, (rendered, _)) in foreign.iter().zip(render_all(inputs, &foreign)) {
            bodies.0.insert((&job.body.path, job.language), rendered);
        }
        Some(bodies)
    }

    /// The text of an article on its page in this language.
    pub(crate) fn get<Id>(&self, article: &'a Article<Id>, locale: Locale<'a>) -> &Rendered {
        let body = &article.text(locale.language, locale.config()).0.body;
        self.0.get(&(body.path.as_str(), locale.language)).expect("every text is rendered for every language")
    }

    /// Who may have which asset.
    pub(crate) fn audience(&self, academy: &'a Academy) -> Audience {
        let mut audience = Audience::default();
        for locale in locales(academy) {
            for article in public(academy) {
                audience.add(&Access::Free, &self.get(article, locale).whole.assets);
            }
            for lesson in academy.courses.iter().flat_map(Course::lessons) {
                let rendered = self.get(&lesson.article, locale);
                let shown = rendered.preview.iter().flat_map(|preview| &preview.assets);
                audience.add(&Access::Free, shown);
                audience.add(&lesson.access, &rendered.whole.assets);
            }
        }
        audience
    }
}

fn locales(academy: &Academy) -> impl Iterator<Item = Locale<'_>> {
    academy.config.languages.iter().map(|language| Locale { academy, language })
}

/// What everybody may read.
fn public(academy: &Academy) -> impl Iterator<Item = &Article<Slug>> {
    let courses = academy.courses.iter().map(|course| &course.article);
    courses.chain(&academy.instructors).chain(&academy.pages)
}

fn jobs(academy: &Academy) -> Vec<Job<'_>> {
    let mut jobs = Vec::new();
    for locale in locales(academy) {
        jobs.extend(public(academy).map(|article| Job::new(article, locale)));
        let lessons = academy.courses.iter().flat_map(Course::lessons);
        jobs.extend(lessons.map(|lesson| Job::new(&lesson.article, locale)));
    }
    jobs
}

/// In the order of the jobs, so that a build on one core and on many is the same.
fn render_all(inputs: Inputs<'_>, jobs: &[Job<'_>]) -> Vec<(Rendered, Vec<Diagnostic>)> {
    let render = |highlighter: &mut Highlighter, job: &Job<'_>| {
        let texts = inputs.theme.texts(job.written);
        let context = Context { links: inputs.links, language: job.language, texts };
        let mut found = Vec::new();
        (markdown::render(job.body, context, highlighter, &mut found), found)
    };
    jobs.par_iter().map_init(Highlighter::default, render).collect()
}
