//! `cargo xtask theme-docs`: writes the tables of `docs/THEME.md` from the Rust types that templates are given.
//!
//! It reads the source as text: one struct a section, one field a row, doc comments as they stand. A test says when
//! the handbook is behind the types.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::run::workspace_root;

const HANDBOOK: &str = "docs/THEME.md";
const VIEWS: [&str; 3] =
    ["generator/src/view.rs", "generator/src/view_pages.rs", "generator/src/view_products.rs"];
const ENGINE: &str = "generator/src/theme.rs";
const START: &str = "<!-- written by `cargo xtask theme-docs` -->";
const END: &str = "<!-- end of what `cargo xtask theme-docs` writes -->";

/// A struct that templates see.
#[derive(Debug)]
struct View {
    name: String,
    about: String,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    type_name: String,
    about: String,
}

/// Writes the generated part of the handbook.
pub(crate) fn write() -> Result<()> {
    let path = workspace_root().join(HANDBOOK);
    let (before, written, after) = handbook()?;
    let current = generated()?;
    if written == current {
        println!("{HANDBOOK} is current");
        return Ok(());
    }
    fs::write(path, format!("{before}{current}{after}"))?;
    println!("wrote {HANDBOOK}");
    Ok(())
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(workspace_root().join(path)).with_context(|| format!("cannot read {path}"))
}

/// The handbook in three parts; the middle one is what this program writes.
fn handbook() -> Result<(String, String, String)> {
    let text = read(HANDBOOK)?;
    let (before, rest) = text.split_once(START).with_context(|| format!("{HANDBOOK} lacks `{START}`"))?;
    let (written, after) = rest.split_once(END).with_context(|| format!("{HANDBOOK} lacks `{END}`"))?;
    Ok((format!("{before}{START}"), written.to_owned(), format!("{END}{after}")))
}

fn generated() -> Result<String> {
    let (mut views, mut templates) = (Vec::new(), Vec::new());
    for path in VIEWS {
        let source = read(path)?;
        views.extend(views_of(&source));
        templates.extend(source.lines().filter_map(template));
    }
    if views.is_empty() || templates.is_empty() {
        bail!("found no types or no table of templates in {}", VIEWS.join(" and "));
    }
    let mut out = String::from(
        "\n\n### Templates\n\n| Template | Values besides `site`, `page` and `t` |\n|---|---|\n",
    );
    for (name, values) in &templates {
        let values: Vec<String> =
            values.iter().map(|(value, type_name)| format!("`{value}`: {}", in_words(type_name))).collect();
        writeln!(out, "| `{name}` | {} |", values.join("; "))?;
    }
    out.push_str(
        "\n### Filters and functions\n\nBesides those of Tera:\n\n| Name | What it does |\n|---|---|\n",
    );
    for (name, about) in engine_parts(&read(ENGINE)?) {
        writeln!(out, "| `{name}` | {about} |")?;
    }
    for View { name, about, fields } in &views {
        writeln!(out, "\n### {name}\n\n{about}\n\n| Field | Is | Means |\n|---|---|---|")?;
        for Field { name, type_name, about } in fields {
            writeln!(out, "| `{name}` | {} | {about} |", in_words(type_name))?;
        }
    }
    out.push('\n');
    Ok(out)
}

/// The public structs of a source file with their doc comments.
fn views_of(source: &str) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    let mut about = Vec::new();
    let mut is_inside = false;
    for line in source.lines() {
        let code = line.trim();
        if let Some(text) = code.strip_prefix("///") {
            about.push(text.trim());
            continue;
        }
        if let Some(name) = code.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
            is_inside = true;
            views.push(View { name: name.to_owned(), about: as_cell(&about), fields: Vec::new() });
        } else if line == "}" {
            is_inside = false;
        } else if let (true, Some(view), Some(field)) =
            (is_inside, views.last_mut(), code.strip_prefix("pub "))
        {
            if let Some((name, type_name)) = field.trim_end_matches(',').split_once(": ") {
                let (name, type_name) = (name.to_owned(), type_name.to_owned());
                view.fields.push(Field { name, type_name, about: as_cell(&about) });
            }
        } else if code.starts_with("#[") {
            continue;
        }
        about.clear();
    }
    views
}

