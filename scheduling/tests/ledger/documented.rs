//! `docs/webhooks.md` shows what is sent: its examples are the payloads of a booking's life.

use scheduling::booking::{Answer, Booking, Outcome, Party, Place};
use scheduling::calendar::Reading;
use scheduling::definition::Association;
use scheduling::ledger::{Book, Command, Order, Question, Reschedule, apply};
use scheduling::outbox::{Attempt, AttemptOutcome, Request};
use scheduling::sql::{Row, Sql, Value};
use serde_json::json;

use crate::calendar_alerts::noting;
use crate::calendars::found;
use crate::copy_alerts::{finding, note, write};
use crate::support::{
    Memory, ask, at, book, cancel, decide, id, must_book, must_move, order, record_outcome, reschedule,
    subscribers, webhook,
};

const DOCUMENT: &str = include_str!("../../../docs/webhooks.md");

/// The example under a heading.
fn example(event: &str) -> serde_json::Value {
    let heading = format!("### {event}\n");
    let (_, section) = DOCUMENT.split_once(&heading).unwrap_or_else(|| panic!("no section on {event}"));
    let (_, json) = section.split_once("```json\n").unwrap();
    serde_json::from_str(json.split("```").next().unwrap()).unwrap()
}

/// The booking of the examples, which visitors may change until so long before its start.
fn example_booking(change_until_minutes: u32) -> Book {
    let mut asked = book(1, 60, 90);
    let booking = &mut asked.booking;
    booking.visitor.contact.name = "Mara Lind".to_owned();
    booking.visitor.contact.email = "mara@example.org".to_owned();
    booking.visitor.guests = vec!["ben@example.org".to_owned()];
    booking.location = Place::Video("https://meet.example.com/aiko".to_owned());
    booking.visitor.answers = [("topic".to_owned(), Answer::Text("Moving to Kyoto".to_owned()))].into();
    booking.origin.tracking = [("utm_campaign", "spring"), ("utm_source", "newsletter")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    booking.terms.change_until_minutes = change_until_minutes;
    (booking.created_at, booking.changed_at) = (at(5), at(5));
    asked.booking.origin.associations = vec![Association { kind: "deal".to_owned(), id: "4711".to_owned() }];
    asked
}

/// A ledger with an endpoint that takes those events.
fn listening(events: &str) -> Memory {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[], &[webhook("https://hooks.example.com/", &[events])]);
    sql
}

/// All that was sent: each event with its payload.
fn sent(sql: &mut Memory) -> Vec<(String, serde_json::Value)> {
    let rows = sql
        .run("SELECT event, payload ->> 'webhook' FROM delivery WHERE kind = 'webhook' ORDER BY number", &[])
        .unwrap();
    let read = |row: &Row| match row.as_slice() {
        [Value::Text(event), Value::Text(payload)] => (event.clone(), serde_json::from_str(payload).unwrap()),
        other => panic!("{other:?}"),
    };
    rows.iter().map(read).collect()
}

#[test]
fn the_examples_are_what_is_sent() {
    let (mut sql, asked) = (listening("booking.*"), example_booking(120));
    must_book(&mut sql, &asked, 5);
    must_move(&mut sql, &Reschedule { by: Party::Host, ..reschedule(1, 180, 210) }, 6);
    cancel(&mut sql, 1, Party::Host, 7);
    must_book(&mut sql, &Book { booking: Booking { id: id(2), ..asked.booking.clone() }, ..asked }, 8);
    record_outcome(&mut sql, 2, Some(Outcome::Completed), 95);
    let sent = sent(&mut sql);
    let names: Vec<&str> = sent.iter().map(|(event, _)| event.as_str()).collect();
    let told = [
        "booking.confirmed",
        "booking.rescheduled",
        "booking.cancelled",
        "booking.confirmed",
        "booking.outcome_recorded",
    ];
    assert_eq!(names, told.map(|event| [event, "booking.alert"]).concat());
    assert_eq!(sent[0].1, example("booking.confirmed"));
    assert_eq!(sent[2].1, example("booking.rescheduled"));
    assert_eq!(sent[4].1, example("booking.cancelled"));
    assert_eq!(sent[8].1, example("booking.outcome_recorded"));
    let alert =
        json!({ "type": "booking.alert", "timestamp": sent[0].1["timestamp"], "data": sent[0].1["data"] });
    assert_eq!(sent[1].1, alert, "an alert is the same booking at the same time");
}

