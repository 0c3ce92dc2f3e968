//! The gate: who gets which lesson.

use lyceum_contract::{Access, Entitlement, Scope, Timestamp};

use crate::role::{Role, StaffRole};

/// Who asks, as far as the gate cares.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// Nobody is signed in.
    Anonymous,
    /// A member with these entitlements, ended ones possibly among them.
    Member(&'a [Entitlement]),
    /// Somebody who reads everything here: the owner in a preview, or staff by [`reader_of`].
    Owner,
}

/// What a reader gets for one lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The whole lesson.
    Serve,
    /// The teaser; signing in may change that.
    SignIn,
    /// The teaser; buying changes that.
    Upgrade,
}

/// A member as the gate sees them before one text: under this rule, and in this course if it is part of one.
///
/// Owners and admins read everything. Instructors read their own courses, and whatever else a buyer of such a course
/// reads. No other role opens anything.
pub fn reader_of<'a>(
    held: &'a [Entitlement],
    roles: &[StaffRole],
    (access, course): (&Access, Option<&str>),
) -> Reader<'a> {
    let reads = |staff: &StaffRole| match (staff.role(), staff.scope()) {
        (Role::Owner | Role::Admin, None) => true,
        (Role::Instructor, Some(own)) => {
            course == Some(own.as_str())
                || matches!(access, Access::Paid(scopes) if scopes.contains(&Scope::Course(own.clone())))
        }
        _ => false,
    };
    if roles.iter().any(reads) { Reader::Owner } else { Reader::Member(held) }
}

/// Decides what a reader gets for one lesson. Pure, and denies when nothing allows.
///
/// An entitlement counts while `now < until`; at `until` it has ended.
pub fn decide(access: &Access, reader: Reader<'_>, now: Timestamp) -> Decision {
    let (scopes, held) = match (access, reader) {
        (Access::Free, _) | (_, Reader::Owner) | (Access::Members, Reader::Member(_)) => {
            return Decision::Serve;
        }
        (_, Reader::Anonymous) => return Decision::SignIn,
        (Access::Paid(scopes), Reader::Member(held)) => (scopes, held),
    };
    let mut live = held.iter().filter(|entitlement| now < entitlement.until);
    if live.any(|entitlement| scopes.contains(&entitlement.scope)) {
        Decision::Serve
    } else {
        Decision::Upgrade
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(scope: &str, until: i64) -> Vec<Entitlement> {
        vec![Entitlement { scope: scope.parse().expect("a scope"), until: Timestamp(until) }]
    }

    #[track_caller]
    fn check(access: &str, reader: Reader<'_>, expected: Decision) {
        let access = access.parse().expect("a rule");
        assert_eq!(decide(&access, reader, Timestamp(100)), expected);
    }

    #[test]
    fn free_lessons_are_for_everybody() {
        check("free", Reader::Anonymous, Decision::Serve);
        check("free", Reader::Member(&[]), Decision::Serve);
    }

    #[test]
    fn members_lessons_need_an_account() {
        check("members", Reader::Anonymous, Decision::SignIn);
        check("members", Reader::Member(&[]), Decision::Serve);
    }

    #[test]
    fn paid_lessons_need_one_of_their_scopes() {
        let rule = "paid:course:rust,tier:pro";
        check(rule, Reader::Anonymous, Decision::SignIn);
        check(rule, Reader::Member(&[]), Decision::Upgrade);
        check(rule, Reader::Member(&held("tier:pro", 101)), Decision::Serve);
        check(rule, Reader::Member(&held("course:rust", 101)), Decision::Serve);
        check(rule, Reader::Member(&held("course:go", 101)), Decision::Upgrade);
        check(rule, Reader::Member(&held("tier:basic", 101)), Decision::Upgrade);
        check(rule, Reader::Owner, Decision::Serve);
    }

    #[test]
    fn staff_reads_what_its_role_covers() {
        // Role, then: a text of the course `rust` sold with it, one of `rust` for a tier alone, one of `go`, one of
        // no course for a tier.
        let table = [
            ("owner", [true, true, true, true]),
            ("admin", [true, true, true, true]),
            ("instructor:rust", [true, true, false, false]),
            ("instructor:go", [false, false, true, false]),
            ("instructor:rus", [false; 4]),
            ("moderator", [false; 4]),
            ("moderator:rust", [false; 4]),
            ("reviewer", [false; 4]),
            ("reviewer:rust", [false; 4]),
            ("team-manager:rust", [false; 4]),
        ];
        let texts = [
            ("paid:course:rust,tier:pro", Some("rust")),
            ("paid:tier:pro", Some("rust")),
            ("paid:course:go", Some("go")),
            ("paid:tier:pro", None),
        ];
        for (role, expected) in table {
            let roles: Vec<StaffRole> = vec![role.parse().expect("a role")];
            for ((rule, course), serves) in texts.into_iter().zip(expected) {
                let access: Access = rule.parse().expect("a rule");
                let reader = reader_of(&[], &roles, (&access, course));
                let expected = if serves { Decision::Serve } else { Decision::Upgrade };
                assert_eq!(decide(&access, reader, Timestamp(100)), expected, "{role} {rule} {course:?}");
                let none = reader_of(&[], &[], (&access, course));
                assert_eq!(decide(&access, none, Timestamp(100)), Decision::Upgrade);
            }
        }
        // A search line of several courses, outside of any.
        let access: Access = "paid:course:go,course:rust".parse().expect("a rule");
        let roles: Vec<StaffRole> = vec!["instructor:rust".parse().expect("a role")];
        let reader = reader_of(&[], &roles, (&access, None));
        assert_eq!(decide(&access, reader, Timestamp(100)), Decision::Serve);
    }

    #[test]
    fn a_rule_without_scopes_opens_for_nobody() {
        check("paid:", Reader::Member(&held("tier:pro", 101)), Decision::Upgrade);
    }

    #[test]
    fn an_entitlement_ends_at_its_last_second() {
        check("paid:tier:pro", Reader::Member(&held("tier:pro", 101)), Decision::Serve);
        check("paid:tier:pro", Reader::Member(&held("tier:pro", 100)), Decision::Upgrade);
        check("paid:tier:pro", Reader::Member(&held("tier:pro", i64::MAX)), Decision::Serve);
    }
}
