//! Every route of the app, and who may use it.
//!
//! A route is one line of the table below: method, path, policy, handler. There is no other way to make one, so there is
//! none without a policy; and the policy is enforced by [`guard`] before the handler runs. What a policy cannot know
//! stays with the handler: whether an object is the member's own, and whether the session is still open.
//! `tests/it/policies.rs` tries every line with every role.
//!
//! Pages and files of the site are no routes: for whatever is not in the table, `content.rs` asks the gate.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http::{Method, Request};
use lyceum_contract::paths;

use crate::error::AppError;
use crate::mail::unsubscribe;
use crate::page::redirect;
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared, cookies};
use crate::role::Role;
use crate::session::Visitor;
use crate::staff::ADMINS;
use crate::staff::questions::HELPERS;
use crate::{
    account, checkout, discuss, events, gift, goods, health, person, search, settings, sign_in, staff, team,
    team_assign, team_join, team_managers, team_report, team_xapi, webhook,
};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody. Whoever is signed in may see more.
    Public,
    /// Everybody; what is shown and taken depends on a secret that only this browser has.
    Browser,
    /// Everybody; the gate decides how much is shown.
    Reader,
    /// Members. The handler asks the Ledger who it is.
    Member,
    /// Members, for an object of their own: the handler answers 404 for anybody else's.
    Own(&'static str),
    /// Members with one of these roles, by the Ledger at that moment. The handler gets them as
    /// `Extension<Visitor>`, and decides by the role's course or team.
    Staff(&'static [Role]),
    /// Programs and mail clients that prove themselves with a signature, which the handler checks. These alone are
    /// answered when the request comes from another site.
    Signed,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method; `GET` answers `HEAD` too.
    pub method: Method,
    /// The path, with `{name}` for one segment and `{*name}` for the rest.
    pub path: &'static str,
    /// Who may use it.
    pub policy: Policy,
}

macro_rules! routes {
    ($($method:ident $path:expr, $policy:expr => $($handler:ident)::+;)*) => {
        /// Every route of the app.
        pub const ROUTES: &[Route] =
            &[$(Route { method: Method::$method, path: $path, policy: $policy }),*];

        fn handlers<P: Platform>() -> Router<Arc<Context<P>>> {
            Router::new()$(.route($path, on(MethodFilter::$method, $($handler)::+::<P>)))*
        }
    };
}

use Policy::{Browser, Member, Own, Public, Reader, Signed, Staff};

routes! {
    GET paths::HEALTH, Public => health::health;
    POST paths::EVENTS, Public => events::receive;
    GET paths::SIGN_IN, Public => sign_in::ask;
    POST paths::SIGN_IN, Public => sign_in::send;
    GET paths::SIGN_IN_CODE, Browser => sign_in::code_page;
    POST paths::SIGN_IN_CODE, Browser => sign_in::answer_code;
    GET paths::SIGN_IN_LINK, Browser => sign_in::link::show;
    POST paths::SIGN_IN_LINK, Browser => sign_in::link::answer;
    GET paths::SIGN_IN_CONFIRM, Member => sign_in::confirm::show;
    POST paths::SIGN_IN_CONFIRM, Member => sign_in::confirm::send;
    POST paths::SIGN_IN_PASSKEY, Browser => sign_in::passkey::answer;
    POST paths::SIGN_IN_PASSKEY_START, Public => sign_in::passkey::start;
    POST paths::SIGN_IN_GITHUB, Public => sign_in::github::start;
    GET paths::SIGN_IN_GITHUB_RETURN, Browser => sign_in::github::come_back;
    POST paths::SIGN_OUT, Browser => sign_in::sign_out;
    GET paths::ACCOUNT, Member => account::show;
    POST paths::ACCOUNT, Member => account::rename;
    POST paths::ACCOUNT_SETTINGS, Member => settings::change;
    POST paths::ACCOUNT_BILLING, Member => settings::billing;
    GET paths::ACCOUNT_BOOKINGS, Member => goods::show;
    GET paths::ACCOUNT_BOOKING_FILE, Own("order") => goods::file;
    GET paths::ACCOUNT_EMAIL, Member => sign_in::email_change::ask;
    POST paths::ACCOUNT_EMAIL, Member => sign_in::email_change::send;
    GET paths::ACCOUNT_EMAIL_CODE, Member => sign_in::email_change::code_page;
    POST paths::ACCOUNT_EMAIL_CODE, Member => sign_in::email_change::answer;
    GET paths::ACCOUNT_EXPORT, Member => person::export::download;
    GET paths::ACCOUNT_ERASE, Member => person::erase::show;
    POST paths::ACCOUNT_ERASE, Member => person::erase::erase;
    GET paths::ACCOUNT_DEVICES, Member => sign_in::devices::show;
    POST paths::ACCOUNT_DEVICES, Member => sign_in::devices::end;
    POST paths::ACCOUNT_PASSKEYS, Member => sign_in::passkeys::add;
    POST paths::ACCOUNT_PASSKEYS_START, Member => sign_in::passkeys::start;
    POST paths::ACCOUNT_PASSKEYS_REMOVE, Member => sign_in::passkeys::remove;
    GET paths::CHECKOUT, Public => checkout::order_page;
    POST paths::CHECKOUT, Member => checkout::place;
    GET paths::CHECKOUT_RETURN, Own("order") => checkout::come_back;
    GET paths::TEAM, Own("order") => team::show;
    POST paths::TEAM, Own("order") => team::invite;
    GET paths::TEAM_REVOKE, Own("order") => team::ask_revoke;
    POST paths::TEAM_REVOKE, Own("order") => team::revoke;
    POST paths::TEAM_MANAGERS, Own("order") => team_managers::change;
    GET paths::TEAM_ASSIGN, Own("order") => team_assign::ask;
    POST paths::TEAM_ASSIGN, Own("order") => team_assign::save;
    POST paths::TEAM_WITHDRAW, Own("order") => team_assign::withdraw;
    GET paths::TEAM_REPORT, Own("order") => team_report::show;
    GET paths::TEAM_REPORT_CSV, Own("order") => team_report::csv;
    GET paths::TEAM_REPORT_XAPI, Own("order") => team_xapi::statements;
    GET paths::TEAM_JOIN, Public => team_join::show;
    POST paths::TEAM_JOIN, Member => team_join::accept;
    GET paths::GIFT, Public => gift::show;
    POST paths::GIFT, Member => gift::accept;
    GET "/discuss/{*lesson}", Reader => discuss::show;
    POST "/discuss/{*lesson}", Member => discuss::post;
    GET paths::SEARCH, Public => search::show;
    POST paths::WEBHOOK, Signed => webhook::receive;
    GET paths::UNSUBSCRIBE, Public => unsubscribe::ask;
    POST paths::UNSUBSCRIBE, Signed => unsubscribe::stop;
    GET paths::STAFF_MEMBERS, Staff(ADMINS) => staff::members::show;
    POST paths::STAFF_MEMBERS, Staff(ADMINS) => staff::members::change;
    GET paths::STAFF_QUESTIONS, Staff(HELPERS) => staff::questions::show;
    POST paths::STAFF_QUESTIONS, Staff(HELPERS) => staff::questions::answer;
    GET paths::STAFF_BOOKINGS, Staff(HELPERS) => staff::bookings::show;
    GET paths::STAFF_AUDIT, Staff(ADMINS) => staff::audit::show;
}

/// The Router of the table, every route behind its policy.
pub(crate) fn router<P: Platform>(context: &Arc<Context<P>>) -> Router<Arc<Context<P>>> {
    handlers().route_layer(from_fn_with_state(Arc::clone(context), guard::<P>))
}

/// Whether requests from other sites reach this path: only where a signature proves them.
pub(crate) fn is_signed(method: &Method, path: &str) -> bool {
    let covers = |route: &&Route| route.method == *method && covers(route.path, path);
    let mut found = ROUTES.iter().filter(covers).peekable();
    found.peek().is_some() && found.all(|route| route.policy == Policy::Signed)
}

/// Whether a pattern takes a path. May say yes too often: then every route that may be meant must agree.
fn covers(pattern: &str, path: &str) -> bool {
    match pattern.split_once('{') {
        Some((start, _)) => path.starts_with(start),
        None => pattern == path,
    }
}

fn policy(method: &Method, pattern: &str) -> Option<Policy> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    ROUTES.iter().find(|route| route.method == *method && route.path == pattern).map(|route| route.policy)
}

