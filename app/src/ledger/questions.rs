//! Paid questions: asked with the order, open once it is paid, and answered before the deadline or paid back.
//!
//! Which of the two happens is decided here, in one transaction: an answer counts while `now < deadline`, and whoever
//! looks at or after the deadline ends what is still open.

use lyceum_contract::id::{MemberId, OrderId};
use lyceum_contract::{Money, Scope, Slug, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::{Actor, Entry, append};
use super::goods_letters::{arrived, due_prefix};
use super::holds::{by_instructor, is_paid};
use super::notice::Notice;
use super::orders::{Order, order_by_id};
use super::outbox::{Letter, enqueue, withdraw};
use super::refunds::{self, RefundReason};
use super::roles::{helpers, is_member};
use super::sql::{Row, Sql, SqlError};
use crate::money::Progress;

const DAY_SECONDS: i64 = 86_400;

/// What somebody asks, and by when it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The question, in Markdown.
    pub text: String,
    /// Who answers.
    pub instructor: Slug,
    /// How long after the payment, in seconds.
    pub within_seconds: i64,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// Not paid: nobody is asked.
    Placed,
    /// To be answered.
    Open,
    /// Answered, for good.
    Answered,
    /// Not answered in time, for good. The money goes back.
    Lapsed,
    /// The money went back while it was open.
    Withdrawn,
}

impl QuestionState {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Placed, "placed"),
        (Self::Open, "open"),
        (Self::Answered, "answered"),
        (Self::Lapsed, "lapsed"),
        (Self::Withdrawn, "withdrawn"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("placed", |(_, name)| name)
    }

    fn named(name: &str) -> Result<Self, SqlError> {
        let known = Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state);
        known.ok_or_else(|| SqlError::corrupt("the state of a question"))
    }

    /// The state after the processor's word about the order.
    pub(crate) fn after(self, order: &Order) -> Self {
        match (self, is_paid(order)) {
            (Self::Placed | Self::Withdrawn, true) => Self::Open,
            (Self::Open, false) => Self::Withdrawn,
            (state, _) => state,
        }
    }
}

/// By when a question must be answered whose order was paid, as we hear now.
///
/// It counts from the payment, but from a day ago at the earliest: with a debit from a bank account the processor's time is
/// that of the order, and the money comes a week later.
pub(crate) fn deadline(order: &Order, within_seconds: i64, now: Timestamp) -> Timestamp {
    let paid_at = match order.settlement.progress {
        Progress::Paid { at } => at.max(now.plus_seconds(-DAY_SECONDS)),
        _ => now,
    };
    paid_at.plus_seconds(within_seconds)
}

pub(super) fn insert(sql: &mut impl Sql, order: &Order, ask: &Ask) -> Result<(), SqlError> {
    sql.query(
        "INSERT INTO questions (order_id, scope, member_id, instructor, within_seconds, question, state)
         VALUES (?, ?, ?, ?, ?, ?, 'placed')",
        &[
            order.id.as_str().into(),
            order.scope.to_string().into(),
            order.member.as_str().into(),
            ask.instructor.as_str().into(),
            ask.within_seconds.into(),
            ask.text.as_str().into(),
        ],
    )
    .map(drop)
}

/// A question with all that became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The order by which it was asked.
    pub order: OrderId,
    /// The product.
    pub scope: Scope,
    /// Who asks.
    pub member: MemberId,
    /// What they want to be called.
    pub name: Option<String>,
    /// What they ask.
    pub ask: Ask,
    /// What became of it.
    pub state: QuestionState,
    /// The first second at which it is too late to answer; nothing before it is paid.
    pub deadline: Option<Timestamp>,
    /// The answer, in Markdown.
    pub answer: Option<String>,
    /// When it was given.
    pub answered_at: Option<Timestamp>,
}

const COLUMNS: &str = "questions.order_id, questions.scope, questions.member_id, members.name, question, instructor, \
     within_seconds, state, deadline, answer, answered_at";
const OF_MEMBERS: &str = "FROM questions JOIN members ON members.id = questions.member_id";

