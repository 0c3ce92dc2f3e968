//! The best pages for the beginning of a word, where the words that begin so do not fit into one file.

use lyceum_contract::search::{KEY_BITS, PREFIX_MARK, key};

use super::Page;
use super::postings::{Lines, Posting, Term, Terms, by_tag, strongest};
use super::tree::SHARD_BYTES;

/// The most pages for the beginning of a word, for each rule.
const MAX_PAGES: usize = 64;
/// Longer beginnings have few words.
const MAX_DIGITS: u32 = 8;
const DIGIT_BITS: u32 = 5;

/// Adds a line for every beginning whose words are, or may come to be, in several files.
pub(super) fn add(terms: &Terms<'_>, pages: &[Page<'_>], lines: &mut Lines) {
    let mut adder = Adder { terms, pages, best: vec![0; pages.len()], added: Lines::default() };
    adder.below(&terms.terms, &lines.places, 1);
    let start = lines.text.len();
    lines.text.push_str(&adder.added.text);
    for mut place in adder.added.places {
        place.from += start;
        place.to += start;
        lines.places.push(place);
    }
    lines.places.sort_by_key(|place| place.key);
}

struct Adder<'a> {
    terms: &'a Terms<'a>,
    pages: &'a [Page<'a>],
    /// The greatest weight found on each page; all zero between two beginnings.
    best: Vec<u32>,
    added: Lines,
}

impl Adder<'_> {
    /// Looks at all beginnings of `n_digits` digits among these terms and, where there is much, at longer ones.
    fn below(&mut self, terms: &[Term<'_>], lines: &[super::postings::Line], n_digits: u32) {
        let of = |key: u64| key >> (KEY_BITS - n_digits * DIGIT_BITS);
        let mut rest = lines;
        for terms in terms.chunk_by(|a, b| of(a.key) == of(b.key)) {
            let n_lines = rest.partition_point(|line| of(line.key) <= of(terms[0].key));
            let (lines, after) = rest.split_at(n_lines);
            rest = after;
            // A file may grow by the lines that are added here, so half a file is much.
            if lines.iter().map(|line| line.to - line.from).sum::<usize>() > SHARD_BYTES / 2 {
                self.beginnings(terms, n_digits);
                if n_digits < MAX_DIGITS {
                    self.below(terms, lines, n_digits + 1);
                }
            }
        }
    }

    /// Terms with the same first digits may begin with different letters.
    fn beginnings(&mut self, terms: &[Term<'_>], n_digits: u32) {
        let mut found: Vec<(&str, &Term<'_>)> =
            terms.iter().filter_map(|term| Some((beginning(term.text, n_digits)?, term))).collect();
        found.sort_by_key(|(beginning, _)| *beginning);
        for group in found.chunk_by(|a, b| a.0 == b.0) {
            let beginning = group[0].0;
            // One letter of the alphabet says nothing yet; one of a thousand characters does.
            if beginning.len() > 1 {
                let postings = self.best_of(group);
                for postings in by_tag(&postings, self.pages) {
                    let mark = PREFIX_MARK.encode_utf8(&mut [0; 4]).to_owned();
                    let kept = strongest(postings, MAX_PAGES);
                    self.added.push(key(beginning), beginning, &mark, kept, self.pages);
                }
            }
        }
    }

    fn best_of(&mut self, group: &[(&str, &Term<'_>)]) -> Vec<Posting> {
        let mut touched = Vec::new();
        for (_, term) in group {
            for posting in &self.terms.postings[term.from..term.to] {
                let best = &mut self.best[posting.page_idx()];
                if *best == 0 {
                    touched.push(posting.page_idx());
                }
                *best = posting.weight().max(*best);
            }
        }
        touched.sort_unstable();
        touched.into_iter().map(|idx| Posting::new(idx, std::mem::take(&mut self.best[idx]))).collect()
    }
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
