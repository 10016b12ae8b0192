//! A calendar on a `CalDAV` server: from an address of any page there to the calendar's own.

use edge::connecting::{Account, Listed, Undiscovered, discover, server_of};
use edge::local::Sender;
use scheduling::definition::CalendarSource;
use url::Url;

use super::addresses::{is_same, is_unencrypted, leads_to, web};
use super::ask::{Asker, Question, some};
use super::secret::{Origin, Secret};
use super::tried;
use crate::failure::Failure;

/// The arguments about servers.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CaldavArguments {
    /// The address of the server or of the calendar, or an email address there
    #[arg(long, help_heading = "CalDAV")]
    pub(super) url: Option<String>,
    /// Who is let in; at Microsoft, the mailbox's address
    #[arg(long, help_heading = "CalDAV")]
    pub(super) user: Option<String>,
    /// Which of the calendars there, by its name or address
    #[arg(long, help_heading = "CalDAV")]
    pub(super) calendar: Option<String>,
}

/// A server's address that was typed.
struct Start {
    url: Url,
    /// The user, where it was an email address.
    user: Option<String>,
}

/// The way to a calendar, which its server names.
pub(super) fn caldav(
    arguments: &CaldavArguments,
    name: String,
    set: Option<Secret>,
    (sender, asker): (&Sender, &Asker),
) -> Result<(CalendarSource, Secret), Failure> {
    let text = "The address of the server or of the calendar, or your email address there";
    let question = Question { text, argument: "url", default: None };
    let start = asker.ask(&question, arguments.url.as_deref(), start)?;
    if is_unencrypted(&start.url) {
        let question = format!(
            "{} is not encrypted: the password could be read on the way. Send it all the same?",
            server(&start.url)
        );
        asker.must_agree(&question, "In a script, give an address that begins with https://.")?;
    }
    let question =
        Question { text: "The user’s name there", argument: "user", default: start.user.as_deref() };
    let user = asker.ask(&question, arguments.user.as_deref(), user_name)?;
    let secret = if let Some(secret) = set {
        secret
    } else {
        let value = asker.hidden("The password, best an app password", &name, some)?;
        Secret { name, value, origin: Origin::Typed("the password") }
    };
    // Whoever sets a secret from a file often has the end of a line in it.
    let account = Account { user: &user, password: secret.value.trim_end_matches(['\r', '\n']) };
    let listed = listed(start.url.clone(), account, (sender, asker))?;
    let url = chosen(&start.url, &listed, arguments.calendar.as_deref(), asker)?;
    Ok((CalendarSource::Caldav { url, user, secret: secret.name.clone() }, secret))
}

/// The calendars of an account, by an address of its server.
fn listed(
    mut start: Url,
    account: Account<'_>,
    (sender, asker): (&Sender, &Asker),
) -> Result<Vec<Listed>, Failure> {
    loop {
        let shown = start.as_str().strip_suffix('/').filter(|_| start.path() == "/");
        let shown = shown.unwrap_or(start.as_str());
        asker.printer.tell(&format!("Looking for calendars at {shown} …"));
        match tried::runtime()?.block_on(discover(sender, start.as_str(), account)) {
            Ok(listed) => return Ok(listed),
            Err(Undiscovered::Elsewhere(url)) => {
                let url = web(&url).map_err(Failure::saying)?;
                let server = server(&url);
                let open = if is_unencrypted(&url) { ", which is not encrypted" } else { "" };
                let question = format!("The calendars are at {server}{open}. Send the password there?");
                let otherwise =
                    format!("In a script, give `--url {server}` if the password may be sent there.");
                asker.must_agree(&question, &otherwise)?;
                start = url;
            }
            Err(Undiscovered::Because(reason)) => {
                return Err(Failure::saying(format!(
                    "no calendar was found at {shown}: {reason}. Nothing was changed. docs/calendars.md names the \
                     addresses and passwords of some services."
                )));
            }
        }
    }
}

/// The address of the one that is meant. What is not where it was looked for is not taken unasked.
fn chosen(start: &Url, listed: &[Listed], given: Option<&str>, asker: &Asker) -> Result<String, Failure> {
    for (number, calendar) in listed.iter().enumerate() {
        let note = match calendar.is_writable {
            Some(true) => "",
            Some(false) => " (can only be read)",
            None => " (does not say whether it can be written to)",
        };
        asker.printer.tell(&format!("  {}. {}{note}  {}", number + 1, calendar.name, calendar.url));
    }
    let is_there = listed.iter().any(|one| leads_to(start, &one.url));
    match (listed, given) {
        ([only], None) if is_there => return Ok(only.url.clone()),
        ([only], None) => {
            let otherwise = format!("In a script, give `--calendar {}`.", only.url);
            asker.must_agree(
                &format!("There is no calendar at {start}, but this one. Connect it?"),
                &otherwise,
            )?;
            return Ok(only.url.clone());
        }
        (_, None) if !is_there => asker.printer.tell(&format!("There is no calendar at {start}, but these.")),
        _ => {}
    }
    let question =
        Question { text: "Which of these, by its number or name", argument: "calendar", default: None };
    asker.ask(&question, given, |typed| {
        let number = typed.parse::<usize>().ok().and_then(|number| listed.get(number.checked_sub(1)?));
        let mut named = listed.iter().filter(|one| one.name == typed || is_same(&one.url, typed));
        match (named.next(), named.next(), number) {
            (Some(one), None, _) | (None, None, Some(one)) => Ok(one.url.clone()),
            (Some(_), Some(_), _) => Err(format!("several are called `{typed}`: give its address")),
            _ if typed.is_empty() => some(typed),
            _ => Err(format!("no calendar there is called `{typed}`")),
        }
    })
}

/// Scheme, host and port.
fn server(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn start(typed: &str) -> Result<Start, String> {
    let typed = some(typed)?;
    let is_email = typed.contains('@') && !typed.contains('/');
    let place = if is_email { typed.rsplit_once('@').map_or("", |(_, domain)| domain) } else { &typed };
    let place = place.to_lowercase();
    if ["gmail.com", "googlemail.com"].contains(&place.as_str()) {
        return Err(
            "Google has no CalDAV that takes a password: start again with the kind `google`".to_owned()
        );
    }
    if ["outlook.com", "hotmail.com", "live.com", "office365.com"].contains(&place.as_str()) {
        return Err("Microsoft has no CalDAV: start again with the kind `microsoft` or `feed`".to_owned());
    }
    let neither = || "that is neither a web address nor an email address".to_owned();
    let server = server_of(&typed);
    if server.contains(char::is_whitespace)
        || !["http://", "https://"].iter().any(|web| server.starts_with(web))
    {
        return Err(neither());
    }
    let parsed = Url::parse(&server).map_err(|_| neither())?;
    let url = web(parsed.as_str())?;
    Ok(Start { url, user: is_email.then_some(typed) })
}

fn user_name(typed: &str) -> Result<String, String> {
    // RFC 7617, 2.
    if typed.contains(':') {
        Err("a user’s name cannot have a colon in it".to_owned())
    } else if typed.contains(char::is_control) {
        Err("a user’s name cannot have control characters in it".to_owned())
    } else {
        some(typed)
    }
}
