//! The Worker's speed in workerd, beside the least that a Worker could do, in the same run; and both adapters with many
//! deliveries.
//!
//! `tests/run worker` builds what this needs; `cargo bench -p acceptance --bench worker` prints a table. The client
//! shares the machine's cores with what it measures, so the ratios count.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a benchmark measures time, prints, and ends when something fails"
)]

#[allow(dead_code, unreachable_pub, missing_docs, reason = "the endpoint's tests use more of it")]
#[path = "../../edge/src/tests/fixture.rs"]
mod fixture;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use acceptance::feed::{Feeds, Says};
use acceptance::receiver::Receiver;
use acceptance::{Adapter, Client, Server, Started, workerd};
use rusqlite::Connection;
use scheduling::definition::{DateWindow, HostDefinition, Limit};
use scheduling::hours::{Opening, WeeklyHours};
use serde_json::{Value, json};

const HOSTS: usize = 1_000;
const ROUNDS: usize = 7;
const MEASURED: Duration = Duration::from_secs(2);
const READ: &str = "/api/availability/h1/page?from=2026-12-01&to=2026-12-31";
const PAST_BOOKINGS: usize = 100_000;
const DELIVERIES: usize = 10_000;
const FEED_EVENTS: usize = 2_300;
const FEED_READINGS: usize = 40;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if wants("reads") || wants("bookings") {
        beside_the_least(wants("reads"), wants("bookings"));
    }
    if wants("hosts") {
        many_hosts();
    }
    if wants("past") {
        past_bookings();
    }
    if wants("deliveries") {
        for adapter in [Adapter::Local, Adapter::Cloudflare] {
            deliveries(adapter);
        }
    }
    if wants("feed") {
        for adapter in [Adapter::Local, Adapter::Cloudflare] {
            feed(adapter);
        }
    }
}

