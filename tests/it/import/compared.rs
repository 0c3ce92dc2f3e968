//! Block by block against mdBook's own HTML, where mdBook is installed.
//!
//! `LYCEUM_MDBOOK` names the program, `mdbook` without it; `LYCEUM_BOOKS` names folders of
//! other books to compare, as `PATH` names folders.

use std::path::{Path, PathBuf};
use std::process::Command;

use lyceum_contract::id::hex;
use lyceum_import::{Files, Kind, convert};
use lyceum_tests::blocks::{Block, blocks, difference};
use lyceum_tests::book::hundred;
use lyceum_tests::{Scratch, content};
use sha2::{Digest, Sha256};

use super::{built, dead_ends};

/// What one comparison found.
#[derive(Debug, Default)]
struct Count {
    chapters: usize,
    blocks: usize,
    lost: Vec<String>,
    added: Vec<String>,
}

/// The record says what mdBook shows: how many blocks each chapter has, and a digest of them all. It was made from
/// mdBook's own pages, and is compared with them again wherever mdBook is installed.
#[test]
fn every_block_of_the_hundred_chapters_is_kept() {
    let converted = convert(Kind::MdBook, &hundred());
    let files = built(&converted, &[]);
    let lines =
        pages(&converted.files).into_iter().enumerate().map(|(idx, page)| digest(idx, &ours(&files, &page)));
    insta::assert_snapshot!("hundred_blocks", lines.collect::<Vec<_>>().join("\n"));
}

/// `7: 48 blocks 0a1b2c3d4e5f6071`.
fn digest(idx: usize, blocks: &[Block]) -> String {
    let mut hash = Sha256::new();
    for block in blocks {
        hash.update(format!("{}\n{}\n\n", block.kind, block.text));
    }
    format!("{}: {} blocks {}", idx + 1, blocks.len(), hex(&hash.finalize()[..8]))
}

#[test]
fn mdbook_shows_the_same_blocks() {
    let book = Scratch::new();
    for (path, bytes) in hundred() {
        book.write(&path, bytes);
    }
    if let Some(lines) = compare(book.path()) {
        insta::assert_snapshot!("hundred_blocks", lines.join("\n"));
    }
    if let Some(others) = std::env::var_os("LYCEUM_BOOKS") {
        std::env::split_paths(&others).for_each(|other| drop(compare(&other)));
    }
}

/// Compares a book and says what mdBook shows; nothing when it is not installed.
fn compare(book: &Path) -> Option<Vec<String>> {
    let html = Scratch::new();
    let program = std::env::var_os("LYCEUM_MDBOOK").unwrap_or_else(|| "mdbook".into());
    let run = Command::new(&program).arg("build").arg("-d").arg(html.path()).arg(book).output();
    let Ok(run) = run else {
        eprintln!("skipped: mdBook is not installed, so there is nothing to compare with");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let converted = convert(Kind::MdBook, &files_of(book));
    let files = built(&converted, &["L035", "L041"]);
    assert_eq!(dead_ends(&files), Vec::<String>::new());
    let chapters = chapters(book);
    let ours = pages(&converted.files);
    assert_eq!(chapters.len(), ours.len(), "{chapters:#?}\n{ours:#?}");
    let mut count = Count::default();
    for (chapter, page) in chapters.iter().zip(&ours) {
        chapter_of(&mut count, &html.path().join(chapter), &files, page);
    }
    eprintln!(
        "{}: {} chapters, {} blocks, {} lost, {} added",
        book.display(),
        count.chapters,
        count.blocks,
        count.lost.len(),
        count.added.len()
    );
    assert!(count.lost.is_empty() && count.added.is_empty(), "{:#?}", (&count.lost, &count.added));
    Some(
        chapters
            .iter()
            .enumerate()
            .map(|(idx, chapter)| digest(idx, &theirs(&html.path().join(chapter))))
            .collect(),
    )
}

fn chapter_of(count: &mut Count, theirs: &Path, files: &content::Files, page: &str) {
    let theirs_blocks = self::theirs(theirs);
    let mut ours = ours(files, page);
    // A chapter without a heading of its own has only the title that the list gives it.
    if theirs_blocks.first().is_none_or(|first| first != &ours[0]) {
        ours.remove(0);
    }
    let (lost, added) = difference(&theirs_blocks, &ours);
    count.chapters += 1;
    count.blocks += theirs_blocks.len();
    let shown = |block: &&Block| {
        format!("{}: {} {}", theirs.file_name().unwrap_or_default().display(), block.kind, block.text)
    };
    count.lost.extend(lost.iter().map(shown));
    count.added.extend(added.iter().map(shown));
}

/// The blocks of a lesson, its title first.
fn ours(files: &content::Files, page: &str) -> Vec<Block> {
    let html = String::from_utf8_lossy(&files[page]);
    let (_, behind) = html.split_once("<h1>").expect("a title");
    let (title, _) = behind.split_once("</h1>").expect("a title");
    let (_, prose) = behind.split_once("<div class=\"prose\">").expect("a text");
    let (prose, _) = prose.split_once("<nav class=\"pager\"").expect("the end of a text");
    blocks(&format!("<h1>{title}</h1>{prose}"))
}

/// The blocks of a chapter of mdBook.
fn theirs(html: &Path) -> Vec<Block> {
    let html = std::fs::read_to_string(html).expect("a chapter of mdBook");
    let main = html.split_once("<main>").and_then(|(_, rest)| rest.split_once("</main>")).expect("a text").0;
    blocks(main)
}

/// Addresses of the lessons in reading order.
fn pages(files: &Files) -> Vec<String> {
    let number = |part: &str| {
        part.split_once('-')
            .filter(|(digits, _)| digits.len() <= 3 && digits.parse::<u16>().is_ok())
            .map_or(part.to_owned(), |(_, rest)| rest.to_owned())
    };
    let lessons = files.keys().filter(|path| {
        path.starts_with("courses/") && path.strip_suffix(".md").is_some_and(|path| !path.ends_with("/index"))
    });
    lessons
        .map(|path| {
            let parts: Vec<String> = path.trim_end_matches(".md").split('/').map(number).collect();
            format!("/{}/index.html", parts.join("/"))
        })
        .collect()
}

/// The HTML files of the chapters that are listed and have a text, in order.
fn chapters(book: &Path) -> Vec<PathBuf> {
    let config = std::fs::read_to_string(book.join("book.toml")).unwrap_or_default();
    let src =
        config.lines().find_map(|line| line.strip_prefix("src = \"")).and_then(|rest| rest.split('"').next());
    let summary =
        std::fs::read_to_string(book.join(src.unwrap_or("src")).join("SUMMARY.md")).expect("a list");
    let links = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|link| link.strip_suffix(".md").is_some());
    let html =
        |link: &str| link.trim_start_matches("./").replace("README.md", "index.md").replace(".md", ".html");
    links.map(|link| PathBuf::from(html(link))).collect()
}

/// Everything in a folder.
fn files_of(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Some(name) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                files.insert(name.to_owned(), std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}
