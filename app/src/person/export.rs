//! The member's own copy: one JSON file with everything that every store knows of them. `docs/PRIVACY.md` describes it.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::id::MemberId;
use lyceum_contract::{Timestamp, json as read_json, paths};
use serde_json::{Map, Value, json};

use crate::discuss::Comment;
use crate::error::AppError;
use crate::ledger::{
    Assigned, AuditRow, Booking, Commands, ListAssigned, Person, PersonRow, Question, ReadGoods, ReadPerson,
    ReadPersonPage, Section, Topic, member_subject,
};
use crate::money::standing;
use crate::page::{Frame, ROBOTS, redirect, set_cookies};
use crate::ports::{CommentStore, Platform, Unavailable};
use crate::request::{Context, Locale, Shared};
use crate::session::{Session, token_hash};

/// Rows in one call of the Ledger, and calls for one section. More than that is left out, and the file says so.
const ROWS_AT_ONCE: i64 = 500;
const MAX_PAGES: usize = 10;
/// Comments that are read. On Cloudflare a hundred cost one call.
const MAX_COMMENTS: usize = 2_000;

/// Gives the file.
pub(crate) async fn download<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else {
        return Ok(redirect(&frame.sign_in_link(&frame.link(paths::ACCOUNT)), visitor.set_cookies));
    };
    // Whoever finds a browser open does not carry everything away in one file.
    if let Some(confirm) = context.require_fresh(&frame, session, &frame.link(paths::ACCOUNT)) {
        return Ok(confirm);
    }
    let copy = context.copy_of(&frame, session, &headers).await?;
    let day = context.now().date();
    let mut response = Response::new(Body::from(format!("{copy:#}\n")));
    let name = HeaderValue::from_str(&format!("attachment; filename=\"account-{day}.json\""));
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(CONTENT_DISPOSITION, name.unwrap_or(HeaderValue::from_static("attachment")));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(ROBOTS, HeaderValue::from_static("noindex"));
    set_cookies(fields, visitor.set_cookies.clone());
    Ok(response)
}

/// Rows of one section, and whether those are all.
type Rows = (Vec<Value>, bool);

impl<P: Platform> Context<P> {
    async fn copy_of(
        &self,
        frame: &Frame,
        session: &Session,
        headers: &HeaderMap,
    ) -> Result<Value, AppError> {
        let (member, now) = (session.member.clone(), self.now());
        let command = ReadPerson { member: member.clone(), token_hash: token_hash(&session.token), now };
        let person = self.platform.ledger().read_person(command).await?.ok_or(AppError::NotFound)?;
        let (orders, all_orders) = self.rows(&member, Section::Orders).await?;
        let (seats, all_seats) = self.rows(&member, Section::Seats).await?;
        let (letters, all_letters) = self.rows(&member, Section::Letters).await?;
        let (log, is_whole_log) = self.rows(&member, Section::Log).await?;
        let goods = self.platform.ledger().read_goods(ReadGoods { member: member.clone() }).await?;
        let asked = ListAssigned { member: member.clone(), now };
        let asked = self.platform.ledger().list_assigned(asked).await?;
        let (comments, all_comments) = self.own_comments(&member, headers).await?;
        let mut copy = of_person(&person);
        copy.extend([
            ("format".to_owned(), json!("lyceum-account")),
            ("version".to_owned(), json!(1)),
            ("site".to_owned(), json!(frame.absolute(self.config.origin.as_deref(), "/"))),
            ("made_at".to_owned(), json!(now)),
            (
                "is_complete".to_owned(),
                json!(all_orders && all_seats && all_letters && is_whole_log && all_comments),
            ),
            ("orders".to_owned(), Value::Array(orders)),
            ("bookings".to_owned(), goods.bookings.iter().map(of_booking).collect()),
            ("questions".to_owned(), goods.questions.iter().map(of_question).collect()),
            ("asked_to_learn".to_owned(), asked.iter().map(of_assigned).collect()),
            ("seats_offered".to_owned(), Value::Array(seats)),
            ("letters".to_owned(), Value::Array(letters)),
            ("log".to_owned(), Value::Array(log)),
            ("comments".to_owned(), Value::Array(comments)),
        ]);
        let mut copy = Value::Object(copy);
        spell_times(&mut copy, "");
        Ok(copy)
    }

