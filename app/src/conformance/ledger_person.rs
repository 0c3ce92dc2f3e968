//! What members do with their own account in a random history, and what holds whatever they do.

use lyceum_contract::id::{ChallengeId, MemberId, SeatId, hex};

use super::doors::opening;
use super::ledger::{History, NOW, bought, order, pick, sign_in};
use super::outbox::language;
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    AcceptSeat, Actor, AddMember, AnswerChallenge, Answered, ChangeEmail, Command, Commands, EmailChanged,
    EraseMember, Erased, FindMembers, InviteToSeat, ListSweeps, NameMember, PersonRow, PlaceOrder, Proof,
    Purpose, ReadErasure, ReadPerson, ReadPersonPage, ReadSession, Reply, Section, SessionState, SettleOrder,
    SettleSweep, Settling, StartChallenge, StartEmailChange, Started,
};
use crate::money::Settlement;
use crate::ports::Ledger;

/// What a history knows of members who move or leave.
#[derive(Default)]
pub(super) struct Moves {
    started: Vec<StartEmailChange>,
    /// Who was to be erased last.
    leaving: Option<MemberId>,
}

impl History {
    /// A command of a member about themselves.
    pub(super) fn next_of_person(&mut self) -> Command {
        let (member, now) = (self.member(), self.now);
        match self.random.below(12) {
            0 => Command::ReadPerson(ReadPerson { member, token_hash: self.session(), now }),
            1..=4 => Command::ReadPersonPage(self.person_page(member)),
            5 => Command::StartEmailChange(self.start_change(member)),
            6 | 7 => Command::ChangeEmail(self.change_email()),
            8 => Command::ReadErasure(ReadErasure { member, now }),
            9 => Command::EraseMember(self.erase(member)),
            10 => Command::ListSweeps(ListSweeps { now, limit: 3 }),
            _ => Command::SettleSweep(self.settle_sweep(member)),
        }
    }

    fn person_page(&mut self, member: MemberId) -> ReadPersonPage {
        let sections = [Section::Orders, Section::Seats, Section::Letters, Section::Log];
        let section = pick(&mut self.random, &sections).copied().unwrap_or(Section::Log);
        let after = match self.random.below(3) {
            0 if section == Section::Log => self.random.below(40).to_string(),
            0 => hex(&self.random.bytes16()),
            1 if section == Section::Letters => "fact:2".to_owned(),
            _ => String::new(),
        };
        let limit = i64::try_from(self.random.below(6)).unwrap_or(0);
        ReadPersonPage { member, section, after, limit }
    }

    fn start_change(&mut self, member: MemberId) -> StartEmailChange {
        let mut challenge = challenge(&mut self.random);
        challenge.email = format!("m{}@example.org", self.random.below(8));
        (challenge.max_mails_per_hour, challenge.now) = (12, self.now);
        let start = StartEmailChange { member, challenge };
        self.moves.started.push(start.clone());
        start
    }

    fn change_email(&mut self) -> ChangeEmail {
        let recent = self.moves.started.get(self.moves.started.len().saturating_sub(2)..).unwrap_or_default();
        let known = pick(&mut self.random, recent).cloned();
        let started = known.unwrap_or_else(|| StartEmailChange {
            member: MemberId::from_bytes(self.random.bytes16()),
            challenge: challenge(&mut self.random),
        });
        let token_hash = self.session();
        let mut change = change(&started, &token_hash);
        change.now = self.now;
        match self.random.below(8) {
            0 | 1 => "wrong".clone_into(&mut change.code_hash),
            2 => "another browser".clone_into(&mut change.browser_hash),
            3 => change.member = self.member(),
            _ => {}
        }
        change
    }

    /// Rarely, because a history needs members.
    fn erase(&mut self, member: MemberId) -> EraseMember {
        let by = match self.random.below(10) {
            0 => Actor::Member(self.member()),
            1 => Actor::System,
            2 | 3 => Actor::OwnerCli,
            _ => Actor::Member(member.clone()),
        };
        self.moves.leaving = Some(member.clone());
        EraseMember { by, member, now: self.now }
    }

