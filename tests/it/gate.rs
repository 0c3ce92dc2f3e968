//! Laws of the gate, for every rule and everything that somebody may hold.

use lyceum_app::gate::{Decision, Reader, decide};
use lyceum_contract::{Access, Entitlement, Scope, Timestamp};
use proptest::prelude::*;

const SCOPES: [&str; 4] = ["tier:pro", "tier:basic", "course:rust", "course:go"];

fn scope() -> impl Strategy<Value = Scope> {
    (0..SCOPES.len()).prop_map(|idx| SCOPES[idx].parse().expect("a scope"))
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![
        Just(Access::Free),
        Just(Access::Members),
        proptest::collection::btree_set(scope(), 0..4).prop_map(Access::Paid),
    ]
}

fn held() -> impl Strategy<Value = Vec<Entitlement>> {
    let until = prop_oneof![-10_i64..10, Just(i64::MAX), Just(i64::MIN)];
    let entitlement =
        (scope(), until).prop_map(|(scope, until)| Entitlement { scope, until: Timestamp(until) });
    proptest::collection::vec(entitlement, 0..6)
}

proptest! {
    #[test]
    fn more_entitlements_never_show_less(access in access(), few in held(), more in held(), now in -12_i64..12) {
        let now = Timestamp(now);
        let before = decide(&access, Reader::Member(&few), now);
        let all: Vec<Entitlement> = few.iter().chain(&more).cloned().collect();
        if before == Decision::Serve {
            prop_assert_eq!(decide(&access, Reader::Member(&all), now), Decision::Serve);
        }
    }

    #[test]
    fn signing_in_never_shows_less(access in access(), held in held(), now in -12_i64..12) {
        if decide(&access, Reader::Anonymous, Timestamp(now)) == Decision::Serve {
            prop_assert_eq!(decide(&access, Reader::Member(&held), Timestamp(now)), Decision::Serve);
        }
    }

    #[test]
    fn nothing_paid_is_shown_without_a_live_entitlement(access in access(), held in held(), now in -12_i64..12) {
        let Access::Paid(scopes) = &access else { return Ok(()) };
        let may = held.iter().any(|held| scopes.contains(&held.scope) && now < held.until.0);
        let decision = decide(&access, Reader::Member(&held), Timestamp(now));
        prop_assert_eq!(decision == Decision::Serve, may);
        prop_assert_ne!(decide(&access, Reader::Anonymous, Timestamp(now)), Decision::Serve);
    }

    #[test]
    fn time_takes_and_never_gives(access in access(), held in held(), now in -12_i64..12, later in 0_i64..20) {
        let at = |now| decide(&access, Reader::Member(&held), Timestamp(now));
        if at(now + later) == Decision::Serve {
            prop_assert_eq!(at(now), Decision::Serve);
        }
    }

    #[test]
    fn a_rule_reads_back(access in access()) {
        prop_assert_eq!(access.to_string().parse::<Access>(), Ok(access));
    }

    #[test]
    fn what_is_no_rule_opens_nothing(text in "\\PC{0,30}") {
        if let Ok(access) = text.parse::<Access>() {
            prop_assert_eq!(access.to_string(), text);
        }
    }
}
