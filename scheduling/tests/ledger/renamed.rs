//! A ledger whose host's folder was renamed: what was made under the old name is of the same page.

use scheduling::booking::{Party, Status};
use scheduling::claim::CountLimit;
use scheduling::contact::Owner;
use scheduling::ledger::{Answer, Book, Cancel, Command, Query, Reply, answer, apply, migrate};
use scheduling::outbox::Payload;
use scheduling::refusal::Refusal;
use scheduling::sql::Sql as _;

use crate::strangers::stranger;
use crate::support::{
    By as _, Memory, at, book, busy, id, key, must_book, must_refuse, reply_to, subscribers, webhook,
};

/// A booking as it is made after the renaming.
fn renamed(number: u8, from: i64, until: i64) -> Book {
    let mut wish = book(number, from, until);
    wish.booking.page = "tanaka/intro".to_owned();
    wish.booking.host = "tanaka".to_owned();
    wish
}

#[test]
fn limits_count_what_was_booked_before() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    let limits = |most| vec![CountLimit { from: at(0), until: at(600), most }];
    must_refuse(&mut sql, &Book { limits: limits(1), ..renamed(2, 120, 150) }, 0, Refusal::LimitReached);
    must_book(&mut sql, &Book { limits: limits(2), ..renamed(2, 120, 150) }, 0);
}

#[test]
fn a_group_session_goes_on() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &Book { capacity: 2, ..book(1, 60, 90) }, 0);
    must_book(&mut sql, &Book { capacity: 2, ..renamed(2, 60, 90) }, 0);
    assert_eq!(busy(&mut sql, 0, 0).iter().map(|claim| claim.seats_taken).collect::<Vec<_>>(), [2]);
    let mut other = renamed(3, 60, 90);
    other.booking.page = "tanaka/review".to_owned();
    must_refuse(&mut sql, &Book { capacity: 2, ..other }, 0, Refusal::SlotTaken);
}

#[test]
fn a_key_gets_its_first_answer() {
    let mut sql = Memory::migrated();
    let keyed = |wish: Book| Book { key: Some(key("k", "body")), ..wish };
    let first = must_book(&mut sql, &keyed(book(1, 60, 90)), 0);
    assert_eq!(reply_to(&mut sql, &keyed(renamed(2, 60, 90)), 1), Reply::Booked { booking: Box::new(first) });
    // Both names have the key, once a day has passed: the newer one counts.
    let second = must_book(&mut sql, &keyed(renamed(3, 3000, 3030)), 1500);
    let again = reply_to(&mut sql, &keyed(renamed(4, 3000, 3030)), 1501);
    assert_eq!(again, Reply::Booked { booking: Box::new(second) });
}

#[test]
fn what_strangers_hold_of_the_page_counts() {
    let mut sql = Memory::migrated();
    let wish = |number: u8, wish: Book| {
        let mut wish = wish.by(&format!("s{number}@example.org"));
        wish.booking.created_at = at(0);
        Book { stranger: Some(stranger(300)), ..wish }
    };
    for number in 1..=3 {
        let from = 600 + 30 * i64::from(number);
        must_book(&mut sql, &wish(number, book(number, from, from + 30)), 0);
    }
    let fourth = must_book(&mut sql, &wish(4, renamed(4, 720, 750)), 1);
    assert_eq!(fourth.status, Status::AwaitingConfirmation);
}

/// Receivers read one name of a page, whenever it was booked.
#[test]
fn everybody_is_told_the_new_name() {
    let mut sql = Memory::migrated();
    let mut today = subscribers(
        &[],
        &[webhook("https://hooks.example.com/", &["booking.confirmed", "booking.cancelled"])],
    );
    sql.today = today.clone();
    must_book(&mut sql, &book(1, 60, 90), 0);
    today.as_mut().unwrap().folder = "tanaka".to_owned();
    let cancel = Cancel { id: id(1), by: Party::Host, reason: None, proves: false };
    apply(&mut sql, &Command::Cancel(cancel, today), at(1)).unwrap();
    let due = Query::Due { most: 10, records: 10, except: Vec::new() };
    let Answer::Due { due, .. } = answer(&mut sql, &due, at(1)).unwrap() else { panic!("nothing is due") };
    let told: Vec<(&str, &str)> = due
        .iter()
        .filter_map(|due| match &due.payload {
            Payload::Webhook(body) => Some(&body.data["booking"]),
            _ => None,
        })
        .map(|booking| (booking["page"].as_str().unwrap(), booking["host"]["folder"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("aiko/intro", "aiko"), ("tanaka/intro", "tanaka")]);
}

/// Owners that an older version knew by their folders: one was renamed before.
#[test]
fn owners_are_known_by_their_ledgers() {
    let mut sql = Memory::migrated();
    sql.set("DELETE FROM migration WHERE number = 12");
    for (contact, owner, page, booking) in [
        ("renamed", "tanaka", "tanaka/intro", "aiko.1"),
        ("usual", "jonas", "jonas/support", "jonas.2"),
        ("elsewhere", "jonas", "mia/call", "mia.3"),
    ] {
        sql.set(&format!(
            "INSERT INTO contact (key, email, owner, owner_name, is_erasing)
            VALUES ('{contact}', 'a@example.org', '{owner}', 'A Host', 0)"
        ));
        sql.set(&format!(
            "INSERT INTO contact_booking (contact_key, booking_id, event_count, made_at_seconds, name, page, title,
                start_seconds, end_seconds, status, outcome)
            VALUES ('{contact}', '{booking}', 1, 0, 'Mara', '{page}', 'Call', 0, 60, 'confirmed', 'null')"
        ));
    }
    migrate(&mut sql).unwrap();
    let mut owner = |contact: &str| {
        let query = Query::Contact { key: contact.to_owned() };
        let Answer::Contact { contact } = answer(&mut sql, &query, at(0)).unwrap() else {
            panic!("no contact")
        };
        contact.unwrap().owner
    };
    let named = |ledger: &str| Some(Owner { ledger: ledger.to_owned(), name: "A Host".to_owned() });
    assert_eq!(owner("renamed"), named("aiko"));
    assert_eq!(owner("usual"), named("jonas"));
    assert_eq!(owner("elsewhere"), named("jonas"));
    assert_eq!(sql.run("SELECT 1 FROM contact", &[]).unwrap().len(), 3);
}
