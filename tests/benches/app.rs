//! What a paid lesson costs the app, and how many commands a second the Ledger carries out on this disk.
//!
//! `cargo xtask bench app` runs it. Machines differ and are shared: compare the ratios within one run. What is compared
//! is measured in turns, and the middle of the turns is printed.
#![allow(clippy::print_stdout, reason = "a command-line program talks on its standard output")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::body::Body;
use http::Method;
use lyceum::adapters::SqliteLedger;
use lyceum_app::conformance::Random;
use lyceum_app::ledger::{
    AnswerChallenge, Answered, Commands, Opening, Order, PlaceOrder, Proof, Purpose, ReadSession,
    ReceiveMessage, SettleOrder, Settling, StartChallenge,
};
use lyceum_app::money::{Progress, Refunded, Settlement};
use lyceum_contract::id::{ChallengeId, MemberId, OrderId, SessionId, hex};
use lyceum_contract::{Access, Timestamp};
use lyceum_tests::Academy;
use lyceum_tests::content::small_academy;
use rusqlite::Connection;

const N_TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(1);
const LESSON: &str = "/courses/rust/moves/";
const NOW: Timestamp = Timestamp(1_900_000_000);
/// Members with an order each, before anything is measured.
const N_MEMBERS: usize = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    lesson().await;
    let folder = Folder::new();
    ledger(&folder.0).await;
}

/// A folder on the disk that cargo builds on: in one that lies in memory a sync costs nothing.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("bench-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("the folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How often something was done in a turn.
struct Turn {
    start: Instant,
    n_done: u32,
}

impl Turn {
    fn new() -> Self {
        Self { start: Instant::now(), n_done: 0 }
    }

    /// Counts one, and says whether there is time for another.
    fn goes_on(&mut self) -> bool {
        self.n_done += 1;
        self.start.elapsed() < TURN
    }

    fn per_second(&self) -> f64 {
        f64::from(self.n_done) / self.start.elapsed().as_secs_f64()
    }
}

/// The session check with the gate, and the whole lesson, without a socket: microseconds each.
async fn lesson() {
    let academy = Academy::of(small_academy());
    let buyer = academy.buyer("ada@example.org", "rust").await;
    let app = academy.app_at(0);
    let access: Access = "paid:course:rust".parse().expect("a rule");
    let request = buyer.request(Method::GET, LESSON);
    let stranger = academy.browser().request(Method::GET, LESSON);
    assert!(!app.admits(&access, stranger.headers()).await.expect("an answer"), "a stranger is let in");
    let n_calls = academy.place.ledger.n_calls();
    let (mut checks, mut lessons) = (Vec::new(), Vec::new());
    for _ in 0..N_TURNS {
        let mut turn = Turn::new();
        while turn.goes_on() {
            assert!(
                app.admits(&access, request.headers()).await.expect("an answer"),
                "the buyer is kept out"
            );
        }
        checks.push(1e6 / turn.per_second());
        let mut turn = Turn::new();
        while turn.goes_on() {
            assert_eq!(app.respond(request.clone().map(Body::from)).await.status(), 200);
        }
        lessons.push(1e6 / turn.per_second());
    }
    assert_eq!(academy.place.ledger.n_calls(), n_calls, "a lesson asks the Ledger nothing");
    println!("session check and gate:    {:>8.2} µs (aim: at most 20)", median(checks));
    println!("the whole paid lesson:     {:>8.2} µs", median(lessons));
}

/// The Ledger and a plain loop of inserts in turns, both with every commit on the disk before the next one starts.
async fn ledger(folder: &Path) {
    let mut book = Book::open(&folder.join("ledger.sqlite")).await;
    let mut plain = Plain::open(&folder.join("plain.sqlite"));
    let [mut inserts, mut reads, mut messages, mut settlements, mut mixed] = [const { Vec::new() }; 5];
    for _ in 0..N_TURNS {
        let mut turn = Turn::new();
        while turn.goes_on() {
            plain.insert();
        }
        inserts.push(turn.per_second());
        // One read of a session for each write, and as many messages as settlements.
        for (parts, speeds) in [
            (&[Part::Read, Part::Message, Part::Read, Part::Settlement][..], &mut mixed),
            (&[Part::Read], &mut reads),
            (&[Part::Message], &mut messages),
            (&[Part::Settlement], &mut settlements),
        ] {
            let mut turn = Turn::new();
            while turn.goes_on() {
                book.run(parts[turn.n_done as usize % parts.len()]).await;
            }
            speeds.push(turn.per_second());
        }
    }
    let inserts = median(inserts);
    println!("plain SQLite, inserts:     {inserts:>8.0} /s");
    let ratio = |name: &str, speeds: Vec<f64>, note: &str| {
        let speed = median(speeds);
        println!("{name:<26} {speed:>8.0} /s  {:.2} × the inserts{note}", speed / inserts);
    };
    ratio("Ledger, mixed:", mixed, " (aim: at least 0.5)");
    ratio("  read_session alone:", reads, "");
    ratio("  receive_message alone:", messages, "");
    ratio("  settle_order alone:", settlements, "");
}

#[derive(Clone, Copy)]
enum Part {
    Read,
    Message,
    Settlement,
}

/// A Ledger with some members in it, and what is needed to go on with them.
struct Book {
    ledger: SqliteLedger,
    random: Random,
    token_hashes: Vec<String>,
    orders: Vec<(OrderId, i64)>,
    n_settled: i64,
}

