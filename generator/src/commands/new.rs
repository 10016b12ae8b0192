//! `generator new`: a host or a meeting page that builds at once, for a newcomer to edit.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use publishing::content;
use scheduling::token::is_ledger_name;
use scheduling::zone::Zone;

use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `new`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Arguments {
    /// A host, such as `new host aiko`
    Host {
        /// The host's folder, which is the first part of every link
        folder: String,
    },
    /// A meeting page, such as `new meeting aiko/intro`
    Meeting {
        /// The host's folder, a slash, and the page's name
        page: String,
    },
}

/// A reason why nothing was created.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// The name cannot stand in a link.
    #[error(
        "`{name}` cannot be part of a link: use up to 64 lower-case letters, digits and hyphens{}",
        proposal(name)
    )]
    Name {
        /// The name as it was given.
        name: String,
    },
    /// The name leads to something else already.
    #[error("`/{folder}/` is {whose}: choose another name")]
    Taken {
        /// The folder.
        folder: String,
        /// Its owner.
        whose: String,
    },
    /// No file of that name is a page.
    #[error("`{name}` cannot be a page: `{name}.md` is for readers of the folder, and is not published")]
    Readme {
        /// The name as it was given.
        name: String,
    },
    /// A page is named by its host's folder and its own name.
    #[error("name the page together with its host, as in `aiko/{name}`")]
    NoHostNamed {
        /// The name as it was given.
        name: String,
    },
    /// There is no such host.
    #[error("there is no host `{folder}`: create it first with `generator new host {folder}`")]
    NoHost {
        /// The folder.
        folder: String,
    },
    /// There is such a file; it is left alone.
    #[error("{} already exists and was left as it is", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{} could not be written: {cause}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The system's message.
        cause: io::Error,
    },
}

/// Makes what the arguments ask for.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let made = match arguments {
        Arguments::Host { folder } => print_host(sources, folder, printer),
        Arguments::Meeting { page } => print_meeting(sources, page, printer),
    };
    made.map_err(|error| match error {
        NewError::Name { .. } | NewError::NoHostNamed { .. } | NewError::Readme { .. } => {
            Failure::usage(error.to_string())
        }
        _ => error.into(),
    })
}

/// Makes a host, and says what to do next.
fn print_host(sources: &Sources, folder: &str, printer: Printer) -> Result<(), NewError> {
    let made = host(&sources.content, folder, zone_of_this_machine().as_ref())?;
    tell_made(&made, printer);
    printer.tell(&format!("Next: `generator new meeting {folder}/intro`."));
    Ok(())
}

/// Makes a meeting page, and says what to do next.
fn print_meeting(sources: &Sources, page: &str, printer: Printer) -> Result<(), NewError> {
    tell_made(&meeting(&sources.content, page)?, printer);
    printer.tell("Next: edit it, and see it with `generator serve`.");
    Ok(())
}

fn tell_made(made: &[PathBuf], printer: Printer) {
    for path in made {
        printer.tell(&format!("Created {}", path.display()));
    }
}

/// Makes a host, and `site.toml` where there is none. Returns the files that were made.
pub fn host(root: &Path, folder: &str, zone: Option<&Zone>) -> Result<Vec<PathBuf>, NewError> {
    check_name(folder)?;
    if let Some(whose) = content::whose_folder(root, folder) {
        return Err(NewError::Taken { folder: folder.to_owned(), whose });
    }
    let path = root.join(folder).join("host.toml");
    write_new(&path, &host_file(folder, zone.map_or("UTC", Zone::name)))?;
    let site = root.join("site.toml");
    match write_new(&site, SITE_FILE) {
        Ok(()) => Ok(vec![site, path]),
        Err(NewError::Exists { .. }) => Ok(vec![path]),
        Err(error) => Err(error),
    }
}

