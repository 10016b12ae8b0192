//! A server of iCalendar feeds on this machine: it answers as it is told to, and in every way that servers fail.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The time for which it hangs: longer than anybody waits.
const HANG: Duration = Duration::from_secs(40);

/// What a feed answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// These events, as `VEVENT`s.
    Events(String),
    /// A status, and a body that says nothing.
    Status(u16),
    /// It has moved there.
    Moved(String),
    /// A page of the web, as if all were well.
    Page,
    /// Nothing, with 200.
    Nothing,
    /// The beginning of a calendar, cut off: the connection ends early.
    CutOff,
    /// The beginning of a calendar, as if it were all of it.
    Half,
    /// More than anybody reads.
    Endless,
    /// Nothing, for a long time.
    Hangs,
    /// These events, after so many milliseconds.
    Late(u64, String),
}

/// The feeds, by their paths. One that was never told anything is not there.
#[derive(Clone, Debug)]
pub struct Feeds {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    says: BTreeMap<String, Says>,
    /// Paths, each with the condition that came with it.
    asked: Vec<(String, Option<String>)>,
}

impl Feeds {
    /// Starts it.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let feeds = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let state = Arc::clone(&feeds.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&state);
                // If it breaks off here, the reader has broken it off.
                std::thread::spawn(move || answer(&stream, &state));
            }
        });
        feeds
    }

    /// The address of a feed.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// From now on, a feed says this.
    pub fn say(&self, path: &str, says: Says) {
        self.state.lock().unwrap().says.insert(path.to_owned(), says);
    }

    /// From now on, a feed has events at those times, as iCalendar writes them: `20261201T090000Z/PT30M`.
    pub fn has(&self, path: &str, times: &[&str]) {
        let event = |(number, time): (usize, &&str)| {
            let (start, length) = time.split_once('/').unwrap();
            format!(
                "BEGIN:VEVENT\r\nUID:{number}\r\nSUMMARY:A secret\r\nDTSTART:{start}\r\nDURATION:{length}\r\nEND:VEVENT\r\n"
            )
        };
        self.say(path, Says::Events(times.iter().enumerate().map(event).collect()));
    }

    /// How often a feed was asked for; and how often of these with a condition.
    pub fn asked(&self, path: &str) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        let asked: Vec<_> = state.asked.iter().filter(|(asked, _)| asked == path).collect();
        (asked.len(), asked.iter().filter(|(_, condition)| condition.is_some()).count())
    }
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn answer(mut stream: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let mut condition = None;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|length| *length > 2)?;
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("if-none-match")
        {
            condition = Some(value.trim().to_owned());
        }
        if reader.buffer().starts_with(b"\r\n") {
            break;
        }
    }
    let says = {
        let mut state = state.lock().unwrap();
        state.asked.push((path.clone(), condition.clone()));
        state.says.get(&path).cloned().unwrap_or(Says::Status(404))
    };
    let mut send = |head: &str, body: &str| {
        let length = body.len();
        let text = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).ok()
    };
    let mut send_events = |events: &str| {
        let body = calendar(events);
        let tag =
            format!("\"{}\"", body.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte)));
        if condition.as_ref() == Some(&tag) {
            return send("304 Not Modified", "");
        }
        send(&format!("200 OK\r\nContent-Type: text/calendar\r\nETag: {tag}"), &body)
    };
    match says {
        Says::Events(events) => send_events(&events),
        Says::Late(milliseconds, events) => {
            std::thread::sleep(Duration::from_millis(milliseconds));
            send_events(&events)
        }
        Says::Status(status) => send(&format!("{status} X"), "no"),
        Says::Moved(to) => send(&format!("302 Found\r\nLocation: {to}"), ""),
        Says::Page => send("200 OK\r\nContent-Type: text/html", "<!doctype html><title>Sign in</title>"),
        Says::Nothing => send("200 OK", ""),
        Says::Half => send("200 OK\r\nContent-Type: text/calendar", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"),
        Says::CutOff => {
            let begun =
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 999\r\n\r\nBEGIN:VCALENDAR\r\n";
            stream.write_all(begun.as_bytes()).ok()
        }
        Says::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nBEGIN:VCALENDAR\r\n").ok()?;
            let much = "X-NOTHING:0123456789\r\n".repeat(1 << 12);
            for _ in 0..600 {
                stream.write_all(much.as_bytes()).ok()?;
            }
            Some(())
        }
        Says::Hangs => {
            stream.set_read_timeout(Some(HANG)).ok()?;
            stream.read(&mut [0]).ok().map(drop)
        }
    }
}
