//! When a part of the world does not answer, free pages work, paid pages stay shut, and nothing is lost.

use lyceum_contract::seal::KeyRing;
use lyceum_tests::Academy;
use lyceum_tests::content::small_academy;

const FREE: &str = "/courses/rust/start/";
const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";

fn academy() -> Academy {
    Academy::of(small_academy())
}

#[tokio::test]
async fn without_the_ledger_no_door_opens() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let mut member = academy.member("bob@example.org").await;
    academy.place.ledger.set_down(true);
    assert!(buyer.open(LESSON).await.shows(PAID), "a fresh cookie needs no ledger");
    academy.pass(600);
    for browser in [&mut buyer, &mut member] {
        let page = browser.open(LESSON).await;
        assert_eq!(page.status, 503);
        assert!(!page.shows(PAID) && page.shows("That did not work just now"), "{}", page.text());
        assert_eq!(browser.open(FREE).await.status, 200);
    }
    let mut nobody = academy.browser();
    assert_eq!(nobody.open(LESSON).await.status, 200, "the teaser needs no ledger");
    let page = nobody.post("/sign-in/", &[("email", "eve@example.org")]).await;
    assert_eq!(page.status, 503);
    assert!(academy.place.mailer.all().iter().all(|mail| mail.to != "eve@example.org"));
    academy.place.ledger.set_down(false);
    assert!(buyer.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn without_the_processor_nothing_is_sold_and_nothing_is_lost() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let order = academy.order(&mut ada, "rust").await;
    academy.place.payments.pay(&order, academy.now());
    academy.place.payments.set_down(true);
    let path = format!("/checkout/return/?order={order}");
    assert_eq!(ada.open(&path).await.status, 503);
    assert!(!ada.open(LESSON).await.shows(PAID));
    assert_eq!(ada.post("/checkout/", &[("price", "pro-month")]).await.status, 503);
    academy.place.payments.set_down(false);
    assert!(ada.open(&path).await.shows("Thank you."));
    assert!(ada.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn a_comment_that_was_not_stored_is_not_confirmed() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    academy.place.comments.set_down(true);
    let page = ada.post("/discuss/rust/start/", &[("text", "hello")]).await;
    assert_eq!(page.status, 503);
    assert_eq!(ada.open("/discuss/rust/start/").await.status, 503);
    assert_eq!(ada.open(FREE).await.status, 200);
}

#[tokio::test]
async fn events_that_cannot_be_stored_are_refused_and_stop_nobody() {
    let academy = academy();
    academy.place.events.set_down(true);
    let mut ada = academy.member("ada@example.org").await;
    assert_eq!(ada.post("/discuss/rust/start/", &[("text", "hello")]).await.status, 303);
    let mut request = ada.request(http::Method::POST, "/events");
    let batch = r#"{"v":1,"events":[{"id":"00000000000000000000000000000001","age_ms":0,"kind":"page_view","path":"/"}]}"#;
    *request.body_mut() = batch.into();
    assert_eq!(ada.send(request).await.status, 503, "the browser keeps them and tries again");
}

#[tokio::test]
async fn without_the_mailer_sign_in_says_so() {
    let academy = academy();
    academy.place.mailer.set_down(true);
    let page = academy.browser().post("/sign-in/", &[("email", "ada@example.org")]).await;
    assert_eq!(page.status, 503);
}

#[tokio::test]
async fn without_randomness_no_secret_is_made() {
    let academy = academy();
    academy.place.entropy.set_down(true);
    let page = academy.browser().post("/sign-in/", &[("email", "ada@example.org")]).await;
    assert_eq!(page.status, 503);
    assert!(academy.place.mailer.all().is_empty());
}

#[tokio::test]
async fn without_the_site_there_is_a_page_that_says_so() {
    let academy = academy();
    academy.place.assets.set_down(true);
    for path in ["/", FREE, LESSON, "/sign-in/", "/zh/"] {
        let page = academy.browser().open(path).await;
        assert_eq!(page.status, 503, "{path}");
        assert!(page.shows("<h1>"), "{path}: {}", page.text());
    }
    academy.place.assets.set_down(false);
    assert_eq!(academy.browser().open(FREE).await.status, 200);
}

#[tokio::test]
async fn a_page_that_cannot_be_opened_is_never_blank() {
    let mut academy = academy();
    academy.config.seal_keys = KeyRing::parse(&format!("other:{}", "11".repeat(32))).expect("a key");
    let mut ada = academy.buyer("ada@example.org", "rust").await;
    let page = ada.open(LESSON).await;
    assert_eq!(page.status, 503);
    assert!(page.shows("That did not work just now"));
    assert!(academy.browser().open(LESSON).await.shows("The preview of moves."), "the teaser needs no key");
}

#[tokio::test]
async fn a_site_of_another_version_is_refused() {
    let mut files = small_academy().clone();
    let manifest = String::from_utf8_lossy(&files["/_lyceum/manifest.json"]).replacen(
        "\"version\": 1",
        "\"version\": 2",
        1,
    );
    files.insert("/_lyceum/manifest.json".to_owned(), manifest.into());
    let academy = Academy::of(&files);
    assert_eq!(academy.browser().open("/sign-in/").await.status, 503);
    assert_eq!(academy.browser().open(FREE).await.status, 200, "free pages need no manifest");
}

#[tokio::test]
async fn a_sealed_page_with_a_widened_rule_does_not_open() {
    let mut files = small_academy().clone();
    let path = "/_sealed/courses/rust/moves/index.html.lys";
    let sealed = files[path].to_vec();
    for wider in ["free", "members"] {
        let rule = b"paid:course:rust,tier:pro";
        let at =
            sealed.windows(rule.len()).position(|window| window == rule).expect("the rule is in the header");
        let mut forged = sealed.clone();
        let mut text = wider.as_bytes().to_vec();
        // The header keeps its length: blanks between the values of JSON mean nothing.
        text.push(b'"');
        text.resize(rule.len() + 1, b' ');
        forged[at..=at + rule.len()].copy_from_slice(&text);
        files.insert(path.to_owned(), forged.into());
        let academy = Academy::of(&files);
        let mut member = academy.member("eve@example.org").await;
        let page = member.open(LESSON).await;
        assert_eq!(page.status, 503, "{wider}");
        assert!(!page.shows(PAID));
    }
}
