//! What a member's teams ask them to learn, on their account.

use lyceum_contract::id::MemberId;
use lyceum_contract::{Timestamp, display};
use maud::{Markup, html};

use crate::error::AppError;
use crate::ledger::{Assigned, Commands, ListAssigned};
use crate::page::Frame;
use crate::ports::Platform;
use crate::request::Context;
use crate::team_assign::title;

impl<P: Platform> Context<P> {
    /// What the account page says of what the member's teams ask; nothing when they ask nothing.
    pub(crate) async fn asked_to_learn(&self, frame: &Frame, member: &MemberId) -> Result<Markup, AppError> {
        let command = ListAssigned { member: member.clone(), now: self.now() };
        let assigned = self.platform.ledger().list_assigned(command).await?;
        let now = self.now();
        Ok(html! {
            @if !assigned.is_empty() {
                section class="stack" {
                    h2 { (frame.text("app_assigned_title")) }
                    ul class="rows" { @for assigned in &assigned { (own_row(frame, assigned, now)) } }
                }
            }
        })
    }
}

fn own_row(frame: &Frame, assigned: &Assigned, now: Timestamp) -> Markup {
    let by = assigned.by.as_deref().unwrap_or_else(|| frame.text("app_mail_your_team"));
    let day = display::date(assigned.due.day, &frame.language);
    let key = if now < assigned.due.ends_at { "app_assigned_by" } else { "app_assigned_over" };
    html! {
        li {
            a href=(frame.link(&assigned.learning.path)) { (title(frame, &assigned.learning)) }
            span class="length" { (day) }
            span class="row-note" { (frame.fill(key, &[("date", &day), ("by", by)])) }
        }
    }
}
