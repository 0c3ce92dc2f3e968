//! Names for addresses: `a-z`, `0-9` and `-`.

use std::collections::BTreeSet;

/// Long enough to be read, short enough for a file name with a number in front and an ending.
const MAX_BYTES: usize = 60;

/// `What is Ownership?` → `what-is-ownership`; letters of other scripts are written with Latin ones. Nothing when
/// nothing is left.
pub(crate) fn slug(text: &str) -> Option<String> {
    let mut out = String::new();
    for letter in deunicode::deunicode(text).chars() {
        if letter.is_ascii_alphanumeric() {
            out.push(letter.to_ascii_lowercase());
        } else if letter != '\'' && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() > MAX_BYTES {
            let word = out.rfind('-').filter(|at| *at > MAX_BYTES / 2).unwrap_or(MAX_BYTES);
            out.truncate(word);
            break;
        }
    }
    let out = out.trim_matches('-');
    (!out.is_empty()).then(|| out.to_owned())
}

/// The slugs of one folder.
#[derive(Debug, Default)]
pub(crate) struct Slugs(BTreeSet<String>);

impl Slugs {
    /// A slug that nothing else in the folder has: from the title, else from the name of the file, else from `last`.
    pub(crate) fn give(&mut self, title: &str, file: &str, last: &str) -> String {
        let base = slug(title).or_else(|| slug(file)).unwrap_or_else(|| last.to_owned());
        // The file `index.md` is the folder itself.
        let base = if base == "index" { "the-index".to_owned() } else { base };
        let mut name = base.clone();
        let mut n_same = 1;
        while !self.0.insert(name.clone()) {
            n_same += 1;
            name = format!("{base}-{n_same}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_gives_a_slug() {
        for (title, expected) in [
            ("What is Ownership?", Some("what-is-ownership")),
            ("Don't panic!", Some("dont-panic")),
            ("什么是所有权", Some("shen-me-shi-suo-you-quan")),
            ("Über Größe", Some("uber-grosse")),
            ("???", None),
            ("", None),
        ] {
            assert_eq!(slug(title).as_deref(), expected, "{title}");
        }
        let long = slug(&"word ".repeat(40)).expect("a slug");
        assert!(long.len() <= MAX_BYTES && long.ends_with("word"), "{long}");
    }

    #[test]
    fn slugs_are_unique_and_never_the_index() {
        let mut slugs = Slugs::default();
        let given: Vec<String> = [("A", ""), ("a!", ""), ("?", "ch01.md"), ("?", "?"), ("Index", "")]
            .iter()
            .map(|(title, file)| slugs.give(title, file, "lesson-4"))
            .collect();
        assert_eq!(given, ["a", "a-2", "ch01-md", "lesson-4", "the-index"]);
    }
}
