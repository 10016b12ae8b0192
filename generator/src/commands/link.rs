//! `generator link`: the link of a meeting page, with what it is to carry; invitations to it; the links of all pages.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};
use publishing::content::Site;
use scheduling::availability::Query;
use scheduling::csv;
use scheduling::definition::words_in;
use scheduling::invite::Invite;
use scheduling::link::Link;
use scheduling::token::Secrets;
use serde_json::json;

use super::invitation::Invitation;
use super::meetings;
use super::sharing::{Campaign, Reader, SharedPage, address, tell_sandbox, within_bounds};
use super::time::Time;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::qr;
use crate::sources::Sources;

/// The arguments of `link`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The page, such as aiko/intro
    #[arg(value_parser = meetings::parse, required_unless_present = "all")]
    pub page: Option<String>,
    /// List the links of all pages, in each language
    #[arg(long, group = "lists", conflicts_with_all = ["page", "slot", "duration", "with", "qr", "qr_svg"])]
    pub all: bool,
    /// How a list is written
    #[arg(long, value_enum, default_value_t = Format::Table, requires = "lists")]
    pub format: Format,
    /// The duration to choose, in minutes
    #[arg(long, value_name = "MINUTES")]
    pub duration: Option<u32>,
    /// The time to choose: a local time in the host's zone, such as 2026-12-01T10:00, or a time with an offset
    #[arg(long, value_name = "TIME", value_parser = Time::parse)]
    pub slot: Option<Time>,
    /// Who the link is for
    #[command(flatten)]
    pub reader: Reader,
    /// The campaign that the link belongs to
    #[command(flatten)]
    pub campaign: Campaign,
    /// What makes the link an invitation
    #[command(flatten)]
    pub invitation: Invitation,
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

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns, to read; of invitations, the links alone
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
    let shared = SharedPage { site: &site, host, meeting };
    let link = link(&shared, arguments, sources.clock.now())?;
    if arguments.invitation.count.is_some() {
        printer.answer(&invitations(&shared, arguments, &link, sources)?);
        arguments.invitation.tell_secret(&site, printer);
        tell_sandbox(&site, printer);
        return Ok(());
    }
    let address = if arguments.invitation.is_wanted() {
        invited(&shared, arguments, &link, (&arguments.invitation.secrets()?, sources))?.1
    } else {
        within_bounds(link.address())?
    };
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
    if arguments.invitation.is_wanted() {
        arguments.invitation.tell_secret(&site, printer);
    }
    if meeting.invite_only && !arguments.invitation.is_wanted() {
        printer.tell(&format!(
            "{page} can be booked by invitation only: with `--once`, the link is an invitation."
        ));
    }
    tell_sandbox(&site, printer);
    Ok(())
}

/// The link with all that it is to carry.
fn link(page: &SharedPage<'_>, arguments: &Arguments, now: DateTime<Utc>) -> Result<Link, Failure> {
    let mut link = page.plain(page.locale(arguments.reader.locale.as_deref())?);
    let duration = page.duration(arguments.duration)?;
    if let Some(slot) = &arguments.slot {
        let query = Query { now, with_notice: true, dates: None, page: &page.meeting.page, claims: &[] };
        let start = page.start(slot, duration, &query)?;
        arguments.invitation.check_start(start, &page.meeting.rules.time_zone)?;
        link = link.with_slot(start);
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
        link = link.with(page.known(name, value)?, value);
    }
    arguments.reader.on(arguments.campaign.on(link))
}

/// An invitation, and the link with it.
fn invited(
    page: &SharedPage<'_>,
    arguments: &Arguments,
    link: &Link,
    (secrets, sources): (&Secrets, &Sources),
) -> Result<(Invite, String), Failure> {
    let (duration, now) = (arguments.duration, sources.clock.now());
    let invite = arguments.invitation.make(page, duration, sources, now)?;
    let address = within_bounds(link.clone().with("invite", &invite.token(secrets)).address())?;
    Ok((invite, address))
}

/// A list of invitations.
fn invitations(
    page: &SharedPage<'_>,
    arguments: &Arguments,
    link: &Link,
    sources: &Sources,
) -> Result<String, Failure> {
    let secrets = arguments.invitation.secrets()?;
    let mut made = Vec::new();
    for _ in 0..arguments.invitation.count.unwrap_or(1) {
        made.push(invited(page, arguments, link, (&secrets, sources))?);
    }
    let expires = |invite: &Invite| invite.expires.to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok(match arguments.format {
        Format::Table => made.into_iter().map(|(_, link)| link).collect::<Vec<_>>().join("\n"),
        Format::Csv => {
            let names = ["link", "id", "uses", "expires"].map(str::to_owned);
            let row = |(invite, link): &(Invite, String)| {
                [link.clone(), invite.id.clone(), invite.uses.to_string(), expires(invite)]
            };
            csv::table(std::iter::once(names).chain(made.iter().map(row))).replace("\r\n", "\n")
        }
        Format::Json => {
            let object = |(invite, link): &(Invite, String)| json!({ "link": link, "id": invite.id, "uses": invite.uses, "expires": expires(invite) });
            format!("{:#}", json!(made.iter().map(object).collect::<Vec<_>>()))
        }
    })
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
                arguments.reader.locale.as_ref().is_none_or(|wanted| code.eq_ignore_ascii_case(wanted))
            };
            for locale in page.description.keys().filter(wanted) {
                let link = arguments.campaign.on(Link::to(address(site, locale, &meeting.page)));
                let link = arguments.reader.on(link)?.address();
                let title = words_in(&meeting.title, locale);
                listed.push(Listed { page: &meeting.page, locale, title, link });
            }
        }
    }
    if listed.is_empty() {
        let what = arguments.reader.locale.as_ref().map_or_else(
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
