//! The JSON API: availability, booking, reading, cancelling, the host's list.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::harness::{NOW, Trial, WEDNESDAY_NINE_SECONDS, WEDNESDAY_TEN, book, book_review, is_worker};

#[tokio::test]
async fn health_names_the_versions() {
    let told = Trial::start().get("/api/health").await;
    let tzdb = scheduling::zone::Zone::database_version();
    assert_eq!(told.json(), json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "tzdb": tzdb }));
}

#[tokio::test]
async fn availability_lists_what_is_free() {
    let trial = Trial::start();
    let told = trial.get("/api/availability/aiko/intro?from=2026-11-25&to=2026-11-25&duration=60").await;
    assert_eq!(told.status, 200);
    assert_eq!(told.header("cache-control"), "public, max-age=5");
    let json = told.json();
    let as_of: DateTime<Utc> = json["as_of"].as_str().unwrap().parse().unwrap();
    assert!((0..60).contains(&(as_of - NOW.parse::<DateTime<Utc>>().unwrap()).num_seconds()), "{as_of}");
    assert_eq!(json["duration_minutes"], 60);
    let nine = WEDNESDAY_NINE_SECONDS;
    let hours = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14];
    let slots: Vec<i64> = hours.iter().map(|half| nine + half * 1800).collect();
    assert_eq!(json["slots"], json!(slots));
    let hour = 3600;
    let windows = [
        [nine, nine + 3 * hour, nine + 3 * hour, nine],
        [nine + 4 * hour, nine + 8 * hour, nine + 8 * hour, nine + 4 * hour],
    ];
    assert_eq!(json["windows"], json!(windows));
}

#[tokio::test]
async fn notice_takes_the_next_hours_away() {
    let told = Trial::start().get("/api/availability/aiko/intro?to=2026-11-24").await;
    let first = told.json()["slots"][0].as_i64().unwrap();
    // 09:00 in Tokyo, four hours of notice.
    assert_eq!(first, 1_795_478_400 + 4 * 3600);
}

#[tokio::test]
async fn a_booking_is_made_read_and_cancelled() {
    let trial = Trial::start();
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    let booked = trial.booked(&told);
    assert_eq!(told.header("location"), told.json()["manage_url"].as_str().unwrap());
    assert_eq!(told.header("cache-control"), "no-store");
    let expected = json!({
        "id": booked.id, "status": "confirmed", "outcome": null, "page": "aiko/intro", "title": "Introductory call",
        "host": { "folder": "aiko", "name": "Aiko Tanaka", "time_zone": "Asia/Tokyo" },
        "start": "2026-11-25T01:00:00Z", "end": "2026-11-25T01:30:00Z", "duration_minutes": 30,
        "time_zone": "Europe/Berlin", "locale": "en",
        "contact": { "name": "Mara Lind", "email": "mara@example.org" }, "guests": [],
        "location": { "kind": "video", "value": "https://meet.example.com/rooms/aiko" }, "answers": {},
        "sequence": 0, "change_until": "2026-11-24T23:00:00Z", "cancel_reason": null,
        "created_at": told.json()["booking"]["changed_at"], "changed_at": told.json()["booking"]["created_at"],
    });
    assert_eq!(told.json()["booking"], expected);

    let path = format!("/api/bookings/{}", booked.id);
    let read = trial.get_as(&path, &booked.token).await;
    assert_eq!((read.status, &read.json()["booking"]), (200, &expected));

    let bearer = format!("Bearer {}", booked.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let reason = json!({ "reason": "Ill\r\nin bed" }).to_string();
    let cancelled = trial.post(&format!("{path}/cancel"), &headers, &reason).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    let booking = &cancelled.json()["booking"];
    assert_eq!(
        [&booking["status"], &booking["outcome"], &booking["cancel_reason"], &booking["sequence"]],
        [&json!("cancelled"), &json!("cancelled"), &json!("Ill\nin bed"), &json!(1)]
    );
    let again = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    assert_eq!(again.status, 201, "the time is free again: {}", again.body);
}

#[tokio::test]
async fn a_booking_can_be_cancelled_without_a_body_or_a_reason() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let bearer = format!("Bearer {}", booked.token);
    let told =
        trial.post(&format!("/api/bookings/{}/cancel", booked.id), &[("authorization", &bearer)], "").await;
    assert_eq!((told.status, &told.json()["booking"]["cancel_reason"]), (200, &Value::Null));
}

