//! The courier's errands in this process: one task that begins them, side by side, and hears how they ended.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use scheduling::calendar::{Known, NoteBusy};
use scheduling::ledger::{Command, DueNow, Order, Question};
use scheduling::outbox::{Attempt, AttemptOutcome, Destination, Due};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::app::App;
use super::platform::Local;
use super::store::shared::{CONTACTS, Wake};
use crate::deliveries::{
    Courier, Errand, Job, Pace, attempt, attempted, booking_records, calendar_news, handed_over,
    read_calendar, read_calendar_of, to_other_ledger, with_subscribers,
};
use crate::{Clock as _, Definitions as _, Fault, Stop};

/// One process carries for all its ledgers. Each settling is a commit, so outcomes are gathered for a moment.
const PACE: Pace = Pace {
    under_way: 16,
    loaded: 64,
    records: 250,
    taken_up: 512,
    load_every: TimeDelta::milliseconds(200),
    records_every: TimeDelta::seconds(1),
    settle_every: TimeDelta::milliseconds(200),
    settle_at: 64,
    full_pause: TimeDelta::milliseconds(200),
    fault_pause: TimeDelta::seconds(2),
};
/// The longest wait for something to happen: the clock may be set anew meanwhile.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How long errands under way may take when the process ends.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// Carries deliveries out until `ending` says so; then lets what is under way finish, and settles it.
pub(super) async fn run(
    app: Arc<App>,
    mut wakes: mpsc::UnboundedReceiver<Wake>,
    mut ending: watch::Receiver<bool>,
) {
    let mut carrying = Carrying { app, courier: Courier::new(PACE), tasks: JoinSet::new() };
    carrying.look_through();
    let reading = tokio::spawn(read_calendars(Arc::clone(&carrying.app)));
    while !*ending.borrow() {
        let wait = carrying.begin_errands();
        tokio::select! {
            _ = ending.changed() => {}
            Some((ledger, at)) = wakes.recv() => {
                carrying.courier.wake(&ledger, at);
                while let Ok((ledger, at)) = wakes.try_recv() {
                    carrying.courier.wake(&ledger, at);
                }
            }
            Some(ended) = carrying.tasks.join_next() => carrying.end_errand(ended.ok()),
            () = tokio::time::sleep(wait) => {}
        }
    }
    reading.abort();
    carrying.finish().await;
}

/// Reads every calendar once: the content, or a secret, may have changed while nothing ran, and what is wrong is said
/// at once.
async fn read_calendars(app: Arc<App>) {
    let platform = Local::of(&app);
    let Ok(site) = platform.site().await else { return };
    for folder in &site.hosts {
        let Ok(Some(host)) = platform.host(folder).await else { continue };
        let known = load(&app, &host.ledger, Question::calendars()).await.unwrap_or_default();
        // Each is read whole, whether or not it has changed.
        let known = known.into_iter().map(|known| Known { validator: None, ..known }).collect::<Vec<_>>();
        let read = join_all(host.calendars.iter().map(|calendar| {
            let known = known.iter().find(|known| known.name == calendar.name);
            read_calendar_of(&platform, &host, &calendar.name, known)
        }));
        for noted in read.await.into_iter().flatten() {
            tell_news(&app, &noted, None);
            if let Err(stop) = note(&app, &host.ledger, noted).await {
                app.report_stop(stop);
            }
        }
    }
}

/// Tells the operator when a calendar fails, and when it is back.
fn tell_news(app: &App, noted: &NoteBusy, known: Option<&Known>) {
    if let Some(news) = calendar_news(noted, known) {
        app.report(&Fault::Operator(news));
    }
}

struct Carrying {
    app: Arc<App>,
    courier: Courier,
    tasks: JoinSet<Ended>,
}

