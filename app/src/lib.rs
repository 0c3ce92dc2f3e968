//! What an academy does at request time: one axum Router over ports.
//!
//! An entry point builds an [`App`] from its adapters and a [`Config`], and hands every request to
//! [`App::respond`]. It decides nothing itself.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod account;
mod address;
mod assigned;
mod catalogue;
mod checkout;
mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
mod content;
mod cookies;
mod discuss;
mod error;
mod events;
mod forms;
mod fulfil;
pub mod gate;
mod gift;
mod goods;
mod health;
pub mod ledger;
mod mail;
mod mail_api;
mod markdown;
pub mod money;
mod offers;
mod order_for;
mod order_for_form;
mod order_page;
mod page;
mod person;
pub mod ports;
mod reconcile;
mod request;
mod role;
mod routes;
mod search;
mod session;
mod settings;
mod sign_in;
mod site;
mod staff;
mod stripe;
mod team;
mod team_assign;
mod team_join;
mod team_managers;
mod team_report;
mod team_xapi;
mod token;
mod trial;
mod webauthn;
mod webhook;

pub use config::{Config, GitHubApp, InvalidSecrets, Preview, Secrets};
pub use error::AppError;
pub use mail::Drained;
pub use mail_api::MailApi;
pub use page::{Fragment, Frame};
pub use reconcile::Reconciled;
pub use request::{App, is_same_origin};
pub use role::{Role, StaffRole};
pub use routes::{Policy, ROUTES, Route};
pub use sign_in::normalized_email;
pub use stripe::{
    InvalidCredentials, Stripe, StripeCredentials, SyncAction, SyncFailure, SyncOptions, SyncStep,
};
