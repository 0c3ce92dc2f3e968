//! The files of the academy: front matter, texts and copies.

use std::collections::{BTreeMap, BTreeSet};

use crate::book::Academy;
use crate::note::NoteKind;
use crate::path;
use crate::place::{Placed, PlacedCourse, Plan, printable};
use crate::rewrite::{self, Shared};
use crate::slug::Slugs;
use crate::{Access, Files};

/// What stands in for an address that the source does not say.
const NO_URL: &str = "https://academy.example";

/// What the files are made of.
pub(crate) struct Emitter<'a, 's> {
    pub(crate) academy: &'a Academy,
    pub(crate) title: &'a str,
    pub(crate) access: Access,
    pub(crate) plan: &'a Plan,
    pub(crate) shared: Shared<'s>,
    /// Old addresses of each page, by its index.
    pub(crate) aliases: BTreeMap<usize, Vec<String>>,
    pub(crate) out: Files,
}

impl Emitter<'_, '_> {
    /// Writes everything but copies of files, which are known afterwards.
    pub(crate) fn run(&mut self) {
        let people = self.people();
        self.site();
        let plan = self.plan;
        for course in &plan.courses {
            self.course(course, &people);
        }
        let intros: BTreeSet<usize> = plan.courses.iter().filter_map(|course| course.intro).collect();
        for (idx, page) in plan.pages.iter().enumerate() {
            if !intros.contains(&idx) {
                self.lesson(idx, page);
            }
        }
        self.assets();
    }

    fn site(&mut self) {
        let mut front = Front::default();
        front.text("title", self.title);
        if let Some(summary) = &self.academy.summary {
            front.text("summary", summary);
        }
        let url = self.academy.url.as_deref().and_then(origin);
        if url.is_none() {
            let message = format!(
                "the source does not say where it is published; `url` in `lyceum.yaml` is `{NO_URL}`"
            );
            self.shared.notes.general(NoteKind::Choice, message);
        }
        front.text("url", url.as_deref().unwrap_or(NO_URL));
        let tag = self.academy.language.as_deref().unwrap_or("en");
        let language = language(tag).unwrap_or_else(|| {
            let message = format!(
                "the language `{tag}` has no tag that an academy knows; `languages` in `lyceum.yaml` is `en`"
            );
            self.shared.notes.general(NoteKind::Choice, message);
            "en".to_owned()
        });
        front.line(&format!("languages: [\"{language}\"]"));
        self.out.insert("lyceum.yaml".to_owned(), front.0.into_bytes());
    }

    /// Writes a file for each author. Returns their slugs.
    fn people(&mut self) -> Vec<String> {
        let mut slugs = Slugs::default();
        let mut given = Vec::new();
        for author in &self.academy.authors {
            let name = printable(author.split('<').next().unwrap_or_default());
            if name.is_empty() {
                continue;
            }
            if author.contains('<') {
                let message = format!("the address of `{name}` is left out: pages of instructors are public");
                self.shared.notes.general(NoteKind::Choice, message);
            }
            let slug = slugs.give(&name, "", "author");
            let mut front = Front::default();
            front.text("name", &name);
            self.out.insert(format!("instructors/{slug}.md"), front.file(""));
            given.push(slug);
        }
        given
    }

    fn course(&mut self, course: &PlacedCourse, people: &[String]) {
        let folder = self.folder(course);
        let mut front = Front::default();
        front.text("title", &course.title);
        let summary = course.summary.as_ref().or(self.academy.summary.as_ref());
        let summary = summary.map(|summary| printable(summary)).filter(|summary| !summary.is_empty());
        if summary.is_none() {
            let message = format!(
                "the source does not describe `{}`; `summary` of the course is its title",
                course.title
            );
            self.shared.notes.general(NoteKind::Choice, message);
        }
        front.text("summary", summary.as_deref().unwrap_or(&course.title));
        front.list("instructors", people);
        front.list("tags", &course.tags);
        front.line(&format!("access: {}", self.access.as_str()));
        if let Some(aliases) = course.intro.and_then(|idx| self.aliases.get(&idx)) {
            front.list("aliases", aliases);
        }
        let body = course.intro.map(|idx| self.body(idx, &self.plan.pages[idx])).unwrap_or_default();
        self.out.insert(format!("{folder}/index.md"), front.file(&body));
        for (folder, title, summary) in &course.modules {
            let mut front = Front::default();
            front.text("title", title);
            if let Some(summary) = summary {
                front.text("summary", summary);
            }
            self.out.insert(format!("{folder}/index.md"), front.file(""));
        }
    }

    /// The folder that the course's lessons are in.
    fn folder(&self, course: &PlacedCourse) -> String {
        let page = self.plan.pages.iter().find(|page| page.course == course.slug);
        let segments = page.map(|page| page.out.split('/').take(2).collect::<Vec<_>>().join("/"));
        segments.unwrap_or_else(|| format!("courses/{}", course.slug))
    }

