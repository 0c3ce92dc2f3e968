//! Contrast of a theme's colours: text 7 to 1, controls 3 to 1, in light and in dark.

use std::path::Path;

use super::css::{Scheme, Tokens, contrast};
use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::source::{Content, Source};
use crate::theme_files;

/// Where a theme defines its colours.
const STYLESHEET: &str = "assets/site.css";

/// What stands on what, and how far apart the two must be.
const PAIRS: [(&str, &[&str], f64); 12] = [
    (
        "--text",
        &["--ground", "--surface", "--accent-tint", "--tip-tint", "--warn-tint", "--danger-tint"],
        7.0,
    ),
    ("--muted", &["--ground", "--surface"], 7.0),
    ("--accent", &["--ground", "--surface"], 7.0),
    ("--visited", &["--ground", "--surface"], 7.0),
    ("--on-accent", &["--accent"], 7.0),
    ("--tip", &["--ground", "--tip-tint"], 4.5),
    ("--warn", &["--ground", "--warn-tint"], 4.5),
    ("--danger", &["--ground", "--danger-tint"], 4.5),
    ("--keyword", &["--surface"], 4.5),
    ("--type", &["--surface"], 4.5),
    ("--control", &["--ground", "--surface"], 3.0),
    ("--focus", &["--ground", "--surface"], 3.0),
];

/// Looks at the stylesheet of the theme, or at the default one.
pub(super) fn check(theme: Option<&Source>, found: &mut Vec<Diagnostic>) {
    let own = theme.and_then(|theme| Some((theme.shown(STYLESHEET), theme.files.get(STYLESHEET)?)));
    let file = match own {
        Some((path, Content::Bytes(bytes))) => TextFile::new(&path, String::from_utf8_lossy(bytes)),
        Some(_) => return,
        None => {
            TextFile::new(Path::new("themes/default/assets/site.css"), theme_files::default_file(STYLESHEET))
        }
    };
    look_at(&file, found);
}

fn look_at(file: &TextFile, found: &mut Vec<Diagnostic>) {
    let tokens = Tokens::read(&file.source);
    for name in ["--text", "--ground"] {
        if tokens.colour(name, Scheme::Light).is_none() {
            let message = format!("no colour `{name}`, so that contrast cannot be checked");
            let hint = "define it in `:root` as `#rrggbb`, or as `light-dark(#rrggbb, #rrggbb)`";
            found.push(file.error(Code::LowContrast, 0..0, message).hint(hint).warning());
        }
    }
    for (front, backs, needed) in PAIRS {
        for back in backs {
            for (scheme, word) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
                let colours = tokens.colour(front, scheme).zip(tokens.colour(back, scheme));
                let Some(ratio) = colours.map(|(front, back)| contrast(front, back)) else { continue };
                if ratio < needed {
                    let message = format!(
                        "`{front}` on `{back}` has a contrast of {ratio:.1} in {word}, expected {needed:.1}"
                    );
                    let place = tokens.place(front).unwrap_or(0..0);
                    let hint = "make the two colours more different in brightness";
                    found.push(file.error(Code::LowContrast, place, message).hint(hint).warning());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(css: &str) -> Vec<String> {
        let mut found = Vec::new();
        look_at(&TextFile::new(Path::new("site.css"), css), &mut found);
        found.into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn the_default_theme_can_be_read() {
        let mut found = Vec::new();
        check(None, &mut found);
        let found: Vec<String> = found.into_iter().map(|found| found.message).collect();
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn colours_that_are_too_close_are_named() {
        let css =
            ":root { --ground: light-dark(#fff, #000); --text: light-dark(#000, #666); --control: #999 }";
        assert_eq!(
            found(css),
            [
                "`--text` on `--ground` has a contrast of 3.7 in dark, expected 7.0",
                "`--control` on `--ground` has a contrast of 2.8 in light, expected 3.0"
            ]
        );
        assert_eq!(found("p { color: red }").len(), 2);
    }
}
