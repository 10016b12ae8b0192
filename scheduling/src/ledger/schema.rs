//! The tables of a ledger, as numbered migrations: one that has run is never changed, another is added.
//!
//! A *claim* takes time; a *seat* ties one booking to one claim, and is dead from the instant that it expires; a
//! *booking* is the visitor's record; a *delivery* is a notice that must go out; a *contact* is who has booked, with
//! any host. All times are seconds since 1970.

use super::columns::{count, number_of};
use crate::sql::{Sql, SqlFault, Value};

/// Lists of statements; the number of each list is its place, counted from 1.
pub type Migrations<'a> = &'a [&'a [&'a str]];

/// The migrations of a ledger.
const MIGRATIONS: Migrations<'static> = &[
    BOOKINGS,
    CALENDARS,
    CALENDARS_BY_SETTINGS,
    COPIES,
    RENEWED,
    CHANGED_COPIES,
    LEFT_OUT,
    LEFT_COPIES,
    INVITES,
    PAYMENTS,
    SECOND_PAYMENTS,
    OWNERS,
];

/// Bookings, who hears of them, and who made them.
const BOOKINGS: &[&str] = &[
    // The record is the whole booking, and the first record the booking as it was made, once it has changed: a key
    // answers with that. The columns are what is searched by. One address is the normalised one, the other the one that
    // is counted by; the network is a digest. Events are counted, so that each has a number of its own for good. From
    // when it is due on, nobody needs what its visitor wrote.
    "CREATE TABLE booking (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        page TEXT NOT NULL,
        status TEXT NOT NULL,
        start_seconds INTEGER NOT NULL,
        end_seconds INTEGER NOT NULL,
        contact_email TEXT NOT NULL,
        counted_email TEXT NOT NULL,
        network TEXT,
        proof TEXT NOT NULL,
        made_at_seconds INTEGER NOT NULL,
        due_at_seconds INTEGER,
        event_count INTEGER NOT NULL,
        visitor_moves INTEGER NOT NULL DEFAULT 0,
        contact_key TEXT,
        record TEXT NOT NULL,
        first_record TEXT
    ) STRICT",
    "CREATE INDEX booking_by_start ON booking (start_seconds, id)",
    "CREATE INDEX booking_by_contact ON booking (contact_email, end_seconds)",
    "CREATE INDEX booking_by_person ON booking (counted_email, end_seconds)",
    // Those of strangers are few: their share sees to that.
    "CREATE INDEX booking_of_stranger ON booking (start_seconds) WHERE proof <> 'given'",
    "CREATE INDEX booking_by_due ON booking (due_at_seconds) WHERE due_at_seconds IS NOT NULL",
    // What a booking is called elsewhere: in a calendar, by a payment provider, in a CRM. One name for each kind of
    // thing in each system; several bookings may share one.
    "CREATE TABLE external_id (
        booking_id TEXT NOT NULL,
        system TEXT NOT NULL,
        kind TEXT NOT NULL,
        external_id TEXT NOT NULL,
        version TEXT,
        changed_at_seconds INTEGER NOT NULL,
        PRIMARY KEY (booking_id, system, kind)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX external_id_by_name ON external_id (system, kind, external_id)",
    // The gap to a neighbour is its buffer or the claim's own, whichever is longer: so buffers are beside the times and
    // are not added to them.
    "CREATE TABLE claim (
        id INTEGER PRIMARY KEY,
        page TEXT NOT NULL,
        start_seconds INTEGER NOT NULL,
        end_seconds INTEGER NOT NULL,
        before_seconds INTEGER NOT NULL,
        after_seconds INTEGER NOT NULL,
        capacity INTEGER NOT NULL
    ) STRICT",
    "CREATE INDEX claim_by_start ON claim (start_seconds)",
    // A booking of several hosts has its record in one ledger and seats in others: nothing here refers to its row.
    "CREATE TABLE seat (
        claim_id INTEGER NOT NULL REFERENCES claim (id),
        booking_id TEXT NOT NULL,
        expires_at_seconds INTEGER,
        PRIMARY KEY (claim_id, booking_id)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX seat_by_booking ON seat (booking_id)",
    // Few seats expire, and only those are in it.
    "CREATE INDEX seat_by_expiry ON seat (expires_at_seconds) WHERE expires_at_seconds IS NOT NULL",
    // Numbers grow with time, so the oldest keys are found without an index of their own.
    "CREATE TABLE idempotency_key (
        number INTEGER PRIMARY KEY,
        page TEXT NOT NULL,
        key TEXT NOT NULL,
        made_at_seconds INTEGER NOT NULL,
        body_hash TEXT NOT NULL,
        booking_id TEXT NOT NULL,
        UNIQUE (page, key)
    ) STRICT",
    // States: pending, done, parked, ended. Some notices tell of no booking. Ids are unique by how they are made, and
    // are looked up among those that do not wait alone: an index of their own would be written with every booking for
    // nothing. Couriers settle a delivery by its number, late and more than once: so no number is ever given twice.
    // Notices, and what stays within Daymark, are two queues: neither is read through to find what is due of the other.
    "CREATE TABLE delivery (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        booking_id TEXT,
        event TEXT NOT NULL,
        kind TEXT NOT NULL,
        queue TEXT NOT NULL,
        receiver TEXT NOT NULL,
        destination TEXT NOT NULL,
        payload TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt_count INTEGER NOT NULL,
        next_attempt_at_seconds INTEGER NOT NULL,
        last_error TEXT,
        settled_at_seconds INTEGER
    ) STRICT",
    "CREATE INDEX delivery_by_queue ON delivery (state, queue, next_attempt_at_seconds)",
    // Who hears of the bookings here, as it was noted last: one row.
    "CREATE TABLE subscribers (number INTEGER PRIMARY KEY CHECK (number = 1), noted TEXT NOT NULL) STRICT",
    // Reminders that are to come: who is reminded is decided when they are due.
    "CREATE TABLE reminder (
        booking_id TEXT NOT NULL,
        minutes INTEGER NOT NULL,
        at_seconds INTEGER NOT NULL,
        PRIMARY KEY (booking_id, minutes)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX reminder_by_time ON reminder (at_seconds)",
    // Endpoints that asked for no more (410).
    "CREATE TABLE endpoint_off (url TEXT PRIMARY KEY, since_seconds INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Devices that the host is signed in on: what they hold is known by its digest alone. When one was seen last is
    // told by when it expires.
    "CREATE TABLE session (
        digest TEXT PRIMARY KEY,
        key_version INTEGER NOT NULL,
        browser TEXT,
        system TEXT,
        opened_at_seconds INTEGER NOT NULL,
        expires_at_seconds INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID",
    // Links that sign the host in: those that were used, and those that were sent by email, for a day.
    "CREATE TABLE sign_in_link (
        nonce TEXT PRIMARY KEY,
        made_at_seconds INTEGER NOT NULL,
        is_sent INTEGER NOT NULL,
        is_used INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID",
    // Who has booked, across all hosts: in the ledger that keeps contacts. With an address, one is due to be erased by
    // itself; without, it was erased when it was asked for, and that alone is remembered until it is due.
    "CREATE TABLE contact (
        key TEXT PRIMARY KEY,
        email TEXT,
        owner TEXT,
        owner_name TEXT,
        is_erasing INTEGER NOT NULL,
        asked_at_seconds INTEGER,
        due_at_seconds INTEGER
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX contact_by_due ON contact (due_at_seconds) WHERE due_at_seconds IS NOT NULL",
    // The host's ledger is the first part of the booking's id. The outcome is JSON, as the booking's record has it.
    "CREATE TABLE contact_booking (
        contact_key TEXT NOT NULL,
        booking_id TEXT NOT NULL,
        event_count INTEGER NOT NULL,
        made_at_seconds INTEGER NOT NULL,
        name TEXT NOT NULL,
        page TEXT NOT NULL,
        title TEXT NOT NULL,
        start_seconds INTEGER NOT NULL,
        end_seconds INTEGER NOT NULL,
        status TEXT NOT NULL,
        outcome TEXT NOT NULL,
        campaign TEXT,
        source TEXT,
        medium TEXT,
        PRIMARY KEY (contact_key, booking_id)
    ) STRICT, WITHOUT ROWID",
    // How the clock was when it was looked at last: one row. A jump is there until the clock is believed again.
    "CREATE TABLE clock (
        number INTEGER PRIMARY KEY CHECK (number = 1),
        last_seconds INTEGER NOT NULL,
        before_jump_seconds INTEGER,
        jumped_at_seconds INTEGER
    ) STRICT",
    // Emails that left to a contact, in the ledger that keeps it; the key is made of the address as it is counted.
    "CREATE TABLE contact_mail (
        contact_key TEXT NOT NULL,
        mail_id TEXT NOT NULL,
        booking_id TEXT NOT NULL,
        at_seconds INTEGER NOT NULL,
        ends INTEGER NOT NULL,
        counts INTEGER NOT NULL,
        until_seconds INTEGER NOT NULL,
        PRIMARY KEY (contact_key, mail_id)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX contact_mail_by_end ON contact_mail (until_seconds)",
];

