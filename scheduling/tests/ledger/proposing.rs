//! Moving a booking that a host has agreed to: another time is held beside the booking's own until the host has
//! answered.

use scheduling::booking::{Booking, Party, Proposal, Status};
use scheduling::claim::CountLimit;
use scheduling::definition::Buffer;
use scheduling::ledger::{Answer, Command, Decide, Query, Reply, Reschedule, answer, apply, wake_at};
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, Value};

use crate::support::{
    self, By, Memory, at, book, booking_at, booking_of, busy, cancel, id, must_book, must_move, must_refuse,
    must_stay, reschedule, subscribers,
};

/// A ledger with a booking from minute 600 to 630, which began as a request.
fn agreed() -> Memory {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 600, 630);
    asked.booking.terms.by_request = true;
    asked.booking.terms.reminders_minutes = vec![60];
    sql.today = subscribers(&[Party::Visitor], &[]);
    must_book(&mut sql, &asked, 0);
    sql
}

/// A wish for that time, on a page whose host has an hour to answer.
fn to(from: i64, until: i64) -> Reschedule {
    Reschedule { approval_within_minutes: Some(60), ..reschedule(1, from, until) }
}

/// The same ledger, with 700 to 730 asked for at minute 10.
fn asking() -> Memory {
    let mut sql = agreed();
    must_move(&mut sql, &to(700, 730), 10);
    sql
}

/// The stretches of time that are taken, each with the instant from which it is free again.
fn taken(sql: &mut Memory, minute: i64) -> Vec<(i64, i64, Option<i64>)> {
    let minutes = |seconds: i64| (seconds - at(0).timestamp()) / 60;
    let claims = busy(sql, -10_000, minute);
    let times = |claim: &scheduling::claim::Claim| {
        (minutes(claim.start), minutes(claim.end), claim.expires_at.map(minutes))
    };
    claims.iter().map(times).collect()
}

#[track_caller]
fn must_decide(sql: &mut Memory, accepts: bool, minute: i64) -> Booking {
    match support::decide(sql, 1, accepts, minute) {
        Reply::Changed { booking } => *booking,
        other => panic!("not decided: {other:?}"),
    }
}

#[track_caller]
fn must_not_decide(sql: &mut Memory, accepts: bool, start: Option<i64>, minute: i64, refusal: Refusal) {
    let before = sql.dump();
    let decide = Command::Decide(Decide { id: id(1), accepts, start: start.map(at) }, None);
    assert_eq!(apply(sql, &decide, at(minute)).unwrap(), Reply::Refused { refusal });
    assert_eq!(sql.dump(), before, "a refusal writes nothing");
}

/// The events mailed to the visitor, in their order.
fn told(sql: &mut Memory) -> Vec<String> {
    let statement = "SELECT event FROM delivery WHERE kind = 'mail' ORDER BY number";
    let rows = sql.run(statement, &[]).unwrap();
    let name = |value: &Value| match value {
        Value::Text(name) => name.trim_start_matches("booking.").to_owned(),
        other => panic!("{other:?}"),
    };
    rows.iter().map(|row| name(&row[0])).collect()
}

#[test]
fn both_times_are_held_until_the_host_has_answered() {
    let mut sql = agreed();
    let buffer = Buffer { before_minutes: 0, after_minutes: 15 };
    let before = booking_of(&mut sql, 1).unwrap();
    let asking = must_move(&mut sql, &Reschedule { buffer, ..to(700, 730) }, 10);
    let proposed = Some(Proposal { start: at(700), end: at(730), buffer, expires_at: at(70) });
    assert_eq!(asking, Booking { proposed, changed_at: at(10), ..before });
    assert_eq!(taken(&mut sql, 69), [(600, 630, None), (700, 730, Some(70))]);
    let kim = |from: i64| book(2, from, from + 30).by("kim@example.com");
    must_refuse(&mut sql, &kim(600), 69, Refusal::SlotTaken);
    must_refuse(&mut sql, &kim(730), 69, Refusal::SlotTaken);
    sql.today = subscribers(&[], &[]);
    must_book(&mut sql, &kim(745), 69);
    assert_eq!(told(&mut sql), ["confirmed", "reschedule_requested"]);
}

