//! Bash and other shells.

mod text;

use text::{document_body, part};

use crate::lexer::{Lexer, is_word, starts_word};
use crate::painter::Class;

/// What a `)` or `}` closes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Commands.
    Commands,
    /// The words of an array.
    Words,
    /// A calculation: `((...))`.
    Sum,
}

#[expect(clippy::struct_excessive_bools, reason = "each is asked alone")]
struct Bash<'l, 'p, 'c> {
    lexer: &'l mut Lexer<'p, 'c>,
    frames: Vec<Frame>,
    /// Whether a command comes next.
    is_command: bool,
    /// Whether a test is open: `[[ ... ]]`.
    in_test: bool,
    /// Whether the words before `in` of a `case` or `for` are read.
    n_heads: usize,
    /// How many `case` are open, and whether their patterns come next.
    n_cases: usize,
    /// Whether the last head is that of a `case`.
    heads_case: bool,
    in_patterns: bool,
    /// Whether a command is being read whose arguments are names: `local a=1`.
    declares: bool,
    /// Whether the words here are the name of a variable or of a function.
    names: Option<Class>,
    /// The ends of the here-documents that begin with the next line, and whether tabs may stand before them.
    documents: Vec<(&'c [u8], bool, bool)>,
}

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    let mut bash = bash(lexer);
    while !bash.lexer.is_done() {
        bash.token();
    }
}

fn bash<'l, 'p, 'c>(lexer: &'l mut Lexer<'p, 'c>) -> Bash<'l, 'p, 'c> {
    Bash {
        lexer,
        frames: Vec::new(),
        is_command: true,
        in_test: false,
        n_heads: 0,
        n_cases: 0,
        heads_case: false,
        in_patterns: false,
        declares: false,
        names: None,
        documents: Vec::new(),
    }
}