fn question(row: &Row) -> Result<Question, SqlError> {
    let ask =
        Ask { text: row.text(4)?.to_owned(), instructor: row.parse(5)?, within_seconds: row.integer(6)? };
    Ok(Question {
        order: row.parse(0)?,
        scope: row.parse(1)?,
        member: row.parse(2)?,
        name: row.optional_text(3)?.map(str::to_owned),
        ask,
        state: QuestionState::named(row.text(7)?)?,
        deadline: row.optional_integer(8)?.map(Timestamp),
        answer: row.optional_text(9)?.map(str::to_owned),
        answered_at: row.optional_integer(10)?.map(Timestamp),
    })
}

fn question_of(sql: &mut impl Sql, order: &OrderId) -> Result<Option<Question>, SqlError> {
    let statement = format!("SELECT {COLUMNS} {OF_MEMBERS} WHERE order_id = ?");
    sql.query(&statement, &[order.as_str().into()])?.first().map(question).transpose()
}

/// What a member asked and paid for, newest deadline first.
pub(super) fn questions_of(sql: &mut impl Sql, member: &MemberId) -> Result<Vec<Question>, SqlError> {
    let statement = format!(
        "SELECT {COLUMNS} {OF_MEMBERS} WHERE questions.member_id = ? AND state <> 'placed'
         ORDER BY deadline DESC, order_id LIMIT 100"
    );
    sql.query(&statement, &[member.as_str().into()])?.iter().map(question).collect()
}

/// Opens or withdraws the question of an order after the processor's word about it.
pub(super) fn follow(sql: &mut impl Sql, order: &Order, now: Timestamp) -> Result<(), SqlError> {
    let Some(before) = question_of(sql, &order.id)? else { return Ok(()) };
    let state = before.state.after(order);
    if state == before.state {
        return Ok(());
    }
    let end = before.deadline.unwrap_or_else(|| deadline(order, before.ask.within_seconds, now));
    let statement = "UPDATE questions SET state = ?, deadline = ? WHERE order_id = ?";
    sql.query(statement, &[state.name().into(), end.0.into(), order.id.as_str().into()])?;
    if state != QuestionState::Open {
        return withdraw(sql, &due_prefix(&order.id), now);
    }
    for helper in helpers(sql, &before.ask.instructor)? {
        for letter in arrived(order, &helper, end, now) {
            enqueue(sql, &letter)?;
        }
    }
    Ok(())
}

/// Answers a question. Whether somebody may, the caller has asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerQuestion {
    /// The order by which it was asked.
    pub order: OrderId,
    /// Who answers.
    pub by: MemberId,
    /// The answer, in Markdown.
    pub answer: String,
    /// The time of the request.
    pub now: Timestamp,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answering {
    /// It is recorded, and whoever asked is told.
    Done,
    /// Somebody answered before.
    Answered,
    /// It is too late, or the money went back.
    TooLate,
    /// There is no such question, or it is not paid.
    Gone,
}

/// What comes of an answer to a question in this state.
pub(crate) fn answering(state: QuestionState, deadline: Option<Timestamp>, now: Timestamp) -> Answering {
    match state {
        QuestionState::Placed => Answering::Gone,
        QuestionState::Open if deadline.is_some_and(|deadline| now < deadline) => Answering::Done,
        QuestionState::Answered => Answering::Answered,
        QuestionState::Open | QuestionState::Lapsed | QuestionState::Withdrawn => Answering::TooLate,
    }
}

impl AnswerQuestion {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Answering, SqlError> {
        let Some(question) = question_of(sql, &self.order)? else { return Ok(Answering::Gone) };
        let answering = answering(question.state, question.deadline, self.now);
        if answering != Answering::Done {
            return Ok(answering);
        }
        // Whoever left has taken the question along. Its money goes back at the deadline.
        if !is_member(sql, &question.member)? {
            return Ok(Answering::TooLate);
        }
        let arguments = [
            self.answer.as_str().into(),
            self.now.0.into(),
            self.by.as_str().into(),
            self.order.as_str().into(),
        ];
        let statement =
            "UPDATE questions SET state = 'answered', answer = ?, answered_at = ?, answered_by = ?
             WHERE order_id = ?";
        sql.query(statement, &arguments)?;
        withdraw(sql, &due_prefix(&self.order), self.now)?;
        append(sql, &answer_entry(&self, &question.member))?;
        enqueue(sql, &answered_letter(&question, self.now))?;
        Ok(Answering::Done)
    }
}

