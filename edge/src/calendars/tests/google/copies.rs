//! What a calendar is told of a booking, and what is made of its answers.

use scheduling::booking::Booking;
use scheduling::invitation::{BookingCopy, Feed};
use scheduling::locale::LocaleWords;

use super::super::super::{Held, keep, look_for};
use super::*;
use crate::calendars::kept::Kept;
use crate::calendars::unwritten::Unwritten;

pub(super) const ID: &str = "c5kmmrpe858kagi1a52k4gah8l142ka5890l2ha2858g";

fn booking() -> Booking {
    serde_json::from_str(include_str!("../../../../../scheduling/tests/booking.json")).unwrap()
}

fn copy() -> BookingCopy {
    let messages = [
        ("endpoint.feed.summary", "{name}: {title}"),
        ("endpoint.feed.who", "{name}, {email}"),
        ("endpoint.feed.open", "Answer, move or cancel:\n{url}"),
        ("endpoint.invitation.where", "Where: {place}"),
    ];
    let messages = messages.map(|(key, words)| (key.to_owned(), words.to_owned())).into();
    let words = LocaleWords { messages, ..LocaleWords::default() };
    let mut booking = booking();
    "<a href=\"https://evil.example\">Mara</a>".clone_into(&mut booking.visitor.contact.name);
    Feed { host_name: "Aiko", words: &words, base_url: "https://meet.example.com" }.copy(booking)
}

/// What comes of keeping a copy, or none, and the requests for it, after the one for a token.
async fn kept(
    is_there: bool,
    answers: Vec<Result<Response, Unanswered>>,
) -> (Result<(), Unwritten>, Vec<String>) {
    let way = way(ACCOUNT, std::iter::once(token()).chain(answers).collect());
    let (copy, booking) = (copy(), booking());
    let copy = is_there.then_some(&copy);
    let kept = keep(&way, &google().1, (&booking.id, copy.into()), DEADLINE).await;
    let kept = kept.map(|kept| assert_eq!(kept, Kept::AsWanted));
    assert!(way.answers.borrow().is_empty(), "it asked for less");
    let asked = way.asked.borrow();
    assert!(asked.iter().all(|request| !sent(request).contains("attendees")));
    (kept, asked[1..].iter().map(sent).collect())
}

pub(super) fn lines(request: &str) -> (&str, Value) {
    let (head, body) = request.split_once("\n\n").unwrap();
    (head, serde_json::from_str(body).unwrap_or_default())
}

/// The fields that are ours.
fn ours() -> Value {
    json!({
        "summary": "<a href=\"https://evil.example\">Mara</a>: Introductory call",
        "description": "‹a href=\"https://evil.example\"›Mara‹/a›, mara@example.org\n\nWhere: https://meet.example.com/aiko\n\nAnswer, move or cancel:\nhttps://meet.example.com/host/#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ",
        "location": "https://meet.example.com/aiko",
        "start": { "dateTime": "2026-12-01T10:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:30:00Z" },
        "status": "confirmed",
        "transparency": "opaque",
    })
}

pub(super) const HEADERS: &str = "Authorization: Bearer a token\nAccept: application/json";

