//! Reads flowcharts: boxes, and what connects them.

use super::links::{Link, link};
use super::{Undrawable, lines_of, title_of};

/// Where a chart flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Down,
    Up,
    Right,
    Left,
}

/// What a box looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Box,
    Round,
    Pill,
    Circle,
    Diamond,
}

/// A box.
#[derive(Debug)]
pub(super) struct Node {
    id: String,
    pub(super) shape: Shape,
    pub(super) lines: Vec<String>,
}

/// A flowchart.
#[derive(Debug)]
pub(super) struct Flowchart {
    pub(super) direction: Direction,
    pub(super) title: Option<String>,
    pub(super) nodes: Vec<Node>,
    /// From, to, and how.
    pub(super) edges: Vec<(usize, usize, Link)>,
}

/// The brackets of each shape, longer ones first.
const BRACKETS: [(&str, &str, Shape); 5] = [
    ("((", "))", Shape::Circle),
    ("([", "])", Shape::Pill),
    ("[", "]", Shape::Box),
    ("(", ")", Shape::Round),
    ("{", "}", Shape::Diamond),
];
/// The most boxes and lines.
const MAX_THINGS: usize = 150;

pub(super) fn parse(first: usize, direction: &str, lines: &[(usize, &str)]) -> Result<Flowchart, Undrawable> {
    let (direction, beside) = direction.split_once(';').unwrap_or((direction, ""));
    let direction = match direction.trim() {
        "" | "TB" | "TD" => Direction::Down,
        "BT" => Direction::Up,
        "LR" => Direction::Right,
        "RL" => Direction::Left,
        other => {
            let message = format!("direction `{other}`, expected `TD`, `LR`, `BT` or `RL`");
            return Err(Undrawable::new(first, message));
        }
    };
    let mut chart = Flowchart { direction, title: None, nodes: Vec::new(), edges: Vec::new() };
    for (idx, line) in std::iter::once(&(first, beside)).chain(lines) {
        if let Some(title) = title_of(line) {
            chart.title = Some(title.to_owned());
            continue;
        }
        for statement in statements(line) {
            chart.statement(statement).map_err(|message| Undrawable::new(*idx, message))?;
        }
        if chart.nodes.len() > MAX_THINGS || chart.edges.len() > MAX_THINGS {
            return Err(Undrawable::new(*idx, too_many()));
        }
    }
    if chart.nodes.is_empty() {
        return Err(Undrawable::new(first, "a flowchart without boxes, expected some"));
    }
    Ok(chart)
}

fn too_many() -> String {
    format!("more than {MAX_THINGS} boxes or lines, expected fewer")
}

/// The statements of a line. A semicolon in a box or in words on a line ends none.
fn statements(line: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut is_quoted) = (0_usize, false);
    let parts = line.split(move |letter: char| {
        match letter {
            '"' => is_quoted = !is_quoted,
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            ';' if depth == 0 && !is_quoted => return true,
            _ => {}
        }
        false
    });
    parts.map(str::trim).filter(|statement| !statement.is_empty())
}

impl Flowchart {
    /// `A[words] --> B & C --> D`.
    fn statement(&mut self, statement: &str) -> Result<(), String> {
        let (mut from, mut rest) = self.group(statement)?;
        while !rest.trim().is_empty() {
            let (link, after) = link(rest.trim_start()).ok_or_else(|| {
                format!("`{}` in a flowchart, expected boxes and links such as `A --> B`", rest.trim())
            })?;
            let (to, after) = self.group(after)?;
            if from.len() * to.len() + self.edges.len() > MAX_THINGS || self.nodes.len() > MAX_THINGS {
                return Err(too_many());
            }
            for (a, b) in from.iter().flat_map(|a| to.iter().map(move |b| (*a, *b))) {
                self.edges.push((a, b, link.clone()));
            }
            (from, rest) = (to, after);
        }
        Ok(())
    }

    /// `A & B`.
    fn group<'t>(&mut self, text: &'t str) -> Result<(Vec<usize>, &'t str), String> {
        let (mut group, mut rest) = (Vec::new(), text);
        loop {
            let (node, after) = self.node(rest.trim_start())?;
            group.push(node);
            if group.len() > MAX_THINGS {
                return Err(too_many());
            }
            match after.trim_start().strip_prefix('&') {
                Some(next) => rest = next,
                None => return Ok((group, after)),
            }
        }
    }

    /// `A`, `A[words]`, `A{words}` and so on.
    fn node<'t>(&mut self, text: &'t str) -> Result<(usize, &'t str), String> {
        let letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        let end = text.find(|found: char| !letter(found)).unwrap_or(text.len());
        let (id, rest) = text.split_at(end);
        if id.is_empty()
            || matches!(id, "subgraph" | "end" | "classDef" | "class" | "style" | "linkStyle" | "click")
        {
            return Err(format!("`{text}` in a flowchart, expected the name of a box"));
        }
        let idx = self.nodes.iter().position(|node| node.id == id).unwrap_or_else(|| {
            self.nodes.push(Node { id: id.to_owned(), shape: Shape::Box, lines: vec![id.to_owned()] });
            self.nodes.len() - 1
        });
        let Some((open, close, shape)) = BRACKETS.iter().find(|(open, ..)| rest.starts_with(open)) else {
            return Ok((idx, rest));
        };
        let inner = &rest[open.len()..];
        // Words in quotation marks may have brackets in them.
        let from = inner.strip_prefix('"').and_then(|words| words.find('"')).map_or(0, |at| at + 2);
        let at =
            inner[from..].find(close).ok_or_else(|| format!("`{rest}` without `{close}`, expected it"))?
                + from;
        let words = &inner[..at];
        if words.starts_with(['[', '(', '{', '/', '\\', '|']) {
            return Err(format!(
                "the shape of `{id}{rest}`, expected `[ ]`, `( )`, `([ ])`, `(( ))` or `{{ }}`"
            ));
        }
        self.nodes[idx].shape = *shape;
        self.nodes[idx].lines = lines_of(words);
        Ok((idx, &inner[at + close.len()..]))
    }
}
