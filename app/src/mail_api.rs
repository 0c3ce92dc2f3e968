//! Mail through a service's HTTP API, as Resend takes it: `POST {from, to, subject, text, html, headers}` with a bearer
//! key. The id of the mail is the idempotency key, so a repetition is not delivered twice.

use std::collections::BTreeMap;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};

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

impl<H> MailApi<H> {
    fn request(&self, mail: &Mail) -> http::Result<Request<Vec<u8>>> {
        let mut headers = BTreeMap::from([("Message-ID", format!("<{}>", mail.message_id))]);
        if let Some(url) = &mail.list_unsubscribe {
            headers.insert("List-Unsubscribe", format!("<{url}>"));
            headers.insert("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
        }
        let body = serde_json::json!({
            "from": self.from, "to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html,
            "headers": headers,
        });
        Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &mail.message_id)
            .body(body.to_string().into_bytes())
    }
}
