//! The search index, version 1: how text becomes terms, and where terms and pages lie.
//!
//! One language has one index: `/search-index/<language>/`. Three kinds of files, all of them lines of UTF-8 text
//! whose fields are separated by tabs:
//!
//! ```text
//! index.txt      1 ⇥ number of pages ⇥ bits of a page's number that name its file ⇥ tree
//! t/<node>.txt   term ⇥ tag ⇥ postings                                             sorted by term and tag
//! d/<bits>.txt   number ⇥ tag ⇥ address ⇥ access ⇥ title ⇥ context ⇥ language (⇥ anchor ⇥ heading ⇥ text)…
//! ```
//!
//! What is not free has an index of the same form that is sealed. There, `tag` says which access rule guards a
//! line; in the public index it is empty. So one file serves many rules, and a reader without the right to a rule
//! skips its lines unread.
//!
//! A page's number comes from its address and a file's name from what is in it, so that a changed lesson changes only
//! the files in which its words stand. The script of the theme reads the public index by the same rules; a test
//! compares the two.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::access::Access;
use crate::manifest::Language;
use crate::paths::sealed_path;

/// The first field of `index.txt`.
pub const VERSION: &str = "1";
/// Above the public indexes of all languages.
pub const FOLDER: &str = "/search-index";
/// The same for sealed indexes; never served, and only ever below [`crate::paths::SEALED`].
const GUARDED_FOLDER: &str = "/_lyceum/search";
/// The most characters of a query that are looked at.
pub const MAX_QUERY_CHARS: usize = 100;
/// The most terms of a query that are looked up.
pub const MAX_TERMS: usize = 8;
/// The most characters in a term; the rest of a longer word is dropped.
pub const MAX_TERM_CHARS: usize = 32;
/// Pages are numbered with this many bits.
pub const NUMBER_BITS: u32 = 20;
/// The most postings of a term: the strongest. A term with so many says little about a page, so a page without it may
/// still be what was meant.
pub const MAX_POSTINGS: usize = 2_000;
/// Follows a term that stands for all terms that begin so.
pub const PREFIX_MARK: char = '*';
/// Depth of the tree, and the bits of a term's key.
pub const KEY_BITS: u32 = 50;
/// Bits of a key per letter.
const DIGIT_BITS: u32 = 5;

/// Where a file of an index lies. `name` is `index`, `t/…` or `d/…`.
pub fn public_path(language: &Language, name: &str) -> String {
    format!("{FOLDER}/{language}/{name}.txt")
}

/// The same for the sealed index.
pub fn guarded_path(language: &Language, name: &str) -> String {
    sealed_path(&format!("{GUARDED_FOLDER}/{language}/{name}.txt"))
}

/// What marks the lines that a rule guards: the first 60 bits of its hash, so that a tag never means another rule,
/// whichever build wrote it. Empty for what is free.
pub fn tag(access: &Access) -> String {
    if access.is_public() {
        return String::new();
    }
    let digest = Sha256::digest(access.to_string());
    digest.iter().take(12).map(|byte| base32(byte & 31)).collect()
}

/// Five bits as a character.
fn base32(digit: u8) -> char {
    char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit })
}

/// A number in the name of a file, in base 32.
pub fn name(mut number: u64) -> String {
    let mut digits = Vec::new();
    while digits.is_empty() || number > 0 {
        digits.push(base32((number & 31) as u8));
        number >>= 5;
    }
    digits.iter().rev().collect()
}

/// What a character is to the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Ends a word.
    Gap,
    /// Part of a word.
    Letter,
    /// A letter of a script that does not separate words: Han, Kana, Hangul, Thai.
    Dense,
    /// Changes the letter before it.
    Mark,
}

