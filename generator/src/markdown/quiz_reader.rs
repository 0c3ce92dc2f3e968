//! Reads the questions of a quiz or survey out of the events of its block.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::directive::Directive;
use super::inline;
use super::parse::Placed;
use super::quiz::{Answer, Choice, Question, QuizKind};
use super::writer::Writer;
use crate::diagnostic::Code;

/// What has been read of a question.
#[derive(Debug, Default)]
struct Draft {
    details_html: String,
    /// Choices, and whether one or many of them can be chosen.
    choices: Option<(bool, Vec<Choice>)>,
    answer: Option<Answer>,
    explanation_html: Option<String>,
}

impl Writer<'_, '_> {
    /// One question: its label, and the events up to the next.
    pub(super) fn question(
        &mut self,
        label: &Range<usize>,
        events: &[Placed<'_>],
        number: usize,
        kind: QuizKind,
    ) -> Question {
        let body = self.body;
        let (title, id) = split_id(body.text.source[label.clone()].trim());
        let (prompt_html, plain) = inline::line(title);
        self.passages.add(&plain);
        self.passages.gap();
        let mut draft = Draft::default();
        for block in blocks(events) {
            self.question_block(block, &mut draft, kind);
        }
        let answer = self.answer_of(&mut draft, label, kind);
        let id = id.map_or_else(|| format!("q{number}"), str::to_owned);
        Question {
            id,
            prompt_html,
            details_html: draft.details_html,
            answer,
            explanation_html: draft.explanation_html,
        }
    }

    fn question_block(&mut self, block: &[Placed<'_>], draft: &mut Draft, kind: QuizKind) {
        let Some((first, span)) = block.first() else { return };
        let has_answer = draft.choices.is_some() || draft.answer.is_some();
        let is_list = matches!(first, Event::Start(Tag::List(None)));
        if *first == Event::Rule
            && let Some((Directive::Answer { text }, _)) = self.directives.at(span)
        {
            if has_answer {
                return self.bad_quiz(
                    span,
                    "a second answer, expected one",
                    "put a new question in front: `== …`",
                );
            }
            draft.answer = self.written_answer(&text.clone(), kind);
        } else if is_list && !has_answer && choice(block.get(1..).unwrap_or_default()).is_some() {
            draft.choices = Some(self.choices(block, kind));
        } else if matches!(first, Event::Start(Tag::BlockQuote(None))) && has_answer {
            draft.explanation_html = Some(self.explanation(&block[1..block.len() - 1]));
        } else if has_answer {
            let hint = "put it in front of the answers, or write an explanation as `> …`";
            self.bad_quiz(span, "text behind the answers, expected the next question", hint);
        } else {
            let from = self.html.len();
            self.write(block);
            draft.details_html.push_str(&self.html.split_off(from));
        }
    }

    /// The items of a list as choices.
    fn choices(&mut self, list: &[Placed<'_>], kind: QuizKind) -> (bool, Vec<Choice>) {
        let (mut many, mut choices) = (None, Vec::new());
        for item in blocks(&list[1..list.len() - 1]) {
            let Some(mark) = choice(item) else {
                let hint = "start each choice with `( )`, `(x)`, `[ ]` or `[x]`";
                self.bad_quiz(&item[0].1, "a choice without brackets, expected them", hint);
                continue;
            };
            if *many.get_or_insert(mark.many) != mark.many {
                let hint = "write `( )` where one is to be chosen, `[ ]` where several can be";
                self.bad_quiz(&item[0].1, "round and square brackets mixed, expected one kind", hint);
            }
            if mark.is_right && kind != QuizKind::Quiz {
                self.bad_quiz(
                    &item[0].1,
                    "a right answer in a survey, expected none",
                    "leave the brackets empty",
                );
            }
            let html = self.choice_html(item, &mark);
            choices.push(Choice { html, is_right: mark.is_right });
        }
        (many.unwrap_or(false), choices)
    }

    /// A choice is words within a line: it becomes the label of a button.
    fn choice_html(&mut self, item: &[Placed<'_>], mark: &Mark) -> String {
        let mut inner: Vec<Placed<'_>> = Vec::new();
        for (idx, (event, span)) in item[1..item.len() - 1].iter().enumerate() {
            match event {
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) | Event::TaskListMarker(_) => {}
                Event::Text(text) if idx + 1 == mark.at => {
                    inner.push((Event::Text(text[mark.len..].to_owned().into()), span.clone()));
                }
                Event::Start(tag) if !is_inline(tag) => {
                    self.bad_quiz(
                        span,
                        "a block in a choice, expected a single line",
                        "move it into the question",
                    );
                }
                event => inner.push((event.clone(), span.clone())),
            }
        }
        let from = self.html.len();
        self.write(&inner);
        self.passages.gap();
        self.html.split_off(from).trim().to_owned()
    }

    /// What readers see once they have answered. Nothing of it may reach the page: no text, no note, no place.
    fn explanation(&mut self, events: &[Placed<'_>]) -> String {
        for (event, span) in events {
            let is_allowed = match event {
                Event::Start(tag) => {
                    is_inline(tag)
                        || matches!(tag, Tag::Paragraph | Tag::List(_) | Tag::Item | Tag::CodeBlock(_))
                }
                Event::FootnoteReference(_) | Event::Html(_) | Event::InlineHtml(_) | Event::Rule => false,
                _ => true,
            };
            if !is_allowed || matches!(event, Event::Start(Tag::Image { .. })) {
                let message =
                    "this cannot be in an explanation, expected text, lists, links, formulas and code";
                self.bad_quiz(span, message, "move it in front of the question");
                return String::new();
            }
        }
        let (from, passages, length) = (self.html.len(), self.passages.clone(), self.length);
        self.write(events);
        (self.passages, self.length) = (passages, length);
        self.html.split_off(from).trim().to_owned()
    }

    /// `= 42`, `= 3.14 ± 0.01`, `= a text | another`, and `= 1-5` in a survey.
    fn written_answer(&mut self, place: &Range<usize>, kind: QuizKind) -> Option<Answer> {
        let body = self.body;
        let text = body.text.source[place.clone()].trim();
        if kind == QuizKind::Survey {
            let scale = text
                .split_once('-')
                .and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)));
            let scale = scale.filter(|(from, to): &(i64, i64)| from < to && to - from <= 10 && *from >= 0);
            if scale.is_none() {
                let hint = "write `= 1-5`; without such a line the answer is free text";
                self.bad_quiz(place, format!("`= {text}` in a survey, expected a scale"), hint);
            }
            return scale.map(|(from, to)| Answer::Scale { from, to });
        }
        let (value, tolerance) =
            text.split_once('±').or_else(|| text.split_once("+-")).unwrap_or((text, "0"));
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        match (number(value), number(tolerance)) {
            (Some(value), Some(tolerance)) if tolerance >= 0.0 => Some(Answer::Number { value, tolerance }),
            _ => {
                let texts = text.split('|').map(|text| text.trim().to_owned());
                Some(Answer::Text(texts.filter(|text| !text.is_empty()).collect()))
            }
        }
    }

    fn answer_of(&mut self, draft: &mut Draft, label: &Range<usize>, kind: QuizKind) -> Answer {
        let wants_right = kind == QuizKind::Quiz;
        match (draft.choices.take(), draft.answer.take()) {
            (Some((many, choices)), _) => {
                let n_right = choices.iter().filter(|choice| choice.is_right).count();
                if choices.len() < 2 {
                    self.bad_quiz(label, "a question with one choice, expected at least two", "add another");
                } else if wants_right && !many && n_right != 1 {
                    let message = format!("{n_right} choices are marked as right, expected one");
                    self.bad_quiz(label, message, "mark it as `(x)`; several can be right with `[x]`");
                } else if wants_right && many && n_right == 0 {
                    self.bad_quiz(
                        label,
                        "no choice is marked as right, expected one or more",
                        "mark it as `[x]`",
                    );
                }
                if many { Answer::Multiple(choices) } else { Answer::Single(choices) }
            }
            (None, Some(answer)) => answer,
            (None, None) => {
                if wants_right {
                    let hint = "add a list of choices such as `- ( ) no` and `- (x) yes`, or a line `= 42`";
                    self.bad_quiz(label, "a question without an answer, expected one", hint);
                }
                Answer::Open
            }
        }
    }

    pub(super) fn bad_quiz(&mut self, span: &Range<usize>, message: impl Into<String>, hint: &str) {
        self.complain(Code::BadQuiz, span, message, hint);
    }
}

/// `Which one? {#moves-1}` → the question and its id.
fn split_id(label: &str) -> (&str, Option<&str>) {
    let id = label.strip_suffix('}').and_then(|label| label.rsplit_once("{#"));
    match id {
        Some((title, id)) if is_id(id) => (title.trim_end(), Some(id)),
        _ => (label, None),
    }
}

/// Whether this can be an `id`: `a-z`, `0-9` and `-`.
pub(super) fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 80 && text.bytes().all(allowed)
}

