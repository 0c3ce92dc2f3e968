//! The browser that somebody signs in with: what it is called, and who has used it before.

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use lyceum_contract::id::MemberId;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::cookies::Cookie;
use crate::page::Frame;
use crate::token::{self, Purpose};

/// Browsers by what their user agent contains. The first that fits: most of them also name the ones below.
const BROWSERS: [(&str, &str); 12] = [
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// Systems, likewise. Android also names Linux, and an iPhone says that it is like a Mac.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

const BETWEEN: &str = " on ";

/// `Firefox on Linux`: only words of the lists above, so nothing that a browser says about itself is stored.
/// Empty when it says nothing that we know.
pub(super) fn label(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let find = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => [browser, system].join(BETWEEN),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

/// A stored label in the reader's language.
pub(crate) fn device_name(frame: &Frame, label: &str) -> String {
    match label.split_once(BETWEEN) {
        Some((browser, system)) => frame.fill("app_device_name", &[("browser", browser), ("system", system)]),
        None if label.is_empty() => frame.text("app_device_unknown").to_owned(),
        None => label.to_owned(),
    }
}

/// Seconds for which a browser remembers who has signed in with it. Browsers keep no cookie for longer.
const REMEMBERED_SECONDS: i64 = 400 * 86_400;
/// Members that one browser remembers.
const MAX_REMEMBERED: usize = 8;

/// Who has signed in with this browser. Gives no right: it only spares them a mail about a new device.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Remembered {
    #[serde(rename = "m")]
    pub(super) members: Vec<MemberId>,
}

impl Remembered {
    pub(super) fn from_cookie(config: &Config, headers: &HeaderMap) -> Self {
        let cookie = Cookie::Device.read(config, headers);
        cookie.and_then(|cookie| token::verify(&config.secrets, Purpose::Device, cookie)).unwrap_or_default()
    }

    /// The cookie that remembers one more.
    pub(super) fn with(mut self, config: &Config, member: &MemberId) -> Option<HeaderValue> {
        self.members.retain(|known| known != member);
        self.members.insert(0, member.clone());
        self.members.truncate(MAX_REMEMBERED);
        let value = token::sign(&config.secrets, Purpose::Device, &self)?;
        Cookie::Device.set(config, &value, REMEMBERED_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agent: &str, expected: &str) {
        let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_str(agent).expect("a value"))]);
        assert_eq!(label(&headers), expected, "{agent}");
    }

    #[test]
    fn a_browser_is_called_by_its_name() {
        check("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux");
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
            "Chrome on macOS",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        );
        check(
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36 MicroMessenger/8.0",
            "WeChat on Android",
        );
    }

    #[test]
    fn nothing_else_of_what_it_says_is_kept() {
        check("<script>alert(1)</script>", "");
        check("", "");
        check(&format!("{}Firefox/1{}", "A".repeat(9_000), "<b>"), "Firefox");
        check("My Linux box of ada@example.org", "Linux");
    }
}
