//! Bookings that are like one of them: which are, and cancelling them together.

use scheduling::booking::{Booking, Party, Status};
use scheduling::ledger::{
    Alike, Book, Cancel, CancelAlike, CancelledAlike, Command, Likeness, Order, Question, Reply, apply,
};
use scheduling::outbox::Request;
use scheduling::strangers::{Share, Stranger};

use crate::support::{
    By, Memory, ask, at, book, booking_of, busy, cancel, decide, id, must_book, must_move, order, reschedule,
    subscribers, webhook,
};

/// Those that are like the booking with that number, made until that minute.
fn like(number: u8, by: Likeness, made_until: i64) -> Alike {
    Alike { booking: id(number), by, made_until: at(made_until) }
}

fn cancel_alike(sql: &mut Memory, alike: Alike, minute: i64) -> CancelledAlike {
    let cancel = CancelAlike { alike, reason: Some("Ill".to_owned()) };
    order(sql, Order::cancel_alike(cancel), at(minute))
}

fn done(cancelled: u32, unconfirmed: u32, more: bool) -> CancelledAlike {
    CancelledAlike { cancelled, unconfirmed, more }
}

/// The n-th half hour from minute 600 on.
fn nth(number: u8) -> Book {
    let from = 600 + 30 * i64::from(number);
    book(number, from, from + 30)
}

/// From a network, as a stranger whose page always takes them; or who has to confirm each.
fn from(network: &str, most: u32, asked: Book) -> Book {
    let share = Share {
        from: at(-7 * 1440),
        until: at(7 * 1440),
        hours: Vec::new(),
        starts_offered: most,
        bookings_offered: most,
        start_every_minutes: 30,
        shortest_minutes: 30,
        gap_minutes: 0,
    };
    Book {
        stranger: Some(Stranger {
            share,
            others: Vec::new(),
            network: Some(network.to_owned()),
            can_prove: true,
        }),
        ..asked
    }
}

/// Of bookings by those addresses, numbered from 1: which are like the first?
#[track_caller]
fn check(by: Likeness, emails: &[&str], expected: &[u8]) {
    let mut sql = Memory::migrated();
    for (number, email) in (1..).zip(emails) {
        must_book(&mut sql, &nth(number).by(email), 0);
    }
    let expected: Vec<_> = expected.iter().map(|number| id(*number)).collect();
    let found = ask(&mut sql, Question::alike(like(1, by, 0), 100), at(0));
    assert_eq!(found.into_iter().map(|booking| booking.id).collect::<Vec<_>>(), expected, "{emails:?}");
    let number = u32::try_from(expected.len()).unwrap();
    assert_eq!(cancel_alike(&mut sql, like(1, by, 0), 0), done(number, 0, false));
    for number in (1..).take(emails.len()) {
        let is_cancelled = booking_of(&mut sql, number).unwrap().status == Status::Cancelled;
        assert_eq!(is_cancelled, expected.contains(&id(number)), "booking {number} of {emails:?}");
    }
}

#[test]
fn addresses_are_alike_as_they_are_counted() {
    check(
        Likeness::Email,
        &["sam@example.org", "Sam+2@Example.ORG", "sa.m@example.org", "kim@example.org", "sam@example.com"],
        &[1, 2],
    );
    check(Likeness::Email, &["s.a.m+x@gmail.com", "sam@googlemail.com", "sam@example.com"], &[1, 2]);
}

#[test]
fn a_domain_is_neither_what_is_below_it_nor_what_ends_like_it() {
    check(
        Likeness::Domain,
        &["sam@example.org", "kim@EXAMPLE.org", "a@b.example.org", "a@notexample.org", "a@example.com"],
        &[1, 2],
    );
    check(Likeness::Domain, &["a@bücher.example", "b@xn--bcher-kva.example", "c@bucher.example"], &[1, 2]);
    check(Likeness::Domain, &["a@gmail.com", "b@googlemail.com", "c@gmail.com.example"], &[1, 2]);
}

