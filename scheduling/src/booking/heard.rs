//! What a payment provider says, and how that travels to a ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::dispute::{Dispute, DisputeState};
use super::payment::RefundState;
use crate::money::Money;

/// What a provider says of a booking's payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Word", into = "Word")]
pub enum Heard {
    /// A checkout was made.
    CheckoutMade {
        /// Its number.
        number: u32,
        /// The provider's id of it.
        id: String,
        /// Its address (URL).
        url: String,
    },
    /// A checkout can no longer be paid, and was not.
    CheckoutExpired {
        /// The provider's id of it.
        id: String,
    },
    /// A checkout was completed, and is to be paid later.
    Promised {
        /// The provider's id of it.
        id: String,
    },
    /// What was to be paid later never will be.
    PromiseBroken {
        /// The provider's id of the checkout.
        id: String,
    },
    /// A payer has their bank take a payment back, or the bank has decided.
    Disputed(Dispute),
    /// It was paid.
    Paid {
        /// How much.
        money: Money,
        /// The provider's name of the payment.
        reference: String,
    },
    /// So much of a payment has gone back by now that its host has sent at the provider's.
    Returned {
        /// The provider's name of the payment.
        of: String,
        /// How much, altogether.
        money: Money,
    },
    /// A refund stands so by now.
    Refund {
        /// Its number.
        number: u32,
        /// How.
        state: RefundState,
        /// Why it failed.
        failure: Option<String>,
        /// How much of the same payment its host has sent back at the provider's, where they have ever done so.
        returned: Option<Money>,
    },
}

impl Heard {
    /// Whether something else is to be said of the same in time.
    pub(crate) fn is_interim(&self) -> bool {
        matches!(self, Heard::Promised { .. } | Heard::Refund { state: RefundState::Pending, .. })
    }
}

/// The same as it travels: flat, as one reader of all its fields is much smaller than one for each kind.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Word {
    said: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    money: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<DateTime<Utc>>,
}

impl From<Heard> for Word {
    fn from(heard: Heard) -> Self {
        let word = |said: &str, id: String| Self { said: said.to_owned(), id, ..Self::default() };
        match heard {
            Heard::CheckoutMade { number, id, url } => {
                Self { number: Some(number), text: Some(url), ..word("made", id) }
            }
            Heard::CheckoutExpired { id } => word("expired", id),
            Heard::Promised { id } => word("promised", id),
            Heard::PromiseBroken { id } => word("broken", id),
            Heard::Disputed(Dispute { id, of, money, reason, answer_by, state }) => Self {
                money: Some(money),
                text: Some(reason),
                of: Some(of),
                by: answer_by,
                ..word(said_of(state), id)
            },
            Heard::Paid { money, reference } => Self { money: Some(money), ..word("paid", reference) },
            Heard::Returned { of, money } => Self { money: Some(money), ..word("returned", of) },
            Heard::Refund { number, state, failure, returned: money } => {
                Self { number: Some(number), text: failure, money, ..word(state.name(), String::new()) }
            }
        }
    }
}

impl TryFrom<Word> for Heard {
    type Error = &'static str;

    fn try_from(word: Word) -> Result<Self, Self::Error> {
        let Word { said, id, number, money, text, of, by } = word;
        let states = [DisputeState::Inquiry, DisputeState::Open, DisputeState::Won, DisputeState::Lost];
        let mut states = states.into_iter();
        if let (Some(state), Some(of), Some(money)) =
            (states.find(|state| said_of(*state) == said), of, money)
        {
            let reason = text.unwrap_or_default();
            return Ok(Self::Disputed(Dispute { id, of, money, reason, answer_by: by, state }));
        }
        match (said.as_str(), number, money) {
            ("made", Some(number), _) => Ok(Self::CheckoutMade { number, id, url: text.unwrap_or_default() }),
            ("expired", ..) => Ok(Self::CheckoutExpired { id }),
            ("promised", ..) => Ok(Self::Promised { id }),
            ("broken", ..) => Ok(Self::PromiseBroken { id }),
            ("paid", _, Some(money)) => Ok(Self::Paid { money, reference: id }),
            ("returned", _, Some(money)) => Ok(Self::Returned { of: id, money }),
            (state, Some(number), _) => {
                let state = RefundState::named(state).ok_or("a provider cannot say this")?;
                Ok(Self::Refund { number, state, failure: text, returned: money })
            }
            _ => Err("a provider's word is cut off"),
        }
    }
}

/// How a dispute that stands so travels.
fn said_of(state: DisputeState) -> &'static str {
    match state {
        DisputeState::Inquiry => "dispute_inquiry",
        DisputeState::Open => "disputed",
        DisputeState::Won => "dispute_won",
        DisputeState::Lost => "dispute_lost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn every_word_arrives_as_it_was_said() {
        let money = Money { amount: 5, currency: Currency::named("JPY").unwrap() };
        let id = || "cs_1".to_owned();
        let mut words = vec![
            Heard::CheckoutMade { number: 1, id: id(), url: "https://pay.example/1".to_owned() },
            Heard::CheckoutExpired { id: id() },
            Heard::Promised { id: id() },
            Heard::PromiseBroken { id: id() },
            Heard::Paid { money, reference: id() },
            Heard::Returned { of: id(), money },
        ];
        for state in [RefundState::Pending, RefundState::Succeeded, RefundState::Failed] {
            for failure in [None, Some("closed".to_owned())] {
                for returned in [None, Some(money)] {
                    words.push(Heard::Refund { number: 2, state, failure: failure.clone(), returned });
                }
            }
        }
        for state in [DisputeState::Inquiry, DisputeState::Open, DisputeState::Won, DisputeState::Lost] {
            for answer_by in [None, DateTime::from_timestamp(5, 0)] {
                let (of, reason) = ("pi_1".to_owned(), "it was not made".to_owned());
                words.push(Heard::Disputed(Dispute { id: id(), of, money, reason, answer_by, state }));
            }
        }
        for word in words {
            let json = serde_json::to_string(&word).unwrap();
            assert_eq!(serde_json::from_str::<Heard>(&json).unwrap(), word, "{json}");
        }
        for wrong in [
            r#"{"said":"paid"}"#,
            r#"{"said":"disputed","id":"dp_1"}"#,
            r#"{"said":"other","number":1}"#,
            "{}",
            "[]",
            "1",
        ] {
            assert!(serde_json::from_str::<Heard>(wrong).is_err(), "{wrong}");
        }
    }
}
