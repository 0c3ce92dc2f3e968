//! The order page of a ticket, an hour or an answer.

use lyceum_contract::Timestamp;
use lyceum_contract::goods::Goods;
use lyceum_contract::paths;
use maud::{Markup, html};

use super::order::{Selling, Stock};
use super::{MAX_TEXT_CHARS, moment, span};
use crate::account::scope_name;
use crate::address::is_same_site;
use crate::offers::{Typed, button_text, code_form, price_lines};

impl Selling<'_> {
    pub(super) fn form(&self, stock: &Stock, typed: &Typed, problem: Option<&str>) -> Markup {
        if let Stock::Closed(text) = stock {
            return self.closed(text, problem);
        }
        let frame = self.frame;
        let is_free = typed.is_free(self.price, 1);
        let slot = match stock {
            Stock::Slots { chosen, .. } => chosen.map(|slot| slot.0.to_string()),
            _ => None,
        };
        let mut hidden = vec![("price", self.price.id.as_str())];
        hidden.extend(slot.as_deref().map(|slot| ("slot", slot)));
        if is_same_site(&self.way_back.from) {
            hidden.push(("from", &self.way_back.from));
        }
        html! {
            div class="narrow stack" {
                h1 { (frame.text("app_checkout_title")) }
                p { (frame.text(if is_free { "app_code_lede_free" } else { "app_checkout_lede" })) }
                div class="card stack" {
                    (self.facts(stock, typed))
                    (code_form(frame, &hidden, typed))
                    form class="form" method="post" action=(self.action()) {
                        input type="hidden" name="price" value=(self.price.id);
                        @if let Some(reduced) = typed.reduced() {
                            input type="hidden" name="code" value=(reduced.redemption.code);
                        }
                        @if let Some(problem) = problem {
                            p class="error" role="alert" id="goods-problem" { (frame.text(problem)) }
                        }
                        (self.choice(stock, problem))
                        @if !is_free {
                            p class="hint" {
                                (frame.text("app_checkout_tax")) " " (frame.text("app_checkout_terms"))
                            }
                        }
                        button type="submit" class="button" { (button_text(frame, self.price, 1, typed)) }
                    }
                }
                (self.back())
            }
        }
    }

    fn facts(&self, stock: &Stock, typed: &Typed) -> Markup {
        let frame = self.frame;
        let when = self.when(stock);
        html! {
            dl class="facts" {
                dt { (frame.text("app_checkout_what")) }
                dd { (scope_name(frame, &self.product.scope)) }
                @if let Some(when) = when {
                    dt { (frame.text("app_goods_when")) }
                    dd { (when) }
                }
                @if let Stock::Place { left: Some(left) } = stock {
                    dt { (frame.text("app_goods_places")) }
                    dd { (frame.fill("app_goods_left", &[("n", &left.to_string())])) }
                }
                dt { (frame.text("app_checkout_price")) }
                dd { (price_lines(frame, self.price, 1, typed, frame.text("app_goods_once"))) }
            }
        }
    }

    fn when(&self, stock: &Stock) -> Option<String> {
        match (self.goods, stock) {
            (Goods::Ticket(ticket), _) => Some(span(self.frame, ticket.starts, ticket.ends)),
            (Goods::Coaching(coaching), Stock::Slots { chosen: Some(slot), .. }) => {
                let end = slot.plus_seconds(i64::from(coaching.minutes) * 60);
                Some(span(self.frame, *slot, Some(end)))
            }
            _ => None,
        }
    }

    fn choice(&self, stock: &Stock, problem: Option<&str>) -> Markup {
        match stock {
            Stock::Slots { free, chosen: None } => self.slots(free),
            Stock::Slots { chosen: Some(slot), .. } => self.chosen(*slot),
            Stock::Answer => self.question(problem),
            Stock::Place { .. } | Stock::Closed(_) => html! {},
        }
    }

    fn slots(&self, free: &[Timestamp]) -> Markup {
        let frame = self.frame;
        html! {
            fieldset class="stack" {
                legend { (frame.text("app_goods_slot_choose")) }
                @for slot in free {
                    p {
                        label {
                            input type="radio" name="slot" value=(slot.0) required;
                            " " (moment(frame, *slot))
                        }
                    }
                }
            }
        }
    }

    fn chosen(&self, slot: Timestamp) -> Markup {
        let others = format!("{}?price={}{}", paths::CHECKOUT, self.price.id, self.way_back.query());
        html! {
            input type="hidden" name="slot" value=(slot.0);
            p { a href=(self.frame.link(&others)) { (self.frame.text("app_goods_slot_other")) } }
        }
    }

    fn question(&self, problem: Option<&str>) -> Markup {
        let frame = self.frame;
        let n_days = match self.goods {
            Goods::Question(question) => question.within.0.to_string(),
            _ => String::new(),
        };
        let described = if problem.is_some() { "goods-problem question-hint" } else { "question-hint" };
        html! {
            label for="question" { (frame.text("app_goods_question")) }
            textarea id="question" name="question" rows="10" required maxlength=(MAX_TEXT_CHARS)
                aria-describedby=(described) aria-invalid=[problem.map(|_| "true")] { (self.wanted.question) }
            p class="hint" id="question-hint" { (frame.text("app_goods_question_hint")) }
            p { (frame.fill("app_goods_question_promise", &[("n", &n_days)])) }
        }
    }

    fn action(&self) -> String {
        let query = self.way_back.query();
        let query = query.strip_prefix('&').map(|query| format!("?{query}")).unwrap_or_default();
        self.frame.link(&format!("{}{query}", paths::CHECKOUT))
    }

    /// There is nothing to order: why, and the way back.
    fn closed(&self, text: &str, problem: Option<&str>) -> Markup {
        let frame = self.frame;
        // Of two texts that say the same the second is enough.
        let problem = problem.filter(|problem| *problem != text);
        let is_yours = text == "app_goods_yours";
        html! {
            div class="narrow stack" {
                h1 { (self.name()) }
                @if let Some(problem) = problem { p class="error" role="alert" { (frame.text(problem)) } }
                p class="notice" { (frame.text(text)) }
                @if is_yours {
                    p { a class="button" href=(frame.link(paths::ACCOUNT_BOOKINGS)) { (frame.text("app_bookings_title")) } }
                }
                (self.back())
            }
        }
    }

    fn name(&self) -> &str {
        self.product.name.get(&self.frame.language, &self.frame.site.default_language)
    }

    fn back(&self) -> Markup {
        let frame = self.frame;
        let to = frame.link(self.product.path.as_deref().unwrap_or("/"));
        html! { p { a href=(to) { (frame.fill("app_goods_back", &[("name", self.name())])) } } }
    }
}
