//! What members do with the whole of their account: a copy of it, another address, and the way out.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use http::{HeaderMap, StatusCode};
use lyceum::adapters::SqliteLedger;
use lyceum_app::conformance::World;
use lyceum_app::ledger::{
    AcceptGift, AcceptSeat, Actor, AddPasskey, Commands, FindMembers, GiftTo, GrantAccess, GrantRole,
    InviteToSeat, NameMember, Notice, Order, Passkey, PlaceOrder, PostLetter, Purpose, Redemption,
    SettleOrder, TakeLetters, TryCode, VerifyAudit,
};
use lyceum_app::money::{Names, Progress, Settlement, Subscription, SubscriptionStatus};
use lyceum_app::ports::{Ledger, Payments};
use lyceum_contract::id::{MemberId, OrderId, SeatId};
use lyceum_tests::academy::{Visitor, code_in, link_in};
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Page, Scratch};
use serde_json::Value;

use crate::teams::with_seats;

const ADA: &str = "leaver-xq7@example.org";
const NAME: &str = "Zephyrine Quill";
const WORDS: &str = "Marzipan under the bridge at seven.";
const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";
const EXPORT: &str = "/account/export/";
const ERASE: &str = "/account/erase/";
const EMAIL: &str = "/account/email/";

async fn id_of<L: Ledger + 'static>(academy: &Academy<L>, email: &str) -> MemberId {
    let found = FindMembers { prefix: email.to_owned(), limit: 1 };
    academy.place.ledger.find_members(found).await.expect("answers").remove(0).id
}

async fn copy<L: Ledger + 'static>(browser: &mut Visitor<L>) -> Value {
    let page = browser.get(EXPORT).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("content-type"), "application/json");
    assert!(page.header("content-disposition").starts_with("attachment; filename=\"account-20"));
    serde_json::from_slice(&page.body).expect("JSON")
}

/// An order of somebody else's shape than a page would make.
fn order(byte: u32, member: &MemberId, purpose: Purpose, academy: &Academy<impl Ledger + 'static>) -> Order {
    let price = r#"{"id":"rust","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#;
    let mut price: lyceum_contract::Price = serde_json::from_str(price).expect("a price");
    price.per_seat = purpose == Purpose::Team;
    Order {
        id: format!("{byte:032x}").parse().expect("an id"),
        member: member.clone(),
        scope: "course:rust".parse().expect("a scope"),
        price,
        quantity: if purpose == Purpose::Team { 3 } else { 1 },
        purpose,
        discount_minor: 0,
        reference: None,
        created_at: academy.now(),
        settlement: Settlement::default(),
        revision: 0,
    }
}

fn seat_id(number: u32) -> SeatId {
    format!("{number:032x}").parse().expect("an id")
}

/// Where a buyer reads their name.
fn receipt(member: &MemberId) -> String {
    format!("https://pay.example/receipt/{member}")
}

async fn paid<L: Ledger + 'static>(academy: &Academy<L>, order: Order) -> OrderId {
    let (ledger, id, now) = (&academy.place.ledger, order.id.clone(), academy.now());
    let names = Names { receipt_url: Some(receipt(&order.member)), ..Names::default() };
    ledger.place_order(PlaceOrder { order, redemption: None }).await.expect("placed");
    let settlement = Settlement { names, ..Settlement::paid(now) };
    let settle = SettleOrder { id: id.clone(), revision: 0, settlement, message: None, now };
    ledger.settle_order(settle).await.expect("settled");
    id
}

