//! Ordering a ticket, an hour or an answer.
//!
//! The browser sends the price id, which slot, and the question. What there is of it and until when comes from the
//! manifest, whether it is free from the Ledger, in the transaction that places the order.

use axum::body::Body;
use http::Response;
use lyceum_contract::event::{Record, What};
use lyceum_contract::goods::Goods;
use lyceum_contract::id::OrderId;
use lyceum_contract::manifest::Product;
use lyceum_contract::{Price, Timestamp, paths};

use super::{MAX_TEXT_CHARS, cleaned, is_sold_at};
use crate::checkout::{Wanted, WayBack, order_response};
use crate::error::AppError;
use crate::ledger::{
    Ask, Claim, Commands, GoodsPlacing, Order, PlaceGoods, PlaceOrder, Placing, Purpose, ReadStock,
    Redemption, TakenPlaces,
};
use crate::money::Settlement;
use crate::offers::{Refusal, Typed};
use crate::order_page::unknown_fragment;
use crate::page::{Frame, redirect};
use crate::ports::{Payments, Platform};
use crate::request::Context;
use crate::session::{Session, Visitor};

/// How often an order is tried again after a payment page of the same buyer was closed: one may hold the slot, another
/// one the code.
const MAX_TRIES: usize = 3;

/// What is being ordered.
#[derive(Clone, Copy)]
pub(crate) struct Selling<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) product: &'a Product,
    pub(crate) price: &'a Price,
    pub(crate) goods: &'a Goods,
    pub(crate) wanted: &'a Wanted,
    pub(crate) way_back: &'a WayBack,
}

/// What there is to order now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stock {
    /// Nothing; the text says why.
    Closed(&'static str),
    /// A place at an event, and how many are left if that is limited.
    Place { left: Option<u32> },
    /// These slots, and the one that was chosen if it is among them.
    Slots { free: Vec<Timestamp>, chosen: Option<Timestamp> },
    /// An answer.
    Answer,
}

/// What is taken from the stock, or the text that says what is wrong with the form.
type Taking = Result<(Option<Claim>, Option<Ask>), &'static str>;

impl Selling<'_> {
    fn stock(&self, taken: &[TakenPlaces], now: Timestamp) -> Stock {
        let of = |unit: i64| taken.iter().find(|taken| taken.unit == unit);
        match self.goods {
            Goods::Ticket(ticket) => {
                let n_taken = of(0).map_or(0, |taken| taken.n_taken);
                let left = ticket.places.map(|places| places.saturating_sub(n_taken));
                if now >= ticket.starts {
                    Stock::Closed("app_goods_over")
                } else if of(0).is_some_and(|taken| taken.is_yours) {
                    Stock::Closed("app_goods_yours")
                } else if left == Some(0) {
                    Stock::Closed("app_goods_sold_out")
                } else {
                    Stock::Place { left }
                }
            }
            Goods::Coaching(coaching) => {
                let is_free = |slot: &&Timestamp| now < **slot && of(slot.0).is_none();
                let free: Vec<Timestamp> = coaching.slots.iter().filter(is_free).copied().collect();
                let chosen = self.slot().filter(|slot| free.contains(slot));
                if free.is_empty() {
                    return Stock::Closed("app_goods_no_slots");
                }
                Stock::Slots { free, chosen }
            }
            Goods::Question(_) => Stock::Answer,
            Goods::Download => Stock::Closed("app_checkout_unknown"),
        }
    }

    fn slot(&self) -> Option<Timestamp> {
        self.wanted.slot.trim().parse().ok().map(Timestamp)
    }

    /// What is wrong with the slot that the address or the form names; nothing when it names none.
    pub(super) fn slot_problem(&self, stock: &Stock) -> Option<&'static str> {
        let (Stock::Slots { chosen: None, .. }, Goods::Coaching(coaching)) = (stock, self.goods) else {
            return None;
        };
        let is_known = self.slot().is_some_and(|slot| coaching.slots.contains(&slot));
        match (self.wanted.slot.is_empty(), is_known) {
            (true, _) => None,
            (false, true) => Some("app_goods_slot_gone"),
            (false, false) => Some("app_goods_slot_unknown"),
        }
    }

    fn take(&self, stock: &Stock) -> Taking {
        match (self.goods, stock) {
            (Goods::Ticket(ticket), Stock::Place { .. }) => {
                let (places, starts, ends) = (ticket.places, ticket.starts, ticket.ends);
                Ok((Some(Claim { unit: 0, places, starts, ends, instructor: None }), None))
            }
            (Goods::Coaching(coaching), Stock::Slots { chosen, .. }) => {
                let missing = self.slot_problem(stock).unwrap_or("app_goods_slot_choose");
                let starts = chosen.ok_or(missing)?;
                let ends = Some(starts.plus_seconds(i64::from(coaching.minutes) * 60));
                let instructor = Some(coaching.instructor.clone());
                Ok((Some(Claim { unit: starts.0, places: Some(1), starts, ends, instructor }), None))
            }
            (Goods::Question(question), Stock::Answer) => {
                let text = cleaned(&self.wanted.question).ok_or("app_goods_question_empty")?;
                if text.chars().count() > MAX_TEXT_CHARS {
                    return Err("app_goods_question_long");
                }
                let (instructor, within_seconds) = (question.instructor.clone(), question.within.seconds());
                Ok((None, Some(Ask { text, instructor, within_seconds })))
            }
            _ => Err("app_checkout_unknown"),
        }
    }
}

