//! What managers of teams do in a random history, and what holds whatever they do.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{AssignmentId, MemberId, OrderId, SeatId};
use lyceum_contract::manifest::Localized;

use super::ledger::{History, NOW, bought};
use super::ledger_teams::{Company, person, settle};
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    Asked, Assign, Assigning, Command, Commands, Due, InviteToSeat, Inviting, Learning, ListAssigned,
    NameManager, Naming, ReadTeam, ReadTeamReport, Revoking, TakeLetters, TakenLetter, WithdrawAssignment,
    Withdrawing,
};
use crate::money::{Refunded, Settlement};
use crate::ports::Ledger;

const DAY: i64 = 86_400;

impl History {
    /// A command about who runs a team, or what it is asked to learn.
    pub(super) fn next_of_managers(&mut self, order: OrderId, manager: MemberId) -> Command {
        let now = self.now;
        match self.random.below(10) {
            0 | 1 => {
                let email = format!("m{}@example.org", self.random.below(6));
                let is_manager = self.random.percent(75);
                Command::NameManager(NameManager { order, buyer: manager, email, is_manager, now })
            }
            2..=5 => {
                let asked = self.asked(&order);
                let (id, n_days) = (self.assignment(), i64::try_from(self.random.below(9)).unwrap_or(0));
                Command::Assign(assignment((order, manager), id, asked, (now, n_days)))
            }
            6 => {
                let id = self.assignment();
                Command::WithdrawAssignment(WithdrawAssignment { order, manager, id, now })
            }
            7 | 8 => Command::ListAssigned(ListAssigned { member: self.member(), now }),
            _ => Command::ReadTeamReport(ReadTeamReport { order, manager }),
        }
    }

    /// One of few, so that they are changed and withdrawn, also by other teams.
    fn assignment(&mut self) -> AssignmentId {
        AssignmentId::from_bytes([u8::try_from(self.random.below(5)).unwrap_or(0); 16])
    }

    fn asked(&mut self, team: &OrderId) -> Asked {
        if self.random.percent(50) {
            return Asked::All;
        }
        let n_seats = self.random.below(3);
        Asked::Seats((0..n_seats).map(|_| self.seat(team)).collect())
    }
}

#[expect(clippy::expect_used, reason = "the texts are right here")]
fn assignment(
    (order, manager): (OrderId, MemberId),
    id: AssignmentId,
    asked: Asked,
    (now, n_days): (Timestamp, i64),
) -> Assign {
    let name = serde_json::from_str::<Localized>(r#"{"en":"Rust"}"#).expect("a text");
    let what = "course:rust".parse().expect("a course");
    let learning = Learning { what, name, path: "/courses/rust/".to_owned() };
    let ends_at = now.plus_seconds(n_days * DAY);
    let due = Due { day: Timestamp(ends_at.0 - 1).date(), ends_at };
    Assign { order, manager, id, learning, due, asked, now }
}

/// A manager runs the team as the buyer does, except what is the buyer's alone.
pub(super) async fn a_manager_runs_one_team<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let company = Company::of(ledger, random, 3).await?;
    let other = Company::of(ledger, random, 3).await?;
    let (ada, bob, eve) =
        (person(ledger, random).await?, person(ledger, random).await?, person(ledger, random).await?);
    for person in [&ada, &bob] {
        company.invite(&person.email).await?;
        company.accept(person, person).await?;
    }
    let name = |by: &MemberId, email: &str, is_manager| {
        let (order, buyer, email) = (company.order.id.clone(), by.clone(), email.to_owned());
        ledger.name_manager(NameManager { order, buyer, email, is_manager, now: NOW })
    };
    let buyer = &company.manager.id;
    for (by, email, is_manager, expected) in [
        (&eve.id, &eve.email, true, Naming::NotYours),
        (&ada.id, &ada.email, true, Naming::NotYours),
        (buyer, &eve.email, true, Naming::NoSeat),
        (buyer, &company.manager.email, true, Naming::NoSeat),
        (buyer, &ada.email, false, Naming::Unchanged),
        (buyer, &ada.email, true, Naming::Done),
        (buyer, &ada.email, true, Naming::Unchanged),
        (&ada.id, &bob.email, true, Naming::NotYours),
        (buyer, &bob.email, true, Naming::Done),
    ] {
        let found = name(by, email, is_manager).await?;
        ensure!(found == expected, "naming a manager: {found:?} and not {expected:?}");
    }
    let invite = |team: &Company<'_, L>, by: &MemberId| {
        let invitation = InviteToSeat { manager: by.clone(), ..team.invitation(&eve.email) };
        ledger.invite_to_seat(invitation)
    };
    let foreign = invite(&other, &ada.id).await?;
    ensure!(foreign == Inviting::NotYours, "a manager runs another team: {foreign:?}");
    let read = ReadTeam { order: other.order.id.clone(), manager: ada.id.clone() };
    ensure!(ledger.read_team(read).await?.is_none(), "a manager reads another team");
    let own = invite(&company, &ada.id).await?;
    ensure!(own == Inviting::Sent, "a manager does not invite: {own:?}");
    let taken = company.revoke(&bob, &ada).await?;
    ensure!(taken == Revoking::BuyerOnly, "one manager puts the other out: {taken:?}");
    let taken = company.revoke(&bob, &company.manager).await?;
    ensure!(taken == Revoking::Done, "the buyer takes a seat back: {taken:?}");
    let late = invite(&company, &bob.id).await?;
    ensure!(late == Inviting::NotYours, "a manager without the seat runs the team: {late:?}");
    ensure!(name(buyer, &ada.email, false).await? == Naming::Done, "a manager stays one");
    let late = invite(&company, &ada.id).await?;
    ensure!(late == Inviting::NotYours, "a manager of before runs the team: {late:?}");
    Ok(())
}

