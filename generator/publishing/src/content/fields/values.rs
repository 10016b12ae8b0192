//! Values that are written as text: lengths of time, dates, words of a few, addresses.

use chrono::NaiveDate;
use http::Uri;
use scheduling::definition::{Buffer, LONGEST_BUFFER_MINUTES};
use scheduling::mail::{MailAddress, Unwritable};

use crate::content::toml::keys::Keys;
use crate::content::toml::reader::{Reader, Value};
use crate::content::toml::suggest::{listed, nearest};

/// Minutes in a day of 24 hours.
pub(crate) const DAY: u32 = 24 * 60;

/// The years that dates of content may lie in: anything else is a slip.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// A length of time such as `4h`, in minutes, at most `most`.
pub(crate) fn minutes(reader: &mut Reader<'_>, value: &Value<'_>, most: u32) -> Option<u32> {
    let text = reader.text(value)?;
    let units = [('m', 1), ('h', 60), ('d', u64::from(DAY))];
    let minutes = counted(text.value, &units);
    let Some(minutes) = minutes else {
        let diagnostic = reader
            .mistake(text.span, format!("`{}` is not a length of time", text.value))
            .help("a whole number and a unit: `45m` (minutes), `4h` (hours) or `2d` (days of 24 hours)");
        if counted(text.value, &[('w', 1), ('M', 1), ('y', 1)]).is_some() {
            diagnostic.help("write weeks, months and years as days: `14d`");
        } else if text
            .value
            .trim_start_matches(|character: char| !character.is_ascii_alphabetic())
            .contains(char::is_numeric)
        {
            diagnostic.help("use one unit only: an hour and a half is `90m`");
        }
        return None;
    };
    if minutes > u64::from(most) {
        let most = if most.is_multiple_of(DAY) && most > DAY {
            format!("{}d", most / DAY)
        } else {
            format!("{}h", most / 60)
        };
        reader
            .mistake(text.span, format!("`{}` is too long for `{}`", text.value, value.name))
            .help(format!("at most `{most}`"));
        return None;
    }
    u32::try_from(minutes).ok()
}

/// A number of dates such as `60d` or `3w`, at most `most`; `0d` is today alone.
pub(crate) fn days(reader: &mut Reader<'_>, value: &Value<'_>, most: u32) -> Option<u32> {
    let text = reader.text(value)?;
    let Some(days) = counted(text.value, &[('d', 1), ('w', 7)]) else {
        reader
            .mistake(text.span, format!("`{}` is not a number of days", text.value))
            .help("a whole number and a unit: `60d` (days) or `8w` (weeks)");
        return None;
    };
    if days > u64::from(most) {
        reader
            .mistake(text.span, format!("`{}` is too long for `{}`", text.value, value.name))
            .help(format!("at most `{most}d`: the page holds every time in the window"));
        return None;
    }
    u32::try_from(days).ok()
}

/// A whole number and its unit's letter, multiplied; `None` where that is not what stands there.
fn counted(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let (last, _) = text.char_indices().last()?;
    let (number, unit) = text.split_at(last);
    let (_, factor) = units.iter().find(|(letter, _)| unit.starts_with(*letter))?;
    let plain = !number.is_empty() && number.len() <= 15 && number.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| number.parse::<u64>().ok()).flatten()?.checked_mul(*factor)
}

/// One date, in quotes or without.
pub(crate) fn date(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<NaiveDate> {
    let text = reader.text_or_date(value)?;
    let date = parse_date(&text.value);
    if date.is_none() {
        reader.mistake(text.span, format!("`{}` is not a date", text.value)).help(DATE_HELP);
    }
    date
}

/// Help on the form of a date.
pub(crate) const DATE_HELP: &str = "write year, month and day: `2026-12-24`";

/// Reads `2026-12-24`; `None` where it is no date, or one of another century.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike;
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (shaped && YEARS.contains(&date.year())).then_some(date)
}

/// Time kept free before and after something: a table with each.
pub(crate) fn buffer(reader: &mut Reader<'_>, value: &Value<'_>, keys: &'static Keys) -> Buffer {
    let Some(section) = reader.section(value, keys) else { return Buffer::default() };
    let mut side =
        |key| section.get(key).and_then(|value| minutes(reader, &value, LONGEST_BUFFER_MINUTES)).unwrap_or(0);
    Buffer { before_minutes: side("before"), after_minutes: side("after") }
}

/// One of a few words, as what it stands for.
pub(crate) fn one_of<T: Copy>(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    words: &[(&'static str, T)],
) -> Option<T> {
    let text = reader.text(value)?;
    let meant = words.iter().find(|(word, _)| *word == text.value).map(|(_, meant)| *meant);
    if meant.is_none() {
        let known = words.iter().map(|(word, _)| *word);
        let message = format!("`{}` cannot be `{}`", value.name, text.value);
        let diagnostic = reader.mistake(text.span, message);
        if let Some(likely) = nearest(text.value, known.clone()) {
            diagnostic.label(format!("did you mean `{likely}`?"));
        }
        diagnostic.help(format!("use {}", listed(known, "or")));
    }
    meant
}

/// A mail address.
pub(crate) fn email(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    match MailAddress::parse(text.value) {
        Ok(address) => Some(address.to_string()),
        Err(why) => {
            let diagnostic = reader.mistake(text.span, format!("`{}` is not an email address", text.value));
            if let Some(help) = rule_of_addresses(why) {
                diagnostic.help(help);
            }
            diagnostic.help(format!("for example: `{}`", value.example_line()));
            None
        }
    }
}

/// The rule that something which is no mail address breaks; `None` if it is nothing like one.
pub(crate) fn rule_of_addresses(broken: Unwritable) -> Option<&'static str> {
    Some(match broken {
        Unwritable::Missing | Unwritable::Malformed => return None,
        Unwritable::Space => "an address has no spaces",
        Unwritable::Quotes => "many mail servers do not take addresses with quotation marks: use another one",
        Unwritable::Characters => {
            "before the `@`, an address has only letters from a to z, digits, and signs such as `.`, `-`, `_` and `+`"
        }
        Unwritable::Dots => "before the `@`, an address has no two dots in a row, and none at either end",
        Unwritable::Domain => "after the `@`, an address has a domain such as `example.com`",
        Unwritable::Long => "an address has at most 64 characters before the `@`, and 254 in all",
    })
}

/// An address on the web.
pub(crate) fn url(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    if parse_url(text.value).is_none() {
        let diagnostic = reader.mistake(text.span, format!("`{}` is not a web address", text.value));
        if text.value.is_ascii() {
            diagnostic.help(format!("a web address begins with `https://`: `{}`", value.example_line()));
        } else {
            diagnostic.help(
                "encode characters outside ASCII: a domain as `xn--…` (Punycode), a path with `%` escapes",
            );
        }
        return None;
    }
    Some(text.value.to_owned())
}

/// The parts of an address with `http` or `https`, and a host, which browsers and the endpoint's clients can read, too
/// (WHATWG URL).
pub(crate) fn parse_url(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let host = uri.host()?;
    let sound = matches!(uri.scheme_str(), Some("http" | "https"))
        && !host.is_empty()
        && !uri.authority()?.as_str().contains('@')
        && url::Url::parse(text).is_ok();
    sound.then_some(uri)
}
