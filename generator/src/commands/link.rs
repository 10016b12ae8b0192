//! `generator link`: the link of a meeting page, with what it is to carry; or of all pages.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use publishing::content::{Page, Site};
use scheduling::availability::{Query, Window};
use scheduling::definition::{
    HostDefinition, LocaleCode, Location, Meeting, Question, QuestionKind, words_in,
};
use scheduling::mail::MailAddress;
use scheduling::text::one_line;
use scheduling::{csv, paths};
use serde_json::json;

use super::meetings;
use super::time::Time;
use super::words::list;
use crate::failure::Failure;
use crate::link::Link;
use crate::printer::Printer;
use crate::qr;
use crate::sources::Sources;

/// The longest link that is safe to share, in bytes.
const MOST_BYTES: usize = 2_000;

/// The arguments of `link`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The page, such as aiko/intro
    #[arg(value_parser = meetings::parse, required_unless_present = "all")]
    pub page: Option<String>,
    /// List the links of all pages, in each language
    #[arg(long, conflicts_with_all = ["page", "slot", "duration", "with", "qr", "qr_svg"])]
    pub all: bool,
    /// How the list is written
    #[arg(long, value_enum, default_value_t = Format::Table, requires = "all")]
    pub format: Format,
    /// The page's language; by default, the first of the site's that the page is in
    #[arg(long, value_name = "LANGUAGE")]
    pub locale: Option<String>,
    /// The duration to choose, in minutes
    #[arg(long, value_name = "MINUTES")]
    pub duration: Option<u32>,
    /// The time to choose: a local time in the host's zone, such as 2026-12-01T10:00, or a time with an offset
    #[arg(long, value_name = "TIME", value_parser = Time::parse)]
    pub slot: Option<Time>,
    /// The visitor's name, filled in
    #[arg(long)]
    pub name: Option<String>,
    /// The visitor's email address, filled in
    #[arg(long)]
    pub email: Option<String>,
    /// The campaign that the link belongs to
    #[command(flatten)]
    pub campaign: Campaign,
    /// Another parameter: an answer by its question's id, or a tracking parameter that the site keeps
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_parameter)]
    pub with: Vec<(String, String)>,
    /// Draw the link as a QR code, too
    #[arg(long)]
    pub qr: bool,
    /// Write the link as a QR code to an SVG file, for print
    #[arg(long, value_name = "FILE")]
    pub qr_svg: Option<PathBuf>,
}

/// The campaign that a link belongs to: a booking keeps it, and its contact the last one.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Campaign {
    /// The campaign, such as spring-launch
    #[arg(long, value_name = "NAME")]
    pub utm_campaign: Option<String>,
    /// The place where the link stands, such as newsletter
    #[arg(long, value_name = "NAME")]
    pub utm_source: Option<String>,
    /// The kind of place, such as email
    #[arg(long, value_name = "NAME")]
    pub utm_medium: Option<String>,
    /// The word that was searched for
    #[arg(long, value_name = "NAME")]
    pub utm_term: Option<String>,
    /// Tells links of one campaign apart
    #[arg(long, value_name = "NAME")]
    pub utm_content: Option<String>,
}

impl Campaign {
    /// A link that carries it.
    pub(super) fn on(&self, link: Link) -> Link {
        let Self { utm_campaign, utm_source, utm_medium, utm_term, utm_content } = self;
        [
            ("utm_campaign", utm_campaign),
            ("utm_source", utm_source),
            ("utm_medium", utm_medium),
            ("utm_term", utm_term),
            ("utm_content", utm_content),
        ]
        .into_iter()
        .fold(link, |link, (name, value)| link.with(name, value.as_deref().unwrap_or_default().trim()))
    }
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns, to read
    Table,
    /// Comma-separated values (RFC 4180)
    Csv,
    /// A JSON array of objects
    Json,
}

fn parse_parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE, such as topic=Pricing")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Prints the link, or the list, and nothing else, to standard output.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let Some(page) = &arguments.page else {
        printer.answer(&all(&site, arguments)?);
        return Ok(());
    };
    let (host, meeting) = meetings::find(&site, page)?;
    let case = Case { site: &site, host, meeting };
    let address = case.link(arguments, sources.clock.now())?.address();
    if address.len() > MOST_BYTES {
        return Err(Failure::saying(format!(
            "the link would have {} bytes; mail programs and servers cut links at {MOST_BYTES}",
            address.len()
        )));
    }
    let too_long = || Failure::saying("the link is too long for a QR code");
    let code =
        if arguments.qr { Some(qr::drawn(&address, printer.colour()).ok_or_else(too_long)?) } else { None };
    if let Some(file) = &arguments.qr_svg {
        let drawing = qr::svg(&address).ok_or_else(too_long)?;
        std::fs::write(file, drawing)
            .map_err(|fault| Failure::saying(format!("{} cannot be written: {fault}", file.display())))?;
    }
    printer.answer(&address);
    if let Some(code) = code {
        printer.show(&code);
    }
    if let Some(file) = &arguments.qr_svg {
        printer.tell(&format!("The QR code is in {}.", file.display()));
    }
    if site.definition.sandbox.is_some() {
        printer.tell("The site is in sandbox mode: only the addresses that it lists can book.");
    }
    Ok(())
}

