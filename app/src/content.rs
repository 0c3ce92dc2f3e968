//! Pages and files of the site, sealed ones among them.

use axum::body::Body;
use axum::extract::State;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use lyceum_contract::manifest::Language;
use lyceum_contract::paths::sealed_path;
use lyceum_contract::seal::{Encoding, OpenError, Sealed};

use crate::error::AppError;
use crate::gate::Decision;
use crate::page::set_cookies;
use crate::ports::{AssetRequest, Assets, Platform};
use crate::request::{Context, Shared};
use crate::session::Visitor;

/// Answers every address that is not a page of the app.
pub(crate) async fn serve<P: Platform>(
    State(context): Shared<P>,
    request: Request<Body>,
) -> Result<Response<Body>, AppError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(AppError::MethodNotAllowed);
    }
    let path = SitePath::parse(request.uri().path()).ok_or(AppError::NotFound)?;
    if let Some(canonical) = path.canonical() {
        return Ok(moved(&canonical));
    }
    let query = request.uri().query();
    if let Some(to) = context.moved_to(&path, query).await {
        return Ok(moved(&to));
    }
    let headers = request.headers();
    if path.may_be_sealed()
        && context.may_be_signed_in(headers)
        && let Some(response) = context.sealed(&path, headers).await?
    {
        return Ok(response);
    }
    context.public(&path, request.method(), headers, Visitor::default()).await
}

impl<P: Platform> Context<P> {
    /// Where the page that was at this path is now, with the query. Nothing stands at such a path but a page that says the
    /// same, so this comes first. Without a manifest there is still that page.
    async fn moved_to(&self, path: &SitePath<'_>, query: Option<&str>) -> Option<String> {
        if !path.may_have_moved() {
            return None;
        }
        let site = self.site().await.ok()?;
        let to = site.manifest.redirects.get(path.0)?;
        Some(query.map_or_else(|| to.clone(), |query| format!("{to}?{query}")))
    }

    /// The sealed page at this path, opened or replaced by its teaser; `None` when nothing is sealed here.
    async fn sealed(
        &self,
        path: &SitePath<'_>,
        headers: &HeaderMap,
    ) -> Result<Option<Response<Body>>, AppError> {
        let Some(file) = self.platform.assets().read(&sealed_path(path.0)).await? else { return Ok(None) };
        let sealed = Sealed::parse(&file).map_err(AppError::Sealed)?;
        // The header is not authenticated yet. A forged rule gains nothing: opening fails.
        let (decision, visitor) = self.admit((&sealed.header().access, path.course()), headers).await?;
        if decision != Decision::Serve {
            return self.public(path, &Method::GET, headers, visitor).await.map(Some);
        }
        self.open(&sealed, headers, visitor).map(Some)
    }

    fn open(
        &self,
        sealed: &Sealed<'_>,
        headers: &HeaderMap,
        visitor: Visitor,
    ) -> Result<Response<Body>, AppError> {
        let passes_gzip = sealed.encoding() == Encoding::Identity || accepts_gzip(headers);
        let variant = if passes_gzip { "" } else { "-plain" };
        let etag = format!("\"{}{variant}\"", sealed.fingerprint());
        let mut response = if matches_etag(headers, &etag) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            let body = sealed.open(&self.config.seal_keys).map_err(AppError::Sealed)?;
            let body = if passes_gzip { Some(body) } else { gunzip(&body) };
            Response::new(Body::from(body.ok_or(AppError::Sealed(OpenError::Forged))?))
        };
        let response_headers = response.headers_mut();
        if sealed.encoding() == Encoding::Gzip && passes_gzip {
            response_headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let media_type = HeaderValue::from_str(&sealed.header().media_type);
        response_headers.insert(CONTENT_TYPE, media_type.map_err(|_| AppError::Sealed(OpenError::Forged))?);
        response_headers.insert(ETAG, HeaderValue::from_str(&etag).map_err(|_| AppError::NotFound)?);
        make_private(response_headers);
        set_cookies(response_headers, visitor.set_cookies);
        Ok(response)
    }

    /// The public file at this path, or the site's page for nothing.
    async fn public(
        &self,
        path: &SitePath<'_>,
        method: &Method,
        headers: &HeaderMap,
        visitor: Visitor,
    ) -> Result<Response<Body>, AppError> {
        let if_none_match = headers.get(IF_NONE_MATCH).cloned();
        let request = AssetRequest { method: method.clone(), path: path.0.to_owned(), if_none_match };
        let mut response = self.platform.assets().fetch(request).await?;
        let is_found = !response.status().is_client_error();
        let response_headers = response.headers_mut();
        if path.is_on_a_shelf() || !visitor.set_cookies.is_empty() {
            make_private(response_headers);
        } else {
            let lasts = path.is_fingerprinted() && is_found;
            let policy = if lasts { "public, max-age=31536000, immutable" } else { "no-cache" };
            response_headers.insert(CACHE_CONTROL, HeaderValue::from_static(policy));
        }
        set_cookies(response_headers, visitor.set_cookies);
        Ok(response)
    }
}

/// A path that the generator could have written. Everything else is nowhere, however it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SitePath<'a>(&'a str);

