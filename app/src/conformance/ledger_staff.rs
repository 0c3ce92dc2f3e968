//! What staff does in a random history, and what holds whatever they do.

use lyceum_contract::id::{MemberId, hex};
use lyceum_contract::{Scope, Timestamp};

use super::ledger::{History, NOW, pick, sign_in};
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    Actor, AddMember, AddPasskey, Change, Command, Commands, FindMembers, GrantAccess, GrantRole, ListStaff,
    ReadAudit, ReadMember, ReadSession, RevokeAccess, RevokeRole, VerifyAudit, member_subject,
};
use crate::ports::Ledger;
use crate::role::StaffRole;

const ROLES: [&str; 7] =
    ["owner", "admin", "instructor:rust", "instructor:go", "moderator", "moderator:rust", "reviewer"];

impl History {
    /// A command of staff, or a look at the log.
    pub(super) fn next_of_staff(&mut self) -> Command {
        match self.random.below(10) {
            0 | 1 => Command::GrantRole(self.grant_role()),
            2 => Command::RevokeRole(self.revoke_role()),
            3 => Command::GrantAccess(self.grant_access()),
            4 => Command::RevokeAccess(self.revoke_access()),
            5 if self.random.percent(50) => Command::AddMember(self.add_member()),
            5 => Command::FindMembers(self.find_members()),
            6 => Command::ListStaff(self.list_staff()),
            7 => Command::ReadMember(ReadMember { member: self.member(), now: self.now }),
            8 => Command::ReadAudit(self.read_audit()),
            _ => Command::VerifyAudit(self.verify_audit()),
        }
    }

    fn actor(&mut self) -> Actor {
        match self.random.below(10) {
            0 => Actor::System,
            1 => Actor::Processor,
            2..5 => Actor::OwnerCli,
            _ => Actor::Member(self.member()),
        }
    }

    #[expect(clippy::expect_used, reason = "the texts are right here")]
    fn role(&mut self) -> StaffRole {
        let role = pick(&mut self.random, &ROLES).copied().unwrap_or("owner");
        role.parse().expect("the roles above are roles")
    }

    #[expect(clippy::expect_used, reason = "the texts are right here")]
    fn scope(&mut self) -> Scope {
        let scope = if self.random.percent(50) { "course:rust" } else { "tier:pro" };
        scope.parse().expect("the scopes above are scopes")
    }

    fn grant_role(&mut self) -> GrantRole {
        let (by, member, role) = (self.actor(), self.member(), self.role());
        GrantRole { by, member, role, reason: "asked".to_owned(), now: self.now }
    }

    fn revoke_role(&mut self) -> RevokeRole {
        let (by, member, role) = (self.actor(), self.member(), self.role());
        RevokeRole { by, member, role, reason: "left".to_owned(), now: self.now }
    }

    fn grant_access(&mut self) -> GrantAccess {
        // Sometimes one that was given already.
        let grant = if self.random.percent(80) { hex(&self.random.bytes16()) } else { "ab".repeat(16) };
        let until = self.random.percent(60).then(|| self.now.plus_seconds(self.number(40) * 86_400));
        let (by, member, scope) = (self.actor(), self.member(), self.scope());
        GrantAccess { by, member, grant, scope, until, reason: "kind".to_owned(), now: self.now }
    }

    fn revoke_access(&mut self) -> RevokeAccess {
        let (by, member, scope) = (self.actor(), self.member(), self.scope());
        RevokeAccess { by, member, scope, reason: "over".to_owned(), now: self.now }
    }

    fn add_member(&mut self) -> AddMember {
        AddMember {
            by: self.actor(),
            email: format!("m{}@example.org", self.random.below(6)),
            new_member: MemberId::from_bytes(self.random.bytes16()),
            new_pseudonym: hex(&self.random.bytes16()),
            now: self.now,
        }
    }

