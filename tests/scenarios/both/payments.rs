//! Paying through bad luck: a crowd at one paid time, and kills at each step of paying. Afterwards a meeting is paid
//! once and booked, or neither; at most one refund is made; and whoever must know has been told.

use std::collections::BTreeSet;
use std::fs;

use acceptance::checkout::{Checkout, WEBHOOK_SECRET};
use acceptance::receiver::Receiver;
use acceptance::{Answer, NOW, PATIENCE, Server, Started, booking, mail_by_api, wait_until};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::crowds::send_at_once;
use crate::wake;

const START: &str = "2026-12-03T09:00:00Z";
const PAGE: &str = r#"+++
title = "Paid"
durations = [60]
location = { phone = "+49 30 5550 0123" }
notice = "1h"
window = "90d"
price = { amount = 5000, currency = "JPY" }
+++
"#;

/// A server with a page that costs something, with whoever takes the payments and the mails.
struct Shop {
    server: Server,
    checkout: Checkout,
    mails: Receiver,
}

/// A visitor's side of a booking that is to be paid.
struct Order {
    id: String,
    token: String,
    checkout_url: String,
}

impl Order {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.json());
        let said = answer.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&said["booking"]["id"]),
            token: text(&said["token"]),
            checkout_url: text(&said["checkout_url"]),
        }
    }
}

impl Shop {
    fn open() -> Self {
        let (mut server, checkout, mails) = (Server::new(), Checkout::start(), Receiver::start());
        let content = server.own_content();
        let site = fs::read_to_string(content.join("site.toml")).unwrap();
        let body = r#"{ "id": "{id}", "to": "{to}", "subject": "{subject}", "text": "{text}" }"#;
        let site = site + &mail_by_api(&mails.url("mails"), body) + &checkout.settings();
        fs::write(content.join("site.toml"), site).unwrap();
        fs::write(content.join("jonas/paid.md"), PAGE).unwrap();
        for (name, value) in
            [("MAIL_KEY", "the key"), ("STRIPE_KEY", "sk_test_1"), ("STRIPE_HOOK", WEBHOOK_SECRET)]
        {
            server.secret(name, value);
        }
        Self { server, checkout, mails }
    }

    fn start(&self) -> Started {
        self.start_after(TimeDelta::zero())
    }

    /// Starts it so long after [`NOW`], by its own clock and the stand-in's.
    fn start_after(&self, passed: TimeDelta) -> Started {
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let started = self.server.start_at(&(now + passed).to_rfc3339());
        self.checkout.tell(&started);
        self.checkout.switch(&json!({ "ahead_seconds": passed.num_seconds() }));
        wake(&self.server, &started);
        started
    }

    /// The first visitor orders, and the server is killed as soon as that has come so far.
    fn killed_while_ordering(&self, is_so_far: impl Fn(&Started) -> bool) {
        let started = self.start();
        std::thread::scope(|scope| {
            let ordering = scope.spawn(|| {
                let body = paid(1);
                started.client().post("/api/bookings", "first", &body).map(|answer| answer.status)
            });
            assert!(wait_until(PATIENCE, || is_so_far(&started)), "it never came so far");
            started.kill();
            assert!(ordering.join().unwrap().is_err(), "it was answered before the kill");
        });
    }

    fn by_host(&self, started: &Started, order: &Order, act: &str) {
        let bearer = format!("Bearer {}", self.server.key("jonas"));
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let path = format!("/api/host/bookings/{}/{act}", order.id);
        let answer = started.client().send("POST", &path, &headers, b"{}").unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    /// How each booking stands, and its payment.
    fn stands(&self, started: &Started) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let bookings = self.server.bookings(started, "jonas");
        bookings
            .iter()
            .map(|booking| (text(&booking["status"]), text(&booking["payment"]["status"])))
            .collect()
    }

    /// To whom mails went, and of what.
    fn told(&self) -> BTreeSet<(String, String)> {
        let taken = self.mails.received().into_iter().filter(|one| one.taken);
        let read = |body: &str| {
            let mail: Value = serde_json::from_str(body).unwrap();
            let text = |name: &str| mail[name].as_str().unwrap().to_owned();
            (text("to"), text("subject"))
        };
        taken.map(|one| read(&one.body)).collect()
    }

    /// Waits for the end: the one booking stands so, so many payments and refunds were made, and both were told of it.
    /// That there is something to pay may have been said, too.
    #[track_caller]
    fn must_end(
        &self,
        started: &Started,
        stands: (&str, &str),
        (paid, refunds): (usize, usize),
        told: &[(&str, &str)],
    ) {
        let stands = vec![(stands.0.to_owned(), stands.1.to_owned())];
        assert!(
            wait_until(PATIENCE, || self.stands(started) == stands),
            "{:?}, not {stands:?}",
            self.stands(started)
        );
        let counts = || (self.checkout.all("payment_intents").len(), self.checkout.all("refunds").len());
        assert_eq!(counts(), (paid, refunds));
        let at = "Paid, Thursday 3 December 2026, 10:00";
        let told: BTreeSet<(String, String)> =
            told.iter().map(|(to, of)| ((*to).to_owned(), of.replace("{at}", at))).collect();
        let said = || -> BTreeSet<_> {
            self.told().into_iter().filter(|(_, of)| !of.starts_with("Finish your payment")).collect()
        };
        assert!(wait_until(PATIENCE, || told.is_subset(&said())), "{told:#?} of {:#?}", said());
        assert_eq!(said(), told);
        assert_eq!((self.stands(started), counts()), (stands, (paid, refunds)), "it has changed since");
    }
}

