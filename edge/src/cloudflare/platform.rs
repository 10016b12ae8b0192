//! The Worker as the endpoint and its deliveries see it: bindings, definitions among the assets, and records in KV.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use scheduling::claim::Claim;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Mismatched, Query, Reply, Taken};
use scheduling::token::Secrets;
use worker::{Env, console_error, web_sys};

use super::bindings::{busy_cache, clock, http, kv};
use super::definitions;
use super::ledgers::{Asked, Told, apply, ask, contact_ledger};
use crate::call::ledger::LedgerClient;
use crate::call::network::Counter;
use crate::call::platform::Turn;
use crate::deliveries::busy_key;
use crate::{Clock, Definitions, Fault, Ledgers, Platform, Shells, Stop, placement};

/// `DAYMARK_SECRET` must be at least this long, in bytes: 128 bits in hexadecimal.
const LEAST_SECRET_BYTES: usize = 32;
/// Where availability is asked for.
const AVAILABILITY: &str = "/api/availability/";
/// When to try again after too many attempts, in seconds: the period of the rate limit's binding.
const RATE_LIMIT_PERIOD_SECONDS: u32 = 60;

/// The platform, for one request or one delivery.
pub(super) struct Cloudflare {
    pub(super) env: Env,
    clock: clock::Clock,
    secrets: Secrets,
    /// What KV says is busy in the ledger that the request reads.
    record: Option<LedgerRecord>,
}

/// A ledger's record of what is busy, as KV has it; empty where it was never written.
struct LedgerRecord {
    ledger: String,
    json: Vec<u8>,
}

impl Cloudflare {
    pub(super) fn of(env: Env) -> Result<Self, Fault> {
        Ok(Self { clock: clock::Clock::of(&env), secrets: secrets(&env)?, env, record: None })
    }
}

impl Clock for Cloudflare {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        clock::Clock::random()
    }
}

impl Definitions for Cloudflare {
    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        definitions::site(&self.env).await
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        definitions::host(&self.env, folder).await
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        definitions::shells(&self.env, locale).await
    }

    fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

impl Ledgers for Cloudflare {
    async fn apply(&self, ledger: &str, command: Command) -> Result<Reply, Stop> {
        let hint = match &command {
            Command::Book(book, _) => placement::hint(&book.booking.noted.time_zone, self.now()),
            _ => None,
        };
        apply(&self.env, ledger, command, hint).await
    }

    async fn answer(&self, ledger: &str, query: Query) -> Result<Answer, Stop> {
        match ask(&self.env, ledger, &Asked::Answer(query), None).await? {
            Told::Answered(answer) => Ok(answer),
            _ => Err(Mismatched.into()),
        }
    }

    /// From KV; where that cannot be read, from the ledger itself.
    async fn busy(&self, ledger: &str, from: DateTime<Utc>) -> Result<Taken, Stop> {
        match self.kept(ledger).await {
            Ok(mut taken) => {
                let now = self.now().timestamp();
                let lives = |claim: &Claim| claim.expires_at.is_none_or(|at| at > now);
                let asked = |claim: &Claim| claim.end > from.timestamp() && lives(claim);
                taken.claims.retain(asked);
                Ok(taken)
            }
            Err(cause) => {
                self.report(&Fault::Operator(format!(
                    "KV cannot be read: {cause}. Reading from the ledger instead."
                )));
                LedgerClient { platform: self, name: ledger }.busy(from, None).await
            }
        }
    }

    fn contact_ledger(&self, key: &str) -> String {
        contact_ledger(key)
    }
}

impl Platform for Cloudflare {
    /// The ledger's object sees all who want to read. Where it cannot be asked, nobody waits; and what is held there
    /// ends when the reading is noted.
    async fn turn(&self, ledger: &str, calendar: &str) -> Turn<impl Sized> {
        let told = ask(&self.env, ledger, &Asked::Turn(calendar.to_owned()), None).await;
        Turn { _held: (), waited: matches!(told, Ok(Told::Turn { waited: true })) }
    }

    /// A Worker answers at other addresses than the site's too, such as a preview's; what is posted there is the
    /// visitor's own.
    fn accepts_own_address(&self) -> bool {
        true
    }

    /// The platform routes by the name.
    fn has_own_hosts_only(&self) -> bool {
        true
    }

