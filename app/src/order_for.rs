//! Ordering for others: seats for a team, or a gift.
//!
//! The browser sends the price id and what is asked for here: a number, an address, a few words. What it costs comes
//! from the manifest, as for every order.

use std::ops::RangeInclusive;

use axum::body::Body;
use http::Response;
use lyceum_contract::event::{Record, What};
use lyceum_contract::id::OrderId;
use lyceum_contract::money::Term;
use lyceum_contract::{Price, display, paths};
use maud::{Markup, html};

use crate::checkout::{Wanted, order_response};
use crate::error::AppError;
use crate::ledger::{Commands, Door, GiftTo, Order, Purpose};
use crate::mail::door;
use crate::money::Settlement;
use crate::offers::{NotPlaced, Typed};
use crate::order_for_form::Sale;
use crate::order_page::term_text;
use crate::page::{Frame, redirect};
use crate::ports::Platform;
use crate::request::Context;
use crate::session::{Session, Visitor};
use crate::sign_in::normalized_email;

/// How many seats one order may have.
pub(crate) const SEATS: RangeInclusive<u32> = 2..=500;
/// How many stand in the form at first.
pub(crate) const FIRST_SEATS: u32 = 5;
/// The most characters that come with a gift.
pub(crate) const MAX_MESSAGE_CHARS: usize = 300;

/// For whom an order is, when it is not for the buyer alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    Team,
    Gift,
}

/// For whom the buyer wants this price. A price of a seat is always for a team.
pub(crate) fn others(wanted: &Wanted, price: &Price) -> Option<Others> {
    match (price.per_seat, wanted.gift.is_empty()) {
        (true, _) => Some(Others::Team),
        (false, false) => Some(Others::Gift),
        (false, true) => None,
    }
}

/// Whether the price can be given: it is paid once.
pub(crate) fn is_gift(price: &Price) -> bool {
    !price.per_seat && !matches!(price.term, Term::Every(_))
}

/// What leads back to the same form, as more values of a query.
pub(crate) fn query(purpose: Purpose, n_seats: u32) -> String {
    match purpose {
        Purpose::Own => String::new(),
        Purpose::Gift => "&gift=1".to_owned(),
        Purpose::Team => format!("&seats={n_seats}"),
    }
}

/// What the buyer said about the others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    purpose: Purpose,
    quantity: u32,
    email: Option<String>,
    message: Option<String>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    Seats,
    Email,
    Message,
    /// A subscription cannot be given.
    Term,
}

fn n_seats(wanted: &Wanted) -> Option<u32> {
    wanted.seats.trim().parse().ok().filter(|n| SEATS.contains(n))
}

pub(crate) fn filled(wanted: &Wanted, price: &Price, others: Others) -> Result<Filled, Mistake> {
    if others == Others::Team {
        let quantity = n_seats(wanted).ok_or(Mistake::Seats)?;
        return Ok(Filled { purpose: Purpose::Team, quantity, email: None, message: None });
    }
    if !is_gift(price) {
        return Err(Mistake::Term);
    }
    let email = match wanted.email.trim() {
        "" => None,
        email => Some(normalized_email(email).ok_or(Mistake::Email)?),
    };
    let message = clean_message(&wanted.message);
    if message.chars().count() > MAX_MESSAGE_CHARS {
        return Err(Mistake::Message);
    }
    let message = Some(message).filter(|message| !message.is_empty());
    Ok(Filled { purpose: Purpose::Gift, quantity: 1, email, message })
}

