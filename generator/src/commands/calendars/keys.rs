//! What lets Daymark in at Google and at Microsoft: made from a key's file, from an application's secret, or by
//! somebody's consent.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use edge::connecting::{Client, ClientFile, KeyFile, Registration};
use edge::local::Sender;
use scheduling::definition::Role;
use serde_json::Value;

use super::addresses::{is_unencrypted, web};
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
    pub(super) port: u16,
}

impl KeyArguments {
    /// The arguments that are for Google alone, and whether they are given.
    pub(super) fn of_google(&self) -> [(&'static str, bool); 1] {
        [("key", self.key.is_some())]
    }

    /// The arguments that are for Microsoft alone, and whether they are given.
    pub(super) fn of_microsoft(&self) -> [(&'static str, bool); 5] {
        [
            ("way", self.way.is_some()),
            ("tenant", self.tenant.is_some()),
            ("client", self.client.is_some()),
            ("api-endpoint", self.api_endpoint.is_some()),
            ("token-endpoint", self.token_endpoint.is_some()),
        ]
    }

    /// Fails where a secret would be made from one of these, and is set already.
    fn give_way_to(&self, secret: &Secret) -> Result<(), Failure> {
        let given = self.of_google().into_iter().chain(self.of_microsoft()).chain([("port", self.port != 0)]);
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((argument, _)) => Err(Failure::usage(format!(
                "--{argument}: the secret {} is set here already: leave this out, or unset the secret",
                secret.name
            ))),
            None => Ok(()),
        }
    }
}

/// What lets Daymark in.
pub(super) enum Given {
    /// A secret; and whether it is a program's own, and nobody's consent.
    Ready(Secret, bool),
    /// The consent to a client, for the secret of that name.
    ToConsent(String, Box<Client>, Box<Consenting>),
}

/// What a secret is made of, with the token of a consent.
pub(super) enum Consenting {
    Google(ClientFile),
    Microsoft(Registration),
}

impl Given {
    /// The secret's name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Ready(Secret { name, .. }, _) | Self::ToConsent(name, ..) => name,
        }
    }

    /// True if it is a program's own, and nobody's consent.
    pub(super) fn is_account(&self) -> bool {
        matches!(self, Self::Ready(_, true))
    }

    /// The secret, once somebody has consented where that is needed.
    pub(super) fn secret(self, port: u16, (sender, asker): (&Sender, &Asker)) -> Result<Secret, Failure> {
        let (name, client, consenting) = match self {
            Self::Ready(secret, _) => return Ok(secret),
            Self::ToConsent(name, client, consenting) => (name, client, consenting),
        };
        let token = loopback::consent(*client, port, sender, asker.printer)?;
        let value = match *consenting {
            Consenting::Google(file) => file.secret(&token),
            Consenting::Microsoft(registration) => registration.secret(Some(&token)),
        };
        Ok(Secret { name, value, origin: Origin::Consented })
    }
}

/// The key of a service account, or a consent to a client.
pub(super) fn google(
    arguments: &KeyArguments,
    name: String,
    set: Option<Secret>,
    role: Role,
    (_, asker): (&Sender, &Asker),
) -> Result<Given, Failure> {
    if let Some(secret) = set {
        arguments.give_way_to(&secret)?;
        encrypted_in(&secret)?;
        let is_account = matches!(KeyFile::read(&secret.value), Ok(KeyFile::Account { .. }));
        return Ok(Given::Ready(secret, is_account));
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
            Ok(Given::Ready(Secret { name, value: text, origin: Origin::File(path) }, true))
        }
        KeyFile::Client(file) => {
            let client = file.client(role != Role::Busy);
            Ok(Given::ToConsent(name, Box::new(client), Box::new(Consenting::Google(file))))
        }
    }
}

fn key_file(typed: &str) -> Result<(PathBuf, String, KeyFile), String> {
    let path = file_at(&some(typed)?, env::var_os("HOME").as_deref().map(Path::new));
    let shown = path.display();
    let text = fs::read_to_string(&path).map_err(|cause| format!("{shown} cannot be read: {cause}"))?;
    let file = KeyFile::read(&text).map_err(|wrong| format!("{shown} {wrong}"))?;
    match unencrypted_in(&text) {
        Some(wrong) => Err(format!("{shown} {wrong}")),
        None => Ok((path, text, file)),
    }
}

/// Fails where a secret names an address to which secrets would be sent so that others can read them.
fn encrypted_in(secret: &Secret) -> Result<(), Failure> {
    let said = |wrong| Failure::saying(format!("the secret {} {wrong}. Nothing was changed.", secret.name));
    unencrypted_in(&secret.value).map_or(Ok(()), |wrong| Err(said(wrong)))
}

