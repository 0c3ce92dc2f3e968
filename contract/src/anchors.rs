//! Names of headings in addresses: what the generator gives, and what an import must know to keep links right.

use std::collections::BTreeMap;

/// Gives each heading of a page its own name.
#[derive(Debug, Clone, Default)]
pub struct Anchors(BTreeMap<String, usize>);

impl Anchors {
    /// `Moves & copies` → `moves-copies`, a second one → `moves-copies-2`. Letters of every script stay.
    pub fn name(&mut self, text: &str) -> String {
        let base = slug(text);
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

fn slug(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_keep_their_script() {
        let mut anchors = Anchors::default();
        for (text, expected) in [
            ("Moves & copies", "moves-copies"),
            ("Moves, copies", "moves-copies-2"),
            ("Moves copies 2", "moves-copies-2-2"),
            ("moves copies", "moves-copies-3"),
            ("什么是所有权？", "什么是所有权"),
            ("Don’t panic!", "dont-panic"),
            ("`--passes`: add", "passes-add"),
            ("&&", "section"),
        ] {
            assert_eq!(anchors.name(text), expected);
        }
    }
}
