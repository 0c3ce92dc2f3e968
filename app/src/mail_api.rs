//! Mail through a service's HTTP API, as Resend takes it: `POST {from, to, subject, text, html, headers}` with a bearer
//! key. The id of the mail is the idempotency key, so a repetition is not delivered twice.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use serde::Serialize;

use crate::ports::{Http, Mail, Mailer, NotSent, Unavailable};

/// Sends mail through an HTTP API.
pub struct MailApi<H> {
    http: H,
    url: String,
    key: String,
    from: String,
}

impl<H: Http> MailApi<H> {
    /// `url`: where to post; `key`: the bearer key; `from`: `Academy <hello@academy.example>`.
    pub fn new(http: H, url: String, key: String, from: String) -> Self {
        Self { http, url, key, from }
    }
}

impl<H: Http> Mailer for MailApi<H> {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        let request = self.request(mail).map_err(|error| NotSent::Refused(error.to_string()))?;
        let status = self.http.send(request).await?.status();
        let reason = format!("the mail service answered {status}");
        match status.as_u16() {
            200..300 => Ok(()),
            // It took the same key with another body, or cannot use what we wrote.
            400 | 409 | 413 | 422 => Err(NotSent::Refused(reason)),
            // Everything else is about us or about the service: the key, the limit, an outage.
            _ => Err(Unavailable::new("mailer", reason).into()),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    from: &'a str,
    to: &'a str,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    headers: Headers,
}

/// What is left out is not sent.
#[derive(Serialize)]
struct Headers {
    #[serde(rename = "Message-ID")]
    message_id: String,
    #[serde(rename = "List-Unsubscribe", skip_serializing_if = "Option::is_none")]
    list_unsubscribe: Option<String>,
    #[serde(rename = "List-Unsubscribe-Post", skip_serializing_if = "Option::is_none")]
    list_unsubscribe_post: Option<&'static str>,
}

impl<H> MailApi<H> {
    fn request(&self, mail: &Mail) -> http::Result<Request<Vec<u8>>> {
        let headers = Headers {
            message_id: format!("<{}>", mail.message_id),
            list_unsubscribe: mail.list_unsubscribe.as_ref().map(|url| format!("<{url}>")),
            list_unsubscribe_post: mail.list_unsubscribe.as_ref().map(|_| "List-Unsubscribe=One-Click"),
        };
        let Mail { to, subject, text, html, .. } = mail;
        let body = Body { from: &self.from, to, subject, text, html, headers };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &mail.message_id)
            .body(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(list_unsubscribe: Option<&str>) -> serde_json::Value {
        let (url, from) = ("https://mail.example/emails".to_owned(), "hello@a.example".to_owned());
        let api = MailApi { http: (), url, key: "key".to_owned(), from };
        let mail = Mail {
            to: "ada@example.org".into(),
            subject: "Sub\r\nBcc: x".into(),
            text: "text".into(),
            html: "<p>text".into(),
            list_unsubscribe: list_unsubscribe.map(str::to_owned),
            message_id: "1@a.example".into(),
        };
        let request = api.request(&mail).expect("a request");
        assert_eq!(request.headers()["idempotency-key"], "1@a.example");
        serde_json::from_slice(request.body()).expect("JSON")
    }

    #[test]
    fn the_service_is_told_everything() {
        let headers = serde_json::json!({ "Message-ID": "<1@a.example>" });
        let expected = serde_json::json!({
            "from": "hello@a.example", "to": "ada@example.org", "subject": "Sub\r\nBcc: x", "text": "text",
            "html": "<p>text", "headers": headers,
        });
        assert_eq!(body(None), expected);
        let headers = serde_json::json!({
            "Message-ID": "<1@a.example>",
            "List-Unsubscribe": "<https://a.example/?t=1>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        });
        assert_eq!(body(Some("https://a.example/?t=1"))["headers"], headers);
    }
}
