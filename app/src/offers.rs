//! A code on the order page: what it does to the price, and what is kindly said when it does nothing.
//!
//! The browser sends the code and nothing else about money; how much less it is comes from the manifest at that moment.
//! Who types wrong codes is counted in the Ledger, so that codes cannot be guessed.

use lyceum_contract::manifest::Manifest;
use lyceum_contract::{Money, Offer, OfferCode, Price, Reduction, Term, Timestamp, display, paths};
use maud::{Markup, html};

use crate::address::query_value;
use crate::error::AppError;
use crate::ledger::{CodeTried, Commands, Order, PlaceOrder, Placing, Redemption, TryCode};
use crate::page::Frame;
use crate::ports::{Payments, Platform};
use crate::request::Context;
use crate::session::Session;
use crate::trial::Trial;

/// The longest text that is looked at as a code.
const MAX_TYPED: usize = 60;
/// How many payment pages of before are closed for one order: one for the code, one for the trial, and one that came
/// in between.
const MAX_CLOSED: usize = 3;

/// What a buyer typed into the field for a code.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    /// As it was typed, cut to a length that no code has.
    text: String,
    outcome: Outcome,
    /// Whether the full price has free days, which a lower one has not.
    is_without_trial: bool,
}

#[derive(Debug, Clone, Default)]
enum Outcome {
    /// Nothing was typed.
    #[default]
    Nothing,
    Reduced(Reduced),
    Refused(Refusal),
}

/// A lower price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reduced {
    /// The code and how often it may be used.
    pub(crate) redemption: Redemption,
    /// How much less, in minor units.
    pub(crate) discount_minor: i64,
}

/// Why a code does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unknown,
    Ended,
    OtherPrice,
    UsedUp,
    UsedByYou,
    TooMany,
}

impl Refusal {
    /// Key of what people read.
    fn text(self) -> &'static str {
        match self {
            Self::Unknown => "app_code_unknown",
            Self::Ended => "app_code_ended",
            Self::OtherPrice => "app_code_other_price",
            Self::UsedUp => "app_code_used_up",
            Self::UsedByYou => "app_code_used_by_you",
            Self::TooMany => "app_code_too_many",
        }
    }
}

impl Typed {
    /// The lower price, if the code gives one.
    pub(crate) fn reduced(&self) -> Option<&Reduced> {
        match &self.outcome {
            Outcome::Reduced(reduced) => Some(reduced),
            Outcome::Nothing | Outcome::Refused(_) => None,
        }
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Refused(_))
    }

    /// The same code, which turned out to be used up.
    pub(crate) fn refused(&self, refusal: Refusal) -> Self {
        Self { outcome: Outcome::Refused(refusal), ..self.clone() }
    }

    fn refusal(&self) -> Option<Refusal> {
        match self.outcome {
            Outcome::Refused(refusal) => Some(refusal),
            Outcome::Nothing | Outcome::Reduced(_) => None,
        }
    }

    /// Whether there is nothing to pay.
    pub(crate) fn is_free(&self, price: &Price, quantity: u32) -> bool {
        self.reduced().is_some_and(|reduced| {
            reduced.discount_minor >= price.amount.minor.saturating_mul(i64::from(quantity))
        })
    }

    /// The price with which an order is placed. Free days are for the full price: a processor may count a reduced
    /// first payment as made when they begin.
    pub(crate) fn price(&self, price: &Price) -> Price {
        Price { trial: price.trial.filter(|_| self.reduced().is_none()), ..price.clone() }
    }
}

/// How much less an order is with the offer, in minor units; nothing when the offer is not for it.
///
/// What is left of a percentage is rounded down, in favour of the buyer. The first payment of a subscription is never
/// nothing, because Lyceum has no subscription without a processor.
pub(crate) fn discount(offer: &Offer, price: &Price, quantity: u32) -> Option<i64> {
    let full = price.amount.minor.checked_mul(i64::from(quantity))?;
    let minor = match offer.reduction {
        Reduction::Percent(percent @ 1..=100) => {
            let left = full.checked_mul(i64::from(100 - percent))? / 100;
            full - left
        }
        Reduction::Amount(off) if off.currency == price.amount.currency => off.minor,
        Reduction::Percent(_) | Reduction::Amount(_) => return None,
    };
    let is_subscription = matches!(price.term, Term::Every(_));
    let most = if is_subscription { full - 1 } else { full };
    (offer.is_for(price) && (1..=most).contains(&minor)).then_some(minor)
}

fn find(
    manifest: &Manifest,
    typed: &str,
    (price, quantity): (&Price, u32),
    now: Timestamp,
) -> Result<Reduced, Refusal> {
    let code = OfferCode::typed(typed).ok_or(Refusal::Unknown)?;
    let offer = manifest.offers.iter().find(|offer| offer.code == code).ok_or(Refusal::Unknown)?;
    if offer.until.is_some_and(|until| now >= until) {
        return Err(Refusal::Ended);
    }
    let discount_minor = discount(offer, price, quantity).ok_or(Refusal::OtherPrice)?;
    let redemption = Redemption { code, limit: offer.limit, per_member: offer.per_member };
    Ok(Reduced { redemption, discount_minor })
}

