//! The address of a mail server: `smtps://user:password@host:465` or `smtp://user:password@host:587`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A mail server, and how to speak with it.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    /// Name or address, without brackets.
    pub host: String,
    /// Port: 465 for `smtps`, 587 for `smtp`, 25 without encryption.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte: `smtps://`.
    Tls,
    /// After STARTTLS, which the server must offer: `smtp://`.
    StartTls,
    /// Not at all: `smtp://…?tls=none`. A password is then sent to this machine only.
    None,
}

impl fmt::Debug for SmtpUrl {
    /// The password never gets into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpUrl({self})")
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl FromStr for SmtpUrl {
    type Err = &'static str;

    /// The error says what was expected and never what was found, which may be a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.trim().split_once("://").ok_or("expected `smtps://` or `smtp://`")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (encryption, default_port) = match (scheme, query) {
            ("smtps", "" | "tls=required") => (Encryption::Tls, 465),
            ("smtp", "" | "tls=required") => (Encryption::StartTls, 587),
            ("smtp", "tls=none") => (Encryption::None, 25),
            ("smtps" | "smtp", _) => {
                return Err("expected nothing after the port, `?tls=required`, or `?tls=none` for `smtp://`");
            }
            _ => return Err("expected `smtps://` or `smtp://`"),
        };
        let (user, server) = match rest.rsplit_once('@') {
            Some((user, server)) => (Some(user), server),
            None => (None, rest),
        };
        let (host, port) = host_and_port(server, default_port)?;
        let credentials = user.map(credentials).transpose()?;
        if encryption == Encryption::None && credentials.is_some() && !is_loopback(&host) {
            return Err("a password is not sent without encryption: leave out `?tls=none`");
        }
        Ok(Self { host, port, encryption, credentials })
    }
}

fn host_and_port(server: &str, default_port: u16) -> Result<(String, u16), &'static str> {
    // An address of version 6 stands in brackets, because it has colons itself.
    let (host, port) = match server.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((host, rest))) => (host, rest.strip_prefix(':')),
        Some(None) => return Err("expected `]` after the address"),
        None => server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let is_host_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    if host.is_empty() || !host.bytes().all(is_host_byte) {
        return Err("expected the name of a server");
    }
    let port = port.map_or(Ok(default_port), |port| port.parse().map_err(|_| "expected a port after `:`"))?;
    Ok((host.to_owned(), port))
}

fn credentials(user: &str) -> Result<(String, String), &'static str> {
    let (user, password) = user.split_once(':').ok_or("expected `user:password` before `@`")?;
    let decoded = |text| percent_decoded(text).ok_or("expected `%` and two hexadecimal digits");
    Ok((decoded(user)?, decoded(password)?))
}

/// `p%40ss` → `p@ss`.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let [high, low, after @ ..] = tail else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(*high)? * 16 + digit(*low)?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, server: &str, encryption: Encryption, credentials: Option<(&str, &str)>) {
        let url: SmtpUrl = text.parse().expect(text);
        let credentials = credentials.map(|(user, password)| (user.to_owned(), password.to_owned()));
        assert_eq!((url.to_string().as_str(), url.encryption), (server, encryption), "{text}");
        assert_eq!(url.credentials, credentials, "{text}");
    }

    #[test]
    fn addresses_of_servers_are_read() {
        let ada = Some(("ada@b.org", "p@ss:word"));
        check("smtps://ada%40b.org:p%40ss:word@mail.b.org", "mail.b.org:465", Encryption::Tls, ada);
        check(
            "smtp://ada@b.org:p%40ss:word@m.org:2525?tls=required",
            "m.org:2525",
            Encryption::StartTls,
            ada,
        );
        check("smtp://mail.b.org/", "mail.b.org:587", Encryption::StartTls, None);
        check("smtp://localhost?tls=none", "localhost:25", Encryption::None, None);
        check("smtp://a:b@[::1]:26?tls=none", "::1:26", Encryption::None, Some(("a", "b")));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for text in [
            "",
            "secret",
            "http://a:secret@b.org",
            "smtp://a:secret@b.org?tls=none",
            "smtp://a:secret@b.org?tls=opportunistic",
            "smtps://a:secret@b.org:port",
            "smtps://secret@b.org",
            "smtps://a:secret%4@b.org",
            "smtps://a:secret@",
            "smtps://a:secret@b org",
            "smtps://a:secret@[::1",
            "smtps://a:secret@b.org\r\nRCPT",
        ] {
            let error = text.parse::<SmtpUrl>().expect_err(text);
            assert!(!error.contains("secret"), "{text}: {error}");
        }
        let url: SmtpUrl = "smtps://ada:secret@b.org".parse().expect("a server");
        assert_eq!(format!("{url:?}"), "SmtpUrl(b.org:465)");
    }
}
