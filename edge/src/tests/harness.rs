//! One site in a temporary folder, and the way requests are written in tests.
//!
//! `Trial::start()` serves the fixture's site at 2026-11-23T23:59:00Z (on Tuesday, 08:59 in Tokyo). `get`, `post` and
//! `send` answer as [`Told`]: status, headers and body, which are held to the `OpenAPI` document. `book` is a sound
//! booking to change and send.
//!
//! With `DAYMARK_ADAPTER=cloudflare`, the same requests go to the built Worker, in a workerd of its own for each trial.
//! Tests that look into this process call `app`, and are only for the local adapter.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::token::Secrets;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture;
use super::openapi::Asked;
pub(super) use super::told::Told;
use super::worker::Worker;
use crate::local::{App, Options, checkout};

/// The time at which a trial begins.
pub(super) const NOW: &str = "2026-11-23T23:59:00Z";
/// Wednesday 09:00 in Tokyo, in seconds since 1970.
pub(super) const WEDNESDAY_NINE_SECONDS: i64 = 1_795_564_800;
/// Wednesday 10:00 in Tokyo.
pub(super) const WEDNESDAY_TEN: &str = "2026-11-25T01:00:00Z";

/// The name of a secret that every trial has: one that Cargo sets.
pub(super) const MAIL_SECRET: &str = "CARGO_PKG_NAME";
/// What the stand-in of Stripe signs with.
pub(super) const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Signs links and keys in every trial.
const SECRET: &str = "a secret of sixteen bytes, and then of some more";

/// A site that is served.
pub(super) struct Trial {
    pub(super) directory: TempDir,
    served: Served,
    faults: Arc<Mutex<Vec<String>>>,
}

/// The adapter that answers.
enum Served {
    Local(Arc<App>),
    Worker(Box<Mutex<Worker>>),
}

/// Returns true if the trials are of the Worker.
pub(super) fn is_worker() -> bool {
    std::env::var("DAYMARK_ADAPTER").is_ok_and(|adapter| adapter == "cloudflare")
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
        Self::open_at(directory, now, None)
    }

    /// The same, where payments go to a stand-in of Stripe.
    pub(super) fn open_at(directory: TempDir, now: &str, checkout: Option<checkout::Settings>) -> Self {
        if is_worker() {
            Self::open_worker(directory, now)
        } else {
            Self::open_local(directory, now, checkout)
        }
    }

    fn open_worker(directory: TempDir, now: &str) -> Self {
        let variables = [
            ("DAYMARK_SECRET", SECRET),
            ("DAYMARK_PRIVATE_WEBHOOKS", "1"),
            (MAIL_SECRET, "a key"),
            ("STRIPE_SECRET_KEY", "sk_test_1"),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ];
        let setting = acceptance::workerd::Setting {
            state: directory.path().join("state"),
            dist: directory.path().join("dist"),
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            kv_spent: false,
        };
        let faults = Arc::default();
        let worker = Worker::start(setting, now.parse().unwrap(), Arc::clone(&faults));
        Self { directory, served: Served::Worker(Box::new(Mutex::new(worker))), faults }
    }

    fn open_local(directory: TempDir, now: &str, checkout: Option<checkout::Settings>) -> Self {
        std::fs::create_dir_all(directory.path().join("data")).unwrap();
        let faults = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&faults);
        let app = App::open(Options {
            dist: directory.path().join("dist"),
            data: directory.path().join("data"),
            trusted_proxies: Vec::new(),
            now: Some(now.parse().unwrap()),
            private_webhooks: true,
            development: checkout.is_some(),
            checkout,
            report: Arc::new(move |fault| told.lock().unwrap().push(fault.to_string())),
        });
        Self { directory, served: Served::Local(app.unwrap()), faults }
    }

    /// Carries out deliveries that are due. After this, the trial cannot be moved to another time.
    pub(super) fn carry_out(&self) {
        match &self.served {
            Served::Local(app) => app.carry_out(),
            Served::Worker(worker) => worker.lock().unwrap().carry_out(),
        }
    }

    /// Lets seconds pass; the Worker is started again for it.
    pub(super) fn pass(&self, seconds: u32) {
        match &self.served {
            Served::Local(app) => app.pass(seconds.into()),
            Served::Worker(worker) => worker.lock().unwrap().pass(seconds),
        }
    }

    /// The faults that were reported to the operator so far.
    pub(super) fn faults(&self) -> Vec<String> {
        if let Served::Worker(worker) = &self.served {
            worker.lock().unwrap().pass(0);
        }
        self.faults.lock().unwrap().clone()
    }

    /// Serves what is published by now.
    pub(super) fn definitions_changed(&self) {
        match &self.served {
            Served::Local(app) => app.definitions_changed().unwrap(),
            Served::Worker(worker) => worker.lock().unwrap().pass(0),
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
            Served::Worker(_) => panic!("this is a test of the local adapter"),
        }
    }

    /// The secrets that sign links and keys here.
    pub(super) fn secrets(&self) -> Secrets {
        match &self.served {
            Served::Local(_) => crate::local::secrets(&self.directory.path().join("data")).unwrap(),
            Served::Worker(_) => Secrets { current: SECRET.as_bytes().to_vec(), previous: None },
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
            Served::Worker(worker) => worker.lock().unwrap().send(&request),
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

/// Asks until the answer is as expected, or has had its time: on the Worker, what is busy shows a moment later.
pub(super) async fn eventually<T>(ask: impl AsyncFn() -> T, is_expected: impl Fn(&T) -> bool) -> T {
    for _ in 0..50 {
        let told = ask().await;
        if is_expected(&told) {
            return told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    ask().await
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
