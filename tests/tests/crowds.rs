//! Many visitors at one instant: one of them gets the time, and no two meetings are ever in each other's way.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{Answer, Server, Started, booking, rounds};

/// Sends all bodies at one instant, each over a connection of its own. Answers come with the time that they took.
#[expect(clippy::disallowed_methods, reason = "the test measures how long visitors wait")]
fn send_at_once(started: &Started, round: usize, bodies: &[Value]) -> Vec<(Answer, Duration)> {
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
    for round in 0..rounds(5, 20) {
        let start = format!("2026-12-{:02}T{:02}:00:00Z", 1 + round, 5);
        let bodies: Vec<Value> = (0..200).map(|number| booking("jonas/always", &start, 15, number)).collect();
        let answers = send_at_once(&started, round, &bodies);
        let booked = answers.iter().filter(|(answer, _)| answer.status == 201).count();
        let taken = answers.iter().filter(|(answer, _)| answer.code() == "slot_taken").count();
        let slowest = answers.iter().map(|(_, waited)| *waited).max().unwrap();
        assert_eq!((booked, taken), (1, 199), "round {round}");
        assert!(slowest < Duration::from_secs(2), "round {round}: somebody waited {slowest:?}");
        assert_eq!(server.bookings(&started, "jonas").len(), before + round + 1);
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
        // A weekday of its own each round; starts spread over the afternoon by a step that shares no factor with their number.
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
