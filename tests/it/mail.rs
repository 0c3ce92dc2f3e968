//! Mails: one for each fact, in the reader's language, and fewer for whoever wants fewer.

use http::{HeaderValue, Method};
use lyceum::adapters::SqliteLedger;
use lyceum_app::ledger::{
    ChooseLanguage, Commands, Door, Letter, Notice, Order, PostLetter, Purpose, ReadAccount, ReceiveMessage,
    Recipient, Topic,
};
use lyceum_app::money::Settlement;
use lyceum_app::ports::{Ledger, Mail};
use lyceum_contract::id::MemberId;
use lyceum_contract::manifest::Language;
use lyceum_contract::{Money, Scope, Timestamp};
use lyceum_tests::academy::Visitor;
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Scratch};

const NOW: Timestamp = Timestamp(1_800_000_000);

fn academy() -> Academy {
    Academy::of(small_academy())
}

/// The mails to an address, without codes.
fn mails<L: Ledger + 'static>(academy: &Academy<L>, email: &str) -> Vec<Mail> {
    let all = academy.place.mailer.all();
    all.into_iter().filter(|mail| mail.to == email && !mail.html.contains("letter-spacing")).collect()
}

async fn drain<L: Ledger + 'static>(academy: &Academy<L>) -> usize {
    let drained = academy.app_at(0).drain_outbox(100).await.expect("ledger and site answer");
    assert_eq!(drained.problems, Vec::<String>::new());
    drained.n_sent
}

/// Who is signed in here, by an order that is never paid.
async fn member_id<L: Ledger + 'static>(academy: &Academy<L>, browser: &mut Visitor<L>) -> MemberId {
    let order = academy.order(browser, "rust").await;
    let command =
        ReceiveMessage { id: format!("x{order}"), kind: "x".into(), names: vec![order], now: academy.now() };
    let mut received = academy.place.ledger.receive_message(command).await.expect("answers");
    received.orders.remove(0).member
}

async fn post<L: Ledger + 'static>(academy: &Academy<L>, id: &str, to: Recipient, notice: Notice) {
    let letter = Letter { id: id.to_owned(), to, notice, created_at: academy.now(), due_at: academy.now() };
    academy.place.ledger.post_letter(PostLetter { letter }).await.expect("posted");
}

fn scope() -> Scope {
    "tier:pro".parse().expect("a scope")
}

fn dollars(minor: i64) -> Money {
    Money { minor, currency: "USD".parse().expect("a currency") }
}

