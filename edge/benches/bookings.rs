//! The endpoint's performance on one machine, beside that of SQLite alone in the same run.
//!
//! `cargo bench -p edge --features local --bench bookings` prints a table. The server is a process of its own, so that
//! its memory can be measured; the client shares the machine's cores with it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a benchmark measures time, prints, and ends when something fails"
)]

#[allow(dead_code, unreachable_pub, missing_docs, reason = "the tests use more of it")]
#[path = "../src/tests/fixture.rs"]
mod fixture;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use acceptance::Client;
use acceptance::feed::Feeds;
use chrono::{DateTime, TimeDelta, Utc};
use edge::local::{App, Options};
use scheduling::definition::{Calendar, CalendarSource, DateWindow, HostDefinition, Limit, Location};
use scheduling::hours::{Opening, WeeklyHours};
use serde_json::json;

const HOSTS: usize = 8;
const CONNECTIONS: usize = 16;
/// Threads that commit to SQLite alone: as many as the adapter's own writers.
const WRITERS: usize = 4;
/// Rounds of each measurement: the measurements take turns, and the rounds are added up.
const ROUNDS: usize = 8;
const MEASURED: Duration = Duration::from_secs(2);
const NOW: &str = "2026-11-24T00:00:00Z";
/// Hosts that are booked one after the other: one without a calendar, and one with two.
const WITHOUT_CALENDARS: usize = HOSTS + 1;
const WITH_CALENDARS: usize = HOSTS + 2;
/// The names of the calendars, of their feeds, and of the secrets that have their addresses.
const CALENDARS: [&str; 2] = ["BENCH_WORK", "BENCH_HOME"];
/// Bookings of each.
const COMPARED: usize = 400;
/// Bookings of each between two readings ahead, as somebody is on the way to the details.
const READ_AHEAD_EVERY: usize = 20;
/// The variable that makes this process the server of the folder it names.
const SERVER_VARIABLE: &str = "DAYMARK_BENCH_SERVER";

fn main() {
    if let Ok(folder) = std::env::var(SERVER_VARIABLE) {
        return serve(Path::new(&folder));
    }
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut hosts: Vec<HostDefinition> = (0..=HOSTS + 2).map(host).collect();
    look_at_calendars(&mut hosts[WITH_CALENDARS]);
    fixture::write(&directory.path().join("dist"), &fixture::site_of(&hosts), &hosts);
    let feeds = Feeds::start();
    let server = Server::start(directory.path(), &feeds);

    let next: [AtomicUsize; HOSTS + 1] = Default::default();
    let (mut alone, mut booked) = (0.0, 0.0);
    for round in 0..ROUNDS {
        alone += commits_alone(&directory.path().join(format!("alone-{round}")));
        booked += bookings(&server, &next);
    }
    let (alone, booked) = (alone / ROUNDS as f64, booked / ROUNDS as f64);
    let memory = server.memory_megabytes();
    let reads = reads(&server, |_| "/api/availability/host-0/page?from=2026-12-01&to=2026-12-31".to_owned());
    let whole = reads_whole(&server);
    let files = reads_of_files(&server);
    let mixed = reads_while_booking(&server, &next[HOSTS]);
    let [without, with] = bookings_with_calendars(&server);

    println!("bookings through HTTP, {CONNECTIONS} connections, {HOSTS} hosts   {booked:>9.0} /s");
    println!("SQLite alone, one row each, {WRITERS} writers, {HOSTS} files  {alone:>9.0} /s");
    println!(
        "ratio                                                {:>9.2}   (goal: at least 0.5)",
        booked / alone
    );
    println!("a booking, p50                                       {without:>9.2} ms");
    println!("a booking with two calendars read ahead, p50         {with:>9.2} ms");
    println!(
        "ratio                                                {:>9.2}   (goal: at most 1.1)",
        with / without
    );
    println!("availability, a month                                {reads:>9.0} /s (goal: at least 10,000)");
    println!("availability, the whole window                       {whole:>9.0} /s");
    println!("availability, while others book there                {mixed:>9.0} /s");
    println!("a page of dist/                                      {files:>9.0} /s");
    println!("memory after the bookings                            {memory:>9.1} MB");
    println!(
        "memory after everything                              {:>9.1} MB (goal: below 60)",
        server.memory_megabytes()
    );
}

