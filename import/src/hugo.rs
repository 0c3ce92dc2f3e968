//! Hugo: pages with front matter in `content/`, files in `static/`, shortcodes.

use crate::book::{Academy, Dialect, Page};
use crate::folder::{self, aliases, is_markdown, joined};
use crate::front::{Front, Parted, Syntax, part};
use crate::note::{NoteKind, Notes};
use crate::path;
use crate::sections::{About, Leaf, Section, Sort, left_out, original};
use crate::shortcode;
use crate::{Files, Read};

/// Where a site keeps its settings.
const CONFIGS: [(&str, Syntax); 10] = [
    ("hugo.toml", Syntax::Toml),
    ("hugo.yaml", Syntax::Yaml),
    ("hugo.yml", Syntax::Yaml),
    ("hugo.json", Syntax::Json),
    ("config.toml", Syntax::Toml),
    ("config.yaml", Syntax::Yaml),
    ("config.yml", Syntax::Yaml),
    ("config.json", Syntax::Json),
    ("config/_default/hugo.toml", Syntax::Toml),
    ("config/_default/config.toml", Syntax::Toml),
];

/// Keys of front matter that are imported, or that say nothing about the text.
const KNOWN: [&str; 17] = [
    "title",
    "linkTitle",
    "description",
    "summary",
    "date",
    "lastmod",
    "draft",
    "weight",
    "slug",
    "url",
    "aliases",
    "tags",
    "math",
    "katex",
    "toc",
    "type",
    "layout",
];

/// Reads a site.
pub(crate) fn read(files: &Files, notes: &mut Notes) -> Read {
    let config = config(files, &CONFIGS, notes);
    let content = if files.keys().any(|path| path.starts_with("content/")) { "content" } else { "" };
    let mut reader = Reader {
        files,
        notes,
        content,
        root: Section::default(),
        math: has_math(&config, "params."),
        redirects: Vec::new(),
        inert: Vec::new(),
    };
    reader.root.about.sort = Sort::Weight;
    for source in files.keys() {
        reader.file(source);
    }
    let Reader { root, redirects, inert, .. } = reader;
    let url = config.text("baseURL").or_else(|| config.text("baseurl"));
    let prefix = url.as_deref().and_then(path::of_address);
    let academy = Academy {
        title: config.text("title"),
        summary: config.text("params.description"),
        language: config.text("languageCode").or_else(|| config.text("defaultContentLanguage")),
        url,
        authors: config
            .text("params.author.name")
            .or_else(|| config.text("params.author"))
            .into_iter()
            .collect(),
        courses: root.into_courses(),
        redirects,
    };
    let roots = vec![content.to_owned(), "static".to_owned(), "assets".to_owned()];
    Read { academy, roots, prefix, inert }
}

/// The settings of a site; the first file of the list that exists.
pub(crate) fn config(files: &Files, candidates: &[(&str, Syntax)], notes: &mut Notes) -> Front {
    let found = candidates.iter().find_map(|(path, syntax)| Some((*path, *syntax, files.get(*path)?)));
    let Some((path, syntax, bytes)) = found else { return Front::default() };
    match Front::parse(&String::from_utf8_lossy(bytes), syntax) {
        Ok(config) => config,
        Err(error) => {
            notes.add(
                path,
                0,
                NoteKind::FrontMatter,
                format!("cannot be read: {error}; its settings are left out"),
            );
            Front::default()
        }
    }
}

fn has_math(front: &Front, prefix: &str) -> bool {
    ["math", "katex"].iter().any(|key| front.flag(&format!("{prefix}{key}")).unwrap_or(false))
}

struct Reader<'a> {
    files: &'a Files,
    notes: &'a mut Notes,
    content: &'static str,
    root: Section,
    math: bool,
    redirects: Vec<crate::book::Redirect>,
    /// Files about which everything has been said.
    inert: Vec<String>,
}

impl Reader<'_> {
    fn file(&mut self, source: &str) {
        let Some(path) = below(source, self.content) else { return };
        if path.split('/').any(|segment| segment.starts_with('.')) {
            return;
        }
        if !is_markdown(path) {
            if matches!(path::extension(path), "html" | "htm" | "org" | "adoc" | "rst" | "pandoc") {
                self.notes.add(source, 0, NoteKind::NotImported, "a page that is not Markdown; not imported");
                self.inert.push(source.to_owned());
            }
            return;
        }
        let Some(text) = original(self.files, source, &mut self.inert, self.notes) else { return };
        let parted = part(&text);
        let page = self.page(source, path, &parted);
        self.place(path, &parted.front, page);
    }

    fn page(&mut self, source: &str, path: &str, parted: &Parted<'_>) -> Page {
        let front = &parted.front;
        let dialect = Dialect {
            heading_attributes: true,
            math: self.math || has_math(front, "") || has_math(front, "params."),
            ..Dialect::default()
        };
        let mut page = folder::page(source, parted, &dialect, self.notes);
        page.text = shortcode::hugo(&page.text, source, self.notes);
        let home = address(path, front);
        page.address_base = Some(joined(self.content, &home));
        for address in [home.clone(), home.to_lowercase(), address(path, &Front::default()).to_lowercase()] {
            page.addresses.push(joined(self.content, &address));
        }
        if let Some(url) = front.text("url") {
            page.addresses.push(joined(self.content, url.trim_matches('/')));
        }
        self.leave_out(source, front);
        self.redirects.extend(aliases(source, front, path::parent(path), &format!("/{home}/")));
        page
    }

    /// Says which keys have no counterpart.
    fn leave_out(&mut self, source: &str, front: &Front) {
        let mut lost = front.keys("");
        lost.retain(|key| !KNOWN.contains(&key.as_str()));
        left_out(source, &lost, self.notes);
    }

    fn place(&mut self, path: &str, front: &Front, mut page: Page) {
        let (folder, stem) = (path::parent(path), path::stem(path));
        let weight = front.number("weight");
        match stem {
            "_index" => {
                let title = front.text("title").or_else(|| front.text("linkTitle"));
                page.title.clone_from(&title);
                let (summary, tags) = (page.summary.clone(), page.tags.clone());
                let has_text = !page.text.as_str().trim().is_empty();
                let about = About {
                    title,
                    summary,
                    tags,
                    weight,
                    sort: Sort::Weight,
                    intro: has_text.then_some(page),
                };
                self.root.at(folder).about = about;
                self.inert.push(joined(self.content, path));
            }
            // A folder that is one page, with its images beside it.
            "index" if !folder.is_empty() => self.root.at(path::parent(folder)).add(Leaf { page, weight }),
            _ => self.root.at(folder).add(Leaf { page, weight }),
        }
        self.root.at(folder).about.sort = Sort::Weight;
    }
}

/// The path below a folder.
pub(crate) fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// The address of a page, relative to the root of the site.
pub(crate) fn address(path: &str, front: &Front) -> String {
    let (folder, stem) = (path::parent(path), path::stem(path));
    let (folder, stem) = match stem {
        "_index" => return folder.to_owned(),
        "index" if !folder.is_empty() => (path::parent(folder), path::name(folder)),
        _ => (folder, stem),
    };
    joined(folder, front.text("slug").as_deref().unwrap_or(stem))
}
