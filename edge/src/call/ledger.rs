//! A ledger as the endpoint asks it: each question with the type of its answer. A ledger's refusal ends the request.

use chrono::{DateTime, Utc};
use scheduling::booking::{Booking, Status};
use scheduling::calendar::{Astray, Known, NoteBusy, Span};
use scheduling::contact::Profile;
use scheduling::ledger::{
    Alike, Campaign, CancelAlike, CancelledAlike, Cursor, Ending, InviteUse, NotTaken, Order, Question,
    Session, Taken,
};
use scheduling::outbox::{DeliveryReport, DeliveryState};
use scheduling::refusal::Refusal;
use scheduling::sign_in_link::SignInLink;
use scheduling::token::BookingId;

use crate::call::platform::{Definitions, Ledgers};
use crate::call::stop::Stop;
use crate::call::today::with_subscribers;

/// A ledger by its name, over the platform that reaches it.
pub(crate) struct LedgerClient<'a, P> {
    pub(crate) platform: &'a P,
    pub(crate) name: &'a str,
}

impl<P: Ledgers + Definitions> LedgerClient<'_, P> {
    /// A booking, if it is here.
    pub(crate) async fn booking(&self, id: BookingId) -> Result<Option<Booking>, Stop> {
        Ok(self.ask(Question::booking(id)).await?.map(|booking| *booking))
    }

    /// Whether an email about a booking to its visitor is held, because that address gets too many.
    pub(crate) async fn is_mail_held(&self, booking: BookingId) -> Result<bool, Stop> {
        self.ask(Question::held_mail(booking)).await
    }

    /// Bookings that start from `from` until before `until`, after a place, sorted by start and id.
    pub(crate) async fn bookings(
        &self,
        span: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        status: Option<Status>,
        after: Option<Cursor>,
        most: u32,
    ) -> Result<Vec<Booking>, Stop> {
        self.ask(Question::bookings(span, status, after, most)).await
    }

    /// The bookings that are like one of them, also those that were not confirmed.
    pub(crate) async fn alike(&self, alike: Alike, most: u32) -> Result<Vec<Booking>, Stop> {
        self.ask(Question::alike(alike, most)).await
    }

    /// What is taken and ends after `from`, as if the booking `except` were not there.
    pub(crate) async fn busy(&self, from: DateTime<Utc>, except: Option<BookingId>) -> Result<Taken, Stop> {
        self.ask(Question::busy(from, except)).await
    }

    /// How the invitation of an id stands.
    pub(crate) async fn invite_use(&self, id: String) -> Result<InviteUse, Stop> {
        self.ask(Question::invite_use(id)).await
    }

    /// Withdraws an invitation, which need not be known from `expires` on.
    pub(crate) async fn withdraw_invite(&self, id: String, expires: DateTime<Utc>) -> Result<(), Stop> {
        self.order(Order::withdraw_invite(id, expires)).await
    }

    /// The host's calendars, as they were read last.
    pub(crate) async fn calendars(&self) -> Result<Vec<Known>, Stop> {
        self.ask(Question::calendars()).await
    }

    /// The bookings whose copies in calendars are elsewhere, or missing.
    pub(crate) async fn astray(&self) -> Result<Vec<Astray>, Stop> {
        self.ask(Question::astray()).await
    }

    /// Has a booking's copy in a calendar written again, where it should be.
    pub(crate) async fn put_back(&self, id: BookingId, start: Option<DateTime<Utc>>) -> Result<(), Stop> {
        Ok(self.order(Order::put_back(id, start)).await??)
    }

    /// Leaves a booking's copy as its host has made it, where it was seen.
    pub(crate) async fn leave_copy(&self, id: BookingId, seen: Span) -> Result<(), Stop> {
        Ok(self.order(Order::leave_copy(id, seen)).await??)
    }

    /// Leaves an event out that makes a calendar unknown, or has it count again.
    pub(crate) async fn leave_out(&self, calendar: String, event: String, counts: bool) -> Result<(), Stop> {
        Ok(self.order(Order::leave_out(calendar, event, counts)).await??)
    }

    /// Notes what came of reading a calendar.
    pub(crate) async fn note_busy(&self, noted: NoteBusy) -> Result<(), Stop> {
        self.order(Order::note_busy(noted)).await
    }

    /// The bookings of so many contacts: of one address, or of those before a booking.
    pub(crate) async fn contacts(
        &self,
        email: Option<String>,
        before: Option<BookingId>,
        most: u32,
    ) -> Result<Vec<Booking>, Stop> {
        self.ask(Question::contacts(email, before, most)).await
    }

    /// The addresses of those who have booked this host, after `after`.
    pub(crate) async fn addresses(&self, after: String, most: u32) -> Result<Vec<String>, Stop> {
        self.ask(Question::addresses(after, most)).await
    }

    /// How many bookings each campaign has led to.
    pub(crate) async fn campaigns(&self, most: u32) -> Result<Vec<Campaign>, Stop> {
        self.ask(Question::campaigns(most)).await
    }

    /// The contact that is kept here under that key.
    pub(crate) async fn contact(&self, key: String) -> Result<Option<Profile>, Stop> {
        self.ask(Question::contact(key)).await
    }

    /// Deliveries in that state, newest first, those after the one of an id.
    pub(crate) async fn deliveries(
        &self,
        state: DeliveryState,
        after: Option<String>,
        most: u32,
    ) -> Result<Vec<DeliveryReport>, Stop> {
        self.ask(Question::deliveries(state, after, most)).await
    }

    /// The session of a digest, while it lasts.
    pub(crate) async fn session(&self, digest: String) -> Result<Option<Session>, Stop> {
        self.ask(Question::session(digest)).await
    }

    /// The sessions that last still, the one that was seen last first.
    pub(crate) async fn sessions(&self) -> Result<Vec<Session>, Stop> {
        self.ask(Question::sessions()).await
    }

    /// Takes a time, for a new booking or for one that is moved. The caller words the refusal.
    pub(crate) async fn take(
        &self,
        order: Order<Result<Box<Booking>, NotTaken>>,
    ) -> Result<Result<Box<Booking>, NotTaken>, Stop> {
        self.order(order).await
    }

    /// Changes a booking.
    pub(crate) async fn change(&self, change: Order<Result<Box<Booking>, Refusal>>) -> Result<Booking, Stop> {
        Ok(*self.order(change).await??)
    }

    /// Cancels bookings that are like one of them.
    pub(crate) async fn cancel_alike(&self, cancel: CancelAlike) -> Result<CancelledAlike, Stop> {
        self.order(Order::cancel_alike(cancel)).await
    }

    /// Sends a delivery again.
    pub(crate) async fn replay(&self, delivery: String) -> Result<(), Stop> {
        Ok(self.order(Order::replay(delivery)).await??)
    }

    /// Remembers a device, and that the link was used which it has shown.
    pub(crate) async fn open_session(&self, session: Session, link: Option<SignInLink>) -> Result<(), Stop> {
        Ok(self.order(Order::open_session(session, link)).await??)
    }

    /// Has a link sent to the host, unless enough of them were.
    pub(crate) async fn send_sign_in_link(&self, ledger: String, link: SignInLink) -> Result<(), Stop> {
        self.order(Order::send_sign_in_link(ledger, link)).await
    }

    /// Lets a session last longer.
    pub(crate) async fn renew_session(&self, digest: String, expires_at: DateTime<Utc>) -> Result<(), Stop> {
        self.order(Order::renew_session(digest, expires_at)).await
    }

    /// Ends a session, or more of them.
    pub(crate) async fn end_sessions(&self, ending: Ending) -> Result<(), Stop> {
        self.order(Order::end_sessions(ending)).await
    }

    /// Begins to erase the contact that is kept here under that key.
    pub(crate) async fn erase_contact(
        &self,
        key: String,
        email: String,
        ledgers: Vec<String>,
    ) -> Result<(), Stop> {
        self.order(Order::erase_contact(key, email, ledgers)).await
    }

    /// The ledgers of whose bookings the address behind a key was told.
    pub(crate) async fn told_ledgers(&self, key: String) -> Result<Vec<String>, Stop> {
        self.ask(Question::told_ledgers(key)).await
    }

    /// Erases who made the bookings of an address here until an instant.
    pub(crate) async fn erase_bookings(&self, email: String, asked_at: DateTime<Utc>) -> Result<(), Stop> {
        self.order(Order::erase_bookings(email, asked_at)).await
    }

    async fn ask<T>(&self, question: Question<T>) -> Result<T, Stop> {
        let (query, reading) = question.send();
        Ok(reading.read(self.platform.answer(self.name, query).await?)?)
    }

    /// Gives an order, with today's subscribers where it makes events.
    async fn order<T>(&self, order: Order<T>) -> Result<T, Stop> {
        let (command, reading) = order.send();
        let command = with_subscribers(self.platform, self.name, command).await;
        Ok(reading.read(self.platform.apply(self.name, command).await?)?)
    }
}
