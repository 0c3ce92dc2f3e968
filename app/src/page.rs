//! Pages of the app: a fragment of HTML in the theme's shell, in the reader's language.

use std::sync::Arc;

use axum::body::Body;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use lyceum_contract::manifest::{Language, SlotName};
use lyceum_contract::paths;
use maud::{Markup, html};

use crate::address::query_value;
use crate::error::AppError;
use crate::ports::Platform;
use crate::request::{Context, Locale};
use crate::session::Visitor;
use crate::site::Site;

/// Says what crawlers may do with a page. What the app makes is for one reader.
pub(crate) const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// What goes into the shell.
#[derive(Debug)]
pub struct Fragment {
    /// Text for the title bar, without the site's name.
    pub title: String,
    /// Content of `<main>`.
    pub main: Markup,
}

/// The frame of one page: its language, its texts and its shell.
#[derive(Debug, Clone)]
pub struct Frame {
    pub(crate) site: Arc<Site>,
    pub(crate) language: Language,
    address: String,
}

impl<P: Platform> Context<P> {
    pub(crate) async fn frame(&self, locale: &Locale) -> Result<Frame, AppError> {
        Ok(Frame::new(self.site().await?, locale))
    }

    /// The response to a failure: a kind page for people, problem+json for programs.
    pub(crate) async fn failure(
        &self,
        locale: &Locale,
        visitor: &Visitor,
        error: &AppError,
        wants_page: bool,
    ) -> Response<Body> {
        let mut response = if wants_page {
            match self.frame(locale).await {
                Ok(frame) => frame.failure_page(visitor, error),
                Err(_) => bare_page(error),
            }
        } else {
            problem(error)
        };
        *response.status_mut() = error.status();
        response
    }
}

impl Frame {
    /// The frame at this place of the site.
    pub(crate) fn new(site: Arc<Site>, locale: &Locale) -> Self {
        let language = locale.language.clone().unwrap_or_else(|| site.default_language.clone());
        Self { site, language, address: locale.address.clone() }
    }

    /// A text of the theme; the key itself when the theme lacks it.
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        let texts = &self.site.manifest.texts;
        let find = |language| texts.get(language).and_then(|texts| texts.get(key));
        find(&self.language).or_else(|| find(&self.site.default_language)).map_or(key, String::as_str)
    }

    /// A text with its `{name}` places filled, and the form for `n` picked when it has several (`one|many`).
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let text = self.text(key);
        let n_is_one = values.iter().any(|(name, value)| *name == "n" && *value == "1");
        let has_number = values.iter().any(|(name, _)| *name == "n");
        let form = match text.split_once('|') {
            Some((one, _)) if has_number && n_is_one => one,
            Some((_, many)) if has_number => many,
            _ => text,
        };
        fill_places(form, values)
    }

    /// Fills the places of a text that the caller has looked up.
    pub(crate) fn fill_in(text: &str, values: &[(&str, &str)]) -> String {
        fill_places(text, values)
    }

    /// An address of the site in the page's language.
    pub fn link(&self, path: &str) -> String {
        self.link_in(&self.language, path)
    }

    fn link_in(&self, language: &Language, path: &str) -> String {
        if *language == self.site.default_language { path.to_owned() } else { format!("/{language}{path}") }
    }

    /// Where to sign in, with the way back to this address of the site.
    pub(crate) fn sign_in_link(&self, back: &str) -> String {
        format!("{}?return_to={}", self.link(paths::SIGN_IN), query_value(back))
    }

    /// The canonical address of the site for links that leave the browser: mails, the processor.
    pub(crate) fn absolute(&self, origin: Option<&str>, path: &str) -> String {
        format!("{}{}", origin.unwrap_or(&self.site.manifest.url), self.link(path))
    }

    /// The site's name in the page's language.
    pub(crate) fn site_title(&self) -> &str {
        self.site.manifest.title.get(&self.language, &self.site.default_language)
    }

    /// The page: 200, never stored by anybody.
    pub(crate) fn page(&self, visitor: &Visitor, fragment: &Fragment) -> Response<Body> {
        let Some((shell, file)) = self.site.shell(&self.language) else {
            return bare_page(&AppError::NotFound);
        };
        let title = html! { (fragment.title) };
        let (account, languages) = (self.account(visitor), self.languages());
        let mut page = Vec::with_capacity(file.len() + fragment.main.0.len() + 512);
        let mut from = 0;
        for slot in &shell.slots {
            page.extend_from_slice(file.get(from..slot.at).unwrap_or_default());
            page.extend_from_slice(match slot.name {
                SlotName::Title => title.0.as_bytes(),
                SlotName::Account => account.0.as_bytes(),
                SlotName::Main => fragment.main.0.as_bytes(),
                SlotName::Languages => languages.0.as_bytes(),
            });
            from = slot.at;
        }
        page.extend_from_slice(file.get(from..).unwrap_or_default());
        html_response(page, visitor)
    }

    /// The fragment alone, for scripts that put it into a page.
    pub(crate) fn bare(visitor: &Visitor, fragment: &Fragment) -> Response<Body> {
        html_response(fragment.main.0.as_bytes().to_vec(), visitor)
    }

    fn account(&self, visitor: &Visitor) -> Markup {
        if visitor.session.is_some() {
            return html! { a href=(self.link(paths::ACCOUNT)) { (self.text("app_account")) } };
        }
        html! { a href=(self.link(paths::SIGN_IN)) { (self.text("app_sign_in")) } }
    }

    fn languages(&self) -> Markup {
        let others = self.site.manifest.languages.iter().filter(|language| **language != self.language);
        html! {
            @for language in others {
                a href=(self.link_in(language, &self.address)) lang=(language) hreflang=(language) {
                    (self.language_name(language))
                }
            }
        }
    }

    pub(crate) fn language_name<'a>(&'a self, language: &'a Language) -> &'a str {
        let texts = self.site.manifest.texts.get(language);
        texts.and_then(|texts| texts.get("app_language_name")).map_or(language.as_str(), String::as_str)
    }

    fn failure_page(&self, visitor: &Visitor, error: &AppError) -> Response<Body> {
        let (title, text) = error.texts();
        let main = html! {
            div class="narrow stack" {
                h1 { (self.text(title)) }
                p { (self.text(text)) }
                p { a href=(self.link("/")) { (self.text("app_home")) } }
            }
        };
        self.page(visitor, &Fragment { title: self.text(title).to_owned(), main })
    }
}

