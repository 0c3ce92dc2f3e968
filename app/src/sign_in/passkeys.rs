//! The passkeys of a member: a list, a new one, one less.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Response};
use lyceum_contract::id::unhex;
use lyceum_contract::{Timestamp, display, paths};
use maud::{Markup, html};
use serde::Deserialize;

use super::open::confirm_link;
use super::passkey::{Answer, PasskeyForm, TIMEOUT_MS, challenge_hash, descriptors, json};
use crate::account::{MAX_NAME_CHARS, clean_name};
use crate::cookies::Cookie;
use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::{AddPasskey, Added, Ceremony, Commands, Passkey, RemovePasskey, TakeCeremony};
use crate::page::{Frame, redirect, set_cookies};
use crate::ports::{Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::session::{Session, token_hash};
use crate::webauthn::{ALGORITHMS, RelyingParty};

/// What the list of devices shows of passkeys.
pub(super) fn section(
    frame: &Frame,
    party: &RelyingParty,
    passkeys: &[Passkey],
    session: (&Session, bool),
    error: Option<&str>,
) -> Markup {
    let (session, is_fresh) = session;
    html! {
        section class="stack" {
            h2 { (frame.text("app_passkeys")) }
            p class="muted" { (frame.text("app_passkeys_lede")) }
            @if let Some(error) = error { p class="error" role="alert" { (error) } }
            @if !session.withheld.is_empty() {
                p class="notice" {
                    (frame.text(if passkeys.is_empty() { "app_passkey_needed" } else { "app_passkey_not_used" }))
                }
                @if !passkeys.is_empty() {
                    p {
                        a class="button" href=(confirm_link(frame, &frame.link(paths::ACCOUNT_DEVICES))) {
                            (frame.text("app_passkey_use"))
                        }
                    }
                }
            }
            @if passkeys.is_empty() {
                p class="empty" { (frame.text("app_passkeys_none")) }
            } @else {
                ul class="devices" { @for passkey in passkeys { li { (row(frame, passkey, is_fresh)) } } }
            }
            @if is_fresh {
                (add_form(frame, party))
            } @else {
                p {
                    a class="button quiet" href=(confirm_link(frame, &frame.link(paths::ACCOUNT_DEVICES))) {
                        (frame.text("app_passkey_confirm_first"))
                    }
                }
            }
        }
    }
}

fn row(frame: &Frame, passkey: &Passkey, is_fresh: bool) -> Markup {
    let date = |at: Timestamp| display::date(at.date(), &frame.language);
    let since = date(passkey.created_at);
    let facts = match passkey.used_at.map(date) {
        Some(used) => frame.fill("app_passkey_facts", &[("since", &since), ("used", &used)]),
        None => frame.fill("app_passkey_facts_unused", &[("since", &since)]),
    };
    html! {
        div { strong { (passkey.name) } p class="hint" { (facts) } }
        @if is_fresh {
            form method="post" action=(frame.link(paths::ACCOUNT_PASSKEYS_REMOVE)) {
                input type="hidden" name="credential" value=(passkey.credential);
                button type="submit" class="button quiet" {
                    (frame.text("app_passkey_remove"))
                    span class="visually-hidden" { ": " (passkey.name) }
                }
            }
        }
    }
}

fn add_form(frame: &Frame, party: &RelyingParty) -> Markup {
    let form = PasskeyForm {
        act: "create",
        start: paths::ACCOUNT_PASSKEYS_START,
        action: paths::ACCOUNT_PASSKEYS,
        button: frame.text("app_passkey_add"),
        class: "button",
        party,
    };
    form.html(
        frame,
        &html! {
            label for="passkey-name" { (frame.text("app_passkey_name")) }
            input id="passkey-name" name="name" type="text" maxlength=(MAX_NAME_CHARS) autocomplete="off"
                aria-describedby="passkey-name-hint";
            p class="hint" id="passkey-name-hint" { (frame.text("app_passkey_name_hint")) }
        },
    )
}

#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

/// Gives a challenge for a new passkey, as `PublicKeyCredentialCreationOptionsJSON`.
pub(crate) async fn start<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let party = context.required_party(&frame)?;
    let session = context.visitor_now(&headers).await?.session.ok_or(AppError::SignIn)?;
    if !context.is_fresh(&session) {
        // Whoever finds an open session must not make it their own for good.
        return Err(AppError::Confirm);
    }
    if !context.may_change_passkeys(&session).await? {
        return Err(AppError::NeedsPasskey);
    }
    let Some(state) = context.read_session(&session.token).await? else { return Err(AppError::SignIn) };
    let passkeys = context.passkeys_of(&session.member).await?;
    let (challenge, cookie) =
        context.challenge(Ceremony::Register(session.member.clone()), String::new()).await?;
    let algorithms = ALGORITHMS.map(|alg| serde_json::json!({ "type": "public-key", "alg": alg }));
    let options = serde_json::json!({
        "challenge": challenge,
        "rp": { "id": party.id, "name": frame.site_title() },
        "user": {
            "id": URL_SAFE_NO_PAD.encode(unhex(session.member.as_str()).unwrap_or_default()),
            "name": state.member.email,
            "displayName": state.member.name.as_deref().unwrap_or(&state.member.email),
        },
        "pubKeyCredParams": algorithms,
        "excludeCredentials": descriptors(&passkeys),
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
        },
        "attestation": "none",
        "timeout": TIMEOUT_MS,
    });
    Ok(json(&options, cookie))
}

