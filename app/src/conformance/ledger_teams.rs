//! What teams and gifts do in a random history, and what holds whatever they do.

use std::collections::BTreeMap;

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId, SeatId};

use super::ledger::{History, NOW, bought, order, pick, sign_in};
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    AcceptGift, AcceptSeat, Command, Commands, GiftAccepted, GiftState, GiftTo, Gifted, InviteToSeat,
    Inviting, Joining, ListGifts, ListTeams, Member, Order, PlaceOrder, Purpose, ReadAccount, ReadGift,
    ReadInvitation, ReadTeam, Reply, RevokeSeat, Revoking, Seat, SeatState, SettleOrder, Settling,
    TakeLetters, seat_id,
};
use crate::money::{Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use crate::ports::Ledger;

/// What a history knows of teams and gifts.
#[derive(Default)]
pub(super) struct Shared {
    teams: Vec<(OrderId, MemberId)>,
    gifts: Vec<(OrderId, MemberId)>,
    seats: Vec<(OrderId, String)>,
    /// The seat that was asked for last.
    asked: Option<(OrderId, String)>,
    addresses: BTreeMap<String, MemberId>,
}

impl Shared {
    pub(super) fn met(&mut self, member: &Member) {
        self.addresses.insert(member.email.clone(), member.id.clone());
    }

    /// Invitations that were sent are worth accepting.
    pub(super) fn learn(&mut self, reply: &Reply) {
        if let Reply::InviteToSeat(Inviting::Sent) = reply {
            self.seats.extend(self.asked.take());
        }
    }

    /// Makes a team or a gift of some orders.
    pub(super) fn draw(&mut self, mut order: Order, random: &mut Random) -> Order {
        let key = (order.id.clone(), order.member.clone());
        match random.below(5) {
            0 => {
                (order.purpose, order.price.per_seat) = (Purpose::Team, true);
                order.quantity = 1 + u32::try_from(random.below(4)).unwrap_or(0);
                self.teams.push(key);
            }
            1 => {
                order.purpose = Purpose::Gift;
                self.gifts.push(key);
            }
            _ => {}
        }
        order
    }
}

/// One of the last few.
fn recent<T: Clone>(random: &mut Random, from: &[T], n: usize) -> Option<T> {
    pick(random, from.get(from.len().saturating_sub(n)..).unwrap_or_default()).cloned()
}

impl History {
    /// A command about a team or a gift.
    pub(super) fn next_of_teams(&mut self) -> Command {
        let now = self.now;
        let ((team, manager), (gift, buyer)) = (self.team(), self.gift());
        match self.random.below(24) {
            0..=3 => Command::InviteToSeat(self.invite(team, manager)),
            4 | 5 => Command::AcceptSeat(self.accept()),
            6 => {
                let seat = self.seat(&team);
                Command::RevokeSeat(RevokeSeat { order: team, manager, seat, now })
            }
            7 => Command::ReadTeam(ReadTeam { order: team, manager }),
            8 => Command::ListTeams(ListTeams { member: manager }),
            9 => {
                let AcceptSeat { id, member, now } = self.accept();
                let member = Some(member).filter(|_| self.random.percent(70));
                Command::ReadInvitation(ReadInvitation { id, member, now })
            }
            10 => Command::GiftTo(self.gift_to(gift, buyer)),
            11 => Command::AcceptGift(AcceptGift { order: gift, member: self.member(), now }),
            12 => {
                let member = self.random.percent(70).then(|| self.member());
                Command::ReadGift(ReadGift { order: gift, member })
            }
            13 => Command::ListGifts(ListGifts { member: buyer }),
            14 => Command::ReadAccount(ReadAccount { member: self.member(), now }),
            15..=20 => self.next_of_managers(team, manager),
            _ => Command::SettleOrder(self.settle_shared(team, gift)),
        }
    }

    /// Mostly a settlement that keeps the team or the gift alive.
    fn settle_shared(&mut self, team: OrderId, gift: OrderId) -> SettleOrder {
        let id = if self.random.percent(60) { team } else { gift };
        let mut settle = self.settle_one(id);
        if self.random.percent(85) {
            let subscription = Subscription {
                status: SubscriptionStatus::Active,
                period_start: self.now,
                period_end: self.now.plus_seconds(400 * 86_400),
                ends_at: None,
                owed_since: None,
            };
            let Settlement { n_seats, names, .. } = settle.settlement;
            let progress = Progress::Subscribed(subscription);
            settle.settlement = Settlement { progress, n_seats, names, ..Settlement::default() };
        }
        settle
    }

    /// Mostly with whoever runs it.
    fn team(&mut self) -> (OrderId, MemberId) {
        let known = recent(&mut self.random, &self.shared.teams, 2);
        self.or_unknown(known)
    }

    fn gift(&mut self) -> (OrderId, MemberId) {
        let known = recent(&mut self.random, &self.shared.gifts, 2);
        self.or_unknown(known)
    }

    fn or_unknown(&mut self, known: Option<(OrderId, MemberId)>) -> (OrderId, MemberId) {
        let (order, owner) =
            known.unwrap_or_else(|| (OrderId::from_bytes(self.random.bytes16()), self.member()));
        let owner = if self.random.percent(90) { owner } else { self.member() };
        (order, owner)
    }

    fn invite(&mut self, order: OrderId, manager: MemberId) -> InviteToSeat {
        let email = format!("m{}@example.org", self.random.below(6));
        self.shared.asked = Some((order.clone(), email.clone()));
        InviteToSeat { id: id_of(&order, &email), order, manager, email, language: None, now: self.now }
    }

    pub(super) fn seat(&mut self, team: &OrderId) -> SeatId {
        let of_team: Vec<_> = self.shared.seats.iter().filter(|(order, _)| order == team).cloned().collect();
        pick(&mut self.random, &of_team)
            .map_or_else(|| SeatId::from_bytes([0; 16]), |(order, email)| id_of(order, email))
    }

    /// Mostly by the member with the address.
    fn accept(&mut self) -> AcceptSeat {
        let (order, email) = recent(&mut self.random, &self.shared.seats, 4)
            .unwrap_or_else(|| (OrderId::from_bytes([0; 16]), String::new()));
        let invited = self.shared.addresses.get(&email).cloned();
        let member = invited.filter(|_| self.random.percent(85)).unwrap_or_else(|| self.member());
        AcceptSeat { id: id_of(&order, &email), member, now: self.now }
    }

    fn gift_to(&mut self, order: OrderId, buyer: MemberId) -> GiftTo {
        let email = self.random.percent(60).then(|| format!("m{}@example.org", self.random.below(6)));
        let message = self.random.percent(50).then(|| "Enjoy!".to_owned());
        let language = self.random.percent(50).then(|| super::outbox::language(&mut self.random));
        GiftTo { order, buyer, email, message, language, now: self.now }
    }
}

#[expect(clippy::expect_used, reason = "a hash is an id")]
pub(super) fn id_of(order: &OrderId, email: &str) -> SeatId {
    seat_id(order, email).expect("an id")
}

/// Somebody with an account.
pub(super) struct Person {
    pub(super) id: MemberId,
    pub(super) email: String,
}

pub(super) async fn person<L: Ledger>(ledger: &L, random: &mut Random) -> Result<Person, Broken> {
    let (id, _) = sign_in(ledger, random).await?;
    let account = ledger.read_account(ReadAccount { member: id.clone(), now: NOW }).await?;
    let email = account.ok_or_else(|| Broken("a new member has no account".to_owned()))?.member.email;
    Ok(Person { id, email })
}

/// An order that was placed and is not paid.
async fn placed<L: Ledger>(
    ledger: &L,
    random: &mut Random,
    buyer: &Person,
    (purpose, quantity): (Purpose, u32),
) -> Result<Order, Broken> {
    let mut order = Order { quantity, purpose, ..order(&buyer.id, random) };
    order.price.per_seat = purpose == Purpose::Team;
    ledger.place_order(PlaceOrder { order: order.clone(), redemption: None }).await?;
    Ok(order)
}

pub(super) async fn settle<L: Ledger>(
    ledger: &L,
    order: &mut Order,
    settlement: Settlement,
) -> Result<(), Broken> {
    let (id, revision) = (order.id.clone(), order.revision);
    let command = SettleOrder { id, revision, settlement, message: None, now: NOW };
    match ledger.settle_order(command).await? {
        Settling::Done(settled) => *order = settled.order,
        other => return Err(Broken(format!("a settlement is {other:?}"))),
    }
    Ok(())
}

async fn has<L: Ledger>(ledger: &L, person: &Person, now: Timestamp) -> Result<bool, Broken> {
    let account = ledger.read_account(ReadAccount { member: person.id.clone(), now }).await?;
    Ok(account.is_some_and(|account| !account.entitlements.is_empty()))
}

/// A team, and the manager's wishes.
pub(super) struct Company<'a, L> {
    ledger: &'a L,
    pub(super) manager: Person,
    pub(super) order: Order,
}

