//! What the search knows of pages that a build does not make again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lyceum_contract::Slug;

use crate::digest::Digest;
use crate::search::{Batch, Kept};

/// The file of what was found out about all pages together; no batch has such a name.
const KEPT: &str = "_kept";

/// Pages by course, and what was found out about all of them. With a folder they outlive the process, and no pages are
/// in memory that could be written there.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    folder: Option<PathBuf>,
    /// Whether the folder is only there to spare memory, and goes with the build.
    is_passing: bool,
    fresh: Mutex<BTreeMap<String, Arc<Batch>>>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// Of the site that is there.
    kept: Option<Arc<Kept>>,
    /// The input of the site that is there, while that has not been read.
    unread: Option<Digest>,
    /// Of a site that may take its place.
    next: Option<Arc<Kept>>,
}

impl Shelf {
    /// A shelf in this folder, with what it has of a site that was made from `input`.
    pub(crate) fn new(folder: PathBuf, input: Option<Digest>) -> Self {
        let memory = Memory { unread: input, ..Memory::default() };
        Self { folder: Some(folder), memory: Mutex::new(memory), ..Self::default() }
    }

    /// A shelf in this folder for one build. What an interrupted build has left there is removed.
    pub(crate) fn passing(folder: PathBuf) -> Self {
        let shelf = Self { folder: Some(folder), is_passing: true, ..Self::default() };
        shelf.leave();
        shelf
    }

    /// Removes the folder of a passing shelf. Nothing of it is needed any more.
    pub(crate) fn leave(&self) {
        if let Some(folder) = self.folder.as_ref().filter(|_| self.is_passing) {
            // A folder that stays is removed when the next build begins.
            let _ = fs::remove_dir_all(folder);
        }
    }

    /// The name of the pages of a course.
    pub(crate) fn name(course: &Slug, key: Digest) -> String {
        format!("{course}.{}", key.hex())
    }

    /// The name of pages around the courses.
    pub(crate) fn name_around(pages: &Batch) -> String {
        format!("_around.{}", pages.digest().hex())
    }

    /// Keeps pages. A folder that cannot be written keeps nothing beyond this process.
    pub(crate) fn put(&self, name: String, pages: Batch) {
        if let Some(folder) = &self.folder {
            let file = folder.join(&name);
            if fs::create_dir_all(folder).and_then(|()| pages.save(&file)).is_ok() {
                return;
            }
            let _ = fs::remove_file(file);
        }
        self.fresh().insert(name, Arc::new(pages));
    }

    /// Whether these pages are here.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fresh().contains_key(name)
            || self.folder.as_ref().is_some_and(|folder| folder.join(name).is_file())
    }

    /// Pages that are here.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Batch>> {
        if let Some(fresh) = self.fresh().get(name) {
            return Some(Arc::clone(fresh));
        }
        Some(Arc::new(Batch::open(&self.folder.as_ref()?.join(name))?))
    }

    /// What was found out about the site that is there.
    pub(crate) fn kept(&self) -> Option<Arc<Kept>> {
        let mut memory = self.memory();
        if let Some(input) = memory.unread.take() {
            memory.kept = self.read(input).map(Arc::new);
        }
        memory.kept.clone()
    }

    /// Notes what was found out about a site that may take its place.
    pub(crate) fn note(&self, next: Kept) {
        self.memory().next = Some(Arc::new(next));
    }

    /// The noted site, made from `input`, has taken its place: pages that it does not have are forgotten. What cannot be
    /// written is found out again.
    pub(crate) fn keep(&self, input: Digest) {
        let mut memory = self.memory();
        let Some(kept) = memory.next.take() else { return };
        if self.is_passing {
            return self.leave();
        }
        *memory = Memory { kept: Some(Arc::clone(&kept)), ..Memory::default() };
        drop(memory);
        let names: BTreeSet<&str> = kept.names().collect();
        self.fresh().retain(|name, _| names.contains(name.as_str()));
        let Some(folder) = &self.folder else { return };
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_none_or(|name| !names.contains(name)) {
                // What stays is only a little space.
                let _ = fs::remove_file(entry.path());
            }
        }
        let bytes = postcard::to_stdvec(&(input, &*kept)).map_err(io::Error::other);
        if bytes.and_then(|bytes| fs::write(folder.join(KEPT), bytes)).is_err() {
            let _ = fs::remove_file(folder.join(KEPT));
        }
    }

    fn read(&self, input: Digest) -> Option<Kept> {
        let bytes = fs::read(self.folder.as_ref()?.join(KEPT)).ok()?;
        let (of, kept): (Digest, Kept) = postcard::from_bytes(&bytes).ok()?;
        (of == input).then_some(kept)
    }

    fn fresh(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Batch>>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
