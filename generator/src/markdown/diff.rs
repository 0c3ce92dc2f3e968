//! What changed between two pieces of code, line by line.

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Same,
    Removed,
    Added,
}

/// A comparison is exact as long as this many pairs of lines have to be compared; beyond, all old lines go and all new come.
const MAX_PAIRS: usize = 250_000;

fn kind(line: &str) -> Kind {
    match line.as_bytes().first() {
        Some(b'-') => Kind::Removed,
        Some(b'+') => Kind::Added,
        _ => Kind::Same,
    }
}

/// The text before and after a change that is written with marks, without the marks.
pub(super) fn sides(code: &str) -> (String, String) {
    let (mut old, mut new) = (String::new(), String::new());
    for line in code.lines() {
        let kind = kind(line);
        let text = if line.starts_with(['+', '-', ' ']) { &line[1..] } else { line };
        for side in [(kind != Kind::Added).then_some(&mut old), (kind != Kind::Removed).then_some(&mut new)] {
            let Some(side) = side else { continue };
            side.push_str(text);
            side.push('\n');
        }
    }
    (old, new)
}

/// The lines of such a change with the colours of both sides.
pub(super) fn marked<'a>(code: &str, old: &'a [String], new: &'a [String]) -> Vec<(Kind, &'a str)> {
    let mut lines = Merge { old, new, n_old: 0, n_new: 0, merged: Vec::new() };
    for line in code.lines() {
        lines.push(kind(line));
    }
    lines.merged
}

/// The lines of both texts, as few of them changed as possible.
pub(super) fn compared<'a>(
    before: &str,
    after: &str,
    old: &'a [String],
    new: &'a [String],
) -> Vec<(Kind, &'a str)> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let n_first = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[n_first..], &b[n_first..]);
    let n_last = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - n_last], &b[..b.len() - n_last]);
    let mut lines = Merge { old, new, n_old: 0, n_new: 0, merged: Vec::new() };
    (0..n_first).for_each(|_| lines.push(Kind::Same));
    for kind in script(a, b) {
        lines.push(kind);
    }
    (0..n_last).for_each(|_| lines.push(Kind::Same));
    lines.merged
}

/// The steps that turn one list into the other, by the longest common subsequence.
fn script(a: &[&str], b: &[&str]) -> Vec<Kind> {
    if a.len().saturating_mul(b.len()) > MAX_PAIRS {
        return [vec![Kind::Removed; a.len()], vec![Kind::Added; b.len()]].concat();
    }
    let width = b.len() + 1;
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut steps) = (0, 0, Vec::with_capacity(a.len() + b.len()));
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
            steps.push(Kind::Same);
        } else if j == b.len() || (i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            i += 1;
            steps.push(Kind::Removed);
        } else {
            j += 1;
            steps.push(Kind::Added);
        }
    }
    steps
}

struct Merge<'a> {
    old: &'a [String],
    new: &'a [String],
    n_old: usize,
    n_new: usize,
    merged: Vec<(Kind, &'a str)>,
}

impl Merge<'_> {
    fn push(&mut self, kind: Kind) {
        let line = if kind == Kind::Removed { self.old.get(self.n_old) } else { self.new.get(self.n_new) };
        self.merged.push((kind, line.map_or("", String::as_str)));
        self.n_old += usize::from(kind != Kind::Added);
        self.n_new += usize::from(kind != Kind::Removed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn shown(lines: &[(Kind, &str)]) -> String {
        let mark = |kind: Kind| match kind {
            Kind::Same => ' ',
            Kind::Removed => '-',
            Kind::Added => '+',
        };
        lines
            .iter()
            .flat_map(|(kind, line)| [mark(*kind).to_string(), (*line).to_owned(), "\n".to_owned()])
            .collect()
    }

    #[test]
    fn marks_are_taken_off_and_put_back() {
        let code = " a\n-b\n+c\n+\nd\n";
        let (old, new) = sides(code);
        assert_eq!((old.as_str(), new.as_str()), ("a\nb\nd\n", "a\nc\n\nd\n"));
        assert_eq!(shown(&marked(code, &lines(&old), &lines(&new))), " a\n-b\n+c\n+\n d\n");
    }

    #[test]
    fn as_little_as_possible_changes() {
        for (before, after, expected) in [
            ("a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n"),
            ("a\nb\nc\nd\n", "b\nd\n", "-a\n b\n-c\n d\n"),
            ("", "a\n", "+a\n"),
            ("a\n", "", "-a\n"),
            ("a\n", "a\n", " a\n"),
        ] {
            let (old, new) = (lines(before), lines(after));
            let merged = compared(before, after, &old, &new);
            assert_eq!(shown(&merged), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn two_long_texts_are_compared_at_once() {
        let long = |word: &str| {
            (0..5_000).flat_map(|n| [word.to_owned(), n.to_string(), "\n".to_owned()]).collect::<String>()
        };
        let (before, after) = (long("a"), long("b"));
        let (old, new) = (lines(&before), lines(&after));
        assert_eq!(compared(&before, &after, &old, &new).len(), 10_000);
    }
}
