//! Definition lists, which an academy does not have: HTML around the same Markdown.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::Rewriter;
use crate::note::NoteKind;
use crate::text::Edit;

impl Rewriter<'_, '_> {
    /// Writes the list as `<dl>`, its terms and definitions still in Markdown.
    pub(super) fn definitions(&mut self, range: Range<usize>) {
        if !self.open.is_empty() {
            let message = "a definition list inside of something else; it stays as it was typed";
            return self.note(range.start, NoteKind::Verbatim, message);
        }
        let options = self.placed.page.dialect.options();
        let list = &self.source[range.clone()];
        self.edits.push(Edit::new(range.start..range.start, "<dl>\n"));
        let mut depth = 0;
        let mut end = range.start;
        for (event, part) in Parser::new_ext(list, options).into_offset_iter() {
            let part = range.start + part.start..range.start + part.end;
            match event {
                Event::Start(Tag::DefinitionListTitle) if depth == 1 => {
                    self.wrap("dt", &part);
                    end = part.end;
                }
                Event::Start(Tag::DefinitionListDefinition) if depth == 1 => {
                    self.definition(&part);
                    end = part.end;
                }
                _ => {}
            }
            depth = match event {
                Event::Start(_) => depth + 1,
                Event::End(_) => depth - 1,
                _ => depth,
            };
        }
        let end = end.max(range.start).min(range.end);
        self.edits.push(Edit::new(end..end, "</dl>\n\n"));
    }

    fn wrap(&mut self, name: &str, part: &Range<usize>) {
        let end = part.start + self.source[part.clone()].trim_end().len();
        self.edits.push(Edit::new(part.start..part.start, format!("<{name}>\n\n")));
        self.edits.push(Edit::new(end..part.end, format!("\n\n</{name}>\n")));
    }

    /// `: text` with its further lines, which are indented as far as the text is.
    fn definition(&mut self, part: &Range<usize>) {
        let text = &self.source[part.clone()];
        let Some(marker) = text.find(':') else { return };
        let behind = &text[marker + 1..];
        let spaces = behind.len() - behind.trim_start_matches(' ').len();
        let head = part.start..part.start + marker + 1 + spaces;
        let indent = marker + 1 + spaces;
        self.edits.push(Edit::new(head, "<dd>\n\n"));
        let end = part.start + text.trim_end().len();
        let mut at = part.start;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let n_spaces = line.bytes().take_while(|byte| *byte == b' ').count().min(indent);
            if number > 0 && n_spaces > 0 && at + n_spaces <= end {
                self.edits.push(Edit::new(at..at + n_spaces, ""));
            }
            at += line.len();
        }
        self.edits.push(Edit::new(end..part.end, "\n\n</dd>\n"));
    }
}
