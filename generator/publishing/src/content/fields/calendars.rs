//! `[[calendars]]`: a host's calendars in other programs.

use std::ops::Range;

use scheduling::definition::{Buffer, Calendar, CalendarSource, LONGEST_BUFFER_MINUTES, WholeDays};
use scheduling::mail::normalised;
use scheduling::token::is_ledger_name;

use super::{secrets, values, zones};
use crate::content::toml::keys::{CALENDAR, KEEP_FREE};
use crate::content::toml::reader::{Reader, Section, Text, Value};
use crate::content::toml::suggest::{as_name, nearest};

/// The most calendars of a host: whoever books waits until all of them are read.
const MOST_CALENDARS: usize = 20;

/// The kinds of calendars that hosts may have heard of. The first is the one that this version reads.
const KINDS: [&str; 4] = ["feed", "caldav", "google", "microsoft"];

/// Why the address of a feed must not stand in content.
const ADDRESS_IS_SECRET: &str = "whoever has a feed's address can read the calendar, so it is a secret";

/// A feed, read as most hosts want it.
pub(crate) fn feed(name: String, secret: String) -> Calendar {
    Calendar {
        name,
        source: CalendarSource::Feed { secret },
        time_zone: None,
        tentative_blocks: true,
        whole_days: WholeDays::AsMarked,
        keep_free: Buffer::default(),
        addresses: Vec::new(),
    }
}

/// `[[calendars]]` of a host, in their order: all that have a name, also those with mistakes, so that pages can name
/// them.
pub(crate) fn read(reader: &mut Reader<'_>, section: &Section<'_>) -> Vec<Calendar> {
    let Some(value) = section.get("calendars") else { return Vec::new() };
    let sections = reader.sections(&value, &CALENDAR);
    if sections.len() > MOST_CALENDARS {
        let place = section.key_span("calendars").unwrap_or_else(|| value.span());
        reader.mistake(place, format!("a host can have at most {MOST_CALENDARS} calendars"));
    }
    let mut calendars = Vec::new();
    let mut seen: Vec<(String, Range<usize>)> = Vec::new();
    for section in sections.iter().take(MOST_CALENDARS) {
        let name = reader.required(section, "name").and_then(|value| name(reader, &value));
        let calendar = calendar(reader, section);
        let Some(name) = name else { continue };
        if let Some((_, first)) = seen.iter().find(|(other, _)| other == name.value) {
            let line = reader.line_of(first);
            reader
                .mistake(name.span, format!("two calendars have the name `{}`", name.value))
                .help(format!("the first is on line {line}; pages say by name which calendars they look at"));
            continue;
        }
        calendars.push(Calendar { name: name.value.to_owned(), ..calendar });
        seen.push((name.value.to_owned(), name.span));
    }
    calendars
}

fn name<'t>(reader: &mut Reader<'_>, value: &Value<'t>) -> Option<Text<'t>> {
    let text = reader.line(value)?;
    if !is_ledger_name(text.value) {
        let diagnostic = reader.mistake(text.span, format!("`{}` cannot be a calendar's name", text.value));
        let proposed = as_name(text.value).filter(|_| !text.value.contains("://"));
        if let Some(proposed) = proposed {
            diagnostic.label(format!("did you mean `{proposed}`?"));
        }
        diagnostic.help("use up to 64 lower-case letters, digits and hyphens; visitors do not see it");
        return None;
    }
    Some(text)
}

