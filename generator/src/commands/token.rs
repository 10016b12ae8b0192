//! `generator token`: the host's key, for the host's own pages and programs, or a link that signs in without it.

use std::path::PathBuf;

use edge::Clock as _;
use scheduling::definition::HostDefinition;
use scheduling::paths;
use scheduling::sign_in_link::{SignInLink, WORKS_MINUTES};
use scheduling::token::Secrets;

use super::{hosts, secret};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::qr;
use crate::sources::Sources;

/// The arguments of `token`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The host's folder
    pub host: String,
    /// The folder with the secret, unless `DAYMARK_SECRET` is set
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
    /// Print a link that signs the host in once, within ten minutes, instead of the key; with a QR code for a phone
    #[arg(long)]
    pub link: bool,
}

/// Prints the key, or the link, and nothing else, to standard output.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let host = hosts::find(&site, &arguments.host)?;
    let secrets = edge::local::secrets(&arguments.data)?;
    if arguments.link {
        let address = link(&site.definition.base_url, host, &secrets, sources)?;
        printer.answer(&address);
        // A link that is too long for a QR code is a link all the same.
        if let Some(drawn) = qr::drawn(&address, printer.colour()) {
            printer.show(&drawn);
        }
        printer.tell(&format!(
            "It signs {} in once, on the device that opens it, within {WORKS_MINUTES} minutes.",
            host.name
        ));
    } else {
        printer.answer(&secrets.host_key(&host.folder, host.key_version));
    }
    secret::tell(&arguments.data, &site.definition.base_url, printer);
    Ok(())
}

fn link(
    base_url: &str,
    host: &HostDefinition,
    secrets: &Secrets,
    sources: &Sources,
) -> Result<String, Failure> {
    let link = SignInLink::new(sources.clock.random()?, sources.clock.now());
    let token = link.token(secrets, &host.folder, host.key_version);
    Ok(format!("{base_url}{}", paths::sign_in(&token)))
}
