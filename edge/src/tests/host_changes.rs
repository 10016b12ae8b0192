//! A host's changes to bookings over the API: another time, and how meetings went; and a sandbox.

use scheduling::definition::Association;
use serde_json::{Value, json};

use super::bad_input::{assert_problem, invalid, problem};
use super::fixture;
use super::harness::{Booked, Told, Trial, WEDNESDAY_NINE_SECONDS, WEDNESDAY_TEN, book};

/// Wednesday 10:35 in Tokyo, when the meeting of [`WEDNESDAY_TEN`] is over.
const AFTER: &str = "2026-11-25T01:35:00Z";

async fn act(trial: &Trial, host: &str, booked: &Booked, act: &str, body: &Value) -> Told {
    let bearer = format!("Bearer {}", trial.secrets().host_key(host, 1));
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    trial.post(&format!("/api/host/bookings/{}/{act}", booked.id), &headers, &body.to_string()).await
}

async fn booked(trial: &Trial, start: &str) -> Booked {
    trial.booked(&trial.post_json("/api/bookings", &book(start)).await)
}

/// A site whose introductory calls belong to a deal, and one that is booked for Wednesday at ten.
async fn trial() -> (Trial, Booked) {
    let (site, mut hosts) = fixture::site();
    let aiko = hosts.iter_mut().find(|host| host.folder == "aiko").unwrap();
    aiko.meetings.get_mut("intro").unwrap().associations =
        vec![Association { kind: "deal".to_owned(), id: "4711".to_owned() }];
    let trial = Trial::of(&site, &hosts);
    let booked = booked(&trial, WEDNESDAY_TEN).await;
    (trial, booked)
}

#[tokio::test]
async fn a_host_says_how_a_meeting_went_changes_it_and_takes_it_back() {
    let (trial, booked) = trial().await;
    let early = act(&trial, "aiko", &booked, "outcome", &json!({ "outcome": "completed" })).await;
    let not_begun = problem(
        "not_begun",
        409,
        "This meeting has not begun",
        "You can record how it went once it has begun.",
    );
    assert_problem(&early, &not_begun);
    let trial = trial.again_at(AFTER);
    for outcome in [json!("completed"), json!("completed"), json!("no_show"), json!(null)] {
        let told = act(&trial, "aiko", &booked, "outcome", &json!({ "outcome": outcome })).await;
        assert_eq!((told.status, &told.json()["booking"]["outcome"]), (200, &outcome), "{}", told.body);
        assert_eq!(told.json()["booking"]["associations"], json!([{ "type": "deal", "id": "4711" }]));
    }
    let ticket = json!([{ "type": "ticket", "id": "T-9" }, { "type": "course", "id": "12" }]);
    let body = json!({ "outcome": "rescheduled", "associations": ticket });
    let told = act(&trial, "aiko", &booked, "outcome", &body).await;
    assert_eq!(told.json()["booking"]["associations"], ticket);
    let own = trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await.json();
    assert_eq!(own["booking"]["outcome"], "rescheduled");
    assert_eq!(own["booking"].get("associations"), None, "what it belongs to is the host's to know");
}

#[tokio::test]
async fn an_outcome_is_one_of_four_and_the_hosts_own_to_say() {
    let (trial, booked) = trial().await;
    let trial = trial.again_at(AFTER);
    let outcome = "Choose an outcome: completed, no_show, rescheduled or cancelled, or null to remove it.";
    let associations =
        "This must be a list of at most 20 objects with `type` and `id`, each of 1 to 200 characters.";
    let body = json!({ "outcome": "good", "associations": "deal" });
    let told = act(&trial, "aiko", &booked, "outcome", &body).await;
    assert_problem(&told, &invalid(&[("outcome", outcome), ("associations", associations)]));
    let told = act(&trial, "jonas", &booked, "outcome", &json!({ "outcome": "completed" })).await;
    assert_eq!((told.status, &told.json()["code"]), (404, &json!("not_found")), "another host's key");
    let path = format!("/api/host/bookings/{}/outcome", booked.id);
    let told = trial.post_json(&path, &json!({ "outcome": "completed" })).await;
    assert_eq!((told.status, &told.json()["code"]), (401, &json!("key_refused")));
}

