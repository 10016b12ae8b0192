//! The courier in a world of its own: time is moved by hand, and ledgers, receivers and crashes are what a test makes
//! them.

use std::collections::{BTreeMap, BTreeSet};

use scheduling::definition::Webhook;
use scheduling::outbox::{Destination, Payload};

use super::*;

const PACE: Pace = Pace {
    under_way: 4,
    loaded: 8,
    records: 10,
    taken_up: 32,
    load_every: TimeDelta::milliseconds(200),
    records_every: TimeDelta::seconds(1),
    settle_every: TimeDelta::milliseconds(200),
    settle_at: 3,
    full_pause: TimeDelta::milliseconds(200),
    fault_pause: TimeDelta::seconds(2),
};

fn at(milliseconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds)
}

fn due(number: i64, url: &str) -> Due {
    let webhook = Webhook { url: url.to_owned(), secret: Vec::new(), events: Vec::new() };
    Due {
        number,
        id: number.to_string(),
        destination: Destination::Webhook(webhook),
        payload: Payload::Booking,
        booking: None,
        event_count: 0,
        is_copy_parked: false,
    }
}

fn record(number: i64) -> Due {
    Due { destination: Destination::Record, ..due(number, "") }
}

fn found(due: Vec<Due>) -> DueNow {
    DueNow { due, calendars: Vec::new(), expired: false, next_at: None }
}

/// A courier for whom one ledger is loaded, with what that ledger says is due.
fn loaded(due: Vec<Due>) -> Courier {
    let mut courier = Courier::new(PACE);
    courier.wake("aiko", Some(at(0)));
    assert!(matches!(courier.poll(at(0)), Some(Errand::Load { .. })));
    courier.loaded("aiko", found(due), at(0));
    courier
}

fn jobs(courier: &mut Courier, now: DateTime<Utc>) -> Vec<Job> {
    let attempts = std::iter::from_fn(|| courier.poll(now)).map(|errand| match errand {
        Errand::Attempt(job) => job,
        other => panic!("not an attempt: {other:?}"),
    });
    attempts.collect()
}

#[test]
fn a_delivery_is_loaded_attempted_and_settled() {
    let mut courier = Courier::new(PACE);
    assert_eq!((courier.poll(at(0)), courier.poll_wake(at(0))), (None, None));
    courier.wake("aiko", Some(at(1000)));
    assert_eq!((courier.poll(at(999)), courier.poll_wake(at(999))), (None, Some(at(1000))));
    let load = Errand::Load { ledger: "aiko".to_owned(), most: 8, records: 10, except: Vec::new() };
    assert_eq!(courier.poll(at(1000)), Some(load));
    courier.loaded("aiko", found(vec![due(7, "one")]), at(1000));
    let jobs = jobs(&mut courier, at(1000));
    assert_eq!(jobs.iter().map(|job| job.number).collect::<Vec<_>>(), [7]);
    assert!(!courier.is_idle());
    courier.attempted(&jobs[0], AttemptOutcome::Taken, 5, at(1100));
    assert!(courier.is_idle());
    assert_eq!((courier.poll(at(1299)), courier.poll_wake(at(1299))), (None, Some(at(1300))));
    let attempts = vec![Attempt { number: 7, outcome: AttemptOutcome::Taken, jitter: 5 }];
    let settle = Errand::Settle { ledger: "aiko".to_owned(), attempts: attempts.clone() };
    assert_eq!(courier.poll(at(1300)), Some(settle));
    courier.settled("aiko", &attempts);
    assert_eq!((courier.poll(at(1300)), courier.poll_wake(at(1300))), (None, None));
}

#[test]
fn many_outcomes_of_one_ledger_are_settled_before_their_time() {
    let mut courier = loaded((1..=3).map(|number| due(number, "one")).collect());
    let jobs = jobs(&mut courier, at(0));
    for job in &jobs[..2] {
        courier.attempted(job, AttemptOutcome::Taken, 0, at(10));
    }
    assert_eq!(courier.poll(at(10)), None);
    courier.attempted(&jobs[2], AttemptOutcome::Taken, 0, at(11));
    let Some(Errand::Settle { attempts, .. }) = courier.poll(at(11)) else { panic!("not settled") };
    assert_eq!(attempts.len(), 3);
    assert_eq!(courier.poll(at(500)), None, "and nothing twice");
}

