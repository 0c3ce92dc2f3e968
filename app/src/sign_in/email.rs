//! Addresses of people.

/// The address in the form in which one person has one account; `None` when it cannot be one.
pub fn normalized_email(text: &str) -> Option<String> {
    // `str::to_lowercase` also knows where a Greek word ends, which takes kilobytes of the Worker.
    let email: String = text.trim().chars().flat_map(char::to_lowercase).collect();
    let (local, domain) = email.split_once('@')?;
    let visible = |part: &str| {
        !part.chars().any(|char| char.is_whitespace() || char.is_control() || "<>,;:\"()[]\\".contains(char))
    };
    let is_domain =
        domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains('@');
    let valid = email.len() <= 254 && !local.is_empty() && is_domain && visible(local) && visible(domain);
    valid.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(normalized_email("  Ada@Example.ORG ").as_deref(), Some("ada@example.org"));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@example",
            "a b@example.org",
            "a@b@c.org",
            "a@.org",
            "a\n@b.org",
            "a@b.org,c@d.org",
        ] {
            assert_eq!(normalized_email(bad), None, "{bad:?}");
        }
    }
}
