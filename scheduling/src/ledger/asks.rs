//! Typed calls: a question with the type of its answer, an order with the type of its reply.
//!
//! The wire between a caller and a ledger carries four enums: [`Command`] and [`Reply`], [`Query`] and [`Answer`].
//! The pairs are written here, and nowhere else: a caller sends a question's query, and reads the answer with the
//! [`Reading`] that belongs to it. An answer to another question is one fault, [`Mismatched`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::alike::{Alike, CancelAlike, CancelledAlike};
use super::campaigns::Campaign;
use super::cursor::Cursor;
use super::device::{Ending, Session};
use super::messages::{
    Answer, Book, Cancel, Command, Confirm, Decide, InviteUse, NoteBooking, Pay, PayStep, Query,
    RecordOutcome, Reply, Reschedule,
};
use crate::booking::{Booking, Party, Status};
use crate::calendar::{Astray, Known, NoteBusy, Span};
use crate::claim::Claim;
use crate::contact::Profile;
use crate::external_id::ExternalId;
use crate::outbox::{Admission, Attempt, DeliveryReport, DeliveryState, Due, MailAsk, Request};
use crate::refusal::Refusal;
use crate::sign_in_link::SignInLink;
use crate::sql::SqlFault;
use crate::token::BookingId;

/// An answer to a different question from the one that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ledger answered to another question than it was asked")]
pub struct Mismatched;

impl From<Mismatched> for SqlFault {
    fn from(mismatched: Mismatched) -> Self {
        SqlFault::Other(mismatched.to_string())
    }
}

/// One call to a ledger: what is sent, and the type of what comes back.
#[derive(Debug)]
pub struct Ask<Sent, Returned, T> {
    sent: Sent,
    read: fn(Returned) -> Option<T>,
}

/// A question, which changes nothing.
pub type Question<T> = Ask<Query, Answer, T>;

/// An order, which may change the ledger.
pub type Order<T> = Ask<Command, Reply, T>;

/// The way to read what comes back.
#[derive(Clone, Copy, Debug)]
pub struct Reading<Returned, T>(fn(Returned) -> Option<T>);

impl<Sent, Returned, T> Ask<Sent, Returned, T> {
    /// The two halves of a call: what goes over the wire, and how to read what comes back.
    pub fn send(self) -> (Sent, Reading<Returned, T>) {
        (self.sent, Reading(self.read))
    }
}

impl<Returned, T> Reading<Returned, T> {
    /// The returned value, as the type that belongs to the call.
    pub fn read(self, returned: Returned) -> Result<T, Mismatched> {
        (self.0)(returned).ok_or(Mismatched)
    }
}

/// The work that a ledger has now.
#[derive(Clone, Debug, PartialEq)]
pub struct DueNow {
    /// Deliveries to carry out.
    pub due: Vec<Due>,
    /// Calendars to read.
    pub calendars: Vec<Known>,
    /// True if seats are dead, or contacts due, that [`Command::Expire`] would end.
    pub expired: bool,
    /// The next instant after now at which a delivery is due, or a seat dies.
    pub next_at: Option<DateTime<Utc>>,
}

/// Time that is taken in a ledger, by its bookings and in its host's calendars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// What takes time, sorted by start.
    pub claims: Vec<Claim>,
    /// The calendars, as they were read last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<Known>,
}

/// Why a time was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It is refused.
    Refused(Refusal),
    /// These calendars are to be read first.
    ReadFirst(Vec<String>),
}

macro_rules! answer {
    ($query:expr, $variant:ident, $field:ident) => {
        Ask {
            sent: $query,
            read: |answer| match answer {
                Answer::$variant { $field } => Some($field),
                _ => None,
            },
        }
    };
}

impl Question<Option<Box<Booking>>> {
    /// One booking.
    pub fn booking(id: BookingId) -> Self {
        answer!(Query::Booking { id }, Booking, booking)
    }
}

impl Question<Taken> {
    /// What is taken now and ends after `from`, as if the booking `except` were not there.
    pub fn busy(from: DateTime<Utc>, except: Option<BookingId>) -> Self {
        let read = |answer| match answer {
            Answer::Busy { claims, calendars } => Some(Taken { claims, calendars }),
            _ => None,
        };
        Ask { sent: Query::Busy { from, except }, read }
    }
}

