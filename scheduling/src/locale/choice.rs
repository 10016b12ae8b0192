//! Choosing a locale: the offered one that best suits a reader of another.
//!
//! Locales match by language and script (BCP 47), and the parts that a code leaves out are those that CLDR 48 finds
//! most likely: `zh-TW` is written in traditional Chinese, so it finds `zh-Hant` but not `zh-CN`, and `sr-Latn` does
//! not find `sr`, which is Cyrillic. Readers of both scripts have both in their browser's list. Regions only decide
//! between locales that match. `icu_locale` would do the same with 9 kB more in the Worker, gzipped, and `icu_plurals`
//! beside it.

/// The offered locale that best suits a reader of `wanted`; the first of equals. `None` if the language, or its script,
/// is not offered. `*` wants any.
pub fn choice<'a, L: AsRef<str> + ?Sized + 'a>(
    wanted: &str,
    offered: impl IntoIterator<Item = &'a L>,
) -> Option<&'a str> {
    let mut offered = offered.into_iter().map(AsRef::as_ref);
    if wanted.trim() == "*" {
        return offered.next();
    }
    let wanted = Locale::parse(wanted)?;
    let suits = |code: &'a str| Some((wanted.distance(&Locale::parse(code)?)?, code));
    offered.filter_map(suits).min_by_key(|(distance, _)| *distance).map(|(_, code)| code)
}

/// A locale's code, taken apart and completed.
struct Locale {
    /// The whole code in small letters.
    code: String,
    language: String,
    script: String,
    /// The region, if the code names one.
    region: Option<String>,
    /// The most likely region, if the code names none.
    likely_region: String,
}

impl Locale {
    /// Takes a code apart. Text that is not a language's code, such as `x-own` or `e--`, has no locale.
    fn parse(code: &str) -> Option<Self> {
        let code = code.trim().replace('_', "-").to_ascii_lowercase();
        let mut subtags = code.split('-');
        let language = subtags.next().filter(|language| is_alphabetic(language) && language.len() > 1)?;
        let is_sound = |subtag: &str| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !code.split('-').all(is_sound) {
            return None;
        }
        // Extensions and private subtags begin with a single letter.
        let subtags: Vec<&str> = subtags.take_while(|subtag| subtag.len() > 1).collect();
        let find =
            |is_it: fn(&str) -> bool| subtags.iter().find(|subtag| is_it(subtag)).map(|&it| it.to_owned());
        let (language, alias_script) = current(language);
        let region = find(is_region);
        let script = find(|subtag| subtag.len() == 4 && is_alphabetic(subtag))
            .or_else(|| alias_script.map(str::to_owned))
            .unwrap_or_else(|| likely_script(language, region.as_deref()).to_owned());
        let likely_region = region.clone().unwrap_or_else(|| likely_region(language, &script).to_owned());
        Some(Self { language: language.to_owned(), script, region, likely_region, code })
    }

    /// The distance of an offered locale from this one; `None` if a reader of this one cannot read it instead.
    fn distance(&self, offered: &Locale) -> Option<u8> {
        if (&self.language, &self.script) != (&offered.language, &offered.script) {
            return None;
        }
        Some(if self.code == offered.code {
            0
        } else if self.likely_region == offered.likely_region {
            1
        } else if offered.region.is_none() {
            2
        } else {
            3
        })
    }
}

fn is_alphabetic(subtag: &str) -> bool {
    subtag.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Two letters, or the three digits of a larger one: `es-419`.
fn is_region(subtag: &str) -> bool {
    (subtag.len() == 2 && is_alphabetic(subtag))
        || (subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The code that a language has today, and the script that an older code stands for.
fn current(language: &str) -> (&str, Option<&'static str>) {
    let current = match language {
        "in" => "id",
        "iw" => "he",
        "ji" => "yi",
        "jw" => "jv",
        "mo" => "ro",
        "no" => "nb",
        "tl" => "fil",
        "sh" => return ("sr", Some("latn")),
        current => current,
    };
    (current, None)
}

/// The script that a language is most likely written in there.
fn likely_script(language: &str, region: Option<&str>) -> &'static str {
    let has = |codes: &str, code: &str| codes.split(' ').any(|own| own == code);
    let by_region = region.and_then(|region| {
        SCRIPTS_BY_REGION.iter().find(|(own, _, regions)| *own == language && has(regions, region))
    });
    if let Some((_, script, _)) = by_region {
        return script;
    }
    SCRIPTS.iter().find(|(_, languages)| has(languages, language)).map_or("latn", |(script, _)| script)
}

/// The region that a language is most likely written in, of those that CLDR has several locales for. Many have their
/// own letters: `fr-FR`.
fn likely_region<'a>(language: &'a str, script: &str) -> &'a str {
    if (language, script) == ("zh", "hant") {
        return "tw";
    }
    let found = REGIONS.split(' ').find_map(|pair| pair.strip_prefix(language)?.strip_prefix('-'));
    found.unwrap_or(language)
}

