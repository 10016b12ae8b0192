//! What a host is told of a copy that they have moved or deleted in their calendar: once for each change; and what is
//! done where a deletion is to cancel the booking.

use scheduling::booking::{Event, Party, Status};
use scheduling::calendar::{Booked, Found, Reading, Span};
use scheduling::ledger::{Book, Command, Order, Question, apply};
use scheduling::outbox::{Attempt, AttemptOutcome};
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, Value};

use crate::calendar_alerts::noting;
use crate::calendars::found;
use crate::support::{
    Memory, ask, at, book, booking_of, cancel, id, must_book, must_move, order, reschedule, subscribers,
    webhook,
};

/// A wish on a page that writes to the calendar `work`.
pub(crate) fn written(mut wish: Book) -> Book {
    wish.booking.terms.write_to = Some("work".to_owned());
    wish
}

/// Has all copies that are due taken.
pub(crate) fn write(sql: &mut Memory, minute: i64) {
    for due in ask(sql, Question::due(100, 0, Vec::new()), at(minute)).due {
        let outcome = AttemptOutcome::Taken;
        let attempt = Attempt { number: due.number, outcome, jitter: 0 };
        if due.destination.kind() == "calendar" {
            order(sql, Order::settle(vec![attempt]), at(minute));
        }
    }
}

fn span((from, until): (i64, i64)) -> Span {
    Span { start: at(from).timestamp(), end: at(until).timestamp() }
}

/// Where copies are: of each booking by its number, the minutes, or `None` where it was looked for in vain.
type Places<'a> = &'a [(u8, Option<(i64, i64)>)];

pub(crate) fn finding(places: Places<'_>) -> Found {
    let there = |(number, place): &(u8, Option<(i64, i64)>)| {
        let span = span((*place)?);
        Some(Booked { booking: id(*number), span, blocks: true, whole_days: false })
    };
    let gone = places.iter().filter(|(_, place)| place.is_none()).map(|(number, _)| id(*number));
    Found { bookings: places.iter().filter_map(there).collect(), gone: gone.collect(), ..found(&[(1, 2)]) }
}

pub(crate) fn note(sql: &mut Memory, minute: i64, found: Found) {
    let command = noting(minute, Reading::Found(Box::new(found)), &sql.today);
    apply(sql, &command, at(minute)).unwrap();
}

/// The same, where its host wants a deletion to cancel the booking.
fn note_cancelling(sql: &mut Memory, minute: i64, found: Found) {
    let Command::NoteBusy(mut noted, today) = noting(minute, Reading::Found(Box::new(found)), &sql.today)
    else {
        panic!("not that command")
    };
    noted.deletion_cancels = true;
    apply(sql, &Command::NoteBusy(noted, today), at(minute)).unwrap();
}

/// A ledger whose host gets mail, and whose site has an endpoint; with bookings of half an hour from those minutes on,
/// whose copies were written at minute 1 and seen at minute 5.
fn kept(starts: &[i64]) -> Memory {
    let mut sql = Memory::migrated();
    let hook = webhook("https://hooks.example.com/", &["booking.calendar_*"]);
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[hook]);
    let mut places = Vec::new();
    for (number, start) in (1..).zip(starts) {
        must_book(&mut sql, &written(book(number, *start, start + 30)), 0);
        places.push((number, Some((*start, start + 30))));
    }
    write(&mut sql, 1);
    note(&mut sql, 5, finding(&places));
    sql
}

/// What was told of copies by that kind of destination: each event with its state.
fn told(sql: &mut Memory, kind: &str) -> Vec<String> {
    let statement = "SELECT event || ' ' || state FROM delivery
        WHERE kind = ?1 AND event LIKE 'booking.calendar_%' ORDER BY number";
    let rows = sql.run(statement, &[Value::Text(kind.to_owned())]).unwrap();
    let text = |value: &Value| match value {
        Value::Text(text) => text.trim_start_matches("booking.calendar_").to_owned(),
        other => panic!("{other:?}"),
    };
    rows.iter().map(|row| text(&row[0])).collect()
}

