//! A booking's copies in the host's calendar: written with each change, one after the other, and each as it is by then.

use scheduling::booking::{Party, Status};
use scheduling::calendar::{Astray, Booked, Found, Known, NoteBusy, Reading, Span};
use scheduling::definition::Buffer;
use scheduling::ledger::{Book, Command, Order, Question, Reschedule, apply};
use scheduling::outbox::{Attempt, AttemptOutcome, DeliveryState, Due, Payload, Request};
use scheduling::refusal::Refusal;

use crate::support::{
    Memory, ask, at, book, booking_of, cancel, id, must_book, must_move, must_stay, order, reschedule,
};

/// A wish on a page that writes to the calendar `work`.
fn written(wish: Book) -> Book {
    let mut wish = wish;
    wish.booking.terms.write_to = Some("work".to_owned());
    wish
}

/// A wish that the host is asked for.
fn asked(number: u8, from: i64, until: i64) -> Book {
    let mut wish = book(number, from, until);
    wish.booking.status = Status::Requested;
    wish.expires_at = Some(at(50));
    wish
}

/// The copies that are due, while those of some numbers are on their way.
fn due(sql: &mut Memory, except: &[i64], minute: i64) -> Vec<Due> {
    let found = ask(sql, Question::due(100, 0, except.to_vec()), at(minute)).due;
    found.into_iter().filter(|due| due.destination.kind() == "calendar").collect()
}

/// Each with the booking's status and start, in minutes.
fn said(due: &[Due]) -> Vec<(String, Status, i64)> {
    let said = |due: &Due| {
        let booking = due.booking.as_ref().unwrap();
        (due.id.clone(), booking.status, (booking.start - at(0)).num_minutes())
    };
    due.iter().map(said).collect()
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, minute: i64) {
    order(sql, Order::settle(vec![Attempt { number, outcome, jitter: 0 }]), at(minute));
}

#[test]
fn each_change_writes_the_booking_as_it_is_by_then() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(book(1, 60, 90)), 0);
    must_book(&mut sql, &book(2, 200, 230), 0);
    let first = due(&mut sql, &[], 1);
    let of = |event: u32| format!("{}.{event}.calendar-work", id(1));
    assert_eq!(said(&first), [(of(1), Status::Confirmed, 60)], "of the other page, nothing is written");
    // While it is on its way, the next one waits.
    must_move(&mut sql, &reschedule(1, 120, 150), 2);
    assert_eq!(said(&due(&mut sql, &[first[0].number], 3)), []);
    // Of those that wait, one goes, and says all.
    let waiting = due(&mut sql, &[], 3);
    assert_eq!(said(&waiting), [(of(1), Status::Confirmed, 120)]);
    settle(&mut sql, waiting[0].number, AttemptOutcome::Taken, 3);
    let next = due(&mut sql, &[], 4);
    assert_eq!(said(&next), [(of(3), Status::Confirmed, 120)]);
    settle(&mut sql, next[0].number, AttemptOutcome::Taken, 4);
    cancel(&mut sql, 1, Party::Visitor, 5);
    assert_eq!(said(&due(&mut sql, &[], 6)), [(of(5), Status::Cancelled, 120)]);
}

#[test]
fn nothing_is_written_of_a_request_before_it_is_accepted() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(asked(1, 600, 630)), 0);
    assert_eq!(said(&due(&mut sql, &[], 1)), []);
    order(&mut sql, Order::decide(id(1), true, None), at(2)).unwrap();
    let accepted = (format!("{}.3.calendar-work", id(1)), Status::Confirmed, 600);
    assert_eq!(said(&due(&mut sql, &[], 3)), [accepted]);
    must_book(&mut sql, &written(asked(2, 700, 730)), 4);
    order(&mut sql, Order::decide(id(2), false, None), at(5)).unwrap();
    let all = said(&due(&mut sql, &[], 6));
    assert!(!all.iter().any(|(delivery, ..)| delivery.starts_with(id(2).as_str())), "{all:?}");
}

