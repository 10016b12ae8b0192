//! Answers of `CalDAV` servers that are none, or not whole: no time is free by them.

use proptest::prelude::*;

use super::*;

/// Checks what is said where the calendar answers so of itself; then no time of it is found to be free.
async fn check_itself(answer: Result<Response, Unanswered>, expected: &str) {
    check_failed(&read_by(&Way::answering(vec![answer]), None).await, expected);
}

/// The same of an answer about its events.
async fn check_events(answer: Result<Response, Unanswered>, expected: &str) {
    check_failed(&read_by(&Way::answering(vec![told(207, tagged("7")), answer]), None).await, expected);
}

/// Statuses, and what is said of each.
const REFUSALS: [(u16, &str); 16] = [
    (200, "that is not a CalDAV calendar"),
    (204, "that is not a CalDAV calendar"),
    (303, "that is not a CalDAV calendar"),
    (304, "that is not a CalDAV calendar"),
    (400, "its server does not take the question"),
    (401, "its server does not accept the user and the secret's password; many servers need an app password"),
    (403, "its server does not let the user read it; many servers need an app password"),
    (404, "it is not there: it was renamed or deleted, or its `url` is wrong"),
    (405, "that is not a CalDAV calendar"),
    (410, "it is not there: it was renamed or deleted, or its `url` is wrong"),
    (412, "its server does not take the question"),
    (429, "it has been read too often"),
    (500, "its server has a fault"),
    (501, "that is not a CalDAV calendar"),
    (503, "its server has a fault"),
    (507, "it is too much for its server"),
];

#[tokio::test]
async fn a_failure_says_what_to_do_and_never_the_password() {
    for (status, meaning) in REFUSALS {
        let expected = format!("it answered {status}: {meaning}");
        for body in [String::new(), "<html><p>aiko</p></html>".to_owned(), events(&[&escaped(DATA)])] {
            check_itself(told(status, body.clone()), &expected).await;
            check_events(told(status, body), &expected).await;
        }
    }
    for (unanswered, expected) in [
        (Unanswered::Unencrypted(URL.to_owned()), "its address does not begin with https://"),
        (Unanswered::Private(URL.to_owned()), "its address is a private one"),
        (Unanswered::TimedOut(DEADLINE), "it did not answer within 2 s"),
        (Unanswered::TooLarge(10 << 20), "it answered with more than 10 MB"),
        (Unanswered::BrokenOff("end of file".to_owned()), "its answer broke off: end of file"),
    ] {
        check_itself(Err(unanswered.clone()), expected).await;
        check_events(Err(unanswered), expected).await;
    }
    let way = Way { secret: None, ..Way::answering(Vec::new()) };
    check_failed(&read_by(&way, None).await, "the secret AIKO_CALENDAR is not set");
}

#[tokio::test]
async fn something_else_is_no_calendar() {
    let else_where = "there is something else than a calendar at its address";
    let kind =
        |kind: &str| multistatus(&response("/aiko/", &format!("<d:resourcetype>{kind}</d:resourcetype>")));
    check_itself(told(207, kind("<d:collection/>")), else_where).await;
    check_itself(told(207, kind("<d:collection/><calendar/>")), else_where).await;
    check_itself(told(207, kind("<d:collection/><d:calendar/>")), else_where).await;
    check_itself(told(207, kind("")), else_where).await;
    let (ok, forbidden) =
        ("<d:status>HTTP/1.1 200 OK</d:status>", "<d:status>HTTP/1.1 403 Forbidden</d:status>");
    check_itself(told(207, tagged("7").replace(ok, forbidden)), else_where).await;
    check_itself(told(207, tagged("7").replace(ok, "")), else_where).await;
    let status = |status: &str| {
        multistatus(&format!("<d:response><d:href>/</d:href><d:status>{status}</d:status></d:response>"))
    };
    for (code, meaning) in REFUSALS.into_iter().filter(|(code, _)| *code != 200) {
        let expected = format!("it answered {code}: {meaning}");
        check_itself(told(207, status(&format!("HTTP/1.1 {code} Because"))), &expected).await;
    }
    check_itself(told(207, status("")), "that is not a CalDAV calendar").await;
    check_itself(told(207, multistatus("")), "that is not a CalDAV calendar").await;
    for body in [
        "",
        "<!doctype html><title>Aiko</title>",
        "<html/>",
        "<error xmlns=\"DAV:\"/>",
        "<multistatus/>",
        "{}",
    ] {
        check_itself(told(207, body), "that is not a CalDAV calendar").await;
        check_events(told(207, body), "that is not a CalDAV calendar").await;
    }
}

#[tokio::test]
async fn a_list_of_tasks_is_no_empty_calendar() {
    let taking = |components: &str| {
        itself(&format!(
            "<c:supported-calendar-component-set>{components}</c:supported-calendar-component-set>"
        ))
    };
    for tasks in
        ["<c:comp name=\"VTODO\"/>", "<c:comp name='VJOURNAL'/><c:comp name='VTODO'></c:comp>", "<c:comp/>"]
    {
        check_itself(told(207, taking(tasks)), "it is for tasks, and has no events").await;
    }
    for both in ["", "<c:comp name=\"VTODO\"/><c:comp name=\"VEVENT\"/>", "<c:comp x=\"\" name = 'vevent' />"]
    {
        assert_eq!(busy(read_of(taking(both), events(&[&escaped(DATA)])).await), [AT_NINE], "{both}");
    }
}

