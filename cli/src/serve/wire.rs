//! Opens what is on this machine and puts it together.

use std::fmt::Display;
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use lyceum_app::ports::Assets;
use lyceum_app::{Config, GitHubApp, Preview, Stripe, StripeCredentials};
use lyceum_contract::manifest::{self, Manifest};
use lyceum_contract::paths;
use lyceum_contract::seal::KeyRing;
use lyceum_contract::{Scope, Slug};
use lyceum_generator::Session;
use tokio::net::TcpListener;

use super::site::{Builder, Patience};
use crate::adapters::disk::private_folder;
use crate::adapters::{
    FolderAssets, FolderEvents, Local, OutboxMailer, Post, Processor, SmtpMailer, SmtpUrl, SqliteComments,
    SqliteLedger, SystemClock, SystemEntropy, Till, UreqHttp,
};
use crate::arguments::Serve;
use crate::failure::Failure;
use crate::{cache, keys};

/// Mails per hour. They go to a file, so the limit is only there to be seen at work.
const MAX_MAILS_PER_HOUR: i64 = 1_000;
const STRIPE_PAGES: [&str; 2] = ["https://checkout.stripe.com", "https://billing.stripe.com"];

/// Where this academy lives: its folders, its address, its keys and its time.
pub(super) struct Place {
    pub(super) content: PathBuf,
    pub(super) theme: Option<PathBuf>,
    pub(super) data: PathBuf,
    pub(super) listener: TcpListener,
    /// `http://127.0.0.1:8000`
    pub(super) origin: String,
    pub(super) keys: KeyRing,
    clock: SystemClock,
    drafts: bool,
    address: SocketAddr,
    /// Held as long as the server runs.
    _lock: File,
}

impl Place {
    /// Checks everything that can be wrong with the command line before anything is built.
    pub(super) async fn open(arguments: &Serve) -> Result<Self, Failure> {
        let Serve { content, theme, data, host, port, at, drafts, .. } = arguments;
        check_folder(content, "`--content DIR` names another one, and `lyceum new academy` makes one")?;
        if let Some(theme) = theme {
            check_folder(theme, "without `--theme` the default theme is used")?;
        }
        let keys = keys::seal_keys()?;
        private_folder(data).map_err(|error| Failure::at("cannot write", data, error))?;
        let lock = lock(data)?;
        let bound = TcpListener::bind((host.as_str(), *port)).await;
        let listener = bound.map_err(|error| cannot_listen(host, *port, &error))?;
        let address = listener.local_addr().map_err(Failure::new)?;
        Ok(Self {
            content: content.clone(),
            theme: theme.clone(),
            data: data.clone(),
            origin: origin(address),
            listener,
            keys,
            clock: at.map_or_else(SystemClock::default, SystemClock::at),
            drafts: *drafts,
            address,
            _lock: lock,
        })
    }

    /// Whether other machines can reach the server.
    pub(super) fn is_open(&self) -> bool {
        !self.address.ip().is_loopback()
    }
}

fn check_folder(folder: &Path, hint: &str) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(Failure::new(format_args!("there is no folder `{}`", folder.display())).hint(hint))
}

/// Keeps a second server out of the same data. The system lets go of the lock however this process ends.
fn lock(data: &Path) -> Result<File, Failure> {
    let path = data.join("lock");
    let file = File::create(&path).map_err(|error| Failure::at("cannot write", &path, error))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let message = format!("another `lyceum serve` uses `{}`", data.display());
            Err(Failure::new(message).hint("stop it, or name another folder with `--data DIR`"))
        }
        // A file system without locks is no reason not to start.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn cannot_listen(host: &str, port: u16, error: &io::Error) -> Failure {
    let failure =
        |what: &dyn Display| Failure::new(format_args!("cannot listen on {host}, port {port}: {what}"));
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let next = if port < u16::MAX { port + 1 } else { 8_000 };
            failure(&"another program listens there")
                .hint(format_args!("stop it, or choose another port: `lyceum serve --port {next}`"))
        }
        io::ErrorKind::PermissionDenied => {
            failure(error).hint("ports below 1024 are for the system: `lyceum serve --port 8000`")
        }
        _ => failure(error).hint("`--host 127.0.0.1` is this machine, `--host 0.0.0.0` all of its networks"),
    }
}