    fn lesson(&mut self, idx: usize, placed: &Placed) {
        let mut front = Front::default();
        front.text("title", &placed.title);
        if let Some(summary) = &placed.page.summary {
            front.text("summary", summary);
        }
        if let Some(date) = &placed.page.date {
            front.line(&format!("date: {date}"));
        }
        front.list("tags", &placed.page.tags);
        if let Some(aliases) = self.aliases.get(&idx) {
            front.list("aliases", aliases);
        }
        let body = self.body(idx, placed);
        self.out.insert(placed.out.clone(), front.file(&body));
        if placed.page.draft {
            let message =
                format!("a draft; kept as `{}`, which the build skips: rename it to publish it", placed.out);
            self.shared.notes.add(&placed.page.source, 0, NoteKind::Draft, message);
        }
    }

    fn body(&mut self, idx: usize, placed: &Placed) -> String {
        let rewritten = rewrite::rewrite(idx, placed, &mut self.shared);
        let Some(text) = rewritten.download else { return rewritten.body };
        let name = format!("{}.txt", path::stem(&placed.out));
        let message = format!(
            "{} bytes are too many for a lesson; the text is kept as the download `{name}`",
            text.len()
        );
        self.shared.notes.add(&placed.page.source, 0, NoteKind::Verbatim, message);
        let link = format!("[{name}]({name})\n");
        self.out.insert(format!("{}/{name}", path::parent(&placed.out)), text.into_bytes());
        link
    }

    fn assets(&mut self) {
        let files = self.shared.site.files;
        for (source, out) in self.shared.assets.iter() {
            if let Some(bytes) = files.get(source) {
                self.out.insert(out.to_owned(), bytes.clone());
            }
        }
    }
}

/// Scheme and host of an address, as `lyceum.yaml` takes it.
fn origin(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let is_host = host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    is_host.then(|| format!("https://{}", host.to_ascii_lowercase()))
}

/// `de`, `pt-BR` or `zh_Hans` as an academy writes it.
fn language(tag: &str) -> Option<String> {
    let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
    let mut parts = tag.split('-');
    let main = parts.next().filter(|main| (2..=3).contains(&main.len()))?.to_owned();
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_word(&main) {
        return None;
    }
    // One region at most; English and Chinese are what the default theme speaks.
    let region = parts.next().filter(|region| is_word(region) && (2..=4).contains(&region.len()));
    match (main.as_str(), region) {
        ("en" | "zh", _) | (_, None) => Some(main),
        (_, Some(region)) => Some(format!("{main}-{region}")),
    }
}

/// Front matter, line by line.
#[derive(Default)]
struct Front(String);

impl Front {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn text(&mut self, key: &str, value: &str) {
        let value = printable(value);
        if !value.is_empty() {
            self.line(&format!("{key}: {}", quoted(&value)));
        }
    }

    fn list(&mut self, key: &str, values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| printable(value)).collect();
        let values: Vec<String> =
            values.iter().filter(|value| !value.is_empty()).map(|value| quoted(value)).collect();
        if !values.is_empty() {
            self.line(&format!("{key}: [{}]", values.join(", ")));
        }
    }

    fn file(self, body: &str) -> Vec<u8> {
        let body = body.trim_matches('\n');
        let body = if body.is_empty() { String::new() } else { format!("\n{body}\n") };
        format!("---\n{}---\n{body}", self.0).into_bytes()
    }
}

/// In quotes of YAML, whose escapes are those of JSON.
fn quoted(text: &str) -> String {
    // A summary is cut where the front matter as a whole would become too long.
    let text: String = text.chars().take(2_000).collect();
    serde_json::Value::String(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_as_an_academy_takes_them() {
        assert_eq!(origin("https://Docs.example/book/").as_deref(), Some("https://docs.example"));
        for bad in ["http://a.b", "/book/", "https://", "https://a b.c", "https://localhost"] {
            assert_eq!(origin(bad), None, "{bad}");
        }
        for (tag, expected) in [
            ("en-US", Some("en")),
            ("pt-BR", Some("pt-br")),
            ("zh_Hans", Some("zh")),
            ("x", None),
            ("de", Some("de")),
        ] {
            assert_eq!(language(tag).as_deref(), expected, "{tag}");
        }
    }

    #[test]
    fn front_matter_holds_any_text() {
        let mut front = Front::default();
        front.text("title", "a: \"b\" # c\n\u{0}d");
        front.list("tags", &["x".to_owned(), " ".to_owned()]);
        let file = String::from_utf8(front.file("\n\nBody\n\n")).expect("text");
        assert_eq!(file, "---\ntitle: \"a: \\\"b\\\" # c d\"\ntags: [\"x\"]\n---\n\nBody\n");
    }
}
