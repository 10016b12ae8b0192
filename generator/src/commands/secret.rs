//! The secret that the server has, where one that is made anew would sign what no server takes.

use std::path::Path;

use scheduling::token::Secrets;
use url::Url;

use super::calendars::addresses;
use crate::failure::Failure;
use crate::printer::Printer;

/// The secrets of the environment or of a folder. `None` where neither has one: none is made.
pub(super) fn kept(data: &Path) -> Result<Option<Secrets>, Failure> {
    if !is_in_environment() && !data.join("secret").exists() {
        return Ok(None);
    }
    Ok(Some(edge::local::secrets(data)?))
}

fn is_in_environment() -> bool {
    std::env::var_os("DAYMARK_SECRET").is_some_and(|secret| !secret.is_empty())
}

/// Says by which secret something was signed, where that may be another than the site's: it is a folder's, and the site
/// is not on this machine, as its address says.
pub(super) fn tell(data: &Path, base_url: &str, printer: Printer) {
    let is_elsewhere = Url::parse(base_url).is_ok_and(|url| !addresses::is_here(&url));
    if is_elsewhere && !is_in_environment() {
        printer.tell(&format!(
            "Signed with the secret in {}. If the server of {base_url} has another secret, this does not work there: \
             set `DAYMARK_SECRET` to that one, and run the command again.",
            data.join("secret").display()
        ));
    }
}

/// The secrets that sign a link.
pub(super) fn of_links(data: &Path) -> Result<Secrets, Failure> {
    kept(data)?.ok_or_else(|| {
        let data = data.display();
        Failure::saying(format!(
            "{data} has no secret to sign the link with: name the folder that `serve --data` writes to, or set \
             `DAYMARK_SECRET`."
        ))
    })
}
