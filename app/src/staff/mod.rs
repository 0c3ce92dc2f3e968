//! Pages for the people who run the academy.

pub(crate) mod audit;
pub(crate) mod bookings;
pub(crate) mod members;
pub(crate) mod questions;

use axum::body::Body;
use http::Response;
use lyceum_contract::paths;
use maud::{Markup, html};

use crate::page::{Fragment, Frame};
use crate::role::{Role, StaffRole};
use crate::session::{Session, Visitor};

/// Who runs the academy.
pub(crate) const ADMINS: &[Role] = &[Role::Owner, Role::Admin];

/// The ways to the pages of staff that somebody with these roles may see.
fn links(frame: &Frame, roles: &[StaffRole]) -> Markup {
    let is_one_of = |wanted: &[Role]| roles.iter().any(|held| wanted.contains(&held.role()));
    html! {
        nav class="actions" aria-label=(frame.text("app_staff")) {
            @if is_one_of(ADMINS) {
                a href=(frame.link(paths::STAFF_MEMBERS)) { (frame.text("app_staff_members")) }
                a href=(frame.link(paths::STAFF_AUDIT)) { (frame.text("app_staff_audit")) }
            }
            @if is_one_of(questions::HELPERS) {
                a href=(frame.link(paths::STAFF_QUESTIONS)) { (frame.text("app_staff_questions")) }
                a href=(frame.link(paths::STAFF_BOOKINGS)) { (frame.text("app_staff_bookings")) }
            }
        }
    }
}

/// What the account shows to staff: the way to their pages, or what their role still needs.
pub(crate) fn section(frame: &Frame, session: &Session) -> Markup {
    let has_pages = session.roles.iter().any(|held| questions::HELPERS.contains(&held.role()));
    html! {
        @if has_pages {
            section class="stack" {
                h2 { (frame.text("app_staff")) }
                (links(frame, &session.roles))
            }
        } @else if !session.withheld.is_empty() {
            p class="notice" {
                (frame.text("app_account_withheld")) " "
                a href=(frame.link(paths::ACCOUNT_DEVICES)) { (frame.text("app_devices_title")) }
            }
        }
    }
}

/// A page of staff, with the way to the others.
fn page(frame: &Frame, visitor: &Visitor, title: &str, main: &Markup) -> Response<Body> {
    let roles = visitor.session.as_ref().map(|session| session.roles.as_slice()).unwrap_or_default();
    let main = html! {
        div class="stack" {
            (links(frame, roles))
            h1 { (title) }
            (main)
        }
    };
    frame.page(visitor, &Fragment { title: title.to_owned(), main })
}
