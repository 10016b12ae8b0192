//! The host's calendars: what is busy in a feed is not offered and cannot be booked, and a feed that cannot be read is
//! never taken for an empty one.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use acceptance::feed::{Feeds, Says};
use acceptance::receiver::Receiver;
use acceptance::{Adapter, Answer, PATIENCE, Server, Started, booking, wait_until};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::wake;

/// 09:00 in Berlin.
const NINE: &str = "2026-12-01T08:00:00Z";
const TEN: &str = "2026-12-01T09:00:00Z";
const ELEVEN: &str = "2026-12-01T10:00:00Z";
/// The day after, at noon.
const LATER: &str = "2026-12-02T11:00:00Z";

/// An event from ten to half past, as iCalendar writes it.
const AT_TEN: &str = "20261201T090000Z/PT30M";
const AT_ELEVEN: &str = "20261201T100000Z/PT30M";

/// A site whose host has calendars: each is a feed of its name, and has a page of its name that looks at it alone. The
/// page `always` looks at none.
struct Site {
    server: Server,
    feeds: Feeds,
    content: PathBuf,
}

impl Site {
    /// Feeds by their names, each with more settings of its page.
    fn new(calendars: &[(&str, &str)]) -> Self {
        let (mut server, feeds) = (Server::new(), Feeds::start());
        let content = server.own_content();
        let mut host = fs::read_to_string(content.join("jonas/host.toml")).unwrap();
        let always = fs::read_to_string(content.join("jonas/always.md")).unwrap();
        let looking_at =
            |calendars: &str| always.replace("window = \"90d\"", &format!("window = \"90d\"\n{calendars}\n"));
        fs::write(content.join("jonas/always.md"), looking_at("calendars = []")).unwrap();
        for (name, page) in calendars {
            let secret = format!("FEED_{}", name.to_uppercase().replace('-', "_"));
            server.secret(&secret, &feeds.url(name));
            let table = format!("name = \"{name}\"\nkind = \"feed\"\nsecret = \"{secret}\"");
            host = format!("{host}\n[[calendars]]\n{table}\n");
            let page = looking_at(&format!("calendars = [\"{name}\"]\n{page}"));
            fs::write(content.join(format!("jonas/{name}.md")), page).unwrap();
        }
        // Hours end the tables before them.
        fs::write(content.join("jonas/host.toml"), host).unwrap();
        Self { server, feeds, content }
    }

