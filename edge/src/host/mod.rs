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
use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use scheduling::view;
use serde_json::Value;

use crate::call::stop::Stop;
use crate::call::today::as_host_has_it;
use crate::page::reason;

/// A booking as its host sees it.
pub fn view_of(host: &HostDefinition, booking: &Booking) -> Value {
    view::booking(&as_host_has_it(host, booking), Party::Host)
}

/// The same for a host who reads it: why money did not go back, or is disputed, is in their language.
pub(crate) fn told_to_host(words: &LocaleWords, host: &HostDefinition, booking: &Booking) -> Value {
    let mut view = view_of(host, booking);
    for (list, key) in [("refunds", "failure"), ("disputes", "reason")] {
        let all = view.pointer_mut(&format!("/payment/{list}")).and_then(Value::as_array_mut);
        for one in all.into_iter().flatten() {
            if let Some(why) = one[key].as_str() {
                one[key] = reason::in_words(words, why).into();
            }
        }
    }
    view
}

/// A refusal of what was asked for a booking at another time than it has now, in words for its host.
fn moved_meanwhile(stop: Stop) -> Stop {
    in_words(stop, |refusal| (refusal == Refusal::Superseded).then_some("moved_meanwhile"))
}

/// A refusal in words that suit its host better than its own, by their key, where there are such.
fn in_words(stop: Stop, words: impl Fn(Refusal) -> Option<&'static str>) -> Stop {
    match stop {
        Stop::Refused(mut refused) => {
            refused.words = words(refused.refusal).or(refused.words);
            Stop::Refused(refused)
        }
        stop @ Stop::Fault(_) => stop,
    }
}
