//! What an email does not say: anyone can book in anyone's name, and invite anyone, so what a visitor wrote is not sent
//! to the visitor's or a guest's address, but for the name, and that so that no mail program makes a link of it. And
//! nobody is sent what they wrote themselves.

use scheduling::booking::{Booking, Contact, Event, Party, Place, Visitor};
use scheduling::locale::LocaleWords;
use scheduling::outbox::Recipient;

/// Digits that a name may have. With more, it is a number to call.
const MOST_DIGITS: usize = 4;

/// The booking as an email of an event to that side tells it, where `by` caused the event.
pub(super) fn told_to(
    to: &Recipient,
    booking: Booking,
    (event, by): (Event, Option<Party>),
    words: &LocaleWords,
) -> Booking {
    // Whose words the reason is, only the event knows that it was given for.
    let is_of_other =
        matches!(event, Event::Cancelled | Event::Declined) && by.is_some_and(|by| by != to.side());
    let cancel_reason = booking.cancel_reason.clone().filter(|_| is_of_other);
    let place = match to {
        Recipient::Host => return Booking { cancel_reason, ..booking },
        Recipient::Visitor => "endpoint.mail.own_place",
        Recipient::Guest(_) => "endpoint.mail.guests_place",
    };
    let contact = Contact { name: plain(&booking.visitor.contact.name), ..booking.visitor.contact.clone() };
    let location = match booking.place_for(Party::Visitor) {
        Place::Ask(_) => Place::Ask(words.message(place, &[("contact_name", contact.name.as_str())])),
        location => location,
    };
    let visitor = Visitor { contact, guests: Vec::new(), ..booking.visitor };
    Booking { cancel_reason, location, visitor, ..booking }
}

/// A name that no mail program makes a link of: addresses of pages and of people fall apart, and numbers are left out.
fn plain(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let has_number = letters.iter().filter(|letter| letter.is_numeric()).count() > MOST_DIGITS;
    let mut plain = String::with_capacity(name.len() + 8);
    for (place, letter) in letters.iter().enumerate() {
        if has_number && letter.is_numeric() {
            continue;
        }
        plain.push(*letter);
        let next = letters.get(place + 1).filter(|next| !next.is_whitespace());
        // What joins the parts of an address, in any of its spellings (UTS 46, 2.3; RFC 3986, 3; RFC 5322, 3.4.1).
        let joins = matches!(
            letter,
            '.' | '。'
                | '．'
                | '｡'
                | '․'
                | '﹒'
                | ':'
                | '：'
                | '﹕'
                | '/'
                | '／'
                | '⁄'
                | '∕'
                | '@'
                | '＠'
                | '﹫'
                | '\\'
                | '?'
                | '='
                | '#'
                | '%'
                | '&'
        );
        if joins && next.is_some() {
            plain.push(' ');
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_link() {
        for (name, expected) in [
            ("Mara Lind", "Mara Lind"),
            ("Dr. Mara O'Hara-Lind, Jr.", "Dr. Mara O'Hara-Lind, Jr."),
            ("J.R.R. Tolkien", "J. R. R. Tolkien"),
            ("田中・愛子", "田中・愛子"),
            ("Agent 47", "Agent 47"),
            (
                "You won! https://win.evil.example/claim?id=77",
                "You won! https: / / win. evil. example/ claim? id= 77",
            ),
            ("www.evil.example", "www. evil. example"),
            ("evil.example", "evil. example"),
            ("evil。example", "evil。 example"),
            ("ｅｖｉｌ．ｅｘａｍｐｌｅ", "ｅｖｉｌ． ｅｘａｍｐｌｅ"),
            ("eve@evil.example", "eve@ evil. example"),
            ("mailto:eve@localhost", "mailto: eve@ localhost"),
            ("tel:+19005550199", "tel: +"),
            ("Call +1 900 555 0199", "Call +   "),
            ("192.0.2.1", ". . . "),
        ] {
            assert_eq!(plain(name), expected, "{name}");
        }
    }
}
