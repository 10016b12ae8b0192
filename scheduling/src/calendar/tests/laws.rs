//! Laws that hold of any text.

use proptest::prelude::*;

use super::*;

fn number(most: u32) -> impl Strategy<Value = String> {
    (1..=most, any::<bool>()).prop_map(|(number, back)| format!("{}{number}", if back { "-" } else { "" }))
}

fn part() -> impl Strategy<Value = String> {
    let list = |name: &'static str, most: u32| {
        proptest::collection::vec(number(most), 1..4)
            .prop_map(move |numbers| format!(";{name}={}", numbers.join(",")))
    };
    let day = (0..3u32, proptest::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]));
    prop_oneof![
        list("BYMONTHDAY", 32),
        list("BYYEARDAY", 367),
        list("BYWEEKNO", 54),
        list("BYSETPOS", 9),
        (1..13u32).prop_map(|month| format!(";BYMONTH={month}")),
        (0..24u32).prop_map(|hour| format!(";BYHOUR={hour}")),
        (0..60u32).prop_map(|minute| format!(";BYMINUTE={minute}")),
        day.prop_map(|(nth, day)| format!(
            ";BYDAY={}{day}",
            if nth == 0 { String::new() } else { nth.to_string() }
        )),
        (1..40u32).prop_map(|interval| format!(";INTERVAL={interval}")),
        (1..400u32).prop_map(|count| format!(";COUNT={count}")),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let frequency = proptest::sample::select(vec![
        "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
    ]);
    (frequency, proptest::collection::vec(part(), 0..4))
        .prop_map(|(frequency, parts)| format!("FREQ={frequency}{}", parts.concat()))
}

fn lines(rule: &str) -> String {
    format!("DTSTART;TZID=Europe/Berlin:20250330T023000\nDURATION:PT45M\nRRULE:{rule}")
}

/// Few in the quick loop, as many as a release wants in the long form.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / 8, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    /// Spans are in order, apart and inside the window; a smaller window is a part of the larger one.
    #[test]
    fn a_window_is_a_part_of_a_larger_one(rule in rule(), begin in 0i64..300, days in 1i64..60) {
        let text = calendar(&event(&lines(&rule)));
        let year = read(&text);
        for pair in year.busy.windows(2) {
            prop_assert!(pair[0].end < pair[1].start);
        }
        let from = question().from + begin * 86_400;
        let part = ask(Question { from, until: from + days * 86_400, ..question() }, &text).unwrap();
        let known = year.unknown_from().unwrap_or(i64::MAX).min(part.unknown_from().unwrap_or(i64::MAX));
        let clipped = |spans: &[Span]| -> Vec<Span> {
            let end = known.min(from + days * 86_400);
            let clip = |span: &Span| Span { start: span.start.max(from), end: span.end.min(end) };
            spans.iter().map(clip).filter(|span| span.start < span.end).collect()
        };
        prop_assert_eq!(clipped(&year.busy), clipped(&part.busy), "{}", rule);
    }

    /// No bytes, in any chunks, make the reader panic, and chunks make no difference.
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 1usize..20) {
        let mut text = calendar(&event(&lines("FREQ=DAILY"))).into_bytes();
        let place = text.len() / 2;
        text.splice(place..place, bytes);
        let mut whole = Reader::new(question());
        whole.push(&text);
        let mut parts = Reader::new(question());
        text.chunks(size).for_each(|chunk| parts.push(chunk));
        prop_assert_eq!(whole.finish(), parts.finish());
    }

    /// What stands between properties, in any order, changes nothing.
    #[test]
    fn the_order_of_events_is_no_matter(rules in proptest::collection::vec(rule(), 1..4)) {
        let events: Vec<String> = rules.iter().map(|rule| event(&format!("UID:{rule}\n{}", lines(rule)))).collect();
        let backwards: Vec<String> = events.iter().rev().cloned().collect();
        prop_assert_eq!(read(&calendar(&events.concat())), read(&calendar(&backwards.concat())));
    }
}