#[test]
fn a_network_is_what_bookings_came_from() {
    let mut sql = Memory::migrated();
    for (number, network) in [(1, "near"), (2, "far"), (3, "near")] {
        must_book(&mut sql, &from(network, 300, nth(number).by(&format!("s{number}@example.org"))), 0);
    }
    must_book(&mut sql, &nth(4).by("s4@example.org"), 0);
    must_book(&mut sql, &nth(5).by("s5@example.org"), 0);
    let unknown = like(4, Likeness::Network, 0);
    assert_eq!(
        ask(&mut sql, Question::alike(unknown.clone(), 9), at(0)),
        [],
        "not all that came from anywhere"
    );
    assert_eq!(cancel_alike(&mut sql, unknown, 0), done(0, 0, false));
    assert_eq!(cancel_alike(&mut sql, like(1, Likeness::Network, 0), 0), done(2, 0, false));
    let left: Vec<Status> = (1..=5).map(|number| booking_of(&mut sql, number).unwrap().status).collect();
    let (cancelled, confirmed) = (Status::Cancelled, Status::Confirmed);
    assert_eq!(left, [cancelled, confirmed, cancelled, confirmed, confirmed]);
}

/// Everything that holds a time is cancelled, with the other time that is asked for; what was not confirmed is freed,
/// and nobody hears of it.
#[test]
fn whatever_holds_a_time_that_is_to_come_is_cancelled() {
    let mut sql = Memory::migrated();
    let waiting = |number: u8, status: Status| {
        let mut asked = nth(number);
        (asked.booking.status, asked.expires_at) = (status, Some(asked.booking.start));
        asked
    };
    must_book(&mut sql, &nth(1), 0);
    must_book(&mut sql, &waiting(2, Status::Requested), 0);
    must_book(&mut sql, &waiting(3, Status::AwaitingPayment), 0);
    must_book(&mut sql, &waiting(4, Status::Requested), 0);
    decide(&mut sql, 4, true, 0);
    let mut proposed = reschedule(4, 900, 930);
    proposed.approval_within_minutes = Some(400);
    assert!(must_move(&mut sql, &proposed, 0).proposed.is_some());
    must_book(&mut sql, &waiting(5, Status::Requested), 0);
    decide(&mut sql, 5, false, 0);
    must_book(&mut sql, &nth(6), 0);
    cancel(&mut sql, 6, Party::Visitor, 0);
    must_book(&mut sql, &book(7, 15, 45), 0);
    assert_eq!(must_book(&mut sql, &from("near", 0, nth(8)), 0).status, Status::AwaitingConfirmation);
    must_book(&mut sql, &nth(9).by("kim@example.com"), 0);
    sql.set("DELETE FROM delivery");
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[webhook("https://hooks.example.com/", &["*"])]);
    let cancel = CancelAlike { alike: like(1, Likeness::Email, 0), reason: None };
    let command = Command::CancelAlike(cancel, sql.today.clone());
    let expected = Reply::CancelledAlike(done(4, 1, false));
    assert_eq!(apply(&mut sql, &command, at(20)).unwrap(), expected, "the seventh has begun");
    let status = |sql: &mut Memory, number: u8| booking_of(sql, number).unwrap().status;
    for number in [1, 2, 3, 4, 8] {
        assert_eq!(status(&mut sql, number), Status::Cancelled, "{number}");
    }
    assert_eq!((status(&mut sql, 5), status(&mut sql, 7)), (Status::Declined, Status::Confirmed));
    assert_eq!(booking_of(&mut sql, 4).unwrap().proposed, None);
    let starts: Vec<i64> =
        busy(&mut sql, 0, 20).iter().map(|claim| (claim.start - at(0).timestamp()) / 60).collect();
    assert_eq!(starts, [15, 870], "what has begun, and another visitor's");
    let mails = |number: u8| {
        format!("SELECT count(*) FROM delivery WHERE kind = 'mail' AND booking_id = '{}'", id(number))
    };
    // Of one that waits for its payment, its visitor alone hears.
    for (number, expected) in [(1, 2), (2, 2), (3, 1), (4, 2), (7, 0), (8, 0), (9, 0)] {
        assert_eq!(sql.number(&mails(number)), expected, "one to the visitor and one to the host: {number}");
    }
}

