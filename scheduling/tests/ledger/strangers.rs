//! What strangers hold of a host's time, and how an address proves itself.

use chrono::TimeDelta;
use scheduling::booking::{Booking, Event, Party, Status};
use scheduling::ledger::{Book, Cancel, Command, Confirm, Order, Question, Reply, apply};
use scheduling::outbox::{DeliveryState, Payload, Request};
use scheduling::refusal::Refusal;
use scheduling::strangers::{Share, Stranger};

use crate::support::{
    By, Memory, ask, at, book, booking_of, bookings, busy, id, key, must_book, must_move, must_refuse,
    must_stay, order, reschedule, subscribers, webhook,
};

/// A stranger who comes to a page with so many starts in seven days.
pub(crate) fn stranger(starts_offered: u32) -> Stranger {
    Stranger {
        share: Share {
            from: at(-7 * 1440),
            until: at(7 * 1440),
            hours: vec![(at(-7 * 1440).timestamp(), at(27 * 1440).timestamp())],
            starts_offered,
            bookings_offered: starts_offered,
            start_every_minutes: 30,
            shortest_minutes: 30,
            gap_minutes: 0,
        },
        others: Vec::new(),
        network: Some("near".to_owned()),
        can_prove: true,
    }
}

/// The n-th half hour, asked for at minute 0 by a stranger of the n-th address.
fn wish(number: u8, starts_offered: u32) -> Book {
    let from = 600 + 30 * i64::from(number);
    let mut wish = book(number, from, from + 30).by(&format!("s{number}@example.org"));
    wish.booking.created_at = at(0);
    wish.stranger = Some(stranger(starts_offered));
    wish
}

fn confirm(sql: &mut Memory, number: u8, minute: i64) -> Reply {
    let confirm = Confirm { id: id(number), approval_within_minutes: Some(60), calendars: None };
    apply(sql, &Command::Confirm(confirm, None), at(minute)).unwrap()
}

#[track_caller]
fn must_confirm(sql: &mut Memory, number: u8, minute: i64) -> Booking {
    match confirm(sql, number, minute) {
        Reply::Changed { booking } => *booking,
        other => panic!("not confirmed: {other:?}"),
    }
}

fn states(sql: &mut Memory) -> Vec<String> {
    let told = "SELECT kind || ' ' || event || ' ' || state FROM delivery ORDER BY number";
    let rows = scheduling::sql::Sql::run(sql, told, &[]).unwrap();
    rows.iter().map(|row| format!("{:?}", row[0])).collect()
}

/// Three strangers of an hour are taken. The fourth is asked, until the hour is over.
#[test]
fn whoever_comes_fourth_within_an_hour_confirms_by_email() {
    let mut sql = Memory::migrated();
    for number in 1..=3 {
        assert_eq!(must_book(&mut sql, &wish(number, 300), 0).status, Status::Confirmed);
    }
    let asked = must_book(&mut sql, &wish(4, 300), 1);
    assert_eq!(asked.status, Status::AwaitingConfirmation);
    let hold = busy(&mut sql, 600, 1)[3].expires_at;
    assert_eq!(hold, Some(at(30).timestamp()), "its time is held for half an hour");
    assert_eq!(busy(&mut sql, 600, 30).len(), 3);
    let later = Book { booking: Booking { created_at: at(61), ..wish(5, 300).booking }, ..wish(5, 300) };
    assert_eq!(must_book(&mut sql, &later, 61).status, Status::Confirmed);
}

#[test]
fn strangers_hold_a_tenth_of_what_is_offered_and_cancelling_makes_room() {
    let mut sql = Memory::migrated();
    for number in 1..=5 {
        assert_eq!(must_book(&mut sql, &wish(number, 50), 70 * i64::from(number)).status, Status::Confirmed);
    }
    assert_eq!(must_book(&mut sql, &wish(6, 50), 420).status, Status::AwaitingConfirmation);
    let long = |number: u8| {
        let wish = wish(number, 50);
        Book { booking: Booking { end: wish.booking.end + TimeDelta::minutes(30), ..wish.booking }, ..wish }
    };
    order(
        &mut sql,
        Order::cancel(Cancel { id: id(5), by: Party::Host, reason: None, proves: false }),
        at(421),
    )
    .unwrap();
    assert_eq!(must_book(&mut sql, &long(8), 422).status, Status::AwaitingConfirmation, "it takes two");
    assert_eq!(must_book(&mut sql, &wish(10, 50), 423).status, Status::Confirmed);
}

