//! `generator calendars add`: from the first question to the lines in host.toml, with the calendar tried in between.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use edge::Outgoing as _;
use edge::connecting::{Account, Listed, Undiscovered, discover, server_of};
use edge::local::Sender;
use publishing::content::is_variable_name;
use publishing::render::Theme;
use scheduling::definition::{Calendar, CalendarSource, HostDefinition, Role};
use scheduling::token::is_ledger_name;
use toml::Value;

use super::ask::{Asker, Question, one_of, some};
use super::keys;
use super::secret::{Origin, Secret, WithSecret};
use super::tried;
use crate::commands::hosts;
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
    /// The address of the server or of the calendar, or an email address there
    #[arg(long, help_heading = "CalDAV")]
    url: Option<String>,
    /// Who is let in; at Microsoft, the mailbox's address
    #[arg(long, help_heading = "CalDAV")]
    user: Option<String>,
    /// Which of the calendars there, by its name or address
    #[arg(long, help_heading = "CalDAV")]
    calendar: Option<String>,
    /// The calendar's ID, also at Microsoft
    #[arg(long, help_heading = "Google")]
    id: Option<String>,
    #[command(flatten)]
    keys: keys::KeyArguments,
    /// Add it to host.toml, instead of printing what belongs there
    #[arg(long)]
    write: bool,
}

