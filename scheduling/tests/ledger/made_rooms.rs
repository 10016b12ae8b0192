//! Rooms that a calendar makes for bookings: what waits for them, and who hears of them.

use scheduling::booking::{Booking, Contact, Event, Party, Place, Status};
use scheduling::calendar::Reading;
use scheduling::ledger::{Book, Command, Order, Question, apply};
use scheduling::outbox::{
    Attempt, AttemptOutcome, DeliveryState, Destination, Due, Payload, ROOM_AWAITED_FOR, Request,
};
use scheduling::refusal::Refusal;
use scheduling::sql::{Row, Sql, Value};

use crate::calendar_alerts::noting;
use crate::calendars::found;
use crate::support::{
    Memory, ask, at, book, booking_of, cancel, id, must_book, must_move, order, reschedule, subscribers,
    webhook,
};

const ROOM: &str = "https://meet.example.com/abc-defg-hij";
const OTHER: &str = "https://meet.example.com/xyz";
const WAIT: i64 = ROOM_AWAITED_FOR.num_minutes();

/// A wish for a room that the calendar `work` makes.
fn roomed(number: u8, from: i64, until: i64) -> Book {
    let mut wish = book(number, from, until);
    wish.booking.location = Place::Room(None);
    wish.booking.terms.write_to = Some("work".to_owned());
    wish.booking.changed_at = at(0);
    wish.booking.visitor.guests = vec!["ben@example.org".to_owned()];
    wish
}

/// A ledger whose visitors and host are written to, and whose endpoint is told of everything.
fn ledger() -> Memory {
    let mut sql = Memory::migrated();
    let endpoint = webhook("https://hooks.example.com/", &["*"]);
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[endpoint]);
    sql
}

/// What is due at a minute, but for those of some numbers, which are on their way.
fn due(sql: &mut Memory, except: &[i64], minute: i64) -> Vec<Due> {
    ask(sql, Question::due(100, 0, except.to_vec()), at(minute)).due
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, minute: i64) {
    order(sql, Order::settle(vec![Attempt { number, outcome, jitter: 0 }]), at(minute));
}

fn made(address: &str) -> AttemptOutcome {
    AttemptOutcome::TakenWithRoom { address: address.to_owned(), is_of_page: false }
}

/// The copy that is due.
fn copy(sql: &mut Memory, minute: i64) -> Due {
    due(sql, &[], minute).into_iter().find(|due| due.destination.kind() == "calendar").unwrap()
}

/// The emails that are due, each as the event that it tells of, the mailbox, the room, and the sequence.
fn mails(sql: &mut Memory, minute: i64) -> Vec<(Event, String, Option<String>, u32)> {
    let told = |due: Due| match due.payload {
        Payload::Mail(notice) => {
            let Booking { location, sequence, .. } = notice.booking;
            let to = due.destination.name().replace("mail to ", "");
            Some((notice.event, to, location.call().map(str::to_owned), sequence))
        }
        _ => None,
    };
    due(sql, &[], minute).into_iter().filter_map(told).collect()
}

/// Has all emails leave that are due.
fn send(sql: &mut Memory, minute: i64) {
    for due in due(sql, &[], minute) {
        if matches!(due.destination, Destination::Mail(_)) {
            settle(sql, due.number, AttemptOutcome::Taken, minute);
        }
    }
}

/// An email to everyone of these, with the same words.
fn to(
    event: Event,
    all: &[&str],
    room: Option<&str>,
    sequence: u32,
) -> Vec<(Event, String, Option<String>, u32)> {
    all.iter().map(|to| (event, (*to).to_owned(), room.map(str::to_owned), sequence)).collect()
}

const ALL: [&str; 3] = ["the visitor", "the host", "a guest"];

