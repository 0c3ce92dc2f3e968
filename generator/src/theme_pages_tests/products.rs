//! Pages of products: what everybody sees, and what their buyers do.

use super::sample::{Sample, link, main_of, theme};
use crate::view::*;

fn moment(day: &str, weekday: u32, time: &str) -> MomentView {
    MomentView {
        datetime: format!("2027-02-{day}T{time}:00+01:00"),
        weekday,
        date_text: format!("{day} Feb 2027"),
        time_text: time.to_owned(),
    }
}

fn product(kind: &'static str, id: &str) -> ProductView {
    ProductView {
        id: id.to_owned(),
        kind,
        title: format!("Product {id}"),
        summary: "What it is.".to_owned(),
        language: None,
        summary_language: None,
        path: format!("/products/{id}/"),
        body_html: "<p>About it.</p>".to_owned(),
        is_held: false,
        has_more: false,
        still_to_come: Vec::new(),
        is_sold: true,
        offers: vec![offer(id, "$29")],
        checkout: "/checkout/".to_owned(),
        next: None,
        ticket: None,
        coaching: None,
        days: None,
        instructor: None,
        time_zone: None,
    }
}

fn offer(id: &str, amount: &str) -> OfferView {
    OfferView {
        id: id.to_owned(),
        name: "A product".to_owned(),
        summary: None,
        summary_language: None,
        kind: "product",
        amount: amount.to_owned(),
        term: "once",
        days: None,
        trial_days: None,
        checkout: format!("/checkout/?price={id}"),
    }
}

pub(super) fn download() -> ProductView {
    let still_to_come = vec!["The data".to_owned(), "The <b>solutions".to_owned()];
    let offers = vec![offer("workbook", "$12"), offer("workbook-cny", "CN¥79")];
    ProductView { has_more: true, still_to_come, offers, ..product("download", "workbook") }
}

pub(super) fn ticket() -> ProductView {
    ProductView {
        has_more: true,
        next: Some(moment("08", 1, "19:00")),
        ticket: Some(TicketView {
            event: link("Open hour", "/calendar/"),
            starts: moment("08", 1, "19:00"),
            ends: Some(moment("08", 1, "20:30")),
            is_one_day: true,
            places: Some(40),
            location: Some("线上".to_owned()),
            location_language: Some("zh".to_owned()),
        }),
        time_zone: Some("Europe/Berlin".to_owned()),
        ..product("ticket", "hour")
    }
}

pub(super) fn coaching() -> ProductView {
    let slot = |day: &str, weekday, time: &str, ends: &str, value| SlotView {
        value,
        starts: moment(day, weekday, time),
        ends_text: ends.to_owned(),
    };
    let day = |day: &str, weekday, slots| SlotDayView {
        date: format!("2027-02-{day}"),
        weekday,
        date_text: format!("{day} Feb 2027"),
        slots,
    };
    ProductView {
        next: Some(moment("02", 2, "10:00")),
        coaching: Some(CoachingView {
            minutes: 45,
            days: vec![
                day(
                    "02",
                    2,
                    vec![
                        slot("02", 2, "10:00", "10:45", 1_801_558_800),
                        slot("02", 2, "11:00", "11:45", 1_801_562_400),
                    ],
                ),
                day("04", 4, vec![slot("04", 4, "17:00", "17:45", 1_801_756_800)]),
            ],
        }),
        instructor: Some(link("Ada Brandt", "/instructors/ada/")),
        time_zone: Some("Europe/Berlin".to_owned()),
        ..product("coaching", "review")
    }
}

pub(super) fn question() -> ProductView {
    let instructor = Some(link("Ada Brandt", "/instructors/ada/"));
    ProductView { days: Some(3), instructor, ..product("question", "ask") }
}

fn page(view: &ProductView) -> String {
    let html = Sample::of("product", "P", &view.path).with("product", view).render(&theme(None));
    main_of(&html).to_owned()
}

#[test]
fn whoever_has_a_product_is_not_asked_to_buy_it_once_more() {
    for mut view in [download(), ticket()] {
        view.is_held = true;
        let html = page(&view);
        assert!(html.contains("This is yours") && !html.contains("checkout"), "{html}");
        assert!(!html.contains("sign-in"), "{html}");
    }
    // Of these somebody may want another one.
    for mut view in [coaching(), question()] {
        view.is_held = true;
        assert!(page(&view).contains("/checkout/"));
    }
}

#[test]
fn what_is_over_is_not_offered() {
    for (view, said) in [(ticket(), "It has begun"), (coaching(), "No time is free")] {
        let view = ProductView { is_sold: false, next: None, ..view };
        let html = page(&view);
        assert!(html.contains(said) && !html.contains("checkout"), "{html}");
        let list = Sample::of("products", "P", "/over/").with("products", &[view]).render(&theme(None));
        assert!(list.contains(said) && !main_of(&list).contains("$29"), "{list}");
    }
    let none = Sample::of("products", "P", "/empty/products/").with("products", &Vec::<ProductView>::new());
    assert!(none.render(&theme(None)).contains("<p class=\"empty\">"));
}
