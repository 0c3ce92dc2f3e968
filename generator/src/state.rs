//! What a build remembers for the next one, in another process: which files there are, and what each was made from.
//!
//! A memory that is missing, cut or of another program is no memory: the site is then made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use lyceum_contract::{Slug, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Report;
use crate::assets::Audience;
use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::digest::Digest;
use crate::output::{Entries, is_intact};
use crate::places::Places;
use crate::portion::{Lists, Portion};
use crate::publish::Courses;
use crate::source::{Content, Source};

/// Everything that is remembered.
#[derive(Debug)]
pub(crate) struct State {
    /// Of everything that the site was made from.
    pub(crate) input: Digest,
    /// The moments from the first to before the second for which the site was made.
    pub(crate) valid: (Timestamp, Option<Timestamp>),
    pub(crate) courses: Courses,
    pub(crate) site: Arc<Portion>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) report: Report,
}

/// The same as it lies on the disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    program: String,
    input: Digest,
    valid: (Timestamp, Option<Timestamp>),
    courses: BTreeMap<Slug, KeptPortion>,
    site: KeptPortion,
    warnings: Vec<KeptWarning>,
    report: Report,
}

#[derive(Serialize, Deserialize)]
struct KeptPortion {
    key: Digest,
    files: Entries,
    n_pages: usize,
    sealed: BTreeSet<String>,
    audience: Audience,
    minutes: Vec<u32>,
    places: Places,
    lists: Lists,
    warnings: Vec<KeptWarning>,
}

/// A warning without the text that it points into: that text is read anyway.
#[derive(Serialize, Deserialize)]
struct KeptWarning {
    code: u16,
    file: PathBuf,
    span: Range<usize>,
    message: String,
    label: Option<String>,
    hint: Option<String>,
}

/// What was read, while the texts that its warnings point into are not known yet.
pub(crate) struct Loaded {
    kept: Kept,
    /// The files of the site, if they are as they were written.
    pub(crate) files: Option<Entries>,
}

impl Loaded {
    /// What was remembered in this file by the same program about the site in the folder `out`.
    pub(crate) fn read(file: &Path, program: &str, out: &Path) -> Option<Self> {
        let bytes = fs::read(file).ok()?;
        let kept: Kept = postcard::from_bytes(&bytes).ok()?;
        if kept.program != program {
            return None;
        }
        let portions = kept.courses.values().chain([&kept.site]);
        let files: Entries =
            portions.flat_map(|portion| &portion.files).map(|(path, entry)| (path.clone(), *entry)).collect();
        let files = is_intact(out, &files).then_some(files);
        Some(Self { kept, files })
    }

    /// Of everything that the site was made from.
    pub(crate) fn input(&self) -> Digest {
        self.kept.input
    }

    /// All of it. `content` gives warnings their texts back.
    pub(crate) fn state(self, content: &Source) -> State {
        let kept = self.kept;
        let texts = content.files.values().filter_map(|file| match file {
            Content::Text(text) => Some((text.file.as_path(), text)),
            _ => None,
        });
        let texts: BTreeMap<&Path, &TextFile> = texts.collect();
        let courses = kept.courses.into_iter();
        State {
            input: kept.input,
            valid: kept.valid,
            courses: courses.map(|(slug, portion)| (slug, Arc::new(portion.recalled(&texts)))).collect(),
            site: Arc::new(kept.site.recalled(&texts)),
            warnings: recalled(kept.warnings, &texts),
            report: kept.report,
        }
    }
}

impl State {
    /// Remembers this. A reader sees the old file or the new one.
    pub(crate) fn save(&self, file: &Path, program: &str) -> io::Result<()> {
        let courses = self.courses.iter();
        let kept = Kept {
            program: program.to_owned(),
            input: self.input,
            valid: self.valid,
            courses: courses.map(|(slug, portion)| (slug.clone(), KeptPortion::of(portion))).collect(),
            site: KeptPortion::of(&self.site),
            warnings: self.warnings.iter().map(KeptWarning::of).collect(),
            report: self.report,
        };
        let bytes = postcard::to_stdvec(&kept).map_err(io::Error::other)?;
        let fresh = file.with_extension("new");
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&fresh, bytes)?;
        fs::rename(fresh, file)
    }
}

/// Forgets what is remembered in this file.
pub(crate) fn forget(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl KeptPortion {
    fn of(portion: &Portion) -> Self {
        let Portion { key, files, n_pages, sealed, audience, minutes, places, lists, warnings } =
            portion.clone();
        let warnings = warnings.iter().map(KeptWarning::of).collect();
        Self { key, files, n_pages, sealed, audience, minutes, places, lists, warnings }
    }

    fn recalled(self, texts: &BTreeMap<&Path, &TextFile>) -> Portion {
        let Self { key, files, n_pages, sealed, audience, minutes, places, lists, warnings } = self;
        let warnings = recalled(warnings, texts);
        Portion { key, files, n_pages, sealed, audience, minutes, places, lists, warnings }
    }
}

impl KeptWarning {
    fn of(warning: &Diagnostic) -> Self {
        let Diagnostic { code, file, span, message, label, hint, .. } = warning.clone();
        Self { code: code.number(), file, span, message, label, hint }
    }
}

fn recalled(kept: Vec<KeptWarning>, texts: &BTreeMap<&Path, &TextFile>) -> Vec<Diagnostic> {
    let recall = |kept: KeptWarning| {
        let code = Code::ALL.iter().find(|code| code.number() == kept.code)?;
        let without = TextFile::new(&kept.file, "");
        let text = texts.get(kept.file.as_path()).copied().unwrap_or(&without);
        let warning = text.error(*code, kept.span, kept.message).warning();
        Some(Diagnostic { label: kept.label, hint: kept.hint, ..warning })
    };
    kept.into_iter().filter_map(recall).collect()
}
