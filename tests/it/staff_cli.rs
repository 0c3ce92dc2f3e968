//! `lyceum member` and `lyceum audit` as an owner types them.

use std::process::{Command, Output};

use lyceum::adapters::SqliteLedger;
use lyceum_tests::{Content, Scratch, Server, server};
use serde_json::Value;

const SECRET: &str = "Buyers read the whole lesson.";

/// A folder as `serve` leaves it, before anybody has signed in.
fn academy() -> Scratch {
    let folder = Scratch::new();
    SqliteLedger::open(&folder.path().join("ledger.sqlite")).expect("opens");
    folder
}

fn run(folder: &Scratch, command: &str) -> Output {
    let (words, reason) = command.split_once(" --reason ").map_or((command, None), |(a, b)| (a, Some(b)));
    let mut program = Command::new(server::program());
    program.args(words.split(' ')).arg("--data").arg(folder.path());
    if let Some(reason) = reason {
        program.args(["--reason", reason]);
    }
    program.output().expect("the program runs")
}

/// What the program says, with what is never the same taken out.
fn said(folder: &Scratch, command: &str) -> String {
    let output = run(folder, command);
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text");
    let text = text.replace(&folder.path().display().to_string(), "DIR");
    let words = text.split_inclusive([' ', '\n', ':', '"']).map(|word| {
        let (body, end) = word.split_at(word.trim_end_matches([' ', '\n', ':', '"']).len());
        let is_hex = body.len() >= 32 && body.bytes().all(|byte| byte.is_ascii_hexdigit());
        format!("{}{end}", if is_hex { "HEX" } else { body })
    });
    let status = output.status.code().expect("a status");
    format!("$ lyceum {command}\n{}[{status}]\n", words.collect::<String>())
}

