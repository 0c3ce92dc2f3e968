//! Members as staff sees them: what they have, and giving and taking roles and access.
//!
//! Addresses are searched for by a form that is sent, so that none stands in an address of a page, a history or a log.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::Response;
use lyceum_contract::id::{MemberId, hex};
use lyceum_contract::time::Date;
use lyceum_contract::{Scope, Timestamp, paths};
use maud::{Markup, html};
use serde::Deserialize;

use crate::account::{entitlements, orders, scope_name, until};
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::ledger::{
    Actor, Change, Commands, FindMembers, GrantAccess, GrantRole, Member, MemberRecord, ReadMember,
    RevokeAccess, RevokeRole, clean_reason,
};
use crate::page::{Frame, redirect};
use crate::ports::{Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::role::{Role, StaffRole};
use crate::session::Visitor;

/// The most members that a search shows.
const MAX_FOUND: i64 = 20;
/// The most characters of a reason.
const MAX_REASON_CHARS: usize = 200;

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    member: String,
}

/// The search, or one member.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Extension(visitor): Extension<Visitor>,
    Query(wanted): Query<Wanted>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    if wanted.member.is_empty() {
        return Ok(search_page(&frame, &visitor, None));
    }
    let id = wanted.member.parse().map_err(|_| AppError::NotFound)?;
    let record = context.member_record(id).await?;
    Ok(member_page(&frame, &visitor, &record, None))
}

/// What a form of these pages says. Which fields count depends on the change.
#[derive(Debug, Deserialize)]
pub(crate) struct Wish {
    change: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    member: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    reason: String,
}

/// Searches, or changes one thing of one member.
pub(crate) async fn change<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Extension(visitor): Extension<Visitor>,
    Form(wish): Form<Wish>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    if wish.change == "find" {
        let command = FindMembers { prefix: wish.email.trim().to_lowercase(), limit: MAX_FOUND };
        let found = context.platform.ledger().find_members(command).await?;
        return Ok(search_page(&frame, &visitor, Some((&wish.email, &found))));
    }
    let member: MemberId = wish.member.parse().map_err(|_| AppError::NotFound)?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let here = frame.link(&format!("{}?member={member}", paths::STAFF_MEMBERS));
    // Whoever finds a browser of staff open changes nothing with it.
    if let Some(confirm) = context.require_fresh(&frame, session, &here) {
        return Ok(confirm);
    }
    let by = Actor::Member(session.member.clone());
    let problem = match context.make(&wish, (by, member.clone())).await? {
        Ok(Change::Done | Change::Unchanged) => {
            let to = format!("{}?member={member}", paths::STAFF_MEMBERS);
            return Ok(redirect(&frame.link(&to), visitor.set_cookies));
        }
        Ok(Change::NotAllowed) => return Err(AppError::NotStaff),
        Ok(Change::NoMember) => return Err(AppError::NotFound),
        Ok(Change::LastOwner) => "app_staff_last_owner",
        Err(problem) => problem,
    };
    let record = context.member_record(member).await?;
    Ok(member_page(&frame, &visitor, &record, Some(frame.text(problem))))
}

impl<P: Platform> Context<P> {
    async fn member_record(&self, member: MemberId) -> Result<MemberRecord, AppError> {
        let command = ReadMember { member, now: self.now() };
        self.platform.ledger().read_member(command).await?.ok_or(AppError::NotFound)
    }

    /// Does what the form says, or names the text that says why the form cannot be read.
    async fn make(
        &self,
        wish: &Wish,
        (by, member): (Actor, MemberId),
    ) -> Result<Result<Change, &'static str>, Unavailable> {
        let (ledger, now) = (self.platform.ledger(), self.now());
        let Some(reason) = clean_reason(&wish.reason).filter(|reason| !reason.is_empty()) else {
            return Ok(Err("app_staff_bad_reason"));
        };
        match wish.change.as_str() {
            "grant-role" | "revoke-role" => {
                let Some(role) = role(wish) else { return Ok(Err("app_staff_bad_role")) };
                if wish.change == "grant-role" {
                    ledger.grant_role(GrantRole { by, member, role, reason, now }).await.map(Ok)
                } else {
                    ledger.revoke_role(RevokeRole { by, member, role, reason, now }).await.map(Ok)
                }
            }
            "grant-access" => {
                let (Ok(scope), Some(until)) = (wish.scope.parse::<Scope>(), end(&wish.until, now)) else {
                    return Ok(Err("app_staff_bad_access"));
                };
                let grant = hex(&self.random::<16>()?);
                ledger
                    .grant_access(GrantAccess { by, member, grant, scope, until, reason, now })
                    .await
                    .map(Ok)
            }
            "revoke-access" => {
                let Ok(scope) = wish.scope.parse() else { return Ok(Err("app_staff_bad_access")) };
                ledger.revoke_access(RevokeAccess { by, member, scope, reason, now }).await.map(Ok)
            }
            _ => Ok(Err("app_staff_bad_role")),
        }
    }
}

