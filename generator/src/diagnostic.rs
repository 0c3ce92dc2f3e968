//! What authors read when something is wrong: code, place, message, hint.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::digest::Digest;
use crate::line_starts::LineMarks;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is published.
    Error,
    /// The site is published, and something in it is probably not meant.
    Warning,
}

/// Defines the codes once: number, name and the sentence that the documentation lists.
macro_rules! codes {
    ($($name:ident = $number:literal, $about:literal;)*) => {
        /// A stable name for each kind of diagnostic, written `L012`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $about] $name,)*
        }

        impl Code {
            /// All codes in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The number, which never changes its meaning.
            pub fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                }
            }

            /// One sentence that says what the code means.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$name => $about,)*
                }
            }
        }
    };
}

codes! {
    MissingSite = 1, "There is no `lyceum.yaml` in the content folder.";
    NotUtf8 = 2, "A text file is not UTF-8.";
    TooLarge = 3, "A file is larger than its kind may be.";
    OutsideContent = 4, "A symbolic link, or a path that leaves the content folder.";
    BadFileName = 5, "The name of a file or folder gives no address.";
    MissingFrontMatter = 6, "A Markdown file does not start with front matter.";
    UnterminatedFrontMatter = 7, "The front matter has no closing `---`.";
    Unreadable = 8, "A file or folder cannot be read.";
    Syntax = 9, "YAML that cannot be read.";
    UnsupportedYaml = 10, "YAML with aliases, tags, many documents or deep nesting.";
    UnknownKey = 11, "A key that this kind of file does not have.";
    UnknownAccess = 12, "An access rule that is none.";
    MissingKey = 13, "A key that this kind of file must have.";
    DuplicateKey = 14, "A key that stands twice.";
    WrongType = 15, "A value of another kind than the key takes.";
    UnknownTier = 16, "A tier that `lyceum.yaml` does not define.";
    UnknownLevel = 17, "A level that is none.";
    UnknownInstructor = 18, "An instructor without a file.";
    BadDate = 19, "A date that cannot be read or does not exist.";
    BadPrice = 20, "An amount that cannot be read, or a price without a valid term.";
    BadDuration = 21, "A duration or interval that cannot be read.";
    DuplicateId = 22, "An identifier that is used twice.";
    BadValue = 23, "A value that is not what the key takes.";
    ReservedSlug = 24, "An address that belongs to something else.";
    StructureInTranslation = 25, "A translation that says more than texts.";
    UnknownLanguage = 26, "A language that `lyceum.yaml` does not list.";
    LostTranslation = 27, "A translation of a file that does not exist.";
    UnknownTheme = 28, "A theme that does not exist.";
    MixedCourse = 29, "A course with lessons both in modules and beside them.";
    BrokenLink = 30, "A link to a file that does not exist.";
    BrokenImage = 31, "An image that does not exist.";
    TiersWithoutPaid = 32, "Tiers where the access rule leaves them without effect.";
    PreviewMarker = 33, "A preview marker in the wrong place.";
    TooDeep = 34, "Markdown that is nested too deeply.";
    RawScript = 35, "Something in the HTML of a text that the content policy of the site refuses, such as a script.";
    UnusedAsset = 36, "A file that no text refers to.";
    NobodyCanBuy = 37, "A paid lesson that no price opens.";
    BadMath = 38, "Mathematics that cannot be read.";
    BadCodeInfo = 39, "A code block whose info string cannot be read.";
    Template = 40, "A template that cannot be rendered.";
    MissingText = 41, "A text that the theme lacks in one language.";
    Shell = 42, "A shell whose slots are not as the app needs them.";
    PathTaken = 43, "Two things that want the same address.";
    UnusedFile = 44, "A file in a place where nothing is read.";
    EmptyCourse = 45, "A course without lessons.";
    MissingIndex = 46, "A course folder without `index.md`.";
    BrokenAnchor = 50, "A link to a place that its page does not have.";
    BadInclude = 51, "A code block that shows a file, region or lines that are not there.";
    UnknownBlock = 52, "A block, or an attribute of a block, that does not exist.";
    UnbalancedBlock = 53, "A block that is not closed, or a `:::` that closes nothing.";
    BadBlock = 54, "A block without something that it needs, or with something in the wrong place.";
    BadQuiz = 55, "A quiz, survey or challenge that cannot be read.";
    NoCaptions = 56, "A video without captions or transcript, or a recording without transcript.";
    BadDiagram = 57, "A diagram that cannot be drawn and is shown as text.";
    BadImage = 70, "An image that cannot be read, or whose name promises another format.";
    HugeImage = 71, "An image with more pixels than can be decoded safely.";
    HeavyImage = 72, "An image that readers wait for.";
    UnsafeDrawing = 73, "A drawing with something that runs or loads, which is left out.";
    BadDrawing = 74, "A drawing that cannot be read as SVG.";
    StaticScript = 75, "A script in a drawing that is copied as it is.";
    CardText = 76, "A title that the fonts of social cards cannot write.";
    BadCard = 77, "A template of social cards that cannot be drawn.";
    TooManyPages = 80, "More pages in one language than the search can number.";
    TooMany = 81, "More of something than a site can have.";
    NotPublished = 90, "A link to something that is not published yet.";
    UnknownPrerequisite = 91, "A prerequisite that does not exist.";
    Circle = 92, "Prerequisites that go round in a circle.";
    NeverMet = 93, "A prerequisite that nobody can meet.";
    UnknownCourse = 94, "A course of a track that does not exist.";
    TagSpelling = 95, "A tag that is written in two ways.";
    BadTag = 96, "A tag that gives no address.";
    UnusedTag = 97, "The description of a tag that nothing has.";
    BadAlias = 98, "An earlier address that cannot be one.";
    AliasTaken = 99, "An earlier address at which something else stands.";
    UnknownChange = 100, "A translated change that the original does not have.";
    WithoutEffect = 101, "A key that has no effect here.";
    BadData = 102, "A data file that cannot be read.";
    UnknownPrice = 103, "A price of an offer that does not exist.";
    BadOffer = 104, "An offer that no price can have.";
    UnknownEvent = 105, "A ticket for an event that does not exist, or of which nobody knows when it begins.";
    NoPaidPart = 106, "A product that does not say where its paid part begins.";
    BadSlot = 107, "A time that cannot be sold.";
    PastSlot = 108, "Something for sale whose time has passed.";
    DeadAddress = 121, "An absolute path that leads to no page and no file of the site.";
    MissingAlt = 122, "An image without a description.";
    HeadingOrder = 124, "A heading that skips a level.";
    LowContrast = 125, "Two colours of the theme that are too close to each other.";
    MissingLicense = 126, "The site does not say under which licence its texts are.";
    BannedWord = 127, "A word that the site does not want.";
    TooShort = 128, "A lesson with next to no text.";
    Stale = 129, "A lesson that nobody has looked at for long.";
    PaidTextInPublic = 130, "Paid text that also stands where everybody can read it.";
    Orphan = 131, "Something that nothing leads to.";
    DeadExternalLink = 132, "A link to another site that does not work.";
    MovedExternalLink = 133, "A link to a page of another site that has moved.";
    RefusedExternalLink = 134, "A link that is not checked, because it leads into a private network.";
    NotReady = 135, "Something that a site needs before it opens.";
    HiddenCharacter = 136, "An invisible character that changes what a reader sees.";
    IgnoredText = 137, "Text in a place where no page shows it.";
    CaseCollision = 140, "Two names that differ only in capital letters.";
}