impl Question<Vec<Known>> {
    /// The host's calendars, as they were read last.
    pub fn calendars() -> Self {
        answer!(Query::Calendars, Calendars, calendars)
    }
}

impl Question<Vec<Astray>> {
    /// The bookings whose copies in calendars are elsewhere, or missing.
    pub fn astray() -> Self {
        answer!(Query::Astray, Astray, astray)
    }
}

impl Question<Vec<Booking>> {
    /// Bookings that start from `from` until before `until`, after a place, sorted by start and id.
    pub fn bookings(
        (from, until): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        status: Option<Status>,
        after: Option<Cursor>,
        most: u32,
    ) -> Self {
        answer!(Query::Bookings { from, until, status, after, most }, Bookings, bookings)
    }

    /// The bookings that are like one of them, also those that were not confirmed, sorted by start and id.
    pub fn alike(alike: Alike, most: u32) -> Self {
        answer!(Query::Alike { alike, most }, Bookings, bookings)
    }

    /// The bookings of those who have booked this host, newest first: of one address, or of those before a booking.
    pub fn contacts(email: Option<String>, before: Option<BookingId>, most: u32) -> Self {
        answer!(Query::Contacts { email, before, most }, Bookings, bookings)
    }
}

impl Question<DueNow> {
    /// Deliveries that are due now, without those of the numbers `except`.
    pub fn due(most: u32, records: u32, except: Vec<i64>) -> Self {
        let read = |answer| match answer {
            Answer::Due { due, calendars, expired, next_at } => {
                Some(DueNow { due, calendars, expired, next_at })
            }
            _ => None,
        };
        Ask { sent: Query::Due { most, records, except }, read }
    }
}

impl Question<Vec<DeliveryReport>> {
    /// Deliveries about events, newest first, those after the one of an id.
    pub fn deliveries(state: DeliveryState, after: Option<String>, most: u32) -> Self {
        answer!(Query::Deliveries { state, after, most }, Deliveries, deliveries)
    }
}

impl Question<bool> {
    /// Whether an email about a booking to its visitor waits, or was held back, because that address gets too many.
    pub fn held_mail(booking: BookingId) -> Self {
        answer!(Query::HeldMail { booking }, HeldMail, held)
    }
}

impl Question<InviteUse> {
    /// How the invitation of an id stands.
    pub fn invite_use(id: String) -> Self {
        answer!(Query::InviteUse { id }, InviteUse, used)
    }
}

impl Question<Option<Session>> {
    /// The session of a digest, while it lasts.
    pub fn session(digest: String) -> Self {
        answer!(Query::Session { digest }, Session, session)
    }
}

impl Question<Vec<Session>> {
    /// The sessions that last still, the one that was seen last first.
    pub fn sessions() -> Self {
        answer!(Query::Sessions, Sessions, sessions)
    }
}

impl Question<Option<Profile>> {
    /// The contact of a key, of the ledger that keeps it.
    pub fn contact(key: String) -> Self {
        answer!(Query::Contact { key }, Contact, contact)
    }
}

impl Question<Vec<ExternalId>> {
    /// All external ids of a booking.
    pub fn external_ids(booking: BookingId) -> Self {
        answer!(Query::ExternalIds { booking }, ExternalIds, ids)
    }

    /// The bookings that an object elsewhere belongs to.
    pub fn called_elsewhere(system: String, kind: String, id: String) -> Self {
        answer!(Query::CalledElsewhere { system, kind, id }, ExternalIds, ids)
    }
}

impl Question<Vec<Campaign>> {
    /// How many bookings each campaign has led to, those with most first.
    pub fn campaigns(most: u32) -> Self {
        answer!(Query::Campaigns { most }, Campaigns, campaigns)
    }
}

impl Question<Vec<String>> {
    /// The normalised addresses of those who have booked this host, in their own order, after `after`.
    pub fn addresses(after: String, most: u32) -> Self {
        answer!(Query::Addresses { after, most }, Addresses, addresses)
    }

    /// The ledgers of whose bookings an address was told, by its key as it is counted.
    pub fn told_ledgers(key: String) -> Self {
        answer!(Query::ToldLedgers { key }, ToldLedgers, ledgers)
    }
}

