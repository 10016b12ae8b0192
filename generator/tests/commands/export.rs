//! `export`: bookings and contacts of a host, to standard output and to files, while a server writes to them.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use crate::desk::Desk;
use crate::serve::Served;

/// A site on which much can be booked at once.
fn desk() -> Desk {
    let desk = Desk::new();
    let page = desk.read("content/aiko/intro.md").replace("limit = { per_day = 1 }\n", "");
    let questions = "[[questions]]\nid = \"topic\"\nlabel = \"Topic\"\nkind = \"long_text\"\n+++\nA first";
    desk.file("content/aiko/intro.md", &page.replace("+++\nA first", questions))
}

/// Books a time, and gives the booking's id.
fn book(served: &Served, start: &str, contact: &str, more: &str) -> String {
    let body = format!(
        "{{\"page\":\"aiko/intro\",\"start\":\"{start}\",\"duration_minutes\":30,\"time_zone\":\"Europe/Berlin\",\"locale\":\"en\",\"contact\":{contact}{more}}}"
    );
    let booked = served.post("/api/bookings", &body);
    assert!(booked.starts_with("HTTP/1.1 201"), "{booked}");
    let (_, rest) = booked.split_once("\"id\":\"").expect("an id");
    rest.split('"').next().expect("its end").to_owned()
}

const MARA: &str = "{\"name\":\"=1+1\",\"email\":\"mara@example.net\"}";
const NOAH: &str = "{\"name\":\"Noah \\\"N\\\" Berg\",\"email\":\"Noah@example.net\"}";
const MORE: &str = ",\"guests\":[\"kim@example.net\"],\"answers\":{\"topic\":\"One, two\\nthree\"},\"tracking\":{\"utm_campaign\":\"spring\",\"utm_source\":\"letter\"}";

/// A time without the part that differs from run to run: what is made now.
fn without_now(text: &str) -> String {
    let hidden = |part: &str| {
        if part.starts_with("\"2026-11-24T09:0") { "\"now\"".to_owned() } else { part.to_owned() }
    };
    text.split("\r\n")
        .map(|line| line.split(',').map(hidden).collect::<Vec<_>>().join(","))
        .collect::<Vec<_>>()
        .join("\r\n")
}

