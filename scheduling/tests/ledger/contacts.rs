//! Contacts: what their ledger makes of notes that come in any order, and how one is erased in every ledger.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scheduling::booking::{Answer as Written, Booking, Outcome, Party, Place, Status};
use scheduling::contact::{Owner, Profile, Touch};
use scheduling::ledger::{Answer, Command, NoteBooking, Query, Question, Reply, answer, apply, wake_at};
use scheduling::outbox::{Attempt, AttemptOutcome, DeliveryState, Due, Payload, Request};
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, Value};
use scheduling::token::BookingId;

use crate::support::{
    Memory, ask, at, book, booking_of, id, key, must_book, must_move, reschedule, subscribers, webhook,
};

const KEY: &str = "key-of-sam";
const EMAIL: &str = "sam@example.com";

/// A note of a booking of that host with that number, made at that minute.
fn note(host: &str, number: u8, minute: i64) -> NoteBooking {
    let mut booking = book(number, 60, 90).booking;
    booking.id = BookingId::new(host, [number; 16]);
    booking.host = host.to_owned();
    booking.noted.name = host.to_uppercase();
    booking.visitor.contact.name = format!("Sam {number}");
    booking.created_at = at(minute);
    NoteBooking { key: KEY.to_owned(), keep_minutes: None, booking: Box::new(booking), event_count: 2 }
}

fn touched(mut note: NoteBooking, campaign: &str) -> NoteBooking {
    note.booking.origin.tracking.insert("utm_campaign".to_owned(), campaign.to_owned());
    note
}

fn tell(sql: &mut Memory, note: &NoteBooking, minute: i64) -> Reply {
    apply(sql, &Command::NoteBooking(note.clone()), at(minute)).unwrap()
}

fn profile(sql: &mut Memory) -> Option<Profile> {
    match answer(sql, &Query::Contact { key: KEY.to_owned() }, at(0)).unwrap() {
        Answer::Contact { contact } => contact,
        other => panic!("not a contact: {other:?}"),
    }
}

/// The contact's history, in the order in which the bookings were made: each with its host and its state.
fn history(sql: &mut Memory) -> Vec<String> {
    let statement = "SELECT booking_id, page || ' ' || title || ' ' || status || ' ' || outcome FROM contact_booking ORDER BY made_at_seconds";
    let rows = sql.run(statement, &[]).unwrap();
    let line = |row: &Vec<Value>| match row.as_slice() {
        [Value::Text(id), Value::Text(booking)] => format!("{} {booking}", id.split('.').next().unwrap()),
        other => panic!("{other:?}"),
    };
    rows.iter().map(line).collect()
}

#[test]
fn the_first_host_is_the_owner_and_stays_so() {
    let mut sql = Memory::migrated();
    for (host, number, minute) in [("jonas", 1, 5), ("aiko", 2, 3), ("aiko", 3, 9)] {
        assert_eq!(tell(&mut sql, &note(host, number, minute), 10), Reply::Done);
    }
    let expected = Profile {
        name: "Sam 3".to_owned(),
        owner: Some(Owner { ledger: "jonas".to_owned(), name: "JONAS".to_owned() }),
        booked_at: at(9),
        touch: Touch::default(),
    };
    assert_eq!(profile(&mut sql), Some(expected));
    let booking = "aiko/intro Introductory call confirmed null";
    assert_eq!(history(&mut sql), ["aiko", "jonas", "aiko"].map(|host| format!("{host} {booking}")));
}

#[test]
fn the_last_touch_counts_and_a_booking_without_one_leaves_it() {
    let mut sql = Memory::migrated();
    let mut check = |note: &NoteBooking, expected: [Option<&str>; 3]| {
        tell(&mut sql, note, 10);
        let Touch { campaign, source, medium } = profile(&mut sql).unwrap().touch;
        assert_eq!([campaign.as_deref(), source.as_deref(), medium.as_deref()], expected);
    };
    check(&note("aiko", 1, 1), [None, None, None]);
    check(&touched(note("aiko", 2, 2), "spring"), [Some("spring"), None, None]);
    check(&note("aiko", 3, 3), [Some("spring"), None, None]);
    check(&touched(note("jonas", 5, 5), "autumn"), [Some("autumn"), None, None]);
    // A late note.
    check(&touched(note("jonas", 4, 4), "summer"), [Some("autumn"), None, None]);
    let mut source_alone = note("aiko", 6, 6);
    source_alone.booking.origin.tracking.insert("utm_source".to_owned(), "letter".to_owned());
    source_alone.booking.origin.tracking.insert("gclid".to_owned(), "g".to_owned());
    // The three go together.
    check(&source_alone, [None, Some("letter"), None]);
}

