//! How dates and amounts are shown to people of a language: the same on static pages and in the app.

use crate::manifest::Language;
use crate::money::Money;
use crate::time::Date;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The day as people write it: `2 Nov 2026`, `2026年11月2日`; ISO 8601 in other languages.
pub fn date(date: Date, language: &Language) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match main_language(language) {
        "en" => {
            let name = MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default();
            format!("{day} {name} {year}")
        }
        "zh" | "ja" => format!("{year}年{month}月{day}日"),
        _ => date.to_string(),
    }
}

/// The amount as people write it: `$19`, `$1,900.50`, `¥328`; `49 CHF` where no sign is widely known.
///
/// Whole amounts lose their zero decimals. The yen and the yuan share a sign, so the one that a reader of the
/// language would not expect carries its country.
pub fn amount(money: Money, language: &Language) -> String {
    let decimal = money.decimal();
    let (whole, decimals) = decimal.split_once('.').unwrap_or((&decimal, ""));
    let mut number = grouped(whole);
    if decimals.bytes().any(|digit| digit != b'0') {
        number = format!("{number}.{decimals}");
    }
    let sign = match (money.currency.code(), main_language(language)) {
        ("USD", _) => "$",
        ("EUR", _) => "€",
        ("GBP", _) => "£",
        ("INR", _) => "₹",
        ("KRW", _) => "₩",
        ("CNY", "zh") | ("JPY", "ja" | "en") => "¥",
        ("CNY", _) => "CN¥",
        ("JPY", _) => "JP¥",
        (code, _) => return format!("{number} {code}"),
    };
    format!("{sign}{number}")
}

/// `pt` of `pt-br`.
fn main_language(language: &Language) -> &str {
    language.as_str().split('-').next().unwrap_or_default()
}

fn grouped(digits: &str) -> String {
    let n_digits = digits.len();
    let separated = digits.chars().enumerate().flat_map(|(idx, digit)| {
        let separator = (idx > 0 && (n_digits - idx).is_multiple_of(3)).then_some(',');
        separator.into_iter().chain([digit])
    });
    separated.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, language: &str, shown: &str) {
        let language = language.parse().expect("a language");
        assert_eq!(amount(written.parse().expect("an amount"), &language), shown);
    }

    #[test]
    fn amounts_read_like_prices() {
        check("19.00 USD", "en", "$19");
        check("19.50 USD", "zh", "$19.50");
        check("1900.50 EUR", "en", "€1,900.50");
        check("1234567 KRW", "en", "₩1,234,567");
        check("328.00 CNY", "zh", "¥328");
        check("328.00 CNY", "en", "CN¥328");
        check("49.00 CHF", "en", "49 CHF");
    }

    #[test]
    fn dates_read_like_dates() {
        let day = "2026-11-02".parse().expect("a day");
        for (language, shown) in
            [("en", "2 Nov 2026"), ("zh", "2026年11月2日"), ("en-gb", "2 Nov 2026"), ("fr", "2026-11-02")]
        {
            assert_eq!(date(day, &language.parse().expect("a language")), shown);
        }
    }
}
