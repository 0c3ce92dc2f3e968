//! Names of headings in addresses as the source's program gives them; those of an academy are in `contract`.

use std::collections::{BTreeMap, BTreeSet};

/// The names that another program gives: a base from the text, and `-1`, `-2` for repetitions.
#[derive(Debug, Default)]
pub(crate) struct Theirs {
    used: BTreeSet<String>,
    next: BTreeMap<String, u32>,
}

impl Theirs {
    pub(crate) fn name(&mut self, base: String) -> String {
        if self.used.insert(base.clone()) {
            return base;
        }
        let next = self.next.entry(base.clone()).or_insert(1);
        loop {
            let name = format!("{base}-{next}");
            *next += 1;
            if self.used.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// Spaces become hyphens and punctuation goes: mdBook, Hugo and GitHub.
pub(crate) fn spaced(text: &str) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_whitespace() => Some('-'),
        letter if letter.is_alphanumeric() || matches!(letter, '_' | '-') => Some(letter),
        _ => None,
    };
    text.trim().to_lowercase().chars().filter_map(letter).collect()
}

/// The text as it was typed, without typographic dashes.
pub(crate) fn typed(text: &str) -> String {
    text.replace('—', "---").replace('–', "--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_rules() {
        let mut theirs = Theirs::default();
        assert_eq!(theirs.name(spaced("`--passes`: add")), "--passes-add");
        assert_eq!(theirs.name(spaced(" --passes add ")), "--passes-add-1");
        assert_eq!(spaced("中文標題 CJK"), "中文標題-cjk");
    }
}
