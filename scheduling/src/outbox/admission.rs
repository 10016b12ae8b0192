//! Admission: whether an email may leave to an address.
//!
//! Anyone can book in anyone's name, so what strangers cause to be sent to one address is bounded, whoever they are and
//! whichever host they book. It is decided where the contact is kept, in the transaction that counts the email.
//!
//! The end of a booking must be able to follow what told of it. So each booking that was told of keeps a place for its
//! end, in the same bound.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::{Event, Party};
use crate::order::set;
use crate::token::BookingId;

/// Emails to one address that strangers cause, in any hour.
pub const MOST_MAILS_AN_HOUR: usize = 4;
/// The same, in any day.
pub const MOST_MAILS_A_DAY: usize = 12;
/// The reason of a delivery that waits for its place, or was held back, for the host to read.
pub const TOO_MANY_MAILS: &str = "too many emails to this address today";
/// The reason of a delivery that ended because nobody needs to hear of it any more, for the host to read.
pub const UNDONE: &str = "the booking was undone before this email was sent";
/// The reason of a delivery that ended because a later email says what is true by now, for the host to read.
pub const OVERTAKEN: &str = "the booking was changed before this email was sent";
/// The reason of a refund that was given up and is not asked for any more, for the host to read.
pub const SENT_ANOTHER_WAY: &str = "the money was sent back another way";

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// An email that is about to be sent to an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAsk {
    /// The contact's key, made of the address as it is counted
    /// ([`Contact::counted_email`](crate::booking::Contact::counted_email)).
    pub key: String,
    /// The delivery's id: asked again, an email takes no second place.
    pub mail: String,
    /// The booking that it tells of.
    pub booking: BookingId,
    /// What happened to that.
    pub event: Event,
    /// Who caused it; `None` for the clock.
    pub by: Option<Party>,
    /// The booking was paid for: then its end need not be the last that its visitor hears of.
    #[serde(default)]
    pub is_paid: bool,
    /// It goes to a guest, who knows of the booking only from emails.
    pub is_guest: bool,
    /// Until when it must be known that the booking was told of: after that, nothing can happen to it.
    pub known_until: DateTime<Utc>,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// It may leave.
    Admitted,
    /// Not now: there may be a place then.
    Waits {
        /// When to ask again.
        until: DateTime<Utc>,
    },
    /// Not at all: its booking is undone, and the address was told of nothing that this would take back.
    Undone,
}

/// An email that was admitted, or the note that a booking ended untold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) mail: String,
    pub(crate) booking: String,
    pub(crate) at: DateTime<Utc>,
    /// It tells of the booking's end.
    pub(crate) ends: bool,
    /// It takes a place.
    pub(crate) counts: bool,
}

impl Known {
    /// Whether it left within that time. A clock that was ahead then, and has been put right, makes nobody wait longer.
    fn is_within(&self, window: TimeDelta, now: DateTime<Utc>) -> bool {
        (now - self.at).abs() < window
    }
}

impl MailAsk {
    /// Whether it tells of the booking's end.
    pub fn ends(&self) -> bool {
        matches!(self.event, Event::Cancelled | Event::Declined | Event::Expired)
    }

    /// Decides, by what is known of the address: of this booking all, of others a day, oldest first. With it, whether
    /// the email takes a place.
    pub(crate) fn decide(&self, known: &[Known], now: DateTime<Utc>) -> (Admission, bool) {
        let own = || known.iter().filter(|known| known.booking == self.booking.as_str());
        let is_told = own().any(|known| !known.ends);
        let untold_end = self.ends() && !is_told && (self.is_guest || self.by == Some(Party::Visitor));
        if untold_end || !self.ends() && !self.is_paid && own().any(|known| known.ends) {
            return (Admission::Undone, false);
        }
        // Nobody pays to have emails sent to somebody else, and of their money people hear in any case.
        if self.is_paid && matches!(self.event, Event::Paid | Event::Refunded | Event::RefundFailed) {
            return (Admission::Admitted, false);
        }
        // A host who changes what somebody knows of is no stranger to them.
        if is_told && self.by == Some(Party::Host) {
            return (Admission::Admitted, false);
        }
        let full = [(HOUR, MOST_MAILS_AN_HOUR), (DAY, MOST_MAILS_A_DAY)];
        let waits = full.into_iter().filter_map(|(window, most)| self.waits(known, window, most, now)).max();
        (waits.map_or(Admission::Admitted, |until| Admission::Waits { until }), true)
    }

