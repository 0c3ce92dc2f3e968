//! What each notice says, and where it leads.

use lyceum_contract::manifest::Product;
use lyceum_contract::{Money, Scope, Term, Timestamp, display, paths};

use super::{Button, Draft, Paragraph, door, is_visible, one_line, unsubscribe};
use crate::config::Config;
use crate::goods::{self, moment};
use crate::ledger::{Door, Notice, Purpose, TakenLetter};
use crate::order_page::term_text;
use crate::page::Frame;
use crate::ports::Mail;

/// The most characters of a name in a mail, and of what a giver wrote.
const MAX_NAME_CHARS: usize = 60;
const MAX_MESSAGE_CHARS: usize = 600;
/// The most characters of a person with their address, which has to be whole to be of use.
const MAX_PERSON_CHARS: usize = 320;

/// The mail of a letter, in the language of the frame.
pub(super) fn compose(frame: &Frame, config: &Config, letter: &TakenLetter) -> Mail {
    let writer = Writer { frame, config };
    let (values, button) = (writer.values(&letter.notice), writer.button(&letter.notice));
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let kind = letter.notice.kind();
    let (subject, text) =
        (format!("app_mail_{kind}_subject"), format!("app_mail_{kind}{}", variant(&letter.notice)));
    let mut draft = Draft::new(frame, (&subject, &text), &values, button.as_ref());
    if let Some(name) = letter.name.as_deref().map(|name| one_line(name, MAX_NAME_CHARS)) {
        let hello = frame.fill("app_mail_hello", &[("name", &name)]);
        draft.paragraphs.insert(0, Paragraph::Text(hello));
    }
    writer.sign(&mut draft, letter);
    draft.into_mail(config.origin.as_deref(), &letter.email, &letter.id)
}

/// What the key of a text ends with when an order is for others than its buyer.
fn variant(notice: &Notice) -> &'static str {
    let purpose = match notice {
        Notice::OrderPaid { purpose, .. } | Notice::DisputeLost { purpose, .. } => *purpose,
        // Only teams have these besides buyers for themselves.
        Notice::PaymentFailed { purpose, .. }
        | Notice::AccessEnded { purpose, .. }
        | Notice::PassEnding { purpose, .. }
            if *purpose == Purpose::Team =>
        {
            *purpose
        }
        _ => Purpose::Own,
    };
    of_purpose(purpose)
}

fn of_purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Own => "",
        Purpose::Gift => "_gift",
        Purpose::Team => "_team",
    }
}

struct Writer<'a> {
    frame: &'a Frame,
    config: &'a Config,
}

