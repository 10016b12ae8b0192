//! Calendars of Microsoft 365: what Microsoft Graph is asked, and what is made of its answers.

mod copies;
mod failures;
mod rooms;

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::*;

const DEADLINE: Duration = Duration::from_secs(2);
/// From nine to half past, on December 1, 2026.
const AT_NINE: Span = Span { start: 1_796_115_600, end: 1_796_117_400 };
const DAY: i64 = 86_400;

/// A secret that no other test has: its token is kept.
pub(super) fn secret(change: impl FnOnce(&mut Value)) -> &'static str {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let client = format!("client {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut secret = json!({ "tenant_id": "a-tenant", "client_id": client, "client_secret": "Q~8/+" });
    change(&mut secret);
    Box::leak(secret.to_string().into_boxed_str())
}

/// A way out for somebody who has a secret of their own.
fn way(answers: Vec<Result<Response, Unanswered>>) -> Way {
    Way { secret: Some(secret(|_| {})), ..Way::answering(answers) }
}

#[expect(clippy::unnecessary_wraps, reason = "as the way out answers")]
pub(super) fn told(status: u16, body: impl Into<Bytes>) -> Result<Response, Unanswered> {
    Ok(http::Response::builder().status(status).body(body.into()).unwrap())
}

pub(super) fn tells(status: u16, said: &Value) -> Result<Response, Unanswered> {
    told(status, said.to_string())
}

pub(super) fn token() -> Result<Response, Unanswered> {
    tells(200, &json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "a.token" }))
}

fn time(time: &str) -> Value {
    json!({ "dateTime": format!("2026-12-{time}.0000000"), "timeZone": "UTC" })
}

