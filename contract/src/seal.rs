//! `LYS1`, the sealed page: paid content that may lie on any public server.
//!
//! ```text
//! root = HKDF-SHA256(master, info "ly/seal/1")          fpk = HKDF-SHA256(master, info "ly/fp/1")
//! head = "LYS1" ‖ alg u8 ‖ kid_len u8 ‖ kid ‖ encoding u8 ‖ header_len u16be ‖ header (JSON)
//! fp   = HMAC-SHA256(fpk, head ‖ 0 ‖ body)[..16]        key = HKDF-SHA256(root, info "ly/doc/1" ‖ fp)
//! file = head ‖ fp ‖ chunk*                             chunk = ChaCha20-Poly1305(64 KiB of body) ‖ tag
//! nonce of chunk n = 0×7 ‖ n u32be ‖ (1 if last else 0)    associated data of each chunk = head ‖ fp
//! ```
//!
//! `fp` depends on everything that is encrypted or authenticated, so a key never meets two messages. That
//! makes the constant nonce safe and sealing deterministic: an unchanged lesson seals to the same bytes. A
//! body always has a last chunk, even when empty, so a cut file never opens.
//!
//! The header is read before it is authenticated, because it holds the rule by which the app decides
//! whether to open at all. Opening then authenticates it: a forged rule yields an error, never text.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::access::Access;
use crate::id::{hex, unhex};

/// Bytes of body in each chunk but the last.
pub const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const FINGERPRINT: usize = 16;
const MAGIC: &[u8; 4] = b"LYS1";
const ALGORITHM_CHACHA20POLY1305: u8 = 1;

/// How the body is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is: media that is compressed already.
    Identity,
    /// gzip, which every browser accepts, so that the app passes it on untouched.
    Gzip,
}

/// What a sealed page says about itself, in the clear but authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// What is sealed: a lesson id with its language, or the path of an asset.
    pub id: String,
    /// Who may read it.
    pub access: Access,
    /// Its media type, for example `text/html; charset=utf-8`.
    #[serde(rename = "type")]
    pub media_type: String,
}

/// A key to seal and open with, and the name by which sealed pages refer to it.
#[derive(Clone)]
pub struct SealKey {
    id: String,
    root: [u8; 32],
    fingerprint_key: [u8; 32],
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.id)
    }
}

impl SealKey {
    /// The key named `id`, derived from 32 secret bytes. `id`: 1 to 32 of `a-z`, `0-9` and `-`.
    pub fn new(id: &str, master: &[u8; 32]) -> Result<Self, InvalidKeys> {
        check_key_id(id)?;
        let derive = |info: &[u8]| hkdf32(master, &[info]);
        Ok(Self { id: id.to_owned(), root: derive(b"ly/seal/1"), fingerprint_key: derive(b"ly/fp/1") })
    }

    /// The name of the key.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn fingerprint(&self, head: &[u8], body: &[u8]) -> [u8; FINGERPRINT] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.fingerprint_key).expect("HMAC takes a key of any length");
        mac.update(head);
        mac.update(&[0]);
        mac.update(body);
        let mut fingerprint = [0; FINGERPRINT];
        fingerprint.copy_from_slice(&mac.finalize().into_bytes()[..FINGERPRINT]);
        fingerprint
    }

    fn cipher(&self, fingerprint: &[u8]) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&hkdf32(&self.root, &[b"ly/doc/1", fingerprint]).into())
    }
}

fn hkdf32(secret: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut key = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(None, secret);
    hkdf.expand(&info.concat(), &mut key).expect("32 bytes are fewer than HKDF-SHA256 can give");
    key
}

/// The keys that a program holds: the first seals, every one opens.
#[derive(Debug, Clone)]
pub struct KeyRing(Vec<SealKey>);

impl KeyRing {
    /// The name of the development key. A site sealed with it is not secret.
    pub const DEVELOPMENT: &str = "dev";

