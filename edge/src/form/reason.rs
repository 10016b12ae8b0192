//! The reason of a cancellation, as a visitor or a host words it.

use scheduling::refusal::Refusal;
use scheduling::text::{balanced, several_lines};
use serde_json::Value;

use crate::call::Call;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::form::body::Body;
use crate::form::errors::Errors;

/// Characters that a reason may have.
const MOST_REASON_CHARACTERS: usize = 1000;

pub(crate) fn reason<P: Platform>(call: &Call<'_, P>, body: &Body) -> Result<Option<String>, Stop> {
    let mut errors = Errors::new(call.words());
    let reason = match body.one("reason") {
        Value::Null => String::new(),
        Value::String(reason) => several_lines(reason),
        _ => {
            errors.add("reason", "endpoint.field.not_text", &[]);
            String::new()
        }
    };
    if reason.chars().count() > MOST_REASON_CHARACTERS {
        errors.add("reason", "endpoint.field.reason_long", &[("most", &MOST_REASON_CHARACTERS.to_string())]);
    }
    let errors = errors.into_list();
    if errors.is_empty() {
        Ok((!reason.is_empty()).then(|| balanced(&reason)))
    } else {
        Err(Refused { errors, ..Refused::new(Refusal::InvalidField) }.into())
    }
}
