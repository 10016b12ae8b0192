//! Checks the answers to a page's own questions, by their kind.

use std::collections::BTreeMap;

use scheduling::booking::Answer;
use scheduling::definition::{ChoiceOption, Question, QuestionKind, words_in};
use scheduling::limits::{MOST_LONG_TEXT_CHARACTERS, MOST_TEXT_CHARACTERS};
use scheduling::text::{balanced, one_line, several_lines};
use serde_json::Value;

use crate::form::body::Body;
use crate::form::errors::Errors;
use crate::form::numbers::Number;
use crate::form::phone::phone;

/// Answers by question id.
pub(crate) type Answers = BTreeMap<String, Answer>;

/// Checks all answers. Answers to questions that the page does not ask are left out.
pub(crate) fn check(body: &Body, questions: &[Question], locale: &str, errors: &mut Errors<'_>) -> Answers {
    if !matches!(body.get("answers"), Value::Null | Value::Object(_)) {
        errors.add("answers", "endpoint.field.not_object", &[]);
        return Answers::new();
    }
    let mut answers = Answers::new();
    for question in questions {
        let asked = Asked {
            field: format!("answers.{}", question.id),
            label: words_in(&question.label, locale),
            required: question.required,
            is_form: body.is_form,
        };
        let value = match question.kind {
            QuestionKind::Choices(_) => body.get(&asked.field),
            _ => body.one(&asked.field),
        };
        if let Some(answer) = asked.answer(&question.kind, value, errors) {
            answers.insert(question.id.clone(), answer);
        }
    }
    answers
}

/// Checks one line of text.
pub(crate) fn check_text(field: &str, label: &str, text: &str, required: bool, errors: &mut Errors<'_>) {
    let most = MOST_TEXT_CHARACTERS;
    if text.is_empty() && required {
        errors.add(field, "endpoint.field.answer_missing", &[("label", label)]);
    } else if text.chars().count() > most {
        errors.add(field, "endpoint.field.answer_long", &[("label", label), ("most", &most.to_string())]);
    }
}

/// A question as it was asked.
struct Asked<'a> {
    field: String,
    label: &'a str,
    required: bool,
    is_form: bool,
}

impl Asked<'_> {
    fn answer(&self, kind: &QuestionKind, value: &Value, errors: &mut Errors<'_>) -> Option<Answer> {
        match kind {
            QuestionKind::Consent => self.consent(value, errors),
            QuestionKind::Choices(options) => self.choices(options, value, errors),
            _ => self.written(kind, value, errors),
        }
    }

    /// Adds an error, in words that name the question.
    fn wrong(&self, key: &str, errors: &mut Errors<'_>) {
        errors.add(&self.field, key, &[("label", self.label)]);
    }

    fn consent(&self, value: &Value, errors: &mut Errors<'_>) -> Option<Answer> {
        let given = match value {
            Value::Null | Value::Bool(false) => false,
            Value::Bool(true) => true,
            Value::String(text) if self.is_form => matches!(text.as_str(), "true" | "on"),
            _ => {
                self.wrong("endpoint.field.not_boolean", errors);
                return None;
            }
        };
        if !given && self.required {
            self.wrong("endpoint.field.consent_missing", errors);
        }
        Some(Answer::Consent(given))
    }

    fn choices(&self, options: &[ChoiceOption], value: &Value, errors: &mut Errors<'_>) -> Option<Answer> {
        let chosen: Vec<&Value> = match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().collect(),
            text @ Value::String(_) if self.is_form => vec![text],
            _ => {
                self.wrong("endpoint.field.not_list", errors);
                return None;
            }
        };
        let known = |id: &Value| id.as_str().is_some_and(|id| options.iter().any(|option| option.id == id));
        if !chosen.iter().all(|id| known(id)) {
            self.wrong("endpoint.field.choice_unknown", errors);
            return None;
        }
        if chosen.is_empty() && self.required {
            self.wrong("endpoint.field.choice_missing", errors);
        }
        let chosen_ids =
            options.iter().filter(|option| chosen.iter().any(|id| id.as_str() == Some(&option.id)));
        let ids: Vec<String> = chosen_ids.map(|option| option.id.clone()).collect();
        (!ids.is_empty()).then_some(Answer::Choices(ids))
    }

    fn written(&self, kind: &QuestionKind, value: &Value, errors: &mut Errors<'_>) -> Option<Answer> {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) if *kind == QuestionKind::LongText => several_lines(text),
            Value::String(text) => one_line(text),
            Value::Number(number) if *kind == QuestionKind::Number => number.to_string(),
            _ => {
                self.wrong("endpoint.field.not_text", errors);
                return None;
            }
        };
        if text.is_empty() {
            if self.required {
                let chosen = matches!(kind, QuestionKind::Choice(_));
                self.wrong(
                    if chosen { "endpoint.field.choice_missing" } else { "endpoint.field.answer_missing" },
                    errors,
                );
            }
            return None;
        }
        let text = match kind {
            QuestionKind::LongText => self.long_text(&text, errors),
            QuestionKind::Choice(options) => self.choice(options, text, errors)?,
            QuestionKind::Number => self.number(&text, errors)?,
            QuestionKind::Phone => self.phone(&text, errors)?,
            _ => {
                check_text(&self.field, self.label, &text, false, errors);
                text
            }
        };
        Some(Answer::Text(text))
    }

    fn choice(&self, options: &[ChoiceOption], id: String, errors: &mut Errors<'_>) -> Option<String> {
        if options.iter().any(|option| option.id == id) {
            return Some(id);
        }
        self.wrong("endpoint.field.choice_unknown", errors);
        None
    }

    fn number(&self, text: &str, errors: &mut Errors<'_>) -> Option<String> {
        match Number::read(text) {
            Number::Decimal(number) => return Some(number),
            Number::Ambiguous { whole, decimal } => {
                let values = [("label", self.label), ("whole", &whole), ("decimal", &decimal)];
                errors.add(&self.field, "endpoint.field.number_ambiguous", &values);
            }
            Number::None => self.wrong("endpoint.field.number_malformed", errors),
        }
        None
    }

    fn phone(&self, text: &str, errors: &mut Errors<'_>) -> Option<String> {
        let number = phone(text);
        if number.is_none() {
            self.wrong("endpoint.field.phone_malformed", errors);
        }
        number
    }

    /// Directions that are ended here are not counted: nobody typed their ends.
    fn long_text(&self, text: &str, errors: &mut Errors<'_>) -> String {
        if text.chars().count() > MOST_LONG_TEXT_CHARACTERS {
            let most = MOST_LONG_TEXT_CHARACTERS.to_string();
            errors.add(&self.field, "endpoint.field.answer_long", &[("label", self.label), ("most", &most)]);
        }
        balanced(text)
    }
}
