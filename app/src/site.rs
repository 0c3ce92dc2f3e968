//! The site as the generator described it, read once and kept.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use lyceum_contract::manifest::{self, CourseManifest, Language, LessonEntry, Manifest};
use lyceum_contract::{LessonId, paths};

use crate::address::is_same_site;
use crate::error::AppError;
use crate::ports::{Assets, Platform, Unavailable};
use crate::request::Context;

/// Manifest, shells and the courses that were asked for.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) manifest: Manifest,
    pub(crate) default_language: Language,
    shells: BTreeMap<Language, Bytes>,
    courses: RwLock<BTreeMap<String, Arc<CourseManifest>>>,
}

impl Site {
    /// The shell of a language as it lies in its file.
    pub(crate) fn shell(&self, language: &Language) -> Option<(&manifest::Shell, &Bytes)> {
        Some((self.manifest.shells.get(language)?, self.shells.get(language)?))
    }

    /// The language whose prefix an address has, and the address without it; `None` without a prefix.
    pub(crate) fn split_language<'a>(&self, address: &'a str) -> Option<(&Language, &'a str)> {
        let mut prefixed = self.manifest.languages.iter().skip(1);
        prefixed.find_map(|language| {
            let rest = address.strip_prefix('/')?.strip_prefix(language.as_str())?;
            // What is left becomes a link in the page, so it must not lead to another site.
            is_same_site(rest).then_some((language, rest))
        })
    }

    fn cached_course(&self, course: &str) -> Option<Arc<CourseManifest>> {
        self.courses.read().ok()?.get(course).cloned()
    }
}

impl<P: Platform> Context<P> {
    /// The site, read on first use. An unreadable or foreign manifest is an outage, never a guess.
    pub(crate) async fn site(&self) -> Result<Arc<Site>, Unavailable> {
        if let Some(site) = self.site.read().ok().and_then(|site| site.clone()) {
            return Ok(site);
        }
        let site = Arc::new(self.load_site().await?);
        if let Ok(mut cached) = self.site.write() {
            *cached = Some(Arc::clone(&site));
        }
        Ok(site)
    }

    async fn load_site(&self) -> Result<Site, Unavailable> {
        let file = self.require(paths::MANIFEST).await?;
        let manifest: Manifest = manifest::parse(&file).map_err(|error| Unavailable::new("assets", error))?;
        let default_language = manifest.default_language().cloned();
        let default_language =
            default_language.ok_or_else(|| Unavailable::new("assets", "a site without languages"))?;
        let mut shells = BTreeMap::new();
        for (language, shell) in &manifest.shells {
            shells.insert(language.clone(), self.require(&shell.path).await?);
        }
        Ok(Site { manifest, default_language, shells, courses: RwLock::default() })
    }

    async fn require(&self, path: &str) -> Result<Bytes, Unavailable> {
        let file = self.platform.assets().read(path).await?;
        file.ok_or_else(|| Unavailable::new("assets", format_args!("`{path}` is missing from the site")))
    }

    /// A lesson and the course that it is in; `NotFound` when the site has no such lesson.
    pub(crate) async fn lesson(&self, id: &LessonId) -> Result<(Arc<CourseManifest>, LessonEntry), AppError> {
        let course = self.course(id.course()).await?.ok_or(AppError::NotFound)?;
        let lesson =
            course.lessons.iter().find(|lesson| lesson.id == *id).cloned().ok_or(AppError::NotFound)?;
        Ok((course, lesson))
    }

    async fn course(&self, slug: &str) -> Result<Option<Arc<CourseManifest>>, AppError> {
        let site = self.site().await?;
        if let Some(course) = site.cached_course(slug) {
            return Ok(Some(course));
        }
        let Some(file) = self.platform.assets().read(&paths::course_manifest(slug)).await? else {
            return Ok(None);
        };
        let course: CourseManifest =
            manifest::parse(&file).map_err(|error| Unavailable::new("assets", error))?;
        let course = Arc::new(course);
        if let Ok(mut courses) = site.courses.write() {
            courses.insert(slug.to_owned(), Arc::clone(&course));
        }
        Ok(Some(course))
    }
}
