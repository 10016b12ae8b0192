//! The host's calendars: what is busy there cannot be booked, and what is not known is never taken for free.

use chrono::TimeDelta;
use scheduling::booking::{Party, Status};
use scheduling::calendar::{Booked, Cause, Found, Known, NoteBusy, Reading, Span, Unknown, Wanted};
use scheduling::claim::CountLimit;
use scheduling::definition::Buffer;
use scheduling::ledger::{
    Book, Calendars, Confirm, DueNow, NotTaken, Order, Question, Reply, Reschedule, wake_at,
};
use scheduling::refusal::Refusal;

use crate::strangers::stranger;
use crate::support::{
    By, Memory, ask, at, book, booking_of, cancel, id, must_book, must_move, must_refuse, must_stay, order,
    reply_to, reply_to_move, reschedule,
};

fn span(from: i64, until: i64) -> Span {
    Span { start: at(from).timestamp(), end: at(until).timestamp() }
}

/// What a calendar says of minutes -1000 to 100000 that is busy at those minutes.
pub(crate) fn found(busy: &[(i64, i64)]) -> Found {
    let asked = span(-1000, 100_000);
    Found {
        asked,
        known_until: asked.end,
        busy: busy.iter().map(|(from, until)| span(*from, *until)).collect(),
        bookings: Vec::new(),
        gone: Vec::new(),
        keep_free: Buffer::default(),
        unknown_because: None,
        unknown_events: Vec::new(),
        events: u32::try_from(busy.len()).unwrap(),
        skipped: "free 1".to_owned(),
        validator: None,
    }
}

/// Has the ledger note a reading of a calendar at that minute, to be read again a quarter of an hour later.
fn note(sql: &mut Memory, calendar: &str, minute: i64, reading: Reading) {
    note_late(sql, calendar, minute, reading, minute);
}

/// The same, where the ledger hears of it at another minute.
fn note_late(sql: &mut Memory, calendar: &str, minute: i64, reading: Reading, now: i64) {
    let noted = NoteBusy {
        ledger: "aiko".to_owned(),
        calendar: calendar.to_owned(),
        settings: "as today".to_owned(),
        read_at: at(minute),
        next_read_at: at(minute + 15),
        host: Some(("aiko".to_owned(), 360)),
        renewed: None,
        deletion_cancels: false,
        left_out: Vec::new(),
        reading,
    };
    order(sql, Order::note_busy(noted), at(now));
}

fn note_found(sql: &mut Memory, minute: i64, busy: &[(i64, i64)]) {
    note(sql, "work", minute, Reading::Found(Box::new(found(busy))));
}

fn failed() -> Reading {
    Reading::Failed("it answered 404".to_owned())
}

fn calendar(name: &str) -> Wanted {
    Wanted { name: name.to_owned(), settings: "as today".to_owned(), known_for_minutes: 360 }
}

/// The calendar `work`, which counts as known for six hours. What is unknown becomes a request for an hour.
fn work() -> Calendars {
    Calendars { wanted: vec![calendar("work")], request_within_minutes: Some(60), may_read: false }
}

fn refusing() -> Calendars {
    Calendars { request_within_minutes: None, ..work() }
}

fn reading() -> Calendars {
    Calendars { may_read: true, ..work() }
}

fn wish(number: u8, from: i64, until: i64) -> Book {
    Book { calendars: Some(work()), ..book(number, from, until) }
}

fn to(from: i64, until: i64) -> Reschedule {
    Reschedule { calendars: Some(work()), ..reschedule(1, from, until) }
}

fn known(sql: &mut Memory, minute: i64) -> Vec<Known> {
    ask(sql, Question::calendars(), at(minute))
}

/// The stretches that calendars take, in minutes.
fn busy(sql: &mut Memory, minute: i64) -> Vec<(i64, i64)> {
    let minutes = |seconds: i64| (seconds - at(0).timestamp()) / 60;
    let taken = ask(sql, Question::busy(at(-10_000), None), at(minute));
    let of_calendars = taken.claims.iter().filter(|claim| claim.calendar.is_some());
    of_calendars.map(|claim| (minutes(claim.start), minutes(claim.end))).collect()
}

#[test]
fn what_is_busy_in_a_calendar_is_taken() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[(100, 160), (500, 530)]);
    for (from, until) in [(100, 130), (90, 101), (159, 180), (40, 600), (499, 501)] {
        must_refuse(&mut sql, &wish(1, from, until), 1, Refusal::SlotTaken);
    }
    // Meetings may touch what is busy, and those of pages that do not look at the calendar may lie in it.
    assert_eq!(must_book(&mut sql, &wish(1, 160, 190), 1).status, Status::Confirmed);
    must_book(&mut sql, &wish(2, 70, 100).by("kim@example.com"), 1);
    must_book(&mut sql, &book(3, 110, 140).by("lee@example.com"), 1);
    assert_eq!(busy(&mut sql, 1), [(100, 160), (500, 530)]);
}

