//! The price that whoever books has seen: a form may be older than what its page costs.

use scheduling::money::{Currency, Money};
use serde_json::Value;

use crate::form::body::Body;
use crate::form::errors::Errors;

/// The field's name; in a form, each duration has one of its own below it.
pub(crate) const NAME: &str = "price";

/// The field of a duration in a form.
pub(crate) fn field(minutes: u32) -> String {
    format!("{NAME}.{minutes}")
}

/// A price as that field has it: `5000 JPY`, in the currency's smallest unit.
pub(crate) fn written(price: &Money) -> String {
    format!("{} {}", price.amount, price.currency.code())
}

/// The price that a body names for a duration; `None` where it names none. What a form has was not typed: another
/// price is as good as none there.
pub(crate) fn seen(body: &Body, minutes: u32, errors: &mut Errors<'_>) -> Option<Money> {
    if body.is_form {
        return read(body.text(&field(minutes)));
    }
    match body.get(NAME) {
        Value::Null => None,
        price => {
            let seen: Option<Money> = scheduling::json::from_value(price).ok();
            if seen.is_none() {
                errors.add(NAME, "endpoint.field.price_malformed", &[]);
            }
            seen
        }
    }
}

fn read(text: &str) -> Option<Money> {
    let (amount, currency) = text.split_once(' ')?;
    Some(Money { amount: amount.parse().ok()?, currency: Currency::named(currency)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_in_a_form_is_read_as_it_is_written() {
        let price = Money { amount: 5000, currency: Currency::named("JPY").unwrap() };
        assert_eq!(written(&price), "5000 JPY");
        assert_eq!(read(&written(&price)), Some(price));
        for other in ["", "5000", "5000 jpy", "-1 JPY", "5000 XXX", "5000  JPY", "5000 JPY "] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