/// What belongs to the account alone.
async fn furnish<L: Ledger + 'static>(academy: &Academy<L>) {
    let ledger = &academy.place.ledger;
    let (id, now) = (id_of(academy, ADA).await, academy.now());
    ledger.name_member(NameMember { member: id.clone(), name: Some(NAME.to_owned()) }).await.expect("named");
    let passkey = Passkey {
        credential: "credential".to_owned(),
        member: id.clone(),
        key: "the public key".to_owned(),
        n_signatures: 0,
        name: format!("The key of {NAME}"),
        created_at: now,
        used_at: None,
    };
    ledger.add_passkey(AddPasskey { passkey, token_hash: String::new() }).await.expect("added");
    let role = "moderator".parse().expect("a role");
    let by = Actor::OwnerCli;
    ledger
        .grant_role(GrantRole { by: by.clone(), member: id.clone(), role, reason: String::new(), now })
        .await
        .expect("granted");
    let scope = "tier:pro".parse().expect("a scope");
    let grant = "ab".repeat(16);
    ledger
        .grant_access(GrantAccess {
            by,
            member: id.clone(),
            grant,
            scope,
            until: None,
            reason: String::new(),
            now,
        })
        .await
        .expect("granted");
    ledger.try_code(TryCode { member: id.clone(), redemption: None, now }).await.expect("tried");
    paid(academy, order(1, &id, Purpose::Own, academy)).await;
}

/// An academy in which one member has left a trace everywhere.
async fn lived_in<L: Ledger + 'static>(ledger: L) -> (Academy<L>, Visitor<L>) {
    let academy = Academy::with_ledger(&with_seats(), ledger);
    let mut ada = academy.member(ADA).await;
    let ledger = &academy.place.ledger;
    let (id, now) = (id_of(&academy, ADA).await, academy.now());
    let bob = {
        academy.member("bob@example.org").await;
        id_of(&academy, "bob@example.org").await
    };
    furnish(&academy).await;
    // A gift to somebody, of which the letter waits; and one from somebody.
    let given = paid(&academy, order(2, &id, Purpose::Gift, &academy)).await;
    let (email, message) = (Some("friend@example.org".to_owned()), Some(format!("Yours, {NAME}")));
    let gift = GiftTo { order: given, buyer: id.clone(), email, message, language: None, now };
    ledger.gift_to(gift).await.expect("given");
    let got = paid(&academy, order(3, &bob, Purpose::Gift, &academy)).await;
    let (email, message) = (Some(ADA.to_owned()), Some(format!("Dear {NAME}")));
    let gift = GiftTo { order: got.clone(), buyer: bob.clone(), email, message, language: None, now };
    ledger.gift_to(gift).await.expect("given");
    ledger.accept_gift(AcceptGift { order: got, member: id.clone(), now }).await.expect("taken");
    // A seat in somebody's team, and an own team in which nobody is.
    let team = paid(&academy, order(4, &bob, Purpose::Team, &academy)).await;
    let seat = seat_id(1);
    let invite = InviteToSeat {
        order: team,
        manager: bob,
        id: seat.clone(),
        email: ADA.to_owned(),
        language: None,
        now,
    };
    ledger.invite_to_seat(invite).await.expect("invited");
    ledger.accept_seat(AcceptSeat { id: seat, member: id.clone(), now }).await.expect("taken");
    let own = paid(&academy, order(5, &id, Purpose::Team, &academy)).await;
    let email = "colleague@example.org".to_owned();
    let seat = seat_id(2);
    let invite = InviteToSeat { order: own, manager: id, id: seat, email, language: None, now };
    ledger.invite_to_seat(invite).await.expect("invited");
    let posted = ada.post("/discuss/rust/start/", &[("text", WORDS)]).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER);
    // A code that nobody has typed.
    academy.browser().post("/sign-in/", &[("email", ADA)]).await;
    (academy, ada)
}

fn on_disk(folder: &Scratch) -> SqliteLedger {
    SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens")
}

