//! `lyceum new course|module|lesson`: one more of them in an academy that exists.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lyceum_contract::Slug;

use crate::arguments::{NewPart, Part};
use crate::failure::Failure;
use crate::terminal::{self, Ink};

const COURSE: &str = "\
---
title: {title}
summary: One sentence that says what learners can do afterwards.
# instructors: [your-name]        # file names in `instructors/`
# level: beginner                 # or intermediate, advanced
# tags: []
access: free                      # or members, paid, the id of a tier
# prices:                         # paid once, for this course alone
#   - { id: {slug}, amount: 49.00 USD }
# outcomes:
#   - Do something that you could not do before
---

Say for whom this course is and what it asks of them.
";
const MODULE: &str = "\
---
title: {title}
# summary: One sentence about the module.
# access: paid                    # otherwise that of the course
---
";
const LESSON: &str = "\
---
title: {title}
# summary: One sentence, which everybody can read.
# date: 2026-11-02                # day of publication
# access: free                    # otherwise that of the module or course
# minutes: 10                     # otherwise estimated
---

Write the lesson here.
";

/// Writes one file, and nothing over another.
pub(crate) fn run(part: &Part) -> Result<(), Failure> {
    let (arguments, template, plan) = match part {
        Part::Course(arguments) => (arguments, COURSE, course(arguments)?),
        Part::Module(arguments) => (arguments, MODULE, module(arguments)?),
        Part::Lesson(arguments) => (arguments, LESSON, lesson(arguments)?),
    };
    let title = arguments.title.clone().unwrap_or_else(|| title_of(&plan.slug));
    let text = template.replace("{title}", &scalar(&title)?).replace("{slug}", plan.slug.as_str());
    create(&plan.file, &text)?;
    let file = plan.file.display().to_string();
    terminal::say(&format!("{} {}", Ink::of_stdout().bold("Wrote"), file));
    Ok(())
}

/// What to write where.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    file: PathBuf,
    slug: Slug,
}

fn course(arguments: &NewPart) -> Result<Plan, Failure> {
    let courses = courses(&arguments.content)?;
    let [slug] = slugs(&arguments.path, "the name of a course, such as `rust-ownership`")?;
    refuse_taken(&courses, &slug)?;
    let number = Numbers::of(&courses)?.next_if_used();
    Ok(Plan { file: courses.join(format!("{number}{slug}")).join("index.md"), slug })
}

fn module(arguments: &NewPart) -> Result<Plan, Failure> {
    let courses = courses(&arguments.content)?;
    let [course, slug] = slugs(&arguments.path, "course and module, such as `rust-ownership/borrowing`")?;
    let folder = existing(&courses, &course, "course")?;
    let numbers = Numbers::of(&folder)?;
    if numbers.has_lessons {
        return Err(Failure::new(format_args!("`{}` has lessons beside modules", folder.display()))
            .hint("move them into a module first: a course has either modules or lessons"));
    }
    refuse_taken(&folder, &slug)?;
    Ok(Plan { file: folder.join(format!("{}{slug}", numbers.next())).join("index.md"), slug })
}

fn lesson(arguments: &NewPart) -> Result<Plan, Failure> {
    let courses = courses(&arguments.content)?;
    let names: Vec<&str> = arguments.path.split('/').collect();
    let what = "course, module if there are any, and lesson, such as `rust-ownership/borrowing/references`";
    let (folder, slug) = if names.len() == 3 {
        let [course, module, slug] = slugs(&arguments.path, what)?;
        (existing(&existing(&courses, &course, "course")?, &module, "module")?, slug)
    } else {
        let [course, slug] = slugs(&arguments.path, what)?;
        let folder = existing(&courses, &course, "course")?;
        if Numbers::of(&folder)?.has_modules {
            return Err(Failure::new(format_args!("`{}` has modules", folder.display()))
                .hint(format_args!("name one: `lyceum new lesson {course}/<module>/{slug}`")));
        }
        (folder, slug)
    };
    refuse_taken(&folder, &slug)?;
    let number = Numbers::of(&folder)?.next();
    Ok(Plan { file: folder.join(format!("{number}{slug}.md")), slug })
}

/// The folder of courses of an academy.
fn courses(content: &Path) -> Result<PathBuf, Failure> {
    if content.join("lyceum.yaml").is_file() {
        return Ok(content.join("courses"));
    }
    Err(Failure::new(format_args!("no `lyceum.yaml` in `{}`", content.display()))
        .hint("name the folder with `--content`, or start an academy with `lyceum new FOLDER`"))
}