#[test]
fn a_note_that_is_older_than_what_is_known_changes_nothing() {
    let mut sql = Memory::migrated();
    let confirmed = note("aiko", 1, 1);
    let mut cancelled = confirmed.clone();
    cancelled.booking.status = Status::Cancelled;
    cancelled.booking.outcome = Some(Outcome::Cancelled);
    cancelled.event_count = 4;
    tell(&mut sql, &cancelled, 10);
    let before = sql.dump();
    for old in [&confirmed, &cancelled, &confirmed] {
        assert_eq!(tell(&mut sql, old, 11), Reply::Done);
        assert_eq!(sql.dump(), before);
    }
    assert_eq!(history(&mut sql), ["aiko aiko/intro Introductory call cancelled \"cancelled\""]);
}

/// The host of the booking of that number, and the minute at which it is made.
fn of(number: u8) -> (&'static str, i64) {
    (if number.is_multiple_of(2) { "aiko" } else { "jonas" }, i64::from(number % 4))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Notes, however repeated and mixed up, give the owner of the first that came, the name and touch of the last that
    /// was made, and every booking in its last state.
    #[test]
    fn notes_come_to_the_same_in_any_order(sent in prop::collection::vec((1u8..8, 0u32..4), 1..40)) {
        let mut sql = Memory::migrated();
        for (number, events) in &sent {
            let (host, minute) = of(*number);
            let mut note = note(host, *number, minute);
            note.event_count = *events;
            note.booking.end = at(i64::from(*events));
            if number.is_multiple_of(3) {
                note = touched(note, &number.to_string());
            }
            tell(&mut sql, &note, 10);
        }
        let profile = profile(&mut sql).unwrap();
        let id_of = |number: u8| BookingId::new(of(number).0, [number; 16]);
        let numbers = || sent.iter().map(|(number, _)| *number);
        let order = |number: &u8| (of(*number).1, id_of(*number));
        let touch = numbers().filter(|number| number.is_multiple_of(3)).max_by_key(order);
        prop_assert_eq!(profile.owner.unwrap().ledger, of(sent[0].0).0);
        prop_assert_eq!(profile.name, format!("Sam {}", numbers().max_by_key(order).unwrap()));
        prop_assert_eq!(profile.touch.campaign, touch.map(|number| number.to_string()));
        for row in sql.run("SELECT booking_id, end_seconds FROM contact_booking", &[]).unwrap() {
            let noted = sent.iter().filter(|(number, _)| row[0] == Value::Text(id_of(*number).to_string()));
            let last = noted.map(|(_, events)| *events).max().unwrap();
            prop_assert_eq!(&row[1], &Value::Integer(at(i64::from(last)).timestamp()));
        }
    }
}

fn due(sql: &mut Memory, now: DateTime<Utc>) -> Vec<Due> {
    match answer(sql, &Query::Due { most: 100, records: 100, except: Vec::new() }, now).unwrap() {
        Answer::Due { due, .. } => due,
        other => panic!("not deliveries: {other:?}"),
    }
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, now: DateTime<Utc>) -> Reply {
    let attempts = vec![Attempt { number, outcome, jitter: 0 }];
    apply(sql, &Command::Settle { attempts }, now).unwrap()
}

fn erase_contact(sql: &mut Memory, minute: i64) {
    let command = Command::EraseContact { key: KEY.to_owned(), email: EMAIL.to_owned(), ledgers: Vec::new() };
    assert_eq!(apply(sql, &command, at(minute)).unwrap(), Reply::Done);
}

/// What a ledger is told of an erasure that was asked for at that minute.
fn asked_for(minute: i64) -> Payload {
    Payload::Erasure(Request { email: EMAIL.to_owned(), asked_at: at(minute), by: Party::Visitor })
}

/// The ledgers that are still to be asked.
fn asked(sql: &mut Memory, minute: i64) -> Vec<String> {
    due(sql, at(minute)).iter().map(|due| due.destination.name().into_owned()).collect()
}

