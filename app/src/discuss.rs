//! The thread of a lesson: reading and posting comments.
//!
//! Whoever may read the lesson may read its thread, and nobody else: a comment may quote the lesson. The
//! store shows a new comment to others after a while, so the author's browser keeps a signed receipt, by
//! which the own comment is on the very next page.

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::event::{Record, What};
use lyceum_contract::id::{CommentId, MemberId};
use lyceum_contract::manifest::{LessonEntry, LessonPage};
use lyceum_contract::{LessonId, Timestamp, display, json, paths};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::account::{MAX_NAME_CHARS, clean_name};
use crate::cookies::Cookie;
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::gate::Decision;
use crate::ledger::{Commands, NameMember};
use crate::markdown;
use crate::page::{Fragment, Frame, redirect, set_cookies};
use crate::ports::{Clock, CommentKey, CommentStore, Platform};
use crate::request::{Context, Locale, Shared};
use crate::session::{MAX_COOKIE_BYTES, Session, Visitor};
use crate::token::{self, Purpose};

/// The most characters in a comment.
const MAX_COMMENT_CHARS: usize = 5_000;
/// Seconds after which a comment is visible everywhere, so that its receipt is not needed any more.
const RECEIPT_SECONDS: i64 = 150;

/// One comment as it is stored, version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Comment {
    v: u32,
    pub(crate) id: CommentId,
    pub(crate) lesson: LessonId,
    /// Who wrote it. Never shown.
    pub(crate) member: MemberId,
    /// The name at the time of posting.
    pub(crate) name: Option<String>,
    /// Markdown.
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    #[serde(default)]
    fragment: Option<String>,
}

/// Shows a thread.
pub(crate) async fn show<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    lesson: Result<Path<String>, PathRejection>,
    Query(shape): Query<Shape>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let lesson = context.lesson(&lesson_id(lesson)?).await?.1;
    let (decision, mut visitor) = context.admit((&lesson.access, Some(lesson.id.course())), &headers).await?;
    if visitor.session.is_none() && visitor.set_cookies.is_empty() {
        visitor = context.visitor_by_cookie(&headers);
    }
    let is_fragment = shape.fragment.is_some();
    let thread = if decision == Decision::Serve {
        let comments = context.comments(&lesson.id, &headers).await?;
        thread(&frame, &lesson, &comments, visitor.session.as_ref(), Draft::default())
    } else {
        gated(&frame, &lesson)
    };
    Ok(respond(&frame, &lesson, thread, &visitor, is_fragment))
}

fn respond(
    frame: &Frame,
    lesson: &LessonEntry,
    thread: Markup,
    visitor: &Visitor,
    is_fragment: bool,
) -> Response<Body> {
    let page = lesson_page(frame, lesson);
    let title = frame.fill("app_discuss_title", &[("title", page.map_or("", |page| &page.title))]);
    if is_fragment {
        return Frame::bare(visitor, &Fragment { title, main: thread });
    }
    let main = html! {
        div class="narrow stack" {
            @if let Some(page) = page {
                nav class="breadcrumb" aria-label=(frame.text("app_discuss_back")) { a href=(page.path) { (frame.text("app_discuss_back")) } }
            }
            h1 { (title) }
            (thread)
        }
    };
    frame.page(visitor, &Fragment { title, main })
}

fn lesson_page<'a>(frame: &Frame, lesson: &'a LessonEntry) -> Option<&'a LessonPage> {
    lesson.pages.get(&frame.language).or_else(|| lesson.pages.get(&frame.site.default_language))
}

fn gated(frame: &Frame, lesson: &LessonEntry) -> Markup {
    html! {
        div class="empty stack" {
            p { (frame.text("app_discuss_gated")) }
            @if let Some(page) = lesson_page(frame, lesson) { p { a href=(page.path) { (page.title) } } }
        }
    }
}

fn thread(
    frame: &Frame,
    lesson: &LessonEntry,
    comments: &[Comment],
    session: Option<&Session>,
    draft: Draft<'_>,
) -> Markup {
    html! {
        @if comments.is_empty() {
            p class="empty" { (frame.text("app_discuss_empty")) }
        } @else {
            ol class="comments" { @for comment in comments { (comment_item(frame, comment)) } }
        }
        @match session {
            Some(session) => (comment_form(frame, lesson, session, draft)),
            None => {
                @let back = frame.link(&thread_path(&lesson.id));
                p { a href=(frame.sign_in_link(&back)) { (frame.text("app_discuss_sign_in")) } }
            }
        }
    }
}

