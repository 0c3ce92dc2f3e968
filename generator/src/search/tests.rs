//! An index keeps its files where nothing changed, and leads to every term.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, Mutex};

use lyceum_contract::Access;
use lyceum_contract::manifest::Language;
use lyceum_contract::search::{KEY_BITS, NUMBER_BITS, find, key, page_file, postings, stem};

use super::{Batch, Counter, Document, Failed, File, Indexed, Kept, Out, Sources, merge, numbers};
use crate::digest::Digest;
use crate::markdown::Passage;

struct Page {
    url: String,
    title: String,
    access: Access,
    all: Vec<Passage>,
}

/// Pages of made-up words, a hundred to a page, the same for the same number.
fn pages(n: usize) -> Vec<Page> {
    (0..n).map(|idx| page(idx, &text(idx))).collect()
}

fn text(idx: usize) -> String {
    let word = |at: usize| {
        let number = (idx * 7_919 + at * at * 104_729) % 5_003;
        let syllable =
            |number: usize| ["con", "trol", "stru", "inte", "gra", "ma", "所", "有", "权"][number % 9];
        [syllable(number), syllable(number / 9), syllable(number / 81), syllable(number / 729)].concat()
    };
    (0..100).map(word).collect::<Vec<_>>().join(" ")
}

fn page(idx: usize, text: &str) -> Page {
    let heading = Passage { anchor: Some("h".into()), heading: format!("Part {idx}"), text: text.into() };
    let rule = if idx.is_multiple_of(2) { "free".to_owned() } else { format!("paid:course:c{}", idx % 3) };
    let access = rule.parse().expect("a rule");
    Page { url: format!("/p/{idx}/"), title: format!("Page {idx}"), access, all: vec![heading] }
}

fn index(pages: &[Page]) -> BTreeMap<String, File> {
    merged(&Arc::new(batch(pages)))
}

fn batch(pages: &[Page]) -> Batch {
    let language: Language = "en".parse().expect("a tag");
    let documents = pages.iter().map(|page| Document {
        url: &page.url,
        language: &language,
        written: None,
        title: &page.title,
        summary: "",
        context: "",
        access: &page.access,
        passages: if page.access.is_public() { &page.all } else { &[] },
        all: &page.all,
    });
    let read = documents.map(|document| Indexed::read(&mut Counter::default(), &document));
    Batch::new(read.collect())
}

/// Files by path; `there` are those of last time.
#[derive(Default)]
struct Files {
    there: BTreeMap<String, File>,
    now: Mutex<BTreeMap<String, File>>,
    n_put: Mutex<usize>,
}

impl Out for Files {
    fn put(&self, file: File) {
        *self.n_put.lock().expect("no panic") += 1;
        self.now.lock().expect("no panic").insert(file.path.clone(), file);
    }

    fn keep(&self, path: &str) -> bool {
        let file = self.there.get(path).cloned();
        file.map(|file| self.now.lock().expect("no panic").insert(path.to_owned(), file)).is_some()
    }
}

fn merge_into(
    files: &Files,
    batches: &[&Arc<Batch>],
    before: Option<(&Kept, &[Arc<Batch>])>,
) -> Result<Kept, Failed> {
    let names: Vec<String> = batches.iter().map(|batch| batch.digest().hex()).collect();
    let recall = |name: &str| before?.1.iter().find(|batch| batch.digest().hex() == name).cloned();
    let sources = Sources {
        names: &names,
        open: &|idx| Some(Arc::clone(batches[idx])),
        recall: &recall,
        kept: before.map(|(kept, _)| kept),
        seal: Digest::default(),
    };
    merge(&sources, files)
}

fn merged(batch: &Arc<Batch>) -> BTreeMap<String, File> {
    let files = Files::default();
    let kept = merge_into(&files, &[batch], None).expect("few pages");
    assert!(kept.rules().len() <= 3);
    files.now.into_inner().expect("no panic")
}