    fn find_members(&mut self) -> FindMembers {
        let prefix = pick(&mut self.random, &["", "m", "m1@", "m1@example.org", "n"]).copied();
        FindMembers { prefix: prefix.unwrap_or_default().to_owned(), limit: self.number(6) }
    }

    fn list_staff(&mut self) -> ListStaff {
        let scope = pick(&mut self.random, &["rust", "go", ""]).copied();
        ListStaff { scope: scope.filter(|_| self.random.percent(60)).map(str::to_owned) }
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

#[expect(clippy::expect_used, reason = "the texts are right here")]
fn role(text: &str) -> StaffRole {
    text.parse().expect("a role")
}

fn grant(by: &Actor, member: &MemberId, text: &str) -> GrantRole {
    GrantRole {
        by: by.clone(),
        member: member.clone(),
        role: role(text),
        reason: "a test".to_owned(),
        now: NOW,
    }
}

/// A role that needs a passkey counts in the session in which one was made, and not before.
async fn a_role_waits_for_a_passkey<L: Ledger>(
    ledger: &L,
    admin: &MemberId,
    token_hash: String,
    random: &mut Random,
) -> Result<(), Broken> {
    let read = ReadSession { token_hash: token_hash.clone(), now: NOW };
    let held = async || {
        let state = ledger.read_session(read.clone()).await?;
        Ok::<_, Broken>(state.map(|state| (state.roles, state.withheld)))
    };
    let before = held().await?;
    ensure!(before == Some((Vec::new(), vec![role("admin")])), "a mailed code is enough: {before:?}");
    let passkey = super::doors::passkey(admin, random);
    ledger.add_passkey(AddPasskey { passkey, token_hash }).await?;
    let after = held().await?;
    ensure!(after == Some((vec![role("admin")], Vec::new())), "a passkey is not enough: {after:?}");
    Ok(())
}

fn revoke(by: &Actor, member: &MemberId, text: &str) -> RevokeRole {
    let GrantRole { by, member, role, reason, now } = grant(by, member, text);
    RevokeRole { by, member, role, reason, now }
}

/// Nobody makes themselves more than they are, and each change is one row of a chain that holds.
pub(super) async fn nobody_raises_themselves<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (admin, token_hash) = sign_in(ledger, random).await?;
    let (learner, _) = sign_in(ledger, random).await?;
    let (cli, as_admin, as_learner) =
        (Actor::OwnerCli, Actor::Member(admin.clone()), Actor::Member(learner.clone()));
    let by_learner = ledger.grant_role(grant(&as_learner, &learner, "moderator")).await?;
    ensure!(by_learner == Change::NotAllowed, "a learner makes a moderator: {by_learner:?}");
    for expected in [Change::Done, Change::Unchanged] {
        let granted = ledger.grant_role(grant(&cli, &admin, "admin")).await?;
        ensure!(granted == expected, "expected {expected:?}, got {granted:?}");
    }
    for text in ["owner", "admin"] {
        for member in [&admin, &learner] {
            let raised = ledger.grant_role(grant(&as_admin, member, text)).await?;
            ensure!(raised == Change::NotAllowed, "an admin makes an {text}: {raised:?}");
        }
    }
    let made = ledger.grant_role(grant(&as_admin, &learner, "instructor:rust")).await?;
    ensure!(made == Change::Done, "an admin cannot make an instructor: {made:?}");
    a_role_waits_for_a_passkey(ledger, &admin, token_hash, random).await?;
    let revoked = ledger.revoke_role(revoke(&as_learner, &admin, "admin")).await?;
    ensure!(revoked == Change::NotAllowed, "an instructor takes a role away: {revoked:?}");
    let unknown = MemberId::from_bytes(random.bytes16());
    let nobody = ledger.grant_role(grant(&cli, &unknown, "admin")).await?;
    ensure!(nobody == Change::NoMember, "nobody is made an admin: {nobody:?}");
    let log = ReadAudit { subject: Some(member_subject(&admin)), before_seq: None, limit: 10 };
    let n_rows = ledger.read_audit(log).await?.len();
    ensure!(n_rows == 1, "two grants of the same role left {n_rows} rows");
    chain_holds(ledger).await
}

/// Owners can go until one is left. Other owners may be there already, so the last is found by trying.
pub(super) async fn the_last_owner_stays<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (first, _) = sign_in(ledger, random).await?;
    ledger.grant_role(grant(&Actor::OwnerCli, &first, "owner")).await?;
    let owners = ledger.list_staff(ListStaff { scope: None }).await?;
    let owners = owners.into_iter().filter(|staff| staff.role == role("owner"));
    let owners: Vec<MemberId> = owners.map(|staff| staff.member.id).filter(|id| *id != first).collect();
    for owner in &owners {
        let gone = ledger.revoke_role(revoke(&Actor::Member(first.clone()), owner, "owner")).await?;
        ensure!(gone == Change::Done, "an owner cannot take another's role: {gone:?}");
    }
    for by in [Actor::Member(first.clone()), Actor::OwnerCli] {
        let last = ledger.revoke_role(revoke(&by, &first, "owner")).await?;
        ensure!(last == Change::LastOwner, "the last owner went: {last:?}");
    }
    let successor = sign_in(ledger, random).await?.0;
    let by_owner = ledger.grant_role(grant(&Actor::Member(first.clone()), &successor, "owner")).await?;
    let gone = ledger.revoke_role(revoke(&Actor::Member(first.clone()), &first, "owner")).await?;
    ensure!((by_owner, gone) == (Change::Done, Change::Done), "an owner cannot hand over");
    Ok(())
}

