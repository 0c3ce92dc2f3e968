//! `llms.txt`: what is here, for programs that read instead of people. Titles, summaries and addresses, nothing sealed.

use lyceum_contract::manifest::Language;

use crate::html;
use crate::model::{Academy, Article, Lesson};
use crate::views::{Locale, course_path};

/// Renders the list, in the default language first.
pub(crate) fn render(academy: &Academy) -> String {
    let config = &academy.config;
    let default = config.default_language();
    let mut out = format!("# {}\n", line(config.title.get(default, default)));
    let summary = config.summary.get(default, default);
    if !summary.is_empty() {
        html::push(&mut out, format_args!("\n> {}\n", line(summary)));
    }
    for language in &config.languages {
        push_language(&mut out, Locale { academy, language });
    }
    out
}

fn push_language(out: &mut String, locale: Locale<'_>) {
    let tag = if locale.language == locale.config().default_language() {
        String::new()
    } else {
        format!(" ({})", locale.language)
    };
    for course in locale.academy.courses.iter().filter(|course| course.article.has(locale.language)) {
        let title = &course.article.text(locale.language, locale.config()).0.title;
        html::push(out, format_args!("\n## {}{tag}\n\n", line(title)));
        push_link(out, locale, &course.article, &course_path(course), "");
        for lesson in course.lessons().filter(|lesson| lesson.article.has(locale.language)) {
            push_link(out, locale, &lesson.article, &lesson.path, note(lesson));
        }
    }
    let products = &locale.academy.products;
    let products: Vec<_> = products.iter().filter(|product| product.article.has(locale.language)).collect();
    if !products.is_empty() {
        html::push(out, format_args!("\n## Products{tag}\n\n"));
    }
    for product in products {
        let note = if product.is_divided { " (preview)" } else { "" };
        push_link(out, locale, &product.article, &product.path(), note);
    }
    let pages: Vec<_> = locale.academy.pages.iter().filter(|page| page.has(locale.language)).collect();
    if !pages.is_empty() {
        html::push(out, format_args!("\n## Pages{tag}\n\n"));
    }
    for page in pages {
        push_link(out, locale, page, &format!("/{}/", page.id), "");
    }
}

/// What can be read behind the link.
fn note(lesson: &Lesson) -> &'static str {
    if lesson.access.is_public() { "" } else { " (preview)" }
}

fn push_link<Id>(out: &mut String, locale: Locale<'_>, article: &Article<Id>, path: &str, note: &str) {
    let (language, config): (&Language, _) = (locale.language, locale.config());
    let title = line(&article.text(language, config).0.title);
    html::push(out, format_args!("- [{title}]({}{}){note}", config.url, locale.path(path)));
    if let Some((summary, _)) = article.summary(language, config) {
        html::push(out, format_args!(": {}", line(summary)));
    }
    out.push('\n');
}

/// On one line, and without what would end a link.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('[', "\\[").replace(']', "\\]")
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    #[test]
    fn only_public_parts_are_listed() {
        let build = Fixture::new()
            .edited("courses/rust/01-a/02-paid.md", "Public.", "Public [words].")
            .edited("courses/rust/01-a/02-paid.md", "Closed", "CANARY")
            .built();
        let text = std::str::from_utf8(build.site.get("llms.txt").expect("a list")).expect("text");
        let expected = "\
# Northlight

## Rust

- [Rust](https://academy.example/courses/rust/): Why.
- [Free](https://academy.example/courses/rust/a/free/)
- [Paid](https://academy.example/courses/rust/a/paid/) (preview): Public [words].

## Pages

- [About](https://academy.example/about/)
";
        assert_eq!(text.replace('\\', ""), expected);
        let own = Fixture::new().with("static/llms.txt", "mine").built();
        assert_eq!(own.site.get("llms.txt"), Some(&b"mine"[..]));
    }
}
