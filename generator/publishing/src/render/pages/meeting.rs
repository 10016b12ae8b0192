//! A meeting page: who, what, how long and where; the times; and the form, which books without a script.

use chrono::{NaiveDate, TimeDelta};
use scheduling::availability::Baked;
use scheduling::definition::{Location, Meeting, Question, QuestionKind, words_in};
use scheduling::paths;
use scheduling::zone::Regime;
use serde::Serialize;

use super::{markdown, price, times};
use crate::content::Picture;
use crate::render::fault::RenderFault;
use crate::render::place;
use crate::render::preview::Preview;
use crate::render::theme::bundles::{DETAILS, INVITED, MEETING};
use crate::render::theme::words::Words;
use crate::render::work::{Frame, Work};

/// The part of a description that search engines show, in characters.
const DESCRIPTION_LETTERS: usize = 160;

/// A meeting page in a locale, as it is on a date of the host's zone. `at` is where the host is among the site's, and
/// the page among the host's.
pub(crate) fn page(
    work: &Work,
    locale: &str,
    at: (usize, usize),
    today: NaiveDate,
) -> Result<Vec<u8>, RenderFault> {
    let host = &work.site.hosts[at.0];
    let page = &host.pages[at.1];
    let Some(meeting) = host.definition.meetings.get(&page.slug) else {
        return Err(RenderFault::new(&page.slug, "the page has no meeting"));
    };
    let words = &work.locale(locale).words;
    let rules = &meeting.rules;
    // What somebody may book who is invited, is the endpoint's to say.
    let baked = if meeting.invite_only {
        Baked { dates: None, windows: Vec::new(), later: Vec::new() }
    } else {
        rules.bake(today)
    };
    let regimes = regimes_of(&baked, meeting, today);
    let times = times::list(rules, &baked.windows, &regimes, words);
    let locales: Vec<&str> = page.description.keys().map(String::as_str).collect();
    let description = page.description.get(locale).map_or("", String::as_str);
    // Shown by length; the first of the page's own order is the usual one.
    let usual = rules.durations_minutes.first().copied();
    let differs = price::differs(meeting);
    let duration = |minutes: u32| {
        let costs = meeting.prices.contains_key(&minutes);
        let price = (!meeting.prices.is_empty()).then(|| price::of_duration(words, meeting, minutes));
        let pay = price.as_ref().filter(|_| costs && meeting.approval_within_minutes.is_none());
        Duration {
            minutes,
            words: words.minutes(minutes),
            is_usual: Some(minutes) == usual,
            pay: pay.map(|price| words.flat.message("page.price.pay", &[("price", price)])),
            price,
            cost: meeting
                .prices
                .get(&minutes)
                .map(|money| format!("{} {}", money.amount, money.currency.code())),
        }
    };
    let mut durations = rules.durations_minutes.clone();
    durations.sort_unstable();

    let frame = work.frame(locale, &meeting.page, &locales);
    let context = MeetingPage {
        text_path: place::text(&frame.canonical[work.site.definition.base_url.len()..]),
        frame: Frame {
            preview: preview(work, locale, at).address(work),
            style: work.assets.style_path(MEETING),
            script: work.assets.script_path(MEETING, locale),
            ..frame
        },
        details_script: work.assets.script_path(DETAILS, locale),
        invited_script: work.assets.script_path(INVITED, locale),
        listed: page.listed,
        auto_submit: page.auto_submit,
        page: &meeting.page,
        title: words_in(&meeting.title, locale),
        photo: host.photo.as_ref(),
        host_name: &host.definition.name,
        host_path: paths::page(&work.site.definition.locales, locale, &host.definition.folder),
        durations: durations.into_iter().map(duration).collect(),
        duration_words: duration_words(words, &rules.durations_minutes),
        place: Place::of(&meeting.location, locale),
        description: markdown::to_html(description, &page.pictures),
        excerpt: markdown::to_excerpt(description, DESCRIPTION_LETTERS),
        zone: rules.time_zone.name(),
        city: words.city_apart(&rules.time_zone),
        zone_words: words.zone(&rules.time_zone, regimes[0].offset),
        times: times.html,
        count: times.count,
        later: times::compact(&baked.later),
        offsets: times::compact_offsets(&regimes),
        every: rules.start_every_minutes,
        notice: rules.notice_minutes,
        days: rules.window.days,
        questions: meeting.questions.iter().map(|question| asked(question, locale)).collect(),
        approval: meeting.approval_within_minutes.is_some(),
        price: price::of_page(words, meeting),
        prices_differ: differs,
        has_free: durations_are_free(meeting),
        refund: price::refund(words, meeting),
        invite_only: meeting.invite_only,
        sandbox: work.site.definition.sandbox.is_some(),
        privacy: work.site.privacy.as_ref().map(|privacy| words_in(privacy, locale)),
    };
    work.render(locale, "meeting.html", &context)
}

/// The picture of a link to it.
pub(crate) fn preview(work: &Work, locale: &str, at: (usize, usize)) -> Preview {
    let host = &work.site.hosts[at.0];
    let meeting = host.definition.meetings.get(&host.pages[at.1].slug);
    let words = &work.locale(locale).words;
    Preview {
        site: work.site.definition.title.clone(),
        title: meeting.map_or("", |meeting| words_in(&meeting.title, locale)).to_owned(),
        who: host.definition.name.clone(),
        what: meeting.map(|meeting| what(work, words, meeting)).unwrap_or_default(),
    }
}

