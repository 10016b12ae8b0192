//! Reading calendars, over a way out that answers as it is told: feeds here, and others below.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod caldav;
mod consent;
mod failures;
mod google;
mod microsoft;

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{ETAG, LAST_MODIFIED, LOCATION};
use scheduling::calendar::{Found, Known, NoteBusy, Reading, Span};
use scheduling::definition::{Calendar, CalendarSource, HostDefinition, Role, WhenUnknown, WholeDays};

use super::{news, read, wanted};
use crate::tests::fixture;
use crate::{Clock, Fault, Outgoing, OutgoingRequest, Response, Unanswered};

const NOW: &str = "2026-11-23T23:59:00Z";
const FEED: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20261201T090000Z\nDURATION:PT30M\nEND:VEVENT\nEND:VCALENDAR\n";
const TWO_SECONDS: Duration = Duration::from_secs(2);
/// The address that the secret has.
const ADDRESS: &str = "https://calendar.example/private-0123/basic.ics";

/// The way out: it answers one request after the other, and notes what it was asked.
struct Way {
    secret: Option<&'static str>,
    answers: RefCell<Vec<Result<Response, Unanswered>>>,
    /// How long each answer takes.
    seconds: i64,
    asked: RefCell<Vec<OutgoingRequest>>,
}

impl Way {
    fn answering(answers: Vec<Result<Response, Unanswered>>) -> Self {
        Self { secret: Some(ADDRESS), seconds: 0, answers: RefCell::new(answers), asked: RefCell::default() }
    }

    /// The address of each request, with the condition that it came with.
    fn asked(&self) -> Vec<(String, Option<(String, String)>)> {
        let asked = self.asked.borrow();
        let condition = |request: &OutgoingRequest| {
            request.headers.iter().find(|(name, _)| name.starts_with("if-")).cloned()
        };
        asked.iter().map(|request| (request.url.clone(), condition(request))).collect()
    }
}

impl Clock for Way {
    fn now(&self) -> DateTime<Utc> {
        let answers = i64::try_from(self.asked.borrow().len()).unwrap();
        NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(self.seconds * answers)
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        Ok([0; 16])
    }
}

impl Outgoing for Way {
    fn secret(&self, name: &str) -> Option<String> {
        assert_eq!(name, "AIKO_CALENDAR");
        self.secret.map(str::to_owned)
    }

