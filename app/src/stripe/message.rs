//! Stripe's webhooks: is it Stripe who speaks, and about what.

use hmac::{Hmac, KeyInit, Mac};
use lyceum_contract::Timestamp;
use lyceum_contract::id::hex;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::StripeCredentials;
use super::object::Object;
use crate::ports::{Forged, Message};

/// How far the time in a signature may be from ours, both ways. Stripe's own libraries allow any time to come.
const TOLERANCE_SECONDS: u64 = 300;
/// How many signatures one header may carry. Stripe sends one for each secret of a roll.
const MAX_SIGNATURES: usize = 8;

/// The message in a body that Stripe signed with one of our secrets, a few minutes ago at most.
pub(super) fn verify(
    credentials: &StripeCredentials,
    header: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<Message, Forged> {
    let (time, signatures) = parse(header).ok_or(Forged("the signature header is not as expected"))?;
    if !is_signed(&credentials.webhook_secrets, time, &signatures, body) {
        return Err(Forged("no signature fits"));
    }
    let at: i64 = time.parse().map_err(|_| Forged("the time of the signature is no time"))?;
    if at.abs_diff(now.0) > TOLERANCE_SECONDS {
        return Err(Forged("the signature is too old or from the future"));
    }
    let event = Object::parse(body).map_err(|_| Forged("the body is no event"))?;
    // A test event at a live academy would be a way to pay with test cards; the reverse is a mistake.
    if event.flag("livemode") != credentials.is_live() {
        return Err(Forged("the event is of the other mode: live and test do not mix"));
    }
    if event.text("account").is_some() {
        return Err(Forged("the event is another account's"));
    }
    read(&event).ok_or(Forged("the event has no id or no object"))
}

/// `t=<seconds>,v1=<hex>,…`: the time as it was signed, and the signatures of version 1, all as they are written.
///
/// Nothing is trimmed or forgiven: a header that can be read in two ways is not Stripe's.
fn parse(header: &str) -> Option<(&str, Vec<&str>)> {
    let named = |wanted| {
        let pairs = header.split(',').filter_map(|pair| pair.split_once('='));
        pairs.filter(move |(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let mut times = named("t");
    let time = times.next().filter(|time| is_plain_number(time))?;
    let signatures: Vec<&str> = named("v1").take(MAX_SIGNATURES).collect();
    (times.next().is_none() && !signatures.is_empty()).then_some((time, signatures))
}

/// Digits without a sign or a zero in front: the one way to write a number.
fn is_plain_number(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_signed(secrets: &[String], time: &str, signatures: &[&str], body: &[u8]) -> bool {
    let mut is_signed = false;
    for secret in secrets {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(body);
        let expected = hex(&mac.finalize().into_bytes());
        for signature in signatures {
            is_signed |= bool::from(expected.as_bytes().ct_eq(signature.as_bytes()));
        }
    }
    is_signed
}

/// What an event is about: by which names we may know the order.
pub(super) fn read(event: &Object) -> Option<Message> {
    let object = event.object("data.object")?;
    let kind = event.text("type")?;
    let ids = ["id", "subscription", "payment_intent", "parent.subscription_details.subscription"];
    let texts = ["client_reference_id", "metadata.order", "parent.subscription_details.metadata.order"];
    let by_id = ids.iter().filter_map(|path| object.id(path));
    let all = by_id.chain(texts.iter().filter_map(|path| object.text(path)));
    let mut names: Vec<String> = all.filter(|name| name.len() <= 255).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    let charge = if kind.starts_with("charge.") && !kind.starts_with("charge.dispute") {
        object.text("id")
    } else {
        object.id("charge")
    };
    Some(Message {
        id: event.text("id")?.to_owned(),
        kind: kind.to_owned(),
        names,
        customer: object.id("customer").map(str::to_owned),
        charge: charge.map(str::to_owned),
    })
}
