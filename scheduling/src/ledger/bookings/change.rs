//! Changing a booking that is there, within the ledger's transaction.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::book::{against_every_rule, take_seat};
use super::errands;
use super::live_claims::{Live, Seating, Wish};
use crate::booking::{Booking, Change, Event, Party, Status, Terms};
use crate::calendar::Span;
use crate::definition::DEFAULT_APPROVAL_MINUTES;
use crate::ledger::calendars::{self, Standing};
use crate::ledger::messages::{Cancel, Confirm, Decide, RecordOutcome, Reply, Reschedule, Today};
use crate::ledger::store::{Hold, StoredBooking};
use crate::ledger::{copies, made_rooms, outbox_rows, reminders, retention, store, strangers, subscribers};
use crate::outbox::{self, Destination};
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

/// So often a visitor may change a booking's time before having to wait for [`RESTLESS_PAUSE`] each time.
const FREE_MOVES: u32 = 10;
const RESTLESS_PAUSE: TimeDelta = TimeDelta::hours(1);

/// Cancels a booking: its time is free with the same commit that tells everyone.
pub(in crate::ledger) fn cancel(
    sql: &mut dyn Sql,
    command: &Cancel,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let change = Change::Cancel { by: command.by, reason: command.reason.clone() };
    with_booking(sql, &command.id, |sql, stored| {
        let ended = end(sql, stored, &change, today, now)?;
        // What nobody heard of stays so.
        if command.proves && ended.is_ok() && stored.is_known {
            strangers::prove(sql, &command.id)?;
        }
        Ok(ended)
    })
}

