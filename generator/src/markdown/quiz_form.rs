//! Quizzes, surveys and challenges as forms. A form asks; what is right is not in it.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::Event;

use super::directive::{Arguments, Directive};
use super::inline;
use super::parse::Placed;
use super::quiz::{Answer, Pass, Question, Quiz, QuizKind};
use super::quiz_reader::is_id;
use super::writer::Writer;
use crate::html::{self, push_attribute, push_escaped};

/// Keys of `::: quiz`; the others have only `id`.
const KEYS: [&str; 4] = ["id", "pass", "attempts", "pool"];

impl Writer<'_, '_> {
    /// Writes the form that `events` begin with, and keeps what is right. Returns the number of its events.
    pub(super) fn form(
        &mut self,
        name: &str,
        rest: Range<usize>,
        span: &Range<usize>,
        events: &[Placed<'_>],
    ) -> usize {
        let kind = match name {
            "quiz" => QuizKind::Quiz,
            "survey" => QuizKind::Survey,
            _ => QuizKind::Challenge,
        };
        let keys = if kind == QuizKind::Quiz { &KEYS[..] } else { &KEYS[..1] };
        let arguments = self.arguments(name, rest, keys);
        let mut quiz = self.empty_quiz(name, kind, &arguments, span);
        let inner = self.inner(events);
        self.open_form(name, &quiz);
        let mut parts = self.parts(inner).into_iter();
        if let Some((_, intro)) = parts.next() {
            self.write(intro);
        }
        if kind == QuizKind::Challenge {
            let question = Question {
                id: "q1".to_owned(),
                prompt_html: String::new(),
                details_html: String::new(),
                answer: Answer::Open,
                explanation_html: None,
            };
            self.push_field(&question, &quiz.id);
            quiz.questions.push(question);
        }
        let mut ids = BTreeSet::new();
        for (idx, (label, events)) in parts.enumerate() {
            let question = self.question(&label, events, idx + 1, kind);
            if !ids.insert(question.id.clone()) {
                let message = format!("the question `{}` is there twice, expected another id", question.id);
                self.bad_quiz(&label, message, "give each question an id of its own: `== Why? {#why}`");
            }
            self.push_question(&question, &quiz.id);
            quiz.questions.push(question);
        }
        self.html.push_str("</form>\n");
        if quiz.pool.is_some_and(|pool| pool as usize > quiz.questions.len()) {
            let message =
                format!("a pool of more than the {} questions, expected fewer", quiz.questions.len());
            self.bad_quiz(span, message, "lower `pool`, or add questions");
        }
        self.quizzes.push(quiz);
        // The line that opens it, what is inside, and the line that closes it.
        (inner.len() + 2).min(events.len())
    }

    fn empty_quiz(&mut self, name: &str, kind: QuizKind, arguments: &Arguments, span: &Range<usize>) -> Quiz {
        let title: Vec<&str> = arguments.words.iter().map(|(word, _)| word.as_str()).collect();
        let (title_html, plain) = inline::line(&title.join(" "));
        self.passages.add_block(&plain);
        let mut quiz = Quiz {
            id: name.to_owned(),
            kind,
            title_html,
            pass: None,
            attempts: None,
            pool: None,
            questions: Vec::new(),
        };
        for (key, value, place) in &arguments.attributes {
            let count = value.parse::<u32>().ok().filter(|count| (1..=1_000).contains(count));
            let is_read = match key.as_str() {
                "id" => {
                    quiz.id.clone_from(value);
                    is_id(value)
                }
                "pass" => {
                    let percent = value.strip_suffix('%').and_then(|percent| percent.parse().ok());
                    let percent = percent.filter(|percent| (1..=100).contains(percent)).map(Pass::Percent);
                    quiz.pass = percent.or(count.map(Pass::Count));
                    quiz.pass.is_some()
                }
                "attempts" => {
                    quiz.attempts = count;
                    count.is_some()
                }
                "pool" => {
                    quiz.pool = count;
                    count.is_some()
                }
                // Reported when the keys were read.
                _ => true,
            };
            if !is_read {
                let message = format!("`{key}={value}`, expected {}", expected(key));
                self.bad_quiz(
                    place,
                    message,
                    "write `::: quiz id=moves pass=70% attempts=3 pool=5 The title`",
                );
            }
        }
        if self.quizzes.iter().any(|other| other.id == quiz.id) {
            let message = format!("a second `{}`, expected an id of its own", quiz.id);
            self.bad_quiz(span, message, "write `id=…`; answers are kept under it");
        }
        quiz
    }

    fn open_form(&mut self, name: &str, quiz: &Quiz) {
        let anchor = format!("quiz-{}", quiz.id);
        self.html.push_str("<form class=\"alert alert-note quiz\"");
        push_attribute(&mut self.html, "id", &anchor);
        push_attribute(&mut self.html, "aria-labelledby", &format!("{anchor}-title"));
        self.html.push('>');
        html::push(&mut self.html, format_args!("<p class=\"alert-title\" id=\"{anchor}-title\">"));
        push_escaped(&mut self.html, self.context.texts.get(name));
        if !quiz.title_html.is_empty() {
            self.html.push_str(self.context.texts.get("block_separator"));
            self.html.push_str(&quiz.title_html);
        }
        self.html.push_str("</p>\n");
        self.ids.insert(format!("{anchor}-title"));
        self.ids.insert(anchor);
    }

    fn push_question(&mut self, question: &Question, quiz: &str) {
        let Question { prompt_html, details_html, .. } = question;
        html::push(&mut self.html, format_args!("<fieldset><legend>{prompt_html}</legend>\n{details_html}"));
        self.push_field(question, quiz);
        self.html.push_str("</fieldset>\n");
    }

    fn push_field(&mut self, question: &Question, quiz: &str) {
        let name = format!("{quiz}.{}", question.id);
        match &question.answer {
            Answer::Single(choices) => {
                let choices = choices.iter().enumerate().map(|(idx, choice)| (idx + 1, choice.html.as_str()));
                choices.for_each(|(value, html)| push_choice(&mut self.html, "radio", &name, value, html));
            }
            Answer::Multiple(choices) => {
                let choices = choices.iter().enumerate().map(|(idx, choice)| (idx + 1, choice.html.as_str()));
                choices.for_each(|(value, html)| push_choice(&mut self.html, "checkbox", &name, value, html));
            }
            Answer::Scale { from, to } => {
                self.html.push_str("<div class=\"scale\">\n");
                for value in *from..=*to {
                    push_choice(&mut self.html, "radio", &name, value, &value.to_string());
                }
                self.html.push_str("</div>\n");
            }
            Answer::Number { .. } => self.push_input(&name, "<input type=\"text\" inputmode=\"decimal\"", ""),
            Answer::Text(_) => self.push_input(&name, "<input type=\"text\" maxlength=\"200\"", ""),
            Answer::Open => self.push_input(&name, "<textarea rows=\"4\"", "</textarea>"),
        }
    }

    fn push_input(&mut self, name: &str, start: &str, end: &str) {
        self.html.push_str("<label>");
        push_escaped(&mut self.html, self.context.texts.get("quiz_answer"));
        self.html.push(' ');
        self.html.push_str(start);
        push_attribute(&mut self.html, "name", name);
        self.html.push_str(" autocomplete=\"off\">");
        self.html.push_str(end);
        self.html.push_str("</label>\n");
    }

    /// The introduction and the questions: the label of each, and its events.
    fn parts<'e, 'b>(&self, inner: &'e [Placed<'b>]) -> Vec<(Range<usize>, &'e [Placed<'b>])> {
        let (mut parts, mut label, mut from) = (Vec::new(), 0..0, 0);
        for (idx, (event, span)) in inner.iter().enumerate() {
            let line = self.directives.at(span).filter(|_| *event == Event::Rule);
            if let Some((Directive::Part { label: next }, _)) = line {
                parts.push((std::mem::replace(&mut label, next.clone()), &inner[from..idx]));
                from = idx + 1;
            }
        }
        parts.push((label, &inner[from..]));
        parts
    }
}

fn expected(key: &str) -> &'static str {
    match key {
        "id" => "`a-z`, `0-9` and `-`",
        "pass" => "a number of questions, or a share such as `70%`",
        _ => "a whole number from 1",
    }
}

fn push_choice(out: &mut String, kind: &str, name: &str, value: impl std::fmt::Display, html: &str) {
    html::push(out, format_args!("<label><input type=\"{kind}\""));
    push_attribute(out, "name", name);
    html::push(out, format_args!(" value=\"{value}\"> {html}</label>\n"));
}
