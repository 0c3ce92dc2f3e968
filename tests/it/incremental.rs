//! A build that begins with what an earlier one left comes to the same site as one that begins with nothing, and touches
//! no file that is as it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lyceum_contract::seal::KeyRing;
use lyceum_generator::{Built, Changes, Failed, Options, Place, Session, Unobserved};
use lyceum_tests::content::{BUILT_AT, keys};
use lyceum_tests::{Content, Scratch};

/// A folder for the site and one for what is remembered.
struct Desk {
    folder: Scratch,
    content: Content,
}

impl Desk {
    fn new(content: Content) -> Self {
        Self { folder: Scratch::new(), content }
    }

    /// A session of its own, as a new process has it.
    fn session(&self) -> Session {
        Session::new(Place {
            content: self.content.path().to_owned(),
            theme: None,
            out: self.folder.path().join("out"),
            cache: Some(self.folder.path().join("cache")),
            is_watched: false,
            program: "test".to_owned(),
        })
    }

    fn try_build(&self) -> Result<Built, Failed> {
        let keys = keys();
        let options = Options {
            content: self.content.path(),
            theme: None,
            keys: &keys,
            now: BUILT_AT,
            drafts: false,
            live_reload: false,
        };
        self.session().build(&options, &Unobserved)
    }

    #[track_caller]
    fn build(&self) -> Changes {
        self.try_build().unwrap_or_else(|failed| panic!("{failed:?}")).changes
    }

    fn edit(self, path: &str, change: impl FnOnce(String) -> String) -> Self {
        let text = change(self.content.text(path));
        Self { content: self.content.with(path, text), ..self }
    }

    /// The site as it lies on the disk.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.folder.path().join("out/public"), "", &mut files);
        files
    }

    /// The site is what a build in memory makes of the same content.
    #[track_caller]
    fn check(&self) {
        let (there, anew) = (self.files(), self.content.files());
        let names: BTreeSet<String> =
            anew.keys().map(|path| path.trim_start_matches('/').to_owned()).collect();
        assert_eq!(there.keys().cloned().collect::<BTreeSet<_>>(), names);
        for (path, bytes) in &anew {
            assert!(there[path.trim_start_matches('/')] == **bytes, "{path} differs");
        }
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).expect("a file"));
        }
    }
}

const LESSON: &str = "courses/rust-ownership/02-ownership/01-moves.md";

#[test]
fn without_a_change_nothing_is_written() {
    let desk = Desk::new(Content::sample());
    assert!(!desk.build().written.is_empty());
    assert_eq!(desk.build(), Changes::default());
    desk.check();
}

#[test]
fn a_sentence_more_changes_the_pages_that_show_it() {
    let desk = Desk::new(Content::sample());
    desk.build();
    let desk = desk.edit(LESSON, |text| format!("{text}\nOne more sentence below the preview.\n"));
    let changes = desk.build();
    let is_index = |path: &&String| path.contains("/search/") || path.starts_with("search-index/");
    let pages: Vec<&str> =
        changes.written.iter().filter(|path| !is_index(path)).map(String::as_str).collect();
    assert_eq!(pages, ["_sealed/courses/rust-ownership/ownership/moves/index.html.lys"]);
    assert_eq!(changes.removed, Vec::<String>::new());
    desk.check();
}

#[test]
fn a_title_changes_where_it_is_shown() {
    let desk = Desk::new(Content::sample());
    desk.build();
    let desk = desk.edit(LESSON, |text| text.replacen("title: ", "title: Renamed ", 1));
    let changes = desk.build();
    let has = |path: &str| changes.written.iter().any(|written| written == path);
    // Its own page, the outline beside another lesson, and the landing page.
    assert!(has("courses/rust-ownership/ownership/moves/index.html"));
    assert!(has("courses/rust-ownership/values/stack-and-heap/index.html"));
    assert!(has("courses/rust-ownership/index.html"));
    assert!(!changes.written.iter().any(|path| path.starts_with("courses/paid-community/")));
    desk.check();
}

