//! Every route with every role, for an own object and for somebody else's: what the table of routes promises.
//!
//! A new route needs a row in [`ROWS`]; without one these tests fail.

use http::Method;
use lyceum_app::ledger::{
    AcceptSeat, Actor, AddMember, Commands, InviteToSeat, Inviting, Joining, Order, PlaceOrder, Purpose,
    SettleOrder,
};
use lyceum_app::money::Settlement;
use lyceum_app::{Policy, ROUTES, Role, Route};
use lyceum_contract::id::{MemberId, SeatId};
use lyceum_tests::academy::Visitor;
use lyceum_tests::browser::{encoded, with_headers};
use lyceum_tests::content::small_academy;
use lyceum_tests::passkey::{give, id_of, own_passkey};
use lyceum_tests::{Academy, Page};

/// How to try one route.
struct Row {
    method: &'static str,
    path: &'static str,
    /// The address, with `{order}` for an order and `{member}` for a member.
    address: &'static str,
    /// The address of something that is not one's own.
    foreign: Foreign,
    /// A form that the route takes.
    fields: &'static [(&'static str, &'static str)],
}

/// What is behind somebody else's address.
#[derive(Clone, Copy)]
enum Foreign {
    /// There is no such thing here.
    None,
    /// Somebody else's object: nothing is there, whoever asks.
    Order,
    /// A team, for those who run another one.
    Team,
    /// A text at this address, which only buyers and staff may read.
    Paid(&'static str),
}

const fn get(path: &'static str, address: &'static str) -> Row {
    Row { method: "GET", path, address, foreign: Foreign::None, fields: &[] }
}

const fn post(path: &'static str, fields: &'static [(&'static str, &'static str)]) -> Row {
    Row { method: "POST", path, address: path, foreign: Foreign::None, fields }
}

/// A form about a team, which its managers may send and nobody else.
const fn of_team(path: &'static str, fields: &'static [(&'static str, &'static str)]) -> Row {
    Row { foreign: Foreign::Team, ..post(path, fields) }
}

/// The teams of the desk, each with a manager of its own.
const TEAMS: [&str; 2] = ["0123456789abcdef0123456789abcdef", "76543210fedcba9876543210fedcba98"];
const MANAGERS: [&str; 2] =
    ["team-manager:0123456789abcdef0123456789abcdef", "team-manager:76543210fedcba9876543210fedcba98"];
const ASSIGN: &[(&str, &str)] = &[
    ("order", "{team}"),
    // Any id that the team does not share with the other one.
    ("assignment", "{seat}"),
    ("what", "course:rust"),
    ("day", "2027-02-01"),
    ("who", "all"),
];

const THREADS: &str = "/discuss/{*lesson}";
const FREE: &str = "/discuss/rust/start/";
const PAID: &str = "/discuss/rust/moves/";

const GRANT: &[(&str, &str)] = &[
    ("change", "grant-access"),
    ("member", "{member}"),
    ("scope", "course:go"),
    ("until", ""),
    ("reason", "a prize"),
];

const ROWS: &[Row] = &[
    get("/healthz", "/healthz"),
    post("/events", &[]),
    get("/sign-in/", "/sign-in/"),
    post("/sign-in/", &[("email", "new@example.org")]),
    get("/sign-in/code/", "/sign-in/code/"),
    post("/sign-in/code/", &[("code", "123456")]),
    get("/sign-in/link/", "/sign-in/link/"),
    post("/sign-in/link/", &[("challenge", "x"), ("secret", "y")]),
    get("/sign-in/confirm/", "/sign-in/confirm/"),
    post("/sign-in/confirm/", &[]),
    post("/sign-in/passkey/", &[]),
    post("/sign-in/passkey/start/", &[]),
    post("/sign-in/github/", &[]),
    get("/sign-in/github/return/", "/sign-in/github/return/?state=x&code=y"),
    post("/sign-out/", &[]),
    get("/account/", "/account/"),
    post("/account/", &[("name", "Ada")]),
    post(
        "/account/settings/",
        &[("language", "en"), ("pass_ending", "1"), ("access_ended", "1"), ("assignments", "1")],
    ),
    post("/account/billing/", &[]),
    get("/account/email/", "/account/email/"),
    post("/account/email/", &[("email", "moved@example.org")]),
    get("/account/email/code/", "/account/email/code/"),
    post("/account/email/code/", &[("code", "123456")]),
    get("/account/export/", "/account/export/"),
    get("/account/erase/", "/account/erase/"),
    post("/account/erase/", &[("email", "learner@example.org")]),
    get("/account/devices/", "/account/devices/"),
    post("/account/devices/", &[("end", "ffffffffffffffffffffffffffffffff")]),
    post("/account/passkeys/", &[]),
    post("/account/passkeys/start/", &[]),
    post("/account/passkeys/remove/", &[("credential", "x")]),
    get("/checkout/", "/checkout/?price=rust"),
    post("/checkout/", &[("price", "rust")]),
    Row { foreign: Foreign::Order, ..get("/checkout/return/", "/checkout/return/?order={order}") },
    Row { foreign: Foreign::Paid(PAID), ..get(THREADS, FREE) },
    Row { foreign: Foreign::Paid(PAID), address: FREE, ..post(THREADS, &[("text", "hello")]) },
    get("/search/", "/search/?q=rust"),
    post("/webhooks/stripe", &[]),
    get("/mail/unsubscribe/", "/mail/unsubscribe/?t=x"),
    post("/mail/unsubscribe/", &[]),
    Row { foreign: Foreign::Team, ..get("/team/", "/team/?order={team}") },
    of_team("/team/", &[("order", "{team}"), ("email", "new@example.org")]),
    Row { foreign: Foreign::Team, ..get("/team/revoke/", "/team/revoke/?order={team}&seat={seat}") },
    of_team("/team/revoke/", &[("order", "{team}"), ("seat", "{seat}")]),
    of_team("/team/managers/", &[("order", "{team}"), ("email", "seated@example.org"), ("manager", "1")]),
    Row { foreign: Foreign::Team, ..get("/team/assign/", "/team/assign/?order={team}") },
    of_team("/team/assign/", ASSIGN),
    of_team("/team/assign/withdraw/", &[("order", "{team}"), ("assignment", "{seat}")]),
    Row { foreign: Foreign::Team, ..get("/team/report/", "/team/report/?order={team}") },
    Row { foreign: Foreign::Team, ..get("/team/report/csv/", "/team/report/csv/?order={team}") },
    Row { foreign: Foreign::Team, ..get("/team/report/xapi/", "/team/report/xapi/?order={team}") },
    get("/team/join/", "/team/join/?t=x"),
    post("/team/join/", &[("t", "x")]),
    get("/gift/", "/gift/?t=x"),
    post("/gift/", &[("t", "x")]),
    get("/staff/members/", "/staff/members/?member={member}"),
    post("/staff/members/", GRANT),
    get("/staff/audit/", "/staff/audit/"),
    get("/account/bookings/", "/account/bookings/"),
    get("/account/bookings/booking.ics", "/account/bookings/booking.ics?order={order}"),
    get("/staff/questions/", "/staff/questions/"),
    post("/staff/questions/", &[("order", "{order}"), ("answer", "So.")]),
    get("/staff/bookings/", "/staff/bookings/"),
];

/// Somebody who knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anonymous,
    /// Was a member; the session was ended from elsewhere, and the cookie is as it was.
    Ended,
    /// A member with this role; empty for none.
    Member(&'static str),
    /// The same, signed in with a mailed code only although the role needs a passkey.
    Mailed(&'static str),
}

const EVERYBODY: [Who; 15] = [
    Who::Anonymous,
    Who::Ended,
    Who::Member(""),
    Who::Member(MANAGERS[0]),
    Who::Member(MANAGERS[1]),
    Who::Member(BUYER),
    Who::Member("reviewer"),
    Who::Member("moderator"),
    Who::Member("moderator:rust"),
    Who::Member("instructor:rust"),
    Who::Member("instructor:go"),
    Who::Member("admin"),
    Who::Member("owner"),
    Who::Mailed("owner"),
    Who::Mailed("instructor:rust"),
];

/// Whoever bought the seats of the first team. No role, but a right.
const BUYER: &str = "buyer";

impl Who {
    fn email(self) -> String {
        match self {
            Self::Anonymous => String::new(),
            Self::Ended => "ended@example.org".to_owned(),
            Self::Member("") => "learner@example.org".to_owned(),
            Self::Mailed(role) => format!("mailed.{}@example.org", role.replace(':', ".")),
            Self::Member(role) => format!("{}@example.org", role.replace(':', ".")),
        }
    }

    fn is_in(self) -> bool {
        matches!(self, Self::Member(_) | Self::Mailed(_))
    }

    fn is_one_of(self, roles: &[Role]) -> bool {
        let (Self::Member(name) | Self::Mailed(name)) = self else { return false };
        roles.iter().any(|role| role.name() == name.split(':').next().unwrap_or_default())
    }

    /// Whether they run this team.
    fn runs(self, team: &str) -> bool {
        match self {
            Self::Member(BUYER) => team == TEAMS[0],
            Self::Member(role) => role.strip_prefix("team-manager:") == Some(team),
            _ => false,
        }
    }

    /// Whether this role reads paid texts of the course `rust`.
    fn reads_rust(self) -> bool {
        matches!(self, Self::Member("owner" | "admin" | "instructor:rust"))
    }
}

/// What must come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The handler has it.
    Through,
    /// To signing in and back.
    SignIn,
    /// To the page on which a passkey is added.
    ToPasskeys,
    Unauthorized,
    Forbidden,
    NotFound,
}

fn outcome(page: &Page) -> Outcome {
    let to_sign_in = page.location().is_some_and(|to| to.starts_with("/sign-in/?return_to="));
    match page.status.as_u16() {
        401 => Outcome::Unauthorized,
        403 => Outcome::Forbidden,
        404 => Outcome::NotFound,
        405 | 500.. => panic!("{} answers {}", page.address, page.status),
        _ if to_sign_in => Outcome::SignIn,
        303 if page.address.starts_with("/staff/") && page.location() == Some("/account/devices/") => {
            Outcome::ToPasskeys
        }
        _ => Outcome::Through,
    }
}

/// What the policy says.
fn expected(route: &Route, row: &Row, who: Who, is_own: bool) -> Outcome {
    let stranger = if route.method == Method::GET { Outcome::SignIn } else { Outcome::Unauthorized };
    let is_public =
        matches!(route.policy, Policy::Public | Policy::Browser | Policy::Reader | Policy::Signed);
    if !is_public && !who.is_in() {
        return stranger;
    }
    if let Policy::Staff(roles) = route.policy {
        match who {
            _ if !who.is_one_of(roles) => return Outcome::Forbidden,
            Who::Mailed(_) if route.method == Method::GET => return Outcome::ToPasskeys,
            Who::Mailed(_) => return Outcome::Forbidden,
            _ => {}
        }
    }
    // The processor knows none of them.
    if route.path == "/account/billing/" {
        return Outcome::NotFound;
    }
    // Without the signature of a mail there is no way in.
    if route.path == "/team/join/" || route.path == "/gift/" {
        return Outcome::NotFound;
    }
    // These orders are no bookings, and nobody asked anything.
    let is_answer = route.path == "/staff/questions/" && route.method == Method::POST;
    if route.path == "/account/bookings/booking.ics" || is_answer {
        return Outcome::NotFound;
    }
    if matches!(row.foreign, Foreign::Team) {
        let is_buyers = route.path == "/team/managers/";
        let may = who.runs(team_of(is_own)) && (!is_buyers || who == Who::Member(BUYER));
        return if may { Outcome::Through } else { Outcome::NotFound };
    }
    // This academy has no app at GitHub, and without the signature of a mail nothing is there.
    if route.path.starts_with("/sign-in/github/") {
        return Outcome::NotFound;
    }
    if route.path == "/mail/unsubscribe/" && route.method == Method::GET {
        return Outcome::NotFound;
    }
    match (row.foreign, is_own) {
        (Foreign::Order, false) => Outcome::NotFound,
        (Foreign::Paid(_), false) if route.method == Method::POST && !who.reads_rust() => Outcome::Forbidden,
        // The order page is for everybody, and leads those who want to pay to signing in.
        _ if route.path == "/checkout/" && !who.is_in() => Outcome::SignIn,
        _ => Outcome::Through,
    }
}

/// The team that a request is about.
fn team_of(is_own: bool) -> &'static str {
    TEAMS[usize::from(!is_own)]
}