#[tokio::test]
async fn the_copy_holds_what_every_store_knows_and_no_secret() {
    let folder = Scratch::new();
    let (academy, mut ada) = lived_in(on_disk(&folder)).await;
    let copy = copy(&mut ada).await;
    assert_eq!((&copy["format"], &copy["version"]), (&"lyceum-account".into(), &1.into()));
    assert_eq!((&copy["is_complete"], &copy["profile"]["email"]), (&true.into(), &ADA.into()));
    assert_eq!(copy["profile"]["name"], NAME);
    let n = |name: &str| copy[name].as_array().map_or(0, Vec::len);
    for (name, expected) in [
        ("roles", 1),
        ("access", 2),
        ("given_by_staff", 1),
        ("orders", 3),
        ("gifts_received", 1),
        ("seats", 1),
        ("seats_offered", 1),
        ("sessions", 1),
        ("passkeys", 1),
        ("comments", 1),
    ] {
        assert_eq!(n(name), expected, "{name}: {copy:#}");
    }
    assert!(n("letters") >= 3 && n("log") >= 5, "{copy:#}");
    assert_eq!(copy["comments"][0]["text"], WORDS);
    assert_eq!(copy["gifts_received"][0]["message"], format!("Dear {NAME}"));
    assert_eq!(copy["seats_offered"][0]["email"], "colleague@example.org");
    assert_eq!(copy["orders"][1]["gift_email"], "friend@example.org");
    assert_eq!(copy["orders"][0]["standing"], "owned");
    assert!(copy["orders"][0]["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{copy:#}");
    let text = copy.to_string();
    let bob = id_of(&academy, "bob@example.org").await;
    for secret in ["the public key", "bob@example.org", bob.as_str(), "token", "hash"] {
        assert!(!text.contains(secret), "the copy holds `{secret}`: {copy:#}");
    }
    let mut bob = academy.member("bob@example.org").await;
    let other = self::copy(&mut bob).await;
    assert_eq!(other["comments"].as_array().map(Vec::len), Some(0));
    assert!(!other.to_string().contains(NAME) || other.to_string().contains("Dear"), "{other:#}");
    assert!(!other.to_string().contains("The key of"), "{other:#}");
}

#[tokio::test]
async fn a_copy_of_many_orders_is_whole_and_costs_few_calls() {
    let academy = Academy::of(small_academy());
    let mut ada = academy.member(ADA).await;
    let id = id_of(&academy, ADA).await;
    for number in 0..1_203 {
        let order = order(number, &id, Purpose::Own, &academy);
        academy.place.ledger.place_order(PlaceOrder { order, redemption: None }).await.expect("placed");
    }
    let before = academy.place.ledger.n_calls();
    let copy = copy(&mut ada).await;
    assert_eq!(copy["orders"].as_array().map(Vec::len), Some(1_203));
    assert_eq!(copy["is_complete"], true);
    let n_calls = academy.place.ledger.n_calls() - before;
    assert!(n_calls <= 10, "{n_calls} calls");
    let mut nobody = academy.browser();
    assert!(nobody.get(EXPORT).await.location().is_some_and(|to| to.starts_with("/sign-in/")));
}

/// Types the address and presses the button.
async fn leave<L: Ledger + 'static>(browser: &mut Visitor<L>, email: &str) -> Page {
    let page = browser.open(ERASE).await;
    assert!(page.shows("Delete my account for good"), "{}", page.text());
    browser.submit(&page.form(ERASE).fill("email", email)).await
}

/// Every value of every row, as text.
fn rows(file: &Path) -> String {
    let database = rusqlite::Connection::open(file).expect("opens");
    let names = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let mut select = database.prepare(names).expect("tables");
    let tables: Vec<String> =
        select.query_map([], |row| row.get(0)).expect("tables").map(|name| name.expect("a name")).collect();
    let mut text = String::new();
    for table in tables {
        let mut select = database.prepare(&format!("SELECT * FROM \"{table}\"")).expect("rows");
        let n_columns = select.column_count();
        let mut found = select.query([]).expect("rows");
        while let Some(row) = found.next().expect("a row") {
            for column in 0..n_columns {
                writeln!(text, "{table}: {:?}", row.get_ref(column).expect("a value")).expect("text");
                if let Ok(value) = row.get::<_, String>(column) {
                    writeln!(text, "{table}: {value}").expect("text");
                }
            }
        }
    }
    text
}

/// Where a text is found, in any case.
fn lines_with<'a>(text: &'a str, wanted: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.to_lowercase().contains(&wanted.to_lowercase())).collect()
}

fn has_bytes(file: &Path, wanted: &str) -> bool {
    let bytes = fs::read(file).unwrap_or_default();
    bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

async fn chain_is_whole<L: Ledger + 'static>(academy: &Academy<L>) {
    let check =
        academy.place.ledger.verify_audit(VerifyAudit { from_seq: 1, limit: 500 }).await.expect("answers");
    assert_eq!((check.broken_at, check.is_complete), (None, true));
}