    async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        self.asked.borrow_mut().push(request);
        self.answers.borrow_mut().remove(0)
    }

    async fn sign(&self, key: &[u8], _: &str) -> Option<Vec<u8>> {
        (key == b"a key").then(|| b"signed".to_vec())
    }

    async fn seal(&self, key: &[u8; 32], nonce: &[u8; 12], text: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = text.to_vec();
        sealed.reverse();
        Some([key.as_slice(), nonce, &sealed].concat())
    }

    async fn open(&self, key: &[u8; 32], nonce: &[u8; 12], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut text = sealed.strip_prefix(key)?.strip_prefix(nonce)?.to_vec();
        text.reverse();
        Some(text)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the way out answers")]
fn says(status: u16, body: &'static str) -> Result<Response, Unanswered> {
    Ok(http::Response::builder().status(status).body(Bytes::from(body)).unwrap())
}

fn host() -> (HostDefinition, Calendar) {
    let host = fixture::site().1.into_iter().find(|host| host.folder == "aiko").unwrap();
    let source = CalendarSource::Feed { secret: "AIKO_CALENDAR".to_owned() };
    (host, Calendar::new("work".to_owned(), source))
}

async fn read_by(way: &Way, known: Option<&Known>) -> NoteBusy {
    let (host, calendar) = host();
    read(way, &host, &calendar, known, TWO_SECONDS).await
}

/// What a ledger knows after a reading.
fn known_of(noted: &NoteBusy) -> Known {
    let Reading::Found(found) = &noted.reading else { panic!("{noted:?}") };
    Known {
        name: noted.calendar.clone(),
        ledger: noted.ledger.clone(),
        settings: noted.settings.clone(),
        tried_at: noted.read_at,
        read_at: Some(noted.read_at),
        whole_at: Some(noted.read_at),
        known: Span { start: found.asked.start, end: found.known_until },
        next_read_at: noted.next_read_at,
        failing_since: None,
        error: None,
        events: found.events,
        skipped: found.skipped.clone(),
        validator: found.validator.clone(),
        renewed: noted.renewed.clone(),
        is_refused: false,
        missed: Vec::new(),
        unknown_events: found.unknown_events.clone(),
        left_out: Vec::new(),
    }
}

#[tokio::test]
async fn a_feed_is_asked_for_all_that_can_be_booked() {
    let way = Way::answering(vec![says(200, FEED)]);
    let noted = read_by(&way, None).await;
    let Reading::Found(found) = noted.reading else { panic!("{noted:?}") };
    let Found { asked, known_until, busy, .. } = *found;
    let start: DateTime<Utc> = "2026-12-01T09:00:00Z".parse().unwrap();
    assert_eq!(busy, [Span { start: start.timestamp(), end: start.timestamp() + 1800 }]);
    // The pages' longest window has thirty days.
    let days = |seconds: i64| seconds / 86_400;
    let now = way.now().timestamp();
    assert_eq!((days(now - asked.start), days(asked.end - now), known_until), (1, 33, asked.end));
    assert_eq!((noted.read_at, noted.next_read_at - noted.read_at), (way.now(), TimeDelta::minutes(15)));
    assert_eq!(way.asked(), [(ADDRESS.to_owned(), None)]);
    assert_eq!(way.asked.borrow()[0].deadline, TWO_SECONDS);
}

#[tokio::test]
async fn what_has_not_changed_is_not_read_again() {
    for (header, condition) in [(ETAG, "if-none-match"), (LAST_MODIFIED, "if-modified-since")] {
        let mut first = says(200, FEED).unwrap();
        first.headers_mut().insert(header, "\"a b\"".parse().unwrap());
        let way = Way::answering(vec![Ok(first), says(304, "")]);
        let known = known_of(&read_by(&way, None).await);
        assert_eq!(read_by(&way, Some(&known)).await.reading, Reading::Unchanged);
        assert_eq!(way.asked()[1].1, Some((condition.to_owned(), "\"a b\"".to_owned())));
    }
}

/// Checks that the feed is read whole by whoever knows it so.
async fn check_whole(change: impl FnOnce(&mut Known, &mut HostDefinition, &mut Calendar)) {
    let mut first = says(200, FEED).unwrap();
    first.headers_mut().insert(ETAG, "\"1\"".parse().unwrap());
    let way = Way::answering(vec![Ok(first), says(200, FEED)]);
    let mut known = known_of(&read_by(&way, None).await);
    let (mut host, mut calendar) = host();
    change(&mut known, &mut host, &mut calendar);
    let noted = read(&way, &host, &calendar, Some(&known), TWO_SECONDS).await;
    assert!(matches!(noted.reading, Reading::Found(_)), "{noted:?}");
    assert_eq!(way.asked()[1].1, None);
}

#[tokio::test]
async fn what_was_read_otherwise_long_ago_or_not_far_enough_is_read_whole() {
    check_whole(|known, _, _| {
        known.whole_at = Some(NOW.parse::<DateTime<Utc>>().unwrap() - TimeDelta::hours(21));
    })
    .await;
    check_whole(|known, _, _| {
        known.whole_at = Some(NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(9));
    })
    .await;
    check_whole(|known, _, _| known.known.end -= 3 * 86_400).await;
    check_whole(|known, _, _| known.validator = None).await;
    check_whole(|_, _, calendar| calendar.tentative_blocks = false).await;
    check_whole(|_, _, calendar| calendar.whole_days = WholeDays::Free).await;
    check_whole(|_, _, calendar| calendar.keep_free.after_minutes = 5).await;
    check_whole(|_, _, calendar| calendar.addresses.push("other@example.com".to_owned())).await;
    check_whole(|_, host, _| host.email = "new@example.com".to_owned()).await;
    check_whole(|_, host, _| host.time_zone = scheduling::zone::Zone::UTC).await;
}

#[test]
fn what_was_read_with_other_settings_is_of_another_calendar() {
    let settings = |secret, change: &dyn Fn(&mut HostDefinition, &mut Calendar)| {
        let (mut host, mut calendar) = host();
        change(&mut host, &mut calendar);
        host.calendars = vec![calendar];
        let meeting = host.meetings.values_mut().next().unwrap();
        meeting.calendars = vec!["work".to_owned()];
        let meeting = host.meetings.values().next().unwrap();
        let way = Way { secret, ..Way::answering(Vec::new()) };
        wanted(&way, &host, meeting).unwrap().wanted.remove(0).settings
    };
    let all = [
        settings(Some(ADDRESS), &|_, _| {}),
        settings(Some("https://calendar.example/other.ics"), &|_, _| {}),
        settings(None, &|_, _| {}),
        settings(Some(ADDRESS), &|_, calendar| calendar.tentative_blocks = false),
        settings(Some(ADDRESS), &|_, calendar| calendar.whole_days = WholeDays::Free),
        settings(Some(ADDRESS), &|_, calendar| calendar.keep_free.before_minutes = 5),
        settings(Some(ADDRESS), &|_, calendar| calendar.keep_free.after_minutes = 5),
        settings(Some(ADDRESS), &|_, calendar| calendar.addresses.push("other@example.com".to_owned())),
        settings(Some(ADDRESS), &|_, calendar| calendar.time_zone = Some(scheduling::zone::Zone::UTC)),
        settings(Some(ADDRESS), &|host, _| host.email = "new@example.com".to_owned()),
        settings(Some(ADDRESS), &|host, _| host.time_zone = scheduling::zone::Zone::UTC),
    ];
    let different: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), all.len(), "{all:?}");
    assert_eq!(settings(Some(ADDRESS), &|_, _| {}), all[0]);
    assert!(!all[0].contains("calendar.example"));
}

