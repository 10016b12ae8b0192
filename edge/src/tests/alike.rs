//! Bookings that are like one of a host's: shown, and cancelled together.

use serde_json::{Value, json};

use super::bad_input::{assert_problem, invalid};
use super::harness::{Told, Trial, book, is_worker};
use super::strangers::{asked, bounded, by};

/// What follows the path of a booking.
async fn get(trial: &Trial, host: &str, id: &str, query: &str) -> Told {
    let key = trial.secrets().host_key(host, 1);
    trial.get_as(&format!("/api/host/bookings/{id}/alike{query}"), &key).await
}

async fn cancel(trial: &Trial, host: &str, id: &str, body: &Value) -> Told {
    let bearer = format!("Bearer {}", trial.secrets().host_key(host, 1));
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    trial.post(&format!("/api/host/bookings/{id}/alike/cancel"), &headers, &body.to_string()).await
}

/// Three strangers of one network and domain, and a fourth one whose booking waits to be confirmed.
async fn trial() -> (Trial, Vec<Value>) {
    let (site, hosts) = bounded();
    let trial = Trial::of(&site, &hosts);
    asked(&trial).await;
    let bookings = bookings(&trial).await;
    assert_eq!(bookings.len(), 3);
    (trial, bookings)
}

async fn bookings(trial: &Trial) -> Vec<Value> {
    let told = trial.get_as("/api/host/bookings", &trial.secrets().host_key("aiko", 1)).await;
    told.json()["bookings"].as_array().unwrap().clone()
}

fn id(booking: &Value) -> &str {
    booking["id"].as_str().unwrap()
}

#[tokio::test]
async fn bookings_that_are_alike_are_shown_before_they_are_cancelled() {
    let (trial, booked) = trial().await;
    let first = id(&booked[0]);
    for (by, expected, unconfirmed) in
        [("email", &booked[..1], 0), ("domain", &booked, 1), ("network", &booked, 1)]
    {
        let told = get(&trial, "aiko", first, &format!("?by={by}")).await;
        let mut answer = told.json();
        let as_of = answer["as_of"].take();
        assert!(as_of.as_str().unwrap() >= booked[2]["created_at"].as_str().unwrap(), "{as_of}");
        let expected = json!({
            "as_of": null, "by": by, "bookings": expected, "unconfirmed": unconfirmed, "more": false,
        });
        assert_eq!((told.status, answer), (200, expected));
        assert!(
            !told.body.contains("mara@example.org"),
            "nobody hears of who has not confirmed: {}",
            told.body
        );
        assert!(!told.body.contains("203.0.113"), "nor from where anybody came: {}", told.body);
    }
    assert_eq!(bookings(&trial).await, booked, "looking changes nothing");

    let body = json!({ "by": "domain", "reason": "This was no request for a meeting." });
    let told = cancel(&trial, "aiko", first, &body).await;
    assert_eq!((told.status, told.json()), (200, json!({ "cancelled": 3, "unconfirmed": 1, "more": false })));
    for booking in bookings(&trial).await {
        let said = (&booking["status"], &booking["outcome"], &booking["cancel_reason"]);
        assert_eq!(said, (&json!("cancelled"), &json!("cancelled"), &body["reason"]), "{booking}");
    }
    let told = get(&trial, "aiko", first, "?by=network").await.json();
    assert_eq!((&told["bookings"], &told["unconfirmed"]), (&json!([]), &json!(0)));
    let told = cancel(&trial, "aiko", first, &body).await;
    assert_eq!(told.json(), json!({ "cancelled": 0, "unconfirmed": 0, "more": false }), "a repeat");
    for number in 1..4 {
        let told = trial.post_json("/api/bookings", &by(number, "mara@example.org")).await;
        assert_eq!(told.status, 202, "its time is free again: {}", told.body);
    }
}

/// Each visitor is told once, as of any cancellation; whoever has not confirmed, not at all.
#[tokio::test]
async fn everyone_is_told_once() {
    if is_worker() {
        return;
    }
    let (trial, booked) = trial().await;
    cancel(&trial, "aiko", id(&booked[0]), &json!({ "by": "network" })).await;
    let mut told = Vec::new();
    for state in ["pending", "ended"] {
        let path = format!("/api/host/deliveries?state={state}");
        let answer = trial.get_as(&path, &trial.secrets().host_key("aiko", 1)).await.json();
        told.extend(answer["deliveries"].as_array().unwrap().clone());
    }
    let mut counts = std::collections::BTreeMap::new();
    for delivery in &told {
        let said = ["state", "event", "destination"].map(|name| delivery[name].as_str().unwrap());
        *counts.entry(said).or_insert(0) += 1;
    }
    let expected = [
        (["ended", "booking.confirmed", "mail to the host"], 3),
        (["ended", "booking.confirmed", "mail to the visitor"], 3),
        (["pending", "booking.cancelled", "mail to the host"], 3),
        (["pending", "booking.cancelled", "mail to the visitor"], 3),
    ];
    assert_eq!(counts, expected.into());
}

