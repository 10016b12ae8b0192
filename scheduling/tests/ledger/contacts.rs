//! Contacts: what their ledger makes of notes that come in any order, and how one is erased in every ledger.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scheduling::booking::{Answer as Written, Booking, Status};
use scheduling::contact::{Note, Profile, Touch};
use scheduling::ledger::{
    Answer, Attempt, AttemptOutcome, Command, DeliveryState, Destination, Due, Party, Query, Reply, answer,
    apply, wake_at,
};
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, Value};
use scheduling::token::BookingId;

use crate::support::{Memory, at, book, booking_of, cancel, id, key, must_book, webhook};

const KEY: &str = "key-of-sam";
const EMAIL: &str = "sam@example.com";

/// A note of a booking of that host with that number, made at that minute.
fn note(host: &str, number: u8, minute: i64) -> Note {
    let mut booking = book(number, 60, 90).booking;
    booking.id = BookingId::new(host, [number; 16]);
    booking.host = host.to_owned();
    booking.host_name = host.to_uppercase();
    booking.contact.name = format!("Sam {number}");
    booking.created_at = at(minute);
    Note::of(KEY, None, &booking, 2)
}

fn touched(mut note: Note, campaign: &str) -> Note {
    note.touch = Some(Touch { campaign: Some(campaign.to_owned()), ..Touch::default() });
    note
}

fn tell(sql: &mut Memory, note: &Note, minute: i64) -> Reply {
    apply(sql, &Command::NoteBooking(Box::new(note.clone())), at(minute)).unwrap()
}

fn profile(sql: &mut Memory) -> Option<Profile> {
    match answer(sql, &Query::Contact { key: KEY.to_owned() }, at(0)).unwrap() {
        Answer::Contact { contact } => contact.map(|contact| *contact),
        other => panic!("not a contact: {other:?}"),
    }
}

fn campaign(sql: &mut Memory) -> Option<String> {
    profile(sql)?.touch?.campaign
}

#[test]
fn the_first_host_is_the_owner_and_stays_so() {
    let mut sql = Memory::migrated();
    for (host, number, minute) in [("jonas", 1, 5), ("aiko", 2, 3), ("aiko", 3, 9)] {
        assert_eq!(tell(&mut sql, &note(host, number, minute), 10), Reply::Done);
    }
    let profile = profile(&mut sql).unwrap();
    assert_eq!((profile.owner.folder.as_str(), profile.owner.name.as_str()), ("jonas", "JONAS"));
    assert_eq!((profile.name.as_str(), profile.booked_at), ("Sam 3", at(9)));
    let hosts: Vec<&str> = profile.meetings.iter().map(|meeting| meeting.host.as_str()).collect();
    assert_eq!(hosts, ["aiko", "jonas", "aiko"], "by when they were made");
}

#[test]
fn the_last_touch_counts_and_a_booking_without_one_leaves_it() {
    let mut sql = Memory::migrated();
    tell(&mut sql, &touched(note("aiko", 1, 1), "spring"), 10);
    assert_eq!(campaign(&mut sql).as_deref(), Some("spring"));
    tell(&mut sql, &note("aiko", 2, 2), 10);
    assert_eq!(campaign(&mut sql).as_deref(), Some("spring"), "kept");
    tell(&mut sql, &touched(note("jonas", 4, 4), "autumn"), 10);
    tell(&mut sql, &touched(note("jonas", 3, 3), "summer"), 10);
    assert_eq!(campaign(&mut sql).as_deref(), Some("autumn"), "told late");
    let mut source_alone = note("aiko", 5, 5);
    source_alone.touch = Some(Touch { source: Some("letter".to_owned()), ..Touch::default() });
    tell(&mut sql, &source_alone, 10);
    assert_eq!(profile(&mut sql).unwrap().touch, source_alone.touch, "the three go together");
}