/// An errand's end.
enum Ended {
    Loaded { ledger: String, found: DueNow },
    Expired { ledger: String },
    Attempted { job: Job, outcome: AttemptOutcome },
    Recorded { ledger: String, attempts: Vec<Attempt> },
    Settled { ledger: String, attempts: Vec<Attempt> },
    Read { ledger: String, calendar: String },
    Failed(Errand),
}

impl Carrying {
    /// After a crash, what was due is in the ledgers' files.
    fn look_through(&mut self) {
        for ledger in self.app.ledgers.names() {
            self.courier.wake(&ledger, Some(self.app.clock.now()));
        }
    }

    /// Begins all that can be begun. Returns how long to wait for something to happen.
    fn begin_errands(&mut self) -> Duration {
        let now = self.app.clock.now();
        while let Some(errand) = self.courier.poll(now) {
            self.begin(errand);
        }
        let wake = self.courier.poll_wake(now);
        wake.map_or(LONGEST_WAIT, |at| (at - now).to_std().unwrap_or_default().min(LONGEST_WAIT))
    }

    fn begin(&mut self, errand: Errand) {
        let app = Arc::clone(&self.app);
        self.tasks.spawn(async move { run_errand(&app, errand).await });
    }

    fn end_errand(&mut self, ended: Option<Ended>) {
        // A task that panicked has said so; what it carried is due again at the next start.
        let Some(ended) = ended else { return };
        let (courier, clock) = (&mut self.courier, &self.app.clock);
        let now = self.app.clock.now();
        match ended {
            Ended::Loaded { ledger, found } => courier.loaded(&ledger, found, now),
            Ended::Expired { ledger } => courier.expired(&ledger, now),
            Ended::Attempted { job, outcome } => {
                courier.attempted(&job, outcome, clock.jitter(), now);
            }
            Ended::Recorded { ledger, attempts } => {
                courier.recorded(&ledger, attempts, TimeDelta::zero(), now);
            }
            Ended::Settled { ledger, attempts } => courier.settled(&ledger, &attempts),
            Ended::Read { ledger, calendar } => courier.calendar_read(&ledger, &calendar),
            Ended::Failed(errand) => courier.failed(errand, now),
        }
    }

    /// Waits for what is under way, and settles it at once. Nothing else is begun.
    async fn finish(&mut self) {
        self.courier.begin_round(0);
        let finish = async {
            loop {
                let soon = self.app.clock.now() + PACE.settle_every;
                while let Some(errand) = self.courier.poll(soon) {
                    self.begin(errand);
                }
                let Some(ended) = self.tasks.join_next().await else { break };
                self.end_errand(ended.ok());
            }
        };
        let _ = tokio::time::timeout(END_TIMEOUT, finish).await;
    }
}

async fn run_errand(app: &Arc<App>, errand: Errand) -> Ended {
    let failed = |stop, errand| {
        app.report_stop(stop);
        Ended::Failed(errand)
    };
    match errand {
        Errand::Load { ref ledger, most, records, ref except } => {
            match load(app, ledger, Question::due(most, records, except.clone())).await {
                Ok(found) => Ended::Loaded { ledger: ledger.clone(), found },
                Err(stop) => failed(stop, errand),
            }
        }
        Errand::Expire { ref ledger } => match expire(app, ledger).await {
            Ok(()) => Ended::Expired { ledger: ledger.clone() },
            Err(stop) => failed(stop, errand),
        },
        Errand::Settle { ref ledger, ref attempts } => {
            match give(app, ledger, Order::settle(attempts.clone())).await {
                Ok(()) => Ended::Settled { ledger: ledger.clone(), attempts: attempts.clone() },
                Err(stop) => failed(stop, errand),
            }
        }
        Errand::Attempt(job) => {
            let outcome = attempt(&Local::of(app), &job).await;
            Ended::Attempted { job, outcome }
        }
        Errand::Read { ref ledger, ref calendar } => {
            let noted = read_calendar(&Local::of(app), calendar).await;
            tell_news(app, &noted, Some(calendar));
            match note(app, ledger, noted).await {
                Ok(()) => Ended::Read { ledger: ledger.clone(), calendar: calendar.name.clone() },
                Err(stop) => failed(stop, errand),
            }
        }
        Errand::Record { ledger, due } => Ended::Recorded { attempts: record(app, due).await, ledger },
    }
}

