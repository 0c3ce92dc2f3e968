//! What each file of the content folder is, told by its path alone.

use std::collections::BTreeMap;

use lyceum_contract::Slug;
use lyceum_contract::manifest::Language;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;

/// The files of the content folder by what they are.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) courses: Vec<CourseFiles>,
    pub(crate) instructors: Vec<Entry>,
    pub(crate) pages: Vec<Entry>,
    pub(crate) tracks: Vec<Entry>,
    pub(crate) tags: Vec<Entry>,
    pub(crate) events: Vec<Entry>,
    pub(crate) products: Vec<Entry>,
    /// Everything directly in `data/`, by path.
    pub(crate) data: Vec<String>,
    /// Everything that can be an image or a download, by path.
    pub(crate) assets: Vec<String>,
    /// Everything under `static/`, by path.
    pub(crate) statics: Vec<String>,
}

/// A Markdown file and its translations.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) slug: Slug,
    pub(crate) original: Option<String>,
    pub(crate) translations: BTreeMap<Language, String>,
    order: Order,
}

/// Numbered things first, in the order of their numbers; then by name.
type Order = (u32, String);

/// The files of one course.
#[derive(Debug)]
pub(crate) struct CourseFiles {
    pub(crate) slug: Slug,
    /// Path of the folder.
    pub(crate) folder: String,
    pub(crate) index: Option<Entry>,
    /// Directly in the course.
    pub(crate) lessons: Vec<Entry>,
    pub(crate) modules: Vec<ModuleFiles>,
    order: Order,
}

/// The files of one module.
#[derive(Debug)]
pub(crate) struct ModuleFiles {
    pub(crate) slug: Slug,
    pub(crate) index: Option<Entry>,
    pub(crate) lessons: Vec<Entry>,
    order: Order,
}

/// Sorts the files. Names that give no address, lost translations and files in a place where nothing is read
/// are diagnostics.
pub(crate) fn read(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Layout {
    let mut sorter = Sorter { source, diagnostics, layout: Layout::default() };
    let mut courses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in source.files.keys() {
        let segments: Vec<&str> = path.split('/').collect();
        match (segments.as_slice(), is_markdown(path)) {
            (["lyceum.yaml"], _) => {}
            (["static", _, ..], _) => sorter.layout.statics.push(path.clone()),
            (["courses", course, _, ..], _) => courses.entry(course).or_default().push(path),
            ([folder, _], true) if ARTICLES.contains(folder) => folders.entry(folder).or_default().push(path),
            ([folder, _, ..], false) if ARTICLES.contains(folder) => sorter.layout.assets.push(path.clone()),
            (["data", name], false) if is_data(name) => sorter.layout.data.push(path.clone()),
            _ => sorter.unused(path),
        }
    }
    let mut entries = |folder| folders.get(folder).map(|paths| sorter.entries(paths)).unwrap_or_default();
    let [instructors, pages, tracks, tags, events, products] = ARTICLES.map(&mut entries);
    sorter.layout = Layout { instructors, pages, tracks, tags, events, products, ..sorter.layout };
    for (folder, paths) in courses {
        sorter.course(folder, &paths);
    }
    sorter.layout.courses.sort_by(|a, b| a.order.cmp(&b.order));
    sorter.limit();
    sorter.layout
}

/// The most files in `static/`: as many as static hosts take in one site.
const MAX_STATICS: usize = 20_000;
/// The most instructors.
const MAX_INSTRUCTORS: usize = 1_000;
/// The most pages beside the courses.
const MAX_PAGES: usize = 2_000;
/// The most lessons of a course. The page of each of them shows the titles of all.
const MAX_LESSONS: usize = 1_000;
/// The most products. One page names them all, and everything that is for sale stands in the manifest.
const MAX_PRODUCTS: usize = 500;
/// The most tracks. Every course names those that it is part of.
const MAX_TRACKS: usize = 200;

/// Folders with one file for each thing.
const ARTICLES: [&str; 6] = ["instructors", "pages", "tracks", "tags", "events", "products"];

fn is_data(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.strip_suffix(ending).is_some())
}

struct Sorter<'a> {
    source: &'a Source,
    diagnostics: &'a mut Vec<Diagnostic>,
    layout: Layout,
}

