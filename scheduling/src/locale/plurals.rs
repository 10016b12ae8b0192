//! Plural forms: the one that a count takes in a language, by the rules of Unicode's CLDR 48.
//!
//! The rules are cut down to whole numbers, because nothing else is counted here. So a form that only fractions take,
//! such as Czech `many`, is not one of a locale's; one that whole millions take, such as French `many`, is. `other`
//! always is: a locale falls back to it for any form that it lacks. `icu_plurals` would add 22 kB to the Worker,
//! gzipped, and `intl_pluralrules` 10 kB with older rules. The tests hold this table to what Node's ICU answers for
//! every language that CLDR has a rule for.

/// A form of a plural, by CLDR's name: the last part of its message's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PluralForm {
    /// For none, and in Latvian for whole tens too.
    Zero,
    /// For one, and what is counted like it.
    One,
    /// For two.
    Two,
    /// For few.
    Few,
    /// For many.
    Many,
    /// For all other counts. Every locale has it.
    Other,
}

use PluralForm::{Few, Many, One, Other, Two, Zero};

impl PluralForm {
    /// Every form there is.
    pub const ALL: [PluralForm; 6] = [Zero, One, Two, Few, Many, Other];

    /// The form that a count takes in a locale.
    pub fn of(locale: &str, count: u64) -> Self {
        let takes = |(_, condition): &&(PluralForm, &str)| holds(condition, count);
        rule(locale).iter().find(takes).map_or(Other, |(form, _)| *form)
    }

    /// The forms of a locale: those that its rule names, and `other`.
    pub fn all_of(locale: &str) -> impl Iterator<Item = Self> {
        rule(locale).iter().map(|(form, _)| *form).chain([Other])
    }

    /// The last part of its messages' keys.
    pub fn name(self) -> &'static str {
        match self {
            Zero => "zero",
            One => "one",
            Two => "two",
            Few => "few",
            Many => "many",
            Other => "other",
        }
    }
}

/// Conditions as CLDR writes them (UTS 35, part 3), each with the form that a count takes for which it holds.
type Rule = &'static [(PluralForm, &'static str)];

/// The rule of a locale: its own, or that of its language. Without one, all counts take the same form.
fn rule(locale: &str) -> Rule {
    let language = locale.split(['-', '_']).next().unwrap_or(locale);
    let of = |code: &str| {
        let lists = |(codes, _): &&(&str, Rule)| codes.split(' ').any(|own| own.eq_ignore_ascii_case(code));
        RULES.iter().find(lists).map(|(_, rule)| *rule)
    };
    of(locale).or_else(|| of(language)).unwrap_or_default()
}

/// Returns true if a condition holds for a count: relations joined by `and`, and these by `or`.
fn holds(condition: &str, count: u64) -> bool {
    condition.split(" or ").any(|relations| relations.split(" and ").all(|relation| is_so(relation, count)))
}

/// Returns true if a relation holds for a count: `n % 100 != 11..14,16`.
fn is_so(relation: &str, count: u64) -> bool {
    let (left, ranges, wanted) = match relation.split_once(" != ") {
        Some((left, ranges)) => (left, ranges, false),
        None => {
            relation.split_once(" = ").map_or((relation, "", true), |(left, ranges)| (left, ranges, true))
        }
    };
    let divisor = left.strip_prefix("n % ").and_then(|divisor| divisor.parse::<u64>().ok());
    let value = divisor.map_or(count, |divisor| count % divisor);
    let is_within = |range: &str| {
        let (from, to) = range.split_once("..").unwrap_or((range, range));
        from.parse().is_ok_and(|from: u64| from <= value) && to.parse().is_ok_and(|to: u64| value <= to)
    };
    ranges.split(',').any(is_within) == wanted
}

const MILLIONS: &str = "n != 0 and n % 1000000 = 0";