/// Cancelled together, or one after the other: the same is written.
#[test]
fn each_is_cancelled_as_if_it_were_the_only_one() {
    let booked = || {
        let mut sql = Memory::migrated();
        let parties = [Party::Visitor, Party::Host];
        sql.today = subscribers(&parties, &[webhook("https://hooks.example.com/", &["booking.*"])]);
        for number in 1..=4 {
            let mut asked = from("near", 3, nth(number));
            asked.booking.terms.reminders_minutes = vec![60];
            asked.booking.visitor.guests = vec!["ben@example.org".to_owned()];
            asked.contact_key = Some("c".to_owned());
            must_book(&mut sql, &asked, 0);
        }
        sql
    };
    let (mut together, mut alone) = (booked(), booked());
    assert_eq!(booking_of(&mut alone, 4).unwrap().status, Status::AwaitingConfirmation);
    assert_eq!(cancel_alike(&mut together, like(1, Likeness::Email, 0), 1), done(3, 1, false));
    for number in 1..=4 {
        let reason = Some("Ill".to_owned());
        let cancel = Cancel { id: id(number), by: Party::Host, reason, proves: false };
        order(&mut alone, Order::cancel(cancel), at(1)).unwrap();
    }
    assert_eq!(together.dump(), alone.dump());
    let before = together.dump();
    assert_eq!(cancel_alike(&mut together, like(1, Likeness::Email, 9), 2), done(0, 0, false), "a repeat");
    assert_eq!(together.dump(), before);
}

#[test]
fn many_are_cancelled_step_by_step() {
    let mut sql = Memory::migrated();
    for number in 0..150 {
        must_book(&mut sql, &nth(number), 0);
    }
    must_book(&mut sql, &nth(150).by("kim@example.com"), 0);
    let all = like(149, Likeness::Email, 0);
    assert_eq!(ask(&mut sql, Question::alike(all.clone(), 20), at(0)).len(), 20);
    for expected in [done(64, 0, true), done(64, 0, true), done(22, 0, false), done(0, 0, false)] {
        assert_eq!(cancel_alike(&mut sql, all.clone(), 1), expected);
    }
    assert_eq!(busy(&mut sql, 0, 1).len(), 1);
}

#[test]
fn what_was_booked_after_somebody_looked_stays() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &nth(1), 0);
    must_book(&mut sql, &nth(2), 5);
    assert_eq!(ask(&mut sql, Question::alike(like(1, Likeness::Email, 4), 9), at(6)).len(), 1);
    assert_eq!(cancel_alike(&mut sql, like(1, Likeness::Email, 4), 6), done(1, 0, false));
    assert_eq!(cancel_alike(&mut sql, like(1, Likeness::Email, 5), 6), done(1, 0, false));
}

#[test]
fn nothing_is_like_a_booking_that_is_erased_or_not_there() {
    let mut sql = Memory::migrated();
    for number in 1..=2 {
        must_book(&mut sql, &from("near", 300, nth(number)), 0);
    }
    must_book(&mut sql, &from("near", 300, nth(3).by("kim@example.com")), 0);
    let erase = Request { email: "sam@example.com".to_owned(), asked_at: at(0), by: Party::Host };
    apply(&mut sql, &Command::EraseBookings(erase, None), at(0)).unwrap();
    let before = sql.dump();
    for number in [1, 9] {
        for by in [Likeness::Email, Likeness::Domain, Likeness::Network] {
            assert_eq!(ask(&mut sql, Question::alike(like(number, by, 0), 9), at(0)), Vec::<Booking>::new());
            assert_eq!(cancel_alike(&mut sql, like(number, by, 0), 0), done(0, 0, false));
        }
    }
    assert_eq!(sql.dump(), before);
}
