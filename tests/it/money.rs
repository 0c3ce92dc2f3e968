//! Access comes from the processor's word and from nothing else.

use axum::body::Body;
use http::Request;
use lyceum_app::conformance::MemoryAssets;
use lyceum_app::ledger::{
    AnswerChallenge, Answered, Commands, Opening, Order, PlaceOrder, Proof, Purpose, SettleOrder,
    StartChallenge,
};
use lyceum_app::money::{Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use lyceum_app::ports::Ledger;
use lyceum_contract::Timestamp;
use lyceum_contract::event::{Record, What};
use lyceum_tests::academy::{Visitor, code_in};
use lyceum_tests::browser::encoded;
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Content, Port};

const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";
const SESSION: &str = "__Host-ly_session";

fn academy() -> Academy {
    Academy::of(small_academy())
}

async fn reads<L: Ledger + 'static>(browser: &mut Visitor<L>) -> bool {
    let page = browser.open(LESSON).await;
    assert_eq!(page.status, 200, "a teaser is a page, too");
    page.shows(PAID)
}

fn n_purchases(academy: &Academy) -> usize {
    // Stored at least once; every id counts once.
    let events = academy.place.events.all();
    let purchases =
        events.iter().filter(|event| matches!(event.what, What::Recorded(Record::Purchase { .. })));
    purchases.map(|event| &event.id).collect::<std::collections::BTreeSet<_>>().len()
}

#[tokio::test]
async fn a_price_that_nobody_offers_is_not_sold() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    for price in ["", "free", "rust ", "RUST", "rust\0", "pro", "../rust", "tier:pro", "rust' OR 1=1 --", "￿"]
    {
        let page = ada.post("/checkout/", &[("price", price)]).await;
        assert_eq!(page.location(), None, "{price:?}");
        assert!(page.shows("That price is no longer offered."), "{price:?}: {}", page.text());
    }
    assert!(ada.open("/account/").await.shows("You have not ordered anything."));
    assert_eq!(academy.place.payments.n_calls(), 0);
}

#[tokio::test]
async fn the_browser_says_nothing_about_money() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let fields = [
        ("price", "rust"),
        ("amount", "1"),
        ("total_amount", "0.01"),
        ("currency", "JPY"),
        ("member", "00000000000000000000000000000000"),
        ("scope", "tier:pro"),
        ("state", "paid"),
        ("success_url", "https://evil.example"),
    ];
    let page = ada.post("/checkout/", &fields).await;
    assert!(page.location().is_some_and(|to| to.starts_with("https://pay.example/")));
    let account = ada.open("/account/").await;
    assert!(
        account.shows("$49") && account.shows("Not paid") && account.shows("Nothing yet."),
        "{}",
        account.text()
    );
    assert!(!reads(&mut ada).await);
}

#[tokio::test]
async fn coming_back_by_hand_grants_nothing() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let order = academy.order(&mut ada, "rust").await;
    for path in [
        format!("/checkout/return/?order={order}"),
        format!("/checkout/return/?order={order}&paid=1&status=paid&session_id=x"),
        format!("/zh/checkout/return/?order={order}"),
    ] {
        let page = ada.open(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.shows("is yours"), "{path}");
        assert!(!reads(&mut ada).await, "{path}");
    }
    assert_eq!(n_purchases(&academy), 0);
}

#[tokio::test]
async fn an_order_is_its_members_alone() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let order = academy.order(&mut ada, "rust").await;
    academy.place.payments.pay(&order, academy.now());
    let mut eve = academy.member("eve@example.org").await;
    let path = format!("/checkout/return/?order={order}");
    let page = eve.get(&path).await;
    assert_eq!(page.status, 404);
    assert!(!reads(&mut eve).await);
    let nobody = academy.browser().get(&path).await;
    assert!(
        nobody.location().is_some_and(|to| to.starts_with("/sign-in/?return_to=")),
        "{:?}",
        nobody.location()
    );
    for order in ["", "0", "ffffffffffffffffffffffffffffffff", "../x", &order.to_uppercase()] {
        assert_eq!(eve.get(&format!("/checkout/return/?order={order}")).await.status, 404, "{order:?}");
    }
    assert!(ada.get(&path).await.shows("Thank you."));
    assert!(reads(&mut ada).await);
    assert_eq!(n_purchases(&academy), 1, "Eve's visit bought nothing");
}

