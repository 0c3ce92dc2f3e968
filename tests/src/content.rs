//! Content folders, and the sites that the generator makes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bytes::Bytes;
use lyceum_contract::Timestamp;
use lyceum_contract::seal::KeyRing;
use lyceum_generator::{Build, Diagnostic, Options};

use crate::scratch::Scratch;

/// The files of a site by their path, with a slash in front.
pub type Files = BTreeMap<String, Bytes>;

/// The moment at which every site of the tests is built: 2027-01-15.
pub const BUILT_AT: Timestamp = Timestamp(1_800_000_000);

/// The key that seals the sites of the tests.
pub fn keys() -> KeyRing {
    KeyRing::parse(&format!("it:{}", "5a".repeat(32))).expect("a key")
}

/// The workspace's root.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the crate lies in the workspace").to_owned()
}

/// A content folder that one test may change.
#[derive(Debug, Default)]
pub struct Content {
    folder: Scratch,
}

impl Content {
    /// A copy of a folder beside the tests: `it/<name>`.
    pub fn fixture(name: &str) -> Self {
        Self::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("it").join(name))
    }

    /// A copy of the sample academy.
    pub fn sample() -> Self {
        Self::copy_of(&workspace().join("content"))
    }

    /// A copy of any folder.
    pub fn copy_of(folder: &Path) -> Self {
        let content = Self::default();
        content.folder.copy(folder);
        content
    }

    /// The same with one file more, or with another text in it.
    #[must_use]
    pub fn with(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.folder.write(path, bytes);
        self
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect("the file is in the content")
    }

    /// Builds the site, or says what is wrong.
    pub fn build(&self) -> Result<Build, Vec<Diagnostic>> {
        let keys = keys();
        lyceum_generator::build(&Options {
            content: self.path(),
            theme: None,
            keys: &keys,
            now: BUILT_AT,
            drafts: false,
            live_reload: false,
        })
    }

    /// The files of the site. The content has no error.
    pub fn files(&self) -> Files {
        match self.build() {
            Ok(build) => files_of(&build),
            Err(found) => panic!("{:#?}", found.iter().map(|found| &found.message).collect::<Vec<_>>()),
        }
    }
}

/// The files of a built site.
pub fn files_of(build: &Build) -> Files {
    build.site.files().map(|(path, bytes)| (format!("/{path}"), Bytes::copy_from_slice(bytes))).collect()
}

/// Public pages and files, as readers ask for them.
pub fn public_addresses(files: &Files) -> Vec<String> {
    let public = files.keys().filter(|path| !path.split('/').any(|segment| segment.starts_with(['_', '.'])));
    public.map(|path| path.strip_suffix("index.html").unwrap_or(path).to_owned()).collect()
}

/// The files of `it/academy`, built once for all tests.
pub fn small_academy() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| Content::fixture("academy").files())
}