impl Bash<'_, '_, '_> {
    fn token(&mut self) {
        let (byte, next) = (self.lexer.ahead(0), self.lexer.ahead(1));
        match byte {
            b'\n' => self.line_end(),
            b' ' | b'\t' | b'\r' => self.lexer.at += 1,
            b'\\' if next == b'\n' => self.lexer.at += 2,
            b'#' => self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at)),
            b'<' if self.lexer.starts_with(b"<<<") => {
                self.lexer.at += 3;
            }
            b'<' if next == b'<' && !self.in_sum() => self.document(),
            b'<' | b'>' if next == b'(' => {
                self.lexer.at += 2;
                self.open(Frame::Commands);
            }
            b'(' if next == b'(' && self.is_command => {
                self.lexer.at += 2;
                self.frames.push(Frame::Sum);
                self.is_command = false;
            }
            b'(' => {
                self.lexer.at += 1;
                if !self.in_patterns {
                    self.open(Frame::Commands);
                }
            }
            b')' => self.close(),
            b'|' | b'&' | b';' => self.separator(byte, next),
            b'<' | b'>' => self.redirect(),
            b'!' | b'{' | b'}' if self.is_command && !is_word(next) => self.lexer.at += 1,
            _ => self.word(),
        }
    }

    fn in_sum(&self) -> bool {
        self.frames.last() == Some(&Frame::Sum)
    }

    fn open(&mut self, frame: Frame) {
        self.frames.push(frame);
        self.is_command = frame == Frame::Commands;
    }

    fn close(&mut self) {
        if self.in_patterns {
            self.in_patterns = false;
            self.is_command = true;
            self.lexer.at += 1;
            return;
        }
        let is_sum = self.in_sum() && self.lexer.ahead(1) == b')';
        self.lexer.at += if is_sum { 2 } else { 1 };
        self.frames.pop();
        // The body of a function: `name() {`.
        self.is_command = self.lexer.byte(self.lexer.next_on_line(self.lexer.at)) == b'{';
        self.declares = false;
    }

    fn line_end(&mut self) {
        self.lexer.at += 1;
        for (word, may_indent, is_literal) in std::mem::take(&mut self.documents) {
            document_body(self.lexer, word, may_indent, is_literal);
        }
        let in_words = matches!(self.frames.last(), Some(Frame::Words | Frame::Sum));
        self.is_command = !in_words && !self.in_patterns && !self.in_test;
        self.declares = false;
        self.names = None;
        self.n_heads = 0;
    }

    /// `|`, `&` or `;`, once or more.
    fn separator(&mut self, byte: u8, next: u8) {
        if byte == b'&' && next == b'>' {
            self.lexer.at += 2;
            return;
        }
        if self.in_patterns && byte == b'|' {
            return self.lexer.paint_one(Class::Punctuation);
        }
        let ends_case = byte == b';' && matches!(next, b';' | b'&') && self.n_cases > 0;
        let is_painted = (byte == b'|' && next != b'|' && next != b'&') || (byte == b'&' && next == b'&');
        let n_bytes = if next == byte || (byte != b'&' && next == b'&') { 2 } else { 1 };
        if is_painted {
            self.lexer.paint(Class::Punctuation, self.lexer.at + n_bytes);
        } else {
            self.lexer.at += n_bytes;
        }
        if ends_case {
            self.in_patterns = true;
            self.lexer.at = self.lexer.end_of(self.lexer.at, |byte| matches!(byte, b';' | b'&'));
        }
        self.is_command = !self.in_patterns && !self.in_test && !self.in_sum();
        self.declares = false;
        self.names = None;
    }

    fn redirect(&mut self) {
        let byte = self.lexer.ahead(0);
        let n_bytes = if self.lexer.ahead(1) == byte { 2 } else { 1 };
        if matches!(self.lexer.ahead(n_bytes), b'&' | b'|' | b'=') || self.in_sum() {
            self.lexer.at += n_bytes + usize::from(!self.in_sum());
            let digits = self.lexer.end_of(self.lexer.at, |byte| byte.is_ascii_digit());
            if digits > self.lexer.at && !self.in_sum() {
                self.lexer.paint(Class::Number, digits);
            }
        } else {
            self.lexer.paint(Class::Punctuation, self.lexer.at + n_bytes);
            let was_command = self.is_command;
            self.lexer.at = self.lexer.next_on_line(self.lexer.at);
            // The file; `<(` stands for one.
            if !matches!(self.lexer.ahead(0), b'<' | b'>' | b'\n' | b'(') {
                self.pieces(Class::Plain);
            }
            self.is_command = was_command;
        }
    }

    /// `<<END` or `<<-'END'`.
    fn document(&mut self) {
        let may_indent = self.lexer.ahead(2) == b'-';
        self.lexer.at += if may_indent { 3 } else { 2 };
        let start = self.lexer.next_on_line(self.lexer.at);
        self.lexer.at = start;
        let end =
            self.lexer.end_of(start, |byte| is_word(byte) || matches!(byte, b'\'' | b'"' | b'\\' | b'-'));
        let bytes = self.lexer.bytes;
        let quoted = &bytes[start..end];
        let is_literal = quoted.iter().any(|byte| matches!(byte, b'\'' | b'"' | b'\\'));
        let skipped = usize::from(is_literal);
        if quoted.len() > 2 * skipped {
            self.lexer.paint(Class::Text, end);
            let tail = usize::from(matches!(quoted.last(), Some(b'\'' | b'"')));
            self.documents.push((&quoted[skipped..quoted.len() - tail], may_indent, is_literal));
        }
    }

    /// A command, a keyword, an assignment or an argument.
    fn word(&mut self) {
        let start = self.lexer.at;
        let end = self.lexer.end_of(start, |byte| is_word(byte) || matches!(byte, b'-'));
        let bytes = self.lexer.bytes;
        let word = &bytes[start..end];
        let next = self.lexer.byte(end);
        let ends =
            matches!(next, b' ' | b'\t' | b'\n' | b'\r' | b';' | b')' | b'&' | b'|' | b'(' | b'<' | b'>' | 0);
        if self.in_sum() {
            return self.operand(word, end);
        }
        if !word.is_empty() && ends && self.keyword(word, end) {
            return;
        }
        if let Some(class) = self.names.take().filter(|_| !word.is_empty()) {
            return self.lexer.paint(class, end);
        }
        let in_words = self.frames.last() == Some(&Frame::Words);
        if (self.is_command || self.declares) && !in_words && self.assignment() {
            return;
        }
        if matches!(next, b'<' | b'>') && is_number(word) {
            return self.lexer.paint(Class::Number, end);
        }
        if self.declares && !in_words && !word.is_empty() && ends && starts_word(word[0]) {
            return self.lexer.paint(Class::Attribute, end);
        }
        let opens_test = self.is_command && self.lexer.ahead(0) == b'[';
        if opens_test || (self.in_test && self.lexer.ahead(0) == b']') {
            self.in_test = opens_test;
            self.is_command = false;
            self.lexer.at = self.lexer.end_of(start, |byte| matches!(byte, b'[' | b']'));
            return;
        }
        let class = match word {
            _ if self.in_test && ends && is_number(word) => Class::Number,
            _ if self.in_patterns || self.in_test || in_words => Class::Plain,
            _ if self.is_command => Class::Function,
            [b'-', ..] if self.n_heads == 0 => Class::Number,
            _ => Class::Plain,
        };
        self.is_command = false;
        self.pieces(class);
        if self.lexer.at == start {
            self.lexer.at = self.lexer.char_end(start);
        }
    }

    /// A name or a number in a calculation.
    fn operand(&mut self, word: &[u8], end: usize) {
        match self.lexer.ahead(0) {
            b'$' | b'"' | b'\'' | b'`' => self.pieces(Class::Plain),
            byte if starts_word(byte) && !word.contains(&b'-') => self.lexer.paint(Class::Attribute, end),
            byte if byte.is_ascii_digit() => {
                self.lexer.paint(Class::Number, self.lexer.word_end(self.lexer.at));
            }
            byte if starts_word(byte) => {
                self.lexer.paint(Class::Attribute, self.lexer.word_end(self.lexer.at));
            }
            _ => self.lexer.at += 1,
        }
    }

    /// Colours a keyword. Whether it was one.
    fn keyword(&mut self, word: &[u8], end: usize) -> bool {
        if word == b"in" && self.n_heads > 0 {
            self.n_heads -= 1;
            self.lexer.paint(Class::Keyword, end);
            self.is_command = false;
            self.names = None;
            self.in_patterns = std::mem::take(&mut self.heads_case);
            return true;
        }
        if word == b"esac" && (self.in_patterns || self.is_command) {
            self.n_cases = self.n_cases.saturating_sub(1);
            self.in_patterns = false;
            self.is_command = false;
            self.lexer.paint(Class::Keyword, end);
            return true;
        }
        if !self.is_command {
            return false;
        }
        let is_command = match word {
            b"if" | b"then" | b"else" | b"elif" | b"while" | b"until" => true,
            b"do" => {
                self.n_heads = 0;
                true
            }
            b"fi" | b"done" | b"in" => false,
            b"for" | b"select" => {
                self.n_heads += 1;
                self.heads_case = false;
                self.names = Some(Class::Attribute);
                false
            }
            b"case" => {
                self.n_heads += 1;
                self.n_cases += 1;
                self.heads_case = true;
                false
            }
            b"function" => {
                self.names = Some(Class::Function);
                false
            }
            b"export" | b"declare" | b"typeset" | b"local" | b"readonly" | b"unset" => {
                self.declares = true;
                false
            }
            _ => return false,
        };
        self.lexer.paint(Class::Keyword, end);
        self.is_command = is_command;
        true
    }

    /// `name=value`, `name+=(...)` or `name[1]=value`. Whether it was one.
    fn assignment(&mut self) -> bool {
        let start = self.lexer.at;
        if !starts_word(self.lexer.ahead(0)) {
            return false;
        }
        let name = self.lexer.word_end(start);
        let mut equals = name;
        if self.lexer.byte(equals) == b'[' {
            equals = self.lexer.end_of(equals, |byte| !matches!(byte, b']' | b'\n' | b' ')) + 1;
        }
        let has_plus = self.lexer.byte(equals) == b'+';
        if self.lexer.byte(equals + usize::from(has_plus)) != b'=' {
            return false;
        }
        self.lexer.paint(Class::Attribute, name);
        if equals > name {
            self.lexer.at = name + 1;
            self.lexer.within(equals - 1, |lexer| bash(lexer).pieces(Class::Plain));
        }
        self.lexer.at = equals + 1 + usize::from(has_plus);
        match self.lexer.ahead(0) {
            b'(' => {
                self.lexer.at += 1;
                self.open(Frame::Words);
            }
            b' ' | b'\n' | b'\t' | b';' | 0 => {}
            _ => {
                let was_command = self.is_command;
                self.pieces(Class::Plain);
                self.is_command = was_command;
            }
        }
        true
    }

    /// The pieces of one word, up to a blank or a sign that ends it: what is not a variable or a text gets this class.
    fn pieces(&mut self, class: Class) {
        let mut from = self.lexer.at;
        while !self.lexer.is_done() {
            match self.lexer.ahead(0) {
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')' => break,
                b'\\' => self.lexer.at = self.lexer.char_end(self.lexer.at + 1).min(self.lexer.bytes.len()),
                b'"' | b'\'' | b'$' | b'`' => {
                    self.lexer_paint_from(class, from);
                    if !part(self.lexer) {
                        self.lexer.at += 1;
                    }
                    from = self.lexer.at;
                }
                _ => self.lexer.at += 1,
            }
        }
        self.lexer_paint_from(class, from);
    }

    fn lexer_paint_from(&mut self, class: Class, from: usize) {
        if self.lexer.at > from {
            self.lexer.paint_from(class, from);
        }
    }
}

fn is_number(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}
