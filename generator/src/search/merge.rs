//! Puts the index of a site together from the pages of all its courses.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use lyceum_contract::manifest::Language;
use lyceum_contract::search::{NUMBER_BITS, VERSION, guarded_path, key, page_file, public_path, tag};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Indexed, Part};
use super::dictionary::{Affected, Delta, Dictionary};
use super::postings::Collector;
use super::prefixes::{self, Prefix};
use super::tokens::Tokens;
use super::tree::{self, Item, Leaf, What};
use super::{Failed, File, Out, numbers, pages};
use crate::digest::Digest;

/// When more than this part of all pages has changed, to begin anew is faster.
const MAX_CHANGED: usize = 8;

/// Where the pages come from.
pub(crate) struct Sources<'a> {
    /// Names of batches. What has the same name has the same pages.
    pub(crate) names: &'a [String],
    /// Opens the batch with that index, or, when it has been lost, makes it again.
    pub(crate) open: &'a (dyn Fn(usize) -> Option<Arc<Batch>> + Sync),
    /// Opens a batch of last time that is none any more.
    pub(crate) recall: &'a (dyn Fn(&str) -> Option<Arc<Batch>> + Sync),
    /// What was found out last time.
    pub(crate) kept: Option<&'a Kept>,
    /// What files are sealed with: under another seal, none is as it was.
    pub(crate) seal: Digest,
}

/// What a merge has found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    seal: Digest,
    /// By name.
    batches: BTreeMap<String, Vec<Indexed>>,
    /// By language, and whether they are sealed.
    indexes: BTreeMap<(Language, bool), Index>,
}

/// What is known of one index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Index {
    /// Of addresses, numbers and tags of all pages.
    pages: Digest,
    dictionary: Dictionary,
    prefixes: Vec<Prefix>,
    /// The files with words, by their place in the tree.
    leaves: BTreeSet<u64>,
    /// How many bits of a page's number name its file.
    n_bits: u32,
}

/// A page as one of the two indexes of its language has it.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) number: u32,
    pub(super) url: &'a str,
    /// Its batch, and its place there.
    pub(super) batch: usize,
    place: usize,
    pub(super) part: &'a Part,
    /// Empty in the public index.
    pub(super) tag: &'a str,
}

/// Makes the indexes of all languages. A file is forgotten as soon as `out` has it, since all of them together are several
/// times as large as anything else that is needed here.
pub(crate) fn merge(sources: &Sources<'_>, out: &dyn Out) -> Result<Kept, Failed> {
    let kept = sources.kept.filter(|kept| kept.seal == sources.seal);
    let sources = &Sources { kept, ..*sources };
    let opened = Opened::new(sources);
    let known = |name: &String| sources.kept.and_then(|kept| kept.batches.get(name)).cloned();
    let read = |(idx, name): (usize, &String)| match known(name) {
        Some(pages) => Ok(pages),
        None => Ok(opened.get(idx)?.pages.clone()),
    };
    let batches: Vec<Vec<Indexed>> = sources
        .names
        .par_iter()
        .enumerate()
        .map(|(idx, name)| read((idx, name)))
        .collect::<Result<_, _>>()?;
    let mut languages: BTreeMap<&Language, Vec<(usize, usize, &Indexed)>> = BTreeMap::new();
    for (batch, pages) in batches.iter().enumerate() {
        for (place, page) in pages.iter().enumerate() {
            languages.entry(&page.language).or_default().push((batch, place, page));
        }
    }
    let mut indexes = BTreeMap::new();
    for (language, mut all) in languages {
        all.sort_by_key(|(.., page)| &page.url);
        let urls: Vec<&str> = all.iter().map(|(.., page)| page.url.as_str()).collect();
        let numbers = numbers(&urls, NUMBER_BITS).ok_or(Failed::TooManyPages)?;
        let tags: Vec<String> = all.iter().map(|(.., page)| tag(&page.access)).collect();
        for is_guarded in [false, true] {
            let pages = all.iter().zip(&numbers).zip(&tags).filter_map(|((page, number), tag)| {
                let (batch, place, page) = *page;
                let (part, tag) = (page.part(is_guarded)?, if is_guarded { tag.as_str() } else { "" });
                Some(Page { number: *number, url: &page.url, batch, place, part, tag })
            });
            let mut pages: Vec<Page<'_>> = pages.collect();
            if pages.is_empty() && is_guarded {
                continue;
            }
            pages.sort_unstable_by_key(|page| (page.tag, page.number));
            let id = (language.clone(), is_guarded);
            let old = sources.kept.and_then(|kept| kept.indexes.get(&id));
            let merging = Merging { sources, opened: &opened, language, is_guarded, pages: &pages, out };
            indexes.insert(id, merging.index(old)?);
        }
    }
    let batches = sources.names.iter().cloned().zip(batches).collect();
    Ok(Kept { seal: sources.seal, batches, indexes })
}