#[test]
fn a_page_with_few_times_takes_its_first_three() {
    let mut sql = Memory::migrated();
    for number in 1..=3 {
        assert_eq!(must_book(&mut sql, &wish(number, 5), 70 * i64::from(number)).status, Status::Confirmed);
    }
    assert_eq!(must_book(&mut sql, &wish(4, 5), 300).status, Status::AwaitingConfirmation);
}

/// The host's time is one, whichever page it is booked on.
#[test]
fn what_other_pages_took_is_taken() {
    let mut sql = Memory::migrated();
    let on = |page: &str, number: u8| {
        let wish = wish(number, 40);
        Book { booking: Booking { page: page.to_owned(), ..wish.booking }, ..wish }
    };
    for (page, number) in [("aiko/a", 1), ("aiko/b", 2), ("aiko/c", 3), ("aiko/d", 4)] {
        assert_eq!(must_book(&mut sql, &on(page, number), 0).status, Status::Confirmed);
    }
    assert_eq!(must_book(&mut sql, &on("aiko/e", 5), 0).status, Status::AwaitingConfirmation);
}

#[test]
fn one_network_waits_for_three_and_others_for_theirs() {
    let mut sql = Memory::migrated();
    for number in 1..=6 {
        must_book(&mut sql, &wish(number, 300), 0);
    }
    must_refuse(&mut sql, &wish(7, 300), 0, Refusal::TooManyRequests);
    let mut other = wish(8, 300);
    other.stranger = Some(Stranger { network: Some("far".to_owned()), ..stranger(300) });
    assert_eq!(must_book(&mut sql, &other, 0).status, Status::AwaitingConfirmation);
    must_confirm(&mut sql, 4, 1);
    assert_eq!(must_book(&mut sql, &wish(7, 300), 2).status, Status::AwaitingConfirmation, "one less waits");
}

#[test]
fn nobody_asks_and_takes_back_without_end() {
    let mut sql = Memory::migrated();
    for number in 1..=3 {
        must_book(&mut sql, &wish(number, 300), 0);
    }
    for number in 4..=13 {
        assert_eq!(must_book(&mut sql, &wish(number, 300), 1).status, Status::AwaitingConfirmation);
        crate::support::cancel(&mut sql, number, Party::Visitor, 2);
    }
    must_refuse(&mut sql, &wish(14, 300), 3, Refusal::TooManyRequests);
    let later = Book { booking: Booking { created_at: at(62), ..wish(15, 3).booking }, ..wish(15, 3) };
    assert_eq!(must_book(&mut sql, &later, 62).status, Status::AwaitingConfirmation, "an hour later");
}

#[test]
fn without_email_a_network_is_bounded_by_itself() {
    let mut sql = Memory::migrated();
    let from = |network: &str, number: u8| {
        let stranger = Stranger { network: Some(network.to_owned()), can_prove: false, ..stranger(300) };
        Book { stranger: Some(stranger), ..wish(number, 300) }
    };
    for number in 1..=3 {
        must_book(&mut sql, &from("near", number), 0);
    }
    must_refuse(&mut sql, &from("near", 4), 0, Refusal::TooManyRequests);
    assert_eq!(must_book(&mut sql, &from("far", 4), 0).status, Status::Confirmed);
}

