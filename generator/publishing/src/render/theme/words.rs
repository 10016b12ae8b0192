//! A locale of the theme: `dates.toml`, `cities.toml`, `money.toml`, and `page.toml`, `endpoint.toml` and `desk.toml`
//! as messages by key and as a tree for templates.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use chrono::{NaiveDateTime, TimeDelta};
use scheduling::locale::{DateWords, LocaleWords, MoneyWords};
use scheduling::zone::{Zone, offset_text};

use crate::render::fault::RenderFault;

/// All zones, by every name that they have or had: read once, as there are hundreds, for each locale and bundle.
static ZONES: LazyLock<Vec<(&'static str, Zone)>> = LazyLock::new(|| {
    let names = Zone::names().chain(Zone::renamed().map(|(old, _)| old)).chain(["+00:00"]);
    names.filter_map(|name| Some((name, Zone::read(name).ok()?))).collect()
});

/// The words of one locale, in the shapes that rendering wants.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    /// Patterns, names, and messages by key, such as `page.times.none`.
    pub(crate) flat: LocaleWords,
    /// The same messages as tables, so that a template says `words.page.times.none`.
    pub(crate) tree: toml::Table,
    /// Each minute of a day as text, so that the pattern is not filled in again for each time of a page.
    pub(crate) times_of_day: Vec<String>,
}

impl Words {
    /// Reads a locale's folder, which has its code for a name.
    pub(crate) fn load(folder: &Path) -> Result<Self, RenderFault> {
        let path = folder.join("dates.toml");
        let dates: DateWords = read(&path)?;
        if !matches!(dates.digits.chars().count(), 0 | 10) {
            return Err(RenderFault::new(
                path.display().to_string(),
                "`digits` are ten, from nought to nine",
            ));
        }
        let cities = folder.join("cities.toml");
        let cities = if cities.exists() { read(&cities)? } else { BTreeMap::new() };
        let money = folder.join("money.toml");
        let money = if money.exists() { read(&money)? } else { MoneyWords::default() };
        let mut tree = toml::Table::new();
        for name in ["page", "endpoint", "desk"] {
            let path = folder.join(format!("{name}.toml"));
            if path.exists() {
                tree.insert(name.to_owned(), toml::Value::Table(read(&path)?));
            }
        }
        let code = folder.file_name().unwrap_or_default().to_string_lossy();
        let mut words = Self::new(&code, dates, tree);
        words.flat.cities = cities;
        words.flat.money = money;
        Ok(words)
    }

    /// Makes a locale's words of patterns and messages.
    fn new(code: &str, dates: DateWords, tree: toml::Table) -> Self {
        let mut messages = BTreeMap::new();
        flatten("", &tree, &mut messages);
        let written =
            |minute| dates.format(&dates.time, NaiveDateTime::default() + TimeDelta::minutes(minute));
        let times_of_day = (0..24 * 60).map(written).collect();
        let flat = LocaleWords { code: code.to_owned(), dates, messages, ..LocaleWords::default() };
        Self { flat, tree, times_of_day }
    }

    /// Those messages whose key begins with a prefix.
    pub(crate) fn below(&self, prefix: &str) -> BTreeMap<String, String> {
        let below =
            |(key, words): (&String, &String)| key.starts_with(prefix).then(|| (key.clone(), words.clone()));
        self.flat.messages.iter().filter_map(below).collect()
    }

    /// A number of minutes in words.
    pub(crate) fn minutes(&self, minutes: u32) -> String {
        self.flat.plural("page.minutes", minutes.into())
    }

    /// A zone by its place, with its offset from UTC: `Tokyo (UTC+9)`. An offset is not said twice.
    pub(crate) fn zone(&self, zone: &Zone, offset_seconds: i64) -> String {
        let offset = self.offset(offset_seconds);
        let with_offset =
            || self.flat.message("page.zone", &[("zone", &self.flat.place(zone)), ("offset", &offset)]);
        zone.offset_label().unwrap_or_else(with_offset)
    }

    /// A zone's place, where it is not the last part of the zone's name.
    pub(crate) fn city_apart(&self, zone: &Zone) -> Option<String> {
        Some(self.flat.place(zone)).filter(|place| *place != last_part(zone.name()))
    }

    /// The places of zones by every name that the zones have or had, where they are not the last part of it.
    pub(crate) fn cities(&self) -> BTreeMap<&'static str, String> {
        let city_of = |(name, zone): &(&'static str, Zone)| (*name, self.flat.place(zone));
        ZONES.iter().map(city_of).filter(|(name, city)| *city != last_part(name)).collect()
    }

    /// An offset from UTC: `UTC+5:30`.
    pub(crate) fn offset(&self, seconds: i64) -> String {
        self.flat.message("page.offset", &[("offset", &offset_text(seconds))])
    }
}

/// What scripts take for a zone's place that are not told of another.
fn last_part(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().replace('_', " ")
}

fn flatten(prefix: &str, table: &toml::Table, messages: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(table) => flatten(&key, table, messages),
            toml::Value::String(words) => drop(messages.insert(key, words.clone())),
            other => drop(messages.insert(key, other.to_string())),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, RenderFault> {
    let text = std::fs::read_to_string(path)
        .map_err(|fault| RenderFault::new(path.display().to_string(), &fault))?;
    toml::from_str(&text).map_err(|fault| RenderFault::new(path.display().to_string(), &fault))
}