/// A site of so many hosts, each with a page that can be booked every five minutes, day and night.
fn site(server: &mut Server, hosts: usize, webhook: Option<&str>) {
    let content = server.own_content();
    fs::remove_dir_all(&content).unwrap();
    let mut file = "title = \"Bench\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\"]\n\
        [limits]\nbookings_per_minute = 0\nsite_bookings_per_minute = 0\nbookings_per_contact = 0\nbound_strangers = false\n"
        .to_owned();
    if let Some(url) = webhook {
        file = format!("{file}[[webhooks]]\nurl = \"{url}\"\nsecret = \"HOOK\"\n");
        server.secret("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }
    write(&content.join("site.toml"), &file);
    for number in 0..hosts {
        let host = format!(
            "name = \"Host\"\nemail = \"host@example.com\"\ntime_zone = \"Europe/Berlin\"\n[hours]\nmon-sun = [\"00:00-24:00\"]\n# {number}\n"
        );
        write(&content.join(format!("h{number}/host.toml")), &host);
        let page = |every: u32, days: u32| {
            format!(
                "+++\ntitle = \"Page\"\ndurations = [{every}]\nlocation = {{ phone = \"+49 30 5550 0123\" }}\nwindow = \"{days}d\"\n+++\nA page.\n"
            )
        };
        write(&content.join(format!("h{number}/page.md")), &page(30, 60));
        if number < 3 {
            write(&content.join(format!("h{number}/many.md")), &page(5, 366));
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn body(host: usize, page: &str, minutes: usize, number: usize) -> Value {
    // From 2026-11-25 on; what is read begins in December, and is hardly reached.
    let start = 1_795_564_800 + number * minutes * 60;
    json!({
        "page": format!("h{host}/{page}"), "start": start, "duration_minutes": minutes.min(30), "time_zone": "Europe/Berlin", "locale": "en",
        "contact": { "name": "Visitor", "email": format!("visitor{number}@example.org") },
    })
}

fn post(client: &mut Client, path: &str, body: &Value, number: usize) {
    let answer = client.post(path, &number.to_string(), body).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
}

/// The requests that some connections make together in a second.
fn measure(connections: usize, work: impl Fn(usize, &mut usize) + Sync) -> f64 {
    let ends = AtomicBool::new(false);
    let begin = Instant::now();
    let done: usize = std::thread::scope(|scope| {
        let (work, ends) = (&work, &ends);
        let run = move |connection| {
            let mut count = 0;
            while !ends.load(Ordering::Relaxed) {
                work(connection, &mut count);
            }
            count
        };
        let workers: Vec<_> =
            (0..connections).map(|connection| scope.spawn(move || run(connection))).collect();
        std::thread::sleep(MEASURED);
        ends.store(true, Ordering::Relaxed);
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    done as f64 / begin.elapsed().as_secs_f64()
}

/// Clients, each for one connection's thread.
struct Clients(Vec<std::sync::Mutex<Client>>);

impl Clients {
    fn of(address: SocketAddr, count: usize) -> Self {
        Self((0..count).map(|_| std::sync::Mutex::new(Client::new(address))).collect())
    }

    fn with<T>(&self, number: usize, work: impl FnOnce(&mut Client) -> T) -> T {
        work(&mut self.0[number].lock().unwrap())
    }
}

/// A Worker whose object only inserts a row, and which reads one value of KV: the least that a booking and a read could
/// be.
const BASELINE: &str = r#"
import { DurableObject } from "cloudflare:workers";
export class Row extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body TEXT)");
  }
  async fetch(request) {
    this.ctx.storage.sql.exec("INSERT INTO row (body) VALUES (?)", await request.text());
    return Response.json({ ok: true }, { status: 201 });
  }
}
export default {
  async fetch(request, env) {
    if (request.method === "POST") {
      const object = env.LEDGERS.get(env.LEDGERS.idFromName("one"));
      return object.fetch("https://object.invalid/", { method: "POST", body: await request.text() });
    }
    if (request.method === "PUT") await env.KV.put("value", await request.text());
    return new Response(await env.KV.get("value"), { headers: { "content-type": "application/json" } });
  },
};
"#;

struct Baseline {
    address: SocketAddr,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Baseline {
    /// The Worker whose KV holds one value.
    fn start(value: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("baseline.js"), BASELINE).unwrap();
        let setting = workerd::Setting {
            state: folder.path().to_owned(),
            dist: folder.path().join("dist"),
            variables: Vec::new(),
            kv_spent: false,
        };
        let modules = "(name = \"index.js\", esModule = embed \"baseline.js\")";
        let workerd::Running { child, address, .. } =
            workerd::start_worker(&setting, modules, "Row", Stdio::inherit());
        let baseline = Self { address, child, _folder: folder };
        assert_eq!(Client::new(address).send("PUT", "/api/value", &[], value).unwrap().status, 200);
        baseline
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two hosts: one that is read, booked eight times a day as a busy host is, and one that is booked far ahead.
fn busy_hosts(server: &Server) -> Started {
    let hosts = ["h0", "h1"].map(busy_host);
    fixture::write(&server.dist(), &fixture::site_of(&hosts), &hosts);
    server.start()
}

fn busy_host(name: &str) -> HostDefinition {
    let mut host = fixture::host(name, "Host", "Europe/Berlin");
    let mut page = fixture::meeting(&host, "page", &fixture::words("Page", "ページ"), &[30]);
    page.rules.host_hours = WeeklyHours(std::array::from_fn(|_| vec![Opening { start: 0, end: 24 * 60 }]));
    page.rules.window = DateWindow { days: Some(60), from: None, until: None };
    page.rules.limit = Limit::default();
    let mut far = page.clone();
    far.page = format!("{name}/far");
    far.rules.window = DateWindow { days: Some(30_000), from: None, until: None };
    host.meetings = [("page".to_owned(), page), ("far".to_owned(), far)].into();
    host
}

/// Every three hours from 2027-06-01 on, beyond what is read.
fn far_body(number: usize) -> Value {
    let start = 1_811_808_000 + number * 3 * 3600;
    json!({
        "page": "h0/far", "start": start, "duration_minutes": 30, "time_zone": "Europe/Berlin", "locale": "en",
        "contact": { "name": "Visitor", "email": format!("visitor{number}@example.org") },
    })
}

fn beside_the_least(with_reads: bool, with_bookings: bool) {
    let server = Server::of(Adapter::Cloudflare);
    let started = busy_hosts(&server);
    let mut client = started.client();
    for number in 0..160 {
        // Within what is read: eight a day for twenty days.
        post(&mut client, "/api/bookings", &body(1, "page", 180, number), number);
    }
    // Until what follows from them is done.
    std::thread::sleep(Duration::from_secs(10));
    // The least that could answer as we do: from one value that is the answer.
    let baseline = Baseline::start(&client.get(READ, None).unwrap().body);
    // Before anything is booked far ahead: whoever reads does not wait for one host's thousands of records.
    if with_reads {
        reads(&started, &baseline);
    }
    if with_bookings {
        let next = AtomicUsize::new(0);
        for connections in [1, 16] {
            bookings(&started, &baseline, &next, connections);
        }
        cpu_of_a_booking(&started, &next);
    }
}

fn reads(started: &Started, baseline: &Baseline) {
    let [least, own, ratio] =
        side_by_side([&mut || read(baseline.address, "/api/value"), &mut || read(started.address, READ)]);
    println!(
        "availability of a month, 16 connections {own:>8.0} /s   one KV value  {least:>8.0} /s   ratio {ratio:.2} (goal: 0.7)"
    );
}

fn read(address: SocketAddr, path: &str) -> f64 {
    let clients = Clients::of(address, 16);
    measure(16, |connection, count| {
        let answer = clients.with(connection, |client| client.get(path, None).unwrap());
        assert_eq!(answer.status, 200);
        *count += 1;
    })
}

fn bookings(started: &Started, baseline: &Baseline, next: &AtomicUsize, connections: usize) {
    let [least, own, ratio] = side_by_side([
        &mut || {
            let clients = Clients::of(baseline.address, connections);
            measure(connections, |connection, count| {
                let body = far_body(*count);
                clients.with(connection, |client| post(client, "/api/rows", &body, *count));
                *count += 1;
            })
        },
        &mut || {
            let clients = Clients::of(started.address, connections);
            measure(connections, |connection, count| {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let body = far_body(number);
                clients.with(connection, |client| post(client, "/api/bookings", &body, number));
                *count += 1;
            })
        },
    ]);
    println!(
        "bookings on one host, {connections:>2} connections  {own:>8.0} /s   one row alone {least:>8.0} /s   ratio {ratio:.2} (goal: 0.7)"
    );
}

/// The medians of some rounds of two measurements, which take turns, and of each round's ratio of the second to the
/// first. A round before them warms both: code is compiled while it runs, and better where it has run often.
fn side_by_side(mut measured: [&mut dyn FnMut() -> f64; 2]) -> [f64; 3] {
    let rounds: Vec<[f64; 2]> = (0..=ROUNDS).map(|_| measured.each_mut().map(|measure| measure())).collect();
    let median = |figure: &dyn Fn(&[f64; 2]) -> f64| {
        let mut figures: Vec<f64> = rounds[1..].iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    };
    [median(&|round| round[0]), median(&|round| round[1]), median(&|round| round[1] / round[0])]
}

/// CPU time of the whole process for each booking: the Worker, the object, KV and deliveries together.
fn cpu_of_a_booking(started: &Started, next: &AtomicUsize) {
    let mut client = started.client();
    let before = cpu_milliseconds(started.process().unwrap());
    for _ in 0..1000 {
        let number = next.fetch_add(1, Ordering::Relaxed);
        post(&mut client, "/api/bookings", &far_body(number), number);
    }
    std::thread::sleep(Duration::from_secs(2));
    let spent = (cpu_milliseconds(started.process().unwrap()) - before) / 1000.0;
    println!(
        "CPU of a booking, all of workerd         {spent:>8.2} ms  (the free plan allows 10 ms of the Worker alone)"
    );
}

/// User and system time of a process, as Linux counts them: in hundredths of a second.
fn cpu_milliseconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) * 10.0
}

fn memory_megabytes(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// A thousand hosts booked in turn, and then again while one of them is booked without a pause.
fn many_hosts() {
    let mut server = Server::of(Adapter::Cloudflare);
    site(&mut server, HOSTS, None);
    let started = server.start();
    let booked: Vec<AtomicUsize> = (0..HOSTS).map(|_| AtomicUsize::new(0)).collect();
    let visit = |first: usize, most: usize| {
        let turn = AtomicUsize::new(0);
        let mut waits: Vec<(usize, Duration)> = std::thread::scope(|scope| {
            let visitors: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mut client = started.client();
                        let mut waits = Vec::new();
                        loop {
                            let host = first + turn.fetch_add(1, Ordering::Relaxed);
                            if host >= first + most {
                                return waits;
                            }
                            let host = first + (host - first) % (HOSTS - first);
                            let number = booked[host].fetch_add(1, Ordering::Relaxed);
                            let body = body(host, "page", 30, number * 2);
                            let begin = Instant::now();
                            post(&mut client, "/api/bookings", &body, number);
                            waits.push((host, begin.elapsed()));
                        }
                    })
                })
                .collect();
            visitors.into_iter().flat_map(|visitor| visitor.join().unwrap()).collect()
        });
        waits.sort_by_key(|(_, wait)| *wait);
        waits
    };
    let report = |what: &str, waits: &[(usize, Duration)]| {
        let at = |percent: usize| waits[(waits.len() - 1) * percent / 100].1.as_secs_f64() * 1000.0;
        println!("{what:<40} p50 {:>6.1} ms   p99 {:>6.1} ms   longest {:>6.1} ms", at(50), at(99), at(100));
    };
    report("1,000 hosts, first booking of each", &visit(1, HOSTS - 1));
    report("1,000 hosts, second booking of each", &visit(1, HOSTS - 1));
    let ends = AtomicBool::new(false);
    let busy = AtomicUsize::new(0);
    let waits = std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = started.client();
                while !ends.load(Ordering::Relaxed) {
                    let number = busy.fetch_add(1, Ordering::Relaxed);
                    post(&mut client, "/api/bookings", &body(0, "many", 5, number), number);
                }
            });
        }
        let waits = visit(1, HOSTS - 1);
        ends.store(true, Ordering::Relaxed);
        waits
    });
    report("the same while one more host is hammered", &waits);
    println!(
        "                                         ({} bookings of that host meanwhile)",
        busy.load(Ordering::Relaxed)
    );
    println!(
        "memory of workerd, 1,000 ledgers open    {:>8.0} MB",
        memory_megabytes(started.process().unwrap())
    );
}

