//! As much of HTTP/1.1 as a benchmark needs: one connection, kept open, and a cookie jar.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

const TIMEOUT: Duration = Duration::from_secs(20);

/// One answer.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first header of this name, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// One connection that stays open.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// To `host:port`.
    pub(crate) fn open(authority: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(authority).with_context(|| format!("nobody listens at {authority}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a whole request and reads the whole answer.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> Result<Response> {
        self.0.get_mut().write_all(request)?;
        let mut response = self.head()?;
        if response.status == 304 || response.status == 204 {
            return Ok(response);
        }
        if response.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            self.chunks(&mut response.body)?;
        } else {
            let len = response.header("content-length").context("an answer without a length")?.parse()?;
            self.bytes(len, &mut response.body)?;
        }
        Ok(response)
    }

    fn head(&mut self) -> Result<Response> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).context("no status line")?.parse()?;
        let mut response = Response { status, ..Response::default() };
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(response);
            }
            let (name, value) = line.split_once(':').context("a header without a colon")?;
            response.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Result<()> {
        loop {
            let line = self.line()?;
            let len = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            self.bytes(len, body)?;
            self.line()?;
            if len == 0 {
                return Ok(());
            }
        }
    }

    fn bytes(&mut self, len: usize, body: &mut Vec<u8>) -> Result<()> {
        let start = body.len();
        body.resize(start + len, 0);
        self.0.read_exact(body.get_mut(start..).unwrap_or_default())?;
        Ok(())
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            bail!("the server closed the connection");
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// One person at one site.
pub(crate) struct Client {
    authority: String,
    cookies: BTreeMap<String, String>,
}

impl Client {
    /// At `host:port`, without a cookie.
    pub(crate) fn new(authority: &str) -> Self {
        Self { authority: authority.to_owned(), cookies: BTreeMap::new() }
    }

    /// The value of the `Cookie` header.
    pub(crate) fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<Response> {
        let request = get(&self.authority, path, &self.cookie());
        self.send(&request)
    }

    /// Posts a form as a page of the site does. The values must need no escaping.
    pub(crate) fn post(&mut self, path: &str, form: &str) -> Result<Response> {
        let mut request = format!("POST {path} HTTP/1.1\r\nhost: {}\r\n", self.authority);
        write!(request, "cookie: {}\r\nsec-fetch-site: same-origin\r\n", self.cookie())?;
        write!(
            request,
            "content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        )?;
        self.send(request.as_bytes())
    }

    fn send(&mut self, request: &[u8]) -> Result<Response> {
        let response = Connection::open(&self.authority)?.exchange(request)?;
        let cookies = response.headers.iter().filter(|(name, _)| name == "set-cookie");
        for (_, cookie) in cookies {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

/// A request for a page, as a browser with this cookie sends it.
pub(crate) fn get(authority: &str, path: &str, cookie: &str) -> Vec<u8> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
    format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\naccept-encoding: gzip\r\n{cookie}\r\n").into_bytes()
}