#[test]
fn the_examples_of_a_proposal_are_what_is_sent() {
    let mut sql = listening("booking.*");
    must_book(&mut sql, &example_booking(30), 5);
    must_move(&mut sql, &Reschedule { approval_within_minutes: Some(120), ..reschedule(1, 180, 210) }, 6);
    decide(&mut sql, 1, false, 7);
    let sent = sent(&mut sql);
    for (place, event) in [(2, "booking.reschedule_requested"), (4, "booking.reschedule_declined")] {
        assert_eq!(sent[place], (event.to_owned(), example(event)));
        assert_eq!(sent[place + 1].1["type"], "booking.alert");
        assert_eq!(sent[place + 1].1["data"], sent[place].1["data"]);
    }
}

#[test]
fn the_example_of_an_erasure_is_what_is_sent() {
    let mut sql = listening("contact.erased");
    let mut asked = book(1, 60, 90);
    asked.booking.visitor.contact.email = "mara@example.org".to_owned();
    must_book(&mut sql, &asked, 5);
    let (email, asked_at) = ("mara@example.org".to_owned(), at(8));
    apply(&mut sql, &Command::EraseBookings(Request { email, asked_at, by: Party::Host }, None), at(8))
        .unwrap();
    assert_eq!(sent(&mut sql), [("contact.erased".to_owned(), example("contact.erased"))]);
}

#[test]
fn the_examples_of_a_calendar_are_what_is_sent() {
    let mut sql = listening("calendar.*");
    let fault = || Reading::Failed("it answered 500: its server has a fault".to_owned());
    let good = || Reading::Found(Box::new(found(&[])));
    for (minute, reading) in [(0, good()), (10, fault()), (25, fault()), (40, good())] {
        let command = noting(minute, reading, &sql.today);
        apply(&mut sql, &command, at(minute)).unwrap();
    }
    let expected = ["calendar.failing", "calendar.recovered"].map(|event| (event.to_owned(), example(event)));
    assert_eq!(sent(&mut sql), expected);
}

#[test]
fn the_examples_of_a_copy_are_what_is_sent() {
    let mut asked = example_booking(120);
    asked.booking.terms.write_to = Some("work".to_owned());
    for (event, place, minutes) in
        [("booking.calendar_missing", None, [10, 20]), ("booking.calendar_moved", Some((120, 150)), [10, 15])]
    {
        let mut sql = listening("booking.calendar_*");
        must_book(&mut sql, &asked, 5);
        write(&mut sql, 5);
        for (minute, place) in [(8, Some((60, 90))), (minutes[0], place), (minutes[1], place)] {
            note(&mut sql, minute, finding(&[(1, place)]));
        }
        assert_eq!(sent(&mut sql), [(event.to_owned(), example(event))]);
    }
}

#[test]
fn the_example_of_a_room_that_is_missing_is_what_is_sent() {
    let mut asked = example_booking(120);
    asked.booking.terms.write_to = Some("work".to_owned());
    asked.booking.location = Place::Room(None);
    let mut sql = listening("booking.room_missing");
    must_book(&mut sql, &asked, 5);
    let reason = "it answered 500: its server has a fault".to_owned();
    let number = ask(&mut sql, Question::due(9, 0, Vec::new()), at(5)).due.remove(0).number;
    let attempt = Attempt { number, outcome: AttemptOutcome::Refused { reason }, jitter: 0 };
    order(&mut sql, Order::settle(vec![attempt]), at(5));
    let event = "booking.room_missing".to_owned();
    assert_eq!(sent(&mut sql), [(event.clone(), example(&event))]);
}

#[test]
fn every_event_that_happens_is_described() {
    use scheduling::booking::Event;
    for event in Event::ALL.into_iter().filter(|event| event.is_told()) {
        assert!(DOCUMENT.contains(&format!("| `{}` |", event.name())), "{}", event.name());
    }
}