/// The host's calendars in other programs.
const CALENDARS: &[&str] = &[
    // Each as it was read last: of two readings in one second, the later one counts. It is in doubt from when it was
    // found empty all at once.
    "CREATE TABLE calendar (
        name TEXT PRIMARY KEY,
        ledger TEXT NOT NULL,
        tried_at_milliseconds INTEGER NOT NULL,
        read_at_seconds INTEGER,
        whole_at_seconds INTEGER,
        known_from_seconds INTEGER NOT NULL,
        known_until_seconds INTEGER NOT NULL,
        before_seconds INTEGER NOT NULL,
        after_seconds INTEGER NOT NULL,
        event_count INTEGER NOT NULL,
        validator TEXT,
        next_read_at_seconds INTEGER NOT NULL,
        failing_since_seconds INTEGER,
        error TEXT,
        doubted_since_seconds INTEGER
    ) STRICT, WITHOUT ROWID",
    // What is busy in them, merged: those of one calendar do not touch. Of what they hold there is nothing else.
    "CREATE TABLE busy (
        calendar TEXT NOT NULL,
        start_seconds INTEGER NOT NULL,
        end_seconds INTEGER NOT NULL,
        PRIMARY KEY (calendar, start_seconds)
    ) STRICT, WITHOUT ROWID",
];

