//! Teams at work: managers besides the buyer, what the team is asked to learn, and what everybody is told of it.

use bytes::Bytes;
use lyceum_app::ledger::{Actor, Commands, GrantRole, ReadAudit};
use lyceum_app::money::{Refunded, Settlement};
use lyceum_app::ports::Mail;
use lyceum_tests::academy::Visitor;
use lyceum_tests::content::Files;
use lyceum_tests::{Academy, Page};

use super::teams::{Company, paying, with_seats};

/// The academy with seats, a track of its courses, and the clocks of Shanghai. Its tests begin on 15 January 2027, 16:00
/// there.
pub(crate) fn with_tracks() -> Files {
    let mut files = with_seats();
    let file = files.get_mut("/_lyceum/catalogue.json").expect("a catalogue");
    let mut json: serde_json::Value = serde_json::from_slice(file).expect("JSON");
    json["tracks"] = serde_json::json!([
        { "id": "systems", "title": { "en": "Systems", "zh": "系统" }, "path": "/tracks/systems/", "courses": ["rust"] },
        { "id": "both", "title": { "en": "Both" }, "path": "/tracks/both/", "courses": ["rust", "secret"] },
    ]);
    json["courses"].as_array_mut().expect("courses").push(serde_json::json!(
        { "id": "secret", "title": { "en": "Secret" }, "path": "/courses/secret/", "access": "paid:course:secret",
          "n_lessons": 3 }
    ));
    *file = Bytes::from(json.to_string());
    let file = files.get_mut("/_lyceum/manifest.json").expect("a manifest");
    let mut json: serde_json::Value = serde_json::from_slice(file).expect("JSON");
    json["time_zone"] = serde_json::json!({ "name": "Asia/Shanghai", "offset": 480 });
    *file = Bytes::from(json.to_string());
    files
}

pub(crate) async fn company(n_seats: &str) -> Company {
    Company::at(Academy::of(&with_tracks()), n_seats).await
}

/// Asks the whole team, or whoever is named, to learn something.
pub(crate) async fn assign(
    company: &Company,
    by: &mut Visitor,
    what: &str,
    day: &str,
    names: &[&str],
) -> Page {
    let form = by.open(&format!("/team/assign/?order={}", company.order)).await;
    let text = form.text();
    let id =
        text.split("name=\"assignment\" value=\"").nth(1).and_then(|rest| rest.get(..32)).expect("an id");
    let who = if names.is_empty() { "all" } else { "some" };
    let mut fields = vec![
        ("order", company.order.as_str()),
        ("assignment", id),
        ("what", what),
        ("day", day),
        ("who", who),
    ];
    let seat = |name: &&str| {
        let (before, _) = text.split_once(&format!("> {name}</label>")).expect("a name");
        before.rsplit_once("value=\"").and_then(|(_, rest)| rest.get(..32)).expect("a seat").to_owned()
    };
    let seats: Vec<String> = names.iter().map(seat).collect();
    fields.extend(seats.iter().map(|seat| ("seat", seat.as_str())));
    let page = by.post("/team/assign/", &fields).await;
    by.follow(page).await
}

async fn name_manager(company: &mut Company, email: &str, is_manager: bool) -> Page {
    let manager = if is_manager { "1" } else { "" };
    let fields = [("order", company.order.as_str()), ("email", email), ("manager", manager)];
    let page = company.boss.post("/team/managers/", &fields).await;
    company.boss.follow(page).await
}

/// The mails to an address of which the subject has these words.
async fn mails(academy: &Academy, email: &str, words: &str) -> Vec<Mail> {
    academy.app_at(0).drain_outbox(1_000).await.expect("answers");
    let all = academy.place.mailer.all();
    all.into_iter().filter(|mail| mail.to == email && mail.subject.contains(words)).collect()
}

