//! Builds what templates see out of the model.

use lyceum_contract::manifest::{Language, Localized};
use lyceum_contract::{Access, Scope, Slug, display, paths};

use crate::markdown::Part;
use crate::model::{Academy, Article, Config, Course, Lesson, Module, Text, access_word};
use crate::tags::TagUse;
use crate::texts::Texts;
use crate::view::{
    AlternateView, CardImageView, CourseView, DraftView, InstructorView, LessonView, LinkView, ModuleView,
    OfferView, OutlineView, PageView, PaywallView, SiteView,
};
use crate::views_pages::{changes_path, has_changes};

/// A text and the tag of its language, when that is not the page's.
pub(crate) type Foreign = (String, Option<String>);

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

    /// The tag of a text's language, when it has to be said on a page in this one.
    pub(crate) fn foreign(self, language: &Language) -> Option<String> {
        (language != self.language).then(|| language.to_string())
    }

    /// The title of an article with its language.
    pub(crate) fn title<Id>(self, article: &Article<Id>) -> Foreign {
        let (text, language) = article.text(self.language, self.config());
        (text.title.clone(), self.foreign(language))
    }

    /// The summary of an article with its language; empty without one.
    pub(crate) fn summary<Id>(self, article: &Article<Id>) -> Foreign {
        let found = article.summary(self.language, self.config());
        found.map(|(text, language)| (text.to_owned(), self.foreign(language))).unwrap_or_default()
    }

    /// A text of `lyceum.yaml` with its language.
    fn localized(self, text: &Localized) -> Foreign {
        let default = self.config().default_language();
        let is_own = text.0.contains_key(self.language);
        let language = if is_own { self.language } else { default };
        (text.get(self.language, default).to_owned(), self.foreign(language))
    }

    pub(crate) fn link<Id>(self, article: &Article<Id>, path: &str) -> LinkView {
        let (title, language) = self.title(article);
        LinkView { title, language, path: self.path(path) }
    }

    /// The site, but for the theme's assets.
    pub(crate) fn site(self, live_reload: bool) -> SiteView {
        let config = self.config();
        let pages = self.academy.pages.iter().map(|page| self.link(page, &format!("/{}/", page.id)));
        let (summary, summary_language) = self.localized(&config.summary);
        SiteView {
            title: config.title.get(self.language, config.default_language()).to_owned(),
            summary,
            summary_language,
            url: config.url.clone(),
            home: self.path("/"),
            prefix: config.prefix(self.language),
            contact: config.contact.clone(),
            pages: pages.collect(),
            assets: std::collections::BTreeMap::new(),
            feed: self.path("/feed.xml"),
            sections: self.sections(),
            live_reload,
        }
    }

    pub(crate) fn instructor(self, slug: &Slug, body_html: String) -> Option<InstructorView> {
        let config = self.config();
        let person = self.academy.instructors.iter().find(|person| person.id == *slug)?;
        let (text, language) = person.text(self.language, config);
        let role = person.part(self.language, config, |text| text.role.clone());
        let (role, role_language) = role.unzip();
        let courses = self.academy.courses.iter().filter(|course| course.instructors.contains(slug));
        let courses = courses.map(|course| self.link(&course.article, &course_path(course)));
        let (credentials, credentials_language) = self.credentials(person);
        Some(InstructorView {
            name: text.title.clone(),
            role,
            language: self.foreign(language),
            role_language: role_language.and_then(|language| self.foreign(language)),
            path: self.path(&format!("/instructors/{slug}/")),
            body_html,
            courses: courses.collect(),
            credentials,
            credentials_language,
            photo: None,
            links: self.links_elsewhere(person),
            products: self.products_of(slug),
        })
    }

    /// A course. `minutes` has one number per lesson in reading order.
    pub(crate) fn course(
        self,
        course: &'a Course,
        minutes: &[u32],
        instructors: Vec<InstructorView>,
        body_html: String,
    ) -> CourseView {
        let (title, language) = self.title(&course.article);
        let (summary, summary_language) = self.summary(&course.article);
        let outcomes = |text: &'a Text| Some(&text.outcomes).filter(|outcomes| !outcomes.is_empty());
        let (outcomes, outcomes_language) =
            course.article.part(self.language, self.config(), outcomes).unzip();
        CourseView {
            id: course.slug().to_string(),
            title,
            summary,
            language,
            summary_language,
            path: self.path(&course_path(course)),
            level: course.level.clone(),
            tags: self.tags(&course.tags),
            outcomes: outcomes.cloned().unwrap_or_default(),
            outcomes_language: outcomes_language.and_then(|language| self.foreign(language)),
            instructors,
            body_html,
            n_lessons: minutes.len(),
            n_free: course.lessons().filter(|lesson| lesson.access.is_public()).count(),
            minutes: minutes.iter().sum(),
            is_free: course.lessons().all(|lesson| lesson.access.is_public()),
            offers: self.course_offers(course),
            modules: self.modules(course, minutes),
            tag_links: self.tag_links(&course.tags),
            prerequisites: self.prerequisites(&course.opening),
            tracks: self.tracks_of(course),
            changelog: has_changes(course).then(|| self.path(&changes_path(course))),
            disclaimer: None,
            disclaimer_language: None,
            reviews: None,
        }
    }

    fn modules(self, course: &Course, minutes: &[u32]) -> Vec<ModuleView> {
        let mut number = 0;
        let mut modules = Vec::new();
        for module in &course.modules {
            let mut lessons = Vec::new();
            for lesson in &module.lessons {
                lessons.push(self.outline(lesson, number + 1, minutes.get(number).copied().unwrap_or(1)));
                number += 1;
            }
            modules.push(self.module(module, lessons));
        }
        modules
    }

    fn module(self, module: &Module, lessons: Vec<OutlineView>) -> ModuleView {
        let (title, language) = module.title(self.language, self.config()).unzip();
        let (summary, summary_language) = module.summary(self.language, self.config()).unzip();
        ModuleView {
            title,
            summary: summary.map(str::to_owned),
            language: language.and_then(|language| self.foreign(language)),
            summary_language: summary_language.and_then(|language| self.foreign(language)),
            lessons,
        }
    }

    fn outline(self, lesson: &Lesson, number: usize, minutes: u32) -> OutlineView {
        let (title, language) = self.title(&lesson.article);
        let (summary, summary_language) = self.summary(&lesson.article);
        OutlineView {
            id: lesson.id().to_string(),
            title,
            summary,
            language,
            summary_language,
            path: self.path(&lesson.path),
            minutes,
            access: access_word(&lesson.access),
            number,
        }
    }

    /// A lesson with `part` as the text on its page.
    pub(crate) fn lesson(self, course: &Course, lesson: &Lesson, minutes: u32, part: &Part) -> LessonView {
        let (title, language) = self.title(&lesson.article);
        let (summary, summary_language) = self.summary(&lesson.article);
        let lessons: Vec<&Lesson> = course.lessons().collect();
        let idx = lessons.iter().position(|other| other.id() == lesson.id()).unwrap_or(0);
        let link = |lesson: &&Lesson| self.link(&lesson.article, &lesson.path);
        let is_in = |module: &&Module| module.lessons.iter().any(|other| other.id() == lesson.id());
        let module = course.modules.iter().find(is_in);
        let (module, module_language) =
            module.and_then(|module| module.title(self.language, self.config())).unzip();
        LessonView {
            id: lesson.id().to_string(),
            title,
            summary,
            language,
            summary_language,
            path: self.path(&lesson.path),
            module,
            module_language: module_language.and_then(|language| self.foreign(language)),
            minutes,
            number: idx + 1,
            access: access_word(&lesson.access),
            date: lesson.date.map(|date| date.to_string()),
            date_text: lesson.date.map(|date| display::date(date, self.language)),
            tags: self.tags(&lesson.tags),
            body_html: part.html.clone(),
            headings: part.headings.clone(),
            previous: idx.checked_sub(1).and_then(|idx| lessons.get(idx)).map(link),
            next: lessons.get(idx + 1).map(link),
            discuss: self.path(&format!("{}{}/", paths::DISCUSS, lesson.id())),
            tag_links: self.tag_links(&lesson.tags),
            prerequisites: self.prerequisites(&lesson.opening),
            unlock: self.unlock(&lesson.opening),
            related: Vec::new(),
        }
    }

    /// What tags are called in this language.
    fn tags(self, tags: &[TagUse]) -> Vec<String> {
        let name = |used: &TagUse| {
            let tag = self.academy.tag(&used.slug);
            tag.map_or_else(
                || used.written.clone(),
                |tag| tag.name(self.language, self.config()).0.to_owned(),
            )
        };
        tags.iter().map(name).collect()
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
        if opens(&Scope::Course(course.slug().clone())) {
            let name = self.title(&course.article).0;
            offers.extend(course.prices.iter().map(|price| self.offer(price, &name, None, "course")));
        }
        for tier in self.config().tiers.iter().filter(|tier| opens(&Scope::Tier(tier.id.clone()))) {
            let name = self.localized(&tier.name).0;
            let summary = Some(self.localized(&tier.summary)).filter(|(text, _)| !text.is_empty());
            offers.extend(tier.prices.iter().map(|price| self.offer(price, &name, summary.clone(), "tier")));
        }
        offers
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
    /// Its own social card, or that of its course.
    pub(crate) card: Option<CardImageView>,
    /// Why only its author may see it.
    pub(crate) draft: Option<DraftView>,
}

impl<'a> PageInfo<'a> {
    /// The page of an article with its own title and summary.
    pub(crate) fn of_article<Id>(
        kind: &'static str,
        article: &'a Article<Id>,
        path: &'a str,
        locale: Locale<'a>,
    ) -> Self {
        let (language, config) = (locale.language, locale.config());
        let role = || article.part(language, config, |text| text.role.as_deref());
        let description = article.summary(language, config).or_else(role).unzip().0.unwrap_or_default();
        let title = &article.text(language, config).0.title;
        let languages = article.texts.keys().collect();
        Self { kind, title, description, path, languages, json_ld_html: None, card: None, draft: None }
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
            draft: self.draft,
            card: None,
        }
    }
}

/// What a language calls itself, by the theme.
pub(crate) fn language_name(texts: &Texts, language: &Language) -> String {
    let name = texts.get("language_name");
    if name == "language_name" { language.to_string() } else { name.to_owned() }
}
