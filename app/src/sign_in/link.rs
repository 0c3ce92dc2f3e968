//! The mailed link, and the page that it opens.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::paths;
use maud::{Markup, html};
use serde::Deserialize;

use super::Challenge;
use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::Proof;
use crate::page::{Fragment, Frame, redirect};
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::session::Visitor;

/// The page that a mailed link opens. Showing it changes nothing.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let challenge = Challenge::from_cookie(&context, &headers);
    let title = frame.text("app_link_title").to_owned();
    let main = html! {
        div class="narrow stack" {
            h1 { (title) }
            (link_form(&frame, challenge.is_some()))
            noscript { p { (frame.text("app_link_noscript")) } }
            @if challenge.is_some() {
                p { a href=(frame.link(paths::SIGN_IN_CODE)) { (frame.text("app_code_title")) } }
            }
        }
    };
    Ok(frame.page(&Visitor::default(), &Fragment { title, main }))
}

/// Scripts fill this form from the address's fragment, which no server and no log ever sees.
fn link_form(frame: &Frame, is_same_browser: bool) -> Markup {
    html! {
        form class="form" method="post" action=(frame.link(paths::SIGN_IN_LINK)) data-link-sign-in
            data-same-browser=[is_same_browser.then_some("")] {
            @if is_same_browser {
                p { (frame.text("app_link_same")) }
                input type="hidden" name="challenge";
                input type="hidden" name="secret";
                button type="submit" class="button" hidden { (frame.text("app_link_continue")) }
            } @else {
                div data-code-here hidden {
                    p { (frame.text("app_link_other")) }
                    output class="code-input" data-code {}
                }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    challenge: String,
    secret: String,
}

/// Signs in with the link, in the browser that asked for it.
pub(crate) async fn answer<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Link>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let challenge = Challenge::from_cookie(&context, &headers);
    let Some(challenge) = challenge.filter(|challenge| challenge.id.as_str() == form.challenge) else {
        return Ok(redirect(&frame.link(paths::SIGN_IN), []));
    };
    let proof = Proof::Link(challenge.hash("link", &form.secret));
    context.answer(&frame, &headers, &challenge, proof).await
}
