//! What guests are told, and what the host's calendar gets: each a copy of its own.

use scheduling::booking::{Booking, Event, Party, Place, Status};
use scheduling::outbox::{Destination, Mailbox, Recipient};

use super::mail::{abusive, booking, mail, whole};

fn ben() -> Recipient {
    Recipient::Guest("Ben@example.org".to_owned())
}

/// A booking with two guests.
fn shared(locale: &str) -> Booking {
    let mut booking = booking(locale);
    booking.visitor.guests = vec!["Ben@example.org".to_owned(), "kim@example.org".to_owned()];
    booking
}

/// The lines of an invitation, unfolded.
fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_guest_reads_who_invites_to_what_and_cannot_change_it() {
    let mail = mail("booking.confirmed", &shared("en"), ben()).await;
    assert_eq!(mail.subject, "Invitation: Introductory call, Tuesday 1 December 2026, 02:00");
    assert_eq!(
        (mail.to.to_string().as_str(), mail.reply_to.unwrap().to_string().as_str()),
        ("Ben@example.org", "aiko@example.com")
    );
    let (text, link) = mail.text.split_once("\nhttps://meet.example.com/booking/erase/").unwrap();
    let expected = "You are invited

Sam <b>Doe has invited you to a meeting with Aiko Tanaka.

Meeting: Introductory call (30 minutes)
With: Aiko Tanaka
When: Tuesday 1 December 2026, 02:00–02:30
  Berlin (UTC+1)
  Tuesday 1 December 2026, 10:00–10:30
  Tokyo (UTC+9), for Aiko Tanaka
Where: https://meet.example.com/rooms/aiko
Who: Sam <b>Doe

You get this email because Sam <b>Doe entered Ben@example.org to invite you to a meeting with Aiko Tanaka. If you do not know Sam <b>Doe, you can ignore it.

Erase everything about you, with every host of this site:";
    assert_eq!(text, expected);
    assert!(link.starts_with("YmVuQGV4YW1wbGUub3Jn."), "the guest's own address: {link}");
    assert_eq!(mail.html.matches("/booking/").count(), 1, "{}", mail.html);
    let invitation = mail.invitation.unwrap();
    assert_eq!(invitation.method, "REQUEST");
    let lines = lines(&invitation.text);
    let people: Vec<&String> =
        lines.iter().filter(|line| line.starts_with("ATTENDEE") || line.starts_with("ORGANIZER")).collect();
    let expected = [
        "ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com",
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=\"Aiko Tanaka\":mailto:aiko@example.com",
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=\"Ben@example.org\":mailto:Ben@example.org",
    ];
    assert_eq!(people, expected);
    assert!(!invitation.text.contains("/booking/"), "{}", invitation.text);
}

#[tokio::test]
async fn a_guest_is_written_to_in_the_language_of_the_booking() {
    for (event, subject, head) in [
        (
            "booking.confirmed",
            "ご招待：初回のご相談　2026年12月1日（火）02:00",
            "面談へのご招待\n\nSam <b>Doe様より、Aiko Tanakaとの面談へのご招待です。\n",
        ),
        (
            "booking.rescheduled",
            "日時変更：初回のご相談　2026年12月1日（火）02:00",
            "面談の日時が変わりました\n\nSam <b>Doe様からご招待のあった面談の、新しい日時は次のとおりです。\n",
        ),
        (
            "booking.cancelled",
            "キャンセル：初回のご相談　2026年12月1日（火）02:00",
            "面談はキャンセルされました\n\nSam <b>Doe様からご招待のあった、Aiko Tanakaとの面談は行われません。\n",
        ),
    ] {
        let mail = mail(event, &shared("ja"), ben()).await;
        assert_eq!(mail.subject, subject);
        assert!(mail.text.starts_with(head), "{}", mail.text);
    }
    let why = "\nこのメールは、Sam <b>Doe様がAiko Tanakaとの面談の同席者としてBen@example.orgを入力されたため、お送りしています。\
        お心当たりがない場合は、そのまま破棄してください。\n";
    assert!(mail("booking.confirmed", &shared("ja"), ben()).await.text.contains(why));
}