/// Kind and form of a character: small, without accents, half as wide.
fn folded(char: char) -> (Kind, char) {
    /// U+00C0 to U+017F.
    const PLAIN: &[u8; 192] =
        b"aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggg\
        gggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    let code = match u32::from(char) {
        wide @ 0xff01..=0xff5e => wide - 0xfee0,
        code => code,
    };
    let code = match code {
        0x41..=0x5a | 0x391..=0x3a9 | 0x410..=0x42f => code + 32,
        0xc0..=0x17f => PLAIN.get(code as usize - 0xc0).map_or(code, |plain| u32::from(*plain)),
        // The form of sigma at the end of a word.
        0x3c2 => 0x3c3,
        0x400..=0x40f => code + 80,
        _ => code,
    };
    (kind(code), char::from_u32(code).unwrap_or(char))
}

fn kind(code: u32) -> Kind {
    use Kind::{Dense, Gap, Letter, Mark};
    /// What the characters from each of these on are.
    const KINDS: [(u32, Kind); 34] = [
        (0x80, Gap),
        (0xc0, Letter),
        (0x300, Mark),
        (0x370, Letter),
        (0xe00, Dense),
        (0xf00, Letter),
        (0x1000, Dense),
        (0x10a0, Letter),
        (0x1780, Dense),
        (0x1800, Letter),
        (0x2000, Gap),
        (0x2c00, Letter),
        (0x2e00, Gap),
        (0x3005, Dense),
        (0x3008, Gap),
        (0x3041, Dense),
        (0x30fb, Gap),
        (0x30fc, Dense),
        (0x3200, Gap),
        (0x3400, Dense),
        (0xa000, Letter),
        (0xac00, Dense),
        (0xd7b0, Gap),
        (0xf900, Dense),
        (0xfb00, Letter),
        (0xfe00, Mark),
        (0xfe10, Gap),
        (0xfe70, Letter),
        (0xff00, Gap),
        (0xff66, Dense),
        (0xffa0, Gap),
        (0x10000, Letter),
        (0x1f000, Gap),
        (0x20000, Dense),
    ];
    match code {
        0x30..=0x39 | 0x5f | 0x61..=0x7a => Letter,
        0..0x80 => Gap,
        _ => KINDS.iter().rev().find(|(start, _)| *start <= code).map_or(Gap, |(_, kind)| *kind),
    }
}

/// Takes a word, folded and not yet stemmed, and the bytes of the text that it stands in.
pub type Visit<'a> = dyn FnMut(Range<usize>, &str) + 'a;

/// Gives `visit` every word of a text.
///
/// A text without gaps between its words gives pairs of letters: `所有权` is `所有` and `有权`. With `parts`, which
/// is for what is searched and not for what is searched for, also the last letter alone, and the parts of a name:
/// `split_once` is `split`, `once` and `split_once`; `HashMap` is `hash`, `map` and `hashmap`.
pub fn words(text: &str, parts: bool, visit: &mut Visit<'_>) {
    let mut word = Word { parts, ..Word::default() };
    // The last letter of a script without gaps, where it stands, and whether it is the second of a pair.
    let mut dense: Option<(Range<usize>, char, bool)> = None;
    for (at, char) in text.char_indices() {
        let (kind, letter) = folded(char);
        let span = at..at + char.len_utf8();
        match (kind, dense.take()) {
            (Kind::Mark, before) => dense = before,
            (Kind::Dense, before) => {
                word.end(visit);
                if let Some((first, other, _)) = &before {
                    visit(first.start..span.end, String::from_iter([*other, letter]).as_str());
                }
                dense = Some((span, letter, before.is_some()));
            }
            (kind, before) => {
                end_dense(before, parts, visit);
                if kind == Kind::Gap {
                    word.end(visit);
                } else {
                    word.push(letter, char, span, visit);
                }
            }
        }
    }
    end_dense(dense, parts, visit);
    word.end(visit);
}

fn end_dense(last: Option<(Range<usize>, char, bool)>, parts: bool, visit: &mut Visit<'_>) {
    if let Some((span, letter, is_paired)) = last
        && (parts || !is_paired)
    {
        visit(span, letter.encode_utf8(&mut [0; 4]));
    }
}

