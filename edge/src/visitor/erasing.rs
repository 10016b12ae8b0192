//! `/booking/erase/{token}`: everything about somebody is erased, with every host. The link is in the mails to that
//! address, and the operator can print one. Opening it asks; the page's button does it.

use http::Method;
use scheduling::booking::Contact;
use scheduling::paths;
use scheduling::refusal::Refusal;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, origin};
use crate::page::answer;
use crate::page::shell::Fields;

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
        let secrets = call.platform.secrets();
        // Who was invited by others is known by what was mailed alone.
        let mut ledgers = Vec::new();
        for key in secrets.contact_keys(&Contact::of_email(&email).counted_email()) {
            let ledger = call.platform.contact_ledger(&key);
            ledgers.extend(call.ledger(&ledger).told_ledgers(key).await?);
        }
        // While the secret is rotated, the contact may also be kept under a former key.
        for key in secrets.contact_keys(&email) {
            let ledger = call.platform.contact_ledger(&key);
            call.ledger(&ledger).erase_contact(key, email.clone(), ledgers.clone()).await?;
        }
    }
    let words = call.words();
    let state = if acts { "done" } else { "ask" };
    let message =
        |part: &str| words.message(&format!("endpoint.erase.{state}.{part}"), &[("email", email.as_str())]);
    Ok(Fields::default()
        .text("title", message("title"))
        .text("lead", message("lead"))
        .flag("open", !acts)
        .text("button", words.message("endpoint.erase.button", &[]))
        .text("ask_path", paths::erasure(token)))
}
