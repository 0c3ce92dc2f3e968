//! The Router of `lyceum serve`: a few addresses of its own, and the app for everything else.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, StatusCode};
use lyceum_app::ports::Platform;
use lyceum_app::{App, AppError};
use lyceum_contract::headers::SECURITY_HEADERS;
use maud::{DOCTYPE, html};
use tokio::sync::watch;

use super::reload::{self, News};
use super::till::{self, Counter};
use super::{outbox, plain};
use crate::adapters::{Local, OutboxMailer, Processor};
use crate::terminal;

/// What the pages of this command need.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) app: App<Local>,
    pub(super) outbox: OutboxMailer,
    pub(super) news: watch::Receiver<News>,
}

impl Front {
    pub(super) fn new(app: App<Local>, news: watch::Receiver<News>) -> Self {
        let outbox = app.platform().mailer().clone();
        Self { app, outbox, news }
    }

    /// Everything that this server answers. The till is there only when nobody else takes the money.
    pub(super) fn router(self) -> Router {
        let router = Router::new()
            .route("/_dev/reload.js", get(async || reload::script()))
            .route("/_dev/reload", get(async |State(front): State<Self>| reload::stream(front.news)))
            .route("/outbox", get(outbox::page))
            .route("/outbox/", get(outbox::page))
            .route("/outbox.json", get(outbox::json))
            .fallback(answer)
            .with_state(self.clone());
        let router = match self.app.platform().payments() {
            Processor::Till(till) => {
                router.merge(till_router(Counter { till: till.clone(), front: self.clone() }))
            }
            Processor::Stripe(_) => router,
        };
        router.layer(map_response(secure))
    }
}

fn till_router(counter: Counter) -> Router {
    Router::new().route("/till/{reference}", get(till::page).post(till::press)).with_state(counter)
}

async fn answer(State(front): State<Front>, request: Request) -> Response {
    let problems = {
        let news = front.news.borrow();
        if news.version.is_none() { Some(news.problems.clone().unwrap_or_default()) } else { None }
    };
    if let Some(problems) = problems {
        return problems_page(&problems);
    }
    // Never the query, which may hold what is nobody's business.
    let what = format!("{} {}", request.method(), request.uri().path());
    let response = front.app.respond(request).await;
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
