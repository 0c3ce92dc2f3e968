//! What a cache may keep, and what it must not.

use http::Method;
use lyceum_contract::paths;
use lyceum_tests::browser::with_headers;
use lyceum_tests::content::{public_addresses, small_academy};
use lyceum_tests::{Academy, Page};

use crate::variants;

const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";

fn academy() -> Academy {
    Academy::of(small_academy())
}

fn is_for_everybody(page: &Page) -> bool {
    let policy = page.header("cache-control");
    !policy.contains("no-store") && !policy.contains("private")
}

#[tokio::test]
async fn nothing_personal_may_be_kept_by_a_shared_cache() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let mut nobody = academy.browser();
    let mut addresses = public_addresses(small_academy());
    addresses.extend(paths::APP_PREFIXES.iter().flat_map(|path| [(*path).to_owned(), format!("/zh{path}")]));
    addresses.extend(
        ["/sign-in/code/", "/sign-in/link/", "/discuss/rust/moves/", "/zh/discuss/rust/club/"]
            .map(str::to_owned),
    );
    addresses.extend(
        ["/checkout/?price=pro-month", "/checkout/return/", "/healthz", "/lost/", "/courses/rust/lost/"]
            .map(str::to_owned),
    );
    for path in addresses {
        let (own, public) = (buyer.get(&path).await, nobody.get(&path).await);
        let is_personal =
            own.body != public.body || own.headers.contains_key("set-cookie") || own.shows("ada@example.org");
        assert!(!is_personal || !is_for_everybody(&own), "{path}: {:?}", own.headers);
        assert!(!public.headers.contains_key("set-cookie") || !is_for_everybody(&public), "{path}");
        assert!(!own.header("cache-control").is_empty(), "{path}");
        // What varies by cookie must not be kept for everybody either.
        assert!(!is_personal || !is_for_everybody(&public), "{path}: {:?}", public.headers);
    }
    // Signed-in answers to forms carry cookies.
    academy.pass(700);
    let lesson = buyer.get(LESSON).await;
    assert!(lesson.headers.contains_key("set-cookie") && !is_for_everybody(&lesson), "{:?}", lesson.headers);
}

#[tokio::test]
async fn a_cache_cannot_be_tricked_into_keeping_a_paid_page() {
    let academy = academy();
    let buyer = academy.buyer("ada@example.org", "rust").await;
    let mut n_served = 0;
    for path in [LESSON, "/zh/courses/rust/moves/", "/courses/rust/club/"] {
        for variant in variants::of(path) {
            let (mut member, mut nobody) = (buyer.clone(), academy.browser());
            let Some(request) = variant.request(&member) else { continue };
            let page = member.send(request).await;
            let is_paid = [PAID, "买家可读整篇课文。", "Members read the club lesson."]
                .iter()
                .any(|text| page.shows(text));
            if is_paid {
                n_served += 1;
                assert!(!is_for_everybody(&page), "{}: {:?}", variant.name, page.headers);
                assert!(page.header("vary").contains("Cookie"), "{}: {:?}", variant.name, page.headers);
            }
            let Some(request) = variant.request(&nobody) else { continue };
            let page = nobody.send(request).await;
            assert!(!page.shows(PAID) && !page.shows("买家可读"), "{} {}", variant.name, page.address);
        }
    }
    assert!(n_served > 50, "{n_served}");
}

#[tokio::test]
async fn knowing_the_etag_of_a_paid_page_gives_nothing() {
    let academy = academy();
    let mut buyer = academy.buyer("ada@example.org", "rust").await;
    let etag = buyer.get(LESSON).await.header("etag").to_owned();
    assert!(!etag.is_empty());
    let asking = [("if-none-match", etag.as_str())];
    let known = buyer.send(with_headers(buyer.request(Method::GET, LESSON), &asking)).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert_eq!(known.header("cache-control"), "private, no-cache");
    for mut other in [academy.browser(), academy.member("eve@example.org").await] {
        let page = other.send(with_headers(other.request(Method::GET, LESSON), &asking)).await;
        assert_eq!(page.status, 200, "the right is checked before the tag");
        assert!(page.shows("The preview of moves.") && !page.shows(PAID));
        assert_ne!(page.header("etag"), etag);
    }
}
