//! Signing in with GitHub: OAuth 2 with PKCE (RFC 7636).
//!
//! The way there starts with a form of ours and is bound to the browser by a signed cookie; the way back counts once.
//! An address counts only when GitHub calls it primary and verified.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Method, Request, Response};
use lyceum_contract::id::{MemberId, hex};
use lyceum_contract::{json, paths};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Ask, Asked, email::normalized_email, return_to};
use crate::address::query_value;
use crate::config::GitHubApp;
use crate::cookies::Cookie;
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::ledger::{Ceremony, Commands, SignInWithGitHub, StartCeremony, TakeCeremony};
use crate::page::{Frame, redirect, set_cookies};
use crate::ports::{Http, Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::session::Visitor;
use crate::token::{self, Purpose};

/// Seconds for the way to GitHub and back.
const JOURNEY_SECONDS: i64 = 300;

/// What the browser keeps meanwhile.
#[derive(Debug, Serialize, Deserialize)]
struct Journey {
    state: String,
    verifier: String,
    return_to: String,
}

impl Journey {
    fn state_hash(&self) -> String {
        token::hash(&["ly/github/1", &self.state])
    }
}

fn redirect_uri<P: Platform>(context: &Context<P>, frame: &Frame) -> String {
    // One address for all languages, as it is registered at GitHub.
    let origin = context.config.origin.as_deref().unwrap_or(&frame.site.manifest.url);
    format!("{}{}", origin.trim_end_matches('/'), paths::SIGN_IN_GITHUB_RETURN)
}

/// Leads to GitHub.
pub(crate) async fn start<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Form(ask): Form<Ask>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let app = context.config.github.as_ref().ok_or(AppError::NotFound)?;
    let journey = Journey {
        state: context.secret()?,
        verifier: context.secret()?,
        return_to: return_to(&frame, &ask.return_to),
    };
    let start = StartCeremony {
        challenge_hash: journey.state_hash(),
        ceremony: Ceremony::GitHub,
        now: context.now(),
    };
    if !context.platform.ledger().start_ceremony(start).await? {
        return Err(Unavailable::new("ledger", "too many open challenges").into());
    }
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(journey.verifier.as_bytes()));
    let to = format!(
        "{}/login/oauth/authorize?client_id={}&redirect_uri={}&scope=user%3Aemail&state={}&code_challenge={challenge}&code_challenge_method=S256",
        app.site_url,
        query_value(&app.client_id),
        query_value(&redirect_uri(&context, &frame)),
        journey.state,
    );
    let cookie = token::sign(&context.config.secrets, Purpose::GitHub, &journey)
        .and_then(|value| Cookie::GitHub.set(&context.config, &value, JOURNEY_SECONDS));
    Ok(redirect(&to, cookie))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Takes whoever comes back from GitHub.
pub(crate) async fn come_back<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    method: Method,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let app = context.config.github.as_ref().ok_or(AppError::NotFound)?;
    if method == Method::HEAD {
        return Err(AppError::MethodNotAllowed);
    }
    let cookie = Cookie::GitHub.read(&context.config, &headers);
    let journey: Option<Journey> =
        cookie.and_then(|cookie| token::verify(&context.config.secrets, Purpose::GitHub, cookie));
    let is_same = |journey: &Journey| bool::from(journey.state.as_bytes().ct_eq(back.state.as_bytes()));
    let Some(journey) = journey.filter(is_same) else {
        return Ok(context.no_github(&frame, "", "app_github_refused"));
    };
    let take = TakeCeremony {
        challenge_hash: journey.state_hash(),
        ceremony: Ceremony::GitHub,
        credential: None,
        now: context.now(),
    };
    let is_open = context.platform.ledger().take_ceremony(take).await?.is_some();
    let found = if is_open && !back.code.is_empty() {
        let uri = redirect_uri(&context, &frame);
        context.find_at_github(app, &back.code, &journey.verifier, &uri).await?
    } else {
        Found::Nobody
    };
    match found {
        Found::Nobody => Ok(context.no_github(&frame, &journey.return_to, "app_github_refused")),
        Found::Unverified => Ok(context.no_github(&frame, &journey.return_to, "app_github_unverified")),
        Found::Person { subject, email } => {
            let (token, opening) = context.opening(&headers)?;
            let command = SignInWithGitHub {
                subject,
                email,
                new_member: MemberId::from_bytes(context.random()?),
                new_pseudonym: hex(&context.random::<16>()?),
                language: frame.language.clone(),
                opening,
                now: context.now(),
            };
            let signed_in = context.platform.ledger().sign_in_with_git_hub(command).await?;
            let cleared = Cookie::GitHub.clear(&context.config);
            Ok(context.signed_in(&headers, token, signed_in, &journey.return_to, cleared).await)
        }
    }
}

