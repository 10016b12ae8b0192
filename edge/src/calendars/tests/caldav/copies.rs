//! Bookings' copies on servers of all habits: each is made once, follows its booking, and goes with it; and whatever
//! fails, nothing is written twice, and nothing of the host's is touched.

use scheduling::booking::Booking;
use scheduling::invitation::{BookingCopy, Feed};
use scheduling::locale::LocaleWords;
use scheduling::token::BookingId;

use crate::calendars::unwritten::Unwritten;
use crate::calendars::{Held, keep, look_for};
use crate::tests::caldav::{Etags, Habits, Server, Trick, answer, with};

use super::*;
use crate::calendars::kept::Kept;

const ID: &str = "aiko.AQEBAQEBAQEBAQEBAQEBAQ";
const NAME: &str = "aiko.AQEBAQEBAQEBAQEBAQEBAQ.ics";
const OTHER: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:other\r\nDTSTART:20261201T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const ADDED: &str = "COLOR:teal\r\nCATEGORIES:Clients\r\nBEGIN:VALARM\r\nTRIGGER:-PT30M\r\nDESCRIPTION:Prepare\r\nEND:VALARM\r\n";

/// The booking at an hour, as often moved.
fn copy(hour: u32) -> BookingCopy {
    let booking: Booking =
        serde_json::from_str(include_str!("../../../../../scheduling/tests/booking.json")).unwrap();
    let start = booking.start.date_naive().and_hms_opt(hour, 0, 0).unwrap().and_utc();
    let booking = Booking { start, end: start + TimeDelta::minutes(30), sequence: hour, ..booking };
    Feed { host_name: "Aiko", words: &LocaleWords::default(), base_url: "https://meet.example.com" }
        .copy(booking)
}

fn text(hour: u32) -> String {
    copy(hour).icalendar()
}

impl Clock for Server {
    fn now(&self) -> DateTime<Utc> {
        NOW.parse().unwrap()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        Ok([0; 16])
    }
}

impl Outgoing for Server {
    fn secret(&self, name: &str) -> Option<String> {
        assert_eq!(name, "AIKO_CALENDAR");
        Some("word".to_owned())
    }

    async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        self.answer(&request)
    }
}

/// Has the server hold the copy of that hour, or none.
async fn holds(server: &Server, hour: Option<u32>) -> Result<(), Unwritten> {
    let (id, copy) = (BookingId::parse(ID).unwrap(), hour.map(copy));
    let kept = keep(server, &caldav().1, (&id, copy.as_ref().into()), DEADLINE).await;
    kept.map(|kept| assert_eq!(kept, Kept::AsWanted))
}

/// The same, where all is well: what was changed by it.
async fn changes(server: &Server, hour: Option<u32>) -> Vec<String> {
    let outcome = holds(server, hour).await;
    assert_eq!(outcome, Ok(()), "{:?}", server.habits);
    server.changes()
}

/// A server with an event of the host's.
fn server(habits: Habits) -> Server {
    let server = Server::of(habits);
    server.put("other.ics", OTHER);
    server
}

/// Has the host's program add an alarm, a colour and a category.
fn add(server: &Server, name: &str) {
    let text = server.text(name).replacen("END:VEVENT", &format!("{ADDED}END:VEVENT"), 1);
    server.put(name, &text);
}

#[track_caller]
fn check_untouched(server: &Server) {
    assert_eq!(server.text("other.ics"), OTHER, "{:?}", server.habits);
}

/// Every kind of server.
fn all_habits() -> Vec<Habits> {
    let mut all = Vec::new();
    for etags in [Etags::Strong, Etags::Weak, Etags::Missing, Etags::Unquoted] {
        for bits in 0..32 {
            let is = |bit: u32| bits & (1 << bit) != 0;
            all.push(Habits {
                etags,
                ignores_conditions: is(0),
                ignores_filters: is(1),
                takes_twice: is(2),
                rewrites: is(3),
                forbids: is(4),
                ..Habits::default()
            });
        }
    }
    all
}

