//! Mail over SMTP.
//!
//! `lettre` speaks the protocol; who is connected is kept here. Its own pool takes a connection back in the middle of
//! a command when we stop waiting, and the next mail would read the answers to the last one. Ours is closed then.

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lyceum_app::ports::{Mail, Mailer, NotSent, Unavailable};
use tokio::time::timeout;

use super::smtp_url::{Encryption, SmtpUrl};

/// For one mail, from the first byte to the server's yes. Within what the port `Mailer` promises.
const PATIENCE: Duration = Duration::from_secs(25);
const CONNECT_PATIENCE: Duration = Duration::from_secs(8);
/// A connection that was not used for longer is not used again: servers close them without a word.
const IDLE: Duration = Duration::from_secs(20);

/// Sends mail to one server. Mails that are sent at the same time have connections of their own; one of them is kept
/// for the next mail.
pub struct SmtpMailer {
    url: SmtpUrl,
    from: Mailbox,
    tls: Option<TlsParameters>,
    patience: Duration,
    idle: Mutex<Option<(Instant, AsyncSmtpConnection)>>,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpMailer({})", self.url)
    }
}

impl SmtpMailer {
    /// A mailer that sends as `from` (`Academy <hello@academy.example>`). `authority`: certificates (PEM) of an
    /// authority to trust besides the public ones.
    pub fn new(url: SmtpUrl, from: &str, authority: Option<&[u8]>) -> Result<Self, String> {
        let from: Mailbox = from.parse().map_err(|error: AddressError| error.to_string())?;
        let tls = match url.encryption {
            Encryption::None => None,
            Encryption::Tls | Encryption::StartTls => Some(tls(&url.host, authority)?),
        };
        Ok(Self { url, from, tls, patience: PATIENCE, idle: Mutex::default() })
    }

    fn hello(&self) -> ClientId {
        ClientId::Domain(self.from.email.domain().to_owned())
    }

    /// A connection that is ready for a mail: the last one, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.take());
        if let Some((since, mut connection)) = idle
            && since.elapsed() < IDLE
            && connection.test_connected().await
        {
            return Ok(connection);
        }
        let (server, hello) = ((self.url.host.as_str(), self.url.port), self.hello());
        let wrapper = self.tls.clone().filter(|_| self.url.encryption == Encryption::Tls);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT_PATIENCE), &hello, wrapper, None)
                .await?;
        if let (Encryption::StartTls, Some(tls)) = (self.url.encryption, &self.tls) {
            connection.starttls(tls.clone(), &hello).await?;
        }
        if let Some((user, password)) = self.url.credentials.clone() {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, &Credentials::new(user, password)).await?;
        }
        Ok(connection)
    }

    async fn deliver(&self, message: &lettre::Message) -> Result<(), NotSent> {
        // Whatever is wrong before the mail itself is wrong for every mail.
        let mut connection = self.connection().await.map_err(|error| self.unavailable(&error))?;
        connection
            .send(message.envelope(), &message.formatted())
            .await
            .map_err(|error| self.not_sent(&error))?;
        if let Ok(mut idle) = self.idle.lock() {
            *idle = Some((Instant::now(), connection));
        }
        Ok(())
    }

    fn not_sent(&self, error: &Error) -> NotSent {
        let code = error.status().map(|code| code.to_string());
        match code.as_deref() {
            // The server is about to go, or wants a password.
            None | Some("421" | "530" | "534" | "535" | "538") => self.unavailable(error).into(),
            Some(code) if error.is_permanent() => NotSent::Refused(self.answered(code)),
            Some(code) => NotSent::Deferred(self.answered(code)),
        }
    }

    fn unavailable(&self, error: &Error) -> Unavailable {
        Unavailable::new(
            "mailer",
            match error.status() {
                Some(code) => self.answered(&code.to_string()),
                None => format!("{}: {}", self.url, cause(error)),
            },
        )
    }

    /// The code alone: the text behind it often repeats the address.
    fn answered(&self, code: &str) -> String {
        format!("{} answered {code}", self.url)
    }
}

impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        // The error could name the address.
        let message = message(&self.from, mail)
            .map_err(|_| NotSent::Refused("it cannot be written as a mail".to_owned()))?;
        match timeout(self.patience, self.deliver(&message)).await {
            Ok(done) => done,
            Err(_) => {
                Err(Unavailable::new("mailer", format_args!("{} did not answer in time", self.url)).into())
            }
        }
    }
}