impl<P: Platform> Context<P> {
    /// What the typed code does to an order of this member now. No call of the Ledger when nothing was typed.
    pub(crate) async fn weigh_code(
        &self,
        frame: &Frame,
        session: &Session,
        (price, quantity): (&Price, u32),
        typed: &str,
    ) -> Result<Typed, AppError> {
        let text: String = typed.trim().chars().take(MAX_TYPED).collect();
        if text.is_empty() {
            return Ok(Typed::default());
        }
        let found = find(&frame.site.manifest, &text, (price, quantity), self.now());
        let redemption = found.as_ref().ok().map(|reduced| reduced.redemption.clone());
        let command = TryCode { member: session.member.clone(), redemption, now: self.now() };
        let outcome = match (self.platform.ledger().try_code(command).await?, found) {
            (CodeTried::TooMany, _) => Outcome::Refused(Refusal::TooMany),
            (_, Err(refusal)) => Outcome::Refused(refusal),
            (CodeTried::Open, Ok(reduced)) => Outcome::Reduced(reduced),
            (CodeTried::UsedUp, Ok(_)) => Outcome::Refused(Refusal::UsedUp),
            (CodeTried::UsedByYou, Ok(_)) => Outcome::Refused(Refusal::UsedByYou),
            (CodeTried::Wrong, Ok(_)) => Outcome::Refused(Refusal::Unknown),
        };
        Ok(Typed { text, outcome, is_without_trial: price.trial.is_some() })
    }

    /// Records the order before the buyer leaves, so that no payment is ever without an order. Gives the reason when
    /// the code or the trial was used up in the meantime; then nothing is recorded.
    ///
    /// Who went back from a payment page may order again: the page of before is closed first.
    pub(crate) async fn place_order(
        &self,
        order: &Order,
        redemption: Option<&Redemption>,
    ) -> Result<Option<NotPlaced>, AppError> {
        let mut n_closed = 0;
        loop {
            let command = PlaceOrder { order: order.clone(), redemption: redemption.cloned() };
            let (open, refusal) = match self.platform.ledger().place_order(command).await? {
                Placing::Placed => return Ok(None),
                Placing::OfferUsedUp { open } => (open, NotPlaced::Code(Refusal::UsedUp)),
                Placing::OfferUsedByYou { open } => (open, NotPlaced::Code(Refusal::UsedByYou)),
                Placing::TrialOpen { open } => (open, NotPlaced::Trial(Trial::IsOpen)),
                Placing::TrialUsed => (None, NotPlaced::Trial(Trial::IsUsed)),
            };
            let Some(open) = open.filter(|_| n_closed < MAX_CLOSED) else { return Ok(Some(refusal)) };
            self.platform.payments().close(&open).await?;
            self.fulfil(*open, None).await?;
            n_closed += 1;
        }
    }
}

/// Why an order was not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotPlaced {
    /// The code does nothing any more.
    Code(Refusal),
    /// The trial is another order's.
    Trial(Trial),
}

/// What is due, for the order page: the price, or what it is with the code.
pub(crate) fn price_lines(
    frame: &Frame,
    price: &Price,
    quantity: u32,
    typed: &Typed,
    term_text: &str,
) -> Markup {
    let full = Money { minor: price.amount.minor.saturating_mul(i64::from(quantity)), ..price.amount };
    let shown = |amount: Money| display::amount(amount, &frame.language);
    let Some(reduced) = typed.reduced() else {
        return html! { span class="price" { (shown(full)) } " " (term_text) };
    };
    let left = Money { minor: full.minor.saturating_sub(reduced.discount_minor).max(0), ..full };
    let off = Money { minor: reduced.discount_minor, ..full };
    let values =
        [("off", shown(off)), ("code", reduced.redemption.code.to_string()), ("amount", shown(full))];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let has_lost_trial = typed.is_without_trial;
    html! {
        s class="muted" { (shown(full)) } " "
        @if matches!(price.term, Term::Every(_)) {
            span class="price" { (shown(left)) } " " (frame.text("app_code_first"))
            br; (frame.fill("app_code_then", &values)) " " (term_text)
        } @else {
            span class="price" { (shown(left)) } " " (term_text)
        }
        br; span class="muted" { (frame.fill("app_code_counts", &values)) }
        @if has_lost_trial { br; span class="muted" { (frame.text("app_code_no_trial")) } }
    }
}

