//! Contacts, as hosts see, export and erase them: the whole way from a booking through the outbox to the ledger that
//! keeps the contact.

use std::time::Duration;

use scheduling::definition::{Mail, MailTransport};
use scheduling::mail::Sender;
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Booked, Told, Trial, book};

const AIKO_FIRST: &str = "2026-11-25T01:00:00Z";
const AIKO_NEXT: &str = "2026-11-25T02:00:00Z";
const JONAS_FIRST: &str = "2026-11-25T09:00:00Z";
const JONAS_NEXT: &str = "2026-11-25T10:00:00Z";

/// A site whose deliveries are carried out.
fn trial() -> Trial {
    let trial = Trial::start();
    trial.carry_out();
    trial
}

/// Books a page, with tracking parameters.
async fn booked(trial: &Trial, page: &str, start: &str, email: &str, tracking: Value) -> Booked {
    let mut body = book(start);
    body["page"] = json!(page);
    body["contact"]["email"] = json!(email);
    body["tracking"] = tracking;
    let told = trial.post_json("/api/bookings", &body).await;
    trial.booked(&told)
}

async fn get(trial: &Trial, host: &str, path: &str) -> Told {
    trial.get_as(&format!("/api/host/contacts{path}"), &trial.secrets().host_key(host, 1)).await
}

async fn contacts(trial: &Trial, host: &str) -> Value {
    let told = get(trial, host, "").await;
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()["contacts"].clone()
}