#[test]
fn a_confirmed_booking_is_told_to_everyone_and_its_address_is_proven() {
    let mut sql = Memory::migrated();
    for number in 1..=3 {
        must_book(&mut sql, &wish(number, 300), 0);
    }
    sql.set("DELETE FROM delivery");
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[webhook("https://hooks.example.com/", &["*"])]);
    let mut asked = wish(4, 300);
    asked.contact_key = Some("c4".to_owned());
    asked.key = Some(key("k", "b"));
    asked.booking.terms.reminders_minutes = vec![60];
    must_book(&mut sql, &asked, 0);
    let told = |sql: &mut Memory| states(sql).join("\n");
    let expected = [
        "Text(\"mail booking.awaiting_confirmation pending\")",
        "Text(\"record booking.awaiting_confirmation pending\")",
    ];
    assert_eq!(told(&mut sql), expected.join("\n"), "only its visitor hears of it");
    assert_eq!(bookings(&mut sql, None, None, None, 10).len(), 3, "the host does not see it");
    assert_eq!(sql.number("SELECT count(*) FROM reminder"), 0);
    must_stay(&mut sql, &reschedule(4, 900, 930), 1, Refusal::NotConfirmed);

    sql.set("DELETE FROM delivery");
    let confirmed = must_confirm(&mut sql, 4, 29);
    assert_eq!(confirmed.status, Status::Confirmed);
    let expected = [
        "Text(\"mail booking.confirmed pending\")",
        "Text(\"mail booking.confirmed pending\")",
        "Text(\"webhook booking.confirmed pending\")",
        "Text(\"record booking.confirmed pending\")",
        "Text(\"contact booking.confirmed pending\")",
        "Text(\"webhook booking.alert pending\")",
    ];
    assert_eq!(told(&mut sql), expected.join("\n"));
    assert_eq!(busy(&mut sql, 600, 40)[3].expires_at, None, "its time is taken for good");
    assert_eq!(sql.number("SELECT count(*) FROM reminder"), 1);
    let before = sql.dump();
    assert_eq!(must_confirm(&mut sql, 4, 40), confirmed, "a second click");
    assert_eq!(sql.dump(), before);
    let again = wish(9, 300).by("S4+tag@example.org");
    assert_eq!(must_book(&mut sql, &again, 41).status, Status::Confirmed, "it has proven itself");
}

#[test]
fn a_request_is_asked_of_its_host_once_it_is_confirmed() {
    let mut sql = Memory::migrated();
    let request = |number: u8| {
        let mut wish = wish(number, 0);
        wish.booking.status = Status::Requested;
        wish.booking.terms.by_request = true;
        wish.expires_at = Some(wish.booking.start);
        wish
    };
    for number in 1..=4 {
        must_book(&mut sql, &request(number), 0);
    }
    assert_eq!(must_confirm(&mut sql, 4, 10).status, Status::Requested);
    assert_eq!(busy(&mut sql, 600, 10)[3].expires_at, Some(at(70).timestamp()), "the host has an hour");
}

#[test]
fn what_nobody_confirms_is_freed_and_nobody_hears_of_it() {
    for (cancels, proves) in [(false, false), (true, false), (true, true)] {
        let mut sql = Memory::migrated();
        sql.today =
            subscribers(&[Party::Visitor, Party::Host], &[webhook("https://hooks.example.com/", &["*"])]);
        for number in 1..=4 {
            must_book(&mut sql, &wish(number, 300), 0);
        }
        sql.set("DELETE FROM delivery");
        if cancels {
            let cancel = Cancel { id: id(4), by: Party::Visitor, reason: Some("x".repeat(900)), proves };
            order(&mut sql, Order::cancel(cancel), at(5)).unwrap();
        } else {
            apply(&mut sql, &Command::Expire(None), at(30)).unwrap();
        }
        assert_eq!(states(&mut sql), ["Text(\"record booking.lapsed pending\")"]);
        let ended = booking_of(&mut sql, 4).unwrap();
        assert_eq!(ended.status, if cancels { Status::Cancelled } else { Status::Expired });
        assert_eq!((ended.visitor.answers.len(), ended.cancel_reason), (0, None), "what was written is gone");
        assert_eq!(busy(&mut sql, 600, 31).len(), 3);
        let refusal = if cancels { Refusal::AlreadyCancelled } else { Refusal::HoldExpired };
        assert_eq!(confirm(&mut sql, 4, 31), Reply::Refused { refusal });
        assert_eq!(bookings(&mut sql, None, None, None, 10).len(), 3, "no host sees it");
        let records = ask(&mut sql, Question::due(0, 10, Vec::new()), at(31)).due;
        assert!(records.iter().all(|due| due.booking.is_none()), "nor a reader of records");
    }
}