#[test]
fn a_note_that_is_older_than_what_is_known_changes_nothing() {
    let mut sql = Memory::migrated();
    let confirmed = note("aiko", 1, 1);
    let mut cancelled = confirmed.clone();
    cancelled.meeting.status = Status::Cancelled;
    cancelled.event_count = 4;
    tell(&mut sql, &cancelled, 10);
    let before = sql.dump();
    for old in [&confirmed, &cancelled, &confirmed] {
        assert_eq!(tell(&mut sql, old, 11), Reply::Done);
        assert_eq!(sql.dump(), before);
    }
    assert_eq!(profile(&mut sql).unwrap().meetings[0].status, Status::Cancelled);
}

/// Who is booked by the booking of that number, and when it is made.
fn of(number: u8) -> (&'static str, i64) {
    (if number.is_multiple_of(2) { "aiko" } else { "jonas" }, i64::from(number % 4))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However notes are repeated and mixed up: the owner of the first that came, the name and touch of the last that was made,
    /// and every booking as it was last.
    #[test]
    fn notes_come_to_the_same_in_any_order(sent in prop::collection::vec((1u8..8, 0u32..4), 1..40)) {
        let mut sql = Memory::migrated();
        for (number, events) in &sent {
            let (host, minute) = of(*number);
            let mut note = note(host, *number, minute);
            note.event_count = *events;
            note.meeting.title = events.to_string();
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
        prop_assert_eq!(profile.owner.folder, of(sent[0].0).0);
        prop_assert_eq!(profile.name, format!("Sam {}", numbers().max_by_key(order).unwrap()));
        prop_assert_eq!(profile.touch.and_then(|touch| touch.campaign), touch.map(|number| number.to_string()));
        for meeting in &profile.meetings {
            let noted = sent.iter().filter(|(number, _)| id_of(*number) == meeting.id);
            prop_assert_eq!(&meeting.title, &noted.map(|(_, events)| events).max().unwrap().to_string());
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

fn erase_contact(sql: &mut Memory, ledger: &str, minute: i64) {
    let command =
        Command::EraseContact { key: KEY.to_owned(), email: EMAIL.to_owned(), ledger: ledger.to_owned() };
    assert_eq!(apply(sql, &command, at(minute)).unwrap(), Reply::Done);
}

/// The ledgers that are still to be asked.
fn asked(sql: &mut Memory, minute: i64) -> Vec<String> {
    due(sql, at(minute)).iter().map(|due| due.destination.name().to_owned()).collect()
}

#[test]
fn a_contact_goes_when_every_ledger_has_erased_it() {
    let mut sql = Memory::migrated();
    tell(&mut sql, &note("aiko", 1, 1), 10);
    tell(&mut sql, &note("jonas", 2, 2), 10);
    erase_contact(&mut sql, "support", 20);
    assert_eq!(asked(&mut sql, 20), ["aiko", "jonas", "support"]);
    let first = due(&mut sql, at(20));
    let command: Command = serde_json::from_str(&first[0].payload).unwrap();
    assert_eq!(command, Command::EraseBookings { email: EMAIL.to_owned(), asked_at: at(20) });
    let again = Reply::Refused { refusal: Refusal::Busy };
    assert_eq!(tell(&mut sql, &note("aiko", 3, 21), 21), again, "booked meanwhile: when it is done");
    let failed = AttemptOutcome::Failed { reason: "busy".to_owned(), retry_after_seconds: None };
    assert_eq!(settle(&mut sql, first[1].number, failed, at(21)), Reply::Done);
    assert_eq!(settle(&mut sql, first[0].number, AttemptOutcome::Taken, at(21)), Reply::Done);
    assert_eq!(settle(&mut sql, first[2].number, AttemptOutcome::Taken, at(21)), Reply::Done);
    assert!(profile(&mut sql).is_some());
    assert_eq!(settle(&mut sql, first[1].number, AttemptOutcome::Taken, at(22)), Reply::Scrubbed);
    assert_eq!(profile(&mut sql), None);
    assert!(!sql.dump().join("\n").contains("Sam") && !sql.dump().join("\n").contains(EMAIL));
    assert_eq!(tell(&mut sql, &note("aiko", 3, 21), 23), Reply::Done);
    assert_eq!(profile(&mut sql).unwrap().name, "Sam 3", "a new contact");
}

/// A booking that nobody had told of when its contact was erased.
#[test]
fn what_is_told_late_is_erased_too() {
    let mut sql = Memory::migrated();
    tell(&mut sql, &note("aiko", 1, 1), 10);
    erase_contact(&mut sql, "aiko", 20);
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
    apply(&mut sql, &Command::Expire, at(22) + TimeDelta::days(1)).unwrap();
    assert_eq!(sql.number("SELECT count(*) FROM contact"), 0, "and then that is forgotten");
    assert_eq!(wake_at(&mut sql).unwrap(), None);
}

#[test]
fn a_contact_is_erased_by_itself_so_long_after_the_last_meeting() {
    let mut sql = Memory::migrated();
    let kept = |number, minute| Note { keep_minutes: Some(24 * 60), ..note("aiko", number, minute) };
    tell(&mut sql, &kept(1, 1), 10);
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(90 + 24 * 60)));
    let mut later = kept(2, 2);
    later.meeting.end = at(500);
    tell(&mut sql, &later, 10);
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(500 + 24 * 60)));
    apply(&mut sql, &Command::Expire, at(499 + 24 * 60)).unwrap();
    assert_eq!(asked(&mut sql, 499 + 24 * 60), [""; 0]);
    let now = at(500 + 24 * 60);
    let due_now = answer(&mut sql, &Query::Due { most: 9, records: 9, except: Vec::new() }, now).unwrap();
    assert!(matches!(due_now, Answer::Due { expired: true, .. }), "{due_now:?}");
    apply(&mut sql, &Command::Expire, now).unwrap();
    assert_eq!(asked(&mut sql, 500 + 24 * 60), ["aiko"]);
    let unlimited = note("aiko", 3, 3000);
    let due = due(&mut sql, now);
    settle(&mut sql, due[0].number, AttemptOutcome::Taken, now);
    tell(&mut sql, &unlimited, 3000);
    assert_eq!(wake_at(&mut sql).unwrap(), None, "kept until it is erased");
}