#[tokio::test]
async fn a_guest_hears_of_a_move_and_of_a_cancellation() {
    for (event, subject, head, method) in [
        (
            "booking.rescheduled",
            "Moved: Introductory call, now Tuesday 1 December 2026, 02:00",
            "The meeting has moved\n\nHere is the new time of the meeting to which Sam <b>Doe has invited you.\n",
            "REQUEST",
        ),
        (
            "booking.cancelled",
            "Cancelled: Introductory call, Tuesday 1 December 2026, 02:00",
            "The meeting is cancelled\n\nThe meeting with Aiko Tanaka to which Sam <b>Doe had invited you will not take place.\n",
            "CANCEL",
        ),
    ] {
        let mail = mail(event, &shared("en"), ben()).await;
        assert_eq!((mail.subject.as_str(), mail.invitation.unwrap().method), (subject, method));
        assert!(mail.text.starts_with(head), "{}", mail.text);
    }
}

/// A stranger can invite anybody: no word of the stranger's goes there, but for a name that is no link; nor does the
/// stranger's address.
#[tokio::test]
async fn a_strangers_words_are_not_sent_to_the_guests_that_the_stranger_named() {
    let to = Recipient::Guest("click-guest@example.org".to_owned());
    let takes = |event: &Event| Destination::Mail(Mailbox { to: to.clone() }).takes(*event);
    let events: Vec<Event> = Event::ALL.into_iter().filter(takes).collect();
    assert_eq!(events, [Event::Confirmed, Event::Rescheduled, Event::Cancelled, Event::RoomReady]);
    for event in events {
        for (locale, place) in [
            ("en", "Please ask You won! https: / / win. evil. example/ claim"),
            ("ja", "You won! https: / / win. evil. example/ claim様にご確認ください"),
        ] {
            let mut booking = abusive(locale);
            booking.visitor.contact.email = "buy@win.evil.example".to_owned();
            booking.location = Place::Ask("Place https://evil.example".to_owned());
            let text = whole(&mail(event.name(), &booking, to.clone()).await);
            for trace in ["evil.example", "Place http", "Reason", "Answer", "buy@"] {
                assert!(!text.contains(trace), "{trace} in {} in {locale}: {text}", event.name());
            }
            assert!(text.contains(place), "{text}");
        }
    }
}

/// Programs take no invitation in that comes from their own user: what the host gets is published.
#[tokio::test]
async fn the_host_gets_a_copy_that_asks_nobody() {
    for (event, method, status) in [
        ("booking.confirmed", "PUBLISH", "CONFIRMED"),
        ("booking.rescheduled", "PUBLISH", "CONFIRMED"),
        ("booking.cancelled", "CANCEL", "CANCELLED"),
    ] {
        let mut booking = shared("ja");
        booking.sequence = 3;
        if event == "booking.cancelled" {
            booking.status = Status::Cancelled;
        }
        let mail = mail(event, &booking, Party::Host).await;
        assert!(
            mail.text.contains("\nWho: Sam <b>Doe <sam@example.org>\n  Ben@example.org\n  kim@example.org\n"),
            "{}",
            mail.text
        );
        let invitation = mail.invitation.unwrap();
        assert_eq!(invitation.method, method);
        let expected = format!(
            "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daymark//Daymark//EN
METHOD:{method}
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
SEQUENCE:3
DTSTAMP:20261124T000000Z
DTSTART:20261201T010000Z
DTEND:20261201T013000Z
SUMMARY:Sam <b>Doe: Introductory call
DESCRIPTION:Sam <b>Doe\\, sam@example.org\\nBen@example.org\\nkim@example.org\\n\\nWhere: https://meet.example.com/rooms/aiko\\n\\nAnswer\\, move or cancel:\\nhttps://meet.example.com/host/#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ
LOCATION:https://meet.example.com/rooms/aiko
URL:https://meet.example.com/rooms/aiko
STATUS:{status}
ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com
END:VEVENT
END:VCALENDAR"
        );
        assert_eq!(lines(&invitation.text).join("\n"), expected);
    }
}
