//! Rooms that Google makes for bookings (Meet): how they are asked for, and what is made of how far they are.

use scheduling::booking::{Booking, Place};
use scheduling::invitation::Feed;
use scheduling::locale::LocaleWords;

use super::super::super::{Held, keep};
use super::copies::{HEADERS, ID, lines};
use super::*;
use crate::calendars::kept::Kept;

const ROOM: &str = "https://meet.google.com/abc-defg-hij";
const NOT_HERE: &str = "the event is there, but Google makes no Meet room in this calendar: use the calendar of an account that can make Meet calls, or put an address in the page's `location`";
const QUERY: &str = "sendUpdates=none&fields=id%2CconferenceData%28createRequest%28status%28statusCode%29%29%2CentryPoints%28entryPointType%2Curi%29%29&conferenceDataVersion=1";

fn booking(room: Option<&str>) -> Booking {
    let sample = include_str!("../../../../../scheduling/tests/booking.json");
    let location = Place::Room(room.map(str::to_owned));
    Booking { location, ..serde_json::from_str(sample).unwrap() }
}

/// What comes of keeping a booking's copy, and the requests for it, after the one for a token.
async fn kept_by(
    secret: &str,
    room: Option<&str>,
    answers: Vec<Result<Response, Unanswered>>,
) -> (Kept, Vec<String>) {
    let way = way(secret, std::iter::once(token()).chain(answers).collect());
    let booking = booking(room);
    let words = LocaleWords::default();
    let feed = Feed { host_name: "Aiko", words: &words, base_url: "https://meet.example.com" };
    let copy = feed.copy(booking.clone());
    let kept = keep(&way, &google().1, (&booking.id, Held::Copy(&copy)), DEADLINE).await.unwrap();
    assert!(way.answers.borrow().is_empty(), "it asked for less");
    let asked = way.asked.borrow();
    (kept, asked[1..].iter().map(sent).collect())
}

async fn kept(answers: Vec<Result<Response, Unanswered>>) -> (Kept, Vec<String>) {
    kept_by(CONSENT, None, answers).await
}

/// How far a room is, as Google says it.
fn status(code: &str) -> Value {
    json!({ "createRequest": { "requestId": ID, "status": { "statusCode": code } } })
}

fn with_entries(entries: &Value) -> Value {
    let mut room = status("success");
    room["entryPoints"] = entries.clone();
    room
}

fn ready() -> Value {
    with_entries(&json!([
        { "entryPointType": "phone", "uri": "tel:+1-555-0100" },
        { "entryPointType": "video", "uri": ROOM, "label": "meet.google.com/abc-defg-hij" },
    ]))
}

fn having(room: &Value) -> Result<Response, Unanswered> {
    told(200, json!({ "id": ID, "conferenceData": room }).to_string())
}

fn made() -> Kept {
    Kept::WithRoom(ROOM.to_owned())
}

fn request(name: &str) -> Value {
    json!({ "createRequest": { "requestId": name, "conferenceSolutionKey": { "type": "hangoutsMeet" } } })
}

#[tokio::test]
async fn an_event_asks_for_its_room_by_the_bookings_id() {
    let (kept, asked) = kept(vec![having(&ready())]).await;
    assert_eq!((kept, asked.len()), (made(), 1));
    let (head, body) = lines(&asked[0]);
    assert_eq!(head, format!("POST {EVENTS}?{QUERY}\n{HEADERS}\nContent-Type: application/json"));
    assert_eq!(body["conferenceData"], request(ID));
    // Google says where it is: what stands there is the same before and after.
    assert_eq!(body["location"], "");
    assert_eq!(kept_by(CONSENT, Some(ROOM), vec![having(&ready())]).await, (made(), asked));
}

