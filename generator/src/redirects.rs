//! Earlier addresses: written by authors as `aliases`, or implied by the id that a moved lesson keeps.

use std::collections::{BTreeMap, BTreeSet};

use lyceum_contract::manifest::Language;
use lyceum_contract::paths;

use crate::claims::Place;
use crate::diagnostic::{Code, Diagnostic};
use crate::front_matter::{Expected, Fields};
use crate::layout::split_number;
use crate::links;
use crate::model::{Config, Course};
use crate::release::Hidden;

/// An earlier address as it is written.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Alias {
    /// Begins with `/`; may begin with the prefix of a language.
    path: String,
    place: Place,
}

/// An earlier address of a page.
#[derive(Debug, Clone)]
pub(crate) struct AliasClaim {
    alias: Alias,
    /// The page, without the prefix of a language.
    to: String,
}

/// One address that leads to another. Both have the language's prefix; the target is a page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Redirect {
    pub(crate) language: Language,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// Reads `aliases` of the file at `path` in the content folder.
pub(crate) fn read(fields: &mut Fields<'_>, path: &str, languages: &[Language]) -> Vec<Alias> {
    let mut aliases = Vec::new();
    for found in fields.texts("aliases") {
        let read = fields.read(found, Code::BadAlias, "aliases", |text| address(text, path, languages));
        aliases.extend(read.map(|read| Alias { path: read.value, place: fields.located(read.span) }));
    }
    aliases
}

/// Aliases of the page at this address.
pub(crate) fn claims(aliases: Vec<Alias>, to: &str) -> impl Iterator<Item = AliasClaim> {
    aliases.into_iter().map(move |alias| AliasClaim { alias, to: to.to_owned() })
}

fn address(text: &str, path: &str, languages: &[Language]) -> Result<String, Expected> {
    let hint = "write the old address such as `/old/path/`, or the old file such as `../02-old.md`";
    if !text.starts_with('/') {
        let file = text.strip_suffix(".md").and_then(|_| links::join(path, text));
        let address = file.and_then(|file| address_of_file(&file));
        return address
            .ok_or_else(|| Expected::hint(&"expected an address that starts with `/`, or a file", hint));
    }
    let inner = text.trim_matches('/');
    if inner.is_empty() || !inner.split('/').all(paths::is_plain_segment) {
        let expected = "expected segments of `A-Z`, `a-z`, `0-9`, `.`, `_`, `~` and `-`";
        return Err(Expected::hint(&expected, "segments do not start with `_` or `.`"));
    }
    let (first, rest) = inner.split_once('/').unwrap_or((inner, ""));
    let is_language = languages.iter().skip(1).any(|language| language.as_str() == first);
    let first = if is_language { rest.split('/').next().unwrap_or_default() } else { first };
    if first == "assets" || first.is_empty() || is_app(first) {
        let expected = "expected an address that does not belong to the site itself";
        return Err(Expected::hint(&expected, "remove it"));
    }
    let is_file = inner.rsplit('/').next().is_some_and(|last| last.contains('.'));
    Ok(format!("/{inner}{}", if is_file { "" } else { "/" }))
}

/// Whether addresses that start with this segment are answered by the app.
fn is_app(segment: &str) -> bool {
    let mut owned = paths::APP_PREFIXES.iter().chain(&paths::PROGRAMS);
    owned.any(|path| path.split('/').nth(1) == Some(segment))
}

/// The address that a file of the content folder has, or had when it was there.
fn address_of_file(file: &str) -> Option<String> {
    let mut segments: Vec<&str> = file.strip_suffix(".md")?.split('/').collect();
    if segments.first() == Some(&"pages") {
        segments.remove(0);
    }
    if segments.last() == Some(&"index") {
        segments.pop();
    }
    let named = segments.iter().map(|segment| split_number(segment).1);
    let named: Vec<&str> = named.take_while(|name| paths::is_plain_segment(name)).collect();
    (!named.is_empty() && named.len() == segments.len()).then(|| format!("/{}/", named.join("/")))
}

/// What stands at the addresses of the site.
pub(crate) struct Addresses<'a> {
    pub(crate) live: BTreeSet<String>,
    pub(crate) hidden: &'a Hidden,
}

impl Addresses<'_> {
    fn is_taken(&self, path: &str) -> bool {
        self.live.contains(path) || self.hidden.has_address(path)
    }
}

