//! Diagrams in Mermaid's notation, drawn while the site is built: flowcharts and sequence diagrams.
//!
//! The picture needs no script and no style of its own: lines and words have the colour of the text, so that it is right
//! in the dark and on paper. What cannot be drawn is shown as it is written.

mod flowchart;
mod layers;
mod links;
mod messages;
mod sequence;
mod svg;

use super::code::Block;
use super::writer::Writer;
use crate::diagnostic::Code;
use crate::html::{self, push_attribute, push_escaped};

/// A diagram that can be shown.
#[derive(Debug)]
struct Drawing {
    svg: svg::Svg,
    /// What it says, for those who do not see it.
    summary: String,
    /// The title that stands in the notation.
    title: Option<String>,
}

/// What cannot be drawn: the line, from 0, and why.
#[derive(Debug, PartialEq, Eq)]
struct Undrawable {
    line: usize,
    message: String,
}

impl Undrawable {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// The most lines of a diagram. Nobody reads a longer one, and the work grows faster than the length.
const MAX_LINES: usize = 200;
/// The most diagrams of a text.
const MAX_DIAGRAMS: usize = 100;
/// The most letters that the summary has.
const MAX_SUMMARY: usize = 600;

fn draw(source: &str) -> Result<Drawing, Undrawable> {
    let lines: Vec<(usize, &str)> = source
        .lines()
        .enumerate()
        .map(|(idx, line)| (idx, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with("%%"))
        .collect();
    let Some(((first, head), rest)) = lines.split_first().map(|(head, rest)| (*head, rest)) else {
        return Err(Undrawable::new(0, "an empty diagram, expected `flowchart` or `sequenceDiagram`"));
    };
    if rest.len() > MAX_LINES {
        return Err(Undrawable::new(first, format!("more than {MAX_LINES} lines, expected fewer")));
    }
    let (kind, direction) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
    match kind {
        "flowchart" | "graph" => layers::draw(&flowchart::parse(first, direction.trim(), rest)?),
        "sequenceDiagram" => Ok(messages::draw(&sequence::parse(rest)?)),
        _ => Err(Undrawable::new(first, format!("`{kind}`, expected `flowchart` or `sequenceDiagram`"))),
    }
}

impl Writer<'_, '_> {
    /// Appends a diagram, or its text and a warning that says why it is not drawn.
    pub(super) fn push_diagram(&mut self, block: &Block) {
        self.html.push_str("<figure class=\"diagram\">");
        let mut title = block.info.title.clone();
        self.n_diagrams += 1;
        let drawn = if self.n_diagrams > MAX_DIAGRAMS {
            Err(Undrawable::new(0, format!("more than {MAX_DIAGRAMS} diagrams in one text, expected fewer")))
        } else {
            draw(&block.code)
        };
        match drawn {
            Ok(drawing) => {
                title = title.or(drawing.title);
                let kind = title.as_deref().unwrap_or(self.context.texts.get("diagram"));
                let separator = self.context.texts.get("block_separator");
                let label = format!("{kind}{separator}{}", shortened(&drawing.summary));
                let (width, height) = drawing.svg.size();
                // On a phone a wide drawing scrolls in its own frame, by keyboard too.
                self.html.push_str("<div tabindex=\"0\" role=\"group\"");
                push_attribute(&mut self.html, "aria-label", kind);
                self.html.push('>');
                html::push(
                    &mut self.html,
                    format_args!(
                        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\""
                    ),
                );
                push_attribute(&mut self.html, "aria-label", &label);
                self.html.push_str(" fill=\"none\" stroke=\"currentColor\" font-size=\"14\">");
                self.html.push_str(drawing.svg.content());
                self.html.push_str("</svg></div>");
                self.passages.add_block(&drawing.summary);
            }
            Err(Undrawable { line, message }) => {
                let warning =
                    self.body.text.error(Code::BadDiagram, self.line_of(block, line), message).warning();
                let hint = "it is shown as text; draw it otherwise, or put a picture in its place";
                self.diagnostics.push(warning.hint(hint));
                self.html.push_str("<pre tabindex=\"0\" role=\"group\"");
                let label = title.as_deref().unwrap_or(self.context.texts.get("diagram"));
                push_attribute(&mut self.html, "aria-label", label);
                self.html.push_str("><code>");
                push_escaped(&mut self.html, &block.code);
                self.html.push_str("</code></pre>");
                self.passages.add_block(&block.code);
            }
        }
        if let Some(title) = title {
            self.html.push_str("<figcaption>");
            push_escaped(&mut self.html, &title);
            self.html.push_str("</figcaption>");
        }
        self.html.push_str("</figure>\n");
    }

    /// Where a line of a block stands in the file.
    fn line_of(&self, block: &Block, line: usize) -> std::ops::Range<usize> {
        let source = self.body.text.source.get(block.span.clone()).unwrap_or_default();
        let mut at = block.span.start;
        for (idx, text) in source.split_inclusive('\n').enumerate() {
            if idx == line + 1 {
                let inner = text.trim();
                let start = at + text.find(inner).unwrap_or(0);
                return start..start + inner.len();
            }
            at += text.len();
        }
        block.span.clone()
    }
}

fn shortened(summary: &str) -> String {
    if summary.chars().count() <= MAX_SUMMARY {
        return summary.to_owned();
    }
    summary.chars().take(MAX_SUMMARY).chain(std::iter::once('…')).collect()
}

/// Text of the notation as lines: `"a<br>b"` is two.
fn lines_of(text: &str) -> Vec<String> {
    let text = text.trim().trim_matches('"').replace("<br/>", "<br>").replace("<br />", "<br>");
    text.split("<br>").map(|line| line.trim().to_owned()).collect()
}

/// `accTitle: words` and `title words`, which every kind of diagram may have.
fn title_of(line: &str) -> Option<&str> {
    let title = line.strip_prefix("accTitle:").or_else(|| line.strip_prefix("title "))?;
    Some(title.trim())
}

#[cfg(test)]
mod tests;