#[test]
fn the_gap_to_what_is_busy_is_the_longer_of_both_buffers() {
    let mut sql = Memory::migrated();
    let keep_free = Buffer { before_minutes: 20, after_minutes: 10 };
    let found = Found { keep_free, ..found(&[(1000, 1060)]) };
    note(&mut sql, "work", 0, Reading::Found(Box::new(found)));
    must_refuse(&mut sql, &wish(1, 960, 981), 1, Refusal::SlotTaken);
    must_refuse(&mut sql, &wish(1, 1069, 1090), 1, Refusal::SlotTaken);
    let mut wide = wish(1, 1075, 1090);
    wide.booking.buffer = Buffer { before_minutes: 30, after_minutes: 0 };
    must_refuse(&mut sql, &wide, 1, Refusal::SlotTaken);
    must_book(&mut sql, &wish(1, 960, 980), 1);
    must_book(&mut sql, &wish(2, 1070, 1090).by("kim@example.com"), 1);
    // The longest there is, around what lasts for days.
    note_found(&mut sql, 2, &[(2000, 9000)]);
    let mut wide = wish(3, 10_430, 10_460).by("lee@example.com");
    wide.booking.buffer = Buffer { before_minutes: 24 * 60, after_minutes: 0 };
    must_refuse(&mut sql, &wide, 3, Refusal::SlotTaken);
    must_refuse(&mut sql, &wish(3, 5000, 5030).by("lee@example.com"), 3, Refusal::SlotTaken);
}

#[test]
fn each_page_is_held_by_the_calendars_that_it_looks_at() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[(100, 160)]);
    note(&mut sql, "home", 0, Reading::Found(Box::new(found(&[(200, 260)]))));
    let home = calendar("home");
    let both = Calendars { wanted: [work().wanted, vec![home]].concat(), ..work() };
    let of_both = |number, from, until| Book { calendars: Some(both.clone()), ..book(number, from, until) };
    must_refuse(&mut sql, &of_both(1, 100, 130), 1, Refusal::SlotTaken);
    must_refuse(&mut sql, &of_both(1, 200, 230), 1, Refusal::SlotTaken);
    must_book(&mut sql, &wish(1, 200, 230), 1);
    must_book(&mut sql, &of_both(2, 300, 330).by("kim@example.com"), 1);
    // Where one of them is not known, all are not.
    note(&mut sql, "home", 2, Reading::Gone);
    assert_eq!(must_book(&mut sql, &of_both(3, 400, 430).by("lee@example.com"), 3).status, Status::Requested);
    must_refuse(&mut sql, &of_both(4, 100, 130).by("lee@example.com"), 3, Refusal::SlotTaken);
}

#[test]
fn a_calendar_that_is_not_known_asks_the_host() {
    let mut sql = Memory::migrated();
    let asked = must_book(&mut sql, &wish(1, 600, 630), 0);
    assert_eq!((asked.status, asked.unknown_calendar), (Status::Requested, true));
    assert!(asked.terms.by_request, "it can only be moved with the host's agreement");
    // It holds its time for the hour that the host has to answer, counted from when it was made.
    let held = ask(&mut sql, Question::busy(at(0), None), at(-990)).claims;
    assert_eq!(held[0].expires_at, Some(at(-940).timestamp()));
    must_refuse(
        &mut sql,
        &Book { calendars: Some(refusing()), ..book(2, 700, 730) },
        0,
        Refusal::CalendarUnreachable,
    );
    note_found(&mut sql, 1, &[]);
    let booked = must_book(&mut sql, &wish(2, 700, 730).by("kim@example.com"), 2);
    assert_eq!((booked.status, booked.unknown_calendar), (Status::Confirmed, false));
}

#[test]
fn a_request_does_not_outlive_its_start_nor_the_answer_that_its_page_waits_for() {
    let mut sql = Memory::migrated();
    let mut soon = wish(1, -970, -940);
    soon.booking.created_at = at(-1000);
    must_book(&mut sql, &soon, -1000);
    let page_waits = Book { expires_at: Some(at(-980)), ..wish(2, 100, 130).by("kim@example.com") };
    must_book(&mut sql, &page_waits, -1000);
    let claims = ask(&mut sql, Question::busy(at(-2000), None), at(-1000)).claims;
    let expiries: Vec<Option<i64>> = claims.iter().map(|claim| claim.expires_at).collect();
    assert_eq!(expiries, [Some(at(-970).timestamp()), Some(at(-980).timestamp())]);
}

#[test]
fn what_is_known_ages() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[(100, 160)]);
    assert_eq!(must_book(&mut sql, &wish(1, 600, 630), 359).status, Status::Confirmed);
    assert_eq!(must_book(&mut sql, &wish(2, 700, 730).by("kim@example.com"), 360).status, Status::Requested);
    // That it has not changed is known, too.
    note(&mut sql, "work", 361, Reading::Unchanged);
    assert_eq!(must_book(&mut sql, &wish(3, 800, 830).by("lee@example.com"), 700).status, Status::Confirmed);
    let known = &known(&mut sql, 700)[0];
    assert_eq!((known.read_at, known.whole_at), (Some(at(361)), Some(at(0))));
}

