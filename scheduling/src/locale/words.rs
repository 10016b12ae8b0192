//! Words: a locale's messages by key, with placeholders and plural forms.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dates::DateWords;
use super::money::MoneyWords;
use super::plurals::PluralForm;
use crate::money::Money;
use crate::zone::Zone;

/// A locale: its patterns, its names, and its messages by key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LocaleWords {
    /// Its BCP 47 code, by whose rule it counts.
    pub code: String,
    /// The names of the locale's calendar and the patterns of its dates.
    pub dates: DateWords,
    /// Messages by key, such as `booking.confirmed.title`; placeholders are in braces: `{name}`.
    pub messages: BTreeMap<String, String>,
    /// The cities of zones, by the zones' names today, where they are called otherwise than there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cities: BTreeMap<String, String>,
    /// How it writes money.
    #[serde(default)]
    pub money: MoneyWords,
}

impl LocaleWords {
    /// A message with its placeholders filled in; the key itself if the locale lacks it, so that a gap is seen.
    pub fn message(&self, key: &str, values: &[(&str, &str)]) -> String {
        let Some(message) = self.messages.get(key) else { return key.to_owned() };
        fill(message, |placeholder| {
            values.iter().find(|(name, _)| *name == placeholder).map(|(_, value)| (*value).to_owned())
        })
    }

    /// A message that depends on a count, in the form that the locale's rule gives it: `{key}.few`, or `{key}.other` if
    /// the locale lacks that form. `{count}` is the count.
    pub fn plural(&self, key: &str, count: u64) -> String {
        let of = |form: PluralForm| format!("{key}.{}", form.name());
        let own = of(PluralForm::of(&self.code, count));
        let key = if self.messages.contains_key(&own) { own } else { of(PluralForm::Other) };
        self.message(&key, &[("count", &self.dates.in_digits(&count.to_string()))])
    }
}

impl LocaleWords {
    /// An amount of money, as people write it: `¥5,000`.
    pub fn money(&self, money: &Money) -> String {
        self.dates.in_digits(&self.money.write(money))
    }

    /// A zone's place, as a clock on the wall would be labelled: `Tokyo`. An offset has none, and is `UTC+3`.
    pub fn place(&self, zone: &Zone) -> String {
        let in_database = || zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ");
        zone.offset_label().or_else(|| self.cities.get(zone.name()).cloned()).unwrap_or_else(in_database)
    }
}

/// Replaces each `{placeholder}` that `value_of` knows.
pub fn fill(pattern: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let known = name_at(after).and_then(|name| value_of(name).map(|value| (name.len(), value)));
        if let Some((close, value)) = known {
            filled.push_str(&value);
            rest = &after[close + 1..];
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// The name of a placeholder whose brace has been opened. It is short: a pattern of nothing but braces takes no longer
/// than any other.
fn name_at(text: &str) -> Option<&str> {
    const LONGEST: usize = 64;
    let end = text.bytes().take(LONGEST + 1).position(|byte| matches!(byte, b'{' | b'}'))?;
    (text.as_bytes()[end] == b'}').then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(code: &str, messages: &[(&str, &str)]) -> LocaleWords {
        let messages = messages.iter().map(|(key, words)| ((*key).to_owned(), (*words).to_owned())).collect();
        LocaleWords { code: code.to_owned(), messages, ..LocaleWords::default() }
    }

    #[test]
    fn messages_are_filled_and_what_is_missing_is_seen() {
        let english = words("en", &[("greeting", "Hello {name}, {unknown}")]);
        assert_eq!(english.message("greeting", &[("name", "{name}")]), "Hello {name}, {unknown}");
        assert_eq!(english.message("farewell", &[]), "farewell");
    }

    #[test]
    fn counts_take_the_form_of_their_language() {
        let english = words("en", &[("places.one", "one place"), ("places.other", "{count} places")]);
        assert_eq!(
            [0, 1, 2].map(|count| english.plural("places", count)),
            ["0 places", "one place", "2 places"]
        );
        let french = words("fr", &[("places.one", "{count} place"), ("places.other", "{count} places")]);
        assert_eq!([0, 1, 2].map(|count| french.plural("places", count)), ["0 place", "1 place", "2 places"]);
        let russian = [("d.one", "{count} день"), ("d.few", "{count} дня"), ("d.many", "{count} дней")];
        let russian = words("ru", &russian);
        assert_eq!(
            [1, 3, 11, 21].map(|count| russian.plural("d", count)),
            ["1 день", "3 дня", "11 дней", "21 день"]
        );
    }

    #[test]
    fn a_form_that_is_missing_falls_back_to_other() {
        let french = words("fr", &[("places.one", "{count} place"), ("places.other", "{count} places")]);
        assert_eq!(french.plural("places", 1_000_000), "1000000 places");
        assert_eq!(french.plural("seats", 3), "seats.other");
    }

    #[test]
    fn counts_are_in_the_digits_of_their_locale() {
        let mut arabic = words("ar", &[("d.zero", "لا أيام"), ("d.two", "يومان"), ("d.few", "{count} أيام")]);
        arabic.dates.digits = "٠١٢٣٤٥٦٧٨٩".to_owned();
        assert_eq!([0, 2, 10].map(|count| arabic.plural("d", count)), ["لا أيام", "يومان", "١٠ أيام"]);
    }

    #[test]
    fn places_are_called_as_the_locale_has_them() {
        let mut japanese = words("ja", &[]);
        japanese.cities = [("Asia/Tokyo", "東京"), ("Asia/Kolkata", "コルカタ")]
            .map(|(zone, city)| (zone.to_owned(), city.to_owned()))
            .into();
        for (zone, expected) in [
            ("Asia/Tokyo", "東京"),
            ("Japan", "東京"),
            ("Asia/Calcutta", "コルカタ"),
            ("America/New_York", "New York"),
            ("America/Indiana/Knox", "Knox"),
            ("Etc/GMT+8", "UTC−8"),
            ("+05:30", "UTC+5:30"),
            ("GMT", "UTC"),
        ] {
            assert_eq!(japanese.place(&Zone::read(zone).unwrap()), expected, "{zone}");
        }
    }

    #[test]
    fn placeholders_are_filled_and_all_else_stays() {
        let value = |name: &str| (name == "host").then(|| "Aiko".to_owned());
        for (pattern, expected) in [
            ("with {host}", "with Aiko"),
            ("{host}{host}", "AikoAiko"),
            ("{nobody} {host", "{nobody} {host"),
            ("{ {host} }", "{ Aiko }"),
            ("{{host}}", "{Aiko}"),
            ("}{", "}{"),
            ("日本{host}語", "日本Aiko語"),
        ] {
            assert_eq!(fill(pattern, value), expected);
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the time is what is tested")]
    fn no_pattern_takes_long() {
        for piece in ["{", "}", "{a", "{a}", "{host", "{ ", "{日"] {
            let pattern = piece.repeat(1_000_000 / piece.len());
            let begun = std::time::Instant::now();
            fill(&pattern, |_| None);
            let taken = begun.elapsed();
            assert!(taken < std::time::Duration::from_secs(10), "{piece:?}: {taken:?}");
        }
    }
}
