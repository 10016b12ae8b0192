//! Invitations on the command line: how often and until when a link lets somebody book, and whom.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use edge::Clock as _;
use publishing::content::Site;
use scheduling::definition::in_folder;
use scheduling::invite::{Invite, MOST_DAYS, MOST_USES, Misdated, USUAL_DAYS, USUAL_USES};
use scheduling::limits::MOST_NAME_CHARACTERS;
use scheduling::mail::MailAddress;
use scheduling::text::one_line;
use scheduling::token::Secrets;
use scheduling::zone::Zone;

use super::secret;
use super::sharing::SharedPage;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The most invitations that are made together.
const MOST_TOGETHER: u32 = 10_000;

/// What makes a link an invitation.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Invitation {
    /// Make the link an invitation that works once; needed where a page is by invitation only
    #[arg(long, conflicts_with_all = ["uses", "all"])]
    pub once: bool,
    /// Make it an invitation for so many bookings
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_USES)), conflicts_with = "all")]
    pub uses: Option<u32>,
    /// Make it an invitation that expires after this long, such as 12h, 30d or 4w; 30 days if nothing is said
    #[arg(long, value_name = "TIME", value_parser = lasting, conflicts_with = "all")]
    pub expires: Option<TimeDelta>,
    /// Make it an invitation for somebody, whose name and address are filled in: "Mara <mara@example.org>"
    #[arg(long = "for", value_name = "WHO", value_parser = person, conflicts_with_all = ["name", "email", "all"])]
    pub whom: Option<Person>,
    /// Make it an invitation to a time on this date or later
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with = "all")]
    pub from: Option<NaiveDate>,
    /// Make it an invitation to a time on this date or earlier
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with = "all")]
    pub until: Option<NaiveDate>,
    /// Make it an invitation that costs nothing, whatever the page's price
    #[arg(long, conflicts_with = "all")]
    pub free: bool,
    /// Make so many invitations, as a list
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_TOGETHER)),
        group = "lists",
        conflicts_with_all = ["qr", "qr_svg"]
    )]
    pub count: Option<u32>,
    /// The folder with the secret that signs invitations, unless `DAYMARK_SECRET` is set
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
}

/// Somebody who is invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    name: String,
    email: String,
}

/// Reads `Mara <mara@example.org>`, an address, or a name.
fn person(text: &str) -> Result<Person, String> {
    let (name, email) = match text.split_once('<') {
        Some((name, email)) => (name, email.trim().strip_suffix('>').unwrap_or(email)),
        None if text.contains('@') => ("", text),
        None => (text, ""),
    };
    let (name, email) = (one_line(name), email.trim());
    if !email.is_empty() && MailAddress::parse(email).is_err() {
        return Err(format!("`{email}` is not an email address"));
    }
    if name.chars().count() > MOST_NAME_CHARACTERS {
        return Err(format!("a name has at most {MOST_NAME_CHARACTERS} characters"));
    }
    if name.is_empty() && email.is_empty() {
        return Err("write it as \"Mara <mara@example.org>\"".to_owned());
    }
    Ok(Person { name, email: email.to_owned() })
}

/// Reads a span such as `12h`, `30d` or `4w`.
fn lasting(text: &str) -> Result<TimeDelta, String> {
    let unit =
        |hours: u32| text[..text.len() - 1].parse::<u32>().ok().and_then(|count| count.checked_mul(hours));
    let hours = match text.as_bytes().last() {
        Some(b'h') => unit(1),
        Some(b'd') => unit(24),
        Some(b'w') => unit(7 * 24),
        _ => None,
    };
    let hours = hours.filter(|hours| (1..=MOST_DAYS * 24).contains(hours));
    let hours = hours.ok_or_else(|| format!("write it as 12h, 30d or 4w, up to {MOST_DAYS}d"))?;
    Ok(TimeDelta::hours(hours.into()))
}

fn date(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "write it as 2026-12-01".to_owned())
}

impl Invitation {
    /// Whether the link is to be an invitation.
    pub(super) fn is_wanted(&self) -> bool {
        let Self { once, uses, expires, whom, from, until, free, count, data: _ } = self;
        *once
            || *free
            || uses.is_some()
            || expires.is_some()
            || whom.is_some()
            || from.is_some()
            || until.is_some()
            || count.is_some()
    }

    /// The secrets that sign it.
    pub(super) fn secrets(&self) -> Result<Secrets, Failure> {
        secret::of_links(&self.data)
    }

    /// Says by which secret it is signed, where that may be another than the site's.
    pub(super) fn tell_secret(&self, site: &Site, printer: Printer) {
        secret::tell(&self.data, &site.definition.base_url, printer);
    }

    /// Checks that a start, in seconds since 1970, is on its dates.
    pub(super) fn check_start(&self, start: i64, zone: &Zone) -> Result<(), Failure> {
        let date = zone.to_wall_time(DateTime::from_timestamp(start, 0).unwrap_or_default()).date();
        if let Some(from) = self.from.filter(|from| date < *from) {
            return Err(Failure::usage(format!("the time to choose is before the first date, {from}")));
        }
        if let Some(until) = self.until.filter(|until| date > *until) {
            return Err(Failure::usage(format!("the time to choose is after the last date, {until}")));
        }
        Ok(())
    }

    /// An invitation, with an id of its own.
    pub(super) fn make(
        &self,
        page: &SharedPage<'_>,
        duration: Option<u32>,
        sources: &Sources,
        now: DateTime<Utc>,
    ) -> Result<Invite, Failure> {
        let meeting = page.meeting;
        let [random @ .., _, _, _, _, _, _, _, _] = sources.clock.random()?;
        let expires = now + self.expires.unwrap_or(TimeDelta::days(USUAL_DAYS.into()));
        let named = in_folder(&page.host.ledger, &meeting.page);
        let mut invite = Invite::new(&named, random, expires, self.uses.unwrap_or(USUAL_USES));
        invite.version = page.host.invites_version;
        if let Some(Person { name, email }) = self.whom.clone() {
            (invite.name, invite.email) = (name, email);
        }
        (invite.duration, invite.from, invite.until) = (duration, self.from, self.until);
        let is_free = |minutes: u32| !meeting.prices.contains_key(&minutes);
        if self.free && (meeting.prices.is_empty() || duration.is_some_and(is_free)) {
            let what = match duration.filter(|_| !meeting.prices.is_empty()) {
                Some(minutes) => format!("{minutes} minutes of {} cost", meeting.page),
                None => format!("{} costs", meeting.page),
            };
            return Err(Failure::usage(format!("{what} nothing anyway: leave `--free` out")));
        }
        invite.free = self.free;
        let misdated = invite.misdated(&meeting.rules, now);
        let (page, from, until) =
            (&meeting.page, self.from.unwrap_or_default(), self.until.unwrap_or_default());
        match misdated {
            None => Ok(invite),
            Some(Misdated::Backwards) => {
                Err(Failure::usage(format!("the last date, {until}, is before the first, {from}")))
            }
            Some(Misdated::Past) => Err(Failure::usage(format!("the last date, {until}, is in the past"))),
            Some(Misdated::TooLate) => Err(Failure::usage(format!(
                "{page} cannot be booked as far ahead as {from} before the invitation expires"
            ))),
            Some(Misdated::TooEarly) => {
                Err(Failure::usage(format!("{page} cannot be booked until after {until}")))
            }
        }
    }
}
