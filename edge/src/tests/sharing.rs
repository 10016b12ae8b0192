//! What a host's desk shares: pages, suggested times, and how often a campaign has led to a booking.

use serde_json::{Value, json};

use super::harness::{Told, Trial, book, eventually};

/// Asks for suggested times, as the host `aiko`.
async fn suggest(trial: &Trial, body: Value) -> Told {
    let bearer = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    trial.post("/api/host/suggestions", &headers, &body.to_string()).await
}

async fn suggested(trial: &Trial, body: Value) -> Value {
    let told = suggest(trial, body).await;
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()
}

/// The field of an error, and its message.
#[track_caller]
fn check_error(told: &Told, field: &str, message: &str) {
    assert_eq!(told.status, 422, "{}", told.body);
    assert_eq!(told.json()["errors"], json!([{ "field": field, "message": message }]));
}

#[tokio::test]
async fn three_times_are_suggested_that_are_soon() {
    let told = suggested(&Trial::start(), json!({ "page": "aiko/intro" })).await;
    assert_eq!(told["starts"], json!([1_795_492_800, 1_795_579_200, 1_795_678_200]));
    assert_eq!(
        told["text"],
        "Introductory call with Aiko Tanaka, 30 minutes\n\n\
        Tuesday 24 November 2026, 13:00–13:30\nTokyo (UTC+9)\n\
        https://meet.example.com/aiko/intro/?slot=2026-11-24T04:00Z&slots=1c89e10.1c8a3b0.1c8aa22\n\n\
        Wednesday 25 November 2026, 13:00–13:30\nTokyo (UTC+9)\n\
        https://meet.example.com/aiko/intro/?slot=2026-11-25T04:00Z&slots=1c89e10.1c8a3b0.1c8aa22\n\n\
        Thursday 26 November 2026, 16:30–17:00\nTokyo (UTC+9)\n\
        https://meet.example.com/aiko/intro/?slot=2026-11-26T07:30Z&slots=1c89e10.1c8a3b0.1c8aa22\n\n\
        Or choose another time\nhttps://meet.example.com/aiko/intro/\n"
    );
}

#[tokio::test]
async fn chosen_times_are_written_for_their_reader() {
    let told = suggested(
        &Trial::start(),
        json!({
            "page": "aiko/intro", "duration_minutes": 60, "starts": ["2026-11-26T01:00:00Z", 1_795_564_800],
            "time_zone": "Europe/Berlin", "locale": "ja", "name": "Mara Lind", "email": "mara@example.org",
            "tracking": { "utm_campaign": "spring", "other": "x" },
        }),
    )
    .await;
    assert_eq!(told["starts"], json!([1_795_564_800, 1_795_654_800]));
    let query = "duration=60&tz=Europe%2FBerlin&utm_campaign=spring&name=Mara+Lind&email=mara%40example.org";
    let link = format!(
        "https://meet.example.com/ja/aiko/intro/?slot=2026-11-26T01:00Z&slots=1c8a2c0.1c8a89c&{query}"
    );
    let text = told["text"].as_str().unwrap();
    assert!(text.contains(&link), "{text}");
    let html = told["html"].as_str().unwrap();
    assert!(html.starts_with("<table lang=\"ja\""), "{html}");
    assert!(html.contains(&link.replace('&', "&amp;")), "{html}");
}

#[tokio::test]
async fn what_is_taken_is_not_suggested() {
    let trial = Trial::start();
    let taken = trial.post_json("/api/bookings", &book("2026-11-25T01:00:00Z")).await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    let wanted = json!({ "page": "aiko/intro", "starts": ["2026-11-25T01:00:00Z", "2026-11-25T04:00:00Z"] });
    let one = json!([1_795_579_200]);
    let starts = async || suggested(&trial, wanted.clone()).await["starts"].clone();
    assert_eq!(eventually(starts, |starts| *starts == one).await, one);
    let wanted = json!({ "page": "aiko/intro", "starts": ["2026-11-25T01:00:00Z"] });
    assert_eq!(suggested(&trial, wanted).await["starts"], json!([]));
}

#[tokio::test]
async fn mistakes_are_said_by_field() {
    let trial = Trial::start();
    let with = |name: &str, value: Value| {
        let mut body = json!({ "page": "aiko/intro" });
        body[name] = value;
        body
    };
    let times = "Choose 1 to 12 times.";
    for (name, value, message) in [
        ("count", json!(0), times),
        ("count", json!(13), times),
        ("count", json!("3"), times),
        ("starts", json!([]), times),
        ("starts", json!("soon"), "Choose a time from the list."),
        ("starts", json!([true]), "Choose a time from the list."),
        ("duration_minutes", json!(45), "Choose one of the durations on this page."),
        ("time_zone", json!("Mars/Olympus"), "Choose a time zone, such as Europe/Berlin."),
        ("email", json!("mara"), "Enter an email address, such as name@example.com."),
        ("name", json!(5), "This must be a string."),
        ("name", json!("x".repeat(201)), "Enter a name of at most 200 characters."),
    ] {
        check_error(&suggest(&trial, with(name, value)).await, name, message);
    }
    let long = |bytes| {
        format!(
            "The links would have {bytes} bytes. Mail programs and servers cut links at 2000: use shorter words."
        )
    };
    check_error(&suggest(&trial, with("name", json!("😀".repeat(200)))).await, "name", &long(2495));
    let campaign = json!({ "utm_campaign": "春".repeat(300) });
    check_error(&suggest(&trial, with("tracking", campaign)).await, "tracking", &long(2803));
    for page in [json!("aiko/none"), json!("aiko"), json!(null)] {
        assert_eq!(suggest(&trial, json!({ "page": page })).await.status, 404);
    }
    let stranger = trial.post_json("/api/host/suggestions", &json!({ "page": "aiko/intro" })).await;
    assert_eq!((stranger.status, &stranger.json()["code"]), (401, &json!("key_refused")));
}

#[tokio::test]
async fn a_campaign_counts_its_own_hosts_bookings() {
    let trial = Trial::start();
    let mut body = book("2026-11-25T01:00:00Z");
    body["tracking"] = json!({ "utm_campaign": "spring", "utm_source": "news" });
    assert_eq!(trial.post_json("/api/bookings", &body).await.status, 201);
    let campaigns = async |host: &str| {
        let told = trial.get_as("/api/host/campaigns", &trial.secrets().host_key(host, 1)).await;
        told.json()["campaigns"].clone()
    };
    let spring =
        json!([{ "campaign": "spring", "source": "news", "medium": null, "bookings": 1, "cancelled": 0 }]);
    assert_eq!(campaigns("aiko").await, spring);
    assert_eq!(campaigns("jonas").await, json!([]));
    assert_eq!(trial.get("/api/host/campaigns").await.status, 401);
}

#[tokio::test]
async fn a_session_tells_each_page_with_its_links() {
    let trial = Trial::start();
    let key = trial.secrets().host_key("aiko", 1);
    let told = trial.get_as("/api/host/session?locale=ja", &key).await.json();
    assert_eq!(told["pages"]["aiko/intro"]["durations"], json!([30, 15, 60]));
    assert_eq!(
        told["pages"]["aiko/intro"]["links"],
        json!({ "en": "https://meet.example.com/aiko/intro/", "ja": "https://meet.example.com/ja/aiko/intro/" })
    );
    assert_eq!(told["pages"]["aiko/intro"]["invite_only"], json!(false));
    assert_eq!(told["embed_parents"], json!([]));
}
