//! The sandbox till: a payment processor in a file, for trying the shop out. No money moves.

use std::path::Path;

use lyceum_app::ledger::{Order, RefundReason};
use lyceum_app::money::{Progress, Refunded, Settlement, Subscription, SubscriptionStatus};
use lyceum_app::ports::{
    Clock, Entropy, Forged, Message, News, PaymentPage, PaymentRequest, Payments, Unavailable,
};
use lyceum_contract::id::hex;
use lyceum_contract::money::{Interval, Term};
use lyceum_contract::time::Date;
use lyceum_contract::{Money, Price, Timestamp};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::sqlite::Database;
use super::system::{SystemClock, SystemEntropy};

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS payments (
    reference TEXT PRIMARY KEY, order_id TEXT NOT NULL UNIQUE, description TEXT NOT NULL, price TEXT NOT NULL,
    return_url TEXT NOT NULL, cancel_url TEXT NOT NULL, created_at INTEGER NOT NULL, paid_at INTEGER,
    amount_minor INTEGER, closed_at INTEGER, refunded_at INTEGER) STRICT";
/// What an older till lacks. What is due may differ from the price: several seats, or a code; and it may go back.
const ADDED: [&str; 3] = ["amount_minor INTEGER", "closed_at INTEGER", "refunded_at INTEGER"];

fn prepare(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute(SCHEMA, [])?;
    for column in ADDED {
        let name = column.split(' ').next();
        let known = "SELECT EXISTS (SELECT 1 FROM pragma_table_info('payments') WHERE name = ?)";
        if !transaction.query_row(known, [name], |row| row.get::<_, bool>(0))? {
            transaction.execute(&format!("ALTER TABLE payments ADD COLUMN {column}"), [])?;
        }
    }
    Ok(())
}

/// The sandbox till. It remembers every payment, so that a restart forgets nothing.
#[derive(Debug, Clone)]
pub struct Till {
    database: Database,
    clock: SystemClock,
}

/// One payment at the till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TillPayment {
    /// The till's own name for it.
    pub reference: String,
    /// What is being bought, in words.
    pub description: String,
    /// The price of one.
    pub price: Price,
    /// What is due.
    pub amount: Money,
    /// Where the buyer goes after paying.
    pub return_url: String,
    /// Where the buyer goes after giving up.
    pub cancel_url: String,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// Since when nobody can pay it any more, or since when the subscription is cancelled.
    pub closed_at: Option<Timestamp>,
    /// Whether the money went back.
    pub is_refunded: bool,
}

impl Till {
    /// Opens the till in this file, or makes it. `clock` says when something was paid.
    pub fn open(path: &Path, clock: SystemClock) -> Result<Self, Unavailable> {
        Ok(Self { database: Database::open("payments", path, prepare)?, clock })
    }

    /// The payment of this name.
    pub async fn find(&self, reference: &str) -> Result<Option<TillPayment>, Unavailable> {
        let reference = reference.to_owned();
        let found = self
            .database
            .transaction(move |transaction| select(transaction, "reference", &reference))
            .await?;
        Ok(found.filter(|payment| payment.closed_at.is_none()))
    }

    /// Marks a payment as paid, durably. Repeating it changes nothing.
    pub async fn pay(&self, reference: &str) -> Result<Option<TillPayment>, Unavailable> {
        let (reference, now) = (reference.to_owned(), self.clock.now());
        self.database
            .transaction(move |transaction| {
                let update = "UPDATE payments SET paid_at = ? WHERE reference = ? AND paid_at IS NULL
                     AND closed_at IS NULL";
                transaction.execute(update, (now.0, &reference))?;
                let found = select(transaction, "reference", &reference)?;
                Ok::<_, rusqlite::Error>(found.filter(|payment| payment.closed_at.is_none()))
            })
            .await
    }
}

