//! The gate: who gets which lesson.

use lyceum_contract::{Access, Entitlement, Timestamp};

/// Who asks, as far as the gate cares.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// Nobody is signed in.
    Anonymous,
    /// A member with these entitlements, ended ones possibly among them.
    Member(&'a [Entitlement]),
    /// The owner looking at the own site in a preview.
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
