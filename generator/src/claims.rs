//! What one file says that must fit what other files say: kept with its place until all files have been read.

use std::ops::Range;

use lyceum_contract::{LessonId, Price, Slug};

use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::offers::OfferClaim;
use crate::redirects::AliasClaim;

/// A place in a file, for a message that can only be written when other files have been read too.
#[derive(Debug, Clone, Hash)]
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

/// A course that a track names.
#[derive(Debug, Clone)]
pub(crate) struct CourseClaim {
    pub(crate) slug: Slug,
    pub(crate) place: Place,
}

/// What reading a file gives besides its own content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) prices: Vec<PriceClaim>,
    /// Every price that is complete.
    pub(crate) sold: Vec<Price>,
    pub(crate) offers: Vec<OfferClaim>,
    pub(crate) lessons: Vec<LessonClaim>,
    pub(crate) courses: Vec<CourseClaim>,
    pub(crate) aliases: Vec<AliasClaim>,
}

impl Found {
    /// Takes over what another file gave.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.diagnostics.append(&mut other.diagnostics);
        self.prices.append(&mut other.prices);
        self.sold.append(&mut other.sold);
        self.offers.append(&mut other.offers);
        self.lessons.append(&mut other.lessons);
        self.courses.append(&mut other.courses);
        self.aliases.append(&mut other.aliases);
    }
}
