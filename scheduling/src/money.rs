//! Money: amounts in the smallest unit of a currency, and what a payment provider counts them in.

use serde::{Deserialize, Serialize};

/// Currencies whose smallest unit is a hundredth of the main one (ISO 4217), there and at Stripe.
const OF_TWO_DIGITS: &str = "\
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK \
    DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR \
    LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB \
    SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD XCG YER ZAR ZMW";
/// Those that are different: the digits of ISO 4217, and those of Stripe.
const OTHERS: &[(&str, u32, u32)] = &[
    ("BHD", 3, 3),
    ("BIF", 0, 0),
    ("CLP", 0, 0),
    ("DJF", 0, 0),
    ("GNF", 0, 0),
    // Stripe counts these two in hundredths, as they once were.
    ("ISK", 0, 2),
    ("UGX", 0, 2),
    ("JOD", 3, 3),
    ("JPY", 0, 0),
    ("KMF", 0, 0),
    ("KRW", 0, 0),
    ("KWD", 3, 3),
    // A fifth, in ISO 4217; nobody pays in less than a whole one.
    ("MGA", 2, 0),
    ("OMR", 3, 3),
    ("PYG", 0, 0),
    ("RWF", 0, 0),
    ("TND", 3, 3),
    ("VND", 0, 0),
    ("VUV", 0, 0),
    ("XAF", 0, 0),
    ("XOF", 0, 0),
    ("XPF", 0, 0),
];
/// The least that Stripe takes, in the smallest unit of ISO 4217: its table of minimum amounts. Of other currencies,
/// the equivalent of half a US dollar, which nobody knows in advance.
const LEAST: &[(&str, u64)] = &[
    ("AED", 200),
    ("AUD", 50),
    ("BGN", 100),
    ("BRL", 50),
    ("CAD", 50),
    ("CHF", 50),
    ("CZK", 1500),
    ("DKK", 250),
    ("EUR", 50),
    ("GBP", 30),
    ("HKD", 400),
    ("HUF", 17500),
    ("INR", 50),
    ("JPY", 50),
    ("MXN", 1000),
    ("MYR", 200),
    ("NOK", 300),
    ("NZD", 50),
    ("PLN", 200),
    ("RON", 200),
    ("SEK", 300),
    ("SGD", 50),
    ("THB", 1000),
    ("USD", 50),
];
/// Stripe takes amounts of eight digits at most.
const MOST_OF_PROVIDER: u64 = 99_999_999;

/// A currency that can be paid in, by its code of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&str", try_from = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency of a code, such as `JPY`; `None` where nobody can pay in it.
    pub fn named(code: &str) -> Option<Self> {
        let known = |code: &str| {
            OF_TWO_DIGITS.split(' ').any(|known| known == code)
                || OTHERS.iter().any(|(known, ..)| *known == code)
        };
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        std::str::from_utf8(&code).is_ok_and(known).then_some(Self(code))
    }

    /// All of them, by their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut codes: Vec<&str> = OF_TWO_DIGITS.split(' ').collect();
        codes.extend(OTHERS.iter().map(|(code, ..)| *code));
        codes.sort_unstable();
        codes.into_iter().filter_map(Self::named)
    }

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The digits behind the point: the smallest unit is that power of ten of the main one (ISO 4217).
    pub fn digits(&self) -> u32 {
        self.other().map_or(2, |(_, digits, _)| *digits)
    }

    fn digits_at_stripe(self) -> u32 {
        self.other().map_or(2, |(.., digits)| *digits)
    }

    /// Stripe takes and sends back whole multiples of this, in the smallest unit of ISO 4217.
    pub fn step_at_stripe(self) -> u64 {
        let (own, theirs) = (self.digits(), self.digits_at_stripe());
        // What is counted in thousandths ends in 0.
        if theirs == 3 { 10 } else { 10u64.pow(own.saturating_sub(theirs)) }
    }

    fn other(self) -> Option<&'static (&'static str, u32, u32)> {
        OTHERS.iter().find(|(code, ..)| code.as_bytes() == self.0)
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}

impl From<Currency> for &str {
    fn from(currency: Currency) -> Self {
        let other = OTHERS.iter().map(|(code, ..)| *code);
        OF_TWO_DIGITS.split(' ').chain(other).find(|code| code.as_bytes() == currency.0).unwrap_or_default()
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        Self::named(&code).ok_or_else(|| format!("`{code}` is not a currency that can be paid in"))
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// In the smallest unit of the currency (ISO 4217): 5000 is ¥5,000, and $50.00.
    pub amount: u64,
    /// The currency.
    pub currency: Currency,
}

/// Why a provider would not take an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpayable {
    /// It is less than this.
    Less(Money),
    /// It is more than this.
    More(Money),
    /// It is not a multiple of this: nobody can pay in smaller steps.
    Between(Money),
}

impl Money {
    /// The number as it is written without a language: `50.00`.
    pub fn decimal(&self) -> String {
        let digits = self.currency.digits() as usize;
        if digits == 0 {
            return self.amount.to_string();
        }
        let text = format!("{:0>least$}", self.amount, least = digits + 1);
        let (whole, part) = text.split_at(text.len() - digits);
        format!("{whole}.{part}")
    }