#[test]
fn all_bookings_and_contacts_are_exported_while_a_server_runs() {
    let desk = desk();
    let served = Served::start(&desk, &[]);
    // What is later comes first.
    let second = book(&served, "2026-12-02T01:00:00Z", MARA, ",\"answers\":{}");
    let first = book(&served, "2026-12-01T01:00:00Z", NOAH, MORE);
    let third = book(&served, "2026-12-03T01:00:00Z", NOAH, ",\"answers\":{}");
    let (address, key) = (&served.address, desk.run(&["token", "aiko"]).answer());
    let cancelled = served.ask(&format!(
        "POST /api/host/bookings/{third}/cancel HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{{\"reason\":\"Ill.\"}}\n",
        key.trim()
    ));
    assert!(cancelled.starts_with("HTTP/1.1 200"), "{cancelled}");

    let csv = desk.run(&["export", "aiko"]).tells("").ends_with_code(0).answer();
    let expected = [
        "\"id\",\"status\",\"outcome\",\"page\",\"title\",\"start\",\"end\",\"host_time\",\"name\",\"email\",\"guests\",\"location\",\"answers\",\"time_zone\",\"locale\",\"campaign\",\"source\",\"medium\",\"cancel_reason\",\"created_at\",\"changed_at\",\"payment_status\",\"price\",\"currency\",\"paid\",\"returned\",\"payment_reference\"",
        &format!(
            "\"{first}\",\"confirmed\",\"\",\"aiko/intro\",\"Introductory call\",\"2026-12-01T01:00:00Z\",\"2026-12-01T01:30:00Z\",\"2026-12-01 10:00\",\"Noah \"\"N\"\" Berg\",\"Noah@example.net\",\"kim@example.net\",\"https://meet.example.com/rooms/aiko\",\"topic: One, two\nthree\",\"Europe/Berlin\",\"en\",\"spring\",\"letter\",\"\",\"\",\"now\",\"now\",\"\",\"\",\"\",\"\",\"\",\"\""
        ),
        &format!(
            "\"{second}\",\"confirmed\",\"\",\"aiko/intro\",\"Introductory call\",\"2026-12-02T01:00:00Z\",\"2026-12-02T01:30:00Z\",\"2026-12-02 10:00\",\"'=1+1\",\"mara@example.net\",\"\",\"https://meet.example.com/rooms/aiko\",\"\",\"Europe/Berlin\",\"en\",\"\",\"\",\"\",\"\",\"now\",\"now\",\"\",\"\",\"\",\"\",\"\",\"\""
        ),
        &format!(
            "\"{third}\",\"cancelled\",\"cancelled\",\"aiko/intro\",\"Introductory call\",\"2026-12-03T01:00:00Z\",\"2026-12-03T01:30:00Z\",\"2026-12-03 10:00\",\"Noah \"\"N\"\" Berg\",\"Noah@example.net\",\"\",\"https://meet.example.com/rooms/aiko\",\"\",\"Europe/Berlin\",\"en\",\"\",\"\",\"\",\"Ill.\",\"now\",\"now\",\"\",\"\",\"\",\"\",\"\",\"\""
        ),
        "",
    ];
    assert_eq!(without_now(&csv), expected.join("\r\n"));

    let json = desk.run(&["export", "aiko", "--format", "json"]).tells("").ends_with_code(0).answer();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let names = |key: &str| -> Vec<String> {
        let list = json[key].as_array().expect("a list").iter();
        list.map(|booking| booking["contact"]["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names("bookings"), ["Noah \"N\" Berg", "=1+1", "Noah \"N\" Berg"]);

    let ics = desk.run(&["export", "aiko", "--format", "ics"]).tells("").ends_with_code(0).answer();
    assert!(ics.starts_with("BEGIN:VCALENDAR\r\n") && ics.ends_with("END:VCALENDAR\r\n"), "{ics}");
    let starts: Vec<&str> = ics.split("\r\n").filter(|line| line.starts_with("DTSTART")).collect();
    assert_eq!(starts, ["DTSTART:20261201T010000Z", "DTSTART:20261202T010000Z"]);

    // A contact's own ledger hears of a booking a moment later.
    let contacts = || desk.run(&["export", "aiko", "--contacts"]).tells("").ends_with_code(0).answer();
    let mut table = contacts();
    for _ in 0..200 {
        if table.matches(",\"aiko\",").count() == 2 {
            break;
        }
        thread::sleep(Duration::from_millis(50));
        table = contacts();
    }
    let rows: Vec<String> = table
        .split("\r\n")
        .skip(1)
        .filter(|row| !row.is_empty())
        .map(|row| without_now(row.split_once(',').expect("a key").1))
        .collect();
    assert_eq!(
        rows,
        [
            "\"Noah \"\"N\"\" Berg\",\"noah@example.net\",\"aiko\",\"now\",\"spring\",\"letter\",\"\",\"2\",\"aiko/intro\",\"2026-12-03T01:00:00Z\",\"cancelled\",\"\",\"\",\"\",\"\",\"\",\"\"",
            "\"'=1+1\",\"mara@example.net\",\"aiko\",\"now\",\"\",\"\",\"\",\"1\",\"aiko/intro\",\"2026-12-02T01:00:00Z\",\"confirmed\",\"\",\"\",\"\",\"\",\"\",\"\"",
        ]
    );

    let made = [
        "aiko-bookings.csv",
        "aiko-contacts.csv",
        "aiko-bookings.json",
        "aiko-contacts.json",
        "aiko-bookings.ics",
    ];
    let told = made.map(|name| format!("Created kept/{name}\n")).concat();
    let last = "Aiko Tanaka has 3 bookings and 2 contacts. Keep the files where nobody else reads them.\n";
    desk.run(&["export", "aiko", "--to", "kept"]).answers("").tells(&(told + last)).ends_with_code(0);
    assert_eq!(desk.read("kept/aiko-bookings.csv"), format!("\u{feff}{csv}"));
    assert_eq!(desk.read("kept/aiko-bookings.ics"), ics);
    let file = fs::metadata(desk.path("kept/aiko-contacts.csv")).expect("a file");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);

    fs::remove_file(desk.path("kept/aiko-bookings.csv")).expect("a file");
    desk.run(&["export", "aiko", "--to", "kept"])
        .answers("")
        .tells("generator: kept/aiko-contacts.csv already exists, and nothing is written over it. Name another folder with `--to`. Nothing was written.\n")
        .ends_with_code(1);
    assert!(!desk.path("kept/aiko-bookings.csv").exists());
    desk.run(&["export", "jonas", "--format", "csv", "--to", "his"])
        .tells("Created his/jonas-bookings.csv\nCreated his/jonas-contacts.csv\nJonas Weber has 0 bookings and 0 contacts. Keep the files where nobody else reads them.\n")
        .ends_with_code(0);
}

#[test]
fn what_cannot_be_exported_has_its_word() {
    let desk = Desk::new();
    desk.run(&["export", "aika"])
        .answers("")
        .tells("generator: there is no host `aika`. The hosts are: aiko, jonas.\n")
        .ends_with_code(1);
    let none = "generator: data has no bookings in it: name the folder that `serve --data` writes to.\n";
    desk.run(&["export", "aiko"]).answers("").tells(none).ends_with_code(1);
    // `token` has made one there, and a secret in it.
    desk.run(&["token", "aiko"]).ends_with_code(0);
    for arguments in [
        &["export", "aiko"][..],
        &["propose", "aiko/intro", "--data", "data"],
        &["explain", "aiko/intro", "2026-12-01T10:00", "--data", "data"],
    ] {
        desk.run(arguments).answers("").tells(none).ends_with_code(1);
    }
    fs::create_dir_all(desk.path("data/ledgers")).expect("a folder as a server makes it");
    desk.run(&["export", "aiko", "--contacts", "--format", "ics"])
        .answers("")
        .tells("generator: contacts are no calendar: choose `--format csv` or `--format json`\n")
        .ends_with_code(2);
    let told =
        desk.run(&["export", "aiko", "--contacts", "--to", "kept"]).answers("").ends_with_code(2).told();
    assert!(
        told.starts_with("error: the argument '--contacts' cannot be used with '--to <FOLDER>'"),
        "{told}"
    );
}