#[test]
fn beyond_what_was_asked_and_from_what_cannot_be_read_on_nothing_is_known() {
    let mut sql = Memory::migrated();
    let found = Found { known_until: at(1000).timestamp(), ..found(&[(100, 160)]) };
    note(&mut sql, "work", 0, Reading::Found(Box::new(found)));
    assert_eq!(must_book(&mut sql, &wish(1, 970, 1000), 1).status, Status::Confirmed);
    assert_eq!(
        must_book(&mut sql, &wish(2, 980 + 30, 1040).by("kim@example.com"), 1).status,
        Status::Requested
    );
    let over_the_end = Book { calendars: Some(refusing()), ..book(3, 1001 - 30 + 25, 1026) };
    must_refuse(&mut sql, &over_the_end.by("lee@example.com"), 1, Refusal::SlotTaken);
    must_refuse(
        &mut sql,
        &Book { calendars: Some(refusing()), ..book(3, 2000, 2030) },
        1,
        Refusal::CalendarUnreachable,
    );
}

#[test]
fn a_failed_reading_takes_nothing_away_and_is_told_from_its_first() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[(100, 160)]);
    note(&mut sql, "work", 20, failed());
    note(&mut sql, "work", 30, failed());
    must_refuse(&mut sql, &wish(1, 100, 130), 31, Refusal::SlotTaken);
    assert_eq!(must_book(&mut sql, &wish(1, 600, 630), 31).status, Status::Confirmed);
    let failing = &known(&mut sql, 31)[0];
    assert_eq!(
        (failing.failing_since, failing.read_at, failing.tried_at),
        (Some(at(20)), Some(at(0)), at(30))
    );
    assert_eq!(failing.error.as_deref(), Some("it answered 404"));
    note_found(&mut sql, 40, &[]);
    let well = &known(&mut sql, 41)[0];
    assert_eq!((well.failing_since, &well.error), (None, &None));
    must_book(&mut sql, &wish(2, 100, 130).by("kim@example.com"), 41);
}

#[test]
fn a_calendar_that_has_not_changed_since_it_failed_is_well() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[]);
    note(&mut sql, "work", 5, failed());
    note(&mut sql, "work", 10, Reading::Unchanged);
    let well = known(&mut sql, 10).remove(0);
    assert_eq!((well.failing_since, well.error), (None, None));
}

#[test]
fn nothing_has_failed_since_a_time_to_come() {
    let mut sql = Memory::migrated();
    note(&mut sql, "work", 50_000, failed());
    note(&mut sql, "work", 10, failed());
    assert_eq!(known(&mut sql, 10)[0].failing_since, Some(at(10)));
}

#[test]
fn a_calendar_that_failed_from_the_start_is_unknown() {
    let mut sql = Memory::migrated();
    note(&mut sql, "work", 0, failed());
    note(&mut sql, "work", 1, Reading::Unchanged);
    assert_eq!(known(&mut sql, 1)[0].read_at, None);
    assert_eq!(must_book(&mut sql, &wish(1, 600, 630), 2).status, Status::Requested);
}

#[test]
fn of_two_readings_the_later_one_counts_whichever_comes_first() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 10, &[(100, 160)]);
    let before = sql.dump();
    let empty = || Reading::Found(Box::new(found(&[])));
    note_late(&mut sql, "work", 5, empty(), 11);
    note_late(&mut sql, "work", 9, failed(), 11);
    note_late(&mut sql, "work", 10, empty(), 11);
    assert_eq!(sql.dump(), before);
}

#[test]
fn a_failure_takes_nothing_from_a_reading_that_began_before_it() {
    // A visitor's wait ends before the reading that nobody waits for.
    let mut sql = Memory::migrated();
    note_late(&mut sql, "work", 9, failed(), 11);
    note_late(&mut sql, "work", 8, Reading::Found(Box::new(found(&[(100, 160)]))), 12);
    let known = known(&mut sql, 12).remove(0);
    assert_eq!((known.read_at, known.tried_at), (Some(at(8)), at(9)));
    assert_eq!((known.failing_since, known.error), (None, None));
    assert_eq!(busy(&mut sql, 12), [(100, 160)]);
    must_refuse(&mut sql, &wish(1, 100, 130), 12, Refusal::SlotTaken);
    assert_eq!(must_book(&mut sql, &wish(1, 600, 630), 12).status, Status::Confirmed);
    // One that began before another that was read changes nothing.
    note_late(&mut sql, "work", 7, Reading::Found(Box::new(found(&[]))), 13);
    note_late(&mut sql, "work", 8, Reading::Unchanged, 13);
    assert_eq!(busy(&mut sql, 13), [(100, 160)]);
}

