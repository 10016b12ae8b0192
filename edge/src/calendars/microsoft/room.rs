//! The room of a call (Microsoft Teams), which the service makes for an event that asks for one, and writes into its
//! text.

use serde_json::{Value, json};

use crate::calendars::kept::Kept;

/// What of an event tells of its room, beside what is selected of each.
pub(super) const SELECTED: &str = ",isOnlineMeeting,onlineMeeting,body";
/// What begins the part of an event's text that Teams has written, which is a line of these.
const RULE: &str = "____________________";

/// Asks for a room, which stays for good.
pub(super) fn ask(event: &mut Value) {
    event["isOnlineMeeting"] = true.into();
    event["onlineMeetingProvider"] = "teamsForBusiness".into();
}

/// How far the room of an event is. In a mailbox without Teams it is never ready.
pub(super) fn of(event: &Value) -> Kept {
    event["onlineMeeting"]["joinUrl"].as_str().map_or(Kept::RoomAwaited, Kept::with_room)
}

/// The text of an event that stands there, with other words of ours before what Teams has written: without that, the
/// meeting would be online no more.
pub(super) fn body(event: &Value, words: &str) -> Value {
    let kept = event["body"]["content"].as_str().unwrap_or_default();
    let Some(rule) = kept.find(RULE) else { return json!({ "contentType": "text", "content": words }) };
    // From where its element begins.
    let begin = kept[..rule].rfind("<div").unwrap_or(rule);
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>");
    json!({ "contentType": "html", "content": format!("<html><body><div>{words}</div>{}", &kept[begin..]) })
}