/// A word while it is read, and the part of it that is being read.
#[derive(Default)]
struct Word {
    parts: bool,
    letters: String,
    n_letters: usize,
    /// Bytes of the letters up to the last that is not `_`.
    n_kept: usize,
    span: Range<usize>,
    part: String,
    part_span: Range<usize>,
    /// Whether a part has ended.
    has_parts: bool,
    /// The letter before: a part ends at `_`, and between a small letter and a capital.
    last: char,
}

impl Word {
    fn push(&mut self, letter: char, original: char, at: Range<usize>, visit: &mut Visit<'_>) {
        if letter == '_' && self.letters.is_empty() {
            return;
        }
        if self.letters.is_empty() {
            self.span.start = at.start;
        }
        let is_hump = self.last.is_ascii_lowercase() && original.is_ascii_uppercase();
        if letter != '_' && (self.last == '_' || is_hump) {
            self.end_part(visit);
        }
        self.last = if letter == '_' { letter } else { original };
        if self.n_letters < MAX_TERM_CHARS {
            self.n_letters += 1;
            self.letters.push(letter);
            if letter != '_' {
                self.n_kept = self.letters.len();
                if self.part.is_empty() {
                    self.part_span.start = at.start;
                }
                self.part.push(letter);
            }
        }
        if letter != '_' {
            self.span.end = at.end;
            self.part_span.end = at.end;
        }
    }

    fn end_part(&mut self, visit: &mut Visit<'_>) {
        if self.parts && !self.part.is_empty() {
            self.has_parts = true;
            visit(self.part_span.clone(), &self.part);
        }
        self.part.clear();
    }

    fn end(&mut self, visit: &mut Visit<'_>) {
        if self.n_letters > 0 {
            // What has only one part is that part.
            self.letters.truncate(self.n_kept);
            if self.has_parts {
                self.end_part(visit);
            }
            visit(self.span.clone(), &self.letters);
            self.letters.clear();
            self.part.clear();
            (self.n_letters, self.has_parts, self.last) = (0, false, '\0');
        }
    }
}

/// Takes the endings of English off a word: `moves`, `moved` and `moving` become `mov`. Other words stay as they are.
pub fn stem(word: &mut String) {
    /// The ending of a noun or a verb and what takes its place; the first that fits.
    const ENDINGS: [(&str, &str); 10] = [
        ("ies", "y"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("xes", "x"),
        ("zes", "z"),
        ("ss", "ss"),
        ("us", "us"),
        ("is", "is"),
        ("s", ""),
    ];
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return;
    }
    if let Some((ending, other)) =
        ENDINGS.iter().find(|(ending, _)| word.ends_with(ending) && word.len() > ending.len() + 1)
    {
        word.truncate(word.len() - ending.len());
        word.push_str(other);
    }
    for ending in ["ing", "ed"] {
        let Some(root) = word.strip_suffix(ending) else { continue };
        if root.len() > 2 && root.bytes().any(|byte| b"aeiouy".contains(&byte)) && !word.ends_with("eed") {
            let root = root.len();
            word.truncate(root);
            match word.as_bytes() {
                [.., b'i'] => {
                    word.truncate(root - 1);
                    word.push('y');
                }
                [.., one, other] if one == other && !b"lsz".contains(one) => word.truncate(root - 1),
                _ => {}
            }
            break;
        }
    }
    if word.len() > 3 && word.ends_with('e') {
        word.truncate(word.len() - 1);
    }
}

