//! The adapter's part: a clock, definitions, ledgers and a way out, each a trait of its own. A request needs all four,
//! a delivery all but the ledgers.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Query, Reply, Taken};
use scheduling::token::Secrets;

use crate::call::network::Counter;
use crate::call::outgoing::Outgoing;
use crate::call::stop::{Fault, Stop};

/// Rendered HTML by template name, such as `booking.html`, with placeholders left to fill.
pub type Shells = BTreeMap<String, String>;

/// Time, and chance.
pub trait Clock {
    /// The time.
    fn now(&self) -> DateTime<Utc>;

    /// 128 random bits, fit for secrets.
    fn random(&self) -> Result<[u8; 16], Fault>;

    /// A random number, 0 to 999, to spread what would otherwise happen at once. Without randomness, nothing is spread.
    fn jitter(&self) -> u16 {
        self.random().map_or(0, |[first, second, ..]| u16::from_be_bytes([first, second]) % 1000)
    }
}

/// The published site, and what signs its links and keys.
///
/// Futures need not be `Send`, here and in the traits below, as those of a Worker are not; an adapter whose server
/// wants that has it when its own are.
pub trait Definitions {
    /// The site.
    fn site(&self) -> impl Future<Output = Result<Arc<SiteDefinition>, Fault>>;

    /// The host of a folder; `None` where there is none.
    fn host(&self, folder: &str) -> impl Future<Output = Result<Option<Arc<HostDefinition>>, Fault>>;

    /// The shells of one of the site's locales.
    fn shells(&self, locale: &str) -> impl Future<Output = Result<Arc<Shells>, Fault>>;

    /// The keys that links and hosts' keys are signed with.
    fn secrets(&self) -> &Secrets;
}

/// The way to ledgers.
pub trait Ledgers {
    /// Has a ledger run a command. Stops with `busy` where too many are waiting.
    fn apply(&self, ledger: &str, command: Command) -> impl Future<Output = Result<Reply, Stop>>;

    /// Asks a ledger. One that was never written to answers as an empty one.
    fn answer(&self, ledger: &str, query: Query) -> impl Future<Output = Result<Answer, Stop>>;

    /// Time that is taken in a ledger from an instant on: nearly as it is now, where asking the ledger would cost more.
    fn busy(&self, ledger: &str, from: DateTime<Utc>) -> impl Future<Output = Result<Taken, Stop>>;

    /// The ledger that keeps a contact, by the contact's key. No host's ledger has such a name.
    fn contact_ledger(&self, key: &str) -> String;
}

/// A turn to read a calendar, held until it is dropped.
pub struct Turn<T> {
    pub(crate) _held: T,
    /// Whether somebody else had it before.
    pub(crate) waited: bool,
}

/// All that answering a request needs of the place it runs in.
pub trait Platform: Clock + Definitions + Ledgers + Outgoing {
    /// Whether an `Origin` that equals the address the request was sent to is the site's own, whatever `base_url`
    /// says.
    fn accepts_own_address(&self) -> bool;

    /// Whether requests come only under names that the operator chose, so that `Host` is one of the site's own.
    fn has_own_hosts_only(&self) -> bool;

    /// Tells the operator of a fault. Called once for each, where it is handled.
    fn report(&self, fault: &Fault);

    /// Waits until nobody else reads a calendar of a ledger's host: what they found out will do for whoever waited.
    /// Where requests know nothing of each other, nobody waits.
    fn turn(&self, _ledger: &str, _calendar: &str) -> impl Future<Output = Turn<impl Sized>> {
        async { Turn { _held: (), waited: false } }
    }

    /// Counts a booking attempt. Where there were more than `per_minute`: in how many seconds to try again.
    fn rate_limit(&self, counter: Counter, per_minute: u32) -> impl Future<Output = Option<u32>>;
}
