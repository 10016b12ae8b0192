//! chrono-tz as a witness: `Zone` agrees with what others made of the same database, at every change of offset.
//!
//! Its data is older than ours, so some zones differ on purpose. Those are listed, each with its reason.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeSet;

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::{IANA_TZDB_VERSION, TZ_VARIANTS, Tz};
use scheduling::zone::Zone;

/// From 1970, as neither database promises anything before, to where chrono-tz stops working out rules.
const FROM: i64 = 0;
const UNTIL: &str = "2099-12-01T00:00:00Z";

/// So often both are asked between changes, too: whatever only chrono-tz has changed lasts longer.
const STEP_SECONDS: usize = 5 * 86_400;

/// Zones that the database has changed after 2025b, from when until when they differ, and why.
const DIFFERENCES: &[(&str, &str, &str, &str)] = &[
    (
        "America/Ensenada America/Santa_Isabel America/Tijuana Mexico/BajaNorte",
        "1970-04-26",
        "1975-10-27",
        "2025c: Baja California had the summer times of California from 1961 to 1975",
    ),
    ("America/Bogota", "1992-05-02", "1992-05-04", "since 2025c: Colombia's summer time began a day earlier"),
    ("Asia/Tehran Iran", "1979-05-25", "1979-05-27", "since 2025c: Iran's summer time began a day earlier"),
    (
        "Europe/Chisinau Europe/Tiraspol",
        "2022-03-26",
        "",
        "2026a: Moldova has changed its clocks with the EU since 2022",
    ),
    (
        "America/Vancouver Canada/Pacific",
        "2026-11-01",
        "",
        "2026b: British Columbia no longer changes its clocks",
    ),
    ("America/Edmonton Canada/Mountain", "2026-11-01", "", "2026c: Alberta no longer changes its clocks"),
    ("America/Inuvik America/Yellowknife", "2026-11-01", "", "since 2026c: nor do the Northwest Territories"),
    (
        "America/Winnipeg America/Rainy_River Canada/Central",
        "2026-11-01",
        "",
        "since 2026c: nor does Manitoba",
    ),
    ("Africa/Casablanca Africa/El_Aaiun", "2026-09-20", "", "2026c: Morocco is on UTC for good"),
    (
        "America/Havana Cuba",
        "2026-11-01",
        "2027-03-15",
        "since 2026c: Cuba keeps its summer time in the winter of 2026",
    ),
];

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
        let between = (regime.from..regime.until).step_by(STEP_SECONDS);
        found.extend(between.chain([regime.until - 1]).filter(|at| witness(other, *at) != regime.offset));
    }
    found
}

/// Whether a zone is known to differ at an instant.
fn is_known(zone: &str, at: i64) -> bool {
    let midnight = |date: &str| instant(&format!("{date}T00:00:00Z"));
    DIFFERENCES.iter().any(|(zones, from, until, _)| {
        zones.split(' ').any(|own| own == zone)
            && midnight(from) <= at
            && (until.is_empty() || at < midnight(until))
    })
}

#[test]
fn every_zone_is_as_chrono_tz_has_it_but_for_what_has_changed_since() {
    let mut compared = 0;
    let mut differing = BTreeSet::new();
    for other in TZ_VARIANTS {
        let Ok(zone) = Zone::named(other.name()) else { continue };
        compared += 1;
        let found = disagreements(&zone, other);
        let unknown = found.iter().find(|at| !is_known(other.name(), **at));
        let unknown = unknown.and_then(|at| DateTime::from_timestamp(*at, 0));
        assert_eq!(unknown, None, "{other} differs there from chrono-tz with {IANA_TZDB_VERSION}");
        differing.extend(found.first().map(|_| other.name()));
    }
    assert!(compared > 590, "only {compared} zones are known to both");
    for (zones, _, _, why) in DIFFERENCES {
        for zone in zones.split(' ') {
            assert!(
                differing.contains(zone),
                "{zone} is as chrono-tz has it: leave it out of the list ({why})"
            );
        }
    }
}

/// A place's former name leads to the same times as today's; the database links all of them, too.
#[test]
fn former_names_keep_the_times_of_todays() {
    let mut checked = 0;
    for (old, today) in Zone::renamed() {
        let Ok(other) = old.parse::<Tz>() else { continue };
        let zone = Zone::named(old).unwrap();
        assert_eq!(zone, Zone::named(today).unwrap(), "{old}");
        let found = disagreements(&zone, other);
        let unknown = found.iter().find(|at| !is_known(old, **at));
        assert_eq!(unknown, None, "{old} was not {today} at that instant");
        checked += 1;
    }
    assert!(checked > 145, "only {checked} former names are known to chrono-tz");
}

/// `Zone` would be built on chrono-tz, chrono's own companion, if its data were not older than jiff's.
#[test]
fn chrono_tz_is_still_behind() {
    let ours = Zone::database_version();
    assert!(
        IANA_TZDB_VERSION < ours,
        "chrono-tz has caught up: its data is {IANA_TZDB_VERSION}, ours {ours}. Zone can be built on it now; see Time in \
         ARCHITECTURE.md"
    );
}