impl Payments for Till {
    async fn start(&self, payment: &PaymentRequest) -> Result<PaymentPage, Unavailable> {
        let mut random = [0; 16];
        SystemEntropy.fill(&mut random)?;
        let price = serde_json::to_string(&payment.order.price);
        let price = price.map_err(|error| Unavailable::new("payments", error))?;
        let (request, now) = (payment.clone(), self.clock.now());
        let find_or_insert = move |transaction: &Transaction<'_>| {
            let insert = "INSERT INTO payments
                (reference, order_id, description, price, return_url, cancel_url, created_at, amount_minor)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING";
            let order = request.order.id.as_str();
            transaction.execute(
                insert,
                (
                    hex(&random),
                    order,
                    request.description,
                    price,
                    request.return_url,
                    request.cancel_url,
                    now.0,
                    request.order.total().minor,
                ),
            )?;
            let select = "SELECT reference FROM payments WHERE order_id = ?";
            transaction.query_row(select, [order], |row| row.get::<_, String>(0))
        };
        let reference = self.database.transaction(find_or_insert).await?;
        Ok(PaymentPage { url: format!("/till/{reference}"), reference })
    }

    async fn close(&self, order: &Order) -> Result<(), Unavailable> {
        let (id, now) = (order.id.to_string(), self.clock.now());
        let update =
            "UPDATE payments SET closed_at = ? WHERE order_id = ? AND paid_at IS NULL AND closed_at IS NULL";
        let close = move |transaction: &Transaction<'_>| transaction.execute(update, (now.0, &id));
        self.database.transaction(close).await.map(drop)
    }

    async fn refund(&self, order: &Order, _: RefundReason) -> Result<(), Unavailable> {
        let (id, now) = (order.id.to_string(), self.clock.now());
        let update = "UPDATE payments SET refunded_at = COALESCE(refunded_at, ?) WHERE order_id = ? AND paid_at IS NOT NULL";
        let refund = move |transaction: &Transaction<'_>| transaction.execute(update, (now.0, &id));
        match self.database.transaction(refund).await? {
            0 => Err(Unavailable::new("payments", "nothing was paid that could go back")),
            _ => Ok(()),
        }
    }

    async fn cancel(&self, order: &Order) -> Result<(), Unavailable> {
        if !matches!(order.price.term, Term::Every(_)) {
            return Ok(());
        }
        let (id, now) = (order.id.to_string(), self.clock.now());
        let update = "UPDATE payments SET closed_at = ? WHERE order_id = ? AND closed_at IS NULL";
        let cancel = move |transaction: &Transaction<'_>| transaction.execute(update, (now.0, &id));
        self.database.transaction(cancel).await.map(drop)
    }

    async fn settlement(&self, order: &Order) -> Result<Settlement, Unavailable> {
        let id = order.id.to_string();
        let payment =
            self.database.transaction(move |transaction| select(transaction, "order_id", &id)).await?;
        // What was paid for must be what was ordered.
        let fits = |payment: &TillPayment| payment.price == order.price && payment.amount == order.total();
        let payment = payment.filter(fits);
        let Some(TillPayment { paid_at, closed_at, is_refunded, .. }) = payment else {
            return Ok(Settlement::default());
        };
        let found = match (paid_at, closed_at) {
            (Some(paid_at), None) => settlement(&order.price, paid_at, self.clock.now()),
            (Some(paid_at), Some(closed_at)) => cancelled(settlement(&order.price, paid_at, closed_at)),
            (None, Some(_)) => Settlement { progress: Progress::Failed, ..Settlement::default() },
            (None, None) => Settlement::default(),
        };
        let refunded = if paid_at.is_some() && is_refunded { Refunded::Fully } else { Refunded::Nothing };
        Ok(Settlement { refunded, ..found })
    }

    /// The till tells nobody anything; it is asked.
    fn message(&self, _: &str, _: &[u8], _: Timestamp) -> Result<Message, Forged> {
        Err(Forged("the sandbox till sends no messages"))
    }

    async fn owners(&self, _: &Message) -> Result<Vec<String>, Unavailable> {
        Ok(Vec::new())
    }

    async fn news(&self, _: Timestamp, _: Option<&str>) -> Result<News, Unavailable> {
        Ok(News { messages: Vec::new(), next: None })
    }

    async fn manage(&self, _: &str, _: &str) -> Result<String, Unavailable> {
        Err(Unavailable::new("payments", "the sandbox till has no accounts"))
    }
}

