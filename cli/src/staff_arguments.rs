//! The command line of `lyceum member` and `lyceum audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lyceum_app::Role;
use lyceum_contract::time::Date;
use lyceum_contract::{Scope, Slug};

use crate::arguments::Format;

#[derive(Debug, Args)]
pub(crate) struct Member {
    #[command(subcommand)]
    pub(crate) command: MemberCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// List everybody who has a role
    List(MemberList),
    /// Show what a member has: roles, access and orders
    Show(MemberShow),
    /// Give a member a role or access
    Grant(MemberGrant),
    /// Take a role or given access away; what was bought is refunded at the payment processor
    Revoke(MemberChange),
    /// Erase a member: access and everything personal go, orders stay in the books without a name
    Erase(MemberErase),
}

#[derive(Debug, Args)]
pub(crate) struct Data {
    /// The folder in which `serve` keeps the academy
    #[arg(long, value_name = "DIR", default_value = ".lyceum")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct MemberList {
    #[command(flatten)]
    pub(crate) data: Data,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct MemberShow {
    /// The member's address
    pub(crate) email: String,
    #[command(flatten)]
    pub(crate) data: Data,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct MemberErase {
    /// The member's address
    pub(crate) email: String,
    /// Do it: nobody can undo it
    #[arg(long, required = true)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The member's address
    pub(crate) email: String,
    /// The course, by the name of its folder
    pub(crate) course: Slug,
    #[command(flatten)]
    pub(crate) data: Data,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct MemberGrant {
    #[command(flatten)]
    pub(crate) change: MemberChange,
    /// With `--access`: the first day on which it has ended; without, it is for good
    #[arg(long, value_name = "DATE", conflicts_with = "role")]
    pub(crate) until: Option<Date>,
    /// Make the member if the address is new
    #[arg(long)]
    pub(crate) create: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MemberChange {
    /// The member's address
    pub(crate) email: String,
    /// `owner`, `admin`, `instructor`, `moderator`, `reviewer` or `team-manager`
    #[arg(long, required_unless_present = "access", conflicts_with = "access")]
    pub(crate) role: Option<Role>,
    /// The course in which the role counts
    #[arg(long, conflicts_with_all = ["team", "access"])]
    pub(crate) course: Option<Slug>,
    /// The team of a team manager
    #[arg(long, conflicts_with = "access")]
    pub(crate) team: Option<Slug>,
    /// Access instead of a role: `tier:<id>` or `course:<id>`
    #[arg(long, value_name = "SCOPE")]
    pub(crate) access: Option<Scope>,
    /// Why: it stays in the audit log for good, so write no names or addresses
    #[arg(long, value_name = "TEXT", required_unless_present = "role")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that every entry is as it was written, and none is missing
    Verify(Data),
    /// Show the newest entries
    Show(AuditShow),
}

#[derive(Debug, Args)]
pub(crate) struct AuditShow {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Only what was done to this member
    #[arg(long, value_name = "EMAIL")]
    pub(crate) member: Option<String>,
    /// How many entries at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=500))]
    pub(crate) limit: i64,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}
