//! `generator export`: all of a host's bookings and contacts, from the folder that `serve` keeps them in, as files or
//! to standard output. The folder is only read, also while a server writes to it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::ValueEnum as _;
use edge::exporting::{Seen, as_host_has_it, by_contact, table, view_of};
use publishing::content::Site;
use publishing::render::Theme;
use scheduling::booking::{Answer, Booking, Status};
use scheduling::contact::Touch;
use scheduling::definition::HostDefinition;
use scheduling::invitation::Feed;
use scheduling::ledger::{Cursor, Question};
use scheduling::{csv, view};
use serde_json::{Value, json};

use super::words::counted;
use super::{hosts, secret, taken};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// Bookings, or contacts, that are read at once.
const PART: u32 = 1000;
/// The ledger of all contacts on one machine.
const CONTACTS: &str = "contact.all";
/// The statuses that hold their time, as a calendar shows them.
const LIVE: [Status; 3] = [Status::Requested, Status::AwaitingPayment, Status::Confirmed];
/// What tells spreadsheets that a file is in UTF-8.
const MARK: &str = "\u{feff}";

const COLUMNS: [&str; 27] = [
    "id",
    "status",
    "outcome",
    "page",
    "title",
    "start",
    "end",
    "host_time",
    "name",
    "email",
    "guests",
    "location",
    "answers",
    "time_zone",
    "locale",
    "campaign",
    "source",
    "medium",
    "cancel_reason",
    "created_at",
    "changed_at",
    "payment_status",
    "price",
    "currency",
    "paid",
    "returned",
    "payment_reference",
];

/// The arguments of `export`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The host's folder
    pub host: String,
    /// The form of the bookings; with `--to`, all forms unless one is named
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Print the contacts instead of the bookings
    #[arg(long, conflicts_with = "to")]
    pub contacts: bool,
    /// Write bookings and contacts to files in this folder, instead of printing one of them
    #[arg(long, value_name = "FOLDER")]
    pub to: Option<PathBuf>,
    /// The folder that `serve --data` writes to
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated values (RFC 4180), for spreadsheets
    Csv,
    /// JSON, as the API below `/api/host/` answers
    Json,
    /// A calendar (iCalendar, RFC 5545): the bookings that take place
    Ics,
}

/// Prints one export to standard output, or writes all of them.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let host = hosts::find(&site, &arguments.host)?;
    taken::check_data(&arguments.data)?;
    let export = Export { site: &site, host, theme: &theme, data: &arguments.data, now: sources.clock.now() };
    if let Some(folder) = &arguments.to {
        return export.write(folder, arguments.format, printer);
    }
    let format = arguments.format.unwrap_or(Format::Csv);
    let text = if arguments.contacts { export.contacts(format)? } else { export.bookings(format)? };
    printer.pour(&text);
    Ok(())
}

struct Export<'a> {
    site: &'a Site,
    host: &'a HostDefinition,
    theme: &'a Theme,
    data: &'a Path,
    now: DateTime<Utc>,
}