#[tokio::test]
async fn a_feed_says_how_often_it_wants_to_be_read() {
    for (wanted, minutes) in [("PT1M", 15), ("PT30M", 30), ("P1D", 60)] {
        let feed =
            FEED.replace("BEGIN:VEVENT", &format!("REFRESH-INTERVAL;VALUE=DURATION:{wanted}\nBEGIN:VEVENT"));
        let answer = http::Response::builder().status(200).body(Bytes::from(feed)).unwrap();
        let noted = read_by(&Way::answering(vec![Ok(answer)]), None).await;
        assert_eq!(noted.next_read_at - noted.read_at, TimeDelta::minutes(minutes), "{wanted}");
    }
}

/// Whether a reason says that nobody is let in until somebody has done something: then the host hears of it at once.
fn is_refusal(reason: &str) -> bool {
    let beginnings = [
        "it answered 401",
        "it answered 403",
        "the secret AIKO_CALENDAR ",
        "the `private_key` in the secret",
        "its sign-in answered 400",
        "its sign-in answered 401",
        "its sign-in answered 403",
        "its application is nobody's own",
        "Google does not accept",
        "Google no longer accepts",
        "the consent does not cover that",
        "`primary` is the service account's own",
    ];
    beginnings.iter().any(|beginning| reason.starts_with(beginning)) && !reason.ends_with("too often")
}

#[track_caller]
fn check_failed(noted: &NoteBusy, expected: &str) {
    assert_eq!(noted.reading.failure(), Some(expected));
    assert_eq!(matches!(noted.reading, Reading::Refused(_)), is_refusal(expected), "{expected}");
    assert_eq!(noted.host.as_ref().map(|(host, _)| host.as_str()), Some("aiko"));
    let minutes = if is_refusal(expected) { 20 } else { 5 };
    assert_eq!(noted.next_read_at - noted.read_at, TimeDelta::minutes(minutes));
}

