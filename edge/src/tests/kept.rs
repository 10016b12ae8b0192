//! Answers kept in memory are never wrong: after a booking, after a change of definitions, and as time passes.

use super::fixture;
use super::harness::{Trial, WEDNESDAY_TEN, book};

const INTRO: &str = "/api/availability/aiko/intro?from=2026-11-25&to=2026-11-25";

async fn slots(trial: &Trial, path: &str) -> usize {
    trial.get(path).await.json()["slots"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_booking_shows_at_once_on_every_page_of_the_host() {
    let trial = Trial::start();
    let review = "/api/availability/aiko/review?from=2026-11-25&to=2026-11-25";
    let (intro_before, review_before) = (slots(&trial, INTRO).await, slots(&trial, review).await);
    assert_eq!((intro_before, review_before), (14, 12));
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    assert_eq!((slots(&trial, INTRO).await, slots(&trial, review).await), (11, 8));
    let bearer = format!("Bearer {}", booked.token);
    trial.post(&format!("/api/bookings/{}/cancel", booked.id), &[("authorization", &bearer)], "").await;
    assert_eq!((slots(&trial, INTRO).await, slots(&trial, review).await), (14, 12));
}

#[tokio::test]
async fn an_unchanged_answer_is_not_sent_again() {
    let trial = Trial::start();
    let tag = trial.get(INTRO).await.header("etag").to_owned();
    let ask = async || {
        let request = http::Request::get(INTRO).header("if-none-match", &tag).body(bytes::Bytes::new());
        trial.send(request.unwrap()).await
    };
    let told = ask().await;
    assert_eq!((told.status, told.body.as_str(), told.header("etag")), (304, "", tag.as_str()));
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let told = ask().await;
    assert_eq!(told.status, 200);
    assert_ne!(told.header("etag"), tag);
}

#[tokio::test]
async fn new_definitions_count_at_once_and_broken_ones_never() {
    let (site, mut hosts) = fixture::site();
    let trial = Trial::of(&site, &hosts);
    assert_eq!(slots(&trial, INTRO).await, 14);
    hosts[0].meetings.get_mut("intro").unwrap().rules.start_every_minutes = 60;
    let dist = trial.directory.path().join("dist");
    fixture::write(&dist, &site, &hosts);
    trial.app().definitions_changed().unwrap();
    assert_eq!(slots(&trial, INTRO).await, 7);
    std::fs::write(dist.join("_edge/site.json"), "{").unwrap();
    let fault = trial.app().definitions_changed().unwrap_err().to_string();
    let path = dist.join("_edge/site.json");
    let expected = format!(
        "cannot read {}: EOF while parsing an object at line 1 column 1. Build the site again: `generator build`.",
        path.display()
    );
    assert_eq!(fault, expected);
    assert_eq!(slots(&trial, INTRO).await, 7);
}

#[tokio::test]
async fn an_answer_is_kept_until_the_notice_takes_a_start_away() {
    // Four hours before 13:00 in Tokyo, less a moment.
    let trial = Trial::start().again_at("2026-11-24T03:59:59.300Z");
    let today = "/api/availability/aiko/intro?to=2026-11-24&duration=15";
    // At 12:59:59 local, 16:59:59 is the earliest start, and 17:00 is the end.
    assert_eq!(slots(&trial, today).await, 0);
    let trial = trial.again_at("2026-11-24T03:29:57.200Z");
    assert_eq!(slots(&trial, today).await, 1);
    trial.pass(3);
    assert_eq!(slots(&trial, today).await, 0, "half past four has come too close");
}

#[tokio::test]
async fn kept_answers_are_compressed_where_the_client_likes() {
    let trial = Trial::start();
    for _ in 0..2 {
        let request =
            http::Request::get("/api/availability/aiko/intro").header("accept-encoding", "gzip, br");
        let told = trial.send(request.body(bytes::Bytes::new()).unwrap()).await;
        assert_eq!((told.header("content-encoding"), told.header("vary")), ("gzip", "Accept-Encoding"));
        assert_eq!(trial.get("/api/availability/aiko/intro").await.header("content-encoding"), "");
    }
}

/// A clock that was ahead is put right, or one goes wrong: what was kept is of another time.
#[tokio::test]
async fn a_kept_answer_is_never_of_a_time_to_come() {
    if super::harness::is_worker() {
        return;
    }
    let trial = Trial::start();
    let as_of = async || {
        let told = trial.get("/api/availability/aiko/intro").await.json();
        (told["as_of"].as_str().unwrap().to_owned(), told["slots"][0].as_i64())
    };
    let right = as_of().await;
    for days in [1_i64, 20, 500, -20, -500] {
        trial.app().pass(days * 86_400);
        let wrong = as_of().await;
        assert_ne!(wrong.0, right.0, "{days}");
        trial.app().pass(-days * 86_400);
        let again = as_of().await;
        assert_eq!((&again.0[..16], again.1), (&right.0[..16], right.1), "after {days} days");
    }
}
