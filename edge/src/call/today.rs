//! Today's settings, as they are looked up when something is carried out: whoever is told, is told as the content says
//! now.

use std::sync::Arc;

use scheduling::booking::{Booking, Event, HostNoted, Party, Place};
use scheduling::definition::{Calendar, HostDefinition, Location, Meeting, SiteDefinition, Webhook, slug_of};
use scheduling::ledger::Command;
use scheduling::outbox::Subscribers;

use crate::call::platform::Definitions;
use crate::call::stop::Fault;

/// The site, and the host of a ledger, as the content has them.
pub(crate) struct Today {
    pub(crate) site: Arc<SiteDefinition>,
    /// `None` where the host is gone from the content: then what was noted serves.
    pub(crate) host: Option<Arc<HostDefinition>>,
}

impl Today {
    pub(crate) async fn of(definitions: &impl Definitions, ledger: &str) -> Result<Self, Fault> {
        let site = definitions.site().await?;
        let host = match site.folder_of(ledger) {
            Some(folder) => definitions.host(folder).await?.filter(|host| host.ledger == ledger),
            None => None,
        };
        Ok(Self { site, host })
    }

    /// Whether the host hears of an event without looking: by email, or through an endpoint.
    pub(crate) fn tells_host(&self, event: Event) -> bool {
        let told = self.host.as_ref().map(|host| Subscribers::of(&self.site, host));
        told.is_some_and(|told| {
            told.mailboxes.contains(&Party::Host)
                || told.webhooks.iter().any(|webhook| webhook.takes(event.name()))
        })
    }

    /// The page that was booked, if its host still has it.
    pub(crate) fn page(&self, booking: &Booking) -> Option<&Meeting> {
        page_of(self.host.as_ref()?, booking)
    }

    /// A booking as its host has it now; with the host as `noted`, where that is gone.
    pub(crate) fn booking(&self, booking: &Booking, noted: &HostNoted) -> Booking {
        match &self.host {
            Some(host) => as_host_has_it(host, booking),
            None => Booking { noted: noted.clone(), ..booking.clone() },
        }
    }

    /// The host's calendar of that name, with its host, if bookings are written to it.
    pub(crate) fn written_to(&self, name: &str) -> Option<(&HostDefinition, &Calendar)> {
        let host = self.host.as_deref()?;
        let mut calendars = host.calendars.iter();
        Some((host, calendars.find(|calendar| calendar.name == name && calendar.is_written_to())?))
    }

    /// The endpoint of a delivery, by its address, with the secrets of today; or why the delivery ends.
    pub(crate) fn endpoint<'a>(&'a self, noted: &'a Webhook, event: &str) -> Result<&'a Webhook, String> {
        let hosts = self.host.iter().flat_map(|host| &host.webhooks);
        let mut found =
            self.site.webhooks.iter().chain(hosts).filter(|webhook| webhook.url == noted.url).peekable();
        match (found.peek(), &self.host) {
            (None, None) => Ok(noted),
            (None, Some(_)) => Err("the endpoint was taken out of the content".to_owned()),
            (Some(_), _) => found
                .find(|webhook| webhook.takes(event))
                .ok_or_else(|| format!("the endpoint no longer takes {event}")),
        }
    }
}

/// A booking with its host and its place as the content has them now.
pub fn as_host_has_it(host: &HostDefinition, booking: &Booking) -> Booking {
    Booking { location: place(host, booking), ..booking.with_host(&host.folder, HostNoted::of(host)) }
}

/// The place of a meeting: as its page has it now, if that is of the kind that was agreed, so that a host who has
/// changed a room's link meets the visitor in the new one. Else as it was agreed.
fn place(host: &HostDefinition, booking: &Booking) -> Place {
    match (&booking.location, page_of(host, booking).map(|page| &page.location)) {
        (Place::Video(_) | Place::Room(None), Some(Location::Video(link))) => Place::Video(link.clone()),
        (Place::Phone(_), Some(Location::Phone(number))) => Place::Phone(number.clone()),
        (Place::Address(_), Some(Location::Address(address))) => Place::Address(address.clone()),
        (agreed, _) => agreed.clone(),
    }
}

fn page_of<'a>(host: &'a HostDefinition, booking: &Booking) -> Option<&'a Meeting> {
    host.meetings.get(slug_of(&booking.page))
}

/// The same, for whoever looks at a booking; as noted where the host is gone, or cannot be read.
pub(crate) async fn as_of_today(definitions: &impl Definitions, booking: &Booking) -> Booking {
    let today = Today::of(definitions, booking.id.ledger()).await;
    today.map_or_else(|_| booking.clone(), |today| today.booking(booking, &booking.noted))
}

/// A command as it goes to a ledger: with today's subscribers where it makes events. Where the definitions cannot be
/// read, those that were noted last hear of it.
pub async fn with_subscribers(definitions: &impl Definitions, ledger: &str, mut command: Command) -> Command {
    if command.today().is_none() {
        return command;
    }
    let today = Today::of(definitions, ledger).await.ok();
    let subscribers = today.and_then(|Today { site, host }| Some(Subscribers::of(&site, &*host?)));
    command.with(subscribers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture;

    #[test]
    fn a_booking_takes_place_where_its_page_says_today() {
        let (_, hosts) = fixture::site();
        let mut host = hosts.into_iter().find(|host| host.folder == "aiko").unwrap();
        let mut booking: Booking =
            serde_json::from_str(include_str!("../../../scheduling/tests/booking.json")).unwrap();
        booking.page = "aiko/intro".to_owned();
        let place = |host: &HostDefinition, agreed: &Place| {
            as_host_has_it(host, &Booking { location: agreed.clone(), ..booking.clone() }).location
        };
        let old = Place::Video("https://old.example.com/room".to_owned());
        let new = "https://new.example.com/room".to_owned();
        host.meetings.get_mut("intro").unwrap().location = Location::Video(new.clone());
        assert_eq!(place(&host, &old), Place::Video(new));
        assert_eq!(place(&host, &Place::Room(None)), place(&host, &old), "its calendar makes none any more");
        let made = Place::Room(Some("https://made.example.com/room".to_owned()));
        assert_eq!(place(&host, &made), made, "everybody knows it");
        let called = Place::Phone("+49 30 5550 0123".to_owned());
        assert_eq!(place(&host, &called), called, "another kind of place was agreed");
        for location in
            [Location::Room("https://new.example.com/{random}".to_owned()), Location::CalendarRoom]
        {
            host.meetings.get_mut("intro").unwrap().location = location;
            for agreed in [&old, &made, &Place::Room(None)] {
                assert_eq!(place(&host, agreed), *agreed, "a room is each booking's own");
            }
        }
        host.meetings.clear();
        assert_eq!(place(&host, &old), old, "the page is gone");
    }
}
