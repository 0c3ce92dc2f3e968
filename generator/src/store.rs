//! What is expensive to make, kept in a folder for all sites and builds of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::assets::Store;
use crate::digest::Digest;

/// Behind every file stands its digest, because a disk that was full, or a cache that was copied in part, leaves halves.
const N_MARK: usize = 32;

/// A folder with one file per key, in 256 folders.
#[derive(Debug)]
pub(crate) struct FolderStore(pub(crate) PathBuf);

impl FolderStore {
    /// Nothing for a key that could lead elsewhere.
    fn path(&self, key: &str) -> Option<PathBuf> {
        let is_safe = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
        let is_key = key.len() > 2 && !key.starts_with('.') && key.bytes().all(is_safe);
        let digest = Digest::of(key.as_bytes()).hex();
        is_key.then(|| self.0.join(&digest[..2]).join(key))
    }
}

impl Store for FolderStore {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.path(key)?).ok()?;
        let body = bytes.len().checked_sub(N_MARK)?;
        let mark = bytes.split_off(body);
        (Digest::of(&bytes).hex().as_bytes() == mark).then_some(bytes)
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let Some(path) = self.path(key) else { return };
        // Two builds may keep the same thing at the same time: each writes a file of its own and then moves it.
        let fresh = path.with_extension(format!("{}.new", std::process::id()));
        let marked = [bytes, Digest::of(bytes).hex().as_bytes()].concat();
        let written =
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&fresh, &marked));
        if written.and_then(|()| fs::rename(&fresh, &path)).is_err() {
            // A store may forget. What could not be kept is made again.
            let _ = fs::remove_file(&fresh);
        }
    }
}

/// Keeps the last things in memory, for sites that are built in memory many times by one program.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryStore {
    /// When it has this many things it forgets them all: simple, and right for a cache.
    const MAX_THINGS: usize = 512;

    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if things.len() >= Self::MAX_THINGS {
            things.clear();
        }
        things.insert(key.to_owned(), bytes.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_and_keys_stay_inside() {
        let folder = std::env::temp_dir().join(format!("lyceum-store-{}", std::process::id()));
        let store = FolderStore(folder.clone());
        assert_eq!(store.get("card-1.png"), None);
        store.put("card-1.png", b"one");
        store.put("card-1.png", b"two");
        assert_eq!(store.get("card-1.png").as_deref(), Some(&b"two"[..]));
        let path = store.path("card-1.png").expect("a key");
        let half = fs::read(&path).expect("there").split_off(2);
        fs::write(&path, half).expect("cut");
        assert_eq!(store.get("card-1.png"), None);
        for key in ["../x", "a/b", "..", ".hidden", "A.png", ""] {
            assert_eq!(store.path(key), None, "{key}");
        }
        fs::remove_dir_all(folder).expect("cleaned up");
    }
}
