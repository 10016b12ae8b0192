//! Invitations that are links: what one lets somebody book, on pages for everybody and on those by invitation only, and
//! what is said of one that does not work.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use scheduling::invite::Invite;
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Told, Trial, WEDNESDAY_TEN, book};

/// Friday 10:00 in Tokyo.
const FRIDAY_TEN: &str = "2026-11-27T01:00:00Z";

/// A site one of whose pages is by invitation only: `aiko/intro`.
fn trial() -> Trial {
    let (site, mut hosts) = fixture::site();
    hosts[0].meetings.get_mut("intro").unwrap().invite_only = true;
    Trial::of(&site, &hosts)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An invitation of so many uses, until December.
fn invite(uses: u8) -> Invite {
    Invite::new("aiko/intro", [uses; 8], at("2026-12-01T00:00:00Z"), uses.into())
}

fn token(trial: &Trial, invite: &Invite) -> String {
    invite.token(&trial.secrets())
}

fn with(start: &str, invite: &str) -> Value {
    let mut body = book(start);
    body["invite"] = json!(invite);
    body
}

async fn times(trial: &Trial, query: &str) -> Told {
    trial.get(&format!("/api/availability/aiko/intro?{query}")).await
}

#[track_caller]
fn check_refused(told: &Told, status: u16, code: &str, title: &str, detail: &str) {
    assert_eq!(told.status, status, "{}", told.body);
    let problem = told.json();
    assert_eq!(problem["code"], code);
    assert_eq!((problem["title"].as_str(), problem["detail"].as_str()), (Some(title), Some(detail)));
    assert_eq!(problem.get("alternatives"), None, "{}", told.body);
}

const ASK_ANEW: &str = "Please ask the person who sent it to you for a new one.";

#[tokio::test]
async fn a_page_by_invitation_only_offers_nothing_without_one() {
    let trial = trial();
    let detail = "To book a time, open the link in your invitation.";
    for told in [times(&trial, "").await, trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await] {
        check_refused(&told, 403, "invite_needed", "This page is by invitation only", detail);
    }
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn an_invitation_shows_the_times_and_takes_its_bookings() {
    let trial = trial();
    let token = token(&trial, &invite(1));
    for _ in 0..3 {
        // Looking uses nothing: programs open every link of a mail.
        let told = times(&trial, &format!("invite={token}")).await;
        assert_eq!((told.status, told.header("cache-control")), (200, "no-store"), "{}", told.body);
        assert!(!told.json()["slots"].as_array().unwrap().is_empty());
    }
    trial.booked(&trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, &token)).await);
    let title = "This invitation can no longer be used";
    check_refused(&times(&trial, &format!("invite={token}")).await, 409, "link_used", title, ASK_ANEW);
    let again = trial.post_json("/api/bookings", &with(FRIDAY_TEN, &token)).await;
    check_refused(&again, 409, "link_used", title, ASK_ANEW);
    assert_eq!(trial.stored("aiko").await, 1);
}

#[tokio::test]
async fn a_key_gets_its_first_answer_though_the_invitation_is_used() {
    let trial = trial();
    let body = with(WEDNESDAY_TEN, &token(&trial, &invite(1))).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let first = trial.post("/api/bookings", &headers, &body).await;
    let again = trial.post("/api/bookings", &headers, &body).await;
    assert_eq!(trial.booked(&first).id, trial.booked(&again).id);
}

#[tokio::test]
async fn moving_uses_nothing_and_cancelling_gives_the_use_back() {
    let trial = trial();
    let token = token(&trial, &invite(1));
    let booked = trial.booked(&trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, &token)).await);
    let bearer = format!("Bearer {}", booked.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let shown =
        trial.get_as(&format!("/api/availability/aiko/intro?booking={}", booked.id), &booked.token).await;
    assert_eq!(shown.status, 200, "who has booked needs no invitation to move: {}", shown.body);
    let moved = format!("{{\"start\":\"{FRIDAY_TEN}\"}}");
    let told = trial.post(&format!("/api/bookings/{}/reschedule", booked.id), &headers, &moved).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, &token)).await.status, 409);
    let told = trial.post(&format!("/api/bookings/{}/cancel", booked.id), &headers, "{}").await;
    assert_eq!(told.status, 200, "{}", told.body);
    trial.booked(&trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, &token)).await);
}