fn json(folder: &Scratch, command: &str) -> Value {
    let output = run(folder, &format!("{command} --format json"));
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn what_owners_read() {
    let folder = academy();
    let session: String = [
        "member list",
        "audit verify",
        "member grant ada@example.org --role owner",
        "member grant ada@example.org --role owner --create",
        "member grant Ada@Example.org --role owner",
        "member grant grace@example.org --role instructor --create",
        "member grant grace@example.org --role instructor --course rust --create --reason teaches it",
        "member grant grace@example.org --role admin --course rust",
        "member grant grace@example.org --role team-manager --course rust",
        "member grant grace@example.org --role team-manager --team acme",
        "member grant grace@example.org --access tier:pro --until 2099-01-01 --reason a prize",
        "member grant grace@example.org --access tier:pro --until 2001-01-01 --reason a prize",
        "member grant grace@example.org --access tier:pro --reason asked by ada@example.org",
        "member grant grace@example.org --access course:go --reason a gift",
        "member show grace@example.org",
        "member revoke grace@example.org --access tier:pro --reason a mistake",
        "member revoke grace@example.org --access tier:pro --reason a mistake",
        "member revoke grace@example.org --role instructor --course go",
        "member revoke grace@example.org --role team-manager --team acme",
        "member revoke ada@example.org --role owner",
        "member revoke nobody@example.org --role owner",
        "member show nobody",
        "member list",
        "audit verify",
    ]
    .into_iter()
    .map(|command| said(&folder, command))
    .collect();
    insta::assert_snapshot!(session);
}

#[test]
fn mistakes_in_the_command_line_are_named() {
    let folder = academy();
    for (command, expected) in [
        ("member grant ada@example.org", "--role <ROLE>"),
        ("member grant ada@example.org --role boss", "expected a role: `owner`"),
        ("member grant ada@example.org --access pro --reason x", "expected a scope"),
        ("member grant ada@example.org --access tier:pro", "--reason <TEXT>"),
        ("member grant ada@example.org --role admin --access tier:pro --reason x", "cannot be used with"),
        ("member grant ada@example.org --role admin --until 2099-01-01", "cannot be used with"),
        ("member grant ada@example.org --access tier:pro --until soon --reason x", "soon"),
        ("member grant ada@example.org --access tier:pro --course rust --reason x", "cannot be used with"),
    ] {
        let output = run(&folder, command);
        let text = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{command}: {text}");
        assert!(text.contains(expected), "{command}: {text}");
    }
    let nowhere = Scratch::new();
    let text = said(&nowhere, "member list");
    assert!(text.contains("there is no academy in `DIR`") && text.contains("[1]"), "{text}");
    assert!(!nowhere.path().join("ledger.sqlite").exists(), "looking makes nothing");
}

#[test]
fn every_change_is_in_the_log_without_an_address() {
    let folder = academy();
    said(&folder, "member grant ada@example.org --role owner --create");
    said(&folder, "member grant ada@example.org --role owner");
    said(&folder, "member grant ada@example.org --access tier:pro --reason a gift");
    said(&folder, "member revoke ada@example.org --access tier:pro --reason a mistake");
    let log = json(&folder, "audit show --member ada@example.org");
    let actions: Vec<&str> =
        log.as_array().expect("a list").iter().map(|row| row["action"].as_str().expect("text")).collect();
    assert_eq!(actions, ["access.revoke", "access.grant", "role.grant", "member.add"]);
    assert!(log.as_array().expect("a list").iter().all(|row| row["actor"] == "owner-cli"), "{log}");
    assert_eq!(log[1]["detail"]["reason"], "a gift");
    assert!(!log.to_string().contains('@'), "{log}");
    let staff = json(&folder, "member list");
    assert_eq!((&staff[0]["email"], &staff[0]["role"]), (&"ada@example.org".into(), &"owner".into()));
    let shown = json(&folder, "member show ada@example.org");
    assert_eq!(
        (shown["roles"][0].as_str(), shown["access"].as_array().map(Vec::len)),
        (Some("owner"), Some(0))
    );
}

#[tokio::test]
async fn what_is_given_beside_a_running_server_counts_there() {
    let content = Content::fixture("academy");
    let folder = Scratch::new();
    let server = Server::start(content.path(), folder.path());
    for (email, given) in
        [("ada@example.org", "--role admin"), ("bob@example.org", "--access course:rust --reason x")]
    {
        let mut browser = server.browser();
        let asked = browser.open("/sign-in/").await.form("/sign-in/").fill("email", email);
        let code_page = browser.submit(&asked).await;
        let code = server::mailed_code(&mut browser, email).await.expect("a code");
        assert!(code_page.shows("code"));
        assert_eq!(browser.post("/sign-in/code/", &[("code", &code)]).await.status, 303);
        let mut before = browser.clone();
        assert!(!before.open("/courses/rust/moves/").await.shows(SECRET));
        let granted = said(&folder, &format!("member grant {email} {given}"));
        assert!(granted.contains("[0]"), "{granted}");
        let is_staff = browser.open("/staff/members/").await.address.ends_with("/account/devices/");
        let reads = browser.open("/courses/rust/moves/").await.shows(SECRET);
        // The server knows the role, which waits for a passkey; access that was given waits for nothing.
        assert_eq!(
            (is_staff, reads),
            (email.starts_with("ada"), email.starts_with("bob")),
            "{email} {given}"
        );
    }
    let verified = said(&folder, "audit verify");
    assert!(verified.contains("the audit log is whole: 2 entries"), "{verified}");
}

#[test]
fn an_owner_erases_a_member_once() {
    let folder = academy();
    let session: String = [
        "member grant ada@example.org --role owner --create",
        "member grant bob@example.org --access tier:pro --create --reason a prize",
        "member erase bob@example.org",
        "member erase nobody@example.org --yes",
        "member erase ada@example.org --yes",
        "member erase bob@example.org --yes",
        "member erase bob@example.org --yes",
        "member show bob@example.org",
        "audit verify",
    ]
    .into_iter()
    .map(|command| said(&folder, command))
    .collect();
    insta::assert_snapshot!(session);
    let file = std::fs::read(folder.path().join("ledger.sqlite")).expect("a file");
    assert!(!file.windows(15).any(|bytes| bytes == b"bob@example.org"), "the address is in the file");
    let log = run(&folder, "audit show");
    let log = String::from_utf8(log.stdout).expect("text");
    assert!(log.contains("member.erase") && !log.contains("bob@"), "{log}");
}
