//! Requests that mean no good, and what every answer carries.

use http::{HeaderValue, Method};
use lyceum_contract::headers::SECURITY_HEADERS;
use lyceum_tests::academy::Visitor;
use lyceum_tests::browser::{encoded, with_headers};
use lyceum_tests::content::{public_addresses, small_academy};
use lyceum_tests::{Academy, Content, Page};

const THREAD: &str = "/discuss/rust/moves/";
/// Every address that takes a form, with a form that it takes.
const FORMS: [(&str, &[(&str, &str)]); 7] = [
    ("/sign-in/", &[("email", "new@example.org")]),
    ("/sign-in/code/", &[("code", "123456")]),
    ("/sign-in/link/", &[("challenge", "x"), ("secret", "y")]),
    ("/sign-out/", &[]),
    ("/account/", &[("name", "Mallory")]),
    ("/checkout/", &[("price", "go")]),
    (THREAD, &[("text", "hello")]),
];
const BATCH: &str = r#"{"v":1,"events":[{"id":"00000000000000000000000000000001","age_ms":0,"kind":"page_view","path":"/"}]}"#;

fn academy() -> Academy {
    Academy::of(small_academy())
}

#[tokio::test]
async fn no_header_from_outside_changes_a_public_page() {
    let academy = academy();
    let headers = [
        ("x-lyceum-member", "1"),
        ("x-lyceum-entitlements", "tier:pro"),
        ("x-lyceum-preview", "owner"),
        ("x-ly-access", "free"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/_lyceum/manifest.json"),
        ("x-rewrite-url", "/_lyceum/manifest.json"),
        ("x-http-method-override", "POST"),
        ("x-middleware-subrequest", "middleware"),
        ("x-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("host", "evil.example"),
        ("cf-connecting-ip", "127.0.0.1"),
        ("cf-visitor", "{\"scheme\":\"http\"}"),
        ("accept-language", "zh"),
        ("user-agent", "<script>alert(1)</script>"),
        ("referer", "https://evil.example/"),
        ("cookie", "ly_session=owner; __Host-ly_session=owner; ly_member=1; preview=owner; as=owner"),
        ("authorization", "Bearer owner"),
    ];
    let mut browser = academy.browser();
    for path in public_addresses(small_academy()) {
        let expected = browser.get(&path).await;
        for header in headers {
            let page = browser.send(with_headers(browser.request(Method::GET, &path), &[header])).await;
            assert_eq!(page.body, expected.body, "{path} with {header:?}");
            assert_eq!(page.headers, expected.headers, "{path} with {header:?}");
        }
        let flagged = browser
            .get(&format!("{path}?as=owner&preview=1&access=free&_method=POST&utm_source=%3Cb%3E"))
            .await;
        assert_eq!(flagged.body, expected.body, "{path} with a query");
    }
}

#[tokio::test]
async fn an_earlier_address_leads_on_for_good() {
    let page = "---\ntitle: Moved\naliases: [/before/, /2019/post.html]\n---\n\nHere.\n";
    let academy = Academy::of(&Content::fixture("academy").with("pages/moved.md", page).files());
    let mut browser = academy.browser();
    for (path, expected) in
        [("/before/", "/moved/"), ("/before/?a=1&b=%20", "/moved/?a=1&b=%20"), ("/2019/post.html", "/moved/")]
    {
        let page = browser.send(browser.request(Method::GET, path)).await;
        assert_eq!(page.status, 308, "{path}");
        assert_eq!(page.headers.get("location"), Some(&HeaderValue::from_static(expected)), "{path}");
    }
    for path in ["/moved/", "/before/x/", "/before/index.htm"] {
        let page = browser.send(browser.request(Method::GET, path)).await;
        assert_ne!(page.status, 308, "{path}");
    }
}

#[tokio::test]
async fn the_sites_own_address_is_in_mails_whatever_the_request_says() {
    let academy = academy();
    let mut browser = academy.browser();
    let mut request = browser.request(Method::POST, "/sign-in/");
    *request.body_mut() = encoded([("email", "ada@example.org")]).into_bytes();
    let forged =
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    browser.send(with_headers(request, &forged)).await;
    let mail = academy.mail_to("ada@example.org");
    assert!(
        mail.text.contains("https://small.example/sign-in/link/#") && !mail.text.contains("evil"),
        "{}",
        mail.text
    );
}

#[tokio::test]
async fn forms_from_other_sites_are_refused() {
    let academy = academy();
    let buyer = academy.buyer("ada@example.org", "rust").await;
    let n_mails = academy.place.mailer.all().len();
    let n_calls = academy.place.payments.n_calls();
    let n_events = academy.place.events.all().len();
    let foreign: [&[(&str, &str)]; 7] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "")],
        &[("sec-fetch-site", "-"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "-"), ("origin", "null")],
        &[("sec-fetch-site", "-"), ("origin", "-")],
    ];
    let mut all: Vec<(&str, Vec<u8>)> =
        FORMS.iter().map(|(path, fields)| (*path, encoded(fields.iter().copied()).into_bytes())).collect();
    all.push(("/events", BATCH.into()));
    all.push(("/healthz", Vec::new()));
    all.push(("/courses/rust/", Vec::new()));
    for (path, body) in &all {
        for prefix in ["", "/zh"] {
            for headers in foreign {
                for media_type in
                    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
                {
                    let mut browser = buyer.clone();
                    let mut request =
                        with_headers(browser.request(Method::POST, &format!("{prefix}{path}")), headers);
                    request.headers_mut().insert("content-type", HeaderValue::from_static(media_type));
                    for name in ["sec-fetch-site", "origin"] {
                        if headers.iter().any(|(known, value)| *known == name && *value == "-") {
                            request.headers_mut().remove(name);
                        }
                    }
                    request.body_mut().clone_from(body);
                    let page = browser.send(request).await;
                    assert_eq!(page.status, 403, "{path} with {headers:?}");
                    assert!(!page.headers.contains_key("set-cookie"), "{path} with {headers:?}");
                }
            }
        }
    }
    assert_eq!(academy.place.mailer.all().len(), n_mails);
    assert_eq!(academy.place.payments.n_calls(), n_calls);
    assert_eq!(academy.place.events.all().len(), n_events);
    let mut buyer = buyer;
    let account = buyer.open("/account/").await;
    assert!(
        account.shows("ada@example.org") && !account.shows("Mallory"),
        "nothing changed, and she is signed in"
    );
    academy.pass(150);
    assert!(buyer.open(THREAD).await.shows("Nobody has written yet."));
}