    /// Reads `kid:hex32,kid:hex32,…`, the form of `LYCEUM_SEAL_KEYS`. The name `dev` is reserved.
    pub fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let secrets = parse_secrets(text)?;
        if secrets.iter().any(|(id, _)| id == Self::DEVELOPMENT) {
            return Err(InvalidKeys::Reserved);
        }
        Ok(Self(secrets.iter().map(|(id, master)| SealKey::new(id, master)).collect::<Result<_, _>>()?))
    }

    /// The key for trying things out: the same on every machine, so anybody can open what it sealed.
    pub fn development() -> Self {
        let key = SealKey::new(Self::DEVELOPMENT, b"lyceum development key, not safe").expect("a valid id");
        Self(vec![key])
    }

    /// The key that seals.
    pub fn sealing(&self) -> &SealKey {
        &self.0[0]
    }

    /// The names of all keys, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(SealKey::id)
    }

    fn find(&self, id: &str) -> Option<&SealKey> {
        self.0.iter().find(|key| key.id == id)
    }
}

/// Reads named secrets of 32 bytes, `kid:hex32,kid:hex32,…`: at least one, each name once.
pub fn parse_secrets(text: &str) -> Result<Vec<(String, [u8; 32])>, InvalidKeys> {
    let parse = |entry: &str| {
        let (id, digits) = entry.trim().split_once(':').ok_or(InvalidKeys::Shape)?;
        let secret = unhex(digits).and_then(|bytes| bytes.try_into().ok()).ok_or(InvalidKeys::Secret)?;
        check_key_id(id)?;
        Ok((id.to_owned(), secret))
    };
    let secrets: Vec<(String, [u8; 32])> = text.split(',').map(parse).collect::<Result<_, _>>()?;
    let mut ids: Vec<&str> = secrets.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) { Err(InvalidKeys::Duplicate) } else { Ok(secrets) }
}

fn check_key_id(id: &str) -> Result<(), InvalidKeys> {
    let of_alphabet = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if (1..=32).contains(&id.len()) && id.bytes().all(of_alphabet) { Ok(()) } else { Err(InvalidKeys::Id) }
}

/// Why a list of keys cannot be used. Never contains any of the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidKeys {
    /// Not `kid:hex,…`.
    Shape,
    /// The name of a key.
    Id,
    /// The secret is not 64 hexadecimal digits.
    Secret,
    /// Two keys of one name.
    Duplicate,
    /// The name `dev`.
    Reserved,
}

impl fmt::Display for InvalidKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "expected keys as `kid:hex,kid:hex`",
            Self::Id => "expected a key name of 1 to 32 `a-z`, `0-9` and `-`",
            Self::Secret => "expected a secret of 64 hexadecimal digits (32 bytes)",
            Self::Duplicate => "two keys have the same name",
            Self::Reserved => "the name `dev` is reserved for the development key",
        })
    }
}

impl std::error::Error for InvalidKeys {}

/// Why a page could not be sealed: the header is longer than 65,535 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderTooLong;

/// Seals `body`, which is stored in `encoding` already. The same input gives the same bytes.
pub fn seal(
    key: &SealKey,
    header: &Header,
    encoding: Encoding,
    body: &[u8],
) -> Result<Vec<u8>, HeaderTooLong> {
    let json = serde_json::to_vec(header).map_err(|_| HeaderTooLong)?;
    let header_len = u16::try_from(json.len()).map_err(|_| HeaderTooLong)?;
    let kid_len = u8::try_from(key.id.len()).expect("a key id has at most 32 bytes");
    let encoding = match encoding {
        Encoding::Identity => 0,
        Encoding::Gzip => 1,
    };
    let mut file = Vec::with_capacity(body.len() + json.len() + 128);
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&[ALGORITHM_CHACHA20POLY1305, kid_len]);
    file.extend_from_slice(key.id.as_bytes());
    file.push(encoding);
    file.extend_from_slice(&header_len.to_be_bytes());
    file.extend_from_slice(&json);
    let fingerprint = key.fingerprint(&file, body);
    file.extend_from_slice(&fingerprint);

    let associated = file.clone();
    let cipher = key.cipher(&fingerprint);
    let n_chunks = body.len().div_ceil(CHUNK).max(1);
    for idx in 0..n_chunks {
        let chunk = &body[idx * CHUNK..body.len().min((idx + 1) * CHUNK)];
        let payload = Payload { msg: chunk, aad: &associated };
        let sealed = cipher.encrypt(&nonce(idx, idx + 1 == n_chunks), payload);
        file.extend(sealed.expect("a chunk of 64 KiB is below the cipher's limit"));
    }
    Ok(file)
}