#[test]
fn accepted_it_is_there_and_nowhere_else() {
    let mut sql = asking();
    let before = booking_of(&mut sql, 1).unwrap();
    let moved = must_decide(&mut sql, true, 69);
    let expected =
        Booking { start: at(700), end: at(730), proposed: None, sequence: 1, changed_at: at(69), ..before };
    assert_eq!((&moved, booking_of(&mut sql, 1)), (&expected, Some(expected.clone())));
    assert_eq!(taken(&mut sql, 500), [(700, 730, None)]);
    assert_eq!(sql.number("SELECT count(*) FROM claim") + sql.number("SELECT count(*) FROM seat"), 2);
    assert_eq!(told(&mut sql), ["confirmed", "reschedule_requested", "rescheduled"]);
    let reminder = "SELECT at_seconds FROM reminder";
    assert_eq!(sql.number(reminder), at(640).timestamp());
    must_not_decide(&mut sql, true, None, 70, Refusal::AlreadyDecided);
    must_not_decide(&mut sql, false, Some(700), 70, Refusal::AlreadyDecided);
}

#[test]
fn declined_withdrawn_or_expired_it_stays_where_it_is() {
    type End = fn(&mut Memory);
    let ends: [(End, &str); 3] = [
        (|sql| drop(must_decide(sql, false, 69)), "reschedule_declined"),
        (|sql| drop(must_move(sql, &to(600, 630), 69)), "reschedule_withdrawn"),
        (|sql| drop(apply(sql, &Command::Expire(None), at(70)).unwrap()), "reschedule_expired"),
    ];
    for (end, event) in ends {
        let mut sql = asking();
        assert_eq!(wake_at(&mut sql).unwrap(), Some(at(0)));
        let before = booking_of(&mut sql, 1).unwrap();
        end(&mut sql);
        let after = booking_of(&mut sql, 1).unwrap();
        assert_eq!(after, Booking { proposed: None, changed_at: after.changed_at, ..before }, "{event}");
        assert_eq!(taken(&mut sql, 69), [(600, 630, None)], "{event}");
        assert_eq!(told(&mut sql), ["confirmed", "reschedule_requested", event]);
        must_not_decide(&mut sql, true, None, 71, Refusal::AlreadyDecided);
        assert_eq!(sql.number("SELECT count(*) FROM claim") + sql.number("SELECT count(*) FROM seat"), 2);
    }
}

/// The same, whether or not the ledger has tidied up by then.
#[test]
fn what_has_expired_is_not_accepted_and_not_seen() {
    let mut sql = asking();
    for accepts in [true, false] {
        must_not_decide(&mut sql, accepts, None, 70, Refusal::HoldExpired);
    }
    assert_eq!(taken(&mut sql, 70), [(600, 630, None)]);
    let seen = |sql: &mut Memory, minute| booking_at(sql, &id(1), at(minute)).unwrap().proposed.is_some();
    assert_eq!((seen(&mut sql, 69), seen(&mut sql, 70)), (true, false));
    let query =
        Query::Bookings { from: None, until: None, status: Some(Status::Confirmed), after: None, most: 9 };
    let Answer::Bookings { bookings } = answer(&mut sql, &query, at(70)).unwrap() else { panic!() };
    assert_eq!(bookings[0].proposed, None);
    // It can be asked for again.
    must_move(&mut sql, &to(700, 730), 71);
    assert_eq!(taken(&mut sql, 71), [(600, 630, None), (700, 730, Some(131))]);
    must_decide(&mut sql, true, 72);
}

#[test]
fn nobody_agrees_to_a_time_that_they_have_not_seen() {
    let mut sql = asking();
    must_move(&mut sql, &to(800, 830), 20);
    assert_eq!(taken(&mut sql, 20), [(600, 630, None), (800, 830, Some(80))]);
    must_not_decide(&mut sql, true, Some(700), 21, Refusal::HoldExpired);
    let accept = Command::Decide(Decide { id: id(1), accepts: true, start: Some(at(800)) }, None);
    assert!(matches!(apply(&mut sql, &accept, at(21)).unwrap(), Reply::Changed { .. }));
    // Nor to another time of a request.
    let mut asked = book(2, 900, 930).by("kim@example.com");
    (asked.booking.status, asked.expires_at) = (Status::Requested, Some(at(99)));
    must_book(&mut sql, &asked, 21);
    must_move(&mut sql, &reschedule(2, 1000, 1030), 22);
    let accept = Command::Decide(Decide { id: id(2), accepts: true, start: Some(at(900)) }, None);
    let refused = Reply::Refused { refusal: Refusal::HoldExpired };
    assert_eq!(apply(&mut sql, &accept, at(23)).unwrap(), refused);
}

