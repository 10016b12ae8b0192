use super::*;
use crate::booking::{Change, Party, Place};
use crate::token::BookingId;

const MANAGE_URL: &str = "https://meet.example.com/booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ/1830000000-token";

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn booking() -> Booking {
    serde_json::from_str(include_str!("../../tests/booking.json")).unwrap()
}

fn words() -> LocaleWords {
    let messages = [
        ("endpoint.invitation.summary", "{title}: {name} and {host_name}"),
        ("endpoint.invitation.where", "Where: {place}"),
        ("endpoint.invitation.manage", "See or change this meeting:\n{manage_url}"),
        ("endpoint.feed.name", "Bookings of {host_name}"),
        ("endpoint.feed.summary", "{name}: {title}"),
        ("endpoint.feed.requested", "Asked for by {name}: {title}"),
        ("endpoint.feed.awaiting_payment", "Not paid yet by {name}: {title}"),
        ("endpoint.feed.who", "{name}, {email}"),
        ("endpoint.feed.open", "Answer, move or cancel:\n{url}"),
    ];
    let messages = messages.map(|(key, words)| (key.to_owned(), words.to_owned())).into();
    LocaleWords { messages, ..LocaleWords::default() }
}

fn written(booking: &Booking, method: Method, manage_url: Option<&str>) -> String {
    let stamp = at("2026-11-24T08:00:05.250Z");
    Invitation { booking, words: &words(), manage_url, guest: None }.icalendar(method, stamp)
}

#[track_caller]
fn check(booking: &Booking, method: Method, manage_url: Option<&str>, expected: &str) {
    assert_eq!(written(booking, method, manage_url), expected.trim_start().replace('\n', "\r\n"));
}

/// The lines of an event as readers see them: unfolded.
fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

/// The line of that property.
#[track_caller]
fn line(booking: &Booking, property: &str) -> String {
    let lines = lines(&written(booking, Method::Request, None));
    let mut of_property = lines.into_iter().filter(|line| line.starts_with(property));
    let line = of_property.next().unwrap_or_else(|| panic!("no {property}"));
    assert_eq!(of_property.next(), None);
    line
}

#[test]
fn a_feed_is_one_calendar_of_all_bookings() {
    let requested = Booking { id: BookingId::new("aiko", [2; 16]), status: Status::Requested, ..booking() };
    let words = words();
    let base_url = "https://meet.example.com";
    let feed = Feed { host_name: "Aiko; Tanaka", words: &words, base_url };
    let expected = "
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daymark//Daymark//EN
METHOD:PUBLISH
NAME:Bookings of Aiko\\; Tanaka
X-WR-CALNAME:Bookings of Aiko\\; Tanaka
REFRESH-INTERVAL;VALUE=DURATION:PT15M
X-PUBLISHED-TTL:PT15M
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
SEQUENCE:0
DTSTAMP:20261124T080000Z
DTSTART:20261201T100000Z
DTEND:20261201T103000Z
SUMMARY:Mara Lind: Introductory call
DESCRIPTION:Mara Lind\\, mara@example.org\\n\\nWhere: https://meet.example.com
 /aiko\\n\\nAnswer\\, move or cancel:\\nhttps://meet.example.com/host/#booking/
 aiko.AQEBAQEBAQEBAQEBAQEBAQ
LOCATION:https://meet.example.com/aiko
URL:https://meet.example.com/aiko
STATUS:CONFIRMED
ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com
END:VEVENT
BEGIN:VEVENT
UID:aiko.AgICAgICAgICAgICAgICAg
SEQUENCE:0
DTSTAMP:20261124T080000Z
DTSTART:20261201T100000Z
DTEND:20261201T103000Z
SUMMARY:Asked for by Mara Lind: Introductory call
DESCRIPTION:Mara Lind\\, mara@example.org\\n\\nWhere: https://meet.example.com
 /aiko\\n\\nAnswer\\, move or cancel:\\nhttps://meet.example.com/host/#booking/
 aiko.AgICAgICAgICAgICAgICAg
LOCATION:https://meet.example.com/aiko
URL:https://meet.example.com/aiko
STATUS:TENTATIVE
ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com
END:VEVENT
END:VCALENDAR
";
    let text = feed.icalendar(&[booking(), requested]);
    assert_eq!(text, expected.trim_start().replace('\n', "\r\n"));
}

#[test]
fn a_feed_says_which_bookings_wait_for_what() {
    let words = words();
    let feed = Feed { host_name: "Aiko Tanaka", words: &words, base_url: "https://meet.example.com" };
    for (status, expected) in [
        (Status::Requested, "SUMMARY:Asked for by Mara Lind: Introductory call"),
        (Status::AwaitingPayment, "SUMMARY:Not paid yet by Mara Lind: Introductory call"),
        (Status::Confirmed, "SUMMARY:Mara Lind: Introductory call"),
    ] {
        let text = feed.icalendar(&[Booking { status, ..booking() }]);
        assert!(text.contains(&format!("\r\n{expected}\r\n")), "{text}");
    }
}

