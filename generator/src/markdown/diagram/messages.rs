//! Draws sequence diagrams: a column for everybody, messages from top to bottom.

use super::Drawing;
use super::sequence::{Head, Sequence, Side, Step};
use super::svg::{LINE, Stroke, Svg, text_size, text_width};

/// Between a column and the next, at least.
const GAP: i32 = 120;
/// Around words in a box.
const PAD: i32 = 10;

struct Stage<'a> {
    sequence: &'a Sequence,
    svg: Svg,
    /// The middle of each column.
    columns: Vec<i32>,
    y: i32,
    /// Where each frame began, with its words.
    frames: Vec<(i32, String)>,
    /// Who is at work since when.
    active: Vec<(usize, i32)>,
    n_messages: usize,
}

pub(super) fn draw(sequence: &Sequence) -> Drawing {
    let columns = columns(sequence);
    let mut stage = Stage {
        sequence,
        svg: Svg::default(),
        columns,
        y: 0,
        frames: Vec::new(),
        active: Vec::new(),
        n_messages: 0,
    };
    let top = stage.heads();
    stage.y = top + 12;
    for step in &sequence.steps {
        stage.step(step);
    }
    stage.y += 20;
    for column in stage.columns.clone() {
        stage.svg.line((column, top), (column, stage.y), Stroke::Dotted);
    }
    for (participant, since) in std::mem::take(&mut stage.active) {
        stage.bar(participant, since);
    }
    Drawing { svg: stage.svg, summary: summary(sequence), title: sequence.title.clone() }
}

/// `Browser → App: GET /; App → Browser: 200`.
fn summary(sequence: &Sequence) -> String {
    let name = |idx: usize| sequence.participants[idx].lines.join(" ");
    let part = |step: &Step| match step {
        Step::Message { from, to, lines, .. } => {
            Some(format!("{} → {}: {}", name(*from), name(*to), lines.join(" ")))
        }
        Step::Note { lines, .. } => Some(lines.join(" ")),
        Step::Open { kind, label } => Some(format!("{kind} {label}")),
        Step::Else { label } => Some(label.clone()),
        Step::Close | Step::Activate(_) | Step::Deactivate(_) => None,
    };
    let parts: Vec<String> = sequence.steps.iter().filter_map(part).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        (0..sequence.participants.len()).map(name).collect::<Vec<_>>().join("; ")
    } else {
        parts.join("; ")
    }
}

/// Columns as far apart as the words between them need.
fn columns(sequence: &Sequence) -> Vec<i32> {
    let widths: Vec<i32> =
        sequence.participants.iter().map(|participant| text_size(&participant.lines).0 + 2 * PAD).collect();
    let mut gaps: Vec<i32> =
        widths.windows(2).map(|pair| GAP.max(i32::midpoint(pair[0], pair[1]) + 2 * PAD)).collect();
    let mut left = widths.first().copied().unwrap_or(0) / 2;
    for step in &sequence.steps {
        let (first, last, width) = match step {
            Step::Message { from, to, lines, .. } => {
                (*from.min(to), *from.max(to), text_size(lines).0 + 4 * PAD + if from == to { 30 } else { 0 })
            }
            Step::Note { side: Side::Left, first, lines, .. } => {
                let width = text_size(lines).0 + 4 * PAD;
                if *first == 0 {
                    left = left.max(width);
                    continue;
                }
                (first - 1, *first, width)
            }
            Step::Note { side: Side::Right, first, lines, .. } => {
                (*first, *first, text_size(lines).0 + 4 * PAD)
            }
            Step::Note { side: Side::Over, first, last, lines } => {
                let width = text_size(lines).0 + 2 * PAD;
                left = left.max(if *first == 0 && *last == 0 { width / 2 } else { 0 });
                (*first, *last, width)
            }
            _ => continue,
        };
        // Words beside a column need room up to the next.
        let last = if first == last { (first + 1).min(widths.len() - 1) } else { last };
        let held: i32 = gaps[first..last].iter().sum();
        if first < last && held < width {
            gaps[last - 1] += width - held;
        }
    }
    // Frames reach beyond the outermost columns.
    let mut columns = vec![left + 3 * PAD];
    for gap in gaps {
        columns.push(columns[columns.len() - 1] + gap);
    }
    columns
}

