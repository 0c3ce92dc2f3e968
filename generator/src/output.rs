//! Finished files on their way out, and the only place that writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;
use std::{fs, io};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// What is remembered of a file of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Of its bytes.
    pub(crate) digest: Digest,
    pub(crate) n_bytes: u64,
    /// When it was written, in nanoseconds since 1970; 0 when it never was on a disk.
    modified_ns: u64,
}

/// Entries by path below `public/`, without a slash in front.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// Takes finished files, from many threads at once.
pub(crate) trait Sink: Sync {
    /// Takes a file at a path of [`file_path`]. Errors are kept until the build ends.
    fn put(&self, path: &str, bytes: Vec<u8>) -> Entry;
    /// A file that is there already, if this site takes the place of one.
    fn there(&self, _path: &str) -> Option<Entry> {
        None
    }
}

/// `/courses/rust/` → `courses/rust/index.html`, `/feed.xml` → `feed.xml`.
pub(crate) fn file_path(address: &str) -> String {
    let index = if address.ends_with('/') { "index.html" } else { "" };
    format!("{}{index}", address.trim_start_matches('/'))
}

/// The files of a site in memory, by path below `public/` without a slash in front.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Site {
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// All files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The file at this path, for example `courses/rust/index.html`.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Sum of the files' sizes.
    pub fn n_bytes(&self) -> u64 {
        self.files.values().map(|bytes| bytes.len() as u64).sum()
    }
}

/// Collects a site in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Site>);

impl Memory {
    pub(crate) fn into_site(self) -> Site {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Memory {
    fn put(&self, path: &str, bytes: Vec<u8>) -> Entry {
        let entry = Entry { digest: Digest::of(&bytes), n_bytes: bytes.len() as u64, modified_ns: 0 };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).files.insert(path.to_owned(), bytes);
        entry
    }
}

/// The names below the folder for the site.
#[derive(Debug)]
struct Names {
    /// What readers get.
    public: PathBuf,
    /// What will be moved there.
    fresh: PathBuf,
    /// What was there; only on file systems that cannot exchange two folders.
    old: PathBuf,
}

impl Names {
    fn below(out: &Path) -> Self {
        Self { public: out.join("public"), fresh: out.join(".public.new"), old: out.join(".public.old") }
    }
}

impl Names {
    const DISCARDED: &str = ".public.gone.";

    /// Moves the new files aside and removes them on a thread of its own. What stays when the program ends meanwhile is
    /// removed when the next build begins.
    fn discard(&self) {
        static N_DISCARDED: AtomicU64 = AtomicU64::new(0);
        let n = N_DISCARDED.fetch_add(1, Ordering::Relaxed);
        let aside = self.fresh.with_file_name(format!("{}{}.{n}", Self::DISCARDED, std::process::id()));
        if fs::rename(&self.fresh, &aside).is_ok() {
            std::thread::spawn(move || remove_folder(&aside));
        } else {
            let _ = remove_folder(&self.fresh);
        }
    }

    /// Removes what another process has left.
    fn remove_discarded(&self) {
        let entries = self.fresh.parent().and_then(|out| fs::read_dir(out).ok());
        let own = format!("{}{}.", Self::DISCARDED, std::process::id());
        for entry in entries.into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(Self::DISCARDED) && !name.starts_with(&own) {
                let _ = remove_folder(&entry.path());
            }
        }
    }
}

/// New files beside the site that is there, until all of them are ready.
#[derive(Debug)]
pub(crate) struct Staging {
    names: Names,
    /// The files that are in `public` and unchanged since they were written there. Empty: the site is made anew.
    there: Arc<Entries>,
    error: Mutex<Option<io::Error>>,
}

impl Staging {
    /// Begins. What an interrupted build has left is removed.
    pub(crate) fn begin(out: &Path, there: Arc<Entries>) -> io::Result<Self> {
        let names = Names::below(out);
        fs::create_dir_all(out)?;
        remove_folder(&names.fresh)?;
        remove_folder(&names.old)?;
        names.remove_discarded();
        fs::create_dir(&names.fresh)?;
        Ok(Self { names, there, error: Mutex::new(None) })
    }

    /// Forgets everything that was put.
    pub(crate) fn abandon(self) {
        // What stays is removed when the next build begins.
        let _ = remove_folder(&self.names.fresh);
        // A folder that was made for a site that there is none of goes too; one with anything in it stays.
        let _ = self.names.fresh.parent().map(fs::remove_dir);
    }

