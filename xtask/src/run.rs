//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the workspace.
pub(crate) fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."))
}

/// Where cargo builds.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let folder = metadata()?["target_directory"].as_str().map(PathBuf::from);
    folder.context("`cargo metadata` names no target directory")
}

/// What cargo knows about the workspace, without the packages it depends on.
pub(crate) fn metadata() -> Result<serde_json::Value> {
    let json = Step::new("cargo", &["metadata", "--format-version", "1", "--no-deps"]).output()?;
    serde_json::from_str(&json).context("`cargo metadata` printed something else than JSON")
}

/// One program with its arguments, run in the workspace's folder unless said otherwise.
pub(crate) struct Step {
    command: Command,
    name: String,
}

impl Step {
    /// The program and its first arguments.
    pub(crate) fn new(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(workspace_root());
        Self { command, name: format!("{program} {}", arguments.join(" ")) }
    }

    /// More arguments.
    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// Another folder, relative to the workspace.
    pub(crate) fn folder(mut self, folder: &str) -> Self {
        self.command.current_dir(workspace_root().join(folder));
        self
    }

    /// A variable for the program.
    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs to the end; its output is ours.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.command.status().with_context(|| format!("cannot start `{}`", self.name))?;
        if status.success() { Ok(()) } else { bail!("`{}` failed ({status})", self.name) }
    }

    /// Runs to the end and returns what it printed.
    pub(crate) fn output(mut self) -> Result<String> {
        self.command.stderr(Stdio::inherit());
        let output = self.command.output().with_context(|| format!("cannot start `{}`", self.name))?;
        if !output.status.success() {
            bail!("`{}` failed ({})", self.name, output.status);
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` printed something else than text", self.name))
    }

    /// Runs to the end and returns whether it succeeded; its output goes nowhere.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.status().is_ok_and(|status| status.success())
    }

    /// Starts it with pipes to and from it, for a server.
    pub(crate) fn spawn(mut self) -> Result<std::process::Child> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        self.command.spawn().with_context(|| format!("cannot start `{}`", self.name))
    }
}
