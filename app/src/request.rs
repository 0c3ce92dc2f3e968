//! From a request to a response: the Router, and what every answer has in common.

use std::sync::{Arc, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::IntoResponse;
use http::header::{ALLOW, CACHE_CONTROL, COOKIE, HOST, ORIGIN};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use lyceum_contract::headers::SECURITY_HEADERS;
use lyceum_contract::manifest::Language;
use lyceum_contract::{Entitlement, paths};
use tower::ServiceExt;

use crate::config::Config;
use crate::error::AppError;
use crate::page::{self, Fragment};
use crate::ports::Platform;
use crate::session::preview_entitlements;
use crate::site::Site;
use crate::{content, routes};

/// The most bytes that a form may have.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// An academy, ready to answer. Cheap to clone; build it once per process or isolate.
pub struct App<P: Platform> {
    pub(crate) context: Arc<Context<P>>,
    router: Router,
}

impl<P: Platform> Clone for App<P> {
    fn clone(&self) -> Self {
        Self { context: Arc::clone(&self.context), router: self.router.clone() }
    }
}

/// What handlers share.
pub(crate) struct Context<P: Platform> {
    pub(crate) platform: P,
    pub(crate) config: Config,
    pub(crate) site: RwLock<Option<Arc<Site>>>,
    pub(crate) preview_held: Vec<Entitlement>,
}

/// The handlers' state.
pub(crate) type Shared<P> = axum::extract::State<Arc<Context<P>>>;

/// Where a request is in the site: which language, and the address without the language's prefix.
#[derive(Debug, Clone)]
pub(crate) struct Locale {
    /// `None` for the site's default language.
    pub(crate) language: Option<Language>,
    /// Path and query without the prefix.
    pub(crate) address: String,
}

impl<P: Platform> App<P> {
    /// The academy on this platform.
    pub fn new(platform: P, config: Config) -> Self {
        let preview_held = preview_entitlements(config.preview.as_ref());
        let context = Arc::new(Context { platform, config, site: RwLock::default(), preview_held });
        Self { router: router(&context), context }
    }

    pub(crate) fn context(&self) -> &Context<P> {
        &self.context
    }

    /// The adapters that the app was built from.
    pub fn platform(&self) -> &P {
        &self.context.platform
    }

    /// Reads the manifest again at the next request: call it after the site was built again.
    pub fn forget_site(&self) {
        if let Ok(mut site) = self.context.site.write() {
            *site = None;
        }
    }

    /// Whether whoever sent these headers may read a text under this rule: the check of the session and the gate as a
    /// lesson has them, alone, so that their cost can be measured.
    #[cfg(feature = "conformance")]
    pub async fn admits(
        &self,
        access: &lyceum_contract::Access,
        headers: &HeaderMap,
    ) -> Result<bool, crate::ports::Unavailable> {
        let (decision, _) = self.context.admit((access, None), headers).await?;
        Ok(decision == crate::gate::Decision::Serve)
    }

    /// Answers a request. A failure that the operator should know of is an [`AppError`] in the response's
    /// extensions.
    pub async fn respond(&self, request: Request<Body>) -> Response<Body> {
        let wants_page = page::wants_page(request.headers(), request.uri().path());
        let method = request.method().clone();
        let cookies = cookies(request.headers());
        let (locale, request) = self.localize(request).await;
        let mut response = if let Some(error) = self.refusal(&request) {
            error.into_response()
        } else {
            let Ok(response) = self.router.clone().oneshot(request).await;
            response
        };
        if let Some(error) = response.extensions().get::<AppError>().cloned() {
            let allow = response.headers_mut().remove(ALLOW);
            let visitor = self.context.visitor_by_cookie(&cookies);
            response = self.context.failure(&locale, &visitor, &error, wants_page).await;
            response.headers_mut().extend(allow.map(|allow| (ALLOW, allow)));
            response.extensions_mut().insert(error);
        }
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        secure(response.headers_mut(), self.context.config.is_https);
        response
    }

    /// Why a request is not even looked at.
    fn refusal(&self, request: &Request<Body>) -> Option<AppError> {
        if request.method().is_safe() {
            return None;
        }
        let is_signed = routes::is_signed(request.method(), request.uri().path());
        if !is_signed && !is_same_origin(request.headers()) {
            return Some(AppError::CrossSite);
        }
        // Browsers report events unasked; those are dropped, not refused.
        let is_preview = self.context.config.preview.is_some() && request.uri().path() != paths::EVENTS;
        is_preview.then_some(AppError::Preview)
    }

    /// A page of an entry point's own, in the frame of the theme. `path` says the language, the request's
    /// headers who is signed in.
    pub async fn render(&self, path: &str, headers: &HeaderMap, fragment: Fragment) -> Response<Body> {
        let (language, address) = self.split_language(path).await;
        let locale = Locale { language, address };
        let visitor = self.context.visitor_by_cookie(headers);
        let mut response = match self.context.frame(&locale).await {
            Ok(frame) => frame.page(&visitor, &fragment),
            Err(error) => self.context.failure(&locale, &visitor, &error, true).await,
        };
        secure(response.headers_mut(), self.context.config.is_https);
        response
    }

    /// Takes the language off the address of an app page, so that one route serves every language.
    async fn localize(&self, mut request: Request<Body>) -> (Locale, Request<Body>) {
        let original = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        let (language, address) = self.split_language(original).await;
        let is_app_page = paths::APP_PREFIXES.iter().any(|prefix| address.starts_with(prefix));
        if language.is_some()
            && is_app_page
            && let Ok(uri) = address.parse::<Uri>()
        {
            *request.uri_mut() = uri;
        }
        let locale = Locale { language, address };
        request.extensions_mut().insert(locale.clone());
        (locale, request)
    }

    async fn split_language(&self, address: &str) -> (Option<Language>, String) {
        let may_have_prefix =
            address.split('/').nth(1).is_some_and(|segment| segment.parse::<Language>().is_ok());
        if may_have_prefix
            && let Ok(site) = self.context.site().await
            && let Some((language, rest)) = site.split_language(address)
        {
            return (Some(language.clone()), rest.to_owned());
        }
        (None, address.to_owned())
    }
}

fn router<P: Platform>(context: &Arc<Context<P>>) -> Router {
    routes::router(context)
        .fallback(content::serve::<P>)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .with_state(Arc::clone(context))
}

/// The cookies alone, for the page that says what went wrong.
pub(crate) fn cookies(headers: &HeaderMap) -> HeaderMap {
    headers.get_all(COOKIE).iter().map(|cookie| (COOKIE, cookie.clone())).collect()
}

/// Whether a request that changes something comes from one of our own pages.
///
/// Browsers say so in `Sec-Fetch-Site`; older ones only in `Origin`. A request that says neither is refused:
/// it may come from anywhere.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin =
        text(ORIGIN.as_str()).and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    origin.is_some() && origin == text(HOST.as_str())
}

/// Adds what every response carries. What a handler has set stays.
fn secure(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_https {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.entry("strict-transport-security").or_insert(value);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let map = headers.iter().map(|(name, value)| {
            (name.parse::<http::HeaderName>().expect("a name"), HeaderValue::from_static(value))
        });
        assert_eq!(is_same_origin(&map.collect()), expected, "{headers:?}");
    }

    #[test]
    fn only_our_own_pages_change_something() {
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(
            &[("sec-fetch-site", "cross-site"), ("origin", "https://a.example"), ("host", "a.example")],
            false,
        );
        check(&[("sec-fetch-site", "none")], false);
        check(&[("origin", "https://a.example"), ("host", "a.example")], true);
        check(&[("origin", "https://b.example"), ("host", "a.example")], false);
        check(&[("origin", "null"), ("host", "a.example")], false);
        check(&[("host", "a.example")], false);
        check(&[], false);
    }
}