#[test]
fn one_that_was_given_up_is_sent_again_as_the_booking_is_now() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(book(1, 600, 630)), 0);
    let first = due(&mut sql, &[], 1).remove(0);
    let held = AttemptOutcome::Held { reason: "it answered 401".to_owned(), until: None };
    settle(&mut sql, first.number, held, 1);
    assert_eq!(said(&due(&mut sql, &[], 2)), []);
    must_move(&mut sql, &reschedule(1, 700, 730), 3);
    let moved = due(&mut sql, &[], 4).remove(0);
    settle(&mut sql, moved.number, AttemptOutcome::Taken, 4);
    for delivery in [&first, &moved] {
        order(&mut sql, Order::replay(delivery.id.clone()), at(5)).unwrap();
        let again = due(&mut sql, &[], 6);
        assert_eq!(said(&again), [(delivery.id.clone(), Status::Confirmed, 700)]);
        settle(&mut sql, again[0].number, AttemptOutcome::Taken, 6);
    }
    assert_eq!(booking_of(&mut sql, 1).unwrap().terms.write_to.as_deref(), Some("work"));
}

fn span(from: i64, until: i64) -> Span {
    Span { start: at(from).timestamp(), end: at(until).timestamp() }
}

/// What a reading finds which sees the first booking's copy at some times, if at any; or has looked for it in vain.
fn found(copies: &[(i64, i64)], gone: bool) -> Found {
    let asked = span(-1000, 100_000);
    let booked = |(from, until): &(i64, i64)| booked(1, (*from, *until), false);
    Found {
        asked,
        known_until: asked.end,
        busy: Vec::new(),
        bookings: copies.iter().map(booked).collect(),
        gone: if gone { vec![id(1)] } else { Vec::new() },
        keep_free: Buffer::default(),
        unknown_because: None,
        unknown_events: Vec::new(),
        events: 9,
        skipped: String::new(),
        validator: Some("as before".to_owned()),
    }
}

fn booked(number: u8, (from, until): (i64, i64), whole_days: bool) -> Booked {
    Booked { booking: id(number), span: span(from, until), blocks: true, whole_days }
}

/// A reading of the calendar at that minute which finds the first booking's copy there, if anywhere.
fn read(sql: &mut Memory, minute: i64, copy: Option<(i64, i64)>) {
    note(sql, minute, Reading::Found(Box::new(found(copy.as_slice(), false))));
}

/// A reading that looks for it in vain.
fn look(sql: &mut Memory, minute: i64) {
    note(sql, minute, Reading::Found(Box::new(found(&[], true))));
}

fn note(sql: &mut Memory, minute: i64, reading: Reading) {
    let noted = NoteBusy {
        ledger: "aiko".to_owned(),
        calendar: "work".to_owned(),
        settings: "as today".to_owned(),
        read_at: at(minute),
        next_read_at: at(minute + 10),
        host: None,
        renewed: None,
        deletion_cancels: false,
        left_out: Vec::new(),
        reading,
    };
    order(sql, Order::note_busy(noted), at(minute));
}

/// What is known of the calendar when it is due.
fn due_calendar(sql: &mut Memory, minute: i64) -> Option<Known> {
    ask(sql, Question::due(100, 0, Vec::new()), at(minute)).calendars.pop()
}

/// A booking's number, the minute since when it is astray, and where its copy is.
type Seen = (u8, i64, Option<(i64, i64)>);

/// The bookings that are astray.
fn astray(sql: &mut Memory, minute: i64) -> Vec<Seen> {
    let minutes = |seconds: i64| (seconds - at(0).timestamp()) / 60;
    let one = |astray: Astray| {
        assert_eq!((&astray.booking, astray.calendar.as_str()), (&id(1), "work"));
        let moved_to = astray.moved_to.map(|span| (minutes(span.start), minutes(span.end)));
        (1, minutes(astray.since.timestamp()), moved_to)
    };
    ask(sql, Question::astray(), at(minute)).into_iter().map(one).collect()
}

