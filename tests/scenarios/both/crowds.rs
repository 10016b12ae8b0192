//! Many visitors at one instant: one of them gets the time, and no two meetings are ever in each other's way.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use acceptance::{Adapter, Answer, Server, Started, booking, rounds};
use serde_json::Value;

/// Sends all bodies at one instant, each over a connection of its own. Answers come with the time that they took.
#[expect(clippy::disallowed_methods, reason = "the test measures how long visitors wait")]
pub(super) fn send_at_once(started: &Started, round: usize, bodies: &[Value]) -> Vec<(Answer, Duration)> {
    let barrier = Barrier::new(bodies.len());
    std::thread::scope(|scope| {
        let send = |(number, body)| {
            let barrier = &barrier;
            scope.spawn(move || {
                let mut client = started.client();
                client.get("/api/health", None).unwrap();
                barrier.wait();
                let begin = Instant::now();
                let answer = client.post("/api/bookings", &format!("{round}-{number}"), body).unwrap();
                (answer, begin.elapsed())
            })
        };
        let threads: Vec<_> = bodies.iter().enumerate().map(send).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn one_of_200_gets_the_time() {
    let server = Server::new();
    let started = server.any();
    let before = server.bookings(&started, "jonas").len();
    // On Workers, as long as the endpoint waits for a ledger at most.
    let longest = Duration::from_secs(if server.adapter() == Adapter::Local { 2 } else { 9 });
    for round in 0..rounds(5, 20) {
        let start = format!("2026-12-{:02}T{:02}:00:00Z", 1 + round, 5);
        let bodies: Vec<Value> = (0..200).map(|number| booking("jonas/always", &start, 15, number)).collect();
        let answers = send_at_once(&started, round, &bodies);
        let booked = answers.iter().filter(|(answer, _)| answer.status == 201).count();
        let taken = answers.iter().filter(|(answer, _)| answer.code() == "slot_taken").count();
        let slowest = answers.iter().map(|(_, waited)| *waited).max().unwrap();
        assert_eq!((booked, taken), (1, 199), "round {round}");
        assert!(slowest < longest, "round {round}: somebody waited {slowest:?}");
        assert_eq!(server.bookings(&started, "jonas").len(), before + round + 1);
    }
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn an_invitation_that_works_once_is_used_once_however_many_press_at_once() {
    let server = Server::new();
    let started = server.any();
    let bearer = format!("Bearer {}", server.key("jonas"));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for round in 0..100 {
        let asked = br#"{ "page": "jonas/always" }"#;
        let made = started.client().send("POST", "/api/host/invites", &headers, asked).unwrap();
        assert_eq!(made.status, 201, "{}", made.json());
        let link = made.json()["link"].as_str().unwrap().to_owned();
        // Two who want different times, so that only the invitation stands between them.
        let bodies: Vec<Value> = [0, 12]
            .map(|hour| {
                let start = format!(
                    "2026-12-{:02}T{:02}:{:02}:00Z",
                    1 + round / 40,
                    hour + round % 40 / 4,
                    round % 4 * 15
                );
                let mut body = booking("jonas/always", &start, 15, 2 * round + usize::from(hour == 12));
                body["invite"] = link.split_once("invite=").unwrap().1.into();
                body
            })
            .into();
        let answers = send_at_once(&started, round, &bodies);
        let booked = answers.iter().filter(|(answer, _)| answer.status == 201).count();
        let used = answers.iter().filter(|(answer, _)| answer.code() == "link_used").count();
        assert_eq!((booked, used), (1, 1), "round {round}");
    }
    assert_eq!(server.bookings(&started, "jonas").len(), 100);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn one_of_40_moves_to_the_time_and_the_others_stay() {
    let server = Server::new();
    let started = server.any();
    let start_of = |number: usize| format!("2027-01-{:02}T{:02}:00:00Z", 4 + number / 20, number % 20);
    let book = |number: usize| {
        let body = booking("jonas/always", &start_of(number), 15, number);
        let answer = started.client().post("/api/bookings", &format!("move-{number}"), &body).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    };
    let bookings: Vec<Value> = (0..40).map(book).collect();
    let barrier = Barrier::new(bookings.len());
    let body = br#"{"start":"2027-01-10T12:00:00Z"}"#;
    let codes: Vec<String> = std::thread::scope(|scope| {
        let send = |booking: &Value| {
            let id = booking["booking"]["id"].as_str().unwrap();
            let path = format!("/api/bookings/{id}/reschedule");
            let token = booking["manage_url"].as_str().unwrap().rsplit('/').next().unwrap();
            let bearer = format!("Bearer {token}");
            let (barrier, started) = (&barrier, &started);
            scope.spawn(move || {
                let mut client = started.client();
                client.get("/api/health", None).unwrap();
                barrier.wait();
                let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                let answer = client.send("POST", &path, &headers, body).unwrap();
                if answer.status == 200 { "moved".to_owned() } else { answer.code() }
            })
        };
        let threads: Vec<_> = bookings.iter().map(send).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |code: &str| codes.iter().filter(|told| *told == code).count();
    assert_eq!((count("moved"), count("slot_taken")), (1, 39), "{codes:?}");
    let stored = server.bookings(&started, "jonas");
    for (number, (booking, code)) in bookings.iter().zip(&codes).enumerate() {
        let stored = stored.iter().find(|stored| stored["id"] == booking["booking"]["id"]).unwrap();
        let expected = if code == "moved" { "2027-01-10T12:00:00Z".to_owned() } else { start_of(number) };
        assert_eq!(stored["start"], expected.as_str(), "booking {number}");
    }
}

/// A booking's times in seconds, with the buffers that its page keeps.
fn claim(booking: &Value) -> (i64, i64, i64, i64) {
    let seconds = |name: &str| {
        let instant: chrono::DateTime<chrono::Utc> = booking[name].as_str().unwrap().parse().unwrap();
        instant.timestamp()
    };
    let (before, after) = if booking["page"] == "aiko/short" { (0, 15 * 60) } else { (20 * 60, 0) };
    (seconds("start"), seconds("end"), before, after)
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn no_two_of_100_overlapping_meetings_are_accepted() {
    let server = Server::new();
    let started = server.any();
    for round in 0..rounds(5, 20) {
        // A weekday of its own each round; starts spread over the afternoon by a step that shares no factor with their
        // number.
        let date = 30 + round + 2 * (round / 5);
        let (month, day) = if date <= 30 { (11, date) } else { (12, date - 30) };
        let body = |number: usize| {
            let (page, minutes, every) =
                if number.is_multiple_of(2) { ("aiko/short", 30, 15) } else { ("aiko/long", 45, 5) };
            let offset = (number * 37 % 48) * 5 / every * every;
            let start = format!("2026-{month}-{day:02}T{:02}:{:02}:00Z", 4 + offset / 60, offset % 60);
            booking(page, &start, minutes, number)
        };
        let bodies: Vec<Value> = (0..100).map(body).collect();
        let answers = send_at_once(&started, round, &bodies);
        let booked: Vec<Value> = answers
            .iter()
            .filter(|(answer, _)| answer.status == 201)
            .map(|(answer, _)| answer.json()["booking"].clone())
            .collect();
        let refused = answers.iter().filter(|(answer, _)| answer.code() == "slot_taken").count();
        assert_eq!(
            booked.len() + refused,
            100,
            "round {round}: {:?}",
            answers.iter().map(|(answer, _)| answer.code()).collect::<Vec<_>>()
        );
        assert!(booked.len() >= 2, "round {round}: only {} were booked", booked.len());
        let mut claims: Vec<_> = booked.iter().map(claim).collect();
        claims.sort_unstable();
        for pair in claims.windows(2) {
            let ((_, end, _, after), (start, _, before, _)) = (pair[0], pair[1]);
            assert!(start - end >= after.max(before), "round {round}: {pair:?}");
        }
        let stored = server.bookings(&started, "aiko");
        let stored_here =
            stored.iter().filter(|stored| booked.iter().any(|booked| booked["id"] == stored["id"]));
        assert_eq!(stored_here.count(), booked.len(), "round {round}");
    }
}