#[tokio::test]
async fn a_booking_shows_the_times_of_its_own_page_alone_and_while_it_can_be_moved() {
    let trial = trial();
    let token = token(&trial, &invite(1));
    let shown = async |booked: &super::harness::Booked| {
        trial.get_as(&format!("/api/availability/aiko/intro?booking={}", booked.id), &booked.token).await
    };
    let mut elsewhere = book("2026-11-26T09:00:00Z");
    elsewhere["page"] = json!("jonas/support");
    elsewhere["answers"] = json!({});
    let elsewhere = trial.booked(&trial.post_json("/api/bookings", &elsewhere).await);
    let told = shown(&elsewhere).await;
    assert_eq!((told.status, &told.json()["code"]), (403, &json!("invite_needed")), "{}", told.body);
    let told = trial
        .get_as(
            &format!("/api/availability/aiko/intro?booking={}", elsewhere.id),
            &trial.secrets().host_key("jonas", 1),
        )
        .await;
    assert_eq!((told.status, &told.json()["code"]), (403, &json!("invite_needed")), "{}", told.body);
    let own = trial.booked(&trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, &token)).await);
    assert_eq!(shown(&own).await.status, 200);
    let bearer = format!("Bearer {}", own.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    assert_eq!(trial.post(&format!("/api/bookings/{}/cancel", own.id), &headers, "{}").await.status, 200);
    let told = shown(&own).await;
    assert_eq!((told.status, &told.json()["code"]), (403, &json!("invite_needed")), "{}", told.body);
    // Nor does the form to move it that came without a time.
    let form = [("token", own.token.as_str()), ("start", "")];
    let told = trial.post_form(&format!("/api/bookings/{}/reschedule", own.id), &form).await;
    assert!(!told.body.contains("name=\"start\""), "{}", told.text());
}

#[tokio::test]
async fn times_of_a_page_by_invitation_only_are_not_suggested() {
    let told = as_host(&trial(), "/api/host/suggestions", &json!({ "page": "aiko/intro" })).await;
    let detail = "Suggested times are not invitations: nobody could book them. Send an invitation instead.";
    check_refused(&told, 403, "invite_needed", "This page is by invitation only", detail);
}

#[tokio::test]
async fn dates_on_which_nobody_can_book_are_refused() {
    let (site, mut hosts) = fixture::site();
    let window = &mut hosts[0].meetings.get_mut("intro").unwrap().rules.window;
    (window.days, window.from) = (Some(10), chrono::NaiveDate::from_ymd_opt(2026, 11, 26));
    let trial = Trial::of(&site, &hosts);
    for (field, date, expected) in [
        ("until", "2026-11-23", "This date is in the past."),
        ("until", "2026-11-25", "The page cannot be booked until after this date."),
        ("from", "2027-01-20", "The page cannot be booked this far ahead before the invitation expires."),
    ] {
        let mut asked = json!({ "page": "aiko/intro" });
        asked[field] = json!(date);
        let told = as_host(&trial, "/api/host/invites", &asked).await;
        let errors = json!([{ "field": field, "message": expected }]);
        assert_eq!((told.status, &told.json()["errors"]), (422, &errors), "{}", told.body);
    }
}

