//! Questions as those see them who answer, and who run the academy.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::Response;
use lyceum_contract::{Scope, Slug, paths};
use maud::{Markup, html};
use serde::Deserialize;

use crate::account::scope_name;
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::goods::{MAX_TEXT_CHARS, cleaned, state_text};
use crate::ledger::{
    AnswerQuestion, Answering, Commands, ListQuestions, Question, QuestionState, ReadQuestion,
};
use crate::markdown;
use crate::page::{Frame, redirect};
use crate::ports::Platform;
use crate::request::{Context, Locale, Shared};
use crate::role::{Role, StaffRole};
use crate::session::{Session, Visitor};

/// Who answers, and who sees all.
pub(crate) const HELPERS: &[Role] = &[Role::Owner, Role::Admin, Role::Instructor];

/// Whose questions and bookings these roles see: everybody's, or those of some instructors.
///
/// `instructor:ada` is the instructor whose page is `/instructors/ada/`. Where there is a course with that name, the role
/// is for the course and for nothing else: nobody sees the letters of others because two things are called the same.
pub(super) fn instructors(frame: &Frame, roles: &[StaffRole]) -> Option<Vec<Slug>> {
    if roles.iter().any(|role| super::ADMINS.contains(&role.role())) {
        return None;
    }
    let is_course = |slug: &Slug| {
        frame.site.manifest.products.iter().any(|product| product.scope == Scope::Course(slug.clone()))
    };
    let own = roles.iter().filter(|role| role.role() == Role::Instructor).filter_map(StaffRole::scope);
    Some(own.filter(|slug| !is_course(slug)).cloned().collect())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    order: String,
}

/// All questions, or one with the form to answer it.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Extension(visitor): Extension<Visitor>,
    Query(which): Query<Which>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    if !which.order.is_empty() {
        let question = context.question_for(&frame, session, &which.order).await?;
        return Ok(one(&frame, &visitor, &question, None));
    }
    let command = ListQuestions { instructors: instructors(&frame, &session.roles) };
    let questions = context.platform.ledger().list_questions(command).await?;
    let is_open = |question: &&Question| question.state == QuestionState::Open;
    let open: Vec<&Question> = questions.iter().filter(is_open).collect();
    let closed: Vec<&Question> = questions.iter().filter(|question| !is_open(question)).collect();
    let main = html! {
        @if open.is_empty() { p class="empty" { (frame.text("app_questions_none")) } }
        (list(&frame, &open))
        @if !closed.is_empty() {
            section class="stack" { h2 { (frame.text("app_questions_closed")) } (list(&frame, &closed)) }
        }
    };
    Ok(super::page(&frame, &visitor, frame.text("app_staff_questions"), &main))
}

fn list(frame: &Frame, questions: &[&Question]) -> Markup {
    let address =
        |question: &Question| frame.link(&format!("{}?order={}", paths::STAFF_QUESTIONS, question.order));
    html! {
        @if !questions.is_empty() {
            ul class="rows" {
                @for question in questions {
                    li {
                        a href=(address(question)) {
                            @if is_gone(question) {
                                (frame.text("app_questions_gone"))
                            } @else {
                                (beginning(&question.ask.text))
                            }
                        }
                        span class="row-note" { (plain_name(frame, &question.scope)) " · " (state_text(frame, question)) }
                    }
                }
            }
        }
    }
}

