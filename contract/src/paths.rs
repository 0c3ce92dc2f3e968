//! The addresses that the generator links to and the app answers.

/// Sign in with a mailed code or link.
pub const SIGN_IN: &str = "/sign-in/";
/// Where the code is typed.
pub const SIGN_IN_CODE: &str = "/sign-in/code/";
/// Where the mailed link lands. Its secret is in the fragment, so a GET has no effect.
pub const SIGN_IN_LINK: &str = "/sign-in/link/";
/// Asks a member once more for a proof of who they are: `?return_to=<address>`.
pub const SIGN_IN_CONFIRM: &str = "/sign-in/confirm/";
/// Takes the answer of a passkey (POST).
pub const SIGN_IN_PASSKEY: &str = "/sign-in/passkey/";
/// Gives a challenge for a passkey (POST, JSON).
pub const SIGN_IN_PASSKEY_START: &str = "/sign-in/passkey/start/";
/// Leads to GitHub (POST).
pub const SIGN_IN_GITHUB: &str = "/sign-in/github/";
/// Where GitHub sends people back.
pub const SIGN_IN_GITHUB_RETURN: &str = "/sign-in/github/return/";
/// Ends the session (POST).
pub const SIGN_OUT: &str = "/sign-out/";
/// What the member has, until when and why.
pub const ACCOUNT: &str = "/account/";
/// Where the member is signed in, and their passkeys.
pub const ACCOUNT_DEVICES: &str = "/account/devices/";
/// What the member has booked and asked.
pub const ACCOUNT_BOOKINGS: &str = "/account/bookings/";
/// One booking as a file for calendars: `?order=<order id>`.
pub const ACCOUNT_BOOKING_FILE: &str = "/account/bookings/booking.ics";
/// Moves the member to another address; the code is typed at [`ACCOUNT_EMAIL_CODE`].
pub const ACCOUNT_EMAIL: &str = "/account/email/";
/// Where the code that was mailed to a new address is typed.
pub const ACCOUNT_EMAIL_CODE: &str = "/account/email/code/";
/// Everything that is known of the member, as one file.
pub const ACCOUNT_EXPORT: &str = "/account/export/";
/// Asks whether the member wants to leave for good. The POST erases them.
pub const ACCOUNT_ERASE: &str = "/account/erase/";
/// Takes the language of mails and which of them are wanted (POST).
pub const ACCOUNT_SETTINGS: &str = "/account/settings/";
/// Leads to the processor's page for cards, invoices and cancelling (POST).
pub const ACCOUNT_BILLING: &str = "/account/billing/";
/// Takes a new passkey (POST).
pub const ACCOUNT_PASSKEYS: &str = "/account/passkeys/";
/// Gives a challenge for a new passkey (POST, JSON).
pub const ACCOUNT_PASSKEYS_START: &str = "/account/passkeys/start/";
/// Removes a passkey (POST).
pub const ACCOUNT_PASSKEYS_REMOVE: &str = "/account/passkeys/remove/";
/// The order before it is paid: `?price=<price id>`.
pub const CHECKOUT: &str = "/checkout/";
/// Where the payment page sends the buyer back: `?order=<order id>`.
pub const CHECKOUT_RETURN: &str = "/checkout/return/";
/// The thread of a lesson: `/discuss/<lesson id>/`.
pub const DISCUSS: &str = "/discuss/";
/// Search: `?q=<words>`.
pub const SEARCH: &str = "/search/";
/// Members, for owners and admins: `?member=<member id>`.
pub const STAFF_MEMBERS: &str = "/staff/members/";
/// The audit log, for owners and admins.
pub const STAFF_AUDIT: &str = "/staff/audit/";
/// Questions to instructors: `?order=<order id>` for one. A POST answers it.
pub const STAFF_QUESTIONS: &str = "/staff/questions/";
/// What is booked, for instructors, owners and admins.
pub const STAFF_BOOKINGS: &str = "/staff/bookings/";
/// What the pages of staff start with.
pub const STAFF: &str = "/staff/";
/// What mails link to.
pub const MAIL: &str = "/mail/";
/// Ends one kind of mails: `?t=<token>`. A POST from anywhere, as mail services send it (RFC 8058).
pub const UNSUBSCRIBE: &str = "/mail/unsubscribe/";
/// The teams that the member runs: `?order=<order id>`. A POST invites somebody.
pub const TEAM: &str = "/team/";
/// Asks once more before a seat is taken back: `?order=<order id>&seat=<seat id>`. The POST takes it.
pub const TEAM_REVOKE: &str = "/team/revoke/";
/// Takes who runs a team besides its buyer (POST).
pub const TEAM_MANAGERS: &str = "/team/managers/";
/// What a team is asked to learn: `?order=<order id>`, `&assignment=<assignment id>` to change one. The POST takes it.
pub const TEAM_ASSIGN: &str = "/team/assign/";
/// Withdraws what a team is asked to learn (POST).
pub const TEAM_WITHDRAW: &str = "/team/assign/withdraw/";
/// How a team is getting on: `?order=<order id>`.
pub const TEAM_REPORT: &str = "/team/report/";
/// The same as a table for other programs.
pub const TEAM_REPORT_CSV: &str = "/team/report/csv/";
/// The same as xAPI statements.
pub const TEAM_REPORT_XAPI: &str = "/team/report/xapi/";
/// Where a mailed invitation leads: `?t=<token>`. A GET changes nothing.
pub const TEAM_JOIN: &str = "/team/join/";
/// Where the link of a gift leads: `?t=<token>`. A GET changes nothing.
pub const GIFT: &str = "/gift/";
/// Where the browser sends its events (POST).
pub const EVENTS: &str = "/events";
/// Where the payment processor reports (POST, signed).
pub const WEBHOOK: &str = "/webhooks/stripe";
/// Health of the app, with version and key ids.
pub const HEALTH: &str = "/healthz";

