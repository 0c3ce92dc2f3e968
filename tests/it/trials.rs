//! A trial is had once, however many orders are begun; and codes lower the price of what is bought for others.

use bytes::Bytes;
use lyceum_app::conformance::MemoryPayments;
use lyceum_app::ledger::{Commands, FindMembers, Order, ReadAccount};
use lyceum_app::money::{Progress, Settlement, Subscription, SubscriptionStatus};
use lyceum_tests::Academy;
use lyceum_tests::content::{Files, small_academy};

use super::teams::{order_in, with_seats};

const TRIAL: &str = "pro-month";

async fn orders(academy: &Academy, email: &str) -> Vec<Order> {
    let found = FindMembers { prefix: email.to_owned(), limit: 1 };
    let member = academy.place.ledger.find_members(found).await.expect("answers").remove(0).id;
    let account = academy.place.ledger.read_account(ReadAccount { member, now: academy.now() }).await;
    account.expect("answers").expect("an account").orders
}

fn trialing(academy: &Academy) -> Settlement {
    let subscription = Subscription {
        status: SubscriptionStatus::Trialing,
        period_start: academy.now(),
        period_end: academy.now().plus_seconds(7 * 86_400),
        ends_at: None,
        owed_since: None,
    };
    Settlement { progress: Progress::Subscribed(subscription), ..Settlement::default() }
}

fn academy() -> Academy {
    Academy::of(small_academy())
}

/// How many orders of somebody have begun with free days.
async fn n_trials(academy: &Academy, email: &str) -> usize {
    let all = orders(academy, email).await;
    all.iter().filter(|order| order.price.trial.is_some() && order.settlement.is_bought()).count()
}

#[tokio::test]
async fn two_orders_before_payment_give_one_trial() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let first = academy.order(&mut ada, TRIAL).await;
    let second = academy.order(&mut ada, TRIAL).await;
    let payments: &MemoryPayments = &academy.place.payments;
    // The first page is closed, so only on the second one something can still be begun.
    for order in [&first, &second] {
        let id = order.parse().expect("an id");
        let open = orders(&academy, "ada@example.org").await.into_iter().find(|order| order.id == id);
        let is_failed = open.is_some_and(|order| order.settlement.progress == Progress::Failed);
        assert_eq!(is_failed, *order == first, "the first page is closed and no other");
        if !is_failed {
            payments.settle(order, trialing(&academy));
        }
        ada.open(&format!("/checkout/return/?order={order}")).await;
    }
    assert_eq!(n_trials(&academy, "ada@example.org").await, 1);
    // And afterwards none at all, also with a form that was open since before.
    let late = ada.post("/checkout/", &[("price", TRIAL)]).await;
    assert_eq!(late.location(), Some("/account/"), "{}", late.text());
}

#[tokio::test]
async fn a_trial_that_was_begun_on_the_first_page_is_found_before_the_second() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let first = academy.order(&mut ada, TRIAL).await;
    let form = ada.open(&format!("/checkout/?price={TRIAL}")).await.form("/checkout/");
    academy.place.payments.settle(&first, trialing(&academy));
    // The return page was never opened, and no message came: the processor is asked now.
    let page = ada.submit(&form).await;
    let leads_to_payment = page.location().is_some_and(|to| to.starts_with("https://pay.example/"));
    assert!(!leads_to_payment && page.shows("You have had the free days of this."), "{}", page.text());
    assert_eq!(n_trials(&academy, "ada@example.org").await, 1);
    assert_eq!(orders(&academy, "ada@example.org").await.len(), 1, "nothing is recorded");
}

#[tokio::test]
async fn an_order_whose_page_was_never_made_holds_the_trial_for_a_quarter_of_an_hour() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let form = ada.open(&format!("/checkout/?price={TRIAL}")).await.form("/checkout/");
    academy.place.payments.set_down(true);
    assert_eq!(ada.submit(&form).await.status, 503);
    academy.place.payments.set_down(false);
    let soon = ada.submit(&form).await;
    assert!(soon.shows("try again in a quarter of an hour"), "{}", soon.text());
    academy.pass(900);
    order_in(&ada.submit(&form).await);
}

