//! What an authenticator says, checked: Web Authentication Level 3, sections 7.1 and 7.2.
//!
//! Bytes in, a verdict out: no clock, no store. Attestation is not asked for: which make of authenticator a member has
//! is their business. User verification always is, because a passkey is the only proof that such a sign-in has.

#[cfg(any(test, feature = "conformance"))]
#[cfg_attr(not(feature = "conformance"), allow(dead_code, unreachable_pub))]
pub(crate) mod authenticator;
mod cbor;
mod key;
#[cfg(test)]
mod tests;

use lyceum_contract::json;
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub(crate) use key::{ALGORITHMS, Key};

/// Who asks for passkeys: the host that they are for, and the one origin whose pages may use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelyingParty {
    /// The host of the origin.
    pub(crate) id: String,
    /// `https://academy.example`, as browsers write it.
    pub(crate) origin: String,
}

impl RelyingParty {
    /// The site at this address. `None` where browsers have no passkeys: plain HTTP, and numbers in place of a name.
    ///
    /// A server on a loopback address is reached under the name `localhost` as well, and there they work.
    pub(crate) fn of(address: &str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let authority = rest.split('/').next()?.to_ascii_lowercase();
        let (host, port) = split_port(&authority);
        let is_loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
        let id = match scheme {
            "http" if is_loopback => "localhost",
            "https" if !is_number(host) => host,
            _ => return None,
        };
        let is_usual = scheme == "https" && port == Some("443") || scheme == "http" && port == Some("80");
        let port = port.filter(|_| !is_usual).map(|port| format!(":{port}")).unwrap_or_default();
        Some(Self { id: id.to_owned(), origin: format!("{scheme}://{id}{port}") })
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_number(host: &str) -> bool {
    host.is_empty() || host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// What browser and authenticator sent, unpacked from base64url.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// What the browser says: for which origin and challenge.
    pub(crate) client_data: Vec<u8>,
    /// What the authenticator says: for which host, and how the person was verified.
    pub(crate) authenticator_data: Vec<u8>,
}

/// A passkey that was just made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// The name that its authenticator gave it.
    pub(crate) credential: Vec<u8>,
    /// Its public key.
    pub(crate) key: Key,
    /// How often it has signed.
    pub(crate) n_signatures: u32,
}

/// Why a statement proves nothing. For tests and logs; people are told no more than that it was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Not in the form that the standard says.
    Malformed,
    /// For another purpose: made instead of used, or the other way round.
    Purpose,
    /// For another challenge.
    Challenge,
    /// From a page of another site, or inside one.
    Origin,
    /// For another host.
    Host,
    /// Nobody was there, or nobody was verified.
    Person,
    /// The signature is not that of this key over this statement.
    Signature,
}

impl Statement {
    /// The passkey that was made in answer to this challenge.
    pub(crate) fn made(&self, party: &RelyingParty, challenge: &str) -> Result<Made, Refused> {
        self.check_client(party, "webauthn.create", challenge)?;
        let data = self.data(party)?;
        let (credential, key) = data.attested.ok_or(Refused::Malformed)?;
        Ok(Made { credential, key, n_signatures: data.n_signatures })
    }

    /// How often the passkey has signed, when this is its answer to this challenge.
    pub(crate) fn used(
        &self,
        party: &RelyingParty,
        challenge: &str,
        key: &Key,
        signature: &[u8],
    ) -> Result<u32, Refused> {
        self.check_client(party, "webauthn.get", challenge)?;
        let data = self.data(party)?;
        let mut signed = self.authenticator_data.clone();
        signed.extend_from_slice(&Sha256::digest(&self.client_data));
        if key.has_signed(&signed, signature) { Ok(data.n_signatures) } else { Err(Refused::Signature) }
    }

    fn check_client(&self, party: &RelyingParty, purpose: &str, challenge: &str) -> Result<(), Refused> {
        let client: ClientData = json::from_slice(&self.client_data).map_err(|_| Refused::Malformed)?;
        if client.purpose != purpose {
            return Err(Refused::Purpose);
        }
        if client.challenge != challenge || challenge.is_empty() {
            return Err(Refused::Challenge);
        }
        if client.origin != party.origin || client.cross_origin || client.top_origin.is_some() {
            return Err(Refused::Origin);
        }
        Ok(())
    }

    fn data(&self, party: &RelyingParty) -> Result<AuthenticatorData, Refused> {
        let data = AuthenticatorData::parse(&self.authenticator_data).ok_or(Refused::Malformed)?;
        if data.host_hash != Sha256::digest(party.id.as_bytes()).as_slice() {
            return Err(Refused::Host);
        }
        let is_person = data.flags & (PRESENT | VERIFIED) == PRESENT | VERIFIED;
        if is_person { Ok(data) } else { Err(Refused::Person) }
    }
}

/// The browser's part. Fields of tomorrow are ignored.
#[derive(Debug, Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    purpose: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;
/// A credential's name has no more bytes than this.
const MAX_CREDENTIAL: usize = 1_023;

#[derive(Debug)]
struct AuthenticatorData {
    host_hash: Vec<u8>,
    flags: u8,
    n_signatures: u32,
    attested: Option<(Vec<u8>, Key)>,
}

impl AuthenticatorData {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (host_hash, rest) = bytes.split_at_checked(32)?;
        let (&flags, rest) = rest.split_first()?;
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let mut attested = None;
        if flags & HAS_CREDENTIAL != 0 {
            let (_make, after) = rest.split_at_checked(16)?;
            let (len, after) = after.split_first_chunk::<2>()?;
            let len = usize::from(u16::from_be_bytes(*len));
            let (credential, mut after) = after.split_at_checked(len)?;
            if credential.is_empty() || len > MAX_CREDENTIAL {
                return None;
            }
            attested = Some((credential.to_vec(), Key::read(&mut after)?));
            rest = after;
        }
        // What extensions say is signed, but nobody asked for any.
        let is_whole = rest.is_empty() || flags & HAS_EXTENSIONS != 0;
        is_whole.then(|| Self {
            host_hash: host_hash.to_vec(),
            flags,
            n_signatures: u32::from_be_bytes(*count),
            attested,
        })
    }
}
