//! What strangers can cause to be sent to somebody: the whole way from bookings to a stand-in of a mail provider.

use std::collections::BTreeMap;
use std::time::Duration;

use acceptance::receiver::Receiver;
use base64ct::{Base64, Encoding as _};
use scheduling::definition::{HostDefinition, Mail, MailTransport, SiteDefinition};
use scheduling::mail::Sender;
use scheduling::outbox::{MOST_MAILS_AN_HOUR, TOO_MANY_MAILS, UNDONE};
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Booked, MAIL_SECRET, Trial, book};
use super::mail::object;

/// A site whose mails go to a receiver.
fn trial(receiver: &Receiver) -> Trial {
    trial_of(receiver, fixture::site())
}

fn trial_of(receiver: &Receiver, (mut site, hosts): (SiteDefinition, Vec<HostDefinition>)) -> Trial {
    let body = json!({
        "to": "{to}", "subject": "{subject}", "text": "{text}", "method": "{method}", "invitation": "{invitation}",
        "headers": { "unsubscribe": "{list_unsubscribe}" },
    });
    let transport = MailTransport::Api {
        url: receiver.url("mails"),
        headers: BTreeMap::new(),
        body: object(body),
        secret: MAIL_SECRET.to_owned(),
    };
    site.mail = Some(Mail { from: Sender::parse("hello@example.com").unwrap(), transport });
    let trial = Trial::of(&site, &hosts);
    trial.carry_out();
    trial
}

/// The mails that came to addresses that begin so.
fn mails(receiver: &Receiver, to: &str) -> Vec<Value> {
    let all = receiver.received();
    let mails = all.iter().map(|one| serde_json::from_str::<Value>(&one.body).unwrap());
    mails.filter(|mail| mail["to"].as_str().unwrap().to_lowercase().starts_with(to)).collect()
}

/// Waits until a condition holds.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never holds: {what}");
}

/// The mails to somebody, once nothing is on its way that is not held.
async fn settled(trial: &Trial, receiver: &Receiver, to: &str) -> Vec<Value> {
    until("nothing is on its way", async || {
        let mut waiting = deliveries(trial, "aiko", "pending").await;
        waiting.extend(deliveries(trial, "jonas", "pending").await);
        waiting.iter().all(|one| one["last_error"] == TOO_MANY_MAILS)
    })
    .await;
    mails(receiver, to)
}

/// What a mail brings for a calendar.
fn invitation(mail: &Value) -> String {
    String::from_utf8(Base64::decode_vec(mail["invitation"].as_str().unwrap()).unwrap()).unwrap()
}

/// The ids of the events in mails of that method.
fn uids(mails: &[Value], method: &str) -> Vec<String> {
    let of_method = mails.iter().filter(|mail| mail["method"] == method);
    let uid = of_method.map(|mail| {
        let text = invitation(mail);
        text.lines().find(|line| line.starts_with("UID:")).unwrap().to_owned()
    });
    let mut uids: Vec<String> = uid.collect();
    uids.sort();
    uids
}

/// A wish to book as somebody with either host; the number says when.
fn asked(number: usize, email: &str) -> Value {
    let (page, first) = if number.is_multiple_of(2) { ("aiko/intro", 1) } else { ("jonas/support", 9) };
    let day = 25 + number / 2 % 3;
    let mut body = book(&format!("2026-11-{day}T{:02}:00:00Z", first + number / 6));
    body["page"] = json!(page);
    body["contact"]["email"] = json!(email);
    body
}

async fn booked(trial: &Trial, number: usize, email: &str) -> Booked {
    trial.booked(&trial.post_json("/api/bookings", &asked(number, email)).await)
}

