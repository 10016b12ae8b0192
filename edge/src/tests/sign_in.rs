//! Signing in by a link: once, for ten minutes by the endpoint's clock, by a button; the email with such a link; and
//! the devices that a host is signed in on.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::definition::{Mail as Settings, MailTransport, SiteDefinition};
use scheduling::mail::Sender;
use scheduling::outbox::{AttemptOutcome, Destination, Payload, SignInMail};
use scheduling::sign_in_link::SignInLink;
use serde_json::{Value, json};

use super::fixture::{self, BASE_URL};
use super::harness::{NOW, Told, Trial, is_worker};
use super::mail::Recorder;
use crate::deliveries::{Job, Mail, attempt};

const COOKIE: &str = "__Host-daymark_host";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/26.1 Mobile/15E148 Safari/604.1";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

/// The token of a link to aiko's desk, made so many seconds after the trial began.
fn token(trial: &Trial, random: u8, seconds: i64) -> String {
    SignInLink::new([random; 16], now() + TimeDelta::seconds(seconds)).token(&trial.secrets(), "aiko", 1)
}

async fn open(trial: &Trial, token: &str) -> Told {
    trial.get(&format!("/host/sign-in/{token}")).await
}

async fn press(trial: &Trial, token: &str) -> Told {
    trial.post_form("/api/host/session/link", &[("token", token)]).await
}

