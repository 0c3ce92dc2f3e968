//! Codes in a random history, and what holds of their limits whatever happens.

use lyceum_contract::id::{MemberId, OrderId, hex};
use lyceum_contract::{OfferCode, Timestamp};

use super::ledger::{History, NOW, bought, order, pick, sign_in};
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    CodeTried, Commands, NameReference, Order, PlaceOrder, Placing, ReadAudit, Redemption, SettleOrder,
    Settling, TryCode,
};
use crate::money::{Progress, Refunded, Settlement};
use crate::ports::Ledger;

impl History {
    /// Sometimes with a code, of few codes with low limits; sometimes for nothing.
    pub(super) fn redeem(&mut self, order: Order) -> PlaceOrder {
        if self.random.percent(40) {
            return PlaceOrder { order, redemption: None };
        }
        let full = order.full_total().minor;
        let discount_minor = if self.random.percent(30) { full } else { full / 3 };
        PlaceOrder { order: Order { discount_minor, ..order }, redemption: Some(self.redemption()) }
    }

    fn redemption(&mut self) -> Redemption {
        let code = pick(&mut self.random, &["ONE", "TWO", "THREE"]).copied().unwrap_or("ONE");
        let number = |random: &mut Random, below| u32::try_from(1 + random.below(below)).unwrap_or(1);
        Redemption {
            code: known(code),
            limit: self.random.percent(80).then(|| number(&mut self.random, 4)),
            per_member: number(&mut self.random, 3),
        }
    }

    pub(super) fn try_code(&mut self) -> TryCode {
        let redemption = self.random.percent(60).then(|| self.redemption());
        TryCode { member: self.member(), redemption, now: self.now }
    }
}

#[expect(clippy::expect_used, reason = "the texts are right here")]
fn known(code: &str) -> OfferCode {
    code.parse().expect("the codes above are codes")
}

/// A code that no other test of this Ledger has.
#[expect(clippy::expect_used, reason = "hexadecimal digits are letters of a code")]
fn fresh(random: &mut Random, limit: Option<u32>, per_member: u32) -> Redemption {
    let code = OfferCode::typed(&hex(&random.bytes16())).expect("32 letters");
    Redemption { code, limit, per_member }
}

pub(super) async fn offers_keep_their_limits<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    a_limit_counts_what_can_be_paid(ledger, random).await?;
    what_was_bought_stays_used(ledger, random).await?;
    a_page_that_nobody_paid_on_gives_its_use_back(ledger, random).await?;
    what_costs_nothing_is_bought_at_once(ledger, random).await?;
    guessing_ends_after_twenty_tries(ledger, random).await
}

struct Shop<'a, L> {
    ledger: &'a L,
    redemption: Redemption,
}

impl<L: Ledger> Shop<'_, L> {
    async fn place(
        &self,
        member: &MemberId,
        random: &mut Random,
        at: Timestamp,
    ) -> Result<(OrderId, Placing), Broken> {
        let mut order = Order { created_at: at, discount_minor: 100, ..order(member, random) };
        // As the order page has it: free days are for the full price.
        order.price.trial = None;
        let id = order.id.clone();
        let command = PlaceOrder { order, redemption: Some(self.redemption.clone()) };
        Ok((id, self.ledger.place_order(command).await?))
    }

    async fn placed(&self, member: &MemberId, random: &mut Random) -> Result<OrderId, Broken> {
        let (id, placing) = self.place(member, random, NOW).await?;
        ensure!(placing == Placing::Placed, "an order that may have the code is {placing:?}");
        Ok(id)
    }

    async fn name(&self, order: &OrderId) -> Result<(), Broken> {
        let command = NameReference { order: order.clone(), reference: format!("ref_{order}") };
        Ok(self.ledger.name_reference(command).await?)
    }

    async fn settle(
        &self,
        order: &OrderId,
        revision: i64,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<(), Broken> {
        let command = SettleOrder { id: order.clone(), revision, settlement, message: None, now };
        let settling = self.ledger.settle_order(command).await?;
        ensure!(matches!(settling, Settling::Done(_)), "a word of the processor is {settling:?}");
        Ok(())
    }
}

async fn a_limit_counts_what_can_be_paid<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let (grace, _) = sign_in(ledger, random).await?;
    let shop = Shop { ledger, redemption: fresh(random, Some(1), 5) };
    shop.placed(&ada, random).await?;
    let (refused, placing) = shop.place(&grace, random, NOW).await?;
    ensure!(placing == Placing::OfferUsedUp { open: None }, "a second order of one is {placing:?}");
    let command = SettleOrder { id: refused, revision: 0, settlement: bought(), message: None, now: NOW };
    let settling = ledger.settle_order(command).await?;
    ensure!(settling == Settling::Gone, "an order that was refused is there: {settling:?}");
    // A page was never made for the first one: after a quarter of an hour it counts no more.
    let (_, placing) = shop.place(&grace, random, NOW.plus_seconds(899)).await?;
    ensure!(matches!(placing, Placing::OfferUsedUp { .. }), "before it lapses: {placing:?}");
    let (_, placing) = shop.place(&grace, random, NOW.plus_seconds(900)).await?;
    ensure!(placing == Placing::Placed, "after it lapsed: {placing:?}");
    Ok(())
}

