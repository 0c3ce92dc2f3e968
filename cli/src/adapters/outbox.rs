//! Mail that is not sent: each one is a file that the page `/outbox` shows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lyceum_app::ports::{Mail, Mailer, NotSent, Unavailable};
use lyceum_contract::Timestamp;
use serde::{Deserialize, Serialize};

use super::disk::{blocking, private_folder, write_durably};
use super::system::real_now;

/// How many mails `/outbox` shows.
const MAX_SHOWN: usize = 100;

/// A mailer that keeps every mail as `<milliseconds>-<number>.json` in a folder.
#[derive(Debug, Clone)]
pub struct OutboxMailer {
    folder: Arc<PathBuf>,
    n_sent: Arc<AtomicU32>,
}

/// One mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMail {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as a page.
    #[serde(default)]
    pub html: String,
    /// Where one POST ends mails of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_unsubscribe: Option<String>,
    /// The same for a repetition.
    #[serde(default)]
    pub message_id: String,
    /// When it was sent, by the machine's own clock.
    pub at: Timestamp,
}

impl OutboxMailer {
    /// Opens the outbox in this folder, which is made when it is missing.
    pub fn open(folder: &Path) -> Result<Self, Unavailable> {
        private_folder(folder).map_err(failed)?;
        Ok(Self { folder: Arc::new(folder.to_owned()), n_sent: Arc::default() })
    }

    /// The last hundred mails, newest first.
    pub async fn list(&self) -> Result<Vec<SentMail>, Unavailable> {
        let folder = Arc::clone(&self.folder);
        blocking("mail", move || read_newest(&folder).map_err(failed)).await
    }
}

impl Mailer for OutboxMailer {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        let (now_ms, at) = real_now();
        let Mail { to, subject, text, html, list_unsubscribe, message_id } = mail.clone();
        let json = serde_json::to_vec_pretty(&SentMail {
            to,
            subject,
            text,
            html,
            list_unsubscribe,
            message_id,
            at,
        });
        let json = json.map_err(|error| Unavailable::new("mail", error))?;
        // The numbers of two processes may meet, their process ids never do.
        let number = self.n_sent.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{now_ms:013}-{number:06}-{}.json", std::process::id()));
        Ok(blocking("mail", move || write_durably(&path, &json).map_err(failed)).await?)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
fn failed(error: io::Error) -> Unavailable {
    Unavailable::new("mail", error)
}

/// Reads the mails. Names sort by time. A file that is no mail, which somebody put there, is left out.
fn read_newest(folder: &Path) -> io::Result<Vec<SentMail>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort_unstable_by(|a, b| b.cmp(a));
    let read = |path: &PathBuf| serde_json::from_slice(&fs::read(path).ok()?).ok();
    Ok(paths.iter().filter_map(read).take(MAX_SHOWN).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::scratch::Scratch;

    fn mail(subject: &str) -> Mail {
        Mail {
            to: "ada@academy.example".into(),
            subject: subject.into(),
            text: "Hello\n".into(),
            html: "<p>Hello</p>".into(),
            list_unsubscribe: None,
            message_id: "1@academy.example".into(),
        }
    }

    #[tokio::test]
    async fn the_newest_mail_comes_first() {
        let folder = Scratch::new();
        let outbox = OutboxMailer::open(folder.path()).expect("opens");
        for subject in ["one", "two", "three"] {
            outbox.send(&mail(subject)).await.expect("kept");
        }
        folder.write("notes.json", "not a mail");
        folder.write("0-old.json", r#"{"to":"a@b.org","subject":"old","text":"","at":1}"#);
        folder.write("0-0.part", "{}");
        let subjects = |mails: Vec<SentMail>| mails.into_iter().map(|mail| mail.subject).collect::<Vec<_>>();
        assert_eq!(subjects(outbox.list().await.expect("read")), ["three", "two", "one", "old"]);
        let reopened = OutboxMailer::open(folder.path()).expect("opens again");
        assert_eq!(subjects(reopened.list().await.expect("read")), ["three", "two", "one", "old"]);
    }
}