/// Whoever is asked hears of it once and is reminded once; whoever is not asked any more hears nothing.
pub(super) async fn a_team_is_asked_to_learn<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let mut company = Company::of(ledger, random, 3).await?;
    let (ada, bob, cem) =
        (person(ledger, random).await?, person(ledger, random).await?, person(ledger, random).await?);
    for person in [&ada, &bob] {
        company.invite(&person.email).await?;
        company.accept(person, person).await?;
    }
    let id = AssignmentId::from_bytes(random.bytes16());
    let runs = || (company.order.id.clone(), company.manager.id.clone());
    let all = assignment(runs(), id.clone(), Asked::All, (NOW, 10));
    let by_ada = Assign { manager: ada.id.clone(), ..all.clone() };
    for (command, expected) in [
        (by_ada, Assigning::NotYours),
        (Assign { asked: Asked::Seats(vec![SeatId::from_bytes([7; 16])]), ..all.clone() }, Assigning::Nobody),
        (all.clone(), Assigning::Done),
        (all.clone(), Assigning::Done),
    ] {
        let found = ledger.assign(command).await?;
        ensure!(found == expected, "assigning is {found:?} and not {expected:?}");
    }
    told(ledger, "assigned", &[(&ada.email, 1), (&bob.email, 1)], NOW).await?;
    company.invite(&cem.email).await?;
    company.accept(&cem, &cem).await?;
    told(ledger, "assigned", &[(&ada.email, 0), (&cem.email, 1)], NOW).await?;
    let list = |member: &MemberId| ledger.list_assigned(ListAssigned { member: member.clone(), now: NOW });
    ensure!(list(&cem.id).await?.len() == 1, "who comes later is not asked");

    // From now on only two, until a day later. The reminder of the day before is not true any more.
    let seats = [&ada, &bob].map(|person| super::ledger_teams::id_of(&company.order.id, &person.email));
    let two = assignment(runs(), id.clone(), Asked::Seats(seats.to_vec()), (NOW, 11));
    ensure!(ledger.assign(two).await? == Assigning::Done, "an assignment does not change");
    ensure!(list(&cem.id).await?.is_empty(), "who is not asked any more is asked");
    let gone = company.revoke(&bob, &company.manager).await?;
    ensure!(gone == Revoking::Done, "a seat is not taken back: {gone:?}");
    told(ledger, "seat_ended", &[(&ada.email, 0), (&bob.email, 1)], NOW).await?;
    told(ledger, "assignment_due", &[(&ada.email, 0)], NOW.plus_seconds(8 * DAY)).await?;
    let days = [(&ada.email, 1), (&bob.email, 0), (&cem.email, 0)];
    told(ledger, "assignment_due", &days, NOW.plus_seconds(9 * DAY)).await?;

    let withdraw = WithdrawAssignment { order: runs().0, manager: runs().1, id, now: NOW };
    for expected in [Withdrawing::Done, Withdrawing::Gone] {
        let found = ledger.withdraw_assignment(withdraw.clone()).await?;
        ensure!(found == expected, "withdrawing is {found:?} and not {expected:?}");
    }
    ensure!(list(&ada.id).await?.is_empty(), "what is withdrawn asks");
    an_end_is_told_once(ledger, &mut company, (&ada.email, &bob.email)).await
}

/// Those with a seat hear once that the team's access has ended, and again only when it ends again.
async fn an_end_is_told_once<L: Ledger>(
    ledger: &L,
    company: &mut Company<'_, L>,
    (member, gone): (&String, &String),
) -> Result<(), Broken> {
    let back = Settlement { refunded: Refunded::Fully, ..bought() };
    for n_letters in [1, 0] {
        settle(ledger, &mut company.order, back.clone()).await?;
        told(ledger, "seat_ended", &[(member, n_letters), (gone, 0)], NOW).await?;
    }
    settle(ledger, &mut company.order, bought()).await?;
    told(ledger, "seat_ended", &[(member, 0)], NOW).await
}

/// Takes every letter that is due, and counts those of a kind for each address.
async fn told<L: Ledger>(
    ledger: &L,
    kind: &str,
    expected: &[(&String, usize)],
    now: Timestamp,
) -> Result<(), Broken> {
    let mut letters: Vec<TakenLetter> = Vec::new();
    loop {
        let taken = ledger.take_letters(TakeLetters { limit: 50, now }).await?.letters;
        if taken.is_empty() {
            break;
        }
        letters.extend(taken);
    }
    for (email, n_expected) in expected {
        let of_kind = letters.iter().filter(|letter| letter.email == **email && letter.notice.kind() == kind);
        let n_found = of_kind.count();
        ensure!(n_found == *n_expected, "{n_found} letters `{kind}` and not {n_expected}");
    }
    Ok(())
}
