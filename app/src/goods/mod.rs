//! Tickets, hours with an instructor, and paid questions: ordering them, and what members have of them.
//!
//! A download is ordered like a course. Here is what has more to it than reading.

mod account;
mod form;
mod ics;
mod moment;
mod order;
pub(crate) mod tend;

use lyceum_contract::goods::Goods;
use lyceum_contract::manifest::Product;
use lyceum_contract::{Price, Scope, Term, Timestamp};

pub(crate) use account::{file, show, state_text};
pub(crate) use moment::{moment, span};
pub(crate) use order::Selling;

use crate::ledger::{CLAIM_SECONDS, Order};
use crate::page::Frame;

/// The most characters of a question or an answer.
pub(crate) const MAX_TEXT_CHARS: usize = 4_000;

/// What is sold here, when the product is of a kind that has more to it than reading.
pub(crate) fn of(product: &Product) -> Option<&Goods> {
    product.goods.as_ref().filter(|goods| !matches!(goods, Goods::Download))
}

/// Whether a scope is that of a product that is asked.
pub(crate) fn is_question(frame: &Frame, scope: &Scope) -> bool {
    let product = frame.site.manifest.products.iter().find(|product| product.scope == *scope);
    product.is_some_and(|product| matches!(product.goods, Some(Goods::Question(_))))
}

/// Whether such a product can be sold at this price: once, to one person.
fn is_sold_at(product: &Product, price: &Price) -> bool {
    matches!(product.scope, Scope::Product(_)) && price.term == Term::Once && !price.per_seat
}

/// When the payment page of an order ends. What somebody holds without paying, nobody else can buy.
pub(crate) fn page_end(product: &Product, order: &Order) -> Option<Timestamp> {
    let is_held = matches!(of(product), Some(Goods::Ticket(_) | Goods::Coaching(_)));
    is_held.then(|| order.created_at.plus_seconds(CLAIM_SECONDS))
}

/// A text as it is kept: lines without control or direction marks; nothing when it is empty.
pub(crate) fn cleaned(text: &str) -> Option<String> {
    let is_kept = |char: &char| {
        matches!(char, '\n' | '\t')
            || !(char.is_control()
                || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
    };
    let text: String = text.chars().filter(is_kept).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_nothing_hidden() {
        assert_eq!(cleaned(" a\r\n\tb\u{202e}\0 \n").as_deref(), Some("a\n\tb"));
        assert_eq!(cleaned(" \r\n\u{feff}"), None);
    }
}
