//! `lyceum explain`: why somebody may or may not read a course.

use std::process::Command;

use lyceum::adapters::SqliteLedger;
use lyceum_app::ledger::{Actor, AddMember, Commands, Order, PlaceOrder, Purpose, SettleOrder, Settling};
use lyceum_app::money::{Refunded, Settlement};
use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId};
use lyceum_tests::content::small_academy;
use lyceum_tests::{Scratch, server};

/// Long ago, so that no clock of this machine comes near it.
const BOUGHT: Timestamp = Timestamp(1_600_000_000);

/// A folder as `serve` leaves it: the small academy, and a member who bought a course and got the money back.
async fn academy() -> Scratch {
    let folder = Scratch::new();
    for (path, bytes) in small_academy() {
        folder.write(&format!("site/public{path}"), bytes);
    }
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    let member = AddMember {
        by: Actor::OwnerCli,
        email: "ada@example.org".to_owned(),
        new_member: MemberId::from_bytes([1; 16]),
        new_pseudonym: "pseudonym".to_owned(),
        now: BOUGHT,
    };
    let member = ledger.add_member(member).await.expect("answers").expect("made").id;
    let order = Order {
        id: OrderId::from_bytes([2; 16]),
        member,
        scope: "course:rust".parse().expect("a scope"),
        price: serde_json::from_str(
            r#"{"id":"rust","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#,
        )
        .expect("a price"),
        quantity: 1,
        purpose: Purpose::Own,
        discount_minor: 0,
        reference: None,
        created_at: BOUGHT,
        settlement: Settlement::default(),
        revision: 0,
    };
    let id = order.id.clone();
    ledger.place_order(PlaceOrder { order, redemption: None }).await.expect("placed");
    let words = [
        (Settlement::paid(BOUGHT), Some("evt_paid"), 10),
        (Settlement { refunded: Refunded::Fully, ..Settlement::paid(BOUGHT) }, None, 86_400),
    ];
    for (revision, (settlement, message, after)) in (0..).zip(words) {
        let message = message.map(str::to_owned);
        let now = BOUGHT.plus_seconds(after);
        let settle = SettleOrder { id: id.clone(), revision, settlement, message, now };
        let settled = ledger.settle_order(settle).await.expect("answers");
        assert!(matches!(settled, Settling::Done(_)), "{settled:?}");
    }
    folder
}

fn said(folder: &Scratch, words: &[&str]) -> String {
    let mut program = Command::new(server::program());
    let output = program.arg("explain").args(words).arg("--data").arg(folder.path()).output().expect("runs");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
    text.replace(&folder.path().display().to_string(), "DIR")
}

#[tokio::test]
async fn a_refund_is_the_last_of_the_chain() {
    let folder = academy().await;
    insta::assert_snapshot!(said(&folder, &["ada@example.org", "rust"]));
    let json: serde_json::Value =
        serde_json::from_str(&said(&folder, &["ada@example.org", "rust", "--format", "json"])).expect("JSON");
    assert_eq!(json["log"].as_array().map(Vec::len), Some(2), "{json}");
    assert_eq!(json["orders"][0]["standing"], "refunded");
    assert_eq!(json["has"], serde_json::json!([]));
}

#[tokio::test]
async fn what_cannot_be_explained_says_so() {
    let folder = academy().await;
    let questions = [["ada@example.org", "cooking"], ["eve@example.org", "rust"], ["ada@example.org", "go"]];
    let answers: Vec<String> = questions.iter().map(|question| said(&folder, question)).collect();
    insta::assert_snapshot!(answers.join("\n"));
}