#[test]
fn emails_wait_for_the_room_and_leave_with_it() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let first = due(&mut sql, &[], 0);
    let kinds: Vec<&str> = first.iter().map(|due| due.destination.kind()).collect();
    assert_eq!(kinds, ["webhook", "calendar", "webhook"], "programs hear of it at once");
    let copied = copy(&mut sql, 0);
    settle(&mut sql, copied.number, made(ROOM), 1);
    assert_eq!(mails(&mut sql, 1), to(Event::Confirmed, &ALL, Some(ROOM), 1));
    let booking = booking_of(&mut sql, 1).unwrap();
    assert_eq!((booking.location, booking.sequence), (Place::Room(Some(ROOM.to_owned())), 1));
    assert_eq!(booking.changed_at, at(1));
    let heard = |due: &Due| match &due.payload {
        Payload::Webhook(body) => serde_json::to_value(body).unwrap(),
        other => panic!("{other:?}"),
    };
    let hooks = due(&mut sql, &[], 1).into_iter().filter(|due| due.destination.kind() == "webhook");
    let hooks: Vec<_> = hooks.map(|due| heard(&due)).collect();
    let said: Vec<_> =
        hooks.iter().map(|said| (&said["type"], &said["data"]["booking"]["location"])).collect();
    let location = |value: Option<&str>| serde_json::json!({ "kind": "video", "value": value });
    assert_eq!(
        said,
        [
            (&"booking.confirmed".into(), &location(None)),
            (&"booking.alert".into(), &location(None)),
            (&"booking.room_ready".into(), &location(Some(ROOM))),
            (&"booking.alert".into(), &location(Some(ROOM))),
        ]
    );
    // It came once.
    send(&mut sql, 1);
    settle(&mut sql, copied.number, made(ROOM), 2);
    assert_eq!(mails(&mut sql, 1000), []);
    assert_eq!(booking_of(&mut sql, 1).unwrap().sequence, 1);
}

#[test]
fn emails_wait_no_longer_than_that_and_the_room_follows() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0);
    let failed = AttemptOutcome::Failed { reason: "it answered 500".to_owned(), retry_after_seconds: None };
    settle(&mut sql, copied.number, failed, 0);
    assert_eq!(mails(&mut sql, WAIT - 1), []);
    assert_eq!(mails(&mut sql, WAIT), to(Event::Confirmed, &ALL, None, 0));
    send(&mut sql, WAIT);
    settle(&mut sql, copied.number, made(ROOM), 30);
    assert_eq!(mails(&mut sql, 30), to(Event::RoomReady, &["the visitor", "a guest"], Some(ROOM), 1));
}

#[test]
fn whoever_has_not_got_the_first_email_yet_gets_one_alone() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let (copied, waiting) = (copy(&mut sql, 0), due(&mut sql, &[], WAIT));
    let number = |name: &str| waiting.iter().find(|due| due.destination.name() == name).unwrap().number;
    let failed =
        AttemptOutcome::Failed { reason: "it answered 500".to_owned(), retry_after_seconds: Some(3600) };
    // The guest's is tried again later, the host's has left, and the visitor's is on its way.
    settle(&mut sql, number("mail to a guest"), failed, WAIT);
    settle(&mut sql, number("mail to the host"), AttemptOutcome::Taken, WAIT);
    settle(&mut sql, copied.number, made(ROOM), WAIT + 1);
    settle(&mut sql, number("mail to the visitor"), AttemptOutcome::Taken, WAIT + 1);
    assert_eq!(mails(&mut sql, WAIT + 1), to(Event::RoomReady, &["the visitor"], Some(ROOM), 1));
    send(&mut sql, WAIT + 1);
    assert_eq!(mails(&mut sql, WAIT + 61), to(Event::Confirmed, &["a guest"], Some(ROOM), 1));
}

