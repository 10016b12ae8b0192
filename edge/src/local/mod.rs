//! The local adapter: pages, endpoint and ledgers in one process, with axum and SQLite.

mod clock;
mod compression;
mod couriers;
mod data;
mod definitions;
mod development;
mod files;
mod kept;
mod ledgers;
mod mailbox;
mod peek;
mod postman;
mod receivers;
mod records;
mod respond;
mod serve;
mod sqlite;
mod visitors;
mod writer;

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use chrono::{DateTime, Utc};
use scheduling::claim::Claim;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Query, Reply};
use scheduling::token::Secrets;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

pub use clock::Clock;
pub use data::secrets;
pub use peek::peek;
pub use receivers::Receivers;
pub use serve::serve;

use self::couriers::Wake;
use self::data::DataDirectory;
use self::definitions::{Definitions, Snapshot};
use self::development::Announcements;
use self::files::Files;
use self::kept::{Basis, KeptAnswers};
use self::ledgers::{CONTACTS, Ledgers, locked};
use self::mailbox::Mailbox;
use self::records::Records;
use self::respond::{respond, status_only};
use self::visitors::Attempts;
use crate::call::claims_of;
use crate::{Fault, Platform, Shells, Stop};

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
    /// Tells the operator of a fault. Called once for each.
    pub report: Report,
}

/// One process's pages, endpoint and ledgers.
pub struct App {
    options: Options,
    clock: Clock,
    secrets: Secrets,
    definitions: Definitions,
    files: Files,
    /// Files are read by so many at once: each reader is a thread, and threads hold memory.
    file_readers: Semaphore,
    ledgers: Ledgers,
    /// When ledgers want to be woken; taken by whoever carries deliveries out.
    wakes: Mutex<Option<UnboundedReceiver<Wake>>>,
    records: Records,
    /// Records are written by one thread at a time: others would only wait for it, and threads hold memory.
    record_writer: Semaphore,
    kept: KeptAnswers,
    attempts: Attempts,
    announcements: Announcements,
    mailbox: Mailbox,
    _data: DataDirectory,
}

/// The address of the connection that a request came over.
#[derive(Clone, Copy, Debug)]
struct Peer(IpAddr);

impl App {
    /// Takes the data directory for this process, and reads the definitions.
    pub fn open(options: Options) -> Result<Arc<Self>, Fault> {
        let data = DataDirectory::open(&options.data)?;
        let (wake, wakes) = couriers::wakes();
        let clock = Clock::starting_at(options.now);
        let definitions = Definitions::of(&options.dist);
        if !options.development {
            definitions.now()?;
        }
        Ok(Arc::new(Self {
            clock,
            secrets: secrets(&data.path)?,
            definitions,
            files: Files::new(options.dist.clone(), options.development),
            file_readers: Semaphore::new(readers()),
            ledgers: Ledgers::open(data.ledgers(), clock, wake)?,
            wakes: Mutex::new(Some(wakes)),
            records: Records::of(&data.path),
            record_writer: Semaphore::new(1),
            kept: KeptAnswers::new(),
            attempts: Attempts::default(),
            announcements: Announcements::new(clock.now().timestamp().unsigned_abs()),
            mailbox: Mailbox::default(),
            _data: data,
            options,
        }))
    }

    /// Everything that this process answers to.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(respond).with_state(Arc::clone(self))
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

    /// Writes what waits to be written, and closes the ledgers. After it, nothing can be booked.
    pub fn close(&self) {
        self.stop_waiting();
        for fault in self.ledgers.close() {
            self.report(&fault);
        }
        if let Err(cause) = self.records.close() {
            self.report(&Fault::Ledger { ledger: "records".to_owned(), cause });
        }
    }

    /// Who hears when ledgers want to be woken: once.
    fn take_wakes(&self) -> Option<UnboundedReceiver<Wake>> {
        locked(&self.wakes).take()
    }

    fn stop_waiting(&self) {
        self.announcements.close();
    }