#[test]
fn a_contact_goes_when_every_ledger_has_erased_it() {
    let mut sql = Memory::migrated();
    tell(&mut sql, &note("aiko", 1, 1), 10);
    tell(&mut sql, &note("jonas", 2, 2), 10);
    erase_contact(&mut sql, 20);
    assert_eq!(asked(&mut sql, 20), ["aiko", "jonas"]);
    let first = due(&mut sql, at(20));
    assert_eq!(first[0].payload, asked_for(20));
    let again = Reply::Refused { refusal: Refusal::Busy };
    assert_eq!(tell(&mut sql, &note("aiko", 3, 21), 21), again, "booked meanwhile: when it is done");
    let failed = AttemptOutcome::Failed { reason: "busy".to_owned(), retry_after_seconds: None };
    assert_eq!(settle(&mut sql, first[1].number, failed, at(21)), Reply::Done);
    assert_eq!(settle(&mut sql, first[0].number, AttemptOutcome::Taken, at(21)), Reply::Done);
    assert_eq!(profile(&mut sql), None, "not shown while it goes");
    assert!(sql.dump().join("\n").contains("Sam"));
    assert_eq!(settle(&mut sql, first[1].number, AttemptOutcome::Taken, at(22)), Reply::Scrubbed);
    assert_eq!(profile(&mut sql), None);
    assert!(!sql.dump().join("\n").contains("Sam") && !sql.dump().join("\n").contains(EMAIL));
    assert_eq!(tell(&mut sql, &note("aiko", 3, 21), 23), Reply::Done);
    assert_eq!(profile(&mut sql).unwrap().name, "Sam 3", "a new contact");
}

/// A booking that was not noted yet when its contact was erased.
#[test]
fn what_is_told_late_is_erased_too() {
    let mut sql = Memory::migrated();
    tell(&mut sql, &note("aiko", 1, 1), 10);
    erase_contact(&mut sql, 20);
    assert_eq!(tell(&mut sql, &note("jonas", 2, 2), 21), Reply::Done);
    assert_eq!(tell(&mut sql, &note("jonas", 2, 2), 21), Reply::Done);
    assert_eq!(asked(&mut sql, 21), ["aiko", "jonas"]);
    for due in due(&mut sql, at(21)) {
        settle(&mut sql, due.number, AttemptOutcome::Taken, at(22));
    }
    assert_eq!(tell(&mut sql, &note("support", 3, 20), 23), Reply::Done, "and after it was done");
    assert_eq!((profile(&mut sql), asked(&mut sql, 23)), (None, vec!["support".to_owned()]));
    let due = due(&mut sql, at(23));
    settle(&mut sql, due[0].number, AttemptOutcome::Taken, at(23));
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(22) + TimeDelta::days(1)));
    apply(&mut sql, &Command::Expire(None), at(22) + TimeDelta::hours(12)).unwrap();
    apply(&mut sql, &Command::Expire(None), at(22) + TimeDelta::days(1)).unwrap();
    assert_eq!(sql.number("SELECT count(*) FROM contact"), 0, "and then that is forgotten");
    assert_eq!(wake_at(&mut sql).unwrap(), None);
}

/// Asked for before anything was noted: what comes later is as if there had been nobody.
#[test]
fn whoever_is_not_known_is_erased_at_once() {
    let mut sql = Memory::migrated();
    erase_contact(&mut sql, 20);
    assert_eq!(asked(&mut sql, 20), [""; 0]);
    assert_eq!(tell(&mut sql, &note("aiko", 1, 19), 21), Reply::Done);
    assert_eq!((profile(&mut sql), asked(&mut sql, 21)), (None, vec!["aiko".to_owned()]), "booked before");
    assert_eq!(tell(&mut sql, &note("aiko", 2, 22), 22), Reply::Done);
    assert_eq!(profile(&mut sql).unwrap().name, "Sam 2", "booked since");
}

