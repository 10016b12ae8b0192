//! This process as the endpoint and its deliveries see it, and answers that are still true.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Query, Reply, Taken};
use scheduling::token::Secrets;

use super::app::App;
use super::clock;
use super::definitions::Snapshot;
use super::store::shared::CONTACTS;
use super::web::answer_cache::Basis;
use crate::call::ledger::LedgerClient;
use crate::call::network::Counter;
use crate::call::platform::Turn;
use crate::{
    Clock, Definitions, Fault, Ledgers, Outgoing, OutgoingRequest, Platform, Response, Shells, Stop,
    Unanswered,
};

impl App {
    /// Answers for the endpoint, from what is kept where that is still true.
    pub(crate) async fn answer_endpoint(
        &self,
        request: crate::Request,
        address: Option<IpAddr>,
    ) -> crate::Response {
        let Ok(snapshot) = self.definitions.now() else {
            return crate::handle(&Local::of(self), &request, address).await;
        };
        let version = snapshot.version;
        let basis_of = |ledger: &str| Basis { generation: self.ledgers.generation(ledger), version };
        if let Some(response) = self.kept.find(&request, self.clock.now(), basis_of) {
            return response;
        }
        // Taken before the ledger is read: a commit in between makes the answer old at once, never wrongly new.
        let ledger = self.ledger_asked(&snapshot, request.uri().path());
        let basis = ledger.map(|ledger| basis_of(&ledger));
        let platform = Local { app: self, snapshot: Some(snapshot) };
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
}

/// This process, for one request or one delivery: all of it is answered from one build's definitions.
pub(super) struct Local<'a> {
    pub(super) app: &'a App,
    /// Without one, each question is answered from the definitions as they are then.
    snapshot: Option<Arc<Snapshot>>,
}

impl<'a> Local<'a> {
    /// With the definitions as they are now, where there are any.
    pub(super) fn of(app: &'a App) -> Self {
        Self { app, snapshot: app.definitions.now().ok() }
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, Fault> {
        self.snapshot.clone().map_or_else(|| self.app.definitions.now(), Ok)
    }
}

impl Clock for Local<'_> {
    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        clock::Clock::random()
    }
}

impl Definitions for Local<'_> {
    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        Ok(Arc::clone(&self.snapshot()?.site))
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        self.app.definitions.host(&*self.snapshot()?, folder)
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        self.snapshot()?.shells(locale)
    }

    fn secrets(&self) -> &Secrets {
        &self.app.secrets
    }
}

impl Ledgers for Local<'_> {
    async fn apply(&self, ledger: &str, command: Command) -> Result<Reply, Stop> {
        self.app.ledgers.apply(ledger, command).await
    }

    async fn answer(&self, ledger: &str, query: Query) -> Result<Answer, Stop> {
        self.app.ledgers.answer(ledger, query).await
    }

    async fn busy(&self, ledger: &str, from: DateTime<Utc>) -> Result<Taken, Stop> {
        LedgerClient { platform: self, name: ledger }.busy(from, None).await
    }

    fn contact_ledger(&self, _: &str) -> String {
        CONTACTS.to_owned()
    }
}

impl Outgoing for Local<'_> {
    fn secret(&self, name: &str) -> Option<String> {
        self.app.sender.secret(name)
    }

    fn send(&self, request: OutgoingRequest) -> impl Future<Output = Result<Response, Unanswered>> {
        self.app.sender.send(request)
    }

    fn sign(&self, key: &[u8], text: &str) -> impl Future<Output = Option<Vec<u8>>> {
        self.app.sender.sign(key, text)
    }

    fn seal(&self, key: &[u8; 32], nonce: &[u8; 12], text: &[u8]) -> impl Future<Output = Option<Vec<u8>>> {
        self.app.sender.seal(key, nonce, text)
    }

    fn open(&self, key: &[u8; 32], nonce: &[u8; 12], sealed: &[u8]) -> impl Future<Output = Option<Vec<u8>>> {
        self.app.sender.open(key, nonce, sealed)
    }
}

impl Platform for Local<'_> {
    fn turn(&self, ledger: &str, calendar: &str) -> impl Future<Output = Turn<impl Sized>> {
        self.app.turns.take(format!("{ledger}/{calendar}"))
    }

    fn accepts_own_address(&self) -> bool {
        true
    }

    /// Whoever connects names any host.
    fn has_own_hosts_only(&self) -> bool {
        false
    }

    fn report(&self, fault: &Fault) {
        self.app.report(fault);
    }

    async fn rate_limit(&self, counter: Counter, per_minute: u32) -> Option<u32> {
        self.app.attempts.count(counter, per_minute)
    }
}