    fn report(&self, fault: &Fault) {
        console_error!("{fault}");
    }

    /// The rates are those of the bindings in wrangler.toml.
    async fn rate_limit(&self, counter: Counter, _: u32) -> Option<u32> {
        let binding = match counter {
            Counter::Network(network) if network.is_wide() => "RATE_LIMIT_WIDE",
            Counter::Network(_) => "RATE_LIMIT",
            Counter::Site => "RATE_LIMIT_SITE",
        };
        let limited = async {
            let outcome = self.env.rate_limiter(binding)?.limit(counter.key()).await?;
            Ok::<_, worker::Error>(!outcome.success)
        };
        match limited.await {
            Ok(limited) => limited.then_some(RATE_LIMIT_PERIOD_SECONDS),
            Err(cause) => {
                self.report(&Fault::Operator(format!("attempts cannot be counted: {cause}")));
                None
            }
        }
    }
}

impl Cloudflare {
    /// What KV says is busy. A ledger that was never written to has no record.
    async fn kept(&self, ledger: &str) -> Result<Taken, String> {
        let read;
        let json = match &self.record {
            Some(record) if record.ledger == ledger => &record.json,
            _ => {
                read = self.read_record(ledger).await?;
                &read
            }
        };
        if json.is_empty() {
            return Ok(Taken::default());
        }
        scheduling::json::from_slice(json).map_err(|cause| cause.to_string())
    }

    async fn read_record(&self, ledger: &str) -> Result<Vec<u8>, String> {
        Ok(kv::read(&self.env, &busy_key(ledger)).await?.unwrap_or_default())
    }

    /// The answer to a request for availability that was given before, where it is still true. That is what is asked
    /// for most, so no more of the request is read than it takes.
    pub(super) async fn kept_answer(
        &mut self,
        request: &web_sys::Request,
    ) -> worker::Result<Option<web_sys::Response>> {
        let Some(asked) = http::conditional_get(request, AVAILABILITY)? else { return Ok(None) };
        self.record = self.record_of(asked.uri().path()).await;
        let found =
            self.record.as_ref().and_then(|record| busy_cache::find(&asked, &record.json, self.now()));
        found.transpose()
    }

    /// The record that a page's availability rests on. What cannot be read here is read again, and reported, where it
    /// is needed.
    async fn record_of(&self, path: &str) -> Option<LedgerRecord> {
        let page = path.strip_prefix(AVAILABILITY)?;
        let host = definitions::host(&self.env, page.split('/').next()?).await.ok()??;
        let json = self.read_record(&host.ledger).await.ok()?;
        Some(LedgerRecord { ledger: host.ledger.clone(), json })
    }

    /// Keeps the answer, where it rests on the record that was read for it.
    pub(super) fn keep_answer(&self, request: &crate::Request, response: &crate::Response) {
        if let Some((record, path)) = self.record.as_ref().zip(request.uri().path_and_query()) {
            busy_cache::keep(path.as_str(), &record.json, response);
        }
    }
}

/// What signs links and keys: read once in an isolate's life.
fn secrets(env: &Env) -> Result<Secrets, Fault> {
    static KNOWN: OnceLock<Secrets> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(known.clone());
    }
    read_secrets(env).inspect(|secrets| {
        let _ = KNOWN.set(secrets.clone());
    })
}

fn read_secrets(env: &Env) -> Result<Secrets, Fault> {
    let read = |name: &str| {
        env.secret(name).ok().map(|secret| secret.to_string()).filter(|secret| !secret.is_empty())
    };
    let (current, previous) = (read("DAYMARK_SECRET"), read("DAYMARK_SECRET_PREVIOUS"));
    let long_enough = |secret: &String| secret.len() >= LEAST_SECRET_BYTES;
    match current.filter(long_enough) {
        Some(current) => Ok(Secrets {
            current: current.into_bytes(),
            previous: previous.filter(long_enough).map(String::into_bytes),
        }),
        None => Err(Fault::Operator(format!(
            "the secret DAYMARK_SECRET is not set, or shorter than {LEAST_SECRET_BYTES} characters. \
             `openssl rand -hex 32 | npx wrangler secret put DAYMARK_SECRET` sets it."
        ))),
    }
}
