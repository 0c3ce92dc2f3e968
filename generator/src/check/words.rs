//! Words of prose: how many there are, and where one of a list stands.

use std::ops::Range;

/// Ideographs, kana and hangul, which are written without spaces.
pub(super) fn is_cjk(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Half words: two for a word, one for a character of Chinese, Japanese or Korean.
pub(super) fn half_words(text: &str) -> usize {
    tokens(text).map(|(token, _)| weight(token)).sum()
}

/// What a token counts in [`half_words`].
pub(super) fn weight(token: &str) -> usize {
    if token.chars().next().is_some_and(is_cjk) { 1 } else { 2 }
}

/// Words, and CJK characters one by one, with their places.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let start = at + rest.find(char::is_alphanumeric)?;
        let first = text[start..].chars().next()?;
        let end = if is_cjk(first) {
            start + first.len_utf8()
        } else {
            let inner =
                |letter: char| (letter.is_alphanumeric() && !is_cjk(letter)) || matches!(letter, '\'' | '’');
            start + text[start..].find(|letter| !inner(letter)).unwrap_or(text.len() - start)
        };
        at = end;
        Some((&text[start..end], start))
    })
}

/// Every place of a word or phrase, whatever the case of its letters. In scripts with spaces, only as whole words.
pub(super) fn places(text: &str, phrase: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = phrase.chars().flat_map(char::to_lowercase).collect();
    let Some(first) = wanted.first() else { return Vec::new() };
    let mut found = Vec::new();
    let mut before = None;
    let mut skip_to = 0;
    for (at, letter) in text.char_indices() {
        let starts = letter.to_lowercase().next() == Some(*first);
        let len = if at >= skip_to && starts && is_edge(before, Some(letter)) {
            length_of(&text[at..], &wanted)
        } else {
            None
        };
        let end = at + len.unwrap_or(0);
        if len.is_some() && is_edge(text[..end].chars().next_back(), text[end..].chars().next()) {
            found.push(at..end);
            skip_to = end;
        }
        before = Some(letter);
    }
    found
}

/// How many bytes of the text are the wanted letters.
fn length_of(text: &str, wanted: &[char]) -> Option<usize> {
    let mut left = wanted.iter();
    let mut next = left.next()?;
    for (at, letter) in text.char_indices() {
        for lower in letter.to_lowercase() {
            if lower != *next && !(next.is_whitespace() && lower.is_whitespace()) {
                return None;
            }
            match left.next() {
                Some(letter) => next = letter,
                None => return Some(at + letter.len_utf8()),
            }
        }
    }
    None
}

/// Whether a word may begin or end between two characters.
fn is_edge(before: Option<char>, after: Option<char>) -> bool {
    let in_word =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() && !is_cjk(letter));
    !(in_word(before) && in_word(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_every_script() {
        for (text, expected) in [("", 0), ("two words", 4), ("don't stop", 4), ("两个字 and", 5), ("—…!", 0)]
        {
            assert_eq!(half_words(text), expected, "{text}");
        }
    }

    #[test]
    fn phrases_are_found_as_whole_words() {
        for (text, phrase, expected) in [
            ("Simply, simplyfy SIMPLY", "simply", &["Simply", "SIMPLY"][..]),
            ("It is of course easy", "Of course", &["of course"]),
            ("of\ncourse", "of course", &["of\ncourse"]),
            ("这很简单吧", "简单", &["简单"]),
            ("Straße STRASSE", "straße", &["Straße"]),
            ("aaa", "aa", &[]),
            ("x", "", &[]),
        ] {
            let found: Vec<&str> = places(text, phrase).into_iter().map(|place| &text[place]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
