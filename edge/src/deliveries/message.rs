//! Message: the words for what has happened, by what the booking and its payment have come to since.

use chrono::{DateTime, Utc};
use scheduling::booking::{Booking, Dispute, DisputeState, Event, Party, Payment, Proposal, Refund, Status};
use scheduling::locale::LocaleWords;
use scheduling::money::Money;
use scheduling::outbox::{MailNotice, Recipient};
use scheduling::strangers::confirmed_by;
use scheduling::when;

use crate::page::details::zones;
use crate::page::reason;

/// What a host is told of money in other words where its contact is erased.
const OF_ERASED: [&str; 16] = [
    "paid",
    "paid_too_late",
    "paid_too_late_by_hand",
    "paid_for_nothing",
    "paid_for_nothing_by_hand",
    "refund_owed",
    "refund_owed_twice",
    "refund_owed_by_link",
    "refund_failed",
    "payment_disputed",
    "payment_disputed_until",
    "payment_questioned",
    "payment_questioned_until",
    "dispute_closed",
    "dispute_closed_and_returned",
    "dispute_lost",
];

/// An event, in the words for whoever reads of it.
pub(super) struct Message<'a> {
    pub(super) words: &'a LocaleWords,
    pub(super) notice: &'a MailNotice,
    pub(super) to: &'a Recipient,
    /// The meeting's title, as the reader knows it.
    pub(super) title: &'a str,
}

