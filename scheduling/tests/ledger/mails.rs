//! Emails: which may leave to an address, and what becomes of those that may not.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scheduling::booking::{Event, Party};
use scheduling::ledger::{Command, Order, Question, Reply, Reschedule, apply};
use scheduling::outbox::{
    Admission, Attempt, AttemptOutcome, DeliveryState, Due, MOST_MAILS_A_DAY, MOST_MAILS_AN_HOUR, MailAsk,
    OVERTAKEN, Payload, TOO_MANY_MAILS, UNDONE,
};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;

use crate::strangers::stranger;
use crate::support::{
    Memory, ask, at, book, booking_of, cancel, decide, id, must_book, must_move, must_stay, order,
    reschedule, subscribers,
};

const KEY: &str = "key-of-sam";

/// An email about the booking of that host with that number.
fn email(host: &str, number: u8, event: Event, by: Option<Party>) -> MailAsk {
    let booking = BookingId::new(host, [number; 16]);
    let mail = format!("{booking}.{}", event.name());
    MailAsk {
        key: KEY.to_owned(),
        mail,
        booking,
        event,
        by,
        is_paid: false,
        is_guest: false,
        known_until: at(10_000),
    }
}

fn admitted(sql: &mut Memory, ask: &MailAsk, minute: i64) -> Admission {
    order(sql, Order::admit_mail(ask.clone()), at(minute))
}

const VISITOR: Option<Party> = Some(Party::Visitor);

#[test]
fn an_address_gets_so_many_emails_whichever_hosts_are_booked() {
    let mut sql = Memory::migrated();
    let mut left = 0;
    for number in 0..100 {
        let host = format!("host-{}", number % 7);
        for event in [Event::Confirmed, Event::Cancelled] {
            let admission = admitted(&mut sql, &email(&host, number, event, VISITOR), number.into());
            left += usize::from(admission == Admission::Admitted);
        }
    }
    assert_eq!(left, MOST_MAILS_AN_HOUR * 2, "in an hour and forty minutes");
    let mut other = email("aiko", 200, Event::Confirmed, VISITOR);
    other.key = "another-key".to_owned();
    assert_eq!(admitted(&mut sql, &other, 99), Admission::Admitted, "another address");
}

#[test]
fn an_email_that_is_tried_again_takes_no_second_place() {
    let mut sql = Memory::migrated();
    let first = email("aiko", 1, Event::Confirmed, VISITOR);
    for minute in 0..9 {
        assert_eq!(admitted(&mut sql, &first, minute), Admission::Admitted);
    }
    assert_eq!(admitted(&mut sql, &email("aiko", 2, Event::Confirmed, VISITOR), 9), Admission::Admitted);
    let third = email("aiko", 3, Event::Confirmed, VISITOR);
    assert_eq!(admitted(&mut sql, &third, 10), Admission::Waits { until: at(68) });
}

#[test]
fn what_was_told_of_is_taken_back_long_after_and_what_was_not_is_not() {
    let mut sql = Memory::migrated();
    let told = email("aiko", 1, Event::Confirmed, VISITOR);
    assert_eq!(admitted(&mut sql, &told, 0), Admission::Admitted);
    let end = |number| email("aiko", number, Event::Cancelled, VISITOR);
    assert_eq!(admitted(&mut sql, &end(2), 1), Admission::Undone);
    assert_eq!(admitted(&mut sql, &end(1), 9000), Admission::Admitted);
    assert_eq!(admitted(&mut sql, &end(1), 9001), Admission::Admitted, "tried again");
    let late = email("aiko", 2, Event::Confirmed, VISITOR);
    assert_eq!(admitted(&mut sql, &late, 1), Admission::Undone, "it was on its way when it was undone");
}

#[test]
fn what_says_nothing_any_more_is_forgotten() {
    let mut sql = Memory::migrated();
    let mut short = email("aiko", 1, Event::Confirmed, VISITOR);
    short.known_until = at(60);
    admitted(&mut sql, &short, 0);
    admitted(&mut sql, &email("aiko", 2, Event::Confirmed, VISITOR), 60);
    let left = |sql: &mut Memory| sql.number("SELECT count(*) FROM contact_mail");
    assert_eq!(left(&mut sql), 2, "a day counts");
    admitted(&mut sql, &email("aiko", 3, Event::Confirmed, VISITOR), 24 * 60 + 1);
    assert_eq!(left(&mut sql), 2);
}

