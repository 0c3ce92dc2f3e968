//! Every term of an index with its postings, packed, so that it can be kept from one build to the next and changed in
//! few places.

use std::collections::BTreeMap;
use std::ops::Range;

use lyceum_contract::search::{KEY_BITS, MAX_POSTINGS, postings, push_number};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Page;
use super::postings::{Posting, Term, Terms, push_lines};

/// Terms in the order of their keys, then of their texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dictionary {
    rows: Vec<Row>,
    /// The terms, one behind the other.
    texts: String,
    /// Their postings, in the form of the index with the pages' places instead of their numbers.
    postings: String,
}

/// Where a term ends; it begins where the one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    key: u64,
    text_end: usize,
    postings_end: usize,
    /// Bytes of its lines.
    n_bytes: usize,
}

/// What changes: for each term, by key and text, the pages that have it with another weight, 0 for not at all.
pub(super) type Delta<'a> = BTreeMap<(u64, &'a str), BTreeMap<usize, u32>>;

/// The keys of terms that are not as they were.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Affected {
    All,
    /// In order.
    Keys(Vec<u64>),
}

impl Affected {
    /// Whether one of them lies in this range.
    pub(super) fn has_any(&self, keys: &Range<u64>) -> bool {
        match self {
            Self::All => true,
            Self::Keys(all) => {
                all.get(all.partition_point(|key| *key < keys.start)).is_some_and(|key| *key < keys.end)
            }
        }
    }

    pub(super) fn add(&mut self, more: impl IntoIterator<Item = u64>) {
        if let Self::Keys(keys) = self {
            keys.extend(more);
            keys.sort_unstable();
        }
    }
}

/// The keys that begin with the bits of `prefix`, of which there are so many.
pub(super) fn keys_below(prefix: u64, n_bits: u32) -> Range<u64> {
    let n_free = KEY_BITS - n_bits;
    prefix << n_free..(prefix + 1) << n_free
}

impl Dictionary {
    pub(super) fn of(terms: Terms, pages: &[Page<'_>]) -> Self {
        let packed = terms.terms.par_chunks(1024).map(|chunk| {
            let mut part = Self::default();
            for Term { key, text, from, to } in chunk {
                part.push(*key, text, &terms.postings[*from..*to], pages);
            }
            part
        });
        let packed: Vec<Self> = packed.collect();
        let sum = |size: fn(&Self) -> usize| packed.iter().map(size).sum();
        let n_terms = terms.terms.len();
        drop(terms);
        let mut all = Self {
            rows: Vec::with_capacity(n_terms),
            texts: String::with_capacity(sum(|part| part.texts.len())),
            postings: String::with_capacity(sum(|part| part.postings.len())),
        };
        for part in packed {
            all.push_rows(&part, 0..part.rows.len());
        }
        all
    }

    /// The same after some changes, and the keys of the terms that changed. Cost: a copy, and the terms that change.
    pub(super) fn changed(&self, delta: &Delta<'_>, pages: &[Page<'_>]) -> (Self, Vec<u64>) {
        let mut changed = Self::default();
        changed.rows.reserve(self.rows.len() + delta.len());
        changed.texts.reserve(self.texts.len());
        changed.postings.reserve(self.postings.len());
        let mut n_done = 0;
        for ((key, text), weights) in delta {
            let idx = self.place(*key, text);
            changed.push_rows(self, n_done..idx);
            let is_known = idx < self.len() && (self.key(idx), self.text(idx)) == (*key, *text);
            let mut found: BTreeMap<usize, u32> = if is_known { self.weights(idx) } else { BTreeMap::new() };
            found.extend(weights);
            found.retain(|_, weight| *weight > 0);
            let postings: Vec<Posting> =
                found.into_iter().map(|(page_idx, weight)| Posting::new(page_idx, weight)).collect();
            changed.push(*key, text, &postings, pages);
            n_done = idx + usize::from(is_known);
        }
        changed.push_rows(self, n_done..self.len());
        (changed, delta.keys().map(|(key, _)| *key).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn key(&self, idx: usize) -> u64 {
        self.rows[idx].key
    }

    pub(super) fn n_bytes(&self, idx: usize) -> usize {
        self.rows[idx].n_bytes
    }

    pub(super) fn text(&self, idx: usize) -> &str {
        let from = idx.checked_sub(1).map_or(0, |before| self.rows[before].text_end);
        &self.texts[from..self.rows[idx].text_end]
    }

    /// The terms with keys in this range.
    pub(super) fn within(&self, keys: &Range<u64>) -> Range<usize> {
        let before = |key: u64| self.rows.partition_point(|row| row.key < key);
        before(keys.start)..before(keys.end)
    }

    /// The postings of a term, in the order of the pages.
    pub(super) fn postings(&self, idx: usize) -> impl Iterator<Item = Posting> {
        let from = idx.checked_sub(1).map_or(0, |before| self.rows[before].postings_end);
        let text = &self.postings[from..self.rows[idx].postings_end];
        postings(text).map(|(page_idx, weight)| Posting::new(page_idx as usize, weight))
    }

    /// Adds the lines of a term.
    pub(super) fn push_lines(&self, idx: usize, pages: &[Page<'_>], out: &mut String) {
        let postings: Vec<Posting> = self.postings(idx).collect();
        push_lines(out, (self.text(idx), ""), &postings, MAX_POSTINGS, pages);
    }

    fn weights(&self, idx: usize) -> BTreeMap<usize, u32> {
        self.postings(idx).map(|posting| (posting.page_idx(), posting.weight())).collect()
    }

    /// Where a term is, or would be.
    fn place(&self, key: u64, text: &str) -> usize {
        let same = self.within(&(key..key + 1));
        same.clone().find(|idx| self.text(*idx) >= text).unwrap_or(same.end)
    }

    /// Adds a term behind all others, unless no page has it.
    fn push(&mut self, key: u64, text: &str, of_term: &[Posting], pages: &[Page<'_>]) {
        if of_term.is_empty() {
            return;
        }
        let mut lines = String::new();
        push_lines(&mut lines, (text, ""), of_term, MAX_POSTINGS, pages);
        self.texts.push_str(text);
        let mut before = 0;
        for posting in of_term {
            let page_idx = u32::try_from(posting.page_idx()).expect("pages are numbered with 20 bits");
            push_number(&mut self.postings, (page_idx - before) << 5 | posting.weight());
            before = page_idx;
        }
        let (text_end, postings_end) = (self.texts.len(), self.postings.len());
        self.rows.push(Row { key, text_end, postings_end, n_bytes: lines.len() });
    }

    /// Adds terms of another one behind all others.
    fn push_rows(&mut self, other: &Self, rows: Range<usize>) {
        let Some(last) = rows.clone().next_back() else { return };
        let (text, posting) = match rows.start.checked_sub(1) {
            Some(before) => (other.rows[before].text_end, other.rows[before].postings_end),
            None => (0, 0),
        };
        let (n_text, n_postings) = (self.texts.len(), self.postings.len());
        self.texts.push_str(&other.texts[text..other.rows[last].text_end]);
        self.postings.push_str(&other.postings[posting..other.rows[last].postings_end]);
        self.rows.extend(other.rows[rows].iter().map(|row| Row {
            text_end: row.text_end - text + n_text,
            postings_end: row.postings_end - posting + n_postings,
            ..*row
        }));
    }
}
