//! Scripts, by the lexical grammar of ECMAScript. Line breaks stay where a statement might end at them.
//!
//! The one hard question of that grammar is whether `/` divides or begins a regular expression. Where answering it takes a
//! parser, the whole script is left as it is.

use super::{Gap, Reader};

/// The script without comments, indents and spaces that say nothing; nothing when it is not plain enough to be sure.
pub(super) fn minify(source: &str) -> Option<String> {
    let mut script = Script {
        out: String::with_capacity(source.len()),
        gap: Gap::Nothing,
        last: Last::Operator,
        open: Vec::new(),
    };
    let mut reader = Reader { rest: source };
    while let Some(c) = reader.peek() {
        step(c, &mut reader, &mut script)?;
    }
    // In old scripts these begin comments.
    let is_plain = |text: &str| !text.starts_with("#!") && !text.contains("<!--") && !text.contains("-->");
    (script.open.is_empty() && is_plain(source) && is_plain(&script.out)).then_some(script.out)
}

fn step(c: char, reader: &mut Reader<'_>, script: &mut Script) -> Option<()> {
    if reader.rest.starts_with("//") {
        reader.take_while(|c| c != '\n' && c != '\r');
    } else if reader.rest.starts_with("/*") {
        script.comment(reader.take_through("*/")?);
    } else if is_space(c) {
        let gap = if reader.take_while(is_space).contains(['\n', '\r']) { Gap::Line } else { Gap::Space };
        script.gap = script.gap.max(gap);
    } else if matches!(c, '"' | '\'') {
        script.push(reader.take_string()?, Last::Operand);
    } else if c == '`' {
        script.push(reader.take(1), Last::Operand);
        script.template(reader)?;
    } else if is_word(c) {
        script.word(reader.take_while(is_word));
    } else if c == '/' && script.begins_expression()? {
        let expression = reader.take_expression()?;
        script.push(expression, Last::Operand);
    } else {
        script.mark(c, reader)?;
    }
    Some(())
}

struct Script {
    out: String,
    gap: Gap,
    last: Last,
    open: Vec<Open>,
}

/// What the last token was, for the one that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A value: `/` divides it.
    Operand,
    /// Something after which a value comes: `/` begins a regular expression.
    Operator,
    /// A dot: what follows is a name, whatever it is.
    Dot,
    /// `if`, `while`, `for`, `with`: behind the brackets a statement begins.
    Condition,
    /// Only a parser knows.
    Unclear,
}

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(`, with what `)` is going to be.
    Round(Last),
    Square,
    Curly,
    /// `${` in a template.
    Template,
}

impl Script {
    fn push(&mut self, token: &str, kind: Last) {
        match self.gap {
            Gap::Line if self.needs_line(token) => self.out.push('\n'),
            Gap::Space if self.needs_space(token) => self.out.push(' '),
            Gap::Line | Gap::Space | Gap::Comment | Gap::Nothing => {}
        }
        self.out.push_str(token);
        self.gap = Gap::Nothing;
        self.last = kind;
    }

    /// A statement ends at no line break behind these, and ends before `}` also without one.
    fn needs_line(&self, token: &str) -> bool {
        !self.out.is_empty()
            && !self.out.ends_with(['{', '(', '[', ';', ','])
            && !token.starts_with(['}', ')', ']'])
    }

    /// These never become another token by what they stand beside.
    fn needs_space(&self, token: &str) -> bool {
        const ALONE: [char; 15] = ['(', ')', '{', '}', '[', ']', ';', ',', '=', ':', '?', '&', '|', '<', '>'];
        !self.out.is_empty() && !self.out.ends_with(ALONE) && !token.starts_with(ALONE)
    }

    fn comment(&mut self, comment: &str) {
        if comment.starts_with("/*!") {
            self.push(comment, self.last);
        }
        let gap = if comment.contains(['\n', '\r']) { Gap::Line } else { Gap::Space };
        self.gap = self.gap.max(gap);
    }

    fn word(&mut self, word: &str) {
        let kind = match word {
            _ if self.last == Last::Dot => Last::Operand,
            "if" | "while" | "for" | "with" => Last::Condition,
            "return" | "typeof" | "case" | "in" | "instanceof" | "new" | "delete" | "void" | "throw"
            | "else" | "do" => Last::Operator,
            "of" | "await" | "yield" | "async" | "let" | "static" | "get" | "set" | "default" | "extends" => {
                Last::Unclear
            }
            _ => Last::Operand,
        };
        self.push(word, kind);
    }

    /// Whether a `/` here begins a regular expression; nothing when only a parser knows.
    const fn begins_expression(&self) -> Option<bool> {
        match self.last {
            Last::Operand => Some(false),
            Last::Operator => Some(true),
            Last::Dot | Last::Condition | Last::Unclear => None,
        }
    }

    /// The text of a template up to its end or to a `${`.
    fn template(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let mut chars = reader.rest.char_indices();
        while let Some((idx, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                '`' => {
                    self.push(reader.take(idx + 1), Last::Operand);
                    return Some(());
                }
                '$' if reader.rest[idx..].starts_with("${") => {
                    self.push(reader.take(idx + 2), Last::Operator);
                    self.open.push(Open::Template);
                    return Some(());
                }
                _ => {}
            }
        }
        None
    }

    fn mark(&mut self, mark: char, reader: &mut Reader<'_>) -> Option<()> {
        let before = self.last;
        let kind = match mark {
            '(' => {
                let kind = if before == Last::Condition { Last::Operator } else { Last::Operand };
                self.open.push(Open::Round(if before == Last::Unclear { Last::Unclear } else { kind }));
                Last::Operator
            }
            ')' => match self.open.pop()? {
                Open::Round(kind) => kind,
                _ => return None,
            },
            '[' => {
                self.open.push(Open::Square);
                Last::Operator
            }
            ']' if self.open.pop()? == Open::Square => Last::Operand,
            '{' => {
                self.open.push(Open::Curly);
                Last::Operator
            }
            '}' => return self.close(reader),
            '.' => Last::Dot,
            // `a++ / b` and `a + +/b/`.
            '+' | '-' if self.gap == Gap::Nothing && self.out.ends_with(mark) => Last::Unclear,
            '+' | '-' | '*' | '/' | '%' | '=' | '<' | '>' | '!' | '&' | '|' | '^' | '~' | '?' | ':' | ';'
            | ',' | '#' => Last::Operator,
            // `\u0061` in a name, a decorator, a space beyond ASCII.
            _ => return None,
        };
        self.push(reader.take(1), kind);
        Some(())
    }

    /// A `}`, behind which a template may go on.
    fn close(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let open = self.open.pop()?;
        match open {
            Open::Curly => self.push(reader.take(1), Last::Unclear),
            Open::Template => {
                self.push(reader.take(1), Last::Operand);
                return self.template(reader);
            }
            Open::Round(_) | Open::Square => return None,
        }
        Some(())
    }
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || c.is_alphabetic()
}

