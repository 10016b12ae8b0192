//! `generator calendars add`: from the first question to the lines in host.toml, with the calendar tried in between.

use std::io::{self, IsTerminal};

use edge::Outgoing as _;
use edge::local::Sender;
use publishing::content::is_variable_name;
use scheduling::definition::{Calendar, CalendarSource, HostDefinition, Role};
use scheduling::token::is_ledger_name;

use super::addresses::{feed, is_same, is_unencrypted};
use super::ask::{Asker, Question, one_of, some};
use super::caldav::{self, CaldavArguments};
use super::host_file::{self, ROLES};
use super::secret::{Origin, Secret, WithSecret};
use super::{keys, tried};
use crate::commands::{hosts, private};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `calendars add`: what is not given is asked for.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// The host's folder
    host: String,
    /// feed, caldav, google, or microsoft
    #[arg(long)]
    kind: Option<String>,
    /// What pages are to call it, such as work
    #[arg(long)]
    name: Option<String>,
    /// busy (it is only read), write (bookings are written to it), or both
    #[arg(long)]
    role: Option<String>,
    /// The name of its secret, an environment variable. If that is set, nothing secret is asked for
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
    #[command(flatten)]
    caldav: CaldavArguments,
    /// The calendar's ID, also at Microsoft
    #[arg(long, help_heading = "Google")]
    id: Option<String>,
    #[command(flatten)]
    keys: keys::KeyArguments,
    /// Add it to host.toml, instead of printing what to put there
    #[arg(long)]
    write: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Feed,
    Caldav,
    Google,
    Microsoft,
}

const KINDS: [(&str, Kind); 4] = [
    ("feed", Kind::Feed),
    ("caldav", Kind::Caldav),
    ("google", Kind::Google),
    ("microsoft", Kind::Microsoft),
];

/// Asks, tries, and prints.
pub(super) fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let host = hosts::find(&site, &arguments.host)?;
    let sender = Sender::new(sources.clock, true);
    let adding = Adding { arguments, host, sender: &sender, asker: Asker::new(printer), printer };
    let tried = adding.calendar().and_then(|(calendar, secret)| {
        adding.try_out(&calendar, &secret)?;
        Ok((calendar, secret))
    });
    let (calendar, secret) = tried.map_err(|failure| match adding.asker.again() {
        Some(again) if failure.text.is_some() => {
            let text = failure.text.clone().unwrap_or_default();
            let again = format!("generator calendars add {} {again}", host.folder);
            Failure { text: Some(format!("{text}\nWith the same answers: {again}")), ..failure }
        }
        _ => failure,
    })?;
    let path = sources.content.join(&host.folder).join("host.toml");
    let table = host_file::table(&calendar);
    // Before the last question: whatever comes of that, a secret that was made is not lost.
    if !matches!(secret.origin, Origin::Consented) {
        printer.tell(&format!("\n{}\n", secret.instructions()));
    }
    let is_written = arguments.write
        || (io::stdin().is_terminal()
            && adding.asker.agrees(&format!("Add it to {}?", path.display()))? == Some(true));
    if is_written {
        host_file::write(&path, &table, sources, &theme, printer).inspect_err(|_| {
            printer.tell(&format!("This is what would have been added:\n\n{table}"));
        })?;
        printer.tell(&format!("Added {} to {}.", calendar.name, path.display()));
    } else {
        printer.tell(&format!("Put this into {}:\n\n", path.display()));
        printer.answer(&table);
    }
    let other = host.calendars.iter().find(|other| other.is_written_to());
    if let (Some(other), true) = (other, calendar.is_written_to()) {
        let (new, known) = (&calendar.name, &other.name);
        printer.tell(&format!(
            "\nBookings can be written to {known} as well, and are written to one of them only where it is named: put \
             `write_to = \"{new}\"` or `write_to = \"{known}\"` into each page."
        ));
    }
    printer.tell(
        "\nThen `generator calendars` tries it again, and `generator serve` or publishing makes use of it.",
    );
    Ok(())
}

