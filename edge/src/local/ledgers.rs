//! The open ledgers: one file each, a bounded number of them open at a time, and what waits to be written to each.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use scheduling::ledger::{self, Answer, Command, Query, Reply};
use scheduling::refusal::Refusal;
use scheduling::sql::SqlFault;
use scheduling::token::is_ledger_name;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, oneshot};

use super::clock::Clock;
use super::couriers::Wake;
use super::data::sync_directory;
use super::readers;
use super::sqlite::Database;
use super::writer::{self, Job};
use crate::{Fault, Stop};

/// Files that are open at once. More may be, for a moment, while all of them are in use.
const MOST_OPEN: NonZeroUsize = NonZeroUsize::new(32).unwrap();
/// Commands that may wait for one ledger.
const MOST_WAITING: usize = 512;
/// How long a command waits for its turn before it is refused.
const TURN_WAIT: Duration = Duration::from_millis(1500);
/// How long its answer is waited for once it may have been begun. It may yet be written: its key makes asking again safe.
const ANSWER_WAIT: Duration = Duration::from_secs(8);
/// Threads that write, each to one ledger at a time. They mostly wait for the disk; with more of them, fewer commands
/// would share a commit.
const WRITERS: usize = 4;

/// The ledger that keeps all contacts: one file, as each would fill some sixty kilobytes of its own, and wait for the disk.
pub(super) const CONTACTS: &str = "contact.all";

/// All ledgers of a data directory.
pub(super) struct Ledgers {
    shared: Arc<Shared>,
    reads: Semaphore,
    writers: Mutex<Vec<std::thread::JoinHandle<()>>>,
}

/// What writers and askers share.
pub(super) struct Shared {
    folder: PathBuf,
    pub(super) clock: Clock,
    /// Hears when a ledger wants to be woken.
    pub(super) wake: UnboundedSender<Wake>,
    open: Mutex<LruCache<String, Arc<Ledger>>>,
    /// Ledgers that something waits for: each once, and behind all others again when it had its turn.
    turns: Mutex<Turns>,
    turn_came: Condvar,
    /// Never the same number twice, so that what is remembered of a ledger cannot be taken for something newer.
    generations: AtomicU64,
}

#[derive(Default)]
struct Turns {
    ledgers: VecDeque<Arc<Ledger>>,
    closing: bool,
}

/// One ledger: its file, and what waits for it.
pub(super) struct Ledger {
    pub(super) name: String,
    path: PathBuf,
    generation: AtomicU64,
    waiting: Mutex<Waiting>,
    writer: Mutex<Option<Database>>,
    reader: Mutex<Option<Database>>,
    /// What was erased may still stand in the log beside the file.
    has_remains: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// It has a turn, or is at work.
    has_turn: bool,
}

impl Ledgers {
    /// Opens a folder of ledgers, and starts the threads that write.
    pub(super) fn open(folder: PathBuf, clock: Clock, wake: UnboundedSender<Wake>) -> Result<Self, Fault> {
        let shared = Arc::new(Shared {
            folder,
            clock,
            wake,
            open: Mutex::new(LruCache::unbounded()),
            turns: Mutex::default(),
            turn_came: Condvar::new(),
            generations: AtomicU64::new(0),
        });
        let start = |number| {
            let shared = Arc::clone(&shared);
            let name = format!("ledger-writer-{number}");
            std::thread::Builder::new().name(name).spawn(move || writer::run(&shared))
        };
        let writers = (0..WRITERS).map(start).collect::<Result<Vec<_>, _>>();
        let writers = writers.map_err(|cause| Fault::Operator(format!("cannot start a thread: {cause}")))?;
        Ok(Self { shared, reads: Semaphore::new(readers()), writers: Mutex::new(writers) })
    }

