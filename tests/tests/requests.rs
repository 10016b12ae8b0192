//! A request that is accepted twice, declined and taken back at the same moment comes to one end, and everyone hears of that one.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeSet;
use std::fs;
use std::sync::Barrier;
use std::time::Duration;

use serde_json::Value;
use tests::receiver::Receiver;
use tests::{Server, Started, booking, rounds, wait_until};

/// A server whose one page takes requests, and tells a receiver of everything.
fn server_of_requests(receiver: &Receiver) -> Server {
    let mut server = Server::new();
    let content = server.own_content();
    let page = content.join("jonas/always.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replacen("title =", "approval = true\ntitle =", 1)).unwrap();
    let site = fs::read_to_string(content.join("site.toml")).unwrap();
    let webhook = format!("\n[[webhooks]]\nurl = \"{}\"\nsecret = \"HOOK\"\n", receiver.url("hook"));
    fs::write(content.join("site.toml"), site + &webhook).unwrap();
    server.secret("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    server
}

/// What each of the four was answered: accepted, accepted, declined, cancelled.
fn all_at_once(started: &Started, id: &str, visitor: &str, host: &str) -> [u16; 4] {
    let paths = [
        (format!("/api/host/bookings/{id}/accept"), host),
        (format!("/api/host/bookings/{id}/accept"), host),
        (format!("/api/host/bookings/{id}/decline"), host),
        (format!("/api/bookings/{id}/cancel"), visitor),
    ];
    let gate = Barrier::new(paths.len());
    std::thread::scope(|scope| {
        paths
            .each_ref()
            .map(|(path, key)| {
                let gate = &gate;
                scope.spawn(move || {
                    let mut client = started.client();
                    let bearer = format!("Bearer {key}");
                    gate.wait();
                    client.send("POST", path, &[("authorization", &bearer)], b"").unwrap().status
                })
            })
            .map(|asked| asked.join().unwrap())
    })
}

/// The events of a booking that were told.
fn heard(receiver: &Receiver, id: &str) -> BTreeSet<String> {
    let all = receiver.received();
    let bodies = all.iter().map(|one| serde_json::from_str::<Value>(&one.body).unwrap());
    let of_this =
        bodies.filter(|body| body["data"]["booking"]["id"] == id && body["type"] != "booking.alert");
    of_this.map(|body| body["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_request_comes_to_one_end_whoever_answers_at_the_same_moment() {
    let receiver = Receiver::start();
    let server = server_of_requests(&receiver);
    let started = server.start();
    let host = server.key("jonas");
    let mut ends = BTreeSet::new();
    for round in 0..rounds(20, 100) {
        let start = format!("2026-12-{:02}T{:02}:00:00Z", 1 + round / 24, round % 24);
        let body = booking("jonas/always", &start, 15, round);
        let answer = started.client().post("/api/bookings", &format!("key-{round}"), &body).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.json());
        let answer = answer.json();
        let id = answer["booking"]["id"].as_str().unwrap();
        let visitor = answer["manage_url"].as_str().unwrap().rsplit('/').next().unwrap();
        let answers = all_at_once(&started, id, visitor, &host);
        let [one, other, declined, cancelled] = answers.map(|status| status == 200);
        assert!(answers.iter().all(|status| matches!(status, 200 | 409)), "{answers:?}");
        let accepted = one || other;
        let decisions = [one, other, declined].into_iter().filter(|taken| *taken).count();
        assert!(decisions <= 1, "{answers:?}: two answers were taken");
        assert!(accepted || declined || cancelled, "{answers:?}: none was");
        let bearer = Some(visitor);
        let stands = started.client().get(&format!("/api/bookings/{id}"), bearer).unwrap().json();
        let status = stands["booking"]["status"].as_str().unwrap().to_owned();
        let expected = match (declined, cancelled) {
            (true, _) => "declined",
            (false, true) => "cancelled",
            (false, false) => "confirmed",
        };
        assert_eq!(status, expected, "{answers:?}");
        assert!(!(declined && cancelled), "{answers:?}: what was declined cannot be cancelled");
        let events = [
            (true, "booking.requested"),
            (accepted, "booking.confirmed"),
            (declined, "booking.declined"),
            (cancelled, "booking.cancelled"),
        ];
        let events: BTreeSet<String> =
            events.into_iter().filter(|(happened, _)| *happened).map(|(_, event)| event.to_owned()).collect();
        let arrived = wait_until(Duration::from_secs(5), || heard(&receiver, id) == events);
        assert!(arrived, "{answers:?}: heard {:?}", heard(&receiver, id));
        ends.insert(status);
    }
    assert!(!ends.is_empty());
}
