//! `generator import`: a host and pages from an account with another service, and a report of what was left out.

mod answer;
mod calcom;
mod calendly;
mod draft;
mod fetch;
mod files;
mod names;
mod placing;
mod report;
mod schedule;
mod service;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use scheduling::paths::RESERVED;
use scheduling::zone::Zone;

use self::answer::{Saved, Unreadable, answers};
use self::fetch::Way;
use self::files::{Choices, files, is_folder};
use self::names::Names;
use self::service::Service;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `import`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Arguments {
    /// Import an account with Calendly
    Calendly(Asked),
    /// Import an account with Cal.com, or with a server of your own that runs it
    Calcom(Asked),
}

/// The arguments of each service.
#[derive(Clone, Debug, clap::Args)]
pub struct Asked {
    /// Read saved answers of the API instead: files, or folders of `.json` files
    #[arg(long = "file", value_name = "FILE", num_args = 1.., conflicts_with_all = ["token_env", "url"])]
    pub files: Vec<PathBuf>,
    /// The environment variable with your token; by default `CALENDLY_TOKEN` or `CALCOM_TOKEN`
    #[arg(long, value_name = "NAME")]
    pub token_env: Option<String>,
    /// The address of the API, if it is not the service's own, such as `https://api.example.com/v2`
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The host's folder, instead of the last part of the account's link
    #[arg(long, value_name = "FOLDER")]
    pub host: Option<String>,
    /// The host's time zone, if the service has one that is not in the IANA database
    #[arg(long, value_name = "ZONE", value_parser = parse_zone)]
    pub time_zone: Option<Zone>,
    /// Your own room for video calls, for pages whose rooms were made by another program; `{random}` in it makes one
    /// for each booking
    #[arg(long, value_name = "URL", value_parser = parse_video)]
    pub video: Option<String>,
    /// Print the report only; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

fn parse_zone(text: &str) -> Result<Zone, String> {
    Zone::named(text).map_err(|_| "write a name of the IANA database, such as Europe/Berlin".to_owned())
}

fn parse_video(text: &str) -> Result<String, String> {
    let domain = text.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_room = domain.is_some_and(|domain| !domain.contains("{random}"))
        && !text.replace("{random}", "").contains(['{', '}'])
        && words::web_address(&text.replace("{random}", "random")).is_some();
    if is_room {
        Ok(text.to_owned())
    } else {
        Err("write it as https://meet.example.com/mara or https://meet.example.com/{random}".to_owned())
    }
}

/// Reads the account, checks what it becomes, and writes all of that or nothing. The report is the answer.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let (service, asked) = match arguments {
        Arguments::Calendly(asked) => (Service::Calendly, asked),
        Arguments::Calcom(asked) => (Service::Calcom, asked),
    };
    if let Some(folder) = asked.host.as_ref().filter(|folder| !is_folder(folder)) {
        let likely = publishing::content::as_name(folder);
        let such = likely.map_or_else(String::new, |likely| format!(", such as `{likely}`"));
        return Err(Failure::usage(format!(
            "`{folder}` cannot be part of a link: use up to 64 lower-case letters, digits and hyphens{such}"
        )));
    }
    let saved = if asked.files.is_empty() {
        fetch::answers_of(
            service,
            &Way { variable: asked.token_env.as_deref(), url: asked.url.as_deref() },
            sources.clock,
            printer,
        )?
    } else {
        read_files(&asked.files)?
    };
    let accounts = service.accounts(&saved)?;
    if asked.host.is_some() && accounts.len() > 1 {
        return Err(Failure::usage(format!(
            "--host names one folder, and these are {} accounts",
            accounts.len()
        )));
    }
    let choices =
        Choices { folder: asked.host.clone(), zone: asked.time_zone.clone(), video: asked.video.clone() };
    let mut folders = Names::without(&RESERVED);
    let today = sources.clock.now().date_naive();
    let hosts = accounts.into_iter().map(|account| files(account, &mut folders, &choices, today));
    let mut hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    let made_site = placing::place(&mut hosts, sources, asked.dry_run, printer)?;
    printer.answer(&report::report(&hosts, service, &sources.content, asked.dry_run));
    if asked.dry_run {
        printer.tell("Nothing was written. Leave `--dry-run` out to create these files.");
    } else {
        if made_site {
            printer.tell(&format!(
                "Created {} too: edit it first.",
                sources.content.join("site.toml").display()
            ));
        }
        printer.tell("Next: see it with `generator serve --drafts`.");
    }
    Ok(())
}

