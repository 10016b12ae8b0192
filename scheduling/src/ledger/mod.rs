//! The ledger: the only writer of a host's time.
//!
//! It takes a command and the time, and runs one synchronous transaction that refuses or writes; the deliveries that
//! follow are written to the outbox in that same transaction.
//!
//! What it decides, it decides on what it reads inside that transaction. The time comes in as an argument: a seat that
//! expires is dead from that instant, whether anyone has tidied it away or not.

mod alike;
mod asks;
mod bookings;
mod calendar_alerts;
mod calendars;
mod campaigns;
mod columns;
mod contacts;
mod copies;
mod copy_alerts;
mod cursor;
mod device;
mod external_ids;
mod invites;
mod made_rooms;
mod messages;
mod outbox_rows;
mod pruning;
mod reminders;
mod retention;
mod schema;
mod sessions;
mod settling;
mod sign_in_links;
mod steady;
mod store;
mod strangers;
mod subscribers;

use chrono::{DateTime, Utc};

use crate::order::ordered;
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

pub use alike::{Alike, CancelAlike, CancelledAlike, Likeness};
pub use asks::{Ask, DueNow, Mismatched, NotTaken, Order, Question, Reading, Taken};
pub use campaigns::Campaign;
pub use cursor::Cursor;
pub use device::{Ending, Session};
pub use messages::{
    Answer, Book, Calendars, Cancel, Command, Confirm, Decide, IdempotencyKey, InviteUse, Invited,
    NoteBooking, Pay, PayStep, Query, RecordOutcome, Reply, Reschedule, Today,
};
pub use schema::{Migrations, migrate, migrate_through};

/// Bookings that end in one transaction, at most, and as many contacts; the next ones follow at once.
const MOST_EXPIRED_TOGETHER: i64 = 64;

/// Carries a command out, in one transaction. A refusal has written nothing; a fault rolls everything back.
pub fn apply(sql: &mut dyn Sql, command: &Command, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let mut reply = None;
    sql.transact(&mut |sql| {
        reply = Some(apply_within(sql, command, now)?);
        Ok(())
    })?;
    reply.ok_or_else(|| SqlFault::Other("the transaction did not run".to_owned()))
}

/// Carries a command out in a transaction that the caller has begun, and rolls back at a fault.
pub fn apply_within(sql: &mut dyn Sql, command: &Command, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    match command {
        Command::Book(book, today) => bookings::book(sql, book, today, now),
        Command::Cancel(cancel, today) => bookings::cancel(sql, cancel, today, now),
        Command::CancelAlike(cancel, today) => bookings::cancel_alike(sql, cancel, today, now),
        Command::Confirm(confirm, today) => bookings::confirm(sql, confirm, today, now),
        Command::Reschedule(reschedule, today) => bookings::reschedule(sql, reschedule, today, now),
        Command::Decide(decide, today) => bookings::decide(sql, decide, today, now),
        Command::Pay(step, today) => bookings::pay(sql, step, today, now),
        Command::RecordOutcome(record, today) => bookings::record_outcome(sql, record, today, now),
        Command::Expire(today) => expire(sql, today, now),
        Command::Settle { attempts } => settling::settle(sql, attempts, now),
        Command::Replay(id, today) => settling::replay(sql, id, today, now),
        Command::OpenSession { session, link } => sessions::open(sql, session, link.as_ref(), now),
        Command::SendSignInLink { ledger, link } => sign_in_links::send(sql, ledger, link, now),
        Command::RenewSession { digest, expires_at } => sessions::renew(sql, digest, *expires_at),
        Command::EndSessions(ending) => sessions::end(sql, ending),
        Command::NoteBooking(note) => {
            steady::heed(sql, now)?;
            contacts::note(sql, note, now)
        }
        Command::AdmitMail(ask) => {
            steady::heed(sql, now)?;
            contacts::admit(sql, ask, now)
        }
        Command::StopReminders { id } => bookings::stop_reminders(sql, id),
        Command::EraseContact { key, email, ledgers } => {
            contacts::begin_erasing(sql, key, (email, ledgers), now, now).map(|()| Reply::Done)
        }
        Command::NoteBusy(noted, today) => {
            let reply = calendars::note(sql, noted, today, now)?;
            copy_alerts::tell(sql, noted, today, now)?;
            made_rooms::give_those_of_pages(sql, today, now)?;
            Ok(reply)
        }
        Command::PutBack { id, start } => copies::put_back(sql, id, *start, now),
        Command::LeaveCopy { id, seen } => copies::leave(sql, id, *seen, now),
        Command::LeaveOut { calendar, event, counts } => {
            calendars::leave_out(sql, (calendar, event), *counts, now)
        }
        Command::NoteExternalId(noted) => external_ids::note(sql, noted),
        Command::ForgetExternalId { booking, system, kind } => {
            external_ids::forget(sql, booking, system, kind)
        }
        Command::WithdrawInvite { id, expires } => invites::withdraw(sql, id, *expires, now),
        Command::EraseBookings(request, today) => bookings::erase(sql, request, today, now),
    }
}

/// Does what the clock asks for: ends bookings that nobody confirmed, paid or answered, reminds of those that are near,
/// and begins to erase contacts that were kept for long enough.
fn expire(sql: &mut dyn Sql, today: &Today, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    bookings::expire(sql, MOST_EXPIRED_TOGETHER, today, now)?;
    reminders::remind(sql, MOST_EXPIRED_TOGETHER, today, now)?;
    let steady = steady::observe(sql, now)?;
    contacts::expire(sql, MOST_EXPIRED_TOGETHER, steady, now)?;
    Ok(Reply::Done)
}

