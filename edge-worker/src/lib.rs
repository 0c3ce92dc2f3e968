//! The Cloudflare Worker: bindings in, Router out. It wires; every decision is the app's.
//!
//! The Router is built once per isolate and cloned per request. Nothing that belongs to one request (its
//! body, a response, a promise) is ever kept beyond it.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod assets;
mod books;
mod comments;
mod config;
#[cfg(feature = "conformance")]
mod conformance;
mod events;
mod inbound;
mod lake;
mod ledger;
mod ledger_object;
mod letters;
mod outbound;
mod platform;
mod reply;
mod script;
mod sql;

use std::cell::RefCell;

use lyceum_app::{App, AppError};
use worker::{
    Context, Env, MessageBatch, Result, ScheduleContext, ScheduledEvent, console_error, event, web_sys,
};

use config::Refusal;
use platform::Edge;

type Ready = std::result::Result<App<Edge>, Refusal>;

thread_local! {
    /// What this isolate answers with: the app, or the reason why it must not run.
    static READY: RefCell<Option<Ready>> = const { RefCell::new(None) };
}

fn ready(env: &Env) -> Ready {
    READY.with_borrow_mut(|ready| ready.get_or_insert_with(|| start(env)).clone())
}

fn start(env: &Env) -> Ready {
    let built = config::read(env).and_then(|config| Ok(App::new(Edge::new(env)?, config)));
    if let Err(refusal) = &built {
        console_error!("every request is answered with 503: {refusal}");
    }
    built
}

/// Answers one request.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _context: Context) -> Result<web_sys::Response> {
    #[cfg(feature = "conformance")]
    if let Some(response) = conformance::respond(&request, &env).await {
        return response;
    }
    let app = match ready(&env) {
        Ok(app) => app,
        Err(refusal) => return reply::refuse(&refusal, inbound::is_health_check(&request)),
    };
    let response = match inbound::read(&request) {
        Ok(request) => app.respond(request).await,
        Err(error) => return reply::bad_request(error),
    };
    if let Some(line) = response.extensions().get::<AppError>().and_then(AppError::log_line) {
        console_error!("{line}");
    }
    reply::write(response).await
}

/// Stores a batch of events in the lake. The queue repeats what was not stored.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> Result<()> {
    match lake::store(&batch, &env).await {
        Ok(()) => batch.ack_all(),
        Err(unavailable) => {
            console_error!("{unavailable}; the queue will repeat the batch");
            batch.retry_all();
        }
    }
    Ok(())
}

/// Every ten minutes: the safety net below the Ledger's alarm and below the processor's messages.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    letters::send(&env).await;
    books::tend(&env).await;
}
