//! Pages for the people who run the academy.

pub(crate) mod audit;
pub(crate) mod bookings;
pub(crate) mod members;
pub(crate) mod questions;

use axum::body::Body;
use http::Response;
use maud::{Markup, html};

use crate::page::{Fragment, Frame};
use crate::role::Role;
use crate::session::Visitor;

/// Who runs the academy.
pub(crate) const ADMINS: &[Role] = &[Role::Owner, Role::Admin];

/// A page of staff, with the way to the others.
fn page(frame: &Frame, visitor: &Visitor, title: &str, main: &Markup) -> Response<Body> {
    let roles = visitor.session.as_ref().map(|session| session.roles.as_slice()).unwrap_or_default();
    let runs_all = roles.iter().any(|role| ADMINS.contains(&role.role()));
    let main = html! {
        div class="stack" {
            nav class="actions" aria-label=(frame.text("app_staff")) {
                @if runs_all {
                    a href=(frame.link(lyceum_contract::paths::STAFF_MEMBERS)) { (frame.text("app_staff_members")) }
                    a href=(frame.link(lyceum_contract::paths::STAFF_AUDIT)) { (frame.text("app_staff_audit")) }
                }
                a href=(frame.link(lyceum_contract::paths::STAFF_QUESTIONS)) { (frame.text("app_staff_questions")) }
                a href=(frame.link(lyceum_contract::paths::STAFF_BOOKINGS)) { (frame.text("app_staff_bookings")) }
            }
            h1 { (title) }
            (main)
        }
    };
    frame.page(visitor, &Fragment { title: title.to_owned(), main })
}
