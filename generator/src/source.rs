//! Reads the content folder. The only place that reads files of authors and themes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::digest::Digest;

/// The most bytes of a Markdown file or of `lyceum.yaml`.
pub(crate) const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;
/// The most bytes of any other file; static hosts such as Cloudflare take 25 MiB per file.
pub(crate) const MAX_ASSET_BYTES: usize = 24 * 1024 * 1024;

/// The most bytes of all files of a folder, because they are held in memory.
const MAX_ALL_BYTES: u64 = 1024 * 1024 * 1024;

/// A folder of files in memory, by path with `/` between segments.
#[derive(Debug, Default)]
pub struct Source {
    pub(crate) root: PathBuf,
    pub(crate) files: BTreeMap<String, Content>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    digests: BTreeMap<String, Digest>,
}

/// What is in a file.
#[derive(Debug)]
pub(crate) enum Content {
    /// Markdown or YAML.
    Text(TextFile),
    /// Anything else.
    Bytes(Vec<u8>),
    /// A file that exists and about which a diagnostic has been written.
    Broken,
}

impl Source {
    /// Reads a folder. What cannot be read is a diagnostic, kept until the build reports it. Files and folders
    /// whose name starts with `.` are skipped. Cost: all files are held in memory.
    pub fn read(root: &Path) -> Self {
        let mut source = Self { root: root.to_owned(), ..Self::default() };
        source.read_below(root);
        source
    }

