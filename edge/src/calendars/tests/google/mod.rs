//! Calendars of Google: what its API is asked, and what is made of its answers.

mod copies;
mod failures;
mod rooms;

use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64UrlUnpadded, Encoding};
use scheduling::calendar::Booked;
use scheduling::token::BookingId;
use serde_json::{Value, json};

use super::*;

const DEADLINE: Duration = Duration::from_secs(2);
/// The key of a service account, as its file has it: `a key` in base64.
pub(super) const ACCOUNT: &str = r#"{
  "type": "service_account", "project_id": "daymark", "private_key_id": "4711",
  "private_key": "-----BEGIN PRIVATE KEY-----\nYSBr\nZXk=\n-----END PRIVATE KEY-----\n",
  "client_email": "daymark@daymark.iam.gserviceaccount.com", "client_id": "1234567890",
  "token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com"
}
"#;
pub(super) const CONSENT: &str =
    r#"{"type":"authorized_user","client_id":"a client","client_secret":"c&d","refresh_token":"1//refresh"}"#;
const EVENTS: &str = "https://www.googleapis.com/calendar/v3/calendars/aiko%40example.com/events";
/// From nine to half past, on December 1, 2026.
const AT_NINE: Span = Span { start: 1_796_115_600, end: 1_796_117_400 };

#[expect(clippy::unnecessary_wraps, reason = "as the way out answers")]
pub(super) fn told(status: u16, body: impl Into<Bytes>) -> Result<Response, Unanswered> {
    Ok(http::Response::builder().status(status).body(body.into()).unwrap())
}

