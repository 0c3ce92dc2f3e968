//! Search: the page that needs no script, and the same hits for scripts.
//!
//! Everybody finds what is public. Whoever may read what a rule guards also finds what is written there: the gate
//! decides each rule, and lines of the sealed index that no allowed rule guards are skipped before anything
//! is counted or compared.
//!
//! The search itself is a function of files that it names as it goes: it is asked again with those, until it has all.

mod hits;
mod index;
mod query;

use axum::body::Body;
use axum::extract::State;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use lyceum_contract::seal::{KeyRing, OpenError, Sealed};
use lyceum_contract::search::MAX_QUERY_CHARS;
use lyceum_contract::{Access, paths};
use maud::{Markup, PreEscaped, html};

use crate::error::AppError;
use crate::gate::{Decision, decide};
use crate::page::{Fragment, Frame, wants_page};
use crate::ports::{Assets, Platform};
use crate::request::{Context, Locale, Shared};
use crate::session::Visitor;
use hits::{Hit, Pieces};
use index::{Found, Library};
use query::Query;

/// Shows what was found, or the empty form.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    request: Request<Body>,
) -> Result<Response<Body>, AppError> {
    let locale = request.extensions().get::<Locale>().ok_or(AppError::NotFound)?;
    let headers = request.headers();
    let (text, is_json) = asked(request.uri().query().unwrap_or_default());
    let frame = context.frame(locale).await?;
    let query = Query::of(&text);
    // Without the Ledger the search goes on with what is public.
    let (tags, visitor) = match context.visitor_now(headers).await {
        Ok(visitor) => (context.readable(&frame, &visitor), visitor),
        Err(_) => (Vec::new(), context.visitor_by_cookie(headers)),
    };
    let mut library = Library::new(&frame.language, tags);
    let mut found = library.find(&query)?;
    while !library.wanted.is_empty() {
        while let Some(path) = library.wanted.pop() {
            let file = context.platform.assets().read(&path).await?.unwrap_or_default();
            let file = opened(&context.config.seal_keys, &path, &file).map_err(AppError::Sealed)?;
            library.files.insert(path, file);
        }
        found = library.find(&query)?;
    }
    if is_json || !wants_page(headers, paths::SEARCH) {
        let mut response = Frame::bare(&visitor, &Fragment { title: String::new(), main: json(&found) });
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return Ok(response);
    }
    Ok(frame.page(&visitor, &fragment(&frame, &text, &found)))
}

/// What is searched for, and whether the answer is for a script.
fn asked(query: &str) -> (String, bool) {
    let (mut text, mut is_json) = (String::new(), false);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "q" => text = value.chars().take(MAX_QUERY_CHARS).collect(),
            "format" => is_json = value == "json",
            _ => {}
        }
    }
    (text, is_json)
}

/// The text of a file. What is sealed is nobody's as a whole; its lines say whose they are.
fn opened(keys: &KeyRing, path: &str, file: &[u8]) -> Result<String, OpenError> {
    let is_sealed = path.starts_with(paths::SEALED) && !file.is_empty();
    let bytes = if is_sealed { Sealed::parse(file)?.open(keys)? } else { file.to_vec() };
    String::from_utf8(bytes).map_err(|_| OpenError::Format)
}

impl<P: Platform> Context<P> {
    /// The tags of the rules whose lines the visitor may read, as the Ledger knows them now.
    fn readable(&self, frame: &Frame, visitor: &Visitor) -> Vec<String> {
        let now = self.now();
        let mut tags = Vec::new();
        for (tag, rule) in &frame.site.manifest.search_rules {
            // A rule that cannot be read opens nothing.
            let serves =
                |access: Access| decide(&access, self.reader(visitor, &access), now) == Decision::Serve;
            if rule.parse().is_ok_and(serves) {
                tags.push(tag.clone());
            }
        }
        tags
    }
}

fn fragment(frame: &Frame, text: &str, found: &Found) -> Fragment {
    let title = frame.text("app_search");
    let main = html! {
        div class="stack" {
            h1 { (title) }
            form class="form" role="search" action=(frame.link(paths::SEARCH)) {
                label for="q" { (frame.text("app_search_label")) }
                input id="q" name="q" type="search" value=(text) maxlength=(MAX_QUERY_CHARS) autocomplete="off";
                button type="submit" class="button" { (title) }
            }
            @if !text.is_empty() {
                p class="muted" role="status" { (count(frame, text, found.n_pages)) }
                ol class="comments" { @for hit in &found.hits { (item(frame, hit)) } }
            }
        }
    };
    Fragment { title: title.to_owned(), main }
}

fn count(frame: &Frame, text: &str, n_pages: usize) -> String {
    let key = if n_pages == 0 { "app_search_none" } else { "app_search_count" };
    frame.fill(key, &[("n", &n_pages.to_string()), ("q", text)])
}

fn item(frame: &Frame, hit: &Hit) -> Markup {
    let language = if hit.language.is_empty() { frame.language.as_str() } else { &hit.language };
    html! {
        li class="comment" lang=(language) {
            p class="comment-meta" {
                a href=(hit.address) { (pieces(&hit.title)) }
                span { (hit.context) }
                span { (pieces(&hit.heading)) }
                span lang=(frame.language) {
                    @match hit.access.as_str() {
                        "" => {}
                        "members" => (frame.text("app_search_members")),
                        _ => (frame.text("app_search_paid")),
                    }
                }
            }
            p { (pieces(&hit.text)) }
        }
    }
}

fn pieces(pieces: &Pieces) -> Markup {
    html! {
        @for (idx, piece) in pieces.iter().enumerate() {
            @if idx % 2 == 0 { (piece) } @else { mark { (piece) } }
        }
    }
}

fn json(found: &Found) -> Markup {
    let mut body = format!("{{\"n\":{},\"hits\":[", found.n_pages);
    for (idx, hit) in found.hits.iter().enumerate() {
        body.push_str(if idx == 0 { "{" } else { ",{" });
        hit.push_json(&mut body);
        body.push('}');
    }
    body.push_str("]}");
    PreEscaped(body)
}
