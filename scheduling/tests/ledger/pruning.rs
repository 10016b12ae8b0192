//! What is kept of bookings and deliveries, and for how long.

use chrono::TimeDelta;
use scheduling::booking::{Answer, Booking, Party, Status};
use scheduling::ledger::{Book, Command, Order, Question, apply};
use scheduling::outbox::{Attempt, AttemptOutcome, Request};
use scheduling::strangers::{Share, Stranger};

use crate::support::{
    By, Memory, ask, at, book, booking_of, cancel, must_book, order, reschedule, subscribers,
};

pub(crate) const DAY: i64 = 1440;

/// From minute 60 to 90, with an answer.
fn answered(number: u8) -> Book {
    let mut asked = book(number, 60, 90).by("mara@example.org");
    asked.booking.created_at = at(0);
    asked.booking.changed_at = at(0);
    asked.booking.visitor.answers.insert("topic".to_owned(), Answer::Text("Kyoto".to_owned()));
    asked.booking.origin.tracking.insert("utm_source".to_owned(), "news".to_owned());
    asked.booking.visitor.guests = vec!["ben@example.org".to_owned()];
    asked
}

/// Settles nothing, often enough for the clock to be believed.
pub(crate) fn settle_until(sql: &mut Memory, minute: i64) {
    let mut now = sql.number("SELECT COALESCE(MAX(last_seconds), 0) FROM clock");
    while now < at(minute).timestamp() {
        now = (now + 12 * 3600).clamp(at(0).timestamp(), at(minute).timestamp());
        let now = chrono::DateTime::from_timestamp(now, 0).unwrap();
        order(sql, Order::settle(Vec::new()), now);
    }
}

/// Whether what its visitor wrote is there.
fn is_whole(sql: &mut Memory) -> bool {
    let booking = booking_of(sql, 1).unwrap();
    let parts = [
        booking.visitor.answers.is_empty(),
        booking.visitor.guests.is_empty(),
        booking.origin.tracking.is_empty(),
    ];
    assert!(parts.iter().all(|part| *part == parts[0]), "{booking:?}");
    assert_eq!(booking.visitor.contact.email, "mara@example.org", "whose it was stays");
    !parts[0]
}

#[test]
fn what_was_written_is_kept_for_four_hundred_days() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &answered(1), 0);
    sql.set("DELETE FROM delivery");
    settle_until(&mut sql, 90 + 400 * DAY - 1);
    assert!(is_whole(&mut sql));
    settle_until(&mut sql, 90 + 400 * DAY);
    assert!(!is_whole(&mut sql));
    assert_eq!(sql.number("SELECT network IS NULL FROM booking"), 1, "nor where it came from");
    let records = ask(&mut sql, Question::due(0, 10, Vec::new()), at(500 * DAY)).due;
    assert_eq!(records.len(), 1, "its record follows");
    assert!(records[0].booking.as_ref().unwrap().visitor.answers.is_empty());
    let before = sql.dump();
    settle_until(&mut sql, 90 + 402 * DAY);
    assert_eq!(sql.dump(), before, "once");
}

#[test]
fn or_for_as_long_as_the_content_says() {
    let mut sql = Memory::migrated();
    let mut today = subscribers(&[], &[]);
    today.as_mut().unwrap().keep_contacts_minutes = Some(30 * 1440);
    sql.today = today;
    must_book(&mut sql, &answered(1), 0);
    settle_until(&mut sql, 90 + 30 * DAY - 1);
    assert!(is_whole(&mut sql));
    settle_until(&mut sql, 90 + 30 * DAY);
    assert!(!is_whole(&mut sql));
}

#[test]
fn what_did_not_take_place_is_kept_for_thirty_days() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &answered(1), 0);
    cancel(&mut sql, 1, Party::Visitor, 10);
    settle_until(&mut sql, 10 + 30 * DAY - 1);
    assert!(is_whole(&mut sql));
    settle_until(&mut sql, 10 + 30 * DAY);
    assert!(!is_whole(&mut sql));
    assert_eq!(booking_of(&mut sql, 1).unwrap().cancel_reason, None);
    assert_eq!(sql.number("SELECT count(*) FROM booking WHERE first_record IS NOT NULL"), 0);
}

#[test]
fn a_moved_meeting_is_kept_from_its_new_end_on() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &answered(1), 0);
    crate::support::must_move(&mut sql, &reschedule(1, 60 + 7 * DAY, 90 + 7 * DAY), 10);
    settle_until(&mut sql, 90 + 407 * DAY - 1);
    assert!(is_whole(&mut sql));
    settle_until(&mut sql, 90 + 407 * DAY);
    assert!(!is_whole(&mut sql));
}

