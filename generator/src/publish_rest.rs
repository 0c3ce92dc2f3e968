//! The portion of the site around the courses: home page, people, free-standing pages, assets, static files, feeds,
//! manifests, shells and headers.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::headers::SECURITY_HEADERS;
use lyceum_contract::manifest::{Language, Shell};
use lyceum_contract::{Access, paths};
use tera::Value;

use crate::assets::Audience;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::output::{Entries, file_path};
use crate::portion::{Desk, Lists, Portion};
use crate::publish::{Courses, Edition, Inputs, Shared};
use crate::sitemap::Listed;
use crate::source::Content;
use crate::view::CourseView;
use crate::views::PageInfo;
use crate::views_pages::{changes_path, has_changes};
use crate::{feed, html, json_ld, llms, manifest, publish_pages, publish_products, seal, sitemap};

/// Makes the site around the courses. `taken` are the files of the courses; `known` is the site of last time, from whatever
/// else every page depends on.
pub(crate) fn portion(
    inputs: Inputs<'_>,
    shared: &Shared<'_>,
    (courses, taken): (&Courses, &Entries),
    (of_site, known): (Digest, Option<&Portion>),
) -> Result<Portion, Vec<Diagnostic>> {
    let mut desk = Desk::new(inputs, Digest::default());
    let key = publish_pages::key(inputs, of_site, courses);
    let known = known.map(|known| &known.lists).filter(|lists| lists.key == key);
    let known = known.filter(|lists| desk.recall(lists)).cloned();
    let is_known = known.is_some();
    desk.portion.lists = known.unwrap_or(Lists { key, ..Lists::default() });
    for (idx, edition) in shared.editions.iter().enumerate() {
        let rows = publish_pages::rows(inputs, shared, idx, courses);
        desk.instructors(shared, idx);
        desk.home(edition, &rows);
        desk.lists(shared, idx, courses, &rows, is_known);
        desk.pages(edition, shared);
        desk.products(edition, shared);
        desk.not_found(edition);
        let feed = feed::render(edition.locale, &edition.site);
        desk.add(&edition.site.feed, feed.into_bytes());
    }
    for (path, bytes) in &inputs.theme.assets {
        desk.add(path, bytes.clone());
    }
    for (path, bytes) in &shared.cards.files {
        desk.add(path, bytes.clone());
    }
    desk.assets(shared, courses);
    desk.redirects(&shared.editions, taken);
    for (path, map) in sitemap::render(&inputs.academy.config, &listed(inputs), sitemap::Caps::default()) {
        desk.add(&path, map.into_bytes());
    }
    desk.add("/_headers", headers().into_bytes());
    let search_rules = desk.search(shared, courses);
    desk.manifest(&shared.editions, courses, search_rules);
    desk.statics(taken);
    desk.finish()
}

impl<'a> Desk<'a> {
    fn instructors(&mut self, shared: &Shared<'a>, idx: usize) {
        let edition = &shared.editions[idx];
        for view in &shared.instructors[idx] {
            let slug = view.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let academy = self.inputs.academy;
            let Some(person) = academy.instructors.iter().find(|person| person.id.as_str() == slug) else {
                continue;
            };
            let path = format!("/instructors/{slug}/");
            let mut info = PageInfo::of_article("instructor", person, &path, edition.locale);
            let about = json_ld::About::article(edition.locale, person, &path, info.description);
            let list = self.inputs.theme.texts(edition.locale.language).get("instructors_title");
            info.json_ld_html = Some(json_ld::instructor(&edition.site, view, &about, list));
            let value = Value::from_serializable(view);
            let html = self.render("instructor.html", edition, info, &[("instructor", &value)]);
            self.add_page(&view.path, html);
        }
    }

    fn home(&mut self, edition: &Edition<'a>, rows: &[CourseView]) {
        let locale = edition.locale;
        let info = PageInfo {
            kind: "home",
            title: &edition.site.title,
            description: &edition.site.summary,
            path: "/",
            languages: locale.config().languages.iter().collect(),
            json_ld_html: Some(json_ld::home(&edition.site, locale.language)),
            card: None,
            draft: None,
        };
        let value = Value::from_serializable(&rows);
        let html = self.render("home.html", edition, info, &[("courses", &value)]);
        self.add_page(&edition.site.home, html);
    }

