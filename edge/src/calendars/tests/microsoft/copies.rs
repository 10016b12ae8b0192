//! Bookings' copies in a mailbox: what Microsoft Graph is asked, whatever stands there.

use scheduling::booking::Booking;
use scheduling::invitation::{BookingCopy, Feed};
use scheduling::locale::LocaleWords;

use super::*;
use crate::calendars::kept::Kept;
use crate::calendars::unwritten::Unwritten;
use crate::calendars::{Held, keep, look_for};

const BOOKING: &str = "String {7d1c5b0e-9a3f-4c62-8e57-2f6b0d94a1c3} Name DaymarkBooking";
const WORDS: &str = "String {7d1c5b0e-9a3f-4c62-8e57-2f6b0d94a1c3} Name DaymarkWords";

pub(super) fn booking() -> Booking {
    serde_json::from_str(include_str!("../../../../../scheduling/tests/booking.json")).unwrap()
}

pub(super) fn copy_of(booking: &Booking) -> BookingCopy {
    let messages = [("endpoint.feed.summary", "{name}: {title}"), ("endpoint.feed.who", "{name}, {email}")];
    let messages = messages.map(|(key, words)| (key.to_owned(), words.to_owned())).into();
    let words = LocaleWords { messages, ..LocaleWords::default() };
    Feed { host_name: "Aiko", words: &words, base_url: "https://meet.example.com" }.copy(booking.clone())
}

async fn keep_by(way: &Way, copy: Option<&BookingCopy>) -> Result<(), Unwritten> {
    let (_, calendar) = microsoft();
    let kept = keep(way, &calendar, (&booking().id, copy.into()), DEADLINE).await;
    kept.map(|kept| assert_eq!(kept, Kept::AsWanted))
}

/// What was asked after the token and the first look-up: methods, the ends of addresses, and bodies.
pub(super) fn asked(way: &Way) -> Vec<(String, Value)> {
    let asked = way.asked.borrow();
    let one = |request: &OutgoingRequest| {
        let path = request.url.split("/users/").nth(1).unwrap().split('?').next().unwrap();
        let condition = request.headers.iter().find(|(name, _)| name == "If-Match");
        let condition = condition.map_or(String::new(), |(_, etag)| format!(" if {etag}"));
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        (format!("{} {path}{condition}", request.method), body)
    };
    asked.iter().skip(2).map(one).collect()
}

/// The event that was posted, as Graph tells it when it is looked up.
pub(super) fn stands(posted: &Value) -> Value {
    let mut event = posted.clone();
    event["@odata.etag"] = "W/\"7\"".into();
    event["id"] = "AAk=".into();
    for name in ["start", "end"] {
        let time = event[name]["dateTime"].as_str().unwrap();
        event[name]["dateTime"] = format!("{time}.0000000").into();
    }
    event["singleValueExtendedProperties"].as_array_mut().unwrap().retain(|property| property["id"] == WORDS);
    event
}

async fn posted() -> Value {
    let way = way(vec![token(), tells(200, &page(&[])), tells(201, &json!({}))]);
    keep_by(&way, Some(&copy_of(&booking()))).await.unwrap();
    asked(&way).remove(0).1
}

#[tokio::test]
async fn a_copy_is_looked_up_by_the_booking_and_made() {
    let way = way(vec![token(), tells(200, &page(&[])), tells(201, &json!({}))]);
    keep_by(&way, Some(&copy_of(&booking()))).await.unwrap();
    let looked = way.asked.borrow()[1].clone();
    assert_eq!(
        (looked.method.as_str(), looked.url.as_str()),
        (
            "GET",
            "https://graph.microsoft.com/v1.0/users/aiko%40example.com/calendar/events?$filter=singleValueExtendedProperties%2Fany%28ep%3A%20ep%2Fid%20eq%20%27String%20%7B7d1c5b0e-9a3f-4c62-8e57-2f6b0d94a1c3%7D%20Name%20DaymarkBooking%27%20and%20ep%2Fvalue%20eq%20%27aiko.AQEBAQEBAQEBAQEBAQEBAQ%27%29&$expand=singleValueExtendedProperties%28%24filter%3Did%20eq%20%27String%20%7B7d1c5b0e-9a3f-4c62-8e57-2f6b0d94a1c3%7D%20Name%20DaymarkWords%27%29&$select=id,subject,start,end,isAllDay,isCancelled,location,recurrence,showAs"
        )
    );
    let [(request, event)] = asked(&way).try_into().unwrap();
    assert_eq!(request, "POST aiko%40example.com/calendar/events");
    let transaction = event["transactionId"].as_str().unwrap().to_owned();
    let digest = &event["singleValueExtendedProperties"][1]["value"];
    assert_eq!(
        event,
        json!({
            "subject": "Mara Lind: Introductory call",
            "body": { "contentType": "text", "content": copy_of(&booking()).description },
            "start": { "dateTime": "2026-12-01T10:00:00", "timeZone": "UTC" },
            "end": { "dateTime": "2026-12-01T10:30:00", "timeZone": "UTC" },
            "isAllDay": false,
            "location": { "displayName": "https://meet.example.com/aiko" },
            "showAs": "busy",
            "transactionId": transaction,
            "singleValueExtendedProperties": [
                { "id": BOOKING, "value": "aiko.AQEBAQEBAQEBAQEBAQEBAQ" },
                { "id": WORDS, "value": digest },
            ],
        })
    );
    let (id, name) = transaction.split_once('/').unwrap();
    assert_eq!((id, name.len()), ("aiko.AQEBAQEBAQEBAQEBAQEBAQ", 16));
    // Sent again, it is the same.
    assert_eq!(posted().await, event);
}

