//! What every Ledger's outbox must do, and the letters of random histories.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, hex};
use lyceum_contract::manifest::Language;

use super::ledger::{NOW, pick, sign_in};
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    ChooseLanguage, Command, Commands, Letter, Notice, Outcome, PostLetter, Purpose, Recipient, SetTopic,
    SettleLetter, TakeLetters, TakenLetter, Topic,
};
use crate::ports::Ledger;

#[expect(clippy::expect_used, reason = "the texts are right here")]
pub(super) fn language(random: &mut Random) -> Language {
    if random.percent(50) { "en" } else { "zh" }.parse().expect("both are languages")
}

/// The promises that matter most. Other letters may lie in the outbox; they are left as they are found, but taken.
pub(super) async fn an_outbox_keeps_its_promises<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (member, _) = sign_in(ledger, random).await?;
    a_fact_is_told_once(ledger, random, &member).await?;
    a_failure_is_tried_again_later(ledger, random, &member).await?;
    what_is_not_wanted_is_not_sent(ledger, random, &member).await
}

async fn a_fact_is_told_once<L: Ledger>(
    ledger: &L,
    random: &mut Random,
    member: &MemberId,
) -> Result<(), Broken> {
    let letter = new_device(random, member);
    for _ in 0..2 {
        ledger.post_letter(PostLetter { letter: letter.clone() }).await?;
    }
    let taken = take(ledger, &letter.id, NOW).await?;
    ensure!(taken.len() == 1, "two letters about one fact: {taken:?}");
    ensure!(take(ledger, &letter.id, NOW).await?.is_empty(), "a letter was taken by two");
    ensure!(take(ledger, &letter.id, NOW.plus_seconds(119)).await?.is_empty(), "a lease ends early");
    let again = take(ledger, &letter.id, NOW.plus_seconds(120)).await?;
    ensure!(again == taken, "a letter of a sender that died: {again:?}");
    settle(ledger, &letter.id, Outcome::Sent, NOW).await?;
    ledger.post_letter(PostLetter { letter: letter.clone() }).await?;
    settle(ledger, &letter.id, Outcome::Failed { permanent: false }, NOW).await?;
    let late = take(ledger, &letter.id, NOW.plus_seconds(9_000_000)).await?;
    ensure!(late.is_empty(), "a letter is sent after it was sent: {late:?}");
    Ok(())
}

async fn a_failure_is_tried_again_later<L: Ledger>(
    ledger: &L,
    random: &mut Random,
    member: &MemberId,
) -> Result<(), Broken> {
    let letter = new_device(random, member);
    ledger.post_letter(PostLetter { letter: letter.clone() }).await?;
    let (mut now, mut n_tries) = (NOW, 0);
    while !take(ledger, &letter.id, now).await?.is_empty() {
        n_tries += 1;
        settle(ledger, &letter.id, Outcome::Failed { permanent: false }, now).await?;
        ensure!(take(ledger, &letter.id, now.plus_seconds(59)).await?.is_empty(), "tried again at once");
        now = now.plus_seconds(12 * 3_600);
    }
    ensure!(n_tries == 16, "a letter was tried {n_tries} times");
    let refused = new_device(random, member);
    ledger.post_letter(PostLetter { letter: refused.clone() }).await?;
    ensure!(take(ledger, &refused.id, NOW).await?.len() == 1, "a new letter is not there");
    settle(ledger, &refused.id, Outcome::Failed { permanent: true }, NOW).await?;
    ensure!(take(ledger, &refused.id, now).await?.is_empty(), "a refused letter is tried again");
    Ok(())
}

