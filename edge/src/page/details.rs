//! A booking in words, for pages and mails: what, when, where, who, and the answers.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{
    Answer, Booking, DisputeState, Party, Payment, PaymentStatus, Place, Proposal, Status,
};
use scheduling::definition::{Meeting, Provider, Question, QuestionKind, RefundUntil, words_in};
use scheduling::locale::LocaleWords;
use scheduling::mail;
use scheduling::money::Money;
use scheduling::view;
use scheduling::zone::Zone;

use crate::page::shell::Fields;
use scheduling::when;

/// The meeting, its time and its place. The reader's own time comes first; the other side's beside it, if that differs.
pub(crate) fn details(words: &LocaleWords, booking: &Booking, reader: Party, now: DateTime<Utc>) -> Fields {
    let [own_time, other_time] = times(words, booking, booking.time(), reader);
    let asked = booking.proposed.iter().map(|asked| proposed(words, booking, asked, reader)).collect();
    let until = booking.changeable_until();
    let minutes = u64::try_from((booking.end - booking.start).num_minutes()).unwrap_or(0);
    let location = booking.place_for(reader);
    let is_hidden = reader == Party::Visitor && booking.hides_place();
    let place = Fields::default().text("place", location.text().to_owned());
    let (link, phone, text) = match &location {
        _ if is_hidden => (None, None, Some(place_hidden(words, booking))),
        Place::Room(None) => (None, None, Some(room_awaited(words, booking, reader))),
        Place::Video(address) | Place::Room(Some(address)) if address.starts_with("https://") => {
            (Some(place), None, None)
        }
        Place::Phone(number) => (None, Some(dialled(number, place)), None),
        Place::Video(_) | Place::Room(_) | Place::Address(_) | Place::Ask(_) => (None, None, Some(place)),
    };
    let price = booking.payment.as_ref().map(|payment| words.money(&payment.cost()));
    // The host knows.
    let is_asked_for = reader == Party::Visitor
        && booking.status == Status::Requested
        && booking.location != Place::Room(None)
        && !is_hidden;
    Fields::default()
        .text("meeting_title", booking.title.clone())
        .text("host_name", booking.noted.name.clone())
        .flag("erased", booking.visitor.contact.is_erased())
        .text("contact_name", contact_name(words, booking))
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
        .text("price", price.unwrap_or_default())
        .optional("ended", ended(words, booking, reader))
        .list(
            "payment",
            booking.payment.iter().map(|paid| payment(words, booking, paid, (reader, now))).collect(),
        )
        .list("answers", Vec::new())
}

/// Who has booked, or that they are erased.
pub(crate) fn contact_name(words: &LocaleWords, booking: &Booking) -> String {
    let contact = &booking.visitor.contact;
    if contact.is_erased() {
        return words.message("endpoint.mail.erased_contact", &[]);
    }
    contact.name.clone()
}