#[tokio::test]
async fn what_came_after_the_host_had_looked_stays() {
    let (trial, booked) = trial().await;
    let before = "2026-11-23T23:58:00Z";
    let told = cancel(&trial, "aiko", id(&booked[0]), &json!({ "by": "email", "as_of": before })).await;
    assert_eq!(told.json(), json!({ "cancelled": 0, "unconfirmed": 0, "more": false }));
    let seen = get(&trial, "aiko", id(&booked[0]), "?by=email").await.json();
    let body = json!({ "by": "email", "as_of": seen["as_of"], "reason": "" });
    let told = cancel(&trial, "aiko", id(&booked[0]), &body).await;
    assert_eq!(told.json(), json!({ "cancelled": 1, "unconfirmed": 0, "more": false }));
}

/// Where strangers are not bounded, nobody keeps from where anybody came: then nothing is cancelled for it.
#[tokio::test]
async fn without_networks_the_address_and_its_domain_remain() {
    let trial = Trial::start();
    for (hour, email) in [(0, "mara@example.org"), (1, "Mara+2@Example.org"), (2, "ben@example.org")] {
        let mut body = book(&format!("2026-11-25T0{hour}:00:00Z"));
        body["contact"]["email"] = json!(email);
        trial.booked(&trial.post_json("/api/bookings", &body).await);
    }
    let booked = bookings(&trial).await;
    for (by, expected) in [("network", 0), ("email", 2), ("domain", 1)] {
        let told = cancel(&trial, "aiko", id(&booked[0]), &json!({ "by": by })).await;
        assert_eq!(told.json(), json!({ "cancelled": expected, "unconfirmed": 0, "more": false }), "{by}");
    }
    assert!(bookings(&trial).await.iter().all(|booking| booking["status"] == "cancelled"));
}

#[tokio::test]
async fn what_cannot_be_read_cancels_nothing() {
    let (trial, booked) = trial().await;
    let first = id(&booked[0]);
    let likeness = ("by", "Choose what the bookings have in common: email, domain or network.");
    for query in ["", "?by=", "?by=name", "?by=EMAIL"] {
        assert_problem(&get(&trial, "aiko", first, query).await, &invalid(&[likeness]));
    }
    let as_of = ("as_of", "Use the `as_of` value of an answer, such as 2026-12-01T09:00:00Z.");
    let long = ("reason", "Give a reason of at most 1000 characters.");
    for (body, errors) in [
        (json!({}), [likeness].as_slice()),
        (json!({ "by": ["email"] }), &[likeness]),
        (json!({ "by": "email", "as_of": "yesterday" }), &[as_of]),
        (json!({ "by": 1, "as_of": 1 }), &[likeness, as_of]),
        (json!({ "by": "email", "reason": "x".repeat(1001) }), &[long]),
    ] {
        assert_problem(&cancel(&trial, "aiko", first, &body).await, &invalid(errors));
    }
    assert_eq!(bookings(&trial).await, booked);
}

#[tokio::test]
async fn only_its_host_sees_and_cancels_what_is_like_a_booking() {
    let (trial, booked) = trial().await;
    let first = id(&booked[0]);
    let body = json!({ "by": "network" });
    let nobodys = "aiko.AQEBAQEBAQEBAQEBAQEBAQ";
    for (host, id) in [("jonas", first), ("aiko", nobodys), ("aiko", "nonsense")] {
        let (shown, cancelled) =
            (get(&trial, host, id, "?by=network").await, cancel(&trial, host, id, &body).await);
        assert_eq!((shown.status, cancelled.status), (404, 404), "{host} {id}");
    }
    let path = format!("/api/host/bookings/{first}/alike");
    assert_eq!(trial.get(&format!("{path}?by=network")).await.status, 401);
    assert_eq!(trial.post_json(&format!("{path}/cancel"), &body).await.status, 401);
    let bearer = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    let elsewhere = [("authorization", bearer.as_str()), ("origin", "https://evil.example")];
    assert_eq!(trial.post(&format!("{path}/cancel"), &elsewhere, "").await.status, 403);
    assert_eq!(bookings(&trial).await, booked);
}