/// The answers in files, and in the files of folders.
fn read_files(paths: &[PathBuf]) -> Result<Vec<Saved>, Failure> {
    let mut saved = Vec::new();
    for path in paths {
        if path.is_dir() {
            let within = json_files(path)?;
            if within.is_empty() {
                return Err(Failure::saying(format!("{} has no `.json` files in it.", path.display())));
            }
            for file in within {
                saved.extend(read_file(&file)?);
            }
        } else {
            saved.extend(read_file(path)?);
        }
    }
    Ok(saved)
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|cause| unreadable(folder, &cause))? {
        let path = entry.map_err(|cause| unreadable(folder, &cause))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<Saved>, Failure> {
    let bytes = fs::read(path).map_err(|cause| unreadable(path, &cause))?;
    let origin = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| Unreadable::new(&origin, "this is not text in UTF-8"))?;
    Ok(answers(&text, &origin)?)
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::saying(format!("{} cannot be read: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use publishing::content::check_page;
    use serde_json::{Value, json};

    use super::*;

    fn samples(service: &str) -> Vec<Saved> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/import").join(service);
        read_files(&[folder]).unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    /// The ways (JSON pointers, RFC 6901) to all that is in a value.
    fn ways(value: &Value, way: &str, all: &mut Vec<String>) {
        all.push(way.to_owned());
        match value {
            Value::Object(object) => {
                for (key, below) in object {
                    ways(below, &format!("{way}/{key}"), all);
                }
            }
            Value::Array(items) => {
                for (at, below) in items.iter().enumerate() {
                    ways(below, &format!("{way}/{at}"), all);
                }
            }
            _ => {}
        }
    }

    /// Whatever is missing or of another kind, an account becomes files that can be read, or is refused with the place.
    #[track_caller]
    fn check_damaged(service: Service, folder: &str, least: usize) {
        let whole = samples(folder);
        let today = "2026-11-24".parse().unwrap();
        let (mut imported, mut refused) = (0, 0);
        let mut seen = BTreeSet::new();
        for (at, saved) in whole.iter().enumerate() {
            let mut all = Vec::new();
            ways(&saved.value, "", &mut all);
            for way in all {
                for other in [
                    Value::Null,
                    json!(-1),
                    json!(1e300),
                    json!("\u{1b}<b>&\n"),
                    json!([]),
                    json!({}),
                    json!(true),
                ] {
                    let mut damaged = whole.clone();
                    *damaged[at].value.pointer_mut(&way).unwrap() = other;
                    let accounts = match service.accounts(&damaged) {
                        Ok(accounts) => accounts,
                        Err(wrong) => {
                            let text = wrong.to_string();
                            assert!(
                                text.contains(".json: ") && text.ends_with(". Nothing was written."),
                                "{text}"
                            );
                            refused += 1;
                            continue;
                        }
                    };
                    imported += 1;
                    let mut folders = Names::without(&RESERVED);
                    for account in accounts {
                        let Ok(host) = files(account, &mut folders, &Choices::default(), today) else {
                            continue;
                        };
                        for page in host.pages.into_iter().filter(|page| seen.insert(page.text.clone())) {
                            let said = check_page(page.text.as_bytes()).to_string();
                            assert!(!said.contains("TOML"), "{way}: {said}");
                        }
                    }
                }
            }
        }
        assert!(imported > least && refused > least, "{imported} imported, {refused} refused");
    }

    #[test]
    fn damaged_answers_of_calendly_are_imported_or_refused() {
        check_damaged(Service::Calendly, "calendly", 300);
    }

    #[test]
    fn damaged_answers_of_cal_com_are_imported_or_refused() {
        check_damaged(Service::Calcom, "calcom", 300);
    }
}