#[test]
fn a_ledger_that_is_written_to_all_the_time_is_asked_now_and_then() {
    let mut courier = loaded(Vec::new());
    courier.wake("aiko", Some(at(1)));
    assert_eq!((courier.poll(at(1)), courier.poll_wake(at(1))), (None, Some(at(200))));
    assert!(matches!(courier.poll(at(200)), Some(Errand::Load { .. })));
    courier.wake("aiko", Some(at(201)));
    assert_eq!(courier.poll(at(500)), None, "while it is being asked, not asked again");
    courier.loaded("aiko", found(Vec::new()), at(500));
    assert!(matches!(courier.poll(at(700)), Some(Errand::Load { .. })));
}

#[test]
fn what_expired_is_ended_before_a_ledger_says_what_is_due() {
    let mut courier = Courier::new(PACE);
    courier.wake("aiko", Some(at(0)));
    courier.poll(at(0));
    courier.loaded(
        "aiko",
        DueNow { due: vec![due(1, "one")], calendars: Vec::new(), expired: true, next_at: None },
        at(0),
    );
    assert_eq!(courier.poll(at(0)), Some(Errand::Expire { ledger: "aiko".to_owned() }));
    assert_eq!(courier.poll(at(0)), None);
    courier.expired("aiko", at(0));
    assert!(matches!(courier.poll(at(0)), Some(Errand::Load { .. })));
}

#[test]
fn a_ledger_that_fails_is_asked_again_after_a_pause() {
    let mut courier = Courier::new(PACE);
    courier.wake("aiko", Some(at(0)));
    let errand = courier.poll(at(0)).unwrap();
    courier.failed(errand, at(0));
    assert_eq!((courier.poll(at(1999)), courier.poll_wake(at(0))), (None, Some(at(2000))));
    assert!(matches!(courier.poll(at(2000)), Some(Errand::Load { .. })));
}

#[test]
fn what_attempts_came_to_is_kept_until_the_ledger_has_it() {
    let mut courier = loaded(vec![due(1, "one")]);
    let jobs = jobs(&mut courier, at(0));
    courier.attempted(&jobs[0], AttemptOutcome::Taken, 0, at(0));
    let settle = courier.poll(at(200)).unwrap();
    courier.failed(settle.clone(), at(200));
    assert_eq!(courier.poll_wake(at(200)), Some(at(2400)));
    assert_eq!(courier.poll(at(2400)), Some(settle));
    courier.wake("aiko", Some(at(2400)));
    let Some(Errand::Load { except, .. }) = courier.poll(at(2400)) else { panic!("not asked") };
    assert_eq!(except, [1], "it is still known here, so it is not attempted twice");
}

#[test]
fn records_are_written_together_one_writing_at_a_time_and_once_a_second() {
    let mut courier = loaded(vec![record(1), record(2)]);
    let Some(Errand::Record { due, .. }) = courier.poll(at(0)) else { panic!("not written") };
    assert_eq!(due.len(), 2);
    courier.wake("aiko", Some(at(300)));
    let records = |errand| match errand {
        Some(Errand::Load { records, .. }) => records,
        other => panic!("not asked: {other:?}"),
    };
    assert_eq!(records(courier.poll(at(300))), 0, "they are being written");
    courier.loaded("aiko", found(Vec::new()), at(300));
    let taken = |number| Attempt { number, outcome: AttemptOutcome::Taken, jitter: 0 };
    courier.recorded("aiko", vec![taken(1), taken(2)], TimeDelta::zero(), at(400));
    assert!(matches!(courier.poll(at(600)), Some(Errand::Settle { .. })));
    courier.wake("aiko", Some(at(600)));
    assert_eq!(records(courier.poll(at(600))), 0, "less than a second later");
    courier.loaded("aiko", found(Vec::new()), at(600));
    assert_eq!(courier.poll_wake(at(600)), Some(at(1400)));
    assert_eq!(records(courier.poll(at(1400))), 10);
}

