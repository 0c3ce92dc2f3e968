//! Pages that are indexed together, in memory or in a file of a cache.

use std::borrow::Cow;
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

/// A page that was just read: its words for the two indexes, and the text that its lines stand in.
pub(crate) struct Fresh {
    page: Indexed,
    words: [Tokens; 2],
    text: String,
}

/// The words and texts of all pages are much more than what a merge needs at once: they stay where they are until they are
/// asked for.
#[derive(Debug)]
enum Rest {
    Memory {
        words: [Vec<Tokens>; 2],
        texts: String,
    },
    /// The words for the public index, those for the sealed one, and the texts, in a file.
    File {
        path: PathBuf,
        words: [Range<u64>; 2],
        texts: u64,
    },
}

/// Pages, their words and their texts.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(super) pages: Vec<Indexed>,
    rest: Rest,
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
        Fresh { page, words: [public_words, guarded_words.unwrap_or_default()], text }
    }

    /// What one of the two indexes has of it.
    pub(super) fn part(&self, is_guarded: bool) -> Option<&Part> {
        if is_guarded { self.guarded.as_ref() } else { Some(&self.public) }
    }
}

impl Batch {
    pub(crate) fn new(read: Vec<Fresh>) -> Self {
        let mut texts = String::with_capacity(read.iter().map(|read| read.text.len()).sum());
        let (mut pages, mut words) = (Vec::new(), [Vec::new(), Vec::new()]);
        for mut read in read {
            for part in [Some(&mut read.page.public), read.page.guarded.as_mut()].into_iter().flatten() {
                part.line = part.line.start + texts.len()..part.line.end + texts.len();
            }
            texts.push_str(&read.text);
            pages.push(read.page);
            words.iter_mut().zip(read.words).for_each(|(all, words)| all.push(words));
        }
        Self { pages, rest: Rest::Memory { words, texts } }
    }

    /// The words of every page for one of the two indexes. Nothing when they have been lost.
    pub(super) fn words(&self, is_guarded: bool) -> Option<Cow<'_, [Tokens]>> {
        match &self.rest {
            Rest::Memory { words, .. } => Some(Cow::Borrowed(&words[usize::from(is_guarded)])),
            Rest::File { path, words, .. } => {
                let range = &words[usize::from(is_guarded)];
                let mut bytes = Vec::new();
                let mut file = File::open(path).ok()?;
                file.seek(SeekFrom::Start(range.start)).ok()?;
                file.take(range.end - range.start).read_to_end(&mut bytes).ok()?;
                let words: Vec<Tokens> = postcard::from_bytes(&bytes).ok()?;
                (words.len() == self.pages.len()).then_some(Cow::Owned(words))
            }
        }
    }

    /// Of everything in a batch that is in memory.
    pub(crate) fn digest(&self) -> Digest {
        let pages = self.pages.iter().map(|page| {
            let guarded = page.guarded.as_ref().map(|part| part.digest);
            (&page.url, page.language.as_str(), page.access.to_string(), page.public.digest, guarded)
        });
        Digest::of_value(&pages.collect::<Vec<_>>())
    }

    /// Writes a batch that is in memory: how long the pages are, the pages, the words, the texts.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let Rest::Memory { words, texts } = &self.rest else { return Ok(()) };
        let packed = |words| postcard::to_stdvec(words).map_err(io::Error::other);
        let [public, guarded] = [packed(&words[0])?, packed(&words[1])?];
        let lengths = [public.len(), guarded.len(), texts.len()];
        let pages = postcard::to_stdvec(&(&self.pages, lengths)).map_err(io::Error::other)?;
        let mut file = File::create(path)?;
        for bytes in [&(pages.len() as u64).to_le_bytes()[..], &pages, &public, &guarded, texts.as_bytes()] {
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
        let public = len.checked_add(8).filter(|start| *start <= n_bytes)?;
        let mut pages = vec![0; usize::try_from(len).ok()?];
        file.read_exact(&mut pages).ok()?;
        let (pages, lengths): (Vec<Indexed>, [u64; 3]) = postcard::from_bytes(&pages).ok()?;
        let guarded = public.checked_add(lengths[0])?;
        let texts = guarded.checked_add(lengths[1])?;
        let rest = Rest::File { path: path.to_owned(), words: [public..guarded, guarded..texts], texts };
        (texts.checked_add(lengths[2])? == n_bytes).then_some(Self { pages, rest })
    }

    /// Adds the line of a page, without number and tag.
    pub(super) fn push_line(&self, part: &Part, out: &mut String) -> io::Result<()> {
        let line = &part.line;
        match &self.rest {
            Rest::Memory { texts, .. } => out.push_str(&texts[line.clone()]),
            Rest::File { path, texts, .. } => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(texts + line.start as u64))?;
                let n_read = file.take(line.len() as u64).read_to_string(out)?;
                if n_read < line.len() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        Ok(())
    }
}