#[tokio::test]
async fn a_buyer_names_managers_who_run_their_team_and_no_other() {
    let mut company = company("4").await;
    let mut ada = company.join("ada@company.example").await;
    company.academy.pass(121);
    let mut bob = company.join("bob@company.example").await;
    let page = company.page().await;
    assert!(
        page.shows("Make a manager") && page.shows("<option value=\"ada@company.example\">"),
        "{}",
        page.text()
    );
    // Whoever has no seat is answered alike, with an account and without one.
    company.academy.member("known@elsewhere.example").await;
    for email in ["known@elsewhere.example", "nobody@elsewhere.example", "boss@company.example"] {
        assert!(name_manager(&mut company, email, true).await.shows("Nobody with this address has a seat."));
    }
    assert_eq!(ada.get(&format!("/team/?order={}", company.order)).await.status, 404);
    let named = name_manager(&mut company, "ada@company.example", true).await;
    assert!(
        named.shows("Together you run the team.") && named.shows("Remove as manager"),
        "{}",
        named.text()
    );

    assert!(ada.open("/account/").await.shows("/team/"), "a manager finds the team on their account");
    let page = ada.open("/team/").await;
    assert!(page.shows("You run this team for whoever bought the seats."), "{}", page.text());
    assert!(!page.shows("Make a manager"));
    let fields = [("order", company.order.as_str()), ("email", "cem@company.example")];
    let sent = ada.post("/team/", &fields).await;
    assert!(ada.follow(sent).await.shows("The invitation is on its way."));
    let fields = [("order", company.order.as_str()), ("email", "bob@company.example"), ("manager", "1")];
    assert_eq!(ada.post("/team/managers/", &fields).await.status, 404, "a manager names nobody");

    // Another team of the same academy.
    let other = Company::at(copy(&company.academy), "2").await;
    for path in ["/team/", "/team/assign/", "/team/report/", "/team/report/csv/", "/team/report/xapi/"] {
        assert_eq!(ada.get(&format!("{path}?order={}", other.order)).await.status, 404, "{path}");
        assert_eq!(bob.get(&format!("{path}?order={}", company.order)).await.status, 404, "{path}");
    }
    // Not even its buyer is put out, and the log names everybody who did something.
    let audit =
        company.academy.place.ledger.read_audit(ReadAudit { subject: None, before_seq: None, limit: 50 });
    let audit = audit.await.expect("answers");
    let grants: Vec<_> = audit.iter().filter(|row| row.action == "role.grant").collect();
    let [grant] = grants.as_slice() else { panic!("{grants:?}") };
    assert!(grant.actor.starts_with("member:") && grant.detail.contains("team-manager:"), "{grant:?}");

    let gone = name_manager(&mut company, "ada@company.example", false).await;
    assert!(gone.shows("runs the team no more."), "{}", gone.text());
    assert_eq!(ada.get(&format!("/team/?order={}", company.order)).await.status, 404);
}

/// The same academy once more: whoever signs in there is a person of the same Ledger.
fn copy(academy: &Academy) -> Academy {
    Academy { place: academy.place.clone(), world: academy.world.clone(), config: academy.config.clone() }
}

#[tokio::test]
async fn the_command_line_makes_managers_too_and_a_lost_seat_ends_it() {
    let mut company = company("4").await;
    let mut ada = company.join("ada@company.example").await;
    company.academy.pass(121);
    let mut bob = company.join("bob@company.example").await;
    let role = format!("team-manager:{}", company.order).parse().expect("a role");
    let found = lyceum_app::ledger::FindMembers { prefix: "ada@".to_owned(), limit: 1 };
    let member = company.academy.place.ledger.find_members(found).await.expect("answers").remove(0).id;
    let now = company.academy.now();
    let grant = GrantRole { by: Actor::OwnerCli, member, role, reason: String::new(), now };
    company.academy.place.ledger.grant_role(grant).await.expect("answers");
    name_manager(&mut company, "bob@company.example", true).await;
    // One manager does not put the other out.
    let page = ada.open(&format!("/team/?order={}", company.order)).await.text();
    let row = page.split("<li>").find(|row| row.contains("bob@company.example")).expect("a row");
    let seat = row.split("&amp;seat=").nth(1).and_then(|rest| rest.get(..32)).expect("a seat").to_owned();
    let refused = ada.post("/team/revoke/", &[("order", &company.order), ("seat", &seat)]).await;
    assert!(ada.follow(refused).await.shows("Only whoever bought the seats can take it back."));
    assert_eq!(bob.get(&format!("/team/?order={}", company.order)).await.status, 200);
    assert!(company.revoke("bob@company.example").await.shows("The seat is free."));
    assert_eq!(bob.get(&format!("/team/?order={}", company.order)).await.status, 404);
}

