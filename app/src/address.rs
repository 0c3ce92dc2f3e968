//! Addresses: the values in them, and which of them stay on this site.

use std::fmt::Write;

/// A text as a value in a query or a form: everything but letters, digits and `-._~/` percent-encoded.
pub(crate) fn query_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Whether every browser reads this as an address of this site.
pub(crate) fn is_same_site(address: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>');
    address.starts_with('/')
        && !address.starts_with("//")
        && address.len() <= 512
        && address.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for good in ["/", "/courses/rust/", "/checkout/?price=pro-month"] {
            assert!(is_same_site(good), "{good}");
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil",
            "/a\r\nb: c",
        ] {
            assert!(!is_same_site(bad), "{bad:?}");
        }
    }

    #[test]
    fn values_cannot_leave_their_place() {
        assert_eq!(query_value("/checkout/?price=a&from=/b/"), "/checkout/%3Fprice%3Da%26from%3D/b/");
        assert_eq!(query_value("语 +"), "%E8%AF%AD%20%2B");
    }
}