#[tokio::test]
async fn a_failure_says_what_to_do_and_never_the_address() {
    let failures = [
        (
            says(401, ""),
            "it answered 401: its address is not the secret one, or has been withdrawn: copy it again, and set the secret anew",
        ),
        (
            says(403, ""),
            "it answered 403: its address is not the secret one, or has been withdrawn: copy it again, and set the secret anew",
        ),
        (
            says(404, ""),
            "it answered 404: it is not there: publish the calendar again, and set the secret anew",
        ),
        (
            says(410, ""),
            "it answered 410: it is not there: publish the calendar again, and set the secret anew",
        ),
        (says(429, ""), "it answered 429: it has been read too often"),
        (says(502, ""), "it answered 502: its server has a fault"),
        (says(204, ""), "it answered 204: that is not a calendar"),
        (says(302, ""), "it has moved, and does not say where"),
        (says(200, "<!doctype html>"), "it is not a calendar"),
        (says(200, ""), "it is not a calendar"),
        (says(200, "BEGIN:VCALENDAR\n"), "it is cut off"),
        (Err(Unanswered::NoAddress(ADDRESS.to_owned())), "the secret is not a web address"),
        (Err(Unanswered::Unencrypted(ADDRESS.to_owned())), "its address does not begin with https://"),
        (Err(Unanswered::Private(ADDRESS.to_owned())), "its address is a private one"),
        (Err(Unanswered::TimedOut(TWO_SECONDS)), "it did not answer within 2 s"),
        (Err(Unanswered::TooLarge(10 << 20)), "it answered with more than 10 MB"),
    ];
    for (answer, expected) in failures {
        check_failed(&read_by(&Way::answering(vec![answer]), None).await, expected);
    }
    let way = Way { secret: None, ..Way::answering(Vec::new()) };
    check_failed(&read_by(&way, None).await, "the secret AIKO_CALENDAR is not set");
}

#[expect(clippy::unnecessary_wraps, reason = "as the way out answers")]
fn moved(to: &str) -> Result<Response, Unanswered> {
    let mut answer = says(301, "").unwrap();
    answer.headers_mut().insert(LOCATION, to.parse().unwrap());
    Ok(answer)
}

#[tokio::test]
async fn a_feed_that_has_moved_is_followed_but_not_for_ever() {
    let way = Way::answering(vec![moved("/new.ics"), moved("https://other.example/c.ics"), says(200, FEED)]);
    let noted = read_by(&way, None).await;
    assert!(matches!(noted.reading, Reading::Found(_)), "{noted:?}");
    let addresses: Vec<String> = way.asked().into_iter().map(|(address, _)| address).collect();
    assert_eq!(addresses, [ADDRESS, "https://calendar.example/new.ics", "https://other.example/c.ics"]);
    let round = || moved("/again.ics");
    let way = Way::answering(vec![round(), round(), round(), round(), round()]);
    check_failed(&read_by(&way, None).await, "it has moved too often");
    let way = Way::answering(vec![moved("https://")]);
    check_failed(&read_by(&way, None).await, "it has moved, and does not say where");
}

#[tokio::test]
async fn a_move_is_read_as_a_browser_reads_it() {
    for (to, expected) in [
        ("//other.example/c.ics", "https://other.example/c.ics"),
        ("new.ics", "https://calendar.example/private-0123/new.ics"),
        ("../new.ics", "https://calendar.example/new.ics"),
        ("new.ics?token=1", "https://calendar.example/private-0123/new.ics?token=1"),
        ("?token=1", "https://calendar.example/private-0123/basic.ics?token=1"),
    ] {
        let way = Way::answering(vec![moved(to), says(200, FEED)]);
        read_by(&way, None).await;
        assert_eq!(way.asked()[1].0, expected, "{to}");
    }
}

#[tokio::test]
async fn that_nothing_has_changed_is_believed_only_where_it_was_asked() {
    let way = Way::answering(vec![says(304, "")]);
    check_failed(&read_by(&way, None).await, "it answered 304: that is not a calendar");
    for status in [300, 305, 306] {
        let way = Way::answering(vec![says(status, "")]);
        let expected = format!("it answered {status}: that is not a calendar");
        check_failed(&read_by(&way, None).await, &expected);
    }
}

#[tokio::test]
async fn all_moves_of_a_feed_share_one_deadline() {
    let answers = || vec![moved("/a.ics"), moved("/b.ics"), says(200, FEED)];
    let way = Way { seconds: 1, ..Way::answering(answers()) };
    check_failed(&read_by(&way, None).await, "it did not answer within 2 s");
    let deadlines: Vec<u64> = way.asked.borrow().iter().map(|request| request.deadline.as_secs()).collect();
    assert_eq!(deadlines, [2, 1]);
}