#[tokio::test]
async fn a_copy_is_made_once_follows_its_booking_and_goes_with_it() {
    for habits in all_habits() {
        let server = server(habits);
        let put = format!("PUT {NAME}");
        assert_eq!(changes(&server, Some(9)).await, std::slice::from_ref(&put));
        assert_eq!(changes(&server, Some(9)).await, [""; 0], "{habits:?}");
        add(&server, NAME);
        assert_eq!(changes(&server, Some(9)).await, [""; 0], "{habits:?}");
        assert_eq!(changes(&server, Some(10)).await, [put]);
        let text = server.text(NAME).replace("\r\n", "\n");
        assert!(text.contains("DTSTART:20261201T100000Z\n") && !text.contains("T090000Z"), "{text}");
        assert!(text.contains(&ADDED.replace("\r\n", "\n")) || habits.rewrites, "{text}");
        assert!(ADDED.lines().all(|line| text.contains(line)), "{text}");
        assert_eq!(server.names(), [NAME, "other.ics"]);
        assert_eq!(changes(&server, None).await, [format!("DELETE {NAME}")]);
        assert_eq!(changes(&server, None).await, [""; 0]);
        assert_eq!(server.names(), ["other.ics"]);
        check_untouched(&server);
    }
}

/// What each change is asked with, in a line.
fn lines(asked: &[OutgoingRequest]) -> Vec<String> {
    let condition = |request: &OutgoingRequest| {
        let found = request.headers.iter().find(|(name, _)| name.starts_with("If-"));
        found.map_or(String::new(), |(name, value)| format!(" {name}: {value}"))
    };
    let line = |request: &OutgoingRequest| {
        format!("{} {}{}", request.method, request.url.replace(URL, ""), condition(request))
    };
    asked.iter().map(line).collect()
}

#[tokio::test]
async fn a_change_depends_on_what_was_looked_up() {
    for (etags, condition) in [
        (Etags::Strong, " If-Match: \"2\""),
        (Etags::Unquoted, " If-Match: 2"),
        (Etags::Weak, ""),
        (Etags::Missing, ""),
    ] {
        let server = server(Habits { etags, ..Habits::default() });
        holds(&server, Some(9)).await.unwrap();
        let made = [format!("GET {NAME}"), "REPORT ".to_owned(), format!("PUT {NAME} If-None-Match: *")];
        assert_eq!(lines(&server.asked()), made);
        holds(&server, Some(10)).await.unwrap();
        assert_eq!(lines(&server.asked()), [format!("GET {NAME}"), format!("PUT {NAME}{condition}")]);
        holds(&server, None).await.unwrap();
        let condition = condition.replace('2', "3");
        assert_eq!(lines(&server.asked()), [format!("GET {NAME}"), format!("DELETE {NAME}{condition}")]);
    }
    let server = server(Habits::default());
    holds(&server, Some(9)).await.unwrap();
    let asked = server.asked();
    let put = &asked[2];
    let headers: Vec<String> = put.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        headers,
        [
            "Authorization: Basic YWlrb0BleGFtcGxlLmNvbTp3b3Jk",
            "Accept-Encoding: identity",
            "If-None-Match: *",
            "Content-Type: text/calendar; charset=utf-8",
        ]
    );
    assert_eq!((put.body.as_ref(), put.deadline), (text(9).as_bytes(), DEADLINE));
    assert_eq!(
        std::str::from_utf8(&asked[1].body).unwrap(),
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><c:calendar-query xmlns:d=\"DAV:\" \
         xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter>\
         <c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"VEVENT\"><c:prop-filter name=\"UID\">\
         <c:text-match collation=\"i;octet\">aiko.AQEBAQEBAQEBAQEBAQEBAQ</c:text-match></c:prop-filter>\
         </c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    );
}

