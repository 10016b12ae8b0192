//! What was agreed on a page with a price, and what of it changes for nobody unseen: the price, the refund rule, the
//! place, and whose it is to send money back.

use scheduling::booking::{Booking, Change, Paid, Party, Payment, Place, Status};
use scheduling::definition::{
    Calendar, CalendarSource, HostDefinition, Location, Payments, RefundUntil, WhenUnknown,
};
use scheduling::money::{Currency, Money};
use scheduling::outbox::Recipient;
use serde_json::{Value, json};

use super::fixture;
use super::harness::WEDNESDAY_TEN;
use super::mail;
use super::payments::{BOOKED, Order, Shop, WAITING, check, paid};

/// A form of the page with a price, as it is sent without a script.
const FORM: [(&str, &str); 5] = [
    ("page", "aiko/paid"),
    ("start", WEDNESDAY_TEN),
    ("duration_minutes", "60"),
    ("contact.name", "Mara Lind"),
    ("contact.email", "mara@example.org"),
];

fn costing(amount: u64) -> impl Fn(&mut HostDefinition) {
    move |host| {
        if let Some(page) = host.meetings.get_mut("paid") {
            page.prices.values_mut().for_each(|price| price.amount = amount);
        }
    }
}

#[tokio::test]
async fn nobody_books_at_a_price_that_their_page_has_not_shown() {
    let shop = Shop::of(costing(8000));
    for seen in [
        Value::Null,
        json!({ "amount": 5000, "currency": "JPY" }),
        json!({ "amount": 8000, "currency": "USD" }),
    ] {
        let mut wish = paid(WEDNESDAY_TEN);
        wish["price"] = seen.clone();
        let told = shop.trial.post_json("/api/bookings", &wish).await;
        assert_eq!(told.status, 409, "{seen}: {}", told.body);
        let expected = json!({
            "type": "urn:daymark:problem:price_changed",
            "title": "The price has changed",
            "status": 409,
            "code": "price_changed",
            "detail": "The meeting now costs ¥8,000. Nothing is booked yet, and everything you entered is still here: \
                book it if that suits you.",
            "price": { "amount": 8000, "currency": "JPY", "decimal": "8000", "words": "¥8,000" },
        });
        assert_eq!(told.json(), expected);
    }
    for malformed in [
        json!(8000),
        json!("8000 JPY"),
        json!({ "amount": 8000 }),
        json!({ "amount": -1, "currency": "JPY" }),
    ] {
        let mut wish = paid(WEDNESDAY_TEN);
        wish["price"] = malformed.clone();
        let told = shop.trial.post_json("/api/bookings", &wish).await;
        assert_eq!(told.status, 422, "{malformed}: {}", told.body);
        let message =
            "Give `price` as an object with `amount`, in the currency’s smallest unit, and `currency`.";
        assert_eq!(told.json()["errors"], json!([{ "field": "price", "message": message }]));
    }
    assert_eq!(shop.trial.stored("aiko").await, 0);
    // The refusal's own price is agreed to as it is.
    let mut wish = paid(WEDNESDAY_TEN);
    wish["price"] = json!({ "amount": 8000, "currency": "JPY", "decimal": "8000", "words": "¥8,000" });
    let order = Order::of(&shop.trial.post_json("/api/bookings", &wish).await);
    assert_eq!(shop.booking(&order).await["payment"]["price"]["amount"], 8000);
}

#[tokio::test]
async fn a_time_that_cannot_be_had_is_said_before_a_price_that_has_changed() {
    let shop = Shop::of(costing(8000));
    let told = shop.trial.post_json("/api/bookings", &paid("2026-11-25T01:07:00Z")).await;
    assert_eq!(told.json()["code"], "slot_not_offered", "{}", told.body);
}

#[tokio::test]
async fn what_costs_nothing_by_now_is_booked_for_nothing() {
    let shop =
        Shop::of(|host| host.meetings.get_mut("paid").into_iter().for_each(|page| page.prices.clear()));
    let told = shop.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await;
    assert_eq!((told.status, told.json()["booking"].get("payment")), (201, None), "{}", told.body);
}

