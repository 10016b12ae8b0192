//! Lists that are longer than one answer: each says so, and where it goes on. The rows are written beside the endpoint,
//! as booking them all would take long.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};
use scheduling::token::BookingId;
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Told, Trial, WEDNESDAY_TEN, book, is_worker};

const COUNT: u32 = 1203;

/// A host who has 1,203 bookings, an hour apart from three months ago on, and as many deliveries that were given up.
async fn crowded() -> Option<Trial> {
    if is_worker() {
        // Nobody else may write to an object's database; the answers are the same.
        return None;
    }
    let (site, mut hosts) = fixture::site();
    hosts[0].webhooks = vec![scheduling::definition::Webhook {
        url: "https://hooks.example.com/".to_owned(),
        secret: vec!["HOOK".to_owned()],
        events: vec!["*".to_owned()],
    }];
    let trial = Trial::of(&site, &hosts);
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let mut sql = Connection::open(trial.directory.path().join("data/ledgers/aiko.sqlite3")).unwrap();
    let changes = sql.transaction().unwrap();
    let (first, record): (String, String) = changes
        .query_row("SELECT id, record FROM booking", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    for number in 1..COUNT {
        let id = id_of(number).to_string();
        let start = start_of(number);
        let mut copy: Value = serde_json::from_str(&record.replace(&first, &id)).unwrap();
        (copy["start"], copy["end"]) = (json!(start), json!(start + TimeDelta::minutes(30)));
        let booking = "INSERT INTO booking (id, page, status, start_seconds, end_seconds, contact_email, counted_email,
                proof, made_at_seconds, event_count, record)
            SELECT ?1, page, status, ?2, ?2 + 1800, contact_email, counted_email, proof, made_at_seconds, event_count, ?3
            FROM booking WHERE id = ?4";
        changes.execute(booking, params![id, start.timestamp(), copy.to_string(), first]).unwrap();
        let delivery =
            "INSERT INTO delivery (id, booking_id, event, kind, queue, receiver, destination, payload, state,
                attempt_count, next_attempt_at_seconds, settled_at_seconds)
            SELECT ?1, booking_id, event, kind, queue, receiver, destination, payload, 'parked', 1, ?2, ?2
            FROM delivery WHERE queue = 'notice' AND booking_id = ?3 LIMIT 1";
        changes.execute(delivery, params![format!("{id}.1"), number, first]).unwrap();
    }
    changes.execute("DELETE FROM booking WHERE id = ?1", [first]).unwrap();
    changes.commit().unwrap();
    Some(trial)
}

fn id_of(number: u32) -> BookingId {
    let mut random = [0; 16];
    random[..4].copy_from_slice(&number.to_be_bytes());
    BookingId::new("aiko", random)
}

fn start_of(number: u32) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2026-08-26T00:00:00Z".parse().unwrap();
    first + TimeDelta::hours(number.into())
}

async fn get(trial: &Trial, path: &str) -> Told {
    let told = trial.get_as(path, &trial.secrets().host_key("aiko", 1)).await;
    assert_eq!(told.status, 200, "{}", told.body);
    told
}

/// Follows a list to its end: the ids of each part.
async fn parts(trial: &Trial, path: &str, name: &str) -> Vec<Vec<String>> {
    let (mut parts, mut next) = (Vec::new(), path.to_owned());
    loop {
        let told = get(trial, &next).await;
        let list = told.json();
        let ids = list[name].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        parts.push(ids.collect());
        let link = told.header("link");
        let Some(after) = list["after"].as_str() else {
            assert_eq!((&list["more"], link), (&json!(false), ""));
            return parts;
        };
        assert_eq!(list["more"], json!(true));
        let leads = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap();
        leads.clone_into(&mut next);
        assert!(
            next.contains(&format!("after={after}")) && next.starts_with(path.split('?').next().unwrap()),
            "{next}"
        );
    }
}

#[tokio::test]
async fn bookings_go_on_where_the_last_answer_ended() {
    let Some(trial) = crowded().await else { return };
    let all = parts(&trial, "/api/host/bookings", "bookings").await;
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 202]);
    let expected: Vec<String> = (1..COUNT).map(|number| id_of(number).to_string()).collect();
    assert_eq!(all.concat(), expected);
    let some = parts(&trial, "/api/host/bookings?from=2026-09-01&status=confirmed", "bookings").await;
    assert_eq!(some.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 68]);
    for wrong in ["x", "1.aiko.AQ", "1796083200.jonas.AQEBAQEBAQEBAQEBAQEBAQ"] {
        let path = format!("/api/host/bookings?after={wrong}");
        let told = trial.get_as(&path, &trial.secrets().host_key("aiko", 1)).await;
        let error = json!([{ "field": "after", "message": "Use the `after` value of the previous answer." }]);
        assert_eq!((told.status, &told.json()["errors"]), (422, &error), "{wrong}");
    }
}

#[tokio::test]
async fn deliveries_go_on_where_the_last_answer_ended() {
    let Some(trial) = crowded().await else { return };
    let all = parts(&trial, "/api/host/deliveries?state=parked", "deliveries").await;
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 200, 200, 200, 200, 2]);
    let newest_first: Vec<String> = (1..COUNT).rev().map(|number| format!("{}.1", id_of(number))).collect();
    assert_eq!(all.concat(), newest_first);
    assert_eq!(parts(&trial, "/api/host/deliveries?state=done", "deliveries").await, [[""; 0]]);
}

/// The last 90 days, and all that is ahead.
#[tokio::test]
async fn the_feed_holds_all_that_is_in_its_window() {
    let Some(trial) = crowded().await else { return };
    let token = trial.secrets().feed_token("aiko", 1);
    let told = trial.get(&format!("/api/host/calendar.ics?token={token}")).await;
    assert_eq!((told.status, told.body.matches("BEGIN:VEVENT").count()), (200, 1202));
    // A day and an hour more than 90 days after the first of them.
    let later = trial.again_at("2026-11-25T00:30:00Z");
    let told = later.get(&format!("/api/host/calendar.ics?token={token}")).await;
    assert_eq!((told.status, told.body.matches("BEGIN:VEVENT").count()), (200, 1202 - 24));
}
