//! Words in several locales.

use std::collections::BTreeMap;

use crate::locale;

/// A locale's BCP 47 code, such as `en` or `ja`.
pub type LocaleCode = String;

/// Words in one or several locales. The site's first locale is always there.
pub type Words = BTreeMap<LocaleCode, String>;

/// The words of a locale, or of the nearest there is, or any.
pub fn words_in<'a>(words: &'a Words, locale: &str) -> &'a str {
    words
        .get(locale)
        .or_else(|| words.get(locale::choice(locale, words.keys())?))
        .or_else(|| words.values().next())
        .map_or("", String::as_str)
}
