//! Rooms that a calendar makes for bookings: what waits for them, and who hears of them.

use scheduling::booking::{Booking, Contact, Event, Party, Place, Status};
use scheduling::ledger::{Book, Order, Question, apply};
use scheduling::outbox::{
    Attempt, AttemptOutcome, DeliveryState, Destination, Due, Payload, ROOM_AWAITED_FOR, Request,
};
use scheduling::refusal::Refusal;

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
    AttemptOutcome::TakenWithRoom { address: address.to_owned() }
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
    assert_eq!(mails(&mut sql, 5), to(Event::Rescheduled, &ALL, Some(ROOM), 3));
    send(&mut sql, 5);
    // The calendar has made another one, as its host had deleted the event.
    let copied = copy(&mut sql, 6);
    settle(&mut sql, copied.number, made(OTHER), 6);
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
                let command =
                    scheduling::ledger::Command::EraseBookings(Request { email, asked_at: at(1) }, None);
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
