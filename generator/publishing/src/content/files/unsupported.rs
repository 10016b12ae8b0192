//! Keys for what this version does not do yet: their shape is checked, then they are refused.

use crate::content::toml::keys::PRICE;
use crate::content::toml::reader::{Reader, Section, Value};

/// `price` of a page.
pub(crate) fn of_meeting(reader: &mut Reader<'_>, section: &Section<'_>) {
    if let Some(value) = section.get("price") {
        price(reader, &value);
    }
}

fn price(reader: &mut Reader<'_>, value: &Value<'_>) {
    let Some(price) = reader.section(value, &PRICE) else { return };
    if let Some(amount) = reader.required(&price, "amount") {
        reader.whole(&amount, 1, 99_999_999, "of the currency's smallest unit");
    }
    if let Some(currency) = reader.required(&price, "currency")
        && let Some(text) = reader.text(&currency)
        && !(text.value.len() == 3 && text.value.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        reader
            .mistake(text.span, format!("`{}` is not a currency", text.value))
            .help("use three capital letters (ISO 4217): `JPY`, `EUR`, `USD`");
    }
    not_yet(reader, value, "payment", "leave it out; the page then takes bookings without payment");
}

fn not_yet(reader: &mut Reader<'_>, value: &Value<'_>, what: &str, help: &str) {
    let message = format!("`{}` is not supported yet: {what} will come later", value.name);
    reader.mistake(value.span(), message).help(help);
}