#[track_caller]
fn check_attendees(visitor: &str, guests: &[&str], expected: &[&str]) {
    let mut booking = booking();
    visitor.clone_into(&mut booking.visitor.contact.email);
    booking.visitor.guests = guests.iter().map(|guest| (*guest).to_owned()).collect();
    for method in [Method::Request, Method::Cancel] {
        let lines = lines(&written(&booking, method, None));
        let attendees = lines.iter().filter(|line| line.starts_with("ATTENDEE"));
        let addresses: Vec<&str> =
            attendees.filter_map(|line| line.rsplit_once("mailto:")).map(|(_, to)| to).collect();
        assert_eq!(addresses, expected);
    }
}

#[test]
fn everybody_is_an_attendee_once() {
    check_attendees("mara@example.org", &[], &["aiko@example.com", "mara@example.org"]);
    check_attendees("AIKO@Example.com", &[], &["aiko@example.com"]);
    check_attendees(
        "mara@example.org",
        &["MARA@example.org", " mara@example.org", "aiko@EXAMPLE.com", "ben@example.org", "Ben@Example.org"],
        &["aiko@example.com", "mara@example.org", "ben@example.org"],
    );
}

#[test]
fn an_event_is_requested_and_cancelled_under_one_id() {
    let requested = "
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daymark//Daymark//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
SEQUENCE:0
DTSTAMP:20261124T080005Z
DTSTART:20261201T100000Z
DTEND:20261201T103000Z
SUMMARY:Introductory call: Mara Lind and Aiko Tanaka
DESCRIPTION:Where: https://meet.example.com/aiko\\n\\nSee or change this meet
 ing:\\nhttps://meet.example.com/booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ/1830000
 000-token
LOCATION:https://meet.example.com/aiko
URL:https://meet.example.com/aiko
STATUS:CONFIRMED
ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=\"Aiko\x20
 Tanaka\":mailto:aiko@example.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=
 TRUE;CN=\"Mara Lind\":mailto:mara@example.org
END:VEVENT
END:VCALENDAR
";
    check(&booking(), Method::Request, Some(MANAGE_URL), requested);
    let cancel = Change::Cancel { by: Party::Visitor, reason: None };
    let (cancelled, _) = booking().transition(&cancel, at("2026-11-24T09:00:00Z")).unwrap();
    let expected = "
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daymark//Daymark//EN
METHOD:CANCEL
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
SEQUENCE:1
DTSTAMP:20261124T080005Z
DTSTART:20261201T100000Z
DTEND:20261201T103000Z
SUMMARY:Introductory call: Mara Lind and Aiko Tanaka
DESCRIPTION:Where: https://meet.example.com/aiko
LOCATION:https://meet.example.com/aiko
URL:https://meet.example.com/aiko
STATUS:CANCELLED
ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=\"Aiko\x20
 Tanaka\":mailto:aiko@example.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=
 TRUE;CN=\"Mara Lind\":mailto:mara@example.org
END:VEVENT
END:VCALENDAR
";
    check(&cancelled, Method::Cancel, None, expected);
}

#[test]
fn a_download_invites_nobody() {
    let mut booking = booking();
    booking.location = Place::Phone("+81 3 0000 0000".to_owned());
    let expected = "
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daymark//Daymark//EN
METHOD:PUBLISH
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
SEQUENCE:0
DTSTAMP:20261124T080005Z
DTSTART:20261201T100000Z
DTEND:20261201T103000Z
SUMMARY:Introductory call: Mara Lind and Aiko Tanaka
DESCRIPTION:Where: +81 3 0000 0000
LOCATION:+81 3 0000 0000
STATUS:CONFIRMED
ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com
END:VEVENT
END:VCALENDAR
";
    check(&booking, Method::Publish, None, expected);
}

#[test]
fn the_status_is_tentative_while_somebody_must_agree_or_pay() {
    for (status, expected) in [
        (Status::Requested, "STATUS:TENTATIVE"),
        (Status::AwaitingPayment, "STATUS:TENTATIVE"),
        (Status::Confirmed, "STATUS:CONFIRMED"),
        (Status::Declined, "STATUS:CANCELLED"),
        (Status::Cancelled, "STATUS:CANCELLED"),
        (Status::Expired, "STATUS:CANCELLED"),
    ] {
        let booking = Booking { status, ..booking() };
        assert_eq!(line(&booking, "STATUS"), expected);
        let withdrawn = written(&booking, Method::Cancel, None);
        assert!(withdrawn.contains("\r\nSTATUS:CANCELLED\r\n"), "{withdrawn}");
    }
}

#[test]
fn further_guests_are_invited_too() {
    let mut booking = booking();
    booking.visitor.guests = vec!["ben@example.org".to_owned()];
    let lines = lines(&written(&booking, Method::Request, None));
    let of_ben: Vec<&String> = lines.iter().filter(|line| line.contains("ben@example.org")).collect();
    assert_eq!(
        of_ben,
        ["ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;\
          CN=\"ben@example.org\":mailto:ben@example.org"]
    );
}

