//! What the nightly job tells the next build and the app, version 1.
//!
//! Only the shape is here: each list may be empty, and a reader ignores what it does not know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{LessonId, Slug};
use crate::time::Timestamp;

/// The version that this crate writes and reads.
pub const VERSION: u32 = 1;

/// `insights.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insights {
    /// [`VERSION`].
    pub version: u32,
    /// The end of the last day that was counted.
    pub as_of: Timestamp,
    /// What to read next, best first, by lesson.
    #[serde(default)]
    pub next_lessons: BTreeMap<LessonId, Vec<Suggestion>>,
    /// Courses that are read more than expected, hottest first.
    #[serde(default)]
    pub hot_courses: Vec<Slug>,
    /// Lessons whose questions wait for an answer, longest first.
    #[serde(default)]
    pub unanswered: Vec<LessonId>,
}

/// One suggestion and why it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What to read.
    pub lesson: LessonId,
    /// Key of the text that tells the reader why.
    pub reason: String,
}
