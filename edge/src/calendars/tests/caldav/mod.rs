//! Calendars on `CalDAV` servers: what these are asked, and what is made of their answers.

mod answers;
mod copies;
mod discovery;
mod failures;
mod trial;

use super::*;
use crate::tests::caldav::URL;

const DEADLINE: Duration = Duration::from_secs(2);
pub(super) const DATA: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Dentist & co\r\nDTSTART:20261201T090000Z\r\nDURATION:PT30M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// From nine to half past, on December 1, 2026.
const AT_NINE: Span = Span { start: 1_796_115_600, end: 1_796_117_400 };

/// A multistatus with the prefixes that most servers have.
pub(super) fn multistatus(responses: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:s=\"http://calendarserver.org/ns/\">{responses}</d:multistatus>\n"
    )
}

/// A resource that has some properties.
pub(super) fn response(href: &str, properties: &str) -> String {
    format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop>\
         <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}

/// What a calendar says of itself.
pub(super) fn itself(properties: &str) -> String {
    let kind = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>";
    multistatus(&response("/aiko/work/", &format!("{kind}{properties}")))
}

fn tagged(tag: &str) -> String {
    itself(&format!("<s:getctag>{tag}</s:getctag>"))
}

/// Events, each as a resource has it.
pub(super) fn events(data: &[&str]) -> String {
    let one =
        |data: &&str| response("/aiko/work/1.ics", &format!("<c:calendar-data>{data}</c:calendar-data>"));
    multistatus(&data.iter().map(one).collect::<String>())
}

pub(super) fn escaped(data: &str) -> String {
    data.replace('&', "&amp;").replace('\r', "&#13;")
}

#[expect(clippy::unnecessary_wraps, reason = "as the way out answers")]
pub(super) fn told(status: u16, body: impl Into<Bytes>) -> Result<Response, Unanswered> {
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
    read(way, &host, &calendar, known, DEADLINE).await
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
Accept-Encoding: identity
Content-Type: application/xml; charset=utf-8
Depth: 0

<?xml version=\"1.0\" encoding=\"utf-8\"?><d:propfind xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
xmlns:s=\"http://calendarserver.org/ns/\"><d:prop><d:resourcetype/><c:supported-calendar-component-set/><s:getctag/><d:sync-token/><c:calendar-timezone/>\
</d:prop></d:propfind>"
    );
    // A day more on each side than what is asked of a feed.
    assert_eq!(
        sent(&asked[1]),
        "\
REPORT https://dav.example.com/aiko/work/
Authorization: Basic YWlrb0BleGFtcGxlLmNvbTpodHRwczovL2NhbGVuZGFyLmV4YW1wbGUvcHJpdmF0ZS0wMTIzL2Jhc2ljLmljcw==
Accept-Encoding: identity
Content-Type: application/xml; charset=utf-8
Depth: 1

<?xml version=\"1.0\" encoding=\"utf-8\"?><c:calendar-query xmlns:d=\"DAV:\" \
xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter>\
<c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"VEVENT\">\
<c:time-range start=\"20261121T235900Z\" end=\"20261227T235900Z\"/>\
</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    );
    assert_eq!((asked[0].deadline, asked[1].deadline), (DEADLINE, DEADLINE));
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
        let noted = read(&way, &host, &calendar, Some(&known), DEADLINE).await;
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
    let said = "it answered 401: its server does not accept the user and the secret's password; many servers need an app password";
    check_failed(&read_by(&way, None).await, said);
    let round = || moved(301, "/again/");
    let way = Way::answering(vec![round(), round(), round(), round(), round()]);
    check_failed(&read_by(&way, None).await, "it has moved too often");
    for nowhere in [moved(301, "https://"), told(301, "")] {
        check_failed(
            &read_by(&Way::answering(vec![nowhere]), None).await,
            "it has moved, and does not say where",
        );
    }
}

#[tokio::test]
async fn both_questions_share_one_deadline() {
    let answers = vec![told(207, tagged("7")), told(207, events(&[]))];
    let way = Way { seconds: 1, ..Way::answering(answers) };
    assert_eq!(busy(read_by(&way, None).await.reading), []);
    let deadlines: Vec<Duration> = way.asked.borrow().iter().map(|request| request.deadline).collect();
    assert_eq!(deadlines, [DEADLINE, Duration::from_secs(1)]);
    let way = Way { seconds: 2, ..Way::answering(vec![told(207, tagged("7"))]) };
    check_failed(&read_by(&way, None).await, "it did not answer within 2 s");
}
