//! Erasing a contact, from outside: it is finished whatever happens to the endpoint, receivers are told, and nothing is
//! left.

use std::fs;
use std::path::{Path, PathBuf};

use acceptance::receiver::Receiver;
use acceptance::{Adapter, PATIENCE, Server, Started, booking, later, wait_until};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

/// Traces that must not be found any more: name, address, answer, guest, and where the link was.
const TRACES: [&str; 5] =
    ["Zelda Quux", "zelda@quux.example", "a very particular answer", "guest-of-quux", "particular-letter"];

/// A server whose site, and whose one host, tell a receiver of everything.
fn server_told(mut server: Server, receiver: &Receiver, keep_contacts: &str) -> Server {
    let content = server.own_content();
    let webhook = |path: &str| {
        format!("\n[[webhooks]]\nurl = \"{}\"\nsecret = \"HOOK\"\nevents = [\"*\"]\n", receiver.url(path))
    };
    let site = fs::read_to_string(content.join("site.toml")).unwrap();
    fs::write(content.join("site.toml"), format!("{keep_contacts}\n{site}{}", webhook("site"))).unwrap();
    let host = fs::read_to_string(content.join("jonas/host.toml")).unwrap();
    fs::write(content.join("jonas/host.toml"), host + &webhook("jonas")).unwrap();
    server.secret("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    server
}

/// Books both hosts as Zelda Quux, and Jonas as somebody else. Returns the ids of Zelda's.
fn book_both(started: &Started) -> [String; 2] {
    let book = |page: &str, start: &str, minutes: u32, name: &str| {
        let mut body = booking(page, start, minutes, 0);
        body["contact"] = match name {
            "Zelda" => json!({ "name": "Zelda Quux", "email": "Zelda@Quux.example" }),
            other => json!({ "name": other, "email": format!("{other}@example.org") }),
        };
        if name == "Zelda" {
            body["answers"] = json!({ "topic": "a very particular answer" });
            body["guests"] = json!(["guest-of-quux@example.org"]);
            body["tracking"] = json!({ "utm_source": "particular-letter" });
        }
        let answer = started.client().post("/api/bookings", &format!("{page}-{name}"), &body).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()["booking"]["id"].as_str().unwrap().to_owned()
    };
    book("jonas/always", "2026-11-26T12:00:00Z", 15, "kim");
    [
        book("jonas/always", "2026-11-25T12:00:00Z", 15, "Zelda"),
        book("aiko/long", "2026-11-25T01:00:00Z", 45, "Zelda"),
    ]
}

fn contacts(server: &Server, started: &Started, host: &str) -> Vec<Value> {
    let answer = started.client().get("/api/host/contacts", Some(&server.key(host))).unwrap().json();
    answer["contacts"].as_array().unwrap().clone()
}

/// A contact as the owner sees it, once its ledger has heard of a booking: whichever host's note came first owns it.
fn noted(server: &Server, started: &Started, name: &str) -> Value {
    let all = || ["jonas", "aiko"].into_iter().flat_map(|host| contacts(server, started, host));
    let find = || all().find(|contact| contact["name"] == name && !contact["owner"].is_null());
    assert!(wait_until(PATIENCE, || find().is_some()), "{:?}", all().collect::<Vec<_>>());
    find().unwrap()
}

/// The erasures that were reported, by sender; each once, however often it came.
fn told_of_erasures(receiver: &Receiver) -> Vec<Value> {
    let mut told: Vec<Value> = receiver
        .received()
        .iter()
        .filter(|one| one.taken)
        .map(|one| (one.headers["webhook-id"].clone(), serde_json::from_str::<Value>(&one.body).unwrap()))
        .filter(|(_, body)| body["type"] == "contact.erased")
        .map(|(id, body)| json!([id.split('.').next(), body["data"]]))
        .collect();
    told.sort_by_key(Value::to_string);
    told
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The traces found in a text, in any case.
fn traces_in(bytes: &[u8]) -> Vec<&'static str> {
    let bytes = bytes.to_ascii_lowercase();
    let stands = |trace: &&str| {
        let wanted = trace.to_ascii_lowercase();
        bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
    };
    TRACES.into_iter().filter(stands).collect()
}

/// The files that contain any of the traces, in any byte.
fn found(folder: &Path) -> Vec<String> {
    let read = |path: PathBuf| {
        let traces = fs::read(&path).map(|bytes| traces_in(&bytes)).unwrap_or_default();
        traces.into_iter().map(move |trace| format!("{trace} in {}", path.display()))
    };
    files(folder).into_iter().flat_map(read).collect()
}

/// The rows of objects and KV that contain any of the traces. Other data of the platform is its own, and
/// docs/contacts.md says for how long.
fn found_in_rows(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "sqlite")) {
        let Ok(rows) = rows_of(&path) else { continue };
        for trace in rows.iter().flat_map(|row| traces_in(row)) {
            found.push(format!("{trace} in {}", path.display()));
        }
    }
    found
}

