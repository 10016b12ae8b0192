//! The built Worker, in a workerd of its own for each trial. Started again, it goes on from what it has stored, at
//! another time and with what is published by then.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use acceptance::Client;
use acceptance::workerd::{self, Running, Setting};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderMap, HeaderName};

use super::told::Told;
use crate::local::Clock;

/// A workerd, which ends with the trial.
pub(super) struct Worker {
    setting: Setting,
    running: Running,
    client: Client,
    faults: Arc<Mutex<Vec<String>>>,
    listener: Option<JoinHandle<()>>,
    clock: Clock,
}

impl Worker {
    /// Starts it at a time. What it says to its operator is added to the faults.
    pub(super) fn start(setting: Setting, now: DateTime<Utc>, faults: Arc<Mutex<Vec<String>>>) -> Self {
        let mut at_now = setting.clone();
        let now_as_text = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        at_now.variables.push(("DAYMARK_NOW".to_owned(), now_as_text));
        let clock = Clock::starting_at(Some(now));
        let mut running = workerd::start(&at_now, Stdio::piped());
        let said = BufReader::new(running.child.stderr.take().unwrap());
        let told = Arc::clone(&faults);
        let listener = std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                // What the platform notes of its own alarms is none of the Worker's.
                if !line.contains(": warning: NOSENTRY SQLite alarm ") {
                    told.lock().unwrap().push(line);
                }
            }
        });
        let client = Client::new(running.address);
        Self { setting, running, client, faults, listener: Some(listener), clock }
    }

    /// Lets seconds pass.
    pub(super) fn pass(&mut self, seconds: u32) {
        let now = self.clock.now() + TimeDelta::seconds(seconds.into());
        self.end();
        *self = Self::start(self.setting.clone(), now, Arc::clone(&self.faults));
        self.carry_out();
    }

    /// Has it look whether something is due, as it does each hour.
    pub(super) fn carry_out(&self) {
        let told = Client::new(self.running.hour).send("GET", "/", &[], b"").unwrap();
        assert_eq!(told.status, 200);
    }

    pub(super) fn send(&mut self, request: &http::Request<Bytes>) -> Told {
        let mut headers = vec![("cf-connecting-ip", "203.0.113.9")];
        // The client counts the body itself; only the local adapter's server has to see through a lie about its length.
        let sent = request.headers().iter().filter(|(name, _)| *name != "content-length");
        let sent: Vec<_> =
            sent.map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()))).collect();
        headers.extend(sent.iter().map(|(name, value)| (name.as_str(), value.as_ref())));
        let target = request.uri().path_and_query().unwrap().as_str();
        let answer = self.client.send(request.method().as_str(), target, &headers, request.body()).unwrap();
        let mut told = HeaderMap::new();
        for (name, value) in &answer.headers {
            told.append(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        Told {
            status: answer.status,
            headers: told,
            body: String::from_utf8(answer.body).unwrap_or_default(),
        }
    }

    fn end(&mut self) {
        let _ = self.running.child.kill();
        let _ = self.running.child.wait();
        // What it said before its end is heard.
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Drop for Worker {
    #[expect(clippy::print_stderr, reason = "a test that fails shows what the Worker said")]
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("{}", self.faults.lock().unwrap().join("\n"));
        }
    }
}