#[tokio::test]
async fn an_address_to_subscribe_to_is_one_of_the_web() {
    for (secret, expected) in [
        ("webcal://calendar.example/c.ics", "https://calendar.example/c.ics"),
        (" webcals://calendar.example/c.ics\n", "https://calendar.example/c.ics"),
        ("https://calendar.example/c.ics", "https://calendar.example/c.ics"),
    ] {
        let way = Way { secret: Some(secret), ..Way::answering(vec![says(200, FEED)]) };
        read_by(&way, None).await;
        assert_eq!(way.asked()[0].0, expected);
    }
}

#[tokio::test]
async fn the_operator_is_told_once_that_a_calendar_fails_and_once_that_it_is_back() {
    let fails = read_by(&Way::answering(vec![says(404, "")]), None).await;
    let works = read_by(&Way::answering(vec![says(200, FEED)]), None).await;
    let well = known_of(&works);
    let failing = Known { failing_since: Some(works.read_at), ..well.clone() };
    let failed = Some(
        "the calendar work of aiko cannot be read: it answered 404: it is not there: publish the calendar again, and set the secret anew"
            .to_owned(),
    );
    assert_eq!(
        (news(&fails, None), news(&fails, Some(&well)), news(&fails, Some(&failing))),
        (failed.clone(), failed, None)
    );
    let back = Some("the calendar work of aiko can be read again".to_owned());
    assert_eq!(
        (news(&works, None), news(&works, Some(&well)), news(&works, Some(&failing))),
        (None, None, back)
    );
}

#[tokio::test]
async fn the_operator_is_told_once_from_when_on_a_calendar_is_unknown() {
    let odd = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20261201T090000Z\nDURATION:PT30M\nRRULE:FREQ=DAILY;BYDAY=ODD\nEND:VEVENT\nEND:VCALENDAR\n";
    let part = read_by(&Way::answering(vec![says(200, odd)]), None).await;
    let told = "the calendar work of aiko is known only until 2026-12-01T09:00Z: a series repeats by a rule that is not understood";
    assert_eq!(news(&part, None).as_deref(), Some(told));
    let Reading::Found(found) = &part.reading else { panic!("{part:?}") };
    let known = Known { error: found.unknown_because.clone(), ..known_of(&part) };
    assert_eq!(news(&part, Some(&known)), None);
    let failing =
        Known { failing_since: Some(part.read_at), error: Some("it answered 404".to_owned()), ..known };
    assert_eq!(news(&part, Some(&failing)).as_deref(), Some(told), "it is back, and that is new");
    let broken = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:tomorrow\nEND:VEVENT\nEND:VCALENDAR\n";
    let nothing = read_by(&Way::answering(vec![says(200, broken)]), None).await;
    let told = "the calendar work of aiko is read, but not known: the time of an event cannot be read";
    assert_eq!(news(&nothing, None).as_deref(), Some(told));
}

#[test]
fn a_page_wants_to_know_the_calendars_that_it_names() {
    let (mut host, calendar) = host();
    host.calendars = vec![calendar.clone(), Calendar { name: "home".to_owned(), ..calendar }];
    let way = Way::answering(Vec::new());
    let mut meeting = host.meetings["intro"].clone();
    assert_eq!(wanted(&way, &host, &meeting), None);
    meeting.calendars = vec!["home".to_owned(), "gone".to_owned()];
    let asked = wanted(&way, &host, &meeting).unwrap();
    let names: Vec<&str> = asked.wanted.iter().map(|wanted| wanted.name.as_str()).collect();
    assert_eq!((names, asked.request_within_minutes, asked.may_read), (vec!["home"], Some(48 * 60), true));
    meeting.approval_within_minutes = Some(90);
    assert_eq!(wanted(&way, &host, &meeting).unwrap().request_within_minutes, Some(90));
    meeting.when_unknown = WhenUnknown::Refuse;
    assert_eq!(wanted(&way, &host, &meeting).unwrap().request_within_minutes, None);
}
