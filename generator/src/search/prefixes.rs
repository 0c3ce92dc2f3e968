//! The best pages for the beginning of a word, where the words that begin so do not fit into one file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use lyceum_contract::search::{KEY_BITS, PREFIX_MARK, key};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Page;
use super::dictionary::{Affected, Dictionary, keys_below};
use super::postings::{Posting, push_lines};
use super::tree::SHARD_BYTES;
use crate::digest::Digest;

/// The most pages for the beginning of a word, for each rule.
const MAX_PAGES: usize = 64;
/// Longer beginnings have few words.
const MAX_DIGITS: u32 = 8;
const DIGIT_BITS: u32 = 5;

/// A beginning that has lines of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prefix {
    n_digits: u32,
    pub(super) key: u64,
    text: String,
    /// Bytes of its lines.
    pub(super) n_bytes: usize,
    /// Of its lines.
    digest: Digest,
}

/// Every beginning whose words are, or may come to be, in several files, by number of digits and key; and the keys of
/// those that are not as they were in `known`.
pub(super) fn find(
    dictionary: &Dictionary,
    pages: &[Page<'_>],
    known: &[Prefix],
    affected: &Affected,
) -> (Vec<Prefix>, Vec<u64>) {
    let mut chunks = Vec::new();
    let sums = sums(dictionary);
    add_chunks(dictionary, &sums, 0..dictionary.len(), 1, &mut chunks);
    chunks.sort_unstable_by_key(|(n_digits, rows)| (*n_digits, rows.start));
    let of_chunk = |best: &mut Vec<u32>, (n_digits, rows): &(u32, Range<usize>)| {
        let keys = keys_of(dictionary, rows, *n_digits);
        let from = known.partition_point(|prefix| (prefix.n_digits, prefix.key) < (*n_digits, keys.start));
        let to = known.partition_point(|prefix| (prefix.n_digits, prefix.key) < (*n_digits, keys.end));
        if affected.has_any(&keys) {
            beginnings(dictionary, rows.clone(), *n_digits, pages, best)
        } else {
            known[from..to].to_vec()
        }
    };
    let found: Vec<Vec<Prefix>> = chunks.par_iter().map_init(|| vec![0; pages.len()], of_chunk).collect();
    let found: Vec<Prefix> = found.into_iter().flatten().collect();
    let place = |prefix: &Prefix| (prefix.n_digits, prefix.key, prefix.text.clone(), prefix.digest);
    let old: BTreeSet<_> = known.iter().map(place).collect();
    let new: BTreeSet<_> = found.iter().map(place).collect();
    let changed = old.symmetric_difference(&new).map(|(_, key, ..)| *key).collect();
    (found, changed)
}

/// Adds the lines of a beginning. `best` is scratch, one zero per page.
pub(super) fn push(
    dictionary: &Dictionary,
    prefix: &Prefix,
    pages: &[Page<'_>],
    best: &mut [u32],
    out: &mut String,
) {
    let bits = prefix.n_digits * DIGIT_BITS;
    let rows = dictionary.within(&keys_below(prefix.key >> (KEY_BITS - bits), bits));
    let terms = rows.filter(|idx| beginning(dictionary.text(*idx), prefix.n_digits) == Some(&prefix.text));
    push_best(dictionary, &prefix.text, terms, pages, best, out);
}

/// Bytes of the lines of all terms before each, and of all.
fn sums(dictionary: &Dictionary) -> Vec<usize> {
    let mut sums = vec![0];
    for idx in 0..dictionary.len() {
        sums.push(sums[idx] + dictionary.n_bytes(idx));
    }
    sums
}

/// Adds the terms with the same first digits, where there is much among these terms, and then those with more of them.
fn add_chunks(
    dictionary: &Dictionary,
    sums: &[usize],
    rows: Range<usize>,
    n_digits: u32,
    chunks: &mut Vec<(u32, Range<usize>)>,
) {
    let mut start = rows.start;
    while start < rows.end {
        let keys = keys_of(dictionary, &(start..start + 1), n_digits);
        let end = dictionary.within(&keys).end;
        // A file may grow by the lines that are added here, so half a file is much.
        if sums[end] - sums[start] > SHARD_BYTES / 2 {
            chunks.push((n_digits, start..end));
            if n_digits < MAX_DIGITS {
                add_chunks(dictionary, sums, start..end, n_digits + 1, chunks);
            }
        }
        start = end;
    }
}

/// All keys that begin as those of these terms.
fn keys_of(dictionary: &Dictionary, rows: &Range<usize>, n_digits: u32) -> Range<u64> {
    let bits = n_digits * DIGIT_BITS;
    keys_below(dictionary.key(rows.start) >> (KEY_BITS - bits), bits)
}

/// Terms with the same first digits may begin with different letters.
fn beginnings(
    dictionary: &Dictionary,
    rows: Range<usize>,
    n_digits: u32,
    pages: &[Page<'_>],
    best: &mut [u32],
) -> Vec<Prefix> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for idx in rows {
        // One letter of the alphabet says nothing yet; one of a thousand characters does.
        if let Some(text) = beginning(dictionary.text(idx), n_digits).filter(|text| text.len() > 1) {
            groups.entry(text).or_default().push(idx);
        }
    }
    let mut found: Vec<Prefix> = Vec::new();
    for (text, terms) in groups {
        let mut lines = String::new();
        push_best(dictionary, text, terms.into_iter(), pages, best, &mut lines);
        let digest = Digest::of(lines.as_bytes());
        found.push(Prefix { n_digits, key: key(text), text: text.to_owned(), n_bytes: lines.len(), digest });
    }
    found.sort_by_key(|prefix| prefix.key);
    found
}

fn push_best(
    dictionary: &Dictionary,
    text: &str,
    terms: impl Iterator<Item = usize>,
    pages: &[Page<'_>],
    best: &mut [u32],
    out: &mut String,
) {
    let mut touched = Vec::new();
    for posting in terms.flat_map(|idx| dictionary.postings(idx)) {
        let best = &mut best[posting.page_idx()];
        if *best == 0 {
            touched.push(posting.page_idx());
        }
        *best = posting.weight().max(*best);
    }
    touched.sort_unstable();
    let postings = touched.into_iter().map(|idx| Posting::new(idx, std::mem::take(&mut best[idx])));
    let mark = PREFIX_MARK.encode_utf8(&mut [0; 4]).to_owned();
    push_lines(out, (text, &mark), &postings.collect::<Vec<_>>(), MAX_PAGES, pages);
}

/// The letters of a term that make this many digits of its key; nothing when no number of letters does.
fn beginning(term: &str, n_digits: u32) -> Option<&str> {
    let mut n = 0;
    let end = term.char_indices().find_map(|(at, char)| {
        n += if char.is_ascii() { 1 } else { 2 };
        (n >= n_digits).then_some(at + char.len_utf8())
    })?;
    (n == n_digits).then(|| &term[..end])
}
