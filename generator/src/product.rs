//! Reads `products/`: downloads, tickets, coaching, paid questions.

use lyceum_contract::goods::{Coaching, Goods, Question, Ticket};
use lyceum_contract::time::Days;
use lyceum_contract::{Access, Price, Scope, Slug, Timestamp};

use crate::article::Known;
use crate::claims::{Found, Place};
use crate::course::instructor;
use crate::diagnostic::{Code, Diagnostic};
use crate::front_matter::{Expected, Fields, days, slug};
use crate::keys;
use crate::layout::{Entry, Layout};
use crate::markdown::{Division, division};
use crate::model::{Article, Event, Translations};
use crate::release::Moment;
use crate::zone::{Zone, slot_time};
use crate::{redirects, site};

/// The most places of an event: every engine of the Ledger counts this far at once.
const MAX_PLACES: u32 = 1_000_000;
/// A slot is within a day.
const MAX_MINUTES: u32 = 1_440;
/// Whoever asks should not wait for a year.
const MAX_WITHIN: Days = Days(90);
const SECONDS_PER_MINUTE: i64 = 60;

/// Something that is sold by itself.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) article: Article<Slug>,
    pub(crate) prices: Vec<Price>,
    /// Of a ticket: the name of its event.
    pub(crate) event: Option<Slug>,
    /// Whether there is a part below the preview, in every language.
    pub(crate) is_divided: bool,
    /// What the app must know.
    pub(crate) goods: Goods,
}

/// What is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Download,
    Ticket,
    Coaching,
    Question,
}

/// Something for sale that is of no use after a moment, checked when it is known what time it is.
#[derive(Debug, Clone)]
pub(crate) struct TimeClaim {
    product: Slug,
    at: Timestamp,
    place: Place,
}

/// A slot, which must not overlap another one of the same person.
struct SlotClaim {
    instructor: Slug,
    starts: Timestamp,
    ends: Timestamp,
    place: Place,
}

impl Kind {
    const WORDS: [&'static str; 4] = ["download", "ticket", "coaching", "question"];
    const ALL: [Self; 4] = [Self::Download, Self::Ticket, Self::Coaching, Self::Question];

    /// As it is written.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Ticket => "ticket",
            Self::Coaching => "coaching",
            Self::Question => "question",
        }
    }

    fn read(text: &str) -> Result<Self, Expected> {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == text);
        found.ok_or_else(|| Expected::one_of("a kind of product", text, &Self::WORDS))
    }

    /// The keys that it must have, then those that it may have besides.
    fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Download => (&[], &[]),
            Self::Ticket => (&["event"], &["places"]),
            Self::Coaching => (&["instructor", "minutes", "slots"], &[]),
            Self::Question => (&["instructor", "within"], &[]),
        }
    }

    fn has(self, key: &str) -> bool {
        let (needed, may) = self.keys();
        needed.contains(&key) || may.contains(&key)
    }
}

impl Product {
    /// Address without the language's prefix.
    pub(crate) fn path(&self) -> String {
        format!("/products/{}/", self.article.id)
    }

    /// Who may read all of its text: its buyers, or everybody when nothing of it is behind the preview.
    pub(crate) fn access(&self) -> Access {
        if !self.is_divided {
            return Access::Free;
        }
        Access::Paid([Scope::Product(self.article.id.clone())].into())
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.goods {
            Goods::Download => Kind::Download,
            Goods::Ticket(_) => Kind::Ticket,
            Goods::Coaching(_) => Kind::Coaching,
            Goods::Question(_) => Kind::Question,
        }
    }

    /// The moments from which on a part of it is not sold any more, the first one first.
    pub(crate) fn ends_of_sale(&self) -> &[Timestamp] {
        match &self.goods {
            Goods::Ticket(ticket) => std::slice::from_ref(&ticket.starts),
            Goods::Coaching(coaching) => &coaching.slots,
            Goods::Download | Goods::Question(_) => &[],
        }
    }

