//! What a host is told of a calendar that cannot be read: once, whatever happens, and once more when it is well again.

use scheduling::booking::Party;
use scheduling::calendar::{Found, NoteBusy, Reading};
use scheduling::ledger::{Command, Order, Question, Reply, Today, apply, wake_at};
use scheduling::outbox::{Attempt, AttemptOutcome, DeliveryState, Payload};
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, SqlFault, Value};

use crate::calendars::found;
use crate::support::{Memory, ask, at, order, subscribers, webhook};

const HOOK: &str = "https://hooks.example.com/";

/// A ledger whose host gets mail, and whose site has an endpoint.
fn told() -> Memory {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[webhook(HOOK, &["calendar.*"])]);
    sql
}

/// The order to note a reading of the calendar `work`, which counts as known for two hours.
pub(crate) fn noting(minute: i64, reading: Reading, today: &Today) -> Command {
    let noted = NoteBusy {
        ledger: "aiko".to_owned(),
        calendar: "work".to_owned(),
        settings: "as today".to_owned(),
        read_at: at(minute),
        next_read_at: at(minute + 5),
        host: Some(("aiko".to_owned(), 120)),
        renewed: None,
        deletion_cancels: false,
        left_out: Vec::new(),
        reading,
    };
    Command::NoteBusy(Box::new(noted), today.clone())
}

fn with(command: Command, change: impl FnOnce(&mut NoteBusy)) -> Command {
    let Command::NoteBusy(mut noted, today) = command else { panic!("{command:?}") };
    change(&mut noted);
    Command::NoteBusy(noted, today)
}

fn note(sql: &mut Memory, minute: i64, reading: Reading) {
    note_late(sql, minute, reading, minute);
}

/// The same, where the ledger hears of it at another minute.
fn note_late(sql: &mut Memory, minute: i64, reading: Reading, now: i64) {
    let command = noting(minute, reading, &sql.today);
    assert_eq!(apply(sql, &command, at(now)).unwrap(), Reply::Done);
}

fn good() -> Reading {
    Reading::Found(Box::new(found(&[])))
}

fn partial() -> Reading {
    let because = Some("a series repeats by a rule that is not understood".to_owned());
    Reading::Found(Box::new(Found {
        unknown_because: because,
        known_until: at(700).timestamp(),
        ..found(&[])
    }))
}

fn failed() -> Reading {
    Reading::Failed("it answered 500".to_owned())
}

fn refused() -> Reading {
    Reading::Refused("it answered 401".to_owned())
}

/// What comes of a reading.
type Makes = fn() -> Reading;

/// All that was told, by mail or webhook: the event, the calendar's state, and how the delivery stands.
fn rows(sql: &mut Memory, kind: &str) -> Vec<String> {
    let statement =
        "SELECT event || ' ' || substr(id, 1 + length('aiko.calendar-work.')) || ' ' || state FROM delivery
        WHERE kind = ?1 ORDER BY number";
    let rows = sql.run(statement, &[Value::Text(kind.to_owned())]).unwrap();
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    rows.iter().map(|row| text(&row[0])).collect()
}

/// What was told by mail: at which minute it was true, and the state.
fn mails(sql: &mut Memory) -> Vec<(i64, String)> {
    let since = at(0).timestamp_millis();
    let short = |row: &String| {
        let name = row.split(' ').nth(1).unwrap().split('.').next().unwrap().to_owned();
        let (at, state) = name.split_once('-').unwrap();
        ((at.parse::<i64>().unwrap() - since) / 60_000, state.to_owned())
    };
    rows(sql, "mail").iter().map(short).collect()
}

/// Notes those readings, at those minutes, and expects those mails, and as many webhooks.
#[track_caller]
fn check(readings: &[(i64, Makes)], expected: &[(i64, &str)]) {
    let mut sql = told();
    for (minute, reading) in readings {
        note(&mut sql, *minute, reading());
    }
    let expected: Vec<(i64, String)> =
        expected.iter().map(|(minute, state)| (*minute, (*state).to_owned())).collect();
    assert_eq!(mails(&mut sql), expected);
    assert_eq!(rows(&mut sql, "webhook").len(), expected.len());
}

#[test]
fn a_calendar_that_fails_for_a_quarter_of_an_hour_is_told_of_once() {
    check(&[(0, good), (10, failed), (15, failed), (20, failed), (24, failed)], &[]);
    check(&[(0, good), (10, failed), (15, failed), (20, failed), (25, failed)], &[(25, "failing")]);
    let long = [(0, good as Makes), (10, failed), (25, failed), (30, failed), (300, failed)];
    check(&long, &[(25, "failing")]);
    check(&[&long[..], &[(305, good), (310, good)]].concat(), &[(25, "failing"), (305, "ok")]);
    let again = [(305, good as Makes), (310, failed), (320, failed), (325, failed), (330, failed)];
    check(&[&long[..], &again].concat(), &[(25, "failing"), (305, "ok"), (325, "failing")]);
}