#[test]
fn a_round_makes_so_many_requests_and_no_more() {
    let mut courier = Courier::new(PACE);
    courier.begin_round(3);
    courier.wake("aiko", Some(at(0)));
    courier.poll(at(0));
    courier.loaded("aiko", found((1..=6).map(|number| due(number, &number.to_string())).collect()), at(0));
    let jobs = jobs(&mut courier, at(0));
    assert_eq!((jobs.len(), courier.is_spent()), (3, true));
    assert_eq!(courier.poll_wake(at(0)), Some(at(0)), "a new round goes on at once");
    courier.attempted(&jobs[0], AttemptOutcome::Taken, 0, at(50));
    assert!(matches!(courier.poll(at(250)), Some(Errand::Settle { .. })), "settling is no request");
    courier.begin_round(3);
    assert!(matches!(courier.poll(at(250)), Some(Errand::Attempt(_))));
}

/// A ledger as far as a courier sees it: what is pending and from when on, and how often each was attempted.
#[derive(Default)]
struct Ledger {
    pending: BTreeMap<i64, DateTime<Utc>>,
    taken: BTreeSet<i64>,
}

/// Any order of events, from a seed: deliveries come, attempts fail, the ledger fails, the process ends and begins
/// anew. At the end everything has gone out, and nothing was attempted once the ledger had noted it.
fn live_through(seed: u64) {
    let mut state = seed;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let (mut ledger, mut courier, mut under_way) = (Ledger::default(), Courier::new(PACE), Vec::new());
    let (mut next_number, mut step) = (1, 0);
    while step < 400 || !ledger.pending.is_empty() {
        let now = at(step * 100);
        assert!(step < 20_000, "seed {seed}: {} left", ledger.pending.len());
        let calm = step >= 400;
        if !calm && random(3) == 0 {
            ledger.pending.insert(next_number, now);
            next_number += 1;
            courier.wake("aiko", ledger.pending.values().min().copied());
        }
        if !calm && random(60) == 0 {
            (courier, under_way) = (Courier::new(PACE), Vec::new());
            courier.wake("aiko", Some(now));
        }
        while let Some(errand) = courier.poll(now) {
            under_way.push(errand);
        }
        while !under_way.is_empty() && random(4) > 0 {
            let errand = under_way.swap_remove(random(under_way.len()));
            let fails = !calm && random(5) == 0;
            end(&mut courier, &mut ledger, errand, fails, now);
        }
        step += 1;
    }
    assert_eq!(ledger.taken, (1..next_number).collect());
}

fn end(courier: &mut Courier, ledger: &mut Ledger, errand: Errand, fails: bool, now: DateTime<Utc>) {
    match errand {
        Errand::Attempt(job) => {
            assert!(!ledger.taken.contains(&job.number), "{} had been noted as taken", job.number);
            let failed = AttemptOutcome::Failed { reason: String::new(), retry_after_seconds: None };
            courier.attempted(&job, if fails { failed } else { AttemptOutcome::Taken }, 0, now);
        }
        errand if fails => courier.failed(errand, now),
        Errand::Load { ledger: name, most, except, .. } => {
            let is_due = |(number, from): &(&i64, &DateTime<Utc>)| **from <= now && !except.contains(number);
            let due = ledger.pending.iter().filter(is_due).take(most as usize);
            let due = due.map(|(number, _)| due_of(*number)).collect();
            let next_at = ledger.pending.values().filter(|from| **from > now).min().copied();
            courier.loaded(&name, DueNow { due, calendars: Vec::new(), expired: false, next_at }, now);
        }
        Errand::Settle { ledger: name, attempts } => {
            for attempt in &attempts {
                if attempt.outcome == AttemptOutcome::Taken {
                    ledger.pending.remove(&attempt.number);
                    ledger.taken.insert(attempt.number);
                } else if let Some(from) = ledger.pending.get_mut(&attempt.number) {
                    *from = now + TimeDelta::milliseconds(300);
                }
            }
            courier.settled(&name, &attempts);
            courier.wake(&name, ledger.pending.values().min().copied());
        }
        Errand::Expire { .. } | Errand::Record { .. } | Errand::Read { .. } => {
            panic!("nothing of that kind is here")
        }
    }
}

fn due_of(number: i64) -> Due {
    due(number, ["one", "two", "three"][usize::try_from(number).unwrap() % 3])
}

#[test]
fn whatever_happens_everything_goes_out_and_nothing_after_it_was_noted() {
    (0..200).for_each(live_through);
}
