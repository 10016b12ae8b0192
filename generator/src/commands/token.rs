//! `generator token`: the host's key, for the host's own pages and programs.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `token`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The host's folder
    pub host: String,
    /// The folder with the secret, unless `DAYMARK_SECRET` is set
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
}

/// Prints the key, and nothing else, to standard output.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let Some(host) = site.hosts.iter().find(|host| host.definition.folder == arguments.host) else {
        let known: Vec<&str> = site.hosts.iter().map(|host| host.definition.folder.as_str()).collect();
        return Err(Failure::saying(format!(
            "there is no host `{}`. The hosts are: {}.",
            arguments.host,
            known.join(", ")
        )));
    };
    let secrets = edge::local::secrets(&arguments.data)?;
    printer.answer(&secrets.host_key(&host.definition.folder, host.definition.key_version));
    Ok(())
}