/// Lets a request through to its handler, or says why not.
///
/// A body cannot be shared between threads, so nothing borrows the request while something is awaited.
async fn guard<P: Platform>(
    State(context): Shared<P>,
    mut request: Request<Body>,
    next: Next,
) -> Result<Response, AppError> {
    let is_safe = request.method().is_safe();
    let locale = request.extensions().get::<Locale>().filter(|_| is_safe).cloned();
    let headers = cookies(request.headers());
    let pattern = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let found = pattern.and_then(|pattern| policy(request.method(), pattern));
    match found.ok_or(AppError::MethodNotAllowed)? {
        Policy::Public | Policy::Browser | Policy::Reader | Policy::Signed => {}
        Policy::Member | Policy::Own(_) => {
            let visitor = context.visitor_by_cookie(&headers);
            if visitor.session.is_none() {
                return context.stranger(locale, visitor).await;
            }
        }
        Policy::Staff(roles) => {
            let visitor = context.visitor_now(&headers).await?;
            let Some(session) = &visitor.session else { return context.stranger(locale, visitor).await };
            if !session.roles.iter().any(|held| roles.contains(&held.role())) {
                let waits = session.withheld.iter().any(|held| roles.contains(&held.role()));
                return match (waits, locale) {
                    (false, _) => Err(AppError::NotStaff),
                    (true, None) => Err(AppError::NeedsPasskey),
                    (true, Some(locale)) => {
                        let frame = context.frame(&locale).await?;
                        Ok(redirect(&frame.link(paths::ACCOUNT_DEVICES), visitor.set_cookies))
                    }
                };
            }
            request.extensions_mut().insert(visitor);
        }
    }
    Ok(next.run(request).await)
}