#[tokio::test]
async fn what_does_not_work_is_said_and_books_nothing() {
    let trial = trial();
    let good = token(&trial, &invite(1));
    let expired = Invite { expires: at("2026-11-23T23:00:00Z"), ..invite(1) };
    let expired = with(WEDNESDAY_TEN, &token(&trial, &expired));
    let told = trial.post_json("/api/bookings", &expired).await;
    check_refused(&told, 410, "link_expired", "This invitation has expired", ASK_ANEW);
    let other = token(&trial, &Invite { page: "aiko/review".to_owned(), ..invite(1) });
    let detail = "The link may be incomplete, or for another page. Please open it again as you received it.";
    for wrong in
        [json!(other), json!(good[..good.len() - 1]), json!("x".repeat(10_000)), json!("<b>"), json!(1)]
    {
        let mut body = book(WEDNESDAY_TEN);
        body["invite"] = wrong;
        let told = trial.post_json("/api/bookings", &body).await;
        check_refused(&told, 403, "invite_refused", "This invitation does not work", detail);
    }
    let told = times(&trial, &format!("invite={}", "x".repeat(5_000))).await;
    check_refused(&told, 403, "invite_refused", "This invitation does not work", detail);
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn it_keeps_its_duration_and_its_dates() {
    let trial = trial();
    let date = |day| chrono::NaiveDate::from_ymd_opt(2026, 11, day);
    let narrow = Invite { duration: Some(60), from: date(26), until: date(27), ..invite(1) };
    let token = token(&trial, &narrow);
    let shown = times(&trial, &format!("invite={token}")).await.json();
    assert_eq!(shown["duration_minutes"], 60);
    let dates =
        shown["slots"].as_array().unwrap().iter().map(|start| (start.as_i64().unwrap() + 9 * 3600) / 86_400);
    let mut dates: Vec<i64> = dates.collect();
    dates.dedup();
    assert_eq!(dates, [20_783, 20_784], "2026-11-26 and 2026-11-27 in Tokyo");
    let told = trial.post_json("/api/bookings", &with(FRIDAY_TEN, &token)).await;
    assert_eq!((told.status, &told.json()["errors"][0]["field"]), (422, &json!("duration_minutes")));
    let mut early = with(WEDNESDAY_TEN, &token);
    early["duration_minutes"] = json!(60);
    let told = trial.post_json("/api/bookings", &early).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("outside_window")));
    let offered = told.json()["alternatives"].as_array().unwrap().len();
    assert!((1..=5).contains(&offered), "within its dates: {}", told.body);
    let mut fitting = with(FRIDAY_TEN, &token);
    fitting["duration_minutes"] = json!(60);
    trial.booked(&trial.post_json("/api/bookings", &fitting).await);
}

#[tokio::test]
async fn on_any_page_it_works_as_often_as_it_says() {
    let trial = Trial::start();
    let token = token(&trial, &invite(1));
    trial.booked(&trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, &token)).await);
    let told = trial.post_json("/api/bookings", &with(FRIDAY_TEN, &token)).await;
    let detail = "You can book a time without it.";
    check_refused(&told, 409, "link_used", "This invitation can no longer be used", detail);
    trial.booked(&trial.post_json("/api/bookings", &book(FRIDAY_TEN)).await);
}

/// Sends a plain form from the page at an address.
async fn form_from(trial: &Trial, address: &str, fields: &[(&str, &str)]) -> Told {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = http::Request::post("/api/bookings")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("referer", address);
    trial.send(request.body(Bytes::from(body)).unwrap()).await
}