/// The same page with nothing behind it, and with a hundred thousand past bookings.
fn past_bookings() {
    for adapter in [Adapter::Local, Adapter::Cloudflare] {
        let mut server = Server::of(adapter);
        site(&mut server, 3, None);
        let started = server.start();
        let mut client = started.client();
        for host in [1, 2] {
            post(&mut client, "/api/bookings", &body(host, "many", 5, 0), usize::MAX - host);
        }
        std::thread::sleep(Duration::from_secs(2));
        match adapter {
            Adapter::Local => assert!(started.stop().success()),
            Adapter::Cloudflare => started.kill(),
        }
        let database = match adapter {
            Adapter::Local => server.ledger("h1"),
            Adapter::Cloudflare => {
                let holds = |path: &std::path::PathBuf| {
                    let database = Connection::open(path).unwrap();
                    let id = database
                        .query_row("SELECT id FROM booking", [], |row| row.get::<_, String>(0))
                        .unwrap();
                    id.starts_with("h1.")
                };
                workerd::databases(&server.state(), "Ledger").into_iter().find(holds).unwrap()
            }
        };
        fill(&database);
        let started = server.start();
        let next = [AtomicUsize::new(1), AtomicUsize::new(1)];
        let mut rates = [0.0, 0.0];
        for _ in 0..ROUNDS {
            for (place, rate) in rates.iter_mut().enumerate() {
                let clients = Clients::of(started.address, 8);
                *rate += measure(8, |connection, count| {
                    let number = next[place].fetch_add(1, Ordering::Relaxed);
                    let body = body(place + 1, "many", 5, number);
                    clients.with(connection, |client| post(client, "/api/bookings", &body, number));
                    *count += 1;
                }) / ROUNDS as f64;
            }
        }
        println!(
            "{adapter:?}: with {PAST_BOOKINGS} past bookings {:>6.0} /s   with none {:>6.0} /s   ratio {:.2}",
            rates[0],
            rates[1],
            rates[0] / rates[1]
        );
    }
}