#[test]
fn a_move_keeps_the_room_and_waits_for_one_that_is_not_there() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    must_move(&mut sql, &reschedule(1, 700, 730), 1);
    assert_eq!(mails(&mut sql, WAIT), [], "the first ones are overtaken, and the others wait");
    let copied = copy(&mut sql, WAIT);
    settle(&mut sql, copied.number, made(ROOM), WAIT);
    assert_eq!(mails(&mut sql, WAIT), to(Event::Rescheduled, &ALL, Some(ROOM), 2));
    send(&mut sql, WAIT);
    must_move(&mut sql, &reschedule(1, 800, 830), 5);
    assert_eq!(mails(&mut sql, 5), to(Event::Rescheduled, &["the visitor", "a guest"], Some(ROOM), 3));
    send(&mut sql, 5);
    // The calendar has made another one, as its host had deleted the event.
    let copied = copy(&mut sql, 6);
    settle(&mut sql, copied.number, made(OTHER), 6);
    // The host's waits for the copy that goes with it.
    let latest = copy(&mut sql, 6);
    settle(&mut sql, latest.number, AttemptOutcome::Taken, 6);
    let last = to(Event::Rescheduled, &["the host"], Some(OTHER), 4);
    assert!(mails(&mut sql, 6).contains(&last[0]));
    settle_host(&mut sql, 6);
    assert_eq!(mails(&mut sql, 6), to(Event::RoomReady, &["the visitor", "a guest"], Some(OTHER), 4));
}

#[test]
fn a_request_waits_for_its_room_from_when_it_is_accepted() {
    let mut sql = ledger();
    let mut asked = roomed(1, 600, 630);
    asked.booking.status = Status::Requested;
    asked.expires_at = Some(at(50));
    must_book(&mut sql, &asked, 0);
    assert_eq!(mails(&mut sql, 0), to(Event::Requested, &["the visitor", "the host"], None, 0));
    send(&mut sql, 0);
    order(&mut sql, Order::decide(id(1), true, None), at(10)).unwrap();
    assert_eq!(mails(&mut sql, 10 + WAIT - 1), []);
    assert_eq!(mails(&mut sql, 10 + WAIT), to(Event::Confirmed, &ALL, None, 0));
}

#[test]
fn a_room_for_what_is_over_or_elsewhere_changes_nothing() {
    for end in ["cancelled", "erased", "elsewhere"] {
        let mut sql = ledger();
        let mut wish = roomed(1, 600, 630);
        if end == "elsewhere" {
            wish.booking.location = Place::Video(OTHER.to_owned());
        }
        must_book(&mut sql, &wish, 0);
        let copied = copy(&mut sql, 0);
        match end {
            "cancelled" => drop(cancel(&mut sql, 1, Party::Visitor, 1)),
            "erased" => {
                let email = Contact::of_email("sam@example.com").normalised_email();
                let command = scheduling::ledger::Command::EraseBookings(
                    Request { email, asked_at: at(1), by: Party::Host },
                    None,
                );
                apply(&mut sql, &command, at(1)).unwrap();
            }
            _ => {}
        }
        let before = booking_of(&mut sql, 1);
        settle(&mut sql, copied.number, made(ROOM), 2);
        assert_eq!(booking_of(&mut sql, 1), before, "{end}");
        let told = mails(&mut sql, 10).into_iter().filter(|(event, ..)| *event == Event::RoomReady);
        assert_eq!(told.count(), 0, "{end}");
    }
}

#[test]
fn what_confirmed_a_booking_can_be_sent_again_with_its_room() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0);
    settle(&mut sql, copied.number, made(ROOM), 1);
    send(&mut sql, 1);
    let delivery = format!("{}.1.visitor", id(1));
    order(&mut sql, Order::replay(delivery.clone()), at(2)).unwrap();
    assert_eq!(mails(&mut sql, 2), to(Event::Confirmed, &["the visitor"], Some(ROOM), 1));
    send(&mut sql, 2);
    must_move(&mut sql, &reschedule(1, 700, 730), 3);
    assert_eq!(order(&mut sql, Order::replay(delivery), at(4)), Err(Refusal::Superseded));
}