impl Message<'_> {
    /// A part of its words. Where its host has moved it meanwhile, that comes first.
    pub(super) fn part(&self, part: &str) -> String {
        let event = self.event();
        if !self.notice.is_moved || *self.to != Recipient::Visitor {
            return self.of(event, part, "");
        }
        let lead = if part == "lead" { self.of(event, part, "") } else { String::new() };
        self.of("moved_waiting", part, &lead)
    }

    /// A part of an event's words, such as `endpoint.mail.visitor.confirmed.subject`; `lead` is one to go on with.
    fn of(&self, event: &str, part: &str, lead: &str) -> String {
        let side = match self.to {
            Recipient::Visitor => "visitor",
            Recipient::Host => "host",
            Recipient::Guest(_) => "guest",
        };
        // Money is heard of after nobody can tell any more whose it was.
        let of_erased = if self.is_erased() && OF_ERASED.contains(&event) { "_of_erased" } else { "" };
        let key = format!("endpoint.mail.{side}.{event}{of_erased}.{part}");
        let booking = self.booking();
        let (own, _) = zones(booking, self.to.side());
        let erased = self.is_erased().then(|| self.words.message("endpoint.mail.erased_contact", &[]));
        let start = |instant: DateTime<Utc>| when::start(self.words, own, instant);
        let money = |of: fn(&Payment) -> Option<Money>| {
            self.payment().and_then(of).map(|money| self.words.money(&money)).unwrap_or_default()
        };
        let dispute = self.dispute();
        let twice = self.payment().and_then(Payment::owed_twice);
        let refund = self.failed_refund();
        let failure = refund.and_then(|refund| refund.failure.as_deref());
        let failure = failure.map(|failure| reason::in_words(self.words, failure)).unwrap_or_default();
        let values = [
            ("name", erased.as_deref().unwrap_or(&booking.visitor.contact.name)),
            ("host_name", &booking.noted.name),
            ("title", self.title),
            ("lead", lead),
            ("start", &start(booking.start)),
            ("asked", &self.asked().map(|asked| start(asked.start)).unwrap_or_default()),
            ("until", &self.until().unwrap_or_default()),
            ("price", &money(|payment| Some(payment.cost()))),
            ("paid", &money(|payment| payment.other().map(|paid| paid.money))),
            ("returned", &money(|payment| Some(payment.last_returned()))),
            ("owed", &money(|payment| Some(payment.owed()))),
            ("twice", &money(|payment| payment.owed_twice().map(|(money, _)| money))),
            ("reference", twice.as_ref().map_or("", |(_, names)| names.as_str())),
            ("failed", &refund.map(|refund| self.words.money(&refund.money)).unwrap_or_default()),
            ("failure", failure.trim_end_matches('.')),
            ("disputed", &dispute.map(|dispute| self.words.money(&dispute.money)).unwrap_or_default()),
            (
                "reason",
                &dispute.map(|dispute| reason::in_words(self.words, &dispute.reason)).unwrap_or_default(),
            ),
            ("answer_by", &dispute.and_then(|dispute| dispute.answer_by).map(start).unwrap_or_default()),
        ];
        self.words.message(&key, &values)
    }

    /// The event's name in the words' keys.
    fn event(&self) -> &'static str {
        let Self { notice, to, .. } = self;
        let booking = self.booking();
        let payment = self.payment();
        let for_visitor = to.side() == Party::Visitor;
        let is_mismatched = payment.is_some_and(|payment| payment.other().is_some());
        let has_only_returned = payment.is_some_and(|payment| payment.only_returned().is_some());
        let was_payable = payment.is_some_and(|payment| payment.payable_until.is_some());
        let is_called_off = matches!(booking.status, Status::Cancelled | Status::Declined);
        let is_by_hand = payment.is_some_and(|payment| payment.owed().amount > 0);
        match notice.event {
            // Nobody was asked for an answer.
            Event::Expired if is_mismatched && for_visitor => "unpaid_mismatched",
            Event::Expired if was_payable && has_only_returned && for_visitor => "price_unpaid",
            Event::Expired if was_payable => "unpaid",
            Event::AwaitingPayment if is_mismatched => "accepted_mismatched",
            Event::AwaitingPayment if booking.is_promised() => "payment_promised",
            Event::AwaitingPayment if booking.terms.by_request => "accepted_unpaid",
            // Whoever called it off knows that it does not take place.
            Event::Paid if is_called_off && is_by_hand => "paid_for_nothing_by_hand",
            Event::Paid if is_called_off => "paid_for_nothing",
            Event::Paid if !booking.status.is_live() && is_by_hand => "paid_too_late_by_hand",
            Event::Paid if !booking.status.is_live() => "paid_too_late",
            Event::Paid if booking.status == Status::Requested && for_visitor => "paid_if_accepted",
            Event::RefundOwed if payment.is_some_and(|payment| payment.owed_twice().is_some()) => {
                "refund_owed_twice"
            }
            Event::RefundOwed if payment.is_some_and(Payment::owes_by_link) => "refund_owed_by_link",
            Event::Refunded if payment.is_some_and(Payment::was_paid_twice) => "paid_twice",
            Event::PaymentDisputed => {
                let is_asked = |dispute: &Dispute| dispute.state == DisputeState::Inquiry;
                let has_date = self.dispute().is_some_and(|dispute| dispute.answer_by.is_some());
                match (self.dispute().is_some_and(is_asked), has_date) {
                    (true, true) => "payment_questioned_until",
                    (true, false) => "payment_questioned",
                    (false, true) => "payment_disputed_until",
                    (false, false) => "payment_disputed",
                }
            }
            Event::DisputeClosed
                if self.dispute().is_some_and(|dispute| dispute.state == DisputeState::Lost) =>
            {
                "dispute_lost"
            }
            // It was to go back, and waited for this.
            Event::DisputeClosed
                if is_called_off && payment.is_some_and(|payment| payment.on_its_way().amount > 0) =>
            {
                "dispute_closed_and_returned"
            }
            event => event.name().trim_start_matches("booking."),
        }
    }

    /// The time that is asked for, or was.
    fn asked(&self) -> Option<Proposal> {
        self.booking().proposed.or(self.notice.dropped)
    }

    /// Until when the booking waits for somebody.
    fn until(&self) -> Option<String> {
        let booking = self.booking();
        let (own, _) = zones(booking, self.to.side());
        let start = |instant| when::start(self.words, own, instant);
        match booking.status {
            Status::AwaitingConfirmation => {
                Some(when::time(self.words, own, confirmed_by(booking.created_at, booking.start)))
            }
            Status::AwaitingPayment => booking.pay_by().map(start),
            _ => self.asked().map(|asked| start(asked.expires_at)),
        }
    }

    fn booking(&self) -> &Booking {
        &self.notice.booking
    }

    fn payment(&self) -> Option<&Payment> {
        self.booking().payment.as_deref()
    }

    fn dispute(&self) -> Option<&Dispute> {
        self.payment().and_then(|payment| payment.last_dispute())
    }

    fn failed_refund(&self) -> Option<&Refund> {
        let refunds = self.payment().into_iter().flat_map(|payment| &payment.refunds);
        refunds.filter(|one| one.failure.is_some()).max_by_key(|one| (one.failed_at, one.number))
    }

    /// Nobody can tell any more whose booking it was.
    fn is_erased(&self) -> bool {
        self.booking().visitor.contact.is_erased()
    }
}