/// The brackets in front of a choice.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    many: bool,
    is_right: bool,
    /// The event of the item that has them, and how many bytes of it they are.
    at: usize,
    len: usize,
}

/// The brackets at the start of the item that these events begin with.
fn choice(item: &[Placed<'_>]) -> Option<Mark> {
    let at = if matches!(item.get(1)?.0, Event::Start(Tag::Paragraph)) { 2 } else { 1 };
    match &item.get(at)?.0 {
        Event::TaskListMarker(is_right) => Some(Mark { many: true, is_right: *is_right, at, len: 0 }),
        Event::Text(text) => {
            let mark = text.get(..3)?;
            let is_right = matches!(mark, "(x)" | "(X)");
            let ends = text.len() == 3 || text[3..].starts_with(' ');
            let len = if text.len() > 3 { 4 } else { 3 };
            ((is_right || mark == "( )") && ends).then_some(Mark { many: false, is_right, at, len })
        }
        _ => None,
    }
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

/// The events of each block, or item, at the top.
fn blocks<'e, 'a>(events: &'e [Placed<'a>]) -> Vec<&'e [Placed<'a>]> {
    let (mut found, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (idx, (event, _)) in events.iter().enumerate() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            found.push(&events[from..=idx]);
            from = idx + 1;
        }
    }
    found
}