/// One of each, and what differs within a kind.
fn notices() -> Vec<Notice> {
    let order = |price: &str| Order {
        id: "00000000000000000000000000000001".parse().expect("an id"),
        member: MemberId::from_bytes([1; 16]),
        scope: scope(),
        price: serde_json::from_str(price).expect("a price"),
        quantity: 1,
        purpose: Purpose::Own,
        discount_minor: 0,
        reference: None,
        created_at: NOW,
        settlement: Settlement::default(),
        revision: 0,
    };
    let door = |page: &str| Door { page: page.to_owned(), id: "i1".to_owned() };
    let (from, message) =
        (Some("Bob\r\nBcc: eve@example.org".to_owned()), Some("Happy birthday!\n\n<b>Bob</b>".to_owned()));
    vec![
        Notice::order_paid(
            &order(
                r#"{"id":"pro-month","amount":{"minor":1900,"currency":"USD"},"term":{"every":"month"},"trial":"P7D"}"#,
            ),
            NOW,
        ),
        Notice::order_paid(
            &order(r#"{"id":"pro-90d","amount":{"minor":32800,"currency":"CNY"},"term":{"for":"P90D"}}"#),
            NOW,
        ),
        Notice::TrialEnding { scope: scope(), at: NOW, charge: Some(dollars(1_900)) },
        Notice::TrialEnding { scope: scope(), at: NOW, charge: None },
        Notice::PaymentFailed { scope: scope(), until: NOW, purpose: Purpose::Own },
        Notice::AccessEnded { scope: scope(), purpose: Purpose::Own },
        Notice::Refunded { scope: scope(), amount: dollars(1_900), is_full: true, purpose: Purpose::Own },
        Notice::Refunded {
            scope: "course:gone".parse().expect("a scope"),
            amount: dollars(500),
            is_full: false,
            purpose: Purpose::Own,
        },
        Notice::DisputeLost { scope: scope(), purpose: Purpose::Own },
        Notice::NewDevice { browser: "Firefox on\u{202e} Linux".to_owned(), at: NOW },
        Notice::GiftReceived { from, message, scope: scope(), door: door("/gift/") },
        Notice::GiftReceived { from: None, message: None, scope: scope(), door: door("/gift/") },
        Notice::TeamInvitation {
            team: "{site} & <i>Söhne</i>\r\nTo: eve@example.org".to_owned(),
            door: door("/team/join/"),
        },
        booked_order(&order),
        Notice::PlaceGone { scope: scope(), starts: NOW },
        Notice::BookingSoon { scope: scope(), starts: NOW },
        Notice::Booked { scope: scope(), starts: NOW },
        Notice::BookingEnded { scope: scope(), starts: NOW },
        Notice::QuestionArrived { scope: scope(), deadline: NOW },
        Notice::QuestionDue { scope: scope(), deadline: NOW },
        Notice::QuestionAnswered { scope: scope() },
        Notice::QuestionLapsed { scope: scope(), amount: Some(dollars(3_000)) },
        Notice::QuestionLapsed { scope: scope(), amount: None },
        Notice::SeatEnded { scope: scope(), host: Some("Bo Bei (bo@company.example)".to_owned()) },
        Notice::SeatEnded { scope: scope(), host: None },
        Notice::PassEnding { scope: scope(), at: NOW, purpose: Purpose::Own },
    ]
}

/// What somebody reads who paid for others: for a team, and as a gift.
fn notices_for_others() -> Vec<Notice> {
    let (scope, at) = (scope(), NOW);
    let order = |purpose, quantity| {
        let price = r#"{"id":"pro","amount":{"minor":1500,"currency":"USD"},"term":"once"}"#;
        let (id, member) =
            ("00000000000000000000000000000001".parse().expect("an id"), MemberId::from_bytes([1; 16]));
        Order {
            id,
            member,
            scope: "tier:pro".parse().expect("a scope"),
            price: serde_json::from_str(price).expect("a price"),
            quantity,
            purpose,
            discount_minor: 0,
            reference: None,
            created_at: NOW,
            settlement: Settlement::default(),
            revision: 0,
        }
    };
    let back = |minor, is_full, purpose| {
        let (scope, amount) = ("tier:pro".parse().expect("a scope"), dollars(minor));
        Notice::Refunded { scope, amount, is_full, purpose }
    };
    vec![
        Notice::order_paid(&order(Purpose::Team, 5), NOW),
        Notice::order_paid(&order(Purpose::Gift, 1), NOW),
        Notice::PaymentFailed { scope: scope.clone(), until: at, purpose: Purpose::Team },
        Notice::AccessEnded { scope: scope.clone(), purpose: Purpose::Team },
        back(7_500, true, Purpose::Team),
        back(1_000, false, Purpose::Team),
        back(1_500, true, Purpose::Gift),
        back(1_000, false, Purpose::Gift),
        Notice::DisputeLost { scope: scope.clone(), purpose: Purpose::Team },
        Notice::DisputeLost { scope: scope.clone(), purpose: Purpose::Gift },
        Notice::PassEnding { scope, at, purpose: Purpose::Team },
    ]
}

/// The confirmation of something that begins at a time.
fn booked_order(order: &impl Fn(&str) -> Order) -> Notice {
    let price = r#"{"id":"hour","amount":{"minor":8000,"currency":"USD"},"term":"once"}"#;
    let mut notice = Notice::order_paid(&order(price), NOW);
    if let Notice::OrderPaid { starts, .. } = &mut notice {
        *starts = Some(NOW.plus_seconds(9 * 86_400));
    }
    notice
}

/// Without the signatures, which are nothing to look at.
fn readable(text: &str) -> String {
    let mut parts = text.split("?t=");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part
            .find(|char: char| !char.is_ascii_alphanumeric() && !"._-".contains(char))
            .unwrap_or(part.len());
        assert!(end > 60, "no signature");
        format!("{text}?t=…{}", &part[end..])
    })
}

/// Every notice as a member who speaks this language gets it.
async fn every_mail(language: &str) -> Vec<Mail> {
    mails_about(language, notices()).await
}

