//! Today's settings and yesterday's promises: where notices go, with which secret and in whose name, is looked up when
//! something happens; what was agreed with the visitor stays as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use acceptance::receiver::{Received, Receiver};
use acceptance::{PATIENCE, Server, Started, booking, later, mail_by_api, wait_until};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

const SECRETS: [(&str, &str); 2] = [
    ("HOOK_NEW", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("HOOK_OLD", "whsec_dGhlIG9sZCBzZWNyZXQgb2YgMjQgYnl0ZXM="),
];

/// 13:30 in Berlin, where the host is at first; 07:30 in New York.
const START: &str = "2026-12-01T12:30:00Z";

/// A site whose settings change, and a receiver of its mails and of its host's webhooks.
struct Site {
    server: Server,
    receiver: Receiver,
    content: PathBuf,
    /// As they were before anything was set.
    shared_toml: String,
    jonas_toml: String,
}

/// A booking, as its visitor has it.
struct Booked {
    id: String,
    token: String,
}

impl Site {
    /// It sends mail.
    fn new() -> Self {
        let (mut server, receiver) = (Server::new(), Receiver::start());
        let content = server.own_content();
        for (name, value) in SECRETS.into_iter().chain([("MAIL_KEY", "the key")]) {
            server.secret(name, value);
        }
        let read = |name: &str| fs::read_to_string(content.join(name)).unwrap();
        let (shared_toml, jonas_toml) = (read("site.toml"), read("jonas/host.toml"));
        let new = Self { server, receiver, content, shared_toml, jonas_toml };
        new.set_mail(true);
        new
    }

    fn set_mail(&self, sends: bool) {
        let body = r#"{ "id": "{id}", "to": "{to}", "reply_to": "{reply_to}", "subject": "{subject}", "text": "{text}", "invitation": "{invitation}" }"#;
        let mail = mail_by_api(&self.receiver.url("mails"), body);
        let mail = if sends { mail } else { String::new() };
        fs::write(self.content.join("site.toml"), format!("{}{mail}", self.shared_toml)).unwrap();
    }

    /// The host, with endpoints at those paths: each with its secret's name, and the events that it takes.
    fn set_host(&self, replaced: &[(&str, &str)], hooks: &[(&str, &str, &str)]) {
        let mut host = self.jonas_toml.clone();
        for (from, to) in replaced {
            assert!(host.contains(from), "{from}");
            host = host.replace(from, to);
        }
        for (path, secret, events) in hooks {
            let url = self.receiver.url(path);
            let table =
                format!("\n[[webhooks]]\nurl = \"{url}\"\nsecret = \"{secret}\"\nevents = [\"{events}\"]\n");
            host.push_str(&table);
        }
        fs::write(self.content.join("jonas/host.toml"), host).unwrap();
    }

    /// Starts it with the content as it is now.
    fn start(&self) -> Started {
        self.start_at(acceptance::NOW)
    }

    fn start_at(&self, now: &str) -> Started {
        self.server.publish();
        self.server.start_at(now)
    }

    /// Books, and waits until as many notices and mails were taken.
    fn book(&self, started: &Started, taken: usize) -> Booked {
        let body = booking("jonas/always", START, 15, 1);
        let answer = started.client().post("/api/bookings", "key", &body).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.json());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let bearer = text(&answer.json()["manage_url"]).rsplit('/').next().unwrap().to_owned();
        self.must_take(taken);
        // What was taken and not noted is sent again after a kill.
        assert!(taken == 0 || wait_until(PATIENCE, || self.deliveries(started, "pending").is_empty()));
        Booked { id: text(&answer.json()["booking"]["id"]), token: bearer }
    }

    fn cancel(&self, started: &Started, booked: &Booked, taken: usize) {
        let (path, bearer) =
            (format!("/api/bookings/{}/cancel", booked.id), format!("Bearer {}", booked.token));
        let answer = started.client().send("POST", &path, &[("authorization", &bearer)], b"").unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
        self.must_take(taken);
    }

    #[track_caller]
    fn must_take(&self, taken: usize) {
        let all = wait_until(PATIENCE, || self.told().len() == taken);
        assert!(all, "not {taken}: {:?}", self.told());
    }

    fn page_of(started: &Started, booked: &Booked) -> String {
        let path = format!("/booking/{}/{}", booked.id, booked.token);
        String::from_utf8(started.client().get(&path, None).unwrap().body).unwrap()
    }

    /// The booking's page, its move page, its JSON, and the host's lists name the host so.
    #[track_caller]
    fn must_name(&self, started: &Started, booked: &Booked, name: &str, zone: &str) {
        let page = Self::page_of(started, booked);
        let city = zone.rsplit('/').next().unwrap().replace('_', " ");
        assert!(page.contains(&format!("{city} (UTC")) && page.contains(name), "{page}");
        let get = |path: &str, bearer: &str| started.client().get(path, Some(bearer)).unwrap().json();
        let key = self.server.key("jonas");
        let host =
            |view: &Value| json!({ "name": view["host"]["name"], "time_zone": view["host"]["time_zone"] });
        let own = get(&format!("/api/bookings/{}", booked.id), &booked.token);
        let listed = get("/api/host/bookings", &key);
        let contacts = get("/api/host/contacts", &key);
        let expected = json!({ "name": name, "time_zone": zone });
        assert_eq!(host(&own["booking"]), expected);
        assert_eq!(host(&listed["bookings"][0]), expected);
        assert_eq!(host(&contacts["contacts"][0]["bookings"][0]), expected);
    }

    /// What was taken, each once, however often it came: of a webhook the path and the event, of a mail to whom and the
    /// subject.
    fn told(&self) -> Vec<String> {
        let received = self.receiver.received();
        let taken = received.iter().filter(|one| one.taken).map(in_short);
        let mut told: Vec<String> = taken.collect::<BTreeMap<_, _>>().into_values().collect();
        told.sort();
        told
    }

    /// The mails that were taken, of those to that address.
    fn mails_to(&self, address: &str) -> Vec<Value> {
        let bodies = self.receiver.received();
        let mails = bodies.iter().map(|one| serde_json::from_str(&one.body).unwrap());
        mails.filter(|mail: &Value| mail["to"] == address).collect()
    }

    /// The host's deliveries in that state.
    fn deliveries(&self, started: &Started, state: &str) -> Vec<Value> {
        let path = format!("/api/host/deliveries?state={state}");
        let answer = started.client().get(&path, Some(&self.server.key("jonas"))).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["deliveries"].as_array().unwrap().clone()
    }
}

