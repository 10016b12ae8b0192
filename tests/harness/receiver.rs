//! A receiver of webhooks on this machine: takes them, or fails in every way that receivers do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{PATIENCE, wait_until};

/// The time for which a hanging receiver hangs: longer than anybody waits.
const HANG: Duration = Duration::from_secs(17);

/// A request that came, and its answer.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its path.
    pub path: String,
    /// Its headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
    /// True if it was answered with 204.
    pub taken: bool,
    /// The number of calls of [`Receiver::next_phase`] before it.
    pub phase: u32,
}

/// A receiver.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The address on which it listens.
    pub address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    received: Mutex<Vec<Received>>,
    failing: AtomicBool,
    refusing: AtomicBool,
    /// Connections that may still bring something.
    open: AtomicUsize,
    phase: AtomicU32,
    random: AtomicU32,
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let state = Arc::clone(&receiver.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&state);
                state.open.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    // If it breaks off here, the sender has broken it off.
                    while answer_one(&state, &stream).is_some() {}
                    state.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        receiver
    }

    /// The address of one of its endpoints.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Fails at random from here on: refuses, asks for patience, breaks off, hangs. Or no longer.
    pub fn set_failing(&self, failing: bool) {
        self.state.failing.store(failing, Ordering::SeqCst);
    }

    /// Refuses everything from here on. Or no longer.
    pub fn set_refusing(&self, refusing: bool) {
        self.state.refusing.store(refusing, Ordering::SeqCst);
    }

    /// Separates the requests before from those after. To be called when the sender has ended: what it sent is read
    /// first.
    pub fn next_phase(&self) {
        assert!(wait_until(PATIENCE, || self.state.open.load(Ordering::SeqCst) == 0), "somebody still sends");
        self.state.phase.fetch_add(1, Ordering::SeqCst);
    }

    /// All that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// Bodies that were taken.
    pub fn taken(&self) -> usize {
        self.state.received.lock().unwrap().iter().filter(|received| received.taken).count()
    }
}

fn answer_one(state: &State, mut stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let refuses = state.refusing.load(Ordering::SeqCst);
    let chance = if refuses {
        0
    } else if state.failing.load(Ordering::SeqCst) {
        random(state) % 100
    } else {
        100
    };
    let taken = chance >= 40;
    let phase = state.phase.load(Ordering::SeqCst);
    let body = String::from_utf8(body).unwrap();
    state.received.lock().unwrap().push(Received { path, headers, body, taken, phase });
    let answer = match chance {
        0..15 => "500 Internal Server Error\r\n",
        15..22 => "503 Service Unavailable\r\nretry-after: 2\r\n",
        22..27 => "302 Found\r\nlocation: http://127.0.0.1:9/\r\n",
        27..37 => return None,
        37..40 => {
            state.open.fetch_sub(1, Ordering::SeqCst);
            std::thread::sleep(HANG);
            state.open.fetch_add(1, Ordering::SeqCst);
            return None;
        }
        _ => "204 No Content\r\n",
    };
    stream.write_all(format!("HTTP/1.1 {answer}content-length: 0\r\n\r\n").as_bytes()).ok()
}

/// Xorshift: the same sequence in every run, as far as requests come in the same order.
fn random(state: &State) -> u32 {
    let next = |seed: u32| {
        let seed = if seed == 0 { 0x9e37_79b9 } else { seed };
        let seed = seed ^ (seed << 13);
        let seed = seed ^ (seed >> 17);
        seed ^ (seed << 5)
    };
    let before =
        state.random.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |seed| Some(next(seed))).unwrap();
    next(before) >> 3
}