/// A host with two pages that can be booked day and night: one that is read, and one that is booked far ahead.
fn host(number: usize) -> HostDefinition {
    let mut host = fixture::host(&format!("host-{number}"), "Host", "Europe/Berlin");
    let mut page = fixture::meeting(&host, "page", &fixture::words("Page", "ページ"), &[5]);
    page.location = Location::Video("https://meet.example.com/room".to_owned());
    page.rules.host_hours = WeeklyHours(std::array::from_fn(|_| vec![Opening { start: 0, end: 24 * 60 }]));
    page.rules.start_every_minutes = 5;
    page.rules.window = DateWindow { days: Some(60), from: None, until: None };
    page.rules.limit = Limit::default();
    page.rules.buffer.after_minutes = 0;
    // Bookings lie further ahead than the reads look: a page without a free time is quick to answer.
    let mut far = page.clone();
    far.page = format!("host-{number}/far");
    far.rules.window = DateWindow { days: Some(30_000), from: None, until: None };
    host.meetings = [("page".to_owned(), page), ("far".to_owned(), far)].into();
    host
}

/// Has a host's pages look at two calendars, each busy for an hour a day.
fn look_at_calendars(host: &mut HostDefinition) {
    let calendar =
        |name: &str| Calendar::new(name.to_owned(), CalendarSource::Feed { secret: name.to_owned() });
    host.calendars = CALENDARS.map(calendar).to_vec();
    for meeting in host.meetings.values_mut() {
        meeting.calendars = CALENDARS.map(str::to_owned).to_vec();
    }
}

/// The milliseconds that half of the bookings take at most, without calendars and with two that were read ahead. They
/// take turns.
fn bookings_with_calendars(server: &Server) -> [f64; 2] {
    let mut client = Client::new(server.address);
    let mut took = [Vec::new(), Vec::new()];
    for number in 0..COMPARED {
        for (host, took) in [WITHOUT_CALENDARS, WITH_CALENDARS].into_iter().zip(&mut took) {
            let body = booking_body(host, number);
            if number % READ_AHEAD_EVERY == 0 {
                let (page, start) = (body["page"].as_str().unwrap(), &body["start"]);
                let start = DateTime::from_timestamp(start.as_i64().unwrap(), 0).unwrap();
                let start = start.format("%Y-%m-%dT%H:%M:%SZ");
                let path = format!("/api/availability/{page}?start={start}&from=2027-06-01&to=2027-06-01");
                let answer = client.get(&path, None).unwrap();
                assert!(answer.status == 200 && answer.json()["when_unknown"].is_null(), "{}", answer.json());
            }
            let begin = Instant::now();
            let answer = client.post("/api/bookings", &number.to_string(), &body).unwrap();
            took.push(begin.elapsed().as_secs_f64() * 1000.0);
            assert_eq!(answer.status, 201, "{}", answer.json());
        }
    }
    took.map(|mut took| {
        took.sort_by(f64::total_cmp);
        took[took.len() / 2]
    })
}

/// Commits per second of one row each, as durable as a ledger's.
fn commits_alone(folder: &Path) -> f64 {
    std::fs::create_dir_all(folder).unwrap();
    let row = booking_body(0, 0).to_string();
    // Each writer goes from file to file, as the adapter's writers go from ledger to ledger.
    let open = |number: usize| {
        let connection = rusqlite::Connection::open(folder.join(format!("{number}.sqlite3"))).unwrap();
        let schema =
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (content TEXT) STRICT;";
        connection.execute_batch(schema).unwrap();
        connection
    };
    measure(WRITERS, |writer, ends| {
        let connections: Vec<_> = (writer..HOSTS).step_by(WRITERS).map(open).collect();
        let mut inserts: Vec<_> = connections
            .iter()
            .map(|connection| connection.prepare("INSERT INTO row (content) VALUES (?1)").unwrap())
            .collect();
        let mut count = 0;
        while !ends.load(Ordering::Relaxed) {
            let turn = count % inserts.len();
            inserts[turn].execute([&row]).unwrap();
            count += 1;
        }
        count
    })
}

