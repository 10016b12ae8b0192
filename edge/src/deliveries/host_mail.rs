//! Mails to a host alone: a link that signs in, how a calendar is, and what became of a booking's copy there. They go
//! to the host's own address, as the content has it now.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Event, Status};
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::locale::LocaleWords;
use scheduling::mail::MailAddress;
use scheduling::money::Money;
use scheduling::outbox::{AttemptOutcome, Body, Payload, ledger_of};
use scheduling::paths;
use scheduling::sign_in_link::{SignInLink, Standing};
use scheduling::text::one_line;
use scheduling::token::Secrets;
use serde_json::{Value, json};

use super::mail::{Mail, MailHeaders, carry, no_longer_sends, tidied};
use super::{Job, Postman, failed};
use crate::call::today::Today;
use crate::page::reason;
use crate::page::shell::{Fields, fill, fill_text};
use scheduling::when;

/// What is tried again later than this is not tried "every few minutes".
const NOT_SOON: TimeDelta = TimeDelta::minutes(10);

/// Makes one attempt.
pub(super) async fn attempt<C: Postman>(postman: &C, job: &Job) -> AttemptOutcome {
    if let Payload::SignIn(link) = &job.payload
        && link.standing(postman.now()) != Standing::Works
    {
        return AttemptOutcome::Ended { reason: "the link has expired".to_owned() };
    }
    let today = match Today::of(postman, ledger_of(&job.id)).await {
        Ok(today) => today,
        Err(fault) => return failed(fault.to_string()),
    };
    let Some(settings) = &today.site.mail else { return no_longer_sends() };
    match write(postman, &today, job).await {
        Ok(mail) => carry(postman, &today.site, settings, mail).await,
        Err(reason) => failed(reason),
    }
}

async fn write<C: Postman>(postman: &C, today: &Today, job: &Job) -> Result<Mail, String> {
    let site = &today.site;
    let settings = site.mail.as_ref().ok_or("the site no longer sends email")?;
    let host = today.host.as_ref().ok_or("the host was taken out of the content")?;
    let to =
        MailAddress::parse(&host.email).map_err(|_| "no email can be written to this address".to_owned())?;
    // In the site's first language, like all of a host's mail.
    let locale = site.default_locale();
    let words = site.words.get(locale).ok_or("the site has no text in that locale")?;
    let shells = postman.shells(locale).await.map_err(|fault| fault.to_string())?;
    let (name, subject, fields) = match &job.payload {
        Payload::SignIn(link) => of_link(link, (site, host, words), postman.secrets()),
        Payload::Webhook(body) if body.data["bookings"].is_array() => of_copies(body, (site, host, words)),
        Payload::Webhook(body) if body.event == Event::PaymentMismatched.name() => {
            of_other_money(body, (site, host, words))
        }
        Payload::Webhook(body) if body.event.starts_with("booking.") => {
            of_copy(body, (site, host, words), postman.now())
        }
        Payload::Webhook(body) => of_calendar(body, (site, host, words), postman.now()),
        _ => return Err("what it was to say is not of its kind".to_owned()),
    };
    let fields = fields.text("subject", subject.as_str());
    let shell = |kind: &str| {
        let name = format!("{name}.{kind}");
        shells.get(&name).ok_or_else(|| format!("the theme has no `{name}`"))
    };
    Ok(Mail {
        id: job.id.clone(),
        from: settings.from.clone(),
        to,
        reply_to: None,
        subject: one_line(&subject),
        text: tidied(&fill_text(shell("txt")?, &fields, words)),
        html: fill(shell("html")?, &fields, words),
        invitation: None,
        headers: MailHeaders::default(),
    })
}

