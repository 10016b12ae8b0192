//! What visitors, the host and the operator are told of each failure of each source: one table, in `failures.txt`.
//! `UPDATE_EXPECTED=1` writes it.
//!
//! A calendar is read well, then fails, and is well again; meanwhile somebody books. The ledger, the endpoint and what
//! reads the calendar are the real ones; only its server is not.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rusqlite::types::Value as Column;
use scheduling::definition::{Mail, MailTransport, Meeting, SiteDefinition};
use scheduling::ledger::{Answer, Command, Query, Reply, Taken, answer, apply, migrate};
use scheduling::mail::Sender;
use scheduling::outbox::DeliveryState;
use scheduling::sql::{Row, Sql, SqlFault, Value as Stored};
use scheduling::token::Secrets;
use serde_json::{Value, json};

use super::*;
use crate::call::today::with_subscribers;
use crate::tests::caldav::URL;
use crate::{Counter, Definitions, Ledgers, Platform, Shells, Stop, Wanted};

/// 10:00 in Berlin, when the calendar is busy for half an hour.
const BUSY: &str = "2026-12-01T09:00:00Z";
/// Times at which it is not.
const FREE: [&str; 4] =
    ["2026-12-02T09:00:00Z", "2026-12-03T09:00:00Z", "2026-12-04T09:00:00Z", "2026-12-07T09:00:00Z"];
/// What a visitor is told of a time that is free in the calendar, in almost all cases. At a time at which it is busy,
/// it is always said to be taken.
const USUAL: [&str; 3] = [
    "At once: 201 confirmed.",
    "When what was read no longer counts: 202 requested;",
    "on a page that refuses what is unknown: 503 calendar_unreachable “The calendar cannot be reached”; it lists 0 times.",
];
/// The most that an answer may have, in bytes.
const MOST_BYTES: usize = 10 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Feed,
    Caldav,
    Google,
    Microsoft,
}
use Source::{Caldav, Feed, Google, Microsoft};

const SOURCES: [Source; 4] = [Feed, Caldav, Google, Microsoft];

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// For what lets Daymark in, or for what the calendar is.
    Way,
    /// For its events.
    Events,
}

impl Source {
    fn definition(self) -> CalendarSource {
        let [secret, user] = ["SECRET", "jonas@example.com"].map(str::to_owned);
        match self {
            Feed => CalendarSource::Feed { secret },
            Caldav => CalendarSource::Caldav { url: URL.to_owned(), user, secret },
            Google => CalendarSource::Google { id: user, secret },
            Microsoft => CalendarSource::Microsoft { user: Some(user), id: None, secret },
        }
    }

    /// A secret of its own for each case, as tokens are kept.
    fn secret(self, case: &str) -> String {
        match self {
            Feed | Caldav => ADDRESS.to_owned(),
            Google => json!({ "client_id": case, "client_secret": "b", "refresh_token": "c" }).to_string(),
            Microsoft => {
                json!({ "tenant_id": "a", "client_id": case, "client_secret": "b", "refresh_token": "c" })
                    .to_string()
            }
        }
    }

    fn asks(request: &OutgoingRequest) -> Asks {
        if matches!(request.method.as_str(), "PROPFIND" | "POST") { Asks::Way } else { Asks::Events }
    }

