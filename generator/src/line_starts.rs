//! Lines and columns of a text, found without reading all of it each time.

use std::ops::Range;

/// One mark is set in so many bytes.
const STEP: usize = 1024;

/// What is known at a mark.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: usize,
    line: usize,
    column: usize,
}

/// Marks of a text. A file with a hundred thousand mistakes is read once and not once for each.
#[derive(Debug)]
pub(crate) struct LineMarks(Vec<Mark>);

impl LineMarks {
    /// Sets the marks. Cost: one pass.
    pub(crate) fn of(source: &str) -> Self {
        let mut mark = Mark { at: 0, line: 1, column: 1 };
        let mut marks = vec![mark];
        while source.len() - mark.at > STEP {
            let end = (mark.at + STEP..=source.len())
                .find(|end| source.is_char_boundary(*end))
                .unwrap_or(source.len());
            mark = mark.moved(source, mark.at..end);
            marks.push(mark);
        }
        Self(marks)
    }

    /// Line and column, both from 1, of a place that is a border between characters.
    pub(crate) fn find(&self, source: &str, at: usize) -> (usize, usize) {
        let idx = self.0.partition_point(|mark| mark.at <= at).saturating_sub(1);
        let mark = self.0.get(idx).copied().unwrap_or(Mark { at: 0, line: 1, column: 1 });
        let found = mark.moved(source, mark.at..at);
        (found.line, found.column)
    }
}

impl Mark {
    fn moved(self, source: &str, way: Range<usize>) -> Self {
        let text = source.get(way.clone()).unwrap_or_default();
        let n_lines = text.bytes().filter(|byte| *byte == b'\n').count();
        let column = match text.rfind('\n') {
            Some(newline) => text[newline + 1..].chars().count() + 1,
            None => self.column + text.chars().count(),
        };
        Self { at: way.end, line: self.line + n_lines, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_counting_agree() {
        let texts = [
            String::new(),
            "a\nb".to_owned(),
            "字".repeat(3_000),
            "ab字\n".repeat(2_000),
            "\n".repeat(2_049),
            "x".repeat(1_024),
        ];
        for text in texts {
            let places = LineMarks::of(&text);
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let before = &text[..at];
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                let expected = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
                assert_eq!(places.find(&text, at), expected, "{at}");
            }
        }
    }
}
