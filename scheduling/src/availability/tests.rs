//! Cases are data: rules in a few words, the time, and the starts expected as wall times with their offset.
//! To add one, write a `check` line. The rules are in the content format's "Availability, exactly".

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use proptest::prelude::*;

use super::{Explanation, Query, Reason, Window, start_of_date};
use crate::claim::{Claim, conflicts};
use crate::definition::{Buffer, DateWindow, Limit, Rules};
use crate::hours::{DatedHours, HoursSource, Opening, WeeklyHours, merge_touching, monday_of};
use crate::refusal::Refusal;
use crate::zone::Zone;

const PAGE: &str = "aiko/intro";

#[test]
fn starts_lie_on_the_grid_of_each_opening() {
    let rules = rules("UTC", "09:00-10:10,13:05-14:00").durations(&[30]);
    check(&rules, "2026-12-01T00:00Z", "2026-12-01", "09:00 09:30 13:05");
    check(&rules.clone().every(15), "2026-12-01T00:00Z", "2026-12-01", "09:00 09:15 09:30 13:05 13:20");
    check(&rules.clone().every(45), "2026-12-01T00:00Z", "2026-12-01", "09:00 13:05");
}

#[test]
fn openings_that_touch_are_one() {
    check(
        &rules("UTC", "09:00-09:20,09:20-10:00").durations(&[30]),
        "2026-12-01T00:00Z",
        "2026-12-01",
        "09:00 09:30",
    );
}

#[test]
fn each_duration_ends_within_open_time() {
    let rules = rules("UTC", "09:00-10:30").durations(&[30, 60, 90, 120]).every(30);
    check(&rules, "2026-12-01T00:00Z", "2026-12-01", "09:00 09:30 10:00");
    check_minutes(&rules, 60, "2026-12-01", "09:00 09:30");
    check_minutes(&rules, 90, "2026-12-01", "09:00");
    check_minutes(&rules, 120, "2026-12-01", "");
}

#[test]
fn a_meeting_runs_over_midnight_into_an_opening_that_begins_there() {
    let wednesday_night =
        rules("UTC", "").on(Weekday::Wed, "23:00-24:00").on(Weekday::Thu, "00:00-00:30").durations(&[60]);
    check(&wednesday_night.clone().every(30), "2026-12-01T00:00Z", "2026-12-02", "23:00 23:30");
    check(&wednesday_night.clone().every(30), "2026-12-01T00:00Z", "2026-12-03", "");
    let until_midnight = rules("UTC", "").on(Weekday::Wed, "23:00-24:00").durations(&[60]).every(30);
    check(&until_midnight, "2026-12-01T00:00Z", "2026-12-02", "23:00");
}

#[test]
fn a_day_without_end_runs_into_the_next() {
    let rules = rules("UTC", "00:00-24:00").durations(&[1440]).every(720);
    check(&rules, "2026-12-01T00:00Z", "2026-12-02", "00:00 12:00");
}

#[test]
fn a_wall_time_that_is_skipped_starts_nothing() {
    // Berlin, 2027-03-28: 02:00 becomes 03:00.
    let rules = rules("Europe/Berlin", "01:00-04:00").durations(&[30]);
    check(&rules, "2027-03-20T00:00Z", "2027-03-28", "01:00+01 01:30+01 03:00+02 03:30+02");
    // A meeting lasts its minutes in real time: from 01:30 it ends at 03:30.
    check_minutes(&rules.clone().durations(&[60]).every(30), 60, "2027-03-28", "01:00+01 01:30+01 03:00+02");
    let gap_only = crate::availability::tests::rules("Europe/Berlin", "02:00-03:00").durations(&[30]);
    check(&gap_only, "2027-03-20T00:00Z", "2027-03-28", "");
}

#[test]
fn a_wall_time_that_is_repeated_starts_twice() {
    // Berlin, 2026-10-25: 03:00 becomes 02:00.
    let rules = rules("Europe/Berlin", "01:00-04:00").durations(&[60]);
    check(&rules, "2026-10-20T00:00Z", "2026-10-25", "01:00+02 02:00+02 02:00+01 03:00+01");
    // An opening within the repeated hour is two separate pieces: nothing runs from one into the other.
    let half = crate::availability::tests::rules("Europe/Berlin", "02:00-02:30").durations(&[30]);
    check(&half, "2026-10-20T00:00Z", "2026-10-25", "02:00+02 02:00+01");
    let longer = half.durations(&[45]);
    check(&longer, "2026-10-20T00:00Z", "2026-10-25", "");
}

