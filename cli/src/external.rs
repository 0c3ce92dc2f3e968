//! Links to other sites, asked one by one: a few at a time, never within a private network.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Mutex;
use std::time::Duration;

use lyceum_generator::check::ExternalLink;
use lyceum_generator::{Code, Diagnostic};

/// How many sites are asked at the same time.
const MAX_AT_ONCE: usize = 8;
/// For one address, redirects and the second try included.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A redirect leads on at most this often.
const MAX_REDIRECTS: usize = 5;
/// What a site says in its body does not matter.
const MAX_BODY_BYTES: u64 = 64 * 1024;

/// Which addresses may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Addresses that everybody can reach.
    Public,
    /// Also this machine, for tests.
    Loopback,
}

/// What became of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Works,
    /// It has moved for good.
    Moved(String),
    /// There is nothing.
    Dead(String),
    /// It could not be found out.
    Unclear(String),
    /// It was not asked.
    Refused,
}

/// Asks for every address once and says what is wrong at each place that links to it.
pub(crate) fn check(links: &[ExternalLink], reach: Reach) -> Vec<Diagnostic> {
    let mut answers: BTreeMap<&str, Option<Answer>> = BTreeMap::new();
    for link in links {
        answers.insert(without_fragment(&link.url), None);
    }
    let urls: Vec<&str> = answers.keys().copied().collect();
    let queue = Mutex::new(urls.into_iter());
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..MAX_AT_ONCE.min(answers.len()) {
            scope.spawn(|| {
                let agent = agent(reach);
                loop {
                    // A thread that panicked took one address with it; the others go on.
                    let next = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                    let Some(url) = next else { break };
                    let answer = ask(&agent, url, reach);
                    found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((url, answer));
                }
            });
        }
    });
    for (url, answer) in found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        answers.insert(url, Some(answer));
    }
    links
        .iter()
        .filter_map(|link| report(link, answers.get(without_fragment(&link.url))?.as_ref()?))
        .collect()
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

fn report(link: &ExternalLink, answer: &Answer) -> Option<Diagnostic> {
    let url = &link.url;
    match answer {
        Answer::Works => None,
        Answer::Moved(to) => {
            let message = format!("`{url}` has moved for good to `{to}`");
            Some(link.warning(Code::MovedExternalLink, message, "link to the new address"))
        }
        Answer::Dead(why) => {
            let message = format!("`{url}` does not work: {why}");
            Some(link.error(Code::DeadExternalLink, message, "find the page's new place, or remove the link"))
        }
        Answer::Unclear(why) => {
            let message = format!("`{url}` could not be checked: {why}");
            Some(link.warning(Code::DeadExternalLink, message, "look at it in a browser"))
        }
        Answer::Refused => {
            let message = format!("`{url}` leads into a private network, expected a public address");
            Some(link.warning(Code::RefusedExternalLink, message, "readers cannot follow it either"))
        }
    }
}

fn agent(reach: Reach) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("lyceum/", env!("CARGO_PKG_VERSION"), " (link check)"))
        .build();
    ureq::Agent::with_parts(config, ureq::unversioned::transport::DefaultConnector::default(), Public(reach))
}

/// Resolves names, and gives only addresses that may be asked: a name can lead into a private network as well, and it is
/// this very address that is then connected to.
#[derive(Debug)]
struct Public(Reach);

impl ureq::unversioned::resolver::Resolver for Public {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        config: &ureq::config::Config,
        timeout: ureq::unversioned::transport::NextTimeout,
    ) -> Result<ureq::unversioned::resolver::ResolvedSocketAddrs, ureq::Error> {
        let all = ureq::unversioned::resolver::DefaultResolver::default().resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        all.iter()
            .filter(|address| is_allowed(address.ip(), self.0))
            .for_each(|address| allowed.push(*address));
        if allowed.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(allowed) }
    }
}

/// Follows redirects by hand, so that each step is judged.
fn ask(agent: &ureq::Agent, url: &str, reach: Reach) -> Answer {
    let mut at = url.to_owned();
    let mut moved = None;
    for _ in 0..=MAX_REDIRECTS {
        if is_private(&at, reach) {
            return Answer::Refused;
        }
        let (status, location) = match head_or_get(agent, &at) {
            Ok(answer) => answer,
            Err(ureq::Error::HostNotFound) => return Answer::Dead("no such host".to_owned()),
            Err(ureq::Error::BadUri(why)) => return Answer::Dead(format!("not an address: {why}")),
            Err(error) => return Answer::Unclear(error.to_string()),
        };
        match (status, location) {
            (200..300, _) => return moved.map_or(Answer::Works, Answer::Moved),
            (300..400, Some(location)) => {
                let Some(next) = joined(&at, &location) else {
                    return Answer::Unclear(format!("a redirect to `{location}`"));
                };
                // Only a chain that is permanent from the start is worth a new link.
                if matches!(status, 301 | 308) && (moved.is_some() || at == url) {
                    moved = Some(next.clone());
                }
                at = next;
            }
            (404 | 410, _) => return Answer::Dead(format!("status {status}")),
            (status, _) => return Answer::Unclear(format!("status {status}")),
        }
    }
    Answer::Unclear(format!("more than {MAX_REDIRECTS} redirects"))
}