#[tokio::test]
async fn an_answer_that_is_damaged_was_not_read() {
    let whole = events(&[&escaped(DATA)]);
    let nested = format!("<multistatus xmlns=\"DAV:\">{}", "<a>".repeat(40));
    for body in [
        whole.replace("</d:multistatus>", ""),
        whole.replace("</d:href>", "</d:ref>"),
        whole.replace("&amp;", "&title;"),
        whole.replace("&amp;", "&"),
        whole.replace("&#13;", "&#0;"),
        nested.clone() + &"</a>".repeat(40) + "</multistatus>",
        nested,
    ] {
        check_events(told(207, body), "its server's answer is cut off, or damaged").await;
    }
    let entities = whole.replacen("<d:m", "<!DOCTYPE d [<!ENTITY title \"Dentist\">]><d:m", 1);
    check_events(told(207, entities), "that is not a CalDAV calendar").await;
}

#[tokio::test]
async fn an_event_that_is_missing_makes_no_time_free() {
    let well = response("/aiko/work/1.ics", &format!("<c:calendar-data>{}</c:calendar-data>", escaped(DATA)));
    let propstat = |status: &str| {
        format!(
            "<d:response><d:href>/aiko/work/2.ics</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag></d:prop>\
             <d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><c:calendar-data/></d:prop>\
             <d:status>{status}</d:status></d:propstat></d:response>"
        )
    };
    let check = async |other: &str, expected: &str| {
        check_events(told(207, multistatus(&format!("{well}{other}"))), expected).await;
        check_events(told(207, multistatus(&format!("{other}{well}"))), expected).await;
    };
    for (status, meaning) in REFUSALS.into_iter().filter(|(status, _)| *status != 200) {
        let expected = format!("an event of it cannot be read: it answered {status}: {meaning}");
        check(&propstat(&format!("HTTP/1.1 {status} Because")), &expected).await;
        let whole = format!(
            "<d:response><d:href>/</d:href><d:status>HTTP/1.1 {status} Because</d:status></d:response>"
        );
        check(&whole, &expected).await;
    }
    let missing = "an event of it is missing in its server's answer";
    check(&propstat("HTTP/1.1 200 OK"), missing).await;
    check(&propstat("OK"), missing).await;
    check(&response("/aiko/work/2.ics", "<d:getetag>\"1\"</d:getetag>"), missing).await;
    check("<d:response/>", missing).await;
    let data =
        |data: &str| response("/aiko/work/2.ics", &format!("<c:calendar-data>{data}</c:calendar-data>"));
    check(&data("<c:comp name=\"VEVENT\"/>"), missing).await;
    check(&data("BEGIN:VEVENT\nUID:2\nEND:VEVENT"), missing).await;
    check(&data("Internal Server Error"), missing).await;
    check(&data("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:2\nDTSTART:20261202T090000Z\n"), "it is cut off").await;
    // What it lacks beside is its own affair.
    let lacks = "</d:propstat><d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>";
    let reading = read_of(tagged("7"), multistatus(&well.replace("</d:propstat></d:response>", lacks))).await;
    assert_eq!(busy(reading), [AT_NINE]);
}

/// Reads without a runtime: the way out never waits.
fn read_at_once(itself: Vec<u8>, events: Vec<u8>) -> Reading {
    let way = Way::answering(vec![told(207, itself), told(207, events)]);
    futures_util::FutureExt::now_or_never(read_by(&way, None)).unwrap().reading
}

#[test]
fn an_answer_cut_off_anywhere_is_never_taken_for_a_whole_one() {
    let (itself, events) = (tagged("7").into_bytes(), events(&[&escaped(DATA), &escaped(DATA)]).into_bytes());
    let is_found = |reading: Reading| matches!(reading, Reading::Found(_));
    for length in 0..events.trim_ascii_end().len() {
        assert!(!is_found(read_at_once(itself.clone(), events[..length].to_vec())), "{length}");
    }
    for length in 0..itself.trim_ascii_end().len() {
        assert!(!is_found(read_at_once(itself[..length].to_vec(), events.clone())), "{length}");
    }
}

/// Pieces that answers are made of, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let data = escaped(DATA);
    let known = [
        "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">",
        "</d:multistatus>",
        "<d:response>",
        "</d:response>",
        "<d:propstat>",
        "</d:propstat>",
        "<d:prop>",
        "</d:prop>",
        "<c:calendar-data>",
        "</c:calendar-data>",
        "<d:status>HTTP/1.1 200 OK</d:status>",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&#xD;",
        "<a xmlns=\"\"/>",
        "<!--",
        "-->",
    ];
    let known = known.into_iter().map(str::to_owned).chain([data]).collect::<Vec<_>>();
    let piece = prop_oneof![
        8 => proptest::sample::select(known).prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_is_answered_nothing_panics(itself in pieces(), events in pieces()) {
        let _ = read_at_once(itself, tagged("7").into_bytes());
        let reading = read_at_once(tagged("7").into_bytes(), events.clone());
        // Where it was read, it had an end.
        let has_end = String::from_utf8_lossy(&events).contains("</d:multistatus>");
        prop_assert!(has_end || reading.failure().is_some());
    }

    #[test]
    fn a_byte_that_is_wrong_panics_nowhere(place in 0_usize..600, byte in any::<u8>()) {
        let mut answer = events(&[&escaped(DATA)]).into_bytes();
        let place = place % answer.len();
        answer[place] = byte;
        let _ = read_at_once(tagged("7").into_bytes(), answer);
    }
}
