//! Refusals, each with the whole problem document, after which nothing is stored.

use serde_json::{Value, json};

use super::fixture;
use super::harness::{Told, Trial, WEDNESDAY_NINE_SECONDS, WEDNESDAY_TEN, book, book_review, is_worker};

/// The problem document of a code, in English.
pub(super) fn problem(code: &str, status: u16, title: &str, detail: &str) -> Value {
    json!({ "type": format!("urn:daymark:problem:{code}"), "title": title, "status": status, "code": code, "detail": detail })
}

pub(super) fn invalid(errors: &[(&str, &str)]) -> Value {
    let mut problem =
        problem("invalid_field", 422, "Please check this again", "Something is missing or cannot be read.");
    let error = |(field, message): &(&str, &str)| json!({ "field": field, "message": message });
    problem["errors"] = errors.iter().map(error).collect();
    problem
}

#[track_caller]
pub(super) fn assert_problem(told: &Told, expected: &Value) {
    assert_eq!(told.header("content-type"), "application/problem+json");
    assert_eq!(&told.json(), expected);
    assert_eq!(told.status, expected["status"]);
    assert_eq!(told.header("cache-control"), "no-store");
}

/// A booking of `aiko/review` with one change is refused with these errors, and nothing is stored.
pub(super) async fn check_field(path: &str, value: Value, errors: &[(&str, &str)]) {
    let trial = Trial::start();
    let mut body = book_review(WEDNESDAY_TEN);
    let names: Vec<&str> = path.split('.').collect();
    let mut place = &mut body;
    for name in &names {
        place = &mut place[*name];
    }
    *place = value;
    let told = trial.post_json("/api/bookings", &body).await;
    assert_problem(&told, &invalid(errors));
    assert_eq!(trial.stored("aiko").await, 0, "{path}");
}

/// The same for one error, of the changed field itself.
async fn check(path: &str, value: Value, message: &str) {
    check_field(path, value, &[(path, message)]).await;
}

#[tokio::test]
async fn the_contact_is_checked() {
    check("contact.name", json!(" "), "Enter your name.").await;
    check("contact.name", json!(null), "Enter your name.").await;
    check("contact.name", json!("x".repeat(201)), "Enter a name of at most 200 characters.").await;
    check("contact.name", json!("x".repeat(10_000)), "Enter a name of at most 200 characters.").await;
    check("contact.name", json!(7), "This must be a string.").await;
    check("contact.email", json!(""), "Enter your email address.").await;
    let malformed = "Enter an email address, such as name@example.com.";
    for email in ["mara", "mara@", "@example.org", "Mara <mara@example.org"] {
        check("contact.email", json!(email), malformed).await;
    }
    check("contact.email", json!({}), "This must be a string.").await;
    check("contact", json!("Mara"), "This must be an object.").await;
}

#[tokio::test]
async fn the_choice_of_time_is_checked() {
    check("start", json!(null), "Choose a time.").await;
    for start in [
        json!("tomorrow"),
        json!("2026-11-25"),
        json!("2026-11-25T10:00:00"),
        json!("2026-11-25T01:00:00.5Z"),
        json!(1.5),
        json!([]),
        json!(i64::MAX),
    ] {
        check("start", start, "Choose a time from the list.").await;
    }
    for minutes in [json!(45), json!("60"), json!(-60), json!(60.5), json!([60])] {
        check("duration_minutes", minutes, "Choose one of the durations on this page.").await;
    }
    check("time_zone", json!(9), "This must be a string.").await;
    check("locale", json!(9), "This must be a string.").await;
}