#[derive(Clone, Debug)]
struct Asked {
    number: u8,
    event: Event,
    by: Option<Party>,
    wait: i64,
}

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    let events =
        vec![Event::Confirmed, Event::Rescheduled, Event::ReminderDue, Event::Cancelled, Event::Cancelled];
    let by = vec![Some(Party::Visitor), Some(Party::Visitor), Some(Party::Host), None];
    let one =
        (0..12u8, prop::sample::select(events), prop::sample::select(by), prop_oneof![0..3i64, 0..200i64]);
    let one = one.prop_map(|(number, event, by, wait)| Asked { number, event, by, wait });
    prop::collection::vec(one, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// No hour and no day has more than the bound, whatever is asked for; and whatever was told of in the last hour
    /// can be taken back at once.
    #[test]
    fn no_window_has_more_than_its_bound(asked in asked()) {
        let (mut sql, mut now) = (Memory::migrated(), 0);
        let mut left: Vec<i64> = Vec::new();
        let (mut told, mut ended) = (std::collections::BTreeMap::new(), std::collections::BTreeSet::new());
        for (turn, Asked { number, event, by, wait }) in asked.iter().enumerate() {
            now += wait;
            let mut ask = email("aiko", *number, *event, *by);
            ask.mail = format!("{turn}");
            let is_told = told.contains_key(number);
            let is_free = is_told && *by == Some(Party::Host);
            let admission = admitted(&mut sql, &ask, now);
            let is_over = ended.contains(number);
            if !ask.ends() && is_over {
                prop_assert_eq!(admission, Admission::Undone);
            } else if ask.ends() && *by == VISITOR && !is_told {
                prop_assert_eq!(admission, Admission::Undone);
                ended.insert(*number);
            } else if is_free {
                prop_assert_eq!(admission, Admission::Admitted);
            } else if ask.ends() && told.get(number).is_some_and(|at| now - at < 60) && !is_over {
                prop_assert_eq!(admission, Admission::Admitted, "turn {}", turn);
            }
            if admission == Admission::Admitted {
                if !is_free {
                    left.push(now);
                }
                if ask.ends() {
                    ended.insert(*number);
                } else if !is_free {
                    told.insert(*number, now);
                } else {
                    told.entry(*number).or_insert(now);
                }
            }
            let within = |minutes: i64| left.iter().filter(|at| now - **at < minutes).count();
            prop_assert!(within(60) <= MOST_MAILS_AN_HOUR, "an hour at turn {}: {:?}", turn, left);
            prop_assert!(within(24 * 60) <= MOST_MAILS_A_DAY, "a day at turn {}: {:?}", turn, left);
        }
    }
}

/// A ledger with a booking of which its visitor and host are to be written to.
fn booked() -> Memory {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[]);
    must_book(&mut sql, &book(1, 60, 90), 0);
    sql
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, now: DateTime<Utc>) {
    let attempts = vec![Attempt { number, outcome, jitter: 0 }];
    assert_eq!(apply(sql, &Command::Settle { attempts }, now).unwrap(), Reply::Done);
}

/// The emails in a state: event, whose, and why it has not left.
fn mails(sql: &mut Memory, state: DeliveryState) -> Vec<String> {
    let mut mails: Vec<String> = ask(sql, Question::deliveries(state, None, 99), at(0))
        .into_iter()
        .map(|one| format!("{} {} {}", one.event, one.destination, one.last_error.unwrap_or_default()))
        .collect();
    mails.sort();
    mails
}

