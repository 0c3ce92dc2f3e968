//! Public keys of passkeys and their signatures.
//!
//! Two algorithms, which together every authenticator has: ES256, and RS256 for the older chips of Windows.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::bigint::modular::{FixedMontyForm, FixedMontyParams};
use p256::elliptic_curve::bigint::{Odd, U2048};
use sha2::{Digest, Sha256};

use super::cbor::{Value, read_map};

/// The numbers of the algorithms that we take, the preferred one first (the registry of COSE).
pub(crate) const ALGORITHMS: [i64; 2] = [ES256, RS256];
const ES256: i64 = -7;
const RS256: i64 = -257;

/// A public key. Its text is the algorithm and the key's bytes in base64url.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A point of P-256, uncompressed: 4, x, y.
    Es256(Vec<u8>),
    /// A modulus of 2,048 bits; the exponent is 65,537.
    Rs256(Vec<u8>),
}

const MODULUS_BYTES: usize = 256;
const EXPONENT: [u8; 3] = [1, 0, 1];

impl Key {
    /// Reads a key as an authenticator writes it (`COSE_Key`), and moves on behind it.
    pub(super) fn read(bytes: &mut &[u8]) -> Option<Self> {
        let map = read_map(bytes)?;
        let find = |key: i64| map.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
        let number = |key| match find(key) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        let bytes = |key| match find(key) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        };
        match (number(1)?, number(3)?) {
            (2, ES256) if number(-1)? == 1 => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                let is_whole = x.len() == 32 && y.len() == 32;
                is_whole.then(|| Self::Es256([&[4], x, y].concat())).filter(Self::can_verify)
            }
            (3, RS256) if bytes(-2)? == EXPONENT => {
                Some(Self::Rs256(bytes(-1)?.to_vec())).filter(Self::can_verify)
            }
            _ => None,
        }
    }

    fn can_verify(&self) -> bool {
        match self {
            Self::Es256(point) => VerifyingKey::from_sec1_bytes(point).is_ok(),
            Self::Rs256(modulus) => {
                let (first, last) = (modulus.first().copied(), modulus.last().copied());
                let is_long = first.is_some_and(|first| first >= 128);
                modulus.len() == MODULUS_BYTES && is_long && last.is_some_and(|last| last % 2 == 1)
            }
        }
    }

    /// Whether this key has signed this message.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let hash = Sha256::digest(message);
        match self {
            Self::Es256(point) => {
                let key = VerifyingKey::from_sec1_bytes(point);
                let signature = Signature::from_der(signature);
                key.ok().zip(signature.ok()).is_some_and(|(key, signature)| {
                    // Authenticators do not make both forms of a signature one; each is as good as the other here.
                    key.verify_prehash(&hash, &signature).is_ok()
                })
            }
            Self::Rs256(modulus) => opened(modulus, signature) == Some(padded(&hash)),
        }
    }
}

/// What an RSA signature says: the signature to the power of 65,537. All of it is public, so its time may be seen.
fn opened(modulus: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    if modulus.len() != MODULUS_BYTES || signature.len() != MODULUS_BYTES {
        return None;
    }
    let (modulus, signature) = (U2048::from_be_slice(modulus), U2048::from_be_slice(signature));
    if signature >= modulus {
        return None;
    }
    let params = FixedMontyParams::new_vartime(Odd::new(modulus).into_option()?);
    let base = FixedMontyForm::new(&signature, &params);
    let mut power = base;
    for _ in 0..16 {
        power = power.square();
    }
    Some(power.mul(&base).retrieve().to_be_bytes().as_ref().to_vec())
}

/// What an RSA signature of this hash must say, byte by byte (RFC 8017, section 9.2).
fn padded(hash: &[u8]) -> Vec<u8> {
    const SHA256: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
        0x04, 0x20,
    ];
    let mut message = vec![0xff; MODULUS_BYTES - 3 - SHA256.len() - hash.len()];
    message.splice(0..0, [0, 1]);
    message.push(0);
    message.extend_from_slice(&SHA256);
    message.extend_from_slice(hash);
    message
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes) = match self {
            Self::Es256(bytes) => ("es256", bytes),
            Self::Rs256(bytes) => ("rs256", bytes),
        };
        write!(f, "{name}:{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, bytes) = text.split_once(':').ok_or(())?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).map_err(|_| ())?;
        let key = match name {
            "es256" => Self::Es256(bytes),
            "rs256" => Self::Rs256(bytes),
            _ => return Err(()),
        };
        Some(key).filter(Self::can_verify).ok_or(())
    }
}