#[test]
fn what_was_read_with_other_settings_is_of_another_calendar() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 10, &[(100, 160)]);
    let mut others = wish(1, 600, 630);
    let settings = "as of tomorrow".to_owned();
    others.calendars.as_mut().unwrap().wanted[0].settings.clone_from(&settings);
    assert_eq!(must_book(&mut sql, &others, 11).status, Status::Requested, "nothing is known of it");
    let fails = NoteBusy {
        ledger: "aiko".to_owned(),
        calendar: "work".to_owned(),
        settings: settings.clone(),
        read_at: at(12),
        next_read_at: at(27),
        host: Some(("aiko".to_owned(), 360)),
        renewed: None,
        deletion_cancels: false,
        left_out: Vec::new(),
        reading: failed(),
    };
    order(&mut sql, Order::note_busy(fails), at(12));
    assert_eq!(busy(&mut sql, 12), [], "what the other held is not of this one");
    let known = known(&mut sql, 12).remove(0);
    assert_eq!((known.settings, known.read_at, known.failing_since), (settings, None, Some(at(12))));
}

#[test]
fn a_reading_with_former_settings_that_comes_late_changes_nothing() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 10, &[(100, 160)]);
    let before = sql.dump();
    let late = NoteBusy {
        ledger: "aiko".to_owned(),
        calendar: "work".to_owned(),
        settings: "as yesterday".to_owned(),
        read_at: at(9),
        next_read_at: at(24),
        host: None,
        renewed: None,
        deletion_cancels: false,
        left_out: Vec::new(),
        reading: failed(),
    };
    order(&mut sql, Order::note_busy(late), at(11));
    assert_eq!(sql.dump(), before);
}

#[test]
fn why_a_calendar_is_known_in_part_is_kept_with_it() {
    let mut sql = Memory::migrated();
    let because = || Some("a series repeats by a rule that is not understood".to_owned());
    let part = Found { unknown_because: because(), known_until: at(700).timestamp(), ..found(&[]) };
    note(&mut sql, "work", 0, Reading::Found(Box::new(part)));
    let told = known(&mut sql, 1).remove(0);
    assert_eq!((told.error, told.failing_since), (because(), None));
    note(&mut sql, "work", 5, Reading::Unchanged);
    assert_eq!(known(&mut sql, 6)[0].error, because());
    // A failure has a reason of its own, which is gone with it.
    note(&mut sql, "work", 7, failed());
    assert_eq!(known(&mut sql, 8)[0].error.as_deref(), Some("it answered 404"));
    note(&mut sql, "work", 9, Reading::Unchanged);
    let again = known(&mut sql, 9).remove(0);
    assert_eq!((again.error, again.failing_since), (because(), None));
    note_found(&mut sql, 10, &[]);
    assert_eq!(known(&mut sql, 11)[0].error, None);
}

/// A booking of a stranger that waits for the word from its address, and that word at minute 3.
fn confirmed_by_email(sql: &mut Memory, calendars: Calendars) -> Result<Status, NotTaken> {
    for number in 1..=3 {
        let from = 2000 + 30 * i64::from(number);
        let taken = book(number, from, from + 30).by(&format!("s{number}@example.org"));
        must_book(sql, &Book { stranger: Some(stranger(300)), ..taken }, 0);
    }
    let asked = Book { stranger: Some(stranger(300)), calendars: Some(work()), ..book(4, 600, 630) };
    let mut asked = asked.by("s4@example.org");
    asked.booking.created_at = at(1);
    assert_eq!(must_book(sql, &asked, 1).status, Status::AwaitingConfirmation);
    let confirm = Confirm { id: id(4), approval_within_minutes: None, calendars: Some(calendars) };
    order(sql, Order::confirm(confirm), at(3)).map(|booking| booking.status)
}

#[test]
fn a_confirmation_by_email_is_held_by_the_calendars_too() {
    let well = || {
        let mut sql = Memory::migrated();
        note_found(&mut sql, 0, &[]);
        sql
    };
    assert_eq!(confirmed_by_email(&mut well(), work()), Ok(Status::Confirmed));
    // Its host was busy from minute 2 on, or nobody can say.
    let mut sql = well();
    let taken = confirmed_by_email(&mut sql, Calendars { wanted: vec![calendar("home")], ..work() });
    assert_eq!(taken, Ok(Status::Requested));
    assert!(booking_of(&mut sql, 4).unwrap().unknown_calendar);
    let seats = ask(&mut sql, Question::busy(at(500), None), at(4)).claims;
    let until = seats.iter().find(|claim| claim.start == at(600).timestamp()).unwrap().expires_at;
    assert_eq!(until, Some(at(63).timestamp()), "the host has an hour to answer");
    let refused = confirmed_by_email(&mut well(), Calendars { wanted: vec![calendar("home")], ..refusing() });
    assert_eq!(refused, Err(NotTaken::Refused(Refusal::CalendarUnreachable)));
    let stale = Calendars { wanted: vec![calendar("home")], ..reading() };
    let first = confirmed_by_email(&mut well(), stale);
    assert_eq!(first, Err(NotTaken::ReadFirst(vec!["home".to_owned()])));
}