#[tokio::test]
async fn a_booking_whose_answer_was_lost_is_found_though_the_price_has_changed() {
    let shop = Shop::open();
    let headers = [("content-type", "application/json"), ("idempotency-key", "a-key-of-a-program")];
    let body = paid(WEDNESDAY_TEN).to_string();
    let first = Order::of(&shop.trial.post("/api/bookings", &headers, &body).await);
    shop.publish(costing(8000));
    let told = shop.trial.post("/api/bookings", &headers, &body).await;
    assert_eq!((told.status, Order::of(&told).id), (200, first.id), "{}", told.body);
}

#[tokio::test]
async fn a_plain_form_comes_back_with_the_price_of_now_and_books_at_that() {
    let shop = Shop::open();
    for (locale, title, detail, button) in [
        (
            "en",
            "The price has changed",
            "The meeting now costs ¥9,000. Nothing is booked yet, and everything you entered is still here: book it if \
             that suits you.",
            "Book and pay ¥9,000",
        ),
        (
            "ja",
            "料金が変更されました",
            "この面談の料金は現在9,000円です。ご予約はまだ完了していません。ご入力内容はそのまま残っていますので、よろしければこのままご予約ください。",
            "予約して9,000円を支払う",
        ),
    ] {
        // A page that is older than any price, and one that has shown another.
        for seen in [None, Some(("price.60", "7000 JPY")), Some(("price.30", "9000 JPY"))] {
            let fields = [FORM.as_slice(), &[("locale", locale)]].concat();
            let fields = fields.into_iter().chain(seen).collect::<Vec<_>>();
            let told = shop.trial.post_form("/api/bookings", &fields).await;
            assert_eq!(told.status, 409, "{}", told.body);
            let text = told.text();
            for line in [title, detail, button] {
                assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
            }
            assert!(told.body.contains("value=\"Mara Lind\""), "{}", told.body);
            assert!(told.body.contains("name=\"price.60\" value=\"9000 JPY\""), "{}", told.body);
        }
    }
    assert_eq!(shop.trial.stored("aiko").await, 0);
    let fields = [FORM.as_slice(), &[("price.30", "5000 JPY"), ("price.60", "9000 JPY")]].concat();
    assert_eq!(shop.trial.post_form("/api/bookings", &fields).await.status, 303);
}

#[tokio::test]
async fn the_place_is_told_once_it_is_paid() {
    let (room, number) = ("https://meet.example.com/rooms/aiko", "+81 3 1234 5678");
    let by_phone = Location::Phone(number.to_owned());
    for (location, secret, said) in [
        (
            Location::Video(room.to_owned()),
            room,
            "You will get the link to the call once the meeting is paid for.",
        ),
        (by_phone, number, "You will get the phone number once the meeting is paid for."),
    ] {
        let shop = Shop::of(|host| {
            host.meetings.get_mut("paid").into_iter().for_each(|page| page.location = location.clone());
        });
        let order = shop.order().await;
        let ics = format!("/api/bookings/{}/invite.ics?token={}", order.id, order.token);
        let back =
            shop.state()["sessions"][0]["success_url"].as_str().unwrap().replace(fixture::BASE_URL, "");
        let paths = [order.path.clone(), ics, back];
        let json = shop.booking(&order).await;
        assert_eq!(json["location"]["value"], Value::Null, "{json}");
        for path in &paths {
            let told = shop.trial.get(path).await;
            assert!(told.status == 200 && !told.body.contains(secret), "{path}: {}", told.body);
        }
        let page = shop.trial.get(&order.path).await.text();
        assert!(page.lines().any(|line| line == said), "{page}");
        shop.choose(&order.checkout_url, "pay");
        shop.tell_all(0).await;
        for path in &paths[..2] {
            let told = shop.trial.get(path).await;
            assert!(told.body.contains(secret), "{path}: {}", told.body);
        }
        assert_eq!(shop.booking(&order).await["location"]["value"], secret);
    }
}

