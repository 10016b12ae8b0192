//! The threads that write: one ledger at a time, and all that waits for it in one transaction.
//!
//! Commands that wait together are committed together, so that the disk is waited for once. Each runs in a savepoint of
//! its own, and none is answered before the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use scheduling::ledger::{self, Reply};
use scheduling::refusal::Refusal;
use scheduling::sql::SqlFault;

use super::shared::{Job, Ledger, Shared};
use super::sqlite::Database;
use crate::local::clock::Clock;
use crate::{Fault, Stop};

/// The most commands that share a commit, so that other hosts get their turns.
const MOST_TOGETHER: usize = 64;

/// A writer's life.
pub(in crate::local) fn run(shared: &Shared) {
    while let Some(ledger) = shared.next_turn() {
        std::thread::yield_now();
        let jobs = ledger.take_jobs(MOST_TOGETHER);
        // If a panic drops jobs, those who wait for them answer with a fault.
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
        if let Some(at) = apply_together(shared, database, &jobs, &mut outcomes)? {
            if jobs.iter().any(|job| job.command.may_change_claims()) {
                ledger.set_generation(shared.next_generation());
            }
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
            let erased = outcomes.contains(&Ok(Reply::Scrubbed));
            if let Err(cause) = ledger.clear_remains(erased) {
                outcomes.iter_mut().filter(|outcome| **outcome == Ok(Reply::Scrubbed)).for_each(|outcome| {
                    *outcome = Err(cause.clone());
                });
            }
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                let _ = job.answer.send(outcome.map_err(fault));
            }
        }
        Err(cause) => {
            // A commit that failed may have been written all the same, so nothing remembered can be relied on.
            ledger.set_generation(shared.next_generation());
            for job in jobs {
                let _ = job.answer.send(Err(fault(cause.clone())));
            }
        }
    }
}

/// Applies each command in one transaction. If the transaction itself fails, none is applied. If anything was written,
/// returns when the ledger wants to be woken.
#[expect(clippy::option_option, reason = "nothing was written, or it wants to be woken never, or then")]
fn apply_together(
    shared: &Shared,
    database: &mut Database,
    jobs: &[Job],
    outcomes: &mut Vec<Result<Reply, SqlFault>>,
) -> Result<Option<Option<DateTime<Utc>>>, SqlFault> {
    let before = database.changes();
    database.begin()?;
    // A single command has the whole transaction to undo: it needs no savepoint.
    let alone = jobs.len() == 1;
    let apply = if alone { ledger::apply_within } else { ledger::apply };
    for job in jobs {
        let outcome = apply(database, &job.command, shared.clock.now());
        if !database.in_transaction() {
            let lost = || SqlFault::Other("the transaction was given up".to_owned());
            return Err(outcome.err().unwrap_or_else(lost));
        }
        let failed = outcome.is_err();
        outcomes.push(outcome);
        if alone && failed {
            database.roll_back()?;
            return Ok(None);
        }
    }
    let is_written = database.changes() != before;
    // A time that cannot be read counts as now: the fault is reported when the ledger is asked.
    let wake_at = is_written.then(|| ledger::wake_at(database).unwrap_or(Some(shared.clock.now())));
    database.commit()?;
    Ok(wake_at)
}
