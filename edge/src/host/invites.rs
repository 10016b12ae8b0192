//! A host's invitations: making one, and withdrawing it. Of those that nobody has used, nothing is kept: whoever made
//! one has its link.

use chrono::{NaiveDate, TimeDelta};
use http::StatusCode;
use scheduling::definition::{HostDefinition, Meeting, in_folder};
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
use crate::form::errors::{Errors, check_names, refuse_fields};
use crate::form::fields::email_error;
use crate::form::start::parse_date;
use crate::page::answer;

/// What an invitation can be asked for with.
const NAMES: [&str; 10] =
    ["page", "uses", "days", "name", "email", "duration", "from", "until", "free", "locale"];

/// `POST /api/host/invites`: the link of a new invitation to one of the host's pages.
pub(crate) async fn make<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let body = Body::own(call)?;
    let host = admitted::host(call).await?;
    let page = body.text("page").trim_matches('/');
    let mut meetings = host.meetings.values();
    // A desk that is still open since the folder was renamed says the ledger's name.
    let is_asked =
        |meeting: &&Meeting| page == meeting.page || page == in_folder(&host.ledger, &meeting.page);
    let meeting = meetings.find(is_asked).ok_or(Refusal::UnknownPage)?;
    check_names(&body, call.words(), &NAMES)?;
    let [random @ .., _, _, _, _, _, _, _, _] = call.platform.random()?;
    let invite = wanted(call, &body, (&host, meeting), random)?;
    let mut told = json!(invite);
    told["page"] = json!(meeting.page);
    let token = Invite { version: host.invites_version, ..invite.clone() }.token(call.platform.secrets());
    let locale = call.site.locale_for(body.text("locale")).unwrap_or_else(|| call.site.default_locale());
    let path = paths::invited(&call.site.locales, locale, &meeting.page, &token);
    let link = format!("{}{path}", call.site.base_url);
    told["expires"] = json!(invite.expires.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    told["link"] = json!(link);
    Ok(answer::json(StatusCode::CREATED, &told))
}

/// `POST /api/host/invites/withdraw`: the invitation of a link works no more. What was booked with it stays.
pub(crate) async fn withdraw<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let body = Body::own(call)?;
    let host = admitted::host(call).await?;
    check_names(&body, call.words(), &["invite"])?;
    let token = Invite::named(body.text("invite"));
    let mut invites = host.meetings.values().filter_map(|meeting| call.invite(&host, meeting, token));
    let invite = invites.next().ok_or(Refusal::InviteRefused)?;
    call.ledger(&host.ledger).withdraw_invite(invite.id.clone(), invite.expires).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "id": invite.id, "withdrawn": true })))
}

/// The invitation that a body asks for.
fn wanted<P: Platform>(
    call: &Call<'_, P>,
    body: &Body,
    (host, meeting): (&HostDefinition, &Meeting),
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
    let page = in_folder(&host.ledger, &meeting.page);
    let mut invite = Invite::new(&page, random, call.now + TimeDelta::days(i64::from(days)), uses);
    invite.name = errors.text_of(body, "name").unwrap_or_default();
    if invite.name.chars().count() > MOST_NAME_CHARACTERS {
        let most = MOST_NAME_CHARACTERS.to_string();
        errors.add("name", "endpoint.field.name_long", &[("most", &most)]);
    }
    let email = errors.text_of(body, "email").unwrap_or_default();
    match MailAddress::pasted(&email) {
        Ok(address) => invite.email = address.to_string(),
        Err(Unwritable::Missing) => {}
        Err(why) => errors.add("email", email_error(why), &[]),
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
    match body.get("free") {
        Value::Null => {}
        Value::Bool(true)
            if invite
                .duration
                .map_or(meeting.prices.is_empty(), |minutes| !meeting.prices.contains_key(&minutes)) =>
        {
            errors.add("free", "endpoint.field.free_anyway", &[]);
        }
        Value::Bool(free) => invite.free = *free,
        _ => errors.add("free", "endpoint.field.not_boolean", &[]),
    }
    let errors = errors.into_list();
    if errors.is_empty() { Ok(invite) } else { Err(refuse_fields(errors)) }
}
