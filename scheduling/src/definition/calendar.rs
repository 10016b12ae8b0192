//! A host's calendars in other programs, as the content has them.

use serde::{Deserialize, Serialize};

use super::buffer::Buffer;
use crate::zone::Zone;

/// A host's calendar in another program, such as Google Calendar or Nextcloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// What pages, the desk and `explain` call it.
    pub name: String,
    /// The way to it.
    pub source: CalendarSource,
    /// Whether it is read or written to.
    #[serde(default)]
    pub role: Role,
    /// The zone of what has none in it: whole days, and times as a clock on the wall shows them. `None` for the host's.
    pub time_zone: Option<Zone>,
    /// Whether tentative events are busy.
    pub tentative_blocks: bool,
    /// What whole days do.
    pub whole_days: WholeDays,
    /// Time kept free around what is busy there.
    pub keep_free: Buffer,
    /// The host's addresses beside the one of the host itself: an event that was declined there is not busy.
    pub addresses: Vec<String>,
    /// Whether a booking is cancelled when its host has deleted its copy here; else its host is asked.
    #[serde(default)]
    pub deletion_cancels: bool,
}

impl Calendar {
    /// A calendar that is read as most hosts want it.
    pub fn new(name: String, source: CalendarSource) -> Self {
        Self {
            name,
            source,
            role: Role::default(),
            time_zone: None,
            tentative_blocks: true,
            whole_days: WholeDays::default(),
            keep_free: Buffer::default(),
            addresses: Vec::new(),
            deletion_cancels: false,
        }
    }

    /// Whether it is read for busy times.
    pub fn tells_busy(&self) -> bool {
        self.role != Role::Write
    }

    /// Whether bookings can be written to it.
    pub fn is_written_to(&self) -> bool {
        self.role != Role::Busy
    }
}

/// The part that a calendar has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It is read for busy times.
    #[default]
    Busy,
    /// Bookings are written to it.
    Write,
    /// Both.
    Both,
}

/// The way to a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarSource {
    /// A published iCalendar feed. Whoever knows its address can read it, so the address itself is a secret.
    Feed {
        /// The name of the secret that is its address.
        secret: String,
    },
    /// A calendar of a `CalDAV` server (RFC 4791), which its host is let into.
    Caldav {
        /// The address of the calendar itself, a collection.
        url: String,
        /// Who is let in.
        user: String,
        /// The name of the secret that is the password.
        secret: String,
    },
    /// A calendar of Google, asked through its own interface.
    Google {
        /// The calendar's id there, such as its owner's address; `primary` is the first one of whoever lets Daymark in.
        id: String,
        /// The name of the secret that is a service account's key, or a refresh token with its client.
        secret: String,
    },
    /// A calendar of Microsoft 365 or Outlook.com, over Microsoft Graph.
    Microsoft {
        /// The mailbox: its address, or its user's id. `None` for that of whoever has given the secret's token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// The calendar's id; `None` for the mailbox's default calendar.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The name of the secret that lets an application in.
        secret: String,
    },
}

/// For how long a feed counts as known after it was read: publishers write them anew every few hours.
const FEED_KNOWN_FOR_MINUTES: u32 = 6 * 60;
/// The same for a calendar that is asked itself, which is read every ten minutes.
const ASKED_KNOWN_FOR_MINUTES: u32 = 30;

impl CalendarSource {
    /// For how long it counts as known after it was read, in minutes.
    pub fn known_for_minutes(&self) -> u32 {
        match self {
            CalendarSource::Feed { .. } => FEED_KNOWN_FOR_MINUTES,
            CalendarSource::Caldav { .. }
            | CalendarSource::Google { .. }
            | CalendarSource::Microsoft { .. } => ASKED_KNOWN_FOR_MINUTES,
        }
    }

    /// The kind, as the content names it.
    pub fn kind(&self) -> &'static str {
        match self {
            CalendarSource::Feed { .. } => "feed",
            CalendarSource::Caldav { .. } => "caldav",
            CalendarSource::Google { .. } => "google",
            CalendarSource::Microsoft { .. } => "microsoft",
        }
    }

    /// The name of the secret.
    pub fn secret(&self) -> &str {
        let (CalendarSource::Feed { secret }
        | CalendarSource::Caldav { secret, .. }
        | CalendarSource::Google { secret, .. }
        | CalendarSource::Microsoft { secret, .. }) = self;
        secret
    }
}

/// What whole days of a calendar do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WholeDays {
    /// As each says itself.
    #[default]
    AsMarked,
    /// They are busy, even if they say that they are not.
    Busy,
    /// They are never busy.
    Free,
}

/// What is done with a wish for a time at which it is not known whether the host is busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnknown {
    /// It becomes a request, which the host answers.
    #[default]
    Request,
    /// It is refused.
    Refuse,
}
