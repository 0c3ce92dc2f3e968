//! What templates see of prices and products.

use lyceum_contract::goods::{Coaching, Goods, Ticket};
use lyceum_contract::money::Interval;
use lyceum_contract::time::Date;
use lyceum_contract::{Price, Slug, Term, Timestamp, display, paths};

use crate::markdown::{Part, Rendered};
use crate::model::{Academy, Event};
use crate::product::Product;
use crate::view::{
    CoachingView, LinkView, MomentView, OfferView, ProductView, SlotDayView, SlotView, TicketView,
};
use crate::views::{Foreign, Locale};

impl Academy {
    /// The event with this name.
    fn event(&self, slug: &Slug) -> Option<&Event> {
        self.events.iter().find(|event| event.article.id == *slug)
    }

    /// What pages of other things show of products. Part of every page's key.
    pub(crate) fn products_shown(&self) -> impl std::hash::Hash + use<> {
        let titles = |product: &Product| {
            let texts = product.article.texts.iter();
            texts.map(|(language, text)| (language.to_string(), text.title.clone())).collect::<Vec<_>>()
        };
        let shown = |product: &Product| {
            let who = product.goods.instructor().map(Slug::to_string);
            (product.path(), titles(product), who)
        };
        self.products.iter().map(shown).collect::<Vec<_>>()
    }
}

impl<'a> Locale<'a> {
    /// One way to buy something.
    pub(crate) fn offer(
        self,
        price: &Price,
        name: &str,
        summary: Option<Foreign>,
        kind: &'static str,
    ) -> OfferView {
        let (summary, summary_language) = summary.unzip();
        let (term, days) = match price.term {
            Term::Once => ("once", None),
            Term::Every(Interval::Month) => ("month", None),
            Term::Every(Interval::Year) => ("year", None),
            Term::For(days) => ("days", Some(days.0)),
        };
        OfferView {
            id: price.id.to_string(),
            name: name.to_owned(),
            summary,
            summary_language: summary_language.flatten(),
            kind,
            amount: display::amount(price.amount, self.language),
            term,
            days,
            trial_days: price.trial.map(|days| days.0),
            checkout: format!("{}?price={}", self.path(paths::CHECKOUT), price.id),
        }
    }

    /// A product in a list.
    pub(crate) fn product(self, product: &'a Product) -> ProductView {
        let (title, language) = self.title(&product.article);
        let (summary, summary_language) = self.summary(&product.article);
        let now = self.academy.now;
        let next = product.ends_of_sale().iter().find(|end| now < **end).copied();
        let times = !product.ends_of_sale().is_empty();
        let (mut ticket, mut coaching, mut days) = (None, None, None);
        match &product.goods {
            Goods::Download => {}
            Goods::Ticket(found) => ticket = self.ticket(product, found),
            Goods::Coaching(found) => coaching = Some(self.coaching(found)),
            Goods::Question(found) => days = Some(found.within.0),
        }
        ProductView {
            id: product.article.id.to_string(),
            kind: product.kind().word(),
            path: self.path(&product.path()),
            body_html: String::new(),
            is_held: false,
            has_more: product.is_divided,
            still_to_come: Vec::new(),
            is_sold: product.is_sold(now),
            offers: product.prices.iter().map(|price| self.offer(price, &title, None, "product")).collect(),
            checkout: self.path(paths::CHECKOUT),
            next: next.map(|next| self.moment(next)),
            ticket,
            coaching,
            days,
            instructor: product.goods.instructor().and_then(|slug| self.person(slug)),
            time_zone: times.then(|| self.config().zone.name().to_owned()),
            title,
            summary,
            language,
            summary_language,
        }
    }

    /// The page of a product for everybody: what is above the mark, or all of it without one.
    pub(crate) fn product_page(self, product: &'a Product, rendered: &Rendered) -> ProductView {
        // A text that should be divided and is not shows nothing.
        let nothing = Part::default();
        let shown = match &rendered.preview {
            Some(preview) => preview,
            None if product.is_divided => &nothing,
            None => &rendered.whole,
        };
        ProductView {
            body_html: shown.html.clone(),
            still_to_come: rendered.preview.iter().flat_map(|_| rendered.still_to_come.clone()).collect(),
            ..self.product(product)
        }
    }

