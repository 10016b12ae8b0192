//! A page's words in another locale: `intro.ja.md` beside `intro.md`.

use scheduling::definition::{ChoiceOption, Location, Meeting, Question, QuestionKind};

use crate::content::toml::keys::{ASK, OPTION, TRANSLATED_QUESTION, TRANSLATION};
use crate::content::toml::reader::{Reader, Section, Text, Value};
use crate::content::toml::suggest::{listed, nearest};

/// Reads the words of `locale` into the meeting.
pub(crate) fn read<'s>(reader: &mut Reader<'s>, toml: &'s str, locale: &str, meeting: &mut Meeting) {
    let Some(table) = reader.parse(toml) else { return };
    let section = reader.root(&table, &TRANSLATION);
    match section.get("title") {
        Some(value) => {
            if let Some(title) = reader.line(&value) {
                meeting.title.insert(locale.to_owned(), title.value.trim().to_owned());
            }
        }
        None => missing(reader, None, "`title`", locale),
    }
    location(reader, &section, locale, &mut meeting.location);
    questions(reader, &section, locale, &mut meeting.questions);
}

fn location(reader: &mut Reader<'_>, section: &Section<'_>, locale: &str, location: &mut Location) {
    let value = section.get("location");
    match (value, location) {
        (Some(value), Location::Ask(words)) => {
            let ask = reader.section(&value, &ASK).and_then(|section| reader.required(&section, "ask"));
            if let Some(text) = ask.and_then(|value| reader.line(&value)) {
                words.insert(locale.to_owned(), text.value.to_owned());
            }
        }
        (None, Location::Ask(_)) => missing(reader, None, "`location`", locale),
        (Some(value), _) => {
            reader
                .mistake(value.span(), "this page's location is the same in every language")
                .help("only the text of `location = { ask = … }` is translated; leave `location` out here");
        }
        (None, _) => {}
    }
}

fn questions(reader: &mut Reader<'_>, section: &Section<'_>, locale: &str, questions: &mut [Question]) {
    let sections = section.get("questions").map(|value| reader.sections(&value, &TRANSLATED_QUESTION));
    let mut translated: Vec<String> = Vec::new();
    for section in sections.unwrap_or_default() {
        let Some(id) = reader.required(&section, "id").and_then(|value| reader.text(&value)) else {
            continue;
        };
        if translated.iter().any(|other| other == id.value) {
            reader.mistake(id.span, format!("`{}` is translated twice", id.value));
            continue;
        }
        let Some(index) = questions.iter().position(|question| question.id == id.value) else {
            unknown(reader, &id, "question", questions.iter().map(|question| question.id.as_str()));
            continue;
        };
        let question = &mut questions[index];
        match section.get("label") {
            Some(value) => {
                if let Some(label) = reader.line(&value) {
                    question.label.insert(locale.to_owned(), label.value.to_owned());
                }
            }
            None => missing(reader, Some(&id), &format!("the label of `{}`", id.value), locale),
        }
        options(reader, &section, &id, locale, question);
        translated.push(id.value.to_owned());
    }
    for question in questions.iter().filter(|question| !translated.contains(&question.id)) {
        missing(reader, None, &format!("the question `{}`", question.id), locale);
    }
}

fn options(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    id: &Text<'_>,
    locale: &str,
    question: &mut Question,
) {
    let value = section.get("options");
    let (QuestionKind::Choice(options) | QuestionKind::Choices(options)) = &mut question.kind else {
        if let Some(value) = value {
            reader.mistake(value.span(), format!("the question `{}` has no options to translate", id.value));
        }
        return;
    };
    for section in value.map(|value: Value<'_>| reader.sections(&value, &OPTION)).unwrap_or_default() {
        option(reader, &section, locale, options);
    }
    for option in options.iter().filter(|option| !option.label.contains_key(locale)) {
        missing(reader, Some(id), &format!("the option `{}` of `{}`", option.id, id.value), locale);
    }
}

fn option(reader: &mut Reader<'_>, section: &Section<'_>, locale: &str, options: &mut [ChoiceOption]) {
    let id = reader.required(section, "id").and_then(|value| reader.text(&value));
    let label = reader.required(section, "label").and_then(|value| reader.line(&value));
    let (Some(id), Some(label)) = (id, label) else { return };
    let is_label = |option: &ChoiceOption| option.label.get(locale).is_some_and(|other| other == label.value);
    match options.iter().position(|option| option.id == id.value) {
        Some(index) if options[index].label.contains_key(locale) => {
            reader.mistake(id.span, format!("`{}` is translated twice", id.value));
        }
        Some(index) => {
            if options.iter().any(is_label) {
                reader.mistake(label.span, format!("two options have the label `{}`", label.value));
            }
            options[index].label.insert(locale.to_owned(), label.value.to_owned());
        }
        None => unknown(reader, &id, "option", options.iter().map(|option| option.id.as_str())),
    }
}

fn unknown<'c>(
    reader: &mut Reader<'_>,
    id: &Text<'_>,
    noun: &str,
    known: impl Iterator<Item = &'c str> + Clone,
) {
    let diagnostic = reader.mistake(id.span.clone(), format!("the page has no {noun} `{}`", id.value));
    if let Some(likely) = nearest(id.value, known.clone()) {
        diagnostic.label(format!("did you mean `{likely}`?"));
    }
    match listed(known, "and") {
        none if none.is_empty() => diagnostic.help(format!("it has no {noun}s")),
        known => diagnostic.help(format!("it has {known}")),
    };
}

fn missing(reader: &mut Reader<'_>, id: Option<&Text<'_>>, what: &str, locale: &str) {
    let message = format!("{what} has no text in `{locale}`");
    let diagnostic = match id {
        Some(id) => reader.doubt(id.span.clone(), message),
        None => reader.doubt_in_file(message),
    };
    diagnostic.help("visitors see the text in the site's first locale");
}
