//! Where the files of a theme come from: themes inside the program, and a folder of the owner, file by file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use crate::diagnostic::{Code, Diagnostic, TextFile, nearest};
use crate::source::{Content, Source};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../themes");
/// The theme that every other one builds on.
pub(crate) const DEFAULT: &str = "default";

/// Files by name: where each is from, and its bytes.
pub(crate) type Files = BTreeMap<String, (PathBuf, Vec<u8>)>;

/// The names that `theme` of `lyceum.yaml` takes, in alphabetical order.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = EMBEDDED.dirs().filter_map(|dir| dir.path().to_str()).collect();
    names.sort_unstable();
    names
}

/// The most files of a theme: every page is told the addresses of all.
const MAX_FILES: usize = 1_000;

/// The layers of a theme, the default first. A file goes before those of the same name in earlier layers.
pub(crate) fn layers(name: &str, over: Option<&Source>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Files> {
    let mut layers = vec![embedded(DEFAULT)];
    if name != DEFAULT {
        layers.push(embedded(name));
    }
    if let Some(over) = over {
        diagnostics.extend(over.diagnostics.iter().cloned());
        if over.files.len() > MAX_FILES {
            let message = format!("a theme of {} files, expected at most {MAX_FILES}", over.files.len());
            let error = TextFile::new(&over.root, "").error(Code::TooMany, 0..0, message);
            diagnostics.push(error.hint("keep what pages link to in `static/` of the content"));
            return layers;
        }
        diagnostics.extend(unused(over, &layers));
        layers.push(of_folder(over));
    }
    layers
}

/// The text of a file of the default theme; empty when it has none of this name.
pub(crate) fn default_file(name: &str) -> &'static str {
    let path = format!("{DEFAULT}/{name}");
    EMBEDDED.get_file(path).and_then(|file| file.contents_utf8()).unwrap_or_default()
}

fn embedded(name: &str) -> Files {
    let mut files = Files::new();
    if let Some(dir) = EMBEDDED.get_dir(name) {
        collect(dir, dir.path(), &mut files);
    }
    files
}

fn collect(dir: &Dir<'_>, root: &Path, files: &mut Files) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(inner, root, files),
            DirEntry::File(file) => {
                let name = file.path().strip_prefix(root).ok().and_then(Path::to_str).unwrap_or_default();
                let shown = Path::new("themes").join(file.path());
                files.insert(name.replace('\\', "/"), (shown, file.contents().to_vec()));
            }
        }
    }
}

fn of_folder(over: &Source) -> Files {
    let mut files = Files::new();
    for (name, content) in &over.files {
        let bytes = match content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Text(text) => text.source.as_bytes().to_vec(),
            Content::Broken => continue,
        };
        files.insert(name.clone(), (over.shown(name), bytes));
    }
    files
}

/// Warns of files that nothing will read: a slip in a name would otherwise change nothing, silently.
fn unused(over: &Source, layers: &[Files]) -> Vec<Diagnostic> {
    let known: Vec<&str> = layers.iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
    let warn = |name: &str, hint: String| {
        let message = format!("`{name}` is in a place where nothing is read");
        over.error(name, Code::UnusedFile, message).hint(hint).warning()
    };
    let mut found = Vec::new();
    for name in over.files.keys() {
        let is_about = ["README", "LICENSE"].iter().any(|about| name.starts_with(about));
        if let Some(template) = name.strip_prefix("templates/") {
            if !known.contains(&name.as_str()) && !is_referred_to(template, over, layers) {
                let templates = known.iter().filter_map(|known| known.strip_prefix("templates/"));
                let hint = match nearest(template, templates) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "no page is made from it and no template includes it".to_owned(),
                };
                found.push(warn(name, hint));
            }
        } else if !is_about && !name.starts_with("assets/") && !name.starts_with("translations/") {
            let hint = "a theme has `templates/`, `assets/` and `translations/`";
            found.push(warn(name, hint.to_owned()));
        }
    }
    found
}

/// Whether some template says the name of this one, as `include` and `extends` do.
fn is_referred_to(template: &str, over: &Source, layers: &[Files]) -> bool {
    let quoted = [format!("\"{template}\""), format!("'{template}'")];
    let says = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        quoted.iter().any(|name| text.contains(name))
    };
    let of_layers = layers.iter().flatten().map(|(name, (_, bytes))| (name, bytes.as_slice()));
    let own = over.files.iter().filter_map(|(name, content)| match content {
        Content::Bytes(bytes) => Some((name, bytes.as_slice())),
        Content::Text(text) => Some((name, text.source.as_bytes())),
        Content::Broken => None,
    });
    of_layers.chain(own).any(|(name, bytes)| name.starts_with("templates/") && says(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(files: &[(&str, &str)]) -> Vec<String> {
        let over = Source::from_files(Path::new("mine"), files.iter().copied());
        let mut found = Vec::new();
        layers(DEFAULT, Some(&over), &mut found);
        let line = |found: &Diagnostic| {
            format!("{} {}: {}", found.code, found.message, found.hint.as_deref().unwrap_or_default())
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn the_embedded_themes_have_names() {
        assert!(names().contains(&DEFAULT) && names().len() > 1, "{:?}", names());
    }

    #[test]
    fn a_slip_in_the_name_of_a_file_is_told() {
        let part = [("templates/_mine.html", "x"), ("templates/home.html", "{% include \"_mine.html\" %}")];
        assert_eq!(complaints(&part), Vec::<String>::new());
        let about =
            [("README.md", "x"), ("LICENSE", "x"), ("assets/a.css", "x"), ("translations/fr.json", "{}")];
        assert_eq!(complaints(&about), Vec::<String>::new());
        let slips =
            complaints(&[("templates/lessn.html", "x"), ("template/home.html", "x"), ("site.css", "x")]);
        assert_eq!(
            slips,
            [
                "L044 `site.css` is in a place where nothing is read: a theme has `templates/`, `assets/` and `translations/`",
                "L044 `template/home.html` is in a place where nothing is read: a theme has `templates/`, `assets/` and `translations/`",
                "L044 `templates/lessn.html` is in a place where nothing is read: did you mean `lesson.html`?",
            ]
        );
    }
}