#[tokio::test]
async fn answers_of_every_kind_are_kept() {
    let trial = Trial::start();
    let mut body = book_review(WEDNESDAY_TEN);
    body["answers"] = json!({
        "document": " https://example.org/d ", "topic": "One\r\nTwo", "part": "code", "areas": ["code", "data", "code"],
        "people": 3, "callback": "０３-1234-5678", "agreed": true, "unasked": "left out",
    });
    body["guests"] = json!(["one@example.org", "two@example.org"]);
    body["tracking"] =
        json!({ "utm_source": " letter ", "partner": "p1", "gclid": "", "unknown": "left out" });
    trial.booked(&trial.post_json("/api/bookings", &body).await);
    let key = trial.secrets().host_key("aiko", 1);
    let booking = &trial.get_as("/api/host/bookings", &key).await.json()["bookings"][0];
    assert_eq!(
        booking["answers"],
        json!({
            "document": "https://example.org/d", "topic": "One\nTwo", "part": "code", "areas": ["data", "code"],
            "people": "3", "callback": "03-1234-5678", "agreed": true,
        })
    );
    assert_eq!(booking["guests"], json!(["one@example.org", "two@example.org"]));
    assert_eq!(booking["location"], json!({ "kind": "ask", "value": "The café" }));
    assert_eq!(booking["tracking"], json!({ "utm_source": "letter", "partner": "p1" }));
}