#[tokio::test]
async fn what_was_done_and_not_answered_is_not_done_again() {
    let lost = Unwritten::because("its answer broke off: end of file");
    for habits in all_habits() {
        let server = server(habits);
        for (hour, method) in [(Some(9), "PUT"), (Some(10), "PUT"), (None, "DELETE")] {
            server.trick(method, Trick::Loses);
            assert_eq!(holds(&server, hour).await, Err(lost.clone()));
            assert_eq!(server.changes(), [format!("{method} {NAME}")]);
            assert_eq!(changes(&server, hour).await, [""; 0], "{habits:?}");
        }
        check_untouched(&server);
    }
}

#[tokio::test]
async fn what_the_host_changes_in_between_stays() {
    let server = server(Habits::default());
    // Another attempt makes it at the same time.
    server.trick("PUT", Trick::After(Box::new(|server| server.put(NAME, &text(9)))));
    assert_eq!(changes(&server, Some(9)).await, [""; 0]);
    // The host adds something between the look and the change, and then puts it elsewhere.
    server.trick("PUT", Trick::After(Box::new(|server| add(server, NAME))));
    assert_eq!(changes(&server, Some(10)).await, [format!("PUT {NAME}")]);
    assert!(server.text(NAME).contains(ADDED) && server.text(NAME).contains("T100000Z"));
    let moves = |server: &Server| {
        let text = server.take(NAME);
        server.put("moved.ics", &text);
    };
    server.trick("PUT", Trick::After(Box::new(moves)));
    assert_eq!(changes(&server, Some(11)).await, ["PUT moved.ics"]);
    // It changes it while it is taken out, and deletes it just before.
    server.trick("DELETE", Trick::After(Box::new(|server| add(server, "moved.ics"))));
    assert_eq!(changes(&server, None).await, ["DELETE moved.ics"]);
    holds(&server, Some(9)).await.unwrap();
    server.changes();
    server.trick("DELETE", Trick::After(Box::new(|server| drop(server.take(NAME)))));
    assert_eq!(changes(&server, None).await, [""; 0]);
    check_untouched(&server);
}

#[tokio::test]
async fn whoever_changes_it_all_the_time_is_given_way() {
    let server = server(Habits::default());
    holds(&server, Some(9)).await.unwrap();
    for _ in 0..3 {
        server.trick("PUT", Trick::After(Box::new(|server| add(server, NAME))));
    }
    server.asked();
    server.changes();
    let said = "it answered 412: somebody else changes the event at the same time";
    assert_eq!(holds(&server, Some(10)).await, Err(Unwritten::because(said)));
    assert_eq!(server.asked().len(), 6, "three times");
    assert_eq!(changes(&server, Some(10)).await, [format!("PUT {NAME}")]);
}

#[tokio::test]
async fn an_event_that_the_hosts_program_has_put_elsewhere_is_found_by_its_id() {
    for habits in all_habits() {
        for href in [
            None,
            Some(""),
            Some("https://dav.example.com/aiko/work/"),
            Some("https://dav.example.com:443/aiko/%77ork/../work/"),
        ] {
            let server = server(Habits { href, ..habits });
            holds(&server, Some(9)).await.unwrap();
            let text = server.take(NAME);
            server.put("0815.ics", &text);
            add(&server, "0815.ics");
            server.changes();
            assert_eq!(changes(&server, Some(10)).await, ["PUT 0815.ics"]);
            assert!(server.text("0815.ics").contains("TRIGGER:-PT30M"));
            assert_eq!(changes(&server, Some(10)).await, [""; 0]);
            assert_eq!(server.names(), ["0815.ics", "other.ics"]);
            assert_eq!(changes(&server, None).await, ["DELETE 0815.ics"]);
            check_untouched(&server);
        }
    }
}