impl Sorter<'_> {
    fn error(&mut self, path: &str, code: Code, message: String, hint: &str) {
        self.diagnostics.push(self.source.error(path, code, message).hint(hint));
    }

    /// Refuses what there is too much of, at the first file behind the limit.
    fn limit(&mut self) {
        let n_statics = self.layout.statics.len();
        if let Some(first) = self.layout.statics.get(MAX_STATICS).cloned() {
            let message = format!("{n_statics} files in `static/`, expected at most {MAX_STATICS}");
            self.error(
                &first,
                Code::TooMany,
                message,
                "publish them from a host for files, and link to them",
            );
            self.layout.statics.truncate(MAX_STATICS);
        }
        let mut tracks = std::mem::take(&mut self.layout.tracks);
        self.limit_entries("tracks", &mut tracks, MAX_TRACKS);
        self.layout.tracks = tracks;
        let mut instructors = std::mem::take(&mut self.layout.instructors);
        self.limit_entries("instructors", &mut instructors, MAX_INSTRUCTORS);
        self.layout.instructors = instructors;
        let mut pages = std::mem::take(&mut self.layout.pages);
        self.limit_entries("pages", &mut pages, MAX_PAGES);
        self.layout.pages = pages;
        let mut products = std::mem::take(&mut self.layout.products);
        self.limit_entries("products", &mut products, MAX_PRODUCTS);
        self.layout.products = products;
        let mut courses = std::mem::take(&mut self.layout.courses);
        for course in &mut courses {
            self.limit_lessons(course);
        }
        self.layout.courses = courses;
    }

    fn limit_lessons(&mut self, course: &mut CourseFiles) {
        let of_modules = course.modules.iter().map(|module| module.lessons.len());
        let n_lessons = course.lessons.len() + of_modules.sum::<usize>();
        if n_lessons <= MAX_LESSONS {
            return;
        }
        let message = format!("{n_lessons} lessons in `{}`, expected at most {MAX_LESSONS}", course.folder);
        let file = course.index.as_ref().and_then(|index| index.original.clone());
        let file = file.unwrap_or_else(|| course.folder.clone());
        self.error(
            &file,
            Code::TooMany,
            message,
            "make several courses of it, and a track that has them all",
        );
        // Nothing will be published, so that what all of them say is not worth the time.
        course.lessons.truncate(MAX_LESSONS);
        course.modules.iter_mut().for_each(|module| module.lessons.truncate(1));
    }

    fn limit_entries(&mut self, what: &str, entries: &mut Vec<Entry>, limit: usize) {
        let Some(first) = entries.get(limit) else { return };
        let file = first.original.as_ref().or_else(|| first.translations.values().next()).cloned();
        let message = format!("{} {what}, expected at most {limit}", entries.len());
        self.error(&file.unwrap_or_default(), Code::TooMany, message, "join some of them, or remove some");
        entries.truncate(limit);
    }

    fn unused(&mut self, path: &str) {
        let message = format!("`{path}` is in a place where nothing is read");
        let hint = "move it under `courses/`, `instructors/`, `pages/`, `tracks/`, `tags/`, `events/`, `products/`, \
            `data/` or `static/`, or start its name with `.`";
        self.diagnostics.push(self.source.error(path, Code::UnusedFile, message).hint(hint).warning());
    }

    fn course(&mut self, name: &str, paths: &[&str]) {
        let folder = format!("courses/{name}");
        let Some((order, slug)) = self.slug(&folder, name) else { return };
        let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut lessons = Vec::new();
        for path in paths {
            let inner: Vec<&str> = path.split('/').skip(2).collect();
            match (inner.as_slice(), is_markdown(path)) {
                (_, false) => self.layout.assets.push((*path).to_owned()),
                ([_], true) => lessons.push(*path),
                ([module, _], true) => modules.entry(module).or_default().push(path),
                _ => self.unused(path),
            }
        }
        let (index, lessons) = self.indexed(&lessons);
        let modules: Vec<ModuleFiles> =
            modules.iter().filter_map(|(name, paths)| self.module(&folder, name, paths)).collect();
        let mut course = CourseFiles { slug, folder, index, lessons, modules, order };
        course.modules.sort_by(|a, b| a.order.cmp(&b.order));
        let folder = course.folder.clone();
        let names = course.modules.iter_mut().map(|module| (&mut module.slug, &module.order, folder.clone()));
        self.distinguish(names.collect());
        let slugs: Vec<_> =
            course.modules.iter().map(|module| (module.slug.clone(), course.folder.clone())).collect();
        self.check_taken(&slugs);
        self.layout.courses.push(course);
    }

    fn module(&mut self, course: &str, name: &str, paths: &[&str]) -> Option<ModuleFiles> {
        let (order, slug) = self.slug(&format!("{course}/{name}"), name)?;
        let (index, lessons) = self.indexed(paths);
        Some(ModuleFiles { slug, index, lessons, order })
    }

    /// The entry named `index` and the others.
    fn indexed(&mut self, paths: &[&str]) -> (Option<Entry>, Vec<Entry>) {
        let mut entries = self.entries(paths);
        let index = entries.iter().position(|entry| entry.slug.as_str() == "index");
        (index.map(|idx| entries.remove(idx)), entries)
    }

    /// Groups the Markdown files of one folder by what they are a version of.
    fn entries(&mut self, paths: &[&str]) -> Vec<Entry> {
        let mut groups: BTreeMap<&str, (Option<String>, BTreeMap<Language, String>)> = BTreeMap::new();
        for path in paths {
            let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
            match name.split_once('.') {
                None => groups.entry(name).or_default().0 = Some((*path).to_owned()),
                Some((stem, tag)) => {
                    if let Some(language) = self.language(path, tag) {
                        groups.entry(stem).or_default().1.insert(language, (*path).to_owned());
                    }
                }
            }
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (name, (original, translations)) in groups {
            let Some(path) = original.as_ref().or_else(|| translations.values().next()).cloned() else {
                continue;
            };
            if let Some((order, slug)) = self.slug(&path, name) {
                entries.push(Entry { slug, original, translations, order });
            }
        }
        entries.sort_by(|a, b| a.order.cmp(&b.order));
        let paths: Vec<String> = entries.iter().map(first_path).collect();
        let names = entries.iter_mut().zip(paths).map(|(entry, path)| (&mut entry.slug, &entry.order, path));
        self.distinguish(names.collect());
        let slugs: Vec<_> = entries.iter().map(|entry| (entry.slug.clone(), first_path(entry))).collect();
        self.check_taken(&slugs);
        entries
    }

    fn language(&mut self, path: &str, tag: &str) -> Option<Language> {
        let language = tag.parse().ok();
        if language.is_none() {
            let message = format!("`.{tag}.md`, expected a language tag between the dots such as `.zh.md`");
            self.error(
                path,
                Code::BadFileName,
                message,
                "name the file `lesson.md`, its translation `lesson.zh.md`",
            );
        }
        language
    }

    /// Reads order and slug out of `02-ownership`.
    fn slug(&mut self, path: &str, name: &str) -> Option<(Order, Slug)> {
        let (number, rest) = split_number(name);
        if let Ok(slug) = rest.parse() {
            return Some(((number, name.to_owned()), slug));
        }
        let message = format!("the name `{name}` gives no address, expected `a-z`, `0-9` and `-`");
        self.error(path, Code::BadFileName, message, "rename it, for example to `01-first-steps`");
        None
    }

    /// Siblings that differ only in their number keep it in their address. Worth a warning: a number that is
    /// part of the address cannot be changed any more without breaking links.
    fn distinguish(&mut self, siblings: Vec<(&mut Slug, &Order, String)>) {
        let mut n_same: BTreeMap<Slug, usize> = BTreeMap::new();
        for (slug, ..) in &siblings {
            *n_same.entry((*slug).clone()).or_default() += 1;
        }
        n_same.retain(|_, n| *n > 1);
        for (slug, (_, name), path) in siblings {
            let (Some(n_left), Ok(numbered)) = (n_same.get_mut(slug), name.parse::<Slug>()) else { continue };
            *n_left -= 1;
            if *n_left == 0 {
                let message = format!("several `{slug}` in this folder, which differ only in their number");
                let hint = "give each a name of its own, or their numbers become part of their addresses";
                self.diagnostics
                    .push(self.source.error(&path, Code::PathTaken, message).hint(hint).warning());
            }
            *slug = numbered;
        }
    }

    fn check_taken(&mut self, entries: &[(Slug, String)]) {
        let mut seen = BTreeMap::new();
        for (slug, path) in entries {
            if let Some(first) = seen.insert(slug, path) {
                let message =
                    format!("a second `{slug}` in this folder, expected one; the first is `{first}`");
                self.error(
                    path,
                    Code::PathTaken,
                    message,
                    "the number in front is not part of the address: rename one",
                );
            }
        }
    }
}

/// Only small letters, as everywhere in addresses.
fn is_markdown(path: &str) -> bool {
    path.strip_suffix(".md").is_some()
}

fn first_path(entry: &Entry) -> String {
    entry.original.iter().chain(entry.translations.values()).next().cloned().unwrap_or_default()
}

/// `02-ownership` → (2, `ownership`). A name without a number of 1 to 3 digits comes after all numbers.
pub(crate) fn split_number(name: &str) -> (u32, &str) {
    let parts = name.split_once('-').filter(|(digits, _)| (1..=3).contains(&digits.len()));
    let numbered = parts.filter(|(digits, _)| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number = numbered.and_then(|(digits, rest)| Some((digits.parse().ok()?, rest)));
    number.unwrap_or((u32::MAX, name))
}
