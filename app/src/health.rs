//! `GET /healthz`: that the app answers, and which keys it holds.

use axum::body::Body;
use axum::extract::State;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};

use crate::ports::Platform;
use crate::request::Shared;

/// Says version and key ids, so that a deploy can refuse a site that this app could not open.
pub(crate) async fn health<P: Platform>(State(context): Shared<P>) -> Response<Body> {
    let key_ids: Vec<&str> = context.config.seal_keys.ids().collect();
    let body = serde_json::json!({ "status": "ok", "version": context.config.version, "key_ids": key_ids });
    let mut response = Response::new(Body::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