#[derive(Clone, Copy)]
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
const ROLES: [(&str, Role); 3] = [("busy", Role::Busy), ("write", Role::Write), ("both", Role::Both)];

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
    let table = table(&calendar);
    let is_written = arguments.write
        || (io::stdin().is_terminal()
            && adding.asker.agrees(&format!("Add it to {}?", path.display()), "Give `--write`.")?);
    if is_written {
        write(&path, &table, sources, &theme, printer)?;
        printer.tell(&format!("Added {} to {}.\n\n", calendar.name, path.display()));
    } else {
        printer.tell(&format!("Put this into {}:\n\n", path.display()));
        printer.answer(&table);
        printer.tell("");
    }
    let other = host.calendars.iter().find(|other| other.is_written_to());
    if let (Some(other), true) = (other, calendar.is_written_to()) {
        let (new, known) = (&calendar.name, &other.name);
        printer.tell(&format!(
            "Bookings can be written to {known} as well, and are written to one of them only where it is named: put \
             `write_to = \"{new}\"` or `write_to = \"{known}\"` into each page.\n"
        ));
    }
    printer.tell(&secret.instructions());
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

    /// The way to the calendar, which is found by asking its server where it is needed.
    fn source(&self, kind: Kind, role: Role, name: String) -> Result<(CalendarSource, Secret), Failure> {
        let asker = &self.asker;
        let set = self.sender.secret(&name);
        let set = |name: String| set.map(|value| Secret { name, value, origin: Origin::Environment });
        let typed = |name: String, question, what| {
            let value = asker.hidden(question, &name)?;
            Ok::<_, Failure>(Secret { name, value, origin: Origin::Typed(what) })
        };
        let (user, id) = (self.arguments.user.as_deref(), self.arguments.id.as_deref());
        match kind {
            Kind::Feed => {
                let secret = set(name.clone())
                    .map_or_else(|| typed(name, "The feed’s secret address", "the feed’s address"), Ok)?;
                Ok((CalendarSource::Feed { secret: secret.name.clone() }, secret))
            }
            Kind::Caldav => {
                let text = "The address of the server or of the calendar, or your email address there";
                let question = Question { text, argument: "url", default: None };
                let start = asker.ask(&question, self.arguments.url.as_deref(), server)?;
                let usual = self.arguments.url.as_deref().filter(|url| is_email(url));
                let usual = start.1.as_deref().or(usual);
                let question = Question { text: "The user’s name there", argument: "user", default: usual };
                let user = asker.ask(&question, user, user_name)?;
                let secret = set(name.clone())
                    .map_or_else(|| typed(name, "The password, best an app password", "the password"), Ok)?;
                let url = self.discovered(&start.0, &user, &secret)?;
                Ok((CalendarSource::Caldav { url, user, secret: secret.name.clone() }, secret))
            }
            Kind::Google => {
                let given =
                    keys::google(&self.arguments.keys, name.clone(), set(name), role, (self.sender, asker))?;
                let usual = if given.is_account { self.host.email.as_str() } else { "primary" };
                let text = "The calendar’s ID, as in its settings under “Integrate calendar”";
                let id = asker.ask(&Question { text, argument: "id", default: Some(usual) }, id, some)?;
                Ok((CalendarSource::Google { id, secret: given.secret.name.clone() }, given.secret))
            }
            Kind::Microsoft => {
                let given = keys::microsoft(
                    &self.arguments.keys,
                    name.clone(),
                    set(name),
                    role,
                    (self.sender, asker),
                )?;
                let question = Question {
                    text: "The mailbox’s address",
                    argument: "user",
                    default: Some(&self.host.email),
                };
                let user = given.is_account.then(|| asker.ask(&question, user, some)).transpose()?;
                let (id, secret) = (id.map(str::to_owned), given.secret.name.clone());
                Ok((CalendarSource::Microsoft { user, id, secret }, given.secret))
            }
        }
    }

    /// The address of one of the calendars of an account.
    fn discovered(&self, start: &str, user: &str, secret: &Secret) -> Result<String, Failure> {
        let mut start = start.to_owned();
        // Whoever sets a secret from a file often has the end of a line in it.
        let account = Account { user, password: secret.value.trim_end_matches(['\r', '\n']) };
        let listed = loop {
            self.printer.tell(&format!("Looking for calendars at {start} …"));
            match tried::runtime()?.block_on(discover(self.sender, &start, account)) {
                Ok(listed) => break listed,
                Err(Undiscovered::Elsewhere(url)) => {
                    let server = url.split('/').take(3).collect::<Vec<_>>().join("/");
                    let question =
                        format!("The calendars are at {server}. Is that one to be told the password?");
                    let otherwise =
                        format!("In a script, give `--url {server}`, if it is to be told the password.");
                    if !self.asker.agrees(&question, &otherwise)? {
                        return Err(Failure::saying("nothing was changed."));
                    }
                    start = url;
                }
                Err(Undiscovered::Because(reason)) => {
                    return Err(Failure::saying(format!(
                        "no calendar was found at {start}: {reason}. Nothing was changed. docs/calendars.md names the \
                         addresses and passwords of some services."
                    )));
                }
            }
        };
        self.chosen(&listed)
    }

    fn chosen(&self, listed: &[Listed]) -> Result<String, Failure> {
        for (number, calendar) in listed.iter().enumerate() {
            let note = match calendar.is_writable {
                Some(true) => "",
                Some(false) => " (can only be read)",
                None => " (does not say whether it can be written to)",
            };
            self.printer.tell(&format!("  {}. {}{note}  {}", number + 1, calendar.name, calendar.url));
        }
        if let ([only], None) = (listed, &self.arguments.calendar) {
            return Ok(only.url.clone());
        }
        let question =
            Question { text: "Which of these, by its number or name", argument: "calendar", default: None };
        self.asker.ask(&question, self.arguments.calendar.as_deref(), |typed| {
            let number = typed.parse::<usize>().ok().and_then(|number| listed.get(number.checked_sub(1)?));
            let mut named = listed.iter().filter(|one| one.url == typed || one.name == typed);
            match (named.next(), named.next(), number) {
                (Some(one), None, _) | (None, None, Some(one)) => Ok(one.url.clone()),
                (Some(_), Some(_), _) => Err(format!("several are called `{typed}`: name its address")),
                _ => Err(format!("no calendar there is called `{typed}`")),
            }
        })
    }

    /// Reads it, and writes to it where that is wanted. Fails where it does not do what it is to do.
    fn try_out(&self, calendar: &Calendar, secret: &Secret) -> Result<(), Failure> {
        let way_out = WithSecret { sender: self.sender, secret };
        let name = &calendar.name;
        let tried = tried::read(&way_out, self.host, (calendar, None))?
            .map_err(|doubt| format!("{name} {doubt}. Nothing was changed: mend that, and start again."));
        let tried = tried.map(|said| self.printer.tell(&format!("It can be read: {said}.")));
        let tried = match tried {
            Ok(()) if calendar.is_written_to() => tried::write(&way_out, self.host, calendar)?
                .map(|said| self.printer.tell(&format!("And {said}."))),
            tried => tried,
        };
        tried.map_err(|wrong| {
            if matches!(secret.origin, Origin::Made) {
                // What somebody has consented to is worth keeping.
                self.printer.tell(&secret.instructions());
            }
            Failure::saying(wrong)
        })
    }
}

