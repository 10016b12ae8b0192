//! Bookings by id: for the bearer of the booking's token, and for its host.

use scheduling::booking::Booking;
use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;
use scheduling::token::{BookingId, Purpose};

use crate::call::Call;
use crate::call::platform::Platform;
use crate::call::stop::Stop;

/// The booking that a token opens. A wrong token, a wrong id and no booking look alike.
pub(crate) async fn opened<P: Platform>(call: &Call<'_, P>, id: &str, token: &str) -> Result<Booking, Stop> {
    find(call, verified(call, id, token)?).await
}

/// The booking that a token lets its bearer see and pay for.
pub(crate) async fn payable<P: Platform>(call: &Call<'_, P>, id: &str, token: &str) -> Result<Booking, Stop> {
    match opened(call, id, token).await {
        Err(Stop::Refused(refused)) if refused.refusal == Refusal::NotFound => {
            let id = BookingId::parse(id).ok_or(Refusal::NotFound)?;
            if !verifies(call, &id, token, Purpose::Paying) {
                return Err(Refusal::NotFound.into());
            }
            find(call, id).await
        }
        opened => opened,
    }
}

/// A booking of a host's own.
pub(crate) async fn of_host<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    id: &str,
) -> Result<Booking, Stop> {
    let id = BookingId::parse(id).filter(|id| id.ledger() == host.ledger).ok_or(Refusal::NotFound)?;
    find(call, id).await
}

/// A booking by its id.
pub(crate) async fn find<P: Platform>(call: &Call<'_, P>, id: BookingId) -> Result<Booking, Stop> {
    let ledger = id.ledger().to_owned();
    Ok(call.ledger(&ledger).booking(id).await?.ok_or(Refusal::NotFound)?)
}

/// The id, if the token is good for it.
pub(crate) fn verified<P: Platform>(call: &Call<'_, P>, id: &str, token: &str) -> Result<BookingId, Stop> {
    let id = BookingId::parse(id).ok_or(Refusal::NotFound)?;
    if verifies(call, &id, token, Purpose::Manage) || proves(call, &id, token) {
        Ok(id)
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// Whether a token is that of a link which only emails to the visitor carry: its bearer has the mailbox.
pub(crate) fn proves<P: Platform>(call: &Call<'_, P>, id: &BookingId, token: &str) -> bool {
    verifies(call, id, token, Purpose::Mailed)
}

fn verifies<P: Platform>(call: &Call<'_, P>, id: &BookingId, token: &str, purpose: Purpose) -> bool {
    call.platform.secrets().verifies_booking_token(token, id, purpose, call.now.timestamp())
}
