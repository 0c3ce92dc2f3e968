//! Texts as HTML, rendered on all cores before the pages that show them are made.

use std::collections::BTreeMap;

use lyceum_contract::manifest::Language;
use rayon::prelude::*;

use crate::diagnostic::Diagnostic;
use crate::highlight::Highlighter;
use crate::markdown::{self, Context, Rendered};
use crate::model::{Article, Body, Translations};
use crate::observer::{Step, during};
use crate::places::Places;
use crate::publish::Inputs;
use crate::views::Locale;

/// The texts of an article, of whatever kind it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a>(&'a Translations);

impl<'a, Id> From<&'a Article<Id>> for Texts<'a> {
    fn from(article: &'a Article<Id>) -> Self {
        Self(&article.texts)
    }
}

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
    fn new(texts: Texts<'a>, locale: Locale<'a>) -> Option<Self> {
        let default = locale.config().default_language();
        let found = texts.0.get_key_value(locale.language).or_else(|| texts.0.get_key_value(default));
        let (written, text) = found?;
        Some(Self { body: &text.body, written, language: locale.language })
    }
}

/// The rendered texts, by the path of the file and the language of the page.
#[derive(Debug, Default)]
pub(crate) struct Bodies<'a>(BTreeMap<(&'a str, &'a Language), Rendered>);

impl<'a> Bodies<'a> {
    /// Renders texts for every language. What is wrong in one is found once, where it is native; after an error there
    /// is nothing to make pages of.
    pub(crate) fn render(
        inputs: Inputs<'a>,
        articles: &[Texts<'a>],
        found: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let academy = inputs.academy;
        let locales = academy.config.languages.iter().map(|language| Locale { academy, language });
        let jobs =
            locales.flat_map(|locale| articles.iter().filter_map(move |texts| Job::new(*texts, locale)));
        let (native, foreign): (Vec<Job<'_>>, _) = jobs.partition(|job| job.written == job.language);
        let mut bodies = Self::default();
        let mut is_clean = true;
        for (job, (rendered, mut wrong)) in native.iter().zip(render_all(inputs, &native)) {
            is_clean &= !wrong.iter().any(Diagnostic::is_error);
            found.append(&mut wrong);
            bodies.0.insert((&job.body.path, job.language), rendered);
        }
        if !is_clean {
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

    /// The places of each text and its links to places of other texts, by path of the file.
    pub(crate) fn places(&self) -> Places {
        let mut places = Places::default();
        for ((path, _), rendered) in &self.0 {
            if !places.anchors.contains_key(*path) {
                places.anchors.insert((*path).to_owned(), rendered.anchors.clone());
                places.links.insert((*path).to_owned(), rendered.page_links.clone());
            }
        }
        places.links.retain(|_, links| !links.is_empty());
        places
    }
}

/// In the order of the jobs, so that a build on one core and on many is the same.
fn render_all(inputs: Inputs<'_>, jobs: &[Job<'_>]) -> Vec<(Rendered, Vec<Diagnostic>)> {
    let render = |highlighter: &mut Highlighter, job: &Job<'_>| {
        let texts = inputs.theme.texts(job.written);
        let context = Context { links: inputs.links, language: job.language, texts, written: job.written };
        let mut found = Vec::new();
        let rendered = during(inputs.observer, Step::Texts, || {
            markdown::render(job.body, context, highlighter, &mut found)
        });
        (rendered, found)
    };
    let highlighter = || Highlighter::new(inputs.academy.config.highlight);
    jobs.par_iter().map_init(highlighter, render).collect()
}
