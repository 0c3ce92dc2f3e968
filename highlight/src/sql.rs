//! SQL, of the kinds that `PostgreSQL`, SQLite and `MySQL` speak.

use crate::lexer::{Lexer, is_word, starts_word};
use crate::painter::Class;
use crate::sql_words;

/// What stands before a word, as far as it says what the word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A name, a value or a closing parenthesis: a second name is an alias.
    Value,
    /// A word behind which a table comes.
    Table,
    /// `AS`, or a word behind which comes a name that is declared.
    Alias,
    /// `::`, or a word behind which comes a type.
    Cast,
    Dot,
    Keyword,
    Sign,
}

/// What a parenthesis encloses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// An expression or a query.
    Terms,
    /// Names of columns.
    Columns,
    /// Definitions of columns.
    Definitions,
    /// What `CAST` is given.
    Cast,
    /// The arguments that a function declares.
    Arguments,
}

struct Sql<'l, 'p, 'c> {
    lexer: &'l mut Lexer<'p, 'c>,
    frames: Vec<Frame>,
    before: Before,
    /// What the next parenthesis encloses.
    next: Frame,
    /// Whether a table is named that a list of columns can follow.
    lists: Frame,
    /// Whether this is where a definition of a column begins.
    defines: bool,
    /// Whether the last name stood where a table does; a dot behind it, then the table itself.
    was_table: bool,
    /// Whether an index is being made: what stands behind `ON` is its table.
    indexes: bool,
    /// How many parentheses were open at the `FROM` whose tables are listed.
    from: Option<usize>,
}

pub(crate) fn read(lexer: &mut Lexer<'_, '_>) {
    let mut sql = Sql {
        lexer,
        frames: Vec::new(),
        before: Before::Keyword,
        next: Frame::Terms,
        lists: Frame::Terms,
        defines: false,
        was_table: false,
        indexes: false,
        from: None,
    };
    while !sql.lexer.is_done() {
        sql.token();
    }
}