async fn load<T>(app: &App, ledger: &str, question: Question<T>) -> Result<T, Stop> {
    let (query, reading) = question.send();
    Ok(reading.read(app.ledgers.answer(ledger, query).await?)?)
}

async fn give(app: &App, ledger: &str, order: Order<()>) -> Result<(), Stop> {
    let (command, reading) = order.send();
    Ok(reading.read(app.ledgers.apply(ledger, command).await?)?)
}

async fn expire(app: &Arc<App>, ledger: &str) -> Result<(), Stop> {
    tell(app, ledger, Command::Expire(None)).await
}

async fn note(app: &Arc<App>, ledger: &str, noted: NoteBusy) -> Result<(), Stop> {
    tell(app, ledger, Command::NoteBusy(Box::new(noted), None)).await
}

/// Gives a command, with the subscribers of today.
async fn tell(app: &Arc<App>, ledger: &str, command: Command) -> Result<(), Stop> {
    let command = with_subscribers(&Local::of(app), ledger, command).await;
    app.ledgers.apply(ledger, command).await.map(|_| ())
}

/// Writes records, and tells other ledgers.
async fn record(app: &Arc<App>, due: Vec<Due>) -> Vec<Attempt> {
    let (due, others): (Vec<Due>, Vec<Due>) =
        due.into_iter().partition(|due| due.destination == Destination::Record);
    // All at once, so that they share a commit.
    let others = join_all(others.into_iter().map(|due| async {
        let number = due.number;
        attempted(&app.clock, number, hand_over(app, due).await)
    }));
    let (written, mut attempts) = tokio::join!(write_records(app, &due), others);
    let outcome = match written {
        Ok(()) => AttemptOutcome::Taken,
        Err(reason) => AttemptOutcome::Failed { reason, retry_after_seconds: None },
    };
    attempts.extend(due.iter().map(|due| attempted(&app.clock, due.number, outcome.clone())));
    attempts
}

/// Has another ledger told.
async fn hand_over(app: &Arc<App>, due: Due) -> AttemptOutcome {
    match to_other_ledger(due, |_| CONTACTS.to_owned()) {
        Some((ledger, command)) => {
            let command = with_subscribers(&Local::of(app), &ledger, command).await;
            handed_over(app.ledgers.apply(&ledger, command).await)
        }
        None => AttemptOutcome::Taken,
    }
}

/// Writes the records of bookings. What is busy needs none here, where the ledger itself is as near.
async fn write_records(app: &Arc<App>, due: &[Due]) -> Result<(), String> {
    if due.is_empty() {
        return Ok(());
    }
    let records = booking_records(due);
    let erases =
        due.iter().filter_map(|due| due.booking.as_ref()).any(|booking| booking.visitor.contact.is_erased());
    let _permit = app.record_writer.acquire().await;
    let app = Arc::clone(app);
    let written = tokio::task::spawn_blocking(move || {
        app.records.write(&records, erases).map_err(|cause| {
            let text = cause.to_string();
            app.report(&Fault::Ledger { ledger: "records".to_owned(), cause });
            text
        })
    });
    written.await.unwrap_or_else(|_| Err("writing was cut off".to_owned()))
}

#[cfg(test)]
impl App {
    /// Carries deliveries out, for as long as the test's runtime lives.
    pub(crate) fn carry_out(self: &Arc<Self>) {
        self.ledgers.wake_all();
        let (end, ending) = tokio::sync::watch::channel(false);
        if let Some(wakes) = self.take_wakes() {
            let couriers = run(Arc::clone(self), wakes, ending);
            tokio::spawn(async move {
                couriers.await;
                drop(end);
            });
        }
    }
}