#[tokio::test]
async fn answers_are_checked_by_kind() {
    check("answers.document", json!(null), "“The document” needs an answer.").await;
    check("answers.document", json!("x".repeat(501)), "Answer “The document” in at most 500 characters.")
        .await;
    check("answers.document", json!(["x"]), "This must be a string.").await;
    check("answers.topic", json!("x".repeat(5001)), "Answer “The topic” in at most 5000 characters.").await;
    check("answers.part", json!(""), "Choose an answer to “The part”.").await;
    check("answers.part", json!("other"), "Choose from the answers to “The part”.").await;
    check("answers.areas", json!(["data", "other"]), "Choose from the answers to “The areas”.").await;
    check("answers.areas", json!("data"), "This must be a list of strings.").await;
    check("answers.people", json!("many"), "Enter a number for “How many”, such as 3 or 2.5.").await;
    let ambiguous = "“How many” could be 1500 or 1,5. Enter it in one of these two ways.";
    check("answers.people", json!("1,500"), ambiguous).await;
    check(
        "answers.callback",
        json!("call me"),
        "Enter a phone number for “Your number”, such as +44 20 7946 0000.",
    )
    .await;
    check("answers.agreed", json!(false), "Tick “I agree” to continue.").await;
    check("answers.agreed", json!(null), "Tick “I agree” to continue.").await;
    check("answers.agreed", json!("true"), "This must be true or false.").await;
    check("answers", json!([]), "This must be an object.").await;
    check("location", json!(null), "“Where shall we meet?” needs an answer.").await;
    check("location", json!("x".repeat(501)), "Answer “Where shall we meet?” in at most 500 characters.")
        .await;
}

#[tokio::test]
async fn guests_are_checked() {
    let many: Vec<String> = (0..11).map(|number| format!("guest{number}@example.org")).collect();
    check("guests", json!(many), "Enter at most 10 guests.").await;
    check("guests", json!("one@example.org"), "This must be a list of strings.").await;
    let malformed = "Guest 2: Enter an email address, such as name@example.com.";
    for second in [json!("two"), json!(2), json!("")] {
        check_field("guests", json!(["one@example.org", second]), &[("guests.1", malformed)]).await;
    }
}

#[tokio::test]
async fn all_mistakes_are_told_at_once_and_in_the_visitors_language() {
    let trial = Trial::start();
    let told = trial.post_json("/api/bookings", &json!({ "page": "aiko/review" })).await;
    let expected = [
        ("start", "Choose a time."),
        ("contact.name", "Enter your name."),
        ("contact.email", "Enter your email address."),
        ("location", "“Where shall we meet?” needs an answer."),
        ("answers.document", "“The document” needs an answer."),
        ("answers.part", "Choose an answer to “The part”."),
        ("answers.agreed", "Tick “I agree” to continue."),
    ];
    assert_problem(&told, &invalid(&expected));
    let told = trial.post_json("/api/bookings", &json!({ "page": "aiko/review", "locale": "ja" })).await;
    let json = told.json();
    assert_eq!(json["title"], "もう一度ご確認ください");
    assert_eq!(
        json["errors"][1],
        json!({ "field": "contact.name", "message": "お名前を入力してください。" })
    );
    assert_eq!(
        json["errors"][4],
        json!({ "field": "answers.document", "message": "「資料」にお答えください。" })
    );
}

#[tokio::test]
async fn idempotency_keys_are_checked() {
    let trial = Trial::start();
    for key in ["", &"k".repeat(256), "ключ"] {
        let request = http::Request::post("/api/bookings")
            .header("content-type", "application/json")
            .header("idempotency-key", http::HeaderValue::from_bytes(key.as_bytes()).unwrap())
            .body(book(WEDNESDAY_TEN).to_string().into())
            .unwrap();
        let told = trial.send(request).await;
        let message = "An idempotency key must be 1 to 255 visible ASCII characters.";
        assert_problem(&told, &invalid(&[("Idempotency-Key", message)]));
    }
    assert_eq!(trial.stored("aiko").await, 0);
}

/// A booking of `aiko/intro` at that start is refused, with these alternatives.
async fn check_start(start: &str, expected: Value, alternatives: &[&str]) {
    let trial = Trial::start();
    let told = trial.post_json("/api/bookings", &book(start)).await;
    let mut expected = expected;
    let seconds = |start: &&str| start.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    expected["alternatives"] = alternatives.iter().map(seconds).collect();
    assert_problem(&told, &expected);
    assert_eq!(trial.stored("aiko").await, 0, "{start}");
}