/// What a booking costs, what has become of that, and what a cancellation would mean for it.
fn payment(
    words: &LocaleWords,
    booking: &Booking,
    payment: &Payment,
    (reader, now): (Party, DateTime<Utc>),
) -> Fields {
    let (own, _) = zones(booking, reader);
    let at = |instant: DateTime<Utc>| when::start(words, own, instant);
    let mismatched = payment.other();
    let is_whole =
        booking.status.is_live() && payment.paid.is_some() && payment.refundable() == payment.cost().amount;
    let key = match payment.status(booking.status) {
        PaymentStatus::Due | PaymentStatus::Unpaid if mismatched.is_some() => "mismatched",
        PaymentStatus::Due if booking.status == Status::AwaitingPayment => "due",
        // Nobody has to accept it.
        PaymentStatus::Due if booking.status == Status::AwaitingConfirmation && !booking.terms.by_request => {
            "due_if_confirmed"
        }
        PaymentStatus::Due if reader == Party::Host => "due_if_accepted_of_host",
        PaymentStatus::Due => "due_if_accepted",
        PaymentStatus::Promised => "promised",
        // Another amount was paid, and has gone back, or could not.
        PaymentStatus::Unpaid if payment.has_failed_refunds() && reader == Party::Host => {
            "refund_failed_of_host"
        }
        PaymentStatus::Unpaid if payment.has_failed_refunds() => "refund_failed",
        PaymentStatus::Unpaid if !payment.refunds.is_empty() => "partly_refunded",
        PaymentStatus::Unpaid => "unpaid",
        PaymentStatus::Paid if payment.taken_back().amount > 0 && reader == Party::Host => {
            "taken_back_of_host"
        }
        PaymentStatus::Paid if payment.taken_back().amount > 0 => "taken_back",
        PaymentStatus::Paid if payment.is_disputed() && reader == Party::Host => "disputed_of_host",
        PaymentStatus::Paid if payment.is_disputed() => "disputed",
        PaymentStatus::Paid if booking.status == Status::Requested && reader == Party::Host => {
            "paid_if_accepted_of_host"
        }
        PaymentStatus::Paid if booking.status == Status::Requested => "paid_if_accepted",
        PaymentStatus::Paid => "paid",
        // It counts still: what goes back was paid on top of it.
        PaymentStatus::RefundOwed if is_whole && reader == Party::Host => "refund_owed_beside_of_host",
        PaymentStatus::RefundOwed if is_whole => "refund_owed_beside",
        PaymentStatus::RefundPending => "refund_pending",
        PaymentStatus::RefundOwed if reader == Party::Host && payment.owes_by_link() => {
            "refund_owed_by_link_of_host"
        }
        PaymentStatus::RefundOwed if reader == Party::Host => "refund_owed_of_host",
        PaymentStatus::RefundOwed => "refund_owed",
        PaymentStatus::PartlyRefunded => "partly_refunded",
        PaymentStatus::Refunded => "refunded",
        PaymentStatus::RefundFailed if reader == Party::Host => "refund_failed_of_host",
        PaymentStatus::RefundFailed => "refund_failed",
    };
    let returned = payment.only_returned().unwrap_or_else(|| payment.returned());
    let values = [
        ("host_name", booking.noted.name.as_str()),
        ("other", &mismatched.map(|paid| words.money(&paid.money)).unwrap_or_default()),
        ("due_by", &booking.pay_by().map(at).unwrap_or_default()),
        ("returned", &words.money(&returned)),
        ("pending", &words.money(&payment.on_its_way())),
        ("owed", &words.money(&payment.owed())),
        ("taken_back", &words.money(&payment.taken_back())),
        ("disputed", &words.money(&payment.in_dispute(DisputeState::Open))),
    ];
    // Nobody cancels later than they can change it.
    let refund_by = match payment.refund_until {
        RefundUntil::Minutes(minutes) => booking.start - TimeDelta::minutes(minutes.into()),
        RefundUntil::Never | RefundUntil::Always => booking.start,
    };
    let refund_by = refund_by.min(booking.changeable_until());
    let is_settled = payment.paid.is_some() && payment.refundable() == 0;
    let rule = match payment.refund_until {
        _ if reader == Party::Host || !booking.status.is_live() || mismatched.is_some() => None,
        // Nothing can go back, whoever cancels.
        _ if is_settled => None,
        // Nobody can cancel any more.
        _ if booking.end <= now => None,
        _ if payment.refund_closed => Some("never"),
        RefundUntil::Never => Some("never"),
        // That is over, or was when it was booked.
        _ if refund_by < now.max(booking.created_at) => Some("never"),
        _ if refund_by == booking.start => Some("always"),
        _ => Some("until"),
    };
    let refund_by = at(refund_by);
    let rule = rule.map(|rule| {
        let values = [("host_name", booking.noted.name.as_str()), ("refund_by", refund_by.as_str())];
        words.message(&format!("endpoint.payment.rule.{rule}"), &values)
    });
    Fields::default()
        .text("said", words.message(&format!("endpoint.payment.{key}"), &values))
        .optional("rule", rule)
}

