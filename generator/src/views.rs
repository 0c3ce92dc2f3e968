//! Builds what templates see out of the model.

use lyceum_contract::manifest::Language;
use lyceum_contract::{Access, Price, Scope, Slug, Term, display, paths};

use crate::markdown::Part;
use crate::model::{Academy, Config, Course, Lesson, Text, access_word};
use crate::texts::Texts;
use crate::view::{
    AlternateView, CourseView, InstructorView, LessonView, LinkView, ModuleView, OfferView, OutlineView,
    PageView, PaywallView, SiteView,
};

/// A language and what depends on it alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locale<'a> {
    pub(crate) academy: &'a Academy,
    pub(crate) language: &'a Language,
}

impl<'a> Locale<'a> {
    pub(crate) fn config(self) -> &'a Config {
        &self.academy.config
    }

    /// Address in this language of a path without prefix.
    pub(crate) fn path(self, path: &str) -> String {
        format!("{}{path}", self.config().prefix(self.language))
    }

    /// The site, but for the theme's assets.
    pub(crate) fn site(self, live_reload: bool) -> SiteView {
        let config = self.config();
        let pages = self.academy.pages.iter().map(|page| LinkView {
            title: page.text(self.language, config).0.title.clone(),
            path: self.path(&format!("/{}/", page.id)),
        });
        SiteView {
            title: config.title.get(self.language, config.default_language()).to_owned(),
            summary: config.summary.get(self.language, config.default_language()).to_owned(),
            url: config.url.clone(),
            home: self.path("/"),
            prefix: config.prefix(self.language),
            contact: config.contact.clone(),
            pages: pages.collect(),
            assets: std::collections::BTreeMap::new(),
            feed: self.path("/feed.xml"),
            live_reload,
        }
    }

    pub(crate) fn instructor(self, slug: &Slug, body_html: String) -> Option<InstructorView> {
        let config = self.config();
        let person = self.academy.instructors.iter().find(|person| person.id == *slug)?;
        let text = person.text(self.language, config).0;
        let courses = self.academy.courses.iter().filter(|course| course.instructors.contains(slug));
        let courses = courses.map(|course| LinkView {
            title: course.article.text(self.language, config).0.title.clone(),
            path: self.path(&course_path(course)),
        });
        Some(InstructorView {
            name: text.title.clone(),
            role: text.role.clone(),
            path: self.path(&format!("/instructors/{slug}/")),
            body_html,
            courses: courses.collect(),
        })
    }

    /// A course. `minutes` has one number per lesson in reading order.
    pub(crate) fn course(
        self,
        course: &Course,
        minutes: &[u32],
        instructors: Vec<InstructorView>,
        body_html: String,
    ) -> CourseView {
        let text = course.article.text(self.language, self.config()).0;
        CourseView {
            id: course.slug().to_string(),
            title: text.title.clone(),
            summary: text.summary.clone().unwrap_or_default(),
            path: self.path(&course_path(course)),
            level: course.level.clone(),
            tags: course.tags.clone(),
            outcomes: text.outcomes.clone(),
            instructors,
            body_html,
            n_lessons: minutes.len(),
            minutes: minutes.iter().sum(),
            is_free: course.lessons().all(|lesson| lesson.access.is_public()),
            offers: self.course_offers(course),
            modules: self.modules(course, minutes),
        }
    }

    fn modules(self, course: &Course, minutes: &[u32]) -> Vec<ModuleView> {
        let mut number = 0;
        let mut modules = Vec::new();
        for module in &course.modules {
            let (title, summary) = module.title(self.language, self.config()).unzip();
            let mut lessons = Vec::new();
            for lesson in &module.lessons {
                lessons.push(self.outline(lesson, number + 1, minutes.get(number).copied().unwrap_or(1)));
                number += 1;
            }
            modules.push(ModuleView { title, summary: summary.flatten(), lessons });
        }
        modules
    }

    fn outline(self, lesson: &Lesson, number: usize, minutes: u32) -> OutlineView {
        let text = lesson.article.text(self.language, self.config()).0;
        OutlineView {
            id: lesson.id().to_string(),
            title: text.title.clone(),
            summary: text.summary.clone().unwrap_or_default(),
            path: self.path(&lesson.path),
            minutes,
            access: access_word(&lesson.access),
            number,
        }
    }

    /// A lesson with `part` as the text on its page.
    pub(crate) fn lesson(self, course: &Course, lesson: &Lesson, minutes: u32, part: &Part) -> LessonView {
        let config = self.config();
        let text = lesson.article.text(self.language, config).0;
        let lessons: Vec<&Lesson> = course.lessons().collect();
        let idx = lessons.iter().position(|other| other.id() == lesson.id()).unwrap_or(0);
        let link = |lesson: &&Lesson| LinkView {
            title: lesson.article.text(self.language, config).0.title.clone(),
            path: self.path(&lesson.path),
        };
        let module =
            course.modules.iter().find(|module| module.lessons.iter().any(|l| l.id() == lesson.id()));
        LessonView {
            id: lesson.id().to_string(),
            title: text.title.clone(),
            summary: text.summary.clone().unwrap_or_default(),
            path: self.path(&lesson.path),
            module: module.and_then(|module| module.title(self.language, config)).map(|(title, _)| title),
            minutes,
            number: idx + 1,
            access: access_word(&lesson.access),
            date: lesson.date.map(|date| date.to_string()),
            date_text: lesson.date.map(|date| display::date(date, self.language)),
            tags: lesson.tags.clone(),
            body_html: part.html.clone(),
            headings: part.headings.clone(),
            previous: idx.checked_sub(1).and_then(|idx| lessons.get(idx)).map(link),
            next: lessons.get(idx + 1).map(link),
            discuss: self.path(&format!("{}{}/", paths::DISCUSS, lesson.id())),
        }
    }

    /// The card at the end of a preview.
    pub(crate) fn paywall(
        self,
        course: &Course,
        lesson: &Lesson,
        has_preview: bool,
        still_to_come: Vec<String>,
        minutes_left: u32,
    ) -> PaywallView {
        let offers = match &lesson.access {
            Access::Paid(scopes) => self.offers(course, |scope| scopes.contains(scope)),
            Access::Free | Access::Members => Vec::new(),
        };
        PaywallView {
            kind: access_word(&lesson.access),
            has_preview,
            still_to_come,
            minutes_left,
            offers,
            sign_in: format!("{}?return_to={}", self.path(paths::SIGN_IN), self.path(&lesson.path)),
        }
    }

    fn course_offers(self, course: &Course) -> Vec<OfferView> {
        let opens = |scope: &Scope| {
            course
                .lessons()
                .any(|lesson| matches!(&lesson.access, Access::Paid(scopes) if scopes.contains(scope)))
        };
        self.offers(course, opens)
    }

    /// The prices of everything that `opens` accepts: the course first, then tiers in the order of the site.
    fn offers(self, course: &Course, opens: impl Fn(&Scope) -> bool) -> Vec<OfferView> {
        let mut offers = Vec::new();
        let default = self.config().default_language();
        if opens(&Scope::Course(course.slug().clone())) {
            let name = &course.article.text(self.language, self.config()).0.title;
            offers.extend(course.prices.iter().map(|price| self.offer(price, name, None, "course")));
        }
        for tier in self.config().tiers.iter().filter(|tier| opens(&Scope::Tier(tier.id.clone()))) {
            let name = tier.name.get(self.language, default);
            let summary = Some(tier.summary.get(self.language, default)).filter(|text| !text.is_empty());
            offers.extend(tier.prices.iter().map(|price| self.offer(price, name, summary, "tier")));
        }
        offers
    }

    fn offer(self, price: &Price, name: &str, summary: Option<&str>, kind: &'static str) -> OfferView {
        use lyceum_contract::money::Interval;
        let (term, days) = match price.term {
            Term::Once => ("once", None),
            Term::Every(Interval::Month) => ("month", None),
            Term::Every(Interval::Year) => ("year", None),
            Term::For(days) => ("days", Some(days.0)),
        };
        OfferView {
            id: price.id.to_string(),
            name: name.to_owned(),
            summary: summary.map(str::to_owned),
            kind,
            amount: display::amount(price.amount, self.language),
            term,
            days,
            trial_days: price.trial.map(|days| days.0),
            checkout: format!("{}?price={}", self.path(paths::CHECKOUT), price.id),
        }
    }
}

