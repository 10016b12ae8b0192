//! A booking in words, for the pages and mails that tell of it: what, when, where, who, and what they answered.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Answer, Booking, Proposal};
use scheduling::ledger::Party;
use scheduling::locale::LocaleWords;
use scheduling::view;
use scheduling::zone::Zone;

use crate::shell::Fields;
use crate::when;

/// What was booked, when and where. The reader's own time comes first; the other side's beside it, where that differs.
pub(crate) fn details(words: &LocaleWords, booking: &Booking, reader: Party) -> Fields {
    let [own_time, other_time] = times(words, booking, booking.time(), reader);
    let asked = booking.proposed.iter().map(|asked| proposed(words, booking, asked, reader)).collect();
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
        .text("start_utc", view::rfc3339(booking.start))
        .list("proposed", asked)
        .list("own_time", own_time)
        .list("other_time", other_time)
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

/// A time on the reader's clock; on the other side's, where that differs.
fn times(
    words: &LocaleWords,
    booking: &Booking,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
    reader: Party,
) -> [Vec<Fields>; 2] {
    let (own, other) = zones(booking, reader);
    let differs = own.offset_seconds(start) != other.offset_seconds(start);
    let in_zone = |zone: &Zone| {
        Fields::default()
            .text("span", when::span(words, zone, start, end))
            .text("zone", when::zone_name(words, zone, start))
    };
    [vec![in_zone(own)], if differs { vec![in_zone(other)] } else { Vec::new() }]
}

/// Another time that is asked for, and until when it is answered.
fn proposed(words: &LocaleWords, booking: &Booking, proposal: &Proposal, reader: Party) -> Fields {
    let [own_time, other_time] = times(words, booking, (proposal.start, proposal.end), reader);
    let (own, _) = zones(booking, reader);
    Fields::default()
        .text("proposed_utc", view::rfc3339(proposal.start))
        .text("until", when::start(words, own, proposal.expires_at))
        .list("own_time", own_time)
        .list("other_time", other_time)
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
