//! Pages whose bookings are requests: what the visitor is told, and how the host answers, over the API and from the
//! link in the mail.

use scheduling::definition::{Calendar, CalendarSource, WhenUnknown};
use scheduling::token::{BookingId, Purpose};
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Booked, Told, Trial, WEDNESDAY_TEN, book};
use super::pages::assert_page;

/// A site whose introductory calls are requests, to be answered within three days.
fn trial() -> Trial {
    trial_within(3 * 24 * 60)
}

fn trial_within(minutes: u32) -> Trial {
    let (site, mut hosts) = fixture::site();
    let aiko = hosts.iter_mut().find(|host| host.folder == "aiko").unwrap();
    aiko.meetings.get_mut("intro").unwrap().approval_within_minutes = Some(minutes);
    Trial::of(&site, &hosts)
}

async fn requested(trial: &Trial) -> Booked {
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    assert_eq!((told.status, &told.json()["booking"]["status"]), (202, &json!("requested")), "{}", told.body);
    trial.booked(&Told { status: 201, ..told })
}

async fn answer(trial: &Trial, host: &str, booked: &Booked, act: &str) -> Told {
    let bearer = format!("Bearer {}", trial.secrets().host_key(host, 1));
    let path = format!("/api/host/bookings/{}/{act}", booked.id);
    trial.post(&path, &[("authorization", &bearer)], "").await
}

async fn status(trial: &Trial, booked: &Booked) -> Value {
    trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await.json()["booking"]["status"]
        .clone()
}

/// The token of the link in the host's mail.
fn decide_token(trial: &Trial, booked: &Booked) -> String {
    let start: chrono::DateTime<chrono::Utc> = WEDNESDAY_TEN.parse().unwrap();
    let id = BookingId::parse(&booked.id).unwrap();
    trial.secrets().booking_token(&id, Purpose::Decide, start.timestamp())
}

async fn decide(trial: &Trial, booked: &Booked, token: &str, answer: &str) -> Told {
    let path = format!("/api/bookings/{}/decide", booked.id);
    trial.post_form(&path, &[("token", token), ("answer", answer)]).await
}

#[tokio::test]
async fn a_request_holds_its_time_and_says_that_it_waits() {
    let trial = trial();
    let booked = requested(&trial).await;
    let mut other = book(WEDNESDAY_TEN);
    other["contact"]["email"] = json!("other@example.org");
    let told = trial.post_json("/api/bookings", &other).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("slot_taken")));
    let text = trial.get(&booked.path).await.text();
    assert!(
        text.contains("You have requested this meeting\nAiko Tanaka has to accept it first, Mara Lind.\n"),
        "{text}"
    );
    assert!(!text.contains("Choose another time") && !text.contains("Book another time"), "{text}");
    assert!(text.contains("Cancel this meeting"), "it can be taken back: {text}");
}

#[tokio::test]
async fn a_form_with_mistakes_still_asks_and_does_not_book() {
    let trial = trial();
    let told = trial.post_form("/api/bookings", &[("page", "aiko/intro"), ("start", WEDNESDAY_TEN)]).await;
    let text = told.text();
    assert_eq!(told.status, 422, "{text}");
    let ends = "This sends a request: Aiko Tanaka will accept or decline it. The time is held for you until then.\nRequest this time\n";
    assert!(text.ends_with(ends), "{text}");
}

#[tokio::test]
async fn a_host_answers_with_the_key_and_once() {
    for (act, expected) in [("accept", "confirmed"), ("decline", "declined")] {
        let trial = trial();
        let booked = requested(&trial).await;
        let told = answer(&trial, "jonas", &booked, act).await;
        assert_eq!((told.status, &told.json()["code"]), (404, &json!("not_found")), "another host's key");
        let told = answer(&trial, "aiko", &booked, act).await;
        assert_eq!(
            (told.status, &told.json()["booking"]["status"]),
            (200, &json!(expected)),
            "{}",
            told.body
        );
        for again in ["accept", "decline"] {
            let told = answer(&trial, "aiko", &booked, again).await;
            assert_eq!((told.status, &told.json()["code"]), (409, &json!("already_decided")));
        }
        assert_eq!(status(&trial, &booked).await, expected);
    }
}

