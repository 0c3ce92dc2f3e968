//! Paid text that also stands where everybody can read it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use pulldown_cmark::Event;

use super::Subject;
use super::front::head;
use super::texts::Written;
use super::words::{tokens, weight};
use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::yaml::{Node, Value};

/// A repeated passage has at least this many half words: 12 words, or 24 Chinese characters.
const WINDOW: usize = 24;
/// From this many half words on it is no longer a sentence that the author chose: 40 words.
const WHOLE_PASSAGE: usize = 80;

/// A text in pieces of [`WINDOW`] half words, by the number that stands for their words.
type Shingles = BTreeMap<u64, usize>;

/// Compares what only buyers read with everything that is public.
pub(super) fn check(subject: Subject<'_>, written: &[Written<'_>], found: &mut Vec<Diagnostic>) {
    let sealed: Vec<&Written<'_>> = written.iter().filter(|text| !text.access.is_public()).collect();
    let mut secrets = Shingles::new();
    for (idx, text) in sealed.iter().enumerate() {
        for passage in passages(text, text.sealed_from()..text.text.body.range.end) {
            for (number, _) in shingles(&passage) {
                secrets.entry(number).or_insert(idx);
            }
        }
    }
    if secrets.is_empty() {
        return;
    }
    let names: Vec<&str> = sealed.iter().map(|text| text.text.body.path.as_str()).collect();
    let mut seen = BTreeSet::new();
    for text in written {
        for passage in public_passages(text) {
            report(text.file(), &passage, &secrets, &names, &mut seen, found);
        }
    }
    let Some(file) = subject.source.text("lyceum.yaml") else { return };
    let Ok(node) = crate::yaml::parse(file, 0..file.source.len()) else { return };
    let mut passages = Vec::new();
    values(&node, &mut passages);
    for passage in passages {
        report(file, &passage, &secrets, &names, &mut seen, found);
    }
}

/// Words and their places in the file.
type Passage<'t> = Vec<(&'t str, Range<usize>)>;

/// Everything of a text that everybody may read: its front matter, and its body up to the paywall.
fn public_passages<'w>(text: &'w Written<'_>) -> Vec<Passage<'w>> {
    let mut all = Vec::new();
    if let Some(head) = head(text.file()) {
        let mut texts: Vec<Passage<'_>> = Vec::new();
        spans(&head, &mut |span| texts.push(words(text.file(), span)));
        all.extend(texts);
    }
    all.extend(passages(text, text.text.body.range.start..text.sealed_from()));
    all
}

fn values<'t>(node: &'t Node, into: &mut Vec<Passage<'t>>) {
    match &node.value {
        Value::Text(text) => {
            let at = |(token, _)| (token, node.span.clone());
            into.push(tokens(text).map(at).collect());
        }
        Value::List(items) => items.iter().for_each(|item| values(item, into)),
        Value::Map(entries) => entries.iter().for_each(|(_, item)| values(item, into)),
        Value::Null | Value::Typed(_) => {}
    }
}

fn spans(node: &Node, each: &mut impl FnMut(Range<usize>)) {
    match &node.value {
        Value::Text(_) => each(node.span.clone()),
        Value::List(items) => items.iter().for_each(|item| spans(item, each)),
        Value::Map(entries) => entries.iter().for_each(|(_, item)| spans(item, each)),
        Value::Null | Value::Typed(_) => {}
    }
}

fn words(file: &TextFile, span: Range<usize>) -> Passage<'_> {
    let text = file.source.get(span.clone()).unwrap_or_default();
    tokens(text).map(|(token, at)| (token, span.start + at..span.start + at + token.len())).collect()
}

/// The prose and code of one part of a body, block by block: a passage does not go on behind the end of its block.
fn passages<'w>(text: &'w Written<'_>, part: Range<usize>) -> Vec<Passage<'w>> {
    let mut all: Vec<Passage<'w>> = vec![Vec::new()];
    for (event, span) in &text.events {
        let is_block_end = matches!(event, Event::End(end) if is_block(*end));
        if is_block_end && all.last().is_some_and(|passage| !passage.is_empty()) {
            all.push(Vec::new());
        }
        let is_text = matches!(event, Event::Text(_) | Event::Code(_));
        if is_text && span.start >= part.start && span.end <= part.end {
            let found = words(text.file(), span.clone());
            if let Some(passage) = all.last_mut() {
                passage.extend(found);
            }
        }
    }
    all
}

fn is_block(end: pulldown_cmark::TagEnd) -> bool {
    use pulldown_cmark::TagEnd;
    !matches!(end, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

/// All pieces of a passage, with the index of their first word.
fn shingles<'p>(passage: &'p Passage<'_>) -> impl Iterator<Item = (u64, usize)> + 'p {
    let lower: Vec<String> = passage.iter().map(|(word, _)| word.to_lowercase().replace('’', "'")).collect();
    (0..passage.len()).map_while(move |start| {
        let mut hasher = DefaultHasher::new();
        let mut n_half = 0;
        for (word, (token, _)) in lower[start..].iter().zip(&passage[start..]) {
            word.hash(&mut hasher);
            n_half += weight(token);
            if n_half >= WINDOW {
                return Some((hasher.finish(), start));
            }
        }
        None
    })
}

fn report(
    file: &TextFile,
    passage: &Passage<'_>,
    secrets: &Shingles,
    names: &[&str],
    seen: &mut BTreeSet<(std::path::PathBuf, usize)>,
    found: &mut Vec<Diagnostic>,
) {
    let hits: Vec<(usize, usize)> =
        shingles(passage).filter_map(|(number, start)| Some((start, *secrets.get(&number)?))).collect();
    let Some((first, lesson)) = hits.first().copied() else { return };
    let n_repeated = hits.len() - 1;
    let place = passage[first].1.start..passage.last().map_or(0, |(_, place)| place.end);
    if !seen.insert((file.file.clone(), place.start)) {
        return;
    }
    let message = format!("paid text of `{}` stands here, where everybody can read it", names[lesson]);
    let hint = "say it in other words; if the passage is meant to be free, move it in front of `<!-- preview-ends -->`";
    let diagnostic = file.error(Code::PaidTextInPublic, place, message).hint(hint);
    let is_whole = n_repeated * 2 + WINDOW >= WHOLE_PASSAGE;
    found.push(if is_whole { diagnostic } else { diagnostic.warning() });
}