/// A host has erased what was booked with that host: the others keep theirs.
#[test]
fn what_one_host_erased_is_forgotten_and_nothing_else() {
    let mut sql = Memory::migrated();
    let owned_by = |sql: &mut Memory| profile(sql).map(|profile| profile.owner.unwrap().ledger);
    let mut of_aiko = note("aiko", 1, 1);
    of_aiko.booking.page = "aiko/intro".to_owned();
    let mut of_jonas = note("jonas", 2, 2);
    of_jonas.booking.page = "jonas/support".to_owned();
    tell(&mut sql, &of_aiko, 10);
    tell(&mut sql, &of_jonas, 10);
    assert_eq!(owned_by(&mut sql).as_deref(), Some("aiko"));
    let erased = |note: &NoteBooking| {
        let booking = Box::new(note.booking.erased(at(20)));
        NoteBooking { booking, event_count: 3, ..note.clone() }
    };
    assert_eq!(tell(&mut sql, &erased(&of_aiko), 20), Reply::Scrubbed);
    assert_eq!(tell(&mut sql, &erased(&of_aiko), 20), Reply::Scrubbed, "twice");
    assert_eq!(history(&mut sql), ["jonas jonas/support Introductory call confirmed null"]);
    assert_eq!(profile(&mut sql), None, "the owner went with the owner's bookings");
    let mut next = note("support", 3, 21);
    next.booking.page = "support/call".to_owned();
    tell(&mut sql, &next, 21);
    assert_eq!(owned_by(&mut sql).as_deref(), Some("support"));
    for note in [&of_jonas, &next] {
        tell(&mut sql, &erased(note), 22);
    }
    assert_eq!(sql.number("SELECT count(*) FROM contact"), 0);
    assert_eq!(tell(&mut sql, &erased(&next), 23), Reply::Scrubbed, "and when nobody is known");
}

#[test]
fn a_contact_is_erased_by_itself_so_long_after_the_last_meeting() {
    let mut sql = Memory::migrated();
    let kept = |number, minute| NoteBooking { keep_minutes: Some(24 * 60), ..note("aiko", number, minute) };
    tell(&mut sql, &kept(1, 1), 10);
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(90 + 24 * 60)));
    let mut later = kept(2, 2);
    later.booking.end = at(500);
    tell(&mut sql, &later, 10);
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(500 + 24 * 60)));
    apply(&mut sql, &Command::Expire(None), at(499 + 24 * 60)).unwrap();
    assert_eq!(asked(&mut sql, 499 + 24 * 60), [""; 0]);
    let now = at(500 + 24 * 60);
    let due_now = answer(&mut sql, &Query::Due { most: 9, records: 9, except: Vec::new() }, now).unwrap();
    assert!(matches!(due_now, Answer::Due { expired: true, .. }), "{due_now:?}");
    apply(&mut sql, &Command::Expire(None), now).unwrap();
    assert_eq!(asked(&mut sql, 500 + 24 * 60), ["aiko"]);
    let unlimited = note("aiko", 3, 3000);
    let due = due(&mut sql, now);
    assert_eq!(due[0].payload, asked_for(2), "not what was booked since");
    settle(&mut sql, due[0].number, AttemptOutcome::Taken, now);
    tell(&mut sql, &unlimited, 3000);
    assert_eq!(wake_at(&mut sql).unwrap(), None, "kept until it is erased");
}

/// A host's ledger with bookings of Sam: one over, one to come, moved from the visitor's words to the host's; and one
/// of Kim.
fn host() -> Memory {
    let mut sql = Memory::migrated();
    let hook = webhook("https://hooks.example.com/", &["*"]);
    sql.today =
        subscribers(&[Party::Visitor], &[hook, webhook("https://other.example.com/", &["booking.*"])]);
    for (number, from) in [(1, 60), (2, 600), (3, 900)] {
        let mut asked = book(number, from, from + 30);
        asked.key = Some(key(&format!("k{number}"), "body"));
        asked.contact_key = Some(KEY.to_owned());
        let booking = &mut asked.booking;
        if number == 3 {
            booking.visitor.contact.email = "kim@example.com".to_owned();
            booking.visitor.contact.name = "Kim".to_owned();
        }
        booking.location = Place::Ask("Sam's café".to_owned());
        booking.visitor.guests = vec!["guest-of-sam@example.com".to_owned()];
        booking.visitor.answers = [("topic".to_owned(), Written::Text("Sam's topic".to_owned()))].into();
        booking.origin.tracking = [("utm_source".to_owned(), "Sam's letter".to_owned())].into();
        booking.terms.reminders_minutes = vec![10];
        must_book(&mut sql, &asked, 0);
    }
    sql
}

