//! How a locale writes money.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::fill;
use crate::money::Money;

/// How a locale writes money: as people there do (CLDR).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyWords {
    /// Between thousands, such as `,`.
    pub group: String,
    /// Before what is less than one, such as `.`.
    pub decimal: String,
    /// A pattern for each currency, by its code: `¥{amount}`. `{whole}` leaves nothing but zeros behind the point out.
    pub patterns: BTreeMap<String, String>,
}

impl Default for MoneyWords {
    /// As programs write it: for a locale that says nothing.
    fn default() -> Self {
        Self { group: String::new(), decimal: ".".to_owned(), patterns: BTreeMap::new() }
    }
}

impl MoneyWords {
    /// An amount in digits of ASCII. A currency without a pattern is written by its code.
    pub(super) fn write(&self, money: &Money) -> String {
        let code = money.currency.code();
        let decimal = money.decimal();
        let (whole, part) = decimal.split_once('.').unwrap_or((&decimal, ""));
        let whole = self.grouped(whole);
        let amount = if part.is_empty() { whole.clone() } else { format!("{whole}{}{part}", self.decimal) };
        let has_part = part.bytes().any(|digit| digit != b'0');
        let Some(pattern) = self.patterns.get(code) else { return format!("{code}\u{a0}{amount}") };
        fill(pattern, |name| match name {
            "amount" => Some(amount.clone()),
            "whole" => Some(if has_part { amount.clone() } else { whole.clone() }),
            _ => None,
        })
    }

    fn grouped(&self, digits: &str) -> String {
        let mut grouped = String::with_capacity(digits.len() * 2);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push_str(&self.group);
            }
            grouped.push(digit);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[track_caller]
    fn check(amount: u64, code: &str, expected: &str) {
        let patterns =
            [("JPY", "¥{amount}"), ("USD", "${amount}"), ("HUF", "HUF {whole}"), ("KWD", "KWD {amount}")];
        let patterns = patterns.map(|(code, pattern)| (code.to_owned(), pattern.to_owned())).into();
        let words = MoneyWords { group: ",".to_owned(), decimal: ".".to_owned(), patterns };
        let money = Money { amount, currency: Currency::named(code).unwrap() };
        assert_eq!(words.write(&money), expected);
    }

    #[test]
    fn money_is_written_in_groups_with_its_digits() {
        check(50, "JPY", "¥50");
        check(5_000, "JPY", "¥5,000");
        check(1_234_567, "JPY", "¥1,234,567");
        check(5, "USD", "$0.05");
        check(123_456, "USD", "$1,234.56");
        check(5_000_000, "HUF", "HUF 50,000");
        check(5_000_050, "HUF", "HUF 50,000.50");
        check(5_010, "KWD", "KWD 5.010");
        check(5_000, "CHF", "CHF\u{a0}50.00");
        let money = Money { amount: 123_456, currency: Currency::named("EUR").unwrap() };
        assert_eq!(MoneyWords::default().write(&money), "EUR\u{a0}1234.56");
    }
}
