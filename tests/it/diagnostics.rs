//! A mistake in the content is found, shown where it is, and nothing is published.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lyceum_contract::seal::KeyRing;
use lyceum_generator::{Code, Diagnostic};
use lyceum_tests::content::workspace;
use lyceum_tests::{Content, server};

/// A key in a real file: the file, and where the key starts and ends.
#[derive(Debug, Clone)]
struct Key {
    file: String,
    name: String,
    at: usize,
}

/// Content files below `folder`, by path below `content`.
fn text_files(root: &Path, folder: &Path, found: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            text_files(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "md" || extension == "yaml") {
            found.push(path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned());
        }
    }
}

fn has_ending(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == ending)
}

/// The YAML of a file: all of `lyceum.yaml`, the front matter of a text.
fn yaml(file: &str, text: &str) -> usize {
    if has_ending(file, "yaml") { text.len() } else { text[4..].find("\n---").map_or(0, |end| end + 8) }
}

/// Every key: a word in front of `: `, at the start of a line, of an entry, or of a map in one line.
fn keys_of(file: &str, text: &str) -> Vec<Key> {
    let end = yaml(file, text);
    let mut found = Vec::new();
    let mut line_at = 0;
    for line in text[..end].split_inclusive('\n') {
        let body = line.trim_start_matches([' ', '-']);
        let mut starts = vec![line.len() - body.len()];
        if body.contains(": {") || body.starts_with('{') {
            starts.extend(line.match_indices(['{', ',']).map(|(at, _)| at + 2));
        }
        for start in starts {
            let rest = line.get(start..).unwrap_or_default();
            let name: String =
                rest.chars().take_while(|char| char.is_ascii_lowercase() || *char == '_').collect();
            let is_key = rest[name.len()..].starts_with(':') && !name.is_empty();
            if is_key && !line.trim_start().starts_with('#') {
                found.push(Key { file: file.to_owned(), name, at: line_at + start });
            }
        }
        line_at += line.len();
    }
    found
}

/// What kind of file it is: each kind has its own keys.
fn kind(file: &str) -> String {
    let folder = file.split('/').next().unwrap_or_default();
    let depth = file.split('/').count();
    let is_index = file.contains("/index.");
    let is_translation = file.ends_with(".zh.md");
    format!("{folder} {depth} {is_index} {is_translation}")
}

/// The same word with a letter doubled.
fn typo(name: &str) -> String {
    let middle = name.len() / 2;
    format!("{}{}{}", &name[..middle], &name[middle..=middle], &name[middle..])
}

/// The sample academy with its front matter as it is and next to no text, which builds in no time.
fn skeleton() -> Content {
    let content = Content::sample();
    let mut files = Vec::new();
    text_files(content.path(), content.path(), &mut files);
    files.into_iter().filter(|file| has_ending(file, "md")).fold(content, |content, file| {
        let text = content.text(&file);
        let head = text[..yaml(&file, &text)].to_owned();
        let body = match kind(&file).as_str() {
            // A module has no text of its own.
            kind if kind.starts_with("courses 4 true") => "",
            // A download has a part for its buyers.
            kind if kind.starts_with("products") && text.contains("preview-ends") => {
                "\nText.\n\n<!-- preview-ends -->\n\nText.\n"
            }
            _ => "\nText.\n",
        };
        content.with(&file, head + body)
    })
}

/// Puts a typo into the key, looks at what is said about it, and takes it out again.
#[track_caller]
fn check(content: Content, key: &Key) -> Content {
    let text = content.text(&key.file);
    let wrong = typo(&key.name);
    let changed = format!("{}{wrong}{}", &text[..key.at], &text[key.at + key.name.len()..]);
    let content = content.with(&key.file, changed);
    let Err(found) = content.build() else { panic!("`{wrong}` in {} is published", key.file) };
    let said: Vec<(usize, &str)> = found.iter().map(|found| (found.line, found.message.as_str())).collect();
    assert_eq!(said.len(), 1, "`{wrong}` in {}: {said:#?}", key.file);
    let found = &found[0];
    let line = text[..key.at].matches('\n').count() + 1;
    let column = text[..key.at].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    assert_eq!(found.file, content.path().join(&key.file), "{wrong}");
    assert_eq!((found.line, found.column), (line, column), "`{wrong}` in {}: {}", key.file, found.message);
    assert_eq!(&found.source[found.span.clone()], wrong, "the excerpt shows the key: {}", found.message);
    assert!(found.message.contains(&format!("`{wrong}`")), "{}", found.message);
    let hint = found.hint.as_deref().unwrap_or_default();
    assert!(hint.contains(&format!("`{}`", key.name)), "`{wrong}` in {}: {hint}", key.file);
    content.with(&key.file, text)
}

