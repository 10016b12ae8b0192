//! Rooms of each booking's own: at an address with a random name, or made by the host's calendar. What programs, pages
//! and emails say of them.

use std::sync::Arc;

use scheduling::booking::{Booking, Party, Place, Status};
use scheduling::definition::{
    Calendar, CalendarSource, HostDefinition, Location, MailTransport, RANDOM, Role,
};
use scheduling::outbox::Recipient;
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Trial, WEDNESDAY_TEN, book};
use super::mail::{FOOT, LINK, Recorder, booking, job, without_signature};
use crate::deliveries::{Job, Mail, attempt};

const PATTERN: &str = "https://rooms.example.com/a-{random}?from=daymark";
const ROOM: &str = "https://meet.example.com/abc-defg-hij";

/// A trial whose visitors book such a place, and whose bookings are written to a calendar.
fn at(location: Location) -> Trial {
    let (site, mut hosts) = fixture::site();
    let meeting = hosts[0].meetings.get_mut("intro").unwrap();
    meeting.location = location;
    meeting.write_to = Some("work".to_owned());
    Trial::of(&site, &hosts)
}

/// The name in a room's address.
fn name(location: &Value) -> String {
    let (before, behind) = PATTERN.split_once(RANDOM).unwrap();
    let address = location["value"].as_str().unwrap();
    assert_eq!(location["kind"], "video");
    address
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(behind))
        .unwrap_or_else(|| panic!("{address}"))
        .to_owned()
}

#[tokio::test]
async fn each_booking_has_a_room_that_nobody_can_guess_and_keeps_it() {
    let trial = at(Location::Room(PATTERN.to_owned()));
    let first = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    let location = first.json()["booking"]["location"].clone();
    let booked = trial.booked(&first);
    let room = name(&location);
    assert!(room.len() == 25 && !booked.id.contains(&room), "{room}");
    let other = trial.booked(&trial.post_json("/api/bookings", &book("2026-11-25T04:00:00Z")).await);
    let stored = trial.get_as(&format!("/api/bookings/{}", other.id), &other.token).await.json();
    assert_ne!(name(&stored["booking"]["location"]), room);
    let headers =
        [("content-type", "application/json"), ("authorization", &*format!("Bearer {}", booked.token))];
    let body = json!({ "start": "2026-11-25T02:00:00Z" }).to_string();
    let moved = trial.post(&format!("/api/bookings/{}/reschedule", booked.id), &headers, &body).await;
    assert_eq!(moved.json()["booking"]["location"], location, "{}", moved.body);
    let address = location["value"].as_str().unwrap();
    let page = trial.get(&booked.path).await;
    assert!(page.body.contains(&format!("<a href=\"{address}\"")), "{}", page.body);
    let path = format!("/api/bookings/{}/invite.ics?token={}", booked.id, booked.token);
    let invitation = trial.get(&path).await.body.replace("\r\n ", "");
    assert!(invitation.contains(&format!("\r\nURL:{address}\r\n")), "{invitation}");
}

#[tokio::test]
async fn a_room_that_a_calendar_has_yet_to_make_is_said_to_follow() {
    let trial = at(Location::CalendarRoom);
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    assert_eq!(told.json()["booking"]["location"], json!({ "kind": "video", "value": null }));
    let booked = trial.booked(&told);
    let text = trial.get(&booked.path).await.text();
    assert!(text.contains("\nWhere\nThe link to the call follows by email.\n"), "{text}");
    let headers =
        [("content-type", "application/json"), ("authorization", &*format!("Bearer {}", booked.token))];
    let cancelled = trial.post(&format!("/api/bookings/{}/cancel", booked.id), &headers, "{}").await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    let text = trial.get(&booked.path).await.text();
    assert!(text.contains("\nWhere\nVideo call\n"), "{text}");
}

/// A booking whose calendar makes its room.
fn roomed(locale: &str, room: Option<&str>) -> Booking {
    Booking { location: Place::Room(room.map(str::to_owned)), ..booking(locale) }
}

async fn mail(locale: &str, event: &str, booking: &Booking, to: impl Into<Recipient>) -> Mail {
    let mut recorder = match locale {
        "en" => Recorder::of(Some(MailTransport::Mailbox)),
        _ => Recorder::speaking(locale),
    };
    let mut host = HostDefinition::clone(&recorder.host);
    host.meetings.get_mut("intro").unwrap().location = Location::CalendarRoom;
    recorder.host = Arc::new(host);
    assert!(attempt(&recorder, &job(event, booking, to)).await.is_taken());
    recorder.handed_over.borrow_mut().pop().unwrap()
}