impl Order<Result<Box<Booking>, NotTaken>> {
    /// Books a time, unless it was booked under the same key before.
    pub fn book(book: Book) -> Self {
        let read = |reply| match reply {
            Reply::Booked { booking } => Some(Ok(booking)),
            reply => not_taken(reply).map(Err),
        };
        Ask { sent: Command::Book(Box::new(book), None), read }
    }

    /// Gives a booking another time, or asks its host for one.
    pub fn reschedule(reschedule: Reschedule) -> Self {
        Ask { sent: Command::Reschedule(reschedule, None), read: moved }
    }

    /// Confirms a booking, as whoever pressed the button behind the link in its email.
    pub fn confirm(confirm: Confirm) -> Self {
        Ask { sent: Command::Confirm(confirm, None), read: moved }
    }
}

impl Order<Result<Box<Booking>, Refusal>> {
    /// Cancels a booking.
    pub fn cancel(cancel: Cancel) -> Self {
        Ask { sent: Command::Cancel(cancel, None), read: changed }
    }

    /// Answers a request, or a proposal, as its host: for the start that was seen, or for the one that is asked for
    /// now.
    pub fn decide(id: BookingId, accepts: bool, start: Option<DateTime<Utc>>) -> Self {
        Ask { sent: Command::Decide(Decide { id, accepts, start }, None), read: changed }
    }

    /// Takes a step of paying for a booking.
    pub fn pay(id: BookingId, step: PayStep) -> Self {
        Ask { sent: Command::Pay(Pay { id, step }, None), read: changed }
    }

    /// Reminds nobody of a booking any more.
    pub fn stop_reminders(id: BookingId) -> Self {
        Ask { sent: Command::StopReminders { id }, read: changed }
    }

    /// Records how a meeting went.
    pub fn record_outcome(record: RecordOutcome) -> Self {
        Ask { sent: Command::RecordOutcome(record, None), read: changed }
    }
}

impl Order<Result<(), Refusal>> {
    /// Has a delivery that is parked, done or ended go out again, at once.
    pub fn replay(id: String) -> Self {
        Ask { sent: Command::Replay(id, None), read: done_or_refused }
    }

    /// Has a booking's copy in a calendar written again, where it should be: of the booking at the start that was seen,
    /// or at whichever it has now.
    pub fn put_back(id: BookingId, start: Option<DateTime<Utc>>) -> Self {
        Ask { sent: Command::PutBack { id, start }, read: done_or_refused }
    }

    /// Leaves a booking's copy as its host has made it, where it was seen.
    pub fn leave_copy(id: BookingId, seen: Span) -> Self {
        Ask { sent: Command::LeaveCopy { id, seen }, read: done_or_refused }
    }

    /// Leaves an event out that makes a calendar unknown, by its digest, or has it count again.
    pub fn leave_out(calendar: String, event: String, counts: bool) -> Self {
        Ask { sent: Command::LeaveOut { calendar, event, counts }, read: done_or_refused }
    }

    /// Remembers a device that has shown the host's key, or a link, which is used up by it.
    pub fn open_session(session: Session, link: Option<SignInLink>) -> Self {
        Ask { sent: Command::OpenSession { session, link }, read: done_or_refused }
    }

    /// Notes a booking of a contact, in the ledger that keeps the contact.
    pub fn note_booking(note: NoteBooking) -> Self {
        Ask { sent: Command::NoteBooking(note), read: done_or_refused }
    }

    /// Notes an external id of a booking.
    pub fn note_external_id(noted: ExternalId) -> Self {
        Ask { sent: Command::NoteExternalId(noted), read: done_or_refused }
    }
}

impl Order<CancelledAlike> {
    /// Cancels bookings that are like one of them.
    pub fn cancel_alike(cancel: CancelAlike) -> Self {
        let read = |reply| match reply {
            Reply::CancelledAlike(done) => Some(done),
            _ => None,
        };
        Ask { sent: Command::CancelAlike(cancel, None), read }
    }
}

