//! `lyceum import`: a book or a site in, a content folder out.

mod read;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use lyceum_import::{Access, Converted, Files, Kind, Note, NoteKind, Options, convert_with};
use serde::Serialize;

use crate::arguments::{Format, Import, ImportAccess, ImportKind};
use crate::failure::Failure;
use crate::terminal::{self, Ink};

/// What was imported, for programs.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    content: String,
    access: Access,
    chapters: usize,
    assets: usize,
    files: usize,
    notes: &'a [Note],
}

/// Reads the source, writes `content` and reports. Nothing is written when there is something in the way or nothing
/// to import.
pub(crate) fn run(arguments: &Import) -> Result<ExitCode, Failure> {
    let content = arguments.out.join("content");
    check_empty(&content)?;
    let (files, unread) = read::folder(&arguments.source)?;
    let options = Options {
        title: arguments.title.clone(),
        access: access(arguments.access),
        base_url: arguments.base_url.as_deref().map(base_url).transpose()?,
    };
    let mut converted = convert_with(kind(arguments.kind), &files, &options);
    converted.notes.splice(0..0, unread);
    if converted.n_chapters > 0 {
        write(&converted.files, &content).map_err(|error| Failure::at("cannot write", &content, error))?;
    }
    match arguments.format {
        Format::Json => report_json(&converted, &content, options.access)?,
        Format::Human => report(&converted, arguments, &content, options.access),
    }
    if converted.n_chapters > 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let failure = Failure::new(format_args!("nothing to import in `{}`", arguments.source.display()));
    Err(failure.hint(hint(arguments.kind)))
}

fn kind(kind: ImportKind) -> Kind {
    match kind {
        ImportKind::MdBook => Kind::MdBook,
        ImportKind::Hugo => Kind::Hugo,
        ImportKind::Zola => Kind::Zola,
        ImportKind::Folder => Kind::Folder,
    }
}

fn access(access: ImportAccess) -> Access {
    match access {
        ImportAccess::Free => Access::Free,
        ImportAccess::Members => Access::Members,
        ImportAccess::Paid => Access::Paid,
    }
}

fn hint(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::MdBook => {
            "name the folder with `book.toml`; the chapters are those that `SUMMARY.md` lists"
        }
        ImportKind::Hugo | ImportKind::Zola => "name the folder with `content` and the settings of the site",
        ImportKind::Folder => "name a folder with files that end in `.md`",
    }
}

fn base_url(url: &str) -> Result<String, Failure> {
    let is_whole = ["https://", "http://"]
        .iter()
        .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    if is_whole {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let failure = Failure::new(format_args!("`{url}` for `--base-url`, expected a whole address"));
    Err(failure.hint("write it with its scheme: `https://docs.example/book`"))
}

fn check_empty(content: &Path) -> Result<(), Failure> {
    let meta = match fs::symlink_metadata(content) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::at("cannot write", content, error)),
    };
    let is_empty = meta.is_dir()
        && fs::read_dir(content)
            .map_err(|error| Failure::at("cannot read", content, error))?
            .next()
            .is_none();
    if is_empty {
        return Ok(());
    }
    let failure = Failure::new(format_args!("`{}` is not an empty folder", content.display()));
    Err(failure.hint("name another folder with `--out`, and nothing of yours is overwritten"))
}

/// Writes beside the destination and renames, so that a full disk leaves no half academy.
fn write(files: &Files, content: &Path) -> io::Result<()> {
    let beside = content.with_file_name(".content.importing");
    if beside.exists() {
        fs::remove_dir_all(&beside)?;
    }
    for (path, bytes) in files {
        let file = beside.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, bytes)?;
    }
    if content.exists() {
        fs::remove_dir(content)?;
    }
    fs::rename(&beside, content)
}