#[test]
fn an_email_that_was_given_up_has_the_room_when_it_is_sent_again() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0);
    let visitors =
        due(&mut sql, &[], WAIT).into_iter().find(|due| due.destination.name() == "mail to the visitor");
    let visitors = visitors.unwrap();
    let given_up = AttemptOutcome::Held { reason: "too many".to_owned(), until: None };
    settle(&mut sql, visitors.number, given_up, WAIT);
    settle(&mut sql, copied.number, made(ROOM), 5);
    // First the one that was due to leave without it.
    send(&mut sql, 5);
    send(&mut sql, 5);
    let parked = ask(&mut sql, Question::deliveries(DeliveryState::Parked, None, 9), at(6));
    assert_eq!(parked.len(), 1);
    order(&mut sql, Order::replay(visitors.id), at(6)).unwrap();
    assert_eq!(mails(&mut sql, 6), to(Event::Confirmed, &["the visitor"], Some(ROOM), 1));
}

fn failing(reason: &str) -> AttemptOutcome {
    AttemptOutcome::Failed { reason: reason.to_owned(), retry_after_seconds: None }
}

/// What was told of rooms that are not there: when each is due, its state, and the reason.
fn missing(sql: &mut Memory) -> Vec<(i64, String, String)> {
    let statement =
        "SELECT (next_attempt_at_seconds - ?1) / 60, state, COALESCE(payload ->> '$.webhook.data.reason', '')
        FROM delivery WHERE event = 'booking.room_missing' AND kind = 'mail' ORDER BY number";
    let rows = sql.run(statement, &[Value::Integer(at(0).timestamp())]).unwrap();
    let read = |row: &Row| match row.as_slice() {
        [Value::Integer(minute), Value::Text(state), Value::Text(reason)] => {
            (*minute, state.clone(), reason.clone())
        }
        other => panic!("{other:?}"),
    };
    rows.iter().map(read).collect()
}

#[test]
fn a_host_is_told_once_that_no_room_comes() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0).number;
    // It is tried again at once.
    settle(&mut sql, copied, failing("it answered 500"), 0);
    assert_eq!(missing(&mut sql), []);
    settle(&mut sql, copied, failing("it makes none"), 1);
    let told = |state: &str| vec![(10, state.to_owned(), "it makes none".to_owned())];
    assert_eq!(missing(&mut sql), told("pending"));
    settle(&mut sql, copied, failing("it makes none at all"), 8);
    assert_eq!(missing(&mut sql), told("pending"));
    // It comes before that is sent.
    settle(&mut sql, copied, made(ROOM), 9);
    assert_eq!(missing(&mut sql), [(10, "ended".to_owned(), String::new())]);
}

#[test]
fn a_host_whose_meeting_is_near_is_told_sooner() {
    for (start, expected) in [(600, 10), (65, 5), (40, 2), (30, 2)] {
        let mut sql = ledger();
        must_book(&mut sql, &roomed(1, start, start + 30), 0);
        let copied = copy(&mut sql, 0).number;
        settle(&mut sql, copied, AttemptOutcome::Refused { reason: "it answered 403".to_owned() }, 1);
        assert_eq!(missing(&mut sql), [(expected, "pending".to_owned(), "it answered 403".to_owned())]);
    }
}

#[test]
fn nobody_is_told_of_a_room_that_is_not_wanted() {
    let mut sql = ledger();
    let mut wish = roomed(1, 600, 630);
    wish.booking.location = Place::Video(OTHER.to_owned());
    must_book(&mut sql, &wish, 0);
    let copied = copy(&mut sql, 0).number;
    for minute in [0, 1, 10] {
        settle(&mut sql, copied, failing("it answered 500"), minute);
    }
    assert_eq!(missing(&mut sql), []);
    // And of one of a meeting that is cancelled, nobody any more.
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0).number;
    settle(&mut sql, copied, AttemptOutcome::Ended { reason: "it is not written to".to_owned() }, 1);
    drop(cancel(&mut sql, 1, Party::Visitor, 2));
    assert_eq!(missing(&mut sql), [(10, "ended".to_owned(), String::new())]);
}

/// Has the page of the bookings have one room for all from now on.
fn fix(sql: &mut Memory) {
    sql.today.as_mut().unwrap().rooms = [("intro".to_owned(), OTHER.to_owned())].into();
}