#[tokio::test]
async fn without_a_script_the_form_is_one_press_away() {
    let trial = trial();
    let mara = Invite { name: "Mara <Lind>".to_owned(), email: "mara@example.org".to_owned(), ..invite(1) };
    let token = token(&trial, &mara);
    let page = format!("{}/aiko/intro/?invite={token}", fixture::BASE_URL);
    let asks = [("page", "aiko/intro"), ("locale", "en"), ("time_zone", "Asia/Tokyo"), ("invite", "")];
    let shown = form_from(&trial, &page, &asks).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(!shown.body.contains("role=\"alert\""), "nothing is wrong yet: {}", shown.body);
    assert!(
        shown.body.contains("value=\"Mara &#60;Lind&#62;\"")
            || shown.body.contains("value=\"Mara &lt;Lind&gt;\""),
        "{}",
        shown.body
    );
    assert!(shown.body.contains("value=\"mara@example.org\""));
    assert!(shown.body.contains(&format!("name=\"invite\" value=\"{token}\"")));
    assert!(!shown.body.contains("See all times"), "the page shows none: {}", shown.body);
    let (_, start) = shown.body.split_once("name=\"start\" value=\"").unwrap();
    let start = start.split('"').next().unwrap();
    let booking = |start| {
        [
            ("page", "aiko/intro"),
            ("locale", "en"),
            ("start", start),
            ("contact.name", "Mara"),
            ("contact.email", "mara@example.org"),
            ("invite", token.as_str()),
        ]
    };
    let told = trial.post_form("/api/bookings", &booking(start)).await;
    assert_eq!(told.status, 303, "{}", told.body);
    // Used: no times any more, and nothing that was typed is lost.
    let told = trial.post_form("/api/bookings", &booking("2026-11-27T01:00:00Z")).await;
    assert_eq!(told.status, 409, "{}", told.body);
    let text = told.text();
    assert!(
        text.contains("This invitation can no longer be used") && text.contains("mara@example.org"),
        "{text}"
    );
    assert!(!told.body.contains("name=\"start\""), "{text}");
    let line = format!("Choose a time here: <{page}>. Mara");
    let pasted = [("page", "aiko/intro"), ("locale", "en"), ("invite", line.as_str())];
    let told = trial.post_form("/api/bookings", &pasted).await;
    assert!(
        told.status == 409 && told.text().contains("This invitation can no longer be used"),
        "{}",
        told.body
    );
    // Another link can be pasted right there, and leads on.
    let asks_again = "<input type=\"hidden\" name=\"page\" value=\"aiko/intro\">";
    assert!(told.body.contains(asks_again) && told.body.contains("name=\"invite\""), "{}", told.body);
    let empty = form_from(&trial, fixture::BASE_URL, &asks).await;
    assert!(
        empty.status == 403 && empty.text().contains("This page is by invitation only"),
        "{}",
        empty.body
    );
}

/// The values of a page's elements of that name, each with what follows it.
fn values<'a>(page: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let parts = page.split(&format!("name=\"{name}\" value=\"")).skip(1).collect::<Vec<_>>();
    parts.into_iter().filter_map(|part| part.split_once('"')).collect()
}

#[tokio::test]
async fn without_a_script_every_time_of_an_invitation_can_be_reached_and_what_was_typed_stays() {
    let trial = trial();
    let token = token(&trial, &invite(1));
    let asks = |from: Option<String>| {
        let mut fields = vec![
            ("page", "aiko/intro".to_owned()),
            ("locale", "en".to_owned()),
            ("time_zone", "Asia/Tokyo".to_owned()),
            ("invite", token.clone()),
        ];
        if let Some(from) = from {
            let typed = [("start", FRIDAY_TEN), ("contact.name", "Mara"), ("contact.email", "mara@")];
            fields.extend(typed.map(|(name, value)| (name, value.to_owned())));
            fields.extend([("duration_minutes", "30".to_owned()), ("from", from)]);
        }
        fields
    };
    let listed = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let shown = trial.post_form("/api/bookings", &fields).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        let starts: Vec<i64> =
            values(&shown.body, "start").iter().map(|(value, _)| value.parse().unwrap()).collect();
        let button = |words: &str| {
            let of_words = |(value, after): (&str, &str)| after.contains(words).then(|| value.to_owned());
            let buttons = values(&shown.body, "from").into_iter();
            buttons.map(|(value, after)| (value, after.split("</button>").next().unwrap())).find_map(of_words)
        };
        (starts, button("Earlier times"), button("Later times"), shown.body.clone())
    };
    let (mut all, earlier, later, first) = listed(asks(None)).await;
    assert_eq!(earlier, None);
    let durations: Vec<&str> = values(&first, "duration_minutes").iter().map(|(value, _)| *value).collect();
    assert_eq!(durations, ["30", "15", "60"]);
    let (rest, earlier, last, page) = listed(asks(later)).await;
    assert!(page.contains("value=\"Mara\"") && page.contains("value=\"mara@\""), "{page}");
    assert!(earlier.is_some() && last.is_none());
    all.extend(rest);
    let told = times(&trial, &format!("invite={token}&from=2026-11-24&to=2026-12-31&duration=30")).await;
    assert_eq!(json!(all), told.json()["slots"], "{}", told.body);
    // A mistake keeps the chosen time, and the way back to all of them.
    let mut wrong = asks(Some(String::new()));
    wrong.retain(|(name, _)| *name != "from");
    let fields: Vec<(&str, &str)> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let told = trial.post_form("/api/bookings", &fields).await;
    assert_eq!((told.status, values(&told.body, "start").len()), (422, 1), "{}", told.body);
    assert!(
        values(&told.body, "from").iter().any(|(_, after)| after.contains("See all times")),
        "{}",
        told.body
    );
    assert_eq!(listed(asks(Some(String::new()))).await.0[0], all[0]);
}