fn tls(host: &str, authority: Option<&[u8]>) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authority {
        let certificate = Certificate::from_pem(pem).map_err(|error| error.to_string())?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build().map_err(|error| error.to_string())
}

/// What went wrong on the way. The text of a server's answer is left out, because it may name people.
fn cause(error: &Error) -> String {
    use std::error::Error as _;
    if error.is_response() {
        return "an answer that is no SMTP".to_owned();
    }
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

fn message(from: &Mailbox, mail: &Mail) -> Result<lettre::Message, Box<dyn std::error::Error>> {
    let mut message = lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, mail.to.parse()?))
        .subject(mail.subject.as_str())
        .date_now()
        .message_id(Some(format!("<{}>", mail.message_id)))
        // Absence notices need not answer.
        .raw_header(header("Auto-Submitted", "auto-generated")?);
    if let Some(url) = &mail.list_unsubscribe {
        message = message
            .raw_header(header("List-Unsubscribe", &format!("<{url}>"))?)
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
    }
    Ok(message.multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?)
}

/// A header whose value stands as it is, because an address that is folded or encoded is none any more.
fn header(name: &'static str, value: &str) -> Result<HeaderValue, &'static str> {
    if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || value.len() > 900 {
        return Err("the value of a header is one short line");
    }
    let name = HeaderName::new_from_ascii_str(name);
    Ok(HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "ada@academy.example".into(),
            subject: "Your order".into(),
            text: "Hello\n".into(),
            html: "<p>Hello</p>".into(),
            list_unsubscribe: Some(format!(
                "https://academy.example/mail/unsubscribe/?t={}",
                "a".repeat(200)
            )),
            message_id: "1@academy.example".into(),
        }
    }

    fn written(change: impl FnOnce(&mut Mail)) -> Result<String, String> {
        let mut mail = mail();
        change(&mut mail);
        let from = "Academy <hello@academy.example>".parse().expect("an address");
        let message = message(&from, &mail).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(message.formatted()).expect("text"))
    }

    fn names(message: &str) -> Vec<&str> {
        let (head, _) = message.split_once("\r\n\r\n").expect("a head");
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split_once(':').expect("a name").0).collect()
    }

    #[test]
    fn a_mail_has_these_headers() {
        let message = written(|_| ()).expect("a mail");
        let mut names = names(&message);
        names.sort_unstable();
        let expected = [
            "Auto-Submitted",
            "Content-Type",
            "Date",
            "From",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To",
        ];
        assert_eq!(names, expected);
        let url = format!(
            "List-Unsubscribe: <https://academy.example/mail/unsubscribe/?t={}>\r\n",
            "a".repeat(200)
        );
        assert!(message.contains(&url), "{message}");
    }

    #[test]
    fn nothing_in_a_mail_becomes_a_header() {
        let evil = "x\r\nBcc: eve@example.org\r\n\r\n<b>";
        let expected = names(&written(|_| ()).expect("a mail")).len();
        for field in 0..4 {
            let message = written(|mail| match field {
                0 => mail.subject = evil.into(),
                1 => mail.to = format!("ada@academy.example{evil}"),
                2 => mail.list_unsubscribe = Some(evil.into()),
                _ => mail.message_id = evil.into(),
            });
            if let Ok(message) = message {
                let names = names(&message);
                assert!(names.len() == expected && !names.contains(&"Bcc"), "{field}: {message}");
            }
        }
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_not_waited_for() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("smtp://{}?tls=none", listener.local_addr().expect("an address"));
        let mut mailer =
            SmtpMailer::new(url.parse().expect("a server"), "a@b.example", None).expect("a mailer");
        assert!((20..30).contains(&mailer.patience.as_secs()), "within what the port promises");
        mailer.patience = Duration::from_millis(50);
        let expected = format!("127.0.0.1:{} did not answer in time", mailer.url.port);
        assert_eq!(mailer.send(&mail()).await, Err(Unavailable::new("mailer", expected).into()));
    }

    #[test]
    fn a_sender_that_is_no_address_is_refused() {
        let url: SmtpUrl = "smtps://mail.academy.example".parse().expect("a server");
        assert!(SmtpMailer::new(url.clone(), "Academy", None).is_err());
        assert!(SmtpMailer::new(url.clone(), "Academy <hello@academy.example>", Some(b"nonsense")).is_ok());
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(SmtpMailer::new(url, "hello@academy.example", Some(broken)).is_err());
    }
}