/// Address of a landing page without the language's prefix.
pub(crate) fn course_path(course: &Course) -> String {
    format!("/courses/{}/", course.slug())
}

/// What a page says about itself, before it is known in which languages it exists.
#[derive(Debug)]
pub(crate) struct PageInfo<'a> {
    pub(crate) kind: &'static str,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    /// Address without the language's prefix.
    pub(crate) path: &'a str,
    /// The languages that have a text of their own.
    pub(crate) languages: Vec<&'a Language>,
    pub(crate) json_ld_html: Option<String>,
}

impl<'a> PageInfo<'a> {
    /// The page of an article with its own title and summary.
    pub(crate) fn of_text(
        kind: &'static str,
        text: &'a Text,
        path: &'a str,
        languages: Vec<&'a Language>,
    ) -> Self {
        let description = text.summary.as_deref().or(text.role.as_deref()).unwrap_or_default();
        Self { kind, title: &text.title, description, path, languages, json_ld_html: None }
    }

    /// The same as templates see it. A page without its own text in the language belongs to the default language.
    pub(crate) fn view(self, locale: Locale<'_>, names: impl Fn(&Language) -> String) -> PageView {
        let config = locale.config();
        let default = config.default_language();
        let is_fallback = !self.languages.contains(&locale.language);
        let address = |language: &Language| format!("{}{}", config.prefix(language), self.path);
        let alternate = |language: &&Language| AlternateView {
            language: language.to_string(),
            name: names(language),
            path: address(language),
            canonical: format!("{}{}", config.url, address(language)),
            current: *language == locale.language,
        };
        // The site's order, not that of the tags.
        let existing = config.languages.iter().filter(|language| self.languages.contains(language));
        let alternates: Vec<AlternateView> = existing.map(|language| alternate(&language)).collect();
        let is_listed = alternates.len() > 1 || is_fallback;
        PageView {
            kind: self.kind,
            language: locale.language.to_string(),
            title: self.title.to_owned(),
            description: self.description.to_owned(),
            path: address(locale.language),
            canonical: format!(
                "{}{}",
                config.url,
                address(if is_fallback { default } else { locale.language })
            ),
            alternates: if is_listed { alternates } else { Vec::new() },
            json_ld_html: self.json_ld_html,
            fallback_language: is_fallback.then(|| default.to_string()),
        }
    }
}

/// What a language calls itself, by the theme.
pub(crate) fn language_name(texts: &Texts, language: &Language) -> String {
    let name = texts.get("language_name");
    if name == "language_name" { language.to_string() } else { name.to_owned() }
}