/// Confirms a booking while its time is held, and its address has proven itself. From then on it is as if it had been
/// made so at once: everyone is told, and a request waits for its host.
pub(in crate::ledger) fn confirm(
    sql: &mut dyn Sql,
    command: &Confirm,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let ask = |sql: &mut dyn Sql, stored: &StoredBooking| match &command.calendars {
        Some(asked) if stored.booking.status == Status::AwaitingConfirmation => {
            calendars::standing(sql, asked, &stored.booking, None, now)
        }
        _ => Ok(Standing::Free),
    };
    after_reading(sql, &command.id, ask, |sql, stored, standing| {
        let mut waiting = stored.booking.clone();
        let asked_within = command.calendars.as_ref().and_then(|calendars| calendars.request_within_minutes);
        match standing {
            Standing::Busy => return Ok(Err(Refusal::SlotTaken)),
            Standing::Unknown if asked_within.is_none() => return Ok(Err(Refusal::CalendarUnreachable)),
            Standing::Unknown => (waiting.terms.by_request, waiting.unknown_calendar) = (true, true),
            Standing::Free | Standing::ReadFirst(_) => {}
        }
        let (confirmed, events) = match waiting.transition(&Change::Confirm, now) {
            Ok(outcome) => outcome,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (id, time) = (&confirmed.id, confirmed.time());
        if !events.is_empty() {
            if store::hold(sql, id, time, now)?.is_none() {
                return Ok(Err(Refusal::HoldExpired));
            }
            let minutes =
                command.approval_within_minutes.or(asked_within).unwrap_or(DEFAULT_APPROVAL_MINUTES);
            let answered_by = confirmed.start.min(now.trunc_subsecs(0) + TimeDelta::minutes(minutes.into()));
            let until = match confirmed.status {
                Status::Requested => Some(answered_by),
                _ => confirmed.payment_due_by(),
            };
            store::keep_seats(sql, id, time, until, now)?;
            store::update_booking(sql, &confirmed, &events, today)?;
            tell(sql, stored, &confirmed, (&events, Change::Confirm.by()), today, now)?;
        }
        strangers::prove(sql, id)?;
        Ok(Ok(confirmed))
    })
}

/// Moves a booking: its old time is free with the same commit that takes the new one. Where that cannot be had, the old
/// one stands. What needs the host's agreement keeps its old time and holds the new one beside it.
pub(in crate::ledger) fn reschedule(
    sql: &mut dyn Sql,
    command: &Reschedule,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let ask = |sql: &mut dyn Sql, stored: &StoredBooking| standing(sql, stored, command, now);
    after_reading(sql, &command.id, ask, |sql, stored, standing| {
        move_to(sql, stored, (command, standing), today, now)
    })
}

/// What the host's calendars say to the new time. The booking's own may stand there.
fn standing(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    command: &Reschedule,
    now: DateTime<Utc>,
) -> Result<Standing, SqlFault> {
    let former = &stored.booking;
    let Reschedule { start, end, buffer, .. } = *command;
    let Some(asked) = command.calendars.as_ref().filter(|_| (start, end) != former.time()) else {
        return Ok(Standing::Free);
    };
    let own = Span { start: former.start.timestamp(), end: former.end.timestamp() };
    let wanted = Booking { start, end, buffer, ..former.clone() };
    calendars::standing(sql, asked, &wanted, Some(own), now)
}

/// Answers a request or a proposal: one answer alone, and only while the time that is asked for is held.
pub(in crate::ledger) fn decide(
    sql: &mut dyn Sql,
    command: &Decide,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let change = Change::Decide { accepts: command.accepts, start: command.start };
    with_booking(sql, &command.id, |sql, stored| settle_asked(sql, stored, &change, today, now))
}

/// Keeps how a meeting went. Its time stays taken, whatever is said of it.
pub(in crate::ledger) fn record_outcome(
    sql: &mut dyn Sql,
    command: &RecordOutcome,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let RecordOutcome { outcome, associations, .. } = command.clone();
    let change = Change::RecordOutcome { outcome, associations };
    with_booking(sql, &command.id, |sql, stored| {
        let (recorded, events) = match stored.booking.transition(&change, now) {
            Ok(outcome) => outcome,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !events.is_empty() {
            store::update_booking(sql, &recorded, &events, today)?;
            tell(sql, stored, &recorded, (&events, change.by()), today, now)?;
        }
        Ok(Ok(recorded))
    })
}

/// Reminds nobody of a booking any more, also not once it is moved. Nobody is told.
pub(in crate::ledger) fn stop_reminders(sql: &mut dyn Sql, id: &BookingId) -> Result<Reply, SqlFault> {
    with_booking(sql, id, |sql, stored| {
        reminders::withdraw(sql, id)?;
        let terms = Terms { reminders_minutes: Vec::new(), ..stored.booking.terms.clone() };
        let booking = Booking { terms, ..stored.booking.clone() };
        if booking != stored.booking {
            store::update_booking(sql, &booking, &[], &None)?;
        }
        Ok(Ok(booking))
    })
}

/// Changes a booking that is to be here.
pub(super) fn with_booking(
    sql: &mut dyn Sql,
    id: &BookingId,
    change: impl FnOnce(&mut dyn Sql, &StoredBooking) -> Result<Result<Booking, Refusal>, SqlFault>,
) -> Result<Reply, SqlFault> {
    let changed = match store::booking(sql, id)? {
        Some(stored) => change(sql, &stored)?,
        None => Err(Refusal::NotFound),
    };
    Ok(match changed {
        Ok(booking) => Reply::Changed { booking: Box::new(booking) },
        Err(refusal) => Reply::Refused { refusal },
    })
}

/// Changes a booking once it is known what the host's calendars say; where they are to be read first, nothing is
/// written.
fn after_reading(
    sql: &mut dyn Sql,
    id: &BookingId,
    ask: impl FnOnce(&mut dyn Sql, &StoredBooking) -> Result<Standing, SqlFault>,
    change: impl FnOnce(&mut dyn Sql, &StoredBooking, &Standing) -> Result<Result<Booking, Refusal>, SqlFault>,
) -> Result<Reply, SqlFault> {
    let mut to_read = Vec::new();
    let reply = with_booking(sql, id, |sql, stored| match ask(sql, stored)? {
        Standing::ReadFirst(calendars) => {
            to_read = calendars;
            Ok(Err(Refusal::CalendarUnreachable))
        }
        standing => change(sql, stored, &standing),
    })?;
    Ok(if to_read.is_empty() { reply } else { Reply::ReadFirst { calendars: to_read } })
}

/// Carries the host's answer out: of two times, it leaves one; of a request's one, it may leave none.
fn settle_asked(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    change: &Change,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let former = &stored.booking;
    let (mut decided, events) = match former.transition(change, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    made_rooms::take_room_of_page(&mut decided, today);
    let (id, asked) = (&decided.id, former.asked_time());
    if store::hold(sql, id, asked, now)?.is_none() {
        return Ok(Err(Refusal::HoldExpired));
    }
    store::update_booking(sql, &decided, &events, today)?;
    let accepted = decided.status.is_live() && decided.time() == asked;
    if accepted {
        store::keep_seats(sql, id, asked, decided.payment_due_by(), now)?;
    }
    let other = if accepted { former.time() } else { asked };
    if other != decided.time() || !decided.status.is_live() {
        store::free_seats_at(sql, id, other)?;
    }
    tell(sql, stored, &decided, (&events, change.by()), today, now)?;
    Ok(Ok(decided))
}

/// Carries a change out after which the booking holds no time.
pub(super) fn end(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    change: &Change,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let (changed, events) = match stored.booking.transition(change, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    store::update_booking(sql, &changed, &events, today)?;
    store::free_seats(sql, &changed.id)?;
    tell(sql, stored, &changed, (&events, change.by()), today, now)?;
    if stored.booking.status == Status::AwaitingConfirmation && !changed.has_money() {
        // Nobody ever heard of it.
        let due_at = now + TimeDelta::days(retention::LAPSED_KNOWN_DAYS);
        store::cut_booking(sql, &changed.cut(), Some(due_at))?;
    }
    Ok(Ok(changed))
}

/// Ends a proposal that nobody answered in time, where a booking has one. Its seats are freed already.
pub(super) fn expire_proposal(
    sql: &mut dyn Sql,
    id: &BookingId,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let Some(stored) = store::booking(sql, id)?.filter(|stored| stored.booking.proposed.is_some()) else {
        return Ok(());
    };
    let Ok((kept, events)) = stored.booking.transition(&Change::Expire, now) else { return Ok(()) };
    store::update_booking(sql, &kept, &events, today)?;
    tell(sql, &stored, &kept, (&events, None), today, now)
}

/// What the booking itself says to the change comes first; then its hold; then the new time, as for a new booking.
fn move_to(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    (command, standing): (&Reschedule, &Standing),
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let Reschedule { by, start, end, buffer, approval_within_minutes, .. } = *command;
    let former = &stored.booking;
    let is_seen = |from| from == former.start || former.start == start;
    if former.status.is_live() && !command.from.is_none_or(is_seen) {
        return Ok(Err(Refusal::Superseded));
    }
    // Whether the host is busy then, they alone can say.
    let unknown = command.calendars.as_ref().filter(|_| *standing == Standing::Unknown);
    let asked_within = unknown.and_then(|calendars| calendars.request_within_minutes);
    let approval_within_minutes = approval_within_minutes.or(asked_within);
    let change = Change::Move { by, start, end, buffer, approval_within_minutes };
    let (mut moved, events) = match former.transition(&change, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !events.is_empty() {
        made_rooms::take_room_of_page(&mut moved, today);
        moved.unknown_calendar = asked_within.is_some();
    }
    let Some(hold) = store::hold(sql, &moved.id, former.time(), now)? else {
        return Ok(Err(Refusal::HoldExpired));
    };
    if events.is_empty() {
        return Ok(Ok(moved));
    }
    if moved.asked_time() == former.time() {
        // Another time is no longer asked for.
        free_what_is_left(sql, former, &moved)?;
    } else if command.stranger.is_some() && is_restless(stored, now) {
        return Ok(Err(Refusal::TooManyRequests));
    } else if let Err(refusal) = take_asked_time(sql, (command, standing), (former, &moved), &hold, now)? {
        return Ok(Err(refusal));
    }
    store::update_booking(sql, &moved, &events, today)?;
    if by == Party::Visitor {
        store::count_visitor_move(sql, &moved.id)?;
    }
    if command.proves {
        strangers::prove(sql, &moved.id)?;
    }
    tell(sql, stored, &moved, (&events, change.by()), today, now)?;
    Ok(Ok(moved))
}

/// Whether a visitor has moved a booking so often that they have to wait before asking for another time: the host hears
/// of each.
fn is_restless(stored: &StoredBooking, now: DateTime<Utc>) -> bool {
    stored.visitor_moves >= FREE_MOVES && (now - stored.booking.changed_at).abs() < RESTLESS_PAUSE
}

/// Takes the time that a booking is moved to, or asks to be, if it can be had.
fn take_asked_time(
    sql: &mut dyn Sql,
    (command, standing): (&Reschedule, &Standing),
    (former, moved): (&Booking, &Booking),
    hold: &Hold,
    now: DateTime<Utc>,
) -> Result<Result<(), Refusal>, SqlFault> {
    let Reschedule { start, end, buffer, .. } = *command;
    let wanted = Booking { start, end, buffer, ..moved.clone() };
    let seating = match find_seating(sql, command, &wanted, now)? {
        Ok(seating) => seating,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let may_ask =
        command.calendars.as_ref().is_some_and(|calendars| calendars.request_within_minutes.is_some());
    match standing {
        Standing::Busy => return Ok(Err(Refusal::SlotTaken)),
        Standing::Unknown if !may_ask => return Ok(Err(Refusal::CalendarUnreachable)),
        _ => {}
    }
    // A claim that is joined has somebody else in it, and so outlives this.
    free_what_is_left(sql, former, moved)?;
    let expires_at = match moved.proposed {
        Some(proposal) => Some(proposal.expires_at),
        // A request that was to be answered later than it now begins is dead at its start.
        None => hold.expires_at.map(|at| at.min(moved.start)),
    };
    take_seat(sql, &wanted, command.capacity, seating, expires_at)?;
    Ok(Ok(()))
}

/// Frees what a booking held and holds no longer: its own time where it is moved, and in any case what was proposed
/// before.
fn free_what_is_left(sql: &mut dyn Sql, former: &Booking, changed: &Booking) -> Result<(), SqlFault> {
    if former.time() != changed.time() {
        return store::free_seats(sql, &changed.id);
    }
    match former.proposed {
        Some(_) => store::free_seats_at(sql, &changed.id, former.asked_time()),
        None => Ok(()),
    }
}

fn find_seating(
    sql: &mut dyn Sql,
    command: &Reschedule,
    moved: &Booking,
    now: DateTime<Utc>,
) -> Result<Result<Seating, Refusal>, SqlFault> {
    if let Some(refusal) = command.verdict.or_else(|| against_every_rule(moved)) {
        return Ok(Err(refusal));
    }
    let wish = Wish { booking: moved, capacity: command.capacity, limits: &command.limits };
    let live = Live::around(sql, &wish, now)?;
    if live.limit_reached(&wish) {
        return Ok(Err(Refusal::LimitReached));
    }
    let seating = match live.seating(&wish) {
        Ok(seating) => seating,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(stranger) = command.stranger.as_ref().filter(|_| !command.proves)
        && !strangers::may_move(sql, moved, stranger, now)?
    {
        let refusal = if stranger.can_prove { Refusal::NotConfirmed } else { Refusal::TooManyRequests };
        return Ok(Err(refusal));
    }
    Ok(Ok(seating))
}

/// Writes what everyone is told of a change, with who caused it, in the place of emails that have not left and would be
/// wrong by now. Sets the reminders of what is still to come: those of what was are withdrawn.
pub(super) fn tell(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    changed: &Booking,
    told: (&[Event], Option<Party>),
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let StoredBooking { booking: former, contact_key, event_count, .. } = stored;
    // A proposal is answered or not: the meeting is as near as before.
    let is_as_near = (former.status, former.time()) == (changed.status, changed.time());
    if !former.terms.reminders_minutes.is_empty() && !is_as_near {
        reminders::withdraw(sql, &changed.id)?;
        if changed.status == Status::Confirmed {
            reminders::set(sql, changed, now)?;
        }
    }
    if !is_as_near && former.terms.write_to.is_some() {
        copies::forget_astray(sql, &changed.id)?;
    }
    outbox_rows::end_overtaken(sql, changed, told.0, now)?;
    errands::send(sql, former, changed, now)?;
    let subscribers = subscribers::of_today(sql, today, &former.noted)?;
    let guests = &changed.visitor.guests;
    let destinations = Destination::of_booking(&subscribers, changed, guests, contact_key.as_deref());
    let to = (&*subscribers, &destinations[..]);
    let deliveries = outbox::deliveries(told, *event_count, (changed, Some(former)), to, now);
    outbox_rows::insert(sql, &deliveries, now)
}
