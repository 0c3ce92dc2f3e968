//! Passkeys: made by whoever has just proved who they are, used once per challenge, for one site and one member.

use http::{Method, StatusCode};
use lyceum::adapters::SqliteLedger;
use lyceum_app::conformance::Authenticator;
use lyceum_app::ports::Ledger;
use lyceum_tests::academy::Visitor;
use lyceum_tests::browser::encoded;
use lyceum_tests::content::small_academy;
use lyceum_tests::passkey::{PASSKEYS, add, challenge, fields, give};
use lyceum_tests::{Academy, Page, Scratch};

const ORIGIN: &str = "https://small.example";
const DEVICES: &str = "/account/devices/";
const SIGN_IN: &str = "/sign-in/passkey/";

fn academy() -> Academy {
    let mut academy = Academy::of(small_academy());
    academy.config.origin = Some(ORIGIN.to_owned());
    academy
}

/// A member with a passkey.
async fn owner<L: Ledger + 'static>(
    academy: &Academy<L>,
    email: &str,
    number: u8,
) -> (Visitor<L>, Authenticator) {
    let mut browser = academy.member(email).await;
    let authenticator = Authenticator::new(ORIGIN, number);
    let added = add(&mut browser, &authenticator, "Ada's key").await;
    assert_eq!(added.location(), Some(DEVICES), "{}", added.text());
    (browser, authenticator)
}

fn is_signed_in<L: Ledger + 'static>(browser: &Visitor<L>) -> bool {
    browser.cookies.contains_key("__Host-ly_session")
}

/// Signs in with a passkey; the challenge may be changed on the way.
async fn sign_in<L: Ledger + 'static>(browser: &mut Visitor<L>, authenticator: &Authenticator) -> Page {
    let challenge = challenge(browser, &format!("{SIGN_IN}start/"), &[("return_to", "/courses/rust/")]).await;
    browser.post(SIGN_IN, &fields(&authenticator.sign(&challenge))).await
}

#[tokio::test]
async fn a_passkey_signs_its_member_in() {
    let academy = academy();
    let (mut ada, authenticator) = owner(&academy, "ada@example.org", 1).await;
    let page = ada.open(DEVICES).await;
    assert!(page.shows("Ada&#39;s key") || page.shows("Ada's key"), "{}", page.text());
    assert!(page.shows("not used yet"));
    let mut browser = academy.browser();
    let signed_in = sign_in(&mut browser, &authenticator).await;
    assert_eq!(signed_in.location(), Some("/courses/rust/"));
    let account = browser.open("/account/").await;
    assert!(account.shows("ada@example.org"));
    let devices = browser.open(DEVICES).await;
    assert!(devices.shows("with a passkey") && devices.shows("last used"), "{}", devices.text());
}

