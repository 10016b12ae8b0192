//! The data directory: used by one process at a time, and the place of the secret.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use scheduling::token::Secrets;

use super::private;
use crate::Fault;

/// The environment's secret must be at least this long, in bytes: 128 bits in hexadecimal.
const LEAST_SECRET_BYTES: usize = 32;

/// What Daymark keeps in a data directory, by the beginnings of names.
const OWN_NAMES: [&str; 4] = ["ledgers", "lock", "records.sqlite3", "secret"];

/// A data directory that no other process uses while this value lives.
#[derive(Debug)]
pub(in crate::local) struct DataDirectory {
    pub(in crate::local) path: PathBuf,
    _lock: File,
    /// What other users of the machine can read here, though they should not.
    pub(in crate::local) exposed: Vec<Fault>,
}

impl DataDirectory {
    /// Makes the directory if there is none, and takes it for this process.
    pub(in crate::local) fn open(path: &Path) -> Result<Self, Fault> {
        make(path)?;
        make(&path.join("ledgers"))?;
        let lock_path = path.join("lock");
        private::make_file(&lock_path).map_err(|cause| cannot("write", &lock_path, &cause))?;
        let mut options = OpenOptions::new();
        let lock = options.create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|cause| cannot("write", &lock_path, &cause))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock, exposed: close_to_others(path) }),
            Err(TryLockError::WouldBlock) => Err(Fault::Operator(format!(
                "the data folder {} is in use by another process. Stop that process, or choose another folder with \
                 `--data`.",
                path.display()
            ))),
            Err(TryLockError::Error(cause)) => Err(cannot("lock", &lock_path, &cause)),
        }
    }

    /// The folder of the ledgers.
    pub(in crate::local) fn ledgers(&self) -> PathBuf {
        self.path.join("ledgers")
    }
}

/// The secrets of a data directory: `DAYMARK_SECRET` and `DAYMARK_SECRET_PREVIOUS` of the environment, else the file
/// `secret` in the directory, which is made when it is first needed, and which nobody else may read.
pub fn secrets(data: &Path) -> Result<Secrets, Fault> {
    let variable = |name| std::env::var(name).ok().filter(|secret: &String| !secret.is_empty());
    secrets_from(data, variable("DAYMARK_SECRET"), variable("DAYMARK_SECRET_PREVIOUS"))
}

fn secrets_from(data: &Path, current: Option<String>, previous: Option<String>) -> Result<Secrets, Fault> {
    for (name, secret) in [("DAYMARK_SECRET", &current), ("DAYMARK_SECRET_PREVIOUS", &previous)] {
        if secret.as_ref().is_some_and(|secret| secret.len() < LEAST_SECRET_BYTES) {
            return Err(Fault::Operator(format!(
                "{name} is too short: it needs at least {LEAST_SECRET_BYTES} characters. \
                 `openssl rand -hex 32` makes one."
            )));
        }
    }
    let current = match current {
        Some(secret) => secret.into_bytes(),
        None => kept_secret(data)?,
    };
    Ok(Secrets { current, previous: previous.map(String::into_bytes) })
}

fn kept_secret(data: &Path) -> Result<Vec<u8>, Fault> {
    let path = data.join("secret");
    match File::open(&path) {
        Ok(file) => read_secret(&path, file),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => make_secret(data, &path),
        Err(cause) => Err(cannot("read", &path, &cause)),
    }
}

fn read_secret(path: &Path, mut file: File) -> Result<Vec<u8>, Fault> {
    check_private(path, &file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|cause| cannot("read", path, &cause))?;
    // The text itself is the secret, as in the environment, so that the file's can become `DAYMARK_SECRET_PREVIOUS`.
    let secret = text.trim();
    let bits = Base64UrlUnpadded::decode_vec(secret).unwrap_or_default();
    if bits.len() < 16 {
        return Err(Fault::Operator(format!(
            "{} does not contain a secret. Restore it from a backup: without it, the links of earlier bookings no \
             longer open. If you delete it, a new one is made.",
            path.display()
        )));
    }
    Ok(secret.as_bytes().to_vec())
}

