//! The Cloudflare adapter: a Worker, a Durable Object for each ledger, KV for records, static assets for pages and definitions.
//!
//! Bindings: `LEDGERS` (Durable Objects of class `Ledger`), `KV`, `ASSETS`, `RATE_LIMIT`. Secrets: `DAYMARK_SECRET`,
//! `DAYMARK_SECRET_PREVIOUS`, and those that webhooks name. Variables, for trying alone: `DAYMARK_NOW`,
//! `DAYMARK_PRIVATE_WEBHOOKS`.

mod bindings;
mod courier;
mod definitions;

mod object;
mod receivers;

use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::{Either, select};
use scheduling::claim::Claim;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Mismatched, Query, Reply};
use scheduling::refusal::Refusal;
use scheduling::sql::SqlFault;
use scheduling::token::Secrets;
use worker::{Context, Delay, Env, Response, ScheduleContext, ScheduledEvent, console_error, event, web_sys};

use self::bindings::clock::Clock;
use self::bindings::{busy_cache, http, kv, stub};
use self::object::{Asked, Told};
use crate::call::ledger::LedgerClient;
use crate::deliveries::busy_key;
use crate::{Fault, Platform, Shells, Stop, placement};

pub use self::object::Ledger;

/// How long a ledger's answer is waited for. It may yet be written: its key makes asking again safe.
const LEDGER_TIMEOUT: Duration = Duration::from_secs(9);
/// `DAYMARK_SECRET` must be at least this long, in bytes: 128 bits in hexadecimal.
const LEAST_SECRET_BYTES: usize = 32;
/// Where availability is asked for.
const AVAILABILITY: &str = "/api/availability/";
/// Ledgers that are woken in an hour, each with its definition: an invocation has fifty requests.
const MOST_WOKEN: usize = 20;
/// When to try again after too many attempts, in seconds: the period of the rate limit's binding.
const RATE_LIMIT_PERIOD_SECONDS: u32 = 60;

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _: Context) -> worker::Result<web_sys::Response> {
    let secrets = match secrets(&env) {
        Ok(secrets) => secrets,
        Err(fault) => {
            console_error!("{fault}");
            return Ok(Response::error("This site is not set up yet.", 503)?.into());
        }
    };
    let mut platform = Cloudflare { clock: Clock::of(&env), env, secrets, record: None };
    if let Some(response) = platform.kept_answer(&request).await? {
        return Ok(response);
    }
    let request = http::from_platform(request).await?;
    let address = request.headers().get("cf-connecting-ip").and_then(|value| value.to_str().ok());
    let address: Option<IpAddr> = address.and_then(|text| text.parse().ok());
    let response = crate::handle(&platform, &request, address).await;
    platform.keep_answer(&request, &response);
    http::to_platform(&response)
}

/// Once an hour, some ledgers are asked to look whether something is due: an alarm that the platform has given up
/// would otherwise wait for the next booking. All have their turn, twenty an hour.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    let woken = async {
        let platform =
            Cloudflare { clock: Clock::of(&env), secrets: secrets(&env)?, env: env.clone(), record: None };
        let site = platform.site().await?;
        for folder in its_turn(&site.hosts, platform.now()) {
            let Some(host) = platform.host(folder).await? else { continue };
            if let Err(Stop::Fault(fault)) = ask(&env, &host.ledger, &Asked::Wake, None).await {
                platform.report(&fault);
            }
        }
        Ok::<_, Fault>(())
    };
    if let Err(fault) = woken.await {
        console_error!("{fault}");
    }
}

