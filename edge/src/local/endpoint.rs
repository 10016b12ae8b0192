//! The endpoint in this process: the platform of a request, and answers that are still true.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scheduling::claim::Claim;
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Query, Reply};
use scheduling::token::Secrets;

use super::app::App;
use super::definitions::Snapshot;
use super::store::shared::CONTACTS;
use super::web::answer_cache::Basis;
use crate::call::ledger::LedgerClient;
use crate::{Fault, Platform, Shells, Stop};

impl App {
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
        LedgerClient { platform: self, name: ledger }.busy(from, None).await
    }

    async fn rate_limit(&self, address: IpAddr, per_minute: u32) -> Option<u32> {
        self.app.attempts.count(address, per_minute)
    }
}