#[tokio::test]
async fn who_was_erased_is_in_no_row_and_no_byte() {
    let folder = Scratch::new();
    let file = folder.path().join("ledger.sqlite");
    let (academy, mut ada) = lived_in(on_disk(&folder)).await;
    let id = id_of(&academy, ADA).await;
    let before = rows(&file);
    for wanted in [ADA, NAME] {
        assert!(lines_with(&before, wanted).len() > 4, "the search finds what is there: {before}");
    }
    let gone = leave(&mut ada, " Leaver-XQ7@example.org ").await;
    assert!(gone.shows("Your account is deleted") && gone.shows("Sign in"), "{}", gone.text());
    let left = rows(&file);
    for wanted in [ADA, NAME, "Zephyrine", "leaver-xq7", "Yours,", "Dear ", &receipt(&id)] {
        assert_eq!(lines_with(&left, wanted), Vec::<&str>::new(), "{wanted}");
    }
    assert_eq!(
        lines_with(&left, "colleague@example.org"),
        Vec::<&str>::new(),
        "an invitation to a team of nobody"
    );
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        for wanted in [ADA, "Zephyrine"] {
            assert!(!has_bytes(&folder.path().join(name), wanted), "{wanted} is in the bytes of {name}");
        }
    }
    let stored = academy.world.text();
    assert!(!stored.contains("Marzipan") && !stored.contains("Zephyrine") && !stored.contains(id.as_str()));
    chain_is_whole(&academy).await;
    assert!(lines_with(&left, &format!("orders: {id}")).len() >= 3, "orders stay in the books");
    let mail = academy.mail_to(ADA);
    assert!(mail.subject.contains("is deleted") && !mail.text.contains("app_mail"), "{}", mail.text);
    // What was paid for others goes on, and their address with it.
    let command = TakeLetters { limit: 50, now: academy.now() };
    let letters = academy.place.ledger.take_letters(command).await.expect("letters").letters;
    let gift = letters.iter().find(|letter| letter.email == "friend@example.org").expect("the gift's letter");
    assert!(matches!(&gift.notice, Notice::GiftReceived { from: None, message: None, .. }), "{gift:?}");
}

