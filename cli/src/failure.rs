//! Why a command stopped.

use std::fmt;
use std::path::Path;

/// Why a command stopped, and what to do about it: for the person who typed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Lower case, without a full stop.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: None }
    }

    /// A file or folder that does not let us do something: `cannot write` `dist`.
    pub(crate) fn at(what: &str, path: &Path, error: impl fmt::Display) -> Self {
        Self::new(format_args!("{what} `{}`: {error}", path.display()))
    }

    /// The same with a hint.
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }
}