/// Notes where the copy of a booking from minute 600 to 630 is at those minutes, and expects those mails, and as many
/// webhooks.
#[track_caller]
fn check(places: &[(i64, Option<(i64, i64)>)], expected: &[&str]) {
    let mut sql = kept(&[600]);
    for (minute, place) in places {
        note(&mut sql, *minute, finding(&[(1, *place)]));
    }
    assert_eq!(told(&mut sql, "mail"), expected);
    assert_eq!(told(&mut sql, "webhook").len(), expected.len());
}

#[test]
fn a_host_is_told_once_that_a_copy_is_gone() {
    check(&[(10, None), (19, None)], &[]);
    check(&[(10, None), (20, None), (30, None), (40, None)], &["missing pending"]);
    let back = [(10, None), (20, None), (30, Some((600, 630))), (40, None), (50, None)];
    check(&back, &["missing ended", "missing pending"]);
}

#[test]
fn a_host_is_told_of_a_copy_that_was_deleted_before_it_was_ever_read() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[]);
    note(&mut sql, 0, finding(&[]));
    must_book(&mut sql, &written(book(1, 600, 630)), 1);
    write(&mut sql, 2);
    note(&mut sql, 10, finding(&[(1, None)]));
    note(&mut sql, 20, finding(&[(1, None)]));
    assert_eq!(told(&mut sql, "mail"), ["missing pending"]);
}

#[test]
fn readings_in_between_do_not_put_off_the_look_for_what_is_missing() {
    let mut sql = kept(&[600]);
    let mut next_after = |minute| {
        note(&mut sql, minute, Found { gone: Vec::new(), ..finding(&[(1, None)]) });
        ask(&mut sql, Question::calendars(), at(minute)).remove(0).next_read_at
    };
    let first = next_after(10);
    assert_eq!(first, at(12));
    assert_eq!((next_after(11), next_after(12) > at(12)), (first, true));
}

#[test]
fn a_host_is_told_once_of_each_place_that_a_copy_is_moved_to() {
    let (first, second) = (Some((700, 730)), Some((800, 830)));
    // Whoever drags it about has not let go of it yet.
    check(&[(10, first), (12, second), (16, first)], &[]);
    check(&[(10, first), (15, first), (25, first)], &["moved pending"]);
    check(&[(10, first), (20, first), (30, second), (40, second)], &["moved ended", "moved pending"]);
    check(&[(10, first), (20, first), (30, None), (40, None)], &["moved ended", "missing pending"]);
}

#[test]
fn that_nothing_has_changed_since_says_the_same() {
    let mut sql = kept(&[600]);
    note(&mut sql, 10, finding(&[(1, Some((700, 730)))]));
    assert_eq!(told(&mut sql, "mail"), [""; 0]);
    let command = noting(20, Reading::Unchanged, &sql.today);
    apply(&mut sql, &command, at(20)).unwrap();
    assert_eq!(told(&mut sql, "mail"), ["moved pending"]);
}

#[test]
fn what_was_told_does_not_hold_once_the_host_or_the_visitor_has_acted() {
    let moved = |sql: &mut Memory| {
        for minute in [10, 20] {
            note(sql, minute, finding(&[(1, Some((700, 730)))]));
        }
        assert_eq!(told(sql, "mail"), ["moved pending"]);
    };
    let acts: [fn(&mut Memory); 3] = [
        |sql| order(sql, Order::put_back(id(1), None), at(21)).unwrap(),
        |sql| drop(must_move(sql, &reschedule(1, 900, 930), 21)),
        |sql| drop(cancel(sql, 1, Party::Visitor, 21)),
    ];
    for act in acts {
        let mut sql = kept(&[600]);
        moved(&mut sql);
        act(&mut sql);
        assert_eq!(told(&mut sql, "mail"), ["moved ended"]);
    }
    // Put back, and moved there again: that is another change.
    let mut sql = kept(&[600]);
    moved(&mut sql);
    order(&mut sql, Order::put_back(id(1), None), at(21)).unwrap();
    write(&mut sql, 22);
    for minute in [30, 40] {
        note(&mut sql, minute, finding(&[(1, Some((700, 730)))]));
    }
    assert_eq!(told(&mut sql, "mail"), ["moved ended", "moved pending"]);
    // What was delivered is not told again: another change may have followed.
    let delivery = ask(&mut sql, Question::due(100, 0, Vec::new()), at(41)).due;
    let mail = delivery
        .into_iter()
        .find(|due| due.id.contains(".copy-") && due.destination.kind() == "mail")
        .unwrap();
    let taken = Attempt { number: mail.number, outcome: AttemptOutcome::Taken, jitter: 0 };
    order(&mut sql, Order::settle(vec![taken]), at(41));
    assert_eq!(order(&mut sql, Order::replay(mail.id), at(42)), Err(Refusal::Superseded));
}

