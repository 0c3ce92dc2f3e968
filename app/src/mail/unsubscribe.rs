//! One click, and the mails of one topic end, as RFC 8058 wants it.
//!
//! Mail services send the POST themselves, without a cookie and from anywhere, so it is the one form that is taken
//! from other sites. All that it can do is to switch off what the signed link names. Looking at the page changes
//! nothing, because scanners look at every link.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::Response;
use lyceum_contract::id::MemberId;
use lyceum_contract::paths;
use maud::html;
use serde::{Deserialize, Serialize};

use crate::config::Secrets;
use crate::error::AppError;
use crate::forms::Query;
use crate::ledger::{Commands, SetTopic, Topic};
use crate::page::{Fragment, Frame};
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::session::Visitor;
use crate::token::{self, Purpose};

/// What the link allows.
#[derive(Debug, Serialize, Deserialize)]
struct Signed {
    #[serde(rename = "m")]
    member: MemberId,
    #[serde(rename = "k")]
    topic: Topic,
}

/// The path of the link that ends this topic for this member. It never expires: a mail is kept for years.
pub(super) fn path(secrets: &Secrets, member: &MemberId, topic: Topic) -> Option<String> {
    let signed = Signed { member: member.clone(), topic };
    let token = token::sign(secrets, Purpose::Unsubscribe, &signed)?;
    Some(format!("{}?t={token}", paths::UNSUBSCRIBE))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Clicked {
    t: String,
}

impl Clicked {
    fn signed(&self, secrets: &Secrets) -> Result<Signed, AppError> {
        token::verify(secrets, Purpose::Unsubscribe, &self.t).ok_or(AppError::NotFound)
    }
}

/// The page with the button. Changes nothing.
pub(crate) async fn ask<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(clicked): Query<Clicked>,
) -> Result<Response<Body>, AppError> {
    let signed = clicked.signed(&context.config.secrets)?;
    let frame = context.frame(&locale).await?;
    let action = format!("{}?t={}", frame.link(paths::UNSUBSCRIBE), clicked.t);
    let title = frame.text("app_unsubscribe_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p { (frame.fill("app_unsubscribe_ask", &[("topic", topic_name(&frame, signed.topic))])) }
            form class="form" method="post" action=(action) {
                button type="submit" class="button" { (frame.text("app_unsubscribe_button")) }
            }
        }
    };
    Ok(frame.page(&Visitor::default(), &Fragment { title: title.to_owned(), main }))
}

/// Switches the topic off. What the body says does not matter: mail services send it in two formats. The answer is
/// a page and no redirect, as the RFC demands.
pub(crate) async fn stop<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(clicked): Query<Clicked>,
) -> Result<Response<Body>, AppError> {
    let Signed { member, topic } = clicked.signed(&context.config.secrets)?;
    context.platform.ledger().set_topic(SetTopic { member, topic, is_wanted: false }).await?;
    let frame = context.frame(&locale).await?;
    let title = frame.text("app_unsubscribe_title");
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            p class="notice" role="status" {
                (frame.fill("app_unsubscribe_done", &[("topic", topic_name(&frame, topic))]))
            }
            p { a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account")) } }
        }
    };
    Ok(frame.page(&Visitor::default(), &Fragment { title: title.to_owned(), main }))
}

/// What a topic is called on pages.
pub(crate) fn topic_name(frame: &Frame, topic: Topic) -> &str {
    frame.text(match topic {
        Topic::PassEnding => "app_topic_pass_ending",
        Topic::AccessEnded => "app_topic_access_ended",
        Topic::Assignments => "app_topic_assignments",
    })
}
