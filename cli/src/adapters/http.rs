//! Requests to other programs.

use std::time::Duration;

use http::{Request, Response};
use lyceum_app::ports::{Http, Unavailable};

use super::disk::blocking;

/// The whole exchange; a buyer is waiting.
const TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// An HTTP client over `ureq`. Follows no redirects: an address is configured, never discovered.
#[derive(Debug, Clone)]
pub struct UreqHttp {
    agent: ureq::Agent,
}

impl Default for UreqHttp {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("lyceum/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().into() }
    }
}

impl Http for UreqHttp {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unavailable> {
        let agent = self.agent.clone();
        blocking("http", move || {
            // The error may name the address, which is configuration, and never a header or a body.
            exchange(&agent, request).map_err(|error| Unavailable::new("http", error))
        })
        .await
    }
}

fn exchange(agent: &ureq::Agent, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    let (parts, body) = request.into_parts();
    let response = if body.is_empty() {
        agent.run(Request::from_parts(parts, ()))?
    } else {
        agent.run(Request::from_parts(parts, body))?
    };
    let (parts, mut body) = response.into_parts();
    let body = body.with_config().limit(MAX_ANSWER_BYTES).read_to_vec()?;
    Ok(Response::from_parts(parts, body))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// Answers one request with `answer`, and returns what was asked.
    fn server(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a visitor");
            let mut buffer = [0; 2_000];
            let mut asked = Vec::new();
            while !asked.ends_with(b"a=b") {
                let n_bytes = stream.read(&mut buffer).expect("bytes");
                asked.extend_from_slice(&buffer[..n_bytes]);
            }
            stream.write_all(answer.as_bytes()).expect("sent");
            String::from_utf8(asked).expect("text")
        });
        (url, asked)
    }

    #[tokio::test]
    async fn a_bad_status_is_an_answer() {
        let (url, asked) = server("HTTP/1.1 402 Payment Required\r\ncontent-length: 2\r\n\r\n{}");
        let request = Request::post(url).header("authorization", "Bearer x").body(b"a=b".to_vec());
        let response = UreqHttp::default().send(request.expect("a request")).await.expect("an answer");
        assert_eq!((response.status().as_u16(), response.body().as_slice()), (402, &b"{}"[..]));
        let asked = asked.join().expect("no panic").to_lowercase();
        assert!(asked.starts_with("post /v1 http/1.1\r\n") && asked.contains("authorization: bearer x"));
    }

    #[tokio::test]
    async fn nobody_there_is_an_outage() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        drop(listener);
        let request = Request::get(url).body(Vec::new()).expect("a request");
        assert_eq!(UreqHttp::default().send(request).await.expect_err("nobody answers").port, "http");
    }
}