pub(super) fn token() -> Result<Response, Unanswered> {
    told(200, r#"{"access_token":"a token","expires_in":3599,"token_type":"Bearer"}"#)
}

/// A page of events.
pub(super) fn events(items: &Value) -> String {
    json!({ "kind": "calendar#events", "timeZone": "Europe/Berlin", "items": items }).to_string()
}

/// An event from nine to half past, with what else is said of it.
pub(super) fn event(more: Value) -> Value {
    let mut event = json!({
        "id": "7", "iCalUID": "7@google.com", "status": "confirmed", "eventType": "default",
        "start": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-12-01T09:30:00Z" },
    });
    if let Value::Object(more) = more {
        event.as_object_mut().unwrap().extend(more);
    }
    event
}

fn google() -> (HostDefinition, Calendar) {
    let (host, calendar) = host();
    let source =
        CalendarSource::Google { id: "aiko@example.com".to_owned(), secret: "AIKO_CALENDAR".to_owned() };
    (host, Calendar { source, ..calendar })
}

/// A way out with a secret that no other test has, as its token is kept: by the blanks at its end.
fn way(secret: &str, answers: Vec<Result<Response, Unanswered>>) -> Way {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let secret = format!("{secret}{}", " ".repeat(NUMBER.fetch_add(1, Ordering::Relaxed)));
    Way { secret: Some(Box::leak(secret.into_boxed_str())), ..Way::answering(answers) }
}

async fn read_by(way: &Way) -> NoteBusy {
    let (host, calendar) = google();
    read(way, &host, &calendar, None, DEADLINE).await
}

/// What comes of a page of events, for a host who wants it so.
async fn read_as(page: String, change: impl FnOnce(&mut Calendar)) -> Found {
    let (host, mut calendar) = google();
    change(&mut calendar);
    let way = way(ACCOUNT, vec![token(), told(200, page)]);
    let noted = read(&way, &host, &calendar, None, DEADLINE).await;
    let Reading::Found(found) = noted.reading else { panic!("{noted:?}") };
    *found
}

/// A request as text, with its headers.
fn sent(request: &OutgoingRequest) -> String {
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let (method, url) = (&request.method, &request.url);
    let body = std::str::from_utf8(&request.body).unwrap();
    format!("{method} {url}\n{}\n{body}", headers.collect::<String>())
}

#[tokio::test]
async fn a_calendar_is_asked_for_its_events_by_a_service_account() {
    let way = way(ACCOUNT, vec![token(), told(200, events(&json!([event(json!({}))])))]);
    let noted = read_by(&way).await;
    let minutes = (noted.next_read_at - noted.read_at).num_minutes();
    let Reading::Found(found) = noted.reading else { panic!("{noted:?}") };
    assert_eq!((found.busy, found.validator, minutes), (vec![AT_NINE], None, 10));
    let asked = way.asked.borrow();
    let form = sent(&asked[0]);
    let (head, assertion) = form.split_once("&assertion=").unwrap();
    assert_eq!(
        head,
        "POST https://oauth2.googleapis.com/token\nContent-Type: application/x-www-form-urlencoded\n\n\
         grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
    );
    let parts: Vec<Vec<u8>> =
        assertion.split('.').map(|part| Base64UrlUnpadded::decode_vec(part).unwrap()).collect();
    let json = |part: &[u8]| serde_json::from_slice::<Value>(part).unwrap();
    assert_eq!(json(&parts[0]), json!({ "alg": "RS256", "typ": "JWT", "kid": "4711" }));
    let issued = way.now().timestamp();
    let claims = json!({
        "iss": "daymark@daymark.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/calendar.events.freebusy",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": issued,
        "exp": issued + 3600,
    });
    assert_eq!((json(&parts[1]), parts[2].as_slice()), (claims, b"signed".as_slice()));
    assert_eq!(
        sent(&asked[1]),
        format!(
            "GET {EVENTS}?singleEvents=true&showDeleted=false&maxResults=2500&maxAttendees=1\
             &timeMin=2026-11-21T23%3A59%3A00Z&timeMax=2026-12-27T23%3A59%3A00Z\
             &fields=kind%2CtimeZone%2CnextPageToken%2Citems%28id%2CiCalUID%2Cstatus%2Ctransparency%2CeventType\
             %2Cstart%2Cend%2Cattendees%28self%2CresponseStatus%29%29\n\
             Authorization: Bearer a token\nAccept: application/json\n\n"
        )
    );
    assert_eq!((asked[0].deadline, asked[1].deadline), (DEADLINE, DEADLINE));
}

#[tokio::test]
async fn somebody_who_has_consented_lets_in_too() {
    let way = way(CONSENT, vec![token(), told(200, events(&json!([])))]);
    read_by(&way).await;
    let asked = way.asked.borrow();
    assert_eq!(
        sent(&asked[0]),
        "POST https://oauth2.googleapis.com/token\nContent-Type: application/x-www-form-urlencoded\n\n\
         grant_type=refresh_token&client_id=a+client&client_secret=c%26d&refresh_token=1%2F%2Frefresh"
    );
    assert!(asked[1].headers.contains(&("Authorization".to_owned(), "Bearer a token".to_owned())));
}

#[tokio::test]
async fn a_secret_may_come_in_quotes_or_from_a_file_with_a_mark() {
    for secret in [format!("'{}'\n", CONSENT.trim()), format!("\u{feff}{CONSENT}\r\n")] {
        let noted = read_by(&way(&secret, vec![token(), told(200, events(&json!([])))])).await;
        assert!(matches!(noted.reading, Reading::Found(_)), "{noted:?}");
    }
}

#[tokio::test]
async fn the_secret_says_where_google_is() {
    let secret = r#"{"client_id":"a","client_secret":"b","refresh_token":"c","token_uri":"https://a.example/t","api_endpoint":"https://b.example/v3/"}"#;
    let way = way(secret, vec![token(), told(200, events(&json!([])))]);
    read_by(&way).await;
    let asked = way.asked.borrow();
    assert_eq!(asked[0].url, "https://a.example/t");
    assert!(asked[1].url.starts_with("https://b.example/v3/calendars/aiko%40example.com/events?"));
}

#[tokio::test]
async fn a_token_is_used_until_shortly_before_its_end() {
    let page = || told(200, events(&json!([])));
    let mut way = way(ACCOUNT, vec![token(), page(), page()]);
    read_by(&way).await;
    read_by(&way).await;
    assert_eq!(way.asked.borrow().len(), 3);
    // Two answers of 1,700 seconds each, and it has less than five minutes left.
    way.seconds = 1700;
    way.answers.borrow_mut().extend([token(), page()]);
    let (host, calendar) = google();
    read(&way, &host, &calendar, None, Duration::from_secs(10_000)).await;
    assert_eq!(way.asked.borrow().len(), 5);
}

#[tokio::test]
async fn a_token_that_is_no_longer_accepted_is_replaced_once() {
    let page = || told(200, events(&json!([])));
    let way = way(ACCOUNT, vec![token(), page(), told(401, ""), token(), page()]);
    read_by(&way).await;
    let noted = read_by(&way).await;
    assert!(matches!(noted.reading, Reading::Found(_)), "{noted:?}");
    way.answers.borrow_mut().extend([told(401, ""), token(), told(401, "")]);
    check_failed(&read_by(&way).await, "it answered 401: Google does not accept the token that it has given");
}

#[tokio::test]
async fn to_write_is_asked_for_only_where_it_is_wanted() {
    for (role, scope) in [(Role::Busy, "calendar.events.freebusy"), (Role::Both, "calendar.events")] {
        let (host, calendar) = google();
        let way = way(ACCOUNT, vec![token(), told(200, events(&json!([])))]);
        read(&way, &host, &Calendar { role, ..calendar }, None, DEADLINE).await;
        let asked = way.asked.borrow();
        let form = String::from_utf8(asked[0].body.to_vec()).unwrap();
        let claims = Base64UrlUnpadded::decode_vec(form.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["scope"], format!("https://www.googleapis.com/auth/{scope}"));
    }
}

#[tokio::test]
async fn all_pages_are_read_also_empty_ones() {
    let page = |items: Value, next: &str| {
        let mut page: Value = serde_json::from_str(&events(&items)).unwrap();
        page["nextPageToken"] = next.into();
        told(200, page.to_string())
    };
    let later = json!({ "end": { "dateTime": "2026-12-01T11:00:00+01:00" } });
    let pages = vec![
        token(),
        page(json!([event(json!({}))]), "a&b"),
        page(json!([]), "c"),
        told(200, events(&json!([event(later)]))),
    ];
    let way = way(ACCOUNT, pages);
    let noted = read_by(&way).await;
    let Reading::Found(found) = noted.reading else { panic!("{noted:?}") };
    assert_eq!(found.busy, [Span { end: AT_NINE.end + 1800, ..AT_NINE }]);
    assert!(way.asked.borrow()[2].url.ends_with("&pageToken=a%26b"));
    let mut endless = vec![token()];
    endless.extend((0..20).map(|_| page(json!([]), "again")));
    let way = super::google::way(ACCOUNT, endless);
    check_failed(&read_by(&way).await, "it has more than 20 pages of events");
}

/// What takes time, where a host wants tentative events to be free, and where not.
#[tokio::test]
async fn an_event_takes_time_unless_google_says_that_it_does_not() {
    let answered = |answer: &str| json!({ "attendees": [{ "self": true, "responseStatus": answer }] });
    for (more, [blocks, blocks_if_sure]) in [
        (json!({}), [true, true]),
        (json!({ "transparency": "opaque" }), [true, true]),
        (json!({ "transparency": "whatever" }), [true, true]),
        (json!({ "transparency": "transparent" }), [false, false]),
        (json!({ "status": "whatever" }), [true, true]),
        (json!({ "status": "tentative" }), [true, false]),
        (json!({ "status": "cancelled" }), [false, false]),
        (answered("needsAction"), [true, true]),
        (answered("accepted"), [true, true]),
        (answered("tentative"), [true, false]),
        (answered("declined"), [false, false]),
        (json!({ "attendees": [{ "responseStatus": "declined" }] }), [true, true]),
        (json!({ "eventType": "outOfOffice" }), [true, true]),
        (json!({ "eventType": "focusTime" }), [true, true]),
        (json!({ "eventType": "fromGmail" }), [true, true]),
        (json!({ "eventType": "whatever" }), [true, true]),
        (json!({ "eventType": "workingLocation" }), [false, false]),
        (json!({ "eventType": "birthday" }), [false, false]),
    ] {
        let page = events(&json!([event(more.clone())]));
        let found = read_as(page.clone(), |_| {}).await;
        assert_eq!((found.busy.len(), found.events), (usize::from(blocks), 1), "{more}");
        let sure = read_as(page, |calendar| calendar.tentative_blocks = false).await;
        assert_eq!(sure.busy.len(), usize::from(blocks_if_sure), "{more}");
    }
}

#[tokio::test]
async fn whole_days_are_those_of_the_calendar_or_of_what_its_host_says() {
    let page = |more: &Value| {
        let mut day = event(json!({ "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-02" } }));
        day.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        events(&json!([day]))
    };
    let from = |time: &str| {
        let start = time.parse::<DateTime<Utc>>().unwrap().timestamp();
        vec![Span { start, end: start + 86_400 }]
    };
    let plain = page(&json!({}));
    assert_eq!(read_as(plain.clone(), |_| {}).await.busy, from("2026-11-30T23:00:00Z"));
    let new_york = |calendar: &mut Calendar| {
        calendar.time_zone = Some(scheduling::zone::Zone::named("America/New_York").unwrap());
    };
    assert_eq!(read_as(plain.clone(), new_york).await.busy, from("2026-12-01T05:00:00Z"));
    // In a zone that nobody knows, they are those of the host, who is in Tokyo.
    let nowhere = plain.replace("Europe/Berlin", "Nowhere/Else");
    assert_eq!(read_as(nowhere, |_| {}).await.busy, from("2026-11-30T15:00:00Z"));
    assert_eq!(read_as(plain, |calendar| calendar.whole_days = WholeDays::Free).await.busy, []);
    let busy = |calendar: &mut Calendar| calendar.whole_days = WholeDays::Busy;
    assert_eq!(read_as(page(&json!({ "transparency": "transparent" })), busy).await.busy.len(), 1);
    assert_eq!(read_as(page(&json!({ "eventType": "birthday" })), busy).await.busy, []);
}

