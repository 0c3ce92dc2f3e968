//! Money is whole minor units with a currency, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::Slug;
use crate::time::Days;

/// A currency by its ISO 4217 code, for example `EUR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Currencies without minor units, by ISO 4217. Not those of which Stripe counts hundredths all the same (ISK, UGX).
const NO_MINOR_UNITS: [&str; 14] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Currencies with three digits of minor units, by ISO 4217.
const THREE_DIGITS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Currencies with two digits of minor units that can be charged for a course.
const TWO_DIGITS: [&str; 42] = [
    "AED", "ARS", "AUD", "BDT", "BGN", "BRL", "CAD", "CHF", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP",
    "GEL", "HKD", "HUF", "IDR", "ILS", "INR", "KES", "KZT", "LKR", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD",
    "PEN", "PHP", "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
];

impl Currency {
    /// The three capital letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimal digits the minor unit has: 0, 2 or 3.
    pub fn n_decimals(&self) -> u32 {
        if NO_MINOR_UNITS.contains(&self.code()) {
            0
        } else if THREE_DIGITS.contains(&self.code()) {
            3
        } else {
            2
        }
    }
}

/// Why a text is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidMoney {
    /// Not of the form `19.00 USD`.
    Shape,
    /// A currency that Lyceum does not know.
    UnknownCurrency,
    /// More or fewer decimal digits than the currency has.
    Decimals {
        /// What the currency has.
        expected: u32,
    },
    /// Zero, negative, or more than a price can be (10^12 minor units).
    Range,
}

impl fmt::Display for InvalidMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => f.write_str("expected an amount and a currency such as `19.00 USD`"),
            Self::UnknownCurrency => {
                f.write_str("expected a currency code of ISO 4217 such as `USD`, `EUR` or `CNY`")
            }
            Self::Decimals { expected } => write!(f, "expected {expected} decimal digits in this currency"),
            Self::Range => f.write_str("expected an amount above zero and below 10^12 minor units"),
        }
    }
}

impl std::error::Error for InvalidMoney {}

impl FromStr for Currency {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let known =
            [&NO_MINOR_UNITS[..], &THREE_DIGITS[..], &TWO_DIGITS[..]].iter().any(|list| list.contains(&text));
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if known => Ok(Self(code)),
            _ => Err(InvalidMoney::UnknownCurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidMoney;
    fn try_from(text: String) -> Result<Self, InvalidMoney> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, for example cents: 1900 is 19.00 USD, 1900 JPY is 1900 yen.
    pub minor: i64,
    /// The currency that the minor units belong to.
    pub currency: Currency,
}

impl Money {
    /// The number without its currency: `19.00`, `1900` for yen.
    pub fn decimal(&self) -> String {
        let n_decimals = self.currency.n_decimals();
        let unit = 10_i64.pow(n_decimals);
        let sign = if self.minor < 0 { "-" } else { "" };
        let whole = self.minor.abs() / unit;
        if n_decimals == 0 {
            return format!("{sign}{whole}");
        }
        let width = n_decimals as usize;
        format!("{sign}{whole}.{:0width$}", self.minor.abs() % unit)
    }
}

impl fmt::Display for Money {
    /// As authors write it: `19.00 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency.code())
    }
}

impl FromStr for Money {
    type Err = InvalidMoney;

    /// Reads a price as authors write it: positive, with exactly the decimals of its currency.
    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let (amount, code) = text.split_once(' ').ok_or(InvalidMoney::Shape)?;
        let (whole, decimals) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || amount.ends_with('.') {
            return Err(InvalidMoney::Shape);
        }
        let currency: Currency = code.parse()?;
        let expected = currency.n_decimals();
        if decimals.len() != expected as usize {
            return Err(InvalidMoney::Decimals { expected });
        }
        let minor: i64 = format!("{whole}{decimals}").parse().map_err(|_| InvalidMoney::Range)?;
        if (1..1_000_000_000_000).contains(&minor) {
            Ok(Self { minor, currency })
        } else {
            Err(InvalidMoney::Range)
        }
    }
}

/// The step of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    /// Every calendar month.
    Month,
    /// Every calendar year.
    Year,
}

/// What the buyer gets for the amount, in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Paid once, kept for good.
    Once,
    /// Paid again at each step until cancelled.
    Every(Interval),
    /// A pass: paid once, ends by itself after this many days.
    For(Days),
}

/// One way to pay for a tier or a course.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Price {
    /// Unique in the site; the only thing about money that a browser ever sends.
    pub id: Slug,
    /// What is charged, tax included.
    pub amount: Money,
    /// For how long.
    pub term: Term,
    /// Free days before the first charge of a subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Days>,
    /// Whether it is the price of one seat: whoever buys says how many, and shares them with a team. Absent in sites of
    /// older generators.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_seat: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_are_exact() {
        let usd = "19.00 USD".parse::<Money>().expect("a price");
        assert_eq!((usd.minor, usd.currency.code()), (1_900, "USD"));
        assert_eq!("1900 JPY".parse::<Money>().expect("a price").minor, 1_900);
        assert_eq!("1.250 KWD".parse::<Money>().expect("a price").minor, 1_250);
    }

    #[test]
    fn anything_else_says_what_was_expected() {
        for (text, error) in [
            ("19.00", InvalidMoney::Shape),
            ("19,00 USD", InvalidMoney::Shape),
            ("-1.00 USD", InvalidMoney::Shape),
            ("1. USD", InvalidMoney::Shape),
            (".50 USD", InvalidMoney::Shape),
            ("19.00 usd", InvalidMoney::UnknownCurrency),
            ("19.00 ZZZ", InvalidMoney::UnknownCurrency),
            ("19 USD", InvalidMoney::Decimals { expected: 2 }),
            ("19.00 JPY", InvalidMoney::Decimals { expected: 0 }),
            ("0.00 USD", InvalidMoney::Range),
            ("99999999999999999999.00 USD", InvalidMoney::Range),
        ] {
            assert_eq!(text.parse::<Money>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn money_reads_back(minor in 1_i64..1_000_000_000_000, code in 0..3_usize) {
            let currency = ["USD", "JPY", "KWD"][code].parse().expect("known");
            let money = Money { minor, currency };
            prop_assert_eq!(money.to_string().parse(), Ok(money));
        }
    }
}
