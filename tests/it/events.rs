//! What is recorded of a visit, and what is not.

use http::Method;
use lyceum_tests::Academy;
use lyceum_tests::browser::with_headers;
use lyceum_tests::content::small_academy;

const BATCH: &str = r#"{"v":1,"events":[{"id":"00000000000000000000000000000001","age_ms":0,"kind":"page_view","path":"/"}]}"#;

fn academy() -> Academy {
    Academy::of(small_academy())
}

#[tokio::test]
async fn who_wants_no_tracking_leaves_no_event() {
    let academy = academy();
    let mut browser = academy.browser();
    for header in [("sec-gpc", "1"), ("dnt", "1")] {
        let mut request = with_headers(browser.request(Method::POST, "/events"), &[header]);
        *request.body_mut() = BATCH.into();
        assert_eq!(browser.send(request).await.status, 204);
    }
    assert!(academy.place.events.all().is_empty());
    let mut request = browser.request(Method::POST, "/events");
    *request.body_mut() = BATCH.into();
    browser.send(request).await;
    let events = serde_json::to_string(&academy.place.events.all()).expect("JSON");
    assert_eq!(
        events,
        r#"[{"v":1,"id":"00000000000000000000000000000001","at":1800000000,"language":"en","kind":"page_view","path":"/"}]"#
    );
}

#[tokio::test]
async fn browsers_cannot_report_what_only_the_app_knows() {
    let academy = academy();
    let mut browser = academy.browser();
    for kind in [
        r#""kind":"purchase","price":"rust","amount":{"minor":1,"currency":"USD"}"#,
        r#""kind":"sign_in""#,
        r#""kind":"comment","lesson":"rust/moves","comment":"00000000000000000000000000000001""#,
        r#""kind":"checkout","price":"rust""#,
    ] {
        let batch =
            format!(r#"{{"v":1,"events":[{{"id":"00000000000000000000000000000001","age_ms":0,{kind}}}]}}"#);
        let mut request = browser.request(Method::POST, "/events");
        *request.body_mut() = batch.into_bytes();
        assert_eq!(browser.send(request).await.status, 400, "{kind}");
    }
    let stamped = r#"{"v":1,"events":[{"id":"00000000000000000000000000000001","age_ms":0,"kind":"page_view","path":"/","member":"x","at":1}]}"#;
    let mut request = browser.request(Method::POST, "/events");
    *request.body_mut() = stamped.into();
    browser.send(request).await;
    assert!(
        academy.place.events.all().iter().all(|event| event.member.is_none() && event.at.0 == 1_800_000_000)
    );
}

#[tokio::test]
async fn an_event_names_nobody() {
    let academy = academy();
    let mut ada = academy.buyer("ada@example.org", "rust").await;
    let mut request = ada.request(Method::POST, "/events");
    *request.body_mut() = BATCH.into();
    let traces = [
        ("user-agent", "Mozilla/5.0 (Ada)"),
        ("x-forwarded-for", "203.0.113.7"),
        ("cf-connecting-ip", "203.0.113.7"),
    ];
    assert_eq!(ada.send(with_headers(request, &traces)).await.status, 204);
    ada.post("/discuss/rust/moves/", &[("text", "a secret thought"), ("name", "Ada Brandt")]).await;
    let events = serde_json::to_string(&academy.place.events.all()).expect("JSON");
    for trace in ["ada", "Ada", "example.org", "Mozilla", "203.0.113.7", "secret thought"] {
        assert!(!events.contains(trace), "`{trace}` is in {events}");
    }
    let members: Vec<_> = academy.place.events.all().into_iter().filter_map(|event| event.member).collect();
    assert!(
        members.len() >= 4 && members.windows(2).all(|pair| pair[0] == pair[1]),
        "one pseudonym: {members:?}"
    );
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let academy = academy();
    let mut browser = academy.browser();
    let event = |id: usize| format!(r#"{{"id":"{id:032x}","age_ms":0,"kind":"page_view","path":"/"}}"#);
    for (n_events, status) in [(0, 204), (50, 204), (51, 400)] {
        let events: Vec<String> = (0..n_events).map(event).collect();
        let mut request = browser.request(Method::POST, "/events");
        *request.body_mut() = format!(r#"{{"v":1,"events":[{}]}}"#, events.join(",")).into_bytes();
        assert_eq!(browser.send(request).await.status, status, "{n_events} events");
    }
    assert_eq!(academy.place.events.all().len(), 50);
    let broken = format!(r#"{{"v":1,"events":[{},{{"id":"x"}}]}}"#, event(99));
    let mut request = browser.request(Method::POST, "/events");
    *request.body_mut() = broken.into_bytes();
    assert_eq!(browser.send(request).await.status, 400);
    assert_eq!(academy.place.events.all().len(), 50);
}
