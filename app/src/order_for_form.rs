//! The forms of orders for others, before anything is placed.

use lyceum_contract::manifest::Product;
use lyceum_contract::{Money, Price, display, paths};
use maud::{Markup, html};

use crate::account::scope_name;
use crate::address::is_same_site;
use crate::checkout::{Wanted, WayBack};
use crate::offers::{Typed, button_text, code_form, price_lines};
use crate::order_for::{FIRST_SEATS, MAX_MESSAGE_CHARS, Mistake, Others, SEATS, filled};
use crate::order_page::term_text;
use crate::page::Frame;
use crate::session::Session;

/// What the form is about.
pub(crate) struct Sale<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) product: &'a Product,
    pub(crate) price: &'a Price,
    pub(crate) way_back: &'a WayBack,
}

impl Sale<'_> {
    /// The order before it is placed.
    pub(crate) fn form(&self, session: &Session, wanted: &Wanted, others: Others, typed: &Typed) -> Markup {
        // The first look at the form has no number yet, which is no mistake.
        let mistake = match (others, wanted.seats.is_empty()) {
            (Others::Team, true) => None,
            _ => filled(wanted, self.price, others).err(),
        };
        match (others, mistake) {
            (_, Some(Mistake::Term)) => self.no_gift(),
            (Others::Team, _) => self.team_form(wanted, mistake, typed),
            (Others::Gift, _) => self.gift_form(session, wanted, mistake, typed),
        }
    }

    fn frame_of(&self, (title, lede): (&str, &str), price: &Markup, form: &Markup) -> Markup {
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
                            (price)
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

    /// What one costs, before it is said how many.
    fn each(&self, typed: &Typed) -> Markup {
        let frame = self.frame;
        html! {
            span class="price" { (display::amount(self.price.amount, &frame.language)) }
            @if self.price.per_seat { " " (frame.text("app_seats_each")) }
            " " (term_text(frame, self.price.term))
            @if let Some(trial) = typed.price(self.price).trial {
                br; (frame.fill("app_trial", &[("n", &trial.0.to_string())]))
            }
        }
    }

    /// The code that is kept while the form is filled in.
    fn code_field(typed: &Typed) -> Markup {
        html! {
            @if let Some(reduced) = typed.reduced() {
                input type="hidden" name="code" value=(reduced.redemption.code);
            }
        }
    }

    fn team_form(&self, wanted: &Wanted, mistake: Option<Mistake>, typed: &Typed) -> Markup {
        let frame = self.frame;
        let first = FIRST_SEATS.to_string();
        let seats = if wanted.seats.is_empty() { &first } else { &wanted.seats };
        let n_seats = seats.trim().parse().ok().filter(|_| mistake.is_none());
        let hidden = [("price", self.price.id.as_str()), ("seats", seats.as_str())];
        let hidden: Vec<(&str, &str)> = hidden.into_iter().chain(self.back()).collect();
        let is_free = n_seats.is_some_and(|n| typed.is_free(self.price, n));
        let button = if is_free { "app_code_get" } else { "app_seats_pay" };
        let range = [("min", &SEATS.start().to_string()), ("max", &SEATS.end().to_string())];
        let range = range.map(|(name, value)| (name, value.as_str()));
        let form = html! {
            form class="form" method="post" action=(self.action()) {
                input type="hidden" name="price" value=(self.price.id);
                (Self::code_field(typed))
                label for="seats" { (frame.text("app_seats")) }
                input type="number" id="seats" name="seats" value=(seats) min=(SEATS.start()) max=(SEATS.end())
                    required inputmode="numeric" aria-describedby="seats-hint" aria-invalid=[mistake.map(|_| "true")];
                @if mistake.is_some() {
                    p class="error" role="alert" id="seats-hint" { (frame.fill("app_seats_wrong", &range)) }
                } @else {
                    p class="hint" id="seats-hint" { (frame.text("app_seats_hint")) }
                }
                @if let Some(n) = n_seats { p { (self.total(n, typed)) } }
                @if !is_free {
                    p class="hint" { (frame.text("app_checkout_tax")) " " (frame.text("app_checkout_terms")) }
                }
                div class="actions" {
                    button type="submit" class="button" { (frame.text(button)) }
                    button type="submit" class="button quiet" formmethod="get" {
                        (frame.text("app_seats_count"))
                    }
                }
            }
        };
        let form = html! { (code_form(frame, &hidden, typed)) (form) };
        self.frame_of(("app_team_order_title", "app_team_order_lede"), &self.each(typed), &form)
    }

    /// The way back to the lesson, as one more field of the form of a code.
    fn back(&self) -> Option<(&str, &str)> {
        is_same_site(&self.way_back.from).then_some(("from", self.way_back.from.as_str()))
    }

    /// What so many seats cost, with the code if one counts.
    fn total(&self, n_seats: u32, typed: &Typed) -> Markup {
        if typed.reduced().is_none() {
            return html! { (self.full_total(n_seats)) };
        }
        let term = term_text(self.frame, self.price.term);
        price_lines(self.frame, self.price, n_seats, typed, &term)
    }

    fn full_total(&self, n_seats: u32) -> String {
        let Price { amount, term, .. } = *self.price;
        let minor = amount.minor.saturating_mul(i64::from(n_seats));
        let total = display::amount(Money { minor, ..amount }, &self.frame.language);
        let term = term_text(self.frame, term);
        self.frame
            .fill("app_seats_total", &[("n", &n_seats.to_string()), ("amount", &total), ("term", &term)])
    }

    fn gift_form(
        &self,
        session: &Session,
        wanted: &Wanted,
        mistake: Option<Mistake>,
        typed: &Typed,
    ) -> Markup {
        let frame = self.frame;
        // What the buyer writes stays out of addresses, so the field for a code comes first.
        let hidden = [("price", self.price.id.as_str()), ("gift", "1")];
        let hidden: Vec<(&str, &str)> = hidden.into_iter().chain(self.back()).collect();
        let price = match typed.reduced() {
            Some(_) => price_lines(frame, self.price, 1, typed, &term_text(frame, self.price.term)),
            None => self.each(typed),
        };
        let from = match &session.name {
            Some(name) => frame.fill("app_gift_from_name", &[("name", name)]),
            None => frame.text("app_gift_from_address").to_owned(),
        };
        let form = html! {
            form class="form" method="post" action=(self.action()) {
                input type="hidden" name="price" value=(self.price.id);
                input type="hidden" name="gift" value="1";
                (Self::code_field(typed))
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
                @if !typed.is_free(self.price, 1) {
                    p class="hint" { (frame.text("app_checkout_tax")) " " (frame.text("app_checkout_terms")) }
                }
                button type="submit" class="button" { (button_text(frame, self.price, 1, typed)) }
            }
        };
        let form = html! { (code_form(frame, &hidden, typed)) (form) };
        self.frame_of(("app_gift_order_title", "app_gift_order_lede"), &price, &form)
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
