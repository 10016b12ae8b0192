//! Contacts, as hosts see, export and erase them: the whole way from a booking through the outbox to the ledger that
//! keeps the contact.

use std::time::Duration;

use serde_json::{Value, json};

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
    for _ in 0..200 {
        let found = contacts(trial, host).await;
        if holds(&found) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never holds: {}", contacts(trial, host).await);
}

async fn erase(trial: &Trial, host: &str, key: &str) -> Told {
    let bearer = format!("Bearer {}", trial.secrets().host_key(host, 1));
    trial.post(&format!("/api/host/contacts/{key}/erase"), &[("authorization", &bearer)], "").await
}

fn key_of(trial: &Trial, email: &str) -> String {
    trial.secrets().contact_keys(email)[0].clone()
}

#[tokio::test]
async fn a_contact_has_one_owner_the_last_touch_and_for_each_host_its_own_bookings() {
    let trial = trial();
    let spring =
        json!({ "utm_campaign": "spring", "utm_source": "letter", "utm_medium": "mail", "gclid": "g" });
    let first = booked(&trial, "aiko/intro", AIKO_FIRST, "mara@example.org", spring).await;
    let early = contacts(&trial, "aiko").await;
    assert_eq!((&early[0]["email"], early.as_array().unwrap().len()), (&json!("mara@example.org"), 1));
    contacts_when(&trial, "aiko", |contacts| contacts[0]["owner"]["folder"] == "aiko").await;

    booked(&trial, "jonas/support", JONAS_FIRST, " Mara@Example.ORG ", json!({ "gclid": "x" })).await;
    let second = booked(&trial, "jonas/support", JONAS_NEXT, "mara@example.org", json!({})).await;
    let seen = contacts_when(&trial, "jonas", |contacts| contacts[0]["owner"] != Value::Null).await;
    assert_eq!(seen[0]["owner"], json!({ "folder": "aiko", "name": "Aiko Tanaka" }), "whoever was first");
    let touch = &seen[0]["last_booking"];
    assert_eq!(
        (&touch["campaign"], &touch["source"], &touch["medium"]),
        (&json!("spring"), &json!("letter"), &json!("mail"))
    );
    let pages: Vec<&Value> =
        seen[0]["bookings"].as_array().unwrap().iter().map(|booking| &booking["page"]).collect();
    assert_eq!(pages, ["jonas/support", "jonas/support"], "not Aiko's");
    assert_eq!(seen[0]["bookings"][0]["id"], second.id, "newest first");

    booked(
        &trial,
        "jonas/support",
        "2026-11-25T12:00:00Z",
        "mara@example.org",
        json!({ "utm_source": "web" }),
    )
    .await;
    let seen = contacts_when(&trial, "aiko", |contacts| contacts[0]["last_booking"]["source"] == "web").await;
    let own = trial.get_as("/api/host/bookings", &trial.secrets().host_key("aiko", 1)).await.json();
    let expected = json!([{
        "key": key_of(&trial, "mara@example.org"),
        "name": "Mara Lind",
        "email": "mara@example.org",
        "owner": { "folder": "aiko", "name": "Aiko Tanaka" },
        "last_booking": { "at": seen[0]["last_booking"]["at"], "campaign": null, "source": "web", "medium": null },
        "bookings": own["bookings"],
    }]);
    assert_eq!(seen[0]["bookings"][0]["id"], first.id);
    assert_eq!(seen, expected);
    let key = key_of(&trial, "mara@example.org");
    assert_eq!(get(&trial, "aiko", &format!("/{key}")).await.json()["contact"], expected[0]);
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
        \"last_booking_medium\",\"bookings\",\"newest_page\",\"newest_start\",\"newest_status\"";
    assert_eq!(lines.next(), Some(columns));
    let row = lines.next().unwrap();
    let key = key_of(&trial, "mara@example.org");
    assert!(row.starts_with(&format!("\"{key}\",\"Mara Lind\",\"mara@example.org\",")), "{row}");
    let end =
        format!(",\"'=HYPERLINK(1)\",\"\",\"\",\"1\",\"jonas/support\",\"{JONAS_FIRST}\",\"confirmed\"");
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

#[tokio::test]
async fn an_erased_contact_is_gone_from_every_host_and_what_is_left_can_be_shown() {
    let trial = trial();
    let at_aiko =
        booked(&trial, "aiko/intro", AIKO_FIRST, "mara@example.org", json!({ "utm_source": "web" })).await;
    let at_jonas = booked(&trial, "jonas/support", JONAS_FIRST, "mara@example.org", json!({})).await;
    booked(&trial, "aiko/intro", AIKO_NEXT, "kim@example.org", json!({})).await;
    contacts_when(&trial, "jonas", |contacts| contacts[0]["owner"] != Value::Null).await;
    contacts_when(&trial, "aiko", |contacts| contacts[1]["owner"] != Value::Null).await;

    let key = key_of(&trial, "mara@example.org");
    let told = erase(&trial, "jonas", &key).await;
    let erasing = json!({ "contact": { "key": key, "state": "erasing" } });
    assert_eq!((told.status, told.json()), (202, erasing), "{}", told.body);
    contacts_when(&trial, "jonas", |contacts| contacts == &json!([])).await;
    let left = contacts_when(&trial, "aiko", |contacts| contacts.as_array().unwrap().len() == 1).await;
    assert_eq!(left[0]["email"], "kim@example.org");
    assert_eq!(erase(&trial, "jonas", &key).await.status, 404);

    for (host, booked) in [("aiko", &at_aiko), ("jonas", &at_jonas)] {
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
    // Bookings are stamped to the second, and an erasure includes those made in the second of its request.
    trial.pass(2).await;
    booked(&trial, "jonas/support", JONAS_NEXT, "mara@example.org", json!({})).await;
    let anew = contacts_when(&trial, "jonas", |contacts| contacts[0]["owner"] != Value::Null).await;
    assert_eq!(
        (&anew[0]["owner"]["folder"], &anew[0]["last_booking"]["source"]),
        (&json!("jonas"), &json!(null))
    );
}