fn role(wish: &Wish) -> Option<StaffRole> {
    let place = wish.place.trim();
    let place = if place.is_empty() { None } else { Some(place.parse().ok()?) };
    StaffRole::new(wish.role.parse().ok()?, place)
}

/// The end of access: nothing for good; the outer nothing when it is no day, or one that has begun.
#[expect(clippy::option_option, reason = "no end is not the same as no answer")]
fn end(text: &str, now: Timestamp) -> Option<Option<Timestamp>> {
    if text.trim().is_empty() {
        return Some(None);
    }
    let until = Timestamp::from_date(text.trim().parse::<Date>().ok()?);
    (now < until).then_some(Some(until))
}

fn search_page(frame: &Frame, visitor: &Visitor, found: Option<(&str, &[Member])>) -> Response<Body> {
    let email = found.map_or("", |(email, _)| email);
    let main = html! {
        form class="form" method="post" action=(frame.link(paths::STAFF_MEMBERS)) {
            label for="email" { (frame.text("app_staff_search")) }
            input id="email" name="email" type="text" inputmode="email" autocomplete="off" maxlength="254" value=(email)
                aria-describedby="email-hint";
            p class="hint" id="email-hint" { (frame.text("app_staff_search_hint")) }
            button type="submit" class="button" name="change" value="find" { (frame.text("app_search")) }
        }
        @if let Some((_, found)) = found {
            @if found.is_empty() {
                p class="empty" role="status" { (frame.text("app_staff_none")) }
            } @else {
                ul {
                    @for member in found {
                        li { a href=(frame.link(&format!("{}?member={}", paths::STAFF_MEMBERS, member.id))) { (member.email) } }
                    }
                }
            }
        }
    };
    super::page(frame, visitor, frame.text("app_staff_members"), &main)
}

fn member_page(
    frame: &Frame,
    visitor: &Visitor,
    record: &MemberRecord,
    problem: Option<&str>,
) -> Response<Body> {
    let member = &record.member;
    let main = html! {
        @if let Some(problem) = problem { p class="error" role="alert" { (problem) } }
        p class="muted" { @if let Some(name) = &member.name { bdi { (name) } " " } code { (member.id) } }
        section class="stack" {
            h2 { (frame.text("app_staff_roles")) }
            (roles(frame, record))
            (role_form(frame, member))
        }
        section class="stack" {
            h2 { (frame.text("app_staff_has")) }
            @if record.entitlements.is_empty() {
                p class="empty" { (frame.text("app_staff_has_nothing")) }
            } @else {
                (entitlements(frame, &record.entitlements))
            }
            (grants(frame, record))
            (access_form(frame, member))
        }
        @if !record.orders.is_empty() {
            section class="stack" {
                h2 { (frame.text("app_account_orders")) }
                (orders(frame, &record.orders))
            }
        }
    };
    super::page(frame, visitor, &member.email, &main)
}

fn roles(frame: &Frame, record: &MemberRecord) -> Markup {
    html! {
        @if record.roles.is_empty() { p class="empty" { (frame.text("app_staff_role_learner")) } }
        @for (idx, role) in record.roles.iter().enumerate() {
            form class="form" method="post" action=(frame.link(paths::STAFF_MEMBERS)) {
                p { strong { (frame.text(role_text(role.role()))) } @if let Some(scope) = role.scope() { " " code { (scope) } } }
                input type="hidden" name="member" value=(record.member.id);
                input type="hidden" name="role" value=(role.role().name());
                input type="hidden" name="place" value=(role.scope().map_or("", |scope| scope.as_str()));
                (reason(frame, &format!("role-{idx}")))
                button type="submit" class="button quiet" name="change" value="revoke-role" { (frame.text("app_staff_take_role")) }
            }
        }
    }
}

