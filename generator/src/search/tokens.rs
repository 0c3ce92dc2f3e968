//! The words of one page and their weights, without regard to other pages: what a cache keeps of it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use lyceum_contract::search::{stem, words};
use serde::{Deserialize, Serialize};

use super::Document;
use crate::markdown::Passage;

/// The terms of a page, each with its weight.
///
/// One text, because millions of small ones cost more than what is in them: a term, its weight as a character
/// from `1` (`0` is none), a line end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Tokens(String);

/// What a term weighs: up to 9 by how often it stands in the text, 8 more in a heading, up to 14 more in the title. So a
/// title beats a heading, and a heading beats a text.
mod weight {
    pub(super) const TEXT: u32 = 9;
    pub(super) const HEADING: u32 = 8;
    pub(super) const TITLE: u32 = 10;
    /// Goes to a title of one word; shared by the words of a longer one.
    pub(super) const WHOLE_TITLE: u32 = 4;
}

/// The number of words at which a term counts as often as it stands there; in a longer page it counts less. It is not the
/// average of the site, which would change every page's weights with each page.
const USUAL_LENGTH: u32 = 600;

impl Tokens {
    /// Terms and weights in no particular order, the same for the same page.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.split_terminator('\n').filter_map(|line| {
            let (term, weight) = line.split_at_checked(line.len().checked_sub(1)?)?;
            Some((term, u32::from(weight.as_bytes()[0] - b'0')))
        })
    }
}

/// Counts the words of a page of which this much is to be found.
pub(super) fn tokens(counter: &mut Counter, document: &Document<'_>, passages: &[Passage]) -> Tokens {
    counter.read(document.title, |count| count.is_in_title = true);
    let n_in_title = u32::try_from(counter.page.len()).unwrap_or(u32::MAX);
    counter.read(document.summary, |count| count.n_in_text += 1);
    counter.read(document.context, |count| count.n_in_text += 1);
    for passage in passages {
        counter.read(&passage.heading, |count| count.is_in_heading = true);
        counter.read(&passage.text, |count| count.n_in_text += 1);
    }
    counter.take(n_in_title)
}

/// Counts the words of one page after another. It knows the words of earlier pages, so that hardly any is stored twice.
#[derive(Default)]
pub(crate) struct Counter {
    /// The place of a word's term in `terms`.
    words: HashMap<Box<str>, u32, BuildHasherDefault<WordHasher>>,
    places: HashMap<Box<str>, u32, BuildHasherDefault<WordHasher>>,
    terms: Vec<(Box<str>, Count)>,
    /// The terms of this page in the order in which they came.
    page: Vec<u32>,
    n_words: u32,
}

/// Where on the page a term stands.
#[derive(Default, PartialEq)]
struct Count {
    n_in_text: u32,
    is_in_heading: bool,
    is_in_title: bool,
}

impl Counter {
    fn read(&mut self, text: &str, count: impl Fn(&mut Count)) {
        words(text, true, &mut |_, word| {
            let place = self.place(word);
            let (_, found) = &mut self.terms[place as usize];
            if *found == Count::default() {
                self.page.push(place);
            }
            count(found);
            self.n_words += 1;
        });
    }

    /// Where the term of a word is counted.
    fn place(&mut self, word: &str) -> u32 {
        if let Some(place) = self.words.get(word) {
            return *place;
        }
        let mut term = word.to_owned();
        stem(&mut term);
        let next = u32::try_from(self.terms.len()).expect("far fewer words than that fit in memory");
        let place = *self.places.entry(term.clone().into()).or_insert(next);
        if place == next {
            self.terms.push((term.into(), Count::default()));
        }
        self.words.insert(word.into(), place);
        place
    }

    /// The terms of this page, and everything ready for the next.
    fn take(&mut self, n_in_title: u32) -> Tokens {
        let mut tokens = String::with_capacity(self.page.len() * 8);
        for place in self.page.drain(..) {
            let (term, count) = &mut self.terms[place as usize];
            let weight = std::mem::take(count).weight(self.n_words, n_in_title);
            tokens.push_str(term);
            tokens.push(char::from(b'0' + weight));
            tokens.push('\n');
        }
        self.n_words = 0;
        Tokens(tokens)
    }
}

impl Count {
    /// 1 to 31.
    fn weight(&self, n_words: u32, n_in_title: u32) -> u8 {
        // Half of BM25's b, and its k1 of about 1.2, in whole numbers: tf / (tf + 1.2 (1/2 + 1/2 length / usual)).
        let slack = (60 + 60 * n_words.min(100 * USUAL_LENGTH) / USUAL_LENGTH).max(1);
        let text = weight::TEXT * 100 * self.n_in_text / (100 * self.n_in_text + slack);
        let heading = if self.is_in_heading { weight::HEADING } else { 0 };
        let title =
            if self.is_in_title { weight::TITLE + weight::WHOLE_TITLE / n_in_title.max(1) } else { 0 };
        u8::try_from((text + heading + title).max(1)).expect("9, 8 and 14 together are 31")
    }
}

/// Hashes short words fast. Nobody gains by words that collide: authors build their own site.
#[derive(Default)]
pub(crate) struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(26) ^ u64::from_le_bytes(word)).wrapping_mul(0xf135_7aea_2e62_a9c5);
        }
    }

    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}
