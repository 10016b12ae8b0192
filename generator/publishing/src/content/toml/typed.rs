//! Values of the right type: texts, numbers, lists, and what is said where something else stands.

use std::borrow::Cow;

use scheduling::text::one_line;
use toml::de::DeValue;

use super::reader::{Placed, Reader, Text, Value};

/// Values that a list may hold.
const MOST_VALUES: usize = 1000;

impl Reader<'_> {
    /// A text.
    pub(crate) fn text<'t>(&mut self, value: &Value<'t>) -> Option<Text<'t>> {
        match value.item.get_ref() {
            DeValue::String(text) => Some(Placed::new(text.as_ref(), value.span())),
            _ => self.wrong_type(value, "text in quotes"),
        }
    }

    /// A text of one line that says something.
    pub(crate) fn line<'t>(&mut self, value: &Value<'t>) -> Option<Text<'t>> {
        let text = self.text(value)?;
        if one_line(text.value).is_empty() {
            self.mistake(text.span, format!("{} is empty", value.called()))
                .help(format!("for example: `{}`", value.example_line()));
            return None;
        }
        if let Some(control) = text.value.chars().find(|character| character.is_control()) {
            let what = if control == '\n' { "a line break" } else { "a control character" };
            self.mistake(text.span, format!("{} contains {what}", value.called()))
                .help("write it on one line");
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, value: &Value<'_>) -> Option<bool> {
        match value.item.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type(value, "`true` or `false`"),
        }
    }

    /// A whole number within bounds, both included. `what` says what it counts: `minutes`.
    pub(crate) fn whole(&mut self, value: &Value<'_>, least: u32, most: u32, what: &str) -> Option<u32> {
        let DeValue::Integer(integer) = value.item.get_ref() else {
            return self.wrong_type(value, "a whole number");
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let within = number.and_then(|number| u32::try_from(number).ok());
        let within = within.filter(|number| (least..=most).contains(number));
        if within.is_none() {
            let message = format!("`{}` is out of range for `{}`", integer.as_str(), value.name);
            self.mistake(value.span(), message).label(format!("from {least} to {most} {what}"));
        }
        within
    }

    /// True for the number zero.
    pub(crate) fn is_zero(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Integer(integer) if integer.as_str() == "0")
    }

    /// True for a whole number, where a value may be one or a table.
    pub(crate) fn is_whole(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Integer(_))
    }

    /// True for a number with a decimal point.
    pub(crate) fn is_decimal(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Float(_))
    }

    /// A list.
    pub(crate) fn list<'t>(&mut self, value: &Value<'t>) -> Option<Vec<Value<'t>>> {
        let DeValue::Array(array) = value.item.get_ref() else { return self.wrong_type(value, "a list") };
        if array.len() > MOST_VALUES {
            self.mistake(value.span(), format!("`{}` has more than {MOST_VALUES} values", value.name));
            return None;
        }
        let element = |item| Value { name: value.name.clone(), listed: true, example: value.example, item };
        Some(array.iter().map(element).collect())
    }

    /// A list of texts.
    pub(crate) fn texts<'t>(&mut self, value: &Value<'t>) -> Vec<Text<'t>> {
        let elements = self.list(value).unwrap_or_default();
        elements.iter().filter_map(|element| self.text(element)).collect()
    }

    /// A text, or a date that was written without quotes.
    pub(crate) fn text_or_date<'t>(&mut self, value: &Value<'t>) -> Option<Placed<Cow<'t, str>>> {
        match value.item.get_ref() {
            DeValue::Datetime(date) if date.time.is_none() && date.offset.is_none() => {
                Some(Placed::new(Cow::Owned(date.to_string()), value.span()))
            }
            DeValue::String(text) => Some(Placed::new(Cow::Borrowed(text.as_ref()), value.span())),
            _ => self.wrong_type(value, "a date in quotes"),
        }
    }

    /// True for text, where a value may be text or a table.
    pub(crate) fn is_text(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::String(_))
    }

    /// True for a table.
    pub(crate) fn is_table(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Table(_))
    }

    /// True for `true` and `false`.
    pub(crate) fn is_flag(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Boolean(_))
    }

    /// True for a list.
    pub(crate) fn is_list(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Array(_))
    }

    /// True for an empty list.
    pub(crate) fn is_empty_list(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Array(array) if array.is_empty())
    }

    /// Says that a value is of the wrong type.
    pub(crate) fn wrong_type<T>(&mut self, value: &Value<'_>, expected: &str) -> Option<T> {
        let found = name_of_type(value.item.get_ref());
        self.mistake(value.span(), format!("{} should be {expected}", value.called()))
            .label(format!("this is {found}"))
            .help(format!("for example: `{}`", value.example_line()));
        None
    }
}

impl Value<'_> {
    /// Its name in messages.
    fn called(&self) -> String {
        if self.listed { format!("a value in `{}`", self.name) } else { format!("`{}`", self.name) }
    }

    /// The key with an example of its value.
    pub(crate) fn example_line(&self) -> String {
        format!("{} = {}", quoted_key(&self.name), self.example)
    }
}

/// A key as TOML wants it: in quotes where it has more than letters, digits, hyphens and underscores.
fn quoted_key(key: &str) -> Cow<'_, str> {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !key.is_empty() && key.bytes().all(bare) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(format!("\"{key}\""))
}

fn name_of_type(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "an unquoted date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
