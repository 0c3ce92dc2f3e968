//! A text that is changed step by step and still knows on which line of its file everything stood.

use std::ops::Range;

/// A replacement of one part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
}

impl Edit {
    pub(crate) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }
}

/// A text and where its parts come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text {
    whole: String,
    pieces: Vec<Piece>,
    newlines: Vec<usize>,
}

/// From `start` up to the next piece.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    /// Line of the file that `start` stands on.
    line: usize,
    /// Whether the lines of the file go on within the piece.
    verbatim: bool,
}

impl Text {
    /// The text of a file that starts at this line of it.
    pub(crate) fn of_file(text: &str, line: usize) -> Self {
        let mut out = Self::default();
        out.push(text, line, true);
        out
    }

    /// Appends what stands at a line of the file, or what came in its place.
    pub(crate) fn push(&mut self, text: &str, line: usize, verbatim: bool) {
        if text.is_empty() {
            return;
        }
        let start = self.whole.len();
        self.pieces.push(Piece { start, line, verbatim });
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        self.newlines.extend(newlines.map(|(at, _)| start + at));
        self.whole.push_str(text);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.whole
    }

    pub(crate) fn into_string(self) -> String {
        self.whole
    }

    /// The line of the file, from 1.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|piece| piece.start <= offset);
        let Some(piece) = after.checked_sub(1).and_then(|idx| self.pieces.get(idx)) else { return 1 };
        if !piece.verbatim {
            return piece.line;
        }
        let n_before = |at: usize| self.newlines.partition_point(|newline| *newline < at);
        piece.line + n_before(offset) - n_before(piece.start)
    }

    /// The text with all edits carried out. Of two that overlap the first counts.
    pub(crate) fn edited(&self, mut edits: Vec<Edit>) -> Self {
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut out = Self::default();
        let mut at = 0;
        for edit in edits {
            if edit.range.start < at || edit.range.end > self.whole.len() {
                continue;
            }
            self.copy(at..edit.range.start, &mut out);
            out.push(&edit.text, self.line_at(edit.range.start), false);
            at = edit.range.end;
        }
        self.copy(at..self.whole.len(), &mut out);
        out
    }

    fn copy(&self, range: Range<usize>, out: &mut Self) {
        let mut at = range.start;
        while at < range.end {
            let next = self.pieces.partition_point(|piece| piece.start <= at);
            let end = self.pieces.get(next).map_or(range.end, |piece| piece.start.min(range.end));
            let verbatim = next.checked_sub(1).is_some_and(|idx| self.pieces[idx].verbatim);
            let Some(part) = self.whole.get(at..end) else { return };
            out.push(part, self.line_at(at), verbatim);
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_survive_edits() {
        let mut text = Text::of_file("a\nb\n", 5);
        text.push("x\ny\nz\n", 7, false);
        text.push("c\nd\n", 8, true);
        assert_eq!((text.line_at(0), text.line_at(2), text.line_at(6), text.line_at(12)), (5, 6, 7, 9));
        let edits = vec![Edit::new(10..11, "C\nC\nC"), Edit::new(0..1, ""), Edit::new(0..3, "no")];
        let edited = text.edited(edits);
        assert_eq!(edited.as_str(), "\nb\nx\ny\nz\nC\nC\nC\nd\n");
        assert_eq!(edited.line_at(edited.as_str().find('d').expect("d")), 9);
        assert_eq!(edited.line_at(edited.as_str().find('C').expect("C")), 8);
        assert_eq!(edited.line_at(edited.as_str().find('b').expect("b")), 6);
    }
}
