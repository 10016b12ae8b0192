//! A host's account at Stripe: how it is called.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use scheduling::definition::Payments;
use serde_json::Value;

use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::payments::undone::{Undone, short};

/// The version of the API that these calls are written for.
const VERSION: &str = "2026-10-28.endive";
/// How long somebody waits for an answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// A checkout with all that it can say is some kilobytes long.
const MOST_ANSWER_BYTES: usize = 256 << 10;
/// Bytes of the address of a checkout.
const MOST_ADDRESS_BYTES: usize = 5000;

/// The key of a host's account, and where it is used.
pub(super) struct Account {
    url: String,
    /// The name of the secret that its key is.
    secret: String,
    key: String,
    pub(super) delayed: bool,
}

impl Account {
    pub(super) fn of(outgoing: &impl Outgoing, payments: &Payments) -> Result<Self, Undone> {
        let Payments::Stripe { secret, url, delayed, .. } = payments else {
            return Err(Undone::ForGood(
                "it was paid at Stripe, which the content no longer names".to_owned(),
            ));
        };
        let unset = || Undone::ForNow(format!("the secret {secret} is not set"));
        let key = outgoing.secret(secret).ok_or_else(unset)?.trim().to_owned();
        Ok(Self { url: url.clone(), secret: secret.clone(), key, delayed: *delayed })
    }

    /// Makes one call. With a form, it is one that changes something.
    pub(super) async fn call(
        &self,
        outgoing: &impl Outgoing,
        path: &str,
        form: Option<String>,
        repeats: Option<&str>,
    ) -> Result<Value, Undone> {
        let mut headers = vec![
            ("authorization".to_owned(), format!("Bearer {}", self.key)),
            ("stripe-version".to_owned(), VERSION.to_owned()),
        ];
        if form.is_some() {
            headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        headers.extend(repeats.map(|key| ("idempotency-key".to_owned(), key.to_owned())));
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let answer = outgoing
            .send(OutgoingRequest {
                method,
                url: format!("{}/v1/{path}", self.url),
                headers,
                body: Bytes::from(form.unwrap_or_default()),
                deadline: DEADLINE,
                wanted: Wanted::Whole { most_bytes: MOST_ANSWER_BYTES },
            })
            .await
            .map_err(|unanswered| Undone::ForNow(format!("Stripe: {unanswered}")))?;
        let status = answer.status();
        let said: Value = scheduling::json::from_slice(answer.body()).unwrap_or_default();
        if status.is_success() && said.is_object() {
            return Ok(said);
        }
        Err(refused(status, &said, &self.secret))
    }

    /// Whether an address is one at which visitors can be sent to pay: encrypted, as Stripe's are. A stand-in that is
    /// called without encryption can have its pages so, at its own address or the site's.
    pub(super) fn leads_to(&self, address: &str, site: &str) -> bool {
        let is_text = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\');
        let is_sound = address.len() <= MOST_ADDRESS_BYTES && address.bytes().all(is_text);
        let is_at = |origin: &str| {
            let rest = address.strip_prefix(origin);
            origin.starts_with("http://") && rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let host = |address: &str| !address.is_empty() && !address.starts_with(['/', '?', '#', ':', '@']);
        let own = self.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let may_be_plain = self.url.starts_with("http://") && (is_at(&own) || is_at(site));
        is_sound && (address.strip_prefix("https://").is_some_and(host) || may_be_plain)
    }

    /// All refunds of a payment.
    pub(super) async fn refunds(
        &self,
        outgoing: &impl Outgoing,
        payment: &str,
    ) -> Result<Vec<Value>, Undone> {
        let path = format!("refunds?payment_intent={payment}&limit=100");
        let mut said = self.call(outgoing, &path, None, None).await?;
        Ok(said["data"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }
}

/// Why Stripe refused something. Keys, limits and repeats are a matter of time; all else would be refused again.
fn refused(status: StatusCode, said: &Value, secret: &str) -> Undone {
    let error = &said["error"];
    let text = |name: &str| error[name].as_str();
    let message = short(text("message").unwrap_or("it gave no reason"));
    if text("code") == Some("resource_missing") {
        return Undone::Unknown(format!(
            "the key {secret} belongs to another Stripe account or mode: {message}"
        ));
    }
    let code = text("code").or_else(|| text("type"));
    let code = code.map(|code| format!(" ({})", short(code))).unwrap_or_default();
    let reason = format!("Stripe answered {}{code}: {message}", status.as_u16());
    match status.as_u16() {
        400 | 402 | 404 if text("type") != Some("idempotency_error") => Undone::ForGood(reason),
        _ => Undone::ForNow(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(api: &str, address: &str, expected: bool) {
        let account = Account {
            url: api.to_owned(),
            secret: "STRIPE_SECRET_KEY".to_owned(),
            key: "sk_test_1".to_owned(),
            delayed: false,
        };
        assert_eq!(account.leads_to(address, "http://localhost:8787"), expected, "{address} of {api}");
    }

    #[test]
    fn visitors_are_sent_to_pay_over_an_encrypted_connection_or_at_a_stand_in() {
        for address in ["https://checkout.stripe.com/c/pay/cs_1#fid", "https://pay.example.com"] {
            check(Payments::STRIPE, address, true);
        }
        for address in [
            "http://checkout.stripe.com/c/pay/cs_1",
            "http://localhost:8787/dev/checkout/pay/cs_1",
            "javascript:alert(1)",
            "//checkout.stripe.com/",
            "https://",
            "https:///pay",
            "https://checkout.stripe.com/a b",
            "https://checkout.stripe.com/\"><script>",
            "https://checkout.stripe.com/\r\nSet-Cookie: a=b",
            "",
        ] {
            check(Payments::STRIPE, address, false);
        }
        check(Payments::STRIPE, &format!("https://checkout.stripe.com/{}", "a".repeat(5000)), false);
        let stand_in = "http://127.0.0.1:8787/dev/checkout";
        check(stand_in, "http://127.0.0.1:8787/dev/checkout/pay/cs_1", true);
        check(stand_in, "http://localhost:8787/dev/checkout/pay/cs_1", true);
        check(stand_in, "http://127.0.0.1:87870/pay", false);
        check(stand_in, "http://localhost:8787.example.com/pay", false);
        check(stand_in, "http://example.com/pay", false);
    }

    #[test]
    fn what_an_account_does_not_know_is_another_accounts() {
        let said = serde_json::json!({ "error": {
            "type": "invalid_request_error", "code": "resource_missing", "message": "No such payment_intent: 'pi_1'",
        } });
        let expected =
            "the key STRIPE_KEY belongs to another Stripe account or mode: No such payment_intent: 'pi_1'"
                .to_owned();
        assert_eq!(refused(StatusCode::NOT_FOUND, &said, "STRIPE_KEY"), Undone::Unknown(expected));
    }
}