/// These notices as a member who speaks this language gets them.
async fn mails_about(language: &str, notices: Vec<Notice>) -> Vec<Mail> {
    let n_notices = notices.len();
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    ada.post("/account/", &[("name", "Ada")]).await;
    let member = member_id(&academy, &mut ada).await;
    let language: Language = language.parse().expect("a language");
    academy
        .place
        .ledger
        .choose_language(ChooseLanguage { member: member.clone(), language: language.clone() })
        .await
        .expect("chosen");
    for (idx, notice) in notices.into_iter().enumerate() {
        let is_for_guests = matches!(notice, Notice::GiftReceived { .. } | Notice::TeamInvitation { .. });
        let guest =
            Recipient::Address { email: "ada@example.org".to_owned(), language: Some(language.clone()) };
        let to = if is_for_guests { guest } else { Recipient::Member(member.clone()) };
        post(&academy, &format!("{idx:02}"), to, notice).await;
    }
    assert_eq!(drain(&academy).await, n_notices);
    mails(&academy, "ada@example.org")
}

/// The mails as one text.
fn reading(mails: &[Mail]) -> String {
    let texts = mails.iter().map(|mail| {
        let stop = if mail.list_unsubscribe.is_some() { " (one click ends these)" } else { "" };
        format!("### {}{stop}\n\n{}", mail.subject, readable(&mail.text))
    });
    for mail in mails {
        let all = [&mail.subject, &mail.text, &mail.html].map(String::as_str).join(" ");
        assert!(!all.contains("app_"), "a text is missing: {all}");
        assert!(!mail.subject.chars().any(char::is_control), "{:?}", mail.subject);
    }
    texts.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_members_read() {
    for language in ["en", "zh"] {
        insta::assert_snapshot!(format!("mails_{language}"), reading(&every_mail(language).await));
    }
}

#[tokio::test]
async fn who_paid_for_others_reads_of_them() {
    for language in ["en", "zh"] {
        let mails = mails_about(language, notices_for_others()).await;
        insta::assert_snapshot!(format!("mails_for_others_{language}"), reading(&mails));
        // Nothing here is the buyer's own.
        for mail in &mails {
            for own in [" is yours", "your access", "现在是你的了", "你对"] {
                assert!(!mail.text.contains(own), "{own}: {}", mail.text);
            }
        }
    }
}

#[tokio::test]
async fn the_page_says_what_the_text_says() {
    let mails = every_mail("zh").await;
    insta::assert_snapshot!(
        "mail_as_a_page",
        readable(&mails.last().expect("mails").html).replace("><", ">\n<")
    );
    for mail in mails {
        assert!(
            mail.html.contains("lang=\"zh\"") && !mail.html.contains("<b>") && !mail.html.contains("<i>")
        );
        for forbidden in ["<img", "<script", "<link", "src=", "url(", "background"] {
            assert!(!mail.html.contains(forbidden), "{forbidden}: {}", mail.html);
        }
        let html =
            mail.html.replace("<br>", "\n").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
        for line in mail.text.lines().filter(|line| !line.is_empty()) {
            assert!(html.contains(line), "the page lacks `{line}`:\n{html}");
        }
    }
}

async fn a_purchase_is_confirmed_once_by<L: Ledger + 'static>(academy: Academy<L>) {
    let mut browser = academy.browser();
    let asked = browser.open("/zh/sign-in/").await.form("/zh/sign-in/").fill("email", "bei@example.org");
    let code_page = browser.submit(&asked).await;
    let code = lyceum_tests::academy::code_in(&academy.mail_to("bei@example.org"));
    browser.submit(&code_page.form("/zh/sign-in/code/").fill("code", &code)).await;
    let order = academy.order(&mut browser, "rust").await;
    assert_eq!(drain(&academy).await, 0, "an order that is not paid is not confirmed");
    academy.place.payments.pay(&order, academy.now());
    for _ in 0..3 {
        browser.open(&format!("/checkout/return/?order={order}")).await;
    }
    assert_eq!(mails(&academy, "bei@example.org"), vec![], "the buyer does not wait for the mail server");
    let (one, other) = (academy.app_at(0), academy.app_at(1));
    let (one, other) = tokio::join!(one.drain_outbox(10), other.drain_outbox(10));
    assert_eq!(one.expect("drained").n_sent + other.expect("drained").n_sent, 1);
    academy.pass(9 * 86_400);
    assert_eq!(drain(&academy).await, 0);
    let mails = mails(&academy, "bei@example.org");
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(mail.subject.starts_with("你的订单："), "{}", mail.subject);
    assert!(mail.text.contains("https://small.example/zh/courses/rust/\n"), "{}", mail.text);
    assert!(mail.text.contains(&order) && mail.list_unsubscribe.is_none());
    assert!(mail.message_id.ends_with("@small.example"), "{}", mail.message_id);
}

