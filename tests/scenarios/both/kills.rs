//! A server that is killed or stopped under load: every booking that was acknowledged is there afterwards.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use acceptance::{PATIENCE, Server, Started, booking, rounds, wait_until};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// The number that is tried again after a kill: each refusal looks for other times, which takes longer than a booking.
const MOST_TRIED: usize = 40;

/// The number that is acknowledged in each round before its kill, however slow the machine is.
const LEAST_ACKNOWLEDGED: usize = 4;

/// A booking that was acknowledged.
struct Acknowledged {
    id: String,
    token: String,
    start: String,
}

/// The start of a number: every quarter of an hour, from the second day on.
fn start_of(number: usize) -> String {
    let (day, quarter) = (number / 96, number % 96);
    let (month, day) = if day < 5 {
        (11, 26 + day)
    } else if day < 36 {
        (12, day - 4)
    } else {
        (1, day - 35)
    };
    let year = if month == 1 { 2027 } else { 2026 };
    format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00Z", quarter / 4, quarter % 4 * 15)
}

/// Books over some connections, a start after the other, until `until` returns, which is given the number of those that
/// were acknowledged so far. Gives what was acknowledged.
fn book_until(started: &Started, next: &AtomicUsize, until: impl FnOnce(&AtomicUsize)) -> Vec<Acknowledged> {
    let told = AtomicUsize::new(0);
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let visit = || {
            let mut client = started.client();
            let mut acknowledged = Vec::new();
            while !ends.load(Ordering::SeqCst) {
                let number = next.fetch_add(1, Ordering::SeqCst);
                let start = start_of(number);
                let body = booking("jonas/always", &start, 15, number);
                let Ok(answer) = client.post("/api/bookings", &format!("key-{number}"), &body) else { break };
                if answer.status == 201 {
                    let json = answer.json();
                    let url = json["manage_url"].as_str().unwrap();
                    let token = url.rsplit('/').next().unwrap().to_owned();
                    acknowledged.push(Acknowledged {
                        id: json["booking"]["id"].as_str().unwrap().to_owned(),
                        token,
                        start,
                    });
                    told.fetch_add(1, Ordering::SeqCst);
                }
            }
            acknowledged
        };
        let visitors: Vec<_> = (0..8).map(|_| scope.spawn(visit)).collect();
        until(&told);
        ends.store(true, Ordering::SeqCst);
        visitors.into_iter().flat_map(|visitor| visitor.join().unwrap()).collect()
    })
}

/// Each is there, its time is soon not offered, and the last ones, which the kill was nearest to, cannot be booked
/// again.
#[track_caller]
fn assert_kept(started: &Started, acknowledged: &[Acknowledged]) {
    let mut client = started.client();
    for kept in acknowledged {
        let answer = client.get(&format!("/api/bookings/{}", kept.id), Some(&kept.token)).unwrap().json();
        assert_eq!(answer["booking"]["status"], "confirmed", "{} is lost: {answer}", kept.start);
    }
    // On Workers, what is offered is read from KV.
    wait_until(PATIENCE, || offered_again(started, acknowledged).is_none());
    assert_eq!(offered_again(started, acknowledged), None, "it is offered again");
    for kept in acknowledged.iter().rev().take(MOST_TRIED) {
        let again = booking("jonas/always", &kept.start, 15, usize::MAX);
        let answer = client.post("/api/bookings", &format!("again-{}", kept.id), &again).unwrap();
        assert_eq!(answer.code(), "slot_taken", "{} is free again: {}", kept.start, answer.json());
    }
}

/// The first of them whose time is offered.
fn offered_again<'a>(started: &Started, acknowledged: &'a [Acknowledged]) -> Option<&'a str> {
    let answer = started.client().get("/api/availability/jonas/always", None).unwrap().json();
    let offered: HashSet<i64> =
        answer["slots"].as_array().unwrap().iter().filter_map(Value::as_i64).collect();
    let is_offered = |start: &str| offered.contains(&start.parse::<DateTime<Utc>>().unwrap().timestamp());
    acknowledged.iter().map(|kept| kept.start.as_str()).find(|start| is_offered(start))
}

/// A pause that differs from round to round, and not from run to run.
fn pause(round: usize) -> Duration {
    let spread = u64::try_from(round).unwrap().wrapping_mul(2_654_435_761) % 400;
    Duration::from_millis(20 + spread)
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn what_was_acknowledged_outlives_a_kill() {
    let server = Server::new();
    let next = AtomicUsize::new(0);
    let mut all = Vec::new();
    for round in 0..rounds(5, 20) {
        let started = server.start();
        // The kill comes while requests are under way: visitors stop when it breaks their connections.
        let acknowledged = book_until(&started, &next, |told| {
            wait_until(PATIENCE, || told.load(Ordering::SeqCst) >= LEAST_ACKNOWLEDGED);
            std::thread::sleep(pause(round));
            started.kill();
        });
        let restarted = server.start();
        assert_kept(&restarted, &acknowledged);
        restarted.kill();
        all.extend(acknowledged);
    }
    // No later kill has taken what outlived an earlier one. Asked once: a quick server acknowledges thousands.
    assert_kept(&server.start(), &all);
    assert!(all.len() >= LEAST_ACKNOWLEDGED * rounds(5, 20), "hardly anything was booked: {}", all.len());
}