#[test]
fn a_grid_across_a_change_of_offset_is_counted_in_wall_time() {
    // Starts every 45 minutes from 01:00: 01:45, 02:30 (skipped), 03:15.
    let rules = rules("Europe/Berlin", "01:00-04:00").durations(&[30]).every(45);
    check(&rules, "2027-03-20T00:00Z", "2027-03-28", "01:00+01 01:45+01 03:15+02");
}

#[test]
fn odd_changes_of_offset_are_no_exception() {
    // Lord Howe moves by half an hour: on 2026-10-04, 02:00 becomes 02:30; on 2027-04-04, 02:00 becomes 01:30.
    let lord_howe = rules("Australia/Lord_Howe", "01:00-03:00").durations(&[30]);
    check(&lord_howe, "2026-10-01T00:00Z", "2026-10-04", "01:00+10:30 01:30+10:30 02:30+11");
    check(
        &lord_howe,
        "2027-04-01T00:00Z",
        "2027-04-04",
        "01:00+11 01:30+11 01:30+10:30 02:00+10:30 02:30+10:30",
    );
    // Samoa skipped 2011-12-30 as a whole.
    let apia = rules("Pacific/Apia", "09:00-10:00").durations(&[60]);
    check(&apia, "2011-12-28T00:00Z", "2011-12-30", "");
    check(&apia, "2011-12-28T00:00Z", "2011-12-31", "09:00");
}

#[test]
fn british_columbia_no_longer_changes_its_clocks() {
    let rules = rules("America/Vancouver", "09:00-10:00").durations(&[60]);
    let windows = rules.windows(&query("2026-11-24T00:00:00Z".parse().unwrap(), &[]).on("2026-12-01"));
    assert_eq!(
        DateTime::from_timestamp(windows[0].first, 0).unwrap().to_rfc3339(),
        "2026-12-01T16:00:00+00:00"
    );
}

#[test]
fn dates_override_weekly_hours_in_order() {
    let mut rules = rules("UTC", "09:00-10:00").durations(&[60]);
    rules.holidays.insert(date("2026-12-02"), "Founders' Day".to_owned());
    rules.holidays.insert(date("2026-12-03"), "Another".to_owned());
    rules.host_dates = vec![dated("2026-12-03", "2026-12-05", "14:00-15:00")];
    rules.page_dates = vec![dated("2026-12-05", "2026-12-05", "18:00-19:00")];
    let source = |day| rules.hours_on(date(day)).0;
    assert_eq!(source("2026-12-01"), HoursSource::HostHours);
    assert_eq!(source("2026-12-02"), HoursSource::Holiday("Founders' Day"));
    assert_eq!(source("2026-12-03"), HoursSource::HostDates);
    assert_eq!(source("2026-12-05"), HoursSource::PageDates);
    check(&rules, "2026-12-01T00:00Z", "2026-12-01", "09:00");
    check(&rules, "2026-12-01T00:00Z", "2026-12-02", "");
    check(&rules, "2026-12-01T00:00Z", "2026-12-03", "14:00");
    check(&rules, "2026-12-01T00:00Z", "2026-12-05", "18:00");
    rules.page_hours = Some(WeeklyHours::default());
    assert_eq!(rules.hours_on(date("2026-12-01")), (HoursSource::PageHours, &[][..]));
}

#[test]
fn notice_is_real_time_from_now() {
    let rules = rules("UTC", "09:00-11:00").durations(&[30]).notice(60);
    check(&rules, "2026-12-01T08:00Z", "2026-12-01", "09:00 09:30 10:00 10:30");
    check(&rules, "2026-12-01T08:00:01Z", "2026-12-01", "09:30 10:00 10:30");
    check(&rules, "2026-12-01T10:00Z", "2026-12-01", "");
    check(&rules.notice(0), "2026-12-01T09:30:00.5Z", "2026-12-01", "10:00 10:30");
}

