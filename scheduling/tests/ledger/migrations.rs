//! Migrations: from nothing, again, and from the future; and that the statements use the indexes made for them.

use scheduling::ledger::{Query, answer, migrate, migrate_through, wake_at};
use scheduling::sql::Sql;

use crate::invites::invited;
use crate::support::{Memory, at, book, busy, must_book};

#[test]
fn migrating_again_changes_nothing() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    let before = sql.dump();
    migrate(&mut sql).unwrap();
    assert_eq!(sql.dump(), before);
    assert_eq!(sql.number("SELECT max(number) FROM migration"), 12);
}

/// Three versions of a program that has one table.
const FIRST: &[&str] = &["CREATE TABLE note (text TEXT)", "INSERT INTO note VALUES ('first')"];
const SECOND: &[&str] = &["ALTER TABLE note ADD COLUMN author TEXT", "UPDATE note SET author = 'Aiko'"];
const BROKEN: &[&str] = &["UPDATE note SET author = 'Jonas'", "CREATE TABLE note (text TEXT)"];

#[test]
fn what_has_run_is_passed_over_and_the_rest_follows() {
    let mut sql = Memory::empty();
    migrate_through(&mut sql, &[FIRST]).unwrap();
    sql.set("INSERT INTO note VALUES ('second')");
    for _ in 0..2 {
        migrate_through(&mut sql, &[FIRST, SECOND]).unwrap();
        assert_eq!(sql.number("SELECT count(*) FROM note WHERE author = 'Aiko'"), 2);
        assert_eq!(sql.number("SELECT max(number) FROM migration"), 2);
    }
}

#[test]
fn a_migration_that_fails_leaves_what_was_there() {
    let mut sql = Memory::empty();
    migrate_through(&mut sql, &[FIRST]).unwrap();
    let before = sql.dump();
    let fault = migrate_through(&mut sql, &[FIRST, SECOND, BROKEN]).unwrap_err().to_string();
    assert!(fault.starts_with("migration 3 failed: table note already exists"), "{fault}");
    assert_eq!(sql.dump(), before, "neither it nor the one before it");
}

#[test]
fn a_ledger_of_a_newer_version_is_left_alone() {
    let mut sql = Memory::migrated();
    sql.set("INSERT INTO migration (number) VALUES (13)");
    let before = sql.dump();
    assert_eq!(
        migrate(&mut sql).unwrap_err().to_string(),
        "the database failed: a newer version of Daymark wrote it: it is at migration 13, but this version only knows 12"
    );
    assert_eq!(sql.dump(), before);
}

#[test]
fn a_migration_that_fails_says_which() {
    let mut sql = Memory::empty();
    sql.set("CREATE TABLE claim (id INTEGER PRIMARY KEY)");
    let fault = migrate(&mut sql).unwrap_err().to_string();
    assert!(fault.starts_with("migration 1 failed: table claim already exists"), "{fault}");
    assert_eq!(sql.number("SELECT count(*) FROM sqlite_master"), 1);
}

/// Each statement of a booking looks at a bounded part of the bookings, however many a ledger holds: none scans a
/// table.
#[test]
fn no_statement_scans_a_table() {
    let mut sql = Memory::migrated();
    let mut first = book(1, 60, 90);
    first.contact_limit = Some(9);
    must_book(&mut sql, &first, 0);
    sql.record = Some(Vec::new());
    let mut keyed = book(2, 120, 150);
    keyed.key = Some(crate::support::key("k", "body"));
    keyed.contact_limit = Some(9);
    keyed.invited = Some(invited("a", 2));
    must_book(&mut sql, &keyed, 0);
    must_book(&mut sql, &book(3, 180, 210), 0);
    crate::support::cancel(&mut sql, 3, scheduling::booking::Party::Host, 0);
    busy(&mut sql, 0, 0);
    crate::support::bookings(&mut sql, Some(at(0)), None, None, 10);
    let statements = sql.record.take().unwrap();
    assert!(statements.len() > 15, "{statements:#?}");
    for (statement, parameters) in statements {
        let plan = sql.run(&format!("EXPLAIN QUERY PLAN {statement}"), &parameters).unwrap();
        let plan = format!("{plan:?}");
        assert!(!plan.contains("SCAN booking") && !plan.contains("SCAN claim"), "{statement}: {plan}");
        assert!(!plan.contains("SCAN seat") && !plan.contains("SCAN delivery"), "{statement}: {plan}");
        assert!(!plan.contains("SCAN invite_use") && !plan.contains("SCAN withdrawn"), "{statement}: {plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{statement}: {plan}");
    }
}

/// The due deliveries of one queue of the outbox are found without reading through the other, however much waits there.
#[test]
fn what_is_due_is_found_in_its_own_queue() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    sql.record = Some(Vec::new());
    answer(&mut sql, &Query::Due { most: 10, records: 10, except: Vec::new() }, at(1)).unwrap();
    wake_at(&mut sql).unwrap();
    let mut statements = sql.record.take().unwrap();
    statements.retain(|(statement, _)| statement.contains("delivery"));
    assert_eq!(statements.len(), 5, "{statements:#?}");
    for (statement, parameters) in statements {
        let plan = sql.run(&format!("EXPLAIN QUERY PLAN {statement}"), &parameters).unwrap();
        let plan = format!("{plan:?}");
        assert!(plan.contains("delivery_by_queue (state=? AND queue=?"), "{statement}: {plan}");
    }
}