    /// When to ask again, if a window has no place for it.
    fn waits(
        &self,
        known: &[Known],
        window: TimeDelta,
        most: usize,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let taken: Vec<&Known> = known
            .iter()
            .filter(|known| known.counts && known.is_within(window, now) && known.mail != self.mail)
            .collect();
        let ended = set(known.iter().filter(|known| known.ends).map(|known| known.booking.as_str()));
        let others = taken.iter().map(|known| known.booking.as_str());
        let kept =
            set(others.filter(|booking| *booking != self.booking.as_str() && !ended.contains(booking)));
        let wanted = if self.ends() { 1 } else { 2 };
        let is_full = taken.len() + kept.len() + wanted > most;
        is_full.then(|| taken.first().map_or(now + window, |oldest| oldest.at + window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decision on an email of that booking, by what was admitted before: bookings and events at minutes.
    fn decided(
        before: &[(u8, Event, i64)],
        number: u8,
        event: Event,
        by: Option<Party>,
        now: i64,
    ) -> Admission {
        let mut known = Vec::new();
        for (number, event, minute) in before {
            let ask = ask(*number, *event, Some(Party::Visitor));
            let (ends, mail, booking) = (ask.ends(), ask.mail, ask.booking.to_string());
            known.push(Known { mail, booking, at: at(*minute), ends, counts: true });
        }
        ask(number, event, by).decide(&known, at(now)).0
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn ask(number: u8, event: Event, by: Option<Party>) -> MailAsk {
        let booking = BookingId::new("aiko", [number; 16]);
        let mail = format!("{booking}.{}", event.name());
        MailAsk {
            key: "k".to_owned(),
            mail,
            booking,
            event,
            by,
            is_paid: false,
            is_guest: false,
            known_until: at(9999),
        }
    }

    const VISITOR: Option<Party> = Some(Party::Visitor);
    const HOST: Option<Party> = Some(Party::Host);

    #[test]
    fn what_is_told_of_keeps_a_place_for_its_end() {
        use Event::{Cancelled, Confirmed};
        let two = [(1, Confirmed, 0), (2, Confirmed, 5)];
        assert_eq!(decided(&two[..1], 2, Confirmed, VISITOR, 5), Admission::Admitted);
        assert_eq!(decided(&two, 3, Confirmed, VISITOR, 9), Admission::Waits { until: at(60) });
        assert_eq!(decided(&two, 1, Cancelled, VISITOR, 9), Admission::Admitted);
        let three = [two[0], two[1], (1, Cancelled, 9)];
        assert_eq!(decided(&three, 2, Cancelled, VISITOR, 9), Admission::Admitted);
        assert_eq!(decided(&three, 3, Confirmed, VISITOR, 9), Admission::Waits { until: at(60) });
        assert_eq!(decided(&two, 3, Confirmed, VISITOR, 60), Admission::Admitted, "an hour later");
    }

    #[test]
    fn what_was_not_told_of_is_not_taken_back_by_its_visitor() {
        use Event::{Cancelled, Confirmed, Expired, ReminderDue};
        assert_eq!(decided(&[], 1, Cancelled, VISITOR, 0), Admission::Undone);
        assert_eq!(decided(&[], 1, Cancelled, HOST, 0), Admission::Admitted, "the visitor does not know yet");
        assert_eq!(decided(&[], 1, Expired, None, 0), Admission::Admitted);
        for late in [Confirmed, ReminderDue] {
            assert_eq!(decided(&[(1, Cancelled, 0)], 1, late, VISITOR, 1), Admission::Undone);
            assert_eq!(decided(&[(1, Cancelled, 0)], 1, late, HOST, 1), Admission::Undone);
        }
    }

    #[test]
    fn who_has_paid_hears_of_the_money_after_the_end_and_however_much_was_sent() {
        use Event::{Confirmed, Expired, Paid, RefundFailed, Refunded};
        let ended = |mail: &str| Known {
            mail: mail.to_owned(),
            booking: ask(1, Expired, None).booking.to_string(),
            at: at(0),
            ends: true,
            counts: true,
        };
        let full = ["1", "2", "3", "4"].map(ended);
        for event in [Paid, Refunded, RefundFailed] {
            let unpaid = ask(1, event, None);
            assert_eq!(unpaid.decide(&full, at(1)).0, Admission::Undone, "{event:?}");
            let paid = MailAsk { is_paid: true, ..unpaid };
            assert_eq!(paid.decide(&full, at(1)), (Admission::Admitted, false), "{event:?}");
        }
        let booked = MailAsk { is_paid: true, ..ask(1, Confirmed, None) };
        assert_eq!(booked.decide(&full[..1], at(1)), (Admission::Admitted, true));
        assert_eq!(booked.decide(&full, at(1)).0, Admission::Waits { until: at(60) });
    }

    #[test]
    fn a_guest_hears_of_an_end_only_after_a_beginning() {
        use Event::{Cancelled, Confirmed};
        for by in [VISITOR, HOST] {
            let guests = MailAsk { is_guest: true, ..ask(1, Cancelled, by) };
            assert_eq!(guests.decide(&[], at(0)).0, Admission::Undone, "{by:?}");
            let told = Known {
                mail: "m".to_owned(),
                booking: guests.booking.to_string(),
                at: at(0),
                ends: false,
                counts: true,
            };
            assert_eq!(guests.decide(&[told], at(0)).0, Admission::Admitted, "{by:?}");
        }
        let invited = MailAsk { is_guest: true, ..ask(1, Confirmed, HOST) };
        assert_eq!(
            invited.decide(&[], at(0)),
            (Admission::Admitted, true),
            "it is counted, whoever accepted"
        );
    }

    #[test]
    fn a_clock_that_was_ahead_makes_nobody_wait() {
        let ahead = [(1, Event::Confirmed, 9000), (2, Event::Confirmed, 9000)];
        assert_eq!(decided(&ahead, 3, Event::Confirmed, VISITOR, 0), Admission::Admitted);
    }

    #[test]
    fn a_host_may_tell_more_of_what_was_told_of() {
        use Event::{Cancelled, Confirmed, Rescheduled};
        let full = [(1, Confirmed, 0), (2, Confirmed, 0)];
        for event in [Rescheduled, Cancelled] {
            assert_eq!(decided(&full, 1, event, HOST, 1), Admission::Admitted);
        }
        assert_eq!(decided(&full, 3, Confirmed, HOST, 1), Admission::Waits { until: at(60) });
        assert_eq!(decided(&full, 1, Rescheduled, VISITOR, 1), Admission::Waits { until: at(60) });
        assert_eq!(decided(&full[..1], 1, Rescheduled, VISITOR, 1), Admission::Admitted);
    }
}