/// What staff gives opens at once, and what staff takes is over at once.
pub(super) async fn a_grant_opens_and_ends<L: Ledger>(ledger: &L, random: &mut Random) -> Result<(), Broken> {
    let (member, token_hash) = sign_in(ledger, random).await?;
    let scope: Scope = "tier:pro".parse().map_err(|_| Broken("a scope".to_owned()))?;
    let until = NOW.plus_seconds(100);
    let give = GrantAccess {
        by: Actor::OwnerCli,
        member: member.clone(),
        grant: hex(&random.bytes16()),
        scope: scope.clone(),
        until: Some(until),
        reason: "a test".to_owned(),
        now: NOW,
    };
    for expected in [Change::Done, Change::Unchanged] {
        let given = ledger.grant_access(give.clone()).await?;
        ensure!(given == expected, "expected {expected:?}, got {given:?}");
    }
    let held = |now| ReadSession { token_hash: token_hash.clone(), now };
    let n_held = |now: Timestamp| async move {
        let state = ledger.read_session(held(now)).await?;
        Ok::<usize, Broken>(state.map_or(0, |state| state.entitlements.len()))
    };
    ensure!(n_held(NOW).await? == 1 && n_held(until).await? == 0, "a grant does not keep its time");
    let by = Actor::Member(member.clone());
    let take = RevokeAccess { by, member, scope, reason: "a test".to_owned(), now: NOW.plus_seconds(50) };
    let own = ledger.revoke_access(take.clone()).await?;
    ensure!(own == Change::NotAllowed, "a learner revokes: {own:?}");
    for expected in [Change::Done, Change::Unchanged] {
        let taken = ledger.revoke_access(RevokeAccess { by: Actor::OwnerCli, ..take.clone() }).await?;
        ensure!(taken == expected, "expected {expected:?}, got {taken:?}");
    }
    ensure!(n_held(NOW.plus_seconds(50)).await? == 0, "a revoked grant opens");
    chain_holds(ledger).await
}

async fn chain_holds<L: Ledger>(ledger: &L) -> Result<(), Broken> {
    let mut from_seq = 1;
    loop {
        let check = ledger.verify_audit(VerifyAudit { from_seq, limit: 7 }).await?;
        ensure!(check.broken_at.is_none(), "the audit log is broken: {check:?}");
        if check.is_complete {
            return Ok(());
        }
        from_seq = check.checked_to + 1;
    }
}
