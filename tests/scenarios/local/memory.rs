//! Memory of the local adapter: a calendar far beyond what is read costs hardly more than one of ordinary size.

use std::fs;

use acceptance::feed::{Feeds, Says};
use acceptance::{Adapter, Server, Started};
use serde_json::Value;

/// The most memory that 49 MB more may cost: a reading ends after 10 MB, which are held once or twice.
const MOST_MEGABYTES: f64 = 30.0;

/// The most memory that the process has had (`VmHWM`).
fn peak_megabytes(started: &Started) -> f64 {
    let process = started.process().unwrap();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Events of about so many bytes, each hour one.
fn events(bytes: usize) -> Says {
    let event = |number: usize| {
        format!(
            "BEGIN:VEVENT\r\nUID:{number}\r\nSUMMARY:A secret\r\nDTSTART:202612{:02}T{:02}0000Z\r\nDURATION:PT30M\r\nEND:VEVENT\r\n",
            1 + number / 24 % 28,
            number % 24
        )
    };
    let count = bytes / event(10_000).len();
    Says::Events((0..count).map(event).collect())
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
#[expect(clippy::print_stdout, reason = "it says which number it reached")]
fn a_feed_of_50_megabytes_costs_hardly_more_memory_than_one_of_1() {
    let (mut server, feeds) = (Server::of(Adapter::Local), Feeds::start());
    let file = server.own_content().join("jonas/host.toml");
    let host = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{host}\n[[calendars]]\nname = \"work\"\nkind = \"feed\"\nsecret = \"FEED\"\n"))
        .unwrap();
    server.secret("FEED", &feeds.url("work"));
    server.publish();
    feeds.say("work", events(1 << 20));
    let started = server.start();
    let key = server.key("jonas");
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let read = || -> Value {
        let answer = started.client().send("POST", "/api/host/calendars/work/read", &headers, b"{}").unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["calendars"][0].clone()
    };
    let small = read();
    assert_eq!(small["state"], "ok", "{small}");
    let before = peak_megabytes(&started);
    // One that says how long it is, and one that does not.
    for (what, says) in [("with its length", events(50 << 20)), ("without its length", Says::Endless)] {
        feeds.say("work", says);
        let large = read();
        assert_eq!(large["reason"], "it answered with more than 10 MB", "{large}");
        let more = peak_megabytes(&started) - before;
        println!("a feed of 50 MB, {what}: {more:.1} MB more than the {before:.1} MB after one of 1 MB");
        assert!(more < MOST_MEGABYTES, "{more} MB more");
    }
}
