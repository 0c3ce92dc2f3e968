//! Reads a folder for an import: no links are followed, and there is an end to everything.

use std::fs;
use std::path::{Path, PathBuf};

use lyceum_import::{Files, Note, NoteKind};

use crate::failure::Failure;

/// The most bytes of one file; what an academy takes at most.
const MAX_FILE_BYTES: u64 = 24 * 1024 * 1024;
/// The most bytes of everything together.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// The most files.
const MAX_FILES: usize = 200_000;
/// The deepest folder.
const MAX_DEPTH: usize = 32;
/// Folders of other programs, which hold no texts of the author.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// Everything below a folder that can be read, by path, and notes about the rest.
pub(super) fn folder(root: &Path) -> Result<(Files, Vec<Note>), Failure> {
    if !root.is_dir() {
        return Err(Failure::new(format_args!("`{}` is no folder", root.display())));
    }
    let mut reader = Reader { files: Files::new(), notes: Vec::new(), n_bytes: 0, n_files: 0 };
    let mut open: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, name, depth)) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(Failure::at("cannot read", &folder, error)),
            Err(error) => {
                reader.note(&name, format!("cannot be read: {error}"));
                continue;
            }
        };
        for entry in entries.filter_map(Result::ok) {
            let Ok(entry_name) = entry.file_name().into_string() else {
                reader.note(&name, "a name that is not UTF-8 in this folder; not imported");
                continue;
            };
            // What starts with a dot is for programs, such as the history of a repository.
            if entry_name.starts_with('.') || SKIPPED.contains(&entry_name.as_str()) {
                continue;
            }
            let path = if name.is_empty() { entry_name } else { format!("{name}/{entry_name}") };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < MAX_DEPTH {
                open.push((entry.path(), path, depth + 1));
            } else if kind.is_dir() {
                reader.note(&path, "a folder too deep; not imported");
            } else if kind.is_file() {
                reader.file(&entry.path(), path)?;
            } else {
                reader.note(&path, "a symbolic link or no file; not imported");
            }
        }
    }
    reader.notes.sort();
    Ok((reader.files, reader.notes))
}

struct Reader {
    files: Files,
    notes: Vec<Note>,
    n_bytes: u64,
    n_files: usize,
}

impl Reader {
    fn file(&mut self, file: &Path, path: String) -> Result<(), Failure> {
        let n_bytes = fs::symlink_metadata(file).map_or(0, |meta| meta.len());
        if n_bytes > MAX_FILE_BYTES {
            self.note(&path, format!("{n_bytes} bytes, at most {MAX_FILE_BYTES} are taken; not imported"));
            return Ok(());
        }
        self.n_bytes += n_bytes;
        self.n_files += 1;
        if self.n_bytes > MAX_BYTES || self.n_files > MAX_FILES {
            let failure = Failure::new("the folder holds too much for one import");
            return Err(failure.hint("name the folder of the book or site itself, without its builds"));
        }
        match fs::read(file) {
            Ok(bytes) => drop(self.files.insert(path, bytes)),
            Err(error) => self.note(&path, format!("cannot be read: {error}")),
        }
        Ok(())
    }

    fn note(&mut self, path: &str, message: impl Into<String>) {
        self.notes.push(Note {
            file: path.to_owned(),
            line: 0,
            kind: NoteKind::BadFile,
            message: message.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::scratch::Scratch;

    #[test]
    fn links_are_not_followed_and_large_files_are_left_out() {
        let scratch = Scratch::new();
        scratch.write("a/b.md", "x");
        scratch.write(".git/config", "x");
        std::os::unix::fs::symlink("/etc", scratch.path().join("etc")).expect("a link");
        std::os::unix::fs::symlink("/etc/passwd", scratch.path().join("a/p.md")).expect("a link");
        let large = fs::File::create(scratch.path().join("large.bin")).expect("a file");
        large.set_len(MAX_FILE_BYTES + 1).expect("a sparse file");
        let (files, notes) = folder(scratch.path()).expect("read");
        assert_eq!(files.keys().collect::<Vec<_>>(), ["a/b.md"]);
        let refused: Vec<&str> = notes.iter().map(|note| note.file.as_str()).collect();
        assert_eq!(refused, ["a/p.md", "etc", "large.bin"]);
        assert!(folder(&scratch.path().join("none")).is_err());
    }
}
