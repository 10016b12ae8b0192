//! One site in a temporary folder, and the way requests are written in tests.
//!
//! `Trial::start()` serves the fixture's site at 2026-11-23T23:59:00Z (on Tuesday, 08:59 in Tokyo). `get`, `post` and
//! `send` answer as [`Told`]: status, headers and body, which are held to the `OpenAPI` document. `book` is a sound
//! booking to change and send.
//!
//! With `DAYMARK_ADAPTER=cloudflare`, the same requests go to the built Worker, in a workerd of its own for each trial.
//! Tests that look into this process call `app`, and are only for the local adapter.

use std::sync::{Arc, Mutex};

use acceptance::Client;
use bytes::Bytes;
use http::HeaderMap;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::token::Secrets;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture;
use super::openapi::Asked;
use crate::local::{App, Options};

/// The time at which a trial begins.
pub(super) const NOW: &str = "2026-11-23T23:59:00Z";
/// Wednesday 09:00 in Tokyo, in seconds since 1970.
pub(super) const WEDNESDAY_NINE_SECONDS: i64 = 1_795_564_800;
/// Wednesday 10:00 in Tokyo.
pub(super) const WEDNESDAY_TEN: &str = "2026-11-25T01:00:00Z";

/// The name of a secret that every trial has: one that Cargo sets.
pub(super) const MAIL_SECRET: &str = "CARGO_PKG_NAME";
/// Signs links and keys in every trial.
const SECRET: &str = "a secret of sixteen bytes, and then of some more";

/// A site that is served.
pub(super) struct Trial {
    pub(super) directory: TempDir,
    served: Served,
    /// The faults that the local adapter reported to the operator.
    pub(super) faults: Arc<Mutex<Vec<String>>>,
}

/// The adapter that answers.
enum Served {
    Local(Arc<App>),
    Worker(Mutex<Client>, #[expect(dead_code, reason = "it ends with the trial")] Worker),
}

/// A workerd, which ends with the trial.
struct Worker(std::process::Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns true if the trials are of the Worker.
pub(super) fn is_worker() -> bool {
    std::env::var("DAYMARK_ADAPTER").is_ok_and(|adapter| adapter == "cloudflare")
}

/// The answer to a request.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Told {
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The page as a person sees it, except for what surrounds every page: title and content without markup, each piece
    /// on a line.
    pub(super) fn text(&self) -> String {
        let between = |begin: &str, end: &str| {
            let (_, rest) = self.body.split_once(begin)?;
            rest.split_once(end).map(|(inside, _)| inside)
        };
        let main = between("<main", "</main>").map(|main| format!("<main{main}"));
        let shown = main.map_or_else(
            || self.body.clone(),
            |main| format!("{}{main}", between("<title>", "</title>").unwrap_or_default()),
        );
        let mut text = String::new();
        for piece in shown.split('<') {
            let piece = piece.split_once('>').map_or(piece, |(_, text)| text).trim();
            if !piece.is_empty() {
                text.push_str(piece);
                text.push('\n');
            }
        }
        text
    }
}

impl Trial {
    pub(super) fn start() -> Self {
        let (site, hosts) = fixture::site();
        Self::of(&site, &hosts)
    }

    pub(super) fn of(site: &SiteDefinition, hosts: &[HostDefinition]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fixture::write(&directory.path().join("dist"), site, hosts);
        Self::open(directory, NOW)
    }

    pub(super) fn open(directory: TempDir, now: &str) -> Self {
        if is_worker() { Self::open_worker(directory, now) } else { Self::open_local(directory, now) }
    }

    fn open_worker(directory: TempDir, now: &str) -> Self {
        let variables = [
            ("DAYMARK_SECRET", SECRET),
            ("DAYMARK_NOW", now),
            ("DAYMARK_PRIVATE_WEBHOOKS", "1"),
            (MAIL_SECRET, "a key"),
        ];
        let setting = acceptance::workerd::Setting {
            state: directory.path().join("state"),
            dist: directory.path().join("dist"),
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            kv_spent: false,
        };
        let (child, address) = acceptance::workerd::start(&setting, std::process::Stdio::inherit());
        let served = Served::Worker(Mutex::new(Client::new(address)), Worker(child));
        Self { directory, served, faults: Arc::default() }
    }

    fn open_local(directory: TempDir, now: &str) -> Self {
        std::fs::create_dir_all(directory.path().join("data")).unwrap();
        let faults = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&faults);
        let app = App::open(Options {
            dist: directory.path().join("dist"),
            data: directory.path().join("data"),
            trusted_proxies: Vec::new(),
            now: Some(now.parse().unwrap()),
            private_webhooks: true,
            development: false,
            report: Arc::new(move |fault| told.lock().unwrap().push(fault.to_string())),
        });
        Self { directory, served: Served::Local(app.unwrap()), faults }
    }

    /// Carries out deliveries, which the Worker does by itself. After this, the trial cannot be moved to another time.
    pub(super) fn carry_out(&self) {
        if let Served::Local(app) = &self.served {
            app.carry_out();
        }
    }

    /// Lets seconds pass: on the local adapter at once, on the Worker, whose clock is the machine's, by waiting for
    /// them.
    pub(super) async fn pass(&self, seconds: u32) {
        match &self.served {
            Served::Local(app) => app.pass(seconds.into()),
            Served::Worker(..) => tokio::time::sleep(std::time::Duration::from_secs(seconds.into())).await,
        }
    }