impl Export<'_> {
    /// Writes all exports, or those of one format. Nothing is written over, and nothing at all if a file is there.
    fn write(&self, folder: &Path, format: Option<Format>, printer: Printer) -> Result<(), Failure> {
        let mut files = Vec::new();
        for known in
            Format::value_variants().iter().filter(|known| format.is_none_or(|format| format == **known))
        {
            files.push((*known, self.name("bookings", *known), self.bookings(*known)?));
            if *known != Format::Ics {
                files.push((*known, self.name("contacts", *known), self.contacts(*known)?));
            }
        }
        let unwritable = |path: &Path, cause: &io::Error| {
            Failure::saying(format!("{} cannot be written: {cause}", path.display()))
        };
        if let Some((_, name, _)) =
            files.iter().find(|(_, name, _)| folder.join(name).symlink_metadata().is_ok())
        {
            return Err(Failure::saying(format!(
                "{} already exists, and nothing is written over it. Name another folder with `--to`. Nothing was written.",
                folder.join(name).display()
            )));
        }
        fs::create_dir_all(folder).map_err(|cause| unwritable(folder, &cause))?;
        for (format, name, text) in files {
            let path = folder.join(&name);
            let mut file = private(&path).map_err(|cause| unwritable(&path, &cause))?;
            let mark = if format == Format::Csv { MARK } else { "" };
            file.write_all(mark.as_bytes())
                .and_then(|()| file.write_all(text.as_bytes()))
                .map_err(|cause| unwritable(&path, &cause))?;
            printer.tell(&format!("Created {}", path.display()));
        }
        let bookings = counted(self.all_bookings()?.len(), "booking");
        let contacts = counted(self.all_contacts()?.len(), "contact");
        printer.tell(&format!(
            "{} has {bookings} and {contacts}. Keep the files where nobody else reads them.",
            self.host.name
        ));
        Ok(())
    }

    fn name(&self, what: &str, format: Format) -> String {
        let ending = match format {
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Ics => "ics",
        };
        format!("{}-{what}.{ending}", self.host.folder)
    }

    fn bookings(&self, format: Format) -> Result<String, Failure> {
        let bookings = self.all_bookings()?;
        Ok(match format {
            Format::Csv => {
                let names = COLUMNS.map(str::to_owned);
                csv::table(std::iter::once(names).chain(bookings.iter().map(|booking| self.row(booking))))
            }
            Format::Json => {
                let views: Vec<Value> = bookings.iter().map(|booking| view_of(self.host, booking)).collect();
                format!("{:#}\n", json!({ "bookings": views }))
            }
            Format::Ics => {
                let locale = self.site.definition.default_locale();
                let words = self.theme.words(locale);
                let words =
                    words.ok_or_else(|| Failure::saying(format!("there are no words in `{locale}`")))?;
                let feed =
                    Feed { host_name: &self.host.name, words, base_url: &self.site.definition.base_url };
                let is_live = |booking: &Booking| LIVE.contains(&booking.status);
                feed.icalendar(&bookings.into_iter().filter(is_live).collect::<Vec<_>>())
            }
        })
    }

    fn contacts(&self, format: Format) -> Result<String, Failure> {
        let seen = || -> Result<Vec<Seen>, Failure> {
            let contacts = self.all_contacts()?;
            contacts.into_iter().map(|bookings| self.seen(bookings)).collect()
        };
        match format {
            Format::Csv => Ok(table(&seen()?)),
            Format::Json => {
                let views: Vec<Value> = seen()?.iter().map(|seen| seen.view(self.host)).collect();
                Ok(format!("{:#}\n", json!({ "contacts": views })))
            }
            Format::Ics => {
                Err(Failure::usage("contacts are no calendar: choose `--format csv` or `--format json`"))
            }
        }
    }

    /// The bookings as the content has their host now, sorted by start.
    fn all_bookings(&self) -> Result<Vec<Booking>, Failure> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (query, reading) = Question::bookings((None, None), None, after, PART).send();
            let answer = edge::local::peek(self.data, &self.host.ledger, &query, self.now)?;
            let part = reading.read(answer).map_err(|mismatched| Failure::saying(mismatched.to_string()))?;
            after = part.last().filter(|_| part.len() == PART as usize).map(Cursor::of);
            all.extend(part.iter().map(|booking| as_host_has_it(self.host, booking)));
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The bookings of each contact.
    fn all_contacts(&self) -> Result<Vec<Vec<Booking>>, Failure> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let (query, reading) = Question::contacts(None, before, PART).send();
            let answer = edge::local::peek(self.data, &self.host.ledger, &query, self.now)?;
            let part = reading.read(answer).map_err(|mismatched| Failure::saying(mismatched.to_string()))?;
            let part = by_contact(part);
            let newest = part.last().and_then(|last| last.first()).map(|newest| newest.id.clone());
            let is_last = part.len() < PART as usize;
            all.extend(part);
            if is_last {
                return Ok(all);
            }
            before = newest;
        }
    }

    /// A contact, with whether it is this host's.
    fn seen(&self, bookings: Vec<Booking>) -> Result<Seen, Failure> {
        let email = bookings[0].visitor.contact.normalised_email();
        let keys = self.secrets()?.contact_keys(&email);
        let mut owner = None;
        for key in keys.iter().rev() {
            let (query, reading) = Question::contact(key.clone()).send();
            let answer = edge::local::peek(self.data, CONTACTS, &query, self.now)?;
            let known = reading.read(answer).map_err(|mismatched| Failure::saying(mismatched.to_string()))?;
            owner = owner.or(known.and_then(|known| known.owner));
        }
        Ok(Seen::of(keys.into_iter().next().unwrap_or_default(), owner, bookings, self.host))
    }

    /// The secret that contacts are known by. None is made here, as it would be another one.
    fn secrets(&self) -> Result<scheduling::token::Secrets, Failure> {
        secret::kept(self.data)?.ok_or_else(|| {
            Failure::saying("set DAYMARK_SECRET to what the server has: contacts are known by it.")
        })
    }

    fn row(&self, booking: &Booking) -> [String; COLUMNS.len()] {
        let Touch { campaign, source, medium } = Touch::of(booking);
        let [payment_status, price, currency, paid, returned, payment_reference] =
            view::payment_cells(booking);
        let host_time = self.host.time_zone.to_wall_time(booking.start).format("%Y-%m-%d %H:%M");
        [
            booking.id.as_str().to_owned(),
            booking.status.name().to_owned(),
            json!(booking.outcome).as_str().unwrap_or_default().to_owned(),
            booking.page.clone(),
            booking.title.clone(),
            view::rfc3339(booking.start),
            view::rfc3339(booking.end),
            host_time.to_string(),
            booking.visitor.contact.name.clone(),
            booking.visitor.contact.email.clone(),
            booking.visitor.guests.join("\n"),
            booking.location.text().to_owned(),
            answers(&booking.visitor.answers),
            booking.visitor.time_zone.name().to_owned(),
            booking.visitor.locale.clone(),
            campaign.unwrap_or_default(),
            source.unwrap_or_default(),
            medium.unwrap_or_default(),
            booking.cancel_reason.clone().unwrap_or_default(),
            view::rfc3339(booking.created_at),
            view::rfc3339(booking.changed_at),
            payment_status,
            price,
            currency,
            paid,
            returned,
            payment_reference,
        ]
    }
}

/// Answers in one cell: a line for each question, by its id.
fn answers(answers: &BTreeMap<String, Answer>) -> String {
    let text = |answer: &Answer| match answer {
        Answer::Consent(given) => if *given { "yes" } else { "no" }.to_owned(),
        Answer::Text(text) => text.clone(),
        Answer::Choices(chosen) => chosen.join(", "),
    };
    let lines = answers.iter().map(|(id, answer)| format!("{id}: {}", text(answer)));
    lines.collect::<Vec<_>>().join("\n")
}

/// A new file that only its owner can read, as people's names and addresses are in it.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