#[test]
fn an_email_that_is_held_waits_or_is_parked_and_says_why() {
    let mut sql = booked();
    let held = |until| AttemptOutcome::Held { reason: TOO_MANY_MAILS.to_owned(), until };
    assert!(!ask(&mut sql, Question::held_mail(id(1)), at(0)));
    settle(&mut sql, 1, held(Some(at(40))), at(0));
    let reports = ask(&mut sql, Question::deliveries(DeliveryState::Pending, None, 9), at(0));
    let report = reports.iter().find(|one| one.destination == "mail to the visitor").unwrap();
    let seen = (report.attempts, report.next_attempt_at, report.last_error.as_deref());
    assert_eq!(seen, (0, Some(at(40)), Some(TOO_MANY_MAILS)));
    assert!(ask(&mut sql, Question::held_mail(id(1)), at(0)));
    assert!(!ask(&mut sql, Question::held_mail(id(2)), at(0)), "another booking");
    settle(&mut sql, 1, held(None), at(40));
    assert_eq!(
        mails(&mut sql, DeliveryState::Parked),
        [format!("booking.confirmed mail to the visitor {TOO_MANY_MAILS}")]
    );
    assert!(ask(&mut sql, Question::held_mail(id(1)), at(40)));
    let parked = ask(&mut sql, Question::deliveries(DeliveryState::Parked, None, 9), at(40));
    assert_eq!(order(&mut sql, Order::replay(parked[0].id.clone()), at(41)), Ok(()));
    settle(&mut sql, 1, AttemptOutcome::Taken, at(42));
    assert!(!ask(&mut sql, Question::held_mail(id(1)), at(42)));
}

#[test]
fn emails_that_have_not_left_when_their_booking_is_undone_do_not_leave() {
    let mut sql = booked();
    cancel(&mut sql, 1, Party::Visitor, 1);
    let ended = ["host", "visitor"].map(|side| format!("booking.confirmed mail to the {side} {UNDONE}"));
    assert_eq!(mails(&mut sql, DeliveryState::Ended), ended);
    let left = ["host", "visitor"].map(|side| format!("booking.cancelled mail to the {side} "));
    assert_eq!(mails(&mut sql, DeliveryState::Pending), left);
    // One was on its way.
    settle(&mut sql, 1, AttemptOutcome::Taken, at(1));
    assert_eq!(mails(&mut sql, DeliveryState::Done), ["booking.confirmed mail to the visitor "]);
}

#[test]
fn a_request_that_comes_to_nothing_takes_its_emails_with_it() {
    let requested = |sql: &mut Memory| {
        let mut asked = book(1, 60, 90);
        asked.booking.status = scheduling::booking::Status::Requested;
        asked.expires_at = Some(at(30));
        sql.today = subscribers(&[Party::Visitor, Party::Host], &[]);
        must_book(sql, &asked, 0);
    };
    let ended = ["host", "visitor"].map(|side| format!("booking.requested mail to the {side} {UNDONE}"));
    let mut declined = Memory::migrated();
    requested(&mut declined);
    decide(&mut declined, 1, false, 1);
    assert_eq!(mails(&mut declined, DeliveryState::Ended), ended);
    let mut expired = Memory::migrated();
    requested(&mut expired);
    apply(&mut expired, &Command::Expire(None), at(31)).unwrap();
    assert_eq!(mails(&mut expired, DeliveryState::Ended), ended);
    let mut accepted = Memory::migrated();
    requested(&mut accepted);
    decide(&mut accepted, 1, true, 1);
    let overtaken =
        ["host", "visitor"].map(|side| format!("booking.requested mail to the {side} {OVERTAKEN}"));
    assert_eq!(mails(&mut accepted, DeliveryState::Ended), overtaken);
}

#[test]
fn emails_that_a_later_one_would_contradict_do_not_leave() {
    let mut sql = booked();
    for (number, start) in [(1, 120), (2, 180), (3, 240)] {
        must_move(&mut sql, &reschedule(1, start, start + 30), number);
    }
    let left = ["host", "visitor"].map(|side| format!("booking.rescheduled mail to the {side} "));
    assert_eq!(mails(&mut sql, DeliveryState::Pending), left, "the newest alone");
    let ended = mails(&mut sql, DeliveryState::Ended);
    assert_eq!(ended.len(), 6);
    assert!(ended.iter().all(|one| one.ends_with(OVERTAKEN)), "{ended:#?}");
    // One that was on its way when it was overtaken was taken.
    settle(&mut sql, 1, AttemptOutcome::Taken, at(4));
    assert_eq!(mails(&mut sql, DeliveryState::Done), ["booking.confirmed mail to the visitor "]);
}

