//! A booking for the visitor's calendar: the file, and the links on the booking's page.

use scheduling::token::{BookingId, Purpose};
use serde_json::json;

use super::fixture::{self, BASE_URL};
use super::harness::{Booked, Told, Trial, WEDNESDAY_TEN, book, book_review};

const NOT_FOUND: &str = "The link may be incomplete. Please open it again as you received it.";

fn path(booked: &Booked) -> String {
    format!("/api/bookings/{}/invite.ics?token={}", booked.id, booked.token)
}

/// The event's lines, unfolded, except the one that holds the time of the request.
fn lines(told: &Told) -> Vec<String> {
    assert_eq!(told.status, 200, "{}", told.body);
    let unfolded = told.body.replace("\r\n ", "");
    let lines = unfolded.split_terminator("\r\n").filter(|line| !line.starts_with("DTSTAMP:2026112"));
    lines.map(str::to_owned).collect()
}

/// The value of a property.
#[track_caller]
fn value(told: &Told, property: &str) -> String {
    let found =
        lines(told).iter().find_map(|line| Some(line.strip_prefix(property)?.strip_prefix(':')?.to_owned()));
    found.unwrap_or_else(|| panic!("no {property} in {}", told.body))
}

/// The targets of the links on the booking's page: Google, Outlook, the file.
fn links(page: &Told) -> Vec<String> {
    let (_, section) =
        page.body.split_once("<p class=\"calendars\">").unwrap_or_else(|| panic!("{}", page.body));
    let (section, _) = section.split_once("</p>").unwrap();
    let hrefs = section.split("<a href=\"").skip(1);
    hrefs.map(|link| link.split_once('"').unwrap().0.replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn a_booking_can_be_downloaded_as_an_event() {
    let trial = Trial::start();
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await;
    let booked = trial.booked(&told);
    assert_eq!(told.json()["ics_url"], format!("{BASE_URL}{}", path(&booked)));
    let file = trial.get(&path(&booked)).await;
    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"aiko-intro-2026-11-25.ics\"");
    assert_eq!(file.header("cache-control"), "no-store");
    let expected = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Daymark//Daymark//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", booked.id),
        "SEQUENCE:0".to_owned(),
        "DTSTART:20261125T010000Z".to_owned(),
        "DTEND:20261125T013000Z".to_owned(),
        "SUMMARY:Introductory call: Mara Lind and Aiko Tanaka".to_owned(),
        format!(
            "DESCRIPTION:Where: https://meet.example.com/rooms/aiko\\n\\nSee or change this meeting:\\n{BASE_URL}{}",
            booked.path
        ),
        "LOCATION:https://meet.example.com/rooms/aiko".to_owned(),
        "URL:https://meet.example.com/rooms/aiko".to_owned(),
        "STATUS:CONFIRMED".to_owned(),
        "ORGANIZER;CN=\"Aiko Tanaka\":mailto:aiko@example.com".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    assert_eq!(lines(&file), expected);

    let bearer = format!("Bearer {}", booked.token);
    trial.post(&format!("/api/bookings/{}/cancel", booked.id), &[("authorization", &bearer)], "").await;
    let cancelled = lines(&trial.get(&path(&booked)).await);
    let changed: Vec<&String> = cancelled.iter().filter(|line| !expected.contains(line)).collect();
    assert_eq!(changed, ["SEQUENCE:1", "STATUS:CANCELLED"], "it is the same event still");
}

#[tokio::test]
async fn an_event_speaks_the_bookings_locale_and_names_the_visitors_date() {
    let trial = Trial::start();
    let mut body = book("2026-11-25T00:00:00Z");
    body["locale"] = json!("ja");
    body["time_zone"] = json!("America/Los_Angeles");
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let file = trial.get(&path(&booked)).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"aiko-intro-2026-11-24.ics\"");
    assert_eq!(value(&file, "SUMMARY"), "初回のご相談（Mara Lind様・Aiko Tanaka）");
    let expected = format!(
        "場所：https://meet.example.com/rooms/aiko\\n\\n面談の確認・変更はこちら：\\n{BASE_URL}{}",
        booked.path
    );
    assert_eq!(value(&file, "DESCRIPTION"), expected);
}

#[tokio::test]
async fn only_its_own_token_opens_an_event() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let other = trial.booked(&trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await);
    let secrets = trial.secrets();
    let expired =
        secrets.booking_token(&BookingId::parse(&booked.id).unwrap(), Purpose::Manage, 1_795_000_000);
    let nobodys = BookingId::new("aiko", [0; 16]);
    let nobodys_token = secrets.booking_token(&nobodys, Purpose::Manage, 1_900_000_000);
    let with = |id: &str, query: &str| format!("/api/bookings/{id}/invite.ics{query}");
    let cut = &booked.token[..booked.token.len() - 1];
    for path in [
        with(&booked.id, ""),
        with(&booked.id, "?token="),
        with(&booked.id, &format!("?token={cut}")),
        with(&booked.id, &format!("?token={}", other.token)),
        with(&booked.id, &format!("?token={expired}")),
        with(&booked.id, &format!("?token={}", secrets.host_key("aiko", 1))),
        with(&booked.id, &format!("?other={}", booked.token)),
        with(nobodys.as_str(), &format!("?token={nobodys_token}")),
        with("x", &format!("?token={}", booked.token)),
        with("nobody.AAAAAAAAAAAAAAAAAAAAAA", &format!("?token={}", booked.token)),
    ] {
        let told = trial.get(&path).await;
        let expected = json!({
            "type": "urn:daymark:problem:not_found", "title": "Page not found", "status": 404,
            "code": "not_found", "detail": NOT_FOUND,
        });
        assert_eq!((told.status, told.json()), (404, expected), "{path}");
        assert_eq!(told.header("content-disposition"), "");
    }
}