/// Writes a new secret under another name first, so that a crash never leaves half of one.
fn make_secret(data: &Path, path: &Path) -> Result<Vec<u8>, Fault> {
    make(data)?;
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|cause| Fault::Random(cause.to_string()))?;
    let secret = Base64UrlUnpadded::encode_string(&random);
    let draft = data.join(format!("secret.{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()?;
        // A link fails if its new name exists: of two processes that make a secret, the second takes the first's.
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        linked?;
        sync_directory(data)
    };
    match write() {
        Ok(()) => Ok(secret.into_bytes()),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => kept_secret(data),
        Err(cause) => Err(cannot("write", path, &cause)),
    }
}

#[cfg(unix)]
fn check_private(path: &Path, file: &File) -> Result<(), Fault> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|cause| cannot("read", path, &cause))?.permissions().mode();
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(Fault::Operator(format!(
        "{path} can be read by other users. Make it private: `chmod 600 {path}`.",
        path = path.display()
    )))
}

#[cfg(not(unix))]
fn check_private(_: &Path, _: &File) -> Result<(), Fault> {
    Ok(())
}

/// Makes new files of a directory survive a power cut.
pub(in crate::local) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn make(path: &Path) -> Result<(), Fault> {
    private::make_folder(path).map_err(|cause| cannot("make", path, &cause))
}