#[test]
fn a_typo_in_any_key_is_found_where_it_is() {
    let root = workspace().join("content");
    let mut files = Vec::new();
    text_files(&root, &root, &mut files);
    let mut seen = BTreeSet::new();
    let mut keys = Vec::new();
    for file in files {
        let text = fs::read_to_string(root.join(&file)).expect("text");
        // Languages are names that the site chose, not keys of the format.
        let named =
            keys_of(&file, &text).into_iter().filter(|key| !["en", "zh"].contains(&key.name.as_str()));
        keys.extend(named.filter(|key| seen.insert((kind(&key.file), key.name.clone()))));
    }
    assert!(keys.len() > 35, "{}", keys.len());
    assert!(skeleton().build().is_ok(), "without a typo it is published");
    keys.iter().fold(skeleton(), check);
}

/// What `lyceum build` says about a content folder named `content`, and whether something was published.
fn said(content: &Content) -> String {
    let work = lyceum_tests::Scratch::new();
    let inner = work.path().join("content");
    fs::create_dir(&inner).expect("a folder");
    let copied =
        Command::new("cp").arg("-a").arg(format!("{}/.", content.path().display())).arg(&inner).status();
    assert!(copied.expect("cp runs").success());
    let output = Command::new(server::program())
        .args(["build", "--content", "content", "--out", "dist"])
        .current_dir(work.path())
        .env_remove("LYCEUM_SEAL_KEYS")
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!work.path().join("dist").exists(), "something was published");
    String::from_utf8(output.stderr).expect("text")
}

fn small(path: &str, from: &str, to: &str) -> Content {
    let content = Content::fixture("academy");
    let text = content.text(path);
    assert!(text.contains(from), "{path} has `{from}`");
    let changed = text.replacen(from, to, 1);
    content.with(path, changed)
}

#[test]
fn what_authors_read_about_their_mistakes() {
    let lesson = "courses/rust/03-moves.md";
    let mistakes = [
        small(lesson, "title: Moves", "titel: Moves"),
        small("courses/rust/index.md", "access: paid", "access: payd"),
        small("courses/rust/index.md", "tiers: [pro]", "tiers: [pr]"),
        small("courses/rust/index.md", "49.00 USD", "49 USD"),
        small(lesson, "title: Moves\n", "title: Moves\ndate: 2026-02-30\n"),
        small(lesson, "Buyers read", "See [the last lesson](04-mvoes.md). Buyers read"),
        small(lesson, "Buyers read", "$\\frca{1}{2}$ and buyers read"),
        small(lesson, "<!-- preview-ends -->", "<!-- preview-ends -->\n\n<!-- preview-ends -->"),
        small("courses/rust/03-moves.zh.md", "title: 移动", "title: 移动\naccess: free"),
        small("lyceum.yaml", "languages: [en, zh]", "languages: [en, zh\n"),
        small(lesson, "---\ntitle: Moves\nsummary: What moves.\n---\n", "---\ntitle: Moves\n"),
    ];
    let texts: Vec<String> = mistakes.iter().map(said).collect();
    insta::assert_snapshot!(texts.join("\n────────\n"));
}

/// Builds within two seconds and gives the errors.
#[track_caller]
fn refused(content: &Content, what: &str) -> Vec<Diagnostic> {
    let started = Instant::now();
    let found = content.build().err().unwrap_or_else(|| panic!("{what} is published"));
    let taken = started.elapsed();
    assert!(taken < Duration::from_secs(2), "{what} takes {taken:?}");
    assert!(found.iter().all(|found| !found.message.is_empty()));
    assert!(found.len() < 50, "{what}: {} diagnostics", found.len());
    found
}