/// Makes a meeting page, such as `aiko/intro`. Returns the file that was made.
pub fn meeting(root: &Path, page: &str) -> Result<Vec<PathBuf>, NewError> {
    let page = page.strip_suffix(".md").unwrap_or(page);
    let (folder, slug) =
        page.split_once('/').ok_or_else(|| NewError::NoHostNamed { name: page.to_owned() })?;
    check_name(folder)?;
    check_name(slug)?;
    if slug == content::README {
        return Err(NewError::Readme { name: slug.to_owned() });
    }
    if !root.join(folder).join("host.toml").is_file() {
        return Err(NewError::NoHost { folder: folder.to_owned() });
    }
    let path = root.join(folder).join(format!("{slug}.md"));
    write_new(&path, &meeting_file(slug))?;
    Ok(vec![path])
}

/// The zone that this machine is set to, where it can be told: a new host probably lives there.
pub fn zone_of_this_machine() -> Option<Zone> {
    let from_variable = std::env::var("TZ").ok();
    let from_link = || {
        let target = fs::read_link("/etc/localtime").ok()?;
        target.to_str()?.split_once("zoneinfo/").map(|(_, name)| name.to_owned())
    };
    let name = from_variable.map(|name| name.trim_start_matches(':').to_owned()).or_else(from_link)?;
    // A zone without a place has another name by now, which no file can have.
    Zone::named(&name).ok().filter(|zone| Zone::named(zone.name()).is_ok())
}

fn check_name(name: &str) -> Result<(), NewError> {
    if is_ledger_name(name) { Ok(()) } else { Err(NewError::Name { name: name.to_owned() }) }
}

fn proposal(name: &str) -> String {
    content::as_name(name).map_or_else(String::new, |proposed| format!(", such as `{proposed}`"))
}

fn write_new(path: &Path, text: &str) -> Result<(), NewError> {
    let unwritable = |cause| NewError::Unwritable { path: path.to_owned(), cause };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(unwritable),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(NewError::Exists { path: path.to_owned() })
        }
        Err(error) => Err(unwritable(error)),
    }
}

/// A name as people would write it: `first-call` is "First call".
fn title_of(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

/// A `site.toml` to begin with.
pub(super) const SITE_FILE: &str = r#"# The whole site. Every key is described in docs/configuration.md.
title = "Meet us"
base_url = "https://meet.example.com"      # where the site will be; `serve` uses its own address instead
locales = ["en"]                           # the first has no folder of its own in links
privacy = "We use what you enter for this meeting, and for nothing else."
"#;

fn host_file(folder: &str, zone: &str) -> String {
    let name = title_of(folder);
    format!(
        r#"# A host. The folder's name is the first part of every link: /{folder}/
name = "{name}"
email = "{folder}@example.com"             # your own address
time_zone = "{zone}"                       # all hours below are wall times there

[hours]                                    # the default of all your pages
mon-fri = ["09:00-12:00", "13:00-17:00"]

# [[dates]]                                # one day, or a range of days, with other hours; none at all is a day off
# date = "2026-12-24..2027-01-01"
# hours = []
"#
    )
}

fn meeting_file(slug: &str) -> String {
    let title = title_of(slug);
    format!(
        r#"+++
title = "{title}"
durations = [30]                           # minutes; several let visitors choose, the first is preselected
location = {{ ask = "Where shall we meet? Give a video link or a phone number." }}
# location = {{ video = "https://meet.example.com/{{random}}" }}    # a room for each booking; or phone = "…", or address = "…"
notice = "4h"                              # the least time from now to a start
window = "60d"                             # today, and this many days after it
# buffer = {{ after = "15m" }}               # kept free around each meeting
# limit = {{ per_day = 4 }}                  # bookings of this page
# price = {{ amount = 5000, currency = "EUR" }}    # €50.00, which needs `[payment]` in site.toml: see docs/payment.md
# draft = true                             # not published yet

[[questions]]                              # asked beside name and mail address
id = "topic"
label = "What would you like to talk about?"
kind = "long_text"                         # or text, choice, choices, number, phone, consent
+++
Describe the meeting here, in **Markdown**: visitors read it beside the times.
"#
    )
}