    /// The page of a product for its buyers.
    pub(crate) fn held_product_page(self, product: &'a Product, rendered: &Rendered) -> ProductView {
        ProductView { body_html: rendered.whole.html.clone(), is_held: true, ..self.product(product) }
    }

    fn ticket(self, product: &Product, ticket: &Ticket) -> Option<TicketView> {
        let event = self.academy.event(product.event.as_ref()?)?;
        let location = event.article.part(self.language, self.config(), |text| text.location.clone());
        let (location, location_language) = location.unzip();
        let ends = event.ends.filter(|ends| ends.local.minute.is_some());
        Some(TicketView {
            event: self.link(&event.article, "/calendar/"),
            starts: self.moment(ticket.starts),
            ends: ends.map(|ends| self.moment(ends.instant)),
            is_one_day: event.ends.is_none_or(|ends| ends.local.date == event.starts.local.date),
            places: ticket.places,
            location,
            location_language: location_language.and_then(|language| self.foreign(language)),
        })
    }

    /// With the times that are left.
    fn coaching(self, coaching: &Coaching) -> CoachingView {
        let zone = &self.config().zone;
        let left = coaching.slots.iter().copied().filter(|slot| self.academy.now < *slot);
        let mut days: Vec<SlotDayView> = Vec::new();
        for starts in left {
            let day = zone.local(starts).date;
            let date = day.to_string();
            if days.last().is_none_or(|last| last.date != date) {
                let date_text = display::date(day, self.language);
                days.push(SlotDayView { date, weekday: weekday(day), date_text, slots: Vec::new() });
            }
            let ends = starts.plus_seconds(i64::from(coaching.minutes) * 60);
            let ends_text = zone.local(ends).time().unwrap_or_default();
            let slot = SlotView { value: starts.0, starts: self.moment(starts), ends_text };
            days.iter_mut().last().into_iter().for_each(|day| day.slots.push(slot.clone()));
        }
        CoachingView { minutes: coaching.minutes, days }
    }

    fn moment(self, at: Timestamp) -> MomentView {
        let zone = &self.config().zone;
        let local = zone.local(at);
        MomentView {
            datetime: zone.rfc3339(at),
            weekday: weekday(local.date),
            date_text: display::date(local.date, self.language),
            time_text: local.time().unwrap_or_default(),
        }
    }

    fn person(self, slug: &Slug) -> Option<LinkView> {
        let person = self.academy.instructors.iter().find(|person| person.id == *slug)?;
        Some(self.link(person, &format!("/instructors/{slug}/")))
    }

    /// What this person sells.
    pub(crate) fn products_of(self, slug: &Slug) -> Vec<LinkView> {
        let own = self.academy.products.iter().filter(|product| product.goods.instructor() == Some(slug));
        own.map(|product| self.link(&product.article, &product.path())).collect()
    }

    /// Tickets for an event that are still sold.
    pub(crate) fn tickets_for(self, event: &Event) -> Vec<LinkView> {
        let academy = self.academy;
        let is_for = |product: &&Product| product.event.as_ref() == Some(&event.article.id);
        let sold = academy.products.iter().filter(is_for).filter(|product| product.is_sold(academy.now));
        sold.map(|product| self.link(&product.article, &product.path())).collect()
    }
}

/// 1 for Monday to 7 for Sunday: the first day of 1970 was a Thursday.
fn weekday(date: Date) -> u32 {
    u32::try_from((date.days_since_epoch() + 3).rem_euclid(7)).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_of_the_week_are_known() {
        for (date, expected) in [("1970-01-01", 4), ("2026-11-02", 1), ("2027-02-28", 7), ("1969-12-31", 3)] {
            assert_eq!(super::weekday(date.parse().expect("a day")), expected, "{date}");
        }
    }
}
