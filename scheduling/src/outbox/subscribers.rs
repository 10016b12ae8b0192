//! Subscribers: who hears of a host's bookings, as the content says today.

use serde::{Deserialize, Serialize};

use crate::booking::{Booking, HostNoted, Party, Place};
use crate::definition::{HostDefinition, Location, SiteDefinition, Webhook, is_same_page};

/// Who hears of a host's bookings, as the content says today. That is settings, and no promise: it goes with each
/// command that makes events, and holds for all bookings of the ledger, however old. A ledger notes what it was last,
/// for when the host is gone from the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribers {
    /// The host's folder; empty where nothing was noted of it.
    #[serde(default)]
    pub folder: String,
    /// The host: name, address and zone.
    pub host: HostNoted,
    /// Whom the site writes to.
    pub mailboxes: Vec<Party>,
    /// The endpoints: the site's, and then the host's.
    pub webhooks: Vec<Webhook>,
    /// How long after the last meeting's end contacts are kept, in minutes; `None` for until they are erased.
    pub keep_contacts_minutes: Option<u32>,
    /// The address (URL) of the video room of each page that has one for all its meetings, by the page's file name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<(String, String)>,
}

impl Subscribers {
    /// Those of a host. A site that sends no mail writes to nobody, and a sandbox only to the hosts that it lists.
    pub fn of(site: &SiteDefinition, host: &HostDefinition) -> Self {
        let written_to =
            |to: &Party| site.mail.is_some() && (*to == Party::Visitor || site.admits(&host.email));
        Self {
            folder: host.folder.clone(),
            host: HostNoted::of(host),
            mailboxes: [Party::Visitor, Party::Host].into_iter().filter(written_to).collect(),
            webhooks: site.webhooks.iter().chain(&host.webhooks).cloned().collect(),
            keep_contacts_minutes: site.keep_contacts_minutes,
            rooms: host
                .meetings
                .iter()
                .filter_map(|(name, meeting)| fixed_room(name, &meeting.location))
                .collect(),
        }
    }

    /// None at all, for a host of whom nothing was ever noted.
    pub(crate) fn none(host: &HostNoted) -> Self {
        Self {
            folder: String::new(),
            host: host.clone(),
            mailboxes: Vec::new(),
            webhooks: Vec::new(),
            keep_contacts_minutes: None,
            rooms: Vec::new(),
        }
    }

    /// A booking with its host as the content has it.
    pub(crate) fn booking(&self, booking: &Booking) -> Booking {
        let folder = if self.folder.is_empty() { &booking.host } else { &self.folder };
        booking.with_host(folder, self.host.clone())
    }

    /// The room that a booking's page has for all by now, where the booking still waits for one of its own.
    pub(crate) fn room_of_page(&self, booking: &Booking) -> Option<Place> {
        if booking.location != Place::Room(None) {
            return None;
        }
        let (_, address) = self.rooms.iter().find(|(page, _)| is_same_page(page, &booking.page))?;
        Some(Place::Video(address.clone()))
    }
}

fn fixed_room(name: &str, location: &Location) -> Option<(String, String)> {
    match location {
        Location::Video(address) => Some((name.to_owned(), address.clone())),
        _ => None,
    }
}