#[tokio::test]
async fn a_purchase_is_confirmed_once() {
    a_purchase_is_confirmed_once_by(academy()).await;
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    a_purchase_is_confirmed_once_by(Academy::with_ledger(small_academy(), ledger)).await;
}

#[tokio::test]
async fn while_the_mail_server_is_down_nothing_is_lost() {
    let academy = academy();
    let mut ada = academy.member("ada@example.org").await;
    academy.place.mailer.set_down(true);
    academy.buy(&mut ada, "rust").await;
    for n in 0..30 {
        let to = Recipient::Address { email: format!("m{n}@example.org"), language: None };
        post(&academy, &format!("n{n}"), to, Notice::AccessEnded { scope: scope(), purpose: Purpose::Own })
            .await;
    }
    let asked = academy.place.mailer.n_calls();
    for _ in 0..6 {
        let drained = academy.app_at(0).drain_outbox(100).await.expect("ledger and site answer");
        assert_eq!(drained.n_sent, 0);
        assert!(drained.next_at.is_some_and(|next| next > academy.now()), "busy: {drained:?}");
        assert!(drained.problems.iter().all(|problem| !problem.contains('@')), "{drained:?}");
        academy.pass(3_600);
    }
    assert_eq!(academy.place.mailer.n_calls() - asked, 6, "a server that is down is asked once a time");
    academy.place.mailer.set_down(false);
    assert_eq!(drain(&academy).await, 31);
    for n in 0..30 {
        assert_eq!(mails(&academy, &format!("m{n}@example.org")).len(), 1);
    }
    assert_eq!(mails(&academy, "ada@example.org").len(), 1);
}

#[tokio::test]
async fn a_sender_that_dies_sends_once_more_at_most() {
    let academy = academy();
    let to = Recipient::Address { email: "ada@example.org".to_owned(), language: None };
    post(&academy, "fact", to, Notice::AccessEnded { scope: scope(), purpose: Purpose::Own }).await;
    // The mail goes out, and the Ledger never hears of it.
    academy.place.ledger.fail_after(1);
    academy.app_at(0).drain_outbox(10).await.expect_err("the ledger is away");
    academy.place.ledger.set_down(false);
    assert_eq!(mails(&academy, "ada@example.org").len(), 1);
    assert_eq!(drain(&academy).await, 0, "it belongs to the sender that died");
    academy.pass(120);
    assert_eq!(drain(&academy).await, 1);
    let mails = mails(&academy, "ada@example.org");
    assert_eq!(mails[0], mails[1], "the same mail, with the same id");
    academy.pass(9 * 86_400);
    assert_eq!(drain(&academy).await, 0);
}

/// A member's reminder, and where it can be switched off.
async fn reminded(academy: &Academy) -> (MemberId, String) {
    let mut ada = academy.member("ada@example.org").await;
    let member = member_id(academy, &mut ada).await;
    post(
        academy,
        "p1",
        Recipient::Member(member.clone()),
        Notice::PassEnding { scope: scope(), at: NOW, purpose: Purpose::Own },
    )
    .await;
    assert_eq!(drain(academy).await, 1);
    let mail = mails(academy, "ada@example.org").remove(0);
    let url = mail.list_unsubscribe.expect("reminders can be switched off");
    let path = url.strip_prefix("https://small.example").expect("the site's address").to_owned();
    assert!(mail.text.contains(&url) && mail.html.contains(&url), "{}", mail.text);
    (member, path)
}

async fn wants(academy: &Academy, member: &MemberId, topic: Topic) -> bool {
    let read = ReadAccount { member: member.clone(), now: academy.now() };
    let account = academy.place.ledger.read_account(read).await.expect("answers").expect("a member");
    account.member.mail_settings.wants(topic)
}

