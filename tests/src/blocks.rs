//! What a reader sees of a page, block by block, whoever made the HTML.
//!
//! Two programs never write the same HTML for the same text. So that they can be compared, the following is evened
//! out, and nothing else: white space; typographic quotes, dashes and dots; levels of headings; what a program adds
//! around the text (anchors, buttons, back links, titles of alerts and code, hidden lines, numbered icons); formulas,
//! which are only counted; the name of an image but for
//! its first part, and its title, which is a caption here and an attribute there.

/// A block: its kind, and its text as words, or its lines for code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    /// `heading`, `text`, `item`, `cell`, `code`, `image` or `term`.
    pub kind: &'static str,
    /// What it says.
    pub text: String,
}

/// Elements with one of these classes are a program's own.
const SKIPPED_CLASSES: [&str; 11] = [
    "boring",
    "buttons",
    "anchor",
    "footnote-back",
    "code-title",
    "alert-title",
    "blockquote-tag-title",
    "img-wrapper",
    "checkbox-img",
    "nav-chapters",
    "visually-hidden",
];
const SKIPPED: [&str; 4] = ["script", "style", "svg", "nav"];
const VOID: [&str; 9] = ["img", "br", "hr", "input", "source", "meta", "link", "wbr", "col"];

/// The blocks of a piece of HTML, in order.
pub fn blocks(html: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        reader.text(text);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        reader.tag(tag);
        rest = after;
    }
    reader.text(rest);
    reader.flush();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    open: Vec<(String, bool)>,
    n_skipped: usize,
    text: String,
}

impl Reader {
    fn text(&mut self, text: &str) {
        if self.n_skipped == 0 {
            self.text.push_str(&decoded(text));
        }
    }

    fn tag(&mut self, tag: &str) {
        if let Some(name) = tag.strip_prefix('/') {
            return self.end(name.trim());
        }
        let name = tag.split([' ', '\n', '\t', '/']).next().unwrap_or_default().to_ascii_lowercase();
        let classes = attribute(tag, "class").unwrap_or_default();
        let is_skipped = SKIPPED.contains(&name.as_str())
            || classes.split_whitespace().any(|class| SKIPPED_CLASSES.contains(&class))
            || attribute(tag, "role").as_deref() == Some("doc-backlink")
            || attribute(tag, "href").is_some_and(|href| href.starts_with("#fr-"));
        if VOID.contains(&name.as_str()) {
            if !is_skipped && self.n_skipped == 0 {
                self.void(&name, tag);
            }
            return;
        }
        if is_block(&name) && self.n_skipped == 0 {
            self.flush();
        }
        if name == "math" && self.n_skipped == 0 {
            self.text.push_str(" ⟦formula⟧ ");
        }
        let is_skipped = is_skipped || name == "math";
        self.n_skipped += usize::from(is_skipped);
        self.open.push((name, is_skipped));
    }

    fn void(&mut self, name: &str, tag: &str) {
        match name {
            "br" => self.text.push('\n'),
            "input" => self.text.push_str(if tag.contains("checked") { "[x] " } else { "[ ] " }),
            "img" => {
                self.flush();
                let source = attribute(tag, "src").unwrap_or_default();
                let stem =
                    source.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
                let alt = words(&attribute(tag, "alt").unwrap_or_default());
                let stem = stem.replace("%20", "-").replace(' ', "-");
                self.blocks.push(Block { kind: "image", text: format!("{alt} ({stem})") });
                if let Some(title) = attribute(tag, "title") {
                    self.blocks.push(Block { kind: "text", text: words(&plain(&title)) });
                }
            }
            _ => self.flush(),
        }
    }

    fn end(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        let Some(at) = self.open.iter().rposition(|(open, _)| *open == name) else { return };
        if is_block(&name) && self.n_skipped == 0 {
            self.flush();
        }
        for (_, is_skipped) in self.open.drain(at..) {
            self.n_skipped -= usize::from(is_skipped);
        }
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let is_open = |names: &[&str]| {
            self.open.iter().rev().find(|(open, _)| names.contains(&open.as_str())).is_some()
        };
        let kind = if is_open(&["pre"]) {
            "code"
        } else {
            let nearest = self.open.iter().rev().find_map(|(open, _)| match open.as_str() {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some("heading"),
                "td" | "th" => Some("cell"),
                "li" => Some("item"),
                "dt" => Some("term"),
                "p" | "dd" | "blockquote" | "aside" => Some("text"),
                _ => None,
            });
            nearest.unwrap_or("text")
        };
        let text = if kind == "code" { code_lines(&text) } else { formulas(&words(&plain(&text))) };
        // A paragraph in an item or a cell is the item or the cell: tight and loose lists read the same.
        let around = self.open.iter().rev().find_map(|(open, _)| match open.as_str() {
            "li" => Some("item"),
            "td" | "th" => Some("cell"),
            "dt" => Some("term"),
            "blockquote" | "aside" | "dd" => Some("text"),
            _ => None,
        });
        let kind = if kind == "text" { around.unwrap_or(kind) } else { kind };
        if !text.is_empty() {
            self.blocks.push(Block { kind, text });
        }
    }
}

fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 33] = [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "pre",
        "blockquote",
        "aside",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "div",
        "figure",
        "figcaption",
        "section",
        "details",
        "summary",
        "main",
        "article",
        "header",
        "center",
        "footer",
    ];
    BLOCKS.contains(&name)
}

/// The value of an attribute in the inside of a tag.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!(" {name}=")).or_else(|| tag.find(&format!("\n{name}=")))? + name.len() + 2;
    let quote = tag[at..].chars().next()?;
    let value = match quote {
        '"' | '\'' => tag[at + 1..].split(quote).next()?,
        _ => tag[at..].split_whitespace().next()?,
    };
    Some(decoded(value))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without typography.
fn plain(text: &str) -> String {
    let text = text.replace(['‘', '’'], "'").replace(['“', '”'], "\"");
    text.replace('—', "---").replace('–', "--").replace('…', "...").replace('↩', "").replace('\u{a0}', " ")
}

fn code_lines(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

/// `\( … \)`, `\[ … \]` and `$$ … $$` as a formula.
fn formulas(text: &str) -> String {
    let mut out = text.to_owned();
    for (open, close) in [("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")] {
        while let Some(start) = out.find(open) {
            let Some(end) = out[start + open.len()..].find(close) else { break };
            out.replace_range(start..start + open.len() + end + close.len(), " ⟦formula⟧ ");
        }
    }
    words(&out)
}

/// Character references.
pub fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let name = after.split_once(';').map(|(name, _)| name).filter(|name| name.len() <= 8);
        let letter = name.and_then(|name| match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "nbsp" => Some(' '),
            "copy" => Some('©'),
            _ => {
                let number = name.strip_prefix('#')?;
                let hex = number.strip_prefix(['x', 'X']).map(|digits| u32::from_str_radix(digits, 16).ok());
                char::from_u32(hex.unwrap_or_else(|| number.parse().ok())?)
            }
        });
        if let (Some(letter), Some(name)) = (letter, name) {
            out.push(letter);
            rest = &after[name.len() + 1..];
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// What only the first has, and what only the second has: the difference with the longest common part.
pub fn difference<'a>(first: &'a [Block], second: &'a [Block]) -> (Vec<&'a Block>, Vec<&'a Block>) {
    let (n, m) = (first.len(), second.len());
    let mut common = vec![vec![0_u32; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            common[i][j] = if first[i] == second[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut only_first, mut only_second) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        if i < n && j < m && first[i] == second[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == m || (i < n && common[i + 1][j] >= common[i][j + 1]) {
            only_first.push(&first[i]);
            i += 1;
        } else {
            only_second.push(&second[j]);
            j += 1;
        }
    }
    (only_first, only_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_gives_the_same_blocks() {
        let theirs = "<h1 id=\"a\"><a class=\"header\" href=\"#a\">A</a></h1>\n<p>It’s <em>x</em>&amp;y <img src=\"i/b.png\" alt=\"B\"> z</p><ul><li>one</li></ul><pre><code class=\"r\"><span class=\"boring\">h\n</span>a &lt; b\n</code></pre><p>\\( x \\)</p>";
        let ours = "<h1>A</h1><p>It's x&amp;y <img alt=\"B\" src=\"/c/b.0a1b.png\"> z</p><ul>\n<li><p>one</p></li></ul><figure class=\"code\"><figcaption><span class=\"code-title\">r</span></figcaption><pre><code><span class=\"line\">a &lt; b</span>\n</code></pre></figure><p><math><mi>x</mi></math></p>";
        assert_eq!(blocks(theirs), blocks(ours));
        let kinds: Vec<_> = blocks(ours).iter().map(|block| block.kind).collect();
        assert_eq!(kinds, ["heading", "text", "image", "text", "item", "code", "text"]);
    }

    #[test]
    fn a_lost_block_is_found() {
        let (whole, less) = (blocks("<p>a</p><p>b</p><p>c</p>"), blocks("<p>a</p><p>c</p><p>d</p>"));
        let (lost, added) = difference(&whole, &less);
        assert_eq!((lost[0].text.as_str(), added[0].text.as_str()), ("b", "d"));
        assert_eq!((lost.len(), added.len()), (1, 1));
    }
}