/// Closes the directory and all of ours in it to other users. Returns what could not be closed: that of another owner,
/// and the directory itself where it holds more than ours. The secret is left as it is: whoever could read it may have
/// done so, and [`secrets`] refuses it.
fn close_to_others(data: &Path) -> Vec<Fault> {
    let mut exposed = Vec::new();
    let mut close = |path: &Path| {
        if let Err(cause) = private::close_to_others(path) {
            exposed.push(Fault::Operator(format!(
                "{path} can be read by other users, and its mode cannot be changed: {cause}. Make it private: \
                 `chmod go= {path}`.",
                path = path.display()
            )));
        }
    };
    let names = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let name_of = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_ours = |path: &PathBuf| OWN_NAMES.iter().any(|name| name_of(path).starts_with(name));
    let (ours, others): (Vec<PathBuf>, Vec<PathBuf>) = names(data).into_iter().partition(is_ours);
    for path in ours.iter().filter(|path| !name_of(path).starts_with("secret")) {
        close(path);
    }
    for path in names(&data.join("ledgers")) {
        close(&path);
    }
    if others.is_empty() {
        close(data);
    } else if is_open_to_others(data) {
        exposed.push(Fault::Operator(format!(
            "other users can look into the data folder {path}, which also holds files that are not Daymark's. Give it \
             a folder of its own with `--data`, or make it private: `chmod go= {path}`.",
            path = data.display()
        )));
    }
    exposed
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

fn cannot(verb: &str, path: &Path, cause: &io::Error) -> Fault {
    Fault::Operator(format!("cannot {verb} {}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_serves_one_process() {
        let directory = tempfile::tempdir().unwrap();
        let first = DataDirectory::open(directory.path()).unwrap();
        let refused = DataDirectory::open(directory.path()).unwrap_err().to_string();
        let expected = format!(
            "the data folder {} is in use by another process. Stop that process, or choose another folder with `--data`.",
            directory.path().display()
        );
        assert_eq!(refused, expected);
        drop(first);
        DataDirectory::open(directory.path()).unwrap();
    }

    #[cfg(unix)]
    mod modes {
        use std::os::unix::fs::PermissionsExt;

        use super::*;

        fn set(path: &Path, mode: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        fn mode(path: &Path) -> u32 {
            fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
        }

        #[test]
        fn what_is_made_is_private() {
            let parent = tempfile::tempdir().unwrap();
            let data = parent.path().join("deep/data");
            let opened = DataDirectory::open(&data).unwrap();
            assert!(opened.exposed.is_empty(), "{:?}", opened.exposed);
            assert_eq!(
                [mode(&data), mode(&data.join("ledgers")), mode(&data.join("lock"))],
                [0o700, 0o700, 0o600]
            );
        }

        #[test]
        fn what_was_open_to_others_is_closed() {
            let directory = tempfile::tempdir().unwrap();
            let data = directory.path();
            drop(DataDirectory::open(data).unwrap());
            for file in
                ["records.sqlite3", "records.sqlite3-wal", "ledgers/aiko.sqlite3", "ledgers/aiko.sqlite3-shm"]
            {
                fs::write(data.join(file), "").unwrap();
                set(&data.join(file), 0o664);
            }
            for folder in ["", "ledgers"] {
                set(&data.join(folder), 0o755);
            }
            set(&data.join("lock"), 0o644);
            let opened = DataDirectory::open(data).unwrap();
            assert!(opened.exposed.is_empty(), "{:?}", opened.exposed);
            for file in [
                "lock",
                "records.sqlite3",
                "records.sqlite3-wal",
                "ledgers/aiko.sqlite3",
                "ledgers/aiko.sqlite3-shm",
            ] {
                assert_eq!(mode(&data.join(file)), 0o600, "{file}");
            }
            assert_eq!([mode(data), mode(&data.join("ledgers"))], [0o700, 0o700]);
        }

        #[test]
        fn a_folder_that_is_not_ours_alone_stays_as_it_is_and_is_named() {
            let directory = tempfile::tempdir().unwrap();
            let data = directory.path();
            fs::write(data.join("letter.txt"), "").unwrap();
            set(data, 0o755);
            let opened = DataDirectory::open(data).unwrap();
            let said: Vec<String> = opened.exposed.iter().map(ToString::to_string).collect();
            let path = data.display();
            let expected = format!(
                "other users can look into the data folder {path}, which also holds files that are not Daymark's. \
                 Give it a folder of its own with `--data`, or make it private: `chmod go= {path}`."
            );
            assert_eq!((said, mode(data)), (vec![expected], 0o755));
        }
    }

    #[test]
    fn a_secret_is_made_once_and_kept_private() {
        let directory = tempfile::tempdir().unwrap();
        let made = secrets_from(directory.path(), None, None).unwrap();
        let kept = secrets_from(directory.path(), None, None).unwrap();
        assert_eq!(made.current, kept.current);
        assert_eq!(made.current, fs::read(directory.path().join("secret")).unwrap());
        assert_eq!(made.current.len(), 43, "256 bits in Base64");
        let left: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["secret"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        secrets_from(directory.path(), None, None).unwrap();
        let path = directory.path().join("secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = secrets_from(directory.path(), None, None).unwrap_err().to_string();
        let path = path.display();
        let expected = format!("{path} can be read by other users. Make it private: `chmod 600 {path}`.");
        assert_eq!(refused, expected);
    }

    #[test]
    fn the_environment_comes_first_and_must_be_long() {
        let directory = tempfile::tempdir().unwrap();
        let long = "0123456789abcdef0123456789abcdef".to_owned();
        let secrets = secrets_from(directory.path(), Some(long.clone()), Some(long.clone())).unwrap();
        assert_eq!((secrets.current, secrets.previous), (long.clone().into_bytes(), Some(long.into_bytes())));
        let refused = secrets_from(directory.path(), Some("short".to_owned()), None).unwrap_err().to_string();
        let expected =
            "DAYMARK_SECRET is too short: it needs at least 32 characters. `openssl rand -hex 32` makes one.";
        assert_eq!(refused, expected);
    }

    #[test]
    fn a_damaged_secret_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        secrets_from(directory.path(), None, None).unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, "").unwrap();
        let refused = secrets_from(directory.path(), None, None).unwrap_err().to_string();
        let expected = format!(
            "{} does not contain a secret. Restore it from a backup: without it, the links of earlier bookings no longer open. \
             If you delete it, a new one is made.",
            path.display()
        );
        assert_eq!(refused, expected);
    }
}