fn select(transaction: &Transaction<'_>, column: &str, value: &str) -> rusqlite::Result<Option<TillPayment>> {
    let statement = format!(
        "SELECT reference, description, price, return_url, cancel_url, paid_at, amount_minor, closed_at, refunded_at
         FROM payments WHERE {column} = ?"
    );
    transaction.prepare_cached(&statement)?.query_row([value], payment).optional()
}

fn payment(row: &Row<'_>) -> rusqlite::Result<TillPayment> {
    let price: String = row.get(2)?;
    let price: Price = serde_json::from_str(&price)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error)))?;
    Ok(TillPayment {
        reference: row.get(0)?,
        description: row.get(1)?,
        amount: Money {
            minor: row.get::<_, Option<i64>>(6)?.unwrap_or(price.amount.minor),
            currency: price.amount.currency,
        },
        price,
        return_url: row.get(3)?,
        cancel_url: row.get(4)?,
        paid_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
        closed_at: row.get::<_, Option<i64>>(7)?.map(Timestamp),
        is_refunded: row.get::<_, Option<i64>>(8)?.is_some(),
    })
}

/// A thousand years of months, after which the till loses count.
const MAX_PERIODS: i64 = 12_000;

/// What was bought at `paid_at`, as it stands at `now`: a subscription renews itself.
fn settlement(price: &Price, paid_at: Timestamp, now: Timestamp) -> Settlement {
    let Term::Every(interval) = price.term else { return Settlement::paid(paid_at) };
    let n_months = match interval {
        Interval::Month => 1,
        Interval::Year => 12,
    };
    let start = price.trial.map_or(paid_at, |trial| paid_at.plus_seconds(trial.seconds()));
    let (status, period_start, period_end) = if now < start {
        (SubscriptionStatus::Trialing, paid_at, start)
    } else {
        let end = |n: i64| plus_months(start, n * n_months);
        let n_ended = (1_i64..=MAX_PERIODS).take_while(|n| end(*n) <= now).last().unwrap_or(0);
        (SubscriptionStatus::Active, end(n_ended), end(n_ended + 1))
    };
    let subscription = Subscription { status, period_start, period_end, ends_at: None, owed_since: None };
    Settlement { progress: Progress::Subscribed(subscription), ..Settlement::default() }
}

/// The same after its subscriber cancelled: it ends with the period.
fn cancelled(mut settlement: Settlement) -> Settlement {
    if let Progress::Subscribed(subscription) = &mut settlement.progress {
        subscription.status = SubscriptionStatus::Canceled;
    }
    settlement
}

/// The same time of the same day this many calendar months later; the last day of a shorter month.
fn plus_months(time: Timestamp, n_months: i64) -> Timestamp {
    let date = time.date();
    let month = date.year() * 12 + i64::from(date.month()) - 1 + n_months;
    let day = |day: u8| {
        format!("{:04}-{:02}-{day:02}", month.div_euclid(12), month.rem_euclid(12) + 1).parse::<Date>()
    };
    let reached = (1..=date.day()).rev().find_map(|number| day(number).ok());
    reached.map_or(Timestamp::FOREVER, |reached| {
        Timestamp::from_date(reached).plus_seconds(time.0.rem_euclid(86_400))
    })
}

#[cfg(test)]
mod tests {
    use lyceum_app::ledger::Purpose;
    use lyceum_contract::id::{MemberId, OrderId};

    use super::*;
    use crate::adapters::scratch::Scratch;

