//! `[[calendars]]`: a host's calendars in other programs.

use std::ops::Range;

use scheduling::definition::{Buffer, Calendar, CalendarSource, LONGEST_BUFFER_MINUTES, Role, WholeDays};
use scheduling::mail::normalised;
use scheduling::token::is_ledger_name;

use super::{secrets, values, zones};
use crate::content::toml::keys::{CALENDAR, KEEP_FREE};
use crate::content::toml::reader::{Reader, Section, Text, Value};
use crate::content::toml::suggest::{as_name, nearest};

/// The most calendars of a host: whoever books waits until all of them are read.
const MOST_CALENDARS: usize = 20;

/// The kinds of calendars that this version reads.
const KINDS: [(&str, Kind); 4] = [
    ("feed", Kind::Feed),
    ("caldav", Kind::Caldav),
    ("google", Kind::Google),
    ("microsoft", Kind::Microsoft),
];

/// Why the address of a feed must not stand in content.
const ADDRESS_IS_SECRET: &str = "whoever has a feed's address can read the calendar, so it is a secret";

#[derive(Clone, Copy)]
enum Kind {
    Feed,
    Caldav,
    Google,
    Microsoft,
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
    let kind = reader.required(section, "kind").and_then(|value| kind(reader, &value));
    let role = role(reader, section, matches!(kind, Some(Kind::Feed)));
    let source = source(reader, section, kind);
    let tentative = section
        .get("tentative")
        .and_then(|value| values::one_of(reader, &value, &[("busy", true), ("free", false)]));
    let whole_days =
        [("as_marked", WholeDays::AsMarked), ("busy", WholeDays::Busy), ("free", WholeDays::Free)];
    let whole_days = section.get("all_day").and_then(|value| values::one_of(reader, &value, &whole_days));
    Calendar {
        name: String::new(),
        source,
        role,
        time_zone: section.get("zone").and_then(|value| zones::read(reader, &value)),
        tentative_blocks: tentative.unwrap_or(true),
        whole_days: whole_days.unwrap_or_default(),
        keep_free: section.get("keep_free").map(|value| keep_free(reader, &value)).unwrap_or_default(),
        addresses: section.get("addresses").map(|value| addresses(reader, &value)).unwrap_or_default(),
        deletion_cancels: deletion_cancels(reader, section, role),
    }
}

/// The way to a calendar; as a feed where its kind is not known.
fn source(reader: &mut Reader<'_>, section: &Section<'_>, kind: Option<Kind>) -> CalendarSource {
    match kind {
        Some(Kind::Caldav) => {
            let (url, user) = collection(reader, section);
            without(reader, section, "a calendar on a CalDAV server", &["id"], "its `url` says which it is");
            CalendarSource::Caldav { url, user, secret: secret(reader, section, None) }
        }
        Some(Kind::Google) => {
            let id = reader.required(section, "id").and_then(|value| google_id(reader, &value));
            without(reader, section, "a Google calendar", &["url", "user"], "its `id` says which it is");
            CalendarSource::Google { id: id.unwrap_or_default(), secret: secret(reader, section, None) }
        }
        Some(Kind::Microsoft) => {
            let (user, id) = mailbox(reader, section);
            CalendarSource::Microsoft { user, id, secret: secret(reader, section, None) }
        }
        Some(Kind::Feed) | None => {
            if kind.is_some() {
                check_feed(reader, section);
            }
            CalendarSource::Feed { secret: secret(reader, section, Some(ADDRESS_IS_SECRET)) }
        }
    }
}

/// The name of the secret. `why` says why the value itself is one.
fn secret(reader: &mut Reader<'_>, section: &Section<'_>, why: Option<&str>) -> String {
    let name = reader.required(section, "secret").and_then(|value| secrets::name(reader, &value, why));
    name.unwrap_or_default()
}