impl<P: Platform> Context<P> {
    /// The answer to somebody who is not signed in where one must be: whoever looks is led to signing in and back.
    pub(crate) async fn stranger(
        &self,
        locale: Option<Locale>,
        visitor: Visitor,
    ) -> Result<Response, AppError> {
        let locale = locale.ok_or(AppError::SignIn)?;
        let frame = self.frame(&locale).await?;
        Ok(redirect(&frame.sign_in_link(&frame.link(&locale.address)), visitor.set_cookies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_is_there_twice() {
        for (idx, route) in ROUTES.iter().enumerate() {
            let twin =
                ROUTES[..idx].iter().find(|other| other.method == route.method && other.path == route.path);
            assert_eq!(twin, None);
        }
    }

    #[test]
    fn paths_with_places_begin_as_the_contract_says() {
        for route in ROUTES.iter().filter(|route| route.path.contains('{')) {
            assert!(
                paths::APP_PREFIXES.iter().any(|prefix| route.path.starts_with(prefix)),
                "{}",
                route.path
            );
        }
    }

    #[test]
    fn a_pattern_covers_what_it_matches() {
        assert!(covers("/a/{*rest}", "/a/b/c/") && covers("/a/", "/a/"));
        assert!(!covers("/a/", "/a/b") && !covers("/a/{*rest}", "/b/"));
    }

    #[test]
    fn what_needs_no_signature_is_not_open_to_other_sites() {
        for route in ROUTES.iter().filter(|route| route.policy != Policy::Signed) {
            assert!(!is_signed(&route.method, route.path), "{}", route.path);
        }
        assert!(!is_signed(&Method::POST, "/lost/"));
    }
}