impl<'a, L: Ledger> Company<'a, L> {
    /// A team that has paid for so many.
    pub(super) async fn of(ledger: &'a L, random: &mut Random, n_seats: u32) -> Result<Self, Broken> {
        let manager = person(ledger, random).await?;
        let order = placed(ledger, random, &manager, (Purpose::Team, n_seats)).await?;
        let mut company = Self { ledger, manager, order };
        settle(ledger, &mut company.order, bought()).await?;
        Ok(company)
    }

    /// From now on it pays for so many.
    pub(super) async fn pay_for(&mut self, n_seats: usize) -> Result<(), Broken> {
        let n_seats = u32::try_from(n_seats).ok();
        settle(self.ledger, &mut self.order, Settlement { n_seats, ..bought() }).await
    }

    pub(super) async fn invite(&self, email: &str) -> Result<Inviting, Broken> {
        Ok(self.ledger.invite_to_seat(self.invitation(email)).await?)
    }

    pub(super) fn invitation(&self, email: &str) -> InviteToSeat {
        InviteToSeat {
            order: self.order.id.clone(),
            manager: self.manager.id.clone(),
            id: id_of(&self.order.id, email),
            email: email.to_owned(),
            language: None,
            now: NOW,
        }
    }

    pub(super) async fn accept(&self, invited: &Person, by: &Person) -> Result<Joining, Broken> {
        let id = id_of(&self.order.id, &invited.email);
        Ok(self.ledger.accept_seat(AcceptSeat { id, member: by.id.clone(), now: NOW }).await?)
    }