fn erase(sql: &mut Memory, minute: i64) -> Reply {
    let command = Command::EraseBookings(
        Request { email: EMAIL.to_owned(), asked_at: at(minute), by: Party::Host },
        None,
    );
    apply(sql, &command, at(minute)).unwrap()
}

/// The pending deliveries: event and destination, with the booking's number, if there is one.
fn pending(sql: &mut Memory) -> Vec<String> {
    let statement = "SELECT event, kind, COALESCE(booking_id, 'none') FROM delivery WHERE state = 'pending' ORDER BY number";
    let rows = sql.run(statement, &[]).unwrap();
    let number = |id: &str| (1..=3).find(|number| self::id(*number).as_str() == id).map_or(0, i64::from);
    let line = |row: &Vec<Value>| match row.as_slice() {
        [Value::Text(event), Value::Text(kind), Value::Text(booking)] => {
            format!("{} {event} {kind}", number(booking))
        }
        other => panic!("{other:?}"),
    };
    rows.iter().map(line).filter(|line| !line.starts_with('3')).collect()
}

#[test]
fn what_is_erased_is_cancelled_first_and_everybody_is_told() {
    let mut sql = host();
    assert_eq!(erase(&mut sql, 120), Reply::Scrubbed);
    assert_eq!(
        pending(&mut sql),
        [
            "1 contact.erased record",
            "1 contact.erased contact",
            "2 booking.cancelled mail",
            "2 booking.cancelled mail",
            "2 booking.cancelled webhook",
            "2 booking.cancelled webhook",
            "2 booking.cancelled record",
            "2 booking.alert webhook",
            "2 booking.alert webhook",
            "2 contact.erased record",
            "2 contact.erased contact",
            "0 contact.erased webhook",
            "0 contact.erased webhook",
        ]
    );
    let over = booking_of(&mut sql, 1).unwrap();
    assert_eq!((over.status, over.start, over.page.as_str()), (Status::Confirmed, at(60), "aiko/intro"));
    assert_eq!(booking_of(&mut sql, 2).unwrap().status, Status::Cancelled);
    let kim: Booking = booking_of(&mut sql, 3).unwrap();
    assert_eq!((kim.status, kim.visitor.contact.name.as_str()), (Status::Confirmed, "Kim"));
    let before = sql.dump();
    assert_eq!(erase(&mut sql, 121), Reply::Done, "nothing is left to erase");
    assert_eq!(sql.dump(), before);
}

#[test]
fn nothing_is_left_of_them_once_all_is_told() {
    let mut sql = host();
    sql.set("DELETE FROM booking WHERE contact_email = 'kim@example.com'");
    sql.set("DELETE FROM delivery WHERE payload LIKE '%Kim%'");
    sql.set("DELETE FROM idempotency_key WHERE key = 'k3'");
    for due in due(&mut sql, at(1)).iter().filter(|due| due.destination.kind() == "webhook").take(2) {
        settle(&mut sql, due.number, AttemptOutcome::Taken, at(1));
    }
    erase(&mut sql, 120);
    let mut replies = Vec::new();
    let all = due(&mut sql, at(121));
    for due in &all {
        let refused = due.destination.name() == "https://other.example.com/";
        let outcome = if refused { AttemptOutcome::Gone } else { AttemptOutcome::Taken };
        replies.push(settle(&mut sql, due.number, outcome, at(121)));
    }
    assert!(replies.contains(&Reply::Scrubbed));
    let left = sql.dump().join("\n");
    for trace in ["Sam", "sam@", EMAIL, "letter", "k1", "k2", KEY] {
        assert!(!left.contains(trace), "{trace} is left in {left}");
    }
    for state in [DeliveryState::Pending, DeliveryState::Done, DeliveryState::Parked, DeliveryState::Ended] {
        let Answer::Deliveries { deliveries } =
            answer(&mut sql, &Query::Deliveries { state, after: None, most: 9 }, at(121)).unwrap()
        else {
            panic!("not deliveries")
        };
        assert!(deliveries.iter().all(|delivery| delivery.booking.is_none()), "{deliveries:?}");
    }
}

