//! Contacts as one host sees them, made of the host's own bookings: as JSON, and as a table.

use scheduling::booking::Booking;
use scheduling::contact::{Owner, Profile, Touch};
use scheduling::definition::HostDefinition;
use scheduling::{csv, view};
use serde_json::{Value, json};

use crate::call::today::as_host_has_it;
use crate::host::view_of;

/// The columns of the table.
const COLUMNS: [&str; 18] = [
    "key",
    "name",
    "email",
    "owner",
    "last_booking_at",
    "last_booking_campaign",
    "last_booking_source",
    "last_booking_medium",
    "bookings",
    "newest_page",
    "newest_start",
    "newest_status",
    "newest_payment_status",
    "newest_price",
    "newest_currency",
    "newest_paid",
    "newest_returned",
    "newest_payment_reference",
];

/// A contact, as its host sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    key: String,
    email: String,
    /// Of the host's own bookings alone.
    profile: Profile,
    /// Those bookings, newest first.
    pub bookings: Vec<Booking>,
}

impl Seen {
    /// A contact of whom there are these bookings, newest first, and at least one. Whose else the contact is, nobody is
    /// told.
    pub fn of(key: String, owner: Option<Owner>, bookings: Vec<Booking>, host: &HostDefinition) -> Self {
        let bookings: Vec<Booking> =
            bookings.into_iter().map(|booking| as_host_has_it(host, &booking)).collect();
        let newest = &bookings[0];
        let profile = Profile {
            name: newest.visitor.contact.name.clone(),
            owner: owner.filter(|owner| owner.ledger == host.ledger),
            booked_at: newest.created_at,
            touch: bookings.iter().map(Touch::of).find(|touch| !touch.is_empty()).unwrap_or_default(),
        };
        Self { key, email: newest.visitor.contact.normalised_email(), profile, bookings }
    }

    /// The contact as JSON.
    pub fn view(&self, host: &HostDefinition) -> Value {
        let Profile { name, owner, booked_at, touch: Touch { campaign, source, medium } } = &self.profile;
        let owner = owner.as_ref().map(|_| json!({ "folder": host.folder, "name": host.name }));
        let at = view::rfc3339(*booked_at);
        let bookings: Vec<Value> = self.bookings.iter().map(|booking| view_of(host, booking)).collect();
        json!({
            "key": self.key,
            "name": name,
            "email": self.email,
            "owner": owner,
            "last_booking": { "at": at, "campaign": campaign, "source": source, "medium": medium },
            "bookings": bookings,
        })
    }

    fn row(&self) -> [String; COLUMNS.len()] {
        let Profile { name, owner, booked_at, touch } = &self.profile;
        let Touch { campaign, source, medium } = touch.clone();
        let newest = &self.bookings[0];
        let [payment_status, price, currency, paid, returned, payment_reference] =
            view::payment_cells(newest);
        [
            self.key.clone(),
            name.clone(),
            self.email.clone(),
            owner.as_ref().map(|_| newest.host.clone()).unwrap_or_default(),
            view::rfc3339(*booked_at),
            campaign.unwrap_or_default(),
            source.unwrap_or_default(),
            medium.unwrap_or_default(),
            self.bookings.len().to_string(),
            newest.page.clone(),
            view::rfc3339(newest.start),
            newest.status.name().to_owned(),
            payment_status,
            price,
            currency,
            paid,
            returned,
            payment_reference,
        ]
    }
}

/// The bookings of each contact, at least one each.
pub fn by_contact(bookings: Vec<Booking>) -> Vec<Vec<Booking>> {
    let mut contacts: Vec<Vec<Booking>> = Vec::new();
    for booking in bookings {
        let email = booking.visitor.contact.normalised_email();
        match contacts.last_mut().filter(|last| last[0].visitor.contact.normalised_email() == email) {
            Some(last) => last.push(booking),
            None => contacts.push(vec![booking]),
        }
    }
    contacts
}

/// The contacts as CSV, with a header row.
pub fn table(seen: &[Seen]) -> String {
    let names = COLUMNS.map(str::to_owned);
    csv::table(std::iter::once(names).chain(seen.iter().map(Seen::row)))
}
