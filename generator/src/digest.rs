//! Fingerprints of inputs and outputs, by which a build knows what it need not do again.
//!
//! Nobody who could choose a collision gains anything by one but a stale page of their own, so the hash is a fast one
//! (XXH3, 128 bits). What readers rely on, addresses and seals, uses SHA-256.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

/// 128 bits that differ when the input does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub(crate) struct Digest(u128);

impl Digest {
    /// Of bytes. Cost: several GB/s.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(XxHash3_128::oneshot(bytes))
    }

    /// Of everything that a value hashes. The same in every process of one program on one kind of machine.
    pub(crate) fn of_value(value: &(impl Hash + ?Sized)) -> Self {
        let mut feed = Feed(XxHash3_128::new());
        value.hash(&mut feed);
        Self(feed.0.finish_128())
    }

    /// As 32 hexadecimal digits, for the name of a file.
    pub(crate) fn hex(self) -> String {
        format!("{:032x}", self.0)
    }
}

/// Gives the wide hash to `Hash` implementations.
struct Feed(XxHash3_128);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn finish(&self) -> u64 {
        let [.., low] = self.0.finish_128().to_be_bytes().map(u64::from);
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_has_another_digest() {
        assert_ne!(Digest::of_value(&("ab", "c")), Digest::of_value(&("a", "bc")));
        assert_eq!(Digest::of_value(&vec!["a"]), Digest::of_value(&vec!["a"]));
        assert_eq!(Digest::of(b"").hex().len(), 32);
    }
}