#[tokio::test]
async fn a_host_moves_a_meeting_to_any_free_time_to_come() {
    let (trial, first) = trial().await;
    // Saturday at 22:00: no visitor could book it, nor move so shortly before the start.
    let trial = trial.again_at("2026-11-25T00:30:00Z");
    let told = act(&trial, "aiko", &first, "reschedule", &json!({ "start": "2026-11-28T13:00:00Z" })).await;
    let booking = &told.json()["booking"];
    assert_eq!((told.status, &booking["start"]), (200, &json!("2026-11-28T13:00:00Z")), "{}", told.body);
    assert_eq!((&booking["end"], &booking["sequence"]), (&json!("2026-11-28T13:30:00Z"), &json!(1)));
    let past = act(&trial, "aiko", &first, "reschedule", &json!({ "start": "2026-11-25T00:30:00Z" })).await;
    assert_eq!((past.status, &past.json()["code"]), (409, &json!("notice_too_short")));
    let far = act(&trial, "aiko", &first, "reschedule", &json!({ "start": "9999-12-31T23:50:00Z" })).await;
    assert_eq!(
        (far.status, &far.json()["code"]),
        (409, &json!("outside_window")),
        "its end cannot be written"
    );
    let nothing = act(&trial, "aiko", &first, "reschedule", &json!({})).await;
    assert_eq!((nothing.status, &nothing.json()["errors"][0]["field"]), (422, &json!("start")));
}

#[tokio::test]
async fn a_host_does_not_move_a_meeting_onto_another_one() {
    let (trial, first) = trial().await;
    booked(&trial, "2026-11-25T04:00:00Z").await;
    let told = act(&trial, "aiko", &first, "reschedule", &json!({ "start": "2026-11-25T04:15:00Z" })).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("slot_taken")), "{}", told.body);
    let alternatives = told.json()["alternatives"].as_array().unwrap().len();
    assert_eq!(alternatives, 5);
    let own = trial.get_as(&format!("/api/bookings/{}", first.id), &first.token).await.json();
    assert_eq!(own["booking"]["start"], WEDNESDAY_TEN, "it stands");
}

#[tokio::test]
async fn a_host_moves_a_meeting_whose_page_is_gone() {
    let (trial, first) = trial().await;
    let (site, mut hosts) = fixture::site();
    let dist = trial.directory.path().join("dist");
    hosts.iter_mut().find(|host| host.folder == "aiko").unwrap().meetings.remove("intro");
    fixture::write(&dist, &site, &hosts);
    let trial = trial.again_at("2026-11-25T00:30:00Z");
    let told = act(&trial, "aiko", &first, "reschedule", &json!({ "start": "2026-11-25T03:00:00Z" })).await;
    assert_eq!((told.status, &told.json()["booking"]["start"]), (200, &json!("2026-11-25T03:00:00Z")));
}

#[tokio::test]
async fn a_sandbox_takes_bookings_from_those_it_lists_alone() {
    let (mut site, hosts) = fixture::site();
    site.sandbox = Some(vec!["mara@example.org".to_owned(), "*@example.com".to_owned()]);
    let trial = Trial::of(&site, &hosts);
    let refused = problem(
        "sandbox_only",
        403,
        "This is a test site",
        "It does not take bookings from this email address.",
    );
    let mut body = book(WEDNESDAY_TEN);
    body["contact"]["email"] = json!("ben@example.org");
    assert_problem(&trial.post_json("/api/bookings", &body).await, &refused);
    let mut body = book(WEDNESDAY_TEN);
    body["guests"] = json!(["anna@example.com", "ben@example.org"]);
    assert_problem(&trial.post_json("/api/bookings", &body).await, &refused);
    let seconds = WEDNESDAY_NINE_SECONDS.to_string();
    let form = [
        ("page", "aiko/intro"),
        ("start", seconds.as_str()),
        ("duration_minutes", "30"),
        ("time_zone", "Europe/Berlin"),
        ("locale", "en"),
        ("contact.name", "Ben"),
        ("contact.email", "ben@example.org"),
    ];
    let told = trial.post_form("/api/bookings", &form).await;
    let text = told.text();
    let expected = "This is a test site\nIt does not take bookings from this email address.\n";
    assert!(told.status == 403 && text.contains(expected) && told.body.contains("ben@example.org"), "{text}");
    assert_eq!(trial.stored("aiko").await, 0);
    booked(&trial, WEDNESDAY_TEN).await;
}

