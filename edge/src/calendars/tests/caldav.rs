//! Calendars on `CalDAV` servers: what these are asked, and what is made of their answers.

use proptest::prelude::*;
use scheduling::zone::Zone;

use super::*;

const URL: &str = "https://dav.example.com/aiko/work/";
const DATA: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Dentist & co\r\nDTSTART:20261201T090000Z\r\nDURATION:PT30M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// From nine to half past, on December 1, 2026.
const AT_NINE: Span = Span { start: 1_796_115_600, end: 1_796_117_400 };

/// A multistatus with the prefixes that most servers have.
fn multistatus(responses: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:s=\"http://calendarserver.org/ns/\">{responses}</d:multistatus>\n"
    )
}

/// A resource that has some properties.
fn response(href: &str, properties: &str) -> String {
    format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop>\
         <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}

/// What a calendar says of itself.
fn itself(properties: &str) -> String {
    let kind = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>";
    multistatus(&response("/aiko/work/", &format!("{kind}{properties}")))
}

fn tagged(tag: &str) -> String {
    itself(&format!("<s:getctag>{tag}</s:getctag>"))
}

/// Events, each as a resource has it.
fn events(data: &[&str]) -> String {
    let one =
        |data: &&str| response("/aiko/work/1.ics", &format!("<c:calendar-data>{data}</c:calendar-data>"));
    multistatus(&data.iter().map(one).collect::<String>())
}

fn escaped(data: &str) -> String {
    data.replace('&', "&amp;").replace('\r', "&#13;")
}

#[expect(clippy::unnecessary_wraps, reason = "as the way out answers")]
fn told(status: u16, body: impl Into<Bytes>) -> Result<Response, Unanswered> {
    Ok(http::Response::builder().status(status).body(body.into()).unwrap())
}

fn caldav() -> (HostDefinition, Calendar) {
    let (host, calendar) = host();
    let (url, user) = (URL.to_owned(), "aiko@example.com".to_owned());
    let source = CalendarSource::Caldav { url, user, secret: "AIKO_CALENDAR".to_owned() };
    (host, Calendar { source, ..calendar })
}

async fn read_by(way: &Way, known: Option<&Known>) -> NoteBusy {
    let (host, calendar) = caldav();
    read(way, &host, &calendar, known, 2).await
}

/// What comes of an answer about the calendar, and one about its events.
async fn read_of(itself: impl Into<Bytes>, events: impl Into<Bytes>) -> Reading {
    read_by(&Way::answering(vec![told(207, itself), told(207, events)]), None).await.reading
}

fn busy(reading: Reading) -> Vec<Span> {
    let Reading::Found(found) = reading else { panic!("{reading:?}") };
    found.busy
}