/// Lines without control or direction marks.
fn clean_message(text: &str) -> String {
    let is_visible = |char: &char| {
        *char == '\n'
            || !(char.is_control()
                || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
    };
    text.chars().filter(is_visible).collect::<String>().trim().to_owned()
}

/// The way from the form of one's own order to that of a gift; nothing when the price cannot be given.
pub(crate) fn gift_link(frame: &Frame, price: &Price) -> Markup {
    let to = frame.link(&format!("{}?price={}&gift=1", paths::CHECKOUT, price.id));
    html! {
        @if is_gift(price) { p { a href=(to) { (frame.text("app_gift_offer")) } } }
    }
}

/// The path of the link of a gift.
pub(crate) fn gift_path<P: Platform>(context: &Context<P>, order: &OrderId) -> String {
    let door = Door { page: paths::GIFT.to_owned(), id: order.to_string() };
    door::path(&context.config.secrets, &door).unwrap_or_else(|| paths::ACCOUNT.to_owned())
}

/// The page that the buyer comes back to from paying for others.
pub(crate) fn thanks<P: Platform>(context: &Context<P>, frame: &Frame, order: &Order) -> Markup {
    let (title, lede, to, button) = if order.purpose == Purpose::Team {
        let to = format!("{}?order={}", paths::TEAM, order.id);
        ("app_return_team", "app_return_team_lede", to, "app_return_team_go")
    } else {
        ("app_return_gift", "app_return_gift_lede", gift_path(context, &order.id), "app_return_gift_go")
    };
    html! {
        div class="narrow stack" {
            h1 { (frame.fill(title, &[("n", &order.n_seats().to_string())])) }
            p {
                span class="price" { (display::amount(order.total(), &frame.language)) }
                " " (term_text(frame, order.price.term))
            }
            p { (frame.text(lede)) }
            p { a class="button" href=(frame.link(&to)) { (frame.text(button)) } }
            p { a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account")) } }
        }
    }
}

impl<P: Platform> Context<P> {
    /// What the typed code does to this order: to as many seats as are asked for, if that is a number.
    pub(crate) async fn weigh_for(
        &self,
        sale: &Sale<'_>,
        session: &Session,
        wanted: &Wanted,
        others: Others,
    ) -> Result<Typed, AppError> {
        let quantity = match others {
            Others::Gift => 1,
            Others::Team => n_seats(wanted).unwrap_or(FIRST_SEATS),
        };
        self.weigh_code(sale.frame, session, (sale.price, quantity), &wanted.code).await
    }

    /// Places an order for others and leads to the processor's payment page, or shows the form again.
    pub(crate) async fn place_for(
        &self,
        sale: &Sale<'_>,
        visitor: &Visitor,
        wanted: &Wanted,
        others: Others,
    ) -> Result<Response<Body>, AppError> {
        let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
        let typed = self.weigh_for(sale, session, wanted, others).await?;
        let again = |typed: &Typed| {
            order_response(self, sale.frame, visitor, sale.form(session, wanted, others, typed))
        };
        let Ok(filled) = filled(wanted, sale.price, others) else { return Ok(again(&typed)) };
        // Nobody pays more than the page said because of a code that ended since.
        if typed.is_refused() {
            return Ok(again(&typed));
        }
        let order = Order {
            id: OrderId::from_bytes(self.random()?),
            member: session.member.clone(),
            scope: sale.product.scope.clone(),
            price: typed.price(sale.price),
            quantity: filled.quantity,
            purpose: filled.purpose,
            discount_minor: typed.reduced().map_or(0, |reduced| reduced.discount_minor),
            reference: None,
            created_at: self.now(),
            settlement: Settlement::default(),
            revision: 0,
        };
        let ledger = self.platform.ledger();
        let redemption = typed.reduced().map(|reduced| &reduced.redemption);
        match self.place_order(&order, redemption).await? {
            None => {}
            Some(NotPlaced::Code(refusal)) => return Ok(again(&typed.refused(refusal))),
            Some(NotPlaced::Trial(trial)) => {
                return Ok(order_response(self, sale.frame, visitor, trial.page(sale.frame, sale.price)));
            }
        }
        if filled.purpose == Purpose::Gift {
            let command = GiftTo {
                order: order.id.clone(),
                buyer: order.member.clone(),
                email: filled.email,
                message: filled.message,
                language: Some(sale.frame.language.clone()),
                now: self.now(),
            };
            ledger.gift_to(command).await?;
        }
        if order.is_free() {
            let what = What::Recorded(Record::Checkout { price: order.price.id });
            self.record(&session.pseudonym, what).await;
            let back = format!("{}?order={}{}", paths::CHECKOUT_RETURN, order.id, sale.way_back.query());
            return Ok(redirect(&sale.frame.link(&back), visitor.set_cookies.clone()));
        }
        let by = (session.pseudonym.as_str(), sale.way_back);
        let offer = redemption.map(|redemption| redemption.code.clone());
        let url = self.start_payment(sale.frame, sale.product, (order, offer), by).await?;
        Ok(redirect(&url, visitor.set_cookies.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(seats: &str, email: &str, message: &str) -> Wanted {
        let mut wanted = Wanted::default();
        for (field, text) in [
            (&mut wanted.seats, seats),
            (&mut wanted.email, email),
            (&mut wanted.message, message),
            (&mut wanted.gift, "1"),
        ] {
            text.clone_into(field);
        }
        wanted
    }

    fn price(term: &str) -> Price {
        let json = format!(r#"{{"id":"p","amount":{{"minor":100,"currency":"USD"}},"term":{term}}}"#);
        serde_json::from_str(&json).expect("a price")
    }

    #[test]
    fn seats_are_a_number_from_2_to_500() {
        for (text, expected) in
            [("2", Some(2)), (" 500 ", Some(500)), ("1", None), ("501", None), ("0", None)]
        {
            let found = filled(&wanted(text, "", ""), &price(r#""once""#), Others::Team);
            assert_eq!(found.map(|filled| filled.quantity).ok(), expected, "{text}");
        }
        for text in ["", "-3", "3.0", "1e2", "5 seats", "99999999999999999999", "٣"] {
            let found = filled(&wanted(text, "", ""), &price(r#""once""#), Others::Team);
            assert_eq!(found, Err(Mistake::Seats), "{text}");
        }
    }

    #[test]
    fn a_gift_has_an_address_or_none_and_300_characters() {
        let give = |email: &str, message: &str| {
            filled(&wanted("", email, message), &price(r#"{"for":"P90D"}"#), Others::Gift)
        };
        let filled = give(" Bob@Example.org ", "Dear\r\nBob\u{202e}\0 ").expect("a gift");
        assert_eq!(filled.email.as_deref(), Some("bob@example.org"));
        assert_eq!(filled.message.as_deref(), Some("Dear\nBob"));
        assert_eq!(give("", " \r\n").map(|filled| (filled.email, filled.message)), Ok((None, None)));
        assert_eq!(give("bob", ""), Err(Mistake::Email));
        assert!(give("", &"语".repeat(300)).is_ok());
        assert_eq!(give("", &"语".repeat(301)), Err(Mistake::Message));
        let monthly = price(r#"{"every":"month"}"#);
        assert_eq!(super::filled(&wanted("", "", ""), &monthly, Others::Gift), Err(Mistake::Term));
    }
}