/// What the log says of an answer. Not a word of it.
pub(crate) fn answer_entry(command: &AnswerQuestion, asker: &MemberId) -> Entry {
    let by = Actor::Member(command.by.clone());
    Entry::about_member(command.now, by, "question.answer", asker, json!({ "order": command.order }))
}

pub(crate) fn answered_letter(question: &Question, now: Timestamp) -> Letter {
    let notice = Notice::QuestionAnswered { scope: question.scope.clone() };
    Letter::to_member(format!("question-answered:{}", question.order), &question.member, notice, now)
}

/// Ends the questions whose deadline has come, and asks for their money back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LapseQuestions {
    /// The time of the request.
    pub now: Timestamp,
    /// At most so many, 1 to 100.
    pub limit: u32,
}

impl LapseQuestions {
    /// How many ended.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<u32, SqlError> {
        let rows = sql.query(
            "SELECT order_id FROM questions WHERE state = 'open' AND deadline <= ? ORDER BY deadline, order_id LIMIT ?",
            &[self.now.0.into(), i64::from(self.limit.min(100)).into()],
        )?;
        for row in &rows {
            let id: OrderId = row.parse(0)?;
            let order =
                order_by_id(sql, &id)?.ok_or_else(|| SqlError::corrupt("a question without order"))?;
            let statement = "UPDATE questions SET state = 'lapsed' WHERE order_id = ?";
            sql.query(statement, &[id.as_str().into()])?;
            append(sql, &lapse_entry(&order, self.now))?;
            enqueue(sql, &lapsed_letter(&order, self.now))?;
            refunds::ask(sql, &order, RefundReason::NotAnswered, self.now)?;
        }
        u32::try_from(rows.len()).map_err(SqlError::corrupt)
    }
}

pub(crate) fn lapse_entry(order: &Order, now: Timestamp) -> Entry {
    Entry::about_member(now, Actor::System, "question.lapse", &order.member, json!({ "order": order.id }))
}

pub(crate) fn lapsed_letter(order: &Order, now: Timestamp) -> Letter {
    let amount: Option<Money> = Some(order.total()).filter(|_| !order.is_free());
    let notice = Notice::QuestionLapsed { scope: order.scope.clone(), amount };
    Letter::to_member(format!("question-lapsed:{}", order.id), &order.member, notice, now)
}

/// Lists the questions that were put to instructors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListQuestions {
    /// To whom; nothing for all.
    pub instructors: Option<Vec<Slug>>,
}

impl ListQuestions {
    /// The open ones first, the soonest deadline at the top; then the others, the latest deadline first.
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Vec<Question>, SqlError> {
        let (condition, arguments) = by_instructor("instructor", self.instructors.as_deref());
        let mut list = |condition: &str, order: &str| {
            let statement = format!("SELECT {COLUMNS} {OF_MEMBERS} WHERE {condition} ORDER BY {order}");
            sql.query(&statement, &arguments)?.iter().map(question).collect::<Result<Vec<_>, _>>()
        };
        let open = format!("state = 'open' AND {condition}");
        let mut questions = list(&open, "deadline, order_id LIMIT 200")?;
        let closed = format!("state IN ('answered', 'lapsed', 'withdrawn') AND {condition}");
        questions.extend(list(&closed, "deadline DESC, order_id LIMIT 50")?);
        Ok(questions)
    }
}

/// Reads one question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadQuestion {
    /// The order by which it was asked.
    pub order: OrderId,
}

impl ReadQuestion {
    pub(super) fn run(self, sql: &mut impl Sql) -> Result<Option<Question>, SqlError> {
        question_of(sql, &self.order)
    }
}

/// The table.
pub(super) const SCHEMA: [&str; 3] = [
    "CREATE TABLE questions (
        order_id TEXT PRIMARY KEY REFERENCES orders (id), scope TEXT NOT NULL, member_id TEXT NOT NULL,
        instructor TEXT NOT NULL, within_seconds INTEGER NOT NULL, question TEXT NOT NULL, state TEXT NOT NULL,
        deadline INTEGER, answer TEXT, answered_at INTEGER, answered_by TEXT) STRICT",
    "CREATE INDEX questions_by_deadline ON questions (state, deadline)",
    "CREATE INDEX questions_by_member ON questions (member_id)",
];
