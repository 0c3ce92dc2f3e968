//! Is it the processor who speaks? Stripe's own library is the judge of ten thousand headers.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use lyceum_app::ledger::{Order, Purpose};
use lyceum_app::money::{Progress, Settlement};
use lyceum_app::ports::{Forged, Http, Message, Payments, Unavailable};
use lyceum_app::{Stripe, StripeCredentials};
use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId, hex, unhex};
use serde_json::{Value, json};
use sha2::Sha256;

const TOLERANCE_SECONDS: i64 = 300;
const NOW: Timestamp = Timestamp(1_900_000_000);
const SECRET: &str = "whsec_0123456789abcdef";

/// Where we refuse all that Stripe's library sometimes takes, and why. Stripe itself sends none of it.
const STRICTER: [(&str, &str); 9] = [
    ("time with a sign", "a time has one spelling, the one that was signed"),
    ("time with a tail", "a time has one spelling, the one that was signed"),
    ("time that is none", "the library compares it with nothing then, so the event never grows old"),
    ("time twice, the last is right", "two times are two claims"),
    ("time twice, the same", "two times are two claims"),
    ("second equals sign", "a signature is compared whole"),
    ("more than eight v1", "a header costs us at most eight comparisons"),
    ("body that is no event", "an event has an id, a type and an object"),
    ("byte order mark", "what was signed are the bytes that came"),
];

/// Whoever checks a signature asks nobody.
struct NoHttp;

impl Http for NoHttp {
    async fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unavailable> {
        panic!("a signature is checked without a call");
    }
}

fn stripe(secret_key: &str, webhook_secrets: &str) -> Stripe<NoHttp> {
    let credentials = StripeCredentials::new(secret_key, Some(webhook_secrets)).expect("good credentials");
    Stripe::new(NoHttp, credentials, None)
}

/// A header and a body of which Stripe's library has spoken.
struct Case {
    kind: String,
    body: Vec<u8>,
    header: String,
    secrets: String,
    now: Timestamp,
    seconds_ahead: i64,
    accepts: bool,
}

impl Case {
    fn read(line: &str) -> Option<Self> {
        let case: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| case[name].as_str().map(str::to_owned);
        let secrets: Option<Vec<&str>> = case["secrets"].as_array()?.iter().map(Value::as_str).collect();
        let now = case["now"].as_i64()?;
        Some(Self {
            kind: text("kind")?,
            body: unhex(case["body"].as_str()?)?,
            header: text("header")?,
            secrets: secrets?.join(","),
            now: Timestamp(now),
            seconds_ahead: case["signed_at"].as_i64()? - now,
            accepts: case["accepts"].as_bool()?,
        })
    }

    /// What we must say: what the library says, but no to a time to come and to what we read more strictly.
    fn expected(&self) -> bool {
        let is_stricter = STRICTER.iter().any(|(kind, _)| *kind == self.kind);
        self.accepts && self.seconds_ahead <= TOLERANCE_SECONDS && !is_stricter
    }

    fn ours(&self) -> Result<Message, Forged> {
        stripe("sk_test_1", &self.secrets).message(&self.header, &self.body, self.now)
    }
}

fn cases() -> Vec<Case> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node")
        .args(["standins/signatures.mjs", "10000", "20261121"])
        .current_dir(tests)
        .output()
        .expect("`node` is installed; `cargo xtask test` says what is missing");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`npm ci` in `tests/` installs Stripe's library: {errors}");
    let lines = String::from_utf8(output.stdout).expect("the cases are text");
    lines.lines().map(|line| Case::read(line).expect("a case")).collect()
}

#[test]
fn we_believe_what_stripes_own_library_believes() {
    let cases = cases();
    assert_eq!(cases.len(), 10_000);
    let mut n_by_kind: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    let mut n_from_the_future = 0;
    for case in &cases {
        let ours = case.ours();
        let said = format!("{}: `{}` at {}: {ours:?}", case.kind, case.header, case.now.0);
        assert!(case.accepts || ours.is_err(), "we believe what the library does not: {said}");
        assert_eq!(ours.is_ok(), case.expected(), "{said}");
        n_by_kind.entry(&case.kind).or_default()[usize::from(case.accepts)] += 1;
        n_from_the_future += u32::from(case.accepts && case.seconds_ahead > TOLERANCE_SECONDS);
    }
    assert!(n_from_the_future > 100, "only {n_from_the_future} from the future");
    for (kind, reason) in STRICTER {
        let [_, n_accepted] = n_by_kind.get(kind).copied().unwrap_or_default();
        assert!(n_accepted > 0, "we are no stricter than the library about `{kind}`: {reason}");
    }
    let [n_refused, n_accepted] = n_by_kind.values().fold([0, 0], |sum, n| [sum[0] + n[0], sum[1] + n[1]]);
    assert!(n_refused > 3_000 && n_accepted > 3_000, "{n_by_kind:?}");
}

