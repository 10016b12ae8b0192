//! A sender: a name and an address, as an author writes them and as mail has them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::address::{MailAddress, Unwritable};

/// The sender of a site's mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sender {
    /// The name that readers see; may be empty.
    pub name: String,
    /// The address.
    pub address: MailAddress,
}

/// The reason why a text is no sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableSender {
    /// There is `<` without `>` at the end, or the other way round.
    #[error("an address in brackets is the last part of a sender")]
    Brackets,
    /// A name begins with a quotation mark and does not end with one.
    #[error("a quotation mark around the sender's name is missing")]
    Quotes,
    /// No mail can be written with the address.
    #[error("no mail can be written with the sender's address")]
    Address(Unwritable),
}

impl Sender {
    /// Reads `hello@example.com`, or a name before `<hello@example.com>`. The name may be in quotation marks, as mail
    /// has it (RFC 5322, 3.2.4), or without them, whatever is in it.
    pub fn parse(text: &str) -> Result<Self, UnreadableSender> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<').ok_or(UnreadableSender::Brackets)?,
            None if text.contains('<') => return Err(UnreadableSender::Brackets),
            None => ("", text),
        };
        let name = unquoted(name.trim()).ok_or(UnreadableSender::Quotes)?;
        let address = MailAddress::parse(address).map_err(UnreadableSender::Address)?;
        Ok(Self { name, address })
    }

    /// The sender of mail that never leaves the machine.
    pub fn of_mailbox(name: &str) -> Self {
        Self { name: name.to_owned(), address: MailAddress::nowhere() }
    }
}

/// As a header has it (RFC 5322, 3.4), in UTF-8: with the name in quotation marks where it is more than words.
impl fmt::Display for Sender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.written();
        let is_of_words = |letter: char| {
            letter.is_ascii_alphanumeric() || !letter.is_ascii() || "!#$%&'*+-/=?^_`{|}~ ".contains(letter)
        };
        if self.name.is_empty() {
            write!(formatter, "{address}")
        } else if self.name.chars().all(is_of_words) {
            write!(formatter, "{} <{address}>", self.name)
        } else {
            let name = self.name.replace('\\', "\\\\").replace('"', "\\\"");
            write!(formatter, "\"{name}\" <{address}>")
        }
    }
}

impl TryFrom<String> for Sender {
    type Error = UnreadableSender;

    fn try_from(text: String) -> Result<Self, UnreadableSender> {
        Self::parse(&text)
    }
}

impl From<Sender> for String {
    fn from(sender: Sender) -> Self {
        sender.to_string()
    }
}

/// A name without the quotation marks around it; `None` where one of the two is missing.
fn unquoted(name: &str) -> Option<String> {
    let Some(inside) = name.strip_prefix('"') else { return Some(name.to_owned()) };
    let mut text = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return letters.as_str().is_empty().then(|| text.trim().to_owned()),
            '\\' => text.push(letters.next()?),
            other => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sender is read, and written in a form that is read as the same.
    #[track_caller]
    fn check(text: &str, name: &str, address: &str, written: &str) {
        let sender = Sender::parse(text).unwrap();
        assert_eq!((sender.name.as_str(), sender.address.to_string().as_str()), (name, address));
        assert_eq!(sender.to_string(), written);
        assert_eq!(Sender::parse(written), Ok(sender));
    }

    #[test]
    fn a_name_may_hold_what_names_hold() {
        let address = "hello@example.com";
        check(address, "", address, address);
        check("<hello@example.com>", "", address, address);
        check("Example <hello@example.com>", "Example", address, "Example <hello@example.com>");
        check(
            "Exämple & Co <hello@example.com>",
            "Exämple & Co",
            address,
            "Exämple & Co <hello@example.com>",
        );
        for name in [
            "Doe, Jane",
            "Example, Inc.",
            "Example: Co",
            "Müller & Söhne (Büro)",
            "Example @ Co",
            "Example; [Co]",
            "Example <Co>",
            "a\\b",
        ] {
            let written = format!("\"{}\" <{address}>", name.replace('\\', "\\\\"));
            check(&format!("{name} <{address}>"), name, address, &written);
            check(&format!("{name}<{address}>"), name, address, &written);
            check(&written, name, address, &written);
        }
        check(
            "Jane \"JD\" Doe <hello@example.com>",
            "Jane \"JD\" Doe",
            address,
            "\"Jane \\\"JD\\\" Doe\" <hello@example.com>",
        );
        check(
            "例 <hello@bücher.example>",
            "例",
            "hello@xn--bcher-kva.example",
            "例 <hello@xn--bcher-kva.example>",
        );
        check("店 <a..b@docomo.ne.jp>", "店", "a..b@docomo.ne.jp", "店 <\"a..b\"@docomo.ne.jp>");
    }

    #[test]
    fn what_no_mail_can_be_written_with_is_refused() {
        let check =
            |text: &str, expected: UnreadableSender| assert_eq!(Sender::parse(text), Err(expected), "{text}");
        for text in ["Example <hello@example.com", "<hello@example.com", "hello@example.com>", "A <a@b.cd> B"]
        {
            check(text, UnreadableSender::Brackets);
        }
        check("\"Doe, Jane <hello@example.com>", UnreadableSender::Quotes);
        check("\"Doe\", Jane <hello@example.com>", UnreadableSender::Quotes);
        for (text, why) in [
            ("nobody", Unwritable::Malformed),
            ("Example <>", Unwritable::Missing),
            ("Example hello@example.com", Unwritable::Space),
            ("Example <jörg@example.com>", Unwritable::Characters),
            ("\"john doe\"@example.com", Unwritable::Quotes),
            ("Example <hello@localhost>", Unwritable::Domain),
        ] {
            check(text, UnreadableSender::Address(why));
        }
    }
}
