//! `lyceum new`: a first academy to change.

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use crate::arguments::New;
use crate::failure::Failure;
use crate::terminal::{self, Ink};

static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/starter");

/// Writes the starter into a folder that is missing or empty, and says how to go on.
pub(crate) fn run(arguments: &New) -> Result<(), Failure> {
    if let Some(part) = &arguments.part {
        return crate::new_part::run(part);
    }
    let Some(folder) = &arguments.folder else { return Ok(()) };
    check_empty(folder)?;
    write(&STARTER, folder).map_err(|error| Failure::at("cannot write", folder, error))?;
    terminal::say(&next_steps(folder, Ink::of_stdout()));
    Ok(())
}

fn check_empty(folder: &Path) -> Result<(), Failure> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(format_args!("`{}` is not empty", folder.display()))
            .hint("name a folder that does not exist yet, and nothing of yours is overwritten")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::at("cannot write", folder, error)),
    }
}

fn write(from: &Dir<'_>, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in from.entries() {
        let name = entry.path().file_name().unwrap_or_default();
        // Git would obey a file of that name in our own repository.
        let name = if name == "gitignore" { ".gitignore".as_ref() } else { name };
        match entry {
            DirEntry::Dir(dir) => write(dir, &folder.join(name))?,
            DirEntry::File(file) => fs::write(folder.join(name), file.contents())?,
        }
    }
    Ok(())
}

fn next_steps(folder: &Path, ink: Ink) -> String {
    let title = format!("Your academy is in {}.", ink.bold(&folder.display().to_string()));
    let enter = if folder == Path::new(".") { String::new() } else { format!("  cd {}\n", quoted(folder)) };
    format!(
        "{title}\n\n{enter}  lyceum serve\n\nThen open http://127.0.0.1:8000/ and change a file in `content`: the page follows.\n\
         `content/lyceum.yaml` holds the name, the languages and the prices."
    )
}

/// The folder as a shell takes it.
fn quoted(folder: &Path) -> String {
    let text = folder.display().to_string();
    let is_plain = text.chars().all(|letter| letter.is_alphanumeric() || "/._-".contains(letter));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::scratch::Scratch;

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let folder = Scratch::new();
        assert_eq!(check_empty(folder.path()), Ok(()));
        assert_eq!(check_empty(&folder.path().join("new")), Ok(()));
        folder.write(".hidden", "");
        let failure = check_empty(folder.path()).expect_err("not empty");
        assert!(failure.message.ends_with("is not empty") && failure.hint.is_some());
    }

    #[test]
    fn every_file_of_the_starter_is_written() {
        let folder = Scratch::new();
        let academy = folder.path().join("academy");
        write(&STARTER, &academy).expect("written");
        assert!(academy.join("content/lyceum.yaml").is_file());
        assert!(!academy.join("gitignore").exists());
    }

    #[test]
    fn the_next_step_can_be_typed() {
        assert_eq!(quoted(Path::new("my/academy-1.0")), "my/academy-1.0");
        assert_eq!(quoted(Path::new("Ada's academy")), "'Ada'\\''s academy'");
        assert!(!next_steps(Path::new("."), Ink { is_on: false }).contains("cd "));
    }
}