#[test]
fn a_rolling_window_counts_dates_of_the_hosts_zone() {
    let rules = rules("Asia/Tokyo", "09:00-10:00").durations(&[60]).window(Some(2), None, None);
    let dates = |now: &str| rules.dates_at(instant(now)).map(|(first, last)| format!("{first}..{last}"));
    assert_eq!(dates("2026-12-01T14:59Z").unwrap(), "2026-12-01..2026-12-03");
    assert_eq!(dates("2026-12-01T15:00Z").unwrap(), "2026-12-02..2026-12-04");
}

#[test]
fn fixed_and_rolling_windows_hold_together() {
    let check = |days, from, until, expected: &str| {
        let rules = rules("UTC", "09:00-10:00").window(days, from, until);
        let dates =
            rules.dates_at(instant("2026-12-01T00:00Z")).map(|(first, last)| format!("{first}..{last}"));
        assert_eq!(dates.unwrap_or_default(), expected);
    };
    check(Some(10), None, None, "2026-12-01..2026-12-11");
    check(None, None, Some("2026-12-20"), "2026-12-01..2026-12-20");
    check(None, Some("2026-12-10"), Some("2026-12-20"), "2026-12-10..2026-12-20");
    check(Some(14), Some("2026-12-10"), None, "2026-12-10..2026-12-15");
    check(Some(14), Some("2026-12-10"), Some("2026-12-12"), "2026-12-10..2026-12-12");
    check(Some(5), Some("2026-12-10"), None, "");
    check(None, None, Some("2026-11-30"), "");
}

#[test]
fn claims_are_cut_out_with_the_longer_buffer() {
    let rules = rules("UTC", "09:00-12:00").durations(&[30]).every(15).buffer(0, 15);
    let claim = |before, after| [claim_of("elsewhere", "2026-12-01T10:00Z", 30, before, after)];
    check_claims(&rules, &claim(0, 0), "09:00 09:15 10:30 10:45 11:00 11:15 11:30");
    check_claims(&rules, &claim(0, 20), "09:00 09:15 11:00 11:15 11:30");
    check_claims(&rules, &claim(30, 0), "09:00 10:30 10:45 11:00 11:15 11:30");
}

#[test]
fn buffers_reach_outside_opening_hours() {
    let rules = rules("UTC", "09:00-10:00").durations(&[30]).buffer(60, 60);
    check_claims(&rules, &[], "09:00 09:30");
    check_claims(&rules, &[claim_of("elsewhere", "2026-12-01T10:15Z", 30, 0, 0)], "");
    check_claims(&rules, &[claim_of("elsewhere", "2026-12-01T10:30Z", 30, 0, 0)], "09:00");
}

#[test]
fn limits_close_dates_and_weeks_of_the_page_only() {
    let mut rules = rules("UTC", "09:00-12:00").durations(&[60]);
    rules.limit = Limit { per_day: Some(1), per_week: None };
    check_claims(&rules, &[claim_of(PAGE, "2026-12-01T09:00Z", 60, 0, 0)], "");
    check_claims(&rules, &[claim_of("aiko/other", "2026-12-01T09:00Z", 60, 0, 0)], "10:00 11:00");
    check_claims(&rules, &[claim_of(PAGE, "2026-12-02T09:00Z", 60, 0, 0)], "09:00 10:00 11:00");
    rules.limit = Limit { per_day: None, per_week: Some(2) };
    let monday = claim_of(PAGE, "2026-11-30T09:00Z", 60, 0, 0);
    let sunday = claim_of(PAGE, "2026-12-06T09:00Z", 60, 0, 0);
    let sunday_before = claim_of(PAGE, "2026-11-29T09:00Z", 60, 0, 0);
    check_claims(&rules, &[monday.clone(), sunday], "");
    check_claims(&rules, &[sunday_before, monday], "09:00 10:00 11:00");
}

