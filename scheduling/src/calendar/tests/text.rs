//! Text in every shape: any ends of lines, any chunks, any place at which it is cut.

use super::*;

const FEED: &str = "BEGIN:VCALENDAR
X-WR-CALNAME:Überall 日本
BEGIN:VEVENT
UID:one@example.org
SUMMARY:Gespräch über Grüße und 日本語の長い題名
DTSTART;TZID=\"Europe/Berlin\":20261201T100000
DTEND;TZID=Europe/Berlin:20261201T110000
RRULE:FREQ=WEEKLY;COUNT=2
BEGIN:VALARM
TRIGGER:-PT15M
DURATION:PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:two
DTSTART;VALUE=DATE:20261224
END:VEVENT
END:VCALENDAR
";
const BUSY: &str = "1201 0900-1000, 1208 0900-1000, 1223 2300-1224 2300";

#[test]
fn lines_end_in_any_way() {
    let folded = FEED.replace("WEEKLY;", "WEE\n KLY;").replace("Berlin:2026", "Ber\n\tlin:20\n 26");
    for text in [FEED, &folded] {
        for end in ["\n", "\r\n", "\r", "\r\r\n", "\n\n"] {
            assert_eq!(shown(&read(&text.replace('\n', end)).busy), BUSY, "ends {end:?}");
        }
    }
    assert_eq!(shown(&read(&format!("\u{feff}{FEED}")).busy), BUSY);
    assert_eq!(shown(&read(&format!("{FEED}\u{feff}{FEED}")).busy), BUSY);
    assert_eq!(shown(&read(&FEED.to_lowercase()).busy), BUSY);
    assert_eq!(shown(&read(FEED.trim_end()).busy), BUSY, "the last line needs no end");
    assert_eq!(shown(&read(&FEED.replace("DTSTART", "no colon here\nDTSTART")).busy), BUSY);
    assert_eq!(read(&FEED.replace("DTSTART", "no colon here\nDTSTART")).skipped.lines, 2);
}

#[test]
fn lines_are_folded_inside_characters() {
    let bytes = FEED.as_bytes();
    let mut folded = Vec::new();
    for (index, byte) in bytes.iter().enumerate() {
        folded.push(*byte);
        let between = index + 1 < bytes.len() && *byte != b'\n' && bytes[index + 1] != b'\n';
        folded.extend(if between { &b"\r\n "[..] } else { b"" });
    }
    let mut reader = Reader::new(question());
    reader.push(&folded);
    assert_eq!(shown(&reader.finish().unwrap().busy), BUSY);
}

#[test]
fn chunks_are_of_every_size() {
    let text = format!("\u{feff}{}", FEED.replace('\n', "\r\n").replace("WEEKLY", "WEE\r\n KLY"));
    for size in 1..text.len() {
        let mut reader = Reader::new(question());
        text.as_bytes().chunks(size).for_each(|chunk| reader.push(chunk));
        assert_eq!(shown(&reader.finish().unwrap().busy), BUSY, "chunks of {size}");
    }
}

#[test]
fn text_that_is_cut_anywhere_is_a_failed_read() {
    let text = FEED.trim_end().as_bytes();
    for cut in 0..text.len() {
        let mut reader = Reader::new(question());
        reader.push(&text[..cut]);
        assert!(reader.finish().is_err(), "cut at {cut}");
    }
    for text in ["", "<!doctype html>\n<html>", "{}", "END:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT"] {
        assert_eq!(ask(question(), text), Err(Unreadable::NotACalendar));
    }
    let unclosed = format!("BEGIN:VCALENDAR\n{FEED}");
    assert_eq!(ask(question(), &unclosed), Err(Unreadable::CutOff));
    assert_eq!(
        ask(question(), &format!("{FEED}{}", event("UID:3"))),
        Err(Unreadable::CutOff),
        "behind its end"
    );
    assert_eq!(ask(question(), "BEGIN:VCALENDAR\nEND:VCALENDAR").map(|answer| answer.busy), Ok(vec![]));
}

#[test]
fn only_lines_that_are_kept_are_bounded() {
    let picture = "A".repeat(100_000);
    let with = |line: String| FEED.replacen("DTSTART", &format!("{line}\nDTSTART"), 1);
    assert_eq!(read(&with(format!("ATTACH;ENCODING=BASE64:{picture}"))), read(FEED));
    assert_eq!(shown(&read(&with(picture.clone())).busy), BUSY, "a line without a colon");
    let long = read(&with(format!("EXDATE:{picture}")));
    assert_eq!((shown(&long.busy).as_str(), long.skipped.lines), (BUSY, 1));
    assert_eq!(long.unknown, []);
    let long = read(&with(format!("RDATE:{picture}")));
    assert_eq!(
        (shown(&long.busy).as_str(), long.unknown_from()),
        (BUSY, Some(instant("2026-12-01T09:00:00Z")))
    );
    let long = read(&with(format!("DURATION:{picture}")));
    assert_eq!(long.unknown_from(), Some(question().from));
}

#[test]
fn nothing_is_kept_that_is_not_needed() {
    let said = "what nobody may read";
    let text = FEED
        .replace("UID:one", &format!("DESCRIPTION:{said}\nLOCATION:{said}\nCOMMENT:{said}\n{said}\nUID:one"));
    let mut reader = Reader::new(question());
    for byte in text.as_bytes() {
        reader.push(&[*byte]);
        let kept = format!("{reader:?}");
        let as_bytes = format!("{:?}", said.as_bytes());
        assert!(!kept.contains(said) && !kept.contains(as_bytes.trim_matches(['[', ']'])));
    }
}

#[test]
fn what_a_calendar_says_of_itself_is_told() {
    let answer = read(&calendar(&format!(
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M\n{}{}BEGIN:VTODO\nDTSTART:20261201T090000Z\nEND:VTODO",
        event("DTSTAMP:20260101T000000Z\nDTSTART:20261201T090000Z\nTRANSP:TRANSPARENT"),
        event("DTSTAMP:20260201T000000Z\nDTSTART:20161201T090000Z\nDURATION:PT1H"),
    )));
    assert_eq!((answer.events, answer.refresh_seconds), (2, Some(900)));
    assert_eq!(answer.newest_stamp, Some(instant("2026-02-01T00:00:00Z")));
    assert_eq!((answer.skipped.free, answer.skipped.components, answer.busy), (1, 1, vec![]));
}