/// The names of a path, exactly so many.
fn slugs<const N: usize>(path: &str, expected: &str) -> Result<[Slug; N], Failure> {
    let wrong = || Failure::new(format_args!("`{path}`, expected {expected}"));
    let names: Result<Vec<Slug>, _> = path.split('/').map(|name| name_of(name).parse()).collect();
    let names = names.map_err(|_| {
        wrong().hint("use small letters, digits and hyphens; numbers in front are chosen for you")
    })?;
    names.try_into().map_err(|_| wrong())
}

/// `02-ownership.md` → `ownership`.
fn name_of(name: &str) -> &str {
    let name = name.strip_suffix(".md").unwrap_or(name);
    match name.split_once('-') {
        Some((digits, rest))
            if (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            rest
        }
        _ => name,
    }
}

/// The folder of a course or module, whatever its number.
fn existing(parent: &Path, slug: &Slug, what: &str) -> Result<PathBuf, Failure> {
    let entries = entries(parent)?;
    let found = entries.iter().find(|entry| entry.is_folder && name_of(&entry.name) == slug.as_str());
    found.map(|entry| parent.join(&entry.name)).ok_or_else(|| {
        Failure::new(format_args!("no {what} `{slug}` in `{}`", parent.display()))
            .hint(format_args!("make it first with `lyceum new {what}`"))
    })
}

fn refuse_taken(folder: &Path, slug: &Slug) -> Result<(), Failure> {
    let entries = entries(folder)?;
    match entries.iter().find(|entry| name_of(&entry.name) == slug.as_str()) {
        Some(entry) => {
            Err(Failure::new(format_args!("`{}` exists already", folder.join(&entry.name).display()))
                .hint("choose another name; nothing is overwritten"))
        }
        None => Ok(()),
    }
}

struct Entry {
    name: String,
    is_folder: bool,
}

fn entries(folder: &Path) -> Result<Vec<Entry>, Failure> {
    let read = match fs::read_dir(folder) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::at("cannot read", folder, error)),
    };
    let entry = |entry: fs::DirEntry| {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        Some(Entry { name: entry.file_name().to_str()?.to_owned(), is_folder })
    };
    Ok(read.flatten().filter_map(entry).filter(|entry| !entry.name.starts_with('.')).collect())
}

/// What is in a folder by its numbers.
#[derive(Debug, Default)]
struct Numbers {
    last: Option<u32>,
    has_modules: bool,
    has_lessons: bool,
}

impl Numbers {
    fn of(folder: &Path) -> Result<Self, Failure> {
        let mut numbers = Self::default();
        for entry in entries(folder)? {
            let is_lesson = !entry.is_folder && is_markdown(&entry.name) && !entry.name.starts_with("index.");
            let number = name_of(&entry.name);
            let digits = &entry.name[..entry.name.find('-').unwrap_or(0)];
            let is_numbered = number.len() < entry.name.trim_end_matches(".md").len();
            if is_numbered && (entry.is_folder || is_lesson) {
                numbers.last = numbers.last.max(digits.parse().ok());
            }
            numbers.has_lessons |= is_lesson;
            // A folder with nothing but pictures is none.
            numbers.has_modules |= entry.is_folder && has_markdown(&folder.join(&entry.name))?;
        }
        Ok(numbers)
    }

    /// `04-`.
    fn next(&self) -> String {
        format!("{:02}-", self.last.map_or(1, |last| last + 1))
    }

    /// Courses have numbers only where the others have.
    fn next_if_used(&self) -> String {
        self.last.map(|_| self.next()).unwrap_or_default()
    }
}

fn is_markdown(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "md")
}

fn has_markdown(folder: &Path) -> Result<bool, Failure> {
    Ok(entries(folder)?.iter().any(|entry| is_markdown(&entry.name)))
}

/// `moves-and-copies` → `Moves and copies`.
fn title_of(slug: &Slug) -> String {
    let words = slug.as_str().replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// A title as YAML takes it: plain where that is safe, else in quotes.
fn scalar(title: &str) -> Result<String, Failure> {
    let title = title.trim();
    if title.is_empty() || title.chars().any(char::is_control) {
        return Err(
            Failure::new("an empty title, or one with control characters").hint("write it on one line")
        );
    }
    let is_plain = title.starts_with(char::is_alphabetic)
        && !title.contains(": ")
        && !title.contains(" #")
        && !title.ends_with(':')
        && !matches!(title.to_ascii_lowercase().as_str(), "null" | "true" | "false" | "yes" | "no");
    if is_plain {
        Ok(title.to_owned())
    } else {
        Ok(format!("\"{}\"", title.replace('\\', "\\\\").replace('"', "\\\"")))
    }
}

fn create(file: &Path, text: &str) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::at("cannot write", file, error);
    fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(cannot)?;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(file).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::new(format_args!("cannot write: {error}")))
}