/// The host's contacts, once the condition holds: a booking is noted a moment later.
async fn contacts_when(trial: &Trial, host: &str, holds: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1200 {
        let found = contacts(trial, host).await;
        if holds(&found) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never holds: {}", contacts(trial, host).await);
}

/// Lets everything that this host's ledger has to tell of contacts arrive: who booked last of all is known by then.
async fn all_noted(trial: &Trial, host: &str, start: &str) {
    let page = if host == "aiko" { "aiko/intro" } else { "jonas/support" };
    let email = format!("{start}@example.org").replace(':', ".").to_lowercase();
    booked(trial, page, start, &email, json!({})).await;
    let is_known = |contacts: &Value| contacts[0]["email"] == email && contacts[0]["owner"] != Value::Null;
    contacts_when(trial, host, is_known).await;
}

async fn erase(trial: &Trial, host: &str, key: &str) -> Told {
    let bearer = format!("Bearer {}", trial.secrets().host_key(host, 1));
    trial.post(&format!("/api/host/contacts/{key}/erase"), &[("authorization", &bearer)], "").await
}

fn key_of(trial: &Trial, email: &str) -> String {
    trial.secrets().contact_keys(email)[0].clone()
}

#[tokio::test]
async fn a_contact_has_one_owner_and_for_each_host_what_came_by_its_own_bookings() {
    let trial = trial();
    let spring =
        json!({ "utm_campaign": "spring", "utm_source": "letter", "utm_medium": "mail", "gclid": "g" });
    let first = booked(&trial, "aiko/intro", AIKO_FIRST, "mara@example.org", spring).await;
    let early = contacts(&trial, "aiko").await;
    assert_eq!((&early[0]["email"], early.as_array().unwrap().len()), (&json!("mara@example.org"), 1));
    contacts_when(&trial, "aiko", |contacts| contacts[0]["owner"]["folder"] == "aiko").await;

    booked(&trial, "jonas/support", JONAS_FIRST, " Mara@Example.ORG ", json!({ "gclid": "x" })).await;
    let second = booked(&trial, "jonas/support", JONAS_NEXT, "mara@example.org", json!({})).await;
    let seen = contacts(&trial, "jonas").await;
    let pages: Vec<&Value> =
        seen[0]["bookings"].as_array().unwrap().iter().map(|booking| &booking["page"]).collect();
    assert_eq!(pages, ["jonas/support", "jonas/support"], "not Aiko's");
    assert_eq!(seen[0]["bookings"][0]["id"], second.id, "newest first");
    let web = json!({ "utm_source": "web" });
    booked(&trial, "jonas/support", "2026-11-25T12:00:00Z", "mara@example.org", web).await;

    let seen = contacts(&trial, "aiko").await;
    let own = trial.get_as("/api/host/bookings", &trial.secrets().host_key("aiko", 1)).await.json();
    let at = own["bookings"][0]["created_at"].clone();
    let expected = json!([{
        "key": key_of(&trial, "mara@example.org"),
        "name": "Mara Lind",
        "email": "mara@example.org",
        "owner": { "folder": "aiko", "name": "Aiko Tanaka" },
        "last_booking": { "at": at, "campaign": "spring", "source": "letter", "medium": "mail" },
        "bookings": own["bookings"],
    }]);
    assert_eq!(seen[0]["bookings"][0]["id"], first.id);
    assert_eq!(seen, expected, "whatever was booked with Jonas since");
    let key = key_of(&trial, "mara@example.org");
    assert_eq!(get(&trial, "aiko", &format!("/{key}")).await.json()["contact"], expected[0]);
}

/// Anyone can book anyone's page in anyone's name: that shows a host nothing of what was booked with others, and gives
/// others nothing to read.
#[tokio::test]
async fn nothing_of_one_hosts_bookings_is_told_to_another() {
    let trial = trial();
    let secret = json!({ "utm_campaign": "private", "utm_source": "clinic", "utm_medium": "referral" });
    let mut body = book(JONAS_FIRST);
    (body["page"], body["tracking"]) = (json!("jonas/support"), secret);
    body["contact"] = json!({ "name": "Carla Real", "email": "carla@example.org" });
    trial.booked(&trial.post_json("/api/bookings", &body).await);
    contacts_when(&trial, "jonas", |contacts| contacts[0]["owner"] != Value::Null).await;

    // Aiko books the own page as Carla.
    let mut probe = book(AIKO_FIRST);
    probe["contact"] = json!({ "name": "FRAUDSTER do not meet", "email": "CARLA@example.org" });
    probe["tracking"] = json!({ "utm_source": "poison" });
    trial.booked(&trial.post_json("/api/bookings", &probe).await);
    all_noted(&trial, "aiko", "2026-11-26T01:00:00Z").await;

    let key = key_of(&trial, "carla@example.org");
    for (host, own, others) in [
        ("aiko", ["FRAUDSTER", "poison"], &["Carla Real", "Jonas", "private", "clinic", "referral"][..]),
        ("jonas", ["Carla Real", "clinic"], &["FRAUDSTER", "poison", "Aiko"][..]),
    ] {
        for path in [String::new(), format!("/{key}"), "?format=csv".to_owned()] {
            let told = get(&trial, host, &path).await;
            assert_eq!(told.status, 200);
            assert!(own.iter().all(|part| told.body.contains(part)), "{host} {path}: {}", told.body);
            for other in others {
                assert!(!told.body.contains(other), "{host} reads {other} at {path}: {}", told.body);
            }
        }
    }
}

#[tokio::test]
async fn a_host_sees_those_alone_who_booked_that_host() {
    let trial = trial();
    booked(&trial, "aiko/intro", AIKO_FIRST, "mara@example.org", json!({})).await;
    assert_eq!(contacts(&trial, "jonas").await, json!([]));
    let key = key_of(&trial, "mara@example.org");
    let told = get(&trial, "jonas", &format!("/{key}")).await;
    assert_eq!((told.status, &told.json()["code"]), (404, &json!("not_found")));
    let told = erase(&trial, "jonas", &key).await;
    assert_eq!((told.status, &told.json()["code"]), (404, &json!("not_found")));
    for path in ["/api/host/contacts".to_owned(), format!("/api/host/contacts/{key}")] {
        assert_eq!(trial.get_as(&path, "jonas.wrong").await.status, 401);
    }
    let told = trial.post(&format!("/api/host/contacts/{key}/erase"), &[], "").await;
    assert_eq!(told.status, 401);
    assert_eq!(contacts(&trial, "aiko").await[0]["bookings"][0]["status"], "confirmed");
}

#[tokio::test]
async fn contacts_are_exported_as_csv() {
    let trial = trial();
    assert_eq!(
        get(&trial, "jonas", "?after=x&format=pdf").await.json()["errors"],
        json!([
            { "field": "after", "message": "Use the `after` value of the previous answer." },
            { "field": "format", "message": "Choose a format: json or csv." },
        ])
    );
    booked(
        &trial,
        "jonas/support",
        JONAS_FIRST,
        "mara@example.org",
        json!({ "utm_campaign": "=HYPERLINK(1)" }),
    )
    .await;
    let told = get(&trial, "jonas", "?format=csv").await;
    assert_eq!(told.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(told.header("content-disposition"), "attachment; filename=\"contacts-jonas.csv\"");
    let mut lines = told.body.split("\r\n");
    let columns = "\"key\",\"name\",\"email\",\"owner\",\"last_booking_at\",\"last_booking_campaign\",\"last_booking_source\",\
        \"last_booking_medium\",\"bookings\",\"newest_page\",\"newest_start\",\"newest_status\",\
        \"newest_payment_status\",\"newest_price\",\"newest_currency\",\"newest_paid\",\
        \"newest_returned\",\"newest_payment_reference\"";
    assert_eq!(lines.next(), Some(columns));
    let row = lines.next().unwrap();
    let key = key_of(&trial, "mara@example.org");
    assert!(row.starts_with(&format!("\"{key}\",\"Mara Lind\",\"mara@example.org\",")), "{row}");
    let end = format!(
        ",\"'=HYPERLINK(1)\",\"\",\"\",\"1\",\"jonas/support\",\"{JONAS_FIRST}\",\"confirmed\",\"\",\"\",\"\",\"\",\"\",\"\""
    );
    assert!(row.ends_with(&end), "{row}");
    assert_eq!((lines.next(), lines.next()), (Some(""), None));
}

/// Each page says where the next begins; a contact that books in between does not move that.
#[tokio::test]
async fn a_list_goes_on_from_page_to_page() {
    let trial = trial();
    let days = ["11-25", "11-26", "11-27", "11-30", "12-01", "12-02", "12-03", "12-04"];
    let starts =
        days.iter().flat_map(|day| [8, 9, 10, 12].map(|hour| format!("2026-{day}T{hour:02}:00:00Z")));
    for (number, start) in starts.enumerate() {
        let email = format!("visitor{number}@example.org");
        booked(&trial, "jonas/support", &start, &email, json!({})).await;
    }
    let first = get(&trial, "jonas", "").await;
    let (list, after) =
        (first.json()["contacts"].clone(), first.json()["after"].as_str().unwrap().to_owned());
    let addresses = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|contact| contact["email"].as_str().unwrap().to_owned()).collect()
    };
    let expected = |numbers: std::ops::Range<usize>| -> Vec<String> {
        numbers.rev().map(|number| format!("visitor{number}@example.org")).collect()
    };
    assert_eq!((addresses(&list), &first.json()["more"]), (expected(2..32), &json!(true)));
    assert_eq!(first.header("link"), format!("</api/host/contacts?after={after}>; rel=\"next\""));
    let second = get(&trial, "jonas", &format!("?after={after}")).await.json();
    assert_eq!(addresses(&second["contacts"]), expected(0..2));
    assert_eq!((&second["more"], &second["after"]), (&json!(false), &json!(null)));
    let csv = get(&trial, "jonas", "?format=csv").await;
    assert_eq!(csv.header("link"), format!("</api/host/contacts?after={after}&format=csv>; rel=\"next\""));
    assert_eq!(csv.body.lines().count(), 31);
}

