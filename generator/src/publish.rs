//! Turns the model into files: renders texts, fills templates, seals what is not free.

use std::collections::BTreeSet;

use lyceum_contract::manifest::Language;
use lyceum_contract::paths;
use lyceum_contract::seal::KeyRing;
use tera::{Context as Values, Value};

use crate::assets::Audience;
use crate::bodies::Bodies;
use crate::diagnostic::{Code, Diagnostic};
use crate::json_ld;
use crate::links::Links;
use crate::model::Academy;
use crate::output::Site;
use crate::sitemap::Listed;
use crate::source::Source;
use crate::theme::Theme;
use crate::view::{CourseView, InstructorView, PageView, SiteView};
use crate::views::{Locale, PageInfo, language_name};

/// What stays the same while a site is published.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) source: &'a Source,
    pub(crate) academy: &'a Academy,
    pub(crate) theme: &'a Theme,
    pub(crate) links: &'a Links<'a>,
    pub(crate) keys: &'a KeyRing,
    pub(crate) live_reload: bool,
}

impl Inputs<'_> {
    /// Fills a template.
    pub(crate) fn render(
        self,
        template: &str,
        edition: &Edition<'_>,
        info: PageInfo<'_>,
        values: &[(&'static str, &Value)],
    ) -> Result<String, Box<Diagnostic>> {
        let page = info.view(edition.locale, |language| language_name(self.theme.texts(language), language));
        let mut context = edition.context(&page);
        for (name, value) in values {
            context.insert_value(*name, (*value).clone());
        }
        self.theme.render(template, &context)
    }
}

/// One language with the values that all its pages share.
pub(crate) struct Edition<'a> {
    pub(crate) locale: Locale<'a>,
    pub(crate) site: SiteView,
    site_value: Value,
    texts_value: Value,
}

impl Edition<'_> {
    fn context(&self, page: &PageView) -> Values {
        let mut context = Values::new();
        context.insert_value("site", self.site_value.clone());
        context.insert_value("t", self.texts_value.clone());
        context.insert("page", page);
        context
    }
}

/// Collects the site.
pub(crate) struct Publisher<'a> {
    pub(crate) inputs: Inputs<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) site: Site,
    pub(crate) audience: Audience,
    pub(crate) listed: Vec<Listed>,
    /// Public path of everything that was sealed.
    pub(crate) sealed: BTreeSet<String>,
    pub(crate) n_pages: usize,
}

impl<'a> Publisher<'a> {
    /// `found` is what earlier steps have reported.
    pub(crate) fn new(inputs: Inputs<'a>, found: Vec<Diagnostic>) -> Self {
        Self {
            inputs,
            diagnostics: found,
            site: Site::default(),
            audience: Audience::default(),
            listed: Vec::new(),
            sealed: BTreeSet::new(),
            n_pages: 0,
        }
    }

    /// Renders every text, and every page when no text has an error.
    pub(crate) fn run(&mut self) {
        let academy = self.inputs.academy;
        let Some(bodies) = Bodies::render(self.inputs, &mut self.diagnostics) else { return };
        self.audience = bodies.audience(academy);
        let editions: Vec<Edition<'a>> =
            academy.config.languages.iter().map(|language| self.edition(language)).collect();
        let mut instructors = Vec::new();
        for edition in &editions {
            instructors.push(self.instructors(edition, &bodies));
        }
        let courses = self.courses(&editions, &instructors, &bodies);
        for (edition, courses) in editions.iter().zip(&courses) {
            self.home(edition, courses);
            self.pages(edition, &bodies);
            self.not_found(edition);
        }
        self.list_all();
        self.finish(&editions);
    }

