//! Identifiers: parsed once at the border, trusted inside.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not the identifier that it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId {
    /// What the text should have been, for example `a slug: 1 to 80 of a-z, 0-9 and -`.
    pub expected: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for InvalidId {}

/// Implements the text form of an identifier in terms of its `FromStr` check.
macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// The text, as it was parsed.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

/// One segment of a URL: 1 to 80 bytes of `a-z`, `0-9` and `-`, not starting or ending with `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl FromStr for Slug {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = text.as_bytes();
        let of_alphabet = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let valid = (1..=80).contains(&bytes.len())
            && bytes.iter().all(of_alphabet)
            && bytes.first() != Some(&b'-')
            && bytes.last() != Some(&b'-');
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { expected: "a slug: 1 to 80 of `a-z`, `0-9` and `-`" })
        }
    }
}

text_id!(Slug);

/// A lesson in every language and version: `course/lesson` or `course/module/lesson`.
///
/// Comments, progress and events hang on this id, so it never contains a language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LessonId(String);

impl LessonId {
    /// The id of the lesson at this place in the course.
    pub fn new(course: &Slug, module: Option<&Slug>, lesson: &Slug) -> Self {
        match module {
            Some(module) => Self(format!("{course}/{module}/{lesson}")),
            None => Self(format!("{course}/{lesson}")),
        }
    }

    /// The slug of the course, the first segment.
    pub fn course(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

impl FromStr for LessonId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let n_segments = text.split('/').count();
        if (2..=3).contains(&n_segments) && text.split('/').all(|segment| segment.parse::<Slug>().is_ok()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { expected: "a lesson id: `course/lesson` or `course/module/lesson`" })
        }
    }
}

text_id!(LessonId);

/// Defines a random identifier of 128 bits, written as 32 lower-case hexadecimal digits.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id made of these bytes, which the caller draws from a cryptographic source.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(hex(&bytes))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let of_alphabet = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                if text.len() == 32 && text.bytes().all(of_alphabet) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { expected: "an id: 32 of `0-9` and `a-f`" })
                }
            }
        }

        text_id!($name);
    };
}

random_id!(
    /// A person with an account.
    MemberId
);
random_id!(
    /// One checkout, from the press of the button to paid or given up.
    OrderId
);
random_id!(
    /// One attempt to sign in: a mail with a code and a link.
    ChallengeId
);
random_id!(
    /// One session in the list of devices. Not the secret that opens it.
    SessionId
);
random_id!(
    /// A seat of a team, from the invitation on.
    SeatId
);
random_id!(
    /// Something that a team is asked to learn by a day.
    AssignmentId
);
random_id!(
    /// One comment. The first 12 digits are the time in milliseconds, so ids sort by time of posting.
    CommentId
);
random_id!(
    /// One event. Chosen by the sender, so that a repeated delivery has the same id.
    EventId
);

impl CommentId {
    /// The id of a comment posted at `now_ms` (milliseconds since 1970), made unique by `random`.
    pub fn at(now_ms: u64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        let (time, tail) = bytes.split_at_mut(6);
        let [_, _, low @ ..] = now_ms.to_be_bytes();
        time.copy_from_slice(&low);
        tail.copy_from_slice(&random);
        Self::from_bytes(bytes)
    }
}

/// Writes bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Reads hexadecimal digits of either case; `None` for anything else and for an odd length.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    let digits = digits?;
    if digits.len() % 2 == 1 {
        return None;
    }
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_what_a_url_can_show() {
        for good in ["a", "rust-ownership", "0", &"x".repeat(80)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a/b", "a.b", "ä", "a\0", "a%2fb", &"x".repeat(81)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_lesson_id_has_two_or_three_slugs() {
        for good in ["rust/moves", "rust/ownership/moves"] {
            assert!(good.parse::<LessonId>().is_ok(), "{good}");
        }
        for bad in ["rust", "rust/", "/rust/moves", "a/b/c/d", "rust//moves", "rust/../moves"] {
            assert!(bad.parse::<LessonId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn comment_ids_sort_by_time() {
        let early = CommentId::at(1_000, [255; 10]);
        let late = CommentId::at(1_001, [0; 10]);
        assert!(early < late);
        assert_eq!(early.as_str().len(), 32);
    }

    #[test]
    fn hexadecimal_reads_back() {
        assert_eq!(unhex(&hex(&[0, 1, 254, 255])), Some(vec![0, 1, 254, 255]));
        assert_eq!(unhex("abc"), None);
        assert_eq!(unhex("zz"), None);
    }
}
