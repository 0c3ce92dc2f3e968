//! Where a relative link leads: to a page, to an asset, or nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use lyceum_contract::link::decoded;
use lyceum_contract::manifest::Language;
use lyceum_contract::{Slug, link};

use crate::assets::Assets;
use crate::digest::Digest;
use crate::layout::Layout;
use crate::model::{Academy, Article, Config, Course};
use crate::release::Hidden;
use crate::source::{Content, Source};

/// A page that a Markdown file becomes.
#[derive(Debug, Hash)]
struct Target {
    /// Address without the language's prefix.
    path: String,
    /// The file of each language that the page has.
    languages: Arc<BTreeMap<Language, String>>,
    /// The language of a file such as `moves.zh.md`.
    only: Option<Language>,
}

/// The pages that a link can lead to, by path in the content folder.
#[derive(Debug, Default)]
pub(crate) struct Targets(BTreeMap<String, Target>);

/// Everything that a link can lead to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links<'a> {
    source: &'a Source,
    config: &'a Config,
    hidden: &'a Hidden,
    targets: &'a Targets,
    pub(crate) assets: Assets<'a>,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Another site, an absolute path, or a place on this page: as the author wrote it.
    AsWritten,
    /// A page of this site.
    Page(String),
    /// A file that is published with the texts that refer to it, by its path in the content folder.
    Asset { path: String, url: String },
    /// A file of `static/`, by its path in the content folder.
    Static { path: String, url: String },
    /// Something that is not published yet.
    Hidden,
    /// A file about which something else is reported.
    Broken,
}

/// Why a link leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeadLink {
    /// Nothing is at this path in the content folder.
    Missing { path: String },
    /// Out of the content folder.
    Outside,
}

/// Why a file cannot be included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IncludeError {
    /// Nothing is at `path`. The nearest path that exists, as the author would write it.
    Missing {
        path: String,
        nearest: Option<String>,
    },
    /// It is outside of the folder of the course, or of the content.
    Outside {
        folder: String,
    },
    NotText,
    /// It is a text of the site.
    Lesson,
    /// A file about which something else is reported.
    Reported,
}

impl Targets {
    pub(crate) fn new(layout: &Layout, academy: &Academy) -> Self {
        let mut targets = Self::default();
        let config = &academy.config;
        for course in &academy.courses {
            targets.add(config, &course.article, &format!("/courses/{}/", course.slug()));
            for lesson in course.lessons() {
                targets.add(config, &lesson.article, &lesson.path);
            }
        }
        for person in &academy.instructors {
            targets.add(config, person, &format!("/instructors/{}/", person.id));
        }
        for page in &academy.pages {
            targets.add(config, page, &format!("/{}/", page.id));
        }
        for track in &academy.tracks {
            targets.add(config, &track.article, &track.path());
        }
        for tag in &academy.tags {
            tag.article.iter().for_each(|article| targets.add(config, article, &tag.path()));
        }
        for event in &academy.events {
            // An event has no page of its own: its file stands for the calendar.
            targets.add(config, &event.article, "/calendar/");
        }
        for product in &academy.products {
            targets.add(config, &product.article, &product.path());
        }
        targets.add_modules(layout, academy);
        targets
    }

    /// Whether a file of the content folder is, or stands for, a page.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.0.contains_key(file)
    }

    fn add<Id>(&mut self, config: &Config, article: &Article<Id>, path: &str) {
        let languages = Arc::new(languages_of(article));
        for (language, text) in &article.texts {
            let only = (language != config.default_language()).then(|| language.clone());
            let target = Target { path: path.to_owned(), languages: Arc::clone(&languages), only };
            self.0.insert(text.body.path.clone(), target);
        }
    }

    /// A module has no page of its own: its file stands for the outline of the course.
    fn add_modules(&mut self, layout: &Layout, academy: &Academy) {
        let courses: BTreeMap<&Slug, &Course> =
            academy.courses.iter().map(|course| (course.slug(), course)).collect();
        for files in &layout.courses {
            let Some(course) = courses.get(&files.slug) else { continue };
            let languages = Arc::new(languages_of(&course.article));
            for index in files.modules.iter().filter_map(|module| module.index.as_ref()) {
                for path in index.original.iter().chain(index.translations.values()) {
                    let target = Target {
                        path: format!("/courses/{}/", files.slug),
                        languages: Arc::clone(&languages),
                        only: None,
                    };
                    self.0.insert(path.clone(), target);
                }
            }
        }
    }
}

impl<'a> Links<'a> {
    pub(crate) fn new(
        source: &'a Source,
        academy: &'a Academy,
        targets: &'a Targets,
        assets: Assets<'a>,
    ) -> Self {
        Self { source, config: &academy.config, hidden: &academy.hidden, targets, assets }
    }

