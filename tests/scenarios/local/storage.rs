//! The local adapter's own: a disk that is full, a file that is locked or damaged, a folder in use, a stop: clear to
//! the operator, 503 to visitors, and nothing is acknowledged that is not stored.

use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::{Adapter, PATIENCE, Server, Started, booking, wait_until};

/// Books once a day from that day of December on, until something is refused.
fn book_days(
    started: &Started,
    host_page: &str,
    days: std::ops::RangeInclusive<u32>,
) -> (Vec<String>, Vec<String>) {
    let mut client = started.client();
    let (mut booked, mut refused) = (Vec::new(), Vec::new());
    for day in days {
        for hour in 0..24 {
            let start = format!("2026-12-{day:02}T{hour:02}:00:00Z");
            let mut body = booking(host_page, &start, 15, day as usize);
            body["contact"]["name"] = "x".repeat(200).into();
            let answer = client.post("/api/bookings", &start, &body).unwrap();
            match answer.status {
                201 => booked.push(start),
                _ => refused.push(answer.code()),
            }
        }
    }
    (booked, refused)
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_full_disk_acknowledges_nothing_that_is_not_stored() {
    let server = Server::of(Adapter::Local);
    let started = server.start_with_full_disk(400);
    let (booked, refused) = book_days(&started, "jonas/always", 1..=12);
    assert!(!booked.is_empty() && !refused.is_empty(), "{} booked, {} refused", booked.len(), refused.len());
    assert!(refused.iter().all(|code| code == "storage_unavailable"), "{refused:?}");
    let file = server.ledger("jonas");
    let expected = format!(
        "the ledger `jonas` failed: the database failed: {} cannot be read or written (disk I/O error). Check the disk.",
        file.display()
    );
    started.must_say(&expected);
    assert_eq!(started.client().get("/api/health", None).unwrap().status, 200);
    started.kill();

    let started = server.start();
    let stored = server.bookings(&started, "jonas");
    for start in &booked {
        assert!(stored.iter().any(|stored| stored["start"] == start.as_str()), "{start} is lost");
    }
    let (booked, refused) = book_days(&started, "jonas/always", 20..=20);
    assert_eq!((booked.len(), refused.len()), (24, 0), "with room again, it goes on");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_locked_file_is_refused_and_waited_for() {
    let server = Server::of(Adapter::Local);
    let started = server.start();
    let (booked, _) = book_days(&started, "jonas/always", 1..=1);
    assert_eq!(booked.len(), 24);
    let holder = rusqlite::Connection::open(server.ledger("jonas")).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let body = booking("jonas/always", "2026-12-02T00:00:00Z", 15, 1);
    let answer = started.client().post("/api/bookings", "locked", &body).unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (503, "storage_unavailable"));
    started.must_say("the database is locked: another process is using");
    let aiko = booking("aiko/short", "2026-12-02T01:00:00Z", 30, 1);
    assert_eq!(
        started.client().post("/api/bookings", "other", &aiko).unwrap().status,
        201,
        "other hosts go on"
    );
    holder.execute_batch("ROLLBACK").unwrap();
    let answer = started.client().post("/api/bookings", "locked", &body).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_damaged_file_is_refused_and_left_alone() {
    let server = Server::of(Adapter::Local);
    let started = server.start();
    book_days(&started, "jonas/always", 1..=1);
    assert!(started.stop().success());
    let garbage = b"not a database ".repeat(1000);
    std::fs::write(server.ledger("jonas"), &garbage).unwrap();

    let started = server.start();
    let (booked, refused) = book_days(&started, "jonas/always", 2..=2);
    assert_eq!((booked.len(), refused.len()), (0, 24));
    assert!(refused.iter().all(|code| code == "storage_unavailable"), "{refused:?}");
    started.must_say("the database is damaged:");
    let answer = started.client().get("/api/availability/jonas/always", None).unwrap();
    assert_eq!(answer.status, 503, "what cannot be read is not free");
    started.kill();
    assert_eq!(std::fs::read(server.ledger("jonas")).unwrap(), garbage);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_folder_serves_one_process() {
    let server = Server::of(Adapter::Local);
    let _started = server.start();
    let second = server.command().output().unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    let expected = format!(
        "the data folder {} is in use by another process. Stop that process, or choose another folder with `--data`.",
        server.data().display()
    );
    assert!(said.contains(&expected), "{said}");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_stop_finishes_what_is_under_way() {
    let server = Server::of(Adapter::Local);
    let started = server.start();
    let booked = AtomicUsize::new(0);
    let refused = std::thread::scope(|scope| {
        let visitor = scope.spawn(|| {
            let mut client = started.client();
            loop {
                let number = booked.load(Ordering::SeqCst);
                let (day, quarter) = (1 + number / 96, number % 96);
                let start = format!("2026-12-{day:02}T{:02}:{:02}:00Z", quarter / 4, quarter % 4 * 15);
                let body = booking("jonas/always", &start, 15, number);
                match client.post("/api/bookings", &format!("key-{number}"), &body) {
                    Ok(answer) if answer.status == 201 => booked.fetch_add(1, Ordering::SeqCst),
                    Ok(answer) => return Some(answer.code()),
                    Err(_) => return None,
                };
            }
        });
        assert!(wait_until(PATIENCE, || booked.load(Ordering::SeqCst) >= 20));
        assert!(started.stop().success());
        visitor.join().unwrap()
    });
    let booked = booked.into_inner();
    assert_eq!(refused, None, "the connection ended, and nothing was refused");
    let left: Vec<_> = std::fs::read_dir(server.data().join("ledgers"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["jonas.sqlite3"], "everything is in the file itself");
    let started = server.start();
    let stored = server.bookings(&started, "jonas").len();
    assert!(stored == booked || stored == booked + 1, "{booked} were acknowledged, {stored} are stored");
}
