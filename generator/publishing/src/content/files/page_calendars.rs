//! What a meeting page says of its host's calendars: which it looks at, which it is written to, and what is done where
//! one cannot be read.

use scheduling::definition::{Calendar, CalendarSource, WhenUnknown};

use super::host::HostSettings;
use crate::content::fields::values;
use crate::content::toml::reader::{Reader, Section, Text};
use crate::content::toml::suggest::{listed, nearest};

/// The names of the host's calendars whose busy times are not offered: all that tell any, unless the page names some.
pub(super) fn looked_at(reader: &mut Reader<'_>, section: &Section<'_>, host: &HostSettings) -> Vec<String> {
    let Some(value) = section.get("calendars") else {
        let told = host.calendars.iter().filter(|calendar| calendar.tells_busy());
        return told.map(|calendar| calendar.name.clone()).collect();
    };
    let mut names: Vec<String> = Vec::new();
    for text in reader.texts(&value) {
        if names.iter().any(|name| name == text.value) {
            reader.mistake(text.span, format!("`{}` appears twice in `calendars`", text.value));
        } else if let Some(calendar) = calendar_of(reader, &text, host) {
            if calendar.tells_busy() {
                names.push(text.value.to_owned());
            } else {
                reader
                    .mistake(text.span, format!("the calendar `{}` is only written to", text.value))
                    .help("use `role = \"both\"` in `host.toml`, or leave it out here");
            }
        }
    }
    names
}

/// The host's calendar of that name.
fn calendar_of<'h>(reader: &mut Reader<'_>, text: &Text<'_>, host: &'h HostSettings) -> Option<&'h Calendar> {
    let known = || host.calendars.iter().map(|calendar| calendar.name.as_str());
    let found = host.calendars.iter().find(|calendar| calendar.name == text.value);
    if found.is_none() && (host.sound || !host.calendars.is_empty()) {
        let message = format!("`host.toml` has no calendar named `{}`", text.value);
        let diagnostic = reader.mistake(text.span.clone(), message);
        if let Some(likely) = nearest(text.value, known()) {
            diagnostic.label(format!("did you mean `{likely}`?"));
        }
        if host.calendars.is_empty() {
            diagnostic.help("add `[[calendars]]` to it, with `name`, `kind` and `secret`");
        } else {
            diagnostic.help(format!("it has {}", listed(known(), "and")));
        }
    }
    found
}

/// The name of the calendar that bookings are written to: the only one of the host's that can be, unless the page names
/// one, or wants none.
pub(super) fn written_to(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    host: &HostSettings,
) -> Option<String> {
    let Some(value) = section.get("write_to") else {
        let written: Vec<&str> = host
            .calendars
            .iter()
            .filter(|calendar| calendar.is_written_to())
            .map(|one| one.name.as_str())
            .collect();
        if written.len() > 1 && host.sound {
            let message =
                format!("bookings of this page are not written to {}", listed(written.iter().copied(), "or"));
            reader.doubt_in_file(message).help("name one of them in `write_to`, or say `write_to = false`");
        }
        return if let [only] = written[..] { Some(only.to_owned()) } else { None };
    };
    if Reader::is_flag(&value) {
        if reader.flag(&value) == Some(true) {
            reader.mistake(value.span(), "`write_to` should be the name of a calendar, or `false`");
        }
        return None;
    }
    let text = reader.line(&value)?;
    let calendar = calendar_of(reader, &text, host)?;
    if !calendar.is_written_to() {
        let diagnostic = reader.mistake(text.span, format!("the calendar `{}` is only read", text.value));
        match calendar.source {
            CalendarSource::Feed { .. } => {
                diagnostic.help("a feed cannot be written to; calendars of other kinds can")
            }
            CalendarSource::Caldav { .. }
            | CalendarSource::Google { .. }
            | CalendarSource::Microsoft { .. } => diagnostic.help("give it `role = \"both\"` in `host.toml`"),
        };
    }
    Some(text.value.to_owned())
}

/// Whether the calendar that bookings are written to can make their rooms.
pub(super) fn check_rooms(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    host: &HostSettings,
    write_to: Option<&str>,
) {
    let Some(location) = section.get("location").filter(|_| host.sound && !reader.has_mistakes()) else {
        return;
    };
    let named = write_to.and_then(|name| host.calendars.iter().find(|calendar| calendar.name == name));
    let (message, help) = match named.map(|calendar| (calendar, &calendar.source)) {
        Some((_, CalendarSource::Google { .. } | CalendarSource::Microsoft { .. })) => return,
        Some((Calendar { name, .. }, _)) => (
            format!("the calendar `{name}` does not make video rooms"),
            "only calendars of kind `google` and `microsoft` do",
        ),
        None => {
            let is_said = section.get("write_to").is_some();
            let is_open = host.calendars.iter().any(Calendar::is_written_to);
            let help = if is_said || is_open {
                "name one of kind `google` or `microsoft` in `write_to`"
            } else {
                "connect one of kind `google` or `microsoft` with `role = \"both\"` in `host.toml`"
            };
            ("no calendar makes the video room: bookings of this page are written to none".to_owned(), help)
        }
    };
    reader.mistake(location.span(), message).help(help).help(
        "without one, `{ video = \"https://meet.example.com/{random}\" }` gives each booking a room of its own, too",
    );
}

/// What is done where one of the page's calendars cannot be read.
pub(super) fn when_unknown(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    host: &HostSettings,
    calendars: &[String],
) -> WhenUnknown {
    let Some(value) = section.get("when_unknown") else { return WhenUnknown::default() };
    let words = [("request", WhenUnknown::Request), ("refuse", WhenUnknown::Refuse)];
    let said = values::one_of(reader, &value, &words);
    if said.is_some() && calendars.is_empty() && host.sound && !reader.has_mistakes() {
        let diagnostic = reader.doubt(value.span(), "this has no effect: the page looks at no calendar");
        if host.calendars.is_empty() {
            diagnostic.help("add `[[calendars]]` to `host.toml`, or leave `when_unknown` out");
        } else {
            diagnostic.help("name one in `calendars`, or leave `when_unknown` out");
        }
    }
    said.unwrap_or_default()
}
