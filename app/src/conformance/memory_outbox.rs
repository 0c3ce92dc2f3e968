//! The outbox of the model: a list of letters, looked through from the start each time.

use std::collections::BTreeMap;

use lyceum_contract::Timestamp;
use lyceum_contract::id::{AssignmentId, MemberId};
use lyceum_contract::time::Date;

use crate::ledger::{
    Letter, Member, Notice, Outcome, Recipient, SetTopic, SettleLetter, TakeLetters, Taken, TakenLetter,
};

#[derive(Debug, Default)]
pub(super) struct Outbox(pub(super) Vec<Posted>);

#[derive(Debug)]
pub(super) struct Posted {
    pub(super) letter: Letter,
    /// Nothing once it was sent or given up.
    pub(super) next_at: Option<Timestamp>,
    pub(super) sent_at: Option<Timestamp>,
    n_tries: u32,
}

impl Outbox {
    pub(super) fn post(&mut self, letter: Letter) {
        if self.0.iter().all(|posted| posted.letter.id != letter.id) {
            self.0.push(Posted { next_at: Some(letter.due_at), sent_at: None, letter, n_tries: 0 });
        }
    }

    /// Ends the letters that were not sent and whose facts start with this text.
    pub(super) fn withdraw(&mut self, prefix: &str) {
        self.0.iter_mut().filter(|posted| posted.letter.id.starts_with(prefix)).for_each(|posted| {
            posted.next_at = None;
        });
    }

    /// Whether there was ever a letter about this fact.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|posted| posted.letter.id == id)
    }

    /// How many letters with such ids were posted after `since`.
    pub(super) fn n_since(&self, prefix: &str, since: Timestamp) -> usize {
        let is_one =
            |posted: &&Posted| posted.letter.id.starts_with(prefix) && posted.letter.created_at > since;
        self.0.iter().filter(is_one).count()
    }

    pub(super) fn take(&mut self, command: &TakeLetters, members: &[Member], asked: &AskedNow) -> Taken {
        let mut due: Vec<&mut Posted> =
            self.0.iter_mut().filter(|posted| posted.next_at.is_some_and(|at| at <= command.now)).collect();
        due.sort_by(|a, b| (a.next_at, &a.letter.id).cmp(&(b.next_at, &b.letter.id)));
        due.truncate(command.limit.min(50).try_into().unwrap_or(50));
        let mut letters = Vec::new();
        for posted in due {
            let taken = posted.letter.clone().addressed(members).and_then(|letter| true_still(letter, asked));
            posted.next_at = taken.is_some().then(|| command.now.plus_seconds(120));
            posted.n_tries += 1;
            letters.extend(taken);
        }
        Taken { letters, next_at: self.0.iter().filter_map(|posted| posted.next_at).min() }
    }

    pub(super) fn settle(&mut self, command: &SettleLetter) {
        let Some(posted) = self.0.iter_mut().find(|posted| posted.letter.id == command.id) else { return };
        if command.outcome == Outcome::Sent && posted.sent_at.is_none() {
            posted.sent_at = Some(command.now);
        }
        if posted.next_at.is_none() {
            return;
        }
        posted.next_at = match command.outcome {
            Outcome::Sent | Outcome::Failed { permanent: true } => None,
            Outcome::Failed { permanent: false } if posted.n_tries >= 16 => None,
            Outcome::Failed { permanent: false } => {
                let pause = 60 * 2_i64.pow(posted.n_tries.max(1) - 1);
                Some(command.now.plus_seconds(pause.min(12 * 3_600)))
            }
            Outcome::Postponed => {
                posted.n_tries = posted.n_tries.saturating_sub(1);
                Some(command.now.plus_seconds(60))
            }
        };
    }
}

/// The day until which a member is asked to do an assignment, for all who are asked now.
pub(super) type AskedNow = BTreeMap<(MemberId, AssignmentId), Date>;

/// The letter, if what it says about an assignment is so.
fn true_still(mut letter: TakenLetter, asked: &AskedNow) -> Option<TakenLetter> {
    let about = match &letter.notice {
        Notice::Assigned(about) | Notice::AssignmentDue(about) => about.assignment.clone(),
        _ => return Some(letter),
    };
    let Some(member) = letter.member.clone() else { return Some(letter) };
    let day = asked.get(&(member, about)).copied();
    letter.notice.is_true_until(day).then_some(letter)
}

impl Letter {
    /// With the recipient's address and language; nothing when there is nobody who wants it.
    fn addressed(self, members: &[Member]) -> Option<TakenLetter> {
        let Self { id, to, notice, .. } = self;
        let unnamed = |email, language| TakenLetter {
            id: id.clone(),
            member: None,
            email,
            name: None,
            language,
            notice: notice.clone(),
        };
        match to {
            Recipient::Address { email, language } => Some(unnamed(email, language)),
            Recipient::Member(to) => {
                let member = find(members, &to)?;
                if notice.topic().is_some_and(|topic| !member.mail_settings.wants(topic)) {
                    return None;
                }
                let letter = unnamed(member.email.clone(), member.language.clone());
                Some(TakenLetter { member: Some(to), name: member.name.clone(), ..letter })
            }
        }
    }
}

fn find<'a>(members: &'a [Member], id: &MemberId) -> Option<&'a Member> {
    members.iter().find(|member| member.id == *id)
}

pub(super) fn set_topic(command: &SetTopic, members: &mut [Member]) {
    if let Some(member) = members.iter_mut().find(|member| member.id == command.member) {
        member.mail_settings.set(command.topic, command.is_wanted);
    }
}