impl Stage<'_> {
    /// Who takes part, above everything. Returns where their lines begin.
    fn heads(&mut self) -> i32 {
        let sizes: Vec<_> = self.sequence.participants.iter().map(|known| text_size(&known.lines)).collect();
        let height = sizes.iter().map(|size| size.1).max().unwrap_or(0) + 2 * PAD;
        for ((participant, (width, _)), x) in self.sequence.participants.iter().zip(sizes).zip(&self.columns)
        {
            let width = width + 2 * PAD;
            self.svg.rect((x - width / 2, 1, width, height), 4, Stroke::Solid);
            self.svg.text((*x, 1 + height / 2), &participant.lines, "middle");
        }
        height + 1
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Message { from, to, lines, is_dotted, head } => {
                let stroke = if *is_dotted { Stroke::Dotted } else { Stroke::Solid };
                self.message((*from, *to), lines, stroke, *head);
            }
            Step::Note { side, first, last, lines } => self.note(*side, (*first, *last), lines),
            Step::Open { kind, label } => {
                self.y += 14;
                self.frames.push((self.y, format!("{kind} {label}")));
                self.y += LINE + 4;
            }
            Step::Else { label } => {
                let (left, right) = self.frame_sides(self.frames.len());
                self.y += 12;
                self.svg.line((left, self.y), (right, self.y), Stroke::Dotted);
                if !label.is_empty() {
                    self.y += LINE;
                    self.svg.text((left + PAD, self.y - 6), &[format!("[{label}]")], "start");
                    self.y += 4;
                }
            }
            Step::Close => self.frame(),
            Step::Activate(participant) => self.active.push((*participant, self.y)),
            Step::Deactivate(participant) => {
                if let Some(at) = self.active.iter().rposition(|(active, _)| active == participant) {
                    let (participant, since) = self.active.remove(at);
                    self.bar(participant, since);
                }
            }
        }
    }

    fn message(&mut self, (from, to): (usize, usize), lines: &[String], stroke: Stroke, head: Head) {
        self.n_messages += 1;
        let mut lines = lines.to_vec();
        if self.sequence.is_numbered {
            lines[0] = format!("{}. {}", self.n_messages, lines[0]);
        }
        let (width, height) = text_size(&lines);
        let (a, b) = (self.columns[from], self.columns[to]);
        self.y += height + 10;
        if from == to {
            self.svg.text((a + 34, self.y - height / 2 + 12), &lines, "start");
            self.svg.path(&format!("M{a} {}h26v18H{a}", self.y - 6), stroke);
            self.svg.grow(a + 36 + width, self.y + 12);
            self.y += 12;
            return self.head(head, (a, self.y), -1);
        }
        self.svg.text((i32::midpoint(a, b), self.y - height / 2 - 3), &lines, "middle");
        self.svg.line((a, self.y), (b, self.y), stroke);
        self.head(head, (b, self.y), (b - a).signum());
        self.y += 8;
    }

    fn head(&mut self, head: Head, (x, y): (i32, i32), dx: i32) {
        match head {
            Head::Arrow => self.svg.arrow((x, y), (dx, 0)),
            Head::Cross => {
                self.svg.path(&format!("M{} {}l10 10m0-10l-10 10", x - 5 - 5 * dx, y - 5), Stroke::Solid);
            }
            Head::None => {}
        }
    }

    fn note(&mut self, side: Side, (first, last): (usize, usize), lines: &[String]) {
        let (width, height) = text_size(lines);
        let (width, height) = (width + 2 * PAD, height + PAD);
        let (a, b) = (self.columns[first], self.columns[last]);
        let (left, width) = match side {
            Side::Left => (a - PAD - width, width),
            Side::Right => (a + PAD, width),
            Side::Over => {
                let width = width.max(b - a + 4 * PAD);
                (i32::midpoint(a, b) - width / 2, width)
            }
        };
        self.y += 10;
        self.svg.rect((left, self.y, width, height), 0, Stroke::Dotted);
        self.svg.text((left + width / 2, self.y + height / 2), lines, "middle");
        self.y += height + 4;
    }

    /// Inner frames are narrower than those around them.
    fn frame_sides(&self, depth: usize) -> (i32, i32) {
        let inset = 6 * i32::try_from(depth.saturating_sub(1)).unwrap_or(0).min(4);
        let width = self.svg.size().0.max(self.columns[self.columns.len() - 1] + 4 * PAD);
        (1 + inset, width - 3 - inset)
    }

    fn frame(&mut self) {
        let (mut left, mut right) = self.frame_sides(self.frames.len());
        let Some((top, label)) = self.frames.pop() else { return };
        right = right.max(left + text_width(&label) + 4 * PAD);
        left = left.min(right);
        self.y += 12;
        self.svg.rect((left, top, right - left, self.y - top), 4, Stroke::Solid);
        self.svg.text((left + PAD, top + 13), &[label], "start");
        self.y += 4;
    }

    /// Somebody was at work from then to now.
    fn bar(&mut self, participant: usize, since: i32) {
        let x = self.columns[participant];
        self.svg.rect((x - 4, since, 8, (self.y - since).max(4)), 0, Stroke::Solid);
    }
}