    /// The same when somebody waits for the next build: the files go in the background.
    pub(crate) fn abandon_at_once(self) {
        self.names.discard();
    }

    /// Puts the new files in place. `keep` are all files that the site then has; every other one goes.
    ///
    /// A site that is made anew changes places with the old one in one step. Of a site that is there, each changed
    /// file is replaced in one step. After an error of a new site the old one is still in place.
    pub(crate) fn commit(self, keep: &Entries) -> io::Result<Changes> {
        let Self { names, there, error } = self;
        if let Some(error) = error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let written: Vec<String> = keep
            .iter()
            .filter(|(path, entry)| there.get(*path).is_none_or(|old| old.digest != entry.digest))
            .map(|(path, _)| path.clone())
            .collect();
        let removed: Vec<String> = there.keys().filter(|path| !keep.contains_key(*path)).cloned().collect();
        if there.is_empty() {
            swap(&names)?;
            remove_folder(&names.old)?;
        } else {
            move_files(&names, &written, &removed)?;
        }
        remove_folder(&names.fresh)?;
        Ok(Changes { written, removed })
    }

    /// Puts some files in their place in the site that is there; all others stay. Each is replaced in one step.
    pub(crate) fn commit_some(self, files: &Entries) -> io::Result<Changes> {
        let Self { names, there, error } = self;
        if let Some(error) = error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let is_new = |path: &str, entry: &Entry| there.get(path).is_none_or(|old| old.digest != entry.digest);
        let written: Vec<String> =
            files.iter().filter(|(path, entry)| is_new(path, entry)).map(|(path, _)| path.clone()).collect();
        move_files(&names, &written, &[])?;
        remove_folder(&names.fresh)?;
        Ok(Changes { written, removed: Vec::new() })
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<u64> {
        let path = self.names.fresh.join(path);
        let file = match create(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                path.parent().map_or(Ok(()), fs::create_dir_all)?;
                create(&path)
            }
            created => created,
        };
        let mut file = file?;
        io::Write::write_all(&mut file, bytes)?;
        Ok(modified_ns(&file.metadata()?))
    }
}

fn create(path: &Path) -> io::Result<fs::File> {
    fs::File::create(path)
}

impl Sink for Staging {
    fn there(&self, path: &str) -> Option<Entry> {
        self.there.get(path).copied()
    }

    fn put(&self, path: &str, bytes: Vec<u8>) -> Entry {
        let (digest, n_bytes) = (Digest::of(&bytes), bytes.len() as u64);
        if let Some(entry) = self.there.get(path).filter(|entry| entry.digest == digest) {
            return *entry;
        }
        let modified_ns = self.write(path, &bytes).unwrap_or_else(|error| {
            self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            0
        });
        Entry { digest, n_bytes, modified_ns }
    }
}

/// What a build changed in the site, by path below `public/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New or with other bytes.
    pub written: Vec<String>,
    /// Gone.
    pub removed: Vec<String>,
}

impl Changes {
    /// Whether the site is as it was.
    pub fn is_none(&self) -> bool {
        self.written.is_empty() && self.removed.is_empty()
    }
}

/// Whether `out/public` has these files as they were written. Cost: one look at each file's size and time, on all cores.
///
/// What else is there is not looked for: nothing that a build wrote, because a build that was interrupted is remembered
/// by nobody, and its site is made anew.
pub(crate) fn is_intact(out: &Path, entries: &Entries) -> bool {
    let public = out.join("public");
    let entries: Vec<(&String, &Entry)> = entries.iter().collect();
    let is_intact = |(path, entry): &(&String, &Entry)| {
        fs::symlink_metadata(public.join(path.as_str())).is_ok_and(|there| {
            there.is_file() && there.len() == entry.n_bytes && modified_ns(&there) == entry.modified_ns
        })
    };
    entries.par_chunks(256).all(|entries| entries.iter().all(is_intact))
}

fn modified_ns(metadata: &fs::Metadata) -> u64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(0))
}

