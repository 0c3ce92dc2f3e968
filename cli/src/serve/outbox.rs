//! The page that shows the mails which were not sent.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use lyceum_app::Fragment;
use lyceum_app::ports::Unavailable;
use maud::{Markup, html};

use super::front::Front;
use super::{path_and_query, plain, unavailable};
use crate::adapters::outbox::SentMail;

/// `GET /outbox`: every mail, newest first.
pub(super) async fn page(State(front): State<Front>, headers: HeaderMap) -> Response {
    match list(&front).await {
        Ok(mails) => front.app.render("/", &headers, fragment(&mails)).await,
        Err(error) => unavailable(&error),
    }
}

/// `GET /outbox.json`: the same for programs.
pub(super) async fn json(State(front): State<Front>) -> Response {
    match list(&front).await {
        Ok(mails) => {
            plain("application/json; charset=utf-8", serde_json::to_string(&mails).unwrap_or_default())
        }
        Err(error) => unavailable(&error),
    }
}

async fn list(front: &Front) -> Result<Vec<SentMail>, Unavailable> {
    match &front.outbox {
        Some(outbox) => outbox.list().await,
        None => Ok(Vec::new()),
    }
}

fn fragment(mails: &[SentMail]) -> Fragment {
    let main = html! {
        div class="stack" lang="en" {
            h1 { "Outbox" }
            p class="notice" {
                "This academy runs on one machine and sends no mail. What it would have sent is shown here."
            }
            @if mails.is_empty() {
                p class="empty" { "No mail yet. Ask for a code at " a href="/sign-in/" { "/sign-in/" } "." }
            }
            @for mail in mails { (article(mail)) }
        }
    };
    Fragment { title: "Outbox".to_owned(), main }
}

fn article(mail: &SentMail) -> Markup {
    let at = mail.at.to_string();
    html! {
        article class="stack" {
            div {
                h2 { (mail.subject) }
                p class="fine" { "To " (mail.to) " · " time datetime=(at) { (at) } }
            }
            div class="mail" { @for line in mail.text.split_inclusive('\n') { (linked(line)) } }
        }
    }
}

/// A line, as a link when it is nothing but an address.
///
/// The link stays on the host by which the reader came, because the cookies of `localhost` and of `127.0.0.1`
/// are not the same.
fn linked(line: &str) -> Markup {
    let address = line.trim_end();
    let is_address =
        (address.starts_with("http://") || address.starts_with("https://")) && !address.contains(' ');
    match path_and_query(address) {
        Some(path) if is_address => html! { a href=(path) { (address) } "\n" },
        _ => html! { (line) },
    }
}

#[cfg(test)]
mod tests {
    use lyceum_contract::Timestamp;

    use super::*;

    #[test]
    fn mails_are_text_whose_links_stay_here() {
        let mail = SentMail {
            to: "<b>@academy.example".into(),
            subject: "123456 is your code".into(),
            text: "Your code:\n\nhttp://127.0.0.1:8000/sign-in/link/#c=1&s=2\n<i>\n".into(),
            html: "<script>alert(1)</script>".into(),
            list_unsubscribe: None,
            message_id: "1@academy.example".into(),
            at: Timestamp(0),
        };
        let html = article(&mail).into_string();
        assert!(
            html.contains("To &lt;b&gt;@academy.example · <time datetime=\"1970-01-01T00:00:00Z\">"),
            "{html}"
        );
        assert!(
            html.contains("<a href=\"/sign-in/link/#c=1&amp;s=2\">http://127.0.0.1:8000/sign-in/link/#c=1")
        );
        assert!(html.contains("&lt;i&gt;"));
        assert!(!html.contains("<script>"), "the HTML of a mail is no part of the page");
    }

    #[test]
    fn other_lines_are_no_links() {
        for line in ["javascript:alert(1)\n", "see http://x/\n", "http:// x\n", "\n", ""] {
            assert!(!linked(line).into_string().contains("<a"), "{line}");
        }
    }
}
