//! What a page costs, and until when there is money back.

use std::collections::BTreeMap;

use scheduling::definition::{Meeting, Payments, RefundUntil};
use scheduling::money::{Currency, Money, Unpayable};

use crate::content::fields::values;
use crate::content::toml::keys::{AMOUNT, PRICE};
use crate::content::toml::reader::{Reader, Section, Text, Value};
use crate::content::toml::suggest::nearest;

/// The largest amount, in the currency's smallest unit. What a provider takes is less, of most currencies.
const MOST: u32 = 1_000_000_000;
/// What people call currencies whose codes they do not know.
const NAMES: [(&str, &str); 16] = [
    ("¥", "JPY"),
    ("円", "JPY"),
    ("yen", "JPY"),
    ("$", "USD"),
    ("us$", "USD"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("£", "GBP"),
    ("pound", "GBP"),
    ("pounds", "GBP"),
    ("rmb", "CNY"),
    ("won", "KRW"),
    ("franc", "CHF"),
];

/// `price` of a page: the price of each of its durations, but for those that are free.
pub(super) fn read(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    durations: &[u32],
    payments: Option<&Payments>,
    knows_payments: bool,
) -> BTreeMap<u32, Money> {
    let Some(value) = section.get("price") else { return BTreeMap::new() };
    let Some(price) = reader.section(&value, &PRICE) else { return BTreeMap::new() };
    let currency = reader.required(&price, "currency").and_then(|value| currency(reader, &value));
    let amounts = reader.required(&price, "amount").map(|value| amounts(reader, &value, durations));
    if let (None, Some(place), true) = (payments, section.key_span("price"), knows_payments) {
        reader
            .mistake(place, "nobody takes the payments for this page")
            .help("add `[payment]` to `site.toml` or `host.toml`, with its `provider`: see docs/payment.md")
            .help("`provider = \"stripe\"` needs `secret` and `webhook_secret`; any other is a `\"link\"`");
    }
    let (Some(currency), Some(amounts)) = (currency, amounts) else { return BTreeMap::new() };
    let mut prices = BTreeMap::new();
    for Price { minutes, amount, value } in amounts.into_iter().filter(|price| price.amount > 0) {
        let money = Money { amount: amount.into(), currency };
        if matches!(payments, Some(Payments::Stripe { .. })) {
            check_payable(reader, &value, &money);
        }
        for minutes in minutes.map_or_else(|| durations.to_vec(), |minutes| vec![minutes]) {
            prices.insert(minutes, money);
        }
    }
    prices
}

/// An amount, and what it is for: one duration, or all of them.
struct Price<'t> {
    minutes: Option<u32>,
    amount: u32,
    value: Value<'t>,
}

/// One amount, or one for each duration, which is zero for what is free.
fn amounts<'t>(reader: &mut Reader<'_>, value: &Value<'t>, durations: &[u32]) -> Vec<Price<'t>> {
    if !Reader::is_table(value) {
        let amount = amount(reader, value, 1);
        return amount
            .map(|amount| Price { minutes: None, amount, value: value.clone() })
            .into_iter()
            .collect();
    }
    let mut amounts = Vec::new();
    let mut named = Vec::new();
    for (key, value) in reader.entries(value, &AMOUNT) {
        let minutes = durations.iter().copied().find(|minutes| minutes.to_string() == key.value);
        if minutes.is_none() && !durations.is_empty() {
            let known: Vec<String> = durations.iter().map(u32::to_string).collect();
            reader
                .mistake(key.span, format!("`{}` is not one of the page's durations", key.value))
                .help(format!("`durations = [{}]`: write the minutes alone", known.join(", ")));
        }
        named.extend(minutes);
        if let (Some(amount), Some(_)) = (amount(reader, &value, 0), minutes) {
            amounts.push(Price { minutes, amount, value });
        }
    }
    for minutes in durations.iter().filter(|minutes| !named.contains(minutes)) {
        reader
            .mistake(value.span(), format!("`amount` lacks the price of {minutes} minutes"))
            .help(format!("add `{minutes} = 5000`, or `{minutes} = 0` if that duration is free"));
    }
    if !amounts.is_empty() && amounts.iter().all(|price| price.amount == 0) {
        refuse_free(reader, value);
    }
    amounts
}

