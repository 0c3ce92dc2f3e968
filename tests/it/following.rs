//! What an author sees at once after a change is what a whole build then makes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use lyceum_generator::{Built, Failed, Observer, Options, Place, Session, Unobserved};
use lyceum_tests::content::{BUILT_AT, keys};
use lyceum_tests::{Content, Scratch};

const LESSON: &str = "courses/rust-ownership/02-ownership/01-moves.md";
const ADDRESS: &str = "/courses/rust-ownership/ownership/moves/";
const PUBLIC: &str = "courses/rust-ownership/ownership/moves/index.html";
const SEALED: &str = "_sealed/courses/rust-ownership/ownership/moves/index.html.lys";

/// A site that is watched, as `lyceum serve` does it.
struct Watched {
    out: Scratch,
    theme: Scratch,
    content: Content,
    session: Session,
}

impl Watched {
    fn new() -> Self {
        let (out, theme, content) = (Scratch::new(), Scratch::new(), Content::sample());
        let head = std::fs::read_to_string(lyceum_tests::content::workspace().join(TEMPLATE));
        theme.write("templates/_head.html", head.expect("a template"));
        let session = Session::new(Place {
            content: content.path().to_owned(),
            theme: Some(theme.path().to_owned()),
            out: out.path().to_owned(),
            cache: Some(out.path().join("cache")),
            is_watched: true,
            program: "test".to_owned(),
        });
        let mut watched = Self { out, theme, content, session };
        watched.whole(&Unobserved).expect("a site");
        watched
    }

    fn whole(&mut self, observer: &dyn Observer) -> Result<Built, Failed> {
        let (keys, content, theme) = (keys(), self.content.path().to_owned(), self.theme.path().to_owned());
        self.session.build(&options(&keys, &content, &theme), observer)
    }

    /// Makes the pages that can be made at once, and gives their paths; nothing when a whole build is needed.
    fn first(&mut self, addresses: &[&str]) -> Option<Vec<String>> {
        let (keys, content, theme) = (keys(), self.content.path().to_owned(), self.theme.path().to_owned());
        let addresses: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
        let staged = self.session.stage_pages(&options(&keys, &content, &theme), &addresses, &Unobserved)?;
        Some(self.session.commit(staged, &Unobserved).expect("written").changes.written)
    }

    fn edit(&mut self, path: &str, change: impl FnOnce(String) -> String) {
        let file = self.content.path().join(path);
        std::fs::write(&file, change(self.content.text(path))).expect("written");
        self.session.changed(Some(&[file]));
    }

    fn edit_theme(&mut self, path: &str, text: &str) {
        self.theme.write(path, text);
        self.session.changed(Some(&[self.theme.path().join(path)]));
    }

    fn file(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.out.path().join("public").join(path)).expect("a file")
    }

    /// The files of these names.
    fn files(&self, paths: &[String]) -> BTreeMap<String, Vec<u8>> {
        paths.iter().map(|path| (path.clone(), self.file(path))).collect()
    }
}

const TEMPLATE: &str = "themes/default/templates/_head.html";

fn options<'a>(keys: &'a lyceum_contract::seal::KeyRing, content: &'a Path, theme: &'a Path) -> Options<'a> {
    Options { content, theme: Some(theme), keys, now: BUILT_AT, drafts: false, live_reload: true }
}

/// After the change, the pages are made at once; a whole build comes to the same bytes in them.
#[track_caller]
fn check(addresses: &[&str], change: impl FnOnce(&mut Watched)) -> Vec<String> {
    let mut watched = Watched::new();
    change(&mut watched);
    let written = watched.first(addresses).expect("made at once");
    let before = watched.files(&written);
    let rest = watched.whole(&Unobserved).expect("a site").changes.written;
    assert!(watched.files(&written) == before, "{written:?}");
    assert!(!rest.iter().any(|path| written.contains(path)), "{rest:?}");

    written
}

#[test]
fn a_text_is_there_at_once_and_alone() {
    let written = check(&[], |site| site.edit(LESSON, |text| format!("{text}\nBelow the preview.\n")));
    assert_eq!(written, [SEALED]);
    let written = check(&["/courses/rust-ownership/"], |site| {
        site.edit("courses/rust-ownership/index.md", |text| format!("{text}\nMore about it.\n"));
    });
    assert_eq!(written, ["courses/rust-ownership/index.html"]);
}

