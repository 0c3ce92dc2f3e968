//! What the search knows of courses that a build does not make again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lyceum_contract::Slug;

use crate::digest::Digest;
use crate::publish_search::Indexed;

/// Pages by course. With a folder they outlive the process, and only those that were put last are in memory.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    folder: Option<PathBuf>,
    fresh: Mutex<BTreeMap<String, Vec<Indexed>>>,
}

impl Shelf {
    /// A shelf in this folder; without one, in memory.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, fresh: Mutex::default() }
    }

    /// Keeps the pages of a course. A folder that cannot be written keeps nothing beyond this process.
    pub(crate) fn put(&self, course: &Slug, key: Digest, pages: Vec<Indexed>) {
        let name = name(course, key);
        if let (Some(folder), Ok(bytes)) = (&self.folder, postcard::to_stdvec(&pages)) {
            let written = fs::create_dir_all(folder).and_then(|()| fs::write(folder.join(&name), bytes));
            if written.is_err() {
                let _ = fs::remove_file(folder.join(&name));
            }
        }
        self.fresh().insert(name, pages);
    }

    /// Whether the pages of a course are here.
    pub(crate) fn has(&self, course: &Slug, key: Digest) -> bool {
        let name = name(course, key);
        self.fresh().contains_key(&name)
            || self.folder.as_ref().is_some_and(|folder| folder.join(name).is_file())
    }

    /// The pages of a course. With a folder they leave the memory.
    pub(crate) fn take(&self, course: &Slug, key: Digest) -> Option<Vec<Indexed>> {
        let name = name(course, key);
        let Some(folder) = &self.folder else { return self.fresh().get(&name).cloned() };
        let fresh = self.fresh().remove(&name);
        fresh.or_else(|| postcard::from_bytes(&fs::read(folder.join(name)).ok()?).ok())
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

    fn fresh(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Indexed>>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(course: &Slug, key: Digest) -> String {
    format!("{course}.{}", key.hex())
}
