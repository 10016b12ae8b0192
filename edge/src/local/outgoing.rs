//! The way to receivers of webhooks: HTTPS without redirects, and never into the network that this machine stands in.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use super::clock::Clock;
use crate::deliveries::{Answered, Carrier, Outgoing, TIMEOUT_SECONDS, is_public};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections to one receiver that are kept for the next delivery.
const MOST_IDLE: usize = 4;

/// Carries deliveries from this machine.
#[derive(Clone)]
pub struct Receivers {
    clock: Clock,
    private: bool,
    /// Made at the first delivery: whoever has no webhooks needs none of it.
    client: Arc<OnceLock<Result<reqwest::Client, String>>>,
}

impl Receivers {
    /// With `private`, also over plain HTTP and to private addresses.
    pub fn new(clock: Clock, private: bool) -> Self {
        Self { clock, private, client: Arc::default() }
    }

    fn client(&self) -> Result<reqwest::Client, String> {
        self.client.get_or_init(|| make_client(self.private)).clone()
    }
}

impl Carrier for Receivers {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn jitter(&self) -> u16 {
        let mut random = [0; 2];
        // Without randomness, attempts are merely not spread.
        let _ = getrandom::fill(&mut random);
        u16::from_be_bytes(random) % 1000
    }

    fn secret(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn allows_private(&self) -> bool {
        self.private
    }

    async fn post(&self, outgoing: Outgoing) -> Result<Answered, String> {
        let mut request = self.client()?.post(&outgoing.url).body(outgoing.body);
        for (name, value) in outgoing.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|cause| in_words(&cause))?;
        let retry_after = response.headers().get(http::header::RETRY_AFTER);
        Ok(Answered {
            status: response.status().as_u16(),
            retry_after_seconds: retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok()),
        })
    }
}

fn make_client(private: bool) -> Result<reqwest::Client, String> {
    // Another part of the process may have chosen before: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(Duration::from_secs(TIMEOUT_SECONDS.into()))
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(MOST_IDLE)
        .no_proxy();
    let builder = if private { builder } else { builder.https_only(true).dns_resolver(PublicOnly) };
    builder.build().map_err(|cause| format!("webhooks cannot be sent: {cause}"))
}

/// Resolves names as the system does, less every address that is not of the internet.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// What happened, without the address, which whoever reads it knows.
fn in_words(cause: &reqwest::Error) -> String {
    if cause.is_timeout() {
        return format!("it did not answer within {TIMEOUT_SECONDS} s");
    }
    let mut innermost: &dyn std::error::Error = cause;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if cause.is_connect() { format!("it cannot be reached: {innermost}") } else { innermost.to_string() }
}
