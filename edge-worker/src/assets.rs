//! Pages and sealed pages from the static assets of the deployment.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use lyceum_app::ports::{AssetRequest, Assets, Unavailable};
use wasm_bindgen::prelude::*;
use worker::js_sys::{Promise, Uint8Array};
use worker::send::{SendFuture, SendWrapper};
use worker::{Result as JsResult, web_sys};

use crate::reply::Native;
use crate::script;

#[wasm_bindgen]
extern "C" {
    /// The binding, without the conversions that would pull every body through WASM.
    pub(crate) type AssetBinding;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &AssetBinding, request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// The static-assets binding.
pub(crate) struct StaticAssets {
    binding: SendWrapper<AssetBinding>,
}

impl StaticAssets {
    pub(crate) fn new(binding: AssetBinding) -> Self {
        Self { binding: SendWrapper::new(binding) }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        if_none_match: Option<&str>,
    ) -> JsResult<web_sys::Response> {
        let init = web_sys::RequestInit::new();
        init.set_method(method);
        init.set_redirect(web_sys::RequestRedirect::Manual);
        let request = web_sys::Request::new_with_str_and_init(&address(path), &init)?;
        if let Some(tag) = if_none_match {
            request.headers().set("if-none-match", tag)?;
        }
        Ok(script::wait(self.binding.fetch(&request)).await?.dyn_into()?)
    }
}

impl Assets for StaticAssets {
    fn fetch(
        &self,
        request: AssetRequest,
    ) -> impl Future<Output = Result<Response<Body>, Unavailable>> + Send {
        SendFuture::new(async move {
            let tag = request.if_none_match.as_ref().and_then(|tag| tag.to_str().ok());
            let response =
                self.send(request.method.as_str(), &request.path, tag).await.map_err(unavailable)?;
            pass_on(response, &request.method)
        })
    }

    fn read(&self, path: &str) -> impl Future<Output = Result<Option<Bytes>, Unavailable>> + Send {
        let path = path.to_owned();
        SendFuture::new(async move {
            let response = self.send("GET", &path, None).await.map_err(unavailable)?;
            match response.status() {
                200 => body(&response).await.map(Some).map_err(unavailable),
                // An unknown path: the page for that, or the redirect that another spelling gets.
                300..=499 => Ok(None),
                status => Err(Unavailable::new("assets", format!("status {status}"))),
            }
        })
    }
}

async fn body(response: &web_sys::Response) -> JsResult<Bytes> {
    let buffer = script::wait(response.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer).to_vec().into())
}

/// The response with the few headers that the app may see; the body stays in the runtime.
fn pass_on(native: web_sys::Response, method: &Method) -> Result<Response<Body>, Unavailable> {
    let status = StatusCode::from_u16(native.status()).map_err(|error| Unavailable::new("assets", error))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    for name in [header::CONTENT_TYPE, header::ETAG, header::LOCATION] {
        copy_header(&native, &name, &mut response);
    }
    let has_body = *method != Method::HEAD && native.body().is_some();
    if has_body {
        response.extensions_mut().insert(Native(SendWrapper::new(native)));
    }
    Ok(response)
}

fn copy_header(native: &web_sys::Response, name: &HeaderName, response: &mut Response<Body>) {
    let value = native.headers().get(name.as_str()).ok().flatten();
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().insert(name, value);
    }
}

fn unavailable(error: worker::Error) -> Unavailable {
    Unavailable::new("assets", error)
}

/// The address by which the binding serves a file.
///
/// It answers the spellings `…/index.html` and `….html` with a redirect, so we ask for what they lead to.
/// Whatever could be taken for something else than a path is escaped.
fn address(path: &str) -> String {
    let path = match path.strip_suffix("/index.html") {
        Some(folder) => &path[..=folder.len()],
        None => path.strip_suffix(".html").unwrap_or(path),
    };
    let mut address = String::from("https://assets.local");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                address.push(char::from(byte));
            }
            _ => address.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    address
}

fn digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_asked_for_by_their_canonical_spelling() {
        assert_eq!(address("/courses/rust/"), "https://assets.local/courses/rust/");
        assert_eq!(address("/courses/rust/index.html"), "https://assets.local/courses/rust/");
        assert_eq!(address("/_lyceum/shell/en.html"), "https://assets.local/_lyceum/shell/en");
        assert_eq!(address("/_sealed/a/index.html.lys"), "https://assets.local/_sealed/a/index.html.lys");
    }

    #[test]
    fn nothing_in_a_path_is_taken_for_a_query_or_a_parent() {
        assert_eq!(address("/a?b#c\\d%2e"), "https://assets.local/a%3Fb%23c%5Cd%252e");
        assert_eq!(address("/图"), "https://assets.local/%E5%9B%BE");
    }
}
