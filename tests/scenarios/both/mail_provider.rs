//! The mails of a booking's life, through a stand-in of a provider's API that fails at random, with kills of the
//! endpoint.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use acceptance::receiver::{Received, Receiver};
use acceptance::{PATIENCE, Server, Started, booking, later, mail_by_api, rounds, wait_until};
use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::wake;

/// A server whose site sends mail through a receiver, takes requests, and reminds of a page's meetings a day before.
fn server_mailing(receiver: &Receiver) -> Server {
    let mut server = Server::new();
    let content = server.own_content();
    let site = fs::read_to_string(content.join("site.toml")).unwrap();
    let site = site.replace("locales = [\"en\"]", "locales = [\"en\", \"ja\"]");
    let body = r#"{ "id": "{id}", "from": "{from}", "to": "{to}", "reply_to": "{reply_to}", "subject": "{subject}", "text": "{text}", "html": "{html}", "files": [{ "content": "{invitation}", "type": "text/calendar; method={method}" }] }"#;
    let mail = mail_by_api(&receiver.url("mails"), body);
    fs::write(content.join("site.toml"), site + &mail).unwrap();
    let page = content.join("jonas/always.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replacen("title =", "approval = true\nreminders = [\"1d\"]\ntitle =", 1)).unwrap();
    server.secret("MAIL_KEY", "the key");
    server
}

/// A mail that was taken: to whom, its subject, and what its invitation says: method, SEQUENCE and start.
type Letter = (String, String, String);

/// The start of a number: every half hour from 3 December.
fn start_of(number: usize) -> DateTime<Utc> {
    let text = format!("2026-12-{:02}T{:02}:{:02}:00Z", 3 + number / 48, number % 48 / 2, number % 2 * 30);
    text.parse().unwrap()
}

/// Every mail that was taken.
fn taken(receiver: &Receiver) -> BTreeSet<Letter> {
    receiver.received().iter().filter(|one| one.taken).map(read).collect()
}

fn read(received: &Received) -> Letter {
    let mail: Value = serde_json::from_str(&received.body).unwrap();
    let text = |name: &str| mail[name].as_str().unwrap().to_owned();
    let invitation = mail["files"][0]["content"].as_str().map(read_invitation);
    (text("to"), text("subject"), invitation.unwrap_or_default())
}

fn read_invitation(encoded: &str) -> String {
    let text = String::from_utf8(Base64::decode_vec(encoded).unwrap()).unwrap();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
    };
    assert!(value("UID").starts_with("jonas."), "{text}");
    format!("{} {} {}", value("METHOD"), value("SEQUENCE"), value("DTSTART"))
}

/// A meeting that is asked for on a server whose provider fails, with all mails that it comes to.
struct Life<'a> {
    started: &'a Started,
    host_key: &'a str,
    number: usize,
    id: String,
    token: String,
    title: String,
    /// Odd ones are Japanese, in Tokyo; the others English, in Berlin as their host.
    japanese: bool,
    sequence: u32,
    start: DateTime<Utc>,
    /// What either side was told so far.
    told: Vec<Letter>,
    mails: &'a mut Mails,
}

/// The mails of all lives.
#[derive(Default)]
struct Mails {
    expected: BTreeSet<Letter>,
    never: BTreeSet<Letter>,
    /// Those of meetings that were undone or changed: they leave, unless they have not left until then.
    perhaps: BTreeSet<Letter>,
    /// What takes mails back, if any of them left.
    taking_back: Vec<(Vec<Letter>, Letter)>,
}

impl Mails {
    fn are_there(&self, arrived: &BTreeSet<Letter>) -> bool {
        self.expected.is_subset(arrived) && self.not_taken_back(arrived).is_empty()
    }

    /// What would have to take back mails that left, and has not.
    fn not_taken_back(&self, arrived: &BTreeSet<Letter>) -> Vec<&Letter> {
        let open = self
            .taking_back
            .iter()
            .filter(|(mails, end)| mails.iter().any(|mail| arrived.contains(mail)) && !arrived.contains(end));
        open.map(|(_, end)| end).collect()
    }
}

