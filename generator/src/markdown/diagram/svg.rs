//! Lines, boxes and words. All coordinates are whole numbers, so that two machines draw the same.

use crate::html;

/// A picture that grows with what is drawn.
#[derive(Debug, Default)]
pub(super) struct Svg {
    content: String,
    width: i32,
    height: i32,
}

/// Between a line of text and the next.
pub(super) const LINE: i32 = 18;

/// About how wide a text of 14 px is. Rather too wide than too narrow: readers choose their fonts.
pub(super) fn text_width(text: &str) -> i32 {
    let tenths: i32 = text
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 42,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 125,
            letter if letter.is_ascii_uppercase() => 100,
            letter if letter.is_ascii() => 82,
            letter if (letter as u32) < 0x1100 => 90,
            _ => 142,
        })
        .sum();
    tenths / 10 + 1
}

/// Width and height of lines of text.
pub(super) fn text_size(lines: &[String]) -> (i32, i32) {
    let width = lines.iter().map(|line| text_width(line)).max().unwrap_or(0);
    let n_lines = i32::try_from(lines.len()).unwrap_or(1);
    (width, n_lines * LINE)
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Stroke {
    #[default]
    Solid,
    Dotted,
    Thick,
}

impl Stroke {
    fn attributes(self) -> &'static str {
        match self {
            Self::Solid => "",
            Self::Dotted => " stroke-dasharray=\"4 4\"",
            Self::Thick => " stroke-width=\"3\"",
        }
    }
}

impl Svg {
    pub(super) fn size(&self) -> (i32, i32) {
        (self.width, self.height)
    }

    pub(super) fn content(&self) -> &str {
        &self.content
    }

    /// Makes room for what reaches to here.
    pub(super) fn grow(&mut self, x: i32, y: i32) {
        self.width = self.width.max(x + 2);
        self.height = self.height.max(y + 2);
    }

    pub(super) fn rect(&mut self, (x, y, width, height): (i32, i32, i32, i32), radius: i32, stroke: Stroke) {
        self.grow(x + width, y + height);
        let radius = if radius > 0 { format!(" rx=\"{radius}\"") } else { String::new() };
        html::push(
            &mut self.content,
            format_args!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{radius}{}/>",
                stroke.attributes()
            ),
        );
    }

    pub(super) fn path(&mut self, data: &str, stroke: Stroke) {
        html::push(&mut self.content, format_args!("<path d=\"{data}\"{}/>", stroke.attributes()));
    }

    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), stroke: Stroke) {
        self.grow(from.0.max(to.0), from.1.max(to.1));
        self.path(&format!("M{} {}L{} {}", from.0, from.1, to.0, to.1), stroke);
    }

    /// A head at `(x, y)` that points along `(dx, dy)`, one of which is 0 and the other 1 or -1.
    pub(super) fn arrow(&mut self, (x, y): (i32, i32), (dx, dy): (i32, i32)) {
        let (bx, by) = (x - 9 * dx, y - 9 * dy);
        let (wx, wy) = (4 * dy, 4 * dx);
        html::push(
            &mut self.content,
            format_args!(
                "<path d=\"M{x} {y}L{} {}L{} {}z\" fill=\"currentColor\" stroke=\"none\"/>",
                bx + wx,
                by + wy,
                bx - wx,
                by - wy
            ),
        );
    }

    /// Lines of text around a centre.
    pub(super) fn text(&mut self, (x, y): (i32, i32), lines: &[String], anchor: &str) {
        let (_, height) = text_size(lines);
        html::push(
            &mut self.content,
            format_args!("<text fill=\"currentColor\" stroke=\"none\" text-anchor=\"{anchor}\">"),
        );
        let mut baseline = y - height / 2 + 13;
        for line in lines {
            html::push(&mut self.content, format_args!("<tspan x=\"{x}\" y=\"{baseline}\">"));
            html::push_escaped(&mut self.content, line);
            self.content.push_str("</tspan>");
            baseline += LINE;
        }
        self.content.push_str("</text>");
        self.grow(x, y + height / 2);
    }
}
