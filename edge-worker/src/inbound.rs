//! From the runtime's request to the Router's, across as few borders as possible.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Request};
use lyceum_contract::paths;
use worker::js_sys::Array;
use worker::web_sys;

use crate::script;

/// Why a request could not be read. Said to whoever sent it.
pub(crate) type Unreadable = &'static str;

/// The request as the Router takes it. The body stays where it is until somebody reads it.
pub(crate) fn read(request: &web_sys::Request) -> Result<Request<Body>, Unreadable> {
    let method = Method::from_bytes(request.method().as_bytes()).map_err(|_| "an unknown method")?;
    let body = match request.body() {
        Some(stream) if method != Method::GET && method != Method::HEAD => {
            Body::new(worker::Body::new(stream))
        }
        _ => Body::empty(),
    };
    let mut read =
        Request::builder().method(method).uri(request.url()).body(body).map_err(|_| "a malformed address")?;
    for (name, value) in headers(request)? {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a malformed header")?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| "a malformed header")?;
        read.headers_mut().append(name, value);
    }
    Ok(read)
}

/// Whether it asks for the health of the app. By the path alone, so that it works without an app.
pub(crate) fn is_health_check(request: &web_sys::Request) -> bool {
    let url = request.url();
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    path.split(['?', '#']).next() == paths::HEALTH.strip_prefix('/')
}

/// All headers in one string: two calls for a request instead of three for each header.
fn headers(request: &web_sys::Request) -> Result<Vec<(String, String)>, Unreadable> {
    script::read(&Array::from(&request.headers())).map_err(|_| "unreadable headers")
}
