//! An authenticator in software, for tests: it makes passkeys and signs with them, honestly or as it is told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

/// One passkey and what its owner's browser would say.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// The name of the passkey.
    pub credential: Vec<u8>,
    /// The host for which it signs.
    pub host: String,
    /// The origin that the browser names.
    pub origin: String,
    /// Whether the browser says that the page is inside another site's.
    pub cross_origin: bool,
    /// What it says of the person: 1 somebody was there, 4 it was the owner.
    pub flags: u8,
    /// How often it says that it has signed.
    pub n_signatures: u32,
    key: SigningKey,
}

/// What the browser sends, in base64url.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The name of the passkey.
    pub credential: String,
    /// What the browser says.
    pub client_data: String,
    /// What the authenticator says.
    pub authenticator_data: String,
    /// The signature over both; empty when the passkey was just made.
    pub signature: String,
}

impl Authenticator {
    /// A passkey for the site with this origin. The same number makes the same key.
    #[expect(clippy::expect_used, reason = "a number from 1 to 255 is a key of the curve")]
    pub fn new(origin: &str, number: u8) -> Self {
        let mut secret = [0; 32];
        secret[31] = number.max(1);
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        Self {
            credential: vec![number; 16],
            host: host.split(':').next().unwrap_or_default().to_owned(),
            origin: origin.to_owned(),
            cross_origin: false,
            flags: 5,
            n_signatures: 0,
            key: SigningKey::from_slice(&secret).expect("a key"),
        }
    }

    /// The answer to a challenge for a new passkey.
    pub fn make(&self, challenge: &str) -> Answer {
        let mut data = self.data(self.flags | 1 << 6);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(self.credential.len()).unwrap_or(0).to_be_bytes());
        data.extend_from_slice(&self.credential);
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes().get(1..).unwrap_or_default().split_at(32);
        data.extend_from_slice(&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend_from_slice(x);
        data.extend_from_slice(&[0x22, 0x58, 32]);
        data.extend_from_slice(y);
        self.answer(&self.client("webauthn.create", challenge), &data, &[])
    }

    /// The answer to a challenge for a passkey that is there.
    #[expect(clippy::expect_used, reason = "a hash can be signed")]
    pub fn sign(&self, challenge: &str) -> Answer {
        let client = self.client("webauthn.get", challenge);
        let data = self.data(self.flags);
        let signed = [data.as_slice(), Sha256::digest(client.as_bytes()).as_slice()].concat();
        let signature: Signature = self.key.sign_prehash(&Sha256::digest(&signed)).expect("a signature");
        self.answer(&client, &data, signature.to_der().as_bytes())
    }

    fn client(&self, purpose: &str, challenge: &str) -> String {
        serde_json::json!({
            "type": purpose,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
            "a_field_of_tomorrow": { "x": [1] },
        })
        .to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&self.n_signatures.to_be_bytes());
        data
    }

    fn answer(&self, client: &str, data: &[u8], signature: &[u8]) -> Answer {
        Answer {
            credential: URL_SAFE_NO_PAD.encode(&self.credential),
            client_data: URL_SAFE_NO_PAD.encode(client),
            authenticator_data: URL_SAFE_NO_PAD.encode(data),
            signature: URL_SAFE_NO_PAD.encode(signature),
        }
    }
}