/// A host's ledger with bookings of Sam: one over, one to come, moved from the visitor's words to the host's; and one of Kim.
fn host() -> Memory {
    let mut sql = Memory::migrated();
    let hook = webhook("https://hooks.example.com/", &["*"]);
    let destinations = vec![
        Destination::Record,
        Destination::Contact { key: KEY.to_owned(), keep_minutes: None },
        Destination::Mail { to: Party::Visitor },
        hook,
        webhook("https://other.example.com/", &["booking.*"]),
    ];
    for (number, from) in [(1, 60), (2, 600), (3, 900)] {
        let mut asked = book(number, from, from + 30);
        asked.key = Some(key(&format!("k{number}"), "body"));
        asked.destinations = destinations.clone();
        let booking = &mut asked.booking;
        if number == 3 {
            booking.contact.email = "kim@example.com".to_owned();
            booking.contact.name = "Kim".to_owned();
        }
        booking.location.kind = "ask".to_owned();
        booking.location.value = "Sam's café".to_owned();
        booking.guests = vec!["guest-of-sam@example.com".to_owned()];
        booking.answers = [("topic".to_owned(), Written::Text("Sam's topic".to_owned()))].into();
        booking.tracking = [("utm_source".to_owned(), "Sam's letter".to_owned())].into();
        booking.reminders_minutes = vec![10];
        must_book(&mut sql, &asked, 0);
    }
    sql
}

fn erase(sql: &mut Memory, minute: i64) -> Reply {
    let command = Command::EraseBookings { email: EMAIL.to_owned(), asked_at: at(minute) };
    apply(sql, &command, at(minute)).unwrap()
}