/// Why an order was not placed after all.
enum Refused {
    /// What it takes is gone; the text says how.
    Stock(&'static str),
    /// Its code is.
    Code(Refusal),
}

impl<P: Platform> Context<P> {
    /// The order before it is placed.
    pub(crate) async fn goods_page(
        &self,
        selling: Selling<'_>,
        visitor: &Visitor,
    ) -> Result<Response<Body>, AppError> {
        let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
        if !is_sold_at(selling.product, selling.price) {
            return Ok(selling.frame.page(visitor, &unknown_fragment(selling.frame)));
        }
        let stock = self.stock(selling, session).await?;
        let price = (selling.price, 1);
        let typed = self.weigh_code(selling.frame, session, price, selling.wanted.code()).await?;
        let problem = selling.slot_problem(&stock);
        let main = selling.form(&stock, &typed, problem);
        Ok(order_response(self, selling.frame, visitor, main))
    }

    async fn stock(&self, selling: Selling<'_>, session: &Session) -> Result<Stock, AppError> {
        let now = self.now();
        let taken = match selling.goods {
            Goods::Ticket(_) | Goods::Coaching(_) => {
                let (scope, member) = (selling.product.scope.clone(), session.member.clone());
                self.platform.ledger().read_stock(ReadStock { scope, member, now }).await?
            }
            Goods::Question(_) | Goods::Download => Vec::new(),
        };
        Ok(selling.stock(&taken, now))
    }

    /// Places the order and leads to the processor's payment page, or shows the form again.
    pub(crate) async fn place_goods(
        &self,
        selling: Selling<'_>,
        visitor: &Visitor,
    ) -> Result<Response<Body>, AppError> {
        let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
        if !is_sold_at(selling.product, selling.price) {
            return Ok(selling.frame.page(visitor, &unknown_fragment(selling.frame)));
        }
        let stock = self.stock(selling, session).await?;
        let price = (selling.price, 1);
        let typed = self.weigh_code(selling.frame, session, price, selling.wanted.code()).await?;
        let again = |stock: &Stock, typed: &Typed, problem| {
            order_response(self, selling.frame, visitor, selling.form(stock, typed, problem))
        };
        let taking = match selling.take(&stock) {
            Ok(taking) if !typed.is_refused() => taking,
            taking => return Ok(again(&stock, &typed, taking.err())),
        };
        let order = self.goods_order(selling, session, &typed)?;
        let redemption = typed.reduced().map(|reduced| &reduced.redemption);
        match self.record_goods(&order, redemption, taking).await? {
            None => self.lead_on(selling, visitor, (order, redemption)).await,
            Some(Refused::Code(refusal)) => Ok(again(&stock, &typed.refused(refusal), None)),
            Some(Refused::Stock(problem)) => {
                // What the page shows is as it was before somebody was faster.
                let stock = self.stock(selling, session).await?;
                Ok(again(&stock, &typed, Some(problem)))
            }
        }
    }