#[tokio::test]
async fn looking_changes_nothing() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let n_events = academy.place.events.all().len();
    for (path, fields) in FORMS {
        let query = encoded(fields.iter().copied());
        for method in [Method::GET, Method::HEAD] {
            let request = buyer.request(method, &format!("{path}?{query}"));
            let page = buyer.send(with_headers(request, &[("x-http-method-override", "POST")])).await;
            assert!(page.status.as_u16() < 500, "{path}");
        }
    }
    assert_eq!(academy.place.events.all().len(), n_events);
    let account = buyer.open("/account/").await;
    assert!(account.shows("ada@example.org") && !account.shows("Mallory") && !account.shows("Not paid"));
}

/// What somebody may put where an id is expected.
const WEIRD: [&str; 30] = [
    "",
    "/",
    ":",
    "c:",
    "rust",
    "rust/",
    "rust/moves:",
    "rust:moves",
    "rust/moves/extra/deep",
    "..",
    "../..",
    "rust/..",
    "'",
    "\"",
    "' OR '1'='1",
    "; DROP TABLE members",
    "%",
    "%%",
    "_",
    "*",
    "\0",
    "rust/moves\0",
    "\u{202e}rust",
    "\u{feff}rust/moves",
    "ruѕt/moves",
    "\n",
    "rust/moves\r\nx: y",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "\u{10ffff}",
];

#[tokio::test]
async fn no_id_breaks_anything() {
    let academy = academy();
    let long = "a".repeat(60_000);
    let buyer = academy.buyer("ada@example.org", "rust").await;
    for weird in WEIRD.into_iter().chain([long.as_str(), &"%F0%9F%92%A9".repeat(500)]) {
        let query = encoded([("", weird)]);
        let raw = &query[1..];
        let paths = [
            format!("/discuss/{raw}/"),
            format!("/discuss/{raw}"),
            format!("/zh/discuss/{raw}/"),
            format!("/discuss/rust/{raw}/"),
            format!("/discuss/rust/moves/?fragment={raw}"),
            format!("/checkout/?price={raw}"),
            format!("/checkout/return/?order={raw}"),
            format!("/sign-in/?return_to={raw}"),
            format!("/courses/{raw}/"),
            format!("/courses/rust/{raw}"),
            format!("/{raw}"),
            format!("/zh/{raw}/"),
        ];
        for path in paths.iter().filter(|path| path.parse::<http::Uri>().is_ok()) {
            let mut browser = buyer.clone();
            let page = browser.get(path).await;
            assert!(page.status.as_u16() < 500, "{} {path:.200}", page.status);
        }
        for (path, fields) in FORMS {
            let filled: Vec<(&str, &str)> = fields.iter().map(|(name, _)| (*name, weird)).collect();
            let page = buyer.clone().post(path, &filled).await;
            assert!(page.status.as_u16() < 500, "{} {path} {weird:.200}", page.status);
        }
    }
}