/// Whom GitHub sent.
enum Found {
    /// GitHub takes neither the code nor what belongs to it.
    Nobody,
    /// Somebody without a verified primary address.
    Unverified,
    Person {
        subject: String,
        email: String,
    },
}

#[derive(Debug, Deserialize)]
struct Token {
    #[serde(default)]
    access_token: String,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: u64,
}

#[derive(Debug, Deserialize)]
struct Address {
    email: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    verified: bool,
}

impl<P: Platform> Context<P> {
    /// The sign-in page with a word about GitHub.
    fn no_github(&self, frame: &Frame, back: &str, problem: &str) -> Response<Body> {
        let asked = Asked { email: "", return_to: back, error: Some(frame.text(problem)) };
        let mut response = self.ask_page(frame, &Visitor::default(), asked);
        set_cookies(response.headers_mut(), Cookie::GitHub.clear(&self.config));
        response
    }

    async fn find_at_github(
        &self,
        app: &GitHubApp,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<Found, Unavailable> {
        let pairs = [
            ("client_id", app.client_id.as_str()),
            ("client_secret", &app.client_secret),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let form: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", query_value(value))).collect();
        let request = Request::post(format!("{}/login/oauth/access_token", app.site_url))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        // GitHub answers a bad code with 200 and an error, and so without a token.
        let token: Option<Token> = self.ask_github(request, form.join("&")).await?;
        let Some(token) = token.map(|token| token.access_token).filter(|token| !token.is_empty()) else {
            return Ok(Found::Nobody);
        };
        let account: Option<Account> = self.ask_github(api(app, "/user", &token), String::new()).await?;
        let addresses: Option<Vec<Address>> =
            self.ask_github(api(app, "/user/emails", &token), String::new()).await?;
        let (Some(account), Some(addresses)) = (account, addresses) else { return Ok(Found::Nobody) };
        let email = addresses.into_iter().find(|address| address.primary && address.verified);
        let email = email.and_then(|address| normalized_email(&address.email));
        Ok(match email {
            Some(email) => Found::Person { subject: account.id.to_string(), email },
            None => Found::Unverified,
        })
    }

    /// The answer; nothing when GitHub says no, an outage when it says nothing that we understand.
    async fn ask_github<T: DeserializeOwned>(
        &self,
        request: http::request::Builder,
        body: String,
    ) -> Result<Option<T>, Unavailable> {
        let request = request
            .header(USER_AGENT, "lyceum")
            .body(body.into_bytes())
            .map_err(|error| Unavailable::new("github", error))?;
        let response = self.platform.http().send(request).await?;
        if response.status().is_client_error() {
            return Ok(None);
        }
        if !response.status().is_success() {
            return Err(Unavailable::new("github", format_args!("GitHub answered {}", response.status())));
        }
        // What does not parse may hold a token, so the log gets no word of it.
        json::from_slice(response.body())
            .map(Some)
            .map_err(|_| Unavailable::new("github", "GitHub answered in another form"))
    }
}

fn api(app: &GitHubApp, path: &str, token: &str) -> http::request::Builder {
    Request::get(format!("{}{path}", app.api_url))
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header(ACCEPT, "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
}
