//! One site in a temporary folder, and how requests are written in tests.
//!
//! `Trial::start()` serves the fixture's site at 2026-11-23T23:59:00Z (on Tuesday, 08:59 in Tokyo). `get`, `post` and `send`
//! answer as [`Told`]: status, headers and body. `book` is a sound booking to change and send.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::HeaderMap;
use scheduling::definition::{HostDefinition, SiteDefinition};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture;
use crate::local::{App, Options};

/// The time at which a trial begins.
pub(super) const NOW: &str = "2026-11-23T23:59:00Z";
/// Wednesday 09:00 in Tokyo, in seconds since 1970.
pub(super) const WEDNESDAY_NINE_SECONDS: i64 = 1_795_564_800;
/// Wednesday 10:00 in Tokyo.
pub(super) const WEDNESDAY_TEN: &str = "2026-11-25T01:00:00Z";

/// A site that is served.
pub(super) struct Trial {
    pub(super) directory: TempDir,
    pub(super) app: Arc<App>,
    /// What the operator was told.
    pub(super) faults: Arc<Mutex<Vec<String>>>,
}

/// What came back.
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

    /// What a person sees of the page: its text, without markup, each piece on a line.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for piece in self.body.split('<') {
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
        Self { directory, app: app.unwrap(), faults }
    }

    /// The same site and data at another time.
    pub(super) fn again_at(self, now: &str) -> Self {
        self.app.close();
        let Self { directory, app, .. } = self;
        drop(app);
        Self::open(directory, now)
    }

    pub(super) async fn send(&self, request: http::Request<Bytes>) -> Told {
        let address = Some("203.0.113.9".parse().unwrap());
        let response = self.app.answer_endpoint(request, address).await;
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.to_vec()).unwrap_or_default();
        Told { status: parts.status.as_u16(), headers: parts.headers, body }
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

    /// Books, and gives the answer's JSON.
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

    /// How many bookings the host has, by the host's own key.
    pub(super) async fn stored(&self, host: &str) -> usize {
        let key = crate::local::secrets(&self.directory.path().join("data")).unwrap().host_key(host, 1);
        let told = self.get_as("/api/host/bookings", &key).await;
        told.json()["bookings"].as_array().unwrap().len()
    }
}

/// What a visitor has of a booking.
pub(super) struct Booked {
    pub(super) id: String,
    pub(super) token: String,
    /// Of the booking's page.
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