#[test]
fn nobody_hears_that_what_they_never_knew_is_erased() {
    let mut sql = Memory::migrated();
    for number in 1..=4 {
        must_book(&mut sql, &wish(number, 300), 0);
    }
    sql.set("DELETE FROM delivery");
    let today = subscribers(&[], &[webhook("https://hooks.example.com/", &["*"])]);
    for (number, told) in [(4, 0), (3, 1)] {
        let request = Request { email: format!("s{number}@example.org"), asked_at: at(5), by: Party::Host };
        apply(&mut sql, &Command::EraseBookings(request, today.clone()), at(5)).unwrap();
        let erased = "SELECT count(*) FROM delivery WHERE kind = 'webhook' AND event = 'contact.erased'";
        assert_eq!(sql.number(erased), told, "{number}");
    }
}

#[test]
fn a_time_that_was_lost_is_not_confirmed() {
    let mut sql = Memory::migrated();
    for number in 1..=4 {
        must_book(&mut sql, &wish(number, 300), 0);
    }
    assert_eq!(confirm(&mut sql, 4, 30), Reply::Refused { refusal: Refusal::HoldExpired });
}

/// Whoever cancels or moves by the link in an email has proven the address as well.
#[test]
fn an_emails_link_proves_whatever_is_done_by_it() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &wish(1, 300), 0);
    let mut moves = reschedule(1, 1200, 1230);
    moves.proves = true;
    must_move(&mut sql, &moves, 1);
    assert_eq!(sql.number("SELECT proof = 'given' FROM booking"), 1);
    let mut sql = Memory::migrated();
    must_book(&mut sql, &wish(1, 300), 0);
    let cancel = |proves| Cancel { id: id(1), by: Party::Visitor, reason: None, proves };
    order(&mut sql, Order::cancel(cancel(true)), at(1)).unwrap();
    assert_eq!(sql.number("SELECT proof = 'given' FROM booking"), 1);
    let before = sql.dump();
    assert!(order(&mut sql, Order::cancel(cancel(true)), at(2)).is_err());
    assert_eq!(sql.dump(), before, "a refusal writes nothing");
}

/// Nobody books far off, where there is room, and moves it to where there is none.
#[test]
fn a_stranger_moves_within_the_share_alone() {
    let mut sql = Memory::migrated();
    for number in 1..=4 {
        must_book(&mut sql, &wish(number, 40), if number == 4 { 61 } else { 0 });
    }
    let far = 20 * 1440;
    let mut asked = book(5, far, far + 30).by("s5@example.org");
    let share = Share { from: at(13 * 1440), until: at(27 * 1440), ..stranger(40).share };
    asked.stranger = Some(Stranger { share, ..stranger(40) });
    assert_eq!(must_book(&mut sql, &asked, 61).status, Status::Confirmed);
    let mut moves = reschedule(5, 1200, 1230);
    moves.stranger = Some(stranger(40));
    must_stay(&mut sql, &moves, 62, Refusal::NotConfirmed);
    let mut within = reschedule(1, 1200, 1230);
    within.stranger = Some(stranger(40));
    must_move(&mut sql, &within, 62);
    let by_email = scheduling::ledger::Reschedule { proves: true, ..reschedule(5, 1260, 1290) };
    must_move(&mut sql, &scheduling::ledger::Reschedule { stranger: Some(stranger(40)), ..by_email }, 63);
}

