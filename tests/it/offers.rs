//! Codes: what the order page says of them, what they cost, and that none is used more often than it may be.

use std::sync::{Arc, Barrier};

use lyceum::adapters::SqliteLedger;
use lyceum_app::ledger::{
    Actor, AddMember, Commands, Order, PlaceOrder, Placing, Purpose, Redemption, VerifyAudit,
};
use lyceum_app::money::Settlement;
use lyceum_app::ports::Ledger;
use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId};
use lyceum_tests::academy::Visitor;
use lyceum_tests::browser::Page;
use lyceum_tests::content::Files;
use lyceum_tests::{Academy, Content, Scratch};

const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";

/// The small academy with offers. Its tests begin on 15 January 2027.
fn files() -> Files {
    let content = Content::fixture("academy");
    let site = content.text("lyceum.yaml");
    let offers = "offers:
  - { code: SPRING-2027, percent: 30, until: 2027-02-01 }
  - { code: OVER, percent: 30, until: 2027-01-14 }
  - { code: TEN-OFF, amount: 10.00 USD, prices: [rust], limit: 10 }
  - { code: GIFT, percent: 100, prices: [rust, pro-90d], limit: 1 }
";
    content.with("lyceum.yaml", site + offers).files()
}

fn academy() -> Academy {
    Academy::of(&files())
}

async fn look<L: Ledger + 'static>(browser: &mut Visitor<L>, price: &str, code: &str) -> Page {
    browser.open(&format!("/checkout/?price={price}&code={code}")).await
}

async fn order<L: Ledger + 'static>(browser: &mut Visitor<L>, price: &str, code: &str) -> Page {
    browser.post("/checkout/", &[("price", price), ("code", code)]).await
}

#[track_caller]
fn leads_to_payment(page: &Page) -> String {
    let to = page.location().unwrap_or_else(|| panic!("no payment page: {}", page.text()));
    to.strip_prefix("https://pay.example/").expect("the processor's address").to_owned()
}

#[tokio::test]
async fn the_order_page_says_what_a_code_does() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let plain = ada.open("/checkout/?price=rust").await;
    assert!(plain.shows("Do you have a code?") && plain.shows("Pay $49"), "{}", plain.text());
    let page = look(&mut ada, "rust", "+spring-2027+").await;
    assert!(
        page.shows("Pay $34.30") && page.shows("$14.70 less with the code SPRING-2027"),
        "{}",
        page.text()
    );
    let page = look(&mut ada, "pro-month", "SPRING-2027").await;
    assert!(page.shows("$13.30") && page.shows("for the first payment") && page.shows("then $19"));
    assert!(page.shows("there are no free days") && !page.shows("days free"), "{}", page.text());
    let page = look(&mut ada, "rust", "GIFT").await;
    assert!(page.shows("Get it for nothing") && page.shows("There is nothing to pay."), "{}", page.text());
    assert!(!page.shows("You pay on the next page.") && page.shows(r#"href="/checkout/?price=rust""#));
    let page = ada.open("/zh/checkout/?price=rust&code=SPRING-2027").await;
    assert!(page.shows("优惠码 SPRING-2027 已减"), "{}", page.text());
    assert_eq!(academy.place.payments.n_calls(), 0);
}

#[tokio::test]
async fn the_order_page_says_what_is_wrong_with_a_code() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    for (price, code, said) in [
        ("rust", "NO-SUCH-CODE", "We do not know this code."),
        ("rust", "x", "We do not know this code."),
        ("rust", "%3Cscript%3E", "We do not know this code."),
        ("rust", "OVER", "This code has ended."),
        ("pro-month", "TEN-OFF", "This code is for something else"),
        ("pro-month", "GIFT", "This code is for something else"),
    ] {
        let page = look(&mut ada, price, code).await;
        assert!(page.shows(said), "{price} {code}: {}", page.text());
        assert!(!page.text().contains("<script>") && page.shows("Pay $49") || price != "rust");
        let page = order(&mut ada, price, &code.replace("%3C", "<")).await;
        assert!(page.shows(said) && page.location().is_none(), "{price} {code}: {}", page.text());
    }
    assert_eq!(academy.place.payments.n_calls(), 0);
    assert!(ada.open("/account/").await.shows("You have not ordered anything."));
}

#[tokio::test]
async fn an_offer_ends_with_its_last_day() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    // From 08:00 on 15 January to midnight after the first of February.
    academy.pass(16 * 3_600 + 17 * 86_400 - 1);
    assert!(look(&mut ada, "rust", "SPRING-2027").await.shows("$34.30"));
    academy.pass(1);
    assert!(look(&mut ada, "rust", "SPRING-2027").await.shows("This code has ended."));
}