#[test]
fn windows_are_as_rule_eight_writes_them() {
    let rules = rules("UTC", "09:00-12:00").durations(&[30, 60]).every(30);
    let claims = [claim_of("elsewhere", "2026-12-01T10:00Z", 10, 0, 0)];
    let at = |time: &str| instant(&format!("2026-12-01T{time}Z")).timestamp();
    let expected = [
        Window { first: at("09:00"), before: at("10:00"), until: at("10:00"), grid_start: at("09:00") },
        Window { first: at("10:30"), before: at("12:00"), until: at("12:00"), grid_start: at("09:00") },
    ];
    assert_eq!(rules.windows(&query(instant("2026-12-01T00:00Z"), &claims).on("2026-12-01")), expected);
    // Notice cuts `first` and nothing else.
    let late = rules.windows(&query(instant("2026-12-01T11:10Z"), &[]).on("2026-12-01"));
    assert_eq!(
        late,
        [Window { first: at("11:30"), before: at("12:00"), until: at("12:00"), grid_start: at("09:00") }]
    );
    assert_eq!(
        serde_json::to_string(&late[0]).unwrap(),
        format!("[{},{},{},{}]", at("11:30"), at("12:00"), at("12:00"), at("09:00"))
    );
}

#[test]
fn baked_windows_do_not_depend_on_the_hour_and_reach_later_dates() {
    let rules = rules("UTC", "09:00-10:00").durations(&[60]).window(Some(1), None, None).notice(24 * 60);
    let baked = rules.bake(date("2026-12-01"));
    assert_eq!(baked.dates, Some((date("2026-12-01"), date("2026-12-02"))));
    assert_eq!(baked.windows.len(), 2);
    assert_eq!(baked.later.len(), 31);
    let over = rules.clone().window(None, None, Some("2026-11-01")).bake(date("2026-12-01"));
    assert_eq!((over.dates, over.windows.len(), over.later.len()), (None, 0, 0));
    let to_come = rules.window(Some(10), Some("2026-12-20"), None).bake(date("2026-12-01"));
    assert_eq!((to_come.dates, to_come.windows.len(), to_come.later.len()), (None, 0, 23));
}

#[test]
fn the_verdict_names_the_first_rule_that_refuses() {
    let rules = rules("UTC", "09:00-12:00").durations(&[30]).notice(60).window(Some(7), None, None);
    let check = |now: &str, start: &str, expected: Option<Refusal>| {
        assert_eq!(rules.verdict(instant(now), instant(start).timestamp(), 30), expected, "{start} at {now}");
    };
    check("2026-12-01T08:00Z", "2026-12-01T09:00Z", None);
    check("2026-12-01T08:00Z", "2026-12-01T11:30Z", None);
    check("2026-12-01T08:00Z", "2026-12-01T11:45Z", Some(Refusal::SlotNotOffered));
    check("2026-12-01T08:00Z", "2026-12-01T12:00Z", Some(Refusal::SlotNotOffered));
    check("2026-12-01T08:00Z", "2026-12-02T03:00Z", Some(Refusal::SlotNotOffered));
    check("2026-12-01T08:30Z", "2026-12-01T09:00Z", Some(Refusal::NoticeTooShort));
    check("2026-12-01T08:00Z", "2026-11-30T09:00Z", Some(Refusal::NoticeTooShort));
    check("2026-12-01T08:00Z", "2026-12-08T09:00Z", None);
    check("2026-12-01T08:00Z", "2026-12-09T09:00Z", Some(Refusal::OutsideWindow));
    assert_eq!(rules.verdict(instant("2026-12-01T08:00Z"), i64::MAX, 30), Some(Refusal::OutsideWindow));
    assert_eq!(rules.verdict(instant("2026-12-01T08:00Z"), i64::MIN, 30), Some(Refusal::OutsideWindow));
}