#[tokio::test]
async fn a_bookings_page_leads_into_calendars() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let page = trial.get(&booked.path).await;
    let summary = "Introductory%20call%3A%20Mara%20Lind%20and%20Aiko%20Tanaka";
    let room = "https%3A%2F%2Fmeet.example.com%2Frooms%2Faiko";
    let manage = format!("{BASE_URL}{}", booked.path).replace(':', "%3A").replace('/', "%2F");
    let description = format!("Where%3A%20{room}%0A%0ASee%20or%20change%20this%20meeting%3A%0A{manage}");
    let google = format!(
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text={summary}\
         &dates=20261125T010000Z/20261125T013000Z&details={description}&location={room}"
    );
    let outlook = format!(
        "https://outlook.live.com/calendar/deeplink/compose?path=/calendar/action/compose&rru=addevent\
         &startdt=2026-11-25T01%3A00%3A00Z&enddt=2026-11-25T01%3A30%3A00Z&subject={summary}&body={description}&location={room}"
    );
    assert_eq!(links(&page), [google, outlook, path(&booked)]);
    assert_eq!(page.body.matches("\" rel=\"noopener noreferrer\">").count(), 3, "{}", page.body);

    // Too late to cancel, and begun: it still takes place. Then it is over.
    let trial = trial.again_at("2026-11-25T01:29:59Z");
    assert_eq!(links(&trial.get(&booked.path).await).len(), 3);
    let trial = trial.again_at("2026-11-25T01:30:00Z");
    assert!(!trial.get(&booked.path).await.body.contains("calendar"));
}

#[tokio::test]
async fn a_moved_booking_is_the_same_event_at_its_new_time() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let first = trial.get(&path(&booked)).await;
    let move_path = format!("/api/bookings/{}/reschedule", booked.id);
    let fields = [("token", booked.token.as_str()), ("start", "2026-11-25T02:00:00Z")];
    let told = trial.post_form(&move_path, &fields).await;
    assert_eq!(told.status, 303, "{}", told.body);
    let links = links(&trial.get(&booked.path).await);
    assert_eq!(links.len(), 3);
    assert!(links[0].contains("&dates=20261125T020000Z/20261125T023000Z&"), "{}", links[0]);
    assert!(
        links[1].contains("&startdt=2026-11-25T02%3A00%3A00Z&enddt=2026-11-25T02%3A30%3A00Z&"),
        "{}",
        links[1]
    );
    let before = lines(&first);
    let after = lines(&trial.get(&links[2]).await);
    let changed: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert_eq!(changed, ["SEQUENCE:1", "DTSTART:20261125T020000Z", "DTEND:20261125T023000Z"]);
}

#[tokio::test]
async fn a_cancelled_bookings_page_leads_into_none() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let bearer = format!("Bearer {}", booked.token);
    trial.post(&format!("/api/bookings/{}/cancel", booked.id), &[("authorization", &bearer)], "").await;
    let page = trial.get(&booked.path).await;
    assert!(
        page.text().contains("This meeting is cancelled") && !page.body.contains("calendar"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_host_may_keep_the_link_out_of_calendars() {
    let (site, mut hosts) = fixture::site();
    hosts[0].meetings.get_mut("review").unwrap().links_in_invitation = false;
    let trial = Trial::of(&site, &hosts);
    let booked = trial.booked(&trial.post_json("/api/bookings", &book_review(WEDNESDAY_TEN)).await);
    let file = trial.get(&path(&booked)).await;
    assert_eq!(
        (value(&file, "DESCRIPTION"), value(&file, "LOCATION")),
        ("Where: The café".to_owned(), "The café".to_owned())
    );
    let links = links(&trial.get(&booked.path).await);
    assert!(
        links[0].ends_with("&details=Where%3A%20The%20caf%C3%A9&location=The%20caf%C3%A9"),
        "{}",
        links[0]
    );
    assert!(links[1].ends_with("&body=Where%3A%20The%20caf%C3%A9&location=The%20caf%C3%A9"), "{}", links[1]);
}

/// The booking's row keeps what the page said when it was booked: the page may change, or disappear.
#[tokio::test]
async fn a_booking_keeps_what_its_page_said() {
    let (site, mut hosts) = fixture::site();
    hosts[0].meetings.get_mut("intro").unwrap().links_in_invitation = false;
    let trial = Trial::of(&site, &hosts);
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    hosts[0].meetings.clear();
    fixture::write(&trial.directory.path().join("dist"), &site, &hosts);
    let trial = trial.again_at("2026-11-24T12:00:00Z");
    let file = trial.get(&path(&booked)).await;
    assert_eq!(value(&file, "DESCRIPTION"), "Where: https://meet.example.com/rooms/aiko");
}
