//! `POST /api/host/suggestions`: a few free times of a page of the site, as text and as HTML to paste into an email. It
//! changes nothing, but a name and an address have no place in a query.

use chrono::{DateTime, Utc};
use http::StatusCode;
use scheduling::availability::Query;
use scheduling::definition::{Meeting, words_in};
use scheduling::limits::MOST_NAME_CHARACTERS;
use scheduling::link::{Link, MOST_BYTES};
use scheduling::locale::{self, LocaleWords};
use scheduling::mail::MailAddress;
use scheduling::paths;
use scheduling::proposal::{self, MOST_TIMES, Proposal, USUAL_TIMES, spread};
use scheduling::refusal::Refusal;
use scheduling::zone::Zone;
use serde_json::{Value, json};

use crate::calendars;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted};
use crate::form::body::Body;
use crate::form::errors::{Errors, check_names, refuse_fields};
use crate::form::fields::{duration, email_error};
use crate::form::start::parse_start;
use crate::form::tracking::{self, Tracking};
use crate::offer::starts::starts;
use crate::page::answer;

/// The fields of a body.
const NAMES: [&str; 9] =
    ["page", "duration_minutes", "starts", "count", "time_zone", "locale", "name", "email", "tracking"];

/// What is asked for.
struct Asked {
    duration_minutes: u32,
    /// These starts, in seconds since 1970; else so many that are soon.
    starts: Option<Vec<i64>>,
    count: usize,
    /// The reader's, where it is known.
    zone: Option<Zone>,
    locale: String,
    name: String,
    email: String,
    tracking: Tracking,
}

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let body = Body::own(call)?;
    admitted::host(call).await?;
    check_names(&body, call.words(), &NAMES)?;
    let (folder, slug) = body.text("page").trim().split_once('/').unwrap_or_default();
    let found = call.meeting(folder, slug).await?;
    let Some(meeting) = found.meeting() else { return Err(Refusal::UnknownPage.into()) };
    if meeting.invite_only {
        let words = Some("suggested_uninvited");
        return Err(Refused { words, ..Refused::new(Refusal::InviteNeeded) }.into());
    }
    let asked = asked(call, &body, meeting)?;
    let taken = calendars::taken_shown(call, &found).await?;
    let (taken, _) = calendars::listed(call.platform, &found, taken, call.now);
    let query =
        Query { now: call.now, with_notice: true, dates: None, page: &meeting.page, claims: &taken.claims };
    let windows = meeting.rules.windows(&query);
    let every = meeting.rules.start_every_minutes;
    let host_zone = &found.host.time_zone;
    let zone = asked.zone.as_ref().unwrap_or(host_zone);
    let chosen = match &asked.starts {
        None => spread(&windows, every, asked.duration_minutes, [zone, host_zone], asked.count),
        Some(wanted) => {
            let mut free = starts(&windows, every, asked.duration_minutes);
            free.retain(|start| wanted.contains(start));
            free
        }
    };
    let link = |start| asked.link(call, meeting, start, &chosen).address();
    let at = |start: &i64| DateTime::from_timestamp(*start, 0).unwrap_or_default();
    let times: Vec<(DateTime<Utc>, String)> =
        chosen.iter().map(|start| (at(start), link(Some(*start)))).collect();
    let others = link(None);
    // The one to all times has the least in it; each of the others names them all.
    let longest = times.iter().map(|(_, link)| link.len()).chain([others.len()]).max().unwrap_or_default();
    if longest > MOST_BYTES {
        let field = if asked.tracking.is_empty() { "name" } else { "tracking" };
        let values = [("bytes", &*longest.to_string()), ("most", &MOST_BYTES.to_string())];
        let mut errors = Errors::new(call.words());
        errors.add(field, "endpoint.field.link_long", &values);
        return Err(refuse_fields(errors.into_list()));
    }
    let no_words = LocaleWords::default();
    let proposal = Proposal {
        words: call.site.words.get(&asked.locale).unwrap_or(&no_words),
        title: words_in(&meeting.title, &asked.locale),
        host_name: &found.host.name,
        host_zone,
        zone,
        duration_minutes: asked.duration_minutes,
        times: &times,
        others: &others,
    };
    let answer = json!({ "starts": chosen, "text": proposal.text(), "html": proposal.html() });
    Ok(answer::json(StatusCode::OK, &answer))
}

