//! `[turnstile]`: the keys of Cloudflare's check that a person sends a form.

use scheduling::definition::Turnstile;

use super::{secrets, values};
use crate::content::toml::keys::TURNSTILE;
use crate::content::toml::reader::{Reader, Section, Value};

/// Where Cloudflare verifies tokens.
const SITEVERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
/// The most characters of a site key: they have 24, and secret keys 35.
const MOST_CHARACTERS: usize = 30;
/// What the keys for trying out begin with, after a digit: they let everyone through, or nobody.
const TESTING: &str = "x00000000000000000000";

/// `[turnstile]` of the site.
pub(crate) fn read(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<Turnstile> {
    let value = section.get("turnstile")?;
    let turnstile = reader.section(&value, &TURNSTILE)?;
    let site_key = reader.required(&turnstile, "site_key").and_then(|value| site_key(reader, &value));
    let secret = reader.required(&turnstile, "secret").and_then(|value| secrets::one(reader, &value));
    let url = match turnstile.get("url") {
        Some(value) => address(reader, &value),
        None => Some(SITEVERIFY.to_owned()),
    };
    Some(Turnstile { site_key: site_key?, secret: secret?, url: url? })
}

/// The key that pages show: whoever takes the other one for it would publish that.
fn site_key(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    let key = text.value;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.bytes().all(is_plain) {
        reader
            .mistake(text.span, format!("`{key}` is not a site key"))
            .help(format!("Cloudflare's dashboard shows it under Turnstile: `{}`", value.example_line()));
        return None;
    }
    if key.len() > MOST_CHARACTERS {
        reader
            .secret_mistake(text.span, "this is too long for a site key: it may be the secret key")
            .help("`site_key` is published with the pages; the secret key belongs in an environment variable")
            .help("if it is the secret key, get a new one: anyone who could read this file has it");
        return None;
    }
    if key.get(1..).is_some_and(|rest| rest.starts_with(TESTING)) {
        reader
            .doubt(text.span, "this is one of Cloudflare's keys for testing")
            .help("it lets everyone through, or nobody: get keys for your own site before you publish it");
    }
    Some(key.to_owned())
}

fn address(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let url = values::url(reader, value)?;
    if url.starts_with("http://") {
        reader
            .doubt(value.span(), "nobody can book once the site is published")
            .help("tokens are verified over `https://` only; `serve` also uses `http://`, for testing");
    }
    Some(url)
}