#[test]
fn what_is_given_up_is_forgotten_too() {
    let mut sql = host();
    erase(&mut sql, 120);
    let failed = AttemptOutcome::Failed { reason: "it answered 500".to_owned(), retry_after_seconds: None };
    let hook = due(&mut sql, at(120))
        .into_iter()
        .find(|due| matches!(&due.payload, Payload::Webhook(body) if body.event == "contact.erased"));
    let hook = hook.unwrap();
    for attempt in 1..=9 {
        assert_eq!(settle(&mut sql, hook.number, failed.clone(), at(120 + attempt)), Reply::Done);
    }
    assert_eq!(settle(&mut sql, hook.number, failed, at(140)), Reply::Scrubbed);
    assert_eq!(
        sql.number(
            "SELECT count(*) FROM delivery WHERE event = 'contact.erased' AND receiver = 'https://hooks.example.com/'"
        ),
        0
    );
}

#[test]
fn what_was_booked_after_it_was_asked_for_stays() {
    let mut sql = host();
    let mut later = book(9, 1200, 1230);
    later.booking.created_at = at(121);
    must_book(&mut sql, &later, 121);
    let command =
        Command::EraseBookings(Request { email: EMAIL.to_owned(), asked_at: at(120), by: Party::Host }, None);
    assert_eq!(apply(&mut sql, &command, at(122)).unwrap(), Reply::Scrubbed);
    assert_eq!(booking_of(&mut sql, 9).unwrap().visitor.contact.name, "Sam");
    assert_eq!(booking_of(&mut sql, 2).unwrap().visitor.contact.name, "");
}

#[test]
fn who_booked_is_listed_by_the_newest_booking() {
    let mut sql = host();
    let mut list = |email: Option<&str>, before: Option<u8>, most| {
        let query = Query::Contacts { email: email.map(str::to_owned), before: before.map(id), most };
        let Answer::Bookings { bookings } = answer(&mut sql, &query, at(0)).unwrap() else {
            panic!("not bookings")
        };
        let number = |booking: &Booking| (1..=9).find(|number| id(*number) == booking.id).unwrap();
        bookings.iter().map(number).collect::<Vec<u8>>()
    };
    assert_eq!(list(None, None, 9), [3, 2, 1], "Kim's, and then Sam's");
    assert_eq!(list(None, None, 1), [3]);
    assert_eq!(list(None, Some(3), 9), [2, 1]);
    assert_eq!(list(None, Some(9), 9), [0; 0], "behind one that is not there");
    assert_eq!(list(Some(EMAIL), None, 9), [2, 1]);
    assert_eq!(list(Some("nobody@example.com"), None, 9), [0; 0]);
    erase(&mut sql, 0);
    let query = Query::Addresses { after: String::new(), most: 9 };
    let addresses = Answer::Addresses { addresses: vec!["kim@example.com".to_owned()] };
    assert_eq!(answer(&mut sql, &query, at(0)).unwrap(), addresses);
}

/// The visitor's booking stays; of the guest, nothing does.
#[test]
fn a_guest_is_erased_from_the_bookings_of_others() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[webhook("https://hooks.example.com/", &["*"])]);
    let mut asked = book(1, 60, 90);
    asked.booking.visitor.guests = vec!["Ben@example.org".to_owned(), "kim@example.com".to_owned()];
    asked.key = Some(key("k", "body"));
    must_book(&mut sql, &asked, 0);
    must_move(&mut sql, &reschedule(1, 120, 150), 1);
    let request = Request { email: "ben@example.org".to_owned(), asked_at: at(2), by: Party::Host };
    let erase = Command::EraseBookings(request, sql.today.clone());
    assert_eq!(apply(&mut sql, &erase, at(2)).unwrap(), Reply::Scrubbed);
    let naming: Vec<String> =
        sql.dump().into_iter().filter(|row| row.to_lowercase().contains("ben@example.org")).collect();
    assert!(naming.len() == 1 && naming[0].contains("contact.erased"), "only what tells of it: {naming:#?}");
    let left = booking_of(&mut sql, 1).unwrap();
    assert_eq!((left.visitor.guests, left.status), (vec!["kim@example.com".to_owned()], Status::Confirmed));
    let told: Vec<String> = ask(&mut sql, Question::deliveries(DeliveryState::Pending, None, 99), at(2))
        .into_iter()
        .filter(|one| one.event == "contact.erased")
        .map(|one| one.destination)
        .collect();
    assert_eq!(told, ["https://hooks.example.com/"]);
    assert_eq!(apply(&mut sql, &erase, at(3)).unwrap(), Reply::Done, "twice");
}
