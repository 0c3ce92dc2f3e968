//! Looking terms up: which pages have them, and how well.

use std::collections::BTreeMap;

use lyceum_contract::manifest::Language;
use lyceum_contract::search::{
    MAX_POSTINGS, NUMBER_BITS, PREFIX_MARK, VERSION, find, guarded_path, key, page_file, postings,
    public_path, rarity,
};

use super::hits::Hit;
use super::query::Query;
use crate::ports::Unavailable;

/// The most hits that are shown.
const MAX_HITS: usize = 10;
/// How often the word that is typed loses a letter before we give up: `movin` is on the way to `moving`.
const MAX_CUTS: usize = 3;

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) n_pages: usize,
    pub(super) hits: Vec<Hit>,
}

/// The files of the indexes of one language, as far as they have been read.
pub(super) struct Library<'a> {
    language: &'a Language,
    /// Guarded lines with another tag do not exist for this reader.
    tags: Vec<String>,
    /// By path; an empty text for a file that is not there.
    pub(super) files: BTreeMap<String, String>,
    /// Files without which the search cannot go on.
    pub(super) wanted: Vec<String>,
}

/// What the first file of an index says.
struct Index<'l> {
    is_guarded: bool,
    n_pages: u32,
    n_bits: u32,
    tree: &'l str,
}

impl<'l> Index<'l> {
    fn read(text: &'l str, is_guarded: bool) -> Option<Self> {
        let number = |text: &str| {
            text.bytes()
                .fold(0, |number: u32, digit| number.wrapping_mul(10).wrapping_add(u32::from(digit & 15)))
        };
        let mut fields = text.split('\t');
        let mut next = || fields.next();
        let is_known = next()? == VERSION;
        let (n_pages, n_bits, tree) = (number(next()?), number(next()?), next()?);
        is_known.then_some(Self { is_guarded, n_pages, n_bits, tree })
    }
}

impl<'a> Library<'a> {
    pub(super) fn new(language: &'a Language, tags: Vec<String>) -> Self {
        Self { language, tags, files: BTreeMap::new(), wanted: Vec::new() }
    }

    /// Everything that was found, best first, and what is shown of the first. Not the answer yet while files are wanted.
    pub(super) fn find(&mut self, query: &Query) -> Result<Found, Unavailable> {
        let mut wanted = Vec::new();
        let found = self.search(query, &mut wanted);
        self.wanted = wanted;
        found
    }

    fn search(&self, query: &Query, wanted: &mut Vec<String>) -> Result<Found, Unavailable> {
        if query.terms.is_empty() {
            return Ok(Found::default());
        }
        let indexes =
            [self.index(false, wanted)?, if self.tags.is_empty() { None } else { self.index(true, wanted)? }];
        let ranked = self.ranked(&indexes, query, wanted);
        let mut hits = Vec::new();
        for rank in ranked.iter().take(MAX_HITS) {
            let number = (rank & ((1 << NUMBER_BITS) - 1)) as u32;
            hits.extend(self.hit(&indexes, number, query, wanted));
        }
        Ok(Found { n_pages: ranked.len(), hits })
    }

    /// The text of a file; for one that was not read yet an empty one and a note.
    fn text(&self, is_guarded: bool, name: &str, wanted: &mut Vec<String>) -> &str {
        let path =
            if is_guarded { guarded_path(self.language, name) } else { public_path(self.language, name) };
        if let Some(text) = self.files.get(&path) {
            return text;
        }
        if !wanted.contains(&path) {
            wanted.push(path);
        }
        ""
    }