/// The locales of each rule. Those that are not here have a single form.
const RULES: &[(&str, Rule)] = &[
    (
        "af an asa ast az bal bem bez bg brx ce cgg chr ckb da de dv ee el en eo et eu fi fo fur fy gl gsw ha haw hu ia \
         ie io jgo jmc ka kaj kcg kk kkj kl ks ksb ku ky lb lg lij mas mgo ml mn mr nah nb nd ne nl nn nnh no nr ny nyn \
         om or os pap ps rm rof rwk saq sc sd sdh seh sn so sq ss ssy st sv sw syr ta te teo tig tk tn tr ts ug ur uz ve \
         vo vun wae xh xog yi",
        &[(One, "n = 1")],
    ),
    (
        "ak am as bho bn csw doi fa ff gu guw hi hy kab kn kok ln mg nso pa pcm si ti wa zu",
        &[(One, "n = 0..1")],
    ),
    ("fr pt", &[(One, "n = 0..1"), (Many, MILLIONS)]),
    ("ca es it lld pt-PT scn vec", &[(One, "n = 1"), (Many, MILLIONS)]),
    (
        "ar ars",
        &[
            (Zero, "n = 0"),
            (One, "n = 1"),
            (Two, "n = 2"),
            (Few, "n % 100 = 3..10"),
            (Many, "n % 100 = 11..99"),
        ],
    ),
    (
        "be ru uk",
        &[
            (One, "n % 10 = 1 and n % 100 != 11"),
            (Few, "n % 10 = 2..4 and n % 100 != 12..14"),
            (Many, "n % 10 = 0 or n % 10 = 5..9 or n % 100 = 11..14"),
        ],
    ),
    (
        "pl",
        &[
            (One, "n = 1"),
            (Few, "n % 10 = 2..4 and n % 100 != 12..14"),
            (Many, "n != 1 and n % 10 = 0..1 or n % 10 = 5..9 or n % 100 = 12..14"),
        ],
    ),
    ("bs hr sr", &[(One, "n % 10 = 1 and n % 100 != 11"), (Few, "n % 10 = 2..4 and n % 100 != 12..14")]),
    ("blo cv ksh lag", &[(Zero, "n = 0"), (One, "n = 1")]),
    (
        "br",
        &[
            (One, "n % 10 = 1 and n % 100 != 11,71,91"),
            (Two, "n % 10 = 2 and n % 100 != 12,72,92"),
            (Few, "n % 10 = 3..4,9 and n % 100 != 10..19,70..79,90..99"),
            (Many, MILLIONS),
        ],
    ),
    ("ceb fil", &[(One, "n = 1..3 or n % 10 != 4,6,9")]),
    ("cs sk", &[(One, "n = 1"), (Few, "n = 2..4")]),
    ("cy", &[(Zero, "n = 0"), (One, "n = 1"), (Two, "n = 2"), (Few, "n = 3"), (Many, "n = 6")]),
    ("dsb hsb sl", &[(One, "n % 100 = 1"), (Two, "n % 100 = 2"), (Few, "n % 100 = 3..4")]),
    ("ga", &[(One, "n = 1"), (Two, "n = 2"), (Few, "n = 3..6"), (Many, "n = 7..10")]),
    ("gd", &[(One, "n = 1,11"), (Two, "n = 2,12"), (Few, "n = 3..10,13..19")]),
    ("gv", &[(One, "n % 10 = 1"), (Two, "n % 10 = 2"), (Few, "n % 100 = 0,20,40,60,80")]),
    ("he iu naq sat se sma smi smj smn sms", &[(One, "n = 1"), (Two, "n = 2")]),
    ("is mk", &[(One, "n % 10 = 1 and n % 100 != 11")]),
    (
        "kw",
        &[
            (Zero, "n = 0"),
            (One, "n = 1"),
            (
                Two,
                "n % 100 = 2,22,42,62,82 or n % 1000 = 0 and n % 100000 = 1000..20000,40000,60000,80000 or \
                 n != 0 and n % 1000000 = 100000",
            ),
            (Few, "n % 100 = 3,23,43,63,83"),
            (Many, "n != 1 and n % 100 = 1,21,41,61,81"),
        ],
    ),
    ("lt", &[(One, "n % 10 = 1 and n % 100 != 11..19"), (Few, "n % 10 = 2..9 and n % 100 != 11..19")]),
    ("lv prg", &[(Zero, "n % 10 = 0 or n % 100 = 11..19"), (One, "n % 10 = 1 and n % 100 != 11")]),
    ("ro", &[(One, "n = 1"), (Few, "n = 0 or n != 1 and n % 100 = 1..19")]),
    ("mt", &[(One, "n = 1"), (Two, "n = 2"), (Few, "n = 0 or n % 100 = 3..10"), (Many, "n % 100 = 11..19")]),
    (
        "sgs",
        &[
            (One, "n % 10 = 1 and n % 100 != 11"),
            (Two, "n = 2"),
            (Few, "n != 2 and n % 10 = 2..9 and n % 100 != 11..19"),
        ],
    ),
    ("shi", &[(One, "n = 0..1"), (Few, "n = 2..10")]),
    ("tzm", &[(One, "n = 0..1 or n = 11..99")]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The forms that Node's ICU finds, made by `tests/locales/oracle.mjs`: for each line, languages, a letter for each
    /// count from 0 to 1000, and one for each larger count.
    const ORACLE: &str = include_str!("../../tests/locales/plurals.txt");

    /// The larger counts of the oracle.
    fn large(line: &str) -> Vec<u64> {
        line.split(' ').skip(1).map(|count| count.parse().unwrap()).collect()
    }

    #[test]
    fn every_language_counts_as_icu_does() {
        let mut lines = ORACLE.lines().filter(|line| !line.starts_with('#'));
        let counts: Vec<u64> = (0..=1000).chain(large(lines.next().unwrap())).collect();
        let mut languages = 0;
        for line in lines {
            let (codes, expected) = line.split_once(": ").unwrap();
            let mut codes = codes.split(' ').inspect(|_| languages += 1);
            let first = codes.next().unwrap();
            let taken: Vec<PluralForm> = counts.iter().map(|count| PluralForm::of(first, *count)).collect();
            let found: String = taken.iter().copied().map(letter).collect();
            assert!(found == expected, "{first} counts otherwise:\n{found}\n{expected}");
            let forms: BTreeSet<PluralForm> = PluralForm::all_of(first).collect();
            assert_eq!(
                forms,
                taken.into_iter().chain([Other]).collect(),
                "{first} has forms that no count takes"
            );
            for code in codes {
                assert_eq!(rule(code), rule(first), "{code} counts otherwise than {first}");
            }
        }
        assert!(languages > 200, "the oracle knows only {languages} languages");
    }

    fn letter(form: PluralForm) -> char {
        match form {
            Zero => 'z',
            One => '1',
            Two => '2',
            Few => 'f',
            Many => 'm',
            Other => 'o',
        }
    }

    #[track_caller]
    fn check_forms(locale: &str, expected: &str) {
        let names: Vec<&str> = PluralForm::all_of(locale).map(PluralForm::name).collect();
        assert_eq!(names.join(" "), expected, "{locale}");
    }

    #[test]
    fn a_locale_has_the_forms_that_whole_numbers_take() {
        check_forms("en", "one other");
        check_forms("en_GB", "one other");
        check_forms("EN-gb", "one other");
        check_forms("ja", "other");
        check_forms("fr-CA", "one many other");
        check_forms("pt-BR", "one many other");
        check_forms("cs", "one few other");
        check_forms("ru", "one few many other");
        check_forms("ar", "zero one two few many other");
        check_forms("tlh", "other");
        check_forms("", "other");
    }

    #[test]
    fn a_region_may_count_in_its_own_way() {
        assert_eq!(PluralForm::of("pt", 0), One);
        assert_eq!(PluralForm::of("pt-BR", 0), One);
        assert_eq!(PluralForm::of("pt-PT", 0), Other);
    }
}
