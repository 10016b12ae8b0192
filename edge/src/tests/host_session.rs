//! A host's session and feed: signed in once on a device, known there by a cookie, ended by hand, by time, and with the
//! key.

use scheduling::definition::{HostDefinition, SiteDefinition};
use serde_json::{Value, json};

use super::fixture::{self, BASE_URL};
use super::harness::{Booked, NOW, Told, Trial, WEDNESDAY_NINE_SECONDS, WEDNESDAY_TEN, book, is_worker};

const COOKIE: &str = "__Host-daymark_host";

/// The result of signing in.
struct SignedIn {
    told: Told,
    /// The cookie, as the browser sends it.
    cookie: String,
}

async fn sign_in(trial: &Trial) -> SignedIn {
    let key = trial.secrets().host_key("aiko", 1);
    let told = trial.post_json("/api/host/session", &json!({ "key": format!(" {key}\n") })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let set = told.header("set-cookie").to_owned();
    let (cookie, rest) = set.split_once(';').unwrap();
    assert_eq!(rest, " Path=/; Max-Age=1209600; HttpOnly; SameSite=Strict; Secure");
    let random = cookie.strip_prefix(&format!("{COOKIE}=aiko.")).unwrap_or_else(|| panic!("{set}"));
    assert_eq!(random.len(), 22);
    SignedIn { cookie: format!("other=1; {cookie}"), told }
}

async fn get(trial: &Trial, path: &str, cookie: &str) -> Told {
    let request = http::Request::get(path).header("cookie", cookie);
    trial.send(request.body(bytes::Bytes::new()).unwrap()).await
}

/// Posts as a page of the site does.
async fn post(trial: &Trial, path: &str, cookie: &str, body: &Value) -> Told {
    let headers = [("cookie", cookie), ("origin", BASE_URL), ("content-type", "application/json")];
    trial.post(path, &headers, &body.to_string()).await
}

#[track_caller]
fn refused(told: &Told, status: u16, code: &str) {
    assert_eq!((told.status, &told.json()["code"]), (status, &json!(code)), "{}", told.body);
}

/// The fixture's site, whose introductory calls are requests.
fn with_requests() -> (SiteDefinition, Vec<HostDefinition>) {
    let (site, mut hosts) = fixture::site();
    hosts[0].meetings.get_mut("intro").unwrap().approval_within_minutes = Some(24 * 60);
    (site, hosts)
}

async fn requested(trial: &Trial) -> Booked {
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    assert_eq!(told.status, 202, "{}", told.body);
    trial.booked(&Told { status: 201, ..told })
}

#[tokio::test]
async fn a_key_is_shown_once_on_a_device() {
    let trial = Trial::start();
    let signed_in = sign_in(&trial).await;
    let told = signed_in.told.json();
    assert_eq!(told["host"], json!({ "folder": "aiko", "name": "Aiko Tanaka", "time_zone": "Asia/Tokyo" }));
    let expires_at = told["expires_at"].as_str().unwrap();
    assert!(
        expires_at.starts_with("2026-12-07T23:59:") || expires_at.starts_with("2026-12-08T00:0"),
        "{expires_at}"
    );
    assert!(
        told["feed_url"]
            .as_str()
            .unwrap()
            .starts_with("https://meet.example.com/api/host/calendar.ics?token=aiko.")
    );
    assert_eq!(told["mail"], json!(false));
    let intro = &told["pages"]["aiko/intro"];
    assert_eq!((&intro["title"], &intro["questions"]), (&json!("Introductory call"), &json!([])));
    let part = json!({ "id": "part", "label": "The part", "options": { "data": "Data", "code": "Code" }, "phone": false });
    assert_eq!(told["pages"]["aiko/review"]["questions"][2], part);
    assert_eq!(told["pages"]["aiko/review"]["questions"][5]["phone"], json!(true));
    let shown = get(&trial, "/api/host/session", &signed_in.cookie).await;
    assert_eq!((shown.status, shown.json(), shown.header("set-cookie")), (200, told, ""));
    assert_eq!(shown.header("cache-control"), "no-store");
    let bookings = get(&trial, "/api/host/bookings", &signed_in.cookie).await;
    assert_eq!(bookings.json(), json!({ "bookings": [], "more": false, "after": null }));
    let japanese = get(&trial, "/api/host/session?locale=ja", &signed_in.cookie).await;
    assert_eq!(japanese.json()["pages"]["aiko/intro"]["title"], json!("初回のご相談"));
    let key = trial.secrets().host_key("aiko", 1);
    let told = trial.get_as("/api/host/session", &key).await;
    assert_eq!((told.status, &told.json()["expires_at"]), (200, &Value::Null), "a program needs no session");
    let bearer = format!("Bearer {key}");
    let told = trial.post("/api/host/session", &[("authorization", &bearer)], "").await;
    assert_eq!(told.status, 200);
    assert!(told.header("set-cookie").starts_with(COOKIE));
}

#[tokio::test]
async fn what_is_no_key_opens_nothing() {
    let trial = Trial::start();
    let secrets = trial.secrets();
    for key in [
        "",
        "aiko",
        "aiko.x",
        &secrets.host_key("aiko", 2),
        &secrets.host_key("nobody", 1),
        &secrets.feed_token("aiko", 1),
    ] {
        let told = trial.post_json("/api/host/session", &json!({ "key": key })).await;
        refused(&told, 401, "key_refused");
        assert_eq!(told.header("set-cookie"), "", "{key}");
        assert_eq!(told.json()["title"], "This key is not valid");
        assert_eq!(
            told.json()["detail"],
            "It may be incomplete or revoked. `generator token` prints the current one; programs send it as a Bearer token."
        );
    }
    for cookie in ["", "aiko", "aiko.", "aiko.AAAAAAAAAAAAAAAAAAAAAA", "nobody.AAAAAAAAAAAAAAAAAAAAAA"] {
        let cookie = format!("{COOKIE}={cookie}");
        refused(&get(&trial, "/api/host/session", &cookie).await, 401, "key_refused");
        refused(&get(&trial, "/api/host/bookings", &cookie).await, 401, "key_refused");
        refused(&post(&trial, "/api/host/session", &cookie, &json!({})).await, 401, "key_refused");
        refused(&post(&trial, "/api/host/session/end", &cookie, &json!({})).await, 401, "key_refused");
    }
    let signed_in = sign_in(&trial).await;
    let jonas = signed_in.cookie.replace("aiko.", "jonas.");
    refused(&get(&trial, "/api/host/bookings", &jonas).await, 401, "key_refused");
    let without_prefix = signed_in.cookie.replace("__Host-", "");
    refused(&get(&trial, "/api/host/bookings", &without_prefix).await, 401, "key_refused");
    let key = trial.secrets().host_key("aiko", 2);
    refused(&trial.get_as("/api/host/bookings", &key).await, 401, "key_refused");
}

/// A browser sends the cookie for anyone who asks it to; only a page of the site may change anything with it.
#[tokio::test]
async fn other_sites_change_nothing_with_the_cookie() {
    let (site, hosts) = with_requests();
    let trial = Trial::of(&site, &hosts);
    let signed_in = sign_in(&trial).await;
    let booked = requested(&trial).await;
    let accept = format!("/api/host/bookings/{}/accept", booked.id);
    for path in
        [accept.as_str(), "/api/host/session/end", "/api/host/deliveries/x/replay", "/api/host/session"]
    {
        let told = trial.post(path, &[("cookie", &signed_in.cookie)], "").await;
        refused(&told, 403, "origin_refused");
        for origin in ["https://evil.example", "null"] {
            let told = trial.post(path, &[("cookie", &signed_in.cookie), ("origin", origin)], "").await;
            refused(&told, 403, "origin_refused");
        }
    }
    let told = post(&trial, &accept, &signed_in.cookie, &json!({})).await;
    assert_eq!((told.status, &told.json()["booking"]["status"]), (200, &json!("confirmed")));
}

#[tokio::test]
async fn a_session_is_ended_here_or_everywhere() {
    let trial = Trial::start();
    let [phone, desk] = [sign_in(&trial).await, sign_in(&trial).await];
    assert_ne!(phone.cookie, desk.cookie);
    for wrong in [
        json!({ "everywhere": 1 }),
        json!({ "everywhere": "yes" }),
        json!({ "others": "true" }),
        json!({ "id": 5 }),
        json!({ "others": [] }),
    ] {
        refused(&post(&trial, "/api/host/session/end", &phone.cookie, &wrong).await, 422, "invalid_field");
    }
    let told = post(&trial, "/api/host/session/end", &phone.cookie, &json!({})).await;
    assert_eq!((told.status, told.json()), (200, json!({ "ended": true })));
    assert_eq!(
        told.header("set-cookie"),
        "__Host-daymark_host=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
    );
    refused(&get(&trial, "/api/host/session", &phone.cookie).await, 401, "key_refused");
    refused(&post(&trial, "/api/host/session", &phone.cookie, &json!({})).await, 401, "key_refused");
    assert_eq!(get(&trial, "/api/host/session", &desk.cookie).await.status, 200);
    let phone = sign_in(&trial).await;
    let told = post(&trial, "/api/host/session/end", &phone.cookie, &json!({ "everywhere": true })).await;
    assert_eq!(told.status, 200);
    for cookie in [phone.cookie, desk.cookie] {
        refused(&get(&trial, "/api/host/session", &cookie).await, 401, "key_refused");
    }
}

/// Renewed by a POST, at most once an hour: looking changes nothing.
#[tokio::test]
async fn a_session_lasts_two_weeks_and_longer_where_it_is_used() {
    let trial = Trial::start();
    let signed_in = sign_in(&trial).await;
    let cookie = signed_in.cookie;
    let first = signed_in.told.json()["expires_at"].clone();
    let told = post(&trial, "/api/host/session", &cookie, &json!({})).await;
    assert_eq!((told.status, &told.json()["expires_at"], told.header("set-cookie")), (200, &first, ""));

    let trial = trial.again_at("2026-12-06T00:00:00Z");
    let told = post(&trial, "/api/host/session", &cookie, &json!({})).await;
    assert!(told.json()["expires_at"].as_str().unwrap().starts_with("2026-12-20T00:0"), "{}", told.body);
    assert!(told.header("set-cookie").contains("Max-Age=1209600"));

    let trial = trial.again_at("2026-12-19T23:59:00Z");
    assert_eq!(get(&trial, "/api/host/session", &cookie).await.status, 200);
    let trial = trial.again_at("2026-12-20T00:10:00Z");
    refused(&get(&trial, "/api/host/session", &cookie).await, 401, "key_refused");
    refused(&post(&trial, "/api/host/session", &cookie, &json!({})).await, 401, "key_refused");
}

#[tokio::test]
async fn raising_the_keys_version_ends_sessions_and_feeds() {
    let trial = Trial::start();
    let signed_in = sign_in(&trial).await;
    let feed = path_of_feed(&signed_in.told);
    let (site, mut hosts) = fixture::site();
    hosts[0].key_version = 2;
    fixture::write(&trial.directory.path().join("dist"), &site, &hosts);
    let trial = trial.again_at(NOW);
    refused(&get(&trial, "/api/host/session", &signed_in.cookie).await, 401, "key_refused");
    refused(&trial.get(&feed).await, 404, "not_found");
    let key = trial.secrets().host_key("aiko", 2);
    let told = trial.post_json("/api/host/session", &json!({ "key": key })).await;
    assert_eq!(told.status, 200);
    assert_ne!(path_of_feed(&told), feed);
}

#[tokio::test]
async fn keys_are_not_tried_without_end() {
    if is_worker() {
        // There, the platform counts attempts, and workerd by itself has no such binding.
        return;
    }
    let (mut site, hosts) = fixture::site();
    site.limits.bookings_per_minute = 20;
    let trial = Trial::of(&site, &hosts);
    let mut last = 0;
    for _ in 0..25 {
        let told = trial.post_json("/api/host/session", &json!({ "key": "aiko.x" })).await;
        last = told.status;
        if last == 429 {
            assert_ne!(told.header("retry-after"), "");
            break;
        }
    }
    assert_eq!(last, 429);
}

/// To choose another time, the host sees what is free without the booking, as the visitor does.
#[tokio::test]
async fn a_host_sees_what_is_free_without_a_booking() {
    let trial = Trial::start();
    let signed_in = sign_in(&trial).await;
    let nine = "2026-11-25T00:00:00Z";
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(nine)).await);
    let path = format!("/api/availability/aiko/intro?booking={}", booked.id);
    let told = get(&trial, &path, &signed_in.cookie).await;
    assert_eq!((told.status, told.header("cache-control")), (200, "no-store"), "{}", told.body);
    assert!(told.json()["slots"].as_array().unwrap().contains(&json!(WEDNESDAY_NINE_SECONDS)));
    let secrets = trial.secrets();
    assert_eq!(trial.get_as(&path, &secrets.host_key("aiko", 1)).await.status, 200);
    refused(&trial.get_as(&path, &secrets.host_key("jonas", 1)).await, 404, "not_found");
    refused(&trial.get(&path).await, 404, "not_found");
}

