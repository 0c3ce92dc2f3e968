//! Whatever was acknowledged is there after the process was killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::Method;
use lyceum_app::conformance::Random;
use lyceum_contract::id::EventId;
use lyceum_tests::server::mailed_code;
use lyceum_tests::{Browser, Content, Remote, Scratch, Server};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::conformance::events_in;

const THREAD: &str = "/discuss/rust/start/";
const LESSON: &str = "/courses/rust/moves/";
const PAID: &str = "Buyers read the whole lesson.";
const MEMBERS: usize = 3;
/// A server that acknowledges next to nothing in this time does not work.
const LIFE_LIMIT: Duration = Duration::from_secs(20);

/// What the server said that it has.
#[derive(Debug, Default)]
struct Acknowledged {
    comments: Vec<String>,
    /// Order to the member who came back from paying it and was thanked.
    paid: BTreeMap<String, usize>,
    events: BTreeSet<String>,
    /// Who has a course for good.
    buyers: BTreeSet<usize>,
}

/// What was acknowledged, and how often something was.
#[derive(Debug, Default)]
struct Notes {
    acknowledged: Mutex<Acknowledged>,
    n_times: watch::Sender<u64>,
}

type Shared = Arc<Notes>;

impl Notes {
    fn all(&self) -> MutexGuard<'_, Acknowledged> {
        self.acknowledged.lock().expect("no task goes on after a panic")
    }
}

fn note(shared: &Shared, what: impl FnOnce(&mut Acknowledged)) {
    what(&mut shared.all());
    shared.n_times.send_modify(|n_times| *n_times += 1);
}

/// The same browser in front of the server that runs now.
fn moved(browser: &Browser<Remote>, server: &Server) -> Browser<Remote> {
    Browser { door: Remote::new(server.origin()), cookies: browser.cookies.clone() }
}

async fn sign_in(server: &Server, email: &str) -> Browser<Remote> {
    let mut browser = server.browser();
    let form = browser.open("/sign-in/").await.form("/sign-in/").fill("email", email);
    let page = browser.submit(&form).await;
    let code = mailed_code(&mut browser, email).await.expect("a mail with a code");
    browser.submit(&page.form("/sign-in/code/").fill("code", &code)).await;
    assert!(browser.cookies.contains_key("ly_session"), "{:?}", browser.cookies);
    browser
}

async fn comment(mut browser: Browser<Remote>, shared: Shared, seed: u64) {
    let mut random = Random::new(seed);
    loop {
        let text = format!("comment {:016x}", random.next_u64());
        let page = browser.post(THREAD, &[("text", &text)]).await;
        if page.status != 303 {
            return;
        }
        note(&shared, |acknowledged| acknowledged.comments.push(text));
    }
}

/// Buys passes, one after the other, through the till.
async fn buy(mut browser: Browser<Remote>, shared: Shared, member: usize) {
    loop {
        let page = browser.post("/checkout/", &[("price", "pro-90d")]).await;
        let Some(till) = page.location().and_then(|to| to.find("/till/").map(|at| to[at..].to_owned()))
        else {
            return;
        };
        let page = browser.post(&till, &[("action", "pay")]).await;
        let Some(back) = page.location().map(str::to_owned) else { return };
        let thanks = browser.get(&back).await;
        if thanks.status != 200 || !thanks.shows("Thank you.") {
            return;
        }
        let order = back.split_once("order=").expect("the way back names the order").1.to_owned();
        note(&shared, |acknowledged| {
            acknowledged.paid.insert(order, member);
            acknowledged.buyers.insert(member);
        });
    }
}

async fn send_events(mut browser: Browser<Remote>, shared: Shared, seed: u64) {
    let mut random = Random::new(seed);
    loop {
        let ids: Vec<EventId> = (0..3).map(|_| EventId::from_bytes(random.bytes16())).collect();
        let events: Vec<_> = ids
            .iter()
            .map(|id| serde_json::json!({ "id": id, "age_ms": 5, "kind": "page_view", "path": LESSON }))
            .collect();
        let mut request = browser.request(Method::POST, "/events");
        *request.body_mut() = serde_json::json!({ "v": 1, "events": events }).to_string().into_bytes();
        if browser.send(request).await.status != 204 {
            return;
        }
        note(&shared, |acknowledged| acknowledged.events.extend(ids.iter().map(ToString::to_string)));
    }
}