impl Kept {
    /// The batches that it was made of.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.batches.keys().map(String::as_str)
    }

    /// The rules that guard lines of the sealed indexes, by tag.
    pub(crate) fn rules(&self) -> BTreeMap<String, String> {
        let pages = self.batches.values().flatten();
        let rules: BTreeSet<String> =
            pages.filter(|page| !page.access.is_public()).map(|page| page.access.to_string()).collect();
        let tagged = rules.into_iter().filter_map(|rule| Some((tag(&rule.parse().ok()?), rule)));
        tagged.collect()
    }
}

/// Batches that were opened, each once.
struct Opened<'a> {
    sources: &'a Sources<'a>,
    batches: Vec<OnceLock<Option<Arc<Batch>>>>,
}

impl<'a> Opened<'a> {
    fn new(sources: &'a Sources<'a>) -> Self {
        Self { sources, batches: sources.names.iter().map(|_| OnceLock::new()).collect() }
    }

    fn get(&self, idx: usize) -> Result<&Arc<Batch>, Failed> {
        self.batches[idx].get_or_init(|| (self.sources.open)(idx)).as_ref().ok_or(Failed::Lost)
    }
}

/// One index on its way.
struct Merging<'a> {
    sources: &'a Sources<'a>,
    opened: &'a Opened<'a>,
    language: &'a Language,
    is_guarded: bool,
    /// In the order of tags and numbers.
    pages: &'a [Page<'a>],
    out: &'a dyn Out,
}

/// What an index is made of.
struct Words {
    dictionary: Dictionary,
    affected: Affected,
    /// The places of pages whose texts changed; nothing when that is not known.
    changed: Option<BTreeSet<usize>>,
}

