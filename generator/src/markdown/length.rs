//! Reading time.

use serde::{Deserialize, Serialize};

/// How much there is to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Length {
    words: u32,
    /// Chinese, Japanese and Korean characters, which are read one by one.
    characters: u32,
    code_lines: u32,
}

impl Length {
    /// Counts a piece of prose.
    pub(crate) fn add_text(&mut self, text: &str) {
        let mut in_word = false;
        for letter in text.chars() {
            if is_cjk(letter) {
                self.characters += 1;
                in_word = false;
            } else if letter.is_alphanumeric() {
                self.words += u32::from(!in_word);
                in_word = true;
            } else if letter.is_whitespace() {
                in_word = false;
            }
        }
    }

    /// Counts lines of code.
    pub(crate) fn add_code(&mut self, n_lines: usize) {
        self.code_lines += u32::try_from(n_lines).unwrap_or(u32::MAX);
    }

    /// Minutes at 200 words or 400 CJK characters a minute and 2 seconds a line of code; at least 1.
    pub(crate) fn minutes(self) -> u32 {
        self.twentieths().div_ceil(1_200).max(1)
    }

    /// Share of these minutes that is left after `read` of them.
    pub(crate) fn minutes_left(self, read: Self, minutes: u32) -> u32 {
        let left = self.twentieths().saturating_sub(read.twentieths());
        let share = u64::from(minutes) * u64::from(left);
        u32::try_from(share.div_ceil(u64::from(self.twentieths().max(1)))).unwrap_or(minutes).max(1)
    }

    /// Twentieths of a second.
    fn twentieths(self) -> u32 {
        let words = self.words.saturating_mul(6).saturating_add(self.characters.saturating_mul(3));
        words.saturating_add(self.code_lines.saturating_mul(40))
    }
}

/// Ideographs, kana and hangul.
fn is_cjk(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_estimated() {
        for (text, n_lines, expected) in [
            ("", 0, 1),
            (&*"word ".repeat(200), 0, 1),
            (&*"word ".repeat(201), 0, 2),
            (&*"字".repeat(800), 0, 2),
            (&*"don't ".repeat(200), 30, 2),
        ] {
            let mut words = Length::default();
            words.add_text(text);
            words.add_code(n_lines);
            assert_eq!(words.minutes(), expected);
        }
    }

    #[test]
    fn what_is_left_is_a_share() {
        let mut whole = Length::default();
        whole.add_text(&"word ".repeat(1_000));
        let mut read = Length::default();
        read.add_text(&"word ".repeat(250));
        assert_eq!(whole.minutes_left(read, 20), 15);
        assert_eq!(whole.minutes_left(whole, 20), 1);
    }
}
