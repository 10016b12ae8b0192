//! Bookings' lives as calendars get them, kept for readers that others wrote: `tests/invitations` reads what stands
//! here.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Booking, Change, Contact, Party, Place, Status};
use scheduling::invitation::{Feed, Invitation, Method};
use scheduling::locale::LocaleWords;
use scheduling::token::BookingId;
use serde_json::{Value, json};

const MANAGE_URL: &str = "https://meet.example.com/booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ/1830000000-token";

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// The theme's own words.
fn words(locale: &str) -> LocaleWords {
    let path = format!("../site/locales/{locale}/endpoint.toml");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let messages = ["invitation", "feed"].into_iter().flat_map(|part| {
        let message = move |(key, words): (&String, &toml::Value)| {
            (format!("endpoint.{part}.{key}"), words.as_str().unwrap().to_owned())
        };
        table[part].as_table().unwrap().iter().map(message)
    });
    LocaleWords { messages: messages.collect(), ..LocaleWords::default() }
}

fn booking(random: u8) -> Booking {
    let sample: Booking = serde_json::from_str(include_str!("../../scheduling/tests/booking.json")).unwrap();
    let id = BookingId::new("aiko", [random; 16]);
    of_contact(Booking { id, ..sample }, "Mara Lind", "mara+work@example.org")
}

fn of_contact(mut booking: Booking, name: &str, email: &str) -> Booking {
    booking.visitor.contact = Contact { name: name.to_owned(), email: email.to_owned() };
    booking
}

/// The messages of some lives, in the order in which they were written.
struct Kept {
    folder: std::path::PathBuf,
    messages: Vec<Value>,
    stamp: DateTime<Utc>,
}

/// The addresses and names of those who are asked to come.
type Asked<'a> = &'a [(&'a str, &'a str)];

impl Kept {
    /// Keeps a message, and what readers must find in it. `texts` are summary, description and location; `names` are
    /// the visitor's name and those of further guests, as a calendar shows them.
    fn keep(
        &mut self,
        booking: &Booking,
        method: Method,
        manage_url: Option<&str>,
        (status, texts, names): (&str, [&str; 3], &[&str]),
    ) {
        self.stamp += TimeDelta::minutes(1);
        let words = words(&booking.visitor.locale);
        let invitation = Invitation { booking, words: &words, manage_url, guest: None };
        let text = invitation.icalendar(method, self.stamp);
        let emails = std::iter::once(&booking.visitor.contact.email).chain(&booking.visitor.guests);
        let asked: Vec<(&str, &str)> = emails.map(String::as_str).zip(names.iter().copied()).collect();
        let asked = (method != Method::Publish).then_some(&asked[..]);
        self.keep_text((booking, method, &text), self.stamp, (status, texts, asked));
    }

    /// The same as the host gets it.
    fn keep_for_host(&mut self, booking: &Booking, method: Method, (status, texts): (&str, [&str; 3])) {
        let feed =
            Feed { host_name: "Aiko Tanaka", words: &words("en"), base_url: "https://meet.example.com" };
        let text = feed.event(booking, method);
        self.keep_text((booking, method, &text), booking.changed_at, (status, texts, None));
    }

    /// The same as a guest gets it.
    fn keep_for_guest(
        &mut self,
        booking: &Booking,
        method: Method,
        guest: &str,
        (status, texts): (&str, [&str; 3]),
    ) {
        self.stamp += TimeDelta::minutes(1);
        let invitation = Invitation { booking, words: &words("en"), manage_url: None, guest: Some(guest) };
        let text = invitation.icalendar(method, self.stamp);
        self.keep_text((booking, method, &text), self.stamp, (status, texts, Some(&[(guest, guest)])));
    }

    /// `asked` is `None` where nobody is.
    fn keep_text(
        &mut self,
        (booking, method, text): (&Booking, Method, &str),
        stamp: DateTime<Utc>,
        (status, texts, asked): (&str, [&str; 3], Option<Asked<'_>>),
    ) {
        let file = format!("{:02}-{}.ics", self.messages.len() + 1, method.name().to_lowercase());
        fs::write(self.folder.join(&file), text).unwrap();
        let host = json!({ "email": "aiko@example.com", "name": "Aiko Tanaka", "partstat": "ACCEPTED", "rsvp": null });
        let attendees = asked.map(|asked| {
            let asked = asked.iter().map(
                |(email, name)| json!({ "email": email, "name": name, "partstat": "NEEDS-ACTION", "rsvp": "TRUE" }),
            );
            std::iter::once(host).chain(asked).collect::<Vec<Value>>()
        });
        let [summary, description, location] = texts;
        self.messages.push(json!({
            "file": file, "method": method.name(), "uid": booking.id, "sequence": booking.sequence, "status": status,
            "stamp": stamp.timestamp(), "start": booking.start.timestamp(), "end": booking.end.timestamp(),
            "summary": summary, "description": description, "location": location,
            "url": if matches!(booking.location, Place::Video(_)) { json!(location) } else { Value::Null },
            "organizer": { "email": "aiko@example.com", "name": "Aiko Tanaka" },
            "attendees": attendees.unwrap_or_default(),
        }));
    }
}

#[test]
fn lives_are_kept_for_other_readers() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("invitations");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut kept = Kept { folder, messages: Vec::new(), stamp: at("2026-11-24T08:00:05Z") };
    whole_life(&mut kept);
    japanese_life(&mut kept);
    hostile_names(&mut kept);
    life_of_host_and_guest(&mut kept);
    let expected = serde_json::to_string_pretty(&kept.messages).unwrap();
    fs::write(kept.folder.join("expected.json"), expected).unwrap();
    keep_feed(&kept.folder);
}

