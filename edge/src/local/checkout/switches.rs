//! Switches: what goes wrong, as tests and people who try things ask for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All switches. What a request to change them leaves out stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Switches {
    /// Where webhooks go; none are sent without.
    pub(super) webhooks_to: Option<String>,
    /// What they are signed with: one secret, or while it is rolled, two.
    pub(super) webhook_secrets: Vec<String>,
    /// None are sent: what happens meanwhile is never told.
    pub(super) webhooks_never: bool,
    /// Each is sent twice.
    pub(super) webhooks_twice: bool,
    /// They are sent so much later, in seconds.
    pub(super) webhooks_late_seconds: u32,
    /// They are held for two seconds, and the newest is sent first.
    pub(super) webhooks_reordered: bool,
    /// What becomes of a refund.
    pub(super) refunds: Refunds,
    /// Calls that go wrong, each as often as it says.
    pub(super) troubles: Vec<Trouble>,
    /// What sessions say instead of the truth, such as another `amount_total`.
    pub(super) session_says: BTreeMap<String, Value>,
    /// By how much the clock is ahead of this machine's, in seconds. Webhooks are signed at this machine's time all the
    /// same: by that, their receiver takes them for new.
    pub(super) ahead_seconds: u32,
}

/// What becomes of a refund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refunds {
    /// It succeeds at once.
    #[default]
    Succeed,
    /// It stays pending until somebody settles it.
    Pend,
    /// It is pending, and fails two seconds later.
    Fail,
}

/// A call that goes wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trouble {
    /// Which call.
    pub(super) call: Call,
    /// The status of the answer; without one, the answer is the right one.
    #[serde(default)]
    pub(super) answer: Option<u16>,
    /// Whether it does what it was asked to do all the same. Such an answer is kept under the idempotency key.
    #[serde(default)]
    pub(super) after_doing: bool,
    /// The answer comes so much later, in seconds.
    #[serde(default)]
    pub(super) hang_seconds: u32,
    /// How often.
    #[serde(default = "once")]
    pub(super) times: u32,
}

fn once() -> u32 {
    1
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Call {
    /// `POST /v1/checkout/sessions`
    Create,
    /// `GET /v1/checkout/sessions/{id}`
    Retrieve,
    /// `POST /v1/checkout/sessions/{id}/expire`
    Expire,
    /// `POST /v1/refunds`
    Refund,
    /// `GET /v1/refunds`
    ListRefunds,
    /// `GET /v1/refunds/{id}`
    RetrieveRefund,
    /// `GET /v1/payment_intents/{id}`
    RetrieveIntent,
}

impl Switches {
    /// The switches with a request's changes; an error says what it has that is none.
    pub(super) fn changed(&self, request: &[u8]) -> Result<Self, String> {
        let changes: Value = serde_json::from_slice(request).map_err(|cause| cause.to_string())?;
        let Value::Object(changes) = changes else { return Err("switches are an object".to_owned()) };
        let mut all = serde_json::to_value(self).map_err(|cause| cause.to_string())?;
        for (name, value) in changes {
            all[name.as_str()] = value;
        }
        let new: Self = serde_json::from_value(all).map_err(|cause| cause.to_string())?;
        let is_status = |answer: u16| (400..600).contains(&answer);
        match new.troubles.iter().filter_map(|trouble| trouble.answer).find(|answer| !is_status(*answer)) {
            Some(answer) => Err(format!("`answer` is the status of an error, from 400 to 599, not {answer}")),
            None => Ok(new),
        }
    }

    /// The trouble that a call runs into. It counts.
    pub(super) fn trouble(&mut self, call: Call) -> Option<Trouble> {
        let place = self.troubles.iter().position(|trouble| trouble.call == call && trouble.times > 0)?;
        self.troubles[place].times -= 1;
        let trouble = self.troubles[place].clone();
        self.troubles.retain(|trouble| trouble.times > 0);
        Some(trouble)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_the_others_as_they_are() {
        let switches = Switches::default().changed(br#"{"webhooks_twice": true}"#).unwrap();
        let mut switches =
            switches.changed(br#"{"troubles": [{"call": "create", "answer": 500, "times": 2}]}"#).unwrap();
        assert!(switches.webhooks_twice);
        assert!(switches.trouble(Call::Expire).is_none());
        let answers = [(); 3].map(|()| switches.trouble(Call::Create).and_then(|trouble| trouble.answer));
        assert_eq!(answers, [Some(500), Some(500), None]);
        let said = |request: &str| Switches::default().changed(request.as_bytes()).unwrap_err();
        assert!(
            said(r#"{"webhook_twice": true}"#).starts_with("unknown field `webhook_twice`, expected one of ")
        );
        let expected = "`answer` is the status of an error, from 400 to 599, not 200";
        assert_eq!(said(r#"{"troubles": [{"call": "create", "answer": 200}]}"#), expected);
        assert_eq!(said("[]"), "switches are an object");
    }
}
