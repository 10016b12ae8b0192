//! The names that Windows has for zones.

use crate::zone::Zone;

/// Each with its zone: CLDR's table for the whole world. Made by tests/locales/places.mjs.
const NAMES: &str = include_str!("windows.txt");

/// The zone of a Windows name, such as `W. Europe Standard Time`, in any case.
pub(super) fn zone(name: &str) -> Option<Zone> {
    let mut names = NAMES.lines().filter_map(|line| line.split_once('='));
    let (_, zone) = names.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    Zone::named(zone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_zone() {
        assert!(NAMES.lines().count() > 130);
        for line in NAMES.lines() {
            let (name, _) = line.split_once('=').unwrap();
            assert!(zone(name).is_some(), "{line}");
        }
        assert_eq!(zone("w. europe standard time").unwrap().name(), "Europe/Berlin");
        assert_eq!(zone("Customized Time Zone"), None);
    }
}