#[tokio::test]
async fn a_reduced_order_is_paid_at_the_reduced_price() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let id = leads_to_payment(&order(&mut ada, "rust", "spring-2027").await);
    assert!(ada.open("/account/").await.shows("$34.30"));
    academy.place.payments.pay(&id, academy.now());
    assert!(ada.open(&format!("/checkout/return/?order={id}")).await.shows("$34.30"));
    assert!(ada.open(LESSON).await.shows(PAID));
    // Once for each member, whatever happens to the order.
    academy.place.payments.settle(&id, Settlement::default());
    let page = look(&mut ada, "pro-90d", "SPRING-2027").await;
    assert!(page.shows("You have used this code already."), "{}", page.text());
}

#[tokio::test]
async fn what_costs_nothing_asks_no_processor() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let mut grace = academy.member("grace@example.org").await;
    let page = ada.post("/checkout/?from=/courses/rust/moves/", &[("price", "rust"), ("code", "GIFT")]).await;
    let back = page.location().expect("the return page").to_owned();
    assert!(back.starts_with("/checkout/return/?order="), "{back}");
    // A browser that was told "no" is told so for half a minute; the return page or time tells it better.
    academy.pass(31);
    assert!(ada.open(LESSON).await.shows(PAID), "before the return page was seen");
    for _ in 0..2 {
        let page = ada.open(&back).await;
        assert!(page.shows("is yours") && page.shows(r#"href="/courses/rust/moves/""#), "{}", page.text());
    }
    assert!(ada.open(LESSON).await.shows(PAID));
    let page = order(&mut grace, "rust", "GIFT").await;
    assert!(page.shows("as often as it can be") && page.location().is_none());
    assert!(!grace.open(LESSON).await.shows(PAID));
    assert!(grace.get(&back).await.status == 404, "it is Ada's order");
    assert_eq!(academy.place.payments.n_calls(), 0);
    let check = VerifyAudit { from_seq: 1, limit: 500 };
    let check = academy.place.ledger.verify_audit(check).await.expect("checked");
    assert_eq!((check.checked_to, check.broken_at), (2, None), "that it was free, and what it opened");
}

#[tokio::test]
async fn who_goes_back_from_the_payment_page_orders_again() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    let first = leads_to_payment(&order(&mut ada, "rust", "TEN-OFF").await);
    let page = look(&mut ada, "rust", "TEN-OFF").await;
    assert!(page.shows("Pay $39"), "{}", page.text());
    let second = leads_to_payment(&order(&mut ada, "rust", "TEN-OFF").await);
    assert_ne!(first, second);
    // The page of before is closed: what the processor says of it is settled.
    let page = ada.open(&format!("/checkout/return/?order={first}")).await;
    assert!(!page.shows("is yours") && !ada.open(LESSON).await.shows(PAID), "{}", page.text());
    academy.place.payments.pay(&second, academy.now());
    assert!(ada.open(&format!("/checkout/return/?order={second}")).await.shows("is yours"));
    // A page that was paid on cannot be closed.
    let mut grace = academy.member("grace@example.org").await;
    let paid = leads_to_payment(&order(&mut grace, "rust", "TEN-OFF").await);
    academy.place.payments.pay(&paid, academy.now());
    let page = order(&mut grace, "rust", "TEN-OFF").await;
    assert!(page.shows("You have used this code already.") && page.location().is_none(), "{}", page.text());
    academy.pass(31);
    assert!(grace.open(LESSON).await.shows(PAID), "what was paid was noticed on the way");
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let academy = academy();
    let mut eve = academy.member("eve@example.org").await;
    for n in 0..20 {
        let page = if n % 2 == 0 {
            look(&mut eve, "rust", &format!("CODE-{n}")).await
        } else {
            order(&mut eve, "rust", &format!("CODE-{n}")).await
        };
        assert!(page.shows("We do not know this code."), "{n}: {}", page.text());
    }
    let wrong = look(&mut eve, "rust", "TEN-OFG").await.text().replace("TEN-OFG", "");
    let right = look(&mut eve, "rust", "TEN-OFF").await.text().replace("TEN-OFF", "");
    assert_eq!(wrong, right, "a right code looks like a wrong one");
    assert!(right.contains("You can try again tomorrow"), "{right}");
    assert!(order(&mut eve, "rust", "TEN-OFF").await.location().is_none());
    leads_to_payment(&order(&mut eve, "rust", "").await);
    let mut ada = academy.member("ada@example.org").await;
    assert!(look(&mut ada, "rust", "TEN-OFF").await.shows("Pay $39"), "others are not held up");
    academy.pass(86_400);
    assert!(look(&mut eve, "rust", "TEN-OFF").await.shows("Pay $39"), "a day later");
}

