//! Any Markdown as the text of a lesson.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lyceum_fuzz::academy::{SITE, build, check_outcome, check_page};

fuzz_target!(|text: &str| {
    let lesson = format!("---\ntitle: Lesson\naccess: free\n---\n{text}");
    let outcome = build(SITE.as_bytes(), lesson.as_bytes());
    check_outcome(&outcome);
    let again = build(SITE.as_bytes(), lesson.as_bytes());
    match (&outcome, &again) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.site, second.site, "two builds are the same");
            check_page(first, text);
        }
        (Err(first), Err(second)) => assert_eq!(first, second, "two builds say the same"),
        _ => panic!("two builds differ"),
    }
});
