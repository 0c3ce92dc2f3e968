//! What a quiz, survey or challenge asks, and what is right. It never becomes part of a page.

use serde::{Deserialize, Serialize};

/// Questions behind each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quiz {
    /// Unique within its text.
    pub(crate) id: String,
    pub(crate) kind: QuizKind,
    /// Empty without one.
    pub(crate) title_html: String,
    /// How much must be right. Nothing means all of it; surveys and challenges have none.
    pub(crate) pass: Option<Pass>,
    /// How often one may try; nothing means as often as one likes.
    pub(crate) attempts: Option<u32>,
    /// How many of the questions are asked at a time; nothing means all.
    pub(crate) pool: Option<u32>,
    pub(crate) questions: Vec<Question>,
}

/// What answers are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QuizKind {
    /// To be graded.
    Quiz,
    /// There is no right answer.
    Survey,
    /// A free answer, to be judged by people.
    Challenge,
}

/// How much must be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pass {
    /// So many questions.
    Count(u32),
    /// From 1 to 100.
    Percent(u32),
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// `q1`, or what the author gave it. Its fields in the form are named `<id of the quiz>.<this>`.
    pub(crate) id: String,
    /// The question itself, within a line.
    pub(crate) prompt_html: String,
    /// Blocks below it: code, images, text.
    pub(crate) details_html: String,
    pub(crate) answer: Answer,
    /// Shown once it has been answered.
    pub(crate) explanation_html: Option<String>,
}

/// How it is answered, and what is right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// One of these. The value of a field is the number of its choice, from 1.
    Single(Vec<Choice>),
    /// Any of these.
    Multiple(Vec<Choice>),
    /// A number, right when it is no further from `value` than `tolerance`.
    Number { value: f64, tolerance: f64 },
    /// One of these texts, whatever the case and white space.
    Text(Vec<String>),
    /// A number of a scale, both ends included.
    Scale { from: i64, to: i64 },
    /// Any text.
    Open,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) html: String,
    /// Always false in a survey.
    pub(crate) is_right: bool,
}
