//! Numbers, as people and phones write them: with the digits of any script, and the separators of any country.

use scheduling::text::plain;

/// Characters of a number, once it is written plainly.
const MOST_CHARACTERS: usize = 30;

/// A number as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// Plain digits, perhaps after a minus, perhaps with a point and more digits after it.
    Decimal(String),
    /// One comma before three digits, which one half of the world reads as thousands, and the other as a fraction.
    /// Both, written so that nobody reads them otherwise, on a keypad that has a comma alone.
    Ambiguous { whole: String, decimal: String },
    /// None.
    None,
}

impl Number {
    /// Reads a number. A point alone is always that of a fraction, as programs write it.
    pub(crate) fn read(text: &str) -> Self {
        let text = plain(text);
        let (minus, unsigned) = match text.strip_prefix(['-', '+']) {
            Some(unsigned) => (if text.starts_with('-') { "-" } else { "" }, unsigned.trim_start()),
            None => ("", text.as_str()),
        };
        let written: String = unsigned.chars().map(separator).collect();
        match unsigned_number(&written) {
            Number::Decimal(number) if minus.len() + number.len() <= MOST_CHARACTERS => {
                Number::Decimal(format!("{minus}{number}"))
            }
            Number::Ambiguous { whole, decimal } => {
                Number::Ambiguous { whole: format!("{minus}{whole}"), decimal: format!("{minus}{decimal}") }
            }
            _ => Number::None,
        }
    }
}

/// A separator by what it is for: `.` and `,` may be either, and a space separates thousands.
fn separator(letter: char) -> char {
    match letter {
        '\u{66b}' | '\u{3002}' | '\u{ff61}' => '.',
        '\u{3001}' | '\u{ff64}' => ',',
        '\'' | '\u{2019}' | '\u{2bc}' | '\u{66c}' => ' ',
        other => other,
    }
}

/// Reads digits with separators. Of two kinds, the last one, which comes once, begins the fraction. One kind that comes
/// more than once separates thousands.
fn unsigned_number(written: &str) -> Number {
    let separators: Vec<(usize, char)> =
        written.char_indices().filter(|(_, letter)| matches!(letter, '.' | ',' | ' ')).collect();
    let Some(&(at, last)) = separators.last() else { return decimal(written, "") };
    let earlier = &separators[..separators.len() - 1];
    let (before, after) = (&written[..at], &written[at + 1..]);
    let repeats = earlier.iter().any(|(_, letter)| *letter == last);
    if last == ' ' || repeats {
        return if earlier.iter().all(|(_, letter)| *letter == last) {
            grouped(written, last).map_or(Number::None, |digits| decimal(&digits, ""))
        } else {
            Number::None
        };
    }
    if let Some((_, thousands)) = earlier.first() {
        return grouped(before, *thousands).map_or(Number::None, |digits| decimal(&digits, after));
    }
    let ambiguous =
        last == ',' && after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
    match decimal(before, after) {
        Number::Decimal(_) if ambiguous => {
            let fraction = after.trim_end_matches('0');
            let decimal = match fraction.len() {
                0 => before.to_owned(),
                3 => format!("{before},{fraction}0"),
                _ => format!("{before},{fraction}"),
            };
            Number::Ambiguous { whole: format!("{before}{after}"), decimal }
        }
        number => number,
    }
}

/// A number of a whole part and a fraction, of which one may be empty.
fn decimal(whole: &str, fraction: &str) -> Number {
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return Number::None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Number::Decimal(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

/// The digits of groups; `None` if they are not in threes, or as in India, in twos and a last three.
fn grouped(written: &str, separator: char) -> Option<String> {
    let groups: Vec<&str> = written.split(separator).collect();
    let (first, others) = groups.split_first()?;
    let (last, middle) = others.split_last()?;
    let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let threes = middle.iter().all(|group| group.len() == 3) && first.len() <= 3;
    let twos = middle.iter().all(|group| group.len() == 2) && first.len() <= 2;
    let sound = groups.iter().all(digits) && !first.is_empty() && last.len() == 3 && (threes || twos);
    sound.then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Number::read(text), Number::Decimal(expected.to_owned()), "{text:?}");
    }

    #[test]
    fn numbers_are_decimal_with_a_point_or_a_comma() {
        for same in ["0", "-3", "3.5", "-0.25", "007", "1.500", "123456789"] {
            check(same, same);
        }
        for (text, expected) in [
            ("2,5", "2.5"),
            ("-2,5", "-2.5"),
            ("0,125", "0.125"),
            ("2,50", "2.50"),
            ("1,2345", "1.2345"),
            ("1234,567", "1234.567"),
            ("+3", "3"),
            (",5", "0.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("5,", "5"),
            ("１２", "12"),
            ("２，５", "2.5"),
            ("２。５", "2.5"),
            ("2、5", "2.5"),
            ("2．5", "2.5"),
            ("٢٫٥", "2.5"),
            ("١٫٥٠٠", "1.500"),
            ("۲٫۵", "2.5"),
            ("२.५", "2.5"),
            ("- 3", "-3"),
            ("\u{2212}3", "-3"),
            ("\u{ff0d}3", "-3"),
            ("\u{2013}3", "-3"),
            ("\u{fe63}3", "-3"),
            ("\u{200e}-3\u{200e}", "-3"),
            ("\u{202a}3\u{202c}", "3"),
            ("\u{a0}3\u{202f}", "3"),
            ("3\u{fe0f}", "3"),
            ("\u{61c}-\u{61c}3", "-3"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn thousands_are_separated_where_it_cannot_be_read_otherwise() {
        for (text, expected) in [
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("1 234", "1234"),
            ("1\u{a0}234\u{a0}567", "1234567"),
            ("1\u{202f}234,5", "1234.5"),
            ("1\u{2009}234.5", "1234.5"),
            ("1'234.50", "1234.50"),
            ("1’234", "1234"),
            ("1,234.5", "1234.5"),
            ("1.234,5", "1234.5"),
            ("12,34,567.5", "1234567.5"),
            ("12,34,567", "1234567"),
            ("١٬٢٣٤٫٥", "1234.5"),
            ("-1,234.567", "-1234.567"),
        ] {
            check(text, expected);
        }
        for (text, whole, decimal) in [
            ("1,500", "1500", "1,5"),
            ("10,000", "10000", "10"),
            ("1,234", "1234", "1,2340"),
            ("-1,250", "-1250", "-1,25"),
            ("１，５００", "1500", "1,5"),
            ("١,٥٠٠", "1500", "1,5"),
        ] {
            let expected = Number::Ambiguous { whole: whole.to_owned(), decimal: decimal.to_owned() };
            assert_eq!(Number::read(text), expected, "{text}");
            assert_ne!(Number::read(whole), Number::None);
            check(decimal, &decimal.replace(',', "."));
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for wrong in [
            "",
            "-",
            ".",
            ",",
            "many",
            "1e3",
            "NaN",
            "0x10",
            "1,2,3",
            "1.2.3",
            "12,345,67",
            "1,234.567.8",
            "1.234,567,8",
            "1 23",
            "1  234",
            ",234,567",
            "1,234,",
            "--3",
            "3-",
            "1-2",
            "3 people",
            "½",
            "三",
            &"9".repeat(31),
        ] {
            assert_eq!(Number::read(wrong), Number::None, "{wrong}");
        }
    }
}
