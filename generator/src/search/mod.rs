//! The search index: every page's words, public ones in the open and the others sealed.
//!
//! ```text
//! documents ─▶ tokens (one page at a time) ─▶ merge: numbers ─▶ dictionary ─▶ beginnings ─▶ tree ─▶ shards
//!                                                          └──▶ files of pages
//! ```
//!
//! What a merge has found out is kept. As long as the site has the same pages with the same access, the next one reads only
//! the pages that changed, and makes only the files that their words are in.
//!
//! The format is that of [`lyceum_contract::search`].

mod batch;
mod dictionary;
mod merge;
mod pages;
mod postings;
mod prefixes;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;

use lyceum_contract::Access;
use lyceum_contract::manifest::Language;
use sha2::{Digest, Sha256};

pub(crate) use batch::{Batch, Indexed};
pub(crate) use merge::{Kept, Sources, merge};
pub(crate) use tokens::Counter;

use crate::markdown::Passage;
use merge::Page;

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
pub(crate) trait Out: Sync {
    /// A file as it is now.
    fn put(&self, file: File);
    /// A file that is as it was last time. Says whether it is there; if not, it is put.
    fn keep(&self, path: &str) -> bool;
}

/// Why there is no index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// More pages in one language than can be numbered.
    TooManyPages,
    /// The text of a page is no longer where it was.
    Lost,
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
