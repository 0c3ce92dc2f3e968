//! Gifts: paid once, taken once, by whoever has the link.

use lyceum_app::ledger::{Commands, Notice, TakeLetters, TakenLetter};
use lyceum_app::money::{Refunded, Settlement};
use lyceum_tests::Academy;
use lyceum_tests::academy::Visitor;

use crate::teams::{academy, door_link, order_in};

const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";

/// A gift that was paid; its order.
async fn give(academy: &Academy, giver: &mut Visitor, price: &str, email: &str, message: &str) -> String {
    let form = giver.open(&format!("/checkout/?price={price}&gift=1")).await.form("/checkout/");
    let order = order_in(&giver.submit(&form.fill("email", email).fill("message", message)).await);
    assert!(letters(academy).await.iter().all(|letter| letter.notice.kind() != "gift_received"));
    academy.place.payments.pay(&order, academy.now());
    for _ in 0..2 {
        let thanks = giver.open(&format!("/checkout/return/?order={order}")).await;
        assert!(thanks.shows("Your gift is ready."), "{}", thanks.text());
    }
    order
}

async fn letters(academy: &Academy) -> Vec<TakenLetter> {
    let command = TakeLetters { limit: 50, now: academy.now() };
    academy.place.ledger.take_letters(command).await.expect("letters").letters
}

