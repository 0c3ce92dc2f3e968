//! What is shown of a page that was found: title, address, and the text for the lines around the words.

use lyceum_contract::search::{NUMBER_BITS, page_file};

use super::Page;
use crate::model::access_word;

/// Bytes of a file on the average, unless one page has more.
const FILE_BYTES: usize = 8 * 1024;

/// How many bits of a page's number name its file, and the files by name. `pages` are in the order of their numbers.
pub(super) fn files(pages: &[Page<'_>]) -> (u32, Vec<(String, Vec<u8>)>) {
    let lines: usize = pages.iter().map(Page::n_bytes).sum();
    let n_files = lines.div_ceil(FILE_BYTES).max(1).next_power_of_two();
    let n_bits = n_files.ilog2().min(NUMBER_BITS);
    let mut files: Vec<(String, String)> = Vec::new();
    for page in pages {
        let name = page_file(page.number, n_bits);
        if files.last().is_none_or(|(last, _)| *last != name) {
            files.push((name, String::new()));
        }
        if let Some((_, file)) = files.last_mut() {
            page.push(file);
        }
    }
    (n_bits, files.into_iter().map(|(name, file)| (name, file.into_bytes())).collect())
}

impl Page<'_> {
    /// About as long as its line.
    fn n_bytes(&self) -> usize {
        let document = self.document;
        let texts = self.passages.iter().map(|passage| passage.heading.len() + passage.text.len() + 20);
        document.url.len() + document.title.len() + document.summary.len() + 40 + texts.sum::<usize>()
    }

    fn push(&self, out: &mut String) {
        let document = self.document;
        out.reserve(self.n_bytes());
        out.push_str(&self.number.to_string());
        let language = document.written.map_or("", |language| language.as_str());
        for field in [self.tag, document.url, access_word(document.access)] {
            out.push('\t');
            out.push_str(field);
        }
        for text in [document.title, document.context, language, "", "", document.summary] {
            push_field(out, text);
        }
        for passage in self.passages {
            push_field(out, passage.anchor.as_deref().unwrap_or_default());
            push_field(out, &passage.heading);
            push_field(out, &passage.text);
        }
        out.push('\n');
    }
}

/// A tab and a text on one line.
fn push_field(out: &mut String, text: &str) {
    out.push('\t');
    let start = out.len();
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        if !word.is_empty() {
            if out.len() > start {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
}
