//! Links that only the reader of one mail has: invitations and gifts.
//!
//! The link carries a signed id and the Ledger keeps no secret of it. What the id opens, until when, and how often, is
//! for the Ledger to say.

use serde::{Deserialize, Serialize};

use crate::config::Secrets;
use crate::ledger::Door;
use crate::token::{self, Purpose};

#[derive(Debug, Serialize, Deserialize)]
struct Signed {
    /// The page, so that a gift's link is no invitation.
    #[serde(rename = "p")]
    page: String,
    #[serde(rename = "i")]
    id: String,
}

/// The path of the link: the page with `?t=<token>`. `None` only when there is no key.
pub(crate) fn path(secrets: &Secrets, door: &Door) -> Option<String> {
    let signed = Signed { page: door.page.clone(), id: door.id.clone() };
    token::sign(secrets, Purpose::Door, &signed).map(|token| format!("{}?t={token}", door.page))
}

/// The id in the link that leads to this page; `None` for a link that we did not write.
pub(crate) fn open(secrets: &Secrets, page: &str, token: &str) -> Option<String> {
    let signed: Signed = token::verify(secrets, Purpose::Door, token)?;
    (signed.page == page).then_some(signed.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_opens_at_its_page_only() {
        let secrets = Secrets::local([7; 32]);
        let door = Door { page: "/team/join/".to_owned(), id: "i1".to_owned() };
        let path = path(&secrets, &door).expect("signs");
        let token = path.strip_prefix("/team/join/?t=").expect("the page and a token");
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)), "{token}");
        assert_eq!(open(&secrets, "/team/join/", token).as_deref(), Some("i1"));
        assert_eq!(open(&secrets, "/gift/", token), None);
        assert_eq!(open(&Secrets::local([8; 32]), "/team/join/", token), None);
        assert_eq!(open(&secrets, "/team/join/", "i1"), None);
    }
}