#[tokio::test]
async fn a_team_is_asked_to_learn_and_its_people_see_it() {
    let mut company = company("4").await;
    let mut ada = company.join("ada@company.example").await;
    company.academy.pass(121);
    let mut bob = company.join("bob@company.example").await;
    let form = company.boss.open(&format!("/team/assign/?order={}", company.order)).await;
    for text in
        ["value=\"course:rust\"", "value=\"track:systems\"", "min=\"2027-01-15\"", "time zone Asia/Shanghai"]
    {
        assert!(form.shows(text), "{text}: {}", form.text());
    }
    for hidden in ["course:secret", "track:both"] {
        assert!(!form.shows(hidden), "the seats do not open all of {hidden}");
    }
    let mut boss = company.boss.clone();
    for (what, day, expected) in [
        ("course:secret", "2027-02-01", "Please choose one of the courses"),
        ("track:both", "2027-02-01", "Please choose one of the courses"),
        ("course:rust", "2027-01-14", "Please choose a day from today on."),
        ("course:rust", "2027-02-30", "Please choose a day from today on."),
        ("course:rust", "9999-02-01", "Please choose a day from today on."),
        ("course:rust", "", "Please choose a day from today on."),
        ("track:systems", "2027-02-01", "Everybody who is asked gets a mail."),
    ] {
        let page = assign(&company, &mut boss, what, day, &[]).await;
        assert!(page.shows(expected), "{what} {day}: {}", page.text());
    }
    assign(&company, &mut boss, "course:rust", "2027-01-20", &["bob@company.example"]).await;
    let page = company.page().await;
    for text in ["Systems", "By 1 Feb 2027", "Everybody", "By 20 Jan 2027", "1\u{a0}person"] {
        assert!(page.shows(text), "{text}: {}", page.text());
    }
    let account = ada.open("/account/").await;
    assert!(account.shows("boss@company.example asks you to learn it by 1 Feb 2027."), "{}", account.text());
    assert!(account.shows("href=\"/tracks/systems/\"") && !account.shows("20 Jan 2027"));
    assert!(bob.open("/zh/account/").await.shows("boss@company.example 请你在2027年1月20日前学完。"));
    // Both are told once, in their language and with a way out.
    assert_eq!(mails(&company.academy, "ada@company.example", "To learn by").await.len(), 1);
    let told = mails(&company.academy, "bob@company.example", "To learn by").await;
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|mail| mail.list_unsubscribe.is_some()));
    // The end of the day is that of Shanghai: 16:00 UTC.
    company.academy.place.clock.advance_ms(1_000 * seconds_to(&company.academy, "2027-01-20T15:59:59Z"));
    assert!(bob.open("/account/").await.shows("asks you to learn it by 20 Jan 2027."));
    company.academy.place.clock.advance_ms(1_000);
    let late = bob.open("/account/").await;
    assert!(late.shows("It was due on 20 Jan 2027. Take the time that you need"), "{}", late.text());
    assert!(company.page().await.shows("Was due on 20 Jan 2027"));
}