/// The shell's name, the subject, and what fills the shell.
type Written = (&'static str, String, Fields);

fn of_link(
    link: &SignInLink,
    (site, host, words): (&SiteDefinition, &HostDefinition, &LocaleWords),
    secrets: &Secrets,
) -> Written {
    let token = link.token(secrets, &host.folder, host.key_version);
    let values = [("name", host.name.as_str()), ("site", &site.title)];
    let message = |key: &str| words.message(key, &values);
    let fields = Fields::default()
        .text("title", message("endpoint.mail.sign_in.title"))
        .text("lead", message("endpoint.mail.sign_in.lead"))
        .text("link", format!("{}{}", site.base_url, paths::sign_in(&token)));
    ("sign_in_mail", message("endpoint.mail.sign_in.subject"), fields)
}

/// Of what endpoints are told: how a calendar is, what that means for whoever books, why, and what to do.
fn of_calendar(
    body: &Body,
    (site, host, words): (&SiteDefinition, &HostDefinition, &LocaleWords),
    now: DateTime<Utc>,
) -> Written {
    let text = |name: &str| body.data["calendar"][name].as_str();
    let instant = |name: &str| text(name).and_then(|at| at.parse::<DateTime<Utc>>().ok());
    let in_words = |at| when::start(words, &host.time_zone, at);
    let at = |name: &str| instant(name).map(in_words);
    let (name, state) = (text("name").unwrap_or_default(), text("state").unwrap_or_default());
    let (since, until) = (at("since").unwrap_or_default(), at("known_until"));
    let again = match instant("next_read_at").filter(|next| *next > now + NOT_SOON) {
        Some(next) => words.message("endpoint.mail.calendar.again_at", &[("next", &in_words(next))]),
        None => words.message("endpoint.mail.calendar.again_soon", &[]),
    };
    let values = [
        ("name", name),
        ("since", since.as_str()),
        ("until", until.as_deref().unwrap_or_default()),
        ("again", again.as_str()),
    ];
    let message = |part: &str| words.message(&format!("endpoint.mail.calendar.{state}.{part}"), &values);
    let means = match (state, &until) {
        ("ok", _) => None,
        (_, None) => Some("endpoint.mail.calendar.unknown"),
        ("partial", _) => Some("endpoint.mail.calendar.partly"),
        _ => Some("endpoint.mail.calendar.until"),
    };
    let subject = message("subject");
    let fields = Fields::default()
        .text("title", subject.as_str())
        .text("lead", message("lead"))
        .list("meetings", Vec::new())
        .optional("means", means.map(|key| words.message(key, &values)))
        .optional("reason", text("reason").map(|reason| reason::in_words(words, reason)))
        .text("todo", message("todo"))
        .text("button", words.message("endpoint.mail.calendar.button", &[]))
        .text("link", format!("{}/host/#calendars", site.base_url));
    ("calendar_mail", subject, fields)
}

/// Of copies that went missing together: which they are, and what to do.
fn of_copies(body: &Body, (site, host, words): (&SiteDefinition, &HostDefinition, &LocaleWords)) -> Written {
    let named = body.data["bookings"].as_array().map_or(&[][..], Vec::as_slice);
    let all = body.data["count"].as_u64().unwrap_or_default();
    let line = |booking: &Value| {
        let title = booking["title"].as_str().unwrap_or_default();
        let at = span_of(booking).map(|(start, end)| when::span(words, &host.time_zone, start, end));
        let values = [("title", title), ("at", at.as_deref().unwrap_or_default())];
        words.message("endpoint.mail.copy.several.line", &values)
    };
    let more = all - all.min(named.len() as u64);
    let more = (more > 0).then(|| words.plural("endpoint.mail.copy.several.more", more));
    let lines =
        named.iter().map(line).chain(more).map(|line| Fields::default().text("value", line)).collect();
    let count = all.to_string();
    let values = [("name", body.data["calendar"].as_str().unwrap_or_default()), ("count", &count)];
    let message = |part: &str| words.message(&format!("endpoint.mail.copy.several.{part}"), &values);
    let subject = message("subject");
    let fields = Fields::default()
        .text("title", subject.as_str())
        .text("lead", message("lead"))
        .list("meetings", lines)
        .optional("reason", None)
        .optional("means", Some(message("stays")))
        .text("todo", message("todo"))
        .text("button", message("button"))
        .text("link", format!("{}/host/#today", site.base_url));
    ("calendar_mail", subject, fields)
}

/// The time of a booking, or of its copy.
fn span_of(value: &Value) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let at = |name: &str| value[name].as_str()?.parse::<DateTime<Utc>>().ok();
    Some((at("start")?, at("end")?))
}

