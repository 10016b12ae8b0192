//! A host's sessions: found while they last, renewed, ended one by one or together.

use chrono::{DateTime, Utc};
use scheduling::ledger::{Answer, Command, Ending, Query, Question, Reply, Session, answer, apply};
use scheduling::outbox::{DeliveryState, Destination, Payload};
use scheduling::refusal::Refusal;
use scheduling::sign_in_link::SignInLink;

use crate::support::{Memory, ask, at, device};

fn open(session: Session) -> Command {
    Command::OpenSession { session, link: None }
}

#[track_caller]
fn run(sql: &mut Memory, command: &Command, now: i64) {
    assert_eq!(apply(sql, command, at(now)).unwrap(), Reply::Done);
}

/// The end of the session of that digest, as seen then.
#[track_caller]
fn found(sql: &mut Memory, digest: &str, now: i64) -> Option<DateTime<Utc>> {
    match answer(sql, &Query::Session { digest: digest.to_owned() }, at(now)).unwrap() {
        Answer::Session { session } => session.map(|session| session.expires_at),
        other => panic!("{other:?}"),
    }
}

fn renew(digest: &str, expires_at: i64) -> Command {
    Command::RenewSession { digest: digest.to_owned(), expires_at: at(expires_at) }
}

fn end(digest: &str) -> Command {
    Command::EndSessions(Ending::One(digest.to_owned()))
}

/// The digests of the sessions that last then.
fn listed(sql: &mut Memory, now: i64) -> Vec<String> {
    ask(sql, Question::sessions(), at(now)).into_iter().map(|session| session.digest).collect()
}

#[test]
fn a_session_is_found_until_the_instant_at_which_it_ends() {
    let mut sql = Memory::migrated();
    run(&mut sql, &open(device("a", 1, 60)), 0);
    assert_eq!(found(&mut sql, "a", 0), Some(at(60)));
    assert_eq!(found(&mut sql, "a", 59), Some(at(60)));
    assert_eq!(found(&mut sql, "a", 60), None);
    assert_eq!(found(&mut sql, "b", 0), None);
}

#[test]
fn renewing_lets_it_last_longer_and_revives_nothing() {
    let mut sql = Memory::migrated();
    run(&mut sql, &open(device("a", 1, 60)), 0);
    run(&mut sql, &renew("a", 90), 30);
    assert_eq!(found(&mut sql, "a", 70), Some(at(90)));
    run(&mut sql, &end("a"), 71);
    run(&mut sql, &renew("a", 120), 72);
    assert_eq!(found(&mut sql, "a", 73), None);
}

#[test]
fn one_is_ended_or_the_others_or_all() {
    let mut sql = Memory::migrated();
    for (digest, expires_at) in [("a", 60), ("b", 62), ("c", 61)] {
        run(&mut sql, &open(device(digest, 1, expires_at)), 0);
    }
    assert_eq!(listed(&mut sql, 1), ["b", "c", "a"], "the one that was seen last first");
    assert_eq!(listed(&mut sql, 60), ["b", "c"]);
    assert_eq!(ask(&mut sql, Question::sessions(), at(0))[0], device("b", 1, 62));
    run(&mut sql, &end("a"), 1);
    assert_eq!(listed(&mut sql, 2), ["b", "c"]);
    run(&mut sql, &Command::EndSessions(Ending::Others("c".to_owned())), 3);
    assert_eq!(listed(&mut sql, 4), ["c"]);
    run(&mut sql, &Command::EndSessions(Ending::All), 5);
    assert_eq!(listed(&mut sql, 6), [""; 0]);
}

/// Signing in sweeps: a ledger keeps no session that opens nothing.
#[test]
fn those_that_are_over_are_forgotten() {
    let mut sql = Memory::migrated();
    run(&mut sql, &open(device("expired", 1, 60)), 0);
    run(&mut sql, &open(device("revoked", 1, 600)), 0);
    run(&mut sql, &open(device("new", 2, 600)), 60);
    assert_eq!(sql.number("SELECT count(*) FROM session"), 1);
    assert_eq!(found(&mut sql, "new", 60), Some(at(600)));
}