/// A calendar that is being added.
struct Adding<'a> {
    arguments: &'a Arguments,
    host: &'a HostDefinition,
    sender: &'a Sender,
    asker: Asker,
    printer: Printer,
}

impl Adding<'_> {
    /// The calendar, and its secret.
    fn calendar(&self) -> Result<(Calendar, Secret), Failure> {
        let Arguments { kind: given, name, role, secret, .. } = self.arguments;
        let ask = |text, argument, default| Question { text, argument, default };
        let kind = ask("What kind of calendar is it? feed, caldav, google, or microsoft", "kind", None);
        let kind = self.asker.ask(&kind, given.as_deref(), |typed| one_of(typed, &KINDS))?;
        self.arguments.suit(kind)?;
        let free = ["work", "private", "family"].into_iter().find(|name| !self.has(name));
        let name = self.asker.ask(
            &ask("A name for it, for your pages", "name", free),
            name.as_deref(),
            |typed| self.free_name(typed),
        )?;
        let role = match kind {
            Kind::Feed => Role::Busy,
            Kind::Caldav | Kind::Google | Kind::Microsoft => {
                let usual =
                    if self.host.calendars.iter().any(Calendar::is_written_to) { "busy" } else { "both" };
                let text = "Its role: busy (only read), write (bookings are written to it), or both";
                self.asker
                    .ask(&ask(text, "role", Some(usual)), role.as_deref(), |typed| one_of(typed, &ROLES))?
            }
        };
        let usual = variable(&self.host.folder, &name);
        let question = ask("The name of its secret, an environment variable", "secret", Some(&usual));
        let secret = self.asker.ask(&question, secret.as_deref(), variable_name)?;
        let (source, secret) = self.source(kind, role, secret)?;
        Ok((Calendar { role, ..Calendar::new(name, source) }, secret))
    }

    fn has(&self, name: &str) -> bool {
        self.host.calendars.iter().any(|calendar| calendar.name == name)
    }

    fn free_name(&self, typed: &str) -> Result<String, String> {
        if self.has(typed) {
            Err(format!("{} already has a calendar `{typed}`: choose another name", self.host.folder))
        } else if is_ledger_name(typed) {
            Ok(typed.to_owned())
        } else {
            Err("use up to 64 lower-case letters, digits and hyphens; visitors do not see it".to_owned())
        }
    }

    /// The way to the calendar, which is found by asking its server where it is needed; not to one that the host has
    /// already.
    fn source(&self, kind: Kind, role: Role, name: String) -> Result<(CalendarSource, Secret), Failure> {
        let (arguments, asker) = (self.arguments, &self.asker);
        let set = self.sender.secret(&name);
        let set = set.map(|value| Secret { name: name.clone(), value, origin: Origin::Environment });
        let with = (self.sender, asker);
        match kind {
            Kind::Feed => {
                let secret = if let Some(secret) = set {
                    secret
                } else {
                    let read = |typed: &str| feed(typed).map(|_| typed.trim().to_owned());
                    let value = asker.hidden("The feed’s secret address", &name, read)?;
                    Secret { name, value, origin: Origin::Typed("the feed’s address") }
                };
                let source = CalendarSource::Feed { secret: secret.name.clone() };
                self.is_new(&source, Some(&secret.value))?;
                if feed(&secret.value).is_ok_and(|url| is_unencrypted(&url)) {
                    let question = "The feed’s address is not encrypted: it and the calendar could be read on the way. Read \
                                    it all the same?";
                    asker.must_agree(question, "In a script, set an address that begins with https://.")?;
                }
                Ok((source, secret))
            }
            Kind::Caldav => {
                let (source, secret) = caldav::caldav(&arguments.caldav, name, set, with)?;
                self.is_new(&source, None)?;
                Ok((source, secret))
            }
            Kind::Google => {
                let given = keys::google(&arguments.keys, name, set, role, with)?;
                let usual = if given.is_account() { self.host.email.as_str() } else { "primary" };
                let text = "The calendar’s ID, as in its settings under “Integrate calendar”";
                let question = Question { text, argument: "id", default: Some(usual) };
                let id = asker.ask(&question, arguments.id.as_deref(), some)?;
                let source = CalendarSource::Google { id, secret: given.name().to_owned() };
                self.is_new(&source, None)?;
                Ok((source, given.secret(arguments.keys.port, with)?))
            }
            Kind::Microsoft => {
                let given = keys::microsoft(&arguments.keys, name, set, role, with)?;
                let user = arguments.caldav.user.as_deref();
                let question = Question {
                    text: "The mailbox’s address",
                    argument: "user",
                    default: Some(&self.host.email),
                };
                if let (false, Some(_)) = (given.is_account(), user) {
                    let wrong = "--user: whoever consents has only their own mailbox: leave this out";
                    return Err(Failure::usage(wrong));
                }
                let user = given.is_account().then(|| asker.ask(&question, user, some)).transpose()?;
                let (id, secret) = (arguments.id.clone(), given.name().to_owned());
                let source = CalendarSource::Microsoft { user, id, secret };
                self.is_new(&source, None)?;
                Ok((source, given.secret(arguments.keys.port, with)?))
            }
        }
    }

    /// Fails where the host has that calendar already. A feed is known by its address, which is a secret.
    fn is_new(&self, source: &CalendarSource, address: Option<&str>) -> Result<(), Failure> {
        let is_same = |known: &CalendarSource| match (source, known) {
            (CalendarSource::Feed { secret }, CalendarSource::Feed { secret: known }) => {
                secret == known
                    || self.sender.secret(known).is_some_and(|known| is_same_feed(&known, address))
            }
            (CalendarSource::Caldav { url, .. }, CalendarSource::Caldav { url: known, .. }) => {
                is_same(url, known)
            }
            (
                CalendarSource::Google { id, secret },
                CalendarSource::Google { id: known, secret: known_secret },
            ) => id.eq_ignore_ascii_case(known) && (id != "primary" || secret == known_secret),
            (
                CalendarSource::Microsoft { user, id, secret },
                CalendarSource::Microsoft { user: known, id: known_id, secret: known_secret },
            ) => {
                let folded = |user: &Option<String>| user.as_deref().map(str::to_lowercase);
                id == known_id && folded(user) == folded(known) && (user.is_some() || secret == known_secret)
            }
            _ => false,
        };
        let Some(known) = self.host.calendars.iter().find(|known| is_same(&known.source)) else {
            return Ok(());
        };
        Err(Failure::saying(format!(
            "{} has this calendar already: it is `{}`. Change that one in host.toml instead. Nothing was changed.",
            self.host.folder, known.name
        )))
    }

    /// Reads it, and writes to it where that is wanted. Fails where it does not do what it is to do.
    fn try_out(&self, calendar: &Calendar, secret: &Secret) -> Result<(), Failure> {
        if matches!(secret.origin, Origin::Consented) {
            // Whatever comes of the trial, what somebody has consented to is worth keeping.
            self.printer.tell(&format!("\n{}\n", secret.instructions()));
        }
        let way_out = WithSecret { sender: self.sender, secret };
        let name = &calendar.name;
        // What was asked before to find the calendar is not asked again.
        let _ = self.sender.was_private();
        let tried = tried::read(&way_out, self.host, (calendar, None))?
            .map_err(|doubt| format!("{name} {doubt}. Nothing was changed: mend that, and start again."));
        let tried = tried.map(|said| self.printer.tell(&format!("It can be read: {said}.")));
        let tried = match tried {
            Ok(()) if calendar.is_written_to() => tried::write(&way_out, self.host, calendar)?
                .map(|said| self.printer.tell(&format!("And {said}."))),
            tried => tried,
        };
        tried.map_err(Failure::saying)?;
        if let Some(doubt) = private::doubt(self.sender) {
            self.printer.tell(&format!("Once the site is published, it is reached {doubt}."));
        }
        Ok(())
    }
}

