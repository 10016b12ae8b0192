//! One process's pages, endpoint and ledgers.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use scheduling::definition::LocaleCode;
use scheduling::token::Secrets;
use scheduling::web::Served;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::checkout;
use super::clock::Clock;
use super::definitions::Definitions;
use super::locked::locked;
use super::outgoing::Sender;
use super::store::data_folder::{DataDirectory, secrets};
use super::store::ledgers::Ledgers;
use super::store::readers;
use super::store::records::Records;
use super::store::shared::Wake;
use super::turns::Turns;
use super::web::announcements::Announcements;
use super::web::answer_cache::KeptAnswers;
use super::web::files::Files;
use super::web::mailbox::Mailbox;
use super::web::rate_limit::Attempts;
use crate::{Fault, Stop};

/// Tells the operator of a fault.
pub type Report = Arc<dyn Fn(&Fault) + Send + Sync>;

/// How the adapter runs.
#[derive(Clone)]
pub struct Options {
    /// The folder that the generator made.
    pub dist: PathBuf,
    /// Where ledgers and secret are kept.
    pub data: PathBuf,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The clock starts there, and runs on; the system's own time where it is `None`.
    pub now: Option<DateTime<Utc>>,
    /// Deliveries may also go over plain HTTP, and to private addresses.
    pub private_webhooks: bool,
    /// Pages reload when the site was built again, and a missing site is no fault.
    pub development: bool,
    /// Payments go to a stand-in of Stripe, below this server's own `/dev/`, where Stripe's key is not set. Only in
    /// development.
    pub checkout: Option<checkout::Settings>,
    /// Tells the operator of a fault. Called once for each.
    pub report: Report,
}

/// One process's pages, endpoint and ledgers.
pub struct App {
    pub(super) options: Options,
    pub(super) clock: Clock,
    pub(super) secrets: Secrets,
    pub(super) sender: Sender,
    pub(super) definitions: Definitions,
    pub(super) files: Files,
    /// Files are read by so many at once: each reader is a thread, and threads hold memory.
    pub(super) file_readers: Semaphore,
    /// Large files that are not in memory yet are read and compressed by one thread: others wait for no more than that.
    pub(super) large_file_reader: Semaphore,
    pub(super) ledgers: Ledgers,
    /// When ledgers want to be woken; taken by whoever carries deliveries out.
    pub(super) wakes: Mutex<Option<UnboundedReceiver<Wake>>>,
    pub(super) records: Records,
    /// Records are written by one thread at a time: others would only wait for it, and threads hold memory.
    pub(super) record_writer: Semaphore,
    pub(super) kept: KeptAnswers,
    pub(super) attempts: Attempts,
    pub(super) announcements: Announcements,
    pub(super) mailbox: Mailbox,
    /// What takes payments in Stripe's place.
    pub(super) stand_in: Option<Arc<checkout::StandIn>>,
    pub(super) turns: Turns,
    _data: DataDirectory,
}

impl App {
    /// Takes the data directory for this process, and reads the definitions.
    pub fn open(options: Options) -> Result<Arc<Self>, Fault> {
        let data = DataDirectory::open(&options.data)?;
        for fault in &data.exposed {
            (options.report)(fault);
        }
        let (wake, wakes) = unbounded_channel();
        let clock = Clock::starting_at(options.now);
        let settings = options.checkout.clone().filter(|_| options.development);
        let kept = data.path.join("checkout.json");
        let stand_in =
            settings.map(|settings| checkout::StandIn::kept_in(settings, clock, kept)).transpose()?;
        let definitions = Definitions::of(&options.dist, stand_in.clone());
        if !options.development {
            definitions.now()?;
        }
        Ok(Arc::new(Self {
            clock,
            sender: Sender::new(clock, options.private_webhooks).with_secrets_of(stand_in.clone()),
            secrets: secrets(&data.path)?,
            definitions,
            files: Files::new(options.dist.clone(), options.development),
            file_readers: Semaphore::new(readers()),
            large_file_reader: Semaphore::new(1),
            ledgers: Ledgers::open(data.ledgers(), clock, wake)?,
            wakes: Mutex::new(Some(wakes)),
            records: Records::of(&data.path),
            record_writer: Semaphore::new(1),
            kept: KeptAnswers::new(),
            attempts: Attempts::default(),
            announcements: Announcements::new(clock.now().timestamp().unsigned_abs()),
            mailbox: Mailbox::default(),
            stand_in,
            turns: Turns::default(),
            _data: data,
            options,
        }))
    }

    /// Reads the definitions again after a build. Where that fails, the last good ones stay.
    pub fn definitions_changed(&self) -> Result<(), Fault> {
        self.definitions.reload()
    }

    /// Has open pages reload. Only in development.
    pub fn announce_reload(&self) {
        self.announcements.announce("");
    }

    /// Shows mistakes on open pages. Only in development.
    pub fn announce_mistakes(&self, mistakes: &str) {
        self.announcements.announce(mistakes);
    }

    /// Writes what waits to be written, and closes the ledgers. After it, nothing can be booked. Returns true if all
    /// that was acknowledged is stored; what is not was reported.
    pub fn close(&self) -> bool {
        self.stop_waiting();
        let mut faults = self.ledgers.close();
        let are_stored = faults.is_empty();
        let of_records = |cause| Fault::Ledger { ledger: "records".to_owned(), cause };
        faults.extend(self.records.close().map_err(of_records).err());
        for fault in &faults {
            self.report(fault);
        }
        are_stored
    }

    /// Who hears when ledgers want to be woken: once.
    pub(super) fn take_wakes(&self) -> Option<UnboundedReceiver<Wake>> {
        locked(&self.wakes).take()
    }

    pub(super) fn stop_waiting(&self) {
        self.announcements.close();
    }

    /// The host in the site's own address, without its port.
    pub(super) fn own_host(&self) -> Option<String> {
        let snapshot = self.definitions.now().ok()?;
        let base_url: http::Uri = snapshot.site.base_url.parse().ok()?;
        base_url.host().map(str::to_owned)
    }

    /// The site's locales, where there is one.
    pub(super) fn locales(&self) -> Vec<LocaleCode> {
        self.definitions.now().map(|snapshot| snapshot.site.locales.clone()).unwrap_or_default()
    }

    /// How the site is served.
    pub(super) fn served(&self) -> Served {
        self.definitions.now().map(|snapshot| snapshot.site.served()).unwrap_or_default()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("App").field("dist", &self.options.dist).finish_non_exhaustive()
    }
}

impl App {
    pub(super) fn report(&self, fault: &Fault) {
        (self.options.report)(fault);
    }

    /// Tells of what stopped work that no visitor waits for. That too many wait is no fault.
    pub(super) fn report_stop(&self, stop: Stop) {
        if let Stop::Fault(fault) = stop {
            self.report(&fault);
        }
    }
}

#[cfg(test)]
impl App {
    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.pass(seconds);
        self.ledgers.wake_all();
    }

    /// Lets a ledger's file grow to so many pages and no further, until its connection is closed.
    pub(crate) fn limit_pages(&self, ledger: &str, pages: i64) -> Result<(), scheduling::sql::SqlFault> {
        use scheduling::sql::Sql;
        self.ledgers.write(ledger, |database| {
            database.run(&format!("PRAGMA max_page_count = {pages}"), &[]).map(|_| ())
        })
    }
}
