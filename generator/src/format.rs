//! Money and dates as people of a language write them.

use lyceum_contract::Money;
use lyceum_contract::manifest::Language;
use lyceum_contract::time::Date;

/// Symbols that readers recognise without the code behind them.
const SYMBOLS: [(&str, &str); 9] = [
    ("USD", "$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("CNY", "¥"),
    ("JPY", "¥"),
    ("INR", "₹"),
    ("KRW", "₩"),
    ("BRL", "R$"),
    ("ILS", "₪"),
];

/// An amount: `$19`, `$19.50`, `¥328`, `€1,900.50`, `49 CHF`. Whole amounts lose their decimals.
pub fn money(amount: Money, language: &Language) -> String {
    let decimal = amount.decimal();
    let (whole, decimals) = decimal.split_once('.').unwrap_or((&decimal, ""));
    let main = language.as_str().split('-').next().unwrap_or_default();
    let whole = if matches!(main, "en" | "zh" | "ja") { grouped(whole) } else { whole.to_owned() };
    let has_decimals = decimals.bytes().any(|digit| digit != b'0');
    let number = if has_decimals { format!("{whole}.{decimals}") } else { whole };
    let code = amount.currency.code();
    match SYMBOLS.iter().find(|(known, _)| *known == code) {
        Some((_, symbol)) => format!("{symbol}{number}"),
        None => format!("{number} {code}"),
    }
}

/// Commas between groups of three digits.
fn grouped(whole: &str) -> String {
    let mut out = String::new();
    for (idx, digit) in whole.char_indices() {
        let left = whole.len() - idx;
        if idx > 0 && left.is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A day: `2 Nov 2026` in English, `2026年11月2日` in Chinese and Japanese, else `2026-11-02`.
pub fn date(date: Date, language: &Language) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = (date.year(), date.month(), date.day());
    match language.as_str().split('-').next().unwrap_or_default() {
        "en" => format!("{day} {} {year}", MONTHS[usize::from(month) - 1]),
        "zh" | "ja" => format!("{year}年{month}月{day}日"),
        _ => date.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        tag.parse().expect("a tag")
    }

    #[test]
    fn money_is_short() {
        for (amount, tag, expected) in [
            ("19.00 USD", "en", "$19"),
            ("19.50 USD", "en", "$19.50"),
            ("328.00 CNY", "zh", "¥328"),
            ("49.00 EUR", "en", "€49"),
            ("1900.50 EUR", "en", "€1,900.50"),
            ("1234567 JPY", "en", "¥1,234,567"),
            ("1900.00 EUR", "de", "€1900"),
            ("49.00 CHF", "en", "49 CHF"),
            ("1.250 KWD", "en", "1.250 KWD"),
        ] {
            assert_eq!(money(amount.parse().expect("money"), &language(tag)), expected);
        }
    }

    #[test]
    fn dates_are_written_out() {
        let day: Date = "2026-11-02".parse().expect("a day");
        for (tag, expected) in
            [("en", "2 Nov 2026"), ("en-gb", "2 Nov 2026"), ("zh", "2026年11月2日"), ("de", "2026-11-02")]
        {
            assert_eq!(date(day, &language(tag)), expected);
        }
    }
}