async fn cancel(trial: &Trial, booked: &Booked) {
    let bearer = format!("Bearer {}", booked.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = json!({ "reason": "BUY https://evil.example" }).to_string();
    let told = trial.post(&format!("/api/bookings/{}/cancel", booked.id), &headers, &body).await;
    assert_eq!(told.status, 200, "{}", told.body);
}

async fn deliveries(trial: &Trial, host: &str, state: &str) -> Vec<Value> {
    let key = trial.secrets().host_key(host, 1);
    let told = trial.get_as(&format!("/api/host/deliveries?state={state}"), &key).await;
    told.json()["deliveries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn one_recipient_gets_no_more_than_the_bound_however_often_it_is_booked_and_cancelled() {
    let receiver = Receiver::start();
    let trial = trial(&receiver);
    let spellings = [
        "mara@gmail.com",
        "MARA@Gmail.com",
        "mara+1@gmail.com",
        "m.a.r.a@gmail.com",
        "ma.ra+x@googlemail.com",
    ];
    for number in 0..20 {
        let booked = booked(&trial, number % 12, spellings[number % 5]).await;
        if number % 4 < 2 {
            // The mail may be on its way, or have left.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        cancel(&trial, &booked).await;
    }
    settled(&trial, &receiver, "m").await;
    // One that was on its way when its booking was cancelled may still arrive.
    until("what went out is taken back", async || {
        let mails = mails(&receiver, "m");
        uids(&mails, "REQUEST") == uids(&mails, "CANCEL")
    })
    .await;
    let mails = mails(&receiver, "m");
    assert!(!mails.is_empty() && mails.len() <= MOST_MAILS_AN_HOUR, "{}: {mails:#?}", mails.len());
    assert!(mails.iter().all(|mail| !mail.to_string().contains("evil.example")), "{mails:#?}");
}

#[tokio::test]
async fn mails_beyond_the_bound_wait_and_are_said() {
    let receiver = Receiver::start();
    let trial = trial(&receiver);
    let mut all = Vec::new();
    for number in [0, 2, 4, 1, 3] {
        all.push(booked(&trial, number, "mara@example.org").await);
        settled(&trial, &receiver, "mara").await;
    }
    assert_eq!(mails(&receiver, "mara").len(), 2, "each with a place for its cancellation");
    let others = booked(&trial, 5, "kim@example.org").await;
    assert_eq!(settled(&trial, &receiver, "kim").await.len(), 1, "nobody else waits");

    let page = async |booked: &Booked| trial.get(&booked.path).await.text();
    let held = concat!(
        "Too many emails have gone to mara@example.org today. ",
        "The one about this meeting has to wait, and might not be sent at all.",
    );
    for booked in &all[2..] {
        let text = page(booked).await;
        assert!(text.contains(held) && !text.contains("is on its way"), "{text}");
    }
    for booked in [&all[0], &others] {
        let text = page(booked).await;
        assert!(!text.contains("Too many emails") && text.contains("is on its way to"), "{text}");
    }
    let waiting = deliveries(&trial, "jonas", "pending").await;
    let reasons: Vec<&Value> = waiting.iter().map(|one| &one["last_error"]).collect();
    assert_eq!(reasons, [TOO_MANY_MAILS, TOO_MANY_MAILS], "{waiting:#?}");

    cancel(&trial, &all[3]).await;
    settled(&trial, &receiver, "mara").await;
    let ended = deliveries(&trial, "jonas", "ended").await;
    assert!(ended.iter().all(|one| one["last_error"] == UNDONE && one["booking"] == all[3].id), "{ended:#?}");
    assert_eq!((ended.len(), mails(&receiver, "mara").len()), (2, 2), "neither was sent: {ended:#?}");
    trial.pass(3600);
    // The couriers look at the clock when something happens.
    for number in [6, 7] {
        booked(&trial, number, "lena@example.org").await;
    }
    assert_eq!(settled(&trial, &receiver, "mara").await.len(), 4, "an hour later, the others");
    assert_eq!(deliveries(&trial, "jonas", "pending").await, Vec::<Value>::new());
}

/// Books as somebody new, with a guest.
async fn invited(trial: &Trial, number: usize, guest: &str) -> Booked {
    let mut body = asked(number, &format!("sam{number}@example.net"));
    body["guests"] = json!([guest]);
    trial.booked(&trial.post_json("/api/bookings", &body).await)
}

#[tokio::test]
async fn a_guest_gets_no_more_than_the_bound_and_what_went_out_is_taken_back() {
    let receiver = Receiver::start();
    let trial = trial(&receiver);
    let mut all = Vec::new();
    for number in 0..10 {
        all.push(invited(&trial, number, ["Ben@gmail.com", "be.n+1@googlemail.com"][number % 2]).await);
    }
    settled(&trial, &receiver, "be").await;
    assert_eq!(uids(&mails(&receiver, "be"), "REQUEST").len(), 2, "each with a place for its cancellation");
    let page = trial.get(&all[9].path).await.text();
    assert!(!page.contains("Too many emails"), "the visitor's own email has left: {page}");
    for booked in &all {
        cancel(&trial, booked).await;
    }
    settled(&trial, &receiver, "be").await;
    let mails = mails(&receiver, "be");
    assert_eq!(mails.len(), MOST_MAILS_AN_HOUR, "{mails:#?}");
    assert_eq!(uids(&mails, "REQUEST"), uids(&mails, "CANCEL"));
    for mail in &mails {
        let text = format!("{} {} {}", mail["subject"], mail["text"], invitation(mail));
        assert!(!text.contains("evil.example") && !text.contains("@example.net"), "{text}");
    }
}

/// What the host does is not a stranger's doing: whoever was told of a booking hears of it at once.
#[tokio::test]
async fn a_host_is_heard_by_those_who_know_of_the_booking() {
    let receiver = Receiver::start();
    let trial = trial(&receiver);
    let mut all = Vec::new();
    for number in [0, 2] {
        all.push(booked(&trial, number, "mara@example.org").await);
    }
    settled(&trial, &receiver, "mara").await;
    let bearer = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    for (booked, start) in all.iter().zip(["2026-12-02T03:00:00Z", "2026-12-03T03:00:00Z"]) {
        for (act, body) in [("reschedule", json!({ "start": start })), ("cancel", json!({ "reason": "Ill" }))]
        {
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let path = format!("/api/host/bookings/{}/{act}", booked.id);
            let told = trial.post(&path, &headers, &body.to_string()).await;
            assert_eq!(told.status, 200, "{}", told.body);
            settled(&trial, &receiver, "mara").await;
        }
    }
    let mails = mails(&receiver, "mara");
    assert_eq!(mails.len(), 6, "{mails:#?}");
    assert_eq!(mails.iter().filter(|mail| mail["text"].as_str().unwrap().contains("Reason: Ill")).count(), 2);
}

/// The link of a reminder, as a mail program or a person follows it.
#[tokio::test]
async fn reminders_are_switched_off_by_a_post_alone() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book("2026-11-25T01:00:00Z")).await);
    let id = scheduling::token::BookingId::parse(&booked.id).unwrap();
    let token = |expires| trial.secrets().booking_token(&id, scheduling::token::Purpose::Reminders, expires);
    let good = format!("/booking/{}/{}/reminders", booked.id, token(1_800_000_000));
    let expired = format!("/booking/{}/{}/reminders", booked.id, token(1_600_000_000));
    let of_page = format!("/booking/{}/{}/reminders", booked.id, booked.token);
    for wrong in [&expired, &of_page] {
        assert_eq!(trial.get(wrong).await.status, 404);
        assert_eq!(trial.post(wrong, &[], "List-Unsubscribe=One-Click").await.status, 404);
    }
    assert_eq!(trial.get(&good.replace("/reminders", "")).await.status, 404, "it opens nothing else");
    let is_on = async || {
        let text = trial.get(&good).await;
        assert_eq!(text.status, 200);
        text.body.contains("<form method=\"post\"")
    };
    // The fixture's page has no reminders, so the page says what is so.
    assert!(!is_on().await);
    let (site, mut hosts) = fixture::site();
    hosts[0].meetings.get_mut("intro").unwrap().reminders_minutes = vec![60];
    let trial = Trial::of(&site, &hosts);
    for (type_, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--",
        ),
        ("application/x-www-form-urlencoded", ""),
    ] {
        let day = if body.is_empty() {
            25
        } else if type_.starts_with('m') {
            26
        } else {
            27
        };
        let start = format!("2026-11-{day}T01:00:00Z");
        let booked = trial.booked(&trial.post_json("/api/bookings", &book(&start)).await);
        let id = scheduling::token::BookingId::parse(&booked.id).unwrap();
        let token = trial.secrets().booking_token(&id, scheduling::token::Purpose::Reminders, 1_800_000_000);
        let path = format!("/booking/{}/{token}/reminders", booked.id);
        let asked = trial.get(&path).await;
        let expected = "No more reminders?
No more reminders?
You have booked Introductory call with Aiko Tanaka. The meeting takes place either way.
Send no more reminders
";
        assert_eq!((asked.status, asked.text().as_str()), (200, expected), "opening it changes nothing");
        assert_eq!(trial.get(&path).await.text(), expected);
        let done = trial.post(&path, &[("content-type", type_)], body).await;
        let expected = "You will get no more reminders
You will get no more reminders
Your meeting with Aiko Tanaka takes place as booked.
See all meetings
";
        assert_eq!((done.status, done.text().as_str()), (200, expected));
        assert_eq!(trial.get(&path).await.text(), expected);
    }
}

#[tokio::test]
async fn who_cannot_be_asked_by_email_is_told_so() {
    let receiver = Receiver::start();
    let (mut site, hosts) = fixture::site();
    site.limits.bound_strangers = true;
    let trial = trial_of(&receiver, (site, hosts));
    for (number, email) in [(0, "mara@example.org"), (2, "mara@example.org"), (4, "kim@example.org")] {
        booked(&trial, number, email).await;
    }
    settled(&trial, &receiver, "mara").await;
    let told = trial.post_json("/api/bookings", &asked(6, "mara@example.org")).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let url = told.json()["manage_url"].as_str().unwrap().to_owned();
    let path = url.split_once("meet.example.com").unwrap().1.to_owned();
    let title = "This meeting cannot be confirmed now";
    until("it is held", async || trial.get(&path).await.text().contains(title)).await;
    let text = trial.get(&path).await.text();
    let lead = concat!(
        "Too many emails have gone to mara@example.org today, Mara Lind, so the one to confirm this meeting by has to ",
        "wait. The time will be free again at ",
    );
    assert!(text.contains(lead) && !text.contains("We have sent you an email"), "{text}");
    assert!(!text.contains("is on its way") && !text.contains("might not be sent at all"), "{text}");
}
