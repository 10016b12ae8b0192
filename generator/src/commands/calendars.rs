//! `generator calendars`: what each host's calendars say when they are read now. `calendars add` connects another.

mod add;
pub(super) mod addresses;
mod ask;
mod caldav;
mod host_file;
mod keys;
mod loopback;
pub(super) mod secret;
mod tried;
mod unseen;

use std::path::PathBuf;

use edge::Outgoing as _;
use edge::local::Sender;
use scheduling::calendar::Known;
use scheduling::definition::{Calendar, HostDefinition, Role};
use scheduling::ledger::Question;

use super::words::counted;
use super::{hosts, private};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `calendars`.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only this host's, by the host's folder
    #[arg(long, value_name = "FOLDER")]
    host: Option<String>,
    /// List them without reading them
    #[arg(long)]
    offline: bool,
    /// Also use what the server keeps in this folder: the token that Microsoft gave last in the place of an earlier one
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Connect a calendar: find it, try it, and print what to put into host.toml
    Add(Box<add::Arguments>),
}

/// Does what the arguments ask for.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    match &arguments.command {
        Some(Command::Add(arguments)) => add::execute(arguments, sources, printer),
        None => list(arguments, sources, printer),
    }
}

/// Lists the calendars, each with what it says now. Fails where one cannot be relied on.
fn list(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let chosen = match &arguments.host {
        Some(folder) => vec![hosts::find(&site, folder)?],
        None => site.hosts.iter().map(|host| &host.definition).collect(),
    };
    if let Some(host) = chosen.iter().find(|_| chosen.iter().all(|host| host.calendars.is_empty())) {
        let whose =
            if chosen.len() == 1 { format!("{} has", host.folder) } else { "The hosts have".to_owned() };
        printer.tell(&format!(
            "{whose} no calendars. Connect one with `generator calendars add {}`.",
            host.folder
        ));
        return Ok(());
    }
    let sender = Sender::new(sources.clock, true);
    let mut failures = 0;
    for host in chosen {
        let known = match &arguments.data {
            Some(data) => {
                let (query, asked) = Question::calendars().send();
                let answer = edge::local::peek(data, &host.ledger, &query, sources.clock.now())?;
                asked.read(answer).map_err(|mismatched| Failure::saying(mismatched.to_string()))?
            }
            None => Vec::new(),
        };
        for calendar in &host.calendars {
            let known = known.iter().find(|known| known.name == calendar.name);
            printer.answer(&described(host, calendar));
            if !arguments.offline {
                failures += usize::from(!is_well(&sender, host, (calendar, known), printer)?);
            }
        }
    }
    match failures {
        0 => Ok(()),
        count => Err(Failure::saying(format!("{} failed.", counted(count, "calendar")))),
    }
}

/// Reads a calendar, and prints what it says.
fn is_well(
    sender: &Sender,
    host: &HostDefinition,
    (calendar, known): (&Calendar, Option<&Known>),
    printer: Printer,
) -> Result<bool, Failure> {
    let name = calendar.source.secret();
    if sender.secret(name).is_none() {
        printer.answer(&format!(
            "  the secret {name} is not set here. To set it: `{}`, then paste it",
            secret::typed(name)
        ));
        return Ok(false);
    }
    let said = tried::read(sender, host, (calendar, known))?;
    let is_well = said.is_ok();
    printer.answer(&format!("  {}", said.unwrap_or_else(|doubt| doubt)));
    if let Some(doubt) = private::doubt(sender).filter(|_| is_well) {
        printer.answer(&format!("  once the site is published, it is reached {doubt}"));
    }
    Ok(is_well)
}

/// A calendar, and what its host's pages do with it.
fn described(host: &HostDefinition, calendar: &Calendar) -> String {
    let pages = |does: &dyn Fn(&scheduling::definition::Meeting) -> bool| {
        let names: Vec<&str> = host
            .meetings
            .values()
            .filter(|meeting| does(meeting))
            .map(|meeting| meeting.page.as_str())
            .collect();
        if names.is_empty() { "no page".to_owned() } else { names.join(", ") }
    };
    let read = || format!("read for {}", pages(&|meeting| meeting.calendars.contains(&calendar.name)));
    let written =
        || format!("written to by {}", pages(&|meeting| meeting.write_to.as_ref() == Some(&calendar.name)));
    let does = match calendar.role {
        Role::Busy => read(),
        Role::Write => written(),
        Role::Both => format!("{}; {}", read(), written()),
    };
    format!("{} of {} ({}): {does}", calendar.name, host.folder, calendar.source.kind())
}
