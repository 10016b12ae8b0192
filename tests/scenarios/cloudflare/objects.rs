//! The Worker's own: errors inside an object, migrations, and what KV holds. Run with `tests/run worker`.

use acceptance::{Adapter, PATIENCE, Server, Started, booking, wait_until, workerd};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

const START: &str = "2026-12-01T12:00:00Z";

/// A server whose one ledger has a booking, ended; with the ledger's database.
fn one_booking() -> (Server, Connection) {
    let server = Server::of(Adapter::Cloudflare);
    let started = server.start();
    assert_eq!(book(&started, "2026-12-01T10:00:00Z", "first").0, 201);
    started.kill();
    let database = ledger(&server);
    (server, database)
}

/// The database of the host's ledger. The contact who booked may have one beside it.
fn ledger(server: &Server) -> Connection {
    let databases = workerd::databases(&server.state(), "Ledger");
    let mut databases = databases.iter().map(|path| Connection::open(path).unwrap());
    let holds_bookings = |database: &Connection| {
        database.query_row("SELECT count(*) FROM booking", [], |row| row.get::<_, i64>(0)).unwrap() > 0
    };
    databases.find(holds_bookings).unwrap()
}

fn book(started: &Started, start: &str, key: &str) -> (u16, String) {
    let answer = started.client().post("/api/bookings", key, &booking("jonas/always", start, 15, 1)).unwrap();
    (answer.status, answer.code())
}

/// Every row of the ledger's tables, but for the deliveries, which go out meanwhile.
fn dump(database: &Connection) -> Vec<String> {
    ["booking", "claim", "seat", "idempotency_key"]
        .iter()
        .flat_map(|table| {
            let mut rows = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = rows.column_count();
            let rows = rows.query_map([], |row| {
                (0..columns)
                    .map(|column| row.get::<_, rusqlite::types::Value>(column))
                    .collect::<Result<Vec<_>, _>>()
            });
            rows.unwrap().map(|row| format!("{table} {:?}", row.unwrap())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
#[ignore = "needs the Worker: tests/run worker"]
fn an_error_after_a_write_stores_nothing() {
    let (server, database) = one_booking();
    let before = dump(&database);
    assert_eq!(before.len(), 4);
    // Deliveries are written last, after booking, claim and seat.
    let trigger = "CREATE TRIGGER forced BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'forced by the test'); END";
    database.execute_batch(trigger).unwrap();
    drop(database);
    let started = server.start();
    assert_eq!(book(&started, START, "second"), (503, "storage_unavailable".to_owned()));
    started.must_say("the ledger `jonas` failed");
    started.must_say("forced by the test");
    started.kill();
    let database = ledger(&server);
    assert_eq!(dump(&database), before);
    database.execute_batch("DROP TRIGGER forced").unwrap();
    drop(database);
    let started = server.start();
    assert_eq!(book(&started, START, "second").0, 201, "the same key, as if it were the first time");
}

#[test]
#[ignore = "needs the Worker: tests/run worker"]
fn a_migration_that_fails_says_so_and_leaves_the_data_alone() {
    let (server, database) = one_booking();
    let before = dump(&database);
    // As if no migration had run: the first finds its tables there already.
    database.execute_batch("DELETE FROM migration").unwrap();
    drop(database);
    let started = server.start();
    assert_eq!(book(&started, START, "second"), (503, "storage_unavailable".to_owned()));
    started.must_say("migration 1 failed: table booking already exists");
    assert_eq!(started.client().get("/api/health", None).unwrap().status, 200, "other hosts go on");
    started.kill();
    let database = ledger(&server);
    assert_eq!(dump(&database), before);
}

/// A value that KV holds, once it does.
fn record(server: &Server, key: &str) -> Option<Value> {
    let folder = server.state().join("kv/kv");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut databases = files.filter(|path| path.extension().is_some_and(|end| end == "sqlite"));
    let database = Connection::open_with_flags(databases.next()?, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let value: Vec<u8> = database
        .query_row("SELECT CAST(value AS BLOB) FROM entries WHERE key = ?1", [key], |row| row.get(0))
        .ok()?;
    serde_json::from_slice(&value).ok()
}

#[test]
#[ignore = "needs the Worker: tests/run worker"]
fn bookings_go_on_while_kvs_quota_is_spent_and_records_follow() {
    let mut server = Server::of(Adapter::Cloudflare);
    server.spend_kv(true);
    let started = server.start();
    assert_eq!(book(&started, START, "one").0, 201);
    assert_eq!(book(&started, START, "two"), (409, "slot_taken".to_owned()), "the ledger decides");
    let answer = started.client().get("/api/availability/jonas/always", None).unwrap();
    assert_eq!(answer.status, 200, "the ledger answers where KV does not");
    let start = chrono::DateTime::parse_from_rfc3339(START).unwrap().timestamp();
    assert!(!answer.json()["slots"].as_array().unwrap().contains(&json!(start)));
    assert_eq!(started.client().get("/jonas/always/", None).unwrap().status, 200);
    let id = server.bookings(&started, "jonas")[0]["id"].as_str().unwrap().to_owned();
    started.kill();
    server.spend_kv(false);
    let started = server.start_at("2026-11-24T02:00:00Z");
    // Busy times are written last.
    assert!(wait_until(PATIENCE, || record(&server, "busy/jonas").is_some()));
    started.kill();
    assert_eq!(record(&server, "busy/jonas").unwrap()["claims"][0]["start"], start);
    assert_eq!(record(&server, &format!("booking/{id}")).unwrap()["status"], "confirmed");
}

#[test]
#[ignore = "needs the Worker: tests/run worker"]
fn kv_holds_the_booking_with_its_tracking_and_what_is_busy() {
    let server = Server::of(Adapter::Cloudflare);
    let started = server.start();
    let mut body = booking("jonas/always", START, 15, 1);
    body["tracking"] = json!({ "utm_source": "letter", "utm_campaign": "spring" });
    let answer = started.client().post("/api/bookings", "one", &body).unwrap().json();
    let id = answer["booking"]["id"].as_str().unwrap();
    let free = |started: &Started| {
        let path = "/api/availability/jonas/always?from=2026-12-01&to=2026-12-01&duration=15";
        let answer = started.client().get(path, None).unwrap().json();
        let start = chrono::DateTime::parse_from_rfc3339(START).unwrap().timestamp();
        answer["slots"].as_array().unwrap().contains(&json!(start))
    };
    assert!(
        wait_until(PATIENCE, || !free(&started)),
        "availability, which is read from KV, no longer offers it"
    );
    let token = answer["manage_url"].as_str().unwrap().rsplit('/').next().unwrap();
    let bearer = format!("Bearer {token}");
    let path = format!("/api/bookings/{id}/cancel");
    assert_eq!(started.client().send("POST", &path, &[("authorization", &bearer)], b"").unwrap().status, 200);
    assert!(wait_until(PATIENCE, || free(&started)), "after the cancellation it is offered again");
    started.kill();
    let kept = record(&server, &format!("booking/{id}")).unwrap();
    assert_eq!((&kept["status"], &kept["tracking"]["utm_campaign"]), (&json!("cancelled"), &json!("spring")));
    assert_eq!(record(&server, "busy/jonas"), Some(json!({ "claims": [] })));
}
