//! A host's sessions: found while they last, renewed, ended one by one or together.

use chrono::{DateTime, Utc};
use scheduling::ledger::{Answer, Command, Query, Reply, Session, answer, apply};

use crate::support::{Memory, at};

fn session(digest: &str, key_version: u32, expires_at: i64) -> Session {
    Session { digest: digest.to_owned(), key_version, expires_at: at(expires_at) }
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

fn end(digest: Option<&str>) -> Command {
    Command::EndSessions { digest: digest.map(str::to_owned) }
}

#[test]
fn a_session_is_found_until_the_instant_at_which_it_ends() {
    let mut sql = Memory::migrated();
    run(&mut sql, &Command::OpenSession(session("a", 1, 60)), 0);
    assert_eq!(found(&mut sql, "a", 0), Some(at(60)));
    assert_eq!(found(&mut sql, "a", 59), Some(at(60)));
    assert_eq!(found(&mut sql, "a", 60), None);
    assert_eq!(found(&mut sql, "b", 0), None);
}

#[test]
fn renewing_lets_it_last_longer_and_revives_nothing() {
    let mut sql = Memory::migrated();
    run(&mut sql, &Command::OpenSession(session("a", 1, 60)), 0);
    run(&mut sql, &renew("a", 90), 30);
    assert_eq!(found(&mut sql, "a", 70), Some(at(90)));
    run(&mut sql, &end(Some("a")), 71);
    run(&mut sql, &renew("a", 120), 72);
    assert_eq!(found(&mut sql, "a", 73), None);
}

#[test]
fn one_is_ended_or_all() {
    let mut sql = Memory::migrated();
    for digest in ["a", "b", "c"] {
        run(&mut sql, &Command::OpenSession(session(digest, 1, 60)), 0);
    }
    run(&mut sql, &end(Some("a")), 1);
    assert_eq!(["a", "b", "c"].map(|digest| found(&mut sql, digest, 2).is_some()), [false, true, true]);
    run(&mut sql, &end(None), 3);
    assert_eq!(["a", "b", "c"].map(|digest| found(&mut sql, digest, 4).is_some()), [false, false, false]);
}

/// Signing in sweeps: a ledger keeps no session that opens nothing.
#[test]
fn those_that_are_over_are_forgotten() {
    let mut sql = Memory::migrated();
    run(&mut sql, &Command::OpenSession(session("expired", 1, 60)), 0);
    run(&mut sql, &Command::OpenSession(session("revoked", 1, 600)), 0);
    run(&mut sql, &Command::OpenSession(session("new", 2, 600)), 60);
    assert_eq!(sql.number("SELECT count(*) FROM session"), 1);
    assert_eq!(found(&mut sql, "new", 60), Some(at(600)));
}
