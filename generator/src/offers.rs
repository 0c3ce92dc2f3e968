//! `offers` of `lyceum.yaml`: lower prices for whoever knows a code.

use std::collections::BTreeSet;

use lyceum_contract::time::Date;
use lyceum_contract::{Offer, OfferCode, Price, Reduction, Slug, Term, Timestamp};

use crate::claims::{Found, Place, PriceClaim};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::front_matter::{Expected, Fields, Located, date, money, slug};
use crate::keys;
use crate::zone::Zone;

/// The most orders that one offer may be limited to: every engine of the Ledger counts this far at once.
const MAX_LIMIT: u32 = 1_000_000;

/// An offer with the places of what must fit the prices of the whole site.
#[derive(Debug, Clone)]
pub(crate) struct OfferClaim {
    offer: Offer,
    /// Where `percent` or `amount` stands.
    reduction: Place,
    /// Each of `prices`, when they are named.
    prices: Option<Vec<(Slug, Place)>>,
}

/// Reads all offers.
pub(crate) fn read(fields: &mut Fields<'_>, zone: &Zone, found: &mut Found) -> Vec<Offer> {
    let mut offers = Vec::new();
    let mut codes: BTreeSet<String> = BTreeSet::new();
    for mut map in fields.maps("offers", &keys::OFFER) {
        let claim = offer(&mut map, zone, &mut codes);
        map.finish(&mut found.diagnostics);
        if let Some(claim) = claim {
            offers.push(claim.offer.clone());
            found.offers.push(claim);
        }
    }
    offers
}

fn offer(fields: &mut Fields<'_>, zone: &Zone, codes: &mut BTreeSet<String>) -> Option<OfferClaim> {
    let code = code(fields, codes);
    let reduction = reduction(fields);
    let prices = prices(fields);
    let count = |text: &str| number(text, 1..=MAX_LIMIT, "orders");
    let limit = fields.parsed("limit", Code::BadOffer, count).map(|limit| limit.value);
    let per_member = fields.parsed("per_member", Code::BadOffer, count).map_or(1, |found| found.value);
    let until = fields.parsed("until", Code::BadDate, date).map(|day| end_of(day.value, zone));
    let reduction = reduction?;
    let ids = prices.as_ref().map(|prices| prices.iter().map(|(id, _)| id.clone()).collect());
    let offer = Offer { code: code?, reduction: reduction.value, prices: ids, limit, per_member, until };
    Some(OfferClaim { offer, reduction: fields.located(reduction.span), prices })
}

fn code(fields: &mut Fields<'_>, codes: &mut BTreeSet<String>) -> Option<OfferCode> {
    let found = fields.text("code")?;
    let place = found.span.clone();
    if !codes.insert(found.value.to_ascii_uppercase()) {
        let message = format!("a second offer `{}`, expected each code once", found.value);
        let hint = "give each offer its own code; capital and small letters are the same";
        fields.error(Code::DuplicateId, place, message, hint);
        return None;
    }
    let read = |text: &str| {
        text.parse().map_err(|error| {
            let hint = match OfferCode::typed(text) {
                Some(code) => format!("write `{code}`; buyers may type small letters"),
                None => "use capital letters, digits and hyphens: `SPRING-2027`".to_owned(),
            };
            Expected::hint(&error, &hint)
        })
    };
    fields.read(found, Code::BadValue, "code", read).map(|code| code.value)
}

fn reduction(fields: &mut Fields<'_>) -> Option<Located<Reduction>> {
    let place = fields.span.clone();
    let is_clean = fields.is_clean();
    let percent = fields.parsed("percent", Code::BadOffer, |text| {
        let percent = number(text, 1..=100, "percent")?;
        Ok(Reduction::Percent(u8::try_from(percent).unwrap_or(100)))
    });
    let amount = fields.parsed("amount", Code::BadPrice, |text| money(text).map(Reduction::Amount));
    match (percent, amount) {
        (Some(_), Some(amount)) => {
            let message = "both `percent` and `amount`, expected one of them";
            fields.error(Code::BadOffer, amount.span, message, "remove one of the two");
            None
        }
        (None, None) if is_clean && fields.is_clean() => {
            let message = "neither `percent` nor `amount`, expected one of them";
            fields.error(Code::BadOffer, place, message, "add `percent: 30`, or `amount: 10.00 USD`");
            None
        }
        (percent, amount) => percent.or(amount),
    }
}