#[test]
fn a_short_failure_is_not_told_of() {
    check(&[(0, good), (10, failed), (15, failed), (20, good), (30, failed), (40, good)], &[]);
    check(&[(0, failed), (5, failed), (10, good)], &[]);
    check(&[(0, failed), (5, failed), (10, failed), (15, failed)], &[(15, "failing")]);
}

#[test]
fn what_is_no_longer_known_is_told_of_at_once() {
    // Nothing ran for two hours.
    check(&[(0, good), (121, failed), (126, failed)], &[(121, "failing")]);
    check(&[(0, good), (119, failed)], &[]);
}

#[test]
fn who_is_not_let_in_is_told_at_once_and_once() {
    let (reading, other): (Makes, Makes) = (refused, failed);
    check(&[(0, good), (10, reading), (15, reading), (20, other), (60, other)], &[(10, "disconnected")]);
    check(&[(0, reading), (5, good)], &[(0, "disconnected"), (5, "ok")]);
    check(&[(0, other), (15, other), (20, reading), (25, good)], &[(15, "failing"), (25, "ok")]);
}

#[test]
fn what_is_known_in_part_is_told_of_once() {
    check(&[(0, partial), (10, partial), (20, || Reading::Unchanged)], &[(0, "partial")]);
    check(&[(0, good), (10, partial), (20, good)], &[(10, "partial"), (20, "ok")]);
    // It gets worse, and better by half.
    let worse: [(i64, Makes); 4] = [(0, partial), (10, failed), (25, failed), (30, partial)];
    check(&worse, &[(0, "partial"), (25, "failing"), (30, "partial")]);
    check(
        &[&worse[..], &[(35, good)]].concat(),
        &[(0, "partial"), (25, "failing"), (30, "partial"), (35, "ok")],
    );
    // For a moment, it cannot be read: nothing else has happened.
    check(&[(0, partial), (10, failed), (15, partial)], &[(0, "partial")]);
}

#[test]
fn that_nothing_has_changed_is_a_recovery() {
    check(
        &[(0, good), (10, failed), (25, failed), (30, || Reading::Unchanged)],
        &[(25, "failing"), (30, "ok")],
    );
}

#[test]
fn a_calendar_that_is_suddenly_empty_has_not_recovered() {
    let mut sql = told();
    let busy: Vec<(i64, i64)> = (0..6).map(|number| (number * 100, number * 100 + 30)).collect();
    note(&mut sql, 0, Reading::Found(Box::new(found(&busy))));
    for minute in [10, 20, 26] {
        note(&mut sql, minute, failed());
    }
    note(&mut sql, 30, good());
    assert_eq!(mails(&mut sql), [(26, "failing".to_owned())], "it is doubted");
    note(&mut sql, 36, good());
    assert_eq!(mails(&mut sql).len(), 2, "it is believed");
}

#[test]
fn a_reading_that_comes_late_tells_nothing() {
    let mut sql = told();
    note(&mut sql, 0, good());
    note(&mut sql, 10, refused());
    // One that began before it, and took long, was let in still.
    note_late(&mut sql, 9, good(), 11);
    note_late(&mut sql, 8, partial(), 11);
    note_late(&mut sql, 7, refused(), 11);
    note(&mut sql, 15, refused());
    assert_eq!(mails(&mut sql), [(10, "disconnected".to_owned())]);
    note(&mut sql, 20, good());
    note_late(&mut sql, 19, refused(), 21);
    note_late(&mut sql, 20, good(), 21);
    assert_eq!(mails(&mut sql), [(10, "disconnected".to_owned()), (20, "ok".to_owned())]);
}

#[test]
fn of_two_readings_at_once_one_tells() {
    let mut sql = told();
    note(&mut sql, 0, good());
    note(&mut sql, 10, failed());
    for (read_at, now) in [(25, 26), (25, 26), (26, 26), (24, 27), (25, 27)] {
        note_late(&mut sql, read_at, failed(), now);
    }
    assert_eq!(mails(&mut sql), [(25, "failing".to_owned())]);
    for (read_at, now) in [(29, 30), (30, 30), (30, 30), (29, 31)] {
        note_late(&mut sql, read_at, good(), now);
    }
    assert_eq!(mails(&mut sql), [(25, "failing".to_owned()), (29, "ok".to_owned())]);
}