fn path_of_feed(told: &Told) -> String {
    told.json()["feed_url"].as_str().unwrap().strip_prefix(BASE_URL).unwrap().to_owned()
}

#[tokio::test]
async fn the_feed_holds_what_is_booked() {
    let (site, hosts) = with_requests();
    let trial = Trial::of(&site, &hosts);
    let signed_in = sign_in(&trial).await;
    let path = path_of_feed(&signed_in.told);
    let empty = trial.get(&path).await;
    assert_eq!(
        empty.body.lines().collect::<Vec<_>>(),
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Daymark//Daymark//EN",
            "METHOD:PUBLISH",
            "NAME:Bookings of Aiko Tanaka",
            "X-WR-CALNAME:Bookings of Aiko Tanaka",
            "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
            "X-PUBLISHED-TTL:PT15M",
            "END:VCALENDAR",
        ]
    );
    let booked = requested(&trial).await;
    let told = trial.get(&path).await;
    assert_eq!((told.status, told.header("content-type")), (200, "text/calendar; charset=utf-8"));
    assert_eq!(told.header("cache-control"), "private, no-cache");
    let text = told.body.replace("\r\n ", "");
    assert!(text.contains("\r\nSUMMARY:Requested by Mara Lind: Introductory call\r\n"), "{text}");
    assert!(text.contains("\r\nSTATUS:TENTATIVE\r\n"), "{text}");
    let description = format!(
        "\r\nDESCRIPTION:Mara Lind\\, mara@example.org\\n\\nWhere: https://meet.example.com/rooms/aiko\\n\\n\
         Answer\\, move or cancel:\\nhttps://meet.example.com/host/#booking/{}\r\n",
        booked.id
    );
    assert!(text.contains(&description), "{text}");
    let tag = told.header("etag").to_owned();
    let request = http::Request::get(&path).header("if-none-match", &tag);
    assert_eq!(trial.send(request.body(bytes::Bytes::new()).unwrap()).await.status, 304);

    post(&trial, &format!("/api/host/bookings/{}/accept", booked.id), &signed_in.cookie, &json!({})).await;
    let told = trial.get(&path).await;
    assert_ne!(told.header("etag"), tag);
    assert!(told.body.contains("\r\nSUMMARY:Mara Lind: Introductory call\r\n"), "{}", told.body);
    assert!(told.body.contains("\r\nSTATUS:CONFIRMED\r\n"), "{}", told.body);
    post(&trial, &format!("/api/host/bookings/{}/cancel", booked.id), &signed_in.cookie, &json!({})).await;
    assert_eq!(trial.get(&path).await.body, empty.body);
    for wrong in ["", "?token=", "?token=aiko.x", "?token=nobody.x"] {
        refused(&trial.get(&format!("/api/host/calendar.ics{wrong}")).await, 404, "not_found");
    }
    let key = trial.secrets().host_key("aiko", 1);
    refused(&trial.get(&format!("/api/host/calendar.ics?token={key}")).await, 404, "not_found");
}
