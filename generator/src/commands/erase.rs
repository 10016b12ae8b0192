//! `generator erase`: the link by which the operator has everything about somebody erased, with every host.

use std::path::PathBuf;

use chrono::TimeDelta;
use scheduling::mail::MailAddress;
use scheduling::paths;

use super::secret;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// Hours for which the link works.
const LINK_HOURS: i64 = 24;

/// The arguments of `erase`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The email address of the person
    #[arg(value_parser = parse_address)]
    pub email: MailAddress,
    /// The folder with the secret, unless `DAYMARK_SECRET` is set
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
}

fn parse_address(text: &str) -> Result<MailAddress, &'static str> {
    MailAddress::parse(text).map_err(|_| "write the address as in mara@example.org")
}

/// Prints the link, and nothing else, to standard output. Nothing is erased before its button is pressed.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let expires = (sources.clock.now() + TimeDelta::hours(LINK_HOURS)).timestamp();
    let token = secret::of_links(&arguments.data)?.erasure_token(&arguments.email.normalised(), expires);
    printer.answer(&format!("{}{}", site.definition.base_url, paths::erasure(&token)));
    secret::tell(&arguments.data, &site.definition.base_url, printer);
    Ok(())
}