#[test]
fn explaining_names_every_rule_in_the_way() {
    let mut rules =
        rules("UTC", "09:00-12:00").durations(&[30, 60]).every(30).notice(60).window(Some(7), None, None);
    rules.limit.per_day = Some(1);
    let claims = [claim_of(PAGE, "2026-12-02T09:00Z", 30, 0, 0)];
    let now = instant("2026-12-01T08:30Z");
    let explain = |start: &str, minutes| {
        rules.explain(&query(now, &claims), instant(start).timestamp(), minutes).unwrap()
    };
    let at = |time: &str| instant(time).timestamp();

    let offered = explain("2026-12-01T11:30Z", 30);
    assert_eq!((offered.reasons, offered.offered_minutes), (vec![], vec![30]));
    assert_eq!(
        explain("2026-12-01T09:00Z", 30).reasons,
        [Reason::NoticeTooShort { earliest: at("2026-12-01T09:30Z") }]
    );
    assert_eq!(
        explain("2026-12-01T11:30Z", 60).reasons,
        [Reason::TooLong { until: at("2026-12-01T12:00Z") }]
    );
    assert_eq!(explain("2026-12-01T12:00Z", 30).reasons, [Reason::OutsideHours]);
    assert_eq!(
        explain("2026-12-01T10:10Z", 30).reasons,
        [Reason::OffGrid { earlier: at("2026-12-01T10:00Z"), later: at("2026-12-01T10:30Z") }]
    );
    let dates = Some((date("2026-12-01"), date("2026-12-08")));
    assert_eq!(explain("2026-12-09T10:00Z", 30).reasons, [Reason::OutsideWindow { dates }]);
    let limit = rules.count_limits(instant("2026-12-02T09:00Z"))[0];
    assert_eq!(
        explain("2026-12-02T09:00Z", 30).reasons,
        [Reason::LimitReached(limit), Reason::Taken(&claims[0])]
    );
    assert_eq!(explain("2026-12-02T10:00Z", 30).reasons, [Reason::LimitReached(limit)]);

    let closed = Rules { page_dates: vec![dated("2026-12-03", "2026-12-03", "")], ..rules.clone() };
    let explanation = closed.explain(&query(now, &[]), at("2026-12-03T10:00Z"), 30).unwrap();
    assert_eq!(
        explanation,
        Explanation {
            date: date("2026-12-03"),
            source: HoursSource::PageDates,
            hours: &[],
            offered_minutes: vec![],
            reasons: vec![Reason::Closed],
        }
    );
}

#[track_caller]
fn check_share(rules: &Rules, now: &str, start: &str, offered: (u32, u32), stretch: &str) {
    let share = rules.share_of_strangers(instant(now), instant(start));
    let until = share.until - TimeDelta::days(1);
    let dates = format!("{}..{}", share.from.format("%m-%d %H:%M"), until.format("%m-%d %H:%M"));
    assert_eq!(((share.starts_offered, share.bookings_offered), dates.as_str()), (offered, stretch));
}

/// Six starts a day.
#[test]
fn strangers_share_what_is_offered_in_seven_days() {
    let page = rules("UTC", "09:00-12:00");
    let stretch = "11-26 00:00..12-08 00:00";
    check_share(&page, "2026-12-01T00:00Z", "2026-12-02T09:00Z", (42, 42), stretch);
    check_share(&page, "2026-12-01T10:30Z", "2026-12-02T09:00Z", (39, 39), stretch);
    check_share(&page.clone().notice(24 * 60), "2026-12-01T10:30Z", "2026-12-02T11:00Z", (33, 33), stretch);
    check_share(&page, "2026-12-01T10:30Z", "2027-01-10T09:00Z", (42, 42), "01-04 00:00..01-16 00:00");
    let ends_soon = page.clone().window(Some(2), None, None);
    check_share(&ends_soon, "2026-12-01T00:00Z", "2026-12-02T09:00Z", (18, 18), stretch);
    let weekdays = page.clone().on(Weekday::Sat, "").on(Weekday::Sun, "");
    check_share(&weekdays, "2026-12-01T00:00Z", "2026-12-02T09:00Z", (30, 30), stretch);
    let limited = |per_day, per_week| Rules { limit: Limit { per_day, per_week }, ..weekdays.clone() };
    check_share(&limited(Some(2), None), "2026-12-01T00:00Z", "2026-12-02T09:00Z", (30, 10), stretch);
    check_share(&limited(Some(2), Some(7)), "2026-12-01T00:00Z", "2026-12-02T09:00Z", (30, 7), stretch);
    // Buffers and longer durations do not change what is offered, only what is left of it.
    let longer = page.clone().durations(&[60, 30]).buffer(0, 15);
    check_share(&longer, "2026-12-01T00:00Z", "2026-12-02T09:00Z", (42, 42), stretch);
    let tokyo = rules("Asia/Tokyo", "09:00-12:00");
    check_share(&tokyo, "2026-12-01T00:00Z", "2026-12-02T00:00Z", (42, 42), "11-25 15:00..12-07 15:00");
}

