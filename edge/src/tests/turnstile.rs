//! Turnstile: only a person books, by the word of a stand-in of Cloudflare's service, which answers as that is
//! documented to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use scheduling::definition::Turnstile;
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Told, Trial, WEDNESDAY_TEN, book, is_worker};
use super::pages::book_by_form;

/// The field with the token.
const FIELD: &str = "cf-turnstile-response";

/// A verification, as it was asked for: parameters by name.
type Asked = BTreeMap<String, String>;

/// The service. What it says of a token depends on what that begins with.
struct Service {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = Arc::clone(&service.asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || answer(&stream, &asked));
            }
        });
        service
    }

    fn settings(&self) -> Turnstile {
        Turnstile { url: format!("http://{}/siteverify", self.address), ..fixture::turnstile() }
    }

    /// A site that it verifies for.
    fn trial(&self) -> Trial {
        trial_of(self.settings())
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn trial_of(settings: Turnstile) -> Trial {
    let (mut site, hosts) = fixture::site();
    site.turnstile = Some(settings);
    Trial::of(&site, &hosts)
}

fn answer(mut stream: &TcpStream, asked: &Mutex<Vec<Asked>>) -> Option<()> {
    let request = read(stream)?;
    let said = {
        let mut asked = asked.lock().unwrap();
        let said = verdict(&request, &asked);
        asked.push(request);
        said
    };
    let Some((status, body)) = said else {
        // Open until the other side has had enough.
        return stream.read(&mut [0]).ok().map(drop);
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all((head + &body).as_bytes()).ok()
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok()?;
            }
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(form_urlencoded::parse(&body).into_owned().collect())
}

/// Status and body; nothing where it hangs. A token counts once, and again under the same idempotency key.
fn verdict(request: &Asked, before: &[Asked]) -> Option<(u16, String)> {
    let refuse = |code: &str| Some((200, json!({ "success": false, "error-codes": [code] }).to_string()));
    let accept = |hostname: &str, action: &str| {
        let said = json!({
            "success": true, "error-codes": [], "challenge_ts": "2026-11-24T00:00:00.000Z",
            "hostname": hostname, "action": action, "cdata": "",
        });
        Some((200, said.to_string()))
    };
    let token = request["response"].as_str();
    let spent = before.iter().any(|other| {
        let repeats = request.contains_key("idempotency_key")
            && request.get("idempotency_key") == other.get("idempotency_key");
        other["response"] == token && !repeats
    });
    match token.split('-').next().unwrap_or_default() {
        _ if spent => refuse("timeout-or-duplicate"),
        "person" => accept("meet.example.com", "book"),
        "local" => accept("127.0.0.1", "book"),
        "elsewhere" => accept("evil.example", "book"),
        "login" => accept("meet.example.com", "login"),
        "internal" => refuse("internal-error"),
        "secret" => refuse("invalid-input-secret"),
        "fails" => Some((500, "no".to_owned())),
        "page" => Some((200, "<!doctype html><title>Sorry</title>".to_owned())),
        "long" => Some((200, " ".repeat(1 << 20))),
        "hangs" => None,
        _ => refuse("invalid-input-response"),
    }
}

/// A sound booking of `aiko/intro` with that token.
fn with_token(token: &str) -> Value {
    let mut body = book(WEDNESDAY_TEN);
    body[FIELD] = json!(token);
    body
}

async fn post(trial: &Trial, key: &str, body: &Value) -> Told {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    trial.post("/api/bookings", &headers, &body.to_string()).await
}

/// Status, code and title.
fn refusal(told: &Told) -> (u16, String, String) {
    let said = told.json();
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    (told.status, text("code"), text("title"))
}

#[tokio::test]
async fn a_person_books() {
    let service = Service::start();
    let trial = service.trial();
    trial.booked(&trial.post_json("/api/bookings", &with_token("person-1")).await);
    let asked = service.asked();
    let names: Vec<&str> = asked[0].keys().map(String::as_str).collect();
    assert_eq!((asked.len(), names.as_slice()), (1, &["remoteip", "response", "secret"][..]));
    assert_eq!(asked[0]["response"], "person-1");
    assert_eq!(asked[0]["remoteip"], "203.0.113.9");
    assert_eq!(asked[0]["secret"], if is_worker() { "a key" } else { "edge" });
    assert_eq!(trial.stored("aiko").await, 1);
}

#[tokio::test]
async fn nobody_else_does() {
    let service = Service::start();
    let trial = service.trial();
    let failed = "We could not confirm that you are a person";
    for (token, title) in [
        ("", "One more step"),
        (" ", "One more step"),
        ("made-up", failed),
        ("elsewhere-1", failed),
        ("login-1", failed),
        (&*"x".repeat(2049), failed),
    ] {
        let told = trial.post_json("/api/bookings", &with_token(token)).await;
        let expected = (403, "captcha_failed".to_owned(), title.to_owned());
        assert_eq!(refusal(&told), expected, "with {token:?}");
    }
    for odd in [json!(null), json!(7), json!(["person-1"]), json!({ "person-1": 1 })] {
        let mut body = book(WEDNESDAY_TEN);
        body[FIELD] = odd;
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(refusal(&told).2, "One more step", "with {body}");
    }
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    assert_eq!(
        told.json()["detail"],
        "This site checks that you are a person. The check is above the button: wait until it is done, or tick its box, then send this again. It needs JavaScript and challenges.cloudflare.com. If there is no check, allow both, or contact your host directly."
    );
    assert_eq!(trial.stored("aiko").await, 0);
    assert_eq!(service.asked().len(), 3, "what cannot be a token is not asked about");
    let told = "a token of Turnstile was refused: it is for a page of \"evil.example\", not of https://meet.example.com";
    assert_eq!(trial.faults(), [told]);
}

#[tokio::test]
async fn a_token_counts_once() {
    let service = Service::start();
    let trial = service.trial();
    trial.booked(&trial.post_json("/api/bookings", &with_token("person-1")).await);
    let mut other = with_token("person-1");
    other["start"] = json!("2026-11-26T01:00:00Z");
    for key in [None, Some("other")] {
        let told = match key {
            Some(key) => post(&trial, key, &other).await,
            None => trial.post_json("/api/bookings", &other).await,
        };
        assert_eq!(refusal(&told), (403, "captcha_failed".to_owned(), "The check has expired".to_owned()));
    }
    other["locale"] = json!("ja");
    let told = trial.post_json("/api/bookings", &other).await;
    assert_eq!(told.json()["title"], "確認の有効期限が切れました");
    assert_eq!(trial.stored("aiko").await, 1);
}

#[tokio::test]
async fn while_the_service_is_away_nobody_books_and_everybody_may_try_again() {
    let service = Service::start();
    let trial = service.trial();
    let url = service.settings().url;
    let causes = [
        ("internal-1", "it answered `internal-error`"),
        ("fails-1", "it answered 500"),
        ("page-1", "it answered 200 without JSON"),
        ("long-1", "it answered with more than 16 kB"),
        ("hangs-1", "it did not answer within 5 s"),
    ];
    for (token, _) in causes {
        let told = trial.post_json("/api/bookings", &with_token(token)).await;
        let title = "We cannot check right now that you are a person";
        assert_eq!(refusal(&told), (503, "captcha_unreachable".to_owned(), title.to_owned()), "of {token}");
        assert_eq!(told.json()["detail"], "Nothing was booked. Please try again in a moment.");
        assert_eq!(told.header("retry-after"), "2");
    }
    assert_eq!(trial.stored("aiko").await, 0);
    let told = |cause: &str| format!("Turnstile cannot verify that a visitor is a person: {url}: {cause}");
    let expected: Vec<String> = causes.iter().map(|(_, cause)| told(cause)).collect();
    assert_eq!(trial.faults(), expected);
    trial.booked(&trial.post_json("/api/bookings", &with_token("person-1")).await);
}

#[tokio::test]
async fn without_a_connection_nobody_books() {
    let url = format!("http://{}/", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let trial = trial_of(Turnstile { url, ..fixture::turnstile() });
    let told = trial.post_json("/api/bookings", &with_token("person-1")).await;
    assert_eq!((told.status, refusal(&told).1.as_str()), (503, "captcha_unreachable"));
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn a_mistake_in_the_settings_is_the_operators() {
    let service = Service::start();
    let unset = Turnstile { secret: "NO_SUCH_SECRET".to_owned(), ..service.settings() };
    for (settings, token, fault) in [
        (unset, "person-1", "the secret NO_SUCH_SECRET is not set: without it, nobody can book"),
        (
            service.settings(),
            "secret-1",
            "Turnstile does not verify tokens with the secret CARGO_PKG_NAME: `invalid-input-secret`. Until it does, \
            nobody can book.",
        ),
    ] {
        let trial = trial_of(settings);
        let told = trial.post_json("/api/bookings", &with_token(token)).await;
        assert_eq!((told.status, refusal(&told).1.as_str()), (503, "storage_unavailable"));
        assert_eq!(trial.stored("aiko").await, 0);
        assert_eq!(trial.faults(), [fault]);
    }
}

#[tokio::test]
async fn a_known_key_gives_its_answer_before_the_token_is_looked_at() {
    let service = Service::start();
    let trial = service.trial();
    let visit = "visit-1234567890-1234567890-1234567890";
    for (key, start) in [("key", WEDNESDAY_TEN), (visit, "2026-11-26T01:00:00Z")] {
        let mut body = with_token(&format!("person-{key}"));
        body["start"] = json!(start);
        let first = trial.booked(&post(&trial, key, &body).await).id;
        let asked = service.asked().len();
        let mut again = [body.clone(), body.clone(), body.clone()];
        again[1][FIELD] = json!("person-2");
        again[2].as_object_mut().unwrap().remove(FIELD);
        if key == visit {
            again[0]["contact"]["name"] = json!("Mara Linde");
            again[1]["start"] = json!("2026-11-26T02:00:00Z");
        }
        for (number, body) in again.iter().enumerate().filter(|(number, _)| key == visit || *number < 2) {
            assert_eq!(trial.booked(&post(&trial, key, body).await).id, first, "{key}, {number}");
        }
        assert_eq!(service.asked().len(), asked, "nothing is asked about a known key");
    }
    let mut other = with_token("person-3");
    other["contact"]["name"] = json!("Mara Linde");
    let told = post(&trial, "key", &other).await;
    assert_eq!((told.status, refusal(&told).1.as_str()), (422, "idempotency_key_reused"));
    assert_eq!((service.asked().len(), trial.stored("aiko").await), (2, 2));
}

#[tokio::test]
async fn what_comes_twice_at_once_books_once() {
    let service = Service::start();
    let trial = service.trial();
    let visit = "visit-1234567890-1234567890-1234567890";
    for key in ["key", visit] {
        let mut body = with_token(&format!("person-{key}"));
        body["start"] = json!(if key == visit { "2026-11-26T01:00:00Z" } else { WEDNESDAY_TEN });
        let (one, two) = tokio::join!(post(&trial, key, &body), post(&trial, key, &body));
        assert_eq!(trial.booked(&one).id, trial.booked(&two).id);
    }
    assert_eq!(trial.stored("aiko").await, 2);
    let asked = service.asked();
    let keys: Vec<&String> = asked.iter().map(|asked| &asked["idempotency_key"]).collect();
    assert!(keys.iter().all(|key| key.len() == 36), "{keys:?}");
}

#[tokio::test]
async fn what_is_refused_anyway_uses_no_token_up() {
    let service = Service::start();
    let trial = service.trial();
    let mut wrong = with_token("person-1");
    wrong["contact"]["email"] = json!("mara@nowhere");
    let mut soon = with_token("person-1");
    soon["start"] = json!("2026-11-24T00:00:00Z");
    let mut shut = with_token("person-1");
    shut["start"] = json!("2026-11-28T01:00:00Z");
    let mut filled = with_token("person-1");
    filled["website"] = json!("https://mara.example");
    for (body, code) in [
        (wrong, "invalid_field"),
        (soon, "notice_too_short"),
        (shut, "slot_not_offered"),
        (filled, "honeypot"),
    ] {
        for key in ["", "key"] {
            let told = if key.is_empty() {
                trial.post_json("/api/bookings", &body).await
            } else {
                post(&trial, key, &body).await
            };
            assert_eq!(refusal(&told).1, code);
        }
    }
    assert_eq!(service.asked(), Vec::new());
    trial.booked(&post(&trial, "key", &with_token("person-1")).await);
}

#[tokio::test]
async fn a_plain_form_comes_back_with_the_check() {
    let service = Service::start();
    let trial = service.trial();
    let told = book_by_form(&trial, &[]).await;
    assert_eq!(told.status, 403);
    assert!(
        told.text().starts_with("Error: Introductory call\nOne more step\nThis site checks"),
        "{}",
        told.text()
    );
    let widget = "<div class=\"cf-turnstile hint\" data-sitekey=\"a-site-key\" data-action=\"book\" data-language=\"en\" data-theme=\"auto\" data-size=\"flexible\"></div>";
    let script =
        "<script src=\"https://challenges.cloudflare.com/turnstile/v0/api.js\" async defer></script>";
    let without = "<noscript><p>To book here, please turn on JavaScript: this site checks that you are a person, and the check needs it. Or contact Aiko Tanaka directly.</p></noscript>";
    for part in [widget, script, without, "name=\"contact.name\" value=\"Mara Lind\""] {
        assert!(told.body.contains(part), "no {part} in {}", told.body);
    }
    let policy = told.header("content-security-policy");
    assert!(policy.contains("script-src 'self' https://challenges.cloudflare.com;"), "{policy}");
    assert!(policy.contains("frame-src https://challenges.cloudflare.com;"), "{policy}");
    let told = book_by_form(&trial, &[(FIELD, "made-up"), ("locale", "ja")]).await;
    assert_eq!(told.status, 403);
    assert!(told.body.contains("人による操作であることを確認できませんでした"), "{}", told.body);
    assert!(told.body.contains("data-language=\"ja\"") && !told.body.contains("made-up"), "{}", told.body);
    let told = book_by_form(&trial, &[(FIELD, "person-1")]).await;
    assert_eq!(told.status, 303, "{}", told.body);
    let page = trial.get(told.header("location")).await;
    assert!(!page.header("content-security-policy").contains("cloudflare"), "only forms show it");
    assert_eq!(trial.stored("aiko").await, 1);
}

#[tokio::test]
async fn a_form_whose_page_is_gone_gives_back_what_was_typed_alone() {
    let trial = Service::start().trial();
    let told = book_by_form(&trial, &[(FIELD, "person-1"), ("page", "aiko/gone")]).await;
    assert_eq!(told.status, 404);
    assert!(told.body.contains("Mara Lind") && !told.body.contains("person-1"), "{}", told.body);
}

#[tokio::test]
async fn a_preview_is_the_sites_own_page_on_the_worker_alone() {
    let service = Service::start();
    let trial = service.trial();
    let told = trial.post_json("/api/bookings", &with_token("local-1")).await;
    assert_eq!(told.status, if is_worker() { 201 } else { 403 }, "{}", told.body);
}

#[tokio::test]
async fn while_a_site_is_tried_out_this_machines_names_are_its_own() {
    let service = Service::start();
    let (mut site, hosts) = fixture::site();
    site.turnstile = Some(service.settings());
    "http://localhost:8787".clone_into(&mut site.base_url);
    let trial = Trial::of(&site, &hosts);
    let told = trial.post_json("/api/bookings", &with_token("local-1")).await;
    assert_eq!(told.status, 201, "{}", told.body);
    let told = trial.post_json("/api/bookings", &with_token("person-1")).await;
    assert_eq!(told.status, 403, "{}", told.body);
}

#[tokio::test]
async fn who_has_booked_moves_and_cancels_by_the_link_alone() {
    let service = Service::start();
    let trial = service.trial();
    let booked = trial.booked(&trial.post_json("/api/bookings", &with_token("person-1")).await);
    for (act, body) in [("reschedule", json!({ "start": "2026-11-26T01:00:00Z" })), ("cancel", json!({}))] {
        let token = format!("Bearer {}", booked.token);
        let headers = [("content-type", "application/json"), ("authorization", &*token)];
        let told =
            trial.post(&format!("/api/bookings/{}/{act}", booked.id), &headers, &body.to_string()).await;
        assert_eq!(told.status, 200, "{}", told.body);
    }
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_site_without_keys_asks_nobody() {
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &with_token("person-1")).await);
    let told = book_by_form(&trial, &[]).await;
    assert!(told.status == 409 && !told.body.contains("turnstile"), "{}", told.body);
    assert!(!told.header("content-security-policy").contains("cloudflare"));
}
