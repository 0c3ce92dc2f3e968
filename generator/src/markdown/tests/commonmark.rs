//! The examples of the CommonMark specification through our parser and our writer.

use super::super::parse::{COMMONMARK, LYCEUM, Profile};
use super::{Site, normal};

const SPEC: &str = include_str!("../../../fixtures/commonmark/spec.txt");
const N_EXAMPLES: usize = 652;

/// What our own profile does otherwise, on purpose, by number of the example. The plain profile passes these as well.
const ON_PURPOSE: [(&str, &[usize]); 3] = [
    (
        "straight quotation marks, `--` and `---` become typographic",
        &[
            14, 46, 55, 87, 91, 106, 197, 209, 210, 343, 352, 359, 363, 380, 385, 395, 508, 590, 619, 620,
            622, 624, 632, 650,
        ],
    ),
    ("addresses that stand by themselves become links", &[602, 608, 611]),
    ("comments are for authors: none is published", &[177, 179, 183, 308, 309, 625, 626]),
];

struct Example {
    number: usize,
    markdown: String,
    html: String,
}

fn examples() -> Vec<Example> {
    let fence = "`".repeat(32);
    let (start, end) = (format!("{fence} example\n"), format!("\n{fence}\n"));
    let blocks = SPEC.split(&start).skip(1);
    let example = |(idx, block): (usize, &str)| {
        let (block, _) = block.split_once(&end).expect("an end");
        let (markdown, html) = format!("{block}\n").split_once("\n.\n").map_or_else(
            || (String::new(), String::new()),
            |(markdown, html)| (format!("{markdown}\n"), html.to_owned()),
        );
        Example { number: idx + 1, markdown: markdown.replace('→', "\t"), html: html.replace('→', "\t") }
    };
    blocks.enumerate().map(example).collect()
}

fn failures(site: &Site, profile: Profile) -> Vec<(usize, String)> {
    let mut failed = Vec::new();
    for example in examples() {
        let ours = normal::ours(&site.html(&example.markdown, profile));
        let theirs = normal::theirs(&example.html, profile.first_level);
        if ours != theirs {
            let Example { number, markdown, .. } = example;
            failed
                .push((number, format!("#{number}: {markdown:?}\n  ours:   {ours:?}\n  theirs: {theirs:?}")));
        }
    }
    failed
}

#[test]
fn every_example_of_commonmark_passes() {
    assert_eq!(examples().len(), N_EXAMPLES);
    let failed = failures(&Site::new(), COMMONMARK);
    let shown: Vec<&str> = failed.iter().map(|(_, text)| text.as_str()).collect();
    assert!(failed.is_empty(), "{} of {N_EXAMPLES}:\n{}", failed.len(), shown.join("\n"));
}

#[test]
fn our_profile_differs_where_we_mean_it() {
    let failed = failures(&Site::new(), LYCEUM);
    let mut meant: Vec<usize> = ON_PURPOSE.iter().flat_map(|(_reason, numbers)| *numbers).copied().collect();
    meant.sort_unstable();
    let numbers: Vec<usize> = failed.iter().map(|(number, _)| *number).collect();
    let odd: Vec<&str> =
        failed.iter().filter(|(number, _)| !meant.contains(number)).map(|(_, text)| text.as_str()).collect();
    assert_eq!(numbers, meant, "\n{}", odd.join("\n"));
}
