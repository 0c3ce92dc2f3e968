//! Where this machine remembers what later builds reuse.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// `lyceum` in the user's cache folder: `$XDG_CACHE_HOME`, else `~/.cache`. Nothing on a machine that has neither.
pub(crate) fn default_folder() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(folder.join("lyceum"))
}

/// Names this program, so that another version of it starts anew.
pub(crate) fn program() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let print = env::current_exe().ok().and_then(|path| print_of(&path));
    print.map_or_else(|| version.to_owned(), |print| format!("{version}-{print}"))
}

/// A release is known by its bytes. A program under development is ten times as large and made anew all the time: it is
/// known by its size and its time.
fn print_of(path: &Path) -> Option<String> {
    if cfg!(debug_assertions) {
        let metadata = fs::metadata(path).ok()?;
        return Some(format!("{}-{:?}", metadata.len(), metadata.modified().ok()?));
    }
    fs::read(path).ok().map(|bytes| lyceum_generator::fingerprint(&bytes))
}