    fn well(self, asks: Asks) -> (u16, String) {
        let (at_nine, empty) = (json!({}), String::new());
        match (self, asks) {
            (Feed, _) => (200, FEED.to_owned()),
            (Caldav, Asks::Way) => (207, caldav::itself("")),
            (Caldav, Asks::Events) => (207, caldav::events(&[&caldav::escaped(caldav::DATA)])),
            (Google, Asks::Events) => (200, google::events(&json!([google::event(at_nine)]))),
            (Microsoft, Asks::Events) => (200, microsoft::page(&[microsoft::at_nine(&at_nine)]).to_string()),
            (Google | Microsoft, Asks::Way) => {
                (200, empty + r#"{"access_token":"a","expires_in":60,"token_type":"Bearer"}"#)
            }
        }
    }

    /// The body that its server sends with a status.
    fn refusal(self, status: u16) -> String {
        let (google, microsoft) = match status {
            401 => ("authError", "InvalidAuthenticationToken"),
            403 => ("forbidden", "ErrorAccessDenied"),
            404 => ("notFound", "ErrorItemNotFound"),
            410 => ("deleted", "ErrorItemNotFound"),
            412 => ("conditionNotMet", "ErrorIrresolvableConflict"),
            429 => ("rateLimitExceeded", "ApplicationThrottled"),
            _ => ("backendError", "ErrorInternalServerError"),
        };
        match self {
            Feed | Caldav => "<!doctype html><title>Sorry</title>".to_owned(),
            Google => json!({ "error": { "code": status, "errors": [{ "reason": google }] } }).to_string(),
            Microsoft => json!({ "error": { "code": microsoft, "message": "Secret words." } }).to_string(),
        }
    }
}

type Told = Result<Response, Unanswered>;

/// A failure: what a request is answered meanwhile; `None` for what is well.
type Failure = Box<dyn Fn(Source, Asks, &OutgoingRequest) -> Option<Told>>;

#[expect(clippy::unnecessary_wraps, reason = "as a failure answers")]
fn said(status: u16, body: impl Into<Bytes>) -> Option<Told> {
    Some(Ok(http::Response::builder().status(status).body(body.into()).unwrap()))
}

/// All that can go wrong, and with which sources.
fn failures() -> Vec<(String, Vec<Source>, Failure)> {
    let all = || SOURCES.to_vec();
    let mut failures: Vec<(String, Vec<Source>, Failure)> = Vec::new();
    for status in [401, 403, 404, 410, 412, 500] {
        let answers = move |source: Source, asks, _: &OutgoingRequest| {
            // Nobody's sign-in answers as a calendar does.
            let is_it = asks == Asks::Events || source == Caldav;
            is_it.then(|| said(status, source.refusal(status))).flatten()
        };
        failures.push((status.to_string(), all(), Box::new(answers)));
    }
    let waits = |status: u16, seconds: &'static str| -> Failure {
        Box::new(move |source, asks, _| {
            let mut answer = said(status, source.refusal(status))?.unwrap();
            answer.headers_mut().insert("retry-after", seconds.parse().unwrap());
            (asks == Asks::Events).then_some(Ok(answer))
        })
    };
    failures.push(("429, to be asked again in an hour".to_owned(), all(), waits(429, "3600")));
    failures.push(("503, to be asked again in ten days".to_owned(), all(), waits(503, "864000")));
    let of_events =
        |name: &str, sources: Vec<Source>, answers: fn(Source, &OutgoingRequest) -> Option<Told>| {
            let answers: Failure = Box::new(move |source, asks, request| {
                (asks == Asks::Events).then(|| answers(source, request))?
            });
            (name.to_owned(), sources, answers)
        };
    failures.extend([
        of_events("a hang", all(), |_, request| Some(Err(Unanswered::TimedOut(request.deadline)))),
        of_events("no connection", all(), |_, _| {
            Some(Err(Unanswered::Unreachable("connection refused".to_owned())))
        }),
        of_events("an answer that breaks off", all(), |_, _| {
            Some(Err(Unanswered::BrokenOff("end of file".to_owned())))
        }),
        of_events("an answer cut off", all(), |source, _| {
            let (status, body) = source.well(Asks::Events);
            said(status, body[..body.len() / 2].to_owned())
        }),
        of_events("a web page", all(), |source, _| said(source.well(Asks::Events).0, "<!doctype html><p>Sign in")),
        of_events("nothing", all(), |source, _| said(source.well(Asks::Events).0, "")),
        of_events("50 MB", all(), |_, request| {
            let Wanted::Whole { most_bytes } = request.wanted else { panic!("{request:?}") };
            Some(Err(Unanswered::TooLarge(most_bytes)))
        }),
        of_events("207 full of errors", vec![Caldav], |_, _| {
            let gone = "<d:response><d:href>/aiko/work/1.ics</d:href><d:status>HTTP/1.1 403 No</d:status></d:response>";
            said(207, caldav::multistatus(&gone.repeat(3)))
        }),
        of_events("a rule that never ends", vec![Feed, Caldav], |source, _| {
            let rule = "RRULE:FREQ=SECONDLY;INTERVAL=61;COUNT=999999999\r\nDTSTART:20260101T000000Z";
            with_rule(source, rule)
        }),
        of_events("a rule that is not understood", vec![Feed, Caldav], |source, _| {
            with_rule(source, "RRULE:FREQ=DAILY;BYDAY=ODD\r\nDTSTART:20261203T000000Z")
        }),
        of_events("an event without a time", all(), |source, _| match source {
            Feed | Caldav => with_rule(source, "DTSTART:tomorrow"),
            Google => {
                let [well, broken] = [json!({}), json!({ "start": { "dateTime": "tomorrow" } })].map(google::event);
                said(200, google::events(&json!([well, broken])))
            }
            Microsoft => {
                let both = [json!({}), json!({ "start": {} })].map(|more| microsoft::at_nine(&more));
                said(200, microsoft::page(&both).to_string())
            }
        }),
        of_events("pages without end", vec![Google, Microsoft], |source, request| {
            let (status, body) = source.well(Asks::Events);
            let mut page: Value = serde_json::from_str(&body).unwrap();
            page["nextPageToken"] = "again".into();
            page["@odata.nextLink"] = request.url.clone().into();
            said(status, page.to_string())
        }),
    ]);
    let of_way = |name: &str, sources: Vec<Source>, answers: fn(Source) -> Option<Told>| {
        let answers: Failure =
            Box::new(move |source, asks, _| (asks == Asks::Way).then(|| answers(source))?);
        (name.to_owned(), sources, answers)
    };
    failures.extend([
        of_way("an empty 207", vec![Caldav], |_| said(207, caldav::multistatus(""))),
        of_way("a token that was withdrawn", vec![Google, Microsoft], |_| {
            said(400, r#"{"error":"invalid_grant","error_description":"AADSTS50173: Secret words.","error_codes":[50173]}"#)
        }),
        of_way("a sign-in that hangs", vec![Google, Microsoft], |_| Some(Err(Unanswered::TimedOut(TWO_SECONDS)))),
    ]);
    failures
}

/// An event of that rule beside the one at nine.
fn with_rule(source: Source, lines: &str) -> Option<Told> {
    let event = format!("BEGIN:VEVENT\r\nUID:2\r\n{lines}\r\nDURATION:PT1M\r\nEND:VEVENT\r\nEND:VCALENDAR");
    match source {
        Feed => said(200, FEED.replace("END:VCALENDAR", &event)),
        _ => said(207, caldav::events(&[&caldav::escaped(&caldav::DATA.replace("END:VCALENDAR", &event))])),
    }
}

/// One site whose ledgers are in memory.
struct Endpoint {
    site: Arc<SiteDefinition>,
    host: Arc<HostDefinition>,
    secrets: Secrets,
    now: Cell<DateTime<Utc>>,
    source: Source,
    secret: String,
    failure: RefCell<Option<Failure>>,
    /// How many requests went out, and how many random numbers were drawn.
    asked: Cell<u32>,
    drawn: Cell<u32>,
    log: RefCell<Vec<String>>,
    ledgers: RefCell<BTreeMap<String, Memory>>,
}

impl Endpoint {
    fn of(source: Source, name: &str) -> Self {
        let (mut site, hosts) = fixture::site();
        let from = Sender::parse("Example & Co. <hello@example.com>").unwrap();
        site.mail = Some(Mail { from, transport: MailTransport::Mailbox });
        let mut host = hosts.into_iter().find(|host| host.folder == "jonas").unwrap();
        host.calendars = vec![Calendar { source: source.definition(), ..super::host().1 }];
        let asks = Meeting { calendars: vec!["work".to_owned()], ..host.meetings["support"].clone() };
        let careful =
            Meeting { page: "jonas/careful".to_owned(), when_unknown: WhenUnknown::Refuse, ..asks.clone() };
        host.meetings = [("support".to_owned(), asks), ("careful".to_owned(), careful)].into();
        Self {
            site: Arc::new(site),
            host: Arc::new(host),
            secrets: Secrets { current: vec![7; 32], previous: None },
            now: Cell::new(NOW.parse().unwrap()),
            source,
            secret: source.secret(name),
            failure: RefCell::default(),
            asked: Cell::default(),
            drawn: Cell::default(),
            log: RefCell::default(),
            ledgers: RefCell::default(),
        }
    }

