//! Tickets, hours and questions in a random history, and what holds of them whatever happens.

use lyceum_contract::id::{MemberId, OrderId, hex};
use lyceum_contract::{Price, Scope, Slug, Term, Timestamp};

use super::ledger::{History, NOW, order, pick, sign_in};
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    AnswerQuestion, Answering, Ask, Claim, Command, Commands, GoodsPlacing, HoldState, LapseQuestions,
    ListBookings, ListQuestions, ListRefunds, NameReference, Order, PlaceGoods, PlaceOrder, PostponeRefund,
    QuestionState, ReadGoods, ReadQuestion, ReadStock, RefundReason, SettleOrder, Settling, TakeLetters,
};
use crate::money::{Dispute, Progress, Refunded, Settlement};
use crate::ports::Ledger;

const DAY_SECONDS: i64 = 86_400;

impl History {
    /// A command about a ticket, an hour or a question.
    pub(super) fn next_of_goods(&mut self) -> Command {
        let now = self.now;
        let instructors = self.random.percent(60).then(|| vec![teacher()]);
        match self.random.below(22) {
            0..=5 => self.place_goods(),
            6..=9 => Command::SettleOrder(self.settle_goods()),
            10 | 11 => Command::NameReference(NameReference {
                order: self.goods_order(),
                reference: format!("ref_{}", hex(&self.random.bytes16())),
            }),
            12 => {
                let scope = self.product();
                Command::ReadStock(ReadStock { scope, member: self.member(), now })
            }
            13 => Command::ReadGoods(ReadGoods { member: self.member() }),
            14 => Command::ListBookings(ListBookings { instructors, now }),
            15 => Command::ListQuestions(ListQuestions { instructors }),
            16 => Command::ReadQuestion(ReadQuestion { order: self.goods_order() }),
            17 | 18 => {
                let (order, by) = (self.goods_order(), self.member());
                Command::AnswerQuestion(AnswerQuestion { order, by, answer: "Yes.".to_owned(), now })
            }
            19 => Command::LapseQuestions(LapseQuestions { now, limit: 2 }),
            20 => Command::ListRefunds(ListRefunds { now, limit: 3 }),
            _ => Command::PostponeRefund(PostponeRefund { order: self.goods_order(), now }),
        }
    }

    fn product(&mut self) -> Scope {
        let name = pick(&mut self.random, &["product:hour", "product:evening"]).copied();
        name.and_then(|name| name.parse().ok()).unwrap_or(Scope::Product(teacher()))
    }

    fn goods_order(&mut self) -> OrderId {
        let unknown = OrderId::from_bytes(self.random.bytes16());
        let n_recent = 6.min(self.goods.len());
        let recent = self.goods.get(self.goods.len() - n_recent..).unwrap_or_default();
        pick(&mut self.random, recent).cloned().unwrap_or(unknown)
    }

    fn place_goods(&mut self) -> Command {
        let member = self.member();
        if !self.is_known(&member) {
            return Command::ReadGoods(ReadGoods { member });
        }
        let (scope, now) = (self.product(), self.now);
        let order = Order { scope, created_at: now, ..once(order(&member, &mut self.random)) };
        self.goods.push(order.id.clone());
        let place = self.redeem(order);
        let day = |n: u64| now.plus_seconds(DAY_SECONDS * i64::try_from(n).unwrap_or(0));
        let claim = self.random.percent(70).then(|| {
            // The same few slots and places again and again.
            let starts = day(self.random.below(40));
            Claim {
                unit: i64::try_from(self.random.below(2)).unwrap_or(0),
                places: self.random.percent(80).then(|| u32::try_from(1 + self.random.below(2)).unwrap_or(1)),
                starts,
                ends: self.random.percent(50).then(|| starts.plus_seconds(3_600)),
                instructor: self.random.percent(50).then(teacher),
            }
        });
        let ask = self.random.percent(50).then(|| Ask {
            text: "Why?".to_owned(),
            instructor: teacher(),
            within_seconds: DAY_SECONDS * i64::try_from(1 + self.random.below(5)).unwrap_or(1),
        });
        Command::PlaceGoods(PlaceGoods { place, claim, ask })
    }

    /// Mostly that it was paid, or that the money went back.
    fn settle_goods(&mut self) -> SettleOrder {
        let id = self.goods_order();
        let mut settle = self.settle_one(id);
        let paid = Settlement::paid(self.now);
        match self.random.below(10) {
            0..=4 => settle.settlement = paid,
            5 => settle.settlement = Settlement { refunded: Refunded::Fully, ..paid },
            6 => settle.settlement = Settlement { dispute: Dispute::Lost, ..paid },
            7 => settle.settlement = Settlement { progress: Progress::Pending, ..Settlement::default() },
            8 => settle.settlement = Settlement { progress: Progress::Failed, ..Settlement::default() },
            _ => {}
        }
        settle
    }
}

