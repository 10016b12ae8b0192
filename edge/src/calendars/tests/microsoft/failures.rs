//! Answers of Microsoft that are none, or not whole: no time is free by them.

use proptest::prelude::*;

use super::*;

/// Checks what is said where its sign-in answers so; then no time is found to be free.
async fn check_sign_in(answer: Result<Response, Unanswered>, expected: &str) {
    check_failed(&read_by(&way(vec![answer])).await, expected);
}

/// The same of an answer about its events.
async fn check_events(answer: Result<Response, Unanswered>, expected: &str) {
    check_failed(&read_by(&way(vec![token(), answer])).await, expected);
}

#[tokio::test]
async fn a_secret_says_what_it_lacks_and_never_what_it_is() {
    let (host, mut calendar) = microsoft();
    let check = async |calendar: &Calendar, secret: Option<&'static str>, expected: &str| {
        let way = Way { secret, ..Way::answering(Vec::new()) };
        check_failed(&read(&way, &host, calendar, None, DEADLINE).await, expected);
    };
    let without = |key: &'static str| {
        Some(secret(|secret| {
            secret.as_object_mut().unwrap().remove(key);
        }))
    };
    check(&calendar, None, "the secret AIKO_CALENDAR is not set").await;
    for key in ["tenant_id", "client_id", "client_secret"] {
        check(&calendar, without(key), &format!("the secret AIKO_CALENDAR lacks `{key}`")).await;
    }
    let empty = secret(|secret| secret["client_secret"] = " ".into());
    check(&calendar, Some(empty), "the secret AIKO_CALENDAR lacks `client_secret`").await;
    for text in ["Q~8Secret", "", "{", "'{}'"] {
        check(&calendar, Some(text), "the secret AIKO_CALENDAR is not JSON").await;
    }
    for text in ["[]", "null", "5", "{}", "{\"client_id\": 5}"] {
        check(&calendar, Some(text), "the secret AIKO_CALENDAR lacks `client_id`").await;
    }
    calendar.source = CalendarSource::Microsoft { user: None, id: None, secret: "AIKO_CALENDAR".to_owned() };
    let nobody = "its application is nobody's own: name the mailbox in `user`";
    check(&calendar, Some(secret(|_| {})), nobody).await;
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why() {
    let check = async |status: u16, error: &str, number: u64, expected: &str| {
        let words = format!("AADSTS{number}: Secret words. Trace ID: 1");
        let said = json!({ "error": error, "error_description": words, "error_codes": [number] });
        let expected = format!("its sign-in answered {status} (AADSTS{number}): {expected}");
        check_sign_in(tells(status, &said), &expected).await;
    };
    let secret = "the `client_secret` is wrong: it is the value of a client secret, not the secret's ID";
    check(401, "invalid_client", 7_000_215, secret).await;
    let expired = "the application's client secret has expired: make a new one, and set the secret anew";
    check(401, "invalid_client", 7_000_222, expired).await;
    check(401, "invalid_client", 7_000_218, "the application is not let in: its `client_secret` is wrong")
        .await;
    check(400, "unauthorized_client", 700_016, "the tenant has no application of that `client_id`").await;
    check(400, "invalid_request", 90_002, "there is no tenant of that `tenant_id`").await;
    check(400, "invalid_request", 900_023, "there is no tenant of that `tenant_id`").await;
    check(401, "unauthorized_client", 7_000_112, "the application is disabled").await;
    let ended = "the refresh token has ended, or was withdrawn: sign in again, and set the secret anew";
    for number in [70_008, 700_082, 50_173] {
        check(400, "invalid_grant", number, ended).await;
    }
    check(400, "invalid_scope", 70_011, "it does not take the question").await;
    let named = json!({ "error": "temporarily_unavailable" });
    let fault = "its sign-in answered 503 (temporarily_unavailable): Microsoft's server has a fault";
    check_sign_in(tells(503, &named), fault).await;
    let secret_words = json!({ "error": "Secret words: Q~8" });
    check_sign_in(tells(503, &secret_words), "its sign-in answered 503: Microsoft's server has a fault")
        .await;
    check_sign_in(told(429, ""), "its sign-in answered 429: it has been asked too often").await;
}