impl<'a> Life<'a> {
    fn ask(started: &'a Started, host_key: &'a str, number: usize, mails: &'a mut Mails) -> Self {
        let (japanese, start) = (number % 2 == 1, start_of(number));
        let mut body = booking("jonas/always", &start.to_rfc3339(), 15, number);
        if japanese {
            body["locale"] = json!("ja");
            body["time_zone"] = json!("Asia/Tokyo");
        }
        let answer = started.client().post("/api/bookings", &format!("key-{number}"), &body).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.json());
        let answer = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let token = text(&answer["manage_url"]).rsplit('/').next().unwrap().to_owned();
        let (id, title) = (text(&answer["booking"]["id"]), text(&answer["booking"]["title"]));
        let life = Self {
            started,
            host_key,
            number,
            id,
            token,
            title,
            japanese,
            sequence: 0,
            start,
            told: Vec::new(),
            mails,
        };
        life.told(["Requested: {t}, {s}", "申し込み：{t}　{s}"], "{n} has requested {t}, {s}", "")
    }

    fn accept(mut self) -> Self {
        self.overtake();
        self.by_host("accept", &json!({}));
        self.told(["Booked: {t}, {s}", "予約確定：{t}　{s}"], "{n} booked {t}, {s}", "REQUEST")
    }

    fn decline(mut self) -> Self {
        self.overtake();
        self.by_host("decline", &json!({}));
        self.told(["Declined: {t}, {s}", "お断り：{t}　{s}"], "Declined: {n}, {t}, {s}", "").never_reminded()
    }

    fn move_by(self, days: i64) -> Self {
        let mut moved = self.never_reminded();
        moved.overtake();
        moved.start += TimeDelta::days(days);
        moved.sequence += 1;
        moved.by_host("reschedule", &json!({ "start": moved.start.to_rfc3339() }));
        let visitor = ["Moved: {t}, now {s}", "日時変更：{t}　{s}"];
        moved.told(visitor, "Moved: {n}, {t}, now {s}", "REQUEST")
    }

    fn cancel(mut self) -> Self {
        self.sequence += 1;
        self.post(&format!("/api/bookings/{}/cancel", self.id), &self.token, &json!({}));
        self.overtake();
        let earlier: Vec<Letter> =
            self.told.iter().filter(|(to, ..)| *to == self.visitor()).cloned().collect();
        let visitor = ["Cancelled: {t}, {s}", "キャンセル：{t}　{s}"];
        let mut life = self.told(visitor, "Cancelled: {n}, {t}, {s}", "CANCEL").never_reminded();
        let own = life.told.iter().rposition(|(to, ..)| *to == life.visitor()).unwrap();
        let end = life.told.swap_remove(own);
        life.mails.expected.remove(&end);
        life.mails.perhaps.insert(end.clone());
        life.mails.taking_back.push((earlier, end));
        life
    }

    /// What was told so far does not leave, unless it has left: what comes says more.
    fn overtake(&mut self) {
        for letter in &self.told {
            self.mails.expected.remove(letter);
            self.mails.perhaps.insert(letter.clone());
        }
    }

    fn reminded(self) {
        let reminder = self.reminder();
        self.mails.expected.insert(reminder);
    }

    fn never_reminded(self) -> Self {
        let reminder = self.reminder();
        self.mails.never.insert(reminder);
        self
    }

    fn reminder(&self) -> Letter {
        let subject = self.filled(
            ["Reminder: {t}, {s}", "リマインダー：{t}　{s}"][usize::from(self.japanese)],
            &self.seen(),
        );
        (self.visitor(), subject, String::new())
    }

    /// The emails to both sides, each in their own language and zone.
    fn told(mut self, visitor: [&str; 2], host: &str, method: &str) -> Self {
        let invitation = match method {
            "" => String::new(),
            method => format!("{method} {} {}", self.sequence, self.start.format("%Y%m%dT%H%M%SZ")),
        };
        let subject = self.filled(visitor[usize::from(self.japanese)], &self.seen());
        let alert = self.filled(host, &english(self.start));
        // The host, who invites, is not asked, but gets a copy.
        let copy = invitation.replace("REQUEST", "PUBLISH");
        let to_visitor = (self.visitor(), subject, invitation);
        let to_host = ("jonas@example.com".to_owned(), alert, copy);
        for letter in [to_visitor, to_host] {
            self.mails.expected.insert(letter.clone());
            self.told.push(letter);
        }
        self
    }

    fn visitor(&self) -> String {
        format!("visitor{}@example.org", self.number)
    }

    /// The start as the visitor reads it.
    fn seen(&self) -> String {
        if !self.japanese {
            return english(self.start);
        }
        let tokyo = self.start + TimeDelta::hours(9);
        let weekday =
            ["月", "火", "水", "木", "金", "土", "日"][tokyo.weekday().num_days_from_monday() as usize];
        tokyo.format(&format!("%Y年%-m月%-d日（{weekday}）%H:%M")).to_string()
    }

    fn filled(&self, pattern: &str, start: &str) -> String {
        let name = format!("Visitor {}", self.number);
        pattern.replace("{t}", &self.title).replace("{n}", &name).replace("{s}", start)
    }

    fn by_host(&self, act: &str, body: &Value) {
        self.post(&format!("/api/host/bookings/{}/{act}", self.id), self.host_key, body);
    }

    fn post(&self, path: &str, key: &str, body: &Value) {
        let bearer = format!("Bearer {key}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let answer = self.started.client().send("POST", path, &headers, body.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    }
}

/// A start in December as the host, and a visitor in Berlin, reads it.
fn english(start: DateTime<Utc>) -> String {
    (start + TimeDelta::hours(1)).format("%A %-d %B %Y, %H:%M").to_string()
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn every_mail_of_a_life_arrives_though_provider_and_endpoint_fail() {
    let receiver = Receiver::start();
    let server = server_mailing(&receiver);
    receiver.set_failing(true);
    let (count, key) = (rounds(16, 80), server.key("jonas"));
    let mut mails = Mails::default();
    for phase in 0..4 {
        let started = server.start();
        let before = receiver.received().len();
        for number in (phase * count / 4)..((phase + 1) * count / 4) {
            let life = Life::ask(&started, &key, number, &mut mails);
            // Each kind of life in both languages.
            match number / 2 % 4 {
                0 => life.accept().reminded(),
                1 => life.accept().move_by(2).reminded(),
                2 => drop(life.accept().move_by(2).cancel()),
                _ => drop(life.decline()),
            }
        }
        // Some have been tried; others are still waiting.
        assert!(wait_until(PATIENCE, || receiver.received().len() > before));
        if phase < 3 {
            started.kill();
        }
    }
    receiver.set_failing(false);
    // Retries and reminders come after hours and days: the clock is set on, and nobody asks the endpoint for anything.
    for days in 0..14 {
        let started = server.start_at(&later(days));
        wake(&server, &started);
        let patience = match days {
            ..9 => Duration::from_secs(1),
            9..13 => Duration::from_secs(10),
            _ => PATIENCE,
        };
        let arrived = wait_until(patience, || mails.are_there(&taken(&receiver)));
        started.kill();
        if arrived {
            break;
        }
    }
    let arrived = taken(&receiver);
    let missing: Vec<_> = mails.expected.difference(&arrived).collect();
    let count = mails.expected.len();
    assert!(missing.is_empty(), "{} of {count} mails are missing: {missing:#?}", missing.len());
    assert_eq!(mails.not_taken_back(&arrived), Vec::<&Letter>::new());
    let besides: Vec<_> =
        arrived.difference(&mails.expected).filter(|one| !mails.perhaps.contains(*one)).collect();
    assert!(besides.is_empty(), "mails that nobody should get: {besides:#?}");
    assert!(mails.never.is_disjoint(&arrived), "reminded of what was moved, cancelled or declined");
    assert!(receiver.received().iter().any(|one| !one.taken), "the provider never failed");
    check_each(&receiver.received());
}

/// Each came with the secret; the same id always with the same mail.
fn check_each(received: &[Received]) {
    let mut bodies: BTreeMap<String, &str> = BTreeMap::new();
    for one in received {
        assert_eq!(one.headers["authorization"], "Bearer the key");
        let mail: Value = serde_json::from_str(&one.body).unwrap();
        let id = mail["id"].as_str().unwrap().to_owned();
        assert_eq!(*bodies.entry(id).or_insert(&one.body), one.body);
    }
}
