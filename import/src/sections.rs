//! A tree of folders with Markdown, and its courses: for Hugo, Zola and plain folders.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::Files;
use crate::book::{Course, Module, Page};
use crate::folder::joined;
use crate::mdbook::read_text;
use crate::note::{NoteKind, Notes};
use crate::path;

/// What siblings are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    /// The way of people: numbers as numbers.
    #[default]
    Name,
    /// By weight, those without one last; then newest first; then by title.
    Weight,
    /// Newest first.
    Date,
    Title,
}

/// A page and what its place among its siblings depends on.
#[derive(Debug, Default)]
pub(crate) struct Leaf {
    pub(crate) page: Page,
    pub(crate) weight: Option<i64>,
}

/// What a folder says about itself.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) weight: Option<i64>,
    pub(crate) sort: Sort,
    /// The text of the folder itself, if it has any.
    pub(crate) intro: Option<Page>,
}

/// A folder.
#[derive(Debug, Default)]
pub(crate) struct Section {
    name: String,
    pub(crate) about: About,
    pages: Vec<Leaf>,
    sections: BTreeMap<String, Section>,
}

impl Section {
    /// The folder at a path below this one.
    pub(crate) fn at(&mut self, folder: &str) -> &mut Self {
        let mut section = self;
        for name in folder.split('/').filter(|name| !name.is_empty()) {
            section = section
                .sections
                .entry(name.to_owned())
                .or_insert_with(|| Self { name: name.to_owned(), ..Self::default() });
        }
        section
    }

    pub(crate) fn add(&mut self, leaf: Leaf) {
        self.pages.push(leaf);
    }

    /// Each folder of the first level is a course; pages beside them are a course of their own, called after the site.
    pub(crate) fn into_courses(mut self) -> Vec<Course> {
        let sections = self.take_sections();
        let mut courses = vec![self.into_course()];
        courses.extend(sections.into_iter().map(|section| {
            let title = section.title();
            Course { title: Some(title), ..section.into_course() }
        }));
        courses.retain(|course| !course.modules.is_empty());
        courses
    }

    /// Everything as one course: folders of the first level are modules, what is deeper follows in reading order.
    pub(crate) fn into_course(mut self) -> Course {
        let sections = self.take_sections();
        let own = self.take_pages();
        let mut modules = Vec::new();
        let is_flat = sections.iter().all(Self::is_empty);
        let title = if is_flat { String::new() } else { joint_title(&own) };
        if !own.is_empty() {
            modules.push(Module { title, summary: None, pages: own });
        }
        for section in sections {
            let (title, summary) = (section.title(), section.about.summary.clone());
            let pages = section.into_pages();
            if !pages.is_empty() {
                modules.push(Module { title, summary, pages });
            }
        }
        let About { title, summary, tags, intro, .. } = self.about;
        if modules.is_empty() {
            modules.extend(intro.map(|page| Module { pages: vec![page], ..Module::default() }));
            return Course { title, summary, tags, modules, intro: None };
        }
        Course { title, summary, tags, intro, modules }
    }

    fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.about.intro.is_none() && self.sections.values().all(Self::is_empty)
    }

    /// Its own text, its pages, and those of the folders below.
    fn into_pages(mut self) -> Vec<Page> {
        let sections = self.take_sections();
        let own = self.take_pages();
        let mut pages: Vec<Page> = self.about.intro.into_iter().collect();
        pages.extend(own);
        pages.extend(sections.into_iter().flat_map(Self::into_pages));
        pages
    }

    fn title(&self) -> String {
        let own = self.about.title.clone();
        let heading = || self.about.intro.as_ref().and_then(first_heading);
        own.or_else(heading).unwrap_or_else(|| capitalised(&crate::place::file_words(&self.name)))
    }

    fn take_pages(&mut self) -> Vec<Page> {
        let sort = self.about.sort;
        let mut pages = std::mem::take(&mut self.pages);
        pages.sort_by(|a, b| {
            let (key_a, key_b) = (key(&a.page, a.weight), key(&b.page, b.weight));
            compare(sort, &key_a, &key_b)
        });
        pages.into_iter().map(|leaf| leaf.page).collect()
    }

    fn take_sections(&mut self) -> Vec<Self> {
        let mut sections: Vec<Self> = std::mem::take(&mut self.sections).into_values().collect();
        sections.sort_by(|a, b| {
            let by_weight = weight(a.about.weight).cmp(&weight(b.about.weight));
            by_weight.then_with(|| path::natural(&a.name, &b.name))
        });
        sections
    }
}

struct Key<'a> {
    weight: Option<i64>,
    date: &'a str,
    title: &'a str,
    source: &'a str,
}

