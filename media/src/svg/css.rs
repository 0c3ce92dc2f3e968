//! Style rules inside a drawing: nothing in them may load from elsewhere.

/// Words that load or run, and the backslash, which can hide any of them.
const REFUSED: [&str; 7] =
    ["\\", "@import", "expression(", "javascript:", "-moz-binding", "behavior:", "image-set("];

/// Whether nothing in a value or a sheet of rules loads or runs: every `url(…)` is a part of the same drawing.
pub(super) fn is_local(css: &str) -> bool {
    if !css.contains(['\\', '(', '@', ':']) {
        return true;
    }
    let css = lowered(css);
    REFUSED.iter().all(|word| !css.contains(word))
        && css.match_indices("url(").all(|(at, _)| super::is_local(unquoted(&css[at + 4..])))
}

/// Rules without what loads, and the first thing that was left out. What cannot be told apart is left out as a whole.
pub(super) fn cleaned(css: &str) -> (String, String) {
    let (mut kept, mut first) = (String::new(), None);
    for rule in statements(&without_comments(css)) {
        if is_local(rule) {
            kept.push_str(rule);
        } else {
            first.get_or_insert_with(|| rule.trim().to_owned());
        }
    }
    if !is_local(&kept) {
        kept.clear();
    }
    (kept, first.unwrap_or_else(|| css.trim().to_owned()))
}

/// Cuts rules apart: each ends with its closing brace, or with a semicolon outside of braces.
fn statements(css: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, letter) in css.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(letter, '}' | ';') {
            found.push(&css[start..=at]);
            start = at + 1;
        }
    }
    found.push(&css[start..]);
    found
}

fn lowered(css: &str) -> String {
    let visible = |letter: &char| !letter.is_control();
    without_comments(css).chars().filter(visible).collect::<String>().to_ascii_lowercase()
}

fn without_comments(css: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(css.len()), css);
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// What stands between the parentheses, without quotes.
fn unquoted(rest: &str) -> &str {
    let inner = rest.split(')').next().unwrap_or_default();
    inner.trim().trim_matches(['"', '\'']).trim()
}