impl Asked {
    fn link<P: Platform>(
        &self,
        call: &Call<'_, P>,
        meeting: &Meeting,
        start: Option<i64>,
        suggested: &[i64],
    ) -> Link {
        let path = paths::page(&call.site.locales, &self.locale, &meeting.page);
        let page = Link::to(format!("{}{path}", call.site.base_url));
        let is_first = meeting.rules.durations_minutes.first() == Some(&self.duration_minutes);
        let minutes = (!is_first).then_some(self.duration_minutes);
        let link = proposal::link(page, start, suggested, minutes, self.zone.as_ref());
        let link = self.tracking.iter().fold(link, |link, (name, value)| link.with(name, value));
        link.with("name", &self.name).with("email", &self.email)
    }
}

fn asked<P: Platform>(call: &Call<'_, P>, body: &Body, meeting: &Meeting) -> Result<Asked, Stop> {
    let mut errors = Errors::new(call.words());
    let duration_minutes = duration(body, meeting, &mut errors);
    let starts = wanted_starts(body, &mut errors);
    let count = match body.get("count") {
        Value::Null => USUAL_TIMES,
        count => count.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default(),
    };
    if !(1..=MOST_TIMES).contains(&starts.as_ref().map_or(count, Vec::len)) {
        let field = if starts.is_some() { "starts" } else { "count" };
        errors.add(field, "endpoint.field.times_count", &[("most", &MOST_TIMES.to_string())]);
    }
    let zone =
        errors.text_of(body, "time_zone").filter(|name| !name.is_empty()).map(|name| Zone::read(&name));
    if matches!(zone, Some(Err(_))) {
        errors.add("time_zone", "endpoint.field.time_zone_unknown", &[]);
    }
    let name = errors.text_of(body, "name").unwrap_or_default();
    if name.chars().count() > MOST_NAME_CHARACTERS {
        errors.add("name", "endpoint.field.name_long", &[("most", &MOST_NAME_CHARACTERS.to_string())]);
    }
    let email = errors.text_of(body, "email").unwrap_or_default();
    if let Some(Err(why)) = (!email.is_empty()).then(|| MailAddress::parse(&email)) {
        errors.add("email", email_error(why), &[]);
    }
    let wanted = errors.text_of(body, "locale").unwrap_or_default();
    let locale = locale::choice(&wanted, &meeting.locales)
        .or(meeting.locales.first().map(String::as_str))
        .unwrap_or(call.site.default_locale());
    let tracking = tracking::of_body(body, &call.site.tracking_parameters);
    let errors = errors.into_list();
    match duration_minutes {
        Some(duration_minutes) if errors.is_empty() => Ok(Asked {
            duration_minutes,
            starts,
            count,
            zone: zone.and_then(Result::ok),
            locale: locale.to_owned(),
            name,
            email,
            tracking,
        }),
        _ => Err(refuse_fields(errors)),
    }
}

/// The starts that somebody has chosen; `None` where nobody has.
fn wanted_starts(body: &Body, errors: &mut Errors<'_>) -> Option<Vec<i64>> {
    let start = |start: &Value| match start {
        Value::Number(seconds) => seconds.as_i64(),
        Value::String(text) => parse_start(text.trim()).map(|start| start.timestamp()),
        _ => None,
    };
    let list = match body.get("starts") {
        Value::Null => return None,
        Value::Array(list) => list.iter().map(start).collect(),
        _ => None,
    };
    if list.is_none() {
        errors.add("starts", "endpoint.field.start_malformed", &[]);
    }
    list
}