    /// Has an endpoint hear of its calendars.
    fn tell(&mut self, receiver: &Receiver) {
        let file = self.content.join("site.toml");
        let (text, url) = (fs::read_to_string(&file).unwrap(), receiver.url("hook"));
        let webhook =
            format!("[[webhooks]]\nurl = \"{url}\"\nsecret = \"HOOK\"\nevents = [\"calendar.*\"]\n");
        fs::write(&file, format!("{text}\n{webhook}")).unwrap();
        self.server.secret("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    fn start(&self) -> Started {
        self.start_after(0)
    }

    /// Starts it so many minutes after every server's beginning.
    fn start_after(&self, minutes: i64) -> Started {
        let now: DateTime<Utc> = acceptance::NOW.parse().unwrap();
        self.server.publish();
        self.server.start_at(&(now + TimeDelta::minutes(minutes)).to_rfc3339())
    }
}

fn book(started: &Started, page: &str, start: &str, number: usize) -> Answer {
    started
        .client()
        .post("/api/bookings", &format!("key-{number}"), &booking(page, start, 15, number))
        .unwrap()
}

/// Status and code, or the booking's status.
fn outcome(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    let said = if body["code"].is_string() { &body["code"] } else { &body["booking"]["status"] };
    (answer.status, said.as_str().unwrap_or_default().to_owned())
}

/// The starts on that day that are listed as free.
fn listed(started: &Started, page: &str, more: &str) -> Vec<i64> {
    let path = format!("/api/availability/{page}?from=2026-12-01&to=2026-12-01&duration=15{more}");
    let answer = started.client().get(&path, None).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["slots"].as_array().unwrap().iter().filter_map(Value::as_i64).collect()
}

fn offers(starts: &[i64], start: &str) -> bool {
    starts.contains(&start.parse::<DateTime<Utc>>().unwrap().timestamp())
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn what_is_busy_in_a_feed_is_neither_offered_nor_booked() {
    let site = Site::new(&[("work", "")]);
    site.feeds.has("work", &[AT_TEN]);
    let started = site.start();
    // The first list has it, as the calendar was never read before.
    let free = listed(&started, "jonas/work", "");
    assert!(offers(&free, NINE) && !offers(&free, TEN) && offers(&free, "2026-12-01T09:30:00Z"));
    assert!(!offers(&free, "2026-12-01T09:15:00Z") && offers(&free, "2026-12-01T08:45:00Z"));
    let refused = book(&started, "jonas/work", TEN, 1);
    assert_eq!(outcome(&refused), (409, "slot_taken".to_owned()));
    let alternatives = refused.json()["alternatives"].as_array().unwrap().clone();
    assert!(!alternatives.is_empty() && !alternatives.iter().any(|start| start.as_str() == Some(TEN)));
    assert_eq!(outcome(&book(&started, "jonas/work", NINE, 2)), (201, "confirmed".to_owned()));
    assert_eq!(
        outcome(&book(&started, "jonas/always", TEN, 3)),
        (201, "confirmed".to_owned()),
        "it looks at none"
    );
    // Nothing of the event is told to anybody.
    started.kill();
    let told = format!("{:?} {}", refused.json(), started.said());
    assert!(!told.contains("secret") && !told.contains("SUMMARY"), "{told}");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn an_event_that_is_made_between_the_list_and_the_booking_is_seen() {
    let site = Site::new(&[("work", "")]);
    site.feeds.has("work", &[AT_TEN]);
    let started = site.start();
    assert!(offers(&listed(&started, "jonas/work", ""), ELEVEN));
    started.kill();
    site.feeds.has("work", &[AT_TEN, AT_ELEVEN]);
    // What was read more than a minute ago is read again, on the way to the details or at the booking itself.
    let started = site.start_after(2);
    assert_eq!(outcome(&book(&started, "jonas/work", ELEVEN, 1)), (409, "slot_taken".to_owned()));
    started.kill();
    site.feeds.has("work", &[AT_TEN]);
    let started = site.start_after(4);
    assert!(offers(&listed(&started, "jonas/work", &format!("&start={ELEVEN}")), ELEVEN));
    assert_eq!(outcome(&book(&started, "jonas/work", ELEVEN, 2)), (201, "confirmed".to_owned()));
    started.kill();
    // Nothing has changed since: the feed says so, and a move is held to it as well.
    let started = site.start_after(6);
    let again = book(&started, "jonas/work", TEN, 3);
    assert_eq!(outcome(&again), (409, "slot_taken".to_owned()));
    let (_, conditional) = site.feeds.asked("work");
    assert!(conditional >= 1, "it is asked only for what is new");
}

/// Every way in which a feed can fail.
fn failures(feeds: &Feeds) -> Vec<(&'static str, Says)> {
    vec![
        ("unauthorized", Says::Status(401)),
        ("forbidden", Says::Status(403)),
        ("missing", Says::Status(404)),
        ("gone", Says::Status(410)),
        ("too-often", Says::Status(429)),
        ("fault", Says::Status(500)),
        ("away", Says::Status(503)),
        ("moved-often", Says::Moved(feeds.url("moved-often"))),
        ("moved-nowhere", Says::Moved("elsewhere".to_owned())),
        ("page", Says::Page),
        ("nothing", Says::Nothing),
        ("cut-off", Says::CutOff),
        ("half", Says::Half),
        ("endless", Says::Endless),
        ("hangs", Says::Hangs),
    ]
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn no_failure_of_a_feed_makes_a_time_free() {
    let names: Vec<&str> = failures(&Feeds::start()).into_iter().map(|(name, _)| name).collect();
    let pages: Vec<(&str, &str)> = names.iter().map(|name| (*name, "")).collect();
    let site = Site::new(&pages);
    for name in &names {
        site.feeds.has(name, &[AT_TEN]);
    }
    let started = site.start();
    for name in &names {
        assert!(!offers(&listed(&started, &format!("jonas/{name}"), ""), TEN), "{name}");
    }
    started.kill();
    for (name, says) in failures(&site.feeds) {
        site.feeds.say(name, says);
    }
    // What was read stays in force for six hours, and nothing is known after that.
    let started = site.start_after(2);
    let mut taken = BTreeMap::new();
    for (number, name) in names.iter().enumerate() {
        taken.insert(*name, outcome(&book(&started, &format!("jonas/{name}"), TEN, number)));
    }
    assert!(taken.values().all(|said| *said == (409, "slot_taken".to_owned())), "{taken:?}");
    started.kill();
    let started = site.start_after(6 * 60 + 1);
    let mut asked = BTreeMap::new();
    for (number, name) in names.iter().enumerate() {
        let page = format!("jonas/{name}");
        let start: DateTime<Utc> = ELEVEN.parse().unwrap();
        let start = (start + TimeDelta::hours(i64::try_from(number).unwrap())).format("%Y-%m-%dT%H:%M:%SZ");
        assert_eq!(
            outcome(&book(&started, &page, TEN, 100 + number)),
            (409, "slot_taken".to_owned()),
            "{name}"
        );
        asked.insert(*name, outcome(&book(&started, &page, &start.to_string(), 200 + number)));
    }
    assert!(asked.values().all(|said| *said == (202, "requested".to_owned())), "{asked:?}");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_page_says_what_is_done_when_a_calendar_was_never_read() {
    let site =
        Site::new(&[("asks", ""), ("refuses", "when_unknown = \"refuse\""), ("waits", "approval = true")]);
    let started = site.start();
    let asked = book(&started, "jonas/asks", NINE, 1);
    assert_eq!(outcome(&asked), (202, "requested".to_owned()));
    assert_eq!(outcome(&book(&started, "jonas/waits", TEN, 2)), (202, "requested".to_owned()));
    let refused = book(&started, "jonas/refuses", ELEVEN, 3);
    assert_eq!(outcome(&refused), (503, "calendar_unreachable".to_owned()));
    let about = |page: &str| {
        let path = format!("/api/availability/jonas/{page}?start={ELEVEN}&duration=15");
        started.client().get(&path, None).unwrap().json()["when_unknown"].clone()
    };
    assert_eq!((about("refuses"), about("asks")), (Value::from("refuse"), Value::from("request")));
    assert_eq!(about("always"), Value::Null);
    // Once the feed is there, all is well again.
    started.kill();
    if site.server.adapter() == Adapter::Local {
        let news = "the calendar refuses of jonas cannot be read: it answered 404: it is not there: publish the calendar again, and set the secret anew";
        assert!(started.said().contains(news), "{}", started.said());
    }
    site.feeds.has("refuses", &[AT_TEN]);
    let started = site.start_after(2);
    assert_eq!(outcome(&book(&started, "jonas/refuses", ELEVEN, 4)), (201, "confirmed".to_owned()));
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_calendar_is_read_again_by_itself_and_let_go_when_it_is_taken_out() {
    let site = Site::new(&[("work", "")]);
    site.feeds.has("work", &[AT_TEN]);
    let started = site.start();
    listed(&started, "jonas/work", "");
    started.kill();
    site.feeds.has("work", &[AT_ELEVEN]);
    let started = site.start_after(30);
    let is_shown = || {
        let free = listed(&started, "jonas/work", "");
        offers(&free, TEN) && !offers(&free, ELEVEN)
    };
    assert!(wait_until(PATIENCE, is_shown), "nobody had to ask for it");
    started.kill();
    let host = site.content.join("jonas/host.toml");
    let text = fs::read_to_string(&host).unwrap();
    fs::write(&host, text.split("\n[[calendars]]").next().unwrap()).unwrap();
    let page = site.content.join("jonas/work.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("calendars = [\"work\"]\n", "")).unwrap();
    let started = site.start_after(60);
    let is_free = || offers(&listed(&started, "jonas/work", ""), ELEVEN);
    assert!(wait_until(PATIENCE, is_free));
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_reading_that_is_killed_in_the_middle_is_made_again() {
    let site = Site::new(&[("work", "")]);
    site.feeds.has("work", &[AT_TEN]);
    let started = site.start();
    assert!(!offers(&listed(&started, "jonas/work", ""), TEN));
    started.kill();
    // It is due again, and asks.
    site.feeds.say("work", Says::Hangs);
    let (before, _) = site.feeds.asked("work");
    let started = site.start_after(30);
    assert!(wait_until(PATIENCE, || site.feeds.asked("work").0 > before), "{}", started.said());
    started.kill();
    let started = site.start_after(32);
    assert_eq!(outcome(&book(&started, "jonas/work", TEN, 1)), (409, "slot_taken".to_owned()));
    started.kill();
    site.feeds.has("work", &[AT_ELEVEN]);
    let started = site.start_after(60);
    let is_shown = || {
        let free = listed(&started, "jonas/work", "");
        offers(&free, TEN) && !offers(&free, ELEVEN)
    };
    assert!(wait_until(PATIENCE, is_shown), "nobody had to ask for it: {}", started.said());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_feed_that_has_moved_is_followed() {
    let site = Site::new(&[("work", "")]);
    site.feeds.has("new", &[AT_TEN]);
    site.feeds.say("between", Says::Moved("/new".to_owned()));
    site.feeds.say("work", Says::Moved(site.feeds.url("between")));
    let started = site.start();
    assert!(!offers(&listed(&started, "jonas/work", ""), TEN));
    assert_eq!(outcome(&book(&started, "jonas/work", ELEVEN, 1)), (201, "confirmed".to_owned()));
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the test measures how long visitors wait"
)]
fn a_crowd_before_a_slow_feed_is_answered_and_one_of_them_books() {
    let site = Site::new(&[("work", "")]);
    site.feeds.say("work", Says::Late(2000, String::new()));
    let started = site.start();
    // Where it is read first by the server's own start, or by a visitor: by now, nobody knows it.
    let begun = Instant::now();
    let answers: Vec<((u16, String), Duration)> = std::thread::scope(|scope| {
        let visitors: Vec<_> = (0..200)
            .map(|number| {
                let started = &started;
                scope.spawn(move || (outcome(&book(started, "jonas/work", TEN, number)), begun.elapsed()))
            })
            .collect();
        visitors.into_iter().map(|visitor| visitor.join().unwrap()).collect()
    });
    let count = |wanted: (u16, &str)| {
        answers.iter().filter(|((status, said), _)| (*status, said.as_str()) == wanted).count()
    };
    println!("the last of 200 was answered after {:?}", answers.iter().map(|(_, waited)| *waited).max());
    let (asked, _) = site.feeds.asked("work");
    println!("the feed was asked {asked} times");
    // workerd has one thread: where two hundred keep it from an answer for long, that is too late for its visitor.
    let late = if site.server.adapter() == Adapter::Local { 0 } else { count((202, "requested")) };
    assert_eq!(count((201, "confirmed")) + late, 1, "{answers:?}");
    assert_eq!(count((409, "slot_taken")), 199, "{answers:?}");
    assert!(asked <= 2 + late, "the server's start and one visitor read it, not {asked}");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_feed_that_is_too_slow_for_a_visitor_is_read_where_nobody_waits() {
    let site = Site::new(&[("work", "")]);
    site.feeds.say("work", Says::Late(4000, String::new()));
    let started = site.start();
    assert_eq!(outcome(&book(&started, "jonas/work", TEN, 1)), (202, "requested".to_owned()));
    let is_known = || {
        let path = format!("/api/availability/jonas/work?start={ELEVEN}&duration=15");
        started.client().get(&path, None).unwrap().json()["when_unknown"].is_null()
    };
    assert!(wait_until(PATIENCE, is_known), "{}", started.said());
    assert_eq!(outcome(&book(&started, "jonas/work", ELEVEN, 2)), (201, "confirmed".to_owned()));
}

/// What the host reads of all calendars.
fn calendars(started: &Started, key: &str) -> Value {
    let answer = started.client().get("/api/host/calendars", Some(key)).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

/// What the host reads of a calendar.
fn health(started: &Started, key: &str, name: &str) -> Value {
    let all = calendars(started, key)["calendars"].as_array().unwrap().clone();
    all.into_iter().find(|calendar| calendar["name"] == name).unwrap()
}

/// Has the calendar `work` read, as its host.
fn read(started: &Started, key: &str) -> Answer {
    ask(started, key, "work/read", &json!({}))
}

/// Has something done with a calendar, as its host.
fn ask(started: &Started, key: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = format!("/api/host/calendars/{path}");
    started.client().send("POST", &path, &headers, body.to_string().as_bytes()).unwrap()
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_host_sees_what_is_known_of_a_calendar_and_has_it_read() {
    let site = Site::new(&[("work", "")]);
    let key = site.server.key("jonas");
    let started = site.start();
    let state = |started: &Started| health(started, &key, "work")["state"].as_str().unwrap().to_owned();
    assert!(wait_until(PATIENCE, || state(&started) == "unread"));
    site.feeds.has("work", &[AT_TEN, AT_ELEVEN]);
    assert_eq!(read(&started, &key).status, 200);
    let well = health(&started, &key, "work");
    assert_eq!(
        (&well["state"], &well["kind"], &well["role"]),
        (&"ok".into(), &"feed".into(), &"busy".into())
    );
    assert_eq!((&well["busy_count"], &well["events"], &well["reason"]), (&2.into(), &2.into(), &Value::Null));
    assert_eq!(well["busy"][0], json!([TEN, "2026-12-01T09:30:00Z"]));
    started.kill();
    site.feeds.say("work", Says::Status(404));
    let started = site.start_after(2);
    assert_eq!(read(&started, &key).status, 200);
    let failing = health(&started, &key, "work");
    let reason = "it answered 404: it is not there: publish the calendar again, and set the secret anew";
    assert_eq!((&failing["state"], &failing["reason"]), (&"failing".into(), &reason.into()));
    assert_eq!((&failing["read_at"], &failing["busy_count"]), (&well["read_at"], &2.into()));
    started.kill();
    let started = site.start_after(6 * 60 + 3);
    assert_eq!(state(&started), "unknown");
    let nowhere = started.client().send(
        "POST",
        "/api/host/calendars/home/read",
        &[("authorization", &format!("Bearer {key}"))],
        b"{}",
    );
    assert_eq!(nowhere.unwrap().status, 404);
    assert_eq!(started.client().get("/api/host/calendars", None).unwrap().status, 401);
}

/// The digest of the UID `odd`, as SHA-256 has it.
const ODD: &str = "990cb8ebd0afb715";

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_host_leaves_out_what_makes_a_calendar_unknown_and_has_it_count_again() {
    let site = Site::new(&[("work", "")]);
    let key = site.server.key("jonas");
    let odd = "BEGIN:VEVENT\r\nUID:odd\r\nSUMMARY:A secret\r\nDTSTART:20261201T100000Z\r\nDURATION:PT30M\r\n\
        RRULE:FREQ=SOMETIMES\r\nEND:VEVENT\r\n";
    site.feeds.say("work", Says::Events(odd.to_owned()));
    let started = site.start();
    assert_eq!(read(&started, &key).status, 200);
    let partial = health(&started, &key, "work");
    let told = json!([{ "event": ODD, "cause": "rule", "from": ELEVEN, "at": ELEVEN }]);
    assert_eq!((&partial["state"], &partial["known_until"]), (&"partial".into(), &ELEVEN.into()));
    assert_eq!((&partial["unknown_events"], &partial["left_out"]), (&told, &json!([])));
    assert_eq!(outcome(&book(&started, "jonas/work", TEN, 1)), (201, "confirmed".to_owned()));
    assert_eq!(outcome(&book(&started, "jonas/work", LATER, 2)), (202, "requested".to_owned()));
    let (asked, _) = site.feeds.asked("work");
    for _ in 0..2 {
        let said = ask(&started, &key, "work/leave-out", &json!({ "event": ODD }));
        assert_eq!((said.status, &said.json()["calendars"][0]["left_out"]), (200, &told));
    }
    assert!(site.feeds.asked("work").0 >= asked + 2, "it is read at once, though it was just now");
    let well = health(&started, &key, "work");
    assert_eq!((&well["state"], &well["skipped"]), (&"ok".into(), &"left_out 1".into()));
    assert_eq!((&well["unknown_events"], &well["left_out"]), (&json!([]), &told));
    started.kill();
    // Visitors' readings leave it out as well.
    let started = site.start_after(2);
    let eleven = ask_about(&started, ELEVEN);
    assert!(offers(&eleven, ELEVEN), "it takes no time");
    assert_eq!(
        outcome(&book(&started, "jonas/work", "2026-12-02T14:00:00Z", 3)),
        (201, "confirmed".to_owned())
    );
    let said = ask(&started, &key, "work/count-again", &json!({ "event": ODD }));
    let again = health(&started, &key, "work");
    assert_eq!((said.status, &again["state"]), (200, &"partial".into()));
    assert_eq!((&again["unknown_events"], &again["left_out"]), (&told, &json!([])));
    assert!(!offers(&ask_about(&started, ELEVEN), ELEVEN));
    for path in ["work/leave-out", "work/count-again", "home/leave-out"] {
        let said = ask(&started, &key, path, &json!({ "event": "0123456789abcdef" }));
        assert_eq!((said.status, &said.json()["code"]), (404, &"not_found".into()), "{path}");
    }
    let said = ask(&started, "jonas.nobody", "work/leave-out", &json!({ "event": ODD }));
    assert_eq!(said.status, 401);
    started.kill();
    let told = format!("{again} {}", started.said());
    assert!(!told.contains("secret") && !told.contains("\"odd\""), "{told}");
}

/// What is listed on the way from that time to the details, for which the calendar is read.
fn ask_about(started: &Started, start: &str) -> Vec<i64> {
    listed(started, "jonas/work", &format!("&start={start}"))
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn who_hears_of_calendars_hears_once_that_one_fails_and_once_that_it_is_back() {
    let (mut site, receiver) = (Site::new(&[("work", "")]), Receiver::start());
    site.tell(&receiver);
    let key = site.server.key("jonas");
    let told = || -> Vec<Value> {
        let taken = receiver.received().into_iter().filter(|one| one.taken);
        let mut bodies: BTreeMap<String, Value> = BTreeMap::new();
        for one in taken {
            bodies.insert(one.headers["webhook-id"].clone(), serde_json::from_str(&one.body).unwrap());
        }
        bodies.into_values().collect()
    };
    site.feeds.has("work", &[AT_TEN]);
    let started = site.start();
    assert_eq!(read(&started, &key).status, 200);
    started.kill();
    site.feeds.say("work", Says::Status(500));
    let started = site.start_after(2);
    assert_eq!(read(&started, &key).status, 200);
    assert_eq!(health(&started, &key, "work")["state"], "failing");
    started.kill();
    assert_eq!(told(), [] as [Value; 0], "it may well be back soon");
    // By itself, after a quarter of an hour; then never again, however often it is read, or killed.
    let started = site.start_after(18);
    wake(&site.server, &started);
    assert!(wait_until(PATIENCE, || told().len() == 1), "{}", started.said());
    started.kill();
    for minutes in [20, 30, 60] {
        let started = site.start_after(minutes);
        assert_eq!(read(&started, &key).status, 200);
        std::thread::sleep(Duration::from_secs(1));
        started.kill();
    }
    let failing = told().remove(0);
    assert_eq!((&failing["type"], told().len()), (&"calendar.failing".into(), 1));
    assert_eq!(failing["data"]["host"], json!({ "folder": "jonas", "name": "Jonas Weber" }));
    let calendar = &failing["data"]["calendar"];
    assert_eq!((&calendar["name"], &calendar["state"]), (&"work".into(), &"failing".into()));
    assert_eq!(calendar["reason"], "it answered 500: its server has a fault");
    site.feeds.has("work", &[AT_ELEVEN]);
    let started = site.start_after(90);
    assert_eq!(read(&started, &key).status, 200);
    assert!(wait_until(PATIENCE, || told().len() == 2), "{}", started.said());
    started.kill();
    let started = site.start_after(120);
    assert_eq!(read(&started, &key).status, 200);
    std::thread::sleep(Duration::from_secs(1));
    let states: Vec<Value> = told().iter().map(|body| body["data"]["calendar"]["state"].clone()).collect();
    assert_eq!(
        (states, told()[1]["type"].as_str()),
        (vec!["failing".into(), "ok".into()], Some("calendar.recovered"))
    );
}
