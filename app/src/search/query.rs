//! What is searched for.

use lyceum_contract::search::{MAX_TERMS, stem, words};

/// The terms of a query.
pub(super) struct Query {
    /// At most [`MAX_TERMS`], each once.
    pub(super) terms: Vec<String>,
    /// The last word as it was typed, when it may not be finished, and the place of its term. One letter of the alphabet
    /// begins too many words.
    pub(super) begun: Option<(usize, String)>,
}

impl Query {
    pub(super) fn of(text: &str) -> Self {
        let mut query = Self { terms: Vec::new(), begun: None };
        words(text, false, &mut |span, word| {
            let mut term = word.to_owned();
            stem(&mut term);
            let known = query.terms.iter().position(|known| *known == term);
            let place = known.or_else(|| {
                (query.terms.len() < MAX_TERMS).then(|| {
                    query.terms.push(term);
                    query.terms.len() - 1
                })
            });
            query.begun = place
                .filter(|_| span.end == text.len() && word.len() > 1)
                .map(|place| (place, word.to_owned()));
        });
        query
    }

    /// Which of the terms a word of a page is, and how many bytes of it. Two letters of a script without gaps are no word:
    /// of them only what was typed counts.
    pub(super) fn term_of(&self, word: &str) -> Option<(usize, usize)> {
        let mut term = word.to_owned();
        stem(&mut term);
        let begins = || self.begun.as_ref().filter(|(_, begun)| word.starts_with(begun.as_str()));
        let place = self.terms.iter().position(|known| *known == term);
        place.map(|place| (place, word.len())).or_else(|| {
            let (place, begun) = begins()?;
            Some((*place, if begun.is_ascii() { word.len() } else { begun.len() }))
        })
    }
}
