//! The visitor of a booking: name and address, guests, and answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::definition::LocaleCode;
use crate::mail;
use crate::zone::Zone;

/// The visitor of a booking, with all that was typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visitor {
    /// Name and address.
    pub contact: Contact,
    /// Further addresses.
    pub guests: Vec<String>,
    /// The visitor's zone.
    pub time_zone: Zone,
    /// The visitor's locale.
    pub locale: LocaleCode,
    /// Answers by question id.
    pub answers: BTreeMap<String, Answer>,
}

impl Visitor {
    /// The remainder when the visitor is erased: a locale, and a zone that is anybody's.
    pub(super) fn erased(&self, time_zone: &Zone) -> Visitor {
        Visitor {
            contact: Contact { name: String::new(), email: String::new() },
            guests: Vec::new(),
            time_zone: time_zone.clone(),
            locale: self.locale.clone(),
            answers: BTreeMap::new(),
        }
    }
}

/// The person who books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name, as typed.
    pub name: String,
    /// The address, as [`mail::MailAddress`] shows it.
    pub email: String,
}

impl Contact {
    /// Somebody of whom the address alone is known.
    pub fn of_email(email: &str) -> Self {
        Self { name: email.to_owned(), email: email.to_owned() }
    }

    /// The address in the form that is compared: see [`mail::MailAddress::normalised`].
    pub fn normalised_email(&self) -> String {
        mail::normalised(&self.email)
    }

    /// The address in a form that is equal for all that reach one person's mailbox, as far as anybody can tell: what
    /// is counted of a person is counted by it. Nothing is sent to it.
    pub fn counted_email(&self) -> String {
        counted(&self.normalised_email())
    }

    /// Returns true if nobody can tell any more who it was.
    pub fn is_erased(&self) -> bool {
        self.email.is_empty()
    }
}

/// Domains whose mailboxes are the same with and without dots in their names.
const WITHOUT_DOTS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// A normalised address without what its owner can add at will: quotes, a tag after a plus sign, dots where the
/// provider ignores them, and the dot that ends a domain.
fn counted(email: &str) -> String {
    let Some((local, domain)) = email.rsplit_once('@') else { return email.to_owned() };
    let domain = domain.trim_end_matches('.');
    let local: String = local.chars().filter(|letter| !matches!(letter, '"' | '\\')).collect();
    // What is nothing but a tag is nobody's tag.
    let name = local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(&local);
    if WITHOUT_DOTS.contains(&domain) {
        return format!("{}@{}", name.replace('.', ""), WITHOUT_DOTS[0]);
    }
    format!("{name}@{domain}")
}

/// An answer to a question of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A consent.
    Consent(bool),
    /// Text, a phone number, a number as written, or the id of a chosen option.
    Text(String),
    /// The ids of the chosen options.
    Choices(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_known_by_one_spelling_of_the_address() {
        for (email, expected) in [
            (" Sam@Example.COM ", "sam@example.com"),
            ("Sam@BÜCHER.example", "sam@xn--bcher-kva.example"),
            ("\"Foo..bar\"@docomo.ne.jp", "foo..bar@docomo.ne.jp"),
        ] {
            let contact = Contact { name: "Sam".to_owned(), email: email.to_owned() };
            assert_eq!(contact.normalised_email(), expected);
        }
    }
}
