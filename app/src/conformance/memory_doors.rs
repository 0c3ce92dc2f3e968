//! The ways in, of the model: sessions, passkeys and accounts elsewhere, in lists that are looked through.

use std::collections::BTreeSet;

use lyceum_contract::Timestamp;
use lyceum_contract::id::MemberId;

use crate::ledger::{
    AddPasskey, Added, Letter, ListPasskeys, ListSessions, Means, Notice, OpenSession, Opening, Passkey,
    RemovePasskey, SignInWithPasskey, StartCeremony, TakeCeremony, TakenCeremony,
};

#[derive(Debug, Default)]
pub(super) struct Doors {
    sessions: Vec<Session>,
    passkeys: Vec<Passkey>,
    ceremonies: Vec<StartCeremony>,
    /// Number at GitHub, whose it is, and since when.
    pub(super) identities: Vec<(String, MemberId, Timestamp)>,
    have_signed_in: BTreeSet<MemberId>,
}

#[derive(Debug)]
struct Session {
    member: MemberId,
    opening: Opening,
    means: Means,
    proved_at: Timestamp,
    seen_at: Timestamp,
}

impl Doors {
    /// Opens a session. The letter tells of a new device, if it is one.
    pub(super) fn open(
        &mut self,
        member: &MemberId,
        opening: Opening,
        means: Means,
        now: Timestamp,
    ) -> Option<Letter> {
        self.sessions.retain(|session| {
            session.member != *member || Some(&session.opening.token_hash) != opening.replaces.as_ref()
        });
        let is_first = self.have_signed_in.insert(member.clone());
        let notice = Notice::NewDevice { browser: opening.device.clone(), at: now };
        let letter = Letter::to_member(format!("new-device:{}", opening.id), member, notice, now);
        let is_known = is_first || opening.known.contains(member);
        self.sessions.push(Session { member: member.clone(), opening, means, proved_at: now, seen_at: now });
        (!is_known).then_some(letter)
    }

    /// Whose session this is, when they proved it, and how.
    pub(super) fn visit(&mut self, token_hash: &str, now: Timestamp) -> Option<(MemberId, Timestamp, Means)> {
        let session = self.sessions.iter_mut().find(|session| session.opening.token_hash == token_hash)?;
        if session.seen_at <= now.plus_seconds(-60 * 86_400) {
            return None;
        }
        if session.seen_at < now.plus_seconds(-86_400) {
            session.seen_at = now;
        }
        Some((session.member.clone(), session.proved_at, session.means))
    }

    /// The last visit by a session that is there.
    pub(super) fn seen_at(&self, member: &MemberId) -> Option<Timestamp> {
        let own = self.sessions.iter().filter(|session| session.member == *member);
        own.map(|session| session.seen_at).max()
    }

    pub(super) fn list(&self, command: &ListSessions) -> Vec<OpenSession> {
        let is_open = |session: &&Session| {
            session.member == command.member && session.seen_at > command.now.plus_seconds(-60 * 86_400)
        };
        let mut sessions: Vec<&Session> = self.sessions.iter().filter(is_open).collect();
        sessions.sort_by(|a, b| (b.proved_at, &a.opening.id).cmp(&(a.proved_at, &b.opening.id)));
        let open_session = |session: &Session| OpenSession {
            id: session.opening.id.clone(),
            device: session.opening.device.clone(),
            means: session.means,
            created_at: session.proved_at,
            seen_at: session.seen_at,
            is_this: session.opening.token_hash == command.token_hash,
        };
        sessions.into_iter().take(100).map(open_session).collect()
    }

    /// Ends the sessions of which this is true.
    pub(super) fn end(&mut self, is_ended: impl Fn(&MemberId, &Opening) -> bool) {
        self.sessions.retain(|session| !is_ended(&session.member, &session.opening));
    }

    /// Forgets everything by which a member comes in.
    pub(super) fn forget(&mut self, member: &MemberId) {
        self.sessions.retain(|session| session.member != *member);
        self.passkeys.retain(|passkey| passkey.member != *member);
        self.identities.retain(|(_, of, _)| of != member);
    }

    pub(super) fn start(&mut self, command: StartCeremony) -> bool {
        self.ceremonies.retain(|open| open.now > command.now.plus_seconds(-300));
        let has_room = self.ceremonies.len() < 10_000;
        if has_room {
            self.ceremonies.push(command);
        }
        has_room
    }

    pub(super) fn take(&mut self, command: &TakeCeremony) -> Option<TakenCeremony> {
        let place = self.ceremonies.iter().position(|open| open.challenge_hash == command.challenge_hash)?;
        let open = self.ceremonies.remove(place);
        let counts = open.ceremony == command.ceremony && open.now > command.now.plus_seconds(-300);
        let passkey = command.credential.as_deref().and_then(|credential| self.passkey(credential)).cloned();
        counts.then_some(TakenCeremony { passkey })
    }

    fn passkey(&self, credential: &str) -> Option<&Passkey> {
        self.passkeys.iter().find(|passkey| passkey.credential == credential)
    }

    pub(super) fn passkeys(&self, command: &ListPasskeys) -> Vec<Passkey> {
        let own = self.passkeys.iter().filter(|passkey| passkey.member == command.member);
        let mut own: Vec<Passkey> = own.cloned().collect();
        own.sort_by(|a, b| (a.created_at, &a.credential).cmp(&(b.created_at, &b.credential)));
        own
    }

    fn n_passkeys(&self, member: &MemberId) -> usize {
        self.passkeys.iter().filter(|passkey| passkey.member == *member).count()
    }

    pub(super) fn add(&mut self, command: AddPasskey) -> Added {
        if self.passkey(&command.passkey.credential).is_some() {
            return Added::Known;
        }
        if self.n_passkeys(&command.passkey.member) >= 20 {
            return Added::Full;
        }
        let here = |session: &&mut Session| {
            session.opening.token_hash == command.token_hash && session.member == command.passkey.member
        };
        if let Some(session) = self.sessions.iter_mut().find(here) {
            session.means = Means::Passkey;
        }
        self.passkeys.push(Passkey { used_at: None, ..command.passkey });
        Added::Added
    }

    pub(super) fn remove(&mut self, command: &RemovePasskey) -> bool {
        let is_it =
            |passkey: &Passkey| passkey.member == command.member && passkey.credential == command.credential;
        let is_last = self.n_passkeys(&command.member) == 1;
        if command.must_keep_one && is_last && self.passkeys.iter().any(is_it) {
            return false;
        }
        self.passkeys.retain(|passkey| !is_it(passkey));
        true
    }

    /// Whose passkey has signed, unless its count says that there are two of it.
    pub(super) fn use_passkey(&mut self, command: &SignInWithPasskey) -> Option<MemberId> {
        let passkey = self.passkeys.iter_mut().find(|passkey| passkey.credential == command.credential)?;
        let is_uncounted = passkey.n_signatures == 0 && command.n_signatures == 0;
        if !is_uncounted && command.n_signatures <= passkey.n_signatures {
            return None;
        }
        passkey.n_signatures = command.n_signatures;
        passkey.used_at = Some(command.now);
        Some(passkey.member.clone())
    }
}