#[test]
fn both_edges_of_time_are_where_we_say() {
    let cases = cases();
    let n_right = |seconds_ahead: i64, is_good: bool| {
        let at_edge = |case: &&Case| case.kind == "good" && case.seconds_ahead == seconds_ahead;
        cases.iter().filter(at_edge).filter(|case| case.ours().is_ok() == is_good).count()
    };
    for (seconds_ahead, is_good) in [(-301, false), (-300, true), (300, true), (301, false)] {
        assert!(n_right(seconds_ahead, is_good) > 0, "nobody tried {seconds_ahead}");
        assert_eq!(n_right(seconds_ahead, !is_good), 0, "{seconds_ahead}");
    }
}

fn event() -> Value {
    json!({"id": "evt_1", "type": "invoice.paid", "livemode": false, "data": {"object": {"id": "in_1"}}})
}

/// What we say to a body that was signed well.
#[track_caller]
fn check(secret_key: &str, body: &str, expected: Result<&str, &str>) {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length will do");
    mac.update(format!("{}.{body}", NOW.0).as_bytes());
    let header = format!("t={},v1={}", NOW.0, hex(&mac.finalize().into_bytes()));
    let message = stripe(secret_key, SECRET).message(&header, body.as_bytes(), NOW);
    let said = message.map(|message| message.id).map_err(|Forged(reason)| reason);
    assert_eq!(said.as_deref(), expected.as_ref().map(|id| *id), "{body}");
}

#[test]
fn live_and_test_do_not_mix() {
    let mut live = event();
    live["livemode"] = json!(true);
    let mixed = "the event is of the other mode: live and test do not mix";
    for (secret_key, is_live) in
        [("sk_test_1", false), ("rk_test_1", false), ("sk_live_1", true), ("rk_live_1", true)]
    {
        check(secret_key, &live.to_string(), if is_live { Ok("evt_1") } else { Err(mixed) });
        check(secret_key, &event().to_string(), if is_live { Err(mixed) } else { Ok("evt_1") });
    }
}

#[test]
fn the_event_of_another_account_is_none_of_ours() {
    let mut event = event();
    event["account"] = json!("acct_1");
    check("sk_test_1", &event.to_string(), Err("the event is another account's"));
}

#[test]
fn a_body_must_be_an_event() {
    for body in ["", "[]", "7", "null", "\"evt_1\"", "<html>", "{"] {
        check("sk_test_1", body, Err("the body is no event"));
    }
    for missing in ["id", "type", "data"] {
        let mut event = event();
        event.as_object_mut().expect("an object").remove(missing);
        check("sk_test_1", &event.to_string(), Err("the event has no id or no object"));
    }
}

#[test]
fn without_a_secret_nothing_starts() {
    for secrets in [None, Some(""), Some(" "), Some(" , ,")] {
        let refused = StripeCredentials::new("sk_test_1", secrets).err().expect("it is refused");
        assert_eq!(refused.0, "STRIPE_WEBHOOK_SECRET is not set, but STRIPE_SECRET_KEY is");
    }
    assert!(StripeCredentials::new("sk_test_1", Some("whsec_short")).is_err());
    assert!(StripeCredentials::new("sk_test_1", Some(&format!("{SECRET},short"))).is_err());
}

#[tokio::test]
async fn stripe_is_not_asked_about_orders_of_the_time_before_it() {
    let progress = Progress::Paid { at: NOW };
    let order = Order {
        id: OrderId::from_bytes([1; 16]),
        member: MemberId::from_bytes([2; 16]),
        scope: "course:rust".parse().expect("a scope"),
        price: serde_json::from_value(
            json!({"id": "p", "amount": {"minor": 100, "currency": "USD"}, "term": "once"}),
        )
        .expect("a price"),
        quantity: 1,
        purpose: Purpose::Own,
        discount_minor: 0,
        reference: Some("3f0c5c2d".to_owned()),
        created_at: NOW,
        settlement: Settlement { progress, ..Settlement::default() },
        revision: 1,
    };
    let settled = stripe("sk_test_1", SECRET).settlement(&order).await;
    assert_eq!(settled, Ok(order.settlement), "what was paid at the till stays as it is");
}

#[test]
fn credentials_for_the_catalogue_believe_nobody() {
    let credentials = StripeCredentials::without_webhook("sk_test_1").expect("a key");
    let mac = Hmac::<Sha256>::new_from_slice(b"").expect("any length will do");
    let body = event().to_string();
    let signature = hex(&mac.chain_update(format!("{}.{body}", NOW.0)).finalize().into_bytes());
    let header = format!("t={},v1={signature}", NOW.0);
    assert!(Stripe::new(NoHttp, credentials, None).message(&header, body.as_bytes(), NOW).is_err());
}
