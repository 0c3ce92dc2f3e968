//! From Stripe's objects to a settlement: what was paid, for how long, and what went back.

use lyceum_contract::{Term, Timestamp};

use super::object::Object;
use super::{Stripe, plain};
use crate::ledger::{Order, Purpose};
use crate::money::{Dispute, Names, Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use crate::ports::{Http, Unavailable};

const EXPAND: &str =
    "expand%5B%5D=payment_intent.latest_charge&expand%5B%5D=subscription.latest_invoice.payments";

impl<H: Http> Stripe<H> {
    /// What Stripe says about an order now. One call for a one-off payment, up to three for a subscription.
    pub(super) async fn settlement_of(&self, order: &Order) -> Result<Settlement, Unavailable> {
        let Some(reference) = order.reference.as_deref().and_then(plain) else {
            return Ok(Settlement::default());
        };
        // Placed at another processor, such as the till of the time before Stripe: of that one there is no more news.
        if !reference.starts_with("cs_") {
            return Ok(order.settlement.clone());
        }
        let session = self.get(&format!("/v1/checkout/sessions/{reference}?{EXPAND}")).await?;
        if !fits(&session, order) {
            return Err(Unavailable::new("payments", "Stripe's session is not for this order"));
        }
        match session.object("subscription") {
            Some(subscription) => self.of_subscription(order, &session, &subscription).await,
            None => self.of_payment(&session).await,
        }
    }

    async fn of_payment(&self, session: &Object) -> Result<Settlement, Unavailable> {
        let payment = session.object("payment_intent").unwrap_or_default();
        let charge = payment.object("latest_charge").unwrap_or_default();
        let mut settlement = Settlement {
            progress: progress(session, &payment, &charge),
            names: names(session, &payment, charge.text("receipt_url")),
            ..Settlement::default()
        };
        self.add_money_back(&mut settlement, &charge).await?;
        Ok(settlement)
    }

    async fn of_subscription(
        &self,
        order: &Order,
        session: &Object,
        subscription: &Object,
    ) -> Result<Settlement, Unavailable> {
        let invoice = subscription.object("latest_invoice").unwrap_or_default();
        let paid_by = invoice
            .list("payments.data")
            .iter()
            .filter(|payment| payment.text("status") == Some("paid"))
            .find_map(|payment| payment.id("payment.payment_intent").map(str::to_owned));
        let payment = match paid_by.as_deref().and_then(plain) {
            Some(payment) => {
                self.get(&format!("/v1/payment_intents/{payment}?expand%5B%5D=latest_charge")).await?
            }
            None => Object::default(),
        };
        let item = subscription.object("items.data.0").unwrap_or_default();
        let scope = item.text("price.metadata.lyceum_scope").and_then(|scope| scope.parse().ok());
        let n_seats = item.integer("quantity").and_then(|quantity| u32::try_from(quantity).ok());
        let mut settlement = Settlement {
            progress: subscribed(subscription, &item, &invoice)
                .map_or(Progress::Pending, Progress::Subscribed),
            scope: scope.filter(|scope| *scope != order.scope),
            n_seats: n_seats.filter(|_| order.purpose == Purpose::Team),
            names: names(session, &payment, invoice.text("hosted_invoice_url")),
            ..Settlement::default()
        };
        settlement.names.subscription = subscription.text("id").map(str::to_owned);
        let charge = payment.object("latest_charge").unwrap_or_default();
        self.add_money_back(&mut settlement, &charge).await?;
        Ok(settlement)
    }

    async fn add_money_back(&self, settlement: &mut Settlement, charge: &Object) -> Result<(), Unavailable> {
        settlement.refunded = match charge.integer("amount_refunded").unwrap_or(0) {
            _ if charge.flag("refunded") => Refunded::Fully,
            0 => Refunded::Nothing,
            minor => Refunded::Partly { minor },
        };
        if charge.flag("disputed")
            && let Some(charge) = charge.text("id").and_then(plain)
        {
            let disputes = self.get(&format!("/v1/disputes?charge={charge}")).await?;
            settlement.dispute = worst(&disputes.list("data"));
        }
        Ok(())
    }
}

/// Whether the session is for the order and for no less than its price.
///
/// `amount_subtotal` is the sum before discounts. What is paid once comes at its lower price; the discount of a
/// subscription is a coupon, so that its subtotal is the full price and its total what is left.
fn fits(session: &Object, order: &Order) -> bool {
    let is_recurring = matches!(order.price.term, Term::Every(_));
    let total = if is_recurring { order.full_total() } else { order.total() };
    let is_left = !is_recurring
        || order.discount_minor == 0
        || session.integer("amount_total").is_some_and(|minor| minor >= order.total().minor);
    let is_ours = session.text("client_reference_id") == Some(order.id.as_str());
    let currency = session.text("currency");
    let is_same_currency =
        currency.is_some_and(|currency| currency.eq_ignore_ascii_case(total.currency.code()));
    // Nothing is due at the start of a trial.
    let is_enough = order.price.trial.is_some()
        || session.integer("amount_subtotal").is_some_and(|minor| minor >= total.minor);
    is_ours && is_same_currency && is_enough && is_left
}

fn progress(session: &Object, payment: &Object, charge: &Object) -> Progress {
    let paid_at = || charge.time("created").or(payment.time("created")).or(session.time("created"));
    let is_refused = matches!(payment.text("status"), Some("requires_payment_method" | "canceled"));
    match (session.text("status"), session.text("payment_status")) {
        (Some("complete"), Some("paid" | "no_payment_required"))
            if session.text("mode") == Some("payment") =>
        {
            paid_at().map_or(Progress::Pending, |at| Progress::Paid { at })
        }
        (Some("complete"), _) if is_refused => Progress::Failed,
        (Some("complete"), _) => Progress::Pending,
        (Some("expired"), _) => Progress::Failed,
        _ => Progress::Open,
    }
}

fn subscribed(subscription: &Object, item: &Object, invoice: &Object) -> Option<Subscription> {
    let status = match subscription.text("status")? {
        "trialing" => SubscriptionStatus::Trialing,
        "active" => SubscriptionStatus::Active,
        "past_due" => SubscriptionStatus::PastDue,
        "incomplete" => SubscriptionStatus::Incomplete,
        "incomplete_expired" => SubscriptionStatus::IncompleteExpired,
        "unpaid" => SubscriptionStatus::Unpaid,
        "paused" => SubscriptionStatus::Paused,
        "canceled" => SubscriptionStatus::Canceled,
        _ => SubscriptionStatus::Unknown,
    };
    // Until 2025 the period was the subscription's own; since then every item has one.
    let time = |name: &str| item.time(name).or_else(|| subscription.time(name));
    let period_end = time("current_period_end")?;
    let at_period_end = subscription.flag("cancel_at_period_end").then_some(period_end);
    Some(Subscription {
        status,
        period_start: time("current_period_start").unwrap_or(Timestamp(0)),
        period_end,
        ends_at: subscription.time("cancel_at").or(at_period_end),
        owed_since: invoice
            .text("status")
            .filter(|status| *status != "paid")
            .and_then(|_| invoice.time("created")),
    })
}

fn names(session: &Object, payment: &Object, receipt_url: Option<&str>) -> Names {
    Names {
        customer: session.id("customer").map(str::to_owned),
        subscription: None,
        payment: payment.text("id").map(str::to_owned),
        receipt_url: receipt_url.filter(|url| url.starts_with("https://")).map(str::to_owned),
    }
}

/// Of several disputes about one payment the one that takes most.
fn worst(disputes: &[Object]) -> Dispute {
    let rank = |dispute: &Dispute| match dispute {
        Dispute::None => 0,
        Dispute::Won => 1,
        Dispute::Open => 2,
        Dispute::Lost => 3,
    };
    let of_status = |dispute: &Object| match dispute.text("status") {
        Some("lost") => Dispute::Lost,
        Some("won" | "warning_closed" | "prevented") => Dispute::Won,
        _ => Dispute::Open,
    };
    disputes.iter().map(of_status).max_by_key(rank).unwrap_or(Dispute::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "0123456789abcdef0123456789abcdef";

    fn order(price: &str) -> Order {
        Order {
            id: ORDER.parse().expect("an order id"),
            member: ORDER.parse().expect("a member id"),
            scope: "tier:pro".parse().expect("a scope"),
            price: serde_json::from_str(price).expect("a price"),
            quantity: 1,
            purpose: Purpose::Own,
            discount_minor: 0,
            reference: Some("cs_1".to_owned()),
            created_at: Timestamp(0),
            settlement: Settlement::default(),
            revision: 0,
        }
    }

    fn object(json: &str) -> Object {
        Object::parse(json.as_bytes()).expect("an object")
    }

    const ONCE: &str = r#"{"id":"course","amount":{"minor":4900,"currency":"USD"},"term":"once"}"#;
    const PAID: &str = r#"{"id":"cs_1","status":"complete","payment_status":"paid","mode":"payment","created":5,
        "client_reference_id":"0123456789abcdef0123456789abcdef","amount_subtotal":4900,"amount_total":4900,
        "currency":"usd","subscription":null,"a_field_of_tomorrow":{"x":[1]}}"#;

    #[test]
    fn a_session_counts_for_its_order_and_its_price_only() {
        assert!(fits(&object(PAID), &order(ONCE)));
        for (part, other) in [
            (r#""client_reference_id":"0"#, r#""client_reference_id":"1"#),
            (r#""client_reference_id":"0123456789abcdef0123456789abcdef","#, ""),
            (r#""amount_subtotal":4900"#, r#""amount_subtotal":4899"#),
            (r#""amount_subtotal":4900,"#, ""),
            (r#""currency":"usd""#, r#""currency":"jpy""#),
            (r#""currency":"usd","#, ""),
        ] {
            assert!(!fits(&object(&PAID.replace(part, other)), &order(ONCE)), "{part} -> {other}");
        }
        let ten = Order { quantity: 10, ..order(ONCE) };
        assert!(!fits(&object(PAID), &ten), "ten seats for the price of one");
    }

    #[test]
    fn paid_is_what_stripe_calls_paid() {
        let nothing = Object::default();
        let check = |part: &str, other: &str, payment: &str, expected: Progress| {
            let found = progress(&object(&PAID.replace(part, other)), &object(payment), &nothing);
            assert_eq!(found, expected, "{part} -> {other}");
        };
        check("", "", "{}", Progress::Paid { at: Timestamp(5) });
        check("\"paid\"", "\"no_payment_required\"", "{}", Progress::Paid { at: Timestamp(5) });
        check("\"complete\"", "\"open\"", "{}", Progress::Open);
        check("\"complete\"", "\"expired\"", "{}", Progress::Failed);
        check("\"paid\"", "\"unpaid\"", r#"{"status":"processing"}"#, Progress::Pending);
        check("\"paid\"", "\"unpaid\"", r#"{"status":"requires_payment_method"}"#, Progress::Failed);
        check("\"payment\"", "\"subscription\"", "{}", Progress::Pending);
        check("\"status\":\"complete\",", "", "{}", Progress::Open);
    }

    #[test]
    fn a_subscription_is_read_in_the_shapes_of_any_year() {
        let read = |json: &str, invoice: &str| {
            let subscription = object(json);
            let item = subscription.object("items.data.0").unwrap_or_default();
            subscribed(&subscription, &item, &object(invoice))
        };
        let new = r#"{"status":"active","cancel_at_period_end":true,
            "items":{"data":[{"current_period_start":10,"current_period_end":20}]}}"#;
        let expected = Subscription {
            status: SubscriptionStatus::Active,
            period_start: Timestamp(10),
            period_end: Timestamp(20),
            ends_at: Some(Timestamp(20)),
            owed_since: None,
        };
        assert_eq!(read(new, r#"{"status":"paid","created":10}"#), Some(expected.clone()));
        let old = r#"{"status":"past_due","current_period_start":10,"current_period_end":20,"items":{"data":[{}]}}"#;
        let owing = Subscription {
            status: SubscriptionStatus::PastDue,
            ends_at: None,
            owed_since: Some(Timestamp(11)),
            ..expected.clone()
        };
        assert_eq!(read(old, r#"{"status":"open","created":11}"#), Some(owing));
        let unknown = read(&new.replace("active", "hibernating"), "{}").map(|found| found.status);
        assert_eq!(unknown, Some(SubscriptionStatus::Unknown));
        assert_eq!(read(r#"{"status":"active","items":{"data":[]}}"#, "{}"), None, "no period, no access");
    }

    #[test]
    fn of_several_disputes_the_worst_counts() {
        let disputes = |statuses: &[&str]| {
            let parse = |status: &&str| object(&format!(r#"{{"status":"{status}"}}"#));
            worst(&statuses.iter().map(parse).collect::<Vec<_>>())
        };
        assert_eq!(disputes(&["won", "lost"]), Dispute::Lost);
        assert_eq!(disputes(&["won", "needs_response"]), Dispute::Open);
        assert_eq!(disputes(&["warning_closed"]), Dispute::Won);
        assert_eq!(disputes(&[]), Dispute::Open, "disputed, and nobody says how");
    }
}
