//! Passkeys in tests: an authenticator in place of a person's, and the forms that the page's script sends.

use http::StatusCode;
use lyceum_app::conformance::{Answer, Authenticator};
use lyceum_app::ledger::{Actor, Change, Commands, FindMembers, GrantRole};
use lyceum_app::ports::Ledger;
use lyceum_contract::id::MemberId;

use crate::academy::Visitor;
use crate::{Academy, Page};

/// Where a passkey is added.
pub const PASSKEYS: &str = "/account/passkeys/";

/// A challenge from this address, as the page's script asks for it.
pub async fn challenge<L: Ledger + 'static>(
    browser: &mut Visitor<L>,
    from: &str,
    fields: &[(&str, &str)],
) -> String {
    let page = browser.post(from, fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let options: serde_json::Value = serde_json::from_slice(&page.body).expect("JSON");
    options["challenge"].as_str().expect("a challenge").to_owned()
}

/// An answer as the form carries it.
pub fn fields(answer: &Answer) -> Vec<(&str, &str)> {
    vec![
        ("credential", &answer.credential),
        ("client_data", &answer.client_data),
        ("authenticator_data", &answer.authenticator_data),
        ("signature", &answer.signature),
    ]
}

/// Adds a passkey to whoever is signed in.
pub async fn add<L: Ledger + 'static>(
    browser: &mut Visitor<L>,
    authenticator: &Authenticator,
    name: &str,
) -> Page {
    let challenge = challenge(browser, &format!("{PASSKEYS}start/"), &[]).await;
    let answer = authenticator.make(&challenge);
    let mut sent = fields(&answer);
    sent.push(("name", name));
    browser.post(PASSKEYS, &sent).await
}

/// The id of the member with this address.
pub async fn id_of<L: Ledger + 'static>(academy: &Academy<L>, email: &str) -> MemberId {
    let found = FindMembers { prefix: email.to_owned(), limit: 1 };
    academy.place.ledger.find_members(found).await.expect("answers").remove(0).id
}

/// Gives a role, as the owner does at the command line.
pub async fn give<L: Ledger + 'static>(academy: &Academy<L>, email: &str, role: &str) {
    let command = GrantRole {
        by: Actor::OwnerCli,
        member: id_of(academy, email).await,
        role: role.parse().expect("a role"),
        reason: "a test".to_owned(),
        now: academy.now(),
    };
    assert_eq!(academy.place.ledger.grant_role(command).await, Ok(Change::Done));
}

/// Adds the passkey with this number to whoever is signed in.
pub async fn own_passkey<L: Ledger + 'static>(
    academy: &Academy<L>,
    browser: &mut Visitor<L>,
    number: u8,
) -> Authenticator {
    let origin = academy.config.origin.as_deref().unwrap_or("https://small.example");
    let authenticator = Authenticator::new(origin, number);
    let added = add(browser, &authenticator, "A key").await;
    assert_eq!(added.location(), Some("/account/devices/"), "{}", added.text());
    authenticator
}

/// Somebody with this role, signed in with the passkey that it needs.
pub async fn staff<L: Ledger + 'static>(academy: &Academy<L>, email: &str, role: &str) -> Visitor<L> {
    let mut browser = academy.member(email).await;
    give(academy, email, role).await;
    let number = email.bytes().fold(0, u8::wrapping_add);
    own_passkey(academy, &mut browser, number).await;
    browser
}
