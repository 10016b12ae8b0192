//! Files that nobody else on the machine may read: what visitors wrote, and the secret.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder and those above it, for nobody else to look into. One that is there stays as it is.
pub(in crate::local) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes an empty file that nobody else may read, unless there is one.
pub(in crate::local) fn make_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(cause),
        _ => Ok(()),
    }
}

/// The bits of a mode that are for the group and for all others.
#[cfg(unix)]
const OF_OTHERS: u32 = 0o077;

/// Takes away what others may do with a file or folder. Returns true if they could do something.
#[cfg(unix)]
pub(in crate::local) fn close_to_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::symlink_metadata(path)?;
    let mode = metadata.permissions().mode();
    if metadata.is_symlink() || mode & OF_OTHERS == 0 {
        return Ok(false);
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700))?;
    Ok(true)
}

#[cfg(not(unix))]
pub(in crate::local) fn close_to_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}