/// What was read of calendars is of the settings that it was read with; it is read anew.
const CALENDARS_BY_SETTINGS: &[&str] = &[
    "DELETE FROM busy",
    "DROP TABLE calendar",
    // Each as it was read last: of two readings in one second, the later one counts. It is in doubt from when it was
    // found empty all at once. Why it failed last, and why it is not known to its end, are two things. What its host
    // was told of it last is told once.
    "CREATE TABLE calendar (
        name TEXT PRIMARY KEY,
        ledger TEXT NOT NULL,
        settings TEXT NOT NULL,
        tried_at_milliseconds INTEGER NOT NULL,
        read_at_milliseconds INTEGER,
        whole_at_seconds INTEGER,
        known_from_seconds INTEGER NOT NULL,
        known_until_seconds INTEGER NOT NULL,
        before_seconds INTEGER NOT NULL,
        after_seconds INTEGER NOT NULL,
        event_count INTEGER NOT NULL,
        skipped TEXT NOT NULL,
        validator TEXT,
        next_read_at_seconds INTEGER NOT NULL,
        failing_since_seconds INTEGER,
        error TEXT,
        unknown_because TEXT,
        doubted_since_seconds INTEGER,
        told TEXT
    ) STRICT, WITHOUT ROWID",
];

/// Bookings' copies in calendars.
const COPIES: &[&str] = &[
    // When each was written last; and from when on it was seen to be elsewhere, or nowhere.
    "CREATE TABLE copy (
        booking_id TEXT PRIMARY KEY,
        calendar TEXT NOT NULL,
        kept_at_seconds INTEGER NOT NULL,
        astray_since_seconds INTEGER,
        moved_start_seconds INTEGER,
        moved_end_seconds INTEGER
    ) STRICT, WITHOUT ROWID",
];

/// The refresh token that a calendar's service gave last, sealed.
const RENEWED: &[&str] = &["ALTER TABLE calendar ADD COLUMN renewed TEXT"];

/// What hosts do to copies, and which calendars let nobody in.
const CHANGED_COPIES: &[&str] = &[
    // With which settings of its calendar it was seen there last; whether whole days were made of it; from when on, and
    // until when, it was looked for by itself and not there; and what its host was told of it last.
    "ALTER TABLE copy ADD COLUMN seen_with TEXT",
    "ALTER TABLE copy ADD COLUMN is_whole_days INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE copy ADD COLUMN gone_since_seconds INTEGER",
    "ALTER TABLE copy ADD COLUMN gone_at_seconds INTEGER",
    "ALTER TABLE copy ADD COLUMN told TEXT",
    "ALTER TABLE calendar ADD COLUMN is_refused INTEGER NOT NULL DEFAULT 0",
    // Whether it was parked because its receiver lets nobody in: then it goes out once somebody is let in again.
    "ALTER TABLE delivery ADD COLUMN is_refused INTEGER NOT NULL DEFAULT 0",
];