fn origin(address: SocketAddr) -> String {
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// Opens every store in the data folder.
pub(super) fn platform(place: &Place) -> Result<Local, Failure> {
    let at = |name: &str| place.data.join(name);
    let failed = |error: lyceum_app::ports::Unavailable| {
        Failure::new(error).hint(format_args!("it lies in `{}`", place.data.display()))
    };
    let payments = match keys::variable("STRIPE_SECRET_KEY")? {
        Some(key) => {
            let secrets = keys::variable("STRIPE_WEBHOOK_SECRET")?;
            let credentials = StripeCredentials::new(&key, secrets.as_deref()).map_err(|invalid| {
                Failure::new(invalid.0)
                    .hint("Stripe shows it with the webhook endpoint; it starts with `whsec_`")
            })?;
            let api_url = keys::variable("STRIPE_API_URL")?;
            Processor::Stripe(Stripe::new(UreqHttp::default(), credentials, api_url))
        }
        None => Processor::Till(Till::open(&at("till.sqlite"), place.clock).map_err(failed)?),
    };
    Ok(Local {
        assets: FolderAssets::new(at("site/public")),
        ledger: SqliteLedger::open(&at("ledger.sqlite")).map_err(failed)?,
        comments: SqliteComments::open(&at("comments.sqlite")).map_err(failed)?,
        events: FolderEvents::open(&at("events")).map_err(failed)?,
        payments,
        mailer: match smtp()? {
            Some(smtp) => Post::Smtp(Box::new(smtp)),
            None => Post::Outbox(OutboxMailer::open(&at("outbox")).map_err(failed)?),
        },
        clock: place.clock,
        entropy: SystemEntropy,
        http: UreqHttp::default(),
    })
}

/// The mail server, when there is one.
fn smtp() -> Result<Option<SmtpMailer>, Failure> {
    let Some(url) = keys::variable("LYCEUM_SMTP_URL")? else { return Ok(None) };
    let url: SmtpUrl = url.parse().map_err(|expected| {
        Failure::new(format_args!("LYCEUM_SMTP_URL cannot be used: {expected}"))
            .hint("it looks like `smtps://user:password@mail.example:465`")
    })?;
    let Some(from) = keys::variable("LYCEUM_MAIL_FROM")? else {
        let failure = Failure::new("LYCEUM_SMTP_URL is set, and LYCEUM_MAIL_FROM is not");
        return Err(failure.hint("it says who mails come from: `Academy <hello@academy.example>`"));
    };
    let authority = match keys::variable("LYCEUM_SMTP_CA")? {
        Some(path) => {
            Some(fs::read(&path).map_err(|error| Failure::at("cannot read", Path::new(&path), error))?)
        }
        None => None,
    };
    let mailer = SmtpMailer::new(url, &from, authority.as_deref());
    mailer.map(Some).map_err(|error| Failure::new(format_args!("mail cannot be sent: {error}")))
}

/// What builds the site of this place.
pub(super) fn builder(place: &Place, assets: &FolderAssets) -> Builder {
    let out = place.data.join("site");
    let session = Session::new(lyceum_generator::Place {
        content: place.content.clone(),
        theme: place.theme.clone(),
        out: out.clone(),
        cache: Some(place.data.join("cache")),
        is_watched: true,
        program: cache::program(),
    });
    Builder {
        content: place.content.clone(),
        theme: place.theme.clone(),
        out,
        keys: place.keys.clone(),
        drafts: place.drafts,
        clock: place.clock,
        assets: assets.clone(),
        session: Mutex::new(session),
        patience: Patience::default(),
    }
}

/// How the app is to behave here.
pub(super) fn config(place: &Place, arguments: &Serve, has_till: bool) -> Result<Config, Failure> {
    // Behind a proxy, the address that people know is another one than that of this process.
    let origin = keys::variable("SITE_ORIGIN")?.map(|origin| origin.trim().trim_end_matches('/').to_owned());
    let origin = origin.unwrap_or_else(|| place.origin.clone());
    Ok(Config {
        version: env!("CARGO_PKG_VERSION"),
        seal_keys: place.keys.clone(),
        secrets: keys::session_secrets(&place.data.join("session.key"))?,
        is_https: origin.starts_with("https://"),
        origin: Some(origin),
        max_mails_per_hour: MAX_MAILS_PER_HOUR,
        payment_origins: if has_till { Vec::new() } else { STRIPE_PAGES.map(str::to_owned).to_vec() },
        has_tax: keys::variable("STRIPE_TAX")?.is_some_and(|value| value == "automatic"),
        github: github()?,
        preview: arguments.preview.clone(),
    })
}

/// The app at GitHub, when it is named. `GITHUB_URL` is for tests.
fn github() -> Result<Option<GitHubApp>, Failure> {
    let app = match (keys::variable("GITHUB_CLIENT_ID")?, keys::variable("GITHUB_CLIENT_SECRET")?) {
        (None, None) => return Ok(None),
        (Some(id), Some(secret)) => GitHubApp::new(id, secret),
        _ => return Err(Failure::new("GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET belong together")),
    };
    Ok(Some(match keys::variable("GITHUB_URL")? {
        Some(url) => app.at(url.trim_end_matches('/')),
        None => app,
    }))
}

/// Refuses a preview of a tier that the site does not have.
pub(super) async fn check_preview(preview: Option<&Preview>, assets: &FolderAssets) -> Result<(), Failure> {
    let Some(Preview::Tier(tier)) = preview else { return Ok(()) };
    let file = assets.read(paths::MANIFEST).await.map_err(Failure::new)?.unwrap_or_default();
    let manifest: Manifest = manifest::parse(&file).map_err(Failure::new)?;
    let tiers: Vec<&Slug> = manifest.products.iter().filter_map(|product| tier_of(&product.scope)).collect();
    if tiers.contains(&tier) {
        return Ok(());
    }
    let known: Vec<String> = tiers.iter().map(|tier| format!(", `{tier}`")).collect();
    Err(Failure::new(format_args!("the site has no tier `{tier}`"))
        .hint(format_args!("`--as` takes `anonymous`, `owner`{}", known.concat())))
}

fn tier_of(scope: &Scope) -> Option<&Slug> {
    match scope {
        Scope::Tier(tier) => Some(tier),
        Scope::Course(_) | Scope::Product(_) => None,
    }
}

/// Waits for Ctrl-C, or for the system's wish that the program ends.
pub(super) async fn stop_signal() {
    // Without a way to hear it, the system ends the program the hard way, which loses nothing either.
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    interrupted.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::scratch::Scratch;

    #[tokio::test]
    async fn a_port_in_use_comes_with_a_way_out() {
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let error = TcpListener::bind(("127.0.0.1", port)).await.expect_err("taken");
        let failure = cannot_listen("127.0.0.1", port, &error);
        assert_eq!(
            failure.message,
            format!("cannot listen on 127.0.0.1, port {port}: another program listens there")
        );
        assert!(failure.hint.is_some_and(|hint| hint.contains("--port")));
    }

    #[test]
    fn a_second_server_is_kept_out() {
        let folder = Scratch::new();
        let first = lock(folder.path()).expect("free");
        assert!(lock(folder.path()).expect_err("taken").message.starts_with("another `lyceum serve`"));
        drop(first);
        assert!(lock(folder.path()).is_ok());
    }

    #[tokio::test]
    async fn a_preview_of_no_tier_lists_the_tiers() {
        let folder = Scratch::new();
        let manifest = r#"{"version":1,"title":{"en":"A"},"url":"https://a.example","languages":["en"],"key_id":"dev",
            "products":[{"scope":"tier:pro","name":{"en":"Pro"},"prices":[]},
                        {"scope":"course:rust","name":{"en":"Rust"},"prices":[]}],
            "shells":{},"texts":{},"worker_first":[]}"#;
        folder.write("_lyceum/manifest.json", manifest);
        let assets = FolderAssets::new(folder.path().to_owned());
        let check = async |tier: &str| {
            let tier = Preview::Tier(tier.parse().expect("a slug"));
            check_preview(Some(&tier), &assets).await
        };
        assert_eq!(check("pro").await, Ok(()));
        let failure = check("rust").await.expect_err("a course is no tier");
        assert_eq!(failure.hint.as_deref(), Some("`--as` takes `anonymous`, `owner`, `pro`"));
        assert_eq!(check_preview(Some(&Preview::Owner), &assets).await, Ok(()));
    }

    #[test]
    fn the_address_can_be_opened() {
        let check =
            |address: &str, expected| assert_eq!(origin(address.parse().expect("an address")), expected);
        check("127.0.0.1:8000", "http://127.0.0.1:8000");
        check("0.0.0.0:8000", "http://127.0.0.1:8000");
        check("[::]:80", "http://127.0.0.1:80");
        check("[::1]:8000", "http://[::1]:8000");
    }
}