#[tokio::test]
async fn a_form_with_mistakes_shows_no_times_to_the_uninvited() {
    let trial = trial();
    let fields =
        [("page", "aiko/intro"), ("locale", "en"), ("contact.name", "Mara"), ("contact.email", "mara@")];
    let told = trial.post_form("/api/bookings", &fields).await;
    assert_eq!(told.status, 403, "{}", told.body);
    assert!(!told.body.contains("name=\"start\"") && told.text().contains("mara@"), "{}", told.text());
}

/// Without a script, too, a used invitation leaves nothing of what it narrowed.
#[tokio::test]
async fn the_form_that_comes_back_offers_everybodys_times() {
    let trial = Trial::start();
    let friday = NaiveDate::from_ymd_opt(2026, 11, 27);
    let token = token(&trial, &Invite { from: friday, until: friday, ..invite(1) });
    let asks = [("page", "aiko/intro"), ("locale", "en"), ("time_zone", "Asia/Tokyo"), ("invite", &token)];
    let shown = trial.post_form("/api/bookings", &asks).await;
    assert_eq!((shown.status, shown.text().contains("Tuesday 24 November")), (200, false));
    trial.booked(&trial.post_json("/api/bookings", &with(FRIDAY_TEN, &token)).await);
    let shown = trial.post_form("/api/bookings", &asks).await;
    let text = shown.text();
    assert_eq!((shown.status, text.contains("Tuesday 24 November")), (409, true), "{text}");
    assert!(text.contains("You can book a time without it."), "{text}");
}

#[tokio::test]
async fn the_plain_form_of_any_page_takes_the_invitation_from_its_address_and_goes_on_without() {
    let trial = Trial::start();
    let token = token(&trial, &invite(1));
    let page = format!("{}/aiko/intro/?utm_source=mail&invite={token}", fixture::BASE_URL);
    let fields = |start| {
        [
            ("page", "aiko/intro"),
            ("locale", "en"),
            ("start", start),
            ("contact.name", "Mara"),
            ("contact.email", "mara@example.org"),
        ]
    };
    assert_eq!(form_from(&trial, &page, &fields(WEDNESDAY_TEN)).await.status, 303);
    let told = form_from(&trial, &page, &fields(FRIDAY_TEN)).await;
    assert_eq!(told.status, 409, "{}", told.body);
    assert!(told.text().contains("You can book a time without it."), "{}", told.text());
    assert!(!told.body.contains("name=\"invite\"") && told.body.contains("checked"), "{}", told.body);
    let elsewhere = page.replace(fixture::BASE_URL, "https://www.example.net");
    assert_eq!(
        form_from(&trial, &elsewhere, &fields(FRIDAY_TEN)).await.status,
        303,
        "another site's is not ours"
    );
}

async fn as_host(trial: &Trial, path: &str, body: &Value) -> Told {
    let key = format!("Bearer {}", trial.secrets().host_key("aiko", 1));
    let headers = [("content-type", "application/json"), ("authorization", key.as_str())];
    trial.post(path, &headers, &body.to_string()).await
}

