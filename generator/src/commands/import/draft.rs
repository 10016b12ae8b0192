//! An account elsewhere as a host with pages, before it is files: what both services have, in Daymark's words.

use chrono::NaiveDate;

use super::schedule::Schedule;

/// A person's account.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    /// The last part of the account's own link.
    pub(super) slug: Option<String>,
    pub(super) name: String,
    pub(super) email: String,
    /// The zone that is set for the account.
    pub(super) zone: Option<String>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) pages: Vec<Page>,
    pub(super) skipped: Vec<Skipped>,
}

/// A page that is left out as a whole.
#[derive(Clone, Debug)]
pub(super) struct Skipped {
    pub(super) title: String,
    /// The reason, in words that follow the title.
    pub(super) why: String,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) slug: Option<String>,
    pub(super) title: String,
    /// Markdown.
    pub(super) description: String,
    /// Minutes; the first is preselected.
    pub(super) durations: Vec<u32>,
    pub(super) start_every: Option<u32>,
    /// Minutes.
    pub(super) notice: Option<u32>,
    pub(super) window: Window,
    /// Minutes before and after.
    pub(super) buffer: (u32, u32),
    pub(super) per_day: Option<u32>,
    pub(super) per_week: Option<u32>,
    pub(super) approval: bool,
    pub(super) hidden: bool,
    pub(super) place: Place,
    pub(super) questions: Vec<Question>,
    /// `None` for the account's default one.
    pub(super) schedule: Option<Schedule>,
    /// What was left out or is another way now, in sentences.
    pub(super) notes: Vec<String>,
    /// What its host must decide before it is published, in sentences.
    pub(super) undecided: Vec<String>,
}

/// The dates on which a page can be booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) days: Option<u32>,
    pub(super) from: Option<NaiveDate>,
    pub(super) until: Option<NaiveDate>,
}

/// Where a meeting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Video(String),
    Phone(String),
    Address(String),
    /// The visitor says so, when asked this.
    Ask(String),
    /// This program made a room for each booking.
    MadeBy(String),
    /// This of it cannot be read.
    Unreadable(&'static str),
}

impl Default for Place {
    fn default() -> Self {
        Self::Ask(ASK_WHERE.to_owned())
    }
}

pub(super) const ASK_WHERE: &str = "Where shall we meet?";
pub(super) const ASK_NUMBER: &str = "Which phone number can I call?";
pub(super) const ASK_ADDRESS: &str = "At which address shall we meet?";

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// Its name elsewhere, if it has one.
    pub(super) name: Option<String>,
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// A kind of question, as content writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    LongText,
    Number,
    Phone,
    Consent,
    Choice(Vec<String>),
    Choices(Vec<String>),
}

/// The most options of a question, and the most questions of a page.
pub(super) const MOST_OPTIONS: usize = 200;
pub(super) const MOST_QUESTIONS: usize = 50;

impl Page {
    /// Adds a question. One without options to choose from is a line of text.
    pub(super) fn ask(&mut self, question: Question) {
        let mut question = question;
        if let Kind::Choice(options) | Kind::Choices(options) = &mut question.kind {
            let mut seen = std::collections::BTreeSet::new();
            options.retain(|option| !option.is_empty() && seen.insert(option.clone()));
            if options.len() > MOST_OPTIONS {
                self.notes.push(format!(
                    "“{}” has {} options: only the first {MOST_OPTIONS} are offered.",
                    question.label,
                    options.len()
                ));
                options.truncate(MOST_OPTIONS);
            }
            if options.is_empty() {
                self.notes.push(format!("“{}” has no options: it is a line of text now.", question.label));
                question.kind = Kind::Text;
            }
        }
        if self.questions.len() == MOST_QUESTIONS {
            self.notes.push(format!(
                "“{}” is not asked: a page has at most {MOST_QUESTIONS} questions.",
                question.label
            ));
        } else {
            self.questions.push(question);
        }
    }

    /// Sets the durations that a meeting can have. False if there are none.
    pub(super) fn set_durations(&mut self, minutes: impl IntoIterator<Item = u64>) -> bool {
        for minutes in minutes {
            match u32::try_from(minutes).ok().filter(|minutes| (1..=LONGEST).contains(minutes)) {
                Some(minutes) if self.durations.contains(&minutes) => {}
                Some(minutes) => self.durations.push(minutes),
                None => self.notes.push(format!("A meeting cannot last {minutes} minutes.")),
            }
        }
        !self.durations.is_empty()
    }

    /// Sets the minutes from one start to the next.
    pub(super) fn set_start_every(&mut self, minutes: Option<u64>) {
        let Some(minutes) = minutes.filter(|minutes| *minutes > 0) else { return };
        self.start_every = within(minutes, LONGEST);
        if self.start_every.is_none() {
            self.notes.push(format!("Starts cannot be {minutes} minutes apart."));
        }
    }

    /// Sets the minutes that are kept free around each meeting.
    pub(super) fn set_buffer(&mut self, before: Option<u64>, after: Option<u64>) {
        let mut side = |minutes: Option<u64>| {
            let minutes = minutes.unwrap_or_default();
            within(minutes, LONGEST).unwrap_or_else(|| {
                self.notes
                    .push(format!("The buffer of {minutes} minutes is now a day, the longest there is."));
                LONGEST
            })
        };
        self.buffer = (side(before), side(after));
    }
}

/// The most minutes of a meeting, of a buffer, and between two starts: a day.
const LONGEST: u32 = 24 * 60;

fn within(minutes: u64, most: u32) -> Option<u32> {
    u32::try_from(minutes).ok().filter(|minutes| *minutes <= most)
}
