//! Where the stand-in takes Stripe's place: for hosts whose payments Stripe would take, were its key set.

use scheduling::definition::Payments;

use super::stand_in::{FOLDER, StandIn};
use crate::local::environment;

/// The key that the stand-in is called with.
const KEY: &str = "sk_test_standin";

/// Whether payments would go to Stripe, and cannot: the environment has no key for it.
pub fn is_needed(payments: &Payments) -> bool {
    match payments {
        Payments::Stripe { secret, url, .. } => {
            url == Payments::STRIPE && environment::secret(secret).is_none()
        }
        Payments::Link { .. } => false,
    }
}

impl StandIn {
    /// Has payments go here where it is needed, and remembers what the secrets are called.
    pub(in crate::local) fn take_place(&self, payments: &mut Payments) {
        if !is_needed(payments) {
            return;
        }
        let Payments::Stripe { secret, webhook_secret, url, .. } = payments else { return };
        *url = format!("{}{FOLDER}", self.settings.own);
        let mut secrets = self.secrets();
        secrets.insert(secret.clone(), KEY.to_owned());
        secrets.insert(webhook_secret.clone(), self.settings.webhook_secret.clone());
    }

    /// The made-up value of a secret, where the stand-in has taken the place of what it is for.
    pub(in crate::local) fn secret(&self, name: &str) -> Option<String> {
        self.secrets().get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::local::checkout::Settings;
    use crate::local::clock::Clock;

    fn stripe(secret: &str, url: &str) -> Payments {
        Payments::Stripe {
            secret: secret.to_owned(),
            webhook_secret: "STRIPE_WEBHOOK_SECRET_OF_NOBODY".to_owned(),
            url: url.to_owned(),
            delayed: false,
        }
    }

    #[test]
    fn payments_come_here_only_where_stripe_would_take_them_and_has_no_key() {
        // A variable that every test has, as a key that is set.
        for (payments, expected) in [
            (stripe("STRIPE_KEY_OF_NOBODY", Payments::STRIPE), true),
            (stripe("STRIPE_KEY_OF_NOBODY", "http://127.0.0.1:1"), false),
            (stripe("PATH", Payments::STRIPE), false),
            (Payments::Link { url: "https://shop.example".to_owned(), secret: Vec::new() }, false),
        ] {
            assert_eq!(is_needed(&payments), expected, "{payments:?}");
        }
    }

    #[test]
    fn payments_without_a_key_get_made_up_secrets() {
        let settings = Settings::beside_endpoint("https://dev.example.com", "http://127.0.0.1:8787").unwrap();
        let stand_in = StandIn::new(settings.clone(), Clock::starting_at(Some(DateTime::UNIX_EPOCH)));
        let mut payments = stripe("STRIPE_KEY_OF_NOBODY", Payments::STRIPE);
        stand_in.take_place(&mut payments);
        assert_eq!(payments, stripe("STRIPE_KEY_OF_NOBODY", "http://127.0.0.1:8787/dev/checkout"));
        assert_eq!(stand_in.secret("STRIPE_KEY_OF_NOBODY").as_deref(), Some(KEY));
        let signed_with = stand_in.secret("STRIPE_WEBHOOK_SECRET_OF_NOBODY").unwrap();
        assert_eq!(signed_with, settings.webhook_secret);
        assert_eq!(stand_in.secret("PATH"), None);
        let before = payments.clone();
        stand_in.take_place(&mut payments);
        assert_eq!(payments, before);
    }
}