/// Its id, and what it is.
fn in_short(received: &Received) -> (String, String) {
    let body: Value = serde_json::from_str(&received.body).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    match received.headers.get("webhook-id") {
        Some(id) => (id.clone(), format!("{} {}", received.path.trim_start_matches('/'), text("type"))),
        None => (text("id"), format!("{} {}", text("to"), text("subject"))),
    }
}

const CONFIRMED: &str = "booking.confirmed";
const CANCELLED: &str = "booking.cancelled";

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn another_endpoint_hears_of_what_was_booked_before_and_the_former_one_no_more() {
    let site = Site::new();
    site.set_mail(false);
    site.set_host(&[], &[("former", "HOOK_OLD", "booking.*")]);
    let started = site.start();
    let booked = site.book(&started, 2);
    started.kill();
    site.set_host(&[], &[("other", "HOOK_NEW", CANCELLED)]);
    let started = site.start();
    site.cancel(&started, &booked, 3);
    let told = ["former booking.alert", "former booking.confirmed", "other booking.cancelled"];
    assert_eq!(site.told(), told);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn an_endpoint_that_was_taken_out_is_told_nothing_more() {
    let site = Site::new();
    site.set_host(&[], &[("hook", "HOOK_OLD", CONFIRMED)]);
    let started = site.start();
    let booked = site.book(&started, 3);
    started.kill();
    site.set_host(&[], &[]);
    let started = site.start();
    site.cancel(&started, &booked, 5);
    let told = [
        "hook booking.confirmed",
        "jonas@example.com Cancelled: Visitor 1, Always, Tuesday 1 December 2026, 13:30",
        "jonas@example.com Visitor 1 booked Always, Tuesday 1 December 2026, 13:30",
        "visitor1@example.org Booked: Always, Tuesday 1 December 2026, 13:30",
        "visitor1@example.org Cancelled: Always, Tuesday 1 December 2026, 13:30",
    ];
    assert_eq!(site.told(), told);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn what_waits_for_an_endpoint_that_was_taken_out_ends_and_says_so() {
    let site = Site::new();
    site.set_mail(false);
    site.set_host(&[], &[("hook", "HOOK_OLD", CONFIRMED), ("other", "HOOK_OLD", "*")]);
    site.receiver.set_refusing(true);
    let started = site.start();
    site.book(&started, 0);
    assert!(wait_until(PATIENCE, || site.receiver.received().len() >= 3));
    started.kill();
    site.receiver.set_refusing(false);
    site.set_host(&[], &[("other", "HOOK_OLD", "booking.alert")]);
    let started = site.start_at(&later(1));
    assert!(wait_until(PATIENCE, || site.deliveries(&started, "ended").len() == 2));
    site.must_take(1);
    assert_eq!(site.told(), ["other booking.alert"]);
    let mut ended = site.deliveries(&started, "ended");
    ended.sort_by_key(|one| one["destination"].to_string());
    let reasons: Vec<&str> = ended.iter().map(|one| one["last_error"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        ["the endpoint was taken out of the content", "the endpoint no longer takes booking.confirmed"]
    );
    assert_eq!(site.deliveries(&started, "parked"), [json!(null); 0]);
    // It is not sent again either, until the endpoint is there again.
    let replay = format!("/api/host/deliveries/{}/replay", ended[0]["id"].as_str().unwrap());
    let bearer = format!("Bearer {}", site.server.key("jonas"));
    let post = |started: &Started| {
        started.client().send("POST", &replay, &[("authorization", &bearer)], b"").unwrap()
    };
    assert_eq!((post(&started).status, post(&started).code().as_str()), (409, "receiver_gone"));
    started.kill();
    site.set_host(&[], &[("hook", "HOOK_NEW", CONFIRMED)]);
    let started = site.start_at(&later(1));
    assert_eq!(post(&started).status, 200);
    site.must_take(2);
    assert_eq!(site.told(), ["hook booking.confirmed", "other booking.alert"]);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_host_is_written_to_by_todays_address_name_and_zone() {
    let site = Site::new();
    let started = site.start();
    let booked = site.book(&started, 2);
    started.kill();
    let moved = [
        ("jonas@example.com", "jw@example.net"),
        ("Europe/Berlin", "America/New_York"),
        ("Jonas Weber", "J. Weber"),
    ];
    site.set_host(&moved, &[]);
    let started = site.start();
    site.must_name(&started, &booked, "J. Weber", "America/New_York");
    site.cancel(&started, &booked, 4);
    let mails = site.mails_to("jw@example.net");
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0]["subject"], "Cancelled: Visitor 1, Always, Tuesday 1 December 2026, 07:30");
    assert!(mails[0]["text"].as_str().unwrap().contains("New York (UTC"), "{}", mails[0]["text"]);
    let visitors = site.mails_to("visitor1@example.org");
    assert_eq!(visitors.iter().filter(|mail| mail["reply_to"] == "jw@example.net").count(), 1);
    for mail in visitors.iter().chain(&mails) {
        let invitation = Base64::decode_vec(mail["invitation"].as_str().unwrap()).unwrap();
        let invitation = String::from_utf8(invitation).unwrap().replace("\r\n ", "");
        assert!(invitation.contains("ORGANIZER;CN=\"Jonas Weber\":mailto:jonas@example.com"), "{invitation}");
        assert!(invitation.contains(&format!("UID:{}", booked.id)), "{invitation}");
    }
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn what_was_noted_serves_where_the_host_is_gone() {
    let site = Site::new();
    site.set_host(&[], &[("hook", "HOOK_OLD", "booking.*")]);
    let started = site.start();
    let booked = site.book(&started, 4);
    started.kill();
    fs::remove_dir_all(site.content.join("jonas")).unwrap();
    let started = site.start();
    let page = Site::page_of(&started, &booked);
    assert!(page.contains("Jonas Weber"), "{page}");
    site.cancel(&started, &booked, 8);
    let told = [
        "hook booking.alert",
        "hook booking.alert",
        "hook booking.cancelled",
        "hook booking.confirmed",
        "jonas@example.com Cancelled: Visitor 1, Always, Tuesday 1 December 2026, 13:30",
        "jonas@example.com Visitor 1 booked Always, Tuesday 1 December 2026, 13:30",
        "visitor1@example.org Booked: Always, Tuesday 1 December 2026, 13:30",
        "visitor1@example.org Cancelled: Always, Tuesday 1 December 2026, 13:30",
    ];
    assert_eq!(site.told(), told);
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_site_that_no_longer_sends_mail_writes_of_nothing() {
    let site = Site::new();
    site.set_host(&[], &[("hook", "HOOK_OLD", CANCELLED)]);
    let started = site.start();
    let booked = site.book(&started, 2);
    started.kill();
    site.set_mail(false);
    let started = site.start();
    site.cancel(&started, &booked, 3);
    assert_eq!(site.told()[0], "hook booking.cancelled");
    assert!(wait_until(PATIENCE, || site.deliveries(&started, "pending").is_empty()));
}
