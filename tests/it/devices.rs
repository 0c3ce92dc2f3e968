//! A member sees where they are signed in, ends what they do not know, and hears of a new device.

use http::{Method, StatusCode};
use lyceum_app::ledger::{Commands, Notice, TakeLetters};
use lyceum_tests::academy::{Visitor, code_in};
use lyceum_tests::browser::with_headers;
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Page};

const DEVICES: &str = "/account/devices/";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

fn academy() -> Academy {
    Academy::of(small_academy())
}

/// Signs in with a browser that says this of itself.
async fn sign_in(academy: &Academy, browser: &mut Visitor, email: &str, agent: &str) {
    browser.post("/sign-in/", &[("email", email)]).await;
    let mut request = browser.request(Method::POST, "/sign-in/code/");
    *request.body_mut() = format!("code={}", code_in(&academy.mail_to(email))).into_bytes();
    let page = browser.send(with_headers(request, &[("user-agent", agent)])).await;
    assert_eq!(page.location(), Some("/account/"));
}

async fn signed_in(academy: &Academy, agent: &str) -> Visitor {
    let mut browser = academy.browser();
    sign_in(academy, &mut browser, "ada@example.org", agent).await;
    browser
}

async fn is_signed_in(browser: &mut Visitor) -> bool {
    browser.get("/account/").await.status == StatusCode::OK
}