/// The name of a host's ledger that runs by itself and is not told: its bookings' ids begin with it. `None` where it
/// has no booking, and so nobody to tell of one.
pub fn own_name(sql: &mut dyn Sql) -> Result<Option<String>, SqlFault> {
    Ok(store::any_booking(sql)?.map(|id| id.ledger().to_owned()))
}

/// When the ledger next wants to be woken: the first of its deliveries to be tried, of its seats to expire, of its
/// reminders to be due, of its contacts to be erased by itself, and of its calendars to be read. Only reads.
pub fn wake_at(sql: &mut dyn Sql) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let of_contacts = steady::not_before_trusted("min(due_at_seconds)");
    let statement = format!(
        "SELECT min(at) FROM (
            SELECT min(next_attempt_at_seconds) AS at FROM delivery WHERE state = 'pending' AND queue = 'record'
            UNION ALL SELECT min(next_attempt_at_seconds) FROM delivery WHERE state = 'pending' AND queue = 'notice'
            UNION ALL SELECT min(expires_at_seconds) FROM seat WHERE expires_at_seconds IS NOT NULL
            UNION ALL SELECT min(at_seconds) FROM reminder
            UNION ALL SELECT min(next_read_at_seconds) FROM calendar
            UNION ALL SELECT {of_contacts} FROM contact WHERE due_at_seconds IS NOT NULL)"
    );
    columns::first_instant(sql, &statement, &[])
}

/// Answers a query. Only reads, so that a read-only connection will do.
pub fn answer(sql: &mut dyn Sql, query: &Query, now: DateTime<Utc>) -> Result<Answer, SqlFault> {
    Ok(match query {
        Query::Booking { id } => {
            let stored = store::booking(sql, id)?;
            Answer::Booking { booking: stored.map(|stored| Box::new(stored.booking.seen_at(now))) }
        }
        Query::Busy { from, except } => {
            let mut claims = bookings::claims_ending_after(sql, *from, except.as_ref(), now)?;
            let calendars = calendars::all(sql)?;
            if !calendars.is_empty() {
                claims.extend(calendars::busy_after(sql, *from)?);
                claims = ordered(&claims, |claim| claim.start);
            }
            Answer::Busy { claims, calendars }
        }
        Query::Astray => Answer::Astray { astray: copies::astray(sql, now)? },
        Query::Calendars => Answer::Calendars { calendars: calendars::all_to_read(sql, now)? },
        Query::Bookings { from, until, status, after, most } => {
            let bookings = store::bookings(sql, (*from, *until), *status, after.as_ref(), *most)?;
            Answer::Bookings { bookings: bookings.into_iter().map(|booking| booking.seen_at(now)).collect() }
        }
        Query::Alike { alike, most } => {
            let bookings = bookings::alike(sql, alike, *most, now)?;
            Answer::Bookings { bookings: bookings.into_iter().map(|booking| booking.seen_at(now)).collect() }
        }
        Query::Due { most, records, except } => {
            let seat = bookings::first_seat_to_die(sql, now)?;
            let firsts = [seat, reminders::first_due(sql)?, contacts::first_due(sql)?];
            let expiry = firsts.into_iter().flatten().min();
            let next_at = outbox_rows::first_attempt_after(sql, now)?
                .into_iter()
                .chain(expiry)
                .chain(calendars::first_after(sql, now)?)
                .filter(|at| *at > now)
                .min();
            let expired = expiry.is_some_and(|at| at <= now);
            let mut due = outbox_rows::due_notices(sql, *most, except, now)?;
            if *records > 0 {
                due.extend(outbox_rows::due_records(sql, *records, except, now)?);
            }
            Answer::Due { due, calendars: calendars::due(sql, now)?, expired, next_at }
        }
        Query::Deliveries { state, after, most } => {
            Answer::Deliveries { deliveries: outbox_rows::deliveries(sql, *state, after.as_deref(), *most)? }
        }
        Query::HeldMail { booking } => Answer::HeldMail { held: outbox_rows::is_mail_held(sql, booking)? },
        Query::Session { digest } => Answer::Session { session: sessions::find(sql, digest, now)? },
        Query::Sessions => Answer::Sessions { sessions: sessions::all(sql, now)? },
        Query::Contact { key } => Answer::Contact { contact: contacts::profile(sql, key)? },
        Query::Contacts { email, before, most } => {
            let before = before.as_ref().map(BookingId::as_str);
            Answer::Bookings { bookings: store::contacts(sql, email.as_deref(), before, *most)? }
        }
        Query::ExternalIds { booking } => {
            Answer::ExternalIds { ids: external_ids::of_booking(sql, booking)? }
        }
        Query::CalledElsewhere { system, kind, id } => {
            Answer::ExternalIds { ids: external_ids::called(sql, system, kind, id)? }
        }
        Query::InviteUse { id } => Answer::InviteUse { used: invites::uses(sql, id, now)? },
        Query::ToldLedgers { key } => Answer::ToldLedgers { ledgers: contacts::told_ledgers(sql, key)? },
        Query::Campaigns { most } => Answer::Campaigns { campaigns: campaigns::of_bookings(sql, *most)? },
        Query::Addresses { after, most } => {
            Answer::Addresses { addresses: store::addresses(sql, after, *most)? }
        }
    })
}