/// The label of the button that orders.
pub(crate) fn button_text(frame: &Frame, price: &Price, quantity: u32, typed: &Typed) -> String {
    if typed.is_free(price, quantity) {
        return frame.text("app_code_get").to_owned();
    }
    let full = price.amount.minor.saturating_mul(i64::from(quantity));
    let minor = full.saturating_sub(typed.reduced().map_or(0, |reduced| reduced.discount_minor));
    let amount = display::amount(Money { minor, ..price.amount }, &frame.language);
    frame.fill("app_checkout_pay", &[("amount", &amount)])
}

/// The field for a code. `hidden`: what else the address of the order page says. Nothing in an academy without offers.
pub(crate) fn code_form(frame: &Frame, hidden: &[(&str, &str)], typed: &Typed) -> Markup {
    if frame.site.manifest.offers.is_empty() {
        return html! {};
    }
    let refusal = typed.refusal().map(|refusal| frame.text(refusal.text()));
    let described = if refusal.is_some() { "code-error" } else { "code-hint" };
    if typed.reduced().is_some() {
        let query: Vec<String> =
            hidden.iter().map(|(name, value)| format!("{name}={}", query_value(value))).collect();
        let plain = frame.link(&format!("{}?{}", paths::CHECKOUT, query.join("&")));
        return html! { p { a href=(plain) { (frame.text("app_code_remove")) } } };
    }
    html! {
        details class="offer-code" open[refusal.is_some()] {
            summary { (frame.text("app_code_have")) }
            form class="form" method="get" action=(frame.link(paths::CHECKOUT)) {
                @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
                @if let Some(refusal) = refusal { p class="error" role="alert" id="code-error" { (refusal) } }
                label for="code" { (frame.text("app_code_label")) }
                input type="text" id="code" name="code" value=(typed.text) maxlength=(MAX_TYPED) autocomplete="off"
                    autocapitalize="characters" spellcheck="false" aria-describedby=(described)
                    aria-invalid=[refusal.map(|_| "true")];
                p class="hint" id="code-hint" { (frame.text("app_code_hint")) }
                button type="submit" class="button quiet" { (frame.text("app_code_use")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(reduction: &str) -> Offer {
        let text = format!(r#"{{"code":"ABC","reduction":{reduction},"per_member":1}}"#);
        serde_json::from_str(&text).expect("an offer")
    }

    fn price(amount: &str, term: &str) -> Price {
        let amount: Money = amount.parse().expect("money");
        let amount = serde_json::to_string(&amount).expect("plain data");
        serde_json::from_str(&format!(r#"{{"id":"x","amount":{amount},"term":{term}}}"#)).expect("a price")
    }

    #[track_caller]
    fn check(reduction: &str, amount: &str, quantity: u32, expected: Option<i64>) {
        assert_eq!(discount(&offer(reduction), &price(amount, r#""once""#), quantity), expected);
    }

    #[test]
    fn what_is_left_is_rounded_down() {
        check(r#"{"percent":30}"#, "0.99 USD", 1, Some(30)); // 69.3 cents are left: 69.
        check(r#"{"percent":33}"#, "100 JPY", 1, Some(33));
        check(r#"{"percent":1}"#, "0.01 USD", 1, Some(1));
        check(r#"{"percent":100}"#, "49.00 USD", 1, Some(4_900));
        check(r#"{"percent":50}"#, "0.99 USD", 3, Some(149)); // Of 2.97 USD 1.485 are left: 1.48.
        check(r#"{"amount":{"minor":1000,"currency":"USD"}}"#, "49.00 USD", 1, Some(1_000));
        check(r#"{"amount":{"minor":1000,"currency":"USD"}}"#, "4.00 USD", 3, Some(1_000));
        check(r#"{"percent":100}"#, "9999999999.99 USD", 4_000_000, Some(3_999_999_999_996_000_000));
    }

    #[test]
    fn an_offer_that_does_not_fit_is_none() {
        check(r#"{"amount":{"minor":1000,"currency":"EUR"}}"#, "49.00 USD", 1, None);
        check(r#"{"amount":{"minor":4901,"currency":"USD"}}"#, "49.00 USD", 1, None);
        check(r#"{"percent":0}"#, "49.00 USD", 1, None);
        check(r#"{"percent":101}"#, "49.00 USD", 1, None);
        check(r#"{"amount":{"minor":-5,"currency":"USD"}}"#, "49.00 USD", 1, None);
        let other = Offer { prices: Some([].into()), ..offer(r#"{"percent":30}"#) };
        assert_eq!(discount(&other, &price("49.00 USD", r#""once""#), 1), None);
    }

    #[test]
    fn a_subscription_is_never_free() {
        let monthly = |amount| price(amount, r#"{"every":"month"}"#);
        assert_eq!(discount(&offer(r#"{"percent":100}"#), &monthly("19.00 USD"), 1), None);
        assert_eq!(discount(&offer(r#"{"percent":99}"#), &monthly("0.01 USD"), 1), None);
        assert_eq!(discount(&offer(r#"{"percent":99}"#), &monthly("19.00 USD"), 1), Some(1_881));
    }
}