/// Events by which a calendar is unknown, and those of them that its host has left out.
const LEFT_OUT: &[&str] = &[
    "ALTER TABLE calendar ADD COLUMN unknown_events TEXT NOT NULL DEFAULT '[]'",
    // Which events these are, only a reading of all of it tells.
    "UPDATE calendar SET validator = NULL WHERE unknown_because IS NOT NULL",
    // Each by its digest, with what was told of it.
    "CREATE TABLE left_out (
        calendar TEXT NOT NULL,
        event TEXT NOT NULL,
        told TEXT NOT NULL,
        PRIMARY KEY (calendar, event)
    ) STRICT, WITHOUT ROWID",
];

/// What their hosts have made of copies, and want left as it is.
const LEFT_COPIES: &[&str] = &["ALTER TABLE copy ADD COLUMN left_as TEXT"];

/// Invitations, until they expire: each by its id, which is in its link.
const INVITES: &[&str] = &[
    "CREATE TABLE invite_use (
        invite TEXT NOT NULL,
        booking_id TEXT NOT NULL,
        until_seconds INTEGER NOT NULL,
        PRIMARY KEY (invite, booking_id)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX invite_use_by_end ON invite_use (until_seconds)",
    "CREATE TABLE withdrawn_invite (
        invite TEXT PRIMARY KEY,
        until_seconds INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX withdrawn_invite_by_end ON withdrawn_invite (until_seconds)",
];

/// What bookings were paid by: one payment pays for one booking. A record that is damaged has none.
const PAYMENTS: &[&str] = &["CREATE INDEX booking_by_payment
    ON booking (iif(json_valid(record), record ->> '$.payment.paid.reference', NULL))
    WHERE iif(json_valid(record), record ->> '$.payment.paid.reference', NULL) IS NOT NULL"];

/// Payments beside the one that a booking was paid by, which go back: none of them pays for another booking.
const SECOND_PAYMENTS: &[&str] = &["CREATE TABLE second_payment (
        reference TEXT PRIMARY KEY,
        booking_id TEXT NOT NULL
    ) STRICT, WITHOUT ROWID"];

/// A contact's owner is known by the name of the ledger, and no longer by the folder, which may be renamed.
const OWNERS: &[&str] = &["UPDATE contact SET owner = COALESCE(
        (SELECT substr(booking_id, 1, instr(booking_id, '.') - 1) FROM contact_booking
            WHERE contact_key = contact.key AND substr(page, 1, length(owner) + 1) = owner || '/' LIMIT 1), owner)
    WHERE owner IS NOT NULL"];

/// Brings a ledger's tables up to date from whatever an earlier version left: all of it, or nothing.
///
/// A ledger that a newer version has written to is left alone, with a fault that says so.
pub fn migrate(sql: &mut dyn Sql) -> Result<(), SqlFault> {
    migrate_through(sql, MIGRATIONS)
}

/// The same through other migrations: those that have run already are passed over.
pub fn migrate_through(sql: &mut dyn Sql, migrations: Migrations<'_>) -> Result<(), SqlFault> {
    sql.transact(&mut |sql| {
        sql.run("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY) STRICT", &[])?;
        let done = count(sql, "SELECT COALESCE(MAX(number), 0) FROM migration", &[])?;
        let known = number_of(migrations);
        if done > known {
            return Err(SqlFault::Other(format!(
                "a newer version of Daymark wrote it: it is at migration {done}, but this version only knows {known}"
            )));
        }
        for (number, statements) in (1i64..).zip(migrations).filter(|(number, _)| *number > done) {
            for statement in *statements {
                sql.run(statement, &[]).map_err(|fault| in_migration(number, fault))?;
            }
            sql.run("INSERT INTO migration (number) VALUES (?1)", &[Value::Integer(number)])?;
        }
        Ok(())
    })
}

/// A disk that is full or locked is not the migration's mistake, and stays what it is.
fn in_migration(number: i64, fault: SqlFault) -> SqlFault {
    match fault {
        SqlFault::Other(cause) => SqlFault::Migration { number, cause },
        other => other,
    }
}