/// A calendar without its name.
fn calendar(reader: &mut Reader<'_>, section: &Section<'_>) -> Calendar {
    if let Some(kind) = reader.required(section, "kind")
        && is_feed(reader, &kind)
    {
        check_feed(reader, section);
    }
    let secret = reader
        .required(section, "secret")
        .and_then(|value| secrets::name(reader, &value, Some(ADDRESS_IS_SECRET)));
    let default = feed(String::new(), secret.unwrap_or_default());
    let tentative = section
        .get("tentative")
        .and_then(|value| values::one_of(reader, &value, &[("busy", true), ("free", false)]));
    let whole_days =
        [("as_marked", WholeDays::AsMarked), ("busy", WholeDays::Busy), ("free", WholeDays::Free)];
    let whole_days = section.get("all_day").and_then(|value| values::one_of(reader, &value, &whole_days));
    Calendar {
        time_zone: section.get("zone").and_then(|value| zones::read(reader, &value)),
        tentative_blocks: tentative.unwrap_or(default.tentative_blocks),
        whole_days: whole_days.unwrap_or(default.whole_days),
        keep_free: section.get("keep_free").map(|value| keep_free(reader, &value)).unwrap_or_default(),
        addresses: section.get("addresses").map(|value| addresses(reader, &value)).unwrap_or_default(),
        ..default
    }
}

fn is_feed(reader: &mut Reader<'_>, value: &Value<'_>) -> bool {
    let Some(text) = reader.text(value) else { return false };
    match text.value {
        "feed" => return true,
        known if KINDS.contains(&known) => {
            reader
                .mistake(text.span, format!("calendars of kind `{known}` are not supported yet: this version reads feeds only"))
                .help("use `kind = \"feed\"`: Google, Microsoft and most CalDAV servers can publish a calendar as an iCalendar feed")
                .help("docs/calendars.md says where each has its address");
        }
        unknown => {
            let diagnostic = reader.mistake(text.span, format!("unknown kind of calendar `{unknown}`"));
            if let Some(likely) = nearest(unknown, KINDS.into_iter()) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            diagnostic.help("use `kind = \"feed\"` for a calendar that is published as an iCalendar feed");
        }
    }
    false
}

/// Says what a feed does not have. An address that stands where none belongs is not shown.
fn check_feed(reader: &mut Reader<'_>, section: &Section<'_>) {
    const WHERE: &str = "its address is the value of its `secret`, an environment variable";
    if let Some(value) = section.get("url")
        && let Some(text) = reader.text(&value)
    {
        reader.secret_mistake(text.span, "a feed has no `url`").help(WHERE).help(ADDRESS_IS_SECRET);
    }
    if let Some(value) = section.get("user")
        && let Some(text) = reader.text(&value)
    {
        reader.mistake(text.span, "a feed has no `user`").help(WHERE);
    }
    if let Some(value) = section.get("role") {
        role(reader, &value);
    }
}

fn role(reader: &mut Reader<'_>, value: &Value<'_>) {
    let Some(text) = reader.text(value) else { return };
    if matches!(text.value, "write" | "both") {
        reader.mistake(text.span, "a feed can only be read").help("use `role = \"busy\"`, or leave it out");
    } else {
        values::one_of(reader, value, &[("busy", ())]);
    }
}

/// Time kept free around what is busy: one length for both sides, or a table with each.
fn keep_free(reader: &mut Reader<'_>, value: &Value<'_>) -> Buffer {
    if Reader::is_table(value) {
        return values::buffer(reader, value, &KEEP_FREE);
    }
    if !Reader::is_text(value) {
        let expected = "a length of time, or a table with `before` and `after`";
        return reader.wrong_type(value, expected).unwrap_or_default();
    }
    let minutes = values::minutes(reader, value, LONGEST_BUFFER_MINUTES).unwrap_or(0);
    Buffer { before_minutes: minutes, after_minutes: minutes }
}

/// The host's other addresses.
fn addresses(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    let mut addresses: Vec<String> = Vec::new();
    for element in reader.list(value).unwrap_or_default() {
        let Some(address) = values::email(reader, &element) else { continue };
        if addresses.iter().any(|other| normalised(other) == normalised(&address)) {
            reader.mistake(element.span(), format!("`{address}` appears twice in `addresses`"));
        } else {
            addresses.push(address);
        }
    }
    addresses
}