/// How long, and what it costs, where the picture has the letters for that.
fn what(work: &Work, words: &Words, meeting: &Meeting) -> String {
    let durations = duration_words(words, &meeting.rules.durations_minutes);
    let with_price = price::of_page(words, meeting).map(|price| format!("{durations} · {price}"));
    // There is no letter for a space that breaks no line.
    let with_price = with_price.map(|text| text.replace('\u{a0}', " "));
    with_price.filter(|text| work.theme.fonts.letters(text).is_some()).unwrap_or(durations)
}

/// Durations as a reader takes them in: `30 minutes`, or `15, 30 or 60 minutes`.
pub(crate) fn duration_words(words: &Words, durations: &[u32]) -> String {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    match sorted.as_slice() {
        [] => String::new(),
        [only] => words.minutes(*only),
        [others @ .., last] => {
            let separator = words.flat.message("page.durations.separator", &[]);
            let others: Vec<String> = others.iter().map(u32::to_string).collect();
            let others = others.join(&separator);
            words
                .flat
                .message("page.durations.several", &[("others", &others), ("last", &words.minutes(*last))])
        }
    }
}

fn durations_are_free(meeting: &Meeting) -> bool {
    meeting.rules.durations_minutes.iter().any(|minutes| !meeting.prices.contains_key(minutes))
}

/// The location of a meeting, as pages show it before it is booked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Place<'a> {
    /// `video`, `phone`, `address` or `ask`.
    kind: &'static str,
    /// The address, or the words that ask.
    words: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn of(location: &'a Location, locale: &str) -> Self {
        match location {
            Location::Video(_) | Location::Room(_) | Location::CalendarRoom => {
                Self { kind: "video", words: "" }
            }
            Location::Phone(_) => Self { kind: "phone", words: "" },
            Location::Address(address) => Self { kind: "address", words: address },
            Location::Ask(question) => Self { kind: "ask", words: words_in(question, locale) },
        }
    }
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the template, or is not")]
struct MeetingPage<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    /// The path of the page as Markdown.
    text_path: String,
    /// The path of the second step's script.
    details_script: &'a str,
    invited_script: &'a str,
    listed: bool,
    auto_submit: bool,
    page: &'a str,
    title: &'a str,
    photo: Option<&'a Picture>,
    host_name: &'a str,
    host_path: String,
    durations: Vec<Duration>,
    duration_words: String,
    place: Place<'a>,
    description: String,
    excerpt: String,
    zone: &'a str,
    /// The zone's place, where its name does not tell it.
    city: Option<String>,
    zone_words: String,
    times: String,
    count: usize,
    later: String,
    offsets: String,
    every: u32,
    notice: u32,
    days: Option<u32>,
    questions: Vec<Asked<'a>>,
    approval: bool,
    /// What it costs.
    price: Option<String>,
    /// Durations cost differently.
    prices_differ: bool,
    /// Some durations cost nothing.
    has_free: bool,
    /// Until when there is money back.
    refund: Option<String>,
    /// The times are shown to whoever is invited.
    invite_only: bool,
    /// Only some addresses can book.
    sandbox: bool,
    privacy: Option<&'a str>,
}

#[derive(Serialize)]
struct Duration {
    minutes: u32,
    words: String,
    /// Chosen for whoever chooses none.
    is_usual: bool,
    /// What it costs, on a page with a price.
    price: Option<String>,
    /// The same as the form sends it back: `5000 JPY`, in the currency's smallest unit.
    cost: Option<String>,
    /// The words of the button, where what is booked is paid for at once.
    pay: Option<String>,
}

#[derive(Serialize)]
struct Asked<'a> {
    id: &'a str,
    label: &'a str,
    /// The kind, as in content: `text`, `long_text`, `choice`, `choices`, `number`, `phone` or `consent`.
    kind: &'static str,
    required: bool,
    options: Vec<OptionShown<'a>>,
}

#[derive(Serialize)]
struct OptionShown<'a> {
    id: &'a str,
    label: &'a str,
}

fn asked<'a>(question: &'a Question, locale: &str) -> Asked<'a> {
    let (kind, options) = match &question.kind {
        QuestionKind::Text => ("text", [].as_slice()),
        QuestionKind::LongText => ("long_text", [].as_slice()),
        QuestionKind::Choice(options) => ("choice", options.as_slice()),
        QuestionKind::Choices(options) => ("choices", options.as_slice()),
        QuestionKind::Number => ("number", [].as_slice()),
        QuestionKind::Phone => ("phone", [].as_slice()),
        QuestionKind::Consent => ("consent", [].as_slice()),
    };
    let options =
        options.iter().map(|option| OptionShown { id: &option.id, label: words_in(&option.label, locale) });
    Asked {
        id: &question.id,
        label: words_in(&question.label, locale),
        kind,
        required: question.required,
        options: options.collect(),
    }
}

/// The host's offsets while the page's times last, and on the day before and after.
fn regimes_of(baked: &Baked, meeting: &Meeting, today: NaiveDate) -> Vec<Regime> {
    let zone = &meeting.rules.time_zone;
    let midnight = scheduling::availability::start_of_date(zone, today).timestamp();
    let all = || baked.windows.iter().chain(&baked.later);
    let first = all().map(|window| window.first).min().unwrap_or(midnight);
    let last = all().map(|window| window.until).max().unwrap_or(midnight);
    let day = TimeDelta::days(1).num_seconds();
    zone.regimes(first.min(midnight) - day, last + day)
}
