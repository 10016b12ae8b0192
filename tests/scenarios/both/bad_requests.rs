//! Whatever is wrong with a request is refused with its code, and nothing is stored.

use acceptance::{Server, booking};
use serde_json::{Value, json};

/// A sound booking of `aiko/long`: Wednesday 10:00 in Tokyo.
fn sound() -> Value {
    booking("aiko/long", "2026-11-25T01:00:00Z", 45, 1)
}

fn with(path: &str, value: Value) -> Value {
    let mut body = sound();
    let mut place = &mut body;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value;
    body
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn nothing_is_stored_of_what_is_refused() {
    let server = Server::new();
    let started = server.any();
    let mut client = started.client();
    let long = "x".repeat(10_000);
    let cases = [
        (
            "a time that the rules do not offer, though free",
            with("start", json!("2026-11-25T03:30:00Z")),
            "slot_not_offered",
        ),
        ("off the grid", with("start", json!("2026-11-25T01:03:00Z")), "slot_not_offered"),
        ("03:00", with("start", json!("2026-11-25T18:00:00Z")), "slot_not_offered"),
        ("too late to end in open time", with("start", json!("2026-11-25T08:30:00Z")), "slot_not_offered"),
        ("a Sunday", with("start", json!("2026-11-29T01:00:00Z")), "slot_not_offered"),
        ("a past time", with("start", json!("2026-11-20T01:00:00Z")), "notice_too_short"),
        ("inside the notice", with("start", json!("2026-11-24T02:00:00Z")), "notice_too_short"),
        ("beyond the window", with("start", json!("2027-06-02T01:00:00Z")), "outside_window"),
        ("a duration that is not offered", with("duration_minutes", json!(30)), "invalid_field"),
        ("a missing answer", with("answers", json!({})), "invalid_field"),
        ("a malformed address", with("contact.email", json!("visitor")), "invalid_field"),
        ("a long name", with("contact.name", json!(long)), "invalid_field"),
        ("a long address", with("contact.email", json!(format!("{long}@example.org"))), "invalid_field"),
        ("a long answer", with("answers.topic", json!(long)), "invalid_field"),
        (
            "a name that nobody can see",
            with("contact.name", json!("\u{200b}\u{2800}\u{3164}")),
            "invalid_field",
        ),
        ("a number for a name", with("contact.name", json!(5)), "invalid_field"),
        ("a list for a contact", with("contact", json!([])), "invalid_field"),
        ("a number for a zone", with("time_zone", json!(9)), "invalid_field"),
        ("an unknown page", with("page", json!("aiko/none")), "unknown_page"),
        ("an unknown host", with("page", json!("nobody/call")), "unknown_page"),
        ("a filled trap", with("website", json!("https://spam.example")), "honeypot"),
    ];
    for (name, body, code) in cases {
        let answer = client.post("/api/bookings", name, &body).unwrap();
        assert_eq!(answer.code(), code, "{name}: {}", answer.json());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
    }
    let body = sound().to_string();
    let large = format!("{{\"page\":\"{}\"}}", "x".repeat(600_000));
    let bodies: [(&str, &str, &str, u16); 7] = [
        ("a body of 600 KB", "application/json", &large, 413),
        ("broken JSON", "application/json", &body[1..], 400),
        ("a list", "application/json", "[]", 400),
        ("no body", "application/json", "", 422),
        ("plain text", "text/plain", &body, 415),
        ("a multipart form", "multipart/form-data; boundary=x", &body, 415),
        ("a form of JSON", "application/x-www-form-urlencoded", &body, 422),
    ];
    for (name, media_type, body, status) in bodies {
        let answer =
            client.send("POST", "/api/bookings", &[("content-type", media_type)], body.as_bytes()).unwrap();
        assert_eq!(answer.status, status, "{name}: {}", answer.json());
    }
    let other_site = [("content-type", "application/json"), ("origin", "https://evil.example")];
    let answer = client.send("POST", "/api/bookings", &other_site, body.as_bytes()).unwrap();
    assert_eq!(answer.code(), "origin_refused");
    assert_eq!(server.bookings(&started, "aiko").len(), 0);
    assert!(!server.ledger("nobody").exists(), "an unknown host gets no ledger");
    let answer = client.post("/api/bookings", "at last", &sound()).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn html_in_a_name_is_text() {
    let server = Server::new();
    let started = server.any();
    let mut client = started.client();
    let mut body = booking("jonas/always", "2026-12-31T12:00:00Z", 15, 1);
    body["contact"]["name"] = json!("<img src=x onerror=alert(1)>");
    let answer = client.post("/api/bookings", "one", &body).unwrap();
    let url = answer.json()["manage_url"].as_str().unwrap().to_owned();
    let page = client.get(url.strip_prefix("https://meet.example.com").unwrap(), None).unwrap();
    let html = String::from_utf8(page.body).unwrap();
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;") && !html.contains("<img"), "{html}");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn requests_that_are_no_http_end_only_themselves() {
    use std::io::{Read, Write};
    let server = Server::new();
    let started = server.any();
    let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(500));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1_000_000));
    let lies =
        "POST /api/bookings HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n12345";
    for bytes in ["\0\0\0\0", "hello\r\n\r\n", &headers, &long, lies] {
        let mut stream = std::net::TcpStream::connect(started.address).unwrap();
        let _ = stream.write_all(bytes.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(started.client().get("/api/health", None).unwrap().status, 200);
}