#[test]
fn a_clock_that_was_ahead_tells_once_too() {
    let mut sql = told();
    note(&mut sql, 0, good());
    let ahead = 40_000;
    for minute in [ahead, ahead + 5, ahead + 20] {
        note(&mut sql, minute, failed());
    }
    assert_eq!(mails(&mut sql), [(ahead, "failing".to_owned())]);
    // It is put right. What failed is known of.
    for minute in [20, 25, 40, 60] {
        note(&mut sql, minute, failed());
    }
    assert_eq!(mails(&mut sql).len(), 1);
    note(&mut sql, 65, good());
    assert_eq!(mails(&mut sql)[1..], [(65, "ok".to_owned())]);
    for minute in [70, 75, 80] {
        note(&mut sql, minute, failed());
    }
    assert_eq!(mails(&mut sql).len(), 2, "it has failed since then, and not since times to come");
    note(&mut sql, 85, failed());
    assert_eq!(mails(&mut sql)[2..], [(85, "failing".to_owned())]);
}

#[test]
fn a_calendar_that_is_removed_or_set_anew_starts_anew() {
    for ends in [
        |command| with(command, |noted| noted.reading = Reading::Gone),
        |command| with(command, |noted| noted.settings = "as of tomorrow".to_owned()),
    ] {
        let mut sql = told();
        note(&mut sql, 0, refused());
        let command = ends(noting(10, good(), &sql.today));
        apply(&mut sql, &command, at(10)).unwrap();
        let (first, rest) = (rows(&mut sql, "mail").remove(0), mails(&mut sql)[1..].to_vec());
        assert!(first.ends_with("ended"), "what has not left says nothing true: {first}");
        assert_eq!(rest, []);
    }
    let mut sql = told();
    note(&mut sql, 0, refused());
    let anew = noting(10, refused(), &sql.today);
    let anew = with(anew, |noted| noted.settings = "as of tomorrow".to_owned());
    apply(&mut sql, &anew, at(10)).unwrap();
    assert_eq!(mails(&mut sql).len(), 2, "the new one is refused as well");
}

#[test]
fn a_fault_in_between_undoes_all_and_the_next_attempt_does_all() {
    for step in 1.. {
        let mut sql = told();
        note(&mut sql, 0, good());
        note(&mut sql, 10, failed());
        let before = sql.dump();
        sql.fail_at(step);
        let command = noting(25, failed(), &sql.today);
        let done = apply(&mut sql, &command, at(25));
        sql.heal();
        if let Err(fault) = &done {
            assert!(matches!(fault, SqlFault::Full(_)), "{fault}");
            assert_eq!(sql.dump(), before, "statement {step}");
            apply(&mut sql, &command, at(25)).unwrap();
        } else {
            assert!(step > 8, "there are more statements than {step}");
        }
        apply(&mut sql, &command, at(26)).unwrap();
        assert_eq!((mails(&mut sql).len(), rows(&mut sql, "webhook").len()), (1, 1), "statement {step}");
        if done.is_ok() {
            break;
        }
    }
}

#[test]
fn it_goes_to_those_who_hear_of_it() {
    let mut sql = told();
    note(&mut sql, 0, refused());
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(0)), "it leaves at once");
    let due = ask(&mut sql, Question::due(9, 9, Vec::new()), at(0)).due;
    assert_eq!(due.len(), 2);
    assert_eq!(due[0].id, format!("aiko.calendar-work.{}-disconnected.host", at(0).timestamp_millis()));
    let bodies: Vec<&Payload> = due.iter().map(|due| &due.payload).collect();
    assert_eq!(bodies[0], bodies[1], "the mail is written from what the endpoint is told");
    for (mailboxes, events, expected) in [
        (&[Party::Visitor][..], "booking.alert", (0, 0)),
        (&[], "*", (0, 1)),
        (&[Party::Host], "calendar.recovered", (1, 0)),
        (&[], "calendar.failing", (0, 1)),
    ] {
        let mut sql = Memory::migrated();
        let twice =
            [webhook(HOOK, &[events]), webhook("https://other.example.com/", &[]), webhook(HOOK, &[events])];
        sql.today = subscribers(mailboxes, &twice);
        note(&mut sql, 0, refused());
        assert_eq!((rows(&mut sql, "mail").len(), rows(&mut sql, "webhook").len()), expected, "{events}");
    }
}

