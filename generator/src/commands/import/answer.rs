//! Answers of an API, as they came, and reading in them: what is missing or of another kind is said with its place.

use serde_json::Value;

/// An answer, from the network or from a file.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    /// The file or the request, as messages name it.
    pub(super) origin: String,
    pub(super) value: Value,
}

/// Something in an answer is not as the API describes it.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {what}. Nothing was written.")]
pub(super) struct Unreadable {
    origin: String,
    what: String,
}

impl Unreadable {
    /// `what` follows the name of the answer, without a full stop.
    pub(super) fn new(origin: &str, what: impl Into<String>) -> Self {
        Self { origin: origin.to_owned(), what: what.into() }
    }
}

/// A value in an answer, and the way to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) origin: &'a str,
    value: &'a Value,
    path: String,
}

impl Saved {
    /// Notes in an answer what it was asked about, as it does not say so itself.
    pub(super) fn note(&mut self, key: &str, text: &str) {
        if let Some(object) = self.value.as_object_mut() {
            object.insert(key.to_owned(), Value::from(text));
        }
    }

    pub(super) fn root(&self) -> Node<'_> {
        Node { origin: &self.origin, value: &self.value, path: String::new() }
    }
}

impl<'a> Node<'a> {
    /// The value below a key; `None` where there is none, or `null`.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        let point = if self.path.is_empty() { "" } else { "." };
        Some(Self { origin: self.origin, value, path: format!("{}{point}{key}", self.path) })
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// This value as text.
    pub(super) fn as_text(&self) -> Result<&'a str, Unreadable> {
        self.value.as_str().ok_or_else(|| self.is_not("a text"))
    }

    /// The text below a key; `None` where there is none.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, Unreadable> {
        self.get(key).map(|node| node.as_text()).transpose()
    }

    /// The text below a key that every answer has.
    pub(super) fn must(&self, key: &str) -> Result<&'a str, Unreadable> {
        self.text(key)?.ok_or_else(|| self.lacks(key))
    }

    /// The flag below a key; false where there is none.
    pub(super) fn flag(&self, key: &str) -> Result<bool, Unreadable> {
        let Some(node) = self.get(key) else { return Ok(false) };
        node.value.as_bool().ok_or_else(|| node.is_not("true or false"))
    }

    /// This value as a whole number, from 0.
    pub(super) fn as_number(&self) -> Result<u64, Unreadable> {
        let whole = |number: &f64| number.fract() == 0.0 && (0.0..1e15).contains(number);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and in range")]
        let number = self.value.as_f64().filter(whole).map(|number| number as u64);
        number.ok_or_else(|| self.is_not("a whole number"))
    }

    /// The whole number below a key; `None` where there is none.
    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, Unreadable> {
        self.get(key).map(|node| node.as_number()).transpose()
    }

    /// The items of this list.
    pub(super) fn as_items(&self) -> Result<Vec<Self>, Unreadable> {
        let items = self.value.as_array().ok_or_else(|| self.is_not("a list"))?;
        let item = |(at, value): (usize, &'a Value)| Self {
            origin: self.origin,
            value,
            path: format!("{}[{at}]", self.path),
        };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The items of the list below a key; none where there is no list.
    pub(super) fn items(&self, key: &str) -> Result<Vec<Self>, Unreadable> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |node| node.as_items())
    }

    /// The items of a list that every answer has.
    pub(super) fn must_items(&self, key: &str) -> Result<Vec<Self>, Unreadable> {
        self.get(key).ok_or_else(|| self.lacks(key))?.as_items()
    }

    /// Something that must be there is not.
    pub(super) fn lacks(&self, key: &str) -> Unreadable {
        let place = if self.path.is_empty() { String::new() } else { format!("`{}` has ", self.path) };
        Unreadable::new(self.origin, format!("{place}no `{key}`, as if the answer were only half there"))
    }

    fn is_not(&self, what: &str) -> Unreadable {
        Unreadable::new(self.origin, format!("`{}` is not {what}", self.path))
    }
}

/// The answers in a text: one, several behind each other, or a list of them. `origin` names the text.
pub(super) fn answers(text: &str, origin: &str) -> Result<Vec<Saved>, Unreadable> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Unreadable::new(origin, "the answer is empty"));
    }
    if text.starts_with('<') {
        return Err(Unreadable::new(origin, "this is a web page, and not an answer of the API"));
    }
    let mut saved = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|cause| {
            let line = cause.line();
            Unreadable::new(
                origin,
                if cause.is_eof() {
                    format!("the answer breaks off in line {line}: it is not whole")
                } else {
                    format!("line {line} is not JSON")
                },
            )
        })?;
        let parts = if let Value::Array(parts) = value { parts } else { vec![value] };
        saved.extend(parts.into_iter().map(|value| Saved { origin: origin.to_owned(), value }));
    }
    Ok(saved)
}