#[tokio::test]
async fn a_calendar_that_has_moved_is_written_to_where_it_is() {
    let habits = Habits { moved_to: Some("https://p42.dav.example.com/1/"), ..Habits::default() };
    let server = server(habits);
    assert_eq!(changes(&server, Some(9)).await, [format!("PUT {NAME}")]);
    let asked = server.asked();
    let puts: Vec<&OutgoingRequest> = asked.iter().filter(|request| request.method == "PUT").collect();
    let at = |base: &str| format!("{base}{NAME}");
    assert_eq!([&puts[0].url, &puts[1].url], [&at(URL), &at("https://p42.dav.example.com/1/")]);
    assert_eq!((&puts[0].headers, &puts[0].body), (&puts[1].headers, &puts[1].body));
    // Where it has been found, only a path is said.
    let text = server.take(NAME);
    server.put("0815.ics", &text);
    assert_eq!(changes(&server, Some(10)).await, ["PUT 0815.ics"]);
    assert_eq!(changes(&server, None).await, ["DELETE 0815.ics"]);
    check_untouched(&server);
}

#[tokio::test]
async fn a_password_is_told_to_no_server_that_says_it_has_the_event() {
    let said = "the event is on another server, which is not told the password";
    for href in
        ["https://evil.example/aiko/", "http://dav.example.com/aiko/work/", "//example.com/", "https://"]
    {
        let server = server(Habits { href: Some(href), ..Habits::default() });
        server.put("0815.ics", &text(9));
        for hour in [Some(9), Some(10), None] {
            assert_eq!(holds(&server, hour).await, Err(Unwritten::because(said)), "{href}");
            assert!(server.asked().iter().all(|request| request.url.starts_with(URL)));
        }
        assert_eq!(
            (server.changes(), server.names()),
            (vec![], vec!["0815.ics".to_owned(), "other.ics".to_owned()])
        );
    }
}

#[tokio::test]
async fn what_else_stands_in_the_copys_place_is_left_there() {
    for (text, said) in [
        (OTHER, "another event stands in the place of the booking's"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "another event stands in the place of the booking's"),
        ("<!doctype html><title>Sign in</title>", "it answered with something else than an event"),
        ("", "it answered with something else than an event"),
    ] {
        for hour in [Some(9), None] {
            let server = server(Habits::default());
            server.put(NAME, text);
            assert_eq!(holds(&server, hour).await, Err(Unwritten::because(said)), "{text}");
            assert_eq!((server.text(NAME).as_str(), server.changes()), (text, vec![]));
        }
    }
}

/// Answers that are no outcome, each with what the host reads of it and the `Retry-After`.
type Failure = (Result<Response, Unanswered>, &'static str, Option<&'static str>);

/// Those that say the same to whatever is asked.
fn failures_of_all() -> Vec<Failure> {
    let moved = |to: &str| with(answer(301, ""), "location", to);
    let elsewhere =
        "it has moved to another server, which is not told the password: set `url` to where it is now";
    let fault = |status, said| (Ok(answer(status, "<html>aiko</html>")), said, None);
    vec![
        fault(
            401,
            "it answered 401: its server does not accept the user and the secret's password; many servers need an app password",
        ),
        fault(408, "it answered 408: its server does not take the question"),
        fault(500, "it answered 500: its server has a fault"),
        (
            Ok(with(answer(503, ""), "retry-after", "Tue, 24 Nov 2026 01:00:00 GMT")),
            "it answered 503: its server has a fault",
            Some("Tue, 24 Nov 2026 01:00:00 GMT"),
        ),
        (Err(Unanswered::TimedOut(Duration::from_millis(1))), "it did not answer within 2 s", None),
        (Err(Unanswered::Unreachable("refused".to_owned())), "it cannot be reached: refused", None),
        (Err(Unanswered::BrokenOff("end of file".to_owned())), "its answer broke off: end of file", None),
        (Ok(moved("https://evil.example/")), elsewhere, None),
        (Ok(moved("https://")), "it has moved, and does not say where", None),
    ]
}

/// What is said where the copy is looked up.
fn failures_of_looking() -> Vec<Failure> {
    let limited = with(answer(429, ""), "retry-after", "90");
    vec![
        (Ok(limited), "it answered 429: it has been read too often", Some("90")),
        (Ok(answer(304, "")), "it answered 304: that is not a CalDAV calendar", None),
        (Err(Unanswered::TooLarge(10 << 20)), "it answered with more than 10 MB", None),
    ]
}