/// An academy in which everybody is who they are.
struct Desk {
    academy: Academy,
    browsers: Vec<(Who, Visitor, String)>,
    others_order: String,
    other: MemberId,
}

impl Desk {
    async fn new() -> Self {
        let academy = Academy::of(small_academy());
        let mut browsers = Vec::new();
        for (number, who) in (0..).zip(EVERYBODY) {
            let mut browser = academy.browser();
            let mut order = String::new();
            if who != Who::Anonymous {
                academy.sign_in(&mut browser, &who.email()).await;
            }
            if let Who::Member(role) | Who::Mailed(role) = who
                && !role.is_empty()
                && role != BUYER
            {
                give(&academy, &who.email(), role).await;
            }
            if let Who::Member(role) = who
                && !role.is_empty()
            {
                own_passkey(&academy, &mut browser, number).await;
            }
            if who != Who::Anonymous {
                order = academy.order(&mut browser, "go").await;
            }
            if who == Who::Ended {
                browser.clone().post("/sign-out/", &[]).await;
            }
            browsers.push((who, browser, order));
        }
        let mut other = academy.member("other@example.org").await;
        let others_order = academy.order(&mut other, "rust").await;
        let other = id_of(&academy, "other@example.org").await;
        let buyers = [id_of(&academy, &Who::Member(BUYER).email()).await, other.clone()];
        for (team, buyer) in TEAMS.into_iter().zip(buyers) {
            buy_team(&academy, team, buyer).await;
        }
        Self { academy, browsers, others_order, other }
    }

