//! Requests to other programs, over the runtime's `fetch`.

use http::{Request, Response};
use lyceum_app::ports::{Http, Unavailable};
use worker::js_sys::Uint8Array;
use worker::send::SendFuture;
use worker::{AbortSignal, Fetch, web_sys};

/// Milliseconds that another program has for its whole answer.
const TIMEOUT_MS: u32 = 8_000;

/// The runtime's `fetch`. Follows no redirects: a program that moved is a mistake in the configuration.
pub(crate) struct Outbound;

impl Http for Outbound {
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, Unavailable>> + Send {
        SendFuture::new(async move { send(request).await.map_err(|error| Unavailable::new("http", error)) })
    }
}

async fn send(request: Request<Vec<u8>>) -> worker::Result<Response<Vec<u8>>> {
    let (parts, body) = request.into_parts();
    let headers = web_sys::Headers::new()?;
    for (name, value) in &parts.headers {
        headers.append(name.as_str(), std::str::from_utf8(value.as_bytes())?)?;
    }
    let init = web_sys::RequestInit::new();
    init.set_method(parts.method.as_str());
    init.set_headers(&headers);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(body.as_slice()));
    }
    let request = web_sys::Request::new_with_str_and_init(&parts.uri.to_string(), &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(TIMEOUT_MS));
    let mut answer = Fetch::Request(request.into()).send_with_signal(&signal).await?;
    let mut response = Response::builder().status(answer.status_code());
    for (name, value) in answer.headers().entries() {
        response = response.header(name, value);
    }
    Ok(response.body(answer.bytes().await?)?)
}
