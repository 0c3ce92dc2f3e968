//! Where everything goes: folders and files of the academy, numbered in reading order.

use crate::book::{Academy, Course, Module, Page};
use crate::outline::Outline;
use crate::path;
use crate::sections::capitalised;
use crate::slug::Slugs;

/// A number in front of a name has at most three digits.
const MOST_SIBLINGS: usize = 999;
/// The most characters of a title; longer ones are cut.
const MAX_TITLE: usize = 200;

/// A page and where it goes.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) page: Page,
    pub(crate) outline: Outline,
    pub(crate) title: String,
    /// Path in the content folder.
    pub(crate) out: String,
    /// The address of the page on the site.
    pub(crate) address: String,
    /// The slug of its course.
    pub(crate) course: String,
}

/// A course whose pages are placed.
#[derive(Debug)]
pub(crate) struct PlacedCourse {
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) summary: Option<String>,
    pub(crate) tags: Vec<String>,
    /// Index of the landing page's text among the pages.
    pub(crate) intro: Option<usize>,
    /// Folder, title and summary of each module.
    pub(crate) modules: Vec<(String, String, Option<String>)>,
}

/// The academy, placed.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) courses: Vec<PlacedCourse>,
    /// In reading order.
    pub(crate) pages: Vec<Placed>,
}

/// Gives every page its path. `title` is the name of the academy.
pub(crate) fn place(academy: &mut Academy, title: &str, outline: impl Fn(&Page) -> Outline) -> Plan {
    let mut plan = Plan::default();
    let mut slugs = Slugs::default();
    let courses = std::mem::take(&mut academy.courses);
    let width = width(courses.len());
    for (idx, course) in courses.into_iter().enumerate() {
        let name = course.title.clone().unwrap_or_else(|| title.to_owned());
        let slug = slugs.give(&name, "", &format!("course-{}", idx + 1));
        // One course needs no number; the order of several is said by theirs.
        let folder = if width == 0 { slug.clone() } else { format!("{:0width$}-{slug}", idx + 1) };
        Placer { plan: &mut plan, outline: &outline, course: slug, folder }.course(course, &name);
    }
    plan
}

/// Digits of the numbers in front of this many siblings; none for a single course, or for too many.
fn width(n_siblings: usize) -> usize {
    match n_siblings {
        0..=1 => 0,
        2..=99 => 2,
        100..=MOST_SIBLINGS => 3,
        _ => 0,
    }
}

struct Placer<'a, F> {
    plan: &'a mut Plan,
    outline: &'a F,
    course: String,
    folder: String,
}

impl<F: Fn(&Page) -> Outline> Placer<'_, F> {
    fn course(&mut self, course: Course, title: &str) {
        let root = format!("courses/{}", self.folder);
        let mut placed = PlacedCourse {
            slug: self.course.clone(),
            title: cut(title),
            summary: course.summary,
            tags: course.tags,
            intro: None,
            modules: Vec::new(),
        };
        if let Some(page) = course.intro {
            placed.intro = Some(self.plan.pages.len());
            self.page(page, format!("{root}/index.md"), format!("/courses/{}/", self.course), title);
        }
        let modules = counted(course.modules);
        let is_flat = modules.len() == 1 && modules[0].title.is_empty();
        let mut slugs = Slugs::default();
        for (idx, module) in modules.into_iter().enumerate() {
            if is_flat {
                self.pages(module.pages, &root, &format!("/courses/{}", self.course));
                continue;
            }
            let name = if module.title.is_empty() { title } else { &module.title };
            let slug = slugs.give(name, "", &format!("module-{}", idx + 1));
            let folder = format!("{root}/{:0width$}-{slug}", idx + 1, width = digits(idx));
            placed.modules.push((folder.clone(), cut(name), module.summary));
            self.pages(module.pages, &folder, &format!("/courses/{}/{slug}", self.course));
        }
        self.plan.courses.push(placed);
    }

    fn pages(&mut self, pages: Vec<Page>, folder: &str, address: &str) {
        let mut slugs = Slugs::default();
        let width = digits(pages.len());
        for (idx, page) in pages.into_iter().enumerate() {
            let outline = (self.outline)(&page);
            let title = title_of(&page, &outline);
            let file = file_words(&page.source);
            let slug = slugs.give(&title, &file, &format!("lesson-{}", idx + 1));
            // The build skips names that start with a dot.
            let dot = if page.draft { ".draft-" } else { "" };
            let out = format!("{folder}/{dot}{:0width$}-{slug}.md", idx + 1);
            let address = format!("{address}/{slug}/");
            self.placed(page, outline, cut(&title), (out, address));
        }
    }

    fn page(&mut self, page: Page, out: String, address: String, title: &str) {
        let outline = (self.outline)(&page);
        self.placed(page, outline, cut(title), (out, address));
    }

    fn placed(&mut self, page: Page, outline: Outline, title: String, to: (String, String)) {
        let course = self.course.clone();
        self.plan.pages.push(Placed { page, outline, title, out: to.0, address: to.1, course });
    }
}

fn digits(n_siblings: usize) -> usize {
    if n_siblings < 100 { 2 } else { 3 }
}

