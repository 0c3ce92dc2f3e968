//! What the academy has to tell somebody by mail.
//!
//! A notice holds what its mail needs and no secret. A stored notice may be read by a newer program, so fields are
//! only added, each with a default.

use lyceum_contract::id::OrderId;
use lyceum_contract::time::Date;
use lyceum_contract::{Money, Price, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::assigned::AboutAssignment;
use super::orders::{Order, Purpose};

/// A fact that somebody has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// An order is paid. Confirmation and receipt in one.
    OrderPaid {
        /// The order.
        order: OrderId,
        /// What it gives.
        scope: Scope,
        /// The price as it was in git when the order was placed.
        price: Price,
        /// What was paid today: nothing while a trial runs, less than the price with a coupon.
        paid: Money,
        /// When.
        at: Timestamp,
        /// When what was booked begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starts: Option<Timestamp>,
        /// For whom it is.
        #[serde(default)]
        purpose: Purpose,
        /// For how many people.
        #[serde(default)]
        n_seats: u32,
    },
    /// A trial is about to become a paid subscription.
    TrialEnding {
        /// What it is for.
        scope: Scope,
        /// The end of the trial.
        at: Timestamp,
        /// What will be charged then, if that is known.
        #[serde(default)]
        charge: Option<Money>,
    },
    /// A subscription could not be charged.
    PaymentFailed {
        /// What it is for.
        scope: Scope,
        /// The end of access, unless it is paid until then.
        until: Timestamp,
        /// Whose access.
        #[serde(default)]
        purpose: Purpose,
    },
    /// Something that the reader of the mail paid for ended: a subscription, a pass.
    AccessEnded {
        /// What can no longer be read.
        scope: Scope,
        /// By whom.
        #[serde(default)]
        purpose: Purpose,
    },
    /// A seat gives nothing any more: it was taken back, or the team's access ended.
    SeatEnded {
        /// What can no longer be read.
        scope: Scope,
        /// Whom to ask: the buyer of the seats.
        #[serde(default)]
        host: Option<String>,
    },
    /// Money went back.
    Refunded {
        /// What it had paid for.
        scope: Scope,
        /// How much went back.
        amount: Money,
        /// Whether that was everything, so that access has ended.
        is_full: bool,
        /// Whose access.
        #[serde(default)]
        purpose: Purpose,
    },
    /// A bank took the money back for good, so access has ended.
    DisputeLost {
        /// What it had paid for.
        scope: Scope,
        /// Whose access.
        #[serde(default)]
        purpose: Purpose,
    },
    /// Somebody signed in with a browser that was not seen before.
    NewDevice {
        /// What kind of browser, as far as it says: `Firefox on Linux`.
        browser: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody bought this for the reader of the mail.
    GiftReceived {
        /// Who, as they want to be named.
        #[serde(default)]
        from: Option<String>,
        /// What they wrote.
        #[serde(default)]
        message: Option<String>,
        /// What it opens.
        scope: Scope,
        /// Where it is accepted.
        door: Door,
    },
    /// A company offers a seat.
    TeamInvitation {
        /// Name of the team.
        team: String,
        /// Where it is accepted.
        door: Door,
    },
    /// The member has another address now. Goes to the old one.
    EmailChanged {
        /// When.
        at: Timestamp,
    },
    /// A team's manager asks to learn something by a day. Optional.
    Assigned(AboutAssignment),
    /// That day is near. Optional.
    AssignmentDue(AboutAssignment),
    /// A prepaid pass is about to end. Optional: nothing is charged.
    PassEnding {
        /// What it opens.
        scope: Scope,
        /// Its last moment.
        at: Timestamp,
        /// Whose it is.
        #[serde(default)]
        purpose: Purpose,
    },
    /// A place or slot was gone when its money came. The money goes back.
    PlaceGone {
        /// The product.
        scope: Scope,
        /// When it begins.
        starts: Timestamp,
    },
    /// What somebody booked begins in a day.
    BookingSoon {
        /// The product.
        scope: Scope,
        /// When it begins.
        starts: Timestamp,
    },
    /// To an instructor: somebody booked an hour.
    Booked {
        /// The product.
        scope: Scope,
        /// When it begins.
        starts: Timestamp,
    },
    /// To an instructor: an hour that was booked is free again.
    BookingEnded {
        /// The product.
        scope: Scope,
        /// When it would have begun.
        starts: Timestamp,
    },
    /// To an instructor: a question was paid.
    QuestionArrived {
        /// The product.
        scope: Scope,
        /// When it is too late to answer.
        deadline: Timestamp,
    },
    /// To an instructor: a question has a day left.
    QuestionDue {
        /// The product.
        scope: Scope,
        /// When it is too late to answer.
        deadline: Timestamp,
    },
    /// A question was answered.
    QuestionAnswered {
        /// The product.
        scope: Scope,
    },
    /// A question was not answered in time. The money goes back.
    QuestionLapsed {
        /// The product.
        scope: Scope,
        /// How much goes back; nothing when nothing was paid.
        #[serde(default)]
        amount: Option<Money>,
    },
}

/// A link that only the reader of one mail has.
///
/// The Ledger keeps no secret of it: the app signs the id when the mail is written, and believes the link when the
/// signature is right. So whoever reads the Ledger cannot walk in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// The page that takes the link, for example `/team/join/`.
    pub page: String,
    /// What the link opens: the id of an invitation or of a gift.
    pub id: String,
}

