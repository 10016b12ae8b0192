//! The ledger over a real database in memory.

mod support;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Booking, Contact, Place, Status};
use scheduling::definition::Buffer;
use scheduling::ledger::{Answer, Book, Cancel, Command, Destination, Party, Query, Reply, answer, apply};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::zone::Zone;
use support::Memory;

#[test]
fn a_booking_takes_its_time_until_it_is_cancelled() {
    let mut memory = Memory::new();
    let booked =
        apply(&mut memory, &Command::Book(Box::new(book(1, "2026-12-01T09:00:00Z"))), now()).unwrap();
    let Reply::Booked { booking } = booked else { panic!("{booked:?}") };
    let other = apply(&mut memory, &Command::Book(Box::new(book(2, "2026-12-01T09:15:00Z"))), now()).unwrap();
    assert_eq!(other, Reply::Refused { refusal: Refusal::SlotTaken });

    let cancel = Command::Cancel(Cancel { id: booking.id.clone(), by: Party::Visitor, reason: None });
    let Reply::Changed { booking: cancelled } = apply(&mut memory, &cancel, now()).unwrap() else { panic!() };
    assert_eq!((cancelled.status, cancelled.sequence), (Status::Cancelled, 1));
    let again = apply(&mut memory, &cancel, now()).unwrap();
    assert_eq!(again, Reply::Refused { refusal: Refusal::AlreadyCancelled });
    let busy = answer(&mut memory, &Query::Busy { from: now() }, now()).unwrap();
    assert_eq!(busy, Answer::Busy { claims: vec![] });
    let other = apply(&mut memory, &Command::Book(Box::new(book(2, "2026-12-01T09:15:00Z"))), now()).unwrap();
    assert!(matches!(other, Reply::Booked { .. }));
}

fn now() -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

fn book(number: u8, start: &str) -> Book {
    let start: DateTime<Utc> = start.parse().unwrap();
    let booking = Booking {
        id: BookingId::new("aiko", [number; 16]),
        status: Status::Confirmed,
        outcome: None,
        page: "aiko/intro".to_owned(),
        title: "Introductory call".to_owned(),
        host: "aiko".to_owned(),
        host_name: "Aiko Tanaka".to_owned(),
        host_email: "aiko@example.com".to_owned(),
        host_time_zone: Zone::named("Asia/Tokyo").unwrap(),
        start,
        end: start + TimeDelta::minutes(30),
        buffer: Buffer::default(),
        time_zone: Zone::UTC,
        locale: "en".to_owned(),
        contact: Contact { name: "Kim".to_owned(), email: format!("kim{number}@example.com") },
        guests: vec![],
        location: Place { kind: "phone".to_owned(), value: "+1 202 555 0100".to_owned() },
        answers: BTreeMap::new(),
        tracking: BTreeMap::new(),
        sequence: 0,
        change_until_minutes: 0,
        cancel_reason: None,
        created_at: now(),
        changed_at: now(),
    };
    Book {
        key: None,
        verdict: None,
        booking,
        capacity: 1,
        limits: vec![],
        contact_limit: None,
        destinations: vec![Destination::Record],
    }
}
