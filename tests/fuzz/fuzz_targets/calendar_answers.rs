//! Any bytes as what a calendar's server answers, of each kind of source: whatever it says, the visitor is answered,
//! one reading is noted, and no time is known of which it says nothing.
//!
//! The first byte chooses the source, and what of the rest it answers to which question; the second, the statuses. A
//! byte 0x1e ends an answer; the last one is given to all further questions.

#![cfg_attr(fuzzing, no_main)]

use std::cell::{Cell, RefCell};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use edge::{
    Clock, Counter, Definitions, Fault, Ledgers, Outgoing, OutgoingRequest, Platform, Response, Shells, Stop,
    Unanswered, Wanted,
};
use fuzz::{Sample, now};
use scheduling::calendar::{NoteBusy, Reading};
use scheduling::definition::{Calendar, CalendarSource, HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Query, Reply, Taken};
use scheduling::token::Secrets;

static SAMPLE: LazyLock<Sample> = LazyLock::new(Sample::build);
/// The page's host, with a calendar of each source.
static HOSTS: LazyLock<[Arc<HostDefinition>; 4]> = LazyLock::new(|| {
    let text = str::to_owned;
    [
        CalendarSource::Feed { secret: text("FEED") },
        CalendarSource::Caldav { url: text(COLLECTION), user: text("aiko"), secret: text("CALDAV") },
        CalendarSource::Google { id: text("aiko@example.com"), secret: text("GOOGLE") },
        CalendarSource::Microsoft {
            user: Some(text("aiko@example.com")),
            id: None,
            secret: text("MICROSOFT"),
        },
    ]
    .map(|source| {
        let aiko = SAMPLE.hosts.iter().find(|host| host.folder == "aiko").expect("a host of the sample");
        let mut host = HostDefinition::clone(aiko);
        let meeting = host.meetings.get_mut("intro").expect("a page of the sample");
        meeting.calendars = vec!["work".to_owned()];
        host.calendars = vec![Calendar::new("work".to_owned(), source)];
        Arc::new(host)
    })
});

const COLLECTION: &str = "https://dav.example.com/aiko/work/";
const TOKEN: &str = r#"{"access_token":"a","expires_in":3599}"#;
const IS_CALENDAR: &str = "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:response>\
    <d:href>/</d:href><d:propstat><d:prop><d:resourcetype><c:calendar/></d:resourcetype></d:prop>\
    <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>";

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::within_a_second(|| run(bytes)));

/// What a fuzzer found, tried again: the input is a file, named by the argument.
#[cfg(not(fuzzing))]
fn main() {
    let file = std::env::args_os().nth(1).expect("usage: calendar_answers <file>");
    let bytes = std::fs::read(file).expect("a file that can be read");
    fuzz::within_a_second(|| run(&bytes));
}

fn run(bytes: &[u8]) {
    let [choice, statuses, rest @ ..] = bytes else { return };
    let endpoint = Endpoint {
        host: &HOSTS[usize::from(choice % 4)],
        is_let_in: choice & 4 == 0,
        statuses: Cell::new(*statuses),
        answers: RefCell::new(rest.split(|byte| *byte == 0x1e).map(Bytes::copy_from_slice).collect()),
        noted: RefCell::default(),
    };
    let address = "/api/availability/aiko/intro?start=2026-12-01T00:00:00Z&from=2026-12-01&to=2026-12-01";
    let request = http::Request::get(address).body(Bytes::new()).expect("a request");
    let response = pollster::block_on(edge::handle(&endpoint, &request, None));
    assert_eq!(response.status(), 200);
    let noted = endpoint.noted.take();
    let [noted] = noted.as_slice() else { panic!("{} readings", noted.len()) };
    match &noted.reading {
        Reading::Failed(reason) | Reading::Refused(reason) => assert!(!reason.is_empty()),
        Reading::Found(found) => {
            let asked = found.asked;
            assert!((asked.start..=asked.end).contains(&found.known_until));
            let is_inside = |span: &scheduling::calendar::Span| {
                asked.start <= span.start && span.start < span.end && span.end <= asked.end
            };
            assert!(found.busy.iter().all(is_inside));
            assert!(found.busy.windows(2).all(|pair| pair[0].end < pair[1].start));
            assert_eq!(found.unknown_because.is_some(), found.known_until < asked.end);
        }
        reading => panic!("nothing was asked that has not changed: {reading:?}"),
    }
}