/// What waits to go out: event and destination, with the booking's number, if there is one.
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
            "2 booking.cancelled record",
            "2 booking.cancelled mail",
            "2 booking.cancelled webhook",
            "2 booking.cancelled webhook",
            "2 booking.alert webhook",
            "2 booking.alert webhook",
            "2 contact.erased record",
            "0 contact.erased webhook",
        ]
    );
    let over = booking_of(&mut sql, 1).unwrap();
    assert_eq!((over.status, over.start, over.page.as_str()), (Status::Confirmed, at(60), "aiko/intro"));
    assert_eq!(booking_of(&mut sql, 2).unwrap().status, Status::Cancelled);
    let kim: Booking = booking_of(&mut sql, 3).unwrap();
    assert_eq!((kim.status, kim.contact.name.as_str()), (Status::Confirmed, "Kim"));
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
    for state in [DeliveryState::Pending, DeliveryState::Done, DeliveryState::Parked] {
        let Answer::Deliveries { deliveries } =
            answer(&mut sql, &Query::Deliveries { state, most: 9 }, at(121)).unwrap()
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
        .find(|due| due.booking.is_none() && due.payload.contains("contact.erased"));
    let hook = hook.unwrap();
    for attempt in 1..=9 {
        assert_eq!(settle(&mut sql, hook.number, failed.clone(), at(120 + attempt)), Reply::Done);
    }
    assert_eq!(settle(&mut sql, hook.number, failed, at(140)), Reply::Scrubbed);
    assert_eq!(
        sql.number("SELECT count(*) FROM delivery WHERE event = 'contact.erased' AND kind = 'webhook'"),
        0
    );
}

#[test]
fn what_was_booked_after_it_was_asked_for_stays() {
    let mut sql = host();
    let mut later = book(9, 1200, 1230);
    later.booking.created_at = at(121);
    must_book(&mut sql, &later, 121);
    let command = Command::EraseBookings { email: EMAIL.to_owned(), asked_at: at(120) };
    assert_eq!(apply(&mut sql, &command, at(122)).unwrap(), Reply::Scrubbed);
    assert_eq!(booking_of(&mut sql, 9).unwrap().contact.name, "Sam");
    assert_eq!(booking_of(&mut sql, 2).unwrap().contact.name, "");
}

#[test]
fn who_booked_is_listed_by_the_newest_booking() {
    let mut sql = host();
    let mut list = |email: Option<&str>, before, most| {
        let query = Query::Contacts { email: email.map(str::to_owned), before, most };
        let Answer::Contacts { contacts } = answer(&mut sql, &query, at(0)).unwrap() else {
            panic!("not contacts")
        };
        let line = |contact: &scheduling::ledger::HostContact| {
            let ids: Vec<u8> = contact
                .bookings
                .iter()
                .map(|booking| (1..=3).find(|number| id(*number) == booking.id).unwrap())
                .collect();
            format!("{} {} {ids:?}", contact.email, contact.number)
        };
        contacts.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 9), ["kim@example.com 3 [3]", "sam@example.com 2 [2, 1]"]);
    assert_eq!(list(None, None, 1), ["kim@example.com 3 [3]"]);
    assert_eq!(list(None, Some(3), 9), ["sam@example.com 2 [2, 1]"]);
    assert_eq!(list(Some(EMAIL), None, 9), ["sam@example.com 2 [2, 1]"]);
    assert_eq!(list(Some("nobody@example.com"), None, 9), [""; 0]);
    erase(&mut sql, 0);
    let query = Query::Addresses { after: String::new(), most: 9 };
    let addresses = Answer::Addresses { addresses: vec!["kim@example.com".to_owned()] };
    assert_eq!(answer(&mut sql, &query, at(0)).unwrap(), addresses);
    cancel(&mut sql, 1, Party::Host, 0);
}
