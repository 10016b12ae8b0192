//! The generator's output for the endpoint, read from `dist/_edge/`, and read again after a change.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use lru::LruCache;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::token::is_ledger_name;
use serde::de::DeserializeOwned;

use super::checkout::StandIn;
use super::locked::locked;
use crate::{Fault, Shells};

/// Hosts that are kept in memory. The others are read again when they are asked for.
const MOST_HOSTS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// Checks that an output folder has all that the endpoint reads: what this or an earlier version built, in whole.
pub fn check_definitions(dist: &Path) -> Result<(), Fault> {
    let definitions = Definitions::of(dist, None);
    let snapshot = definitions.now()?;
    snapshot.site.hosts.iter().try_for_each(|host| definitions.host(&snapshot, host).map(|_| ()))
}

/// The definitions as they are now; the last good ones if newer ones cannot be read.
pub(super) struct Definitions {
    folder: PathBuf,
    /// Where payments go that Stripe has no key for.
    stand_in: Option<Arc<StandIn>>,
    current: RwLock<Option<Arc<Snapshot>>>,
    /// The reason why there are none.
    missing: Mutex<Option<Fault>>,
}

/// The definitions of one build.
pub(super) struct Snapshot {
    /// A different number for each reading.
    pub(super) version: u64,
    pub(super) site: Arc<SiteDefinition>,
    shells: HashMap<String, Arc<Shells>>,
    hosts: Mutex<LruCache<String, Arc<HostDefinition>>>,
}

impl Definitions {
    /// The definitions of an output folder. If there are none yet, `now` says why.
    pub(super) fn of(dist: &Path, stand_in: Option<Arc<StandIn>>) -> Self {
        let folder = dist.join("_edge");
        let definitions = Self { folder, stand_in, current: RwLock::new(None), missing: Mutex::new(None) };
        if let Err(fault) = definitions.reload() {
            *locked(&definitions.missing) = Some(fault);
        }
        definitions
    }

    /// Reads the definitions again.
    pub(super) fn reload(&self) -> Result<(), Fault> {
        let mut site: SiteDefinition = read(&self.folder.join("site.json"))?;
        if let Some(stand_in) = &self.stand_in {
            site.accounts.iter_mut().for_each(|account| stand_in.take_place(account));
        }
        let shells = site.locales.iter().map(|locale| {
            let shells: Shells = read(&self.folder.join("shells").join(format!("{locale}.json")))?;
            Ok((locale.clone(), Arc::new(shells)))
        });
        let shells = shells.collect::<Result<HashMap<_, _>, Fault>>()?;
        let mut current = self.current.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let version = current.as_ref().map_or(1, |snapshot| snapshot.version + 1);
        let hosts = Mutex::new(LruCache::new(MOST_HOSTS));
        *current = Some(Arc::new(Snapshot { version, site: Arc::new(site), shells, hosts }));
        Ok(())
    }

    /// The definitions to answer one request with.
    pub(super) fn now(&self) -> Result<Arc<Snapshot>, Fault> {
        let current = self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        current.clone().ok_or_else(|| {
            locked(&self.missing).clone().unwrap_or_else(|| Fault::Definitions {
                path: self.folder.display().to_string(),
                cause: "nothing has been built yet".to_owned(),
            })
        })
    }

    /// A host of those definitions, by folder.
    pub(super) fn host(&self, snapshot: &Snapshot, name: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        if !is_ledger_name(name) {
            return Ok(None);
        }
        if let Some(host) = locked(&snapshot.hosts).get(name) {
            return Ok(Some(Arc::clone(host)));
        }
        let path = self.folder.join("hosts").join(format!("{name}.json"));
        let mut host: HostDefinition = read(&path)?;
        if let (Some(stand_in), Some(payments)) = (&self.stand_in, &mut host.payments) {
            stand_in.take_place(payments);
        }
        let host = Arc::new(host);
        locked(&snapshot.hosts).put(name.to_owned(), Arc::clone(&host));
        Ok(Some(host))
    }
}

impl Snapshot {
    /// The shells of a locale.
    pub(super) fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        self.shells.get(locale).cloned().ok_or_else(|| Fault::Definitions {
            path: format!("_edge/shells/{locale}.json"),
            cause: "the site has no such locale".to_owned(),
        })
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Fault> {
    let unreadable = |cause: String| Fault::Definitions { path: path.display().to_string(), cause };
    let bytes = fs::read(path).map_err(|cause: io::Error| unreadable(cause.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|cause| unreadable(cause.to_string()))
}