#[test]
fn nobody_is_told_of_copies_that_stand_in_a_calendar_set_up_before() {
    let mut sql = kept(&[600, 700]);
    for minute in [10, 20, 30] {
        let found = finding(&[(1, None), (2, None)]);
        let Command::NoteBusy(mut noted, today) = noting(minute, Reading::Found(Box::new(found)), &sql.today)
        else {
            panic!("not that command")
        };
        (noted.settings, noted.deletion_cancels) = ("another address".to_owned(), true);
        apply(&mut sql, &Command::NoteBusy(noted, today), at(minute)).unwrap();
    }
    assert_eq!(told(&mut sql, "mail"), [""; 0]);
    // The desk asks all the same.
    assert_eq!(ask(&mut sql, Question::astray(), at(30)).len(), 2);
}

fn status(sql: &mut Memory, number: u8) -> Status {
    booking_of(sql, number).unwrap().status
}

#[test]
fn a_deletion_cancels_the_booking_where_its_host_wants_that() {
    let mut sql = kept(&[600, 700]);
    let found = || finding(&[(1, None), (2, Some((700, 730)))]);
    for minute in [10, 19] {
        note_cancelling(&mut sql, minute, found());
        assert_eq!(status(&mut sql, 1), Status::Confirmed);
    }
    note_cancelling(&mut sql, 20, found());
    assert_eq!((status(&mut sql, 1), status(&mut sql, 2)), (Status::Cancelled, Status::Confirmed));
    // It is told as any other cancellation by the host, and as nothing else.
    let of = |sql: &mut Memory, event: Event| {
        sql.number(&format!(
            "SELECT count(*) FROM delivery WHERE event = '{}' AND kind = 'mail'",
            event.name()
        ))
    };
    assert_eq!((of(&mut sql, Event::Cancelled), of(&mut sql, Event::CalendarMissing)), (2, 0));
    assert_eq!(ask(&mut sql, Question::busy(at(0), None), at(21)).claims.len(), 2, "its time is free");
}

#[test]
fn what_may_have_another_cause_cancels_nothing() {
    // Several at once.
    let mut sql = kept(&[600, 700]);
    for minute in [10, 20, 30] {
        note_cancelling(&mut sql, minute, finding(&[(1, None), (2, None)]));
    }
    assert_eq!((status(&mut sql, 1), status(&mut sql, 2)), (Status::Confirmed, Status::Confirmed));
    assert_eq!(told(&mut sql, "mail"), ["missing pending"]);
    // Who was asked once is not acted for later.
    note_cancelling(&mut sql, 40, finding(&[(1, None), (2, Some((700, 730)))]));
    assert_eq!(status(&mut sql, 1), Status::Confirmed);
    // A second one is missing, and not yet for certain.
    let mut sql = kept(&[600, 700]);
    note_cancelling(&mut sql, 10, finding(&[(1, None), (2, Some((700, 730)))]));
    note_cancelling(&mut sql, 20, finding(&[(1, None)]));
    assert_eq!(
        (status(&mut sql, 1), told(&mut sql, "mail")),
        (Status::Confirmed, vec!["missing pending".into()])
    );
    // All else is gone with it.
    let mut sql = kept(&[600]);
    for minute in [10, 20] {
        note_cancelling(&mut sql, minute, Found { events: 0, ..finding(&[(1, None)]) });
    }
    assert_eq!(
        (status(&mut sql, 1), told(&mut sql, "mail")),
        (Status::Confirmed, vec!["missing pending".into()])
    );
    // It was moved, not deleted; or nobody could look for it.
    for places in [&[(1, Some((700, 730)))][..], &[]] {
        let mut sql = kept(&[600]);
        for minute in [10, 20, 400] {
            note_cancelling(&mut sql, minute, finding(places));
        }
        assert_eq!(status(&mut sql, 1), Status::Confirmed);
    }
}

