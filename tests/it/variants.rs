//! The ways of asking for an address that is not given.

use http::{HeaderName, HeaderValue, Method, Request};
use lyceum_tests::{Browser, Door};

/// One way of asking.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
}

impl Variant {
    /// The request; nothing when no client could send this address.
    pub(crate) fn request<D: Door>(&self, browser: &Browser<D>) -> Option<Request<Vec<u8>>> {
        let uri = self.path.parse().ok()?;
        let mut request = browser.request(self.method.clone(), "/");
        *request.uri_mut() = uri;
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().expect("a header's name");
            request.headers_mut().insert(name, HeaderValue::from_str(value).ok()?);
        }
        Some(request)
    }
}

/// All of them for one address.
pub(crate) fn of(path: &str) -> Vec<Variant> {
    let get = |name, path: String| Variant { name, method: Method::GET, path, headers: Vec::new() };
    let mut all: Vec<Variant> = spellings(path).into_iter().map(|(name, path)| get(name, path)).collect();
    let methods =
        ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "GETX"];
    all.extend(methods.map(|name| {
        let method = Method::from_bytes(name.as_bytes()).expect("a method");
        Variant { name, method, path: path.to_owned(), headers: Vec::new() }
    }));
    all.extend(headers(path).into_iter().map(|(name, value)| Variant {
        name,
        method: Method::GET,
        path: path.to_owned(),
        headers: vec![(name, value)],
    }));
    all.push(Variant {
        name: "POST with a method override",
        method: Method::POST,
        path: path.to_owned(),
        headers: vec![("x-http-method-override", "GET".to_owned())],
    });
    all
}

/// The ways of writing an address.
pub(crate) fn spellings(path: &str) -> Vec<(&'static str, String)> {
    [plain(path), elsewhere(path), encoded(path)].concat()
}

/// The folder and the name of an address without its slash.
fn parts(path: &str) -> (&str, &str, &str) {
    let bare = path.trim_end_matches('/');
    let (folder, last) = bare.rsplit_once('/').unwrap_or(("", bare));
    (bare, folder, last)
}

fn plain(path: &str) -> Vec<(&'static str, String)> {
    let (bare, folder, last) = parts(path);
    vec![
        ("as it is", path.to_owned()),
        ("without a slash", bare.to_owned()),
        ("two slashes at the end", format!("{bare}//")),
        ("two slashes in front", format!("//{}", path.trim_start_matches('/'))),
        ("two slashes within", path.replace("/courses", "//courses")),
        ("an encoded dot", format!("{bare}/%2e")),
        ("an encoded way up", format!("{folder}/x/%2e%2e/{last}/")),
        ("a way up", format!("{folder}/x/../{last}/")),
        ("a way nowhere", format!("{folder}/./{last}/")),
        ("a matrix parameter", format!("{bare};x")),
        ("a matrix parameter and a slash", format!("{bare};x=1/")),
        ("a matrix way up", format!("{folder}/x/..;/{last}/")),
        ("upper case", path.to_uppercase()),
        ("an upper-case letter", path.replacen('c', "C", 1)),
        (".html", format!("{bare}.html")),
        ("/index.html", format!("{bare}/index.html")),
        ("/index.html/", format!("{bare}/index.html/")),
        ("/INDEX.HTML", format!("{bare}/INDEX.HTML")),
        (".md", format!("{bare}.md")),
        ("/index.md", format!("{bare}/index.md")),
        (".json", format!("{bare}.json")),
        (".xml", format!("{bare}.xml")),
        (".lys", format!("{bare}/index.html.lys")),
        (".gz", format!("{bare}/index.html.gz")),
        ("?raw", format!("{path}?raw")),
        ("?preview=owner", format!("{path}?preview=owner&as=owner&access=free")),
        ("?fragment=1", format!("{path}?fragment=1")),
        ("?__proto__", format!("{path}?__proto__[access]=free")),
    ]
}

fn elsewhere(path: &str) -> Vec<(&'static str, String)> {
    let sealed = lyceum_contract::paths::sealed_path(path);
    vec![
        ("the sealed file", sealed.clone()),
        ("the sealed file, encoded", sealed.replace("_sealed", "%5fsealed")),
        ("the sealed file by a way up", format!("/courses/..{sealed}")),
        ("the sealed file below a language", format!("/zh{sealed}")),
        ("the sealed file below courses", format!("/courses{sealed}")),
        ("the sealed file without its ending", sealed.trim_end_matches(".lys").to_owned()),
        ("below _lyceum", format!("/_lyceum{path}")),
        ("below the language", format!("/zh{path}")),
        ("below the language twice", format!("/zh/zh{path}")),
        ("below the default language", format!("/en{path}")),
        ("below no language", format!("/fr{path}")),
    ]
}