    /// Name and rest of a line that this reader may read.
    fn readable<'l>(&self, is_guarded: bool, line: &'l str) -> Option<(&'l str, &'l str)> {
        let (name, rest) = line.split_once('\t')?;
        let (tag, rest) = rest.split_once('\t')?;
        let allowed = if is_guarded { self.tags.iter().any(|known| known == tag) } else { tag.is_empty() };
        allowed.then_some((name, rest))
    }

    /// `None` when there is no such index, or not yet.
    fn index(&self, is_guarded: bool, wanted: &mut Vec<String>) -> Result<Option<Index<'_>>, Unavailable> {
        let text = self.text(is_guarded, "index", wanted);
        if text.is_empty() {
            return Ok(None);
        }
        let index = Index::read(text, is_guarded).map(Some);
        index.ok_or_else(|| Unavailable::new("assets", "a search index of another version"))
    }

    /// Pages in the order of their worth; the last [`NUMBER_BITS`] are a page's number.
    fn ranked(&self, indexes: &[Option<Index<'_>>; 2], query: &Query, wanted: &mut Vec<String>) -> Vec<u64> {
        let n_pages = indexes.iter().flatten().next().map_or(0, |index| index.n_pages);
        // `page << 40 | term << 36 | is needed << 35 | worth`
        let mut found: Vec<u64> = Vec::new();
        for (idx, term) in query.terms.iter().enumerate() {
            let mut begun = match &query.begun {
                Some((place, word)) if *place == idx => word.as_str(),
                _ => "",
            };
            let (mut exact, mut begins) = (Pool::default(), Pool::default());
            self.look_up(indexes, term, begun, &mut exact, &mut begins, wanted);
            for _ in 0..MAX_CUTS {
                if begun.len() < 3
                    || !begun.is_ascii()
                    || !wanted.is_empty()
                    || exact.is_found()
                    || begins.is_found()
                {
                    break;
                }
                begun = begun.get(..begun.len() - 1).unwrap_or_default();
                self.look_up(indexes, begun, begun, &mut exact, &mut begins, wanted);
            }
            let is_needed = !exact.is_common && !begins.is_common;
            let place = (idx as u64) << 36 | u64::from(is_needed) << 35;
            for (mut pool, factor) in [(exact, 4), (begins, 3)] {
                sort(&mut pool.pages);
                let n_having = greatest(&pool.pages, 8).fold(0, |n, _| n + 1);
                let worth = u64::from(rarity(n_pages, n_having) * factor);
                for page in greatest(&pool.pages, 8) {
                    found.push((page >> 8 << 40) | place | ((page & 31) * worth));
                }
            }
        }
        sort(&mut found);
        rank(&found)
    }

    /// Collects the pages that have this term, and those that have one which begins like this.
    fn look_up(
        &self,
        indexes: &[Option<Index<'_>>; 2],
        term: &str,
        begun: &str,
        exact: &mut Pool,
        begins: &mut Pool,
        wanted: &mut Vec<String>,
    ) {
        for index in indexes.iter().flatten() {
            let mut before = None;
            for word in [term, begun] {
                let Some(name) = find(index.tree, key(word)).filter(|_| !word.is_empty()) else { continue };
                if before.as_ref() == Some(&name) {
                    continue;
                }
                for line in self.text(index.is_guarded, &name, wanted).split('\n') {
                    let Some((name, line)) = self.readable(index.is_guarded, line) else { continue };
                    let beginning = name.strip_suffix(PREFIX_MARK);
                    if name == term {
                        exact.add(line);
                    } else if !begun.is_empty()
                        && beginning.map_or(name.starts_with(begun), |name| name == begun)
                    {
                        begins.add(line);
                    }
                }
                before = Some(name);
            }
        }
    }

    /// What is shown of a page: as much as its reader may see.
    fn hit(
        &self,
        indexes: &[Option<Index<'_>>; 2],
        number: u32,
        query: &Query,
        wanted: &mut Vec<String>,
    ) -> Option<Hit> {
        let (wanted_name, mut hit) = (number.to_string(), None::<Hit>);
        for index in indexes.iter().flatten() {
            // A free page is in the public index alone.
            if hit.as_ref().is_some_and(|hit| hit.access.is_empty()) {
                break;
            }
            let text = self.text(index.is_guarded, &page_file(number, index.n_bits), wanted);
            for line in text.split('\n') {
                if let Some((name, line)) = self.readable(index.is_guarded, line)
                    && name == wanted_name
                {
                    hit = Hit::read(line, query, index.is_guarded).or(hit);
                }
            }
        }
        hit
    }
}

/// Pages that have a term, as `page << 8 | weight`.
#[derive(Default)]
struct Pool {
    pages: Vec<u64>,
    is_common: bool,
}

impl Pool {
    fn is_found(&self) -> bool {
        !self.pages.is_empty()
    }

    fn add(&mut self, line: &str) {
        let n_before = self.pages.len();
        for (page, weight) in postings(line) {
            self.pages.push(u64::from(page << 8 | weight));
        }
        self.is_common |= self.pages.len() - n_before >= MAX_POSTINGS;
    }
}

/// Of numbers that differ in their last bits only, the greatest.
fn greatest(sorted: &[u64], n_bits: u32) -> impl Iterator<Item = u64> {
    let followed = move |(idx, number): (usize, &u64)| {
        let is_same = sorted.get(idx + 1).is_some_and(|next| next >> n_bits == number >> n_bits);
        (!is_same).then_some(*number)
    };
    sorted.iter().enumerate().filter_map(followed)
}

/// A heap sort: the library's faster one takes six kilobytes of the Worker.
fn sort(numbers: &mut [u64]) {
    let sink = |numbers: &mut [u64], mut at: usize| {
        loop {
            let mut child = 2 * at + 1;
            if numbers.get(child) < numbers.get(child + 1) {
                child += 1;
            }
            if numbers.get(child) <= numbers.get(at) {
                return;
            }
            numbers.swap(at, child);
            at = child;
        }
    };
    for at in (0..numbers.len() / 2).rev() {
        sink(numbers, at);
    }
    for end in (1..numbers.len()).rev() {
        numbers.swap(0, end);
        sink(numbers.get_mut(..end).unwrap_or_default(), 0);
    }
}

/// Adds up what each page has, and keeps pages with at least two thirds as many of the needed terms as the best.
fn rank(sorted: &[u64]) -> Vec<u64> {
    const WORTH: u64 = (1 << 24) - 1;
    // `needed terms << 44 | worth left over << 20 | number`
    let mut pages: Vec<u64> = Vec::new();
    let mut most = 0;
    for entry in greatest(sorted, 36) {
        let number = entry >> 40;
        if pages.last().is_none_or(|page| page & ((1 << NUMBER_BITS) - 1) != number) {
            pages.push(WORTH << NUMBER_BITS | number);
        }
        if let Some(page) = pages.last_mut() {
            *page += (entry >> 35 & 1) << 44;
            *page -= (entry & WORTH) << NUMBER_BITS;
            most = most.max(*page >> 44);
        }
    }
    let mut ranked = Vec::new();
    for page in pages {
        if (page >> 44) * 3 >= most * 2 {
            ranked.push(page & ((1 << 44) - 1));
        }
    }
    sort(&mut ranked);
    ranked
}

#[cfg(test)]
mod tests {
    #[test]
    fn sorting_is_sorting() {
        let mut seed = 1_u64;
        for n in 0..99 {
            let mut next = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                seed >> 58
            };
            let mut numbers: Vec<u64> = (0..n).map(|_| next()).collect();
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            super::sort(&mut numbers);
            assert_eq!(numbers, sorted);
        }
    }
}