/// Lets everybody work until the process is killed.
async fn one_life(server: Server, browsers: &[Browser<Remote>], shared: &Shared, seed: u64) {
    let mut tasks = JoinSet::new();
    for (member, browser) in browsers.iter().enumerate() {
        let browser = moved(browser, &server);
        let own_seed = seed * 100 + member as u64;
        tasks.spawn(comment(browser.clone(), Arc::clone(shared), own_seed));
        tasks.spawn(buy(browser.clone(), Arc::clone(shared), member));
        tasks.spawn(send_events(browser, Arc::clone(shared), own_seed + 50));
    }
    // The others are in the middle of something when the last of these few is acknowledged.
    let enough = *shared.n_times.borrow() + Random::new(seed).below(40);
    // Buying takes longest, so every third life waits for a purchase.
    let n_paid = shared.all().paid.len() + usize::from(seed.is_multiple_of(3));
    let mut n_times = shared.n_times.subscribe();
    let reached = n_times.wait_for(|n_times| *n_times >= enough);
    tokio::time::timeout(LIFE_LIMIT, reached).await.expect("the server works").expect("the notes are kept");
    let bought = async {
        while shared.all().paid.len() < n_paid {
            n_times.changed().await.expect("the notes are kept");
        }
    };
    tokio::time::timeout(LIFE_LIMIT, bought).await.expect("somebody buys");
    server.kill();
    tasks.join_all().await;
}

async fn check(server: &Server, data: &Path, browsers: &[Browser<Remote>], shared: &Shared, round: u64) {
    // Nobody else works now.
    let acknowledged = std::mem::take(&mut *shared.all());
    let mut reader = moved(&browsers[0], server);
    let thread = reader.open(THREAD).await.text();
    for text in &acknowledged.comments {
        assert_eq!(thread.matches(text.as_str()).count(), 1, "round {round}: `{text}`");
    }
    for (member, browser) in browsers.iter().enumerate() {
        let mut browser = moved(browser, server);
        if acknowledged.buyers.contains(&member) {
            // Asks the ledger, while the cookie of before may say no for half a minute.
            let account = browser.open("/account/").await.text();
            assert!(browser.open(LESSON).await.shows(PAID), "round {round}: {member} paid and is not in");
            let n_paid = acknowledged.paid.values().filter(|payer| **payer == member).count();
            assert!(
                account.matches("\">Paid · ").count() >= n_paid,
                "round {round}: {n_paid} of {member}: {account}"
            );
        }
    }
    let events = events_in(&data.join("events"));
    let stored: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    let lost: Vec<&String> = acknowledged.events.iter().filter(|id| !stored.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "round {round}: {lost:?}");
    *shared.all() = acknowledged;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let n_rounds =
        std::env::var("LYCEUM_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    let (content, data) = (Content::fixture("academy"), Scratch::new());
    let mut server = Server::start(content.path(), data.path());
    let mut browsers = Vec::new();
    for member in 0..MEMBERS {
        browsers.push(sign_in(&server, &format!("m{member}@example.org")).await);
    }
    let shared = Shared::default();
    for round in 0..n_rounds {
        one_life(server, &browsers, &shared, round).await;
        server = Server::start(content.path(), data.path());
        check(&server, data.path(), &browsers, &shared, round).await;
    }
    let all = shared.all();
    let done = (all.comments.len(), all.paid.len(), all.events.len());
    assert!(done.0 > 20 && done.1 > 3 && done.2 > 60, "too little happened to say anything: {done:?}");
}

#[tokio::test]
async fn a_second_server_does_not_take_the_same_data() {
    let (content, data) = (Content::fixture("academy"), Scratch::new());
    let first = Server::start(content.path(), data.path());
    let output = std::process::Command::new(lyceum_tests::server::program())
        .args(["serve", "--port", "0", "--content"])
        .arg(content.path())
        .arg("--data")
        .arg(data.path())
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("another `lyceum serve` uses"), "{said}");
    assert_eq!(first.browser().open("/healthz").await.status, 200);
}
