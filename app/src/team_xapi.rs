//! What is known of a team, as statements of the Experience API 1.0.3 (xAPI), for the company's own learning record store.
//!
//! A statement is about a fact that the Ledger has: a seat was taken, something was assigned. Its id follows from the
//! fact, so that importing the file again changes nothing. A person is an account with a name that is made for this team
//! alone: it leads nowhere else, and the table beside it says whose it is.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::manifest::Localized;
use lyceum_contract::{Scope, Timestamp};
use serde_json::{Value, json};

use crate::error::AppError;
use crate::forms::Query;
use crate::ledger::{Assignment, CourseOrTrack, TeamLearner, TeamReport};
use crate::page::Frame;
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::team_report::{Which, download};
use crate::token;

/// "Indicates the actor registered for a learning activity", says the vocabulary of ADL.
const REGISTERED: &str = "http://adlnet.gov/expapi/verbs/registered";
const COURSE: &str = "http://adlnet.gov/expapi/activities/course";

/// The statements as one JSON array.
pub(crate) async fn statements<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else { return context.stranger(Some(locale), visitor).await };
    let report = context.team_report(session, &which.order).await?;
    let statements = Value::Array(Writer { frame: &frame, report: &report }.all());
    Ok(download(statements.to_string().into_bytes(), "application/json", "team-xapi.json"))
}

/// What a member of a team is called in its statements, and nowhere else.
pub(crate) fn account_name(team: &OrderId, member: &MemberId) -> String {
    digits(&["ly/xapi-account/1", team.as_str(), member.as_str()])
}

fn digits(parts: &[&str]) -> String {
    token::hash(parts).chars().take(32).collect()
}

/// A UUID of these parts, the same each time. Made as version 5 is, with SHA-256.
fn uuid(parts: &[&str]) -> String {
    let digits = digits(parts);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let variant = match part(16, 17) {
        "0" | "4" | "8" | "c" => '8',
        "1" | "5" | "9" | "d" => '9',
        "2" | "6" | "a" | "e" => 'a',
        _ => 'b',
    };
    format!("{}-{}-5{}-{variant}{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

struct Writer<'a> {
    frame: &'a Frame,
    report: &'a TeamReport,
}

impl Writer<'_> {
    fn all(&self) -> Vec<Value> {
        let mut statements = Vec::new();
        for learner in &self.report.learners {
            let (Some(member), Some(at)) = (&learner.member, learner.accepted_at) else { continue };
            statements.push(self.seat_taken(learner, member, at));
            for assignment in &self.report.assignments {
                let since = learner.asked_since(assignment);
                statements.extend(since.map(|since| self.assigned(learner, member, assignment, since)));
            }
        }
        statements
    }

    fn seat_taken(&self, learner: &TeamLearner, member: &MemberId, at: Timestamp) -> Value {
        // What the seat was for: a subscriber may change to another price, which is no news about the seat.
        let scope = &self.report.order.scope;
        let products = &self.frame.site.manifest.products;
        let product = products.iter().find(|product| product.scope == *scope);
        let (address, kind) = match scope {
            Scope::Course(slug) => (self.address(&format!("/courses/{slug}/")), Some(COURSE)),
            Scope::Product(slug) => (self.address(&format!("/products/{slug}/")), None),
            Scope::Tier(slug) => (self.address(&format!("/#tier-{slug}")), None),
        };
        let object = activity(&address, product.map(|product| &product.name), kind);
        let id = uuid(&["ly/xapi/1", "seat", learner.seat.as_str(), &at.0.to_string(), &address]);
        let context = json!({ "platform": self.platform() });
        self.statement(&id, member, &object, at, &context)
    }

    fn assigned(&self, learner: &TeamLearner, member: &MemberId, of: &Assignment, since: Timestamp) -> Value {
        let kind = matches!(of.learning.what, CourseOrTrack::Course(_)).then_some(COURSE);
        let address = self.address(&of.learning.path);
        let object = activity(&address, Some(&of.learning.name), kind);
        let (day, at) = (of.due.day.to_string(), since.0.to_string());
        // Another day is another statement: what an importer has is never changed.
        let id = uuid(&["ly/xapi/1", "assigned", of.id.as_str(), learner.seat.as_str(), &at, &day]);
        let mut extensions = serde_json::Map::new();
        extensions.insert(self.address("/xapi/due-on"), Value::String(day));
        let context = json!({
            "platform": self.platform(),
            "instructor": self.agent(&of.made_by),
            "extensions": extensions,
        });
        self.statement(&id, member, &object, since, &context)
    }

    fn statement(
        &self,
        id: &str,
        member: &MemberId,
        object: &Value,
        at: Timestamp,
        context: &Value,
    ) -> Value {
        json!({
            "id": id,
            "actor": self.agent(member),
            "verb": { "id": REGISTERED, "display": { "en": "registered" } },
            "object": object,
            "context": context,
            "timestamp": at.to_string(),
        })
    }

    fn agent(&self, member: &MemberId) -> Value {
        let name = account_name(&self.report.order.id, member);
        json!({ "objectType": "Agent", "account": { "homePage": self.address("/"), "name": name } })
    }

    /// The same in every language of the page, because it is part of what must not change.
    fn platform(&self) -> &str {
        &self.frame.site.manifest.url
    }

    /// The canonical address, without the prefix of a language.
    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.frame.site.manifest.url)
    }
}

fn activity(address: &str, name: Option<&Localized>, kind: Option<&str>) -> Value {
    let mut definition = serde_json::Map::new();
    if let Some(name) = name {
        definition.insert("name".to_owned(), json!(name));
    }
    if let Some(kind) = kind {
        definition.insert("type".to_owned(), json!(kind));
    }
    json!({ "objectType": "Activity", "id": address, "definition": definition })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_uuid_and_others_another() {
        let one = uuid(&["a", "b"]);
        assert_eq!(one, uuid(&["a", "b"]));
        assert!(one != uuid(&["ab", ""]) && one != uuid(&["a", "c"]));
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        for n in 0..100 {
            let uuid = uuid(&[&n.to_string()]);
            assert_eq!(uuid.get(14..15), Some("5"), "{uuid}");
            assert!(uuid.get(19..20).is_some_and(|digit| "89ab".contains(digit)), "{uuid}");
        }
    }
}