#[tokio::test]
async fn a_gift_is_mailed_once_when_it_is_paid_and_opens_for_the_one_who_accepts() {
    let academy = academy();
    let mut giver = academy.member("giver@example.org").await;
    let order = give(&academy, &mut giver, "rust", " Ada@Example.org", "Happy birthday!\r\n<b>Ada</b>").await;
    let letters = letters(&academy).await;
    let gifts: Vec<_> = letters.iter().filter(|letter| letter.notice.kind() == "gift_received").collect();
    let [letter] = gifts.as_slice() else { panic!("one letter: {letters:?}") };
    assert_eq!(letter.email, "ada@example.org");
    let Notice::GiftReceived { from, message, door, .. } = &letter.notice else { panic!("a gift") };
    assert_eq!(from.as_deref(), Some("giver@example.org"));
    assert_eq!(message.as_deref(), Some("Happy birthday!\n<b>Ada</b>"));
    assert_eq!((door.page.as_str(), door.id.as_str()), ("/gift/", order.as_str()));

    let link = door_link(&academy, &door.page, &door.id);
    let mut ada = academy.member("ada@example.org").await;
    for _ in 0..2 {
        let page = ada.open(&link).await;
        assert!(page.shows("Happy birthday!") && page.shows("&lt;b&gt;Ada"), "{}", page.text());
        assert!(!page.shows("<b>Ada") && !ada.open(LESSON).await.shows(PAID));
    }
    let form = ada.open(&link).await.form("/gift/");
    assert!(ada.submit(&form).await.shows("This gift is yours."));
    assert!(ada.open(LESSON).await.shows(PAID), "at once");
    assert!(!giver.open(LESSON).await.shows(PAID), "the giver gave it away");
    assert!(ada.open("/account/").await.shows("as a gift"), "and it says why");
    assert!(giver.open("/account/").await.shows("Accepted on"));
    let mut bob = academy.member("bob@example.org").await;
    let page = bob.submit(&form).await;
    assert!(
        page.shows("Somebody has accepted this gift already.") && !page.shows("action=\"/gift/\""),
        "{}",
        page.text()
    );
    assert!(!bob.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn without_an_address_the_buyer_hands_the_link_on() {
    let academy = academy();
    let mut giver = academy.member("giver@example.org").await;
    let order = give(&academy, &mut giver, "rust", "", "").await;
    assert!(letters(&academy).await.iter().all(|letter| letter.notice.kind() != "gift_received"));
    let account = giver.open("/account/").await.text();
    let from = account.find("/gift/?t=").expect("the gift's page");
    let page = giver.open(account[from..].split('"').next().expect("an address")).await.text();
    let link = page.split("value=\"https://small.example").nth(1).expect("the link to hand on");
    let link = link.split('"').next().expect("an address").to_owned();
    assert_eq!(link, door_link(&academy, "/gift/", &order));
    let mut stranger = academy.browser();
    let page = stranger.open(&link).await;
    assert!(page.shows("giver@example.org") && page.shows("return_to=/gift/"), "{}", page.text());
    assert_eq!(
        stranger.post("/gift/", &[("t", link.split_once("?t=").expect("a token").1)]).await.status,
        401
    );
    let back = academy.sign_in(&mut stranger, "new@example.org").await;
    assert!(back.shows("Your account"));
    let form = stranger.open(&link).await.form("/gift/");
    assert!(stranger.submit(&form).await.shows("This gift is yours."));
}

#[tokio::test]
async fn a_pass_that_was_given_begins_when_it_is_accepted() {
    let academy = academy();
    let mut giver = academy.member("giver@example.org").await;
    let order = give(&academy, &mut giver, "pro-90d", "ada@example.org", "").await;
    academy.pass_days(200, &mut giver).await;
    let mut ada = academy.member("ada@example.org").await;
    let form = ada.open(&door_link(&academy, "/gift/", &order)).await.form("/gift/");
    ada.submit(&form).await;
    academy.pass_days(89, &mut ada).await;
    assert!(ada.open(LESSON).await.shows(PAID));
    academy.pass(86_400);
    assert!(!ada.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn a_gift_that_is_not_paid_or_was_paid_back_opens_nothing() {
    let academy = academy();
    let mut giver = academy.member("giver@example.org").await;
    let mut ada = academy.member("ada@example.org").await;
    let fields = [("price", "rust"), ("gift", "1")];
    let open = order_in(&giver.post("/checkout/", &fields).await);
    let link = door_link(&academy, "/gift/", &open);
    let token = link.split_once("?t=").expect("a token").1.to_owned();
    let page = ada.post("/gift/", &[("t", &token)]).await;
    assert!(ada.follow(page).await.shows("This gift is not paid for yet."));
    assert!(!ada.open(LESSON).await.shows(PAID));

    let order = give(&academy, &mut giver, "rust", "ada@example.org", "").await;
    let form = ada.open(&door_link(&academy, "/gift/", &order)).await.form("/gift/");
    ada.submit(&form).await;
    assert!(ada.open(LESSON).await.shows(PAID));
    let back = Settlement { refunded: Refunded::Fully, ..Settlement::paid(academy.now()) };
    academy.place.payments.settle(&order, back);
    giver.open(&format!("/checkout/return/?order={order}")).await;
    assert!(ada.open("/account/").await.shows("Nothing yet."), "at once for what is not reading");
    academy.pass(601);
    assert!(!ada.open(LESSON).await.shows(PAID));
    assert!(ada.submit(&form).await.shows("The money for this gift went back"));
    assert!(!ada.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn what_comes_with_a_gift_is_checked_by_the_server() {
    let academy = academy();
    let mut giver = academy.member("giver@example.org").await;
    let long = "x".repeat(301);
    for (price, email, message, expected) in [
        ("rust", "nobody", "", "does not look like an e-mail address"),
        ("rust", "a@b.org,c@d.org", "", "does not look like an e-mail address"),
        ("rust", "ada@example.org", long.as_str(), "more than 300 characters"),
        ("pro-month", "ada@example.org", "", "renews itself"),
    ] {
        let fields = [("price", price), ("gift", "1"), ("email", email), ("message", message)];
        let page = giver.post("/checkout/", &fields).await;
        assert_eq!(page.location(), None);
        assert!(page.shows(expected), "{expected}: {}", page.text());
        assert!(price == "pro-month" || page.shows(message), "what was written stays");
    }
    assert_eq!(academy.place.payments.n_calls(), 0);
    assert!(giver.open("/account/").await.shows("You have not ordered anything."));
    let offered = giver.open("/checkout/?price=rust").await;
    assert!(offered.shows("/checkout/?price=rust&amp;gift=1"));
    assert!(!giver.open("/checkout/?price=pro-month").await.shows("gift=1"));
    let link = door_link(&academy, "/gift/", &"0".repeat(32));
    for bad in ["/gift/", "/gift/?t=a.b.c", &link, &link.replace("/gift/", "/team/join/")] {
        assert_eq!(giver.get(bad).await.status, 404, "{bad}");
    }
}

#[tokio::test]
async fn who_has_it_may_give_it_and_who_has_it_for_good_does_not_waste_it() {
    let academy = academy();
    let mut ada = academy.buyer("ada@example.org", "rust").await;
    assert!(ada.open("/checkout/?price=rust").await.shows("gift=1"));
    let order = give(&academy, &mut ada, "rust", "bob@example.org", "").await;
    let mut bob = academy.buyer("bob@example.org", "rust").await;
    let page = bob.open(&door_link(&academy, "/gift/", &order)).await;
    assert!(page.shows("You have this for good already.") && !page.shows("action=\"/gift/\""));
}