/// The same where the event is looked for in the whole calendar.
fn failures_of_searching() -> Vec<Failure> {
    let said = |status, said| (Ok(answer(status, "")), said, None);
    let list = |body: &str| Ok(answer(207, &multistatus(body)));
    let odd = |status: u16| {
        format!(
            "<d:response><d:href>/aiko/work/1.ics</d:href><d:status>HTTP/1.1 {status} Odd</d:status></d:response>"
        )
    };
    let whole = multistatus("");
    vec![
        said(
            403,
            "it answered 403: its server does not let the user read it; many servers need an app password",
        ),
        said(404, "it answered 404: it is not there: it was renamed or deleted, or its `url` is wrong"),
        said(410, "it answered 410: it is not there: it was renamed or deleted, or its `url` is wrong"),
        said(200, "it answered 200: that is not a CalDAV calendar"),
        said(303, "it answered 303: that is not a CalDAV calendar"),
        (Ok(answer(207, "<html/>")), "that is not a CalDAV calendar", None),
        (Ok(answer(207, &whole[..whole.len() - 5])), "its server's answer is cut off, or damaged", None),
        (list(&odd(500)), "an event of it cannot be read: it answered 500: its server has a fault", None),
        (
            list("<d:response><d:href>/aiko/work/1.ics</d:href></d:response>"),
            "an event of it is missing in its server's answer",
            None,
        ),
    ]
}

/// The same where it is written.
fn failures_of_writing() -> Vec<Failure> {
    let said = |status, said| (Ok(answer(status, "")), said, None);
    let has_it = |status| Ok(answer(status, "<d:error xmlns:d=\"DAV:\"><c:no-uid-conflict/></d:error>"));
    vec![
        said(303, "it answered 303: that is not a CalDAV calendar"),
        said(400, "it answered 400: its server does not take the event"),
        said(403, "it answered 403: its server does not let the user write to it"),
        said(405, "it answered 405: that is not a CalDAV calendar"),
        said(413, "it answered 413: it is full, or the event is too much for its server"),
        said(415, "it answered 415: its server does not take the event"),
        said(423, "it answered 423: its server does not take the question"),
        said(501, "it answered 501: that is not a CalDAV calendar"),
        said(507, "it answered 507: it is full, or the event is too much for its server"),
        (
            Ok(with(answer(429, ""), "retry-after", "90")),
            "it answered 429: it has been asked too often",
            Some("90"),
        ),
        (
            has_it(403),
            "it answered 403: its server has the event elsewhere, perhaps in another of the user's calendars",
            None,
        ),
    ]
}

/// Checks what is said where a method is answered so, at the making of a copy, its change, or its end; and that all is
/// well once it is answered otherwise.
async fn check(method: &'static str, hour: Option<u32>, before: Option<u32>, failure: Failure) {
    let (answer, said, retry_after) = failure;
    let server = server(Habits::default());
    if before.is_some() {
        holds(&server, before).await.unwrap();
        add(&server, NAME);
    }
    let names = server.names();
    server.changes();
    server.says(method, answer);
    let unwritten = holds(&server, hour).await.unwrap_err();
    let told = (unwritten.reason.as_str(), unwritten.retry_after.as_deref());
    assert_eq!(told, (said, retry_after), "{method} {hour:?} {before:?}");
    assert_eq!((server.changes().len(), server.names()), (0, names));
    check_untouched(&server);
    let expected = usize::from(hour.is_some() || before.is_some());
    assert_eq!(changes(&server, hour).await.len(), expected);
    assert_eq!(changes(&server, hour).await.len(), 0);
    assert_eq!(server.names().len(), 1 + usize::from(hour.is_some()));
}