    fn goods_order(&self, selling: Selling<'_>, session: &Session, typed: &Typed) -> Result<Order, AppError> {
        Ok(Order {
            id: OrderId::from_bytes(self.random()?),
            member: session.member.clone(),
            scope: selling.product.scope.clone(),
            price: Price { trial: None, ..selling.price.clone() },
            quantity: 1,
            purpose: Purpose::Own,
            discount_minor: typed.reduced().map_or(0, |reduced| reduced.discount_minor),
            reference: None,
            created_at: self.now(),
            settlement: Settlement::default(),
            revision: 0,
        })
    }

    /// Records the order with what it takes. Gives the reason when somebody was faster; then nothing is recorded.
    ///
    /// Who went back from a payment page may order again: the page of before is closed first.
    async fn record_goods(
        &self,
        order: &Order,
        redemption: Option<&Redemption>,
        (claim, ask): (Option<Claim>, Option<Ask>),
    ) -> Result<Option<Refused>, AppError> {
        let mut refused = Refused::Stock("app_goods_sold_out");
        for _ in 0..MAX_TRIES {
            let place = PlaceOrder { order: order.clone(), redemption: redemption.cloned() };
            let command = PlaceGoods { place, claim: claim.clone(), ask: ask.clone() };
            let open = match self.platform.ledger().place_goods(command).await? {
                GoodsPlacing::Placed | GoodsPlacing::Offer(Placing::Placed) => return Ok(None),
                GoodsPlacing::SoldOut => return Ok(Some(Refused::Stock(gone_text(claim.as_ref())))),
                GoodsPlacing::Over => return Ok(Some(Refused::Stock("app_goods_over"))),
                GoodsPlacing::Yours { open } => {
                    refused = Refused::Stock("app_goods_yours");
                    open
                }
                GoodsPlacing::Offer(Placing::OfferUsedUp { open }) => {
                    refused = Refused::Code(Refusal::UsedUp);
                    open
                }
                GoodsPlacing::Offer(Placing::OfferUsedByYou { open }) => {
                    refused = Refused::Code(Refusal::UsedByYou);
                    open
                }
                // What is sold here has no trial.
                GoodsPlacing::Offer(Placing::TrialOpen { open }) => open,
                GoodsPlacing::Offer(Placing::TrialUsed) => None,
            };
            let Some(open) = open else { break };
            self.platform.payments().close(&open).await?;
            self.fulfil(*open, None).await?;
        }
        Ok(Some(refused))
    }

    async fn lead_on(
        &self,
        selling: Selling<'_>,
        visitor: &Visitor,
        (order, redemption): (Order, Option<&Redemption>),
    ) -> Result<Response<Body>, AppError> {
        let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
        let Selling { frame, product, way_back, .. } = selling;
        let buying = Session { is_buying: true, ..session.clone() };
        let url = if order.is_free() {
            let record = Record::Checkout { price: order.price.id.clone() };
            self.record(&session.pseudonym, What::Recorded(record)).await;
            frame.link(&format!("{}?order={}{}", paths::CHECKOUT_RETURN, order.id, way_back.query()))
        } else {
            let offer = redemption.map(|redemption| redemption.code.clone());
            let by = (session.pseudonym.as_str(), way_back);
            self.start_payment(frame, product, (order, offer), by).await?
        };
        Ok(redirect(&url, buying.cookies(&self.config)))
    }
}

fn gone_text(claim: Option<&Claim>) -> &'static str {
    let is_slot = claim.is_some_and(|claim| claim.instructor.is_some());
    if is_slot { "app_goods_slot_gone" } else { "app_goods_sold_out" }
}
