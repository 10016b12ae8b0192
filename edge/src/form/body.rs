//! Reading a body: JSON, or a plain form whose names are paths into that JSON.

use http::header;
use scheduling::limits::MOST_FORM_BYTES;
use scheduling::refusal::Refusal;
use serde_json::{Map, Value};

use crate::call::exchange::Request;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, origin};

/// The largest body that a request may have, in bytes.
pub const MAX_BODY_BYTES: usize = MOST_FORM_BYTES;

/// A body, as a tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Body {
    /// An object.
    pub(crate) value: Value,
    /// True for a plain form: every leaf is text, and a name that came several times is a list.
    pub(crate) is_form: bool,
}

/// Returns true if a request's body claims to be a plain form.
pub(crate) fn claims_form(request: &Request) -> bool {
    media_type(request).as_deref() == Some("application/x-www-form-urlencoded")
}

impl Body {
    /// Reads the body of a request that no other site's page has sent.
    pub(crate) fn own<P: Platform>(call: &Call<'_, P>) -> Result<Self, Stop> {
        origin::check_origin(call)?;
        Ok(Self::read(call.request)?)
    }

    /// Reads a request's body. An empty one is an empty object.
    pub(crate) fn read(request: &Request) -> Result<Self, Refusal> {
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let announced = length.and_then(|length| length.parse::<u64>().ok()).unwrap_or(0);
        if request.body().len() > MAX_BODY_BYTES || announced > MAX_BODY_BYTES as u64 {
            return Err(Refusal::PayloadTooLarge);
        }
        // Nobody compresses what is so small (RFC 9110, 15.5.16).
        if request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(Refusal::UnsupportedMediaType);
        }
        match media_type(request).as_deref() {
            // Programs claim JSON also where they have nothing to say.
            None | Some("application/json") if request.body().is_empty() => {
                Ok(Self { value: Value::Object(Map::new()), is_form: false })
            }
            Some("application/json") => Self::from_json(request.body()),
            Some("application/x-www-form-urlencoded") => Ok(Self::from_form(request.body())),
            _ => Err(Refusal::UnsupportedMediaType),
        }
    }

    /// A plain form as far as it was read, however large and whoever sent it, to give back what was typed. `None` if
    /// the request has no form.
    pub(crate) fn typed(request: &Request) -> Option<Self> {
        let whole = request.body();
        if !claims_form(request) || whole.len() <= MAX_BODY_BYTES {
            return claims_form(request).then(|| Self::from_form(whole));
        }
        // The end may be in the midst of an escape such as `%E3`, and of a character.
        let read = &whole[..MAX_BODY_BYTES];
        let end = read.len() - 2;
        let end = read[end..].iter().position(|byte| *byte == b'%').map_or(read.len(), |at| end + at);
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(&read[..end]).into_owned().collect();
        if let Some((_, text)) = pairs.last_mut() {
            text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
        }
        Some(Self::from_pairs(pairs))
    }

    fn from_json(bytes: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refusal::MalformedBody)?;
        match scheduling::json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(Self { value, is_form: false }),
            _ => Err(Refusal::MalformedBody),
        }
    }

    fn from_form(bytes: &[u8]) -> Self {
        Self::from_pairs(form_urlencoded::parse(bytes).into_owned())
    }

    fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut root = Map::new();
        for (name, text) in pairs {
            let (group, leaf) = match name.split_once('.') {
                Some((group, leaf)) => (Some(group), leaf),
                None => (None, name.as_str()),
            };
            let Some(object) = object_of(&mut root, group) else { continue };
            insert(object, leaf, text);
        }
        Self { value: Value::Object(root), is_form: true }
    }

    /// The value at a path of one or two names.
    pub(crate) fn get(&self, path: &str) -> &Value {
        match path.split_once('.') {
            Some((group, leaf)) => &self.value[group][leaf],
            None => &self.value[path],
        }
    }

    /// The value at a path where there can be one: of a form that has it several times, the last.
    pub(crate) fn one(&self, path: &str) -> &Value {
        match self.get(path) {
            Value::Array(texts) if self.is_form => texts.last().unwrap_or(&Value::Null),
            value => value,
        }
    }

    /// The text at a path; empty if there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.one(path).as_str().unwrap_or_default()
    }
}

fn media_type(request: &Request) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
}

