//! The search index: every page's words, public ones in the open and the others sealed.
//!
//! ```text
//! documents ─▶ tokens (one page at a time) ─▶ merge: numbers ─▶ postings ─▶ shards
//!                                                          └──▶ files of pages
//! ```
//!
//! The format is that of [`lyceum_contract::search`].

mod pages;
mod postings;
mod prefixes;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;

use std::collections::BTreeMap;

use lyceum_contract::Access;
use lyceum_contract::manifest::Language;
use lyceum_contract::search::{NUMBER_BITS, VERSION, guarded_path, public_path, tag};
use sha2::{Digest, Sha256};

pub(crate) use tokens::{Counter, PageTokens, tokens};

use crate::markdown::Passage;
use postings::Terms;
use tokens::Tokens;

/// One page as the search sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Document<'a> {
    /// Address with the language's prefix.
    pub(crate) url: &'a str,
    /// The language of the page: whose index it is in.
    pub(crate) language: &'a Language,
    /// The language of the text, when it is another.
    pub(crate) written: Option<&'a Language>,
    pub(crate) title: &'a str,
    /// Public, as the title is.
    pub(crate) summary: &'a str,
    /// Title of the course that a lesson is in; public.
    pub(crate) context: &'a str,
    pub(crate) access: &'a Access,
    /// What everybody may read.
    pub(crate) passages: &'a [Passage],
    /// Everything; what is more than `passages` goes into the sealed index only.
    pub(crate) all: &'a [Passage],
}

/// A file of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether it must be sealed. The rules stand in its lines, so it is sealed for nobody in particular.
    pub(crate) is_guarded: bool,
}

/// More pages in one language than can be numbered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyPages;

/// Makes the indexes of all languages. Cost: reads every document twice, on all cores.
#[cfg(test)]
pub(crate) fn build(documents: &[Document<'_>]) -> Result<Vec<File>, TooManyPages> {
    let tokens: Vec<PageTokens> =
        documents.iter().map(|document| tokens(&mut Counter::default(), document)).collect();
    merge(documents, &tokens.iter().collect::<Vec<_>>())
}

/// The same of pages whose tokens are known, one for each document.
pub(crate) fn merge(documents: &[Document<'_>], tokens: &[&PageTokens]) -> Result<Vec<File>, TooManyPages> {
    let mut languages: BTreeMap<&Language, Vec<(&Document<'_>, &PageTokens)>> = BTreeMap::new();
    for (document, tokens) in documents.iter().zip(tokens.iter().copied()) {
        languages.entry(document.language).or_default().push((document, tokens));
    }
    let mut files = Vec::new();
    for (language, mut documents) in languages {
        documents.sort_by_key(|(document, _)| document.url);
        let urls: Vec<&str> = documents.iter().map(|(document, _)| document.url).collect();
        let numbers = numbers(&urls, NUMBER_BITS).ok_or(TooManyPages)?;
        let numbered = documents.iter().zip(numbers);
        let mut public: Vec<Page<'_>> = numbered
            .clone()
            .map(|((document, tokens), number)| Page {
                number,
                document,
                passages: document.passages,
                tokens: &tokens.public,
                tag: "",
            })
            .collect();
        let tags: Vec<String> = documents.iter().map(|(document, _)| tag(document.access)).collect();
        let mut guarded: Vec<Page<'_>> = numbered
            .zip(&tags)
            .filter_map(|(((document, tokens), number), tag)| {
                let tokens = tokens.guarded.as_ref()?;
                Some(Page { number, document, passages: document.all, tokens, tag })
            })
            .collect();
        let (open, closed) = rayon::join(
            || self::files(&mut public, false, &|name| public_path(language, name)),
            || self::files(&mut guarded, true, &|name| guarded_path(language, name)),
        );
        files.extend(open.into_iter().chain(closed));
    }
    Ok(files)
}

/// The rules that guard lines of the sealed indexes, by tag.
pub(crate) fn rules(documents: &[Document<'_>]) -> BTreeMap<String, String> {
    let guarded = documents.iter().filter(|document| !document.access.is_public());
    guarded.map(|document| (tag(document.access), document.access.to_string())).collect()
}

/// A number for each address, in their order. It comes from the address alone, but for the few that want the same one:
/// of those the later takes the next free. `None` when they are more than half of all numbers.
fn numbers(urls: &[&str], n_bits: u32) -> Option<Vec<u32>> {
    if urls.len() > 1 << (n_bits - 1) {
        return None;
    }
    let mut taken = vec![false; 1 << n_bits];
    let number = |url: &&str| {
        let digest = Sha256::digest(url);
        let hash = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        let mut number = (hash >> (32 - n_bits)) as usize;
        while taken[number] {
            number = (number + 1) % taken.len();
        }
        taken[number] = true;
        u32::try_from(number).expect("a few bits")
    };
    Some(urls.iter().map(number).collect())
}

/// A document as one of the two indexes of its language has it.
#[derive(Clone, Copy)]
struct Page<'a> {
    number: u32,
    document: &'a Document<'a>,
    passages: &'a [Passage],
    tokens: &'a Tokens,
    /// Empty in the public index.
    tag: &'a str,
}

/// The files of one index. `path` says where a file lies.
fn files(pages: &mut [Page<'_>], is_guarded: bool, path: &dyn Fn(&str) -> String) -> Vec<File> {
    if pages.is_empty() && is_guarded {
        return Vec::new();
    }
    pages.sort_unstable_by_key(|page| (page.tag, page.number));
    let terms = Terms::of(pages);
    let mut lines = terms.lines(pages);
    prefixes::add(&terms, pages, &mut lines);
    let (tree, shards) = tree::shards(&lines.text, &lines.places);
    drop((terms, lines));
    pages.sort_unstable_by_key(|page| page.number);
    let (n_bits, page_files) = pages::files(pages);
    let index = format!("{VERSION}\t{}\t{n_bits}\t{tree}", pages.len());
    let all = [("index".to_owned(), index.into_bytes())].into_iter().chain(shards).chain(page_files);
    all.map(|(name, bytes)| File { path: path(&name), bytes, is_guarded }).collect()
}
