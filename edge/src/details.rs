//! A booking in words, for the pages and mails that tell of it: what, when, where, who, and what they answered.

use chrono::TimeDelta;
use scheduling::booking::{Answer, Booking};
use scheduling::ledger::Party;
use scheduling::locale::LocaleWords;
use scheduling::zone::Zone;

use crate::shell::Fields;
use crate::when;

/// What was booked, when and where. The reader's own time comes first; the other side's beside it, where that differs.
pub(crate) fn details(words: &LocaleWords, booking: &Booking, reader: Party) -> Fields {
    let (own, other) = zones(booking, reader);
    let differs = own.offset_seconds(booking.start) != other.offset_seconds(booking.start);
    let in_zone = |zone: &Zone| {
        Fields::default()
            .text("span", when::span(words, zone, booking.start, booking.end))
            .text("zone", when::zone_name(words, zone, booking.start))
    };
    let until = booking.changeable_until();
    let minutes = u64::try_from((booking.end - booking.start).num_minutes()).unwrap_or(0);
    let place = Fields::default().text("place", booking.location.value.clone());
    let is_link = booking.location.kind == "video" && booking.location.value.starts_with("https://");
    Fields::default()
        .text("meeting_title", booking.title.clone())
        .text("host_name", booking.host_name.clone())
        .text("contact_name", booking.contact.name.clone())
        .text("contact_email", booking.contact.email.trim())
        .text("duration", words.plural("endpoint.when.minutes", minutes))
        .text("start_utc", booking.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .list("own_time", vec![in_zone(own)])
        .list("other_time", if differs { vec![in_zone(other)] } else { Vec::new() })
        .list("place_link", if is_link { vec![place.clone()] } else { Vec::new() })
        .list(
            "place_phone",
            if booking.location.kind == "phone" { vec![phone(booking, place.clone())] } else { Vec::new() },
        )
        .list(
            "place_text",
            if is_link || booking.location.kind == "phone" { Vec::new() } else { vec![place] },
        )
        .text("change_until", when::start(words, &booking.time_zone, until))
        .flag("has_change_until", until + TimeDelta::minutes(1) < booking.start)
        .optional("cancel_reason", booking.cancel_reason.clone())
        .list("answers", if reader == Party::Host { answers(booking) } else { Vec::new() })
}

/// The reader's zone, and the other side's.
pub(crate) fn zones(booking: &Booking, reader: Party) -> (&Zone, &Zone) {
    match reader {
        Party::Visitor => (&booking.time_zone, &booking.host_time_zone),
        Party::Host => (&booking.host_time_zone, &booking.time_zone),
    }
}

/// A phone number with what dials it.
fn phone(booking: &Booking, place: Fields) -> Fields {
    let dialled = booking.location.value.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+');
    place.text("dialled", dialled.collect::<String>())
}

/// What the visitor answered, for the host to read.
fn answers(booking: &Booking) -> Vec<Fields> {
    let in_words = |answer: &Answer| match answer {
        Answer::Consent(given) => if *given { "✓" } else { "–" }.to_owned(),
        Answer::Text(text) => text.clone(),
        Answer::Choices(choices) => choices.join(", "),
    };
    let answer =
        |(id, answer): (&String, &Answer)| Fields::default().text("id", id).text("answer", in_words(answer));
    booking.answers.iter().map(answer).collect()
}
