//! What programs read that take text for pages: a meeting page as Markdown, and the list of all (llmstxt.org). Each
//! says how to book through the API.

use chrono::{DateTime, Utc};
use scheduling::definition::{Location, Meeting, QuestionKind, words_in};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::render::fault::RenderFault;
use crate::render::pages::entries::{HostEntry, entry_of_host};
use crate::render::pages::markdown;
use crate::render::pages::meeting::{Place, duration_words};
use crate::render::pages::price;
use crate::render::theme::words::Words;
use crate::render::work::{Frame, Work, today_of};

/// A meeting page as Markdown.
pub(crate) fn page(work: &Work, locale: &str, at: (usize, usize)) -> Result<Vec<u8>, RenderFault> {
    let host = &work.site.hosts[at.0];
    let page = &host.pages[at.1];
    let Some(meeting) = host.definition.meetings.get(&page.slug) else {
        return Err(RenderFault::new(&page.slug, "the page has no meeting"));
    };
    let base_url = &work.site.definition.base_url;
    let words = &work.locale(locale).words;
    let rules = &meeting.rules;
    let questions = meeting.questions.iter().map(|question| {
        let options: &[_] = match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices(options) => options,
            _ => &[],
        };
        Asked {
            id: &question.id,
            label: words_in(&question.label, locale),
            required: question.required,
            options: options
                .iter()
                .map(|option| OptionTold { id: &option.id, label: words_in(&option.label, locale) })
                .collect(),
        }
    });
    let answers = meeting.questions.iter().map(|question| {
        let several = matches!(question.kind, QuestionKind::Choices(_));
        let agreed = matches!(question.kind, QuestionKind::Consent);
        let shape = if agreed {
            Value::Bool(true)
        } else if several {
            json!(["…"])
        } else {
            json!("…")
        };
        (question.id.clone(), shape)
    });
    let mut body = json!({
        "page": meeting.page,
        "start": "YYYY-MM-DDTHH:MM:SSZ",
        "duration_minutes": rules.durations_minutes.first(),
        "time_zone": rules.time_zone.name(),
        "locale": locale,
        "contact": { "name": "…", "email": "…" },
    });
    let price = rules.durations_minutes.first().and_then(|minutes| meeting.prices.get(minutes));
    if let Some(price) = price {
        body["price"] = json!(price);
    }
    if meeting.invite_only {
        body["invite"] = json!("…");
    }
    if matches!(meeting.location, Location::Ask(_)) {
        body["location"] = json!("…");
    }
    let answers: Map<String, Value> = answers.collect();
    if !answers.is_empty() {
        body["answers"] = Value::Object(answers);
    }
    let text = page.description.get(locale).map_or("", String::as_str);
    let context = Twin {
        frame: work.frame(locale, &meeting.page, &[]),
        base_url,
        page: &meeting.page,
        title: words_in(&meeting.title, locale),
        host_name: &host.definition.name,
        about: host.about.as_ref().map(|about| words_in(about, locale)),
        duration: rules.durations_minutes.first().copied(),
        duration_words: duration_words(words, &rules.durations_minutes),
        place: Place::of(&meeting.location, locale),
        zone: rules.time_zone.name(),
        approval: meeting.approval_within_minutes.is_some(),
        price: prices(words, meeting),
        refund: price::refund(words, meeting),
        invite_only: meeting.invite_only,
        invite: if meeting.invite_only { "&invite=…" } else { "" },
        description: markdown::to_standing_alone(text.trim(), &page.pictures, base_url),
        questions: questions.collect(),
        body: serde_json::to_string_pretty(&body).unwrap_or_default(),
    };
    work.render(locale, "meeting.txt", &context)
}

/// What the page costs; each duration by itself where that differs.
fn prices(words: &Words, meeting: &Meeting) -> Option<String> {
    if !price::differs(meeting) {
        return price::of_page(words, meeting);
    }
    let mut durations = meeting.rules.durations_minutes.clone();
    durations.sort_unstable();
    let of_duration = |minutes: u32| {
        let (price, duration) = (price::of_duration(words, meeting, minutes), words.minutes(minutes));
        words.flat.message("page.text.price_of", &[("price", &price), ("duration", &duration)])
    };
    let separator = words.flat.message("page.durations.separator", &[]);
    Some(durations.into_iter().map(of_duration).collect::<Vec<_>>().join(&separator))
}

/// `llms.txt`: every listed page, by host.
pub(crate) fn list(work: &Work, locale: &str, now: DateTime<Utc>) -> Result<Vec<u8>, RenderFault> {
    let hosts = work.site.hosts.iter().map(|host| entry_of_host(work, locale, host, today_of(host, now)));
    let hosts = hosts.filter(|host| !host.meetings.is_empty()).collect();
    let frame = work.frame(locale, "", &[]);
    work.render(locale, "llms.txt", &List { frame, base_url: &work.site.definition.base_url, hosts })
}

#[derive(Serialize)]
struct Twin<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    base_url: &'a str,
    page: &'a str,
    title: &'a str,
    host_name: &'a str,
    about: Option<&'a str>,
    duration: Option<u32>,
    duration_words: String,
    place: Place<'a>,
    zone: &'a str,
    approval: bool,
    /// What it costs.
    price: Option<String>,
    /// Until when there is money back.
    refund: Option<String>,
    invite_only: bool,
    /// The invitation, in an address.
    invite: &'a str,
    description: String,
    questions: Vec<Asked<'a>>,
    /// A body that books, but for what only the visitor knows.
    body: String,
}

#[derive(Serialize)]
struct Asked<'a> {
    id: &'a str,
    label: &'a str,
    required: bool,
    options: Vec<OptionTold<'a>>,
}

#[derive(Serialize)]
struct OptionTold<'a> {
    id: &'a str,
    label: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    base_url: &'a str,
    hosts: Vec<HostEntry<'a>>,
}