    /// Whether somebody can buy it at this moment, as far as the content knows.
    pub(crate) fn is_sold(&self, now: Timestamp) -> bool {
        match self.goods {
            Goods::Download | Goods::Question(_) => true,
            Goods::Ticket(_) | Goods::Coaching(_) => self.ends_of_sale().iter().any(|end| now < *end),
        }
    }
}

/// Reads all products. The events are those that could be read.
pub(crate) fn read(
    layout: &Layout,
    known: Known<'_>,
    events: &[Event],
    found: &mut Found,
) -> (Vec<Product>, Vec<TimeClaim>) {
    let mut shelf = Shelf { layout, known, events, slots: Vec::new(), times: Vec::new() };
    let products = layout.products.iter().filter_map(|entry| shelf.product(entry, found)).collect();
    check_overlaps(shelf.slots, &mut found.diagnostics);
    (products, shelf.times)
}

/// Warns of what nobody can buy any more.
pub(crate) fn check(claims: &[TimeClaim], now: Timestamp, diagnostics: &mut Vec<Diagnostic>) {
    for of_product in claims.chunk_by(|a, b| a.product == b.product) {
        let past: Vec<&TimeClaim> = of_product.iter().filter(|claim| claim.at <= now).collect();
        let Some(first) = past.first() else { continue };
        let what = match past.len() {
            1 => "this time has passed".to_owned(),
            n => format!("{n} times of this product have passed, the first is this one"),
        };
        let warning = first.place.error(Code::PastSlot, what + ", and nobody can buy it any more").warning();
        diagnostics.push(warning.hint("remove it, or write a new one; pages show only what is still sold"));
    }
}

/// What is needed to read products, and what they say that must fit together.
struct Shelf<'a> {
    layout: &'a Layout,
    known: Known<'a>,
    events: &'a [Event],
    slots: Vec<SlotClaim>,
    times: Vec<TimeClaim>,
}

/// What the original says besides words.
struct Structure {
    goods: Option<Goods>,
    kind: Option<Kind>,
    event: Option<Slug>,
    prices: Vec<Price>,
    aliases: Vec<redirects::Alias>,
}