/// What is wrong with the addresses in a key, as JSON, in words that follow its name.
fn unencrypted_in(key: &str) -> Option<String> {
    let key = key.trim().trim_matches('\'').trim_start_matches('\u{feff}');
    let key: Value = serde_json::from_str(key).ok()?;
    let fields = ["token_uri", "token_endpoint", "auth_uri", "api_endpoint"];
    let is_read_on_the_way = |field: &&&str| {
        let address = [&key, &key["installed"]].into_iter().find_map(|part| part[**field].as_str());
        address.is_some_and(|address| web(address.trim()).is_ok_and(|url| is_unencrypted(&url)))
    };
    let field = fields.iter().find(is_read_on_the_way)?;
    Some(format!("has a `{field}` that should begin with https://, as secrets are sent there"))
}

/// A file as people name it: in quotes, with backslashes before spaces, or with `~`, as in a shell, which read none of
/// these where it was typed at a question.
fn file_at(typed: &str, home: Option<&Path>) -> PathBuf {
    if Path::new(typed).exists() {
        return PathBuf::from(typed);
    }
    let quoted = ['\'', '"'].into_iter().find_map(|quote| {
        typed.strip_prefix(quote)?.strip_suffix(quote).filter(|inner| !inner.contains(quote))
    });
    let plain = quoted.map_or_else(|| without_backslashes(typed), str::to_owned);
    match (plain.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(plain),
    }
}

fn without_backslashes(typed: &str) -> String {
    let mut letters = typed.chars();
    let mut plain = String::new();
    while let Some(letter) = letters.next() {
        plain.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
    }
    plain
}

/// An application that an administrator has let in, or a user's consent to one.
pub(super) fn microsoft(
    arguments: &KeyArguments,
    name: String,
    set: Option<Secret>,
    role: Role,
    (_, asker): (&Sender, &Asker),
) -> Result<Given, Failure> {
    if let Some(secret) = set {
        arguments.give_way_to(&secret)?;
        encrypted_in(&secret)?;
        let is_account = !secret.value.contains("\"refresh_token\"");
        return Ok(Given::Ready(secret, is_account));
    }
    let endpoint = |argument: &str, given: &Option<String>| {
        given.as_deref().map(|given| encrypted(argument, given)).transpose()
    };
    let api_endpoint = endpoint("api-endpoint", &arguments.api_endpoint)?;
    let token_endpoint = endpoint("token-endpoint", &arguments.token_endpoint)?;
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
    if by_consent {
        let registration =
            Registration { tenant_id, client_id, client_secret: None, api_endpoint, token_endpoint };
        let client = registration.client(role != Role::Busy);
        return Ok(Given::ToConsent(name, Box::new(client), Box::new(Consenting::Microsoft(registration))));
    }
    let trimmed = |typed: &str| Ok(typed.trim().to_owned());
    let client_secret = Some(asker.hidden("The client secret’s value", &name, trimmed)?);
    let registration = Registration { tenant_id, client_id, client_secret, api_endpoint, token_endpoint };
    let value = registration.secret(None);
    Ok(Given::Ready(Secret { name, value, origin: Origin::Composed }, true))
}

/// An address to which secrets are sent.
fn encrypted(argument: &str, given: &str) -> Result<String, Failure> {
    let wrong = match web(given.trim()) {
        Ok(url) if is_unencrypted(&url) => {
            "it should begin with https://, as secrets are sent there".to_owned()
        }
        Ok(_) => return Ok(given.trim().to_owned()),
        Err(wrong) => wrong,
    };
    Err(Failure::usage(format!("--{argument}: {wrong}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_people_name_it() {
        let home = Some(Path::new("/home/aiko"));
        for (typed, expected) in [
            ("key.json", "key.json"),
            ("'my key.json'", "my key.json"),
            ("\"it's the key.json\"", "it's the key.json"),
            ("it\\'s\\ the\\ key.json", "it's the key.json"),
            ("~/my key.json", "/home/aiko/my key.json"),
            ("'~/key.json'", "/home/aiko/key.json"),
            ("~aiko/key.json", "~aiko/key.json"),
            ("'", "'"),
        ] {
            assert_eq!(file_at(typed, home), Path::new(expected), "{typed}");
        }
        assert_eq!(file_at("~/key.json", None), Path::new("~/key.json"));
    }

    #[test]
    fn a_file_that_is_there_is_read_by_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("a\\ b");
        fs::write(&odd, "").unwrap();
        assert_eq!(file_at(odd.to_str().unwrap(), None), odd);
    }
}
