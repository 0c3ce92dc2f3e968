//! What one file says that must fit what other files say: kept with its place until all files have been read.

use std::ops::Range;

use lyceum_contract::{LessonId, Slug};

use crate::diagnostic::{Code, Diagnostic, TextFile};

/// A place in a file, for a message that can only be written when other files have been read too.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) text: TextFile,
    pub(crate) span: Range<usize>,
}

impl Place {
    /// An error at this place.
    pub(crate) fn error(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        self.text.error(code, self.span.clone(), message)
    }

    /// `file:line`, for a hint that refers to it.
    pub(crate) fn shown(&self) -> String {
        let found = self.text.error(Code::DuplicateId, self.span.clone(), "");
        format!("{}:{}", found.file.display(), found.line)
    }
}

/// The id of a price, which is unique in the site.
#[derive(Debug, Clone)]
pub(crate) struct PriceClaim {
    pub(crate) id: Slug,
    pub(crate) place: Place,
}

/// The id of a lesson, which is unique in the site.
#[derive(Debug, Clone)]
pub(crate) struct LessonClaim {
    pub(crate) id: LessonId,
    /// Path of the lesson's file in the content folder.
    pub(crate) path: String,
    pub(crate) place: Place,
    /// Whether the author wrote the id, instead of it following from the name of the file.
    pub(crate) is_chosen: bool,
}

/// What reading a file gives besides its own content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) prices: Vec<PriceClaim>,
    pub(crate) lessons: Vec<LessonClaim>,
}
