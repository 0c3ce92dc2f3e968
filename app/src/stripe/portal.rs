//! The customer portal: what subscribers may do there by themselves.
//!
//! Stripe keeps any number of configurations. Ours carries a label, a digest of all that it should say, so that a sync
//! sees without reading it back whether it still does, and the way to the portal finds it among others.

use lyceum_contract::{Term, paths};

use super::checkout::interval_name;
use super::object::Object;
use super::sync::{Sync, SyncAction, SyncFailure};
use super::{Stripe, plain};
use crate::order_for::SEATS;
use crate::ports::{Http, Unavailable};
use crate::token;

const PATH: &str = "/v1/billing_portal/configurations";
const LABEL: &str = "lyceum_portal";
/// Between so many products a subscriber can choose, says Stripe.
const MAX_PRODUCTS: usize = 10;
/// The most characters of a headline there.
const MAX_HEADLINE_CHARS: usize = 60;
/// Why somebody leaves, in Stripe's words. The answer comes back with the cancelled subscription.
const REASONS: [&str; 8] = [
    "too_expensive",
    "missing_features",
    "switched_service",
    "unused",
    "customer_service",
    "too_complex",
    "low_quality",
    "other",
];

type Fields = Vec<(String, String)>;

impl<H: Http> Stripe<H> {
    /// The id of the academy's configuration; nothing when none was made, and Stripe's own default counts.
    pub(super) async fn portal_configuration(&self) -> Result<Option<String>, Unavailable> {
        let found = self.get(&list_path()).await?;
        Ok(ours(&found).and_then(|found| found.text("id").and_then(plain).map(str::to_owned)))
    }
}

fn list_path() -> String {
    format!("{PATH}?active=true&limit=100")
}

fn ours(found: &Object) -> Option<Object> {
    let label = format!("metadata.{LABEL}");
    found.list("data").into_iter().find(|one| one.text(&label).is_some())
}