    async fn rows(&self, member: &MemberId, section: Section) -> Result<Rows, Unavailable> {
        let (mut rows, mut after) = (Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let command = ReadPersonPage { member: member.clone(), section, after, limit: ROWS_AT_ONCE };
            let page = self.platform.ledger().read_person_page(command).await?;
            rows.extend(page.rows.iter().map(|row| of_row(row, member)));
            let Some(next) = page.next else { return Ok((rows, true)) };
            after = next;
        }
        Ok((rows, false))
    }

    /// What the member wrote, and what this browser posted just now.
    async fn own_comments(&self, member: &MemberId, headers: &HeaderMap) -> Result<Rows, Unavailable> {
        let mut keys = self.platform.comments().list_of(member).await?;
        keys.extend(self.recent_keys(headers));
        keys.sort();
        keys.dedup();
        let is_all = keys.len() <= MAX_COMMENTS;
        keys.truncate(MAX_COMMENTS);
        let found = self.platform.comments().get_many(&keys).await?;
        let comments = found.iter().filter_map(|body| read_json::from_slice::<Comment>(body).ok());
        let own = comments.filter(|comment| comment.member == *member);
        let rows = own.map(|Comment { id, lesson, name, text, at, .. }| {
            json!({ "id": id, "lesson": lesson, "name": name, "text": text, "at": at })
        });
        Ok((rows.collect(), is_all))
    }
}

fn of_person(person: &Person) -> Map<String, Value> {
    let member = &person.member;
    let mails = Topic::ALL.map(|topic| (topic.name().to_owned(), json!(member.mail_settings.wants(topic))));
    let grants = person.grants.iter();
    let grants = grants.map(
        |grant| json!({ "id": grant.id, "scope": grant.scope, "until": grant.until, "at": grant.created_at }),
    );
    let sessions = person.sessions.iter().map(|session| {
        json!({ "device": session.device, "means": session.means.to_string(), "since": session.created_at,
            "seen_at": session.seen_at, "is_this": session.is_this })
    });
    let passkeys = person.passkeys.iter();
    let passkeys = passkeys.map(
        |passkey| json!({ "name": passkey.name, "since": passkey.created_at, "used_at": passkey.used_at }),
    );
    let gifts = person.gifts.iter().map(|gift| {
        json!({ "order": gift.order, "scope": gift.scope, "email": gift.email, "message": gift.message,
            "accepted_at": gift.accepted_at })
    });
    let seats = person.seats.iter().map(|seat| {
        json!({ "order": seat.order, "email": seat.email, "invited_at": seat.invited_at,
            "accepted_at": seat.accepted_at })
    });
    let elsewhere = person.identities.iter();
    let elsewhere = elsewhere.map(|identity| {
        json!({ "service": identity.provider, "number": identity.subject, "since": identity.created_at })
    });
    let profile = json!({ "id": member.id, "email": member.email, "name": member.name,
        "pseudonym": member.pseudonym, "language": member.language, "since": person.created_at });
    Map::from_iter([
        ("profile".to_owned(), profile),
        ("mails".to_owned(), Value::Object(Map::from_iter(mails))),
        ("roles".to_owned(), json!(person.roles)),
        ("access".to_owned(), json!(person.entitlements)),
        ("given_by_staff".to_owned(), grants.collect()),
        ("gifts_received".to_owned(), gifts.collect()),
        ("seats".to_owned(), seats.collect()),
        ("sessions".to_owned(), sessions.collect()),
        ("passkeys".to_owned(), passkeys.collect()),
        ("accounts_elsewhere".to_owned(), elsewhere.collect()),
        ("wrong_codes_today".to_owned(), json!(person.n_wrong_codes)),
    ])
}

fn of_booking(booking: &Booking) -> Value {
    json!({ "order": booking.order, "scope": booking.scope, "starts_at": booking.claim.starts,
        "ends_at": booking.claim.ends, "state": booking.state })
}