async fn what_is_not_wanted_is_not_sent<L: Ledger>(
    ledger: &L,
    random: &mut Random,
    member: &MemberId,
) -> Result<(), Broken> {
    for (is_wanted, n_expected) in [(false, 0), (true, 1)] {
        let topic = Topic::PassEnding;
        ledger.set_topic(SetTopic { member: member.clone(), topic, is_wanted }).await?;
        let id = hex(&random.bytes16());
        let notice = Notice::PassEnding { scope: scope(), at: NOW, purpose: Purpose::Own };
        let letter = Letter::to_member(id.clone(), member, notice, NOW);
        ledger.post_letter(PostLetter { letter }).await?;
        let n_taken = take(ledger, &id, NOW).await?.len();
        ensure!(n_taken == n_expected, "wanted: {is_wanted}, and {n_taken} letters are sent");
    }
    Ok(())
}

/// Takes what is due, and returns the letters with this id.
async fn take<L: Ledger>(ledger: &L, id: &str, now: Timestamp) -> Result<Vec<TakenLetter>, Broken> {
    let mut found = Vec::new();
    loop {
        let taken = ledger.take_letters(TakeLetters { limit: 50, now }).await?;
        if taken.letters.is_empty() {
            return Ok(found);
        }
        found.extend(taken.letters.into_iter().filter(|letter| letter.id == id));
    }
}

async fn settle<L: Ledger>(ledger: &L, id: &str, outcome: Outcome, now: Timestamp) -> Result<(), Broken> {
    Ok(ledger.settle_letter(SettleLetter { id: id.to_owned(), outcome, now }).await?)
}

fn new_device(random: &mut Random, member: &MemberId) -> Letter {
    let notice = Notice::NewDevice { browser: "Firefox".to_owned(), at: NOW };
    Letter::to_member(hex(&random.bytes16()), member, notice, NOW)
}

#[expect(clippy::expect_used, reason = "the text is right here")]
fn scope() -> lyceum_contract::Scope {
    "tier:pro".parse().expect("a scope")
}

/// The outbox's share of a random history. `taken` are letters that were taken before.
pub(super) fn command(random: &mut Random, member: &MemberId, now: Timestamp, taken: &[String]) -> Command {
    let topic = if random.percent(50) { Topic::PassEnding } else { Topic::AccessEnded };
    match random.below(10) {
        0..=2 => Command::PostLetter(PostLetter { letter: letter(random, member, now) }),
        3..=4 => {
            let limit = if random.percent(50) { 2 } else { 60 };
            Command::TakeLetters(TakeLetters { limit, now })
        }
        5..=7 => Command::SettleLetter(settlement(random, now, taken)),
        8 => Command::ChooseLanguage(ChooseLanguage { member: member.clone(), language: language(random) }),
        _ => {
            let is_wanted = random.percent(40);
            Command::SetTopic(SetTopic { member: member.clone(), topic, is_wanted })
        }
    }
}

fn letter(random: &mut Random, member: &MemberId, now: Timestamp) -> Letter {
    let notice = match random.below(3) {
        0 => Notice::PassEnding { scope: scope(), at: now, purpose: Purpose::Own },
        1 => Notice::AccessEnded { scope: scope(), purpose: Purpose::Own },
        _ => Notice::NewDevice { browser: "Firefox".to_owned(), at: now },
    };
    let mut letter = Letter::to_member(format!("fact:{}", random.below(200)), member, notice, now);
    if random.percent(20) {
        let language = random.percent(50).then(|| language(random));
        letter.to = Recipient::Address { email: "guest@example.org".to_owned(), language };
    }
    if random.percent(20) {
        letter.due_at = now.plus_seconds(3 * 86_400);
    }
    letter
}

fn settlement(random: &mut Random, now: Timestamp, taken: &[String]) -> SettleLetter {
    let recent = taken.get(taken.len().saturating_sub(3)..).unwrap_or_default();
    let from = if random.percent(90) { recent } else { taken };
    let id = pick(random, from).cloned().unwrap_or_default();
    let outcome = match random.below(10) {
        0..=2 => Outcome::Sent,
        3 => Outcome::Failed { permanent: true },
        4..=7 => Outcome::Failed { permanent: false },
        _ => Outcome::Postponed,
    };
    SettleLetter { id, outcome, now }
}