#[tokio::test]
async fn times_that_the_rules_do_not_offer_are_refused_though_free() {
    let not_offered = || {
        problem(
            "slot_not_offered",
            409,
            "This time is not offered",
            "Please choose one of the times on the page.",
        )
    };
    // Off the grid. The visitor is in Berlin, so "the same day" is Berlin's.
    let around = [
        "2026-11-25T00:00:00Z",
        "2026-11-25T00:30:00Z",
        "2026-11-25T01:00:00Z",
        "2026-11-25T01:30:00Z",
        "2026-11-25T02:00:00Z",
    ];
    check_start("2026-11-25T01:10:00Z", not_offered(), &around).await;
    check_start("2026-11-25T01:00:01Z", not_offered(), &around).await;
    // 03:00 in Tokyo; lunch; a Saturday; so late that the meeting would end after hours.
    let next_morning =
        ["2026-11-24T06:00:00Z", "2026-11-24T06:30:00Z", "2026-11-24T07:00:00Z", "2026-11-24T07:30:00Z"];
    check_start(
        "2026-11-24T18:00:00Z",
        not_offered(),
        &[&["2026-11-24T05:30:00Z"], &next_morning[..]].concat(),
    )
    .await;
    let told = Trial::start().post_json("/api/bookings", &book("2026-11-25T03:30:00Z")).await;
    assert_eq!(told.json()["code"], "slot_not_offered");
    let told = Trial::start().post_json("/api/bookings", &book("2026-11-28T01:00:00Z")).await;
    assert_eq!(told.json()["code"], "slot_not_offered");
    let told = Trial::start().post_json("/api/bookings", &book("2026-11-25T08:00:00Z")).await;
    assert_eq!(told.json()["code"], "slot_not_offered");
}

#[tokio::test]
async fn past_near_and_far_times_are_refused() {
    let too_short = problem(
        "notice_too_short",
        409,
        "This time is too soon",
        "It has passed, or starts too soon. Please choose a later one.",
    );
    let today = [
        "2026-11-24T04:00:00Z",
        "2026-11-24T04:30:00Z",
        "2026-11-24T05:00:00Z",
        "2026-11-24T05:30:00Z",
        "2026-11-24T06:00:00Z",
    ];
    check_start("2026-11-23T01:00:00Z", too_short.clone(), &today).await;
    check_start("2026-11-24T02:00:00Z", too_short.clone(), &today).await;
    check_start("1970-01-01T00:00:00Z", too_short, &today).await;
    let outside = problem(
        "outside_window",
        409,
        "This date cannot be booked",
        "It is outside the dates that are open for booking. Please choose another one.",
    );
    let last = [
        "2026-12-24T05:30:00Z",
        "2026-12-24T06:00:00Z",
        "2026-12-24T06:30:00Z",
        "2026-12-24T07:00:00Z",
        "2026-12-24T07:30:00Z",
    ];
    check_start("2027-02-01T01:00:00Z", outside.clone(), &last).await;
    check_start("9999-12-31T00:00:00Z", outside, &last).await;
}

#[tokio::test]
async fn taken_times_and_full_days_are_refused() {
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let mut other = book(WEDNESDAY_TEN);
    other["contact"]["email"] = json!("other@example.org");
    let taken = || {
        problem(
            "slot_taken",
            409,
            "This time has just been taken",
            "Someone booked it, or a time too close to it. Please choose another one.",
        )
    };
    let mut expected = taken();
    // 10:00 to 10:30 in Tokyo is taken, and 15 minutes around it on either side: 09:30 and 10:30 are gone, too.
    expected["alternatives"] =
        json!([WEDNESDAY_NINE_SECONDS, 1_795_572_000, 1_795_573_800, 1_795_579_200, 1_795_581_000]);
    assert_problem(&trial.post_json("/api/bookings", &other).await, &expected);

    for start in ["2026-11-25T00:00:00Z", "2026-11-25T04:00:00Z", "2026-11-25T06:00:00Z"] {
        trial.booked(&trial.post_json("/api/bookings", &book(start)).await);
    }
    let told = trial.post_json("/api/bookings", &book("2026-11-25T07:00:00Z")).await;
    let full = problem(
        "limit_reached",
        409,
        "This day is full",
        "No more meetings can be booked that day or week. Please choose another one.",
    );
    let mut json = told.json();
    let alternatives = json.as_object_mut().unwrap().remove("alternatives").unwrap();
    assert_eq!(json, full);
    assert!(
        alternatives
            .as_array()
            .unwrap()
            .iter()
            .all(|start| !(WEDNESDAY_NINE_SECONDS..1_795_651_200).contains(&start.as_i64().unwrap()))
    );
    assert_eq!(trial.stored("aiko").await, 4);
}

