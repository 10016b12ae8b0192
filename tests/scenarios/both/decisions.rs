//! A request that is accepted twice, declined and taken back at the same moment comes to one end, and everyone hears of
//! that one; so does a wish to move what was agreed to.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Barrier;

use acceptance::receiver::Receiver;
use acceptance::{PATIENCE, Server, Started, booking, rounds, wait_until};
use serde_json::{Value, json};

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

/// The answers to the four: accepted, accepted, declined, cancelled.
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

/// Asks for a time, as the only one of a round to do so.
struct Asked {
    id: String,
    /// The visitor's token.
    visitor: String,
}

impl Asked {
    fn at(started: &Started, start: &str, round: usize) -> Self {
        let body = booking("jonas/always", start, 15, round);
        let answer = started.client().post("/api/bookings", &format!("key-{start}"), &body).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.json());
        let answer = answer.json();
        let visitor = answer["manage_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        Self { id: answer["booking"]["id"].as_str().unwrap().to_owned(), visitor }
    }

    /// The booking as it stands.
    fn stands(&self, started: &Started) -> Value {
        let path = format!("/api/bookings/{}", self.id);
        started.client().get(&path, Some(&self.visitor)).unwrap().json()["booking"].clone()
    }
}

/// Answers all at once, and says what was taken: one answer at most, and something.
fn race(started: &Started, asked: &Asked, host: &str) -> Taken {
    let answers = all_at_once(started, &asked.id, &asked.visitor, host);
    assert!(answers.iter().all(|status| matches!(status, 200 | 409)), "{answers:?}");
    let [one, other, declined, cancelled] = answers.map(|status| status == 200);
    let decisions = [one, other, declined].into_iter().filter(|taken| *taken).count();
    assert!(decisions <= 1, "{answers:?}: two answers were taken");
    let taken = Taken { accepted: one || other, declined, cancelled };
    assert!(taken.accepted || declined || cancelled, "{answers:?}: none was");
    taken
}

/// The result of answering all at once.
#[derive(Clone, Copy, Debug)]
struct Taken {
    accepted: bool,
    declined: bool,
    cancelled: bool,
}

/// Everyone hears of what happened, and of nothing else.
#[track_caller]
fn must_hear(receiver: &Receiver, asked: &Asked, events: &[(bool, &str)]) {
    let happened = events.iter().filter(|(happened, _)| *happened);
    let expected: BTreeSet<String> = happened.map(|(_, event)| format!("booking.{event}")).collect();
    let arrived = wait_until(PATIENCE, || heard(receiver, &asked.id) == expected);
    assert!(arrived, "{events:?}: heard {:?}", heard(receiver, &asked.id));
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
    for round in 0..rounds(20, 100) {
        let start = format!("2026-12-{:02}T{:02}:00:00Z", 1 + round / 24, round % 24);
        let asked = Asked::at(&started, &start, round);
        let taken = race(&started, &asked, &host);
        let Taken { accepted, declined, cancelled } = taken;
        let expected = match (declined, cancelled) {
            (true, _) => "declined",
            (false, true) => "cancelled",
            (false, false) => "confirmed",
        };
        assert_eq!(asked.stands(&started)["status"], expected, "{taken:?}");
        assert!(!(declined && cancelled), "{taken:?}: what was declined cannot be cancelled");
        let events =
            [(true, "requested"), (accepted, "confirmed"), (declined, "declined"), (cancelled, "cancelled")];
        must_hear(&receiver, &asked, &events);
    }
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_wish_to_move_comes_to_one_end_whoever_answers_at_the_same_moment() {
    let receiver = Receiver::start();
    let server = server_of_requests(&receiver);
    let started = server.start();
    let host = server.key("jonas");
    let send = |path: &str, token: &str, body: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        started.client().send("POST", path, &headers, body.as_bytes()).unwrap()
    };
    for round in 0..rounds(20, 100) {
        let at = |minute: u32| format!("2026-12-{:02}T{:02}:{minute:02}:00Z", 1 + round / 24, round % 24);
        let (old, new) = (at(0), at(30));
        let asked = Asked::at(&started, &old, round);
        assert_eq!(send(&format!("/api/host/bookings/{}/accept", asked.id), &host, "{}").status, 200);
        let wish = json!({ "start": new }).to_string();
        let told = send(&format!("/api/bookings/{}/reschedule", asked.id), &asked.visitor, &wish);
        assert_eq!(told.status, 202, "{}", told.json());
        let taken = race(&started, &asked, &host);
        let Taken { accepted, declined, cancelled } = taken;
        let stands = asked.stands(&started);
        let expected =
            (if cancelled { "cancelled" } else { "confirmed" }, if accepted { &new } else { &old });
        assert_eq!(
            (stands["status"].as_str(), stands["start"].as_str()),
            (Some(expected.0), Some(expected.1.as_str())),
            "{taken:?}"
        );
        assert_eq!(stands.get("proposed"), None, "{taken:?}");
        assert_eq!(stands["sequence"], u32::from(accepted) + u32::from(cancelled), "{taken:?}");
        let events = [
            (true, "requested"),
            (true, "confirmed"),
            (true, "reschedule_requested"),
            (accepted, "rescheduled"),
            (declined, "reschedule_declined"),
            (cancelled, "cancelled"),
        ];
        must_hear(&receiver, &asked, &events);
        // Others can have the time that the booking no longer holds.
        let is_free = |start: &str| {
            let body = booking("jonas/always", start, 15, 1000 + round);
            let answer = started.client().post("/api/bookings", &format!("other-{start}"), &body).unwrap();
            answer.status == 202
        };
        assert_eq!(
            [is_free(&old), is_free(&new)],
            [accepted || cancelled, !accepted || cancelled],
            "{taken:?}"
        );
    }
}
