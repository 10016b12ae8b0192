//! What happens to a booking, by name: what follows from a change, and who hears of it. What happens to a host's
//! calendar goes the same ways, and has its names here too.

use serde::{Deserialize, Serialize};

/// What happened to a booking. Notices come from events. All that follow from a change are made by
/// [`Booking::transition`](super::Booking::transition); reminders that fall due, erasures, and what becomes of
/// calendars are the ledger's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&str", try_from = "String")]
pub enum Event {
    /// It waits to be confirmed by the link in its email: nobody but its visitor hears of it.
    AwaitingConfirmation,
    /// It ended before it was confirmed: nobody hears of that.
    Lapsed,
    /// It is asked for, and waits for the host's answer.
    Requested,
    /// It waits for the payment.
    AwaitingPayment,
    /// It is booked.
    Confirmed,
    /// The host said no.
    Declined,
    /// It is at another time now.
    Rescheduled,
    /// It is cancelled.
    Cancelled,
    /// Nobody confirmed or paid in time.
    Expired,
    /// Another time is asked for, and waits for the host's answer.
    RescheduleRequested,
    /// The host said no to another time.
    RescheduleDeclined,
    /// Nobody answered in time to whether it can be at another time.
    RescheduleExpired,
    /// Another time is no longer asked for.
    RescheduleWithdrawn,
    /// The host's calendar has made the room in which it takes place.
    RoomReady,
    /// The host's calendar has not made it, and may never: the host hears of that.
    RoomMissing,
    /// It is near.
    ReminderDue,
    /// The host says how it went, or takes that back.
    OutcomeRecorded,
    /// The host's notice of any of the others.
    Alert,
    /// Who booked is erased, and all that they wrote.
    Erased,
    /// A calendar of the host's cannot be read, or not all of it.
    CalendarFailing,
    /// It can be read again.
    CalendarRecovered,
    /// It was paid.
    Paid,
    /// Money went back to its visitor.
    Refunded,
    /// Money is to go back that only its host can send.
    RefundOwed,
    /// Money was to go back, and did not.
    RefundFailed,
    /// Something was paid for it that is not its price: its host has to look at it.
    PaymentMismatched,
    /// What its visitor chose to pay later did not come: it can be paid another way.
    PaymentFailed,
    /// Whoever paid has their bank take the money back: its host can object.
    PaymentDisputed,
    /// The bank has decided about that.
    DisputeClosed,
    /// Its host has taken its copy out of their calendar.
    CalendarMissing,
    /// Its host has moved its copy there.
    CalendarMoved,
}

impl Event {
    /// Every event there is.
    pub const ALL: [Event; 31] = [
        Event::AwaitingConfirmation,
        Event::Lapsed,
        Event::Requested,
        Event::AwaitingPayment,
        Event::Confirmed,
        Event::Declined,
        Event::Rescheduled,
        Event::Cancelled,
        Event::Expired,
        Event::RescheduleRequested,
        Event::RescheduleDeclined,
        Event::RescheduleExpired,
        Event::RescheduleWithdrawn,
        Event::RoomReady,
        Event::RoomMissing,
        Event::ReminderDue,
        Event::OutcomeRecorded,
        Event::Alert,
        Event::Erased,
        Event::CalendarFailing,
        Event::CalendarRecovered,
        Event::CalendarMissing,
        Event::CalendarMoved,
        Event::Paid,
        Event::Refunded,
        Event::RefundOwed,
        Event::RefundFailed,
        Event::PaymentMismatched,
        Event::PaymentFailed,
        Event::PaymentDisputed,
        Event::DisputeClosed,
    ];

