//! Connections that are held and not used: whoever comes from elsewhere is answered all the same.

#![expect(clippy::disallowed_methods, reason = "the test measures how long visitors wait")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use acceptance::{Server, Started};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

/// Connections that are held from one address.
const HELD: usize = 1_100;
/// Requests of others meanwhile.
const ASKED: usize = 200;

/// A connection from another address of this machine.
fn connect_from(address: [u8; 4], to: SocketAddr) -> Option<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((address, 0)).into()).unwrap();
    socket.connect_timeout(&to.into(), Duration::from_secs(2)).ok()?;
    Some(socket.into())
}

/// Holds connections from one address, each after having sent `head`.
fn hold(server: &Started, head: &[u8]) -> Vec<TcpStream> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard.min(8_192).max(soft), hard).unwrap();
    let connections = (0..HELD).filter_map(|_| {
        let mut one = connect_from([127, 0, 0, 2], server.address)?;
        one.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
        // Those that are refused may be closed already, and what is not read fills up.
        let _ = one.write_all(head);
        Some(one)
    });
    connections.collect()
}

/// How long others wait for an answer, each over a connection of their own: all but the slowest in a hundred.
fn p99_of_others(server: &Started) -> Duration {
    let mut waits: Vec<Duration> = (0..ASKED)
        .map(|_| {
            let begun = Instant::now();
            let mut visitor = TcpStream::connect(server.address).unwrap();
            visitor.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            visitor
                .write_all(b"GET /api/health HTTP/1.1\r\nHost: meet.example.com\r\nConnection: close\r\n\r\n")
                .unwrap();
            let mut answer = String::new();
            visitor.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            begun.elapsed()
        })
        .collect();
    waits.sort_unstable();
    waits[ASKED * 99 / 100]
}

#[expect(clippy::print_stdout, reason = "it says which number it reached")]
#[track_caller]
fn check(what: &str, head: &[u8]) {
    let server = Server::new();
    let started = server.start();
    let connections = hold(&started, head);
    let p99 = p99_of_others(&started);
    println!("{what}: {} connections held, p99 of others {} ms", connections.len(), p99.as_millis());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn others_are_answered_while_connections_are_idle() {
    check("idle", b"");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn others_are_answered_while_heads_are_unfinished() {
    check("half a head", b"GET / HTTP/1.1\r\nHost: x\r\nX-More: ");
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn others_are_answered_while_heads_have_no_end() {
    let head = format!("GET / HTTP/1.1\r\nHost: x\r\n{}", "x-more: y\r\n".repeat(30_000));
    check("heads without end", head.as_bytes());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn others_are_answered_while_answers_are_not_read() {
    let requests = "GET /aiko/long/ HTTP/1.1\r\nHost: x\r\n\r\n".repeat(400);
    check("unread answers", requests.as_bytes());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn others_are_answered_while_bodies_are_unfinished() {
    let head = "POST /api/bookings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{";
    check("half a body", head.as_bytes());
}

/// With few file handles, the server holds fewer connections, and ledgers still open.
#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn ledgers_open_while_connections_use_all_that_they_may() {
    let server = Server::new();
    let started = server.start_with_files(1_024);
    let held = hold(&started, b"");
    let mut client = started.client();
    let body = acceptance::booking("aiko/long", "2026-11-25T01:00:00Z", 45, 1);
    let answer = client.post("/api/bookings", "one", &body).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
    drop(held);
    let expected = "generator: this process may open only 1024 files at once, so it accepts 576 connections instead of \
        1024. Raise the limit to 4096: `LimitNOFILE=4096` in the unit, `--ulimit nofile=4096` for a container, \
        `ulimit -n 4096` in a shell.\n";
    started.stop();
    let said = started.said();
    assert!(said.contains(expected), "{said}");
}