/// What is not agreed yet has no time to be moved from: nobody gets an invitation, and no guest hears of it.
#[test]
fn a_request_that_is_moved_is_asked_for_anew() {
    for by in [Party::Visitor, Party::Host] {
        let mut sql = Memory::migrated();
        let mut asked = book(1, 60, 90);
        asked.booking.status = scheduling::booking::Status::Requested;
        asked.booking.visitor.guests = vec!["ben@example.org".to_owned()];
        asked.expires_at = Some(at(50));
        sql.today = subscribers(&[Party::Visitor, Party::Host], &[]);
        must_book(&mut sql, &asked, 0);
        must_move(&mut sql, &Reschedule { by, ..reschedule(1, 120, 150) }, 1);
        let due = ask(&mut sql, Question::due(9, 0, Vec::new()), at(1)).due;
        let told: Vec<(Event, String)> = due
            .iter()
            .map(|due| match &due.payload {
                Payload::Mail(notice) => (notice.event, due.destination.name().into_owned()),
                other => panic!("not an email: {other:?}"),
            })
            .collect();
        let expected = ["mail to the visitor", "mail to the host"];
        assert_eq!(told, expected.map(|to| (Event::Requested, to.to_owned())));
    }
}

#[test]
fn emails_about_a_booking_leave_to_a_mailbox_one_after_the_other() {
    let mut sql = booked();
    let due = |sql: &mut Memory, except: &[i64]| ask(sql, Question::due(9, 0, except.to_vec()), at(1)).due;
    let told = |sql: &mut Memory, except: &[i64]| {
        let event_and_side = |due: &Due| due.id.splitn(3, '.').nth(2).unwrap().to_owned();
        due(sql, except).iter().map(event_and_side).collect::<Vec<String>>()
    };
    assert_eq!(told(&mut sql, &[]), ["1.visitor", "1.host"]);
    // The visitor's is on its way, slowly.
    let slow = due(&mut sql, &[])[0].number;
    must_move(&mut sql, &reschedule(1, 120, 150), 1);
    assert_eq!(told(&mut sql, &[slow]), ["3.host"]);
    settle(&mut sql, slow, AttemptOutcome::Taken, at(1));
    assert_eq!(told(&mut sql, &[]), ["3.visitor", "3.host"]);
    // Another time is asked for: that says nothing of where the meeting is now.
    let asks = Reschedule { approval_within_minutes: Some(60), ..reschedule(1, 240, 270) };
    must_move(&mut sql, &asks, 1);
    assert_eq!(told(&mut sql, &[]), ["3.visitor", "3.host"]);
    let first = due(&mut sql, &[])[0].number;
    settle(&mut sql, first, AttemptOutcome::Taken, at(1));
    assert_eq!(told(&mut sql, &[]), ["3.host", "5.visitor"]);
}

#[test]
fn a_visitor_who_moves_a_booking_to_and_fro_waits_an_hour() {
    let mut sql = booked();
    let to = |number: i64| Reschedule {
        stranger: Some(stranger(300)),
        ..reschedule(1, 500 + number % 2 * 60, 530 + number % 2 * 60)
    };
    for number in 0..20 {
        must_move(&mut sql, &Reschedule { by: Party::Host, stranger: None, ..to(number) }, 0);
    }
    for number in 0..10 {
        must_move(&mut sql, &to(number), number);
    }
    must_stay(&mut sql, &to(10), 10, Refusal::TooManyRequests);
    must_move(&mut sql, &Reschedule { by: Party::Host, stranger: None, ..to(10) }, 11);
    must_stay(&mut sql, &to(11), 12, Refusal::TooManyRequests);
    must_move(&mut sql, &to(11), 71);
    must_stay(&mut sql, &to(12), 80, Refusal::TooManyRequests);
    must_move(&mut sql, &Reschedule { stranger: None, ..to(12) }, 80);
}

#[test]
fn a_visitor_may_always_take_a_wish_for_another_time_back() {
    let mut sql = booked();
    let to = |from: i64| Reschedule {
        stranger: Some(stranger(300)),
        approval_within_minutes: Some(600),
        ..reschedule(1, from, from + 30)
    };
    for number in 0..10 {
        must_move(&mut sql, &to(500 + number % 2 * 60), number);
    }
    must_stay(&mut sql, &to(620), 10, Refusal::TooManyRequests);
    let kept = must_move(&mut sql, &to(60), 10);
    assert_eq!((kept.start, kept.proposed), (at(60), None));
}