#[tokio::test]
async fn what_came_to_nothing_unpaid_tells_no_place_and_an_address_of_the_page_stays() {
    let shop = Shop::open();
    let order = shop.order().await;
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    let json = shop.booking(&order).await;
    assert_eq!(json["location"], json!({ "kind": "phone", "value": null }));
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("By phone") && !page.contains("once the meeting is paid for"), "{page}");
    let shop = Shop::of(|host| {
        let place = Location::Address("1 Main Street".to_owned());
        host.meetings.get_mut("paid").into_iter().for_each(|page| page.location = place.clone());
    });
    let order = shop.order().await;
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("1 Main Street"), "{page}");
}

#[tokio::test]
async fn what_was_marked_as_paid_is_its_hosts_to_send_back() {
    let shop = Shop::open();
    let order = shop.order().await;
    assert_eq!(shop.by_host(&order, "paid", &json!({})).await.status, 200);
    let nothing = shop.by_host(&order, "refunded", &json!({})).await;
    assert_eq!((nothing.status, nothing.json()["code"].as_str().unwrap()), (409, "nothing_to_refund"));
    let told = shop.by_host(&order, "refund", &json!({ "amount": 2000, "refundable": 5000 })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let payment = &told.json()["booking"]["payment"];
    assert_eq!((&payment["owed"]["amount"], &payment["refundable"]["amount"]), (&json!(2000), &json!(3000)));
    assert_eq!(
        (&payment["refunds"][0]["payment"], &payment["refunds"][0]["state"]),
        (&Value::Null, &json!("owed"))
    );
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("Aiko Tanaka will send you ¥2,000 back"), "{page}");
    assert_eq!(shop.by_host(&order, "cancel", &json!({})).await.status, 200);
    check(&shop.stands(&order).await, ("cancelled", "refund_owed"));
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("Aiko Tanaka will send you ¥5,000 back"), "{page}");
    // Another tab has seen less.
    let told = shop.by_host(&order, "refunded", &json!({ "amount": 2000 })).await;
    assert_eq!(told.json()["code"], "superseded", "{}", told.body);
    assert_eq!(told.json()["title"], "Another amount is to be sent back by now");
    for _ in 0..2 {
        let told = shop.by_host(&order, "refunded", &json!({ "amount": 5000 })).await;
        assert_eq!(told.status, 200, "{}", told.body);
        check(&shop.stands(&order).await, ("cancelled", "refunded"));
    }
    assert_eq!(shop.state()["refunds"], json!([]), "Stripe has no part in it");
}

#[tokio::test]
async fn a_request_is_accepted_before_it_is_marked_as_paid() {
    let shop = Shop::of(|host| {
        host.meetings.get_mut("paid").into_iter().for_each(|page| page.approval_within_minutes = Some(600));
    });
    let told = shop.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await;
    let order = Order::of(&told);
    let told = shop.by_host(&order, "paid", &json!({})).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "not_accepted"));
    assert_eq!(told.json()["detail"], "Once you have accepted it, the meeting can be marked as paid.");
    check(&shop.stands(&order).await, ("requested", "due"));
    assert_eq!(shop.by_host(&order, "accept", &json!({})).await.status, 200);
    check(&shop.stands(&order).await, WAITING);
    assert_eq!(shop.by_host(&order, "paid", &json!({})).await.status, 200);
    check(&shop.stands(&order).await, BOOKED);
}

#[tokio::test]
async fn a_request_that_nobody_answered_was_not_to_be_paid() {
    let shop = Shop::of(|host| {
        let Some(page) = host.meetings.get_mut("paid") else { return };
        (page.calendars, page.when_unknown) = (vec!["work".to_owned()], WhenUnknown::Request);
        let source = CalendarSource::Feed { secret: "NO_SUCH_SECRET".to_owned() };
        host.calendars = vec![Calendar::new("work".to_owned(), source)];
    });
    let told = shop.trial.post_json("/api/bookings", &paid(WEDNESDAY_TEN)).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let order = Order::of(&told);
    check(&shop.stands(&order).await, ("requested", "due"));
    assert_eq!(shop.booking(&order).await["payment"]["due_by"], Value::Null);
    shop.pass(26 * 3600);
    shop.comes_to(&order, ("expired", "unpaid")).await;
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("The time was held for a while and is now free again.\n"), "{page}");
    assert!(!page.contains("paid for"), "{page}");
    let told = shop.by_host(&order, "paid", &json!({})).await;
    assert_eq!((told.status, told.json()["code"].as_str().unwrap()), (409, "not_accepted"));
    assert_eq!(told.json()["title"], "The request was not accepted in time");
}