#[test]
fn a_confirmation_by_email_of_a_time_that_is_busy_meanwhile_is_refused() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[]);
    note(&mut sql, "home", 0, Reading::Found(Box::new(found(&[(610, 620)]))));
    let both = Calendars { wanted: vec![calendar("work"), calendar("home")], ..work() };
    assert_eq!(confirmed_by_email(&mut sql, both), Err(NotTaken::Refused(Refusal::SlotTaken)));
    assert_eq!(booking_of(&mut sql, 4).unwrap().status, Status::AwaitingConfirmation, "it is as it was");
}

#[test]
fn of_two_readings_in_one_second_the_later_one_counts() {
    let mut sql = Memory::migrated();
    let note = |sql: &mut Memory, milliseconds: i64, busy: &[(i64, i64)]| {
        let noted = NoteBusy {
            ledger: "aiko".to_owned(),
            calendar: "work".to_owned(),
            settings: "as today".to_owned(),
            read_at: at(10) + TimeDelta::milliseconds(milliseconds),
            next_read_at: at(25),
            host: None,
            renewed: None,
            deletion_cancels: false,
            left_out: Vec::new(),
            reading: Reading::Found(Box::new(found(busy))),
        };
        order(sql, Order::note_busy(noted), at(11));
    };
    note(&mut sql, 700, &[(100, 160)]);
    note(&mut sql, 200, &[]);
    assert_eq!(busy(&mut sql, 11), [(100, 160)], "somebody booked there in between");
    note(&mut sql, 900, &[(200, 260)]);
    assert_eq!(busy(&mut sql, 11), [(200, 260)]);
}

#[test]
fn what_was_read_by_a_clock_that_was_ahead_is_not_known_and_does_not_stay() {
    let year = 366 * 24 * 60;
    let mut sql = Memory::migrated();
    let asked = span(-1000, 2 * year);
    let ahead = Found { asked, known_until: asked.end, ..found(&[(100, 160)]) };
    note(&mut sql, "work", year, Reading::Found(Box::new(ahead)));
    // The clock is put right.
    assert_eq!(must_book(&mut sql, &wish(1, 600, 630), 5).status, Status::Requested);
    must_refuse(&mut sql, &wish(2, 100, 130), 5, Refusal::SlotTaken);
    note_found(&mut sql, 6, &[]);
    assert_eq!(known(&mut sql, 6)[0].tried_at, at(6));
    assert_eq!(must_book(&mut sql, &wish(3, 100, 130).by("kim@example.com"), 7).status, Status::Confirmed);
    // By a clock that is a little behind another's, nothing is lost.
    note_found(&mut sql, 10, &[]);
    assert_eq!(must_book(&mut sql, &wish(4, 700, 730).by("lee@example.com"), 9).status, Status::Confirmed);
}

#[test]
fn a_full_calendar_that_is_suddenly_empty_is_doubted_for_a_while() {
    let full: Vec<(i64, i64)> = (0..5).map(|hour| (hour * 100 + 100, hour * 100 + 130)).collect();
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &full);
    note_found(&mut sql, 10, &[]);
    assert_eq!(busy(&mut sql, 11), full);
    assert_eq!(known(&mut sql, 11)[0].next_read_at, at(15), "it is read again soon");
    // Another look right away proves nothing; after a while it does.
    note_found(&mut sql, 12, &[]);
    assert_eq!(busy(&mut sql, 12), full);
    note_found(&mut sql, 15, &[]);
    assert_eq!(busy(&mut sql, 15), []);
    // One that had little may be empty at once, and one that is not empty is believed.
    note_found(&mut sql, 20, &full[..4]);
    note_found(&mut sql, 21, &[]);
    assert_eq!(busy(&mut sql, 21), []);
    note_found(&mut sql, 22, &full);
    note_found(&mut sql, 23, &[]);
    note_found(&mut sql, 24, &full[..1]);
    note_found(&mut sql, 29, &full);
    note_found(&mut sql, 30, &[]);
    assert_eq!(busy(&mut sql, 30), full, "what was doubted before is over");
}

#[test]
fn a_calendar_is_read_first_unless_it_was_just_now() {
    let mut sql = Memory::migrated();
    let asked = Book { calendars: Some(reading()), ..book(1, 600, 630) };
    let first = Reply::ReadFirst { calendars: vec!["work".to_owned()] };
    let before = sql.dump();
    assert_eq!(reply_to(&mut sql, &asked, 0), first);
    assert_eq!(sql.dump(), before, "nothing is written");
    note_found(&mut sql, 0, &[(100, 160)]);
    assert_eq!(reply_to(&mut sql, &asked, 2), first);
    note(&mut sql, "work", 2, failed());
    // What has just failed is not tried again at once.
    assert_eq!(must_book(&mut sql, &asked, 3).status, Status::Confirmed);
    // Whatever is refused anyway needs no reading.
    let taken = Book { calendars: Some(reading()), ..book(2, 600, 630).by("kim@example.com") };
    must_refuse(&mut sql, &taken, 10, Refusal::SlotTaken);
    let known_key = Book { verdict: Some(Refusal::OutsideWindow), ..taken };
    must_refuse(&mut sql, &known_key, 10, Refusal::OutsideWindow);
}

