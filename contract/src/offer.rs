//! Offers: a lower price for whoever knows a code.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{InvalidId, Slug};
use crate::money::{Money, Price};
use crate::time::Timestamp;

/// What a buyer types in: 3 to 40 of `A-Z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfferCode(String);

impl OfferCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code that somebody typed, in letters of either case and with spaces around it.
    pub fn typed(text: &str) -> Option<Self> {
        text.trim().to_ascii_uppercase().parse().ok()
    }
}

impl fmt::Display for OfferCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OfferCode {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let of_alphabet = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-');
        if (3..=40).contains(&text.len()) && text.bytes().all(of_alphabet) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { expected: "a code: 3 to 40 of `A-Z`, `0-9` and `-`" })
        }
    }
}

impl TryFrom<String> for OfferCode {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<OfferCode> for String {
    fn from(code: OfferCode) -> String {
        code.0
    }
}

/// How much less the first payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// So many percent of the order, 1 to 100.
    Percent(u8),
    /// So much of the order, whatever its quantity.
    Amount(Money),
}

/// A lower price for whoever knows the code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Offer {
    /// What a buyer types in. Unique in the site.
    pub code: OfferCode,
    /// How much less.
    pub reduction: Reduction,
    /// For which prices; nothing for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<BTreeSet<Slug>>,
    /// How many orders may have it; nothing for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many orders of one member may have it.
    pub per_member: u32,
    /// The first second at which it has ended; nothing for an offer without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Offer {
    /// Whether it is for this price.
    pub fn is_for(&self, price: &Price) -> bool {
        self.prices.as_ref().is_none_or(|prices| prices.contains(&price.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_what_can_be_said_on_the_telephone() {
        for good in ["ABC", "SPRING-2027", "000", "---", &"A".repeat(40)] {
            assert!(good.parse::<OfferCode>().is_ok(), "{good}");
        }
        for bad in ["", "AB", "spring", "A B", "A_B", "ÄBC", "ABC\n", &"A".repeat(41)] {
            assert!(bad.parse::<OfferCode>().is_err(), "{bad:?}");
        }
        let typed = |text| OfferCode::typed(text).map(String::from);
        assert_eq!(typed(" spring-2027\n").as_deref(), Some("SPRING-2027"));
        assert_eq!((typed("ß27"), typed("ﬁ1"), typed("a b")), (None, None, None));
    }

    #[test]
    fn an_offer_reads_back() {
        let short = r#"{"code":"SPRING","reduction":{"percent":30},"per_member":1}"#;
        let offer: Offer = serde_json::from_str(short).expect("readable");
        assert_eq!((offer.limit, offer.until, offer.prices.clone()), (None, None, None));
        assert_eq!(serde_json::to_string(&offer).expect("plain data"), short);
        let long = r#"{"code":"TEN","reduction":{"amount":{"minor":1000,"currency":"USD"}},"prices":["rust"],"limit":5,"per_member":2,"until":7}"#;
        let offer: Offer = serde_json::from_str(long).expect("readable");
        assert_eq!(serde_json::to_string(&offer).expect("plain data"), long);
    }
}