#[tokio::test]
async fn a_sign_in_that_gives_no_token_is_none() {
    let no_token = "its sign-in answered with something else than a token";
    for body in
        ["", "{", "{}", "<!doctype html>", "{\"access_token\":\"\"}", "{\"access_token\":\"a\\nb: c\"}"]
    {
        check_sign_in(told(200, body), no_token).await;
    }
    let nothing = "its sign-in answered 302: its answer is cut off, or is not one of Microsoft Graph";
    check_sign_in(told(302, ""), nothing).await;
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let permission = "the application lacks the permission Calendars.Read, or Calendars.ReadWrite where it is \
                      written to, or an administrator's consent to it, or is kept from this mailbox";
    let nothing = "its answer is cut off, or is not one of Microsoft Graph";
    let gone = "it is not there: the calendar was deleted, or its `id` is wrong";
    for (status, code, expected) in [
        (
            401,
            "InvalidAuthenticationToken",
            "Microsoft does not accept the token that it gave the application itself",
        ),
        (403, "ErrorAccessDenied", permission),
        (403, "Authorization_RequestDenied", permission),
        (404, "ErrorItemNotFound", gone),
        (410, "ErrorItemNotFound", gone),
        (
            404,
            "MailboxNotEnabledForRESTAPI",
            "the mailbox of `user` is not in Exchange Online, or has no licence for it",
        ),
        (404, "ErrorInvalidUser", "there is no such mailbox: its `user` is wrong"),
        (404, "ResourceNotFound", "there is no such mailbox: its `user` is wrong"),
        (400, "ErrorInvalidIdMalformed", "its `id` is not one of a calendar in that mailbox"),
        (400, "BadRequest", "it does not take the question"),
        (429, "ApplicationThrottled", "it has been asked too often"),
        (500, "ErrorInternalServerError", "Microsoft's server has a fault"),
        (503, "ServiceNotAvailable", "Microsoft's server has a fault"),
        (504, "UnknownError", "Microsoft's server has a fault"),
        (204, "None", nothing),
        (302, "None", nothing),
    ] {
        let said = json!({ "error": { "code": code, "message": "Secret words.", "innerError": {} } });
        check_events(tells(status, &said), &format!("it answered {status} ({code}): {expected}")).await;
    }
    for body in
        ["", "<html>Secret</html>", "{\"error\":{\"code\":\"Secret words\"}}", "{\"error\":{\"code\":\"\"}}"]
    {
        check_events(told(502, body), "it answered 502: Microsoft's server has a fault").await;
    }
}

#[tokio::test]
async fn whoever_does_not_answer_says_nothing() {
    let address = "https://graph.microsoft.com/?secret".to_owned();
    for (unanswered, expected) in [
        (Unanswered::NoAddress(address.clone()), "the secret is not a web address"),
        (Unanswered::Unencrypted(address.clone()), "its address does not begin with https://"),
        (Unanswered::Private(address), "its address is a private one"),
        (Unanswered::TimedOut(DEADLINE), "it did not answer within 2 s"),
        (Unanswered::TooLarge(10 << 20), "it answered with more than 10 MB"),
        (Unanswered::BrokenOff("end of file".to_owned()), "its answer broke off: end of file"),
    ] {
        check_sign_in(Err(unanswered.clone()), expected).await;
        check_events(Err(unanswered), expected).await;
    }
}

#[tokio::test]
async fn something_else_is_no_page() {
    let nothing = "its answer is cut off, or is not one of Microsoft Graph";
    let whole = page(&[at_nine(&json!({}))]).to_string();
    for length in 0..whole.len() {
        check_events(told(200, whole[..length].to_owned()), nothing).await;
    }
    for body in
        ["<!doctype html>", "{}", "[]", "null", "{\"value\":{}}", "{\"value\":null}", "{\"error\":{}}"]
    {
        check_events(told(200, body), nothing).await;
    }
    // An event that is none is not known to be free.
    for event in [json!(null), json!({}), json!("x"), json!([])] {
        let found = found(read_of(&[event], |_| {}).await);
        assert_eq!((found.known_until, found.events), (found.asked.start, 1));
    }
}

proptest! {
    #[test]
    fn a_byte_that_is_wrong_panics_nowhere(place in 0_usize..600, byte in any::<u8>()) {
        let mut answer = page(&[at_nine(&json!({ "isAllDay": true }))]).to_string().into_bytes();
        let place = place % answer.len();
        answer[place] = byte;
        let way = way(vec![token(), told(200, answer)]);
        let _ = futures_util::FutureExt::now_or_never(read_by(&way)).unwrap();
    }
}
