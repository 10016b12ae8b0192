//! The JSON body that a provider's API takes, written by the site's author with placeholders in its texts.

use serde_json::{Map, Value};

use crate::locale;

/// What a mail has in place of a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled {
    /// This text.
    Text(String),
    /// Nothing: this mail has no such part.
    Absent,
    /// It is not a placeholder, but text in braces.
    Unknown,
}

/// All placeholders.
pub const PLACEHOLDERS: [&str; 14] = [
    "from",
    "to",
    "reply_to",
    "subject",
    "text",
    "html",
    "invitation",
    "method",
    "in_reply_to",
    "list_unsubscribe",
    "list_unsubscribe_post",
    "secret",
    "id",
    "message_id",
];

/// Those that say something of a mail, other than which one it is.
const OF_MAILS: &[&str] = PLACEHOLDERS.split_at(11).0;

/// Those of several lines, which no header has.
pub const OF_LINES: [&str; 2] = ["text", "html"];

/// The placeholders that not every mail has something for.
const OPTIONAL: [&str; 6] =
    ["reply_to", "invitation", "method", "in_reply_to", "list_unsubscribe", "list_unsubscribe_post"];

/// A text with its placeholders filled in; `None` if all that it says is absent.
pub fn fill_text(text: &str, value_of: &impl Fn(&str) -> Filled) -> Option<String> {
    remains(text, value_of).then(|| {
        locale::fill(text, |placeholder| match value_of(placeholder) {
            Filled::Text(value) => Some(value),
            Filled::Absent => Some(String::new()),
            Filled::Unknown => None,
        })
    })
}

/// A body with its placeholders filled in. A key whose text is absent is left out, and the object around it stays. An
/// entry of a list is left out as a whole, unless it says something else of the mail. What becomes empty by that is
/// left out with it.
pub fn fill_body(body: &Map<String, Value>, value_of: &impl Fn(&str) -> Filled) -> Map<String, Value> {
    let fields = body.iter().filter_map(|(name, value)| Some((name.clone(), filled(value, value_of)?)));
    fields.collect()
}

/// Returns true if a body says nothing of a mail that has none of the optional parts.
pub fn says_nothing(body: &Map<String, Value>) -> bool {
    let value_of = |placeholder: &str| match placeholder {
        absent if OPTIONAL.contains(&absent) => Filled::Absent,
        // It is kept as it is, so that it is found below.
        _ => Filled::Unknown,
    };
    !fill_body(body, &value_of).values().any(says_something)
}