#[tokio::test]
async fn a_repeat_under_one_key_gets_the_first_answer() {
    let trial = Trial::start();
    let body = book(WEDNESDAY_TEN).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
    let first = trial.post("/api/bookings", &headers, &body).await;
    let second = trial.post("/api/bookings", &headers, &body).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.json(), second.json());
    let other = trial.post("/api/bookings", &headers, &book("2026-11-25T02:00:00Z").to_string()).await;
    assert_eq!((other.status, &other.json()["code"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(trial.stored("aiko").await, 1);
}

/// A key as a page makes it for a visit.
const VISIT: &str = "visit-3735928559-1000000000-4294967295-42";

#[tokio::test]
async fn whatever_is_sent_again_under_a_visits_key_leads_to_its_booking() {
    let trial = Trial::start();
    let headers = [("content-type", "application/json"), ("idempotency-key", VISIT)];
    let first = trial.post("/api/bookings", &headers, &book(WEDNESDAY_TEN).to_string()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let mended = |path: [&str; 2], value: &str| {
        let mut body = book(WEDNESDAY_TEN);
        body[path[0]][path[1]] = json!(value);
        body
    };
    let other_time = book("2026-11-25T02:00:00Z");
    let another = mended(["contact", "name"], "Mara Lindt");
    let mistyped = mended(["contact", "email"], "mara.lind@example.org");
    let answered = mended(["answers", "topic"], "Something else");
    for body in [another, mistyped, answered, other_time] {
        let again = trial.post("/api/bookings", &headers, &body.to_string()).await;
        assert_eq!((again.status, again.json()), (201, first.json()), "{body}");
    }
    assert_eq!(trial.stored("aiko").await, 1);
    let wrong = trial.post("/api/bookings", &headers, &mended(["contact", "name"], " ").to_string()).await;
    assert_eq!((wrong.status, &wrong.json()["code"]), (422, &json!("invalid_field")));
}

#[tokio::test]
async fn a_visits_key_books_anew_once_its_booking_was_cancelled() {
    let trial = Trial::start();
    let headers = [("content-type", "application/json"), ("idempotency-key", VISIT)];
    for (time, stored) in [(WEDNESDAY_TEN, 1), ("2026-11-25T02:00:00Z", 2), (WEDNESDAY_TEN, 3)] {
        let told = trial.post("/api/bookings", &headers, &book(time).to_string()).await;
        let booked = trial.booked(&told);
        assert_eq!(told.json()["booking"]["start"], json!(time));
        assert_eq!(trial.stored("aiko").await, stored);
        let bearer = format!("Bearer {}", booked.token);
        let path = format!("/api/bookings/{}/cancel", booked.id);
        let cancelled = trial.post(&path, &[("authorization", &bearer)], "").await;
        assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    }
}

#[tokio::test]
async fn a_visits_key_is_one_pages_and_says_nothing_to_others() {
    let trial = Trial::start();
    let headers = |key| [("content-type", "application/json"), ("idempotency-key", key)];
    trial.booked(&trial.post("/api/bookings", &headers(VISIT), &book(WEDNESDAY_TEN).to_string()).await);
    // Another visit learns that the time is taken, and no more.
    let stranger = "visit-3735928559-1000000000-4294967295-43";
    let told = trial.post("/api/bookings", &headers(stranger), &book(WEDNESDAY_TEN).to_string()).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("slot_taken")));
    assert!(told.json().get("already_booked").is_none() && told.json().get("manage_url").is_none());
    // The same key on another page is another key.
    let review = book_review("2026-11-25T05:00:00Z").to_string();
    let told = trial.post("/api/bookings", &headers(VISIT), &review).await;
    assert_eq!((told.status, &told.json()["booking"]["page"]), (201, &json!("aiko/review")), "{}", told.body);
}

#[tokio::test]
async fn a_key_that_can_be_guessed_leads_nobody_to_a_booking() {
    for key in ["visit-1", "visit-1-2-3-4", "1", "VISIT-3735928559-1000000000-4294967295-42"] {
        let trial = Trial::start();
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        trial.booked(&trial.post("/api/bookings", &headers, &book(WEDNESDAY_TEN).to_string()).await);
        let mut other = book(WEDNESDAY_TEN);
        other["contact"]["email"] = json!("somebody@example.net");
        let told = trial.post("/api/bookings", &headers, &other.to_string()).await;
        assert_eq!((told.status, &told.json()["code"]), (422, &json!("idempotency_key_reused")), "{key}");
    }
}

#[tokio::test]
async fn one_start_is_asked_of_the_ledger_and_nobody_keeps_the_answer() {
    let trial = Trial::start();
    let ask = async |start: &str| {
        let told = trial.get(&format!("/api/availability/aiko/intro?start={start}&duration=30")).await;
        assert_eq!((told.status, told.header("cache-control")), (200, "no-store"), "{}", told.body);
        let slots = told.json()["slots"].as_array().unwrap().clone();
        (slots.contains(&json!(WEDNESDAY_NINE_SECONDS + 3600)), told.json()["windows"].is_array())
    };
    let seconds = (WEDNESDAY_NINE_SECONDS + 3600).to_string();
    for start in [WEDNESDAY_TEN, &seconds, "2026-11-25T10:00:00%2B09:00"] {
        assert_eq!(ask(start).await, (true, true), "{start}");
    }
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    // On Workers, what is shown as free may be some seconds behind; the ledger is not.
    for start in [WEDNESDAY_TEN, &seconds] {
        assert_eq!(ask(start).await, (false, true), "{start}");
    }
    for start in ["tomorrow", "2026-11-25", "-"] {
        let told = trial.get(&format!("/api/availability/aiko/intro?start={start}")).await;
        let expected = json!([{ "field": "start", "message": "Choose a time from the list." }]);
        assert_eq!((told.status, &told.json()["errors"]), (422, &expected), "{start}");
    }
}

#[tokio::test]
async fn a_known_key_answers_after_the_time_has_passed() {
    let trial = Trial::start();
    let body = book(WEDNESDAY_TEN).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
    let first = trial.post("/api/bookings", &headers, &body).await;
    let trial = trial.again_at("2026-11-24T23:30:00Z");
    let second = trial.post("/api/bookings", &headers, &body).await;
    assert_eq!(second.status, 201, "{}", second.body);
    assert_eq!(first.json(), second.json());
}

/// Whether an address holds a booking cannot be asked: whoever asks in its name, or in any other, is told the same.
#[tokio::test]
async fn nobody_learns_whose_a_booking_is() {
    let trial = Trial::start();
    trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    let asked = async |email: &str, key: Option<&str>, minutes: u32, is_form: bool| {
        let mut body = book(WEDNESDAY_TEN);
        body["contact"]["email"] = json!(email);
        body["duration_minutes"] = json!(minutes);
        if is_form {
            let minutes = minutes.to_string();
            let fields = [
                ("page", "aiko/intro"),
                ("start", WEDNESDAY_TEN),
                ("duration_minutes", &minutes),
                ("locale", "en"),
                ("time_zone", "Europe/Berlin"),
                ("contact.name", "Mara Lind"),
                ("contact.email", email),
            ];
            let told = trial.post_form("/api/bookings", &fields).await;
            return (told.status, told.text().replace(email, "…"));
        }
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let told = trial.post("/api/bookings", &headers, &body.to_string()).await;
        assert_eq!(told.json()["code"], "slot_taken");
        (told.status, told.body)
    };
    for (minutes, is_form, key) in
        [(30, false, None), (15, false, None), (30, false, Some("k")), (30, true, None), (60, true, None)]
    {
        let strangers = asked("nobody@example.org", key, minutes, is_form).await;
        assert_eq!(strangers.0, 409);
        for email in ["mara@example.org", "MARA@Example.org", " mara@example.org"] {
            let told = asked(email, key, minutes, is_form).await;
            assert_eq!(told.1.replace(email.trim(), "…"), strangers.1, "{email} {minutes} {is_form} {key:?}");
        }
    }
    let (_, text) = asked("mara@example.org", None, 30, true).await;
    let detail = "Someone booked it, or a time too close to it. Please choose another one. If you have sent this \
        form twice, the first time counts, and you are booked.";
    assert!(text.contains(detail), "{text}");
    assert_eq!(trial.stored("aiko").await, 1);
}

#[tokio::test]
async fn a_start_may_be_written_in_any_offset_or_in_seconds() {
    for start in [json!("2026-11-25T02:00:00+01:00"), json!("1795568400"), json!(1_795_568_400)] {
        let trial = Trial::start();
        let mut body = book(WEDNESDAY_TEN);
        body["start"] = start;
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(told.json()["booking"]["start"], WEDNESDAY_TEN, "{}", told.body);
    }
}

#[tokio::test]
async fn a_host_sees_the_hosts_own_bookings() {
    let trial = Trial::start();
    for start in ["2026-11-26T01:00:00Z", "2026-11-25T01:00:00Z", "2026-11-27T01:00:00Z"] {
        let mut body = book(start);
        body["tracking"] = json!({ "utm_source": "letter" });
        trial.booked(&trial.post_json("/api/bookings", &body).await);
    }
    let secrets = trial.secrets();
    let starts = async |query: &str| {
        let told = trial.get_as(&format!("/api/host/bookings{query}"), &secrets.host_key("aiko", 1)).await;
        let json = told.json();
        let list = json["bookings"].as_array().unwrap_or_else(|| panic!("{}", told.body));
        list.iter().map(|booking| booking["start"].as_str().unwrap()[8..10].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(starts("").await, ["25", "26", "27"]);
    assert_eq!(starts("?from=2026-11-26").await, ["26", "27"]);
    assert_eq!(starts("?from=2026-11-26&to=2026-11-26").await, ["26"]);
    assert_eq!(starts("?to=2026-11-26T01:00:00Z").await, ["25"]);
    assert_eq!(starts("?status=cancelled").await, [""; 0]);
    assert_eq!(starts("?status=confirmed").await.len(), 3);
    let jonas = trial.get_as("/api/host/bookings", &secrets.host_key("jonas", 1)).await;
    assert_eq!(jonas.json(), json!({ "bookings": [], "more": false, "after": null }));
    for key in ["", "aiko", "aiko.x", &secrets.host_key("aiko", 2), &secrets.host_key("nobody", 1)] {
        let told = trial.get_as("/api/host/bookings", key).await;
        assert_eq!((told.status, told.header("www-authenticate")), (401, "Bearer"), "{key}");
    }
}

#[tokio::test]
async fn two_hosts_do_not_know_each_other() {
    let trial = Trial::start();
    let start = "2026-11-25T08:00:00Z";
    let mut body = book(start);
    body["page"] = json!("jonas/support");
    trial.booked(&trial.post_json("/api/bookings", &body).await);
    let review = trial.post_json("/api/bookings", &book_review("2026-11-25T07:00:00Z")).await;
    assert_eq!(review.status, 201, "{}", review.body);
}

#[tokio::test]
async fn methods_are_answered_for() {
    let trial = Trial::start();
    for (method, path, status, allow) in [
        ("DELETE", "/api/bookings", 405, "POST, OPTIONS"),
        ("GET", "/api/bookings", 405, "POST, OPTIONS"),
        ("GET", "/api/bookings/x/cancel", 405, "POST, OPTIONS"),
        ("GET", "/api/bookings/x/reschedule", 405, "POST, OPTIONS"),
        ("POST", "/api/bookings/x/invite.ics", 405, "GET, HEAD, OPTIONS"),
        ("POST", "/api/health", 405, "GET, HEAD, OPTIONS"),
        ("PUT", "/booking/x/y", 405, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/api/bookings", 204, "POST, OPTIONS"),
        ("OPTIONS", "/api/availability/aiko/intro", 204, "GET, HEAD, OPTIONS"),
    ] {
        let request = http::Request::builder().method(method).uri(path).body(bytes::Bytes::new()).unwrap();
        let told = trial.send(request).await;
        assert_eq!((told.status, told.header("allow")), (status, allow), "{method} {path}");
    }
    let head = http::Request::head("/api/availability/aiko/intro").body(bytes::Bytes::new()).unwrap();
    let told = trial.send(head).await;
    let body = trial.get("/api/availability/aiko/intro").await;
    assert_eq!((told.status, told.body.as_str()), (200, ""));
    if !is_worker() {
        assert_eq!(told.header("content-length"), body.body.len().to_string());
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect() {
    let trial = Trial::start();
    for path in
        ["/api/health", "/api/availability/aiko/intro", "/booking/x/y", "/api/nothing", "/api/bookings"]
    {
        let told = trial.get(path).await;
        let framed_by = if path.starts_with("/booking/") { "'self'" } else { "'none'" };
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
             form-action 'self'; base-uri 'none'; frame-ancestors {framed_by}"
        );
        let headers = [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-robots-tag", "noindex"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
            ("content-security-policy", policy.as_str()),
        ];
        for (name, value) in headers {
            assert_eq!(told.header(name), value, "{path}");
        }
    }
}
