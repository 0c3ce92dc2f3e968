//! Themes besides the default one: another that comes along, one of one's own, and its mistakes.

use std::collections::BTreeMap;
use std::path::Path;

use tera::Context;

use super::lists::catalogue;
use super::sample::{keep_assets, language, theme};
use super::samples;
use crate::fixture::{Fixture, shown};
use crate::source::Source;
use crate::theme::Theme;

#[test]
fn the_second_theme_renders_every_page() {
    let mut found = Vec::new();
    let theme = Theme::load("paper", None, &[language("en"), language("zh")], &mut found);
    assert!(found.is_empty(), "{found:#?}");
    keep_assets(&theme);
    for sample in samples() {
        let path = sample.page.path.clone();
        let html = sample.render_to("paper", &theme);
        if path == "/courses/rust/a/2/" {
            assert!(html.contains("Turn the page") && html.contains(">2. Moves<"), "{html}");
        }
        if path == "/courses/" {
            assert_eq!(html.matches("<article class=\"entry\">").count(), 2, "{html}");
        }
    }
}

#[test]
fn a_site_names_its_theme() {
    let page = |site: &crate::Build| {
        let bytes = site.site.get("courses/rust/a/free/index.html").expect("a page");
        String::from_utf8_lossy(bytes).into_owned()
    };
    let with_theme = |name: &str| {
        Fixture::new().edited("lyceum.yaml", "languages:", &format!("theme: {name}\nlanguages:")).build()
    };
    assert!(page(&with_theme("paper").expect("an embedded theme")).contains("Turn the page"));
    assert!(!page(&with_theme("default").expect("an embedded theme")).contains("Turn the page"));
    let unknown = shown(&with_theme("papier").expect_err("no theme of this name"));
    assert_eq!(unknown, ["L028 lyceum.yaml:3:8 `papier` for `theme`, expected the name of a theme"]);
}

#[test]
fn a_mistake_in_an_overriding_theme_points_into_its_file() {
    let files = BTreeMap::from([(
        "templates/catalogue.html".to_owned(),
        "<h1>\n  {{ catalogue.curent }}</h1>".to_owned(),
    )]);
    let over = Source::from_files(Path::new("my-theme"), files);
    let theme = theme(Some(&over));
    let mut context = Context::new();
    context.insert("catalogue", &catalogue(None));
    let found = theme.render("catalogue.html", &context).expect_err("an unknown field");
    assert_eq!(found.file, Path::new("my-theme/templates/catalogue.html"));
    assert_eq!((found.code.to_string().as_str(), found.line), ("L040", 2), "{found:#?}");
    assert!(found.message.contains("curent"), "{found:#?}");
}