    fn settle_sweep(&mut self, member: MemberId) -> SettleSweep {
        let gone = pick(&mut self.random, &self.gone).cloned();
        let next_at = self.random.percent(50).then(|| self.now.plus_seconds(60));
        SettleSweep { member: gone.unwrap_or(member), next_at }
    }

    /// Who was erased does nothing more.
    pub(super) fn learn_of_persons(&mut self, reply: &Reply) {
        if let Reply::EraseMember(Erased::Done) = reply
            && let Some(member) = self.moves.leaving.take()
        {
            self.forget_member(&member);
            self.gone.push(member);
        }
    }
}

fn challenge(random: &mut Random) -> StartChallenge {
    let word = |random: &mut Random| hex(&random.bytes16());
    StartChallenge {
        id: ChallengeId::from_bytes(random.bytes16()),
        email: format!("{}@example.org", word(random)),
        browser_hash: word(random),
        code_hash: word(random),
        link_hash: word(random),
        max_mails_per_hour: 1_000_000,
        now: NOW,
    }
}

/// The right answer.
fn change(started: &StartEmailChange, token_hash: &str) -> ChangeEmail {
    ChangeEmail {
        member: started.member.clone(),
        id: started.challenge.id.clone(),
        browser_hash: started.challenge.browser_hash.clone(),
        code_hash: started.challenge.code_hash.clone(),
        token_hash: token_hash.to_owned(),
        now: NOW,
    }
}

/// The promises that matter most.
pub(super) async fn members_own_their_account<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    a_member_moves_once_and_alone(ledger, random).await?;
    who_is_erased_is_nobody(ledger, random).await?;
    a_seat_that_is_given_back_goes_to_the_next(ledger, random).await?;
    codes_of_the_old_address_are_dead(ledger, random).await?;
    pages_hold_every_row_once(ledger, random).await
}

async fn a_member_moves_once_and_alone<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (member, token_hash) = sign_in(ledger, random).await?;
    let other = sign_in(ledger, random).await?.0;
    let started = StartEmailChange { member: member.clone(), challenge: challenge(random) };
    let answer = ledger.start_email_change(started.clone()).await?;
    ensure!(answer.started == Started::Send && !answer.is_taken, "a fresh address is {answer:?}");
    let right = change(&started, &token_hash);
    let stolen = ledger.change_email(ChangeEmail { member: other, ..right.clone() }).await?;
    ensure!(stolen == EmailChanged::Gone, "somebody else's code moves: {stolen:?}");
    let wrong = ledger.change_email(ChangeEmail { code_hash: "x".into(), ..right.clone() }).await?;
    ensure!(wrong == EmailChanged::Wrong { n_left: 4 }, "a wrong code is {wrong:?}");
    for expected in [EmailChanged::Done, EmailChanged::Gone] {
        let moved = ledger.change_email(right.clone()).await?;
        ensure!(moved == expected, "expected {expected:?}, got {moved:?}");
    }
    let state = ledger.read_session(ReadSession { token_hash, now: NOW }).await?;
    let email = state.map(|state| state.member.email);
    ensure!(email.as_ref() == Some(&started.challenge.email), "after the move the address is {email:?}");
    let again = StartEmailChange { challenge: challenge(random), ..started.clone() };
    let again = StartEmailChange {
        challenge: StartChallenge { email: started.challenge.email.clone(), ..again.challenge },
        ..again
    };
    let taken = ledger.start_email_change(again.clone()).await?;
    ensure!(taken.is_taken, "an address with an account is free");
    let stolen = ledger.change_email(change(&again, "")).await?;
    ensure!(stolen == EmailChanged::Gone, "two members have one address: {stolen:?}");
    Ok(())
}

