//! The document's sources, held to the types that they describe.

use std::collections::BTreeSet;

use scheduling::booking::{Outcome, Status};
use scheduling::definition::{Role, WhenUnknown};
use scheduling::ledger::Likeness;
use scheduling::limits;
use scheduling::outbox::DeliveryState;
use scheduling::proposal::MOST_TIMES;
use serde::de::DeserializeOwned;

use super::*;

fn schemas() -> Value {
    toml::from_str::<Value>(SCHEMAS).unwrap()
}

/// Every name of an enumeration is one that the type has.
#[track_caller]
fn check_names<T: DeserializeOwned>(names: &Value, number: usize) {
    let names = names.as_array().unwrap();
    for name in names {
        assert!(serde_json::from_value::<T>(name.clone()).is_ok(), "{name}");
    }
    assert_eq!(names.len(), number, "{names:?}");
}

#[test]
fn enumerations_are_those_of_the_types() {
    let schemas = schemas();
    check_names::<Status>(&schemas["Status"]["enum"], 7);
    check_names::<Outcome>(&schemas["Outcome"]["enum"], 4);
    check_names::<Likeness>(&schemas["Likeness"]["enum"], 3);
    check_names::<DeliveryState>(&schemas["DeliveryState"]["enum"], 4);
    check_names::<WhenUnknown>(&schemas["WhenUnknown"]["enum"], 2);
    check_names::<Role>(&schemas["Calendar"]["properties"]["role"]["enum"], 3);
}

#[test]
fn limits_are_those_that_are_kept() {
    let schemas = schemas();
    let (request, suggestion) =
        (&schemas["BookingRequest"]["properties"], &schemas["Suggestion"]["properties"]);
    let contact = &request["contact"]["properties"];
    for (told, kept) in [
        (&contact["name"]["maxLength"], limits::MOST_NAME_CHARACTERS),
        (&contact["email"]["maxLength"], limits::MOST_EMAIL_CHARACTERS),
        (&request["location"]["maxLength"], limits::MOST_TEXT_CHARACTERS),
        (&request["guests"]["maxItems"], limits::MOST_GUESTS),
        (&suggestion["starts"]["maxItems"], MOST_TIMES),
        (&suggestion["count"]["maximum"], MOST_TIMES),
    ] {
        assert_eq!(told, kept);
    }
}

#[test]
fn what_is_named_is_there_and_used() {
    let source: Source = toml::from_str(OPERATIONS).unwrap();
    let schemas = schemas();
    let mut used = BTreeSet::new();
    for operation in &source.operations {
        for name in &operation.parameters {
            assert!(source.parameters.contains_key(name), "{} has no parameter {name}", operation.id);
            used.insert(name.as_str());
        }
        let bodies = operation.body.iter().map(|body| &body.schema);
        for name in bodies.chain(operation.answers.values().filter_map(|answer| answer.schema.as_ref())) {
            assert!(schemas.get(name).is_some(), "{} has no schema {name}", operation.id);
        }
        let mut codes = BTreeSet::new();
        for refusal in operation.refusals.iter().chain(operation.implied()) {
            assert!(codes.insert(refusal.code()), "{} has {} twice", operation.id, refusal.code());
        }
    }
    assert_eq!(used, source.parameters.keys().map(String::as_str).collect());
    let ids: BTreeSet<&str> = source.operations.iter().map(|operation| operation.id.as_str()).collect();
    let answers = source.operations.iter().flat_map(|operation| operation.answers.values());
    for name in answers.filter_map(|answer| answer.links.as_ref()).flat_map(|links| &links.to) {
        assert!(ids.contains(name.as_str()), "a link leads to {name}");
    }
    assert_eq!(ids.len(), source.operations.len(), "an operation's id is its own");
}

/// The refusals that no operation of the document has: of pages and forms that only browsers open, and of what payment
/// providers say by themselves.
#[test]
fn every_refusal_is_an_operations_or_a_pages() {
    let source: Source = toml::from_str(OPERATIONS).unwrap();
    let said =
        source.operations.iter().flat_map(|operation| operation.refusals.iter().chain(operation.implied()));
    let said: BTreeSet<&str> = said.map(|refusal| refusal.code()).collect();
    let unsaid = Refusal::ALL.iter().map(|refusal| refusal.code()).filter(|code| !said.contains(code));
    assert_eq!(unsaid.collect::<Vec<_>>(), ["signature_refused", "method_not_allowed"]);
}