#[test]
fn a_date_begins_where_its_midnight_is_or_would_be() {
    let check = |zone: &str, day: &str, expected: &str| {
        assert_eq!(
            start_of_date(&Zone::named(zone).unwrap(), date(day)),
            instant(expected),
            "{day} in {zone}"
        );
    };
    check("Asia/Tokyo", "2026-12-01", "2026-11-30T15:00Z");
    // Beirut: 00:00 becomes 01:00 on 2027-03-28; 24:00 becomes 23:00 on 2026-10-24, and the date begins once.
    check("Asia/Beirut", "2027-03-28", "2027-03-27T22:00Z");
    check("Asia/Beirut", "2026-10-25", "2026-10-24T22:00Z");
    // Havana, 2024-11-03: 01:00 becomes 00:00, and midnight comes twice.
    check("America/Havana", "2024-11-03", "2024-11-03T04:00Z");
    check("America/Havana", "2024-03-10", "2024-03-10T05:00Z");
    check("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z");
}

/// Rules read instant by instant, as the content format states them: slow, and with nothing in common with the engine.
fn naive_offers(
    rules: &Rules,
    now: DateTime<Utc>,
    claims: &[Claim],
    start: DateTime<Utc>,
    minutes: u32,
) -> bool {
    let wall = |instant: DateTime<Utc>| rules.time_zone.to_wall_time(instant);
    let openings = |day: NaiveDate| merge_touching(rules.hours_on(day).1.to_vec());
    let is_open = |instant: DateTime<Utc>| {
        let (local, minute) = (wall(instant), minute_of_day(wall(instant)));
        openings(local.date()).iter().any(|opening| (opening.start..opening.end).contains(&minute))
    };
    let (local, minute) = (wall(start), minute_of_day(wall(start)));
    let on_grid = openings(local.date()).iter().any(|opening| {
        (opening.start..opening.end).contains(&minute)
            && u32::from(minute - opening.start).is_multiple_of(rules.start_every_minutes)
    });
    let end = start + TimeDelta::minutes(minutes.into());
    let open_throughout = (0..minutes).all(|passed| is_open(start + TimeDelta::minutes(passed.into())));
    let in_window = rules.dates_at(now).is_some_and(|(first, last)| (first..=last).contains(&local.date()));
    let of_page = |same: &dyn Fn(NaiveDate) -> bool| {
        let counts = |claim: &&Claim| {
            claim.page == PAGE && same(wall(DateTime::from_timestamp(claim.start, 0).unwrap()).date())
        };
        u32::try_from(claims.iter().filter(counts).count()).unwrap()
    };
    let within_limits = rules.limit.per_day.is_none_or(|most| of_page(&|day| day == local.date()) < most)
        && rules
            .limit
            .per_week
            .is_none_or(|most| of_page(&|day| monday_of(day) == monday_of(local.date())) < most);
    on_grid
        && open_throughout
        && in_window
        && within_limits
        && start - now >= TimeDelta::minutes(rules.notice_minutes.into())
        && !claims.iter().any(|claim| conflicts(claim, start.timestamp(), end.timestamp(), &rules.buffer))
}

/// Zones and days on which clocks change in every way that there is, and ordinary ones.
const PLACES: [(&str, &str); 8] = [
    ("Europe/Berlin", "2027-03-27"),
    ("Europe/Berlin", "2026-10-24"),
    ("Australia/Lord_Howe", "2027-04-03"),
    ("America/Havana", "2024-11-02"),
    ("America/Havana", "2024-03-09"),
    ("Pacific/Apia", "2011-12-29"),
    ("Africa/Casablanca", "2027-02-06"),
    ("Asia/Kathmandu", "2026-12-01"),
];

fn any_hours() -> impl Strategy<Value = Vec<Opening>> {
    let times = prop::collection::vec(0u16..=96, 0..6);
    times.prop_map(|mut quarters| {
        quarters.sort_unstable();
        quarters.dedup();
        let openings =
            quarters.chunks_exact(2).map(|pair| Opening { start: pair[0] * 15, end: pair[1] * 15 });
        merge_touching(openings.collect())
    })
}