#[tokio::test]
async fn no_body_breaks_anything() {
    let academy = academy();
    let buyer = academy.buyer("ada@example.org", "rust").await;
    let bodies: [&[u8]; 8] = [
        b"",
        b"=",
        b"&&&",
        b"\xff\xfe",
        b"text=%ff%fe",
        b"text=%",
        b"{\"text\":1}",
        b"text=a&text=b&price=rust&price=go",
    ];
    for (path, _) in FORMS.into_iter().chain([("/events", [].as_slice())]) {
        for body in bodies {
            for media_type in ["application/x-www-form-urlencoded", "application/json", "text/plain", "x", ""]
            {
                let mut browser = buyer.clone();
                let mut request =
                    with_headers(browser.request(Method::POST, path), &[("content-type", media_type)]);
                *request.body_mut() = body.to_vec();
                let page = browser.send(request).await;
                assert!(page.status.as_u16() < 500, "{path} {body:?} as {media_type}: {}", page.status);
            }
        }
    }
}

/// Answers of every kind.
async fn all_kinds(academy: &Academy) -> Vec<Page> {
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let mut pages = Vec::new();
    let mut paths = public_addresses(small_academy());
    paths.extend(FORMS.iter().map(|(path, _)| (*path).to_owned()));
    paths.extend(
        [
            "/lost/",
            "/_sealed/x",
            "//",
            "/courses/rust",
            "/healthz",
            "/events",
            "/checkout/return/?order=0",
            "/zh/lost/",
        ]
        .map(str::to_owned),
    );
    for path in paths {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
            for mut browser in [academy.browser(), buyer.clone()] {
                pages.push(browser.send(browser.request(method.clone(), &path)).await);
            }
        }
    }
    academy.place.ledger.set_down(true);
    pages.push(buyer.get("/account/").await);
    academy.place.ledger.set_down(false);
    pages
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let academy = academy();
    for page in all_kinds(&academy).await {
        for (name, expected) in SECURITY_HEADERS {
            let found = page.header(name);
            let is_checkout = name == "content-security-policy" && page.address.contains("/checkout/");
            assert!(found == expected || is_checkout, "{} {}: {name}: {found}", page.status, page.address);
            assert_eq!(page.headers.get_all(name).iter().count(), 1, "{}: {name}", page.address);
        }
        assert_eq!(page.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
        assert!(!page.header("cache-control").is_empty(), "{}", page.address);
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            let is_hint = cookie.starts_with("ly_member=");
            assert!(cookie.contains("; Secure") && cookie.contains("; SameSite=Lax"), "{cookie}");
            assert!(is_hint || (cookie.starts_with("__Host-") && cookie.contains("; HttpOnly")), "{cookie}");
        }
    }
}