/// Has all copies that are due taken.
fn write(sql: &mut Memory, minute: i64) {
    for due in due(sql, &[], minute) {
        settle(sql, due.number, AttemptOutcome::Taken, minute);
    }
}

/// A ledger with a booking from minute 600 to 630 whose copy was written at minute 1.
fn kept() -> Memory {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(book(1, 600, 630)), 0);
    write(&mut sql, 1);
    sql
}

#[test]
fn a_copy_that_stands_where_it_was_put_is_not_astray() {
    let mut sql = kept();
    for minute in [10, 25, 40] {
        read(&mut sql, minute, Some((600, 630)));
        assert_eq!(astray(&mut sql, minute), []);
    }
}

#[test]
fn a_copy_that_was_looked_for_twice_in_vain_is_missing() {
    let mut sql = kept();
    // It may not show yet.
    read(&mut sql, 2, None);
    read(&mut sql, 13, Some((600, 630)));
    assert_eq!(due_calendar(&mut sql, 23).unwrap().missed, []);
    read(&mut sql, 23, None);
    // It may lie beyond what is read: it is looked for soon, whether or not anything has changed.
    assert_eq!(due_calendar(&mut sql, 24), None);
    let known = due_calendar(&mut sql, 25).unwrap();
    assert_eq!((known.missed, known.validator), (vec![id(1)], None));
    for minute in [25, 34] {
        look(&mut sql, minute);
        assert_eq!(astray(&mut sql, minute), []);
    }
    assert_eq!(due_calendar(&mut sql, 44).unwrap().validator, None);
    // Another reading, for a visitor who waits, does not look.
    read(&mut sql, 44, None);
    assert_eq!(astray(&mut sql, 44), []);
    look(&mut sql, 45);
    assert_eq!(astray(&mut sql, 45), [(1, 23, None)]);
    assert_eq!(due_calendar(&mut sql, 55).unwrap().validator.as_deref(), Some("as before"));
    for reading in [Reading::Unchanged, Reading::Failed("it answered 500".to_owned())] {
        note(&mut sql, 56, reading);
        assert_eq!(astray(&mut sql, 57), [(1, 23, None)]);
    }
    read(&mut sql, 60, Some((600, 630)));
    assert_eq!(astray(&mut sql, 61), []);
    // What was seen in between begins anew.
    for (minute, expected) in [(70, vec![]), (79, vec![]), (80, vec![(1, 70, None)])] {
        look(&mut sql, minute);
        assert_eq!(astray(&mut sql, minute), expected);
    }
}

#[test]
fn a_copy_that_cannot_be_looked_for_is_not_missing() {
    let mut sql = kept();
    for minute in [10, 25, 40, 400] {
        read(&mut sql, minute, None);
        assert_eq!(astray(&mut sql, minute), []);
    }
}

#[test]
fn a_copy_that_is_found_beyond_what_is_read_was_moved() {
    let mut sql = kept();
    read(&mut sql, 10, None);
    for place in [(-5000, -4970), (500_000, 500_030)] {
        read(&mut sql, 20, Some(place));
        assert_eq!(astray(&mut sql, 20), [(1, 20, Some(place))]);
        assert_eq!(due_calendar(&mut sql, 30).unwrap().missed, [id(1)]);
        // A reading that does not look for it does not see it.
        read(&mut sql, 25, None);
        assert_eq!(astray(&mut sql, 25), [(1, 20, Some(place))]);
        look(&mut sql, 31);
        assert_eq!(astray(&mut sql, 31), []);
        sql = kept();
    }
}

#[test]
fn a_failure_alone_makes_nothing_missing() {
    let mut sql = kept();
    for minute in [10, 25, 40] {
        note(&mut sql, minute, Reading::Failed("it answered 404".to_owned()));
    }
    assert_eq!(astray(&mut sql, 41), []);
}