    /// The event's type, as webhooks carry it.
    pub fn name(self) -> &'static str {
        match self {
            Event::AwaitingConfirmation => "booking.awaiting_confirmation",
            Event::Lapsed => "booking.lapsed",
            Event::Requested => "booking.requested",
            Event::AwaitingPayment => "booking.awaiting_payment",
            Event::Confirmed => "booking.confirmed",
            Event::Declined => "booking.declined",
            Event::Rescheduled => "booking.rescheduled",
            Event::Cancelled => "booking.cancelled",
            Event::Expired => "booking.expired",
            Event::RescheduleRequested => "booking.reschedule_requested",
            Event::RescheduleDeclined => "booking.reschedule_declined",
            Event::RescheduleExpired => "booking.reschedule_expired",
            Event::RescheduleWithdrawn => "booking.reschedule_withdrawn",
            Event::RoomReady => "booking.room_ready",
            Event::RoomMissing => "booking.room_missing",
            Event::ReminderDue => "booking.reminder_due",
            Event::OutcomeRecorded => "booking.outcome_recorded",
            Event::Alert => "booking.alert",
            Event::Erased => "contact.erased",
            Event::CalendarFailing => "calendar.failing",
            Event::CalendarRecovered => "calendar.recovered",
            Event::Paid => "booking.paid",
            Event::Refunded => "booking.refunded",
            Event::RefundOwed => "booking.refund_owed",
            Event::RefundFailed => "booking.refund_failed",
            Event::PaymentMismatched => "booking.payment_mismatched",
            Event::PaymentFailed => "booking.payment_failed",
            Event::PaymentDisputed => "booking.payment_disputed",
            Event::DisputeClosed => "booking.dispute_closed",
            Event::CalendarMissing => "booking.calendar_missing",
            Event::CalendarMoved => "booking.calendar_moved",
        }
    }

    /// Whether a booking is another one since. The host's alert repeats what the other event of the same change says.
    pub(crate) fn changes_the_booking(self) -> bool {
        match self {
            Event::Alert
            | Event::RoomMissing
            | Event::ReminderDue
            | Event::CalendarFailing
            | Event::CalendarRecovered
            | Event::PaymentMismatched
            | Event::CalendarMissing
            | Event::CalendarMoved => false,
            Event::Paid
            | Event::Refunded
            | Event::RefundOwed
            | Event::RefundFailed
            | Event::PaymentFailed
            | Event::PaymentDisputed
            | Event::DisputeClosed
            | Event::AwaitingConfirmation
            | Event::Lapsed
            | Event::Requested
            | Event::AwaitingPayment
            | Event::Confirmed
            | Event::Declined
            | Event::Rescheduled
            | Event::Cancelled
            | Event::Expired
            | Event::RescheduleRequested
            | Event::RescheduleDeclined
            | Event::RescheduleExpired
            | Event::RescheduleWithdrawn
            | Event::RoomReady
            | Event::OutcomeRecorded
            | Event::Erased => true,
        }
    }

    /// Whether an email of it says all that counts of one of an earlier event of the same booking: that one, if it came
    /// after it, would be wrong.
    pub(crate) fn overtakes(self, earlier: Event) -> bool {
        match self {
            Event::Lapsed | Event::Declined | Event::Rescheduled | Event::Cancelled | Event::Expired => true,
            Event::Requested | Event::AwaitingPayment | Event::Confirmed => {
                matches!(
                    earlier,
                    Event::AwaitingConfirmation
                        | Event::Requested
                        | Event::AwaitingPayment
                        | Event::PaymentFailed
                )
            }
            // What was sent by hand is not to be sent again.
            Event::Refunded => earlier == Event::RefundOwed,
            Event::RescheduleRequested
            | Event::RescheduleDeclined
            | Event::RescheduleExpired
            | Event::RescheduleWithdrawn => matches!(
                earlier,
                Event::RescheduleRequested
                    | Event::RescheduleDeclined
                    | Event::RescheduleExpired
                    | Event::RescheduleWithdrawn
            ),
            Event::AwaitingConfirmation
            | Event::RoomReady
            | Event::RoomMissing
            | Event::ReminderDue
            | Event::OutcomeRecorded
            | Event::Alert
            | Event::Erased
            | Event::CalendarFailing
            | Event::CalendarRecovered
            | Event::Paid
            | Event::RefundOwed
            | Event::RefundFailed
            | Event::PaymentMismatched
            | Event::PaymentFailed
            | Event::PaymentDisputed
            | Event::DisputeClosed
            | Event::CalendarMissing
            | Event::CalendarMoved => false,
        }
    }

    /// Whether endpoints, the host and the contact's ledger hear of it. Anybody can make a booking in anybody's name:
    /// until it is confirmed, it is nobody's but its visitor's.
    pub fn is_told(self) -> bool {
        !matches!(self, Event::AwaitingConfirmation | Event::Lapsed)
    }
}

impl From<Event> for &str {
    fn from(event: Event) -> Self {
        event.name()
    }
}

impl TryFrom<String> for Event {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let named = Event::ALL.into_iter().find(|event| event.name() == name);
        named.ok_or_else(|| format!("`{name}` is not an event"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_as_webhooks_name_them() {
        let names = [
            "booking.awaiting_confirmation",
            "booking.lapsed",
            "booking.requested",
            "booking.awaiting_payment",
            "booking.confirmed",
            "booking.declined",
            "booking.rescheduled",
            "booking.cancelled",
            "booking.expired",
            "booking.reschedule_requested",
            "booking.reschedule_declined",
            "booking.reschedule_expired",
            "booking.reschedule_withdrawn",
            "booking.room_ready",
            "booking.room_missing",
            "booking.reminder_due",
            "booking.outcome_recorded",
            "booking.alert",
            "contact.erased",
            "calendar.failing",
            "calendar.recovered",
            "booking.calendar_missing",
            "booking.calendar_moved",
            "booking.paid",
            "booking.refunded",
            "booking.refund_owed",
            "booking.refund_failed",
            "booking.payment_mismatched",
            "booking.payment_failed",
            "booking.payment_disputed",
            "booking.dispute_closed",
        ];
        assert_eq!(Event::ALL.map(Event::name), names);
    }

    #[test]
    fn what_ends_or_moves_a_booking_overtakes_all_before() {
        for last in [Event::Lapsed, Event::Declined, Event::Rescheduled, Event::Cancelled, Event::Expired] {
            assert!(Event::ALL.into_iter().all(|earlier| last.overtakes(earlier)), "{last:?}");
        }
        assert!(Event::Confirmed.overtakes(Event::Requested));
        assert!(!Event::Confirmed.overtakes(Event::Rescheduled));
        assert!(Event::RescheduleWithdrawn.overtakes(Event::RescheduleRequested));
        assert!(
            !Event::RescheduleRequested.overtakes(Event::Confirmed),
            "it says nothing of where the calendar stands"
        );
        assert!(Event::ALL.into_iter().all(|earlier| !Event::ReminderDue.overtakes(earlier)));
    }
}