fn text_of<'a>(files: &'a BTreeMap<String, File>, path: &str) -> &'a str {
    let file = files.get(path).unwrap_or_else(|| panic!("no {path}"));
    std::str::from_utf8(&file.bytes).expect("text")
}

#[test]
fn every_term_and_every_beginning_has_its_line() {
    let files = index(&pages(400));
    let entry = text_of(&files, "/search-index/en/index.txt").to_owned();
    let tree = entry.rsplit('\t').next().expect("a tree");
    assert!(tree.matches('0').count() > 8, "a tree with forks: {tree}");
    let line = |term: &str| {
        let name = find(tree, key(term))?;
        let file = text_of(&files, &format!("/search-index/en/{name}.txt")).to_owned();
        file.lines().find_map(|line| Some(line.strip_prefix(term)?.strip_prefix("\t\t")?.to_owned()))
    };
    let mut n_terms = 0;
    for page in pages(400).iter().filter(|page| page.access.is_public()) {
        for word in page.all[0].text.split(' ').filter(|word| word.is_ascii()) {
            let mut term = word.to_owned();
            stem(&mut term);
            assert!(line(&term).is_some_and(|line| postings(&line).count() > 0), "{word}");
            n_terms += 1;
        }
    }
    assert!(n_terms > 1_000);
    // A beginning is in the file of its words, or has a line of its own.
    for beginning in ["co", "con", "contr", "所"] {
        let name = find(tree, key(beginning)).expect("a file");
        let file = text_of(&files, &format!("/search-index/en/{name}.txt"));
        assert!(file.lines().any(|line| line.starts_with(beginning)), "{beginning}");
    }
    let listed = line("con*").expect("many words begin so");
    assert_eq!(postings(&listed).count(), 64);
    assert_eq!(KEY_BITS, 50);
}

#[test]
fn a_changed_page_changes_few_files() {
    let before = pages(400);
    let changed = |after: &[Page]| {
        let (before, after) = (index(&before), index(after));
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let n = paths.iter().filter(|path| before.get(**path) != after.get(**path)).count();
        (n, paths.len())
    };
    let mut one = pages(400);
    one[8] = page(8, &format!("{} unheard", text(8)));
    let (n_changed, n_files) = changed(&one);
    // The word, and the page that has it.
    assert!(n_changed == 2 && n_files > 60, "{n_changed} of {n_files}");
    let (n_changed, _) = changed(&pages(401));
    assert!(n_changed < n_files / 2, "{n_changed} of {n_files} for a new page");
    assert_eq!(changed(&pages(400)).0, 0);
}

#[test]
fn only_guarded_files_have_guarded_words() {
    let mut all = pages(20);
    all[3] = page(3, "quicksand");
    all[4] = page(4, "daylight");
    let files = index(&all);
    let has = |is_guarded: bool, word: &str| {
        files
            .values()
            .filter(|file| file.is_guarded == is_guarded)
            .any(|file| String::from_utf8_lossy(&file.bytes).contains(word))
    };
    assert!(has(true, "quicksand") && !has(false, "quicksand"));
    assert!(has(false, "daylight") && !has(true, "daylight"));
    assert!(files.values().all(|file| file.is_guarded == file.path.starts_with("/_sealed/")));
}

#[test]
fn a_number_comes_from_its_address() {
    let urls: Vec<String> = (0..3_000).map(|idx| format!("/p/{idx}/")).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let all = numbers(&urls, NUMBER_BITS).expect("few");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), urls.len());
    let without_last = numbers(&urls[..2_999], NUMBER_BITS).expect("few");
    assert_eq!(all[..2_999], without_last[..]);
    assert_eq!(numbers(&urls[..9], 4), None, "more than half of all numbers");
    assert_eq!(numbers(&urls[..8], 4).expect("half").into_iter().collect::<BTreeSet<_>>().len(), 8);
    assert_eq!(page_file(all[0], 0), "d/0");
}