#[tokio::test]
async fn no_page_of_ours_leads_to_another_site() {
    let academy = academy();
    let mut browser = academy.browser();
    for path in [
        "/zh//evil.example/",
        "/zh//evil.example",
        "/zh//evil.example/%2e%2e",
        "//evil.example/",
        "/zh/\\evil.example/",
    ] {
        let Ok(uri) = path.parse::<http::Uri>() else { continue };
        let mut request = browser.request(Method::GET, "/");
        *request.uri_mut() = uri;
        let page = browser.send(request).await;
        for start in ["href=\"//", "action=\"//", "href=\"/\\"] {
            assert!(!page.shows(start), "{path} ({}) has {start}", page.status);
        }
        assert!(
            !page.location().is_some_and(|to| to.starts_with("//")),
            "{path} leads to {:?}",
            page.location()
        );
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    for path in public_addresses(small_academy()).iter().map(String::as_str).chain([
        "/lost/",
        "/account/",
        "/healthz",
    ]) {
        let (whole, head) = (buyer.get(path).await, buyer.send(buyer.request(Method::HEAD, path)).await);
        assert!(head.body.is_empty() && !whole.body.is_empty(), "{path}");
        assert_eq!(
            (head.status, head.header("content-type")),
            (whole.status, whole.header("content-type")),
            "{path}"
        );
    }
}

async fn as_program(browser: &mut Visitor, method: Method, path: &str, body: &[u8]) -> Page {
    let mut request = with_headers(browser.request(method, path), &[("accept", "application/json")]);
    *request.body_mut() = body.to_vec();
    browser.send(request).await
}

#[tokio::test]
async fn programs_get_problems_and_people_get_pages() {
    let academy = academy();
    let mut browser = academy.browser();
    let check = |page: &Page, status: u16| {
        assert_eq!(page.status, status, "{}", page.address);
        assert_eq!(page.header("content-type"), "application/problem+json", "{}", page.address);
        let problem: serde_json::Value = serde_json::from_slice(&page.body).expect("JSON");
        assert_eq!(problem["status"], status, "{}", page.address);
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        assert_eq!(page.header("cache-control"), "no-store");
    };
    check(&as_program(&mut browser, Method::GET, "/_lyceum/manifest.json", b"").await, 404);
    check(&as_program(&mut browser, Method::GET, "/discuss/rust/lost/", b"").await, 404);
    check(&as_program(&mut browser, Method::DELETE, "/account/", b"").await, 405);
    check(&as_program(&mut browser, Method::POST, "/account/", b"name=x").await, 401);
    check(&as_program(&mut browser, Method::POST, THREAD, b"text=x").await, 401);
    check(&as_program(&mut browser, Method::POST, "/checkout/", b"price=rust").await, 401);
    check(&as_program(&mut browser, Method::POST, THREAD, b"").await, 401);
    check(&as_program(&mut browser, Method::POST, "/events", b"{}").await, 400);
    check(&as_program(&mut browser, Method::POST, "/events", &vec![b' '; 40_000]).await, 413);
    check(&as_program(&mut browser, Method::POST, "/events", &vec![b' '; 200_000]).await, 413);
    let mut member = academy.member("bob@example.org").await;
    check(&as_program(&mut member, Method::POST, THREAD, b"text=x").await, 403);
    check(&as_program(&mut member, Method::POST, THREAD, b"").await, 400);
    for (path, status) in [("/_lyceum/manifest.json", 404), ("/discuss/rust/lost/", 404)] {
        let page = browser.get(path).await;
        assert_eq!(page.status, status);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
    let refused = browser.send(browser.request(Method::DELETE, "/account/")).await;
    assert_eq!(refused.status, 405);
    assert!(
        refused.header("allow").contains("POST") && refused.header("allow").contains("GET"),
        "{:?}",
        refused.headers
    );
}

#[tokio::test]
async fn every_refusal_is_a_page_in_the_frame_of_the_site() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let twice = "a=1&a=2";
    for path in [
        "/checkout/?price=rust&price=go",
        "/checkout/return/?order=a&order=b",
        "/sign-in/?return_to=/a&return_to=/b",
        "/discuss/rust/start/?fragment=1&fragment=2",
        "/discuss/%ff%fe/",
        "/discuss/rust/moves",
        "/discuss/",
        "/checkout/lost/",
        "/account/lost/",
        "/lost?x=%ff",
        &format!("/?{twice}"),
    ] {
        let page = buyer.open(path).await;
        assert!(!page.status.is_server_error(), "{path}: {}", page.status);
        let kind = page.header("content-type");
        assert_eq!(kind, "text/html; charset=utf-8", "{path}: {} {}", page.status, page.text());
        assert!(page.shows("Small Academy"), "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_says_so() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let text = "x".repeat(100_000);
    for (path, fields) in FORMS.iter().filter(|(_, fields)| !fields.is_empty()) {
        let filled: Vec<(&str, &str)> = fields.iter().map(|(name, _)| (*name, &*text)).collect();
        assert_eq!(buyer.post(path, &filled).await.status, 413, "{path}");
    }
}

#[tokio::test]
async fn a_comment_may_be_as_long_as_the_form_says() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let posted = buyer.post(THREAD, &[("text", &"💬".repeat(5_000)), ("name", &"💬".repeat(40))]).await;
    assert_eq!(posted.status, 303);
    let refused = buyer.post(THREAD, &[("text", &"x".repeat(5_001))]).await;
    assert!(refused.shows("The comment is too long."), "{}", refused.status);
}
