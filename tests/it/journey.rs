//! The way of a learner, from the first free lesson to a comment and out again, without JavaScript.

use lyceum_contract::event::{Record, What};
use lyceum_tests::Academy;
use lyceum_tests::academy::code_in;
use lyceum_tests::content::small_academy;

/// What the way looks like in one language.
struct Words {
    prefix: &'static str,
    free: &'static str,
    preview: &'static str,
    paid: &'static str,
    empty_thread: &'static str,
    anonymous: &'static str,
}

const ENGLISH: Words = Words {
    prefix: "",
    free: "Everybody may read the free lesson.",
    preview: "The preview of moves.",
    paid: "Buyers read the whole lesson.",
    empty_thread: "Nobody has written yet.",
    anonymous: "Sign in to write a comment.",
};

const CHINESE: Words = Words {
    prefix: "/zh",
    free: "免费课文人人可读。",
    preview: "移动的试读。",
    paid: "买家可读整篇课文。",
    empty_thread: "还没有人发言",
    anonymous: "登录后",
};

/// The address to which the first link with this start leads.
fn link<'a>(html: &'a str, start: &str) -> &'a str {
    let at = html.find(&format!("href=\"{start}")).unwrap_or_else(|| panic!("no link to {start} in {html}"));
    html[at + 6..].split('"').next().expect("the address ends")
}

async fn check(words: &Words) {
    let academy = Academy::of(small_academy());
    let prefix = words.prefix;
    let at = |path: &str| format!("{prefix}{path}");
    let mut ada = academy.browser();

    assert!(ada.open(&at("/courses/rust/start/")).await.shows(words.free));

    let teaser = ada.open(&at("/courses/rust/moves/")).await;
    assert_eq!(teaser.status, 200);
    assert!(teaser.shows(words.preview) && !teaser.shows(words.paid));
    assert!(teaser.shows("\"isAccessibleForFree\":false"), "{}", teaser.text());

    // The paywall leads to the order, and the order to signing in.
    let sign_in = ada.submit(&teaser.form(&at("/checkout/"))).await;
    let code_page = ada.submit(&sign_in.form(&at("/sign-in/")).fill("email", "ada@example.org")).await;
    let mail = academy.mail_to("ada@example.org");
    let code = code_in(&mail);
    assert!(mail.subject.contains(&code) && mail.text.contains(&at("/sign-in/link/#")), "{mail:?}");
    let order = ada.submit(&code_page.form(&at("/sign-in/code/")).fill("code", &code)).await;
    assert!(order.shows("$49"), "signing in leads back to the order: {}", order.text());

    // The processor's page is elsewhere; the way back is asked of the processor.
    let form = order.form(&at("/checkout/"));
    assert_eq!(form.fields, [("price".to_owned(), "rust".to_owned())], "the price id is all that is sent");
    let paying = ada.post(&form.action, &[("price", "rust")]).await;
    let order_id =
        paying.location().and_then(|to| to.strip_prefix("https://pay.example/")).expect("a payment page");
    academy.place.payments.pay(order_id, academy.now());
    let thanks = ada.open(&format!("{prefix}/checkout/return/?order={order_id}")).await;
    let home = link(&thanks.text(), &at("/courses/rust/")).to_owned();
    assert!(ada.open(&home).await.status.is_success());

    let lesson = ada.open(&at("/courses/rust/moves/")).await;
    assert!(lesson.shows(words.preview) && lesson.shows(words.paid));
    assert_eq!(lesson.header("cache-control"), "private, no-cache");

    // A comment: the own browser shows it at once, others after a while.
    let thread = link(&lesson.text(), &at("/discuss/rust/moves/")).to_owned();
    let empty = ada.open(&thread).await;
    assert!(empty.shows(words.empty_thread), "{}", empty.text());
    let mut bob = academy.buyer("bob@example.org", "rust").await;
    bob.door = academy.app_at(7);
    assert!(bob.open(&thread).await.shows(words.empty_thread));
    let comment = empty.form(&thread).fill("text", "Why does it **move**?").fill("name", "Ada");
    let posted = ada.submit(&comment).await;
    let shown = "Why does it <strong>move</strong>?";
    assert!(posted.shows(shown) && posted.shows("<bdi>Ada</bdi>"), "{}", posted.text());
    academy.pass(150);
    assert!(bob.open(&thread).await.shows(shown));
    assert!(
        !academy.browser().open(&thread).await.shows(shown),
        "a thread is for those who may read the lesson"
    );

    let account = ada.open(&at("/account/")).await;
    assert!(account.shows("ada@example.org") && account.shows("$49"));
    ada.submit(&account.form(&at("/sign-out/"))).await;
    assert!(ada.cookies.keys().all(|name| !name.contains("session")), "{:?}", ada.cookies);
    let teaser = ada.open(&at("/courses/rust/moves/")).await;
    assert!(teaser.shows(words.preview) && !teaser.shows(words.paid));
    let free_thread = ada.open(&at("/discuss/rust/start/")).await;
    assert!(free_thread.shows(words.anonymous), "{}", free_thread.text());

    let told: Vec<What> = academy.place.events.all().into_iter().map(|event| event.what).collect();
    let bought = told.iter().filter(|what| matches!(what, What::Recorded(Record::Purchase { .. }))).count();
    assert_eq!(bought, 2, "one purchase each: {told:?}");
}

#[tokio::test]
async fn a_learner_reads_buys_comments_and_leaves() {
    check(&ENGLISH).await;
}

#[tokio::test]
async fn a_learner_does_the_same_in_chinese() {
    check(&CHINESE).await;
}
