//! `POST /_conformance/<suite>`: the app's adapter suites over the real bindings, in a Worker that is never
//! deployed. Answers 204, or 500 with the first broken promise.

use lyceum_app::conformance::{
    Broken, comment_store, ledger_agrees_with_model, ledger_keeps_its_promises, seats_are_exact_under_load,
    stocks_are_exact_under_load,
};
use lyceum_app::ledger::{AnswerChallenge, Answered, Commands, Opening, Proof, StartChallenge};
use lyceum_app::ports::{Entropy, EventSink, Platform};
use lyceum_contract::Timestamp;
use lyceum_contract::event::{Event, Record, VERSION, What};
use lyceum_contract::id::{ChallengeId, EventId, MemberId, SessionId, hex, unhex};
use lyceum_contract::seal::{Encoding, Header, KeyRing, SealKey, Sealed, seal};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use worker::js_sys::JsString;
use worker::{Env, Result, web_sys};

use crate::platform::Edge;
use crate::script;

const PREFIX: &str = "/_conformance/";
const N_COMMANDS: usize = 500;

type Verdict = std::result::Result<(), Broken>;

/// Runs the suite that the request names; `None` when it names none.
pub(crate) async fn respond(request: &web_sys::Request, env: &Env) -> Option<Result<web_sys::Response>> {
    let url = request.url();
    let (_, suite) = url.split_once(PREFIX)?;
    Some(answer(run(suite, request, env).await))
}

fn answer(verdict: Verdict) -> Result<web_sys::Response> {
    let init = web_sys::ResponseInit::new();
    init.set_status(if verdict.is_ok() { 204 } else { 500 });
    let broken = verdict.err().map(|broken| broken.to_string());
    Ok(web_sys::Response::new_with_opt_str_and_init(broken.as_deref(), &init)?)
}

async fn run(suite: &str, request: &web_sys::Request, env: &Env) -> Verdict {
    let edge = Edge::new(env).map_err(|refusal| Broken(refusal.to_string()))?;
    let seed = u64::from_be_bytes(random(&edge)?);
    match suite {
        "comments" => comment_store(edge.comments(), seed).await,
        "events" => events(&edge).await,
        "ledger" => ledger_keeps_its_promises(edge.ledger(), seed).await,
        // Needs a fresh Ledger: the model starts empty.
        "ledger-model" => ledger_agrees_with_model(edge.ledger(), seed, N_COMMANDS).await,
        "ledger-race" => seats_are_exact_under_load(edge.ledger(), seed).await,
        "ledger-stock-race" => stocks_are_exact_under_load(edge.ledger(), seed).await,
        "ledger-rollback" => ledger_rolls_back(&edge).await,
        "seal" => seal_vectors(request).await,
        _ => Err(Broken(format!("no suite `{suite}`"))),
    }
}

fn random<const N: usize>(edge: &Edge) -> std::result::Result<[u8; N], Broken> {
    let mut bytes = [0; N];
    edge.entropy().fill(&mut bytes)?;
    Ok(bytes)
}

/// More events than one message of the queue holds. What arrives in the lake is for the caller to look at.
async fn events(edge: &Edge) -> Verdict {
    let mut events = Vec::new();
    for second in 0..1_500 {
        events.push(Event {
            v: VERSION,
            id: EventId::from_bytes(random(edge)?),
            at: Timestamp(1_800_000_000 + second * 60),
            member: Some("p".repeat(32)),
            language: None,
            what: What::Recorded(Record::SignIn),
        });
    }
    edge.events().append(events).await.map_err(Broken::from)
}

/// A command that fails after its first write leaves nothing behind: with the token of a session that exists
/// already, signing in fails after the challenge was marked as used, and the challenge still works.
async fn ledger_rolls_back(edge: &Edge) -> Verdict {
    let (first, second) = (challenge(edge).await?, challenge(edge).await?);
    let token = hex(&random::<16>(edge)?);
    signed_in(edge, &first, &token).await?;
    if signed_in(edge, &second, &token).await.is_ok() {
        return Err(Broken("two sessions have one token".to_owned()));
    }
    signed_in(edge, &second, &hex(&random::<16>(edge)?)).await
}

