//! Many at once on the Ledger on disk: what there is so many times is given so many times.

use std::collections::BTreeSet;

use lyceum::adapters::SqliteLedger;
use lyceum_app::conformance::{MemoryLedger, seats_are_exact_under_load};
use lyceum_app::ledger::{
    AcceptGift, AcceptSeat, AnswerChallenge, Answered, Commands, GiftAccepted, InviteToSeat, Inviting,
    Joining, Opening, Order, PlaceOrder, Proof, Purpose, ReadAccount, ReadTeam, SeatState, SettleOrder,
    Settling, StartChallenge,
};
use lyceum_app::money::{GRACE_SECONDS, Settlement};
use lyceum_contract::id::{ChallengeId, MemberId, OrderId, SeatId};
use lyceum_contract::{Price, Timestamp};
use lyceum_tests::Scratch;

const NOW: Timestamp = Timestamp(1_800_000_000);
const N_PEOPLE: u8 = 50;

fn id<T: std::str::FromStr>(kind: u8, number: u8) -> T {
    format!("{kind:02x}{number:030x}").parse().ok().expect("an id")
}

fn email(number: u8) -> String {
    format!("p{number}@example.org")
}

async fn sign_in(ledger: &SqliteLedger, number: u8) -> MemberId {
    let challenge: ChallengeId = id(1, number);
    let start = StartChallenge {
        id: challenge.clone(),
        email: email(number),
        browser_hash: "browser".to_owned(),
        code_hash: "code".to_owned(),
        link_hash: "link".to_owned(),
        max_mails_per_hour: 1_000,
        now: NOW,
    };
    ledger.start_challenge(start).await.expect("asked");
    let answer = AnswerChallenge {
        id: challenge,
        browser_hash: "browser".to_owned(),
        proof: Proof::Code("code".to_owned()),
        opening: Opening {
            id: id(9, number),
            token_hash: format!("session {number}"),
            device: String::new(),
            known: Vec::new(),
            replaces: None,
        },
        new_member: id(2, number),
        new_pseudonym: format!("pseudonym {number}"),
        language: "en".parse().expect("a language"),
        now: NOW,
    };
    match ledger.answer_challenge(answer).await {
        Ok(Answered::SignedIn { member, .. }) => member.id,
        other => panic!("{other:?}"),
    }
}

/// A paid order of this purpose, bought by the first person.
async fn paid(ledger: &SqliteLedger, number: u8, purpose: Purpose) -> Order {
    let price = r#"{"id":"seat","amount":{"minor":100,"currency":"USD"},"term":{"for":"P90D"}}"#;
    let price: Price = serde_json::from_str(price).expect("a price");
    let order = Order {
        id: id(3, number),
        member: id(2, 0),
        scope: "tier:pro".parse().expect("a scope"),
        price: Price { per_seat: purpose == Purpose::Team, ..price },
        quantity: if purpose == Purpose::Team { u32::from(N_PEOPLE) } else { 1 },
        purpose,
        discount_minor: 0,
        reference: None,
        created_at: NOW,
        settlement: Settlement::default(),
        revision: 0,
    };
    ledger.place_order(PlaceOrder { order: order.clone(), redemption: None }).await.expect("placed");
    settle(ledger, order, Settlement::paid(NOW)).await
}

async fn settle(ledger: &SqliteLedger, order: Order, settlement: Settlement) -> Order {
    let command = SettleOrder { id: order.id, revision: order.revision, settlement, message: None, now: NOW };
    match ledger.settle_order(command).await {
        Ok(Settling::Done(settled)) => settled.order,
        other => panic!("{other:?}"),
    }
}

async fn reads(ledger: &SqliteLedger, member: &MemberId) -> bool {
    let command = ReadAccount { member: member.clone(), now: NOW };
    let account = ledger.read_account(command).await.expect("an answer").expect("an account");
    !account.entitlements.is_empty()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn the_suite_that_runs_on_every_ledger_runs_here() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    for seed in 0..2 {
        for kept in [
            seats_are_exact_under_load(&MemoryLedger::default(), seed).await,
            seats_are_exact_under_load(&ledger, seed).await,
        ] {
            assert!(kept.is_ok(), "{}", kept.err().map(|broken| broken.to_string()).unwrap_or_default());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn fifty_accept_at_once_and_ten_have_a_seat() {
    let folder = Scratch::new();
    let path = folder.path().join("ledger.sqlite");
    // Two programs at one file, as `serve` and the command line are.
    let ledgers = [SqliteLedger::open(&path).expect("opens"), SqliteLedger::open(&path).expect("opens")];
    let [ledger, _] = &ledgers;
    let mut people = Vec::new();
    for number in 0..N_PEOPLE {
        people.push(sign_in(ledger, number).await);
    }
    let team = paid(ledger, 1, Purpose::Team).await;
    for number in 0..N_PEOPLE {
        let invite = InviteToSeat {
            order: team.id.clone(),
            manager: team.member.clone(),
            id: id(4, number),
            email: email(number),
            language: None,
            now: NOW,
        };
        assert_eq!(ledger.invite_to_seat(invite).await, Ok(Inviting::Sent));
    }
    // Then the company pays for fewer.
    let team = settle(ledger, team, Settlement { n_seats: Some(10), ..Settlement::paid(NOW) }).await;
    let accepts = people.iter().zip(0..).map(|(member, number)| {
        let command = AcceptSeat { id: id::<SeatId>(4, number), member: member.clone(), now: NOW };
        let ledger = ledgers[usize::from(number) % 2].clone();
        tokio::spawn(async move { ledger.accept_seat(command).await.expect("an answer") })
    });
    let (mut n_joined, mut n_full) = (0, 0);
    for accepted in accepts.collect::<Vec<_>>() {
        match accepted.await.expect("no panic") {
            Joining::Joined(held) => {
                assert_eq!(held.len(), 1);
                n_joined += 1;
            }
            Joining::Refused(SeatState::Full) => n_full += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((n_joined, n_full), (10, 40));
    let mut n_reading = 0;
    for member in &people {
        n_reading += u32::from(reads(ledger, member).await);
    }
    assert_eq!(n_reading, 10);
    let command = ReadTeam { order: team.id, manager: team.member };
    let seats = ledger.read_team(command).await.expect("an answer").expect("a team").seats;
    assert_eq!(seats.iter().filter(|seat| seat.accepted_at.is_some()).count(), 10);
    assert!(seats.iter().all(|seat| !seat.is_beyond));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn fifty_open_a_gift_at_once_and_one_has_it() {
    let folder = Scratch::new();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    let mut people = Vec::new();
    for number in 0..N_PEOPLE {
        people.push(sign_in(&ledger, number).await);
    }
    let gift: OrderId = paid(&ledger, 1, Purpose::Gift).await.id;
    let later = NOW.plus_seconds(GRACE_SECONDS);
    let accepts = people.iter().map(|member| {
        let command = AcceptGift { order: gift.clone(), member: member.clone(), now: later };
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.accept_gift(command).await.expect("an answer") })
    });
    let mut takers = BTreeSet::new();
    for (accepted, member) in accepts.collect::<Vec<_>>().into_iter().zip(&people) {
        if let GiftAccepted::Accepted(held) = accepted.await.expect("no panic") {
            assert_eq!(held[0].until, later.plus_seconds(90 * 86_400), "a pass begins when it is accepted");
            takers.insert(member.clone());
        }
    }
    let mut readers = BTreeSet::new();
    for member in &people {
        if reads(&ledger, member).await {
            readers.insert(member.clone());
        }
    }
    assert_eq!(takers.len(), 1);
    assert_eq!(takers, readers);
}