/// Anybody can type an address that has proven itself.
#[test]
fn a_proven_address_is_believed_three_meetings_ahead() {
    let mut sql = Memory::migrated();
    let by_vic = |number: u8, tag: &str| wish(number, 300).by(&format!("vic{tag}@example.org"));
    must_book(&mut sql, &by_vic(1, ""), 0);
    must_move(&mut sql, &scheduling::ledger::Reschedule { proves: true, ..reschedule(1, 1200, 1230) }, 1);
    for number in 2..=4 {
        must_book(&mut sql, &wish(number + 10, 300), 2);
    }
    for number in 2..=3 {
        let booked = must_book(&mut sql, &by_vic(number, &format!("+{number}")), 3);
        assert_eq!(booked.status, Status::Confirmed, "it is known");
    }
    assert_eq!(must_book(&mut sql, &by_vic(4, "+4"), 3).status, Status::AwaitingConfirmation);
    must_confirm(&mut sql, 4, 4);
    assert_eq!(must_book(&mut sql, &by_vic(5, "+5"), 70).status, Status::Confirmed, "as any stranger is");
    assert_eq!(sql.number("SELECT count(*) FROM booking WHERE proof = 'missing'"), 4);
}

/// Two days from now, by whoever writes the address so; one person has two live bookings at most.
fn of_one_person(number: u8, email: &str) -> Book {
    let mut wish = wish(number, 300).by(email);
    (wish.contact_limit, wish.stranger) = (Some(2), None);
    let (start, end) = (at(2880), at(2910));
    Book {
        booking: Booking {
            start: start + TimeDelta::hours(number.into()),
            end: end + TimeDelta::hours(number.into()),
            ..wish.booking
        },
        ..wish
    }
}

#[test]
fn bookings_of_one_person_count_together_whatever_the_address_is_written_as() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &of_one_person(1, "m.ara+a@gmail.com"), 0);
    must_book(&mut sql, &of_one_person(2, "mara+b@googlemail.com"), 0);
    must_refuse(&mut sql, &of_one_person(3, "Mara@gmail.com"), 0, Refusal::TooManyRequests);
    must_book(&mut sql, &of_one_person(4, "mara@example.org"), 0);
}

/// Nobody is kept out by what others made in their name: their email has the last word.
#[test]
fn what_others_book_in_somebodys_name_keeps_nobody_out() {
    let mut sql = Memory::migrated();
    let by_vic = |number: u8| Book { contact_limit: Some(2), ..wish(number, 300).by("vic@example.org") };
    for number in 1..=2 {
        assert_eq!(must_book(&mut sql, &by_vic(number), 0).status, Status::Confirmed);
    }
    assert_eq!(must_book(&mut sql, &by_vic(3), 1).status, Status::AwaitingConfirmation);
    must_confirm(&mut sql, 3, 2);
    must_refuse(&mut sql, &by_vic(4), 3, Refusal::TooManyRequests);
    let mut alone = by_vic(5);
    alone.stranger = Some(Stranger { can_prove: false, ..stranger(300) });
    must_refuse(&mut sql, &alone, 4, Refusal::TooManyRequests);
}

/// The same, by somebody whom the host has invited.
fn by_invitation(number: u8, starts_offered: u32) -> Book {
    let invited = crate::invites::invited("many", 20);
    Book { invited: Some(invited), ..wish(number, starts_offered) }
}

#[test]
fn whom_the_host_invites_uses_up_nothing_of_strangers() {
    let mut sql = Memory::migrated();
    for number in 1..=9 {
        let told = must_book(&mut sql, &by_invitation(number, 50), 0);
        assert_eq!(told.status, Status::Confirmed, "neither three an hour nor a tenth of a week bound them");
    }
    for number in 10..=12 {
        assert_eq!(must_book(&mut sql, &wish(number, 50), 0).status, Status::Confirmed);
    }
    assert_eq!(must_book(&mut sql, &wish(13, 50), 1).status, Status::AwaitingConfirmation);
    assert_eq!(must_book(&mut sql, &by_invitation(14, 50), 1).status, Status::Confirmed);
}

#[test]
fn whom_the_host_invites_moves_whatever_strangers_hold() {
    let mut sql = Memory::migrated();
    for number in 1..=4 {
        must_book(&mut sql, &wish(number, 50), 70 * i64::from(number));
    }
    must_book(&mut sql, &by_invitation(5, 30), 300);
    let to = |number: u8, from: i64| scheduling::ledger::Reschedule {
        stranger: Some(stranger(30)),
        ..reschedule(number, from, from + 30)
    };
    must_stay(&mut sql, &to(4, 900), 301, Refusal::NotConfirmed);
    must_move(&mut sql, &to(5, 900), 302);
    must_move(&mut sql, &to(5, 960), 303);
}

