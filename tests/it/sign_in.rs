//! Signing in is single-use, short, bound to the browser that asked, and tells nothing about who has an account.

use http::StatusCode;
use http::{HeaderMap, Method};
use lyceum::adapters::SqliteLedger;
use lyceum_app::ports::Ledger;
use lyceum_tests::academy::{Visitor, code_in, link_in};
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Page, Scratch};

const CODE: &str = "/sign-in/code/";
const LINK: &str = "/sign-in/link/";

fn academy() -> Academy {
    Academy::of(small_academy())
}

/// A browser that has asked for a code.
async fn asked<L: Ledger + 'static>(academy: &Academy<L>, email: &str) -> Visitor<L> {
    let mut browser = academy.browser();
    let page = browser.post("/sign-in/", &[("email", email), ("return_to", "/courses/rust/")]).await;
    assert_eq!(page.location(), Some(CODE));
    browser
}

fn is_signed_in<L>(browser: &Visitor<L>) -> bool
where
    L: Ledger + 'static,
{
    browser.cookies.contains_key("__Host-ly_session")
}

/// Challenge, secret and code of a mailed link.
fn parts(link: &str) -> (String, String, String) {
    let (_, fragment) = link.split_once('#').expect("the secret is in the fragment");
    let mut parts = fragment.split('.').map(str::to_owned);
    let mut next = || parts.next().expect("three parts");
    (next(), next(), next())
}