    /// Everything that the academy remembers.
    fn dump(&self) -> String {
        let place = &self.academy.place;
        // What locations have seen of the comments is no state of the academy.
        let world = format!("{:?}", self.academy.world);
        let comments = world.split(", seen: ").next().unwrap_or_default().to_owned();
        format!(
            "{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
            *place.ledger,
            place.mailer.all(),
            place.events.all(),
            *place.payments,
            comments,
        )
    }

    async fn send(&self, row: &Row, (who, order): (Who, &str), is_own: bool, extra: &[(&str, &str)]) -> Page {
        let address = match row.foreign {
            Foreign::Paid(address) if !is_own => address,
            _ => row.address,
        };
        let order = if is_own { order } else { &self.others_order };
        let (team, seat) = (team_of(is_own), seat_id(team_of(is_own), SEATED));
        let filled = |text: &str| {
            let text = text.replace("{order}", order).replace("{member}", self.other.as_str());
            text.replace("{team}", team).replace("{seat}", &seat)
        };
        let (_, browser, _) = self.browsers.iter().find(|(known, ..)| *known == who).expect("everybody");
        let mut browser = browser.clone();
        let mut request = browser.request(row.method.parse().expect("a method"), &filled(address));
        if row.path == "/events" {
            request = with_headers(request, &[("content-type", "application/json")]);
            *request.body_mut() = br#"{"v":1,"events":[]}"#.to_vec();
        } else if row.method != "GET" {
            let fields: Vec<(&str, String)> =
                row.fields.iter().chain(extra).map(|(name, value)| (*name, filled(value))).collect();
            let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
            *request.body_mut() = encoded(fields).into_bytes();
        }
        browser.send(request).await
    }
}

