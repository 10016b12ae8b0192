//! A booking in words, for pages and mails: what, when, where, who, and the answers.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Answer, Booking, Party, Place, Proposal, Status};
use scheduling::definition::{Meeting, Question, QuestionKind, words_in};
use scheduling::locale::LocaleWords;
use scheduling::mail;
use scheduling::view;
use scheduling::zone::Zone;

use crate::page::shell::Fields;
use scheduling::when;

/// The meeting, its time and its place. The reader's own time comes first; the other side's beside it, if that differs.
pub(crate) fn details(words: &LocaleWords, booking: &Booking, reader: Party) -> Fields {
    let [own_time, other_time] = times(words, booking, booking.time(), reader);
    let asked = booking.proposed.iter().map(|asked| proposed(words, booking, asked, reader)).collect();
    let until = booking.changeable_until();
    let minutes = u64::try_from((booking.end - booking.start).num_minutes()).unwrap_or(0);
    let place = Fields::default().text("place", booking.location.text().to_owned());
    let (link, phone, text) = match &booking.location {
        Place::Room(None) => (None, None, Some(room_awaited(words, booking, reader))),
        Place::Video(address) | Place::Room(Some(address)) if address.starts_with("https://") => {
            (Some(place), None, None)
        }
        Place::Phone(number) => (None, Some(dialled(number, place)), None),
        Place::Video(_) | Place::Room(_) | Place::Address(_) | Place::Ask(_) => (None, None, Some(place)),
    };
    // The host knows.
    let is_asked_for = reader == Party::Visitor
        && booking.status == Status::Requested
        && booking.location != Place::Room(None);
    Fields::default()
        .text("meeting_title", booking.title.clone())
        .text("host_name", booking.noted.name.clone())
        .text("contact_name", booking.visitor.contact.name.clone())
        .text("contact_email", booking.visitor.contact.email.trim())
        .text("contact_link", mail::mailto(&booking.visitor.contact.email))
        .text("contact_in_text", mail::in_text(&booking.visitor.contact.email))
        .text("duration", words.plural("endpoint.when.minutes", minutes))
        .text("start_utc", view::rfc3339(booking.start))
        .list("proposed", asked)
        .list("own_time", own_time)
        .list("other_time", other_time)
        .list("place_link", link.into_iter().collect())
        .list("place_phone", phone.into_iter().collect())
        .list("place_text", text.into_iter().collect())
        .flag("if_accepted", is_asked_for)
        .text("change_until", when::start(words, &booking.visitor.time_zone, until))
        .flag("has_change_until", until + TimeDelta::minutes(1) < booking.start)
        .optional("cancel_reason", booking.cancel_reason.clone())
        .list("answers", Vec::new())
}

/// The same for its host, in a locale of the site: with the visitor's guests and answers, and in the words of the page,
/// if that still exists. A visitor may have booked in another language.
pub(crate) fn details_for_host(
    words: &LocaleWords,
    booking: &Booking,
    page: Option<&Meeting>,
    locale: &str,
) -> Fields {
    details(words, booking, Party::Host)
        .text("meeting_title", title_for_host(booking, page, locale))
        .list("guests", booking.visitor.guests.iter().map(|guest| guest_fields(guest)).collect())
        .list("answers", answers(booking, page, locale))
}

/// What is said of a room that the host's calendar has yet to make, or never has to.
fn room_awaited(words: &LocaleWords, booking: &Booking, reader: Party) -> Fields {
    let key = match reader {
        Party::Visitor if booking.status == Status::Requested => "endpoint.booking.room_if_accepted",
        Party::Visitor if booking.status.is_live() => "endpoint.booking.room_awaited",
        Party::Host if booking.awaits_room() => "endpoint.booking.room_awaited_of_host",
        Party::Visitor | Party::Host => "endpoint.booking.room",
    };
    Fields::default().text("place", words.message(key, &[]))
}

/// What is said of a room that was never made, once that is no use any more.
pub(crate) fn room_never_made(words: &LocaleWords) -> Vec<Fields> {
    vec![Fields::default().text("place", words.message("endpoint.booking.room", &[]))]
}

fn guest_fields(email: &str) -> Fields {
    Fields::default().text("value", mail::in_text(email)).text("link", mail::mailto(email))
}

/// The page's title in the host's language.
pub(crate) fn title_for_host<'a>(booking: &'a Booking, page: Option<&'a Meeting>, locale: &str) -> &'a str {
    page.map_or(&booking.title, |page| words_in(&page.title, locale))
}

/// A time on the reader's clock; and on the other side's, if that differs.
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
            .flag("night", when::is_night(zone, start))
    };
    [vec![in_zone(own)], if differs { vec![in_zone(other)] } else { Vec::new() }]
}

/// Another time that is asked for, and the end of the time to answer.
fn proposed(words: &LocaleWords, booking: &Booking, proposal: &Proposal, reader: Party) -> Fields {
    let [own_time, other_time] = times(words, booking, (proposal.start, proposal.end), reader);
    let (own, _) = zones(booking, reader);
    Fields::default()
        .text("proposed_utc", view::rfc3339(proposal.start))
        .text("until", when::start(words, own, proposal.expires_at))
        .text("until_place", words.place(own))
        .list("own_time", own_time)
        .list("other_time", other_time)
}

/// The reader's zone, and the other side's.
pub(crate) fn zones(booking: &Booking, reader: Party) -> (&Zone, &Zone) {
    match reader {
        Party::Visitor => (&booking.visitor.time_zone, &booking.noted.time_zone),
        Party::Host => (&booking.noted.time_zone, &booking.visitor.time_zone),
    }
}

/// A phone number, with the digits to dial.
fn dialled(number: &str, place: Fields) -> Fields {
    let dialled = number.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+');
    place.text("dialled", dialled.collect::<String>())
}

/// The visitor's answers, each under its question; under the question's id if the page no longer asks it.
fn answers(booking: &Booking, page: Option<&Meeting>, locale: &str) -> Vec<Fields> {
    let questions = page.map_or(&[][..], |page| &page.questions);
    let asked = questions.iter().filter_map(|question| {
        let answer = booking.visitor.answers.get(&question.id)?;
        Some((words_in(&question.label, locale), in_words(answer, Some(question), locale)))
    });
    let is_asked = |id: &str| questions.iter().any(|question| question.id == id);
    let others = booking.visitor.answers.iter().filter(|(id, _)| !is_asked(id));
    let others = others.map(|(id, answer)| (id.as_str(), in_words(answer, None, locale)));
    let fields = |(label, answer)| Fields::default().text("label", label).text("answer", answer);
    asked.chain(others).map(fields).collect()
}

fn in_words(answer: &Answer, question: Option<&Question>, locale: &str) -> String {
    let option = |id: &str| match question.map(|question| &question.kind) {
        Some(QuestionKind::Choice(options) | QuestionKind::Choices(options)) => {
            let option = options.iter().find(|option| option.id == id);
            option.map_or(id, |option| words_in(&option.label, locale)).to_owned()
        }
        _ => id.to_owned(),
    };
    match answer {
        Answer::Consent(given) => if *given { "✓" } else { "–" }.to_owned(),
        Answer::Text(text) => option(text),
        Answer::Choices(choices) => {
            choices.iter().map(|choice| option(choice)).collect::<Vec<_>>().join(", ")
        }
    }
}