async fn who_is_erased_is_nobody<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (member, token_hash) = sign_in(ledger, random).await?;
    let session = || ReadSession { token_hash: token_hash.clone(), now: NOW };
    let email = ledger.read_session(session()).await?.map(|state| state.member.email).unwrap_or_default();
    ledger.name_member(NameMember { member: member.clone(), name: Some("Ada".to_owned()) }).await?;
    let order = order(&member, random);
    ledger.place_order(PlaceOrder { order: order.clone(), redemption: None }).await?;
    let settle = |revision, settlement| SettleOrder {
        id: order.id.clone(),
        revision,
        settlement,
        message: None,
        now: NOW,
    };
    ledger.settle_order(settle(0, bought())).await?;
    let erase = EraseMember { by: Actor::Member(member.clone()), member: member.clone(), now: NOW };
    let blocked = ledger.erase_member(erase.clone()).await?;
    ensure!(matches!(blocked, Erased::Blocked(_)), "a subscriber leaves and goes on paying: {blocked:?}");
    ledger.settle_order(settle(1, Settlement::paid(NOW))).await?;
    let other = MemberId::from_bytes(random.bytes16());
    let by_other = EraseMember { by: Actor::Member(other), ..erase.clone() };
    let by_other = ledger.erase_member(by_other).await?;
    ensure!(by_other == Erased::NotAllowed, "somebody else erases: {by_other:?}");
    for expected in [Erased::Done, Erased::NoMember] {
        let erased = ledger.erase_member(erase.clone()).await?;
        ensure!(erased == expected, "expected {expected:?}, got {erased:?}");
    }
    ensure!(ledger.read_session(session()).await?.is_none(), "a session outlives its member");
    let late = ledger.settle_order(settle(2, bought())).await?;
    let Settling::Done(late) = late else { return Err(Broken(format!("the books stop: {late:?}"))) };
    ensure!(late.entitlements.is_empty() && late.member.email.is_empty(), "a late word raises {late:?}");
    let found = ledger.find_members(FindMembers { prefix: email.clone(), limit: 9 }).await?;
    ensure!(found.is_empty(), "an erased member is found: {found:?}");
    let sweeps = ledger.list_sweeps(ListSweeps { now: NOW.plus_seconds(86_400 * 365), limit: 100 }).await?;
    ensure!(sweeps.iter().any(|sweep| sweep.member == member), "nobody looks for their comments");
    ledger.settle_sweep(SettleSweep { member: member.clone(), next_at: None }).await?;
    let new_member = MemberId::from_bytes(random.bytes16());
    let new_pseudonym = hex(&random.bytes16());
    let add =
        AddMember { by: Actor::OwnerCli, email, new_member: new_member.clone(), new_pseudonym, now: NOW };
    let added = ledger.add_member(add).await?;
    ensure!(added.is_some_and(|added| added.id == new_member), "the address is not free again");
    let person = ReadPerson { member: new_member, token_hash: String::new(), now: NOW };
    let person = ledger.read_person(person).await?.ok_or_else(|| Broken("nobody".to_owned()))?;
    ensure!(person.entitlements.is_empty() && person.member.name.is_none(), "they come back with {person:?}");
    Ok(())
}

