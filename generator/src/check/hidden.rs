//! Characters that nobody sees and that change what is read.

use super::at_most;
use super::texts::Written;
use crate::diagnostic::{Code, Diagnostic};

/// The most that are shown of one file.
const MAX_SHOWN: usize = 5;

pub(super) fn check(written: &[Written<'_>], found: &mut Vec<Diagnostic>) {
    for text in written {
        let file = text.file();
        let places = file.source.char_indices().filter(|(_, letter)| is_hidden(*letter));
        at_most(found, MAX_SHOWN, places, |(at, letter)| {
            let message =
                format!("an invisible character U+{:04X}, which changes what is shown", u32::from(letter));
            let hint = "remove it; if a lesson is about it, write `U+202E`";
            file.error(Code::HiddenCharacter, at..at + letter.len_utf8(), message).hint(hint).warning()
        });
    }
}

/// Controls but tab and line ends; embeddings and overrides of direction; and what has no width but is no joiner, which
/// Indic scripts, Persian and emoji need.
fn is_hidden(letter: char) -> bool {
    let is_control = letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
    is_control
        || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{2060}'..='\u{2064}')
}
