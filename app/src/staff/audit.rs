//! The audit log as a page.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::Response;
use lyceum_contract::paths;
use maud::{Markup, html};
use serde::Deserialize;

use crate::error::AppError;
use crate::forms::Query;
use crate::ledger::{AuditCheck, AuditRow, Commands, ReadAudit, VerifyAudit};
use crate::page::Frame;
use crate::ports::Platform;
use crate::request::{Locale, Shared};
use crate::session::Visitor;

/// Entries of one page.
const N_ROWS: i64 = 50;
/// Entries whose chain the page checks: the newest. The command line checks all.
const N_CHECKED: i64 = 500;

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

/// Shows the newest entries, and whether they are as they were written.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Extension(visitor): Extension<Visitor>,
    Query(wanted): Query<Wanted>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let ledger = context.platform.ledger();
    let read = ReadAudit { subject: None, before_seq: wanted.before, limit: N_ROWS };
    let rows = ledger.read_audit(read).await?;
    let newest = if wanted.before.is_some() {
        let read = ReadAudit { subject: None, before_seq: None, limit: 1 };
        ledger.read_audit(read).await?.into_iter().next()
    } else {
        rows.first().cloned()
    };
    let newest = newest.map_or(0, |row| row.seq);
    let from_seq = (newest - N_CHECKED + 2).max(1);
    let check = ledger.verify_audit(VerifyAudit { from_seq, limit: N_CHECKED }).await?;
    let main = html! {
        (state(&frame, &check))
        (table(&frame, &rows))
        @if let Some(oldest) = rows.last().filter(|row| row.seq > 1) {
            p { a href=(frame.link(&format!("{}?before={}", paths::STAFF_AUDIT, oldest.seq))) { (frame.text("app_staff_older")) } }
        }
    };
    Ok(super::page(&frame, &visitor, frame.text("app_staff_audit"), &main))
}

fn state(frame: &Frame, check: &AuditCheck) -> Markup {
    let Some(seq) = check.broken_at else {
        return html! { p class="muted" { (frame.text("app_staff_audit_whole")) } };
    };
    let text = frame.fill("app_staff_audit_broken", &[("seq", &seq.to_string())]);
    html! { p class="error" role="alert" { (text) } }
}

fn table(frame: &Frame, rows: &[AuditRow]) -> Markup {
    if rows.is_empty() {
        return html! { p class="empty" { (frame.text("app_staff_audit_empty")) } };
    }
    let headings = [
        "app_staff_seq",
        "app_order_date",
        "app_staff_actor",
        "app_staff_action",
        "app_staff_subject",
        "app_staff_detail",
    ];
    html! {
        div class="table-scroll" tabindex="0" role="group" aria-label=(frame.text("app_staff_audit")) {
            table class="orders" {
                thead { tr { @for heading in headings { th scope="col" { (frame.text(heading)) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            td { (row.seq) }
                            td { code { time datetime=(row.at) { (row.at) } } }
                            td { (who(frame, &row.actor)) }
                            td { code { (row.action) } }
                            td { (who(frame, &row.subject)) }
                            td { code { (row.detail) } }
                        }
                    }
                }
            }
        }
    }
}

/// An actor or a subject; a member with the way to their page.
fn who(frame: &Frame, text: &str) -> Markup {
    let Some(id) = text.strip_prefix("member:") else { return html! { (text) } };
    let link = frame.link(&format!("{}?member={id}", paths::STAFF_MEMBERS));
    html! { a href=(link) { (id.get(..8).unwrap_or(id)) "…" } }
}