impl<H: Http> Sync<'_, H> {
    /// Makes the portal let subscribers do what the academy can follow: change card and address, read invoices, cancel
    /// at the end of the period, and change between the subscriptions that are sold.
    pub(super) async fn portal(&mut self) -> Result<(), SyncFailure> {
        let what = "the customer portal";
        let found = ours(&self.get(&list_path(), what).await?);
        let mut form = self.portal_fields().await?;
        let said: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let label = token::hash(&["ly/portal/1", &said.join("&")]).chars().take(32).collect::<String>();
        let is_as_wanted = |one: &Object| one.text(&format!("metadata.{LABEL}")) == Some(&label);
        let (action, path) = match &found {
            Some(one) if is_as_wanted(one) => (SyncAction::Kept, None),
            Some(one) => (SyncAction::Changed, one.text("id").map(|id| format!("{PATH}/{id}"))),
            None => (SyncAction::Created, Some(PATH.to_owned())),
        };
        if let Some(path) = path {
            form.push((format!("metadata[{LABEL}]"), label));
            let form: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            self.post(&path, what, &form).await?;
        }
        let detail = "card, address, invoices, cancelling, other subscriptions";
        self.note("portal", "customer portal", action, detail.to_owned());
        Ok(())
    }

    async fn portal_fields(&self) -> Result<Fields, SyncFailure> {
        let manifest = self.manifest;
        let title = manifest.default_language().map_or("", |language| manifest.title.get(language, language));
        let mut fields = Fields::new();
        let mut say = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
        let headline: String = title.chars().take(MAX_HEADLINE_CHARS).collect();
        say("business_profile[headline]", &headline);
        say("default_return_url", &format!("{}{}", manifest.url, paths::ACCOUNT));
        for name in ["customer_update", "invoice_history", "payment_method_update", "subscription_cancel"] {
            say(&format!("features[{name}][enabled]"), "true");
        }
        // Not the address of mails: what belongs to whom is known here by the address that was proved here.
        for (number, allowed) in ["name", "address", "tax_id"].into_iter().enumerate() {
            say(&format!("features[customer_update][allowed_updates][{number}]"), allowed);
        }
        say("features[subscription_cancel][mode]", "at_period_end");
        say("features[subscription_cancel][cancellation_reason][enabled]", "true");
        for (number, reason) in REASONS.into_iter().enumerate() {
            say(&format!("features[subscription_cancel][cancellation_reason][options][{number}]"), reason);
        }
        self.say_subscriptions(&mut fields).await?;
        Ok(fields)
    }

    /// The subscriptions between which a subscriber may change, and the number of seats.
    async fn say_subscriptions(&self, fields: &mut Fields) -> Result<(), SyncFailure> {
        let prices = self.active_prices().await?;
        let products = self.choices(&prices);
        let update = "features[subscription_update]";
        let mut say = |name: String, value: &str| fields.push((format!("{update}{name}"), value.to_owned()));
        say("[enabled]".to_owned(), if products.is_empty() { "false" } else { "true" });
        if products.is_empty() {
            return Ok(());
        }
        say("[default_allowed_updates][0]".to_owned(), "price");
        say("[default_allowed_updates][1]".to_owned(), "quantity");
        say("[proration_behavior]".to_owned(), "create_prorations");
        for (number, (product, chosen)) in products.iter().enumerate() {
            let of = format!("[products][{number}]");
            say(format!("{of}[product]"), product);
            for (place, choice) in chosen.iter().enumerate() {
                say(format!("{of}[prices][{place}]"), choice.id);
            }
            let has_seats = chosen.iter().all(|choice| choice.is_per_seat);
            say(format!("{of}[adjustable_quantity][enabled]"), if has_seats { "true" } else { "false" });
            if has_seats {
                say(format!("{of}[adjustable_quantity][minimum]"), &SEATS.start().to_string());
                say(format!("{of}[adjustable_quantity][maximum]"), &SEATS.end().to_string());
            }
        }
        Ok(())
    }

    /// What is sold by subscription, at most ten products. Stripe takes one price for each currency and interval. Where a
    /// product is sold for oneself, its seats are not offered here.
    fn choices<'a>(&self, prices: &'a [Object]) -> Vec<(&'a str, Vec<Choice<'a>>)> {
        let mut found: Vec<(&str, Choice<'_>)> =
            prices.iter().filter_map(|price| self.choice(price)).collect();
        found.sort_unstable();
        let mut products: Vec<(&str, Vec<Choice<'_>>)> = Vec::new();
        let for_oneself: Vec<&str> =
            found.iter().filter(|(_, choice)| !choice.is_per_seat).map(|(product, _)| *product).collect();
        for (product, choice) in found {
            // Nobody gets for themselves what a seat costs.
            if choice.is_per_seat && for_oneself.contains(&product) {
                continue;
            }
            match products.last_mut().filter(|(known, _)| *known == product) {
                Some((_, chosen)) if chosen.iter().any(|other| other.term == choice.term) => {}
                Some((_, chosen)) => chosen.push(choice),
                None => products.push((product, vec![choice])),
            }
        }
        products.truncate(MAX_PRODUCTS);
        products
    }

    fn choice<'a>(&self, price: &'a Object) -> Option<(&'a str, Choice<'a>)> {
        let (_, sold) = self.manifest.price(price.text("metadata.lyceum_price")?)?;
        let Term::Every(interval) = sold.term else { return None };
        let term = (sold.amount.currency.code().to_owned(), interval_name(interval));
        let choice = Choice { is_per_seat: sold.per_seat, term, id: price.text("id")? };
        Some((price.id("product")?, choice))
    }
}

/// A price that a subscriber may choose. Ordered so that those for oneself come first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Choice<'a> {
    is_per_seat: bool,
    term: (String, &'static str),
    id: &'a str,
}