/// The object that a form's name goes to; `None` if a name is both a text and a group.
fn object_of<'a>(
    root: &'a mut Map<String, Value>,
    group: Option<&str>,
) -> Option<&'a mut Map<String, Value>> {
    let Some(group) = group else { return Some(root) };
    root.entry(group).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

fn insert(object: &mut Map<String, Value>, name: &str, text: String) {
    match object.get_mut(name) {
        None => {
            object.insert(name.to_owned(), Value::String(text));
        }
        Some(Value::Array(texts)) => texts.push(Value::String(text)),
        Some(Value::Object(_)) => {}
        Some(first) => *first = Value::Array(vec![first.take(), Value::String(text)]),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better")]
    fn check(media_type: &str, body: &str, expected: Result<Value, Refusal>) {
        let request = http::Request::post("/api/bookings")
            .header("content-type", media_type)
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        assert_eq!(Body::read(&request).map(|body| body.value), expected);
    }

    #[test]
    fn form_names_are_paths() {
        let form = "application/x-www-form-urlencoded";
        check(
            form,
            "page=aiko%2Fintro&contact.name=A+B&answers.areas=x&answers.areas=y&answers.areas=z",
            Ok(json!({
                "page": "aiko/intro", "contact": { "name": "A B" }, "answers": { "areas": ["x", "y", "z"] },
            })),
        );
        check(form, "contact=x&contact.name=y", Ok(json!({ "contact": "x" })));
        check(form, "contact.name=y&contact=x", Ok(json!({ "contact": { "name": "y" } })));
        check(form, "", Ok(json!({})));
        check(form, "a.b.c=1", Ok(json!({ "a": { "b.c": "1" } })));
    }

    #[test]
    fn only_objects_are_bodies() {
        check("application/json; charset=utf-8", "{}", Ok(json!({})));
        check("Application/JSON", "{}", Ok(json!({})));
        check("application/json", "[]", Err(Refusal::MalformedBody));
        check("application/json", "{", Err(Refusal::MalformedBody));
        check("application/json", "\"x\"", Err(Refusal::MalformedBody));
        check("application/json", "", Ok(json!({})));
        check("application/json", " ", Err(Refusal::MalformedBody));
        check("application/json", &"[".repeat(60_000), Err(Refusal::MalformedBody));
        check("text/plain", "{}", Err(Refusal::UnsupportedMediaType));
        check("multipart/form-data; boundary=x", "", Err(Refusal::UnsupportedMediaType));
    }

    #[test]
    fn no_body_is_compressed() {
        for (encoding, is_read) in [("identity", true), ("gzip", false), ("br", false), ("", false)] {
            let request = http::Request::post("/api/bookings")
                .header("content-type", "application/json")
                .header("content-encoding", encoding)
                .body(Bytes::from("{}"))
                .unwrap();
            let expected = if is_read { Ok(json!({})) } else { Err(Refusal::UnsupportedMediaType) };
            assert_eq!(Body::read(&request).map(|body| body.value), expected, "{encoding}");
        }
    }

    #[test]
    fn a_body_has_a_limit() {
        let fits = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BODY_BYTES - 8));
        check("application/json", &fits, Ok(json!({ "a": "x".repeat(MAX_BODY_BYTES - 8) })));
        check("application/json", &format!("{fits} "), Err(Refusal::PayloadTooLarge));
    }

    #[test]
    fn a_form_that_is_too_large_is_read_as_far_as_it_came() {
        let begin = "page=aiko%2Fintro&contact.name=Mara+Lind&answers.topic=";
        for (character, encoded) in [("x", "x"), ("é", "%C3%A9"), ("字", "%E5%AD%97"), ("😀", "%F0%9F%98%80")]
        {
            for shift in 0..12 {
                let body =
                    format!("{begin}{}{}", "y".repeat(shift), encoded.repeat(MAX_BODY_BYTES / encoded.len()));
                let request = http::Request::post("/api/bookings")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(Bytes::from(body))
                    .unwrap();
                let typed = Body::typed(&request).unwrap();
                assert_eq!((typed.text("page"), typed.text("contact.name")), ("aiko/intro", "Mara Lind"));
                let topic = typed.text("answers.topic").trim_start_matches('y');
                let read = (MAX_BODY_BYTES - begin.len() - shift) / encoded.len();
                assert_eq!(topic, character.repeat(read), "{character} after {shift}");
            }
        }
    }
}
