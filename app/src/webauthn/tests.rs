//! Statements of an honest authenticator, and all that can be wrong with them.

use super::authenticator::{Answer, Authenticator};
use super::*;

const ORIGIN: &str = "https://academy.example";
const CHALLENGE: &str = "Y2hhbGxlbmdl";

fn party() -> RelyingParty {
    RelyingParty::of(ORIGIN).expect("a party")
}

fn bytes(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

fn statement(answer: &Answer) -> Statement {
    Statement {
        client_data: bytes(&answer.client_data),
        authenticator_data: bytes(&answer.authenticator_data),
    }
}

fn key(authenticator: &Authenticator) -> Key {
    let answer = authenticator.make(CHALLENGE);
    statement(&answer).made(&party(), CHALLENGE).expect("a passkey").key
}

/// What becomes of an answer of an authenticator that was changed, when it makes a passkey and when it uses one.
#[track_caller]
fn check(change: impl FnOnce(&mut Authenticator), expected: Option<Refused>) {
    let honest = Authenticator::new(ORIGIN, 7);
    let key = key(&honest);
    let mut changed = honest;
    change(&mut changed);
    let made = statement(&changed.make(CHALLENGE)).made(&party(), CHALLENGE);
    assert_eq!(made.err(), expected, "made");
    let answer = changed.sign(CHALLENGE);
    let used = statement(&answer).used(&party(), CHALLENGE, &key, &bytes(&answer.signature));
    assert_eq!(used.err(), expected, "used");
}

#[test]
fn an_honest_answer_is_taken() {
    check(|_| {}, None);
    check(|one| one.flags |= 1 << 3 | 1 << 4, None);
    let mut authenticator = Authenticator::new(ORIGIN, 7);
    authenticator.n_signatures = 41;
    let answer = authenticator.sign(CHALLENGE);
    let used = statement(&answer).used(&party(), CHALLENGE, &key(&authenticator), &bytes(&answer.signature));
    assert_eq!(used, Ok(41));
}

#[test]
fn what_is_for_somebody_else_is_refused() {
    for origin in [
        "https://evil.example",
        "http://academy.example",
        "https://academy.example:444",
        "https://www.academy.example",
        "https://academy.example.evil.example",
        "",
    ] {
        check(|one| origin.clone_into(&mut one.origin), Some(Refused::Origin));
    }
    check(|one| one.cross_origin = true, Some(Refused::Origin));
    check(|one| "evil.example".clone_into(&mut one.host), Some(Refused::Host));
    check(|one| "example".clone_into(&mut one.host), Some(Refused::Host));
}

#[test]
fn a_person_must_be_there_and_be_verified() {
    for flags in [0, 1, 4, 0b1000, 0b1001] {
        check(|one| one.flags = flags, Some(Refused::Person));
    }
}

#[test]
fn another_challenge_or_purpose_is_refused() {
    let authenticator = Authenticator::new(ORIGIN, 7);
    let key = key(&authenticator);
    let (made, used) = (authenticator.make(CHALLENGE), authenticator.sign(CHALLENGE));
    for other in ["b3RoZXI", "", "Y2hhbGxlbmdl="] {
        assert_eq!(statement(&made).made(&party(), other).err(), Some(Refused::Challenge), "{other}");
        let found = statement(&used).used(&party(), other, &key, &bytes(&used.signature));
        assert_eq!(found.err(), Some(Refused::Challenge), "{other}");
    }
    assert_eq!(statement(&used).made(&party(), CHALLENGE).err(), Some(Refused::Purpose));
    let as_use = statement(&made).used(&party(), CHALLENGE, &key, &bytes(&used.signature));
    assert_eq!(as_use.err(), Some(Refused::Purpose));
}

#[test]
fn every_changed_byte_is_noticed() {
    let authenticator = Authenticator::new(ORIGIN, 7);
    let key = key(&authenticator);
    let answer = authenticator.sign(CHALLENGE);
    let (honest, signature) = (statement(&answer), bytes(&answer.signature));
    let used = |statement: &Statement, signature: &[u8]| {
        statement.used(&party(), CHALLENGE, &key, signature).is_ok()
    };
    assert!(used(&honest, &signature));
    for idx in 0..honest.client_data.len() {
        let mut changed = honest.clone();
        changed.client_data[idx] ^= 1;
        assert!(!used(&changed, &signature), "byte {idx} of what the browser says");
    }
    for idx in 0..honest.authenticator_data.len() {
        let mut changed = honest.clone();
        changed.authenticator_data[idx] ^= 1;
        assert!(!used(&changed, &signature), "byte {idx} of what the authenticator says");
    }
    for idx in 0..signature.len() {
        let mut changed = signature.clone();
        changed[idx] ^= 1;
        assert!(!used(&honest, &changed), "byte {idx} of the signature");
    }
    assert!(!used(&honest, &[]));
}

#[test]
fn a_key_of_somebody_else_is_refused() {
    let answer = Authenticator::new(ORIGIN, 7).sign(CHALLENGE);
    let other = key(&Authenticator::new(ORIGIN, 8));
    let found = statement(&answer).used(&party(), CHALLENGE, &other, &bytes(&answer.signature));
    assert_eq!(found.err(), Some(Refused::Signature));
}

#[test]
fn a_cut_statement_is_no_statement() {
    let answer = Authenticator::new(ORIGIN, 7).make(CHALLENGE);
    let whole = statement(&answer);
    for len in 0..whole.authenticator_data.len() {
        let cut = Statement { authenticator_data: whole.authenticator_data[..len].to_vec(), ..whole.clone() };
        assert!(cut.made(&party(), CHALLENGE).is_err(), "{len} bytes");
    }
    let mut long = whole;
    long.authenticator_data.push(0);
    assert_eq!(long.made(&party(), CHALLENGE).err(), Some(Refused::Malformed));
}

#[test]
fn the_party_is_the_host_of_the_site() {
    let check = |address: &str, expected: Option<(&str, &str)>| {
        let party = RelyingParty::of(address);
        let found = party.as_ref().map(|party| (party.id.as_str(), party.origin.as_str()));
        assert_eq!(found, expected, "{address}");
    };
    check("https://Academy.example/", Some(("academy.example", "https://academy.example")));
    check("https://academy.example:8443", Some(("academy.example", "https://academy.example:8443")));
    check("https://academy.example:443/x", Some(("academy.example", "https://academy.example")));
    check("http://127.0.0.1:8000", Some(("localhost", "http://localhost:8000")));
    check("http://[::1]:8000", Some(("localhost", "http://localhost:8000")));
    check("http://localhost:80", Some(("localhost", "http://localhost")));
    for none in
        ["http://academy.example", "https://192.0.2.1", "https://[2001:db8::1]/", "https:///", "academy"]
    {
        check(none, None);
    }
}

const MODULUS: &str = concat!(
    "jr8i4soyODxooloVbvkIZ2ZJ_Z3LujNVlW3tjwUUUiDOLNgzWbeil5D0qIdx4ZdJesY0gvuwCz2eihQNng9A1mMT4H",
    "QPAlo6VksR4voR76IcE1qfAdZWiHGXi9NWbnmZE4ArFToEB_n-SrRmSZhYRLjQU-sW878sUxKZrAXNTtsrMGZ3PNPO",
    "coczkxgs91FoMrlMB_Rhvp3S0f7n4R_g2XgmUUf9lceNN8HWBLgM88P8PNRX7-s7lcxkGHizG1Q0fXcWvfGx0iuKRp",
    "do6FS8gMTjVG8FYzFM4OsgyAOuXzu87XyBtKfJVjf_aNYXruKWiOR8jexULlMWIh7oqhnrXw"
);
const SIGNATURE: &str = concat!(
    "h2SViOUVB_1r8nOpAT_OH32fjHqcxQPqESspVfa-ZQm8qMaYIrkcGEUI8YcdXAyf2GRS2qXZUexCPgmdPz9vztC2gs",
    "jDYmy4Dupq2qxTuqiwc_7PEX956lmj-PUCqUVK8qj9oCU9QUfQEUJFp7m5OWyczYWrNtntjljJ3Rg_cYpZlnSDhZKl",
    "ERj-QhneZ3cPpMl-XHer12NeqibSKYMedozP_AhAknrE3Tx6Hx5lKdehbc8Jk9XHvyq-efIMP1uQZTs6Ov2RVwA-sI",
    "6jm_bFrTjCZWpHZmSK4v6kg25cTAsuBvxnhzsJgTRwvTlMFZXIlh5QksSon6vJD329ZXwrng"
);
const SIGNATURE_OF_SHA1: &str = concat!(
    "Vf7NTsZLHPhLY5GlGcns9YEEje7zlZO0PM43tOxp55oiqn-_rYhyn0LpeSZ8ZsHemnSzT4l-1tHkqFIdXxrissgzW2",
    "S6xmlm0HEb-N-mf5yNGEMsBUCmZ9u4sQ_y3e91d889M-h70foeA71uqDCTjKCYVpEimxWGBYxCIXepRVd5Cej0EtXt",
    "akI0buwxhIp7jUyOVNWqv7nAlquB29tt7RfJKmde3YlDd7KeDPOxW1VK1I9B4k8-QJ1N-lLz9q734Od7KASWUu7v1r",
    "yWj6KkgX4hrb7gMO46hJI0rDbORUjKJ0IdIhe9Lo9EOQh7IfN1-35PKxZQAkSWh48PSd1Mng"
);

/// Made with OpenSSL.
#[test]
fn an_older_chip_signs_with_rsa() {
    let key = Key::Rs256(bytes(MODULUS));
    let (message, signature) = (b"a message of an older chip", bytes(SIGNATURE));
    assert!(key.has_signed(message, &signature));
    assert!(!key.has_signed(b"a message of an older ship", &signature));
    assert!(!key.has_signed(message, &bytes(SIGNATURE_OF_SHA1)), "another hash");
    assert!(!key.has_signed(message, &signature[1..]));
    assert!(!key.has_signed(message, &[0; 256]));
    assert!(!key.has_signed(message, &[255; 256]), "more than the modulus");
    for idx in (0..signature.len()).step_by(17) {
        let mut changed = signature.clone();
        changed[idx] ^= 1;
        assert!(!key.has_signed(message, &changed), "byte {idx}");
    }
    assert_eq!(key.to_string().parse(), Ok(key));
}

#[test]
fn a_key_reads_back_and_a_bad_one_does_not() {
    let key = key(&Authenticator::new(ORIGIN, 7));
    assert_eq!(key.to_string().parse::<Key>(), Ok(key.clone()));
    let Key::Es256(mut point) = key else { panic!("ES256") };
    point[40] ^= 1;
    assert!(Key::Es256(point).to_string().parse::<Key>().is_err(), "no point of the curve");
    for bad in ["", "es256", "es256:", "rs256:AAAA", "none:AAAA", "es256:!"] {
        assert!(bad.parse::<Key>().is_err(), "{bad}");
    }
}