#[test]
fn what_was_erased_goes_whole() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &answered(1), 0);
    let request = Request { email: "mara@example.org".to_owned(), asked_at: at(200), by: Party::Host };
    apply(&mut sql, &Command::EraseBookings(request, None), at(200)).unwrap();
    sql.set("DELETE FROM delivery");
    settle_until(&mut sql, 90 + 400 * DAY - 1);
    assert!(booking_of(&mut sql, 1).is_some());
    settle_until(&mut sql, 90 + 400 * DAY);
    assert!(booking_of(&mut sql, 1).is_none());
}

/// Whoever erases a meeting that is long over has it erased everywhere before it is let go of.
#[test]
fn what_was_erased_late_is_told_before_it_goes() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &answered(1), 0);
    let request = Request { email: "mara@example.org".to_owned(), asked_at: at(500 * DAY), by: Party::Host };
    apply(&mut sql, &Command::EraseBookings(request, None), at(500 * DAY)).unwrap();
    settle_until(&mut sql, 500 * DAY + 1);
    let records = "SELECT count(*) FROM delivery WHERE kind = 'record' AND event = 'contact.erased'";
    assert_eq!(sql.number(records), 1, "its record is still to follow");
    sql.set("DELETE FROM delivery");
    settle_until(&mut sql, 531 * DAY);
    assert!(booking_of(&mut sql, 1).is_none());
}

/// Nothing has happened to a booking whose visitor wants no more reminders.
#[test]
fn who_wants_no_reminders_changes_nothing_of_how_long_a_booking_is_kept() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &answered(1), 0);
    sql.set("UPDATE booking SET due_at_seconds = 7");
    let stop = Order::stop_reminders(answered(1).booking.id);
    order(&mut sql, stop, at(1)).unwrap();
    assert_eq!(sql.number("SELECT due_at_seconds FROM booking"), 7);
}

/// It was nobody's but its visitor's, who has its link for a while.
#[test]
fn what_was_not_confirmed_is_known_for_two_days() {
    let mut sql = Memory::migrated();
    let share = Share {
        from: at(0),
        until: at(DAY),
        hours: Vec::new(),
        starts_offered: 0,
        bookings_offered: 0,
        start_every_minutes: 30,
        shortest_minutes: 30,
        gap_minutes: 0,
    };
    for number in 1..=4 {
        let mut asked = answered(number).by(&format!("s{number}@example.org"));
        let later = TimeDelta::hours(number.into());
        let Booking { start, end, .. } = asked.booking;
        (asked.booking.start, asked.booking.end) = (start + later, end + later);
        asked.stranger =
            Some(Stranger { share: share.clone(), others: Vec::new(), network: None, can_prove: true });
        must_book(&mut sql, &asked, 0);
    }
    sql.set("DELETE FROM delivery");
    apply(&mut sql, &Command::Expire(None), at(30)).unwrap();
    assert_eq!(booking_of(&mut sql, 4).unwrap().status, Status::Expired);
    settle_until(&mut sql, 30 + 2 * DAY - 1);
    assert!(booking_of(&mut sql, 4).is_some());
    settle_until(&mut sql, 30 + 2 * DAY);
    assert!(booking_of(&mut sql, 4).is_none());
    assert!(booking_of(&mut sql, 3).is_some());
}

/// A clock that is wrong for a while loses nothing.
#[test]
fn a_clock_that_has_jumped_prunes_nothing_at_first() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &answered(1), 0);
    order(&mut sql, Order::settle(Vec::new()), at(0));
    order(&mut sql, Order::settle(Vec::new()), at(500 * DAY));
    assert!(is_whole(&mut sql));
}

#[test]
fn what_was_given_up_is_forgotten_after_ninety_days() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Host], &[]);
    must_book(&mut sql, &answered(1), 0);
    let number = ask(&mut sql, Question::due(10, 0, Vec::new()), at(0)).due[0].number;
    for failure in 0..10 {
        let outcome = AttemptOutcome::Failed { reason: "no".to_owned(), retry_after_seconds: None };
        order(&mut sql, Order::settle(vec![Attempt { number, outcome, jitter: 0 }]), at(failure));
    }
    let parked = |sql: &mut Memory| sql.number("SELECT count(*) FROM delivery WHERE state = 'parked'");
    settle_until(&mut sql, 89 * DAY);
    assert_eq!(parked(&mut sql), 1);
    settle_until(&mut sql, 91 * DAY);
    assert_eq!(parked(&mut sql), 0);
}
