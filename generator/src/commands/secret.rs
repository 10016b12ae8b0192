//! The secret that the server has, where one that is made anew would sign what no server takes.

use std::path::Path;

use scheduling::token::Secrets;

use crate::failure::Failure;

/// The secrets of the environment or of a folder. `None` where neither has one: none is made.
pub(super) fn kept(data: &Path) -> Result<Option<Secrets>, Failure> {
    let is_set = std::env::var_os("DAYMARK_SECRET").is_some_and(|secret| !secret.is_empty());
    if !is_set && !data.join("secret").exists() {
        return Ok(None);
    }
    Ok(Some(edge::local::secrets(data)?))
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
