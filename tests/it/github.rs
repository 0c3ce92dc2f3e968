//! Signing in with GitHub: one browser, one journey, one verified address.

use std::collections::BTreeSet;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, Request, Response, StatusCode};
use lyceum_app::GitHubApp;
use lyceum_tests::academy::Visitor;
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Page};
use sha2::{Digest, Sha256};

const RETURN: &str = "/sign-in/github/return/";

/// An account at GitHub, as its API tells of it.
#[derive(Clone, Copy)]
struct Person {
    id: u64,
    emails: &'static str,
}

const ADA: Person = Person {
    id: 1,
    emails: r#"[{"email":"old@example.org","primary":false,"verified":true,"visibility":null},
                {"email":"Ada@Example.org","primary":true,"verified":true,"visibility":"public"}]"#,
};

/// GitHub, as far as the app asks it: a code is good once, for one redirect address, with the verifier of its challenge.
struct GitHub {
    person: Person,
    challenge: String,
    used: Mutex<BTreeSet<String>>,
}

fn json(body: String) -> Response<Vec<u8>> {
    Response::new(body.into_bytes())
}

impl GitHub {
    fn answer(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let path = request.uri().path();
        assert!(request.headers().contains_key("user-agent"), "GitHub refuses requests without a user agent");
        if path == "/login/oauth/access_token" {
            return self.token(request);
        }
        let is_allowed = request.headers().get("authorization").is_some_and(|key| key == "Bearer gho_1");
        match path {
            _ if !is_allowed => {
                let mut response = json("{}".to_owned());
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                response
            }
            "/api/user" => {
                json(format!(r#"{{"login":"ada","id":{},"email":"public@evil.example"}}"#, self.person.id))
            }
            "/api/user/emails" => json(self.person.emails.to_owned()),
            _ => panic!("GitHub has nothing at {path}"),
        }
    }

    fn token(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        assert_eq!(request.headers()["accept"], "application/json");
        let body = String::from_utf8(request.body().clone()).expect("a form");
        let value = |name: &str| {
            let pair = body.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
            pair.unwrap_or_default().to_owned()
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(value("code_verifier").as_bytes()));
        let is_right = value("client_id") == "client"
            && value("client_secret") == "secret"
            && value("redirect_uri") == "https%3A//small.example/sign-in/github/return/"
            && challenge == self.challenge
            && value("code").starts_with("good")
            && self.used.lock().expect("no panic").insert(value("code"));
        if is_right {
            return json(r#"{"access_token":"gho_1","scope":"user:email","token_type":"bearer"}"#.to_owned());
        }
        json(r#"{"error":"bad_verification_code","error_description":"x","error_uri":"y"}"#.to_owned())
    }
}

/// How GitHub fails.
type Fault = fn(&Request<Vec<u8>>) -> Option<Response<Vec<u8>>>;

fn academy() -> Academy {
    let mut academy = Academy::of(small_academy());
    academy.config.origin = Some("https://small.example".to_owned());
    let app = GitHubApp::new("client".to_owned(), "secret".to_owned());
    academy.config.github = Some(app.at("https://github.example"));
    academy
}

fn value_of(address: &str, name: &str) -> String {
    let query = address.split_once('?').expect("a query").1;
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    pair.unwrap_or_else(|| panic!("no {name} in {address}")).to_owned()
}

/// Goes to GitHub, where this person is. The state with which GitHub sends the browser back.
async fn leave(academy: &Academy, browser: &mut Visitor, person: Person) -> String {
    let form = browser.open("/sign-in/?return_to=/courses/rust/").await.form("/sign-in/github/");
    let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let page = browser.post(&form.action, &fields).await;
    let address = page.location().expect("leads to GitHub").to_owned();
    assert!(address.starts_with("https://github.example/login/oauth/authorize?"), "{address}");
    assert_eq!(value_of(&address, "code_challenge_method"), "S256");
    assert_eq!(value_of(&address, "redirect_uri"), "https%3A//small.example/sign-in/github/return/");
    let challenge = value_of(&address, "code_challenge");
    let github = GitHub { person, challenge, used: Mutex::default() };
    academy.place.http.answer_with(move |request| Some(github.answer(&request)));
    value_of(&address, "state")
}

async fn come_back(browser: &mut Visitor, code: &str, state: &str) -> Page {
    browser.get(&format!("{RETURN}?code={code}&state={state}")).await
}

fn is_signed_in(browser: &Visitor) -> bool {
    browser.cookies.contains_key("__Host-ly_session")
}

/// Signs in with GitHub in a new browser. The page after it.
async fn signed_in_as(academy: &Academy, person: Person) -> (Visitor, Page) {
    let mut browser = academy.browser();
    let state = leave(academy, &mut browser, person).await;
    let page = come_back(&mut browser, "good", &state).await;
    (browser, page)
}

#[tokio::test]
async fn a_verified_primary_address_signs_in() {
    let academy = academy();
    let (mut browser, page) = signed_in_as(&academy, ADA).await;
    assert_eq!(page.location(), Some("/courses/rust/"));
    assert!(browser.open("/account/").await.shows("ada@example.org"), "the primary address, in lower case");
    assert!(browser.open("/account/devices/").await.shows("with GitHub"));
    assert!(academy.place.mailer.all().is_empty());
}

#[tokio::test]
async fn an_account_here_is_found_by_its_address_and_then_by_its_number() {
    let academy = academy();
    let mut by_mail = academy.buyer("ada@example.org", "rust").await;
    let (mut browser, _) = signed_in_as(&academy, ADA).await;
    let orders = |page: &Page| page.text().matches("<tr><td>").count();
    assert_eq!(orders(&browser.open("/account/").await), orders(&by_mail.open("/account/").await));
    let moved = Person { emails: r#"[{"email":"new@example.org","primary":true,"verified":true}]"#, ..ADA };
    let (mut later, _) = signed_in_as(&academy, moved).await;
    assert!(later.open("/account/").await.shows("ada@example.org"), "the same number is the same member");
}

#[tokio::test]
async fn what_github_has_not_verified_does_not_count() {
    let academy = academy();
    academy.member("ada@example.org").await;
    for emails in [
        r#"[{"email":"ada@example.org","primary":true,"verified":false}]"#,
        r#"[{"email":"ada@example.org","primary":false,"verified":true},{"email":"x@example.org","primary":true,"verified":false}]"#,
        r#"[{"email":"ada@example.org"}]"#,
        r#"[{"email":"no address","primary":true,"verified":true}]"#,
        "[]",
    ] {
        let (browser, page) = signed_in_as(&academy, Person { id: 2, emails }).await;
        assert!(page.shows("GitHub has not verified"), "{emails}: {}", page.text());
        assert!(!is_signed_in(&browser));
    }
}

#[tokio::test]
async fn only_the_browser_that_left_comes_back_and_once() {
    let academy = academy();
    let mut browser = academy.browser();
    let state = leave(&academy, &mut browser, ADA).await;
    let before = browser.clone();
    let mut stranger = academy.browser();
    let mut other = academy.browser();
    other.post("/sign-in/github/", &[]).await;
    for visitor in [&mut stranger, &mut other] {
        let page = come_back(visitor, "good", &state).await;
        assert!(page.shows("GitHub did not sign you in"), "{}", page.text());
        assert!(!is_signed_in(visitor));
    }
    for wrong in ["", "x", &state[1..], &format!("{state}0")] {
        let mut visitor = before.clone();
        come_back(&mut visitor, "good", wrong).await;
        assert!(!is_signed_in(&visitor), "{wrong}");
    }
    come_back(&mut browser, "good", &state).await;
    assert!(is_signed_in(&browser));
    for code in ["good", "good2"] {
        let mut again = before.clone();
        come_back(&mut again, code, &state).await;
        assert!(!is_signed_in(&again), "the journey counts twice, with {code}");
    }
}

#[tokio::test]
async fn a_code_that_github_refuses_signs_nobody_in() {
    let academy = academy();
    for code in ["bad", ""] {
        let mut browser = academy.browser();
        let state = leave(&academy, &mut browser, ADA).await;
        let page = come_back(&mut browser, code, &state).await;
        assert!(page.shows("GitHub did not sign you in"), "{}", page.text());
        assert!(!is_signed_in(&browser));
    }
    // Somebody else's code has somebody else's challenge: the stand-in is asked with the wrong verifier.
    let mut eve = academy.browser();
    let state_of_eve = leave(&academy, &mut eve, ADA).await;
    let mut ada = academy.browser();
    leave(&academy, &mut ada, ADA).await;
    come_back(&mut eve, "good", &state_of_eve).await;
    assert!(!is_signed_in(&eve), "a verifier of another journey is taken");
}

#[tokio::test]
async fn a_journey_takes_five_minutes_and_heads_look_only() {
    for (seconds, expected) in [(299, true), (300, false)] {
        let academy = academy();
        let mut browser = academy.browser();
        let state = leave(&academy, &mut browser, ADA).await;
        academy.pass(seconds);
        let path = format!("{RETURN}?code=good&state={state}");
        let head = browser.send(browser.request(Method::HEAD, &path)).await;
        assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(!is_signed_in(&browser));
        come_back(&mut browser, "good", &state).await;
        assert_eq!(is_signed_in(&browser), expected, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_github_that_does_not_answer_is_an_outage_and_says_so() {
    let academy = academy();
    let status = |status: StatusCode| {
        let mut response = Response::new(b"gho_secret".to_vec());
        *response.status_mut() = status;
        Some(response)
    };
    let faults: [Fault; 3] = [
        |_| None,
        |_| Some(Response::new(b"<html>gho_secret".to_vec())),
        |_| Some(Response::new(Vec::new())),
    ];
    for fault in faults {
        let mut browser = academy.browser();
        let state = leave(&academy, &mut browser, ADA).await;
        academy.place.http.answer_with(move |request| fault(&request));
        let page = come_back(&mut browser, "good", &state).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(!page.shows("gho_secret") && !is_signed_in(&browser));
    }
    let mut browser = academy.browser();
    let state = leave(&academy, &mut browser, ADA).await;
    academy.place.http.answer_with(move |_| status(StatusCode::BAD_GATEWAY));
    assert_eq!(come_back(&mut browser, "good", &state).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn without_an_app_there_is_no_github() {
    let mut academy = academy();
    academy.config.github = None;
    let mut browser = academy.browser();
    let page = browser.open("/sign-in/").await;
    assert!(!page.shows("GitHub"));
    assert!(!page.header("content-security-policy").contains("github"));
    assert_eq!(browser.post("/sign-in/github/", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(come_back(&mut browser, "good", "x").await.status, StatusCode::NOT_FOUND);
}
