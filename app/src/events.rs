//! Events: what browsers report and what the app knows, stamped and stored.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use http::{HeaderMap, Response, StatusCode};
use lyceum_contract::event::{Batch, Beacon, Event, MAX_BATCH, MAX_BATCH_BYTES, Observation, VERSION, What};
use lyceum_contract::id::EventId;
use lyceum_contract::manifest::Language;
use lyceum_contract::{Timestamp, json};

use crate::error::AppError;
use crate::ports::{Clock, EventSink, Platform};
use crate::request::{Context, Shared};
use crate::site::Site;

/// A report that waited longer than this in a browser is stamped as if it had waited this long: one day.
const MAX_AGE_MS: u64 = 86_400_000;

/// Takes one batch from a browser. 204 means stored, or not wanted by the reader (GPC, DNT) and dropped.
pub(crate) async fn receive<P: Platform>(
    State(context): Shared<P>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response<Body>, AppError> {
    let body = body.map_err(|_| AppError::TooLarge)?;
    if body.len() > MAX_BATCH_BYTES {
        return Err(AppError::TooLarge);
    }
    let batch: Batch = json::from_slice(&body).map_err(|_| {
        AppError::Invalid("expected a batch: {\"v\":1,\"events\":[{\"id\",\"age_ms\",\"kind\",…}]}")
    })?;
    if batch.v != VERSION || batch.events.len() > MAX_BATCH {
        return Err(AppError::Invalid("expected version 1 and at most 50 events"));
    }
    if !wants_no_tracking(&headers) && context.config.preview.is_none() && !batch.events.is_empty() {
        let member = context.visitor_by_cookie(&headers).session.map(|session| session.pseudonym);
        let now_ms = context.platform.clock().now_ms();
        // Without the manifest an event is stored all the same, only without its language.
        let site = context.site().await.ok();
        let stamp = |beacon: Beacon| {
            let language = site.as_ref().and_then(|site| language_of(site, &beacon.what));
            Event { language, ..stamp(beacon, member.as_deref(), now_ms) }
        };
        let events = batch.events.into_iter().map(stamp).collect();
        context.platform.events().append(events).await?;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn wants_no_tracking(headers: &HeaderMap) -> bool {
    ["sec-gpc", "dnt"].iter().any(|name| headers.get(*name).is_some_and(|value| value == "1"))
}

fn stamp(beacon: Beacon, member: Option<&str>, now_ms: u64) -> Event {
    let at_ms = now_ms.saturating_sub(beacon.age_ms.min(MAX_AGE_MS));
    let at = Timestamp(i64::try_from(at_ms / 1_000).unwrap_or_default());
    let member = member.map(str::to_owned);
    Event { v: VERSION, id: beacon.id, at, member, language: None, what: What::Observed(beacon.what) }
}

/// The language of the page that was shown.
fn language_of(site: &Site, what: &Observation) -> Option<Language> {
    let Observation::PageView { path, .. } = what else { return None };
    Some(site.split_language(path).map_or(&site.default_language, |(language, _)| language).clone())
}

impl<P: Platform> Context<P> {
    /// Records what the app knows, under a new id.
    pub(crate) async fn record(&self, pseudonym: &str, what: What) {
        let id = self.random().ok().map(EventId::from_bytes);
        self.record_as(id, pseudonym, what).await;
    }

    /// Records what the app knows, under an id that repeats with the fact.
    ///
    /// The fact itself is safe in the Ledger or the comment store already. An event that cannot be stored is
    /// not worth failing the request of the person who did it.
    pub(crate) async fn record_as(&self, id: Option<EventId>, pseudonym: &str, what: What) {
        let Some(id) = id else { return };
        let event = Event {
            v: VERSION,
            id,
            at: self.now(),
            // Whoever was erased has no pseudonym any more.
            member: Some(pseudonym).filter(|pseudonym| !pseudonym.is_empty()).map(str::to_owned),
            language: None,
            what,
        };
        let _ = self.platform.events().append(vec![event]).await;
    }
}