    /// Of every address that a link can lead to, and of every size that an image can have.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of_value(&(&self.targets.0, self.assets.measured))
    }

    /// Resolves what stands between the parentheses of a link in the file `from` on a page in `language`.
    pub(crate) fn resolve(
        &self,
        from: &str,
        link: &str,
        language: &Language,
    ) -> Result<Destination, DeadLink> {
        if link.is_empty() || link.starts_with(['/', '#', '?']) || has_scheme(link) {
            return Ok(Destination::AsWritten);
        }
        let split = link.find(['#', '?']).unwrap_or(link.len());
        let (written, suffix) = link.split_at(split);
        let path = join(from, &decoded(written)).ok_or(DeadLink::Outside)?;
        if self.hidden.has_file(&path) {
            return Ok(Destination::Hidden);
        }
        if let Some(target) = self.targets.0.get(&path) {
            return Ok(Destination::Page(format!("{}{suffix}", self.address(target, language))));
        }
        if let Some(url) = self.assets.url(&path) {
            return Ok(Destination::Asset { url: format!("{url}{suffix}"), path });
        }
        if let Some(url) = path.strip_prefix("static/").filter(|_| self.source.files.contains_key(&path)) {
            return Ok(Destination::Static { url: format!("/{url}{suffix}"), path });
        }
        if self.source.files.contains_key(&path) {
            return Ok(Destination::Broken);
        }
        Err(DeadLink::Missing { path })
    }

    /// The text of a file beside the text `from`, and its path in the content folder. A course includes files of its
    /// own folder only.
    pub(crate) fn include(&self, from: &str, link: &str) -> Result<(String, &'a str), IncludeError> {
        let course = from.starts_with("courses/").then(|| from.match_indices('/').nth(1)).flatten();
        let folder = course.map_or("", |(at, _)| &from[..=at]);
        let path = join(from, link).filter(|path| path.starts_with(folder) && !link.starts_with('/'));
        let Some(path) = path else {
            let folder = if folder.is_empty() { "the content folder" } else { folder };
            return Err(IncludeError::Outside { folder: folder.to_owned() });
        };
        match self.source.files.get(&path) {
            // A lesson may be paid; its text stands on its own page and nowhere else.
            Some(Content::Text(_)) => Err(IncludeError::Lesson),
            Some(Content::Bytes(bytes)) => {
                std::str::from_utf8(bytes).map(|text| (path, text)).map_err(|_| IncludeError::NotText)
            }
            Some(Content::Broken) => Err(IncludeError::Reported),
            None => {
                let inside = self.assets.paths().filter(|other| other.starts_with(folder));
                let near =
                    crate::diagnostic::nearest_path(&path, inside).map(|near| link::relative(from, near));
                Err(IncludeError::Missing { path, nearest: near })
            }
        }
    }

    /// The file whose text is on the page that a link leads to; nothing where it leads to no page.
    pub(crate) fn page_file(&self, from: &str, link: &str, language: &Language) -> Option<String> {
        let target = self.targets.0.get(&join(from, &decoded(link))?)?;
        target.languages.get(self.shown_language(target, language)).cloned()
    }

    fn shown_language<'t>(&'t self, target: &'t Target, language: &'t Language) -> &'t Language {
        match &target.only {
            Some(only) => only,
            None if target.languages.contains_key(language) => language,
            None => self.config.default_language(),
        }
    }

    fn address(&self, target: &Target, language: &Language) -> String {
        format!("{}{}", self.config.prefix(self.shown_language(target, language)), target.path)
    }

    /// The file with the most similar path, written relative to `from`.
    pub(crate) fn nearest(&self, from: &str, path: &str) -> Option<String> {
        let paths = self.targets.0.keys().map(String::as_str).chain(self.assets.paths());
        let same_name = |other: &&str| other.rsplit('/').next() == path.rsplit('/').next();
        let near = crate::diagnostic::nearest_path(path, paths.clone());
        let near = near.or_else(|| paths.clone().find(same_name))?;
        Some(link::relative(from, near))
    }
}

/// The file of each language.
fn languages_of<Id>(article: &Article<Id>) -> BTreeMap<Language, String> {
    article.texts.iter().map(|(language, text)| (language.clone(), text.body.path.clone())).collect()
}

/// `https:`, `mailto:` and the like, but not a file name with a colon after a slash.
pub(crate) fn has_scheme(link: &str) -> bool {
    let scheme = link.split_once(':').map_or("", |(scheme, _)| scheme);
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The path relative to the folder of `from`; `None` when it leaves the content folder.
pub(crate) fn join(from: &str, link: &str) -> Option<String> {
    link::join(from.rsplit_once('/').map_or("", |(folder, _)| folder), link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_within_the_folder() {
        let from = "courses/rust/01-a/x.md";
        assert_eq!(join(from, "../02-b/y.md").as_deref(), Some("courses/rust/02-b/y.md"));
        assert_eq!(join(from, "./img//a.svg").as_deref(), Some("courses/rust/01-a/img/a.svg"));
        assert_eq!(join(from, "../../../../etc/passwd"), None);
    }

    #[test]
    fn paths_are_written_relative() {
        assert_eq!(link::relative("courses/r/01-a/x.md", "courses/r/02-b/y.md"), "../02-b/y.md");
        assert_eq!(link::relative("courses/r/x.md", "courses/r/y.md"), "y.md");
    }

    #[test]
    fn schemes_are_not_files() {
        for (link, expected) in
            [("https://a", true), ("mailto:a@b", true), ("a.md", false), ("a/b:c.md", false)]
        {
            assert_eq!(has_scheme(link), expected, "{link}");
        }
        assert_eq!(decoded("a%20b%zz%E4%B8%AD"), "a b%zz中");
    }
}