#[tokio::test]
async fn coming_back_from_a_payment_asks_the_ledger_twice() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let order = academy.order(&mut ada, "rust").await;
    academy.place.payments.pay(&order, academy.now());
    let n_calls = academy.place.ledger.n_calls();
    let thanks = ada.get(&format!("/checkout/return/?order={order}")).await;
    assert!(thanks.shows("Thank you. Rust is yours."), "{}", thanks.text());
    assert_eq!(academy.place.ledger.n_calls() - n_calls, 2, "who and which order; what the processor said");
}

#[tokio::test]
async fn a_buyer_is_in_on_the_next_request_without_asking_the_ledger() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    assert!(!reads(&mut ada).await);
    let thanks = academy.buy(&mut ada, "rust").await;
    assert!(thanks.shows("Thank you. Rust is yours."), "{}", thanks.text());
    let n_calls = academy.place.ledger.n_calls();
    assert!(reads(&mut ada).await);
    assert_eq!(academy.place.ledger.n_calls(), n_calls, "the cookie says it all");
}

#[tokio::test]
async fn coming_back_again_changes_nothing() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let order = academy.order(&mut ada, "pro-90d").await;
    academy.place.payments.pay(&order, academy.now());
    for _ in 0..4 {
        assert!(ada.open(&format!("/checkout/return/?order={order}")).await.shows("Thank you."));
        academy.pass(86_400);
    }
    assert_eq!(n_purchases(&academy), 1);
    let account = ada.open("/account/").await;
    // Ninety days from the first return: 2027-01-15 and 90 days.
    assert!(account.shows("until 15 Apr 2027"), "{}", account.text());
}

#[tokio::test]
async fn another_device_sees_a_purchase_within_thirty_seconds() {
    let academy = academy();
    let mut phone = academy.member("ada@example.org").await;
    let mut laptop = academy.member("ada@example.org").await;
    assert!(!reads(&mut laptop).await);
    academy.buy(&mut phone, "rust").await;
    academy.pass(30);
    assert!(reads(&mut laptop).await);
    assert!(laptop.open("/account/").await.shows("kept for good"));
}

#[tokio::test]
async fn a_pass_ends_to_the_second_although_the_cookie_is_fresh() {
    let academy = academy();
    let mut ada = academy.buyer("ada@example.org", "pro-90d").await;
    academy.pass_days(89, &mut ada).await;
    academy.pass(86_400 - 5);
    assert!(ada.open("/account/").await.shows("until"), "the cookie is new now");
    academy.pass(4);
    let n_calls = academy.place.ledger.n_calls();
    assert!(reads(&mut ada).await, "one second is left");
    assert_eq!(academy.place.ledger.n_calls(), n_calls);
    academy.pass(1);
    assert!(!reads(&mut ada).await);
}

#[tokio::test]
async fn a_subscription_lasts_as_long_as_the_processor_says() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let end = academy.now().plus_seconds(1_000);
    let order = academy.order(&mut ada, "pro-month").await;
    academy.place.payments.settle(&order, subscribed(SubscriptionStatus::Active, end, Some(end)));
    ada.open(&format!("/checkout/return/?order={order}")).await;
    academy.pass(999);
    assert!(reads(&mut ada).await);
    academy.pass(1);
    assert!(!reads(&mut ada).await);
}

/// The processor's word about a subscription that began a day ago.
fn subscribed(status: SubscriptionStatus, end: Timestamp, ends_at: Option<Timestamp>) -> Settlement {
    let period_start = end.plus_seconds(-30 * 86_400);
    let subscription = Subscription { status, period_start, period_end: end, ends_at, owed_since: None };
    Settlement { progress: Progress::Subscribed(subscription), ..Settlement::default() }
}

