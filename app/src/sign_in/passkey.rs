//! Signing in, and confirming who one is, with a passkey.
//!
//! A challenge is kept in the Ledger and in a cookie of the browser that asked: whoever answers must have both, and an
//! answer uses it up, right or wrong.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::id::MemberId;
use lyceum_contract::paths;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::confirm::confirm_fragment;
use super::{Asked, return_to};
use crate::cookies::Cookie;
use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::{
    Ceremony, Commands, ListPasskeys, Passkey, SignInWithPasskey, SignedIn, StartCeremony, TakeCeremony,
};
use crate::page::{Frame, set_cookies};
use crate::ports::{Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::session::Visitor;
use crate::token::{self, Purpose};
use crate::webauthn::{RelyingParty, Statement};

/// Seconds for which the browser keeps a challenge.
const CHALLENGE_SECONDS: i64 = 300;
/// The same for the person, in the unit of browsers.
pub(super) const TIMEOUT_MS: i64 = CHALLENGE_SECONDS * 1_000;

/// What the browser that asked for a challenge keeps.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(rename = "c")]
    pub(super) challenge: String,
    /// Who confirms who they are; nobody when somebody signs in.
    #[serde(rename = "m", default)]
    confirms: Option<MemberId>,
    #[serde(rename = "r", default)]
    return_to: String,
}

impl Kept {
    fn ceremony(&self) -> Ceremony {
        self.confirms.clone().map_or(Ceremony::SignIn, Ceremony::Confirm)
    }
}

pub(super) fn challenge_hash(challenge: &str) -> String {
    token::hash(&["ly/passkey/1", challenge])
}

impl<P: Platform> Context<P> {
    /// Who asks for passkeys here. `None` where browsers have none.
    pub(super) fn relying_party(&self, frame: &Frame) -> Option<RelyingParty> {
        RelyingParty::of(&frame.absolute(self.config.origin.as_deref(), "/"))
    }

    pub(super) fn required_party(&self, frame: &Frame) -> Result<RelyingParty, AppError> {
        self.relying_party(frame).ok_or(AppError::Invalid("a site with passkeys: a name and HTTPS"))
    }

    /// A new challenge, and the cookie that keeps it.
    pub(super) async fn challenge(
        &self,
        ceremony: Ceremony,
        return_to: String,
    ) -> Result<(String, Option<HeaderValue>), AppError> {
        let challenge = URL_SAFE_NO_PAD.encode(self.random::<32>()?);
        let confirms = match &ceremony {
            Ceremony::Confirm(member) => Some(member.clone()),
            _ => None,
        };
        let start = StartCeremony { challenge_hash: challenge_hash(&challenge), ceremony, now: self.now() };
        if !self.platform.ledger().start_ceremony(start).await? {
            return Err(Unavailable::new("ledger", "too many open challenges").into());
        }
        let kept = Kept { challenge: challenge.clone(), confirms, return_to };
        let cookie = token::sign(&self.config.secrets, Purpose::Passkey, &kept)
            .and_then(|value| Cookie::Passkey.set(&self.config, &value, CHALLENGE_SECONDS));
        Ok((challenge, cookie))
    }

    pub(super) fn kept(&self, headers: &HeaderMap) -> Option<Kept> {
        let cookie = Cookie::Passkey.read(&self.config, headers)?;
        token::verify(&self.config.secrets, Purpose::Passkey, cookie)
    }

    pub(super) async fn passkeys_of(&self, member: &MemberId) -> Result<Vec<Passkey>, Unavailable> {
        self.platform.ledger().list_passkeys(ListPasskeys { member: member.clone() }).await
    }
}

/// JSON for the theme's script.
pub(super) fn json(value: &serde_json::Value, cookie: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    set_cookies(response.headers_mut(), cookie);
    response
}

/// Passkeys as browsers want them named.
pub(super) fn descriptors(passkeys: &[Passkey]) -> Vec<serde_json::Value> {
    let one = |passkey: &Passkey| serde_json::json!({ "type": "public-key", "id": passkey.credential });
    passkeys.iter().map(one).collect()
}

/// What the script looks for: a form that it fills with the answer of a passkey.
#[derive(Debug, Clone, Copy)]
pub(super) struct PasskeyForm<'a> {
    /// `get` or `create`.
    pub(super) act: &'static str,
    /// Where the challenge comes from.
    pub(super) start: &'static str,
    /// Where the answer goes.
    pub(super) action: &'static str,
    pub(super) button: &'a str,
    /// The button's class: a page has one main action.
    pub(super) class: &'static str,
    pub(super) party: &'a RelyingParty,
}

impl PasskeyForm<'_> {
    pub(super) fn html(&self, frame: &Frame, fields: &Markup) -> Markup {
        html! {
            form class="form" method="post" action=(frame.link(self.action)) data-passkey=(self.act)
                data-start=(frame.link(self.start)) data-origin=(self.party.origin)
                data-unsupported=(frame.text("app_passkey_unsupported"))
                data-stopped=(frame.text("app_passkey_stopped")) data-here=(frame.text("app_passkey_here")) {
                (fields)
                button type="submit" class=(self.class) hidden { (self.button) }
                p class="hint" role="status" {}
                noscript { p class="hint" { (frame.text("app_passkey_noscript")) } }
            }
        }
    }
}