fn report_json(converted: &Converted, content: &Path, access: Access) -> Result<(), Failure> {
    let summary = Summary {
        content: content.display().to_string(),
        access,
        chapters: converted.n_chapters,
        assets: converted.n_assets,
        files: converted.files.len(),
        notes: &converted.notes,
    };
    terminal::say(&serde_json::to_string(&summary).map_err(Failure::new)?);
    Ok(())
}

fn report(converted: &Converted, arguments: &Import, content: &Path, access: Access) {
    let ink = Ink::of_stderr();
    for note in &converted.notes {
        terminal::complain(&format!("{}: {}", ink.bold("note"), shown(note)));
    }
    if converted.n_chapters == 0 {
        return;
    }
    let ink = Ink::of_stdout();
    let content = content.display().to_string();
    let counted = format!(
        "{}, {} and {}",
        several(converted.n_chapters, "chapter"),
        several(converted.n_assets, "asset"),
        several(converted.notes.len(), "note"),
    );
    terminal::say(&format!("Imported {counted} into {}", ink.bold(&content)));
    terminal::say(who_may_read(access));
    terminal::say(&format!("Look at it with: lyceum serve --content {content}"));
    if converted.notes.iter().any(|note| note.kind == NoteKind::BrokenLink) && arguments.base_url.is_none() {
        terminal::say(
            "Links that lead out of the source lost their address; --base-url URL makes them whole addresses",
        );
    }
}

fn who_may_read(access: Access) -> &'static str {
    match access {
        Access::Free => {
            "Everybody may read it: `access: free` stands in each course; --access members or paid closes it"
        }
        Access::Members => "Whoever has an account may read it: `access: members` stands in each course",
        Access::Paid => {
            "Nobody can buy it yet: `access: paid` stands in each course, give it `prices` or a tier"
        }
    }
}

fn several(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A note without anything that a terminal would obey.
fn shown(note: &Note) -> String {
    let is_seen = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    note.to_string().chars().filter(is_seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::scratch::Scratch;

    fn arguments(source: &Path, out: &Path) -> Import {
        Import {
            kind: ImportKind::MdBook,
            source: source.to_owned(),
            out: out.to_owned(),
            title: None,
            access: ImportAccess::Free,
            base_url: None,
            format: Format::Json,
        }
    }

    #[test]
    fn a_book_becomes_a_content_folder_and_nothing_is_overwritten() {
        let book = Scratch::new();
        book.write("book.toml", "[book]\ntitle = \"B\"\n");
        book.write("src/SUMMARY.md", "- [One](one.md)\n");
        book.write("src/one.md", "# One\n\nText.\n");
        let out = Scratch::new();
        assert_eq!(run(&arguments(book.path(), out.path())).expect("imported"), ExitCode::SUCCESS);
        assert!(out.path().join("content/courses/b/01-one.md").is_file());
        assert!(!out.path().join(".content.importing").exists());
        let failure = run(&arguments(book.path(), out.path())).expect_err("not empty");
        assert!(failure.message.ends_with("is not an empty folder"), "{}", failure.message);
    }

    #[test]
    fn nothing_to_import_writes_nothing() {
        let (empty, out) = (Scratch::new(), Scratch::new());
        let failure = run(&arguments(empty.path(), out.path())).expect_err("nothing");
        assert!(failure.message.starts_with("nothing to import") && failure.hint.is_some());
        assert!(!out.path().join("content").exists());
        assert!(run(&arguments(&empty.path().join("no"), out.path())).is_err());
    }

    #[test]
    fn addresses_are_whole() {
        assert_eq!(base_url("https://a.b/c/").as_deref(), Ok("https://a.b/c"));
        assert!(base_url("a.b/c").is_err() && base_url("https://").is_err());
    }

    #[test]
    fn notes_do_not_reach_the_terminal_as_commands() {
        let note = Note {
            file: "a\u{1b}[31m.md".to_owned(),
            line: 2,
            kind: NoteKind::Choice,
            message: "\u{202e}x".to_owned(),
        };
        assert_eq!(shown(&note), "a[31m.md:2: x");
    }
}
