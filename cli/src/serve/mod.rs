//! `lyceum serve`: the whole academy on one machine.

mod books;
mod due;
mod front;
mod greeting;
mod letters;
mod outbox;
mod reload;
mod server;
mod site;
mod till;
mod watch;
mod wire;

use std::future::pending;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::future::OptionFuture;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use lyceum_app::App;
use lyceum_app::ports::{Clock, Platform, Unavailable};
use lyceum_generator::Changes;
use tokio::select;
use tokio::sync::Notify;
use tokio::sync::watch::Sender;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use self::due::Due;
use self::front::Front;
use self::greeting::Greeting;
use self::reload::{News, OpenPages};
use self::site::{Builder, Built};
use self::watch::{Touched, Watch};
use self::wire::Place;
use crate::adapters::{Local, Post, Processor, SystemClock};
use crate::arguments::Serve;
use crate::failure::Failure;
use crate::terminal::{self, Ink};
use crate::{diagnostics, keys};

/// Serves until somebody presses Ctrl-C.
pub(crate) fn run(arguments: Serve) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::new)?;
    let done = runtime.block_on(serve(arguments));
    // A build that is still running must not hold up the end: its site is written whole or not at all.
    runtime.shutdown_timeout(Duration::from_secs(2));
    done
}

async fn serve(arguments: Serve) -> Result<(), Failure> {
    let place = Place::open(&arguments).await?;
    let platform = wire::platform(&place)?;
    let builder = Arc::new(wire::builder(&place, &platform.assets));
    let watch = start_watching(&place);
    let built = build(&builder).await?;
    if built.site.is_some() {
        wire::check_preview(arguments.preview.as_ref(), &platform.assets).await?;
    }
    let has_till = matches!(platform.payments, Processor::Till(_));
    let app = App::new(platform, wire::config(&place, &arguments, has_till)?);
    let mut printed = None;
    report(&built, &mut printed, "nothing can be served yet");
    let (sender, news) = tokio::sync::watch::channel(News {
        run: SystemClock::default().now_ms(),
        version: u64::from(built.site.is_some()),
        changed: Vec::new(),
        problems: built.problems(),
    });
    let pages = OpenPages::default();
    let posted = Arc::new(Notify::new());
    let router = Front::new(app.clone(), news, pages.clone(), Arc::clone(&posted)).router();
    // A preview records nothing, so it sends nothing either.
    let letters = arguments.preview.is_none().then(|| tokio::spawn(letters::run(app.clone(), posted)));
    let books = arguments.preview.is_none().then(|| tokio::spawn(books::run(app.clone())));
    let greeting = Greeting {
        url: &place.origin,
        content: &arguments.content,
        data: &arguments.data,
        site: built.site.as_ref().map(site::BuiltSite::line),
        has_till,
        has_outbox: matches!(app.platform().mailer(), Post::Outbox(_)),
        is_development_key: keys::is_development(&place.keys),
        is_open: place.is_open(),
        is_watching: watch.is_some(),
        preview: arguments.preview.as_ref(),
        at: arguments.at,
        drafts: arguments.drafts,
    };
    terminal::say(&greeting.text(Ink::of_stdout()));
    let rebuilding = Rebuilding { builder, app, news: sender, pages, printed, is_followed: false };
    let rebuilding = tokio::spawn(rebuilding.run(watch));
    let stop = async move {
        wire::stop_signal().await;
        terminal::say("\n  Stopping.");
        // Ends the event streams, too, because their sender goes.
        rebuilding.abort();
        // A letter that is on its way stays in the outbox until the mail server has it.
        letters.inspect(tokio::task::JoinHandle::abort);
        books.inspect(tokio::task::JoinHandle::abort);
    };
    server::serve(place.listener, router, stop).await;
    Ok(())
}

fn start_watching(place: &Place) -> Option<Watch> {
    let folders: Vec<&Path> =
        std::iter::once(&place.content).chain(&place.theme).map(AsRef::as_ref).collect();
    let watch = Watch::start(&folders, &place.data);
    if let Err(error) = &watch {
        terminal::complain(&format!("warning: changes are not noticed: {error}"));
    }
    watch.ok()
}

async fn build(builder: &Arc<Builder>) -> Result<Built, Failure> {
    let builder = Arc::clone(builder);
    let built = spawn_blocking(move || builder.build()).await.map_err(|_| broken())?;
    Ok(built.unwrap_or_default())
}

fn broken() -> Failure {
    Failure::new("the site could not be built because of a mistake in this program")
        .hint("the message above says where; please report it with the file that you changed")
}

/// A build of the whole site that is running. Without a result it was interrupted.
type Rest = JoinHandle<Option<Built>>;