/// A page whose bookings are written to a calendar that is not reached, and one that is booked for Wednesday at ten.
async fn written() -> (Trial, Booked) {
    let (site, mut hosts) = fixture::site();
    let aiko = hosts.iter_mut().find(|host| host.folder == "aiko").unwrap();
    aiko.meetings.get_mut("intro").unwrap().write_to = Some("work".to_owned());
    let trial = Trial::of(&site, &hosts);
    let booked = booked(&trial, WEDNESDAY_TEN).await;
    (trial, booked)
}

#[tokio::test]
async fn a_host_moves_and_puts_back_what_they_have_seen() {
    let (trial, first) = written().await;
    let moved = problem(
        "superseded",
        409,
        "This meeting has been moved in the meantime",
        "Its time has changed, here or in your calendar. Look at that first, then choose again.",
    );
    let (ten, twelve) = (WEDNESDAY_TEN, "2026-11-25T03:00:00Z");
    let follow = json!({ "start": twelve, "from": "2026-11-25T02:00:00Z" });
    assert_problem(&act(&trial, "aiko", &first, "reschedule", &follow).await, &moved);
    // It was put back on another desk: no calendar has it there any more.
    let follow = json!({ "start": twelve, "from": ten, "follows_calendar": true });
    assert_problem(&act(&trial, "aiko", &first, "reschedule", &follow).await, &moved);
    let stale = json!({ "start": twelve });
    assert_problem(&act(&trial, "aiko", &first, "put-back", &stale).await, &moved);
    for body in [json!({ "start": ten }), json!({})] {
        let told = act(&trial, "aiko", &first, "put-back", &body).await;
        assert_eq!((told.status, &told.json()["astray"]), (200, &json!([])), "{}", told.body);
    }
    for _ in 0..2 {
        let told = act(&trial, "aiko", &first, "reschedule", &json!({ "start": twelve, "from": ten })).await;
        assert_eq!((told.status, &told.json()["booking"]["start"]), (200, &json!(twelve)), "{}", told.body);
    }
    let malformed = "Choose a time from the list.";
    for (doing, field) in [("put-back", "start"), ("reschedule", "from")] {
        let mut body = json!({ "start": twelve });
        body[field] = json!("noon");
        let told = act(&trial, "aiko", &first, doing, &body).await;
        assert_problem(&told, &invalid(&[(field, malformed)]));
    }
    let follow = json!({ "start": twelve, "follows_calendar": "yes" });
    let told = act(&trial, "aiko", &first, "reschedule", &follow).await;
    assert_problem(&told, &invalid(&[("follows_calendar", "This must be true or false.")]));
}

#[tokio::test]
async fn what_was_cancelled_meanwhile_is_not_put_back() {
    let (trial, first) = written().await;
    act(&trial, "aiko", &first, "cancel", &json!({})).await;
    let cancelled = problem(
        "already_cancelled",
        409,
        "This meeting is already cancelled",
        "You don’t need to do anything.",
    );
    assert_problem(
        &act(&trial, "aiko", &first, "put-back", &json!({ "start": WEDNESDAY_TEN })).await,
        &cancelled,
    );
    let other = act(&trial, "jonas", &first, "put-back", &json!({})).await;
    assert_eq!((other.status, &other.json()["code"]), (404, &json!("not_found")), "another host's key");
}
