use lyceum_contract::Reduction;
use lyceum_contract::manifest::{Manifest, parse};

use crate::fixture::{Fixture, shown};
use crate::{Build, Code};

const TIERS: &str = "    prices:\n";

fn with_offers(offers: &str) -> Fixture {
    let prices = "    prices:\n      - { id: pro-pass, amount: 50.00 USD, for: P30D }\n";
    Fixture::new().edited("lyceum.yaml", TIERS, prices).edited(
        "lyceum.yaml",
        "tiers:\n",
        &format!("offers:\n{offers}\ntiers:\n"),
    )
}

fn manifest(build: &Build) -> Manifest {
    parse(build.site.get("_lyceum/manifest.json").expect("there")).expect("valid")
}

/// One offer gives one diagnostic: its code, the text that it points to, and a word of its message and hint.
#[track_caller]
fn check(offer: &str, code: Code, place: &str, message: &str, hint: &str) {
    let Err(found) = with_offers(&format!("  - {{ {offer} }}")).build() else { panic!("published: {offer}") };
    let [only] = found.as_slice() else { panic!("{offer}: {:#?}", shown(&found)) };
    assert_eq!((only.code, &only.source[only.span.clone()]), (code, place), "{offer}: {:?}", shown(&found));
    assert!(only.message.contains(message), "{offer}: {}", only.message);
    assert!(only.hint.as_deref().unwrap_or_default().contains(hint), "{offer}: {:?}", only.hint);
}

#[test]
fn offers_reach_the_manifest_and_no_other_file() {
    let offers = "  - { code: SPRING-2027, percent: 30, until: 2027-05-01 }\n  \
                  - { code: TEN-OFF, amount: 10.00 USD, prices: [pro-month, rust], limit: 100, per_member: 2 }";
    let build =
        with_offers(offers).edited("lyceum.yaml", "offers:\n", "time_zone: Europe/Berlin\noffers:\n").built();
    assert_eq!(shown(&build.warnings), Vec::<String>::new());
    let found = manifest(&build).offers;
    let [spring, ten] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((spring.code.as_str(), spring.reduction), ("SPRING-2027", Reduction::Percent(30)));
    assert_eq!((spring.limit, spring.per_member, &spring.prices), (None, 1, &None));
    // The first of May counts to its end in Berlin.
    assert_eq!(spring.until.map(|until| until.to_string()).as_deref(), Some("2027-05-01T22:00:00Z"));
    assert_eq!(ten.reduction, Reduction::Amount("10.00 USD".parse().expect("money")));
    assert_eq!((ten.limit, ten.per_member, ten.until), (Some(100), 2, None));
    let prices: Vec<&str> = ten.prices.iter().flatten().map(lyceum_contract::Slug::as_str).collect();
    assert_eq!(prices, ["pro-month", "rust"]);
    let files = build.site.files().filter(|(path, _)| !path.starts_with("_lyceum/"));
    for (path, bytes) in files {
        let text = String::from_utf8_lossy(bytes).to_uppercase();
        assert!(!text.contains("SPRING-2027") && !text.contains("TEN-OFF"), "{path}");
    }
}

#[test]
fn a_site_without_offers_says_nothing_of_them() {
    let build = Fixture::new().built();
    let json = build.site.get("_lyceum/manifest.json").expect("there");
    assert!(!String::from_utf8_lossy(json).contains("offers"));
}

#[test]
fn what_an_offer_says_of_itself_is_checked() {
    let bad = Code::BadOffer;
    for (percent, shape) in [("0", "1 to 100"), ("101", "1 to 100"), ("30%", "1 to 100"), ("1.5", "1 to 100")]
    {
        check(&format!("code: ABC, percent: {percent}"), bad, percent, shape, "whole number");
    }
    check("code: ABC, percent: 5, amount: 1.00 USD", bad, "1.00 USD", "both", "remove one");
    check("code: ABC", bad, "{ code: ABC }", "neither", "percent: 30");
    check("percent: 5", Code::MissingKey, "{ percent: 5 }", "no `code`", "what buyers type");
    check("code: ABC, amount: 5", Code::BadPrice, "5", "an amount and a currency", "19.00 USD");
    check("code: ABC, percent: 5, limit: 0", bad, "0", "1 to 1000000 orders", "whole number");
    check("code: ABC, percent: 5, per_member: 0", bad, "0", "1 to 1000000 orders", "whole number");
    check("code: ABC, percent: 5, until: 2027-02-30", Code::BadDate, "2027-02-30", "a day that exists", "");
    check("code: ABC, percent: 5, prices: []", bad, "[]", "no price", "remove the key");
    check("code: ABC, percent: 5, untill: 2027-05-01", Code::UnknownKey, "untill", "an offer", "`until`");
}

#[test]
fn codes_can_be_typed_and_are_not_there_twice() {
    let bad = Code::BadValue;
    check("code: spring-27, percent: 5", bad, "spring-27", "a code", "write `SPRING-27`");
    check("code: AB, percent: 5", bad, "AB", "3 to 40", "capital letters");
    check("code: SPRING 27, percent: 5", bad, "SPRING 27", "3 to 40", "hyphens");
    let twice = with_offers("  - { code: SPRING, percent: 5 }\n  - { code: spring, percent: 6 }");
    let Err(found) = twice.build() else { panic!("published") };
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [Code::DuplicateId]);
    assert_eq!(&found[0].source[found[0].span.clone()], "spring");
}

#[test]
fn offers_fit_their_prices() {
    let unknown = Code::UnknownPrice;
    check("code: ABC, percent: 5, prices: [pro-mnth]", unknown, "pro-mnth", "the id of", "`pro-month`");
    check("code: ABC, percent: 5, prices: [zzzzzzzz]", unknown, "zzzzzzzz", "the id of", "`tiers`");
    let bad = Code::BadOffer;
    check("code: ABC, amount: 10.00 EUR", bad, "10.00 EUR", "same currency", "name the prices");
    check("code: ABC, amount: 49.01 USD, prices: [rust]", bad, "49.01 USD", "at most its price", "smaller");
    check("code: ABC, percent: 100", bad, "100", "the subscription `pro-month`", "`trial`");
    let whole = "code: ABC, amount: 19.00 USD, prices: [pro-month]";
    check(whole, bad, "19.00 USD", "the subscription `pro-month`", "`trial`");
    for good in ["percent: 100, prices: [rust, pro-pass]", "amount: 49.00 USD, prices: [rust]", "percent: 99"]
    {
        let build = with_offers(&format!("  - {{ code: ABC, {good} }}")).built();
        assert_eq!(shown(&build.warnings), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn a_price_that_cannot_be_read_is_reported_once() {
    let fixture = with_offers("  - { code: ABC, percent: 5, prices: [rust] }");
    let Err(found) = fixture.edited("courses/rust/index.md", "49.00", "49").build() else {
        panic!("published")
    };
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [Code::BadPrice]);
}

#[test]
fn a_price_may_be_of_one_seat() {
    let seat =
        |text: &str| Fixture::new().edited("lyceum.yaml", "every: month", &format!("every: month, {text}"));
    let price = |build: &Build| manifest(build).price("pro-month").expect("sold").1.clone();
    assert!(price(&seat("per: seat").built()).per_seat);
    assert!(!price(&Fixture::new().built()).per_seat);
    let Err(found) = seat("per: person").build() else { panic!("published") };
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [Code::BadValue]);
    let course = Fixture::new().edited("courses/rust/index.md", "49.00 USD", "49.00 USD, per: seat");
    let Err(found) = course.build() else { panic!("published") };
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [Code::UnknownKey]);
}