/// The cookie that an answer sets, as the browser sends it.
fn cookie(told: &Told) -> String {
    told.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn get(trial: &Trial, path: &str, cookie: &str) -> Told {
    let request = http::Request::get(path).header("cookie", cookie);
    trial.send(request.body(bytes::Bytes::new()).unwrap()).await
}

#[track_caller]
fn shows(told: &Told, status: u16, text: &str) {
    assert_eq!((told.status, told.text().as_str()), (status, text));
    assert_eq!((told.header("set-cookie"), told.header("cache-control")), ("", "no-store"));
}

const PAGE: &str = "Sign in as Aiko Tanaka
Sign in as Aiko Tanaka
Press the button to sign in on this device. The link then stops working.
Sign in
";
const USED: &str = "This link has been used
This link has been used
Each link signs in once. Get a new one the way you got this one. If it was not you who used it, sign in and look at your devices in Settings.
Other ways to sign in
";
const EXPIRED: &str = "This link has expired
This link has expired
It worked for ten minutes. Get a new one the way you got this one. If it was printed just now, the clock of that computer is slow.
Other ways to sign in
";
const EARLY: &str = "This link cannot be used yet
This link cannot be used yet
The clock of the computer that printed it is fast. Set that clock, then print a new link.
Other ways to sign in
";
const BROKEN: &str = "This link does not work
This link does not work
It may be incomplete, or your key may have been replaced. Open it again as you received it, or get a new one the way you got this one.
Other ways to sign in
";

#[tokio::test]
async fn a_link_signs_in_by_its_button_once() {
    let trial = Trial::start();
    let token = token(&trial, 1, 0);
    for _ in 0..3 {
        shows(&open(&trial, &token).await, 200, PAGE);
    }
    let told = press(&trial, &token).await;
    assert_eq!((told.status, told.header("location"), told.body.as_str()), (303, "/host/", ""));
    let set = told.header("set-cookie");
    assert!(set.starts_with(&format!("{COOKIE}=aiko.")), "{set}");
    assert!(set.ends_with("; Path=/; Max-Age=1209600; HttpOnly; SameSite=Strict; Secure"), "{set}");
    let session = get(&trial, "/api/host/session", &cookie(&told)).await;
    assert_eq!((session.status, &session.json()["host"]["folder"]), (200, &json!("aiko")));
    shows(&press(&trial, &token).await, 409, USED);
    let own = cookie(&told);
    let end = [("cookie", own.as_str()), ("origin", BASE_URL)];
    assert_eq!(trial.post("/api/host/session/end", &end, "").await.status, 200);
    shows(&press(&trial, &token).await, 409, USED);
}

/// The button is pressed twice, or its answer was lost: whoever is signed in by then sees the desk.
#[tokio::test]
async fn who_is_signed_in_already_sees_the_desk() {
    let trial = Trial::start();
    let token = token(&trial, 1, 0);
    let own = cookie(&press(&trial, &token).await);
    let form = "application/x-www-form-urlencoded";
    let headers = [("cookie", own.as_str()), ("origin", BASE_URL), ("content-type", form)];
    let again = trial.post("/api/host/session/link", &headers, &format!("token={token}")).await;
    assert_eq!((again.status, again.header("location"), again.header("set-cookie")), (303, "/host/", ""));
}

#[tokio::test]
async fn a_link_works_for_ten_minutes_by_the_endpoints_clock() {
    let trial = Trial::start();
    for seconds in [-700, -100_000, -40_000_000] {
        let token = token(&trial, 1, seconds);
        shows(&open(&trial, &token).await, 410, EXPIRED);
        shows(&press(&trial, &token).await, 410, EXPIRED);
    }
    for seconds in [180, 100_000, 40_000_000] {
        let token = token(&trial, 1, seconds);
        shows(&open(&trial, &token).await, 410, EARLY);
        shows(&press(&trial, &token).await, 410, EARLY);
    }
    // Some seconds of two clocks are forgiven.
    for (random, seconds) in [(2, -500), (3, 30)] {
        assert_eq!(press(&trial, &token(&trial, random, seconds)).await.status, 303, "{seconds}");
    }
}

#[tokio::test]
async fn what_is_no_link_of_this_host_opens_nothing() {
    let trial = Trial::start();
    let (secrets, good) = (trial.secrets(), token(&trial, 1, 0));
    let of = |host: &str, version| SignInLink::new([1; 16], now()).token(&secrets, host, version);
    let others = scheduling::token::Secrets { current: b"another secret".to_vec(), previous: None };
    for token in [
        of("aiko", 2),
        of("nobody", 1),
        good.replace("aiko.", "jonas."),
        good.replace("aiko.", "."),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        SignInLink::new([1; 16], now()).token(&others, "aiko", 1),
        secrets.host_key("aiko", 1),
        secrets.feed_token("aiko", 1),
        "x".to_owned(),
    ] {
        shows(&open(&trial, &token).await, 404, BROKEN);
        shows(&press(&trial, &token).await, 404, BROKEN);
    }
    shows(&press(&trial, "").await, 404, BROKEN);
    assert_eq!(trial.get("/host/sign-in/").await.status, 404);
    assert_eq!(press(&trial, &good).await.status, 303);
}

#[tokio::test]
async fn other_sites_press_no_button() {
    let trial = Trial::start();
    let token = token(&trial, 1, 0);
    let form = "application/x-www-form-urlencoded";
    for origin in ["https://evil.example", "null"] {
        let headers = [("origin", origin), ("content-type", form)];
        let told = trial.post("/api/host/session/link", &headers, &format!("token={token}")).await;
        assert_eq!((told.status, told.header("set-cookie")), (403, ""));
        assert!(told.text().contains("The request came from another site"), "{}", told.text());
    }
    let told = trial.post_json("/api/host/session/link", &json!({ "token": token })).await;
    assert_eq!((told.status, told.header("set-cookie")), (415, ""));
    assert_eq!(trial.get("/api/host/session/link").await.status, 405);
    let post = trial.post(&format!("/host/sign-in/{token}"), &[], "").await;
    assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD, OPTIONS"));
    assert_eq!(press(&trial, &token).await.status, 303, "nothing has used it up");
}

#[tokio::test]
async fn the_page_speaks_the_browsers_language() {
    let trial = Trial::start();
    let token = token(&trial, 1, 0);
    let request = http::Request::get(format!("/host/sign-in/{token}")).header("accept-language", "ja");
    let told = trial.send(request.body(bytes::Bytes::new()).unwrap()).await;
    let expected = "Aiko Tanakaとしてサインイン
Aiko Tanakaとしてサインイン
ボタンを押すと、この端末でサインインします。その後、このリンクは使えなくなります。
サインイン
";
    assert_eq!(told.text(), expected);
    let form = "application/x-www-form-urlencoded";
    let headers = [("accept-language", "ja"), ("content-type", form)];
    let told = trial.post("/api/host/session/link", &headers, &format!("token={token}")).await;
    assert_eq!(told.header("location"), "/ja/host/");
}

#[tokio::test]
async fn links_are_not_tried_without_end() {
    if is_worker() {
        // There, the platform counts attempts, and workerd by itself has no such binding.
        return;
    }
    let (mut site, hosts) = with_mail();
    site.limits.bookings_per_minute = 20;
    let trial = Trial::of(&site, &hosts);
    let mut last = 0;
    for number in 0..25 {
        last = if number % 2 == 0 {
            press(&trial, "aiko.x").await.status
        } else {
            trial.post_json("/api/host/session/email", &json!({ "host": "aiko" })).await.status
        };
    }
    assert_eq!(last, 429);
    let good = token(&trial, 1, 0);
    let told = press(&trial, &good).await;
    assert_eq!(told.status, 429);
    assert!(told.text().contains("Too many attempts"), "{}", told.text());
    assert!(told.body.contains(&format!("value=\"{good}\"")), "the button is there for another try");
}

fn with_mail() -> (SiteDefinition, Vec<scheduling::definition::HostDefinition>) {
    let (mut site, hosts) = fixture::site();
    let from = Sender::parse("Example & Co. <hello@example.com>").unwrap();
    site.mail = Some(Settings { from, transport: MailTransport::Mailbox });
    (site, hosts)
}

/// Nobody learns by it who is a host, who has had enough of links, or where a host's mail goes.
#[tokio::test]
async fn whoever_asks_for_a_link_is_told_the_same() {
    let (site, hosts) = with_mail();
    let trial = Trial::of(&site, &hosts);
    for host in [
        "aiko",
        "aiko",
        "aiko",
        "aiko",
        "aiko",
        "nobody",
        "",
        "aiko@example.com",
        "../aiko",
        "AIKO",
        " https://meet.example.com/ja/aiko/intro/ ",
        "constructor",
    ] {
        let told = trial.post_json("/api/host/session/email", &json!({ "host": host })).await;
        assert_eq!((told.status, told.json()), (202, json!({ "accepted": true })), "{host}");
    }
    let told = trial.post("/api/host/session/email", &[("origin", "https://evil.example")], "").await;
    assert_eq!(told.status, 403);
    let silent = Trial::start();
    let told = silent.post_json("/api/host/session/email", &json!({ "host": "aiko" })).await;
    assert_eq!((told.status, &told.json()["code"]), (404, &json!("not_found")), "a site without email");
}

/// Has the email with a link sent, as a site in those locales sends it.
async fn mailed(recorder: &Recorder) -> (AttemptOutcome, Option<Mail>) {
    let link = SignInLink::new([1; 16], "2026-11-24T00:00:00Z".parse().unwrap());
    let job = Job {
        ledger: "aiko".to_owned(),
        number: 1,
        id: format!("aiko.{}.sign-in", link.nonce),
        payload: Payload::SignIn(link),
        destination: Destination::SignIn(SignInMail {}),
        booking: None,
        is_copy_parked: false,
    };
    let outcome = attempt(recorder, &job).await;
    let mail = recorder.handed_over.borrow_mut().pop();
    (outcome, mail)
}

const LINK: &str = "https://meet.example.com/host/sign-in/aiko.1795478400-AQEBAQEBAQEBAQEBAQEBAQ";

/// A text with the link's signature left out.
fn without_signature(text: &str) -> String {
    let (before, rest) = text.split_once(LINK).unwrap_or_else(|| panic!("no link in {text}"));
    format!("{before}{LINK}{}", &rest[43..])
}

#[tokio::test]
async fn the_email_goes_to_the_hosts_own_address() {
    let recorder = Recorder::of(Some(MailTransport::Mailbox));
    let (outcome, mail) = mailed(&recorder).await;
    assert_eq!(outcome, AttemptOutcome::Taken);
    let mail = mail.unwrap();
    assert_eq!((mail.to.to_string().as_str(), mail.reply_to.as_ref()), ("aiko@example.com", None));
    assert_eq!(mail.subject, "Your link to sign in to Example & Co.");
    let expected = format!(
        "Sign in

Hello Aiko Tanaka, this link signs you in on the device that opens it. It works once, for ten minutes.

Sign in:
{LINK}

You get this email because someone asked for it on the sign-in page. If that was not you, you can ignore it: nobody can sign in without this link.

Example & Co.
"
    );
    assert_eq!(without_signature(&mail.text), expected);
    assert!(mail.html.contains(&format!("<a href=\"{LINK}")), "{}", mail.html);
    assert!(!mail.html.contains('⟦') && !mail.html.contains("{{"), "{}", mail.html);
    assert!(mail.invitation.is_none());
}

#[tokio::test]
async fn the_email_is_in_the_language_of_the_hosts_mail() {
    let (_, mail) = mailed(&Recorder::speaking("ja")).await;
    let mail = mail.unwrap();
    assert_eq!(mail.subject, "Example & Co.へのサインイン用リンク");
    let expected = format!(
        "サインイン

Aiko Tanaka様、このリンクを開いた端末でサインインできます。使えるのは1回限りで、有効期限は10分です。

サインイン：
{LINK}

サインインのページでリンクの送信が依頼されたため、このメールをお送りしています。お心当たりがなければ、そのまま削除してください。このリンクがなければ、誰もサインインできません。

Example & Co.
"
    );
    assert_eq!(without_signature(&mail.text), expected);
    assert!(mail.html.starts_with("<!doctype html>\n<html lang=\"ja\" dir=\"ltr\">"), "{}", mail.html);
}

#[tokio::test]
async fn a_site_without_email_ends_it() {
    let (outcome, mail) = mailed(&Recorder::of(None)).await;
    let reason = "the site no longer sends email".to_owned();
    assert_eq!((outcome, mail), (AttemptOutcome::Ended { reason }, None));
}

async fn sign_in_from(trial: &Trial, agent: &str) -> String {
    let key = trial.secrets().host_key("aiko", 1);
    let headers = [("user-agent", agent), ("content-type", "application/json")];
    let told = trial.post("/api/host/session", &headers, &json!({ "key": key }).to_string()).await;
    assert_eq!(told.status, 200, "{}", told.body);
    cookie(&told)
}

async fn sessions(trial: &Trial, cookie: &str) -> Vec<Value> {
    let told = get(trial, "/api/host/sessions", cookie).await;
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()["sessions"].as_array().unwrap().clone()
}

async fn end(trial: &Trial, cookie: &str, body: &Value) -> Told {
    let headers = [("cookie", cookie), ("origin", BASE_URL), ("content-type", "application/json")];
    let told = trial.post("/api/host/session/end", &headers, &body.to_string()).await;
    assert_eq!(told.json(), json!({ "ended": true }));
    told
}

#[tokio::test]
async fn a_host_sees_the_devices_and_signs_them_out() {
    let trial = Trial::start();
    let desk = sign_in_from(&trial, "curl/8.5.0").await;
    let phone = sign_in_from(&trial, PHONE).await;
    let other =
        sign_in_from(&trial, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0").await;
    let listed = sessions(&trial, &phone).await;
    let own =
        |listed: &[Value]| listed.iter().find(|one| one["this_device"] == json!(true)).cloned().unwrap();
    let here = own(&listed);
    assert_eq!((&here["browser"], &here["system"]), (&json!("Safari"), &json!("iPhone")));
    assert!(here["opened_at"].as_str().unwrap().starts_with("2026-11-2"), "{here}");
    let seen = here["seen_at"].as_str().unwrap();
    assert!(seen == "2026-11-23T23:00:00Z" || seen == "2026-11-24T00:00:00Z", "{seen}");
    let known: Vec<_> = here.as_object().unwrap().keys().collect();
    assert_eq!(known, ["browser", "expires_at", "id", "opened_at", "seen_at", "system", "this_device"]);
    let mut devices: Vec<_> =
        listed.iter().map(|one| (one["browser"].clone(), one["system"].clone())).collect();
    devices.sort_by_key(|(browser, _)| browser.to_string());
    assert_eq!(
        devices,
        [(json!("Firefox"), json!("Linux")), (json!("Safari"), json!("iPhone")), (Value::Null, Value::Null)]
    );
    let firefox = listed.iter().find(|one| one["browser"] == json!("Firefox")).unwrap();
    let told = end(&trial, &phone, &json!({ "id": firefox["id"] })).await;
    assert_eq!(told.header("set-cookie"), "", "this device stays signed in");
    assert_eq!(get(&trial, "/api/host/sessions", &other).await.status, 401);
    assert_eq!(sessions(&trial, &phone).await.len(), 2);
    let told = end(&trial, &phone, &json!({ "others": true })).await;
    assert_eq!(told.header("set-cookie"), "");
    assert_eq!(get(&trial, "/api/host/sessions", &desk).await.status, 401);
    let left = sessions(&trial, &phone).await;
    assert_eq!(left.len(), 1);
    let told = end(&trial, &phone, &json!({ "id": left[0]["id"] })).await;
    assert!(told.header("set-cookie").contains("Max-Age=0"), "its own");
    assert_eq!(get(&trial, "/api/host/sessions", &phone).await.status, 401);
}

/// A program sees them by the key, is none of them, and ends all others.
#[tokio::test]
async fn a_program_sees_devices_by_the_key() {
    let trial = Trial::start();
    let phone = sign_in_from(&trial, PHONE).await;
    let key = trial.secrets().host_key("aiko", 1);
    let told = trial.get_as("/api/host/sessions", &key).await;
    let listed = told.json()["sessions"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["this_device"]), (1, &json!(false)));
    let jonas = trial.secrets().host_key("jonas", 1);
    assert_eq!(trial.get_as("/api/host/sessions", &jonas).await.json(), json!({ "sessions": [] }));
    assert_eq!(trial.get("/api/host/sessions").await.status, 401);
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let told = trial.post("/api/host/session/end", &headers, "{\"others\":true}").await;
    assert_eq!(told.status, 200);
    assert_eq!(get(&trial, "/api/host/session", &phone).await.status, 401);
}

/// A device is seen where it renews its session, which it does once an hour.
#[tokio::test]
async fn a_device_is_seen_to_the_hour() {
    let trial = Trial::start();
    let cookie = sign_in_from(&trial, PHONE).await;
    let trial = trial.again_at("2026-11-25T09:40:00Z");
    get(&trial, "/api/host/bookings", &cookie).await;
    let seen = |listed: Vec<Value>| listed[0]["seen_at"].as_str().unwrap().to_owned();
    assert!(*seen(sessions(&trial, &cookie).await) < *"2026-11-24T01", "looking changes nothing");
    let headers = [("cookie", cookie.as_str()), ("origin", BASE_URL), ("content-type", "application/json")];
    assert_eq!(trial.post("/api/host/session", &headers, "{}").await.status, 200);
    assert_eq!(seen(sessions(&trial, &cookie).await), "2026-11-25T09:00:00Z");
}
