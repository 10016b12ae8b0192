//! `generator explain`: why a time is offered, or which rules take it away.

use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, Utc};
use scheduling::availability::{Explanation, Query, Reason};
use scheduling::calendar::Span;
use scheduling::definition::{Calendar, HostDefinition, Meeting, WhenUnknown, in_folder, words_in};
use scheduling::hours::HoursSource;
use scheduling::ledger::Taken;
use scheduling::locale::LocaleWords;
use scheduling::zone::Zone;

use super::sharing::tell_sandbox;
use super::time::Time;
use super::words::{counted, hours, list, price, span};
use super::{meetings, taken};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `explain`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The page, such as aiko/intro
    #[arg(value_parser = meetings::parse)]
    pub page: String,
    /// A local time in the host's zone, such as 2026-12-01T10:00, or a time with an offset
    #[arg(value_parser = Time::parse)]
    pub time: Time,
    /// The duration in minutes; by default, the page's first
    #[arg(long, value_name = "MINUTES")]
    pub duration: Option<u32>,
    /// Also consider the bookings stored in this folder
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// Prints the explanation to standard output.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let (host, meeting) = meetings::find(&site, &arguments.page)?;
    let now = sources.clock.now();
    let taken = match &arguments.data {
        Some(data) => taken::of_page(data, host, meeting, now)?,
        None => Taken::default(),
    };
    let calendars = host.calendars.iter().filter(|calendar| meeting.calendars.contains(&calendar.name));
    // Without them, nobody says whether they are known.
    let calendars = calendars.filter(|_| arguments.data.is_some()).collect();
    let duration_minutes = arguments.duration.unwrap_or(meeting.rules.durations_minutes[0]);
    let locale = site.definition.locales.first().map_or("en", String::as_str);
    let words = theme.words(locale).cloned().unwrap_or_default();
    let case = Case { host, meeting, now, taken: &taken, calendars, duration_minutes, words };
    printer.answer(&case.explain(&arguments.time)?);
    tell_sandbox(&site, printer);
    if arguments.data.is_none() {
        printer.tell(&taken::not_considered(meeting));
    }
    Ok(())
}

/// The case to explain.
struct Case<'a> {
    host: &'a HostDefinition,
    meeting: &'a Meeting,
    now: DateTime<Utc>,
    /// What is taken, and how far the calendars are known.
    taken: &'a Taken,
    /// The calendars that the page looks at.
    calendars: Vec<&'a Calendar>,
    duration_minutes: u32,
    /// Of the site's first locale.
    words: LocaleWords,
}

