//! chrono-tz as a witness: `Zone` agrees with what others made of the same database, at every change of offset.
//!
//! Its data is older than ours, so some zones differ on purpose. Those are listed, each with its reason.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::{IANA_TZDB_VERSION, TZ_VARIANTS, Tz};
use scheduling::zone::Zone;

/// From 1970, as neither database promises anything before, to where chrono-tz stops working out rules.
const FROM: i64 = 0;
const UNTIL: &str = "2099-12-01T00:00:00Z";

/// So often both are asked between changes, too: whatever only chrono-tz has changed lasts longer.
const STEP_SECONDS: i64 = 5 * 86_400;

/// What the database learnt after 2025b: zones, from when on they differ, and why.
const DIFFERENCES: &[(&[&str], &str, &str)] = &[];

fn instant(text: &str) -> i64 {
    text.parse::<DateTime<Utc>>().unwrap().timestamp()
}

fn witness(zone: Tz, at: i64) -> i64 {
    let utc = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into()
}

/// The instants at which the two disagree, of those just before and after each change, and of one every few days.
fn disagreements(zone: &Zone, other: Tz) -> Vec<i64> {
    let mut found = Vec::new();
    for regime in zone.regimes(FROM, instant(UNTIL)) {
        let between = (regime.from..regime.until).step_by(STEP_SECONDS.unsigned_abs() as usize);
        found.extend(between.chain([regime.until - 1]).filter(|at| witness(other, *at) != regime.offset));
    }
    found
}

#[test]
fn every_zone_is_as_chrono_tz_has_it() {
    let mut compared = 0;
    let mut seen = Vec::new();
    for other in TZ_VARIANTS {
        let Ok(zone) = Zone::named(other.name()) else { continue };
        compared += 1;
        let found = disagreements(&zone, other);
        let Some((first, last)) = found.first().zip(found.last()) else { continue };
        let in_words = |at: i64| DateTime::from_timestamp(at, 0).unwrap();
        seen.push(other.name());
        println!("{} {} {}", other.name(), in_words(*first), in_words(*last));
    }
    println!("{compared} {}", IANA_TZDB_VERSION);
    assert!(seen.is_empty());
}