/// An event, with what it has beside its time.
pub(super) fn event(start: &str, end: &str, more: &Value) -> Value {
    let mut event = json!({
        "@odata.etag": "W/\"1\"", "id": "AAMk", "iCalUId": "0400", "showAs": "busy", "isAllDay": false,
        "isCancelled": false, "responseStatus": { "response": "organizer", "time": "0001-01-01T00:00:00Z" },
        "start": time(start), "end": time(end),
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

pub(super) fn at_nine(more: &Value) -> Value {
    event("01T09:00:00", "01T09:30:00", more)
}

pub(super) fn page(events: &[Value]) -> Value {
    json!({ "@odata.context": "https://graph.microsoft.com/v1.0/$metadata", "value": events })
}

fn microsoft() -> (HostDefinition, Calendar) {
    let (host, calendar) = host();
    let (user, secret) = (Some("aiko@example.com".to_owned()), "AIKO_CALENDAR".to_owned());
    (host, Calendar { source: CalendarSource::Microsoft { user, id: None, secret }, ..calendar })
}

async fn read_by(way: &Way) -> NoteBusy {
    let (host, calendar) = microsoft();
    read(way, &host, &calendar, None, DEADLINE).await
}

async fn read_of(events: &[Value], change: impl FnOnce(&mut Calendar)) -> Reading {
    let (host, mut calendar) = microsoft();
    change(&mut calendar);
    read(&way(vec![token(), tells(200, &page(events))]), &host, &calendar, None, DEADLINE).await.reading
}

#[track_caller]
fn found(reading: Reading) -> Found {
    let Reading::Found(found) = reading else { panic!("{reading:?}") };
    *found
}

fn sent(request: &OutgoingRequest) -> String {
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let (method, url) = (&request.method, &request.url);
    let body = std::str::from_utf8(&request.body).unwrap();
    format!("{method} {url}\n{}\n{body}", headers.collect::<String>())
}

#[tokio::test]
async fn a_calendar_is_asked_for_all_occurrences_by_an_application() {
    let way = Way {
        secret: Some("{\"tenant_id\":\"a tenant\",\"client_id\":\"one\",\"client_secret\":\"Q~8/+&\"}\n"),
        ..Way::answering(vec![token(), tells(200, &page(&[at_nine(&json!({}))]))])
    };
    let noted = read_by(&way).await;
    assert_eq!((noted.next_read_at - noted.read_at).num_minutes(), 10);
    let found = found(noted.reading);
    assert_eq!((found.busy, found.events, found.validator), (vec![AT_NINE], 1, None));
    let asked = way.asked.borrow();
    assert_eq!(
        sent(&asked[0]),
        "\
POST https://login.microsoftonline.com/a%20tenant/oauth2/v2.0/token
Content-Type: application/x-www-form-urlencoded
Accept: application/json

client_id=one&client_secret=Q%7E8%2F%2B%26&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
    );
    // A day more on each side than what is asked of a feed.
    assert_eq!(
        sent(&asked[1]),
        "\
GET https://graph.microsoft.com/v1.0/users/aiko%40example.com/calendar/calendarView\
?startDateTime=2026-11-21T23:59:00Z&endDateTime=2026-12-27T23:59:00Z\
&$select=iCalUId,start,end,isAllDay,isCancelled,showAs,responseStatus,transactionId&$top=1000
Authorization: Bearer a.token
Accept: application/json
Prefer: outlook.timezone=\"UTC\", IdType=\"ImmutableId\"

"
    );
    assert_eq!((asked[0].deadline, asked[1].deadline), (DEADLINE, DEADLINE));
}

#[tokio::test]
async fn the_content_names_the_calendar_and_the_secret_the_way() {
    let addresses = async |user: Option<&str>, id: Option<&str>, secret: &'static str| {
        let way = Way { secret: Some(secret), ..Way::answering(vec![token(), tells(200, &page(&[]))]) };
        let (host, calendar) = microsoft();
        let [user, id] = [user, id].map(|text| text.map(str::to_owned));
        let source = CalendarSource::Microsoft { user, id, secret: "AIKO_CALENDAR".to_owned() };
        found(read(&way, &host, &Calendar { source, ..calendar }, None, DEADLINE).await.reading);
        let asked = way.asked.borrow();
        let form = String::from_utf8(asked[0].body.to_vec()).unwrap();
        let path = asked[1].url.split('?').next().unwrap().to_owned();
        (asked[0].url.clone(), form.split_once('&').unwrap().1.to_owned(), path)
    };
    let own = |token_url: &str, form: &str, path: &str| {
        (token_url.to_owned(), form.to_owned(), format!("{path}/calendarView"))
    };
    let refresh = "grant_type=refresh_token&refresh_token=0.A&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default+offline_access";
    let of_user = |tenant: Value, client_secret: Value| {
        secret(|secret| {
            secret["tenant_id"] = tenant;
            secret["client_secret"] = client_secret;
            secret["refresh_token"] = "0.A".into();
        })
    };
    assert_eq!(
        addresses(None, None, of_user(Value::Null, Value::Null)).await,
        own(
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            refresh,
            "https://graph.microsoft.com/v1.0/me/calendar"
        )
    );
    assert_eq!(
        addresses(Some("a@b.example"), Some("AAMk/=+"), of_user("consumers".into(), "s".into())).await,
        own(
            "https://login.microsoftonline.com/consumers/oauth2/v2.0/token",
            &format!("client_secret=s&{refresh}"),
            "https://graph.microsoft.com/v1.0/users/a%40b.example/calendars/AAMk%2F%3D%2B"
        )
    );
    let elsewhere = secret(|secret| {
        secret["token_endpoint"] = "https://login.microsoftonline.us/t/oauth2/v2.0/token".into();
        secret["api_endpoint"] = "https://graph.microsoft.us/v1.0/".into();
    });
    let credentials = "client_secret=Q%7E8%2F%2B&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.us%2F.default";
    assert_eq!(
        addresses(Some("a@b.example"), None, elsewhere).await,
        own(
            "https://login.microsoftonline.us/t/oauth2/v2.0/token",
            credentials,
            "https://graph.microsoft.us/v1.0/users/a%40b.example/calendar"
        )
    );
}

/// A token that is given with another refresh token.
fn renewed(refresh_token: &str) -> Result<Response, Unanswered> {
    let token = json!({ "expires_in": 60, "access_token": "a.token", "refresh_token": refresh_token });
    tells(200, &token)
}

/// What a reading by a refresh token asks with, in turn; each answer is given by the sign-in, or is the calendar's.
async fn asked_with(
    secret: &'static str,
    known: Option<&Known>,
    answers: Vec<Result<Response, Unanswered>>,
) -> (Vec<String>, NoteBusy) {
    let way = Way { secret: Some(secret), ..Way::answering(answers) };
    let (host, calendar) = microsoft();
    let noted = read(&way, &host, &calendar, known, DEADLINE).await;
    let asked = way.asked.borrow();
    let token = |request: &OutgoingRequest| {
        let form = form_urlencoded::parse(&request.body).into_owned();
        form.into_iter().find(|(name, _)| name == "refresh_token").map(|(_, token)| token)
    };
    (asked.iter().filter_map(token).collect(), noted)
}

/// As another process has it, which has read nothing yet.
fn forget(secret: &str) {
    let key = super::super::tokens::Key::of(secret);
    key.forget();
    key.renew(None);
}

#[tokio::test]
async fn a_refresh_token_is_used_until_another_is_given() {
    let secret = secret(|secret| secret["refresh_token"] = "first".into());
    let well = || tells(200, &page(&[at_nine(&json!({}))]));
    let ended = || tells(400, &json!({ "error": "invalid_grant", "error_codes": [700_082] }));
    let (asked, noted) = asked_with(secret, None, vec![renewed("second"), well()]).await;
    let known = Known { renewed: noted.renewed.clone(), ..known_of(&noted) };
    assert_eq!((asked, noted.renewed.is_some()), (vec!["first".to_owned()], true));
    assert!(!noted.renewed.unwrap().contains("second"));
    // Nothing is kept that is kept already.
    let (asked, noted) = asked_with(secret, Some(&known), vec![renewed("second"), well()]).await;
    assert_eq!((asked, noted.renewed), (vec!["second".to_owned()], None));
    // After a restart, the ledger knows it.
    forget(secret);
    let (asked, noted) = asked_with(secret, Some(&known), vec![renewed("third"), well()]).await;
    assert_eq!((asked, noted.renewed.is_some()), (vec!["second".to_owned()], true));
    // A reading that fails has it all the same.
    forget(secret);
    let (asked, noted) = asked_with(secret, Some(&known), vec![renewed("third"), told(500, "")]).await;
    assert_eq!((asked, noted.renewed.is_some()), (vec!["second".to_owned()], true));
    assert!(matches!(noted.reading, Reading::Failed(_)));
    // One that has ended gives way to the secret's.
    forget(secret);
    let (asked, noted) = asked_with(secret, Some(&known), vec![ended(), renewed("third"), well()]).await;
    assert_eq!((asked, noted.renewed.is_some()), (vec!["second".to_owned(), "first".to_owned()], true));
    forget(secret);
    let (asked, noted) = asked_with(secret, Some(&known), vec![ended(), ended()]).await;
    assert_eq!((asked, noted.renewed), (vec!["second".to_owned(), "first".to_owned()], None));
    assert!(matches!(noted.reading, Reading::Refused(_)));
    // What another secret sealed, or nobody, is none.
    let of_other = known.renewed.clone().map(|kept| format!("{}AAAA", kept.split_at(kept.len() / 2).0));
    for kept in [of_other, Some("second".to_owned()), Some(String::new())] {
        forget(secret);
        let known = Known { renewed: kept, ..known.clone() };
        let (asked, _) = asked_with(secret, Some(&known), vec![renewed("third"), well()]).await;
        assert_eq!(asked, ["first"]);
    }
}

#[tokio::test]
async fn an_application_of_its_own_keeps_no_refresh_token() {
    let (asked, noted) =
        asked_with(secret(|_| {}), None, vec![renewed("second"), tells(200, &page(&[]))]).await;
    assert_eq!((asked, noted.renewed), (vec![], None));
}

#[tokio::test]
async fn an_event_is_busy_as_it_shows() {
    let check = async |more: Value, is_busy: bool| {
        let found = found(read_of(&[at_nine(&more)], |_| {}).await);
        assert_eq!(found.busy, if is_busy { vec![AT_NINE] } else { vec![] }, "{more}");
        assert_eq!(found.unknown_because, None);
    };
    for (shown, is_busy) in [
        ("free", false),
        ("workingElsewhere", false),
        ("tentative", true),
        ("busy", true),
        ("oof", true),
        ("unknown", true),
        ("anythingNew", true),
    ] {
        check(json!({ "showAs": shown }), is_busy).await;
    }
    check(json!({ "showAs": null }), true).await;
    check(json!({ "isCancelled": true }), false).await;
    for (response, is_busy) in [
        ("declined", false),
        ("none", true),
        ("accepted", true),
        ("tentativelyAccepted", true),
        ("notResponded", true),
    ] {
        check(json!({ "responseStatus": { "response": response } }), is_busy).await;
    }
    let tentative = [at_nine(&json!({ "showAs": "tentative" }))];
    let reading = read_of(&tentative, |calendar| calendar.tentative_blocks = false).await;
    assert_eq!(found(reading).busy, []);
}

#[tokio::test]
async fn whole_days_are_those_of_the_host() {
    let day = |more: Value| {
        let mut whole = json!({ "isAllDay": true });
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        [event("02T00:00:00", "04T00:00:00", &whole)]
    };
    let midnight = AT_NINE.start - 9 * 3600 + DAY;
    let two_days_at = |hours: i64| {
        let start = midnight - hours * 3600;
        [Span { start, end: start + 2 * DAY }]
    };
    assert_eq!(found(read_of(&day(json!({})), |_| {}).await).busy, two_days_at(9));
    let berlin =
        |calendar: &mut Calendar| calendar.time_zone = scheduling::zone::Zone::named("Europe/Berlin").ok();
    assert_eq!(found(read_of(&day(json!({})), berlin).await).busy, two_days_at(1));
    let free = json!({ "showAs": "free" });
    assert_eq!(found(read_of(&day(free.clone()), |_| {}).await).busy, []);
    let busy = |calendar: &mut Calendar| calendar.whole_days = WholeDays::Busy;
    assert_eq!(found(read_of(&day(free), busy).await).busy, two_days_at(9));
    let never = |calendar: &mut Calendar| calendar.whole_days = WholeDays::Free;
    assert_eq!(found(read_of(&day(json!({})), never).await).busy, []);
    // One that is not at midnight is what it says.
    let odd = [event("01T23:00:00", "02T23:00:00", &json!({ "isAllDay": true }))];
    assert_eq!(
        found(read_of(&odd, |_| {}).await).busy,
        [Span { start: midnight - 3600, end: midnight + DAY - 3600 }]
    );
}

#[tokio::test]
async fn a_time_is_read_in_its_zone_or_unknown() {
    let at = |date_time: &str, zone: &str| json!({ "dateTime": date_time, "timeZone": zone });
    let check = async |start: Value, end: Value, expected: Option<[i64; 2]>| {
        let found = found(read_of(&[at_nine(&json!({ "start": start, "end": end }))], |_| {}).await);
        match expected {
            Some([start, end]) => {
                let span = Span { start: AT_NINE.start + start, end: AT_NINE.start + end };
                assert_eq!((found.busy, found.unknown_because), (vec![span], None));
            }
            None => assert_eq!((found.busy, found.known_until), (vec![], found.asked.start), "{start}"),
        }
    };
    for (time, zone) in [
        ("2026-12-01T09:00:00.0000000", "UTC"),
        ("2026-12-01T09:00:00", "UTC"),
        ("2026-12-01T09:00:00Z", "UTC"),
        ("2026-12-01T10:00:00.0000000", "Europe/Berlin"),
        ("2026-12-01T18:00:00.0000000", "Tokyo Standard Time"),
    ] {
        check(at(time, zone), at("2026-12-01T10:00:00.0000000", "UTC"), Some([0, 3600])).await;
    }
    let well = || at("2026-12-01T10:00:00.0000000", "UTC");
    for wrong in [
        Value::Null,
        json!("2026-12-01T09:00:00"),
        at("tomorrow", "UTC"),
        at("2026-12-01", "UTC"),
        at("2026-12-01T09:00:00+01:00", "UTC"),
        at("2026-12-01T09:00:00", "tzone://Microsoft/Custom"),
        at("2026-12-01T09:00:00", ""),
        json!({ "dateTime": "2026-12-01T09:00:00" }),
    ] {
        check(wrong.clone(), well(), None).await;
        check(well(), wrong, None).await;
    }
}

#[tokio::test]
async fn a_booking_of_ours_is_known_by_its_transaction() {
    let own = async |id: &str| found_of_transaction(&json!(id)).await;
    let id = "aiko.AQEBAQEBAQEBAQEBAQEBAQ";
    for known in [format!("{id}/0123456789abcdef"), id.to_owned(), format!("{id}/")] {
        let found = own(&known).await;
        let of: Vec<_> = found.bookings.iter().map(|booked| (booked.booking.as_str(), booked.span)).collect();
        assert_eq!((of, found.busy), (vec![(id, AT_NINE)], vec![]));
    }
    for other in ["", "/", "eb739cec-0652-41ee-b169-22102aa1570b", &format!("x{id}x"), &format!("/{id}")] {
        assert_eq!(own(other).await.busy, [AT_NINE], "{other}");
    }
    assert_eq!(found_of_transaction(&Value::Null).await.busy, [AT_NINE]);
}

async fn found_of_transaction(id: &Value) -> Found {
    found(read_of(&[at_nine(&json!({ "transactionId": id }))], |_| {}).await)
}

#[tokio::test]
async fn all_pages_are_read_from_the_same_server() {
    let linked = |next: &str, events: &[Value]| {
        let mut page = page(events);
        page["@odata.nextLink"] = next.into();
        tells(200, &page)
    };
    let second = "https://graph.microsoft.com/v1.0/users/x/calendar/calendarView?$skip=1";
    let later = event("03T09:00:00", "03T09:30:00", &json!({}));
    let way = self::way(vec![token(), linked(second, &[at_nine(&json!({}))]), tells(200, &page(&[later]))]);
    let busy = found(read_by(&way).await.reading).busy;
    assert_eq!(busy, [AT_NINE, Span { start: AT_NINE.start + 2 * DAY, end: AT_NINE.end + 2 * DAY }]);
    assert_eq!(way.asked()[2].0, second);
    for elsewhere in [
        "https://evil.example/v1.0/",
        "https://graph.microsoft.com.evil.example/",
        "https://graph.microsoft.com@evil.example/",
        "https://graph.microsoft.com:444/",
        "http://graph.microsoft.com/",
        "/v1.0/users",
        "",
    ] {
        let way = self::way(vec![token(), linked(elsewhere, &[])]);
        check_failed(&read_by(&way).await, "its next page is somewhere else");
        assert_eq!(way.asked.borrow().len(), 2);
    }
    let round = std::iter::once(token()).chain((0..30).map(|_| linked(second, &[])));
    let way = self::way(round.collect());
    check_failed(&read_by(&way).await, "it has too many events to be read");
    assert_eq!(way.asked.borrow().len(), 21);
}

#[tokio::test]
async fn a_token_is_kept_until_it_is_not_accepted() {
    let nothing = || tells(200, &page(&[]));
    let way = self::way(vec![token(), nothing(), nothing(), told(401, ""), token(), nothing(), nothing()]);
    for asked in [2, 3, 6, 7] {
        found(read_by(&way).await.reading);
        assert_eq!(way.asked.borrow().len(), asked);
    }
    // Of a secret that was set anew, there is none.
    let other = self::way(vec![token(), nothing()]);
    found(read_by(&other).await.reading);
    // One that ends at once is not kept.
    let short = || tells(200, &json!({ "expires_in": 300, "access_token": "a.token" }));
    let way = self::way(vec![short(), nothing(), short(), nothing()]);
    for _ in 0..2 {
        found(read_by(&way).await.reading);
    }
    assert_eq!(way.asked.borrow().len(), 4);
}

#[tokio::test]
async fn all_questions_share_one_deadline() {
    let way = Way { seconds: 1, ..way(vec![token(), tells(200, &page(&[]))]) };
    found(read_by(&way).await.reading);
    let deadlines: Vec<Duration> = way.asked.borrow().iter().map(|request| request.deadline).collect();
    assert_eq!(deadlines, [DEADLINE, Duration::from_secs(1)]);
    let way = Way { seconds: 2, ..self::way(vec![token()]) };
    check_failed(&read_by(&way).await, "it did not answer within 2 s");
}

#[test]
fn another_mailbox_calendar_or_secret_is_another_calendar() {
    let wanted = |user: Option<&str>, id: Option<&str>, secret: &'static str| {
        let (mut host, calendar) = microsoft();
        let [user, id] = [user, id].map(|text| text.map(str::to_owned));
        let source = CalendarSource::Microsoft { user, id, secret: "AIKO_CALENDAR".to_owned() };
        host.calendars = vec![Calendar { source, ..calendar }];
        let mut meeting = host.meetings["intro"].clone();
        meeting.calendars = vec!["work".to_owned()];
        let way = Way { secret: Some(secret), ..Way::answering(Vec::new()) };
        super::wanted(&way, &host, &meeting).unwrap().wanted.remove(0)
    };
    let all = [
        wanted(Some("a@b.example"), None, "1"),
        wanted(Some("a@b.example"), None, "2"),
        wanted(Some("a@b.example"), Some("AAMk"), "1"),
        wanted(Some("other@b.example"), None, "1"),
        wanted(None, None, "1"),
    ];
    let different: std::collections::BTreeSet<&String> = all.iter().map(|wanted| &wanted.settings).collect();
    assert_eq!((different.len(), all[0].known_for_minutes), (5, 30));
}
