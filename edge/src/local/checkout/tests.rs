//! The stand-in's rules, by its own requests and answers.

use std::sync::Arc;

use axum::body::Body;
use chrono::{DateTime, Utc};
use http::{Request, header};
use serde_json::{Value, json};

use super::{Settings, StandIn, answer};
use crate::local::clock::Clock;

const NOW: &str = "2026-12-01T09:00:00Z";
const ORDER: &str = "mode=payment&success_url=https://site.example/paid?session={CHECKOUT_SESSION_ID}\
    &cancel_url=https://site.example/back&line_items[0][quantity]=1&line_items[0][price_data][currency]=jpy\
    &line_items[0][price_data][unit_amount]=5000&line_items[0][price_data][product_data][name]=Talk";

struct Stripe(Arc<StandIn>);

impl Stripe {
    fn new() -> Self {
        let settings = Settings {
            origin: "http://127.0.0.1:1".to_owned(),
            own: "http://127.0.0.1:1".to_owned(),
            webhooks_to: None,
            webhook_secret: "whsec_test".to_owned(),
            run: String::new(),
        };
        let now: DateTime<Utc> = NOW.parse().unwrap();
        Self(StandIn::new(settings, Clock::starting_at(Some(now))))
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> http::Response<Body> {
        let mut request = Request::builder().method(method).uri(format!("/dev/checkout{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(&self.0, request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// A call with a key, and what is answered.
    async fn call(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> (u16, Value) {
        let mut headers = vec![("authorization", "Bearer rk_test_1")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        read(self.send(method, path, &headers, body).await).await
    }

    async fn create(&self, changes: &str) -> (u16, Value) {
        self.call("POST", "/v1/checkout/sessions", None, &format!("{ORDER}{changes}")).await
    }

    /// A new session's id.
    async fn session(&self, changes: &str) -> String {
        let (status, session) = self.create(changes).await;
        assert_eq!(status, 200, "{session}");
        session["id"].as_str().unwrap().to_owned()
    }

    async fn get(&self, session: &str) -> Value {
        self.call("GET", &format!("/v1/checkout/sessions/{session}"), None, "").await.1
    }

    /// Chooses on a session's page. Returns where it leads.
    async fn choose(&self, session: &str, choice: &str) -> String {
        let answer = self.send("POST", &format!("/pay/{session}"), &[], &format!("choice={choice}")).await;
        assert_eq!(answer.status(), 303);
        answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }

    async fn page(&self, session: &str) -> String {
        let answer = self.send("GET", &format!("/pay/{session}"), &[], "").await;
        String::from_utf8(axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec())
            .unwrap()
    }

    async fn switch(&self, switches: Value) {
        assert_eq!(self.send("POST", "/switches", &[], &switches.to_string()).await.status(), 200);
    }

    /// The types of all events.
    async fn events(&self) -> Vec<String> {
        let state = read(self.send("GET", "/state", &[], "").await).await.1;
        let events = state["events"].as_array().unwrap().iter();
        events.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// A session that is paid, and its payment intent.
    async fn paid(&self) -> String {
        let session = self.session("").await;
        self.choose(&session, "pay").await;
        self.get(&session).await["payment_intent"].as_str().unwrap().to_owned()
    }
}

async fn read(answer: http::Response<Body>) -> (u16, Value) {
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

fn message(answer: &(u16, Value)) -> &str {
    answer.1["error"]["message"].as_str().unwrap()
}

#[tokio::test]
async fn a_session_is_paid_once() {
    let stripe = Stripe::new();
    let session = stripe.session("&client_reference_id=b1&metadata[booking]=b1").await;
    let open = stripe.get(&session).await;
    let shown = |session: &Value| (session["status"].clone(), session["payment_status"].clone());
    assert_eq!(shown(&open), (json!("open"), json!("unpaid")));
    assert_eq!((&open["payment_intent"], &open["amount_total"]), (&Value::Null, &json!(5000)));
    assert_eq!(open["url"], format!("http://127.0.0.1:1/dev/checkout/pay/{session}"));
    let declined = stripe.choose(&session, "decline").await;
    assert_eq!(declined, format!("/dev/checkout/pay/{session}?declined"));
    assert_eq!(stripe.get(&session).await, open, "declined, and still open");
    let paid = stripe.choose(&session, "pay").await;
    assert_eq!(paid, format!("https://site.example/paid?session={session}"));
    assert_eq!(shown(&stripe.get(&session).await), (json!("complete"), json!("paid")));
    assert_eq!(
        stripe.choose(&session, "pay").await,
        format!("/dev/checkout/pay/{session}"),
        "the second click"
    );
    assert_eq!(stripe.events().await, ["checkout.session.completed"]);
    assert!(stripe.page(&session).await.contains("This is paid."));
    let expired = stripe.call("POST", &format!("/v1/checkout/sessions/{session}/expire"), None, "").await;
    let expected = "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status \
        of complete.";
    assert_eq!((expired.0, message(&expired)), (400, expected));
}

#[tokio::test]
async fn a_session_expires_by_a_call_and_by_time() {
    let stripe = Stripe::new();
    let (one, two) = (stripe.session("").await, stripe.session("&expires_at=1796117460").await);
    let expired = stripe.call("POST", &format!("/v1/checkout/sessions/{one}/expire"), None, "").await;
    assert_eq!((expired.0, &expired.1["status"], &expired.1["url"]), (200, &json!("expired"), &Value::Null));
    stripe.switch(json!({ "ahead_seconds": 30 * 60 })).await;
    assert_eq!(stripe.get(&two).await["status"], "open");
    stripe.switch(json!({ "ahead_seconds": 31 * 60 })).await;
    assert_eq!(stripe.get(&two).await["status"], "expired");
    assert_eq!(stripe.choose(&two, "pay").await, format!("/dev/checkout/pay/{two}"));
    assert!(stripe.page(&two).await.contains("This checkout has expired."));
    assert_eq!(stripe.events().await, ["checkout.session.expired", "checkout.session.expired"]);
}

#[tokio::test]
async fn a_delayed_method_is_paid_later_or_never() {
    let stripe = Stripe::new();
    let (one, two) = (stripe.session("").await, stripe.session("&locale=ja").await);
    for session in [&one, &two] {
        stripe.choose(session, "later").await;
        let session = stripe.get(session).await;
        assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("unpaid")));
    }
    assert!(stripe.page(&two).await.contains("konbiniでの支払いが選ばれ、まだ入金されていません。"));
    stripe.choose(&one, "succeed").await;
    stripe.choose(&two, "fail").await;
    assert_eq!(stripe.get(&one).await["payment_status"], "paid");
    assert_eq!(stripe.get(&two).await["payment_status"], "unpaid");
    let events = stripe.events().await;
    assert_eq!(
        events[2..],
        ["checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"]
    );
    let changes = "&excluded_payment_method_types[]=konbini&excluded_payment_method_types[]=customer_balance";
    let cards = stripe.session(changes).await;
    assert!(!stripe.page(&cards).await.contains("Pay later"));
    assert_eq!(stripe.choose(&cards, "later").await, format!("/dev/checkout/pay/{cards}"));
}

#[tokio::test]
async fn money_is_given_back_once() {
    let stripe = Stripe::new();
    let intent = stripe.paid().await;
    let refund = async |more: &str| {
        stripe.call("POST", "/v1/refunds", None, &format!("payment_intent={intent}{more}")).await
    };
    let part = refund("&amount=2000&reason=requested_by_customer").await;
    assert_eq!((part.0, &part.1["status"], &part.1["amount"]), (200, &json!("succeeded"), &json!(2000)));
    let more = refund("&amount=3001").await;
    let expected = "Refund amount (3001 JPY, in its smallest unit) is greater than unrefunded amount on charge (3000 JPY)";
    assert_eq!((more.0, message(&more)), (400, expected));
    stripe.switch(json!({ "refunds": "fail" })).await;
    let rest = refund("").await;
    assert_eq!((&rest.1["status"], &rest.1["amount"]), (&json!("pending"), &json!(3000)));
    let again = refund("").await;
    assert_eq!((again.0, &again.1["error"]["code"]), (400, &json!("charge_already_refunded")));
    stripe.switch(json!({ "ahead_seconds": 10, "refunds": "succeed" })).await;
    let path = format!("/v1/refunds/{}", rest.1["id"].as_str().unwrap());
    let failed = stripe.call("GET", &path, None, "").await.1;
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("lost_or_stolen_card"))
    );
    let rest = refund("").await;
    assert_eq!(
        (&rest.1["status"], &rest.1["amount"]),
        (&json!("succeeded"), &json!(3000)),
        "after one that failed"
    );
    let path = format!("/v1/refunds?payment_intent={intent}&limit=2");
    let listed = stripe.call("GET", &path, None, "").await.1;
    let shown = [&listed["data"][0]["amount"], &listed["data"][1]["status"], &listed["has_more"]];
    assert_eq!(shown, [&json!(3000), &json!("failed"), &json!(true)], "newest first");
    assert_eq!(
        stripe.events().await[1..],
        [
            "refund.created",
            "charge.refunded",
            "refund.created",
            "charge.refunded",
            "refund.updated",
            "refund.failed",
            "refund.created",
            "charge.refunded",
        ]
    );
}

#[tokio::test]
async fn an_idempotency_key_has_one_answer() {
    let stripe = Stripe::new();
    let create = async |key: &str, changes: &str| {
        stripe.call("POST", "/v1/checkout/sessions", Some(key), &format!("{ORDER}{changes}")).await
    };
    let first = create("one", "").await;
    assert_eq!(create("one", "").await, first);
    let other = create("one", "&locale=ja").await;
    assert_eq!((other.0, &other.1["error"]["type"]), (400, &json!("idempotency_error")));
    let other = stripe.call("POST", "/v1/refunds", Some("one"), "payment_intent=pi_1").await;
    let expected = "Keys for idempotent requests can only be used for the same endpoint they were first used for \
        ('/v1/refunds' vs '/v1/checkout/sessions'). Try using a key other than 'one' if you meant to execute a different \
        request.";
    assert_eq!(message(&other), expected);
    assert_eq!(create("two", "&locale=xx").await.0, 400);
    assert_eq!(create("two", "").await.0, 200, "parameters that are wrong are not kept");
    stripe.switch(json!({ "troubles": [{ "call": "create", "answer": 500, "after_doing": true }] })).await;
    let failed = create("three", "").await;
    assert_eq!((failed.0, create("three", "").await == failed), (500, true), "kept, though it was done");
    stripe.switch(json!({ "troubles": [{ "call": "create", "answer": 503 }] })).await;
    assert_eq!(
        (create("four", "").await.0, create("four", "").await.0),
        (503, 200),
        "not done, and not kept"
    );
    let state = read(stripe.send("GET", "/state", &[], "").await).await.1;
    assert_eq!(state["sessions"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_stripe_refuses_is_refused() {
    let stripe = Stripe::new();
    for (changes, expected) in [
        (
            "&mode=subscription",
            "The stand-in of Stripe has sessions of the mode payment alone, not subscription.",
        ),
        ("&colour=red", "Received unknown parameter: colour"),
        (
            "&expires_at=1796117399",
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
        ),
        (
            "&expires_at=1796202100",
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
        ),
        (
            "&line_items[0][price_data][unit_amount]=49",
            "The Checkout Session's total amount due must add up to at least 50 jpy.",
        ),
        (
            "&line_items[0][price_data][unit_amount]=100000000",
            "The Checkout Session's total amount due must be no more than 99999999 jpy.",
        ),
        (
            "&line_items[0][price_data][currency]=isk&line_items[0][price_data][unit_amount]=100050",
            "Invalid amount: 100050 is not a whole number of ISK.",
        ),
        (
            "&line_items[0][price_data][currency]=kwd&line_items[0][price_data][unit_amount]=5015",
            "Invalid amount: 5015 is not a multiple of 0.010 kwd.",
        ),
        (
            "&line_items[0][price_data][currency]=btc",
            "Invalid currency: btc. It is not one that Stripe takes.",
        ),
        ("&line_items[0][quantity]=0", "Quantity is required. Add `quantity` to your line item."),
        ("&line_items[0][price]=price_1", "No such price: 'price_1'"),
        ("&customer_email=sam", "Invalid email address: sam"),
        ("&success_url=/paid", "Not a valid URL"),
        (
            "&payment_method_types[]=card&excluded_payment_method_types[]=konbini",
            "You may only specify one of these parameters: payment_method_types, excluded_payment_method_types.",
        ),
    ] {
        let refused = stripe.create(changes).await;
        assert!(matches!(refused.0, 400 | 404), "{changes}: {refused:?}");
        assert_eq!(message(&refused), expected, "{changes}");
    }
    let long = format!("&client_reference_id={}", "b".repeat(201));
    assert!(message(&stripe.create(&long).await).ends_with("; must be at most 200 characters"));
    assert_eq!(stripe.create("&locale=ja&submit_type=book&adaptive_pricing[enabled]=false").await.0, 200);
    let missing = stripe.call("GET", "/v1/checkout/sessions/cs_test_x", None, "").await;
    assert_eq!((missing.0, message(&missing)), (404, "No such checkout.session: 'cs_test_x'"));
    let unpaid = stripe.call("POST", "/v1/refunds", None, "payment_intent=pi_x").await;
    assert_eq!((unpaid.0, message(&unpaid)), (404, "No such payment_intent: 'pi_x'"));
}

#[tokio::test]
async fn test_keys_are_let_in_and_nothing_else() {
    let stripe = Stripe::new();
    let live = "This is a stand-in of Stripe, where no money moves: it takes test keys, never a live one.";
    for (authorization, expected) in [
        ("Bearer sk_live_1", live),
        ("Bearer rk_live_1", live),
        ("Bearer sk_test_", "Invalid API Key provided: sk_****"),
        ("Bearer other", "Invalid API Key provided: oth****"),
        (
            "",
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer \
              auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ),
    ] {
        let refused = stripe.send("GET", "/v1/refunds/re_1", &[("authorization", authorization)], "").await;
        let refused = read(refused).await;
        assert_eq!((refused.0, message(&refused)), (401, expected), "{authorization}");
    }
    for authorization in ["Bearer sk_test_1", "bearer rk_test_1", "Basic c2tfdGVzdF8xOg=="] {
        let answer = stripe.send("GET", "/v1/refunds/re_1", &[("authorization", authorization)], "").await;
        assert_eq!(answer.status(), 404, "{authorization}");
        assert!(answer.headers().contains_key("request-id"));
    }
}

#[tokio::test]
async fn a_page_of_another_site_chooses_nothing() {
    let stripe = Stripe::new();
    let session = stripe.session("").await;
    for path in ["/switches".to_owned(), format!("/pay/{session}"), "/refunds/re_1".to_owned()] {
        for site in ["cross-site", "same-site"] {
            let answer = stripe.send("POST", &path, &[("sec-fetch-site", site)], "choice=pay").await;
            assert_eq!(answer.status(), 403, "{path}");
        }
    }
    let own = stripe.send("POST", "/switches", &[("sec-fetch-site", "same-origin")], "{}").await;
    assert_eq!(own.status(), 200);
    assert_eq!(stripe.get(&session).await["status"], "open");
}

#[tokio::test]
async fn a_payment_is_disputed_and_the_bank_decides() {
    let stripe = Stripe::new();
    let dispute = async |intent: &str, choice: &str| {
        let answer =
            stripe.send("POST", &format!("/disputes/{intent}"), &[], &format!("choice={choice}")).await;
        assert_eq!(answer.status(), 303);
    };
    let (won, lost) = (stripe.paid().await, stripe.paid().await);
    for intent in [&won, &lost] {
        for _ in 0..2 {
            dispute(intent, "dispute").await;
        }
    }
    let refund = async |intent: &str| {
        stripe.call("POST", "/v1/refunds", None, &format!("payment_intent={intent}")).await
    };
    assert_eq!(refund(&won).await.1["error"]["code"], "charge_disputed");
    for _ in 0..2 {
        dispute(&won, "win").await;
        dispute(&lost, "lose").await;
    }
    let state = read(stripe.send("GET", "/state", &[], "").await).await.1;
    let shown: Vec<_> =
        state["disputes"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(shown, [json!("won"), json!("lost")]);
    assert_eq!((refund(&won).await.0, refund(&lost).await.0), (200, 400));
    let events = stripe.events().await;
    let disputes: Vec<_> = events.iter().filter(|kind| kind.starts_with("charge.dispute.")).collect();
    let [created, closed] = ["charge.dispute.created", "charge.dispute.closed"];
    assert_eq!(disputes, [created, created, closed, closed]);
}

#[tokio::test]
async fn a_bank_that_only_asks_leaves_the_money_where_it_is() {
    let stripe = Stripe::new();
    let choose = async |intent: &str, choice: &str| {
        let answer =
            stripe.send("POST", &format!("/disputes/{intent}"), &[], &format!("choice={choice}")).await;
        assert_eq!(answer.status(), 303);
    };
    let refund = async |intent: &str, amount: u32| {
        let asked = format!("payment_intent={intent}&amount={amount}");
        stripe.call("POST", "/v1/refunds", None, &asked).await.0
    };
    let [returned, content, taken] = [stripe.paid().await, stripe.paid().await, stripe.paid().await];
    for intent in [&returned, &content, &taken] {
        choose(intent, "inquire").await;
    }
    assert_eq!((refund(&returned, 2000).await, refund(&returned, 3000).await), (200, 200));
    choose(&content, "win").await;
    choose(&taken, "lose").await;
    assert_eq!((refund(&content, 1).await, refund(&taken, 1).await), (200, 400));
    let state = read(stripe.send("GET", "/state", &[], "").await).await.1;
    let shown: Vec<_> =
        state["disputes"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(shown, [json!("warning_closed"), json!("warning_closed"), json!("needs_response")]);
    let events = stripe.events().await;
    let decided: Vec<_> = events.iter().filter_map(|kind| kind.strip_prefix("charge.dispute.")).collect();
    assert_eq!(decided, ["created", "created", "created", "closed", "closed", "updated"]);
}

#[tokio::test]
async fn an_order_ends_by_itself_when_its_days_are_over() {
    let stripe = Stripe::new();
    let session = stripe.session("&payment_method_options[konbini][expires_after_days]=2").await;
    let options = stripe.get(&session).await["payment_method_options"].clone();
    assert_eq!(options, json!({ "konbini": { "expires_after_days": 2 } }));
    stripe.choose(&session, "later").await;
    stripe.switch(json!({ "ahead_seconds": 2 * 86_400 - 1 })).await;
    assert_eq!(stripe.events().await, ["checkout.session.completed"]);
    stripe.switch(json!({ "ahead_seconds": 2 * 86_400 })).await;
    assert_eq!(
        stripe.events().await,
        ["checkout.session.completed", "checkout.session.async_payment_failed"]
    );
    for days in ["0", "61", "soon"] {
        let name = "payment_method_options[konbini][expires_after_days]";
        assert_eq!(stripe.create(&format!("&{name}={days}")).await.0, 400, "{days}");
    }
}

/// The same stand-in, by a file, in another process at another address.
fn again(file: &std::path::Path, port: u16) -> Stripe {
    let own = format!("http://127.0.0.1:{port}");
    let settings = Settings::beside_endpoint(&own, &own).unwrap();
    let now: DateTime<Utc> = NOW.parse().unwrap();
    Stripe(StandIn::kept_in(settings, Clock::starting_at(Some(now)), file.to_owned()).unwrap())
}

#[tokio::test]
async fn what_happened_is_known_to_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkout.json");
    let first = again(&file, 1);
    first.switch(json!({ "webhooks_never": true })).await;
    let (open, intent) = (first.session("").await, first.paid().await);
    let refunded =
        first.call("POST", "/v1/refunds", Some("a"), &format!("payment_intent={intent}&amount=10")).await;
    let next = again(&file, 2);
    let session = next.get(&open).await;
    let url = format!("http://127.0.0.1:2/dev/checkout/pay/{open}");
    assert_eq!((&session["status"], &session["url"]), (&json!("open"), &json!(url)));
    let form = format!("payment_intent={intent}&amount=10");
    assert_eq!(next.call("POST", "/v1/refunds", Some("a"), &form).await, refunded, "its keys, too");
    assert_ne!(next.session("").await, open, "no id is given twice");
    next.choose(&open, "pay").await;
    let switches = read(next.send("GET", "/switches", &[], "").await).await.1;
    assert_eq!(switches["webhooks_never"], false, "switches are turned off");
    std::fs::write(&file, "{").unwrap();
    let settings = Settings::beside_endpoint("http://127.0.0.1:3", "http://127.0.0.1:3").unwrap();
    let cause = StandIn::kept_in(settings, Clock::starting_at(None), file.clone()).unwrap_err().to_string();
    let begin = format!("{} cannot be read: ", file.display());
    assert!(
        cause.starts_with(&begin) && cause.ends_with("Without it, the stand-in of Stripe begins anew"),
        "{cause}"
    );
}