/// All redirects in the order of their first addresses. A target is always a page and a source never is one, so no
/// chain and no loop can come about.
pub(crate) fn resolve(
    claims: &[AliasClaim],
    courses: &[Course],
    addresses: &Addresses<'_>,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Redirect> {
    let mut found: BTreeMap<String, (Redirect, Option<&AliasClaim>)> = BTreeMap::new();
    for claim in claims {
        let (language, path) = split_language(&claim.alias.path, config);
        if addresses.is_taken(path) {
            diagnostics.push(taken(claim, path));
            continue;
        }
        for language in config.languages.iter().filter(|other| language.is_none_or(|only| *other == only)) {
            let redirect = redirect(language, path, &claim.to, config);
            if let Some((first, Some(other))) = found.get(&redirect.from)
                && first.to != redirect.to
            {
                diagnostics.push(second(claim, other));
                break;
            }
            found.insert(redirect.from.clone(), (redirect, Some(claim)));
        }
    }
    for lesson in courses.iter().flat_map(Course::lessons) {
        let implied = format!("/courses/{}/", lesson.id());
        if implied == lesson.path || addresses.is_taken(&implied) {
            continue;
        }
        for language in &config.languages {
            let redirect = redirect(language, &implied, &lesson.path, config);
            found.entry(redirect.from.clone()).or_insert((redirect, None));
        }
    }
    // Aliases of what is not published are checked like all others, and come into force with it.
    found
        .into_values()
        .map(|(redirect, _)| redirect)
        .filter(|found| is_live(found, addresses, config))
        .collect()
}

fn is_live(redirect: &Redirect, addresses: &Addresses<'_>, config: &Config) -> bool {
    let prefix = config.prefix(&redirect.language);
    redirect.to.strip_prefix(&prefix).is_some_and(|path| addresses.live.contains(path))
}

fn redirect(language: &Language, from: &str, to: &str, config: &Config) -> Redirect {
    let prefix = config.prefix(language);
    Redirect { language: language.clone(), from: format!("{prefix}{from}"), to: format!("{prefix}{to}") }
}

/// `/zh/old/` → Chinese, `/old/`.
fn split_language<'a>(path: &'a str, config: &'a Config) -> (Option<&'a Language>, &'a str) {
    // One prefix may begin another: `/pt/` and `/pt-br/` differ only at the slash.
    let mut others = config.languages.iter().skip(1);
    let found = others.find_map(|language| {
        let inner = path.strip_prefix(&config.prefix(language))?;
        inner.starts_with('/').then_some((Some(language), inner))
    });
    found.unwrap_or((None, path))
}

fn taken(claim: &AliasClaim, path: &str) -> Diagnostic {
    let own = path == claim.to;
    let what = if own { "this page itself" } else { "another page" };
    let message = format!("`{path}` is the address of {what}, expected one at which nothing stands");
    claim.alias.place.error(Code::AliasTaken, message).hint("remove it, or move what stands there")
}

fn second(claim: &AliasClaim, first: &AliasClaim) -> Diagnostic {
    let message = format!("`{}` leads to two pages, expected one", claim.alias.path);
    let error = claim.alias.place.error(Code::AliasTaken, message);
    error.hint(format!("the first is at {}: remove one", first.alias.place.shown()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_addresses_are_written_as_addresses_or_files() {
        let languages = ["en", "zh"].map(|tag| tag.parse().expect("a tag"));
        for (text, expected) in [
            ("/old/path", Some("/old/path/")),
            ("/old/path/", Some("/old/path/")),
            ("/2019/post.html", Some("/2019/post.html")),
            ("/zh/old/", Some("/zh/old/")),
            ("../01-a/07-old.md", Some("/courses/rust/a/old/")),
            ("../../../pages/old.md", Some("/old/")),
            ("old", None),
            ("/", None),
            ("/zh/", None),
            ("//x", Some("/x/")),
            ("/a//b", None),
            ("/a/../b", None),
            ("/a b", None),
            ("/a?b", None),
            ("/_sealed/x", None),
            ("/account/x/", None),
            ("/zh/account/", None),
            ("/assets/x.css", None),
            ("../../../../../x.md", None),
            ("https://a.example/x", None),
        ] {
            let found = address(text, "courses/rust/02-b/01-x.md", &languages).ok();
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
