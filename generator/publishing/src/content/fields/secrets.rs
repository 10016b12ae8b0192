//! Secrets: those that stand in content, where everyone who reads the repository reads them, and the names of those
//! that do not.

use crate::content::toml::reader::{Reader, Value};
use crate::content::toml::secret_shapes::MESSAGE;

/// Secrets reported of one file.
const MOST: usize = 20;

/// What signs the site's links and hosts' keys, and what else Daymark reads by a name of its own: not a service's.
const OWN: [&str; 4] =
    ["DAYMARK_SECRET", "DAYMARK_SECRET_PREVIOUS", "DAYMARK_NOW", "DAYMARK_PRIVATE_WEBHOOKS"];

/// Says of each secret in the file that it must go.
pub(crate) fn check(reader: &mut Reader<'_>) {
    for secret in reader.source().secrets().iter().take(MOST).cloned() {
        reader
            .mistake_at(secret, MESSAGE)
            .label("this looks like a key or a token")
            .help("remove it and get a new one from its service: anyone who could read this file has it")
            .help("give secrets to Daymark as environment variables; the content holds only their names");
    }
}

/// True for the name of an environment variable, as `secret = ` needs it.
pub fn is_variable_name(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// One name of an environment variable, or several while a secret is changed.
pub(crate) fn names(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    if !Reader::is_text(value) && !Reader::is_list(value) {
        return reader.wrong_type(value, "one text in quotes, or a list of them").unwrap_or_default();
    }
    let written =
        if Reader::is_text(value) { vec![value.clone()] } else { reader.list(value).unwrap_or_default() };
    written.iter().filter_map(|value| name(reader, value, None)).collect()
}

/// One name of an environment variable, where there cannot be several.
pub(crate) fn one(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    if !Reader::is_text(value) {
        return reader.wrong_type(value, "one text in quotes");
    }
    name(reader, value, None)
}

/// One name of an environment variable. `why` says why the value itself is a secret, where that is not plain.
pub(crate) fn name(reader: &mut Reader<'_>, value: &Value<'_>, why: Option<&str>) -> Option<String> {
    let text = reader.text(value)?;
    if OWN.contains(&text.value) {
        let (what, help) = if text.value.contains("SECRET") {
            ("secret", "whoever has it can sign in as any host: give each service a secret of its own")
        } else {
            ("setting", "give each service a variable of its own")
        };
        reader.mistake(text.span, format!("`{}` is Daymark's own {what}", text.value)).help(help);
        return None;
    }
    if is_variable_name(text.value) {
        return Some(text.value.to_owned());
    }
    if !reader.holds_secret(&text.span) {
        let diagnostic = reader.secret_mistake(
            text.span,
            format!("`{}` should be the name of an environment variable, not the secret itself", value.name),
        );
        diagnostic.help(format!("use capital letters, digits and underscores: `{}`", value.example_line()));
        if let Some(why) = why {
            diagnostic.help(why);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_variables_are_capital() {
        for name in ["RESEND_API_KEY", "_X", "A1"] {
            assert!(is_variable_name(name), "{name}");
        }
        for name in ["", "1A", "resend", "RESEND-KEY", "re_123", "ＡＢ"] {
            assert!(!is_variable_name(name), "{name}");
        }
    }
}
