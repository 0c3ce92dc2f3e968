//! `lyceum stripe sync`: Stripe's catalogue made to say what the content says.

use std::process::ExitCode;

use lyceum_app::ports::Clock;
use lyceum_app::{Stripe, StripeCredentials, SyncAction, SyncOptions, SyncStep};
use lyceum_contract::id::hex;
use lyceum_contract::manifest::{self, Manifest};
use lyceum_generator::{Diagnostic, Options};

use crate::adapters::http::UreqHttp;
use crate::adapters::system::SystemClock;
use crate::arguments::{StripeCommand, StripeSync};
use crate::failure::Failure;
use crate::terminal::{self, Ink};
use crate::{diagnostics, keys, ledger_file};

const SECRET_KEY: &str = "STRIPE_SECRET_KEY";
/// Where the manifest is in a site.
const MANIFEST: &str = "_lyceum/manifest.json";

/// Runs `lyceum stripe …`.
pub(crate) fn run(command: &StripeCommand) -> Result<ExitCode, Failure> {
    match command {
        StripeCommand::Sync(arguments) => sync(arguments),
    }
}

fn sync(arguments: &StripeSync) -> Result<ExitCode, Failure> {
    let credentials = credentials(arguments.live)?;
    let Some(manifest) = manifest_of(arguments)? else { return Ok(ExitCode::FAILURE) };
    let stripe = Stripe::new(UreqHttp::default(), credentials, keys::variable("STRIPE_API_URL")?);
    let now = SystemClock::default().now();
    let options = SyncOptions { now, is_dry: arguments.dry_run, run: hex(&ledger_file::random()?) };
    let synced = ledger_file::block_on(async { Ok(stripe.sync(&manifest, &options).await) })?;
    let steps = synced.map_err(|failed| Failure::new(failed.message).hint(failed.hint))?;
    report(&steps, arguments.dry_run);
    Ok(ExitCode::SUCCESS)
}

fn credentials(may_be_live: bool) -> Result<StripeCredentials, Failure> {
    let hint = "take it from Stripe's dashboard (Developers, API keys); it starts with `sk_` or `rk_`";
    let key = keys::variable(SECRET_KEY)?;
    let key = key.ok_or_else(|| Failure::new(format_args!("{SECRET_KEY} is not set")).hint(hint))?;
    let credentials =
        StripeCredentials::without_webhook(&key).map_err(|invalid| Failure::new(invalid.0).hint(hint))?;
    if credentials.is_live() && !may_be_live {
        return Err(Failure::new(format_args!("{SECRET_KEY} is a live key"))
            .hint("try it with a test key first; then `--live --dry-run` shows what would be done, and `--live` does it"));
    }
    Ok(credentials)
}

/// What the content sells; nothing when it has errors, which are reported.
fn manifest_of(arguments: &StripeSync) -> Result<Option<Manifest>, Failure> {
    let keys = keys::seal_keys()?;
    let options = Options {
        content: &arguments.content,
        theme: None,
        keys: &keys,
        now: SystemClock::default().now(),
        live_reload: false,
        drafts: false,
    };
    match lyceum_generator::build(&options) {
        Ok(build) => {
            let json = build.site.get(MANIFEST).ok_or_else(|| Failure::new("the site has no manifest"))?;
            manifest::parse(json).map(Some).map_err(Failure::new)
        }
        Err(found) => {
            complain(&found);
            Ok(None)
        }
    }
}

fn complain(found: &[Diagnostic]) {
    let ink = Ink::of_stderr();
    terminal::complain(&diagnostics::render(found, ink));
    let counted = diagnostics::count(found);
    terminal::complain(&format!("\n{}: {counted}; Stripe was not asked", ink.red("error")));
    terminal::complain(&diagnostics::pointer(found));
}

fn report(steps: &[SyncStep], is_dry: bool) {
    let ink = Ink::of_stdout();
    let width = steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
    for SyncStep { kind, name, action, detail } in steps {
        let line = format!("{action:9}  {kind:7}  {name:width$}  {detail}");
        terminal::say(&if *action == SyncAction::Kept { ink.dim(&line) } else { line });
    }
    let n_with = |action: SyncAction| steps.iter().filter(|step| step.action == action).count();
    let counted: Vec<String> =
        [SyncAction::Created, SyncAction::Changed, SyncAction::Archived, SyncAction::Kept, SyncAction::ToDo]
            .into_iter()
            .map(|action| format!("{} {action}", n_with(action)))
            .collect();
    let rehearsal = if is_dry { "; this was a rehearsal, nothing was done" } else { "" };
    terminal::say(&format!("{}{rehearsal}", counted.join(", ")));
}
