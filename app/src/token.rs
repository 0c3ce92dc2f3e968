//! Signed texts that a browser keeps for us and cannot change: `kid.payload.mac`, base64url without padding.
//!
//! `mac = HMAC-SHA256(secret[kid], "ly/token/1" ‖ 0 ‖ purpose ‖ 0 ‖ kid ‖ 0 ‖ payload)`. The algorithm is
//! fixed by that first text, and the purpose keeps a receipt from ever being read as a session.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use lyceum_contract::id::hex;
use lyceum_contract::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::Secrets;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    Challenge,
    Receipts,
    Unsubscribe,
    Door,
    Device,
    Passkey,
    GitHub,
    Email,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Session => b"session",
            Self::Challenge => b"challenge",
            Self::Receipts => b"receipts",
            Self::Unsubscribe => b"unsubscribe",
            Self::Door => b"door",
            Self::Device => b"device",
            Self::Passkey => b"passkey",
            Self::GitHub => b"github",
            Self::Email => b"email",
        }
    }
}

/// Signs a value. `None` only when there is no key or the value has no JSON form.
pub(crate) fn sign(secrets: &Secrets, purpose: Purpose, value: &impl Serialize) -> Option<String> {
    let (kid, secret) = secrets.signing()?;
    let payload = serde_json::to_vec(value).ok()?;
    let mac = mac(secret, purpose, kid, &payload)?;
    Some(format!("{kid}.{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(mac)))
}

/// The value of a token that we signed for this purpose; `None` for anything else.
pub(crate) fn verify<T: DeserializeOwned>(secrets: &Secrets, purpose: Purpose, token: &str) -> Option<T> {
    let mut parts = token.split('.');
    let (kid, payload, given) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let given = URL_SAFE_NO_PAD.decode(given).ok()?;
    let expected = mac(secrets.find(kid)?, purpose, kid, &payload)?;
    if bool::from(expected.as_slice().ct_eq(&given)) { json::from_slice(&payload).ok() } else { None }
}

fn mac(secret: &[u8; 32], purpose: Purpose, kid: &str, payload: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in [b"ly/token/1", purpose.name(), kid.as_bytes()] {
        mac.update(part);
        mac.update(&[0]);
    }
    mac.update(payload);
    Some(mac.finalize().into_bytes().to_vec())
}

/// Hash under which a secret is stored: hexadecimal SHA-256 over the parts, each ended by a zero byte.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    hex(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let (new, old) = ("11".repeat(32), "22".repeat(32));
        Secrets::parse(&format!("new:{new},old:{old}")).expect("two secrets")
    }

    #[test]
    fn a_token_reads_back_for_its_purpose_only() {
        let token = sign(&secrets(), Purpose::Session, &"ada").expect("signs");
        assert_eq!(verify::<String>(&secrets(), Purpose::Session, &token).as_deref(), Some("ada"));
        assert_eq!(verify::<String>(&secrets(), Purpose::Receipts, &token), None);
    }

    #[test]
    fn an_old_key_still_verifies() {
        let old = Secrets::parse(&format!("old:{}", "22".repeat(32))).expect("one secret");
        let token = sign(&old, Purpose::Session, &"ada").expect("signs");
        assert_eq!(verify::<String>(&secrets(), Purpose::Session, &token).as_deref(), Some("ada"));
    }

    #[test]
    fn a_changed_token_is_nothing() {
        let token = sign(&secrets(), Purpose::Session, &"ada").expect("signs");
        let mut n_refused = 0;
        for idx in 0..token.len() {
            for with in ["A", "B", ".", "", "é"] {
                let mut changed = token.clone();
                changed.replace_range(idx..=idx, with);
                if changed != token {
                    // The last digit of base64 carries two bits that mean nothing; the decoder refuses them too.
                    assert_eq!(verify::<String>(&secrets(), Purpose::Session, &changed), None, "{changed}");
                    n_refused += 1;
                }
            }
        }
        assert!(n_refused > 100);
    }
}
