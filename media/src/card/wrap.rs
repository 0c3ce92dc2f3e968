//! Breaks a text into lines that fit a frame: the largest letters, then lines of about the same length.

use super::font::{Font, width};

/// Where a text has to fit, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// From left to right.
    pub width: f32,
    /// The most lines.
    pub n_lines: usize,
    /// The size of letters to begin with.
    pub largest: f32,
    /// The size below which the text is cut instead.
    pub smallest: f32,
}

/// A text in lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Size of the letters in pixels.
    pub size: f32,
    /// From top to bottom; empty for an empty text.
    pub lines: Vec<String>,
}

/// Sizes are tried in these steps.
const STEP: f32 = 2.0;
const ELLIPSIS: char = '…';
/// Punctuation that may not begin a line.
const NOT_FIRST: &str = "，。、；：！？）》」』】〉〕…—·％,.;:!?)]}%”’";
/// Punctuation that may not end a line.
const NOT_LAST: &str = "（《「『【〈〔“‘([{";

/// Fits a text into a frame. What does not fit even at the smallest size ends with an ellipsis.
pub fn fit(text: &str, font: Font, frame: Frame) -> Fitted {
    let pieces = pieces(text);
    if pieces.is_empty() {
        return Fitted { size: frame.largest, lines: Vec::new() };
    }
    let mut size = frame.largest;
    loop {
        let limit = frame.width / size;
        let lines = fill(&pieces, font, limit);
        let has_room = lines.len() <= frame.n_lines && lines.iter().all(|line| width(line, font) <= limit);
        if has_room {
            return Fitted { size, lines: balanced(&pieces, font, limit, lines) };
        }
        if size - STEP < frame.smallest {
            return Fitted { size, lines: cut(&pieces, font, limit, frame.n_lines) };
        }
        size -= STEP;
    }
}

/// The parts between which a line may end: words with the space behind them, and single Chinese characters with the
/// punctuation that belongs to them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut may_break = true;
    for letter in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        let sticks = NOT_FIRST.contains(letter) || letter == ' ' || !(may_break || is_wide(letter));
        match pieces.last_mut() {
            Some(piece) if sticks || piece.ends_with(|last| NOT_LAST.contains(last)) => piece.push(letter),
            _ => pieces.push(letter.to_string()),
        }
        may_break = letter == ' ' || letter == '/' || letter == '-' || is_wide(letter);
    }
    pieces
}

/// Characters without spaces between words.
fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}')
}

/// Fills line after line up to the limit, in multiples of the size of letters.
fn fill(pieces: &[String], font: Font, limit: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line}{piece}");
            if width(longer.trim_end(), font) <= limit {
                *line = longer;
                continue;
            }
        }
        lines.push(piece.clone());
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The same number of lines, the longest of them as short as can be.
fn balanced(pieces: &[String], font: Font, limit: f32, filled: Vec<String>) -> Vec<String> {
    let (mut lines, mut narrow) = (filled, limit);
    loop {
        narrow -= 0.25;
        let tried = fill(pieces, font, narrow);
        let holds = tried.len() == lines.len() && tried.iter().all(|line| width(line, font) <= narrow);
        if !holds {
            return lines;
        }
        lines = tried;
    }
}

/// As much as fits, with an ellipsis. A word that is longer than a line is cut where the line ends.
fn cut(pieces: &[String], font: Font, limit: f32, n_lines: usize) -> Vec<String> {
    let mut filled = fill(pieces, font, limit).into_iter();
    let mut lines: Vec<String> = filled.by_ref().take(n_lines).collect();
    let rest: String = filled.collect::<Vec<_>>().join(" ");
    if let (false, Some(last)) = (rest.is_empty(), lines.last_mut()) {
        last.push(ELLIPSIS);
    }
    for line in &mut lines {
        while width(line, font) > limit && line.chars().count() > 1 {
            let is_cut = line.ends_with(ELLIPSIS);
            line.pop();
            if is_cut {
                line.pop();
            }
            while line.ends_with([' ', ',', '，', '、']) {
                line.pop();
            }
            line.push(ELLIPSIS);
        }
    }
    lines
}
