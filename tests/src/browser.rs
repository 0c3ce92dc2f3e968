//! A browser without a screen: a cookie jar, links and forms.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::Read;

use axum::body::Body;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use lyceum::adapters::UreqHttp;
use lyceum_app::App;
use lyceum_app::ports::{Http, Platform};

/// Something that answers requests.
pub trait Door {
    /// Answers one request.
    fn send(&self, request: Request<Vec<u8>>) -> impl Future<Output = Response<Vec<u8>>>;

    /// The address that a browser shows in front of the path.
    fn origin(&self) -> &str;
}

impl<P: Platform> Door for App<P> {
    async fn send(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let (parts, body) = self.respond(request.map(Body::from)).await.into_parts();
        let body = body.collect().await.expect("the app's bodies are whole").to_bytes().to_vec();
        Response::from_parts(parts, body)
    }

    fn origin(&self) -> &'static str {
        "https://small.example"
    }
}

/// A server behind a socket.
#[derive(Debug, Clone)]
pub struct Remote {
    origin: String,
    http: UreqHttp,
}

impl Remote {
    /// The server at this address: `http://127.0.0.1:8000`.
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), http: UreqHttp::default() }
    }
}

impl Door for Remote {
    /// A server that is gone answers 502 without a body.
    async fn send(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let (mut parts, body) = request.into_parts();
        parts.uri = format!("{}{}", self.origin, parts.uri).parse().expect("an address and a path");
        self.http.send(Request::from_parts(parts, body)).await.unwrap_or_else(|_| {
            let mut response = Response::new(Vec::new());
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        })
    }

    fn origin(&self) -> &str {
        &self.origin
    }
}

/// A browser with its cookies.
#[derive(Debug, Clone)]
pub struct Browser<D> {
    /// Where it sends its requests.
    pub door: D,
    /// Its cookies by name.
    pub cookies: BTreeMap<String, String>,
}

impl<D: Door> Browser<D> {
    /// A new browser without cookies.
    pub fn new(door: D) -> Self {
        Self { door, cookies: BTreeMap::new() }
    }

    /// The request as this browser sends it.
    pub fn request(&self, method: Method, path: &str) -> Request<Vec<u8>> {
        let uri = path.parse().unwrap_or_else(|error| panic!("`{path}` is no address: {error}"));
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = uri;
        let authority =
            self.door.origin().split_once("://").map_or("", |(_, authority)| authority).to_owned();
        let origin = value(self.door.origin());
        let headers = request.headers_mut();
        headers.insert(HOST, value(&authority));
        headers.insert(ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
        if !method.is_safe() {
            headers.insert(ORIGIN, origin);
            headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.insert(COOKIE, value(&pairs.join("; ")));
        }
        *request.method_mut() = method;
        request
    }

    /// Sends a request and keeps the cookies that come back. Redirects are not followed.
    pub async fn send(&mut self, request: Request<Vec<u8>>) -> Page {
        let address = request.uri().to_string();
        let (parts, body) = self.door.send(request).await.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().expect("cookies are text"));
        }
        Page { address, status: parts.status, headers: parts.headers, body }
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a name");
        if attributes.split(';').any(|attribute| attribute.trim() == "Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Opens an address without following redirects.
    pub async fn get(&mut self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// Opens an address as people do: redirects within the site are followed.
    pub async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        self.follow(page).await
    }

    /// Goes where a page leads, up to five times, as long as that is on this site.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            let Some(path) = page.location().filter(|to| to.starts_with('/')) else { break };
            let path = path.split('#').next().unwrap_or_default().to_owned();
            page = self.get(&path).await;
        }
        page
    }

    /// Sends a form without following redirects.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut request = self.request(Method::POST, path);
        *request.body_mut() = encoded(fields.iter().copied()).into_bytes();
        self.send(request).await
    }

    /// Sends a form of a page and goes where it leads.
    pub async fn submit(&mut self, form: &Form) -> Page {
        let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        if form.is_get {
            return self.open(&format!("{}?{}", form.action, encoded(fields))).await;
        }
        let page = self.post(&form.action, &fields).await;
        self.follow(page).await
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("a header value")
}

/// The same request with these headers, in place of its own of these names.
#[must_use]
pub fn with_headers(mut request: Request<Vec<u8>>, headers: &[(&str, &str)]) -> Request<Vec<u8>> {
    for (name, text) in headers {
        let name: HeaderName = name.parse().expect("a header's name");
        request.headers_mut().insert(name, value(text));
    }
    request
}

/// Fields as a form sends them.
pub fn encoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = fields.into_iter().map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Page {
    /// What was asked for.
    pub address: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Page {
    /// The body as a person reads it: unpacked, as text.
    pub fn text(&self) -> String {
        let is_gzip = self.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
        if !is_gzip || self.body.is_empty() {
            return String::from_utf8_lossy(&self.body).into_owned();
        }
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*self.body)
            .read_to_string(&mut text)
            .expect("the body is gzip and text");
        text
    }

    /// Where it leads, if it is a redirect.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    /// A header as text; empty when it is not there.
    pub fn header(&self, name: impl TryInto<HeaderName>) -> &str {
        let name = name.try_into().ok().expect("a header's name");
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether the page shows this text.
    pub fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The form that is sent to this path, with the fields that the page has filled in.
    pub fn form(&self, action: &str) -> Form {
        let text = self.text();
        let found = forms(&text).into_iter().find(|form| form.action.split('?').next() == Some(action));
        found.unwrap_or_else(|| {
            panic!("no form for `{action}` on `{}` ({}): {text}", self.address, self.status)
        })
    }
}

/// A form, partly filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Whether it is sent as an address with a query.
    pub is_get: bool,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The same with one field filled in.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn forms(html: &str) -> Vec<Form> {
    let blocks = html.split("<form").skip(1).map(|block| block.split("</form>").next().unwrap_or_default());
    let form = |block: &str| {
        let mut own = attributes(block);
        let is_get = own.get("method").is_none_or(|method| method == "get");
        let action = own.remove("action").unwrap_or_default();
        let inputs = block.split("<input").skip(1).map(attributes);
        let inputs = inputs.filter(|input| {
            input.get("type").is_none_or(|kind| kind != "radio") || input.contains_key("checked")
        });
        let filled = inputs.filter_map(|mut input| Some((input.remove("name")?, input.remove("value")?)));
        Form { action, is_get, fields: filled.collect() }
    };
    blocks.map(form).collect()
}

/// The attributes at the start of this text, up to the tag's end.
fn attributes(html: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = html.trim_start();
    while !rest.is_empty() && !rest.starts_with(['>', '/']) {
        let end =
            rest.find(|char: char| char.is_whitespace() || matches!(char, '=' | '>')).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (text, after) = match after.strip_prefix("=\"").and_then(|quoted| quoted.split_once('"')) {
            Some((text, after)) => (unescaped(text), after),
            None => (String::new(), after),
        };
        found.insert(name.to_owned(), text);
        rest = after.trim_start();
    }
    found
}

fn unescaped(text: &str) -> String {
    let pairs =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (entity, char)| text.replace(entity, char))
}
