//! Tells the browser that the site was built again, over an event stream.

use std::convert::Infallible;

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
    /// Names the site that is served; `None` while there is none.
    pub(super) version: Option<String>,
    /// What is wrong with the content now, as a person reads it.
    pub(super) problems: Option<String>,
}

/// The script that pages load.
pub(super) fn script() -> Response {
    plain("text/javascript; charset=utf-8", SCRIPT)
}

/// The stream of news: the present state at once, then each change. Ends when the sender is dropped.
pub(super) fn stream(news: watch::Receiver<News>) -> Response {
    let next = |(mut news, is_first): (watch::Receiver<News>, bool)| async move {
        if !is_first && news.changed().await.is_err() {
            return None;
        }
        let message = message(&news.borrow_and_update());
        Some((Ok::<_, Infallible>(message), (news, false)))
    };
    let mut response = Response::new(Body::from_stream(stream::unfold((news, true), next)));
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
        let news = |version: &str, problems: Option<&str>| News {
            version: Some(version.into()),
            problems: problems.map(str::to_owned),
        };
        let (sender, receiver) = watch::channel(news("1", None));
        let mut body = stream(receiver).into_body();
        let mut next = async || {
            let frame = body.frame().await?.expect("no error");
            Some(String::from_utf8(frame.into_data().expect("data").to_vec()).expect("text"))
        };
        let first = next().await.expect("an event");
        assert!(first.ends_with("data: {\"version\":\"1\",\"problems\":null}\n\n"), "{first}");
        sender.send_replace(news("1", Some("two\nlines")));
        assert!(next().await.expect("an event").contains(r#""problems":"two\nlines""#));
        drop(sender);
        assert_eq!(next().await, None);
    }
}