#[tokio::test]
async fn nothing_that_comes_later_brings_them_back() {
    let folder = Scratch::new();
    let file = folder.path().join("ledger.sqlite");
    let (academy, mut ada) = lived_in(on_disk(&folder)).await;
    let (id, now) = (id_of(&academy, ADA).await, academy.now());
    leave(&mut ada, ADA).await;
    let ledger = &academy.place.ledger;
    // The processor goes on talking.
    for (byte, revision) in [(1_u32, 1), (2, 1), (5, 1)] {
        let names =
            Names { customer: Some("cus_1".to_owned()), receipt_url: Some(receipt(&id)), ..Names::default() };
        let settlement = Settlement { names, ..Settlement::paid(now.plus_seconds(1)) };
        let order: OrderId = format!("{byte:032x}").parse().expect("an id");
        let settle =
            SettleOrder { id: order, revision, settlement, message: Some("evt_late".to_owned()), now };
        ledger.settle_order(settle).await.expect("the books go on");
    }
    ledger
        .name_member(NameMember { member: id.clone(), name: Some(NAME.to_owned()) })
        .await
        .expect("nothing");
    let letter = lyceum_app::ledger::Letter::to_member(
        "late".to_owned(),
        &id,
        Notice::AccessEnded { scope: "tier:pro".parse().expect("a scope"), purpose: Purpose::Own },
        now,
    );
    ledger.post_letter(PostLetter { letter }).await.expect("posted");
    let order = order(9, &id, Purpose::Own, &academy);
    let late = ledger.place_order(PlaceOrder { order, redemption: None::<Redemption> }).await;
    assert!(late.is_err(), "somebody who is gone orders: {late:?}");
    let letters = ledger.take_letters(TakeLetters { limit: 50, now }).await.expect("letters").letters;
    assert!(letters.iter().all(|letter| letter.member.as_ref() != Some(&id)), "{letters:?}");
    let left = rows(&file);
    for wanted in [ADA, NAME, &receipt(&id)] {
        assert_eq!(lines_with(&left, wanted), Vec::<&str>::new(), "{wanted}");
    }
    assert_eq!(lines_with(&left, &format!("entitlements: {id}")), Vec::<&str>::new());
    chain_is_whole(&academy).await;
    // The same address comes back as somebody new.
    let mut again = academy.member(ADA).await;
    let copy = copy(&mut again).await;
    assert_ne!(copy["profile"]["id"], id.as_str());
    for name in ["orders", "access", "gifts_received", "seats", "passkeys", "comments", "roles", "letters"] {
        assert_eq!(copy[name].as_array().map(Vec::len), Some(0), "{name}: {copy:#}");
    }
    assert!(!again.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn every_device_of_the_erased_is_out() {
    let academy = Academy::of(small_academy());
    let mut ada = academy.buyer(ADA, "rust").await;
    let mut phone = academy.member(ADA).await;
    let whole = phone.open(LESSON).await;
    assert!(whole.shows(PAID));
    leave(&mut ada, ADA).await;
    assert!(ada.cookies.values().all(String::is_empty), "cookies stay: {:?}", ada.cookies);
    let frozen = phone.clone();
    assert!(phone.get(LESSON).await.shows(PAID), "the cookie is believed for ten minutes, for reading alone");
    for (path, fields) in [
        ("/account/", &[("name", "x")][..]),
        ("/discuss/rust/moves/", &[("text", "x")]),
        (ERASE, &[("email", ADA)]),
    ] {
        assert_eq!(frozen.clone().post(path, fields).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert!(frozen.clone().get(EXPORT).await.location().is_some_and(|to| to.starts_with("/sign-in/")));
    academy.pass(601);
    assert!(!frozen.clone().get(LESSON).await.shows(PAID), "after ten minutes nothing is read");
}

#[tokio::test]
async fn leaving_asks_for_a_fresh_proof_and_the_right_address() {
    let academy = Academy::of(small_academy());
    let mut ada = academy.member(ADA).await;
    for wrong in ["", "bob@example.org", "leaver-xq7@example.or"] {
        let page = ada.post(ERASE, &[("email", wrong)]).await;
        assert!(page.shows("Nothing was deleted"), "{}", page.text());
    }
    for prefix in ["", "/zh"] {
        let page = ada.open(&format!("{prefix}{ERASE}")).await;
        assert!(!page.shows("app_") && page.header("cache-control") == "no-store", "{}", page.text());
    }
    academy.pass(601);
    for page in [ada.get(ERASE).await, ada.post(ERASE, &[("email", ADA)]).await] {
        assert!(
            page.location().is_some_and(|to| to.starts_with("/sign-in/confirm/")),
            "{:?}",
            page.location()
        );
    }
    assert_eq!(ada.open("/account/").await.status, StatusCode::OK, "she is there");
}

#[tokio::test]
async fn a_subscription_is_cancelled_before_its_member_goes() {
    let academy = Academy::of(small_academy());
    let mut ada = academy.member(ADA).await;
    let order = academy.order(&mut ada, "pro-month").await;
    academy.place.payments.pay(&order, academy.now());
    ada.open(&format!("/checkout/return/?order={order}")).await;
    let unpaid = academy.order(&mut ada, "rust").await;
    assert!(ada.open(ERASE).await.shows("We cancel it now"));
    academy.place.payments.set_down(true);
    let page = ada.post(ERASE, &[("email", ADA)]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    academy.place.payments.set_down(false);
    assert_eq!(ada.open("/account/").await.status, StatusCode::OK, "nothing was erased");
    let id = id_of(&academy, ADA).await;
    let page = ada.post(ERASE, &[("email", ADA)]).await;
    assert!(page.shows("Your account is deleted"), "{}", page.text());
    let of = |order: &str| Order {
        id: order.parse().expect("an id"),
        ..self::order(0, &id, Purpose::Own, &academy)
    };
    let settlement = academy.place.payments.settlement(&of(&order)).await.expect("answers");
    let Progress::Subscribed(Subscription { status, .. }) = settlement.progress else {
        panic!("{settlement:?}")
    };
    assert_eq!(status, SubscriptionStatus::Canceled);
    let settlement = academy.place.payments.settlement(&of(&unpaid)).await.expect("answers");
    assert_eq!(settlement.progress, Progress::Failed, "nobody pays for what nobody gets");
}

#[tokio::test]
async fn the_last_owner_and_a_team_with_people_stay() {
    let academy = Academy::of(&with_seats());
    let mut boss = academy.member("boss@example.org").await;
    let (id, now) = (id_of(&academy, "boss@example.org").await, academy.now());
    let ledger = &academy.place.ledger;
    let role = "owner".parse().expect("a role");
    let owner = GrantRole { by: Actor::OwnerCli, member: id.clone(), role, reason: String::new(), now };
    ledger.grant_role(owner.clone()).await.expect("granted");
    let page = boss.post(ERASE, &[("email", "boss@example.org")]).await;
    assert!(page.shows("You are the only owner") && !page.shows("name=\"email\""), "{}", page.text());
    academy.member("heir@example.org").await;
    let heir = id_of(&academy, "heir@example.org").await;
    ledger.grant_role(GrantRole { member: heir, ..owner }).await.expect("granted");

    let team = paid(&academy, order(4, &id, Purpose::Team, &academy)).await;
    academy.member("colleague@example.org").await;
    let colleague = id_of(&academy, "colleague@example.org").await;
    let seat = seat_id(3);
    let invite = InviteToSeat {
        order: team.clone(),
        manager: id,
        id: seat.clone(),
        email: "colleague@example.org".to_owned(),
        language: None,
        now,
    };
    ledger.invite_to_seat(invite).await.expect("invited");
    ledger.accept_seat(AcceptSeat { id: seat.clone(), member: colleague, now }).await.expect("taken");
    for prefix in ["", "/zh"] {
        let page = boss.post(&format!("{prefix}{ERASE}"), &[("email", "boss@example.org")]).await;
        assert!(page.shows(&format!("{prefix}/team/?order={team}")), "{}", page.text());
        assert!(!page.shows("app_") && !page.shows("name=\"email\""), "{}", page.text());
    }
    boss.post("/team/revoke/", &[("order", team.as_str()), ("seat", seat.as_str())]).await;
    let page = leave(&mut boss, "boss@example.org").await;
    assert!(page.shows("Your account is deleted"), "{}", page.text());
}

/// Lists are a minute old, and every third write fails: in the end nothing is left all the same.
#[tokio::test]
async fn comments_are_looked_for_until_none_is_left() {
    for seed in 0..20 {
        let academy = Academy::of(small_academy()).in_world(World::new(seed, 33));
        let mut ada = academy.member(ADA).await;
        let mut n_posted = 0;
        for number in 0..40 {
            academy.pass(2);
            let text = format!("{WORDS} {number}");
            let posted = ada.post("/discuss/rust/start/", &[("text", &text)]).await;
            n_posted += usize::from(posted.status == StatusCode::SEE_OTHER);
        }
        // This location has seen the list as it was before the last ones.
        copy(&mut ada).await;
        academy.pass(1);
        academy.browser_at(2).open("/discuss/rust/start/").await;
        ada.post("/discuss/rust/start/", &[("text", WORDS)]).await;
        leave(&mut ada, ADA).await;
        let app = academy.app_at(0);
        for _ in 0..60 {
            academy.pass(600);
            let _ = app.tend().await;
        }
        let stored = academy.world.text();
        assert!(n_posted > 5 && !stored.contains("Marzipan"), "seed {seed}: {stored}");
        let page = academy.browser().open("/discuss/rust/start/").await;
        assert!(!page.shows("Marzipan"), "seed {seed}");
    }
}

/// The receipts of comments are the browser's, whoever is signed in there.
#[tokio::test]
async fn a_shared_browser_takes_nobody_elses_comment_along() {
    let academy = Academy::of(small_academy());
    let mut browser = academy.member("bea@example.org").await;
    let posted = browser.post("/discuss/rust/start/", &[("text", WORDS)]).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER);
    browser.post("/sign-out/", &[]).await;
    academy.sign_in(&mut browser, ADA).await;
    assert!(leave(&mut browser, ADA).await.shows("Your account is deleted"));
    assert!(academy.world.text().contains("Marzipan"), "the comment of somebody else is gone");
}

/// This browser's list is a minute old, and another one has just posted: only a later look finds that. Which lists are
/// old, chance decides.
#[tokio::test]
async fn a_comment_of_another_device_is_found_later() {
    let mut n_old = 0;
    for seed in 0..10 {
        let academy = Academy::of(small_academy()).in_world(World::new(seed, 0));
        let mut ada = academy.member(ADA).await;
        let mut phone = academy.browser_at(2);
        academy.sign_in(&mut phone, ADA).await;
        copy(&mut ada).await;
        academy.pass(1);
        let posted = phone.post("/discuss/rust/start/", &[("text", WORDS)]).await;
        assert_eq!(posted.status, StatusCode::SEE_OTHER);
        leave(&mut ada, ADA).await;
        let is_stored = || academy.world.text().contains("Marzipan");
        n_old += usize::from(is_stored());
        let app = academy.app_at(0);
        for _ in 0..7 {
            academy.pass(600);
            app.tend().await.expect("tended");
        }
        assert!(!is_stored(), "seed {seed}");
    }
    assert!(n_old > 0, "no list was old");
}

const NEW: &str = "moved@example.org";

/// Asks for the move in this browser; the page that wants the code.
async fn ask_to_move<L: Ledger + 'static>(browser: &mut Visitor<L>, email: &str) -> Page {
    let form = browser.open(EMAIL).await.form(EMAIL).fill("email", email);
    browser.submit(&form).await
}

#[tokio::test]
async fn a_member_moves_to_an_address_that_they_can_read() {
    let academy = Academy::of(small_academy());
    let mut ada = academy.buyer(ADA, "rust").await;
    for (typed, expected) in [("", "like name@"), (ADA, "your address already")] {
        let page = ada.post(EMAIL, &[("email", typed)]).await;
        assert!(
            page.shows(expected) || (typed.is_empty() && page.shows("role=\"alert\"")),
            "{}",
            page.text()
        );
    }
    let code_page = ask_to_move(&mut ada, " Moved@Example.org").await;
    assert!(code_page.shows(NEW) && !code_page.shows("app_"), "{}", code_page.text());
    let form = code_page.form("/account/email/code/");
    let wrong = ada.submit(&form.clone().fill("code", "000000")).await;
    assert!(wrong.shows("That code is not right"), "{}", wrong.text());
    let code = code_in(&academy.mail_to(NEW));
    let account = ada.submit(&form.fill("code", &code)).await;
    assert!(
        account.address == "/account/" && account.shows(NEW) && !account.shows(ADA),
        "{}",
        account.text()
    );
    assert!(ada.open(LESSON).await.shows(PAID), "what they bought goes with them");
    let mut again = academy.member(NEW).await;
    assert!(again.open(LESSON).await.shows(PAID));
    let command = TakeLetters { limit: 50, now: academy.now() };
    let letters = academy.place.ledger.take_letters(command).await.expect("letters").letters;
    let told: Vec<_> = letters.iter().filter(|letter| letter.email == ADA).collect();
    assert!(matches!(told.as_slice(), [letter] if letter.notice.kind() == "email_changed"), "{told:?}");
    chain_is_whole(&academy).await;
    let log = copy(&mut ada).await["log"].to_string();
    assert!(log.contains("member.email") && !log.contains('@'), "{log}");
}

/// X5: after the change nothing of before signs in.
#[tokio::test]
async fn after_a_move_old_sessions_codes_and_links_are_dead() {
    let folder = Scratch::new();
    let academy = Academy::with_ledger(small_academy(), on_disk(&folder));
    let mut ada = academy.buyer(ADA, "rust").await;
    let mut phone = academy.member(ADA).await;
    // Two browsers that asked for a code before, one with the code and one with the link.
    let (mut with_code, mut with_link) = (academy.browser(), academy.browser());
    with_code.post("/sign-in/", &[("email", ADA)]).await;
    let code = code_in(&academy.mail_to(ADA));
    with_link.post("/sign-in/", &[("email", ADA)]).await;
    let link = link_in(&academy.mail_to(ADA));
    // The phone began to move to yet another address.
    ask_to_move(&mut phone, "third@example.org").await;
    let third = code_in(&academy.mail_to("third@example.org"));

    let form = ask_to_move(&mut ada, NEW).await.form("/account/email/code/");
    ada.submit(&form.fill("code", &code_in(&academy.mail_to(NEW)))).await;

    assert!(phone.get("/account/").await.location().is_some_and(|to| to.starts_with("/sign-in/")));
    let moved = phone.post("/account/email/code/", &[("code", &third)]).await;
    assert_eq!(moved.status, StatusCode::UNAUTHORIZED);
    let typed = with_code.post("/sign-in/code/", &[("code", &code)]).await;
    assert!(typed.shows("This code has ended"), "{}", typed.text());
    let fragment = link.split_once('#').expect("a secret").1;
    let mut parts = fragment.split('.');
    let (challenge, secret) = (parts.next().expect("an id"), parts.next().expect("a secret"));
    let linked = with_link.post("/sign-in/link/", &[("challenge", challenge), ("secret", secret)]).await;
    assert!(linked.shows("This code has ended"), "{}", linked.text());
    for browser in [&mut with_code, &mut with_link] {
        assert!(browser.get("/account/").await.location().is_some_and(|to| to.starts_with("/sign-in/")));
    }
    // Whoever reads the old mailbox is a stranger with nothing.
    let mut old = academy.member(ADA).await;
    assert!(!old.open(LESSON).await.shows(PAID) && old.open("/account/").await.shows(ADA));
    assert!(ada.open("/account/").await.shows(NEW), "the browser of the move is in");
}

/// Everything about an answer that could tell one address from another.
fn telling(page: &Page, email: &str) -> (u16, HeaderMap, Vec<usize>, String) {
    let mut headers = page.headers.clone();
    let cookies = headers.get_all("set-cookie").iter().map(http::HeaderValue::len).collect();
    headers.remove("set-cookie");
    (page.status.as_u16(), headers, cookies, page.text().replace(email, "EMAIL"))
}

#[tokio::test]
async fn a_move_does_not_tell_who_has_an_account() {
    let academy = Academy::of(small_academy());
    academy.member("bob@example.org").await;
    let mut told = Vec::new();
    for email in ["bob@example.org", "joe@example.org"] {
        let mut ada = academy.member(&format!("ada.of.{email}")).await;
        let answer = ada.post(EMAIL, &[("email", email)]).await;
        let code_page = ada.follow(answer.clone()).await;
        let wrong = ada.post("/account/email/code/", &[("code", "12345")]).await;
        assert!(wrong.shows("4\u{a0}tries left"), "{}", wrong.text());
        told.push([answer, code_page, wrong].map(|page| telling(&page, email)));
    }
    assert_eq!(told[0], told[1]);
    let (taken, free) = (academy.mail_to("bob@example.org"), academy.mail_to("joe@example.org"));
    assert!(taken.text.contains("there is an account with it already"), "{}", taken.text);
    let is_code = |line: &str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    assert!(!taken.text.lines().any(is_code) && free.text.lines().any(is_code));
}

#[tokio::test]
async fn moving_asks_for_a_fresh_proof_and_counts_tries() {
    let academy = Academy::of(small_academy());
    let mut ada = academy.member(ADA).await;
    ask_to_move(&mut ada, NEW).await;
    let code = code_in(&academy.mail_to(NEW));
    for _ in 0..5 {
        ada.post("/account/email/code/", &[("code", "00000")]).await;
    }
    let late = ada.post("/account/email/code/", &[("code", &code)]).await;
    assert!(late.shows("This code has ended") && ada.open("/account/").await.shows(ADA), "{}", late.text());
    // Five mails an hour to one address, whoever asks.
    for _ in 0..9 {
        ada.post(EMAIL, &[("email", NEW)]).await;
    }
    let n_mails = academy.place.mailer.all().iter().filter(|mail| mail.to == NEW).count();
    assert_eq!(n_mails, 5);
    academy.pass(601);
    for page in [ada.get(EMAIL).await, ada.post(EMAIL, &[("email", "x@example.org")]).await] {
        assert!(
            page.location().is_some_and(|to| to.starts_with("/sign-in/confirm/")),
            "{:?}",
            page.location()
        );
    }
}