/// A row of the table of templates: `("a.html", &[("course", "CourseView")]),`.
fn template(line: &str) -> Option<(String, Vec<(String, String)>)> {
    let row = line.trim().strip_prefix("(\"")?;
    let (name, values) = row.split_once("\", &[")?;
    let words: Vec<&str> = values.split('"').skip(1).step_by(2).collect();
    let pair = |pair: &[&str]| Some((pair.first()?.to_string(), pair.get(1)?.to_string()));
    Some((name.to_owned(), words.chunks(2).filter_map(pair).collect()))
}

/// What the engine gets from us: name and doc comment of each filter and function.
fn engine_parts(source: &str) -> Vec<(String, String)> {
    let registered = source.lines().filter_map(|line| {
        let call = line.trim().strip_prefix("tera.register_")?;
        Some(call.split('"').nth(1)?.to_owned())
    });
    registered.map(|name| (name.clone(), about_function(source, &name))).collect()
}

fn about_function(source: &str, name: &str) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let at = lines.iter().position(|line| line.starts_with(&format!("fn {name}("))).unwrap_or(0);
    let is_comment = |line: &&&str| line.starts_with("///");
    let mut about: Vec<&str> =
        lines[..at].iter().rev().take_while(is_comment).map(|line| line[3..].trim()).collect();
    about.reverse();
    as_cell(&about)
}

/// Lines of a doc comment as one cell of a table.
fn as_cell(lines: &[&str]) -> String {
    lines.join(" ").replace('|', "\\|").trim().to_owned()
}

/// A Rust type as authors of themes read it.
fn in_words(type_name: &str) -> String {
    let inner = |prefix: &str| type_name.strip_prefix(prefix)?.strip_suffix('>');
    if let Some(inner) = inner("Option<") {
        return format!("{} or nothing", in_words(inner));
    }
    if let Some(inner) = inner("Vec<") {
        return format!("list of {}", in_words(inner));
    }
    match type_name {
        "String" => "text".to_owned(),
        "&'static str" => "word".to_owned(),
        "Html" => "safe HTML".to_owned(),
        "bool" => "yes or no".to_owned(),
        "usize" | "u8" | "u32" => "number".to_owned(),
        view if view.ends_with("View") => format!("[{view}](#{})", view.to_lowercase()),
        other if other.contains("BTreeMap<String, String>") => "map from text to text".to_owned(),
        other => format!("`{other}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_and_their_comments_are_found() {
        let source = "/// A thing.\n///\n/// More.\n#[derive(Debug)]\npub struct ThingView {\n    /// `a|b`,\n    /// or both.\n    \
            pub name: Option<String>,\n    pub parts: Vec<PartView>,\n}\n/// Not seen.\nstruct Other {\n    pub x: u8,\n}\n";
        let views = views_of(source);
        assert_eq!(views.len(), 1, "{views:?}");
        assert_eq!((views[0].name.as_str(), views[0].about.as_str()), ("ThingView", "A thing.  More."));
        let fields: Vec<_> = views[0]
            .fields
            .iter()
            .map(|field| (field.name.as_str(), in_words(&field.type_name), field.about.as_str()))
            .collect();
        let parts = "list of [PartView](#partview)".to_owned();
        assert_eq!(
            fields,
            [("name", "text or nothing".to_owned(), "`a\\|b`, or both."), ("parts", parts, "")]
        );
    }

    #[test]
    fn the_theme_handbook_is_current() {
        let (_, written, _) = handbook().expect("a handbook");
        assert!(written == generated().expect("types"), "run `cargo xtask theme-docs` and commit {HANDBOOK}");
    }

    #[test]
    fn every_field_is_explained() {
        for path in VIEWS {
            for view in views_of(&read(path).expect("a source file")) {
                assert!(!view.fields.is_empty() && !view.about.is_empty(), "{view:?}");
                assert!(view.fields.iter().all(|field| !field.about.is_empty()), "{view:?}");
            }
        }
    }
}
