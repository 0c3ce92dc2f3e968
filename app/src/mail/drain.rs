//! Sends what lies in the outbox.

use lyceum_contract::Timestamp;

use super::notice;
use crate::ledger::{Commands, LEASE_SECONDS, Outcome, SettleLetter, TakeLetters, TakenLetter};
use crate::page::Frame;
use crate::ports::{Mailer, NotSent, Platform, Unavailable};
use crate::request::{App, Context, Locale};

/// Letters that are taken at once. Few, because they all have to be sent while they are ours.
const BATCH: u32 = 10;
/// A letter is not begun later than so many seconds after it was taken: then it could still be on its way when somebody
/// else takes it. A mailer gives up within the rest of the lease.
const LATEST_SECONDS: i64 = LEASE_SECONDS - 40;
/// Seconds until a mail server that did not answer is asked again.
const PAUSE_SECONDS: i64 = 60;

/// What became of the letters that were due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Mails that the mail server has.
    pub n_sent: usize,
    /// When to come again; nothing when no letter waits. It may be now.
    pub next_at: Option<Timestamp>,
    /// What the operator should know. Never names a person.
    pub problems: Vec<String>,
}

impl<P: Platform> App<P> {
    /// Sends letters that are due, about `limit` of them. A mail server that fails loses nothing and holds up nothing:
    /// its letters stay in the outbox until later. May run several times at once.
    ///
    /// An error means that Ledger or site do not answer; what was taken becomes due again by itself.
    pub async fn drain_outbox(&self, limit: u32) -> Result<Drained, Unavailable> {
        let mut drained = Drained::default();
        let mut n_taken = 0;
        while n_taken < limit {
            let now = self.context.now();
            let command = TakeLetters { limit: BATCH.min(limit - n_taken), now };
            let taken = self.context.platform.ledger().take_letters(command).await?;
            drained.next_at = taken.next_at;
            if taken.letters.is_empty() {
                return Ok(drained);
            }
            n_taken += u32::try_from(taken.letters.len()).unwrap_or(BATCH);
            let late = now.plus_seconds(LATEST_SECONDS);
            if !self.context.send_batch(&taken.letters, late, &mut drained).await? {
                drained.next_at = Some(self.context.now().plus_seconds(PAUSE_SECONDS));
                return Ok(drained);
            }
        }
        drained.next_at = Some(self.context.now());
        Ok(drained)
    }
}

impl<P: Platform> Context<P> {
    /// Sends letters one after another. `false` when the mail server does not answer, so that more is of no use now.
    async fn send_batch(
        &self,
        letters: &[TakenLetter],
        late: Timestamp,
        drained: &mut Drained,
    ) -> Result<bool, Unavailable> {
        let mut is_up = true;
        for letter in letters {
            if !is_up || self.now() >= late {
                self.settle(letter, Outcome::Postponed).await?;
                continue;
            }
            let sent = self.send(letter).await?;
            if let Err(problem) = &sent {
                drained.problems.push(format!("a mail of the kind `{}` was {problem}", letter.notice.kind()));
            }
            drained.n_sent += usize::from(sent.is_ok());
            is_up = !matches!(sent, Err(NotSent::Unavailable(_)));
            self.settle(letter, outcome(&sent)).await?;
        }
        Ok(is_up)
    }

    async fn send(&self, letter: &TakenLetter) -> Result<Result<(), NotSent>, Unavailable> {
        let frame = self.frame_for(letter).await?;
        let mail = notice::compose(&frame, &self.config, letter);
        Ok(self.platform.mailer().send(&mail).await)
    }

    /// The frame in the reader's language, if the site speaks it.
    async fn frame_for(&self, letter: &TakenLetter) -> Result<Frame, Unavailable> {
        let site = self.site().await?;
        let language = letter.language.clone().filter(|language| site.manifest.languages.contains(language));
        let locale = Locale { language, address: "/".to_owned() };
        Ok(Frame::new(site, &locale))
    }

    async fn settle(&self, letter: &TakenLetter, outcome: Outcome) -> Result<(), Unavailable> {
        let command = SettleLetter { id: letter.id.clone(), outcome, now: self.now() };
        self.platform.ledger().settle_letter(command).await
    }
}

fn outcome(sent: &Result<(), NotSent>) -> Outcome {
    match sent {
        Ok(()) => Outcome::Sent,
        Err(NotSent::Refused(_)) => Outcome::Failed { permanent: true },
        Err(NotSent::Deferred(_) | NotSent::Unavailable(_)) => Outcome::Failed { permanent: false },
    }
}
