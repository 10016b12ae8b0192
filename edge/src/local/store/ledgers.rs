//! The open ledgers: one file each, a bounded number of them open at a time, and the writes that wait for each.

use crate::local::locked::locked;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scheduling::ledger::{Answer, Command, Query, Reply};
use scheduling::refusal::Refusal;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, oneshot};

use crate::local::clock::Clock;

use super::readers;

use super::shared::{Job, Shared, Wake};
use super::writer;
use crate::{Fault, Stop};

/// The time that a command waits for its turn before it is refused.
const TURN_WAIT: Duration = Duration::from_millis(1500);
/// The time to wait for an answer once the command may have begun. It may still be written: its key makes asking again
/// safe.
const ANSWER_WAIT: Duration = Duration::from_secs(8);
/// Threads that write, each to one ledger at a time. They mostly wait for the disk; with more of them, fewer commands
/// would share a commit.
const WRITERS: usize = 4;

/// All ledgers of a data directory.
pub(in crate::local) struct Ledgers {
    shared: Arc<Shared>,
    reads: Semaphore,
    writers: Mutex<Vec<std::thread::JoinHandle<()>>>,
}

impl Ledgers {
    /// Opens a folder of ledgers, and starts the threads that write.
    pub(in crate::local) fn open(
        folder: PathBuf,
        clock: Clock,
        wake: UnboundedSender<Wake>,
    ) -> Result<Self, Fault> {
        let shared = Arc::new(Shared::new(folder, clock, wake));
        let start = |number| {
            let shared = Arc::clone(&shared);
            let name = format!("ledger-writer-{number}");
            std::thread::Builder::new().name(name).spawn(move || writer::run(&shared))
        };
        let writers = (0..WRITERS).map(start).collect::<Result<Vec<_>, _>>();
        let writers = writers.map_err(|cause| Fault::Operator(format!("cannot start a thread: {cause}")))?;
        Ok(Self { shared, reads: Semaphore::new(readers()), writers: Mutex::new(writers) })
    }

    /// Has a ledger run a command, in its turn. Answers only after the commit.
    pub(in crate::local) async fn apply(&self, name: &str, command: Command) -> Result<Reply, Stop> {
        let (answer, answered) = oneshot::channel();
        let job = Job { command, latest_begin: Clock::instant() + TURN_WAIT, answer };
        if !self.shared.enqueue(name, job) {
            return Err(Refusal::Busy.into());
        }
        match tokio::time::timeout(ANSWER_WAIT, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Fault::Operator(format!("writing to the ledger `{name}` was cut off")).into()),
            Err(_) => Err(Refusal::Busy.into()),
        }
    }

    /// Asks a ledger. A ledger without a file is empty, and gets none.
    pub(in crate::local) async fn answer(&self, name: &str, query: Query) -> Result<Answer, Stop> {
        let permit = tokio::time::timeout(TURN_WAIT, self.reads.acquire()).await;
        let Ok(Ok(_permit)) = permit else { return Err(Refusal::Busy.into()) };
        let shared = Arc::clone(&self.shared);
        let owned_name = name.to_owned();
        let read = tokio::task::spawn_blocking(move || {
            let ledger = shared.ledger(&owned_name);
            ledger.read(&query, shared.clock).map_err(|cause| Fault::Ledger { ledger: owned_name, cause })
        });
        match read.await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Fault::Operator(format!("reading the ledger `{name}` was cut off")).into()),
        }
    }

    /// The ledgers that have a file.
    pub(in crate::local) fn names(&self) -> Vec<String> {
        self.shared.names()
    }

    /// A number that changes with every commit to a ledger that may take or free time.
    pub(in crate::local) fn generation(&self, name: &str) -> u64 {
        self.shared.ledger(name).generation()
    }

    /// Ends the threads once everything that waits is written, and closes the files. Does nothing the second time.
    pub(in crate::local) fn close(&self) -> Vec<Fault> {
        self.shared.end_turns();
        for writer in locked(&self.writers).drain(..) {
            // A writer that panicked has closed its files as it unwound.
            let _ = writer.join();
        }
        self.shared.close_files()
    }
}

#[cfg(test)]
impl Ledgers {
    /// Has the courier look at the clock again.
    pub(in crate::local) fn wake_all(&self) {
        for name in self.names() {
            let _ = self.shared.wake.send((name, Some(self.shared.clock.now())));
        }
    }

    /// Works with the connection that writes to a ledger.
    pub(in crate::local) fn write<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut super::sqlite::Database) -> Result<T, scheduling::sql::SqlFault>,
    ) -> Result<T, scheduling::sql::SqlFault> {
        self.shared.ledger(name).write(work)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::super::shared::MOST_WAITING;
    use super::*;

    /// No thread writes here, as if all of them waited for the disk: commands wait, and those that find the queue full
    /// are refused.
    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_another_ledgers_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (wake, _wakes) = tokio::sync::mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(folder.path().to_owned(), Clock::starting_at(None), wake));
        let ledgers = Ledgers { shared, reads: Semaphore::new(1), writers: Mutex::default() };
        for number in 0..MOST_WAITING {
            assert_eq!(
                ledgers.apply("aiko", Command::Expire(None)).now_or_never(),
                None,
                "number {number} waits"
            );
        }
        let busy = Stop::from(Refusal::Busy);
        assert_eq!(ledgers.apply("aiko", Command::Expire(None)).now_or_never(), Some(Err(busy)));
        assert_eq!(ledgers.apply("jonas", Command::Expire(None)).now_or_never(), None);
    }
}
