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
use edge::local::{App, Options};
use scheduling::definition::{DateWindow, HostDefinition, Limit, Location};
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
/// The variable that makes this process the server of the folder it names.
const SERVER_VARIABLE: &str = "DAYMARK_BENCH_SERVER";

fn main() {
    if let Ok(folder) = std::env::var(SERVER_VARIABLE) {
        return serve(Path::new(&folder));
    }
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let hosts: Vec<HostDefinition> = (0..=HOSTS).map(host).collect();
    fixture::write(&directory.path().join("dist"), &fixture::site_of(&hosts), &hosts);
    let server = Server::start(directory.path());

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

    println!("bookings through HTTP, {CONNECTIONS} connections, {HOSTS} hosts   {booked:>9.0} /s");
    println!("SQLite alone, one row each, {WRITERS} writers, {HOSTS} files  {alone:>9.0} /s");
    println!(
        "ratio                                                {:>9.2}   (goal: at least 0.5)",
        booked / alone
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
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
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