    fn pages(&mut self, edition: &Edition<'a>, shared: &Shared<'a>) {
        for page in &self.inputs.academy.pages {
            let body = Value::safe_string(&shared.bodies.get(page, edition.locale).whole.html);
            let path = format!("/{}/", page.id);
            let mut info = PageInfo::of_article("page", page, &path, edition.locale);
            if info.description.is_empty() {
                info.description = &edition.site.summary;
            }
            let about = json_ld::About::article(edition.locale, page, &path, info.description);
            info.json_ld_html = Some(json_ld::page(&edition.site, &about));
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
        let languages = vec![edition.locale.language];
        let info = PageInfo {
            kind,
            title,
            description: "",
            path,
            languages,
            json_ld_html: None,
            card: None,
            draft: None,
        };
        let mut page = info.view(edition.locale, |_| String::new());
        page.canonical = String::new();
        let rendered = self.inputs.theme.render(&format!("{kind}.html"), &edition.context(&page));
        self.kept(rendered)
    }

    /// Each asset goes out in the form that the widest of its readers needs.
    fn assets(&mut self, shared: &Shared<'a>, courses: &Courses) {
        let audience = self.audience(shared, courses);
        let source = self.inputs.source;
        let assets = self.inputs.links.assets;
        for (path, access) in audience.iter() {
            let all: Vec<_> = assets.files(path).collect();
            // Two equal files of equal name share an address; the bytes are the same, whoever comes first.
            let is_there = |url: &str| {
                self.portion.files.contains_key(&file_path(url)) || self.portion.sealed.contains(url)
            };
            for file in all.into_iter().filter(|file| !is_there(&file.url)).collect::<Vec<_>>() {
                let bytes = file.bytes();
                if access.is_public() {
                    self.add(&file.url, bytes.into_owned());
                } else {
                    let key = self.inputs.keys.sealing();
                    let sealed = seal::asset(key, &file.url, access, file.media_type, &bytes);
                    self.add_sealed(&file.url, sealed);
                }
            }
        }
        let hidden = &self.inputs.academy.hidden;
        for path in assets
            .paths()
            .filter(|path| assets.url(path).is_some() && !audience.has(path) && !hidden.mentions(path))
        {
            let warning =
                source.error(path, Code::UnusedAsset, format!("no text refers to `{path}`")).warning();
            let hint = "it is not published; refer to it, remove it, or move it to `static/`";
            self.found.push(warning.hint(hint));
        }
    }

    /// Who may have which asset, over all texts of the site.
    fn audience(&self, shared: &Shared<'a>, courses: &Courses) -> Audience {
        let academy = self.inputs.academy;
        let mut audience = Audience::default();
        audience.add(&Access::Free, academy.photos.values());
        for edition in &shared.editions {
            for article in academy.around() {
                let rendered = shared.bodies.get(article, edition.locale);
                audience.add(&Access::Free, &rendered.whole.assets);
                audience.add_included(&rendered.includes);
            }
        }
        publish_products::note_assets(academy, shared, &mut audience);
        for portion in courses.values() {
            audience.merge(&portion.audience);
        }
        audience
    }

    fn statics(&mut self, taken: &Entries) {
        let source = self.inputs.source;
        for (path, content) in &source.files {
            let (Some(target), Content::Bytes(bytes)) = (path.strip_prefix("static"), content) else {
                continue;
            };
            let file = file_path(target);
            if !target.split('/').skip(1).all(paths::is_plain_segment) {
                let message =
                    format!("the name `{path}`, expected `A-Z`, `a-z`, `0-9`, `.`, `_`, `~` and `-`");
                let error = source.error(path, Code::BadFileName, message);
                self.found.push(error.hint("rename it; names do not start with `_` or `.`"));
            } else if is_taken_by_app(target, &self.inputs.academy.config.languages)
                || taken.contains_key(&file)
                || self.portion.files.contains_key(&file)
            {
                let message = format!("`{target}` is an address of the site itself, expected another name");
                self.found.push(source.error(path, Code::PathTaken, message).hint("rename the file"));
            } else {
                self.add(target, bytes.clone());
            }
        }
        // An owner's own `static/robots.txt` wins, and so does `static/llms.txt`.
        let academy = self.inputs.academy;
        if !self.portion.files.contains_key("robots.txt") {
            self.add("/robots.txt", sitemap::robots(&academy.config).into_bytes());
        }
        if !self.portion.files.contains_key("llms.txt") {
            self.add("/llms.txt", llms::render(academy).into_bytes());
        }
    }

    fn manifest(
        &mut self,
        editions: &[Edition<'a>],
        courses: &Courses,
        search_rules: BTreeMap<String, String>,
    ) {
        let mut shells = BTreeMap::new();
        for edition in editions {
            shells.extend(self.shell(edition));
        }
        let texts = editions.iter().map(|edition| {
            let texts = self.inputs.theme.texts(edition.locale.language).0.iter();
            let of_app = texts.filter(|(key, _)| key.starts_with("app_"));
            (edition.locale.language.clone(), of_app.map(|(key, text)| (key.clone(), text.clone())).collect())
        });
        let of_courses = courses.values().flat_map(|portion| &portion.sealed);
        let sealed: BTreeSet<&String> = of_courses.chain(&self.portion.sealed).collect();
        let parts = manifest::Parts {
            key_id: self.inputs.keys.sealing().id().to_owned(),
            shells,
            texts: texts.collect(),
            search_rules,
            worker_first: manifest::worker_first(&self.inputs.academy.config, &sealed),
        };
        let manifest = manifest::site(self.inputs.academy, parts);
        let json = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain data");
        self.add(paths::MANIFEST, json);
        let catalogue = manifest::catalogue(self.inputs.academy);
        let json = serde_json::to_vec(&catalogue).expect("a catalogue is plain data");
        self.add(paths::CATALOGUE, json);
    }

    fn shell(&mut self, edition: &Edition<'a>) -> Option<(Language, Shell)> {
        let language = edition.locale.language;
        let path = format!("{}/shell/{language}.html", paths::LYCEUM);
        let rendered = self.frame("shell", "", "", edition)?;
        let template = self.inputs.theme.template("shell.html")?;
        match manifest::shell(&rendered, path.clone(), template) {
            Ok((html, shell)) => {
                self.add(&path, html.into_bytes());
                Some((language.clone(), shell))
            }
            Err(found) => {
                self.found.extend(found);
                None
            }
        }
    }
}

/// Every page of its own, for the sitemap.
fn listed(inputs: Inputs<'_>) -> Vec<Listed> {
    let academy = inputs.academy;
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
    listed.extend(academy.products.iter().map(|product| Listed {
        path: product.path(),
        languages: languages(product.article.texts.keys().collect()),
        date: None,
    }));
    for (path, own) in academy.lists() {
        let languages = own.map_or_else(|| academy.config.languages.clone(), &languages);
        listed.push(Listed { path, languages, date: None });
    }
    for course in academy.courses.iter().filter(|course| has_changes(course)) {
        let languages = languages(course.article.texts.keys().collect());
        listed.push(Listed { path: changes_path(course), languages, date: None });
    }
    for (articles, folder) in [(&academy.instructors, "/instructors/"), (&academy.pages, "/")] {
        listed.extend(articles.iter().map(|article| Listed {
            path: format!("{folder}{}/", article.id),
            languages: languages(article.texts.keys().collect()),
            date: None,
        }));
    }
    listed
}

/// A segment that every server passes on as it is and that no program keeps for itself.
fn is_taken_by_app(target: &str, languages: &[Language]) -> bool {
    let inner = languages.iter().find_map(|language| target.strip_prefix(&format!("/{language}")));
    let mut forms = [Some(target), inner.filter(|inner| inner.starts_with('/'))].into_iter().flatten();
    forms.any(|form| {
        let below_app = paths::APP_PREFIXES.iter().any(|prefix| form.starts_with(prefix));
        // Files of the theme are kept for good under their names, which a copied file does not change.
        below_app
            || form.starts_with("/assets/")
            || form.starts_with(lyceum_contract::search::FOLDER)
            || paths::PROGRAMS.contains(&form)
    })
}

/// Headers for the static server, in the format of Cloudflare and Netlify.
fn headers() -> String {
    let mut out = String::from("/*\n");
    for (name, value) in SECURITY_HEADERS {
        html::push(&mut out, format_args!("  {name}: {value}\n"));
    }
    out.push_str("/assets/*\n  cache-control: public, max-age=31536000, immutable\n");
    out
}
