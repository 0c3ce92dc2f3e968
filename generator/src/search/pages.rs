//! What is shown of a page that was found: title, address, and the text for the lines around the words.

use std::io;

use lyceum_contract::search::{NUMBER_BITS, page_file};
use rayon::prelude::*;

use super::{Document, Page};
use crate::markdown::Passage;
use crate::model::access_word;

/// Bytes of a file on the average, unless one page has more.
const FILE_BYTES: usize = 8 * 1024;

/// Gives `put` the files by name, and returns how many bits of a page's number name its file. `pages` are in the order
/// of their numbers.
pub(super) fn files(pages: &[Page<'_>], put: &(dyn Fn(String, Vec<u8>) + Sync)) -> io::Result<u32> {
    let lines: usize = pages.iter().map(|page| page.part.n_bytes).sum();
    let n_files = lines.div_ceil(FILE_BYTES).max(1).next_power_of_two();
    let n_bits = n_files.ilog2().min(NUMBER_BITS);
    let name = |page: &Page<'_>| page_file(page.number, n_bits);
    let files: Vec<&[Page<'_>]> = pages.chunk_by(|a, b| name(a) == name(b)).collect();
    files.par_iter().try_for_each(|pages| -> io::Result<()> {
        let mut file = String::with_capacity(pages.iter().map(|page| page.part.n_bytes + 40).sum());
        for page in *pages {
            file.push_str(&page.number.to_string());
            file.push('\t');
            file.push_str(page.tag);
            page.batch.push_line(page.part, &mut file)?;
        }
        put(name(&pages[0]), file.into_bytes());
        Ok(())
    })?;
    Ok(n_bits)
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
