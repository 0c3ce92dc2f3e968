//! What every Ledger must do about sessions, passkeys and accounts elsewhere, and their share of random histories.

use lyceum_contract::Timestamp;
use lyceum_contract::id::{MemberId, SessionId, hex};

use super::ledger::{NOW, pick, sign_in};
use super::outbox::language;
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{
    AddPasskey, Added, Ceremony, Command, Commands, EndOneSession, EndOtherSessions, EndSession,
    ListPasskeys, ListSessions, Opening, Passkey, ReadSession, RemovePasskey, SignInWithGitHub,
    SignInWithPasskey, StartCeremony, TakeCeremony, TakeLetters,
};
use crate::ports::Ledger;

/// A session for a browser that nobody has used before.
pub(super) fn opening(random: &mut Random) -> Opening {
    Opening {
        id: SessionId::from_bytes(random.bytes16()),
        token_hash: hex(&random.bytes16()),
        device: "Firefox on Linux".to_owned(),
        known: Vec::new(),
        replaces: None,
    }
}

/// The promises that matter most.
pub(super) async fn doors_keep_their_promises<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    a_list_ends_what_it_shows_and_nothing_else(ledger, random).await?;
    a_challenge_is_taken_once_for_its_purpose(ledger, random).await?;
    a_passkey_opens_for_its_member_as_it_counts(ledger, random).await?;
    the_last_passkey_stays_where_one_is_needed(ledger, random).await?;
    github_finds_the_member_by_number_first(ledger, random).await?;
    a_new_browser_is_told_of_and_a_known_one_is_not(ledger, random).await
}

async fn is_open<L: Ledger>(ledger: &L, token_hash: &str) -> Result<bool, Broken> {
    let command = ReadSession { token_hash: token_hash.to_owned(), now: NOW };
    Ok(ledger.read_session(command).await?.is_some())
}

/// Opens a session with a passkey of this count.
async fn enter<L: Ledger>(
    ledger: &L,
    credential: &str,
    n_signatures: i64,
    opening: Opening,
) -> Result<bool, Broken> {
    let command = SignInWithPasskey { credential: credential.to_owned(), n_signatures, opening, now: NOW };
    Ok(ledger.sign_in_with_passkey(command).await?.is_some())
}

pub(super) fn passkey(member: &MemberId, random: &mut Random) -> Passkey {
    Passkey {
        credential: hex(&random.bytes16()),
        member: member.clone(),
        key: "key".to_owned(),
        n_signatures: 0,
        name: "Ada's key".to_owned(),
        created_at: NOW,
        used_at: None,
    }
}

async fn with_passkey<L: Ledger>(
    ledger: &L,
    member: &MemberId,
    random: &mut Random,
) -> Result<String, Broken> {
    let passkey = passkey(member, random);
    let credential = passkey.credential.clone();
    let added = ledger.add_passkey(AddPasskey { passkey, token_hash: String::new() }).await?;
    ensure!(added == Added::Added, "a first passkey is {added:?}");
    Ok(credential)
}

async fn a_list_ends_what_it_shows_and_nothing_else<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (member, here) = sign_in(ledger, random).await?;
    let (stranger, elsewhere) = sign_in(ledger, random).await?;
    let credential = with_passkey(ledger, &member, random).await?;
    let (first, second) = (opening(random), opening(random));
    for opening in [&first, &second] {
        ensure!(enter(ledger, &credential, 0, opening.clone()).await?, "a passkey does not open");
    }
    let list = ListSessions { member: member.clone(), token_hash: here.clone(), now: NOW };
    let listed = ledger.list_sessions(list).await?;
    ensure!(listed.len() == 3, "three sessions are listed as {listed:?}");
    ensure!(listed.iter().filter(|session| session.is_this).count() == 1, "which is this one? {listed:?}");
    ledger.end_one_session(EndOneSession { member: stranger, id: first.id.clone() }).await?;
    ensure!(is_open(ledger, &first.token_hash).await?, "somebody else ended a session");
    ledger.end_one_session(EndOneSession { member: member.clone(), id: first.id }).await?;
    ensure!(!is_open(ledger, &first.token_hash).await?, "an ended session is open");
    ledger.end_other_sessions(EndOtherSessions { member, token_hash: here.clone() }).await?;
    ensure!(!is_open(ledger, &second.token_hash).await?, "another session is open");
    ensure!(is_open(ledger, &here).await?, "this session was ended with the others");
    ensure!(is_open(ledger, &elsewhere).await?, "a session of somebody else was ended");
    Ok(())
}

