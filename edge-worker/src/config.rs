//! Configuration from variables and secrets. Without the keys nothing is served: fail closed.

use std::fmt;

use lyceum_app::{Config, GitHubApp, Secrets};
use lyceum_contract::seal::{InvalidKeys, KeyRing};
use worker::Env;

/// Keys that open sealed pages, `kid:hex32,…`.
pub(crate) const SEAL_KEYS: &str = "LYCEUM_SEAL_KEYS";
/// Keys that sign cookies, `kid:hex32,…`.
pub(crate) const SESSION_KEYS: &str = "LYCEUM_SESSION_KEYS";

const PAYMENT_ORIGINS: &str = "https://checkout.stripe.com,https://billing.stripe.com";
const MAX_MAILS_PER_HOUR: i64 = 1_000;

/// Why the Worker must not serve: what is missing or wrong, by name. Never contains a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(Vec<String>);

impl Refusal {
    pub(crate) fn new(reason: String) -> Self {
        Self(vec![reason])
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

/// The configuration of this deployment.
pub(crate) fn read(env: &Env) -> Result<Config, Refusal> {
    parse(|name| text(env, name))
}

/// A variable or a secret; `None` when it is absent or blank.
pub(crate) fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|text| !text.trim().is_empty())
}

fn parse(get: impl Fn(&str) -> Option<String>) -> Result<Config, Refusal> {
    let mut reasons = Vec::new();
    let seal_keys = keys(&get, SEAL_KEYS, KeyRing::parse, &mut reasons);
    let secrets = keys(&get, SESSION_KEYS, Secrets::parse, &mut reasons);
    let max_mails_per_hour = match get("MAX_MAILS_PER_HOUR").map(|text| text.parse()) {
        None => MAX_MAILS_PER_HOUR,
        Some(Ok(number)) => number,
        Some(Err(_)) => {
            reasons.push("MAX_MAILS_PER_HOUR is not a number".to_owned());
            0
        }
    };
    let github = github(&get, &mut reasons);
    let (Some(seal_keys), Some(secrets), true) = (seal_keys, secrets, reasons.is_empty()) else {
        return Err(Refusal(reasons));
    };
    let origins = get("PAYMENT_ORIGINS").unwrap_or_else(|| PAYMENT_ORIGINS.to_owned());
    Ok(Config {
        version: env!("CARGO_PKG_VERSION"),
        seal_keys,
        secrets,
        origin: get("SITE_ORIGIN").map(|origin| origin.trim().trim_end_matches('/').to_owned()),
        // Workers are reached over HTTPS; browsers keep `Secure` cookies of http://127.0.0.1 as well.
        is_https: true,
        max_mails_per_hour,
        payment_origins: origins.split(',').map(|origin| origin.trim().to_owned()).collect(),
        has_tax: get("STRIPE_TAX").is_some_and(|value| value == "automatic"),
        github,
        preview: None,
    })
}

/// The app at GitHub, when it is named. `GITHUB_URL` is for tests.
fn github(get: impl Fn(&str) -> Option<String>, reasons: &mut Vec<String>) -> Option<GitHubApp> {
    let app = match (get("GITHUB_CLIENT_ID"), get("GITHUB_CLIENT_SECRET")) {
        (None, None) => return None,
        (Some(id), Some(secret)) => GitHubApp::new(id.trim().to_owned(), secret.trim().to_owned()),
        _ => {
            reasons.push("GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET belong together".to_owned());
            return None;
        }
    };
    Some(match get("GITHUB_URL") {
        Some(url) => app.at(url.trim().trim_end_matches('/')),
        None => app,
    })
}

fn keys<T>(
    get: impl Fn(&str) -> Option<String>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, InvalidKeys>,
    reasons: &mut Vec<String>,
) -> Option<T> {
    let parsed = get(name)
        .ok_or_else(|| format!("{name} is not set"))
        .and_then(|text| parse(text.trim()).map_err(|error| format!("{name} cannot be used: {error}")));
    parsed.map_err(|reason| reasons.push(reason)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_with(pairs: &[(&str, &str)]) -> Result<Config, Refusal> {
        parse(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn every_missing_secret_is_named() {
        let refusal = parse_with(&[]).expect_err("no keys").to_string();
        assert_eq!(refusal, "LYCEUM_SEAL_KEYS is not set; LYCEUM_SESSION_KEYS is not set");
    }

    #[test]
    fn a_refusal_never_shows_a_value() {
        let secret = "ab".repeat(31);
        let refusal =
            parse_with(&[(SEAL_KEYS, &format!("k1:{secret}"))]).expect_err("a short key").to_string();
        assert!(refusal.starts_with("LYCEUM_SEAL_KEYS cannot be used: expected a secret"), "{refusal}");
        assert!(!refusal.contains(&secret));
    }

    #[test]
    fn the_development_key_is_refused() {
        let key = format!("dev:{}", "00".repeat(32));
        assert!(parse_with(&[(SEAL_KEYS, &key), (SESSION_KEYS, &key)]).is_err());
    }

    #[test]
    fn with_keys_it_serves() {
        let key = format!("k1:{}", "00".repeat(32));
        let config = parse_with(&[
            (SEAL_KEYS, &key),
            (SESSION_KEYS, &key),
            ("PAYMENT_ORIGINS", "https://a, https://b"),
        ]);
        let config = config.expect("complete");
        assert!(config.is_https && config.preview.is_none());
        assert_eq!(config.payment_origins, ["https://a", "https://b"]);
    }
}