impl Notice {
    /// Confirmation of an order that became paid at `at`.
    pub fn order_paid(order: &Order, at: Timestamp) -> Self {
        let amount = order.total();
        let paid = if order.price.trial.is_some() { Money { minor: 0, ..amount } } else { amount };
        let (id, scope) = (order.id.clone(), order.scope.clone());
        let (purpose, n_seats) = (order.purpose, order.quantity);
        let price = order.price.clone();
        Self::OrderPaid { order: id, scope, price, paid, at, starts: None, purpose, n_seats }
    }

    /// The kind, as it is stored and as the keys of its texts name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OrderPaid { .. } => "order_paid",
            Self::TrialEnding { .. } => "trial_ending",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::AccessEnded { .. } => "access_ended",
            Self::SeatEnded { .. } => "seat_ended",
            Self::Refunded { .. } => "refunded",
            Self::DisputeLost { .. } => "dispute_lost",
            Self::NewDevice { .. } => "new_device",
            Self::GiftReceived { .. } => "gift_received",
            Self::TeamInvitation { .. } => "team_invitation",
            Self::EmailChanged { .. } => "email_changed",
            Self::Assigned(_) => "assigned",
            Self::AssignmentDue(_) => "assignment_due",
            Self::PassEnding { .. } => "pass_ending",
            Self::PlaceGone { .. } => "place_gone",
            Self::BookingSoon { .. } => "booking_soon",
            Self::Booked { .. } => "booked",
            Self::BookingEnded { .. } => "booking_ended",
            Self::QuestionArrived { .. } => "question_arrived",
            Self::QuestionDue { .. } => "question_due",
            Self::QuestionAnswered { .. } => "question_answered",
            Self::QuestionLapsed { .. } => "question_lapsed",
        }
    }

    /// Whether a letter about an assignment may leave, when the reader is asked until this day now, or not at all. A
    /// letter that asks says the day of now; a reminder of another day is none.
    pub(crate) fn is_true_until(&mut self, day: Option<Date>) -> bool {
        match (self, day) {
            (Self::Assigned(about), Some(day)) => {
                about.day = day;
                true
            }
            (Self::AssignmentDue(about), Some(day)) => about.day == day,
            (Self::Assigned(_) | Self::AssignmentDue(_), None) => false,
            _ => true,
        }
    }

    /// The topic under which a member can switch it off; nothing for what is always sent.
    pub fn topic(&self) -> Option<Topic> {
        match self {
            Self::PassEnding { .. } => Some(Topic::PassEnding),
            Self::AccessEnded { .. } | Self::SeatEnded { .. } => Some(Topic::AccessEnded),
            Self::Assigned(_) | Self::AssignmentDue(_) => Some(Topic::Assignments),
            _ => None,
        }
    }
}

/// What a member can switch off. Everything else belongs to something that they did or bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A pass is about to end.
    PassEnding,
    /// Something has ended.
    AccessEnded,
    /// A team asks to learn something, or its day is near.
    Assignments,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::PassEnding, Self::AccessEnded, Self::Assignments];

    /// Its name in the Ledger, in forms and in the keys of its texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::PassEnding => "pass_ending",
            Self::AccessEnded => "access_ended",
            Self::Assignments => "assignments",
        }
    }
}

/// Which optional mails a member wants: all, until they switch one off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    off: Vec<Topic>,
}

impl MailSettings {
    /// Whether mails of this topic are wanted.
    pub fn wants(&self, topic: Topic) -> bool {
        !self.off.contains(&topic)
    }

    /// Switches a topic on or off.
    pub fn set(&mut self, topic: Topic, is_wanted: bool) {
        self.off.retain(|off| *off != topic);
        if !is_wanted {
            self.off.push(topic);
        }
        self.off.sort_unstable();
    }

    /// As stored: the names of what is off.
    pub(super) fn to_text(&self) -> String {
        let names: Vec<&str> = self.off.iter().map(|topic| topic.name()).collect();
        names.join(" ")
    }

    /// Reads the stored form. A name that this program does not know is a topic that it never sends.
    pub(super) fn from_text(text: &str) -> Self {
        let is_off = |topic: &Topic| text.split(' ').any(|name| name == topic.name());
        Self { off: Topic::ALL.into_iter().filter(is_off).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back() {
        let mut settings = MailSettings::default();
        assert!(Topic::ALL.into_iter().all(|topic| settings.wants(topic)));
        for topic in Topic::ALL.into_iter().rev() {
            settings.set(topic, false);
            assert!(!settings.wants(topic));
            assert_eq!(MailSettings::from_text(&settings.to_text()), settings);
        }
        settings.set(Topic::PassEnding, true);
        assert!(settings.wants(Topic::PassEnding) && !settings.wants(Topic::AccessEnded));
        assert_eq!(MailSettings::from_text("digest assignments access_ended"), settings);
    }

    #[test]
    fn the_stored_kind_is_the_kind() {
        let notice = Notice::NewDevice { browser: "Firefox".to_owned(), at: Timestamp(1) };
        let stored = serde_json::to_value(&notice).expect("JSON");
        assert!(stored[notice.kind()].is_object(), "{stored}");
    }
}
