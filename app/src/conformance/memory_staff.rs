//! The model's part for what staff does, and the log of it.

use lyceum_contract::id::MemberId;
use lyceum_contract::{Entitlement, Timestamp};

use super::memory_ledger::Books;
use crate::ledger::audit::{self, row_after};
use crate::ledger::{
    Actor, AddMember, AuditCheck, AuditRow, Change, Entry, FindMembers, Grant, GrantAccess, GrantRole,
    ListStaff, MailSettings, Member, MemberRecord, ReadAudit, ReadMember, RevokeAccess, RevokeRole,
    StaffMember, VerifyAudit,
};
use crate::role::{Role, StaffRole};

impl Books {
    /// What the member is, by the roles' text.
    pub(super) fn roles_of(&self, id: &MemberId) -> Vec<StaffRole> {
        let mut roles: Vec<StaffRole> =
            self.roles.iter().filter(|(member, _)| member == id).map(|(_, role)| role.clone()).collect();
        roles.sort_by_key(ToString::to_string);
        roles
    }

    /// Why somebody may not change something about a member, if so.
    fn refusal(&self, by: &Actor, needs_owner: bool, member: &MemberId) -> Option<Change> {
        let is = |id: &MemberId, role: Role| self.roles_of(id).iter().any(|held| held.role() == role);
        let may = match by {
            Actor::OwnerCli => true,
            Actor::Member(id) => is(id, Role::Owner) || (!needs_owner && is(id, Role::Admin)),
            Actor::Processor | Actor::System => false,
        };
        let exists = self.members.iter().any(|known| known.id == *member);
        if may { (!exists).then_some(Change::NoMember) } else { Some(Change::NotAllowed) }
    }

    pub(super) fn grant_role(&mut self, command: &GrantRole) -> Change {
        if let Some(refusal) = self.refusal(&command.by, command.role.needs_owner(), &command.member) {
            return refusal;
        }
        let held = (command.member.clone(), command.role.clone());
        if self.roles.contains(&held) {
            return Change::Unchanged;
        }
        self.roles.push(held);
        self.append(&command.entry());
        Change::Done
    }

    pub(super) fn revoke_role(&mut self, command: &RevokeRole) -> Change {
        if let Some(refusal) = self.refusal(&command.by, command.role.needs_owner(), &command.member) {
            return refusal;
        }
        let is_it =
            |(member, role): &(MemberId, StaffRole)| *member == command.member && *role == command.role;
        if !self.roles.iter().any(is_it) {
            return Change::Unchanged;
        }
        let n_owners = self.roles.iter().filter(|(_, role)| role.role() == Role::Owner).count();
        if command.role.role() == Role::Owner && n_owners == 1 {
            return Change::LastOwner;
        }
        self.roles.retain(|held| !is_it(held));
        self.append(&command.entry());
        Change::Done
    }

    pub(super) fn list_staff(&self, command: &ListStaff) -> Vec<StaffMember> {
        let is_wanted = |role: &StaffRole| {
            command.scope.as_ref().is_none_or(|scope| role.scope().map_or("", |own| own.as_str()) == *scope)
        };
        let mut staff: Vec<StaffMember> = Vec::new();
        for (id, role) in self.roles.iter().filter(|(_, role)| is_wanted(role)) {
            let found = self.members.iter().find(|member| member.id == *id).cloned();
            staff.extend(found.map(|member| StaffMember { member, role: role.clone() }));
        }
        staff.sort_by_key(|one| (one.member.email.clone(), one.role.to_string()));
        staff
    }

    pub(super) fn grant_access(&mut self, command: GrantAccess) -> Change {
        if let Some(refusal) = self.refusal(&command.by, false, &command.member) {
            return refusal;
        }
        if self.grants.iter().any(|(_, grant)| grant.id == command.grant) {
            return Change::Unchanged;
        }
        self.append(&command.entry());
        let until = command.until.unwrap_or(Timestamp::FOREVER);
        let grant = Grant { id: command.grant, scope: command.scope, until, created_at: command.now };
        self.grants.push((command.member, grant));
        Change::Done
    }

    pub(super) fn revoke_access(&mut self, command: &RevokeAccess) -> Change {
        if let Some(refusal) = self.refusal(&command.by, false, &command.member) {
            return refusal;
        }
        let live = self.grants_of(&command.member);
        let live: Vec<&str> = live
            .iter()
            .filter(|grant| grant.scope == command.scope && command.now < grant.until)
            .map(|grant| grant.id.as_str())
            .collect();
        if live.is_empty() {
            return Change::Unchanged;
        }
        self.append(&command.entry(&live));
        for (_, grant) in self.grants.iter_mut().filter(|(_, grant)| live.contains(&grant.id.as_str())) {
            grant.until = command.now;
        }
        Change::Done
    }

    pub(super) fn grants_of(&self, id: &MemberId) -> Vec<Grant> {
        let mut grants: Vec<Grant> =
            self.grants.iter().filter(|(member, _)| member == id).map(|(_, grant)| grant.clone()).collect();
        grants.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        grants
    }

    pub(super) fn add_member(&mut self, command: AddMember) -> Option<Member> {
        let refusal = self.refusal(&command.by, false, &command.new_member);
        if refusal == Some(Change::NotAllowed) {
            return None;
        }
        if let Some(known) = self.members.iter().find(|member| member.email == command.email) {
            return Some(known.clone());
        }
        self.append(&command.entry());
        self.joined.insert(command.new_member.clone(), command.now);
        let AddMember { email, new_member, new_pseudonym, .. } = command;
        let member = Member {
            id: new_member,
            email,
            pseudonym: new_pseudonym,
            name: None,
            language: None,
            mail_settings: MailSettings::default(),
        };
        self.members.push(member.clone());
        Some(member)
    }

    pub(super) fn find_members(&self, command: &FindMembers) -> Vec<Member> {
        let is_found = |member: &&Member| member.email.starts_with(&command.prefix);
        let mut found: Vec<Member> = self.members.iter().filter(is_found).cloned().collect();
        found.sort_by(|a, b| a.email.cmp(&b.email));
        found.truncate(usize::try_from(command.limit.clamp(1, 100)).unwrap_or(1));
        found
    }

    pub(super) fn read_member(&self, command: &ReadMember) -> Option<MemberRecord> {
        let account = self.read_account(&command.member, command.now)?;
        Some(MemberRecord {
            member: account.member,
            roles: self.roles_of(&command.member),
            entitlements: account.entitlements,
            grants: self.grants_of(&command.member),
            orders: account.orders,
        })
    }

    /// Records an entry behind the last one.
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

impl Grant {
    pub(super) fn entitlement(&self) -> Entitlement {
        Entitlement { scope: self.scope.clone(), until: self.until }
    }
}