fn encoded(path: &str) -> Vec<(&'static str, String)> {
    let (bare, folder, last) = parts(path);
    let encoded = path.replace('/', "%2f");
    vec![
        ("encoded slashes", format!("/{}", encoded.trim_start_matches("%2f"))),
        ("doubly encoded slashes", format!("/{}", path.trim_start_matches('/').replace('/', "%252f"))),
        ("doubly encoded way up", format!("{folder}/x/%252e%252e/{last}/")),
        ("an encoded letter", path.replacen("cour", "%63our", 1)),
        ("a zero byte", format!("{bare}%00")),
        ("a zero byte and an ending", format!("{bare}%00.css")),
        ("a style sheet", format!("{path}x.css")),
        ("a script", format!("{bare}.js")),
        ("an encoded style sheet", format!("{bare}%2fx.css")),
        ("a way up to a script", format!("{path}%2e%2e%2fx.js")),
        ("a backslash", format!("{folder}\\{last}")),
        ("an encoded backslash", format!("{folder}%5c{last}/")),
        ("a dot at the end", format!("{bare}.")),
        ("a dot and a slash at the end", format!("{bare}./")),
        ("a space at the end", format!("{bare}%20")),
        ("a line break at the end", format!("{bare}%0a")),
        ("a tilde", format!("{bare}~")),
        ("too long", format!("{bare}/{}", "a".repeat(3_000))),
        ("an encoded question mark", format!("{bare}%3f")),
        ("an encoded hash", format!("{bare}%23")),
        ("overlong utf-8", format!("{folder}%c0%af{last}")),
        ("full width", format!("{folder}/%ef%bc%8f{last}")),
        ("an address with a host", format!("https://small.example{path}")),
        ("an address with another host", format!("http://evil.example{path}")),
        ("its thread", format!("/discuss{}", path.trim_start_matches("/zh").trim_start_matches("/courses"))),
        (
            "its thread as a fragment",
            format!("/discuss{}?fragment=1", path.trim_start_matches("/zh").trim_start_matches("/courses")),
        ),
    ]
}

fn headers(path: &str) -> Vec<(&'static str, String)> {
    let own = path.to_owned();
    vec![
        ("range", "bytes=0-".to_owned()),
        ("range", "bytes=0-0,10-20".to_owned()),
        ("if-none-match", "*".to_owned()),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT".to_owned()),
        ("if-range", "\"x\"".to_owned()),
        ("x-http-method-override", "PUT".to_owned()),
        ("x-original-url", own.clone()),
        ("x-rewrite-url", own.clone()),
        ("x-forwarded-uri", own.clone()),
        ("x-forwarded-path", own.clone()),
        ("x-forwarded-prefix", "/_sealed".to_owned()),
        ("x-forwarded-host", "evil.example".to_owned()),
        ("x-forwarded-for", "127.0.0.1".to_owned()),
        ("x-forwarded-proto", "http".to_owned()),
        ("forwarded", "for=127.0.0.1;host=evil.example".to_owned()),
        ("x-real-ip", "127.0.0.1".to_owned()),
        ("x-middleware-subrequest", "middleware:middleware:middleware".to_owned()),
        ("x-lyceum-preview", "owner".to_owned()),
        ("cf-worker", "small.example".to_owned()),
        ("authorization", "Bearer owner".to_owned()),
        ("accept", "application/json".to_owned()),
        ("accept", "text/markdown".to_owned()),
        ("accept-encoding", "identity".to_owned()),
        ("accept-encoding", "gzip;q=0, *".to_owned()),
        ("accept-language", "zh".to_owned()),
        ("user-agent", "Googlebot/2.1 (+http://www.google.com/bot.html)".to_owned()),
        ("referer", "https://www.google.com/".to_owned()),
        ("purpose", "prefetch".to_owned()),
        ("cookie", "__Host-ly_session=; ly_session=owner; ly_member=1; __Host-ly_session=owner".to_owned()),
        ("host", "localhost".to_owned()),
        ("te", "trailers".to_owned()),
        ("cache-control", "no-store, only-if-cached".to_owned()),
    ]
}