impl Arguments {
    /// Fails where an argument is for other kinds: nothing that was given is ignored.
    fn suit(&self, kind: Kind) -> Result<(), Failure> {
        use Kind::{Caldav, Feed, Google, Microsoft};
        if kind == Feed && self.caldav.url.is_some() {
            return Err(Failure::usage(
                "--url: a feed’s address is a secret, and never an argument: set the environment variable that `--secret` names",
            ));
        }
        let is_busy = |role: &String| role.trim().eq_ignore_ascii_case("busy");
        if kind == Feed && !self.role.as_ref().is_none_or(is_busy) {
            return Err(Failure::usage("--role: a feed can only be read: its role is `busy`"));
        }
        let given: [(_, _, &[Kind]); 4] = [
            ("url", self.caldav.url.is_some(), &[Caldav]),
            ("user", self.caldav.user.is_some(), &[Caldav, Microsoft]),
            ("calendar", self.caldav.calendar.is_some(), &[Caldav]),
            ("id", self.id.is_some(), &[Google, Microsoft]),
        ];
        let of_google = self.keys.of_google().map(|(argument, is_given)| (argument, is_given, &[Google][..]));
        let of_microsoft =
            self.keys.of_microsoft().map(|(argument, is_given)| (argument, is_given, &[Microsoft][..]));
        let of_both = [("port", self.keys.port != 0, &[Google, Microsoft][..])];
        let all = given.into_iter().chain(of_google).chain(of_microsoft).chain(of_both);
        let mut others = all.filter(|(_, is_given, kinds)| *is_given && !kinds.contains(&kind));
        let Some((argument, _, kinds)) = others.next() else { return Ok(()) };
        let word = |kind: &Kind| KINDS.iter().find(|(_, one)| one == kind).map_or("", |(word, _)| word);
        let kinds: Vec<&str> = kinds.iter().map(word).collect();
        Err(Failure::usage(format!(
            "--{argument}: this is for the kind {}, and not for {}",
            kinds.join(" or "),
            word(&kind)
        )))
    }
}