#[tokio::test]
async fn bookings_of_ours_are_told_by_their_ids() {
    let booking = BookingId::parse("aiko.AQEBAQEBAQEBAQEBAQEBAQ").unwrap();
    for (more, blocks) in [
        (json!({ "id": "c5kmmrpe858kagi1a52k4gah8l142ka5890l2ha2858g" }), true),
        (json!({ "id": "c5kmmrpe858kagi1a52k4gah8l142ka5890l2ha2858g_20261201T090000Z" }), true),
        (json!({ "iCalUID": "aiko.AQEBAQEBAQEBAQEBAQEBAQ" }), true),
        (json!({ "iCalUID": "aiko.AQEBAQEBAQEBAQEBAQEBAQ", "transparency": "transparent" }), false),
    ] {
        let found = read_as(events(&json!([event(more)])), |_| {}).await;
        let booked = Booked { booking: booking.clone(), span: AT_NINE, blocks, whole_days: false };
        assert_eq!((found.busy, found.bookings), (vec![], vec![booked]));
    }
}

#[test]
fn a_calendar_with_another_key_or_id_is_another_one_and_known_for_half_an_hour() {
    let wanted = |secret, id: &str| {
        let (mut host, calendar) = google();
        let source = CalendarSource::Google { id: id.to_owned(), secret: "AIKO_CALENDAR".to_owned() };
        host.calendars = vec![Calendar { source, ..calendar }];
        let mut meeting = host.meetings["intro"].clone();
        meeting.calendars = vec!["work".to_owned()];
        let way = Way { secret: Some(secret), ..Way::answering(vec![]) };
        super::wanted(&way, &host, &meeting).unwrap().wanted.remove(0)
    };
    let one = wanted(ACCOUNT, "aiko@example.com");
    assert_eq!(one.known_for_minutes, 30);
    assert_eq!(one.settings, wanted(ACCOUNT, "aiko@example.com").settings);
    assert_ne!(one.settings, wanted(CONSENT, "aiko@example.com").settings);
    assert_ne!(one.settings, wanted(ACCOUNT, "jonas@example.com").settings);
}