/// Says of each key that this kind of calendar does not have it. Its value may be a secret, and is not shown.
fn without(reader: &mut Reader<'_>, section: &Section<'_>, what: &str, keys: &[&'static str], instead: &str) {
    for key in keys {
        if let Some(value) = section.get(key)
            && let Some(text) = reader.text(&value)
        {
            reader.secret_mistake(text.span, format!("{what} has no `{key}`")).help(instead);
        }
    }
}

/// The id of a Google calendar. What does not look like one may be a key, and is not shown.
fn google_id(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    let is_plain =
        |text: &str| !text.contains(|letter: char| letter.is_whitespace() || "@/\"".contains(letter));
    let is_address = |(name, domain): (&str, &str)| {
        !name.is_empty() && domain.contains('.') && is_plain(name) && is_plain(domain)
    };
    if text.value == "primary" || text.value.split_once('@').is_some_and(is_address) {
        return Some(text.value.to_owned());
    }
    reader
        .secret_mistake(text.span, "`id` should be the calendar's id at Google, such as `aiko@example.com`")
        .help("it stands in the calendar's settings on the web, under “Integrate calendar”: “Calendar ID”")
        .help("the key is the value of its `secret`, an environment variable");
    None
}

fn kind(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Kind> {
    const FEED: &str = "use `kind = \"feed\"` for a calendar that is published as an iCalendar feed";
    const CALDAV: &str = "use `kind = \"caldav\"` for one on a CalDAV server";
    const GOOGLE: &str = "use `kind = \"google\"` for one at Google";
    const MICROSOFT: &str = "use `kind = \"microsoft\"` for one of Microsoft 365";
    let text = reader.text(value)?;
    let known = KINDS.iter().find(|(name, _)| *name == text.value);
    if let Some((_, kind)) = known {
        return Some(*kind);
    }
    let diagnostic = reader.mistake(text.span, format!("unknown kind of calendar `{}`", text.value));
    let names = KINDS.iter().map(|(name, _)| *name);
    if let Some(likely) = nearest(text.value, names) {
        diagnostic.label(format!("did you mean `{likely}`?"));
    }
    diagnostic.help(FEED).help(CALDAV).help(GOOGLE).help(MICROSOFT);
    None
}

/// Says what a feed does not have. An address that stands where none belongs is not shown.
fn check_feed(reader: &mut Reader<'_>, section: &Section<'_>) {
    const WHERE: &str = "its address is the value of its `secret`, an environment variable";
    if let Some(value) = section.get("url")
        && let Some(text) = reader.text(&value)
    {
        reader.secret_mistake(text.span, "a feed has no `url`").help(WHERE).help(ADDRESS_IS_SECRET);
    }
    without(reader, section, "a feed", &["user", "id"], WHERE);
}

/// The mailbox that a calendar of Microsoft 365 is in, and the calendar's id.
fn mailbox(reader: &mut Reader<'_>, section: &Section<'_>) -> (Option<String>, Option<String>) {
    const INSTEAD: &str =
        "name its mailbox in `user`, and a calendar that is not the mailbox's first in `id`";
    without(reader, section, "a calendar of Microsoft 365", &["url"], INSTEAD);
    let user = section.get("user").and_then(|value| mailbox_address(reader, &value));
    let id = section.get("id").and_then(|value| reader.line(&value));
    (user, id.map(|text| text.value.to_owned()))
}

/// A mailbox is called by an address of its own, or by its user's id, which is a GUID.
fn mailbox_address(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    let is_guid =
        |text: &str| text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let is_address = |text: &str| text.contains('@') && !text.contains([':', '/', ' ']);
    if is_address(text.value) || is_guid(text.value) {
        return Some(text.value.to_owned());
    }
    reader
        .secret_mistake(text.span, "`user` should be the address of the mailbox")
        .help("for example: `user = \"aiko@example.com\"`");
    None
}

/// The address of a calendar on a `CalDAV` server, and the user there.
fn collection(reader: &mut Reader<'_>, section: &Section<'_>) -> (String, String) {
    let url = reader.required(section, "url").and_then(|value| collection_address(reader, &value));
    let user = reader.required(section, "user").and_then(|value| user(reader, &value));
    (url.unwrap_or_default(), user.unwrap_or_default())
}

/// What does not look like an address may be a password, and is not shown.
fn collection_address(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    if values::parse_url(text.value).is_some() {
        if text.value.starts_with("http://") {
            reader.doubt(text.span, "this calendar will not be read once the site is published").help(
                "calendars are read over `https://`; `serve` and `--private-webhooks` also read them over `http://`",
            );
        }
        return Some(text.value.to_owned());
    }
    let has_user = text.value.contains("://") && text.value.contains('@');
    let message = if has_user {
        "`url` should be an address without a user or a password"
    } else {
        "`url` should be the calendar's web address"
    };
    reader.secret_mistake(text.span, message).help(format!("for example: `{}`", value.example_line())).help(
        "the user stands in `user`, and the password is the value of its `secret`, an environment variable",
    );
    None
}

/// A user's name has no colon (RFC 7617, 2): behind one there may be a password, which is not shown.
fn user(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    if text.value.contains(':') {
        reader
            .secret_mistake(text.span, "`user` has a colon: it should be the name of the user alone")
            .help("the password is the value of its `secret`, an environment variable");
        return None;
    }
    Some(text.value.to_owned())
}

fn role(reader: &mut Reader<'_>, section: &Section<'_>, is_feed: bool) -> Role {
    let Some(value) = section.get("role") else { return Role::default() };
    let roles = [("busy", Role::Busy), ("write", Role::Write), ("both", Role::Both)];
    let role = values::one_of(reader, &value, &roles).unwrap_or_default();
    if is_feed && role != Role::Busy {
        reader
            .mistake(value.span(), "a feed can only be read")
            .help("use `role = \"busy\"`, or leave it out");
        return Role::Busy;
    }
    role
}

/// What becomes of a booking whose event its host deletes: that is seen only where events are both written and read.
fn deletion_cancels(reader: &mut Reader<'_>, section: &Section<'_>, role: Role) -> bool {
    let Some(value) = section.get("on_delete") else { return false };
    let cancels = values::one_of(reader, &value, &[("ask", false), ("cancel", true)]).unwrap_or_default();
    if cancels && role != Role::Both {
        reader
            .mistake(value.span(), "`on_delete = \"cancel\"` needs `role = \"both\"`")
            .help("a deletion is only noticed where bookings are written and the calendar is read");
    }
    cancels
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
