//! What the generator made for the endpoint, read from the private assets: each once in an isolate's life, and only
//! what is asked for.
//!
//! A new build comes with new isolates, so nothing is ever read again.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::json;
use scheduling::token::is_ledger_name;
use serde::de::DeserializeOwned;
use worker::Env;

use crate::{Fault, Shells};

/// Hosts that stay parsed. The others are read again when they are asked for.
const MOST_HOSTS: NonZeroUsize = NonZeroUsize::new(128).unwrap();

struct Known {
    site: Option<Arc<SiteDefinition>>,
    shells: Vec<(String, Arc<Shells>)>,
    hosts: LruCache<String, Arc<HostDefinition>>,
}

thread_local! {
    static KNOWN: RefCell<Known> =
        RefCell::new(Known { site: None, shells: Vec::new(), hosts: LruCache::new(MOST_HOSTS) });
}

/// The site.
pub(super) async fn site(env: &Env) -> Result<Arc<SiteDefinition>, Fault> {
    if let Some(site) = KNOWN.with_borrow(|known| known.site.clone()) {
        return Ok(site);
    }
    let site: Arc<SiteDefinition> = Arc::new(required(env, "_edge/site.json").await?);
    KNOWN.with_borrow_mut(|known| known.site = Some(Arc::clone(&site)));
    Ok(site)
}

/// A host, by folder.
pub(super) async fn host(env: &Env, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
    if !is_ledger_name(folder) {
        return Ok(None);
    }
    if let Some(host) = KNOWN.with_borrow_mut(|known| known.hosts.get(folder).cloned()) {
        return Ok(Some(host));
    }
    let found: Option<HostDefinition> = read(env, &format!("_edge/hosts/{folder}.json")).await?;
    let Some(host) = found.map(Arc::new) else { return Ok(None) };
    KNOWN.with_borrow_mut(|known| known.hosts.put(folder.to_owned(), Arc::clone(&host)));
    Ok(Some(host))
}

/// The shells of a locale.
pub(super) async fn shells(env: &Env, locale: &str) -> Result<Arc<Shells>, Fault> {
    let known = KNOWN.with_borrow(|known| {
        known.shells.iter().find(|(code, _)| code == locale).map(|(_, shells)| Arc::clone(shells))
    });
    if let Some(shells) = known {
        return Ok(shells);
    }
    let shells: Arc<Shells> = Arc::new(required(env, &format!("_edge/shells/{locale}.json")).await?);
    KNOWN.with_borrow_mut(|known| known.shells.push((locale.to_owned(), Arc::clone(&shells))));
    Ok(shells)
}

async fn required<T: DeserializeOwned>(env: &Env, path: &str) -> Result<T, Fault> {
    let absent =
        || Fault::Definitions { path: path.to_owned(), cause: "it is missing from the assets".to_owned() };
    read(env, path).await?.ok_or_else(absent)
}

async fn read<T: DeserializeOwned>(env: &Env, path: &str) -> Result<Option<T>, Fault> {
    let unreadable = |cause: String| Fault::Definitions { path: path.to_owned(), cause };
    let assets = env.assets("ASSETS").map_err(|cause| unreadable(cause.to_string()))?;
    // The assets binding wants a whole address, and heeds the path alone.
    let answer = assets.fetch(format!("https://assets.invalid/{path}"), None).await;
    let mut answer = answer.map_err(|cause| unreadable(cause.to_string()))?;
    match answer.status_code() {
        200 => {
            let bytes = answer.bytes().await.map_err(|cause| unreadable(cause.to_string()))?;
            json::from_slice(&bytes).map(Some).map_err(|cause| unreadable(cause.to_string()))
        }
        404 => Ok(None),
        status => Err(unreadable(format!("the assets answered {status}"))),
    }
}