/// A message of the processor about an order.
async fn tell(academy: &Academy, order: &str) -> u16 {
    let request = Request::post("/webhooks/stripe").header("stripe-signature", "the processor");
    let request = request.body(Body::from(order.to_owned())).expect("a request");
    academy.app_at(0).respond(request).await.status().as_u16()
}

#[tokio::test]
async fn what_is_taken_away_is_gone_after_ten_minutes_at_most() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let order = academy.order(&mut ada, "rust").await;
    academy.place.payments.pay(&order, academy.now());
    assert!(ada.open(&format!("/checkout/return/?order={order}")).await.shows("Thank you."));
    let refunded = Settlement { refunded: Refunded::Fully, ..Settlement::paid(academy.now()) };
    academy.place.payments.settle(&order, refunded);
    assert_eq!(tell(&academy, &order).await, 200);
    let refused = ada.clone().post("/discuss/rust/moves/", &[("text", "hello")]).await;
    assert_eq!(refused.status, 403, "everything but reading is refused at once");
    let account = ada.clone().open("/account/").await;
    assert!(account.shows("Nothing yet.") && account.shows("Refunded"), "{}", account.text());
    academy.pass(599);
    assert!(reads(&mut ada.clone()).await, "the cookie is believed for ten minutes");
    academy.pass(1);
    assert!(!reads(&mut ada.clone()).await);
    academy.pass(1);
    assert!(!reads(&mut ada).await, "no paid byte at t + 601 s");
}

#[tokio::test]
async fn a_changed_cookie_is_no_cookie() {
    let academy = academy();
    let buyer = academy.buyer("buyer@example.org", "rust").await;
    let good = buyer.cookies[SESSION].clone();
    let mut forged: Vec<String> = Vec::new();
    for idx in (0..good.len()).step_by(3) {
        let mut changed = good.clone().into_bytes();
        changed[idx] = if changed[idx] == b'A' { b'B' } else { b'A' };
        forged.push(String::from_utf8(changed).expect("letters"));
    }
    let (kid, rest) = good.split_once('.').expect("a key's name");
    let (payload, mac) = rest.split_once('.').expect("a payload");
    let mut eve = academy.member("eve@example.org").await;
    let of_eve = eve.cookies[SESSION].clone();
    let mac_of_eve = of_eve.rsplit('.').next().expect("a mac");
    forged.extend([
        format!("{kid}.{payload}."),
        format!("{kid}.{payload}"),
        format!("none.{payload}.{mac}"),
        format!(".{payload}.{mac}"),
        format!("{kid}.{payload}.{mac_of_eve}"),
        format!("{kid}.{payload}.{mac}.{mac}"),
        format!("{kid}.{}.{mac}", payload.trim_end_matches(|_| true)),
        "null".to_owned(),
        String::new(),
    ]);
    for cookie in forged {
        for name in [SESSION, "ly_session", "__Host-ly_receipts", "__Host-ly_challenge"] {
            eve.cookies.clear();
            eve.cookies.insert(name.to_owned(), cookie.clone());
            assert!(!reads(&mut eve).await, "{name}={cookie}");
        }
    }
    // A cookie of another purpose, signed by us, is no session.
    let mut asking = academy.browser();
    asking.post("/sign-in/", &[("email", "mallory@example.org")]).await;
    let challenge = asking.cookies["__Host-ly_challenge"].clone();
    asking.cookies.insert(SESSION.to_owned(), challenge);
    assert!(!reads(&mut asking).await);
    assert!(asking.get("/account/").await.location().is_some());
    eve.cookies.insert(SESSION.to_owned(), good);
    assert!(reads(&mut eve).await, "the unchanged cookie is good");
}

