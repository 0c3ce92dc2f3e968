//! Opening a payment page.

use http::Method;
use lyceum_contract::Price;
use lyceum_contract::money::{Interval, Term};

use super::coupon::Coupon;
use super::object::Object;
use super::{Failure, Stripe, encoded};
use crate::address::query_value;
use crate::ledger::Order;
use crate::ports::{Http, PaymentPage, PaymentRequest, Unavailable};

const ITEM: &str = "line_items[0]";

impl<H: Http> Stripe<H> {
    pub(super) async fn start_checkout(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        let synced = self.synced_price(&payment.order).await?;
        let coupon = payment.offer.as_ref().and_then(|offer| Coupon::for_order(offer, &payment.order));
        if let Some(coupon) = &coupon {
            self.make_coupon(coupon).await?;
        }
        let key = payment.order.id.to_string();
        let fields = form(payment, synced.as_deref(), coupon.as_ref())?;
        let session = match self.open_session(&key, &fields).await {
            // A customer who was deleted at Stripe, or is of the time of another key, buys as a new one.
            Err(Failure::Refused(refusal)) if refusal.parameter == "customer" => {
                let payment = PaymentRequest { customer: None, ..payment.clone() };
                let fields = form(&payment, synced.as_deref(), coupon.as_ref())?;
                self.open_session(&format!("{key}-2"), &fields).await?
            }
            answer => answer?,
        };
        let (Some(url), Some(reference)) = (session.text("url"), session.text("id")) else {
            return Err(Unavailable::new("payments", "Stripe sent no payment page"));
        };
        Ok(PaymentPage { url: url.to_owned(), reference: reference.to_owned() })
    }

    async fn open_session(&self, key: &str, fields: &[(String, String)]) -> Result<Object, Failure> {
        let pairs: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.call(Method::POST, "/v1/checkout/sessions", Some(key), encoded(&pairs)).await
    }

    /// Stripe's price of the same id, when `stripe sync` made one and it still says what git says. Subscribers change
    /// between such prices in the portal; a price that is named in words can only be cancelled.
    async fn synced_price(&self, order: &Order) -> Result<Option<String>, Unavailable> {
        if !matches!(order.price.term, Term::Every(_)) {
            return Ok(None);
        }
        let path =
            format!("/v1/prices?active=true&lookup_keys%5B%5D={}", query_value(order.price.id.as_str()));
        let prices = self.get(&path).await?;
        Ok(prices
            .list("data")
            .iter()
            .find(|found| is_same(found, &order.price) && is_of(found, order))
            .and_then(|found| found.text("id").map(str::to_owned)))
    }
}

/// Whether a price at Stripe opens what was ordered. A price that has moved to another product in git since the last sync
/// does not, and its words are what access follows from.
fn is_of(found: &Object, order: &Order) -> bool {
    found.text("metadata.lyceum_scope") == Some(order.scope.to_string().as_str())
}

/// Whether a price at Stripe is the price in git.
pub(super) fn is_same(found: &Object, price: &Price) -> bool {
    let currency = found.text("currency");
    let interval = match price.term {
        Term::Every(interval) => Some(interval_name(interval)),
        Term::Once | Term::For(_) => None,
    };
    currency.is_some_and(|currency| currency.eq_ignore_ascii_case(price.amount.currency.code()))
        && found.integer("unit_amount") == Some(price.amount.minor)
        && found.text("recurring.interval") == interval
        && found.text("tax_behavior") != Some("exclusive")
        && (interval.is_none() || found.integer("recurring.interval_count") == Some(1))
}

pub(super) fn interval_name(interval: Interval) -> &'static str {
    match interval {
        Interval::Month => "month",
        Interval::Year => "year",
    }
}

fn form(
    payment: &PaymentRequest,
    synced: Option<&str>,
    coupon: Option<&Coupon>,
) -> Result<Vec<(String, String)>, Unavailable> {
    let order = &payment.order;
    let is_recurring = matches!(order.price.term, Term::Every(_));
    if is_recurring && order.discount_minor > 0 && coupon.is_none() {
        return Err(Unavailable::new("payments", "a subscription with a discount of no offer"));
    }
    let id = order.id.as_str();
    let mut fields = Vec::with_capacity(24);
    let mut add = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    add("client_reference_id", id);
    add("metadata[order]", id);
    match &payment.customer {
        Some(customer) => add("customer", customer),
        None => add("customer_email", &payment.email),
    }
    add("success_url", &payment.return_url);
    add("cancel_url", &payment.cancel_url);
    add("locale", payment.language.as_str());
    if let Some(at) = payment.expires_at {
        add("expires_at", &at.0.to_string());
    }
    // Stripe takes either a discount or codes that the buyer types in.
    match coupon {
        Some(coupon) => add("discounts[0][coupon]", &coupon.id),
        None if order.discount_minor == 0 => add("allow_promotion_codes", "true"),
        None => {}
    }
    if payment.has_tax {
        add("automatic_tax[enabled]", "true");
        // Whoever bought before tax was worked out has no address yet, and Stripe must be allowed to keep it.
        if payment.customer.is_some() {
            add("customer_update[address]", "auto");
        }
    }
    add("mode", if is_recurring { "subscription" } else { "payment" });
    let part = if is_recurring { "subscription_data" } else { "payment_intent_data" };
    add(&format!("{part}[metadata][order]"), id);
    if let Some(trial) = order.price.trial.filter(|_| is_recurring) {
        add("subscription_data[trial_period_days]", &trial.0.to_string());
    }
    if !is_recurring {
        // With a customer there is a portal, with an invoice a receipt for the books.
        if payment.customer.is_none() {
            add("customer_creation", "always");
        }
        add("invoice_creation[enabled]", "true");
    }
    item(payment, synced, &mut add);
    Ok(fields)
}

fn item(payment: &PaymentRequest, synced: Option<&str>, add: &mut impl FnMut(&str, &str)) {
    let order = &payment.order;
    if let Some(price) = synced {
        add(&format!("{ITEM}[price]"), price);
        return add(&format!("{ITEM}[quantity]"), &order.quantity.to_string());
    }
    // A discount is for the whole order, so an order that is paid once is then one thing at its whole price. That of a
    // subscription is a coupon, because its renewals cost the full price.
    let is_recurring = matches!(order.price.term, Term::Every(_));
    let (quantity, minor) = if order.discount_minor > 0 && !is_recurring {
        (1, order.total().minor)
    } else {
        (order.quantity, order.price.amount.minor)
    };
    let data = format!("{ITEM}[price_data]");
    add(&format!("{ITEM}[quantity]"), &quantity.to_string());
    add(&format!("{data}[currency]"), &order.price.amount.currency.code().to_ascii_lowercase());
    add(&format!("{data}[unit_amount]"), &minor.to_string());
    // What the page says.
    add(&format!("{data}[tax_behavior]"), "inclusive");
    add(&format!("{data}[product_data][name]"), &payment.description);
    if let Term::Every(interval) = order.price.term {
        add(&format!("{data}[recurring][interval]"), interval_name(interval));
    }
}
