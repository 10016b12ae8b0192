//! The room of a call (Google Meet), which Google makes when an event is written that asks for one, perhaps a little
//! later.

use base16ct::lower as hex;
use scheduling::json;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::calendars::kept::Kept;
use crate::call::exchange::Response;

/// What a key of a service account cannot do. Its owner reads what can.
pub(super) const NOT_FOR_ACCOUNTS: &str = "the event is there, but Google makes no Meet rooms for a service account: docs/calendars.md says what works";
/// What Google answers 400 to.
pub(super) const NOT_HERE: &str = "the event is there, but Google makes no Meet room in this calendar: use the calendar of an account that can make Meet calls, or put an address in the page's `location`";
const FAILED: &str = "the event is there, but Google could not make its Meet room";

/// What asks for a room. A second one of the same name is not made.
pub(super) fn request(name: &str) -> Value {
    json!({ "createRequest": { "requestId": name, "conferenceSolutionKey": { "type": "hangoutsMeet" } } })
}

/// What an event that stands there is to be given: nothing while it has a room, or is about to.
pub(super) fn lacking(kept: &Value, event: &str, version: &str) -> Option<Value> {
    if address(kept).is_some() || status(kept) == Some("pending") {
        return None;
    }
    // A name that was used is ignored.
    let digest = hex::encode_string(&Sha256::digest(version)[..8]);
    Some(request(&format!("{event}{digest}")))
}

/// How far the room of an event is, by the answer to its writing.
pub(super) fn of(answer: &Response) -> Kept {
    let said = json::from_slice::<Value>(answer.body()).ok();
    let said = said.unwrap_or_default();
    let room = &said["conferenceData"];
    match (address(room), status(room)) {
        (Some(address), _) => Kept::with_room(address),
        (None, Some("pending")) => Kept::RoomAwaited,
        (None, _) => Kept::WithoutRoom(FAILED.to_owned()),
    }
}

fn address(room: &Value) -> Option<&str> {
    let entries = room["entryPoints"].as_array()?;
    entries.iter().find(|entry| entry["entryPointType"] == "video")?["uri"].as_str()
}

fn status(room: &Value) -> Option<&str> {
    room["createRequest"]["status"]["statusCode"].as_str()
}
