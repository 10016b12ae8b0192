//! The state that writers and askers share: the open ledgers, their queues and their turns.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Utc};
use lru::LruCache;
use scheduling::ledger::{self, Answer, Command, InviteUse, Query, Reply};
use scheduling::sql::SqlFault;
use scheduling::token::is_ledger_name;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::local::clock::Clock;
use crate::local::locked::locked;
use crate::local::store::data_folder::sync_directory;
use crate::local::store::in_place::{cannot, disturbed, emptied};
use crate::local::store::sqlite::Database;
use crate::{Fault, Stop};

/// Files that are open at once. More may be, for a moment, while all of them are in use.
const MOST_OPEN: NonZeroUsize = NonZeroUsize::new(32).unwrap();
/// Commands that may wait for one ledger.
pub(super) const MOST_WAITING: usize = 512;

/// The ledger that keeps all contacts: one file for all, because one for each would fill some sixty kilobytes,
/// and wait for the disk.
pub(in crate::local) const CONTACTS: &str = "contact.all";

/// A ledger, and the instant at which it wants to be woken; `None` for not at all.
pub(in crate::local) type Wake = (String, Option<DateTime<Utc>>);

/// A command that waits for its turn.
pub(in crate::local) struct Job {
    pub(in crate::local) command: Command,
    /// A job that begins later is refused: its sender has been asked to try again, or will be.
    pub(in crate::local) latest_begin: Instant,
    pub(in crate::local) answer: oneshot::Sender<Result<Reply, Stop>>,
}

/// The state that writers and askers share.
pub(in crate::local) struct Shared {
    folder: PathBuf,
    pub(in crate::local) clock: Clock,
    /// Hears when a ledger wants to be woken.
    pub(in crate::local) wake: UnboundedSender<Wake>,
    open: Mutex<LruCache<String, Arc<Ledger>>>,
    /// The ledgers that had a file at some time of this process's life: it never counts as empty again.
    known: Arc<Mutex<BTreeSet<String>>>,
    /// The ledgers that jobs wait for: each once, and behind all others again after its turn.
    turns: Mutex<Turns>,
    turn_came: Condvar,
    /// Never the same number twice, so that nothing remembered of a ledger can be taken for something newer.
    generations: AtomicU64,
}

#[derive(Default)]
struct Turns {
    ledgers: VecDeque<Arc<Ledger>>,
    closing: bool,
}

/// One ledger: its file, and the jobs that wait for it.
pub(in crate::local) struct Ledger {
    pub(in crate::local) name: String,
    path: PathBuf,
    known: Arc<Mutex<BTreeSet<String>>>,
    generation: AtomicU64,
    waiting: Mutex<Waiting>,
    writer: Mutex<Option<Database>>,
    reader: Mutex<Option<Database>>,
    /// Deleted data may still be in the log beside the file.
    has_remains: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// It has a turn, or is at work.
    has_turn: bool,
}

impl Shared {
    /// The ledgers of a folder, none of them open yet.
    pub(in crate::local) fn new(folder: PathBuf, clock: Clock, wake: UnboundedSender<Wake>) -> Self {
        let known = names_in(&folder).into_iter().collect();
        Self {
            folder,
            clock,
            wake,
            open: Mutex::new(LruCache::unbounded()),
            known: Arc::new(Mutex::new(known)),
            turns: Mutex::default(),
            turn_came: Condvar::new(),
            generations: AtomicU64::new(0),
        }
    }

    /// The ledgers that have a file.
    pub(in crate::local) fn names(&self) -> Vec<String> {
        names_in(&self.folder)
    }

    /// Takes no more commands. Those that wait still get their turns.
    pub(in crate::local) fn end_turns(&self) {
        locked(&self.turns).closing = true;
        self.turn_came.notify_all();
    }

    /// Closes every file. Returns the faults of those that did not close well.
    pub(in crate::local) fn close_files(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        while let Some((_, ledger)) = locked(&self.open).pop_lru() {
            faults.extend(ledger.close().err());
        }
        let told: BTreeSet<String> = faults.iter().filter_map(ledger_of).collect();
        let lost =
            locked(&self.known).iter().filter(|name| !told.contains(*name)).cloned().collect::<Vec<_>>();
        faults.extend(lost.into_iter().filter_map(|name| {
            let path = path_of(&self.folder, &name);
            let cause = (!path.exists()).then(|| disturbed(&path))?;
            Some(Fault::Ledger { ledger: name, cause })
        }));
        faults
    }