fn any_case() -> impl Strategy<Value = (Rules, DateTime<Utc>, Vec<Claim>)> {
    let place = prop::sample::select(&PLACES[..]);
    let hours = prop::array::uniform7(any_hours());
    let numbers = (5u32..=90, 5u32..=240, 0u32..=600, 1u32..=2, 0u32..=40, 0u32..=40);
    let limit = (prop::option::of(1u32..=2), prop::option::of(1u32..=3));
    let claims = prop::collection::vec((0i64..4 * 288, 1i64..=24, 0i64..=8, 0i64..=8, any::<bool>()), 0..5);
    (place, hours, numbers, limit, claims, 0i64..1440).prop_map(
        |(
            (zone, day),
            hours,
            (every, minutes, notice, days, before, after),
            (per_day, per_week),
            claims,
            minute,
        )| {
            let mut rules =
                rules(zone, "").durations(&[minutes]).every(every).notice(notice).buffer(before, after);
            rules.host_hours = WeeklyHours(hours);
            rules.window.days = Some(days);
            rules.limit = Limit { per_day, per_week };
            let midnight = instant(&format!("{day}T00:00Z"));
            let mut claims: Vec<Claim> = claims
                .into_iter()
                .map(|(at, length, before, after, same_page)| Claim {
                    page: if same_page { PAGE } else { "aiko/other" }.to_owned(),
                    start: midnight.timestamp() + at * 300,
                    end: midnight.timestamp() + (at + length) * 300,
                    before: before * 300,
                    after: after * 300,
                    seats_taken: 1,
                    capacity: 1,
                    expires_at: None,
                    calendar: None,
                })
                .collect();
            claims.sort_by_key(|claim| claim.start);
            (rules, midnight + TimeDelta::minutes(minute), claims)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// The engine against the rules read minute by minute, over every kind of change of offset.
    #[test]
    fn the_engine_offers_what_the_rules_say((rules, now, claims) in any_case()) {
        let minutes = rules.shortest_minutes();
        let windows = rules.windows(&query(now, &claims));
        let offered: Vec<i64> = windows.iter().flat_map(|window| window.starts(rules.start_every_minutes, minutes)).collect();
        let begin = now.timestamp().div_euclid(60) * 60 - 86_400;
        let naive: Vec<i64> = (0..5 * 1440)
            .map(|minute| begin + minute * 60)
            .filter(|start| naive_offers(&rules, now, &claims, DateTime::from_timestamp(*start, 0).unwrap(), minutes))
            .collect();
        prop_assert_eq!(&offered, &naive);

        let by_rules_alone = rules.windows(&query(now, &[]));
        for start in (0..5 * 96).map(|quarter| begin + quarter * 900).chain(offered.iter().copied()) {
            let explanation = rules.explain(&query(now, &claims), start, minutes).unwrap();
            prop_assert_eq!(explanation.reasons.is_empty(), offered.contains(&start), "{:?}", explanation);
            let rules_offer = by_rules_alone.iter().any(|window| window.offers(start, rules.start_every_minutes, minutes));
            prop_assert_eq!(rules.verdict(now, start, minutes).is_none(), rules_offer);
        }
    }
}

#[track_caller]
fn check(rules: &Rules, now: &str, day: &str, expected: &str) {
    assert_eq!(
        starts(rules, &query(instant(now), &[]).on(day), rules.shortest_minutes(), expected),
        expected
    );
}

#[track_caller]
fn check_minutes(rules: &Rules, minutes: u32, day: &str, expected: &str) {
    let now = start_of_date(&rules.time_zone, date(day)) - TimeDelta::days(1);
    assert_eq!(starts(rules, &query(now, &[]).on(day), minutes, expected), expected);
}

#[track_caller]
fn check_claims(rules: &Rules, claims: &[Claim], expected: &str) {
    let query = query(instant("2026-12-01T00:00Z"), claims).on("2026-12-01");
    assert_eq!(starts(rules, &query, rules.shortest_minutes(), expected), expected);
}

/// The starts as wall times; with their offsets where the expectation has offsets.
fn starts(rules: &Rules, query: &Query<'_>, minutes: u32, expected: &str) -> String {
    let written = |start: i64| {
        let instant = DateTime::from_timestamp(start, 0).unwrap();
        let wall = rules.time_zone.to_wall_time(instant).format("%H:%M");
        let offset = rules.time_zone.offset_seconds(instant) / 60;
        match (expected.contains('+'), offset % 60) {
            (false, _) => format!("{wall}"),
            (true, 0) => format!("{wall}+{:02}", offset / 60),
            (true, minutes) => format!("{wall}+{:02}:{minutes:02}", offset / 60),
        }
    };
    let windows = rules.windows(query);
    let starts =
        windows.iter().flat_map(|window| window.starts(rules.start_every_minutes, minutes)).map(written);
    starts.collect::<Vec<_>>().join(" ")
}

fn query(now: DateTime<Utc>, claims: &[Claim]) -> Query<'_> {
    Query { now, with_notice: true, dates: None, page: PAGE, claims }
}

impl Query<'_> {
    fn on(self, day: &str) -> Self {
        Self { dates: Some((date(day), date(day))), ..self }
    }
}