#[tokio::test]
async fn checks_come_in_their_order() {
    let trial = Trial::start();
    let mut body = book("2026-11-24T00:10:00Z");
    body["duration_minutes"] = json!(45);
    let code = async |body: &Value| trial.post_json("/api/bookings", body).await.json()["code"].clone();
    assert_eq!(code(&body).await, "invalid_field");
    body["duration_minutes"] = json!(30);
    assert_eq!(code(&body).await, "notice_too_short");
    body["start"] = json!("2027-11-24T00:10:00Z");
    assert_eq!(code(&body).await, "outside_window");
    body["start"] = json!("2026-11-26T00:10:00Z");
    assert_eq!(code(&body).await, "slot_not_offered");
    body["page"] = json!("aiko/nothing");
    assert_eq!(code(&body).await, "unknown_page");
    body["website"] = json!("x");
    assert_eq!(code(&body).await, "honeypot");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let trial = Trial::start();
    let json_type = [("content-type", "application/json")];
    let malformed =
        problem("malformed_body", 400, "The request cannot be read", "The body is not a JSON object.");
    for body in ["{", "[]", "null", "\"page\"", " ", "{\"page\":\"aiko/intro\",}"] {
        assert_problem(&trial.post("/api/bookings", &json_type, body).await, &malformed);
    }
    let too_large =
        problem("payload_too_large", 413, "This is too long", "Please shorten your text and send it again.");
    let large = format!("{{\"page\":\"{}\"}}", "x".repeat(600_000));
    assert_problem(&trial.post("/api/bookings", &json_type, &large).await, &too_large);
    let unsupported = problem(
        "unsupported_media_type",
        415,
        "This type of request is not supported",
        "Send JSON or a form.",
    );
    for media_type in ["text/plain", "multipart/form-data; boundary=x", "application/xml", "nonsense"] {
        let told = trial
            .post("/api/bookings", &[("content-type", media_type)], &book(WEDNESDAY_TEN).to_string())
            .await;
        assert_problem(&told, &unsupported);
    }
    assert_problem(&trial.post("/api/bookings", &[], "{}").await, &unsupported);
    assert_problem(
        &trial.post_json("/api/bookings", &json!({})).await,
        &invalid(&[("page", "Say which page to book.")]),
    );
    assert_problem(
        &trial.post_json("/api/bookings", &json!({ "page": 1 })).await,
        &invalid(&[("page", "This must be a string.")]),
    );
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let trial = Trial::start();
    let unknown = problem(
        "unknown_page",
        404,
        "There is no such page",
        "It may have been removed or renamed. Please ask the person who gave you the link.",
    );
    for page in ["aiko/nothing", "nobody/intro", "aiko", "", "../aiko/intro", "aiko/intro/more", "_edge/site"]
    {
        let mut body = book(WEDNESDAY_TEN);
        body["page"] = json!(page);
        assert_problem(&trial.post_json("/api/bookings", &body).await, &unknown);
    }
    assert_problem(&trial.get("/api/availability/aiko/nothing").await, &unknown);
    let not_found = problem(
        "not_found",
        404,
        "Page not found",
        "The link may be incomplete. Please open it again as you received it.",
    );
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let other = trial.booked(&trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await);
    let path = format!("/api/bookings/{}", booked.id);
    for token in ["", "x", &other.token, &booked.token[1..]] {
        assert_problem(&trial.get_as(&path, token).await, &not_found);
        let bearer = format!("Bearer {token}");
        let cancel = trial.post(&format!("{path}/cancel"), &[("authorization", &bearer)], "").await;
        assert_problem(&cancel, &not_found);
    }
    assert_problem(
        &trial.get_as("/api/bookings/nobody.AAAAAAAAAAAAAAAAAAAAAA", &booked.token).await,
        &not_found,
    );
    assert_problem(&trial.get("/api/nothing").await, &not_found);
    let read = trial.get_as(&path, &booked.token).await;
    assert_eq!(read.json()["booking"]["status"], "confirmed");
}

