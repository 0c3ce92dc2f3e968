//! The only place that writes to the terminal.

use std::io::{self, IsTerminal, Write};

use crate::failure::Failure;

/// Whether a stream shows colours: it is a terminal, and nobody asked for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink {
    /// Colours and weights are shown.
    pub(crate) is_on: bool,
}

impl Ink {
    /// For what [`say`] writes.
    pub(crate) fn of_stdout() -> Self {
        Self { is_on: io::stdout().is_terminal() && wants_colour() }
    }

    /// For what [`complain`] writes.
    pub(crate) fn of_stderr() -> Self {
        Self { is_on: io::stderr().is_terminal() && wants_colour() }
    }

    /// Text that stands out.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Text that stands back.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Text that alarms.
    pub(crate) fn red(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.is_on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// See <https://no-color.org>.
fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes a line to stdout: what was asked for. A reader who has gone away is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Writes a line to stderr: what a person should know.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says why the command stopped.
pub(crate) fn failure(failure: &Failure) {
    let ink = Ink::of_stderr();
    complain(&format!("{}: {}", ink.red("error"), failure.message));
    if let Some(hint) = &failure.hint {
        complain(&format!("{}: {hint}", ink.bold("help")));
    }
}
