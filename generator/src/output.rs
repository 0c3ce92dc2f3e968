//! The finished site, and the only place that writes it to disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use rayon::prelude::*;

/// The files of a site, by path below `public/` without a slash in front.
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

    /// Adds a file; `false` when something else is there already. The same file twice is one file.
    pub(crate) fn add(&mut self, path: &str, bytes: Vec<u8>) -> bool {
        let index = if path.ends_with('/') { "index.html" } else { "" };
        let path = format!("{}{index}", path.trim_start_matches('/'));
        if let Some(there) = self.files.get(&path) {
            return *there == bytes;
        }
        self.files.insert(path, bytes);
        true
    }
}

/// Writes the site to `out/public/`.
///
/// Everything is written next to it first and then changes places with it in one step, so that a reader sees the
/// old site or the new one. The old one is removed afterwards. Other files in `out` stay as they are. After an
/// error the old site is still in place.
pub fn write(site: &Site, out: &Path) -> io::Result<()> {
    let (fresh, public, old) = (out.join(".public.new"), out.join("public"), out.join(".public.old"));
    fs::create_dir_all(out)?;
    remove_folder(&fresh)?;
    remove_folder(&old)?;
    fs::create_dir(&fresh)?;
    let files: Vec<(PathBuf, &[u8])> = site.files().map(|(path, bytes)| (fresh.join(path), bytes)).collect();
    let folders: BTreeSet<&Path> = files.iter().filter_map(|(file, _)| file.parent()).collect();
    folders.into_iter().try_for_each(fs::create_dir_all)?;
    files.par_iter().try_for_each(|(file, bytes)| fs::write(file, bytes))?;
    swap(&fresh, &public, &old)?;
    remove_folder(&fresh)?;
    remove_folder(&old)
}

/// Puts `fresh` in the place of `public`. What was there is then in `fresh` or in `old`.
fn swap(fresh: &Path, public: &Path, old: &Path) -> io::Result<()> {
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

    #[test]
    fn a_new_site_replaces_the_old_one_whole() {
        let out = std::env::temp_dir().join(format!("lyceum-output-{}", std::process::id()));
        remove_folder(&out).expect("a clean start");
        fs::create_dir_all(&out).expect("a folder");
        fs::write(out.join("notes.txt"), "mine").expect("a file");
        let mut first = Site::default();
        assert!(first.add("/a/", b"1".to_vec()) && first.add("/x/y.txt", b"2".to_vec()));
        assert!(!first.add("/a/", b"3".to_vec()));
        write(&first, &out).expect("written");
        assert_eq!(fs::read(out.join("public/a/index.html")).expect("there"), b"1");
        let mut second = Site::default();
        second.add("/b.txt", b"4".to_vec());
        write(&second, &out).expect("written");
        let names = |folder: &Path| {
            let mut names: Vec<_> =
                fs::read_dir(folder).expect("a folder").flatten().map(|e| e.file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&out), ["notes.txt", "public"]);
        assert_eq!(names(&out.join("public")), ["b.txt"]);
        remove_folder(&out).expect("cleaned up");
    }
}
