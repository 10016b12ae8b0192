//! Payments: the whole way from a form to the stand-in of Stripe and back, with all that goes wrong on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use acceptance::Client;
use hmac::{Hmac, KeyInit, Mac};
use scheduling::definition::{HostDefinition, Mail, MailTransport, Payments, SiteDefinition, Webhook};
use scheduling::mail::Sender;
use scheduling::money::{Currency, Money};
use serde_json::{Value, json};
use sha2::Sha256;

use super::bad_luck::{at_stripe, settle};
use super::fixture::{self, BASE_URL};
use super::harness::{NOW, Told, Trial, WEBHOOK_SECRET, WEDNESDAY_TEN, book, is_worker};
use crate::local::{Clock, checkout};
use crate::protocol::standard_webhooks;

/// A site whose payments go to a stand-in of Stripe.
pub(super) struct Shop {
    pub(super) trial: Trial,
    pub(super) stripe: checkout::Settings,
    content: (SiteDefinition, Vec<HostDefinition>),
    passed: AtomicU32,
}

impl Shop {
    pub(super) fn open() -> Self {
        Self::of(|_| {})
    }

    /// One whose hosts are changed first.
    pub(super) fn of(change: impl Fn(&mut HostDefinition)) -> Self {
        Self::with(|_, hosts| hosts.iter_mut().for_each(&change))
    }

    /// One whose content is changed first.
    pub(super) fn with(change: impl FnOnce(&mut SiteDefinition, &mut [HostDefinition])) -> Self {
        let stripe = serve();
        let (mut site, mut hosts) = fixture::site();
        change(&mut site, &mut hosts);
        for host in &mut hosts {
            if let (Some(Payments::Stripe { url, .. }), true) = (&mut host.payments, is_worker()) {
                *url = format!("{}/dev/checkout", stripe.own);
            }
        }
        let directory = tempfile::tempdir().unwrap();
        fixture::write(&directory.path().join("dist"), &site, &hosts);
        let trial = Trial::open_at(directory, NOW, Some(stripe.clone()));
        Self { trial, stripe, content: (site, hosts), passed: AtomicU32::new(0) }
    }

    /// Publishes other content.
    pub(super) fn publish(&self, change: impl Fn(&mut HostDefinition)) {
        let (site, mut hosts) = self.content.clone();
        hosts.iter_mut().for_each(change);
        fixture::write(&self.trial.directory.path().join("dist"), &site, &hosts);
        self.trial.definitions_changed();
    }

    /// Lets seconds pass, here and at the stand-in.
    pub(super) fn pass(&self, seconds: u32) {
        let passed = self.passed.fetch_add(seconds, Ordering::SeqCst) + seconds;
        self.switch(&json!({ "ahead_seconds": passed }));
        self.trial.pass(seconds);
    }

    /// The time by now.
    pub(super) fn now(&self) -> String {
        let passed = chrono::TimeDelta::seconds(self.passed.load(Ordering::SeqCst).into());
        (NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap() + passed).to_rfc3339()
    }

    /// Asks the stand-in itself.
    pub(super) fn ask(&self, path: &str, body: Option<&str>) -> String {
        let address = self.stripe.own.trim_start_matches("http://").parse().unwrap();
        let method = if body.is_some() { "POST" } else { "GET" };
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let path = format!("/dev/checkout{path}");
        let body = body.unwrap_or_default().as_bytes();
        let answer = Client::new(address).send(method, &path, &form, body).unwrap();
        String::from_utf8(answer.body).unwrap()
    }

    pub(super) fn switch(&self, switches: &Value) {
        let said = self.ask("/switches", Some(&switches.to_string()));
        assert!(said.starts_with('{'), "{said}");
    }

    /// All sessions, intents, refunds and events.
    pub(super) fn state(&self) -> Value {
        serde_json::from_str(&self.ask("/state", None)).unwrap()
    }

    fn count(&self, kind: &str) -> usize {
        self.state()[kind].as_array().unwrap().len()
    }

    /// Chooses on the page of a checkout.
    pub(super) fn choose(&self, checkout_url: &str, choice: &str) {
        let path = checkout_url.split_once("/dev/checkout").unwrap().1;
        self.ask(path, Some(&format!("choice={choice}")));
    }

    /// Has the endpoint hear an event, signed.
    pub(super) async fn tell(&self, event: &Value) -> Told {
        let body = event.to_string();
        self.tell_signed(&body, &sign(&body, &self.now())).await
    }

    pub(super) async fn tell_signed(&self, body: &str, signature: &str) -> Told {
        let headers = [("content-type", "application/json"), ("stripe-signature", signature)];
        self.trial.post("/api/payments/stripe", &headers, body).await
    }

    /// Tells of all that has happened, from a place on.
    pub(super) async fn tell_all(&self, from: usize) {
        let state = self.state();
        for event in &state["events"].as_array().unwrap()[from..] {
            assert_eq!(self.tell(event).await.status, 200, "{:?}", self.trial.faults());
        }
    }

    /// A visitor who is about to pay.
    pub(super) async fn order(&self) -> Order {
        let told = self.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await;
        assert_eq!(told.status, 200, "{}", told.body);
        Order::of(&told)
    }

    pub(super) async fn booking(&self, order: &Order) -> Value {
        let path = format!("/api/bookings/{}", order.id);
        self.trial.get_as(&path, &order.token).await.json()["booking"].clone()
    }

    /// The booking's status, and its payment's.
    pub(super) async fn stands(&self, order: &Order) -> (String, String) {
        let booking = self.booking(order).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&booking["status"]), text(&booking["payment"]["status"]))
    }

    pub(super) async fn by_host(&self, order: &Order, act: &str, body: &Value) -> Told {
        let key = self.trial.secrets().host_key("aiko", 1);
        let path = format!("/api/host/bookings/{}/{act}", order.id);
        let key = format!("Bearer {key}");
        let headers = [("content-type", "application/json"), ("authorization", key.as_str())];
        self.trial.post(&path, &headers, &body.to_string()).await
    }

    /// Waits until the deliveries that are due have brought a booking there.
    pub(super) async fn comes_to(&self, order: &Order, expected: (&str, &str)) {
        for _ in 0..100 {
            self.trial.carry_out();
            let stands = self.stands(order).await;
            if (stands.0.as_str(), stands.1.as_str()) == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("it stays {:?}, and not {expected:?}", self.stands(order).await);
    }
}

/// A booking with what its visitor has of it.
pub(super) struct Order {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) path: String,
    pub(super) checkout_url: String,
}

impl Order {
    pub(super) fn of(told: &Told) -> Self {
        let said = told.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&said["booking"]["id"]),
            token: text(&said["token"]),
            path: text(&said["manage_url"]).replace(BASE_URL, ""),
            checkout_url: text(&said["checkout_url"]),
        }
    }
}

/// Serves a stand-in of its own.
fn serve() -> checkout::Settings {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let settings = checkout::Settings {
        origin: own.clone(),
        own,
        webhooks_to: None,
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        run: String::new(),
    };
    let stand_in = checkout::StandIn::new(settings.clone(), Clock::starting_at(Some(NOW.parse().unwrap())));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, checkout::router(&Arc::clone(&stand_in))).await.unwrap();
        });
    });
    settings
}

fn sign(body: &str, at: &str) -> String {
    sign_with(WEBHOOK_SECRET, body, at)
}