#[test]
fn a_copy_that_its_host_has_moved_is_elsewhere_at_once() {
    let mut sql = kept();
    read(&mut sql, 10, Some((700, 730)));
    assert_eq!(astray(&mut sql, 11), [(1, 10, Some((700, 730)))]);
    // The meeting goes after it, and the copy is where it should be.
    must_move(&mut sql, &reschedule(1, 700, 730), 12);
    assert_eq!(astray(&mut sql, 12), []);
    write(&mut sql, 13);
    read(&mut sql, 20, Some((700, 730)));
    assert_eq!(astray(&mut sql, 21), []);
}

#[test]
fn a_copy_that_its_host_repeats_is_where_it_was_put() {
    let mut sql = kept();
    for (times, expected) in [
        (vec![(600, 630), (10_680, 10_710)], vec![]),
        (vec![(700, 730), (10_780, 10_810)], vec![(1, 25, Some((700, 730)))]),
    ] {
        let minute = if expected.is_empty() { 10 } else { 25 };
        read(&mut sql, minute - 5, Some((600, 630)));
        note(&mut sql, minute, Reading::Found(Box::new(found(&times, false))));
        assert_eq!(astray(&mut sql, minute + 1), expected);
    }
}

#[test]
fn a_copy_that_its_host_makes_whole_days_of_is_not_where_it_was_put() {
    let mut sql = kept();
    for place in [(0, 1440), (600, 630)] {
        let found = Found { bookings: vec![booked(1, place, true)], ..found(&[], false) };
        note(&mut sql, 10, Reading::Found(Box::new(found)));
        let [astray] = &ask(&mut sql, Question::astray(), at(10))[..] else { panic!("not one") };
        assert_eq!((astray.moved_to, astray.whole_days), (Some(span(place.0, place.1)), true));
        sql = kept();
    }
}

#[test]
fn what_was_astray_is_forgotten_once_the_booking_is_elsewhere() {
    let mut sql = kept();
    read(&mut sql, 10, Some((700, 730)));
    must_move(&mut sql, &reschedule(1, 800, 830), 12);
    assert_eq!(astray(&mut sql, 12), []);
    write(&mut sql, 13);
    read(&mut sql, 20, Some((900, 930)));
    cancel(&mut sql, 1, Party::Visitor, 21);
    assert_eq!(sql.number("SELECT count(*) FROM copy WHERE astray_since_seconds IS NOT NULL"), 0);
}

#[test]
fn a_meeting_follows_its_copy_only_from_where_it_was_seen() {
    let mut sql = kept();
    must_move(&mut sql, &reschedule(1, 700, 730), 5);
    let follow = |from| Reschedule { by: Party::Host, from: Some(at(from)), ..reschedule(1, 800, 830) };
    must_stay(&mut sql, &follow(600), 6, Refusal::Superseded);
    must_move(&mut sql, &follow(700), 7);
    // Asked for again, as an answer was lost, it is there already.
    must_move(&mut sql, &follow(700), 8);
    assert_eq!(order(&mut sql, Order::put_back(id(1), Some(at(700))), at(9)), Err(Refusal::Superseded));
    assert_eq!(order(&mut sql, Order::put_back(id(1), Some(at(800))), at(9)), Ok(()));
    cancel(&mut sql, 1, Party::Visitor, 10);
    must_stay(&mut sql, &follow(700), 11, Refusal::AlreadyCancelled);
    for seen in [None, Some(at(800)), Some(at(1))] {
        let refused = order(&mut sql, Order::put_back(id(1), seen), at(11));
        assert_eq!(refused, Err(Refusal::AlreadyCancelled));
    }
}

#[test]
fn what_is_on_its_way_is_not_missed() {
    let mut sql = kept();
    must_move(&mut sql, &reschedule(1, 700, 730), 5);
    for minute in [10, 25] {
        read(&mut sql, minute, Some((600, 630)));
        assert_eq!(astray(&mut sql, minute), [], "the next copy is not written yet");
    }
    write(&mut sql, 30);
    read(&mut sql, 31, Some((600, 630)));
    assert_eq!(astray(&mut sql, 31), [], "a server may lag behind");
    read(&mut sql, 41, Some((600, 630)));
    assert_eq!(astray(&mut sql, 41), [(1, 41, Some((600, 630)))]);
}

