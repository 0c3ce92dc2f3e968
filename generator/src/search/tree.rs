//! Cuts the lines of an index into files of a few kilobytes, so that a change in one moves no other.

use std::ops::Range;

use lyceum_contract::search::{KEY_BITS, name};

use super::dictionary::keys_below;

/// The most bytes in a file, unless one term has more.
pub(super) const SHARD_BYTES: usize = 8 * 1024;

/// The lines of one term or of one beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) key: u64,
    pub(super) n_bytes: usize,
    pub(super) what: What,
}

/// By its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Term(usize),
    Prefix(usize),
}

/// A file: its place in the tree, and what is in it.
#[derive(Debug)]
pub(super) struct Leaf {
    /// A 1 and then the bits that lead here.
    pub(super) path: u64,
    pub(super) items: Range<usize>,
}

impl Leaf {
    pub(super) fn name(&self) -> String {
        format!("t/{}", name(self.path))
    }

    /// All keys that lead here.
    pub(super) fn keys(&self) -> Range<u64> {
        let n_bits = self.path.ilog2();
        keys_below(self.path ^ 1 << n_bits, n_bits)
    }
}

/// The tree that leads to the files, as [`lyceum_contract::search::find`] reads it, and the files in the order of their
/// keys. `items` are in that order too.
///
/// A file is cut in two when it is too large, at the next bit of its keys. So its borders depend on what is between them
/// and on nothing else.
pub(super) fn leaves(items: &[Item]) -> (String, Vec<Leaf>) {
    let mut tree = Tree { items, nodes: String::new(), leaves: Vec::new() };
    tree.add(0..items.len(), 1, KEY_BITS);
    (tree.nodes, tree.leaves)
}

struct Tree<'a> {
    items: &'a [Item],
    nodes: String,
    leaves: Vec<Leaf>,
}

impl Tree<'_> {
    /// `path` has a 1 and then the bits that lead here; `n_left` is the number of bits below.
    fn add(&mut self, range: Range<usize>, path: u64, n_left: u32) {
        let items = &self.items[range.clone()];
        let n_bytes: usize = items.iter().map(|item| item.n_bytes).sum();
        if items.is_empty() {
            self.nodes.push('2');
        } else if n_bytes <= SHARD_BYTES || n_left == 0 {
            self.nodes.push('0');
            self.leaves.push(Leaf { path, items: range });
        } else {
            self.nodes.push('1');
            let ones = range.start + items.partition_point(|item| item.key >> (n_left - 1) & 1 == 0);
            self.add(range.start..ones, path << 1, n_left - 1);
            self.add(ones..range.end, path << 1 | 1, n_left - 1);
        }
    }
}
