//! Reading content/: files to definitions, with every mistake reported at once.
//!
//! [`load`] is the whole of it. Files are found ([`find`]), their TOML is read with its places ([`toml`]), field by
//! field ([`fields`]), and what they say is checked and resolved, file by file ([`files`]), into a [`Site`].

mod fields;
mod files;
mod model;
mod options;
mod toml;

use std::path::Path;

use rayon::prelude::*;
use scheduling::definition::{
    Calendar, CalendarSource, HostDefinition, Mail, MailTransport, Payments, Role, SiteDefinition,
};
use scheduling::mail::Sender;

pub use fields::base_url::base_url;
pub use fields::secrets::is_variable_name;
pub(crate) use files::description::MARKDOWN;
pub use files::find::README;
pub(crate) use files::picture::{asset_path, is_asset_of};
pub use model::{Host, Page, Picture, Site};
pub use options::LoadOptions;
pub use toml::keys::{FileKind, keys};
pub use toml::suggest::as_name;

use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use files::destinations;
use files::find::{self, Found, HostFiles};
use files::host::{self, HostSettings};
use files::links;
use files::page::{self, PageContext, PageRead};
use files::site_file::{self, SiteSettings};
use toml::reader::Reader;
use toml::source::{Source, whole_file};

/// The result of reading content.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The site; `None` where there is a mistake.
    pub site: Option<Site>,
    /// Every mistake and every doubt.
    pub diagnostics: Diagnostics,
}

/// Reads a content folder.
pub fn load(root: &Path, options: &LoadOptions) -> Loaded {
    let mut found = find::find(root);
    let mut diagnostics = std::mem::take(&mut found.diagnostics);
    let site = read_site(root, &found, options, &mut diagnostics);
    let hosts: Vec<HostRead> =
        found.hosts.par_iter().map(|files| read_host(root, files, &site, options)).collect();

    let settings: Vec<HostSettings> = hosts.iter().map(|host| host.settings.clone()).collect();
    diagnostics.extend(links::check(&settings, &found.hosts, &site.locales));
    let mut resolved = Vec::with_capacity(hosts.len());
    let mut links = Vec::new();
    for mut host in hosts {
        diagnostics.extend(host.diagnostics);
        for page in &mut host.pages {
            let Some((own, _)) = &page.page else { continue };
            let name = format!("{}/{}", host.settings.folder, own.slug);
            links.extend(page.links.drain(..).map(|link| (name.clone(), link)));
        }
        resolved.push(resolve_host(host.settings, host.pages, options, &mut diagnostics));
    }
    // While a page cannot be read, nobody knows whether a link leads to it.
    if diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Doubt) {
        diagnostics.extend(destinations::check(root, &links, &site, &resolved));
    }
    let diagnostics = Diagnostics::new(diagnostics);
    let site = (diagnostics.mistakes() == 0).then(|| resolve_site(site, resolved, options));
    Loaded { site, diagnostics }
}

/// Checks the bytes of one file by themselves, beside a host with ordinary hours, a calendar `work` of both roles,
/// and Stripe.
/// For tests and fuzzing: whatever the bytes, it says what is wrong with them.
pub fn check_file(kind: FileKind, bytes: &[u8]) -> Diagnostics {
    let source = match Source::new("file".to_owned(), bytes.to_vec()) {
        Ok(source) => source,
        Err(diagnostic) => return Diagnostics::new(vec![*diagnostic]),
    };
    let locales = vec!["en".to_owned(), "ja".to_owned()];
    let site = SiteSettings { sound: true, locales, ..SiteSettings::default() };
    let ordinary = scheduling::hours::Opening { start: 9 * 60, end: 17 * 60 };
    let hours = scheduling::hours::WeeklyHours(std::array::from_fn(|_| vec![ordinary]));
    let feed = CalendarSource::Feed { secret: "AIKO_CALENDAR".to_owned() };
    let calendars = vec![Calendar { role: Role::Both, ..Calendar::new("work".to_owned(), feed) }];
    let payments = Some(Payments::Stripe {
        secret: "STRIPE_SECRET_KEY".to_owned(),
        webhook_secret: "STRIPE_WEBHOOK_SECRET".to_owned(),
        url: Payments::STRIPE.to_owned(),
        delayed: false,
    });
    let host = HostSettings { sound: true, hours, calendars, payments, ..HostSettings::unknown("host") };
    let today = chrono::NaiveDate::default();
    let context = PageContext { root: Path::new(""), site: &site, host: &host, today };
    let mut reader = Reader::new(&source, 0);
    Diagnostics::new(match kind {
        FileKind::Site => {
            site_file::read(&mut reader, Path::new(""), &LoadOptions::default());
            reader.into_diagnostics()
        }
        FileKind::Host => {
            host::read(&mut reader, Path::new(""), "host", &site);
            reader.into_diagnostics()
        }
        FileKind::Meeting => page::read_own(&context, "page", &source).diagnostics,
        FileKind::Translation => page::check_translation(&context, &source),
    })
}

/// Checks the bytes of one meeting page by themselves: [`check_file`] for the most common kind.
pub fn check_page(bytes: &[u8]) -> Diagnostics {
    check_file(FileKind::Meeting, bytes)
}