    /// The ledger of a name, opened if need be. Beyond the bound, others that nobody uses are closed.
    pub(in crate::local) fn ledger(&self, name: &str) -> Arc<Ledger> {
        let mut open = locked(&self.open);
        if let Some(ledger) = open.get(name) {
            return Arc::clone(ledger);
        }
        let ledger =
            Arc::new(Ledger::new(&self.folder, name, self.next_generation(), Arc::clone(&self.known)));
        open.put(name.to_owned(), Arc::clone(&ledger));
        while open.len() > MOST_OPEN.get() {
            // Held only by this map, which is locked: nobody can come to use it in the meantime.
            let idle = open.iter().rev().find(|(_, ledger)| Arc::strong_count(ledger) == 1);
            let Some(name) = idle.map(|(name, _)| name.clone()) else { break };
            open.pop(&name);
        }
        ledger
    }

    /// Puts a job in its ledger's queue; `false` if too many wait, or the process ends.
    pub(in crate::local) fn enqueue(&self, name: &str, job: Job) -> bool {
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

    /// The next ledger that jobs wait for; `None` when the process ends and nothing waits.
    pub(in crate::local) fn next_turn(&self) -> Option<Arc<Ledger>> {
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
    pub(in crate::local) fn end_turn(&self, ledger: Arc<Ledger>) {
        let mut waiting = locked(&ledger.waiting);
        waiting.has_turn = !waiting.jobs.is_empty();
        let more = waiting.has_turn;
        drop(waiting);
        if more {
            self.give_turn(ledger);
        }
    }

    pub(in crate::local) fn next_generation(&self) -> u64 {
        self.generations.fetch_add(1, Ordering::SeqCst)
    }
}

impl Ledger {
    fn new(folder: &Path, name: &str, generation: u64, known: Arc<Mutex<BTreeSet<String>>>) -> Self {
        Self {
            name: name.to_owned(),
            path: path_of(folder, name),
            known,
            generation: AtomicU64::new(generation),
            waiting: Mutex::default(),
            writer: Mutex::default(),
            reader: Mutex::default(),
            has_remains: AtomicBool::new(false),
        }
    }

    /// Takes up to `most` jobs from the queue.
    pub(in crate::local) fn take_jobs(&self, most: usize) -> Vec<Job> {
        let mut waiting = locked(&self.waiting);
        let count = waiting.jobs.len().min(most);
        waiting.jobs.drain(..count).collect()
    }

    /// A number that changes with every commit that may take or free time.
    pub(in crate::local) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Marks everything that is remembered of this ledger as old.
    pub(in crate::local) fn set_generation(&self, generation: u64) {
        self.generation.store(generation, Ordering::SeqCst);
    }

    /// Works with the connection that writes. A connection that failed is closed, and the next turn opens another. What
    /// was written into a file that is no longer there counts as failed.
    pub(in crate::local) fn write<T>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, SqlFault>,
    ) -> Result<T, SqlFault> {
        let mut writer = locked(&self.writer);
        let mut database = match writer.take() {
            Some(database) => in_place(database)?,
            None => self.open_to_write()?,
        };
        let worked = work(&mut database)?;
        let mut database = in_place(database)?;
        database.note_place();
        *writer = Some(database);
        Ok(worked)
    }

    /// Leaves nothing of what was erased in the log beside the file. While somebody reads, this waits for the next
    /// turn.
    pub(in crate::local) fn clear_remains(&self, erased: bool) -> Result<(), SqlFault> {
        if erased {
            self.has_remains.store(true, Ordering::SeqCst);
        }
        if self.has_remains.load(Ordering::SeqCst) && self.write(Database::empty_log)? {
            self.has_remains.store(false, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Closes the connection that writes, after a fault: what it knows of the file may be wrong.
    pub(in crate::local) fn reopen_to_write(&self) {
        drop(locked(&self.writer).take());
    }

    fn open_to_write(&self) -> Result<Database, SqlFault> {
        if !is_known_name(&self.name) {
            return Err(SqlFault::Other(format!("`{}` cannot be a ledger's name", self.name)));
        }
        if !self.has_file()? {
            self.make_file()?;
        }
        let mut database = Database::open(&self.path)?;
        ledger::migrate(&mut database)?;
        Ok(database)
    }

    /// Whether the ledger has its file. A fault if it had one and has it no more, or if nothing is in it.
    fn has_file(&self) -> Result<bool, SqlFault> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.len() == 0 => Err(emptied(&self.path)),
            Ok(_) => {
                locked(&self.known).insert(self.name.clone());
                Ok(true)
            }
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cannot(&self.path, &cause)),
            Err(_) if locked(&self.known).contains(&self.name) => Err(disturbed(&self.path)),
            Err(_) => Ok(false),
        }
    }

    /// Makes the file under another name first, so that a crash leaves no empty one.
    fn make_file(&self) -> Result<(), SqlFault> {
        let draft = self.path.with_extension("sqlite3.new");
        remove_draft(&draft).map_err(|cause| cannot(&draft, &cause))?;
        let mut database = Database::open(&draft)?;
        ledger::migrate(&mut database)?;
        database.close()?;
        let rename = || -> io::Result<()> {
            fs::File::open(&draft)?.sync_all()?;
            fs::rename(&draft, &self.path)?;
            self.path.parent().map_or(Ok(()), sync_directory)
        };
        rename().map_err(|cause| cannot(&self.path, &cause))?;
        locked(&self.known).insert(self.name.clone());
        Ok(())
    }

    pub(in crate::local) fn read(&self, query: &Query, clock: Clock) -> Result<Answer, SqlFault> {
        let mut reader = locked(&self.reader);
        if !is_known_name(&self.name) || !self.has_file()? {
            return Ok(empty_answer(query));
        }
        let mut database = if let Some(database) = reader.take() {
            database.check_in_place()?;
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
        let closed = locked(&self.writer)
            .take()
            .map_or(Ok(()), |database| in_place(database).and_then(Database::close));
        closed.map_err(|cause| Fault::Ledger { ledger: self.name.clone(), cause })
    }
}

/// The database, if its file is still the one that was opened; else it is closed.
fn in_place(database: Database) -> Result<Database, SqlFault> {
    match database.check_in_place() {
        Ok(()) => Ok(database),
        Err(cause) => {
            database.abandon();
            Err(cause)
        }
    }
}

fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.sqlite3"))
}

/// The ledgers that have a file in a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |file: fs::DirEntry| {
        let name = file.file_name().into_string().ok()?;
        name.strip_suffix(".sqlite3").filter(|name| is_known_name(name)).map(str::to_owned)
    };
    files.filter_map(name).collect()
}

