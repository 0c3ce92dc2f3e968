//! What the app is told about courses, tracks and the site's clocks.

use lyceum_contract::Slug;
use lyceum_contract::catalogue::Catalogue;
use lyceum_contract::manifest::parse;

use crate::fixture::Fixture;

fn catalogue(content: Fixture) -> Catalogue {
    let build = content.built();
    parse(build.site.get("_lyceum/catalogue.json").expect("there")).expect("valid")
}

#[test]
fn a_course_is_open_to_what_opens_all_its_lessons() {
    let found = catalogue(Fixture::new());
    let [rust] = found.courses.as_slice() else { panic!("{:?}", found.courses) };
    let pro = "tier:pro".parse().expect("a scope");
    assert_eq!((rust.id.as_str(), rust.path.as_str()), ("rust", "/courses/rust/"));
    assert!(rust.n_lessons > 0 && rust.is_within(&"course:rust".parse().expect("a scope")), "{rust:?}");
    assert!(rust.is_within(&pro), "{rust:?}");
    assert!(!rust.is_within(&"tier:other".parse().expect("a scope")), "{rust:?}");
    assert!(found.tracks.is_empty() && found.zone.offsets.is_empty());
}

#[test]
fn tracks_and_the_clocks_of_the_site_are_listed() {
    let content = Fixture::new()
        .at("2026-11-21")
        .with("tracks/all.md", "---\ntitle: All of it\ncourses: [rust]\n---\n")
        .edited("lyceum.yaml", "tiers:\n", "time_zone: Europe/Berlin\ntiers:\n");
    let found = catalogue(content);
    let [track] = found.tracks.as_slice() else { panic!("{:?}", found.tracks) };
    assert_eq!((track.id.as_str(), track.path.as_str()), ("all", "/tracks/all/"));
    assert_eq!(track.courses.iter().map(Slug::as_str).collect::<Vec<_>>(), ["rust"]);
    assert_eq!(found.zone.name, "Europe/Berlin");
    let end = |day: &str| found.zone.end_of(day.parse().expect("a day")).to_string();
    assert_eq!(end("2027-01-15"), "2027-01-15T23:00:00Z");
    assert_eq!(end("2027-07-15"), "2027-07-15T22:00:00Z");
}