#[track_caller]
fn has(found: &[Diagnostic], code: Code, what: &str) {
    let said: Vec<String> = found.iter().map(|found| format!("{}: {}", found.code, found.message)).collect();
    assert!(found.iter().any(|found| found.code == code), "{what}: {said:#?}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    use std::os::unix::fs::symlink;
    let secret = lyceum_tests::Scratch::new();
    secret.write("secret.md", "---\ntitle: Secret\n---\n\nzqsecret\n");
    secret.write("folder/01-a.md", "---\ntitle: Secret\n---\n\nzqsecret\n");
    for (from, to) in [
        ("/etc/passwd", "courses/rust/passwd.txt"),
        ("/etc/passwd", "static/passwd.txt"),
        (secret.path().join("secret.md").to_str().expect("text"), "courses/rust/09-secret.md"),
        (secret.path().join("folder").to_str().expect("text"), "courses/linked"),
        ("../../../../../../../../etc/hostname", "courses/rust/host.txt"),
        (".", "courses/rust/loop"),
        ("..", "courses/up"),
    ] {
        let content = Content::fixture("academy").with("static/x.txt", "x");
        symlink(from, content.path().join(to)).expect("a link");
        let found = refused(&content, to);
        has(&found, Code::OutsideContent, to);
    }
}

#[cfg(unix)]
#[test]
fn lyceum_yaml_may_not_be_a_link() {
    let content = Content::fixture("academy");
    let other = Content::fixture("academy");
    fs::remove_file(content.path().join("lyceum.yaml")).expect("removed");
    std::os::unix::fs::symlink(other.path().join("lyceum.yaml"), content.path().join("lyceum.yaml"))
        .expect("a link");
    has(&refused(&content, "lyceum.yaml"), Code::OutsideContent, "lyceum.yaml");
}

#[test]
fn a_way_up_leads_nowhere() {
    for link in [
        "[x](../../../../../../etc/passwd)",
        "![x](../../../../../../etc/passwd)",
        "[x](..%2f..%2f..%2f..%2fetc/passwd)",
        "![x](../../../lyceum.yaml/../../../etc/passwd)",
        "[x](../../../../content)",
    ] {
        let found =
            refused(&small("courses/rust/01-start.md", "Everybody", &format!("{link} Everybody")), link);
        has(&found, Code::OutsideContent, link);
    }
    for id in ["id: ../../etc/x", "id: /etc/passwd", "id: rust/../../x"] {
        refused(&small("courses/rust/01-start.md", "access: free", &format!("access: free\n{id}")), id);
    }
    for name in ["instructors: [../../x]", "instructors: [/etc/passwd]", "tags: [../../../x]\nlevel: ../x"] {
        refused(&small("courses/rust/index.md", "access: paid", &format!("access: paid\n{name}")), name);
    }
}

#[test]
fn a_yaml_bomb_does_not_go_off() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let lines = names.windows(2).map(|pair| {
        let nine = vec![format!("*{}", pair[0]); 9].join(",");
        format!("{name}: &{name} [{nine}]\n", name = pair[1])
    });
    let bomb = format!("a: &a [x,x,x,x,x,x,x,x,x]\n{}", lines.collect::<Vec<_>>().concat());
    let text = format!("---\n{bomb}title: Moves\n---\n\nText.\n");
    let content = Content::fixture("academy").with("courses/rust/03-moves.md", text);
    has(&refused(&content, "a YAML bomb"), Code::UnsupportedYaml, "a YAML bomb");
    let content = Content::fixture("academy");
    let yaml = content.text("lyceum.yaml") + &bomb;
    has(&refused(&content.with("lyceum.yaml", yaml), "a YAML bomb"), Code::UnsupportedYaml, "a YAML bomb");
}

#[test]
fn depth_has_an_end() {
    let deep_yaml = format!("---\ntitle: {}x{}\n---\n", "[".repeat(10_000), "]".repeat(10_000));
    let content = Content::fixture("academy").with("courses/rust/03-moves.md", deep_yaml);
    has(&refused(&content, "deep YAML"), Code::Syntax, "deep YAML");
    let front = "---\ntitle: Deep\n---\n\n";
    for (what, text) in [
        ("quotes", "> ".repeat(10_000) + "x"),
        ("lists", (0..10_000).map(|depth| " ".repeat(depth.min(9_000)) + "- x\n").collect::<String>()),
        ("list markers", "- ".repeat(10_000) + "x"),
        ("strong", "**a _b ".repeat(10_000)),
        ("brackets", "[".repeat(10_000) + &"](x)".repeat(10_000)),
        ("images", "![".repeat(10_000) + &"](x.svg)".repeat(10_000)),
        ("html", "<div>".repeat(10_000)),
        (
            "footnotes",
            (0..5_000)
                .map(|number| format!("[^{number}]: a[^{}]\n\n", number + 1))
                .collect::<Vec<_>>()
                .concat()
                + "[^0]\n",
        ),
        ("back-ticks", (1..1_000).map(|n| "`".repeat(n) + "a").collect::<String>()),
    ] {
        check_bounded(what, &format!("{front}{text}\n"));
    }
}

