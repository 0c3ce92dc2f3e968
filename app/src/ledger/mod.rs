//! The Ledger: members, sessions, challenges, orders and entitlements, in SQL.
//!
//! One command is one transaction. The commands and the SQL are the same on a SQLite file and in a Durable
//! Object; an adapter provides [`Sql`] and a transaction around [`run`]. Secrets arrive as hashes only.

mod account;
mod announce;
mod assigned;
mod assignments;
pub(crate) mod audit;
mod email_change;
mod erase;
mod gifts;
mod goods;
mod goods_letters;
mod grants;
mod holds;
mod identities;
mod learning;
mod managers;
mod messages;
mod notice;
mod offers;
mod orders;
mod outbox;
mod passkeys;
mod person;
mod questions;
mod reasons;
mod refunds;
mod roles;
mod schema;
mod seats;
mod sessions;
mod settle;
mod sign_in;
mod sql;
mod team_end;
mod team_report;
mod teams;
mod trials;

pub use account::{Account, EndSession, Member, NameMember, ReadAccount, ReadSession, SessionState};
pub use assigned::{AboutAssignment, Assigned, ListAssigned};
pub use assignments::{Asked, Assign, Assigning, Assignment, WithdrawAssignment, Withdrawing};
pub use audit::{Actor, AuditCheck, AuditRow, Entry, ReadAudit, VerifyAudit, clean_reason, member_subject};
pub use email_change::{ChangeEmail, ChangeStarted, EmailChanged, StartEmailChange};
pub use erase::{EraseMember, Erased, Erasure, ListSweeps, ReadErasure, SettleSweep, Sweep};
pub use gifts::{AcceptGift, Gift, GiftAccepted, GiftState, GiftTo, Gifted, ListGifts, ReadGift};
pub use goods::{GoodsPlacing, OwnGoods, PlaceGoods, ReadGoods};
pub use grants::{AddMember, FindMembers, Grant, GrantAccess, MemberRecord, ReadMember, RevokeAccess};
pub(crate) use holds::CLAIM_SECONDS;
pub use holds::{Booking, Claim, HoldState, ListBookings, ReadStock, Taken as TakenPlaces};
pub use identities::SignInWithGitHub;
pub use learning::{CourseOrTrack, Due, Learning};
pub use managers::{Manager, NameManager, Naming, Runs};
pub use messages::{
    CloseMessage, ForgetMessages, MAX_ASKED, MAX_NAMES, ReceiveMessage, Received, UnheardMessages,
};
pub use notice::{Door, MailSettings, Notice, Topic};
pub use offers::{CodeTried, Placing, Redemption, TryCode};
pub use orders::{NameReference, OpenOrder, OpenedOrder, Order, PlaceOrder, Purpose, Settled};
pub(crate) use outbox::LEASE_SECONDS;
pub use outbox::{
    ChooseLanguage, Letter, Outcome, PostLetter, Recipient, SetTopic, SettleLetter, TakeLetters, Taken,
    TakenLetter, next_letter_at,
};
pub use passkeys::{
    AddPasskey, Added, Ceremony, ListPasskeys, Passkey, RemovePasskey, SignInWithPasskey, StartCeremony,
    TakeCeremony, TakenCeremony,
};
pub use person::{
    Identity, OfferedSeat, OwnGift, OwnOrder, OwnSeat, Person, PersonPage, PersonRow, ReadPerson,
    ReadPersonPage, Section, SentLetter,
};
pub use questions::{
    AnswerQuestion, Answering, Ask, LapseQuestions, ListQuestions, Question, QuestionState, ReadQuestion,
};
pub use reasons::Reason;
pub use refunds::{ListRefunds, OwedRefund, PostponeRefund, RefundReason};
pub use roles::{Change, GrantRole, ListStaff, RevokeRole, StaffMember};
pub use schema::migrate;
pub use seats::{AcceptSeat, Invitation, Joining, ReadInvitation, SeatState};
pub use sessions::{EndOneSession, EndOtherSessions, ListSessions, Means, OpenSession, Opening, SignedIn};
pub use settle::{ListDueOrders, PostponeCheck, SettleOrder, Settling};
pub use sign_in::{AnswerChallenge, Answered, Proof, StartChallenge, Started};
pub use sql::{Row, Sql, SqlError, Value};
pub use team_report::{ReadTeamReport, TeamLearner, TeamReport};
pub use teams::{InviteToSeat, Inviting, ListTeams, ReadTeam, RevokeSeat, Revoking, Seat, Team, TeamSummary};
pub(crate) use teams::{is_live, seat_id};
#[cfg(feature = "conformance")]
pub(crate) use {
    announce::letters,
    assigned::{assigned_prefix, letters_about, max_assigned_letters},
    assignments::MAX_ASSIGNMENTS,
    erase::{asking_prefixes, email_changed_prefix, is_payable, is_running, unsigned},
    gifts::{Given, gift_accepted, gift_letter, gift_state},
    goods::{letters_of_change, letters_with},
    goods_letters::{arrived, due_prefix, soon_id},
    holds::{CHECK_SECONDS, Hold, Others, after as hold_after, is_paid, limited},
    managers::{manager_role, revoked},
    offers::{MAX_WRONG, PAGE_SECONDS, UNNAMED_SECONDS, Use, WRONG_SECONDS, free_entry, is_open, use_after},
    questions::{answer_entry, answered_letter, answering, deadline, lapse_entry, lapsed_letter},
    refunds::{refund_entry, refund_pause},
    settle::entry as settlement_entry,
    settle::next_check,
    team_end::{TeamAccess, ended_letter, has, team_access},
    teams::{host, invitation_letter, invitation_prefix, max_letters, seat_entry},
};