pub(super) fn sign_with(secret: &str, body: &str, at: &str) -> String {
    let time = at.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let signature = base16ct::lower::encode_string(&mac.finalize().into_bytes());
    format!("t={time},v1={signature}")
}

/// A sound booking of `aiko/paid`.
pub(super) fn paid(start: &str) -> Value {
    let mut wish = book(start);
    wish["page"] = json!("aiko/paid");
    wish["price"] = json!({ "amount": 5000, "currency": "JPY" });
    wish
}

pub(super) const BOOKED: (&str, &str) = ("confirmed", "paid");
pub(super) const WAITING: (&str, &str) = ("awaiting_payment", "due");

#[track_caller]
pub(super) fn check(stands: &(String, String), expected: (&str, &str)) {
    assert_eq!((stands.0.as_str(), stands.1.as_str()), expected);
}

#[tokio::test]
async fn what_is_paid_is_booked() {
    let shop = Shop::open();
    let order = shop.order().await;
    check(&shop.stands(&order).await, WAITING);
    let page = shop.trial.get(&order.path).await;
    assert!(page.body.contains(&format!("href=\"{}\" target=\"_top\"", order.checkout_url)), "{}", page.body);
    for line in
        ["One step left: your payment", "Pay ¥5,000", "¥5,000", "You get your money back if you cancel by "]
    {
        assert!(page.text().contains(line), "{line}: {}", page.text());
    }
    assert!(!page.text().contains("is on its way to"), "an email comes once it is paid: {}", page.text());
    let state = shop.state();
    let session = &state["sessions"][0];
    assert_eq!(session["amount_total"], 5000);
    assert_eq!(session["currency"], "jpy");
    assert_eq!(session["client_reference_id"], order.id.as_str());
    assert_eq!(session["customer_email"], "mara@example.org");
    assert!(!state.to_string().contains(&order.token), "whoever takes the payment cannot cancel the meeting");
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, BOOKED);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("You are booked") && page.contains("Paid"), "{page}");
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, BOOKED);
}

#[tokio::test]
async fn the_page_that_stripe_leads_back_to_tells_the_truth_without_a_webhook_and_changes_nothing_else() {
    let shop = Shop::open();
    let order = shop.order().await;
    let back = shop.state()["sessions"][0]["success_url"].as_str().unwrap().replace(BASE_URL, "");
    let page = shop.trial.get(&back).await.text();
    assert!(page.contains("Pay ¥5,000") && !page.contains("Cancel this meeting"), "{page}");
    shop.choose(&order.checkout_url, "pay");
    let page = shop.trial.get(&back).await.text();
    assert!(page.contains("You are booked") && page.contains("mara@example.org"), "{page}");
    check(&shop.stands(&order).await, BOOKED);
    let token = back.rsplit('/').next().unwrap();
    for act in ["cancel", "reschedule"] {
        let path = format!("/api/bookings/{}/{act}", order.id);
        let body = json!({ "start": WEDNESDAY_TEN, "token": token });
        assert_eq!(shop.trial.post_json(&path, &body).await.status, 404, "{act}");
    }
    assert_eq!(shop.trial.get_as(&format!("/api/bookings/{}", order.id), token).await.status, 404);
}

/// Has a site send emails.
pub(super) fn mailed(site: &mut SiteDefinition, _: &mut [HostDefinition]) {
    let from = Sender::parse("Example <hello@example.com>").unwrap();
    site.mail = Some(Mail { from, transport: MailTransport::Mailbox });
}

#[tokio::test]
async fn no_email_is_promised_by_a_site_that_sends_none() {
    let keep = "Save this page’s address: you need it to see, move or cancel the meeting.";
    let keep_ja = "このページのアドレスを保存しておいてください。ご予約の確認、日時の変更、キャンセルは、ここから行えます。";
    for (is_mailed, locale, keep, kept) in [
        (false, "en", keep, "To move or cancel the meeting, go back to the page from which you went to pay."),
        (true, "en", keep, "The link in the email to mara@example.org lets you move or cancel the meeting."),
        (false, "ja", keep_ja, "日時の変更やキャンセルは、お支払いの前に開いていたページからできます。"),
        (true, "ja", keep_ja, "日時の変更やキャンセルは、mara@example.org宛のメールのリンクからできます。"),
    ] {
        let shop = if is_mailed { Shop::with(mailed) } else { Shop::open() };
        let mut wish = paid(WEDNESDAY_TEN);
        wish["locale"] = json!(locale);
        let order = Order::of(&shop.trial.post_json("/api/bookings", &wish).await);
        let own = shop.trial.get(&order.path).await.text();
        let pay = if locale == "ja" { "5,000円を支払う" } else { "Pay ¥5,000" };
        assert_eq!(own.find(keep).is_some_and(|at| at < own.find(pay).unwrap()), !is_mailed, "{own}");
        assert_eq!(own.matches(keep).count(), usize::from(!is_mailed), "{own}");
        let back = shop.state()["sessions"][0]["success_url"].as_str().unwrap().replace(BASE_URL, "");
        for is_paid in [false, true] {
            if is_paid {
                shop.choose(&order.checkout_url, "pay");
            }
            let page = shop.trial.get(&back).await.text();
            assert!(page.contains(kept), "{page}");
            assert!(is_mailed || !page.contains("email to") && !page.contains("メールのリンク"), "{page}");
        }
        assert_eq!(shop.trial.get(&order.path).await.text().matches(keep).count(), 1, "once it is paid");
    }
}

#[tokio::test]
async fn a_host_is_only_said_to_have_been_told_of_another_amount_who_was() {
    let hooked = |_: &mut SiteDefinition, hosts: &mut [HostDefinition]| {
        hosts[0].webhooks = vec![Webhook {
            url: "https://hooks.invalid/".to_owned(),
            secret: vec!["STRIPE_WEBHOOK_SECRET".to_owned()],
            events: vec!["booking.payment_mismatched".to_owned()],
        }];
    };
    let told = "¥4,999 was paid, but the price is ¥5,000, so the meeting is not booked. Aiko Tanaka has been told and is \
                seeing to it; you do not need to do anything.";
    let untold = "¥4,999 was paid, but the price is ¥5,000, so the meeting is not booked. Please tell Aiko Tanaka, who has \
                  to see to it.";
    for (shop, said) in [(Shop::open(), untold), (Shop::with(mailed), told), (Shop::with(hooked), told)] {
        let order = shop.order().await;
        shop.switch(&json!({ "session_says": { "amount_total": 4999 } }));
        shop.choose(&order.checkout_url, "pay");
        shop.tell_all(0).await;
        let page = shop.trial.get(&order.path).await.text();
        assert!(page.contains(&format!("Another amount was paid\n{said}\n")), "{page}");
    }
}