async fn what_was_bought_stays_used<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let shop = Shop { ledger, redemption: fresh(random, None, 1) };
    let order = shop.placed(&ada, random).await?;
    shop.name(&order).await?;
    let late = NOW.plus_seconds(400 * 86_400);
    shop.settle(&order, 0, bought(), late).await?;
    shop.settle(&order, 1, Settlement { refunded: Refunded::Fully, ..bought() }, late).await?;
    let (_, placing) = shop.place(&ada, random, late).await?;
    ensure!(placing == Placing::OfferUsedByYou { open: None }, "after a refund: {placing:?}");
    let tried = TryCode { member: ada, redemption: Some(shop.redemption.clone()), now: late };
    let tried = ledger.try_code(tried).await?;
    ensure!(tried == CodeTried::UsedByYou, "the order page says {tried:?}");
    Ok(())
}

async fn a_page_that_nobody_paid_on_gives_its_use_back<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let shop = Shop { ledger, redemption: fresh(random, Some(1), 1) };
    let order = shop.placed(&ada, random).await?;
    shop.name(&order).await?;
    // With a page it can be paid until the processor says otherwise, however long that takes.
    let late = NOW.plus_seconds(3 * 86_400);
    let (_, placing) = shop.place(&ada, random, late).await?;
    ensure!(
        matches!(&placing, Placing::OfferUsedByYou { open: Some(open) } if open.id == order),
        "while a page is open: {placing:?}"
    );
    let tried = TryCode { member: ada.clone(), redemption: Some(shop.redemption.clone()), now: late };
    let tried = ledger.try_code(tried).await?;
    ensure!(tried == CodeTried::Open, "who went back from the page is told {tried:?}");
    shop.settle(&order, 0, Settlement::default(), NOW.plus_seconds(86_400)).await?;
    let (_, placing) = shop.place(&ada, random, late).await?;
    ensure!(placing != Placing::Placed, "a page of 24 hours counts no more");
    shop.settle(&order, 1, Settlement { progress: Progress::Failed, ..Settlement::default() }, late).await?;
    let second = shop.place(&ada, random, late).await?;
    ensure!(second.1 == Placing::Placed, "after it failed: {:?}", second.1);
    shop.name(&second.0).await?;
    shop.settle(&second.0, 0, Settlement::default(), late.plus_seconds(25 * 3_600)).await?;
    let (_, placing) = shop.place(&ada, random, late.plus_seconds(25 * 3_600)).await?;
    ensure!(placing == Placing::Placed, "open after 25 hours: {placing:?}");
    Ok(())
}

async fn what_costs_nothing_is_bought_at_once<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (ada, token_hash) = sign_in(ledger, random).await?;
    let redemption = fresh(random, Some(1), 1);
    let priced = order(&ada, random);
    let price =
        lyceum_contract::Price { term: lyceum_contract::Term::Once, trial: None, ..priced.price.clone() };
    let discount_minor = price.amount.minor;
    let order = Order { price, discount_minor, ..priced };
    let command = PlaceOrder { order: order.clone(), redemption: Some(redemption.clone()) };
    let placing = ledger.place_order(command).await?;
    ensure!(placing == Placing::Placed, "an order for nothing is {placing:?}");
    let read = crate::ledger::ReadSession { token_hash, now: NOW };
    let held = ledger.read_session(read).await?.map(|state| state.entitlements).unwrap_or_default();
    ensure!(
        held.iter().any(|held| held.scope == order.scope && held.until == Timestamp::FOREVER),
        "an order for nothing gives {held:?}"
    );
    let subject = Some(format!("order:{}", order.id));
    let log = ledger.read_audit(ReadAudit { subject, before_seq: None, limit: 5 }).await?;
    ensure!(
        log.len() == 1 && log.iter().all(|row| row.detail.contains(redemption.code.as_str())),
        "the log says {log:?}"
    );
    Ok(())
}

async fn guessing_ends_after_twenty_tries<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (ada, _) = sign_in(ledger, random).await?;
    let redemption = fresh(random, None, 1);
    let guess = |redemption, now| TryCode { member: ada.clone(), redemption, now };
    for n_before in 0..20 {
        let tried = ledger.try_code(guess(None, NOW)).await?;
        ensure!(tried == CodeTried::Wrong, "wrong code {} is {tried:?}", n_before + 1);
    }
    for code in [None, Some(redemption.clone())] {
        let tried = ledger.try_code(guess(code.clone(), NOW)).await?;
        ensure!(tried == CodeTried::TooMany, "{code:?} after twenty wrong ones is {tried:?}");
    }
    let tomorrow = NOW.plus_seconds(86_400);
    let tried = ledger.try_code(guess(Some(redemption), tomorrow)).await?;
    ensure!(tried == CodeTried::Open, "a day later the code is {tried:?}");
    Ok(())
}
