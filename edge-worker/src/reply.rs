//! From the Router's response to the runtime's.
//!
//! Two kinds of body: a file of the static assets, whose bytes never enter WASM, and bytes in memory, sent
//! with their length. Bytes that are compressed already are passed on as they are.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;
use worker::js_sys::Uint8Array;
use worker::send::SendWrapper;
use worker::wasm_bindgen::JsCast;
use worker::{Error, Result, web_sys};

use crate::config::Refusal;
use crate::script;

/// The runtime's own response behind an asset, which the app passes on as an extension of its response.
#[derive(Clone)]
pub(crate) struct Native(pub(crate) SendWrapper<web_sys::Response>);

/// The response as the runtime takes it.
pub(crate) async fn write(response: Response<Body>) -> Result<web_sys::Response> {
    let (parts, body) = response.into_parts();
    let init = init(parts.status, &parts.headers)?;
    if let Some(Native(native)) = parts.extensions.get() {
        return Ok(web_sys::Response::new_with_opt_readable_stream_and_init(native.body().as_ref(), &init)?);
    }
    // The app's bodies are in memory already, so this copies nothing.
    let bytes =
        axum::body::to_bytes(body, usize::MAX).await.map_err(|error| Error::RustError(error.to_string()))?;
    if bytes.is_empty() {
        return Ok(web_sys::Response::new_with_opt_str_and_init(None, &init)?);
    }
    Ok(web_sys::Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(&*bytes)), &init)?)
}

/// The answer of a Worker that must not serve. Only the health check says what is missing.
pub(crate) fn refuse(refusal: &Refusal, is_health_check: bool) -> Result<web_sys::Response> {
    let detail = if is_health_check { refusal.to_string() } else { "the site is being set up".to_owned() };
    problem(StatusCode::SERVICE_UNAVAILABLE, &detail)
}

/// The answer to a request that cannot be read.
pub(crate) fn bad_request(detail: &str) -> Result<web_sys::Response> {
    problem(StatusCode::BAD_REQUEST, detail)
}

/// A `problem+json` that no cache keeps.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Result<web_sys::Response> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let init = init(status, &headers)?;
    let body = json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail });
    Ok(web_sys::Response::new_with_opt_str_and_init(Some(&body.to_string()), &init)?)
}

/// Status, headers and encoding in one crossing of the border: a header set by itself costs two or three.
fn init(status: StatusCode, headers: &HeaderMap) -> Result<web_sys::ResponseInit> {
    let mut pairs = Vec::with_capacity(headers.len());
    // The length is the runtime's to say. Pairs, not a map, because several cookies must stay several headers.
    for (name, value) in headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        pairs.push([name.as_str(), std::str::from_utf8(value.as_bytes())?]);
    }
    let encode_body = if headers.contains_key(header::CONTENT_ENCODING) { "manual" } else { "automatic" };
    let init = json!({ "status": status.as_u16(), "headers": pairs, "encodeBody": encode_body });
    Ok(script::object(&init)?.unchecked_into())
}
