//! What the author should know about an import: what was changed, left out or kept as it was.

use std::fmt;

use serde::Serialize;

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// Something that the importer decided and the author may want to decide otherwise.
    Choice,
    /// A setting that has no counterpart.
    Setting,
    /// A chapter or page that is no lesson now: a draft, or one that is listed without a text.
    Draft,
    /// A file that was not imported.
    NotImported,
    /// A file that cannot be read, is too large or has a name that leads out of the folder.
    BadFile,
    /// A chapter that is listed and does not exist.
    MissingFile,
    /// An `include` that could not be carried out; it stands in the text as it was.
    Include,
    /// A link that led nowhere; its text was kept.
    BrokenLink,
    /// A place on a page that does not exist; the link was kept.
    BrokenAnchor,
    /// An image that is not there; its text was kept.
    BrokenImage,
    /// An image of another site, which the content policy of an academy does not show.
    RemoteImage,
    /// An HTML image that became a Markdown image, without its layout.
    HtmlImage,
    /// HTML that the content policy of an academy does not run or show.
    ActiveHtml,
    /// A shortcode or a preprocessor's command, which stands in the text as it was.
    Shortcode,
    /// Hidden lines of code that were left out.
    HiddenLines,
    /// What stood behind a fence and has no counterpart.
    CodeInfo,
    /// A formula that cannot be read; it became code.
    Formula,
    /// A heading that lost something.
    Heading,
    /// A footnote that nothing refers to; it is not shown.
    Footnote,
    /// Front matter that cannot be read.
    FrontMatter,
    /// A text that could not be converted and is kept as it is, as code or as a download.
    Verbatim,
    /// An old address that should lead to a new one.
    Redirect,
}

/// One note, and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// Path in the imported folder; empty when the import as a whole is meant.
    pub file: String,
    /// Line from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// What it is about.
    pub kind: NoteKind,
    /// Lower case, without a full stop: what was found, then what became of it.
    pub message: String,
}

impl fmt::Display for Note {
    /// `src/a.md:3: message`, as far as the place is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", _) => write!(f, "{}", self.message),
            (file, 0) => write!(f, "{file}: {}", self.message),
            (file, line) => write!(f, "{file}:{line}: {}", self.message),
        }
    }
}

/// Notes while they are collected.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    pub(crate) fn add(&mut self, file: &str, line: usize, kind: NoteKind, message: impl Into<String>) {
        let note = Note { file: file.to_owned(), line, kind, message: message.into() };
        // A hostile text can say the same thing without end.
        if self.0.last() != Some(&note) {
            self.0.push(note);
        }
    }

    /// About the import as a whole.
    pub(crate) fn general(&mut self, kind: NoteKind, message: impl Into<String>) {
        self.add("", 0, kind, message);
    }

    /// In the order of files and lines, each once.
    pub(crate) fn finish(mut self) -> Vec<Note> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}
