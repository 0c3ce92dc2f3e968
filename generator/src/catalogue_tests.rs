//! What the app is told about courses and tracks.

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
    assert!(found.tracks.is_empty());
}

#[test]
fn tracks_are_listed() {
    let content = Fixture::new().with("tracks/all.md", "---\ntitle: All of it\ncourses: [rust]\n---\n");
    let found = catalogue(content);
    let [track] = found.tracks.as_slice() else { panic!("{:?}", found.tracks) };
    assert_eq!((track.id.as_str(), track.path.as_str()), ("all", "/tracks/all/"));
    assert_eq!(track.courses.iter().map(Slug::as_str).collect::<Vec<_>>(), ["rust"]);
}
