//! Seats of a team: as many as are paid, each for one person, and for nobody else.

use bytes::Bytes;
use lyceum_app::conformance::MemoryAssets;
use lyceum_app::ledger::{Commands, Notice, TakeLetters, TakenLetter};
use lyceum_app::money::{Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use lyceum_tests::academy::{Visitor, code_in};
use lyceum_tests::content::{Files, small_academy};
use lyceum_tests::{Academy, Page, Port};

const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";
const TEAM: &str = "team-month";

/// The small academy with a price per seat, and a shorter pass.
pub(crate) fn with_seats() -> Files {
    let mut files = small_academy().clone();
    let manifest = files.get_mut("/_lyceum/manifest.json").expect("a manifest");
    let mut json: serde_json::Value = serde_json::from_slice(manifest).expect("JSON");
    let prices = json["products"][0]["prices"].as_array_mut().expect("prices of the tier");
    prices.push(serde_json::json!({
        "id": TEAM, "amount": { "minor": 1500, "currency": "USD" }, "term": { "every": "month" }, "per_seat": true,
    }));
    *manifest = Bytes::from(json.to_string());
    files
}

pub(crate) fn academy() -> Academy {
    Academy::of(&with_seats())
}

/// An order that its form leads to the processor with; its id.
pub(crate) fn order_in(page: &Page) -> String {
    let address = page.location().unwrap_or_else(|| panic!("no payment page: {}", page.text()));
    address.strip_prefix("https://pay.example/").expect("the processor's address").to_owned()
}

/// The processor's word about a team that pays for so many seats by the month.
pub(crate) fn paying(academy: &Academy, n_seats: Option<u32>) -> Settlement {
    let subscription = Subscription {
        status: SubscriptionStatus::Active,
        period_start: academy.now(),
        period_end: academy.now().plus_seconds(30 * 86_400),
        ends_at: None,
        owed_since: None,
    };
    Settlement { progress: Progress::Subscribed(subscription), n_seats, ..Settlement::default() }
}

/// A company that bought seats.
pub(crate) struct Company {
    pub(crate) academy: Academy,
    pub(crate) boss: Visitor,
    pub(crate) order: String,
}

impl Company {
    pub(crate) async fn of(n_seats: &str) -> Self {
        Self::at(academy(), n_seats).await
    }

    /// A company in this academy.
    pub(crate) async fn at(academy: Academy, n_seats: &str) -> Self {
        let mut boss = academy.member("boss@company.example").await;
        let form = boss.open(&format!("/checkout/?price={TEAM}")).await.form("/checkout/");
        let order = order_in(&boss.submit(&form.fill("seats", n_seats)).await);
        let mut company = Self { academy, boss, order };
        let thanks = company.settle(paying(&company.academy, None)).await;
        assert!(thanks.shows(&format!("Your team has {n_seats}\u{a0}seats")), "{}", thanks.text());
        company
    }

    pub(crate) async fn settle(&mut self, settlement: Settlement) -> Page {
        self.academy.place.payments.settle(&self.order, settlement);
        self.boss.open(&format!("/checkout/return/?order={}", self.order)).await
    }

    pub(crate) async fn invite(&mut self, email: &str) -> Page {
        let page = self.boss.post("/team/", &[("order", &self.order), ("email", email)]).await;
        self.boss.follow(page).await
    }

    /// Whatever came in the mail since the last look.
    pub(crate) async fn letters(&self) -> Vec<TakenLetter> {
        let command = TakeLetters { limit: 50, now: self.academy.now() };
        self.academy.place.ledger.take_letters(command).await.expect("letters").letters
    }

    /// The path of the link in an invitation.
    pub(crate) async fn link_for(&self, email: &str) -> String {
        let letters = self.letters().await;
        let letter = letters.iter().find(|letter| letter.email == email);
        let Some(Notice::TeamInvitation { team, door }) = letter.map(|letter| &letter.notice) else {
            panic!("no invitation to {email}: {letters:?}")
        };
        assert_eq!(team, "boss@company.example");
        assert_eq!(door.page, "/team/join/");
        door_link(&self.academy, &door.page, &door.id)
    }

    /// Invites somebody who accepts.
    pub(crate) async fn join(&mut self, email: &str) -> Visitor {
        assert!(self.invite(email).await.shows("The invitation is on its way."));
        let link = self.link_for(email).await;
        let mut browser = self.academy.member(email).await;
        let page = browser.open(&link).await;
        let joined = browser.submit(&page.form("/team/join/")).await;
        assert!(joined.shows("This seat is yours."), "{}", joined.text());
        browser
    }

    pub(crate) async fn page(&mut self) -> Page {
        self.boss.open(&format!("/team/?order={}", self.order)).await
    }

    pub(crate) async fn revoke(&mut self, email: &str) -> Page {
        let page = self.page().await.text();
        let row = page.split("<li>").find(|row| row.contains(email)).expect("a row");
        let from = row.find("/team/revoke/").expect("a way to take it back");
        let link = row[from..].split('"').next().expect("an address").replace("&amp;", "&");
        let ask = self.boss.open(&link).await;
        self.boss.submit(&ask.form("/team/revoke/")).await
    }
}

/// The link as the mail has it: the secret of the tests signs it.
pub(crate) fn door_link(academy: &Academy, page: &str, id: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use hmac::{Hmac, KeyInit, Mac};
    assert_eq!(format!("{:?}", academy.config.secrets), r#"["local"]"#);
    let payload = format!(r#"{{"p":"{page}","i":"{id}"}}"#);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&[9; 32]).expect("a key");
    mac.update(b"ly/token/1\0door\0local\0");
    mac.update(payload.as_bytes());
    format!("{page}?t=local.{}.{}", BASE64.encode(payload), BASE64.encode(mac.finalize().into_bytes()))
}

/// Whether this person reads, when the cookie is not believed any more.
async fn reads(academy: &Academy, browser: &mut Visitor) -> bool {
    academy.pass(601);
    browser.open(LESSON).await.shows(PAID)
}

#[tokio::test]
async fn a_company_invites_and_its_people_read() {
    let mut company = Company::of("3").await;
    let mut ada = company.join("ada@company.example").await;
    assert!(ada.open(LESSON).await.shows(PAID), "at once, by the cookie that came with the seat");
    assert!(!company.boss.open(LESSON).await.shows(PAID), "whoever pays has a seat like everybody else");
    let page = company.page().await;
    for text in ["ada@company.example", "Has a seat", "Invite somebody"] {
        assert!(page.shows(text), "{text}: {}", page.text());
    }
    assert!(ada.open("/account/").await.shows("by your seat in a team"), "and it says why");
    assert!(company.boss.open("/account/").await.shows("/team/"));
    let mut boss = company.join("boss@company.example").await;
    assert!(boss.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn the_order_form_asks_for_seats_and_the_server_decides() {
    let academy = academy();
    let mut boss = academy.member("boss@company.example").await;
    let page = boss.open(&format!("/checkout/?price={TEAM}")).await;
    assert!(page.shows("$15</span> per seat per month"), "{}", page.text());
    assert!(
        boss.open(&format!("/checkout/?price={TEAM}&seats=7")).await.shows("7\u{a0}seats: $105 per month")
    );
    for seats in ["", "0", "1", "501", "-5", "5.5", "1e2", "five", "99999999999999999999999"] {
        let page = boss.post("/checkout/", &[("price", TEAM), ("seats", seats)]).await;
        assert_eq!(page.location(), None, "{seats}");
        assert_eq!(page.status, 200);
        let query = format!("/checkout/?price={TEAM}&seats={seats}");
        let is_first = seats.is_empty();
        assert_eq!(boss.open(&query).await.shows("from 2 to 500"), !is_first, "{seats}");
    }
    assert_eq!(academy.place.payments.n_calls(), 0);
    let fields = [("price", TEAM), ("seats", "500"), ("quantity", "1"), ("amount", "1"), ("gift", "1")];
    let order = order_in(&boss.post("/checkout/", &fields).await);
    let account = boss.open("/account/").await;
    assert!(account.shows("$7,500"), "{}: {order}", account.text());
}

#[tokio::test]
async fn no_more_are_invited_than_are_paid() {
    let mut company = Company::of("2").await;
    for (email, expected) in [
        ("a@company.example", "The invitation is on its way."),
        ("A@Company.example ", "at most once a day"),
        ("b@company.example", "The invitation is on its way."),
        ("c@company.example", "Every seat is given or offered."),
        ("nobody", "does not look like an e-mail address"),
        ("b@company.example", "at most once a day"),
    ] {
        let page = company.invite(email).await;
        assert!(page.shows(expected), "{email}: {}", page.text());
    }
    let letters = company.letters().await;
    let invited = letters.iter().filter(|letter| matches!(letter.notice, Notice::TeamInvitation { .. }));
    assert_eq!(invited.count(), 2, "{letters:?}");
    assert!(company.revoke("a@company.example").await.shows("The seat is free."));
    assert!(company.invite("c@company.example").await.shows("The invitation is on its way."));
    // Six letters a day for two seats: who sends more has something else in mind.
    for name in ["d", "e", "f"] {
        let page = company.page().await.text();
        let last = ["c", "d", "e"].into_iter().rev().find(|last| page.contains(&format!("{last}@company")));
        company.revoke(&format!("{}@company.example", last.expect("somebody"))).await;
        company.invite(&format!("{name}@company.example")).await;
    }
    company.revoke("f@company.example").await;
    assert!(company.invite("g@company.example").await.shows("many invitations for one day"));
    company.academy.pass(86_401);
    assert!(company.invite("g@company.example").await.shows("The invitation is on its way."));
}

#[tokio::test]
async fn an_invitation_says_nothing_about_who_has_an_account() {
    let mut company = Company::of("5").await;
    let mut known = company.academy.member("known@company.example").await;
    known.post("/account/", &[("name", "Kay Known")]).await;
    let mut pages = Vec::new();
    for email in ["known@company.example", "other@company.example"] {
        let page = company.boss.post("/team/", &[("order", &company.order), ("email", email)]).await;
        assert_eq!(page.status, 303);
        let shown = company.boss.follow(page.clone()).await;
        let seats = shown.text().matches("Invited</span>").count();
        pages.push((page.location().map(str::to_owned), page.body.len(), seats - pages.len()));
        assert!(!shown.shows("Kay Known"), "{}", shown.text());
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn looking_at_an_invitation_changes_nothing_and_signing_in_leads_back() {
    let mut company = Company::of("2").await;
    company.invite("ada@company.example").await;
    let link = company.link_for("ada@company.example").await;
    let mut ada = company.academy.browser();
    for _ in 0..3 {
        let page = ada.open(&link).await;
        assert!(page.shows("boss@company.example") && page.shows("a•••@company.example"), "{}", page.text());
        assert!(!page.shows("ada@company.example"), "whoever sees the link need not know the address");
        assert!(!page.shows("action=\"/team/join/\""));
        assert!(page.headers["cache-control"] == "no-store");
    }
    let refused = ada.post("/team/join/", &[("t", link.split_once("?t=").expect("a token").1)]).await;
    assert_eq!(refused.status, 401);
    let page = ada.open(&link).await.text();
    let sign_in = page.split("href=\"").map(|rest| rest.split('"').next().unwrap_or_default());
    let sign_in = sign_in.filter(|to| to.contains("return_to")).last().expect("a way in");
    let asked = ada.open(&sign_in.replace("&amp;", "&")).await.form("/sign-in/");
    let code_page = ada.submit(&asked.fill("email", "ada@company.example")).await;
    let code = code_in(&company.academy.mail_to("ada@company.example"));
    let back = ada.submit(&code_page.form("/sign-in/code/").fill("code", &code)).await;
    let joined = ada.submit(&back.form("/team/join/")).await;
    assert!(joined.shows("This seat is yours."), "{}", joined.text());
    assert!(ada.open(LESSON).await.shows(PAID));
}

#[tokio::test]
async fn a_seat_is_for_the_address_that_was_invited_and_for_it_once() {
    let mut company = Company::of("3").await;
    company.join("ada@company.example").await;
    company.academy.pass(121);
    company.invite("bob@company.example").await;
    let link = company.link_for("bob@company.example").await;
    let token = link.split_once("?t=").expect("a token").1.to_owned();
    let mut eve = company.academy.member("eve@elsewhere.example").await;
    let page = eve.post("/team/join/", &[("t", &token)]).await;
    let page = eve.follow(page).await;
    assert!(page.shows("This seat is for b•••@company.example"), "{}", page.text());
    assert!(!page.shows("bob@company.example") && !eve.open(LESSON).await.shows(PAID));
    let mut bob = company.academy.member("bob@company.example").await;
    for _ in 0..3 {
        let page = bob.post("/team/join/", &[("t", &token)]).await;
        assert!(bob.follow(page).await.shows("This seat is yours."));
    }
    assert_eq!(company.page().await.text().matches("Has a seat").count(), 2);
    // Withdrawn, then asked for; and a link that nobody signed.
    company.academy.pass(121);
    company.invite("cem@company.example").await;
    let link = company.link_for("cem@company.example").await;
    assert!(company.revoke("cem@company.example").await.shows("The seat is free."));
    let mut cem = company.academy.member("cem@company.example").await;
    assert!(cem.open(&link).await.shows("This invitation was withdrawn."));
    let gone = cem.post("/team/join/", &[("t", link.split_once("?t=").expect("a token").1)]).await;
    assert!(cem.follow(gone).await.shows("This invitation was withdrawn."));
    assert!(!cem.open(LESSON).await.shows(PAID));
    let gift = door_link(&company.academy, "/gift/", &company.order).replace("/gift/", "/team/join/");
    for bad in ["/team/join/", "/team/join/?t=x", &link.replace("t=local", "t=other"), &gift] {
        assert_eq!(cem.get(bad).await.status, 404, "{bad}");
    }
}

#[tokio::test]
async fn a_team_is_its_buyers_alone() {
    let mut company = Company::of("3").await;
    let mut ada = company.join("ada@company.example").await;
    let page = company.page().await.text();
    let seat = page.split("&amp;seat=").nth(1).and_then(|rest| rest.get(..32)).expect("a seat").to_owned();
    let order = company.order.clone();
    let mut eve = company.academy.member("eve@elsewhere.example").await;
    for browser in [&mut eve, &mut ada] {
        for path in [
            format!("/team/?order={order}"),
            format!("/zh/team/?order={order}&said=sent"),
            format!("/team/revoke/?order={order}&seat={seat}"),
        ] {
            assert_eq!(browser.get(&path).await.status, 404, "{path}");
        }
        let invited = browser.post("/team/", &[("order", &order), ("email", "eve@elsewhere.example")]).await;
        assert_eq!(invited.status, 404);
        let revoked = browser.post("/team/revoke/", &[("order", &order), ("seat", &seat)]).await;
        assert_eq!(revoked.status, 404);
        assert!(browser.open("/team/").await.shows("You run no team."));
    }
    for path in ["/team/?order=x", "/team/?order=ffffffffffffffffffffffffffffffff"] {
        assert_eq!(company.boss.get(path).await.status, 404, "{path}");
    }
    // A seat of another team, named with one's own.
    let mut other = Company::of("2").await;
    other.join("zoe@other.example").await;
    let foreign = company.boss.post("/team/revoke/", &[("order", &order), ("seat", &"0".repeat(32))]).await;
    assert_eq!(foreign.status, 303);
    assert!(reads(&company.academy, &mut ada).await, "nothing was taken");
    let letters = company.letters().await;
    assert!(letters.iter().all(|letter| letter.email != "eve@elsewhere.example"), "{letters:?}");
}

#[tokio::test]
async fn when_seats_are_given_back_who_came_first_stays() {
    let mut company = Company::of("5").await;
    let mut people = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        people.push(company.join(&format!("{name}@company.example")).await);
        company.academy.pass(121);
    }
    let three = paying(&company.academy, Some(3));
    company.settle(three).await;
    let page = company.page().await;
    assert!(page.shows("2\u{a0}people have to wait, because 3 seats are paid for."), "{}", page.text());
    assert!(page.shows("Every seat is given or offered."));
    check(&company.academy, &mut people, [true, true, true, false, false]).await;
    // The first one leaves, and the fourth moves up.
    company.revoke("a@company.example").await;
    check(&company.academy, &mut people, [false, true, true, true, false]).await;
    let five = paying(&company.academy, Some(5));
    company.settle(five).await;
    check(&company.academy, &mut people, [false, true, true, true, true]).await;
    let letters = company.letters().await;
    let ended = letters.iter().filter(|letter| letter.notice.kind() == "seat_ended");
    assert_eq!(ended.map(|letter| letter.email.as_str()).collect::<Vec<_>>(), ["a@company.example"]);
}

async fn check(academy: &Academy, people: &mut [Visitor], expected: [bool; 5]) {
    let mut found = Vec::new();
    for browser in people {
        found.push(reads(academy, browser).await);
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn money_that_went_back_ends_every_seat_at_once() {
    let mut company = Company::of("2").await;
    let (mut ada, mut bob) = (company.join("ada@company.example").await, {
        company.academy.pass(121);
        company.join("bob@company.example").await
    });
    let back = Settlement { refunded: Refunded::Fully, ..paying(&company.academy, None) };
    company.settle(back).await;
    assert!(ada.open("/account/").await.shows("Nothing yet."), "at once for what is not reading");
    assert!(!reads(&company.academy, &mut ada).await && !reads(&company.academy, &mut bob).await);
    let page = company.page().await;
    assert!(page.shows("Nothing is paid for this team now") && !page.shows("Send the invitation"));
    assert!(company.invite("cem@company.example").await.shows("Nothing is paid for this team now"));
}

#[tokio::test]
async fn prices_of_today_sell_nothing_to_a_team_without_seats() {
    let mut academy = Academy::of(small_academy());
    academy.place.assets = Port::new(MemoryAssets(with_seats()));
    let mut boss = academy.member("boss@company.example").await;
    let page = boss.post("/checkout/", &[("price", TEAM)]).await;
    assert_eq!((page.location(), academy.place.payments.n_calls()), (None, 0), "{}", page.text());
    assert!(boss.open("/team/").await.shows("You run no team."));
}