/// The owner of a folder of links that no new host can have: the site itself, a locale, or a host who had it before.
pub fn whose_folder(root: &Path, folder: &str) -> Option<String> {
    let read = find::read(root, "site.toml").ok();
    let site =
        read.map(|source| site_file::read(&mut Reader::new(&source, 0), root, &LoadOptions::default()));
    let site = site.unwrap_or_default();
    if let Some(whose) = links::taken_by_site(folder, &site.locales) {
        return Some(whose.to_owned());
    }
    let found = find::find(root);
    found.hosts.iter().filter(|host| host.folder != folder).find_map(|host| {
        let source = find::read(root, &format!("{}/host.toml", host.folder)).ok()?;
        let host = host::read(&mut Reader::new(&source, 0), root, &host.folder, &site);
        links::taken_by_host(folder, &host)
    })
}

fn read_site(
    root: &Path,
    found: &Found,
    options: &LoadOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> SiteSettings {
    if !found.site {
        if diagnostics.is_empty() {
            let mut mistake = whole_file("site.toml".to_owned(), "this file is missing");
            mistake.help(
                "it needs at least `title = \"Example & Co.\"` and `base_url = \"https://meet.example.com\"`",
            );
            mistake.help("`generator new host aiko` creates it, with a host");
            diagnostics.push(mistake);
        }
        return SiteSettings::default();
    }
    if found.hosts.is_empty() && diagnostics.is_empty() {
        let mut mistake = whole_file(String::new(), "there are no hosts yet");
        mistake.help("create one: `generator new host aiko`");
        diagnostics.push(mistake);
    }
    match find::read(root, "site.toml") {
        Ok(source) => {
            let mut reader = Reader::new(&source, 0);
            let site = site_file::read(&mut reader, root, options);
            diagnostics.extend(reader.into_diagnostics());
            site
        }
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            SiteSettings::default()
        }
    }
}

/// A host with its pages, as read.
struct HostRead {
    settings: HostSettings,
    pages: Vec<PageRead>,
    diagnostics: Vec<Diagnostic>,
}

fn read_host(root: &Path, files: &HostFiles, site: &SiteSettings, options: &LoadOptions) -> HostRead {
    let mut diagnostics = Vec::new();
    let settings = match find::read(root, &format!("{}/host.toml", files.folder)) {
        Ok(source) => {
            let mut reader = Reader::new(&source, 0);
            let settings = host::read(&mut reader, root, &files.folder, site);
            diagnostics.extend(reader.into_diagnostics());
            settings
        }
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            HostSettings::unknown(&files.folder)
        }
    };
    let today = settings.time_zone.to_wall_time(options.now).date();
    let context = PageContext { root, site, host: &settings, today };
    let pages = files.pages.par_iter().map(|files| page::read(&context, files)).collect();
    HostRead { settings, pages, diagnostics }
}

fn resolve_host(
    settings: HostSettings,
    read: Vec<PageRead>,
    options: &LoadOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Host {
    let mut definition = HostDefinition {
        folder: settings.folder,
        ledger: settings.ledger,
        name: settings.name,
        email: settings.email,
        time_zone: settings.time_zone,
        key_version: settings.key_version,
        invites_version: settings.invites_version,
        webhooks: settings.webhooks,
        calendars: settings.calendars,
        payments: settings.payments,
        meetings: std::collections::BTreeMap::new(),
    };
    let mut pages = Vec::with_capacity(read.len());
    for read in read {
        diagnostics.extend(read.diagnostics);
        if let Some((page, meeting)) = read.page.filter(|(page, _)| options.drafts || !page.draft) {
            definition.meetings.insert(page.slug.clone(), meeting);
            pages.push(page);
        }
    }
    Host {
        definition,
        was: settings.was.into_iter().map(|(folder, _)| folder).collect(),
        photo: settings.photo,
        about: settings.about,
        pages,
    }
}

fn resolve_site(settings: SiteSettings, hosts: Vec<Host>, options: &LoadOptions) -> Site {
    let mailbox = || Mail { from: Sender::of_mailbox(&settings.title), transport: MailTransport::Mailbox };
    let mail = settings.mail.clone().or_else(|| options.mailbox.then(mailbox));
    let definition = SiteDefinition {
        title: settings.title,
        base_url: settings.base_url,
        locales: settings.locales,
        words: std::collections::BTreeMap::new(),
        limits: settings.limits,
        tracking_parameters: settings.tracking,
        sandbox: settings.sandbox,
        webhooks: settings.webhooks,
        mail,
        turnstile: settings.turnstile,
        embed_parents: settings.embed_parents,
        keep_contacts_minutes: settings.keep_contacts_minutes,
        hosts: hosts.iter().map(|host| host.definition.folder.clone()).collect(),
        renamed: hosts
            .iter()
            .map(|host| &host.definition)
            .filter(|host| host.ledger != host.folder)
            .map(|host| (host.ledger.clone(), host.folder.clone()))
            .collect(),
        was: hosts.iter().flat_map(further_names).collect(),
        accounts: SiteDefinition::accounts_of(hosts.iter().map(|host| &host.definition)),
    };
    Site {
        definition,
        theme: settings.theme,
        privacy: settings.privacy,
        says_of_strangers: settings.says_of_strangers,
        logo: settings.logo,
        hosts,
    }
}

/// The names that a host's folder had, but for the one that its ledger keeps, each with today's.
fn further_names(host: &Host) -> impl Iterator<Item = (String, String)> {
    let HostDefinition { folder, ledger, .. } = &host.definition;
    host.was.iter().filter(move |was| *was != ledger).map(move |was| (was.clone(), folder.clone()))
}

#[cfg(test)]
mod tests;
