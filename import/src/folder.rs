//! Markdown files in folders: one course, in natural order.

use crate::book::{Academy, Dialect, Page, Redirect};
use crate::front::{Front, Parted, part};
use crate::mdbook::read_text;
use crate::note::{NoteKind, Notes};
use crate::path;
use crate::sections::{About, Leaf, Section};
use crate::text::Text;
use crate::{Files, Read};

/// Reads a folder. Files that start with `.` or `_` are left out.
pub(crate) fn read(files: &Files, notes: &mut Notes) -> Read {
    let mut root = Section::default();
    let mut redirects = Vec::new();
    for source in files.keys() {
        let is_shown = !source.split('/').any(|segment| segment.starts_with('.'));
        if !is_shown || !is_markdown(source) {
            continue;
        }
        let Some(text) = read_text(files, source, notes) else { continue };
        let parted = part(&text);
        let dialect = Dialect::default();
        let found = page(source, &parted, &dialect, notes);
        let folder = path::parent(source);
        let address = found.addresses.first().map_or("", String::as_str);
        redirects.extend(aliases(source, &parted.front, folder, address));
        if is_index(source) && root.at(folder).about.intro.is_none() {
            root.at(folder).about =
                About { summary: found.summary.clone(), intro: Some(found), ..About::default() };
        } else {
            root.at(folder).add(Leaf { page: found, weight: None });
        }
    }
    let mut course = root.into_course();
    if let Some(intro) = &course.intro {
        let outline = crate::outline::read(intro.text.as_str(), &intro.dialect, |_, is_top| is_top);
        course.title = intro.title.clone().or(outline.title.map(|title| title.text));
    }
    let academy =
        Academy { title: course.title.clone(), courses: vec![course], redirects, ..Academy::default() };
    Read { academy, roots: vec![String::new()], prefix: None, inert: Vec::new() }
}

pub(crate) fn is_markdown(source: &str) -> bool {
    matches!(path::extension(source).to_ascii_lowercase().as_str(), "md" | "markdown")
}

fn is_index(source: &str) -> bool {
    ["readme", "index"].contains(&path::stem(source).to_ascii_lowercase().as_str())
}

/// A page of a file with front matter that may say a title, a date and the like.
pub(crate) fn page(source: &str, parted: &Parted<'_>, dialect: &Dialect, notes: &mut Notes) -> Page {
    if let Some(error) = &parted.error {
        let message = format!("the front matter cannot be read: {error}; it is left out");
        notes.add(source, 1, NoteKind::FrontMatter, message);
    }
    let front = &parted.front;
    let folder = path::parent(source);
    let mut addresses =
        vec![joined(folder, &format!("{}.html", path::stem(source))), joined(folder, path::stem(source))];
    if is_index(source) || path::stem(source) == "_index" {
        addresses.push(folder.to_owned());
        addresses.push(joined(folder, "index.html"));
    }
    Page {
        source: source.to_owned(),
        base: folder.to_owned(),
        addresses,
        title: front.text("title"),
        summary: front.text("description").or_else(|| front.text("summary")),
        date: front.day("date"),
        tags: tags(front),
        draft: front.flag("draft").unwrap_or(false),
        text: Text::of_file(parted.body, parted.line.max(1)),
        dialect: dialect.clone(),
        ..Page::default()
    }
}

fn tags(front: &Front) -> Vec<String> {
    let tags = front.texts("tags");
    if tags.is_empty() { front.texts("taxonomies.tags") } else { tags }
}

/// Old addresses of the page at this address. Those without a `/` in front start from `base`.
pub(crate) fn aliases(source: &str, front: &Front, base: &str, to: &str) -> Vec<Redirect> {
    let from = |alias: String| if alias.starts_with('/') { alias } else { format!("/{base}/{alias}") };
    let aliases = front.texts("aliases").into_iter().map(from);
    aliases.map(|from| Redirect { file: source.to_owned(), from, to: to.to_owned() }).collect()
}

pub(crate) fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
