//! A failing store: 503 to the visitor, one clear line to the operator, and nothing acknowledged.

use serde_json::json;

use super::harness::{Trial, WEDNESDAY_TEN, book};

/// A trial with one booking, and its ledger's file closed.
async fn with_booking() -> (Trial, std::path::PathBuf) {
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = trial.again_at(super::harness::NOW);
    let path = trial.directory.path().join("data/ledgers/aiko.sqlite3");
    (trial, path)
}

#[track_caller]
fn assert_told(trial: &Trial, expected: &str) {
    let faults = trial.faults();
    assert_eq!(faults.as_slice(), [expected]);
}

#[tokio::test]
async fn a_damaged_file_is_told_and_other_hosts_go_on() {
    let (trial, path) = with_booking().await;
    std::fs::write(&path, "this is no database, and was never one".repeat(100)).unwrap();
    let told = trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await;
    assert_eq!((told.status, &told.json()["code"]), (503, &json!("storage_unavailable")));
    assert_eq!(
        told.json()["detail"],
        "If you were booking or changing something, we do not know whether it was done. Please try again later: you will not be booked twice."
    );
    assert_eq!(told.header("retry-after"), "2");
    let file = path.display();
    assert_told(
        &trial,
        &format!(
            "the ledger `aiko` failed: the database is damaged: {file} is damaged (file is not a database). \
         Stop Daymark, move the file away with its -wal and -shm files, and restore a backup."
        ),
    );
    let read = trial.get("/api/availability/aiko/intro").await;
    assert_eq!(read.status, 503, "what cannot be read is never free");
    let mut other = book("2026-11-26T08:00:00Z");
    other["page"] = json!("jonas/support");
    assert_eq!(trial.post_json("/api/bookings", &other).await.status, 201);
}

type Disturb = fn(&std::path::Path);

/// What may happen to a ledger's files under the process.
const DISTURBANCES: [(&str, Disturb); 6] = [
    ("the file and its log are removed", |file| {
        std::fs::remove_file(file).unwrap();
        std::fs::remove_file(log_of(file)).unwrap();
    }),
    ("the file is removed", |file| std::fs::remove_file(file).unwrap()),
    ("the log is removed", |file| std::fs::remove_file(log_of(file)).unwrap()),
    ("the folder is removed", |file| std::fs::remove_dir_all(file.parent().unwrap()).unwrap()),
    ("the file is replaced", |file| {
        let copy = std::fs::read(file).unwrap();
        std::fs::remove_file(file).unwrap();
        std::fs::write(file, copy).unwrap();
    }),
    ("the file is emptied", |file| std::fs::write(file, "").unwrap()),
];

fn log_of(file: &std::path::Path) -> std::path::PathBuf {
    file.with_extension("sqlite3-wal")
}

fn disturbed(file: &std::path::Path) -> String {
    format!(
        "the ledger `aiko` failed: the database is damaged: {} or its -wal file was removed, replaced or cut short \
         while Daymark was using it. Stop Daymark, and restore a backup.",
        file.display()
    )
}

#[tokio::test]
async fn a_ledger_that_was_disturbed_is_a_fault_and_not_an_empty_one() {
    for (what, disturb) in DISTURBANCES {
        let trial = Trial::start();
        trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
        let path = trial.directory.path().join("data/ledgers/aiko.sqlite3");
        disturb(&path);
        let told = trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await;
        assert_eq!((told.status, &told.json()["code"]), (503, &json!("storage_unavailable")), "{what}");
        assert_told(&trial, &disturbed(&path));
    }
}

#[tokio::test]
async fn a_ledger_that_is_gone_stays_a_fault_until_it_is_there_again() {
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = trial.again_at(super::harness::NOW);
    let path = trial.directory.path().join("data/ledgers/aiko.sqlite3");
    let away = path.with_extension("away");
    std::fs::rename(&path, &away).unwrap();
    for _ in 0..2 {
        assert_eq!(trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await.status, 503);
        assert_eq!(trial.get("/api/availability/aiko/intro").await.status, 503, "what is gone is never free");
    }
    assert!(!path.exists(), "it does not begin anew");
    assert!(trial.faults().iter().all(|fault| *fault == disturbed(&path)));
    std::fs::rename(&away, &path).unwrap();
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("slot_taken")));
    assert_eq!(trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await.status, 201);
}

