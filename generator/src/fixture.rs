//! A small academy in memory, for tests.

use std::collections::BTreeMap;
use std::path::Path;

use lyceum_contract::Timestamp;
use lyceum_contract::manifest::Localized;
use lyceum_contract::seal::KeyRing;

use crate::cards::SocialCards;
use crate::model::{Academy, Config};
use crate::release::When;
use crate::zone::Zone;
use crate::{Build, Diagnostic, Options, Source, build_from};

/// Files by path; later ones of the same path win.
pub(crate) struct Fixture {
    pub(crate) files: BTreeMap<String, String>,
    now: Timestamp,
    drafts: bool,
}

const SITE: &str = "title: { en: Northlight, zh: 北光 }\nurl: https://academy.example\nlanguages: [en, zh]\n\
    tiers:\n  - id: pro\n    name: Pro\n    prices:\n      - { id: pro-month, amount: 19.00 USD, every: month }\n";
const COURSE: &str = "---\ntitle: Rust\nsummary: Why.\ninstructors: [ada]\naccess: paid\nprices:\n\
    \x20 - { id: rust, amount: 49.00 USD }\n---\n\nWelcome.\n";

impl Fixture {
    /// Two languages, one tier, one course with a free and a paid lesson.
    pub(crate) fn new() -> Self {
        Self { files: BTreeMap::new(), now: Timestamp(0), drafts: false }
            .with("lyceum.yaml", SITE)
            .with("courses/rust/index.md", COURSE)
            .with("courses/rust/01-a/index.md", "---\ntitle: Part A\n---\n")
            .with("courses/rust/01-a/01-free.md", "---\ntitle: Free\naccess: free\n---\n\nOpen text.\n")
            .with("courses/rust/01-a/02-paid.md", "---\ntitle: Paid\nsummary: Public.\n---\n\nClosed text.\n")
            .with("instructors/ada.md", "---\nname: Ada\nrole: Teacher\n---\n\nHello.\n")
            .with("pages/about.md", "---\ntitle: About\n---\n\nUs.\n")
    }

    /// The same with one more file.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// The same with one piece of text replaced.
    pub(crate) fn edited(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = self.files.get_mut(path).expect("a file of the fixture");
        assert!(text.contains(from), "{path} has no {from:?}");
        *text = text.replacen(from, to, 1);
        self
    }

    /// The same at midnight (UTC) of this day.
    pub(crate) fn at(mut self, day: &str) -> Self {
        self.now = Timestamp::from_date(day.parse().expect("a day"));
        self
    }

    /// The same as its author sees it in a preview.
    pub(crate) fn with_drafts(mut self) -> Self {
        self.drafts = true;
        self
    }

    /// The model alone. It must have no error.
    #[track_caller]
    pub(crate) fn academy(self) -> Academy {
        let source = Source::from_files(Path::new("content"), self.files);
        let mut found = Vec::new();
        let layout = crate::layout::read(&source, &mut found);
        let when = When { now: self.now, drafts: self.drafts };
        let academy = crate::academy::read(&source, &layout, when, &mut found);
        assert!(!found.iter().any(Diagnostic::is_error), "{:#?}", shown(&found));
        academy
    }

    pub(crate) fn build(self) -> Result<Build, Vec<Diagnostic>> {
        self.build_in(None)
    }

    /// The same with files of another theme before those of the default one.
    pub(crate) fn build_with(self, theme: &Source) -> Result<Build, Vec<Diagnostic>> {
        self.build_in(Some(theme))
    }

    fn build_in(self, theme: Option<&Source>) -> Result<Build, Vec<Diagnostic>> {
        let keys = KeyRing::development();
        let content = Source::from_files(Path::new("content"), self.files);
        let options = Options {
            content: Path::new("content"),
            theme: None,
            keys: &keys,
            now: self.now,
            drafts: self.drafts,
            live_reload: false,
        };
        build_from(&content, theme, &options)
    }

    /// Builds a site that must have no error.
    #[track_caller]
    pub(crate) fn built(self) -> Build {
        self.build().unwrap_or_else(|found| panic!("{:#?}", shown(&found)))
    }
}

/// The settings of a site in one language that sells nothing.
pub(crate) fn config() -> Config {
    Config {
        title: Localized::default(),
        summary: Localized::default(),
        url: "https://a.example".to_owned(),
        languages: vec!["en".parse().expect("a tag")],
        contact: None,
        tiers: Vec::new(),
        offers: Vec::new(),
        theme: "default",
        highlight: true,
        zone: Zone::default(),
        license: None,
        social_cards: SocialCards::None,
        is_certain: true,
    }
}

/// Diagnostics as `L011 lyceum.yaml:2:3 message`.
pub(crate) fn shown(found: &[Diagnostic]) -> Vec<String> {
    let line = |found: &Diagnostic| {
        let file = found.file.strip_prefix("content").unwrap_or(&found.file).display();
        format!("{} {file}:{}:{} {}", found.code, found.line, found.column, found.message)
    };
    found.iter().map(line).collect()
}