#[test]
fn more_pages_than_can_be_numbered_give_no_index() {
    let thousand = Arc::new(batch(&pages(1_000)));
    let n_most = (1 << (NUMBER_BITS - 1)) / 1_000;
    let all = vec![&thousand; n_most + 1];
    let files = Files::default();
    assert_eq!(merge_into(&files, &all, None), Err(Failed::TooManyPages));
    assert_eq!(*files.n_put.lock().expect("no panic"), 0);
}

#[test]
fn what_was_saved_gives_the_same_index_and_what_is_lost_is_noticed() {
    let pages = pages(60);
    let path = std::env::temp_dir().join(format!("lyceum-batch-{}", std::process::id()));
    let (batch, expected) = (batch(&pages), index(&pages));
    batch.save(&path).expect("a place for a file");
    let saved = Arc::new(Batch::open(&path).expect("whole"));
    assert_eq!(merged(&saved), expected);
    let bytes = fs::read(&path).expect("there");
    fs::write(&path, &bytes[..bytes.len() - 1]).expect("cut short");
    assert!(Batch::open(&path).is_none());
    assert_eq!(merge_into(&Files::default(), &[&saved], None), Err(Failed::Lost));
    fs::remove_file(&path).expect("cleaned up");
    assert_eq!(merge_into(&Files::default(), &[&saved], None), Err(Failed::Lost));
}

/// Whatever changes, what is made of what is known of the last site is what is made of nothing.
#[test]
fn an_index_that_follows_is_as_one_that_is_made_anew() {
    type Change = fn(&mut Vec<Page>);
    let changes: [Change; 9] = [
        |_| {},
        |pages| pages[8] = page(8, &format!("{} unheard", text(8))),
        |pages| pages[8] = page(8, &text(9)),
        |pages| pages[8] = page(8, ""),
        |pages| pages[7] = page(7, &"control controls const constant ".repeat(20)),
        |pages| pages.iter_mut().for_each(|page| page.title.push_str(" again")),
        |pages| pages[11].access = "free".parse().expect("a rule"),
        |pages| pages.push(page(500, "所有权 contravention")),
        |pages| _ = pages.remove(30),
    ];
    let batches = |pages: &[Page]| pages.chunks(20).map(|some| Arc::new(batch(some))).collect::<Vec<_>>();
    let mut pages = pages(400);
    let mut old = batches(&pages);
    let first = Files::default();
    let mut kept = merge_into(&first, &old.iter().collect::<Vec<_>>(), None).expect("few");
    let mut there = first.now.into_inner().expect("no panic");
    for (idx, change) in changes.into_iter().enumerate() {
        change(&mut pages);
        let new = batches(&pages);
        let (anew, follows) = (Files::default(), Files { there, ..Files::default() });
        let all: Vec<_> = new.iter().collect();
        let expected = merge_into(&anew, &all, None).expect("few");
        kept = merge_into(&follows, &all, Some((&kept, &old))).expect("few");
        assert!(kept == expected, "{idx}");
        let n_put = *follows.n_put.lock().expect("no panic");
        there = follows.now.into_inner().expect("no panic");
        assert!(there == anew.now.into_inner().expect("no panic"), "{idx}");
        let n_most = if idx < 4 { 150 * idx.min(1) + 2 } else { there.len() };
        assert!(n_put <= n_most, "{idx}: {n_put} of {}", there.len());
        old = new;
    }
}

/// What the changed text has is found, and what it no longer has is not; without the old files, they are made again.
#[test]
fn lost_files_are_made_again() {
    let mut all = pages(100);
    let old = [Arc::new(batch(&all))];
    let first = Files::default();
    let kept = merge_into(&first, &[&old[0]], None).expect("few");
    all[4] = page(4, "daylight");
    let new = Arc::new(batch(&all));
    let (anew, follows) = (Files::default(), Files::default());
    merge_into(&anew, &[&new], None).expect("few");
    merge_into(&follows, &[&new], Some((&kept, &old))).expect("few");
    assert!(follows.now.into_inner().expect("no panic") == anew.now.into_inner().expect("no panic"));
}