fn nonce(chunk_idx: usize, is_last: bool) -> Nonce {
    let mut nonce = [0; 12];
    let number = u32::try_from(chunk_idx).expect("a sealed file is shorter than 2^48 bytes");
    nonce[7..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce.into()
}

/// A sealed page whose header has been read and whose body is still closed.
#[derive(Debug)]
pub struct Sealed<'a> {
    header: Header,
    encoding: Encoding,
    key_id: &'a str,
    associated: &'a [u8],
    fingerprint: &'a [u8],
    chunks: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Reads the parts of a file. Authenticates nothing yet: see [`Sealed::open`].
    pub fn parse(file: &'a [u8]) -> Result<Self, OpenError> {
        let mut reader = Reader { file, at: 0 };
        if reader.take(4)? != MAGIC {
            return Err(OpenError::Format);
        }
        if reader.byte()? != ALGORITHM_CHACHA20POLY1305 {
            return Err(OpenError::Format);
        }
        let kid_len = usize::from(reader.byte()?);
        let key_id = std::str::from_utf8(reader.take(kid_len)?).map_err(|_| OpenError::Format)?;
        let encoding = match reader.byte()? {
            0 => Encoding::Identity,
            1 => Encoding::Gzip,
            _ => return Err(OpenError::Format),
        };
        let header_len = usize::from(u16::from_be_bytes([reader.byte()?, reader.byte()?]));
        let header = crate::json::from_slice(reader.take(header_len)?).map_err(|_| OpenError::Format)?;
        let fingerprint = reader.take(FINGERPRINT)?;
        let (associated, chunks) = file.split_at(reader.at);
        if chunks.len() < TAG {
            return Err(OpenError::Format);
        }
        Ok(Self { header, encoding, key_id, associated, fingerprint, chunks })
    }

    /// What the page says about itself. Not authenticated before [`Sealed::open`].
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How the opened body is encoded.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// A name for exactly this content, header and key: 32 hexadecimal digits, fit for an `ETag`.
    pub fn fingerprint(&self) -> String {
        hex(self.fingerprint)
    }

    /// The body, when the file is whole, unchanged and sealed with a key that we hold.
    /// Cost: one pass over the body.
    pub fn open(&self, keys: &KeyRing) -> Result<Vec<u8>, OpenError> {
        let key = keys.find(self.key_id).ok_or(OpenError::UnknownKey)?;
        let cipher = key.cipher(self.fingerprint);
        let n_chunks = self.chunks.len().div_ceil(CHUNK + TAG);
        let mut body = Vec::with_capacity(self.chunks.len());
        for (idx, chunk) in self.chunks.chunks(CHUNK + TAG).enumerate() {
            let payload = Payload { msg: chunk, aad: self.associated };
            let opened = cipher.decrypt(&nonce(idx, idx + 1 == n_chunks), payload);
            body.extend(opened.map_err(|_| OpenError::Forged)?);
        }
        Ok(body)
    }
}

struct Reader<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], OpenError> {
        let taken = self.file.get(self.at..self.at + n_bytes).ok_or(OpenError::Format)?;
        self.at += n_bytes;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, OpenError> {
        self.take(1).map(|bytes| bytes[0])
    }
}

/// Why a sealed page did not open. None of these is the reader's fault: the answer is 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// Not a sealed page of a format that this program knows.
    Format,
    /// Sealed with a key that this program does not hold.
    UnknownKey,
    /// Changed, cut, or sealed with another key of the same name.
    Forged,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "not a sealed page of a known format",
            Self::UnknownKey => "sealed with a key that is not in LYCEUM_SEAL_KEYS",
            Self::Forged => "the sealed page was changed, cut, or sealed with another key",
        })
    }
}