/// Where a term stands in the tree: five bits for a letter of ASCII, ten for any other, from the highest of
/// [`KEY_BITS`] down, then zeros. So whatever begins with a term begins with its bits.
pub fn key(term: &str) -> u64 {
    let mut key = 0;
    let mut n_free = KEY_BITS;
    for char in term.chars() {
        let code = u64::from(u32::from(char));
        let digits = if code < 128 {
            [Some(code % 31 + 1), None]
        } else {
            [Some(code % 31 + 1), Some(code / 31 % 31 + 1)]
        };
        for digit in digits.into_iter().flatten() {
            if n_free == 0 {
                return key;
            }
            n_free -= DIGIT_BITS;
            key |= digit << n_free;
        }
    }
    key
}

/// Follows a key down a tree to the file that it leads to: its name, or nothing when no term has such a key.
///
/// The tree is written from the top, `1` for a fork, `0` for a file and `2` for nothing; below a fork stands
/// first what has a 0 at this place of its key, then what has a 1.
pub fn find(tree: &str, key: u64) -> Option<String> {
    let mut nodes = tree.bytes();
    let mut path = 1;
    for depth in (0..KEY_BITS).rev() {
        match nodes.next()? {
            b'1' => {}
            b'0' => break,
            _ => return None,
        }
        let bit = key >> depth & 1;
        path = path << 1 | bit;
        let mut n_skipped = bit;
        while n_skipped > 0 {
            n_skipped = if nodes.next()? == b'1' { n_skipped + 1 } else { n_skipped - 1 };
        }
    }
    Some(format!("t/{}", name(path)))
}

/// The name of the file that a page lies in.
pub fn page_file(number: u32, n_bits: u32) -> String {
    format!("d/{}", name(u64::from(number >> NUMBER_BITS.saturating_sub(n_bits))))
}

/// Writes a number in printable ASCII: five bits a character, the lowest last, all but the last one marked.
pub fn push_number(out: &mut String, number: u32) {
    let n_before = (number | 1).ilog2() / 5;
    for idx in (0..=n_before).rev() {
        let more = if idx > 0 { 32 } else { 0 };
        out.push(char::from(b'0' + more + (number >> (5 * idx) & 31) as u8));
    }
}

/// The postings of a term: a page's number and how much the term weighs there, 1 to 31. Numbers only grow.
pub fn postings(line: &str) -> impl Iterator<Item = (u32, u32)> {
    let mut bytes = line.bytes();
    let mut page = 0_u32;
    std::iter::from_fn(move || {
        let mut number = 0_u32;
        loop {
            let digit = u32::from(bytes.next()?).wrapping_sub(48);
            number = number << 5 | digit & 31;
            if digit < 32 {
                page = page.wrapping_add(number >> 5);
                return Some((page, number & 31));
            }
        }
    })
}