#[tokio::test]
async fn a_repeat_of_the_booking_leads_to_the_same_checkout() {
    let shop = Shop::open();
    let headers = [("content-type", "application/json"), ("idempotency-key", "a-key-of-a-program")];
    let body = paid(WEDNESDAY_TEN).to_string();
    let first = Order::of(&shop.trial.post("/api/bookings", &headers, &body).await);
    let second = Order::of(&shop.trial.post("/api/bookings", &headers, &body).await);
    assert_eq!((&first.id, &first.checkout_url), (&second.id, &second.checkout_url));
    let pay = format!("/api/bookings/{}/pay", first.id);
    let told = shop.trial.post_json(&pay, &json!({ "token": first.token })).await;
    assert_eq!(
        (told.status, told.json()["checkout_url"].as_str().unwrap()),
        (200, first.checkout_url.as_str())
    );
    assert_eq!(shop.count("sessions"), 1);
    shop.choose(&first.checkout_url, "pay");
    let told = shop.trial.post("/api/bookings", &headers, &body).await;
    assert_eq!(told.status, 200, "its page says that it is paid");
    let told = shop.trial.post_json(&pay, &json!({ "token": first.token })).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "nothing_to_pay"));
}

#[tokio::test]
async fn without_javascript_the_way_to_the_checkout_is_a_link_on_the_bookings_page() {
    let shop = Shop::open();
    let fields = [
        ("page", "aiko/paid"),
        ("start", WEDNESDAY_TEN),
        ("duration_minutes", "60"),
        ("price.60", "9000 JPY"),
        ("locale", "ja"),
        ("time_zone", "Asia/Tokyo"),
        ("contact.name", "森まら"),
        ("contact.email", "mara@example.org"),
    ];
    let told = shop.trial.post_form("/api/bookings", &fields).await;
    assert_eq!(told.status, 303, "{}", told.body);
    let path = told.header("location").to_owned();
    let page = shop.trial.get(&path).await;
    assert!(page.text().contains("9,000円を支払う"), "{}", page.text());
    let session = shop.state()["sessions"][0].clone();
    assert_eq!((&session["amount_total"], &session["locale"]), (&json!(9000), &json!("ja")));
    let url = session["url"].as_str().unwrap();
    assert!(page.body.contains(url), "{}", page.body);
    shop.choose(url, "pay");
    assert!(shop.trial.get(&path).await.text().contains("支払い済み"));
}

#[tokio::test]
async fn who_books_too_late_for_a_refund_is_not_promised_one() {
    let shop = Shop::open();
    let told = shop.trial.post_json("/api/bookings", &paid("2026-11-24T04:30:00Z")).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let page = shop.trial.get(&Order::of(&told).path).await.text();
    assert!(page.contains("You get your money back only if Aiko Tanaka cancels."), "{page}");
}

#[tokio::test]
async fn where_stripe_is_away_the_time_is_held_and_the_page_offers_to_pay_again() {
    let shop = Shop::open();
    shop.switch(
        &json!({ "troubles": [{ "call": "create", "answer": 500, "after_doing": false, "times": 2 }] }),
    );
    let told = shop.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let order = Order::of(&told);
    assert_eq!(order.checkout_url, "");
    check(&shop.stands(&order).await, WAITING);
    let form = [("token", order.token.as_str())];
    let pay = format!("/api/bookings/{}/pay", order.id);
    let page = shop.trial.post_form(&pay, &form).await;
    assert_eq!(page.status, 503);
    assert!(page.text().contains("Payment is not possible right now"), "{}", page.text());
    assert!(page.body.contains(&format!("action=\"{pay}\"")), "{}", page.body);
    assert_eq!(shop.trial.post_form(&pay, &form).await.status, 303);
    assert_eq!(shop.count("sessions"), 1);
}

#[tokio::test]
async fn an_answer_of_stripes_that_is_lost_makes_no_second_checkout() {
    let shop = Shop::open();
    shop.switch(&json!({ "troubles": [{ "call": "create", "answer": 500, "after_doing": true }] }));
    let order = Order::of(&shop.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await);
    assert_eq!(order.checkout_url, "");
    let pay = format!("/api/bookings/{}/pay", order.id);
    // Stripe keeps the first answer to a key, also where that was an error.
    let told = shop.trial.post_json(&pay, &json!({ "token": order.token })).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (503, "payment_unavailable"));
    assert_eq!(shop.count("sessions"), 1);
}

#[tokio::test]
async fn what_is_not_signed_or_says_something_else_books_nothing() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.switch(&json!({ "session_says": { "amount_total": 4999 } }));
    shop.choose(&order.checkout_url, "pay");
    let state = shop.state();
    let events = state["events"].as_array().unwrap();
    let mut paid = events.iter().find(|event| event["type"] == "checkout.session.completed").unwrap().clone();
    paid["data"]["object"]["amount_total"] = json!(4999);
    assert_eq!(shop.tell(&paid).await.status, 200);
    check(&shop.stands(&order).await, WAITING);
    paid["data"]["object"]["amount_total"] = json!(5000);
    let body = paid.to_string();
    let an_hour_ago = "2026-11-23T22:59:00Z";
    for signature in ["", "t=1,v1=00", &sign("{}", NOW), &sign(&body, an_hour_ago)] {
        let told = shop.tell_signed(&body, signature).await;
        assert_eq!(
            (told.status, told.json()["code"].as_str().unwrap()),
            (401, "signature_refused"),
            "{signature}"
        );
    }
    let mut live = paid.clone();
    live["livemode"] = json!(true);
    assert_eq!(shop.tell(&live).await.status, 200);
    let mut other = paid.clone();
    other["data"]["object"]["client_reference_id"] = json!("aiko.AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(shop.tell(&other).await.status, 200, "it is of nobody here");
    let gone = "is about a payment for aiko.AAAAAAAAAAAAAAAAAAAAAA, which is not kept any more";
    assert_eq!(shop.trial.faults().iter().filter(|fault| fault.contains(gone)).count(), 1);
    other["data"]["object"]["client_reference_id"] = json!("nobody.AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(shop.tell(&other).await.status, 200);
    check(&shop.stands(&order).await, WAITING);
    assert_eq!(shop.tell_signed("nonsense", &sign("nonsense", NOW)).await.status, 400);
    assert_eq!(shop.tell(&paid).await.status, 200);
    check(&shop.stands(&order).await, BOOKED);
}

#[tokio::test]
async fn whoever_cancels_while_paying_gets_the_money_back() {
    let shop = Shop::open();
    let order = shop.order().await;
    let (cancel, bearer) = (format!("/api/bookings/{}/cancel", order.id), format!("Bearer {}", order.token));
    shop.choose(&order.checkout_url, "pay");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    assert_eq!(shop.trial.post(&cancel, &headers, "{}").await.status, 200);
    shop.comes_to(&order, ("cancelled", "refunded")).await;
    assert_eq!(shop.state()["refunds"][0]["amount"], 5000);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("Sent back in full"), "{page}");
}

#[tokio::test]
async fn a_checkout_is_closed_once_its_booking_is_cancelled() {
    let shop = Shop::open();
    let order = shop.order().await;
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    for _ in 0..100 {
        shop.trial.carry_out();
        if shop.state()["sessions"][0]["status"] == "expired" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(shop.state()["sessions"][0]["status"], "expired");
    check(&shop.stands(&order).await, ("cancelled", "unpaid"));
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("\nNothing was paid, and there is nothing to pay.\n"), "{page}");
}