/// Who has a seat in each team.
const SEATED: &str = "seated@example.org";

/// The name of a seat, which is the same each time.
fn seat_id(team: &str, email: &str) -> String {
    let email = email.as_bytes();
    team.bytes()
        .enumerate()
        .map(|(idx, byte)| HEX[usize::from(byte ^ email[idx % email.len()]) % 16])
        .collect()
}

const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/// A team that has paid for five seats, of which one is taken, and that is asked to learn something.
async fn buy_team(academy: &Academy, team: &str, buyer: MemberId) {
    let ledger = &academy.place.ledger;
    let now = academy.now();
    let price = r#"{"id":"team","amount":{"minor":1500,"currency":"USD"},"term":"once","per_seat":true}"#;
    let order = Order {
        id: team.parse().expect("an id"),
        member: buyer.clone(),
        scope: "tier:pro".parse().expect("a scope"),
        price: serde_json::from_str(price).expect("a price"),
        quantity: 5,
        purpose: Purpose::Team,
        discount_minor: 0,
        reference: None,
        created_at: now,
        settlement: Settlement::default(),
        revision: 0,
    };
    let id = order.id.clone();
    ledger.place_order(PlaceOrder { order, redemption: None }).await.expect("placed");
    let settlement = Settlement::paid(now);
    let settle = SettleOrder { id: id.clone(), revision: 0, settlement, message: None, now };
    ledger.settle_order(settle).await.expect("settled");
    let seat: SeatId = seat_id(team, SEATED).parse().expect("an id");
    let (email, order, manager) = (SEATED.to_owned(), id.clone(), buyer.clone());
    let invite = InviteToSeat { order, manager, id: seat.clone(), email, language: None, now };
    assert_eq!(ledger.invite_to_seat(invite).await, Ok(Inviting::Sent));
    let command = AddMember {
        by: Actor::OwnerCli,
        email: SEATED.to_owned(),
        new_member: MemberId::from_bytes([5; 16]),
        new_pseudonym: "5".repeat(32),
        now,
    };
    let seated = ledger.add_member(command).await.expect("answers").expect("a member").id;
    let joined = ledger.accept_seat(AcceptSeat { id: seat, member: seated, now }).await;
    assert!(matches!(joined, Ok(Joining::Joined(_))), "{joined:?}");
}