/// The languages of each script but Latin.
const SCRIPTS: &[(&str, &str)] = &[
    ("arab", "apc ar ars bal bgn bqi ckb fa ks lrc mzn ps sd sdh skr trw ug ur"),
    ("armn", "hy"),
    ("beng", "as bn mni"),
    ("cakm", "ccp"),
    ("cans", "csw iu"),
    ("cher", "chr"),
    ("copt", "cop"),
    ("cyrl", "ab ba be bg bua ce cu cv kaa kk ky mdf mk mn myv os ru sah sr tg tt tyv uk"),
    ("deva", "bgc bho brx doi hi kok mai mr ne raj sa suz xnr"),
    ("ethi", "am byn gez ti tig wal"),
    ("geor", "ka"),
    ("grek", "el"),
    ("gujr", "gu"),
    ("guru", "pa"),
    ("hans", "zh"),
    ("hant", "yue"),
    ("hebr", "he yi"),
    ("hmnp", "hnj mww"),
    ("jpan", "ja"),
    ("khmr", "km"),
    ("knda", "kn"),
    ("kore", "ko"),
    ("laoo", "lo"),
    ("mlym", "ml"),
    ("mymr", "my shn"),
    ("nkoo", "nqo"),
    ("olck", "sat"),
    ("orya", "or"),
    ("osge", "osa"),
    ("rohg", "rhg"),
    ("sinh", "si"),
    ("syrc", "syr"),
    ("taml", "ta"),
    ("tavt", "blt"),
    ("telu", "te"),
    ("tfng", "shi zgh"),
    ("thaa", "dv"),
    ("thai", "th"),
    ("tibt", "bo dz"),
    ("vaii", "vai"),
    ("yiii", "ii"),
];

/// The regions in which a language is more likely written in another script.
const SCRIPTS_BY_REGION: &[(&str, &str, &str)] = &[
    ("az", "arab", "iq ir"),
    ("az", "cyrl", "ru"),
    ("ha", "arab", "cm sd"),
    ("kk", "arab", "af cn ir mn"),
    ("ku", "cyrl", "am az ge tm"),
    ("ku", "arab", "iq ir lb"),
    ("ky", "arab", "cn"),
    ("ky", "latn", "tr"),
    ("lzz", "geor", "ge"),
    ("mn", "mong", "cn"),
    ("ms", "arab", "cc"),
    ("pa", "arab", "pk"),
    ("pi", "deva", "in"),
    ("pi", "sinh", "lk"),
    ("pi", "mymr", "mm"),
    ("pi", "thai", "th"),
    ("sd", "deva", "in"),
    ("sr", "latn", "me ro tr"),
    ("tg", "arab", "pk"),
    ("ug", "cyrl", "kz mn"),
    ("uz", "arab", "af"),
    ("uz", "cyrl", "cn"),
    ("yue", "hans", "cn"),
    ("zh", "hant", "au bn gb gf hk id mo pa pf ph sr th tw us vn"),
];