#[tokio::test]
async fn a_host_sends_a_part_back_and_then_the_rest_with_the_meeting() {
    let shop = Shop::open();
    let order = shop.order().await;
    let told = shop.by_host(&order, "refund", &json!({})).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "nothing_to_refund"));
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let told = shop.by_host(&order, "refund", &json!({ "amount": 2000, "reason": "We began late" })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(told.json()["booking"]["payment"]["refundable"]["amount"], 3000);
    shop.comes_to(&order, ("confirmed", "partly_refunded")).await;
    let again = json!({ "amount": 2000, "refundable": 5000 });
    let told = shop.by_host(&order, "refund", &again).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "superseded"), "{}", told.body);
    assert_eq!(told.json()["title"], "Money has been sent back in the meantime");
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("You will get ¥3,000 back."), "{page}");
    for amount in [json!(0), json!(-1), json!("all"), json!(1.5)] {
        assert_eq!(shop.by_host(&order, "refund", &json!({ "amount": amount })).await.status, 422);
    }
    assert_eq!(shop.by_host(&order, "refund", &json!({ "amount": 3001 })).await.status, 409);
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    shop.comes_to(&order, ("cancelled", "refunded")).await;
    let amounts: Vec<u64> = shop.state()["refunds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refund| refund["amount"].as_u64().unwrap())
        .collect();
    assert_eq!(amounts, [2000, 3000]);
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_made_once() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    shop.switch(&json!({ "troubles": [{ "call": "refund", "answer": 503, "after_doing": true }] }));
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    shop.trial.carry_out();
    shop.trial.pass(10);
    shop.comes_to(&order, ("cancelled", "refunded")).await;
    assert_eq!(shop.count("refunds"), 1);
}

/// A meeting that its host has cancelled, and whose money Stripe has in hand.
async fn refund_on_its_way(shop: &Shop) -> Order {
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    shop.switch(&json!({ "refunds": "pend" }));
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    for _ in 0..100 {
        shop.trial.carry_out();
        if shop.count("refunds") == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    order
}

#[tokio::test]
async fn a_refund_that_fails_later_is_said_to_both() {
    let shop = Shop::open();
    let order = refund_on_its_way(&shop).await;
    check(&shop.stands(&order).await, ("cancelled", "refund_pending"));
    let refund = shop.state()["refunds"][0]["id"].as_str().unwrap().to_owned();
    shop.ask(&format!("/refunds/{refund}"), Some("choice=fail"));
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, ("cancelled", "refund_failed"));
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("Aiko Tanaka is seeing to your refund"), "{page}");
}

#[tokio::test]
async fn a_refund_that_fails_later_is_heard_of_though_nobody_tells() {
    let shop = Shop::open();
    let order = refund_on_its_way(&shop).await;
    settle(&shop).await;
    let refund = shop.state()["refunds"][0]["id"].as_str().unwrap().to_owned();
    shop.ask(&format!("/refunds/{refund}"), Some("choice=fail"));
    shop.pass(6 * 3600 + 60);
    shop.comes_to(&order, ("cancelled", "refund_failed")).await;
    assert_eq!(shop.count("refunds"), 1);
}

#[tokio::test]
async fn a_host_says_that_it_was_paid_otherwise() {
    let shop = Shop::open();
    let order = shop.order().await;
    // Else nobody could pay there any more, as soon as its host has said so.
    shop.switch(&json!({ "troubles": [{ "call": "expire", "answer": 503, "times": 9 }] }));
    let told = shop.by_host(&order, "paid", &json!({})).await;
    assert_eq!(told.status, 200, "{}", told.body);
    check(&shop.stands(&order).await, BOOKED);
    // Whoever pays there as well gets it back.
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    for _ in 0..100 {
        shop.trial.carry_out();
        if shop.count("refunds") == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(shop.count("refunds"), 1);
    assert_eq!(shop.booking(&order).await["status"], "confirmed");
}

#[tokio::test]
async fn what_its_visitor_has_cancelled_is_not_marked_as_paid() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let headers =
        [("content-type", "application/json"), ("authorization", &*format!("Bearer {}", order.token))];
    let cancel = format!("/api/bookings/{}/cancel", order.id);
    assert_eq!(shop.trial.post(&cancel, &headers, "{}").await.status, 200);
    let told = shop.by_host(&order, "paid", &json!({})).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("already_cancelled")));
    let detail = "It was not marked as paid. If you were paid in another way, agree on another time with your visitor, \
        or give the money back.";
    assert_eq!(told.json()["detail"], detail);
}

#[tokio::test]
async fn an_accepted_request_is_paid_then() {
    let shop = Shop::of(|host| {
        if let Some(meeting) = host.meetings.get_mut("paid") {
            meeting.approval_within_minutes = Some(600);
        }
    });
    let told = shop.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let order = Order::of(&told);
    assert_eq!(shop.count("sessions"), 0);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("To be paid once Aiko Tanaka has accepted"), "{page}");
    assert_eq!(shop.by_host(&order, "accept", &json!({})).await.status, 200);
    check(&shop.stands(&order).await, WAITING);
    let form = [("token", order.token.as_str())];
    let told = shop.trial.post_form(&format!("/api/bookings/{}/pay", order.id), &form).await;
    assert_eq!(told.status, 303);
    let session = shop.state()["sessions"][0].clone();
    shop.choose(session["url"].as_str().unwrap(), "pay");
    assert!(shop.trial.get(&order.path).await.text().contains("You are booked"));
}

#[tokio::test]
async fn nobody_is_sent_to_a_payment_link_whose_word_could_not_be_heard() {
    let shop = Shop::of(|host| {
        let url = "https://shop.example/pay?ref={booking}".to_owned();
        host.payments = Some(Payments::Link { url, secret: vec!["SECRET_OF_NOBODY".to_owned()] });
    });
    let order = shop.order().await;
    assert_eq!(order.checkout_url, "");
    let bearer = format!("Bearer {}", order.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let told = shop.trial.post(&format!("/api/bookings/{}/pay", order.id), &headers, "{}").await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (503, "payment_unavailable"));
}

/// Has a host's payments go through a link.
fn by_link(host: &mut HostDefinition) {
    if host.folder == "aiko" {
        host.payments = Some(Payments::Link {
            url: "https://shop.example/pay?ref={booking}&sum={amount}&in={currency}&back={return}".to_owned(),
            secret: vec!["STRIPE_WEBHOOK_SECRET".to_owned()],
        });
    }
}

#[tokio::test]
async fn whoever_comes_back_from_a_payment_link_before_its_word_is_not_asked_to_pay_again() {
    let shop = Shop::of(by_link);
    // By this host's, the local adapter knows the made-up secret.
    assert_eq!(shop.trial.get("/api/availability/jonas/support").await.status, 200);
    for (locale, start, pay, lines, at_first) in [
        (
            "en",
            WEDNESDAY_TEN,
            "Pay ¥5,000",
            "We have not heard of a payment yet\nIf you have just paid, Aiko Tanaka has yet to hear of it: you do not \
             need to pay again. The time is held for you until Tuesday 24 November 2026, 01:30.\n",
            "If you have paid ¥5,000 already, you do not need to pay again: Aiko Tanaka has yet to hear of it.",
        ),
        (
            "ja",
            "2026-11-27T01:00:00Z",
            "5,000円を支払う",
            "お支払いをまだ確認できていません\nすでにお支払い済みの場合は、Aiko Tanakaが確認するまでお待ちください。\
             もう一度お支払いいただく必要はありません。",
            "すでに5,000円をお支払い済みの場合は、もう一度お支払いいただく必要はありません。Aiko Tanakaが確認するまでお待ちください。",
        ),
    ] {
        let mut wish = paid(start);
        wish["locale"] = json!(locale);
        let order = Order::of(&shop.trial.post_json("/api/bookings", &wish).await);
        let mut asked = form_urlencoded::parse(order.checkout_url.as_bytes());
        let back = asked.find(|(name, _)| name == "back").unwrap().1.replace(BASE_URL, "");
        for path in [&back, &format!("{}?returned", order.path)] {
            let page = shop.trial.get(path).await;
            assert!(page.text().contains(lines), "{path}: {}", page.text());
            assert!(page.text().contains(pay), "who has not paid still can: {}", page.text());
            assert!(!page.body.contains("class=\"button\" href=\"https://shop.example"), "{}", page.body);
        }
        let page = shop.trial.get(&order.path).await;
        assert!(page.text().contains(at_first) && !page.text().contains(lines), "{}", page.text());
        assert!(page.body.contains("class=\"button\" href=\"https://shop.example"), "{}", page.body);
    }
}