#[expect(clippy::expect_used, reason = "the text is right here")]
fn teacher() -> Slug {
    "rust".parse().expect("a slug")
}

/// The order with a price that is paid once.
fn once(order: Order) -> Order {
    Order { price: Price { term: Term::Once, trial: None, ..order.price.clone() }, ..order }
}

/// One product of a Ledger, which no other test has.
pub(super) struct Stall<'a, L> {
    ledger: &'a L,
    scope: Scope,
}

impl<'a, L: Ledger> Stall<'a, L> {
    #[expect(clippy::expect_used, reason = "hexadecimal digits are letters of a slug")]
    pub(super) fn new(ledger: &'a L, random: &mut Random) -> Self {
        let slug = format!("p{}", hex(&random.bytes16()));
        Self { ledger, scope: Scope::Product(slug.parse().expect("a slug")) }
    }

    pub(super) async fn place(
        &self,
        (member, random): (&MemberId, &mut Random),
        (claim, ask): (Option<Claim>, Option<Ask>),
        at: Timestamp,
    ) -> Result<(OrderId, GoodsPlacing), Broken> {
        let order = Order { scope: self.scope.clone(), created_at: at, ..once(order(member, random)) };
        let id = order.id.clone();
        let place = PlaceOrder { order, redemption: None };
        Ok((id, self.ledger.place_goods(PlaceGoods { place, claim, ask }).await?))
    }

    async fn placed(
        &self,
        (member, random): (&MemberId, &mut Random),
        goods: (Option<Claim>, Option<Ask>),
    ) -> Result<OrderId, Broken> {
        let (id, placing) = self.place((member, random), goods, NOW).await?;
        ensure!(placing == GoodsPlacing::Placed, "an order that may be placed is {placing:?}");
        let command = NameReference { order: id.clone(), reference: format!("ref_{id}") };
        self.ledger.name_reference(command).await?;
        Ok(id)
    }

    async fn settle(
        &self,
        order: &OrderId,
        revision: i64,
        (settlement, now): (Settlement, Timestamp),
    ) -> Result<usize, Broken> {
        let command = SettleOrder { id: order.clone(), revision, settlement, message: None, now };
        match self.ledger.settle_order(command).await? {
            Settling::Done(settled) => {
                let is_it = |held: &&lyceum_contract::Entitlement| held.scope == self.scope;
                Ok(settled.entitlements.iter().filter(is_it).count())
            }
            other => Err(Broken(format!("a word of the processor is {other:?}"))),
        }
    }

    async fn state(&self, member: &MemberId, order: &OrderId) -> Result<Option<HoldState>, Broken> {
        let own = self.ledger.read_goods(ReadGoods { member: member.clone() }).await?;
        Ok(own.bookings.into_iter().find(|booking| booking.order == *order).map(|booking| booking.state))
    }

    async fn is_owed(&self, order: &OrderId, now: Timestamp) -> Result<bool, Broken> {
        let owed = self.ledger.list_refunds(ListRefunds { now, limit: 100 }).await?;
        Ok(owed.iter().any(|owed| owed.order.id == *order))
    }
}

/// A slot that begins in ten days.
pub(super) fn slot() -> Claim {
    let starts = NOW.plus_seconds(10 * DAY_SECONDS);
    let ends = Some(starts.plus_seconds(2_700));
    Claim { unit: starts.0, places: Some(1), starts, ends, instructor: Some(teacher()) }
}

fn paid(at: Timestamp) -> (Settlement, Timestamp) {
    (Settlement::paid(at), at)
}

fn word(progress: Progress, at: Timestamp) -> (Settlement, Timestamp) {
    (Settlement { progress, ..Settlement::default() }, at)
}

fn back(at: Timestamp) -> (Settlement, Timestamp) {
    (Settlement { refunded: Refunded::Fully, ..Settlement::paid(at) }, at)
}

pub(super) async fn goods_keep_their_promises<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    a_slot_is_sold_once(ledger, random).await?;
    what_comes_too_late_goes_back(ledger, random).await?;
    a_hold_ends_when_nobody_pays(ledger, random).await?;
    an_answer_in_time_ends_the_deadline(ledger, random).await?;
    the_deadline_ends_the_question(ledger, random).await
}