impl Sql<'_, '_, '_> {
    fn token(&mut self) {
        let (byte, next) = (self.lexer.ahead(0), self.lexer.ahead(1));
        match byte {
            b' ' | b'\n' | b'\t' | b'\r' => self.lexer.at += 1,
            b'-' if next == b'-' => self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at)),
            b'#' if matches!(next, b' ' | b'!') => {
                self.lexer.paint(Class::Comment, self.lexer.line_end(self.lexer.at));
            }
            b'/' if next == b'*' => {
                self.lexer.paint(Class::Comment, self.lexer.behind(self.lexer.at + 2, b"*/"));
            }
            b'\'' => self.text(),
            b'"' | b'`' => self.quoted_name(byte),
            b'$' if next.is_ascii_digit() => {
                self.lexer.at = self.lexer.word_end(self.lexer.at + 1);
                self.before = Before::Value;
            }
            b'$' => self.dollars(),
            b'0'..=b'9' => self.number(),
            b'.' if next.is_ascii_digit() && self.before != Before::Dot => self.number(),
            b'E' | b'e' | b'B' | b'b' | b'X' | b'x' | b'N' | b'n' if next == b'\'' => self.text(),
            _ if starts_word(byte) || (byte == b'@' && starts_word(next)) => self.word(),
            _ => self.sign(byte),
        }
    }

    /// A text, in which two quotes are one.
    fn text(&mut self) {
        let has_escapes = matches!(self.lexer.ahead(0), b'E' | b'e');
        let mut end = self.lexer.end_of(self.lexer.at, |byte| byte != b'\'') + 1;
        while end < self.lexer.bytes.len() {
            match self.lexer.bytes[end] {
                b'\\' if has_escapes => end += 1,
                b'\'' if self.lexer.byte(end + 1) == b'\'' => end += 1,
                b'\'' => break,
                _ => {}
            }
            end += 1;
        }
        self.lexer.paint(Class::Text, end + 1);
        self.before = Before::Value;
    }

    fn number(&mut self) {
        let mut end = self.lexer.word_end(self.lexer.at);
        if self.lexer.byte(end) == b'.' && self.lexer.byte(end + 1) != b'.' {
            end = self.lexer.word_end(end + 1);
        }
        self.lexer.paint(Class::Number, end);
        self.before = Before::Value;
    }

    /// `$$text$$` or `$tag$text$tag$`; what is between is code of another language, and stays plain.
    fn dollars(&mut self) {
        let end = self.lexer.word_end(self.lexer.at + 1);
        if self.lexer.byte(end) != b'$' {
            return self.lexer.at += 1;
        }
        self.lexer.at = end + 1;
        self.before = Before::Keyword;
        self.frames.clear();
    }

    fn quoted_name(&mut self, quote: u8) {
        let end = self.lexer.end_of(self.lexer.at + 1, |byte| byte != quote) + 1;
        let class = self.name(end);
        self.finish_name(class, end);
    }

    fn word(&mut self) {
        let end = self.lexer.end_of(self.lexer.at + 1, |byte| is_word(byte) || byte == b'$');
        let bytes = self.lexer.bytes;
        let word = &bytes[self.lexer.at..end];
        let next = self.lexer.next_sign(end);
        match sql_words::class(word) {
            Some(class) if self.before != Before::Dot && !self.is_name(word, class, next) => {
                self.keyword(word, class, end);
            }
            _ => {
                let class = self.name(end);
                self.finish_name(class, end);
            }
        }
    }

    /// Whether a word that has a meaning is a name here.
    fn is_name(&self, word: &[u8], class: Class, next: usize) -> bool {
        let sign = self.lexer.byte(next);
        let ends = matches!(sign, b'.' | b',' | b'=' | b'<' | b'>' | b'+' | b'*' | b'/' | b'|' | b':');
        if sign == b'.' || (matches!(sign, b'=' | b'<' | b'>') && !is_word_before_sign(word)) {
            return true;
        }
        if self.before == Before::Table {
            return !is_word_before_table(word);
        }
        if self.frames.last() == Some(&Frame::Columns) {
            return class == Class::Keyword || class == Class::Type;
        }
        if self.defines {
            return !is_one_of(
                word,
                &["primary", "foreign", "unique", "constraint", "check", "exclude", "like"],
            );
        }
        match class {
            Class::Type => {
                let is_argument =
                    self.frames.last() == Some(&Frame::Arguments) && matches!(sign, b',' | b')');
                let is_type =
                    matches!(self.before, Before::Value | Before::Cast) || sign == b'\'' || is_argument;
                !is_type && !word.eq_ignore_ascii_case(b"null")
            }
            Class::Function => sign != b'(' && sign != b'[' && self.before != Before::Keyword,
            _ if self.before == Before::Alias => ends || sign == b')',
            _ => (ends || self.before == Before::Sign) && is_soft(word),
        }
    }

    fn keyword(&mut self, word: &[u8], class: Class, end: usize) {
        self.lexer.paint(class, end);
        self.defines = false;
        let mut small = [0; 12];
        let n_bytes = word.len().min(small.len());
        small[..n_bytes].copy_from_slice(&word[..n_bytes]);
        small.make_ascii_lowercase();
        let in_cast = self.frames.last() == Some(&Frame::Cast);
        self.before = match &small[..n_bytes] {
            b"from" | b"join" | b"update" => {
                self.lists = Frame::Terms;
                self.from = Some(self.frames.len());
                Before::Table
            }
            b"values" | b"select" | b"set" | b"where" | b"group" | b"order" | b"having" | b"limit" => {
                self.next = Frame::Terms;
                self.from = None;
                Before::Keyword
            }
            b"function" | b"procedure" => {
                self.lists = Frame::Arguments;
                Before::Table
            }
            b"into" | b"references" => {
                self.lists = Frame::Columns;
                Before::Table
            }
            b"table" => {
                self.lists = Frame::Definitions;
                Before::Table
            }
            b"index" => {
                self.indexes = true;
                Before::Alias
            }
            b"on" if std::mem::take(&mut self.indexes) => {
                self.lists = Frame::Columns;
                Before::Table
            }
            b"view" | b"trigger" | b"type" | b"schema" => Before::Table,
            b"exists" | b"if" | b"only" | b"not" if self.before == Before::Table => Before::Table,
            b"key" | b"unique" | b"using" | b"conflict" => {
                self.next = Frame::Columns;
                Before::Keyword
            }
            b"cast" => {
                self.next = Frame::Cast;
                Before::Keyword
            }
            b"as" if in_cast => Before::Cast,
            b"as" | b"with" | b"language" | b"constraint" | b"column" | b"recursive" => Before::Alias,
            b"returns" => Before::Cast,
            b"null" | b"true" | b"false" | b"end" => Before::Value,
            _ if class == Class::Type => Before::Value,
            _ => Before::Keyword,
        };
    }

    /// What a name is, given where it stands.
    fn name(&self, end: usize) -> Class {
        let next = self.lexer.byte(self.lexer.next_sign(end));
        match (self.before, self.frames.last()) {
            (Before::Table, _) if next == b'.' => Class::Plain,
            _ if next == b'.' => Class::Type,
            (Before::Table, _) if next == b'(' && self.lists == Frame::Arguments => Class::Function,
            (Before::Table, _) if next != b'(' || self.lists != Frame::Terms => Class::Type,
            (Before::Alias, _) | (Before::Sign | Before::Keyword, Some(Frame::Columns)) => Class::Plain,
            (Before::Cast, _) => Class::Type,
            _ if self.defines => Class::Plain,
            _ if next == b'(' => Class::Function,
            (Before::Value, Some(Frame::Definitions | Frame::Arguments)) => Class::Type,
            (Before::Value, _) => Class::Plain,
            (_, Some(Frame::Arguments)) if matches!(next, b',' | b')') => Class::Type,
            (_, Some(Frame::Arguments)) => Class::Plain,
            _ => Class::Attribute,
        }
    }

    fn finish_name(&mut self, class: Class, end: usize) {
        self.lexer.paint(class, end);
        self.lexer.at = end.min(self.lexer.bytes.len());
        self.was_table = self.before == Before::Table;
        if self.was_table {
            self.next = self.lists;
        }
        self.defines = false;
        self.before = Before::Value;
    }

    fn sign(&mut self, byte: u8) {
        match byte {
            b'(' => {
                self.lexer.paint_one(Class::Punctuation);
                let frame = std::mem::replace(&mut self.next, Frame::Terms);
                self.frames.push(frame);
                self.defines = frame == Frame::Definitions;
                self.before = Before::Sign;
            }
            b')' => {
                self.lexer.paint_one(Class::Punctuation);
                self.frames.pop();
                self.defines = false;
                self.before = Before::Value;
            }
            b',' | b';' => {
                self.lexer.paint_one(Class::Punctuation);
                self.defines = byte == b',' && self.frames.last() == Some(&Frame::Definitions);
                let in_from = byte == b',' && self.from == Some(self.frames.len());
                self.before = match byte {
                    b';' => Before::Keyword,
                    _ if in_from => Before::Table,
                    _ => Before::Sign,
                };
                self.next = Frame::Terms;
            }
            b'.' => {
                self.lexer.paint_one(Class::Punctuation);
                self.before = if self.was_table { Before::Table } else { Before::Dot };
            }
            b':' if self.lexer.ahead(1) == b':' => {
                self.lexer.at += 2;
                self.before = Before::Cast;
            }
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'=' | b'<' | b'>' | b'!' | b'~' | b'|' | b'&'
            | b'@' => {
                self.lexer.paint_one(Class::Punctuation);
                self.before = Before::Sign;
            }
            _ => {
                self.lexer.at += 1;
                self.before = Before::Sign;
            }
        }
    }
}

