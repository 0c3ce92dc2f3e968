//! What staff does in a random history.

use super::ledger::History;
use crate::ledger::{Command, ReadAudit, VerifyAudit, member_subject};

impl History {
    /// A command of staff, or a look at the log.
    pub(super) fn next_of_staff(&mut self) -> Command {
        match self.random.below(2) {
            0 => Command::ReadAudit(self.read_audit()),
            _ => Command::VerifyAudit(self.verify_audit()),
        }
    }

    fn read_audit(&mut self) -> ReadAudit {
        let subject = self.random.percent(50).then(|| member_subject(&self.member()));
        let before_seq = self.random.percent(50).then(|| self.number(60));
        ReadAudit { subject, before_seq, limit: self.number(20) }
    }

    fn verify_audit(&mut self) -> VerifyAudit {
        let limit = if self.random.percent(50) { 500 } else { self.number(20) };
        VerifyAudit { from_seq: self.number(40), limit }
    }

    fn number(&mut self, below: u64) -> i64 {
        i64::try_from(self.random.below(below)).unwrap_or(0)
    }
}