    pub(super) async fn revoke(&self, person: &Person, by: &Person) -> Result<Revoking, Broken> {
        let (order, manager) = (self.order.id.clone(), by.id.clone());
        let seat = id_of(&order, &person.email);
        Ok(self.ledger.revoke_seat(RevokeSeat { order, manager, seat, now: NOW }).await?)
    }

    async fn check(&self, people: &[&Person], expected: &[bool]) -> Result<(), Broken> {
        let mut found = Vec::new();
        for person in people {
            found.push(has(self.ledger, person, NOW).await?);
        }
        ensure!(found == expected, "the team reads {found:?}, and was to read {expected:?}");
        Ok(())
    }

    pub(super) async fn seats(&self) -> Result<Vec<Seat>, Broken> {
        let command = ReadTeam { order: self.order.id.clone(), manager: self.manager.id.clone() };
        let team = self.ledger.read_team(command).await?;
        Ok(team.ok_or_else(|| Broken("no team".to_owned()))?.seats)
    }
}

/// The limit of seats is exact, who came first stays, and what is taken back ends.
pub(super) async fn a_team_has_as_many_members_as_seats<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let manager = person(ledger, random).await?;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(person(ledger, random).await?);
    }
    let [ada, bob, cem, dee] = people.as_slice() else { return Err(Broken("four people".to_owned())) };
    let order = placed(ledger, random, &manager, (Purpose::Team, 3)).await?;
    let mut company = Company { ledger, manager, order };
    let early = company.invite(&ada.email).await?;
    ensure!(early == Inviting::NotPaid, "an unpaid team invites: {early:?}");
    settle(ledger, &mut company.order, bought()).await?;
    seats_are_offered(&company, [ada, bob, cem, dee]).await?;
    seats_are_taken(&company, [ada, bob, cem, dee]).await?;
    let all = [ada, bob, cem, dee, &company.manager];
    company.check(&all, &[true, true, true, false, false]).await?;

    // Seats are given back, and bought again.
    settle(ledger, &mut company.order, Settlement { n_seats: Some(2), ..bought() }).await?;
    company.check(&[ada, bob, cem], &[true, true, false]).await?;
    ensure!(
        company.seats().await?.iter().map(|seat| seat.is_beyond).eq([false, false, true]),
        "the wrong seats are beyond what is paid"
    );
    let full = company.invite(&dee.email).await?;
    ensure!(full == Inviting::Full { n_seats: 2 }, "a team with too many members invites: {full:?}");
    let taken = company.revoke(ada, &company.manager).await?;
    ensure!(taken == Revoking::Done, "a seat is not taken back: {taken:?}");
    company.check(&[ada, bob, cem], &[false, true, true]).await?;
    settle(ledger, &mut company.order, Settlement { n_seats: Some(3), ..bought() }).await?;
    company.check(&[ada, bob, cem], &[false, true, true]).await?;
    let back = Settlement { refunded: Refunded::Fully, ..bought() };
    settle(ledger, &mut company.order, back).await?;
    company.check(&[ada, bob, cem], &[false, false, false]).await
}

