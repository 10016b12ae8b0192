//! Errors, as Stripe words them.

use http::StatusCode;
use serde_json::{Value, json};

/// An error in answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StripeError {
    pub(super) status: StatusCode,
    /// The type, such as `invalid_request_error`.
    pub(super) kind: &'static str,
    /// The code, where it has one.
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    /// The parameter that is wrong.
    pub(super) param: Option<String>,
    /// Whether its idempotency key holds it: what is wrong with the parameters alone is not kept.
    pub(super) is_kept: bool,
}

impl StripeError {
    /// A request that is wrong in itself.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: None,
            message: message.into(),
            param: None,
            is_kept: false,
        }
    }

    pub(super) fn of(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A request that is sound, and that the state of things does not allow.
    pub(super) fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    /// Something that does not exist: `object` is its name at Stripe, such as `checkout.session`.
    pub(super) fn missing(object: &str, id: &str, param: &str) -> Self {
        Self::invalid(format!("No such {object}: '{id}'"))
            .code("resource_missing")
            .of(param)
            .status(StatusCode::NOT_FOUND)
    }

    /// Another use of an idempotency key.
    pub(super) fn idempotency(message: String) -> Self {
        Self { kind: "idempotency_error", ..Self::invalid(message) }
    }

    /// What a switch has asked for.
    pub(super) fn trouble(status: StatusCode) -> Self {
        let (kind, code, message) = match status.as_u16() {
            401 => ("invalid_request_error", None, "Invalid API Key provided."),
            402 => ("card_error", Some("card_declined"), "Your card was declined."),
            403 => (
                "invalid_request_error",
                Some("more_permissions_required"),
                "The provided key does not have the required permissions for this endpoint.",
            ),
            404 => ("invalid_request_error", Some("resource_missing"), "No such object."),
            409 => (
                "invalid_request_error",
                Some("lock_timeout"),
                "This object is being used by another request.",
            ),
            429 => {
                ("invalid_request_error", Some("rate_limit"), "Too many requests. Please try again later.")
            }
            400..=499 => {
                ("invalid_request_error", None, "The request is wrong: a switch of the stand-in says so.")
            }
            _ => (
                "api_error",
                None,
                "Sorry! There was an error while talking to Stripe. Please try again later.",
            ),
        };
        Self { status, kind, code, message: message.to_owned(), param: None, is_kept: true }
    }

    /// The body.
    pub(super) fn json(&self) -> Value {
        let mut error = json!({ "message": self.message, "type": self.kind });
        if let Some(code) = self.code {
            error["code"] = json!(code);
            error["doc_url"] =
                json!(format!("https://docs.stripe.com/error-codes/{}", code.replace('_', "-")));
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({ "error": error })
    }
}
