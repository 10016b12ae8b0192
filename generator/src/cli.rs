//! The command line: what can be asked for, and how it is written.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, CommandFactory, Parser, Subcommand};
use edge::local::Clock;
use scheduling::zone::Zone;

use crate::commands::{build, check, completions, diff, explain, new, serve, token, webhook};
use crate::printer::Printer;
use crate::sources::Sources;

/// Every mistake in the content was reported, or what was asked for cannot be done.
pub const EXIT_MISTAKES: u8 = 1;

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 mistakes in the content or nothing could be done, 2 wrong usage.
What was asked for goes to standard output, everything else to standard error.

Examples:
  generator                                         content/ to dist/
  generator serve                                   try it all at http://127.0.0.1:8787/
  generator new meeting aiko/coffee                 a page that builds at once
  generator explain aiko/intro 2026-12-01T10:00     why that time is offered, or not";

/// Publishes meeting pages: TOML and Markdown to a fast static site.
#[derive(Debug, Parser)]
#[command(name = "generator", version = version(), after_help = AFTER_HELP, propagate_version = false)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    sources: SourceArguments,
}

/// Where things are, for every command.
#[derive(Clone, Debug, Args)]
struct SourceArguments {
    /// The folder with site.toml and the hosts' folders
    #[arg(long, global = true, value_name = "FOLDER", default_value = "content")]
    content: PathBuf,
    /// The folder to publish to
    #[arg(long, global = true, value_name = "FOLDER", default_value = "dist")]
    output: PathBuf,
    /// The folder with the templates, styles, scripts and words
    #[arg(long, global = true, value_name = "FOLDER", default_value = "site")]
    theme: PathBuf,
    /// Where the site will be, instead of what site.toml says
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    /// The time to take for now (RFC 3339), such as 2026-12-01T09:00:00Z
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_time)]
    now: Option<DateTime<Utc>>,
    /// Publish drafts too
    #[arg(long, global = true)]
    drafts: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Publish: content/ to dist/ (the default)
    Build,
    /// Report every mistake and every doubt; write nothing
    Check,
    /// Build, serve pages and bookings on one port, and follow what is edited
    Serve(serve::Arguments),
    /// Make a host or a meeting page, as a file that builds at once
    #[command(subcommand)]
    New(new::Arguments),
    /// Say why a time is offered, or which rule takes it away
    Explain(explain::Arguments),
    /// Say what changes for visitors since a commit, in Markdown
    Diff(diff::Arguments),
    /// Print the host's key for the API below `/api/host/`
    Token(token::Arguments),
    /// Try the endpoints that are told of bookings
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
        Command::Explain(arguments) => explain::execute(&arguments, &sources, printer),
        Command::Diff(arguments) => diff::execute(&arguments, &sources, printer),
        Command::Token(arguments) => token::execute(&arguments, &sources, printer),
        Command::Webhook(arguments) => webhook::execute(&arguments, &sources, printer),
        Command::Completions(arguments) => {
            completions::execute(&arguments, &mut Cli::command(), printer);
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.text {
                printer.fail(&text);
            }
            ExitCode::from(EXIT_MISTAKES)
        }
    }
}

impl SourceArguments {
    fn resolve(self) -> Sources {
        Sources {
            content: self.content,
            output: self.output,
            theme: self.theme,
            base_url: self.base_url.map(|url| url.trim_end_matches('/').to_owned()),
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
        .map_err(|_| "write it like 2026-12-01T09:00:00Z, with its offset or Z".to_owned())
}
