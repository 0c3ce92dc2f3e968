//! Zola: pages with TOML front matter in `content/`, files beside them and in `static/`, shortcodes.

use crate::book::{Academy, Dialect, Page, Redirect};
use crate::folder::{self, aliases, joined};
use crate::front::{Front, Parted, Syntax, part};
use crate::hugo::{address, below, config};
use crate::note::Notes;
use crate::path;
use crate::sections::{About, Leaf, Section, Sort, left_out, original};
use crate::shortcode;
use crate::{Files, Read};

/// Keys of front matter that are imported, or that say nothing about the text.
const KNOWN: [&str; 17] = [
    "title",
    "description",
    "date",
    "updated",
    "draft",
    "weight",
    "slug",
    "path",
    "aliases",
    "taxonomies",
    "sort_by",
    "template",
    "page_template",
    "authors",
    "in_search_index",
    "render",
    "insert_anchor_links",
];

/// Reads a site.
pub(crate) fn read(files: &Files, notes: &mut Notes) -> Read {
    let config = config(files, &[("config.toml", Syntax::Toml), ("zola.toml", Syntax::Toml)], notes);
    let content = if files.keys().any(|path| path.starts_with("content/")) { "content" } else { "" };
    let smart = config.flag("markdown.smart_punctuation").unwrap_or(false);
    let dialect = Dialect {
        heading_attributes: true,
        math: config.text("markdown.math").is_some_and(|kind| kind != "none")
            || config.flag("extra.math").unwrap_or(false),
        plain_punctuation: !smart,
        definition_lists: config.flag("markdown.definition_list").unwrap_or(false),
        latin_anchors: true,
        ..Dialect::default()
    };
    let mut reader = Reader {
        files,
        notes,
        content,
        dialect,
        root: Section::default(),
        redirects: Vec::new(),
        inert: Vec::new(),
    };
    for source in files.keys() {
        reader.file(source);
    }
    let Reader { root, redirects, inert, .. } = reader;
    let url = config.text("base_url");
    let prefix = url.as_deref().and_then(path::of_address);
    let academy = Academy {
        title: config.text("title"),
        summary: config.text("description"),
        language: config.text("default_language"),
        url,
        authors: config.text("author").into_iter().collect(),
        courses: root.into_courses(),
        redirects,
    };
    Read { academy, roots: vec![content.to_owned(), "static".to_owned()], prefix, inert }
}

struct Reader<'a> {
    files: &'a Files,
    notes: &'a mut Notes,
    content: &'static str,
    dialect: Dialect,
    root: Section,
    redirects: Vec<Redirect>,
    /// Files about which everything has been said.
    inert: Vec<String>,
}

impl Reader<'_> {
    fn file(&mut self, source: &str) {
        let Some(path) = below(source, self.content) else { return };
        if path::extension(path) != "md" || path.split('/').any(|segment| segment.starts_with('.')) {
            return;
        }
        let Some(text) = original(self.files, source, &mut self.inert, self.notes) else { return };
        let parted = part(&text);
        let page = self.page(source, path, &parted);
        self.place(path, &parted.front, page);
    }

    fn page(&mut self, source: &str, path: &str, parted: &Parted<'_>) -> Page {
        let front = &parted.front;
        let mut page = folder::page(source, parted, &self.dialect, self.notes);
        page.text = shortcode::zola(&page.text, source, self.notes);
        let home = front.text("path").unwrap_or_else(|| address(&without_date(path), front));
        let home = home.trim_matches('/').to_owned();
        page.address_base = Some(joined(self.content, &home));
        page.addresses.push(joined(self.content, &home));
        page.date = page.date.or_else(|| date_of_name(path));
        self.leave_out(source, front);
        self.redirects.extend(aliases(source, front, "", &format!("/{home}/")));
        page
    }

    /// Says which keys have no counterpart.
    fn leave_out(&mut self, source: &str, front: &Front) {
        let known = |key: &String| KNOWN.contains(&key.as_str());
        let mut lost = front.keys("");
        lost.retain(|key| !known(key));
        lost.extend(
            front
                .keys("taxonomies")
                .iter()
                .filter(|key| *key != "tags")
                .map(|key| format!("taxonomies.{key}")),
        );
        if let Some(at) = lost.iter().position(|key| key == "extra") {
            lost.splice(at..=at, front.keys("extra").iter().map(|key| format!("extra.{key}")));
        }
        left_out(source, &lost, self.notes);
    }

    fn place(&mut self, path: &str, front: &Front, page: Page) {
        let (folder, stem) = (path::parent(path), path::stem(path));
        let weight = front.number("weight");
        match stem {
            "_index" => {
                let sort = match front.text("sort_by").as_deref() {
                    Some("weight") => Sort::Weight,
                    Some("date" | "update_date") => Sort::Date,
                    Some("title" | "title_bytes" | "slug") => Sort::Title,
                    _ => Sort::Name,
                };
                let (title, summary) = (page.title.clone(), page.summary.clone());
                let has_text = !page.text.as_str().trim().is_empty();
                let about =
                    About { title, summary, weight, sort, tags: Vec::new(), intro: has_text.then_some(page) };
                self.root.at(folder).about = about;
                self.inert.push(joined(self.content, path));
            }
            "index" if !folder.is_empty() => self.root.at(path::parent(folder)).add(Leaf { page, weight }),
            _ => self.root.at(folder).add(Leaf { page, weight }),
        }
    }
}

/// `blog/2024-01-31-news.md` has its date in its name, and not in its address.
fn date_of_name(path: &str) -> Option<String> {
    let stem = path::stem(path);
    let name = if stem == "index" { path::name(path::parent(path)) } else { stem };
    let front =
        Front::parse(&format!("date: \"{}\"", name.get(..10)?.replace(['"', '\\'], "")), Syntax::Yaml);
    front.ok()?.day("date").filter(|_| name[10..].starts_with(['-', '_']))
}

fn without_date(path: &str) -> String {
    if date_of_name(path).is_none() || path::stem(path) == "index" {
        return path.to_owned();
    }
    joined(path::parent(path), &path::name(path)[11..])
}
