use super::*;

/// A drawing with `inner` in it, cleaned.
#[track_caller]
fn cleaned(inner: &str) -> (String, Vec<String>) {
    let head = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">";
    let clean = clean(&format!("{head}{inner}</svg>")).expect("a drawing");
    let inner =
        clean.text.strip_prefix(head).and_then(|text| text.strip_suffix("</svg>")).expect("its frame");
    (inner.to_owned(), clean.removed.into_iter().map(|removed| removed.what).collect())
}

#[track_caller]
fn check(inner: &str, expected: &str, removed: &[&str]) {
    assert_eq!(cleaned(inner), (expected.to_owned(), removed.iter().map(|&word| word.to_owned()).collect()));
}

#[test]
fn what_runs_is_taken_out() {
    check("<g/><script>alert(1)</script><g/>", "<g/><g/>", &["<script>"]);
    check("<SCRIPT href='x'/>", "", &["<SCRIPT>"]);
    check("<g onclick='a()' OnLoad=\"b\" id='x'/>", "<g id='x'/>", &["onclick", "OnLoad"]);
    check("<a href='java&#115;cript:x'><path/></a>", "<a><path/></a>", &["href=\"javascript:x\""]);
    check("<a xlink:href=' java\tscript:x'/>", "<a/>", &["href=\"java script:x\""]);
    check(
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml' onclick='x'/></foreignObject>",
        "",
        &["<foreignObject>"],
    );
    check("<set attributeName='xlink:href' to='javascript:x'/>", "", &["<set>"]);
    check("<animate attributeName='onclick' to='x'/>", "", &["<animate>"]);
    check("<h:iframe xmlns:h='http://www.w3.org/1999/xhtml' src='x'/>", "", &["<iframe>"]);
}

#[test]
fn what_loads_is_taken_out() {
    check(
        "<image href='https://a.example/x.png' width='1'/>",
        "<image width='1'/>",
        &["href=\"https://a.example/x.png\""],
    );
    check(
        "<image href='data:image/svg+xml;base64,PHN2Zz4='/>",
        "<image/>",
        &["href=\"data:image/svg+xml;base64,PHN2Zz4=\""],
    );
    check("<use xlink:href='//a.example/s.svg#x'/>", "<use/>", &["href=\"//a.example/s.svg#x\""]);
    check("<rect fill='url(https://a.example/#x)'/>", "<rect/>", &["fill=\"url(https://a.example/#x)\""]);
    check("<rect style='fill:u\\72l(x)'/>", "<rect/>", &["style=\"fill:u\\72l(x)\""]);
    check("<?xml-stylesheet href='x.css'?>", "", &["<?xml-stylesheet?>"]);
    check(
        "<style>@import url(https://a.example/f.css); .a { fill: red } .b{background:url('//x')}</style>",
        "<style> .a { fill: red }</style>",
        &["@import url(https://a.example/f.css);"],
    );
    check(
        "<style><![CDATA[.a>b{fill:red}@imp/**/ort 'x';]]></style>",
        "<style>.a>b{fill:red}</style>",
        &["@import 'x';"],
    );
    check("<style>.a{fill:\\75rl(x)}</style>", "<style></style>", &[".a{fill:\\75rl(x)}"]);
}

#[test]
fn what_belongs_to_a_drawing_stays() {
    for inner in [
        "<style>.a { fill: #fff } @media (prefers-color-scheme: dark) { .a { fill: #000 } }</style><g class=\"a\"/>",
        "<linearGradient id='g'/><rect fill='url(#g)' style=\"stroke:url('#g')\"/>",
        "<use xlink:href='#g'/><image href='data:image/png;base64,AAAA'/>",
        "<title>a &amp; b</title><text>x: (y) &lt;script&gt;</text>",
        "<animate attributeName='x' to='1'/>",
        "<g aria-label='url(x) in C:\\dir' transform='translate(1 2)'/>",
    ] {
        check(inner, inner, &[]);
    }
}

#[test]
fn notes_of_editors_go_silently() {
    check("<!-- ada -->a<metadata><x/></metadata>b", "ab", &[]);
    check(
        "<g xmlns:i='http://www.inkscape.org/namespaces/inkscape' i:path='/home/ada' id='a'/>",
        "<g xmlns:i='http://www.inkscape.org/namespaces/inkscape' id='a'/>",
        &[],
    );
    let typed =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"svg11.dtd\">\n<svg/>";
    assert_eq!(clean(typed).expect("a drawing").text, "<?xml version=\"1.0\"?>\n\n<svg/>");
}

#[track_caller]
fn refused(text: &str, start: usize, why: &str) {
    let found = clean(text).expect_err("refused");
    assert!(found.place.start == start && found.why.contains(why), "{found:?}");
}

#[test]
fn what_is_no_drawing_is_refused() {
    let bomb = "<!DOCTYPE svg [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><svg>&b;</svg>";
    refused(bomb, 0, "entities");
    refused("<svg>\n<g></svg>", 9, "cannot be read");
    refused("<svg>&x;</svg>", 5, "cannot be read");
    refused("<html/>", 0, "`<html>`");
    refused("", 0, "cannot be read");
}

#[test]
fn depth_and_size_are_no_danger() {
    let deep = format!("<svg>{}{}</svg>", "<g>".repeat(50_000), "</g>".repeat(50_000));
    let _ = clean(&deep);
    let wide = format!("<svg>{}</svg>", "<g/>".repeat(600_000));
    assert!(clean(&wide).is_err());
}

#[test]
fn any_text_gets_an_answer() {
    let parts = [
        "<svg",
        " a='",
        "<!DOCTYPE",
        "[",
        ">",
        "<g>",
        "</g>",
        "<!--",
        "-->",
        "&#x0;",
        "url(",
        "é",
        "<style>",
        "}",
        "'",
        "</svg>",
    ];
    let mut state = 1_usize;
    for _ in 0..3000 {
        let mut text = String::from("<svg>");
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(parts[(state >> 33) % parts.len()]);
        }
        if let Ok(cleaned) = clean(&text) {
            assert_eq!(clean(&cleaned.text).map(|again| again.removed), Ok(Vec::new()), "{text}");
        }
    }
}

#[test]
fn an_element_with_too_many_attributes_is_refused() {
    let attributes = |n: usize| (0..n).fold(String::new(), |text, idx| text + &format!(" a{idx}='=\">=' "));
    let drawing = |before: &str, n| {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{before}<g{}/></svg>", attributes(n))
    };
    let inner = "a = b <!-- it's <g a=1 -->, <![CDATA[ <g a=\" ]]> <?pi it's a=1?>";
    assert!(clean(&drawing(&inner.repeat(600), 500)).is_ok());
    for before in ["", inner, "<!--\"-->", "<?x '?>", "<![CDATA[<\"]]>"] {
        let refused = clean(&drawing(before, 501)).expect_err(before);
        assert_eq!(refused.why, "an element with more than 500 attributes", "{before}");
    }
}