type Values = Vec<(&'static str, String)>;

impl Writer<'_> {
    fn values(&self, notice: &Notice) -> Values {
        let mut values = vec![("site", self.frame.site_title().to_owned())];
        if let Some(scope) = scope_of(notice) {
            values.push(("what", self.what(scope)));
        }
        values.extend(match notice {
            Notice::OrderPaid { order, scope, price, paid, at, starts, n_seats, .. } => vec![
                ("n", n_seats.to_string()),
                ("order", order.to_string()),
                ("date", self.date(*at)),
                ("price", self.amount(price.amount)),
                ("term", self.term(scope, price.term)),
                ("when", starts.map(|at| self.when(at)).unwrap_or_default()),
                ("paid", self.amount(*paid)),
            ],
            Notice::TrialEnding { at, charge, .. } => {
                let charge = charge.map(|charge| {
                    self.frame.fill("app_mail_trial_ending_charge", &[("amount", &self.amount(charge))])
                });
                vec![("date", self.date(*at)), ("charge", charge.unwrap_or_default())]
            }
            Notice::PaymentFailed { until, .. } => vec![("date", self.date(*until))],
            Notice::Refunded { scope, amount, is_full, purpose } => {
                let key = if *is_full { "app_mail_refunded_full" } else { "app_mail_refunded_part" };
                let key = format!("{key}{}", of_purpose(*purpose));
                let consequence = self.frame.fill(&key, &[("what", &self.what(scope))]);
                vec![("amount", self.amount(*amount)), ("consequence", consequence)]
            }
            Notice::NewDevice { browser, at } => vec![
                ("browser", one_line(browser, MAX_NAME_CHARS)),
                ("date", self.date(*at)),
                ("time", time_of_day(*at)),
            ],
            Notice::GiftReceived { from, message, scope, .. } => {
                vec![
                    ("giver", self.giver(from.as_deref(), scope)),
                    ("message", message_text(message.as_deref())),
                ]
            }
            Notice::EmailChanged { at } => vec![("date", self.date(*at)), ("time", time_of_day(*at))],
            Notice::TeamInvitation { team, .. } => {
                let team = Some(team.as_str()).filter(|team| !team.is_empty());
                vec![("team", self.someone(team, "app_mail_who_runs_it"))]
            }
            Notice::PassEnding { at, .. } => vec![("date", self.date(*at))],
            other => self.values_of_others(other),
        });
        values
    }

    /// What letters about goods, teams and ends say.
    fn values_of_others(&self, notice: &Notice) -> Values {
        match notice {
            Notice::PlaceGone { starts, .. }
            | Notice::BookingSoon { starts, .. }
            | Notice::Booked { starts, .. }
            | Notice::BookingEnded { starts, .. } => vec![("date", moment(self.frame, *starts))],
            Notice::QuestionArrived { deadline, .. } | Notice::QuestionDue { deadline, .. } => {
                vec![("date", moment(self.frame, *deadline))]
            }
            Notice::QuestionLapsed { amount, .. } => {
                let refund = amount.map(|amount| {
                    self.frame.fill("app_mail_question_lapsed_refund", &[("amount", &self.amount(amount))])
                });
                vec![("refund", refund.unwrap_or_default())]
            }
            Notice::Assigned(about) | Notice::AssignmentDue(about) => vec![
                ("what", about.name.get(&self.frame.language, &self.frame.site.default_language).to_owned()),
                ("date", display::date(about.day, &self.frame.language)),
                ("by", self.someone(about.by.as_deref(), "app_mail_your_team")),
            ],
            Notice::SeatEnded { host, .. } => {
                vec![("host", self.someone(host.as_deref(), "app_mail_who_runs_it"))]
            }
            _ => Values::new(),
        }
    }

    fn button(&self, notice: &Notice) -> Option<Button> {
        let (key, path) = match notice {
            Notice::OrderPaid { scope, .. } if self.is_goods(scope) => {
                ("app_bookings_title", paths::ACCOUNT_BOOKINGS.to_owned())
            }
            Notice::OrderPaid { order, purpose: Purpose::Team, .. } => {
                ("app_return_team_go", format!("{}?order={order}", paths::TEAM))
            }
            Notice::OrderPaid { order, purpose: Purpose::Gift, .. } => {
                let gift = Door { page: paths::GIFT.to_owned(), id: order.to_string() };
                ("app_return_gift_go", door::path(&self.config.secrets, &gift)?)
            }
            Notice::AccessEnded { purpose: Purpose::Team, .. } => ("app_teams_title", paths::TEAM.to_owned()),
            Notice::Assigned(about) | Notice::AssignmentDue(about) => ("app_mail_see", about.path.clone()),
            Notice::BookingSoon { .. } | Notice::QuestionAnswered { .. } => {
                ("app_bookings_title", paths::ACCOUNT_BOOKINGS.to_owned())
            }
            Notice::QuestionArrived { .. } | Notice::QuestionDue { .. } => {
                ("app_staff_questions", paths::STAFF_QUESTIONS.to_owned())
            }
            Notice::Booked { .. } | Notice::BookingEnded { .. } => {
                ("app_staff_bookings", paths::STAFF_BOOKINGS.to_owned())
            }
            Notice::OrderPaid { scope, .. } => ("app_return_read", self.product_path(scope)),
            Notice::AccessEnded { scope, .. }
            | Notice::PassEnding { scope, .. }
            | Notice::PlaceGone { scope, .. }
            | Notice::QuestionLapsed { scope, .. } => ("app_mail_see", self.product_path(scope)),
            Notice::TrialEnding { .. }
            | Notice::PaymentFailed { .. }
            | Notice::Refunded { .. }
            | Notice::DisputeLost { .. }
            | Notice::SeatEnded { .. }
            | Notice::NewDevice { .. } => ("app_account", paths::ACCOUNT.to_owned()),
            Notice::EmailChanged { .. } => return None,
            Notice::GiftReceived { door, .. } | Notice::TeamInvitation { door, .. } => {
                ("app_mail_accept", door::path(&self.config.secrets, door)?)
            }
        };
        Some(Button { label: self.frame.text(key).to_owned(), url: self.absolute(&path) })
    }

    /// Says below the mail why it came, and how to get no more of its kind.
    fn sign(&self, draft: &mut Draft<'_>, letter: &TakenLetter) {
        let key = if letter.member.is_some() { "app_mail_why" } else { "app_mail_why_guest" };
        let values = [("site", self.frame.site_title()), ("url", &self.absolute("/"))];
        draft.paragraphs.push(Paragraph::Foot(self.frame.fill(key, &values)));
        let (Some(topic), Some(member)) = (letter.notice.topic(), &letter.member) else { return };
        let Some(path) = unsubscribe::path(&self.config.secrets, member, topic) else { return };
        let url = self.absolute(&path);
        draft.paragraphs.push(Paragraph::Foot(self.frame.text("app_mail_stop").to_owned()));
        draft.paragraphs.push(Paragraph::FootLink(url.clone()));
        draft.list_unsubscribe = Some(url);
    }

    fn absolute(&self, path: &str) -> String {
        self.frame.absolute(self.config.origin.as_deref(), path)
    }

    fn product(&self, scope: &Scope) -> Option<&Product> {
        self.frame.site.manifest.products.iter().find(|product| product.scope == *scope)
    }

    /// Whether it is a ticket, an hour or an answer.
    fn is_goods(&self, scope: &Scope) -> bool {
        self.product(scope).is_some_and(|product| goods::of(product).is_some())
    }

    /// For how long it is bought. An evening is not kept for good.
    fn term(&self, scope: &Scope, term: Term) -> String {
        if self.is_goods(scope) {
            self.frame.text("app_goods_once").to_owned()
        } else {
            term_text(self.frame, term)
        }
    }

    fn when(&self, at: Timestamp) -> String {
        // A line of its own among others, which is not there without it.
        self.frame.fill("app_mail_order_paid_when", &[("date", &moment(self.frame, at))]) + "\n"
    }

    /// The name of what is bought; its id when the site no longer has it.
    fn what(&self, scope: &Scope) -> String {
        match self.product(scope) {
            Some(product) => {
                product.name.get(&self.frame.language, &self.frame.site.default_language).to_owned()
            }
            None => scope.to_string(),
        }
    }

    fn product_path(&self, scope: &Scope) -> String {
        self.product(scope).and_then(|product| product.path.clone()).unwrap_or_else(|| "/".to_owned())
    }

    fn date(&self, at: Timestamp) -> String {
        display::date(at.date(), &self.frame.language)
    }

    fn amount(&self, amount: Money) -> String {
        display::amount(amount, &self.frame.language)
    }

    /// A person on one line; the words with this key when nobody is known.
    fn someone(&self, who: Option<&str>, otherwise: &str) -> String {
        let who = who.map(|who| one_line(who, MAX_PERSON_CHARS)).filter(|who| !who.is_empty());
        who.unwrap_or_else(|| self.frame.text(otherwise).to_owned())
    }

    fn giver(&self, from: Option<&str>, scope: &Scope) -> String {
        let what = self.what(scope);
        match from.map(|from| one_line(from, MAX_NAME_CHARS)).filter(|from| !from.is_empty()) {
            Some(from) => self.frame.fill("app_mail_gift_received_from", &[("from", &from), ("what", &what)]),
            None => self.frame.fill("app_mail_gift_received_unnamed", &[("what", &what)]),
        }
    }
}

