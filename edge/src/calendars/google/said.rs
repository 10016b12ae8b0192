//! What Google says where it gives nothing, in words that say what to do. Of its own words, only those that are the
//! names of reasons are looked at.

use http::StatusCode;

use crate::calendars::unwritten::Unwritten;
use crate::call::exchange::Response;

/// Reasons of an answer 403 that say that too much was asked.
const LIMITS: [&str; 6] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "calendarUsageLimitsExceeded",
    "usageLimits",
];
const TOO_OFTEN: &str = "it has been asked too often";
/// Reasons that say that the project has not turned the API on.
const TURNED_OFF: [&str; 2] = ["accessNotConfigured", "SERVICE_DISABLED"];
/// Reasons that say that the token opens something else.
const ELSE: [&str; 2] = ["insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"];

/// Whether an answer names one of these reasons.
fn names(answer: &Response, reasons: &[&str]) -> bool {
    let body = String::from_utf8_lossy(answer.body());
    reasons.iter().any(|reason| body.contains(&format!("\"{reason}\"")))
}

/// Why there is nothing: whoever asked is a service account, or somebody who has consented.
pub(super) fn refused(answer: &Response, is_account: bool) -> Unwritten {
    const SHARE: &str =
        "it is not shared so with the service account: share it with the key's `client_email`";
    let status = answer.status();
    let meaning = match status.as_u16() {
        // In the domain of limits, too.
        403 if names(answer, &TURNED_OFF) => "the Google Calendar API is not turned on in the key's project",
        403 | 429 if status == StatusCode::TOO_MANY_REQUESTS || names(answer, &LIMITS) => TOO_OFTEN,
        401 => "Google does not accept the token that it has given",
        403 if names(answer, &ELSE) && !is_account => {
            "the consent does not cover that: get a refresh token with the scope that docs/calendars.md names"
        }
        403 if is_account => SHARE,
        403 => "the one who has consented may not do that with it: let the calendar's owner consent",
        404 if is_account => {
            "its `id` is wrong, or it is not shared with the service account: share it with the key's `client_email`"
        }
        404 => "its `id` is wrong, or the one who has consented cannot see it",
        410 => "it is gone: the calendar was deleted",
        412 => "somebody else changes the event at the same time",
        500.. => "Google has a fault",
        _ => "Google does not take the question",
    };
    let refused = Unwritten::by(answer, format!("it answered {}: {meaning}", status.as_u16()));
    Unwritten { is_refused: refused.is_refused && meaning != TOO_OFTEN, ..refused }
}

/// Why an event that its host has deleted was not put back.
pub(super) fn not_put_back(answer: &Response, is_account: bool) -> Unwritten {
    if answer.status() == StatusCode::FORBIDDEN && !names(answer, &LIMITS) {
        let reason =
            "it answered 403: its host has deleted the event, and Google does not let it be put back";
        return Unwritten::by(answer, reason.to_owned());
    }
    refused(answer, is_account)
}

/// Why there is no token (RFC 6749, 5.2).
pub(in crate::calendars) fn no_token(answer: &Response, is_account: bool) -> Unwritten {
    let status = answer.status().as_u16();
    let reason = if names(answer, &["invalid_grant"]) {
        if is_account {
            "Google does not accept the key (invalid_grant): it was deleted, or its service account was, or the clock here is wrong"
        } else {
            "Google no longer accepts the refresh token (invalid_grant): the consent was withdrawn or has expired, as it does after 7 days while the consent screen is in testing"
        }
    } else if names(answer, &["invalid_client", "unauthorized_client", "deleted_client", "disabled_client"]) {
        "Google does not accept the client: it was deleted or turned off, or the secret has another one's"
    } else if names(answer, &["invalid_scope"]) {
        "the consent does not cover that: get a refresh token with the scope that docs/calendars.md names"
    } else {
        let meaning = match status {
            429 => TOO_OFTEN,
            500.. => "Google has a fault",
            _ => "that is not Google",
        };
        return Unwritten::by(answer, format!("it answered {status} when asked for a token: {meaning}"));
    };
    Unwritten::refused(reason.to_owned())
}