    /// Reads these files and folders again, as far as they lie in this folder.
    pub fn refresh(&mut self, paths: &[PathBuf]) {
        let canonical = self.root.canonicalize().ok();
        for path in paths {
            let mut roots = [Some(self.root.clone()), canonical.clone()].into_iter().flatten();
            let Some(below) = roots.find_map(|root| path.strip_prefix(&root).ok()) else { continue };
            if below.iter().any(|segment| segment.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            let (path, name) = (self.root.join(below), slashed(below).unwrap_or_default());
            let inner = format!("{name}/");
            let is_below = |file: &str| name.is_empty() || file == name || file.starts_with(&inner);
            self.files.retain(|file, _| !is_below(file));
            self.digests.retain(|file, _| !is_below(file));
            self.diagnostics.retain(|found| !found.file.starts_with(&path));
            if path.symlink_metadata().is_ok() || name.is_empty() {
                self.read_below(&path);
            }
        }
    }

    /// The path that a file of the disk has in this folder.
    pub(crate) fn name_of(&self, path: &Path) -> Option<String> {
        let canonical = || self.root.canonicalize().ok();
        let below = path.strip_prefix(&self.root).ok().map(Path::to_owned);
        slashed(&below.or_else(|| path.strip_prefix(canonical()?).ok().map(Path::to_owned))?)
    }

    fn read_below(&mut self, folder: &Path) {
        let visible =
            |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
        let mut entries = Vec::new();
        for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(visible) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    self.complain(&path, Code::Unreadable, format!("cannot be read: {error}"));
                }
            }
        }
        if self.is_too_much(folder, &entries) {
            return;
        }
        let root = self.root.clone();
        let read: Vec<Self> = entries
            .par_chunks(64)
            .map(|entries| {
                let mut part = Self { root: root.clone(), ..Self::default() };
                for entry in entries {
                    part.read_entry(entry);
                }
                part
            })
            .collect();
        for part in read {
            self.files.extend(part.files);
            self.digests.extend(part.digests);
            self.diagnostics.extend(part.diagnostics);
        }
    }

    /// Refuses a folder that memory may not hold, before anything of it is read. Files that are too large by
    /// themselves do not count: each is refused on its own.
    fn is_too_much(&mut self, folder: &Path, entries: &[DirEntry]) -> bool {
        let size = |entry: &DirEntry| entry.metadata().map_or(0, |metadata| metadata.len());
        let sizes = entries.par_iter().filter(|entry| entry.file_type().is_file()).map(size);
        let n_bytes: u64 = sizes.filter(|n_bytes| *n_bytes <= MAX_ASSET_BYTES as u64).sum();
        if n_bytes <= MAX_ALL_BYTES {
            return false;
        }
        let message = format!("files of {n_bytes} bytes together, expected at most {MAX_ALL_BYTES}");
        let error = TextFile::new(folder, "").error(Code::TooLarge, 0..0, message);
        self.diagnostics.push(error.hint("keep films and downloads elsewhere, and link to them"));
        for entry in entries {
            let name = entry.path().strip_prefix(&self.root).ok().and_then(slashed);
            self.files.extend(name.map(|name| (name, Content::Broken)));
        }
        true
    }

    /// How large a file is; nothing for one that cannot be read.
    pub(crate) fn n_bytes(&self, path: &str) -> usize {
        match self.files.get(path) {
            Some(Content::Text(text)) => text.source.len(),
            Some(Content::Bytes(bytes)) => bytes.len(),
            Some(Content::Broken) | None => 0,
        }
    }

    /// Of the bytes of every file.
    pub(crate) fn digests(&self) -> &BTreeMap<String, Digest> {
        &self.digests
    }

    /// How many diagnostics there are about files as a whole.
    pub(crate) fn n_broken(&self) -> usize {
        self.diagnostics.len()
    }

    /// A folder that is only in memory: pairs of path and content.
    pub fn from_files<P: Into<String>, C: Into<Vec<u8>>>(
        root: &Path,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Self {
        let mut source = Self { root: root.to_owned(), ..Self::default() };
        for (path, content) in files {
            source.add(path.into(), content.into());
        }
        source
    }

    /// The text at this path, if there is a readable one.
    pub(crate) fn text(&self, path: &str) -> Option<&TextFile> {
        match self.files.get(path) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The path to show for a file of this folder.
    pub(crate) fn shown(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// An error about a file as a whole.
    pub(crate) fn error(&self, path: &str, code: Code, message: impl Into<String>) -> Diagnostic {
        TextFile::new(&self.shown(path), "").error(code, 0..0, message)
    }

    fn read_entry(&mut self, entry: &DirEntry) {
        let path = entry.path();
        let Some(name) = path.strip_prefix(&self.root).ok().and_then(slashed) else {
            return self.complain(path, Code::BadFileName, "the name is not UTF-8, expected a readable name");
        };
        if entry.file_type().is_symlink() {
            self.files.insert(name, Content::Broken);
            return self.complain(path, Code::OutsideContent, "a symbolic link, expected a file");
        }
        // To read a pipe is to wait for whoever writes to it.
        if !entry.file_type().is_file() {
            self.files.insert(name, Content::Broken);
            return self.complain(path, Code::Unreadable, "a pipe or a device, expected a file");
        }
        let limit = if is_text(&name) { MAX_TEXT_BYTES } else { MAX_ASSET_BYTES };
        let file = fs::File::open(path);
        let metadata = file.as_ref().ok().and_then(|file| file.metadata().ok());
        let n_bytes = metadata.map_or(0, |metadata| metadata.len());
        if n_bytes > limit as u64 {
            self.files.insert(name, Content::Broken);
            return self.complain(path, Code::TooLarge, too_large(n_bytes, limit));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(n_bytes).unwrap_or(0));
        // A file may grow between the look at its size and the last of its bytes.
        match file.and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes)) {
            Ok(_) => self.add(name, bytes),
            Err(error) => {
                self.files.insert(name, Content::Broken);
                self.complain(path, Code::Unreadable, format!("cannot be read: {error}"));
            }
        }
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        let path = self.shown(&name);
        self.digests.insert(name.clone(), Digest::of(&bytes));
        let content = if !is_text(&name) {
            Content::Bytes(bytes)
        } else if bytes.len() > MAX_TEXT_BYTES {
            self.complain(&path, Code::TooLarge, too_large(bytes.len() as u64, MAX_TEXT_BYTES));
            Content::Broken
        } else {
            match String::from_utf8(bytes) {
                Ok(text) => Content::Text(TextFile::new(&path, text)),
                Err(error) => {
                    let at = error.utf8_error().valid_up_to();
                    self.complain(
                        &path,
                        Code::NotUtf8,
                        format!("byte {at} is not UTF-8, expected UTF-8 text"),
                    );
                    Content::Broken
                }
            }
        };
        self.files.insert(name, content);
    }

    fn complain(&mut self, path: &Path, code: Code, message: impl Into<String>) {
        self.diagnostics.push(TextFile::new(path, "").error(code, 0..0, message));
    }
}

fn too_large(n_bytes: u64, limit: usize) -> String {
    format!("a file of {n_bytes} bytes, expected at most {limit}")
}

/// Markdown outside `static`, and the site's own file.
fn is_text(path: &str) -> bool {
    let markdown = Path::new(path).extension().is_some_and(|extension| extension == "md");
    path == "lyceum.yaml" || (markdown && !path.starts_with("static/"))
}

fn slashed(path: &Path) -> Option<String> {
    let segments: Option<Vec<&str>> = path.iter().map(|segment| segment.to_str()).collect();
    segments.map(|segments| segments.join("/"))
}