/// An endpoint whose host's calendar answers as it is told.
struct Endpoint<'a> {
    host: &'a Arc<HostDefinition>,
    /// What opens the calendar is answered well; all else is what the bytes say.
    is_let_in: bool,
    statuses: Cell<u8>,
    answers: RefCell<Vec<Bytes>>,
    noted: RefCell<Vec<NoteBusy>>,
}

impl Clock for Endpoint<'_> {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        Ok([1; 16])
    }
}

impl Definitions for Endpoint<'_> {
    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        Ok(Arc::clone(&SAMPLE.site))
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        assert_eq!(folder, "aiko");
        Ok(Some(Arc::clone(self.host)))
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        Ok(SAMPLE.shells(locale))
    }

    fn secrets(&self) -> &Secrets {
        &SAMPLE.secrets
    }
}

impl Ledgers for Endpoint<'_> {
    async fn apply(&self, _: &str, command: Command) -> Result<Reply, Stop> {
        let Command::NoteBusy(noted, _) = command else { panic!("only readings are noted here") };
        self.noted.borrow_mut().push(*noted);
        Ok(Reply::Done)
    }

    async fn answer(&self, _: &str, query: Query) -> Result<Answer, Stop> {
        Ok(match query {
            Query::Calendars => Answer::Calendars { calendars: vec![] },
            _ => Answer::Busy { claims: vec![], calendars: vec![] },
        })
    }

    async fn busy(&self, _: &str, _: DateTime<Utc>) -> Result<Taken, Stop> {
        Ok(Taken::default())
    }

    fn contact_ledger(&self, _: &str) -> String {
        panic!("availability is its host's ledger's alone");
    }
}

impl Outgoing for Endpoint<'_> {
    fn secret(&self, name: &str) -> Option<String> {
        let secret = match name {
            "FEED" => "https://calendar.example/basic.ics",
            "CALDAV" => "password",
            // Its token is kept, so that one who is not let in has another.
            "GOOGLE" if self.is_let_in => r#"{"client_id":"a","client_secret":"b","refresh_token":"c"}"#,
            "GOOGLE" => r#"{"client_id":"a","client_secret":"b","refresh_token":"d"}"#,
            "MICROSOFT" if self.is_let_in => r#"{"tenant_id":"a","client_id":"b","client_secret":"c"}"#,
            _ => r#"{"tenant_id":"a","client_id":"b","client_secret":"d"}"#,
        };
        Some(secret.to_owned())
    }

    async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        let is_first = matches!(request.method.as_str(), "PROPFIND" | "POST");
        if is_first && self.is_let_in {
            let (status, body) =
                if request.method == http::Method::POST { (200, TOKEN) } else { (207, IS_CALENDAR) };
            return Ok(response(status, Bytes::from(body)));
        }
        let mut answers = self.answers.borrow_mut();
        let body = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        let Wanted::Whole { most_bytes } = request.wanted else { panic!("all of it is wanted") };
        assert!(body.len() <= most_bytes);
        let well = if request.url.starts_with(COLLECTION) { 207 } else { 200 };
        let statuses = self.statuses.get();
        self.statuses.set(statuses / 8);
        let status = [well, well, well, well, 401, 403, 302, 429][usize::from(statuses % 8)];
        Ok(response(status, body))
    }
}

fn response(status: u16, body: Bytes) -> Response {
    http::Response::builder().status(status).body(body).expect("a response")
}

impl Platform for Endpoint<'_> {
    fn accepts_own_address(&self) -> bool {
        true
    }

    fn has_own_hosts_only(&self) -> bool {
        false
    }

    fn report(&self, fault: &Fault) {
        assert!(matches!(fault, Fault::Operator(_)), "{fault}");
    }

    async fn rate_limit(&self, _: Counter, _: u32) -> Option<u32> {
        None
    }
}
