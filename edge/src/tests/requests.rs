//! Pages whose bookings are requests: what the visitor is told, and how the host answers, over the API and from the link in the mail.

use scheduling::token::{BookingId, Purpose};
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Booked, Told, Trial, WEDNESDAY_TEN, book};

/// A site whose introductory calls are requests, to be answered within a day.
fn trial() -> Trial {
    let (site, mut hosts) = fixture::site();
    let aiko = hosts.iter_mut().find(|host| host.folder == "aiko").unwrap();
    aiko.meetings.get_mut("intro").unwrap().approval_within_minutes = Some(24 * 60);
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
    assert!(text.contains("You have asked for this meeting\nAiko Tanaka still has to agree.\n"), "{text}");
    assert!(!text.contains("Choose another time") && !text.contains("Book another time"), "{text}");
    assert!(text.contains("Cancel this meeting"), "it can be taken back: {text}");
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
    let expected = "Mara Lind asks for a meeting
Mara Lind asks for a meeting
Meeting
Introductory call
30 minutes
When
Wednesday 25 November 2026, 10:00 – 10:30
Asia/Tokyo (UTC+9)
Wednesday 25 November 2026, 02:00 – 02:30
Europe/Berlin (UTC+1), for Mara Lind
Booked by
Mara Lind
mara@example.org
Accept
Decline";
    assert_eq!(told.text().trim(), expected);
    assert_eq!(status(&trial, &booked).await, "requested", "looking changes nothing");
    let told = decide(&trial, &booked, &token, "accept").await;
    assert_eq!((told.status, told.header("location")), (303, path.as_str()), "{}", told.body);
    assert!(trial.get(&path).await.text().starts_with("You have accepted\nYou have accepted\nMeeting\n"));
    let told = decide(&trial, &booked, &token, "decline").await;
    assert_eq!(told.status, 409);
    assert!(told.text().starts_with("You have accepted\n"), "{}", told.text());
    assert_eq!(status(&trial, &booked).await, "confirmed");
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

/// The host agreed to that time and no other.
#[tokio::test]
async fn what_was_accepted_is_not_moved_without_the_host() {
    let trial = trial();
    let booked = requested(&trial).await;
    answer(&trial, "aiko", &booked, "accept").await;
    let bearer = format!("Bearer {}", booked.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let path = format!("/api/bookings/{}/reschedule", booked.id);
    let told = trial.post(&path, &headers, r#"{"start":"2026-11-25T02:00:00Z"}"#).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("already_decided")));
}
