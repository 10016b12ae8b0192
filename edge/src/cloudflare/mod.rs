//! The Cloudflare adapter: a Worker, a Durable Object for each ledger, KV for records, static assets for pages and
//! definitions.
//!
//! Bindings: `LEDGERS` (Durable Objects of class `Ledger`), `KV`, `ASSETS`, `RATE_LIMIT`,
//! `RATE_LIMIT_WIDE` and `RATE_LIMIT_SITE`. Secrets: `DAYMARK_SECRET`,
//! `DAYMARK_SECRET_PREVIOUS`, and those that webhooks name. Variables, for trying alone: `DAYMARK_NOW`,
//! `DAYMARK_PRIVATE_WEBHOOKS`.

mod bindings;
mod courier;
mod definitions;
mod ledgers;
mod object;
mod outgoing;
mod pages;
mod platform;
#[cfg(feature = "probe")]
mod probe;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use worker::{Context, Env, Response, ScheduleContext, ScheduledEvent, console_error, event, web_sys};

use self::bindings::http;
use self::ledgers::{Asked, ask};
use self::platform::Cloudflare;
use crate::{Clock, Definitions, Fault, Platform, Stop};

pub use self::object::Ledger;

/// Ledgers that are woken in an hour, each with its definition: an invocation has fifty requests.
const MOST_WOKEN: usize = 20;

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _: Context) -> worker::Result<web_sys::Response> {
    let mut platform = match Cloudflare::of(env) {
        Ok(platform) => platform,
        Err(fault) => {
            console_error!("{fault}");
            return Ok(Response::error("This site is not set up yet.", 503)?.into());
        }
    };
    if let Some(response) = platform.kept_answer(&request).await? {
        return Ok(response);
    }
    let request = http::from_platform(request).await?;
    #[cfg(feature = "probe")]
    if let Some(response) = probe::answer(&platform, &request).await {
        return http::to_platform(&response);
    }
    if let Some(response) = pages::answer(&platform, &request).await? {
        return Ok(response);
    }
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
        let platform = Cloudflare::of(env.clone())?;
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