fn filled(value: &Value, value_of: &impl Fn(&str) -> Filled) -> Option<Value> {
    match value {
        Value::String(text) => fill_text(text, value_of).map(Value::String),
        Value::Array(items) => {
            let kept: Vec<Value> = items
                .iter()
                .filter(|item| is_whole(item, value_of) || says_more(item, value_of))
                .filter_map(|item| filled(item, value_of))
                .collect();
            (!kept.is_empty() || items.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(fields) => {
            let kept = fill_body(fields, value_of);
            (!kept.is_empty() || fields.is_empty()).then_some(Value::Object(kept))
        }
        other => Some(other.clone()),
    }
}

/// Returns true if nothing in a value is left out.
fn is_whole(value: &Value, value_of: &impl Fn(&str) -> Filled) -> bool {
    texts(value).iter().all(|text| remains(text, value_of))
}

/// Returns true if a value says something of the mail that is there.
fn says_more(value: &Value, value_of: &impl Fn(&str) -> Filled) -> bool {
    let is_there = |name: &&str| OF_MAILS.contains(name) && value_of(name) != Filled::Absent;
    texts(value).iter().any(|text| placeholders(text).any(|name| is_there(&name)))
}

fn says_something(value: &Value) -> bool {
    texts(value).iter().any(|text| placeholders(text).any(|name| OF_MAILS.contains(&name)))
}

/// Returns true unless a text says only what is absent.
fn remains(text: &str, value_of: &impl Fn(&str) -> Filled) -> bool {
    let of_mails = |name: &&str| OF_MAILS.contains(name);
    let mut said = placeholders(text).filter(of_mails).peekable();
    said.peek().is_none() || said.any(|name| value_of(name) != Filled::Absent)
}

/// The words in braces of a text that are not filled in, but look as if they should be.
pub fn unfilled(text: &str) -> Vec<&str> {
    let is_word = |name: &&str| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
    };
    placeholders(text).filter(is_word).filter(|name| !PLACEHOLDERS.contains(name)).collect()
}

/// All texts in a value.
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The words in braces of a text.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(fields) = value else { panic!("{value} is no object") };
        fields
    }

    /// A body in a mail that has nothing optional.
    #[track_caller]
    fn check(body: Value, expected: Value) {
        let value_of = |placeholder: &str| match placeholder {
            name if OPTIONAL.contains(&name) => Filled::Absent,
            "to" | "subject" | "text" | "id" => Filled::Text(format!("<{placeholder}>")),
            _ => Filled::Unknown,
        };
        assert_eq!(fill_body(&object(body), &value_of), object(expected));
    }

    #[test]
    fn a_key_of_what_a_mail_lacks_is_left_out_and_the_object_around_it_stays() {
        check(json!({ "to": "{to}", "ics": "{invitation}" }), json!({ "to": "<to>" }));
        check(
            json!({ "message": { "to": "{to}", "ics": "{invitation}", "reply": "{reply_to}" }, "track": false }),
            json!({ "message": { "to": "<to>" }, "track": false }),
        );
        check(
            json!({ "to": "{to}", "options": { "ics": "{invitation}", "open": false, "n": null } }),
            json!({ "to": "<to>", "options": { "open": false, "n": null } }),
        );
        check(
            json!({ "to": "{to}", "event": { "m": "{method}", "c": "{invitation}" } }),
            json!({ "to": "<to>" }),
        );
        check(json!({ "text": "{text}\n{invitation}" }), json!({ "text": "<text>\n" }));
        check(
            json!({ "a": "{unknown} {", "b": {}, "c": [] }),
            json!({ "a": "{unknown} {", "b": {}, "c": [] }),
        );
    }

    #[test]
    fn an_entry_of_a_list_is_left_out_unless_it_says_something_else() {
        let attached = json!({ "name": "{id}.ics", "content": "{invitation}", "type": "text/calendar; method={method}" });
        check(json!({ "to": "{to}", "files": [attached] }), json!({ "to": "<to>" }));
        check(
            json!({ "files": [attached, { "name": "logo.png" }] }),
            json!({ "files": [{ "name": "logo.png" }] }),
        );
        check(
            json!({ "recipients": [{ "email": "{to}", "ics": "{invitation}", "reply": { "to": "{reply_to}" } }] }),
            json!({ "recipients": [{ "email": "<to>" }] }),
        );
        let header = |name: &str, value: &str| json!({ "name": name, "value": value });
        check(
            json!({ "headers": [header("Message-ID", "{message_id}"), header("In-Reply-To", "{in_reply_to}")] }),
            json!({ "headers": [header("Message-ID", "{message_id}")] }),
        );
        check(json!({ "parts": ["{text}", "{invitation}"] }), json!({ "parts": ["<text>"] }));
        check(json!({ "parts": [["{invitation}", ["{method}"]], "{text}"] }), json!({ "parts": ["<text>"] }));
    }

    #[test]
    fn a_mail_with_everything_is_filled_in_everywhere() {
        let body =
            json!({ "ics": "{invitation}", "list": [{ "m": "{method}" }, "{invitation} {to}"], "n": 1 });
        let value_of = |placeholder: &str| Filled::Text(placeholder.to_uppercase());
        let expected = json!({ "ics": "INVITATION", "list": [{ "m": "METHOD" }, "INVITATION TO"], "n": 1 });
        assert_eq!(fill_body(&object(body), &value_of), object(expected));
    }

    #[test]
    fn a_body_of_optional_parts_alone_says_nothing() {
        for (body, expected) in [
            (json!({}), true),
            (json!({ "ics": "{invitation}" }), true),
            (json!({ "files": [{ "name": "x", "content": "{invitation}" }] }), true),
            (json!({ "track": false, "key": "{secret}", "id": "{id}", "text": "Hello {name}" }), true),
            (json!({ "ics": "{invitation}", "to": "{to}" }), false),
            (json!({ "message": [{ "text": "{text}", "reply": "{reply_to}" }] }), false),
        ] {
            assert_eq!(says_nothing(&object(body.clone())), expected, "{body}");
        }
    }
}