#[tokio::test]
async fn a_host_makes_one_and_withdraws_it() {
    let trial = trial();
    let session = trial.get_as("/api/host/session", &trial.secrets().host_key("aiko", 1)).await.json();
    assert_eq!(session["pages"]["aiko/intro"]["invite_only"], json!(true));
    let asked =
        json!({ "page": "aiko/intro", "name": "Mara", "email": "mara@example.org", "uses": 2, "days": 7 });
    let told = as_host(&trial, "/api/host/invites", &asked).await;
    assert_eq!(told.status, 201, "{}", told.body);
    let made = told.json();
    let link = made["link"].as_str().unwrap();
    let (page, token) = link.split_once("?invite=").unwrap();
    assert_eq!(page, format!("{}/aiko/intro/", fixture::BASE_URL));
    assert!(made["expires"].as_str().unwrap().starts_with("2026-11-30T23:59:"), "{made}");
    assert_eq!((&made["uses"], &made["name"]), (&json!(2), &json!("Mara")));
    trial.booked(&trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, token)).await);
    for _ in 0..2 {
        let told = as_host(&trial, "/api/host/invites/withdraw", &json!({ "invite": link })).await;
        assert_eq!((told.status, &told.json()["withdrawn"]), (200, &json!(true)), "{}", told.body);
    }
    let told = trial.post_json("/api/bookings", &with(FRIDAY_TEN, token)).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("link_used")));
    assert_eq!(trial.stored("aiko").await, 1, "what was booked stays");
}

#[tokio::test]
async fn whoever_has_a_free_one_books_a_page_with_a_price_at_once() {
    let trial = trial();
    let usual = as_host(&trial, "/api/host/invites", &json!({ "page": "aiko/paid" })).await.json();
    assert_eq!(usual.get("free"), None, "{usual}");
    let made =
        as_host(&trial, "/api/host/invites", &json!({ "page": "aiko/paid", "free": true })).await.json();
    assert_eq!(made["free"], true, "{made}");
    let mut body = with(WEDNESDAY_TEN, made["link"].as_str().unwrap());
    body["page"] = json!("aiko/paid");
    let told = trial.post_json("/api/bookings", &body).await;
    assert_eq!(told.status, 201, "{}", told.body);
    let booking = &told.json()["booking"];
    assert_eq!((&booking["status"], booking.get("payment")), (&json!("confirmed"), None), "{booking}");
}

#[tokio::test]
async fn without_a_script_the_form_says_that_a_free_one_makes_it_free_before_it_books() {
    let trial = trial();
    let made =
        as_host(&trial, "/api/host/invites", &json!({ "page": "aiko/paid", "free": true })).await.json();
    let link = made["link"].as_str().unwrap();
    let fields = [
        ("page", "aiko/paid"),
        ("locale", "en"),
        ("start", WEDNESDAY_TEN),
        ("duration_minutes", "60"),
        ("contact.name", "Mara"),
        ("contact.email", "mara@example.org"),
    ];
    let with_price = [fields.as_slice(), &[("price.60", "5000 JPY")]].concat();
    let told = form_from(&trial, link, &with_price).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let text = told.text();
    assert!(text.contains("· free") && !text.contains('¥'), "{text}");
    assert!(
        !told.body.contains("name=\"price.60\"") && told.body.contains("value=\"Mara\""),
        "{}",
        told.body
    );
    assert_eq!(trial.stored("aiko").await, 0);
    assert_eq!(form_from(&trial, link, &fields).await.status, 303);
    // Used up, it waives nothing any more.
    let later = fields.map(|(name, value)| (name, if name == "start" { FRIDAY_TEN } else { value }));
    let told = form_from(&trial, link, &later).await;
    assert_eq!(told.status, 409, "{}", told.body);
    let text = told.text();
    for part in [
        "This invitation can no longer be used\nYou can book a time without it.",
        "· ¥9,000",
        "Book and pay ¥9,000",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("· free"), "{text}");
    assert!(told.body.contains("name=\"price.60\" value=\"9000 JPY\""), "{}", told.body);
}