/// The values with which the page ends something.
fn ends(page: &Page) -> Vec<String> {
    let text = page.text();
    let values = text.split("name=\"end\" value=\"").skip(1);
    values.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn the_list_names_browsers_and_marks_this_one() {
    let academy = academy();
    let _phone = signed_in(&academy, SAFARI).await;
    let mut here = signed_in(&academy, FIREFOX).await;
    let page = here.open(DEVICES).await;
    for text in ["Firefox on Linux", "Safari on iPhone", "this one", "with a mailed code"] {
        assert!(page.shows(text), "{text}: {}", page.text());
    }
    assert!(!page.shows("Gecko") && !page.shows("140.0"), "the list shows what a browser says of itself");
    assert_eq!(ends(&page).len(), 2, "the other one, and all others");
    let token_parts: Vec<&String> = here.cookies.values().collect();
    assert!(ends(&page).iter().all(|end| token_parts.iter().all(|cookie| !cookie.contains(end.as_str()))));
    let chinese = here.open(&format!("/zh{DEVICES}")).await;
    assert!(chinese.shows("Linux 上的 Firefox"), "{}", chinese.text());
}

#[tokio::test]
async fn one_session_is_ended_at_once_and_the_others_stay() {
    let academy = academy();
    let mut phone = signed_in(&academy, SAFARI).await;
    let mut here = signed_in(&academy, FIREFOX).await;
    let mut laptop = signed_in(&academy, "curl/8").await;
    let page = here.open(DEVICES).await;
    let text = page.text();
    let row = text.split("<li>").find(|row| row.contains("Safari on iPhone")).expect("the phone is listed");
    let id = row.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("its id");
    here.post(DEVICES, &[("end", id)]).await;
    assert!(!is_signed_in(&mut phone).await);
    assert!(is_signed_in(&mut here).await && is_signed_in(&mut laptop).await);
    here.submit(&here.clone().open(DEVICES).await.form(DEVICES).fill("end", "others")).await;
    assert!(!is_signed_in(&mut laptop).await);
    assert!(is_signed_in(&mut here).await);
}

#[tokio::test]
async fn an_ended_session_reads_for_ten_minutes_and_does_nothing_else() {
    let academy = academy();
    let mut phone = academy.buyer("ada@example.org", "rust").await;
    let lesson = "/courses/rust/moves/";
    let whole = phone.open(lesson).await;
    assert!(whole.status == StatusCode::OK);
    let mut here = signed_in(&academy, FIREFOX).await;
    here.post(DEVICES, &[("end", "others")]).await;
    let mut frozen = phone.clone();
    assert_eq!(frozen.get(lesson).await.body, whole.body, "reading goes on for a while");
    let posted = frozen.post("/discuss/rust/moves/", &[("text", "still here")]).await;
    assert_eq!(posted.status, StatusCode::UNAUTHORIZED);
    academy.pass(600);
    let mut later = phone.clone();
    assert_ne!(later.get(lesson).await.body, whole.body, "ten minutes later it does not");
    assert!(is_signed_in(&mut here).await);
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let academy = academy();
    let mut ada = signed_in(&academy, FIREFOX).await;
    let _other = signed_in(&academy, SAFARI).await;
    let id = ends(&ada.open(DEVICES).await).remove(0);
    let mut eve = academy.member("eve@example.org").await;
    for value in [id.as_str(), "others", "", "x"] {
        eve.post(DEVICES, &[("end", value)]).await;
    }
    assert_eq!(ends(&ada.open(DEVICES).await).len(), 2, "both of Ada's sessions are there");
    let mut nobody = academy.browser();
    assert_eq!(nobody.post(DEVICES, &[("end", &id)]).await.status, StatusCode::UNAUTHORIZED);
    let mut cross = ada.request(Method::POST, DEVICES);
    *cross.body_mut() = b"end=others".to_vec();
    let page = ada.send(with_headers(cross, &[("sec-fetch-site", "cross-site")])).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(ends(&ada.open(DEVICES).await).len(), 2);
}

/// The browsers of which letters tell.
async fn told(academy: &Academy) -> Vec<String> {
    let command = TakeLetters { limit: 50, now: academy.now() };
    let letters = academy.place.ledger.take_letters(command).await.expect("letters").letters;
    let device = |notice| match notice {
        Notice::NewDevice { browser, .. } => Some(browser),
        _ => None,
    };
    letters.into_iter().filter_map(|letter| device(letter.notice)).collect()
}

#[tokio::test]
async fn a_new_browser_is_told_of_once_and_the_first_one_never() {
    let academy = academy();
    let mut laptop = signed_in(&academy, FIREFOX).await;
    assert!(told(&academy).await.is_empty(), "the very first device is no news");
    laptop.post("/sign-out/", &[]).await;
    sign_in(&academy, &mut laptop, "ada@example.org", FIREFOX).await;
    assert!(told(&academy).await.is_empty(), "a known browser is no news");
    let mut phone = signed_in(&academy, SAFARI).await;
    assert_eq!(told(&academy).await, ["Safari on iPhone"]);
    phone.post("/sign-out/", &[]).await;
    sign_in(&academy, &mut phone, "ada@example.org", SAFARI).await;
    assert!(told(&academy).await.is_empty());
    sign_in(&academy, &mut phone, "bob@example.org", SAFARI).await;
    assert!(told(&academy).await.is_empty(), "Bob's first device");
    let mut forged = academy.browser();
    forged.cookies.insert("__Host-ly_device".to_owned(), phone.cookies["__Host-ly_session"].clone());
    sign_in(&academy, &mut forged, "ada@example.org", "curl/8").await;
    assert_eq!(told(&academy).await, ["curl"], "a cookie for another purpose is none");
}

#[tokio::test]
async fn signing_in_again_replaces_the_session_of_that_browser() {
    let academy = academy();
    let mut browser = signed_in(&academy, FIREFOX).await;
    let old = browser.cookies.clone();
    let confirm = browser.open("/sign-in/confirm/?return_to=/account/devices/").await;
    let code_page = browser.submit(&confirm.form("/sign-in/confirm/")).await;
    let code = code_in(&academy.mail_to("ada@example.org"));
    let back = browser.submit(&code_page.form("/sign-in/code/").fill("code", &code)).await;
    assert_eq!(back.address, DEVICES);
    assert_eq!(ends(&back).len(), 0, "there is one session, this one");
    let mut stolen = academy.browser();
    stolen.cookies = old;
    assert!(!is_signed_in(&mut stolen).await, "the old session is over");
}

/// The address of the confirm page is no open redirect, and only for members.
#[tokio::test]
async fn the_confirm_page_is_for_members_and_leads_back_into_this_site() {
    let academy = academy();
    let mut nobody = academy.browser();
    let page = nobody.get("/sign-in/confirm/?return_to=/account/").await;
    assert!(
        page.location().is_some_and(|to| to.starts_with("/sign-in/?return_to=")),
        "{:?}",
        page.location()
    );
    assert_eq!(nobody.post("/sign-in/confirm/", &[]).await.status, StatusCode::UNAUTHORIZED);
    let mut ada = signed_in(&academy, FIREFOX).await;
    for away in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
        let query = lyceum_tests::browser::encoded([("return_to", away)]);
        let form = ada.open(&format!("/sign-in/confirm/?{query}")).await.form("/sign-in/confirm/");
        let code_page = ada.submit(&form).await;
        let code = code_in(&academy.mail_to("ada@example.org"));
        let back = ada.submit(&code_page.form("/sign-in/code/").fill("code", &code)).await;
        assert_eq!(back.address, "/account/", "{away}");
        academy.pass(900);
    }
}
