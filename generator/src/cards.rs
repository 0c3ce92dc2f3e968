//! Social cards: pictures that other sites show beside a link, drawn from the theme's `card.svg`.

use std::collections::BTreeMap;

use lyceum_contract::id::hex;
use lyceum_contract::manifest::Language;
use lyceum_media::card::{CARD, HEIGHT, WIDTH, can_write, draw};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use tera::{Context, Value};

use crate::assets::Store;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Article, Course, Lesson};
use crate::publish::Inputs;
use crate::theme::Theme;
use crate::view::{CardImageView, CardView};
use crate::views::{Locale, course_path};

const TEMPLATE: &str = "card.svg";

/// Which pages have a card of their own; the others use that of their course, else that of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SocialCards {
    None,
    Site,
    Courses,
    Lessons,
}

impl SocialCards {
    pub(crate) const WORDS: [&str; 4] = ["none", "site", "courses", "lessons"];

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let kinds = [Self::None, Self::Site, Self::Courses, Self::Lessons];
        let at = Self::WORDS.iter().position(|known| *known == word)?;
        kinds.get(at).copied()
    }
}

/// All cards of a site.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    /// By language and path without its prefix.
    images: BTreeMap<(Language, String), CardImageView>,
    /// PNG files by address.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// A card to be drawn. Everything on it is public: titles, never texts.
struct Job<'a> {
    language: &'a Language,
    path: String,
    view: CardView,
    /// The file to blame for a title that cannot be written.
    file: String,
}

impl Cards {
    /// Draws the cards of the site itself.
    pub(crate) fn of_site(inputs: Inputs<'_>, found: &mut Vec<Diagnostic>) -> Self {
        let academy = inputs.academy;
        let wanted = academy.config.social_cards >= SocialCards::Site;
        let locales = academy.config.languages.iter().map(|language| Locale { academy, language });
        Self::draw(inputs, locales.filter(|_| wanted).map(site).collect(), found)
    }

    /// Draws the cards of a course and of its lessons. `minutes` has one number per lesson in reading order.
    pub(crate) fn of_course(
        inputs: Inputs<'_>,
        course: &Course,
        minutes: &[u32],
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let academy = inputs.academy;
        let wanted = academy.config.social_cards;
        let mut jobs = Vec::new();
        for language in academy.config.languages.iter().filter(|_| wanted >= SocialCards::Courses) {
            let locale = Locale { academy, language };
            jobs.push(of_course(locale, course, minutes));
            let lessons =
                course.lessons().zip(minutes).enumerate().filter(|_| wanted == SocialCards::Lessons);
            jobs.extend(
                lessons.map(|(idx, (lesson, minutes))| of_lesson(locale, course, idx, lesson, *minutes)),
            );
        }
        Self::draw(inputs, jobs, found)
    }

    /// Draws cards on all cores. Cost: some milliseconds each, unless the store has them.
    fn draw(inputs: Inputs<'_>, jobs: Vec<Job<'_>>, found: &mut Vec<Diagnostic>) -> Self {
        for job in jobs.iter().filter(|job| !can_write(&job.view.title)) {
            found.push(unwritable(job));
        }
        let drawn: Vec<_> = jobs.par_iter().map(|job| job.draw(inputs.theme, inputs.store)).collect();
        let mut cards = Self::default();
        for (job, drawn) in jobs.into_iter().zip(drawn) {
            match drawn {
                Ok((url, bytes)) => {
                    let image = CardImageView {
                        url: format!("{}{url}", inputs.academy.config.url),
                        width: WIDTH,
                        height: HEIGHT,
                        alt: job.view.alt(),
                    };
                    cards.images.insert((job.language.clone(), job.path), image);
                    cards.files.insert(url, bytes);
                }
                Err(diagnostic) => {
                    // Every card fails for the same reason; one of them says so.
                    found.push(*diagnostic);
                    break;
                }
            }
        }
        cards
    }

    /// The card of exactly this page, by its path without the prefix of its language.
    pub(crate) fn get(&self, path: &str, language: &Language) -> Option<&CardImageView> {
        self.images.get(&(language.clone(), path.to_owned()))
    }
}

