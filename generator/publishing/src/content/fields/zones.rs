//! Time zones of hosts and calendars: a name of the IANA database, and what was probably meant where it is none.

use scheduling::zone::Zone;

use crate::content::toml::reader::{Reader, Value};
use crate::content::toml::suggest::nearest;

/// Abbreviations, and the zone that those who use them are probably in. Some of them are in the database too,
/// as zones that never change their clocks.
const ABBREVIATIONS: [(&str, &str); 44] = [
    ("ACST", "Australia/Adelaide"),
    ("AEDT", "Australia/Sydney"),
    ("AEST", "Australia/Sydney"),
    ("AKDT", "America/Anchorage"),
    ("AKST", "America/Anchorage"),
    ("AST", "America/Halifax"),
    ("AWST", "Australia/Perth"),
    ("BRT", "America/Sao_Paulo"),
    ("BST", "Europe/London"),
    ("CDT", "America/Chicago"),
    ("CEST", "Europe/Berlin"),
    ("CET", "Europe/Berlin"),
    ("CST", "America/Chicago"),
    ("EAT", "Africa/Nairobi"),
    ("EDT", "America/New_York"),
    ("EEST", "Europe/Athens"),
    ("EET", "Europe/Athens"),
    ("EST", "America/New_York"),
    ("GMT", "Europe/London"),
    ("HKT", "Asia/Hong_Kong"),
    ("HST", "Pacific/Honolulu"),
    ("ICT", "Asia/Bangkok"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("KST", "Asia/Seoul"),
    ("MDT", "America/Denver"),
    ("MESZ", "Europe/Berlin"),
    ("MEZ", "Europe/Berlin"),
    ("MSK", "Europe/Moscow"),
    ("MST", "America/Denver"),
    ("NZDT", "Pacific/Auckland"),
    ("NZST", "Pacific/Auckland"),
    ("PDT", "America/Los_Angeles"),
    ("PHT", "Asia/Manila"),
    ("PKT", "Asia/Karachi"),
    ("PST", "America/Los_Angeles"),
    ("SAST", "Africa/Johannesburg"),
    ("SGT", "Asia/Singapore"),
    ("TRT", "Europe/Istanbul"),
    ("WAT", "Africa/Lagos"),
    ("WEST", "Europe/Lisbon"),
    ("WET", "Europe/Lisbon"),
    ("WIB", "Asia/Jakarta"),
    ("Z", "UTC"),
];

/// Reads the name of a zone.
pub(crate) fn read(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Zone> {
    let text = reader.line(value)?;
    let name = text.value.trim();
    let abbreviated =
        ABBREVIATIONS.iter().find(|(short, _)| name.eq_ignore_ascii_case(short)).map(|(_, zone)| *zone);
    match (Zone::named(name), abbreviated) {
        (Ok(zone), None) => Some(zone),
        (Ok(zone), Some(likely)) => {
            reader
                .doubt(
                    text.span,
                    format!("`{name}` is an abbreviation, and may not follow daylight saving time"),
                )
                .label(format!("did you mean `{likely}`?"));
            Some(zone)
        }
        (Err(_), abbreviated) => {
            let likely = abbreviated.or_else(|| likely_zone(name));
            let message = match abbreviated {
                Some(_) => format!("`{name}` is an abbreviation, not the name of a time zone"),
                None => format!("there is no time zone `{name}`"),
            };
            let diagnostic = reader.mistake(text.span, message);
            if let Some(likely) = likely {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            diagnostic.help("zones are named after a city, such as `Europe/Berlin`: https://en.wikipedia.org/wiki/List_of_tz_database_time_zones");
            None
        }
    }
}

/// The zone whose name or city is nearest.
fn likely_zone(name: &str) -> Option<&'static str> {
    let plain = name.trim().replace(' ', "_").to_lowercase();
    let city = plain.rsplit('/').next().unwrap_or(&plain);
    let city_of = |zone: &'static str| zone.rsplit('/').next().unwrap_or(zone);
    let zones: Vec<&'static str> =
        Zone::names().filter(|zone| zone.contains('/') && !zone.starts_with("Etc/")).collect();
    let of_city = |city: &str| zones.iter().copied().find(|zone| city_of(zone).eq_ignore_ascii_case(city));
    of_city(city).or_else(|| nearest(&plain, zones.iter().copied())).or_else(|| {
        let likely = nearest(city, zones.iter().copied().map(city_of)).filter(|_| city.len() > 3)?;
        of_city(likely)
    })
}