/// What the last email of missing copies says.
fn said_of_all(sql: &mut Memory) -> serde_json::Value {
    let statement = "SELECT payload ->> '$.webhook.data' FROM delivery
        WHERE kind = 'mail' AND booking_id IS NULL ORDER BY number DESC LIMIT 1";
    match &sql.run(statement, &[]).unwrap()[0][0] {
        Value::Text(data) => serde_json::from_str(data).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn copies_that_go_missing_together_are_told_of_in_one_email() {
    let starts: Vec<i64> = (0..12).map(|number| 600 + 60 * number).collect();
    let mut sql = kept(&starts);
    // As many are looked for by themselves in one reading as may be: the others went with them.
    let gone = finding(&[(1, None), (2, None)]);
    note(&mut sql, 10, gone.clone());
    assert_eq!(told(&mut sql, "mail"), [""; 0]);
    note(&mut sql, 20, gone.clone());
    assert_eq!(told(&mut sql, "mail"), ["missing pending"]);
    assert_eq!(told(&mut sql, "webhook"), ["missing pending"; 12], "programs hear of each");
    let data = said_of_all(&mut sql);
    assert_eq!((&data["calendar"], &data["count"]), (&"work".into(), &12.into()));
    let named = data["bookings"].as_array().unwrap();
    assert_eq!(named.len(), 10);
    let first = serde_json::json!({
        "title": "Introductory call", "start": "2026-12-01T19:00:00Z", "end": "2026-12-01T19:30:00Z"
    });
    assert_eq!(named[0], first, "no visitor is named");
    assert_eq!(ask(&mut sql, Question::astray(), at(20)).len(), 12);
    note(&mut sql, 30, gone);
    assert_eq!(told(&mut sql, "mail"), ["missing pending"], "once");
}

#[test]
fn what_its_host_leaves_as_it_is_is_not_asked_about_until_it_is_another_way() {
    let mut sql = kept(&[600]);
    let longer = || finding(&[(1, Some((600, 660)))]);
    note(&mut sql, 10, longer());
    note(&mut sql, 20, longer());
    let leave = |sql: &mut Memory, seen, minute| order(sql, Order::leave_copy(id(1), span(seen)), at(minute));
    assert_eq!(leave(&mut sql, (600, 650), 21), Err(Refusal::Superseded), "it is another way since");
    assert_eq!(leave(&mut sql, (600, 660), 21), Ok(()));
    assert_eq!(told(&mut sql, "mail"), ["moved ended"]);
    let asks = |sql: &mut Memory, minute| ask(sql, Question::astray(), at(minute)).len();
    note(&mut sql, 30, longer());
    assert_eq!((asks(&mut sql, 30), told(&mut sql, "mail").len()), (0, 1));
    for minute in [40, 50] {
        note(&mut sql, minute, finding(&[(1, Some((600, 690)))]));
    }
    assert_eq!((asks(&mut sql, 50), told(&mut sql, "mail").len()), (1, 2));
    // Put back, and lengthened in the same way again: that is another change.
    let mut sql = kept(&[600]);
    note(&mut sql, 10, longer());
    leave(&mut sql, (600, 660), 11).unwrap();
    note(&mut sql, 20, finding(&[(1, Some((600, 630)))]));
    note(&mut sql, 30, longer());
    assert_eq!(asks(&mut sql, 30), 1);
    assert_eq!(order(&mut sql, Order::leave_copy(id(2), span((1, 2))), at(31)), Err(Refusal::Superseded));
}

#[test]
fn a_copy_is_known_to_be_where_another_meeting_is() {
    for (place, expected) in [
        ((700, 730), true),
        ((675, 705), true),
        ((730, 760), false),
        ((660, 690), false),
        ((600, 720), false),
    ] {
        let mut sql = kept(&[600, 700]);
        must_move(&mut sql, &reschedule(2, 690, 730), 6);
        write(&mut sql, 7);
        for minute in [10, 20] {
            note(&mut sql, minute, finding(&[(1, Some(place)), (2, Some((690, 730)))]));
        }
        let astray = ask(&mut sql, Question::astray(), at(20));
        assert_eq!(astray[0].is_taken, expected, "{place:?}");
        let statement = "SELECT payload ->> '$.webhook.data.moved_to.taken' FROM delivery
            WHERE event = 'booking.calendar_moved' LIMIT 1";
        assert_eq!(sql.number(statement) == 1, expected, "{place:?}");
    }
}