fn fill_places(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        filled.push_str(before);
        let place = tail.split_once('}').and_then(|(name, after)| {
            let value = values.iter().find(|(known, _)| *known == name)?;
            Some((value.1, after))
        });
        if let Some((value, after)) = place {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push('{');
            rest = tail;
        }
    }
    filled.push_str(rest);
    filled
}

fn html_response(page: Vec<u8>, visitor: &Visitor) -> Response<Body> {
    let mut response = Response::new(Body::from(page));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
    set_cookies(headers, visitor.set_cookies.clone());
    response
}

/// Adds one `Set-Cookie` per cookie.
pub(crate) fn set_cookies(headers: &mut HeaderMap, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
}

/// 303 to an address that we made or checked; anything else leads home.
pub(crate) fn redirect(to: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, location);
    set_cookies(response.headers_mut(), cookies);
    response
}

/// Whether the answer is read by a person.
pub(crate) fn wants_page(headers: &HeaderMap, path: &str) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("*/*");
    let is_program = paths::PROGRAMS.contains(&path);
    !is_program && (accept.contains("text/html") || !accept.contains("json"))
}

/// `application/problem+json` by RFC 9457.
fn problem(error: &AppError) -> Response<Body> {
    let status = error.status();
    let title = status.canonical_reason().unwrap_or("error");
    let body = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": error.detail() });
    let mut response = Response::new(Body::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// The page for when even the theme cannot be read.
fn bare_page(error: &AppError) -> Response<Body> {
    let page = html! {
        (maud::DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (error.status()) }
            }
            body { main { h1 { (error.status()) } p { (error.detail()) "." } p { a href="/" { "Home" } } } }
        }
    };
    html_response(page.into_string().into_bytes(), &Visitor::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_unknown_ones_stay() {
        let filled = fill_places("{a} and {b} {", &[("a", "{b}"), ("b", "2")]);
        assert_eq!(filled, "{b} and 2 {");
        assert_eq!(fill_places("{x}", &[("a", "1")]), "{x}");
    }
}