#[test]
fn what_was_overtaken_by_a_later_copy_is_not_written_again() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(book(1, 600, 630)), 0);
    let first = due(&mut sql, &[], 1).remove(0);
    let failed =
        AttemptOutcome::Failed { reason: "it answered 403".to_owned(), retry_after_seconds: Some(3600) };
    settle(&mut sql, first.number, failed, 1);
    must_move(&mut sql, &reschedule(1, 700, 730), 5);
    write(&mut sql, 6);
    assert_eq!(said(&due(&mut sql, &[], 500)), []);
    read(&mut sql, 20, Some((800, 830)));
    assert_eq!(astray(&mut sql, 20), [(1, 20, Some((800, 830)))], "its host's move is seen");
}

#[test]
fn nobody_is_asked_of_what_is_cancelled_or_over() {
    let mut sql = kept();
    look(&mut sql, 10);
    look(&mut sql, 25);
    assert_eq!(astray(&mut sql, 599), [(1, 10, None)]);
    assert_eq!(astray(&mut sql, 600), [], "it has begun");
    cancel(&mut sql, 1, Party::Host, 30);
    assert_eq!(astray(&mut sql, 31), []);
    write(&mut sql, 32);
    assert_eq!(sql.number("SELECT count(*) FROM copy"), 0);
}

#[test]
fn a_copy_is_put_back_once_however_often_that_is_asked() {
    let mut sql = kept();
    look(&mut sql, 10);
    look(&mut sql, 25);
    for _ in 0..2 {
        order(&mut sql, Order::put_back(id(1), None), at(30)).unwrap();
    }
    assert_eq!(astray(&mut sql, 30), []);
    let again = due(&mut sql, &[], 31);
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0].payload, again[0].booking.as_ref().unwrap().start), (&Payload::PutBack, at(600)));
    write(&mut sql, 31);
    read(&mut sql, 40, Some((600, 630)));
    assert_eq!(astray(&mut sql, 41), []);
    // Of what is written to no calendar, there is nothing to put back.
    must_book(&mut sql, &book(2, 800, 830), 50);
    assert_eq!(order(&mut sql, Order::put_back(id(2), None), at(51)), Err(Refusal::NotFound));
    assert_eq!(order(&mut sql, Order::put_back(id(3), None), at(51)), Err(Refusal::NotFound));
    let wish = written(Book { expires_at: Some(at(90)), ..asked(4, 900, 930) });
    must_book(&mut sql, &wish, 52);
    assert_eq!(order(&mut sql, Order::put_back(id(4), None), at(53)), Err(Refusal::NotFound));
    order(&mut sql, Order::decide(id(4), false, None), at(53)).unwrap();
    assert_eq!(order(&mut sql, Order::put_back(id(4), None), at(54)), Err(Refusal::AlreadyDecided));
}

/// The copies that were given up.
fn parked(sql: &mut Memory) -> Vec<String> {
    let parked = ask(sql, Question::deliveries(DeliveryState::Parked, None, 100), at(0));
    parked.into_iter().map(|report| report.id).collect()
}

fn refuse(sql: &mut Memory, minute: i64) {
    for due in due(sql, &[], minute) {
        settle(sql, due.number, AttemptOutcome::Refused { reason: "it answered 401".to_owned() }, minute);
    }
}

