//! Reading `host.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use pulldown_cmark::{Event, Parser, Tag};
use scheduling::definition::{Calendar, Payments, Webhook, Words};
use scheduling::hours::{DatedHours, WeeklyHours};
use scheduling::token::is_ledger_name;
use scheduling::zone::Zone;

use super::description::MARKDOWN;
use super::picture::{self, PHOTO};
use super::site_file::SiteSettings;
use crate::content::fields::words::{self, Lines};
use crate::content::fields::{calendars, hours, payment, values, webhooks, zones};
use crate::content::model::Picture;
use crate::content::toml::keys::{ABOUT, HOST};
use crate::content::toml::reader::{Reader, Section, Text, Value};
use crate::content::toml::suggest::{as_name, listed, nearest};
use crate::diagnostics::Place;

/// The content of a host's file.
#[derive(Clone, Debug)]
pub(crate) struct HostSettings {
    pub folder: String,
    pub ledger: String,
    /// The place of the ledger's name, where the file says it.
    pub ledger_place: Option<Place>,
    pub name: String,
    pub email: String,
    pub time_zone: Zone,
    pub key_version: u32,
    pub invites_version: u32,
    pub webhooks: Vec<Webhook>,
    pub calendars: Vec<Calendar>,
    /// Who takes payments: the host's own provider, or else the site's.
    pub payments: Option<Payments>,
    pub photo: Option<Picture>,
    /// Markdown.
    pub about: Option<Words>,
    /// Former folders, and where they stand.
    pub was: Vec<(String, Place)>,
    pub hours: WeeklyHours,
    pub dates: Vec<DatedHours>,
    pub holidays: BTreeMap<NaiveDate, String>,
    /// True if the file has no errors, so that conclusions from it can be trusted.
    pub sound: bool,
}

impl HostSettings {
    /// A host of whom nothing is known but the folder.
    pub(crate) fn unknown(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            ledger: folder.to_owned(),
            ledger_place: None,
            name: String::new(),
            email: String::new(),
            time_zone: Zone::UTC,
            key_version: 1,
            invites_version: 1,
            webhooks: Vec::new(),
            calendars: Vec::new(),
            payments: None,
            photo: None,
            about: None,
            was: Vec::new(),
            hours: WeeklyHours::default(),
            dates: Vec::new(),
            holidays: BTreeMap::new(),
            sound: false,
        }
    }
}

/// Reads a host's file.
pub(crate) fn read(reader: &mut Reader<'_>, root: &Path, folder: &str, site: &SiteSettings) -> HostSettings {
    let mut host = HostSettings::unknown(folder);
    crate::content::fields::secrets::check(reader);
    let Some(table) = reader.parse(&reader.source().text) else { return host };
    let section = reader.root(&table, &HOST);

    if let Some(name) = reader.required(&section, "name").and_then(|value| reader.line(&value)) {
        name.value.trim().clone_into(&mut host.name);
    }
    if let Some(email) = reader.required(&section, "email").and_then(|value| values::email(reader, &value)) {
        host.email = email;
    }
    if let Some(zone) = reader.required(&section, "time_zone").and_then(|value| zones::read(reader, &value)) {
        host.time_zone = zone;
    }
    for (key, version) in
        [("key_version", &mut host.key_version), ("invites_version", &mut host.invites_version)]
    {
        let written = section.get(key);
        *version =
            written.and_then(|value| reader.whole(&value, 1, u32::MAX, "as version")).unwrap_or(*version);
    }
    host.ledger_place = section.get("ledger").map(|value| reader.place(&value.span()));
    if let Some(ledger) = ledger(reader, &section) {
        ledger.value.clone_into(&mut host.ledger);
    }
    host.photo =
        section.get("photo").and_then(|value| picture::of_key(reader, &value, (root, folder), &PHOTO));
    host.about = section.get("about").and_then(|value| about(reader, &value, site));
    host.was = was(reader, &section);
    if let Some(value) = section.get("hours") {
        host.hours = hours::weekly(reader, &value);
    }
    if let Some(value) = section.get("dates") {
        host.dates = hours::dated(reader, &value);
    }
    host.holidays = holidays(reader, &section, site);
    host.calendars = calendars::read(reader, &section);
    host.webhooks = webhooks::read(reader, &section, "booking.alert", &site.webhooks);
    host.payments = payment::read(reader, &section).or_else(|| site.payments.clone());
    host.sound = !reader.has_mistakes();
    host
}

fn ledger<'t>(reader: &mut Reader<'_>, section: &Section<'t>) -> Option<Text<'t>> {
    let text = section.get("ledger").and_then(|value| reader.line(&value))?;
    if !is_ledger_name(text.value) {
        reader
            .mistake(text.span, format!("`{}` cannot be a ledger's name", text.value))
            .help("use the folder's name from before it was renamed: lower-case letters, digits and hyphens");
        return None;
    }
    Some(text)
}

/// What the host says about themselves. Pictures have no room there.
fn about(reader: &mut Reader<'_>, value: &Value<'_>, site: &SiteSettings) -> Option<Words> {
    let about = words::read(reader, value, &ABOUT, Lines::Many, &site.locales)?;
    let is_picture = |event| matches!(event, Event::Start(Tag::Image { .. }));
    if about.values().any(|text| Parser::new_ext(text, MARKDOWN).any(is_picture)) {
        reader
            .mistake(value.span(), "`about` cannot show pictures")
            .help("name one picture in `photo`, or show others in the pages' descriptions");
    }
    Some(about)
}

fn was(reader: &mut Reader<'_>, section: &Section<'_>) -> Vec<(String, Place)> {
    let Some(value) = section.get("was") else { return Vec::new() };
    let mut former: Vec<(String, Place)> = Vec::new();
    for text in reader.texts(&value) {
        if !is_ledger_name(text.value) {
            let diagnostic =
                reader.mistake(text.span, format!("`{}` cannot have been a host's folder", text.value));
            if let Some(proposed) = as_name(text.value) {
                diagnostic.label(format!("did you mean `{proposed}`?"));
            }
            diagnostic.help("folder names are lower-case letters, digits and hyphens");
        } else if former.iter().any(|(other, _)| other == text.value) {
            reader.mistake(text.span, format!("`{}` appears twice in `was`", text.value));
        } else {
            former.push((text.value.to_owned(), reader.place(&text.span)));
        }
    }
    former
}

/// The holidays of the sets that the host names.
fn holidays(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    site: &SiteSettings,
) -> BTreeMap<NaiveDate, String> {
    let mut holidays = BTreeMap::new();
    let Some(value) = section.get("holidays") else { return holidays };
    for text in reader.texts(&value) {
        if let Some(set) = site.holidays.get(text.value) {
            for (date, name) in set {
                holidays.entry(*date).or_insert_with(|| name.clone());
            }
        } else if site.sound || !site.holidays.is_empty() {
            let known = || site.holidays.keys().map(String::as_str);
            let message = format!("`site.toml` has no holidays named `{}`", text.value);
            let diagnostic = reader.mistake(text.span, message);
            if let Some(likely) = nearest(text.value, known()) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            if site.holidays.is_empty() {
                diagnostic.help(format!(
                    "add `[holidays.{}]` to it, with a line such as `\"2027-01-01\" = \"New Year's Day\"`",
                    text.value
                ));
            } else {
                diagnostic.help(format!("it has {}", listed(known(), "and")));
            }
        }
    }
    holidays
}