#[test]
fn a_move_is_held_to_calendars_like_a_booking() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[(100, 160)]);
    must_book(&mut sql, &wish(1, 600, 630), 1);
    must_stay(&mut sql, &to(110, 140), 2, Refusal::SlotTaken);
    let first = Reschedule { calendars: Some(reading()), ..reschedule(1, 700, 730) };
    assert_eq!(reply_to_move(&mut sql, &first, 5), Reply::ReadFirst { calendars: vec!["work".to_owned()] });
    let moved = must_move(&mut sql, &to(700, 730), 5);
    assert_eq!((moved.start, moved.unknown_calendar), (at(700), false));
    // Nobody knows: the visitor can ask, and the booking stays until the host has said so.
    let asked = must_move(&mut sql, &to(800, 830), 400);
    assert_eq!((asked.start, asked.proposed.map(|other| other.start)), (at(700), Some(at(800))));
    assert!(asked.unknown_calendar);
    let refused = Reschedule { calendars: Some(refusing()), ..reschedule(1, 900, 930) };
    must_stay(&mut sql, &refused, 401, Refusal::CalendarUnreachable);
    // A host is not held to their own calendar: they know.
    let by_host = Reschedule { by: Party::Host, ..reschedule(1, 110, 140) };
    assert_eq!(must_move(&mut sql, &by_host, 402).start, at(110));
}

#[test]
fn what_stays_where_it_is_needs_no_calendar() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 600, 630), 0);
    let same = Reschedule { calendars: Some(reading()), ..reschedule(1, 600, 630) };
    assert_eq!(must_move(&mut sql, &same, 1).start, at(600));
    let other = Reschedule { id: id(9), calendars: Some(reading()), ..reschedule(1, 700, 730) };
    assert_eq!(reply_to_move(&mut sql, &other, 1), Reply::Refused { refusal: Refusal::NotFound });
    cancel(&mut sql, 1, Party::Host, 2);
    must_stay(&mut sql, &to(700, 730), 3, Refusal::AlreadyCancelled);
}

#[test]
fn a_booking_of_ours_takes_no_more_than_its_time_unless_its_host_has_moved_it() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[]);
    must_book(&mut sql, &wish(1, 600, 630), 1);
    let booked = |number, from, until, blocks| Booked {
        booking: id(number),
        span: span(from, until),
        blocks,
        whole_days: false,
    };
    let with = |bookings| Reading::Found(Box::new(Found { bookings, ..found(&[(100, 160)]) }));
    note(&mut sql, "work", 2, with(vec![booked(1, 600, 630, true)]));
    assert_eq!(busy(&mut sql, 2), [(100, 160)]);
    must_move(&mut sql, &to(610, 640), 3);
    // In the calendar it is still where it was; then where its host wants it; then set free; then gone from here.
    note(&mut sql, "work", 4, with(vec![booked(1, 600, 630, true)]));
    assert_eq!(busy(&mut sql, 4), [(100, 160), (600, 630)]);
    note(&mut sql, "work", 5, with(vec![booked(1, 150, 180, true), booked(9, 300, 330, true)]));
    assert_eq!(busy(&mut sql, 5), [(100, 180), (300, 330)]);
    note(&mut sql, "work", 6, with(vec![booked(1, 150, 180, false)]));
    assert_eq!(busy(&mut sql, 6), [(100, 160)]);
    cancel(&mut sql, 1, Party::Host, 7);
    note(&mut sql, "work", 8, with(vec![booked(1, 610, 640, true)]));
    assert_eq!(busy(&mut sql, 8), [(100, 160), (610, 640)], "the host has it in there still");
}

#[test]
fn a_calendar_that_hides_whose_events_are_whose_does_not_keep_a_booking_where_it_is() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[]);
    must_book(&mut sql, &wish(1, 600, 630), 1);
    note_found(&mut sql, 2, &[(600, 630), (640, 700)]);
    assert_eq!(must_move(&mut sql, &to(610, 640), 3).start, at(610));
    must_stay(&mut sql, &to(615, 645), 4, Refusal::SlotTaken);
}

#[test]
fn calendars_count_towards_no_limit_and_nobody_joins_them() {
    let mut sql = Memory::migrated();
    note_found(&mut sql, 0, &[(100, 130), (200, 230)]);
    let limits = vec![CountLimit { from: at(0), until: at(1440), most: 1 }];
    let group = Book { capacity: 9, limits, ..wish(1, 300, 330) };
    must_book(&mut sql, &group, 1);
    let joining = Book { capacity: 9, ..wish(2, 100, 130).by("kim@example.com") };
    must_refuse(&mut sql, &joining, 1, Refusal::SlotTaken);
}

