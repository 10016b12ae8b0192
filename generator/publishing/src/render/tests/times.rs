//! The list of times: what marks a time, and what the compact forms of windows and offsets say.

use chrono::NaiveDate;
use scheduling::availability::Window;
use scheduling::definition::Rules;
use scheduling::hours::{DatedHours, Opening};
use scheduling::zone::{Regime, Zone};

use super::super::pages::times;
use super::super::theme::words::Words;
use super::harness::root;

fn rules(zone: &str, date: &str, opening: (u16, u16), durations: &[u32]) -> Rules {
    let date: NaiveDate = date.parse().unwrap();
    let opening = Opening { start: opening.0 * 60, end: opening.1 * 60 };
    let dated = DatedHours { first: date, last: date, hours: vec![opening] };
    serde_json::from_value(serde_json::json!({
        "time_zone": zone,
        "page_hours": null,
        "host_hours": [[], [], [], [], [], [], []],
        "page_dates": [dated],
        "host_dates": [],
        "holidays": {},
        "durations_minutes": durations,
        "start_every_minutes": durations[0],
        "notice_minutes": 0,
        "window": { "days": null, "from": date, "until": date },
        "buffer": { "before_minutes": 0, "after_minutes": 0 },
        "limit": { "per_day": null, "per_week": null },
    }))
    .unwrap()
}

#[track_caller]
fn check(rules: &Rules, expected: &str) {
    let words = Words::load(&root().join("site/locales/en")).unwrap();
    let today = rules.page_dates[0].first;
    let windows = rules.bake(today).windows;
    let midnight = today.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let regimes = rules.time_zone.regimes(midnight - 172_800, midnight + 172_800);
    assert_eq!(times::list(rules, &windows, &regimes, &words).html, expected);
}

#[test]
fn a_day_is_a_fieldset_and_a_time_a_radio_button() {
    check(
        &rules("Asia/Tokyo", "2026-12-01", (9, 10), &[30]),
        "<fieldset><legend>Tuesday 1 December</legend>\
         <label><input type=radio name=start id=start required value=g1g.0>09:00</label>\
         <label><input type=radio name=start value=g1g.30>09:30</label></fieldset>",
    );
    check(&rules("Asia/Tokyo", "2026-12-01", (9, 9), &[30]), "");
}

#[test]
fn a_time_where_not_every_duration_fits_says_so() {
    check(
        &rules("Asia/Tokyo", "2026-12-01", (9, 10), &[30, 60]),
        "<fieldset><legend>Tuesday 1 December</legend>\
         <label><input type=radio name=start id=start required value=g1g.0>09:00</label>\
         <label><input type=radio name=start value=g1g.30 data-m=30>09:30 <small>up to 30 minutes</small></label></fieldset>",
    );
}

#[test]
fn an_hour_that_comes_twice_shows_its_offset() {
    check(
        &rules("Europe/Berlin", "2026-10-25", (1, 4), &[60]),
        "<fieldset><legend>Sunday 25 October</legend>\
         <label><input type=radio name=start id=start required value=g0e.1380>01:00</label>\
         <label><input type=radio name=start value=g0f.0>02:00 <small>UTC+2</small></label>\
         <label><input type=radio name=start value=g0f.60>02:00 <small>UTC+1</small></label>\
         <label><input type=radio name=start value=g0f.120>03:00</label></fieldset>",
    );
}

#[test]
fn an_hour_that_is_skipped_is_not_there() {
    check(
        &rules("Europe/Berlin", "2027-03-28", (1, 4), &[60]),
        "<fieldset><legend>Sunday 28 March</legend>\
         <label><input type=radio name=start id=start required value=g4p.0>01:00</label>\
         <label><input type=radio name=start value=g4p.60>03:00</label></fieldset>",
    );
}

#[test]
fn compact_forms_count_from_what_came_before() {
    let window = |first| Window { first, before: first + 600, until: first + 900, grid_start: first - 60 };
    assert_eq!(times::compact(&[window(6000), window(9000)]), "100,10,15,50,10,15");
    assert_eq!(times::compact(&[]), "");
    let regime = |from, offset| Regime { from, until: i64::MAX, offset };
    assert_eq!(times::compact_offsets(&[regime(0, 7200), regime(500, 3600)]), "7200,500,3600");
    assert_eq!(Zone::named("Asia/Tokyo").unwrap().regimes(0, 10).len(), 1);
}