/// Bookings per second through HTTP.
fn bookings(server: &Server, next: &[AtomicUsize]) -> f64 {
    measure(CONNECTIONS, |connection, ends| {
        let mut client = Client::new(server.address);
        let host = connection % HOSTS;
        let mut count = 0;
        while !ends.load(Ordering::Relaxed) {
            let number = next[host].fetch_add(1, Ordering::Relaxed);
            let answer =
                client.post("/api/bookings", &number.to_string(), &booking_body(host, number)).unwrap();
            assert_eq!(answer.status, 201, "{}", answer.json());
            count += 1;
        }
        count
    })
}

fn booking_body(host: usize, number: usize) -> serde_json::Value {
    // From 2027-06-01 on, beyond the reads: eight meetings a day, as many as a busy host has.
    let start = 1_811_808_000 + i64::try_from(number).unwrap() * 3 * 3600;
    json!({
        "page": format!("host-{host}/far"), "start": start, "duration_minutes": 5, "time_zone": "Europe/Berlin", "locale": "en",
        "contact": { "name": "Visitor", "email": format!("visitor{number}@example.org") },
    })
}

fn reads(server: &Server, path: impl Fn(usize) -> String + Sync) -> f64 {
    measure(CONNECTIONS, |connection, ends| {
        let mut client = Client::new(server.address);
        let path = path(connection);
        let mut count = 0;
        while !ends.load(Ordering::Relaxed) {
            let answer = client.get(&path, None).unwrap();
            assert_eq!(answer.status, 200, "{}", answer.json());
            count += 1;
        }
        count
    })
}

fn reads_whole(server: &Server) -> f64 {
    reads(server, |connection| format!("/api/availability/host-{}/page", connection % HOSTS))
}

fn reads_of_files(server: &Server) -> f64 {
    reads(server, |_| "/aiko/intro/".to_owned())
}

/// Reads per second of a host of its own, whose ledger another connection writes to all the time.
fn reads_while_booking(server: &Server, next: &AtomicUsize) -> f64 {
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = Client::new(server.address);
            while !ends.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                client.post("/api/bookings", &number.to_string(), &booking_body(HOSTS, number)).unwrap();
            }
        });
        let reads = reads(server, |_| format!("/api/availability/host-{HOSTS}/page"));
        ends.store(true, Ordering::Relaxed);
        reads
    })
}

/// The work that some threads do together, per second.
fn measure(threads: usize, work: impl Fn(usize, &AtomicBool) -> usize + Sync) -> f64 {
    let ends = AtomicBool::new(false);
    let begin = Instant::now();
    let done: usize = std::thread::scope(|scope| {
        let (work, ends) = (&work, &ends);
        let workers: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread, ends))).collect();
        std::thread::sleep(MEASURED);
        ends.store(true, Ordering::Relaxed);
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    done as f64 / begin.elapsed().as_secs_f64()
}

/// The server's process.
struct Server {
    address: SocketAddr,
    child: Child,
}

impl Server {
    fn start(folder: &Path, feeds: &Feeds) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        for name in CALENDARS {
            // Bookings are at each third hour.
            let day =
                |day| NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day) + TimeDelta::hours(1);
            let events: Vec<String> =
                (0..400).map(|number| day(number).format("%Y%m%dT%H%M%SZ/PT1H").to_string()).collect();
            feeds.has(name, &events.iter().map(String::as_str).collect::<Vec<_>>());
            command.env(name, feeds.url(name));
        }
        let mut child = command.env(SERVER_VARIABLE, folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { address: line.trim().parse().unwrap(), child }
    }

    /// The process's private memory in use, as Linux reports it.
    fn memory_megabytes(&self) -> f64 {
        let status = PathBuf::from(format!("/proc/{}/status", self.child.id()));
        let Ok(status) = std::fs::read_to_string(status) else { return f64::NAN };
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .expect("the kernel tells the memory in use");
        let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the server as `generator serve --production` does.
fn serve(folder: &Path) {
    let options = Options {
        dist: folder.join("dist"),
        data: folder.join("data"),
        trusted_proxies: Vec::new(),
        now: Some(NOW.parse().unwrap()),
        private_webhooks: true,
        development: false,
        checkout: None,
        report: Arc::new(|fault| println!("{fault}")),
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(4)
        .build()
        .unwrap()
        .block_on(async {
            let app = App::open(options).unwrap();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            println!("{}", listener.local_addr().unwrap());
            std::io::stdout().flush().unwrap();
            edge::local::serve(app, listener, std::future::pending()).await;
        });
}