impl std::error::Error for OpenError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> SealKey {
        SealKey::new("k1", &[7; 32]).expect("a valid id")
    }

    fn ring() -> KeyRing {
        KeyRing(vec![key()])
    }

    fn header(access: &str) -> Header {
        let access = access.parse().expect("a rule");
        Header { id: "rust/moves".into(), access, media_type: "text/html; charset=utf-8".into() }
    }

    fn sealed(access: &str, body: &[u8]) -> Vec<u8> {
        seal(&key(), &header(access), Encoding::Gzip, body).expect("a short header")
    }

    #[test]
    fn a_changed_rule_changes_the_key() {
        let paid = sealed("paid:tier:pro", b"text");
        let members = sealed("members", b"text");
        let fingerprint = |file: &[u8]| Sealed::parse(file).expect("sealed").fingerprint();
        assert_ne!(fingerprint(&paid), fingerprint(&members));
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_refused() {
        let file = sealed("paid:tier:pro", b"paid text");
        let open = |file: &[u8]| Sealed::parse(file).and_then(|sealed| sealed.open(&ring()));
        assert_eq!(open(&file).as_deref(), Ok(&b"paid text"[..]));
        for idx in 0..file.len() {
            let mut changed = file.clone();
            changed[idx] ^= 1;
            assert!(open(&changed).is_err(), "byte {idx}");
            assert!(open(&file[..idx]).is_err(), "cut at {idx}");
        }
    }

    #[test]
    fn chunks_cannot_be_dropped_or_swapped() {
        let body: Vec<u8> = (0..3 * CHUNK).map(|idx| u8::try_from(idx / CHUNK).expect("small")).collect();
        let file = sealed("members", &body);
        let head = file.len() - 3 * (CHUNK + TAG);
        let open = |file: &[u8]| Sealed::parse(file).and_then(|sealed| sealed.open(&ring()));
        assert_eq!(open(&file).as_deref(), Ok(&body[..]));
        assert_eq!(open(&file[..head + 2 * (CHUNK + TAG)]), Err(OpenError::Forged));
        let mut swapped = file.clone();
        swapped[head..head + CHUNK + TAG]
            .copy_from_slice(&file[head + CHUNK + TAG..head + 2 * (CHUNK + TAG)]);
        assert_eq!(open(&swapped), Err(OpenError::Forged));
    }

    #[test]
    fn a_page_of_an_unknown_key_says_so() {
        let other = KeyRing(vec![SealKey::new("k2", &[7; 32]).expect("a valid id")]);
        let file = sealed("members", b"text");
        let opened = Sealed::parse(&file).expect("sealed").open(&other);
        assert_eq!(opened, Err(OpenError::UnknownKey));
    }

    #[test]
    fn keys_are_checked_before_use() {
        let good = "00".repeat(32);
        let keys = KeyRing::parse(&format!("new:{good},old:{good}")).expect("two keys");
        assert_eq!(keys.ids().collect::<Vec<_>>(), ["new", "old"]);
        for (text, error) in [
            (good.clone(), InvalidKeys::Shape),
            ("k:00".to_owned(), InvalidKeys::Secret),
            (format!("K:{good}"), InvalidKeys::Id),
            (format!("k:{good},k:{good}"), InvalidKeys::Duplicate),
            (format!("dev:{good}"), InvalidKeys::Reserved),
        ] {
            assert_eq!(KeyRing::parse(&text).expect_err("refused"), error);
        }
        assert!(!format!("{keys:?}").contains("00"));
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(body in proptest::collection::vec(any::<u8>(), 0..2_000), chunks in 0..2_usize) {
            let mut body = body;
            body.resize(body.len() + chunks * CHUNK, 1);
            let file = sealed("paid:course:rust", &body);
            prop_assert_eq!(&file, &sealed("paid:course:rust", &body));
            prop_assert_eq!(Sealed::parse(&file).expect("sealed").open(&ring()).expect("opens"), body);
        }

        #[test]
        fn outside_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut file = b"LYS1\x01".to_vec();
            file.extend(bytes);
            prop_assert!(Sealed::parse(&file).and_then(|sealed| sealed.open(&ring())).is_err());
        }
    }
}
