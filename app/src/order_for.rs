//! Ordering for others: seats for a team, or a gift.
//!
//! The browser sends the price id and what is asked for here: a number, an address, a few words. What it costs comes
//! from the manifest, as for every order.

use std::ops::RangeInclusive;

use axum::body::Body;
use http::Response;
use lyceum_contract::id::OrderId;
use lyceum_contract::manifest::Product;
use lyceum_contract::money::Term;
use lyceum_contract::{Money, Price, display, paths};
use maud::{Markup, html};

use crate::account::scope_name;
use crate::checkout::{Wanted, WayBack, order_response};
use crate::error::AppError;
use crate::ledger::{Commands, Door, GiftTo, Order, Purpose};
use crate::mail::door;
use crate::money::Settlement;
use crate::order_page::term_text;
use crate::page::{Frame, redirect};
use crate::ports::Platform;
use crate::request::Context;
use crate::session::{Session, Visitor};
use crate::sign_in::normalized_email;

/// How many seats one order may have.
pub(crate) const SEATS: RangeInclusive<u32> = 2..=500;
/// How many stand in the form at first.
const FIRST_SEATS: u32 = 5;
/// The most characters that come with a gift.
const MAX_MESSAGE_CHARS: usize = 300;

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
struct Filled {
    purpose: Purpose,
    quantity: u32,
    email: Option<String>,
    message: Option<String>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    Seats,
    Email,
    Message,
    /// A subscription cannot be given.
    Term,
}

fn filled(wanted: &Wanted, price: &Price, others: Others) -> Result<Filled, Mistake> {
    if others == Others::Team {
        let n_seats = wanted.seats.trim().parse().ok().filter(|n| SEATS.contains(n));
        let quantity = n_seats.ok_or(Mistake::Seats)?;
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

/// What the form is about.
pub(crate) struct Sale<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) product: &'a Product,
    pub(crate) price: &'a Price,
    pub(crate) way_back: &'a WayBack,
}

