//! What members do with the whole of their account: take a copy of it, or leave.

pub(crate) mod erase;
pub(crate) mod export;
mod sweep;

use lyceum_contract::paths;
use maud::{Markup, html};

use crate::page::Frame;

/// The ways there, for the account page.
pub(crate) fn section(frame: &Frame) -> Markup {
    html! {
        section class="stack" {
            h2 { (frame.text("app_data_title")) }
            p class="hint" { (frame.text("app_data_hint")) }
            p { a href=(frame.link(paths::ACCOUNT_EXPORT)) download { (frame.text("app_export_link")) } }
            p { a href=(frame.link(paths::ACCOUNT_EMAIL)) { (frame.text("app_email_change_title")) } }
            p { a href=(frame.link(paths::ACCOUNT_ERASE)) { (frame.text("app_erase_title")) } }
        }
    }
}

/// Back to the account.
fn breadcrumb(frame: &Frame) -> Markup {
    html! {
        nav class="breadcrumb" aria-label=(frame.text("app_account_title")) {
            a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account_title")) }
        }
    }
}