    /// Has a ledger run a command, in its turn. Answers only when it is committed.
    pub(super) async fn apply(&self, name: &str, command: Command) -> Result<Reply, Stop> {
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

    /// Asks a ledger. One without a file is empty, and stays without.
    pub(super) async fn answer(&self, name: &str, query: Query) -> Result<Answer, Stop> {
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
    pub(super) fn names(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.shared.folder).into_iter().flatten().flatten();
        let name = |file: std::fs::DirEntry| {
            let name = file.file_name().into_string().ok()?;
            name.strip_suffix(".sqlite3").filter(|name| is_known_name(name)).map(str::to_owned)
        };
        files.filter_map(name).collect()
    }

    /// A number that changes with every commit to a ledger that may take or free time.
    pub(super) fn generation(&self, name: &str) -> u64 {
        self.shared.ledger(name).generation.load(Ordering::SeqCst)
    }

    /// Ends the threads when all that waits is written, and closes the files. Does nothing the second time.
    pub(super) fn close(&self) -> Vec<Fault> {
        locked(&self.shared.turns).closing = true;
        self.shared.turn_came.notify_all();
        for writer in locked(&self.writers).drain(..) {
            // A writer that panicked has closed its files as it unwound.
            let _ = writer.join();
        }
        let mut faults = Vec::new();
        while let Some((_, ledger)) = locked(&self.shared.open).pop_lru() {
            faults.extend(ledger.close().err());
        }
        faults
    }
}

#[cfg(test)]
impl Ledgers {
    /// Works with the connection that writes to a ledger.
    pub(super) fn write<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut Database) -> Result<T, SqlFault>,
    ) -> Result<T, SqlFault> {
        self.shared.ledger(name).write(work)
    }
}

impl Shared {
    /// The ledger of a name, opened if need be. Others that nobody uses are closed beyond the bound.
    fn ledger(&self, name: &str) -> Arc<Ledger> {
        let mut open = locked(&self.open);
        if let Some(ledger) = open.get(name) {
            return Arc::clone(ledger);
        }
        let ledger = Arc::new(Ledger::new(&self.folder, name, self.next_generation()));
        open.put(name.to_owned(), Arc::clone(&ledger));
        while open.len() > MOST_OPEN.get() {
            // Held by this map alone, which is locked: nobody can come to use it meanwhile.
            let idle = open.iter().rev().find(|(_, ledger)| Arc::strong_count(ledger) == 1);
            let Some(name) = idle.map(|(name, _)| name.clone()) else { break };
            open.pop(&name);
        }
        ledger
    }

    /// Puts a job in its ledger's queue; `false` where too many wait, or the process ends.
    fn enqueue(&self, name: &str, job: Job) -> bool {
        let ledger = self.ledger(name);
        let mut waiting = locked(&ledger.waiting);
        if waiting.jobs.len() >= MOST_WAITING || locked(&self.turns).closing {
            return false;
        }
        waiting.jobs.push_back(job);
        let needs_turn = !std::mem::replace(&mut waiting.has_turn, true);
        drop(waiting);
        if needs_turn {
            self.give_turn(ledger);
        }
        true
    }

    fn give_turn(&self, ledger: Arc<Ledger>) {
        locked(&self.turns).ledgers.push_back(ledger);
        self.turn_came.notify_one();
    }

