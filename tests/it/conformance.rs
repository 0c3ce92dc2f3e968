//! Every adapter keeps the promises of its port.

use std::fs;
use std::path::Path;

use lyceum::adapters::{FolderEvents, SqliteComments, SqliteLedger};
use lyceum_app::conformance::{
    Broken, MemoryLedger, Random, World, comment_store, ledger_agrees_with_model, ledger_keeps_its_promises,
};
use lyceum_app::ports::EventSink;
use lyceum_contract::Timestamp;
use lyceum_contract::event::{Event, Observation, Record, VERSION, What};
use lyceum_contract::id::{CommentId, EventId};
use lyceum_tests::Scratch;

#[track_caller]
fn check(kept: Result<(), Broken>) {
    if let Err(broken) = kept {
        panic!("{broken}");
    }
}

#[tokio::test]
async fn the_model_of_the_ledger_keeps_its_promises() {
    for seed in 0..20 {
        check(ledger_keeps_its_promises(&MemoryLedger::default(), seed).await);
    }
}

#[tokio::test]
async fn the_ledger_on_disk_keeps_its_promises() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    for seed in 0..20 {
        check(ledger_keeps_its_promises(&ledger, seed).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_on_disk_agrees_with_the_model() {
    let runs: Vec<_> = (0..8)
        .map(|seed| {
            tokio::spawn(async move {
                let folder = Scratch::new();
                let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
                ledger_agrees_with_model(&ledger, seed, 2_000).await
            })
        })
        .collect();
    for run in runs {
        check(run.await.expect("no panic"));
    }
}

#[tokio::test]
async fn the_adversarial_comment_store_keeps_its_promises() {
    for seed in 0..50 {
        check(comment_store(&World::new(seed, 0).at(1), seed).await);
    }
}

#[tokio::test]
async fn the_comment_store_on_disk_keeps_its_promises() {
    let folder = Scratch::new();
    let path = folder.path().join("comments.sqlite");
    for seed in 0..20 {
        let comments = SqliteComments::open(&path).expect("opens");
        check(comment_store(&comments, seed).await);
    }
}

/// One event of each kind.
pub(crate) fn one_of_each(random: &mut Random) -> Vec<Event> {
    let lesson: lyceum_contract::LessonId = "rust/ownership/moves".parse().expect("an id");
    let view = EventId::from_bytes(random.bytes16());
    let price: lyceum_contract::Slug = "pro-month".parse().expect("a slug");
    let amount = "19.00 USD".parse().expect("an amount");
    let comment = CommentId::at(1_800_000_000_123, [7; 10]);
    let whats = [
        What::Observed(Observation::PageView {
            path: "/zh/courses/rust/ownership/moves/".to_owned(),
            lesson: Some(lesson.clone()),
            referrer: Some("search.example".to_owned()),
        }),
        What::Observed(Observation::PageView { path: "/".to_owned(), lesson: None, referrer: None }),
        What::Observed(Observation::Reading { view, lesson: lesson.clone(), active_ms: 61_000 }),
        What::Recorded(Record::SignIn),
        What::Recorded(Record::Checkout { price: price.clone() }),
        What::Recorded(Record::Purchase { price, amount }),
        What::Recorded(Record::Comment { lesson, comment }),
    ];
    let mut number = 0;
    whats
        .map(|what| {
            number += 1;
            Event {
                v: VERSION,
                id: EventId::from_bytes(random.bytes16()),
                at: Timestamp(1_800_000_000 + number),
                member: matches!(what, What::Recorded(_)).then(|| "5f".repeat(16)),
                language: "zh".parse().ok().filter(|_| number == 1),
                what,
            }
        })
        .into()
}

/// Every event in the folder, file by file.
pub(crate) fn events_in(folder: &Path) -> Vec<Event> {
    let mut found = Vec::new();
    for day in fs::read_dir(folder).expect("a folder").flatten() {
        let name = day.file_name().into_string().expect("text");
        let date = name.strip_prefix("dt=").expect("a day's folder");
        for segment in fs::read_dir(day.path()).expect("a folder").flatten() {
            let text = fs::read_to_string(segment.path()).expect("text");
            for line in text.lines() {
                let event: Event =
                    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
                assert_eq!(event.at.date().to_string(), date, "an event lies in the folder of its day");
                found.push(event);
            }
        }
    }
    found
}

#[tokio::test]
async fn events_on_disk_read_back_as_they_were_sent() {
    let folder = Scratch::new();
    let mut random = Random::new(1);
    let mut sent = Vec::new();
    for round in 0..3 {
        let events = FolderEvents::open(folder.path()).expect("opens");
        let batches: Vec<Vec<Event>> = (0..10)
            .map(|day| {
                let mut batch = one_of_each(&mut random);
                for event in &mut batch {
                    event.at = event.at.plus_seconds(day * 86_400 + round);
                }
                batch
            })
            .collect();
        let appended: Vec<_> = batches
            .iter()
            .cloned()
            .map(|batch| {
                let events = events.clone();
                tokio::spawn(async move { events.append(batch).await })
            })
            .collect();
        for done in appended {
            done.await.expect("no panic").expect("stored");
        }
        sent.extend(batches.into_iter().flatten());
    }
    let mut found = events_in(folder.path());
    let by_id = |a: &Event, b: &Event| a.id.cmp(&b.id);
    found.sort_by(by_id);
    sent.sort_by(by_id);
    assert_eq!(found, sent);
}