#[tokio::test]
async fn changes_come_in_time_and_once() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let path = format!("/api/bookings/{}/cancel", booked.id);
    let bearer = format!("Bearer {}", booked.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let long = json!({ "reason": "x".repeat(1001) }).to_string();
    assert_problem(
        &trial.post(&path, &headers, &long).await,
        &invalid(&[("reason", "Give a reason of at most 1000 characters.")]),
    );
    let trial = trial.again_at("2026-11-24T23:00:01Z");
    let late = problem(
        "change_too_late",
        409,
        "It is too late to change this here",
        "The meeting is too close. If something has come up, please tell your host.",
    );
    assert_problem(&trial.post(&path, &headers, "{}").await, &late);
    let trial = trial.again_at("2026-11-25T01:00:00Z");
    let over =
        problem("already_over", 409, "This meeting has begun or is over", "It can no longer be changed.");
    assert_problem(&trial.post(&path, &headers, "{}").await, &over);
    let trial = trial.again_at("2026-11-24T22:00:00Z");
    assert_eq!(trial.post(&path, &headers, "{}").await.status, 200);
    let already = problem(
        "already_cancelled",
        409,
        "This meeting is already cancelled",
        "You don’t need to do anything.",
    );
    assert_problem(&trial.post(&path, &headers, "{}").await, &already);
}

#[tokio::test]
async fn requests_of_other_sites_are_refused() {
    let trial = Trial::start();
    let refused = problem(
        "origin_refused",
        403,
        "The request came from another site",
        "Please open the page itself and book there.",
    );
    let body = book(WEDNESDAY_TEN).to_string();
    let send = async |origin: &str, host: &str| {
        let headers = [("content-type", "application/json"), ("origin", origin), ("host", host)];
        trial.post("/api/bookings", &headers, &body).await
    };
    for origin in
        ["https://evil.example", "null", "https://meet.example.com.evil.example", "http://meet.example.com"]
    {
        assert_problem(&send(origin, "meet.example.com:443").await, &refused);
    }
    assert_eq!(trial.stored("aiko").await, 0);
    // The host alone proves nothing: anybody on the way can answer in its name over plain HTTP.
    for origin in
        ["http://meet.example.com", "x://meet.example.com", "ws://meet.example.com", "//meet.example.com"]
    {
        assert_problem(&send(origin, "meet.example.com").await, &refused);
    }
    assert_problem(&send("https://meet.example.com:8443", "meet.example.com").await, &refused);
    assert_eq!(trial.stored("aiko").await, 0);
    assert_eq!(send("https://meet.example.com", "localhost").await.status, 201);
    for origin in ["https://meet.example.com:443", "https://MEET.example.com", "https://meet.example.com."] {
        assert_eq!(send(origin, "localhost").await.json()["code"], "slot_taken", "{origin}");
    }
    // A preview's own address, where its browser leaves the usual port out.
    let told = send("https://preview.example.net", "preview.example.net:443").await;
    assert_eq!(told.json()["code"], "slot_taken", "{}", told.body);
    let told = send("http://127.0.0.1:8787", "127.0.0.1:8787").await;
    assert_eq!(told.json()["code"], "slot_taken", "the address it was sent to is its own: {}", told.body);
}

