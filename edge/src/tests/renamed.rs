//! A host whose folder was renamed from `aiko` to `tanaka`, and who keeps the ledger: what was made under the old name
//! goes on under the new one.

use std::collections::BTreeMap;

use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::invite::Invite;
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Told, Trial, WEDNESDAY_NINE_SECONDS, WEDNESDAY_TEN, book, eventually};

/// Wednesday 11:00 in Tokyo.
const WEDNESDAY_ELEVEN: &str = "2026-11-25T02:00:00Z";

/// The site before the renaming, and what it was made from.
struct Before {
    trial: Trial,
    site: SiteDefinition,
    hosts: Vec<HostDefinition>,
}

impl Before {
    fn with(change: impl FnOnce(&mut SiteDefinition, &mut HostDefinition)) -> Self {
        let (mut site, mut hosts) = fixture::site();
        change(&mut site, &mut hosts[0]);
        Self { trial: Trial::of(&site, &hosts), site, hosts }
    }

    fn rename(self) -> Trial {
        self.rename_beside(|_| {})
    }

    /// The same, where the hosts are changed, too.
    fn rename_beside(mut self, change: impl FnOnce(&mut Vec<HostDefinition>)) -> Trial {
        call_it(&mut self.hosts[0], "tanaka");
        change(&mut self.hosts);
        let folders = self.hosts.iter().map(|host| host.folder.clone()).collect();
        let renamed = self.hosts.iter().filter(|host| host.ledger != host.folder);
        let renamed: BTreeMap<_, _> =
            renamed.map(|host| (host.ledger.clone(), host.folder.clone())).collect();
        let site = SiteDefinition { hosts: folders, renamed, ..self.site };
        fixture::write(&self.trial.directory.path().join("dist"), &site, &self.hosts);
        self.trial.definitions_changed();
        self.trial
    }
}

fn call_it(host: &mut HostDefinition, folder: &str) {
    folder.clone_into(&mut host.folder);
    for (slug, meeting) in &mut host.meetings {
        meeting.page = format!("{folder}/{slug}");
    }
}

async fn as_host(trial: &Trial, path: &str) -> Told {
    trial.get_as(path, &trial.secrets().host_key("tanaka", 1)).await
}

async fn post_as_host(trial: &Trial, path: &str, body: &Value) -> Told {
    let bearer = format!("Bearer {}", trial.secrets().host_key("tanaka", 1));
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    trial.post(path, &headers, &body.to_string()).await
}

fn on(page: &str, start: &str) -> Value {
    let mut body = book(start);
    body["page"] = json!(page);
    body
}

#[tokio::test]
async fn a_booking_of_before_is_moved_by_its_visitor_and_by_its_host() {
    let before = Before::with(|_, _| {});
    let booked = before.trial.booked(&before.trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = before.rename();
    let choice = trial.get(&format!("{}?move", booked.path)).await;
    assert_eq!(choice.status, 200, "{}", choice.text());
    assert!(choice.text().contains("Choose another time"), "{}", choice.text());
    let own = format!("/api/availability/tanaka/intro?from=2026-11-25&to=2026-11-25&booking={}", booked.id);
    let slots = trial.get_as(&own, &booked.token).await.json()["slots"].clone();
    assert!(slots.as_array().unwrap().contains(&json!(WEDNESDAY_NINE_SECONDS + 3600)), "{slots}");
    let path = format!("/api/bookings/{}", booked.id);
    let bearer = format!("Bearer {}", booked.token);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let moved = json!({ "start": WEDNESDAY_ELEVEN }).to_string();
    let told = trial.post(&format!("{path}/reschedule"), &headers, &moved).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let told = post_as_host(
        &trial,
        &format!("/api/host/bookings/{}/reschedule", booked.id),
        &json!({ "start": WEDNESDAY_TEN }),
    )
    .await;
    assert_eq!(told.status, 200, "{}", told.body);
    // All of it names the page as it is called today.
    let of_visitor = trial.get_as(&path, &booked.token).await.json();
    let listed = as_host(&trial, "/api/host/bookings").await.json();
    for booking in [&of_visitor["booking"], &listed["bookings"][0]] {
        assert_eq!(
            (&booking["page"], &booking["host"]["folder"]),
            (&json!("tanaka/intro"), &json!("tanaka"))
        );
        assert_eq!((&booking["id"], &booking["start"]), (&json!(booked.id), &json!(WEDNESDAY_TEN)));
    }
    let event = trial.get(&format!("{path}/invite.ics?token={}", booked.token)).await;
    assert_eq!(event.header("content-disposition"), "attachment; filename=\"tanaka-intro-2026-11-25.ics\"");
}

#[tokio::test]
async fn limits_count_what_was_booked_before() {
    let before = Before::with(|_, host| {
        host.meetings.get_mut("intro").unwrap().rules.limit.per_day = Some(1);
    });
    before.trial.booked(&before.trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = before.rename();
    let times = "/api/availability/tanaka/intro?from=2026-11-25&to=2026-11-25";
    let told =
        eventually(async || trial.get(times).await.json()["slots"].clone(), |slots| *slots == json!([]))
            .await;
    assert_eq!(told, json!([]));
    let told = trial.post_json("/api/bookings", &on("tanaka/intro", WEDNESDAY_ELEVEN)).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("limit_reached")), "{}", told.body);
}