/// Writes past bookings, each with its claim, its seat, and a notice that was taken.
fn fill(path: &Path) {
    let database = Connection::open(path).unwrap();
    let numbers = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {PAST_BOOKINGS})"
    );
    let script = format!(
        "BEGIN;
        CREATE TEMP TABLE one AS SELECT * FROM booking LIMIT 1;
        {numbers} INSERT INTO booking (id, page, status, start_seconds, end_seconds, contact_email, counted_email, proof, made_at_seconds, event_count, contact_key, record)
          SELECT 'h1.' || printf('%022d', n), page, status, start_seconds - 900 * n - 86400, end_seconds - 900 * n - 86400,
            'past' || n || '@example.org', 'past' || n || '@example.org', proof, made_at_seconds, event_count, contact_key, record FROM one, number;
        {numbers} INSERT INTO claim (id, page, start_seconds, end_seconds, before_seconds, after_seconds, capacity)
          SELECT 1000 + n, page, start_seconds - 900 * n - 86400, end_seconds - 900 * n - 86400, 0, 0, 1 FROM one, number;
        {numbers} INSERT INTO seat (claim_id, booking_id) SELECT 1000 + n, 'h1.' || printf('%022d', n) FROM number;
        {numbers} INSERT INTO delivery (id, booking_id, event, kind, queue, receiver, destination, payload, state, attempt_count, next_attempt_at_seconds, settled_at_seconds)
          SELECT n || '.1.1', 'h1.' || n, 'booking.confirmed', 'webhook', 'notice', 'https://example.org/', '{{}}', record, 'done', 0, 1795000000, 1795000000 FROM one, number;
        COMMIT;"
    );
    database.execute_batch(&script).unwrap();
}