/// The page that is to be shared.
pub(super) struct Case<'a> {
    pub(super) site: &'a Site,
    pub(super) host: &'a HostDefinition,
    pub(super) meeting: &'a Meeting,
}

impl Case<'_> {
    fn link(&self, arguments: &Arguments, now: DateTime<Utc>) -> Result<Link, Failure> {
        let mut link = self.plain(self.locale(arguments.locale.as_deref())?);
        let duration = self.duration(arguments.duration)?;
        if let Some(slot) = &arguments.slot {
            let page = &self.meeting.page;
            let query = Query { now, with_notice: true, dates: None, page, claims: &[] };
            link = link.with_slot(self.start(slot, duration, &query)?);
        }
        if arguments.duration.is_some() {
            link = link.with("duration", &duration.to_string());
        }
        for (at, (name, value)) in arguments.with.iter().enumerate() {
            if arguments.with[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Failure::usage(format!(
                    "`{name}` is given twice: several choices are parted by commas"
                )));
            }
            link = link.with(self.known(name, value)?, value);
        }
        let visitor = (arguments.name.as_deref(), arguments.email.as_deref());
        about_visitor(arguments.campaign.on(link), visitor)
    }

    /// The plain link in a language.
    pub(super) fn plain(&self, locale: &str) -> Link {
        Link::to(address(self.site, locale, &self.meeting.page))
    }

    /// The duration that is wanted, or the page's first.
    pub(super) fn duration(&self, wanted: Option<u32>) -> Result<u32, Failure> {
        let durations = &self.meeting.rules.durations_minutes;
        let duration = wanted.unwrap_or(durations[0]);
        if durations.contains(&duration) {
            return Ok(duration);
        }
        Err(Failure::saying(format!(
            "{} cannot be booked for {duration} minutes. Its durations are: {}.",
            self.meeting.page,
            list(durations)
        )))
    }

    /// The language that is wanted, or the site's first that the page has words in.
    pub(super) fn locale(&self, wanted: Option<&str>) -> Result<&str, Failure> {
        let page = self.host_pages().find(|page| page.slug == self.slug());
        let has = |code: &&LocaleCode| page.is_some_and(|page| page.description.contains_key(*code));
        let mut locales = self.site.definition.locales.iter().filter(has);
        let Some(wanted) = wanted else {
            return Ok(locales.next().map_or("", String::as_str));
        };
        let known: Vec<&str> = locales.map(String::as_str).collect();
        known.iter().find(|code| code.eq_ignore_ascii_case(wanted)).copied().ok_or_else(|| {
            let known = known.join(", ");
            Failure::saying(format!(
                "{} is not available in `{wanted}`. It is in: {known}.",
                self.meeting.page
            ))
        })
    }

    fn host_pages(&self) -> impl Iterator<Item = &Page> {
        let host = self.site.hosts.iter().find(|host| host.definition.folder == self.host.folder);
        host.into_iter().flat_map(|host| &host.pages)
    }

    fn slug(&self) -> &str {
        self.meeting.page.split_once('/').map_or("", |(_, slug)| slug)
    }

    /// The one start that a time on the command line means, if the page offers it.
    pub(super) fn start(&self, time: &Time, duration: u32, query: &Query<'_>) -> Result<i64, Failure> {
        let zone = &self.host.time_zone;
        let [start] = time.instants(zone)[..] else {
            return Err(Failure::saying(if time.instants(zone).is_empty() {
                format!("{} does not exist in {}: the clocks skip it.", time.text, zone.name())
            } else {
                format!(
                    "{} happens twice in {}: the clocks go back. Write it with its offset.",
                    time.text,
                    zone.name()
                )
            }));
        };
        let rules = &self.meeting.rules;
        let offers = |window: &Window| window.offers(start, rules.start_every_minutes, duration);
        if rules.windows(query).iter().any(offers) {
            return Ok(start);
        }
        let Self { meeting: Meeting { page, .. }, .. } = self;
        let text = &time.text;
        Err(Failure::saying(format!(
            "{page} does not offer {text} for {duration} minutes. `generator explain {page} {text} --duration {duration}` says why."
        )))
    }

    /// A parameter, if the page or the site reads it, and can do something with its value.
    fn known<'b>(&self, name: &'b str, value: &str) -> Result<&'b str, Failure> {
        let questions = &self.meeting.questions;
        let numbered = name.strip_prefix('a').and_then(|number| number.parse::<usize>().ok());
        let by_number = numbered.and_then(|number| questions.get(number.checked_sub(1)?));
        if let Some(question) = questions.iter().find(|question| question.id == name).or(by_number) {
            return answers(question, value).map(|()| name);
        }
        let asks_where = matches!(self.meeting.location, Location::Ask(_)) && name == "location";
        let asks_phone =
            name == "phone" && questions.iter().any(|question| question.kind == QuestionKind::Phone);
        let kept = &self.site.definition.tracking_parameters;
        if asks_where
            || asks_phone
            || ["month", "date", "tz"].contains(&name)
            || kept.iter().any(|kept| kept == name)
        {
            return Ok(name);
        }
        let ids = questions.iter().map(|question| question.id.as_str());
        let known: Vec<&str> = ids.chain(kept.iter().map(String::as_str)).collect();
        let page = &self.meeting.page;
        Err(Failure::saying(if known.is_empty() {
            format!(
                "{page} asks nothing that `{name}` could answer, and the site keeps no parameters of its own."
            )
        } else {
            let known = known.join(", ");
            format!(
                "`{name}` is neither a question of {page} nor a tracking parameter of the site. These are: {known}."
            )
        }))
    }
}

