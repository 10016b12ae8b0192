//! The engine's speed: the slots of a 60-day window with 500 bookings in the ledger, as the endpoint asks for them.

#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros write undocumented items; the values are written here"
)]

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use scheduling::availability::Query;
use scheduling::claim::Claim;
use scheduling::definition::{Buffer, DateWindow, Limit, Rules};
use scheduling::hours::{Opening, WeeklyHours};
use scheduling::zone::Zone;

/// Every day 09:00 to 17:00, starts every half hour: about 900 starts in 60 days, over a change of offset.
fn rules(limit: Limit) -> Rules {
    Rules {
        time_zone: Zone::named("Europe/Berlin").expect("a zone of the database"),
        page_hours: None,
        host_hours: WeeklyHours(std::array::from_fn(|_| vec![Opening { start: 9 * 60, end: 17 * 60 }])),
        page_dates: vec![],
        host_dates: vec![],
        holidays: std::collections::BTreeMap::new(),
        durations_minutes: vec![30, 60],
        start_every_minutes: 30,
        notice_minutes: 60,
        window: DateWindow { days: Some(60), from: None, until: None },
        buffer: Buffer { before_minutes: 5, after_minutes: 10 },
        limit,
    }
}

fn now() -> DateTime<Utc> {
    "2027-02-15T08:00:00Z".parse().expect("a date")
}

/// 500 bookings of 15 minutes, eight or nine a day.
fn claims() -> Vec<Claim> {
    let claim = |index: i64| {
        let start = now() + TimeDelta::days(index / 9) + TimeDelta::minutes(index % 9 * 50 + 20);
        Claim {
            page: if index % 2 == 0 { "aiko/intro" } else { "aiko/review" }.to_owned(),
            start: start.timestamp(),
            end: start.timestamp() + 15 * 60,
            before: 0,
            after: 5 * 60,
            seats_taken: 1,
            capacity: 1,
            expires_at: None,
            calendar: None,
        }
    };
    (0..500).map(claim).collect()
}

fn slots(criterion: &mut Criterion) {
    let claims = claims();
    let plain = rules(Limit::default());
    let limited = rules(Limit { per_day: Some(8), per_week: Some(40) });
    let count = |rules: &Rules, claims: &[Claim]| {
        let query = Query { now: now(), with_notice: true, dates: None, page: "aiko/intro", claims };
        let windows = rules.windows(&query);
        windows.iter().flat_map(|window| window.starts(rules.start_every_minutes, 30)).count()
    };
    assert!(count(&plain, &claims) > 0 && count(&plain, &[]) > 900);
    criterion.bench_function("slots of 60 days, 500 bookings", |bencher| {
        bencher.iter(|| count(black_box(&plain), black_box(&claims)));
    });
    criterion.bench_function("slots of 60 days, 500 bookings, limits by day and week", |bencher| {
        bencher.iter(|| count(black_box(&limited), black_box(&claims)));
    });
    criterion.bench_function("slots of 60 days, none taken", |bencher| {
        bencher.iter(|| count(black_box(&plain), black_box(&[])));
    });
    let start = "2027-03-28T07:00:00Z".parse::<DateTime<Utc>>().expect("a date").timestamp();
    assert_eq!(plain.verdict(now(), start, 30), None);
    criterion.bench_function("verdict on one start", |bencher| {
        bencher.iter(|| plain.verdict(black_box(now()), black_box(start), 30));
    });
}

criterion_group!(benches, slots);
criterion_main!(benches);