async fn a_slot_is_sold_once<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let (grace, _) = sign_in(ledger, random).await?;
    let stall = Stall::new(ledger, random);
    let first = stall.placed((&ada, random), (Some(slot()), None)).await?;
    let (_, placing) = stall.place((&grace, random), (Some(slot()), None), NOW).await?;
    ensure!(placing == GoodsPlacing::SoldOut, "a slot that is held is {placing:?}");
    let (_, placing) = stall.place((&ada, random), (Some(slot()), None), NOW).await?;
    ensure!(
        matches!(&placing, GoodsPlacing::Yours { open: Some(open) } if open.id == first),
        "one's own unpaid slot is {placing:?}"
    );
    let n_held = stall.settle(&first, 0, paid(NOW)).await?;
    ensure!(n_held == 1, "a booking opens {n_held} pages");
    let (_, placing) = stall.place((&ada, random), (Some(slot()), None), NOW).await?;
    ensure!(placing == GoodsPlacing::Yours { open: None }, "one's own paid slot is {placing:?}");
    let stock = ReadStock { scope: stall.scope.clone(), member: grace.clone(), now: NOW };
    let taken = ledger.read_stock(stock).await?;
    ensure!(
        matches!(taken.as_slice(), [one] if one.unit == slot().unit && one.n_taken == 1 && !one.is_yours),
        "the stock says {taken:?}"
    );
    // The owner gives the money back: the slot is free, and the page is closed.
    let n_held = stall.settle(&first, 1, back(NOW)).await?;
    ensure!(n_held == 0 && !stall.is_owed(&first, NOW).await?, "after a refund {n_held} pages are open");
    let second = stall.placed((&grace, random), (Some(slot()), None)).await?;
    stall.settle(&second, 0, paid(NOW)).await?;
    // The refund fails, so the money is here again; the slot is not.
    stall.settle(&first, 2, paid(NOW)).await?;
    let states = (stall.state(&ada, &first).await?, stall.state(&grace, &second).await?);
    ensure!(states == (Some(HoldState::Lost), Some(HoldState::Sold)), "two for one slot: {states:?}");
    let late = slot().starts;
    let (_, placing) = stall.place((&grace, random), (Some(Claim { unit: 7, ..slot() }), None), late).await?;
    ensure!(placing == GoodsPlacing::Over, "a slot that has begun is {placing:?}");
    Ok(())
}

/// A bank that says yes after the slot was let go and sold to somebody else.
async fn what_comes_too_late_goes_back<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let (grace, _) = sign_in(ledger, random).await?;
    let stall = Stall::new(ledger, random);
    let first = stall.placed((&ada, random), (Some(slot()), None)).await?;
    stall.settle(&first, 0, word(Progress::Pending, NOW)).await?;
    let late = NOW.plus_seconds(2 * DAY_SECONDS);
    let (_, placing) = stall.place((&grace, random), (Some(slot()), None), late).await?;
    ensure!(placing == GoodsPlacing::SoldOut, "while a bank is at work: {placing:?}");
    stall.settle(&first, 1, word(Progress::Failed, late)).await?;
    let second = stall.placed((&grace, random), (Some(slot()), None)).await?;
    let n_held = stall.settle(&first, 2, paid(late)).await?;
    ensure!(n_held == 0 && stall.is_owed(&first, late).await?, "late money opens {n_held}, and stays");
    let n_held = stall.settle(&second, 0, paid(late)).await?;
    ensure!(n_held == 1, "who holds it has {n_held}");
    stall.settle(&first, 3, paid(late.plus_seconds(1))).await?;
    let owed = ledger.list_refunds(ListRefunds { now: late, limit: 100 }).await?;
    let reasons: Vec<RefundReason> =
        owed.iter().filter(|owed| owed.order.id == first).map(|owed| owed.reason).collect();
    ensure!(reasons == [RefundReason::PlaceGone], "owed are {reasons:?}");
    stall.settle(&first, 4, back(late)).await?;
    let much_later = late.plus_seconds(400 * DAY_SECONDS);
    ensure!(!stall.is_owed(&first, much_later).await?, "what went back is owed");
    // Heard of after it began: nobody was expected.
    let third = stall.placed((&ada, random), (Some(Claim { unit: 7, ..slot() }), None)).await?;
    stall.settle(&third, 0, (Settlement::paid(NOW), slot().starts)).await?;
    ensure!(stall.state(&ada, &third).await? == Some(HoldState::Lost), "heard of too late, it is sold");
    Ok(())
}