/// The limits of one person hold for them as well: where an address may be anybody's, the email has the last word.
#[test]
fn whom_the_host_invites_is_kept_out_by_nobody_who_uses_their_name() {
    let mut sql = Memory::migrated();
    let by_vic = |book: Book| Book { contact_limit: Some(2), ..book.by("vic@example.org") };
    for number in 1..=2 {
        must_book(&mut sql, &by_vic(wish(number, 300)), 0);
    }
    let asked = must_book(&mut sql, &by_vic(by_invitation(3, 300)), 1);
    assert_eq!(asked.status, Status::AwaitingConfirmation);
    must_confirm(&mut sql, 3, 2);
    must_refuse(&mut sql, &by_vic(by_invitation(4, 300)), 3, Refusal::TooManyRequests);
}

#[test]
fn nobody_books_and_cancels_all_day() {
    let mut sql = Memory::migrated();
    for number in 1..=50 {
        must_book(&mut sql, &of_one_person(number, "mara@example.org"), 0);
        crate::support::cancel(&mut sql, number, Party::Visitor, 1);
    }
    must_refuse(&mut sql, &of_one_person(51, "mara+x@example.org"), 1439, Refusal::TooManyRequests);
    must_book(&mut sql, &of_one_person(51, "mara+x@example.org"), 1440);
}

#[test]
fn deliveries_have_nothing_to_say_once_they_are_taken() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor], &[]);
    must_book(&mut sql, &book(1, 600, 630), 0);
    let due = ask(&mut sql, Question::due(10, 0, Vec::new()), at(0)).due;
    let taken = scheduling::outbox::Attempt {
        number: due[0].number,
        outcome: scheduling::outbox::AttemptOutcome::Taken,
        jitter: 0,
    };
    order(&mut sql, Order::settle(vec![taken]), at(1));
    let left = sql.number("SELECT max(length(payload)) FROM delivery WHERE state = 'done'");
    assert!(left < 10, "{left} bytes");
    let done = ask(&mut sql, Question::deliveries(DeliveryState::Done, None, 10), at(1));
    order(&mut sql, Order::replay(done[0].id.clone()), at(2)).unwrap();
    let again = ask(&mut sql, Question::due(10, 0, Vec::new()), at(2)).due;
    assert_eq!(again[0].payload, due[0].payload, "it is made anew of the booking");
    assert!(matches!(&again[0].payload, Payload::Mail(notice) if notice.event == Event::Confirmed));
    order(
        &mut sql,
        Order::settle(vec![scheduling::outbox::Attempt {
            number: again[0].number,
            outcome: scheduling::outbox::AttemptOutcome::Taken,
            jitter: 0,
        }]),
        at(3),
    );
    crate::support::cancel(&mut sql, 1, Party::Host, 4);
    let refused = order(&mut sql, Order::replay(done[0].id.clone()), at(5));
    assert_eq!(refused, Err(Refusal::Superseded), "the booking is another one since");
}

#[test]
fn deliveries_that_ended_have_nothing_to_say() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor], &[]);
    must_book(&mut sql, &book(1, 600, 630), 0);
    must_book(&mut sql, &book(2, 700, 730), 0);
    let due = ask(&mut sql, Question::due(10, 0, Vec::new()), at(0)).due;
    let outcome = scheduling::outbox::AttemptOutcome::Ended { reason: "nobody wants it".to_owned() };
    let ended = scheduling::outbox::Attempt { number: due[0].number, outcome, jitter: 0 };
    order(&mut sql, Order::settle(vec![ended]), at(1));
    // The other one is cancelled before its email has left.
    crate::support::cancel(&mut sql, 2, Party::Visitor, 2);
    assert_eq!(sql.number("SELECT count(*) FROM delivery WHERE state = 'ended'"), 2);
    let left = sql.number("SELECT max(length(payload)) FROM delivery WHERE state = 'ended'");
    assert!(left < 10, "{left} bytes");
}