impl Shelf<'_> {
    fn product(&mut self, entry: &Entry, found: &mut Found) -> Option<Product> {
        let known = self.known;
        let tables = (&keys::PRODUCT, &keys::PRODUCT_TRANSLATION);
        let read = |fields: &mut Fields<'_>, found: &mut Found| self.structure(fields, entry, found);
        let (structure, texts) = known.read(entry, tables, found, read)?;
        let is_divided = check_division(&texts, structure.kind, &mut found.diagnostics);
        let product = Product {
            article: Article { id: entry.slug.clone(), texts },
            prices: structure.prices,
            event: structure.event,
            is_divided,
            goods: structure.goods?,
        };
        found.aliases.extend(redirects::claims(structure.aliases, &product.path()));
        Some(product)
    }

    fn structure(&mut self, fields: &mut Fields<'_>, entry: &Entry, found: &mut Found) -> Structure {
        let path = entry.original.as_deref().unwrap_or_default();
        let aliases = redirects::read(fields, path, &self.known.config.languages);
        let prices = prices(fields, found);
        let kind = fields.parsed("kind", Code::BadValue, Kind::read).map(|kind| kind.value);
        if let Some(kind) = kind {
            check_keys(fields, kind);
        }
        let event = fields.parsed("event", Code::UnknownEvent, |text| self.event_named(text));
        let (event, place) = event.map(|event| (event.value, event.span)).unzip();
        let goods = kind.and_then(|kind| match kind {
            Kind::Download => Some(Goods::Download),
            Kind::Ticket => self.ticket(fields, &entry.slug, event.as_ref()?, place?),
            Kind::Coaching => self.coaching(fields, &entry.slug),
            Kind::Question => self.question(fields),
        });
        Structure { goods, kind, event, prices, aliases }
    }

    fn event_named(&self, text: &str) -> Result<Slug, Expected> {
        let names: Vec<&str> = self.layout.events.iter().map(|entry| entry.slug.as_str()).collect();
        let expected = || Expected::one_of("the name of a file in `events/`", text, &names);
        slug(text).ok().filter(|slug| names.contains(&slug.as_str())).ok_or_else(expected)
    }

    fn ticket(
        &mut self,
        fields: &mut Fields<'_>,
        product: &Slug,
        name: &Slug,
        span: std::ops::Range<usize>,
    ) -> Option<Goods> {
        let count = |text: &str| number(text, MAX_PLACES, "places");
        let places = fields.parsed("places", Code::BadValue, count).map(|places| places.value);
        // An event that cannot be read is reported where it stands.
        let event = self.events.iter().find(|event| event.article.id == *name)?;
        if event.starts.local.minute.is_none() {
            let message = format!("a ticket for `{name}`, which has a day and no time; expected both");
            let hint = format!("write `starts: {}T19:00` in `events/{name}.md`", event.starts.local);
            fields.error(Code::UnknownEvent, span, message, &hint);
            return None;
        }
        let starts = event.starts.instant;
        self.times.push(TimeClaim { product: product.clone(), at: starts, place: fields.located(span) });
        let zone = &self.known.config.zone;
        let ends = event.ends.map(|moment| end_of(moment, zone));
        Some(Goods::Ticket(Ticket { starts, ends, places }))
    }

    fn coaching(&mut self, fields: &mut Fields<'_>, product: &Slug) -> Option<Goods> {
        let instructor = self.instructor(fields);
        let count = |text: &str| number(text, MAX_MINUTES, "minutes");
        let minutes = fields.parsed("minutes", Code::BadValue, count);
        let slots = self.slots(fields);
        let (instructor, minutes) = (instructor?, minutes?.value);
        for (starts, place) in &slots {
            self.times.push(TimeClaim { product: product.clone(), at: *starts, place: place.clone() });
            self.slots.push(SlotClaim {
                instructor: instructor.clone(),
                starts: *starts,
                ends: starts.plus_seconds(i64::from(minutes) * SECONDS_PER_MINUTE),
                place: place.clone(),
            });
        }
        let slots = slots.into_iter().map(|(starts, _)| starts).collect();
        Some(Goods::Coaching(Coaching { instructor, minutes, slots }))
    }

    /// In order, each once.
    fn slots(&self, fields: &mut Fields<'_>) -> Vec<(Timestamp, Place)> {
        let mut slots: Vec<(Timestamp, Place)> = Vec::new();
        for text in fields.texts("slots") {
            let written = text.value.clone();
            let read = |text: &str| slot_time(text, &self.known.config.zone);
            let Some(slot) = fields.read(text, Code::BadSlot, "slots", read) else { continue };
            if slots.iter().any(|(other, _)| *other == slot.value) {
                let message = format!("`{written}` stands twice in `slots`, expected it once");
                fields.error(Code::BadSlot, slot.span, message, "remove one of the two");
            } else {
                let place = fields.located(slot.span);
                slots.push((slot.value, place));
            }
        }
        slots.sort_by_key(|(starts, _)| *starts);
        slots
    }

    fn question(&self, fields: &mut Fields<'_>) -> Option<Goods> {
        let instructor = self.instructor(fields);
        let within = fields.parsed("within", Code::BadDuration, |text| {
            let days = days(text)?;
            let expected = || Expected::hint(&"expected 1 to 90 days", "write how many: `P3D`");
            (1..=MAX_WITHIN.0).contains(&days.0).then_some(days).ok_or_else(expected)
        });
        Some(Goods::Question(Question { instructor: instructor?, within: within?.value }))
    }

    fn instructor(&self, fields: &mut Fields<'_>) -> Option<Slug> {
        let read = |text: &str| instructor(text, self.known.instructors);
        fields.parsed("instructor", Code::UnknownInstructor, read).map(|instructor| instructor.value)
    }
}

