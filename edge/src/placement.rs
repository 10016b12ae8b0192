//! The first place of a ledger: near its host, as far as the host's zone tells.

use chrono::{DateTime, Utc};
use scheduling::zone::Zone;

/// Zones of South America, which share the prefix of all of America's.
const SOUTH: [&str; 26] = [
    "Araguaina",
    "Argentina",
    "Asuncion",
    "Bahia",
    "Belem",
    "Boa_Vista",
    "Bogota",
    "Campo_Grande",
    "Caracas",
    "Cayenne",
    "Coyhaique",
    "Cuiaba",
    "Eirunepe",
    "Fortaleza",
    "Guayaquil",
    "Guyana",
    "La_Paz",
    "Lima",
    "Maceio",
    "Manaus",
    "Montevideo",
    "Paramaribo",
    "Porto_Velho",
    "Recife",
    "Santiago",
    "Sao_Paulo",
];

/// A location hint of Durable Objects; `None` if the zone tells nothing.
pub(crate) fn hint(zone: &Zone, now: DateTime<Utc>) -> Option<&'static str> {
    let mut parts = zone.name().split('/');
    let (region, place) = (parts.next()?, parts.next().unwrap_or_default());
    let hours = zone.offset_seconds(now) / 3600;
    Some(match region {
        "America" if SOUTH.contains(&place) => "sam",
        "America" if hours <= -7 => "wnam",
        "America" => "enam",
        "Europe" if hours <= 1 => "weur",
        "Europe" => "eeur",
        "Africa" => "afr",
        "Asia" if hours <= 4 => "me",
        "Asia" | "Indian" => "apac",
        "Australia" | "Pacific" => "oc",
        "Atlantic" => "weur",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_tells_where_its_people_are() {
        let winter: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
        for (zone, expected) in [
            ("Asia/Tokyo", Some("apac")),
            ("Asia/Dubai", Some("me")),
            ("Asia/Kolkata", Some("apac")),
            ("Europe/Berlin", Some("weur")),
            ("Europe/Helsinki", Some("eeur")),
            ("America/Vancouver", Some("wnam")),
            ("America/New_York", Some("enam")),
            ("America/Argentina/Ushuaia", Some("sam")),
            ("America/Buenos_Aires", Some("sam")),
            ("US/Pacific", Some("wnam")),
            ("Africa/Lagos", Some("afr")),
            ("Australia/Sydney", Some("oc")),
            ("UTC", None),
        ] {
            assert_eq!(hint(&Zone::named(zone).unwrap(), winter), expected, "{zone}");
        }
    }
}