#[tokio::test]
async fn the_code_survives_signing_in() {
    let academy = academy();
    let page = academy.browser().get("/checkout/?price=rust&code=TEN-OFF&from=/courses/rust/moves/").await;
    let to = page.location().expect("sign-in").to_owned();
    assert!(to.contains("code%3DTEN-OFF") && to.contains("from%3D"), "{to}");
}

#[tokio::test]
async fn an_academy_without_offers_has_no_field() {
    let academy = Academy::of(lyceum_tests::content::small_academy());
    let mut ada = academy.member("ada@example.org").await;
    let page = ada.open("/checkout/?price=rust").await;
    assert!(!page.shows("Do you have a code?"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_browsers_get_ten_of_ten() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    let academy = Academy::with_ledger(&files(), ledger);
    let mut browsers = Vec::new();
    for n in 0..50 {
        browsers.push(academy.member(&format!("m{n}@example.org")).await);
    }
    let orders = browsers
        .into_iter()
        .map(|mut browser| tokio::spawn(async move { order(&mut browser, "rust", "TEN-OFF").await }));
    let orders: Vec<_> = orders.collect();
    let (mut n_placed, mut n_refused) = (0, 0);
    for order in orders {
        let page = order.await.expect("no panic");
        n_placed += usize::from(page.location().is_some());
        n_refused += usize::from(page.shows("as often as it can be"));
    }
    assert_eq!((n_placed, n_refused), (10, 40));
}

/// One order for nothing, or for a little less.
fn reduced(member: &MemberId, n: u8, is_free: bool) -> Order {
    let price = r#"{"id":"rust","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#;
    Order {
        id: OrderId::from_bytes([n; 16]),
        member: member.clone(),
        scope: "course:rust".parse().expect("a scope"),
        price: serde_json::from_str(price).expect("a price"),
        quantity: 1,
        purpose: Purpose::Own,
        discount_minor: if is_free { 4_900 } else { 1_000 },
        reference: None,
        created_at: NOW,
        settlement: Settlement::default(),
        revision: 0,
    }
}

const NOW: Timestamp = Timestamp(1_800_000_000);
const N_THREADS: u8 = 50;

async fn members(ledger: &SqliteLedger, n_members: u8) -> Vec<MemberId> {
    let mut members = Vec::new();
    for n in 1..=n_members {
        let (email, new_pseudonym) = (format!("m{n}@example.org"), format!("p{n}"));
        let new_member = MemberId::from_bytes([n; 16]);
        let add = AddMember { by: Actor::OwnerCli, email, new_member, new_pseudonym, now: NOW };
        members.push(ledger.add_member(add).await.expect("added").expect("allowed").id);
    }
    members
}

/// Fifty threads, each with a connection of its own, at once. How many got the code.
fn race(n_members: u8, redemption: &Redemption, is_free: bool) -> usize {
    let folder = Scratch::new();
    let path = folder.path().join("ledger.sqlite");
    let runtime = || tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let ledger = SqliteLedger::open(&path).expect("opens");
    let members = runtime().block_on(members(&ledger, n_members));
    let barrier = Arc::new(Barrier::new(usize::from(N_THREADS)));
    let threads: Vec<_> = (1..=N_THREADS)
        .map(|n| {
            let member = members[usize::from(n) % members.len()].clone();
            let (path, redemption, barrier) = (path.clone(), redemption.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                let ledger = SqliteLedger::open(&path).expect("opens");
                let command =
                    PlaceOrder { order: reduced(&member, n, is_free), redemption: Some(redemption) };
                barrier.wait();
                runtime().block_on(ledger.place_order(command)).expect("answered")
            })
        })
        .collect();
    let placings = threads.into_iter().map(|thread| thread.join().expect("no panic"));
    placings.filter(|placing| *placing == Placing::Placed).count()
}

fn redemption(limit: Option<u32>, per_member: u32) -> Redemption {
    Redemption { code: "TEN-OFF".parse().expect("a code"), limit, per_member }
}

#[test]
fn fifty_threads_get_ten_of_ten() {
    for is_free in [false, true] {
        assert_eq!(race(N_THREADS, &redemption(Some(10), 1), is_free), 10, "free: {is_free}");
    }
}

#[test]
fn one_member_in_fifty_threads_gets_what_one_member_may() {
    assert_eq!(race(1, &redemption(Some(10), 3), false), 3);
    assert_eq!(race(7, &redemption(None, 2), true), 14);
}
