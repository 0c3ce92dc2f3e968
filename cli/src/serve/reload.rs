//! Tells the browser that the site was built again, over an event stream.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;
use tokio::sync::watch;

use super::plain;

const SCRIPT: &str = include_str!("reload.js");

/// What the browser should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct News {
    /// Which run of the program this is, so that a browser notices a restart.
    pub(super) run: u64,
    /// How many sites this run has made; 0 while there is none.
    pub(super) version: u64,
    /// The addresses of pages that the last of them changed.
    pub(super) changed: Vec<String>,
    /// What is wrong with the content now, as a person reads it.
    pub(super) problems: Option<String>,
}

impl News {
    /// A new site with these files changed.
    pub(super) fn site(&mut self, written: &[String], removed: &[String], problems: Option<String>) {
        // Behind a teaser that stays as it is, the lesson itself may have changed.
        let public = |path: &str| {
            let sealed = path.strip_prefix("_sealed/").and_then(|path| path.strip_suffix(".lys"));
            let address = sealed.unwrap_or(path).strip_suffix("index.html")?;
            (!address.starts_with('_')).then(|| format!("/{address}"))
        };
        let pages: BTreeSet<String> = written.iter().chain(removed).filter_map(|path| public(path)).collect();
        self.version += 1;
        self.changed = pages.into_iter().collect();
        self.problems = problems;
    }
}

/// The pages that somebody looks at now, so that they are built first.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenPages(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    /// How often a page is open that listens to news.
    listening: BTreeMap<String, usize>,
    /// Those that were asked for last, the newest at the end: a reader without our script looks at pages too.
    recent: VecDeque<String>,
}

impl OpenPages {
    const MAX_RECENT: usize = 4;

    /// Their addresses, each once.
    pub(super) fn addresses(&self) -> Vec<String> {
        let pages = self.pages();
        let all: BTreeSet<&String> = pages.listening.keys().chain(&pages.recent).collect();
        all.into_iter().cloned().collect()
    }

    /// Notes that a page was asked for. Other files than pages are not noted.
    pub(super) fn asked(&self, address: &str) {
        if address.ends_with('/') {
            let mut pages = self.pages();
            pages.recent.retain(|known| known != address);
            pages.recent.push_back(address.to_owned());
            if pages.recent.len() > Self::MAX_RECENT {
                pages.recent.pop_front();
            }
        }
    }

    /// Notes a page until what is returned is dropped.
    fn open(&self, address: String) -> OpenPage {
        *self.pages().listening.entry(address.clone()).or_default() += 1;
        OpenPage { address, pages: self.clone() }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct OpenPage {
    address: String,
    pages: OpenPages,
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        let mut pages = self.pages.pages();
        let Some(n_open) = pages.listening.get_mut(&self.address) else { return };
        *n_open -= 1;
        if *n_open == 0 {
            pages.listening.remove(&self.address);
        }
    }
}

/// The script that pages load.
pub(super) fn script() -> Response {
    plain("text/javascript; charset=utf-8", SCRIPT)
}

/// The stream of news for the page at this address: the present state at once, then each change. Ends when the sender
/// is dropped.
pub(super) fn stream(news: watch::Receiver<News>, pages: &OpenPages, address: String) -> Response {
    let page = pages.open(address);
    let next = |(mut news, page, is_first): (watch::Receiver<News>, OpenPage, bool)| async move {
        if !is_first && news.changed().await.is_err() {
            return None;
        }
        let message = message(&news.borrow_and_update());
        Some((Ok::<_, Infallible>(message), (news, page, false)))
    };
    let mut response = Response::new(Body::from_stream(stream::unfold((news, page, true), next)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn message(news: &News) -> Bytes {
    // JSON has no line breaks of its own, so that it fits the one line of an event.
    let json = serde_json::to_string(news).unwrap_or_default();
    format!("retry: 300\ndata: {json}\n\n").into()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn news_come_at_once_and_at_each_change() {
        let first = News { run: 7, version: 1, changed: Vec::new(), problems: None };
        let (sender, receiver) = watch::channel(first);
        let pages = OpenPages::default();
        let mut body = stream(receiver, &pages, "/a/".to_owned()).into_body();
        let mut next = async || {
            let frame = body.frame().await?.expect("no error");
            Some(String::from_utf8(frame.into_data().expect("data").to_vec()).expect("text"))
        };
        let first = next().await.expect("an event");
        let expected = "data: {\"run\":7,\"version\":1,\"changed\":[],\"problems\":null}\n\n";
        assert!(first.ends_with(expected), "{first}");
        assert_eq!(pages.addresses(), ["/a/"]);
        let written = ["a/index.html", "_sealed/b/index.html.lys", "_lyceum/shell/en.html", "feed.xml"]
            .map(str::to_owned);
        sender.send_modify(|news| news.site(&written, &["index.html".to_owned()], Some("two\nlines".into())));
        let second = next().await.expect("an event");
        assert!(
            second.contains(r#""version":2,"changed":["/","/a/","/b/"],"problems":"two\nlines""#),
            "{second}"
        );
        drop(sender);
        assert_eq!(next().await, None);
        drop(body);
        assert!(pages.addresses().is_empty());
    }

    #[test]
    fn the_last_pages_are_known_each_once() {
        let pages = OpenPages::default();
        for address in ["/1/", "/2/", "/a.css", "/1/", "/3/", "/4/", "/5/"] {
            pages.asked(address);
        }
        let listening = pages.open("/5/".to_owned());
        assert_eq!(pages.addresses(), ["/1/", "/3/", "/4/", "/5/"]);
        drop(listening);
        assert_eq!(pages.addresses(), ["/1/", "/3/", "/4/", "/5/"]);
    }
}
