//! The list of a site's files, each with a fingerprint of what it is made from.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rayon::prelude::*;
use scheduling::paths;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::fault::RenderFault;
use super::job::{Job, Render};
use super::machine::{endpoint, oembed, openapi, public, twin};
use super::pages::{desk, host, index, meeting, moved, not_found, picture};
use super::place;
use super::preview::Preview;
use super::theme::Theme;
use super::theme::assets::Asset;
use super::work::{Work, today_of};
use crate::content::{Host, Page, Picture, Site};

/// Every file of the site, as it is on the date that `now` has in each host's zone. Nothing is rendered yet.
pub fn jobs(theme: &Theme, site: &Arc<Site>, now: DateTime<Utc>) -> Vec<Job> {
    let work = Arc::new(Work::of(theme, site));
    let common = common_digest(&work);
    let hosts = site.hosts.par_iter().enumerate();
    let hosts: Vec<HostJobs> =
        hosts.map(|(index, host)| host_jobs(&work, index, host, &common, now)).collect();
    let mut jobs = asset_jobs(&work);
    jobs.extend(picture_jobs(site));
    jobs.extend(site_jobs(&work, &common, &hosts, now));
    jobs.extend(hosts.into_iter().flat_map(|host| host.jobs));
    // Pages that say the same share a preview.
    let mut planned = HashSet::with_capacity(jobs.len());
    jobs.retain(|job| planned.insert(job.path.clone()));
    jobs
}

/// The jobs for one host.
struct HostJobs {
    /// Of all that lists show of the host.
    fingerprint: [u8; 16],
    jobs: Vec<Job>,
}

/// A digest of what all pages depend on: the generator, the theme, and the site's own settings.
fn common_digest(work: &Work) -> Sha256 {
    let definition = &work.site.definition;
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    digest.update(scheduling::zone::Zone::database_version());
    digest.update(work.theme.digest);
    add(
        &mut digest,
        &(
            &definition.title,
            &definition.base_url,
            &definition.locales,
            &work.site.privacy,
            &work.site.theme,
            &work.site.logo,
            &definition.sandbox,
            &definition.turnstile,
        ),
    );
    digest
}

fn asset_jobs(work: &Arc<Work>) -> Vec<Job> {
    let job = |asset: &Asset| {
        let bytes = asset.bytes.clone();
        let fingerprint = finish(Sha256::new().chain_update(&bytes));
        Job {
            path: PathBuf::from(&asset.path[1..]),
            fingerprint,
            render: Box::new(move || Ok(bytes.clone())),
        }
    };
    work.assets.all().map(job).collect()
}

/// The pictures of all descriptions, the hosts' photos, and the logo, each once.
fn picture_jobs(site: &Site) -> impl Iterator<Item = Job> {
    type Made = fn(&Picture) -> Result<Vec<u8>, RenderFault>;
    let pages = site.hosts.iter().flat_map(|host| &host.pages);
    let copied =
        pages.flat_map(|page| page.pictures.values()).map(|picture| (picture, picture::copied as Made));
    let photos = site.hosts.iter().filter_map(|host| host.photo.as_ref());
    let photos = photos.map(|photo| (photo, picture::photo as Made));
    let logo = site.logo.iter().map(|logo| (logo, picture::logo as Made));
    let pictures: BTreeMap<&str, (&Picture, Made)> = copied
        .chain(photos)
        .chain(logo)
        .map(|(picture, made)| (picture.path.as_str(), (picture, made)))
        .collect();
    pictures.into_values().map(|(picture, made)| {
        let picture = picture.clone();
        let path = PathBuf::from(&picture.path[1..]);
        // Its path changes with its bytes.
        let fingerprint = finish(Sha256::new().chain_update(&picture.path));
        Job { path, fingerprint, render: Box::new(move || made(&picture)) }
    })
}

