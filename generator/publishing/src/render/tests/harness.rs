//! The harness: from content to the files of `dist/`, in memory.
//!
//! A test takes a [`Trial`], of the sample content or of a page that it writes, publishes it, and looks at files:
//! `Trial::of_page(PAGE).publish().has("aiko/tea/index.html", "<h1>Tea</h1>")`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::super::{Job, RenderFault, Theme, plan};
use crate::content::{self, LoadOptions, Site};

/// The repository's theme, read once.
pub(super) static THEME: LazyLock<Theme> = LazyLock::new(|| Theme::load(&root().join("site")).unwrap());

/// The time at which trials are published, unless they say otherwise: noon in Tokyo, on a Tuesday.
pub(super) fn now() -> DateTime<Utc> {
    "2026-11-24T03:00:00Z".parse().unwrap()
}

pub(super) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A site that can be published.
pub(super) struct Trial {
    site: Site,
    theme: Theme,
    now: DateTime<Utc>,
}

impl Trial {
    /// The sample content.
    pub(super) fn sample() -> Self {
        Self::of_folder(&root().join("content"))
    }

    /// One host with one page, `aiko/tea`.
    pub(super) fn of_page(page: &str) -> Self {
        Self::named("Tea", "Aiko & co", page)
    }

    /// The same, of a site and a host with other names.
    pub(super) fn named(title: &str, name: &str, page: &str) -> Self {
        let site =
            format!("title = {title:?}\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\"]\n");
        let host = format!(
            "name = {name:?}\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n"
        );
        Self::of_files(&[("site.toml", &site), ("aiko/host.toml", &host), ("aiko/tea.md", page)])
    }

    /// Content of these files.
    pub(super) fn of_files(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self::of_folder(folder.path())
    }

    /// A content folder, which is there for as long as its pictures are copied.
    pub(super) fn of_folder(folder: &Path) -> Self {
        let loaded = content::load(folder, &LoadOptions { now: now(), ..LoadOptions::default() });
        let site = loaded.site.unwrap_or_else(|| panic!("{}", loaded.diagnostics));
        Self { site, theme: THEME.clone(), now: now() }
    }

    /// Another theme.
    pub(super) fn with_theme(self, theme: Theme) -> Self {
        Self { theme, ..self }
    }

    /// The same site at another time.
    pub(super) fn at(self, now: DateTime<Utc>) -> Self {
        Self { now, ..self }
    }

    /// What the content came to, changed.
    pub(super) fn changed(mut self, change: impl FnOnce(&mut Site)) -> Self {
        change(&mut self.site);
        self
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Plans every file; each is rendered when it is looked at.
    pub(super) fn publish(self) -> Dist {
        let jobs = plan::jobs(&self.theme, &Arc::new(self.site), self.now);
        Dist(jobs.into_iter().map(|job| (job.path.clone(), job)).collect())
    }
}

/// The files of a site.
pub(super) struct Dist(BTreeMap<PathBuf, Job>);

impl Dist {
    /// The text of a file.
    #[track_caller]
    pub(super) fn read(&self, path: impl AsRef<Path>) -> String {
        let path = path.as_ref();
        let job = self.0.get(path).unwrap_or_else(|| panic!("{} is not planned", path.display()));
        String::from_utf8((job.render)().unwrap()).unwrap()
    }

    /// The bytes of a file.
    #[track_caller]
    pub(super) fn bytes_of(&self, path: impl AsRef<Path>) -> Vec<u8> {
        self.try_bytes_of(path).unwrap()
    }

    /// The bytes of a file, where it can be made.
    #[track_caller]
    pub(super) fn try_bytes_of(&self, path: impl AsRef<Path>) -> Result<Vec<u8>, RenderFault> {
        (self.0[path.as_ref()].render)()
    }

    /// Why a file cannot be made.
    #[track_caller]
    pub(super) fn fault(&self, path: impl AsRef<Path>) -> String {
        (self.0[path.as_ref()].render)().unwrap_err().to_string()
    }

    /// A file that the endpoint reads.
    #[track_caller]
    pub(super) fn json<T: DeserializeOwned>(&self, path: &str) -> T {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    /// A text is in a file.
    #[track_caller]
    pub(super) fn has(&self, path: &str, part: &str) -> &Self {
        let text = self.read(path);
        assert!(text.contains(part), "{path} lacks {part}: {text}");
        self
    }

    /// A text is not in a file.
    #[track_caller]
    pub(super) fn lacks(&self, path: &str, part: &str) -> &Self {
        let text = self.read(path);
        assert!(!text.contains(part), "{path} has {part}: {text}");
        self
    }

    /// The paths with an extension, sorted.
    pub(super) fn with_extension(&self, extension: &str) -> Vec<&Path> {
        let has = |path: &&PathBuf| path.extension().is_some_and(|found| found == extension);
        self.0.keys().filter(has).map(PathBuf::as_path).collect()
    }

    /// The fingerprint of each file.
    pub(super) fn fingerprints(&self) -> BTreeMap<&Path, [u8; 16]> {
        self.0.iter().map(|(path, job)| (path.as_path(), job.fingerprint)).collect()
    }

    /// The paths of files whose fingerprint is another there, sorted.
    pub(super) fn changes_to(&self, other: &Self) -> Vec<&str> {
        let (own, other) = (self.fingerprints(), other.fingerprints());
        let changed = own.into_iter().filter(|(path, fingerprint)| other.get(path) != Some(fingerprint));
        changed.filter_map(|(path, _)| path.to_str()).collect()
    }

    /// Every file's bytes.
    pub(super) fn bytes(&self) -> BTreeMap<&Path, Vec<u8>> {
        self.0.iter().map(|(path, job)| (path.as_path(), (job.render)().unwrap())).collect()
    }
}
