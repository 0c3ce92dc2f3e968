//! Stripe's catalogue made to say what the content says: `lyceum stripe sync`.
//!
//! Products, prices and coupons carry ids or keys that follow from the content, so that a second run finds what the first
//! one made and changes nothing. Nothing is ever deleted: what is sold no more is archived, and who has it keeps it.

use std::collections::BTreeSet;
use std::fmt;

use http::{Method, StatusCode};
use lyceum_contract::manifest::{Manifest, Product};
use lyceum_contract::{Price, Scope, Term, Timestamp};

use super::checkout::{interval_name, is_same};
use super::object::Object;
use super::{Failure, Stripe, encoded};
use crate::address::query_value;
use crate::ports::{Http, Unavailable};
use crate::token;

/// How many products one question is about.
const BATCH: usize = 50;
/// How many pages of prices are read at most: 20,000 of them.
const MAX_PAGES: usize = 200;

/// How to synchronise.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// The time: offers that have ended get no coupon.
    pub now: Timestamp,
    /// Say what would be done, and do nothing.
    pub is_dry: bool,
    /// Random, and another one for every run: a call that is repeated within a run makes nothing twice.
    pub run: String,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStep {
    /// `product`, `price`, `coupon` or `webhook`.
    pub kind: &'static str,
    /// Its id at Stripe, or the price's id in the content.
    pub name: String,
    /// What was done, or would be.
    pub action: SyncAction,
    /// What it is, or what is to be done by hand.
    pub detail: String,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncAction {
    /// It is as it should be.
    Kept,
    /// It was missing.
    Created,
    /// It was different.
    Changed,
    /// It is sold no more.
    Archived,
    /// Somebody has to look at it.
    ToDo,
}

impl fmt::Display for SyncAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kept => "unchanged",
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Archived => "archived",
            Self::ToDo => "to do",
        })
    }
}

/// Why it stopped, for the owner. What was done before stays done. Never contains a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncFailure {
    /// What went wrong, with what.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

impl SyncFailure {
    pub(super) fn new(what: &str, failure: Failure) -> Self {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Unavailable(Unavailable { reason, .. }) => {
                let hint = "look at the network, and run it again: what is done stays done";
                return Self { message: format!("Stripe does not answer about {what}: {reason}"), hint };
            }
        };
        let hint = match refusal.status {
            StatusCode::UNAUTHORIZED => {
                "copy the secret key from Stripe's dashboard into STRIPE_SECRET_KEY; it may have been rolled"
            }
            StatusCode::FORBIDDEN => {
                "let the restricted key write products, prices and coupons, and read webhook endpoints"
            }
            StatusCode::TOO_MANY_REQUESTS => "wait a minute and run it again: what is done stays done",
            status if status.is_server_error() => {
                "look at status.stripe.com, and run it again: what is done stays done"
            }
            _ => "look at it in Stripe's dashboard, or correct the content, and run it again",
        };
        let reason = [refusal.kind, refusal.code, refusal.parameter].join(" ");
        let message = format!("Stripe answered {} about {what}: {}", refusal.status, reason.trim());
        Self { message, hint }
    }
}

impl<H: Http> Stripe<H> {
    /// Makes Stripe's catalogue what the manifest sells, and says what was done to each thing in it.
    ///
    /// Cost: a call for every 50 products, two for every 100 prices, a few more, and one for each change.
    pub async fn sync(
        &self,
        manifest: &Manifest,
        options: &SyncOptions,
    ) -> Result<Vec<SyncStep>, SyncFailure> {
        let mut sync = Sync { stripe: self, manifest, options, steps: Vec::new() };
        sync.products().await?;
        sync.prices().await?;
        sync.portal().await?;
        sync.coupons().await?;
        sync.webhook().await?;
        Ok(sync.steps)
    }
}

/// One run.
pub(super) struct Sync<'a, H> {
    pub(super) stripe: &'a Stripe<H>,
    pub(super) manifest: &'a Manifest,
    pub(super) options: &'a SyncOptions,
    steps: Vec<SyncStep>,
}

/// The id of the product that opens this.
fn product_id(scope: &Scope) -> String {
    match scope {
        Scope::Course(slug) => format!("lyceum_course_{slug}"),
        Scope::Tier(slug) => format!("lyceum_tier_{slug}"),
        Scope::Product(slug) => format!("lyceum_product_{slug}"),
    }
}