fn is_same_feed(known: &str, address: Option<&str>) -> bool {
    let feeds = address.and_then(|address| feed(address).ok()).zip(feed(known).ok());
    feeds.is_some_and(|(one, other)| one == other)
}

fn variable_name(typed: &str) -> Result<String, String> {
    if is_variable_name(typed) {
        Ok(typed.to_owned())
    } else {
        Err("use capital letters, digits and underscores, as in AIKO_CALDAV; the secret itself is asked for later".to_owned())
    }
}

/// The usual name of a calendar's secret.
fn variable(folder: &str, name: &str) -> String {
    let name = format!("{folder}_{name}").replace('-', "_").to_uppercase();
    if is_variable_name(&name) { name } else { format!("_{name}") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Parser;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn each_argument_is_for_its_kinds_alone() {
        let of = |kind| match kind {
            Kind::Feed => &[][..],
            Kind::Caldav => &["url", "user", "calendar"],
            Kind::Google => &["id", "key", "port"],
            Kind::Microsoft => {
                &["user", "id", "way", "tenant", "client", "api-endpoint", "token-endpoint", "port"]
            }
        };
        let all: BTreeSet<&str> = KINDS.iter().flat_map(|(_, kind)| of(*kind)).copied().collect();
        for (word, kind) in KINDS {
            for argument in &all {
                let line = Line::parse_from(["add", "aiko", &format!("--{argument}=1")]);
                let kinds: Vec<&str> = KINDS
                    .iter()
                    .filter(|(_, kind)| of(*kind).contains(argument))
                    .map(|(word, _)| *word)
                    .collect();
                let told = match (kind, *argument) {
                    (Kind::Feed, "url") => "--url: a feed’s address is a secret, and never an argument: set the environment variable that `--secret` names".to_owned(),
                    _ => format!("--{argument}: this is for the kind {}, and not for {word}", kinds.join(" or ")),
                };
                let expected = if of(kind).contains(argument) { Ok(()) } else { Err(Failure::usage(told)) };
                assert_eq!(line.arguments.suit(kind), expected);
            }
        }
    }
}