#[tokio::test]
async fn what_stands_there_is_changed_where_it_differs() {
    let kept = stands(&posted().await);
    let check = async |kept: &Value, booking: &Booking, expected: Option<Value>| {
        let answers = vec![token(), tells(200, &page(std::slice::from_ref(kept))), tells(200, &json!({}))];
        let way = way(answers);
        keep_by(&way, Some(&copy_of(booking))).await.unwrap();
        let expected =
            expected.map(|body| ("PATCH aiko%40example.com/events/AAk%3D if W/\"7\"".to_owned(), body));
        assert_eq!(asked(&way), expected.into_iter().collect::<Vec<_>>());
    };
    check(&kept, &booking(), None).await;
    let ours = |minutes: i64| {
        let time = |time: &str| {
            let time: DateTime<Utc> = time.parse().unwrap();
            let time = (time + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%S").to_string();
            json!({ "dateTime": time, "timeZone": "UTC" })
        };
        json!({
            "subject": "Mara Lind: Introductory call",
            "start": time("2026-12-01T10:00:00Z"),
            "end": time("2026-12-01T10:30:00Z"),
            "isAllDay": false,
            "location": { "displayName": "https://meet.example.com/aiko" },
            "showAs": "busy",
        })
    };
    let mut moved = booking();
    moved.start += TimeDelta::hours(1);
    moved.end += TimeDelta::hours(1);
    check(&kept, &moved, Some(ours(60))).await;
    for (key, value) in [
        ("subject", json!("Mine")),
        ("showAs", json!("free")),
        ("isAllDay", json!(true)),
        ("location", json!({ "displayName": "Here" })),
        ("start", time("01T10:15:00")),
        ("end", Value::Null),
    ] {
        let mut changed = kept.clone();
        changed[key] = value;
        check(&changed, &booking(), Some(ours(0))).await;
    }
    // Its text is written only where it is another.
    let mut renamed = booking();
    renamed.visitor.contact.name = "Mara Lindt".to_owned();
    let copy = copy_of(&renamed);
    let mut expected = ours(0);
    expected["subject"] = "Mara Lindt: Introductory call".into();
    expected["body"] = json!({ "contentType": "text", "content": copy.description });
    let answers = vec![token(), tells(200, &page(&[kept])), tells(200, &json!({}))];
    let way = way(answers);
    keep_by(&way, Some(&copy)).await.unwrap();
    let mut sent = asked(&way).remove(0).1;
    let properties = sent.as_object_mut().unwrap().remove("singleValueExtendedProperties").unwrap();
    assert_eq!((sent, &properties[0]["id"]), (expected, &json!(WORDS)));
}

#[tokio::test]
async fn a_copy_is_taken_out_whether_it_stands_there_or_not() {
    let kept = || {
        tells(
            200,
            &page(&[stands(&json!({
                "start": time("01T10:00:00"), "end": time("01T10:30:00"), "singleValueExtendedProperties": [],
            }))]),
        )
    };
    for answer in [told(204, ""), told(404, ""), told(410, "")] {
        let way = way(vec![token(), kept(), answer]);
        keep_by(&way, None).await.unwrap();
        assert_eq!(
            asked(&way),
            [("DELETE aiko%40example.com/events/AAk%3D if W/\"7\"".to_owned(), Value::Null)]
        );
    }
    let way = way(vec![token(), tells(200, &page(&[]))]);
    keep_by(&way, None).await.unwrap();
    assert_eq!(asked(&way), []);
}

fn error(status: u16, code: &str) -> Result<Response, Unanswered> {
    tells(status, &json!({ "error": { "code": code, "message": "Secret words." } }))
}

#[tokio::test]
async fn a_name_that_was_used_before_is_not_used_again() {
    for status in [400, 409] {
        let used = || error(status, "ErrorDuplicateTransactionId");
        let nothing = || tells(200, &page(&[]));
        let way = way(vec![token(), nothing(), used(), nothing(), tells(201, &json!({}))]);
        keep_by(&way, Some(&copy_of(&booking()))).await.unwrap();
        let asked = asked(&way);
        let names = [0, 2].map(|place: usize| asked[place].1["transactionId"].as_str().unwrap());
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.starts_with("aiko.AQEBAQEBAQEBAQEBAQEBAQ/")), "{names:?}");
        // If it is there after all, it is not made again.
        let way = self::way(vec![token(), nothing(), used(), tells(200, &page(&[stands(&posted().await)]))]);
        keep_by(&way, Some(&copy_of(&booking()))).await.unwrap();
    }
}