/// Checks that a value is an answer to a question.
fn answers(question: &Question, value: &str) -> Result<(), Failure> {
    let id = &question.id;
    if question.kind == QuestionKind::Consent {
        return Err(Failure::saying(format!("`{id}` is a consent: only the visitor can give it.")));
    }
    let (QuestionKind::Choice(options) | QuestionKind::Choices(options)) = &question.kind else {
        return Ok(());
    };
    let named = |one: &str| {
        let is = |words: &str| words.trim().eq_ignore_ascii_case(one.trim());
        options.iter().any(|option| is(&option.id) || option.label.values().any(|label| is(label)))
    };
    let several = matches!(question.kind, QuestionKind::Choices(_));
    if named(value) || (several && value.split(',').all(named)) {
        return Ok(());
    }
    let known: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
    Err(Failure::saying(format!("`{id}` has no option `{value}`. It has: {}.", known.join(", "))))
}

/// A link that fills in the visitor's name and address, where they are known.
pub(super) fn about_visitor(
    link: Link,
    (name, email): (Option<&str>, Option<&str>),
) -> Result<Link, Failure> {
    let name = one_line(name.unwrap_or_default());
    let email = email.unwrap_or_default().trim();
    if !email.is_empty() && MailAddress::parse(email).is_err() {
        return Err(Failure::usage(format!("`{email}` is not an email address")));
    }
    Ok(link.with("name", &name).with("email", email))
}

/// Where a page is published.
fn address(site: &Site, locale: &str, page: &str) -> String {
    format!("{}{}", site.definition.base_url, paths::page(&site.definition.locales, locale, page))
}

/// One line of the list.
struct Listed<'a> {
    page: &'a str,
    locale: &'a str,
    title: &'a str,
    link: String,
}

fn all(site: &Site, arguments: &Arguments) -> Result<String, Failure> {
    let mut listed = Vec::new();
    for host in &site.hosts {
        for page in &host.pages {
            let meeting = &host.definition.meetings[&page.slug];
            let wanted = |code: &&String| {
                arguments.locale.as_ref().is_none_or(|wanted| code.eq_ignore_ascii_case(wanted))
            };
            for locale in page.description.keys().filter(wanted) {
                let link = arguments.campaign.on(Link::to(address(site, locale, &meeting.page)));
                let visitor = (arguments.name.as_deref(), arguments.email.as_deref());
                let link = about_visitor(link, visitor)?.address();
                let title = words_in(&meeting.title, locale);
                listed.push(Listed { page: &meeting.page, locale, title, link });
            }
        }
    }
    if listed.is_empty() {
        let what = arguments.locale.as_ref().map_or_else(
            || "there are no pages".to_owned(),
            |locale| format!("no page is available in `{locale}`"),
        );
        return Err(Failure::saying(what));
    }
    Ok(match arguments.format {
        Format::Table => table(&listed),
        Format::Csv => {
            let names = ["page", "locale", "title", "link"].map(str::to_owned);
            let row = |one: &Listed<'_>| [one.page, one.locale, one.title, &one.link].map(str::to_owned);
            // Lines end as they do in a terminal.
            csv::table(std::iter::once(names).chain(listed.iter().map(row))).replace("\r\n", "\n")
        }
        Format::Json => {
            let object = |one: &Listed<'_>| json!({ "page": one.page, "locale": one.locale, "title": one.title, "link": one.link });
            let objects: Vec<_> = listed.iter().map(object).collect();
            format!("{:#}", json!(objects))
        }
    })
}

fn table(listed: &[Listed<'_>]) -> String {
    let width = |text: fn(&Listed<'_>) -> usize| listed.iter().map(text).max().unwrap_or(0);
    let (pages, locales) = (width(|one| one.page.len()), width(|one| one.locale.len()));
    let links = width(|one| one.link.len());
    let line = |one: &Listed<'_>| {
        format!("{:pages$}  {:locales$}  {:links$}  {}", one.page, one.locale, one.link, one.title)
    };
    listed.iter().map(line).collect::<Vec<_>>().join("\n")
}