#[tokio::test]
async fn what_was_ordered_is_given_although_it_is_no_longer_sold() {
    let mut academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let (course, tier) = (academy.order(&mut ada, "rust").await, academy.order(&mut ada, "pro-month").await);
    let content = Content::fixture("academy");
    let yaml = content.text("lyceum.yaml").replace("pro-month, amount: 19.00", "pro-monthly, amount: 29.00");
    let course_text =
        content.text("courses/rust/index.md").replace("id: rust, amount: 49.00", "id: rust-2, amount: 99.00");
    let files = content.with("lyceum.yaml", yaml).with("courses/rust/index.md", course_text).files();
    academy.place.assets = Port::new(MemoryAssets(files));
    ada.door = academy.app_at(0);
    let page = ada.post("/checkout/", &[("price", "rust")]).await;
    assert!(page.shows("That price is no longer offered."));
    for order in [&course, &tier] {
        academy.place.payments.pay(order, academy.now());
        let page = ada.open(&format!("/checkout/return/?order={order}")).await;
        assert!(page.shows("Thank you."), "{}", page.text());
    }
    assert!(reads(&mut ada).await);
    assert!(ada.open("/account/").await.shows("$49"), "at the price of that day");
}

#[tokio::test]
async fn who_has_a_course_for_good_is_not_sold_it_again() {
    let academy = academy();
    let mut ada = academy.buyer("ada@example.org", "rust").await;
    assert!(ada.open("/checkout/?price=rust").await.shows("You already have this."));
    let page = ada.post("/checkout/", &[("price", "rust")]).await;
    assert_eq!(page.location(), Some("/account/"));
    assert_eq!(academy.place.payments.n_calls(), 2, "one order was started and looked up, no other");
}

#[tokio::test]
async fn a_course_opens_that_course_and_a_tier_what_it_names() {
    let academy = academy();
    let mut of_go = academy.buyer("go@example.org", "go").await;
    assert!(!reads(&mut of_go).await);
    assert!(of_go.open("/courses/go/channels/").await.shows("Buyers of Go"));
    let mut pro = academy.buyer("pro@example.org", "pro-month").await;
    assert!(reads(&mut pro).await);
    assert!(pro.open("/courses/go/channels/").await.shows("Buyers of Go"));
}

#[tokio::test]
async fn whoever_comes_back_signed_out_signs_in_and_is_thanked() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let order = academy.order(&mut ada, "rust").await;
    academy.place.payments.pay(&order, academy.now());
    let mut phone = academy.browser();
    let asked = phone.open(&format!("/checkout/return/?order={order}")).await.form("/sign-in/");
    let code_page = phone.submit(&asked.fill("email", "ada@example.org")).await;
    let code = code_in(&academy.mail_to("ada@example.org"));
    let thanks = phone.submit(&code_page.form("/sign-in/code/").fill("code", &code)).await;
    assert!(thanks.shows("Thank you. Rust is yours."), "{}", thanks.text());
    assert!(reads(&mut phone).await);
}

