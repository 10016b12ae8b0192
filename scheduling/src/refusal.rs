//! Refusals: reasons why a visitor's request cannot be carried out, in a closed list, each with its stable code and
//! HTTP status.

use serde::{Deserialize, Serialize};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal,)*) => {
        /// A reason to refuse a request. The codes are a contract with programs; the words for people are in the
        /// locales.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// Every refusal there is.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$name),*];

            /// The stable code, as in the problem document's `code`.
            pub fn code(self) -> &'static str {
                match self { $(Refusal::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(Refusal::$name => $status,)* }
            }
        }
    };
}

refusals! {
    /// The time is booked, or too close to a booking.
    SlotTaken = 409 "slot_taken",
    /// The rules never offer this start.
    SlotNotOffered = 409 "slot_not_offered",
    /// The start is past, or nearer than the page's notice.
    NoticeTooShort = 409 "notice_too_short",
    /// The start's date lies outside the page's window.
    OutsideWindow = 409 "outside_window",
    /// The page's limit for that day or week is reached.
    LimitReached = 409 "limit_reached",
    /// The time was held, and the hold has expired.
    HoldExpired = 409 "hold_expired",
    /// The booking is cancelled.
    AlreadyCancelled = 409 "already_cancelled",
    /// The request is accepted or declined.
    AlreadyDecided = 409 "already_decided",
    /// The meeting has begun or is over.
    AlreadyOver = 409 "already_over",
    /// Nothing can be said of how a meeting went before it begins.
    NotBegun = 409 "not_begun",
    /// The visitor has not confirmed it by the link in the email.
    NotConfirmed = 409 "not_confirmed",
    /// The host has not accepted the request.
    NotAccepted = 409 "not_accepted",
    /// The host has agreed to the booking's time, and it is to be paid before another one can be asked for.
    NotPaid = 409 "not_paid",
    /// The page costs something else by now than whoever books has seen.
    PriceChanged = 409 "price_changed",
    /// The booking has changed since: what a notice said of it does not hold any more.
    Superseded = 409 "superseded",
    /// The page no longer lets visitors change this booking.
    ChangeTooLate = 409 "change_too_late",
    /// The booking costs nothing, or is paid.
    NothingToPay = 409 "nothing_to_pay",
    /// Nothing was paid that could go back, or not so much.
    NothingToRefund = 409 "nothing_to_refund",
    /// A bank has yet to decide about the payment: meanwhile nothing is sent back.
    PaymentDisputed = 409 "payment_disputed",
    /// A field is missing, malformed or too long.
    InvalidField = 422 "invalid_field",
    /// The key was used with another body.
    IdempotencyKeyReused = 422 "idempotency_key_reused",
    /// The body cannot be read.
    MalformedBody = 400 "malformed_body",
    /// The host's key is missing, wrong or revoked.
    KeyRefused = 401 "key_refused",
    /// A provider's word is not signed, or not lately.
    SignatureRefused = 401 "signature_refused",
    /// The site is a sandbox and does not list this address.
    SandboxOnly = 403 "sandbox_only",
    /// The captcha's token is missing or wrong.
    CaptchaFailed = 403 "captcha_failed",
    /// The request comes from another site.
    OriginRefused = 403 "origin_refused",
    /// A field that people do not see was filled in.
    Honeypot = 403 "honeypot",
    /// The link was used as often as it works, or was withdrawn.
    LinkUsed = 409 "link_used",
    /// The link's time is over, or has not come.
    LinkExpired = 410 "link_expired",
    /// The page can be booked by invitation only, and there is none.
    InviteNeeded = 403 "invite_needed",
    /// The invitation was not signed here, or is for another page.
    InviteRefused = 403 "invite_refused",
    /// No such meeting page.
    UnknownPage = 404 "unknown_page",
    /// Nothing is here, or the token is wrong.
    NotFound = 404 "not_found",
    /// The receiver of that delivery is not among those of today.
    ReceiverGone = 409 "receiver_gone",
    /// The method is not one of this address.
    MethodNotAllowed = 405 "method_not_allowed",
    /// The body is too large.
    PayloadTooLarge = 413 "payload_too_large",
    /// The body's type is neither JSON nor a form.
    UnsupportedMediaType = 415 "unsupported_media_type",
    /// Too many requests from one address, or for one contact.
    TooManyRequests = 429 "too_many_requests",
    /// Too many are waiting for this host.
    Busy = 503 "busy",
    /// A connected calendar cannot be read.
    CalendarUnreachable = 503 "calendar_unreachable",
    /// The service that checks the captcha's token does not answer.
    CaptchaUnreachable = 503 "captcha_unreachable",
    /// Whoever takes the payments cannot be reached.
    PaymentUnavailable = 503 "payment_unavailable",
    /// The store cannot be read or written.
    StorageUnavailable = 503 "storage_unavailable",
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    /// The contract with programs, as it is published: every code with its status. Codes are added, never changed.
    const CONTRACT: &[(u16, &str)] = &[
        (409, "slot_taken"),
        (409, "slot_not_offered"),
        (409, "notice_too_short"),
        (409, "outside_window"),
        (409, "limit_reached"),
        (409, "hold_expired"),
        (409, "already_cancelled"),
        (409, "already_decided"),
        (409, "already_over"),
        (409, "not_begun"),
        (409, "not_confirmed"),
        (409, "not_accepted"),
        (409, "not_paid"),
        (409, "price_changed"),
        (409, "superseded"),
        (409, "change_too_late"),
        (409, "nothing_to_pay"),
        (409, "nothing_to_refund"),
        (409, "payment_disputed"),
        (422, "invalid_field"),
        (422, "idempotency_key_reused"),
        (400, "malformed_body"),
        (401, "key_refused"),
        (401, "signature_refused"),
        (403, "sandbox_only"),
        (403, "captcha_failed"),
        (403, "origin_refused"),
        (403, "honeypot"),
        (409, "link_used"),
        (410, "link_expired"),
        (403, "invite_needed"),
        (403, "invite_refused"),
        (404, "unknown_page"),
        (404, "not_found"),
        (409, "receiver_gone"),
        (405, "method_not_allowed"),
        (413, "payload_too_large"),
        (415, "unsupported_media_type"),
        (429, "too_many_requests"),
        (503, "busy"),
        (503, "calendar_unreachable"),
        (503, "captcha_unreachable"),
        (503, "payment_unavailable"),
        (503, "storage_unavailable"),
    ];

    #[test]
    fn every_refusal_has_its_published_code_and_status() {
        let all: Vec<(u16, &str)> =
            Refusal::ALL.iter().map(|refusal| (refusal.status(), refusal.code())).collect();
        assert_eq!(all, CONTRACT);
    }

    #[test]
    fn a_refusal_is_written_as_its_code() {
        for refusal in Refusal::ALL {
            let written = serde_json::to_string(refusal).unwrap();
            assert_eq!(written, format!("\"{}\"", refusal.code()));
            assert_eq!(serde_json::from_str::<Refusal>(&written).unwrap(), *refusal);
        }
    }
}
