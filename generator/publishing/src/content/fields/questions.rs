//! `[[questions]]` of a page.

use std::ops::Range;

use scheduling::definition::{ChoiceOption, Question, QuestionKind, Words};
use scheduling::link::{ASKED, OWN};

use crate::content::toml::keys::{OPTION, QUESTION};
use crate::content::toml::reader::{Reader, Section, Text, Value};
use crate::content::toml::suggest::{listed, nearest};

/// The most questions that a page asks.
const MOST_QUESTIONS: usize = 50;

/// The most options that a question offers.
const MOST_OPTIONS: usize = 200;

const KINDS: [&str; 7] = ["text", "long_text", "choice", "choices", "number", "phone", "consent"];

/// Reads the questions, in their order. Their words are those of `locale`.
pub(crate) fn read(reader: &mut Reader<'_>, page: &Section<'_>, locale: &str) -> Vec<Question> {
    let Some(value) = page.get("questions") else { return Vec::new() };
    let mut questions: Vec<Question> = Vec::new();
    let mut seen: Vec<(String, Range<usize>)> = Vec::new();
    let sections = reader.sections(&value, &QUESTION);
    if sections.len() > MOST_QUESTIONS {
        let place = page.key_span("questions").unwrap_or_else(|| value.span());
        reader.mistake(place, format!("a page can have at most {MOST_QUESTIONS} questions"));
    }
    for section in sections.iter().take(MOST_QUESTIONS) {
        let id = reader.required(section, "id").and_then(|value| identifier(reader, &value));
        let label = reader.required(section, "label").and_then(|value| reader.line(&value));
        let kind = kind(reader, section, locale);
        let required = section.get("required").and_then(|value| reader.flag(&value)).unwrap_or(false);
        let Some(id) = id else { continue };
        if let Some(why) = why_reserved(id.value) {
            reader.mistake(id.span, format!("a question cannot have the id `{}`", id.value)).help(why);
            continue;
        }
        if let Some((_, first)) = seen.iter().find(|(other, _)| other == id.value) {
            let line = reader.line_of(first);
            reader
                .mistake(id.span, format!("two questions have the id `{}`", id.value))
                .help(format!("the first is on line {line}; answers are told apart by their question's id"));
            continue;
        }
        seen.push((id.value.to_owned(), id.span));
        if let (Some(label), Some(kind)) = (label, kind) {
            let label = Words::from([(locale.to_owned(), label.value.to_owned())]);
            questions.push(Question { id: id.value.to_owned(), label, kind, required });
        }
    }
    questions
}

/// Why an id would be confused with what every page asks for, or with what its links say.
fn why_reserved(id: &str) -> Option<&'static str> {
    if ASKED.contains(&id) {
        return Some(
            "every page already asks for a name, an email address and, where it says so, the location",
        );
    }
    OWN.contains(&id)
        .then_some("in a link, this says what is chosen on the page, and could never be an answer")
}

/// The id of a question or an option: what answers are stored under.
fn identifier<'t>(reader: &mut Reader<'_>, value: &Value<'t>) -> Option<Text<'t>> {
    let text = reader.line(value)?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    if text.value.len() > 64 || !text.value.bytes().all(plain) {
        reader
            .mistake(text.span, format!("`{}` cannot be an id", text.value))
            .help("use up to 64 lower-case letters, digits, underscores and hyphens; visitors do not see it");
        return None;
    }
    Some(text)
}

fn kind(reader: &mut Reader<'_>, section: &Section<'_>, locale: &str) -> Option<QuestionKind> {
    let options = section.get("options");
    let text = reader.required(section, "kind").and_then(|value| reader.text(&value))?;
    let simple = match text.value {
        "choice" | "choices" => {
            let options =
                reader.required(section, "options").map(|value| read_options(reader, &value, locale))?;
            return Some(match text.value {
                "choice" => QuestionKind::Choice(options),
                _ => QuestionKind::Choices(options),
            });
        }
        "text" => QuestionKind::Text,
        "long_text" => QuestionKind::LongText,
        "number" => QuestionKind::Number,
        "phone" => QuestionKind::Phone,
        "consent" => QuestionKind::Consent,
        other => {
            let diagnostic = reader.mistake(text.span, format!("unknown kind of question `{other}`"));
            if let Some(likely) = nearest(other, KINDS.into_iter()) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            diagnostic.help(format!("kinds are {}", listed(KINDS.into_iter(), "and")));
            return None;
        }
    };
    if let Some(options) = options {
        reader
            .mistake(options.span(), format!("a question of kind `{}` has no options", text.value))
            .help("to offer these options, use the kind `choice` (one of them) or `choices` (any of them)");
    }
    Some(simple)
}

fn read_options(reader: &mut Reader<'_>, value: &Value<'_>, locale: &str) -> Vec<ChoiceOption> {
    let mut options: Vec<ChoiceOption> = Vec::new();
    let sections = reader.sections(value, &OPTION);
    if Reader::is_empty_list(value) {
        reader
            .mistake(value.span(), "there are no options to choose from")
            .help(format!("for example: `{}`", value.example_line()));
    }
    if sections.len() > MOST_OPTIONS {
        reader.mistake(value.span(), format!("a question can have at most {MOST_OPTIONS} options"));
    }
    for section in sections.iter().take(MOST_OPTIONS) {
        let id = reader.required(section, "id").and_then(|value| identifier(reader, &value));
        let label = reader.required(section, "label").and_then(|value| reader.line(&value));
        let (Some(id), Some(label)) = (id, label) else { continue };
        if options.iter().any(|option| option.id == id.value) {
            reader.mistake(id.span, format!("two options have the id `{}`", id.value));
        } else if options.iter().any(|option| option.label.values().any(|other| other == label.value)) {
            reader.mistake(label.span, format!("two options have the label `{}`", label.value));
        } else {
            let label = Words::from([(locale.to_owned(), label.value.to_owned())]);
            options.push(ChoiceOption { id: id.value.to_owned(), label });
        }
    }
    options
}