#[tokio::test]
async fn the_way_back_from_a_purchase_stays_on_this_site() {
    let academy = academy();
    for (number, away) in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/x\"onload=\"y",
    ]
    .into_iter()
    .enumerate()
    {
        let mut ada = academy.member(&format!("ada{number}@example.org")).await;
        let from = encoded([("price", "rust"), ("from", away)]);
        let order_page = ada.open(&format!("/checkout/?{from}")).await;
        let paying = ada.submit(&order_page.form("/checkout/")).await;
        let order =
            paying.location().and_then(|to| to.strip_prefix("https://pay.example/")).expect("a payment page");
        academy.place.payments.pay(order, academy.now());
        let back = encoded([("order", order), ("from", away)]);
        let thanks = ada.open(&format!("/checkout/return/?{back}")).await;
        assert!(thanks.shows("Thank you."), "{away}: {}", thanks.text());
        for page in [order_page, thanks] {
            let text = page.text();
            assert!(
                !text.contains(&format!("href=\"{away}")) && !text.contains("\"onload=\"y"),
                "{away}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn a_trial_is_free_once_and_a_subscription_is_not_sold_twice() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    assert!(ada.open("/checkout/?price=pro-month").await.shows("free days"), "a first trial");
    let end = academy.now().plus_seconds(7 * 86_400);
    let order = academy.order(&mut ada, "pro-month").await;
    academy.place.payments.settle(&order, subscribed(SubscriptionStatus::Trialing, end, Some(end)));
    ada.open(&format!("/checkout/return/?order={order}")).await;
    let again = ada.open("/checkout/?price=pro-month").await;
    assert!(again.shows("You already have this."), "{}", again.text());
    let placed = ada.post("/checkout/", &[("price", "pro-month")]).await;
    assert_eq!(placed.location(), Some("/account/"), "the same period is not sold twice");
    academy.pass_days(8, &mut ada).await;
    let later = ada.open("/checkout/?price=pro-month").await;
    assert!(
        later.shows("Pay $") && !later.shows("free days"),
        "a second trial is not free: {}",
        later.text()
    );
}

/// Gives a member so many courses with long names, past the shop.
async fn give_courses(academy: &Academy, email: &str, n_courses: u8) {
    let (ledger, now) = (&academy.place.ledger, academy.now());
    let id = |n: u8| format!("{n:032x}");
    let start = StartChallenge {
        id: id(1).parse().expect("an id"),
        email: email.to_owned(),
        browser_hash: "browser".to_owned(),
        code_hash: "code".to_owned(),
        link_hash: "link".to_owned(),
        max_mails_per_hour: 1_000,
        now,
    };
    ledger.start_challenge(start).await.expect("asked");
    let answer = AnswerChallenge {
        id: id(1).parse().expect("an id"),
        browser_hash: "browser".to_owned(),
        proof: Proof::Code("code".to_owned()),
        opening: Opening {
            id: id(3).parse().expect("an id"),
            token_hash: "session".to_owned(),
            device: String::new(),
            known: Vec::new(),
            replaces: None,
        },
        new_member: id(2).parse().expect("an id"),
        new_pseudonym: "pseudonym".to_owned(),
        language: "en".parse().expect("a language"),
        now,
    };
    let Ok(Answered::SignedIn { member, .. }) = ledger.answer_challenge(answer).await else {
        panic!("signed in")
    };
    for n in 10..10 + n_courses {
        let price = r#"{"id":"course","amount":{"minor":100,"currency":"USD"},"term":"once"}"#;
        let order = Order {
            id: id(n).parse().expect("an id"),
            member: member.id.clone(),
            scope: format!("course:a-course-with-quite-a-long-name-and-the-number-{n}")
                .parse()
                .expect("a scope"),
            price: serde_json::from_str(price).expect("a price"),
            quantity: 1,
            purpose: Purpose::Own,
            discount_minor: 0,
            reference: None,
            created_at: now,
            settlement: Settlement::default(),
            revision: 0,
        };
        let settlement = Settlement::paid(now);
        let settle = SettleOrder { id: order.id.clone(), revision: 0, settlement, message: None, now };
        ledger.place_order(PlaceOrder { order, redemption: None }).await.expect("placed");
        ledger.settle_order(settle).await.expect("settled");
    }
}

#[tokio::test]
async fn somebody_who_bought_everything_can_still_sign_in() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    give_courses(&academy, "ada@example.org", 60).await;
    let mut elsewhere = academy.browser();
    let signed_in = academy.sign_in(&mut elsewhere, "ada@example.org").await;
    let longest = signed_in.headers.get_all("set-cookie").iter().map(http::HeaderValue::len).max();
    assert!(
        longest.is_some_and(|n_bytes| n_bytes < 4_096),
        "a browser refuses a cookie of {longest:?} bytes"
    );
    academy.buy(&mut elsewhere, "rust").await;
    assert!(reads(&mut elsewhere).await, "what does not fit is asked for");
    academy.pass(31);
    assert!(reads(&mut ada).await, "here as well, where the cookie is older than the purchase");
}
