//! An entitled lesson against a free one on `lyceum serve`: what the paywall costs.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::http::{Client, get};
use super::load::{Target, compare};
use super::scratch::{Scratch, Server};
use super::{FREE_LESSON, PAID_LESSON, PRICE};
use crate::run::workspace_root;

const EMAIL: &str = "bench@example.org";

pub(crate) fn run(lyceum: &Path) -> Result<()> {
    let scratch = Scratch::new("serve")?;
    let authority = format!("127.0.0.1:{}", free_port()?);
    let _server = serve(lyceum, scratch.path(), &authority)?;
    let mut buyer = Client::new(&authority);
    sign_in(&mut buyer)?;
    buy(&mut buyer)?;
    compare(&[
        Target {
            name: "entitled lesson",
            request: get(&authority, PAID_LESSON, &buyer.cookie()),
            authority: authority.clone(),
        },
        Target { name: "free lesson", request: get(&authority, FREE_LESSON, ""), authority },
    ])
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn serve(lyceum: &Path, data: &Path, authority: &str) -> Result<Server> {
    let port = authority.rsplit(':').next().unwrap_or_default();
    let child = Command::new(lyceum)
        .args(["serve", "--port", port, "--data"])
        .arg(data)
        .current_dir(workspace_root())
        .env_remove("STRIPE_SECRET_KEY")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", lyceum.display()))?;
    let server = Server(child);
    for _ in 0..200 {
        sleep(Duration::from_millis(50));
        if Client::new(authority).get("/healthz").is_ok_and(|response| response.status == 200) {
            return Ok(server);
        }
    }
    bail!("`lyceum serve` is not healthy after 10 seconds")
}

/// Signs in with the code of the newest mail, like a person who looks into the outbox.
fn sign_in(client: &mut Client) -> Result<()> {
    client.post("/sign-in/", &format!("email={EMAIL}&return_to=/"))?;
    let outbox: serde_json::Value = serde_json::from_slice(&client.get("/outbox.json")?.body)?;
    let text = outbox[0]["text"].as_str().context("the outbox is empty")?;
    let code = text.split(|character: char| !character.is_ascii_digit()).find(|digits| digits.len() == 6);
    let answer =
        client.post("/sign-in/code/", &format!("code={}", code.context("a mail without a code")?))?;
    if answer.status == 303 { Ok(()) } else { bail!("the code was answered with {}", answer.status) }
}

/// Orders, pretends to pay at the till, and comes back.
fn buy(client: &mut Client) -> Result<()> {
    let order = client.post("/checkout/", &format!("price={PRICE}"))?;
    let till = path_of(order.header("location").context("no payment page")?).to_owned();
    let paid = client.post(&till, "action=pay")?;
    let back = path_of(paid.header("location").context("the till leads nowhere")?).to_owned();
    client.get(&back)?;
    let lesson = client.get(PAID_LESSON)?;
    if lesson.header("content-encoding") == Some("gzip") {
        Ok(())
    } else {
        bail!("the buyer does not get the lesson: {}", lesson.status)
    }
}

/// Path and query of an address on this site.
fn path_of(address: &str) -> &str {
    let after_scheme = address.split_once("://").map(|(_, rest)| rest);
    after_scheme.and_then(|rest| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or(address)
}
