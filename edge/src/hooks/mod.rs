//! What payment providers say by themselves: `POST /api/payments/{provider}`.
//!
//! Whoever calls is known by the signature alone. What Stripe says of no booking here, or what says nothing new, is
//! taken all the same: a provider would only say it again.

use http::StatusCode;
use scheduling::booking::{Dispute, DisputeState, Heard};
use scheduling::definition::Payments;
use scheduling::ledger::{Order, PayStep};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use serde_json::{Value, json};

use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Fault, Stop};
use crate::page::answer;
use crate::payments::{self, link, stripe};
use crate::protocol::standard_webhooks;

/// What Stripe says of a checkout, a refund or a dispute.
pub(crate) async fn stripe<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let event = read(call)?;
    if let Some(dispute) = stripe::dispute_of_event(&event) {
        return disputed(call, &event, dispute).await;
    }
    let mut booking = stripe::booking_of_event(&event);
    if let (None, Some(payment), Some(signer)) = (&booking, stripe::payment_of_event(&event), signer(call))
        && stripe::is_of_mode(&event, &signer.key)
    {
        booking = booking_of(call, &signer, payment).await?;
    }
    let Some((booking, settings)) = find(call, booking.clone()).await? else {
        if stripe::tells_of_money(&event) && signer(call).is_some() {
            tell_of_gone(call, &event, booking.as_ref());
        }
        return Ok(taken());
    };
    let Payments::Stripe { secret, webhook_secret: secret_name, .. } = &settings else { return Ok(taken()) };
    let [key, webhook_secret] = secrets(call, [secret, secret_name])?;
    if !is_signed(call, &webhook_secret) {
        call.platform.report(&unsigned(&booking, secret_name));
        return Err(Refusal::SignatureRefused.into());
    }
    if !stripe::is_of_mode(&event, &key) {
        call.platform.report(&of_another_mode(&event, secret));
        return Ok(taken());
    }
    let heard = stripe::heard(call.platform, &settings, &event).await;
    if let Some(heard) = heard.map_err(|undone| Fault::Operator(undone.reason()))? {
        return hear(call, booking, heard).await;
    }
    if stripe::tells_of_money(&event) {
        let id = payments::short(event["id"].as_str().unwrap_or_default());
        let said = format!("Stripe's event {id} tells of a payment for {booking} that cannot be read");
        call.platform.report(&Fault::Operator(said));
    }
    Ok(taken())
}

/// A dispute names its payment alone, and Stripe knows what that was for: the one whose account the event is signed
/// for.
async fn disputed<P: Platform>(
    call: &Call<'_, P>,
    event: &Value,
    dispute: Dispute,
) -> Result<Response, Stop> {
    let Some(signer) = signer(call) else { return Err(Refusal::SignatureRefused.into()) };
    if !stripe::is_of_mode(event, &signer.key) {
        call.platform.report(&of_another_mode(event, signer.secret));
        return Ok(taken());
    }
    let booking = booking_of(call, &signer, &dispute.of).await?;
    let Some((booking, settings)) = find(call, booking.clone()).await? else {
        tell_of_gone(call, event, booking.as_ref());
        return Ok(taken());
    };
    // Nobody tells of another account's payments.
    let is_own = matches!(&settings, Payments::Stripe { webhook_secret, .. } if webhook_secret == signer.webhook_secret);
    if !is_own {
        return Ok(taken());
    }
    let before = call.ledger(booking.ledger()).booking(booking.clone()).await?;
    let known = before.and_then(|before| before.payment).is_some_and(|payment| payment.knows(&dispute));
    if !known {
        call.platform.report(&of_dispute(&booking, &dispute));
    }
    hear(call, booking, Heard::Disputed(dispute)).await
}

/// An account at Stripe that a word is signed for.
struct Signer<'a> {
    account: &'a Payments,
    /// The names of its secrets.
    secret: &'a str,
    webhook_secret: &'a str,
    key: String,
}

/// The booking that a payment was made for; `None` where it was for something else.
async fn booking_of<P: Platform>(
    call: &Call<'_, P>,
    signer: &Signer<'_>,
    payment: &str,
) -> Result<Option<BookingId>, Fault> {
    let booking = stripe::booking_of_payment(call.platform, signer.account, payment).await;
    booking.map_err(|undone| Fault::Operator(undone.reason()))
}

/// The account of the content's that a request is signed for.
fn signer<'a, P: Platform>(call: &'a Call<'_, P>) -> Option<Signer<'a>> {
    call.site.accounts.iter().find_map(|account| {
        let Payments::Stripe { secret, webhook_secret, .. } = account else { return None };
        let [key, signed_with] = secrets(call, [secret, webhook_secret]).ok()?;
        is_signed(call, &signed_with).then_some(Signer { account, secret, webhook_secret, key })
    })
}

/// Money was told of for a booking of a host's here that is let go of: only its operator can look after it.
fn tell_of_gone<P: Platform>(call: &Call<'_, P>, event: &Value, booking: Option<&BookingId>) {
    let Some(booking) = booking.filter(|booking| call.site.folder_of(booking.ledger()).is_some()) else {
        return;
    };
    let id = payments::short(event["id"].as_str().unwrap_or_default());
    let said = format!("Stripe's event {id} is about a payment for {booking}, which is not kept any more");
    call.platform.report(&Fault::Operator(said));
}

fn is_signed<P: Platform>(call: &Call<'_, P>, secret: &str) -> bool {
    let signature = header(call, "stripe-signature");
    payments::verifies_stripe(signature, call.request.body(), secret.trim(), call.now.timestamp())
}