/// A form may lead to no other site, but the page that answers it may, where that is a window of its own.
#[tokio::test]
async fn a_press_leads_to_where_it_is_paid_in_a_window_of_its_own() {
    let shop = Shop::open();
    let order = shop.order().await;
    let pay = format!("/api/bookings/{}/pay", order.id);
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("token", &order.token).finish();
    for (dest, expected) in [("document", 200), ("iframe", 303), ("", 303)] {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-dest", dest)];
        let told = shop.trial.post(&pay, &headers, &form).await;
        assert_eq!(told.status, expected, "{dest}: {}", told.body);
        let refresh = (expected == 200).then(|| format!("0; url={}", order.checkout_url));
        assert_eq!(told.header("refresh"), refresh.unwrap_or_default(), "{dest}");
    }
}

#[tokio::test]
async fn a_payment_link_leads_elsewhere_and_a_signed_word_comes_back() {
    let shop = Shop::of(by_link);
    // By this host's, the local adapter knows the made-up secret.
    assert_eq!(shop.trial.get("/api/availability/jonas/support").await.status, 200);
    let order = shop.order().await;
    let (link, back) = order.checkout_url.split_once("&back=").unwrap();
    assert_eq!(link, format!("https://shop.example/pay?ref={}&sum=5000&in=JPY", order.id));
    assert!(back.starts_with("https%3A%2F%2Fmeet.example.com%2Fbooking%2F"), "{back}");
    let word = |amount: u64| {
        let booking = &order.id;
        json!({
            "type": "payment.succeeded", "booking": booking, "amount": amount, "currency": "JPY", "reference": "r-1",
        })
        .to_string()
    };
    let key = standard_webhooks::key(WEBHOOK_SECRET).unwrap();
    let time = NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let say = async |body: &str, signed: &str| {
        let (time, signature) = (time.to_string(), standard_webhooks::sign(&key, "w-1", time, signed));
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", "w-1"),
            ("webhook-timestamp", &time),
            ("webhook-signature", &signature),
        ];
        shop.trial.post("/api/payments/link", &headers, body).await.status
    };
    assert_eq!(say(&word(5000), "{}").await, 401);
    assert_eq!(say(&word(4999), &word(4999)).await, 200);
    for (mistake, instead) in
        [("\"JPY\"", "\"jpy\""), ("5000", "\"5000\""), ("5000", "0"), ("5000", "-1"), ("\"r-1\"", "\"\"")]
    {
        let wrong = word(5000).replace(mistake, instead);
        assert_eq!(say(&wrong, &wrong).await, 422, "{wrong}");
    }
    check(&shop.stands(&order).await, WAITING);
    assert_eq!(say(&word(5000), &word(5000)).await, 200);
    assert_eq!(say(&word(5000), &word(5000)).await, 200);
    check(&shop.stands(&order).await, BOOKED);
    // One payment pays for one meeting.
    let other = json!({ "name": "Sam Doe", "email": "sam@example.org" });
    let mut wish = paid("2026-11-25T04:00:00Z");
    wish["contact"] = other;
    let second = Order::of(&shop.trial.post_json("/api/bookings", &wish).await);
    let of_second = word(5000).replace(&order.id, &second.id);
    assert_eq!(say(&of_second, &of_second).await, 200);
    check(&shop.stands(&second).await, WAITING);
    let of_its_own = of_second.replace("r-1", "r-2");
    assert_eq!(say(&of_its_own, &of_its_own).await, 200);
    check(&shop.stands(&second).await, BOOKED);
    // Such a page sends no money back: its host has to.
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    check(&shop.stands(&order).await, ("cancelled", "refund_owed"));
    let told = shop.by_host(&order, "refund", &json!({})).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "nothing_to_refund"));
    assert_eq!(shop.by_host(&order, "refunded", &json!({ "amount": 5000 })).await.status, 200);
    check(&shop.stands(&order).await, ("cancelled", "refunded"));
}

/// A host whose folder was renamed without its ledger: the money is with the shop, which must not take it for heard.
#[tokio::test]
async fn a_word_about_money_for_no_booking_is_not_taken_and_the_operator_is_told() {
    let shop = Shop::of(|host| {
        if host.folder == "aiko" {
            let url = "https://shop.example/pay?ref={booking}".to_owned();
            host.payments = Some(Payments::Link { url, secret: vec!["STRIPE_WEBHOOK_SECRET".to_owned()] });
        }
    });
    // By this host's, the local adapter knows the made-up secret.
    assert_eq!(shop.trial.get("/api/availability/jonas/support").await.status, 200);
    let say = async |booking: &str, key: &str| {
        let body = json!({
            "type": "payment.succeeded", "booking": booking, "amount": 5000, "currency": "JPY", "reference": "r-1",
        });
        let (body, key) = (body.to_string(), standard_webhooks::key(key).unwrap());
        let time = NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
        let (time, signature) = (time.to_string(), standard_webhooks::sign(&key, "w-1", time, &body));
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", "w-1"),
            ("webhook-timestamp", &time),
            ("webhook-signature", &signature),
        ];
        let told = shop.trial.post("/api/payments/link", &headers, &body).await;
        (told.status, told.json()["code"].as_str().unwrap().to_owned())
    };
    let not_found = (404, "not_found".to_owned());
    let (nobody, unknown) = ("nobody.AAAAAAAAAAAAAAAAAAAAAA", "aiko.AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(say(nobody, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await, not_found);
    assert_eq!(shop.trial.faults(), [""; 0], "anybody could have said that");
    for booking in [nobody, unknown, "what the shop\nmade of it"] {
        assert_eq!(say(booking, WEBHOOK_SECRET).await, not_found, "{booking}");
    }
    let told = |booking: &str| {
        format!(
            "JPY 5000 was paid by a link (r-1) for {booking}, which is not a booking here that is paid that way. Was a \
             host's folder renamed without `ledger`?"
        )
    };
    assert_eq!(shop.trial.faults(), [nobody, unknown, "what the shop made of it"].map(told));
}

/// A site where orders are taken that are paid later.
pub(super) fn delayed(host: &mut HostDefinition) {
    if let Some(Payments::Stripe { delayed, .. }) = &mut host.payments {
        *delayed = true;
    }
}

