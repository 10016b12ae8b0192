//! The mails of a booking's life, through a stand-in of a provider's API that fails at random, with kills of the endpoint.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tests::receiver::{Received, Receiver};
use tests::{Adapter, Server, Started, booking, later, rounds, wait_until};

/// A server whose site sends mail through a receiver, and reminds of a page's meetings a day before.
fn server_mailing(receiver: &Receiver) -> Server {
    let mut server = Server::new();
    let content = server.own_content();
    let site = fs::read_to_string(content.join("site.toml")).unwrap();
    let mail = format!(
        r#"
[mail]
provider = "api"
from = "Example & Co. <hello@example.com>"
secret = "MAIL_KEY"
url = "{}"
headers = {{ Authorization = "Bearer {{secret}}" }}
body = '{{ "id": "{{id}}", "from": "{{from}}", "to": "{{to}}", "reply_to": "{{reply_to}}", "subject": "{{subject}}", "text": "{{text}}", "html": "{{html}}", "files": [{{ "content": "{{invitation}}", "type": "text/calendar; method={{method}}" }}] }}'
"#,
        receiver.url("mails")
    );
    fs::write(content.join("site.toml"), site + &mail).unwrap();
    let page = content.join("jonas/always.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replacen("title =", "reminders = [\"1d\"]\ntitle =", 1)).unwrap();
    server.secret("MAIL_KEY", "the key");
    server
}

/// The start of a number: every half hour from 3 December.
fn start_of(number: usize) -> String {
    format!("2026-12-{:02}T{:02}:{:02}:00Z", 3 + number / 48, number % 48 / 2, number % 2 * 30)
}

/// Recipient and subject of every mail that was taken.
fn taken(receiver: &Receiver) -> BTreeSet<(String, String)> {
    receiver.received().iter().filter(|one| one.taken).map(read).collect()
}

fn read(received: &Received) -> (String, String) {
    let mail: Value = serde_json::from_str(&received.body).unwrap();
    let text = |name: &str| mail[name].as_str().unwrap().to_owned();
    (text("to"), text("subject"))
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn every_mail_of_a_life_arrives_though_provider_and_endpoint_fail() {
    let receiver = Receiver::start();
    let server = server_mailing(&receiver);
    receiver.set_failing(true);
    let count = rounds(16, 80);
    let mut expected = BTreeSet::new();
    let mut never = BTreeSet::new();
    for phase in 0..4 {
        let started = server.start();
        let mut client = started.client();
        for number in (phase * count / 4)..((phase + 1) * count / 4) {
            let body = booking("jonas/always", &start_of(number), 15, number);
            let answer = client.post("/api/bookings", &format!("key-{number}"), &body).unwrap();
            assert_eq!(answer.status, 201, "{}", answer.json());
            let answer = answer.json();
            let title = answer["booking"]["title"].as_str().unwrap();
            let visitor = format!("visitor{number}@example.org");
            let start: DateTime<Utc> = start_of(number).parse().unwrap();
            let berlin = (start + TimeDelta::hours(1)).format("%A %-d %B %Y, %H:%M").to_string();
            let host = answer["booking"]["host"]["time_zone"].as_str().unwrap();
            assert_eq!(host, "Europe/Berlin", "both see the same wall time");
            let email = "jonas@example.com".to_owned();
            expected.insert((visitor.clone(), format!("Booked: {title}, {berlin}")));
            expected.insert((email.clone(), format!("Visitor {number} booked {title}, {berlin}")));
            let reminder = (visitor.clone(), format!("Reminder: {title}, {berlin}"));
            if number % 2 == 0 {
                expected.insert(reminder);
                continue;
            }
            let id = answer["booking"]["id"].as_str().unwrap();
            let token = answer["manage_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            let path = format!("/api/bookings/{id}/cancel");
            let bearer = format!("Bearer {token}");
            let answer = client.send("POST", &path, &[("authorization", &bearer)], b"").unwrap();
            assert_eq!(answer.status, 200, "{}", answer.json());
            expected.insert((visitor, format!("Cancelled: {title}, {berlin}")));
            expected.insert((email, format!("Cancelled: Visitor {number}, {title}, {berlin}")));
            never.insert(reminder);
        }
        std::thread::sleep(Duration::from_millis(300));
        if phase < 3 {
            started.kill();
        }
    }
    receiver.set_failing(false);
    // Retries and reminders come after hours and days: the clock is set on, and nobody asks the endpoint for anything.
    for days in 0..14 {
        let started = server.start_at(&later(days));
        wake(&server, &started);
        let patience = Duration::from_secs(if days < 8 { 1 } else { 10 });
        let arrived = wait_until(patience, || expected.is_subset(&taken(&receiver)));
        started.kill();
        if arrived {
            break;
        }
    }
    let arrived = taken(&receiver);
    let missing: Vec<_> = expected.difference(&arrived).collect();
    assert!(missing.is_empty(), "{} of {} mails are missing: {missing:#?}", missing.len(), expected.len());
    let reminded: Vec<_> = never.intersection(&arrived).collect();
    assert!(reminded.is_empty(), "reminded of what was cancelled: {reminded:#?}");
    assert!(receiver.received().iter().any(|one| !one.taken), "the provider never failed");
    check_each(&receiver.received());
}

/// workerd's alarms ring by the machine's own clock, which does not jump with the trial's: a command has them set anew.
fn wake(server: &Server, started: &Started) {
    if server.adapter() == Adapter::Cloudflare {
        let bearer = format!("Bearer {}", server.key("jonas"));
        let path = "/api/host/deliveries/none/replay";
        let answer = started.client().send("POST", path, &[("authorization", &bearer)], b"").unwrap();
        assert_eq!(answer.status, 404, "{}", answer.json());
    }
}

/// Each came with the secret; the same id always with the same mail.
fn check_each(received: &[Received]) {
    let mut bodies: BTreeMap<String, &str> = BTreeMap::new();
    for one in received {
        assert_eq!(one.headers["authorization"], "Bearer the key");
        let mail: Value = serde_json::from_str(&one.body).unwrap();
        let id = mail["id"].as_str().unwrap().to_owned();
        assert_eq!(*bodies.entry(id).or_insert(&one.body), one.body);
    }
}
