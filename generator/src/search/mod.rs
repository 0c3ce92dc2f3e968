//! The search index: every page's words, public ones in the open and the others sealed.
//!
//! ```text
//! documents ─▶ tokens (one page at a time) ─▶ merge: numbers ─▶ postings ─▶ shards
//!                                                          └──▶ files of pages
//! ```
//!
//! The format is that of [`lyceum_contract::search`].

mod batch;
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
use rayon::prelude::*;
use sha2::{Digest, Sha256};

pub(crate) use batch::{Batch, Indexed};
pub(crate) use tokens::Counter;

use crate::markdown::Passage;
use batch::Part;
use postings::Terms;

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

/// Takes files, from many threads at once and in any order.
type Put<'a> = &'a (dyn Fn(File) + Sync);

/// Why there is no index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// More pages in one language than can be numbered.
    TooManyPages,
    /// The text of a page is no longer where it was.
    Lost,
}

/// Makes the indexes of all languages from pages that have been read. A file is forgotten as soon as `put` has it, since all
/// of them together are several times as large as anything else that is needed here.
pub(crate) fn merge(batches: &[&Batch], put: Put<'_>) -> Result<(), Failed> {
    let mut languages: BTreeMap<&Language, Vec<(&Indexed, &Batch)>> = BTreeMap::new();
    for batch in batches.iter().copied() {
        for page in &batch.pages {
            languages.entry(&page.language).or_default().push((page, batch));
        }
    }
    for (language, mut pages) in languages {
        pages.sort_by_key(|(page, _)| &page.url);
        let urls: Vec<&str> = pages.iter().map(|(page, _)| page.url.as_str()).collect();
        let numbers = numbers(&urls, NUMBER_BITS).ok_or(Failed::TooManyPages)?;
        let numbered = pages.iter().zip(numbers);
        let public = numbered.clone().map(|((page, batch), number)| Page {
            number,
            batch,
            part: &page.public,
            tag: "",
        });
        let public = public.collect();
        let tags: Vec<String> = pages.iter().map(|(page, _)| tag(&page.access)).collect();
        let guarded = numbered.zip(&tags).filter_map(|(((page, batch), number), tag)| {
            Some(Page { number, batch, part: page.guarded.as_ref()?, tag })
        });
        let guarded = guarded.collect();
        files(public, false, &|name| public_path(language, name), put)?;
        files(guarded, true, &|name| guarded_path(language, name), put)?;
    }
    Ok(())
}

/// The rules that guard lines of the sealed indexes, by tag.
pub(crate) fn rules(batches: &[&Batch]) -> BTreeMap<String, String> {
    let guarded = batches.iter().flat_map(|batch| &batch.pages).filter(|page| !page.access.is_public());
    guarded.map(|page| (tag(&page.access), page.access.to_string())).collect()
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

/// A page as one of the two indexes of its language has it.
#[derive(Clone, Copy)]
struct Page<'a> {
    number: u32,
    batch: &'a Batch,
    part: &'a Part,
    /// Empty in the public index.
    tag: &'a str,
}

/// The files of one index. `path` says where a file lies.
fn files(
    mut pages: Vec<Page<'_>>,
    is_guarded: bool,
    path: &(dyn Fn(&str) -> String + Sync),
    put: Put<'_>,
) -> Result<(), Failed> {
    if pages.is_empty() && is_guarded {
        return Ok(());
    }
    let put = |name: String, bytes| put(File { path: path(&name), bytes, is_guarded });
    pages.sort_unstable_by_key(|page| (page.tag, page.number));
    let terms = Terms::of(&pages);
    let mut lines = terms.lines(&pages);
    prefixes::add(&terms, &pages, &mut lines);
    drop(terms);
    let (tree, shards) = tree::shards(&lines.text, &lines.places);
    drop(lines);
    shards.into_par_iter().for_each(|(name, bytes)| put(name, bytes));
    pages.sort_unstable_by_key(|page| page.number);
    let n_bits = pages::files(&pages, &put).map_err(|_| Failed::Lost)?;
    put("index".to_owned(), format!("{VERSION}\t{}\t{n_bits}\t{tree}", pages.len()).into_bytes());
    Ok(())
}