fn role_text(role: Role) -> &'static str {
    match role {
        Role::Owner => "app_staff_role_owner",
        Role::Admin => "app_staff_role_admin",
        Role::Instructor => "app_staff_role_instructor",
        Role::Moderator => "app_staff_role_moderator",
        Role::Reviewer => "app_staff_role_reviewer",
        Role::TeamManager => "app_staff_role_team_manager",
        Role::Learner => "app_staff_role_learner",
    }
}

/// Why it is done: asked for with every change, because the log keeps it.
fn reason(frame: &Frame, form: &str) -> Markup {
    let (id, hint) = (format!("reason-{form}"), format!("reason-{form}-hint"));
    html! {
        label for=(id) { (frame.text("app_staff_reason")) }
        input type="text" id=(id) name="reason" required maxlength=(MAX_REASON_CHARS) autocomplete="off" aria-describedby=(hint);
        p class="hint" id=(hint) { (frame.text("app_staff_reason_hint")) }
    }
}

fn role_form(frame: &Frame, member: &Member) -> Markup {
    html! {
        form class="form" method="post" action=(frame.link(paths::STAFF_MEMBERS)) {
            input type="hidden" name="member" value=(member.id);
            label for="role" { (frame.text("app_staff_role")) }
            select id="role" name="role" {
                @for (role, name) in Role::NAMED.iter().rev() { option value=(name) { (frame.text(role_text(*role))) } }
            }
            label for="place" { (frame.text("app_staff_place")) }
            input type="text" id="place" name="place" maxlength="80" autocomplete="off" aria-describedby="place-hint";
            p class="hint" id="place-hint" { (frame.text("app_staff_place_hint")) }
            (reason(frame, "new-role"))
            button type="submit" class="button" name="change" value="grant-role" { (frame.text("app_staff_give_role")) }
        }
    }
}

/// What staff gave and has not ended, each with the form that ends it.
fn grants(frame: &Frame, record: &MemberRecord) -> Markup {
    let is_live = |scope: &Scope, end: Timestamp| {
        record.entitlements.iter().any(|held| held.scope == *scope && end <= held.until)
    };
    let live: Vec<_> = record.grants.iter().filter(|grant| is_live(&grant.scope, grant.until)).collect();
    html! {
        @for (idx, grant) in live.iter().enumerate() {
            form class="form" method="post" action=(frame.link(paths::STAFF_MEMBERS)) {
                p { (frame.text("app_staff_given")) " " (scope_name(frame, &grant.scope)) ", " (until(frame, grant.until)) }
                input type="hidden" name="member" value=(record.member.id);
                input type="hidden" name="scope" value=(grant.scope);
                (reason(frame, &format!("access-{idx}")))
                button type="submit" class="button quiet" name="change" value="revoke-access" { (frame.text("app_staff_take_access")) }
            }
        }
    }
}

fn access_form(frame: &Frame, member: &Member) -> Markup {
    let language = (&frame.language, &frame.site.default_language);
    html! {
        form class="form" method="post" action=(frame.link(paths::STAFF_MEMBERS)) {
            input type="hidden" name="member" value=(member.id);
            label for="scope" { (frame.text("app_staff_access")) }
            select id="scope" name="scope" {
                @for product in &frame.site.manifest.products {
                    option value=(product.scope) { (product.name.get(language.0, language.1)) }
                }
            }
            label for="until" { (frame.text("app_staff_until")) }
            input type="date" id="until" name="until" aria-describedby="until-hint";
            p class="hint" id="until-hint" { (frame.text("app_staff_until_hint")) }
            (reason(frame, "new-access"))
            button type="submit" class="button" name="change" value="grant-access" { (frame.text("app_staff_give_access")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_day_that_has_not_begun() {
        let now = Timestamp::from_date("2027-01-15".parse().expect("a date"));
        assert_eq!(end("", now), Some(None));
        assert_eq!(end("2027-01-16", now), Some(Some(now.plus_seconds(86_400))));
        for bad in ["2027-01-15", "2027-01-14", "soon", "2027-02-30", "0"] {
            assert_eq!(end(bad, now), None, "{bad}");
        }
    }
}
