//! What has to be said about tickets, hours and questions, and to whom. Each letter is about one fact.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, OrderId};

use super::holds::{Hold, HoldState};
use super::notice::Notice;
use super::orders::Order;
use super::outbox::Letter;

const DAY_SECONDS: i64 = 86_400;

/// What the reminders about one question start with.
pub(crate) fn due_prefix(order: &OrderId) -> String {
    format!("question-due:{order}:")
}

/// The letters about a question that has arrived: at once, and a day before the deadline if that is later.
pub(crate) fn arrived(order: &Order, helper: &MemberId, deadline: Timestamp, now: Timestamp) -> Vec<Letter> {
    let scope = || order.scope.clone();
    let first = Notice::QuestionArrived { scope: scope(), deadline };
    let mut letters = vec![Letter::to_member(format!("question:{}:{helper}", order.id), helper, first, now)];
    let reminder = deadline.plus_seconds(-DAY_SECONDS);
    if now < reminder {
        let again = Notice::QuestionDue { scope: scope(), deadline };
        let letter = Letter::to_member(format!("{}{helper}", due_prefix(&order.id)), helper, again, now);
        letters.push(Letter { due_at: reminder, ..letter });
    }
    letters
}

/// Tells whoever is met that somebody comes.
pub(crate) fn booked(hold: &Hold, helper: &MemberId, now: Timestamp) -> Letter {
    let notice = Notice::Booked { scope: hold.scope.clone(), starts: hold.claim.starts };
    Letter::to_member(format!("booked:{}:{helper}", hold.order), helper, notice, now)
}

/// Tells whoever was to be met that nobody comes; nothing when it is over.
pub(crate) fn booking_ended(hold: &Hold, helper: &MemberId, now: Timestamp) -> Option<Letter> {
    let notice = Notice::BookingEnded { scope: hold.scope.clone(), starts: hold.claim.starts };
    let letter = Letter::to_member(format!("booking-ended:{}:{helper}", hold.order), helper, notice, now);
    (now < hold.claim.starts).then_some(letter)
}

/// The id of the reminder of a booking.
pub(crate) fn soon_id(order: &OrderId) -> String {
    format!("booking-soon:{order}:")
}

/// The reminder the day before; nothing for what is bought on that day.
pub(crate) fn booking_soon(hold: &Hold, now: Timestamp) -> Option<Letter> {
    let due_at = hold.claim.starts.plus_seconds(-DAY_SECONDS);
    let notice = Notice::BookingSoon { scope: hold.scope.clone(), starts: hold.claim.starts };
    let letter = Letter::to_member(soon_id(&hold.order), &hold.member, notice, now);
    (now < due_at).then_some(Letter { due_at, ..letter })
}

/// Tells a buyer that it was gone when their money came.
pub(crate) fn lost(hold: &Hold, now: Timestamp) -> Letter {
    let notice = Notice::PlaceGone { scope: hold.scope.clone(), starts: hold.claim.starts };
    Letter::to_member(format!("place-gone:{}", hold.order), &hold.member, notice, now)
}

/// A letter about an order that holds something: the confirmation says when it begins, and is not sent when there is
/// nothing to confirm.
pub(crate) fn with_booking(mut letter: Letter, hold: &Hold) -> Option<Letter> {
    if let Notice::OrderPaid { starts, .. } = &mut letter.notice {
        if hold.state != HoldState::Sold {
            return None;
        }
        *starts = Some(hold.claim.starts);
    }
    Some(letter)
}