/// What follows the author.
struct Rebuilding {
    builder: Arc<Builder>,
    app: App<Local>,
    news: Sender<News>,
    pages: OpenPages,
    printed: Option<String>,
    /// Whether the last change could be shown without a whole build, so that this may be expected of the next one.
    is_followed: bool,
}

impl Rebuilding {
    /// Builds the site at every change, and when something is published, for ever: first the pages that show what was
    /// touched, so that they are there at once, then the rest. When more is touched meanwhile, the rest can wait.
    async fn run(mut self, mut watch: Option<Watch>) {
        let (clock, mut due) = (self.builder.clock, Due::default());
        let mut rest: Option<Rest> = None;
        loop {
            let mut changed = pin!(async {
                match &mut watch {
                    Some(watch) => watch.changed().await,
                    None => pending().await,
                }
            });
            let touched = loop {
                let next = self.builder.next_change();
                select! {
                    touched = &mut changed => break touched,
                    Some(built) = OptionFuture::from(rest.as_mut()) => {
                        rest = None;
                        self.take_rest(built);
                    }
                    () = due.come(next, &clock), if rest.is_none() => rest = Some(self.rest()),
                }
            };
            let Some(touched) = touched else { return };
            if let Some(building) = rest.take() {
                if self.is_followed {
                    self.builder.interrupt();
                }
                self.take_rest(building.await);
            }
            self.first(touched).await;
            rest = Some(self.rest());
        }
    }

    /// Begins to build the whole site.
    fn rest(&self) -> Rest {
        let builder = Arc::clone(&self.builder);
        spawn_blocking(move || builder.build())
    }

    /// Shows the pages that somebody waits for, if that is possible without all others.
    async fn first(&mut self, touched: Touched) {
        let (builder, addresses) = (Arc::clone(&self.builder), self.pages.addresses());
        let first = spawn_blocking(move || {
            builder.note(&touched);
            builder.build_first(&addresses)
        });
        let built = first.await.ok().flatten();
        self.is_followed = built.is_some();
        match built.and_then(|built| built.site) {
            Some(site) if !site.changes.is_none() => self.tell(&site.changes, None),
            // When these pages have errors, the whole build says so together with everything else.
            _ => {}
        }
    }

    fn take_rest(&mut self, built: Result<Option<Built>, JoinError>) {
        match built {
            Ok(Some(built)) => self.take(built),
            Ok(None) => {}
            Err(_) => terminal::failure(&broken()),
        }
    }

    fn take(&mut self, built: Built) {
        let is_served = self.news.borrow().version > 0;
        let otherwise = if is_served { "the last good site stays" } else { "nothing can be served yet" };
        report(&built, &mut self.printed, otherwise);
        let problems = built.problems();
        let Some(site) = built.site else {
            return self.news.send_modify(|news| news.problems = problems);
        };
        terminal::say(&format!("  Built again: {}", site.line()));
        self.tell(&site.changes, problems);
    }

    fn tell(&self, changes: &Changes, problems: Option<String>) {
        self.app.forget_site();
        self.news.send_modify(|news| news.site(&changes.written, &changes.removed, problems));
    }
}

/// Prints what was found, unless that is what was printed last. `otherwise` says what happens without a new site.
fn report(built: &Built, printed: &mut Option<String>, otherwise: &str) {
    let ink = Ink::of_stderr();
    let text = built.text(ink);
    if *printed == text {
        return;
    }
    if let Some(text) = &text {
        let counted = diagnostics::count(&built.found);
        let parts = [counted.as_str(), if built.site.is_none() { otherwise } else { "" }];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        terminal::complain(&format!("\n{text}\n\n{}", parts.join("; ")));
    }
    *printed = text;
}

/// A response of this command's own, which nobody keeps.
fn plain(media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A refusal in one line.
fn refused(status: StatusCode, reason: &str) -> Response {
    let mut response = plain("text/plain; charset=utf-8", format!("{} {reason}\n", status.as_u16()));
    *response.status_mut() = status;
    response
}

fn unavailable(error: &Unavailable) -> Response {
    terminal::complain(&error.to_string());
    refused(StatusCode::SERVICE_UNAVAILABLE, "please try again")
}

/// An address without its scheme and host; `None` when it is no address.
fn path_and_query(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = &rest[rest.find('/')?..];
    // Two slashes would name another host.
    (!path.starts_with("//") && !path.starts_with("/\\")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_its_host_stays_on_this_one() {
        assert_eq!(path_and_query("http://127.0.0.1:8000/zh/?a=1#b"), Some("/zh/?a=1#b"));
        assert_eq!(path_and_query("/checkout/"), Some("/checkout/"));
        for nowhere in
            ["", "nonsense", "http://127.0.0.1", "//evil.example/", "http://a//evil.example/", "/\\evil"]
        {
            assert_eq!(path_and_query(nowhere), None, "{nowhere}");
        }
    }
}
