//! What stands in a calendar after it was written to, and the room that it has made for a call.

use http::Uri;

/// The longest address of a room, in bytes.
const LONGEST_ADDRESS: usize = 2000;

/// What stands in a calendar after it was written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// What was to stand there.
    AsWanted,
    /// The same, with the room of this address (URL).
    WithRoom(String),
    /// The same, whose room is not ready yet.
    RoomAwaited,
    /// The same without its room: why, in words that follow the calendar's name.
    WithoutRoom(String),
}

impl Kept {
    /// With the room that a calendar says it has made. What visitors are to open comes from it, so it is held to what
    /// an address of a call may be.
    pub(super) fn with_room(address: &str) -> Self {
        let is_plain = |uri: &Uri| {
            uri.scheme_str() == Some("https")
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        };
        let is_one = address.len() <= LONGEST_ADDRESS
            && address.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>".contains(&byte))
            && address.parse().is_ok_and(|uri| is_plain(&uri));
        if is_one {
            Self::WithRoom(address.to_owned())
        } else {
            Self::WithoutRoom("it has made a video room at an address that nobody should open".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, is_one: bool) {
        assert_eq!(matches!(Kept::with_room(address), Kept::WithRoom(_)), is_one, "{address}");
    }

    #[test]
    fn a_room_is_at_an_address_that_can_be_opened() {
        check("https://meet.google.com/abc-defg-hij", true);
        check(
            "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%7d#a",
            true,
        );
        check(&format!("https://meet.example.com/{}", "a".repeat(LONGEST_ADDRESS - 25)), true);
        for address in [
            "",
            "meet.google.com/abc",
            "/abc",
            "http://meet.google.com/abc",
            "javascript:alert(1)",
            "https://meet.google.com@evil.example/abc",
            "https://",
            "https://meet.google.com/a b",
            "https://meet.google.com/\r\nSUMMARY:x",
            "https://meet.google.com/\"onclick=x",
            "https://meet.google.com/é",
            &format!("https://meet.example.com/{}", "a".repeat(LONGEST_ADDRESS)),
        ] {
            check(address, false);
        }
    }
}
