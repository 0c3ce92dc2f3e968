//! What the terminal says when the academy is up.

use std::path::Path;

use lyceum_app::Preview;
use lyceum_contract::time::Date;

use crate::terminal::Ink;

/// What the greeting is about.
#[allow(clippy::struct_excessive_bools, reason = "each of them says whether one line is there")]
pub(super) struct Greeting<'a> {
    pub(super) url: &'a str,
    pub(super) content: &'a Path,
    pub(super) data: &'a Path,
    /// One line about the site; `None` when there is none yet.
    pub(super) site: Option<String>,
    pub(super) has_till: bool,
    /// Whether mails are shown at `/outbox` instead of being sent.
    pub(super) has_outbox: bool,
    pub(super) is_development_key: bool,
    /// Whether other machines can reach the server.
    pub(super) is_open: bool,
    pub(super) is_watching: bool,
    pub(super) preview: Option<&'a Preview>,
    pub(super) at: Option<Date>,
    /// Whether what is not published yet is shown.
    pub(super) drafts: bool,
}

impl Greeting<'_> {
    /// The whole text, without a line break at its end.
    pub(super) fn text(&self, ink: Ink) -> String {
        let title = format!("\n  {}  {}\n", ink.bold("Lyceum"), ink.bold(&format!("{}/", self.url)));
        let row = |(name, value): (&str, String)| format!("  {}  {value}", ink.dim(&format!("{name:<16}")));
        let blocks = [self.rooms(), self.notes(), vec![("", self.last_line())]];
        let blocks = blocks.into_iter().map(|rows| rows.into_iter().map(row).collect::<Vec<_>>().join("\n"));
        format!("{title}\n{}\n", blocks.collect::<Vec<_>>().join("\n\n"))
    }

    /// What is kept where.
    fn rooms(&self) -> Vec<(&'static str, String)> {
        let Self { url, content, data, .. } = self;
        let kept = |name: &str| data.join(name).display().to_string();
        let site = self.site.as_deref().unwrap_or("not built yet, see above");
        let till =
            if self.has_till { "sandbox till, no money moves" } else { "Stripe, by STRIPE_SECRET_KEY" };
        let mail = if self.has_outbox {
            format!("{url}/outbox, nothing is sent")
        } else {
            "sent, by LYCEUM_SMTP_URL".to_owned()
        };
        vec![
            ("Pages", format!("{} → {} ({site})", content.display(), kept("site/public"))),
            ("Members, orders", kept("ledger.sqlite")),
            ("Comments", kept("comments.sqlite")),
            ("Events", kept("events")),
            ("Payments", till.to_owned()),
            ("Mail", mail),
        ]
    }

    /// What a person should know.
    fn notes(&self) -> Vec<(&'static str, String)> {
        let viewing = self.preview.map(|preview| match preview {
            Preview::Anonymous => "as nobody: every paywall is closed, nothing is recorded".to_owned(),
            Preview::Owner => "as the owner: every paywall is open, nothing is recorded".to_owned(),
            Preview::Tier(tier) => format!("as a member with `{tier}`, nothing is recorded"),
        });
        let keys = "development key: anybody can open what it sealed, so do not deploy this site";
        let outbox = if self.has_outbox { " and read the outbox" } else { "" };
        let open = format!("other machines can reach this server{outbox}");
        let sign_in = "type any address at /sign-in/, the mail appears at /outbox";
        let rows = [
            ("Sign in", self.has_outbox.then(|| sign_in.to_owned())),
            ("Viewing", viewing),
            ("Date", self.at.map(|date| date.to_string())),
            (
                "Drafts",
                self.drafts
                    .then(|| "shown with a banner; everybody who reaches this server sees them".to_owned()),
            ),
            ("Keys", self.is_development_key.then(|| keys.to_owned())),
            ("Network", self.is_open.then_some(open)),
        ];
        rows.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn last_line(&self) -> String {
        let watching =
            if self.is_watching { "Pages follow every change." } else { "Changes need a restart." };
        format!("{watching} Ctrl-C stops.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_says_what_runs_where() {
        let greeting = Greeting {
            url: "http://127.0.0.1:8000",
            content: Path::new("content"),
            data: Path::new(".lyceum"),
            site: Some("41 pages, 12 sealed, 180 ms".into()),
            has_till: true,
            has_outbox: true,
            is_development_key: true,
            is_open: false,
            is_watching: true,
            preview: None,
            at: None,
            drafts: false,
        };
        let expected = "
  Lyceum  http://127.0.0.1:8000/

  Pages             content → .lyceum/site/public (41 pages, 12 sealed, 180 ms)
  Members, orders   .lyceum/ledger.sqlite
  Comments          .lyceum/comments.sqlite
  Events            .lyceum/events
  Payments          sandbox till, no money moves
  Mail              http://127.0.0.1:8000/outbox, nothing is sent

  Sign in           type any address at /sign-in/, the mail appears at /outbox
  Keys              development key: anybody can open what it sealed, so do not deploy this site

                    Pages follow every change. Ctrl-C stops.
";
        assert_eq!(greeting.text(Ink { is_on: false }), expected);
    }
}