/// Every value of every table.
fn rows_of(path: &Path) -> rusqlite::Result<Vec<Vec<u8>>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut values = Vec::new();
    for table in tables {
        let mut statement = database.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let count = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..count {
                if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(column)? {
                    values.push(bytes.to_vec());
                }
            }
        }
    }
    Ok(values)
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn an_erasure_is_finished_after_a_kill_everybody_is_told_and_nothing_is_left() {
    let receiver = Receiver::start();
    let server = server_told(Server::new(), &receiver, "");
    let first = server.start();
    let [at_jonas, at_aiko] = book_both(&first);
    let contact = noted(&server, &first, "Zelda Quux");
    match server.adapter() {
        Adapter::Local => assert!(!found(&server.data()).is_empty(), "the search would find it"),
        Adapter::Cloudflare => {
            assert!(wait_until(PATIENCE, || found_in_rows(&server.state())
                .iter()
                .any(|row| row.contains("/kv/"))));
        }
    }
    assert_eq!(contact["email"], "zelda@quux.example");
    let link = server.erasure_link("Zelda@Quux.example");
    let path = &link[link.find("/booking/").unwrap()..];
    let answer = first.client().send("POST", path, &[], b"").unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    first.kill();

    let started = server.start_at("2026-11-24T00:05:00Z");
    let is_erased =
        |host: &str| contacts(&server, &started, host).iter().all(|one| one["name"] != "Zelda Quux");
    assert!(wait_until(PATIENCE, || is_erased("jonas") && is_erased("aiko")));
    assert!(
        wait_until(PATIENCE, || told_of_erasures(&receiver).len() == 3),
        "{:?}",
        told_of_erasures(&receiver)
    );
    let erased = |folder: &str, name: &str, id: &str| {
        json!([folder, {
            "contact": { "email": "Zelda@Quux.example" },
            "host": { "folder": folder, "name": name },
            "bookings": [id],
        }])
    };
    let of_jonas = erased("jonas", "Jonas Weber", &at_jonas);
    assert_eq!(
        told_of_erasures(&receiver),
        [erased("aiko", "Aiko Tanaka", &at_aiko), of_jonas.clone(), of_jonas]
    );
    let cancelled = receiver.received().iter().any(|one| {
        let body: Value = serde_json::from_str(&one.body).unwrap();
        body["type"] == "booking.cancelled" && body["data"]["booking"]["contact"]["name"] == "Zelda Quux"
    });
    assert!(cancelled, "the meeting was cancelled, with all that is needed to find it");
    for (host, id) in [("jonas", &at_jonas), ("aiko", &at_aiko)] {
        let bookings = server.bookings(&started, host);
        let left = bookings.iter().find(|booking| booking["id"] == **id).unwrap();
        assert_eq!((&left["status"], &left["contact"]["name"]), (&json!("cancelled"), &json!("")));
    }
    assert_eq!(contacts(&server, &started, "jonas")[0]["name"], "kim");
    let left = || match server.adapter() {
        Adapter::Local => found(&server.data()),
        Adapter::Cloudflare => found_in_rows(&server.state()),
    };
    assert!(wait_until(PATIENCE, || left().is_empty()), "{:#?}", left());
    for host in ["jonas", "aiko"] {
        for export in ["contacts", "contacts?format=csv", "bookings"] {
            let path = format!("/api/host/{export}");
            let answer = started.client().get(&path, Some(&server.key(host))).unwrap();
            assert_eq!((answer.status, traces_in(&answer.body)), (200, Vec::new()), "{export} of {host}");
        }
    }
    started.kill();
    for process in [&first, &started] {
        assert_eq!(traces_in(process.said().as_bytes()), Vec::<&str>::new(), "{}", process.said());
    }
}

/// On the local adapter in either case: workerd's alarms ring by the machine's own clock, which does not jump with the
/// trial's.
#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_contact_is_erased_by_itself_when_it_was_kept_for_long_enough() {
    let receiver = Receiver::start();
    let server = server_told(Server::of(Adapter::Local), &receiver, "keep_contacts = \"10d\"");
    let started = server.start();
    book_both(&started);
    noted(&server, &started, "Zelda Quux");
    started.kill();
    let started = server.start_at(&later(10));
    // Somebody else's booking has gone the whole way since the start: what was due before it has been done.
    let later_on = booking("jonas/always", "2026-12-08T12:00:00Z", 15, 7);
    assert_eq!(started.client().post("/api/bookings", "later", &later_on).unwrap().status, 201);
    noted(&server, &started, "Visitor 7");
    assert_eq!(contacts(&server, &started, "aiko").len(), 1, "the last meeting ended less than ten days ago");
    started.kill();
    let started = server.start_at(&later(12));
    assert!(wait_until(PATIENCE, || contacts(&server, &started, "aiko").is_empty()));
    assert!(
        wait_until(PATIENCE, || told_of_erasures(&receiver).len() >= 3),
        "{:?}",
        told_of_erasures(&receiver)
    );
    let left = server.bookings(&started, "jonas");
    assert!(
        left.iter().all(|booking| booking["status"] == "confirmed"),
        "what was over is not cancelled: {left:?}"
    );
}
