//! `lyceum member`: roles and access by the owner's hand.

use lyceum_app::ledger::{
    Actor, AddMember, Change, Commands, FindMembers, GrantAccess, GrantRole, ListStaff, Member, MemberRecord,
    ReadMember, RevokeAccess, RevokeRole, clean_reason,
};
use lyceum_app::ports::Clock;
use lyceum_app::{Role, StaffRole, normalized_email};
use lyceum_contract::id::{MemberId, hex};
use lyceum_contract::{Scope, Timestamp};
use serde_json::json;

use crate::adapters::SqliteLedger;
use crate::adapters::system::SystemClock;
use crate::arguments::Format;
use crate::failure::Failure;
use crate::ledger_file::{self, unavailable};
use crate::member_erase;
use crate::staff_arguments::{MemberChange, MemberCommand, MemberGrant, MemberList, MemberShow};
use crate::terminal;

/// Runs `lyceum member …`.
pub(crate) fn run(command: MemberCommand) -> Result<(), Failure> {
    ledger_file::block_on(async {
        match command {
            MemberCommand::List(arguments) => list(&arguments).await,
            MemberCommand::Show(arguments) => show(&arguments).await,
            MemberCommand::Grant(arguments) => grant(&arguments).await,
            MemberCommand::Revoke(arguments) => revoke(&arguments).await,
            MemberCommand::Erase(arguments) => member_erase::erase(&arguments).await,
        }
    })
}

async fn list(arguments: &MemberList) -> Result<(), Failure> {
    let ledger = ledger_file::open(&arguments.data.data)?;
    let staff = ledger.list_staff(ListStaff { scope: None }).await.map_err(unavailable)?;
    if arguments.format == Format::Json {
        let rows = staff.iter().map(
            |one| json!({ "email": one.member.email, "member": one.member.id, "role": one.role.to_string() }),
        );
        terminal::say(&json!(rows.collect::<Vec<_>>()).to_string());
        return Ok(());
    }
    if staff.is_empty() {
        terminal::complain(
            "nobody has a role yet; `lyceum member grant <email> --role owner` makes the first owner",
        );
    }
    let width = staff.iter().map(|one| one.member.email.chars().count()).max().unwrap_or(0);
    for one in &staff {
        terminal::say(&format!("{:width$}  {}", one.member.email, one.role));
    }
    Ok(())
}

async fn show(arguments: &MemberShow) -> Result<(), Failure> {
    let ledger = ledger_file::open(&arguments.data.data)?;
    let email = address(&arguments.email)?;
    let known = find(&ledger, &email).await?.ok_or_else(|| unknown(&email))?;
    let command = ReadMember { member: known.id, now: SystemClock::default().now() };
    let record = ledger.read_member(command).await.map_err(unavailable)?;
    let record = record.ok_or_else(|| unknown(&email))?;
    terminal::say(&match arguments.format {
        Format::Json => record_json(&record).to_string(),
        Format::Human => record_text(&record),
    });
    Ok(())
}

fn record_json(record: &MemberRecord) -> serde_json::Value {
    let until = |until: Timestamp| (until != Timestamp::FOREVER).then(|| until.to_string());
    let roles: Vec<String> = record.roles.iter().map(ToString::to_string).collect();
    let access = record.entitlements.iter();
    let access = access.map(|held| json!({ "scope": held.scope, "until": until(held.until) }));
    let grants = record.grants.iter();
    let grants = grants.map(|grant| {
        json!({ "grant": grant.id, "scope": grant.scope, "until": until(grant.until),
            "at": grant.created_at.to_string() })
    });
    json!({
        "email": record.member.email, "member": record.member.id, "name": record.member.name, "roles": roles,
        "access": access.collect::<Vec<_>>(), "grants": grants.collect::<Vec<_>>(),
        "n_orders": record.orders.len(),
    })
}

fn record_text(record: &MemberRecord) -> String {
    let mut lines = vec![record.member.email.clone(), format!("  id      {}", record.member.id)];
    lines.extend(record.member.name.as_ref().map(|name| format!("  name    {name}")));
    let roles: Vec<String> = record.roles.iter().map(ToString::to_string).collect();
    let roles = if roles.is_empty() { "learner".to_owned() } else { roles.join(", ") };
    lines.push(format!("  roles   {roles}"));
    for (idx, held) in record.entitlements.iter().enumerate() {
        let label = if idx == 0 { "access" } else { "" };
        lines.push(format!("  {label:6}  {} {}", held.scope, until_text(held.until)));
    }
    lines.push(format!("  orders  {}", record.orders.len()));
    lines.join("\n")
}

pub(crate) fn until_text(until: Timestamp) -> String {
    if until == Timestamp::FOREVER { "for good".to_owned() } else { format!("until {until}") }
}

async fn grant(arguments: &MemberGrant) -> Result<(), Failure> {
    let change = &arguments.change;
    let (wanted, reason) = (Wanted::of(change)?, reason(change)?);
    let until = arguments.until.map(Timestamp::from_date);
    let now = SystemClock::default().now();
    if until.is_some_and(|until| until <= now) {
        return Err(
            Failure::new("the access would have ended already").hint("give a later day with `--until`")
        );
    }
    let ledger = ledger_file::open(&change.data.data)?;
    let email = address(&change.email)?;
    let member =
        if arguments.create { add(&ledger, &email, now).await? } else { existing(&ledger, &email).await? };
    let by = Actor::OwnerCli;
    let changed = match &wanted {
        Wanted::Role(role) => {
            let command = GrantRole { by, member, role: role.clone(), reason, now };
            ledger.grant_role(command).await
        }
        Wanted::Access(scope) => {
            let grant = hex(&ledger_file::random()?);
            let command = GrantAccess { by, member, grant, scope: scope.clone(), until, reason, now };
            ledger.grant_access(command).await
        }
    };
    let done = match &wanted {
        Wanted::Role(role) => format!("`{email}` is {role} now"),
        Wanted::Access(scope) => {
            format!("`{email}` reads {scope} now, {}", until_text(until.unwrap_or(Timestamp::FOREVER)))
        }
    };
    let same = format!("`{email}` is {wanted} already; nothing changed");
    report(changed.map_err(unavailable)?, &email, (&done, &same))
}