fn of_dispute(booking: &BookingId, dispute: &Dispute) -> Fault {
    let Dispute { id, money, reason, .. } = dispute;
    let stands = match dispute.state {
        DisputeState::Inquiry => "is asked about by the bank",
        DisputeState::Open => "is disputed",
        DisputeState::Won => "was disputed, and is kept",
        DisputeState::Lost => "was disputed, and is lost",
    };
    let (currency, amount) = (money.currency.code(), money.decimal());
    Fault::Operator(format!("{currency} {amount} paid for {booking} {stands} ({id}): {reason}"))
}

fn of_another_mode(event: &Value, secret: &str) -> Fault {
    let id = payments::short(event["id"].as_str().unwrap_or_default());
    Fault::Operator(format!(
        "Stripe's event {id} is of another mode than the key {secret}: nothing follows from it"
    ))
}

/// What the owner of a payment link says, signed by Standard Webhooks.
pub(crate) async fn link<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let word = read(call)?;
    let Some((booking, heard)) = link::said(&word) else {
        // Whoever says that something was paid must know that it was not understood.
        let tells_of_money = word["type"].as_str() == Some(link::PAID);
        return if tells_of_money { Err(Refusal::InvalidField.into()) } else { Ok(taken()) };
    };
    let Some((booking, Payments::Link { secret, .. })) = find(call, BookingId::parse(booking)).await? else {
        return Err(astray(call, booking, &heard));
    };
    let keys = link::keys(call.platform, &secret);
    if keys.is_empty() {
        return Err(Fault::Operator(link::unheard(&secret)).into());
    }
    if !is_signed_by_link(call, &keys) {
        call.platform.report(&unsigned(&booking, &secret.join(", ")));
        return Err(Refusal::SignatureRefused.into());
    }
    hear(call, booking, heard).await
}

/// A word about money for what is no booking here: whoever took it must not believe that it was heard. Anybody can say
/// so; the operator is told of what one of the site's hosts has signed.
fn astray<P: Platform>(call: &Call<'_, P>, booking: &str, heard: &Heard) -> Stop {
    let links = call.site.accounts.iter().filter_map(|account| match account {
        Payments::Link { secret, .. } => Some(secret),
        Payments::Stripe { .. } => None,
    });
    let keys: Vec<Vec<u8>> = links.flat_map(|secret| link::keys(call.platform, secret)).collect();
    if let Heard::Paid { money, reference } = heard
        && is_signed_by_link(call, &keys)
    {
        let (currency, amount, booking) = (money.currency.code(), money.decimal(), payments::short(booking));
        call.platform.report(&Fault::Operator(format!(
            "{currency} {amount} was paid by a link ({reference}) for {booking}, which is not a booking here that is paid \
             that way. Was a host's folder renamed without `ledger`?"
        )));
    }
    Refusal::NotFound.into()
}

fn is_signed_by_link<P: Platform>(call: &Call<'_, P>, keys: &[Vec<u8>]) -> bool {
    let signed =
        (header(call, "webhook-id"), header(call, "webhook-timestamp"), header(call, "webhook-signature"));
    standard_webhooks::verifies(keys, signed, call.request.body(), call.now.timestamp())
}

fn read<P: Platform>(call: &Call<'_, P>) -> Result<Value, Stop> {
    scheduling::json::from_slice(call.request.body()).map_err(|_| Refusal::MalformedBody.into())
}

/// Whoever knows of a booking is likely to be who takes its payments, with another secret.
fn unsigned(booking: &BookingId, secret: &str) -> Fault {
    Fault::Operator(format!(
        "a payment was told of for {booking}, and refused: it is not signed with the secret {secret}, or is too old"
    ))
}

/// The booking that a word is about, and who takes the money for it; `None` where there is none here.
async fn find<P: Platform>(
    call: &Call<'_, P>,
    booking: Option<BookingId>,
) -> Result<Option<(BookingId, Payments)>, Stop> {
    let Some(id) = booking else { return Ok(None) };
    let ledger = id.ledger().to_owned();
    // A name that nobody has is not asked: that would make a ledger of it. Where a host is gone, the provider is asked
    // when the checkout ends.
    if call.site.folder_of(&ledger).is_none() {
        return Ok(None);
    }
    let Some(booking) = call.ledger(&ledger).booking(id.clone()).await? else { return Ok(None) };
    Ok(payments::settings(call, &booking).await.map(|payments| (id, payments)))
}

/// The ledger hears it. A booking that is gone, or costs nothing, cannot; saying so to the provider would help nobody.
async fn hear<P: Platform>(call: &Call<'_, P>, booking: BookingId, heard: Heard) -> Result<Response, Stop> {
    let ledger = booking.ledger().to_owned();
    let order = Order::pay(booking.clone(), PayStep::Hear(heard));
    match call.ledger(&ledger).change(order).await {
        Ok(_) => Ok(taken()),
        Err(Stop::Refused(refused)) if refused.refusal != Refusal::Busy => {
            let said = format!("a payment was told of for {booking}: {}", refused.refusal.code());
            call.platform.report(&Fault::Operator(said));
            Ok(taken())
        }
        Err(stop) => Err(stop),
    }
}

fn secrets<P: Platform>(call: &Call<'_, P>, names: [&str; 2]) -> Result<[String; 2], Fault> {
    let value = |name: &str| {
        let unset = || Fault::Operator(format!("the secret {name} is not set: payments cannot be heard of"));
        call.platform.secret(name).ok_or_else(unset)
    };
    Ok([value(names[0])?, value(names[1])?])
}

fn header<'a, P: Platform>(call: &Call<'a, P>, name: &str) -> &'a str {
    call.request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn taken() -> Response {
    answer::json(StatusCode::OK, &json!({ "received": true }))
}
