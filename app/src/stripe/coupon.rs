//! What an offer takes off the first payment of a subscription, as an object of Stripe's.

use http::Method;
use lyceum_contract::{Currency, Money, OfferCode, Term};

use super::object::Object;
use super::{Failure, Stripe, encoded};
use crate::ledger::Order;
use crate::ports::{Http, Unavailable};

/// A coupon for one payment. Its id says what it is worth, so that two of one id are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Coupon {
    pub(super) id: String,
    code: OfferCode,
    minor: i64,
    currency: Currency,
}

impl Coupon {
    pub(super) fn new(code: &OfferCode, minor: i64, currency: Currency) -> Self {
        let id = format!("lyceum_{code}_{minor}_{}", currency.code().to_ascii_lowercase());
        Self { id, code: code.clone(), minor, currency }
    }

    /// The coupon of an order; nothing when it is paid once or at the full price.
    pub(super) fn for_order(code: &OfferCode, order: &Order) -> Option<Self> {
        let is_recurring = matches!(order.price.term, Term::Every(_));
        let is_reduced = order.discount_minor > 0;
        (is_recurring && is_reduced)
            .then(|| Self::new(code, order.discount_minor, order.price.amount.currency))
    }

    /// `5.70 USD less, once`.
    pub(super) fn shown(&self) -> String {
        format!("{} less, once", Money { minor: self.minor, currency: self.currency })
    }

    /// What to call it when something is wrong.
    pub(super) fn what(&self) -> String {
        format!("the coupon `{}`", self.id)
    }

    /// Whether a coupon at Stripe is this one.
    pub(super) fn is_same(&self, found: &Object) -> bool {
        let currency = found.text("currency");
        found.text("id") == Some(&self.id)
            && found.integer("amount_off") == Some(self.minor)
            && currency.is_some_and(|currency| currency.eq_ignore_ascii_case(self.currency.code()))
            && found.text("duration") == Some("once")
    }
}

impl<H: Http> Stripe<H> {
    /// Makes the coupon, if it is not there.
    pub(super) async fn make_coupon(&self, coupon: &Coupon) -> Result<(), Unavailable> {
        self.try_coupon(coupon).await.map_err(Unavailable::from)
    }

    pub(super) async fn try_coupon(&self, coupon: &Coupon) -> Result<(), Failure> {
        let minor = coupon.minor.to_string();
        let currency = coupon.currency.code().to_ascii_lowercase();
        let form = [
            ("id", coupon.id.as_str()),
            ("amount_off", &minor),
            ("currency", &currency),
            ("duration", "once"),
            ("name", coupon.code.as_str()),
            ("metadata[lyceum_offer]", coupon.code.as_str()),
        ];
        // The id is the idempotency: Stripe refuses a second coupon of one id.
        match self.call(Method::POST, "/v1/coupons", None, encoded(&form)).await {
            Err(Failure::Refused(refusal)) if refusal.code == "resource_already_exists" => Ok(()),
            answer => answer.map(drop),
        }
    }
}