#[tokio::test]
async fn who_changes_it_meanwhile_is_not_overwritten_blindly() {
    let mut kept = stands(&posted().await);
    kept["subject"] = "Mine".into();
    let there = || tells(200, &page(&[kept.clone()]));
    let conflict = || error(412, "ErrorIrresolvableConflict");
    let way = way(vec![token(), there(), conflict(), there(), tells(200, &json!({}))]);
    keep_by(&way, Some(&copy_of(&booking()))).await.unwrap();
    // It is gone when it is to be changed: then it is made anew.
    let gone = error(404, "ErrorItemNotFound");
    let way = self::way(vec![token(), there(), gone, tells(200, &page(&[])), tells(201, &json!({}))]);
    keep_by(&way, Some(&copy_of(&booking()))).await.unwrap();
    assert_eq!(asked(&way).last().unwrap().0, "POST aiko%40example.com/calendar/events");
    let all = [token()].into_iter().chain((0..3).flat_map(|_| [there(), conflict()]));
    let unwritten = keep_by(&self::way(all.collect()), Some(&copy_of(&booking()))).await.unwrap_err();
    let reason =
        "it answered 412 (ErrorIrresolvableConflict): somebody else changes the event at the same time";
    assert_eq!(unwritten.reason, reason);
}

#[tokio::test]
async fn what_is_not_written_says_why_and_when_to_try_again() {
    let throttled = || {
        let mut answer = error(429, "ApplicationThrottled").unwrap();
        answer.headers_mut().insert("retry-after", "30".parse().unwrap());
        Ok(answer)
    };
    let expected = Unwritten {
        reason: "it answered 429 (ApplicationThrottled): it has been asked too often".to_owned(),
        retry_after: Some("30".to_owned()),
        is_refused: false,
    };
    let copy = copy_of(&booking());
    for answers in [vec![token(), throttled()], vec![token(), tells(200, &page(&[])), throttled()]] {
        assert_eq!(keep_by(&way(answers), Some(&copy)).await, Err(expected.clone()));
    }
    for found in ["{}", "<html>", "{\"value\":[{}]}", "{\"value\":[{\"id\":5}]}"] {
        let unwritten = keep_by(&way(vec![token(), told(200, found)]), Some(&copy)).await.unwrap_err();
        assert_eq!(unwritten.reason, "its answer is cut off, or is not one of Microsoft Graph", "{found}");
    }
    let denied = vec![token(), tells(200, &page(&[])), error(403, "ErrorAccessDenied")];
    let unwritten = keep_by(&way(denied), Some(&copy)).await.unwrap_err();
    assert!(
        unwritten
            .reason
            .starts_with("it answered 403 (ErrorAccessDenied): the application lacks the permission")
    );
}

#[tokio::test]
async fn a_copy_that_its_host_has_made_a_series_of_is_put_back_as_one_event() {
    let mut series = stands(&posted().await);
    series["recurrence"] = json!({ "pattern": { "type": "weekly" } });
    let copy = copy_of(&booking());
    for (held, expected) in [(Held::Copy(&copy), None), (Held::Alone(&copy), Some(Value::Null))] {
        let changed = expected.is_some().then(|| tells(200, &json!({})));
        let found = tells(200, &page(std::slice::from_ref(&series)));
        let way = way([token(), found].into_iter().chain(changed).collect());
        keep(&way, &microsoft().1, (&booking().id, held), DEADLINE).await.unwrap();
        let change = asked(&way).pop();
        assert_eq!(change.and_then(|(_, body)| body.get("recurrence").cloned()), expected);
    }
}

#[tokio::test]
async fn a_copy_is_looked_for_by_its_booking() {
    let mut event = stands(&posted().await);
    let (host, calendar) = microsoft();
    let look = async |answer| {
        let way = way(vec![token(), answer]);
        let found = look_for(&way, &host, &calendar, &booking().id, DEADLINE).await;
        found.map_err(|unread| unread.reason)
    };
    let found = |event: &Value| tells(200, &page(std::slice::from_ref(event)));
    let booked = look(found(&event)).await.unwrap().unwrap();
    let at = DateTime::from_timestamp(booked.span.start, 0).unwrap().to_rfc3339();
    assert_eq!((at.as_str(), booked.blocks, booked.whole_days), ("2026-12-01T10:00:00+00:00", false, false));
    assert_eq!(look(tells(200, &page(&[]))).await, Ok(None));
    event["isCancelled"] = true.into();
    assert_eq!(look(found(&event)).await, Ok(None));
    event["recurrence"] = json!({});
    assert_eq!(look(found(&event)).await, Err("the event is a series".to_owned()));
    let fault = look(error(500, "InternalServerError")).await;
    assert_eq!(
        fault,
        Err("it answered 500 (InternalServerError): Microsoft's server has a fault".to_owned())
    );
}
