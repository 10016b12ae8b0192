//! The form again: the answer to a plain form that was refused, for whatever reason. What was typed stays; errors are
//! shown above and beside the fields; the chosen time stays chosen, or others are offered. And the form for the first
//! time, where an invitation alone shows the times.

use chrono::{DateTime, NaiveTime};
use scheduling::definition::{ChoiceOption, Location, Meeting, Question, QuestionKind, words_in};
use scheduling::money::Money;
use scheduling::zone::Zone;
use serde_json::Value;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{FieldError, Refused};
use crate::call::{Call, FoundMeeting};
use crate::form::body::Body;
use crate::form::price;
use crate::form::start::{parse_date, parse_start};
use crate::form::tracking;
use crate::offer::alternatives;
use crate::offer::days::{self, Day, Shown};
use crate::page::answer;
use crate::page::links::page_path;
use crate::page::shell::Fields;
use crate::visitor::given_back;
use crate::visitor::invited::{self, Invited};
use scheduling::refusal::Refusal;
use scheduling::when;

/// The field of the first date to show times of, which only asks for these.
pub(crate) const FROM: &str = "from";

pub(crate) async fn answer<P: Platform>(
    call: &Call<'_, P>,
    body: &Body,
    found: &FoundMeeting,
    (invited, refused): (&Invited, Option<&Refused>),
) -> Response {
    let Some(meeting) = found.meeting() else {
        let gone = Refused::new(Refusal::UnknownPage);
        return given_back::answer(call, body, refused.unwrap_or(&gone)).await;
    };
    let form = Form { call, body, found, meeting, invited, refused };
    let fields = form.fields().await;
    answer::page_or_message(call, "form.html", &fields, refused).await
}

struct Form<'a, P> {
    call: &'a Call<'a, P>,
    body: &'a Body,
    found: &'a FoundMeeting,
    meeting: &'a Meeting,
    invited: &'a Invited,
    refused: Option<&'a Refused>,
}

