//! `/booking/erase/{token}`: everything about somebody is erased, with every host. The link is in the mails to that
//! address, and the operator can print one. Opening it asks; the page's button does it.

use http::Method;
use scheduling::booking::{Booking, Contact};
use scheduling::paths;
use scheduling::refusal::Refusal;
use scheduling::when;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::today::as_of_today;
use crate::call::{Call, origin};
use crate::page::answer;
use crate::page::shell::Fields;
use crate::visitor::booking_page;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, token: &str) -> Response {
    match act(call, token).await {
        Ok(fields) => answer::page_or_message(call, "ask.html", &fields, None).await,
        Err(stop) => answer::message_page(call, &call.refused(stop)).await,
    }
}

async fn act<P: Platform>(call: &Call<'_, P>, token: &str) -> Result<Fields, Stop> {
    let email = call.platform.secrets().address_to_erase(token, call.now.timestamp());
    let email = email.ok_or(Refusal::NotFound)?;
    let acts = call.request.method() == Method::POST;
    if acts {
        origin::check_origin(call)?;
        let ledgers = told_ledgers(call, &email).await?;
        // While the secret is rotated, the contact may also be kept under a former key.
        for key in call.platform.secrets().contact_keys(&email) {
            let ledger = call.platform.contact_ledger(&key);
            call.ledger(&ledger).erase_contact(key, email.clone(), ledgers.clone()).await?;
        }
    }
    let money = if acts { Vec::new() } else { money(call, &email).await? };
    let words = call.words();
    let state = if acts { "done" } else { "ask" };
    let message =
        |part: &str| words.message(&format!("endpoint.erase.{state}.{part}"), &[("email", email.as_str())]);
    Ok(Fields::default()
        .text("title", message("title"))
        .text("lead", message("lead"))
        .flag("has_money", !money.is_empty())
        .list("money", money)
        .flag("open", !acts)
        .text("button", words.message("endpoint.erase.button", &[]))
        .text("ask_path", paths::erasure(token)))
}

/// The ledgers of the hosts of whose bookings an address was told. Who was invited by others is known by that alone.
async fn told_ledgers<P: Platform>(call: &Call<'_, P>, email: &str) -> Result<Vec<String>, Stop> {
    let mut ledgers = Vec::new();
    for key in call.platform.secrets().contact_keys(&Contact::of_email(email).counted_email()) {
        let ledger = call.platform.contact_ledger(&key);
        ledgers.extend(call.ledger(&ledger).told_ledgers(key).await?);
    }
    ledgers.sort_unstable();
    ledgers.dedup();
    Ok(ledgers)
}

/// The paid meetings that this would cancel, each with what becomes of the money: that is as if they were cancelled.
async fn money<P: Platform>(call: &Call<'_, P>, email: &str) -> Result<Vec<Fields>, Stop> {
    let mut lines = Vec::new();
    for ledger in told_ledgers(call, email).await? {
        let bookings = call.ledger(&ledger).contacts(Some(email.to_owned()), None, 1).await?;
        for booking in bookings.iter().filter(|booking| booking.status.is_live() && booking.end > call.now) {
            let Some(owed) = booking_page::of_cancelling(call, booking).or_else(|| of_other(call, booking))
            else {
                continue;
            };
            let booking = as_of_today(call.platform, booking).await;
            let line = Fields::default()
                .text("meeting_title", booking.title.clone())
                .text("host_name", booking.noted.name.clone())
                .text("start", when::start(call.words(), &booking.visitor.time_zone, booking.start))
                .text("owed", owed);
            lines.push(line);
        }
    }
    Ok(lines)
}

/// What is said where another amount than the price was paid, which its host has yet to see to.
fn of_other<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> Option<String> {
    let other = booking.payment.as_ref()?.other()?;
    let values = [("host_name", booking.noted.name.as_str()), ("other", &call.words().money(&other.money))];
    Some(call.words().message("endpoint.payment.ended.mismatched", &values))
}
