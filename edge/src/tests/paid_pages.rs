//! What pages say of money where somebody is about to give it up: before an erasure, before a request is declined, and
//! once a meeting is over.

use scheduling::definition::{HostDefinition, Payments, RefundUntil};
use scheduling::token::{BookingId, Purpose};
use serde_json::json;

use super::harness::{NOW, WEBHOOK_SECRET, WEDNESDAY_TEN, eventually};
use super::payments::{BOOKED, Order, Shop, check, delayed, mailed, paid};
use crate::protocol::standard_webhooks;

/// The address that erases everything about whoever books in these tests.
fn erasure_path(shop: &Shop) -> String {
    scheduling::paths::erasure(&shop.trial.secrets().erasure_token("mara@example.org", 1_800_000_000))
}

async fn paid_order(shop: &Shop) -> Order {
    let order = shop.order().await;
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, BOOKED);
    order
}

#[tokio::test]
async fn whoever_erases_themselves_reads_first_what_becomes_of_the_money() {
    for (refund_until, expected) in [
        (RefundUntil::Never, "You will not get ¥5,000 back."),
        (RefundUntil::Always, "You will get ¥5,000 back."),
    ] {
        let shop = Shop::with(|site, hosts| {
            mailed(site, hosts);
            hosts[0].meetings.get_mut("paid").unwrap().refund_until = refund_until;
        });
        let order = paid_order(&shop).await;
        // Known to the address once an email of it has left.
        let text = async || {
            shop.trial.carry_out();
            shop.trial.get(&erasure_path(&shop)).await.text()
        };
        let text = eventually(text, |text| text.contains("¥5,000")).await;
        let line =
            format!("with Aiko Tanaka, Wednesday 25 November 2026, 02:00\n{expected}\nErase for good\n");
        assert!(text.ends_with(&line), "{text}");
        shop.trial.post(&erasure_path(&shop), &[], "").await;
        let text = async || {
            shop.trial.carry_out();
            shop.trial.get(&order.path).await.text()
        };
        let text = eventually(text, |text| text.contains("cancelled")).await;
        let lead =
            "This meeting is cancelled\nEverything that was entered when it was booked has been erased.\n";
        assert!(text.contains(lead), "{text}");
        assert!(!text.contains("Who\n") && !text.contains(", ."), "{text}");
        let asked = shop.trial.get(&erasure_path(&shop)).await.text();
        assert!(!asked.contains('¥'), "{asked}");
    }
}

/// A request of a page with a price, and its host's page to answer it.
async fn request(shop: &Shop) -> (Order, String) {
    let told = shop.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let order = Order::of(&told);
    let start: chrono::DateTime<chrono::Utc> = WEDNESDAY_TEN.parse().unwrap();
    let id = BookingId::parse(&order.id).unwrap();
    let token = shop.trial.secrets().booking_token(&id, Purpose::Decide, start.timestamp());
    (order, token)
}

fn by_request(host: &mut HostDefinition) {
    if let Some(meeting) = host.meetings.get_mut("paid") {
        meeting.approval_within_minutes = Some(3 * 24 * 60);
    }
}

#[tokio::test]
async fn a_host_sees_what_a_request_costs_before_answering_it() {
    let shop = Shop::of(by_request);
    let (order, token) = request(&shop).await;
    let text = shop.trial.get(&format!("/booking/{}/{token}", order.id)).await.text();
    assert!(text.contains("Price\n¥5,000\nTo be paid once you have accepted\n"), "{text}");
    assert!(!text.contains("If you decline"), "{text}");
}

#[tokio::test]
async fn a_host_reads_before_and_after_declining_that_what_was_paid_is_theirs_to_send_back() {
    let shop = Shop::of(|host| {
        by_request(host);
        if host.folder == "aiko" {
            host.payments = Some(Payments::Link {
                url: "https://shop.example/pay".to_owned(),
                secret: vec!["STRIPE_WEBHOOK_SECRET".to_owned()],
            });
        }
    });
    // By this host's, the local adapter knows the made-up secret.
    assert_eq!(shop.trial.get("/api/availability/jonas/support").await.status, 200);
    let (order, token) = request(&shop).await;
    let word = json!({
        "type": "payment.succeeded", "booking": order.id, "amount": 5000, "currency": "JPY", "reference": "r-1",
    });
    let (body, key) = (word.to_string(), standard_webhooks::key(WEBHOOK_SECRET).unwrap());
    let time = NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let (time, signature) = (time.to_string(), standard_webhooks::sign(&key, "w-1", time, &body));
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", "w-1"),
        ("webhook-timestamp", time.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    assert_eq!(shop.trial.post("/api/payments/link", &headers, &body).await.status, 200);
    let page = format!("/booking/{}/{token}", order.id);
    let text = shop.trial.get(&page).await.text();
    for line in [
        "Price\n¥5,000\nPaid; you have yet to accept\n",
        "If you decline, you have to send ¥5,000 back to Mara Lind yourself: it was paid through your payment link.\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let decide = format!("/api/bookings/{}/decide", order.id);
    let told = shop.trial.post_form(&decide, &[("token", &token), ("answer", "decline")]).await;
    assert_eq!(told.status, 303, "{}", told.body);
    let text = shop.trial.get(&page).await.text();
    let lines = "You have declined this request\nSend ¥5,000 back to Mara Lind yourself: nobody else can.";
    assert!(text.contains(lines), "{text}");
    assert!(!text.contains("If you decline"), "{text}");
}

#[tokio::test]
async fn nobody_is_told_how_to_get_money_back_by_cancelling_once_the_meeting_is_over() {
    let shop = Shop::open();
    let order = paid_order(&shop).await;
    for (seconds, is_told) in [(0, true), (25 * 3600, true), (26 * 3600, false)] {
        shop.trial.pass(seconds);
        let text = shop.trial.get(&order.path).await.text();
        assert_eq!(text.contains("You get your money back"), is_told, "after {seconds}: {text}");
    }
}

#[tokio::test]
async fn whoever_pays_later_reads_that_the_details_are_mailed() {
    let shop = Shop::with(|site, hosts| {
        mailed(site, hosts);
        hosts.iter_mut().for_each(delayed);
    });
    let told = shop.trial.post_json("/api/bookings", &paid("2026-11-27T01:00:00Z")).await;
    let order = Order::of(&told);
    let is_mailed = async || shop.trial.get(&order.path).await.text().contains("An email with the details");
    assert!(!is_mailed().await);
    shop.choose(&order.checkout_url, "later");
    shop.tell_all(0).await;
    assert!(is_mailed().await);
}

#[tokio::test]
async fn whoever_is_to_pay_reads_that_their_host_has_moved_the_meeting() {
    let shop = Shop::open();
    let order = shop.order().await;
    let lead = "Your meeting has a new time. Aiko Tanaka’s time is held for you until";
    assert!(!shop.trial.get(&order.path).await.text().contains(lead));
    let told = shop.by_host(&order, "reschedule", &json!({ "start": "2026-11-26T01:00:00Z" })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let text = shop.trial.get(&order.path).await.text();
    assert!(text.contains(lead), "{text}");
}