fn unwritable(job: &Job<'_>) -> Diagnostic {
    let message = format!("the fonts of social cards cannot write `{}`", job.view.title);
    let file = crate::diagnostic::TextFile::new(std::path::Path::new(&job.file), "");
    let hint = "the card goes without its title; set `social_cards: none` to have no cards";
    file.error(Code::CardText, 0..0, message).hint(hint).warning()
}

fn site(locale: Locale<'_>) -> Job<'_> {
    let (config, language) = (locale.config(), locale.language);
    let default = config.default_language();
    let title = config.title.get(language, default).to_owned();
    let summary = config.summary.get(language, default).to_owned();
    let view = CardView {
        kind: "site",
        site: title.clone(),
        host: host(locale),
        title,
        summary,
        ..CardView::default()
    };
    Job { language, path: "/".to_owned(), view, file: "lyceum.yaml".to_owned() }
}

fn of_course<'a>(locale: Locale<'a>, course: &'a Course, minutes: &[u32]) -> Job<'a> {
    let mut job = of_article(locale, "course", &course.article, course_path(course));
    job.view.level.clone_from(&course.level);
    job.view.n_lessons = course.lessons().count();
    job.view.minutes = minutes.iter().sum();
    job
}

fn of_lesson<'a>(
    locale: Locale<'a>,
    course: &'a Course,
    idx: usize,
    lesson: &'a Lesson,
    minutes: u32,
) -> Job<'a> {
    let mut job = of_article(locale, "lesson", &lesson.article, lesson.path.clone());
    let (of_course, _) = course.article.text(locale.language, locale.config());
    job.view.course = Some(of_course.title.clone());
    job.view.number = idx + 1;
    job.view.n_lessons = course.lessons().count();
    job.view.minutes = minutes;
    job
}

fn of_article<'a, Id>(
    locale: Locale<'a>,
    kind: &'static str,
    article: &'a Article<Id>,
    path: String,
) -> Job<'a> {
    let (config, language) = (locale.config(), locale.language);
    let (text, _) = article.text(language, config);
    let view = CardView {
        kind,
        title: text.title.clone(),
        summary: article.summary(language, config).map(|(text, _)| text.to_owned()).unwrap_or_default(),
        site: config.title.get(language, config.default_language()).to_owned(),
        host: host(locale),
        ..CardView::default()
    };
    Job { language, path, view, file: text.body.text.file.display().to_string() }
}

fn host(locale: Locale<'_>) -> String {
    let url = &locale.config().url;
    url.split_once("://").map_or(url.as_str(), |(_, host)| host).to_owned()
}

impl Job<'_> {
    /// The address of the card and its PNG.
    fn draw(&self, theme: &Theme, store: &dyn Store) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let mut context = Context::new();
        context.insert("card", &self.view);
        context.insert("language", self.language.as_str());
        context.insert_value("t", Value::from_serializable(&theme.texts(self.language).0));
        let svg = theme.render(TEMPLATE, &context)?;
        let hash = hex(&Sha256::new().chain_update(CARD.to_le_bytes()).chain_update(&svg).finalize());
        let key = format!("card-{hash}.png");
        let name = self.path.replace('/', "-");
        let url = format!("/assets/cards/{}{}.{}.png", self.language, name.trim_end_matches('-'), &hash[..8]);
        if let Some(kept) = store.get(&key) {
            return Ok((url, kept));
        }
        let png = draw(&svg).map_err(|undrawable| {
            let message = format!("the drawing of a social card cannot be read: {}", undrawable.0);
            let missing = crate::diagnostic::TextFile::new(std::path::Path::new(TEMPLATE), "");
            let text = theme.template(TEMPLATE).unwrap_or(&missing);
            Box::new(text.error(Code::BadCard, 0..0, message).hint("it has to be an SVG of 1200 × 630"))
        })?;
        store.put(&key, &png);
        Ok((url, png))
    }
}

impl CardView {
    /// What the picture says, for those who do not see it.
    fn alt(&self) -> String {
        if self.kind == "site" { self.title.clone() } else { format!("{} · {}", self.title, self.site) }
    }
}

#[cfg(test)]
mod tests;