async fn answer(browser: &mut Visitor, code: &str) -> Page {
    browser.post(CODE, &[("code", code)]).await
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn looking_at_the_link_changes_nothing() {
    let academy = academy();
    let mut ada = asked(&academy, "ada@example.org").await;
    let link = link_in(&academy.mail_to("ada@example.org"));
    let (challenge, secret, code) = parts(&link);
    let guesses = [
        LINK.to_owned(),
        format!("{LINK}?challenge={challenge}&secret={secret}"),
        format!("{LINK}?code={code}"),
        format!("{CODE}?code={code}"),
        format!("{LINK}{challenge}.{secret}.{code}/"),
        format!("/zh{LINK}"),
    ];
    let scanner = academy.browser();
    for mut visitor in [scanner, ada.clone()] {
        for path in &guesses {
            for method in [Method::HEAD, Method::GET, Method::OPTIONS] {
                let page = visitor.send(visitor.request(method.clone(), path)).await;
                visitor.follow(page).await;
                assert!(!is_signed_in(&visitor), "{method} {path} signs in");
            }
        }
    }
    let page = ada.post(LINK, &[("challenge", &challenge), ("secret", &secret)]).await;
    assert_eq!(page.location(), Some("/courses/rust/"), "the link still works where it was asked for");
    assert!(is_signed_in(&ada));
}

#[tokio::test]
async fn another_browser_never_signs_in() {
    let academy = academy();
    let mut ada = asked(&academy, "ada@example.org").await;
    let (challenge, secret, code) = parts(&link_in(&academy.mail_to("ada@example.org")));
    let stranger = academy.browser();
    let with_own_challenge = asked(&academy, "eve@example.org").await;
    for mut other in [stranger, with_own_challenge] {
        for _ in 0..6 {
            other.post(LINK, &[("challenge", &challenge), ("secret", &secret)]).await;
            assert!(!is_signed_in(&other));
        }
        other.post(CODE, &[("code", &code)]).await;
        assert!(!is_signed_in(&other));
        let shown = other.open(LINK).await;
        assert!(!shown.shows(&code) && !shown.shows(&secret), "the code comes from the fragment alone");
    }
    let page = answer(&mut ada, &code).await;
    assert_eq!(page.location(), Some("/courses/rust/"), "tries elsewhere are not held against Ada");
}

#[tokio::test]
async fn a_code_signs_in_once() {
    let academy = academy();
    let mut ada = asked(&academy, "ada@example.org").await;
    let before = ada.clone();
    let (challenge, secret, code) = parts(&link_in(&academy.mail_to("ada@example.org")));
    answer(&mut ada, &code).await;
    assert!(is_signed_in(&ada));
    let mut again = before.clone();
    answer(&mut again, &code).await;
    assert!(!is_signed_in(&again), "the code works twice");
    let mut by_link = before;
    by_link.post(LINK, &[("challenge", &challenge), ("secret", &secret)]).await;
    assert!(!is_signed_in(&by_link), "the link works after the code");
}

#[tokio::test]
async fn five_wrong_codes_end_it() {
    let academy = academy();
    let mut ada = asked(&academy, "ada@example.org").await;
    let code = code_in(&academy.mail_to("ada@example.org"));
    for n_left in (1..5).rev() {
        let page = answer(&mut ada, wrong(&code)).await;
        let left = if n_left == 1 { "1\u{a0}try left" } else { &format!("{n_left}\u{a0}tries left") };
        assert!(page.shows(left), "{}", page.text());
    }
    assert!(answer(&mut ada, wrong(&code)).await.shows("This code has ended"));
    assert!(answer(&mut ada, &code).await.shows("This code has ended"));
    assert!(!is_signed_in(&ada));
}

#[tokio::test]
async fn four_wrong_codes_do_not() {
    let academy = academy();
    let mut ada = asked(&academy, "ada@example.org").await;
    let code = code_in(&academy.mail_to("ada@example.org"));
    for _ in 0..4 {
        answer(&mut ada, wrong(&code)).await;
    }
    answer(&mut ada, &code).await;
    assert!(is_signed_in(&ada));
}

#[tokio::test]
async fn a_code_lives_ten_minutes() {
    for (seconds, expected) in [(599, true), (600, false)] {
        let academy = academy();
        let mut ada = asked(&academy, "ada@example.org").await;
        let code = code_in(&academy.mail_to("ada@example.org"));
        academy.pass(seconds);
        answer(&mut ada, &code).await;
        assert_eq!(is_signed_in(&ada), expected, "after {seconds} s");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_answers_at_once_open_one_session() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    let academy = Academy::with_ledger(small_academy(), ledger);
    for round in 0..5 {
        let email = format!("ada{round}@example.org");
        let browser = asked(&academy, &email).await;
        let code = code_in(&academy.mail_to(&email));
        let app = browser.door.clone();
        let tries: Vec<_> = (0..20)
            .map(|_| {
                let mut request = browser.request(Method::POST, CODE);
                *request.body_mut() = format!("code={code}").into_bytes();
                let app = app.clone();
                tokio::spawn(async move { app.respond(request.map(axum::body::Body::from)).await })
            })
            .collect();
        let mut n_sessions = 0;
        for answered in tries {
            let response = answered.await.expect("no panic");
            assert!(!response.status().is_server_error(), "{}", response.status());
            let cookies = response.headers().get_all("set-cookie").iter();
            n_sessions +=
                cookies.filter(|cookie| cookie.as_bytes().starts_with(b"__Host-ly_session=local")).count();
        }
        assert_eq!(n_sessions, 1, "round {round}");
    }
}

/// Everything about an answer that could tell one address from another.
fn telling(page: &Page) -> (u16, HeaderMap, usize, Vec<usize>) {
    let mut headers = page.headers.clone();
    headers.remove("set-cookie");
    let cookies = page.headers.get_all("set-cookie").iter().map(http::HeaderValue::len).collect();
    (page.status.as_u16(), headers, page.body.len(), cookies)
}

#[tokio::test]
async fn an_answer_does_not_tell_who_has_an_account() {
    let academy = academy();
    academy.buyer("known@example.org", "rust").await;
    let mut answers = Vec::new();
    for email in ["known@example.org", "other@example.org", "KNOWN@example.org"] {
        let mut browser = academy.browser();
        let sent = browser.post("/sign-in/", &[("email", email), ("return_to", "/")]).await;
        let code_page = browser.open(CODE).await;
        let wrong_code =
            browser.post(CODE, &[("code", wrong(&code_in(&academy.mail_to(&email.to_lowercase()))))]).await;
        answers.push((telling(&sent), telling(&code_page), telling(&wrong_code)));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn an_address_gets_five_mails_an_hour_and_is_not_told() {
    let academy = academy();
    let mut answers = Vec::new();
    for _ in 0..6 {
        let mut browser = academy.browser();
        let sent = browser.post("/sign-in/", &[("email", "ada@example.org"), ("return_to", "/")]).await;
        answers.push((telling(&sent), telling(&browser.open(CODE).await)));
    }
    assert_eq!(academy.place.mailer.all().len(), 5);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    let mut limited = academy.browser();
    limited.post("/sign-in/", &[("email", "ada@example.org")]).await;
    assert!(!answer(&mut limited, "000000").await.text().is_empty() && !is_signed_in(&limited));
    academy.pass(3_600);
    academy.member("ada@example.org").await;
    assert_eq!(academy.place.mailer.all().len(), 6, "an hour later there are mails again");
}

#[tokio::test]
async fn the_breaker_stops_mail_to_everybody_and_says_so() {
    let mut academy = academy();
    academy.config.max_mails_per_hour = 3;
    for number in 0..3 {
        asked(&academy, &format!("m{number}@example.org")).await;
    }
    let known = academy.browser().post("/sign-in/", &[("email", "m0@example.org")]).await;
    let unknown = academy.browser().post("/sign-in/", &[("email", "new@example.org")]).await;
    assert_eq!(
        (known.status, unknown.status),
        (StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE)
    );
    assert_eq!(known.body, unknown.body, "nobody learns which address is known");
    assert_eq!(academy.place.mailer.all().len(), 3);
}

#[tokio::test]
async fn what_is_no_address_gets_no_mail() {
    let academy = academy();
    for email in [
        "",
        "ada",
        "ada@",
        "ada@example",
        "a b@example.org",
        "a@example.org\r\nBcc: eve@example.org",
        "a@b@c.org",
    ] {
        let mut browser = academy.browser();
        let page = browser.post("/sign-in/", &[("email", email)]).await;
        assert_eq!(page.status, 200, "{email:?}");
        assert!(page.shows("aria-invalid=\"true\""), "{email:?}: {}", page.text());
    }
    assert!(academy.place.mailer.all().is_empty());
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let away = [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "/\u{2f}evil.example",
        "evil.example",
        "?//evil.example",
        "@evil.example",
        "/x\u{0}",
        "/\u{ff0f}evil.example",
    ];
    let academy = academy();
    let mut signed_in = academy.member("bob@example.org").await;
    for (number, wanted) in away.into_iter().enumerate() {
        let email = format!("ada{number}@example.org");
        let mut browser = academy.browser();
        let query = lyceum_tests::browser::encoded([("return_to", wanted)]);
        let form = browser.open(&format!("/sign-in/?{query}")).await.form("/sign-in/").fill("email", &email);
        browser.submit(&form).await;
        let through = answer(&mut browser, &code_in(&academy.mail_to(&email))).await;
        let at_once = signed_in.get(&format!("/sign-in/?{query}")).await;
        for page in [through, at_once] {
            assert_eq!(page.location(), Some("/account/"), "{wanted:?}");
            assert_eq!(
                page.headers.get_all("set-cookie").iter().filter(|c| c.as_bytes().starts_with(b"a=")).count(),
                0
            );
        }
    }
    let home = signed_in.get("/sign-in/?return_to=/zh/courses/rust/").await;
    assert_eq!(home.location(), Some("/zh/courses/rust/"), "an address of this site is kept");
}

#[tokio::test]
async fn an_ended_session_stays_ended() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let stolen = ada.cookies.clone();
    let account = ada.open("/account/").await;
    ada.submit(&account.form("/sign-out/")).await;
    let mut thief = academy.browser();
    thief.cookies = stolen;
    let page = thief.get("/account/").await;
    assert!(page.location().is_some_and(|to| to.starts_with("/sign-in/")), "{:?}", page.location());
}

#[tokio::test]
async fn crawlers_may_keep_the_way_in_and_nothing_personal() {
    let academy = academy();
    let mut browser = academy.browser();
    let robots = async |path: &str, browser: &mut Visitor<_>| {
        browser.get(path).await.header("x-robots-tag").to_owned()
    };
    assert_eq!(robots("/sign-in/", &mut browser).await, "");
    for path in ["/sign-in/?return_to=/courses/rust/", LINK, "/discuss/rust/moves/", "/checkout/?price=none"]
    {
        assert_eq!(robots(path, &mut browser).await, "noindex", "{path}");
    }
    let mut member = academy.member("ada@example.org").await;
    assert_eq!(robots("/account/", &mut member).await, "noindex");
}