#[tokio::test]
async fn a_room_may_be_ready_later_or_never() {
    let failed = Kept::WithoutRoom("the event is there, but Google could not make its Meet room".to_owned());
    let nowhere =
        Kept::WithoutRoom("it has made a video room at an address that nobody should open".to_owned());
    let at = |uri: &str| with_entries(&json!([{ "entryPointType": "video", "uri": uri }]));
    for (room, expected) in [
        (status("pending"), Kept::RoomAwaited),
        (status("failure"), failed.clone()),
        (status("success"), failed.clone()),
        (with_entries(&json!([{ "entryPointType": "phone", "uri": "tel:+1-555-0100" }])), failed.clone()),
        (Value::Null, failed.clone()),
        (json!([5]), failed.clone()),
        (at("http://meet.google.com/abc"), nowhere.clone()),
        (at("javascript:alert(1)"), nowhere),
    ] {
        assert_eq!(kept(vec![having(&room)]).await.0, expected, "{room}");
    }
    for body in ["", "<html>", "[]"] {
        assert_eq!(kept(vec![told(200, body)]).await.0, failed, "{body}");
    }
}

/// What is sent of a room to an event that stands there so.
async fn changed(state: &str, room: &Value) -> (String, Value, Kept) {
    let there = json!({ "etag": "\"7\"", "status": state, "conferenceData": room }).to_string();
    let (kept, asked) = kept(vec![told(409, ""), told(200, there), having(&ready())]).await;
    assert_eq!(
        lines(&asked[1]).0,
        format!("GET {EVENTS}/{ID}?fields=etag%2Cstatus%2CconferenceData\n{HEADERS}")
    );
    let (head, body) = lines(&asked[2]);
    assert!(head.contains(QUERY), "{head}");
    (head.split('?').next().unwrap().to_owned(), body["conferenceData"].clone(), kept)
}

#[tokio::test]
async fn an_event_keeps_the_room_that_it_has_or_is_getting() {
    let patched = format!("PATCH {EVENTS}/{ID}");
    for room in [ready(), status("pending")] {
        assert_eq!(changed("confirmed", &room).await, (patched.clone(), Value::Null, made()));
        // What its host has deleted is put back with it.
        let put = format!("PUT {EVENTS}/{ID}");
        assert_eq!(changed("cancelled", &room).await, (put, room, made()));
    }
}

#[tokio::test]
async fn an_event_without_a_room_asks_for_one_by_another_name() {
    for state in ["confirmed", "cancelled"] {
        for room in [Value::Null, status("failure")] {
            let (_, asked, kept) = changed(state, &room).await;
            let name = asked["createRequest"]["requestId"].as_str().unwrap();
            assert_eq!((&asked, kept), (&request(name), made()));
            assert!(name.starts_with(ID) && name.len() == ID.len() + 16, "{name}");
            assert_eq!(changed(state, &room).await.1, asked, "asked again, it is the same");
        }
    }
}

#[tokio::test]
async fn where_google_makes_no_room_the_event_is_written_all_the_same() {
    let refused = || {
        told(400, r#"{"error":{"errors":[{"reason":"invalid"}],"message":"Invalid conference type value."}}"#)
    };
    let (here, asked) = kept(vec![refused(), told(200, "{}")]).await;
    assert_eq!(here, Kept::WithoutRoom(NOT_HERE.to_owned()));
    let (head, body) = lines(&asked[1]);
    assert!(head.starts_with(&format!("POST {EVENTS}?sendUpdates=none&fields=id\n")), "{head}");
    assert_eq!(body["conferenceData"], Value::Null);
    // For a service account it makes none, so it is not asked.
    let (account, asked) = kept_by(ACCOUNT, None, vec![told(200, "{}")]).await;
    let reason = "the event is there, but Google makes no Meet rooms for a service account: docs/calendars.md says what works";
    assert_eq!((account, asked.len()), (Kept::WithoutRoom(reason.to_owned()), 1));
    assert_eq!(lines(&asked[0]).1["conferenceData"], Value::Null);
}