impl Merging<'_> {
    /// Makes the files that differ from those of last time.
    fn index(&self, old: Option<&Index>) -> Result<Index, Failed> {
        let pages = self.identity();
        let old = old.filter(|old| old.pages == pages);
        let words = match old.map(|old| self.changes(old)).transpose()?.flatten() {
            Some(words) => words,
            None => self.anew()?,
        };
        let Words { dictionary, mut affected, changed } = words;
        let known = old.map_or(&[][..], |old| &old.prefixes);
        let (prefixes, more) = prefixes::find(&dictionary, self.pages, known, &affected);
        affected.add(more);
        let items = items(&dictionary, &prefixes);
        let (nodes, leaves) = tree::leaves(&items);
        let empty = BTreeSet::new();
        let before = old.map_or(&empty, |old| &old.leaves);
        leaves.par_iter().try_for_each_init(
            || vec![0; self.pages.len()],
            |best, leaf| {
                let is_same = before.contains(&leaf.path) && !affected.has_any(&leaf.keys());
                self.file(&leaf.name(), is_same, || {
                    Ok(self.lines(&items, leaf, (&dictionary, &prefixes), best))
                })
            },
        )?;
        let n_bits = pages::n_bits(self.pages);
        let is_named_alike = old.is_some_and(|old| old.n_bits == n_bits);
        self.page_files(n_bits, changed.filter(|_| is_named_alike).as_ref())?;
        let entry = format!("{VERSION}\t{}\t{n_bits}\t{nodes}", self.pages.len());
        self.file("index", false, || Ok(entry.into_bytes()))?;
        let leaves = leaves.iter().map(|leaf| leaf.path).collect();
        Ok(Index { pages, dictionary, prefixes, leaves, n_bits })
    }

    fn identity(&self) -> Digest {
        let pages = self.pages.iter().map(|page| (page.url, page.number, page.tag));
        Digest::of_value(&pages.collect::<Vec<_>>())
    }

    fn anew(&self) -> Result<Words, Failed> {
        /// Batches whose words are in memory at the same time.
        const MAX_OPEN: usize = 16;
        let mut by_batch: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (idx, page) in self.pages.iter().enumerate() {
            by_batch.entry(page.batch).or_default().push(idx);
        }
        let mut collector = Collector::default();
        for batches in by_batch.keys().copied().collect::<Vec<_>>().chunks(MAX_OPEN) {
            for (batch, words) in self.words_of(batches)? {
                by_batch[&batch].iter().for_each(|idx| collector.add(*idx, &words[self.pages[*idx].place]));
            }
        }
        let dictionary = Dictionary::of(collector.terms(), self.pages);
        Ok(Words { dictionary, affected: Affected::All, changed: None })
    }

    /// The words of batches, by index.
    fn words_of(&self, batches: &[usize]) -> Result<BTreeMap<usize, Cow<'_, [Tokens]>>, Failed> {
        let words = |idx: &usize| {
            let words = self.opened.get(*idx)?.words(self.is_guarded).ok_or(Failed::Lost)?;
            Ok((*idx, words))
        };
        batches.par_iter().map(words).collect()
    }

    /// The words of last time with those of pages that changed. Nothing when these are many, or what they were is lost.
    fn changes(&self, old: &Index) -> Result<Option<Words>, Failed> {
        let Some(kept) = self.sources.kept else { return Ok(None) };
        let names: BTreeSet<&String> = self.sources.names.iter().collect();
        let mut before = BTreeMap::new();
        for (name, pages) in kept.batches.iter().filter(|(name, _)| !names.contains(name)) {
            let here = pages.iter().enumerate().filter(|(_, page)| page.language == *self.language);
            before.extend(here.map(|(place, page)| (page.url.as_str(), (name, place, page))));
        }
        let fresh = |page: &Page<'_>| !kept.batches.contains_key(&self.sources.names[page.batch]);
        let mut changed = BTreeMap::new();
        for (idx, page) in self.pages.iter().enumerate().filter(|(_, page)| fresh(page)) {
            let Some((name, place, was)) = before.get(page.url) else { return Ok(None) };
            if was.part(self.is_guarded).is_none_or(|part| part.digest != page.part.digest) {
                changed.insert(idx, (*name, *place));
            }
        }
        if changed.len() > self.pages.len() / MAX_CHANGED {
            return Ok(None);
        }
        let mut recalled: BTreeMap<&String, Arc<Batch>> = BTreeMap::new();
        for (name, _) in changed.values() {
            if !recalled.contains_key(name) {
                let Some(batch) = (self.sources.recall)(name) else { return Ok(None) };
                recalled.insert(name, batch);
            }
        }
        let mut old_words = BTreeMap::new();
        for (name, batch) in &recalled {
            let Some(words) = batch.words(self.is_guarded) else { return Ok(None) };
            old_words.insert(*name, words);
        }
        let batches: BTreeSet<usize> = changed.keys().map(|idx| self.pages[*idx].batch).collect();
        let new_words = self.words_of(&batches.into_iter().collect::<Vec<_>>())?;
        let mut delta = Delta::new();
        for (idx, (name, place)) in &changed {
            let page = &self.pages[*idx];
            let (old, new) = (&old_words[name][*place], &new_words[&page.batch][page.place]);
            let before: BTreeMap<&str, u32> = old.iter().collect();
            let mut weights: BTreeMap<&str, u32> = before.keys().map(|term| (*term, 0)).collect();
            weights.extend(new.iter());
            weights.retain(|term, weight| before.get(term) != Some(weight));
            for (term, weight) in weights {
                delta.entry((key(term), term)).or_default().insert(*idx, weight);
            }
        }
        let (dictionary, keys) = old.dictionary.changed(&delta, self.pages);
        let changed = Some(changed.into_keys().collect());
        Ok(Some(Words { dictionary, affected: Affected::Keys(keys), changed }))
    }

    fn lines(
        &self,
        items: &[Item],
        leaf: &Leaf,
        (dictionary, prefixes): (&Dictionary, &[Prefix]),
        best: &mut [u32],
    ) -> Vec<u8> {
        let items = &items[leaf.items.clone()];
        let mut text = String::with_capacity(items.iter().map(|item| item.n_bytes).sum());
        for item in items {
            match item.what {
                What::Term(idx) => dictionary.push_lines(idx, self.pages, &mut text),
                What::Prefix(idx) => {
                    prefixes::push(dictionary, &prefixes[idx], self.pages, best, &mut text);
                }
            }
        }
        text.into_bytes()
    }

    /// The files of pages. Without `changed`, all of them are made.
    fn page_files(&self, n_bits: u32, changed: Option<&BTreeSet<usize>>) -> Result<(), Failed> {
        let mut pages: Vec<(usize, &Page<'_>)> = self.pages.iter().enumerate().collect();
        pages.sort_unstable_by_key(|(_, page)| page.number);
        let name = |page: &Page<'_>| page_file(page.number, n_bits);
        let files: Vec<_> = pages.chunk_by(|(_, a), (_, b)| name(a) == name(b)).collect();
        files.par_iter().try_for_each(|pages| {
            let is_same =
                changed.as_ref().is_some_and(|changed| !pages.iter().any(|(idx, _)| changed.contains(idx)));
            self.file(&name(pages[0].1), is_same, || {
                let pages: Vec<&Page<'_>> = pages.iter().map(|(_, page)| *page).collect();
                pages::file(&pages, |batch| self.opened.get(batch))
            })
        })
    }

    fn file(
        &self,
        name: &str,
        is_same: bool,
        make: impl FnOnce() -> Result<Vec<u8>, Failed>,
    ) -> Result<(), Failed> {
        let is_guarded = self.is_guarded;
        let path =
            if is_guarded { guarded_path(self.language, name) } else { public_path(self.language, name) };
        if !(is_same && self.out.keep(&path)) {
            self.out.put(File { path, bytes: make()?, is_guarded });
        }
        Ok(())
    }
}

/// Terms and beginnings in the order of their keys.
fn items(dictionary: &Dictionary, prefixes: &[Prefix]) -> Vec<Item> {
    let terms = (0..dictionary.len()).map(|idx| Item {
        key: dictionary.key(idx),
        n_bytes: dictionary.n_bytes(idx),
        what: What::Term(idx),
    });
    let beginnings = prefixes.iter().enumerate().map(|(idx, prefix)| Item {
        key: prefix.key,
        n_bytes: prefix.n_bytes,
        what: What::Prefix(idx),
    });
    let mut items: Vec<Item> = terms.chain(beginnings).collect();
    items.sort_by_key(|item| item.key);
    items
}