fn seconds_to(academy: &Academy, moment: &str) -> u64 {
    let (date, time) = moment.split_once('T').expect("a moment");
    let day = lyceum_contract::Timestamp::from_date(date.parse().expect("a day"));
    let numbers: Vec<i64> =
        time.trim_end_matches('Z').split(':').map(|part| part.parse().expect("a number")).collect();
    let at = day.0 + numbers[0] * 3_600 + numbers[1] * 60 + numbers[2];
    u64::try_from(at - academy.now().0).expect("later")
}

#[tokio::test]
async fn a_reminder_comes_once_and_only_when_it_is_true() {
    let mut company = company("4").await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cem"] {
        people.push(company.join(&format!("{name}@company.example")).await);
        company.academy.pass(121);
    }
    people[1]
        .post("/account/settings/", &[("language", "en"), ("pass_ending", "1"), ("access_ended", "1")])
        .await;
    people[2].post("/account/settings/", &[("language", "zh"), ("assignments", "1")]).await;
    let mut boss = company.boss.clone();
    let everybody = ["ada@company.example", "bob@company.example", "cem@company.example"];
    assign(&company, &mut boss, "course:rust", "2027-01-25", &everybody).await;
    assign(&company, &mut boss, "track:systems", "2027-01-25", &everybody).await;
    // One of the two is withdrawn, and nobody is reminded of it.
    let page = company.page().await.text();
    let row = page.split("<li>").find(|row| row.contains("Systems")).expect("a row");
    let id = row.split("assignment=").nth(1).and_then(|rest| rest.get(..32)).expect("an id").to_owned();
    for _ in 0..2 {
        let gone =
            boss.post("/team/assign/withdraw/", &[("order", &company.order), ("assignment", &id)]).await;
        assert!(boss.follow(gone).await.shows("Nobody is asked any more."));
    }
    company.academy.place.clock.advance_ms(1_000 * seconds_to(&company.academy, "2027-01-22T23:59:59Z"));
    assert_eq!(mails(&company.academy, "ada@company.example", "is due on").await.len(), 0);
    // In the morning two days before: 08:00 in Shanghai.
    company.academy.place.clock.advance_ms(1_000);
    for _ in 0..3 {
        let due = mails(&company.academy, "ada@company.example", "is due on").await;
        let [due] = due.as_slice() else { panic!("{due:?}") };
        assert!(due.subject.contains("due on 25 Jan 2027") && due.list_unsubscribe.is_some(), "{due:?}");
        assert!(due.text.contains("boss@company.example asked you to learn"), "{}", due.text);
        company.academy.pass(3_600);
    }
    assert_eq!(mails(&company.academy, "bob@company.example", "due on").await.len(), 0, "switched off");
    let cem = mails(&company.academy, "cem@company.example", "截止").await;
    let [cem] = cem.as_slice() else { panic!("{cem:?}") };
    assert!(cem.text.contains("boss@company.example 请你在2027年1月25日前学习"), "{}", cem.text);
}

#[tokio::test]
async fn those_with_a_seat_hear_once_that_it_has_ended_and_whom_to_ask() {
    let mut company = company("3").await;
    company.join("ada@company.example").await;
    let back = Settlement { refunded: Refunded::Fully, ..paying(&company.academy, None) };
    for _ in 0..3 {
        company.settle(back.clone()).await;
    }
    let ended = mails(&company.academy, "ada@company.example", "has ended").await;
    let [ended] = ended.as_slice() else { panic!("{ended:?}") };
    assert!(ended.text.contains("Please ask boss@company.example."), "{}", ended.text);
    // Who is not asked any more is not listed as asked either.
    let again = paying(&company.academy, None);
    company.settle(again).await;
    assert_eq!(mails(&company.academy, "ada@company.example", "has ended").await.len(), 1);
    company.academy.pass(10);
    company.settle(back).await;
    assert_eq!(mails(&company.academy, "ada@company.example", "has ended").await.len(), 2, "it ended again");
}
