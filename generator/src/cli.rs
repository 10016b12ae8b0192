//! The command line: what can be asked for, and how it is written.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use edge::local::Clock;
use scheduling::zone::Zone;

use crate::commands::{self, Sources};
use crate::printer::Printer;

/// Every mistake in the content was reported, or what was asked for cannot be done.
pub const EXIT_MISTAKES: u8 = 1;

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

/// Where things are, for every command.
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
    #[arg(long, global = true, value_name = "URL")]
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
    Serve(ServeArguments),
    /// Create a host or a meeting page, as a file that builds at once
    New {
        #[command(subcommand)]
        what: NewCommand,
    },
    /// Explain why a time is offered, or which rules prevent it
    Explain(ExplainArguments),
    /// Show what has changed for visitors since a commit, in Markdown
    Diff(DiffArguments),
    /// Print a host's key, for the host's own pages and the API below `/api/host/`
    Token(TokenArguments),
    /// Test the endpoints that receive events
    Webhook {
        #[command(subcommand)]
        what: WebhookCommand,
    },
    /// Print a shell's completion script, such as `generator completions bash`
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
enum NewCommand {
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

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    /// Send an `endpoint.test` to each endpoint in the content, signed with the secrets in the environment
    Test(WebhookTestArguments),
}

/// How to serve.
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// The port to listen on; 0 for any free port
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// The folder where bookings and the secret are stored
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
    /// Serve visitors: at the site's own address, without watching files or reloading pages
    #[arg(long)]
    pub production: bool,
    /// Also send webhooks over plain HTTP and to private addresses, as without --production
    #[arg(long, requires = "production")]
    pub private_webhooks: bool,
    /// A proxy whose X-Forwarded-For is trusted (may be repeated)
    #[arg(long, value_name = "ADDRESS", requires = "production")]
    pub trusted_proxy: Vec<IpAddr>,
}

/// What to explain.
#[derive(Clone, Debug, Args)]
pub struct ExplainArguments {
    /// The page, such as aiko/intro
    pub page: String,
    /// A local time in the host's zone, such as 2026-12-01T10:00, or a time with an offset
    pub time: String,
    /// The duration in minutes; by default, the page's first
    #[arg(long, value_name = "MINUTES")]
    pub duration: Option<u32>,
    /// Also consider the bookings stored in this folder
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// Since when.
#[derive(Clone, Debug, Args)]
pub struct DiffArguments {
    /// A commit, a branch or a tag, such as origin/main
    #[arg(value_name = "GIT REF")]
    pub commit: String,
}

/// Whose key.
#[derive(Clone, Debug, Args)]
pub struct TokenArguments {
    /// The host's folder
    pub host: String,
    /// The folder with the secret, unless `DAYMARK_SECRET` is set
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
}

/// Which endpoints to try.
#[derive(Clone, Debug, Args)]
pub struct WebhookTestArguments {
    /// Test only the endpoint at this address
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
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
        Command::Build => commands::build::run(&sources, printer),
        Command::Check => commands::check::print(&sources, printer),
        Command::Serve(arguments) => commands::serve::run(&sources, &arguments, printer),
        Command::New { what: NewCommand::Host { folder } } => {
            commands::new::print_host(&sources, &folder, printer)
        }
        Command::New { what: NewCommand::Meeting { page } } => {
            commands::new::print_meeting(&sources, &page, printer)
        }
        Command::Explain(arguments) => commands::explain::run(&sources, &arguments, printer),
        Command::Diff(arguments) => commands::diff::run(&sources, &arguments, printer),
        Command::Token(arguments) => commands::token::run(&sources, &arguments, printer),
        Command::Webhook { what: WebhookCommand::Test(arguments) } => {
            commands::webhook::test(&sources, &arguments, printer)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "generator", &mut script);
            printer.answer(&String::from_utf8_lossy(&script));
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
        .map_err(|_| "write it as 2026-12-01T09:00:00Z, with an offset or Z".to_owned())
}