/// A feed of several bookings, two of them in it with words that would end a line, a value or the event.
fn keep_feed(folder: &Path) {
    let named = |random: u8, name: &str| of_contact(booking(random), name, "mara+work@example.org");
    let hostile = "Sam\r\nEND:VEVENT;\u{2028}, \\n";
    let requested = Booking { status: Status::Requested, ..named(31, "鈴木 一郎") };
    let bookings = [named(30, "Mara Lind"), requested, named(32, hostile)];
    let desk_url = "https://meet.example.com/host/";
    let text = Feed { host_name: "Aiko, Tanaka", words: &words("en"), base_url: "https://meet.example.com" }
        .icalendar(&bookings);
    fs::write(folder.join("feed.ics"), text).unwrap();
    let event = |booking: &Booking, status: &str, name: &str, summary: &str| {
        let room = "https://meet.example.com/aiko";
        let description = format!(
            "{name}, mara+work@example.org\n\nWhere: {room}\n\nAnswer, move or cancel:\n{desk_url}#booking/{}",
            booking.id
        );
        json!({
            "uid": booking.id, "sequence": 0, "status": status, "stamp": booking.changed_at.timestamp(),
            "start": booking.start.timestamp(), "end": booking.end.timestamp(),
            "summary": summary, "description": description, "location": room, "url": room,
            "organizer": { "email": "aiko@example.com", "name": "Aiko Tanaka" }, "attendees": [],
        })
    };
    let lines = "Sam\nEND:VEVENT;, \\n";
    let events = [
        event(&bookings[0], "CONFIRMED", "Mara Lind", "Mara Lind: Introductory call"),
        event(&bookings[1], "TENTATIVE", "鈴木 一郎", "Requested by 鈴木 一郎: Introductory call"),
        event(&bookings[2], "CONFIRMED", lines, "Sam END:VEVENT; , \\n: Introductory call"),
    ];
    let expected = json!({ "method": "PUBLISH", "name": "Bookings of Aiko, Tanaka", "events": events });
    fs::write(folder.join("feed.json"), serde_json::to_string_pretty(&expected).unwrap()).unwrap();
}

/// Requested, confirmed, downloaded, moved twice, cancelled.
fn whole_life(kept: &mut Kept) {
    let room = "https://meet.example.com/aiko";
    let summary = "Introductory call: Mara Lind and Aiko Tanaka";
    let with_link = format!("Where: {room}\n\nSee or change this meeting:\n{MANAGE_URL}");
    let texts = [summary, &with_link, room];
    let requested = Booking { status: Status::Requested, ..booking(1) };
    kept.keep(&requested, Method::Request, Some(MANAGE_URL), ("TENTATIVE", texts, &["Mara Lind"]));
    kept.keep(&booking(1), Method::Request, Some(MANAGE_URL), ("CONFIRMED", texts, &["Mara Lind"]));
    kept.keep(&booking(1), Method::Publish, Some(MANAGE_URL), ("CONFIRMED", texts, &[]));
    let moved = Booking {
        sequence: 1,
        start: at("2026-12-03T23:45:00Z"),
        end: at("2026-12-04T00:45:00Z"),
        ..booking(1)
    };
    kept.keep(&moved, Method::Request, Some(MANAGE_URL), ("CONFIRMED", texts, &["Mara Lind"]));
    let again = Booking {
        sequence: 2,
        start: at("2026-12-07T09:15:00Z"),
        end: at("2026-12-07T10:15:00Z"),
        ..booking(1)
    };
    kept.keep(&again, Method::Request, Some(MANAGE_URL), ("CONFIRMED", texts, &["Mara Lind"]));
    let cancel = Change::Cancel { by: Party::Visitor, reason: None };
    let (cancelled, _) = again.transition(&cancel, at("2026-11-25T08:00:00Z")).unwrap();
    let texts = [summary, "Where: https://meet.example.com/aiko", room];
    kept.keep(&cancelled, Method::Cancel, None, ("CANCELLED", texts, &["Mara Lind"]));
}

