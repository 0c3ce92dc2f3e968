//! An author looks at the own site as somebody else, and nothing is recorded.

use lyceum_app::Preview;
use lyceum_tests::Academy;
use lyceum_tests::content::small_academy;

const PAID: &str = "Buyers read the whole lesson.";

fn academy(preview: Preview) -> Academy {
    let mut academy = Academy::of(small_academy());
    academy.config.preview = Some(preview);
    academy
}

#[tokio::test]
async fn each_view_opens_what_it_should() {
    let tier = |name: &str| Preview::Tier(name.parse().expect("a tier"));
    for (preview, opens) in
        [(Preview::Anonymous, false), (Preview::Owner, true), (tier("pro"), true), (tier("basic"), false)]
    {
        let academy = academy(preview.clone());
        for path in ["/courses/rust/moves/", "/courses/go/channels/"] {
            let page = academy.browser().open(path).await;
            let is_open = page.shows(PAID) || page.shows("Buyers of Go");
            assert_eq!(is_open, opens, "{path} as {preview:?}");
        }
    }
}

#[tokio::test]
async fn a_cookie_does_not_open_more_than_the_view() {
    let mut academy = Academy::of(small_academy());
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    academy.config.preview = Some(Preview::Anonymous);
    buyer.door = academy.app_at(0);
    assert!(!buyer.open("/courses/rust/moves/").await.shows(PAID));
}

#[tokio::test]
async fn a_view_leaves_no_trace() {
    let academy = academy(Preview::Owner);
    let mut browser = academy.browser();
    let mut request = browser.request(http::Method::POST, "/events");
    let batch = r#"{"v":1,"events":[{"id":"00000000000000000000000000000001","age_ms":0,"kind":"page_view","path":"/"}]}"#;
    *request.body_mut() = batch.into();
    assert_eq!(browser.send(request).await.status, 204);
    for (path, fields) in [
        ("/sign-in/", [("email", "ada@example.org")]),
        ("/account/", [("name", "Ada")]),
        ("/checkout/", [("price", "rust")]),
        ("/discuss/rust/moves/", [("text", "hello")]),
    ] {
        let page = browser.post(path, &fields).await;
        assert!(page.status.is_client_error(), "{path}: {}", page.status);
    }
    assert_eq!(academy.place.ledger.n_calls(), 0);
    assert!(academy.place.mailer.all().is_empty() && academy.place.events.all().is_empty());
}
