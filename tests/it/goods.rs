//! Tickets, hours and paid questions: none is sold twice, and money that buys nothing goes back by itself.

use std::sync::{Arc, Barrier};

use axum::body::Body;
use http::Request;
use lyceum::adapters::SqliteLedger;
use lyceum_app::conformance::stocks_are_exact_under_load;
use lyceum_app::ledger::{
    Actor, AddMember, AnswerQuestion, Answering, Ask, Claim, Commands, GoodsPlacing, LapseQuestions,
    ListRefunds, NameReference, Order, PlaceGoods, PlaceOrder, Purpose, RefundReason, SettleOrder,
    VerifyAudit,
};
use lyceum_app::money::{Progress, Refunded, Settlement};
use lyceum_app::ports::{Ledger, Mail};
use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::manifest::{Manifest, Product};
use lyceum_contract::{Offer, TimeZone, Timestamp};
use lyceum_tests::academy::Visitor;
use lyceum_tests::browser::Page;
use lyceum_tests::content::{Files, small_academy};
use lyceum_tests::passkey::staff;
use lyceum_tests::{Academy, Scratch};

const DAY: i64 = 86_400;
const NOW: Timestamp = Timestamp(1_800_000_000);
const MANIFEST: &str = "/_lyceum/manifest.json";
/// The 25th and the 26th of January 2027, at nine in the morning in Berlin.
const FIRST: i64 = NOW.0 + 10 * DAY;
const SECOND: i64 = NOW.0 + 11 * DAY;
const EVENING: i64 = NOW.0 + 20 * DAY;

fn product(slug: &str, goods: &str, prices: &str) -> Product {
    let text = format!(
        r#"{{"scope":"product:{slug}","name":{{"en":"The {slug}","zh":"产品 {slug}"}},"path":"/products/{slug}/",
            "goods":{goods},"prices":[{prices}]}}"#
    );
    serde_json::from_str(&text).expect("a product")
}