impl<H: Http> Sync<'_, H> {
    pub(super) fn note(&mut self, kind: &'static str, name: &str, action: SyncAction, detail: String) {
        self.steps.push(SyncStep { kind, name: name.to_owned(), action, detail });
    }

    pub(super) async fn get(&self, path: &str, what: &str) -> Result<Object, SyncFailure> {
        let answer = self.stripe.call(Method::GET, path, None, String::new()).await;
        answer.map_err(|failure| SyncFailure::new(what, failure))
    }

    /// Changes something, unless this is a rehearsal.
    pub(super) async fn post(
        &self,
        path: &str,
        what: &str,
        form: &[(&str, &str)],
    ) -> Result<(), SyncFailure> {
        if self.options.is_dry {
            return Ok(());
        }
        let key = token::hash(&["ly/sync/1", &self.options.run, path, what]);
        let answer = self.stripe.call(Method::POST, path, Some(&key), encoded(form)).await;
        answer.map(drop).map_err(|failure| SyncFailure::new(what, failure))
    }

    fn sold(&self) -> impl Iterator<Item = &'_ Product> {
        self.manifest.products.iter().filter(|product| !product.prices.is_empty())
    }

    async fn products(&mut self) -> Result<(), SyncFailure> {
        let sold: Vec<Product> = self.sold().cloned().collect();
        for batch in sold.chunks(BATCH) {
            let mut path = "/v1/products?limit=100".to_owned();
            for product in batch {
                path.push_str("&ids%5B%5D=");
                path.push_str(&query_value(&product_id(&product.scope)));
            }
            let found = self.get(&path, "the products").await?.list("data");
            for product in batch {
                let id = product_id(&product.scope);
                let known = found.iter().find(|found| found.text("id") == Some(&id));
                self.product(product, &id, known).await?;
            }
        }
        Ok(())
    }

    async fn product(
        &mut self,
        product: &Product,
        id: &str,
        known: Option<&Object>,
    ) -> Result<(), SyncFailure> {
        let language = self.manifest.default_language();
        let text = |text: &lyceum_contract::manifest::Localized| {
            language.map_or_else(String::new, |language| text.get(language, language).to_owned())
        };
        let (name, summary, scope) = (text(&product.name), text(&product.summary), product.scope.to_string());
        let mut form = vec![("name", name.as_str()), ("metadata[lyceum_scope]", &scope)];
        let what = format!("the product `{id}`");
        let Some(known) = known else {
            form.push(("id", id));
            // Stripe takes no empty description for something new.
            form.extend((!summary.is_empty()).then_some(("description", summary.as_str())));
            self.post("/v1/products", &what, &form).await?;
            self.note("product", id, SyncAction::Created, name.clone());
            return Ok(());
        };
        let is_as_written = known.text("name") == Some(&name)
            && known.text("description").unwrap_or_default() == summary
            && known.text("metadata.lyceum_scope") == Some(&scope)
            && known.flag("active");
        if !is_as_written {
            form.extend([("description", summary.as_str()), ("active", "true")]);
            self.post(&format!("/v1/products/{id}"), &what, &form).await?;
        }
        let action = if is_as_written { SyncAction::Kept } else { SyncAction::Changed };
        self.note("product", id, action, name.clone());
        Ok(())
    }

    async fn prices(&mut self) -> Result<(), SyncFailure> {
        let found = self.active_prices().await?;
        let wanted: Vec<(Scope, Price)> = self
            .sold()
            .flat_map(|product| product.prices.iter().map(|price| (product.scope.clone(), price.clone())))
            .collect();
        let mut kept: BTreeSet<String> = BTreeSet::new();
        for (scope, price) in &wanted {
            kept.extend(self.price(scope, price, &found).await?);
        }
        // Only what we made: other prices of the account are none of our business.
        for price in found.iter().filter(|price| price.text("metadata.lyceum_price").is_some()) {
            let (Some(id), Some(name)) = (price.text("id"), price.text("metadata.lyceum_price")) else {
                continue;
            };
            if !kept.contains(id) {
                self.archive(id, name, price).await?;
            }
        }
        Ok(())
    }

    /// Every price that can be sold. Those that a checkout made in passing are not among them.
    pub(super) async fn active_prices(&self) -> Result<Vec<Object>, SyncFailure> {
        let mut found: Vec<Object> = Vec::new();
        for _ in 0..MAX_PAGES {
            let last = found.last().and_then(|price| price.text("id"));
            let after = last.map(|id| format!("&starting_after={}", query_value(id))).unwrap_or_default();
            let page = self.get(&format!("/v1/prices?active=true&limit=100{after}"), "the prices").await?;
            let prices = page.list("data");
            let is_end = prices.is_empty() || !page.flag("has_more");
            found.extend(prices);
            if is_end {
                break;
            }
        }
        Ok(found)
    }

    /// Finds or makes the price; its id at Stripe when it was there.
    async fn price(
        &mut self,
        scope: &Scope,
        price: &Price,
        found: &[Object],
    ) -> Result<Option<String>, SyncFailure> {
        let (product, scope) = (product_id(scope), scope.to_string());
        let known = found.iter().find(|found| {
            found.text("lookup_key") == Some(price.id.as_str())
                && found.id("product") == Some(&product)
                && is_same(found, price)
        });
        let what = format!("the price `{}`", price.id);
        let labels = [
            ("nickname", price.id.as_str()),
            ("metadata[lyceum_price]", price.id.as_str()),
            ("metadata[lyceum_scope]", &scope),
            // What the page says; a price that says neither can still be told.
            ("tax_behavior", "inclusive"),
        ];
        let Some((known, id)) = known.and_then(|known| Some((known, known.text("id")?))) else {
            self.create_price(price, &product, &what, &labels).await?;
            self.note("price", price.id.as_str(), SyncAction::Created, shown(price));
            return Ok(None);
        };
        let is_labelled = known.text("nickname") == Some(price.id.as_str())
            && known.text("metadata.lyceum_price") == Some(price.id.as_str())
            && known.text("metadata.lyceum_scope") == Some(&scope)
            && known.text("tax_behavior") == Some("inclusive");
        if !is_labelled {
            self.post(&format!("/v1/prices/{id}"), &what, &labels).await?;
        }
        let action = if is_labelled { SyncAction::Kept } else { SyncAction::Changed };
        self.note("price", price.id.as_str(), action, shown(price));
        Ok(Some(id.to_owned()))
    }

    /// Amount and term of a price never change at Stripe: another amount is another price, which takes the key over.
    async fn create_price(
        &self,
        price: &Price,
        product: &str,
        what: &str,
        labels: &[(&str, &str)],
    ) -> Result<(), SyncFailure> {
        let minor = price.amount.minor.to_string();
        let currency = price.amount.currency.code().to_ascii_lowercase();
        let mut form = vec![
            ("product", product),
            ("currency", &currency),
            ("unit_amount", &minor),
            ("lookup_key", price.id.as_str()),
            ("transfer_lookup_key", "true"),
        ];
        form.extend_from_slice(labels);
        if let Term::Every(interval) = price.term {
            form.push(("recurring[interval]", interval_name(interval)));
        }
        self.post("/v1/prices", what, &form).await
    }

    async fn archive(&mut self, id: &str, name: &str, price: &Object) -> Result<(), SyncFailure> {
        self.post(&format!("/v1/prices/{id}"), &format!("the price `{name}`"), &[("active", "false")])
            .await?;
        let minor = price.integer("unit_amount").unwrap_or(0);
        let currency = price.text("currency").unwrap_or_default().to_ascii_uppercase();
        let amount = currency.parse().map(|currency| lyceum_contract::Money { minor, currency }.to_string());
        let detail = format!("{}, was {id}", amount.unwrap_or_else(|_| minor.to_string()));
        self.note("price", name, SyncAction::Archived, detail);
        Ok(())
    }
}

/// `19.00 USD every month`.
fn shown(price: &Price) -> String {
    let term = match price.term {
        Term::Once => "once".to_owned(),
        Term::Every(interval) => format!("every {}", interval_name(interval)),
        Term::For(days) => format!("for {} days", days.0),
    };
    let seat = if price.per_seat { ", for each seat" } else { "" };
    format!("{} {term}{seat}", price.amount)
}