    fn order(byte: u8) -> Order {
        let price = Price {
            id: "pro-month".parse().expect("a slug"),
            amount: "19.00 USD".parse().expect("money"),
            term: Term::Every(Interval::Month),
            trial: None,
            per_seat: false,
        };
        Order {
            id: OrderId::from_bytes([byte; 16]),
            member: MemberId::from_bytes([9; 16]),
            scope: "tier:pro".parse().expect("a scope"),
            price,
            quantity: 1,
            purpose: Purpose::Own,
            discount_minor: 0,
            reference: None,
            created_at: Timestamp(0),
            settlement: Settlement::default(),
            revision: 0,
        }
    }

    fn request(byte: u8) -> PaymentRequest {
        PaymentRequest {
            order: order(byte),
            offer: None,
            description: "Pro, every month".into(),
            email: "ada@academy.example".into(),
            customer: None,
            language: "en".parse().expect("a language"),
            has_tax: false,
            expires_at: None,
            return_url: "/checkout/return/?order=1".into(),
            cancel_url: "/".into(),
        }
    }

    #[tokio::test]
    async fn an_order_is_started_once_and_stays_paid() {
        let folder = Scratch::new();
        let path = folder.path().join("till.sqlite");
        let till = Till::open(&path, SystemClock::default()).expect("opens");
        let page = till.start(&request(1)).await.expect("a page");
        assert_eq!(page.url, format!("/till/{}", page.reference));
        assert_eq!(till.start(&request(1)).await, Ok(page.clone()));
        assert_ne!(till.start(&request(2)).await.expect("a page").reference, page.reference);
        assert_eq!(till.settlement(&order(1)).await, Ok(Settlement::default()));

        let paid = till.pay(&page.reference).await.expect("paid").expect("known");
        drop(till);
        let till =
            Till::open(&path, SystemClock::at("2031-01-01".parse().expect("a date"))).expect("opens again");
        assert_eq!(till.pay(&page.reference).await, Ok(Some(paid)));
        assert!(till.settlement(&order(1)).await.expect("a word").is_bought());
        assert_eq!(till.settlement(&order(2)).await, Ok(Settlement::default()));
        assert_eq!(till.settlement(&order(3)).await, Ok(Settlement::default()));
        assert_eq!(till.pay("no-such-payment").await, Ok(None));
    }