/// No more than are paid, once for each address, and by the manager alone.
async fn seats_are_offered<L: Ledger>(company: &Company<'_, L>, people: [&Person; 4]) -> Result<(), Broken> {
    let [ada, bob, cem, dee] = people;
    let foreign = InviteToSeat { manager: ada.id.clone(), ..company.invitation(&ada.email) };
    let foreign = company.ledger.invite_to_seat(foreign).await?;
    ensure!(foreign == Inviting::NotYours, "somebody else invites: {foreign:?}");
    for (person, expected) in [
        (ada, Inviting::Sent),
        (bob, Inviting::Sent),
        (ada, Inviting::SentToday),
        (cem, Inviting::Sent),
        (dee, Inviting::Full { n_seats: 3 }),
        (bob, Inviting::SentToday),
    ] {
        let found = company.invite(&person.email).await?;
        ensure!(found == expected, "expected {expected:?}, got {found:?}");
    }
    let mut n_letters = BTreeMap::<String, u32>::new();
    for letter in letters(company.ledger).await? {
        *n_letters.entry(letter).or_default() += 1;
    }
    for (person, expected) in [(ada, 1), (bob, 1), (cem, 1), (dee, 0)] {
        let found = n_letters.get(&person.email).copied().unwrap_or(0);
        ensure!(found == expected, "{found} letters for one invitation");
    }
    Ok(())
}

/// By the member with the address, once.
async fn seats_are_taken<L: Ledger>(company: &Company<'_, L>, people: [&Person; 4]) -> Result<(), Broken> {
    let [ada, bob, cem, dee] = people;
    let stolen = company.accept(ada, dee).await?;
    ensure!(stolen == Joining::Refused(SeatState::OtherAddress), "a seat was stolen: {stolen:?}");
    for person in [ada, bob, ada, cem] {
        let joined = company.accept(person, person).await?;
        ensure!(matches!(&joined, Joining::Joined(held) if held.len() == 1), "a seat gives {joined:?}");
    }
    let again = company.accept(ada, bob).await?;
    ensure!(again == Joining::Refused(SeatState::OtherAddress), "a seat was taken twice: {again:?}");
    let uninvited = company.accept(dee, dee).await?;
    ensure!(uninvited == Joining::Gone, "a seat that nobody offered: {uninvited:?}");
    let n_taken = company.seats().await?.iter().filter(|seat| seat.accepted_at.is_some()).count();
    ensure!(n_taken == 3, "three accepted, and {n_taken} have a seat");
    let foreign = company.revoke(ada, dee).await?;
    ensure!(foreign == Revoking::NotYours, "a stranger takes a seat back: {foreign:?}");
    Ok(())
}