#[tokio::test]
async fn programs_that_fill_every_field_are_refused() {
    let trial = Trial::start();
    let mut body = book(WEDNESDAY_TEN);
    body["website"] = json!("https://spam.example");
    let mut refused = problem(
        "honeypot",
        403,
        "One field has to stay empty",
        "Your browser may have filled in a field that is hidden. It is now shown: leave it empty, and send this again.",
    );
    refused["errors"] = json!([{ "field": "website", "message": "Leave this field empty." }]);
    assert_problem(&trial.post_json("/api/bookings", &body).await, &refused);
    body["website"] = json!(["x"]);
    assert_problem(&trial.post_json("/api/bookings", &body).await, &refused);
    assert_eq!(trial.stored("aiko").await, 0);
    body["website"] = json!(" \u{200b}");
    assert_eq!(trial.post_json("/api/bookings", &body).await.status, 201);
}

/// The number of attempts from addresses in turn until one is refused.
async fn attempts_until_refused(trial: &Trial, address: impl Fn(u32) -> String) -> u32 {
    for number in 0..1000 {
        let request = http::Request::post("/api/bookings").header("content-type", "application/json");
        let request = request.body(bytes::Bytes::from_static(b"{}")).unwrap();
        let address = address(number).parse().unwrap();
        if trial.app().answer_endpoint(request, Some(address)).await.status() == 429 {
            return number;
        }
    }
    1000
}

#[tokio::test]
async fn attempts_count_by_network_and_for_the_site() {
    if is_worker() {
        return;
    }
    let (mut site, hosts) = fixture::site();
    site.limits.bookings_per_minute = 3;
    let with = |site_limit: u32| {
        let mut site = site.clone();
        site.limits.site_bookings_per_minute = site_limit;
        Trial::of(&site, &hosts)
    };
    let trial = with(0);
    assert_eq!(attempts_until_refused(&trial, |_| "203.0.113.7".to_owned()).await, 3, "one address");
    assert_eq!(
        attempts_until_refused(&trial, |number| format!("2001:db8:1:1::{number:x}")).await,
        3,
        "a /64"
    );
    assert_eq!(
        attempts_until_refused(&trial, |number| format!("2001:db8:2:{number:x}::1")).await,
        30,
        "a /48"
    );
    let many = attempts_until_refused(&trial, |number| format!("2001:db8:{:x}::1", number + 16)).await;
    assert_eq!(many, 1000, "many of them");
    let trial = with(40);
    let crowd = |number: u32| format!("198.51.{}.{}", number / 200, number % 200);
    assert_eq!(attempts_until_refused(&trial, crowd).await, 40, "the site");
    let trial = with(40);
    for _ in 0..100 {
        attempts_until_refused(&trial, |_| "203.0.113.7".to_owned()).await;
    }
    assert_eq!(
        attempts_until_refused(&trial, crowd).await,
        37,
        "what its network refuses counts for nobody else"
    );
}

#[tokio::test]
async fn attempts_and_bookings_have_their_number() {
    let (mut site, hosts) = fixture::site();
    site.limits.bookings_per_minute = 2;
    site.limits.bookings_per_contact = 1;
    let trial = Trial::of(&site, &hosts);
    let refused = problem(
        "too_many_requests",
        429,
        "Too many attempts",
        "Too much has come from your network or email address lately. Please wait a while and try again.",
    );
    assert_eq!(trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await.status, 201);
    let told = trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await;
    assert_problem(&told, &refused);
    assert_eq!(told.header("retry-after"), "3600");
    if is_worker() {
        // There, the platform counts attempts, and workerd by itself has no such binding.
        return;
    }
    let mut other = book("2026-11-26T01:00:00Z");
    other["contact"]["email"] = json!("other@example.org");
    let told = trial.post_json("/api/bookings", &other).await;
    assert_problem(&told, &refused);
    assert!((1..=31).contains(&told.header("retry-after").parse().unwrap()), "{:?}", told.headers);
    assert_eq!(trial.get("/api/availability/aiko/intro").await.status, 200, "reading is not limited");
}

