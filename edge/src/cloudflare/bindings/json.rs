//! Reading JSON that came as bytes. All of it is read from text: what was read both from text and from bytes would be
//! in the Worker twice, type by type.

use serde::de::DeserializeOwned;

/// The value; the error says what is wrong.
pub(in crate::cloudflare) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|cause| cause.to_string())?;
    scheduling::json::from_str(text).map_err(|cause| cause.to_string())
}