/// How much it says that a page has a term which `n_with` of `n_all` have: the logarithm to base 2, in sixteenths.
pub fn rarity(n_all: u32, n_with: u32) -> u32 {
    let ratio = (n_all.saturating_mul(16) / n_with.max(1)).max(17);
    let whole = ratio.ilog2();
    whole * 16 + (((ratio - (1 << whole)) << 4) >> whole) - 64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, parts: bool) -> Vec<String> {
        let mut found = Vec::new();
        words(text, parts, &mut |span, word| {
            assert!(text.get(span.clone()).is_some(), "{span:?} of {text}");
            found.push(word.to_owned());
        });
        found
    }

    #[test]
    fn text_becomes_words() {
        assert_eq!(all("Café Ångström, NAÏVE! Straße", false), ["cafe", "angstrom", "naive", "strase"]);
        assert_eq!(all("cafe\u{301} Ｒｕｓｔ ＡＢＣ１", false), ["cafe", "rust", "abc1"]);
        assert_eq!(all("Привет ΟΔΟΣ οδος", false), ["привет", "οδοσ", "οδοσ"]);
        assert_eq!(all("2 × 3 — a/b", false), ["2", "3", "a", "b"]);
    }

    #[test]
    fn text_without_gaps_becomes_pairs() {
        assert_eq!(all("所有权", false), ["所有", "有权"]);
        assert_eq!(all("所有权", true), ["所有", "有权", "权"]);
        assert_eq!(all("权", false), ["权"]);
        assert_eq!(all("用Rust写，コード", false), ["用", "rust", "写", "コー", "ード"]);
    }

    #[test]
    fn names_have_parts() {
        assert_eq!(all("split_once", true), ["split", "once", "split_once"]);
        assert_eq!(all("split_once", false), ["split_once"]);
        assert_eq!(
            all("HashMap.__init__ RwLock HTTPServer", true),
            ["hash", "map", "hashmap", "init", "rw", "lock", "rwlock", "httpserver"]
        );
        let mut found = Vec::new();
        let text = "an fn_Name_x__ b";
        words(text, true, &mut |span, _| found.push(text.get(span).map(str::to_owned)));
        assert_eq!(
            found.into_iter().flatten().collect::<Vec<_>>(),
            ["an", "fn", "Name", "x", "fn_Name_x", "b"]
        );
        assert_eq!(all(&"o".repeat(99), true), ["o".repeat(MAX_TERM_CHARS)]);
    }

    #[test]
    fn words_of_one_family_have_one_stem() {
        for family in [
            "move moves moved moving",
            "borrow borrows borrowed borrowing",
            "query queries queried",
            "cache caches cached caching",
            "drop drops dropped dropping",
            "class classes",
            "lifetime lifetimes",
            "reference references referenced",
        ] {
            let mut stems: Vec<String> = family.split(' ').map(str::to_owned).collect();
            stems.iter_mut().for_each(stem);
            stems.dedup();
            assert_eq!(stems.len(), 1, "{stems:?}");
        }
        for word in ["string", "thing", "need", "status", "this", "所有", "split_ones", "é"] {
            let mut stemmed = word.to_owned();
            stem(&mut stemmed);
            assert_eq!(stemmed, word);
        }
    }

    #[test]
    fn keys_lead_through_the_tree() {
        assert_eq!(find("0", key("x")).as_deref(), Some("t/1"));
        assert_eq!(find("2", key("x")), None);
        assert_eq!(find("", key("x")), None);
        // `a` is 00101: below the first fork it goes left, then there is a fork of two files.
        assert_eq!(find("11020", key("a")).as_deref(), Some("t/4"));
        assert_eq!(find("11020", 1 << 48).as_deref(), None);
        assert_eq!(find("11020", 1 << 49).as_deref(), Some("t/3"));
        assert_eq!(find("1111", key("a")), None, "a tree that was cut");
        assert_eq!(key("abcdefghijk"), key("abcdefghijz"));
        assert_eq!(key("co") >> 40, key("col") >> 40);
    }

    #[test]
    fn numbers_read_back() {
        let list = [(3_u32, 1_u32), (4, 31), (70_000, 9), (1_048_575, 2)];
        let mut line = String::new();
        let mut before = 0;
        for (page, weight) in list {
            push_number(&mut line, (page - before) << 5 | weight);
            before = page;
        }
        assert!(line.is_ascii() && !line.contains('\t'));
        assert_eq!(postings(&line).collect::<Vec<_>>(), list);
        assert_eq!(postings("ooo").count(), 0, "a line that was cut");
    }

    #[test]
    fn what_is_rare_says_more() {
        assert_eq!([rarity(10, 10), rarity(8, 1), rarity(1_000_000, 0), rarity(0, 5)], [1, 48, 318, 1]);
        assert!((1..2_000).all(|n| rarity(2_000, n) >= rarity(2_000, n + 1)));
    }

    #[test]
    fn a_tag_is_a_name_for_a_rule() {
        let rule = |text: &str| text.parse::<Access>().expect("a rule");
        assert_eq!(tag(&rule("free")), "");
        assert_eq!(tag(&rule("members")).len(), 12);
        assert_ne!(tag(&rule("members")), tag(&rule("paid:")));
    }
}
