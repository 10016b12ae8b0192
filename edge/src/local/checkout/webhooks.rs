//! Webhooks, signed and sent as Stripe's.

use std::sync::{Arc, Weak};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::stand_in::StandIn;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What time alone changes is looked for so often.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Sends what is due, until the stand-in is gone. Begins at the first call of this.
pub(super) fn begin(stand_in: &Arc<StandIn>) {
    if stand_in.begins_telling() {
        tokio::spawn(send_all(Arc::downgrade(stand_in)));
    }
}

async fn send_all(stand_in: Weak<StandIn>) {
    // Another part of the process may have chosen before: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(TIMEOUT);
    let Ok(client) = client.build() else { return };
    loop {
        let Some(here) = stand_in.upgrade() else { return };
        while let Some((id, request)) = due(&here, &client) {
            let said = request.send().await;
            let said = said.map(|answer| answer.status().as_u16()).map_err(|cause| cause.to_string());
            let (mut state, now) = here.state();
            state.sent(&id, said, now);
            drop(state);
            // What cannot be kept now is said in answer to the next request.
            let _ = here.keep();
        }
        let changed = Arc::clone(&here.changed);
        drop(here);
        let _ = tokio::time::timeout(LOOK_EVERY, changed.notified()).await;
    }
}

/// The next event that is due, as a request.
fn due(stand_in: &StandIn, client: &reqwest::Client) -> Option<(String, reqwest::RequestBuilder)> {
    let (state, now) = stand_in.state();
    let to = state.switches.webhooks_to.clone()?;
    let event = state.due(now)?;
    let body = event.body.to_string();
    // What it is signed at is the time that its receiver has.
    let at = stand_in.clock.now().timestamp();
    let request = client
        .post(to)
        .header("content-type", "application/json; charset=utf-8")
        .header("user-agent", "Stripe/1.0 (a stand-in)")
        .header("stripe-signature", signature(&state.switches.webhook_secrets, at, &body))
        .body(body);
    Some((event.id.clone(), request))
}

/// The header `Stripe-Signature`: a `v1` for each secret, all of whose bytes are the key, over the time and the body.
pub(super) fn signature(secrets: &[String], at: i64, body: &str) -> String {
    let mut header = format!("t={at}");
    for secret in secrets {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
        mac.update(format!("{at}.{body}").as_bytes());
        header.push_str(",v1=");
        header.push_str(&base16ct::lower::encode_string(&mac.finalize().into_bytes()));
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_stripes() {
        // Made with Stripe's own package.
        let body = r#"{"id":"evt_1","object":"event","type":"checkout.session.completed"}"#;
        let expected = "t=1800000000,v1=142adefebdf4e24c70c11665ce64d455804ccd44ad11555a7ca70d707e3e99ff";
        assert_eq!(signature(&["whsec_test".to_owned()], 1_800_000_000, body), expected);
    }
}