use std::future::Future;

use serde::{Deserialize, Serialize};

use crate::ports::{Ledger, Unavailable};

/// Declares the commands: for each its name on the wire, its reply, and the typed method that callers use.
macro_rules! commands {
    ($($(#[$doc:meta])* $method:ident: $command:ident -> $reply:ty;)*) => {
        /// One command as it travels to the Ledger.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub enum Command {
            $($(#[$doc])* $command($command),)*
        }

        /// The answer to the command of the same name.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub enum Reply {
            $($(#[$doc])* $command($reply),)*
        }

        /// Runs one command. The caller has opened a transaction and commits it on `Ok` only.
        pub fn run(sql: &mut impl Sql, command: Command) -> Result<Reply, SqlError> {
            match command {
                $(Command::$command(command) => command.run(sql).map(Reply::$command),)*
            }
        }

        /// The commands as typed methods, for every [`Ledger`].
        pub trait Commands: Ledger {
            $($(#[$doc])*
            fn $method(&self, command: $command) -> impl Future<Output = Result<$reply, Unavailable>> + Send {
                async move {
                    match self.execute(Command::$command(command)).await? {
                        Reply::$command(reply) => Ok(reply),
                        _ => Err(Unavailable::new("ledger", "the reply is to another command")),
                    }
                }
            })*
        }

        impl<L: Ledger> Commands for L {}
    };
}

commands! {
    /// Records that a code was asked for, and says whether a mail may be sent.
    start_challenge: StartChallenge -> Started;
    /// Signs in with the code or the link of a challenge.
    answer_challenge: AnswerChallenge -> Answered;
    /// Who is signed in with this token, and what they may read now.
    read_session: ReadSession -> Option<SessionState>;
    /// Ends a session.
    end_session: EndSession -> ();
    /// The sessions that a member has open, newest first.
    list_sessions: ListSessions -> Vec<OpenSession>;
    /// Ends one session of a member, by its name in the list.
    end_one_session: EndOneSession -> ();
    /// Ends all sessions of a member but one.
    end_other_sessions: EndOtherSessions -> ();
    /// Records a challenge for a passkey or another service. False when too many are open.
    start_ceremony: StartCeremony -> bool;
    /// Uses a challenge up, and finds the passkey that is said to have answered it.
    take_ceremony: TakeCeremony -> Option<TakenCeremony>;
    /// Adds a passkey.
    add_passkey: AddPasskey -> Added;
    /// The passkeys of a member.
    list_passkeys: ListPasskeys -> Vec<Passkey>;
    /// Removes a passkey. False when it is the last of a member who must keep one.
    remove_passkey: RemovePasskey -> bool;
    /// Signs in the member whose passkey has answered.
    sign_in_with_passkey: SignInWithPasskey -> Option<SignedIn>;
    /// Signs in the member whom GitHub vouches for.
    sign_in_with_git_hub: SignInWithGitHub -> SignedIn;
    /// Gives a member the name that others see.
    name_member: NameMember -> ();
    /// What a member has and has bought.
    read_account: ReadAccount -> Option<Account>;
    /// Records an order before the buyer is sent to the processor.
    place_order: PlaceOrder -> Placing;
    /// Whether a member may use a code now; counts wrong ones.
    try_code: TryCode -> CodeTried;
    /// Records the processor's own name for an order.
    name_reference: NameReference -> ();
    /// Who is signed in, and an order of theirs.
    open_order: OpenOrder -> Option<OpenedOrder>;
    /// Records what the processor says about an order, with all that follows for access.
    settle_order: SettleOrder -> Settling;
    /// Orders that the processor has not been asked about for long enough.
    list_due_orders: ListDueOrders -> Vec<Order>;
    /// Puts off asking about an order.
    postpone_check: PostponeCheck -> ();
    /// Notes a message of the processor and finds the orders that it may mean.
    receive_message: ReceiveMessage -> Received;
    /// Notes that a message was acted upon.
    close_message: CloseMessage -> ();
    /// Of these messages those that were not acted upon, in the same order.
    unheard_messages: UnheardMessages -> Vec<String>;
    /// Forgets old messages.
    forget_messages: ForgetMessages -> ();
    /// Posts a letter, once for each fact.
    post_letter: PostLetter -> ();
    /// Takes letters that are due, for two minutes.
    take_letters: TakeLetters -> Taken;
    /// Says what became of a letter that was taken.
    settle_letter: SettleLetter -> ();
    /// Chooses the language of a member's mails.
    choose_language: ChooseLanguage -> ();
    /// Switches a member's optional mails on or off.
    set_topic: SetTopic -> ();
    /// Gives a member a role.
    grant_role: GrantRole -> Change;
    /// Takes a role away.
    revoke_role: RevokeRole -> Change;
    /// Everybody who has a role.
    list_staff: ListStaff -> Vec<StaffMember>;
    /// Gives a member access that nobody paid for.
    grant_access: GrantAccess -> Change;
    /// Ends access that staff gave.
    revoke_access: RevokeAccess -> Change;
    /// The member with an address, made if there is none.
    add_member: AddMember -> Option<Member>;
    /// Members whose address starts with a text.
    find_members: FindMembers -> Vec<Member>;
    /// What staff sees of a member.
    read_member: ReadMember -> Option<MemberRecord>;
    /// Offers a seat of a team to an address.
    invite_to_seat: InviteToSeat -> Inviting;
    /// What an invitation offers, and whether this member may take it.
    read_invitation: ReadInvitation -> Option<Invitation>;
    /// Takes the seat of an invitation.
    accept_seat: AcceptSeat -> Joining;
    /// Takes a seat or an invitation back.
    revoke_seat: RevokeSeat -> Revoking;
    /// A team as its manager sees it.
    read_team: ReadTeam -> Option<Team>;
    /// The teams that a member runs.
    list_teams: ListTeams -> Vec<TeamSummary>;
    /// Makes somebody with a seat a manager of the team, or takes that back.
    name_manager: NameManager -> Naming;
    /// Asks a team to learn something by a day.
    assign: Assign -> Assigning;
    /// Withdraws what a team is asked to learn.
    withdraw_assignment: WithdrawAssignment -> Withdrawing;
    /// What a member is asked to learn.
    list_assigned: ListAssigned -> Vec<Assigned>;
    /// How a team is getting on.
    read_team_report: ReadTeamReport -> Option<TeamReport>;
    /// Says for whom a gift is.
    gift_to: GiftTo -> Gifted;
    /// Takes a gift.
    accept_gift: AcceptGift -> GiftAccepted;
    /// A gift as whoever has its link sees it.
    read_gift: ReadGift -> Option<Gift>;
    /// The gifts that a member bought.
    list_gifts: ListGifts -> Vec<Gift>;
    /// Records an order for something of which there may be only so many, or with a question.
    place_goods: PlaceGoods -> GoodsPlacing;
    /// What of a product is taken.
    read_stock: ReadStock -> Vec<TakenPlaces>;
    /// What a member has booked and asked.
    read_goods: ReadGoods -> OwnGoods;
    /// What is booked and not over.
    list_bookings: ListBookings -> Vec<Booking>;
    /// The questions that were put to instructors.
    list_questions: ListQuestions -> Vec<Question>;
    /// One question.
    read_question: ReadQuestion -> Option<Question>;
    /// Answers a question, if it is not too late.
    answer_question: AnswerQuestion -> Answering;
    /// Ends the questions whose deadline has come; how many.
    lapse_questions: LapseQuestions -> u32;
    /// The refunds that the processor is to be asked for.
    list_refunds: ListRefunds -> Vec<OwedRefund>;
    /// Puts off a refund.
    postpone_refund: PostponeRefund -> ();
    /// What is known of a member, except for what may be long.
    read_person: ReadPerson -> Option<Person>;
    /// One page of what may be long.
    read_person_page: ReadPersonPage -> PersonPage;
    /// Records that a member asked for a code at another address.
    start_email_change: StartEmailChange -> ChangeStarted;
    /// Moves a member to another address.
    change_email: ChangeEmail -> EmailChanged;
    /// What stands in the way of erasing a member.
    read_erasure: ReadErasure -> Option<Erasure>;
    /// Erases a member.
    erase_member: EraseMember -> Erased;
    /// Erased members whose comments have to be looked for.
    list_sweeps: ListSweeps -> Vec<Sweep>;
    /// Says when the comments of an erased member are looked for again.
    settle_sweep: SettleSweep -> ();
    /// The audit log, newest first.
    read_audit: ReadAudit -> Vec<AuditRow>;
    /// Whether the audit log is as it was written.
    verify_audit: VerifyAudit -> AuditCheck;
}