#[tokio::test]
async fn an_order_that_is_paid_later_ends_before_the_meeting_and_is_not_taken_where_that_is_near() {
    let shop = Shop::of(delayed);
    // Three days ahead, and one.
    let told = shop.trial.post_json("/api/bookings", &paid("2026-11-27T01:00:00Z")).await;
    assert_eq!(told.status, 200, "{}", told.body);
    shop.order().await;
    let state = shop.state();
    let [far, near] = [&state["sessions"][0], &state["sessions"][1]];
    assert_eq!(far["payment_method_options"], json!({ "konbini": { "expires_after_days": 2 } }));
    assert!(far["payment_method_types"].to_string().contains("konbini"), "{far}");
    assert_eq!(near["payment_method_types"], json!(["card"]));
    assert_eq!(near["payment_method_options"], json!({}));
}

#[tokio::test]
async fn whoever_did_not_pay_later_can_pay_another_way_and_is_not_asked_for_ever() {
    let shop = Shop::of(delayed);
    let told = shop.trial.post_json("/api/bookings", &paid("2026-11-27T01:00:00Z")).await;
    let order = Order::of(&told);
    shop.choose(&order.checkout_url, "later");
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, ("awaiting_payment", "promised"));
    shop.choose(&order.checkout_url, "fail");
    // The provider is asked, as nobody tells.
    let bearer = format!("Bearer {}", order.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let pay = format!("/api/bookings/{}/pay", order.id);
    let told = shop.trial.post(&pay, &headers, "{}").await;
    assert_eq!(told.status, 200, "{}", told.body);
    let second = told.json()["checkout_url"].as_str().unwrap().to_owned();
    assert_ne!(second, order.checkout_url);
    assert_eq!(shop.state()["sessions"][1]["payment_method_types"], json!(["card"]), "not later once more");
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, WAITING);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("Your payment did not arrive"), "{page}");
    assert!(page.contains("You can still pay another way. The time is held for you until "), "{page}");
    shop.choose(&second, "pay");
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, BOOKED);
}

#[tokio::test]
async fn a_time_that_is_held_for_a_payment_that_comes_later_is_not_offered() {
    const START: &str = "2026-11-27T01:00:00Z";
    let seconds = START.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let shop = Shop::of(delayed);
    let is_offered = async || {
        let path = "/api/availability/aiko/paid?from=2026-11-27&to=2026-11-27";
        let told = shop.trial.get(path).await;
        assert_eq!(told.status, 200, "{}", told.body);
        told.json()["slots"].as_array().unwrap().contains(&json!(seconds))
    };
    assert!(is_offered().await);
    let order = Order::of(&shop.trial.post_json("/api/bookings", &paid(START)).await);
    shop.trial.carry_out();
    shop.choose(&order.checkout_url, "later");
    shop.tell_all(0).await;
    shop.pass(60);
    shop.trial.carry_out();
    shop.pass(42 * 60);
    assert!(!is_offered().await);
    check(&shop.stands(&order).await, ("awaiting_payment", "promised"));
}

#[tokio::test]
async fn where_another_amount_was_paid_the_page_says_so_and_leads_to_no_checkout() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.switch(&json!({ "session_says": { "amount_total": 4999 } }));
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let page = shop.trial.get(&order.path).await;
    for line in
        ["Another amount was paid", "¥4,999 was paid, but the price is ¥5,000", "¥4,999 was paid instead"]
    {
        assert!(page.text().contains(line), "{line}: {}", page.text());
    }
    assert!(!page.body.contains("\"_top\"") && !page.body.contains("/pay\""), "{}", page.body);
    let pay = format!("/api/bookings/{}/pay", order.id);
    let told = shop.trial.post_form(&pay, &[("token", &order.token)]).await;
    assert_eq!(told.status, 409, "{}", told.body);
    assert_eq!(shop.booking(&order).await["payment"]["mismatched"]["amount"], 4999);
    assert_eq!(shop.by_host(&order, "paid", &json!({})).await.status, 200);
    check(&shop.stands(&order).await, BOOKED);
}

/// A booking for which ¥4,999 was paid instead of ¥5,000.
async fn mismatched() -> (Shop, Order) {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.switch(&json!({ "session_says": { "amount_total": 4999 } }));
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    (shop, order)
}

#[tokio::test]
async fn its_host_says_whether_another_amount_counts() {
    for (amount, is_other) in [(Some(4999), true), (None, true), (Some(5000), false)] {
        let (shop, order) = mismatched().await;
        let refused = shop.by_host(&order, "paid", &json!({ "amount": 4998 })).await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (409, &json!("superseded")),
            "{}",
            refused.body
        );
        assert!(refused.body.contains("Another amount was paid meanwhile"), "{}", refused.body);
        assert_eq!(shop.by_host(&order, "paid", &json!({ "amount": "all" })).await.status, 422);
        for again in [false, true] {
            let told = shop.by_host(&order, "paid", &json!({ "amount": amount })).await;
            assert_eq!(told.status, 200, "{again}: {}", told.body);
            let payment = &told.json()["booking"]["payment"];
            let counts = if is_other { 4999 } else { 5000 };
            assert_eq!(
                (&payment["paid"]["amount"], payment["reference"].is_null()),
                (&json!(counts), !is_other)
            );
            let left = (!is_other).then_some(4999);
            assert_eq!(payment["mismatched"]["amount"].as_u64(), left, "{payment}");
        }
    }
}

#[tokio::test]
async fn once_its_host_has_sent_another_amount_back_the_price_can_be_paid() {
    let (shop, order) = mismatched().await;
    let told = shop.by_host(&order, "refunded", &json!({ "amount": 5000 })).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("superseded")), "{}", told.body);
    let intent = shop.state()["payment_intents"][0]["id"].clone();
    let host = shop.trial.secrets().host_key("aiko", 1);
    let seen = shop.trial.get_as("/api/host/bookings", &host).await.json();
    assert_eq!(seen["bookings"][0]["payment"]["reference"], intent, "its host can look it up there");
    let told = shop.by_host(&order, "refunded", &json!({ "amount": 4999 })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let payment = told.json()["booking"]["payment"].clone();
    assert_eq!((&payment["mismatched"], &payment["status"]), (&Value::Null, &json!("due")));
    assert_eq!(payment["refunds"][0]["money"]["amount"], 4999);
    let page = shop.trial.get(&order.path).await;
    assert!(page.text().contains("The price has yet to be paid"), "{}", page.text());
    // Cancelled then, it is not said that nothing was paid.
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("¥4,999 was sent back") && !page.contains("Nothing was paid"), "{page}");
}

#[tokio::test]
async fn where_another_amount_was_sent_back_it_is_not_denied_once_the_price_is_not_paid() {
    let (shop, order) = mismatched().await;
    assert_eq!(shop.by_host(&order, "refunded", &json!({})).await.status, 200);
    let page = shop.trial.get(&order.path).await.text();
    let lead = "The price has yet to be paid\n¥4,999 was sent back to you, because it was not the price. Aiko Tanaka’s time is \
        held for you until Wednesday 25 November 2026, 00:59: once you have paid ¥5,000, you are booked.";
    assert!(page.contains(lead), "{page}");
    shop.pass(25 * 3600);
    shop.comes_to(&order, ("expired", "unpaid")).await;
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("The price was not paid in time"), "{page}");
    assert!(page.contains("¥4,999 was sent back") && !page.contains("No payment has reached us"), "{page}");
}