#[tokio::test]
async fn a_copy_is_made_under_the_bookings_id_and_invites_nobody() {
    let (kept, asked) = kept(true, vec![told(200, "{}")]).await;
    assert_eq!((kept, asked.len()), (Ok(()), 1));
    let (head, body) = lines(&asked[0]);
    assert_eq!(
        head,
        format!("POST {EVENTS}?sendUpdates=none&fields=id\n{HEADERS}\nContent-Type: application/json")
    );
    let mut expected = ours();
    expected["id"] = ID.into();
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_copy_that_is_there_is_changed_where_it_is_ours() {
    let there = told(200, r#"{"etag":"\"7\"","status":"confirmed"}"#);
    let (kept, asked) = kept(true, vec![told(409, ""), there, told(200, "{}")]).await;
    assert_eq!(kept, Ok(()));
    assert_eq!(lines(&asked[1]).0, format!("GET {EVENTS}/{ID}?fields=etag%2Cstatus\n{HEADERS}"));
    let (head, body) = lines(&asked[2]);
    let expected = format!(
        "PATCH {EVENTS}/{ID}?sendUpdates=none&fields=id\n{HEADERS}\nIf-Match: \"7\"\nContent-Type: application/json"
    );
    let mut changes = ours();
    changes["start"]["date"] = Value::Null;
    changes["end"]["date"] = Value::Null;
    assert_eq!((head, body), (expected.as_str(), changes));
}

#[tokio::test]
async fn a_copy_that_was_deleted_is_put_back() {
    let there = || told(200, r#"{"etag":"\"7\"","status":"cancelled"}"#);
    let (done, asked) = kept(true, vec![told(409, ""), there(), told(200, "{}")]).await;
    assert_eq!(done, Ok(()));
    let (head, body) = lines(&asked[2]);
    assert!(head.starts_with(&format!("PUT {EVENTS}/{ID}?sendUpdates=none")), "{head}");
    assert_eq!(body, ours());
    let (refused, _) = kept(true, vec![told(409, ""), there(), told(403, "{}")]).await;
    let said = "it answered 403: its host has deleted the event, and Google does not let it be put back";
    assert_eq!(refused.unwrap_err().reason, said);
    let limited = told(403, r#"{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}"#);
    let (refused, _) = kept(true, vec![told(409, ""), there(), limited]).await;
    assert_eq!(refused.unwrap_err().reason, "it answered 403: it has been asked too often");
}

#[tokio::test]
async fn what_somebody_else_changes_at_the_same_time_is_looked_up_again() {
    let there = || told(200, r#"{"etag":"\"7\"","status":"confirmed"}"#);
    let again = || vec![told(409, ""), there(), told(412, "")];
    let once = again().into_iter().chain([told(409, ""), there(), told(200, "{}")]).collect();
    assert_eq!(kept(true, once).await.0, Ok(()));
    let gone = vec![told(409, ""), told(404, ""), told(200, "{}")];
    assert_eq!(kept(true, gone).await.0, Ok(()));
    let always = (0..3).flat_map(|_| again()).collect();
    let reason = "it answered 412: somebody else changes the event at the same time";
    assert_eq!(kept(true, always).await.0.unwrap_err().reason, reason);
}

#[tokio::test]
async fn a_copy_is_taken_out_and_whatever_is_not_there_is() {
    for (status, then) in [(204, None), (200, None), (404, Some(told(200, "{}"))), (410, None)] {
        let (kept, asked) = kept(false, [told(status, "")].into_iter().chain(then).collect()).await;
        assert_eq!(kept, Ok(()), "{status}");
        assert_eq!(asked[0], format!("DELETE {EVENTS}/{ID}?sendUpdates=none\n{HEADERS}\n\n"));
    }
    let (kept, _) = kept(false, vec![told(500, "")]).await;
    assert_eq!(kept.unwrap_err().reason, "it answered 500: Google has a fault");
    // To whom it is no longer shared with, nothing in it is there.
    let (withdrawn, asked) = self::kept(false, vec![told(404, ""), told(404, "")]).await;
    assert!(withdrawn.unwrap_err().reason.starts_with("it answered 404"));
    assert_eq!(asked[1], format!("GET {EVENTS}?maxResults=1&fields=kind\n{HEADERS}\n\n"));
}

#[tokio::test]
async fn what_is_not_written_says_why_and_when_to_try_again() {
    let reader = "it answered 403: it is not shared so with the service account: share it with the key's `client_email`";
    let (refused, _) = kept(true, vec![told(403, r#"{"error":{"errors":[{"reason":"forbidden"}]}}"#)]).await;
    assert_eq!(refused, Err(Unwritten { reason: reader.to_owned(), retry_after: None, is_refused: true }));
    let mut later = told(429, "").unwrap();
    later.headers_mut().insert("retry-after", "30".parse().unwrap());
    let (refused, _) = kept(true, vec![Ok(later)]).await;
    let reason = "it answered 429: it has been asked too often".to_owned();
    assert_eq!(refused, Err(Unwritten { reason, retry_after: Some("30".to_owned()), is_refused: false }));
    for body in ["", "<html>", "{}"] {
        let (refused, _) = kept(true, vec![told(409, ""), told(200, body)]).await;
        assert_eq!(
            refused.unwrap_err().reason,
            "Google's answer is cut off, or something else than an event"
        );
    }
}

#[tokio::test]
async fn a_copy_that_its_host_has_made_a_series_of_is_put_back_as_one_event() {
    let there = told(200, r#"{"etag":"\"7\"","status":"confirmed"}"#);
    let way = way(ACCOUNT, vec![token(), told(409, ""), there, told(200, "{}")]);
    keep(&way, &google().1, (&booking().id, Held::Alone(&copy())), DEADLINE).await.unwrap();
    let change = way.asked.borrow()[3].clone();
    assert_eq!(change.method, "PATCH");
    let body: Value = serde_json::from_slice(&change.body).unwrap();
    assert_eq!(body.get("recurrence"), Some(&Value::Null));
    // What was deleted is written whole.
    let there = told(200, r#"{"etag":"\"7\"","status":"cancelled"}"#);
    let way = self::way(ACCOUNT, vec![token(), told(409, ""), there, told(200, "{}")]);
    keep(&way, &google().1, (&self::booking().id, Held::Alone(&self::copy())), DEADLINE).await.unwrap();
    let change = way.asked.borrow()[3].clone();
    let body: Value = serde_json::from_slice(&change.body).unwrap();
    assert_eq!((change.method.as_str(), body), ("PUT", ours()));
}

/// Where the calendar says that the copy stands, if it does, and the request for it.
async fn looked_for(answer: Result<Response, Unanswered>) -> (Result<Option<Booked>, String>, String) {
    let way = way(ACCOUNT, vec![token(), answer]);
    let (host, calendar) = google();
    let found = look_for(&way, &host, &calendar, &booking().id, DEADLINE).await;
    let asked = way.asked.borrow();
    (found.map_err(|unread| unread.reason), sent(&asked[1]))
}

#[tokio::test]
async fn a_copy_is_looked_for_by_its_id() {
    let event = |more: Value| {
        let mut event = json!({
            "id": ID,
            "status": "confirmed",
            "start": { "dateTime": "2036-12-01T09:00:00Z" },
            "end": { "dateTime": "2036-12-01T10:00:00Z" },
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Ok(http::Response::builder().status(200).body(event.to_string().into()).unwrap())
    };
    let (found, asked) = looked_for(event(json!({}))).await;
    let booked = found.unwrap().unwrap();
    let at = DateTime::from_timestamp(booked.span.start, 0).unwrap().to_rfc3339();
    assert_eq!((at.as_str(), booked.blocks, booked.whole_days), ("2036-12-01T09:00:00+00:00", false, false));
    assert_eq!(
        asked,
        format!(
            "GET {EVENTS}/{ID}?maxAttendees=1&fields=id%2CiCalUID%2Cstatus%2Ctransparency%2CeventType%2Cstart%2Cend%2Crecurrence%2Cattendees%28self%2CresponseStatus%29\n{HEADERS}\n\n"
        )
    );
    let days = json!({ "start": { "date": "2036-12-01" }, "end": { "date": "2036-12-02" } });
    assert!(looked_for(event(days)).await.0.unwrap().unwrap().whole_days);
    assert_eq!(looked_for(event(json!({ "status": "cancelled" }))).await.0, Ok(None));
    for gone in [404, 410] {
        assert_eq!(looked_for(told(gone, "")).await.0, Ok(None));
    }
    let no_event = "Google's answer is cut off, or something else than an event";
    for (answer, expected) in [
        (event(json!({ "recurrence": ["RRULE:FREQ=DAILY"] })), "the event is a series"),
        (event(json!({ "start": {} })), "when the event is cannot be read"),
        (told(200, "{}"), no_event),
        (told(200, "<html>"), no_event),
        (told(500, ""), "it answered 500: Google has a fault"),
    ] {
        assert_eq!(looked_for(answer).await.0, Err(expected.to_owned()));
    }
}