impl<'a> Reader<'a> {
    /// A regular expression without its flags.
    fn take_expression(&mut self) -> Option<&'a str> {
        let mut is_class = false;
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((idx, c)) = chars.next() {
            match c {
                '\n' | '\r' => return None,
                '\\' => drop(chars.next()),
                '[' => is_class = true,
                ']' => is_class = false,
                '/' if !is_class => return Some(self.take(idx + 1)),
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
            "// a\n(() => {\n  'use strict';\n\n  const a = 1; // b\n  go(a, [2, 3]);\n})();\n",
            "(()=>{'use strict';const a=1;go(a,[2,3]);})();",
        );
        check("/* a */ b /* c */", "b");
        check("/*! licence */\na", "/*! licence */\na");
        check("if (a) {\n  b\n}\nc", "if(a){b}\nc");
    }

    #[test]
    fn lines_stay_where_a_statement_may_end() {
        check("a\nb", "a\nb");
        check("a /* x\n */ b", "a\nb");
        check("return\n  a", "return\na");
        check("a = b\n  (c)", "a=b\n(c)");
        check("const f = () => {\n}\n`x`", "const f=()=>{}\n`x`");
        check("a\n++\nb", "a\n++\nb");
    }

    #[test]
    fn what_would_become_another_token_stays_apart() {
        check("a + +b - -c", "a + +b - -c");
        check("a = b / c / /d/g", "a=b / c / /d/g");
        check("1 .toFixed()", "1 .toFixed()");
        check("typeof a in b", "typeof a in b");
        check("a ? .5 : b", "a?.5:b");
        check("a++ + b", "a++ + b");
    }

    #[test]
    fn strings_templates_and_regular_expressions_are_left_alone() {
        check(r#"a = "// no  \" ";"#, r#"a="// no  \" ";"#);
        check(
            "a = `  // ${ b + `  ${ c }  ` }  /* no */ \\` `;",
            "a=`  // ${b + `  ${c}  `}  /* no */ \\` `;",
        );
        check(r"a = /[/  ]\/  \/\/ x/g ;", r"a=/[/  ]\/  \/\/ x/g;");
        check("if (a) /  b'/.test(c)", "if(a)/  b'/.test(c)");
        check("(a)  /  b; d(e) / f", "(a)/ b;d(e)/ f");
        check("a.if  /  b", "a.if / b");
        check("return /  '/", "return /  '/");
    }

    #[test]
    fn what_only_a_parser_knows_is_left_as_it_is() {
        for unclear in [
            "a = {} / b",
            "{ }\n/a'/.test(b)",
            "a++ / b",
            "await /a'/",
            "async (a) /b'/",
            "a <!-- b",
            "a --> b",
            "a < !--b",
            "#!/bin/node\na",
            "a\u{a0}b",
            "\\u0061",
            "'a\n'",
            "`a",
            "(a",
            "a)",
            "/a",
            "/* a",
        ] {
            assert_eq!(minify(unclear), None, "{unclear}");
        }
    }
}
