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
use crate::digest::Digest;

/// A page as the index knows it, its words apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Indexed {
    pub(super) url: String,
    pub(super) language: Language,
    pub(super) access: Access,
    pub(super) public: Part,
    /// For the sealed index, if some of the page is not free.
    pub(super) guarded: Option<Part>,
}

/// What one of the two indexes has of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// Of its words and its line.
    pub(super) digest: Digest,
    /// About as many bytes as its line has.
    pub(super) n_bytes: usize,
    /// Where its line stands in the texts of the batch.
    line: Range<usize>,
}

/// The words of a page.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Words {
    public: Tokens,
    guarded: Tokens,
}

/// A page that was just read: its words, and the text that its lines stand in.
pub(crate) struct Fresh {
    page: Indexed,
    words: Words,
    text: String,
}

/// The texts of all pages are much more than what a merge needs at once: they stay where they are until they are asked for.
#[derive(Debug)]
enum Texts {
    Memory(String),
    File { path: PathBuf, start: u64 },
}

/// Pages, their words and their texts.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(super) pages: Vec<Indexed>,
    words: Vec<Words>,
    texts: Texts,
}

impl Indexed {
    /// Reads a page: what is indexed of it. `counter` is scratch that a thread makes once.
    pub(crate) fn read(counter: &mut Counter, document: &Document<'_>) -> Fresh {
        let mut text = String::new();
        let mut part = |passages| {
            let from = text.len();
            let n_bytes = pages::push_rest(&mut text, document, passages);
            let tokens = tokens(counter, document, passages);
            let digest = Digest::of_value(&(&tokens, n_bytes, &text[from..]));
            (Part { digest, n_bytes, line: from..text.len() }, tokens)
        };
        let (public, public_words) = part(document.passages);
        let guarded = (!document.access.is_public()).then(|| part(document.all));
        let (guarded, guarded_words) = guarded.unzip();
        let (url, language) = (document.url.to_owned(), document.language.clone());
        let page = Self { url, language, access: document.access.clone(), public, guarded };
        let words = Words { public: public_words, guarded: guarded_words.unwrap_or_default() };
        Fresh { page, words, text }
    }

    /// What one of the two indexes has of it.
    pub(super) fn part(&self, is_guarded: bool) -> Option<&Part> {
        if is_guarded { self.guarded.as_ref() } else { Some(&self.public) }
    }
}

impl Batch {
    pub(crate) fn new(read: Vec<Fresh>) -> Self {
        let mut texts = String::with_capacity(read.iter().map(|read| read.text.len()).sum());
        let (mut pages, mut words) = (Vec::new(), Vec::new());
        for mut read in read {
            for part in [Some(&mut read.page.public), read.page.guarded.as_mut()].into_iter().flatten() {
                part.line = part.line.start + texts.len()..part.line.end + texts.len();
            }
            texts.push_str(&read.text);
            pages.push(read.page);
            words.push(read.words);
        }
        Self { pages, words, texts: Texts::Memory(texts) }
    }

    /// The words of a page for one of the two indexes.
    pub(super) fn tokens(&self, page_idx: usize, is_guarded: bool) -> &Tokens {
        let words = &self.words[page_idx];
        if is_guarded { &words.guarded } else { &words.public }
    }

    /// Of everything in a batch that is in memory.
    pub(crate) fn digest(&self) -> Digest {
        let pages = self.pages.iter().map(|page| {
            let guarded = page.guarded.as_ref().map(|part| part.digest);
            (&page.url, page.language.as_str(), page.access.to_string(), page.public.digest, guarded)
        });
        Digest::of_value(&pages.collect::<Vec<_>>())
    }

    /// Writes a batch that is in memory: how long the pages are, the pages, the texts.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let Texts::Memory(texts) = &self.texts else { return Ok(()) };
        let pages =
            postcard::to_stdvec(&(&self.pages, &self.words, texts.len())).map_err(io::Error::other)?;
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
        let (pages, words, n_texts): (Vec<Indexed>, Vec<Words>, usize) = postcard::from_bytes(&pages).ok()?;
        let is_whole = pages.len() == words.len() && n_bytes - start == n_texts as u64;
        is_whole.then(|| Self { pages, words, texts: Texts::File { path: path.to_owned(), start } })
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