#[tokio::test]
async fn moving_when_it_is_too_late_for_a_refund_brings_none_back() {
    let shop = Shop::open();
    let late = "2026-11-24T04:30:00Z";
    let order = Order::of(&shop.trial.post_json("/api/bookings", &paid(late)).await);
    shop.choose(&order.checkout_url, "pay");
    shop.tell_all(0).await;
    check(&shop.stands(&order).await, BOOKED);
    let warning = "It is too late for a refund if you cancel. Moving the meeting does not change that.";
    for path in [order.path.clone(), format!("{}?move", order.path)] {
        let page = shop.trial.get(&path).await.text();
        assert!(page.lines().any(|line| line == warning), "{path}: {page}");
    }
    let bearer = format!("Bearer {}", order.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let path = |act: &str| format!("/api/bookings/{}/{act}", order.id);
    let to = json!({ "start": "2026-12-16T01:00:00Z" }).to_string();
    let told = shop.trial.post(&path("reschedule"), &headers, &to).await;
    assert_eq!(told.json()["booking"]["payment"]["refund_until"], "never", "{}", told.body);
    let page = shop.trial.get(&order.path).await.text();
    assert!(page.contains("You get your money back only if Aiko Tanaka cancels."), "{page}");
    assert!(page.contains("You will not get ¥5,000 back."), "{page}");
    assert_eq!(shop.trial.post(&path("cancel"), &headers, "{}").await.status, 200);
    check(&shop.stands(&order).await, ("cancelled", "paid"));
}

#[tokio::test]
async fn a_move_in_time_or_of_its_hosts_leaves_the_refund() {
    let shop = Shop::open();
    for (start, by_host) in [("2026-12-09T01:00:00Z", false), ("2026-11-24T04:30:00Z", true)] {
        let order = Order::of(&shop.trial.post_json("/api/bookings", &paid(start)).await);
        let from = shop.state()["events"].as_array().unwrap().len();
        shop.choose(&order.checkout_url, "pay");
        shop.tell_all(from).await;
        let bearer = format!("Bearer {}", order.token);
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        let to = json!({ "start": "2026-12-16T01:00:00Z" });
        let told = if by_host {
            shop.by_host(&order, "reschedule", &to).await
        } else {
            shop.trial
                .post(&format!("/api/bookings/{}/reschedule", order.id), &headers, &to.to_string())
                .await
        };
        assert_eq!(told.status, 200, "{}", told.body);
        let told = shop.trial.post(&format!("/api/bookings/{}/cancel", order.id), &headers, "{}").await;
        assert_eq!(told.status, 200, "{}", told.body);
        shop.comes_to(&order, ("cancelled", "refunded")).await;
    }
}

/// Of ¥5,000: the provider, and the payment's reference where there was one.
fn payment(by_link: bool) -> Payment {
    let price = Money { amount: 5000, currency: Currency::named("JPY").unwrap() };
    let stripe = fixture::site().1[0].payments.clone().unwrap();
    let link = Payments::Link { url: "https://shop.example/".to_owned(), secret: vec!["S".to_owned()] };
    Payment::agreed(price, if by_link { link } else { stripe }, RefundUntil::default())
}

/// The same as it was paid, of a booking that has ended since: what its host then owes.
fn owing(locale: &str, by_link: bool) -> Booking {
    let booking = mail::booking(locale);
    let mut payment = payment(by_link);
    payment.paid = Some(Paid {
        money: payment.price,
        reference: by_link.then(|| "order-1".to_owned()),
        at: booking.changed_at,
    });
    let booking = Booking { status: Status::Confirmed, payment: Some(Box::new(payment)), ..booking };
    let cancels = Change::Cancel { by: Party::Host, reason: None };
    booking.transition(&cancels, booking.changed_at).unwrap().0
}

#[tokio::test]
async fn no_mail_tells_the_place_of_what_is_not_paid() {
    let room = "https://meet.example.com/rooms/aiko";
    for (event, status) in [
        ("booking.awaiting_payment", Status::AwaitingPayment),
        ("booking.cancelled", Status::Cancelled),
        ("booking.expired", Status::Expired),
        ("booking.confirmed", Status::Confirmed),
    ] {
        let booking = Booking {
            status,
            payment: Some(Box::new(payment(false))),
            location: Place::Video(room.to_owned()),
            ..mail::booking("en")
        };
        for to in [Recipient::Visitor, Recipient::Guest("ben@example.org".to_owned()), Recipient::Host] {
            let is_told = status == Status::Confirmed || to == Recipient::Host;
            if matches!(to, Recipient::Guest(_))
                && !["booking.cancelled", "booking.confirmed"].contains(&event)
                || to == Recipient::Host && event == "booking.awaiting_payment"
            {
                continue;
            }
            let mail = mail::mail(event, &booking, to.clone()).await;
            let invitation = mail.invitation.map(|invitation| invitation.text.replace("\r\n ", ""));
            let says = |text: &str| text.contains(room);
            assert_eq!(
                (says(&mail.text), says(&mail.html)),
                (is_told, is_told),
                "{event} {to:?}: {}",
                mail.text
            );
            assert!(invitation.is_none_or(|text| says(&text) == is_told), "{event} {to:?}");
        }
    }
}

#[tokio::test]
async fn a_host_reads_what_is_theirs_to_send_back_and_how_it_had_come() {
    for (locale, by_link, subject, title, lead, price) in [
        (
            "en",
            false,
            "Send ¥5,000 back: Sam <b>Doe, Introductory call, Tuesday 1 December 2026, 10:00",
            "Send ¥5,000 back to Sam <b>Doe yourself",
            "It was marked as paid, so nobody else can send it back. Once you have, say so on your desk, and Sam <b>Doe hears \
             of it.",
            "  Send ¥5,000 back yourself: it was marked as paid",
        ),
        (
            "en",
            true,
            "Send ¥5,000 back: Sam <b>Doe, Introductory call, Tuesday 1 December 2026, 10:00",
            "Send ¥5,000 back to Sam <b>Doe yourself",
            "It was paid through your payment link, which sends nothing back by itself. Once you have sent it, say so on your \
             desk, and Sam <b>Doe hears of it.",
            "  Send ¥5,000 back yourself: it was paid through your payment link",
        ),
    ] {
        let mail = mail::mail("booking.refund_owed", &owing(locale, by_link), Party::Host).await;
        assert_eq!(mail.subject, subject);
        let lines: Vec<&str> = mail.text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines[..2], [title, lead]);
        assert!(lines.contains(&price), "{}", mail.text);
    }
}