async fn a_challenge_is_taken_once_for_its_purpose<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (member, other) = (MemberId::from_bytes(random.bytes16()), MemberId::from_bytes(random.bytes16()));
    let register = Ceremony::Register(member.clone());
    for (taken_for, seconds, expected) in [
        (register.clone(), 299, true),
        (register.clone(), 300, false),
        (Ceremony::Register(other), 0, false),
        (Ceremony::Confirm(member), 0, false),
        (Ceremony::SignIn, 0, false),
        (Ceremony::GitHub, 0, false),
    ] {
        let challenge_hash = hex(&random.bytes16());
        let start =
            StartCeremony { challenge_hash: challenge_hash.clone(), ceremony: register.clone(), now: NOW };
        ensure!(ledger.start_ceremony(start).await?, "no challenge to be had");
        let now = NOW.plus_seconds(seconds);
        let take = TakeCeremony { challenge_hash, ceremony: taken_for, credential: None, now };
        let first = ledger.take_ceremony(take.clone()).await?;
        ensure!(first.is_some() == expected, "after {seconds} s {take:?} is {first:?}");
        let right = TakeCeremony { ceremony: register.clone(), now: NOW, ..take };
        let again = ledger.take_ceremony(right).await?;
        ensure!(again.is_none(), "a challenge is taken twice: {again:?}");
    }
    Ok(())
}

async fn a_passkey_opens_for_its_member_as_it_counts<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (member, _) = sign_in(ledger, random).await?;
    let credential = with_passkey(ledger, &member, random).await?;
    let (stranger, _) = sign_in(ledger, random).await?;
    let stolen = Passkey { credential: credential.clone(), ..passkey(&stranger, random) };
    let token_hash = String::new();
    let added = ledger.add_passkey(AddPasskey { passkey: stolen, token_hash }).await?;
    ensure!(added == Added::Known, "a passkey changes hands: {added:?}");
    for (n_signatures, expected) in
        [(0, true), (0, true), (5, true), (5, false), (4, false), (0, false), (6, true)]
    {
        let opened = enter(ledger, &credential, n_signatures, opening(random)).await?;
        ensure!(opened == expected, "a passkey that has signed {n_signatures} times opens: {opened}");
    }
    let remove = RemovePasskey { member: stranger, credential: credential.clone(), must_keep_one: false };
    ledger.remove_passkey(remove.clone()).await?;
    ensure!(enter(ledger, &credential, 7, opening(random)).await?, "somebody else removed a passkey");
    ledger.remove_passkey(RemovePasskey { member, ..remove }).await?;
    ensure!(!enter(ledger, &credential, 8, opening(random)).await?, "a removed passkey opens");
    Ok(())
}

async fn the_last_passkey_stays_where_one_is_needed<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (member, _) = sign_in(ledger, random).await?;
    let credentials =
        [with_passkey(ledger, &member, random).await?, with_passkey(ledger, &member, random).await?];
    for (credential, expected) in credentials.into_iter().zip([true, false]) {
        let remove = RemovePasskey { member: member.clone(), credential, must_keep_one: true };
        let removed = ledger.remove_passkey(remove).await?;
        ensure!(removed == expected, "a passkey is removed: {removed}");
    }
    let left = ledger.list_passkeys(ListPasskeys { member }).await?;
    ensure!(left.len() == 1, "passkeys that are left: {left:?}");
    Ok(())
}

fn github(subject: &str, email: &str, random: &mut Random) -> SignInWithGitHub {
    SignInWithGitHub {
        subject: subject.to_owned(),
        email: email.to_owned(),
        new_member: MemberId::from_bytes(random.bytes16()),
        new_pseudonym: hex(&random.bytes16()),
        language: language(random),
        opening: opening(random),
        now: NOW,
    }
}

async fn github_finds_the_member_by_number_first<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let word = |random: &mut Random| hex(&random.bytes16());
    let (ada, bob) = (word(random), word(random));
    let (ada_mail, bob_mail) = (format!("{ada}@example.org"), format!("{bob}@example.org"));
    let first = ledger.sign_in_with_git_hub(github(&ada, &ada_mail, random)).await?.member;
    let other = ledger.sign_in_with_git_hub(github(&bob, &bob_mail, random)).await?.member;
    ensure!(first.id != other.id, "two accounts at GitHub are one member");
    let moved = ledger.sign_in_with_git_hub(github(&ada, &bob_mail, random)).await?.member;
    ensure!(moved.id == first.id, "a new address at GitHub makes another member");
    let second = ledger.sign_in_with_git_hub(github(&word(random), &ada_mail, random)).await?.member;
    ensure!(second.id == first.id, "an address that GitHub has verified is not its member's");
    Ok(())
}

async fn a_new_browser_is_told_of_and_a_known_one_is_not<L: Ledger>(
    ledger: &L,
    random: &mut Random,
) -> Result<(), Broken> {
    let (member, _) = sign_in(ledger, random).await?;
    let credential = with_passkey(ledger, &member, random).await?;
    let known = Opening { known: vec![member.clone()], ..opening(random) };
    let unknown = Opening { known: vec![MemberId::from_bytes(random.bytes16())], ..opening(random) };
    for opening in [known, unknown.clone()] {
        enter(ledger, &credential, 0, opening).await?;
    }
    let mut told = Vec::new();
    // The outbox may be full of the letters of others.
    for _ in 0..100 {
        let taken = ledger.take_letters(TakeLetters { limit: 50, now: NOW }).await?.letters;
        if taken.is_empty() {
            break;
        }
        told.extend(taken.into_iter().filter(|letter| letter.member.as_ref() == Some(&member)));
    }
    let ids: Vec<&str> = told.iter().map(|letter| letter.id.as_str()).collect();
    ensure!(ids == [format!("new-device:{}", unknown.id)], "letters about new devices: {ids:?}");
    Ok(())
}

