//! `GET /api/host/sessions`: the devices that a host is signed in on.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use http::StatusCode;
use scheduling::ledger::Session;
use scheduling::view::rfc3339;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, admitted};
use crate::host::session::LASTS;
use crate::page::answer;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let (host, own) = match call.bearer() {
        Some(key) => (admitted::by_key(call, key).await?, None),
        None => admitted::session(call).await.map(|(host, session)| (host, Some(session.digest)))?,
    };
    let sessions = call.ledger(&host.ledger).sessions().await?;
    let valid = sessions.iter().filter(|session| session.key_version == host.key_version);
    let views: Vec<Value> =
        valid.map(|session| view(session, own.as_ref() == Some(&session.digest))).collect();
    Ok(answer::json(StatusCode::OK, &json!({ "sessions": views })))
}

fn view(session: &Session, is_own: bool) -> Value {
    json!({
        "id": session.digest,
        "browser": session.browser,
        "system": session.system,
        "opened_at": rfc3339(session.opened_at),
        // A session lasts from when its device was seen last.
        "seen_at": rfc3339(to_the_hour(session.expires_at - LASTS)),
        "expires_at": rfc3339(session.expires_at),
        "this_device": is_own,
    })
}

/// The hour that an instant lies in.
fn to_the_hour(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0) - TimeDelta::seconds(at.timestamp().rem_euclid(3600))
}
