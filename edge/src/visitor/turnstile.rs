//! Turnstile: whether a person sent a form, as Cloudflare's service says of the token that the form bears.
//!
//! Nobody books unverified: where the service does not answer, the visitor is asked to try again.

use std::time::Duration;

use base16ct::lower as hex;
use bytes::Bytes;
use http::Method;
use scheduling::definition::Turnstile;
use scheduling::json;
use scheduling::ledger::Book;
use scheduling::limits::MOST_TOKEN_CHARACTERS;
use scheduling::refusal::Refusal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::call::exchange::Response;
use crate::call::outgoing::{OutgoingRequest, Wanted};
use crate::call::platform::Platform;
use crate::call::stop::{Fault, Refused, Stop};
use crate::call::{Call, origin};
use crate::form::body::Body;

/// The field with the token, as Turnstile itself names it in forms.
pub(crate) const FIELD: &str = "cf-turnstile-response";

/// How long a visitor waits for the service, in seconds.
const DEADLINE: Duration = Duration::from_secs(5);
/// The service says little. More comes from elsewhere.
const MOST_ANSWER_BYTES: usize = 16 << 10;
/// Cloudflare's own secret for trying a site out, with which the service accepts everything and knows no page.
const TESTING_SECRET: &str = "1x0000000000000000000000000000000AA";

/// What the service says of a token.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// A person got it, on a page of this site, to book.
    Person,
    /// The key of the words of the refusal.
    Refused(&'static str),
    /// It was made for the page of another host.
    OtherHost(String),
    /// A mistake in the settings, by its code.
    Misconfigured(String),
    /// Nothing, for that reason.
    Nothing(String),
}

/// Verifies the token of a request that wants that.
pub(crate) async fn verify<P: Platform>(
    call: &Call<'_, P>,
    settings: &Turnstile,
    body: &Body,
    wanted: &Book,
) -> Result<(), Stop> {
    let token = body.text(FIELD).trim();
    if token.is_empty() {
        return Err(refused("captcha_missing"));
    }
    if token.len() > MOST_TOKEN_CHARACTERS {
        return Err(refused("captcha_failed"));
    }
    let secret = call.platform.secret(&settings.secret).ok_or_else(|| {
        Fault::Operator(format!("the secret {} is not set: without it, nobody can book", settings.secret))
    })?;
    let request = request(call, settings, &[("secret", &secret), ("response", token)], wanted);
    let verdict = match call.platform.send(request).await {
        Err(unanswered) => Verdict::Nothing(unanswered.to_string()),
        Ok(answer) if !answer.status().is_success() => {
            Verdict::Nothing(format!("it answered {}", answer.status().as_u16()))
        }
        Ok(answer) => match json_of(&answer) {
            Some(said) => judge(&said, secret == TESTING_SECRET, |host| origin::is_own_host(call, host)),
            None => Verdict::Nothing(format!("it answered {} without JSON", answer.status().as_u16())),
        },
    };
    act_on(call, settings, verdict)
}