    /// The same site and data at another time.
    pub(super) fn again_at(self, now: &str) -> Self {
        let Self { directory, served, .. } = self;
        if let Served::Local(app) = &served {
            app.close();
        }
        drop(served);
        Self::open(directory, now)
    }

    /// The local adapter's own.
    pub(super) fn app(&self) -> &Arc<App> {
        match &self.served {
            Served::Local(app) => app,
            Served::Worker(..) => panic!("this is a test of the local adapter"),
        }
    }

    /// The secrets that sign links and keys here.
    pub(super) fn secrets(&self) -> Secrets {
        match &self.served {
            Served::Local(_) => crate::local::secrets(&self.directory.path().join("data")).unwrap(),
            Served::Worker(..) => Secrets { current: SECRET.as_bytes().to_vec(), previous: None },
        }
    }

    pub(super) async fn send(&self, request: http::Request<Bytes>) -> Told {
        self.send_from("203.0.113.9", request).await
    }

    /// Sends a request from an address; to the Worker, from whichever the test runs at.
    pub(super) async fn send_from(&self, address: &str, request: http::Request<Bytes>) -> Told {
        let asked = Asked::of(&request);
        let told = self.told(address, request).await;
        asked.check(&told);
        told
    }

    async fn told(&self, address: &str, request: http::Request<Bytes>) -> Told {
        match &self.served {
            Served::Local(app) => {
                let address = Some(address.parse().unwrap());
                let (parts, body) = app.answer_endpoint(request, address).await.into_parts();
                let body = String::from_utf8(body.to_vec()).unwrap_or_default();
                Told { status: parts.status.as_u16(), headers: parts.headers, body }
            }
            Served::Worker(client, _) => send_to_worker(&mut client.lock().unwrap(), &request),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Told {
        self.send(http::Request::get(path).body(Bytes::new()).unwrap()).await
    }

    /// GET with a Bearer token.
    pub(super) async fn get_as(&self, path: &str, token: &str) -> Told {
        let request = http::Request::get(path).header("authorization", format!("Bearer {token}"));
        self.send(request.body(Bytes::new()).unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let mut request = http::Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Bytes::from(body.to_owned())).unwrap()).await
    }

    pub(super) async fn post_json(&self, path: &str, body: &Value) -> Told {
        self.post(path, &[("content-type", "application/json")], &body.to_string()).await
    }

    pub(super) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Told {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post(path, &[("content-type", "application/x-www-form-urlencoded")], &body).await
    }

    /// Books, and returns the answer's JSON.
    #[track_caller]
    #[expect(clippy::unused_self, reason = "it reads as what the trial came to")]
    pub(super) fn booked(&self, told: &Told) -> Booked {
        assert_eq!(told.status, 201, "{}", told.body);
        let json = told.json();
        let url = json["manage_url"].as_str().unwrap().to_owned();
        let path = url.strip_prefix(fixture::BASE_URL).unwrap().to_owned();
        let id = json["booking"]["id"].as_str().unwrap().to_owned();
        let token = path.rsplit('/').next().unwrap().to_owned();
        Booked { id, token, path }
    }

    /// The number of the host's bookings, read with the host's own key.
    pub(super) async fn stored(&self, host: &str) -> usize {
        let key = self.secrets().host_key(host, 1);
        let told = self.get_as("/api/host/bookings", &key).await;
        told.json()["bookings"].as_array().unwrap().len()
    }
}

fn send_to_worker(client: &mut Client, request: &http::Request<Bytes>) -> Told {
    let mut headers = vec![("cf-connecting-ip", "203.0.113.9")];
    // The client counts the body itself; only the local adapter's server has to see through a lie about its length.
    let sent = request.headers().iter().filter(|(name, _)| *name != "content-length");
    let sent: Vec<_> = sent.map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()))).collect();
    headers.extend(sent.iter().map(|(name, value)| (name.as_str(), value.as_ref())));
    let target = request.uri().path_and_query().unwrap().as_str();
    let answer = client.send(request.method().as_str(), target, &headers, request.body()).unwrap();
    let mut told = HeaderMap::new();
    for (name, value) in &answer.headers {
        told.append(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    Told { status: answer.status, headers: told, body: String::from_utf8(answer.body).unwrap_or_default() }
}

/// A visitor's side of a booking.
pub(super) struct Booked {
    pub(super) id: String,
    pub(super) token: String,
    /// The path of the booking's page.
    pub(super) path: String,
}

/// A sound booking of `aiko/intro`.
pub(super) fn book(start: &str) -> Value {
    json!({
        "page": "aiko/intro", "start": start, "duration_minutes": 30, "time_zone": "Europe/Berlin", "locale": "en",
        "contact": { "name": "Mara Lind", "email": "mara@example.org" },
    })
}

/// A sound booking of `aiko/review`, which asks questions of every kind.
pub(super) fn book_review(start: &str) -> Value {
    json!({
        "page": "aiko/review", "start": start, "duration_minutes": 60, "time_zone": "Asia/Tokyo", "locale": "en",
        "contact": { "name": "Mara Lind", "email": "mara@example.org" },
        "location": "The café",
        "answers": { "document": "https://example.org/d", "part": "data", "areas": ["code"], "agreed": true },
    })
}