impl Book {
    async fn open(path: &Path) -> Self {
        let ledger = SqliteLedger::open(path).expect("the Ledger opens");
        let mut book = Self {
            ledger,
            random: Random::new(1),
            token_hashes: Vec::new(),
            orders: Vec::new(),
            n_settled: 0,
        };
        for _ in 0..N_MEMBERS {
            let member = book.sign_in().await;
            book.order(member).await;
        }
        book
    }

    fn word(&mut self) -> String {
        hex(&self.random.bytes16())
    }

    async fn sign_in(&mut self) -> MemberId {
        let start = StartChallenge {
            id: ChallengeId::from_bytes(self.random.bytes16()),
            email: format!("{}@example.org", self.word()),
            browser_hash: self.word(),
            code_hash: self.word(),
            link_hash: self.word(),
            max_mails_per_hour: 1_000_000,
            now: NOW,
        };
        let opening = Opening {
            id: SessionId::from_bytes(self.random.bytes16()),
            token_hash: self.word(),
            device: String::new(),
            known: Vec::new(),
            replaces: None,
        };
        self.token_hashes.push(opening.token_hash.clone());
        let answer = AnswerChallenge {
            id: start.id.clone(),
            browser_hash: start.browser_hash.clone(),
            proof: Proof::Code(start.code_hash.clone()),
            new_member: MemberId::from_bytes(self.random.bytes16()),
            new_pseudonym: self.word(),
            language: "en".parse().expect("a language"),
            opening,
            now: NOW,
        };
        self.ledger.start_challenge(start).await.expect("a challenge");
        match self.ledger.answer_challenge(answer).await.expect("an answer") {
            Answered::SignedIn { member, .. } => member.id,
            other => panic!("the right code does not sign in: {other:?}"),
        }
    }

    async fn order(&mut self, member: MemberId) {
        const PRICE: &str = r#"{"id":"course","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#;
        let order = Order {
            id: OrderId::from_bytes(self.random.bytes16()),
            member,
            scope: "course:rust".parse().expect("a scope"),
            price: serde_json::from_str(PRICE).expect("a price"),
            quantity: 1,
            purpose: Purpose::Own,
            discount_minor: 0,
            reference: None,
            created_at: NOW,
            settlement: Settlement::default(),
            revision: 0,
        };
        self.orders.push((order.id.clone(), 0));
        self.ledger.place_order(PlaceOrder { order, redemption: None }).await.expect("a place");
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.random.below(n as u64)).expect("an index")
    }

    async fn run(&mut self, part: Part) {
        match part {
            Part::Read => self.read().await,
            Part::Message => self.receive().await,
            Part::Settlement => self.settle().await,
        }
    }

    async fn read(&mut self) {
        let idx = self.below(N_MEMBERS);
        let token_hash = self.token_hashes[idx].clone();
        let state = self.ledger.read_session(ReadSession { token_hash, now: NOW }).await.expect("a reply");
        assert!(state.is_some(), "the session is gone");
    }

    /// A message that nobody has seen, about an order.
    async fn receive(&mut self) {
        let idx = self.below(N_MEMBERS);
        let message = ReceiveMessage {
            id: format!("evt_{}", self.word()),
            kind: "charge.refunded".to_owned(),
            names: vec![self.orders[idx].0.to_string(), format!("ch_{}", self.word())],
            now: NOW,
        };
        let received = self.ledger.receive_message(message).await.expect("a reply");
        assert_eq!((received.is_done, received.orders.len()), (false, 1));
    }

    /// Something new about an order: another part of the money went back.
    async fn settle(&mut self) {
        let idx = self.below(N_MEMBERS);
        self.n_settled += 1;
        let settlement = Settlement {
            progress: Progress::Paid { at: NOW },
            refunded: Refunded::Partly { minor: self.n_settled },
            ..Settlement::default()
        };
        let (id, revision) = self.orders[idx].clone();
        let message = Some(format!("evt_{}", self.word()));
        let settle = SettleOrder { id, revision, settlement, message, now: NOW };
        match self.ledger.settle_order(settle).await.expect("a reply") {
            Settling::Done(settled) if settled.is_new => self.orders[idx].1 = settled.order.revision,
            other => panic!("nothing was recorded: {other:?}"),
        }
    }
}

/// What SQLite alone can do with the settings of the Ledger: one row, one transaction, one sync.
struct Plain {
    connection: Connection,
    random: Random,
}

impl Plain {
    fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("a file");
        let settings: [(&str, &str); 4] =
            [("journal_mode", "wal"), ("synchronous", "full"), ("fullfsync", "on"), ("foreign_keys", "on")];
        for (name, value) in settings {
            connection.pragma_update(None, name, value).expect("a setting");
        }
        let table =
            "CREATE TABLE messages (id TEXT PRIMARY KEY, kind TEXT NOT NULL, received_at INTEGER NOT NULL)";
        connection.execute_batch(table).expect("a table");
        Self { connection, random: Random::new(2) }
    }

    fn insert(&mut self) {
        let id = format!("evt_{}", hex(&self.random.bytes16()));
        let transaction = self.connection.transaction().expect("a transaction");
        transaction
            .prepare_cached("INSERT INTO messages (id, kind, received_at) VALUES (?, ?, ?)")
            .and_then(|mut insert| insert.execute((id, "charge.refunded", NOW.0)))
            .expect("a row");
        transaction.commit().expect("a commit");
    }
}