#[tokio::test]
async fn a_visitor_reads_that_the_host_sends_it_back() {
    let late = Booking { status: Status::Expired, ..owing("en", true) };
    let mail = mail::mail("booking.paid", &late, Party::Visitor).await;
    let lines: Vec<&str> = mail.text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(
        lines[..2],
        [
            "Your payment came too late",
            "The time was no longer held for you, Sam <b>Doe. Aiko Tanaka will send you ¥5,000 back.",
        ]
    );
    assert!(lines.contains(&"  Aiko Tanaka will send you ¥5,000 back"), "{}", mail.text);
    let late = Booking { status: Status::Expired, ..owing("ja", true) };
    let mail = mail::mail("booking.paid", &late, Party::Visitor).await;
    assert!(mail.text.contains("5,000円はAiko Tanakaより返金"), "{}", mail.text);
    let mail =
        mail::mail("booking.paid", &Booking { status: Status::Expired, ..owing("en", true) }, Party::Host)
            .await;
    let lines: Vec<&str> = mail.text.lines().filter(|line| !line.is_empty()).collect();
    let lead =
        "The meeting does not take place. Send ¥5,000 back yourself: it was paid through your payment link.";
    assert_eq!(lines[..2], ["Sam <b>Doe paid too late", lead]);
}