fn scope_of(notice: &Notice) -> Option<&Scope> {
    match notice {
        Notice::OrderPaid { scope, .. }
        | Notice::TrialEnding { scope, .. }
        | Notice::PaymentFailed { scope, .. }
        | Notice::AccessEnded { scope, .. }
        | Notice::SeatEnded { scope, .. }
        | Notice::Refunded { scope, .. }
        | Notice::DisputeLost { scope, .. }
        | Notice::GiftReceived { scope, .. }
        | Notice::PlaceGone { scope, .. }
        | Notice::BookingSoon { scope, .. }
        | Notice::Booked { scope, .. }
        | Notice::BookingEnded { scope, .. }
        | Notice::QuestionArrived { scope, .. }
        | Notice::QuestionDue { scope, .. }
        | Notice::QuestionAnswered { scope }
        | Notice::QuestionLapsed { scope, .. }
        | Notice::PassEnding { scope, .. } => Some(scope),
        Notice::NewDevice { .. }
        | Notice::TeamInvitation { .. }
        | Notice::EmailChanged { .. }
        | Notice::Assigned(_)
        | Notice::AssignmentDue(_) => None,
    }
}

/// What a giver wrote, each line indented as a quotation is, so that nobody takes it for our words.
fn message_text(message: Option<&str>) -> String {
    let cut: String = message.unwrap_or_default().chars().take(MAX_MESSAGE_CHARS).collect();
    let lines =
        cut.lines().map(|line| one_line(line, MAX_MESSAGE_CHARS)).filter(|line| line.chars().any(is_visible));
    let lines: Vec<String> = lines.map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// `14:05`, in UTC.
fn time_of_day(at: Timestamp) -> String {
    let minutes = at.0.rem_euclid(86_400) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_givers_words_are_quoted() {
        assert_eq!(
            message_text(Some("Happy birthday!\r\n\r\n  Bcc: x\u{202e}y\n")),
            "> Happy birthday!\n> Bcc: x y"
        );
        assert_eq!(message_text(Some(" \n\t")), "");
        assert_eq!(message_text(None), "");
    }

    #[test]
    fn times_have_two_digits_each() {
        assert_eq!(time_of_day(Timestamp(86_400 + 9 * 3_600 + 5 * 60)), "09:05");
    }
}