/// The academy with seats and codes for them.
fn with_codes() -> Files {
    let mut files = with_seats();
    let file = files.get_mut("/_lyceum/manifest.json").expect("a manifest");
    let mut json: serde_json::Value = serde_json::from_slice(file).expect("JSON");
    json["products"][0]["prices"].as_array_mut().expect("prices").push(serde_json::json!({
        "id": "team-once", "amount": { "minor": 999, "currency": "USD" }, "term": "once", "per_seat": true,
    }));
    json["offers"] = serde_json::json!([
        { "code": "TEAM-30", "reduction": { "percent": 30 }, "per_member": 9 },
        { "code": "TEN-OFF", "reduction": { "amount": { "minor": 1000, "currency": "USD" } }, "limit": 2, "per_member": 9 },
        { "code": "ALL-FREE", "reduction": { "percent": 100 }, "limit": 2, "per_member": 1 },
    ]);
    *file = Bytes::from(json.to_string());
    files
}

#[tokio::test]
async fn a_code_lowers_the_whole_price_of_a_team() {
    let academy = Academy::of(&with_codes());
    let mut boss = academy.member("boss@company.example").await;
    for (price, seats, code, shown, total, discount) in [
        // 7 seats for 9.99 are 69.93; 30 % less leave 48.951, rounded down.
        ("team-once", "7", "TEAM-30", "$48.95", 4_895, 2_098),
        ("team-once", "7", "ten-off", "$59.93", 5_993, 1_000),
        // By the month: only the first payment is lower, once and not for each seat.
        ("team-month", "3", "TEN-OFF", "$35", 3_500, 1_000),
    ] {
        let page = boss.open(&format!("/checkout/?price={price}&seats={seats}&code={code}")).await;
        assert!(page.shows(shown), "{price} {code}: {}", page.text());
        let order = order_in(&boss.submit(&page.form("/checkout/")).await);
        let orders = orders(&academy, "boss@company.example").await;
        let order = orders.iter().find(|found| found.id.as_str() == order).expect("placed");
        assert_eq!((order.total().minor, order.discount_minor), (total, discount), "{price} {code}");
        assert_eq!(order.quantity.to_string(), seats);
    }
    // The limit of two is exact: a third one is told so, and nothing is recorded.
    let n_before = orders(&academy, "boss@company.example").await.len();
    let mut other = academy.member("other@company.example").await;
    let fields = [("price", "team-once"), ("seats", "2"), ("code", "TEN-OFF")];
    let page = other.post("/checkout/", &fields).await;
    assert!(page.location().is_none(), "{}", page.text());
    assert!(orders(&academy, "other@company.example").await.is_empty());
    assert_eq!(orders(&academy, "boss@company.example").await.len(), n_before);
}

#[tokio::test]
async fn what_costs_nothing_asks_no_processor_and_is_there_at_once() {
    let academy = Academy::of(&with_codes());
    let mut boss = academy.member("boss@company.example").await;
    let page = boss.open("/checkout/?price=team-once&seats=3&code=ALL-FREE").await;
    let paid = boss.submit(&page.form("/checkout/")).await;
    assert!(boss.follow(paid).await.shows("Your team has 3\u{a0}seats"));
    let mut ada = academy.member("ada@example.org").await;
    let page = ada.open("/checkout/?price=rust&gift=1&code=ALL-FREE").await;
    let form = page.form("/checkout/").fill("email", "bob@example.org");
    let paid = ada.submit(&form).await;
    let thanks = ada.follow(paid).await;
    assert!(thanks.shows("See the gift"), "{}", thanks.text());
    assert_eq!(academy.place.payments.n_calls(), 0);
    academy.app_at(0).drain_outbox(100).await.expect("answers");
    assert!(academy.mail_to("bob@example.org").subject.contains("A gift for you"));
    // Both uses are gone.
    let mut eve = academy.member("eve@example.org").await;
    let refused = eve.post("/checkout/", &[("price", "rust"), ("gift", "1"), ("code", "ALL-FREE")]).await;
    assert!(refused.location().is_none(), "{}", refused.text());
}

#[tokio::test]
async fn a_wrong_code_for_a_team_is_said_and_nothing_is_ordered() {
    let academy = Academy::of(&with_codes());
    let mut boss = academy.member("boss@company.example").await;
    for fields in [
        [("price", "team-once"), ("seats", "3"), ("code", "NOPE")],
        // Twenty dollars are more than nothing, but a subscription is never free.
        [("price", "team-month"), ("seats", "3"), ("code", "ALL-FREE")],
        [("price", "rust"), ("gift", "1"), ("code", "NOPE")],
    ] {
        let page = boss.post("/checkout/", &fields).await;
        assert!(page.location().is_none() && page.shows("code-error"), "{fields:?}: {}", page.text());
    }
    assert!(orders(&academy, "boss@company.example").await.is_empty());
    assert_eq!(academy.place.payments.n_calls(), 0);
}
