//! The page of a booking, and a move of the booking within it.

use scheduling::booking::Booking;
use scheduling::definition::slug_of;
use scheduling::ledger::{Order, Reschedule};
use scheduling::refusal::Refusal;

use crate::calendars;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, FoundMeeting};
use crate::offer::alternatives::{self, OTHER_TIME_MAY_DO};
use crate::offer::starts::minutes_of;

/// The meeting page of a booking, if it still exists, and still belongs to the ledger that has the booking. If not, the
/// booking remains, and the words of the refusal say so.
pub(crate) async fn page_of<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
) -> Result<FoundMeeting, Stop> {
    let gone = || Refused { words: Some("page_gone"), ..Refused::new(Refusal::UnknownPage) };
    let folder = call.site.folder_of(booking.id.ledger()).ok_or_else(gone)?;
    match call.meeting(folder, slug_of(&booking.page)).await {
        Ok(found) if found.is_of(booking) => Ok(found),
        Ok(_) | Err(Stop::Refused(_)) => Err(gone().into()),
        Err(fault) => Err(fault),
    }
}

/// Has the ledger move a booking. If the time cannot be had, the refusal lists the nearest free ones of the page, if
/// there is one.
pub(crate) async fn move_to<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    wanted: Reschedule,
    offers: Option<&FoundMeeting>,
) -> Result<Booking, Stop> {
    let start = wanted.start.timestamp();
    let order = |calendars| Order::reschedule(Reschedule { calendars, ..wanted.clone() });
    let asked = (offers.map(|found| &*found.host), wanted.calendars.as_ref());
    let taken = calendars::take(call, booking.id.ledger(), asked, order).await;
    let moved = taken.and_then(|taken| taken.map(|booking| *booking).map_err(Stop::from));
    match (moved, offers) {
        (Err(Stop::Refused(mut refused)), Some(found)) if OTHER_TIME_MAY_DO.contains(&refused.refusal) => {
            let minutes = minutes_of(booking);
            let near =
                alternatives::near(call, found, start, minutes, &booking.visitor.time_zone, Some(booking))
                    .await;
            refused.alternatives = Some(near);
            Err(Stop::Refused(refused))
        }
        (moved, _) => moved,
    }
}