impl Code {
    /// Where the documentation says what it means and what to do.
    pub fn docs(self) -> String {
        format!("docs/DIAGNOSTICS.md#l{:03}", self.number())
    }

    /// Whether it says something about the whole site, so that it is only worth saying once the site has no error.
    pub(crate) fn is_derived(self) -> bool {
        matches!(self, Self::UnusedAsset | Self::NobodyCanBuy | Self::EmptyCourse | Self::UnusedTag)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L{:03}", self.number())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One message for an author. As JSON it has code, severity, file, line, column, the end of the place, message, hint,
/// and where the documentation of the code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file, under the content folder as the caller named it.
    pub file: PathBuf,
    /// Text of the file, for the excerpt; empty when it is not text.
    pub source: Arc<str>,
    /// The place in bytes of `source`; empty at 0 when the whole file is meant.
    pub span: Range<usize>,
    /// Line of the place, from 1.
    pub line: usize,
    /// Column of the place in characters, from 1.
    pub column: usize,
    /// Lower case, without a full stop: what was found, then what was expected.
    pub message: String,
    /// What to write under the excerpt.
    pub label: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// The same with a hint.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a label under the excerpt.
    #[must_use]
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same as a warning.
    #[must_use]
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Whether it stops the site from being published.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let n_letters = self.source.get(self.span.clone()).unwrap_or_default().chars().count();
        let mut fields = serializer.serialize_struct("Diagnostic", 10)?;
        fields.serialize_field("code", &self.code)?;
        fields.serialize_field("severity", &self.severity)?;
        // A name that is not UTF-8 must not keep everything else from being reported.
        fields.serialize_field("file", &self.file.to_string_lossy())?;
        fields.serialize_field("line", &self.line)?;
        fields.serialize_field("column", &self.column)?;
        // A place never goes on behind the end of its line.
        fields.serialize_field("end_line", &self.line)?;
        fields.serialize_field("end_column", &(self.column + n_letters))?;
        fields.serialize_field("message", &self.message)?;
        fields.serialize_field("hint", &self.hint)?;
        fields.serialize_field("docs", &self.code.docs())?;
        fields.end()
    }
}