#[test]
fn while_the_content_cannot_be_read_those_hear_of_it_who_were_noted() {
    let mut sql = told();
    note(&mut sql, 0, good());
    let nobodys = with(noting(5, refused(), &None), |noted| noted.host = None);
    apply(&mut sql, &nobodys, at(5)).unwrap();
    assert_eq!(mails(&mut sql), [], "it is not the calendar's fault");
    apply(&mut sql, &noting(10, refused(), &None), at(10)).unwrap();
    assert_eq!(mails(&mut sql), [], "nobody was ever noted");
    note(&mut sql, 15, refused());
    assert_eq!(mails(&mut sql), [(15, "disconnected".to_owned())], "and so it was not told yet");
    apply(&mut sql, &noting(20, good(), &None), at(20)).unwrap();
    assert_eq!(mails(&mut sql).len(), 2);
}

/// Each delivery's event, state and error.
fn listed(sql: &mut Memory, state: DeliveryState) -> Vec<(String, String, Option<String>)> {
    let reports = ask(sql, Question::deliveries(state, None, 9), at(60));
    reports.into_iter().map(|one| (one.event, one.destination, one.last_error)).collect()
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, minute: i64) {
    order(sql, Order::settle(vec![Attempt { number, outcome, jitter: 0 }]), at(minute));
}

fn replay(sql: &mut Memory, id: &str, minute: i64) -> Reply {
    let command = Command::Replay(id.to_owned(), sql.today.clone());
    apply(sql, &command, at(minute)).unwrap()
}

#[test]
fn it_is_listed_and_can_be_sent_again_as_it_was() {
    let mut sql = told();
    note(&mut sql, 0, refused());
    let due = ask(&mut sql, Question::due(9, 9, Vec::new()), at(0)).due;
    for one in &due {
        settle(&mut sql, one.number, AttemptOutcome::Taken, 1);
    }
    let told_of = |destination: &str| ("calendar.failing".to_owned(), destination.to_owned(), None);
    assert_eq!(listed(&mut sql, DeliveryState::Done), [told_of(HOOK), told_of("mail to the host")]);
    for one in &due {
        assert_eq!(replay(&mut sql, &one.id, 5), Reply::Done);
    }
    assert_eq!(ask(&mut sql, Question::due(9, 9, Vec::new()), at(5)).due, due);
    // Who takes it no longer gets it no more, until it does again.
    for one in &due {
        settle(&mut sql, one.number, AttemptOutcome::Ended { reason: "gone".to_owned() }, 6);
    }
    let told = std::mem::replace(&mut sql.today, subscribers(&[], &[webhook(HOOK, &["booking.*"])]));
    let gone = Reply::Refused { refusal: Refusal::ReceiverGone };
    assert_eq!([&due[0], &due[1]].map(|one| replay(&mut sql, &one.id, 7)), [gone.clone(), gone]);
    sql.today = told;
    assert_eq!([&due[0], &due[1]].map(|one| replay(&mut sql, &one.id, 8)), [Reply::Done, Reply::Done]);
    assert_eq!(ask(&mut sql, Question::due(9, 9, Vec::new()), at(8)).due, due);
}

#[test]
fn an_email_that_has_not_left_says_no_more_what_is_over() {
    let mut sql = told();
    note(&mut sql, 0, refused());
    note(&mut sql, 20, good());
    assert_eq!(mails(&mut sql).len(), 2);
    let ended = listed(&mut sql, DeliveryState::Ended);
    let reason = "the calendar's state changed before this email was sent".to_owned();
    assert_eq!(ended, [("calendar.failing".to_owned(), "mail to the host".to_owned(), Some(reason))]);
    let pending: Vec<String> =
        listed(&mut sql, DeliveryState::Pending).into_iter().map(|(event, ..)| event).collect();
    assert_eq!(pending, ["calendar.recovered", "calendar.recovered", "calendar.failing"]);
    let id = format!("aiko.calendar-work.{}-disconnected.host", at(0).timestamp_millis());
    assert_eq!(replay(&mut sql, &id, 21), Reply::Refused { refusal: Refusal::Superseded });
}

/// The emails of another calendar, whose name begins alike, are its own.
#[test]
fn calendars_are_told_of_each_by_itself() {
    let mut sql = told();
    note(&mut sql, 0, refused());
    let other = |minute, reading, today: &Today| {
        with(noting(minute, reading, today), |noted| noted.calendar = "work-2".to_owned())
    };
    let command = other(1, refused(), &sql.today);
    apply(&mut sql, &command, at(1)).unwrap();
    note(&mut sql, 2, good());
    let pending = ask(&mut sql, Question::deliveries(DeliveryState::Pending, None, 9), at(3));
    let mails: Vec<&str> = pending
        .iter()
        .filter(|one| one.destination == "mail to the host")
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails[1].starts_with("aiko.calendar-work-2."), "{mails:?}");
}