#[test]
fn cancelled_or_moved_by_the_host_it_asks_for_nothing_more() {
    let mut sql = asking();
    cancel(&mut sql, 1, Party::Visitor, 20);
    assert_eq!(taken(&mut sql, 20), []);
    assert_eq!(booking_of(&mut sql, 1).unwrap().proposed, None);
    must_not_decide(&mut sql, true, None, 21, Refusal::AlreadyCancelled);
    for until in [700, 800] {
        let mut sql = asking();
        let moved = Reschedule { by: Party::Host, ..to(until, until + 30) };
        assert_eq!(must_move(&mut sql, &moved, 20).sequence, 1);
        assert_eq!(taken(&mut sql, 20), [(until, until + 30, None)]);
        must_not_decide(&mut sql, true, None, 21, Refusal::AlreadyDecided);
    }
}

#[test]
fn ones_own_times_are_not_in_ones_way_and_those_of_others_are() {
    let mut sql = asking();
    must_move(&mut sql, &to(615, 645), 20);
    assert_eq!(taken(&mut sql, 20), [(600, 630, None), (615, 645, Some(80))]);
    must_move(&mut sql, &to(585, 615), 21);
    must_book(&mut sql, &book(2, 700, 730).by("kim@example.com"), 21);
    must_stay(&mut sql, &to(715, 745), 22, Refusal::SlotTaken);
    must_stay(
        &mut sql,
        &Reschedule { verdict: Some(Refusal::OutsideWindow), ..to(900, 930) },
        22,
        Refusal::OutsideWindow,
    );
    assert_eq!(taken(&mut sql, 22), [(585, 615, Some(81)), (600, 630, None), (700, 730, None)]);
    must_decide(&mut sql, true, 23);
    assert_eq!(taken(&mut sql, 23), [(585, 615, None), (700, 730, None)]);
}

/// Either place may come to be the booking's, so both count for others; for itself, neither does.
#[test]
fn limits_count_both_times_for_others() {
    let mut sql = asking();
    let limit = |most| vec![CountLimit { from: at(0), until: at(1440), most }];
    let mut other = book(2, 900, 930).by("kim@example.com");
    other.limits = limit(2);
    must_refuse(&mut sql, &other, 20, Refusal::LimitReached);
    other.limits = limit(3);
    must_book(&mut sql, &other, 20);
    must_stay(&mut sql, &Reschedule { limits: limit(1), ..to(800, 830) }, 20, Refusal::LimitReached);
    must_move(&mut sql, &Reschedule { limits: limit(2), ..to(800, 830) }, 20);
}

#[test]
fn a_group_session_is_asked_for_as_a_seat_in_it() {
    let mut sql = agreed();
    let mut other = book(2, 700, 730).by("kim@example.com");
    other.capacity = 2;
    must_book(&mut sql, &other, 0);
    let wish = Reschedule { capacity: 2, ..to(700, 730) };
    must_move(&mut sql, &wish, 10);
    must_move(&mut sql, &wish, 11);
    let seats = |sql: &mut Memory, minute| {
        busy(sql, 0, minute).iter().map(|claim| (claim.seats_taken, claim.expires_at)).collect::<Vec<_>>()
    };
    assert_eq!(seats(&mut sql, 11), [(1, None), (2, None)]);
    must_move(&mut sql, &wish, 71);
    assert_eq!(seats(&mut sql, 71), [(1, None), (2, None)]);
    must_decide(&mut sql, true, 72);
    assert_eq!(seats(&mut sql, 500), [(2, None)]);
}

#[test]
fn what_is_taken_is_told_without_both_times_to_whoever_moves() {
    let mut sql = asking();
    must_book(&mut sql, &book(2, 900, 930).by("kim@example.com"), 10);
    let query = Query::Busy { from: at(0), except: Some(id(1)) };
    let Answer::Busy { claims, .. } = answer(&mut sql, &query, at(20)).unwrap() else { panic!() };
    assert_eq!(claims.iter().map(|claim| claim.start).collect::<Vec<_>>(), [at(900).timestamp()]);
}

/// On a page that takes requests now, a booking that was confirmed at once before is moved by asking, too.
#[test]
fn a_page_that_takes_requests_is_asked() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 600, 630), 0);
    assert_eq!(must_move(&mut sql, &to(700, 730), 0).proposed.map(|asked| asked.start), Some(at(700)));
    let at_once = Reschedule { approval_within_minutes: None, ..to(800, 830) };
    let moved = must_move(&mut sql, &at_once, 1);
    assert_eq!((moved.start, moved.proposed), (at(800), None));
    assert_eq!(taken(&mut sql, 1), [(800, 830, None)]);
}