/// Words that stand between `FROM`, `TABLE` and their like and the name of the table, or instead of it.
#[rustfmt::skip]
fn is_word_before_table(word: &[u8]) -> bool {
    const WORDS: [&str; 18] = [
        "if", "not", "exists", "only", "lateral", "select", "concurrently", "set", "values", "on", "as", "where", "of",
        "default", "table", "using", "begin", "returning",
    ];
    is_one_of(word, &WORDS)
}

/// Words that an operator can follow.
fn is_word_before_sign(word: &[u8]) -> bool {
    is_one_of(word, &["end", "any", "all", "some", "null", "true", "false", "select", "and", "or", "not"])
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// Words that are more often the names of columns.
#[rustfmt::skip]
fn is_soft(word: &[u8]) -> bool {
    const SOFT: [&str; 67] = [
        "name", "names", "value", "data", "version", "level", "user", "role", "comment", "format", "fields", "location",
        "input", "plain", "main", "support", "safe", "cost", "valid", "header", "program", "quote", "owner", "statement",
        "session", "start", "reset", "password", "off", "old", "new", "stats", "statistics", "metadata", "change",
        "lines", "cache", "connection", "database", "sequence", "increment", "columns", "action", "storage", "compression",
        "extension", "security", "language", "range", "groups", "rows", "row", "zone", "first", "last", "read", "write", "type",
        "option", "only", "match", "transaction", "function", "index", "column", "commit", "schema",
    ];
    is_one_of(word, &SOFT)
}