/// The address of a server, and the user where an email address has named both.
fn server(typed: &str) -> Result<(String, Option<String>), String> {
    let typed = some(typed)?;
    let place = typed.rsplit_once('@').map_or(typed.as_str(), |(_, domain)| domain).to_lowercase();
    if typed.contains("://") && typed.contains('@') {
        return Err("give the address without a user or a password".to_owned());
    }
    if ["gmail.com", "googlemail.com"].contains(&place.as_str()) {
        return Err(
            "Google has no CalDAV that takes a password: start again with the kind `google`".to_owned()
        );
    }
    if ["outlook.com", "hotmail.com", "live.com", "office365.com"].contains(&place.as_str()) {
        return Err("Microsoft has no CalDAV: start again with the kind `microsoft` or `feed`".to_owned());
    }
    let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    let server = server_of(&typed);
    if !is_web(&server) || server.contains(char::is_whitespace) {
        return Err("that is neither a web address nor an email address".to_owned());
    }
    let user = is_email(&typed).then_some(typed);
    Ok((server, user))
}

fn is_email(text: &str) -> bool {
    text.contains('@') && !text.contains("://")
}

fn user_name(typed: &str) -> Result<String, String> {
    // RFC 7617, 2.
    if typed.contains(':') { Err("a user’s name has no colon".to_owned()) } else { some(typed) }
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

/// The lines in host.toml.
fn table(calendar: &Calendar) -> String {
    let mut pairs = vec![("name", calendar.name.as_str()), ("kind", calendar.source.kind())];
    match &calendar.source {
        CalendarSource::Feed { .. } => {}
        CalendarSource::Caldav { url, user, .. } => pairs.extend([("url", url.as_str()), ("user", user)]),
        CalendarSource::Google { id, .. } => pairs.push(("id", id)),
        CalendarSource::Microsoft { user, id, .. } => {
            pairs.extend(user.as_deref().map(|user| ("user", user)));
            pairs.extend(id.as_deref().map(|id| ("id", id)));
        }
    }
    pairs.push(("secret", calendar.source.secret()));
    let role = ROLES.iter().find(|(_, role)| *role == calendar.role && *role != Role::Busy);
    pairs.extend(role.map(|(word, _)| ("role", *word)));
    let lines = pairs.into_iter().map(|(key, value)| format!("{key} = {}\n", Value::from(value)));
    format!("[[calendars]]\n{}", lines.collect::<String>())
}

/// Adds a table to a file, which is as it was before if anything is wrong with it then.
fn write(
    path: &Path,
    table: &str,
    sources: &Sources,
    theme: &Theme,
    printer: Printer,
) -> Result<(), Failure> {
    let cannot = |cause: io::Error| Failure::saying(format!("{} cannot be changed: {cause}", path.display()));
    let before = fs::read_to_string(path).map_err(cannot)?;
    let gap = if before.ends_with('\n') { "\n" } else { "\n\n" };
    let file = |path: &PathBuf| OpenOptions::new().append(true).open(path);
    let path_of = path.to_owned();
    file(&path_of).and_then(|mut file| file.write_all(format!("{gap}{table}").as_bytes())).map_err(cannot)?;
    let loaded = sources.load_content(theme)?;
    if loaded.site.is_some() {
        return Ok(());
    }
    let restored = OpenOptions::new().write(true).open(path);
    restored.and_then(|file| file.set_len(before.len() as u64)).map_err(cannot)?;
    printer.show(&loaded.diagnostics.without_doubts().draw(&sources.drawing(printer)));
    printer.tell(&format!("This would belong into it:\n\n{table}"));
    Err(Failure::saying(format!(
        "{} was left as it was, as it would not be right with this calendar.",
        path.display()
    )))
}