/// The invitation's lines of that name.
fn said(mail: &Mail, name: &str) -> Vec<String> {
    let text = mail.invitation.as_ref().unwrap().text.replace("\r\n ", "");
    text.split("\r\n").filter(|line| line.starts_with(name)).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_visitor_is_told_that_the_link_follows_and_then_the_link() {
    let whole = |title: &str, place: &str| {
        format!(
            "{title}

Aiko Tanaka is looking forward to meeting you, Sam <b>Doe.

Meeting: Introductory call (30 minutes)
With: Aiko Tanaka
When: Tuesday 1 December 2026, 02:00–02:30
  Berlin (UTC+1)
  Tuesday 1 December 2026, 10:00–10:30
  Tokyo (UTC+9), for Aiko Tanaka
Where: {place}
Who: Sam <b>Doe <sam@example.org>

See or change this meeting:
{LINK}

Keep this link to yourself: anyone who has it can cancel the meeting.

{FOOT}"
        )
    };
    let first = mail("en", "booking.confirmed", &roomed("en", None), Party::Visitor).await;
    let text = whole("You are booked", "The link to the call follows by email.");
    assert_eq!(without_signature(&first.text), text);
    assert_eq!((said(&first, "LOCATION"), said(&first, "URL")), (vec!["LOCATION:".to_owned()], vec![]));
    let known = Booking { sequence: 1, ..roomed("en", Some(ROOM)) };
    let second = mail("en", "booking.room_ready", &known, Party::Visitor).await;
    assert_eq!(second.subject, "Link to the call: Introductory call, Tuesday 1 December 2026, 02:00");
    assert_eq!(without_signature(&second.text), whole("Here is the link to your call", ROOM));
    assert!(second.html.contains(&format!("<a href=\"{ROOM}\"")), "{}", second.html);
    let of_both = |name: &str| [said(&first, name), said(&second, name)];
    let [uid, same] = of_both("UID");
    assert_eq!(uid, same);
    assert_eq!(of_both("SEQUENCE"), [vec!["SEQUENCE:0".to_owned()], vec!["SEQUENCE:1".to_owned()]]);
    assert_eq!(said(&second, "METHOD"), ["METHOD:REQUEST"]);
    assert_eq!(
        (said(&second, "LOCATION"), said(&second, "URL")),
        (vec![format!("LOCATION:{ROOM}")], vec![format!("URL:{ROOM}")])
    );
}

#[tokio::test]
async fn a_visitor_is_told_so_in_japanese() {
    let first = mail("ja", "booking.confirmed", &roomed("ja", None), Party::Visitor).await;
    let place = "\n場所：ビデオ通話のリンクは、追ってメールでお知らせします。\n";
    assert!(first.text.contains(place), "{}", first.text);
    let second = mail("ja", "booking.room_ready", &roomed("ja", Some(ROOM)), Party::Visitor).await;
    assert_eq!(second.subject, "ビデオ通話のリンク：初回のご相談　2026年12月1日（火）02:00");
    let expected = format!(
        "ビデオ通話のリンクをお知らせします

Sam <b>Doe様、Aiko Tanakaがお待ちしております。

面談：初回のご相談（30分）
担当：Aiko Tanaka
日時：2026年12月1日（火）02:00⁠～⁠02:30
  ベルリン（UTC+1）
  2026年12月1日（火）10:00⁠～⁠10:30
  Aiko Tanakaの現地時刻：東京（UTC+9）
場所：{ROOM}
"
    );
    assert!(second.text.starts_with(&expected), "{}", second.text);
}

#[tokio::test]
async fn guests_get_the_link_and_nothing_else_of_the_visitors() {
    let ben = || Recipient::Guest("ben@example.org".to_owned());
    let first = mail("en", "booking.confirmed", &roomed("en", None), ben()).await;
    assert!(first.text.contains("\nWhere: The link to the call follows by email.\n"), "{}", first.text);
    for (locale, subject, head) in [
        (
            "en",
            "Link to the call: Introductory call, Tuesday 1 December 2026, 02:00",
            "Here is the link to the call\n\nIt is for the meeting with Aiko Tanaka to which Sam <b>Doe has invited you.\n",
        ),
        (
            "ja",
            "ビデオ通話のリンク：初回のご相談　2026年12月1日（火）02:00",
            "ビデオ通話のリンクをお知らせします\n\nSam <b>Doe様からご招待のあった、Aiko Tanakaとの面談のリンクです。\n",
        ),
    ] {
        let second = mail(locale, "booking.room_ready", &roomed(locale, Some(ROOM)), ben()).await;
        assert_eq!(second.subject, subject);
        assert!(second.text.starts_with(head) && second.text.contains(ROOM), "{}", second.text);
        assert!(!second.text.contains("sam@example.org"), "{}", second.text);
    }
}

#[tokio::test]
async fn a_host_reads_where_to_look_if_the_calendar_makes_no_room() {
    for (locale, place) in [
        (
            "en",
            "\nWhere: Your calendar has not made the link to the call yet. If this does not change, another email says why.\n",
        ),
        (
            "ja",
            "\n場所：カレンダーがビデオ通話のリンクをまだ作成していません。この状態が続く場合は、改めてメールで理由をお知らせします。\n",
        ),
    ] {
        let mut booking = roomed(locale, None);
        booking.terms.write_to = Some("work".to_owned());
        let told = mail(locale, "booking.confirmed", &booking, Party::Host).await;
        assert!(told.text.contains(place), "{}", told.text);
        // Nothing is made before they have accepted.
        let asked = Booking { status: Status::Requested, ..booking };
        let told = mail(locale, "booking.requested", &asked, Party::Host).await;
        let place = if locale == "en" { "\nWhere: Video call\n" } else { "\n場所：ビデオ通話\n" };
        assert!(told.text.contains(place), "{}", told.text);
        let told = mail(locale, "booking.confirmed", &roomed(locale, Some(ROOM)), Party::Host).await;
        assert!(told.text.contains(&format!("{ROOM}\n")), "{}", told.text);
    }
}

#[tokio::test]
async fn a_link_that_never_came_is_not_promised_once_the_meeting_is_over() {
    let trial = at(Location::CalendarRoom);
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = trial.again_at("2026-11-25T01:29:00Z");
    let text = trial.get(&booked.path).await.text();
    assert!(text.contains("\nWhere\nThe link to the call follows by email.\n"), "{text}");
    let trial = trial.again_at("2026-11-25T01:31:00Z");
    let text = trial.get(&booked.path).await.text();
    assert!(text.contains("\nWhere\nVideo call\n"), "{text}");
}

#[tokio::test]
async fn where_a_request_would_take_place_is_not_said_as_if_it_were_settled() {
    for (locale, place, room) in [
        (
            "en",
            "\nWhere: https://meet.example.com/rooms/aiko (if the meeting is accepted)\n",
            "\nWhere: If the meeting is accepted, the link to the call follows by email.\n",
        ),
        (
            "ja",
            "\n場所：https://meet.example.com/rooms/aiko（面談が承諾された場合）\n",
            "\n場所：面談が承諾された場合は、ビデオ通話のリンクを追ってメールでお知らせします。\n",
        ),
    ] {
        let fixed = Place::Video("https://meet.example.com/rooms/aiko".to_owned());
        for (location, expected) in [(fixed, place), (Place::Room(None), room)] {
            let asked = Booking { status: Status::Requested, location, ..booking(locale) };
            let told = mail(locale, "booking.requested", &asked, Party::Visitor).await;
            assert!(told.text.contains(expected), "{}", told.text);
            let settled = Booking { status: Status::Confirmed, ..asked };
            let told = mail(locale, "booking.confirmed", &settled, Party::Visitor).await;
            assert!(!told.text.contains(expected), "{}", told.text);
        }
    }
}

#[tokio::test]
async fn a_host_reads_that_a_calendar_has_not_taken_a_booking() {
    for (locale, lead) in [
        (
            "en",
            "It is in your bookings, and the time is taken. It is not in your calendar “work”, which has not taken it: “Deliveries” on your desk says why. If it refused access, the meeting is written there by itself once it grants it again.",
        ),
        (
            "ja",
            "予約の一覧に追加されました。この時間は、ほかの方は予約できません。カレンダー「work」には書き込めませんでした。理由は予約の管理画面の「通知」にあります。アクセスが拒否されている場合は、許可され次第、自動的に書き込まれます。",
        ),
    ] {
        let mut booking = booking(locale);
        booking.terms.write_to = Some("work".to_owned());
        let mut recorder = match locale {
            "en" => Recorder::of(Some(MailTransport::Mailbox)),
            _ => Recorder::speaking(locale),
        };
        let mut host = HostDefinition::clone(&recorder.host);
        let source = CalendarSource::Google { id: "aiko@example.com".to_owned(), secret: "AIKO".to_owned() };
        host.calendars = vec![Calendar { role: Role::Both, ..Calendar::new("work".to_owned(), source) }];
        recorder.host = Arc::new(host);
        for is_copy_parked in [true, false] {
            let job = Job { is_copy_parked, ..job("booking.confirmed", &booking, Party::Host) };
            assert!(attempt(&recorder, &job).await.is_taken());
            let told = recorder.handed_over.borrow_mut().pop().unwrap();
            assert_eq!(told.text.contains(&format!("\n{lead}\n")), is_copy_parked, "{}", told.text);
            assert!(told.invitation.is_none(), "what is refused is written once somebody is let in again");
        }
    }
}