    fn pass(&self, minutes: i64) {
        self.now.set(self.now.get() + TimeDelta::minutes(minutes));
    }

    async fn send(&self, request: http::request::Builder, body: String) -> (u16, Value) {
        let request = request.body(Bytes::from(body)).unwrap();
        let answer = crate::handle(self, &request, None).await;
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    /// What becomes of a booking: its status, or code and title of the refusal.
    async fn book(&self, page: &str, start: &str) -> String {
        let body = json!({
            "page": page, "start": start, "duration_minutes": 30, "time_zone": "Europe/Berlin", "locale": "en",
            "contact": { "name": "Mara Lind", "email": "mara@example.org" },
        });
        let request = http::Request::post("/api/bookings").header("content-type", "application/json");
        let (status, said) = self.send(request, body.to_string()).await;
        match said["booking"]["status"].as_str() {
            Some(booked) => format!("{status} {booked}"),
            None => {
                format!("{status} {} “{}”", said["code"].as_str().unwrap(), said["title"].as_str().unwrap())
            }
        }
    }

    /// How many times are listed as free.
    async fn listed(&self, page: &str) -> usize {
        let request = http::Request::get(format!("/api/availability/{page}"));
        let (status, said) = self.send(request, String::new()).await;
        assert_eq!(status, 200, "{said}");
        said["slots"].as_array().unwrap().len()
    }

    /// Reads the calendar now, and tells how it stands on the desk.
    async fn read(&self) -> Value {
        let key = format!("Bearer {}", self.secrets.host_key("jonas", 1));
        let request = http::Request::post("/api/host/calendars/work/read").header("authorization", key);
        let (status, mut said) = self.send(request, String::new()).await;
        assert_eq!(status, 200, "{said}");
        said["calendars"][0].take()
    }

    /// The emails to the host about the calendar that wait, and what each says of it.
    async fn mails(&self) -> Vec<String> {
        let query = Query::Deliveries { state: DeliveryState::Pending, after: None, most: 100 };
        let Answer::Deliveries { deliveries } = self.answer("jonas", query).await.unwrap() else { panic!() };
        let of_calendar = deliveries.iter().filter(|delivery| delivery.event.starts_with("calendar."));
        let told = of_calendar.map(|delivery| {
            let state = delivery.id.rsplit_once('-').unwrap().1.split_once('.').unwrap().0;
            format!("{} ({state})", delivery.event)
        });
        told.collect()
    }
}

/// A case in words: what each is told, in order.
async fn told(source: Source, name: &str, failure: Failure, ahead: bool) -> String {
    let endpoint = Endpoint::of(source, name);
    let begun = endpoint.now.get();
    if ahead {
        endpoint.pass(24 * 60);
    }
    assert_eq!(endpoint.read().await["state"], "ok");
    assert!(endpoint.log.borrow().is_empty() && endpoint.mails().await.is_empty());
    endpoint.now.set(begun);
    endpoint.failure.replace(Some(failure));
    endpoint.pass(2);
    let at_once = [endpoint.book("jonas/support", BUSY).await, endpoint.book("jonas/support", FREE[0]).await];
    let known_for = i64::from(source.definition().known_for_minutes());
    endpoint.pass(14);
    let desk = endpoint.read().await;
    let first = endpoint.mails().await;
    endpoint.now.set(begun + TimeDelta::minutes(known_for + 1));
    let later = endpoint.read().await;
    let asked = endpoint.asked.get();
    let listed = (endpoint.listed("jonas/support").await, endpoint.listed("jonas/careful").await);
    assert_eq!(endpoint.asked.get(), asked, "what is listed costs no reading");
    assert!(listed.0 > 0);
    let busy = endpoint.book("jonas/careful", BUSY).await;
    let asks = endpoint.book("jonas/support", FREE[1]).await;
    let careful = endpoint.book("jonas/careful", FREE[2]).await;
    // What is known to be busy stays so, whatever the server says.
    assert!(
        at_once[0].starts_with("409 slot_taken") && busy.starts_with("409 slot_taken"),
        "{at_once:?} {busy}"
    );
    let visitor = [
        format!("At once: {}.", at_once[1]),
        format!("When what was read no longer counts: {asks};"),
        format!("on a page that refuses what is unknown: {careful}; it lists {} times.", listed.1),
    ];
    let mut text = String::new();
    let mut tell = |who: &str, what: &str| writeln!(text, "  {who:<7} {what}").unwrap();
    if visitor == USUAL {
        tell("visitor", "As usual.");
    } else {
        tell("visitor", &visitor[0]);
        visitor[1..].iter().for_each(|line| tell("", line));
    }
    let next = |desk: &Value| {
        let instant = |key: &str| desk[key].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        (instant("next_read_at") - instant("tried_at")).num_minutes()
    };
    let states = [&desk, &later].map(|desk| desk["state"].as_str().unwrap().to_owned());
    let reason = desk["reason"].as_str().map_or("no reason".to_owned(), |reason| format!("“{reason}”"));
    tell(
        "desk",
        &format!("{}: {reason}; later {}. Read again after {} min.", states[0], states[1], next(&desk)),
    );
    let told_later: Vec<String> = endpoint.mails().await;
    endpoint.failure.replace(None);
    endpoint.pass(5);
    assert_eq!(endpoint.read().await["state"], "ok");
    let free = endpoint.book("jonas/careful", FREE[3]).await;
    assert_eq!(free, "201 confirmed", "it is well again");
    let at_last = endpoint.mails().await;
    let [first, later, at_last] = [first, told_later, at_last].map(|mails| list(&mails));
    tell("mail", &format!("After 16 min: {first}; later: {later}; at last: {at_last}."));
    endpoint.log.take().iter().for_each(|said| tell("log", said));
    text
}

fn list(mails: &[String]) -> String {
    if mails.is_empty() { "none".to_owned() } else { mails.join(", ") }
}

#[tokio::test]
async fn everybody_is_told_what_to_do_and_no_time_becomes_free() {
    let mut table = format!("The visitor, as usual:\n  {}\n\n", USUAL.join("\n  "));
    for source in SOURCES {
        for (name, sources, failure) in failures() {
            if sources.contains(&source) {
                let kind = source.definition().kind();
                writeln!(table, "{kind} · {name}\n{}", told(source, &name, failure, false).await).unwrap();
            }
        }
        let ahead = "500, after a reading by a clock that was a day ahead";
        let fault: Failure = Box::new(|_, asks, _| (asks == Asks::Events).then(|| said(500, ""))?);
        let kind = source.definition().kind();
        writeln!(table, "{kind} · {ahead}\n{}", told(source, ahead, fault, true).await).unwrap();
    }
    assert!(!table.contains("Secret words") && !table.contains("private-0123"), "{table}");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/calendars/tests/failures.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(file, &table).unwrap();
    }
    assert_eq!(table, std::fs::read_to_string(file).unwrap_or_default(), "UPDATE_EXPECTED=1 writes {file}");
}

impl Clock for Endpoint {
    fn now(&self) -> DateTime<Utc> {
        self.now.get()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        // Ids differ, and nothing is spread.
        self.drawn.set(self.drawn.get() + 1);
        let mut random = [0; 16];
        random[12..].copy_from_slice(&self.drawn.get().to_be_bytes());
        Ok(random)
    }
}

impl Definitions for Endpoint {
    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        Ok(Arc::clone(&self.site))
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        Ok((folder == "jonas").then(|| Arc::clone(&self.host)))
    }