/// Two have a seat, and one is paid: when the first leaves, the second reads.
async fn a_seat_that_is_given_back_goes_to_the_next<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (manager, _) = sign_in(ledger, random).await?;
    let (first, second) = (sign_in(ledger, random).await?, sign_in(ledger, random).await?);
    let mut order = order(&manager, random);
    (order.purpose, order.price.per_seat, order.quantity) = (Purpose::Team, true, 2);
    let team = order.id.clone();
    ledger.place_order(PlaceOrder { order, redemption: None }).await?;
    let settle = |revision, n_seats| SettleOrder {
        id: team.clone(),
        revision,
        settlement: Settlement { n_seats, ..bought() },
        message: None,
        now: NOW,
    };
    ledger.settle_order(settle(0, Some(2))).await?;
    for (member, token_hash) in [&first, &second] {
        let session = ReadSession { token_hash: token_hash.clone(), now: NOW };
        let email = ledger.read_session(session).await?.map(|state| state.member.email).unwrap_or_default();
        let id = SeatId::from_bytes(random.bytes16());
        let (order, manager) = (team.clone(), manager.clone());
        let invite = InviteToSeat { order, manager, id: id.clone(), email, language: None, now: NOW };
        ledger.invite_to_seat(invite).await?;
        ledger.accept_seat(AcceptSeat { id, member: member.clone(), now: NOW }).await?;
    }
    ledger.settle_order(settle(1, Some(1))).await?;
    let second = ReadSession { token_hash: second.1, now: NOW };
    let n_held = |state: Option<SessionState>| state.map_or(0, |state| state.entitlements.len());
    let before = n_held(ledger.read_session(second.clone()).await?);
    let team_runs = EraseMember { by: Actor::OwnerCli, member: manager, now: NOW };
    let blocked = ledger.erase_member(team_runs).await?;
    ensure!(
        matches!(&blocked, Erased::Blocked(erasure) if erasure.teams.len() == 1),
        "a team with people is dissolved: {blocked:?}"
    );
    let erased = ledger.erase_member(EraseMember { by: Actor::OwnerCli, member: first.0, now: NOW }).await?;
    ensure!(erased == Erased::Done, "a colleague cannot leave: {erased:?}");
    let after = n_held(ledger.read_session(second).await?);
    ensure!((before, after) == (0, 1), "the next one had {before} and has {after}");
    Ok(())
}

async fn codes_of_the_old_address_are_dead<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (member, token_hash) = sign_in(ledger, random).await?;
    let session = ReadSession { token_hash: token_hash.clone(), now: NOW };
    let email = ledger.read_session(session).await?.map(|state| state.member.email).unwrap_or_default();
    let waiting = StartChallenge { email, ..challenge(random) };
    ledger.start_challenge(waiting.clone()).await?;
    let other = StartEmailChange { member: member.clone(), challenge: challenge(random) };
    let started = StartEmailChange { member, challenge: challenge(random) };
    for start in [&other, &started] {
        ledger.start_email_change(start.clone()).await?;
    }
    let moved = ledger.change_email(change(&started, &token_hash)).await?;
    ensure!(moved == EmailChanged::Done, "the right code does not move: {moved:?}");
    let again = ledger.change_email(change(&other, &token_hash)).await?;
    ensure!(again == EmailChanged::Gone, "an older move is still open: {again:?}");
    for proof in [Proof::Code(waiting.code_hash.clone()), Proof::Link(waiting.link_hash.clone())] {
        let answer = AnswerChallenge {
            id: waiting.id.clone(),
            browser_hash: waiting.browser_hash.clone(),
            proof,
            new_member: MemberId::from_bytes(random.bytes16()),
            new_pseudonym: hex(&random.bytes16()),
            opening: opening(random),
            language: language(random),
            now: NOW,
        };
        let answered = ledger.answer_challenge(answer).await?;
        ensure!(answered == Answered::Gone, "a code of the old address gets {answered:?}");
    }
    Ok(())
}

async fn pages_hold_every_row_once<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (member, _) = sign_in(ledger, random).await?;
    for _ in 0..7 {
        // A second trial would be refused.
        let mut order = order(&member, random);
        order.price.trial = None;
        ledger.place_order(PlaceOrder { order, redemption: None }).await?;
    }
    for limit in [1, 2, 3, 7, 500] {
        let (mut after, mut found) = (String::new(), Vec::new());
        loop {
            let section = Section::Orders;
            let page = ReadPersonPage { member: member.clone(), section, after, limit };
            let page = ledger.read_person_page(page).await?;
            found.extend(page.rows.iter().map(PersonRow::key));
            let Some(next) = page.next else { break };
            after = next;
        }
        let n_found = found.len();
        found.dedup();
        ensure!((n_found, found.len()) == (7, 7), "pages of {limit} hold {n_found} rows");
    }
    Ok(())
}
