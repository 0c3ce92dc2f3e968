//! What the search knows of courses that a build does not make again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lyceum_contract::Slug;

use crate::digest::Digest;
use crate::search::Batch;

/// Pages by course. With a folder they outlive the process, and none are in memory that could be written there.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    folder: Option<PathBuf>,
    fresh: Mutex<BTreeMap<String, Arc<Batch>>>,
}

impl Shelf {
    /// A shelf in this folder; without one, in memory.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, fresh: Mutex::default() }
    }

    /// Keeps the pages of a course. A folder that cannot be written keeps nothing beyond this process.
    pub(crate) fn put(&self, course: &Slug, key: Digest, pages: Batch) {
        let name = name(course, key);
        if let Some(folder) = &self.folder {
            let file = folder.join(&name);
            if fs::create_dir_all(folder).and_then(|()| pages.save(&file)).is_ok() {
                return;
            }
            let _ = fs::remove_file(file);
        }
        self.fresh().insert(name, Arc::new(pages));
    }

    /// Whether the pages of a course are here.
    pub(crate) fn has(&self, course: &Slug, key: Digest) -> bool {
        let name = name(course, key);
        self.fresh().contains_key(&name)
            || self.folder.as_ref().is_some_and(|folder| folder.join(name).is_file())
    }

    /// The pages of a course.
    pub(crate) fn get(&self, course: &Slug, key: Digest) -> Option<Arc<Batch>> {
        let name = name(course, key);
        if let Some(fresh) = self.fresh().get(&name) {
            return Some(Arc::clone(fresh));
        }
        Some(Arc::new(Batch::open(&self.folder.as_ref()?.join(name))?))
    }

    /// Forgets every course but these.
    pub(crate) fn keep<'a>(&self, courses: impl Iterator<Item = (&'a Slug, Digest)>) {
        let kept: BTreeSet<String> = courses.map(|(course, key)| name(course, key)).collect();
        self.fresh().retain(|name, _| kept.contains(name));
        let entries = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok());
        for entry in entries.into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_none_or(|name| !kept.contains(name)) {
                // What stays is only a little space.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn fresh(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Batch>>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(course: &Slug, key: Digest) -> String {
    format!("{course}.{}", key.hex())
}