/// What becomes of the money for a meeting that does not take place, which is what people then want to know first;
/// `None` where all is said by how it ended.
fn ended(words: &LocaleWords, booking: &Booking, reader: Party) -> Option<String> {
    let is_called_off = matches!(booking.status, Status::Cancelled | Status::Declined);
    let payment = booking.payment.as_ref().filter(|_| is_called_off || booking.status == Status::Expired)?;
    let is_by_link = payment.provider.provider() == Provider::Link;
    let key = match payment.status(booking.status) {
        PaymentStatus::Unpaid if is_called_off && payment.other().is_some() => "mismatched",
        PaymentStatus::Unpaid if payment.has_failed_refunds() => "refund_failed",
        PaymentStatus::Unpaid if !payment.refunds.is_empty() => return None,
        PaymentStatus::Unpaid
            if booking.status == Status::Cancelled && is_by_link && reader == Party::Host =>
        {
            "unpaid_by_link"
        }
        PaymentStatus::Unpaid if booking.status == Status::Cancelled => "unpaid",
        PaymentStatus::RefundPending => "refund_pending",
        PaymentStatus::PartlyRefunded | PaymentStatus::Refunded => "refunded",
        PaymentStatus::RefundFailed => "refund_failed",
        PaymentStatus::RefundOwed => "refund_owed",
        PaymentStatus::Paid if is_called_off && payment.waits_for_dispute => "disputed_and_owed",
        PaymentStatus::Paid if is_called_off && payment.is_disputed() => "disputed",
        PaymentStatus::Paid if is_called_off && payment.refundable() == 0 => "taken_back",
        PaymentStatus::Paid if is_called_off => "kept",
        _ => return None,
    };
    let side = if reader == Party::Host { "ended_of_host" } else { "ended" };
    let other = payment.other().map(|paid| words.money(&paid.money));
    let values = [
        ("host_name", booking.noted.name.as_str()),
        ("name", &contact_name(words, booking)),
        ("price", &words.money(&payment.cost())),
        ("kept", &words.money(&Money { amount: payment.refundable(), ..payment.price })),
        ("other", other.as_deref().unwrap_or_default()),
        ("taken_back", &words.money(&payment.taken_back())),
        ("disputed", &words.money(&payment.in_dispute(DisputeState::Open))),
        ("returned", &words.money(&payment.returned())),
        ("pending", &words.money(&payment.on_its_way())),
        ("owed", &words.money(&payment.owed())),
    ];
    Some(words.message(&format!("endpoint.payment.{side}.{key}"), &values))
}

/// The same for its host, in a locale of the site: with the visitor's guests and answers, and in the words of the page,
/// if that still exists. A visitor may have booked in another language.
pub(crate) fn details_for_host(
    words: &LocaleWords,
    booking: &Booking,
    (page, locale): (Option<&Meeting>, &str),
    now: DateTime<Utc>,
) -> Fields {
    details(words, booking, Party::Host, now)
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

/// What is said of a place that is not told before it is paid for, or was not.
fn place_hidden(words: &LocaleWords, booking: &Booking) -> Fields {
    let is_paid = booking.payment.as_ref().is_some_and(|payment| payment.paid.is_some());
    let waits_for_host = is_paid && booking.status == Status::Requested;
    let key = match (&booking.location, booking.status.is_live()) {
        (Place::Phone(_), _) if waits_for_host => "endpoint.booking.phone_once_accepted",
        (_, _) if waits_for_host => "endpoint.booking.room_once_accepted",
        (Place::Phone(_), true) => "endpoint.booking.phone_once_paid",
        (Place::Phone(_), false) => "endpoint.booking.phone",
        (_, true) => "endpoint.booking.room_once_paid",
        (_, false) => "endpoint.booking.room",
    };
    Fields::default().text("place", words.message(key, &[("host_name", booking.noted.name.as_str())]))
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