fn row_of(route: &Route) -> &'static Row {
    let found = ROWS.iter().find(|row| row.method == route.method.as_str() && row.path == route.path);
    found.unwrap_or_else(|| panic!("`{} {}` has no row in tests/it/policies.rs", route.method, route.path))
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    for route in ROUTES {
        row_of(route);
    }
    for row in ROWS {
        let is_there =
            ROUTES.iter().any(|route| route.method.as_str() == row.method && route.path == row.path);
        assert!(is_there, "`{} {}` is no route", row.method, row.path);
    }
}

#[tokio::test]
async fn every_role_gets_what_the_policy_says() {
    for route in ROUTES {
        let row = row_of(route);
        let desk = Desk::new().await;
        for (who, _, order) in &desk.browsers {
            for is_own in [true, false] {
                if !is_own && matches!(row.foreign, Foreign::None) {
                    continue;
                }
                let wanted = expected(route, row, *who, is_own);
                let before = desk.dump();
                let page = desk.send(row, (*who, order), is_own, &[]).await;
                let what = format!("{} {} ({}) as {who:?}", route.method, route.path, page.address);
                assert_eq!(outcome(&page), wanted, "{what}");
                if wanted != Outcome::Through || route.method == Method::GET {
                    assert_eq!(desk.dump(), before, "{what} changed something");
                }
                if matches!(row.foreign, Foreign::Paid(_)) && !is_own && route.method == Method::GET {
                    assert_eq!(page.shows("<textarea"), who.reads_rust(), "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn looking_changes_nothing_whoever_looks() {
    let desk = Desk::new().await;
    let before = desk.dump();
    for route in ROUTES {
        let row = row_of(route);
        for (who, _, order) in &desk.browsers {
            // Forms as addresses, too.
            let query = encoded(row.fields.iter().copied());
            let address = row.address.replace("{order}", order).replace("{member}", desk.other.as_str());
            let address = address.replace("{team}", TEAMS[0]);
            let query = query.replace("%7Bteam%7D", TEAMS[0]);
            let glue = if address.contains('?') { '&' } else { '?' };
            let (_, browser, _) = desk.browsers.iter().find(|(known, ..)| known == who).expect("everybody");
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                let mut browser = browser.clone();
                let request = browser.request(method, &format!("{address}{glue}{query}"));
                let page = browser.send(with_headers(request, &[("x-http-method-override", "POST")])).await;
                assert!(!page.status.is_server_error(), "{address}: {}", page.status);
            }
        }
    }
    assert_eq!(desk.dump(), before);
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let desk = Desk::new().await;
    let before = desk.dump();
    for route in ROUTES.iter().filter(|route| route.method != Method::GET && route.policy != Policy::Signed) {
        let row = row_of(route);
        for (who, browser, order) in &desk.browsers {
            let mut browser = browser.clone();
            let address = row.address.replace("{order}", order).replace("{member}", desk.other.as_str());
            let mut request = browser.request(route.method.clone(), &address);
            *request.body_mut() = encoded(row.fields.iter().copied()).into_bytes();
            let page = browser.send(with_headers(request, &[("sec-fetch-site", "cross-site")])).await;
            assert_eq!(page.status, 403, "{address} as {who:?}");
        }
    }
    assert_eq!(desk.dump(), before);
}

/// What somebody would like to set.
const WISHES: [(&str, &str); 22] = [
    ("role", "owner"),
    ("roles", "owner"),
    ("is_admin", "1"),
    ("member", "{member}"),
    ("member_id", "{member}"),
    ("id", "{member}"),
    ("by", "owner-cli"),
    ("actor", "owner-cli"),
    ("entitlements", "tier:pro"),
    ("scope", "tier:pro"),
    ("access", "tier:pro"),
    ("until", "9999999999"),
    ("amount", "1"),
    ("amount_minor", "1"),
    ("currency", "JPY"),
    ("state", "paid"),
    ("paid_at", "1"),
    ("points", "9999"),
    ("grade", "100"),
    ("progress", "100"),
    ("session", "x"),
    ("now", "0"),
];

#[tokio::test]
async fn fields_that_nobody_asked_for_change_nothing() {
    for route in ROUTES.iter().filter(|route| route.method != Method::GET) {
        let row = row_of(route);
        let is_asked = |name: &str| row.fields.iter().any(|(known, _)| *known == name);
        let wishes: Vec<(&str, &str)> = WISHES.into_iter().filter(|(name, _)| !is_asked(name)).collect();
        for who in [Who::Member(""), Who::Member("owner")] {
            // The same randomness and the same time, so the same request leaves the same world.
            let mut left = Vec::new();
            for extra in [&[][..], &wishes] {
                let desk = Desk::new().await;
                let before = desk.dump();
                let order = &desk.browsers.iter().find(|(known, ..)| *known == who).expect("everybody").2;
                let page = desk.send(row, (who, order), true, extra).await;
                left.push((page.status, page.location().map(str::to_owned), desk.dump(), before));
            }
            assert_eq!(left[0].3, left[1].3, "two desks are alike");
            assert!(left[0] == left[1], "{} {} as {who:?}: extra fields count", route.method, route.path);
        }
    }
}