    fn edition(&self, language: &'a Language) -> Edition<'a> {
        let locale = Locale { academy: self.inputs.academy, language };
        let mut site = locale.site(self.inputs.live_reload);
        site.assets.clone_from(&self.inputs.theme.asset_urls);
        let texts_value = Value::from_serializable(&self.inputs.theme.texts(language).0);
        Edition { locale, site_value: Value::from_serializable(&site), site, texts_value }
    }

    /// Fills a template. Nothing when that failed.
    pub(crate) fn render(
        &mut self,
        template: &str,
        edition: &Edition<'a>,
        info: PageInfo<'_>,
        values: &[(&'static str, &Value)],
    ) -> Option<String> {
        let rendered = self.inputs.render(template, edition, info, values);
        self.kept(rendered)
    }

    /// What was made, or the reason reported why it was not.
    pub(crate) fn kept<T>(&mut self, made: Result<T, Box<Diagnostic>>) -> Option<T> {
        made.map_err(|diagnostic| self.diagnostics.push(*diagnostic)).ok()
    }

    /// Adds a page at a path that includes the language's prefix.
    pub(crate) fn add_page(&mut self, path: &str, html: Option<String>) {
        let Some(html) = html else { return };
        self.n_pages += 1;
        self.add(path, html.into_bytes());
    }

    /// Adds a generated file. Two generated files at one path are a mistake of the content.
    pub(crate) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        if !self.site.add(path, bytes) {
            let message = format!("two things at `{path}`, expected one");
            let error = self.inputs.source.error("lyceum.yaml", Code::PathTaken, message);
            self.diagnostics.push(error.hint("rename one of the files that become this address"));
        }
    }

    fn instructors(&mut self, edition: &Edition<'a>, bodies: &Bodies<'a>) -> Vec<InstructorView> {
        let mut views = Vec::new();
        for person in &self.inputs.academy.instructors {
            let body = bodies.get(person, edition.locale);
            let body = body.whole.html.clone();
            let Some(view) = edition.locale.instructor(&person.id, body) else { continue };
            let path = format!("/instructors/{}/", person.id);
            let info = PageInfo::of_article("instructor", person, &path, edition.locale);
            let value = Value::from_serializable(&view);
            let html = self.render("instructor.html", edition, info, &[("instructor", &value)]);
            self.add_page(&view.path, html);
            views.push(view);
        }
        views
    }

    fn home(&mut self, edition: &Edition<'a>, courses: &[CourseView]) {
        let locale = edition.locale;
        let info = PageInfo {
            kind: "home",
            title: &edition.site.title,
            description: &edition.site.summary,
            path: "/",
            languages: locale.config().languages.iter().collect(),
            json_ld_html: Some(json_ld::home(&edition.site, locale.language)),
        };
        let value = Value::from_serializable(&courses);
        let html = self.render("home.html", edition, info, &[("courses", &value)]);
        self.add_page(&edition.site.home, html);
    }

    fn pages(&mut self, edition: &Edition<'a>, bodies: &Bodies<'a>) {
        for page in &self.inputs.academy.pages {
            let body = bodies.get(page, edition.locale);
            let body = Value::safe_string(&body.whole.html);
            let path = format!("/{}/", page.id);
            let mut info = PageInfo::of_article("page", page, &path, edition.locale);
            if info.description.is_empty() {
                info.description = &edition.site.summary;
            }
            let html = self.render("page.html", edition, info, &[("body", &body)]);
            self.add_page(&edition.locale.path(&path), html);
        }
    }

    fn not_found(&mut self, edition: &Edition<'a>) {
        let texts = self.inputs.theme.texts(edition.locale.language);
        let html = self.frame("not_found", texts.get("app_not_found_title"), "/404.html", edition);
        self.add_page(&edition.locale.path("/404.html"), html);
    }

    /// A page that has no address of its own.
    pub(crate) fn frame(
        &mut self,
        kind: &'static str,
        title: &str,
        path: &str,
        edition: &Edition<'a>,
    ) -> Option<String> {
        let info = PageInfo {
            kind,
            title,
            description: "",
            path,
            languages: vec![edition.locale.language],
            json_ld_html: None,
        };
        let mut page = info.view(edition.locale, |_| String::new());
        page.canonical = String::new();
        let rendered = self.inputs.theme.render(&format!("{kind}.html"), &edition.context(&page));
        self.kept(rendered)
    }

    fn list_all(&mut self) {
        let academy = self.inputs.academy;
        let languages = |texts: Vec<&Language>| {
            let known = academy.config.languages.iter();
            known.filter(|language| texts.contains(language)).cloned().collect::<Vec<_>>()
        };
        let all = academy.config.languages.clone();
        let mut listed = vec![Listed { path: "/".to_owned(), languages: all, date: None }];
        for course in &academy.courses {
            let path = crate::views::course_path(course);
            let texts = course.article.texts.keys().collect();
            listed.push(Listed { path, languages: languages(texts), date: None });
            listed.extend(course.lessons().map(|lesson| Listed {
                path: lesson.path.clone(),
                languages: languages(lesson.article.texts.keys().collect()),
                date: lesson.date,
            }));
        }
        for (articles, folder) in [(&academy.instructors, "/instructors/"), (&academy.pages, "/")] {
            listed.extend(articles.iter().map(|article| Listed {
                path: format!("{folder}{}/", article.id),
                languages: languages(article.texts.keys().collect()),
                date: None,
            }));
        }
        self.listed = listed;
    }

    /// Notes and adds a sealed file for a public path.
    pub(crate) fn add_sealed(&mut self, public_path: &str, bytes: Vec<u8>) {
        self.sealed.insert(public_path.to_owned());
        self.add(&paths::sealed_path(public_path), bytes);
    }
}