const NOW: Timestamp = Timestamp(1_800_000_000);

async fn challenge(edge: &Edge) -> std::result::Result<ChallengeId, Broken> {
    let id = ChallengeId::from_bytes(random(edge)?);
    let start = StartChallenge {
        id: id.clone(),
        email: format!("{id}@example.org"),
        browser_hash: id.to_string(),
        code_hash: id.to_string(),
        link_hash: id.to_string(),
        max_mails_per_hour: i64::from(i32::MAX),
        now: NOW,
    };
    edge.ledger().start_challenge(start).await?;
    Ok(id)
}

async fn signed_in(edge: &Edge, challenge: &ChallengeId, token_hash: &str) -> Verdict {
    let answer = AnswerChallenge {
        id: challenge.clone(),
        browser_hash: challenge.to_string(),
        proof: Proof::Code(challenge.to_string()),
        opening: Opening {
            id: SessionId::from_bytes(random(edge)?),
            token_hash: token_hash.to_owned(),
            device: String::new(),
            known: Vec::new(),
            replaces: None,
        },
        new_member: MemberId::from_bytes(random(edge)?),
        new_pseudonym: hex(&random::<16>(edge)?),
        language: "en".parse().map_err(|_| Broken("`en` is a language".to_owned()))?,
        now: NOW,
    };
    match edge.ledger().answer_challenge(answer).await? {
        Answered::SignedIn { .. } => Ok(()),
        other => Err(Broken(format!("the code was not taken: {other:?}"))),
    }
}

/// One test vector of the sealed page, as in `contract/vectors/lys1.json`.
#[derive(Deserialize)]
struct Vector {
    master_hex: String,
    key_id: String,
    header: Header,
    encoding: String,
    /// Absent for a long body: then byte n is n mod 251.
    body_hex: Option<String>,
    body_length: usize,
    sealed_hex: Option<String>,
    sealed_sha256: String,
}

/// Seals and opens the vectors that the request brings.
async fn seal_vectors(request: &web_sys::Request) -> Verdict {
    let text = script::wait(request.text()).await.map_err(|error| Broken(error.to_string()))?;
    let text = String::from(JsString::from(text));
    let vectors: Vec<Vector> = serde_json::from_str(&text).map_err(|error| Broken(error.to_string()))?;
    if vectors.is_empty() {
        return Err(Broken("there are no vectors".to_owned()));
    }
    for (idx, vector) in vectors.iter().enumerate() {
        seals(vector).map_err(|reason| Broken(format!("vector {idx}: {reason}")))?;
    }
    Ok(())
}

fn seals(vector: &Vector) -> std::result::Result<(), String> {
    let master = unhex(&vector.master_hex).and_then(|master| master.try_into().ok()).ok_or("the master")?;
    let key = SealKey::new(&vector.key_id, &master).map_err(|error| error.to_string())?;
    let body = vector.body().ok_or("the body")?;
    let encoding = if vector.encoding == "gzip" { Encoding::Gzip } else { Encoding::Identity };
    let sealed = seal(&key, &vector.header, encoding, &body).map_err(|_| "the header is too long")?;
    let bytes_differ = vector.sealed_hex.as_ref().is_some_and(|expected| *expected != hex(&sealed));
    let hash = hex(&Sha256::digest(&sealed));
    if bytes_differ || vector.sealed_sha256 != hash {
        return Err("sealing gives other bytes".to_owned());
    }
    let ring = ring(vector);
    let opened =
        Sealed::parse(&sealed).and_then(|sealed| sealed.open(&ring)).map_err(|error| error.to_string())?;
    if opened == body { Ok(()) } else { Err("opening gives another body".to_owned()) }
}

/// The vector's key alone. The development key has a name that cannot be configured.
fn ring(vector: &Vector) -> KeyRing {
    let text = format!("{}:{}", vector.key_id, vector.master_hex);
    KeyRing::parse(&text).unwrap_or_else(|_| KeyRing::development())
}

impl Vector {
    fn body(&self) -> Option<Vec<u8>> {
        match &self.body_hex {
            Some(digits) => unhex(digits),
            None => (0..self.body_length).map(|n| u8::try_from(n % 251).ok()).collect(),
        }
    }
}
