//! Answers of Google that are none, or not whole: no time is free by them, and what is said tells nothing of the key.

use super::*;

/// Checks what is said where the answer about events is that.
async fn check_list(secret: &'static str, answer: Result<Response, Unanswered>, expected: &str) {
    check_failed(&read_by(&way(secret, vec![token(), answer])).await, expected);
}

/// Checks what is said where there is no token.
async fn check_token(secret: &'static str, answer: Result<Response, Unanswered>, expected: &str) {
    check_failed(&read_by(&way(secret, vec![answer])).await, expected);
}

/// An error as the API writes it.
fn refusal(status: u16, domain: &str, reason: &str) -> Result<Response, Unanswered> {
    let message = "The user mara@example.org has no access to Secret.";
    let one = json!({ "domain": domain, "reason": reason, "message": message });
    told(status, json!({ "error": { "errors": [one], "code": status, "message": message } }).to_string())
}

const NOT_SHARED: &str =
    "it answered 403: it is not shared so with the service account: share it with the key's `client_email`";

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let not_found = "it answered 404: its `id` is wrong, or it is not shared with the service account: share it with the key's `client_email`";
    let too_often = "asked too often";
    for (answer, account, consent) in [
        (
            refusal(404, "global", "notFound"),
            not_found,
            "it answered 404: its `id` is wrong, or the one who has consented cannot see it",
        ),
        (
            refusal(403, "global", "forbidden"),
            NOT_SHARED,
            "it answered 403: the one who has consented may not do that with it: let the calendar's owner consent",
        ),
        (
            refusal(403, "global", "insufficientPermissions"),
            NOT_SHARED,
            "it answered 403: the consent does not cover that: get a refresh token with the scope that docs/calendars.md names",
        ),
    ] {
        check_list(ACCOUNT, answer.clone(), account).await;
        check_list(CONSENT, answer, consent).await;
    }
    let turned_off = "it answered 403: the Google Calendar API is not turned on in the key's project";
    check_list(ACCOUNT, refusal(403, "usageLimits", "accessNotConfigured"), turned_off).await;
    for (domain, reason) in [
        ("usageLimits", "rateLimitExceeded"),
        ("usageLimits", "userRateLimitExceeded"),
        ("calendar", "quotaExceeded"),
        ("usageLimits", "somethingNew"),
    ] {
        let expected = format!("it answered 403: it has been {too_often}");
        check_list(ACCOUNT, refusal(403, domain, reason), &expected).await;
    }
    for (status, meaning) in [
        (204, "Google does not take the question"),
        (302, "Google does not take the question"),
        (304, "Google does not take the question"),
        (400, "Google does not take the question"),
        (401, "Google does not accept the token that it has given"),
        (403, "it is not shared so with the service account: share it with the key's `client_email`"),
        (410, "it is gone: the calendar was deleted"),
        (429, "it has been asked too often"),
        (500, "Google has a fault"),
        (503, "Google has a fault"),
    ] {
        let expected = format!("it answered {status}: {meaning}");
        for body in ["", "<html>Secret</html>", "{}"] {
            check_list(ACCOUNT, told(status, body), &expected).await;
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_accepted_says_why() {
    let oauth = |error: &str| {
        let said = json!({ "error": error, "error_description": "Bad Request of mara@example.org" });
        told(400, said.to_string())
    };
    let account = "Google does not accept the key (invalid_grant): it was deleted, or its service account was, or the clock here is wrong";
    check_token(ACCOUNT, oauth("invalid_grant"), account).await;
    let consent = "Google no longer accepts the refresh token (invalid_grant): the consent was withdrawn or has expired, as it does after 7 days while the consent screen is in testing";
    check_token(CONSENT, oauth("invalid_grant"), consent).await;
    let client =
        "Google does not accept the client: it was deleted or turned off, or the secret has another one's";
    for error in ["invalid_client", "unauthorized_client", "deleted_client"] {
        check_token(CONSENT, oauth(error), client).await;
    }
    let scope =
        "the consent does not cover that: get a refresh token with the scope that docs/calendars.md names";
    check_token(CONSENT, oauth("invalid_scope"), scope).await;
    for (status, body, meaning) in [
        (200, "", "that is not Google"),
        (200, "<html></html>", "that is not Google"),
        (200, "{}", "that is not Google"),
        (200, r#"{"access_token":"#, "that is not Google"),
        (302, "", "that is not Google"),
        (404, "", "that is not Google"),
        (429, "", "it has been asked too often"),
        (503, "", "Google has a fault"),
    ] {
        let expected = format!("it answered {status} when asked for a token: {meaning}");
        check_token(ACCOUNT, told(status, body), &expected).await;
    }
}

#[tokio::test]
async fn what_does_not_answer_is_not_read() {
    for (unanswered, expected) in [
        (Unanswered::NoAddress("a".to_owned()), "the secret is not a web address"),
        (Unanswered::Unencrypted("http://a".to_owned()), "its address does not begin with https://"),
        (Unanswered::Private("https://10.0.0.1".to_owned()), "its address is a private one"),
        (Unanswered::TimedOut(DEADLINE), "it did not answer within 2 s"),
        (Unanswered::TooLarge(10 << 20), "it answered with more than 10 MB"),
        (Unanswered::BrokenOff("end of file".to_owned()), "its answer broke off: end of file"),
    ] {
        check_token(ACCOUNT, Err(unanswered.clone()), expected).await;
        check_list(ACCOUNT, Err(unanswered), expected).await;
    }
    let slow = Way { seconds: 2, ..way(ACCOUNT, vec![token()]) };
    check_failed(&read_by(&slow).await, "it did not answer within 2 s");
}

#[tokio::test]
async fn what_is_no_list_of_events_is_no_empty_calendar() {
    let whole = events(&json!([event(json!({}))]));
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "<!doctype html>",
        r#"{"kind":"calendar#event","items":[]}"#,
        r#"{"kind":"calendar#events","items":{}}"#,
        r#"{"kind":"calendar#events","items":[5]}"#,
        r#"{"kind":"calendar#events","items":[]} x"#,
        &whole[..whole.len() - 1],
        &whole[..whole.len() / 2],
    ] {
        let expected = "Google's answer is cut off, or something else than a list of events";
        check_list(ACCOUNT, told(200, body.to_owned()), expected).await;
    }
}

#[tokio::test]
async fn an_event_whose_time_cannot_be_read_makes_the_calendar_unknown() {
    for start in [
        json!(null),
        json!({}),
        json!({ "dateTime": "tomorrow" }),
        json!({ "dateTime": "2026-12-01T10:00:00" }),
        json!({ "date": "2026-12-01" }),
        json!({ "date": "1 December" }),
    ] {
        if start.is_null() {
            continue;
        }
        let found = read_as(events(&json!([event(json!({ "start": start }))])), |_| {}).await;
        let because = found.unknown_because.as_deref();
        assert_eq!(because, Some("the time of an event cannot be read"), "{start}");
        assert_eq!(found.known_until, found.asked.start);
    }
}

#[tokio::test]
async fn a_secret_that_is_no_key_says_what_it_lacks_and_never_what_it_is() {
    let damaged = "the `private_key` in the secret AIKO_CALENDAR is damaged: set the secret to all of the key's file, as Google made it";
    let no_file = "the secret AIKO_CALENDAR is not the key's file: set it to all of that, as Google made it";
    for (secret, expected) in [
        ("correct-horse", no_file),
        ("[]", no_file),
        (r#"{"private_key":5}"#, no_file),
        (r#"{"private_key":"-----BEGIN"#, no_file),
        ("{}", "the secret AIKO_CALENDAR has neither a `private_key` nor a `refresh_token`"),
        (
            r#"{"installed":{"client_id":"a"}}"#,
            "the secret AIKO_CALENDAR has neither a `private_key` nor a `refresh_token`",
        ),
        (r#"{"refresh_token":"a"}"#, "the secret AIKO_CALENDAR lacks `client_id`"),
        (r#"{"refresh_token":"a","client_id":"b"}"#, "the secret AIKO_CALENDAR lacks `client_secret`"),
        (r#"{"private_key":"a"}"#, "the secret AIKO_CALENDAR lacks `client_email`"),
        (r#"{"client_email":"a","private_key":"correct-horse"}"#, damaged),
        (
            r#"{"client_email":"a","private_key":"-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----"}"#,
            damaged,
        ),
        (
            r#"{"client_email":"a","private_key":"-----BEGIN RSA PRIVATE KEY-----\nYSBrZXk=\n-----END RSA PRIVATE KEY-----"}"#,
            damaged,
        ),
        (
            r#"{"client_email":"a","private_key":"-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----"}"#,
            damaged,
        ),
    ] {
        check_failed(&read_by(&way(secret, vec![])).await, expected);
    }
    let unset = Way { secret: None, ..Way::answering(vec![]) };
    check_failed(&read_by(&unset).await, "the secret AIKO_CALENDAR is not set");
}

#[tokio::test]
async fn a_service_account_has_no_calendar_of_its_own() {
    let (host, mut calendar) = google();
    calendar.source = CalendarSource::Google { id: "primary".to_owned(), secret: "AIKO_CALENDAR".to_owned() };
    let noted = read(&way(ACCOUNT, vec![]), &host, &calendar, None, DEADLINE).await;
    check_failed(&noted, "`primary` is the service account's own calendar: set `id` to the host's");
    let way = way(CONSENT, vec![token(), told(200, events(&json!([])))]);
    let noted = read(&way, &host, &calendar, None, DEADLINE).await;
    assert!(matches!(noted.reading, Reading::Found(_)), "{noted:?}");
    assert!(way.asked.borrow()[1].url.contains("/calendars/primary/events?"));
}