    /// The same amount as Stripe counts it: in the smallest unit that it has.
    pub fn at_stripe(&self) -> u64 {
        let (own, theirs) = (self.currency.digits(), self.currency.digits_at_stripe());
        if own > theirs {
            self.amount / 10u64.pow(own - theirs)
        } else {
            self.amount.saturating_mul(10u64.pow(theirs - own))
        }
    }

    /// An amount that Stripe has counted; `None` where our smallest unit cannot say it.
    pub fn of_stripe(amount: u64, currency: Currency) -> Option<Self> {
        let (own, theirs) = (currency.digits(), currency.digits_at_stripe());
        let amount = if own > theirs {
            amount.checked_mul(10u64.pow(own - theirs))?
        } else {
            let factor = 10u64.pow(theirs - own);
            amount.is_multiple_of(factor).then(|| amount / factor)?
        };
        Some(Self { amount, currency })
    }

    /// Why Stripe would not take it; `None` where it would, as far as can be known here.
    pub fn unpayable_at_stripe(&self) -> Option<Unpayable> {
        let currency = self.currency;
        let of = |amount| Money { amount, currency };
        let least = LEAST.iter().find(|(code, _)| *code == currency.code()).map_or(1, |(_, least)| *least);
        let (theirs, step) = (currency.digits_at_stripe(), currency.step_at_stripe());
        if self.amount < least {
            Some(Unpayable::Less(of(least)))
        } else if !self.amount.is_multiple_of(step) {
            Some(Unpayable::Between(of(step)))
        } else if self.at_stripe() > MOST_OF_PROVIDER {
            Some(Unpayable::More(of(MOST_OF_PROVIDER / 10u64.pow(theirs.saturating_sub(currency.digits())))))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: u64, code: &str) -> Money {
        Money { amount, currency: Currency::named(code).unwrap() }
    }

    #[track_caller]
    fn check(amount: u64, code: &str, decimal: &str, at_stripe: u64) {
        let money = money(amount, code);
        assert_eq!((money.decimal().as_str(), money.at_stripe()), (decimal, at_stripe), "{money:?}");
        assert_eq!(Money::of_stripe(at_stripe, money.currency), Some(money));
    }

    #[test]
    fn an_amount_is_in_the_smallest_unit_here_and_as_stripe_has_it_there() {
        check(5000, "JPY", "5000", 5000);
        check(5000, "USD", "50.00", 5000);
        check(50, "USD", "0.50", 50);
        check(5, "EUR", "0.05", 5);
        check(5000, "KRW", "5000", 5000);
        check(5000, "ISK", "5000", 500_000);
        check(5000, "UGX", "5000", 500_000);
        check(500_000, "HUF", "5000.00", 500_000);
        check(50_000, "TWD", "500.00", 50_000);
        check(5010, "KWD", "5.010", 5010);
        check(500_000, "MGA", "5000.00", 5000);
    }

    #[test]
    fn what_stripe_counts_and_nobody_here_can_say_is_nothing() {
        assert_eq!(Money::of_stripe(500_050, Currency::named("ISK").unwrap()), None);
        assert_eq!(Money::of_stripe(u64::MAX, Currency::named("MGA").unwrap()), None);
    }

    #[test]
    fn what_stripe_would_not_take_is_known() {
        for (given, expected) in [
            (money(49, "USD"), Some(Unpayable::Less(money(50, "USD")))),
            (money(50, "USD"), None),
            (money(29, "GBP"), Some(Unpayable::Less(money(30, "GBP")))),
            (money(49, "JPY"), Some(Unpayable::Less(money(50, "JPY")))),
            (money(17_499, "HUF"), Some(Unpayable::Less(money(17_500, "HUF")))),
            (money(0, "ZMW"), Some(Unpayable::Less(money(1, "ZMW")))),
            (money(5015, "KWD"), Some(Unpayable::Between(money(10, "KWD")))),
            (money(501_050, "MGA"), Some(Unpayable::Between(money(100, "MGA")))),
            (money(100_000_000, "JPY"), Some(Unpayable::More(money(99_999_999, "JPY")))),
            (money(1_000_000, "ISK"), Some(Unpayable::More(money(999_999, "ISK")))),
            (money(999_999, "ISK"), None),
        ] {
            assert_eq!(given.unpayable_at_stripe(), expected, "{given:?}");
        }
    }

    #[test]
    fn a_currency_is_known_by_its_code_alone() {
        assert!(Currency::all().all(|currency| Currency::named(currency.code()) == Some(currency)));
        assert_eq!(Currency::all().count(), 139);
        for wrong in ["", "jpy", "JP", "JPYX", "XXX", "円", "€"] {
            assert_eq!(Currency::named(wrong), None, "{wrong}");
        }
        let json = serde_json::to_string(&money(5, "JPY")).unwrap();
        assert_eq!(json, r#"{"amount":5,"currency":"JPY"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money(5, "JPY"));
        assert!(serde_json::from_str::<Money>(r#"{"amount":5,"currency":"BTC"}"#).is_err());
    }
}