#[test]
fn whatever_changes_the_site_is_as_if_it_were_made_anew() {
    let mut desk = Desk::new(Content::sample());
    desk.build();
    let changes: [fn(Desk) -> Desk; 6] = [
        |desk| desk.edit(LESSON, |text| text.replacen("---\n", "---\nminutes: 99\n", 1)),
        |desk| desk.edit("lyceum.yaml", |text| text.replacen("Northlight", "Southlight", 1)),
        |desk| {
            let path = "courses/paid-community/01-people/09-more.md";
            let text = "---\ntitle: More\naccess: free\n---\n\nSee [growth](02-growth.md).\n";
            Desk { content: desk.content.with(path, text), ..desk }
        },
        |desk| {
            let path = desk.content.path().join("courses/paid-community/01-people/09-more.md");
            std::fs::remove_file(path).expect("removed");
            desk
        },
        |desk| desk.edit("pages/about.md", |text| format!("{text}\nMore about us.\n")),
        |desk| {
            desk.edit("courses/rust-ownership/02-ownership/move.svg", |text| {
                text.replacen("<svg", "<svg ", 1)
            })
        },
    ];
    for change in changes {
        desk = change(desk);
        desk.build();
        desk.check();
    }
}

#[test]
fn after_an_error_the_old_site_stays_and_the_next_build_mends_it() {
    let desk = Desk::new(Content::sample());
    desk.build();
    let before = desk.files();
    let desk = desk.edit(LESSON, |text| text.replacen("title:", "titel:", 1));
    assert!(matches!(desk.try_build(), Err(Failed::Content(_))));
    assert!(desk.files() == before);
    let desk = desk.edit(LESSON, |text| text.replacen("titel:", "title:", 1));
    assert_eq!(desk.build(), Changes::default());
    desk.check();
}

#[test]
fn a_site_that_somebody_touched_is_made_anew() {
    let desk = Desk::new(Content::sample());
    desk.build();
    let public = desk.folder.path().join("out/public");
    std::fs::write(public.join("index.html"), "mine").expect("written");
    desk.build();
    desk.check();
    std::fs::remove_dir_all(public.join("courses")).expect("removed");
    desk.build();
    desk.check();
}

#[test]
fn a_session_knows_when_the_site_will_be_another() {
    let scheduled = |text: String| text.replacen("---\n", "---\npublish_at: 2030-01-01\n", 1);
    let desk = Desk::new(Content::sample()).edit(LESSON, scheduled);
    let keys = keys();
    let options = |now| Options {
        content: desk.content.path(),
        theme: None,
        keys: &keys,
        now,
        drafts: false,
        live_reload: false,
    };
    let mut session = desk.session();
    assert_eq!(session.next_change(), None);
    session.build(&options(BUILT_AT), &Unobserved).expect("built");
    let mut moments = Vec::new();
    while let Some(next) = session.next_change() {
        assert!(moments.last().is_none_or(|last| *last < next), "{moments:?} {next}");
        moments.push(next);
        session.build(&options(next), &Unobserved).expect("built");
    }
    // Midnight in the site's time zone.
    assert!(moments.iter().any(|at| at.to_string() == "2029-12-31T23:00:00Z"), "{moments:?}");
    assert!(desk.files().contains_key("courses/rust-ownership/ownership/moves/index.html"));
}

/// Also of the search index, whose words have not changed: files that nobody can open would be worse than none.
#[test]
fn another_key_seals_everything_anew() {
    let desk = Desk::new(Content::sample());
    desk.build();
    let other = KeyRing::parse(&format!("other:{}", "6b".repeat(32))).expect("a key");
    let options = Options {
        content: desk.content.path(),
        theme: None,
        keys: &other,
        now: BUILT_AT,
        drafts: false,
        live_reload: false,
    };
    let changes = desk.session().build(&options, &Unobserved).expect("a site").changes;
    let files = desk.files();
    let sealed: Vec<&String> = files.keys().filter(|path| path.starts_with("_sealed/")).collect();
    assert!(sealed.iter().any(|path| path.contains("/search/")), "{sealed:?}");
    let old: Vec<_> = sealed.iter().filter(|path| !changes.written.contains(path)).collect();
    assert_eq!(old, Vec::<&&String>::new());
}

#[test]
fn a_memory_that_cannot_be_read_is_none() {
    let desk = Desk::new(Content::sample());
    desk.build();
    let mut files = BTreeMap::new();
    collect(&desk.folder.path().join("cache"), "", &mut files);
    for (path, bytes) in &files {
        let half = &bytes[..bytes.len() / 2];
        std::fs::write(desk.folder.path().join("cache").join(path), half).expect("cut");
    }
    let desk = desk.edit(LESSON, |text| format!("{text}\nMore.\n"));
    desk.build();
    desk.check();
}