    async fn shells(&self, _: &str) -> Result<Arc<Shells>, Fault> {
        panic!("only JSON is asked for")
    }

    fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

impl Ledgers for Endpoint {
    async fn apply(&self, ledger: &str, command: Command) -> Result<Reply, Stop> {
        let command = with_subscribers(self, ledger, command).await;
        let mut ledgers = self.ledgers.borrow_mut();
        let memory = ledgers.entry(ledger.to_owned()).or_insert_with(Memory::migrated);
        Ok(apply(memory, &command, self.now.get()).unwrap())
    }

    async fn answer(&self, ledger: &str, query: Query) -> Result<Answer, Stop> {
        let mut ledgers = self.ledgers.borrow_mut();
        let memory = ledgers.entry(ledger.to_owned()).or_insert_with(Memory::migrated);
        Ok(answer(memory, &query, self.now.get()).unwrap())
    }

    async fn busy(&self, ledger: &str, from: DateTime<Utc>) -> Result<Taken, Stop> {
        match self.answer(ledger, Query::Busy { from, except: None }).await? {
            Answer::Busy { claims, calendars } => Ok(Taken { claims, calendars }),
            answer => panic!("{answer:?}"),
        }
    }

    fn contact_ledger(&self, _: &str) -> String {
        "contacts".to_owned()
    }
}

impl Outgoing for Endpoint {
    fn secret(&self, name: &str) -> Option<String> {
        assert_eq!(name, "SECRET");
        Some(self.secret.clone())
    }

