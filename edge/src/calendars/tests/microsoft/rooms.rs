//! Rooms that the service makes for bookings (Teams): how they are asked for, and how they survive a change of the
//! text.

use scheduling::booking::{Booking, Place};

use super::copies::{asked, booking, copy_of, stands};
use super::*;
use crate::calendars::kept::Kept;
use crate::calendars::{Held, keep};

const ROOM: &str = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%7d";
/// What Teams writes behind our words.
const TEAMS: &str = "<br><div style=\"width:100%\"><span>________________________________________________</span></div>                     <div class=\"me-email-text\"><a href=\"https://teams.microsoft.com/l/meetup-join/abc\">Join</a></div></body></html>";

fn roomed(room: Option<&str>) -> Booking {
    Booking { location: Place::Room(room.map(str::to_owned)), ..booking() }
}

async fn kept(booking: &Booking, answers: Vec<Result<Response, Unanswered>>) -> (Kept, Vec<(String, Value)>) {
    let way = way(std::iter::once(token()).chain(answers).collect());
    let (_, calendar) = microsoft();
    let kept = keep(&way, &calendar, (&booking.id, Held::Copy(&copy_of(booking))), DEADLINE).await.unwrap();
    let looked_up = way.asked.borrow()[1].url.clone();
    assert!(looked_up.ends_with(",recurrence,showAs,isOnlineMeeting,onlineMeeting,body"), "{looked_up}");
    (kept, asked(&way))
}

fn with_room(mut event: Value) -> Value {
    event["isOnlineMeeting"] = true.into();
    event["onlineMeeting"] = json!({ "joinUrl": ROOM });
    event
}

fn made() -> Kept {
    Kept::WithRoom(ROOM.to_owned())
}

async fn posted() -> Value {
    kept(&roomed(None), vec![tells(200, &page(&[])), tells(201, &json!({}))]).await.1.remove(0).1
}

#[tokio::test]
async fn an_event_is_made_as_an_online_meeting() {
    let answers = |room: &Value| vec![tells(200, &page(&[])), tells(201, &json!({ "onlineMeeting": room }))];
    let (made_now, asked) = kept(&roomed(None), answers(&json!({ "joinUrl": ROOM }))).await;
    assert_eq!(made_now, made());
    let event = &asked[0].1;
    assert_eq!(
        (&event["isOnlineMeeting"], &event["onlineMeetingProvider"], &event["location"]),
        (&json!(true), &json!("teamsForBusiness"), &Value::Null)
    );
    for none in [Value::Null, json!({}), json!({ "joinUrl": null })] {
        assert_eq!(kept(&roomed(None), answers(&none)).await.0, Kept::RoomAwaited);
    }
    let elsewhere = kept(&roomed(None), answers(&json!({ "joinUrl": "http://teams.example.com/" }))).await.0;
    let reason = "it has made a video room at an address that nobody should open";
    assert_eq!(elsewhere, Kept::WithoutRoom(reason.to_owned()));
}

#[tokio::test]
async fn a_room_is_looked_up_where_nothing_is_to_be_changed() {
    let mut there = with_room(stands(&posted().await));
    // Teams says where it is.
    there["location"] = json!({ "displayName": "Microsoft Teams Meeting" });
    for room in [None, Some(ROOM)] {
        assert_eq!(kept(&roomed(room), vec![tells(200, &page(&[there.clone()]))]).await, (made(), vec![]));
    }
    there["onlineMeeting"] = Value::Null;
    assert_eq!(kept(&roomed(None), vec![tells(200, &page(&[there]))]).await, (Kept::RoomAwaited, vec![]));
}

#[tokio::test]
async fn an_event_that_is_not_online_is_made_so() {
    let mut there = stands(&posted().await);
    there["isOnlineMeeting"] = false.into();
    let (made_now, asked) =
        kept(&roomed(None), vec![tells(200, &page(&[there])), tells(200, &with_room(json!({})))]).await;
    assert_eq!((made_now, &asked[0].1["isOnlineMeeting"]), (made(), &json!(true)));
    assert_eq!(asked[0].1["onlineMeetingProvider"], "teamsForBusiness");
}

#[tokio::test]
async fn what_teams_has_written_stays_behind_other_words() {
    let mut renamed = roomed(Some(ROOM));
    renamed.visitor.contact.name = "Mara & <Lind>".to_owned();
    let mut there = with_room(stands(&posted().await));
    let change = async |there: Value| {
        let answers = vec![tells(200, &page(std::slice::from_ref(&there))), tells(200, &there)];
        let (kept, asked) = kept(&renamed, answers).await;
        assert_eq!((kept, &asked[0].1["isOnlineMeeting"]), (made(), &Value::Null));
        asked[0].1["body"].clone()
    };
    there["body"] = json!({ "contentType": "html", "content": format!("<html><body>Mara Lind{TEAMS}") });
    let words = "Mara &amp; &lt;Lind&gt;, mara@example.org<br><br>endpoint.feed.open";
    let teams = TEAMS.trim_start_matches("<br>");
    assert_eq!(
        change(there.clone()).await,
        json!({ "contentType": "html", "content": format!("<html><body><div>{words}</div>{teams}") })
    );
    // Where Teams has written nothing, there is nothing to keep.
    there["body"] = json!({ "contentType": "html", "content": "<html><body>Mara Lind</body></html>" });
    assert_eq!(
        change(there).await,
        json!({ "contentType": "text", "content": copy_of(&renamed).description })
    );
}