async fn revoke(change: &MemberChange) -> Result<(), Failure> {
    let (wanted, reason) = (Wanted::of(change)?, reason(change)?);
    let now = SystemClock::default().now();
    let ledger = ledger_file::open(&change.data.data)?;
    let email = address(&change.email)?;
    let member = existing(&ledger, &email).await?;
    let by = Actor::OwnerCli;
    let (changed, done, same) = match &wanted {
        Wanted::Role(role) => {
            let command = RevokeRole { by, member, role: role.clone(), reason, now };
            let done = format!("`{email}` is {role} no longer");
            let same = format!("`{email}` is not {role}; nothing changed");
            (ledger.revoke_role(command).await, done, same)
        }
        Wanted::Access(scope) => {
            let command = RevokeAccess { by, member, scope: scope.clone(), reason, now };
            let done = format!("what was given to `{email}` for {scope} has ended; what they bought stays");
            let same = format!("nothing was given to `{email}` for {scope}; nothing changed");
            (ledger.revoke_access(command).await, done, same)
        }
    };
    report(changed.map_err(unavailable)?, &email, (&done, &same))
}

fn report(change: Change, email: &str, (done, same): (&str, &str)) -> Result<(), Failure> {
    match change {
        Change::Done => terminal::say(done),
        Change::Unchanged => terminal::say(same),
        Change::NoMember => return Err(unknown(email)),
        Change::LastOwner => {
            return Err(Failure::new(format_args!("`{email}` is the last owner"))
                .hint("make somebody else an owner first"));
        }
        Change::NotAllowed => return Err(Failure::new("the command line may not do this")),
    }
    Ok(())
}

/// What is given or taken.
enum Wanted {
    Role(StaffRole),
    Access(Scope),
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Role(role) => role.fmt(f),
            Self::Access(scope) => scope.fmt(f),
        }
    }
}

impl Wanted {
    fn of(change: &MemberChange) -> Result<Self, Failure> {
        if let Some(scope) = &change.access {
            return Ok(Self::Access(scope.clone()));
        }
        let Some(role) = change.role else {
            return Err(Failure::new("nothing to change").hint("give `--role` or `--access`"));
        };
        let is_right_place =
            if role == Role::TeamManager { change.course.is_none() } else { change.team.is_none() };
        let scope = change.course.clone().or_else(|| change.team.clone()).filter(|_| is_right_place);
        let role_there = StaffRole::new(role, scope).filter(|_| is_right_place);
        role_there.map(Self::Role).ok_or_else(|| misplaced(role))
    }
}

fn misplaced(role: Role) -> Failure {
    let name = role.name();
    let (message, hint) = match role {
        Role::Instructor => ("has a course", "name it: `--course rust`"),
        Role::TeamManager => ("has a team and no course", "name it: `--team <id>`"),
        Role::Owner | Role::Admin => ("counts everywhere", "leave `--course` and `--team` out"),
        Role::Moderator | Role::Reviewer => ("has no team", "it counts everywhere, or in one `--course`"),
        Role::Learner => ("is what every member is", "give another role"),
    };
    Failure::new(format_args!("`{name}` {message}")).hint(hint)
}

fn reason(change: &MemberChange) -> Result<String, Failure> {
    let Some(text) = &change.reason else { return Ok(String::new()) };
    clean_reason(text).ok_or_else(|| {
        Failure::new("the reason cannot be kept").hint(
            "write one line of at most 200 characters without addresses: it stays in the audit log for good",
        )
    })
}

pub(crate) fn address(email: &str) -> Result<String, Failure> {
    normalized_email(email).ok_or_else(|| Failure::new(format_args!("`{email}` is no e-mail address")))
}

/// The member who has exactly this address.
pub(crate) async fn find(ledger: &SqliteLedger, email: &str) -> Result<Option<Member>, Failure> {
    let command = FindMembers { prefix: email.to_owned(), limit: 1 };
    let found = ledger.find_members(command).await.map_err(unavailable)?;
    Ok(found.into_iter().find(|member| member.email == email))
}

pub(crate) async fn existing(ledger: &SqliteLedger, email: &str) -> Result<MemberId, Failure> {
    find(ledger, email).await?.map(|member| member.id).ok_or_else(|| unknown(email))
}

async fn add(ledger: &SqliteLedger, email: &str, now: Timestamp) -> Result<MemberId, Failure> {
    let command = AddMember {
        by: Actor::OwnerCli,
        email: email.to_owned(),
        new_member: MemberId::from_bytes(ledger_file::random()?),
        new_pseudonym: hex(&ledger_file::random()?),
        now,
    };
    let member = ledger.add_member(command).await.map_err(unavailable)?;
    member.map(|member| member.id).ok_or_else(|| unknown(email))
}

/// Nobody has the address.
pub(crate) fn unknown(email: &str) -> Failure {
    Failure::new(format_args!("nobody has signed in as `{email}`"))
        .hint("look for a typing mistake; `grant` with `--create` makes the member before the first sign-in")
}
