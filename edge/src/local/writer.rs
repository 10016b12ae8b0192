//! The threads that write: one ledger at a time, all that waits for it in one transaction.
//!
//! Commands that wait together are committed together, so that the disk is waited for once. Each runs in a savepoint of
//! its own, and none is answered before the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use scheduling::ledger::{self, Command, Reply};
use scheduling::refusal::Refusal;
use scheduling::sql::SqlFault;
use tokio::sync::oneshot;

use super::clock::Clock;
use super::ledgers::{Ledger, Shared};
use super::sqlite::Database;
use crate::{Fault, Stop};

/// Commands that share a commit at most, so that other hosts' turns come.
const MOST_TOGETHER: usize = 64;

/// A command that waits for its turn.
pub(super) struct Job {
    pub(super) command: Command,
    /// Begun later, it is refused: whoever sent it has been told to try again, or will be.
    pub(super) latest_begin: Instant,
    pub(super) answer: oneshot::Sender<Result<Reply, Stop>>,
}

/// A writer's life.
pub(super) fn run(shared: &Shared) {
    while let Some(ledger) = shared.next_turn() {
        let jobs = ledger.take_jobs(MOST_TOGETHER);
        // Jobs that a panic drops are answered with a fault by whoever waits for them.
        let _ = catch_unwind(AssertUnwindSafe(|| take_turn(shared, &ledger, jobs)));
        shared.end_turn(ledger);
    }
}

fn take_turn(shared: &Shared, ledger: &Ledger, jobs: Vec<Job>) {
    let now = Clock::instant();
    let (jobs, late): (Vec<Job>, Vec<Job>) =
        jobs.into_iter().filter(|job| !job.answer.is_closed()).partition(|job| job.latest_begin >= now);
    for job in late {
        let _ = job.answer.send(Err(Refusal::Busy.into()));
    }
    if jobs.is_empty() {
        return;
    }
    let mut outcomes = Vec::with_capacity(jobs.len());
    let written = ledger.write(|database| {
        let before = database.changes();
        apply_together(shared, database, &jobs, &mut outcomes)?;
        if database.changes() != before {
            ledger.set_generation(shared.next_generation());
            // What cannot be read now is asked for at once, and reported by whoever asks.
            let at = ledger::wake_at(database).unwrap_or(Some(shared.clock.now()));
            let _ = shared.wake.send((ledger.name.clone(), at));
        }
        Ok(())
    });
    let fault = |cause| Stop::from(Fault::Ledger { ledger: ledger.name.clone(), cause });
    match written {
        Ok(()) => {
            if outcomes.iter().any(Result::is_err) {
                ledger.reopen_to_write();
            }
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                let _ = job.answer.send(outcome.map_err(fault));
            }
        }
        Err(cause) => {
            // A commit that failed may have been written all the same: what is remembered must not be relied on.
            ledger.set_generation(shared.next_generation());
            for job in jobs {
                let _ = job.answer.send(Err(fault(cause.clone())));
            }
        }
    }
}

/// Applies each command in one transaction. Where the transaction itself fails, none is applied.
fn apply_together(
    shared: &Shared,
    database: &mut Database,
    jobs: &[Job],
    outcomes: &mut Vec<Result<Reply, SqlFault>>,
) -> Result<(), SqlFault> {
    database.begin()?;
    for job in jobs {
        let outcome = ledger::apply(database, &job.command, shared.clock.now());
        if !database.in_transaction() {
            let lost = || SqlFault::Other("the transaction was given up".to_owned());
            return Err(outcome.err().unwrap_or_else(lost));
        }
        outcomes.push(outcome);
    }
    database.commit()
}
