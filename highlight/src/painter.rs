//! From places and classes to HTML.

/// What a piece of code is, and with that its class in the HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Plain,
    Keyword,
    Text,
    Escape,
    Comment,
    Function,
    Type,
    Number,
    Attribute,
    Label,
    Punctuation,
}

impl Class {
    const fn open(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Keyword => "<span class=\"k\">",
            Self::Text => "<span class=\"s\">",
            Self::Escape => "<span class=\"e\">",
            Self::Comment => "<span class=\"c\">",
            Self::Function => "<span class=\"f\">",
            Self::Type => "<span class=\"t\">",
            Self::Number => "<span class=\"n\">",
            Self::Attribute => "<span class=\"a\">",
            Self::Label => "<span class=\"l\">",
            Self::Punctuation => "<span class=\"p\">",
        }
    }

    const fn close(self) -> &'static str {
        if matches!(self, Self::Plain) { "" } else { "</span>" }
    }
}

/// Writes code as lines of HTML. Pieces of one class beside each other, blanks between them or not, are one span; a
/// span ends with its line.
pub(crate) struct Painter<'c> {
    code: &'c str,
    out: &'c mut String,
    open_line: &'c mut dyn FnMut(usize, &mut String),
    close_line: &'c str,
    n_lines: usize,
    in_line: bool,
    class: Class,
    /// The piece that is not written yet.
    start: usize,
    end: usize,
}

impl<'c> Painter<'c> {
    pub(crate) fn new(
        out: &'c mut String,
        code: &'c str,
        open_line: &'c mut dyn FnMut(usize, &mut String),
        close_line: &'c str,
    ) -> Self {
        Self {
            code,
            out,
            open_line,
            close_line,
            n_lines: 0,
            in_line: false,
            class: Class::Plain,
            start: 0,
            end: 0,
        }
    }

    /// Colours a piece. It must lie behind everything coloured before; what is between stays plain.
    #[inline]
    pub(crate) fn token(&mut self, class: Class, start: usize, end: usize) {
        if class == Class::Plain || start >= end {
            return;
        }
        // A lexer may have gone past the first byte of a character.
        let n_inside = self.code.as_bytes()[start..].iter().take_while(|byte| **byte & 0xC0 == 0x80).count();
        let start = start + n_inside;
        debug_assert!(start >= self.end, "{start} is before {}", self.end);
        if class != self.class || !self.is_blank(start) {
            self.flush();
            self.write(Class::Plain, self.end, start);
            self.class = class;
            self.start = start;
        }
        self.end = end;
    }

    /// Writes what is left. Returns the number of lines.
    pub(crate) fn finish(mut self) -> usize {
        self.flush();
        self.write(Class::Plain, self.end, self.code.len());
        if self.in_line {
            self.out.push_str(self.close_line);
        }
        self.n_lines
    }

    #[inline]
    fn is_blank(&self, to: usize) -> bool {
        self.code.as_bytes()[self.end..to].iter().all(|byte| *byte == b' ')
    }

    fn flush(&mut self) {
        self.write(self.class, self.start, self.end);
        self.start = self.end;
    }

    fn write(&mut self, class: Class, start: usize, end: usize) {
        let mut rest = &self.code[start..end];
        while !rest.is_empty() {
            self.enter_line();
            if let Some(after) = rest.strip_prefix('\n') {
                self.out.push_str(self.close_line);
                self.in_line = false;
                rest = after;
                continue;
            }
            self.out.push_str(class.open());
            let n_written = push_line(self.out, rest);
            self.out.push_str(class.close());
            rest = &rest[n_written..];
        }
    }

    fn enter_line(&mut self) {
        if !self.in_line {
            self.n_lines += 1;
            (self.open_line)(self.n_lines, self.out);
            self.in_line = true;
        }
    }
}

/// Appends the text up to its line end, escaped. Returns its length.
fn push_line(out: &mut String, text: &str) -> usize {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let replacement = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'\n' => {
                out.push_str(&text[from..at]);
                return at;
            }
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(replacement);
        from = at + 1;
    }
    out.push_str(&text[from..]);
    text.len()
}