#[test]
fn one_device_too_many_signs_out_the_one_that_was_seen_longest_ago() {
    let mut sql = Memory::migrated();
    for number in 0..101 {
        run(&mut sql, &open(device(&format!("{number:03}"), 1, 1000 + number)), 0);
    }
    let listed = listed(&mut sql, 1);
    assert_eq!((listed.len(), listed[0].as_str(), listed[99].as_str()), (100, "100", "001"));
}

fn open_by(link: &SignInLink, digest: &str) -> Command {
    Command::OpenSession { session: device(digest, 1, 600), link: Some(link.clone()) }
}

#[test]
fn a_link_opens_one_session() {
    let mut sql = Memory::migrated();
    let links = [1, 2].map(|random| SignInLink::new([random; 16], at(0)));
    run(&mut sql, &open_by(&links[0], "a"), 1);
    let before = sql.dump();
    let reply = apply(&mut sql, &open_by(&links[0], "b"), at(2)).unwrap();
    assert_eq!(reply, Reply::Refused { refusal: Refusal::LinkUsed });
    assert_eq!(sql.dump(), before, "a refusal has written nothing");
    run(&mut sql, &open_by(&links[1], "c"), 3);
    assert_eq!(listed(&mut sql, 4).len(), 2);
    // Ending what it opened does not make it new.
    run(&mut sql, &Command::EndSessions(Ending::All), 5);
    assert_eq!(apply(&mut sql, &open_by(&links[1], "d"), at(6)).unwrap(), reply);
}

fn send(sql: &mut Memory, random: u8, minute: i64) {
    let link = SignInLink::new([random; 16], at(minute));
    run(sql, &Command::SendSignInLink { ledger: "aiko".to_owned(), link }, minute);
}

fn sent(sql: &mut Memory) -> i64 {
    sql.number("SELECT count(*) FROM delivery WHERE kind = 'sign_in'")
}

#[test]
fn few_links_are_sent_in_an_hour_and_in_a_day() {
    let mut sql = Memory::migrated();
    for random in 0..9 {
        send(&mut sql, random, i64::from(random));
    }
    assert_eq!(sent(&mut sql), 3);
    send(&mut sql, 9, 60);
    assert_eq!(sent(&mut sql), 4, "the first was an hour ago");
    for hour in 2..24 {
        for random in 0..4 {
            send(&mut sql, 10 + hour * 4 + random, i64::from(hour) * 60 + i64::from(random) * 10);
        }
    }
    assert_eq!(sent(&mut sql), 10);
    send(&mut sql, 200, 24 * 60 + 61);
    assert_eq!(sent(&mut sql), 11);
    assert!(sql.number("SELECT count(*) FROM sign_in_link") <= 10, "older ones are forgotten");
}

/// Links of a time to come, from a clock that was ahead, keep nobody from getting one now.
#[test]
fn a_clock_that_was_ahead_uses_nothing_up() {
    let mut sql = Memory::migrated();
    for random in 0..3 {
        send(&mut sql, random, 500 * 24 * 60);
    }
    send(&mut sql, 3, 0);
    assert_eq!(sent(&mut sql), 4);
}

#[test]
fn what_is_sent_is_the_link_and_nobody_sees_it_at_the_desk() {
    let mut sql = Memory::migrated();
    let link = SignInLink::new([7; 16], at(0));
    run(&mut sql, &Command::SendSignInLink { ledger: "aiko".to_owned(), link: link.clone() }, 0);
    let [due] = ask(&mut sql, Question::due(9, 9, Vec::new()), at(0)).due.try_into().unwrap();
    assert_eq!(due.id, format!("aiko.{}.sign-in", link.nonce));
    assert!(matches!(due.destination, Destination::SignIn(_)));
    assert_eq!(due.payload, Payload::SignIn(link.clone()));
    let question = Question::deliveries(DeliveryState::Pending, None, 9);
    assert_eq!(ask(&mut sql, question, at(0)), []);
    run(&mut sql, &open_by(&link, "a"), 1);
    assert!(matches!(apply(&mut sql, &open_by(&link, "b"), at(2)).unwrap(), Reply::Refused { .. }));
}