/// The jobs for the whole site: indexes, files for machines, and files for the endpoint.
fn site_jobs(work: &Arc<Work>, common: &Sha256, hosts: &[HostJobs], now: DateTime<Utc>) -> Vec<Job> {
    let mut listing = common.clone();
    for host in hosts {
        listing.update(host.fingerprint);
    }
    let listing = finish(listing);
    let mut addresses = common.clone();
    for host in &work.site.hosts {
        add(&mut addresses, &host.definition.folder);
        for page in &host.pages {
            add(&mut addresses, &(&page.slug, page.listed, page.description.keys().collect::<Vec<_>>()));
        }
    }
    let addresses = finish(addresses);
    let mut definition = common.clone();
    add(&mut definition, &work.site.definition);

    let mut desk = common.clone();
    add(&mut desk, &work.site.definition.mail.is_some());
    let desk = finish(desk);

    let mut jobs = Vec::new();
    for code in &work.site.definition.locales {
        let path = place::file(&paths::page(&work.site.definition.locales, code, ""));
        let locale = code.clone();
        jobs.push(job(work, path, listing, move |work| index::page(work, &locale, now)));
        jobs.push(preview_job(work, index::preview(work, code)));
        let locale = code.clone();
        let path = paths::page(&work.site.definition.locales, code, "");
        let path = PathBuf::from(format!("{}llms.txt", &path[1..]));
        jobs.push(job(work, path, listing, move |work| twin::list(work, &locale, now)));
        let locale = code.clone();
        let path = place::file(&paths::page(&work.site.definition.locales, code, paths::DESK));
        jobs.push(job(work, path, desk, move |work| desk::page(work, &locale)));
        let path =
            place::beside(&paths::page(&work.site.definition.locales, code, paths::DESK), "pages.json");
        let locale = code.clone();
        jobs.push(job(work, path, listing, move |work| public::pages(work, &locale)));
        let locale = code.clone();
        let path = place::not_found(&work.site, code);
        jobs.push(job(work, path, finish(common.clone()), move |work| not_found::page(work, &locale)));
        let locale = code.clone();
        let path = PathBuf::from(format!("_edge/shells/{code}.json"));
        jobs.push(job(work, path, finish(common.clone()), move |work| endpoint::shells(work, &locale)));
    }
    jobs.push(job(work, "robots.txt".into(), finish(common.clone()), |work| {
        Ok(public::robots(work).into_bytes())
    }));
    jobs.push(job(work, "sitemap.xml".into(), addresses, |work| Ok(public::sitemap(work).into_bytes())));
    let mut api = Sha256::new().chain_update(addresses);
    add(&mut api, &openapi::SOURCES);
    jobs.push(job(work, paths::OPENAPI[1..].into(), finish(api), openapi::document));
    let mut headers = common.clone();
    add(&mut headers, &work.site.definition.embed_parents);
    jobs.push(job(work, "_headers".into(), finish(headers), |work| Ok(public::headers(work).into_bytes())));
    jobs.push(job(work, "_edge/site.json".into(), finish(definition), endpoint::site));
    jobs
}

/// A host's pages, and what the endpoint reads of the host.
fn host_jobs(work: &Arc<Work>, index: usize, host: &Host, common: &Sha256, now: DateTime<Utc>) -> HostJobs {
    let today = today_of(host, now);
    let definition = &host.definition;
    let mut whole = common.clone();
    add(&mut whole, &(definition, today, &host.photo, &host.about));
    for page in &host.pages {
        add(&mut whole, &(&page.slug, page.listed, &page.description));
    }
    let fingerprint = finish(whole);
    let mut own = common.clone();
    add(&mut own, &(&definition.folder, &definition.name, &definition.time_zone, &host.photo));
    let (mut undated, mut own) = (own.clone(), own);
    add(&mut own, &today);
    add(&mut undated, &(&host.about, &work.site.definition.embed_parents));

    let edge = finish(Sha256::new().chain_update(serde_json::to_vec(definition).unwrap_or_default()));
    let path = PathBuf::from(format!("_edge/hosts/{}.json", definition.folder));
    let mut jobs = vec![job(work, path, edge, move |work| endpoint::host(work, index))];
    for code in &work.site.definition.locales {
        let path = place::file(&paths::page(&work.site.definition.locales, code, &definition.folder));
        let locale = code.clone();
        jobs.push(job(work, path, fingerprint, move |work| host::page(work, &locale, index, today)));
        jobs.push(preview_job(work, host::preview(work, code, index)));
    }
    for (page_index, page) in host.pages.iter().enumerate() {
        let at = (index, page_index);
        jobs.extend(page_jobs(work, at, (host, page), &own, today));
        jobs.extend(text_jobs(work, at, (host, page), &undated));
    }
    for old in &host.was {
        jobs.extend(redirect_jobs(work, host, old, common));
    }
    HostJobs { fingerprint, jobs }
}

