//! Names of headings in addresses: those that the source's program gave, and those that an academy gives.

use std::collections::{BTreeMap, BTreeSet};

/// The names that an academy gives to the headings of one page. The rule is the generator's; a test of the whole
/// compares the two.
#[derive(Debug, Default)]
pub(crate) struct Ours(BTreeMap<String, usize>);

impl Ours {
    pub(crate) fn name(&mut self, text: &str) -> String {
        let base = words(text);
        let mut count = self.0.get(&base).copied().unwrap_or(0) + 1;
        let mut name = if count == 1 { base.clone() } else { format!("{base}-{count}") };
        while count > 1 && self.0.contains_key(&name) {
            count += 1;
            name = format!("{base}-{count}");
        }
        self.0.insert(base, count);
        self.0.entry(name.clone()).or_insert(1);
        name
    }
}

/// Letters and digits in lower case, one hyphen for everything between them, apostrophes left out.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_alphanumeric() || letter == '_' {
            out.extend(letter.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') && !matches!(letter, '\'' | '’') {
            out.push('-');
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() { "section".to_owned() } else { trimmed.to_owned() }
}

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
    fn both_rules() {
        let mut ours = Ours::default();
        assert_eq!(ours.name("`--passes`: add"), "passes-add");
        assert_eq!(ours.name("passes add"), "passes-add-2");
        let mut theirs = Theirs::default();
        assert_eq!(theirs.name(spaced("`--passes`: add")), "--passes-add");
        assert_eq!(theirs.name(spaced(" --passes add ")), "--passes-add-1");
        assert_eq!(spaced("中文標題 CJK"), "中文標題-cjk");
    }
}