impl<P: Platform> Form<'_, P> {
    async fn fields(&self) -> Fields {
        let words = self.call.words();
        let meeting = self.meeting;
        let asks_location = match &meeting.location {
            Location::Ask(question) => {
                vec![self.input("location").text("label", words_in(question, &self.call.locale))]
            }
            _ => Vec::new(),
        };
        Fields::default()
            .text("title", words_in(&meeting.title, &self.call.locale))
            .text("host_name", self.found.host.name.clone())
            .text("page_path", self.page_path())
            .list("problem", self.problem())
            .optional("invite", self.kept_invite())
            .text("page", meeting.page.clone())
            .text("locale", self.call.locale.clone())
            .text("time_zone", self.zone().name().to_owned())
            .text("zone", when::zone_name(words, &self.zone(), self.call.now))
            .text("duration_minutes", self.duration_minutes().to_string())
            .list("duration_input", self.duration_input())
            .text("duration", words.plural("endpoint.when.minutes", self.duration_minutes().into()))
            .flag("approval", meeting.approval_within_minutes.is_some())
            .flag("is_free", self.is_free() && !meeting.prices.is_empty())
            .flag("has_price", self.price(self.duration_minutes()).is_some())
            .optional("price", self.price(self.duration_minutes()))
            .list("prices", self.prices())
            .list("tracking", self.tracking())
            .flag("offers", !self.keeps_chosen())
            .list("times", self.times().await)
            .list("paged", self.days().await)
            .flag("by_invitation", self.is_by_invitation())
            .list("name_input", vec![self.input("contact.name")])
            .list("email_input", vec![self.input("contact.email")])
            .list("location_input", asks_location)
            .list("guests", self.guests())
            .list("trap", self.trap())
            .list("questions", meeting.questions.iter().map(|question| self.question(question)).collect())
    }

    /// The refusal, with a line for each error.
    fn problem(&self) -> Vec<Fields> {
        let words = self.call.words();
        let fields = |refused: &Refused| {
            Fields::default()
                .text("problem_title", refused.title(words))
                .text("problem_detail", refused.detail(words))
                .list("errors", refused.errors.iter().map(|error| self.summary_line(error)).collect())
        };
        self.refused.map(fields).into_iter().collect()
    }

    /// The invitation, which travels on with the form.
    fn kept_invite(&self) -> Option<String> {
        self.invited.invite.is_some().then(|| self.invited.token.clone())
    }

    /// The page, as the invitation opens it.
    fn page_path(&self) -> String {
        let path = page_path(self.call, &self.meeting.page);
        match self.kept_invite() {
            Some(token) => format!("{path}?{}={token}", invited::NAME),
            None => path,
        }
    }

    /// The zone that times are shown in: the visitor's, if it is known.
    fn zone(&self) -> Zone {
        Zone::read(self.body.text("time_zone")).unwrap_or_else(|_| self.meeting.rules.time_zone.clone())
    }

    fn duration_minutes(&self) -> u32 {
        let offered = &self.meeting.rules.durations_minutes;
        let wanted = self.body.text("duration_minutes").parse().ok();
        wanted.filter(|minutes| offered.contains(minutes)).or(offered.first().copied()).unwrap_or(0)
    }

    /// What a duration costs, unless it is free, or the invitation makes it so.
    fn costs(&self, minutes: u32) -> Option<&Money> {
        self.meeting.prices.get(&minutes).filter(|_| !self.is_free())
    }

    fn is_free(&self) -> bool {
        self.invited.invite.as_ref().is_some_and(|invite| invite.free)
    }

    /// The same in words.
    fn price(&self, minutes: u32) -> Option<String> {
        self.costs(minutes).map(|price| self.call.words().money(price))
    }

    /// What each duration costs that can be chosen, as the form sends it back.
    fn prices(&self) -> Vec<Fields> {
        let field = |minutes: &u32| {
            let value = price::written(self.costs(*minutes)?);
            Some(Fields::default().text("name", price::field(*minutes)).text("value", value))
        };
        self.meeting.rules.durations_minutes.iter().filter_map(field).collect()
    }

    /// The durations to choose from, if the one that was sent is not offered any more, or this page alone shows them.
    fn duration_input(&self) -> Vec<Fields> {
        let offered = &self.meeting.rules.durations_minutes;
        let error = self.error("duration_minutes");
        let is_shown = offered.len() > 1 && (error.is_some() || self.shows_days());
        let option = |(index, minutes): (usize, &u32)| {
            let duration = self.call.words().plural("endpoint.when.minutes", (*minutes).into());
            let price = self.price(*minutes).map_or_else(String::new, |price| format!(" · {price}"));
            let label = format!("{duration}{price}");
            let is_chosen = *minutes == self.duration_minutes();
            option_fields("duration_minutes", index, minutes.to_string(), label, is_chosen)
        };
        let input = |()| {
            let options = offered.iter().enumerate().map(option).collect();
            Fields::default().optional("error", error.clone()).list("options", options)
        };
        is_shown.then_some(()).map(input).into_iter().collect()
    }

    /// Returns true if nobody sees the times of the page but here.
    fn is_by_invitation(&self) -> bool {
        self.meeting.invite_only && self.invited.invite.is_some()
    }

    /// Returns true if all times are shown, day by day.
    fn shows_days(&self) -> bool {
        self.is_by_invitation() && !self.keeps_chosen()
    }

    /// Where nobody sees them but here: all times, day by day, from the date on that was asked for.
    async fn days(&self) -> Vec<Fields> {
        if !self.shows_days() {
            return Vec::new();
        }
        let (words, zone) = (self.call.words(), self.zone());
        let free = days::free(self.call, self.found, self.duration_minutes(), None).await;
        // Without the ledger's word, none is free.
        let shown = Shown::of(&free.unwrap_or_default(), &zone, parse_date(self.body.text(FROM)));
        let time = |start: &i64| {
            let instant = DateTime::from_timestamp(*start, 0).unwrap_or_default();
            Fields::default()
                .text("value", start.to_string())
                .text("label", when::time(words, &zone, instant))
        };
        let day = |(date, starts): &Day| {
            let label = words.dates.format(&words.dates.date_full, date.and_time(NaiveTime::MIN));
            Fields::default().text("day", label).list("starts", starts.iter().map(time).collect())
        };
        let paged = Fields::default()
            .list("days", shown.days.iter().map(day).collect())
            .flag("more", shown.earlier.or(shown.later).is_some())
            .optional("earlier", shown.earlier.map(|date| date.to_string()))
            .optional("later", shown.later.map(|date| date.to_string()));
        vec![paged]
    }

    /// Returns true if the chosen time may still be had, and no other was asked for.
    fn keeps_chosen(&self) -> bool {
        self.body.get(FROM).is_null()
            && self.refused.is_none_or(|refused| refused.alternatives.is_none())
            && parse_start(self.body.text("start")).is_some()
    }

    /// The chosen time; if it cannot be had, others near it; if none was chosen, the next ones.
    async fn times(&self) -> Vec<Fields> {
        let chosen = parse_start(self.body.text("start")).map(|start| start.timestamp());
        let zone = self.zone();
        let chosen = chosen.filter(|_| self.keeps_chosen());
        let alternatives = self.refused.and_then(|refused| refused.alternatives.as_ref());
        let (starts, chosen) = match (alternatives, chosen) {
            (Some(alternatives), _) => (alternatives.clone(), None),
            (None, Some(start)) => (vec![start], Some(start)),
            // All of them are below.
            (None, None) if self.shows_days() => return Vec::new(),
            (None, None) => {
                let (now, minutes) = (self.call.now.timestamp(), self.duration_minutes());
                (alternatives::near(self.call, self.found, now, minutes, &zone, None).await, None)
            }
        };
        let time = |(index, start): (usize, &i64)| {
            let instant = DateTime::from_timestamp(*start, 0).unwrap_or_default();
            Fields::default()
                .text("value", start.to_string())
                .text("label", when::start(self.call.words(), &zone, instant))
                .text("id", if index == 0 { "start".to_owned() } else { format!("start-{index}") })
                .flag("chosen", Some(*start) == chosen)
        };
        starts.iter().enumerate().map(time).collect()
    }

    /// Tracking parameters travel on with the form, because the page that it is sent from is no longer the one that had
    /// them.
    fn tracking(&self) -> Vec<Fields> {
        let sent = tracking::of_body(self.body, &self.call.site.tracking_parameters);
        let kept = if sent.is_empty() { tracking::of_referer(self.call) } else { sent };
        let field = |(name, value): (String, String)| {
            Fields::default().text("name", format!("tracking.{name}")).text("value", value)
        };
        kept.into_iter().map(field).collect()
    }

    /// The message about a field, if it has an error.
    fn error(&self, path: &str) -> Option<String> {
        let error = self.refused?.errors.iter().find(|error| error.field == path);
        error.map(|error| error.message.clone())
    }

    /// A field with the visitor's input and its error.
    fn input(&self, path: &str) -> Fields {
        Fields::default()
            .text("id", element_id(path))
            .text("name", path)
            .text("value", self.typed(path))
            .optional("error", self.error(path))
    }

    /// What was typed into a field; before anything was, what the invitation says.
    fn typed(&self, path: &str) -> &str {
        match (&self.invited.invite, path) {
            (Some(invite), "contact.name") if self.body.get(path).is_null() => &invite.name,
            (Some(invite), "contact.email") if self.body.get(path).is_null() => &invite.email,
            _ => self.body.text(path),
        }
    }

    /// The guests that were sent. The theme's own forms ask for none, but another's may.
    fn guests(&self) -> Vec<Fields> {
        let sent = match self.body.get("guests") {
            Value::Array(guests) => guests.iter().filter_map(Value::as_str).collect(),
            guest => guest.as_str().into_iter().collect::<Vec<_>>(),
        };
        let guest = |(index, typed): (usize, &&str)| {
            let path = format!("guests.{index}");
            let input = self.input(&path).text("value", *typed).text("name", "guests");
            input.text("number", (index + 1).to_string())
        };
        sent.iter().enumerate().map(guest).collect()
    }

    /// The field that is to stay empty, visible and emptied, once it was filled.
    fn trap(&self) -> Vec<Fields> {
        let input = |error| Fields::default().text("error", error);
        self.error("website").map(input).into_iter().collect()
    }

    /// A line of the summary: a link to the field, with the same words as beside it.
    fn summary_line(&self, error: &FieldError) -> Fields {
        let target = if self.shows(&error.field) { element_id(&error.field) } else { "details".to_owned() };
        Fields::default().text("target", target).text("message", error.message.clone())
    }

    /// Returns true if the form has an element of that field.
    fn shows(&self, field: &str) -> bool {
        let guest = || field.strip_prefix("guests.")?.parse::<usize>().ok();
        let asks = |id: &str| self.meeting.questions.iter().any(|question| question.id == id);
        match field {
            "start" | "duration_minutes" | "website" | "contact.name" | "contact.email" => true,
            "location" => matches!(self.meeting.location, Location::Ask(_)),
            _ => {
                field.strip_prefix("answers.").is_some_and(asks)
                    || guest().is_some_and(|index| index < self.guests().len())
            }
        }
    }

    fn question(&self, question: &Question) -> Fields {
        let path = format!("answers.{}", question.id);
        let kind = &question.kind;
        let typed = self.body.get(&path);
        let input = self
            .input(&path)
            .text("label", words_in(&question.label, &self.call.locale))
            .flag("required", question.required)
            .flag("optional", !question.required)
            .flag("text", *kind == QuestionKind::Text)
            .flag("long_text", *kind == QuestionKind::LongText)
            .flag("number", *kind == QuestionKind::Number)
            .flag("phone", *kind == QuestionKind::Phone);
        match kind {
            QuestionKind::Consent => {
                let ticked = matches!(typed.as_str(), Some("true" | "on"));
                input.list("consent", vec![Fields::default().flag("chosen", ticked)])
            }
            QuestionKind::Choice(options) => {
                let options = self.options(&path, options, typed);
                let unanswered = typed.as_str().unwrap_or_default().is_empty();
                let choice = Fields::default().list("options", options).flag("unanswered", unanswered);
                input.list("choice", vec![choice])
            }
            QuestionKind::Choices(options) => {
                let options = self.options(&path, options, typed);
                input.list("choices", vec![Fields::default().list("options", options)])
            }
            _ => input,
        }
    }

    fn options(&self, path: &str, options: &[ChoiceOption], typed: &Value) -> Vec<Fields> {
        let is_chosen = |id: &str| match typed {
            Value::Array(ids) => ids.iter().any(|chosen| chosen == id),
            chosen => chosen == id,
        };
        let option = |(index, option): (usize, &ChoiceOption)| {
            let label = words_in(&option.label, &self.call.locale).to_owned();
            option_fields(path, index, option.id.clone(), label, is_chosen(&option.id))
        };
        options.iter().enumerate().map(option).collect()
    }
}

/// One of several to choose from. The first bears the field's own id, so that an error leads to it.
fn option_fields(path: &str, index: usize, value: String, label: String, chosen: bool) -> Fields {
    let id = element_id(path);
    Fields::default()
        .text("option_id", if index == 0 { id } else { format!("{id}-{index}") })
        .text("option_value", value)
        .text("option_label", label)
        .flag("chosen", chosen)
}

/// The id of a field's element: its path, with hyphens.
fn element_id(path: &str) -> String {
    path.replace('.', "-")
}
