//! What is sold beyond reading: downloads, tickets, hours with an instructor, answers.
//!
//! The sealed part of a product's page is for whoever holds its scope, as with a lesson. What else the app must know
//! to sell it is here. Nothing here is a secret: a link to a meeting belongs into the sealed part of the page.

use serde::{Deserialize, Serialize};

use crate::id::Slug;
use crate::time::{Days, Timestamp};

/// The kind of a product, and what that kind needs. A program that reads a kind that it does not know refuses the
/// manifest: it could not tell when the product is sold out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goods {
    /// Files in the sealed part of the page. Bought once, kept for good.
    Download,
    /// A place at an event. One order is one place, and a member holds one at most.
    Ticket(Ticket),
    /// An hour with somebody, one to one. One order is one slot; a member may book several.
    Coaching(Coaching),
    /// A question that is answered in time or paid back. One order is one question.
    Question(Question),
}

/// A place at an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// When it begins. From then on no tickets are sold.
    pub starts: Timestamp,
    /// When it ends, if that is known; not before `starts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
    /// How many there are, at least 1; without, there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<u32>,
}

/// Hours with an instructor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coaching {
    /// Who gives them.
    pub instructor: Slug,
    /// How long one takes, 1 to 1,440 minutes.
    pub minutes: u32,
    /// When they begin, in order, each once. A slot is sold until it begins, and sold once.
    pub slots: Vec<Timestamp>,
}

/// Answers by an instructor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who answers.
    pub instructor: Slug,
    /// So long after the payment the answer is there, or the money goes back; at least a day.
    pub within: Days,
}

impl Goods {
    /// Whether one member may buy it again while they hold it: each order gets something of its own.
    pub fn is_repeatable(&self) -> bool {
        matches!(self, Self::Coaching(_) | Self::Question(_))
    }

    /// Who is asked or met.
    pub fn instructor(&self) -> Option<&Slug> {
        match self {
            Self::Coaching(coaching) => Some(&coaching.instructor),
            Self::Question(question) => Some(&question.instructor),
            Self::Download | Self::Ticket(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_read_back_and_unknown_ones_are_refused() {
        for json in [
            r#""download""#,
            r#"{"ticket":{"starts":1796151600,"ends":1796155200,"places":40}}"#,
            r#"{"ticket":{"starts":1796151600}}"#,
            r#"{"coaching":{"instructor":"ada","minutes":45,"slots":[1796151600,1796155200]}}"#,
            r#"{"question":{"instructor":"ada","within":"P3D"}}"#,
        ] {
            let goods: Goods = serde_json::from_str(json).expect(json);
            assert_eq!(serde_json::to_string(&goods).expect("plain data"), json);
        }
        assert!(serde_json::from_str::<Goods>(r#""raffle""#).is_err());
    }

    #[test]
    fn what_is_one_of_many_can_be_bought_again() {
        let goods: Goods =
            serde_json::from_str(r#"{"question":{"instructor":"ada","within":"P3D"}}"#).expect("x");
        assert!(goods.is_repeatable() && !Goods::Download.is_repeatable());
        assert_eq!(goods.instructor().map(Slug::as_str), Some("ada"));
    }
}