fn ledger_of(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Ledger { ledger, .. } => Some(ledger.clone()),
        _ => None,
    }
}

/// Removes what a crash has left of a file that was being made.
fn remove_draft(draft: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = draft.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
    }
    Ok(())
}

/// Returns true if a ledger can have that name: a host's, or that of all contacts.
fn is_known_name(name: &str) -> bool {
    name == CONTACTS || is_ledger_name(name)
}

/// The answer of a ledger that was never written to.
pub(in crate::local) fn empty_answer(query: &Query) -> Answer {
    match query {
        Query::Booking { .. } => Answer::Booking { booking: None },
        Query::Busy { .. } => Answer::Busy { claims: Vec::new(), calendars: Vec::new() },
        Query::Calendars => Answer::Calendars { calendars: Vec::new() },
        Query::Astray => Answer::Astray { astray: Vec::new() },
        Query::Bookings { .. } | Query::Alike { .. } | Query::Contacts { .. } => {
            Answer::Bookings { bookings: Vec::new() }
        }
        Query::Due { .. } => {
            Answer::Due { due: Vec::new(), calendars: Vec::new(), expired: false, next_at: None }
        }
        Query::Deliveries { .. } => Answer::Deliveries { deliveries: Vec::new() },
        Query::HeldMail { .. } => Answer::HeldMail { held: false },
        Query::Session { .. } => Answer::Session { session: None },
        Query::Sessions => Answer::Sessions { sessions: Vec::new() },
        Query::Contact { .. } => Answer::Contact { contact: None },
        Query::ExternalIds { .. } | Query::CalledElsewhere { .. } => Answer::ExternalIds { ids: Vec::new() },
        Query::Campaigns { .. } => Answer::Campaigns { campaigns: Vec::new() },
        Query::Addresses { .. } => Answer::Addresses { addresses: Vec::new() },
        Query::InviteUse { .. } => Answer::InviteUse { used: InviteUse::default() },
        Query::ToldLedgers { .. } => Answer::ToldLedgers { ledgers: Vec::new() },
    }
}