/// Mara's bookings with both hosts, and Kim's.
async fn both_booked(trial: &Trial) -> [Booked; 2] {
    let at_aiko =
        booked(trial, "aiko/intro", AIKO_FIRST, "mara@example.org", json!({ "utm_source": "web" })).await;
    contacts_when(trial, "aiko", |contacts| contacts[0]["owner"] != Value::Null).await;
    let at_jonas = booked(trial, "jonas/support", JONAS_FIRST, "mara@example.org", json!({})).await;
    booked(trial, "aiko/intro", AIKO_NEXT, "kim@example.org", json!({})).await;
    contacts_when(trial, "aiko", |contacts| contacts[0]["owner"] != Value::Null).await;
    [at_aiko, at_jonas]
}

/// Nothing of Mara is left with the host: the booking is cancelled, and its page can be shown.
async fn check_erased(trial: &Trial, host: &str, booked: &Booked) {
    let listed = trial.get_as("/api/host/bookings", &trial.secrets().host_key(host, 1)).await.json();
    let bookings = listed["bookings"].as_array().unwrap();
    let booking = bookings.iter().find(|booking| booking["id"] == booked.id).unwrap();
    assert_eq!(
        (&booking["status"], &booking["contact"]),
        (&json!("cancelled"), &json!({ "name": "", "email": "" }))
    );
    assert!(!listed.to_string().contains("mara"), "{listed}");
    let page = trial.get(&booked.path).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("cancelled") && !page.body.contains("Mara"), "{}", page.text());
}

#[tokio::test]
async fn a_host_erases_what_was_booked_with_that_host() {
    let trial = trial();
    let [at_aiko, at_jonas] = both_booked(&trial).await;
    let key = key_of(&trial, "mara@example.org");
    let told = erase(&trial, "jonas", &key).await;
    let erasing = json!({ "contact": { "key": key, "state": "erasing" } });
    assert_eq!((told.status, told.json()), (202, erasing), "{}", told.body);
    check_erased(&trial, "jonas", &at_jonas).await;
    assert_eq!(contacts(&trial, "jonas").await, json!([]));
    assert_eq!(erase(&trial, "jonas", &key).await.status, 404);
    all_noted(&trial, "jonas", "2026-11-26T09:00:00Z").await;
    let aikos = contacts(&trial, "aiko").await;
    let mara = aikos.as_array().unwrap().iter().find(|one| one["email"] == "mara@example.org").unwrap();
    assert_eq!((&mara["bookings"][0]["status"], &mara["name"]), (&json!("confirmed"), &json!("Mara Lind")));
    assert_eq!(mara["owner"]["folder"], "aiko");
    assert!(trial.get(&at_aiko.path).await.body.contains("Mara"));

    // The owner's own erasure leaves a contact that has no owner, until the next booking.
    booked(&trial, "jonas/support", JONAS_NEXT, "mara@example.org", json!({})).await;
    all_noted(&trial, "jonas", "2026-11-26T10:00:00Z").await;
    assert_eq!(contacts(&trial, "jonas").await[1]["owner"], Value::Null, "it is Aiko's");
    assert_eq!(erase(&trial, "aiko", &key).await.status, 202);
    all_noted(&trial, "aiko", "2026-11-26T01:00:00Z").await;
    booked(&trial, "jonas/support", "2026-11-25T12:00:00Z", "mara@example.org", json!({})).await;
    contacts_when(&trial, "jonas", |contacts| contacts[0]["owner"]["folder"] == "jonas").await;
}

