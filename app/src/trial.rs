//! What is said to somebody whose trial is another order's.

use lyceum_contract::{Price, paths};
use maud::{Markup, html};

use crate::page::Frame;

/// Why an order with free days was not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// The processor is being asked about another one.
    IsOpen,
    /// They had it.
    IsUsed,
}

impl Trial {
    /// The page instead of the payment.
    pub(crate) fn page(self, frame: &Frame, price: &Price) -> Markup {
        let text = match self {
            Self::IsOpen => "app_trial_is_open",
            Self::IsUsed => "app_trial_is_used",
        };
        html! {
            div class="narrow stack" {
                h1 { (frame.text("app_checkout_title")) }
                p class="notice" { (frame.text(text)) }
                p {
                    a class="button" href=(frame.link(&format!("{}?price={}", paths::CHECKOUT, price.id))) {
                        (frame.text("app_trial_order_page"))
                    }
                }
                p { a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account")) } }
            }
        }
    }
}