/// What the source calls the page, its first heading, or its file name.
fn title_of(page: &Page, outline: &Outline) -> String {
    let heading = outline.title.as_ref().map(|title| title.text.clone());
    let named = page.title.clone();
    let found = if page.titled_by_heading { heading.or(named) } else { named.or(heading) };
    let found = found.map(|title| printable(&title)).filter(|title| !title.is_empty());
    found.unwrap_or_else(|| capitalised(&printable(&file_words(&page.source))))
}

/// `02-first_steps.md` → `first steps`; the folder's name for the file that stands for its folder.
pub(crate) fn file_words(source: &str) -> String {
    let stem = path::stem(source);
    let is_index = ["index", "readme", "_index"].contains(&stem.to_ascii_lowercase().as_str());
    let folder = path::name(path::parent(source));
    let stem = if is_index && !folder.is_empty() { folder } else { stem };
    let words = stem.trim_start_matches(|letter: char| letter.is_ascii_digit() || "-_. ".contains(letter));
    let words = if words.is_empty() { stem } else { words };
    words.split(['-', '_', ' ']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One line, without what YAML cannot hold or nobody can see.
pub(crate) fn printable(text: &str) -> String {
    let is_seen = |letter: char| {
        !letter.is_control()
            && !matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{f0000}'..)
    };
    let seen: String = text
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| is_seen(*letter))
        .collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(title: &str) -> String {
    let title = printable(title);
    if title.chars().count() <= MAX_TITLE {
        return if title.is_empty() { "–".to_owned() } else { title };
    }
    title.chars().take(MAX_TITLE).chain(['…']).collect()
}

/// No module has more pages, and no course more modules, than three digits can number.
fn counted(modules: Vec<Module>) -> Vec<Module> {
    let mut counted = Vec::new();
    for module in modules {
        counted.extend(split(module));
    }
    if counted.len() <= MOST_SIBLINGS {
        return counted;
    }
    let title = counted[0].title.clone();
    let pages = counted.into_iter().flat_map(|module| module.pages).collect();
    split(Module { title, summary: None, pages })
}

fn split(module: Module) -> Vec<Module> {
    if module.pages.len() <= MOST_SIBLINGS {
        return if module.pages.is_empty() { Vec::new() } else { vec![module] };
    }
    let mut pages = module.pages.into_iter().peekable();
    let mut parts = Vec::new();
    while pages.peek().is_some() {
        let number = parts.len() + 1;
        let title = if number == 1 { module.title.clone() } else { format!("{} ({number})", module.title) };
        let summary = module.summary.clone().filter(|_| number == 1);
        parts.push(Module { title, summary, pages: pages.by_ref().take(MOST_SIBLINGS).collect() });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Dialect;

    fn page(title: &str, source: &str) -> Page {
        Page { title: Some(title.to_owned()), source: source.to_owned(), ..Page::default() }
    }

    fn outs(modules: Vec<Module>) -> Vec<String> {
        let course = Course { modules, ..Course::default() };
        let mut academy = Academy { courses: vec![course], ..Academy::default() };
        let plan = place(&mut academy, "My Book", |page| {
            crate::outline::read(page.text.as_str(), &Dialect::default(), |_, is_top| is_top)
        });
        plan.pages.into_iter().map(|page| page.out).collect()
    }

    #[test]
    fn pages_are_numbered_in_reading_order() {
        let module = |title: &str, pages| Module { title: title.to_owned(), summary: None, pages };
        let first = module("Part One", vec![page("A", "a.md"), page("A", "b.md"), page("", "c/README.md")]);
        let second = module("第二部分", vec![Page { draft: true, ..page("!", "x/!.md") }]);
        assert_eq!(
            outs(vec![first, second]),
            [
                "courses/my-book/01-part-one/01-a.md",
                "courses/my-book/01-part-one/02-a-2.md",
                "courses/my-book/01-part-one/03-c.md",
                "courses/my-book/02-di-er-bu-fen/.draft-01-lesson-1.md",
            ]
        );
        assert_eq!(outs(vec![module("", vec![page("Only", "")])]), ["courses/my-book/01-only.md"]);
    }

    #[test]
    fn ten_thousand_pages_are_split() {
        let pages = |n: usize| (0..n).map(|idx| page("P", &format!("{idx}.md"))).collect();
        let long = outs(vec![Module { title: "Long".to_owned(), summary: None, pages: pages(2_000) }]);
        assert_eq!(long.len(), 2_000);
        assert_eq!(long[1_998], "courses/my-book/03-long-3/01-p.md");
        let many =
            (0..1_500).map(|_| Module { title: "M".to_owned(), summary: None, pages: pages(1) }).collect();
        let many = outs(many);
        assert_eq!((many.len(), &*many[999]), (1_500, "courses/my-book/02-m-2/001-p.md"));
    }

    #[test]
    fn titles_are_printable() {
        assert_eq!(cut("a\u{0}\n b\u{202e}"), "a b");
        assert_eq!(cut(""), "–");
        assert_eq!(cut(&"x".repeat(500)).chars().count(), 201);
        assert_eq!(file_words("a/02-first_steps.md"), "first steps");
        assert_eq!(file_words("guide/README.md"), "guide");
    }
}