impl Sale<'_> {
    /// The order before it is placed.
    pub(crate) fn form(&self, session: &Session, wanted: &Wanted, others: Others) -> Markup {
        // The first look at the form has no number yet, which is no mistake.
        let mistake = match (others, wanted.seats.is_empty()) {
            (Others::Team, true) => None,
            _ => filled(wanted, self.price, others).err(),
        };
        match (others, mistake) {
            (_, Some(Mistake::Term)) => self.no_gift(),
            (Others::Team, _) => self.team_form(wanted, mistake),
            (Others::Gift, _) => self.gift_form(session, wanted, mistake),
        }
    }

    fn frame_of(&self, title: &str, lede: &str, form: &Markup) -> Markup {
        let frame = self.frame;
        html! {
            div class="narrow stack" {
                h1 { (frame.text(title)) }
                p { (frame.text(lede)) }
                div class="card stack" {
                    dl class="facts" {
                        dt { (frame.text("app_checkout_what")) }
                        dd { (scope_name(frame, &self.product.scope)) }
                        dt { (frame.text("app_checkout_price")) }
                        dd {
                            span class="price" { (display::amount(self.price.amount, &frame.language)) }
                            @if self.price.per_seat { " " (frame.text("app_seats_each")) }
                            " " (term_text(frame, self.price.term))
                            @if let Some(trial) = self.price.trial {
                                br; (frame.fill("app_trial", &[("n", &trial.0.to_string())]))
                            }
                        }
                    }
                    (form)
                }
            }
        }
    }

    fn action(&self) -> String {
        let query = self.way_back.query();
        let query = query.strip_prefix('&').map(|query| format!("?{query}")).unwrap_or_default();
        self.frame.link(&format!("{}{query}", paths::CHECKOUT))
    }

    fn team_form(&self, wanted: &Wanted, mistake: Option<Mistake>) -> Markup {
        let frame = self.frame;
        let first = FIRST_SEATS.to_string();
        let seats = if wanted.seats.is_empty() { &first } else { &wanted.seats };
        let total = seats.trim().parse().ok().filter(|_| mistake.is_none()).map(|n| self.total(n));
        let range = [("min", &SEATS.start().to_string()), ("max", &SEATS.end().to_string())];
        let range = range.map(|(name, value)| (name, value.as_str()));
        let form = html! {
            form class="form" method="post" action=(self.action()) {
                input type="hidden" name="price" value=(self.price.id);
                label for="seats" { (frame.text("app_seats")) }
                input type="number" id="seats" name="seats" value=(seats) min=(SEATS.start()) max=(SEATS.end())
                    required inputmode="numeric" aria-describedby="seats-hint" aria-invalid=[mistake.map(|_| "true")];
                @if mistake.is_some() {
                    p class="error" role="alert" id="seats-hint" { (frame.fill("app_seats_wrong", &range)) }
                } @else {
                    p class="hint" id="seats-hint" { (frame.text("app_seats_hint")) }
                }
                @if let Some(total) = &total { p { (total) } }
                p class="hint" { (frame.text("app_checkout_tax")) " " (frame.text("app_checkout_terms")) }
                div class="actions" {
                    button type="submit" class="button" { (frame.text("app_seats_pay")) }
                    button type="submit" class="button quiet" formmethod="get" {
                        (frame.text("app_seats_count"))
                    }
                }
            }
        };
        self.frame_of("app_team_order_title", "app_team_order_lede", &form)
    }

    /// What so many seats cost, in words.
    fn total(&self, n_seats: u32) -> String {
        let Price { amount, term, .. } = *self.price;
        let minor = amount.minor.saturating_mul(i64::from(n_seats));
        let total = display::amount(Money { minor, ..amount }, &self.frame.language);
        let term = term_text(self.frame, term);
        self.frame
            .fill("app_seats_total", &[("n", &n_seats.to_string()), ("amount", &total), ("term", &term)])
    }

    fn gift_form(&self, session: &Session, wanted: &Wanted, mistake: Option<Mistake>) -> Markup {
        let frame = self.frame;
        let amount = display::amount(self.price.amount, &frame.language);
        let from = match &session.name {
            Some(name) => frame.fill("app_gift_from_name", &[("name", name)]),
            None => frame.text("app_gift_from_address").to_owned(),
        };
        let form = html! {
            form class="form" method="post" action=(self.action()) {
                input type="hidden" name="price" value=(self.price.id);
                input type="hidden" name="gift" value="1";
                label for="email" { (frame.text("app_gift_email")) }
                @if mistake == Some(Mistake::Email) {
                    p class="error" role="alert" id="email-error" { (frame.text("app_email_invalid")) }
                }
                input type="email" id="email" name="email" value=(wanted.email) maxlength="254" autocomplete="off"
                    aria-describedby="email-hint" aria-invalid=[(mistake == Some(Mistake::Email)).then_some("true")];
                p class="hint" id="email-hint" { (frame.text("app_gift_email_hint")) }
                label for="message" { (frame.text("app_gift_message")) }
                @if mistake == Some(Mistake::Message) {
                    p class="error" role="alert" id="message-error" { (frame.text("app_gift_message_long")) }
                }
                textarea id="message" name="message" rows="4" maxlength=(MAX_MESSAGE_CHARS)
                    aria-describedby="message-hint"
                    aria-invalid=[(mistake == Some(Mistake::Message)).then_some("true")] { (wanted.message) }
                p class="hint" id="message-hint" { (from) }
                p class="hint" { (frame.text("app_checkout_tax")) " " (frame.text("app_checkout_terms")) }
                button type="submit" class="button" { (frame.fill("app_checkout_pay", &[("amount", &amount)])) }
            }
        };
        self.frame_of("app_gift_order_title", "app_gift_order_lede", &form)
    }

    fn no_gift(&self) -> Markup {
        let frame = self.frame;
        html! {
            div class="narrow stack" {
                h1 { (frame.text("app_gift_order_title")) }
                p { (frame.text("app_gift_no_subscription")) }
                p { a href=(frame.link("/")) { (frame.text("app_home")) } }
            }
        }
    }
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
    /// Places an order for others and leads to the processor's payment page, or shows the form again.
    pub(crate) async fn place_for(
        &self,
        sale: &Sale<'_>,
        visitor: &Visitor,
        wanted: &Wanted,
        others: Others,
    ) -> Result<Response<Body>, AppError> {
        let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
        let Ok(filled) = filled(wanted, sale.price, others) else {
            return Ok(order_response(self, sale.frame, visitor, sale.form(session, wanted, others)));
        };
        let order = Order {
            id: OrderId::from_bytes(self.random()?),
            member: session.member.clone(),
            scope: sale.product.scope.clone(),
            price: sale.price.clone(),
            quantity: filled.quantity,
            purpose: filled.purpose,
            discount_minor: 0,
            reference: None,
            created_at: self.now(),
            settlement: Settlement::default(),
            revision: 0,
        };
        let ledger = self.platform.ledger();
        // A code is for whoever buys for themselves, so there is nothing to refuse.
        self.place_order(&order, None).await?;
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
        let by = (session.pseudonym.as_str(), sale.way_back);
        let url = self.start_payment(sale.frame, sale.product, (order, None), by).await?;
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