/// The likely regions that are not a language's own letters.
const REGIONS: &str = "\
    af-za ar-eg bn-bd bo-cn ca-es ckb-iq da-dk ee-gh el-gr en-us fa-ir ff-sn ga-ie gsw-ch ha-ng kk-kz ko-kr ku-tr \
    ln-cd lrc-ir mas-ke ms-my nb-no nds-de ne-np oc-fr om-et os-ge pa-in ps-af pt-br qu-pe sd-pk se-no sq-al sr-rs \
    ss-za st-za sv-se sw-tz syr-iq ta-in teo-ug ti-et tn-za ur-pk yo-ng yrl-br yue-hk zh-cn";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[track_caller]
    fn check(wanted: &str, offered: &str, expected: &str) {
        let offered: Vec<&str> = offered.split(' ').collect();
        let found = choice(wanted, offered.iter().copied());
        assert_eq!(found.unwrap_or("none"), expected, "{wanted} of {offered:?}");
    }

    #[test]
    fn the_very_locale_comes_first() {
        check("ja", "en ja", "ja");
        check("PT-br", "pt pt-BR", "pt-BR");
        check("pt_BR", "pt pt-BR", "pt-BR");
        check("pt-BR", "pt pt_BR", "pt_BR");
        check("sr-Latn", "sr sr-Latn", "sr-Latn");
        check("sr", "sr-Latn sr", "sr");
        check("de-1996", "de de-1996", "de-1996");
    }

    #[test]
    fn a_language_finds_its_locale_elsewhere() {
        check("pt", "en pt-BR", "pt-BR");
        check("en-GB", "ja en", "en");
        check("ja-JP", "en ja", "ja");
        check("fr-CA", "en fr-FR", "fr-FR");
        check("nb-NO", "en no", "no");
        check("no", "en nb", "nb");
        check("iw-IL", "en he", "he");
        check("es-419", "en es", "es");
        check("ca-valencia", "es ca", "ca");
        check("tlh", "en tlh-US", "tlh-US");
    }

    #[test]
    fn the_region_decides_between_locales_of_a_language() {
        check("pt", "pt-PT pt-BR", "pt-BR");
        check("pt-PT", "pt-BR pt-PT", "pt-PT");
        check("pt-AO", "pt-BR pt-PT", "pt-BR");
        check("en", "en-GB en-US", "en-US");
        check("en-US", "en-GB en", "en");
        check("en-NZ", "en-GB en", "en");
        check("fr", "fr-CA fr-FR", "fr-FR");
        check("zh-Hant", "zh-HK zh-TW", "zh-TW");
        check("zh-HK", "zh-TW zh-HK", "zh-HK");
    }

    #[test]
    fn the_script_must_be_one_that_is_read() {
        check("zh-TW", "en zh-Hans zh-Hant", "zh-Hant");
        check("zh-HK", "en zh-Hant", "zh-Hant");
        check("zh", "en zh-Hant zh-Hans", "zh-Hans");
        check("zh", "en zh-TW zh-CN", "zh-CN");
        check("zh-SG", "en zh-TW zh", "zh");
        check("zh-TW", "en zh-CN", "none");
        check("zh-Hans-HK", "zh-HK zh", "zh");
        check("sr-Latn", "en sr", "none");
        check("sr-ME", "en sr sr-Latn", "sr-Latn");
        check("sr-RS", "en sr-Latn sr-Cyrl", "sr-Cyrl");
        check("sh", "en sr sr-Latn", "sr-Latn");
        check("uz-AF", "en uz", "none");
    }

    #[test]
    fn what_is_not_offered_is_not_found() {
        check("fr", "en ja", "none");
        check("*", "ja en", "ja");
        check("", "en", "none");
        check("-", "en", "none");
        check("e", "en", "none");
        check("en--GB", "en", "none");
        check("en-", "en", "none");
        check("x-own", "en", "none");
        check("i-klingon", "en", "none");
        check("12", "en", "none");
        check("en;q=1", "en", "none");
        check("日本語", "ja", "none");
        check("en-superlongsubtag", "en", "none");
        check("en", "x-own * en", "en");
        let nothing: [&str; 0] = [];
        assert_eq!(choice("en", nothing), None);
        assert_eq!(choice("*", nothing), None);
    }

    #[test]
    fn extensions_and_private_subtags_change_nothing() {
        check(" en-GB-x-pt ", "pt en", "en");
        check("de-u-co-phonebk", "en de", "de");
        check("zh-x-tw", "zh-TW zh-CN", "zh-CN");
    }

    /// The likely scripts and regions that Node's ICU finds, made by `tests/locales/oracle.mjs`: a language, then each
    /// script with its regions; the first with the likely region before the others, or with `-` if CLDR does not have
    /// several.
    const ORACLE: &str = include_str!("../../tests/locales/scripts.txt");

    #[test]
    fn every_language_is_completed_as_icu_does() {
        let regions: BTreeSet<&str> = ORACLE
            .split([' ', '\n'])
            .filter_map(|word| word.split_once('='))
            .chain(SCRIPTS_BY_REGION.iter().map(|(_, _, regions)| ("", *regions)))
            .flat_map(|(_, regions)| regions.split([',', ' ']))
            .collect();
        for line in ORACLE.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let (code, script, region) =
                (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
            assert_eq!(likely_script(code, None), script, "{line}");
            assert!(region == "-" || likely_region(code, script) == region, "{line}");
            let elsewhere: Vec<(&str, &str)> = words.filter_map(|pair| pair.split_once('=')).collect();
            for &region in &regions {
                let other = elsewhere.iter().find(|(_, regions)| regions.split(',').any(|one| one == region));
                let expected = other.map_or(script, |(script, _)| script);
                assert_eq!(likely_script(code, Some(region)), expected, "{code}-{region}");
            }
        }
    }
}
