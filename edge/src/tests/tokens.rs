//! The tokens that open a booking, and those that do not: anything sent instead of the booking's own token for that
//! purpose and time gets, to the byte, the answer about a booking that never existed.

use scheduling::token::{BookingId, Purpose};
use serde_json::json;

use super::harness::{Told, Trial, WEDNESDAY_TEN, book};

/// The ways to a booking that take a token, each as programs and browsers use it.
const WAYS: [&str; 8] = [
    "GET api",
    "GET page",
    "GET event",
    "GET availability",
    "POST cancel",
    "POST cancel form",
    "POST reschedule",
    "POST decide form",
];

async fn send(trial: &Trial, way: &str, id: &str, token: &str) -> Told {
    let form = [("token", token), ("answer", "accept"), ("start", "2026-11-26T04:00:00Z")];
    let bearer = format!("Bearer {token}");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    match way {
        "GET api" => trial.get_as(&format!("/api/bookings/{id}"), token).await,
        "GET page" => {
            trial.get(&format!("/booking/{id}/{}", if token.is_empty() { "-" } else { token })).await
        }
        "GET event" => trial.get(&format!("/api/bookings/{id}/invite.ics?token={token}")).await,
        "GET availability" => {
            trial.get_as(&format!("/api/availability/aiko/intro?booking={id}"), token).await
        }
        "POST cancel" => trial.post(&format!("/api/bookings/{id}/cancel"), &headers, "{}").await,
        "POST cancel form" => trial.post_form(&format!("/api/bookings/{id}/cancel"), &form).await,
        "POST reschedule" => {
            let body = json!({ "start": "2026-11-26T04:00:00Z" }).to_string();
            trial.post(&format!("/api/bookings/{id}/reschedule"), &headers, &body).await
        }
        "POST decide form" => trial.post_form(&format!("/api/bookings/{id}/decide"), &form).await,
        other => panic!("{other}"),
    }
}

/// The status, the headers except those that belong to one answer only, and the body.
fn seen(told: &Told) -> (u16, Vec<(String, String)>, &str) {
    let headers = told.headers.iter().filter(|(name, _)| *name != "date");
    let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    headers.sort();
    (told.status, headers, &told.body)
}

#[tokio::test]
async fn whatever_is_no_token_for_it_is_refused_alike_and_says_nothing_of_the_booking() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let mut body = book("2026-11-26T01:00:00Z");
    body["contact"]["email"] = json!("other@example.org");
    let other = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let secrets = trial.secrets();
    let id = BookingId::parse(&booked.id).unwrap();
    let (expired, ahead) = (1_795_000_000, 1_900_000_000);
    let nobody = BookingId::new("aiko", [7; 16]);
    let never = secrets.booking_token(&nobody, Purpose::Manage, ahead);
    for way in WAYS {
        let decides = way == "POST decide form";
        let (own, others) =
            if decides { (Purpose::Decide, Purpose::Manage) } else { (Purpose::Manage, Purpose::Decide) };
        let good = secrets.booking_token(&id, own, ahead);
        let wrong = [
            ("none", String::new()),
            ("wrong", "1900000000-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
            ("cut", good[..good.len() - 1].to_owned()),
            ("another booking's", secrets.booking_token(&BookingId::parse(&other.id).unwrap(), own, ahead)),
            // The page answers to both purposes, and shows each its own side.
            (
                "another purpose's",
                if way == "GET page" { "x".to_owned() } else { secrets.booking_token(&id, others, ahead) },
            ),
            ("expired", secrets.booking_token(&id, own, expired)),
            // The booking's own host also sees what is free without it.
            ("a host's key", secrets.host_key(if way == "GET availability" { "jonas" } else { "aiko" }, 1)),
        ];
        let absent = send(&trial, way, nobody.as_str(), &never).await;
        assert_eq!(absent.status, 404, "{way}: {}", absent.body);
        for (what, token) in wrong {
            let told = send(&trial, way, &booked.id, &token).await;
            assert_eq!(told.status, 404, "{way}, {what}: {}", told.body);
            assert_eq!(seen(&told), seen(&absent), "{way}, {what}");
        }
    }
    for booked in [&booked, &other] {
        let own = trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await.json();
        assert_eq!(
            (&own["booking"]["status"], &own["booking"]["sequence"]),
            (&json!("confirmed"), &json!(0))
        );
    }
}

#[tokio::test]
async fn a_hosts_key_opens_that_hosts_part_alone() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let secrets = trial.secrets();
    let key = secrets.host_key("aiko", 1);
    let reads = ["/api/host/bookings", "/api/host/deliveries"];
    let refused = trial.get_as(reads[0], "").await;
    assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("key_refused")));
    let wrong = [
        "aiko.AAAA".to_owned(),
        key[..key.len() - 1].to_owned(),
        key.replace("aiko", "jonas"),
        key.replace("aiko", "nobody"),
        secrets.host_key("aiko", 2),
        secrets.host_key("nobody", 1),
        booked.token.clone(),
    ];
    for path in reads {
        for token in &wrong {
            let told = trial.get_as(path, token).await;
            assert_eq!(seen(&told), seen(&refused), "{path} with {token}");
        }
        assert_eq!(trial.get_as(path, &key).await.status, 200);
    }
    let others = trial.get_as(reads[0], &secrets.host_key("jonas", 1)).await;
    assert_eq!(others.json()["bookings"], json!([]), "another host sees nothing of it");
}