#[tokio::test]
async fn the_person_erases_everything_by_the_link_of_a_mail() {
    let trial = trial();
    let [at_aiko, at_jonas] = both_booked(&trial).await;
    let path =
        |expires| scheduling::paths::erasure(&trial.secrets().erasure_token("mara@example.org", expires));
    let (link, expired) = (path(1_800_000_000), path(1_600_000_000));
    let lines = |told: &Told| told.text();
    for wrong in [expired.as_str(), "/booking/erase/x", &link[..link.len() - 1], &link.replacen('.', ".1", 1)]
    {
        assert_eq!(
            (trial.get(wrong).await.status, trial.post(wrong, &[], "").await.status),
            (404, 404),
            "{wrong}"
        );
    }
    let origin = [("origin", "https://evil.example")];
    assert_eq!(trial.post(&link, &origin, "").await.status, 403);
    let expected = "Erase everything about you?
Erase everything about you?
This cancels the upcoming meetings booked with mara@example.org, and deletes that address, the name and everything \
entered with it, with every host of this site. It is also removed from meetings to which others have invited you. It cannot \
be undone.
Erase for good
";
    assert_eq!(lines(&trial.get(&link).await), expected);
    assert!(trial.get(&at_aiko.path).await.body.contains("Mara"), "opening it erases nothing");
    let done = trial.post(&link, &[], "").await;
    let expected = "Everything is being erased
Everything is being erased
In a moment, nothing about mara@example.org is left here.
See all meetings
";
    assert_eq!((done.status, lines(&done).as_str()), (200, expected));
    contacts_when(&trial, "jonas", |contacts| contacts == &json!([])).await;
    let left = contacts_when(&trial, "aiko", |contacts| contacts.as_array().unwrap().len() == 1).await;
    assert_eq!(left[0]["email"], "kim@example.org");
    check_erased(&trial, "aiko", &at_aiko).await;
    check_erased(&trial, "jonas", &at_jonas).await;
    assert_eq!(trial.post(&link, &[], "").await.status, 200, "twice");
    // Bookings are stamped to the second, and an erasure includes those made in the second of its request.
    trial.pass(2);
    booked(&trial, "jonas/support", JONAS_NEXT, "mara@example.org", json!({})).await;
    let anew = contacts_when(&trial, "jonas", |contacts| contacts[0]["owner"] != Value::Null).await;
    assert_eq!(
        (&anew[0]["owner"]["folder"], &anew[0]["last_booking"]["source"]),
        (&json!("jonas"), &json!(null))
    );
}

/// A guest's address goes by the link of the guest's own email, from the bookings of others; these take place.
#[tokio::test]
async fn a_guest_erases_the_own_address_from_the_bookings_of_others() {
    let (mut site, hosts) = fixture::site();
    let transport = MailTransport::Mailbox;
    site.mail = Some(Mail { from: Sender::parse("hello@example.com").unwrap(), transport });
    let trial = Trial::of(&site, &hosts);
    trial.carry_out();
    let mut body = book(AIKO_FIRST);
    body["guests"] = json!(["Be.n@Gmail.com", "kim@example.org"]);
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let key = trial.secrets().host_key("aiko", 1);
    let waiting = async || {
        let told = trial.get_as("/api/host/deliveries?state=pending", &key).await;
        told.json()["deliveries"].as_array().unwrap().iter().any(|one| one["attempts"] == 0)
    };
    for _ in 0..200 {
        if !waiting().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let link = scheduling::paths::erasure(&trial.secrets().erasure_token("be.n@gmail.com", 1_800_000_000));
    assert_eq!(trial.post(&link, &[], "").await.status, 200);
    let mut left = Value::Null;
    for _ in 0..200 {
        left = trial.get_as("/api/host/bookings", &key).await.json()["bookings"][0].clone();
        if left["guests"].as_array().unwrap().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((&left["guests"], &left["status"]), (&json!(["kim@example.org"]), &json!("confirmed")));
    assert_eq!(left["contact"]["email"], "mara@example.org");
    assert_eq!(trial.get(&booked.path).await.status, 200);
}