fn request<P: Platform>(
    call: &Call<'_, P>,
    settings: &Turnstile,
    proof: &[(&str, &str)],
    wanted: &Book,
) -> OutgoingRequest {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(proof);
    if let Some(address) = call.address {
        form.append_pair("remoteip", &address.to_string());
    }
    if let Some(key) = &wanted.key {
        form.append_pair("idempotency_key", &repeat_key(&wanted.booking.page, &key.key, proof));
    }
    OutgoingRequest {
        method: Method::POST,
        url: settings.url.clone(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: Bytes::from(form.finish()),
        deadline: DEADLINE,
        wanted: Wanted::Whole { most_bytes: MOST_ANSWER_BYTES },
    }
}

/// The key under which the service says again what it said of a token: a UUID, the same for one token with one wish.
/// So a wish that comes twice at once is not refused for the token that it used itself, and no other wish can use it.
fn repeat_key(page: &str, key: &str, proof: &[(&str, &str)]) -> String {
    let mut digest = Sha256::new();
    for part in [page, key].into_iter().chain(proof.iter().map(|(_, value)| *value)) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut bytes: Vec<u8> = digest.finalize()[..16].to_vec();
    // Written as a random UUID (RFC 9562, 5.4), which is what the service asks for.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let parts = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]];
    parts.map(hex::encode_string).join("-")
}

fn json_of(answer: &Response) -> Option<Value> {
    json::from_slice(answer.body()).ok()
}

/// The verdict in an answer. Under the secret for trying out, the service names a host and an action of its own.
fn judge(said: &Value, is_testing: bool, is_own_host: impl Fn(&str) -> bool) -> Verdict {
    let text = |name: &str| said[name].as_str().unwrap_or_default();
    let codes: Vec<&str> =
        said["error-codes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match said["success"].as_bool() {
        None => return Verdict::Nothing("its answer says neither yes nor no".to_owned()),
        Some(true) if is_testing => return Verdict::Person,
        Some(true) if !is_own_host(text("hostname")) => {
            return Verdict::OtherHost(text("hostname").to_owned());
        }
        Some(true) if text("action") != Turnstile::ACTION => return Verdict::Refused("captcha_failed"),
        Some(true) => return Verdict::Person,
        Some(false) => {}
    }
    let ours = ["missing-input-secret", "invalid-input-secret", "bad-request"];
    if let Some(code) = codes.iter().find(|code| ours.contains(code)) {
        return Verdict::Misconfigured((*code).to_owned());
    }
    match codes.first() {
        Some(&"internal-error") => Verdict::Nothing("it answered `internal-error`".to_owned()),
        Some(&"timeout-or-duplicate") => Verdict::Refused("captcha_expired"),
        Some(&"missing-input-response") => Verdict::Refused("captcha_missing"),
        _ => Verdict::Refused("captcha_failed"),
    }
}

/// Lets a person pass, and stops everybody else. The operator is told of what visitors can do nothing about.
fn act_on<P: Platform>(call: &Call<'_, P>, settings: &Turnstile, verdict: Verdict) -> Result<(), Stop> {
    let report = |text: String| call.platform.report(&Fault::Operator(text));
    match verdict {
        Verdict::Person => Ok(()),
        Verdict::Refused(words) => Err(refused(words)),
        Verdict::OtherHost(host) => {
            let site = &call.site.base_url;
            report(format!("a token of Turnstile was refused: it is for a page of {host:?}, not of {site}"));
            Err(refused("captcha_failed"))
        }
        Verdict::Misconfigured(code) => Err(Stop::Fault(Fault::Operator(format!(
            "Turnstile does not verify tokens with the secret {}: `{code}`. Until it does, nobody can book.",
            settings.secret
        )))),
        Verdict::Nothing(cause) => {
            report(format!("Turnstile cannot verify that a visitor is a person: {}: {cause}", settings.url));
            Err(Refusal::CaptchaUnreachable.into())
        }
    }
}

fn refused(words: &'static str) -> Stop {
    Refused { words: Some(words), ..Refused::new(Refusal::CaptchaFailed) }.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better")]
    fn check(said: Value, expected: Verdict) {
        assert_eq!(judge(&said, false, |host| host == "meet.example.com"), expected, "of {said}");
    }

    #[track_caller]
    fn check_code(code: &str, expected: Verdict) {
        check(json!({ "success": false, "error-codes": [code] }), expected);
    }

    #[test]
    fn a_person_passes_on_a_page_of_this_site_to_book() {
        let person = json!({ "success": true, "hostname": "meet.example.com", "action": "book" });
        check(person.clone(), Verdict::Person);
        for (name, value, expected) in [
            ("hostname", json!("evil.example"), Verdict::OtherHost("evil.example".to_owned())),
            ("hostname", json!(null), Verdict::OtherHost(String::new())),
            ("action", json!("login"), Verdict::Refused("captcha_failed")),
            ("action", json!(""), Verdict::Refused("captcha_failed")),
            ("action", json!(null), Verdict::Refused("captcha_failed")),
        ] {
            let mut other = person.clone();
            other[name] = value;
            check(other, expected);
        }
    }

    #[test]
    fn each_failure_has_its_words() {
        check_code("missing-input-response", Verdict::Refused("captcha_missing"));
        check_code("invalid-input-response", Verdict::Refused("captcha_failed"));
        check_code("timeout-or-duplicate", Verdict::Refused("captcha_expired"));
        check_code("anything-newer", Verdict::Refused("captcha_failed"));
        check_code("invalid-input-secret", Verdict::Misconfigured("invalid-input-secret".to_owned()));
        check_code("missing-input-secret", Verdict::Misconfigured("missing-input-secret".to_owned()));
        check_code("bad-request", Verdict::Misconfigured("bad-request".to_owned()));
        check_code("internal-error", Verdict::Nothing("it answered `internal-error`".to_owned()));
        check(json!({ "success": false }), Verdict::Refused("captcha_failed"));
        for strange in [json!({}), json!([]), json!("yes"), json!({ "success": "true" })] {
            check(strange, Verdict::Nothing("its answer says neither yes nor no".to_owned()));
        }
    }

    #[test]
    fn the_secret_for_trying_out_knows_no_page() {
        let said = json!({ "success": true, "hostname": "example.com", "action": "" });
        assert_eq!(judge(&said, true, |_| false), Verdict::Person);
        let spent = json!({ "success": false, "error-codes": ["timeout-or-duplicate"] });
        assert_eq!(judge(&spent, true, |_| true), Verdict::Refused("captcha_expired"));
    }

    #[test]
    fn a_token_may_come_again_with_the_same_wish_alone() {
        let proof = [("secret", "s"), ("response", "token")];
        let once = repeat_key("aiko/intro", "key", &proof);
        assert_eq!(once, repeat_key("aiko/intro", "key", &proof));
        assert_eq!(once.len(), 36);
        assert!(once.as_bytes()[14] == b'4' && b"89ab".contains(&once.as_bytes()[19]), "{once}");
        for other in [
            repeat_key("aiko/review", "key", &proof),
            repeat_key("aiko/intro", "other", &proof),
            repeat_key("aiko/intro", "key", &[("secret", "s"), ("response", "other")]),
            repeat_key("aiko/introk", "ey", &proof),
        ] {
            assert_ne!(once, other);
        }
    }
}