impl Case<'_> {
    fn explain(&self, time: &Time) -> Result<String, Failure> {
        let durations = &self.meeting.rules.durations_minutes;
        if !durations.contains(&self.duration_minutes) {
            return Err(Failure::saying(format!(
                "{} cannot be booked for {} minutes. Its durations are: {}.",
                self.meeting.page,
                self.duration_minutes,
                list(durations)
            )));
        }
        let mut text = format!("{}: {}\n", self.meeting.page, words_in(&self.meeting.title, "en"));
        let written = &time.text;
        match time.instants(self.zone()).as_slice() {
            [] => {
                let _ = writeln!(text, "{written} does not exist in {}: the clocks skip it.", self.zone());
            }
            [one] => self.describe(&mut text, *one)?,
            both => {
                let _ = writeln!(text, "{written} happens twice in {}: the clocks go back.", self.zone());
                for start in both {
                    text.push('\n');
                    self.describe(&mut text, *start)?;
                }
            }
        }
        Ok(text)
    }

    fn describe(&self, text: &mut String, start: i64) -> Result<(), Failure> {
        let query = Query {
            now: self.now,
            with_notice: true,
            dates: None,
            page: &self.meeting.page,
            claims: &self.taken.claims,
        };
        let Some(explanation) = self.meeting.rules.explain(&query, start, self.duration_minutes) else {
            return Err(Failure::saying("that time is too far away to calculate"));
        };
        let _ = writeln!(text, "{}, {} minutes", self.instant(start), self.duration_minutes);
        let _ =
            writeln!(text, "  hours: {} ({})", hours(explanation.hours, "none"), source(explanation.source));
        if !self.meeting.prices.is_empty() {
            let _ = writeln!(text, "  price: {}", price(self.meeting, self.duration_minutes, &self.words));
        }
        let time = Span { start, end: start + i64::from(self.duration_minutes) * 60 };
        let unknown: Vec<String> =
            self.calendars.iter().filter_map(|calendar| self.unknown(calendar, time)).collect();
        let asks = self.meeting.when_unknown == WhenUnknown::Request;
        let _ = match (explanation.reasons.is_empty(), unknown.is_empty()) {
            (true, true) if self.meeting.invite_only => writeln!(text, "  offered, by invitation only"),
            (true, true) => writeln!(text, "  offered"),
            (true, false) if asks => writeln!(text, "  offered, but a booking is a request:"),
            _ => writeln!(text, "  not offered:"),
        };
        let reasons = explanation.reasons.iter().map(|reason| self.reason(reason));
        for reason in reasons.chain(unknown.iter().cloned()) {
            let _ = writeln!(text, "  - {reason}");
        }
        // What is unknown is so for all durations.
        if asks || unknown.is_empty() {
            self.other_durations(text, &explanation);
        }
        Ok(())
    }

    fn other_durations(&self, text: &mut String, explanation: &Explanation<'_>) {
        let others: Vec<u32> = explanation
            .offered_minutes
            .iter()
            .copied()
            .filter(|minutes| *minutes != self.duration_minutes)
            .collect();
        if !others.is_empty() {
            let also = if explanation.reasons.is_empty() { "also " } else { "" };
            let _ = writeln!(text, "  {also}offered for {} minutes", list(&others));
        }
    }

    fn reason(&self, reason: &Reason<'_>) -> String {
        let rules = &self.meeting.rules;
        match reason {
            Reason::NoticeTooShort { earliest } => {
                let notice = match rules.notice_minutes {
                    0 => "now".to_owned(),
                    minutes => format!("{} from now", span(minutes)),
                };
                format!("notice: the earliest start is {}, {notice}", self.instant(*earliest))
            }
            Reason::OutsideWindow { dates: Some((first, last)) } => {
                format!("window: only dates from {first} to {last} can be booked today")
            }
            Reason::OutsideWindow { dates: None } => "window: no dates can be booked today".to_owned(),
            Reason::Closed => "hours: closed on that date".to_owned(),
            Reason::OutsideHours => "hours: closed at that time".to_owned(),
            Reason::OffGrid { earlier, later } => format!(
                "start_every: starts are {} minutes apart, such as {} and {}",
                rules.start_every_minutes,
                self.instant(*earlier),
                self.instant(*later)
            ),
            Reason::TooLong { until } => {
                format!("duration: open time ends at {}, before the meeting would end", self.instant(*until))
            }
            Reason::LimitReached(limit) => format!(
                "limit: {} from {} to {} {} already booked",
                counted(limit.most as usize, "meeting"),
                self.instant(limit.from.timestamp()),
                self.instant(limit.until.timestamp()),
                if limit.most == 1 { "is" } else { "are" }
            ),
            Reason::Taken(claim) => {
                let buffers = claim.before.max(claim.after) > 0
                    || rules.buffer.before_minutes.max(rules.buffer.after_minutes) > 0;
                format!(
                    "taken: {} from {} to {}{}",
                    match &claim.calendar {
                        Some(name) => format!("the calendar \"{name}\" is busy"),
                        None => format!("{} is booked", in_folder(&self.host.folder, &claim.page)),
                    },
                    self.instant(claim.start),
                    self.instant(claim.end),
                    if buffers { ", with buffers around it" } else { "" }
                )
            }
        }
    }

    /// Why a calendar does not tell whether the host is busy then; `None` if it does.
    fn unknown(&self, calendar: &Calendar, time: Span) -> Option<String> {
        let minutes = calendar.source.known_for_minutes();
        let name = &calendar.name;
        let Some(known) = self.taken.calendars.iter().find(|known| known.name == *name) else {
            return Some(format!("unknown: the calendar \"{name}\" has not been read yet"));
        };
        if known.covers(time, minutes, self.now) {
            return None;
        }
        let at = |instant: DateTime<Utc>| self.instant(instant.timestamp());
        let because = known.error.as_ref().map_or(String::new(), |error| format!(": {error}"));
        let counts = known.counts_until(minutes, self.now).is_some();
        Some(match (known.failing_since, known.read_at) {
            (_, Some(_)) if counts && time.end > known.known.end => format!(
                "unknown: the calendar \"{name}\" is known only until {}{because}",
                self.instant(known.known.end)
            ),
            (Some(since), _) => {
                format!("unknown: the calendar \"{name}\" has not been readable since {}{because}", at(since))
            }
            (None, Some(read_at)) => {
                format!("unknown: the calendar \"{name}\" was last read at {}{because}", at(read_at))
            }
            (None, None) => format!("unknown: the calendar \"{name}\" has not been read yet"),
        })
    }

    /// An instant as the host's clock shows it, with its offset.
    fn instant(&self, seconds: i64) -> String {
        let Some(instant) = DateTime::from_timestamp(seconds, 0) else { return seconds.to_string() };
        let offset = i32::try_from(self.zone().offset_seconds(instant)).ok().and_then(FixedOffset::east_opt);
        let Some(offset) = offset else { return seconds.to_string() };
        instant.with_timezone(&offset).format("%Y-%m-%d %H:%M%:z").to_string()
    }

    fn zone(&self) -> &Zone {
        &self.meeting.rules.time_zone
    }
}

fn source(source: HoursSource<'_>) -> String {
    match source {
        HoursSource::PageDates => "the page's [[dates]]".to_owned(),
        HoursSource::HostDates => "the host's [[dates]]".to_owned(),
        HoursSource::Holiday(name) => format!("holiday: {name}"),
        HoursSource::PageHours => "the page's [hours]".to_owned(),
        HoursSource::HostHours => "the host's [hours]".to_owned(),
    }
}