const VISITOR: &str = "visitor1@example.org";
const HOST: &str = "jonas@example.com";
const BOOKED: [(&str, &str); 2] = [(VISITOR, "Booked: {at}"), (HOST, "Visitor 1 booked {at}")];

/// A booking of so many a visitor, at the page's price.
fn paid(number: usize) -> Value {
    let mut wish = booking("jonas/paid", START, 60, number);
    wish["price"] = json!({ "amount": 5000, "currency": "JPY" });
    wish
}

/// What the visitor comes back for, who has had no answer: the same again.
fn ordered_again(started: &Started) -> Order {
    let ordered = || Order::of(&order(started));
    assert!(wait_until(PATIENCE, || !ordered().checkout_url.is_empty()), "it can never be paid");
    ordered()
}

/// The first visitor's booking: repeated, it is the same.
fn order(started: &Started) -> Answer {
    started.client().post("/api/bookings", "first", &paid(1)).unwrap()
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn one_of_200_gets_a_paid_time_and_pays_once() {
    let shop = Shop::open();
    let started = shop.start();
    shop.checkout.switch(&json!({ "webhooks_twice": true }));
    let bodies: Vec<Value> = (0..200).map(paid).collect();
    let answers = send_at_once(&started, 0, &bodies);
    let ordered: Vec<usize> = (0..200).filter(|number| answers[*number].0.status == 200).collect();
    let [winner] = ordered[..] else { panic!("{} have the time", ordered.len()) };
    for (answer, _) in answers.iter().filter(|(answer, _)| answer.status != 200) {
        let said = answer.json();
        assert_eq!(said["code"], "slot_taken");
        let others = said["alternatives"].as_array().unwrap();
        assert!(!others.is_empty() && !others.contains(&json!(1_796_288_400)), "{said}");
    }
    let order = Order::of(&answers[winner].0);
    assert_eq!(shop.checkout.all("sessions").len(), 1);
    shop.checkout.choose(&order.checkout_url, "pay");
    let is_booked = || shop.stands(&started) == [("confirmed".to_owned(), "paid".to_owned())];
    assert!(wait_until(PATIENCE, is_booked), "{:?}", shop.stands(&started));
    let told = || {
        let told = shop.told();
        told.iter().any(|(_, of)| of.starts_with("Booked: "))
            && told.iter().any(|(to, of)| to == HOST && of.starts_with(&format!("Visitor {winner} booked")))
    };
    assert!(wait_until(PATIENCE, told), "{:?}", shop.told());
    let visitor = format!("visitor{winner}@example.org");
    assert!(shop.told().iter().all(|(to, _)| *to == visitor || to == HOST), "{:?}", shop.told());
    for (kind, count) in [("sessions", 1), ("payment_intents", 1), ("refunds", 0)] {
        assert_eq!(shop.checkout.all(kind).len(), count, "{kind}");
    }
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_kill_before_the_checkout_is_made_costs_the_visitor_nothing_but_a_second_try() {
    let shop = Shop::open();
    shop.checkout.switch(&json!({ "troubles": [{ "call": "create", "answer": 500, "hang_seconds": 9 }] }));
    shop.killed_while_ordering(|_| !shop.checkout.all("calls").is_empty());
    assert_eq!(shop.checkout.all("sessions").len(), 0);
    let started = shop.start();
    assert_eq!(shop.stands(&started), [("awaiting_payment".to_owned(), "due".to_owned())]);
    let order = ordered_again(&started);
    shop.checkout.choose(&order.checkout_url, "pay");
    shop.must_end(&started, ("confirmed", "paid"), (1, 0), &BOOKED);
    assert_eq!(shop.checkout.all("sessions").len(), 1);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_time_that_nobody_comes_back_for_after_a_kill_is_free_again() {
    let shop = Shop::open();
    shop.checkout.switch(&json!({ "troubles": [{ "call": "create", "answer": 500, "hang_seconds": 9 }] }));
    shop.killed_while_ordering(|_| !shop.checkout.all("calls").is_empty());
    let started = shop.start_after(TimeDelta::minutes(45));
    shop.must_end(&started, ("expired", "unpaid"), (0, 0), &[(VISITOR, "Not paid: {at}")]);
    let other = started.client().post("/api/bookings", "other", &paid(2)).unwrap();
    assert!(!Order::of(&other).checkout_url.is_empty());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_kill_before_the_checkout_is_noted_makes_no_second_one() {
    let shop = Shop::open();
    shop.checkout.switch(&json!({ "troubles": [{ "call": "create", "hang_seconds": 9 }] }));
    shop.killed_while_ordering(|_| shop.checkout.all("sessions").len() == 1);
    let started = shop.start();
    assert_eq!(shop.stands(&started), [("awaiting_payment".to_owned(), "due".to_owned())]);
    let order = ordered_again(&started);
    assert_eq!(order.checkout_url, shop.checkout.all("sessions")[0]["url"].as_str().unwrap());
    shop.checkout.choose(&order.checkout_url, "pay");
    shop.must_end(&started, ("confirmed", "paid"), (1, 0), &BOOKED);
    assert_eq!(shop.checkout.all("sessions").len(), 1);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn what_was_paid_before_a_kill_is_booked_though_no_webhook_and_nobody_comes() {
    let shop = Shop::open();
    let started = shop.start();
    let order = Order::of(&order(&started));
    shop.checkout.switch(&json!({ "webhooks_never": true }));
    shop.checkout.choose(&order.checkout_url, "pay");
    started.kill();
    let started = shop.start_after(TimeDelta::minutes(32));
    shop.must_end(&started, ("confirmed", "paid"), (1, 0), &BOOKED);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_page_that_is_opened_after_a_kill_knows_of_the_payment() {
    let shop = Shop::open();
    let started = shop.start();
    let order = Order::of(&order(&started));
    shop.checkout.switch(&json!({ "webhooks_never": true }));
    shop.checkout.choose(&order.checkout_url, "pay");
    started.kill();
    let back = shop.checkout.all("sessions")[0]["success_url"].as_str().unwrap().to_owned();
    let started = shop.start();
    let page = started.client().get(back.trim_start_matches("https://meet.example.com"), None).unwrap();
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("You are booked"), "{page}");
    shop.must_end(&started, ("confirmed", "paid"), (1, 0), &BOOKED);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_kill_between_the_payment_and_its_mails_delays_the_mails() {
    let shop = Shop::open();
    let started = shop.start();
    let order = Order::of(&order(&started));
    shop.mails.set_refusing(true);
    shop.checkout.choose(&order.checkout_url, "pay");
    let is_booked = || shop.stands(&started) == [("confirmed".to_owned(), "paid".to_owned())];
    assert!(wait_until(PATIENCE, is_booked), "{:?}", shop.stands(&started));
    started.kill();
    shop.mails.set_refusing(false);
    // By then, what was refused before the kill is tried again.
    let started = shop.start_after(TimeDelta::hours(1));
    shop.must_end(&started, ("confirmed", "paid"), (1, 0), &BOOKED);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn money_is_sent_back_once_though_a_kill_comes_between() {
    for trouble in ["list_refunds", "refund"] {
        let shop = Shop::open();
        let started = shop.start();
        let order = Order::of(&order(&started));
        shop.checkout.choose(&order.checkout_url, "pay");
        shop.must_end(&started, ("confirmed", "paid"), (1, 0), &BOOKED);
        let troubles = json!([{ "call": trouble, "hang_seconds": 9 }]);
        shop.checkout.switch(&json!({ "webhooks_never": true, "troubles": troubles }));
        shop.by_host(&started, &order, "cancel");
        let path = if trouble == "refund" { "POST /v1/refunds" } else { "GET /v1/refunds" };
        let is_asked = || shop.checkout.all("calls").iter().any(|call| call["call"] == path);
        assert!(wait_until(PATIENCE, is_asked));
        started.kill();
        assert_eq!(shop.checkout.all("refunds").len(), usize::from(trouble == "refund"));
        let started = shop.start_after(TimeDelta::hours(1));
        let told = [
            (VISITOR, "Cancelled: {at}"),
            (VISITOR, "Your refund for {at}"),
            (HOST, "Cancelled: Visitor 1, {at}"),
        ];
        let told: Vec<_> = BOOKED.into_iter().chain(told).collect();
        shop.must_end(&started, ("cancelled", "refunded"), (1, 1), &told);
    }
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn who_cancels_while_the_payment_is_under_way_gets_it_back_though_a_kill_comes_between() {
    let shop = Shop::open();
    let started = shop.start();
    let order = Order::of(&order(&started));
    shop.checkout.switch(&json!({ "webhooks_never": true }));
    shop.checkout.choose(&order.checkout_url, "pay");
    // The ledger has not heard of it.
    shop.by_host(&started, &order, "cancel");
    started.kill();
    let started = shop.start_after(TimeDelta::hours(1));
    let told = [
        (VISITOR, "Cancelled: {at}"),
        (VISITOR, "Your payment for {at}"),
        (VISITOR, "Your refund for {at}"),
        (HOST, "Visitor 1 paid for a meeting that is off: {at}"),
    ];
    shop.must_end(&started, ("cancelled", "refunded"), (1, 1), &told);
    let page = started.client().get(&format!("/api/bookings/{}", order.id), Some(&order.token)).unwrap();
    assert_eq!(page.json()["booking"]["payment"]["status"], "refunded");
}