    #[tokio::test]
    async fn a_till_of_before_offers_takes_less_and_closes_pages() {
        let folder = Scratch::new();
        let path = folder.path().join("till.sqlite");
        let old = "CREATE TABLE payments (
            reference TEXT PRIMARY KEY, order_id TEXT NOT NULL UNIQUE, description TEXT NOT NULL, price TEXT NOT NULL,
            return_url TEXT NOT NULL, cancel_url TEXT NOT NULL, created_at INTEGER NOT NULL, paid_at INTEGER) STRICT";
        rusqlite::Connection::open(&path).and_then(|database| database.execute(old, [])).expect("made");
        let till = Till::open(&path, SystemClock::default()).expect("opens");
        drop(Till::open(&path, SystemClock::default()).expect("opens again"));
        let reduced = Order { discount_minor: 600, ..order(1) };
        let page =
            till.start(&PaymentRequest { order: reduced.clone(), ..request(1) }).await.expect("a page");
        let payment = till.find(&page.reference).await.expect("asked").expect("known");
        assert_eq!(payment.amount.to_string(), "13.00 USD");
        till.close(&reduced).await.expect("closed");
        assert_eq!(till.pay(&page.reference).await, Ok(None));
        let failed = Settlement { progress: Progress::Failed, ..Settlement::default() };
        assert_eq!(till.settlement(&reduced).await, Ok(failed));
        let paid = till.start(&request(2)).await.expect("a page");
        till.pay(&paid.reference).await.expect("paid");
        till.close(&order(2)).await.expect("too late");
        assert!(till.settlement(&order(2)).await.expect("a word").is_bought());
    }

    #[tokio::test]
    async fn what_was_paid_goes_back_once() {
        let folder = Scratch::new();
        let till = Till::open(&folder.path().join("till.sqlite"), SystemClock::default()).expect("opens");
        let page = till.start(&request(1)).await.expect("a page");
        assert!(till.refund(&order(1), RefundReason::NotAnswered).await.is_err(), "nothing was paid");
        till.pay(&page.reference).await.expect("paid");
        for _ in 0..2 {
            till.refund(&order(1), RefundReason::NotAnswered).await.expect("refunded");
        }
        let settlement = till.settlement(&order(1)).await.expect("a word");
        assert!(settlement.is_bought() && settlement.refunded == Refunded::Fully, "{settlement:?}");
    }

    #[tokio::test]
    async fn another_price_than_was_paid_is_not_paid() {
        let folder = Scratch::new();
        let till = Till::open(&folder.path().join("till.sqlite"), SystemClock::default()).expect("opens");
        let page = till.start(&request(1)).await.expect("a page");
        till.pay(&page.reference).await.expect("paid");
        let mut dearer = order(1);
        dearer.price.amount.minor += 1;
        assert_eq!(till.settlement(&dearer).await, Ok(Settlement::default()));
    }

    #[tokio::test]
    async fn seats_are_paid_each_and_a_till_of_before_opens() {
        let folder = Scratch::new();
        let path = folder.path().join("till.sqlite");
        let before = rusqlite::Connection::open(&path).expect("a file");
        before.execute(SCHEMA, []).expect("the table of before");
        let till = Till::open(&path, SystemClock::default()).expect("opens");
        let mut team = request(1);
        team.order.quantity = 5;
        let page = till.start(&team).await.expect("a page");
        let payment = till.pay(&page.reference).await.expect("paid").expect("known");
        assert_eq!(payment.amount.to_string(), "95.00 USD");
        assert!(till.settlement(&team.order).await.expect("a word").is_bought());
        team.order.quantity = 6;
        assert_eq!(till.settlement(&team.order).await, Ok(Settlement::default()));
    }

    #[test]
    fn a_period_ends_on_the_same_day_or_the_last_of_the_month() {
        let end = |from: &str, n_months| {
            let from: Date = from.parse().expect("a date");
            plus_months(Timestamp::from_date(from).plus_seconds(5), n_months).to_string()
        };
        assert_eq!(end("2026-11-02", 1), "2026-12-02T00:00:05Z");
        assert_eq!(end("2026-12-31", 1), "2027-01-31T00:00:05Z");
        assert_eq!(end("2026-01-31", 1), "2026-02-28T00:00:05Z");
        assert_eq!(end("2024-02-29", 12), "2025-02-28T00:00:05Z");
    }

    #[test]
    fn a_trial_comes_before_periods_that_follow_each_other() {
        let mut price = order(1).price;
        price.trial = Some("P7D".parse().expect("a duration"));
        let time = |date: &str| Timestamp::from_date(date.parse().expect("a date"));
        let check = |now: &str, status: SubscriptionStatus, end: &str| {
            let Progress::Subscribed(found) = settlement(&price, time("2026-11-02"), time(now)).progress
            else {
                panic!("no subscription")
            };
            assert_eq!((found.status, found.period_end), (status, time(end)), "{now}");
        };
        check("2026-11-02", SubscriptionStatus::Trialing, "2026-11-09");
        check("2026-11-08", SubscriptionStatus::Trialing, "2026-11-09");
        check("2026-11-09", SubscriptionStatus::Active, "2026-12-09");
        check("2026-12-08", SubscriptionStatus::Active, "2026-12-09");
        check("2026-12-09", SubscriptionStatus::Active, "2027-01-09");
        check("2027-06-30", SubscriptionStatus::Active, "2027-07-09");
        price.term = Term::Once;
        assert_eq!(
            settlement(&price, time("2026-11-02"), time("2027-01-01")),
            Settlement::paid(time("2026-11-02"))
        );
    }
}