async fn a_hold_ends_when_nobody_pays<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let (grace, _) = sign_in(ledger, random).await?;
    let stall = Stall::new(ledger, random);
    let (_, placing) = stall.place((&ada, random), (Some(slot()), None), NOW).await?;
    ensure!(placing == GoodsPlacing::Placed, "a free slot is {placing:?}");
    // Without a payment page for a quarter of an hour.
    let (_, placing) = stall.place((&grace, random), (Some(slot()), None), NOW.plus_seconds(899)).await?;
    ensure!(placing == GoodsPlacing::SoldOut, "before it lapses: {placing:?}");
    let late = NOW.plus_seconds(900);
    let (second, placing) = stall.place((&grace, random), (Some(slot()), None), late).await?;
    ensure!(placing == GoodsPlacing::Placed, "after it lapsed: {placing:?}");
    ledger
        .name_reference(NameReference { order: second.clone(), reference: format!("ref_{second}") })
        .await?;
    let later = NOW.plus_seconds(3 * DAY_SECONDS);
    let (_, placing) = stall.place((&ada, random), (Some(slot()), None), later).await?;
    ensure!(placing == GoodsPlacing::SoldOut, "with a page that nobody asked about: {placing:?}");
    stall.settle(&second, 0, word(Progress::Failed, later)).await?;
    let (_, placing) = stall.place((&ada, random), (Some(slot()), None), later).await?;
    ensure!(placing == GoodsPlacing::Placed, "after the page ended: {placing:?}");
    Ok(())
}

fn ask() -> Ask {
    Ask { text: "Why?".to_owned(), instructor: teacher(), within_seconds: 3 * DAY_SECONDS }
}

async fn an_answer_in_time_ends_the_deadline<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let (grace, _) = sign_in(ledger, random).await?;
    let stall = Stall::new(ledger, random);
    let id = stall.placed((&ada, random), (None, Some(ask()))).await?;
    let answer = |now| AnswerQuestion { order: id.clone(), by: grace.clone(), answer: "So.".to_owned(), now };
    let answering = ledger.answer_question(answer(NOW)).await?;
    ensure!(answering == Answering::Gone, "an answer to what is not paid is {answering:?}");
    stall.settle(&id, 0, paid(NOW)).await?;
    let end = NOW.plus_seconds(3 * DAY_SECONDS);
    let answering = ledger.answer_question(answer(end.plus_seconds(-1))).await?;
    ensure!(answering == Answering::Done, "an answer in the last second is {answering:?}");
    ledger.lapse_questions(LapseQuestions { now: end, limit: 100 }).await?;
    ensure!(!stall.is_owed(&id, end).await?, "an answered question is paid back");
    let answering = ledger.answer_question(answer(end)).await?;
    ensure!(answering == Answering::Answered, "a second answer is {answering:?}");
    let question = ledger.read_question(ReadQuestion { order: id.clone() }).await?;
    ensure!(
        question.as_ref().is_some_and(|question| question.answer.as_deref() == Some("So.")
            && question.state == QuestionState::Answered
            && question.deadline == Some(end)),
        "it reads {question:?}"
    );
    Ok(())
}

async fn the_deadline_ends_the_question<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let stall = Stall::new(ledger, random);
    let id = stall.placed((&ada, random), (None, Some(ask()))).await?;
    let other = stall.placed((&ada, random), (None, Some(ask()))).await?;
    stall.settle(&id, 0, paid(NOW)).await?;
    stall.settle(&other, 0, paid(NOW)).await?;
    stall.settle(&other, 1, back(NOW)).await?;
    let end = NOW.plus_seconds(3 * DAY_SECONDS);
    ledger.lapse_questions(LapseQuestions { now: end.plus_seconds(-1), limit: 100 }).await?;
    ensure!(!stall.is_owed(&id, end).await?, "a second before the deadline it is paid back");
    let command = AnswerQuestion { order: id.clone(), by: ada.clone(), answer: "So.".to_owned(), now: end };
    let answering = ledger.answer_question(command).await?;
    ensure!(answering == Answering::TooLate, "an answer at the deadline is {answering:?}");
    for _ in 0..2 {
        ledger.lapse_questions(LapseQuestions { now: end, limit: 100 }).await?;
    }
    ensure!(stall.is_owed(&id, end).await?, "an unanswered question is not paid back");
    ensure!(!stall.is_owed(&other, end).await?, "what was paid back before is paid back again");
    let mut n_letters = 0;
    loop {
        let taken = ledger.take_letters(TakeLetters { limit: 50, now: end }).await?;
        let is_it = |letter: &&crate::ledger::TakenLetter| letter.id == format!("question-lapsed:{id}");
        n_letters += taken.letters.iter().filter(is_it).count();
        if taken.letters.is_empty() {
            break;
        }
    }
    ensure!(n_letters == 1, "{n_letters} letters say that nobody answered");
    ledger.postpone_refund(PostponeRefund { order: id.clone(), now: end }).await?;
    ensure!(!stall.is_owed(&id, end.plus_seconds(599)).await?, "it is asked for again within ten minutes");
    ensure!(stall.is_owed(&id, end.plus_seconds(600)).await?, "it is not asked for again");
    stall.settle(&id, 1, back(end)).await?;
    ensure!(!stall.is_owed(&id, end.plus_seconds(99 * DAY_SECONDS)).await?, "what went back is owed");
    Ok(())
}
