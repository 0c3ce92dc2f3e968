//! `lyceum audit`: what was done, and whether the log of it is whole.

use lyceum_app::ledger::{AuditRow, Commands, ReadAudit, VerifyAudit, member_subject};
use serde_json::{Value, json};

use crate::arguments::Format;
use crate::failure::Failure;
use crate::ledger_file::{self, unavailable};
use crate::member;
use crate::staff_arguments::{AuditCommand, AuditShow, Data};
use crate::terminal;

/// Entries that are checked in one transaction, so that a running server waits for no more than that.
const PAGE: i64 = 500;

/// Runs `lyceum audit …`.
pub(crate) fn run(command: AuditCommand) -> Result<(), Failure> {
    ledger_file::block_on(async {
        match command {
            AuditCommand::Verify(arguments) => verify(&arguments).await,
            AuditCommand::Show(arguments) => show(&arguments).await,
        }
    })
}

async fn verify(arguments: &Data) -> Result<(), Failure> {
    let ledger = ledger_file::open(&arguments.data)?;
    let mut from_seq = 1;
    loop {
        let check = ledger.verify_audit(VerifyAudit { from_seq, limit: PAGE }).await.map_err(unavailable)?;
        if let Some(seq) = check.broken_at {
            return Err(Failure::new(format_args!(
                "entry {seq} of the audit log was changed, is missing, or stands elsewhere"
            ))
            .hint("the entries before it are as they were written; compare the rest with a backup"));
        }
        if check.is_complete && check.checked_to == 0 {
            terminal::say("the audit log is empty");
            return Ok(());
        }
        if check.is_complete {
            let (n, head) = (check.checked_to, &check.head);
            terminal::say(&format!("the audit log is whole: {n} entries, the last with hash {head}"));
            return Ok(());
        }
        from_seq = check.checked_to + 1;
    }
}

async fn show(arguments: &AuditShow) -> Result<(), Failure> {
    let ledger = ledger_file::open(&arguments.data.data)?;
    let subject = match &arguments.member {
        None => None,
        Some(email) => {
            let email = lyceum_app::normalized_email(email).unwrap_or_default();
            let found = member::find(&ledger, &email).await?;
            Some(member_subject(&found.ok_or_else(|| member::unknown(&email))?.id))
        }
    };
    let command = ReadAudit { subject, before_seq: None, limit: arguments.limit };
    let rows = ledger.read_audit(command).await.map_err(unavailable)?;
    if arguments.format == Format::Json {
        terminal::say(&json!(rows.iter().map(row_json).collect::<Vec<_>>()).to_string());
        return Ok(());
    }
    for AuditRow { seq, at, actor, action, subject, detail, .. } in rows.iter().rev() {
        terminal::say(&format!("{seq:>5}  {at}  {actor}  {action}  {subject}  {detail}"));
    }
    Ok(())
}

fn row_json(row: &AuditRow) -> Value {
    let detail: Value = serde_json::from_str(&row.detail).unwrap_or(Value::Null);
    json!({
        "seq": row.seq, "at": row.at.to_string(), "actor": row.actor, "action": row.action,
        "subject": row.subject, "detail": detail, "hash": row.hash,
    })
}
