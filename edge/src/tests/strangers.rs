//! Strangers: what addresses that have proven nothing may hold, and how a booking is confirmed by email.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::definition::{HostDefinition, Location, Mail, MailTransport, SiteDefinition};
use scheduling::mail::Sender;
use scheduling::token::{BookingId, Purpose};
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Told, Trial, book, is_worker};
use super::payments::Shop;

/// A site that bounds strangers. It sends email to a provider who is not there.
pub(super) fn bounded() -> (SiteDefinition, Vec<HostDefinition>) {
    let (mut site, hosts) = fixture::site();
    site.limits.bound_strangers = true;
    site.mail = Some(Mail {
        from: Sender::parse("Example & Co. <hello@example.com>").unwrap(),
        transport: MailTransport::Api {
            url: "https://mail.invalid/".to_owned(),
            headers: std::collections::BTreeMap::new(),
            body: serde_json::Map::new(),
            secret: "MAIL_KEY".to_owned(),
        },
    });
    (site, hosts)
}

fn trial() -> Trial {
    let (site, hosts) = bounded();
    Trial::of(&site, &hosts)
}

/// The n-th of some starts that leave room for each other's buffers, and for the page's limit: three on each day.
fn start(number: usize) -> String {
    format!("2026-11-{}T0{}:00:00Z", 25 + number / 3, number % 3)
}

pub(super) fn by(number: usize, email: &str) -> Value {
    let mut body = book(&start(number));
    body["contact"]["email"] = json!(email);
    body
}

/// Three strangers book; the fourth is asked to confirm.
pub(super) async fn asked(trial: &Trial) -> Told {
    for number in 0..3 {
        let told = trial.post_json("/api/bookings", &by(number, &format!("s{number}@example.org"))).await;
        assert_eq!(told.status, 201, "an ordinary visitor notices nothing: {}", told.body);
    }
    let told = trial.post_json("/api/bookings", &by(3, "mara@example.org")).await;
    assert_eq!(told.status, 202, "{}", told.body);
    told
}