/// Builds a lesson with this text within two seconds, or says in a few words what is wrong with it.
#[track_caller]
fn check_bounded(what: &str, text: &str) {
    let content = Content::fixture("academy").with("courses/rust/03-moves.md", text);
    let started = Instant::now();
    let built = content.build();
    let taken = started.elapsed();
    assert!(taken < Duration::from_secs(2), "{what} takes {taken:?}");
    if let Err(found) = built {
        assert!(found.len() < 50, "{what}: {} diagnostics", found.len());
    }
}

#[test]
fn the_depth_of_a_formula_has_an_end() {
    let front = "---\ntitle: Deep\n---\n\n";
    for depth in [100, 10_000] {
        check_bounded("braces", &format!("{front}${}x{}$\n", "{".repeat(depth), "}".repeat(depth)));
        check_bounded(
            "fractions",
            &format!("{front}${}x{}$\n", "\\frac{".repeat(depth), "}{y}".repeat(depth)),
        );
        check_bounded("roots", &format!("{front}${}x{}$\n", "\\sqrt{".repeat(depth), "}".repeat(depth)));
        check_bounded("exponents", &format!("{front}${}x{}$\n", "x^{".repeat(depth), "}".repeat(depth)));
    }
}

#[test]
fn a_huge_text_is_refused() {
    let text = format!("---\ntitle: Huge\n---\n\n{}\n", "word ".repeat(1_000_000));
    let content = Content::fixture("academy").with("courses/rust/03-moves.md", text);
    has(&refused(&content, "5 MB of Markdown"), Code::TooLarge, "5 MB of Markdown");
    let content = Content::fixture("academy");
    let yaml = content.text("lyceum.yaml") + &"# x\n".repeat(1_300_000);
    has(&refused(&content.with("lyceum.yaml", yaml), "5 MB of YAML"), Code::TooLarge, "5 MB of YAML");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let content =
        Content::fixture("academy").with("courses/rust/03-moves.md", b"---\ntitle: \xff\xfe\n---\n");
    has(&refused(&content, "bytes"), Code::NotUtf8, "bytes");
}

#[test]
fn nothing_is_published_as_free_by_mistake() {
    for wrong in [
        "access: Free",
        "access: fre",
        "access: public",
        "access: [free]",
        "access: true",
        "access: ",
        "access: null",
        "acess: free",
    ] {
        let content = small("courses/rust/03-moves.md", "title: Moves", &format!("title: Moves\n{wrong}"));
        if let Ok(build) = content.build() {
            let page = build.site.get("courses/rust/moves/index.html").expect("a page");
            let page = String::from_utf8_lossy(page);
            assert!(!page.contains("Buyers read the whole lesson."), "`{wrong}` opens the lesson");
        }
    }
}

#[test]
fn a_failed_build_leaves_the_old_site() {
    let out = lyceum_tests::Scratch::new();
    let build = |content: &Content| {
        Command::new(server::program())
            .args(["build", "--content"])
            .arg(content.path())
            .arg("--out")
            .arg(out.path())
            .env_remove("LYCEUM_SEAL_KEYS")
            .output()
            .expect("the program runs")
    };
    assert!(build(&Content::fixture("academy")).status.success());
    let index = out.path().join("public/index.html");
    let before = fs::read(&index).expect("a site");
    let failed = build(&small("courses/rust/03-moves.md", "title: Moves", "titel: Moves"));
    assert_eq!(failed.status.code(), Some(1));
    assert_eq!(fs::read(&index).expect("the old site"), before);
    assert!(KeyRing::development().ids().eq(["dev"]), "what the program sealed is for trying things out");
}