impl Order<Admission> {
    /// Asks whether an email may leave to a contact, in the ledger that keeps the contact.
    pub fn admit_mail(ask: MailAsk) -> Self {
        let read = |reply| match reply {
            Reply::Mail { admission } => Some(admission),
            _ => None,
        };
        Ask { sent: Command::AdmitMail(ask), read }
    }
}

impl Order<()> {
    /// Notes what came of reading a calendar.
    pub fn note_busy(noted: NoteBusy) -> Self {
        Ask { sent: Command::NoteBusy(Box::new(noted), None), read: done }
    }

    /// Does what the clock asks for: ends what nobody answered in time, and reminds.
    pub fn expire() -> Self {
        Ask { sent: Command::Expire(None), read: done }
    }

    /// Notes the results of attempts at deliveries.
    pub fn settle(attempts: Vec<Attempt>) -> Self {
        Ask { sent: Command::Settle { attempts }, read: done }
    }

    /// Lets a session last longer.
    pub fn renew_session(digest: String, expires_at: DateTime<Utc>) -> Self {
        Ask { sent: Command::RenewSession { digest, expires_at }, read: done }
    }

    /// Ends a session, or more of the host's.
    pub fn end_sessions(ending: Ending) -> Self {
        Ask { sent: Command::EndSessions(ending), read: done }
    }

    /// Has a link sent to the host's own mailbox, unless enough of them were.
    pub fn send_sign_in_link(ledger: String, link: SignInLink) -> Self {
        Ask { sent: Command::SendSignInLink { ledger, link }, read: done }
    }

    /// Withdraws an invitation, which need not be known from `expires` on.
    pub fn withdraw_invite(id: String, expires: DateTime<Utc>) -> Self {
        Ask { sent: Command::WithdrawInvite { id, expires }, read: done }
    }

    /// Forgets an external id of a booking.
    pub fn forget_external_id(booking: BookingId, system: String, kind: String) -> Self {
        Ask { sent: Command::ForgetExternalId { booking, system, kind }, read: done }
    }

    /// Begins to erase a contact, in the ledger that keeps it.
    /// `ledgers` may know it as a guest.
    pub fn erase_contact(key: String, email: String, ledgers: Vec<String>) -> Self {
        Ask { sent: Command::EraseContact { key, email, ledgers }, read: done }
    }

    /// Erases the visitor of an address from the bookings made until `asked_at`, in a host's ledger, as its host.
    pub fn erase_bookings(email: String, asked_at: DateTime<Utc>) -> Self {
        let request = Request { email, asked_at, by: Party::Host };
        Ask { sent: Command::EraseBookings(request, None), read: done }
    }
}

fn moved(reply: Reply) -> Option<Result<Box<Booking>, NotTaken>> {
    match reply {
        Reply::Changed { booking } => Some(Ok(booking)),
        reply => not_taken(reply).map(Err),
    }
}

fn not_taken(reply: Reply) -> Option<NotTaken> {
    match reply {
        Reply::ReadFirst { calendars } => Some(NotTaken::ReadFirst(calendars)),
        Reply::Refused { refusal } => Some(NotTaken::Refused(refusal)),
        Reply::Booked { .. }
        | Reply::Changed { .. }
        | Reply::CancelledAlike(_)
        | Reply::Done
        | Reply::Scrubbed
        | Reply::Mail { .. } => None,
    }
}

fn changed(reply: Reply) -> Option<Result<Box<Booking>, Refusal>> {
    match reply {
        Reply::Changed { booking } => Some(Ok(booking)),
        Reply::Refused { refusal } => Some(Err(refusal)),
        Reply::Booked { .. }
        | Reply::ReadFirst { .. }
        | Reply::CancelledAlike(_)
        | Reply::Done
        | Reply::Scrubbed
        | Reply::Mail { .. } => None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as every reading takes it")]
fn done_or_refused(reply: Reply) -> Option<Result<(), Refusal>> {
    match reply {
        Reply::Done | Reply::Scrubbed => Some(Ok(())),
        Reply::Refused { refusal } => Some(Err(refusal)),
        Reply::Booked { .. }
        | Reply::Changed { .. }
        | Reply::ReadFirst { .. }
        | Reply::CancelledAlike(_)
        | Reply::Mail { .. } => None,
    }
}

fn done(reply: Reply) -> Option<()> {
    done_or_refused(reply)?.ok()
}
