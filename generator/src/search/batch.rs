//! Pages that are indexed together, in memory or in a file of a cache.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use lyceum_contract::Access;
use lyceum_contract::manifest::Language;
use serde::{Deserialize, Serialize};

use super::tokens::{Tokens, tokens};
use super::{Counter, Document, pages};

/// A page as the index knows it. It outlives the build that made it: the index of a site is put together from all of
/// them, also from those of pages that have not changed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Indexed {
    pub(super) url: String,
    pub(super) language: Language,
    pub(super) access: Access,
    pub(super) public: Part,
    /// For the sealed index, if some of the page is not free.
    pub(super) guarded: Option<Part>,
}

/// What one of the two indexes has of a page.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) tokens: Tokens,
    /// About as many bytes as its line has.
    pub(super) n_bytes: usize,
    /// Where its line stands in the texts of the batch.
    line: Range<usize>,
}

/// The texts of all pages are much more than what a merge needs at once: they stay where they are until they are asked for.
#[derive(Debug)]
enum Texts {
    Memory(String),
    File { path: PathBuf, start: u64 },
}

/// Pages and their texts.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(super) pages: Vec<Indexed>,
    texts: Texts,
}

impl Indexed {
    /// Reads a page: what is indexed of it, and the text that its lines stand in. `counter` is scratch that a thread
    /// makes once.
    pub(crate) fn read(counter: &mut Counter, document: &Document<'_>) -> (Self, String) {
        let mut text = String::new();
        let mut part = |passages| {
            let from = text.len();
            let n_bytes = pages::push_rest(&mut text, document, passages);
            Part { tokens: tokens(counter, document, passages), n_bytes, line: from..text.len() }
        };
        let public = part(document.passages);
        let guarded = (!document.access.is_public()).then(|| part(document.all));
        let (url, language) = (document.url.to_owned(), document.language.clone());
        (Self { url, language, access: document.access.clone(), public, guarded }, text)
    }
}

impl Batch {
    pub(crate) fn new(read: Vec<(Indexed, String)>) -> Self {
        let mut texts = String::with_capacity(read.iter().map(|(_, text)| text.len()).sum());
        let pages = read.into_iter().map(|(mut page, text)| {
            for part in [Some(&mut page.public), page.guarded.as_mut()].into_iter().flatten() {
                part.line = part.line.start + texts.len()..part.line.end + texts.len();
            }
            texts.push_str(&text);
            page
        });
        let pages = pages.collect();
        Self { pages, texts: Texts::Memory(texts) }
    }

    /// Writes a batch that is in memory: how long the pages are, the pages, the texts.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let Texts::Memory(texts) = &self.texts else { return Ok(()) };
        let pages = postcard::to_stdvec(&(&self.pages, texts.len())).map_err(io::Error::other)?;
        let mut file = File::create(path)?;
        for bytes in [&(pages.len() as u64).to_le_bytes()[..], &pages, texts.as_bytes()] {
            file.write_all(bytes)?;
        }
        Ok(())
    }

    /// Opens what was saved. `None` when it is not whole.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let mut len = [0; 8];
        file.read_exact(&mut len).ok()?;
        let len = u64::from_le_bytes(len);
        let n_bytes = fs::metadata(path).ok()?.len();
        let start = len.checked_add(8).filter(|start| *start <= n_bytes)?;
        let mut pages = vec![0; usize::try_from(len).ok()?];
        file.read_exact(&mut pages).ok()?;
        let (pages, n_texts): (Vec<Indexed>, usize) = postcard::from_bytes(&pages).ok()?;
        (n_bytes - start == n_texts as u64)
            .then(|| Self { pages, texts: Texts::File { path: path.to_owned(), start } })
    }

    /// Adds the line of a page, without number and tag.
    pub(super) fn push_line(&self, part: &Part, out: &mut String) -> io::Result<()> {
        let line = &part.line;
        match &self.texts {
            Texts::Memory(texts) => out.push_str(&texts[line.clone()]),
            Texts::File { path, start } => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(start + line.start as u64))?;
                let n_read = file.take(line.len() as u64).read_to_string(out)?;
                if n_read < line.len() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        Ok(())
    }
}
