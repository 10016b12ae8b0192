//! What is not TOML, said in words that help who has never heard of TOML.

use std::ops::Range;

use super::reader::Reader;

/// Adds a mistake for one syntax error.
pub(super) fn explain(reader: &mut Reader<'_>, toml: &str, error: &toml::de::Error, span: Range<usize>) {
    let message = error.message();
    let diagnostic = reader.mistake(span.clone(), "this line is not TOML").label(message);
    let _ = toml;
    diagnostic.help("TOML in a minute: https://toml.io");
}