fn prices(fields: &mut Fields<'_>, found: &mut Found) -> Vec<Price> {
    let place = fields.span_of("prices");
    let n_found = fields.n_found();
    let maps = fields.maps("prices", &keys::PRODUCT_PRICE);
    if let Some(place) = place.filter(|_| maps.is_empty() && fields.n_found() == n_found) {
        let hint = "write `prices: [{ id: my-product, amount: 29.00 USD }]`";
        fields.error(Code::BadPrice, place, "no price in `prices`, expected at least one", hint);
    }
    maps.into_iter().filter_map(|price| site::course_price(price, found)).collect()
}

/// Reports what the kind must have and has not, and what belongs to another kind.
fn check_keys(fields: &mut Fields<'_>, kind: Kind) {
    let word = kind.word();
    for name in kind.keys().0 {
        if fields.span_of(name).is_some() || fields.meant.contains(name) {
            continue;
        }
        let about = keys::PRODUCT.keys.iter().find(|key| key.name == *name).map_or("", |key| key.about);
        let message = format!("no `{name}`, expected it in a product of the kind `{word}`");
        let place = fields.span.clone();
        fields.error(Code::MissingKey, place, message, &format!("add `{name}:` ({about})"));
    }
    for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
        let (needed, may) = other.keys();
        for name in needed.iter().chain(may).filter(|name| !kind.has(name)) {
            // Taken out, so that it is said once.
            let Some(node) = fields.node(name) else { continue };
            let message = format!("`{name}` in a product of the kind `{word}`, which does not have it");
            let hint = format!("remove it; it belongs to `kind: {}`", other.word());
            fields.error(Code::WithoutEffect, node.span, message, &hint);
        }
    }
}

/// Whether the texts have a part for buyers. One language may not lack it that another has: the paid part would stand
/// open there.
fn check_division(texts: &Translations, kind: Option<Kind>, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let divisions: Vec<(&crate::model::Body, Division)> =
        texts.values().map(|text| (&text.body, division(&text.body))).collect();
    let is_download = kind == Some(Kind::Download);
    let is_divided = is_download || divisions.iter().any(|(_, division)| *division != Division::Whole);
    for (body, division) in divisions {
        let message = match division {
            // Its front matter cannot be read, which is reported.
            _ if body.range == (0..0) => continue,
            Division::Divided => continue,
            Division::Whole if !is_divided => continue,
            Division::Whole if is_download => {
                "no `<!-- preview-ends -->` in a download, expected it where the paid part begins"
            }
            Division::Whole => "no `<!-- preview-ends -->`, which this text has in another language",
            Division::NothingBehind => "nothing below `<!-- preview-ends -->`, expected what buyers get",
        };
        let hint = "write the mark on a line of its own; what stands below it, and the files that it links to, are \
            for buyers alone";
        diagnostics.push(body.text.error(Code::NoPaidPart, 0..3, message).hint(hint));
    }
    is_divided
}

/// Nobody is in two places at once.
fn check_overlaps(mut slots: Vec<SlotClaim>, diagnostics: &mut Vec<Diagnostic>) {
    slots.sort_by(|a, b| (&a.instructor, a.starts).cmp(&(&b.instructor, b.starts)));
    let mut latest: Option<&SlotClaim> = None;
    for slot in &slots {
        let before =
            latest.filter(|before| before.instructor == slot.instructor && slot.starts < before.ends);
        if let Some(before) = before {
            let message = format!("`{}` is still busy at this time, expected a later one", slot.instructor);
            let hint = format!("the slot at {} goes on until then", before.place.shown());
            diagnostics.push(slot.place.error(Code::BadSlot, message).hint(hint));
        }
        latest = before.filter(|before| before.ends > slot.ends).or(Some(slot));
    }
}

/// The moment at which something is over: a day without a time is over when the next one begins.
fn end_of(moment: Moment, zone: &Zone) -> Timestamp {
    if moment.local.minute.is_some() { moment.instant } else { zone.day_after(moment.local.date) }
}

fn number(text: &str, most: u32, of: &str) -> Result<u32, Expected> {
    let found = text.parse().ok().filter(|number| (1..=most).contains(number));
    found.ok_or_else(|| {
        Expected::hint(&format!("expected 1 to {most} {of}"), "write a whole number and nothing else")
    })
}
