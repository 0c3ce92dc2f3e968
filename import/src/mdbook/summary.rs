//! `SUMMARY.md`: the chapters of a book in order.

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A heading over the chapters that follow.
    Part(String),
    Chapter(Entry),
}

impl Item {
    pub(super) fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Chapter(entry) => Some(entry),
            Self::Part(_) => None,
        }
    }
}

/// A chapter as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) title: String,
    /// As it is written; empty for one that has no text yet.
    pub(super) path: String,
    /// 0 before and after the list, 1 in the list, 2 in a list within it.
    pub(super) level: usize,
    pub(super) line: usize,
}

/// Reads the list. The heading before everything else is its own title.
pub(super) fn parse(text: &str) -> Vec<Item> {
    let mut reader = Reader::default();
    let (mut line, mut counted) = (1, 0);
    for (event, range) in Parser::new(text).into_offset_iter() {
        if range.start > counted {
            line += text[counted..range.start].matches('\n').count();
            counted = range.start;
        }
        reader.event(&event, line);
    }
    reader.items
}

#[derive(Default)]
struct Reader {
    items: Vec<Item>,
    n_lists: usize,
    /// The words of the heading or link that is open.
    words: Option<String>,
    path: String,
    has_title: bool,
}

impl Reader {
    fn event(&mut self, event: &Event<'_>, line: usize) {
        match event {
            Event::Start(Tag::List(_)) => self.n_lists += 1,
            Event::End(TagEnd::List(_)) => self.n_lists -= 1,
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => self.words = Some(String::new()),
            Event::Start(Tag::Link { dest_url, .. }) => {
                self.words = Some(String::new());
                self.path = dest_url.to_string();
            }
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => self.heading(),
            Event::End(TagEnd::Link) => self.chapter(line),
            Event::Text(text) | Event::Code(text) => self.add(text),
            Event::SoftBreak => self.add(" "),
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(words) = &mut self.words {
            words.push_str(text);
        }
    }

    fn heading(&mut self) {
        let Some(words) = self.words.take() else { return };
        let is_own = !self.has_title && self.items.is_empty();
        self.has_title = true;
        if !is_own {
            self.items.push(Item::Part(words));
        }
    }

    fn chapter(&mut self, line: usize) {
        let Some(title) = self.words.take() else { return };
        let path = std::mem::take(&mut self.path);
        self.has_title = true;
        self.items.push(Item::Chapter(Entry { title, path, level: self.n_lists, line }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_in_order() {
        let items = parse(
            "# Summary\n\n[Before](./b.md)\n\n---\n\n# Part `One`\n\n- [A](a.md)\n  * [A1](a/1.md)\n- [Draft]()\n\n[After](z.md)\n",
        );
        let lines: Vec<String> = items
            .iter()
            .map(|item| match item {
                Item::Part(title) => format!("= {title}"),
                Item::Chapter(entry) => {
                    format!("{} {} {} :{}", entry.level, entry.title, entry.path, entry.line)
                }
            })
            .collect();
        assert_eq!(
            lines,
            [
                "0 Before ./b.md :3",
                "= Part One",
                "1 A a.md :9",
                "2 A1 a/1.md :10",
                "1 Draft  :11",
                "0 After z.md :13"
            ]
        );
    }
}