fn prices(fields: &mut Fields<'_>) -> Option<Vec<(Slug, Place)>> {
    let place = fields.span_of("prices")?;
    let n_found = fields.n_found();
    let texts = fields.texts("prices");
    if texts.is_empty() && fields.n_found() == n_found {
        let hint = "name the prices, or remove the key: then it is for all prices";
        fields.error(Code::BadOffer, place, "no price in `prices`, expected at least one", hint);
    }
    let mut prices = Vec::new();
    for text in texts {
        if let Some(price) = fields.read(text, Code::BadValue, "prices", slug) {
            let place = fields.located(price.span);
            prices.push((price.value, place));
        }
    }
    Some(prices)
}

fn number(text: &str, range: std::ops::RangeInclusive<u32>, of: &str) -> Result<u32, Expected> {
    let (least, most) = (*range.start(), *range.end());
    let found = text.parse().ok().filter(|number| range.contains(number));
    found.ok_or_else(|| {
        Expected::hint(&format!("expected {least} to {most} {of}"), "write a whole number and nothing else")
    })
}

/// The first instant behind the day, which counts to its end on the clocks of the site.
fn end_of(day: Date, zone: &Zone) -> Timestamp {
    zone.day_after(day)
}

/// Checks what needs every price of the site. Call it when all of them could be read.
pub(crate) fn check(found: &mut Found) {
    let Found { offers, prices, sold, diagnostics, .. } = found;
    for claim in offers.iter() {
        diagnostics.extend(unknown(claim, prices));
        let mut wrong = sold.iter().filter(|price| claim.offer.is_for(price));
        diagnostics.extend(wrong.find_map(|price| misfit(claim, price)));
    }
}

fn unknown(claim: &OfferClaim, prices: &[PriceClaim]) -> Vec<Diagnostic> {
    let known: BTreeSet<&str> = prices.iter().map(|price| price.id.as_str()).collect();
    let named = claim.prices.iter().flatten();
    let unknown = named.filter(|(id, _)| !known.contains(id.as_str())).map(|(id, place)| {
        let message = format!("`{id}` for `prices`, expected the id of a price");
        place.error(Code::UnknownPrice, message).hint(match nearest(id.as_str(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "prices are in `tiers` of this file, in the courses' `index.md` and in `products/`".to_owned()
            }
        })
    });
    unknown.collect()
}

/// Why the offer cannot be for this price, if so.
fn misfit(claim: &OfferClaim, price: &Price) -> Option<Diagnostic> {
    let (id, amount) = (&price.id, price.amount);
    let is_subscription = matches!(price.term, Term::Every(_));
    let (message, hint) = match claim.offer.reduction {
        Reduction::Amount(off) if off.currency != amount.currency => (
            format!("`{off}` less for `{id}`, which costs {amount}: expected the same currency"),
            "name the prices of this currency in `prices`".to_owned(),
        ),
        Reduction::Amount(off) if off.minor > amount.minor => (
            format!("`{off}` less for `{id}`, expected at most its price, {amount}"),
            "write a smaller amount, or name other prices in `prices`".to_owned(),
        ),
        Reduction::Percent(100) if is_subscription => free_subscription(id),
        Reduction::Amount(off) if off.minor == amount.minor && is_subscription => free_subscription(id),
        _ => return None,
    };
    Some(claim.reduction.error(Code::BadOffer, message).hint(hint))
}

fn free_subscription(id: &Slug) -> (String, String) {
    let message = format!("a first payment of nothing for the subscription `{id}`, expected a lower price");
    let hint = "give the price a `trial`, or name only passes and courses in `prices`";
    (message, hint.to_owned())
}

#[cfg(test)]
#[path = "offers_tests.rs"]
mod tests;
