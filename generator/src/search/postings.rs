//! Who has which term: terms by page turned into pages by term.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use lyceum_contract::search::{key, push_number};

use super::Page;
use super::tokens::{Tokens, WordHasher};

/// A term on a page: the page's place among the pages, and the weight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting(u32);

impl Posting {
    const WEIGHT_BITS: u32 = 5;

    pub(super) fn new(page_idx: usize, weight: u32) -> Self {
        let page_idx = u32::try_from(page_idx).expect("pages are numbered with 20 bits");
        Self(page_idx << Self::WEIGHT_BITS | weight)
    }

    pub(super) fn page_idx(self) -> usize {
        (self.0 >> Self::WEIGHT_BITS) as usize
    }

    pub(super) fn weight(self) -> u32 {
        self.0 & 31
    }
}

/// Every term of an index with its pages.
pub(super) struct Terms<'a> {
    /// In the order of their keys, then of their texts.
    pub(super) terms: Vec<Term<'a>>,
    /// Those of one term beside each other, in the order of the pages.
    pub(super) postings: Vec<Posting>,
}

/// A term and where its postings are.
pub(super) struct Term<'a> {
    pub(super) key: u64,
    pub(super) text: &'a str,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl<'a> Terms<'a> {
    /// Turns terms by page into pages by term. Cost: two passes over all tokens; eight bytes for each while it works.
    pub(super) fn of(pages: &[&'a Tokens]) -> Self {
        let mut known: HashMap<&str, u32, BuildHasherDefault<WordHasher>> = HashMap::default();
        let mut terms: Vec<Term<'_>> = Vec::new();
        let mut order = Vec::new();
        for page in pages {
            for (text, _) in page.iter() {
                let next = u32::try_from(terms.len()).expect("far fewer terms than that fit in memory");
                let idx = *known.entry(text).or_insert(next);
                if idx == next {
                    terms.push(Term { key: key(text), text, from: 0, to: 0 });
                }
                terms[idx as usize].to += 1;
                order.push(idx);
            }
        }
        drop(known);
        let mut n_before = 0;
        for term in &mut terms {
            let n = std::mem::replace(&mut term.to, n_before);
            term.from = n_before;
            n_before += n;
        }
        let mut postings = vec![Posting(0); n_before];
        let weights = pages
            .iter()
            .enumerate()
            .flat_map(|(idx, page)| page.iter().map(move |(_, weight)| (idx, weight)));
        for (term_idx, (page_idx, weight)) in order.into_iter().zip(weights) {
            let term = &mut terms[term_idx as usize];
            postings[term.to] = Posting::new(page_idx, weight);
            term.to += 1;
        }
        terms.sort_unstable_by(|a, b| (a.key, a.text).cmp(&(b.key, b.text)));
        Self { terms, postings }
    }
}

/// The postings of each tag.
pub(super) fn by_tag<'p>(
    postings: &'p [Posting],
    pages: &'p [Page<'_>],
) -> impl Iterator<Item = &'p [Posting]> {
    postings.chunk_by(|a, b| pages[a.page_idx()].tag == pages[b.page_idx()].tag)
}

/// At most so many, those of more weight first, in the order of the pages.
pub(super) fn strongest(postings: &[Posting], n_most: usize) -> Vec<Posting> {
    let mut kept = postings.to_vec();
    if kept.len() > n_most {
        kept.sort_unstable_by_key(|posting| (std::cmp::Reverse(posting.weight()), *posting));
        kept.truncate(n_most);
        kept.sort_unstable();
    }
    kept
}

/// Adds the lines of a term, one for each tag, with at most so many postings in each.
pub(super) fn push_lines(
    out: &mut String,
    (term, mark): (&str, &str),
    postings: &[Posting],
    n_most: usize,
    pages: &[Page<'_>],
) {
    for postings in by_tag(postings, pages) {
        let kept = strongest(postings, n_most);
        for part in [term, mark, "\t", pages[kept[0].page_idx()].tag, "\t"] {
            out.push_str(part);
        }
        let mut before = 0;
        for posting in kept {
            let number = pages[posting.page_idx()].number;
            push_number(out, (number - before) << 5 | posting.weight());
            before = number;
        }
        out.push('\n');
    }
}