/// The id, the token of the answer, and that of the email.
fn tokens(trial: &Trial, told: &Told) -> (String, String, String) {
    let answer = told.json();
    let id = answer["booking"]["id"].as_str().unwrap().to_owned();
    let own = answer["manage_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let end: DateTime<Utc> = answer["booking"]["end"].as_str().unwrap().parse().unwrap();
    let expires = (end + TimeDelta::days(400)).timestamp();
    let mailed = trial.secrets().booking_token(&BookingId::parse(&id).unwrap(), Purpose::Mailed, expires);
    (id, own, mailed)
}

#[tokio::test]
async fn those_of_one_network_wait_together() {
    if is_worker() {
        return;
    }
    let trial = trial();
    asked(&trial).await;
    let book_from = async |address: &str, number: usize| {
        let request = http::Request::post("/api/bookings").header("content-type", "application/json");
        let body = by(number, &format!("s{number}@example.org")).to_string();
        trial.send_from(address, request.body(body.into()).unwrap()).await.status
    };
    for (number, subnet) in (4..).zip(["1", "2", "ff00"]) {
        assert_eq!(book_from(&format!("2001:db8:1:{subnet}::{number}"), number).await, 202);
    }
    assert_eq!(book_from("2001:db8:1:abcd::1", 7).await, 429);
    assert_eq!(book_from("2001:db8:2::1", 8).await, 202, "another network");
}

#[tokio::test]
async fn the_fourth_stranger_of_an_hour_confirms_by_email() {
    let trial = trial();
    let told = asked(&trial).await;
    let booking = &told.json()["booking"];
    assert_eq!(booking["status"], "awaiting_confirmation");
    let made_at: DateTime<Utc> = booking["created_at"].as_str().unwrap().parse().unwrap();
    let until = (made_at + TimeDelta::minutes(30)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    assert_eq!(booking["confirm_until"], until);
    let (id, own, mailed) = tokens(&trial, &told);
    assert_eq!(trial.stored("aiko").await, 3, "the host does not see it yet");

    let page = trial.get(&format!("/booking/{id}/{own}")).await;
    let text = page.text();
    assert!(text.contains("\nPlease confirm by email\nWe have sent you an email, Mara Lind. Use the link in it to confirm by "), "{text}");
    assert!(text.contains(", or the time will be free again.\nMeeting\n"), "{text}");
    let confirm = format!("/api/bookings/{id}/confirm");
    assert!(!page.body.contains(&confirm), "who has only the answer cannot confirm it");
    let bearer = format!("Bearer {own}");
    let refused = trial.post(&confirm, &[("authorization", &bearer)], "").await;
    assert_eq!((refused.status, refused.json()["code"].as_str().unwrap()), (409, "not_confirmed"));
    let nobodys = trial.post(&confirm, &[("authorization", "Bearer 1800000000-x")], "").await;
    assert_eq!(nobodys.status, 404);

    let page = trial.get(&format!("/booking/{id}/{mailed}")).await;
    assert!(
        page.text().contains("\nConfirm this meeting\nWe are holding this time for you until "),
        "{}",
        page.text()
    );
    assert!(page.text().contains("\nConfirm the meeting\n"));
    let status = |told: &Told| told.json()["booking"]["status"].as_str().unwrap().to_owned();
    let seen = trial.get_as(&format!("/api/bookings/{id}"), &own).await;
    assert_eq!(status(&seen), "awaiting_confirmation", "opening a page changes nothing");
    let told = trial.post_form(&confirm, &[("token", &mailed)]).await;
    assert_eq!((told.status, told.header("location")), (303, format!("/booking/{id}/{mailed}").as_str()));
    let page = trial.get(told.header("location")).await;
    assert!(page.text().contains("\nYou are booked\n"), "{}", page.text());
    assert_eq!(trial.stored("aiko").await, 4);
    let again = trial.post(&confirm, &[("authorization", &format!("Bearer {mailed}"))], "").await;
    assert_eq!((again.status, status(&again).as_str()), (200, "confirmed"), "a second click");

    let known = trial.post_json("/api/bookings", &by(4, "Mara+again@example.org")).await;
    assert_eq!(known.status, 201, "the address has proven itself: {}", known.body);
}

#[tokio::test]
async fn a_program_that_confirms_what_costs_something_is_told_where_it_is_paid() {
    for is_away in [false, true] {
        let shop = Shop::with(|site, _| {
            let (bounded, _) = bounded();
            (site.mail, site.limits.bound_strangers) = (bounded.mail, true);
        });
        let trial = &shop.trial;
        for number in 0..3 {
            let told = trial.post_json("/api/bookings", &by(number, &format!("s{number}@example.org"))).await;
            assert_eq!(told.status, 201, "{}", told.body);
        }
        let mut wish = by(3, "mara@example.org");
        wish["page"] = json!("aiko/paid");
        wish["price"] = json!({ "amount": 5000, "currency": "JPY" });
        let told = trial.post_json("/api/bookings", &wish).await;
        assert_eq!(told.status, 202, "{}", told.body);
        let (id, _, mailed) = tokens(trial, &told);
        let (path, bearer) = (format!("/api/bookings/{id}/confirm"), format!("Bearer {mailed}"));
        let confirm = async || trial.post(&path, &[("authorization", &bearer)], "").await;
        if is_away {
            let away = json!({ "call": "create", "answer": 503, "after_doing": false, "times": 1 });
            shop.switch(&json!({ "troubles": [away] }));
            let told = confirm().await;
            assert_eq!((told.status, &told.json()["code"]), (503, &json!("payment_unavailable")));
            let seen = trial.get_as(&format!("/api/bookings/{id}"), &mailed).await.json();
            assert_eq!(seen["booking"]["status"], "awaiting_payment", "it is confirmed all the same");
        }
        let told = confirm().await;
        assert_eq!(told.status, 200, "{}", told.body);
        let answer = told.json();
        assert_eq!(answer["booking"]["status"], "awaiting_payment");
        let checkout_url = answer["checkout_url"].as_str().unwrap();
        assert_eq!(json!(checkout_url), shop.state()["sessions"][0]["url"]);
        let again = confirm().await;
        assert_eq!(
            (again.status, &again.json()["checkout_url"]),
            (200, &json!(checkout_url)),
            "a second click"
        );
    }
}

#[tokio::test]
async fn a_plain_form_leads_to_the_page_that_says_so() {
    let trial = trial();
    asked(&trial).await;
    let fields = [
        ("page", "aiko/intro"),
        ("start", &start(4)),
        ("duration_minutes", "30"),
        ("time_zone", "Asia/Tokyo"),
        ("locale", "ja"),
        ("contact.name", "真麻"),
        ("contact.email", "maasa@example.org"),
    ];
    let told = trial.post_form("/api/bookings", &fields).await;
    assert_eq!(told.status, 303, "{}", told.body);
    let page = trial.get(told.header("location")).await;
    let text = page.text();
    assert!(text.contains("\nメールをご確認ください\n真麻様、確認のメールをお送りしました。"), "{text}");
    let until =
        "までに、メールのリンクから予約を確定してください。確定されない場合、この時間は空きに戻ります。\n";
    assert!(text.contains(until), "{text}");
}

#[tokio::test]
async fn what_is_done_by_the_link_of_an_email_proves_the_address() {
    let trial = trial();
    let told = trial.post_json("/api/bookings", &by(0, "mara@example.org")).await;
    let (id, _, mailed) = tokens(&trial, &told);
    let body = json!({ "start": start(6) }).to_string();
    let headers =
        [("authorization", format!("Bearer {mailed}")), ("content-type", "application/json".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let moved = trial.post(&format!("/api/bookings/{id}/reschedule"), &headers, &body).await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    for number in 0..5 {
        let told = trial.post_json("/api/bookings", &by(number, "mara@example.org")).await;
        assert_eq!(told.status, 201, "{}", told.body);
    }
}

#[tokio::test]
async fn without_email_the_fourth_of_a_network_waits() {
    let (mut site, hosts) = bounded();
    site.mail = None;
    let trial = Trial::of(&site, &hosts);
    for number in 0..3 {
        let told = trial.post_json("/api/bookings", &by(number, &format!("s{number}@example.org"))).await;
        assert_eq!(told.status, 201, "{}", told.body);
    }
    let told = trial.post_json("/api/bookings", &by(3, "mara@example.org")).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (429, "too_many_requests"));
    assert_eq!(told.header("retry-after"), "3600");
    if is_worker() {
        return;
    }
    let other = attempt(&trial, "198.51.100.7", &by(3, "mara@example.org")).await;
    assert_eq!(other, 201, "another network");
}

async fn attempt(trial: &Trial, address: &str, body: &Value) -> u16 {
    let request = http::Request::post("/api/bookings").header("content-type", "application/json");
    let request = request.body(bytes::Bytes::from(body.to_string())).unwrap();
    trial.app().answer_endpoint(request, Some(address.parse().unwrap())).await.status().as_u16()
}

/// The starts that a page offers in the seven days from now.
async fn offered(trial: &Trial, page: &str, now: DateTime<Utc>) -> BTreeSet<i64> {
    let until = (now + TimeDelta::days(7)).timestamp();
    let told = trial.get(&format!("/api/availability/{page}")).await;
    let slots = told.json()["slots"].as_array().unwrap().clone();
    slots.iter().filter_map(Value::as_i64).filter(|start| *start < until).collect()
}

/// The number to reach: with two network addresses and one mailbox, which confirms nothing, at most a tenth of a page's
/// next seven days is held for good, on any of a host's pages, at any time, and however the mailbox is written.
#[tokio::test]
async fn two_networks_and_one_mailbox_hold_a_tenth_of_a_week_for_good() {
    if is_worker() {
        return;
    }
    let (site, hosts) = bounded();
    let trial = Trial::of(&site, &hosts);
    let mut now: DateTime<Utc> = super::harness::NOW.parse().unwrap();
    let mut number = 0;
    let mut taken = 0;
    for _ in 0..12 {
        let told = trial.get("/api/availability/aiko/intro").await;
        let slots = told.json()["slots"].as_array().unwrap().clone();
        for (address, slot) in
            slots.iter().enumerate().map(|(index, slot)| (index % 2, slot.as_i64().unwrap()))
        {
            number += 1;
            let start = DateTime::from_timestamp(slot, 0).unwrap();
            let mut body = book(&start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            let email = if number % 3 == 0 {
                format!("mallory+{number}@example.net")
            } else {
                format!("x{number}@example.net")
            };
            body["contact"]["email"] = json!(email);
            let address = ["198.51.100.7", "2001:db8:1:2::3"][address];
            taken += u32::from(attempt(&trial, address, &body).await == 201);
        }
        trial.pass(17 * 3600);
        now += TimeDelta::hours(17);
        // Whatever was held for a while is free again.
        trial.carry_out();
        let left = offered(&trial, "aiko/intro", now).await;
        let all = {
            let told = Trial::of(&site, &hosts)
                .again_at(&now.to_rfc3339())
                .get("/api/availability/aiko/intro")
                .await;
            let until = (now + TimeDelta::days(7)).timestamp();
            let slots = told.json()["slots"].as_array().unwrap().clone();
            slots.iter().filter_map(Value::as_i64).filter(|start| *start < until).count()
        };
        assert!(left.len() * 10 >= all * 9, "{} of {all} are left at {now}", left.len());
    }
    assert!(taken > 6, "the page still takes strangers: {taken} of {number}");
}

/// A booking with every field filled.
fn full(number: usize) -> Value {
    let mut body = super::harness::book_review("2026-11-30T01:00:00Z");
    let wide = |most: usize| "\u{5b57}".repeat(most);
    body["contact"] = json!({ "name": wide(200), "email": format!("x{number}@example.net") });
    body["guests"] = (0..10).map(|guest| format!("{}{guest}@example.net", "g".repeat(60))).collect();
    body["location"] = json!(wide(500));
    body["answers"]["document"] = json!(wide(500));
    body["answers"]["topic"] = json!(wide(5000));
    body["tracking"] = json!({ "partner": wide(500), "utm_campaign": wide(500), "utm_source": wide(500) });
    body
}

fn bytes_below(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(
            |entry| {
                if entry.path().is_dir() {
                    bytes_below(&entry.path())
                } else {
                    entry.metadata().unwrap().len()
                }
            },
        )
        .sum()
}

/// The disk that one network fills in a day by booking and cancelling every five minutes, with every field filled: what
/// comes more often is refused.
#[tokio::test]
async fn booking_and_cancelling_without_end_fills_no_disk() {
    if is_worker() {
        return;
    }
    let (site, mut hosts) = bounded();
    hosts[0].webhooks.push(scheduling::definition::Webhook {
        url: "https://hooks.invalid/".to_owned(),
        secret: vec!["HOOK".to_owned()],
        events: vec!["*".to_owned()],
    });
    let trial = Trial::of(&site, &hosts);
    let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
    for number in 0..300 {
        let told = trial.post_json("/api/bookings", &full(number)).await;
        *statuses.entry(told.status).or_default() += 1;
        let booked = told.json();
        let id = booked["booking"]["id"].as_str().unwrap_or_else(|| panic!("{}", told.body));
        let token = booked["manage_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let reason = json!({ "reason": "\u{5b57}".repeat(1000) }).to_string();
        let told = trial.post(&format!("/api/bookings/{id}/cancel"), &headers, &reason).await;
        assert_eq!(told.status, 200, "{}", told.body);
        trial.pass(300);
    }
    assert_eq!(statuses, [(201, 75), (202, 225)].into());
    let bytes = bytes_below(&trial.directory.path().join("data"));
    assert!(bytes < 20_000_000, "{bytes} bytes in 25 hours");
}

/// What has a price keeps the link to the call, or the number, until it is paid, also once it was let go of.
#[tokio::test]
async fn who_cancels_what_they_have_neither_confirmed_nor_paid_never_reads_where_it_would_have_been() {
    for (location, secret) in [
        (Location::Video("https://meet.example.com/rooms/paid".to_owned()), "rooms/paid"),
        (Location::Phone("+81 3 5555 0123".to_owned()), "5555"),
    ] {
        let (site, mut hosts) = bounded();
        hosts[0].meetings.get_mut("paid").unwrap().location = location;
        let trial = Trial::of(&site, &hosts);
        for number in 0..3 {
            trial.post_json("/api/bookings", &by(number, &format!("s{number}@example.org"))).await;
        }
        let mut wish = by(3, "mara@example.org");
        wish["page"] = json!("aiko/paid");
        wish["price"] = json!({ "amount": 5000, "currency": "JPY" });
        let told = trial.post_json("/api/bookings", &wish).await;
        assert_eq!(told.status, 202, "{}", told.body);
        let (id, own, _) = tokens(&trial, &told);
        let bearer = format!("Bearer {own}");
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        let cancelled = trial.post(&format!("/api/bookings/{id}/cancel"), &headers, "{}").await;
        assert_eq!(cancelled.status, 200, "{}", cancelled.body);
        let seen = trial.get_as(&format!("/api/bookings/{id}"), &own).await;
        assert_eq!(seen.json()["booking"]["status"], "cancelled");
        for body in
            [told.body, cancelled.body, seen.body, trial.get(&format!("/booking/{id}/{own}")).await.body]
        {
            assert!(!body.contains(secret), "{body}");
        }
    }
}