#[test]
fn a_ledger_wakes_to_read_its_calendars() {
    let mut sql = Memory::migrated();
    assert_eq!(wake_at(&mut sql).unwrap(), None);
    note_found(&mut sql, 0, &[]);
    note(&mut sql, "home", 5, failed());
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(15)));
    let due = |sql: &mut Memory, minute| {
        let DueNow { calendars, next_at, .. } = ask(sql, Question::due(9, 9, Vec::new()), at(minute));
        let names: Vec<String> = calendars.into_iter().map(|known| known.name).collect();
        (names.join(" "), next_at)
    };
    assert_eq!(due(&mut sql, 14), (String::new(), Some(at(15))));
    assert_eq!(due(&mut sql, 15), ("work".to_owned(), Some(at(20))));
    assert_eq!(due(&mut sql, 20), ("home work".to_owned(), None));
    note(&mut sql, "work", 21, Reading::Gone);
    note(&mut sql, "home", 21, Reading::Gone);
    assert_eq!((wake_at(&mut sql).unwrap(), known(&mut sql, 21)), (None, Vec::new()));
}

#[test]
fn a_calendar_that_is_gone_leaves_nothing() {
    let mut sql = Memory::migrated();
    let before = sql.dump();
    note_found(&mut sql, 0, &[(100, 130), (200, 230)]);
    note(&mut sql, "work", 1, Reading::Gone);
    assert_eq!(sql.dump(), before);
    assert_eq!(booking_of(&mut sql, 1), None);
}

#[test]
fn a_renewed_token_is_kept_until_the_next_one_or_other_settings() {
    let mut sql = Memory::migrated();
    let mut noted = |minute: i64, settings: &str, renewed: Option<&str>, reading: Reading| {
        let noted = NoteBusy {
            ledger: "aiko".to_owned(),
            calendar: "work".to_owned(),
            settings: settings.to_owned(),
            read_at: at(minute),
            next_read_at: at(minute + 15),
            host: None,
            renewed: renewed.map(str::to_owned),
            deletion_cancels: false,
            left_out: Vec::new(),
            reading,
        };
        order(&mut sql, Order::note_busy(noted), at(minute));
        known(&mut sql, minute).remove(0).renewed
    };
    let sealed = |text: &str| Some(text.to_owned());
    assert_eq!(noted(0, "as today", Some("one"), failed()), sealed("one"));
    assert_eq!(noted(1, "as today", None, failed()), sealed("one"));
    assert_eq!(noted(2, "as today", Some("two"), Reading::Found(Box::new(found(&[])))), sealed("two"));
    assert_eq!(noted(3, "as today", None, Reading::Unchanged), sealed("two"));
    assert_eq!(noted(4, "another secret", None, failed()), None);
}

/// An event that makes a calendar unknown from that minute on.
pub(crate) fn odd(event: &str, from: i64) -> Unknown {
    let event = Some(event.to_owned());
    Unknown { from: at(from).timestamp(), cause: Cause::Rule, event, at: Some(at(from).timestamp()) }
}

/// What is found where events make the calendar unknown, the earliest first.
pub(crate) fn unknown_by(events: &[Unknown]) -> Found {
    let known_until = events.first().map_or(found(&[]).known_until, |unknown| unknown.from);
    let unknown_because = events.first().map(|unknown| unknown.cause.in_words().to_owned());
    Found { known_until, unknown_because, unknown_events: events.to_vec(), ..found(&[(100, 160)]) }
}

/// The order to note a reading that left those events out, with the calendar's settings.
fn noting_with(settings: &str, minute: i64, left_out: &[&str], found: Found) -> Order<()> {
    Order::note_busy(NoteBusy {
        ledger: "aiko".to_owned(),
        calendar: "work".to_owned(),
        settings: settings.to_owned(),
        read_at: at(minute),
        next_read_at: at(minute + 15),
        host: Some(("aiko".to_owned(), 360)),
        renewed: None,
        deletion_cancels: false,
        left_out: left_out.iter().map(|event| (*event).to_owned()).collect(),
        reading: Reading::Found(Box::new(found)),
    })
}

fn noting(minute: i64, left_out: &[&str], found: Found) -> Order<()> {
    noting_with("as today", minute, left_out, found)
}

fn leave_out(sql: &mut Memory, event: &str, counts: bool, minute: i64) -> Result<(), Refusal> {
    order(sql, Order::leave_out("work".to_owned(), event.to_owned(), counts), at(minute))
}

