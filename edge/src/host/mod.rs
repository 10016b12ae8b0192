//! A host's requests: bookings and their answers, those that are alike, contacts, deliveries, the session of a device,
//! the calendar feed, campaigns, suggested times.

pub(crate) mod alike;
pub(crate) mod bookings;
pub(crate) mod calendars;
pub(crate) mod campaigns;
pub(crate) mod change;
pub(crate) mod contact_list;
pub(crate) mod contacts;
pub(crate) mod decide_page;
pub(crate) mod deliveries;
pub(crate) mod devices;
pub(crate) mod feed;
pub(crate) mod invites;
mod outcome;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod suggestions;

use scheduling::booking::{Booking, Party};
use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;
use scheduling::view;
use serde_json::Value;

use crate::call::stop::{Refused, Stop};
use crate::call::today::as_host_has_it;

/// A booking as its host sees it.
pub fn view_of(host: &HostDefinition, booking: &Booking) -> Value {
    view::booking(&as_host_has_it(host, booking), Party::Host)
}

/// A refusal of what was asked for a booking at another time than it has now, in words for its host.
fn moved_meanwhile(stop: Stop) -> Stop {
    match stop {
        Stop::Refused(refused) if refused.refusal == Refusal::Superseded => {
            Refused { words: Some("moved_meanwhile"), ..*refused }.into()
        }
        stop => stop,
    }
}