/// Of a payment that is not the booking's price, or has paid for another one.
fn of_other_money(
    body: &Body,
    (site, host, words): (&SiteDefinition, &HostDefinition, &LocaleWords),
) -> Written {
    let (booking, text) =
        (&body.data["booking"], |value: &Value| value.as_str().unwrap_or_default().to_owned());
    let money = |value: &Value| {
        scheduling::json::from_value::<Money>(value).map_or(String::new(), |money| words.money(&money))
    };
    let at = span_of(booking).map(|(start, end)| when::span(words, &host.time_zone, start, end));
    let (visitor, title) = (text(&booking["contact"]["name"]), text(&booking["title"]));
    let (paid, price) = (money(&body.data["paid"]), money(&booking["payment"]["price"]));
    let reference = text(&body.data["reference"]);
    let is_held = booking["status"] == json!(Status::AwaitingPayment);
    let until = booking["payment"]["due_by"].as_str().filter(|_| is_held);
    let until = until.and_then(|until| until.parse().ok()).map(|at| when::start(words, &host.time_zone, at));
    let values = [
        ("visitor", visitor.as_str()),
        ("title", &title),
        ("at", at.as_deref().unwrap_or_default()),
        ("until", until.as_deref().unwrap_or_default()),
        ("paid", &paid),
        ("price", &price),
        ("reference", &reference),
    ];
    let other = match &body.data {
        data if data["goes_back"] == true => "payment_second",
        data if data["other_booking"].is_null() => "payment_mismatched",
        _ => "payment_repeated",
    };
    let is_paid = !booking["payment"]["paid"].is_null();
    let has_ended =
        [Status::Cancelled, Status::Declined].iter().any(|ended| booking["status"] == json!(ended));
    let (means, todo) = match other {
        "payment_second" if !is_paid => ("means_unpaid", "todo_unpaid"),
        "payment_mismatched" if until.is_some() => ("held", "todo"),
        "payment_mismatched" if has_ended => ("means", "todo_ended"),
        _ => ("means", "todo"),
    };
    let message = |part: &str| words.message(&format!("endpoint.mail.{other}.{part}"), &values);
    let subject = message(if visitor.is_empty() { "subject_of_erased" } else { "subject" });
    let fields = Fields::default()
        .text("title", subject.as_str())
        .text("lead", message("lead"))
        .list("meetings", Vec::new())
        .optional("reason", None)
        .optional("means", Some(message(means)))
        .text("todo", message(todo))
        .text("button", words.message("endpoint.mail.copy.button", &[]))
        .text("link", format!("{}/host/#booking/{}", site.base_url, text(&booking["id"])));
    ("calendar_mail", subject, fields)
}

/// Of what endpoints are told: what the host has made of a booking's copy, that nobody else knows, or that it has no
/// room, and what to do.
fn of_copy(
    body: &Body,
    (site, host, words): (&SiteDefinition, &HostDefinition, &LocaleWords),
    now: DateTime<Utc>,
) -> Written {
    let (booking, moved) = (&body.data["booking"], &body.data["moved_to"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let in_words = |time: Option<(DateTime<Utc>, DateTime<Utc>)>| {
        time.map_or(String::new(), |(start, end)| when::span(words, &host.time_zone, start, end))
    };
    let (is, to) = (span_of(booking), span_of(moved));
    let is_roomless = body.event == Event::RoomMissing.name();
    let made = match (is, to) {
        _ if is_roomless => "room_missing",
        (_, None) => "missing",
        _ if moved["whole_days"] == true => "whole_days",
        (Some(is), Some(to)) if is.0 == to.0 => "length",
        (_, Some(to)) if to.0 <= now => "past",
        _ if moved["taken"] == true => "taken",
        (Some(is), Some(to)) if is.1 - is.0 != to.1 - to.0 => "moved_length",
        _ => "moved",
    };
    let visitor = text(&booking["contact"]["name"]);
    let (name, title, at, to) =
        (text(&body.data["calendar"]), text(&booking["title"]), in_words(is), in_words(to));
    let values = [
        ("name", name.as_str()),
        ("visitor", visitor.as_str()),
        ("title", title.as_str()),
        ("at", at.as_str()),
        ("to", to.as_str()),
    ];
    let message = |part: &str| words.message(&format!("endpoint.mail.copy.{made}.{part}"), &values);
    let subject = message("subject");
    let means =
        if is_roomless { "endpoint.mail.copy.room_missing.means" } else { "endpoint.mail.copy.stays" };
    let fields = Fields::default()
        .text("title", subject.as_str())
        .text("lead", message("lead"))
        .list("meetings", Vec::new())
        .optional("reason", body.data["reason"].as_str().map(|reason| reason::in_words(words, reason)))
        .optional("means", Some(words.message(means, &values)))
        .text("todo", message("todo"))
        .text("button", words.message("endpoint.mail.copy.button", &[]))
        .text("link", format!("{}/host/#booking/{}", site.base_url, text(&booking["id"])));
    ("calendar_mail", subject, fields)
}
