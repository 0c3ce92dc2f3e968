//! Compares our colours with tree-sitter's: `cargo run --example compare -- rust src/*.rs`.
//!
//! From Markdown files, the blocks of that language are compared. Prints the share of characters with the same class,
//! and the most frequent differences: ours, theirs, how many bytes, and the piece.

#![allow(clippy::print_stdout, reason = "a tool for the terminal")]

#[path = "../tests/oracle/mod.rs"]
mod oracle;

use std::path::Path;

use oracle::{Agreement, Oracle};

const N_SHOWN: usize = 60;

fn main() {
    let mut words = std::env::args().skip(1).peekable();
    let is_amended = words.next_if(|word| word == "--unamended").is_none();
    let language = words.next().expect("a language");
    let mut oracle = Oracle::new(is_amended);
    let mut agreement = Agreement::default();
    let mut worst = Vec::new();
    for path in words {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let before = (agreement.n_bytes, agreement.n_same);
        if Path::new(&path).extension().is_some_and(|extension| extension == "md") {
            blocks(&text, &language, |code| agreement.add(&mut oracle, &language, code));
        } else {
            agreement.add(&mut oracle, &language, &text);
        }
        let n_bad = (agreement.n_bytes - before.0) - (agreement.n_same - before.1);
        worst.push((n_bad, path));
    }
    let (n_bytes, n_errors) = (agreement.n_bytes, agreement.n_errors);
    println!("{language}: {:.3} % of {n_bytes} bytes, {n_errors} in errors", agreement.percent());
    let mut found: Vec<_> = agreement.differences.iter().collect();
    found.sort_by_key(|(_, n)| std::cmp::Reverse(n.0));
    for ((ours, theirs, piece), (n, line)) in found.into_iter().take(N_SHOWN) {
        println!("{n:8}  {ours}/{theirs}  {:<30} {}", cut(piece, 30), cut(line, 110));
    }
    worst.sort();
    for (n_bad, path) in worst.iter().rev().take(8).filter(|(n_bad, _)| *n_bad > 0) {
        println!("{n_bad:8}  {path}");
    }
}

fn cut(text: &str, n_chars: usize) -> String {
    format!("{:?}", text.chars().take(n_chars).collect::<String>())
}

fn blocks(text: &str, language: &str, mut each: impl FnMut(&str)) {
    let names = match language {
        "javascript" => vec!["javascript", "js"],
        other => vec![other],
    };
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (info, body) = after.split_once('\n').unwrap_or((after, ""));
        let Some((code, after)) = body.split_once("\n```") else { return };
        if info.split([' ', ',']).next().is_some_and(|word| names.contains(&word)) {
            each(&format!("{code}\n"));
        }
        rest = after;
    }
}
