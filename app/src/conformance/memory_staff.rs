//! The model's part for what staff does, and the log of it.

use lyceum_contract::id::MemberId;

use super::memory_ledger::Books;
use crate::ledger::audit::{self, row_after};
use crate::ledger::{AuditCheck, AuditRow, Entry, ReadAudit, VerifyAudit};
use crate::role::StaffRole;

impl Books {
    /// What the member is, by the roles' text.
    pub(super) fn roles_of(&self, id: &MemberId) -> Vec<StaffRole> {
        let mut roles: Vec<StaffRole> =
            self.roles.iter().filter(|(member, _)| member == id).map(|(_, role)| role.clone()).collect();
        roles.sort_by_key(ToString::to_string);
        roles
    }

    /// Records an entry behind the last one.
    #[allow(dead_code, reason = "the commands that record something come with the next commits")]
    pub(super) fn append(&mut self, entry: &Entry) {
        let last = self.audit.last();
        let row = row_after(last.map_or(0, |row| row.seq), last.map_or("", |row| &row.hash), entry);
        self.audit.push(row);
    }

    pub(super) fn read_audit(&self, command: &ReadAudit) -> Vec<AuditRow> {
        let is_wanted = |row: &&AuditRow| {
            row.seq < command.before()
                && command.subject.as_ref().is_none_or(|subject| row.subject == *subject)
        };
        let limit = usize::try_from(audit::clamp(command.limit)).unwrap_or(1);
        self.audit.iter().rev().filter(is_wanted).take(limit).cloned().collect()
    }

    /// Nobody reaches into the model, so its chain is whole.
    pub(super) fn verify_audit(&self, command: &VerifyAudit) -> AuditCheck {
        let n_rows = i64::try_from(self.audit.len()).unwrap_or(i64::MAX);
        let start = (command.from_seq - 1).clamp(0, n_rows);
        let end = (start + audit::clamp(command.limit)).min(n_rows);
        let last = usize::try_from(end - 1).ok().and_then(|idx| self.audit.get(idx));
        let head = last.map_or_else(String::new, |row| row.hash.clone());
        let is_complete = end - start < audit::clamp(command.limit);
        AuditCheck { checked_to: end, broken_at: None, is_complete, head }
    }
}