#[tokio::test]
async fn a_host_cancels_with_a_reason() {
    let trial = trial();
    let booked = requested(&trial).await;
    answer(&trial, "aiko", &booked, "accept").await;
    let bearer = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    let path = format!("/api/host/bookings/{}/cancel", booked.id);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let told = trial.post(&path, &headers, r#"{"reason":"Ill"}"#).await;
    let booking = told.json()["booking"].clone();
    assert_eq!(
        (told.status, &booking["status"], &booking["cancel_reason"]),
        (200, &json!("cancelled"), &json!("Ill"))
    );
}

#[tokio::test]
async fn the_link_in_the_mail_leads_to_a_page_with_buttons() {
    let trial = trial();
    let booked = requested(&trial).await;
    let token = decide_token(&trial, &booked);
    let path = format!("/booking/{}/{token}", booked.id);
    let told = trial.get(&path).await;
    assert_eq!((told.status, told.header("cache-control")), (200, "no-store"));
    let expected = "Mara Lind has requested a meeting
Mara Lind has requested a meeting
Meeting
Introductory call
30 minutes
When
Wednesday 25 November 2026, 10:00–10:30
Tokyo (UTC+9)
Wednesday 25 November 2026, 02:00–02:30
night
Berlin (UTC+1), for Mara Lind
Where
https://meet.example.com/rooms/aiko
Who
Mara Lind
mara@example.org
Accept
Decline";
    assert_eq!(told.text().trim(), expected);
    assert_eq!(status(&trial, &booked).await, "requested", "looking changes nothing");
    let told = decide(&trial, &booked, &token, "accept").await;
    assert_eq!((told.status, told.header("location")), (303, path.as_str()), "{}", told.body);
    let expected = "You are meeting Mara Lind\nYou are meeting Mara Lind\nMeeting\n";
    let told = trial.get(&path).await;
    assert!(told.text().starts_with(expected), "{}", told.text());
    assert!(told.body.contains("href=\"/host/\">Your bookings"), "the way on: {}", told.body);
    let told = decide(&trial, &booked, &token, "decline").await;
    assert_eq!(told.status, 409);
    assert!(told.text().starts_with(expected), "{}", told.text());
    assert_eq!(status(&trial, &booked).await, "confirmed");
}

/// A site whose host has a calendar that was never read, as the secret with its address is not set.
fn trial_with_unknown_calendar(when_unknown: WhenUnknown) -> Trial {
    let (site, mut hosts) = fixture::site();
    let aiko = hosts.iter_mut().find(|host| host.folder == "aiko").unwrap();
    aiko.calendars =
        vec![Calendar::new("work".to_owned(), CalendarSource::Feed { secret: "NO_SUCH_SECRET".to_owned() })];
    let intro = aiko.meetings.get_mut("intro").unwrap();
    (intro.calendars, intro.when_unknown) = (vec!["work".to_owned()], when_unknown);
    Trial::of(&site, &hosts)
}

#[tokio::test]
async fn where_nobody_knows_whether_the_host_is_busy_the_host_is_asked() {
    let trial = trial_with_unknown_calendar(WhenUnknown::Request);
    let about = trial.get(&format!("/api/availability/aiko/intro?start={WEDNESDAY_TEN}")).await;
    assert_eq!((about.status, &about.json()["when_unknown"]), (200, &json!("request")), "{}", about.body);
    let booked = requested(&trial).await;
    let token = decide_token(&trial, &booked);
    let text = trial.get(&format!("/booking/{}/{token}", booked.id)).await.text();
    let ends = "Your calendar could not be read. Look into it before you accept.\nAccept\nDecline\n";
    assert!(text.ends_with(ends), "{text}");
    let told = answer(&trial, "aiko", &booked, "accept").await;
    assert_eq!(told.json()["booking"]["status"], "confirmed");
    assert_eq!(told.json()["booking"]["unknown_calendar"], true, "programs of the host see why it was asked");
    let seen = trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await;
    assert_eq!(seen.json()["booking"].get("unknown_calendar"), None, "visitors do not");
}

#[tokio::test]
async fn where_nobody_knows_whether_the_host_is_busy_a_page_may_refuse() {
    let trial = trial_with_unknown_calendar(WhenUnknown::Refuse);
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    let said = told.json();
    assert_eq!((told.status, &said["code"]), (503, &json!("calendar_unreachable")));
    assert_eq!(
        (&said["title"], &said["detail"]),
        (&json!("The calendar cannot be reached"), &json!("Nothing was booked. Please try again later."))
    );
    let told = trial.post_json("/api/bookings", &book("2026-11-25T01:15:00Z")).await;
    assert_eq!(told.json()["code"], "slot_not_offered", "what is refused anyway is refused for that");
    let list = trial.get("/api/availability/aiko/intro").await.json();
    assert_eq!((&list["slots"], &list["when_unknown"]), (&json!([]), &json!("refuse")));
    let list = trial.get("/api/availability/aiko/intro?from=2026-11-28&to=2026-11-28").await.json();
    assert_eq!(
        (&list["slots"], list.get("when_unknown")),
        (&json!([]), None),
        "there are none on a Saturday"
    );
}

#[tokio::test]
async fn each_link_is_for_its_own_purpose() {
    let trial = trial();
    let booked = requested(&trial).await;
    let token = decide_token(&trial, &booked);
    let told = decide(&trial, &booked, &booked.token, "accept").await;
    assert_eq!(told.status, 404, "the visitor's link does not accept");
    let told = trial.get_as(&format!("/api/bookings/{}", booked.id), &token).await;
    assert_eq!((told.status, &told.json()["code"]), (404, &json!("not_found")));
    let cancel = format!("/api/bookings/{}/cancel", booked.id);
    let told = trial.post_form(&cancel, &[("token", &token)]).await;
    assert_eq!(told.status, 404, "the host's link does not cancel");
    for wrong in ["", "x", &token[1..]] {
        assert_eq!(decide(&trial, &booked, wrong, "accept").await.status, 404);
    }
    assert_eq!(decide(&trial, &booked, &token, "perhaps").await.status, 400);
    assert_eq!(status(&trial, &booked).await, "requested");
}

/// Wednesday 11:00 in Tokyo, an hour after what is booked.
const WEDNESDAY_ELEVEN: &str = "2026-11-25T02:00:00Z";

/// A booking at 10:00 that the host has agreed to.
async fn agreed(trial: &Trial) -> Booked {
    let booked = requested(trial).await;
    assert_eq!(answer(trial, "aiko", &booked, "accept").await.status, 200);
    booked
}

async fn move_to(trial: &Trial, booked: &Booked, start: &str) -> Told {
    let bearer = format!("Bearer {}", booked.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let path = format!("/api/bookings/{}/reschedule", booked.id);
    trial.post(&path, &headers, &json!({ "start": start }).to_string()).await
}

/// The same, with 11:00 asked for.
async fn asking(trial: &Trial) -> Booked {
    let booked = agreed(trial).await;
    let told = move_to(trial, &booked, WEDNESDAY_ELEVEN).await;
    assert_eq!(told.status, 202, "{}", told.body);
    booked
}

async fn stored(trial: &Trial, booked: &Booked) -> Value {
    trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await.json()["booking"].clone()
}

/// The refusal when somebody else books the page at that start; `null` if it is booked.
async fn why_not(trial: &Trial, start: &str) -> Value {
    let mut other = book(start);
    other["contact"]["email"] = json!("other@example.org");
    trial.post_json("/api/bookings", &other).await.json()["code"].clone()
}

/// The host agreed to that time and no other.
#[tokio::test]
async fn what_was_accepted_is_moved_only_if_the_host_agrees_again() {
    let trial = trial();
    let booked = agreed(&trial).await;
    let before = stored(&trial, &booked).await;
    let told = move_to(&trial, &booked, WEDNESDAY_ELEVEN).await;
    let mut expected = before.clone();
    expected["proposed"] = json!({
        "start": WEDNESDAY_ELEVEN, "end": "2026-11-25T02:30:00Z", "expires_at": WEDNESDAY_TEN,
    });
    expected["changed_at"] = told.json()["booking"]["changed_at"].clone();
    assert_eq!((told.status, told.json()), (202, json!({ "booking": expected })));
    assert_eq!(stored(&trial, &booked).await, expected);
    for start in [WEDNESDAY_TEN, WEDNESDAY_ELEVEN] {
        assert_eq!(why_not(&trial, start).await, "slot_taken", "both times are held");
        let path =
            format!("/api/availability/aiko/intro?booking={}&from=2026-11-25&to=2026-11-25", booked.id);
        let free = trial.get_as(&path, &booked.token).await.json()["slots"].clone();
        let start: chrono::DateTime<chrono::Utc> = start.parse().unwrap();
        assert!(free.as_array().unwrap().contains(&json!(start.timestamp())), "{free}");
    }
    let again = move_to(&trial, &booked, WEDNESDAY_ELEVEN).await;
    assert_eq!((again.status, again.json()), (202, told.json()), "the same again is heard already");
    let told = answer(&trial, "aiko", &booked, "accept").await;
    let moved = told.json()["booking"].clone();
    assert_eq!(
        (told.status, &moved["start"], &moved["sequence"]),
        (200, &json!(WEDNESDAY_ELEVEN), &json!(1))
    );
    assert_eq!(moved.get("proposed"), None);
    assert_eq!(answer(&trial, "aiko", &booked, "decline").await.json()["code"], "already_decided");
    assert_eq!(why_not(&trial, WEDNESDAY_ELEVEN).await, "slot_taken");
    assert_eq!(why_not(&trial, WEDNESDAY_TEN).await, Value::Null, "the old time is free");
}

#[tokio::test]
async fn declined_or_withdrawn_the_booking_stays_and_the_other_time_is_free() {
    for withdraws in [false, true] {
        let trial = trial();
        let booked = agreed(&trial).await;
        let mut before = stored(&trial, &booked).await;
        move_to(&trial, &booked, WEDNESDAY_ELEVEN).await;
        let told = if withdraws {
            move_to(&trial, &booked, WEDNESDAY_TEN).await
        } else {
            answer(&trial, "aiko", &booked, "decline").await
        };
        assert_eq!(told.status, 200, "{}", told.body);
        let after = stored(&trial, &booked).await;
        before["changed_at"] = after["changed_at"].clone();
        assert_eq!(after, before);
        assert_eq!(answer(&trial, "aiko", &booked, "accept").await.json()["code"], "already_decided");
        assert_eq!(why_not(&trial, WEDNESDAY_TEN).await, "slot_taken");
        assert_eq!(why_not(&trial, WEDNESDAY_ELEVEN).await, Value::Null);
    }
}

#[tokio::test]
async fn what_nobody_answers_stays_where_it_is() {
    let trial = trial_within(60);
    let booked = asking(&trial).await;
    let token = decide_token(&trial, &booked);
    let trial = trial.again_at("2026-11-24T01:00:30Z");
    assert_eq!(stored(&trial, &booked).await.get("proposed"), None);
    let told = answer(&trial, "aiko", &booked, "accept").await;
    let code = told.json()["code"].clone();
    // The code depends on whether the ledger has tidied up by then.
    assert!(told.status == 409 && (code == "hold_expired" || code == "already_decided"), "{}", told.body);
    let told = decide(&trial, &booked, &token, "accept").await;
    let late = "You are meeting Mara Lind\nIt is too late to answer this\n\
        The requested time is free again.\nYou are meeting Mara Lind\n";
    let settled = "You are meeting Mara Lind\nYou are meeting Mara Lind\n";
    let text = told.text();
    assert!(told.status == 409 && (text.starts_with(late) || text.starts_with(settled)), "{text}");
    assert_eq!(stored(&trial, &booked).await["start"], WEDNESDAY_TEN);
    assert_eq!(why_not(&trial, WEDNESDAY_ELEVEN).await, Value::Null);
}

#[tokio::test]
async fn cancelled_both_times_are_free() {
    let trial = trial();
    let booked = asking(&trial).await;
    let path = format!("/api/bookings/{}/cancel", booked.id);
    let told = trial.post_form(&path, &[("token", &booked.token)]).await;
    assert_eq!(told.status, 303);
    assert_eq!(stored(&trial, &booked).await.get("proposed"), None);
    for start in [WEDNESDAY_TEN, WEDNESDAY_ELEVEN] {
        assert_eq!(why_not(&trial, start).await, Value::Null);
    }
}

#[tokio::test]
async fn a_visitor_asks_and_withdraws_by_plain_forms() {
    let trial = trial();
    let booked = agreed(&trial).await;
    let text = trial.get(&format!("{}?move", booked.path)).await.text();
    let expected =
        "Aiko Tanaka has to accept the new time. Until then, the meeting keeps its original time.\n";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("\nRequest this time\n") && !text.contains("Move it"), "{text}");
    let path = format!("/api/bookings/{}/reschedule", booked.id);
    let told = trial.post_form(&path, &[("token", &booked.token), ("start", WEDNESDAY_ELEVEN)]).await;
    assert_eq!((told.status, told.header("location")), (303, booked.path.as_str()), "{}", told.body);
    let told = trial.get(&booked.path).await;
    let expected = "You have requested another time
You have requested another time
Aiko Tanaka has to accept it, Mara Lind. Until then, your original time stands.
Meeting
Introductory call
30 minutes
With
Aiko Tanaka
Booked for
Wednesday 25 November 2026, 02:00–02:30
night
Berlin (UTC+1)
Wednesday 25 November 2026, 10:00–10:30
Tokyo (UTC+9), for Aiko Tanaka
Requested
Wednesday 25 November 2026, 03:00–03:30
night
Berlin (UTC+1)
Wednesday 25 November 2026, 11:00–11:30
Tokyo (UTC+9), for Aiko Tanaka
Aiko Tanaka has until Wednesday 25 November 2026, 02:00 (Berlin time) to answer.
Keep the original time
Where
https://meet.example.com/rooms/aiko
Who
Mara Lind
mara@example.org
Add it to your calendar:
Google Calendar
Outlook
Other calendars (.ics)
Save this page’s address: you need it to see, move or cancel the meeting.
Open it in a tab of its own
Choose another time
Cancel this meeting
You can cancel until Wednesday 25 November 2026, 00:00.
Why?
optional
Cancel the meeting";
    assert_page(&told, 200, expected);
    let text = trial.get(&format!("{}?move", booked.path)).await.text();
    assert!(text.contains("02:00\nnight\n10:00 in Tokyo\nyour booking\n"), "{text}");
    assert!(text.contains("03:00\nnight\n11:00 in Tokyo\nrequested\n"), "{text}");
    let replaces = "This replaces your earlier request.\n";
    assert!(
        text.contains("Requested\nWednesday 25 November 2026, 03:00–03:30\n") && text.contains(replaces),
        "{text}"
    );
    let own = "1795568400";
    assert!(told.body.contains(&format!("name=\"start\" value=\"{own}\"")), "{}", told.body);
    let told = trial.post_form(&path, &[("token", &booked.token), ("start", own)]).await;
    assert_eq!(told.status, 303);
    let text = trial.get(&booked.path).await.text();
    assert!(text.starts_with("You are booked\n") && !text.contains("Requested"), "{text}");
}

#[tokio::test]
async fn what_is_asked_for_is_said_in_japanese() {
    let trial = trial();
    let mut body = book(WEDNESDAY_TEN);
    (body["locale"], body["time_zone"]) = (json!("ja"), json!("Asia/Tokyo"));
    let booked = trial.booked(&Told { status: 201, ..trial.post_json("/api/bookings", &body).await });
    answer(&trial, "aiko", &booked, "accept").await;
    let text = trial.get(&format!("{}?move", booked.path)).await.text();
    let by_request =
        "日時の変更にはAiko Tanakaの承諾が必要です。承諾されるまで、ご予約は現在の日時のまま有効です。\n";
    assert!(text.contains(by_request) && text.contains("\nこの日時への変更を申し込む\n"), "{text}");
    move_to(&trial, &booked, WEDNESDAY_ELEVEN).await;
    let text = trial.get(&booked.path).await.text();
    let expected = "日時の変更を申し込み中です
日時の変更を申し込み中です
Mara Lind様、Aiko Tanakaの承諾をお待ちください。承諾されるまで、ご予約は現在の日時のまま有効です。
面談
初回のご相談
30分
担当
Aiko Tanaka
現在の日時
2026年11月25日（水）10:00\u{2060}～\u{2060}10:30
東京（UTC+9）
ご希望の日時
2026年11月25日（水）11:00\u{2060}～\u{2060}11:30
東京（UTC+9）
Aiko Tanakaの回答期限：2026年11月25日（水）10:00（東京の時刻）
日時変更の申し込みを取り下げる
";
    assert!(text.starts_with(expected), "{text}");
    let text = trial.get(&format!("{}?move", booked.path)).await.text();
    assert!(text.contains("11:00\n申し込み中\n"), "{text}");
}

#[tokio::test]
async fn a_host_sees_both_times_and_answers_what_is_seen() {
    let trial = trial();
    let booked = asking(&trial).await;
    let token = decide_token(&trial, &booked);
    let path = format!("/booking/{}/{token}", booked.id);
    let expected = "Mara Lind has requested another time
Mara Lind has requested another time
Meeting
Introductory call
30 minutes
Booked for
Wednesday 25 November 2026, 10:00–10:30
Tokyo (UTC+9)
Wednesday 25 November 2026, 02:00–02:30
night
Berlin (UTC+1), for Mara Lind
Requested
Wednesday 25 November 2026, 11:00–11:30
Tokyo (UTC+9)
Wednesday 25 November 2026, 03:00–03:30
night
Berlin (UTC+1), for Mara Lind
Where
https://meet.example.com/rooms/aiko
Who
Mara Lind
mara@example.org
Unless you accept by Wednesday 25 November 2026, 10:00, the meeting keeps its original time.
Accept
Decline";
    let told = trial.get(&path).await;
    assert_page(&told, 200, expected);
    let seen = "1795572000";
    assert!(told.body.contains(&format!("name=\"start\" value=\"{seen}\"")), "{}", told.body);
    // In the meantime, the visitor asks for yet another time: nobody agrees to a time that they have not seen.
    move_to(&trial, &booked, "2026-11-25T04:00:00Z").await;
    let post = format!("/api/bookings/{}/decide", booked.id);
    let fields = |start| [("token", token.as_str()), ("answer", "accept"), ("start", start)];
    let told = trial.post_form(&post, &fields(seen)).await;
    let changed = "Mara Lind has requested another time\nThis has changed in the meantime\n\
        The current request is below.\nMara Lind has requested another time\n";
    assert!(told.status == 409 && told.text().starts_with(changed), "{}", told.text());
    assert!(told.text().contains("Wednesday 25 November 2026, 13:00–13:30\n"), "{}", told.text());
    let told = trial.post_form(&post, &fields("1795579200")).await;
    assert_eq!((told.status, told.header("location")), (303, path.as_str()), "{}", told.body);
    let text = trial.get(&path).await.text();
    let expected = "You are meeting Mara Lind\nYou are meeting Mara Lind\nMeeting\n\
        Introductory call\n30 minutes\nWhen\nWednesday 25 November 2026, 13:00–13:30\n";
    assert!(text.starts_with(expected), "{text}");
    let text = trial.get(&booked.path).await.text();
    assert!(text.starts_with("Your meeting has a new time\n"), "{text}");
}

#[tokio::test]
async fn a_host_may_say_which_start_is_answered() {
    let trial = trial();
    let booked = asking(&trial).await;
    let bearer = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = format!("/api/host/bookings/{}/accept", booked.id);
    let accept =
        async |start: Value| trial.post(&path, &headers, &json!({ "start": start }).to_string()).await;
    let told = accept(json!("2026-11-25T04:00:00Z")).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("hold_expired")));
    let told = accept(json!("soon")).await;
    assert_eq!((told.status, &told.json()["errors"][0]["field"]), (422, &json!("start")));
    assert_eq!(accept(json!(WEDNESDAY_ELEVEN)).await.status, 200);
    assert_eq!(stored(&trial, &booked).await["start"], WEDNESDAY_ELEVEN);
}

/// The host's own move needs nobody's agreement, and settles what was asked for.
#[tokio::test]
async fn a_host_moves_what_is_asked_to_be_moved() {
    let trial = trial();
    let booked = asking(&trial).await;
    let bearer = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = format!("/api/host/bookings/{}/reschedule", booked.id);
    let told = trial.post(&path, &headers, r#"{"start":"2026-11-25T04:00:00Z"}"#).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let after = stored(&trial, &booked).await;
    assert_eq!((&after["start"], after.get("proposed")), (&json!("2026-11-25T04:00:00Z"), None));
    assert_eq!(answer(&trial, "aiko", &booked, "accept").await.json()["code"], "already_decided");
    assert_eq!(why_not(&trial, WEDNESDAY_ELEVEN).await, Value::Null);
}