/// The form that signs in; nothing where browsers have no passkeys.
pub(super) fn sign_in_form(frame: &Frame, party: Option<&RelyingParty>, return_to: &str) -> Markup {
    let Some(party) = party else { return html! {} };
    let form = PasskeyForm {
        act: "get",
        start: paths::SIGN_IN_PASSKEY_START,
        action: paths::SIGN_IN_PASSKEY,
        button: frame.text("app_passkey_sign_in"),
        class: "button quiet",
        party,
    };
    form.html(frame, &html! { input type="hidden" name="return_to" value=(return_to); })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Start {
    #[serde(default)]
    return_to: String,
    /// There when a member confirms who they are.
    #[serde(default)]
    confirm: Option<String>,
}

/// Gives a challenge, as `PublicKeyCredentialRequestOptionsJSON`.
pub(crate) async fn start<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(form): Form<Start>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let party = context.required_party(&frame)?;
    let (mut ceremony, mut allowed) = (Ceremony::SignIn, Vec::new());
    if form.confirm.is_some() {
        let session = context.visitor_now(&headers).await?.session.ok_or(AppError::SignIn)?;
        allowed = descriptors(&context.passkeys_of(&session.member).await?);
        ceremony = Ceremony::Confirm(session.member);
    }
    let return_to = return_to(&frame, &form.return_to);
    let (challenge, cookie) = context.challenge(ceremony, return_to).await?;
    let options = serde_json::json!({
        "challenge": challenge,
        "rpId": party.id,
        "allowCredentials": allowed,
        "userVerification": "required",
        "timeout": TIMEOUT_MS,
    });
    Ok(json(&options, cookie))
}

/// What the browser sends for a passkey that was used or made.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) credential: String,
    #[serde(default)]
    pub(super) client_data: String,
    #[serde(default)]
    pub(super) authenticator_data: String,
    #[serde(default)]
    pub(super) signature: String,
}

impl Answer {
    /// `None` when it is not base64url.
    pub(super) fn statement(&self) -> Option<Statement> {
        Some(Statement {
            client_data: URL_SAFE_NO_PAD.decode(&self.client_data).ok()?,
            authenticator_data: URL_SAFE_NO_PAD.decode(&self.authenticator_data).ok()?,
        })
    }
}

/// Signs in whose passkey has answered, or says kindly that it did not help.
pub(crate) async fn answer<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(answer): Form<Answer>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let party = context.required_party(&frame)?;
    let kept = context.kept(&headers);
    let opened = match &kept {
        Some(kept) => context.sign_in_with_passkey(&headers, &party, kept, &answer).await?,
        None => None,
    };
    let cleared = Cookie::Passkey.clear(&context.config);
    match (opened, kept) {
        (Some((token, signed_in)), Some(kept)) => {
            Ok(context.signed_in(&headers, token, signed_in, &kept.return_to, cleared).await)
        }
        (_, kept) => context.refuse(&frame, &headers, kept, cleared).await,
    }
}

impl<P: Platform> Context<P> {
    async fn sign_in_with_passkey(
        &self,
        headers: &HeaderMap,
        party: &RelyingParty,
        kept: &Kept,
        answer: &Answer,
    ) -> Result<Option<(String, SignedIn)>, Unavailable> {
        let take = TakeCeremony {
            challenge_hash: challenge_hash(&kept.challenge),
            ceremony: kept.ceremony(),
            credential: Some(answer.credential.clone()),
            now: self.now(),
        };
        let ceremony = self.platform.ledger().take_ceremony(take).await?;
        let Some(passkey) = ceremony.and_then(|taken| taken.passkey) else { return Ok(None) };
        let is_own = kept.confirms.as_ref().is_none_or(|member| *member == passkey.member);
        let Some(n_signatures) = checked(party, kept, answer, &passkey).filter(|_| is_own) else {
            return Ok(None);
        };
        let (token, opening) = self.opening(headers)?;
        let credential = passkey.credential;
        let command =
            SignInWithPasskey { credential, n_signatures: n_signatures.into(), opening, now: self.now() };
        let signed_in = self.platform.ledger().sign_in_with_passkey(command).await?;
        Ok(signed_in.map(|signed_in| (token, signed_in)))
    }

    /// The page from which the passkey was used, with a word about it.
    async fn refuse(
        &self,
        frame: &Frame,
        headers: &HeaderMap,
        kept: Option<Kept>,
        cleared: Option<HeaderValue>,
    ) -> Result<Response<Body>, AppError> {
        let error = Some(frame.text("app_passkey_refused"));
        let back = kept.as_ref().map_or("", |kept| kept.return_to.as_str());
        let party = self.relying_party(frame);
        let confirming = match kept.as_ref().and_then(|kept| kept.confirms.as_ref()) {
            Some(member) => self.confirming(headers, member).await?,
            None => None,
        };
        let mut response = match confirming {
            Some(email) => {
                let fragment = confirm_fragment(frame, party.as_ref(), &email, back, error);
                frame.page(&self.visitor_by_cookie(headers), &fragment)
            }
            None => self.ask_page(frame, &Visitor::default(), Asked { email: "", return_to: back, error }),
        };
        set_cookies(response.headers_mut(), cleared);
        Ok(response)
    }
}

/// How often the passkey has signed, when it has signed this.
fn checked(party: &RelyingParty, kept: &Kept, answer: &Answer, passkey: &Passkey) -> Option<u32> {
    let statement = answer.statement()?;
    let signature = URL_SAFE_NO_PAD.decode(&answer.signature).ok()?;
    let key = passkey.key.parse().ok()?;
    statement.used(party, &kept.challenge, &key, &signature).ok()
}
