//! Style sheets, by the tokens of CSS Syntax Module Level 3.

use super::{Gap, Reader};

/// The style sheet without comments and spaces that say nothing; nothing when a string, a comment or an address does not end.
pub(super) fn minify(source: &str) -> Option<String> {
    let mut sheet = Sheet { out: String::with_capacity(source.len()), gap: Gap::Nothing, is_escaped: false };
    let mut reader = Reader { rest: source };
    while let Some(c) = reader.peek() {
        if reader.rest.starts_with("/*") {
            let comment = reader.take_through_comment()?;
            if comment.starts_with("/*!") {
                sheet.push(comment);
            } else {
                sheet.gap = sheet.gap.max(Gap::Comment);
            }
        } else if is_space(c) {
            reader.take_while(is_space);
            sheet.gap = Gap::Space;
        } else if matches!(c, '"' | '\'') {
            sheet.push(reader.take_string()?);
        } else if c == '\\' {
            sheet.push(reader.take_escape());
            sheet.is_escaped = true;
        } else if is_name(c) {
            let name = reader.take_while(is_name);
            // Escapes can spell `url`, and what stands in its brackets then is an address too.
            if sheet.is_escaped && sheet.gap == Gap::Nothing && reader.rest.starts_with('(') {
                return None;
            }
            sheet.push(name);
            if name.eq_ignore_ascii_case("url") && reader.is_at_bare_address() {
                sheet.push(reader.take_through_address()?);
            }
        } else {
            sheet.push_mark(c, reader.take(c.len_utf8()));
        }
    }
    Some(sheet.out)
}

struct Sheet {
    out: String,
    gap: Gap,
    /// Whether what was written last is an escape, which looks like a mark and is a letter.
    is_escaped: bool,
}

impl Sheet {
    fn push(&mut self, token: &str) {
        match self.gap {
            Gap::Comment if self.needs_gap(token) => self.out.push_str("/**/"),
            Gap::Space if self.needs_gap(token) => self.out.push(' '),
            _ => {}
        }
        self.out.push_str(token);
        self.gap = Gap::Nothing;
        self.is_escaped = false;
    }

    /// Whether something has to part what was written last from this token.
    fn needs_gap(&self, token: &str) -> bool {
        let ends = token.starts_with(['{', '}', ';', ',', ')', '!']);
        match self.out.chars().next_back() {
            _ if self.is_escaped => !ends,
            // Old browsers ignore an empty value without a space.
            Some(':') => token.starts_with([';', '}']),
            Some('{' | '}' | ';' | ',' | '(') | None => false,
            Some(_) => !ends,
        }
    }

    /// A mark of one character. The semicolon of the last declaration goes, unless an empty value stands before it.
    fn push_mark(&mut self, mark: char, token: &str) {
        let is_last = mark == '}' && !self.is_escaped && self.out.ends_with(';');
        if is_last && !self.out.ends_with(":;") && !self.out.ends_with(": ;") && !self.out.ends_with("\\;") {
            self.out.pop();
        }
        self.push(token);
    }
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii()
}

impl<'a> Reader<'a> {
    fn take_through_comment(&mut self) -> Option<&'a str> {
        let len = self.rest.get(2..)?.find("*/")? + 4;
        Some(self.take(len))
    }

    /// A backslash with what it stands before; one space after hexadecimal digits belongs to it.
    fn take_escape(&mut self) -> &'a str {
        let digits = self.rest[1..].chars().take(6).take_while(char::is_ascii_hexdigit).count();
        let len = if digits == 0 {
            1 + self.rest[1..].chars().next().map_or(0, char::len_utf8)
        } else {
            let after = &self.rest[1 + digits..];
            let space = if after.starts_with("\r\n") { 2 } else { usize::from(after.starts_with(is_space)) };
            1 + digits + space
        };
        self.take(len)
    }

    /// Whether an address without quotes follows `url`.
    fn is_at_bare_address(&self) -> bool {
        let inner = self.rest.strip_prefix('(').map(|inner| inner.trim_start_matches(is_space));
        inner.is_some_and(|inner| !inner.starts_with(['"', '\'']))
    }

    fn take_through_address(&mut self) -> Option<&'a str> {
        let mut chars = self.rest.char_indices();
        while let Some((idx, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                ')' => return Some(self.take(idx + 1)),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let short = minify(source);
        assert_eq!(short.as_deref(), Some(expected));
        assert_eq!(minify(expected).as_deref(), Some(expected), "it does not change any more");
    }

    #[test]
    fn what_says_nothing_goes() {
        check(
            "/* a */\n.a ,\n.b  {\n  color: red ;\n  margin: 0 1px;\n}\n\n",
            ".a,.b{color:red;margin:0 1px}",
        );
        check(
            "@media (width >= 48rem) and (hover) { a { b: c } }",
            "@media (width >= 48rem) and (hover){a{b:c}}",
        );
        check("a { b: c !important; }", "a{b:c!important}");
        check("/*! licence */ a { }", "/*! licence */ a{}");
    }

    #[test]
    fn a_space_that_says_something_stays() {
        for same in [
            ".a :hover{b:c}",
            ".a > .b + .c{b:c}",
            "a{b:calc(1px + (2px - 1px) * 2)}",
            "a{--x: ;--y:1}",
            "a{b:not (c)}",
            "@media screen and (color){a{b:c}}",
            "a:is(.b .c) :not(.d){b:c}",
            "a{font:1em/1.5 \"A  B\",x}",
        ] {
            check(same, same);
        }
    }

    #[test]
    fn strings_addresses_and_escapes_are_left_alone() {
        check(r#"a { b: "/* no */  {;" }"#, r#"a{b:"/* no */  {;"}"#);
        check(r"a { b: 'it\'s  ; ' }", r"a{b:'it\'s  ; '}");
        check("a { b: url( /*x*/y  z ) }", "a{b:url( /*x*/y  z )}");
        check("a { b: url( 'x' ) }", "a{b:url('x')}");
        check(r".a\;  .b { c: d }", r".a\; .b{c:d}");
        check(r".a\26 .b { c: d }", r".a\26 .b{c:d}");
        check(r".a\26   .b { c: d }", r".a\26  .b{c:d}");
        check(r".a\: .b { c: d }", r".a\: .b{c:d}");
    }

    #[test]
    fn a_comment_parts_words_and_is_no_space() {
        check("a/* x */b{c:d}", "a/**/b{c:d}");
        check("a /* x */ b{c:d}", "a b{c:d}");
        check(".a/* x */.b{c:d}", ".a/**/.b{c:d}");
        check("a{/* x */c:d/* x */}", "a{c:d}");
    }

    #[test]
    fn what_does_not_end_is_left_as_it_is() {
        for open in ["a{b:\"c", "a{b:'c\n'}", "a{} /* b", "a{b:url(c", "a{b:\"c\\\"", "a{b:\\75rl(c)}"] {
            assert_eq!(minify(open), None, "{open}");
        }
    }
}
