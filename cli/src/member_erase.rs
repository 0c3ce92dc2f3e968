//! `lyceum member erase`: somebody asked the owner to be forgotten.

use lyceum_app::ledger::{Actor, Commands, EraseMember, Erased, Erasure, SettleSweep};
use lyceum_app::ports::{Clock, CommentStore};
use lyceum_contract::id::MemberId;

use crate::adapters::system::SystemClock;
use crate::adapters::{SqliteComments, SqliteLedger};
use crate::failure::Failure;
use crate::ledger_file::{self, unavailable};
use crate::member::{address, existing, unknown};
use crate::staff_arguments::MemberErase;
use crate::terminal;

/// Runs it. `--yes` was given: the command line asks for it.
pub(crate) async fn erase(arguments: &MemberErase) -> Result<(), Failure> {
    let ledger = ledger_file::open(&arguments.data.data)?;
    let email = address(&arguments.email)?;
    let member = existing(&ledger, &email).await?;
    let command =
        EraseMember { by: Actor::OwnerCli, member: member.clone(), now: SystemClock::default().now() };
    match ledger.erase_member(command).await.map_err(unavailable)? {
        Erased::Done => {}
        Erased::Blocked(erasure) => return Err(blocked(&email, &erasure)),
        Erased::NoMember => return Err(unknown(&email)),
        Erased::NotAllowed => return Err(Failure::new("the command line may not do this")),
    }
    let n_comments = remove_comments(arguments, &ledger, &member).await?;
    terminal::say(&format!(
        "`{email}` is erased, with {n_comments} comments; what they ordered stays in the books as {member}"
    ));
    terminal::say("the payment processor and backups keep what they have: see docs/PRIVACY.md");
    Ok(())
}

fn blocked(email: &str, erasure: &Erasure) -> Failure {
    if erasure.is_last_owner {
        return Failure::new(format_args!("`{email}` is the last owner"))
            .hint("make somebody else an owner first");
    }
    if let Some(order) = erasure.teams.first() {
        return Failure::new(format_args!("others have seats in the team {} of `{email}`", order.id))
            .hint("the seats have to be taken back first, on the page of the team");
    }
    let names: Vec<&str> = erasure
        .running
        .iter()
        .map(|order| order.settlement.names.subscription.as_deref().unwrap_or(order.id.as_str()))
        .collect();
    Failure::new(format_args!("`{email}` has a subscription that runs: {}", names.join(", ")))
        .hint("cancel it at the payment processor, and wait until the academy has heard of it")
}

async fn remove_comments(
    arguments: &MemberErase,
    ledger: &SqliteLedger,
    member: &MemberId,
) -> Result<usize, Failure> {
    let file = arguments.data.data.join("comments.sqlite");
    if !file.is_file() {
        return Ok(0);
    }
    let comments = SqliteComments::open(&file).map_err(unavailable)?;
    let keys = comments.list_of(member).await.map_err(unavailable)?;
    for key in &keys {
        comments.remove(key, member).await.map_err(unavailable)?;
    }
    let command = SettleSweep { member: member.clone(), next_at: None };
    ledger.settle_sweep(command).await.map_err(unavailable)?;
    Ok(keys.len())
}