/// Moves each new file over the old one, then removes what is no longer wanted with the folders that it leaves empty.
fn move_files(names: &Names, written: &[String], removed: &[String]) -> io::Result<()> {
    for path in written {
        let (from, to) = (names.fresh.join(path), names.public.join(path));
        if fs::rename(&from, &to).is_err() {
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::rename(&from, &to)?;
        }
    }
    let mut folders = BTreeSet::new();
    for path in removed {
        let path = names.public.join(path);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        folders.extend(
            path.ancestors().skip(1).take_while(|folder| **folder != names.public).map(Path::to_owned),
        );
    }
    // The deepest first. A folder that still has files refuses, as it should.
    for folder in folders.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Puts `fresh` in the place of `public`. What was there is then in `fresh` or in `old`.
fn swap(names: &Names) -> io::Result<()> {
    let Names { public, fresh, old } = names;
    if !public.exists() {
        return fs::rename(fresh, public);
    }
    if exchange(fresh, public).is_ok() {
        return Ok(());
    }
    // Some file systems cannot exchange. Then there is no site for the instant between two renames.
    fs::rename(public, old)?;
    fs::rename(fresh, public).inspect_err(|_| {
        // Better the old site than none; the error of the second rename is what the caller must know.
        let _ = fs::rename(old, public);
    })
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Out(PathBuf);

    impl Out {
        fn new(name: &str) -> Self {
            let out = std::env::temp_dir().join(format!("lyceum-{name}-{}", std::process::id()));
            remove_folder(&out).expect("a clean start");
            fs::create_dir_all(&out).expect("a folder");
            Self(out)
        }

        fn commit(&self, there: &Entries, files: &[(&str, &str)]) -> (Entries, Changes) {
            let staging = Staging::begin(&self.0, Arc::new(there.clone())).expect("a folder");
            let put = |(path, text): &(&str, &str)| {
                ((*path).to_owned(), staging.put(path, text.as_bytes().to_vec()))
            };
            let keep: Entries = files.iter().map(put).collect();
            let changes = staging.commit(&keep).expect("written");
            (keep, changes)
        }

        fn names(&self, folder: &str) -> Vec<String> {
            let entries = fs::read_dir(self.0.join(folder)).expect("a folder").flatten();
            let mut names: Vec<String> =
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Out {
        fn drop(&mut self) {
            let _ = remove_folder(&self.0);
        }
    }

    #[test]
    fn a_new_site_replaces_the_old_one_whole() {
        let out = Out::new("output-whole");
        fs::write(out.0.join("notes.txt"), "mine").expect("a file");
        out.commit(&Entries::new(), &[("a/index.html", "1"), ("x/y.txt", "2")]);
        assert_eq!(fs::read(out.0.join("public/a/index.html")).expect("there"), b"1");
        out.commit(&Entries::new(), &[("b.txt", "4")]);
        assert_eq!(out.names(""), ["notes.txt", "public"]);
        assert_eq!(out.names("public"), ["b.txt"]);
    }

    #[test]
    fn only_what_changed_is_touched() {
        let out = Out::new("output-changed");
        let (there, _) = out.commit(&Entries::new(), &[("a/b.txt", "1"), ("c.txt", "2"), ("d/e/f.txt", "3")]);
        assert!(is_intact(&out.0, &there));
        let (now, changes) = out.commit(&there, &[("a/b.txt", "1"), ("c.txt", "new"), ("g/h.txt", "4")]);
        let expected =
            Changes { written: vec!["c.txt".into(), "g/h.txt".into()], removed: vec!["d/e/f.txt".into()] };
        assert_eq!(changes, expected);
        assert_eq!(out.names("public"), ["a", "c.txt", "g"]);
        assert_eq!(now["a/b.txt"], there["a/b.txt"]);
        let (_, none) = out.commit(&now, &[("a/b.txt", "1"), ("c.txt", "new"), ("g/h.txt", "4")]);
        assert_eq!(none, Changes::default());
    }

    #[test]
    fn what_somebody_else_did_is_noticed() {
        let files = [("a.txt", "1"), ("b/c.txt", "2")];
        let check = |change: &dyn Fn(&Path)| {
            let out = Out::new("output-intact");
            let (there, _) = out.commit(&Entries::new(), &files);
            change(&out.0.join("public"));
            assert!(!is_intact(&out.0, &there));
        };
        check(&|public| fs::write(public.join("a.txt"), "22").expect("changed"));
        check(&|public| fs::remove_file(public.join("b/c.txt")).expect("removed"));
        check(&|public| fs::remove_dir_all(public).expect("removed"));
    }
}
