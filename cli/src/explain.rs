//! `lyceum explain`: the chain of events behind an access decision.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lyceum_app::gate::{Decision, decide, reader_of};
use lyceum_app::ledger::{AuditRow, Commands, MemberRecord, Order, ReadAudit, ReadMember, member_subject};
use lyceum_app::money::{Standing, standing};
use lyceum_app::ports::Clock;
use lyceum_contract::manifest::{self, CourseManifest};
use lyceum_contract::{Access, Scope, Slug, Timestamp, paths};
use serde_json::{Value, json};

use crate::adapters::system::SystemClock;
use crate::arguments::Format;
use crate::failure::Failure;
use crate::ledger_file::{self, unavailable};
use crate::member::{self, until_text};
use crate::staff_arguments::Explain;
use crate::terminal;

/// Entries of the log that are read; more than anybody has lived through.
const MAX_ENTRIES: i64 = 500;

/// Runs `lyceum explain <email> <course>`.
pub(crate) fn run(arguments: &Explain) -> Result<(), Failure> {
    ledger_file::block_on(explain(arguments))
}

async fn explain(arguments: &Explain) -> Result<(), Failure> {
    let ledger = ledger_file::open(&arguments.data.data)?;
    let course = read_course(&arguments.data.data, &arguments.course)?;
    let email = lyceum_app::normalized_email(&arguments.email).unwrap_or_default();
    let known = member::find(&ledger, &email).await?.ok_or_else(|| member::unknown(&email))?;
    let now = SystemClock::default().now();
    let record =
        ledger.read_member(ReadMember { member: known.id.clone(), now }).await.map_err(unavailable)?;
    let record = record.ok_or_else(|| member::unknown(&email))?;
    let subject = Some(member_subject(&known.id));
    let read = ReadAudit { subject, before_seq: None, limit: MAX_ENTRIES };
    let mut log = ledger.read_audit(read).await.map_err(unavailable)?;
    log.reverse();
    let case = Case { course: &course, scopes: scopes(&course), record: &record, now };
    terminal::say(&match arguments.format {
        Format::Json => case.json(&log).to_string(),
        Format::Human => case.text(&log),
    });
    Ok(())
}

/// The course as the site that is served has it.
fn read_course(data: &Path, slug: &Slug) -> Result<CourseManifest, Failure> {
    let path = data.join("site/public").join(paths::course_manifest(slug.as_str()).trim_start_matches('/'));
    let file = fs::read(&path).map_err(|_| {
        Failure::new(format_args!("the site has no course `{slug}`"))
            .hint("its name is the folder's name below `courses/`; `lyceum serve` builds the site")
    })?;
    manifest::parse(&file).map_err(Failure::new)
}

/// Whatever opens a lesson of the course.
fn scopes(course: &CourseManifest) -> BTreeSet<Scope> {
    let rules = course.lessons.iter().map(|lesson| &lesson.access);
    rules
        .flat_map(|access| match access {
            Access::Paid(scopes) => scopes.iter().cloned().collect(),
            Access::Free | Access::Members => Vec::new(),
        })
        .collect()
}

/// One member and one course.
struct Case<'a> {
    course: &'a CourseManifest,
    scopes: BTreeSet<Scope>,
    record: &'a MemberRecord,
    now: Timestamp,
}