/// All invitations are withdrawn together: those that were made for another version of theirs.
#[tokio::test]
async fn raising_their_version_withdraws_all_of_them() {
    let (site, mut hosts) = fixture::site();
    hosts[0].meetings.get_mut("intro").unwrap().invite_only = true;
    hosts[0].invites_version = 2;
    let trial = Trial::of(&site, &hosts);
    let former = token(&trial, &invite(1));
    let told = trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, &former)).await;
    check_refused(&told, 409, "link_used", "This invitation can no longer be used", ASK_ANEW);
    let told = times(&trial, &format!("invite={former}")).await;
    check_refused(&told, 409, "link_used", "This invitation can no longer be used", ASK_ANEW);
    let made = as_host(&trial, "/api/host/invites", &json!({ "page": "aiko/intro" })).await.json();
    assert_eq!(made.get("version"), None, "{made}");
    trial.booked(
        &trial.post_json("/api/bookings", &with(WEDNESDAY_TEN, made["link"].as_str().unwrap())).await,
    );
}

#[tokio::test]
async fn only_its_own_host_makes_one_and_every_mistake_is_told() {
    let trial = trial();
    let anybody = trial.post_json("/api/host/invites", &json!({ "page": "aiko/intro" })).await;
    assert_eq!(anybody.status, 401);
    for page in ["jonas/support", "aiko/nothing", ""] {
        let told = as_host(&trial, "/api/host/invites", &json!({ "page": page })).await;
        assert_eq!((told.status, &told.json()["code"]), (404, &json!("unknown_page")));
    }
    let wrong = json!({
        "page": "aiko/intro", "uses": 0, "days": 400, "name": "x".repeat(201), "email": "mara@", "duration": 20,
        "from": "2026-12-10", "until": "2026-12-09",
    });
    let told = as_host(&trial, "/api/host/invites", &wrong).await;
    assert_eq!(told.status, 422, "{}", told.body);
    let problem = told.json();
    let errors = problem["errors"].as_array().unwrap().iter();
    let errors: Vec<_> =
        errors.map(|error| (error["field"].as_str().unwrap(), error["message"].as_str().unwrap())).collect();
    assert_eq!(
        errors,
        [
            ("uses", "Enter a number from 1 to 1000."),
            ("days", "Enter a number from 1 to 366."),
            ("name", "Enter a name of at most 200 characters."),
            ("email", "Enter an email address, such as name@example.com."),
            ("until", "The last date is before the first."),
            ("duration", "Choose one of the durations on this page."),
        ]
    );
    let told = as_host(&trial, "/api/host/invites", &json!({ "page": "aiko/intro", "free": "yes" })).await;
    assert_eq!((told.status, &told.json()["errors"][0]["field"]), (422, &json!("free")), "{}", told.body);
    let anyway = as_host(&trial, "/api/host/invites", &json!({ "page": "aiko/intro", "free": true })).await;
    let message = "There is no price to waive: what is booked with it costs nothing anyway.";
    let errors = json!([{ "field": "free", "message": message }]);
    assert_eq!((anyway.status, &anyway.json()["errors"]), (422, &errors), "{}", anyway.body);
    // Passed over, it would allow more than was meant.
    let misspelt = json!({ "page": "aiko/intro", "use": 1, "duration_minutes": 60 });
    let told = as_host(&trial, "/api/host/invites", &misspelt).await;
    let message = "There is no field of this name here. It can be: page, uses, days, name, email, duration, from, until, free, locale.";
    let errors = json!([
        { "field": "duration_minutes", "message": message }, { "field": "use", "message": message },
    ]);
    assert_eq!((told.status, &told.json()["errors"]), (422, &errors), "{}", told.body);
    let jonas = token(&trial, &Invite { page: "jonas/support".to_owned(), ..invite(1) });
    let told = as_host(&trial, "/api/host/invites/withdraw", &json!({ "invite": jonas })).await;
    assert_eq!((told.status, &told.json()["code"]), (403, &json!("invite_refused")));
}