fn of_question(question: &Question) -> Value {
    json!({ "order": question.order, "scope": question.scope, "text": question.ask.text, "state": question.state,
        "until": question.deadline, "answer": question.answer, "answered_at": question.answered_at })
}

/// Whoever asks is somebody else, and not named.
fn of_assigned(asked: &Assigned) -> Value {
    json!({ "what": asked.learning.name, "path": asked.learning.path, "due_on": asked.due.day })
}

fn of_row(row: &PersonRow, member: &MemberId) -> Value {
    match row {
        PersonRow::Order(own) => {
            let order = &own.order;
            json!({
                "id": order.id, "at": order.created_at, "scope": order.scope_now(), "price": order.price,
                "quantity": order.quantity, "purpose": order.purpose, "discount_minor": order.discount_minor,
                "total": order.total(), "standing": standing(order.price.term, &order.settlement),
                "settlement": order.settlement, "page": order.reference, "code": own.code,
                "gift_email": own.gift_email, "gift_message": own.gift_message,
                "gift_accepted_at": own.gift_accepted_at,
            })
        }
        PersonRow::Seat(seat) => json!({ "order": seat.order, "email": seat.email,
            "invited_at": seat.invited_at, "accepted_at": seat.accepted_at }),
        PersonRow::Letter(letter) => {
            json!({ "kind": letter.kind, "at": letter.created_at, "sent_at": letter.sent_at })
        }
        PersonRow::Log(row) => of_log(row, member),
    }
}

/// Who else acted, and upon whom, is theirs: it is not named.
fn of_log(row: &AuditRow, member: &MemberId) -> Value {
    let own = member_subject(member);
    let named = |text: &str, other: &str| match text.strip_prefix("member:") {
        Some(_) if text == own => "you".to_owned(),
        Some(_) => other.to_owned(),
        None => text.to_owned(),
    };
    let detail: Option<Value> = read_json::from_slice(row.detail.as_bytes()).ok();
    json!({ "number": row.seq, "at": row.at, "by": named(&row.actor, "staff"), "what": row.action,
        "to": named(&row.subject, "another member"), "detail": detail })
}

/// The names of values that are times.
const TIMES: [&str; 8] =
    ["at", "since", "until", "ends", "renews", "period_start", "period_end", "owed_since"];

/// Writes times as people read them: 2026-11-02T09:30:00Z, and nothing for what never ends.
fn spell_times(value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| spell_times(value, name)),
        Value::Array(items) => items.iter_mut().for_each(|item| spell_times(item, name)),
        Value::Number(number) if TIMES.contains(&name) || name.ends_with("_at") => {
            let at = number.as_i64().map(Timestamp).filter(|at| *at != Timestamp::FOREVER);
            *value = at.map_or(Value::Null, |at| Value::String(at.to_string()));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_and_other_numbers_stay() {
        let mut value = json!({ "at": 0, "n": 0, "access": [{ "until": i64::MAX }],
            "standing": { "active": { "renews": 86_400 } }, "paid_at": null, "amount": { "minor": 5 } });
        spell_times(&mut value, "");
        let expected = json!({ "at": "1970-01-01T00:00:00Z", "n": 0, "access": [{ "until": null }],
            "standing": { "active": { "renews": "1970-01-02T00:00:00Z" } }, "paid_at": null,
            "amount": { "minor": 5 } });
        assert_eq!(value, expected);
    }

    #[test]
    fn the_log_names_nobody_else() {
        let (own, other) = (MemberId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let row = AuditRow {
            seq: 7,
            at: Timestamp(0),
            actor: member_subject(&other),
            action: "role.grant".to_owned(),
            subject: member_subject(&own),
            detail: r#"{"role":"reviewer"}"#.to_owned(),
            hash: "x".to_owned(),
        };
        let log = of_log(&row, &own);
        assert_eq!((&log["by"], &log["to"]), (&json!("staff"), &json!("you")));
        assert_eq!(log["detail"]["role"], "reviewer");
        assert!(!log.to_string().contains(other.as_str()));
    }
}
