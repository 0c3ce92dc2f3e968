//! What is shown of a page that was found: title, address, and the text for the lines around the words.

use lyceum_contract::search::NUMBER_BITS;

use super::{Batch, Document, Failed, Page};
use crate::markdown::Passage;
use crate::model::access_word;

/// Bytes of a file on the average, unless one page has more.
const FILE_BYTES: usize = 8 * 1024;

/// How many bits of a page's number name its file.
pub(super) fn n_bits(pages: &[Page<'_>]) -> u32 {
    let lines: usize = pages.iter().map(|page| page.part.n_bytes).sum();
    let n_files = lines.div_ceil(FILE_BYTES).max(1).next_power_of_two();
    n_files.ilog2().min(NUMBER_BITS)
}

/// Makes one file of pages, which are in the order of their numbers. `batch` gives the batch with that index.
pub(super) fn file<B: AsRef<Batch>>(
    pages: &[&Page<'_>],
    batch: impl Fn(usize) -> Result<B, Failed>,
) -> Result<Vec<u8>, Failed> {
    let mut file = String::with_capacity(pages.iter().map(|page| page.part.n_bytes + 40).sum());
    for page in pages {
        file.push_str(&page.number.to_string());
        file.push('\t');
        file.push_str(page.tag);
        batch(page.batch)?.as_ref().push_line(page.part, &mut file).map_err(|_| Failed::Lost)?;
    }
    Ok(file.into_bytes())
}

/// Adds the line of a page without its number and tag, and returns about how long it is.
pub(super) fn push_rest(out: &mut String, document: &Document<'_>, passages: &[Passage]) -> usize {
    let texts = passages.iter().map(|passage| passage.heading.len() + passage.text.len() + 20);
    let n_bytes =
        document.url.len() + document.title.len() + document.summary.len() + 40 + texts.sum::<usize>();
    out.reserve(n_bytes);
    for field in [document.url, access_word(document.access)] {
        out.push('\t');
        out.push_str(field);
    }
    let language = document.written.map_or("", |language| language.as_str());
    for text in [document.title, document.context, language, "", "", document.summary] {
        push_field(out, text);
    }
    for passage in passages {
        push_field(out, passage.anchor.as_deref().unwrap_or_default());
        push_field(out, &passage.heading);
        push_field(out, &passage.text);
    }
    out.push('\n');
    n_bytes
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