    async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        self.asked.set(self.asked.get() + 1);
        let is_bounded = matches!(request.wanted, Wanted::Whole { most_bytes } if most_bytes <= MOST_BYTES);
        assert!(is_bounded, "{request:?}");
        let asks = Source::asks(&request);
        let failing = self.failure.borrow().as_ref().and_then(|failure| failure(self.source, asks, &request));
        let answer = failing.unwrap_or_else(|| {
            let (status, body) = self.source.well(asks);
            said(status, body).unwrap()
        });
        if let Err(Unanswered::TimedOut(deadline)) = &answer {
            self.now.set(self.now.get() + TimeDelta::from_std(*deadline).unwrap());
        }
        answer
    }
}

impl Platform for Endpoint {
    fn accepts_own_address(&self) -> bool {
        true
    }

    fn has_own_hosts_only(&self) -> bool {
        false
    }

    fn report(&self, fault: &Fault) {
        self.log.borrow_mut().push(fault.to_string());
    }

    async fn rate_limit(&self, _: Counter, _: u32) -> Option<u32> {
        None
    }
}

/// A ledger in memory.
struct Memory(rusqlite::Connection);

impl Memory {
    fn migrated() -> Self {
        let mut memory = Self(rusqlite::Connection::open_in_memory().unwrap());
        migrate(&mut memory).unwrap();
        memory
    }
}

impl Sql for Memory {
    fn run(&mut self, statement: &str, parameters: &[Stored]) -> Result<Vec<Row>, SqlFault> {
        let mut prepared = self.0.prepare_cached(statement).unwrap();
        let count = prepared.column_count();
        let parameters = parameters.iter().map(|value| match value {
            Stored::Null => Column::Null,
            Stored::Integer(number) => Column::Integer(*number),
            Stored::Text(text) => Column::Text(text.clone()),
        });
        let cell = |column: Column| match column {
            Column::Null => Stored::Null,
            Column::Integer(number) => Stored::Integer(number),
            Column::Text(text) => Stored::Text(text),
            other => panic!("the ledger stores no {other:?}"),
        };
        let rows = prepared.query_map(rusqlite::params_from_iter(parameters), |row| {
            (0..count).map(|index| Ok(cell(row.get(index)?))).collect()
        });
        Ok(rows.unwrap().collect::<rusqlite::Result<Vec<Row>>>().unwrap())
    }

    fn transact(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault> {
        self.0.execute_batch("BEGIN IMMEDIATE").unwrap();
        let outcome = work(self);
        self.0.execute_batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        outcome
    }
}