/// The hosts whose turn it is in that hour.
fn its_turn(hosts: &[String], now: DateTime<Utc>) -> &[String] {
    let turns = hosts.len().div_ceil(MOST_WOKEN).max(1);
    let turn = usize::try_from(now.timestamp() / 3600).unwrap_or(0) % turns;
    let first = (turn * MOST_WOKEN).min(hosts.len());
    &hosts[first..(first + MOST_WOKEN).min(hosts.len())]
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

/// The platform for one request.
struct Cloudflare {
    env: Env,
    clock: Clock,
    secrets: Secrets,
    /// What KV says is busy in the ledger that the request reads.
    record: Option<LedgerRecord>,
}

/// A ledger's record of what is busy, as KV has it; empty where it was never written.
struct LedgerRecord {
    ledger: String,
    json: Vec<u8>,
}

impl Platform for Cloudflare {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|cause| Fault::Random(cause.to_string()))?;
        Ok(random)
    }

    fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A Worker answers at other addresses than the site's too, such as a preview's; what is posted there is the visitor's own.
    fn accepts_own_address(&self) -> bool {
        true
    }

    fn report(&self, fault: &Fault) {
        console_error!("{fault}");
    }

    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        definitions::site(&self.env).await
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        definitions::host(&self.env, folder).await
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        definitions::shells(&self.env, locale).await
    }

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

    fn contact_ledger(&self, key: &str) -> String {
        contact_ledger(key)
    }

    /// From KV; where that cannot be read, from the ledger itself.
    async fn busy(&self, ledger: &str, from: DateTime<Utc>) -> Result<Vec<Claim>, Stop> {
        match self.kept_claims(ledger).await {
            Ok(claims) => {
                let now = self.now().timestamp();
                let lives = |claim: &Claim| claim.expires_at.is_none_or(|at| at > now);
                let asked = |claim: &Claim| claim.end > from.timestamp() && lives(claim);
                Ok(claims.into_iter().filter(asked).collect())
            }
            Err(cause) => {
                self.report(&Fault::Operator(format!(
                    "KV cannot be read: {cause}. The ledger is asked instead."
                )));
                LedgerClient { platform: self, name: ledger }.busy(from, None).await
            }
        }
    }

    async fn rate_limit(&self, address: IpAddr, _: u32) -> Option<u32> {
        let limited = async {
            let outcome = self.env.rate_limiter("RATE_LIMIT")?.limit(address.to_string()).await?;
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

/// The ledger of one contact: its name has a dot in it, and so no host's ledger has it.
fn contact_ledger(key: &str) -> String {
    format!("contact.{key}")
}

/// Has a ledger run a command, from wherever the environment is at hand.
async fn apply(env: &Env, ledger: &str, command: Command, hint: Option<&str>) -> Result<Reply, Stop> {
    match ask(env, ledger, &Asked::Apply(command), hint).await? {
        Told::Replied(reply) => Ok(reply),
        _ => Err(Mismatched.into()),
    }
}

async fn ask(env: &Env, ledger: &str, asked: &Asked, hint: Option<&str>) -> Result<Told, Stop> {
    let failed = |cause: String| {
        Stop::from(Fault::Ledger { ledger: ledger.to_owned(), cause: SqlFault::Other(cause) })
    };
    let sent = pin!(send(env, ledger, asked, hint));
    let late = pin!(Delay::from(LEDGER_TIMEOUT));
    let told = match select(sent, late).await {
        Either::Left((Ok(told), _)) => told,
        // Too many wait for this one object: the platform refuses before they reach it.
        Either::Left((Err(cause), _)) if cause.to_string().contains("overloaded") => {
            return Err(Refusal::Busy.into());
        }
        Either::Left((Err(cause), _)) => return Err(failed(cause.to_string())),
        Either::Right(_) => return Err(Refusal::Busy.into()),
    };
    match told {
        Told::Failed(cause) => Err(failed(cause)),
        told => Ok(told),
    }
}

async fn send(env: &Env, ledger: &str, asked: &Asked, hint: Option<&str>) -> worker::Result<Told> {
    let ledgers = env.durable_object("LEDGERS")?;
    let id = ledgers.id_from_name(ledger)?;
    let stub = match hint {
        Some(hint) => id.get_stub_with_location_hint(hint)?,
        None => id.get_stub()?,
    };
    let told = stub::ask(stub, &serde_json::to_string(asked)?).await.map_err(worker::Error::from)?;
    Ok(serde_json::from_str(&told)?)
}

impl Cloudflare {
    /// What KV says is busy. A ledger that was never written to has no record.
    async fn kept_claims(&self, ledger: &str) -> Result<Vec<Claim>, String> {
        let read;
        let json = match &self.record {
            Some(record) if record.ledger == ledger => &record.json,
            _ => {
                read = self.read_record(ledger).await?;
                &read
            }
        };
        if json.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_slice(json).map_err(|cause| cause.to_string())
    }

    async fn read_record(&self, ledger: &str) -> Result<Vec<u8>, String> {
        Ok(kv::read(&self.env, &busy_key(ledger)).await?.unwrap_or_default())
    }

    /// The answer to a request for availability that was given before, where it is still true. That is what is asked for most, so
    /// no more of the request is read than it takes.
    async fn kept_answer(&mut self, request: &web_sys::Request) -> worker::Result<Option<web_sys::Response>> {
        let Some(asked) = http::conditional_get(request, AVAILABILITY)? else { return Ok(None) };
        self.record = self.record_of(asked.uri().path()).await;
        let found =
            self.record.as_ref().and_then(|record| busy_cache::find(&asked, &record.json, self.now()));
        found.transpose()
    }

    /// The record that a page's availability rests on. What cannot be read here is read again, and reported, where it is needed.
    async fn record_of(&self, path: &str) -> Option<LedgerRecord> {
        let page = path.strip_prefix(AVAILABILITY)?;
        let host = definitions::host(&self.env, page.split('/').next()?).await.ok()??;
        let json = self.read_record(&host.ledger).await.ok()?;
        Some(LedgerRecord { ledger: host.ledger.clone(), json })
    }

    /// Keeps the answer, where it rests on the record that was read for it.
    fn keep_answer(&self, request: &crate::Request, response: &crate::Response) {
        if let Some((record, path)) = self.record.as_ref().zip(request.uri().path_and_query()) {
            busy_cache::keep(path.as_str(), &record.json, response);
        }
    }
}