fn price(id: &str, minor: i64) -> String {
    format!(r#"{{"id":"{id}","amount":{{"minor":{minor},"currency":"USD"}},"term":"once"}}"#)
}

/// The small academy with one product of each kind.
fn files() -> Files {
    let mut files = small_academy().clone();
    let mut manifest: Manifest = serde_json::from_slice(&files[MANIFEST]).expect("a manifest");
    let coaching = format!(
        r#"{{"coaching":{{"instructor":"ada","minutes":45,"slots":[{},{FIRST},{SECOND}]}}}}"#,
        NOW.0 - DAY
    );
    let ticket = format!(r#"{{"ticket":{{"starts":{EVENING},"ends":{},"places":2}}}}"#, EVENING + 7_200);
    let question = r#"{"question":{"instructor":"ada","within":"P3D"}}"#;
    let odd = r#"{"id":"answer-monthly","amount":{"minor":900,"currency":"USD"},"term":{"every":"month"}}"#;
    let seat = r#"{"id":"hour-seat","amount":{"minor":900,"currency":"USD"},"term":"once","per_seat":true}"#;
    manifest.products.extend([
        product("hour", &coaching, &format!("{},{seat}", price("hour", 8_000))),
        product("evening", &ticket, &price("evening", 1_000)),
        product("answer", question, &format!("{},{odd}", price("answer", 3_000))),
        product("files", r#""download""#, &price("files", 1_500)),
    ]);
    manifest.time_zone = Some(TimeZone { name: "Europe/Berlin".to_owned(), offset: 60, changes: Vec::new() });
    files.insert(MANIFEST.to_owned(), serde_json::to_vec(&manifest).expect("plain data").into());
    files
}

fn academy() -> Academy {
    Academy::of(&files())
}

/// The same with codes.
fn academy_with_codes() -> Academy {
    let mut files = files();
    let mut manifest: Manifest = serde_json::from_slice(&files[MANIFEST]).expect("a manifest");
    let offer = |text: &str| serde_json::from_str::<Offer>(text).expect("an offer");
    manifest.offers.push(offer(r#"{"code":"FREE","reduction":{"percent":100},"per_member":9}"#));
    manifest.offers.push(offer(r#"{"code":"ONE","reduction":{"percent":10},"limit":1,"per_member":1}"#));
    files.insert(MANIFEST.to_owned(), serde_json::to_vec(&manifest).expect("plain data").into());
    Academy::of(&files)
}

async fn order<L: Ledger + 'static>(browser: &mut Visitor<L>, fields: &[(&str, &str)]) -> Page {
    browser.post("/checkout/", fields).await
}

async fn book<L: Ledger + 'static>(browser: &mut Visitor<L>, slot: i64) -> Page {
    order(browser, &[("price", "hour"), ("slot", &slot.to_string())]).await
}

async fn ask(browser: &mut Visitor, text: &str) -> Page {
    order(browser, &[("price", "answer"), ("question", text)]).await
}

#[track_caller]
fn leads_to_payment(page: &Page) -> String {
    let to = page.location().unwrap_or_else(|| panic!("no payment page: {}", page.text()));
    to.strip_prefix("https://pay.example/").expect("the processor's address").to_owned()
}

/// Pays an order and comes back. The page that thanks.
async fn pay(academy: &Academy, browser: &mut Visitor, order: &str) -> Page {
    academy.place.payments.pay(order, academy.now());
    browser.open(&format!("/checkout/return/?order={order}")).await
}

/// Sends what waits; the subjects of the mails to an address, codes left out.
async fn subjects(academy: &Academy, email: &str) -> Vec<String> {
    academy.app_at(0).drain_outbox(100).await.expect("ledger and site answer");
    let is_it = |mail: &Mail| mail.to == email && !mail.html.contains("letter-spacing");
    academy.place.mailer.all().into_iter().filter(is_it).map(|mail| mail.subject).collect()
}

async fn tend(academy: &Academy) -> String {
    academy.app_at(0).tend().await.map_or_else(|error| format!("{error:?}"), |found| found.to_string())
}

/// The processor changed its mind about an order, and says so.
async fn hear(academy: &Academy, browser: &mut Visitor, order: &str, settlement: Settlement) -> Page {
    academy.place.payments.settle(order, settlement);
    browser.open(&format!("/checkout/return/?order={order}")).await
}

fn word(progress: Progress) -> Settlement {
    Settlement { progress, ..Settlement::default() }
}

#[tokio::test]
async fn a_slot_is_booked_once_and_everybody_concerned_knows() {
    let academy = academy();
    let mut teacher = staff(&academy, "teacher@example.org", "instructor:ada").await;
    let mut bea = academy.member("bea@example.org").await;
    let page = bea.open("/checkout/?price=hour").await;
    assert!(page.shows("25 Jan 2027, 09:00 (UTC+1)") && page.shows("26 Jan 2027"), "{}", page.text());
    assert!(!page.shows("14 Jan 2027") && !page.shows("once, kept for good"), "{}", page.text());
    let page = bea.open(&format!("/checkout/?price=hour&slot={FIRST}")).await;
    assert!(page.shows("25 Jan 2027, 09:00–09:45 (UTC+1)") && page.shows("Pay $80"), "{}", page.text());
    let id = leads_to_payment(&bea.submit(&page.form("/checkout/")).await);
    // Somebody else sees it no more, and is not sold it.
    let mut carl = academy.member("carl@example.org").await;
    assert!(!carl.open("/checkout/?price=hour").await.shows("25 Jan"));
    let page = book(&mut carl, FIRST).await;
    assert!(page.location().is_none() && page.shows("Somebody else was faster"), "{}", page.text());
    assert!(page.shows("26 Jan 2027"), "another one is offered");
    let thanks = pay(&academy, &mut bea, &id).await;
    assert!(
        thanks.shows("The hour is booked") && thanks.shows("25 Jan 2027, 09:00–09:45"),
        "{}",
        thanks.text()
    );
    let account = bea.open("/account/").await;
    assert!(
        account.shows("25 Jan 2027, 09:00–09:45") && account.shows("booking.ics?order="),
        "{}",
        account.text()
    );
    let file = bea.get(&format!("/account/bookings/booking.ics?order={id}")).await;
    assert_eq!(file.headers["content-type"], "text/calendar; charset=utf-8");
    assert!(
        file.text().contains("DTSTART:20270125T080000Z\r\nDTEND:20270125T084500Z\r\n"),
        "{}",
        file.text()
    );
    assert_eq!(carl.get(&format!("/account/bookings/booking.ics?order={id}")).await.status, 404);
    let bookings = teacher.open("/staff/bookings/").await;
    assert!(bookings.shows("bea@example.org") && bookings.shows("25 Jan 2027"), "{}", bookings.text());
    assert_eq!(subjects(&academy, "teacher@example.org").await.len(), 1);
    let mail = academy.mail_to("teacher@example.org");
    assert!(mail.text.contains("25 Jan 2027, 09:00") && !mail.text.contains("bea@"), "{}", mail.text);
    assert_eq!(subjects(&academy, "bea@example.org").await, ["Your order: The hour"]);
    let mail = academy.mail_to("bea@example.org");
    assert!(mail.text.contains("When: 25 Jan 2027, 09:00 (UTC+1)"), "{}", mail.text);
    // The day before.
    academy.pass(9 * 86_400 - 1);
    assert_eq!(subjects(&academy, "bea@example.org").await.len(), 1);
    academy.pass(1);
    assert_eq!(subjects(&academy, "bea@example.org").await[1..], ["Tomorrow: The hour"]);
}

#[tokio::test]
async fn instructors_see_their_own_and_nothing_else() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let booking = leads_to_payment(&book(&mut bea, FIRST).await);
    pay(&academy, &mut bea, &booking).await;
    let asked = leads_to_payment(&ask(&mut bea, "My secret question").await);
    // Before it is paid it is nobody's business.
    let mut teacher = staff(&academy, "teacher@example.org", "instructor:ada").await;
    assert!(!teacher.open("/staff/questions/").await.shows("My secret"));
    assert_eq!(teacher.get(&format!("/staff/questions/?order={asked}")).await.status, 404);
    pay(&academy, &mut bea, &asked).await;
    assert!(teacher.open("/staff/questions/").await.shows("My secret question"));
    for (email, role, sees) in [
        ("grace@example.org", "instructor:grace", false),
        ("rust@example.org", "instructor:rust", false),
        ("admin@example.org", "admin", true),
    ] {
        let mut other = staff(&academy, email, role).await;
        let (questions, bookings) =
            (other.open("/staff/questions/").await, other.open("/staff/bookings/").await);
        assert_eq!(questions.shows("My secret"), sees, "{role}");
        assert_eq!(bookings.shows("bea@example.org"), sees, "{role}");
        let one = other.get(&format!("/staff/questions/?order={asked}")).await;
        assert_eq!(one.status.as_u16(), if sees { 200 } else { 404 }, "{role}");
        if !sees {
            let answer = other.post("/staff/questions/", &[("order", &asked), ("answer", "So.")]).await;
            assert_eq!(answer.status, 404, "{role}");
        }
    }
    for path in ["/staff/questions/", "/staff/bookings/", &format!("/staff/questions/?order={asked}")] {
        assert_eq!(bea.get(path).await.status, 403, "{path}");
    }
    let nobody = academy.browser().get("/staff/questions/").await;
    assert!(nobody.location().is_some_and(|to| to.starts_with("/sign-in/")));
}

#[tokio::test]
async fn a_role_for_a_course_is_none_for_a_person_of_the_same_name() {
    let mut files = files();
    let mut manifest: Manifest = serde_json::from_slice(&files[MANIFEST]).expect("a manifest");
    let course = r#"{"scope":"course:ada","name":{"en":"Ada"},"prices":[]}"#;
    manifest.products.push(serde_json::from_str(course).expect("a product"));
    files.insert(MANIFEST.to_owned(), serde_json::to_vec(&manifest).expect("plain data").into());
    let academy = Academy::of(&files);
    let mut bea = academy.member("bea@example.org").await;
    let asked = leads_to_payment(&ask(&mut bea, "My secret question").await);
    pay(&academy, &mut bea, &asked).await;
    let mut eve = staff(&academy, "eve@example.org", "instructor:ada").await;
    assert!(!eve.open("/staff/questions/").await.shows("My secret"));
    assert_eq!(eve.get(&format!("/staff/questions/?order={asked}")).await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_ordered_says_so_and_asks_no_processor() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let past = (NOW.0 - DAY).to_string();
    let slots = [
        ("", "Choose a time"),
        (past.as_str(), "Somebody else was faster, or that time has passed."),
        ("1800000001", "That time is not offered."),
        ("x", "That time is not offered."),
        ("-1", "That time is not offered."),
        ("99999999999999999999", "That time is not offered."),
        ("1 OR 1=1", "That time is not offered."),
    ];
    for (slot, said) in slots {
        let page = order(&mut bea, &[("price", "hour"), ("slot", slot)]).await;
        assert!(page.location().is_none() && page.shows(said), "{slot}: {}", page.text());
        if !slot.is_empty() {
            let page = bea.open(&format!("/checkout/?price=hour&slot={}", slot.replace(' ', "+"))).await;
            assert!(page.shows(said) && page.shows("26 Jan 2027"), "{slot}: {}", page.text());
        }
    }
    for (text, said) in [("", "Please write your question."), (" \r\n ", "Please write your question.")] {
        let page = ask(&mut bea, text).await;
        assert!(page.location().is_none() && page.shows(said), "{text:?}: {}", page.text());
    }
    let long = "语".repeat(4_001);
    let page = ask(&mut bea, &long).await;
    assert!(page.location().is_none() && page.shows("more than 4,000 characters") && page.shows(&long));
    // These prices are none that such things are sold at; and none of it is a gift.
    for fields in [
        &[("price", "answer-monthly"), ("question", "Why?")][..],
        &[("price", "hour-seat"), ("seats", "5"), ("slot", "1")],
    ] {
        let page = order(&mut bea, fields).await;
        assert!(page.shows("That price is no longer offered."), "{fields:?}: {}", page.text());
    }
    let page = order(&mut bea, &[("price", "evening"), ("gift", "1"), ("email", "x@example.org")]).await;
    leads_to_payment(&page);
    assert!(!bea.open("/account/").await.shows("gift"), "it is for the buyer");
    assert!(!bea.open("/checkout/?price=hour").await.shows("gift"));
    assert_eq!(academy.place.payments.n_calls(), 1);
}

#[tokio::test]
async fn a_place_is_free_after_its_hour_although_nobody_said_so() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let held = leads_to_payment(&book(&mut bea, FIRST).await);
    // Something that the processor says while the page is still open must not put off the look at it.
    academy.pass(600);
    let message = Request::post("/webhooks/stripe").header("stripe-signature", "the processor");
    let message = message.body(Body::from(format!("{held} 1"))).expect("a request");
    assert_eq!(academy.app_at(0).respond(message).await.status(), 200);
    academy.place.payments.settle(&held, word(Progress::Failed));
    academy.pass(3_100);
    tend(&academy).await;
    let mut dora = academy.member("dora@example.org").await;
    leads_to_payment(&book(&mut dora, FIRST).await);
}

#[tokio::test]
async fn who_goes_back_from_the_payment_page_chooses_again() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let first = leads_to_payment(&book(&mut bea, FIRST).await);
    assert!(bea.open("/checkout/?price=hour").await.shows("25 Jan 2027"), "it is still to be had");
    let second = leads_to_payment(&book(&mut bea, FIRST).await);
    assert_ne!(first, second);
    assert!(!hear(&academy, &mut bea, &first, word(Progress::Failed)).await.shows("is booked"));
    assert!(pay(&academy, &mut bea, &second).await.shows("is booked"));
    // A page that was paid on cannot be closed, and is noticed on the way.
    let mut carl = academy.member("carl@example.org").await;
    let paid = leads_to_payment(&book(&mut carl, SECOND).await);
    academy.place.payments.pay(&paid, academy.now());
    let page = book(&mut carl, SECOND).await;
    assert!(page.location().is_none(), "{}", page.text());
    assert!(carl.open("/account/bookings/").await.shows("26 Jan 2027"));
}

#[tokio::test]
async fn a_refund_frees_the_slot_and_closes_its_page() {
    let academy = academy();
    let mut teacher = staff(&academy, "teacher@example.org", "instructor:ada").await;
    let mut bea = academy.member("bea@example.org").await;
    let id = leads_to_payment(&book(&mut bea, FIRST).await);
    pay(&academy, &mut bea, &id).await;
    let refunded = Settlement { refunded: Refunded::Fully, ..Settlement::paid(NOW) };
    hear(&academy, &mut bea, &id, refunded).await;
    assert!(!bea.open("/account/").await.shows("25 Jan 2027"));
    assert_eq!(bea.get(&format!("/account/bookings/booking.ics?order={id}")).await.status, 404);
    assert!(!teacher.open("/staff/bookings/").await.shows("bea@example.org"));
    let mails = subjects(&academy, "teacher@example.org").await;
    assert!(mails.len() == 2 && mails[1].starts_with("Free again: The hour"), "{mails:?}");
    academy.pass(9 * 86_400);
    let mails = subjects(&academy, "bea@example.org").await;
    assert_eq!(mails, ["Your order: The hour", "Your refund of $80"], "nobody is reminded of what is off");
    let mut carl = academy.member("carl@example.org").await;
    leads_to_payment(&book(&mut carl, FIRST).await);
    assert_eq!(academy.place.payments.refunds(), [], "it was the owner's");
}

#[tokio::test]
async fn money_for_a_slot_that_is_gone_goes_back_once() {
    let academy = academy();
    let (mut bea, mut carl) =
        (academy.member("bea@example.org").await, academy.member("carl@example.org").await);
    let late = leads_to_payment(&book(&mut bea, FIRST).await);
    hear(&academy, &mut bea, &late, word(Progress::Pending)).await;
    academy.pass(2 * 86_400);
    assert!(book(&mut carl, FIRST).await.location().is_none(), "a bank is at work on it");
    hear(&academy, &mut bea, &late, word(Progress::Failed)).await;
    let id = leads_to_payment(&book(&mut carl, FIRST).await);
    assert!(pay(&academy, &mut carl, &id).await.shows("is booked"));
    // And then the bank says yes.
    let page = pay(&academy, &mut bea, &late).await;
    assert!(page.shows("All of your money goes back to you") && !page.shows("is booked"), "{}", page.text());
    assert!(bea.open("/account/bookings/").await.shows("not booked: your money goes back"));
    assert_eq!(subjects(&academy, "bea@example.org").await, ["The hour: your money goes back"]);
    academy.place.payments.fail_after(1);
    tend(&academy).await;
    assert_eq!(academy.place.payments.refunds(), [], "the processor hung up");
    academy.place.payments.set_down(false);
    for _ in 0..40 {
        academy.pass(600);
        tend(&academy).await;
    }
    assert_eq!(academy.place.payments.refunds(), [(late, RefundReason::PlaceGone)]);
    let mails = subjects(&academy, "bea@example.org").await;
    assert_eq!(mails, ["The hour: your money goes back", "Your refund of $80"]);
    assert!(carl.open("/account/").await.shows("25 Jan 2027"), "who holds it keeps it");
    assert_eq!(subjects(&academy, "carl@example.org").await, ["Your order: The hour"]);
}

#[tokio::test]
async fn a_ticket_is_for_one_and_ends_with_its_places() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let page = bea.open("/checkout/?price=evening").await;
    assert!(
        page.shows("2\u{a0}places left") && page.shows("4 Feb 2027, 09:00–11:00 (UTC+1)"),
        "{}",
        page.text()
    );
    let id = leads_to_payment(&order(&mut bea, &[("price", "evening")]).await);
    pay(&academy, &mut bea, &id).await;
    for page in [bea.open("/checkout/?price=evening").await, order(&mut bea, &[("price", "evening")]).await] {
        assert!(page.location().is_none() && page.shows("You have one already"), "{}", page.text());
    }
    let mut carl = academy.member("carl@example.org").await;
    assert!(carl.open("/checkout/?price=evening").await.shows("1\u{a0}place left"));
    leads_to_payment(&order(&mut carl, &[("price", "evening")]).await);
    let mut dora = academy.member("dora@example.org").await;
    for page in [dora.open("/checkout/?price=evening").await, order(&mut dora, &[("price", "evening")]).await]
    {
        assert!(page.location().is_none() && page.shows("There is none left."), "{}", page.text());
        assert!(page.shows(r#"href="/products/evening/""#), "the way back");
    }
    assert!(bea.open("/account/bookings/").await.shows("4 Feb 2027"));
    academy.pass(20 * 86_400);
    let page = dora.open("/checkout/?price=evening").await;
    assert!(page.shows("It has begun already"), "{}", page.text());
    assert!(order(&mut dora, &[("price", "evening")]).await.location().is_none());
}

#[tokio::test]
async fn an_unanswered_question_is_paid_back_at_its_deadline_once() {
    let academy = academy();
    let mut teacher = staff(&academy, "teacher@example.org", "instructor:ada").await;
    let mut bea = academy.member("bea@example.org").await;
    let page = bea.open("/checkout/?price=answer").await;
    assert!(page.shows("You get an answer within 3\u{a0}days of paying."), "{}", page.text());
    let asked = bea.submit(&page.form("/checkout/").fill("question", "Why?")).await;
    let id = leads_to_payment(&asked);
    academy.pass(600);
    let thanks = pay(&academy, &mut bea, &id).await;
    assert!(thanks.shows("Your question is on its way."), "{}", thanks.text());
    assert!(thanks.shows("To be answered by 18 Jan 2027, 09:10 (UTC+1)"), "{}", thanks.text());
    assert_eq!(subjects(&academy, "teacher@example.org").await, ["A question for you: The answer"]);
    academy.pass(2 * 86_400);
    let mails = subjects(&academy, "teacher@example.org").await;
    assert_eq!(mails[1..], ["One day left for a question: The answer"]);
    academy.pass(86_400 - 1);
    tend(&academy).await;
    assert_eq!(academy.place.payments.refunds(), [], "there is a second left");
    assert!(teacher.open("/staff/questions/").await.shows("To be answered by"));
    academy.pass(1);
    academy.place.payments.set_down(true);
    for _ in 0..5 {
        assert!(tend(&academy).await.contains("payments"), "nobody answers");
        academy.pass(600);
    }
    // Ended, whether or not the processor answers.
    let late = teacher.post("/staff/questions/", &[("order", &id), ("answer", "Because.")]).await;
    assert!(late.shows("It is too late to answer") && late.shows("Not answered by"), "{}", late.text());
    assert_eq!(academy.place.payments.refunds(), []);
    academy.place.payments.set_down(false);
    // Tries that failed make the next ones rarer.
    let mut n_paid_back = 0;
    for _ in 0..300 {
        let found = tend(&academy).await;
        n_paid_back += usize::from(found.contains("0 questions ended, 1 orders paid back"));
        academy.pass(600);
    }
    assert_eq!(n_paid_back, 1);
    assert_eq!(academy.place.payments.refunds(), [(id, RefundReason::NotAnswered)]);
    let mails = subjects(&academy, "bea@example.org").await;
    let expected = [
        "Your order: The answer",
        "Your question was not answered in time: The answer",
        "Your refund of $30",
    ];
    assert_eq!(mails, expected);
    let page = bea.open("/account/bookings/").await;
    assert!(page.shows("Not answered by 18 Jan 2027, 09:10") && page.shows("Why?"), "{}", page.text());
    assert!(bea.open("/account/").await.shows("Refunded"));
    let check = VerifyAudit { from_seq: 1, limit: 500 };
    assert_eq!(academy.place.ledger.verify_audit(check).await.expect("checked").broken_at, None);
}

#[tokio::test]
async fn an_answer_reaches_whoever_asked_and_nothing_is_paid_back() {
    let academy = academy();
    let mut teacher = staff(&academy, "teacher@example.org", "instructor:ada").await;
    let mut bea = academy.member("bea@example.org").await;
    bea.open("/zh/account/").await;
    let id = leads_to_payment(&ask(&mut bea, "Is <script>alert(1)</script> **bold**?").await);
    pay(&academy, &mut bea, &id).await;
    let page = teacher.open(&format!("/staff/questions/?order={id}")).await;
    assert!(page.shows("<strong>bold</strong>") && !page.text().contains("<script>alert"), "{}", page.text());
    for (answer, said) in
        [(" ", "Please write an answer."), (&"a".repeat(4_001), "more than 4,000 characters")]
    {
        let page = teacher.post("/staff/questions/", &[("order", &id), ("answer", answer)]).await;
        assert!(page.location().is_none() && page.shows(said), "{}", page.text());
    }
    academy.pass(3 * 86_400 - 1);
    let page = teacher.open(&format!("/staff/questions/?order={id}")).await;
    let done = teacher.submit(&page.form("/staff/questions/").fill("answer", "Because *so*.")).await;
    assert!(done.shows("Answered on 18 Jan 2027"), "{}", done.text());
    let again = teacher.post("/staff/questions/", &[("order", &id), ("answer", "No, so.")]).await;
    assert!(again.shows("Somebody has answered it before you."), "{}", again.text());
    for _ in 0..30 {
        academy.pass(600);
        tend(&academy).await;
    }
    assert_eq!(academy.place.payments.refunds(), []);
    let page = bea.open("/account/bookings/").await;
    assert!(page.shows("<em>so</em>") && page.shows("Answered on 18 Jan 2027"), "{}", page.text());
    let mails = subjects(&academy, "bea@example.org").await;
    assert_eq!(mails, ["Your order: The answer", "Your question has an answer: The answer"]);
    assert!(!academy.mail_to("bea@example.org").text.contains("Because"), "the page says it, not the mail");
}

#[tokio::test]
async fn codes_are_for_these_things_too() {
    let academy = academy_with_codes();
    let mut bea = academy.member("bea@example.org").await;
    let fields = [("price", "evening"), ("code", "ONE")];
    leads_to_payment(&order(&mut bea, &fields).await);
    let page = bea.open("/checkout/?price=evening&code=ONE").await;
    assert!(page.shows("Pay $9") && page.shows("2\u{a0}places left"), "{}", page.text());
    leads_to_payment(&order(&mut bea, &fields).await);
    let mut carl = academy.member("carl@example.org").await;
    let page = order(&mut carl, &fields).await;
    assert!(page.location().is_none() && page.shows("as often as it can be"), "{}", page.text());
    // Two hours at once with one code: the second order is refused for the code, and takes no slot.
    let slot = FIRST.to_string();
    let page = order(&mut carl, &[("price", "hour"), ("slot", &slot), ("code", "ONE")]).await;
    assert!(page.location().is_none() && page.shows("as often as it can be"), "{}", page.text());
    leads_to_payment(&book(&mut bea, FIRST).await);
    // A question for nothing ends without a refund, and a slot for nothing is booked at once.
    let fields = [("price", "answer"), ("question", "For nothing?"), ("code", "FREE")];
    let back = order(&mut carl, &fields).await.location().expect("the return page").to_owned();
    assert!(back.starts_with("/checkout/return/?order="), "{back}");
    assert!(carl.open(&back).await.shows("To be answered by"));
    let slot = SECOND.to_string();
    let page = order(&mut carl, &[("price", "hour"), ("slot", &slot), ("code", "FREE")]).await;
    assert!(carl.open(page.location().expect("the return page")).await.shows("is booked"));
    academy.pass(4 * 86_400);
    tend(&academy).await;
    assert_eq!(academy.place.payments.refunds(), []);
    subjects(&academy, "carl@example.org").await;
    let mail = academy.mail_to("carl@example.org");
    assert!(mail.subject.contains("not answered in time") && !mail.text.contains("money"), "{}", mail.text);
}

#[tokio::test]
async fn the_texts_are_there_in_chinese() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let page = bea.open("/zh/checkout/?price=hour").await;
    assert!(page.shows("请选择时间") && page.shows("2027年1月25日 09:00 (UTC+1)"), "{}", page.text());
    assert!(bea.open("/zh/checkout/?price=answer").await.shows("付款后 3 天内你会收到回答"));
    for page in ["/zh/account/bookings/", "/zh/checkout/?price=evening", "/zh/checkout/?price=hour&slot=5"] {
        let page = bea.open(page).await;
        assert!(!page.text().contains("app_"), "{}", page.text());
    }
}

/// Many orders of the same things are one entitlement each, so the cookie does not grow with them.
#[tokio::test]
async fn the_cookie_does_not_grow_with_orders() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let mut sizes = Vec::new();
    for n in 0..12 {
        let id = leads_to_payment(&ask(&mut bea, &format!("Question {n}")).await);
        pay(&academy, &mut bea, &id).await;
        sizes.push(bea.cookies["__Host-ly_session"].len());
    }
    assert_eq!(sizes.first(), sizes.last(), "{sizes:?}");
    assert_eq!(bea.open("/account/bookings/").await.text().matches("Question ").count(), 12);
}

#[tokio::test]
async fn a_download_is_kept_for_good() {
    let academy = academy();
    let mut bea = academy.buyer("bea@example.org", "files").await;
    assert!(bea.open("/account/").await.shows("kept for good"));
    assert!(bea.open("/checkout/?price=files").await.shows("You already have this."));
}

/// What a booking opens ends a day after the hour: its page may say where to meet.
#[tokio::test]
async fn the_page_of_an_hour_closes_after_it() {
    let academy = academy();
    let mut bea = academy.member("bea@example.org").await;
    let id = leads_to_payment(&book(&mut bea, FIRST).await);
    pay(&academy, &mut bea, &id).await;
    assert!(bea.open("/account/").await.shows("until 26 Jan 2027"), "{}", bea.open("/account/").await.text());
    academy.pass(12 * 86_400);
    assert!(bea.open("/account/").await.shows("Nothing yet."));
    assert!(bea.open("/account/bookings/").await.shows("over"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_browsers_get_one_slot() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    let academy = Academy::with_ledger(&files(), ledger);
    let mut browsers = Vec::new();
    for n in 0..20 {
        browsers.push(academy.member(&format!("m{n}@example.org")).await);
    }
    let orders =
        browsers.into_iter().map(|mut browser| tokio::spawn(async move { book(&mut browser, FIRST).await }));
    let orders: Vec<_> = orders.collect();
    let (mut n_placed, mut n_refused) = (0, 0);
    for order in orders {
        let page = order.await.expect("no panic");
        n_placed += usize::from(page.location().is_some());
        n_refused += usize::from(page.shows("Somebody else was faster"));
    }
    assert_eq!((n_placed, n_refused), (1, 19));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

async fn member(ledger: &SqliteLedger, n: u8) -> MemberId {
    let (email, new_pseudonym) = (format!("m{n}@example.org"), format!("p{n}"));
    let new_member = MemberId::from_bytes([n; 16]);
    let add = AddMember { by: Actor::OwnerCli, email, new_member, new_pseudonym, now: NOW };
    ledger.add_member(add).await.expect("added").expect("allowed").id
}

fn place(member: &MemberId, n: u8, claim: Option<Claim>, ask: Option<Ask>) -> PlaceGoods {
    let order = Order {
        id: OrderId::from_bytes([n; 16]),
        member: member.clone(),
        scope: "product:thing".parse().expect("a scope"),
        price: serde_json::from_str(&price("thing", 1_000)).expect("a price"),
        quantity: 1,
        purpose: Purpose::Own,
        discount_minor: 0,
        reference: None,
        created_at: NOW,
        settlement: Settlement::default(),
        revision: 0,
    };
    PlaceGoods { place: PlaceOrder { order, redemption: None }, claim, ask }
}

/// So many threads, each with a connection of its own, at once. How many got a place.
fn race(n_threads: u8, places: u32) -> usize {
    let folder = Scratch::new();
    let path = folder.path().join("ledger.sqlite");
    let ledger = SqliteLedger::open(&path).expect("opens");
    let members: Vec<MemberId> = (1..=n_threads).map(|n| runtime().block_on(member(&ledger, n))).collect();
    let barrier = Arc::new(Barrier::new(usize::from(n_threads)));
    let threads: Vec<_> = (1..=n_threads)
        .zip(members)
        .map(|(n, member)| {
            let (path, barrier) = (path.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                let ledger = SqliteLedger::open(&path).expect("opens");
                let claim = Claim {
                    unit: 0,
                    places: Some(places),
                    starts: NOW.plus_seconds(DAY),
                    ends: None,
                    instructor: None,
                };
                let command = place(&member, n, Some(claim), None);
                barrier.wait();
                runtime().block_on(ledger.place_goods(command)).expect("answered")
            })
        })
        .collect();
    let placings = threads.into_iter().map(|thread| thread.join().expect("no panic"));
    placings.filter(|placing| *placing == GoodsPlacing::Placed).count()
}

#[tokio::test]
async fn the_race_of_the_conformance_suite_is_won_here_too() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    for seed in 0..2 {
        let raced = stocks_are_exact_under_load(&ledger, seed).await;
        raced.unwrap_or_else(|broken| panic!("{broken}"));
    }
}

#[test]
fn threads_get_what_there_is() {
    assert_eq!(race(20, 1), 1);
    assert_eq!(race(50, 10), 10);
}

/// Answers and the end of the deadline at the same moment, by clocks that do not agree: one of the two happens.
#[test]
fn a_question_is_answered_or_paid_back_and_never_both() {
    let (mut n_answered, mut n_lapsed) = (0, 0);
    for round in 0..12_u8 {
        let folder = Scratch::new();
        let path = folder.path().join("ledger.sqlite");
        let ledger = SqliteLedger::open(&path).expect("opens");
        let asker = runtime().block_on(member(&ledger, 1));
        let ask =
            Ask { text: "Why?".to_owned(), instructor: "ada".parse().expect("a slug"), within_seconds: DAY };
        let id = OrderId::from_bytes([7; 16]);
        runtime().block_on(async {
            ledger.place_goods(place(&asker, 7, None, Some(ask))).await.expect("placed");
            let reference = NameReference { order: id.clone(), reference: "ref".to_owned() };
            ledger.name_reference(reference).await.expect("named");
            let (revision, settlement) = (0, Settlement::paid(NOW));
            let settle = SettleOrder { id: id.clone(), revision, settlement, message: None, now: NOW };
            ledger.settle_order(settle).await.expect("settled");
        });
        let deadline = NOW.plus_seconds(DAY);
        let barrier = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8_u8)
            .map(|n| {
                let (path, barrier, id, by) = (path.clone(), Arc::clone(&barrier), id.clone(), asker.clone());
                std::thread::spawn(move || {
                    let ledger = SqliteLedger::open(&path).expect("opens");
                    barrier.wait();
                    if (n + round) % 2 == 0 {
                        let now = deadline.plus_seconds(-1);
                        let answer = AnswerQuestion { order: id, by, answer: format!("{n}"), now };
                        runtime().block_on(ledger.answer_question(answer)).expect("answered")
                            == Answering::Done
                    } else {
                        let lapse = LapseQuestions { now: deadline, limit: 10 };
                        runtime().block_on(ledger.lapse_questions(lapse)).expect("answered") == 1
                    }
                })
            })
            .collect();
        let n_done = threads.into_iter().map(|thread| thread.join().expect("no panic"));
        assert_eq!(n_done.filter(|is_done| *is_done).count(), 1, "one of eight decides");
        let refunds = ListRefunds { now: deadline, limit: 10 };
        let n_refunds = runtime().block_on(ledger.list_refunds(refunds)).expect("answered").len();
        let read = lyceum_app::ledger::ReadQuestion { order: id };
        let question = runtime().block_on(ledger.read_question(read)).expect("answered").expect("there");
        assert_eq!(question.answer.is_some(), n_refunds == 0, "{question:?}");
        n_answered += usize::from(n_refunds == 0);
        n_lapsed += n_refunds;
    }
    assert_eq!(n_answered + n_lapsed, 12);
}