impl Case<'_> {
    /// How many lessons of the course the member reads now, as the gate decides.
    fn n_open(&self) -> usize {
        let slug = Some(self.course.id.as_str());
        let is_open = |access: &Access| {
            let reader = reader_of(&self.record.entitlements, &self.record.roles, (access, slug));
            decide(access, reader, self.now) == Decision::Serve
        };
        self.course.lessons.iter().filter(|lesson| is_open(&lesson.access)).count()
    }

    /// The orders that open something of this course, or did.
    fn orders(&self) -> impl Iterator<Item = &Order> {
        let concerns =
            |order: &&Order| self.scopes.contains(&order.scope) || self.scopes.contains(order.scope_now());
        self.record.orders.iter().filter(concerns)
    }

    /// The entries about what opens this course.
    fn log<'b>(&'b self, log: &'b [AuditRow]) -> impl Iterator<Item = (&'b AuditRow, Value)> {
        log.iter().filter_map(|row| {
            let detail: Value = serde_json::from_str(&row.detail).ok()?;
            let scope: Scope = detail["scope"].as_str()?.parse().ok()?;
            self.scopes.contains(&scope).then_some((row, detail))
        })
    }

    fn text(&self, log: &[AuditRow]) -> String {
        let (n_open, n_lessons) = (self.n_open(), self.course.lessons.len());
        let mut lines = vec![format!(
            "{} reads {n_open} of {n_lessons} lessons of `{}`",
            self.record.member.email, self.course.id
        )];
        let opened_by: Vec<String> = self.scopes.iter().map(ToString::to_string).collect();
        lines.push(format!("\n  opened by  {}", opened_by.join(", ")));
        let roles: Vec<String> = self.record.roles.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "  roles      {}",
            if roles.is_empty() { "learner".to_owned() } else { roles.join(", ") }
        ));
        for held in self.record.entitlements.iter().filter(|held| self.scopes.contains(&held.scope)) {
            lines.push(format!("  has        {} {}", held.scope, until_text(held.until)));
        }
        for order in self.orders() {
            let standing = standing_text(standing(order.price.term, &order.settlement));
            lines.push(format!(
                "  order      {} {} of {}: {standing}",
                order.id, order.price.id, order.created_at
            ));
        }
        lines.push("\nWhat happened:".to_owned());
        let n_before = lines.len();
        lines.extend(self.log(log).map(|(row, detail)| entry_text(row, &detail)));
        if lines.len() == n_before {
            lines.push("  nothing that concerns this course".to_owned());
        }
        lines.join("\n")
    }

    fn json(&self, log: &[AuditRow]) -> Value {
        let until = |until: Timestamp| (until != Timestamp::FOREVER).then(|| until.to_string());
        let held = self.record.entitlements.iter().filter(|held| self.scopes.contains(&held.scope));
        let orders = self.orders().map(|order| {
            json!({ "order": order.id, "price": order.price.id, "scope": order.scope_now(),
                "standing": standing(order.price.term, &order.settlement) })
        });
        let log = self.log(log).map(|(row, detail)| {
            json!({ "at": row.at.to_string(), "actor": row.actor, "action": row.action, "detail": detail })
        });
        json!({
            "member": self.record.member.id, "course": self.course.id,
            "n_open": self.n_open(), "n_lessons": self.course.lessons.len(),
            "opened_by": self.scopes, "roles": self.record.roles.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "has": held.map(|held| json!({ "scope": held.scope, "until": until(held.until) })).collect::<Vec<_>>(),
            "orders": orders.collect::<Vec<_>>(), "log": log.collect::<Vec<_>>(),
        })
    }
}

fn entry_text(row: &AuditRow, detail: &Value) -> String {
    let scope = detail["scope"].as_str().unwrap_or_default();
    let standing = serde_json::from_value(detail["standing"].clone()).map(standing_text);
    let what = match standing {
        Ok(standing) => standing,
        Err(_) => detail["reason"].as_str().unwrap_or_default().to_owned(),
    };
    let until = match &detail["until"] {
        Value::Number(number) => {
            let until = Timestamp(number.as_i64().unwrap_or_default());
            format!("; open {}", until_text(until))
        }
        _ if row.action == "order.settle" => "; opens nothing".to_owned(),
        _ => String::new(),
    };
    let by = detail["message"]
        .as_str()
        .map_or_else(|| row.actor.clone(), |message| format!("{}, {message}", row.actor));
    format!("  {}  {}  {scope}: {what}{until}  ({by})", row.at, row.action)
}

/// Where an order leaves its buyer, in the owner's words.
fn standing_text(standing: Standing) -> String {
    match standing {
        Standing::Open => "not paid".to_owned(),
        Standing::Pending => "a bank works on the payment".to_owned(),
        Standing::Failed => "the payment failed, or was never made".to_owned(),
        Standing::Owned => "paid, for good".to_owned(),
        Standing::Pass { paid_at, seconds } => format!("a pass of {} days, paid {paid_at}", seconds / 86_400),
        Standing::Trial { ends } => format!("in a trial that ends {ends}"),
        Standing::Active { renews } => format!("active, renews {renews}"),
        Standing::Ending { at } => format!("cancelled, ends {at}"),
        Standing::PastDue { until } => format!("a renewal failed, open until {until}"),
        Standing::Ended { at } => format!("cancelled, ended {at}"),
        Standing::Incomplete => "the first payment has not come".to_owned(),
        Standing::Unpaid => "renewals failed for good".to_owned(),
        Standing::Paused => "paused".to_owned(),
        Standing::Refunded => "refunded in full".to_owned(),
        Standing::ChargedBack => "taken back by the buyer's bank".to_owned(),
    }
}