/// The first words, as text.
fn beginning(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Whether whoever asked has left, and taken the question along.
fn is_gone(question: &Question) -> bool {
    question.ask.text.is_empty()
}

fn plain_name(frame: &Frame, scope: &Scope) -> String {
    let product = frame.site.manifest.products.iter().find(|product| product.scope == *scope);
    product.map_or_else(
        || scope.to_string(),
        |product| product.name.get(&frame.language, &frame.site.default_language).to_owned(),
    )
}

fn one(
    frame: &Frame,
    visitor: &Visitor,
    question: &Question,
    refused: Option<(&str, &str)>,
) -> Response<Body> {
    let name = question.name.as_deref().unwrap_or_else(|| frame.text("app_anonymous_name"));
    let main = html! {
        div class="narrow stack" {
            p class="muted" { (scope_name(frame, &question.scope)) " · " (state_text(frame, question)) }
            article class="card stack" {
                p { strong { bdi { (name) } } }
                @if is_gone(question) {
                    p class="muted" { (frame.text("app_questions_gone")) }
                } @else {
                    div class="prose" { (markdown::render(&question.ask.text)) }
                }
            }
            @if let Some(answer) = &question.answer {
                h2 { (frame.text("app_questions_answer")) }
                div class="prose" { (markdown::render(answer)) }
            }
            @if let Some((problem, _)) = refused {
                p class="error" role="alert" id="answer-problem" { (frame.text(problem)) }
            }
            @if question.state == QuestionState::Open && !is_gone(question) {
                (form(frame, question, refused.map_or("", |(_, text)| text), refused.is_some()))
            }
            p { a href=(frame.link(paths::STAFF_QUESTIONS)) { (frame.text("app_questions_all")) } }
        }
    };
    super::page(frame, visitor, frame.text("app_questions_one"), &main)
}

fn form(frame: &Frame, question: &Question, text: &str, is_wrong: bool) -> Markup {
    let described = if is_wrong { "answer-problem answer-hint" } else { "answer-hint" };
    html! {
        form class="form" method="post" action=(frame.link(paths::STAFF_QUESTIONS)) {
            input type="hidden" name="order" value=(question.order);
            label for="answer" { (frame.text("app_questions_answer")) }
            textarea id="answer" name="answer" rows="12" required maxlength=(MAX_TEXT_CHARS)
                aria-describedby=(described) aria-invalid=[is_wrong.then_some("true")] { (text) }
            p class="hint" id="answer-hint" { (frame.text("app_questions_answer_hint")) }
            button type="submit" class="button" { (frame.text("app_questions_send")) }
        }
    }
}

/// What the form says.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    order: String,
    #[serde(default)]
    answer: String,
}

/// Answers one question.
pub(crate) async fn answer<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Extension(visitor): Extension<Visitor>,
    Form(form): Form<Answer>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let question = context.question_for(&frame, session, &form.order).await?;
    let problem = match cleaned(&form.answer) {
        None => "app_questions_empty",
        Some(text) if text.chars().count() > MAX_TEXT_CHARS => "app_questions_long",
        Some(answer) => {
            let (order, by) = (question.order.clone(), session.member.clone());
            let command = AnswerQuestion { order, by, answer, now: context.now() };
            match context.platform.ledger().answer_question(command).await? {
                Answering::Done => {
                    return Ok(redirect(&frame.link(paths::STAFF_QUESTIONS), visitor.set_cookies));
                }
                Answering::Answered => "app_questions_answered_before",
                Answering::TooLate => "app_questions_too_late",
                Answering::Gone => return Err(AppError::NotFound),
            }
        }
    };
    // It may have changed since; what was written stays in the form as long as there is one.
    let question = context.question_for(&frame, session, &form.order).await?;
    Ok(one(&frame, &visitor, &question, Some((problem, &form.answer))))
}

impl<P: Platform> Context<P> {
    /// The question, if it is for this member to answer. Nothing is there for anybody else.
    async fn question_for(
        &self,
        frame: &Frame,
        session: &Session,
        order: &str,
    ) -> Result<Question, AppError> {
        let order = order.parse().map_err(|_| AppError::NotFound)?;
        let found = self.platform.ledger().read_question(ReadQuestion { order }).await?;
        let question = found.filter(|question| question.state != QuestionState::Placed);
        let question = question.ok_or(AppError::NotFound)?;
        match instructors(frame, &session.roles) {
            Some(own) if !own.contains(&question.ask.instructor) => Err(AppError::NotFound),
            _ => Ok(question),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_begins_with_its_first_words() {
        assert_eq!(beginning(" Why\n\nis it so? "), "Why is it so?");
        let long = beginning(&"语".repeat(99));
        assert!(long.chars().count() == 81 && long.ends_with('…'), "{long}");
    }
}
