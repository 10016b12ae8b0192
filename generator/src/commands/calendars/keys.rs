//! What lets Daymark in at Google and at Microsoft: made from a key's file, from an application's secret, or by
//! somebody's consent.

use std::fs;
use std::path::PathBuf;

use edge::connecting::{KeyFile, Registration};
use edge::local::Sender;
use scheduling::definition::Role;

use super::ask::{Asker, Question, one_of, some};
use super::loopback;
use super::secret::{Origin, Secret};
use crate::failure::Failure;

/// The arguments about keys.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct KeyArguments {
    /// The JSON file of a service account's key, or of an OAuth client
    #[arg(long, value_name = "FILE", help_heading = "Google")]
    key: Option<PathBuf>,
    /// application (an administrator lets it in), or consent (you sign in yourself)
    #[arg(long, help_heading = "Microsoft")]
    way: Option<String>,
    /// The directory (tenant) ID, or consumers for a personal account
    #[arg(long, value_name = "ID", help_heading = "Microsoft")]
    tenant: Option<String>,
    /// The application (client) ID
    #[arg(long, value_name = "ID", help_heading = "Microsoft")]
    client: Option<String>,
    /// The address of Graph in a national cloud, such as <https://graph.microsoft.us/v1.0>
    #[arg(long, value_name = "URL", help_heading = "Microsoft")]
    api_endpoint: Option<String>,
    /// The address that gives tokens there, which ends in /oauth2/v2.0/token
    #[arg(long, value_name = "URL", help_heading = "Microsoft")]
    token_endpoint: Option<String>,
    /// The port of this machine on which the answer to a consent is awaited; by default, a free one
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
}

/// What lets Daymark in.
pub(super) struct Given {
    pub(super) secret: Secret,
    /// It is a program's own, and nobody's consent.
    pub(super) is_account: bool,
}

/// The key of a service account, or a consent to a client.
pub(super) fn google(
    arguments: &KeyArguments,
    name: String,
    set: Option<Secret>,
    role: Role,
    (sender, asker): (&Sender, &Asker),
) -> Result<Given, Failure> {
    if let Some(secret) = set {
        let is_account = matches!(KeyFile::read(&secret.value), Ok(KeyFile::Account { .. }));
        return Ok(Given { secret, is_account });
    }
    let text = "The JSON file of the service account’s key, or of an OAuth client";
    let question = Question { text, argument: "key", default: None };
    let given = arguments.key.as_ref().map(|path| path.display().to_string());
    let (path, text, file) = asker.ask(&question, given.as_deref(), key_file)?;
    match file {
        KeyFile::Account { email } => {
            let permission = match role {
                Role::Busy => "See all event details",
                Role::Write | Role::Both => "Make changes to events",
            };
            asker.printer.tell(&format!(
                "Share the calendar with {email}: in Google Calendar on the web, in its settings under “Shared with”, with \
                 the permission “{permission}”."
            ));
            asker.wait("it is shared")?;
            Ok(Given { secret: Secret { name, value: text, origin: Origin::File(path) }, is_account: true })
        }
        KeyFile::Client(file) => {
            let token =
                loopback::consent(file.client(role != Role::Busy), arguments.port, sender, asker.printer)?;
            let value = file.secret(&token);
            Ok(Given { secret: Secret { name, value, origin: Origin::Made }, is_account: false })
        }
    }
}

fn key_file(typed: &str) -> Result<(PathBuf, String, KeyFile), String> {
    let path = PathBuf::from(some(typed)?);
    let text = fs::read_to_string(&path).map_err(|cause| format!("{typed} cannot be read: {cause}"))?;
    let file = KeyFile::read(&text).map_err(|wrong| format!("{typed} {wrong}"))?;
    Ok((path, text, file))
}

/// An application that an administrator has let in, or a user's consent to one.
pub(super) fn microsoft(
    arguments: &KeyArguments,
    name: String,
    set: Option<Secret>,
    role: Role,
    (sender, asker): (&Sender, &Asker),
) -> Result<Given, Failure> {
    if let Some(secret) = set {
        let is_account = !secret.value.contains("\"refresh_token\"");
        return Ok(Given { secret, is_account });
    }
    let text =
        "Who lets Daymark in? application (an administrator does), or consent (you do, in your browser)";
    let question = Question { text, argument: "way", default: Some("application") };
    let ways = [("application", false), ("consent", true)];
    let by_consent = asker.ask(&question, arguments.way.as_deref(), |typed| one_of(typed, &ways))?;
    let (text, usual) = if by_consent {
        ("The directory (tenant) ID, or consumers for a personal account", Some("consumers"))
    } else {
        ("The directory (tenant) ID", None)
    };
    let question = Question { text, argument: "tenant", default: usual };
    let tenant_id = asker.ask(&question, arguments.tenant.as_deref(), some)?;
    let question = Question { text: "The application (client) ID", argument: "client", default: None };
    let client_id = asker.ask(&question, arguments.client.as_deref(), some)?;
    let KeyArguments { api_endpoint, token_endpoint, .. } = arguments.clone();
    let client_secret =
        if by_consent { None } else { Some(asker.hidden("The client secret’s value", &name)?) };
    let registration = Registration { tenant_id, client_id, client_secret, api_endpoint, token_endpoint };
    let token = if by_consent {
        Some(loopback::consent(
            registration.client(role != Role::Busy),
            arguments.port,
            sender,
            asker.printer,
        )?)
    } else {
        None
    };
    let value = registration.secret(token.as_deref());
    Ok(Given { secret: Secret { name, value, origin: Origin::Made }, is_account: !by_consent })
}
