//! Cuts the lines of an index into files of a few kilobytes, so that a change in one moves no other.

use lyceum_contract::search::{KEY_BITS, name};

use super::postings::Line;

/// The most bytes in a file, unless one term has more.
pub(super) const SHARD_BYTES: usize = 8 * 1024;

/// The tree that leads to the files, as [`lyceum_contract::search::find`] reads it, and the files by name.
///
/// A file is cut in two when it is too large, at the next bit of its keys. So its borders depend on what is between them
/// and on nothing else.
pub(super) fn shards(text: &str, lines: &[Line]) -> (String, Vec<(String, Vec<u8>)>) {
    let mut tree = Tree { text, nodes: String::new(), files: Vec::new() };
    tree.add(lines, 1, KEY_BITS);
    (tree.nodes, tree.files)
}

struct Tree<'a> {
    text: &'a str,
    nodes: String,
    files: Vec<(String, Vec<u8>)>,
}

impl Tree<'_> {
    /// `path` has a 1 and then the bits that lead here; `n_left` is the number of bits below.
    fn add(&mut self, lines: &[Line], path: u64, n_left: u32) {
        let n_bytes: usize = lines.iter().map(|line| line.to - line.from).sum();
        if lines.is_empty() {
            self.nodes.push('2');
        } else if n_bytes <= SHARD_BYTES || n_left == 0 {
            let mut file = Vec::with_capacity(n_bytes);
            for line in lines {
                file.extend_from_slice(&self.text.as_bytes()[line.from..line.to]);
            }
            self.nodes.push('0');
            self.files.push((format!("t/{}", name(path)), file));
        } else {
            self.nodes.push('1');
            let ones = lines.partition_point(|line| line.key >> (n_left - 1) & 1 == 0);
            let (zeros, ones) = lines.split_at(ones);
            self.add(zeros, path << 1, n_left - 1);
            self.add(ones, path << 1 | 1, n_left - 1);
        }
    }
}