/// Every path below is answered by the app, in every language (`/zh/account/` as well as `/account/`).
pub const APP_PREFIXES: [&str; 10] =
    [SIGN_IN, SIGN_OUT, ACCOUNT, CHECKOUT, DISCUSS, SEARCH, STAFF, MAIL, TEAM, GIFT];

/// Every address that programs call, and no person.
pub const PROGRAMS: [&str; 3] = [EVENTS, HEALTH, WEBHOOK];

/// The first segment of what programs read and browsers never see: sealed pages, manifest, shells.
/// No path with a segment that starts with `_` or `.` is ever served.
pub const SEALED: &str = "/_sealed";
/// What the generator tells the app: `manifest.json`, `courses/<course>.json`, `shell/<language>.html`.
pub const LYCEUM: &str = "/_lyceum";
/// Where the manifest lies.
pub const MANIFEST: &str = "/_lyceum/manifest.json";
/// Where the courses and tracks are listed.
pub const CATALOGUE: &str = "/_lyceum/catalogue.json";
/// Ends the name of a sealed file.
pub const SEALED_SUFFIX: &str = ".lys";

/// The path of the sealed file for a public path: `/courses/a/b/c/` → `/_sealed/courses/a/b/c/index.html.lys`.
///
/// ```
/// use lyceum_contract::paths::sealed_path;
/// assert_eq!(sealed_path("/courses/rust/moves/"), "/_sealed/courses/rust/moves/index.html.lys");
/// assert_eq!(sealed_path("/courses/rust/data.3f2a.csv"), "/_sealed/courses/rust/data.3f2a.csv.lys");
/// ```
pub fn sealed_path(public: &str) -> String {
    let index = if public.ends_with('/') { "index.html" } else { "" };
    format!("{SEALED}{public}{index}{SEALED_SUFFIX}")
}

/// The path of a course's manifest.
pub fn course_manifest(course: &str) -> String {
    format!("{LYCEUM}/courses/{course}.json")
}

/// Whether an address may have this segment, as a page of its own or as an earlier address: letters and digits of
/// ASCII, `.`, `_`, `~` and `-`, and no `.` or `_` in front.
pub fn is_plain_segment(segment: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-');
    !segment.is_empty() && !segment.starts_with(['_', '.']) && segment.bytes().all(allowed)
}

/// Whether addresses that start with this segment belong to the app or to the generator, so that nobody's page lies
/// there.
pub fn is_reserved(segment: &str) -> bool {
    let mut segments = APP_PREFIXES.iter().chain(&PROGRAMS).filter_map(|path| path.split('/').nth(1));
    let own = [
        "courses",
        "levels",
        "prices",
        "instructors",
        "tracks",
        "tags",
        "products",
        "calendar",
        "search",
        "search-index",
        "assets",
        "pages",
        "index",
    ];
    segments.any(|owned| owned == segment) || own.contains(&segment)
}
