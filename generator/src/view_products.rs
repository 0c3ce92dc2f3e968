//! What templates see of products: what is sold by itself, tickets, hours with somebody, questions and downloads.

use serde::Serialize;

use crate::view::{LinkView, OfferView};

/// Something that is sold by itself. On `product.html`, and in the list `products` on `products.html`.
#[derive(Debug, Clone, Serialize)]
pub struct ProductView {
    /// Slug.
    pub id: String,
    /// `download`, `ticket`, `coaching` or `question`. The text is `t["product_" ~ kind]`.
    pub kind: &'static str,
    /// Title as text.
    pub title: String,
    /// Summary as text.
    pub summary: String,
    /// The language of title and body, when it is not the page's.
    pub language: Option<String>,
    /// The language of the summary, when it is not the page's.
    pub summary_language: Option<String>,
    /// Address.
    pub path: String,
    /// On the page of a buyer the whole text; elsewhere what everybody may read; empty in a list.
    pub body_html: String,
    /// Whether this is the page that only buyers get: it has the whole text.
    pub is_held: bool,
    /// Whether buyers get a text that others do not see.
    pub has_more: bool,
    /// Headings of level 2 that only buyers read. The author's outline is public.
    pub still_to_come: Vec<String>,
    /// Whether it can be bought: a ticket until the event begins, coaching while a time is left.
    pub is_sold: bool,
    /// The ways to pay for it, once each.
    pub offers: Vec<OfferView>,
    /// Where the order begins, with the price and the slot behind it: `/checkout/`.
    pub checkout: String,
    /// The nearest moment of it: when the event begins, or the first time that is left.
    pub next: Option<MomentView>,
    /// Of a ticket.
    pub ticket: Option<TicketView>,
    /// Of coaching.
    pub coaching: Option<CoachingView>,
    /// Of a question: the days in which it is answered.
    pub days: Option<u32>,
    /// Who is met, or who answers.
    pub instructor: Option<LinkView>,
    /// The site's time zone, when there are times: `Europe/Berlin`.
    pub time_zone: Option<String>,
}

/// A moment as the clocks of the site show it.
#[derive(Debug, Clone, Serialize)]
pub struct MomentView {
    /// For `datetime`: `2026-11-02T19:00:00+01:00`.
    pub datetime: String,
    /// 1 for Monday to 7 for Sunday. The text is `t["weekday_" ~ weekday]`.
    pub weekday: u32,
    /// The day as people of this language write it.
    pub date_text: String,
    /// `19:00`.
    pub time_text: String,
}

/// A place at an event.
#[derive(Debug, Clone, Serialize)]
pub struct TicketView {
    /// The event.
    pub event: LinkView,
    /// When it begins.
    pub starts: MomentView,
    /// When it ends, if that is known to the minute.
    pub ends: Option<MomentView>,
    /// Whether it ends on the day on which it begins.
    pub is_one_day: bool,
    /// How many there are; nothing for any number.
    pub places: Option<u32>,
    /// Where it takes place; public.
    pub location: Option<String>,
    /// The language of the location, when it is not the page's.
    pub location_language: Option<String>,
}

/// Time with somebody.
#[derive(Debug, Clone, Serialize)]
pub struct CoachingView {
    /// How long it is.
    pub minutes: u32,
    /// The days on which a time is left, in order.
    pub days: Vec<SlotDayView>,
}

/// A day with times that can be chosen.
#[derive(Debug, Clone, Serialize)]
pub struct SlotDayView {
    /// `2026-11-02`.
    pub date: String,
    /// 1 for Monday to 7 for Sunday. The text is `t["weekday_" ~ weekday]`.
    pub weekday: u32,
    /// The day as people of this language write it.
    pub date_text: String,
    /// The times in order.
    pub slots: Vec<SlotView>,
}

/// A time that can be chosen. Whether somebody has it already is known to the order page alone.
#[derive(Debug, Clone, Serialize)]
pub struct SlotView {
    /// What the order page takes as `slot`.
    pub value: i64,
    /// When it begins.
    pub starts: MomentView,
    /// The time of day at which it ends.
    pub ends_text: String,
}
