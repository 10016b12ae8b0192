//! Errors of fields.

use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use scheduling::text::one_line;
use serde_json::Value;

use crate::call::stop::{FieldError, Refused, Stop};
use crate::form::body::Body;

/// The errors so far.
pub(crate) struct Errors<'a> {
    words: &'a LocaleWords,
    list: Vec<FieldError>,
}

impl<'a> Errors<'a> {
    /// No errors yet.
    pub(crate) fn new(words: &'a LocaleWords) -> Self {
        Self { words, list: Vec::new() }
    }

    /// Adds an error of a field: the message of that key.
    pub(crate) fn add(&mut self, field: &str, key: &str, values: &[(&str, &str)]) {
        let message = self.words.message(key, values);
        self.list.push(FieldError { field: field.to_owned(), message });
    }

    /// Adds an error of a guest, who is counted from 1: the message of that key, after the guest's number.
    pub(crate) fn add_of_guest(&mut self, index: usize, key: &str) {
        let (problem, number) = (self.words.message(key, &[]), (index + 1).to_string());
        let values = [("number", number.as_str()), ("problem", &problem)];
        self.add(&format!("guests.{index}"), "endpoint.field.guest_email", &values);
    }

    /// Returns true if there are no errors.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All errors.
    pub(crate) fn into_list(self) -> Vec<FieldError> {
        self.list
    }

    /// The text of a field as one line, without what cannot be seen; empty if it is absent. A value of another type is
    /// an error.
    pub(crate) fn text_of(&mut self, body: &Body, path: &str) -> Option<String> {
        match body.one(path) {
            Value::Null => Some(String::new()),
            Value::String(text) => Some(one_line(text)),
            _ => {
                self.add(path, "endpoint.field.not_text", &[]);
                None
            }
        }
    }
}

/// Refuses a program's body with a field that nobody reads: passed over, a misspelt one would allow more, or do
/// something else, than was meant.
pub(crate) fn check_names(body: &Body, words: &LocaleWords, known: &[&str]) -> Result<(), Stop> {
    let mut errors = Errors::new(words);
    let names = body.value.as_object().into_iter().flat_map(|fields| fields.keys());
    for name in names.filter(|name| !known.contains(&name.as_str())) {
        errors.add(name, "endpoint.field.unknown", &[("known", &known.join(", "))]);
    }
    if errors.is_empty() { Ok(()) } else { Err(refuse_fields(errors.into_list())) }
}

/// The refusal of a request whose fields are wrong.
pub(crate) fn refuse_fields(errors: Vec<FieldError>) -> Stop {
    Refused { errors, ..Refused::new(Refusal::InvalidField) }.into()
}

/// Returns true if text is one line without characters that control how it, or the text after it, is shown.
pub(crate) fn is_line(text: &str) -> bool {
    !text.chars().any(|letter| {
        letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}