/// The events that a guest is written of, in the order in which they happened.
fn told_to_guest(sql: &mut Memory) -> Vec<String> {
    let mut told = Vec::new();
    for state in [DeliveryState::Ended, DeliveryState::Pending] {
        let reports = ask(sql, Question::deliveries(state, None, 99), at(0));
        let to_guests = reports.into_iter().filter(|one| one.destination == "mail to a guest");
        told.extend(to_guests.map(|one| (one.id, one.event)));
    }
    told.sort();
    told.into_iter().map(|(_, event)| event).collect()
}

#[test]
fn a_guest_is_told_of_what_a_calendar_has_to_know() {
    let mut asked = book(1, 600, 630);
    asked.booking.status = scheduling::booking::Status::Requested;
    asked.booking.visitor.guests = vec!["ben@example.org".to_owned()];
    asked.booking.terms.reminders_minutes = vec![60];
    asked.expires_at = Some(at(300));
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[]);
    must_book(&mut sql, &asked, 0);
    assert_eq!(told_to_guest(&mut sql), [""; 0], "nothing is agreed yet");
    decide(&mut sql, 1, true, 1);
    assert_eq!(told_to_guest(&mut sql), ["booking.confirmed"]);
    must_move(&mut sql, &reschedule(1, 700, 730), 2);
    apply(&mut sql, &Command::Expire(None), at(641)).unwrap();
    assert_eq!(told_to_guest(&mut sql), ["booking.confirmed", "booking.rescheduled"], "and not reminded");
    cancel(&mut sql, 1, Party::Host, 650);
    assert_eq!(told_to_guest(&mut sql), ["booking.confirmed", "booking.rescheduled", "booking.cancelled"]);
    assert!(!ask(&mut sql, Question::held_mail(id(1)), at(650)));

    let mut silent = Memory::migrated();
    silent.today = subscribers(&[Party::Host], &[]);
    asked.booking.status = scheduling::booking::Status::Confirmed;
    must_book(&mut silent, &asked, 0);
    assert_eq!(told_to_guest(&mut silent), [""; 0], "a site that writes to no visitor");
}

#[test]
fn a_guests_mail_can_be_sent_again_and_says_nothing_of_the_visitors() {
    let mut asked = book(1, 60, 90);
    asked.booking.visitor.guests = vec!["ben@example.org".to_owned()];
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[]);
    must_book(&mut sql, &asked, 0);
    settle(&mut sql, 3, AttemptOutcome::Held { reason: TOO_MANY_MAILS.to_owned(), until: None }, at(0));
    assert_eq!(
        mails(&mut sql, DeliveryState::Parked),
        [format!("booking.confirmed mail to a guest {TOO_MANY_MAILS}")]
    );
    assert!(!ask(&mut sql, Question::held_mail(id(1)), at(0)), "the visitor's left");
    let parked = ask(&mut sql, Question::deliveries(DeliveryState::Parked, None, 9), at(0));
    assert!(!parked[0].id.contains("ben"), "{}", parked[0].id);
    assert_eq!(order(&mut sql, Order::replay(parked[0].id.clone()), at(1)), Ok(()));
}

#[test]
fn reminders_that_are_switched_off_stay_off() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor], &[]);
    let mut asked = book(1, 600, 630);
    asked.booking.terms.reminders_minutes = vec![60, 120];
    must_book(&mut sql, &asked, 0);
    let reminders = |sql: &mut Memory| sql.number("SELECT count(*) FROM reminder");
    assert_eq!(reminders(&mut sql), 2);
    let stopped = order(&mut sql, Order::stop_reminders(id(1)), at(1)).unwrap();
    assert_eq!(stopped.terms.reminders_minutes, [0; 0]);
    assert_eq!(reminders(&mut sql), 0);
    assert_eq!(order(&mut sql, Order::stop_reminders(id(1)), at(1)).unwrap(), stopped, "twice");
    must_move(&mut sql, &reschedule(1, 700, 730), 2);
    assert_eq!(reminders(&mut sql), 0);
    assert_eq!(booking_of(&mut sql, 1).unwrap().start, at(700));
    assert_eq!(
        order(&mut sql, Order::stop_reminders(id(2)), at(1)),
        Err(scheduling::refusal::Refusal::NotFound)
    );
}