#[tokio::test]
async fn the_end_does_not_say_that_all_is_saved_where_a_ledger_is_gone() {
    for (what, disturb) in DISTURBANCES {
        let trial = Trial::start();
        trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
        let path = trial.directory.path().join("data/ledgers/aiko.sqlite3");
        disturb(&path);
        assert!(!trial.app().close(), "{what}");
        assert!(trial.faults().contains(&disturbed(&path)), "{what}");
    }
    // Nobody has asked for it since the start.
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = trial.again_at(super::harness::NOW);
    let path = trial.directory.path().join("data/ledgers/aiko.sqlite3");
    std::fs::remove_file(&path).unwrap();
    assert!(!trial.app().close());
    assert!(trial.faults().contains(&disturbed(&path)));
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    assert!(trial.app().close());
}

#[tokio::test]
async fn an_empty_file_is_a_fault() {
    let (trial, path) = with_booking().await;
    std::fs::write(&path, "").unwrap();
    let told = trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await;
    assert_eq!((told.status, &told.json()["code"]), (503, &json!("storage_unavailable")));
    let file = path.display();
    assert_told(
        &trial,
        &format!(
            "the ledger `aiko` failed: the database is damaged: {file} is empty. Stop Daymark, and restore a backup. \
             If nothing was ever booked there, remove the file."
        ),
    );
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_stored_is_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let ledgers = trial.directory.path().join("data/ledgers");
    let mut files = 0;
    for entry in std::fs::read_dir(&ledgers).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", entry.path().display());
        files += 1;
    }
    assert!(files >= 2, "the ledger and its log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_file_is_told_and_works_again_when_it_is_free() {
    let (trial, path) = with_booking().await;
    let holder = rusqlite::Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let told = trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await;
    assert_eq!((told.status, &told.json()["code"]), (503, &json!("storage_unavailable")));
    let file = path.display();
    assert_told(
        &trial,
        &format!(
            "the ledger `aiko` failed: the database is locked: another process is using {file} (database is locked). \
         Stop that process: only Daymark may write to it."
        ),
    );
    holder.execute_batch("ROLLBACK").unwrap();
    let told = trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await;
    assert_eq!(told.status, 201, "{}", told.body);
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_stored() {
    let (trial, path) = with_booking().await;
    // A file may not grow beyond its pages: to SQLite, that is a full disk.
    let limit = rusqlite::Connection::open(&path).unwrap();
    let pages: i64 = limit.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    trial.app().limit_pages("aiko", pages).unwrap();
    let mut refused = 0;
    for day in 1..=22 {
        for hour in [0, 2, 4, 6] {
            let start = format!("2026-12-{day:02}T{hour:02}:00:00Z");
            let told = trial.post_json("/api/bookings", &book(&start)).await;
            if told.status == 503 {
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "the file never filled up");
    let faults = trial.faults();
    assert_eq!(faults.len(), refused);
    let file = path.display();
    let expected = format!(
        "the ledger `aiko` failed: the disk is full: {file} cannot grow (database or disk is full). Free some space."
    );
    assert!(faults.iter().all(|fault| *fault == expected), "{faults:?}");
}

#[tokio::test]
async fn missing_definitions_are_told() {
    let trial = Trial::start();
    let path = trial.directory.path().join("dist/_edge/hosts/jonas.json");
    std::fs::remove_file(&path).unwrap();
    let told = trial.get("/api/availability/jonas/support").await;
    assert_eq!(told.status, 503);
    assert_told(
        &trial,
        &format!(
            "cannot read {}: No such file or directory (os error 2). Build the site again: `generator build`.",
            path.display()
        ),
    );
}