fn key(page: &Page, weight: Option<i64>) -> Key<'_> {
    let (date, title) = (page.date.as_deref(), page.title.as_deref());
    Key { weight, date: date.unwrap_or_default(), title: title.unwrap_or_default(), source: &page.source }
}

fn compare(sort: Sort, a: &Key<'_>, b: &Key<'_>) -> Ordering {
    let by_date = || b.date.cmp(a.date);
    let by_title = || path::natural(a.title, b.title);
    let first = match sort {
        Sort::Name => Ordering::Equal,
        Sort::Weight => weight(a.weight).cmp(&weight(b.weight)).then_with(by_date).then_with(by_title),
        Sort::Date => by_date(),
        Sort::Title => by_title(),
    };
    first.then_with(|| path::natural(a.source, b.source))
}

/// Things without a weight, which some write as 0, come last.
fn weight(weight: Option<i64>) -> (bool, i64) {
    let weight = weight.filter(|weight| *weight != 0);
    (weight.is_none(), weight.unwrap_or_default())
}

/// The first heading of level 1 of a text.
fn first_heading(page: &Page) -> Option<String> {
    let outline = crate::outline::read(page.text.as_str(), &page.dialect, |_, is_top| is_top);
    outline.title.map(|title| title.text)
}

/// What pages that stand beside folders are called together.
fn joint_title(pages: &[Page]) -> String {
    let title = |page: &Page| {
        let words = || capitalised(&crate::place::file_words(&page.source));
        page.title.clone().or_else(|| first_heading(page)).unwrap_or_else(words)
    };
    match pages {
        [] => String::new(),
        [only] => title(only),
        [first, .., last] => format!("{} – {}", title(first), title(last)),
    }
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The text of a page, if it is not a translation, which an author has to bring over by hand.
pub(crate) fn original(
    files: &Files,
    source: &str,
    inert: &mut Vec<String>,
    notes: &mut Notes,
) -> Option<String> {
    let Some(language) = language_of(files, source) else { return read_text(files, source, notes) };
    let message =
        format!("a translation into `{language}`; copy its text beside the lesson as `….{language}.md`");
    inert.push(source.to_owned());
    notes.add(source, 0, NoteKind::NotImported, message);
    None
}

/// Says which keys of the front matter have no counterpart.
pub(crate) fn left_out(source: &str, keys: &[String], notes: &mut Notes) {
    if !keys.is_empty() {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let message = format!("front matter without a counterpart is left out: {}", keys.join(", "));
        notes.add(source, 1, NoteKind::FrontMatter, message);
    }
}

/// `page.de.md` beside `page.md`.
fn language_of(files: &Files, source: &str) -> Option<String> {
    let (rest, language) = path::stem(source).rsplit_once('.')?;
    let is_tag = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let original = joined(path::parent(source), &format!("{rest}.{}", path::extension(source)));
    (is_tag && files.contains_key(&original)).then(|| language.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(source: &str, weight: i64, date: &str) -> Leaf {
        let page = Page { source: source.to_owned(), date: Some(date.to_owned()), ..Page::default() };
        Leaf { page, weight: Some(weight) }
    }

    fn sources(course: &Course) -> Vec<(String, Vec<&str>)> {
        let modules = course.modules.iter();
        modules
            .map(|module| (module.title.clone(), module.pages.iter().map(|page| &*page.source).collect()))
            .collect()
    }

    #[test]
    fn folders_become_modules_and_deeper_ones_follow() {
        let mut root = Section::default();
        root.add(leaf("intro.md", 0, ""));
        root.at("b/deep").add(leaf("b/deep/x.md", 0, ""));
        root.at("b").add(leaf("b/2.md", 0, ""));
        root.at("b").add(leaf("b/10.md", 0, ""));
        root.at("empty");
        let course = root.into_course();
        assert_eq!(
            sources(&course),
            [
                ("Intro".to_owned(), vec!["intro.md"]),
                ("B".to_owned(), vec!["b/2.md", "b/10.md", "b/deep/x.md"])
            ]
        );
    }

    #[test]
    fn siblings_are_sorted_as_the_folder_says() {
        for (sort, expected) in
            [(Sort::Name, ["a", "b", "c"]), (Sort::Weight, ["c", "b", "a"]), (Sort::Date, ["b", "c", "a"])]
        {
            let mut root = Section::default();
            root.about.sort = sort;
            root.add(leaf("a", 0, "2020-01-01"));
            root.add(leaf("b", 2, "2022-01-01"));
            root.add(leaf("c", 1, "2021-01-01"));
            assert_eq!(sources(&root.into_course())[0].1, expected, "{sort:?}");
        }
    }
}
