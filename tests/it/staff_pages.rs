//! The pages of those who run the academy.

use lyceum_app::ledger::{Commands, ReadAudit};
use lyceum_tests::Academy;
use lyceum_tests::content::small_academy;
use lyceum_tests::passkey::{id_of, own_passkey, staff};

const MEMBERS: &str = "/staff/members/";

/// The newest entry of the log: action and detail.
async fn newest(academy: &Academy) -> (String, String, String) {
    let read = ReadAudit { subject: None, before_seq: None, limit: 1 };
    let row = academy.place.ledger.read_audit(read).await.expect("answers").remove(0);
    (row.actor, row.action, row.detail)
}

#[tokio::test]
async fn an_admin_finds_a_member_and_gives_access_that_opens_at_once() {
    let academy = Academy::of(small_academy());
    let mut admin = staff(&academy, "admin@example.org", "admin").await;
    let mut bob = academy.member("bob@example.org").await;
    for prefix in ["", "/zh"] {
        let search = admin.open(&format!("{prefix}{MEMBERS}")).await;
        let form = search.form(&format!("{prefix}{MEMBERS}")).fill("email", "Bob@").fill("change", "find");
        let found = admin.submit(&form).await;
        assert!(found.shows("bob@example.org") && !found.shows("admin@example.org"), "{}", found.text());
        assert!(!found.address.contains("bob"), "no address of a member in an address of a page");
        assert_eq!(found.header("cache-control"), "no-store");
        assert!(!found.shows("app_staff"), "every text is there: {}", found.text());
    }
    let bobs = id_of(&academy, "bob@example.org").await;
    let page = admin.open(&format!("{MEMBERS}?member={bobs}")).await;
    assert!(page.shows("bob@example.org") && page.shows("Learner") && !page.shows("app_staff"));
    let zh = admin.open(&format!("/zh{MEMBERS}?member={bobs}")).await;
    assert!(zh.shows("学员") && !zh.shows("app_staff"), "{}", zh.text());
    academy.pass(31);
    assert!(!bob.open("/courses/rust/moves/").await.shows("Buyers read the whole lesson."));
    let give = [
        ("change", "grant-access"),
        ("member", bobs.as_str()),
        ("scope", "course:rust"),
        ("until", "2027-02-01"),
        ("reason", "a prize"),
    ];
    let given = admin.post(MEMBERS, &give).await;
    assert_eq!(given.status, 303);
    let page = admin.follow(given).await;
    assert!(page.shows("Given by staff:") && page.shows("2027"), "{}", page.text());
    academy.pass(31);
    assert!(bob.open("/courses/rust/moves/").await.shows("Buyers read the whole lesson."));
    let admins = id_of(&academy, "admin@example.org").await;
    let (actor, action, detail) = newest(&academy).await;
    assert_eq!((actor.as_str(), action.as_str()), (format!("member:{admins}").as_str(), "access.grant"));
    assert!(detail.contains("a prize") && !detail.contains('@'), "{detail}");
    let take = [
        ("change", "revoke-access"),
        ("member", bobs.as_str()),
        ("scope", "course:rust"),
        ("reason", "over"),
    ];
    let page = admin.post(MEMBERS, &take).await;
    let page = admin.follow(page).await;
    assert!(!page.shows("Given by staff:"), "{}", page.text());
    academy.pass(601);
    assert!(!bob.open("/courses/rust/moves/").await.shows("Buyers read the whole lesson."));
}

#[tokio::test]
async fn roles_are_given_and_taken_as_far_as_the_giver_may() {
    let academy = Academy::of(small_academy());
    let mut owner = staff(&academy, "owner@example.org", "owner").await;
    let admin = staff(&academy, "admin@example.org", "admin").await;
    let mut grace = academy.member("grace@example.org").await;
    let graces = id_of(&academy, "grace@example.org").await;
    let owners = id_of(&academy, "owner@example.org").await;
    let role = |change, member, role, place| {
        [("change", change), ("member", member), ("role", role), ("place", place), ("reason", "teaches")]
    };
    for (browser, fields, status) in [
        (&admin, role("grant-role", graces.as_str(), "admin", ""), 403),
        (&admin, role("revoke-role", owners.as_str(), "owner", ""), 403),
        (&admin, role("grant-role", graces.as_str(), "instructor", "rust"), 303),
        (&admin, role("grant-role", graces.as_str(), "instructor", ""), 200),
        (&admin, role("grant-role", graces.as_str(), "boss", ""), 200),
        (&admin, role("erase", graces.as_str(), "admin", ""), 200),
        (&admin, role("grant-role", "0", "moderator", ""), 404),
        (&admin, role("grant-role", "00000000000000000000000000000000", "moderator", ""), 404),
        (&owner, role("revoke-role", owners.as_str(), "owner", ""), 200),
        (&owner, role("grant-role", graces.as_str(), "admin", ""), 303),
        (&owner, role("revoke-role", graces.as_str(), "admin", ""), 303),
    ] {
        let page = browser.clone().post(MEMBERS, &fields).await;
        assert_eq!(page.status, status, "{fields:?}: {}", page.text());
        assert!(!page.shows("app_staff"), "{fields:?}");
    }
    for reason in ["", "as ada@example.org asked", &"x".repeat(201)] {
        let mut fields = role("grant-role", graces.as_str(), "moderator", "");
        fields[4].1 = reason;
        let page = owner.post(MEMBERS, &fields).await;
        assert!(page.shows("A reason is needed"), "{reason}");
    }
    let last = owner.post(MEMBERS, &role("revoke-role", owners.as_str(), "owner", "")).await;
    assert!(last.shows("This is the last owner."), "{}", last.text());
    own_passkey(&academy, &mut grace, 1).await;
    academy.pass(31);
    assert!(grace.open("/courses/rust/moves/").await.shows("Buyers read the whole lesson."));
    assert!(grace.open(MEMBERS).await.shows("Only the people who run this academy"));
}

#[tokio::test]
async fn the_log_is_shown_with_the_state_of_its_chain() {
    let academy = Academy::of(small_academy());
    let mut owner = staff(&academy, "owner@example.org", "owner").await;
    let owners = id_of(&academy, "owner@example.org").await;
    for _ in 0..30 {
        for change in ["grant-role", "revoke-role"] {
            let fields = [
                ("change", change),
                ("member", owners.as_str()),
                ("role", "moderator"),
                ("reason", "<b>x</b>"),
            ];
            assert_eq!(owner.post(MEMBERS, &fields).await.status, 303);
        }
    }
    for path in ["/staff/audit/", "/zh/staff/audit/"] {
        let page = owner.open(path).await;
        assert!(
            page.shows("role.revoke") && page.shows("&lt;b&gt;x") && !page.shows("<b>x"),
            "{}",
            page.text()
        );
        assert!(page.shows("?before=12\"") && !page.shows("app_staff") && !page.shows("role=\"alert\""));
        assert!(!page.shows("owner@example.org"), "ids only");
    }
    let older = owner.open("/staff/audit/?before=12").await;
    assert!(older.shows("owner-cli") && !older.shows("Older entries"), "{}", older.text());
}