#[tokio::test]
async fn another_amount_is_not_denied_once_the_meeting_is_called_off() {
    for (by_host, status) in [(true, "cancelled"), (false, "cancelled")] {
        let shop = Shop::open();
        let order = shop.order().await;
        shop.switch(&json!({ "session_says": { "amount_total": 4999 } }));
        shop.choose(&order.checkout_url, "pay");
        shop.tell_all(0).await;
        if by_host {
            assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
        } else {
            let bearer = format!("Bearer {}", order.token);
            let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
            let path = format!("/api/bookings/{}/cancel", order.id);
            assert_eq!(shop.trial.post(&path, &headers, "{}").await.status, 200);
        }
        check(&shop.stands(&order).await, (status, "unpaid"));
        let page = shop.trial.get(&order.path).await.text();
        assert!(page.contains("¥4,999 was paid. Aiko Tanaka has to see to your payment."), "{page}");
        assert!(!page.contains("Nothing was paid"), "{page}");
    }
}

#[tokio::test]
async fn what_is_marked_as_paid_is_asked_of_stripe_first() {
    let shop = Shop::open();
    let order = shop.order().await;
    // No webhook of it comes.
    shop.choose(&order.checkout_url, "pay");
    let told = shop.by_host(&order, "paid", &json!({})).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let payment = told.json()["booking"]["payment"].clone();
    assert!(payment["reference"].as_str().is_some_and(|name| name.starts_with("pi_")), "{payment}");
    shop.tell_all(0).await;
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    shop.comes_to(&order, ("cancelled", "refunded")).await;
    let state = shop.state();
    assert_eq!(state["refunds"].as_array().unwrap().len(), 1, "{}", state["refunds"]);
    let payment = shop.by_host(&order, "refunded", &json!({})).await.json()["booking"]["payment"].clone();
    assert_eq!(payment["owed"]["amount"], 0, "nothing is to be sent by hand");
}

#[tokio::test]
async fn what_another_amount_was_paid_for_meanwhile_is_not_marked_as_paid_unseen() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.switch(&json!({ "session_says": { "amount_total": 4999 } }));
    shop.choose(&order.checkout_url, "pay");
    let told = shop.by_host(&order, "paid", &json!({})).await;
    assert_eq!((told.status, &told.json()["title"]), (409, &json!("Another amount was paid meanwhile")));
    assert_eq!(shop.by_host(&order, "paid", &json!({})).await.status, 200);
    check(&shop.stands(&order).await, BOOKED);
    let told = shop.by_host(&order, "paid", &json!({ "x": 1 })).await;
    let message = "There is no field of this name here. It can be: amount.";
    let errors = json!([{ "field": "x", "message": message }]);
    assert_eq!((told.status, &told.json()["errors"]), (422, &errors));
}

#[tokio::test]
async fn a_dispute_finds_its_host_among_many() {
    let shop =
        Shop::with(|site, _| drop(site.hosts.splice(0..0, (0..200).map(|number| format!("other-{number}")))));
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let intent = shop.state()["payment_intents"][0]["id"].as_str().unwrap().to_owned();
    shop.ask(&format!("/disputes/{intent}"), Some("choice=dispute"));
    shop.tell_all(0).await;
    let key = shop.trial.secrets().host_key("aiko", 1);
    let told = shop.trial.get_as("/api/host/bookings", &key).await.json();
    assert_eq!(told["bookings"][0]["payment"]["disputes"][0]["state"], "open");
}

#[tokio::test]
async fn a_dispute_finds_its_booking_and_nobody_elses() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let intent = shop.state()["payment_intents"][0]["id"].as_str().unwrap().to_owned();
    let from = shop.count("events");
    shop.ask(&format!("/disputes/{intent}"), Some("choice=dispute"));
    let event = shop.state()["events"][from].clone();
    assert_eq!(event["type"], "charge.dispute.created");
    let body = event.to_string();
    let forged = shop.tell_signed(&body, &sign_with("whsec_guessed", &body, &shop.now())).await;
    assert_eq!((forged.status, forged.json()["code"].as_str().unwrap()), (401, "signature_refused"));
    let of_host = async || {
        let key = shop.trial.secrets().host_key("aiko", 1);
        shop.trial.get_as("/api/host/bookings", &key).await.json()["bookings"][0].clone()
    };
    assert_eq!(of_host().await["payment"]["disputes"], json!([]));
    for _ in 0..2 {
        assert_eq!(shop.tell(&event).await.status, 200);
    }
    let disputes = of_host().await["payment"]["disputes"].clone();
    let dispute = &disputes[0];
    assert_eq!(
        (disputes.as_array().unwrap().len(), &dispute["state"], &dispute["money"]["amount"]),
        (1, &json!("open"), &json!(5000))
    );
    let answer_by = dispute["answer_by"].as_str().unwrap();
    assert!(answer_by.starts_with("2026-11-30T23:59:"), "{answer_by}");
    let key = shop.trial.secrets().host_key("aiko", 1);
    let request = http::Request::get("/api/host/bookings").header("accept-language", "ja");
    let request = request.header("authorization", format!("Bearer {key}"));
    let told = shop.trial.send(request.body(bytes::Bytes::new()).unwrap()).await.json();
    let reason = &told["bookings"][0]["payment"]["disputes"][0]["reason"];
    assert_eq!(reason, "カード名義人が支払いに覚えがないと申し出ている");
    check(&shop.stands(&order).await, BOOKED);
    assert_eq!(
        shop.booking(&order).await["payment"]["disputes"],
        Value::Null,
        "the visitor does not hear of it here"
    );
    let told = shop.by_host(&order, "refund", &json!({})).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "payment_disputed"));
    assert_eq!(told.json()["detail"], "Nothing can be sent back until the bank has decided.");
    assert_eq!(of_host().await["payment"]["refundable"]["amount"], 0);
    let page = shop.trial.get(&order.path).await.text();
    for line in [
        "Your bank is deciding whether ¥5,000 is returned to you",
        "Your bank is deciding whether ¥5,000 is returned to you. Cancelling does not change that.",
    ] {
        assert!(page.lines().any(|said| said == line), "{line}: {page}");
    }
    assert!(!page.contains("money back if you cancel"), "{page}");
    // A payment of a shop's, in the same account.
    let form = "mode=payment&line_items[0][quantity]=1&line_items[0][price_data][currency]=jpy&\
        line_items[0][price_data][unit_amount]=5000&line_items[0][price_data][product_data][name]=Tea&\
        success_url=https://shop.example.com/";
    shop.choose(at_stripe(&shop, "checkout/sessions", form)["url"].as_str().unwrap(), "pay");
    let mut other = event.clone();
    other["data"]["object"]["payment_intent"] = shop.state()["payment_intents"][1]["id"].clone();
    assert_eq!(shop.tell(&other).await.status, 200);
    // The key is not of the account whose webhooks come: Stripe tells again once that is mended.
    other["data"]["object"]["payment_intent"] = json!("pi_of_another_account");
    assert_eq!(shop.tell(&other).await.status, 503);
    shop.ask(&format!("/disputes/{intent}"), Some("choice=lose"));
    shop.tell_all(from).await;
    assert_eq!(of_host().await["payment"]["disputes"][0]["state"], "lost");
    assert_eq!(of_host().await["payment"]["refundable"]["amount"], 0);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.lines().any(|line| line == "Your bank has returned ¥5,000 to you"), "{page}");
    assert!(!page.contains("money back"), "{page}");
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    shop.trial.carry_out();
    assert_eq!(shop.count("refunds"), 0);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.lines().any(|line| line == "Your bank has returned ¥5,000 to you."), "{page}");
    assert!(!page.contains("not refunded"), "{page}");
}