/// Lines of every length, of letters of every width: none is too long, no letter is cut, and unfolded, each is what
/// it was.
#[test]
fn lines_are_folded_between_letters() {
    for letter in ["a", "é", "面", "😀"] {
        for shift in 0..4 {
            for count in 0..60 {
                let title = "x".repeat(shift) + &letter.repeat(count);
                let booking = Booking { title: title.clone(), ..booking() };
                let text = written(&booking, Method::Request, None);
                assert!(text.ends_with("\r\n"));
                let longest = text.split("\r\n").map(str::len).max();
                assert!(longest <= Some(MOST_OCTETS), "{text}");
                assert_eq!(line(&booking, "SUMMARY"), format!("SUMMARY:{title}: Mara Lind and Aiko Tanaka"));
            }
        }
    }
    let booking = Booking {
        title: "初回のご相談と設計レビューについてのお打ち合わせ".to_owned(),
        ..booking()
    };
    let text = written(&booking, Method::Request, None);
    let expected =
        "SUMMARY:初回のご相談と設計レビューについてのお打ち合\r\n わせ: Mara Lind and Aiko Tanaka\r\n";
    assert!(text.contains(expected), "{text}");
}

#[track_caller]
fn check_name(name: &str, summary: &str, attendee: &str) {
    let contact = Contact { name: name.to_owned(), email: "sam@example.org".to_owned() };
    let mut booking = booking();
    booking.visitor.contact = contact;
    assert_eq!(line(&booking, "SUMMARY"), format!("SUMMARY:Introductory call: {summary} and Aiko Tanaka"));
    let line = line(&booking, &format!("{ATTENDEE};PARTSTAT=NEEDS-ACTION"));
    let expected =
        format!("{ATTENDEE};PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=\"{attendee}\":mailto:sam@example.org");
    assert_eq!(line, expected);
    let text = written(&booking, Method::Request, None);
    // Other characters that some readers take for the end of a line.
    let odd = text
        .replace("\r\n", "")
        .chars()
        .any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202e}'));
    assert!(!odd, "{text:?}");
}

#[test]
fn a_name_stays_a_name() {
    check_name("Sam", "Sam", "Sam");
    check_name("Sam\r\nATTENDEE:mailto:evil@x", "Sam ATTENDEE:mailto:evil@x", "Sam ATTENDEE:mailto:evil@x");
    check_name("Sam\nEND:VEVENT", "Sam END:VEVENT", "Sam END:VEVENT");
    check_name("Sam\rATTENDEE:x", "Sam ATTENDEE:x", "Sam ATTENDEE:x");
    check_name(
        "Sam\u{2028}A\u{85}B\u{b}C\u{c}D\u{0}E\u{7f}F\u{202e}G\u{1c}H\tI",
        "Sam A B C DEFGH I",
        "Sam A B C DEFGH I",
    );
    check_name("Sam\";PARTSTAT=DECLINED", "Sam\"\\;PARTSTAT=DECLINED", "Sam';PARTSTAT=DECLINED");
    check_name("Sam:mailto:evil@x, \\n", "Sam:mailto:evil@x\\, \\\\n", "Sam:mailto:evil@x, /n");
    check_name("Sam^nSue^'", "Sam^nSue^'", "Sam^^nSue^^'");
    check_name("田中 愛子", "田中 愛子", "田中 愛子");
}

#[test]
fn an_address_stays_an_address() {
    for (email, expected) in [
        ("mara+work@example.org", "mara+work@example.org"),
        (" o'hara@example.org ", "o'hara@example.org"),
        ("a&b=c%d?e/f@example.org", "a%26b%3Dc%25d%3Fe%2Ff@example.org"),
        ("\"a\r\nb,c;d\"@example.org", "%22a%0D%0Ab%2Cc%3Bd%22@example.org"),
        ("愛@example.org", "%E6%84%9B@example.org"),
        ("foo..bar@docomo.ne.jp", "%22foo..bar%22@docomo.ne.jp"),
        ("mara@bücher.example", "mara@xn--bcher-kva.example"),
    ] {
        let mut booking = booking();
        booking.visitor.contact = Contact { name: "Sam".to_owned(), email: email.to_owned() };
        let line = line(&booking, &format!("{ATTENDEE};PARTSTAT=NEEDS-ACTION"));
        assert_eq!(line.split_once(":mailto:").unwrap().1, expected);
    }
}

#[test]
fn what_a_visitor_wrote_of_the_place_is_one_value() {
    let value = "Café; 2nd floor, back\\room\r\nURL:https://evil.example".to_owned();
    let booking = Booking { location: Place::Ask(value), ..booking() };
    assert_eq!(
        line(&booking, "LOCATION"),
        "LOCATION:Café\\; 2nd floor\\, back\\\\room URL:https://evil.example"
    );
    assert_eq!(
        line(&booking, "DESCRIPTION"),
        "DESCRIPTION:Where: Café\\; 2nd floor\\, back\\\\room\\nURL:https://evil.example"
    );
    assert_eq!(lines(&written(&booking, Method::Request, None)).len(), 19);
}
