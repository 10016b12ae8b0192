//! Hosts as commands name them.

use publishing::content::Site;
use scheduling::definition::HostDefinition;

use crate::failure::Failure;

/// A host by its folder.
pub(super) fn find<'a>(site: &'a Site, folder: &str) -> Result<&'a HostDefinition, Failure> {
    let hosts = || site.hosts.iter().map(|host| &host.definition);
    hosts().find(|host| host.folder == folder).ok_or_else(|| {
        let known: Vec<&str> = hosts().map(|host| host.folder.as_str()).collect();
        Failure::saying(format!("there is no host `{folder}`. The hosts are: {}.", known.join(", ")))
    })
}
