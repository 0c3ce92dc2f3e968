//! What people fill in: the fields of a form and the values of a query.
//!
//! axum has both, but says where inside a value a mistake is, which costs 17 KB of WASM; our forms are flat.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::AppError;

/// The values of the address's query. A query that does not fit is refused with 400.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let query = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(query).map(Self).map_err(|_| AppError::Invalid("expected another query"))
    }
}

/// The fields of a form that was sent. 413 when it is too long, 400 when it is no form or lacks a field.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = media_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(AppError::Invalid("expected a form: application/x-www-form-urlencoded"));
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| AppError::TooLarge)?;
        serde_urlencoded::from_bytes(&body)
            .map(Self)
            .map_err(|_| AppError::Invalid("a field of the form is missing"))
    }
}
