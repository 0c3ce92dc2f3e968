//! What a payment processor says about one order, in the domain's words.

use lyceum_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything about one order that access depends on, as the processor said it last.
///
/// A settlement replaces the one before it as a whole. It is stored as JSON; a field that a newer program adds has
/// a default, so that an older record reads back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// How far the payment or the subscription has come.
    pub progress: Progress,
    /// What went back to the buyer, of the payment that access rests on now.
    #[serde(default, skip_serializing_if = "is_default")]
    pub refunded: Refunded,
    /// Whether the buyer's bank disputes that payment.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dispute: Dispute,
    /// What the subscription's price of now buys, when the subscriber changed to another one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scope: Option<Scope>,
    /// For how many people it is paid, when the processor says so.
    #[serde(default, skip_serializing_if = "is_default")]
    pub n_seats: Option<u32>,
    /// What the processor calls the parts of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub names: Names,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How far a payment has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Not paid yet.
    #[default]
    Open,
    /// The buyer has done their part; a bank takes days to say whether the money comes.
    Pending,
    /// The payment page was left for good, or the bank said no.
    Failed,
    /// Paid, once and for all.
    Paid {
        /// When, by the processor.
        at: Timestamp,
    },
    /// A subscription was begun.
    Subscribed(Subscription),
}

/// A recurring payment as the processor describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The processor's word for its state.
    pub status: SubscriptionStatus,
    /// Start of the period that runs.
    pub period_start: Timestamp,
    /// End of it, and of a trial that runs.
    pub period_end: Timestamp,
    /// When it ends by the subscriber's own wish, if they cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Since when the invoice of the running period waits for its money; nothing when it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owed_since: Option<Timestamp>,
}

/// The states of a subscription by Stripe's names, which other processors have as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// In the free days before the first charge.
    Trialing,
    /// Paid.
    Active,
    /// A renewal failed and is tried again.
    PastDue,
    /// The first payment has not come.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// Renewals failed for good; the subscription is kept without charging.
    Unpaid,
    /// Stopped for a while.
    Paused,
    /// Over.
    Canceled,
    /// A state that this program does not know. It opens nothing.
    #[serde(other)]
    Unknown,
}

/// What went back to the buyer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refunded {
    /// Nothing.
    #[default]
    Nothing,
    /// Some of it, which changes no access.
    Partly {
        /// In minor units of the order's currency.
        minor: i64,
    },
    /// All of it.
    Fully,
}

/// A dispute by the buyer's bank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispute {
    /// There is none.
    #[default]
    None,
    /// Not decided, which changes no access.
    Open,
    /// Decided for the academy.
    Won,
    /// The money is gone.
    Lost,
}

/// What the processor calls the parts of an order. Opaque texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// The payment that access rests on now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// Where the buyer reads the receipt or the invoice, an `https` address of the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_url: Option<String>,
}

impl Names {
    /// Every name by which a message of the processor may mean this order.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.customer, &self.subscription, &self.payment].into_iter().filter_map(|name| name.as_deref())
    }
}

impl Settlement {
    /// The settlement of an order that was paid, or was free, at this time.
    pub fn paid(at: Timestamp) -> Self {
        Self { progress: Progress::Paid { at }, ..Self::default() }
    }

    /// Whether the buyer has bought: paid, begun a trial, or had and lost it.
    pub fn is_bought(&self) -> bool {
        match &self.progress {
            Progress::Open | Progress::Pending | Progress::Failed => false,
            Progress::Paid { .. } => true,
            Progress::Subscribed(subscription) => !matches!(
                subscription.status,
                SubscriptionStatus::Incomplete | SubscriptionStatus::IncompleteExpired
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_record_reads_back() {
        let old: Settlement = serde_json::from_str(r#"{"progress":{"paid":{"at":5}}}"#).expect("readable");
        assert_eq!(old, Settlement::paid(Timestamp(5)));
        assert_eq!(serde_json::to_string(&old).expect("plain data"), r#"{"progress":{"paid":{"at":5}}}"#);
        let open: Settlement = serde_json::from_str(r#"{"progress":"open"}"#).expect("readable");
        assert_eq!(open, Settlement::default());
    }

    #[test]
    fn a_state_of_tomorrow_is_unknown() {
        let read = |text| serde_json::from_str::<SubscriptionStatus>(text).expect("readable");
        assert_eq!(read(r#""past_due""#), SubscriptionStatus::PastDue);
        assert_eq!(read(r#""hibernating""#), SubscriptionStatus::Unknown);
    }
}
