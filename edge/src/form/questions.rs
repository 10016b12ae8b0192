//! Checks the answers to a page's own questions, by their kind.

use std::collections::BTreeMap;

use scheduling::booking::Answer;
use scheduling::definition::{ChoiceOption, Question, QuestionKind, words_in};
use serde_json::Value;

use crate::form::body::Body;
use crate::form::errors::{Errors, MOST_TEXT_CHARACTERS, is_line};

/// Answers by question id.
pub(crate) type Answers = BTreeMap<String, Answer>;

/// Characters of a text of several lines.
const MOST_LONG_TEXT_CHARACTERS: usize = 5_000;
/// Characters of a number as written.
const MOST_NUMBER_CHARACTERS: usize = 30;

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
        let value = &body.get("answers")[&question.id];
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
    } else if !is_line(text) {
        errors.add(field, "endpoint.field.answer_characters", &[("label", label)]);
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
            Value::String(text) => text.trim().to_owned(),
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
        let text = self.of_kind(kind, text, errors)?;
        Some(Answer::Text(text))
    }

    fn of_kind(&self, kind: &QuestionKind, text: String, errors: &mut Errors<'_>) -> Option<String> {
        let read = match kind {
            QuestionKind::LongText => return Some(self.long_text(&text, errors)),
            QuestionKind::Choice(options) => (
                options.iter().any(|option| option.id == text).then_some(text),
                "endpoint.field.choice_unknown",
            ),
            QuestionKind::Number => (read_number(&text), "endpoint.field.number_malformed"),
            QuestionKind::Phone => (read_phone(&text), "endpoint.field.phone_malformed"),
            _ => {
                check_text(&self.field, self.label, &text, false, errors);
                return Some(text);
            }
        };
        if read.0.is_none() {
            self.wrong(read.1, errors);
        }
        read.0
    }

    fn long_text(&self, text: &str, errors: &mut Errors<'_>) -> String {
        let text = text.replace("\r\n", "\n");
        if text.chars().count() > MOST_LONG_TEXT_CHARACTERS {
            let most = MOST_LONG_TEXT_CHARACTERS.to_string();
            errors.add(&self.field, "endpoint.field.answer_long", &[("label", self.label), ("most", &most)]);
        } else if text.split(['\n', '\t']).any(|line| !is_line(line)) {
            self.wrong("endpoint.field.text_characters", errors);
        }
        text
    }
}

/// A decimal number as written, with plain digits in place of those of full width.
fn read_number(text: &str) -> Option<String> {
    let number = to_half_width(text);
    let digits = number.strip_prefix('-').unwrap_or(&number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (number.len() <= MOST_NUMBER_CHARACTERS && all_digits(whole) && all_digits(fraction)).then_some(number)
}

/// A phone number: 5 to 15 digits (ITU-T E.164) however grouped, perhaps with an extension of up to 6.
fn read_phone(text: &str) -> Option<String> {
    let number = to_half_width(text);
    let lower = number.to_ascii_lowercase();
    let (main, extension) =
        ["ext.", "ext", "x", "#"].iter().find_map(|mark| lower.split_once(mark)).unwrap_or((&lower, "0"));
    let main = main.strip_prefix('+').unwrap_or(main);
    let grouped =
        main.chars().all(|letter| letter.is_ascii_digit() || " -().\u{2010}\u{2011}/".contains(letter));
    let count = main.bytes().filter(u8::is_ascii_digit).count();
    let extension = extension.trim();
    let sound = grouped
        && (5..=15).contains(&count)
        && (1..=6).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_digit());
    (sound && number.chars().count() <= MOST_NUMBER_CHARACTERS + 20).then_some(number)
}

/// Replaces letters of full width, as Japanese keyboards write them, with plain ones.
fn to_half_width(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            '\u{3000}' => ' ',
            '\u{2212}' | '\u{30fc}' => '-',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_taken_as_people_write_them() {
        for sound in [
            "+49 30 5550 0123",
            "(555) 010-0199",
            "03-1234-5678",
            "０３ー１２３４ー５６７８",
            "555 0100 ext. 12",
            "555.0100x7",
        ] {
            assert!(read_phone(sound).is_some(), "{sound}");
        }
        for wrong in
            ["", "1234", "call me", "+49 30 5550 0123 4567 89", "12345; drop", "555 0100 ext.", "++4930555"]
        {
            assert!(read_phone(wrong).is_none(), "{wrong}");
        }
        assert_eq!(read_phone("０３ー１２３４").as_deref(), Some("03-1234"));
    }

    #[test]
    fn numbers_are_decimal() {
        for sound in ["0", "-3", "3.5", "１２"] {
            assert!(read_number(sound).is_some(), "{sound}");
        }
        for wrong in ["", "3,5", "1e3", "NaN", "+3", ".5", "5.", "0x10", &"9".repeat(31)] {
            assert!(read_number(wrong).is_none(), "{wrong}");
        }
        assert_eq!(read_number("１２").as_deref(), Some("12"));
    }
}