#[tokio::test]
async fn one_click_ends_the_mails_of_one_topic() {
    let academy = academy();
    let (member, path) = reminded(&academy).await;
    let mut anybody = academy.browser();
    for method in [Method::GET, Method::HEAD] {
        let page = anybody.send(anybody.request(method, &path)).await;
        assert_eq!(page.status, 200);
        assert!(wants(&academy, &member, Topic::PassEnding).await, "looking at the link switched mails off");
    }
    // As mail services do: no cookie, no origin, multipart.
    let mut request = anybody.request(Method::POST, &path);
    request.headers_mut().clear();
    request.headers_mut().insert("content-type", HeaderValue::from_static("multipart/form-data; boundary=x"));
    *request.body_mut() =
        b"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
            .to_vec();
    let page = anybody.send(request).await;
    assert_eq!((page.status.as_u16(), page.location(), page.header("set-cookie")), (200, None, ""));
    assert!(!wants(&academy, &member, Topic::PassEnding).await);
    assert!(wants(&academy, &member, Topic::AccessEnded).await, "another topic was switched off, too");
    let to = || Recipient::Member(member.clone());
    post(&academy, "p2", to(), Notice::PassEnding { scope: scope(), at: NOW, purpose: Purpose::Own }).await;
    post(&academy, "e1", to(), Notice::AccessEnded { scope: scope(), purpose: Purpose::Own }).await;
    post(&academy, "d1", to(), Notice::DisputeLost { scope: scope(), purpose: Purpose::Own }).await;
    assert_eq!(drain(&academy).await, 2, "what is not optional comes");
    assert_eq!(mails(&academy, "ada@example.org").len(), 3);
}

#[tokio::test]
async fn the_button_works_without_scripts_in_both_languages() {
    for (language, button) in [("", "Send no more of these"), ("/zh", "不再发送")] {
        let academy = academy();
        let (member, path) = reminded(&academy).await;
        let path = format!("{language}{path}");
        let mut browser = academy.browser();
        let page = browser.open(&path).await;
        assert!(page.shows(button), "{}", page.text());
        let done = browser.submit(&page.form(&format!("{language}/mail/unsubscribe/"))).await;
        assert_eq!(done.status, 200, "{}", done.text());
        assert!(!wants(&academy, &member, Topic::PassEnding).await);
    }
}

#[tokio::test]
async fn a_link_that_we_did_not_write_switches_nothing_off() {
    let academy = academy();
    let (member, path) = reminded(&academy).await;
    let (page, token) = path.split_once("?t=").expect("a token");
    let mut ada = academy.member("ada@example.org").await;
    let session = ada.cookies["__Host-ly_session"].clone();
    let cut = &token[..token.len() - 1];
    for forged in
        [page.to_owned(), format!("{page}?t="), format!("{page}?t={cut}"), format!("{page}?t={session}")]
    {
        let answer = ada.post(&forged, &[]).await;
        assert!(answer.status == 404 || answer.status == 400, "{forged}: {}", answer.status);
        assert!(wants(&academy, &member, Topic::PassEnding).await, "{forged}");
    }
    // The link is no session, and no other form is taken from elsewhere.
    let mut eve = academy.browser();
    eve.cookies.insert("__Host-ly_session".to_owned(), token.to_owned());
    assert_eq!(eve.get("/account/").await.location(), Some("/sign-in/?return_to=/account/"));
    let mut request = ada.request(Method::POST, "/account/?t=x");
    request.headers_mut().remove("sec-fetch-site");
    request.headers_mut().remove("origin");
    assert_eq!(ada.send(request).await.status, 403);
}

#[tokio::test]
async fn a_member_who_is_gone_gets_no_mail_and_holds_up_nobody() {
    let academy = academy();
    let gone = Recipient::Member(MemberId::from_bytes([9; 16]));
    post(&academy, "a", gone, Notice::AccessEnded { scope: scope(), purpose: Purpose::Own }).await;
    let here =
        Recipient::Address { email: "ada@example.org".to_owned(), language: Some("fr".parse().expect("fr")) };
    post(&academy, "b", here, Notice::AccessEnded { scope: scope(), purpose: Purpose::Own }).await;
    assert_eq!(drain(&academy).await, 1);
    assert_eq!(
        mails(&academy, "ada@example.org")[0].subject,
        "Pro has ended",
        "a language that the site lacks"
    );
}
