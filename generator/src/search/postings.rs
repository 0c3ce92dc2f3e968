//! Who has which term: terms by page turned into pages by term.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use lyceum_contract::search::{key, push_number};

use super::Page;
use super::tokens::{Tokens, WordHasher};

/// A term on a page: the page's place among the pages, and the weight. While pages are collected, the term's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting(u32);

impl Posting {
    const WEIGHT_BITS: u32 = 5;

    pub(super) fn new(page_idx: usize, weight: u32) -> Self {
        let page_idx =
            u32::try_from(page_idx).expect("pages are numbered with 20 bits, and terms with no more than 27");
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
pub(super) struct Terms {
    /// In the order of their keys, then of their texts.
    pub(super) terms: Vec<Term>,
    /// Those of one term beside each other, in the order of the pages.
    pub(super) postings: Vec<Posting>,
}

/// A term and where its postings are.
pub(super) struct Term {
    pub(super) key: u64,
    pub(super) text: Box<str>,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Turns terms by page into pages by term. It keeps no words of a page, only four bytes for each.
#[derive(Default)]
pub(super) struct Collector {
    known: HashMap<Box<str>, u32, BuildHasherDefault<WordHasher>>,
    /// How many pages have each term.
    n_pages: Vec<usize>,
    /// Of each page, by its place: its terms by number with their weights.
    pages: Vec<(usize, Box<[Posting]>)>,
}

impl Collector {
    /// Adds a page, in any order of pages, each once.
    pub(super) fn add(&mut self, page_idx: usize, tokens: &Tokens) {
        let mut found = Vec::new();
        for (text, weight) in tokens.iter() {
            let term = match self.known.get(text) {
                Some(term) => *term as usize,
                None => self.learn(text),
            };
            self.n_pages[term] += 1;
            found.push(Posting::new(term, weight));
        }
        self.pages.push((page_idx, found.into()));
    }

    fn learn(&mut self, text: &str) -> usize {
        let term = self.n_pages.len();
        let number = u32::try_from(term).expect("far fewer terms than that fit in memory");
        self.known.insert(text.into(), number);
        self.n_pages.push(0);
        term
    }

    /// All terms with their pages. Cost: eight bytes for each word of each page while it works.
    pub(super) fn terms(self) -> Terms {
        let Self { known, n_pages, mut pages } = self;
        let mut starts = Vec::with_capacity(n_pages.len());
        let mut n_before = 0;
        for n in n_pages {
            starts.push(n_before);
            n_before += n;
        }
        let mut next = starts.clone();
        let mut postings = vec![Posting(0); n_before];
        pages.sort_unstable_by_key(|(page_idx, _)| *page_idx);
        for (page_idx, found) in pages {
            for term in found {
                postings[next[term.page_idx()]] = Posting::new(page_idx, term.weight());
                next[term.page_idx()] += 1;
            }
        }
        let term = |(text, number): (Box<str>, u32)| {
            let number = number as usize;
            Term { key: key(&text), text, from: starts[number], to: next[number] }
        };
        let mut terms: Vec<Term> = known.into_iter().map(term).collect();
        terms.sort_unstable_by(|a, b| (a.key, &a.text).cmp(&(b.key, &b.text)));
        Terms { terms, postings }
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
