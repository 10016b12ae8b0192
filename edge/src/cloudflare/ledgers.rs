//! The way to ledgers: what the Worker asks of their objects, and how long it waits.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use scheduling::ledger::{Answer, Command, Mismatched, Query, Reply};
use scheduling::refusal::Refusal;
use scheduling::sql::SqlFault;
use serde::{Deserialize, Serialize};
use worker::{Delay, Env};

use super::bindings::stub;
use crate::{Fault, Stop};

/// How long a ledger's answer is waited for. It may yet be written: its key makes asking again safe.
const LEDGER_TIMEOUT: Duration = Duration::from_secs(9);

/// What the Worker asks of a ledger.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked {
    Apply(Command),
    Answer(Query),
    /// To look whether something is due, whatever it knows of its alarm.
    Wake,
    /// To be told when nobody else reads that calendar.
    Turn(String),
}

/// What a ledger tells the Worker.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Replied(Reply),
    Answered(Answer),
    Woken,
    Turn {
        /// Whether somebody else has read it meanwhile.
        waited: bool,
    },
    Failed(String),
}

/// The ledger of one contact: its name has a dot in it, and so no host's ledger has it.
pub(super) fn contact_ledger(key: &str) -> String {
    format!("contact.{key}")
}

/// Has a ledger run a command, from wherever the environment is at hand.
pub(super) async fn apply(
    env: &Env,
    ledger: &str,
    command: Command,
    hint: Option<&str>,
) -> Result<Reply, Stop> {
    match ask(env, ledger, &Asked::Apply(command), hint).await? {
        Told::Replied(reply) => Ok(reply),
        _ => Err(Mismatched.into()),
    }
}

pub(super) async fn ask(env: &Env, ledger: &str, asked: &Asked, hint: Option<&str>) -> Result<Told, Stop> {
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
    Ok(scheduling::json::from_str(&told)?)
}