fn comment_item(frame: &Frame, comment: &Comment) -> Markup {
    let name = comment.name.as_deref().unwrap_or_else(|| frame.text("app_anonymous_name"));
    html! {
        li class="comment" id=(format!("c-{}", comment.id)) {
            article {
                header class="comment-meta" {
                    strong { bdi { (name) } }
                    " "
                    time datetime=(comment.at) { (display::date(comment.at.date(), &frame.language)) }
                }
                div class="prose" { (markdown::render(&comment.text)) }
            }
        }
    }
}

/// What stands in the form: nothing at first, what was written when it was refused.
#[derive(Debug, Clone, Copy, Default)]
struct Draft<'a> {
    text: &'a str,
    name: &'a str,
    problem: Option<&'a str>,
}

fn comment_form(frame: &Frame, lesson: &LessonEntry, session: &Session, draft: Draft<'_>) -> Markup {
    let described_by = if draft.problem.is_some() { "comment-problem comment-hint" } else { "comment-hint" };
    html! {
        form class="form" method="post" action=(frame.link(&thread_path(&lesson.id))) {
            @if let Some(problem) = draft.problem {
                p class="error" role="alert" id="comment-problem" { (problem) }
            }
            @if session.name.is_none() {
                label for="comment-name" { (frame.text("app_comment_name")) }
                input type="text" id="comment-name" name="name" value=(draft.name) maxlength=(MAX_NAME_CHARS) autocomplete="nickname";
            }
            label for="comment-text" { (frame.text("app_comment_label")) }
            textarea id="comment-text" name="text" rows="6" required maxlength=(MAX_COMMENT_CHARS)
                aria-describedby=(described_by) aria-invalid=[draft.problem.map(|_| "true")] { (draft.text) }
            p class="hint" id="comment-hint" { (frame.text("app_comment_hint")) " " (frame.text("app_comment_pending")) }
            button type="submit" class="button" { (frame.text("app_comment_send")) }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Post {
    text: String,
    #[serde(default)]
    name: String,
}

/// Posts a comment.
pub(crate) async fn post<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    lesson: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    Form(mut form): Form<Post>,
) -> Result<Response<Body>, AppError> {
    form.text = cleaned(&form.text);
    let frame = context.frame(&locale).await?;
    let lesson = context.lesson(&lesson_id(lesson)?).await?.1;
    let mut visitor = context.visitor_now(&headers).await?;
    let Some(session) = &mut visitor.session else { return Err(AppError::SignIn) };
    let text = (&lesson.access, Some(lesson.id.course()));
    let reader = crate::gate::reader_of(&session.entitlements, &session.roles, text);
    if crate::gate::decide(&lesson.access, reader, context.now()) != Decision::Serve {
        return Err(AppError::Forbidden);
    }
    if let Some(problem) = problem_of(&form.text) {
        let comments = context.comments(&lesson.id, &headers).await?;
        let draft = Draft { text: &form.text, name: &form.name, problem: Some(frame.text(problem)) };
        let thread = thread(&frame, &lesson, &comments, visitor.session.as_ref(), draft);
        return Ok(respond(&frame, &lesson, thread, &visitor, false));
    }
    if let Some(name) = clean_name(&form.name).filter(|_| session.name.is_none()) {
        let command = NameMember { member: session.member.clone(), name: Some(name.clone()) };
        context.platform.ledger().name_member(command).await?;
        session.name = Some(name);
        visitor.set_cookies = session.cookies(&context.config);
    }
    let id = context.store(&lesson.id, session, form.text).await?;
    let mut response =
        redirect(&format!("{}#c-{id}", frame.link(&thread_path(&lesson.id))), visitor.set_cookies.clone());
    set_cookies(response.headers_mut(), context.receipt(&lesson.id, id, &headers));
    Ok(response)
}

/// The text without what nobody sees. Browsers send a line break as two characters, but count it as one.
fn cleaned(text: &str) -> String {
    let is_visible = |char: &char| !char.is_control() || matches!(char, '\n' | '\t');
    text.replace("\r\n", "\n").chars().filter(is_visible).collect()
}

fn problem_of(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        return Some("app_comment_empty");
    }
    (text.chars().count() > MAX_COMMENT_CHARS).then_some("app_comment_too_long")
}

/// `rust/ownership/moves/` as it stands in the address; only with its slash at the end.
fn lesson_id(path: Result<Path<String>, PathRejection>) -> Result<LessonId, AppError> {
    let Path(path) = path.map_err(|_| AppError::NotFound)?;
    path.strip_suffix('/').and_then(|id| id.parse().ok()).ok_or(AppError::NotFound)
}

fn thread_path(lesson: &LessonId) -> String {
    format!("{}{lesson}/", paths::DISCUSS)
}

/// Proof that this browser posted a comment a moment ago.
#[derive(Debug, Serialize, Deserialize)]
struct Receipt {
    lesson: LessonId,
    id: CommentId,
    at: Timestamp,
}

impl<P: Platform> Context<P> {
    async fn store(&self, lesson: &LessonId, session: &Session, text: String) -> Result<CommentId, AppError> {
        let id = CommentId::at(self.platform.clock().now_ms(), self.random()?);
        let comment = Comment {
            v: 1,
            id: id.clone(),
            lesson: lesson.clone(),
            member: session.member.clone(),
            name: session.name.clone(),
            text,
            at: self.now(),
        };
        let body = serde_json::to_vec(&comment).map_err(|_| AppError::Invalid("expected text"))?;
        let key = CommentKey { lesson: lesson.clone(), id: id.clone() };
        self.platform.comments().put(&key, &session.member, &body).await?;
        let what = Record::Comment { lesson: lesson.clone(), comment: id.clone() };
        self.record(&session.pseudonym, What::Recorded(what)).await;
        Ok(id)
    }

    /// The comments of the thread as the store shows them, and this browser's own of the last minutes.
    async fn comments(&self, lesson: &LessonId, headers: &HeaderMap) -> Result<Vec<Comment>, AppError> {
        let listed = self.platform.comments().list(lesson).await?;
        // A comment of a future version is skipped, not a reason to hide the others.
        let mut comments: Vec<Comment> =
            listed.iter().filter_map(|body| json::from_slice(body).ok()).collect();
        for receipt in self.receipts(headers).into_iter().filter(|receipt| receipt.lesson == *lesson) {
            if comments.iter().any(|comment| comment.id == receipt.id) {
                continue;
            }
            let key = CommentKey { lesson: receipt.lesson, id: receipt.id };
            let found = self.platform.comments().get(&key).await?;
            comments.extend(found.and_then(|body| json::from_slice(&body).ok()));
        }
        comments.sort_by(|a: &Comment, b: &Comment| a.id.cmp(&b.id));
        Ok(comments)
    }

    /// What this browser posted within the last minutes, which lists may not show yet.
    pub(crate) fn recent_keys(&self, headers: &HeaderMap) -> Vec<CommentKey> {
        let receipts = self.receipts(headers).into_iter();
        receipts.map(|Receipt { lesson, id, .. }| CommentKey { lesson, id }).collect()
    }

    fn receipts(&self, headers: &HeaderMap) -> Vec<Receipt> {
        let cookie = Cookie::Receipts.read(&self.config, headers);
        let receipts: Option<Vec<Receipt>> =
            cookie.and_then(|cookie| token::verify(&self.config.secrets, Purpose::Receipts, cookie));
        let oldest = self.now().plus_seconds(-RECEIPT_SECONDS);
        receipts.unwrap_or_default().into_iter().filter(|receipt| receipt.at > oldest).collect()
    }

    fn receipt(&self, lesson: &LessonId, id: CommentId, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut receipts = self.receipts(headers);
        receipts.push(Receipt { lesson: lesson.clone(), id, at: self.now() });
        loop {
            let value = token::sign(&self.config.secrets, Purpose::Receipts, &receipts)?;
            if value.len() <= MAX_COOKIE_BYTES {
                return Cookie::Receipts.set(&self.config, &value, RECEIPT_SECONDS);
            }
            receipts.remove(0);
        }
    }
}