#[test]
fn whoever_waits_gets_the_room_that_the_page_has_for_all_by_now() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0).number;
    settle(&mut sql, copied, failing("it makes none"), 0);
    send(&mut sql, WAIT);
    fix(&mut sql);
    let command = noting(20, Reading::Found(Box::new(found(&[]))), &sql.today);
    for _ in 0..2 {
        apply(&mut sql, &command, at(20)).unwrap();
    }
    let told = to(Event::RoomReady, &["the visitor", "a guest"], Some(OTHER), 1);
    assert_eq!(mails(&mut sql, 20), told);
    assert_eq!(booking_of(&mut sql, 1).unwrap().location, Place::Video(OTHER.to_owned()));
    // Without a reading, with the copy.
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0).number;
    send(&mut sql, WAIT);
    let taken = AttemptOutcome::TakenWithRoom { address: OTHER.to_owned(), is_of_page: true };
    settle(&mut sql, copied, taken, 4);
    assert_eq!(mails(&mut sql, 4), told);
    assert_eq!(booking_of(&mut sql, 1).unwrap().location, Place::Video(OTHER.to_owned()));
    // And with an attempt that fails.
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    let copied = copy(&mut sql, 0).number;
    send(&mut sql, WAIT);
    fix(&mut sql);
    must_book(&mut sql, &roomed(2, 700, 730), 3);
    settle(&mut sql, copied, AttemptOutcome::Refused { reason: "it answered 403".to_owned() }, 4);
    assert_eq!((mails(&mut sql, 4), missing(&mut sql)), (told, vec![]));
}

#[test]
fn emails_do_not_wait_for_a_room_that_the_page_has_already() {
    let mut sql = ledger();
    must_book(&mut sql, &roomed(1, 600, 630), 0);
    settle_copies(&mut sql, 0);
    send(&mut sql, WAIT);
    fix(&mut sql);
    let command = Command::Reschedule(reschedule(1, 700, 730), sql.today.clone());
    apply(&mut sql, &command, at(5)).unwrap();
    let copied = copy(&mut sql, 5).number;
    settle(&mut sql, copied, AttemptOutcome::Taken, 5);
    let latest = due(&mut sql, &[], 5).into_iter().filter(|due| due.destination.kind() == "calendar");
    assert_eq!(latest.map(|due| settle(&mut sql, due.number, AttemptOutcome::Taken, 5)).count(), 1);
    assert_eq!(mails(&mut sql, 5), to(Event::Rescheduled, &ALL, Some(OTHER), 1));
}

/// Has the host's emails leave that are due.
fn settle_host(sql: &mut Memory, minute: i64) {
    for due in due(sql, &[], minute) {
        if due.destination.name() == "mail to the host" {
            settle(sql, due.number, AttemptOutcome::Taken, minute);
        }
    }
}

fn settle_copies(sql: &mut Memory, minute: i64) {
    let copied = copy(sql, minute).number;
    settle(sql, copied, failing("it makes none"), minute);
}

#[test]
fn what_a_host_is_told_waits_for_the_copy_that_goes_with_it() {
    let mut sql = ledger();
    let mut wish = roomed(1, 600, 630);
    wish.booking.location = Place::Video(OTHER.to_owned());
    must_book(&mut sql, &wish, 0);
    let copied = copy(&mut sql, 0).number;
    let to_host = |sql: &mut Memory, except: &[i64]| {
        let is_it = |due: &Due| due.destination.name() == "mail to the host";
        due(sql, except, 0).into_iter().find(is_it).map(|due| due.is_copy_parked)
    };
    assert_eq!((to_host(&mut sql, &[]), to_host(&mut sql, &[copied])), (None, None));
    settle(&mut sql, copied, failing("it answered 500"), 0);
    assert_eq!(to_host(&mut sql, &[]), Some(false), "it is tried again");
    settle(&mut sql, copied, AttemptOutcome::Refused { reason: "it answered 403".to_owned() }, 0);
    assert_eq!(to_host(&mut sql, &[]), Some(true));
}