#[cfg(test)]
mod tests {
    use lyceum_contract::Timestamp;
    use lyceum_contract::seal::KeyRing;
    use lyceum_generator::{Code, Diagnostic, Options};

    use super::*;
    use crate::adapters::scratch::Scratch;

    const SITE: &str = "title: A\nurl: https://a.example\nlanguages: [en]\nlicense: CC0-1.0\n";

    fn part(folder: &Scratch, path: &str, title: Option<&str>) -> NewPart {
        NewPart { path: path.to_owned(), title: title.map(str::to_owned), content: folder.path().to_owned() }
    }

    fn academy() -> Scratch {
        let folder = Scratch::new();
        folder.write("lyceum.yaml", SITE);
        folder
    }

    fn found(folder: &Scratch) -> Vec<Diagnostic> {
        let keys = KeyRing::development();
        let options = Options {
            content: folder.path(),
            theme: None,
            keys: &keys,
            now: Timestamp(0),
            live_reload: false,
            drafts: false,
        };
        lyceum_generator::check::check(&options, None).found
    }

    #[test]
    fn what_is_made_is_in_order_but_for_its_length() {
        let folder = academy();
        run(&Part::Course(part(&folder, "rust", None))).expect("made");
        run(&Part::Module(part(&folder, "rust/start", Some("Start: here #1")))).expect("made");
        run(&Part::Lesson(part(&folder, "rust/start/moves-and-copies", None))).expect("made");
        run(&Part::Lesson(part(&folder, "rust/start/02-drop.md", Some("\"Drop\"")))).expect("made");
        run(&Part::Module(part(&folder, "rust/more", None))).expect("made");
        run(&Part::Lesson(part(&folder, "rust/more/last", Some("所有权")))).expect("made");
        for (file, title) in [
            ("rust/index.md", "title: Rust\n"),
            ("rust/01-start/index.md", "title: \"Start: here #1\"\n"),
            ("rust/01-start/01-moves-and-copies.md", "title: Moves and copies\n"),
            ("rust/01-start/02-drop.md", "title: \"\\\"Drop\\\"\"\n"),
            ("rust/02-more/01-last.md", "title: 所有权\n"),
        ] {
            let text = fs::read_to_string(folder.path().join("courses").join(file)).expect(file);
            assert!(text.contains(title), "{file}: {text}");
        }
        let found = found(&folder);
        let codes: Vec<Code> = found.iter().map(|found| found.code).collect();
        assert_eq!(codes, [Code::TooShort; 3], "{found:#?}");
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_misplaced() {
        let folder = academy();
        run(&Part::Course(part(&folder, "rust", None))).expect("made");
        run(&Part::Lesson(part(&folder, "rust/first", None))).expect("made");
        for (part, message) in [
            (Part::Course(part(&folder, "rust", None)), "exists already"),
            (Part::Lesson(part(&folder, "rust/first", None)), "exists already"),
            (Part::Lesson(part(&folder, "rust/07-first.md", None)), "exists already"),
            (Part::Module(part(&folder, "rust/part", None)), "has lessons beside modules"),
            (Part::Lesson(part(&folder, "go/first", None)), "no course `go`"),
            (Part::Lesson(part(&folder, "rust/part/first", None)), "no module `part`"),
            (Part::Lesson(part(&folder, "first", None)), "expected course"),
            (Part::Course(part(&folder, "../x", None)), "expected the name"),
            (Part::Course(part(&folder, "Rust", None)), "expected the name"),
            (Part::Course(part(&folder, "go", Some(" "))), "an empty title"),
        ] {
            let failure = run(&part).expect_err(message);
            assert!(failure.message.contains(message), "{message}: {}", failure.message);
        }
        assert!(!folder.path().join("courses/go").exists(), "nothing is left behind");
        let outside = NewPart { content: folder.path().join("courses"), ..part(&folder, "x", None) };
        assert!(run(&Part::Course(outside)).expect_err("no site").message.contains("no `lyceum.yaml`"));
    }

    #[test]
    fn numbers_follow_on() {
        let folder = academy();
        folder.write("courses/10-rust/index.md", &COURSE.replace("{title}", "R").replace("{slug}", "r"));
        folder.write("courses/10-rust/03-a.md", &LESSON.replace("{title}", "A"));
        folder.write("courses/10-rust/03-a.zh.md", "");
        run(&Part::Lesson(part(&folder, "rust/b", None))).expect("made");
        run(&Part::Course(part(&folder, "go", None))).expect("made");
        assert!(folder.path().join("courses/10-rust/04-b.md").is_file());
        assert!(folder.path().join("courses/11-go/index.md").is_file());
    }
}
