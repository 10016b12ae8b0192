//! `generator propose`: a few free times of a page to paste into an email, each a link.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use scheduling::availability::Query;
use scheduling::calendar::Span;
use scheduling::definition::WhenUnknown;
use scheduling::proposal::{self, MOST_TIMES, Proposal, USUAL_TIMES, spread};
use scheduling::zone::Zone;

use super::sharing::{Campaign, Reader, SharedPage, tell_sandbox, within_bounds};
use super::time::Time;
use super::{meetings, taken};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `propose`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The page, such as aiko/intro
    #[arg(value_parser = meetings::parse)]
    pub page: String,
    /// How many times to suggest: soon, on several days, and at different times of day
    #[arg(long, value_name = "NUMBER", default_value_t = USUAL_TIMES, value_parser = count)]
    pub count: usize,
    /// A time to suggest instead, as often as there are times: a local time in the host's zone, or one with an offset
    #[arg(long, value_name = "TIME", value_parser = Time::parse, conflicts_with = "count")]
    pub slot: Vec<Time>,
    /// The duration in minutes; by default, the page's first
    #[arg(long, value_name = "MINUTES")]
    pub duration: Option<u32>,
    /// The reader's time zone, such as Europe/Berlin; by default, the host's
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub time_zone: Option<Zone>,
    /// Who the times are suggested to
    #[command(flatten)]
    pub reader: Reader,
    /// The campaign that the links belong to
    #[command(flatten)]
    pub campaign: Campaign,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Leave out what the bookings and calendars stored in this folder take
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// How suggested times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Plain text
    Text,
    /// HTML for an email
    Html,
}

fn count(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_TIMES).contains(number));
    number.ok_or_else(|| format!("a number from 1 to {MOST_TIMES}"))
}

fn zone(text: &str) -> Result<Zone, String> {
    Zone::read(text).map_err(|_| "name it as Europe/Berlin or Asia/Tokyo".to_owned())
}

/// Prints the times to standard output.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let (host, meeting) = meetings::find(&site, &arguments.page)?;
    let shared = SharedPage { site: &site, host, meeting };
    let now = sources.clock.now();
    let locale = shared.locale(arguments.reader.locale.as_deref())?;
    let words =
        theme.words(locale).ok_or_else(|| Failure::saying(format!("there are no words in `{locale}`")))?;
    let duration_minutes = shared.duration(arguments.duration)?;
    let zone = arguments.time_zone.as_ref().unwrap_or(&host.time_zone);
    let taken = match &arguments.data {
        Some(data) => Some(taken::of_page(data, host, meeting, now)?),
        None => None,
    };
    let claims = taken.as_ref().map_or(&[][..], |taken| &taken.claims);
    let query = Query { now, with_notice: true, dates: None, page: &meeting.page, claims };
    let starts = if arguments.slot.is_empty() {
        let windows = meeting.rules.windows(&query);
        spread(
            &windows,
            meeting.rules.start_every_minutes,
            duration_minutes,
            [zone, &host.time_zone],
            arguments.count,
        )
    } else {
        let mut starts = Vec::new();
        for slot in &arguments.slot {
            starts.push(shared.start(slot, duration_minutes, &query)?);
        }
        starts.sort_unstable();
        starts.dedup();
        starts
    };
    if starts.is_empty() {
        return Err(Failure::saying(format!("{} has no free times.", meeting.page)));
    }
    if let Some(taken) = &taken {
        let ends = |start: &i64| Span { start: *start, end: start + i64::from(duration_minutes) * 60 };
        let spans: Vec<Span> = starts.iter().map(ends).collect();
        if let Some(doubt) = taken::unknown(taken, host, meeting, &spans, now) {
            match meeting.when_unknown {
                WhenUnknown::Refuse => {
                    return Err(Failure::saying(format!(
                        "{doubt}: {} would be refused.",
                        if spans.len() == 1 { "it" } else { "they" }
                    )));
                }
                WhenUnknown::Request => printer.tell(&format!("{doubt}: a booking would be a request.")),
            }
        }
    }
    let other_duration = (duration_minutes != meeting.rules.durations_minutes[0]).then_some(duration_minutes);
    let link = |start: Option<i64>| -> Result<String, Failure> {
        let page = shared.plain(locale);
        let link = proposal::link(page, start, &starts, other_duration, arguments.time_zone.as_ref());
        within_bounds(arguments.reader.on(arguments.campaign.on(link))?.address())
    };
    let mut times: Vec<(DateTime<Utc>, String)> = Vec::new();
    for start in &starts {
        times.push((DateTime::from_timestamp(*start, 0).unwrap_or_default(), link(Some(*start))?));
    }
    let others = link(None)?;
    let proposal = Proposal {
        words,
        title: scheduling::definition::words_in(&meeting.title, locale),
        host_name: &host.name,
        host_zone: &host.time_zone,
        zone,
        duration_minutes,
        times: &times,
        others: &others,
    };
    printer.answer(&match arguments.format {
        Format::Text => proposal.text(),
        Format::Html => proposal.html(),
    });
    if starts.len() < arguments.count && arguments.slot.is_empty() {
        printer.tell(&format!("There are no more than {} free times.", starts.len()));
    }
    if meeting.invite_only {
        printer.tell(&format!(
            "{} can be booked by invitation only, and these links are not invitations: `generator link {} --once` makes one.",
            meeting.page, meeting.page
        ));
    }
    tell_sandbox(&site, printer);
    if arguments.data.is_none() {
        printer.tell(&taken::not_considered(meeting));
    }
    Ok(())
}
