//! Mail through a service's HTTP API: `POST {from, to, subject, text}` with a bearer key, as Resend takes it.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};

use crate::ports::{Http, Mail, Mailer, Unavailable};

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
    async fn send(&self, mail: &Mail) -> Result<(), Unavailable> {
        let body = serde_json::json!({ "from": self.from, "to": mail.to, "subject": mail.subject, "text": mail.text });
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string().into_bytes())
            .map_err(|error| Unavailable::new("mailer", error))?;
        let response = self.http.send(request).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Unavailable::new("mailer", format_args!("the mail service answered {}", response.status())))
    }
}