/// `HEAD`, and `GET` where that is not answered well: many servers know only the second.
fn head_or_get(agent: &ureq::Agent, url: &str) -> Result<(u16, Option<String>), ureq::Error> {
    match agent.head(url).call().map(|response| outcome(&response)) {
        Ok((status, location)) if status < 400 => return Ok((status, location)),
        Err(error @ (ureq::Error::HostNotFound | ureq::Error::BadUri(_))) => return Err(error),
        _ => {}
    }
    let mut response = agent.get(url).call()?;
    let outcome = outcome(&response);
    // Reading a little lets a small answer end in order; a large one is cut off.
    let _ = response.body_mut().with_config().limit(MAX_BODY_BYTES).read_to_vec();
    Ok(outcome)
}

fn outcome(response: &ureq::http::Response<ureq::Body>) -> (u16, Option<String>) {
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    (response.status().as_u16(), location.map(str::to_owned))
}

/// Where a redirect leads.
fn joined(base: &str, location: &str) -> Option<String> {
    let lower = location.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Some(location.to_owned());
    }
    let (scheme, rest) = base.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    if let Some(other) = location.strip_prefix("//") {
        return Some(format!("{scheme}://{other}"));
    }
    if location.starts_with('/') {
        return Some(format!("{scheme}://{host}{location}"));
    }
    if location.contains("://") {
        return None;
    }
    let path = rest[host.len()..].split(['?', '#']).next().unwrap_or_default();
    let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
    Some(format!("{scheme}://{host}{folder}{location}"))
}

/// Whether all addresses of the host are private. Names that cannot be resolved are dead, not private.
fn is_private(url: &str, reach: Reach) -> bool {
    let Ok(uri) = url.parse::<ureq::http::Uri>() else { return false };
    let Some(host) = uri.host() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(addresses) = (host, uri.port_u16().unwrap_or(443)).to_socket_addrs() else { return false };
    let addresses: Vec<SocketAddr> = addresses.collect();
    !addresses.is_empty() && addresses.iter().all(|address| !is_allowed(address.ip(), reach))
}

/// Whether everybody can reach the address.
fn is_allowed(address: IpAddr, reach: Reach) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, _] = four.octets();
            let is_special = four.is_private()
                || four.is_link_local()
                || four.is_multicast()
                || four.is_broadcast()
                || four.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19));
            if four.is_loopback() { reach == Reach::Loopback } else { !is_special }
        }
        IpAddr::V6(six) => {
            if let Some(four) = six.to_ipv4_mapped() {
                return is_allowed(IpAddr::V4(four), reach);
            }
            let first = six.segments()[0];
            let is_special = six.is_unspecified()
                || six.is_multicast()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
                || (first == 0x2001 && six.segments()[1] == 0x0db8)
                // An address of version 4 in disguise.
                || first == 0x2002
                || (first == 0x0064 && six.segments()[1] == 0xff9b)
                || six.segments()[..6] == [0; 6];
            if six.is_loopback() { reach == Reach::Loopback } else { !is_special }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known() {
        for (address, expected) in [
            ("93.184.216.34", true),
            ("2606:2800:220:1::1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::ffff:169.254.169.254", false),
            ("::7f00:1", false),
            ("2002:7f00:1::", false),
            ("64:ff9b::a00:1", false),
        ] {
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(is_allowed(address, Reach::Public), expected, "{address}");
        }
        assert!(is_allowed("127.0.0.1".parse().expect("an address"), Reach::Loopback));
        assert!(!is_allowed("169.254.169.254".parse().expect("an address"), Reach::Loopback));
    }

    #[test]
    fn a_way_around_the_list_is_private_too() {
        for url in [
            "http://127.0.0.1/",
            "http://[::1]:8080/",
            "http://localhost/x",
            "http://[::ffff:10.0.0.1]/",
            "http://2130706433/",
        ] {
            assert!(is_private(url, Reach::Public), "{url}");
        }
        assert!(!is_private("not an address", Reach::Public));
    }

    #[test]
    fn redirects_lead_on() {
        for (base, location, expected) in [
            ("https://a.org/x/y?q", "/z", Some("https://a.org/z")),
            ("https://a.org/x/y", "z", Some("https://a.org/x/z")),
            ("https://a.org", "z", Some("https://a.org/z")),
            ("http://a.org/", "//b.org/z", Some("http://b.org/z")),
            ("https://a.org/", "http://b.org", Some("http://b.org")),
            ("https://a.org/", "ftp://b.org", None),
        ] {
            assert_eq!(joined(base, location).as_deref(), expected, "{location}");
        }
    }
}