/// Ten thousand deliveries that wait, and then a receiver that takes them as fast as they come.
fn deliveries(adapter: Adapter) {
    let receiver = Receiver::start();
    let mut server = Server::of(adapter);
    site(&mut server, 3, Some(&receiver.url("hook")));
    receiver.set_refusing(true);
    let started = server.start();
    let clients = Clients::of(started.address, 4);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for connection in 0..4 {
            let (clients, next) = (&clients, &next);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= DELIVERIES / 2 {
                        return;
                    }
                    let body = body(number % 3, "many", 5, number / 3);
                    clients.with(connection, |client| post(client, "/api/bookings", &body, number));
                }
            });
        }
    });
    started.kill();
    let before = receiver.taken();
    receiver.set_refusing(false);
    let started = server.start_at("2026-11-24T20:00:00Z");
    let begin = Instant::now();
    let mut peak: f64 = 0.0;
    while receiver.taken() < DELIVERIES && begin.elapsed() < Duration::from_mins(2) {
        std::thread::sleep(Duration::from_millis(20));
        peak = peak.max(memory_megabytes(started.process().unwrap()));
    }
    let taken = receiver.taken() - before;
    let rate = taken as f64 / begin.elapsed().as_secs_f64();
    println!(
        "{adapter:?}: {taken} due deliveries of 3 ledgers to a fast receiver: {rate:>6.0} /s, at most {peak:.0} MB"
    );
}

/// The CPU that it takes to read a feed of a megabyte, above one of a single event.
fn feed(adapter: Adapter) {
    let (mut server, feeds) = (Server::of(adapter), Feeds::start());
    site(&mut server, 1, None);
    let host = server.own_content().join("h0/host.toml");
    let table = "[[calendars]]\nname = \"work\"\nkind = \"feed\"\nsecret = \"FEED\"\n";
    write(&host, &format!("{}{table}", fs::read_to_string(&host).unwrap()));
    server.secret("FEED", &feeds.url("work"));
    let authorization = format!("Bearer {}", server.key("h0"));
    server.publish();
    let started = server.start();
    let mut client = started.client();
    let mut took = |events: usize| {
        let before = cpu_milliseconds(started.process().unwrap());
        for reading in 0..FEED_READINGS {
            // What has not changed is not read.
            feeds.say("work", Says::Events(events_of(events, reading)));
            let headers = [("authorization", authorization.as_str())];
            let answer = client.send("POST", "/api/host/calendars/work/read", &headers, b"{}").unwrap();
            assert_eq!(answer.json()["calendars"][0]["events"], events, "{}", answer.json());
        }
        (cpu_milliseconds(started.process().unwrap()) - before) / FEED_READINGS as f64
    };
    let (_, large, small) = (took(1), took(FEED_EVENTS), took(1));
    let kilobytes = events_of(FEED_EVENTS, 0).len() >> 10;
    println!(
        "{adapter:?}: a reading of {FEED_EVENTS} events, {kilobytes} kB: {large:.1} ms of CPU; of one event: {small:.1} ms"
    );
}

fn events_of(count: usize, reading: usize) -> String {
    let event = |number: usize| {
        let rule = if number.is_multiple_of(40) { "RRULE:FREQ=WEEKLY;BYDAY=MO,WE\r\n" } else { "" };
        let (month, day, hour) = (1 + number / 28 % 12, 1 + number % 28, number % 24);
        format!(
            "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:2026{month:02}{day:02}T{hour:02}0000\r\nDURATION:PT45M\r\n{rule}\
             DTSTAMP:20261128T120000Z\r\nUID:{reading:03}{number:023}@google.com\r\nCREATED:20200101T000000Z\r\n\
             DESCRIPTION:What was agreed last time and what is to be talked about this t\r\n ime\\, as far as anybody \
             knows it yet\\nDial in: https://meet.example.com/{number}\r\nLAST-MODIFIED:20261101T000000Z\r\nSEQUENCE:1\r\n\
             STATUS:CONFIRMED\r\nSUMMARY:A meeting\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\n"
        )
    };
    (0..count).map(event).collect()
}