/// Addresses of the letters that wait.
async fn letters<L: Ledger>(ledger: &L) -> Result<Vec<String>, Broken> {
    let mut found = Vec::new();
    loop {
        let taken = ledger.take_letters(TakeLetters { limit: 50, now: NOW }).await?;
        if taken.letters.is_empty() {
            return Ok(found);
        }
        found.extend(
            taken.letters.into_iter().filter(|letter| letter.member.is_none()).map(|letter| letter.email),
        );
    }
}

/// A gift opens for one, when it is paid, until the money goes back.
pub(super) async fn a_gift_is_taken_once<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (giver, ada, bob) =
        (person(ledger, random).await?, person(ledger, random).await?, person(ledger, random).await?);
    let mut gift = placed(ledger, random, &giver, (Purpose::Gift, 1)).await?;
    let to = GiftTo {
        order: gift.id.clone(),
        buyer: giver.id.clone(),
        email: Some(ada.email.clone()),
        message: Some("Enjoy!".to_owned()),
        language: None,
        now: NOW,
    };
    let foreign = ledger.gift_to(GiftTo { buyer: bob.id.clone(), ..to.clone() }).await?;
    ensure!(foreign == Gifted::NotYours, "a stranger gives: {foreign:?}");
    for _ in 0..2 {
        let done = ledger.gift_to(to.clone()).await?;
        ensure!(done == Gifted::Done, "a gift gets no address: {done:?}");
    }
    let accept = |person: &Person| AcceptGift { order: gift.id.clone(), member: person.id.clone(), now: NOW };
    let (by_ada, by_bob) = (accept(&ada), accept(&bob));
    ensure!(!letters(ledger).await?.contains(&ada.email), "a letter about a gift that nobody paid");
    let early = ledger.accept_gift(by_ada.clone()).await?;
    ensure!(early == GiftAccepted::Refused(GiftState::NotPaid), "an unpaid gift is taken: {early:?}");
    for _ in 0..2 {
        settle(ledger, &mut gift, bought()).await?;
    }
    let n_letters = letters(ledger).await?.iter().filter(|email| **email == ada.email).count();
    ensure!(n_letters == 1, "{n_letters} letters tell of a gift");
    let late = ledger.gift_to(GiftTo { email: Some(bob.email.clone()), ..to }).await?;
    ensure!(late == Gifted::TooLate, "a gift changes its address: {late:?}");
    for _ in 0..2 {
        let taken = ledger.accept_gift(by_ada.clone()).await?;
        ensure!(matches!(&taken, GiftAccepted::Accepted(held) if held.len() == 1), "a gift gives {taken:?}");
    }
    let second = ledger.accept_gift(by_bob).await?;
    ensure!(second == GiftAccepted::Refused(GiftState::Taken), "two have one gift: {second:?}");
    ensure!(has(ledger, &ada, NOW).await? && !has(ledger, &giver, NOW).await?, "a gift opens for the wrong");
    settle(ledger, &mut gift, Settlement { refunded: Refunded::Fully, ..bought() }).await?;
    ensure!(!has(ledger, &ada, NOW).await?, "a gift that was paid back opens");
    let gone = ledger.accept_gift(by_ada).await?;
    ensure!(gone == GiftAccepted::Refused(GiftState::Ended), "a gift that was paid back is taken: {gone:?}");
    Ok(())
}
