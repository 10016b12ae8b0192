//! The command line: what can be asked for, and how it is written.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, CommandFactory, Parser, Subcommand};
use edge::local::Clock;
use scheduling::zone::Zone;

use crate::commands::{
    build, calendars, check, completions, diff, erase, explain, export, import, link, new, propose, serve,
    token, webhook,
};
use crate::printer::Printer;
use crate::sources::Sources;

/// Every mistake in the content was reported, or what was asked for cannot be done.
pub const EXIT_MISTAKES: u8 = 1;
/// An argument cannot be read.
pub const EXIT_USAGE: u8 = 2;

const AFTER_HELP: &str = "\
Exit codes: 0 success, 1 errors in the content or another failure, 2 wrong usage.
Results go to standard output, everything else to standard error.

Examples:
  generator                                         build content/ into dist/
  generator serve                                   try everything at http://127.0.0.1:8787/
  generator new meeting aiko/coffee                 create a page that builds at once
  generator explain aiko/intro 2026-12-01T10:00     why that time is offered, or not";

/// Publishes meeting pages: TOML and Markdown become a fast static site.
#[derive(Debug, Parser)]
#[command(name = "generator", version = version(), after_help = AFTER_HELP, propagate_version = false)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    sources: SourceArguments,
}

/// The folders and other settings of every command.
#[derive(Clone, Debug, Args)]
struct SourceArguments {
    /// The folder with site.toml and the hosts' folders
    #[arg(long, global = true, value_name = "FOLDER", default_value = "content")]
    content: PathBuf,
    /// The folder to publish to
    #[arg(long, global = true, value_name = "FOLDER", default_value = "dist")]
    output: PathBuf,
    /// The folder with the templates, styles, scripts and texts
    #[arg(long, global = true, value_name = "FOLDER", default_value = "site")]
    theme: PathBuf,
    /// The site's address, instead of the one in site.toml
    #[arg(long, global = true, value_name = "URL", value_parser = publishing::content::base_url)]
    base_url: Option<String>,
    /// The time to use as now (RFC 3339), such as 2026-12-01T09:00:00Z
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_time)]
    now: Option<DateTime<Utc>>,
    /// Publish drafts too
    #[arg(long, global = true)]
    drafts: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build content/ into dist/ (the default)
    Build,
    /// Report every error and warning; write nothing
    Check,
    /// Build, serve pages and bookings on one port, and rebuild after every edit
    Serve(serve::Arguments),
    /// Create a host or a meeting page, as a file that builds at once
    #[command(subcommand)]
    New(new::Arguments),
    /// Create a host and pages from an account with Calendly or Cal.com, and report what was left out
    #[command(subcommand)]
    Import(Box<import::Arguments>),
    /// Export all bookings and contacts of a host, as CSV, JSON or a calendar
    Export(export::Arguments),
    /// Print a page's link, with a time, a campaign or a visitor's name in it, and as a QR code
    Link(Box<link::Arguments>),
    /// Print a few free times of a page to paste into an email, each a link that chooses it
    Propose(Box<propose::Arguments>),
    /// Explain why a time is offered, or which rules prevent it
    Explain(explain::Arguments),
    /// Show what has changed for visitors since a commit, in Markdown
    Diff(diff::Arguments),
    /// Print a host's key, for the host's own pages and the API below `/api/host/`, or a link that signs in
    Token(token::Arguments),
    /// Print a link to a page whose button erases everything about somebody, with every host
    Erase(erase::Arguments),
    /// List the hosts' calendars and try each, or connect another: `generator calendars add aiko`
    Calendars(calendars::Arguments),
    /// Test the endpoints that receive events
    #[command(subcommand)]
    Webhook(webhook::Arguments),
    /// Print a shell's completion script, such as `generator completions bash`
    Completions(completions::Arguments),
}

/// Runs what the arguments ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    let printer = Printer::of_this_process();
    let sources = cli.sources.resolve();
    let outcome = match cli.command.unwrap_or(Command::Build) {
        Command::Build => build::execute(&sources, printer),
        Command::Check => check::execute(&sources, printer),
        Command::Serve(arguments) => serve::execute(&arguments, &sources, printer),
        Command::New(arguments) => new::execute(&arguments, &sources, printer),
        Command::Import(arguments) => import::execute(&arguments, &sources, printer),
        Command::Export(arguments) => export::execute(&arguments, &sources, printer),
        Command::Link(arguments) => link::execute(&arguments, &sources, printer),
        Command::Propose(arguments) => propose::execute(&arguments, &sources, printer),
        Command::Explain(arguments) => explain::execute(&arguments, &sources, printer),
        Command::Diff(arguments) => diff::execute(&arguments, &sources, printer),
        Command::Token(arguments) => token::execute(&arguments, &sources, printer),
        Command::Erase(arguments) => erase::execute(&arguments, &sources, printer),
        Command::Calendars(arguments) => calendars::execute(&arguments, &sources, printer),
        Command::Webhook(arguments) => webhook::execute(&arguments, &sources, printer),
        Command::Completions(arguments) => {
            completions::execute(&arguments, &mut Cli::command(), printer);
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if failure.text.is_some() {
                printer.fail(&failure.shown());
            }
            ExitCode::from(if failure.is_usage { EXIT_USAGE } else { EXIT_MISTAKES })
        }
    }
}

impl SourceArguments {
    fn resolve(self) -> Sources {
        Sources {
            content: self.content,
            output: self.output,
            theme: self.theme,
            base_url: self.base_url,
            clock: Clock::starting_at(self.now),
            now: self.now,
            drafts: self.drafts,
            mailbox: false,
        }
    }
}

fn version() -> &'static str {
    static VERSION: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    VERSION.get_or_init(|| format!("{} (tzdb {})", env!("CARGO_PKG_VERSION"), Zone::database_version()))
}

fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "write it as 2026-12-01T09:00:00Z, with an offset or Z".to_owned())
}
