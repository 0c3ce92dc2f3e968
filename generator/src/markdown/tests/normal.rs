//! HTML in a form in which ours can be compared with that of the specification: it undoes what we add and nothing else.

/// Elements around which white space means nothing.
const BLOCKS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "ul",
    "ol",
    "li",
    "hr",
    "pre",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "div",
    "figure",
    "aside",
    "section",
    "br",
];

/// The specification's HTML. Headings of level 1 are of level 2 where the page's title is the first heading.
pub(super) fn theirs(html: &str, first_level: u8) -> String {
    let html = if first_level > 1 {
        html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    } else {
        html.to_owned()
    };
    spaced(&html.replace("&quot;", "\""))
}

/// Our HTML without anchors of headings, frames and line spans of code, and lazy loading of images; a figure is a
/// paragraph with a titled image again.
pub(super) fn ours(html: &str) -> String {
    let mut html = without(html, " <a class=\"anchor\"", "</a>");
    for level in 1..=6 {
        html = attributes_dropped(&html, &format!("<h{level} id=\""));
    }
    html = html.replace(" loading=\"lazy\"", "").replace(" decoding=\"async\"", "");
    html = code(&html);
    // A quotation mark in a text is the same with and without its entity.
    spaced(&figures(&html).replace("&quot;", "\""))
}

/// `<h2 id="…">` → `<h2>`.
fn attributes_dropped(html: &str, start: &str) -> String {
    let tag = start.split(' ').next().unwrap_or_default();
    let mut pieces = html.split(start);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (_, rest) = piece.split_once('>').expect("an end of the tag");
        out.push_str(tag);
        out.push('>');
        out.push_str(rest);
    }
    out
}

/// Everything from each `start` to the next `end` cut out.
fn without(html: &str, start: &str, end: &str) -> String {
    let mut pieces = html.split(start);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(piece.split_once(end).expect("an end").1);
    }
    out
}

fn code(html: &str) -> String {
    let mut pieces = html.split("<figure class=\"code\">");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (figure, rest) = piece.split_once("</figure>").expect("an end");
        let figure = without(figure, "<figcaption>", "</figcaption>");
        let (_, block) = figure.split_once("<code").expect("code");
        out.push_str("<pre><code");
        out.push_str(&block.replace("<span class=\"line\">", "").replace("</span>\n", "\n"));
        out.push_str(rest);
    }
    out
}

fn figures(html: &str) -> String {
    let mut pieces = html.split("<figure>");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (figure, rest) = piece.split_once("</figure>").expect("an end");
        let (image, caption) = figure.split_once("><figcaption>").expect("a caption");
        let caption = caption.trim_end_matches("</figcaption>");
        for piece in ["<p>", image, " title=\"", caption, "\"></p>", rest] {
            out.push_str(piece);
        }
    }
    out
}

/// White space outside `pre` as the specification's own test runner has it: none around blocks, one space elsewhere;
/// and `<br />` is `<br>`.
fn spaced(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html.trim();
    let mut pre = false;
    while !rest.is_empty() {
        let end = if rest.starts_with('<') {
            rest.find('>').map_or(rest.len(), |end| end + 1)
        } else {
            rest.find('<').unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end.max(1));
        rest = after;
        let name = piece.trim_start_matches(['<', '/']);
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        if piece.starts_with('<') {
            let block = BLOCKS.contains(&name);
            pre = if piece.starts_with("<pre") { true } else { pre && piece != "</pre>" };
            if block && !pre {
                out.truncate(out.trim_end().len());
            }
            out.push_str(&piece.replace(" />", ">").replace("/>", ">"));
            if block && !pre {
                rest = rest.trim_start();
            }
        } else if pre {
            out.push_str(piece);
        } else {
            for (idx, word) in piece.split([' ', '\n', '\t']).filter(|word| !word.is_empty()).enumerate() {
                if idx > 0 || (piece.starts_with([' ', '\n', '\t']) && !out.ends_with([' ', '\n'])) {
                    out.push(' ');
                }
                out.push_str(word);
            }
            if piece.ends_with([' ', '\n', '\t']) && !out.ends_with(' ') {
                out.push(' ');
            }
        }
    }
    out.trim().to_owned()
}