    /// Answers for the endpoint, from what is kept where that is still true.
    pub(crate) async fn answer_endpoint(
        &self,
        request: crate::Request,
        address: Option<IpAddr>,
    ) -> crate::Response {
        let Ok(snapshot) = self.definitions.now() else {
            return crate::handle(&Answering { app: self, snapshot: None }, &request, address).await;
        };
        let version = snapshot.version;
        let basis_of = |ledger: &str| Basis { generation: self.ledgers.generation(ledger), version };
        if let Some(response) = self.kept.find(&request, self.clock.now(), basis_of) {
            return response;
        }
        // Taken before the ledger is read: a commit in between makes the answer old at once, never wrongly new.
        let ledger = self.ledger_asked(&snapshot, request.uri().path());
        let basis = ledger.map(|ledger| basis_of(&ledger));
        let platform = Answering { app: self, snapshot: Some(snapshot) };
        let response = crate::handle(&platform, &request, address).await;
        match basis {
            Some(basis) => self.kept.keep(&request, response, basis),
            None => response,
        }
    }

    /// The ledger that an availability request reads.
    fn ledger_asked(&self, snapshot: &Snapshot, path: &str) -> Option<String> {
        let page = path.strip_prefix("/api/availability/")?;
        let folder = page.split('/').next()?;
        if !snapshot.site.hosts.iter().any(|host| host == folder) {
            return None;
        }
        Some(self.definitions.host(snapshot, folder).ok()??.ledger.clone())
    }

    fn is_https(&self) -> bool {
        self.definitions.now().is_ok_and(|snapshot| snapshot.site.base_url.starts_with("https://"))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("App").field("dist", &self.options.dist).finish_non_exhaustive()
    }
}

/// The platform for one request: all of it is answered from one build's definitions.
struct Answering<'a> {
    app: &'a App,
    snapshot: Option<Arc<Snapshot>>,
}

impl Answering<'_> {
    fn snapshot(&self) -> Result<Arc<Snapshot>, Fault> {
        self.snapshot.clone().map_or_else(|| self.app.definitions.now(), Ok)
    }
}

impl Platform for Answering<'_> {
    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|cause| Fault::Random(cause.to_string()))?;
        Ok(random)
    }

    fn secrets(&self) -> &Secrets {
        &self.app.secrets
    }

    fn accepts_own_address(&self) -> bool {
        true
    }

    fn report(&self, fault: &Fault) {
        self.app.report(fault);
    }

    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        Ok(Arc::clone(&self.snapshot()?.site))
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        self.app.definitions.host(&*self.snapshot()?, folder)
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        self.snapshot()?.shells(locale)
    }

    async fn apply(&self, ledger: &str, command: Command) -> Result<Reply, Stop> {
        self.app.ledgers.apply(ledger, command).await
    }

    async fn answer(&self, ledger: &str, query: Query) -> Result<Answer, Stop> {
        self.app.ledgers.answer(ledger, query).await
    }

    fn contact_ledger(&self, _: &str) -> String {
        CONTACTS.to_owned()
    }

    async fn busy(&self, ledger: &str, from: DateTime<Utc>) -> Result<Vec<Claim>, Stop> {
        claims_of(self, ledger, from, None).await
    }

    async fn rate_limit(&self, address: IpAddr, per_minute: u32) -> Option<u32> {
        self.app.attempts.count(address, per_minute)
    }
}

impl App {
    fn report(&self, fault: &Fault) {
        (self.options.report)(fault);
    }

    /// Tells of what stopped work that no visitor waits for. That too many wait is no fault.
    fn report_stop(&self, stop: Stop) {
        if let Stop::Fault(fault) = stop {
            self.report(&fault);
        }
    }
}

/// Threads that read ledgers at once, and as many that read files: what they read is mostly in memory, so more would only
/// hold more of it.
fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, NonZeroUsize::get).clamp(2, 4)
}

#[cfg(test)]
impl App {
    /// Carries deliveries out, for as long as the test's runtime lives.
    pub(crate) fn carry_out(self: &Arc<Self>) {
        let (end, ending) = tokio::sync::watch::channel(false);
        if let Some(wakes) = self.take_wakes() {
            let couriers = couriers::run(Arc::clone(self), wakes, ending);
            tokio::spawn(async move {
                couriers.await;
                drop(end);
            });
        }
    }

    /// Lets a ledger's file grow to so many pages and no further, until its connection is closed.
    pub(crate) fn limit_pages(&self, ledger: &str, pages: i64) -> Result<(), scheduling::sql::SqlFault> {
        use scheduling::sql::Sql;
        self.ledgers.write(ledger, |database| {
            database.run(&format!("PRAGMA max_page_count = {pages}"), &[]).map(|_| ())
        })
    }
}
