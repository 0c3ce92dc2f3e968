//! What `lyceum stripe sync` does besides products and prices: coupons of offers, and a look at the webhook.

use std::collections::BTreeSet;

use http::StatusCode;
use lyceum_contract::{Term, paths};

use super::Failure;
use super::coupon::Coupon;
use super::object::Object;
use super::sync::{Sync, SyncAction, SyncFailure};
use crate::address::query_value;
use crate::offers::discount;
use crate::ports::Http;

/// What the academy has to be told of. Others may be sent, too: they mean nothing.
pub(super) const EVENTS: [&str; 22] = [
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.refunded",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.finalization_failed",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "refund.created",
    "refund.failed",
    "refund.updated",
];

impl<H: Http> Sync<'_, H> {
    /// The coupons of offers for subscriptions. A checkout makes what is missing; made before, the owner sees them.
    pub(super) async fn coupons(&mut self) -> Result<(), SyncFailure> {
        let coupons: BTreeSet<Coupon> = self.wanted_coupons();
        for coupon in coupons {
            let path = format!("/v1/coupons/{}", query_value(&coupon.id));
            match self.stripe.call(http::Method::GET, &path, None, String::new()).await {
                Ok(found) if coupon.is_same(&found) => {
                    self.note("coupon", &coupon.id, SyncAction::Kept, coupon.shown());
                }
                Ok(_) => {
                    let detail = "another coupon has this id: delete it in Stripe's dashboard".to_owned();
                    self.note("coupon", &coupon.id, SyncAction::ToDo, detail);
                }
                Err(Failure::Refused(refusal)) if refusal.status == StatusCode::NOT_FOUND => {
                    self.create_coupon(&coupon).await?;
                }
                Err(failure) => return Err(SyncFailure::new(&coupon.what(), failure)),
            }
        }
        Ok(())
    }

    fn wanted_coupons(&self) -> BTreeSet<Coupon> {
        let now = self.options.now;
        let prices = self.manifest.products.iter().flat_map(|product| &product.prices);
        let recurring: Vec<_> = prices.filter(|price| matches!(price.term, Term::Every(_))).collect();
        let offers = self.manifest.offers.iter().filter(|offer| offer.until.is_none_or(|until| now < until));
        let coupon_of = |offer: &lyceum_contract::Offer, price: &lyceum_contract::Price| {
            let minor = discount(offer, price, 1)?;
            Some(Coupon::new(&offer.code, minor, price.amount.currency))
        };
        offers.flat_map(|offer| recurring.iter().filter_map(move |price| coupon_of(offer, price))).collect()
    }

    async fn create_coupon(&mut self, coupon: &Coupon) -> Result<(), SyncFailure> {
        if !self.options.is_dry {
            let made = self.stripe.try_coupon(coupon).await;
            made.map_err(|failure| SyncFailure::new(&coupon.what(), failure))?;
        }
        self.note("coupon", &coupon.id, SyncAction::Created, coupon.shown());
        Ok(())
    }

    /// The endpoint is only looked at: its secret is shown once, to whoever makes it.
    pub(super) async fn webhook(&mut self) -> Result<(), SyncFailure> {
        let url = format!("{}{}", self.manifest.url, paths::WEBHOOK);
        let endpoints =
            self.get("/v1/webhook_endpoints?limit=100", "the webhook endpoints").await?.list("data");
        let at_url = |found: &&Object| found.text("url") == Some(&url);
        let Some(endpoint) = endpoints.iter().find(at_url) else {
            let detail = "no endpoint has this address: add it in Stripe's dashboard (Developers, Webhooks), and put its \
                          signing secret into STRIPE_WEBHOOK_SECRET";
            self.note("webhook", &url, SyncAction::ToDo, detail.to_owned());
            return Ok(());
        };
        if endpoint.text("status") != Some("enabled") {
            let detail = "the endpoint is disabled: enable it in Stripe's dashboard";
            self.note("webhook", &url, SyncAction::ToDo, detail.to_owned());
        }
        let sent = endpoint.texts("enabled_events");
        let missing: Vec<&str> = EVENTS.into_iter().filter(|event| !is_sent(event, &sent)).collect();
        if missing.is_empty() {
            self.note("webhook", &url, SyncAction::Kept, "sends every event that is needed".to_owned());
        } else {
            let detail = format!("let the endpoint send also {}", missing.join(", "));
            self.note("webhook", &url, SyncAction::ToDo, detail);
        }
        Ok(())
    }
}

fn is_sent(event: &str, sent: &[&str]) -> bool {
    sent.iter().any(|pattern| *pattern == "*" || *pattern == event)
}