#[tokio::test]
async fn a_failure_says_what_to_do_and_harms_nothing() {
    for failure in failures_of_all().into_iter().chain(failures_of_looking()) {
        for (hour, before) in [(Some(9), None), (Some(10), Some(9)), (None, Some(9)), (None, None)] {
            check("GET", hour, before, failure.clone()).await;
        }
    }
    let of_searching =
        failures_of_all().into_iter().chain(failures_of_looking()).chain(failures_of_searching());
    for failure in of_searching {
        check("REPORT", Some(9), None, failure.clone()).await;
        check("REPORT", None, None, failure).await;
    }
    for failure in failures_of_all().into_iter().chain(failures_of_writing()) {
        check("PUT", Some(9), None, failure.clone()).await;
        check("PUT", Some(10), Some(9), failure.clone()).await;
        check("DELETE", None, Some(9), failure).await;
    }
    for (status, said) in [
        (404, "it answered 404: it is not there, or does not take the event"),
        (410, "it answered 410: it is not there, or does not take the event"),
    ] {
        check("PUT", Some(9), None, (Ok(answer(status, "")), said, None)).await;
    }
}

#[tokio::test]
async fn what_may_be_well_the_next_time_is_tried_three_times() {
    for (status, body, said) in [
        (409, "", "it answered 409: it is not there, or does not take the event"),
        (
            409,
            "<error xmlns=\"DAV:\"><no-uid-conflict/></error>",
            "it answered 409: its server has the event elsewhere, perhaps in another of the user's calendars",
        ),
        (412, "", "it answered 412: somebody else changes the event at the same time"),
        (207, "<multistatus xmlns=\"DAV:\"/>", "it answered 207: that is not a CalDAV calendar"),
    ] {
        for (method, hour, before) in
            [("PUT", Some(9), None), ("PUT", Some(10), Some(9)), ("DELETE", None, Some(9))]
        {
            for (times, expected) in [(2, Ok(())), (3, Err(Unwritten::because(said)))] {
                let server = server(Habits::default());
                holds(&server, before).await.unwrap();
                server.changes();
                for _ in 0..times {
                    server.says(method, Ok(answer(status, body)));
                }
                assert_eq!(holds(&server, hour).await, expected, "{method} {status}");
                assert_eq!(server.changes().len(), 3 - times);
                check_untouched(&server);
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_the_question_has_the_event_nowhere_else() {
    for status in [400, 405, 501] {
        for (hour, expected) in [(Some(9), vec![format!("PUT {NAME}")]), (None, vec![])] {
            let server = server(Habits::default());
            server.says("REPORT", Ok(answer(status, "")));
            assert_eq!(changes(&server, hour).await, expected);
        }
    }
}

#[tokio::test]
async fn what_is_gone_is_taken_out() {
    for status in [404, 410] {
        let server = server(Habits::default());
        holds(&server, Some(9)).await.unwrap();
        server.says("DELETE", Ok(answer(status, "")));
        assert_eq!(holds(&server, None).await, Ok(()));
    }
}

#[tokio::test]
async fn a_feed_and_a_calendar_without_its_secret_are_not_written_to() {
    let id = BookingId::parse(ID).unwrap();
    let way = Way { secret: None, ..Way::answering(Vec::new()) };
    let unset = keep(&way, &caldav().1, (&id, Held::Copy(&copy(9))), DEADLINE).await;
    assert_eq!(unset, Err(Unwritten::refused("the secret AIKO_CALENDAR is not set".to_owned())));
    let fed = keep(&way, &host().1, (&id, Held::Copy(&copy(9))), DEADLINE).await;
    assert_eq!(fed, Err(Unwritten::because("a feed cannot be written to")));
}

const RECURS: &str = "RRULE:FREQ=WEEKLY\r\nEXDATE:20261201T090000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
    UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ\r\nRECURRENCE-ID:20261208T090000Z\r\nDTSTART:20261209T090000Z\r\nEND:VEVENT";

#[tokio::test]
async fn a_copy_that_its_host_has_made_a_series_of_is_put_back_as_one_event() {
    for habits in all_habits() {
        let server = server(habits);
        holds(&server, Some(9)).await.unwrap();
        add(&server, NAME);
        let alone = server.text(NAME);
        server.put(NAME, &alone.replacen("END:VEVENT", RECURS, 1));
        server.changes();
        assert_eq!(changes(&server, Some(9)).await, [""; 0], "of its own accord, it stays");
        let (id, copy) = (BookingId::parse(ID).unwrap(), copy(9));
        for expected in [vec![format!("PUT {NAME}")], vec![]] {
            keep(&server, &caldav().1, (&id, Held::Alone(&copy)), DEADLINE).await.unwrap();
            assert_eq!(server.changes(), expected, "{habits:?}");
        }
        let text = server.text(NAME);
        assert!(["RRULE", "EXDATE", "RECURRENCE-ID"].iter().all(|word| !text.contains(word)), "{text}");
        assert!(ADDED.lines().all(|line| text.contains(line)), "{text}");
        check_untouched(&server);
    }
}

/// Where the server says that the copy stands, in hours of that day, if it does.
async fn looked_for(server: &Server) -> Result<Option<i64>, String> {
    let (host, calendar) = (host().0, caldav().1);
    let looked = look_for(server, &host, &calendar, &BookingId::parse(ID).unwrap(), DEADLINE).await;
    let day = "2026-12-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap().timestamp();
    let found = looked.map_err(|unread| unread.reason)?;
    assert!(found.iter().all(|booked| !booked.blocks), "it takes no time of what is read");
    Ok(found.map(|booked| (booked.span.start - day) / 3600))
}

#[tokio::test]
async fn a_copy_is_found_wherever_it_lies() {
    for habits in all_habits() {
        let server = server(habits);
        assert_eq!(looked_for(&server).await, Ok(None), "{habits:?}");
        holds(&server, Some(9)).await.unwrap();
        assert_eq!(looked_for(&server).await, Ok(Some(9)));
        let text = server.take(NAME);
        for (date, hours) in [("20201201", -(6 * 365 + 1) * 24 + 9), ("20361201", (10 * 365 + 3) * 24 + 9)] {
            server.put("moved.ics", &text.replace("20261201T09", &format!("{date}T09")));
            assert_eq!(looked_for(&server).await, Ok(Some(hours)), "{habits:?} {date}");
        }
        server.put("moved.ics", &text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED"));
        assert_eq!(looked_for(&server).await, Ok(None), "it is cancelled there");
    }
}

#[tokio::test]
async fn a_copy_that_cannot_be_looked_for_is_not_gone() {
    for (method, status, expected) in [
        ("REPORT", 400, "its server cannot look for one event"),
        ("REPORT", 501, "its server cannot look for one event"),
        ("REPORT", 500, "it answered 500: its server has a fault"),
        ("GET", 500, "it answered 500: its server has a fault"),
    ] {
        let server = server(Habits::default());
        server.says(method, Ok(answer(status, "")));
        assert_eq!(looked_for(&server).await, Err(expected.to_owned()), "{method} {status}");
    }
    let server = server(Habits::default());
    holds(&server, Some(9)).await.unwrap();
    server.put(NAME, &server.text(NAME).replace("DTSTART:2026", "DTSTART:tomorrow"));
    assert_eq!(looked_for(&server).await, Err("when the event is cannot be read".to_owned()));
    server.put(NAME, &server.text(NAME).replace("END:VCALENDAR", ""));
    assert_eq!(looked_for(&server).await, Err("it is cut off".to_owned()));
}

#[tokio::test]
async fn that_an_event_stands_elsewhere_is_no_matter_of_who_is_let_in() {
    let conflict =
        "<d:error xmlns:d=\"DAV:\"><c:no-uid-conflict xmlns:c=\"urn:ietf:params:xml:ns:caldav\"/></d:error>";
    for (status, body, is_refused) in
        [(403, "", true), (401, "", true), (403, conflict, false), (507, "", false)]
    {
        let server = server(Habits::default());
        server.says("PUT", Ok(answer(status, body)));
        assert_eq!(holds(&server, Some(9)).await.unwrap_err().is_refused, is_refused, "{status} {body}");
    }
}
