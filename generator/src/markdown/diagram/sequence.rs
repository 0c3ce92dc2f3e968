//! Reads sequence diagrams: who takes part, and what they say to each other.

use super::{Undrawable, lines_of, title_of};

/// A sequence diagram.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    pub(super) title: Option<String>,
    pub(super) participants: Vec<Participant>,
    pub(super) steps: Vec<Step>,
    /// Whether messages are numbered.
    pub(super) is_numbered: bool,
}

#[derive(Debug)]
pub(super) struct Participant {
    id: String,
    pub(super) lines: Vec<String>,
}

/// What happens next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Message {
        from: usize,
        to: usize,
        lines: Vec<String>,
        is_dotted: bool,
        head: Head,
    },
    /// Over the participants from the first to the last, or beside one.
    Note {
        side: Side,
        first: usize,
        last: usize,
        lines: Vec<String>,
    },
    /// `loop`, `alt`, `opt`, `par` and so on, with words.
    Open {
        kind: String,
        label: String,
    },
    /// `else` and `and`.
    Else {
        label: String,
    },
    Close,
    Activate(usize),
    Deactivate(usize),
}

/// The end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    None,
    Arrow,
    Cross,
}

/// Where a note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Over,
    Left,
    Right,
}

/// The arrows, longer ones first.
const ARROWS: [(&str, bool, Head); 8] = [
    ("-->>", true, Head::Arrow),
    ("->>", false, Head::Arrow),
    ("--x", true, Head::Cross),
    ("-x", false, Head::Cross),
    ("--)", true, Head::Arrow),
    ("-)", false, Head::Arrow),
    ("-->", true, Head::None),
    ("->", false, Head::None),
];
const FRAMES: [&str; 6] = ["loop", "alt", "opt", "par", "critical", "break"];
const MAX_PARTICIPANTS: usize = 20;

pub(super) fn parse(lines: &[(usize, &str)]) -> Result<Sequence, Undrawable> {
    let mut sequence = Sequence::default();
    let mut open = Vec::new();
    for (idx, line) in lines {
        if let Some(title) = title_of(line) {
            sequence.title = Some(title.to_owned());
            continue;
        }
        sequence.line(line).map_err(|message| Undrawable::new(*idx, message))?;
        match sequence.steps.last() {
            Some(Step::Open { .. }) if is_frame(line) => open.push(*idx),
            Some(Step::Close) if *line == "end" => {
                open.pop()
                    .ok_or_else(|| Undrawable::new(*idx, "`end` ends nothing, expected an open frame"))?;
            }
            Some(Step::Else { .. }) if open.is_empty() => {
                return Err(Undrawable::new(
                    *idx,
                    format!("`{line}` outside of a frame, expected `alt` or `par`"),
                ));
            }
            _ => {}
        }
        if sequence.participants.len() > MAX_PARTICIPANTS {
            return Err(Undrawable::new(
                *idx,
                format!("more than {MAX_PARTICIPANTS} participants, expected fewer"),
            ));
        }
    }
    match open.pop() {
        Some(idx) => Err(Undrawable::new(idx, "a frame without `end`, expected it")),
        None if sequence.participants.is_empty() => {
            Err(Undrawable::new(0, "nobody takes part, expected messages"))
        }
        None => Ok(sequence),
    }
}

fn is_frame(line: &str) -> bool {
    FRAMES.contains(&line.split_whitespace().next().unwrap_or_default())
}

impl Sequence {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "autonumber" => self.is_numbered = true,
            "participant" | "actor" => {
                let (id, name) = rest.split_once(" as ").unwrap_or((rest, rest));
                let idx = self.participant(id)?;
                self.participants[idx].lines = lines_of(name);
            }
            "activate" => {
                let idx = self.participant(rest)?;
                self.steps.push(Step::Activate(idx));
            }
            "deactivate" => {
                let idx = self.participant(rest)?;
                self.steps.push(Step::Deactivate(idx));
            }
            "Note" | "note" => self.note(rest)?,
            "else" | "and" | "option" => self.steps.push(Step::Else { label: rest.to_owned() }),
            "end" if rest.is_empty() => self.steps.push(Step::Close),
            kind if FRAMES.contains(&kind) => {
                self.steps.push(Step::Open { kind: kind.to_owned(), label: rest.to_owned() });
            }
            _ => self.message(line)?,
        }
        Ok(())
    }

    fn participant(&mut self, id: &str) -> Result<usize, String> {
        let id = id.trim();
        if id.is_empty() || id.contains(['>', '<', ':', ';', '{', '}']) {
            return Err(format!("`{id}`, expected the name of a participant"));
        }
        if let Some(idx) = self.participants.iter().position(|known| known.id == id) {
            return Ok(idx);
        }
        self.participants.push(Participant { id: id.to_owned(), lines: lines_of(id) });
        Ok(self.participants.len() - 1)
    }

    /// `over A,B: words`, `left of A: words`.
    fn note(&mut self, text: &str) -> Result<(), String> {
        let (place, words) =
            text.split_once(':').ok_or_else(|| format!("a note `{text}`, expected `: words`"))?;
        let sides = [("over ", Side::Over), ("left of ", Side::Left), ("right of ", Side::Right)];
        let side = sides.iter().find_map(|(word, side)| Some((*side, place.strip_prefix(word)?)));
        let (side, who) =
            side.ok_or_else(|| format!("a note `{place}`, expected `over A`, `left of A` or `right of A`"))?;
        let (a, b) = who.split_once(',').unwrap_or((who, who));
        let (a, b) = (self.participant(a)?, self.participant(b)?);
        self.steps.push(Step::Note { side, first: a.min(b), last: a.max(b), lines: lines_of(words) });
        Ok(())
    }

    /// `A->>B: words`.
    fn message(&mut self, line: &str) -> Result<(), String> {
        let unknown = || format!("`{line}` in a sequence diagram, expected a message such as `A->>B: words`");
        let (head, words) = line.split_once(':').ok_or_else(unknown)?;
        let found = ARROWS.iter().filter_map(|arrow| Some((head.find(arrow.0)?, arrow)));
        let (at, (arrow, is_dotted, end)) = found.min_by_key(|(at, _)| *at).ok_or_else(unknown)?;
        let from = self.participant(&head[..at])?;
        let to = head[at + arrow.len()..].trim();
        let (starts, ends) = (to.starts_with('+'), to.starts_with('-'));
        let to = self.participant(to.trim_start_matches(['+', '-']))?;
        let lines = lines_of(words);
        self.steps.push(Step::Message { from, to, lines, is_dotted: *is_dotted, head: *end });
        if starts {
            self.steps.push(Step::Activate(to));
        } else if ends {
            self.steps.push(Step::Deactivate(from));
        }
        Ok(())
    }
}