/// A text with its name, shared by everything that may have to point into it.
#[derive(Debug, Clone)]
pub(crate) struct TextFile {
    /// Path to show.
    pub(crate) file: PathBuf,
    /// The whole text.
    pub(crate) source: Arc<str>,
    /// Of the whole text.
    digest: Digest,
    /// Made for the first mistake.
    marks: Arc<OnceLock<LineMarks>>,
}

/// Cheap, because the text was hashed when it was read.
impl Hash for TextFile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.file, self.digest).hash(state);
    }
}

impl TextFile {
    pub(crate) fn new(file: &Path, source: impl Into<Arc<str>>) -> Self {
        let source = source.into();
        Self { file: file.to_owned(), digest: Digest::of(source.as_bytes()), source, marks: Arc::default() }
    }

    /// An error at a place of this text. The span is cut to its first line and to the text.
    pub(crate) fn error(&self, code: Code, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        let span = first_line(&self.source, span);
        let places = self.marks.get_or_init(|| LineMarks::of(&self.source));
        let (line, column) = places.find(&self.source, span.start);
        Diagnostic {
            code,
            severity: Severity::Error,
            file: self.file.clone(),
            source: Arc::clone(&self.source),
            line,
            column,
            span,
            message: message.into(),
            label: None,
            hint: None,
        }
    }
}

/// Cuts a span to the text, to whole characters and to its first line.
fn first_line(source: &str, span: Range<usize>) -> Range<usize> {
    let mut start = span.start.min(source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, source.len());
    while !source.is_char_boundary(end) {
        end += 1;
    }
    let line = source[start..end].split('\n').next().unwrap_or_default();
    start..start + line.trim_end().len()
}

/// The name that was probably meant: the nearest within a third of its length, the first of equals.
pub(crate) fn nearest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, name) = nearest_of_all(found, names)?;
    (distance <= name.chars().count().max(3) / 3).then_some(name)
}

/// Of so many names the nearest is looked for: a mistake must not cost more than everything that is in order.
const MAX_NAMES: usize = 20_000;

/// The nearest path, by the same measure but relative to the length of its last segment.
pub(crate) fn nearest_path<'a>(found: &str, paths: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, path) = nearest_of_all(found, paths)?;
    let name = path.rsplit('/').next().unwrap_or_default();
    (distance <= name.chars().count().max(3) / 3).then_some(path)
}

fn nearest_of_all<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    let found = found.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for name in names.into_iter().take(MAX_NAMES) {
        // A name is at least as far away as its length is different, and a letter has at most four bytes: most names
        // need no closer look.
        let n_bytes = if found.is_ascii() && name.is_ascii() { 1 } else { 4 };
        let at_least = found.len().abs_diff(name.len()) / n_bytes;
        if best.is_none_or(|(distance, _)| at_least < distance) {
            let distance = edit_distance(&found, &name.to_lowercase());
            if best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, name));
            }
        }
    }
    best
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other
/// (optimal string alignment). Cost: product of the lengths; texts over 128 characters count as far apart.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().max(b.len()) > 128 {
        return if a == b { 0 } else { usize::MAX };
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let numbers: Vec<u16> = Code::ALL.iter().map(|code| code.number()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Code::UnknownAccess.to_string(), "L012");
    }

    #[test]
    fn places_count_lines_and_characters() {
        let text = TextFile::new(Path::new("a.md"), "# 中文\n标题: x\nb");
        let found = text.error(Code::UnknownKey, 15..16, "here");
        assert_eq!((found.line, found.column, &text.source[found.span]), (2, 3, ":"));
        let end = text.error(Code::UnknownKey, 900..950, "past the end");
        assert_eq!((end.line, end.column), (3, 2));
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["title", "summary", "access", "tiers"];
        for (found, expected) in
            [("titel", Some("title")), ("acces", Some("access")), ("tier", Some("tiers")), ("colour", None)]
        {
            assert_eq!(nearest(found, names), expected, "{found}");
        }
    }
}
