//! The form again: the answer to a plain form that was refused. What was typed stays; errors are shown above and beside
//! the fields; the chosen time stays chosen, or others are offered.

use chrono::DateTime;
use scheduling::definition::{ChoiceOption, Location, Meeting, Question, QuestionKind, words_in};
use scheduling::refusal::Refusal;
use scheduling::zone::Zone;
use serde_json::Value;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{FieldError, Refused};
use crate::call::{Call, FoundMeeting};
use crate::form::body::Body;
use crate::form::start::parse_start;
use crate::offer::alternatives;
use crate::page::links::page_path;
use crate::page::shell::Fields;
use crate::page::{answer, when};

pub(crate) async fn answer<P: Platform>(
    call: &Call<'_, P>,
    body: &Body,
    found: &FoundMeeting,
    refused: &Refused,
) -> Response {
    let may_be_mended = matches!(refused.refusal, Refusal::InvalidField | Refusal::SandboxOnly);
    let shows_form = may_be_mended || refused.alternatives.is_some();
    let Some(meeting) = found.meeting().filter(|_| shows_form) else {
        return answer::message_page(call, refused).await;
    };
    let form = Form { call, body, found, meeting, refused };
    let fields = form.fields().await;
    answer::page_or_message(call, "form.html", &fields, Some(refused)).await
}

struct Form<'a, P> {
    call: &'a Call<'a, P>,
    body: &'a Body,
    found: &'a FoundMeeting,
    meeting: &'a Meeting,
    refused: &'a Refused,
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
            .text("page_path", page_path(self.call, &meeting.page))
            .text("problem_title", self.refused.title(words))
            .text("problem_detail", self.refused.detail(words))
            .list("errors", self.refused.errors.iter().map(summary_line).collect())
            .text("page", meeting.page.clone())
            .text("locale", self.call.locale.clone())
            .text("time_zone", self.zone().name().to_owned())
            .text("zone", when::zone_name(words, &self.zone(), self.call.now))
            .text("duration_minutes", self.duration_minutes().to_string())
            .text("duration", words.plural("endpoint.when.minutes", self.duration_minutes().into()))
            .flag("approval", meeting.approval_within_minutes.is_some())
            .list("tracking", self.tracking())
            .flag("offers", !self.keeps_chosen())
            .list("times", self.times().await)
            .list("name_input", vec![self.input("contact.name")])
            .list("email_input", vec![self.input("contact.email")])
            .list("location_input", asks_location)
            .list("questions", meeting.questions.iter().map(|question| self.question(question)).collect())
    }

    /// The zone that times are shown in: the visitor's, if it is known.
    fn zone(&self) -> Zone {
        Zone::named(self.body.text("time_zone")).unwrap_or_else(|_| self.meeting.rules.time_zone.clone())
    }

    fn duration_minutes(&self) -> u32 {
        let offered = &self.meeting.rules.durations_minutes;
        let wanted = self.body.text("duration_minutes").parse().ok();
        wanted.filter(|minutes| offered.contains(minutes)).or(offered.first().copied()).unwrap_or(0)
    }

    /// Returns true if the chosen time may still be had.
    fn keeps_chosen(&self) -> bool {
        self.refused.alternatives.is_none() && parse_start(self.body.text("start")).is_some()
    }

    /// The chosen time; if it cannot be had, others near it; if none was chosen, the next ones.
    async fn times(&self) -> Vec<Fields> {
        let chosen = parse_start(self.body.text("start")).map(|start| start.timestamp());
        let zone = self.zone();
        let chosen = chosen.filter(|_| self.keeps_chosen());
        let (starts, chosen) = match (&self.refused.alternatives, chosen) {
            (Some(alternatives), _) => (alternatives.clone(), None),
            (None, Some(start)) => (vec![start], Some(start)),
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
        let sent = match self.body.get("tracking") {
            Value::Object(sent) if !sent.is_empty() => {
                let text =
                    |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
                sent.iter().filter_map(text).collect()
            }
            _ => crate::form::tracking::of_referer(self.call),
        };
        let sound = |name: &String| {
            !self.refused.errors.iter().any(|error| error.field == format!("tracking.{name}"))
        };
        sent.into_iter()
            .filter(|(name, _)| sound(name))
            .map(|(name, value)| {
                Fields::default().text("name", format!("tracking.{name}")).text("value", value)
            })
            .collect()
    }

    /// A field with the visitor's input and its error.
    fn input(&self, path: &str) -> Fields {
        let error = self.refused.errors.iter().find(|error| error.field == path);
        Fields::default()
            .text("id", element_id(path))
            .text("name", path)
            .text("value", self.body.text(path))
            .optional("error", error.map(|error| error.message.clone()))
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
            let id = element_id(path);
            Fields::default()
                .text("option_id", if index == 0 { id } else { format!("{id}-{index}") })
                .text("option_value", option.id.clone())
                .text("option_label", words_in(&option.label, &self.call.locale))
                .flag("chosen", is_chosen(&option.id))
        };
        options.iter().enumerate().map(option).collect()
    }
}

/// A line of the summary: a link to the field, with the same words as beside it.
fn summary_line(error: &FieldError) -> Fields {
    Fields::default().text("target", element_id(&error.field)).text("message", error.message.clone())
}

/// The id of a field's element: its path, with hyphens.
fn element_id(path: &str) -> String {
    path.replace('.', "-")
}