#[tokio::test]
async fn a_form_that_was_open_meanwhile_books_and_repeats_what_it_sent() {
    let before = Before::with(|_, _| {});
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let body = book(WEDNESDAY_TEN).to_string();
    let first = before.trial.booked(&before.trial.post("/api/bookings", &headers, &body).await);
    let trial = before.rename();
    let again = trial.booked(&trial.post("/api/bookings", &headers, &body).await);
    assert_eq!(again.id, first.id);
    let told = trial.post_json("/api/bookings", &book(WEDNESDAY_ELEVEN)).await;
    trial.booked(&told);
    assert_eq!(told.json()["booking"]["page"], "tanaka/intro");
    assert_eq!(trial.get("/api/availability/aiko/intro").await.status, 200);
    assert_eq!(trial.get("/api/availability/nobody/intro").await.status, 404);
}

#[tokio::test]
async fn invitations_of_before_go_on_and_are_nobody_elses() {
    let before = Before::with(|_, host| host.meetings.get_mut("intro").unwrap().invite_only = true);
    let until = "2026-12-01T00:00:00Z".parse().unwrap();
    let invite = |page: &str, random: u8| Invite::new(page, [random; 8], until, 1);
    // Somebody else is called Aiko since.
    let trial = before.rename_beside(|hosts| {
        let mut other = hosts[0].clone();
        call_it(&mut other, "aiko");
        other.ledger = "aiko-sato".to_owned();
        hosts.push(other);
    });
    let tried = async |page: &str, signed: &str| {
        let token = invite(signed, 1).token(&trial.secrets());
        trial.get(&format!("/api/availability/{page}?invite={token}")).await.status
    };
    assert_eq!(tried("tanaka/intro", "aiko/intro").await, 200);
    assert_eq!(tried("tanaka/intro", "tanaka/intro").await, 200, "as an older version signed it");
    assert_eq!(tried("tanaka/intro", "aiko-sato/intro").await, 403);
    assert_eq!(tried("tanaka/intro", "aiko/review").await, 403);
    assert_eq!(tried("aiko/intro", "aiko-sato/intro").await, 200);
    assert_eq!(tried("aiko/intro", "aiko/intro").await, 403, "it is Tanaka's");
    assert_eq!(tried("aiko/intro", "tanaka/intro").await, 403);

    let mut body = on("tanaka/intro", WEDNESDAY_TEN);
    body["invite"] = json!(invite("aiko/intro", 2).token(&trial.secrets()));
    trial.booked(&trial.post_json("/api/bookings", &body).await);
    let withdrawn = invite("aiko/intro", 3).token(&trial.secrets());
    let told = post_as_host(&trial, "/api/host/invites/withdraw", &json!({ "invite": withdrawn })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let told = trial.get(&format!("/api/availability/tanaka/intro?invite={withdrawn}")).await;
    assert_eq!(told.json()["code"], "link_used", "{}", told.body);
    // A new one is told of as the page is called, and lasts when the folder is renamed again.
    let told = post_as_host(&trial, "/api/host/invites", &json!({ "page": "tanaka/intro" })).await;
    assert_eq!((told.status, &told.json()["page"]), (201, &json!("tanaka/intro")), "{}", told.body);
    let link = told.json()["link"].as_str().unwrap().to_owned();
    let token = link.strip_prefix("https://meet.example.com/tanaka/intro/?invite=").unwrap();
    assert!(Invite::read(token, &trial.secrets(), "aiko/intro").is_some());
}

#[tokio::test]
async fn contacts_stay_their_owners() {
    let before = Before::with(|_, _| {});
    before.trial.carry_out();
    before.trial.booked(&before.trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = before.rename();
    let owner = eventually(
        async || as_host(&trial, "/api/host/contacts").await.json()["contacts"][0]["owner"].clone(),
        |owner| *owner != Value::Null,
    )
    .await;
    assert_eq!(owner, json!({ "folder": "tanaka", "name": "Aiko Tanaka" }));
    let table = as_host(&trial, "/api/host/contacts?format=csv").await.body;
    assert!(table.contains("\"mara@example.org\",\"tanaka\""), "{table}");
    assert!(table.contains("\"tanaka/intro\"") && !table.contains("aiko/"), "{table}");
}

/// A form may be open at the second renaming.
#[tokio::test]
async fn a_page_that_was_renamed_twice_is_known_by_each_of_its_names() {
    let (mut site, mut hosts) = fixture::site();
    call_it(&mut hosts[0], "tanaka");
    site.hosts = hosts.iter().map(|host| host.folder.clone()).collect();
    site.renamed = [("aiko".to_owned(), "tanaka".to_owned())].into();
    site.was = [("ai".to_owned(), "tanaka".to_owned())].into();
    let trial = Trial::of(&site, &hosts);
    for (name, status) in [("tanaka", 200), ("aiko", 200), ("ai", 200), ("aik", 404)] {
        let told = trial.get(&format!("/api/availability/{name}/intro")).await;
        assert_eq!(told.status, status, "{name}: {}", told.body);
    }
    trial.booked(&trial.post_json("/api/bookings", &on("ai/intro", WEDNESDAY_TEN)).await);
}
