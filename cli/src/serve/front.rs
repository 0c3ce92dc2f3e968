//! The Router of `lyceum serve`: a few addresses of its own, and the app for everything else.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::Response;
use axum::routing::get;
use http::header::HOST;
use http::{HeaderValue, StatusCode};
use lyceum_app::ports::Platform;
use lyceum_app::{App, AppError};
use lyceum_contract::headers::SECURITY_HEADERS;
use lyceum_contract::paths;
use maud::{DOCTYPE, html};
use tokio::sync::{Notify, watch};

use super::reload::{self, News, OpenPages};
use super::till::{self, Counter};
use super::{outbox, plain};
use crate::adapters::{Local, OutboxMailer, Post, Processor};
use crate::terminal;

/// What the pages of this command need.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) app: App<Local>,
    /// Mails that are not sent, when there is no mail server.
    pub(super) outbox: Option<OutboxMailer>,
    pub(super) news: watch::Receiver<News>,
    pub(super) pages: OpenPages,
    /// Says that letters may have been posted.
    posted: Arc<Notify>,
}

impl Front {
    pub(super) fn new(
        app: App<Local>,
        news: watch::Receiver<News>,
        pages: OpenPages,
        posted: Arc<Notify>,
    ) -> Self {
        let outbox = match app.platform().mailer() {
            Post::Outbox(outbox) => Some(outbox.clone()),
            Post::Smtp(_) => None,
        };
        Self { app, outbox, news, pages, posted }
    }

    /// Everything that this server answers. The till is there only when nobody else takes the money.
    pub(super) fn router(self) -> Router {
        let router = Router::new()
            .route("/_dev/reload.js", get(async || reload::script()))
            .route("/_dev/reload", get(news))
            .with_state(self.clone());
        let router = match &self.outbox {
            Some(_) => router.merge(outbox_router(self.clone())),
            None => router,
        };
        let router = match self.app.platform().payments() {
            Processor::Till(till) => {
                router.merge(till_router(Counter { till: till.clone(), front: self.clone() }))
            }
            Processor::Stripe(_) => router,
        };
        let router = router.route_layer(from_fn(only_at_this_machine));
        router.fallback_service(axum::handler::Handler::with_state(answer, self)).layer(map_response(secure))
    }
}

/// `/_dev/reload?/courses/rust/`: the query is the address of the page that listens.
async fn news(State(front): State<Front>, RawQuery(address): RawQuery) -> Response {
    reload::stream(front.news, &front.pages, address.unwrap_or_default())
}

fn outbox_router(front: Front) -> Router {
    Router::new()
        .route("/outbox", get(outbox::page))
        .route("/outbox/", get(outbox::page))
        .route("/outbox.json", get(outbox::json))
        .with_state(front)
}

fn till_router(counter: Counter) -> Router {
    Router::new().route("/till/{reference}", get(till::page).post(till::press)).with_state(counter)
}

/// The outbox shows everybody's codes and the till takes no money: both exist only for who sits at this machine.
///
/// The name by which the browser reached us decides, because behind a proxy every request comes from here, and
/// another site can make its own name point here.
async fn only_at_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if is_loopback(host) {
        return next.run(request).await;
    }
    let mut response = plain("text/plain; charset=utf-8", "this page exists only at the machine itself");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Whether `host`, with its port or without, is a name that only this machine has for itself.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

async fn answer(State(front): State<Front>, request: Request) -> Response {
    let problems = {
        let news = front.news.borrow();
        if news.version == 0 { Some(news.problems.clone().unwrap_or_default()) } else { None }
    };
    if let Some(problems) = problems {
        return problems_page(&problems);
    }
    // Never the query, which may hold what is nobody's business.
    let what = format!("{} {}", request.method(), request.uri().path());
    front.pages.asked(request.uri().path());
    let may_post = !request.method().is_safe() || request.uri().path().contains(paths::CHECKOUT);
    let response = front.app.respond(request).await;
    if may_post {
        front.posted.notify_one();
    }
    if let Some(line) = response.extensions().get::<AppError>().and_then(AppError::log_line) {
        terminal::complain(&format!("{what}: {line}"));
    }
    response
}

/// What is shown while there is no site at all.
fn problems_page(problems: &str) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Not built yet" }
                script src="/_dev/reload.js" defer {}
            }
            body {
                h1 { "The site cannot be built yet" }
                p { "Change the files that are named here. This page follows." }
                pre { (problems) }
            }
        }
    };
    let mut response = plain("text/html; charset=utf-8", page.into_string());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

/// Adds what every response carries. What the app has set stays.
async fn secure(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_has_these_names_for_itself() {
        for here in
            ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "127.0.0.1", "127.8.8.8:1"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "",
            "academy.example",
            "127.0.0.1.evil.example:80",
            "10.0.0.1:8000",
            "evil.example:8000",
            "[::2]:1",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