#[tokio::test]
async fn a_calendar_is_asked_whether_it_has_changed_and_then_for_its_events() {
    let way = Way::answering(vec![told(207, tagged("7")), told(207, events(&[&escaped(DATA)]))]);
    let noted = read_by(&way, None).await;
    let minutes = (noted.next_read_at - noted.read_at).num_minutes();
    assert_eq!((busy(noted.reading), minutes), (vec![AT_NINE], 10));
    let asked = way.asked.borrow();
    let sent = |request: &OutgoingRequest| {
        let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        let (method, url) = (&request.method, &request.url);
        format!(
            "{method} {url}\n{}\n{}",
            headers.collect::<String>(),
            std::str::from_utf8(&request.body).unwrap()
        )
    };
    assert_eq!(
        sent(&asked[0]),
        "\
PROPFIND https://dav.example.com/aiko/work/
Authorization: Basic YWlrb0BleGFtcGxlLmNvbTpodHRwczovL2NhbGVuZGFyLmV4YW1wbGUvcHJpdmF0ZS0wMTIzL2Jhc2ljLmljcw==
Content-Type: application/xml; charset=utf-8
Depth: 0
Accept-Encoding: identity

<?xml version=\"1.0\" encoding=\"utf-8\"?><d:propfind xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
xmlns:s=\"http://calendarserver.org/ns/\"><d:prop><d:resourcetype/><s:getctag/><d:sync-token/><c:calendar-timezone/>\
</d:prop></d:propfind>"
    );
    // A day more on each side than what is asked of a feed.
    assert_eq!(
        sent(&asked[1]),
        "\
REPORT https://dav.example.com/aiko/work/
Authorization: Basic YWlrb0BleGFtcGxlLmNvbTpodHRwczovL2NhbGVuZGFyLmV4YW1wbGUvcHJpdmF0ZS0wMTIzL2Jhc2ljLmljcw==
Content-Type: application/xml; charset=utf-8
Depth: 1
Accept-Encoding: identity

<?xml version=\"1.0\" encoding=\"utf-8\"?><c:calendar-query xmlns:d=\"DAV:\" \
xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter>\
<c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"VEVENT\">\
<c:time-range start=\"20261121T235900Z\" end=\"20261227T235900Z\"/>\
</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    );
    assert_eq!((asked[0].deadline_seconds, asked[1].deadline_seconds), (2, 2));
}

#[tokio::test]
async fn a_password_may_have_any_letter_but_the_end_of_a_line() {
    let way = Way { secret: Some("pä:ss wörd\r\n"), ..Way::answering(vec![told(401, "")]) };
    read_by(&way, None).await;
    let authorization = way.asked.borrow()[0].headers[0].1.clone();
    assert_eq!(authorization, "Basic YWlrb0BleGFtcGxlLmNvbTpww6Q6c3Mgd8O2cmQ=");
}

#[tokio::test]
async fn what_has_not_changed_is_not_read_again() {
    let zone = "<c:calendar-timezone>BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Asia/Tokyo\nEND:VTIMEZONE\nEND:VCALENDAR\n</c:calendar-timezone>";
    let token = "<d:sync-token>https://dav.example.com/sync/1</d:sync-token>";
    let token_of_two = "<d:sync-token>https://dav.example.com/sync/2</d:sync-token>";
    for (first, second, is_unchanged) in [
        (tagged("7"), tagged("7"), true),
        (tagged("7"), tagged("8"), false),
        (itself(token), itself(token), true),
        (itself(token), itself(token_of_two), false),
        // The tag goes before.
        (
            itself(&format!("<s:getctag>7</s:getctag>{token}")),
            itself(&format!("{token_of_two}<s:getctag>7</s:getctag>")),
            true,
        ),
        (tagged("7"), itself(&format!("<s:getctag>7</s:getctag>{zone}")), false),
        (tagged(""), tagged(""), false),
        (itself(""), itself(""), false),
    ] {
        let answers = vec![
            told(207, first.clone()),
            told(207, events(&[&escaped(DATA)])),
            told(207, second.clone()),
            told(207, events(&[])),
        ];
        let way = Way::answering(answers);
        let known = known_of(&read_by(&way, None).await);
        let again = read_by(&way, Some(&known)).await.reading;
        assert_eq!(again == Reading::Unchanged, is_unchanged, "{first} {second}");
        assert_eq!(way.asked.borrow().len(), if is_unchanged { 3 } else { 4 });
    }
}

#[tokio::test]
async fn what_was_read_long_ago_or_otherwise_is_read_whole() {
    let check = async |change: &dyn Fn(&mut Known, &mut Calendar)| {
        let all = || [told(207, tagged("7")), told(207, events(&[&escaped(DATA)]))];
        let way = Way::answering(all().into_iter().chain(all()).collect());
        let mut known = known_of(&read_by(&way, None).await);
        let (host, mut calendar) = caldav();
        change(&mut known, &mut calendar);
        let noted = read(&way, &host, &calendar, Some(&known), 2).await;
        assert_eq!(busy(noted.reading), [AT_NINE]);
    };
    let now: DateTime<Utc> = NOW.parse().unwrap();
    check(&|known, _| known.whole_at = Some(now - TimeDelta::hours(21))).await;
    check(&|known, _| known.whole_at = None).await;
    check(&|known, _| known.known.end -= 3 * 86_400).await;
    check(&|_, calendar| calendar.tentative_blocks = false).await;
    for (url, user) in [("https://dav.example.com/aiko/other/", "aiko@example.com"), (URL, "aiko")] {
        let secret = "AIKO_CALENDAR".to_owned();
        check(&|_, calendar| {
            let (url, user, secret) = (url.to_owned(), user.to_owned(), secret.clone());
            calendar.source = CalendarSource::Caldav { url, user, secret };
        })
        .await;
    }
}

#[test]
fn a_calendar_with_another_password_is_another_one_and_known_for_half_an_hour() {
    let wanted = |secret| {
        let (mut host, calendar) = caldav();
        host.calendars = vec![calendar];
        let mut meeting = host.meetings["intro"].clone();
        meeting.calendars = vec!["work".to_owned()];
        let way = Way { secret, ..Way::answering(Vec::new()) };
        super::wanted(&way, &host, &meeting).unwrap().wanted.remove(0)
    };
    let (one, other) = (wanted(Some("one")), wanted(Some("other")));
    assert_ne!(one.settings, other.settings);
    assert_eq!((one.known_for_minutes, one.settings == wanted(Some("one")).settings), (30, true));
}

/// Answers of real servers about a calendar itself, each with the tag and the zone that it says.
#[tokio::test]
async fn servers_say_of_a_calendar_what_it_is_each_in_its_own_way() {
    for (name, answer) in [
        (
            "Radicale: namespaces as it goes, what it lacks beside what it has",
            "<?xml version='1.0' encoding='utf-8'?>\n<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:CS=\"http://calendarserver.org/ns/\"><response><href>/aiko/work/</href><propstat><prop><resourcetype><C:calendar /><collection /></resourcetype><CS:getctag>\"7\"</CS:getctag><sync-token>http://radicale.org/ns/sync/4a</sync-token></prop><status>HTTP/1.1 200 OK</status></propstat><propstat><prop><C:calendar-timezone /></prop><status>HTTP/1.1 404 Not Found</status></propstat></response></multistatus>",
        ),
        (
            "SOGo: prefixes of its own",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<D:multistatus xmlns:n2=\"http://calendarserver.org/ns/\" xmlns:n1=\"urn:ietf:params:xml:ns:caldav\" xmlns:D=\"DAV:\"><D:response><D:href>/SOGo/dav/aiko/Calendar/personal/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/><n1:calendar/><vevent-collection xmlns=\"http://groupdav.org/\"/></D:resourcetype><n2:getctag>&quot;7&quot;</n2:getctag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>",
        ),
        (
            "sabre/dav: a mark of byte order, comments, a status in front of its properties",
            "\u{feff}<d:multistatus xmlns:d=\"DAV:\" xmlns:cal=\"urn:ietf:params:xml:ns:caldav\" xmlns:cs=\"http://calendarserver.org/ns/\"><!-- 1 --><d:response><d:href>/a%20b/</d:href><d:propstat><d:status>HTTP/1.1 200 OK</d:status><d:prop><d:resourcetype><d:collection/><cal:calendar/><cs:shared-owner/></d:resourcetype><cs:getctag>\"7\"</cs:getctag></d:prop></d:propstat></d:response></d:multistatus>",
        ),
        (
            "one namespace under two prefixes, and redefined within",
            "<multistatus xmlns=\"DAV:\" xmlns:x=\"DAV:\"><x:response><href/><propstat><x:prop><resourcetype><calendar xmlns=\"urn:ietf:params:xml:ns:caldav\"/></resourcetype><getctag xmlns=\"http://calendarserver.org/ns/\"><![CDATA[\"7\"]]></getctag></x:prop><status> HTTP/2 200 </status></propstat></x:response></multistatus>",
        ),
    ] {
        let way = Way::answering(vec![told(207, answer), told(207, events(&[&escaped(DATA)]))]);
        let noted = read_by(&way, None).await;
        let Reading::Found(found) = noted.reading else { panic!("{name}: {noted:?}") };
        assert_eq!((found.validator.as_deref(), found.busy), (Some("\"7\" "), vec![AT_NINE]), "{name}");
    }
}

#[tokio::test]
async fn events_are_read_however_they_are_wrapped() {
    let cdata = format!("<![CDATA[{DATA}]]>");
    let in_two = format!("<![CDATA[{}]]><![CDATA[{}]]>", &DATA[..60], &DATA[60..]);
    let indented = format!("\n        {}\n      ", escaped(DATA));
    let numbered = escaped(DATA).replace('S', "&#x53;").replace("&#13;", "&#xD;").replace(':', "&#58;");
    let bare = escaped(DATA).replace("&#13;", "");
    let lower = bare.to_lowercase().replace("summary:", "x-summary:");
    for data in [&escaped(DATA), &cdata, &in_two, &indented, &numbered, &bare, &lower] {
        assert_eq!(busy(read_of(tagged("7"), events(&[data])).await), [AT_NINE], "{data}");
    }
    // Many, each with zones of its own, among what is no event.
    let todo = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:t\nDTSTART:20261202T090000Z\nDUE:20261202T100000Z\nEND:VTODO\nEND:VCALENDAR";
    let zoned = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:2\nDTSTART;TZID=Own:20261201T113000\nDTEND;TZID=Own:20261201T120000\nEND:VEVENT\nEND:VCALENDAR";
    let other = zoned.replace("+0200", "-0500").replace("UID:2", "UID:3");
    let all = busy(read_of(tagged("7"), events(&[todo, zoned, &escaped(DATA), &other])).await);
    let half_hour = |start| Span { start, end: start + 1800 };
    assert_eq!(
        all,
        [Span { start: AT_NINE.start, end: AT_NINE.start + 3600 }, half_hour(AT_NINE.start + 27_000)]
    );
}

#[tokio::test]
async fn a_calendar_without_events_is_an_empty_one() {
    for answer in [events(&[]), "<multistatus xmlns=\"DAV:\"/>".to_owned()] {
        let Reading::Found(found) = read_of(tagged("7"), answer).await else { panic!() };
        assert_eq!((found.busy.len(), found.events, found.known_until), (0, 0, found.asked.end));
    }
}

#[tokio::test]
async fn whole_days_are_those_of_where_the_calendar_is() {
    // The host is in Tokyo.
    let day = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261201\nEND:VEVENT\nEND:VCALENDAR";
    let zone = |lines: &str| {
        itself(&format!(
            "<c:calendar-timezone>BEGIN:VCALENDAR&#13;\nBEGIN:VTIMEZONE&#13;\n{lines}&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR</c:calendar-timezone>"
        ))
    };
    let midnight: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
    let of_day = |hours: i64| {
        let start = midnight.timestamp() - hours * 3600;
        Span { start, end: start + 86_400 }
    };
    for (itself, hours) in [
        (zone("TZID:Europe/Berlin"), 1),
        (zone("TZID:/freeassociation.sourceforge.net/Europe/Berlin"), 1),
        (zone("TZID:W. Europe Standard Time"), 1),
        (zone("TZID:Home&#13;\nX-LIC-LOCATION:America/New_York"), -5),
        (zone("TZID:Home"), 9),
        (itself(""), 9),
    ] {
        assert_eq!(busy(read_of(itself.clone(), events(&[day])).await), [of_day(hours)], "{itself}");
    }
    // The content knows better.
    let way = Way::answering(vec![told(207, zone("TZID:Europe/Berlin")), told(207, events(&[day]))]);
    let (host, calendar) = caldav();
    let calendar = Calendar { time_zone: Some(Zone::UTC), ..calendar };
    assert_eq!(busy(read(&way, &host, &calendar, None, 2).await.reading), [of_day(0)]);
}

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
    (401, "its server does not accept the user and the secret's password; many want an app password"),
    (403, "its server does not let the user read it; many want an app password"),
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
        (Unanswered::TimedOut(2), "it did not answer within 2 s"),
        (Unanswered::TooLarge(10 << 20), "it answered with more than 10485760 bytes"),
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

#[expect(clippy::unnecessary_wraps, reason = "as the way out answers")]
fn moved(status: u16, to: &str) -> Result<Response, Unanswered> {
    let mut answer = told(status, "").unwrap();
    answer.headers_mut().insert(LOCATION, to.parse().unwrap());
    Ok(answer)
}

#[tokio::test]
async fn a_calendar_that_has_moved_is_followed_with_all_that_it_is_asked() {
    for status in [301, 302, 307, 308] {
        let there = "https://p42.dav.example.com/1/work/";
        let answers = vec![
            moved(status, "../work-2/"),
            moved(status, there),
            told(207, tagged("7")),
            moved(status, "../work-2/"),
            told(207, events(&[&escaped(DATA)])),
        ];
        let way = Way::answering(answers);
        assert_eq!(busy(read_by(&way, None).await.reading), [AT_NINE]);
        let asked = way.asked.borrow();
        let to: Vec<(&str, &str)> =
            asked.iter().map(|request| (request.method.as_str(), request.url.as_str())).collect();
        let (second, last) =
            ("https://dav.example.com/aiko/work-2/", "https://p42.dav.example.com/1/work-2/");
        let expected = [
            ("PROPFIND", URL),
            ("PROPFIND", second),
            ("PROPFIND", there),
            ("REPORT", there),
            ("REPORT", last),
        ];
        assert_eq!(to, expected);
        assert!(
            asked[..3]
                .iter()
                .all(|request| (&request.headers, &request.body) == (&asked[0].headers, &asked[0].body))
        );
        assert_eq!((&asked[3].headers, &asked[3].body), (&asked[4].headers, &asked[4].body));
    }
}

#[tokio::test]
async fn a_password_is_told_to_no_other_server() {
    let refused =
        "it has moved to another server, which is not told the password: set `url` to where it is now";
    for to in
        ["https://evil.example/", "http://dav.example.com/", "//example.com/", "https://a:b@dav.example.com/"]
    {
        let way = Way::answering(vec![moved(301, to)]);
        check_failed(&read_by(&way, None).await, refused);
        assert_eq!(way.asked.borrow().len(), 1, "{to}");
        let way = Way::answering(vec![told(207, tagged("7")), moved(307, to)]);
        check_failed(&read_by(&way, None).await, refused);
    }
    // Home is where the content says, not where it led to.
    let way = Way::answering(vec![
        moved(301, "https://a.dav.example.com/"),
        moved(301, "https://b.dav.example.com/"),
        told(401, ""),
    ]);
    let said = "it answered 401: its server does not accept the user and the secret's password; many want an app password";
    check_failed(&read_by(&way, None).await, said);
    let round = || moved(301, "/again/");
    let way = Way::answering(vec![round(), round(), round(), round(), round()]);
    check_failed(&read_by(&way, None).await, "it has moved too often");
    check_itself(moved(301, "https://"), "it has moved, and does not say where").await;
    check_itself(told(301, ""), "it has moved, and does not say where").await;
}

#[tokio::test]
async fn both_questions_share_one_deadline() {
    let answers = vec![told(207, tagged("7")), told(207, events(&[]))];
    let way = Way { seconds: 1, ..Way::answering(answers) };
    assert_eq!(busy(read_by(&way, None).await.reading), []);
    let deadlines: Vec<u32> = way.asked.borrow().iter().map(|request| request.deadline_seconds).collect();
    assert_eq!(deadlines, [2, 1]);
    let way = Way { seconds: 2, ..Way::answering(vec![told(207, tagged("7"))]) };
    check_failed(&read_by(&way, None).await, "it did not answer within 2 s");
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
        prop_assert!(has_end || matches!(reading, Reading::Failed(_)));
    }

    #[test]
    fn a_byte_that_is_wrong_panics_nowhere(place in 0_usize..600, byte in any::<u8>()) {
        let mut answer = events(&[&escaped(DATA)]).into_bytes();
        let place = place % answer.len();
        answer[place] = byte;
        let _ = read_at_once(tagged("7").into_bytes(), answer);
    }
}