    /// The next ledger that something waits for; `None` when the process ends and nothing waits.
    pub(super) fn next_turn(&self) -> Option<Arc<Ledger>> {
        let mut turns = locked(&self.turns);
        loop {
            if let Some(ledger) = turns.ledgers.pop_front() {
                return Some(ledger);
            }
            if turns.closing {
                return None;
            }
            turns = self.turn_came.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives the ledger another turn, behind the others, if more waits for it.
    pub(super) fn end_turn(&self, ledger: Arc<Ledger>) {
        let mut waiting = locked(&ledger.waiting);
        waiting.has_turn = !waiting.jobs.is_empty();
        let more = waiting.has_turn;
        drop(waiting);
        if more {
            self.give_turn(ledger);
        }
    }

    pub(super) fn next_generation(&self) -> u64 {
        self.generations.fetch_add(1, Ordering::SeqCst)
    }
}

impl Ledger {
    fn new(folder: &Path, name: &str, generation: u64) -> Self {
        Self {
            name: name.to_owned(),
            path: folder.join(format!("{name}.sqlite3")),
            generation: AtomicU64::new(generation),
            waiting: Mutex::default(),
            writer: Mutex::default(),
            reader: Mutex::default(),
            has_remains: AtomicBool::new(false),
        }
    }

    /// Takes up to so many jobs from the queue.
    pub(super) fn take_jobs(&self, most: usize) -> Vec<Job> {
        let mut waiting = locked(&self.waiting);
        let count = waiting.jobs.len().min(most);
        waiting.jobs.drain(..count).collect()
    }

    /// Marks everything that is remembered of this ledger as old.
    pub(super) fn set_generation(&self, generation: u64) {
        self.generation.store(generation, Ordering::SeqCst);
    }

    /// Works with the connection that writes. One that failed is closed, so that the next turn begins anew.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, SqlFault>,
    ) -> Result<T, SqlFault> {
        let mut writer = locked(&self.writer);
        let mut database = match writer.take() {
            Some(database) => database,
            None => self.open_to_write()?,
        };
        let worked = work(&mut database)?;
        *writer = Some(database);
        Ok(worked)
    }

    /// Leaves nothing of what was erased in the log beside the file. Where somebody reads just then, the next turn does it.
    pub(super) fn clear_remains(&self, erased: bool) -> Result<(), SqlFault> {
        if erased {
            self.has_remains.store(true, Ordering::SeqCst);
        }
        if self.has_remains.load(Ordering::SeqCst) && self.write(Database::empty_log)? {
            self.has_remains.store(false, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Closes the connection that writes, after a fault: what it knows of the file may be wrong.
    pub(super) fn reopen_to_write(&self) {
        drop(locked(&self.writer).take());
    }

    fn open_to_write(&self) -> Result<Database, SqlFault> {
        if !is_known_name(&self.name) {
            return Err(SqlFault::Other(format!("`{}` cannot be a ledger's name", self.name)));
        }
        let is_new = !self.path.exists();
        let mut database = Database::open(&self.path)?;
        ledger::migrate(&mut database)?;
        if is_new && let Some(folder) = self.path.parent() {
            let cannot = |cause| SqlFault::Other(format!("{}: {cause}", folder.display()));
            sync_directory(folder).map_err(cannot)?;
        }
        Ok(database)
    }

    fn read(&self, query: &Query, clock: Clock) -> Result<Answer, SqlFault> {
        let mut reader = locked(&self.reader);
        if !is_known_name(&self.name) || !self.path.exists() {
            return Ok(empty_answer(query));
        }
        let mut database = if let Some(database) = reader.take() {
            database
        } else {
            // An older version of Daymark may have left the file: it is migrated before anyone reads it.
            self.write(|_| Ok(()))?;
            Database::open_read_only(&self.path)?
        };
        let answer = ledger::answer(&mut database, query, clock.now())?;
        *reader = Some(database);
        Ok(answer)
    }

    fn close(&self) -> Result<(), Fault> {
        drop(locked(&self.reader).take());
        let closed = locked(&self.writer).take().map_or(Ok(()), Database::close);
        closed.map_err(|cause| Fault::Ledger { ledger: self.name.clone(), cause })
    }
}

/// Whether a ledger can have that name: a host's, or that of all contacts.
fn is_known_name(name: &str) -> bool {
    name == CONTACTS || is_ledger_name(name)
}

/// What a ledger that was never written to answers.
pub(super) fn empty_answer(query: &Query) -> Answer {
    match query {
        Query::Booking { .. } => Answer::Booking { booking: None },
        Query::Busy { .. } => Answer::Busy { claims: Vec::new() },
        Query::Bookings { .. } | Query::Contacts { .. } => Answer::Bookings { bookings: Vec::new() },
        Query::Due { .. } => Answer::Due { due: Vec::new(), expired: false, next_at: None },
        Query::Deliveries { .. } => Answer::Deliveries { deliveries: Vec::new() },
        Query::Session { .. } => Answer::Session { session: None },
        Query::Contact { .. } => Answer::Contact { contact: None },
        Query::Addresses { .. } => Answer::Addresses { addresses: Vec::new() },
    }
}

/// A lock's content, also after a panic elsewhere: no invariant is ever half made under these locks.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