#[test]
fn a_title_is_there_at_once_in_every_outline_of_the_course() {
    let written = check(&[], |site| site.edit(LESSON, |text| text.replacen("title: ", "title: Renamed ", 1)));
    let has = |path: &str| written.iter().any(|written| written == path);
    assert!(has(PUBLIC) && has(SEALED) && has("courses/rust-ownership/index.html"), "{written:?}");
    assert!(has("courses/rust-ownership/values/stack-and-heap/index.html"), "{written:?}");
    assert!(written.iter().all(|path| path.contains("courses/rust-ownership/")), "{written:?}");
}

#[test]
fn a_template_changes_the_page_that_somebody_looks_at() {
    let open = [ADDRESS, "/about/", "/nowhere/", "/courses/rust-ownership/changes/"];
    let written = check(&open, |site| {
        let text = std::fs::read_to_string(site.theme.path().join("templates/_head.html")).expect("there");
        site.edit_theme("templates/_head.html", &text.replacen("<h1", "<h1 data-new", 1));
    });
    let zh = [SEALED.replacen("courses", "zh/courses", 1), format!("zh/{PUBLIC}")];
    assert_eq!(written, [SEALED, zh[0].as_str(), PUBLIC, zh[1].as_str()]);
}

/// Only a whole build knows what follows from more than words; and it knows it.
#[test]
fn what_is_more_than_words_waits_for_a_whole_build() {
    type Edit = (&'static str, fn(String) -> String);
    let edits: [Edit; 6] = [
        (LESSON, |text| text.replacen("---\n", "---\naccess: free\n", 1)),
        (LESSON, |text| text.replacen("---\n", "---\ndraft: true\n", 1)),
        (LESSON, |text| text.replacen("---\n", "---\ntags: [new]\n", 1)),
        (LESSON, |text| text.replacen("title:", "titel:", 1)),
        ("lyceum.yaml", |text| text.replacen("Northlight", "Southlight", 1)),
        ("pages/about.md", |text| format!("{text}\nMore.\n")),
    ];
    for (path, change) in edits {
        let mut watched = Watched::new();
        let before = watched.file(PUBLIC);
        watched.edit(path, change);
        assert_eq!(watched.first(&[ADDRESS]), None, "{path}");
        assert!(watched.file(PUBLIC) == before);
        // Until then nothing else is made at once either: nobody knows what it would have to show.
        watched.edit(LESSON, |text| format!("{text}\nMore.\n"));
        assert_eq!(watched.first(&[ADDRESS]), None, "{path}");
        _ = watched.whole(&Unobserved);
    }
}

#[test]
fn after_a_change_and_back_the_site_is_as_it_was() {
    let mut watched = Watched::new();
    let before = watched.file(SEALED);
    let text = watched.content.text(LESSON);
    watched.edit(LESSON, |text| format!("{text}\nMore.\n"));
    assert_eq!(watched.first(&[]).as_deref(), Some(&[SEALED.to_owned()][..]));
    watched.edit(LESSON, |_| text);
    watched.whole(&Unobserved).expect("a site");
    assert!(watched.file(SEALED) == before);
}

/// Ends a build after a few questions.
struct Impatient(AtomicUsize);

impl Observer for Impatient {
    fn is_interrupted(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= 1
    }
}

#[test]
fn an_interrupted_build_leaves_the_site_and_the_next_one_catches_up() {
    let mut watched = Watched::new();
    let before = watched.file(PUBLIC);
    watched.edit(LESSON, |text| text.replacen("title: ", "title: Renamed ", 1));
    let interrupted = watched.whole(&Impatient(AtomicUsize::new(0)));
    assert!(matches!(interrupted, Err(Failed::Interrupted)));
    assert!(watched.file(PUBLIC) == before);
    watched.edit(LESSON, |text| format!("{text}\nMore.\n"));
    watched.first(&[]).expect("made at once");
    watched.whole(&Unobserved).expect("a site");
    let title = String::from_utf8(watched.file("courses/rust-ownership/index.html")).expect("text");
    assert!(title.contains("Renamed "));
}