#[tokio::test]
async fn what_a_bank_only_asks_about_can_be_sent_back_until_it_is_disputed() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let intent = shop.state()["payment_intents"][0]["id"].as_str().unwrap().to_owned();
    let from = shop.count("events");
    shop.ask(&format!("/disputes/{intent}"), Some("choice=inquire"));
    shop.tell_all(from).await;
    let payment = async || {
        let key = shop.trial.secrets().host_key("aiko", 1);
        shop.trial.get_as("/api/host/bookings", &key).await.json()["bookings"][0]["payment"].clone()
    };
    let stands = async || {
        let payment = payment().await;
        (payment["disputes"][0]["state"].clone(), payment["refundable"]["amount"].clone())
    };
    assert_eq!(stands().await, (json!("inquiry"), json!(5000)));
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("money back if you cancel") && !page.contains("Your bank"), "{page}");
    let told = shop.by_host(&order, "refund", &json!({ "amount": 2000 })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    shop.comes_to(&order, ("confirmed", "partly_refunded")).await;
    shop.ask(&format!("/disputes/{intent}"), Some("choice=lose"));
    // Twice, and in another order than it happened.
    shop.tell_all(from).await;
    shop.tell_all(from).await;
    assert_eq!(stands().await, (json!("open"), json!(0)));
    let told = shop.by_host(&order, "refund", &json!({})).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "payment_disputed"));
}

#[tokio::test]
async fn what_is_sent_back_in_full_settles_what_a_bank_asks_and_nobody_is_told_that_it_was_won() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let intent = shop.state()["payment_intents"][0]["id"].as_str().unwrap().to_owned();
    shop.ask(&format!("/disputes/{intent}"), Some("choice=inquire"));
    shop.tell_all(0).await;
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    shop.comes_to(&order, ("cancelled", "refunded")).await;
    shop.tell_all(0).await;
    let key = shop.trial.secrets().host_key("aiko", 1);
    let told = shop.trial.get_as("/api/host/bookings", &key).await.json();
    assert_eq!(told["bookings"][0]["payment"]["disputes"][0]["state"], "won");
    assert_eq!(shop.count("refunds"), 1);
}

#[tokio::test]
async fn what_is_cancelled_while_it_is_disputed_goes_back_once_that_is_won() {
    let shop = Shop::open();
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    let intent = shop.state()["payment_intents"][0]["id"].as_str().unwrap().to_owned();
    let from = shop.count("events");
    shop.ask(&format!("/disputes/{intent}"), Some("choice=dispute"));
    shop.tell_all(from).await;
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    shop.trial.carry_out();
    assert_eq!(shop.count("refunds"), 0, "Stripe would refuse it");
    check(&shop.stands(&order).await, ("cancelled", "paid"));
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("If it is not, the money goes back to you after that."), "{page}");
    let from = shop.count("events");
    shop.ask(&format!("/disputes/{intent}"), Some("choice=win"));
    shop.tell_all(from).await;
    shop.comes_to(&order, ("cancelled", "refunded")).await;
    assert_eq!(shop.count("refunds"), 1);
}

#[tokio::test]
async fn what_a_request_of_payment_has_that_nobody_reads_is_refused() {
    let shop = Shop::open();
    let order = shop.order().await;
    let refused = shop.by_host(&order, "paid", &json!({ "price": 5000 })).await;
    assert_eq!(
        (refused.status, refused.json()["errors"][0]["field"].as_str()),
        (422, Some("price")),
        "{}",
        refused.body
    );
    let bearer = format!("Bearer {}", order.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let pay = format!("/api/bookings/{}/pay", order.id);
    let refused = shop.trial.post(&pay, &headers, r#"{"method":"card"}"#).await;
    assert_eq!(
        (refused.status, refused.json()["errors"][0]["field"].as_str()),
        (422, Some("method")),
        "{}",
        refused.body
    );
    check(&shop.stands(&order).await, WAITING);
}

#[tokio::test]
async fn a_part_that_stripe_cannot_send_back_is_refused() {
    for (code, price, wrong, right, step) in
        [("MGA", 500_000, 150, 200, "MGA\u{a0}1"), ("KWD", 5010, 1005, 1010, "KWD\u{a0}0.010")]
    {
        let shop = Shop::of(|host| {
            let money = Money { amount: price, currency: Currency::named(code).unwrap() };
            host.meetings.get_mut("paid").into_iter().for_each(|page| {
                page.prices.values_mut().for_each(|price| *price = money);
            });
        });
        let mut wish = paid(WEDNESDAY_TEN);
        wish["price"] = json!({ "amount": price, "currency": code });
        let told = shop.trial.post_json("/api/bookings", &wish).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let order = Order::of(&told);
        shop.choose(&order.checkout_url, "pay");
        shop.tell_all(0).await;
        check(&shop.stands(&order).await, BOOKED);
        let refused = shop.by_host(&order, "refund", &json!({ "amount": wrong })).await;
        let message = format!("This currency is sent back in whole multiples of {step} only.");
        assert_eq!(
            (refused.status, refused.json()["errors"][0]["message"].as_str().unwrap()),
            (422, message.as_str())
        );
        assert_eq!(shop.by_host(&order, "refund", &json!({ "amount": right })).await.status, 200);
        shop.comes_to(&order, ("confirmed", "partly_refunded")).await;
    }
}

#[tokio::test]
async fn nobody_is_sent_to_pay_where_the_connection_is_not_encrypted() {
    let shop = Shop::open();
    shop.switch(&json!({ "session_says": { "url": "http://checkout.example.com/pay" } }));
    let order = shop.order().await;
    assert_eq!(order.checkout_url, "");
    let expected = "aiko/paid cannot be paid at the moment: nobody is sent to pay at http://checkout.example.com/pay, \
        which is not https://";
    assert_eq!(shop.trial.faults(), [expected]);
}

#[tokio::test]
async fn what_a_payment_link_says_at_length_is_refused() {
    let shop = Shop::open();
    let tell = async |reference: &str, amount: u64| {
        let body = json!({
            "type": "payment.succeeded", "booking": "aiko.AAAAAAAAAAAAAAAAAAAAAA", "amount": amount, "currency": "JPY",
            "reference": reference,
        });
        let headers = [("content-type", "application/json")];
        shop.trial.post("/api/payments/link", &headers, &body.to_string()).await.status
    };
    let say = async |reference: &str| tell(reference, 5000).await;
    for (amount, expected) in [(0, 422), ((1 << 53) - 1, 404), (1 << 53, 422), (u64::MAX, 422)] {
        assert_eq!(tell("order-1", amount).await, expected, "what a page could not read as it is: {amount}");
    }
    assert_eq!(say(&"r".repeat(255)).await, 404, "nobody has that booking");
    assert_eq!(say(&"r".repeat(256)).await, 422);
    assert_eq!(say("r\u{1b}[31m").await, 422);
    assert_eq!(say("r\nmore").await, 422);
}