#[test]
fn a_copy_waits_for_a_calendar_that_lets_nobody_in() {
    let mut sql = Memory::migrated();
    read(&mut sql, 0, None);
    must_book(&mut sql, &written(book(1, 600, 630)), 0);
    must_book(&mut sql, &written(book(2, 700, 730)), 0);
    let ids = [2, 1].map(|number| format!("{}.1.calendar-work", id(number)));
    let gone = |sql: &mut Memory| {
        refuse(sql, 1);
        assert_eq!((said(&due(sql, &[], 5000)), parked(sql)), (vec![], ids.to_vec()));
    };
    gone(&mut sql);
    // Whether it can be read is looked at at once; and again when its time comes.
    assert!(due_calendar(&mut sql, 1).is_some());
    note(&mut sql, 2, Reading::Refused("it answered 401".to_owned()));
    assert_eq!(due_calendar(&mut sql, 11), None);
    assert_eq!(parked(&mut sql), ids);
    note(&mut sql, 12, Reading::Unchanged);
    assert_eq!(due(&mut sql, &[], 12).len(), 2, "it lets somebody in again");
    refuse(&mut sql, 12);
    for minute in [22, 32] {
        note(&mut sql, minute, Reading::Unchanged);
        assert_eq!(parked(&mut sql), ids, "that it can be read was known");
    }
    note(&mut sql, 372, Reading::Unchanged);
    assert_eq!(due(&mut sql, &[], 372).len(), 2, "after six hours, it is offered them again");
    refuse(&mut sql, 372);
    // Its host has one sent again, and it is taken: so are the others.
    order(&mut sql, Order::replay(ids[0].clone()), at(380)).unwrap();
    write(&mut sql, 380);
    assert_eq!(said(&due(&mut sql, &[], 380)), [(ids[1].clone(), Status::Confirmed, 600)]);
    // Of what was given up for another reason, none is.
    let held = AttemptOutcome::Held { reason: "too many".to_owned(), until: None };
    let first = due(&mut sql, &[], 380).remove(0);
    settle(&mut sql, first.number, held, 380);
    must_move(&mut sql, &reschedule(2, 800, 830), 381);
    write(&mut sql, 382);
    assert_eq!(parked(&mut sql), [ids[1].clone()]);
}

#[test]
fn what_waits_for_a_calendar_goes_out_with_its_new_secret() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(book(1, 600, 630)), 0);
    refuse(&mut sql, 1);
    assert_eq!(said(&due(&mut sql, &[], 5)), []);
    read(&mut sql, 5, None);
    assert_eq!(due(&mut sql, &[], 5).len(), 1);
}

fn erase(sql: &mut Memory, email: &str, minute: i64) {
    let request = Request { email: email.to_owned(), asked_at: at(minute), by: Party::Host };
    apply(sql, &Command::EraseBookings(request, None), at(minute)).unwrap();
}

#[test]
fn whoever_is_erased_is_erased_in_the_calendar_too() {
    let mut sql = Memory::migrated();
    let mut wish = written(book(1, 60, 90));
    wish.booking.visitor.guests = vec!["ben@example.org".to_owned()];
    let email = wish.booking.visitor.contact.email.clone();
    must_book(&mut sql, &wish, 0);
    let first = due(&mut sql, &[], 1);
    settle(&mut sql, first[0].number, AttemptOutcome::Taken, 1);
    // A guest: the copy is written without the address.
    erase(&mut sql, "ben@example.org", 2);
    let invited = due(&mut sql, &[], 3);
    assert_eq!(invited.len(), 1);
    assert_eq!(invited[0].booking.as_ref().unwrap().visitor.guests, [""; 0]);
    settle(&mut sql, invited[0].number, AttemptOutcome::Taken, 3);
    // Whoever booked, long after the meeting: it is still to be taken out.
    erase(&mut sql, &email, 1000);
    let erased = due(&mut sql, &[], 1001);
    let booking = erased[0].booking.as_ref().unwrap();
    assert_eq!(
        (erased.len(), booking.status, booking.visitor.contact.is_erased()),
        (1, Status::Confirmed, true)
    );
    // The calendar cannot be reached for days: then its host has it sent again.
    let held = AttemptOutcome::Held { reason: "it answered 401".to_owned(), until: None };
    settle(&mut sql, erased[0].number, held, 1001);
    order(&mut sql, Order::replay(erased[0].id.clone()), at(1002)).unwrap();
    assert_eq!(due(&mut sql, &[], 1003), erased);
    settle(&mut sql, erased[0].number, AttemptOutcome::Taken, 1003);
    assert_eq!(said(&due(&mut sql, &[], 1004)), []);
}
