//! Prints, as JSON lines, every change of offset of every bundled zone from 2024 to 2035, and what the wall times
//! around each mean: for tests/zones/compare.py, which asks Python's zoneinfo the same.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use scheduling::zone::{WallTime, Zone};
use serde_json::json;

fn main() {
    println!("{}", json!({ "version": Zone::database_version() }));
    let (from, until) = (1_704_067_200, 2_082_758_400);
    let mut names: Vec<_> = Zone::names().collect();
    names.sort_unstable();
    for name in names {
        let Ok(zone) = Zone::named(name) else { panic!("{name} is listed and cannot be read") };
        let regimes = zone.regimes(from, until);
        let changes: Vec<_> = regimes.iter().map(|regime| (regime.from, regime.offset)).collect();
        let walls: Vec<_> = regimes
            .windows(2)
            .flat_map(|pair| walls_around(pair[1].from, pair[0].offset, pair[1].offset))
            .map(|wall| json!([wall.format("%Y-%m-%dT%H:%M:%S").to_string(), meaning(&zone, wall)]))
            .collect();
        println!("{}", json!({ "zone": name, "changes": changes, "walls": walls }));
    }
}

/// Wall times before, at both edges of, within, and after what a change skips or repeats.
fn walls_around(change: i64, before: i64, after: i64) -> Vec<NaiveDateTime> {
    let (low, high) = (change + before.min(after), change + before.max(after));
    let instants = [low - 3600, low - 1, low, i64::midpoint(low, high), high - 1, high, high + 3600];
    instants.iter().filter_map(|at| DateTime::from_timestamp(*at, 0)).map(|at| at.naive_utc()).collect()
}

/// The instants that a wall time happens at.
fn meaning(zone: &Zone, wall: NaiveDateTime) -> Vec<i64> {
    let seconds = |instant: DateTime<Utc>| {
        // What the zone says of a wall time, and of that instant, must agree.
        assert_eq!(zone.to_wall_time(instant), wall);
        assert_eq!(wall.and_utc() - instant, TimeDelta::seconds(zone.offset_seconds(instant)));
        instant.timestamp()
    };
    match zone.at_wall_time(wall) {
        WallTime::Skipped => vec![],
        WallTime::Once(instant) => vec![seconds(instant)],
        WallTime::Twice(first, second) => vec![seconds(first), seconds(second)],
    }
}
