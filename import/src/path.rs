//! Paths with `/` between segments, relative to the imported folder. Nothing here leaves it.

pub(crate) use lyceum_contract::link::{decoded, join, relative};

/// The folder of a file: `a/b.md` → `a`, `b.md` → nothing.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last segment.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The last segment without what stands behind its last dot.
pub(crate) fn stem(path: &str) -> &str {
    let name = name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// What stands behind the last dot of the last segment.
pub(crate) fn extension(path: &str) -> &str {
    name(path).rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The path of an address, without slashes around it: `https://a.example/book/` → `book`. `None` for the root.
pub(crate) fn of_address(url: &str) -> Option<String> {
    let rest =
        url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let path = rest.trim_matches('/');
    (!path.is_empty()).then(|| path.to_owned())
}

/// `https:`, `mailto:`, `//host` and the like.
pub(crate) fn is_foreign(link: &str) -> bool {
    let scheme = link.split_once(':').map_or("", |(scheme, _)| scheme);
    let mut letters = scheme.bytes();
    let has_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    has_scheme || link.starts_with("//")
}

/// A file name that needs no escape in a link and that no program skips.
pub(crate) fn safe_name(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let plain = deunicode::deunicode(name);
    let mut safe: String = plain.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    if safe.len() > 100 {
        safe = safe.split_off(safe.len() - 100);
    }
    if safe.is_empty() || safe.starts_with(['_', '.']) { format!("x{safe}") } else { safe }
}

/// Compares names as people do: `part-2` before `part-10`.
pub(crate) fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut left, mut right) = (chunks(a), chunks(b));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return std::cmp::Ordering::Less,
            (Some(_), None) => return std::cmp::Ordering::Greater,
            (Some(x), Some(y)) => {
                let order = compare(x, y);
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    let digits = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    if digits(a) && digits(b) {
        let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
        return a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}

/// Runs of digits, and of anything else.
fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_digit = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|letter: char| letter.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let (chunk, after) = rest.split_at(end);
        rest = after;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_within_the_folder() {
        assert_eq!(join("src/a", "../b/./c.md").as_deref(), Some("src/b/c.md"));
        assert_eq!(join("src", "../../x"), None);
        assert_eq!(join("", "/x//y").as_deref(), Some("x/y"));
        assert_eq!(relative("a/b/c.md", "a/d/e.md"), "../d/e.md");
        assert_eq!(relative("c.md", "d/e.md"), "d/e.md");
    }

    #[test]
    fn names_are_safe() {
        assert_eq!(safe_name("Ä b?.png"), "A-b-.png");
        assert_eq!(safe_name(".htaccess"), "x.htaccess");
        assert_eq!((stem("a/b.c.md"), stem(".x"), extension("a.b/c")), ("b.c", ".x", ""));
        assert!(is_foreign("https://a") && is_foreign("//a") && !is_foreign("a/b:c.md"));
    }

    #[test]
    fn numbers_sort_as_numbers() {
        let mut names = ["part-10", "part-2", "Part-1", "part-2b", "part"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["part", "Part-1", "part-2", "part-2b", "part-10"]);
    }
}