/// Rules with those hours on every day, a year's window, no notice, and nothing else.
fn rules(zone: &str, hours: &str) -> Rules {
    Rules {
        time_zone: Zone::named(zone).unwrap(),
        page_hours: None,
        host_hours: WeeklyHours(std::array::from_fn(|_| openings(hours))),
        page_dates: vec![],
        host_dates: vec![],
        holidays: std::collections::BTreeMap::new(),
        durations_minutes: vec![30],
        start_every_minutes: 30,
        notice_minutes: 0,
        window: DateWindow { days: Some(365), from: None, until: None },
        buffer: Buffer::default(),
        limit: Limit::default(),
    }
}

impl Rules {
    fn on(mut self, weekday: Weekday, hours: &str) -> Self {
        self.host_hours.0[weekday.num_days_from_monday() as usize] = openings(hours);
        self
    }

    /// Sets the increment to the shortest one too, as the content's default does.
    fn durations(mut self, minutes: &[u32]) -> Self {
        minutes.clone_into(&mut self.durations_minutes);
        self.start_every_minutes = self.shortest_minutes();
        self
    }

    fn every(mut self, minutes: u32) -> Self {
        self.start_every_minutes = minutes;
        self
    }

    fn notice(mut self, minutes: u32) -> Self {
        self.notice_minutes = minutes;
        self
    }

    fn buffer(mut self, before_minutes: u32, after_minutes: u32) -> Self {
        self.buffer = Buffer { before_minutes, after_minutes };
        self
    }

    fn window(mut self, days: Option<u32>, from: Option<&str>, until: Option<&str>) -> Self {
        self.window = DateWindow { days, from: from.map(date), until: until.map(date) };
        self
    }
}

fn claim_of(page: &str, start: &str, minutes: i64, before_minutes: i64, after_minutes: i64) -> Claim {
    let start = instant(start).timestamp();
    Claim {
        page: page.to_owned(),
        start,
        end: start + minutes * 60,
        before: before_minutes * 60,
        after: after_minutes * 60,
        seats_taken: 1,
        capacity: 1,
        expires_at: None,
        calendar: None,
    }
}

fn dated(first: &str, last: &str, hours: &str) -> DatedHours {
    DatedHours { first: date(first), last: date(last), hours: openings(hours) }
}

/// `09:00-10:00,13:00-14:00`.
fn openings(text: &str) -> Vec<Opening> {
    let minutes = |time: &str| {
        let (hour, minute) = time.split_once(':').unwrap();
        hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
    };
    let opening = |part: &str| {
        let (start, end) = part.split_once('-').unwrap();
        Opening { start: minutes(start), end: minutes(end) }
    };
    merge_touching(text.split(',').filter(|part| !part.is_empty()).map(opening).collect())
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2026-12-01T09:00Z`, with or without seconds.
fn instant(text: &str) -> DateTime<Utc> {
    let whole = if text.matches(':').count() == 1 { text.replace('Z', ":00Z") } else { text.to_owned() };
    whole.parse().unwrap()
}

fn minute_of_day(wall: chrono::NaiveDateTime) -> u16 {
    use chrono::Timelike;
    u16::try_from(wall.hour() * 60 + wall.minute()).unwrap()
}