impl<'a> SitePath<'a> {
    /// Takes `/` and segments of `A-Z a-z 0-9 . _ ~ -` that do not start with `_` or `.`; nothing encoded.
    fn parse(path: &'a str) -> Option<Self> {
        let of_alphabet =
            |byte: u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'~' | b'-');
        let body = path.strip_prefix('/')?;
        let body = body.strip_suffix('/').unwrap_or(body);
        let valid = |segment: &str| {
            !segment.is_empty() && !segment.starts_with(['_', '.']) && segment.bytes().all(of_alphabet)
        };
        let is_site_path = path.len() <= 512 && (path == "/" || body.split('/').all(valid));
        is_site_path.then_some(Self(path))
    }

    /// The one address of the same page, when this is another: with a slash, without `index.html`.
    fn canonical(self) -> Option<String> {
        if let Some(folder) = self.0.strip_suffix("/index.html") {
            return Some(format!("{folder}/"));
        }
        let last = self.0.rsplit('/').next().unwrap_or_default();
        (!last.is_empty() && !last.contains('.')).then(|| format!("{}/", self.0))
    }

    /// Whether it may be an earlier address: that of a page.
    fn may_have_moved(self) -> bool {
        !self.is_fingerprinted() && self.0 != "/"
    }

    /// Whether something sealed may lie here: anywhere but among the theme's own files.
    fn may_be_sealed(self) -> bool {
        !self.is_fingerprinted()
    }

    /// Whether it is a file of the theme, whose name changes with its content.
    fn is_fingerprinted(self) -> bool {
        self.0.starts_with("/assets/")
    }

    /// The course that it is in.
    fn course(self) -> Option<&'a str> {
        let mut segments = self.0.split('/').skip(1);
        let first = segments.next()?;
        let is_language = first.parse::<Language>().is_ok();
        let is_course = first == "courses" || (is_language && segments.next()? == "courses");
        let slug = segments.next().filter(|_| is_course)?;
        // With nothing behind it, it is a file beside the courses.
        segments.next().map(|_| slug)
    }

    /// Whether it is below `courses` or `products`, in any language: there the same address shows different things.
    fn is_on_a_shelf(self) -> bool {
        self.0.contains("/courses/") || self.0.contains("/products/")
    }
}

fn moved(to: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    // The path was checked byte by byte, so it is a header value and stays on this site.
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn make_private(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Cookie, Accept-Encoding"));
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = matches!(parameters.trim().strip_prefix("q="), Some("0" | "0.0" | "0.00" | "0.000"));
        matches!(name.trim(), "gzip" | "*") && !is_refused
    })
}

fn matches_etag(headers: &HeaderMap, etag: &str) -> bool {
    let given = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

/// Unpacks a gzip file as the generator writes it: without name, comment or extra fields.
fn gunzip(file: &[u8]) -> Option<Vec<u8>> {
    let (head, tail) = file.split_at_checked(10)?;
    let deflated = tail.get(..tail.len().checked_sub(8)?)?;
    if !head.starts_with(&[0x1f, 0x8b, 8, 0]) {
        return None;
    }
    miniz_oxide::inflate::decompress_to_vec(deflated).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_generator_writes_is_a_path() {
        for good in
            ["/", "/courses/rust/", "/courses/rust/moves/", "/assets/site.3f.css", "/zh/", "/a/index.html"]
        {
            assert!(SitePath::parse(good).is_some(), "{good}");
        }
        let bad = [
            "",
            "//",
            "/a//b/",
            "/../a",
            "/./a",
            "/a/..",
            "/_sealed/a",
            "/a/_b/",
            "/.env",
            "/%2e%2e/",
            "/a;x/",
            "/a%00",
            "/a\\b",
            "/ä/",
            "/a b",
            "//evil.example/",
        ];
        for bad in bad {
            assert_eq!(SitePath::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_has_one_address() {
        let canonical = |path| SitePath::parse(path).and_then(SitePath::canonical);
        assert_eq!(canonical("/courses/rust").as_deref(), Some("/courses/rust/"));
        assert_eq!(canonical("/courses/rust/index.html").as_deref(), Some("/courses/rust/"));
        assert_eq!(canonical("/courses/rust/"), None);
        assert_eq!(canonical("/courses/rust/data.csv"), None);
        assert_eq!(canonical("/"), None);
    }

    #[test]
    fn a_path_says_its_course() {
        for (path, expected) in [
            ("/courses/rust/moves/", Some("rust")),
            ("/zh/courses/rust/moves/", Some("rust")),
            ("/courses/rust/a/data.3f.csv", Some("rust")),
            ("/courses/rust/", Some("rust")),
            ("/courses/rust.png", None),
            ("/courses/", None),
            ("/rust/", None),
            ("/tags/courses/go/", None),
            ("/", None),
        ] {
            assert_eq!(SitePath::parse(path).expect("a path").course(), expected, "{path}");
        }
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let check = |value: &'static str| {
            accepts_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(check("gzip") && check("br, gzip;q=0.5") && check("*"));
        assert!(!check("br") && !check("gzip;q=0") && !check("gzip; q=0.0") && !check("identity"));
    }
}
