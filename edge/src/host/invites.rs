//! A host's invitations: making one, and withdrawing it. Of those that nobody has used, nothing is kept: whoever made
//! one has its link.

use chrono::{NaiveDate, TimeDelta};
use http::StatusCode;
use scheduling::definition::Meeting;
use scheduling::invite::{Invite, MOST_DAYS, MOST_USES, Misdated, USUAL_DAYS, USUAL_USES};
use scheduling::limits::MOST_NAME_CHARACTERS;
use scheduling::mail::{MailAddress, Unwritable};
use scheduling::paths;
use scheduling::refusal::Refusal;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, admitted};
use crate::form::body::Body;
use crate::form::errors::{Errors, refuse_fields};
use crate::form::start::parse_date;
use crate::page::answer;

/// `POST /api/host/invites`: the link of a new invitation to one of the host's pages.
pub(crate) async fn make<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let body = Body::own(call)?;
    let host = admitted::host(call).await?;
    let page = body.text("page").trim_matches('/');
    let meeting = host.meetings.values().find(|meeting| meeting.page == page).ok_or(Refusal::UnknownPage)?;
    let [random @ .., _, _, _, _, _, _, _, _] = call.platform.random()?;
    let invite = wanted(call, &body, meeting, random)?;
    let token = invite.token(call.platform.secrets());
    let locale = call.site.locale_for(body.text("locale")).unwrap_or_else(|| call.site.default_locale());
    let link = format!("{}{}", call.site.base_url, paths::invited(&call.site.locales, locale, page, &token));
    let mut told = json!(invite);
    told["expires"] = json!(invite.expires.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    told["link"] = json!(link);
    Ok(answer::json(StatusCode::CREATED, &told))
}

/// `POST /api/host/invites/withdraw`: the invitation of a link works no more. What was booked with it stays.
pub(crate) async fn withdraw<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let body = Body::own(call)?;
    let host = admitted::host(call).await?;
    let token = Invite::named(body.text("invite"));
    let read = |meeting: &Meeting| Invite::read(token, call.platform.secrets(), &meeting.page);
    let invite = host.meetings.values().find_map(read).ok_or(Refusal::InviteRefused)?;
    call.ledger(&host.ledger).withdraw_invite(invite.id.clone(), invite.expires).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "id": invite.id, "withdrawn": true })))
}

/// The invitation that a body asks for.
fn wanted<P: Platform>(
    call: &Call<'_, P>,
    body: &Body,
    meeting: &Meeting,
    random: [u8; 8],
) -> Result<Invite, Stop> {
    let mut errors = Errors::new(call.words());
    let mut number = |name: &str, most: u32, usual: u32| match body.get(name) {
        Value::Null => usual,
        value => {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            number.filter(|number| (1..=most).contains(number)).unwrap_or_else(|| {
                errors.add(name, "endpoint.field.number_between", &[("most", &most.to_string())]);
                usual
            })
        }
    };
    let (uses, days) = (number("uses", MOST_USES, USUAL_USES), number("days", MOST_DAYS, USUAL_DAYS));
    let mut invite = Invite::new(&meeting.page, random, call.now + TimeDelta::days(i64::from(days)), uses);
    invite.name = errors.text_of(body, "name").unwrap_or_default();
    if invite.name.chars().count() > MOST_NAME_CHARACTERS {
        let most = MOST_NAME_CHARACTERS.to_string();
        errors.add("name", "endpoint.field.name_long", &[("most", &most)]);
    }
    let email = errors.text_of(body, "email").unwrap_or_default();
    match MailAddress::pasted(&email) {
        Ok(address) => invite.email = address.to_string(),
        Err(Unwritable::Missing) => {}
        Err(_) => errors.add("email", "endpoint.field.email_malformed", &[]),
    }
    let mut date = |name: &str| -> Option<NaiveDate> {
        let text = errors.text_of(body, name).filter(|text| !text.is_empty())?;
        let date = parse_date(&text);
        if date.is_none() {
            errors.add(name, "endpoint.field.date_malformed", &[]);
        }
        date
    };
    (invite.from, invite.until) = (date("from"), date("until"));
    match invite.misdated(&meeting.rules, call.now) {
        None => {}
        Some(Misdated::Backwards) => errors.add("until", "endpoint.field.dates_backwards", &[]),
        Some(Misdated::Past) => errors.add("until", "endpoint.field.date_past", &[]),
        Some(Misdated::TooLate) => errors.add("from", "endpoint.field.date_late", &[]),
        Some(Misdated::TooEarly) => errors.add("until", "endpoint.field.date_early", &[]),
    }
    if !body.get("duration").is_null() {
        let minutes = body.get("duration").as_u64().and_then(|minutes| u32::try_from(minutes).ok());
        invite.duration = minutes.filter(|minutes| meeting.rules.durations_minutes.contains(minutes));
        if invite.duration.is_none() {
            errors.add("duration", "endpoint.field.duration_not_offered", &[]);
        }
    }
    let errors = errors.into_list();
    if errors.is_empty() { Ok(invite) } else { Err(refuse_fields(errors)) }
}
