//! A host's record of how a meeting went: the body of `POST /api/host/bookings/{id}/outcome`.

use scheduling::booking::Outcome;
use scheduling::definition::Association;
use scheduling::ledger::RecordOutcome;
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;

use crate::call::stop::{Refused, Stop};
use crate::form::body::Body;
use crate::form::errors::{Errors, is_line};

/// The most objects elsewhere that a meeting may belong to.
const MOST_ASSOCIATIONS: usize = 20;
/// Characters of an association's type, and of its id.
const MOST_CHARACTERS: usize = 200;

/// The record in a body. `outcome` must be there, and `null` takes back what was said; without `associations`, those
/// stay.
pub(crate) fn record(id: BookingId, body: &Body, mut errors: Errors<'_>) -> Result<RecordOutcome, Stop> {
    let outcome = outcome(body, &mut errors);
    let associations = associations(body, &mut errors);
    let errors = errors.into_list();
    if !errors.is_empty() {
        return Err(Refused { errors, ..Refused::new(Refusal::InvalidField) }.into());
    }
    Ok(RecordOutcome { id, outcome, associations })
}

fn outcome(body: &Body, errors: &mut Errors<'_>) -> Option<Outcome> {
    let said = body.value.get("outcome").map(scheduling::json::from_value);
    if let Some(Ok(outcome)) = said {
        return outcome;
    }
    errors.add("outcome", "endpoint.field.outcome_unknown", &[]);
    None
}

fn associations(body: &Body, errors: &mut Errors<'_>) -> Option<Vec<Association>> {
    let value = body.get("associations");
    if value.is_null() {
        return None;
    }
    let list: Option<Vec<Association>> = scheduling::json::from_value(value).ok();
    let is_sound = |text: &str| !text.is_empty() && text.chars().count() <= MOST_CHARACTERS && is_line(text);
    let sound = list.filter(|list| {
        list.len() <= MOST_ASSOCIATIONS && list.iter().all(|one| is_sound(&one.kind) && is_sound(&one.id))
    });
    if sound.is_none() {
        let most = [("most", &*MOST_ASSOCIATIONS.to_string()), ("characters", &*MOST_CHARACTERS.to_string())];
        errors.add("associations", "endpoint.field.associations_malformed", &most);
    }
    sound
}

#[cfg(test)]
mod tests {
    use scheduling::locale::LocaleWords;
    use serde_json::{Value, json};

    use super::*;

    /// The outcome and the number of associations; `None` if the body is refused.
    #[track_caller]
    fn check(value: Value, expected: Option<(Option<Outcome>, Option<usize>)>) {
        let id = BookingId::new("aiko", [1; 16]);
        let text = value.to_string();
        let words = LocaleWords::default();
        let record = record(id, &Body { value, is_form: false }, Errors::new(&words));
        let read = record.ok().map(|record| (record.outcome, record.associations.map(|list| list.len())));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn an_outcome_is_said_or_taken_back() {
        check(json!({ "outcome": "completed" }), Some((Some(Outcome::Completed), None)));
        check(json!({ "outcome": "no_show" }), Some((Some(Outcome::NoShow), None)));
        check(json!({ "outcome": null }), Some((None, None)));
        check(json!({}), None);
        check(json!({ "outcome": "good" }), None);
        check(json!({ "outcome": 1 }), None);
    }

    #[test]
    fn associations_replace_those_that_were() {
        let with = |associations: Value| json!({ "outcome": null, "associations": associations });
        check(with(json!(null)), Some((None, None)));
        check(with(json!([])), Some((None, Some(0))));
        let deal = json!({ "type": "deal", "id": "4711" });
        check(with(json!([deal])), Some((None, Some(1))));
        check(with(json!(vec![&deal; 20])), Some((None, Some(20))));
        check(with(json!(vec![&deal; 21])), None);
        for wrong in [json!("deal"), json!([{ "type": "deal" }]), json!([{ "type": "", "id": "1" }])] {
            check(with(wrong), None);
        }
        check(with(json!([{ "type": "deal", "id": "a\u{7}" }])), None);
        check(with(json!([{ "type": "deal", "id": "a".repeat(201) }])), None);
    }
}