/// What a random history knows of doors.
#[derive(Debug, Default)]
pub(super) struct Seen {
    challenges: Vec<(String, Ceremony)>,
    credentials: Vec<String>,
    sessions: Vec<SessionId>,
}

/// A command about doors. `member` may be nobody, `session` is the hash of some token.
pub(super) fn command(
    seen: &mut Seen,
    random: &mut Random,
    members: &[MemberId],
    session: &str,
    now: Timestamp,
) -> Command {
    let known = pick(random, members).cloned();
    let member = known.clone().unwrap_or_else(|| MemberId::from_bytes(random.bytes16()));
    match random.below(10) {
        0 => Command::ListSessions(ListSessions { member, token_hash: session.to_owned(), now }),
        1 if random.percent(30) => {
            Command::EndOtherSessions(EndOtherSessions { member, token_hash: session.to_owned() })
        }
        1 => Command::EndOneSession(EndOneSession { member, id: seen.session(random) }),
        2 => Command::StartCeremony(seen.start(random, member, now)),
        3 => Command::TakeCeremony(seen.take(random, now)),
        4 => Command::ListPasskeys(ListPasskeys { member }),
        5 => Command::RemovePasskey(RemovePasskey {
            member,
            credential: seen.credential(random),
            must_keep_one: random.percent(50),
        }),
        // Only a member has a passkey; the schema's foreign key guards the rest.
        6 => match known {
            Some(member) => Command::AddPasskey(AddPasskey {
                passkey: seen.passkey(random, &member, now),
                token_hash: session.to_owned(),
            }),
            None => Command::EndSession(EndSession { token_hash: session.to_owned() }),
        },
        7 => {
            let number = random.below(4);
            let email = format!("m{}@example.org", random.below(4));
            let opening = seen.opening(random, members, session);
            Command::SignInWithGitHub(SignInWithGitHub {
                opening,
                now,
                ..github(&number.to_string(), &email, random)
            })
        }
        _ => Command::SignInWithPasskey(SignInWithPasskey {
            credential: seen.credential(random),
            n_signatures: i64::try_from(random.below(4)).unwrap_or(0),
            opening: seen.opening(random, members, session),
            now,
        }),
    }
}

impl Seen {
    /// A session for a browser that may have had another one, and may know somebody.
    pub(super) fn opening(&mut self, random: &mut Random, members: &[MemberId], session: &str) -> Opening {
        let known = pick(random, members).cloned().into_iter().collect();
        let known = if random.percent(50) { known } else { Vec::new() };
        let opening =
            Opening { known, replaces: random.percent(30).then(|| session.to_owned()), ..opening(random) };
        self.sessions.push(opening.id.clone());
        opening
    }

    fn session(&self, random: &mut Random) -> SessionId {
        let unknown = SessionId::from_bytes(random.bytes16());
        pick(random, &self.sessions).cloned().unwrap_or(unknown)
    }

    fn credential(&self, random: &mut Random) -> String {
        pick(random, &self.credentials).cloned().unwrap_or_default()
    }

    fn passkey(&mut self, random: &mut Random, member: &MemberId, now: Timestamp) -> Passkey {
        let mut new = Passkey { created_at: now, ..passkey(member, random) };
        if random.percent(10) {
            new.credential = self.credential(random);
        }
        self.credentials.push(new.credential.clone());
        new
    }

    fn start(&mut self, random: &mut Random, member: MemberId, now: Timestamp) -> StartCeremony {
        let ceremony = match random.below(4) {
            0 => Ceremony::SignIn,
            1 => Ceremony::Confirm(member),
            2 => Ceremony::Register(member),
            _ => Ceremony::GitHub,
        };
        let challenge_hash = hex(&random.bytes16());
        self.challenges.push((challenge_hash.clone(), ceremony.clone()));
        StartCeremony { challenge_hash, ceremony, now }
    }

    fn take(&mut self, random: &mut Random, now: Timestamp) -> TakeCeremony {
        let fallback = (String::new(), Ceremony::SignIn);
        let n_recent = 3.min(self.challenges.len());
        let recent = self.challenges.get(self.challenges.len() - n_recent..).unwrap_or_default();
        let (challenge_hash, ceremony) = pick(random, recent).cloned().unwrap_or(fallback);
        let ceremony = if random.percent(20) { Ceremony::SignIn } else { ceremony };
        let credential = random.percent(70).then(|| self.credential(random));
        TakeCeremony { challenge_hash, ceremony, credential, now }
    }
}