/// Takes a new passkey.
pub(crate) async fn add<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(answer): Form<Answer>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let party = context.required_party(&frame)?;
    let session = context.visitor_now(&headers).await?.session.ok_or(AppError::SignIn)?;
    if let Some(way) = context.require_fresh(&frame, &session, &frame.link(paths::ACCOUNT_DEVICES)) {
        return Ok(way);
    }
    if !context.may_change_passkeys(&session).await? {
        return context.devices(&frame, &headers, Some("app_passkey_not_used")).await;
    }
    let passkey = context.made(&frame, &headers, &party, &session, &answer).await?;
    let problem = match passkey {
        None => Some("app_passkey_refused"),
        Some(passkey) => {
            let command = AddPasskey { passkey, token_hash: token_hash(&session.token) };
            match context.platform.ledger().add_passkey(command).await? {
                Added::Added => None,
                Added::Known => Some("app_passkey_known"),
                Added::Full => Some("app_passkey_full"),
            }
        }
    };
    let mut response = match problem {
        None => redirect(&frame.link(paths::ACCOUNT_DEVICES), []),
        Some(problem) => context.devices(&frame, &headers, Some(problem)).await?,
    };
    set_cookies(response.headers_mut(), Cookie::Passkey.clear(&context.config));
    Ok(response)
}

impl<P: Platform> Context<P> {
    /// Whether this session may add and remove passkeys. Whoever has a role that needs one, and has one, first uses it: a
    /// mailed code must not be enough to add another one and be staff with it.
    async fn may_change_passkeys(&self, session: &Session) -> Result<bool, Unavailable> {
        Ok(session.withheld.is_empty() || self.passkeys_of(&session.member).await?.is_empty())
    }

    /// The passkey that was made in answer to the challenge that this browser keeps.
    async fn made(
        &self,
        frame: &Frame,
        headers: &HeaderMap,
        party: &RelyingParty,
        session: &Session,
        answer: &Answer,
    ) -> Result<Option<Passkey>, Unavailable> {
        let Some(kept) = self.kept(headers) else { return Ok(None) };
        let take = TakeCeremony {
            challenge_hash: challenge_hash(&kept.challenge),
            ceremony: Ceremony::Register(session.member.clone()),
            credential: None,
            now: self.now(),
        };
        if self.platform.ledger().take_ceremony(take).await?.is_none() {
            return Ok(None);
        }
        let made = answer.statement().and_then(|statement| statement.made(party, &kept.challenge).ok());
        let default_name = frame.text("app_passkey_default_name");
        Ok(made.map(|made| Passkey {
            credential: URL_SAFE_NO_PAD.encode(&made.credential),
            member: session.member.clone(),
            key: made.key.to_string(),
            n_signatures: made.n_signatures.into(),
            name: clean_name(&answer.name).unwrap_or_else(|| default_name.to_owned()),
            created_at: self.now(),
            used_at: None,
        }))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Remove {
    credential: String,
}

/// Removes a passkey.
pub(crate) async fn remove<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Remove>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let session = context.visitor_now(&headers).await?.session.ok_or(AppError::SignIn)?;
    if let Some(way) = context.require_fresh(&frame, &session, &frame.link(paths::ACCOUNT_DEVICES)) {
        return Ok(way);
    }
    if !context.may_change_passkeys(&session).await? {
        return context.devices(&frame, &headers, Some("app_passkey_not_used")).await;
    }
    let must_keep_one = needs_passkey(&session);
    let command = RemovePasskey { member: session.member, credential: form.credential, must_keep_one };
    if context.platform.ledger().remove_passkey(command).await? {
        return Ok(redirect(&frame.link(paths::ACCOUNT_DEVICES), []));
    }
    context.devices(&frame, &headers, Some("app_passkey_last")).await
}

/// Whether the member's role asks for a passkey, so that the last one must stay.
fn needs_passkey(session: &Session) -> bool {
    session.roles.iter().chain(&session.withheld).any(|held| held.role().needs_passkey())
}