/// Published to the host and sent to a guest, moved, and cancelled: neither is told of anybody else to answer to.
fn life_of_host_and_guest(kept: &mut Kept) {
    let room = "https://meet.example.com/aiko";
    let mut booked = booking(3);
    booked.visitor.guests = vec!["ben@example.org".to_owned()];
    let moved = Booking {
        sequence: 1,
        start: at("2026-12-03T23:45:00Z"),
        end: at("2026-12-04T00:45:00Z"),
        changed_at: at("2026-11-24T09:00:00Z"),
        ..booked.clone()
    };
    let cancel = Change::Cancel { by: Party::Visitor, reason: None };
    let (cancelled, _) = moved.transition(&cancel, at("2026-11-25T08:00:00Z")).unwrap();
    let description = format!(
        "Mara Lind, mara+work@example.org\nben@example.org\n\nWhere: {room}\n\n\
         Answer, move or cancel:\nhttps://meet.example.com/host/#booking/{}",
        booked.id
    );
    let texts = ["Mara Lind: Introductory call", &description, room];
    let life = [
        (&booked, Method::Publish, "CONFIRMED"),
        (&moved, Method::Publish, "CONFIRMED"),
        (&cancelled, Method::Cancel, "CANCELLED"),
    ];
    for (booking, method, status) in life {
        kept.keep_for_host(booking, method, (status, texts));
    }
    let texts =
        ["Introductory call: Mara Lind and Aiko Tanaka", "Where: https://meet.example.com/aiko", room];
    for (booking, method, status) in life {
        let booking = Booking { id: BookingId::new("aiko", [4; 16]), ..booking.clone() };
        let method = if method == Method::Publish { Method::Request } else { method };
        kept.keep_for_guest(&booking, method, "ben@example.org", (status, texts));
    }
}

/// Long words of three octets a letter, in every line that is folded; a further guest; nobody paid in time.
fn japanese_life(kept: &mut Kept) {
    let place = "東京都中央区日本橋二丁目一番一号、日本橋ビルディング; 7階, 受付\\奥の会議室";
    let mut booking = Booking {
        title: "初回のご相談と、設計レビューの進め方についてのお打ち合わせ".to_owned(),
        location: Place::Address(place.to_owned()),
        ..of_contact(booking(2), "鈴木 一郎", "ichiro@example.org")
    };
    "ja".clone_into(&mut booking.visitor.locale);
    booking.visitor.guests = vec!["ben@example.org".to_owned()];
    let summary = "初回のご相談と、設計レビューの進め方についてのお打ち合わせ（鈴木 一郎様・Aiko Tanaka）";
    let description = format!("場所：{place}\n\n面談の確認・変更はこちら：\n{MANAGE_URL}");
    let texts = [summary, &description, place];
    let names = ["鈴木 一郎", "ben@example.org"];
    let held = Booking { status: Status::AwaitingPayment, ..booking };
    kept.keep(&held, Method::Request, Some(MANAGE_URL), ("TENTATIVE", texts, &names));
    let (expired, _) = held.transition(&Change::Expire, at("2026-11-25T08:00:00Z")).unwrap();
    kept.keep(&expired, Method::Cancel, Some(MANAGE_URL), ("CANCELLED", texts, &names));
}

/// Names that would end a line, a value, or the event; with all that some reader takes for the end of a line.
fn hostile_names(kept: &mut Kept) {
    let place = "+49 30 5550 0123";
    for (name, in_summary, in_parameter) in [
        ("Sam\r\nATTENDEE:mailto:evil@x", "Sam ATTENDEE:mailto:evil@x", "Sam ATTENDEE:mailto:evil@x"),
        ("Sam\nEND:VEVENT\nEND:VCALENDAR", "Sam END:VEVENT END:VCALENDAR", "Sam END:VEVENT END:VCALENDAR"),
        (
            "Sam\";PARTSTAT=ACCEPTED:mailto:evil@x",
            "Sam\";PARTSTAT=ACCEPTED:mailto:evil@x",
            "Sam';PARTSTAT=ACCEPTED:mailto:evil@x",
        ),
        (
            "Sam\u{2028}A\u{85}B\u{b}C\u{c}D\u{1c}E\u{0}F\u{2029}G\u{202e}H",
            "Sam A B C DEF GH",
            "Sam A B C DEF GH",
        ),
        ("Sam, Sue; Bob: \\n", "Sam, Sue; Bob: \\n", "Sam, Sue; Bob: /n"),
    ] {
        let number = u8::try_from(kept.messages.len()).unwrap();
        let location = Place::Phone(place.to_owned());
        let of_sam = of_contact(booking(100 + number), name, "sam@example.org");
        let booking = Booking { location, ..of_sam };
        let summary = format!("Introductory call: {in_summary} and Aiko Tanaka");
        let texts = [summary.as_str(), "Where: +49 30 5550 0123", place];
        kept.keep(&booking, Method::Request, None, ("CONFIRMED", texts, &[in_parameter]));
    }
}