#[test]
fn an_event_that_makes_a_calendar_unknown_is_left_out_and_counts_again() {
    let mut sql = Memory::migrated();
    let (one, other) = (odd("one", 500), odd("other", 700));
    let validated = |found: Found| Found { validator: Some("1".to_owned()), ..found };
    let first = validated(unknown_by(&[one.clone(), other.clone()]));
    order(&mut sql, noting(0, &[], first), at(0));
    let told = known(&mut sql, 1).remove(0);
    assert_eq!((&told.unknown_events, &told.left_out), (&vec![one.clone(), other.clone()], &vec![]));
    let before = sql.dump();
    for event in ["nothing", ""] {
        assert_eq!(leave_out(&mut sql, event, false, 1), Err(Refusal::NotFound));
        assert_eq!(leave_out(&mut sql, event, true, 1), Err(Refusal::NotFound));
    }
    let elsewhere = Order::leave_out("home".to_owned(), "one".to_owned(), false);
    assert_eq!(order(&mut sql, elsewhere, at(1)), Err(Refusal::NotFound));
    assert_eq!(leave_out(&mut sql, "one", true, 1), Ok(()), "it counts");
    assert_eq!(sql.dump(), before);
    for minute in [1, 2] {
        assert_eq!(leave_out(&mut sql, "one", false, minute), Ok(()));
    }
    // Until it is read, all of it, nothing more is known.
    let told = known(&mut sql, 2).remove(0);
    assert_eq!((&told.left_out, &told.validator), (&vec![one.clone()], &None));
    assert_eq!((told.next_read_at, told.known.end), (at(1), one.from));
    order(&mut sql, noting(3, &["one"], validated(unknown_by(std::slice::from_ref(&other)))), at(3));
    let told = known(&mut sql, 4).remove(0);
    assert_eq!((&told.unknown_events, &told.left_out), (&vec![other.clone()], &vec![one.clone()]));
    assert_eq!((told.known.end, told.validator.as_deref()), (other.from, Some("1")));
    // What counts again is unknown at once, whether or not the calendar can be read.
    assert_eq!(must_book(&mut sql, &wish(1, 550, 580), 4).status, Status::Confirmed);
    for minute in [5, 6] {
        assert_eq!(leave_out(&mut sql, "one", true, minute), Ok(()));
    }
    let told = known(&mut sql, 6).remove(0);
    assert_eq!((&told.unknown_events, &told.left_out), (&vec![other, one.clone()], &vec![]));
    assert_eq!((told.known.end, told.validator, told.next_read_at), (one.from, None, at(5)));
    assert_eq!(told.error.as_deref(), Some("a series repeats by a rule that is not understood"));
    let booked = must_book(&mut sql, &wish(2, 600, 630).by("kim@example.com"), 6);
    assert_eq!(booked.status, Status::Requested);
}

#[test]
fn all_that_is_left_out_makes_a_calendar_known_and_counts_again_from_its_own_time_on() {
    let mut sql = Memory::migrated();
    let one = odd("one", 500);
    order(&mut sql, noting(0, &[], unknown_by(std::slice::from_ref(&one))), at(0));
    leave_out(&mut sql, "one", false, 1).unwrap();
    order(&mut sql, noting(2, &["one"], found(&[(100, 160)])), at(2));
    let told = known(&mut sql, 2).remove(0);
    assert_eq!((told.known.end, told.error, &told.left_out), (at(100_000).timestamp(), None, &vec![one]));
    // It is left out whatever else changes of the calendar's settings.
    order(&mut sql, noting_with("as tomorrow", 3, &["one"], found(&[])), at(3));
    assert_eq!(known(&mut sql, 3)[0].left_out.len(), 1);
    leave_out(&mut sql, "one", true, 4).unwrap();
    let told = known(&mut sql, 4).remove(0);
    let why = "a series repeats by a rule that is not understood";
    assert_eq!((told.known.end, told.error.as_deref()), (at(500).timestamp(), Some(why)));
}

#[test]
fn a_reading_that_began_before_its_host_said_something_else_is_done_again() {
    let mut sql = Memory::migrated();
    let one = odd("one", 500);
    let whole = || Found { validator: Some("1".to_owned()), ..found(&[(100, 160)]) };
    order(&mut sql, noting(0, &[], unknown_by(std::slice::from_ref(&one))), at(0));
    leave_out(&mut sql, "one", false, 2).unwrap();
    order(&mut sql, noting(3, &["one"], whole()), at(3));
    leave_out(&mut sql, "one", true, 5).unwrap();
    let before = known(&mut sql, 6).remove(0);
    order(&mut sql, noting(4, &["one"], whole()), at(6));
    assert_eq!(known(&mut sql, 6), std::slice::from_ref(&before), "it would be known without that event");
    assert_eq!((before.next_read_at, before.known.end), (at(5), one.from));
    leave_out(&mut sql, "one", false, 7).unwrap();
    order(&mut sql, noting(6, &[], unknown_by(std::slice::from_ref(&one))), at(8));
    assert_eq!(known(&mut sql, 8)[0].validator, None, "it is read whole again");
}

#[test]
fn what_was_left_out_goes_with_its_calendar() {
    let mut sql = Memory::migrated();
    let before = sql.dump();
    order(&mut sql, noting(0, &[], unknown_by(&[odd("one", 500)])), at(0));
    leave_out(&mut sql, "one", false, 1).unwrap();
    note(&mut sql, "work", 2, Reading::Gone);
    assert_eq!(sql.dump(), before);
}