fn amount(reader: &mut Reader<'_>, value: &Value<'_>, least: u32) -> Option<u32> {
    if Reader::is_decimal(value) {
        reader
            .mistake(value.span(), format!("`{}` should be a whole number", value.name))
            .label("this is a decimal number")
            .help(SMALLEST_UNIT);
        return None;
    }
    if least > 0 && Reader::is_zero(value) {
        refuse_free(reader, value);
        return None;
    }
    if !Reader::is_whole(value) && least > 0 {
        return reader.wrong_type(value, "a whole number, or a table with one for each duration");
    }
    reader.whole(value, least, MOST, "of the currency's smallest unit")
}

const SMALLEST_UNIT: &str = "an amount counts the currency's smallest unit: `5000` is $50.00, or ¥5,000";

fn refuse_free(reader: &mut Reader<'_>, value: &Value<'_>) {
    reader.mistake(value.span(), "a page that costs nothing has no price").help("leave `price` out");
}

fn currency(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Currency> {
    let text = reader.line(value)?;
    let found = Currency::named(text.value);
    if found.is_none() {
        let diagnostic = reader
            .mistake(text.span.clone(), format!("`{}` is not a currency that can be paid in", text.value));
        if let Some(likely) = likely(&text) {
            diagnostic.label(format!("did you mean `{likely}`?"));
        }
        diagnostic.help("use the three capital letters of ISO 4217: `JPY`, `EUR`, `USD`");
    }
    found
}

fn likely(text: &Text<'_>) -> Option<String> {
    let lower = text.value.to_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == lower) {
        return Some((*code).to_owned());
    }
    let all: Vec<Currency> = Currency::all().collect();
    nearest(text.value, all.iter().map(Currency::code)).map(str::to_owned)
}

/// Refuses what Stripe would refuse, before a visitor meets it.
fn check_payable(reader: &mut Reader<'_>, value: &Value<'_>, money: &Money) {
    let said = |money: &Money| format!("{} {}", money.currency.code(), money.decimal());
    let (wrong, label) = match money.unpayable_at_stripe() {
        None => return,
        Some(Unpayable::Less(least)) => ("less than Stripe takes", format!("at least {}", said(&least))),
        Some(Unpayable::More(most)) => ("more than Stripe takes", format!("at most {}", said(&most))),
        Some(Unpayable::Between(step)) => {
            ("an amount that Stripe cannot take", format!("only in steps of {}", said(&step)))
        }
    };
    reader.mistake(value.span(), format!("{} is {wrong}", said(money))).label(label).help(SMALLEST_UNIT);
}

/// Doubts a refund that is promised for longer than anybody can cancel.
pub(super) fn check_refund(reader: &mut Reader<'_>, section: &Section<'_>, meeting: &Meeting) {
    let RefundUntil::Minutes(minutes) = meeting.refund_until else { return };
    let Some(place) = section.get("refund_until").filter(|_| minutes < meeting.change_until_minutes) else {
        return;
    };
    reader
        .doubt(place.span(), "nobody can cancel as late as that")
        .help("`change_until` is longer: visitors read that as the last time to cancel for a refund")
        .help("shorten `change_until`, or leave `refund_until` at least as long");
}

/// `refund_until` of a page.
pub(super) fn refund_until(reader: &mut Reader<'_>, section: &Section<'_>) -> RefundUntil {
    let Some(value) = section.get("refund_until") else { return RefundUntil::default() };
    if let (None, Some(place)) = (section.key_span("price"), section.key_span("refund_until")) {
        reader
            .mistake(place, "a page without a price has nothing to refund")
            .help("leave `refund_until` out, or add `price`");
    }
    let Some(text) = reader.text(&value) else { return RefundUntil::default() };
    match text.value {
        "never" => return RefundUntil::Never,
        "always" => return RefundUntil::Always,
        _ => {}
    }
    let likely = nearest(text.value, ["never", "always"].into_iter());
    if likely.is_some() || !text.value.contains(|letter: char| letter.is_ascii_digit()) {
        let mistake = reader.mistake(text.span, format!("`refund_until` cannot be `{}`", text.value));
        if let Some(likely) = likely {
            mistake.label(format!("did you mean `{likely}`?"));
        }
        mistake.help("use `never`, `always`, or a length of time before the start: `24h`");
        return RefundUntil::default();
    }
    match values::minutes(reader, &value, 366 * values::DAY) {
        Some(0) => RefundUntil::Always,
        Some(minutes) => RefundUntil::Minutes(minutes),
        None => RefundUntil::default(),
    }
}