#[tokio::test]
async fn what_is_asked_of_the_browser_is_strict() {
    let academy = academy();
    let (mut ada, authenticator) = owner(&academy, "ada@example.org", 1).await;
    let options = async |browser: &mut Visitor, path: &str, fields: &[(&str, &str)]| -> serde_json::Value {
        serde_json::from_slice(&browser.post(path, fields).await.body).expect("JSON")
    };
    let create = options(&mut ada, &format!("{PASSKEYS}start/"), &[]).await;
    assert_eq!(create["rp"]["id"], "small.example");
    assert_eq!(create["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(create["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(create["excludeCredentials"][0]["id"], authenticator.make("x").credential.as_str());
    let mut nobody = academy.browser();
    let get = options(&mut nobody, &format!("{SIGN_IN}start/"), &[]).await;
    assert_eq!((&get["rpId"], &get["userVerification"]), (&"small.example".into(), &"required".into()));
    assert_eq!(get["allowCredentials"], serde_json::json!([]), "nobody learns who has a passkey");
    let confirm = options(&mut ada, &format!("{SIGN_IN}start/"), &[("confirm", "yes")]).await;
    assert_eq!(confirm["allowCredentials"][0]["id"], authenticator.make("x").credential.as_str());
    let stranger = nobody.post(&format!("{SIGN_IN}start/"), &[("confirm", "yes")]).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

/// What becomes of an answer that was changed.
async fn refused(change: impl FnOnce(&mut Authenticator, &mut String)) {
    let academy = academy();
    let (_, mut authenticator) = owner(&academy, "ada@example.org", 1).await;
    let mut browser = academy.browser();
    let mut answered = challenge(&mut browser, &format!("{SIGN_IN}start/"), &[]).await;
    change(&mut authenticator, &mut answered);
    let page = browser.post(SIGN_IN, &fields(&authenticator.sign(&answered))).await;
    assert!(page.shows("This passkey was not accepted"), "{}", page.text());
    assert!(!is_signed_in(&browser));
}

#[tokio::test]
async fn an_answer_for_somebody_else_is_refused() {
    refused(|one, _| one.origin = "https://evil.example".to_owned()).await;
    refused(|one, _| one.host = "evil.example".to_owned()).await;
    refused(|one, _| one.cross_origin = true).await;
    refused(|one, _| one.flags = 1).await;
    refused(|_, challenge| *challenge = "AAAA".to_owned()).await;
    refused(|one, _| one.credential = vec![9; 16]).await;
    refused(|one, _| {
        let name = one.credential.clone();
        *one = Authenticator::new(ORIGIN, 77);
        one.credential = name;
    })
    .await;
}

#[tokio::test]
async fn an_altered_signature_is_refused_and_the_challenge_is_gone() {
    let academy = academy();
    let (_, authenticator) = owner(&academy, "ada@example.org", 1).await;
    let mut browser = academy.browser();
    let challenge = challenge(&mut browser, &format!("{SIGN_IN}start/"), &[]).await;
    let with_challenge = browser.clone();
    let right = authenticator.sign(&challenge);
    let mut wrong = right.clone();
    let other = if wrong.signature.ends_with('A') { "Q" } else { "A" };
    wrong.signature.replace_range(20..21, if &wrong.signature[20..21] == other { "b" } else { other });
    browser.post(SIGN_IN, &fields(&wrong)).await;
    assert!(!is_signed_in(&browser));
    let mut again = with_challenge;
    again.post(SIGN_IN, &fields(&right)).await;
    assert!(!is_signed_in(&again), "a challenge is answered twice");
}

#[tokio::test]
async fn an_answer_counts_once_in_its_browser_for_five_minutes() {
    let academy = academy();
    let (_, authenticator) = owner(&academy, "ada@example.org", 1).await;
    let mut browser = academy.browser();
    let asked = challenge(&mut browser, &format!("{SIGN_IN}start/"), &[]).await;
    let answer = authenticator.sign(&asked);
    let mut elsewhere = academy.browser();
    elsewhere.post(SIGN_IN, &fields(&answer)).await;
    assert!(!is_signed_in(&elsewhere), "another browser signs in with the answer");
    let before = browser.clone();
    browser.post(SIGN_IN, &fields(&answer)).await;
    assert!(is_signed_in(&browser));
    let mut replayed = before;
    replayed.post(SIGN_IN, &fields(&answer)).await;
    assert!(!is_signed_in(&replayed), "the answer counts twice");
    for (seconds, expected) in [(299, true), (300, false)] {
        let mut browser = academy.browser();
        let asked = challenge(&mut browser, &format!("{SIGN_IN}start/"), &[]).await;
        academy.pass(seconds);
        browser.post(SIGN_IN, &fields(&authenticator.sign(&asked))).await;
        assert_eq!(is_signed_in(&browser), expected, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_count_that_does_not_grow_is_refused() {
    let academy = academy();
    let (_, mut authenticator) = owner(&academy, "ada@example.org", 1).await;
    for (n_signatures, expected) in [(3, true), (3, false), (2, false), (0, false), (4, true)] {
        authenticator.n_signatures = n_signatures;
        let mut browser = academy.browser();
        sign_in(&mut browser, &authenticator).await;
        assert_eq!(is_signed_in(&browser), expected, "{n_signatures}");
    }
}

#[tokio::test]
async fn a_passkey_belongs_to_one_member() {
    let academy = academy();
    let (_, authenticator) = owner(&academy, "ada@example.org", 1).await;
    let mut eve = academy.member("eve@example.org").await;
    let page = add(&mut eve, &authenticator, "mine").await;
    assert!(page.shows("belongs to an account already"), "{}", page.text());
    // A challenge that Ada was given is none for Eve, whose browser has Ada's cookie.
    let mut ada = academy.member("ada@example.org").await;
    let asked = challenge(&mut ada, &format!("{PASSKEYS}start/"), &[]).await;
    let cookie = ada.cookies["__Host-ly_passkey"].clone();
    eve.cookies.insert("__Host-ly_passkey".to_owned(), cookie);
    let page = eve.post(PASSKEYS, &fields(&Authenticator::new(ORIGIN, 2).make(&asked))).await;
    assert!(page.shows("was not accepted"), "{}", page.text());
    // And a challenge for signing in makes no passkey.
    let asked = challenge(&mut eve, &format!("{SIGN_IN}start/"), &[]).await;
    let page = eve.post(PASSKEYS, &fields(&Authenticator::new(ORIGIN, 2).make(&asked))).await;
    assert!(page.shows("was not accepted"), "{}", page.text());
    let credential = authenticator.make("x").credential;
    eve.post(&format!("{PASSKEYS}remove/"), &[("credential", &credential)]).await;
    let mut browser = academy.browser();
    sign_in(&mut browser, &authenticator).await;
    assert!(is_signed_in(&browser), "Eve removed Ada's passkey");
}

#[tokio::test]
async fn a_member_confirms_with_an_own_passkey_only() {
    let academy = academy();
    let (mut ada, own) = owner(&academy, "ada@example.org", 1).await;
    let (_, of_bob) = owner(&academy, "bob@example.org", 2).await;
    academy.pass(600);
    let page = ada.open(DEVICES).await;
    assert!(page.shows("Confirm that it is you"), "{}", page.text());
    for (authenticator, expected) in [(&of_bob, false), (&own, true)] {
        let fields_of_start = [("confirm", "yes"), ("return_to", DEVICES)];
        let asked = challenge(&mut ada, &format!("{SIGN_IN}start/"), &fields_of_start).await;
        let page = ada.post(SIGN_IN, &fields(&authenticator.sign(&asked))).await;
        assert_eq!(page.location() == Some(DEVICES), expected, "{}", page.text());
        assert!(ada.open("/account/").await.shows("ada@example.org"), "Ada is somebody else now");
    }
    assert!(ada.open(DEVICES).await.shows("Add a passkey"));
}

#[tokio::test]
async fn an_old_proof_changes_no_passkey() {
    let academy = academy();
    let (mut ada, authenticator) = owner(&academy, "ada@example.org", 1).await;
    let credential = authenticator.make("x").credential;
    academy.pass(599);
    let asked = challenge(&mut ada, &format!("{PASSKEYS}start/"), &[]).await;
    academy.pass(1);
    let start = ada.post(&format!("{PASSKEYS}start/"), &[]).await;
    assert_eq!(start.status, StatusCode::FORBIDDEN);
    let made = Authenticator::new(ORIGIN, 2).make(&asked);
    let add = ada.post(PASSKEYS, &fields(&made)).await;
    let remove = ada.post(&format!("{PASSKEYS}remove/"), &[("credential", &credential)]).await;
    for page in [add, remove] {
        assert_eq!(page.location(), Some("/sign-in/confirm/?return_to=/account/devices/"));
    }
    let mut browser = academy.browser();
    sign_in(&mut browser, &authenticator).await;
    assert!(is_signed_in(&browser));
    let page = browser.open(DEVICES).await;
    assert_eq!(page.text().matches("name=\"credential\"").count(), 1, "{}", page.text());
    browser.submit(&page.form(&format!("{PASSKEYS}remove/"))).await;
    let mut late = academy.browser();
    sign_in(&mut late, &authenticator).await;
    assert!(!is_signed_in(&late), "a removed passkey signs in");
}

#[tokio::test]
async fn staff_keep_their_last_passkey() {
    for (role, must_keep) in [("moderator", true), ("instructor:rust", true), ("reviewer", false)] {
        let academy = academy();
        let (mut ada, first) = owner(&academy, "ada@example.org", 1).await;
        give(&academy, "ada@example.org", role).await;
        let second = Authenticator::new(ORIGIN, 2);
        add(&mut ada, &second, "Another").await;
        let path = format!("{PASSKEYS}remove/");
        let removed = ada.post(&path, &[("credential", &first.make("x").credential)]).await;
        assert_eq!(removed.location(), Some(DEVICES), "{role}: one of two");
        let last = ada.post(&path, &[("credential", &second.make("x").credential)]).await;
        assert_eq!(last.shows("this is your last one"), must_keep, "{role}: {}", last.text());
        let mut browser = academy.browser();
        sign_in(&mut browser, &second).await;
        assert_eq!(is_signed_in(&browser), must_keep, "{role}");
    }
}

#[tokio::test]
async fn a_role_counts_once_a_passkey_has_opened_the_session() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    give(&academy, "ada@example.org", "owner").await;
    let (lesson, paid) = ("/courses/rust/moves/", "Buyers read the whole lesson.");
    academy.pass(31);
    assert!(!ada.open(lesson).await.shows(paid), "a mailed code opens everything");
    let staff = ada.open("/staff/members/").await;
    assert_eq!(staff.address, DEVICES, "{}", staff.text());
    let refused = ada.post("/staff/members/", &[("change", "find"), ("email", "a")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let page = ada.open(DEVICES).await;
    assert!(page.shows("counts as soon as you have added one here"), "{}", page.text());
    let authenticator = Authenticator::new(ORIGIN, 1);
    add(&mut ada, &authenticator, "Ada's key").await;
    assert!(!ada.open(DEVICES).await.shows("needs a passkey"));
    assert_eq!(ada.open("/staff/members/").await.status, StatusCode::OK);
    assert!(ada.open(lesson).await.shows(paid), "the owner reads everything");
    // A later sign-in by mail alone is not enough, and says what is.
    let mut mailed = academy.member("ada@example.org").await;
    assert!(!mailed.open(lesson).await.shows(paid));
    assert_eq!(mailed.open("/staff/members/").await.address, DEVICES);
    assert!(mailed.open(DEVICES).await.shows("once you have used yours in this browser"));
    let credential = authenticator.make("x").credential;
    let removed = mailed.post(&format!("{PASSKEYS}remove/"), &[("credential", &credential)]).await;
    assert!(removed.shows("once you have used yours in this browser"), "{}", removed.text());
    // Whoever got into the mailbox does not make a passkey of their own either.
    let start = mailed.post(&format!("{PASSKEYS}start/"), &[]).await;
    assert_eq!(start.status, StatusCode::FORBIDDEN);
    let made = Authenticator::new(ORIGIN, 9).make("x");
    assert!(mailed.post(PASSKEYS, &fields(&made)).await.shows("once you have used yours in this browser"));
    let start = [("confirm", "yes"), ("return_to", "/staff/members/")];
    let asked = challenge(&mut mailed, &format!("{SIGN_IN}start/"), &start).await;
    let confirmed = mailed.post(SIGN_IN, &fields(&authenticator.sign(&asked))).await;
    assert_eq!(confirmed.location(), Some("/staff/members/"));
    assert_eq!(mailed.open("/staff/members/").await.status, StatusCode::OK);
    assert!(mailed.open(lesson).await.shows(paid));
}

#[tokio::test]
async fn without_a_host_there_are_no_passkeys() {
    let mut academy = academy();
    academy.config.origin = Some("http://192.0.2.7".to_owned());
    let mut ada = academy.member("ada@example.org").await;
    assert!(!ada.open(DEVICES).await.shows("passkey.</p>"));
    assert!(!academy.browser().open("/sign-in/").await.shows("data-passkey="));
    assert_eq!(ada.post(&format!("{PASSKEYS}start/"), &[]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_answers_at_once_open_one_session() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    let mut academy = Academy::with_ledger(small_academy(), ledger);
    academy.config.origin = Some(ORIGIN.to_owned());
    let (_, authenticator) = owner(&academy, "ada@example.org", 1).await;
    let mut browser = academy.browser();
    let asked = challenge(&mut browser, &format!("{SIGN_IN}start/"), &[]).await;
    let answer = authenticator.sign(&asked);
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let mut request = browser.request(Method::POST, SIGN_IN);
            *request.body_mut() = encoded(fields(&answer)).into_bytes();
            let app = browser.door.clone();
            tokio::spawn(async move { app.respond(request.map(axum::body::Body::from)).await })
        })
        .collect();
    let mut n_sessions = 0;
    for answered in tries {
        let response = answered.await.expect("no panic");
        assert!(!response.status().is_server_error(), "{}", response.status());
        n_sessions += usize::from(response.status() == StatusCode::SEE_OTHER);
    }
    assert_eq!(n_sessions, 1);
}