/// A meeting page in each of its locales.
fn page_jobs<'a>(
    work: &'a Arc<Work>,
    at: (usize, usize),
    (host, page): (&'a Host, &'a Page),
    own: &Sha256,
    today: NaiveDate,
) -> impl Iterator<Item = Job> + 'a {
    let mut digest = own.clone();
    add(&mut digest, &(&page.slug, page.listed, &page.description, host.definition.meetings.get(&page.slug)));
    add(&mut digest, &page.pictures);
    let fingerprint = finish(digest);
    page.description.keys().map(move |code| {
        let path = paths::page(
            &work.site.definition.locales,
            code,
            &format!("{}/{}", host.definition.folder, page.slug),
        );
        let locale = code.clone();
        job(work, place::file(&path), fingerprint, move |work| meeting::page(work, &locale, at, today))
    })
}

/// What goes with a meeting page in each of its locales: its Markdown, what other sites show of a link to it, and the
/// picture of the link. None of these changes with the date.
fn text_jobs<'a>(
    work: &'a Arc<Work>,
    at: (usize, usize),
    (host, page): (&'a Host, &'a Page),
    undated: &Sha256,
) -> impl Iterator<Item = Job> + 'a {
    let mut digest = undated.clone();
    add(
        &mut digest,
        &(&page.slug, &page.description, host.definition.meetings.get(&page.slug), &page.pictures),
    );
    let fingerprint = finish(digest);
    page.description.keys().flat_map(move |code| {
        let name = format!("{}/{}", host.definition.folder, page.slug);
        let path = paths::page(&work.site.definition.locales, code, &name);
        let (of_text, of_link) = (code.clone(), code.clone());
        let text = PathBuf::from(&place::text(&path)[1..]);
        let link = PathBuf::from(format!("{}oembed.json", &path[1..]));
        [
            job(work, text, fingerprint, move |work| twin::page(work, &of_text, at)),
            job(work, link, fingerprint, move |work| oembed::file(work, &of_link, at)),
            preview_job(work, meeting::preview(work, code, at)),
        ]
    })
}

/// The picture of a link.
fn preview_job(work: &Arc<Work>, preview: Preview) -> Job {
    let path = preview.path(work);
    // Its path changes with all that it is made from.
    let fingerprint = finish(Sha256::new().chain_update(&path));
    job(work, PathBuf::from(&path[1..]), fingerprint, move |work| preview.draw(work))
}

/// Pages at a host's former folder, which lead to the new one.
fn redirect_jobs(work: &Arc<Work>, host: &Host, old: &str, common: &Sha256) -> Vec<Job> {
    let folder = &host.definition.folder;
    let slugs = std::iter::once(None).chain(host.pages.iter().map(Some));
    let mut jobs = Vec::new();
    for page in slugs {
        let named =
            |folder: &str| page.map_or_else(|| folder.to_owned(), |page| format!("{folder}/{}", page.slug));
        for code in &work.site.definition.locales {
            if page.is_some_and(|page| !page.description.contains_key(code)) {
                continue;
            }
            let to = paths::page(&work.site.definition.locales, code, &named(folder));
            let mut digest = common.clone();
            add(&mut digest, &to);
            let file = place::file(&paths::page(&work.site.definition.locales, code, &named(old)));
            let locale = code.clone();
            jobs.push(job(work, file, finish(digest), move |work| moved::page(work, &locale, &to)));
        }
    }
    jobs
}

fn job(
    work: &Arc<Work>,
    path: PathBuf,
    fingerprint: [u8; 16],
    render: impl Fn(&Work) -> Result<Vec<u8>, RenderFault> + Send + Sync + 'static,
) -> Job {
    let work = work.clone();
    let render: Render = Box::new(move || render(&work));
    Job { path, fingerprint, render }
}

/// Adds a value to a digest, in a form in which no two values look alike.
fn add(digest: &mut Sha256, value: &impl Serialize) {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    digest.update(bytes.len().to_le_bytes());
    digest.update(bytes);
}

fn finish(digest: Sha256) -> [u8; 16] {
    let whole = digest.finalize();
    std::array::from_fn(|index| whole[index])
}
