//! What the tests need besides cargo: a WASM target, Node packages, a browser with Chinese fonts.
//!
//! Whatever is there already is left alone. What cannot be installed here is named, with how to get it.

use std::path::Path;

use anyhow::{Result, bail};

use crate::run::{Step, workspace_root};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// A font file of each family that the pages are looked at in.
const FONTS: [(&str, &str); 1] = [("fonts-noto-cjk", "Noto Sans CJK SC")];

/// The target that the Worker is built for.
pub(crate) fn wasm_target() -> Result<()> {
    let installed = Step::new("rustup", &["target", "list", "--installed"]).output().unwrap_or_default();
    if installed.lines().any(|target| target == WASM_TARGET) {
        return Ok(());
    }
    Step::new("rustup", &["target", "add", WASM_TARGET]).run()
}

/// The Node packages of `tests/`, exactly as locked.
pub(crate) fn node_packages() -> Result<()> {
    if !Step::new("node", &["--version"]).succeeds() {
        bail!("`node` is missing: install Node.js 20 or newer");
    }
    let tests = workspace_root().join("tests");
    let is_current = modified(&tests.join("node_modules/.package-lock.json"))
        >= modified(&tests.join("package-lock.json"));
    if is_current && tests.join("node_modules/miniflare").exists() {
        return Ok(());
    }
    Step::new("npm", &["ci", "--no-audit", "--no-fund"]).folder("tests").run()
}

/// A browser and the fonts that Chinese pages need, as Debian packages where we may install them.
pub(crate) fn browser() -> Result<()> {
    let mut missing: Vec<&str> =
        FONTS.iter().filter(|(_, family)| !has_font(family)).map(|(package, _)| *package).collect();
    if browser_path().is_none() {
        missing.push("chromium");
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() || !Step::new("apt-get", &["--version"]).succeeds() {
        bail!("install {} first, for example with `sudo apt-get install {0}`", missing.join(" "));
    }
    Step::new("apt-get", &["update", "-q"]).run()?;
    Step::new("apt-get", &["install", "-y", "-q", "--no-install-recommends"])
        .args(&missing)
        .variable("DEBIAN_FRONTEND", "noninteractive")
        .run()
}

/// Where the browser is.
pub(crate) fn browser_path() -> Option<String> {
    let found = BROWSERS.iter().find_map(|name| Step::new("which", &[name]).output().ok());
    found.map(|path| path.trim().to_owned()).filter(|path| !path.is_empty())
}

fn has_font(family: &str) -> bool {
    Step::new("fc-list", &[family]).output().is_ok_and(|fonts| !fonts.trim().is_empty())
}

fn is_root() -> bool {
    Step::new("id", &["-u"]).output().is_ok_and(|id| id.trim() == "0")
}

/// When the file was written; the beginning of time when it is not there.
fn modified(file: &Path) -> std::time::SystemTime {
    file.metadata().and_then(|metadata| metadata.modified()).unwrap_or(std::time::UNIX_EPOCH)
}
