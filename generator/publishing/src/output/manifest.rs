//! The manifest of the last build: it is kept beside the files, so that the next build knows what it can change and
//! what is already up to date.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base16ct::lower as hex;
use scheduling::zone::Zone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fault::OutputFault;
use super::files::replace;

const PATH: &str = "_edge/manifest.json";

/// The files of a build, by their path in the output folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// Version and code: other code may make other bytes of the same content.
    made_by: String,
    /// The version of the zone data that the times were worked out with.
    tzdb: String,
    pub(super) files: BTreeMap<PathBuf, Entry>,
    /// The time at which it was written. It is not part of the file, because the same content must make the same bytes.
    #[serde(skip)]
    pub(super) written_at: Option<SystemTime>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Of what it was made; `None` while a build is about to write it.
    #[serde(serialize_with = "write_hex", deserialize_with = "read_hex")]
    pub(super) fingerprint: Option<[u8; 16]>,
    /// In bytes.
    pub(super) size: u64,
}

impl Manifest {
    /// The manifest of these files, made by this version.
    pub(super) fn of(files: BTreeMap<PathBuf, Entry>) -> Self {
        let made_by = concat!("daymark ", env!("CARGO_PKG_VERSION"), " ", env!("CODE_DIGEST")).to_owned();
        Self { made_by, tzdb: Zone::database_version().to_owned(), files, written_at: None }
    }

    /// Reads what the last build left. One that cannot be read is as if there was none: then nothing is taken for
    /// granted. Files made by another version are known as ours, and made again.
    pub(super) fn read(folder: &Path) -> Self {
        let path = folder.join(PATH);
        let read = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let Some(mut manifest) = read else { return Self::default() };
        manifest.written_at = fs::metadata(&path).and_then(|found| found.modified()).ok();
        let ours = Self::of(BTreeMap::new());
        if (&manifest.made_by, &manifest.tzdb) != (&ours.made_by, &ours.tzdb) {
            manifest.files.values_mut().for_each(|entry| entry.fingerprint = None);
        }
        manifest
    }

    /// The same, with a promise for each file that a build is about to write: what was known of it holds no longer.
    pub(super) fn promising<'a>(&self, paths: impl Iterator<Item = &'a PathBuf>) -> Self {
        let mut files = self.files.clone();
        for path in paths {
            files.insert(path.clone(), Entry { fingerprint: None, size: 0 });
        }
        Self::of(files)
    }

    /// True if a file last written at `time` was written by the build that made this manifest, or earlier.
    pub(super) fn is_not_before(&self, time: SystemTime) -> bool {
        self.written_at.is_some_and(|written_at| time <= written_at)
    }

    /// Writes it to its folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), OutputFault> {
        let path = folder.join(PATH);
        let bytes = serde_json::to_vec(self)
            .map_err(|cause| OutputFault::Unwritable { path: path.clone(), cause: cause.into() })?;
        replace(&path, &bytes)
    }
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn write_hex<S: Serializer>(fingerprint: &Option<[u8; 16]>, serializer: S) -> Result<S::Ok, S::Error> {
    fingerprint.map(|bytes| hex::encode_string(&bytes)).serialize(serializer)
}

fn read_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 16]>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let bytes = |text: String| hex::decode_vec(text).ok().and_then(|bytes| bytes.try_into().ok());
    Ok(text.and_then(bytes))
}
