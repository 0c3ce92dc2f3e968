//! What is faster must be as right: our colours beside those of tree-sitter, character by character.
//!
//! `tests/code/` has code full of corners. `docs/HIGHLIGHT.md` names every difference that is left, and who is right.

mod oracle;

use oracle::{Agreement, Oracle};

/// The languages, their code, and the least share of characters with the same class, in percent.
const CODE: [(&str, &str, f64); 10] = [
    ("rust", include_str!("code/rust.rs"), 99.5),
    ("python", include_str!("code/python.py"), 99.5),
    ("javascript", include_str!("code/javascript.js"), 99.5),
    ("bash", include_str!("code/bash.sh"), 99.5),
    ("json", include_str!("code/json.json"), 98.0),
    ("toml", include_str!("code/toml.toml"), 99.5),
    ("sql", include_str!("code/sql.sql"), 99.5),
    ("html", include_str!("code/html.html"), 99.0),
    ("css", include_str!("code/css.css"), 98.5),
    ("yaml", include_str!("code/yaml.yaml"), 98.0),
];

#[test]
fn colours_are_those_of_a_parser() {
    let mut oracle = Oracle::new(true);
    let mut faults = Vec::new();
    for (language, code, least) in CODE {
        let mut agreement = Agreement::default();
        agreement.add(&mut oracle, language, code);
        assert!(agreement.n_bytes > 200, "{language}: too little to compare");
        if agreement.percent() < least {
            let differences: Vec<_> = agreement.differences.iter().collect();
            faults.push(format!("{language}: {:.3} %\n{differences:#?}", agreement.percent()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