#[tokio::test]
async fn questions_for_availability_are_checked() {
    let trial = Trial::start();
    let check = async |query: &str, errors: &[(&str, &str)]| {
        assert_problem(&trial.get(&format!("/api/availability/aiko/intro{query}")).await, &invalid(errors));
    };
    let date = "Enter a date such as 2026-12-01.";
    check("?from=tomorrow", &[("from", date)]).await;
    check("?from=2026-13-01&to=x", &[("from", date), ("to", date)]).await;
    check("?from=2026-12-02&to=2026-12-01", &[("to", "The last date is before the first.")]).await;
    check("?duration=45", &[("duration", "Choose one of the durations on this page.")]).await;
    check("?duration=x", &[("duration", "Choose one of the durations on this page.")]).await;
    let far = trial.get("/api/availability/aiko/intro?from=2030-01-01&to=+9999-01-01").await;
    assert!(far.status == 200 || far.status == 422, "{}", far.body);
    let all = trial.get("/api/availability/aiko/intro?from=&to=&duration=&nonsense=1").await;
    assert_eq!(all.status, 200);
}

#[tokio::test]
async fn the_hosts_questions_are_checked() {
    let trial = Trial::start();
    let key = trial.secrets().host_key("aiko", 1);
    let told = trial.get_as("/api/host/bookings?from=x&status=maybe", &key).await;
    let instant = "Enter a date such as 2026-12-01, or a time such as 2026-12-01T09:00:00Z.";
    let status = "Choose a status: requested, awaiting_payment, confirmed, declined, cancelled or expired.";
    assert_problem(&told, &invalid(&[("from", instant), ("status", status)]));
}

#[tokio::test]
async fn every_refusal_has_words_in_every_locale() {
    let (site, _) = fixture::site();
    let codes = scheduling::refusal::Refusal::ALL.iter().map(|refusal| refusal.code()).chain(["page_gone"]);
    for code in codes {
        for part in ["title", "detail"] {
            let key = format!("endpoint.refusal.{code}.{part}");
            for (locale, words) in &site.words {
                assert!(words.messages.contains_key(&key), "{locale} lacks {key}");
            }
        }
    }
}

/// A host's request with a field that nobody reads.
#[tokio::test]
async fn a_misspelt_field_of_a_host_does_nothing_else() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book("2026-11-25T01:00:00Z")).await);
    let act = |act: &str| format!("bookings/{}/{act}", booked.id);
    let key = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    let headers = [("content-type", "application/json"), ("authorization", key.as_str())];
    for (path, known) in [
        (act("accept"), "start"),
        (act("decline"), "start"),
        (act("cancel"), "reason"),
        (act("reschedule"), "start, from, follows_calendar"),
        (act("outcome"), "outcome, associations"),
        (act("refund"), "amount, refundable, reason"),
        (act("alike/cancel"), "by, as_of, reason"),
        (act("put-back"), "start, end"),
        (act("leave-copy"), "start, end"),
        ("session".to_owned(), "key"),
        ("session/end".to_owned(), "id, others, everywhere"),
        ("invites/withdraw".to_owned(), "invite"),
    ] {
        let told = trial.post(&format!("/api/host/{path}"), &headers, "{\"everyone\":true}").await;
        let message = format!("There is no field of this name here. It can be: {known}.");
        assert_problem(&told, &invalid(&[("everyone", &message)]));
    }
    let kept = trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await;
    assert_eq!((kept.status, &kept.json()["booking"]["status"]), (200, &json!("confirmed")), "{}", kept.body);
}

/// A visitor's request with a field that means nothing there, or a price that is none.
#[tokio::test]
async fn what_a_visitors_program_means_is_not_guessed() {
    let trial = Trial::start();
    let mut wish = book("2026-11-25T01:00:00Z");
    wish["price"] = json!(8000);
    let message = "Give `price` as an object with `amount`, in the currency’s smallest unit, and `currency`.";
    assert_problem(&trial.post_json("/api/bookings", &wish).await, &invalid(&[("price", message)]));
    let booked = trial.booked(&trial.post_json("/api/bookings", &book("2026-11-25T01:00:00Z")).await);
    let token = format!("Bearer {}", booked.token);
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    for act in ["confirm", "pay"] {
        let path = format!("/api/bookings/{}/{act}", booked.id);
        let told = trial.post(&path, &headers, "{\"everyone\":true}").await;
        let message = "There is no field of this name here. It can be: token.";
        assert_problem(&told, &invalid(&[("everyone", message)]));
    }
}
