//! Ids of events: a booking's id in letters that Google takes, which are those of base32hex (RFC 4648, 7) in lower
//! case, without padding.

use scheduling::token::BookingId;

const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The id of a booking's event.
pub(super) fn of_booking(booking: &BookingId) -> String {
    let mut id = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in booking.as_str().bytes() {
        bits = (bits << 8) | u32::from(byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            id.push(letter(bits >> count));
        }
    }
    if count > 0 {
        id.push(letter(bits << (5 - count)));
    }
    id
}

fn letter(bits: u32) -> char {
    char::from(LETTERS[(bits & 31) as usize])
}

/// The booking whose event that is. An occurrence of a series has the id of the series, and its own time behind it.
pub(super) fn booking(id: &str) -> Option<BookingId> {
    let id = id.split('_').next()?;
    let mut bytes = Vec::with_capacity(id.len());
    let (mut bits, mut count) = (0_u32, 0);
    for letter in id.bytes() {
        let value = LETTERS.iter().position(|other| *other == letter)?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 255).ok()?);
        }
    }
    BookingId::parse(&String::from_utf8(bytes).ok()?).filter(|booking| of_booking(booking) == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_event_is_that_of_its_booking() {
        // As Python's base64.b32hexencode has it.
        for (id, expected) in [
            ("aiko.AQEBAQEBAQEBAQEBAQEBAQ", "c5kmmrpe858kagi1a52k4gah8l142ka5890l2ha2858g"),
            ("a.AQEBAQEBAQEBAQEBAQEBAQ", "c4n42ka5890l2ha2858kagi1a52k4gah8l142k8"),
        ] {
            let id = BookingId::parse(id).unwrap();
            assert_eq!(of_booking(&id), expected);
            assert_eq!(booking(expected), Some(id.clone()));
            assert_eq!(booking(&format!("{expected}_20261201T090000Z")), Some(id));
        }
    }

    #[test]
    fn the_longest_id_is_one_that_is_taken() {
        let booking = BookingId::new(&"a".repeat(64), [255; 16]);
        let event = of_booking(&booking);
        assert!((5..=1024).contains(&event.len()));
        assert_eq!(super::booking(&event), Some(booking));
    }

    #[test]
    fn events_of_others_are_no_bookings() {
        for id in
            ["", "_", "7", "c5kmmrpe", "0123456789abcdefghijklmnopqrstuv", "ünü", "C5KMMRPE85", "vvvvvvvv"]
        {
            assert_eq!(booking(id), None, "{id}");
        }
    }
}
